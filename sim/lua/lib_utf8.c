// utf8: the functions of stock Lua with a charge by the byte.
#include "sim/lua/internal.h"

#include <string.h>

#define BAD_CODE UINT32_MAX

static bool continues(const char* s)
{
    return ((unsigned char)*s & 0xc0) == 0x80;
}

// the character at s (before end): its code and, in *size, its bytes; BAD_CODE when it is none
static uint32_t decode(const char* s, const char* end, bool lax, int* size)
{
    unsigned char c = (unsigned char)*s;
    *size = 1;
    if (c < 0x80) {
        return c;
    }
    // the number of leading ones is the number of bytes
    int n = c >= 0xfe   ? 0
            : c >= 0xfc ? 6
            : c >= 0xf8 ? 5
            : c >= 0xf0 ? 4
            : c >= 0xe0 ? 3
            : c >= 0xc0 ? 2
                        : 0;
    if (n == 0 || end - s < n) {
        return BAD_CODE;
    }
    uint32_t code = c & (0x7fu >> n);
    for (int i = 1; i < n; i++) {
        if (!continues(s + i)) {
            return BAD_CODE;
        }
        code = code << 6 | ((unsigned char)s[i] & 0x3fu);
    }
    static const uint32_t k_least[] = {0, 0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000};
    if (code < k_least[n] || (!lax && (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)))) {
        return BAD_CODE;
    }
    *size = n;
    return code;
}

static int encode(uint32_t code, char out[8])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    int n = code < 0x800 ? 2 : code < 0x10000 ? 3 : code < 0x200000 ? 4 : code < 0x4000000 ? 5 : 6;
    for (int i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)((0xff00u >> n & 0xff) | code);
    return n;
}

// a position from the end when negative; 0 when before the first
static lua_Integer position(lua_Integer at, size_t size)
{
    return at >= 0 ? at : (size_t)0 - (size_t)at > size ? 0 : (lua_Integer)size + at + 1;
}

// utf8.char(...) -> string
static int utf_char(lua_State* L)
{
    int n = lua_gettop(L);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (int i = 1; i <= n; i++) {
        lua_Integer code = dd_lua_arg_integer(L, i);
        luaL_argcheck(L, code >= 0 && code <= 0x7fffffff, i, "value out of range");
        char out[8];
        dd_lua_add(L, &b, out, (size_t)encode((uint32_t)code, out));
    }
    luaL_pushresult(&b);
    return 1;
}

// utf8.len(s [, i [, j [, lax]]]) -> number of characters, or nil and the first bad byte
static int utf_len(lua_State* L)
{
    size_t n;
    const char* s = luaL_checklstring(L, 1, &n);
    lua_Integer i = position(dd_lua_opt_integer(L, 2, 1), n);
    lua_Integer j = position(dd_lua_opt_integer(L, 3, -1), n);
    bool lax = lua_toboolean(L, 4);
    luaL_argcheck(L, i >= 1 && i - 1 <= (lua_Integer)n, 2, "initial position out of bounds");
    luaL_argcheck(L, j <= (lua_Integer)n, 3, "final position out of bounds");
    dd_lua_charge(L, 1 + (int64_t)n / 2);
    lua_Integer count = 0;
    for (i--; i < j; count++) {
        int size;
        if (decode(s + i, s + n, lax, &size) == BAD_CODE) {
            lua_pushnil(L);
            lua_pushinteger(L, i + 1);
            return 2;
        }
        i += size;
    }
    lua_pushinteger(L, count);
    return 1;
}

// utf8.codepoint(s [, i [, j [, lax]]]) -> codes
static int utf_codepoint(lua_State* L)
{
    size_t n;
    const char* s = luaL_checklstring(L, 1, &n);
    lua_Integer i = position(dd_lua_opt_integer(L, 2, 1), n);
    lua_Integer j = position(dd_lua_opt_integer(L, 3, i), n);
    bool lax = lua_toboolean(L, 4);
    luaL_argcheck(L, i >= 1, 2, "out of bounds");
    luaL_argcheck(L, j <= (lua_Integer)n, 3, "out of bounds");
    if (i > j) {
        return 0;
    }
    if (j - i >= k_unpack_max) {
        return luaL_error(L, "utf8.codepoint: more than %d bytes at once", k_unpack_max);
    }
    dd_lua_charge(L, j - i + 1);
    luaL_checkstack(L, (int)(j - i) + 1, "string slice too long");
    int count = 0;
    for (i--; i < j; count++) {
        int size;
        uint32_t code = decode(s + i, s + n, lax, &size);
        if (code == BAD_CODE) {
            return luaL_error(L, "invalid UTF-8 code");
        }
        lua_pushinteger(L, code);
        i += size;
    }
    return count;
}

// utf8.offset(s, n [, i]) -> byte position of the n-th character from i on
static int utf_offset(lua_State* L)
{
    size_t len;
    const char* s = luaL_checklstring(L, 1, &len);
    lua_Integer n = dd_lua_arg_integer(L, 2);
    lua_Integer size = (lua_Integer)len;
    lua_Integer i = position(dd_lua_opt_integer(L, 3, n > 0 ? 1 : size + 1), len) - 1;
    luaL_argcheck(L, i >= 0 && i <= size, 3, "position out of bounds");
    dd_lua_charge(L, 1 + (int64_t)len / 2);
    if (n == 0) {
        while (i > 0 && continues(s + i)) {
            i--;
        }
        lua_pushinteger(L, i + 1);
        return 1;
    }
    if (i < size && continues(s + i)) {
        return luaL_error(L, "initial position is a continuation byte");
    }
    if (n < 0) {
        for (; n < 0 && i > 0; n++) {
            do {
                i--;
            } while (i > 0 && continues(s + i));
        }
    } else {
        for (n--; n > 0 && i < size; n--) {
            do {
                i++;
            } while (i < size && continues(s + i));
        }
    }
    if (n == 0) {
        lua_pushinteger(L, i + 1);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static int codes_next(lua_State* L)
{
    size_t n;
    const char* s = luaL_checklstring(L, 1, &n);
    bool lax = lua_toboolean(L, lua_upvalueindex(1));
    lua_Unsigned i = (lua_Unsigned)dd_lua_arg_integer(L, 2);
    // from the first byte of the last character to the next
    if (i > 0) {
        while (i < n && continues(s + i)) {
            i++;
        }
    }
    if (i >= n) {
        return 0;
    }
    int size;
    uint32_t code = decode(s + i, s + n, lax, &size);
    if (code == BAD_CODE || (i + (lua_Unsigned)size < n && continues(s + i + size))) {
        return luaL_error(L, "invalid UTF-8 code");
    }
    dd_lua_charge(L, 2);
    lua_pushinteger(L, (lua_Integer)i + 1);
    lua_pushinteger(L, code);
    return 2;
}

// utf8.codes(s [, lax]) -> iterator of position, code
static int utf_codes(lua_State* L)
{
    luaL_checkstring(L, 1);
    lua_pushboolean(L, lua_toboolean(L, 2));
    lua_pushcclosure(L, codes_next, 1);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

void dd_lua_open_utf8(lua_State* L)
{
    static const luaL_Reg k_functions[] = {
        {"char", utf_char},     {"len", utf_len},     {"codepoint", utf_codepoint},
        {"offset", utf_offset}, {"codes", utf_codes}, {NULL, NULL},
    };
    luaL_newlib(L, k_functions);
    lua_pushlstring(L, "[\0-\x7F\xC2-\xFD][\x80-\xBF]*", 14);
    lua_setfield(L, -2, "charpattern");
    lua_setglobal(L, "utf8");
}
