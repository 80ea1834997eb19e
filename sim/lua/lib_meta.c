// Metatables of guests. Lua follows __index and __call through as many tables as it takes, within
// one instruction, so what is in force is a private copy: its links are checked when it is set, and
// a guest cannot change it afterwards but by setting it again.
#include "sim/lua/internal.h"

#include <string.h>

// keys of hidden fields, which no guest can name
static const char k_copy_key = 0;   // in the guest's table: the private copy
static const char k_guest_key = 0;  // in the private copy: the guest's table
static const char k_depth_key = 0;  // in the private copy: tables that a lookup may go through
static const char k_target_key = 0; // in a table that others look up in

typedef enum EventRule { EVENT_FUNCTION, EVENT_LINK, EVENT_STRING, EVENT_ANY } EventRule;

typedef struct Event {
    const char* name;
    EventRule rule;
} Event;

static const Event k_events[] = {
    {"__index", EVENT_LINK},     {"__newindex", EVENT_LINK},  {"__call", EVENT_FUNCTION},
    {"__add", EVENT_FUNCTION},   {"__sub", EVENT_FUNCTION},   {"__mul", EVENT_FUNCTION},
    {"__div", EVENT_FUNCTION},   {"__mod", EVENT_FUNCTION},   {"__pow", EVENT_FUNCTION},
    {"__unm", EVENT_FUNCTION},   {"__idiv", EVENT_FUNCTION},  {"__band", EVENT_FUNCTION},
    {"__bor", EVENT_FUNCTION},   {"__bxor", EVENT_FUNCTION},  {"__bnot", EVENT_FUNCTION},
    {"__shl", EVENT_FUNCTION},   {"__shr", EVENT_FUNCTION},   {"__concat", EVENT_FUNCTION},
    {"__len", EVENT_FUNCTION},   {"__eq", EVENT_FUNCTION},    {"__lt", EVENT_FUNCTION},
    {"__le", EVENT_FUNCTION},    {"__close", EVENT_FUNCTION}, {"__tostring", EVENT_FUNCTION},
    {"__pairs", EVENT_FUNCTION}, {"__name", EVENT_STRING},    {"__metatable", EVENT_ANY},
};
enum { k_event_count = sizeof k_events / sizeof *k_events };

static bool has_hidden(lua_State* L, int index, const char* key)
{
    bool has = lua_rawgetp(L, index, key) != LUA_TNIL;
    lua_pop(L, 1);
    return has;
}

// how many tables a lookup that fails in the table at the top goes on through
static lua_Integer depth_of(lua_State* L)
{
    lua_Integer depth = 0;
    if (lua_getmetatable(L, -1)) {
        lua_rawgetp(L, -1, &k_depth_key);
        depth = lua_tointeger(L, -1);
        lua_pop(L, 2);
    }
    return depth;
}

static void check_event(lua_State* L, const Event* event)
{
    int type = lua_type(L, -1);
    bool fine = event->rule == EVENT_ANY || (event->rule == EVENT_STRING && type == LUA_TSTRING) ||
                (event->rule != EVENT_STRING && type == LUA_TFUNCTION) ||
                (event->rule == EVENT_LINK && type == LUA_TTABLE);
    if (!fine) {
        luaL_error(L, "setmetatable: %s must be a %s, got a %s", event->name,
                   event->rule == EVENT_LINK     ? "table or a function"
                   : event->rule == EVENT_STRING ? "string"
                                                 : "function",
                   lua_typename(L, type));
    }
}

