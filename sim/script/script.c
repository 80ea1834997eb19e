// Script: a scenario file as a DdScenario. Every build gets a fresh Lua state, so that nothing
// leaks from one episode into the next; the state lives on to tell the episode's story.
#include <stdlib.h>
#include <string.h>

#include "sim/base/log.h"
#include "sim/script/api_rows.h"
#include "sim/script/measure.h"
#include "sim/script/plan_check.h"
#include "sim/script/script_state.h"
#include "sim/script/tag.h"

DdScriptDef dd_script_def(void)
{
    return (DdScriptDef){.budget = dd_lua_def().budget};
}

// states

int dd_script_open_api(lua_State* L)
{
    dd_tag_open(L);
    dd_dist_open(L);
    dd_handle_open(L);
    dd_measure_open(L);
    dd_story_open(L);
    dd_api_open(L);
    dd_builder_open(L);
    return 0;
}

DdLua* dd_script_host(const DdLuaDef* def, DdError* err)
{
    DdLua* host = dd_lua_create(def, err);
    if (!host) {
        return NULL;
    }
    lua_pushcfunction(dd_lua_state(host), dd_script_open_api);
    if (!dd_lua_call(host, 0, 0, DD_LUA_LOAD, err)) {
        dd_lua_destroy(host);
        return NULL;
    }
    return host;
}

bool dd_script_load(DdLua* host, const char* logical, const char* path, const char* shown,
                    DdError* err)
{
    return dd_lua_load(host, logical, path, shown, err) &&
           dd_lua_call(host, 0, 1, DD_LUA_LOAD, err);
}

// Prints name the file below the scenario's folder: where the user keeps it reaches no recording.
static void print_hook(void* user, const char* level, const char* text, const char* file, int line)
{
    const DdRun* run = user;
    const DdScript* script = run->script;
    size_t n = strlen(script->dir);
    char lib[DD_PATH_MAX];
    snprintf(lib, sizeof lib, "%.900s/scenarios/", dd_home());
    size_t m = strlen(lib);
    if (strcmp(file, script->shown) == 0) {
        file = script->logical;
    } else if (strncmp(file, lib, m) == 0) {
        file += m;
    } else if (strncmp(file, script->dir, n) == 0 && file[n] == '/') {
        file += n + 1;
    }
    if (script->def.print) {
        script->def.print(script->def.user, level, text, file, line);
    } else {
        dd_log(DD_LOG_INFO, "%s:%d: %s", file, line, text);
    }
}

// (table, run): keeps what the file returned.
static int keep_table(lua_State* L)
{
    DdRun* run = lua_touserdata(L, 2);
    const char* tag = dd_tag_of(L, 1, &run->line);
    if (!tag || strcmp(tag, "scenario") != 0) {
        DdError err;
        dd_error_clear(&err);
        char got[128];
        dd_lua_value_text(L, 1, got, sizeof got);
        dd_fail_at(&err, DD_ERROR_SCRIPT, run->script->shown, run->line,
                   tag ? "this is %s %s file, not a scenario: it returns %s { ... }"
                       : "a scenario file ends with return scenario { ... }, this one returns %s",
                   tag ? (strcmp(tag, "agent") == 0 ? "an" : "a") : got, tag, tag);
        return dd_lua_raise(L, &err);
    }
    lua_pushvalue(L, 1);
    run->declared = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

DdRun* dd_run_create(DdScript* script, DdError* err)
{
    DdRun* run = calloc(1, sizeof *run);
    DD_ASSERT(run);
    run->script = script;
    run->declared = LUA_NOREF;
    run->params = LUA_NOREF;

    char lib[DD_PATH_MAX];
    dd_path_join(lib, dd_home(), "scenarios/lib");
    DdLuaDef def = dd_lua_def();
    def.root = script->dir;
    def.root_name = "scenario";
    def.lib = lib;
    def.files = script->files;
    def.budget = script->def.budget;
    def.scope = "";
    def.print = print_hook;
    def.user = run;
    run->host = dd_script_host(&def, err);
    if (!run->host ||
        !dd_script_load(run->host, script->logical, script->path, script->shown, err)) {
        dd_run_destroy(run);
        return NULL;
    }
    lua_State* L = dd_lua_state(run->host);
    lua_pushcfunction(L, keep_table);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, run);
    if (!dd_lua_call(run->host, 2, 0, DD_LUA_LOAD, err)) {
        dd_run_destroy(run);
        return NULL;
    }
    return run;
}

void dd_run_destroy(DdRun* run)
{
    if (!run) {
        return;
    }
    dd_story_destroy(run->story);
    dd_lua_destroy(run->host);
    dd_builder_clear(&run->builder);
    free(run);
}

// opening

