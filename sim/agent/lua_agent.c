// The Lua agent: a file of functions in a sandbox of its own, which sees the granted channels only.
#include <stdlib.h>
#include <string.h>

#include "sim/agent/kinds.h"
#include "sim/agent/lua_view.h"
#include "sim/lua/scan.h"

typedef struct LuaAgent {
    DdAgent base;
    DdLua* host;
    DdLuaObservation* view;
    const DdActionSpace* space;
    uint64_t seed;
    char scope[3 * DD_NAME_MAX];
    int act_ref;
    int reset_ref;          // LUA_NOREF: none
    char path[DD_PATH_MAX]; // the file, and the line where act begins
    int act_line;

    // the call that runs
    const DdObservation* now;
    const DdAgentInfo* info;
    double* action;
    DdError* err;
    bool fine;
} LuaAgent;

typedef struct AgentField {
    const char* name;
    int type;
} AgentField;

static const AgentField k_fields[] = {
    {"act", LUA_TFUNCTION},
    {"reset", LUA_TFUNCTION},
    {"name", LUA_TSTRING},
    {"doc", LUA_TSTRING},
};
enum { k_field_count = sizeof k_fields / sizeof *k_fields };

static const struct {
    const char* name;
    double value;
} k_units[] = {
    {"deg", 3.14159265358979323846 / 180.0},
    {"mm", 0.001},
    {"cm", 0.01},
    {"m", 1.0},
    {"s", 1.0},
    {"kg", 1.0},
    {"t", 1000.0},
    {"kmh", 1.0 / 3.6},
};

// agent { act =, reset =, name =, doc = } -> the same table, every field known and of its type
static int agent_declare(lua_State* L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    const char* unknown = NULL;
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            return luaL_error(L, "agent: fields have names, got a key of type %s",
                              luaL_typename(L, -2));
        }
        const char* key = lua_tostring(L, -2);
        const AgentField* field = NULL;
        for (int i = 0; i < k_field_count; i++) {
            field = strcmp(key, k_fields[i].name) == 0 ? &k_fields[i] : field;
        }
        // of several unknown ones the first by bytes, whatever the order of the table
        if (!field && (!unknown || strcmp(key, unknown) < 0)) {
            unknown = key;
        }
        if (field && lua_type(L, -1) != field->type) {
            return luaL_error(L, "agent: %s must be a %s, got a %s", key,
                              lua_typename(L, field->type), luaL_typename(L, -1));
        }
        lua_pop(L, 1);
    }
    if (unknown) {
        return luaL_error(L, "agent: no field named '%s'; there are act, reset, name, doc",
                          unknown);
    }
    lua_getfield(L, 1, "act");
    if (lua_isnil(L, -1)) {
        return luaL_error(L,
                          "agent: act is missing: a function(observation) that returns an action");
    }
    lua_settop(L, 1);
    return 1;
}

static int open_globals(lua_State* L)
{
    lua_pushcfunction(L, agent_declare);
    lua_setglobal(L, "agent");
    for (size_t i = 0; i < sizeof k_units / sizeof *k_units; i++) {
        lua_pushnumber(L, k_units[i].value);
        lua_setglobal(L, k_units[i].name);
    }
    return 0;
}

// takes the functions out of what the file returned, which is the only argument
static int take_functions(lua_State* L)
{
    LuaAgent* a = lua_touserdata(L, lua_upvalueindex(1));
    if (lua_type(L, 1) != LUA_TTABLE) {
        return luaL_error(L,
                          "an agent file returns agent { act = function(observation) ... end }, "
                          "this one returned %s",
                          luaL_typename(L, 1));
    }
    lua_pushliteral(L, "act");
    if (lua_rawget(L, 1) != LUA_TFUNCTION) {
        return luaL_error(L, "the agent's act must be a function, got %s", luaL_typename(L, -1));
    }
    lua_Debug ar;
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &ar);
    a->act_line = ar.linedefined;
    a->act_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushliteral(L, "reset");
    int type = lua_rawget(L, 1);
    if (type == LUA_TFUNCTION) {
        a->reset_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    } else if (type != LUA_TNIL) {
        return luaL_error(L, "the agent's reset must be a function, got %s", luaL_typename(L, -1));
    }
    return 0;
}

