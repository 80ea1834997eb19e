// Basic functions of guests: what Lua's own base library has, less what leaks or escapes.
#include "sim/base/field.h"
#include "sim/lua/internal.h"

#include <math.h>
#include <string.h>

// ---- for all libraries ----

lua_Number dd_lua_arg_number(lua_State* L, int arg)
{
    if (lua_type(L, arg) != LUA_TNUMBER) {
        luaL_typeerror(L, arg, "number");
    }
    return lua_tonumber(L, arg);
}

lua_Integer dd_lua_arg_integer(lua_State* L, int arg)
{
    dd_lua_arg_number(L, arg);
    return luaL_checkinteger(L, arg);
}

lua_Integer dd_lua_opt_integer(lua_State* L, int arg, lua_Integer def)
{
    return lua_isnoneornil(L, arg) ? def : dd_lua_arg_integer(L, arg);
}

void dd_lua_add(lua_State* L, luaL_Buffer* b, const char* s, size_t size)
{
    dd_lua_charge_string(L, luaL_bufflen(b) + size > k_string_max ? k_string_max + 1 : size);
    luaL_addlstring(b, s, size);
}

const char* dd_lua_to_text(lua_State* L, int index, size_t* size)
{
    index = lua_absindex(L, index);
    dd_lua_charge(L, 10);
    if (luaL_callmeta(L, index, "__tostring")) {
        if (lua_type(L, -1) != LUA_TSTRING) {
            luaL_error(L, "'__tostring' must return a string");
        }
        return lua_tolstring(L, -1, size);
    }
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        lua_pushvalue(L, index);
        break;
    case LUA_TNUMBER:
        if (!lua_isinteger(L, index) && isnan(lua_tonumber(L, index))) {
            lua_pushliteral(L, "nan"); // its sign is nobody's business
        } else {
            lua_pushvalue(L, index);
            lua_tostring(L, -1);
        }
        break;
    case LUA_TBOOLEAN:
        lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
        break;
    default:
        // a type with a name of its own says it; an address never
        if (luaL_getmetafield(L, index, "__name") != LUA_TSTRING) {
            lua_pushstring(L, luaL_typename(L, index));
        }
        break;
    }
    return lua_tolstring(L, -1, size);
}

// ---- functions ----

// type(v) -> string
static int base_type(lua_State* L)
{
    luaL_checkany(L, 1);
    lua_pushstring(L, luaL_typename(L, 1));
    return 1;
}

// tostring(v) -> string
static int base_tostring(lua_State* L)
{
    luaL_checkany(L, 1);
    dd_lua_to_text(L, 1, NULL);
    return 1;
}

// tonumber(v [, base]) -> number or nil
static int base_tonumber(lua_State* L)
{
    if (lua_isnoneornil(L, 2)) {
        luaL_checkany(L, 1);
        if (lua_type(L, 1) == LUA_TNUMBER) {
            lua_settop(L, 1);
            return 1;
        }
        size_t n = 0;
        const char* s = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &n) : NULL;
        dd_lua_charge(L, 5 + (int64_t)n);
        if (!s || lua_stringtonumber(L, s) != n + 1) {
            lua_pushnil(L);
        }
        return 1;
    }

    // digits of a base, with a sign and spaces around
    lua_Integer base = dd_lua_arg_integer(L, 2);
    luaL_checktype(L, 1, LUA_TSTRING);
    luaL_argcheck(L, base >= 2 && base <= 36, 2, "base out of range");
    size_t n;
    const char* s = lua_tolstring(L, 1, &n);
    dd_lua_charge(L, 5 + (int64_t)n);
    const char* end = s + n;
    const char* spaces = " \f\n\r\t\v";
    s += strspn(s, spaces);
    bool minus = *s == '-';
    s += *s == '-' || *s == '+';
    uint64_t value = 0;
    bool any = false;
    for (;; s++, any = true) {
        int digit = *s >= '0' && *s <= '9'   ? *s - '0'
                    : *s >= 'a' && *s <= 'z' ? *s - 'a' + 10
                    : *s >= 'A' && *s <= 'Z' ? *s - 'A' + 10
                                             : 99;
        if (digit >= base) {
            break;
        }
        value = value * (uint64_t)base + (uint64_t)digit;
    }
    s += strspn(s, spaces);
    if (any && s == end) {
        lua_pushinteger(L, (lua_Integer)(minus ? 0 - value : value));
    } else {
        lua_pushnil(L);
    }
    return 1;
}

