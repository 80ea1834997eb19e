// Finding: scenario, agent and robot files by what users type; descriptions for `drydock list`.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "sim/script/script_state.h"
#include "sim/script/tag.h"

// `base` itself, or its "WHAT.lua" when it is a folder, or with ".lua".
static bool try_path(const char* base, const char* what, char path[DD_PATH_MAX])
{
    char file[DD_PATH_MAX + 64];
    if (dd_dir_exists(base)) {
        snprintf(file, sizeof file, "%s/%s.lua", base, what);
        if (dd_file_exists(file) && strlen(file) < DD_PATH_MAX) {
            snprintf(path, DD_PATH_MAX, "%.*s", DD_PATH_MAX - 1, file);
            return true;
        }
        return false;
    }
    if (dd_file_exists(base)) {
        snprintf(path, DD_PATH_MAX, "%s", base);
        return true;
    }
    snprintf(file, sizeof file, "%s.lua", base);
    if (dd_file_exists(file) && strlen(file) < DD_PATH_MAX) {
        snprintf(path, DD_PATH_MAX, "%.*s", DD_PATH_MAX - 1, file);
        return true;
    }
    return false;
}

static int compare_names(const struct dirent** a, const struct dirent** b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

// "amr_dock": the shipped folder of that name, whatever group it is in. Names seen go into `seen`.
static bool find_shipped(const char* arg, const char* what, char path[DD_PATH_MAX],
                         char (*seen)[DD_NAME_MAX], int* nseen, int max)
{
    char root[DD_PATH_MAX], dir[DD_PATH_MAX];
    struct dirent** group;
    dd_path_join(root, dd_home(), "scenarios");
    bool found = false;
    int n = scandir(root, &group, NULL, compare_names);
    for (int i = 0; i < n; i++) {
        struct dirent** entry;
        dd_path_join(dir, root, group[i]->d_name);
        bool hidden = group[i]->d_name[0] == '.';
        int m =
            hidden || found || !dd_dir_exists(dir) ? -1 : scandir(dir, &entry, NULL, compare_names);
        for (int k = 0; k < m; k++) {
            char full[DD_PATH_MAX];
            dd_path_join(full, dir, entry[k]->d_name);
            if (entry[k]->d_name[0] != '.' && dd_dir_exists(full)) {
                if (*nseen < max) {
                    snprintf(seen[(*nseen)++], DD_NAME_MAX, "%.90s", entry[k]->d_name);
                }
                found = found || (strcmp(entry[k]->d_name, arg) == 0 && try_path(full, what, path));
            }
            free(entry[k]);
        }
        if (m >= 0) {
            free(entry);
        }
        free(group[i]);
    }
    if (n >= 0) {
        free(group);
    }
    return found;
}

bool dd_script_find(const char* arg, const char* what, char path[DD_PATH_MAX], DdError* err)
{
    char home[DD_PATH_MAX];
    if (strlen(arg) >= DD_PATH_MAX - 64 || !*arg) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "'%.60s' is no path of a %s", arg, what);
    }
    if (strcmp(what, "agent") == 0 && (strcmp(arg, "zero") == 0 || strcmp(arg, "random") == 0)) {
        snprintf(path, DD_PATH_MAX, "%s", arg);
        return true;
    }
    if (try_path(arg, what, path)) {
        return true;
    }
    if (arg[0] != '/') {
        dd_path_join(home, dd_home(), arg);
        if (try_path(home, what, path)) {
            return true;
        }
    }
    enum { k_max = 256 };
    char(*seen)[DD_NAME_MAX] = calloc(k_max, sizeof *seen);
    DD_ASSERT(seen);
    int n = 0;
    bool found = !strchr(arg, '/') && find_shipped(arg, what, path, seen, &n, k_max);
    if (!found) {
        const char* names[k_max];
        char near[DD_NAME_MAX + 32];
        for (int i = 0; i < n; i++) {
            names[i] = seen[i];
        }
        dd_lua_suggest(dd_path_base(arg), names, n, near);
        if (dd_dir_exists(arg)) {
            dd_fail(err, DD_ERROR_MISSING, "folder '%s' has no %s.lua", arg, what);
        } else {
            dd_fail(err, DD_ERROR_MISSING, "there is no %s '%s'%s", what, arg, near);
        }
    }
    free(seen);
    return found;
}

static json_t* names_json(const DdNames* names)
{
    json_t* list = json_array();
    for (int i = 0; i < names->n; i++) {
        json_array_append_new(list, json_string(names->v[i]));
    }
    return list;
}

