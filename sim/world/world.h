// World: one compiled model and its state behind a guard. MuJoCo's errors come back as DdError;
// its silent resets are off.
#pragma once

#include <stdint.h>
#include <mujoco/mujoco.h>

#include "sim/base/error.h"
#include "sim/base/math3.h"
#include "sim/world/compose.h"
#include "sim/world/weather.h"

// Set the process up once: log handler, version check. Called by dd_compose_create.
DD_MUST_USE bool dd_world_init(DdError* err);
// A world around a model loaded elsewhere (tests, benches). Takes ownership of the model.
DD_MUST_USE DdWorld* dd_world_wrap(mjModel* model, DdError* err);
void dd_world_destroy(DdWorld* w); // NULL is fine

mjModel* dd_world_model(DdWorld* w); // borrowed; edits go through stage.h
mjData* dd_world_data(DdWorld* w);
int dd_world_physics_hz(const DdWorld* w);
int64_t dd_world_step_count(const DdWorld* w); // step n: how often step2 ran since the start
// SHA-256 over the compiled model's arrays, names and options, without file paths. Arrays beyond
// 64 kB (meshes, pixels) enter by 128 bits of XXH3.
void dd_world_model_hash(const DdWorld* w, unsigned char sha256[DD_SHA256_SIZE]);
// XXH3 of qpos, qvel, act, mocap poses and eq_active after step n, chained by the caller.
uint64_t dd_world_state_hash(const DdWorld* w, uint64_t seed);

// Under the guard. After a failure the world is only good for destroy or load.
DD_MUST_USE bool dd_world_step1(DdWorld* w, DdError* err); // positions, velocities of step n
DD_MUST_USE bool dd_world_step2(DdWorld* w, DdError* err); // to step n+1; NaN, full arena, full
                                                           // contact buffer: DD_ERROR_UNSTABLE
DD_MUST_USE bool dd_world_forward(DdWorld* w, DdError* err);

// Restore point: the integration state, `size` doubles. load() is resetData + setState, also to be
// called by the live run on the bytes it just saved.
int dd_world_state_size(const DdWorld* w);
void dd_world_save(const DdWorld* w, double* state);
DD_MUST_USE bool dd_world_load(DdWorld* w, int64_t step, const double* state, DdError* err);

// Query. Names are "thing", "robot/body", "thing/frame" (a site); -1 when there is none.
int dd_world_body(const DdWorld* w, const char* name); // root body of a thing or robot, or a body
int dd_world_site(const DdWorld* w, const char* name); // a frame
int dd_world_thing_count(const DdWorld* w);
const char* dd_world_thing_name(const DdWorld* w, int thing);
const char* dd_world_thing_kind(const DdWorld* w, int thing);
int dd_world_thing_of_geom(const DdWorld* w, int geom); // -1: none
int dd_world_thing_of_body(const DdWorld* w, int body); // -1: none
int dd_world_thing_find(const DdWorld* w, const char* name);
const char* dd_world_geom_name(const DdWorld* w, int geom); // never "": "agv/wheel/geom2"
const char* dd_world_body_name(const DdWorld* w, int body); // never ""
// Pose in the world of a frame (site) or of a thing's root body; valid after step1.
bool dd_world_pose(const DdWorld* w, const char* thing_or_frame, DdPose* pose);
// Collision geoms of a thing (all bodies below its root): count, and ids when `ids` is not NULL.
int dd_world_thing_geoms(const DdWorld* w, int thing, int* ids, int max);
// Every body by number, 0 (the world) .. count-1. Poses are x y z, qw qx qy qz after step1.
int dd_world_body_count(const DdWorld* w);
bool dd_world_body_moves(const DdWorld* w, int body); // false: stands where it was compiled
void dd_world_body_pose(const DdWorld* w, int body, double pose[7]);
// Labels: the class of a thing ("container"; its `label`, else that of its kind or robot).
const char* dd_world_thing_label(const DdWorld* w, int thing);
bool dd_world_thing_labelled(const DdWorld* w, int thing); // it has a `label` of its own
// What stands apart and is one object of its own: thing and its number in it (a stack holds many).
// Instances count from 1; 0 is no instance.
int dd_world_instance_count(const DdWorld* w);
int dd_world_instance_of_body(const DdWorld* w, int body); // 0: none
int dd_world_instance_thing(const DdWorld* w, int instance);
bool dd_world_instance_counts(const DdWorld* w, int instance);      // false: ground, wall, marking
int dd_world_instance_body(const DdWorld* w, int instance);         // its root body
const char* dd_world_instance_name(const DdWorld* w, int instance); // "C1", "stack/c3"
const DdWeather* dd_world_weather(const DdWorld* w);                // now
// What a geom looks like, in its body's frame; false for geoms that are touched and not seen.
typedef enum DdGeomLookKind {
    DD_LOOKS_BOX,
    DD_LOOKS_SPHERE,
    DD_LOOKS_ELLIPSOID,
    DD_LOOKS_CYLINDER, // along z
    DD_LOOKS_CAPSULE,  // along z
    DD_LOOKS_PLANE,
    DD_LOOKS_MESH,
} DdGeomLookKind;
typedef struct DdGeomLook {
    DdGeomLookKind kind;
    int body;
    double pose[7]; // x y z qw qx qy qz
    double size[3]; // full lengths, m; capsules without their caps; planes 0 = without end
    float rgba[4];
    const float* vertex; // mesh: (nvertex) 3 numbers each, borrowed from the model
    const int* face;     // mesh: (nface) 3 indices each
    int nvertex, nface;
} DdGeomLook;
bool dd_world_geom_look(const DdWorld* w, int geom, DdGeomLook* shape);
int dd_world_geom_count(const DdWorld* w);
// Puts bodies (x y z qw qx qy qz each, (nbody)) with what sits on them where a pose log says;
// `mask` (nbody, or NULL = all) tells which. Positions only: no velocity, contact or joint follows.
void dd_world_set_body_poses(DdWorld* w, const double (*poses)[7], const bool* mask);
int dd_world_engine_version(void); // of the MuJoCo library that runs: 3017000

// A model of the store compiled alone, as its author wrote it (scenery and keyframes included), its
// unnamed parts named as in a world ("body/geom3"). NULL on failure; the caller deletes it.
DD_MUST_USE mjModel* dd_model_compile(DdFiles* files, const char* logical, DdError* err);
// Seen by pictures and rays: of a robot's body the visual-only geoms where it has some, else all.
bool dd_world_geom_visual(const DdWorld* w, int geom);
// The lowest point (m, in the world) of a thing's or robot's collision geoms at the present qpos.
double dd_world_lowest_point(DdWorld* w, const char* robot);
// Latches: welds declared by a thing's `latch`, open at the start. The equality's number, or -1.
int dd_world_latch_find(const DdWorld* w, const char* frame, const char* thing);
// Close it at the present relative pose, or open it; after step1. False when `eq` is no body weld.
bool dd_world_latch(DdWorld* w, int eq, bool on);
