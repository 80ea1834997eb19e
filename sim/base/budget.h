// Budgets of guest code: counts, never clocks.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Work is counted in units: one VM instruction is one unit; a C call charges about what the same
// work would cost in instructions (bytes copied / 16, elements moved, pattern steps ...).
typedef struct DdLuaBudget {
    int64_t load_units;    // running the file itself, and build
    int64_t call_units;    // one later call (an act, a story resume)
    int64_t episode_units; // all later calls of an episode together
    size_t memory;         // bytes alive at once
} DdLuaBudget;

typedef struct DdLuaUsage {
    int64_t load_units;
    int64_t call_units_max; // the dearest single call
    int64_t episode_units;
    size_t memory_max;
} DdLuaUsage;
