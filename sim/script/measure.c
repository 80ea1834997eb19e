// Measures: constructors made from the table of measure kinds, and the checks of w:require.
#include "sim/script/measure.h"

#include <math.h>
#include <string.h>

#include "sim/script/api_rows.h"
#include "sim/script/handle.h"
#include "sim/script/lua_def.h"

static const char k_measure_type[] = "drydock.Measure";
static const char k_check_type[] = "drydock.Check";

static const double k_upright_default = 5 * DD_PI / 180;

const DdMeasureDef* dd_measure_test(lua_State* L, int index)
{
    return luaL_testudata(L, index, k_measure_type);
}

const DdStartCheck* dd_check_test(lua_State* L, int index)
{
    return luaL_testudata(L, index, k_check_type);
}

// The thing or frame at argument `arg`; `what` and `role` word the error.
static void read_ref(lua_State* L, int arg, const char* what, const char* role,
                     char out[DD_NAME_MAX])
{
    DdError err;
    dd_error_clear(&err);
    if (dd_handle_test(L, arg)) {
        if (!dd_handle_ref(L, arg, out, &err)) {
            dd_lua_raise(L, &err);
        }
        return;
    }
    size_t n = 0;
    const char* text = lua_type(L, arg) == LUA_TSTRING ? lua_tolstring(L, arg, &n) : NULL;
    if (!text || n == 0 || n >= DD_NAME_MAX) {
        char got[128];
        dd_lua_value_text(L, arg, got, sizeof got);
        dd_fail(&err, DD_ERROR_SCRIPT, "%s: %s must be a thing or frame, or its name, got %s", what,
                role, got);
        dd_lua_raise(L, &err);
    }
    memcpy(out, text, n + 1);
}

static bool has_word(const char* words, const char* word)
{
    size_t n = strlen(word);
    for (const char* p = words; p && *p; p += strspn(p, " ")) {
        size_t m = strcspn(p, " ");
        if (m == n && strncmp(p, word, n) == 0) {
            return true;
        }
        p += m;
    }
    return false;
}

// KIND(a, b, { options }): b only where the kind reads one
static int make_measure(lua_State* L)
{
    int n;
    const DdSenseKind* kind = &dd_measure_kinds(&n)[lua_tointeger(L, lua_upvalueindex(1))];
    DdMeasureDef* def = lua_newuserdatauv(L, sizeof *def, 0);
    lua_insert(L, 1);
    *def = dd_measure_def();
    snprintf(def->kind, sizeof def->kind, "%s", kind->name);

    int args = lua_gettop(L);
    int arg = 2;
    read_ref(L, arg++, kind->name, "the first argument", def->a);
    bool options = args >= arg && lua_type(L, arg) == LUA_TTABLE;
    if (has_word(kind->reads, "b") && args >= arg && !options) {
        // nil stands for a b that is left out
        if (!lua_isnil(L, arg)) {
            read_ref(L, arg, kind->name, "the second argument", def->b);
        }
        options = args >= ++arg && lua_type(L, arg) == LUA_TTABLE;
    }

    // options: the members this kind reads, but for a and b
    char words[256];
    const char* only[16];
    int nonly = 0;
    snprintf(words, sizeof words, "%s", kind->reads ? kind->reads : "");
    char* rest = NULL;
    for (char* w = strtok_r(words, " ", &rest); w && nonly < 15; w = strtok_r(NULL, " ", &rest)) {
        if (strcmp(w, "a") != 0 && strcmp(w, "b") != 0) {
            only[nonly++] = w;
        }
    }
    only[nonly] = NULL;
    if (options) {
        DdMistakes mistakes = {0};
        DdLuaRead how = {.what = kind->name, .where = "", .only = only, .mistakes = &mistakes};
        if (!dd_lua_read_def(L, arg++, &how, dd_measure_fields, def, NULL)) {
            return dd_lua_raise(L, &mistakes.first);
        }
    }
    if (args >= arg && !lua_isnil(L, arg)) {
        char got[128];
        dd_lua_value_text(L, arg, got, sizeof got);
        return luaL_error(L, "%s: takes %s%s, got %s behind them", kind->name,
                          has_word(kind->reads, "b") ? "two things or frames"
                                                     : "one thing or frame",
                          nonly ? " and a table of options" : "", got);
    }
    lua_settop(L, 1);
    luaL_setmetatable(L, k_measure_type);
    return 1;
}

static int make_check(lua_State* L, const char* kind, bool two, double value)
{
    DdStartCheck* check = lua_newuserdatauv(L, sizeof *check, 0);
    memset(check, 0, sizeof *check);
    snprintf(check->kind, sizeof check->kind, "%s", kind);
    read_ref(L, 1, kind, "the first argument", check->a);
    if (two) {
        read_ref(L, 2, kind, "the second argument", check->b);
    }
    int arg = two ? 3 : 2;
    check->value = isnan(value) ? luaL_checknumber(L, arg) : luaL_optnumber(L, arg, value);
    luaL_argcheck(L, isfinite(check->value) && check->value >= 0, arg, "must not be negative");
    luaL_setmetatable(L, k_check_type);
    return 1;
}

// clear(a, b, distance)
static int api_clear(lua_State* L)
{
    return make_check(L, "clear", true, NAN);
}

// near(a, b, distance)
static int api_near(lua_State* L)
{
    return make_check(L, "near", true, NAN);
}

// upright(a, angle)
static int api_upright(lua_State* L)
{
    return make_check(L, "upright", false, k_upright_default);
}

static int measure_tostring(lua_State* L)
{
    const DdMeasureDef* def = luaL_checkudata(L, 1, k_measure_type);
    lua_pushfstring(L, "%s(%s%s%s)", def->kind, def->a, def->b[0] ? ", " : "", def->b);
    return 1;
}

static int check_tostring(lua_State* L)
{
    const DdStartCheck* check = luaL_checkudata(L, 1, k_check_type);
    lua_pushfstring(L, "%s(%s%s%s)", check->kind, check->a, check->b[0] ? ", " : "", check->b);
    return 1;
}

static void open_type(lua_State* L, const char* type, const char* name, lua_CFunction tostring)
{
    luaL_newmetatable(L, type);
    lua_pushcfunction(L, tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void dd_measure_open(lua_State* L)
{
    open_type(L, k_measure_type, "Measure", measure_tostring);
    open_type(L, k_check_type, "Check", check_tostring);

    int n;
    const DdSenseKind* kinds = dd_measure_kinds(&n);
    for (int i = 0; i < n; i++) {
        lua_pushinteger(L, i);
        lua_pushcclosure(L, make_measure, 1);
        dd_api_set_global(L, kinds[i].name);
    }
    static const luaL_Reg k_checks[] = {DD_API_CHECKS(DD_API_REG){NULL, NULL}};
    dd_api_set_globals(L, k_checks);
}