// a chain may only be made longer at its head: that is how its length stays known
static void check_chain(lua_State* L, lua_Integer depth)
{
    if (depth > k_index_chain_max) {
        luaL_error(L, "setmetatable: the chain of __index is longer than %d tables",
                   k_index_chain_max);
    }
    if (lua_rawgetp(L, 2, &k_copy_key) == LUA_TTABLE) {
        lua_rawgetp(L, -1, &k_depth_key);
        if (depth > lua_tointeger(L, -1)) {
            luaL_error(L, "setmetatable: a metatable in use cannot get a longer chain of __index; "
                          "set __index before its first use");
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    lua_pushvalue(L, 1);
    if (depth > depth_of(L) && has_hidden(L, 1, &k_target_key)) {
        luaL_error(L, "setmetatable: a table that is the __index of others cannot get a longer "
                      "chain of __index; set its metatable first");
    }
    lua_pop(L, 1);
}

// setmetatable(table, metatable or nil) -> table
static int meta_set(lua_State* L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argcheck(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table expected");
    lua_settop(L, 2);
    dd_lua_charge(L, 60);
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        return luaL_error(L, "cannot change a protected metatable");
    }
    if (lua_getmetatable(L, 1)) {
        if (!has_hidden(L, -1, &k_guest_key)) {
            return luaL_error(L, "cannot change a metatable of drydock");
        }
        lua_pop(L, 1);
    }
    if (lua_isnil(L, 2)) {
        lua_setmetatable(L, 1);
        return 1;
    }
    static const char* const k_refused[][2] = {
        {"__gc", "finalisers would run outside of every budget"},
        {"__mode", "weak tables would make results depend on the garbage collector"},
    };
    for (int i = 0; i < 2; i++) {
        lua_pushstring(L, k_refused[i][0]);
        if (lua_rawget(L, 2) != LUA_TNIL) {
            return luaL_error(L, "setmetatable: %s is refused: %s", k_refused[i][0],
                              k_refused[i][1]);
        }
        lua_pop(L, 1);
    }

    // every event first, nothing changed yet: a refusal leaves all as it was
    lua_Integer depth = 0;
    for (int i = 0; i < k_event_count; i++) {
        lua_pushstring(L, k_events[i].name);
        if (lua_rawget(L, 2) != LUA_TNIL) {
            check_event(L, &k_events[i]);
            if (lua_istable(L, -1) && k_events[i].rule == EVENT_LINK) {
                lua_pushboolean(L, 1);
                lua_rawsetp(L, -2, &k_target_key);
                lua_Integer d = 1 + depth_of(L);
                depth = d > depth ? d : depth;
            }
        }
        lua_pop(L, 1);
    }
    check_chain(L, depth);

    // the private copy of this table, made on its first use and renewed on every other
    if (lua_rawgetp(L, 2, &k_copy_key) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_createtable(L, 0, 8);
        lua_pushvalue(L, 2);
        lua_rawsetp(L, -2, &k_guest_key);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, 2, &k_copy_key);
    }
    int copy = lua_gettop(L);
    for (int i = 0; i < k_event_count; i++) {
        lua_pushstring(L, k_events[i].name);
        lua_pushvalue(L, -1);
        lua_rawget(L, 2);
        lua_rawset(L, copy);
    }
    lua_pushinteger(L, depth);
    lua_rawsetp(L, copy, &k_depth_key);
    lua_settop(L, copy);
    lua_setmetatable(L, 1);
    lua_settop(L, 1);
    return 1;
}

// getmetatable(v) -> the table given to setmetatable; nil for what drydock made
static int meta_get(lua_State* L)
{
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        return 1;
    }
    if (!lua_getmetatable(L, 1)) {
        lua_pushnil(L);
        return 1;
    }
    lua_rawgetp(L, -1, &k_guest_key);
    return 1;
}

static void check_own_table(lua_State* L, const char* function)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_getmetatable(L, 1)) {
        if (!has_hidden(L, -1, &k_guest_key)) {
            luaL_error(L, "%s: this table belongs to drydock", function);
        }
        lua_pop(L, 1);
    }
}

// rawget(table, key) -> value
static int meta_rawget(lua_State* L)
{
    check_own_table(L, "rawget");
    lua_settop(L, 2);
    lua_rawget(L, 1);
    return 1;
}

// rawset(table, key, value) -> table
static int meta_rawset(lua_State* L)
{
    check_own_table(L, "rawset");
    luaL_argcheck(L, !lua_isnoneornil(L, 2), 2, "the key is nil");
    lua_settop(L, 3);
    luaL_argcheck(L, lua_type(L, 2) != LUA_TNUMBER || lua_tonumber(L, 2) == lua_tonumber(L, 2), 2,
                  "the key is NaN");
    lua_rawset(L, 1);
    return 1;
}

// rawequal(a, b) -> boolean
static int meta_rawequal(lua_State* L)
{
    luaL_checkany(L, 2);
    dd_lua_charge(L, dd_lua_of(L)->weight);
    lua_pushboolean(L, lua_rawequal(L, 1, 2));
    return 1;
}

// rawlen(v) -> length of a table or string
static int meta_rawlen(lua_State* L)
{
    int type = lua_type(L, 1);
    luaL_argcheck(L, type == LUA_TTABLE || type == LUA_TSTRING, 1, "table or string expected");
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
    return 1;
}

void dd_lua_open_meta(lua_State* L)
{
    static const luaL_Reg k_functions[] = {
        {"setmetatable", meta_set},
        {"getmetatable", meta_get},
        {"rawget", meta_rawget},
        {"rawset", meta_rawset},
        {"rawequal", meta_rawequal},
        {"rawlen", meta_rawlen},
        {NULL, NULL},
    };
    lua_pushglobaltable(L);
    luaL_setfuncs(L, k_functions, 0);
    lua_pop(L, 1);
}
