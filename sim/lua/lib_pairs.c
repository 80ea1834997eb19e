// pairs in a fixed order: numbers ascending, then strings by bytes, then false and true, then
// handles by their id. Lua's own order hangs on addresses and on the time of day.
#include "sim/lua/internal.h"

#include <string.h>

typedef enum KeyKind { KEY_INTEGER, KEY_FLOAT, KEY_STRING, KEY_BOOLEAN, KEY_HANDLE } KeyKind;

// A key while sorting. Strings are borrowed from the table that is traversed.
typedef struct Key {
    KeyKind kind;
    int at; // position in the list of keys as found
    union {
        lua_Integer integer; // of a handle: its id
        lua_Number number;
        const char* string;
    } v;
    size_t size;
} Key;

static int rank(const Key* k)
{
    return k->kind <= KEY_FLOAT ? 0 : (int)k->kind;
}

static bool before(const Key* a, const Key* b)
{
    if (rank(a) != rank(b)) {
        return rank(a) < rank(b);
    }
    switch (a->kind) {
    case KEY_STRING: {
        size_t n = a->size < b->size ? a->size : b->size;
        int c = memcmp(a->v.string, b->v.string, n);
        return c != 0 ? c < 0 : a->size < b->size;
    }
    case KEY_BOOLEAN:
    case KEY_HANDLE:
        return a->v.integer < b->v.integer;
    default:
        break;
    }
    if (a->kind == KEY_INTEGER && b->kind == KEY_INTEGER) {
        return a->v.integer < b->v.integer;
    }
    // 64 bits of mantissa hold either kind exactly
    long double x = a->kind == KEY_INTEGER ? (long double)a->v.integer : (long double)a->v.number;
    long double y = b->kind == KEY_INTEGER ? (long double)b->v.integer : (long double)b->v.number;
    return x < y;
}

static Key key_of(lua_State* L, int index, int at)
{
    Key k = {.at = at};
    index = lua_absindex(L, index);
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            k.kind = KEY_INTEGER;
            k.v.integer = lua_tointeger(L, index);
        } else {
            k.kind = KEY_FLOAT;
            k.v.number = lua_tonumber(L, index);
        }
        return k;
    case LUA_TSTRING:
        k.kind = KEY_STRING;
        k.v.string = lua_tolstring(L, index, &k.size);
        return k;
    case LUA_TBOOLEAN:
        k.kind = KEY_BOOLEAN;
        k.v.integer = lua_toboolean(L, index);
        return k;
    case LUA_TUSERDATA:
        if (luaL_getmetafield(L, index, "__dd_order") == LUA_TFUNCTION) {
            lua_pushvalue(L, index);
            lua_call(L, 1, 1);
            k.kind = KEY_HANDLE;
            k.v.integer = lua_tointeger(L, -1);
            lua_pop(L, 1);
            return k;
        }
        break;
    default:
        break;
    }
    luaL_error(L,
               "pairs: a key of type %s has no order; use numbers, strings, booleans or things "
               "of the world as keys",
               luaL_typename(L, index));
    return k;
}

static void merge_sort(Key* keys, Key* room, int n)
{
    for (int width = 1; width < n; width *= 2) {
        for (int lo = 0; lo < n; lo += 2 * width) {
            int mid = lo + width < n ? lo + width : n;
            int hi = lo + 2 * width < n ? lo + 2 * width : n;
            int a = lo;
            int b = mid;
            for (int i = lo; i < hi; i++) {
                bool left = a < mid && (b == hi || !before(&keys[b], &keys[a]));
                room[i] = left ? keys[a++] : keys[b++];
            }
        }
        memcpy(keys, room, (size_t)n * sizeof *keys);
    }
}

// iterator with upvalues: table, list of keys, position
static int pairs_next(lua_State* L)
{
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(3));
    for (;;) {
        i++;
        if (lua_rawgeti(L, lua_upvalueindex(2), i) == LUA_TNIL) {
            return 1;
        }
        lua_pushvalue(L, -1);
        // a field that was removed meanwhile is not visited
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
            break;
        }
        lua_pop(L, 2);
        dd_lua_charge(L, 2);
    }
    lua_pushinteger(L, i);
    lua_replace(L, lua_upvalueindex(3));
    return 2;
}

// pairs(table) -> iterator
static int pairs_begin(lua_State* L)
{
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);

    // the keys as found; hidden fields of ours are not the guest's
    lua_createtable(L, (int)lua_rawlen(L, 1), 0);
    int n = 0;
    int64_t units = 0;
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        if (++units == 256) {
            dd_lua_charge(L, units * 2);
            units = 0;
        }
        if (lua_type(L, -1) != LUA_TLIGHTUSERDATA) {
            lua_pushvalue(L, -1);
            lua_rawseti(L, 2, ++n);
        }
    }
    dd_lua_charge(L, 10 + units * 2);

    bool sorted = true;
    for (int i = 1; sorted && i <= n; i++) {
        sorted = lua_rawgeti(L, 2, i) == LUA_TNUMBER && lua_isinteger(L, -1) &&
                 lua_tointeger(L, -1) == i;
        lua_pop(L, 1);
    }
    if (!sorted) {
        Key* keys = lua_newuserdatauv(L, (size_t)n * 2 * sizeof *keys, 0);
        int64_t log2n = 64 - __builtin_clzll((unsigned long long)n);
        dd_lua_charge(L, n * log2n * dd_lua_of(L)->weight);
        for (int i = 0; i < n; i++) {
            lua_rawgeti(L, 2, i + 1);
            keys[i] = key_of(L, -1, i + 1);
            lua_pop(L, 1);
        }
        merge_sort(keys, keys + n, n);
        lua_createtable(L, n, 0);
        for (int i = 0; i < n; i++) {
            lua_rawgeti(L, 2, keys[i].at);
            lua_rawseti(L, -2, i + 1);
        }
        lua_replace(L, 2);
    }
    lua_settop(L, 2);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, pairs_next, 3);
    return 1;
}

static int ipairs_next(lua_State* L)
{
    lua_Integer i = (lua_Integer)((lua_Unsigned)dd_lua_arg_integer(L, 2) + 1);
    lua_pushinteger(L, i);
    return lua_geti(L, 1, i) == LUA_TNIL ? 1 : 2;
}

// ipairs(table) -> iterator
static int ipairs_begin(lua_State* L)
{
    luaL_checkany(L, 1);
    lua_pushcfunction(L, ipairs_next);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

void dd_lua_open_pairs(lua_State* L)
{
    static const luaL_Reg k_functions[] = {
        {"pairs", pairs_begin}, {"ipairs", ipairs_begin}, {NULL, NULL}};
    lua_pushglobaltable(L);
    luaL_setfuncs(L, k_functions, 0);
    lua_pop(L, 1);
}