// The recorded script: the file in the store that returns a scenario.
static bool find_recorded(const DdFiles* files, char path[DD_PATH_MAX], DdError* err)
{
    for (int i = 0; i < dd_files_count(files); i++) {
        const DdFile* f = dd_files_at(files, i);
        const char* tag =
            strncmp(f->name, "scenario/", 9) == 0 ? dd_tag_guess((char*)f->data) : NULL;
        if (tag && strcmp(tag, "scenario") == 0) {
            snprintf(path, DD_PATH_MAX, "%s", f->name);
            return true;
        }
    }
    for (int i = 0; i < dd_files_count(files); i++) {
        const char* name = dd_files_at(files, i)->name;
        if (strncmp(name, "scenario/", 9) == 0) {
            snprintf(path, DD_PATH_MAX, "%s", name);
            return true;
        }
    }
    return dd_fail(err, DD_ERROR_CANNOT_CHECK, "the run holds no scenario file");
}

DdScript* dd_script_create(const DdScriptDef* def, DdError* err)
{
    DdScript* script = calloc(1, sizeof *script);
    DD_ASSERT(script);
    script->def = *def;
    script->files = def->files;
    if (!def->path || !*def->path) {
        if (!find_recorded(def->files, script->path, err)) {
            free(script);
            return NULL;
        }
    } else if (dd_dir_exists(def->path)) {
        dd_path_join(script->path, def->path, "scenario.lua");
    } else {
        snprintf(script->path, sizeof script->path, "%s", def->path);
    }
    snprintf(script->shown, sizeof script->shown, "%s", script->path);
    dd_path_dir(script->dir, script->path);
    snprintf(script->logical, sizeof script->logical, "scenario/%.1000s",
             dd_path_base(script->path));
    script->robots.files = script->files;
    script->robots.budget = def->budget;
    snprintf(script->robots.base_dir, sizeof script->robots.base_dir, "%s", script->dir);
    if (def->root) {
        snprintf(script->robots.root, sizeof script->robots.root, "%s", def->root);
    }
    return script;
}

void dd_script_destroy(DdScript* script)
{
    if (!script) {
        return;
    }
    dd_run_destroy(script->spare);
    dd_run_destroy(script->pending);
    while (script->runs) {
        DdRun* next = script->runs->next;
        dd_run_destroy(script->runs);
        script->runs = next;
    }
    dd_declared_clear(&script->declared);
    dd_robot_cache_clear(&script->robots);
    free(script);
}

typedef struct Declaring {
    DdRun* run;
    DdSource source;
    DdMistakes* mistakes;
} Declaring;

static int read_declared(lua_State* L)
{
    Declaring* d = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, d->run->declared);
    dd_declared_read(L, -1, &d->source, &d->run->script->declared, d->mistakes);
    return 0;
}

bool dd_script_declare(DdScript* script, DdMistakes* mistakes, DdError* err)
{
    DdRun* run = script->spare;
    const DdFile* file = dd_files_find(script->files, script->logical);
    Declaring d = {.run = run,
                   .mistakes = mistakes,
                   .source = {.shown = script->shown,
                              .line = run->line,
                              .text = file ? (const char*)file->data : NULL}};
    lua_State* L = dd_lua_state(run->host);
    lua_pushcfunction(L, read_declared);
    lua_pushlightuserdata(L, &d);
    return dd_lua_call(run->host, 1, 0, DD_LUA_LOAD, err) && mistakes->n == 0;
}

// params

static const DdParam* find_param(const DdDeclared* d, const char* name)
{
    for (int i = 0; i < d->nparam; i++) {
        if (strcmp(d->param[i].name, name) == 0) {
            return &d->param[i];
        }
    }
    return NULL;
}

static bool check_overrides(const DdDeclared* d, const json_t* overrides, DdError* err)
{
    const char* name;
    json_t* value;
    json_object_foreach((json_t*)overrides, name, value)
    {
        if (!find_param(d, name)) {
            const char** names = malloc((size_t)(d->nparam + 1) * sizeof *names);
            DD_ASSERT(names);
            for (int i = 0; i < d->nparam; i++) {
                names[i] = d->param[i].name;
            }
            char near[DD_NAME_MAX + 32];
            dd_lua_suggest(name, names, d->nparam, near);
            free(names);
            return dd_fail(err, DD_ERROR_ARGUMENT, "scenario '%s' has no param named '%s'%s",
                           d->def.name, name, near);
        }
    }
    return true;
}