json_t* dd_script_describe(DdScenario* scenario, DdError* err)
{
    (void)err;
    const DdScript* script = scenario->user;
    const DdDeclared* d = &script->declared;
    json_t* j = json_object();
    json_object_set_new(j, "name", json_string(d->def.name));
    json_object_set_new(j, "doc", json_string(d->doc));
    json_object_set_new(
        j, "instruction",
        json_pack("{s:s, s:s}", "en", d->def.instruction_en, "ko", d->def.instruction_ko));
    json_object_set_new(j, "duration_s", json_real(d->def.duration_s));
    json_object_set_new(j, "physics_hz", json_integer(d->def.physics_hz));
    json_object_set_new(j, "agent_hz", json_real(d->def.agent_hz));
    json_t* params = json_array();
    for (int i = 0; i < d->nparam; i++) {
        json_t* row = json_object();
        char text[1024];
        dd_dist_text(&d->param[i].dist, text, sizeof text);
        json_object_set_new(row, "name", json_string(d->param[i].name));
        json_object_set_new(row, "distribution", json_string(text));
        json_object_set_new(row, "dist", dd_dist_json(&d->param[i].dist));
        json_array_append_new(params, row);
    }
    json_object_set_new(j, "params", params);
    json_t* slots = json_array();
    for (int i = 0; i < d->nslot; i++) {
        json_t* row = json_object();
        json_object_set_new(row, "name", json_string(d->slot[i].name));
        json_object_set_new(row, "robot", json_string(d->slot[i].robot));
        json_object_set_new(row, "observe", names_json(&d->slot[i].observe));
        json_object_set_new(row, "act", names_json(&d->slot[i].act));
        json_array_append_new(slots, row);
    }
    json_object_set_new(j, "slots", slots);
    json_t* expect = json_object();
    for (int i = 0; i < d->nrequirement; i++) {
        json_object_set_new(expect, d->requirement[i].name, json_string(d->requirement[i].text));
    }
    json_object_set_new(j, "expect", expect);
    return j;
}

DdRobotDesc* dd_script_robot(DdFiles* files, const char* name, const char* base_dir,
                             const char* root, DdError* err)
{
    DdRobotCache cache = {.files = files, .budget = dd_lua_def().budget};
    snprintf(cache.base_dir, sizeof cache.base_dir, "%s", base_dir && *base_dir ? base_dir : ".");
    DdRobotEntry* entry = dd_robot_cache_get(&cache, name, root, err);
    DdRobotDesc* desc = entry ? dd_robot_desc_from_json(entry->desc, err) : NULL;
    dd_robot_cache_clear(&cache);
    return desc;
}

// score --add

typedef struct ScoreReading {
    DdPlan* plan;
    DdSource source;
    DdMistakes mistakes;
} ScoreReading;

static int read_score(lua_State* L)
{
    ScoreReading* r = lua_touserdata(L, 2);
    const char* tag = dd_tag_of(L, 1, &r->source.line);
    if (!tag || strcmp(tag, "score") != 0) {
        dd_mistake(&r->mistakes, &r->source, "",
                   tag ? "this is a %s file: it returns %s { ... }"
                       : "a file for --add ends with return score { ... }",
                   tag, tag);
        return 0;
    }
    dd_declared_read_score(L, 1, &r->source, r->plan, &r->mistakes);
    return 0;
}

DdPlan* dd_script_score(const char* path, DdFiles* files, DdError* err)
{
    char dir[DD_PATH_MAX], lib[DD_PATH_MAX], logical[DD_PATH_MAX];
    dd_path_dir(dir, path);
    dd_path_join(lib, dd_home(), "scenarios/lib");
    snprintf(logical, sizeof logical, "score/%.1000s", dd_path_base(path));
    DdLuaDef def = dd_lua_def();
    def.root = dir;
    def.root_name = "score";
    def.lib = lib;
    def.files = files;
    def.scope = "";

    DdPlanDef plan_def = dd_plan_def();
    snprintf(plan_def.name, sizeof plan_def.name, "score");
    DdPlan* plan = dd_plan_create(&plan_def, files, err);
    DdLua* host = plan ? dd_script_host(&def, err) : NULL;
    bool fine = host && dd_script_load(host, logical, path, path, err);
    if (fine) {
        const DdFile* file = dd_files_find(files, logical);
        ScoreReading r = {.plan = plan,
                          .source = {.shown = path, .text = file ? (const char*)file->data : NULL}};
        lua_State* L = dd_lua_state(host);
        lua_pushcfunction(L, read_score);
        lua_insert(L, -2);
        lua_pushlightuserdata(L, &r);
        fine = dd_lua_call(host, 2, 0, DD_LUA_LOAD, err);
        if (fine && r.mistakes.n > 0) {
            fine = false;
            if (err) {
                *err = r.mistakes.first;
            }
        }
    }
    dd_lua_destroy(host);
    if (!fine) {
        dd_plan_destroy(plan);
        return NULL;
    }
    return plan;
}
