// Sim: the object a story talks to. One method per stage operation, on sim and on its things.
#include "sim/script/sim_object.h"

#include <math.h>
#include <string.h>

#include "sim/script/api_rows.h"
#include "sim/script/handle.h"
#include "sim/script/lua_def.h"

static const char k_sim_type[] = "drydock.Sim";
static const char k_thing_type[] = "drydock.StoryThing";
static const char k_methods_key = 0;

// stage operations

// Which place the argument `name` has in "fx fy fz duration_s", -1: none.
static int arg_place(const DdStageKind* kind, const char* name)
{
    int place = 0;
    size_t n = strlen(name);
    for (const char* p = kind->args ? kind->args : ""; *p; place++) {
        size_t m = strcspn(p, " ");
        if (m == n && strncmp(p, name, n) == 0) {
            return place;
        }
        p += m;
        p += strspn(p, " ");
    }
    return -1;
}

static int arg_count(const DdStageKind* kind)
{
    int n = 0;
    for (const char* p = kind->args ? kind->args : ""; *p; n++) {
        p += strcspn(p, " ");
        p += strspn(p, " ");
    }
    return n;
}

static double check_value(lua_State* L, const DdStageKind* kind)
{
    if (lua_type(L, -1) == LUA_TBOOLEAN) {
        return lua_toboolean(L, -1);
    }
    if (lua_type(L, -1) != LUA_TNUMBER || !isfinite(lua_tonumber(L, -1))) {
        char got[128];
        dd_lua_value_text(L, -1, got, sizeof got);
        luaL_error(L, "%s: takes %s%s, got %s", kind->name,
                   kind->args[0] ? "numbers: " : "no number", kind->args, got);
    }
    return lua_tonumber(L, -1);
}

// Numbers in order, lists of numbers, and at the end a table by the arguments' names.
static void read_args(lua_State* L, const DdStageKind* kind, int first, DdStageOp* op)
{
    int max = arg_count(kind);
    int n = 0;
    int top = lua_gettop(L);
    for (int arg = first; arg <= top; arg++) {
        bool table = lua_type(L, arg) == LUA_TTABLE;
        int count = table ? (int)lua_rawlen(L, arg) : 1;
        for (int i = 1; i <= count; i++) {
            if (table) {
                lua_rawgeti(L, arg, i);
            } else {
                lua_pushvalue(L, arg);
            }
            double value = check_value(L, kind);
            lua_pop(L, 1);
            if (n >= max || n >= DD_STAGE_VALUES) {
                luaL_error(L, "%s: takes at most %d number(s)%s%s", kind->name, max,
                           max ? ": " : "", kind->args ? kind->args : "");
            }
            op->v[n++] = value;
        }
        if (table) {
            int nkey, other;
            DdKey* keys = dd_lua_sorted_keys(L, arg, &nkey, &other);
            for (int i = 0; i < nkey; i++) {
                int place = arg_place(kind, keys[i]);
                if (place < 0 || place >= DD_STAGE_VALUES) {
                    luaL_error(L, "%s: no argument named '%s' (%s)", kind->name, keys[i],
                               kind->args ? kind->args : "");
                }
                dd_lua_raw_field(L, arg, keys[i]);
                op->v[place] = check_value(L, kind);
                lua_pop(L, 1);
                n = place + 1 > n ? place + 1 : n;
            }
            lua_pop(L, 1);
        }
    }
    if (n < kind->nargs) {
        luaL_error(L, "%s: needs %d number(s) (%s), got %d", kind->name, kind->nargs, kind->args,
                   n);
    }
}

static void apply(lua_State* L, const DdStageKind* kind, const char* target, int first)
{
    DdStageOp op = {0};
    DdError err;
    dd_error_clear(&err);
    snprintf(op.kind, sizeof op.kind, "%s", kind->name);
    snprintf(op.target, sizeof op.target, "%s", target);
    read_args(L, kind, first, &op);
    if (!dd_episode_stage(dd_story_episode(L, kind->name), &op, &err)) {
        dd_lua_raise(L, &err);
    }
}