static bool override_param(DdScript* script, const DdParam* param, const json_t* given,
                           DdValue* value, DdError* err)
{
    DdValueType type = dd_dist_type(&param->dist);
    if (!dd_value_from_json(given, value) || value->type != type) {
        char* shown = json_dumps(given, JSON_ENCODE_ANY | JSON_COMPACT);
        dd_fail(err, DD_ERROR_ARGUMENT, "param '%s' must be %s, got %s", param->name,
                dd_value_type_name(type), shown ? shown : "nothing");
        free(shown);
        return false;
    }
    if (!dd_dist_supports(&param->dist, value) && !script->noted) {
        char text[1024];
        dd_dist_text(&param->dist, text, sizeof text);
        dd_log(DD_LOG_INFO, "param '%s' is set to a value that %s never gives", param->name, text);
        script->noted = true;
    }
    return true;
}

// Draws every param from its own stream, so that overriding one leaves the others alone.
static bool draw_params(DdScript* script, uint64_t seed, const json_t* overrides, json_t* params,
                        DdError* err)
{
    const DdDeclared* d = &script->declared;
    if (overrides && !check_overrides(d, overrides, err)) {
        return false;
    }
    for (int i = 0; i < d->nparam; i++) {
        char name[DD_NAME_MAX + 8];
        snprintf(name, sizeof name, "param/%s", d->param[i].name);
        DdStream stream = dd_stream(seed, d->def.name, name);
        DdValue value = dd_dist_draw(&d->param[i].dist, &stream);
        const json_t* given = overrides ? json_object_get(overrides, d->param[i].name) : NULL;
        if (given && !override_param(script, &d->param[i], given, &value, err)) {
            return false;
        }
        json_object_set_new(params, d->param[i].name, dd_value_json(&value));
    }
    return true;
}

// p.NAME of a name that was not declared
static int params_index(lua_State* L)
{
    const char* key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
    int n, other;
    DdKey* keys = dd_lua_sorted_keys(L, 1, &n, &other);
    const char** names = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *names, 0);
    for (int i = 0; i < n; i++) {
        names[i] = keys[i];
    }
    char near[DD_NAME_MAX + 32];
    dd_lua_suggest(key, names, n, near);
    return luaL_error(L, "no param named '%s'%s", key, near);
}

static int params_newindex(lua_State* L)
{
    return luaL_error(L, "params cannot be added to; declare them in params = { ... }");
}

static void push_params(lua_State* L, const json_t* params)
{
    const char* name;
    json_t* j;
    lua_newtable(L);
    json_object_foreach((json_t*)params, name, j)
    {
        DdValue value;
        dd_value_from_json(j, &value);
        dd_value_push(L, &value);
        lua_setfield(L, -2, name);
    }
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, params_index);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, params_newindex);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

// building

static int call_build(lua_State* L)
{
    DdRun* run = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, run->declared);
    dd_lua_raw_field(L, -1, "build");
    dd_builder_push_world(L, &run->builder);
    push_params(L, run->builder.plan->params);
    lua_pushvalue(L, -1);
    run->params = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_call(L, 2, 0);
    return 0;
}

// Slots, requirements, reports: the declared ones, now that there is a world to check them against.
static bool finish_plan(const DdDeclared* d, DdPlan* plan, DdMistakes* mistakes, DdError* err)
{
    DdSlotDef* slot = malloc(sizeof *slot);
    DD_ASSERT(slot);
    bool fine = true;
    for (int i = 0; i < d->nslot && fine; i++) {
        char where[2 * DD_NAME_MAX];
        snprintf(where, sizeof where, d->fleet ? "agents.%s" : "agent", d->slot[i].name);
        *slot = d->slot[i];
        dd_plan_check_slot(plan, slot, &d->source, where, mistakes);
        DdError why;
        dd_error_clear(&why);
        if (mistakes->n == 0 && !dd_plan_add_slot(plan, slot, &why)) {
            dd_mistake_error(mistakes, &d->source, where, &why);
        }
    }
    free(slot);
    for (int i = 0; i < d->nrequirement; i++) {
        dd_plan_check_requirement(plan, &d->requirement[i], &d->source, mistakes);
        fine = fine && dd_plan_add_requirement(plan, &d->requirement[i], err);
    }
    dd_plan_check_reward(plan, &d->source, mistakes);
    for (int i = 0; i < d->nreport && fine; i++) {
        dd_plan_check_report(plan, d->report[i], &d->source, mistakes);
        fine = dd_plan_add_report(plan, d->report[i], err);
    }
    if (mistakes->n > 0 && err) {
        *err = mistakes->first;
    }
    return fine && mistakes->n == 0;
}

