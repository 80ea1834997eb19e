// math of stock Lua, and random numbers from the run's named streams.
#include "sim/lua/internal.h"

#include <math.h>
#include <string.h>

// ---- one number in, one out ----

#define UNARY(name, expression)                                                                    \
    static int math_##name(lua_State* L)                                                           \
    {                                                                                              \
        double x = dd_lua_arg_number(L, 1);                                                        \
        lua_pushnumber(L, expression);                                                             \
        return 1;                                                                                  \
    }
UNARY(sin, sin(x))
UNARY(cos, cos(x))
UNARY(tan, tan(x))
UNARY(asin, asin(x))
UNARY(acos, acos(x))
UNARY(sqrt, sqrt(x))
UNARY(exp, exp(x))
UNARY(deg, x*(180.0 / 3.14159265358979323846))
UNARY(rad, x*(3.14159265358979323846 / 180.0))
#undef UNARY

// math.atan(y [, x]) -> number
static int math_atan(lua_State* L)
{
    double y = dd_lua_arg_number(L, 1);
    double x = lua_isnoneornil(L, 2) ? 1.0 : dd_lua_arg_number(L, 2);
    lua_pushnumber(L, atan2(y, x));
    return 1;
}

// math.log(x [, base]) -> number
static int math_log(lua_State* L)
{
    double x = dd_lua_arg_number(L, 1);
    if (lua_isnoneornil(L, 2)) {
        lua_pushnumber(L, log(x));
        return 1;
    }
    double base = dd_lua_arg_number(L, 2);
    lua_pushnumber(L, base == 2.0 ? log2(x) : base == 10.0 ? log10(x) : log(x) / log(base));
    return 1;
}

// a float as an integer where it fits
static void push_rounded(lua_State* L, double v)
{
    lua_Integer i;
    if (lua_numbertointeger(v, &i)) {
        lua_pushinteger(L, i);
    } else {
        lua_pushnumber(L, v);
    }
}

// math.floor(x) -> integer
static int math_floor(lua_State* L)
{
    double x = dd_lua_arg_number(L, 1);
    if (lua_isinteger(L, 1)) {
        lua_settop(L, 1);
    } else {
        push_rounded(L, floor(x));
    }
    return 1;
}

// math.ceil(x) -> integer
static int math_ceil(lua_State* L)
{
    double x = dd_lua_arg_number(L, 1);
    if (lua_isinteger(L, 1)) {
        lua_settop(L, 1);
    } else {
        push_rounded(L, ceil(x));
    }
    return 1;
}

// math.abs(x) -> number
static int math_abs(lua_State* L)
{
    double x = dd_lua_arg_number(L, 1);
    if (lua_isinteger(L, 1)) {
        lua_Integer i = lua_tointeger(L, 1);
        lua_pushinteger(L, i < 0 ? (lua_Integer)(0u - (lua_Unsigned)i) : i);
    } else {
        lua_pushnumber(L, fabs(x));
    }
    return 1;
}

// math.fmod(a, b) -> number: the remainder that rounds towards zero
static int math_fmod(lua_State* L)
{
    double a = dd_lua_arg_number(L, 1);
    double b = dd_lua_arg_number(L, 2);
    dd_lua_charge(L, 10);
    if (lua_isinteger(L, 1) && lua_isinteger(L, 2)) {
        lua_Integer d = lua_tointeger(L, 2);
        luaL_argcheck(L, d != 0, 2, "zero");
        lua_pushinteger(L, d == -1 ? 0 : lua_tointeger(L, 1) % d);
    } else {
        lua_pushnumber(L, fmod(a, b));
    }
    return 1;
}

// math.modf(x) -> integral part, rest
static int math_modf(lua_State* L)
{
    double x = dd_lua_arg_number(L, 1);
    if (lua_isinteger(L, 1)) {
        lua_settop(L, 1);
        lua_pushnumber(L, 0);
        return 2;
    }
    double whole = x < 0 ? ceil(x) : floor(x);
    push_rounded(L, whole);
    lua_pushnumber(L, x == whole ? 0.0 : x - whole);
    return 2;
}

static int extreme(lua_State* L, bool want_max)
{
    int n = lua_gettop(L);
    int best = 1;
    dd_lua_charge(L, n);
    dd_lua_arg_number(L, 1);
    for (int i = 2; i <= n; i++) {
        dd_lua_arg_number(L, i);
        if (lua_compare(L, want_max ? best : i, want_max ? i : best, LUA_OPLT)) {
            best = i;
        }
    }
    lua_pushvalue(L, best);
    return 1;
}

