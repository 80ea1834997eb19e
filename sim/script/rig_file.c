// Rig files: `return rig { sensors, carried, weather }` into sensors from outside.
#include <stdlib.h>
#include <string.h>

#include "sim/run/rig.h"
#include "sim/script/preset.h"
#include "sim/script/script_state.h"
#include "sim/script/tag.h"

typedef struct Reading {
    DdPresetPlace place;
    DdSource source;
    DdMistakes mistakes;
    DdRig* rig;
} Reading;

// text of a sensor's table, "" when it is not there
static bool read_text(lua_State* L, Reading* r, int table, const char* name, const char* what,
                      char out[DD_NAME_MAX])
{
    int type = dd_lua_raw_field(L, table, name);
    bool fine = type == LUA_TNIL ||
                (type == LUA_TSTRING && lua_rawlen(L, -1) < DD_NAME_MAX && lua_rawlen(L, -1) > 0);
    if (!fine) {
        char got[128];
        dd_lua_value_text(L, -1, got, sizeof got);
        dd_mistake(&r->mistakes, &r->source, "sensors", "%s: %s must be a name, got %s", what, name,
                   got);
    } else if (type == LUA_TSTRING) {
        snprintf(out, DD_NAME_MAX, "%s", lua_tostring(L, -1));
    }
    lua_pop(L, 1);
    return fine;
}

// The entry on top of the stack.
static void read_sensor(lua_State* L, Reading* r, int number)
{
    int table = lua_gettop(L);
    char what[2 * DD_NAME_MAX], where[32];
    snprintf(what, sizeof what, "sensor %d", number);
    snprintf(where, sizeof where, "sensors.%d", number);
    if (lua_type(L, table) != LUA_TTABLE || lua_rawgeti(L, table, 1) != LUA_TSTRING) {
        dd_mistake(&r->mistakes, &r->source, where,
                   "%s: must be a table that begins with its kind: { \"camera\", name = .. }",
                   what);
        lua_settop(L, table);
        return;
    }
    const char* named = lua_tostring(L, -1);
    DdSensorDef* def = lua_newuserdatauv(L, sizeof *def, 0);
    *def = dd_sensor_def();
    DdError err;
    dd_error_clear(&err);
    if (!dd_preset_begin(&r->place, named, what, def, &err)) {
        dd_mistake_error(&r->mistakes, &r->source, where, &err);
        lua_settop(L, table);
        return;
    }
    snprintf(def->name, sizeof def->name, "%s", def->kind);
    if (read_text(L, r, table, "name", what, def->name) &&
        read_text(L, r, table, "robot", what, def->robot)) {
        snprintf(what, sizeof what, "sensor '%s'", def->name);
        const char** only = dd_sensor_members(dd_sensor_kind(def->kind));
        static const char* const k_extra[] = {"name", "robot", NULL};
        char begin[3 * DD_NAME_MAX];
        snprintf(begin, sizeof begin, "%s (%.90s)", what, named);
        DdLuaRead how = {.what = begin,
                         .where = where,
                         .only = only,
                         .extra = k_extra,
                         .npositional = 1,
                         .source = &r->source,
                         .mistakes = &r->mistakes};
        if (dd_lua_read_def(L, table, &how, dd_sensor_fields, def, NULL)) {
            for (int i = 0; i < r->rig->nsensor; i++) {
                const DdSensorDef* other = &r->rig->sensor[i];
                if (strcmp(other->name, def->name) == 0 && strcmp(other->robot, def->robot) == 0) {
                    dd_mistake(&r->mistakes, &r->source, where, "%s: there are two of that name",
                               what);
                }
            }
            snprintf(def->where, sizeof def->where, "%.1000s:%d", r->source.shown, r->source.line);
            if (!dd_rig_add(r->rig, def, &err)) {
                dd_mistake_error(&r->mistakes, &r->source, where, &err);
            }
        }
        free(only);
    }
    lua_settop(L, table);
}

