// robot.lua: reads `return robot { ... }` into a plain description.
#include <stdlib.h>
#include <string.h>

#include "sim/script/preset.h"
#include "sim/script/robot_load.h"
#include "sim/script/script_state.h"
#include "sim/script/tag.h"
#include "sim/sense/sense.h"

typedef struct Reading {
    DdFiles* files;
    const char* dir;
    const char* prefix;
    DdSource source;
    DdMistakes* mistakes;
    DdRobotDesc* desc;
} Reading;

// Keys of a table field, sorted, on the stack above it; 0 when the field is not there.
static DdKey* sub_table(lua_State* L, Reading* r, int table, const char* name, const char* form,
                        int* n)
{
    *n = 0;
    if (dd_lua_raw_field(L, table, name) != LUA_TTABLE) {
        if (!lua_isnil(L, -1)) {
            char got[128];
            dd_lua_value_text(L, -1, got, sizeof got);
            dd_mistake(r->mistakes, &r->source, name, "robot: %s must be a table %s, got %s", name,
                       form, got);
        }
        return NULL;
    }
    int other;
    DdKey* keys = dd_lua_sorted_keys(L, -1, n, &other);
    if (other > 0) {
        dd_mistake(r->mistakes, &r->source, name, "robot: %s is a table %s, but %d %s no name",
                   name, form, other, other == 1 ? "entry has" : "entries have");
    }
    return keys;
}

static void read_start(lua_State* L, Reading* r, int table)
{
    int top = lua_gettop(L), n;
    DdKey* keys = sub_table(L, r, table, "start", "{ JOINT = position }", &n);
    for (int i = 0; i < n; i++) {
        char where[2 * DD_NAME_MAX];
        snprintf(where, sizeof where, "start.%s", keys[i]);
        dd_lua_raw_field(L, top + 1, keys[i]);
        if (lua_type(L, -1) != LUA_TNUMBER) {
            char got[128];
            dd_lua_value_text(L, -1, got, sizeof got);
            dd_mistake(r->mistakes, &r->source, where,
                       "robot: start: '%s' must be a number, got %s", keys[i], got);
        } else if (r->desc->start_joints.n < DD_NAMES_MAX) {
            int at = r->desc->start_joints.n++;
            snprintf(r->desc->start_joints.v[at], DD_NAME_MAX, "%s", keys[i]);
            r->desc->start_values.v[at] = lua_tonumber(L, -1);
            r->desc->start_values.n = at + 1;
        } else {
            dd_mistake(r->mistakes, &r->source, where, "robot: start: at most %d joints",
                       DD_NAMES_MAX);
        }
        lua_pop(L, 1);
    }
    lua_settop(L, top);
}

// The entry on top of the stack is { "KIND", field = value, ... }; its kind, or NULL with a
// mistake.
static const char* entry_kind(lua_State* L, Reading* r, const char* what, const char* where)
{
    if (lua_type(L, -1) == LUA_TTABLE) {
        lua_rawgeti(L, -1, 1);
        const char* kind = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
        lua_pop(L, 1);
        if (kind) {
            return kind; // the table keeps it
        }
    }
    dd_mistake(r->mistakes, &r->source, where,
               "%s: must be a table that begins with its kind: "
               "{ \"KIND\", ... }",
               what);
    return NULL;
}