DdPlan* dd_script_build(DdScript* script, uint64_t seed, const json_t* overrides,
                        DdMistakes* mistakes, DdError* err)
{
    const DdDeclared* d = &script->declared;
    DdRun* run = script->spare;
    script->spare = NULL;
    run = run ? run : dd_run_create(script, err);
    DdPlan* plan = run ? dd_plan_create(&d->def, script->files, err) : NULL;
    if (!plan && run && err && !err->file[0]) {
        DdMistakes one = {0};
        dd_mistake_error(&one, &d->source, "", err);
        *err = one.first;
    }
    if (!plan || !draw_params(script, seed, overrides, plan->params, err)) {
        dd_plan_destroy(plan);
        dd_run_destroy(run);
        return NULL;
    }
    plan->labels = d->labels;
    dd_lua_set_scope(run->host, seed, d->def.name);
    run->builder.plan = plan;
    run->builder.robots = &script->robots;
    run->builder.source = d->source;
    run->builder.seed = seed;
    run->builder.open = true;

    lua_State* L = dd_lua_state(run->host);
    lua_pushcfunction(L, call_build);
    lua_pushlightuserdata(L, run);
    bool fine = dd_lua_call(run->host, 1, 0, DD_LUA_LOAD, err);
    run->builder.open = false;
    run->builder.plan = NULL; // the caller's from here on
    script->usage = dd_lua_usage(run->host);
    if (!fine || !finish_plan(d, plan, mistakes, err)) {
        dd_plan_destroy(plan);
        dd_run_destroy(run);
        return NULL;
    }
    dd_run_destroy(script->pending);
    script->pending = run;
    return plan;
}

// the scenario's callbacks

static DdPlan* scenario_build(void* user, uint64_t seed, const json_t* overrides, DdError* err)
{
    DdMistakes mistakes = {0};
    DdError own;
    dd_error_clear(&own);
    DdPlan* plan = dd_script_build(user, seed, overrides, &mistakes, &own);
    if (!plan && err) {
        *err = own;
    }
    return plan;
}

static int keep_story(lua_State* L)
{
    DdRun* run = lua_touserdata(L, 1);
    int* story = lua_touserdata(L, 2);
    lua_rawgeti(L, LUA_REGISTRYINDEX, run->declared);
    *story = LUA_NOREF;
    if (dd_lua_raw_field(L, -1, "story") == LUA_TFUNCTION) {
        *story = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    return 0;
}

static bool scenario_start(void* user, DdEpisode* ep, DdError* err)
{
    DdScript* script = user;
    DdRun* run = script->pending;
    DD_ASSERT(run && "start without a build before it");
    script->pending = NULL;
    run->ep = ep;
    run->next = script->runs;
    script->runs = run;
    dd_lua_reset_episode(run->host);

    int story;
    lua_State* L = dd_lua_state(run->host);
    lua_pushcfunction(L, keep_story);
    lua_pushlightuserdata(L, run);
    lua_pushlightuserdata(L, &story);
    if (!dd_lua_call(run->host, 2, 0, DD_LUA_CALL, err)) {
        return false;
    }
    bool fine = true;
    if (story != LUA_NOREF) {
        run->story = dd_story_create(run->host);
        fine = dd_story_start(run->story, ep, story, run->params, err);
    }
    script->usage = dd_lua_usage(run->host);
    return fine;
}

static DdRun* run_of(const DdScript* script, const DdEpisode* ep)
{
    for (DdRun* run = script->runs; run; run = run->next) {
        if (run->ep == ep) {
            return run;
        }
    }
    return NULL;
}

static bool scenario_resume(void* user, DdEpisode* ep, int wait, DdError* err)
{
    DdScript* script = user;
    DdRun* run = run_of(script, ep);
    if (!run || !run->story) {
        return true;
    }
    bool fine = dd_story_resume(run->story, wait, err);
    script->usage = dd_lua_usage(run->host);
    return fine;
}

static void scenario_finish(void* user, DdEpisode* ep)
{
    DdScript* script = user;
    for (DdRun** at = &script->runs; *at; at = &(*at)->next) {
        if ((*at)->ep == ep) {
            DdRun* run = *at;
            *at = run->next;
            script->usage = dd_lua_usage(run->host);
            dd_run_destroy(run);
            return;
        }
    }
}

static DdLuaUsage scenario_usage(void* user)
{
    return ((DdScript*)user)->usage;
}

static void scenario_destroy(void* user)
{
    dd_script_destroy(user);
}

bool dd_script_open(const DdScriptDef* def, DdScenario* scenario, DdError* err)
{
    memset(scenario, 0, sizeof *scenario);
    DdScript* script = dd_script_create(def, err);
    if (!script) {
        return false;
    }
    DdMistakes mistakes = {0};
    script->spare = dd_run_create(script, err);
    if (!script->spare || !dd_script_declare(script, &mistakes, err)) {
        if (mistakes.n > 0 && err) {
            *err = mistakes.first;
        }
        dd_script_destroy(script);
        return false;
    }
    *scenario = (DdScenario){
        .user = script,
        .build = scenario_build,
        .start = scenario_start,
        .resume = scenario_resume,
        .finish = scenario_finish,
        .usage = scenario_usage,
        .destroy = scenario_destroy,
    };
    return true;
}