static const char* check_target(lua_State* L, int arg, const char* what)
{
    const char* thing = luaL_testudata(L, arg, k_thing_type);
    if (thing) {
        return thing;
    }
    if (lua_type(L, arg) != LUA_TSTRING) {
        char got[128];
        dd_lua_value_text(L, arg, got, sizeof got);
        luaL_error(L, "%s: the target must be a thing's name, got %s", what, got);
    }
    return lua_tostring(L, arg);
}

// A member of the weather from the value on top of the stack: a number, or three.
static void read_weather(lua_State* L, const char* member, DdStageOp* op)
{
    int n = dd_weather_numbers(member);
    snprintf(op->kind, sizeof op->kind, "set_weather");
    snprintf(op->target, sizeof op->target, "%s", member);
    bool list = lua_type(L, -1) == LUA_TTABLE;
    for (int i = 0; i < n; i++) {
        if (list) {
            lua_rawgeti(L, -1, i + 1);
        } else {
            lua_pushvalue(L, -1);
        }
        bool number = lua_type(L, -1) == LUA_TNUMBER;
        op->v[i] = number ? lua_tonumber(L, -1) : 0;
        lua_pop(L, 1);
        if (!number || list != (n == 3) || (list && lua_rawlen(L, -1) != 3)) {
            char got[128];
            dd_lua_value_text(L, -1, got, sizeof got);
            luaL_error(L, "set_weather: '%s' takes %s, got %s", member,
                       n == 3 ? "three numbers {x, y, z}" : "a number", got);
        }
    }
}

// sim:set_weather("fog", 50) or sim:set_weather { fog = 50, wind = {5, 0, 0} }: nothing changes
// when one of the members is wrong.
static int weather_operation(lua_State* L)
{
    luaL_checkudata(L, 1, k_sim_type);
    lua_settop(L, lua_gettop(L) < 3 ? 3 : lua_gettop(L));
    if (lua_type(L, 2) == LUA_TSTRING) {
        if (lua_gettop(L) == 5) {
            // x, y, z without braces
            lua_createtable(L, 3, 0);
            for (int i = 1; i <= 3; i++) {
                lua_pushvalue(L, 2 + i);
                lua_rawseti(L, -2, i);
            }
            lua_replace(L, 3);
        }
        if (lua_isnil(L, 3)) {
            return luaL_error(L, "set_weather: '%s' needs a value", lua_tostring(L, 2));
        }
        lua_newtable(L);
        lua_pushvalue(L, 2);
        lua_pushvalue(L, 3);
        lua_rawset(L, -3);
        lua_replace(L, 2);
    }
    if (lua_type(L, 2) != LUA_TTABLE) {
        return luaL_error(L,
                          "set_weather: takes a name and a value, set_weather(\"fog\", 50), or a "
                          "table of them");
    }
    lua_settop(L, 2);
    DdEpisode* ep = dd_story_episode(L, "set_weather");
    DdWeather next = *dd_world_weather(dd_episode_world(ep));
    DdError err;
    dd_error_clear(&err);
    int n, other;
    DdKey* keys = dd_lua_sorted_keys(L, 2, &n, &other);
    if (other > 0) {
        return luaL_error(L, "set_weather: members are written NAME = value");
    }
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < n; i++) {
            DdStageOp op = {0};
            dd_lua_raw_field(L, 2, keys[i]);
            read_weather(L, keys[i], &op);
            lua_pop(L, 1);
            if (pass == 0 ? !dd_weather_set(&next, keys[i], op.v, &err)
                          : !dd_episode_stage(ep, &op, &err)) {
                return dd_lua_raise(L, &err);
            }
        }
    }
    return 0;
}