static void read_sensors(lua_State* L, Reading* r)
{
    int type = dd_lua_raw_field(L, 1, "sensors");
    int keys = 0, other = 0;
    if (type == LUA_TTABLE) {
        dd_lua_sorted_keys(L, -1, &keys, &other);
        lua_pop(L, 1);
    }
    if ((type != LUA_TNIL && type != LUA_TTABLE) || keys > 0) {
        dd_mistake(&r->mistakes, &r->source, "sensors",
                   "rig: sensors is a list { { \"KIND\", name = .. }, ... }");
    } else if (type == LUA_TTABLE) {
        int n = (int)lua_rawlen(L, -1);
        for (int i = 1; i <= n; i++) {
            lua_rawgeti(L, -1, i);
            read_sensor(L, r, i);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

static void read_weather(lua_State* L, Reading* r)
{
    int type = dd_lua_raw_field(L, 1, "weather");
    if (type == LUA_TTABLE) {
        const char* only[DD_NAMES_MAX + 1];
        bool given[DD_NAMES_MAX] = {false};
        int n = 0, at = 0;
        for (const DdField* f = dd_weather_fields; f->name && n < DD_NAMES_MAX; f++) {
            if (dd_weather_numbers(f->name) > 0) {
                only[n++] = f->name;
            }
        }
        only[n] = NULL;
        r->rig->weather = dd_weather_def();
        DdLuaRead how = {.what = "weather",
                         .where = "weather",
                         .only = only,
                         .source = &r->source,
                         .mistakes = &r->mistakes};
        DdError err;
        dd_error_clear(&err);
        if (dd_lua_read_def(L, -1, &how, dd_weather_fields, &r->rig->weather, given) &&
            !dd_weather_check(&r->rig->weather, "weather", &err)) {
            dd_mistake_error(&r->mistakes, &r->source, "weather", &err);
        }
        for (const DdField* f = dd_weather_fields; f->name && at < DD_NAMES_MAX; f++, at++) {
            if (given[at]) {
                snprintf(r->rig->given.v[r->rig->given.n++], DD_NAME_MAX, "%s", f->name);
            }
        }
        r->rig->has_weather = r->rig->given.n > 0;
    } else if (type != LUA_TNIL) {
        dd_mistake(&r->mistakes, &r->source, "weather",
                   "rig: weather must be a table { fog = 50, ... }");
    }
    lua_pop(L, 1);
}

// (result, reading)
static int read_rig(lua_State* L)
{
    static const char* const k_names[] = {"sensors", "carried", "weather"};
    Reading* r = lua_touserdata(L, 2);
    const char* tag = dd_tag_of(L, 1, &r->source.line);
    if (!tag || strcmp(tag, "rig") != 0) {
        dd_mistake(&r->mistakes, &r->source, "",
                   tag ? "this is a %s file, not a rig: it returns %s { ... }"
                       : "a rig file ends with return rig { ... }",
                   tag, tag);
        return 0;
    }
    luaL_checkstack(L, 24, NULL);
    int n, other;
    DdKey* keys = dd_lua_sorted_keys(L, 1, &n, &other);
    for (int i = 0; i < n; i++) {
        bool known = false;
        for (int k = 0; k < 3; k++) {
            known = known || strcmp(keys[i], k_names[k]) == 0;
        }
        if (!known) {
            char near[DD_NAME_MAX + 32];
            dd_lua_suggest(keys[i], k_names, 3, near);
            dd_mistake(&r->mistakes, &r->source, keys[i], "rig: no field named '%s'%s", keys[i],
                       near);
        }
    }
    if (other > 0) {
        dd_mistake(&r->mistakes, &r->source, "", "rig: sensors go into sensors = { ... }");
    }
    lua_pop(L, 1);
    int type = dd_lua_raw_field(L, 1, "carried");
    if (type != LUA_TNIL && type != LUA_TBOOLEAN) {
        dd_mistake(&r->mistakes, &r->source, "carried", "rig: carried must be true or false");
    }
    r->rig->carried = lua_toboolean(L, -1);
    lua_pop(L, 1);
    read_sensors(L, r);
    read_weather(L, r);
    if (r->mistakes.n == 0 && r->rig->nsensor == 0 && !r->rig->carried) {
        dd_mistake(&r->mistakes, &r->source, "",
                   "rig: it has no sensors: give sensors = { ... } or carried = true");
    }
    return 0;
}

static void no_print(void* user, const char* level, const char* text, const char* file, int line)
{
    (void)user, (void)level, (void)text, (void)file, (void)line; // rigs have nothing to say
}

static bool read_file(const char* path, DdFiles* files, DdRig* rig, DdError* err)
{
    char dir[DD_PATH_MAX], lib[DD_PATH_MAX], logical[DD_PATH_MAX];
    dd_path_dir(dir, path);
    dd_path_join(lib, dd_home(), "scenarios/lib");
    snprintf(logical, sizeof logical, "rig/%.1000s", dd_path_base(path));
    DdLuaDef def = dd_lua_def();
    def.root = dir;
    def.root_name = "rig";
    def.lib = lib;
    def.files = files;
    def.scope = "";
    def.print = no_print;

    DdLua* host = dd_script_host(&def, err);
    bool fine = host && dd_script_load(host, logical, path, path, err);
    if (fine) {
        const DdFile* file = dd_files_find(files, logical);
        Reading r = {.place = {.files = files, .dir = dir, .prefix = "rig"},
                     .source = {.shown = path, .text = file ? (const char*)file->data : NULL},
                     .rig = rig};
        lua_State* L = dd_lua_state(host);
        lua_pushcfunction(L, read_rig);
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
    return fine;
}

bool dd_script_rig(const char* path, DdFiles* files, DdRig* rig, DdError* err)
{
    *rig = (DdRig){0};
    if (strcmp(path, "all") == 0) {
        rig->carried = true;
        return true;
    }
    DdFiles* own = files ? NULL : dd_files_create();
    bool fine = read_file(path, files ? files : own, rig, err);
    dd_files_destroy(own);
    if (!fine) {
        dd_rig_clear(rig);
    }
    return fine;
}
