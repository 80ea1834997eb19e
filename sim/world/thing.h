// Things: what a world can be built of. Each kind (ground, box, conveyor, container, ...) exports
// one descriptor from its own file: a def struct, its field table, its frames, how it becomes mjSpec.
#pragma once

#include "sim/base/field.h"
#include "sim/base/math3.h"

typedef struct DdCompose DdCompose;

typedef struct DdThingKind {
    const char* name;        // "box": w:box { ... }
    const char* doc;         // one sentence for the manual
    const DdField* fields;   // the first member of every def is `char name[DD_NAME_MAX]`
    size_t size;             // of the def
    void (*init)(void* def); // defaults
    // Half extents (m) and pose of its bounding box for placement, before anything is compiled.
    void (*bounds)(const void* def, DdPose* pose, double half[3]);
    bool (*build)(DdCompose* c, const void* def, DdError* err);
    const char* const* frames; // names every thing of this kind has: "top", "west", ...
} DdThingKind;

enum { DD_THING_SIZE_MAX = 16384 }; // room for any def, for callers that hold one by value

const DdThingKind* const* dd_thing_kinds(int* n);
const DdThingKind* dd_thing_kind(const char* name); // NULL when there is none