static void no_kind(Reading* r, const char* what, const char* where, const char* thing,
                    const char* kind, const char* const* names, int n)
{
    char near[DD_NAME_MAX + 32], list[512] = "";
    dd_lua_suggest(kind, names, n, near);
    for (int i = 0; i < n; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    dd_mistake(r->mistakes, &r->source, where, "%s: there is no %s '%s'%s (there are %s)", what,
               thing, kind, near, list);
}

static void read_space(lua_State* L, Reading* r, const char* name)
{
    char where[2 * DD_NAME_MAX], what[2 * DD_NAME_MAX];
    snprintf(where, sizeof where, "spaces.%s", name);
    snprintf(what, sizeof what, "space '%s'", name);
    const char* kind_name = entry_kind(L, r, what, where);
    const DdControllerKind* kind = kind_name ? dd_controller_kind(kind_name) : NULL;
    if (kind_name && !kind) {
        int n;
        const DdControllerKind* const* kinds = dd_controller_kinds(&n);
        const char* names[64];
        n = n < 64 ? n : 64;
        for (int i = 0; i < n; i++) {
            names[i] = kinds[i]->name;
        }
        no_kind(r, what, where, "controller", kind_name, names, n);
    }
    if (!kind) {
        return;
    }
    DdError err;
    dd_error_clear(&err);
    DdRobotSpace* space = dd_robot_desc_add_space(r->desc, name, kind, &err);
    if (!space) {
        dd_mistake_error(r->mistakes, &r->source, where, &err);
        return;
    }
    static const char* const k_extra[] = {"every", NULL};
    char begin[3 * DD_NAME_MAX];
    snprintf(begin, sizeof begin, "%s (%s)", what, kind->name);
    DdLuaRead how = {.what = begin,
                     .where = where,
                     .extra = k_extra,
                     .npositional = 1,
                     .source = &r->source,
                     .mistakes = r->mistakes};
    dd_lua_read_def(L, -1, &how, kind->fields, space->def, NULL);
    if (dd_lua_raw_field(L, -1, "every") != LUA_TNIL) {
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1 || lua_tointeger(L, -1) > 1000) {
            dd_mistake(r->mistakes, &r->source, where,
                       "%s: every must be a whole number of physics steps, 1 to 1000", begin);
        } else {
            space->every = (int)lua_tointeger(L, -1);
        }
    }
    lua_pop(L, 1);
}

static void read_sensor(lua_State* L, Reading* r, const char* name)
{
    char where[2 * DD_NAME_MAX], what[2 * DD_NAME_MAX];
    snprintf(where, sizeof where, "sensors.%s", name);
    snprintf(what, sizeof what, "sensor '%s'", name);
    const char* kind_name = entry_kind(L, r, what, where);
    if (!kind_name) {
        return;
    }
    DdError err;
    dd_error_clear(&err);
    DdSensorDef* def = lua_newuserdatauv(L, sizeof *def, 0);
    lua_insert(L, -2);
    *def = dd_sensor_def();
    snprintf(def->name, sizeof def->name, "%s", name);
    DdPresetPlace place = {.files = r->files, .dir = r->dir, .prefix = r->prefix};
    if (!dd_preset_begin(&place, kind_name, what, def, &err)) {
        dd_mistake_error(r->mistakes, &r->source, where, &err);
        lua_remove(L, -2);
        return;
    }
    // the members every sensor has, and those this kind reads
    const char** only = dd_sensor_members(dd_sensor_kind(def->kind));
    char begin[3 * DD_NAME_MAX];
    snprintf(begin, sizeof begin, "%s (%.90s)", what, kind_name);
    DdLuaRead how = {.what = begin,
                     .where = where,
                     .only = only,
                     .npositional = 1,
                     .source = &r->source,
                     .mistakes = r->mistakes};
    if (dd_lua_read_def(L, -1, &how, dd_sensor_fields, def, NULL)) {
        json_array_append_new(r->desc->sensors, dd_fields_write_json(dd_sensor_fields, def));
    }
    free(only);
    lua_remove(L, -2);
}

static void read_entries(lua_State* L, Reading* r, int table, const char* name,
                         void (*read)(lua_State*, Reading*, const char*))
{
    int top = lua_gettop(L), n;
    DdKey* keys = sub_table(L, r, table, name, "{ NAME = { \"KIND\", ... } }", &n);
    for (int i = 0; i < n; i++) {
        dd_lua_raw_field(L, top + 1, keys[i]);
        read(L, r, keys[i]);
        lua_settop(L, top + 2);
    }
    lua_settop(L, top);
}

