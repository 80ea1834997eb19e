// Lua host: one sandboxed Lua state for one guest file. Memory and work are counted, never timed;
// nothing escapes the count: not pcall, coroutines, finalisers or long C calls.
#pragma once

#include <stdint.h>
#include <lua.h>
#include <lauxlib.h>

#include "sim/base/budget.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/rng.h"

// What every guest has (pairs in a fixed order, bounded string, table, utf8, coroutine, math,
// stream, require, print, log ...) and has not (io, os, debug, load ...): docs/agents.md, "What is
// there".

typedef struct DdLuaDef {
    const char* root;      // the guest's own folder, where `require "x"` looks; NULL: none
    const char* root_name; // its logical name in the file store: "scenario"
    const char* lib;       // folder of the shipped library, `require "lib.x"`; NULL: none
    DdFiles* files;        // every file read goes through it; borrowed
    uint64_t seed;         // with scope: the run's named streams
    const char* scope;     // the scenario's declared name; may be set later
    DdLuaBudget budget;
    // print and log(level, ...): level as text, already formatted, file:line of the caller.
    void (*print)(void* user, const char* level, const char* text, const char* file, int line);
    void* user;
} DdLuaDef;

typedef struct DdLua DdLua;

DdLuaDef dd_lua_def(void); // stated default budgets; prints to the log

DD_MUST_USE DdLua* dd_lua_create(const DdLuaDef* def, DdError* err);
// Closes under the same budget: what the guest left cannot hang it. NULL is fine.
void dd_lua_destroy(DdLua* host);
lua_State* dd_lua_state(DdLua* host);
DdLua* dd_lua_of(lua_State* L); // the host of any coroutine of it
void dd_lua_set_scope(DdLua* host, uint64_t seed, const char* scope);

// Compile the text of a file (never bytecode) and leave the chunk on the stack. `name` is the
// logical name, `shown` what error texts and tracebacks call it (the path the user gave).
DD_MUST_USE bool dd_lua_load(DdLua* host, const char* name, const char* path, const char* shown,
                             DdError* err);

typedef enum DdLuaPhase { DD_LUA_LOAD, DD_LUA_CALL } DdLuaPhase;
// The only way into guest code. Function and arguments are on the stack, as for lua_pcall. On
// failure nothing is left on the stack and `err` has file, line and a traceback of the guest's
// code. A spent budget is DD_ERROR_BUDGET, anything raised is DD_ERROR_SCRIPT.
DD_MUST_USE bool dd_lua_call(DdLua* host, int nargs, int nresults, DdLuaPhase phase, DdError* err);
// Resume a coroutine of this host under the same count. *done when it returned; yielded or returned
// values are on its stack.
DD_MUST_USE bool dd_lua_resume(DdLua* host, lua_State* co, int nargs, int* nresults, bool* done,
                               DdError* err);
// Charge `units` for work done in C on the guest's behalf. Raises when spent.
void dd_lua_charge(lua_State* L, int64_t units);

DdLuaUsage dd_lua_usage(const DdLua* host);
// A new episode: episode_units and call_units_max from 0 again; load_units back to what they were
// when this was called first (the files), so that every episode's build has the same budget.
void dd_lua_reset_episode(DdLua* host);

// For binding code: `file:line` of the guest's running line ("" and 0 when there is none).
void dd_lua_where(lua_State* L, char file[DD_PATH_MAX], int* line);
// Raise `err` as a Lua error that keeps its code; position is added when err has none.
int dd_lua_raise(lua_State* L, const DdError* err);
// A handle (userdata) orders by this id in pairs: call once for a metatable's objects.
// The metatable's field __dd_order is a C function handle -> integer.