// the file behind a spec: itself, its agent.lua when it is a folder, or with ".lua"
static bool find_file(const DdAgentDef* def, char path[DD_PATH_MAX], DdError* err)
{
    if (strlen(def->spec) >= DD_PATH_MAX - 16) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "the path of the agent is too long");
    }
    snprintf(path, DD_PATH_MAX, "%s", def->spec);
    if (dd_files_frozen(def->files)) {
        return true;
    }
    if (dd_dir_exists(def->spec)) {
        snprintf(path, DD_PATH_MAX, "%.1000s/agent.lua", def->spec);
        if (!dd_file_exists(path)) {
            return dd_fail(err, DD_ERROR_MISSING,
                           "agent '%s' is a folder without agent.lua; name the agent's file",
                           def->spec);
        }
        return true;
    }
    if (!dd_file_exists(path)) {
        snprintf(path, DD_PATH_MAX, "%.1000s.lua", def->spec);
        if (!dd_file_exists(path)) {
            return dd_fail(
                err, DD_ERROR_MISSING,
                "agent '%s': there is no such file; agents are zero, random, or the path "
                "of a Lua file",
                def->spec);
        }
    }
    return true;
}

static bool load_file(LuaAgent* a, const DdAgentDef* def, const char* root_name, const char* path,
                      DdError* err)
{
    char name[DD_PATH_MAX];
    snprintf(name, sizeof name, "%.200s/%.800s", root_name, dd_path_base(path));
    if (!dd_lua_load(a->host, name, path, path, err)) {
        return false;
    }
    lua_State* L = dd_lua_state(a->host);
    const DdFile* file = dd_files_find(def->files, name);
    DD_ASSERT(file);
    static const char* const k_others[] = {"scenario", "score", "robot"};
    for (size_t i = 0; i < sizeof k_others / sizeof *k_others; i++) {
        if (dd_lua_source_returns((const char*)file->data, file->size, k_others[i])) {
            lua_settop(L, 0);
            return dd_fail_at(err, DD_ERROR_SCRIPT, path, 0, "is a %s, an agent was expected",
                              k_others[i]);
        }
    }
    if (!dd_lua_call(a->host, 0, 1, DD_LUA_LOAD, err)) {
        return false;
    }
    lua_pushlightuserdata(L, a);
    lua_pushcclosure(L, take_functions, 1);
    lua_insert(L, -2);
    if (!dd_lua_call(a->host, 1, 0, DD_LUA_LOAD, err)) {
        if (err && !err->file[0]) {
            DdError e = *err;
            dd_fail_at(err, e.code, path, 0, "%s", e.text);
        }
        return false;
    }
    return true;
}

static void lua_agent_destroy(DdAgent* base)
{
    LuaAgent* a = (LuaAgent*)base;
    dd_lua_observation_destroy(a->view);
    dd_lua_destroy(a->host);
    free(a);
}

static DdAgent* lua_agent_create(const DdAgentDef* def, const DdObservationSpace* obs,
                                 const DdActionSpace* act, DdError* err)
{
    DD_ASSERT(def->files);
    char path[DD_PATH_MAX];
    if (!find_file(def, path, err)) {
        return NULL;
    }
    LuaAgent* a = calloc(1, sizeof *a);
    if (!a) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for an agent");
        return NULL;
    }
    a->space = act;
    snprintf(a->path, sizeof a->path, "%s", path);
    a->seed = def->seed;
    a->act_ref = LUA_NOREF;
    a->reset_ref = LUA_NOREF;

    // streams apart from the scenario's: from equal names an agent could foretell it
    const char* slot = def->slot && def->slot[0] ? def->slot : "main";
    snprintf(a->scope, sizeof a->scope, "%s/agent", def->scope ? def->scope : "");
    char root[DD_PATH_MAX];
    char root_name[DD_NAME_MAX + 8];
    dd_path_dir(root, path);
    snprintf(root_name, sizeof root_name, "agent/%.80s", slot);
    DdLuaDef lua = dd_lua_def();
    lua.root = root;
    lua.root_name = root_name;
    lua.lib = def->lib;
    lua.files = def->files;
    lua.seed = def->seed;
    lua.scope = a->scope;
    lua.budget = def->budget;
    lua.print = def->print;
    lua.user = def->user;
    a->host = dd_lua_create(&lua, err);
    if (!a->host) {
        free(a);
        return NULL;
    }
    lua_pushcfunction(dd_lua_state(a->host), open_globals);
    a->view = dd_lua_call(a->host, 0, 0, DD_LUA_LOAD, err)
                  ? dd_lua_observation_create(a->host, obs, err)
                  : NULL;
    if (!a->view || !load_file(a, def, root_name, path, err)) {
        lua_agent_destroy(&a->base);
        return NULL;
    }
    return &a->base;
}

static void push_text(lua_State* L, const char* key, const char* text)
{
    if (text && text[0]) {
        lua_pushstring(L, text);
        lua_setfield(L, -2, key);
    }
}