// The model beside robot.lua goes into the store.
static void read_model(Reading* r, char model[DD_PATH_MAX])
{
    DdError err;
    dd_error_clear(&err);
    char path[DD_PATH_MAX], logical[DD_PATH_MAX];
    DdModelLimits limits = dd_model_limits();
    if (!model[0]) {
        dd_mistake(r->mistakes, &r->source, "",
                   "robot: field 'model' is missing: the MJCF or URDF file "
                   "beside robot.lua");
        return;
    }
    if (dd_files_frozen(r->files)) {
        snprintf(path, sizeof path, "%.500s/%.500s", r->prefix, model);
        if (dd_files_find(r->files, path)) {
            memcpy(model, path, sizeof path);
            return;
        }
    }
    dd_path_join(path, r->dir, model);
    if (dd_model_screen(r->files, r->prefix, path, r->dir, &limits, logical, &err)) {
        memcpy(model, logical, sizeof logical);
    } else {
        dd_mistake_error(r->mistakes, &r->source, "model", &err);
    }
}

// (result, reading)
static int read_robot(lua_State* L)
{
    static const char* const k_extra[] = {"start", "spaces", "sensors", NULL};
    Reading* r = lua_touserdata(L, 2);
    const char* tag = dd_tag_of(L, 1, &r->source.line);
    if (!tag || strcmp(tag, "robot") != 0) {
        dd_mistake(r->mistakes, &r->source, "",
                   tag ? "this is a %s file, not a robot: it returns %s { "
                         "... }"
                       : "a robot file ends with return robot { ... }",
                   tag, tag);
        return 0;
    }
    luaL_checkstack(L, 24, NULL);
    DdLuaRead how = {.what = "robot",
                     .where = "",
                     .extra = k_extra,
                     .source = &r->source,
                     .mistakes = r->mistakes};
    dd_lua_read_def(L, 1, &how, dd_robot_desc_fields, r->desc, NULL);
    read_start(L, r, 1);
    read_entries(L, r, 1, "spaces", read_space);
    read_entries(L, r, 1, "sensors", read_sensor);
    read_model(r, r->desc->model);
    return 0;
}

static void log_print(void* user, const char* level, const char* text, const char* file, int line)
{
    (void)user, (void)level, (void)text, (void)file, (void)line; // descriptions have nothing to say
}

DdRobotDesc* dd_robot_file_read(DdFiles* files, const char* dir, const char* file,
                                const char* prefix, const char* shown, const DdLuaBudget* budget,
                                DdMistakes* mistakes)
{
    DdError err;
    dd_error_clear(&err);
    char logical[DD_PATH_MAX], path[DD_PATH_MAX], lib[DD_PATH_MAX];
    snprintf(logical, sizeof logical, "%.700s/%.300s", prefix, file);
    dd_path_join(path, dir, file);
    dd_path_join(lib, dd_home(), "scenarios/lib");
    DdLuaDef def = dd_lua_def();
    def.root = dir;
    def.root_name = prefix;
    def.lib = lib;
    def.files = files;
    def.budget = *budget;
    def.scope = "";
    def.print = log_print;

    Reading r = {.files = files,
                 .dir = dir,
                 .prefix = prefix,
                 .mistakes = mistakes,
                 .source = {.shown = shown},
                 .desc = dd_robot_desc_create()};
    DdLua* host = dd_script_host(&def, &err);
    if (host && dd_script_load(host, logical, path, shown, &err)) {
        const DdFile* text = dd_files_find(files, logical);
        r.source.text = text ? (const char*)text->data : NULL;
        lua_State* L = dd_lua_state(host);
        lua_pushcfunction(L, read_robot);
        lua_insert(L, -2);
        lua_pushlightuserdata(L, &r);
        (void)!dd_lua_call(host, 2, 0, DD_LUA_LOAD, &err);
    }
    dd_lua_destroy(host);
    if (err.code != DD_OK) {
        dd_mistake_error(mistakes, NULL, "", &err);
    }
    if (mistakes->n > 0) {
        dd_robot_desc_destroy(r.desc);
        return NULL;
    }
    return r.desc;
}
