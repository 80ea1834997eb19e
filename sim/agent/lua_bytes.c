// Bytes of pictures and clouds for Lua agents.
#include "sim/agent/lua_bytes.h"

#include <string.h>

static const char k_type[] = "Bytes";
enum { k_values_max = 4096, k_piece_max = 256 * 1024 };

typedef struct Bytes {
    DdBlob* blob; // kept; NULL: none
} Bytes;

static const Bytes* bytes_at(lua_State* L)
{
    return luaL_checkudata(L, 1, k_type);
}

static lua_Integer length_of(const Bytes* b)
{
    return b->blob ? (lua_Integer)b->blob->size : 0;
}

// A position as the string library has them: from 1, negative from the end.
static lua_Integer position(lua_State* L, int arg, lua_Integer length, lua_Integer otherwise)
{
    lua_Integer i = luaL_optinteger(L, arg, otherwise);
    return i >= 0 ? i : i < -length ? 0 : length + i + 1;
}

static int bytes_length(lua_State* L)
{
    lua_pushinteger(L, length_of(bytes_at(L)));
    return 1;
}

static int bytes_byte(lua_State* L)
{
    const Bytes* b = bytes_at(L);
    lua_Integer n = length_of(b);
    lua_Integer from = position(L, 2, n, 1);
    lua_Integer to = position(L, 3, n, from);
    from = from < 1 ? 1 : from;
    to = to > n ? n : to;
    if (from > to) {
        return 0;
    }
    if (to - from >= k_values_max) {
        return luaL_error(L, "byte: at most %d values at once", k_values_max);
    }
    int count = (int)(to - from + 1);
    dd_lua_charge(L, count);
    luaL_checkstack(L, count, "byte");
    for (int i = 0; i < count; i++) {
        lua_pushinteger(L, b->blob->bytes[from - 1 + i]);
    }
    return count;
}

static int bytes_sub(lua_State* L)
{
    const Bytes* b = bytes_at(L);
    lua_Integer n = length_of(b);
    lua_Integer from = position(L, 2, n, 1);
    lua_Integer to = position(L, 3, n, -1);
    from = from < 1 ? 1 : from;
    to = to > n ? n : to;
    if (from > to) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (to - from >= k_piece_max) {
        return luaL_error(L, "sub: at most %d bytes at once", k_piece_max);
    }
    dd_lua_charge(L, 1 + (to - from) / 16);
    lua_pushlstring(L, (const char*)b->blob->bytes + from - 1, (size_t)(to - from + 1));
    return 1;
}

// The bytes of a number at argument 2; NULL where it does not lie inside.
static const unsigned char* number_at(lua_State* L, lua_Integer size)
{
    const Bytes* b = bytes_at(L);
    lua_Integer i = luaL_checkinteger(L, 2);
    bool inside = i >= 1 && i <= length_of(b) - size + 1;
    return inside ? b->blob->bytes + i - 1 : NULL;
}

#define NUMBER(name, type, push)                                                                   \
    static int bytes_##name(lua_State* L)                                                          \
    {                                                                                              \
        type v;                                                                                    \
        const unsigned char* at = number_at(L, sizeof v);                                          \
        if (!at) {                                                                                 \
            lua_pushnil(L);                                                                        \
            return 1;                                                                              \
        }                                                                                          \
        memcpy(&v, at, sizeof v);                                                                  \
        push;                                                                                      \
        return 1;                                                                                  \
    }
NUMBER(u16, uint16_t, lua_pushinteger(L, v))
NUMBER(u32, uint32_t, lua_pushinteger(L, v))
NUMBER(f32, float, lua_pushnumber(L, (lua_Number)v))
NUMBER(f64, double, lua_pushnumber(L, v))
#undef NUMBER

static int bytes_gc(lua_State* L)
{
    Bytes* b = luaL_checkudata(L, 1, k_type);
    dd_blob_drop(b->blob);
    b->blob = NULL;
    return 0;
}

void dd_lua_bytes_push(lua_State* L)
{
    static const luaL_Reg k_methods[] = {
        {"byte", bytes_byte}, {"sub", bytes_sub}, {"u16", bytes_u16}, {"u32", bytes_u32},
        {"f32", bytes_f32},   {"f64", bytes_f64}, {NULL, NULL}};
    Bytes* b = lua_newuserdatauv(L, sizeof *b, 0);
    b->blob = NULL;
    if (luaL_newmetatable(L, k_type)) {
        luaL_newlib(L, k_methods);
        lua_setfield(L, -2, "__index");
        lua_pushcfunction(L, bytes_length);
        lua_setfield(L, -2, "__len");
        lua_pushcfunction(L, bytes_gc);
        lua_setfield(L, -2, "__gc");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_setmetatable(L, -2);
}

void dd_lua_bytes_set(lua_State* L, int index, const DdBlob* blob)
{
    Bytes* b = lua_touserdata(L, index);
    DdBlob* kept = dd_blob_keep((DdBlob*)blob);
    dd_blob_drop(b->blob);
    b->blob = kept;
}
