// Plan check: what a declaration names must be in the world that build made.
#pragma once

#include "sim/run/plan.h"
#include "sim/script/mistakes.h"

// The slot's robot ("" becomes the only one), channels and action spaces. `where` is the dotted
// path of the slot in the scenario's table.
void dd_plan_check_slot(const DdPlan* plan, DdSlotDef* slot, const DdSource* source,
                        const char* where, DdMistakes* mistakes);
// The requirement's grammar, signals and units.
void dd_plan_check_requirement(const DdPlan* plan, const DdRequirementDef* req,
                               const DdSource* source, DdMistakes* mistakes);
// A metric of the report: its name, or the signals inside of a reduction.
void dd_plan_check_report(const DdPlan* plan, const char* text, const DdSource* source,
                          DdMistakes* mistakes);
void dd_plan_check_reward(const DdPlan* plan, const DdSource* source, DdMistakes* mistakes);
