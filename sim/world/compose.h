// Compose: things and robots become one mjSpec and then one World. Every call is kept as data, in
// order: the composition. Composing again from that data, without Lua, gives the same model.
#pragma once

#include <jansson.h>

#include "sim/base/files.h"
#include "sim/world/thing.h"

typedef struct DdWorld DdWorld;

typedef struct DdWorldDef {
    int physics_hz;    // timestep = 1 / physics_hz
    double gravity[3]; // m/s^2
    bool sleep;        // resting free bodies sleep; for much cargo
    int cone;          // 0 pyramidal, 1 elliptic
    double impratio;
    int iterations;   // of the solver
    double memory_mb; // MuJoCo's arena
} DdWorldDef;

typedef struct DdModelLimits { // what a foreign file may ask for
    int64_t elements;          // XML elements after replication
    double work;               // copies of replication times elements that are passed over
    int64_t parts;             // bodies and what hangs on them, each of which MuJoCo reads in time
                               // that grows with their number
    int64_t pixels;            // of one texture
    int64_t hfield;            // cells of one height field
    int64_t bytes;             // of all files together
    int files;
    int depth;
} DdModelLimits;

// One robot in a world. `model` is the logical name of its main file in the store; the compose
// layer has read (screened) it with dd_model_screen. Elements get the prefix "NAME/".
typedef struct DdRobotPlacement {
    char name[DD_NAME_MAX];
    char model[DD_PATH_MAX]; // logical name: "robots/amr_250/model.xml"
    char base[DD_NAME_MAX];  // body to attach; "" = the only (or first) root body
    double pos[3];           // of the robot's own origin in the world; z added to the base's own
    double yaw;              // rad; the orientation is Rz(yaw) Rrpy Rquat
    double rpy[3];           // rad
    double quat[4];          // w x y z; all zeros = identity
    bool fixed;              // weld the base to the world even if the model gives it a free joint
    bool free;               // give it a free joint though the model has none
    bool lift_to_floor;      // raise it so that its lowest collision point stands on pos.z
    char label[DD_NAME_MAX]; // class in pictures; "" = by the model's name: agv_*, amr_*, arm_*
} DdRobotPlacement;

extern const DdField dd_world_fields[];
extern const DdField dd_robot_placement_fields[];
DdWorldDef dd_world_def(void); // 500 Hz, 9.81 down, elliptic, impratio 10, no sleep
DdModelLimits dd_model_limits(void);
DdRobotPlacement dd_robot_placement_def(void);             // at the origin, all false
DdPose dd_robot_placement_pose(const DdRobotPlacement* p); // without lifting

// Read `path` and everything it includes below `root` into the store under "prefix/relative", by
// expat under our limits, before MuJoCo sees a byte. Sets the logical name of the main file. A URDF
// is recognised by its root element. `root` NULL or "" is the folder of `path`. Compiling screens
// the files again, from the store alone and under dd_model_limits().
DD_MUST_USE bool dd_model_screen(DdFiles* files, const char* prefix, const char* path,
                                 const char* root, const DdModelLimits* limits,
                                 char logical[DD_PATH_MAX], DdError* err);

DD_MUST_USE DdCompose* dd_compose_create(const DdWorldDef* def, DdFiles* files, DdError* err);
void dd_compose_destroy(DdCompose* c); // NULL is fine
const DdWorldDef* dd_compose_world_def(const DdCompose* c);

// Names are unique; "" gets a name made from the kind ("box3"), written back into the def.
DD_MUST_USE bool dd_compose_add(DdCompose* c, const DdThingKind* kind, void* def, DdError* err);
DD_MUST_USE bool dd_compose_add_robot(DdCompose* c, DdRobotPlacement* def, DdError* err);
bool dd_compose_has(const DdCompose* c, const char* thing);
// Where a thing or frame was declared to stand; false when there is none. Robots stand in their
// model's own rest pose; to know it, the robot's model is compiled alone (once).
bool dd_compose_pose(const DdCompose* c, const char* thing_or_frame, DdPose* pose_WT);
bool dd_compose_bounds(const DdCompose* c, const char* thing, DdPose* pose, double half[3]);
int dd_compose_count(const DdCompose* c);
const char* dd_compose_name(const DdCompose* c, int i);
const char* dd_compose_kind(const DdCompose* c, int i); // "robot" for robots

// The composition: [{"op":"world",...}, {"op":"box",...}, {"op":"robot",...}]. A new reference.
json_t* dd_compose_ops(const DdCompose* c);
DD_MUST_USE DdCompose* dd_compose_from_ops(const json_t* ops, DdFiles* files, DdError* err);

// Compile. The compose may be destroyed afterwards. NULL on failure.
DD_MUST_USE DdWorld* dd_compose_compile(DdCompose* c, DdError* err);
