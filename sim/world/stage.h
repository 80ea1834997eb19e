// Stage operations: what changes a world from outside the physics while it runs. Plain data, so the
// journal can hold them and a replay can repeat them.
#pragma once

#include "sim/world/world.h"

enum { DD_STAGE_VALUES = 8 };

typedef struct DdStageOp {
    char kind[32];            // "set_friction", "force", "go", ...; see dd_stage_kinds
    char target[DD_NAME_MAX]; // a thing, a frame, an equality, a member of the weather
    double v[DD_STAGE_VALUES];
} DdStageOp;

typedef struct DdStageKind {
    const char* name;
    const char* target; // what the target is: "thing", "actor", "conveyor", "weld", "world",
                        // "weather"
    const char* args;   // names of v[], space separated: "fx fy fz tx ty tz duration_s"
    const char* doc;
    int nargs; // how many must be given
} DdStageKind;

const DdStageKind* dd_stage_kinds(int* n);
const DdStageKind* dd_stage_kind(const char* name);

// Checks target and values, applies the op at the current step. Actors, doors, timed forces and
// conveyors keep going by dd_stage_step.
DD_MUST_USE bool dd_stage_apply(DdWorld* w, const DdStageOp* op, DdError* err);
// Once per physics step, before step1: moves actors along their paths, ends timed forces.
void dd_stage_step(DdWorld* w);
bool dd_stage_active(const DdWorld* w); // anything for dd_stage_step to do

// Actor progress, timed forces, ...: part of a restore point. Model edits are not in here: a replay
// applies the journal's earlier ops to the fresh model first, then loads this.
int dd_stage_state_size(const DdWorld* w);
void dd_stage_save(const DdWorld* w, double* state);
void dd_stage_load(DdWorld* w, const double* state);
