// The state behind an open scenario, shared by the files of the layer.
#pragma once

#include "sim/script/builder.h"
#include "sim/script/declare.h"
#include "sim/script/script.h"
#include "sim/script/story.h"

typedef struct DdScript DdScript;

// One fresh Lua state: it built one plan and tells that episode's story.
typedef struct DdRun {
    DdScript* script;
    DdLua* host;
    int declared; // registry reference of the scenario's table
    int params;   // of the drawn params
    int line;     // of the scenario { call
    DdBuilder builder;
    DdStory* story;
    DdEpisode* ep; // NULL until the story starts
    struct DdRun* next;
} DdRun;

struct DdScript {
    char path[DD_PATH_MAX];  // the file, as it is opened
    char shown[DD_PATH_MAX]; // as errors call it
    char dir[DD_PATH_MAX];
    char logical[DD_PATH_MAX]; // "scenario/scenario.lua"
    DdScriptDef def;
    DdFiles* files;
    DdDeclared declared;
    DdRobotCache robots;
    DdRun* spare;     // loaded and not built yet
    DdRun* pending;   // built and not started yet
    DdRun* runs;      // started
    DdLuaUsage usage; // of the run that was asked last
    bool noted;       // an override outside its distribution was said once
};

// A fresh state with the file loaded and its table kept. NULL on failure.
DdRun* dd_run_create(DdScript* script, DdError* err);
void dd_run_destroy(DdRun* run); // NULL is fine
// Reads and checks the declarations with the spare run. False when there was a mistake.
bool dd_script_declare(DdScript* script, DdMistakes* mistakes, DdError* err);
// Fills paths and store names from the def; nothing is loaded yet.
DdScript* dd_script_create(const DdScriptDef* def, DdError* err);
void dd_script_destroy(DdScript* script);
DdPlan* dd_script_build(DdScript* script, uint64_t seed, const json_t* overrides,
                        DdMistakes* mistakes, DdError* err);
// Every global users see; runs under dd_lua_call.
int dd_script_open_api(lua_State* L);
// A host with those globals. `root` and `prefix` are of the file that will be loaded.
DdLua* dd_script_host(const DdLuaDef* def, DdError* err);
// Loads and runs a file; its result is left on the stack.
bool dd_script_load(DdLua* host, const char* logical, const char* path, const char* shown,
                    DdError* err);
