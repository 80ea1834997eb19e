// Robots: how a robot is described and driven. A description is plain data: robot.lua is read into
// one by sim/script, a bare MJCF or URDF gets one from describe.c, a replay reads it from JSON.
#pragma once

#include <jansson.h>

#include "sim/base/field.h"
#include "sim/base/space.h"
#include "sim/world/world.h"

enum { DD_CONTROLLER_SIZE_MAX = 32768, DD_ROBOT_SPACES_MAX = 24 };

typedef struct DdController DdController; // the first member of each kind's own struct

// A way to drive a robot. Names in a def are the model's own, without the instance prefix.
typedef struct DdControllerKind {
    const char* name; // "diff_drive"
    const char* doc;
    const DdField* fields; // of the def
    size_t size;
    void (*init)(void* def);
    // Resolve names in the compiled world and make the controller; `robot` is the instance name.
    DdController* (*create)(const void* def, DdWorld* w, const char* robot, DdError* err);
    void (*destroy)(DdController* c);
    // The action part it takes: labels, units, limits, defaults.
    void (*part)(const DdController* c, DdActionPart* part);
    // A delivered action (n doubles of its part, checked).
    void (*command)(DdController* c, DdWorld* w, const double* action);
    // Every physics step (or every `every` steps), after step1, before step2: writes ctrl,
    // eq_active.
    void (*step)(DdController* c, DdWorld* w);
    // Integrators, rate limits, seeds, the last command: part of a restore point.
    int (*state_size)(const DdController* c); // doubles
    void (*save)(const DdController* c, double* state);
    void (*load)(DdController* c, const double* state);
} DdControllerKind;

struct DdController {
    const DdControllerKind* kind;
    int every; // physics steps between two calls of step, 1 unless robot.lua says otherwise
    int nown;  // what it writes: addresses in ctrl; -1 - dof for a joint without actuator. Two
    int own[DD_ACTION_DIM_MAX]; // spaces of one slot must not share any
};

const DdControllerKind* const* dd_controller_kinds(int* n);
const DdControllerKind* dd_controller_kind(const char* name);

// One action space a robot offers: a name and the controller behind it.
typedef struct DdRobotSpace {
    char name[DD_NAME_MAX]; // "drive", "joints", "ee_delta", "gripper", "deck_lock"
    const DdControllerKind* kind;
    int every;
    _Alignas(16) unsigned char def[DD_CONTROLLER_SIZE_MAX];
} DdRobotSpace;

typedef struct DdRobotDesc {
    char name[DD_NAME_MAX]; // "amr_250", or the model's own name
    char doc[DD_PATH_MAX];
    char model[DD_PATH_MAX]; // logical name in the store
    char base[DD_NAME_MAX];  // body to attach; "" = first root body
    bool fixed;
    bool free;
    bool lift_to_floor;
    double half[3];          // m; half extents of its bounding box at the start pose
    double centre[3];        // m; its centre in the robot's frame
    DdNames start_joints;    // start pose: joints not named keep the model's qpos0
    DdNumbers start_values;  // rad or m, same order (scalar joints only)
    DdNames may_be_constant; // fields of its channels that are honestly constant: "odom.pose.z"
    json_t* sensors;         // array of sensor defs, as sim/sense reads them; owned
    int nspace;
    DdRobotSpace* space; // (nspace); owned
    int start_contacts;  // self-contacts at the start pose of a bare robot, reported
} DdRobotDesc;

DdRobotDesc* dd_robot_desc_create(void);
void dd_robot_desc_destroy(DdRobotDesc* desc); // NULL is fine
// NULL with an error when there are too many or the name is taken.
DdRobotSpace* dd_robot_desc_add_space(DdRobotDesc* desc, const char* name,
                                      const DdControllerKind* kind, DdError* err);
const DdRobotSpace* dd_robot_desc_find_space(const DdRobotDesc* desc, const char* name);
extern const DdField dd_robot_desc_fields[]; // the plain members above, for robot.lua and JSON
json_t* dd_robot_desc_to_json(const DdRobotDesc* desc);
DdRobotDesc* dd_robot_desc_from_json(const json_t* j, DdError* err);

// The default description of a bare MJCF or URDF that was screened into `files` as `logical`:
// channel `joints`, action space `joints`, start pose by keyframe "home", else mid-range.
DD_MUST_USE DdRobotDesc* dd_robot_describe(DdFiles* files, const char* logical, DdError* err);
// A human-readable account of a description (`drydock check --describe`). malloc'd.
char* dd_robot_desc_text(const DdRobotDesc* desc);

// The placement fields that the description decides (model, base, fixed, ...).
void dd_robot_placement(const DdRobotDesc* desc, DdRobotPlacement* placement);
// Only the start pose's joints, into qpos: no forward pass, no ctrl.
DD_MUST_USE bool dd_robot_pose_joints(const DdRobotDesc* desc, DdWorld* w, const char* robot,
                                      DdError* err);
// Write the start pose of instance `robot` into qpos and ctrl of a fresh world.
DD_MUST_USE bool dd_robot_start(const DdRobotDesc* desc, DdWorld* w, const char* robot,
                                DdError* err);

// A driven robot: the controllers of the spaces a slot picked, in the slot's order.
typedef struct DdDrive DdDrive;
DD_MUST_USE DdDrive* dd_drive_create(const DdRobotDesc* desc, DdWorld* w, const char* robot,
                                     const char (*spaces)[DD_NAME_MAX], int nspace, DdError* err);
void dd_drive_destroy(DdDrive* d);
const DdActionSpace* dd_drive_space(const DdDrive* d);
void dd_drive_command(DdDrive* d, const double* action); // the whole space; checked before
void dd_drive_step(DdDrive* d, int64_t step);            // after step1, before step2
int dd_drive_state_size(const DdDrive* d);
void dd_drive_save(const DdDrive* d, double* state);
void dd_drive_load(DdDrive* d, const double* state);