// math.min(x, ...) -> the least
static int math_min(lua_State* L)
{
    return extreme(L, false);
}

// math.max(x, ...) -> the greatest
static int math_max(lua_State* L)
{
    return extreme(L, true);
}

// math.tointeger(x) -> integer or nil
static int math_tointeger(lua_State* L)
{
    luaL_checkany(L, 1);
    int fits = 0;
    lua_Integer i = lua_type(L, 1) == LUA_TNUMBER ? lua_tointegerx(L, 1, &fits) : 0;
    if (fits) {
        lua_pushinteger(L, i);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

// math.type(x) -> "integer", "float" or nil
static int math_type(lua_State* L)
{
    luaL_checkany(L, 1);
    if (lua_type(L, 1) == LUA_TNUMBER) {
        lua_pushstring(L, lua_isinteger(L, 1) ? "integer" : "float");
    } else {
        lua_pushnil(L);
    }
    return 1;
}

// math.ult(a, b) -> a < b as unsigned integers
static int math_ult(lua_State* L)
{
    lua_pushboolean(L, (lua_Unsigned)dd_lua_arg_integer(L, 1) <
                           (lua_Unsigned)dd_lua_arg_integer(L, 2));
    return 1;
}

// ---- random numbers ----

static const char* const k_stream_type = "stream";

typedef struct LuaStream {
    DdStream stream;
    int64_t epoch; // of the host's scope; an older one starts anew
    char name[DD_NAME_MAX];
} LuaStream;

static DdStream* running(lua_State* L, LuaStream* s)
{
    DdLua* host = dd_lua_of(L);
    if (s->epoch != host->scope_epoch) {
        s->stream = dd_stream(host->def.seed, host->scope, s->name);
        s->epoch = host->scope_epoch;
    }
    dd_lua_charge(L, 20);
    return &s->stream;
}

static DdStream* check_stream(lua_State* L)
{
    return running(L, luaL_checkudata(L, 1, k_stream_type));
}

static LuaStream* new_stream(lua_State* L, const char* name)
{
    LuaStream* s = lua_newuserdatauv(L, sizeof *s, 0);
    memset(s, 0, sizeof *s);
    s->epoch = -1;
    snprintf(s->name, sizeof s->name, "%s", name);
    luaL_setmetatable(L, k_stream_type);
    return s;
}

// stream(name) -> Stream: the same name gives the same stream, which goes on
static int base_stream(lua_State* L)
{
    size_t n;
    luaL_checktype(L, 1, LUA_TSTRING);
    const char* name = lua_tolstring(L, 1, &n);
    luaL_argcheck(L, n > 0 && n < DD_NAME_MAX - 8 && strlen(name) == n, 1,
                  "a stream's name has 1 to 87 characters");
    dd_lua_charge(L, 20);
    lua_settop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, "dd.streams");
    lua_pushvalue(L, 1);
    if (lua_rawget(L, 2) == LUA_TNIL) {
        // apart from the streams drydock itself draws from
        char full[DD_NAME_MAX];
        snprintf(full, sizeof full, "lua.%s", name);
        new_stream(L, full);
        lua_pushvalue(L, 1);
        lua_pushvalue(L, -2);
        lua_rawset(L, 2);
    }
    return 1;
}

static void check_finite(lua_State* L, int arg, double v)
{
    luaL_argcheck(L, isfinite(v), arg, "must be finite");
}

// s:uniform([lo, hi]) -> number in [lo, hi); 0 and 1 when not given
static int stream_uniform(lua_State* L)
{
    DdStream* s = check_stream(L);
    double lo = lua_isnoneornil(L, 2) ? 0.0 : dd_lua_arg_number(L, 2);
    double hi = lua_isnoneornil(L, 3) ? 1.0 : dd_lua_arg_number(L, 3);
    check_finite(L, 2, lo);
    check_finite(L, 3, hi);
    luaL_argcheck(L, lo <= hi, 3, "the upper bound is below the lower");
    lua_pushnumber(L, dd_stream_uniform(s, lo, hi));
    return 1;
}

// s:normal([mean, sigma]) -> number; 0 and 1 when not given
static int stream_normal(lua_State* L)
{
    DdStream* s = check_stream(L);
    double mean = lua_isnoneornil(L, 2) ? 0.0 : dd_lua_arg_number(L, 2);
    double sigma = lua_isnoneornil(L, 3) ? 1.0 : dd_lua_arg_number(L, 3);
    check_finite(L, 2, mean);
    luaL_argcheck(L, isfinite(sigma) && sigma >= 0, 3, "must be finite and not negative");
    lua_pushnumber(L, dd_stream_normal(s, mean, sigma));
    return 1;
}

// s:int(lo, hi) -> integer in lo..hi
static int stream_int(lua_State* L)
{
    DdStream* s = check_stream(L);
    lua_Integer lo = dd_lua_arg_integer(L, 2);
    lua_Integer hi = dd_lua_arg_integer(L, 3);
    luaL_argcheck(L, lo <= hi, 3, "the upper bound is below the lower");
    lua_pushinteger(L, dd_stream_int(s, lo, hi));
    return 1;
}

// s:choice{a, b, ...} -> one of them
static int stream_choice(lua_State* L)
{
    DdStream* s = check_stream(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_Integer n = (lua_Integer)lua_rawlen(L, 2);
    luaL_argcheck(L, n > 0, 2, "nothing to choose from");
    lua_rawgeti(L, 2, dd_stream_int(s, 1, n));
    return 1;
}

static int stream_tostring(lua_State* L)
{
    LuaStream* s = luaL_checkudata(L, 1, k_stream_type);
    lua_pushfstring(L, "stream '%s'", s->name + (strncmp(s->name, "lua.", 4) == 0 ? 4 : 0));
    return 1;
}

// math.random([lo,] [hi]) -> number in [0, 1), or an integer
static int math_random(lua_State* L)
{
    DdStream* s = running(L, lua_touserdata(L, lua_upvalueindex(1)));
    lua_Integer lo = 1;
    lua_Integer hi;
    switch (lua_gettop(L)) {
    case 0:
        lua_pushnumber(L, dd_stream_uniform(s, 0.0, 1.0));
        return 1;
    case 1:
        hi = dd_lua_arg_integer(L, 1);
        if (hi == 0) {
            lua_pushinteger(L, (lua_Integer)dd_stream_bits(s));
            return 1;
        }
        break;
    case 2:
        lo = dd_lua_arg_integer(L, 1);
        hi = dd_lua_arg_integer(L, 2);
        break;
    default:
        return luaL_error(L, "wrong number of arguments");
    }
    luaL_argcheck(L, lo <= hi, lua_gettop(L), "interval is empty");
    lua_pushinteger(L, dd_stream_int(s, lo, hi));
    return 1;
}

static int math_randomseed(lua_State* L)
{
    return luaL_error(L, "math.randomseed is refused: the run's seed decides (see --seed); "
                         "stream(name) gives a stream of its own");
}

void dd_lua_open_math(lua_State* L)
{
    static const luaL_Reg k_functions[] = {
        {"sin", math_sin},
        {"cos", math_cos},
        {"tan", math_tan},
        {"asin", math_asin},
        {"acos", math_acos},
        {"atan", math_atan},
        {"sqrt", math_sqrt},
        {"exp", math_exp},
        {"log", math_log},
        {"deg", math_deg},
        {"rad", math_rad},
        {"floor", math_floor},
        {"ceil", math_ceil},
        {"abs", math_abs},
        {"fmod", math_fmod},
        {"modf", math_modf},
        {"min", math_min},
        {"max", math_max},
        {"type", math_type},
        {"ult", math_ult},
        {"tointeger", math_tointeger},
        {"randomseed", math_randomseed},
        {NULL, NULL},
    };
    static const luaL_Reg k_stream_methods[] = {
        {"uniform", stream_uniform},
        {"normal", stream_normal},
        {"int", stream_int},
        {"choice", stream_choice},
        {NULL, NULL},
    };
    luaL_newmetatable(L, k_stream_type);
    lua_pushcfunction(L, stream_tostring);
    lua_setfield(L, -2, "__tostring");
    luaL_newlib(L, k_stream_methods);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "stream");
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "dd.streams");
    lua_pushcfunction(L, base_stream);
    lua_setglobal(L, "stream");

    luaL_newlib(L, k_functions);
    new_stream(L, "math.random");
    lua_pushcclosure(L, math_random, 1);
    lua_setfield(L, -2, "random");
    lua_pushnumber(L, 3.14159265358979323846);
    lua_setfield(L, -2, "pi");
    lua_pushnumber(L, (lua_Number)HUGE_VAL);
    lua_setfield(L, -2, "huge");
    lua_pushinteger(L, LUA_MAXINTEGER);
    lua_setfield(L, -2, "maxinteger");
    lua_pushinteger(L, LUA_MININTEGER);
    lua_setfield(L, -2, "mininteger");
    lua_setglobal(L, "math");
}