// sim:KIND(target, ...), or sim:KIND(...) for what concerns the whole world
static int sim_operation(lua_State* L)
{
    const DdStageKind* kind = lua_touserdata(L, lua_upvalueindex(1));
    luaL_checkudata(L, 1, k_sim_type);
    if (strcmp(kind->target, "weather") == 0) {
        return weather_operation(L);
    }
    bool world = strcmp(kind->target, "world") == 0;
    apply(L, kind, world ? "" : check_target(L, 2, kind->name), world ? 2 : 3);
    return 0;
}

// thing:KIND(...)
static int thing_operation(lua_State* L)
{
    const DdStageKind* kind = lua_touserdata(L, lua_upvalueindex(1));
    if (strcmp(kind->target, "weather") == 0) {
        return luaL_error(L, "set_weather is of the world: sim:set_weather(\"fog\", 50)");
    }
    apply(L, kind, luaL_checkudata(L, 1, k_thing_type), 2);
    return 0;
}

// methods

static int api_wait(lua_State* L)
{
    luaL_checkudata(L, 1, k_sim_type);
    return dd_story_wait(L, 2);
}

static int api_wait_until(lua_State* L)
{
    luaL_checkudata(L, 1, k_sim_type);
    return dd_story_wait_until(L, 2);
}

// sim:done(reason)
static int api_done(lua_State* L)
{
    luaL_checkudata(L, 1, k_sim_type);
    dd_episode_done(dd_story_episode(L, "done"), luaL_optstring(L, 2, ""));
    return 0;
}

// sim:value(signal) -> number | nil
static int api_value(lua_State* L)
{
    luaL_checkudata(L, 1, k_sim_type);
    const char* name = luaL_checkstring(L, 2);
    DdEpisode* ep = dd_story_episode(L, "value");
    const DdChannels* channels = dd_episode_channels(ep);
    double value;
    if (dd_episode_signal(ep, name, &value)) {
        lua_pushnumber(L, value);
        return 1;
    }
    int channel, offset;
    const char* unit;
    if (!dd_channels_signal(channels, name, &channel, &offset, &unit)) {
        int n = dd_channels_count(channels);
        const char** names = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *names, 0);
        for (int i = 0; i < n; i++) {
            names[i] = dd_channels_def(channels, i)->name;
        }
        char near[DD_NAME_MAX + 32];
        dd_lua_suggest(name, names, n, near);
        return luaL_error(L, "there is no signal named '%s'%s", name, near);
    }
    lua_pushnil(L);
    return 1;
}

static int api_get(lua_State* L)
{
    return api_value(L);
}

// sim:event(kind, subject, text)
static int api_event(lua_State* L)
{
    luaL_checkudata(L, 1, k_sim_type);
    const char* kind = luaL_checkstring(L, 2);
    const char* subject = lua_isnoneornil(L, 3) ? "" : check_target(L, 3, "event");
    const char* text = luaL_optstring(L, 4, "");
    dd_episode_event_text(dd_story_episode(L, "event"), kind, subject, "text", text);
    return 0;
}

static void push_thing(lua_State* L, const char* name)
{
    DdWorld* world = dd_episode_world(dd_story_episode(L, name));
    if (dd_world_thing_find(world, name) < 0) {
        int n = dd_world_thing_count(world), nmethod, other;
        lua_rawgetp(L, LUA_REGISTRYINDEX, &k_methods_key);
        DdKey* methods = dd_lua_sorted_keys(L, -1, &nmethod, &other);
        const char** names = lua_newuserdatauv(L, (size_t)(n + nmethod + 1) * sizeof *names, 0);
        for (int i = 0; i < n; i++) {
            names[i] = dd_world_thing_name(world, i);
        }
        for (int i = 0; i < nmethod; i++) {
            names[n++] = methods[i];
        }
        char near[DD_NAME_MAX + 32];
        dd_lua_suggest(name, names, n, near);
        luaL_error(L, "sim has no method and the world no thing named '%s'%s", name, near);
    }
    size_t n = strlen(name);
    char* own = lua_newuserdatauv(L, n + 1, 0);
    memcpy(own, name, n + 1);
    luaL_setmetatable(L, k_thing_type);
}