static void push_number(lua_State* L, const char* key, double v)
{
    lua_pushnumber(L, v);
    lua_setfield(L, -2, key);
}

static void push_numbers(lua_State* L, const char* key, const double* v, int n)
{
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushnumber(L, v[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, key);
}

// info.action: a list of parts, each also under its name
static void push_action_space(lua_State* L, const DdActionSpace* space)
{
    lua_createtable(L, space->npart, space->npart);
    for (int p = 0; p < space->npart; p++) {
        const DdActionPart* part = &space->part[p];
        lua_createtable(L, 0, 10);
        push_text(L, "name", part->name);
        push_text(L, "kind", dd_action_kind_name(part->kind));
        push_text(L, "rotation", dd_rotation_name(part->rotation));
        push_text(L, "frame", part->frame);
        lua_pushinteger(L, part->n);
        lua_setfield(L, -2, "n");
        lua_pushboolean(L, part->normalised);
        lua_setfield(L, -2, "normalised");
        push_numbers(L, "low", part->low, part->n);
        push_numbers(L, "high", part->high, part->n);
        push_numbers(L, "default", part->def, part->n);
        lua_createtable(L, part->n, 0);
        lua_createtable(L, part->n, 0);
        for (int i = 0; i < part->n; i++) {
            lua_pushstring(L, part->label[i]);
            lua_rawseti(L, -3, i + 1);
            lua_pushstring(L, part->unit[i]);
            lua_rawseti(L, -2, i + 1);
        }
        lua_setfield(L, -3, "units");
        lua_setfield(L, -2, "labels");
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, part->name);
        lua_rawseti(L, -2, p + 1);
    }
    lua_setfield(L, -2, "action");
}

// never the seed, the params or the truth
static void push_info(lua_State* L, const LuaAgent* a)
{
    lua_createtable(L, 0, 5);
    lua_createtable(L, 0, 2);
    push_text(L, "en", a->info->instruction_en);
    push_text(L, "ko", a->info->instruction_ko);
    lua_setfield(L, -2, "instruction");
    push_text(L, "robot", a->info->robot);
    push_number(L, "agent_hz", a->info->agent_hz);
    push_number(L, "duration_s", a->info->duration_s);
    push_action_space(L, a->space);
}

static int reset_step(lua_State* L)
{
    LuaAgent* a = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, a->reset_ref);
    dd_lua_observation_push(a->view, L, a->now);
    push_info(L, a);
    lua_call(L, 2, 0);
    return 0;
}

static int act_step(lua_State* L)
{
    LuaAgent* a = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, a->act_ref);
    dd_lua_observation_push(a->view, L, a->now);
    lua_call(L, 1, 1);
    a->fine = dd_lua_action_read(L, -1, a->space, a->action, a->err);
    return 0;
}

// whatever went wrong in a running episode, it is the agent's
static bool run_step(LuaAgent* a, lua_CFunction step, DdError* err)
{
    lua_State* L = dd_lua_state(a->host);
    a->err = err;
    a->fine = true;
    lua_pushcfunction(L, step);
    lua_pushlightuserdata(L, a);
    if (!dd_lua_call(a->host, 1, 0, DD_LUA_CALL, err)) {
        if (err) {
            err->code = DD_ERROR_AGENT;
        }
        return false;
    }
    if (!a->fine && err && !err->file[0]) {
        dd_fail_at(err, DD_ERROR_AGENT, a->path, a->act_line, "%s", err->text);
    }
    return a->fine;
}

static bool lua_agent_reset(DdAgent* base, const DdObservation* o, const DdAgentInfo* info,
                            DdError* err)
{
    LuaAgent* a = (LuaAgent*)base;
    dd_lua_reset_episode(a->host);
    dd_lua_set_scope(a->host, a->seed, a->scope);
    dd_lua_observation_restart(a->view);
    if (a->reset_ref == LUA_NOREF) {
        return true;
    }
    a->now = o;
    a->info = info;
    return run_step(a, reset_step, err);
}

static bool lua_agent_act(DdAgent* base, const DdObservation* o, double* action, DdError* err)
{
    LuaAgent* a = (LuaAgent*)base;
    a->now = o;
    a->action = action;
    return run_step(a, act_step, err);
}

static DdLuaUsage lua_agent_usage(const DdAgent* base)
{
    return dd_lua_usage(((const LuaAgent*)base)->host);
}

const DdAgentKind dd_agent_lua = {
    .name = "lua",
    .doc = "a Lua file that returns agent { act = function(observation) ... end }",
    .create = lua_agent_create,
    .destroy = lua_agent_destroy,
    .reset = lua_agent_reset,
    .act = lua_agent_act,
    .usage = lua_agent_usage,
};
