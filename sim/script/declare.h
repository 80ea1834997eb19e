// Declarations: what `return scenario { ... }` says, read and checked before anything is built.
#pragma once

#include "sim/run/plan.h"
#include "sim/script/dist.h"
#include "sim/script/lua_def.h"

typedef struct DdParam {
    char name[DD_NAME_MAX];
    DdDist dist;
} DdParam;

typedef struct DdDeclared {
    DdPlanDef def;
    char doc[DD_PATH_MAX];
    DdNames labels; // classes, "background" first; none: drydock's own
    int nparam;
    DdParam* param; // (nparam) by name
    int nslot;
    DdSlotDef* slot; // (nslot) by name; robot "" = the only one
    int nrequirement;
    DdRequirementDef* requirement; // (nrequirement) by name
    int nreport;
    char (*report)[DD_NAME_MAX]; // (nreport) as given
    bool fleet;                  // agents, not agent
    DdSource source;             // shown and text are borrowed
} DdDeclared;

// The table at `index` was made by scenario { ... }. Every mistake is reported; what is right is
// read all the same. Runs under dd_lua_call.
void dd_declared_read(lua_State* L, int index, const DdSource* source, DdDeclared* out,
                      DdMistakes* mistakes);
// `score { measure, expect, report }`: requirements and report as above, measures into `plan`.
void dd_declared_read_score(lua_State* L, int index, const DdSource* source, DdPlan* plan,
                            DdMistakes* mistakes);
void dd_declared_clear(DdDeclared* d);

// Fields of the scenario's table that are no plain members of DdPlanDef, for the manual.
typedef struct DdFieldDoc {
    const char* name;
    const char* type;
    const char* doc;
} DdFieldDoc;
extern const DdFieldDoc dd_scenario_docs[]; // ends with a NULL name
extern const DdFieldDoc dd_score_docs[];
extern const DdFieldDoc dd_rig_docs[];
bool dd_scenario_has_field(const char* name); // of dd_plan_fields: may it be written in the table
