// Parts of a composition, shared by the files that make it, place it and compile it.
#pragma once

#include <mujoco/mujoco.h>

#include "sim/world/build.h"
#include "sim/world/compose.h"

enum { DD_THING_NAME_MAX = 48 }; // bytes of a thing's name

// A robot's model compiled alone, at its rest pose: where its frames are, how large it is.
typedef struct DdProbe {
    DdRobotPlacement key; // model, base, fixed, free: robots alike in these share one
    mjModel* m;
    mjData* d;
    int nbase;
    int* base;      // (nbase) bodies that are attached
    DdPose pose_PW; // the model's world as seen from the base's parent, where the placement goes
} DdProbe;

typedef struct DdItem {
    char name[DD_NAME_MAX];
    const DdThingKind* kind; // NULL: a robot
    void* def;               // of the kind, or DdRobotPlacement; owned
    DdProbe* probe;          // robots; NULL until asked for; the compose owns it
} DdItem;

typedef struct DdModelSpec { // a screened model, read once per composition
    char logical[DD_PATH_MAX];
    mjSpec* spec;
} DdModelSpec;

struct DdCompose {
    DdWorldDef def;
    DdFiles* files; // borrowed
    int n, capacity;
    DdItem* items;
    mjSpec* spec; // while building
    mjVFS vfs;    // the store, as MuJoCo sees it
    mjpResourceProvider provider;
    bool mounted;
    int nmodel;
    DdModelSpec* models; // (nmodel)
    int nprobe;
    DdProbe** probes; // (nprobe)
    unsigned skins;   // bits of the skins that its things asked for, while building
    int nshape;
    struct DdShape** shapes; // (nshape) meshes of its things, while building
};

DdItem* dd_compose_item(const DdCompose* c, const char* name); // NULL when there is none

enum { DD_SPEC_ERROR_MAX = 700 };
// MuJoCo's last words on a spec, in one line. Returns `out`.
const char* dd_spec_error(mjSpec* spec, char out[DD_SPEC_ERROR_MAX]);
const char* dd_spec_words(const char* text, char out[DD_SPEC_ERROR_MAX]);

void dd_compose_mount(DdCompose* c); // the store, for MuJoCo to read from; once

// model.c: a model out of the store as a spec whose every part has a name. Owned by `c`.
mjSpec* dd_compose_model(DdCompose* c, const char* logical, DdError* err);
// A private copy without scenery, with the joints that the placement asks for. The caller deletes
// it. `whole`: attach the spec itself; else `body` is what to attach.
mjSpec* dd_compose_robot_spec(DdCompose* c, const DdRobotPlacement* def, bool* whole,
                              mjsBody** body, DdError* err);
DdProbe* dd_compose_probe(DdCompose* c, DdItem* item, DdError* err); // borrowed
void dd_probe_destroy(DdProbe* p);
// How much `lift_to_floor` raises a robot, in m.
bool dd_compose_lift(DdCompose* c, DdItem* item, double* lift, DdError* err);
// Pose of a robot's frame, body or of itself ("" or NULL); false when it has none of that name.
bool dd_compose_robot_pose(DdCompose* c, DdItem* item, const char* part, DdPose* pose,
                           DdError* err);
bool dd_compose_robot_bounds(DdCompose* c, DdItem* item, DdPose* pose, double half[3],
                             DdError* err);

// screen.c: the same screening on the store alone.
bool dd_model_screen_store(DdFiles* files, const char* logical, bool* urdf, DdError* err);
// paths.c: "a/b" + "../c" -> "a/c", backslashes read as slashes. False when it would leave the top,
// is absolute or names a scheme.
bool dd_model_join(char out[DD_PATH_MAX], const char* dir, const char* name);
void dd_model_dir(char out[DD_PATH_MAX], const char* logical); // "" when there is no '/'
// Places to look for a URDF's mesh, in order, i = 0, 1, ...: beside the file, then in every folder
// above it, each with and without the package's name. False when there are no more.
bool dd_urdf_candidate(char out[DD_PATH_MAX], int i, const char* dir, const char* mesh);
// The stored file a URDF's mesh name stands for, or NULL.
const DdFile* dd_urdf_mesh(const DdFiles* files, const char* dir, const char* mesh);

// urdf.c
mjSpec* dd_urdf_spec(DdFiles* files, const char* logical, const mjVFS* vfs, DdError* err);

// kept.c: this thread's compiled models. False: no key can be made. A copy, or NULL.
bool dd_kept_key(const DdCompose* c, unsigned char key[DD_SHA256_SIZE]);
mjModel* dd_kept_copy(const unsigned char key[DD_SHA256_SIZE]);
void dd_kept_clear(void);
void dd_kept_add(const unsigned char key[DD_SHA256_SIZE], const mjModel* m);

// geometry.c: how far a geom reaches along the unit vector `dir`: the largest dir . x of its points
// x. False for planes and height fields. Reads d->geom_xpos, geom_xmat.
bool dd_geom_reach(const mjModel* m, const mjData* d, int geom, const double dir[3], double* reach);
bool dd_body_below(const mjModel* m, int body, int ancestor); // true for the ancestor itself

#define DD_STORE_MOUNT "/drydock"
