// table: the functions of stock Lua with a charge by the element and a stable sort.
#include "sim/lua/internal.h"

// element `i` of the table at `t`, metamethods included as in stock Lua
static void copy_element(lua_State* L, int from, lua_Integer i, int to, lua_Integer j)
{
    lua_geti(L, from, i);
    lua_seti(L, to, j);
}

static lua_Integer check_length(lua_State* L, int arg)
{
    luaL_checktype(L, arg, LUA_TTABLE);
    return luaL_len(L, arg);
}

// table.insert(t, [pos,] value)
static int tab_insert(lua_State* L)
{
    lua_Integer n = check_length(L, 1);
    lua_Integer end = (lua_Integer)((lua_Unsigned)n + 1);
    lua_Integer pos = end;
    dd_lua_charge(L, 2);
    if (lua_gettop(L) == 3) {
        pos = dd_lua_arg_integer(L, 2);
        luaL_argcheck(L, (lua_Unsigned)pos - 1u < (lua_Unsigned)end, 2, "position out of bounds");
        dd_lua_charge(L, end - pos);
        for (lua_Integer i = end; i > pos; i--) {
            copy_element(L, 1, i - 1, 1, i);
        }
    } else if (lua_gettop(L) != 2) {
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_seti(L, 1, pos);
    return 0;
}

// table.remove(t [, pos]) -> the element
static int tab_remove(lua_State* L)
{
    lua_Integer n = check_length(L, 1);
    lua_Integer pos = dd_lua_opt_integer(L, 2, n);
    dd_lua_charge(L, 2);
    if (lua_gettop(L) >= 2) {
        luaL_argcheck(L,
                      (lua_Unsigned)n + 1u - (lua_Unsigned)pos <= (lua_Unsigned)n || pos == n + 1 ||
                          (n == 0 && pos == 0),
                      2, "position out of bounds");
    }
    lua_settop(L, 1);
    lua_geti(L, 1, pos);
    dd_lua_charge(L, n > pos ? n - pos : 0);
    for (; pos < n; pos++) {
        copy_element(L, 1, pos + 1, 1, pos);
    }
    lua_pushnil(L);
    lua_seti(L, 1, pos);
    return 1;
}

// table.move(a, first, last, to [, b]) -> b
static int tab_move(lua_State* L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer f = dd_lua_arg_integer(L, 2);
    lua_Integer e = dd_lua_arg_integer(L, 3);
    lua_Integer t = dd_lua_arg_integer(L, 4);
    int to = lua_isnoneornil(L, 5) ? 1 : 5;
    luaL_checktype(L, to, LUA_TTABLE);
    if (e >= f) {
        luaL_argcheck(L, f > 0 || e < LUA_MAXINTEGER + f, 3, "too many elements to move");
        lua_Integer n = e - f + 1;
        luaL_argcheck(L, t <= LUA_MAXINTEGER - n + 1, 4, "destination wrap around");
        dd_lua_charge(L, n);
        // downwards where the pieces overlap and the later one is the target
        bool down = t > f && t <= e && to == 1;
        for (lua_Integer k = 0; k < n; k++) {
            lua_Integer i = down ? n - 1 - k : k;
            copy_element(L, 1, f + i, to, t + i);
        }
    }
    lua_pushvalue(L, to);
    return 1;
}

// table.concat(t [, separator [, first [, last]]]) -> string
static int tab_concat(lua_State* L)
{
    lua_Integer n = check_length(L, 1);
    size_t nsep = 0;
    const char* sep = lua_isnoneornil(L, 2) ? "" : luaL_checklstring(L, 2, &nsep);
    lua_Integer i = dd_lua_opt_integer(L, 3, 1);
    lua_Integer last = dd_lua_opt_integer(L, 4, n);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (; i <= last; i++) {
        dd_lua_charge(L, 2);
        if (lua_geti(L, 1, i) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER) {
            return luaL_error(L, "invalid value (at index %I) in table for 'concat'",
                              (LUAI_UACINT)i);
        }
        size_t size;
        lua_tolstring(L, -1, &size);
        dd_lua_charge(L, (int64_t)size / 16);
        if (luaL_bufflen(&b) + size + nsep > k_string_max) {
            dd_lua_spend(L, DD_SPENT_STRING);
        }
        luaL_addvalue(&b);
        if (i == LUA_MAXINTEGER) {
            break;
        }
        if (i < last) {
            dd_lua_add(L, &b, sep, nsep);
        }
    }
    dd_lua_charge_string(L, luaL_bufflen(&b));
    luaL_pushresult(&b);
    return 1;
}

// table.pack(...) -> {..., n = number}
static int tab_pack(lua_State* L)
{
    int n = lua_gettop(L);
    dd_lua_charge(L, n);
    lua_createtable(L, n, 1);
    lua_insert(L, 1);
    for (int i = n; i >= 1; i--) {
        lua_rawseti(L, 1, i);
    }
    lua_pushinteger(L, n);
    lua_setfield(L, 1, "n");
    return 1;
}

// table.unpack(t [, first [, last]]) -> elements
static int tab_unpack(lua_State* L)
{
    lua_Integer i = dd_lua_opt_integer(L, 2, 1);
    lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : dd_lua_arg_integer(L, 3);
    if (i > last) {
        return 0;
    }
    lua_Unsigned n = (lua_Unsigned)last - (lua_Unsigned)i;
    if (n >= k_unpack_max) {
        return luaL_error(L, "table.unpack: more than %d results at once", k_unpack_max);
    }
    dd_lua_charge(L, (int64_t)n + 1);
    luaL_checkstack(L, (int)n + 1, "too many results to unpack");
    for (lua_Unsigned k = 0; k <= n; k++) {
        lua_geti(L, 1, (lua_Integer)((lua_Unsigned)i + k));
    }
    return (int)n + 1;
}

// is the value at the top less than the one below it? pops both
static bool top_is_less(lua_State* L, bool has_compare)
{
    bool less;
    if (has_compare) {
        lua_pushvalue(L, 2);
        lua_insert(L, -3);
        lua_insert(L, -2);
        lua_call(L, 2, 1);
        less = lua_toboolean(L, -1);
        lua_pop(L, 1);
    } else {
        dd_lua_charge(L, 2 + dd_lua_of(L)->weight);
        less = lua_compare(L, -1, -2, LUA_OPLT);
        lua_pop(L, 2);
    }
    return less;
}

// merges elements lo .. mid-1 and mid .. hi-1 of table `from` into table `to`; equal ones stay in
// order
static void merge(lua_State* L, int from, int to, lua_Integer lo, lua_Integer mid, lua_Integer hi,
                  bool has_compare)
{
    lua_Integer a = lo;
    lua_Integer b = mid;
    for (lua_Integer i = lo; i < hi; i++) {
        bool take_b = a == mid;
        if (a < mid && b < hi) {
            lua_rawgeti(L, from, a);
            lua_rawgeti(L, from, b);
            take_b = top_is_less(L, has_compare);
        }
        lua_rawgeti(L, from, take_b ? b++ : a++);
        lua_rawseti(L, to, i);
    }
}

// table.sort(t [, less]): stable, so that equal elements keep their order
static int tab_sort(lua_State* L)
{
    lua_Integer n = check_length(L, 1);
    bool has_compare = !lua_isnoneornil(L, 2);
    if (has_compare) {
        luaL_checktype(L, 2, LUA_TFUNCTION);
    }
    lua_settop(L, 2);
    if (n < 2) {
        return 0;
    }
    int64_t log2n = 64 - __builtin_clzll((unsigned long long)n);
    dd_lua_charge(L, n > (1 << 24) ? INT64_MAX : n * (4 + log2n * 4));
    luaL_argcheck(L, n <= (1 << 24), 1, "array too big");

    // sort copies, then write back: an error on the way leaves the table as it was
    lua_createtable(L, (int)n, 0);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_geti(L, 1, i);
        lua_rawseti(L, 3, i);
    }
    int from = 3;
    int to = 4;
    for (lua_Integer width = 1; width < n; width *= 2) {
        for (lua_Integer lo = 1; lo <= n; lo += 2 * width) {
            lua_Integer mid = lo + width < n + 1 ? lo + width : n + 1;
            lua_Integer hi = lo + 2 * width < n + 1 ? lo + 2 * width : n + 1;
            merge(L, from, to, lo, mid, hi, has_compare);
        }
        int swap = from;
        from = to;
        to = swap;
    }
    for (lua_Integer i = 1; i <= n; i++) {
        copy_element(L, from, i, 1, i);
    }
    return 0;
}

void dd_lua_open_table(lua_State* L)
{
    static const luaL_Reg k_functions[] = {
        {"insert", tab_insert}, {"remove", tab_remove}, {"move", tab_move}, {"concat", tab_concat},
        {"pack", tab_pack},     {"unpack", tab_unpack}, {"sort", tab_sort}, {NULL, NULL},
    };
    luaL_newlib(L, k_functions);
    lua_setglobal(L, "table");
}