// select(n, ...) -> the arguments from n on; select("#", ...) -> their number
static int base_select(lua_State* L)
{
    int n = lua_gettop(L);
    dd_lua_charge(L, n / 8);
    if (lua_type(L, 1) == LUA_TSTRING && *lua_tostring(L, 1) == '#') {
        lua_pushinteger(L, n - 1);
        return 1;
    }
    lua_Integer i = dd_lua_arg_integer(L, 1);
    if (i < 0) {
        i = n + i;
    } else if (i > n) {
        i = n;
    }
    luaL_argcheck(L, i >= 1, 1, "index out of range");
    return n - (int)i;
}

// error(message [, level])
static int base_error(lua_State* L)
{
    lua_Integer level = dd_lua_opt_integer(L, 2, 1);
    lua_settop(L, 1);
    // far levels would walk the stack again and again
    if (lua_type(L, 1) == LUA_TSTRING && level > 0 && level <= 8) {
        luaL_where(L, (int)level);
        lua_pushvalue(L, 1);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

// assert(v [, message]) -> its arguments
static int base_assert(lua_State* L)
{
    luaL_checkany(L, 1);
    if (lua_toboolean(L, 1)) {
        dd_lua_charge(L, lua_gettop(L) / 8);
        return lua_gettop(L);
    }
    if (lua_isnone(L, 2)) {
        return luaL_error(L, "assertion failed!");
    }
    lua_settop(L, 2);
    if (lua_type(L, 2) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, 2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int finish_pcall(lua_State* L, int status, lua_KContext extra)
{
    if (status != LUA_OK && status != LUA_YIELD) {
        dd_lua_caught(L, status);
        lua_pushboolean(L, 0);
        lua_pushvalue(L, -2);
        return 2;
    }
    return lua_gettop(L) - (int)extra;
}

// pcall(f, ...) -> true, results... or false, error. A spent budget passes through.
static int base_pcall(lua_State* L)
{
    luaL_checkany(L, 1);
    dd_lua_charge(L, 10 + lua_gettop(L) / 8);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall);
    return finish_pcall(L, status, 0);
}

static int xpcall_handler(lua_State* L)
{
    if (dd_lua_of(L)->spent) {
        return 1;
    }
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

// xpcall(f, handler, ...) -> as pcall; handler(error) runs where the error is raised
static int base_xpcall(lua_State* L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    int n = lua_gettop(L);
    dd_lua_charge(L, 20 + n / 8);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, xpcall_handler, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    int status = lua_pcallk(L, n - 2, LUA_MULTRET, 2, 2, finish_pcall);
    return finish_pcall(L, status, 2);
}

static void log_line(lua_State* L, const char* level, int first)
{
    DdLua* host = dd_lua_of(L);
    int n = lua_gettop(L);
    char line[k_print_max + 8];
    size_t at = 0;
    for (int i = first; i <= n; i++) {
        size_t size;
        const char* s = dd_lua_to_text(L, i, &size);
        size_t room = k_print_max - at;
        size_t take = size < room ? size : room;
        memcpy(line + at, s, take);
        at += take;
        if (i < n && at < k_print_max) {
            line[at++] = '\t';
        }
        lua_pop(L, 1);
    }
    memcpy(line + at, at == k_print_max ? "..." : "", at == k_print_max ? 4 : 1);
    dd_lua_charge(L, 500 + (int64_t)at);
    char file[DD_PATH_MAX];
    int where;
    dd_lua_where(L, file, &where);
    host->def.print(host->def.user, level, line, file, where);
}

// print(...): to the terminal and the record, with file and line
static int base_print(lua_State* L)
{
    log_line(L, "info", 1);
    return 0;
}

// log(level, ...): level is "debug", "info", "warn" or "error"
static int base_log(lua_State* L)
{
    static const char* const k_levels[] = {"debug", "info", "warn", "error", NULL};
    int level = luaL_checkoption(L, 1, NULL, k_levels);
    log_line(L, k_levels[level], 2);
    return 0;
}

// ---- globals ----

// names of stock Lua that are not here, and what to do instead
static const char* const k_absent[][2] = {
    {"next", "use pairs, which goes in a fixed order"},
    {"load", "code comes from files: use require"},
    {"loadstring", "code comes from files: use require"},
    {"loadfile", "code comes from files: use require"},
    {"dofile", "code comes from files: use require"},
    {"os", "time is the simulation's: see obs.time and sim"},
    {"io", "files are read by drydock, not by scripts"},
    {"debug", "it would open the sandbox"},
    {"package", "use require"},
    {"collectgarbage", "memory is counted by drydock"},
    {"unpack", "it is table.unpack"},
};

static int unknown_global(lua_State* L)
{
    if (lua_type(L, 2) != LUA_TSTRING) {
        return luaL_error(L, "globals have names, got a %s", luaL_typename(L, 2));
    }
    const char* name = lua_tostring(L, 2);
    for (size_t i = 0; i < sizeof k_absent / sizeof *k_absent; i++) {
        if (strcmp(name, k_absent[i][0]) == 0) {
            return luaL_error(L, "'%s' is not available here: %s", name, k_absent[i][1]);
        }
    }

    // the nearest name that is there
    enum { k_names = 256 };
    const char* names[k_names];
    int n = 0;
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushnil(L);
    while (n < k_names && lua_next(L, -2)) {
        if (lua_type(L, -2) == LUA_TSTRING) {
            // insert by byte order, so that a tie does not hang on the order of the table
            const char* s = lua_tostring(L, -2);
            int at = n++;
            for (; at > 0 && strcmp(names[at - 1], s) > 0; at--) {
                names[at] = names[at - 1];
            }
            names[at] = s;
        }
        lua_pop(L, 1);
    }
    dd_lua_charge(L, 2000);
    char short_name[DD_NAME_MAX];
    snprintf(short_name, sizeof short_name, "%s", name);
    const char* near = dd_nearest_name(short_name, names, n);
    if (near) {
        return luaL_error(L, "unknown global '%s'; did you mean '%s'?", short_name, near);
    }
    return luaL_error(L, "unknown global '%s' (a variable of your own needs 'local')", short_name);
}

static int new_global(lua_State* L)
{
    if (lua_type(L, 2) != LUA_TSTRING) {
        return luaL_error(L, "globals cannot be assigned");
    }
    return luaL_error(L, "assignment to global '%s': declare it 'local'", lua_tostring(L, 2));
}

void dd_lua_open_base(lua_State* L)
{
    static const luaL_Reg k_functions[] = {
        {"type", base_type},
        {"tostring", base_tostring},
        {"tonumber", base_tonumber},
        {"select", base_select},
        {"error", base_error},
        {"assert", base_assert},
        {"pcall", base_pcall},
        {"xpcall", base_xpcall},
        {"print", base_print},
        {"log", base_log},
        {NULL, NULL},
    };
    lua_pushglobaltable(L);
    luaL_setfuncs(L, k_functions, 0);
    lua_pushliteral(L, LUA_VERSION);
    lua_setfield(L, -2, "_VERSION");

    // host code sets globals in this table; guests reach it through an empty one
    lua_newtable(L);
    lua_pushcfunction(L, unknown_global);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);

    lua_newtable(L);
    lua_newtable(L);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, new_global);
    lua_setfield(L, -2, "__newindex");
    lua_pushliteral(L, "globals");
    lua_setfield(L, -2, "__metatable");
    lua_pushliteral(L, "globals");
    lua_setfield(L, -2, "__name");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "_G");
    lua_setfield(L, LUA_REGISTRYINDEX, "dd.env");
    lua_pop(L, 1);
}