// sim:thing(name)
static int api_thing(lua_State* L)
{
    luaL_checkudata(L, 1, k_sim_type);
    push_thing(L, luaL_checkstring(L, 2));
    return 1;
}

// metatables

static int sim_index(lua_State* L)
{
    const char* key = luaL_checkstring(L, 2);
    if (strcmp(key, "time") == 0) {
        lua_pushnumber(L, dd_episode_time(dd_story_episode(L, "time")));
        return 1;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &k_methods_key);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) == LUA_TNIL) {
        push_thing(L, key);
    }
    return 1;
}

static int thing_index(lua_State* L)
{
    const char* name = luaL_checkudata(L, 1, k_thing_type);
    const char* key = luaL_checkstring(L, 2);
    bool pos = strcmp(key, "pos") == 0;
    DdWorld* world = dd_episode_world(dd_story_episode(L, key));
    if (strcmp(key, "name") == 0) {
        lua_pushstring(L, name);
        return 1;
    }
    if (strcmp(key, "kind") == 0) {
        lua_pushstring(L, dd_world_thing_kind(world, dd_world_thing_find(world, name)));
        return 1;
    }
    DdPose pose;
    if ((pos || strcmp(key, "yaw") == 0) && dd_world_pose(world, name, &pose)) {
        if (pos) {
            dd_handle_push_vec3(L, pose.pos);
        } else {
            lua_pushnumber(L, dd_pose_yaw(&pose));
        }
        return 1;
    }
    const DdStageKind* kind = dd_stage_kind(key);
    if (kind) {
        lua_pushlightuserdata(L, (void*)kind);
        lua_pushcclosure(L, thing_operation, 1);
        return 1;
    }
    int n;
    const DdStageKind* kinds = dd_stage_kinds(&n);
    const char** names = lua_newuserdatauv(L, (size_t)(n + 4) * sizeof *names, 0);
    for (int i = 0; i < n; i++) {
        names[i] = kinds[i].name;
    }
    names[n] = "name";
    names[n + 1] = "kind";
    names[n + 2] = "pos";
    names[n + 3] = "yaw";
    char near[DD_NAME_MAX + 32];
    dd_lua_suggest(key, names, n + 4, near);
    return luaL_error(L, "'%s' cannot '%s'%s", name, key, near);
}

static int thing_tostring(lua_State* L)
{
    lua_pushstring(L, luaL_checkudata(L, 1, k_thing_type));
    return 1;
}

static int thing_order(lua_State* L)
{
    const char* name = luaL_checkudata(L, 1, k_thing_type);
    lua_pushinteger(L, dd_world_thing_find(dd_episode_world(dd_story_episode(L, name)), name));
    return 1;
}

static void open_type(lua_State* L, const char* type, const char* name, lua_CFunction index)
{
    luaL_newmetatable(L, type);
    lua_pushcfunction(L, index);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
}

void dd_sim_object_open(lua_State* L)
{
    open_type(L, k_sim_type, "Sim", sim_index);
    lua_pop(L, 1);
    open_type(L, k_thing_type, "StoryThing", thing_index);
    lua_pushcfunction(L, thing_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushcfunction(L, thing_order);
    lua_setfield(L, -2, "__dd_order");
    lua_pop(L, 1);

    static const luaL_Reg k_methods[] = {DD_API_SIM(DD_API_REG){NULL, NULL}};
    luaL_newlib(L, k_methods);
    int n;
    const DdStageKind* kinds = dd_stage_kinds(&n);
    for (int i = 0; i < n; i++) {
        lua_pushlightuserdata(L, (void*)&kinds[i]);
        lua_pushcclosure(L, sim_operation, 1);
        lua_setfield(L, -2, kinds[i].name);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &k_methods_key);
}

void dd_sim_object_push(lua_State* L)
{
    lua_newuserdatauv(L, 1, 0);
    luaL_setmetatable(L, k_sim_type);
}
