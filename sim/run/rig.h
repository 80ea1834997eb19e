// Rig: sensors that a run or a rendering gets from outside of its scenario.
#pragma once

#include "sim/run/plan.h"

typedef struct DdRig {
    bool carried; // every optional sensor of the scenario and its robots
    int nsensor;
    DdSensorDef* sensor; // (nsensor) owned; they replace those of the same channel
    bool has_weather;
    DdWeather weather; // what they see instead of the recorded weather; `given` says which members
    DdNames given;     // names of the members of `weather` that were set
} DdRig;

void dd_rig_clear(DdRig* rig);
DD_MUST_USE bool dd_rig_add(DdRig* rig, const DdSensorDef* def, DdError* err);
// The plan's sensors become those and the rig's.
DD_MUST_USE bool dd_rig_apply(const DdRig* rig, DdPlan* plan, DdError* err);
// Only the rig's remain: what a rendering makes.
DD_MUST_USE bool dd_rig_only(const DdRig* rig, DdPlan* plan, DdError* err);
