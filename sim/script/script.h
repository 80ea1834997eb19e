// Script: the Lua API users see. A scenario file becomes a DdScenario; robot.lua a description.
#pragma once

#include "sim/run/episode.h"

typedef struct DdScriptDef {
    const char* path; // file or folder of the scenario; NULL: the store's own "scenario/..."
                      // main file, for a script that was recorded
    const char* root; // --root DIR: foreign models may read below it; NULL = none
    DdFiles* files;   // borrowed
    DdLuaBudget budget;
    // what the scenario prints: level, formatted text, file:line. NULL: to the log
    void (*print)(void* user, const char* level, const char* text, const char* file, int line);
    void* user;
} DdScriptDef;

typedef enum DdScriptWhat {
    DD_SCRIPT_SCENARIO,
    DD_SCRIPT_AGENT,
    DD_SCRIPT_MODEL,
    DD_SCRIPT_RIG,
    DD_SCRIPT_OTHER
} DdScriptWhat;

DdScriptDef dd_script_def(void);
// Loads and runs the file up to `return scenario {...}` and checks every field.
DD_MUST_USE bool dd_script_open(const DdScriptDef* def, DdScenario* scenario, DdError* err);
// What a file is by what it returns, without building it. A folder: its scenario.lua.
DdScriptWhat dd_script_what(const char* path, DdError* err);
// Every mistake in the declarations, one call of `report` each; returns their number. Then builds
// and compiles (steps nothing).
int dd_script_check(const DdScriptDef* def, void (*report)(void* user, const DdError* err),
                    void* user);
// The folder's or file's scenario path, agent path: "scenarios/mobility/amr_dock" works as its
// file.
DD_MUST_USE bool dd_script_find(const char* arg, const char* what, char path[DD_PATH_MAX],
                                DdError* err);
// name, declared params with distributions, slots: {"name":..,"params":[..],"slots":[..],...}.
json_t* dd_script_describe(DdScenario* scenario, DdError* err);
// A robot by name ("amr_250": robots/amr_250) or by path of an .xml/.urdf.
DD_MUST_USE DdRobotDesc* dd_script_robot(DdFiles* files, const char* name, const char* base_dir,
                                         const char* root, DdError* err);
// `score --add FILE`: a file returning `score { measure = {...}, expect = {...} }`.
DD_MUST_USE DdPlan* dd_script_score(const char* path, DdFiles* files, DdError* err);

// One row per Lua call or field users see, from which docs/lua_api.md is checked and the editor
// completion file is made.
typedef struct DdApiRow {
    const char* owner; // "world", "sim", "scenario", "", ...
    const char* name;
    const char* signature; // "w:box { name, size, ... } -> Thing"
    const char* doc;
} DdApiRow;
const DdApiRow* dd_script_api(int* n);
char* dd_script_luals(void);   // the ---@meta file; malloc'd
char* dd_script_api_doc(void); // docs/lua_api.md; malloc'd

// Sensors from outside: a file returning `rig { sensors = {...}, carried = true, weather = {...}
// }`, or "all" for what robots and scenario carry. What it reads goes into `files` (or NULL).
DD_MUST_USE bool dd_script_rig(const char* path, DdFiles* files, DdRig* rig, DdError* err);
