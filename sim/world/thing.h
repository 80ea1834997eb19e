// Things: what a world can be built of. Each kind (ground, box, conveyor, container, ...) exports
// one descriptor from its own file: a def struct, its field table, its frames, how it becomes
// mjSpec.
#pragma once

#include "sim/base/field.h"
#include "sim/base/math3.h"

typedef struct DdCompose DdCompose;

// Where a thing stands. The second member of every def whose kind is `posed`. The orientation is
// Rz(yaw) Rrpy Rquat: give one of the three. With `on`, all of it is relative to that frame.
typedef struct DdThingPose {
    char on[DD_NAME_MAX];    // thing or frame it stands on; resolved and emptied by dd_compose_add
    double pos[3];           // m
    double shift[3];         // m; added to pos in the thing's own frame
    double yaw;              // rad
    double rpy[3];           // rad
    double quat[4];          // w x y z
    char label[DD_NAME_MAX]; // class in pictures and clouds; "" = that of the kind
} DdThingPose;

typedef struct DdThingKind {
    const char* name;        // "box": w:box { ... }
    const char* doc;         // one sentence for the manual
    const DdField* fields;   // the first member of every def is `char name[DD_NAME_MAX]`
    size_t size;             // of the def
    void (*init)(void* def); // defaults
    // Half extents (m) and pose of its bounding box for placement, before anything is compiled.
    void (*bounds)(const void* def, DdPose* pose, double half[3]);
    bool (*build)(DdCompose* c, const void* def, DdError* err);
    const char* const* frames; // NULL-terminated names every thing of this kind has: "top", "west"
    bool posed;                // a DdThingPose follows the name
    bool faces;                // its frames sit on its faces, their x axes pointing outward
    bool flat;                 // a floor or a marking: placement does not keep clear of it
    // What the field table cannot say; NULL when it says everything.
    bool (*check)(const void* def, const char* what, DdError* err);
    const char* label; // class in pictures; NULL: the kind's own name
    bool stuff;        // ground, wall: seen, but no object that pictures count and box
    bool single;       // a world has at most one; its name is the kind's unless given
    bool apart;        // every root body is an object of its own (the containers of a stack)
    // Bits (1 << DdSkin) of what its geoms are made of, by which the pictures are read before
    // anything is built; NULL when it has no such.
    unsigned (*skins)(const void* def);
    // The latch (a robot's frame it can be locked to); NULL when the kind has none.
    const char* (*latch)(const void* def);
} DdThingKind;

enum { DD_THING_SIZE_MAX = 16384 }; // room for any def, for callers that hold one by value

const DdThingKind* const* dd_thing_kinds(int* n);
const DdThingKind* dd_thing_kind(const char* name); // NULL when there is none
// Height of the thing's origin above the lowest point of its bounding box, upright: pos.z of a
// thing that stands on z = 0.
double dd_thing_stand(const DdThingKind* kind, const void* def);
DdPose dd_thing_pose(const DdThingPose* at); // without `on`
