// Build: what the kinds of things share when they become mjSpec, and the rows of their tables.
#pragma once

#include <mujoco/mujoco.h>

#include "sim/world/compose.h"

// visual geoms are seen and not touched, hidden ones touched and not seen, plain ones both
typedef enum DdLook { DD_LOOK_PLAIN, DD_LOOK_VISUAL, DD_LOOK_HIDDEN } DdLook;

typedef struct DdSurface { // of plain and hidden geoms
    double friction;       // sliding
    double rolling;        // m; 0 = the default of a hard surface
    int priority;          // 1: this side's friction counts
} DdSurface;

typedef struct DdBuild { // a body under construction
    DdCompose* c;
    const char* thing;
    mjsBody* body;
    DdSurface surface;
} DdBuild;

mjSpec* dd_compose_spec(DdCompose* c); // only while building
// The root body of a thing, "NAME"; free: with the free joint "NAME/free".
DdBuild dd_build_body(DdCompose* c, const char* name, DdPose pose, bool free, DdSurface surface);
// Another body, "NAME/PART", in the world (parent NULL) or below one.
DdBuild dd_build_part(const DdBuild* b, const char* part, mjsBody* parent, DdPose pose);
// mass 0: none. size as MuJoCo has it: half extents; radius, half length.
mjsGeom* dd_build_geom(const DdBuild* b, const char* part, mjtGeom type, DdLook look,
                       const double size[3], const double pos[3], const double rgba[4],
                       double mass);
mjsGeom* dd_build_box(const DdBuild* b, const char* part, DdLook look, double x, double y, double z,
                      double hx, double hy, double hz, const double rgba[4], double mass);
void dd_build_turn(mjsGeom* g, double roll, double pitch, double yaw);
// A frame "NAME/FRAME".
void dd_build_frame(const DdBuild* b, const char* frame, double x, double y, double z,
                    const double quat[4]);
// The seven frames of a box around `centre`: center, and one on each face whose x axis points
// outward: top bottom north (+y) south (-y) east (+x) west (-x).
void dd_build_box_frames(const DdBuild* b, const double centre[3], const double half[3]);
extern const char* const dd_box_frames[];
// Give the body this mass, centre of mass and diagonal inertia instead of those of its geoms.
void dd_build_inertia(const DdBuild* b, double mass, const double com[3], const double inertia[3]);

DdSurface dd_surface(double friction);
void dd_thing_pose_init(DdThingPose* at);
void dd_shade(double out[4], const double rgba[4], double factor); // darker or lighter

// The sum of a solid box's inertia, m/12 (b2 + c2), into `inertia`.
void dd_box_inertia(double inertia[3], double mass, double x, double y, double z);

// Bounds of a thing whose box is `half` around `centre` in its own frame.
void dd_own_bounds(const DdThingPose* at, const double centre[3], const double half_own[3],
                   DdPose* pose, double half[3]);
bool dd_check_size(const double size[3], const char* what, DdError* err); // all positive

#define DD_SET_RGBA(def, r, g, b)                                                                  \
    memcpy((def)->rgba, (const double[4]){r, g, b, 1}, sizeof(def)->rgba)
#define DD_NAME_ROW(T)                                                                             \
    DD_FIELD_ROW(T, name, DD_FIELD_STRING, 0, "", "unique; made from the kind when absent")
#define DD_AT_ROW(T, m, kind, unit, doc)                                                           \
    {                                                                                              \
        .name = #m, kind, offsetof(T, at.m), 0, unit, doc, NULL                                    \
    }
#define DD_LABEL_DOC "class it has in labels of pictures; made from the kind when absent"
#define DD_LABEL_ROW(T) DD_FIELD_ROW(T, label, DD_FIELD_STRING, 0, "", DD_LABEL_DOC)
#define DD_ON_DOC                                                                                  \
    "thing (its upper side) or frame it stands on; pos and orientation are then relative to it, "  \
    "and pos is where the middle of its underside comes"
#define DD_POSE_ROWS(T, origin)                                                                    \
    DD_AT_ROW(T, pos, DD_FIELD_VEC3, "m", origin),                                                 \
        DD_AT_ROW(T, yaw, DD_FIELD_NUMBER, "rad", "turn about z"),                                 \
        DD_AT_ROW(T, rpy, DD_FIELD_VEC3, "rad", "roll, pitch, yaw (Rz Ry Rx); before `yaw`"),      \
        DD_AT_ROW(T, quat, DD_FIELD_QUAT, "", "orientation w x y z; before `rpy` and `yaw`"),      \
        DD_AT_ROW(T, on, DD_FIELD_REF, "", DD_ON_DOC),                                             \
        DD_AT_ROW(T, shift, DD_FIELD_VEC3, "m", "added to pos, in its own frame"),                 \
        DD_AT_ROW(T, label, DD_FIELD_STRING, "", DD_LABEL_DOC)
#define DD_FRICTION_DOC                                                                            \
    "sliding friction; of two touching things the larger counts, but floors, ramps and belts "     \
    "decide alone"
#define DD_FRICTION_ROW(T)                                                                         \
    DD_FIELD_ROW(T, friction, DD_FIELD_NUMBER, DD_NONNEGATIVE, "", DD_FRICTION_DOC)
#define DD_RGBA_ROW(T) DD_FIELD_ROW(T, rgba, DD_FIELD_RGBA, DD_UNIT_RANGE, "", "colour")
#define DD_FREE_ROW(T)                                                                             \
    DD_FIELD_ROW(T, free, DD_FIELD_BOOL, 0, "", "moves freely; false: fixed to the world")
#define DD_MASS_ROW(T) DD_FIELD_ROW(T, mass, DD_FIELD_NUMBER, DD_POSITIVE, "kg", "of a free one")
#define DD_LATCH_DOC                                                                               \
    "robot's frame it can be locked to while the run goes (\"agv/deck\"); open at the start"
#define DD_LATCH_ROW(T) DD_FIELD_ROW(T, latch, DD_FIELD_REF, 0, "", DD_LATCH_DOC)
