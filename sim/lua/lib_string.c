// string: the functions of stock Lua with a charge by the byte and their own pattern matcher.
#include "sim/lua/internal.h"
#include "sim/lua/match.h"

#include <string.h>

static const char* check_string(lua_State* L, int arg, size_t* size)
{
    return luaL_checklstring(L, arg, size);
}

// a position counted from the end when negative; at least 1
static size_t first_position(lua_Integer at, size_t size)
{
    if (at > 0) {
        return (size_t)at;
    }
    return at == 0 || at < -(lua_Integer)size ? 1 : size + (size_t)(at + 1);
}

// the same for the last position: at most size, 0 when before the first
static size_t last_position(lua_Integer at, size_t size)
{
    if (at > (lua_Integer)size) {
        return size;
    }
    return at >= 0 ? (size_t)at : at < -(lua_Integer)size ? 0 : size + (size_t)(at + 1);
}

// string.len(s) -> integer
static int str_len(lua_State* L)
{
    size_t n;
    check_string(L, 1, &n);
    lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

// string.sub(s, i [, j]) -> string
static int str_sub(lua_State* L)
{
    size_t n;
    const char* s = check_string(L, 1, &n);
    size_t from = first_position(dd_lua_arg_integer(L, 2), n);
    size_t to = last_position(dd_lua_opt_integer(L, 3, -1), n);
    size_t size = from > to ? 0 : to - from + 1;
    dd_lua_charge_string(L, size);
    lua_pushlstring(L, size ? s + from - 1 : "", size);
    return 1;
}

typedef enum Change { CHANGE_LOWER, CHANGE_UPPER, CHANGE_REVERSE } Change;

static int change(lua_State* L, Change how)
{
    size_t n;
    const char* s = check_string(L, 1, &n);
    dd_lua_charge_string(L, n);
    dd_lua_charge(L, (int64_t)(n / 4));
    luaL_Buffer b;
    char* out = luaL_buffinitsize(L, &b, n);
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (how == CHANGE_REVERSE) {
            c = s[n - 1 - i];
        } else if (how == CHANGE_LOWER && c >= 'A' && c <= 'Z') {
            c = (char)(c + 32);
        } else if (how == CHANGE_UPPER && c >= 'a' && c <= 'z') {
            c = (char)(c - 32);
        }
        out[i] = c;
    }
    luaL_pushresultsize(&b, n);
    return 1;
}

// string.lower(s) -> string, of ASCII letters
static int str_lower(lua_State* L)
{
    return change(L, CHANGE_LOWER);
}

// string.upper(s) -> string, of ASCII letters
static int str_upper(lua_State* L)
{
    return change(L, CHANGE_UPPER);
}

// string.reverse(s) -> string
static int str_reverse(lua_State* L)
{
    return change(L, CHANGE_REVERSE);
}

// string.rep(s, n [, separator]) -> string
static int str_rep(lua_State* L)
{
    size_t n;
    size_t nsep = 0;
    const char* s = check_string(L, 1, &n);
    lua_Integer times = dd_lua_arg_integer(L, 2);
    const char* sep = lua_isnoneornil(L, 3) ? "" : check_string(L, 3, &nsep);
    dd_lua_charge(L, 1);
    if (times <= 0 || n + nsep == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    // too large to say: over the limit of one string anyway
    size_t most = (size_t)k_string_max / (n + nsep) + 1;
    size_t total = (size_t)times > most ? (size_t)k_string_max + 1
                                        : (size_t)times * n + (size_t)(times - 1) * nsep;
    dd_lua_charge_string(L, total);
    dd_lua_charge(L, times);
    luaL_Buffer b;
    char* out = luaL_buffinitsize(L, &b, total);
    for (lua_Integer i = 0; i < times; i++) {
        memcpy(out, s, n);
        out += n;
        if (i + 1 < times) {
            memcpy(out, sep, nsep);
            out += nsep;
        }
    }
    luaL_pushresultsize(&b, total);
    return 1;
}

// string.byte(s [, i [, j]]) -> integers
static int str_byte(lua_State* L)
{
    size_t n;
    const char* s = check_string(L, 1, &n);
    lua_Integer at = dd_lua_opt_integer(L, 2, 1);
    size_t from = first_position(at, n);
    size_t to = last_position(dd_lua_opt_integer(L, 3, (lua_Integer)from), n);
    if (from > to) {
        return 0;
    }
    if (to - from + 1 > k_unpack_max) {
        return luaL_error(L, "string.byte: more than %d results at once", k_unpack_max);
    }
    int count = (int)(to - from) + 1;
    dd_lua_charge(L, count);
    luaL_checkstack(L, count, "too many results");
    for (int i = 0; i < count; i++) {
        lua_pushinteger(L, (unsigned char)s[from - 1 + (size_t)i]);
    }
    return count;
}

// string.char(...) -> string
static int str_char(lua_State* L)
{
    int n = lua_gettop(L);
    dd_lua_charge_string(L, (size_t)n);
    luaL_Buffer b;
    char* out = luaL_buffinitsize(L, &b, (size_t)n);
    for (int i = 1; i <= n; i++) {
        lua_Integer c = dd_lua_arg_integer(L, i);
        luaL_argcheck(L, c >= 0 && c <= 255, i, "value out of range");
        out[i - 1] = (char)(unsigned char)c;
    }
    luaL_pushresultsize(&b, (size_t)n);
    return 1;
}

// ---- patterns ----

static void match_begin(DdMatch* m, lua_State* L, const char* s, size_t n, const char* p, size_t np)
{
    m->L = L;
    m->s = (const unsigned char*)s;
    m->n = n;
    m->p = (const unsigned char*)p;
    m->np = np;
    m->steps = 0;
    m->ncapture = 0;
}

static bool take_anchor(DdMatch* m)
{
    bool anchor = m->np > 0 && m->p[0] == '^';
    m->p += anchor;
    m->np -= anchor;
    return anchor;
}

static int find_or_match(lua_State* L, bool find)
{
    size_t n;
    size_t np;
    const char* s = check_string(L, 1, &n);
    const char* p = check_string(L, 2, &np);
    size_t at = first_position(dd_lua_opt_integer(L, 3, 1), n) - 1;
    dd_lua_charge(L, 10);
    if (at > n) {
        lua_pushnil(L);
        return 1;
    }

    // without anything special, or when told so: a plain search in linear time
    bool plain = find && (lua_toboolean(L, 4) || (strcspn(p, "^$*+?.([%-") == np));
    if (plain) {
        dd_lua_charge(L, (int64_t)((n - at + np) / 4));
        const char* found = np == 0 ? s + at : memmem(s + at, n - at, p, np);
        if (!found) {
            lua_pushnil(L);
            return 1;
        }
        lua_pushinteger(L, found - s + 1);
        lua_pushinteger(L, found - s + (lua_Integer)np);
        return 2;
    }
    DdMatch m;
    match_begin(&m, L, s, n, p, np);
    bool anchor = take_anchor(&m);
    for (; at <= n; at++) {
        size_t end = dd_match_at(&m, at);
        if (end != DD_NO_MATCH) {
            dd_match_finish(&m);
            if (!find) {
                return dd_match_push_all(&m, at, end);
            }
            lua_pushinteger(L, (lua_Integer)at + 1);
            lua_pushinteger(L, (lua_Integer)end);
            return 2 + dd_match_push_all(&m, DD_NO_MATCH, 0);
        }
        if (anchor) {
            break;
        }
    }
    dd_match_finish(&m);
    lua_pushnil(L);
    return 1;
}

// string.find(s, pattern [, init [, plain]]) -> first, last, captures... or nil
static int str_find(lua_State* L)
{
    return find_or_match(L, true);
}

// string.match(s, pattern [, init]) -> captures, or the match, or nil
static int str_match(lua_State* L)
{
    return find_or_match(L, false);
}

// upvalues: subject, pattern, where to go on, end of the last match (-1: none)
static int gmatch_next(lua_State* L)
{
    size_t n;
    size_t np;
    const char* s = lua_tolstring(L, lua_upvalueindex(1), &n);
    const char* p = lua_tolstring(L, lua_upvalueindex(2), &np);
    size_t last = (size_t)lua_tointeger(L, lua_upvalueindex(4));
    DdMatch m;
    match_begin(&m, L, s, n, p, np);
    for (size_t at = (size_t)lua_tointeger(L, lua_upvalueindex(3)); at <= n; at++) {
        size_t end = dd_match_at(&m, at);
        if (end != DD_NO_MATCH && end != last) {
            dd_match_finish(&m);
            lua_pushinteger(L, (lua_Integer)end);
            lua_copy(L, -1, lua_upvalueindex(3));
            lua_replace(L, lua_upvalueindex(4));
            return dd_match_push_all(&m, at, end);
        }
    }
    dd_match_finish(&m);
    lua_pushinteger(L, (lua_Integer)n + 1);
    lua_replace(L, lua_upvalueindex(3));
    return 0;
}

// string.gmatch(s, pattern [, init]) -> iterator over the matches
static int str_gmatch(lua_State* L)
{
    size_t n;
    check_string(L, 1, &n);
    check_string(L, 2, NULL);
    size_t at = first_position(dd_lua_opt_integer(L, 3, 1), n) - 1;
    dd_lua_charge(L, 10);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(at > n ? n + 1 : at));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, gmatch_next, 4);
    return 1;
}

// appends the text of a replacement string, with its %0 .. %9
static void add_template(DdMatch* m, luaL_Buffer* b, size_t from, size_t to, const char* r,
                         size_t n)
{
    lua_State* L = m->L;
    while (n > 0) {
        const char* percent = memchr(r, '%', n);
        size_t plain = percent ? (size_t)(percent - r) : n;
        dd_lua_add(L, b, r, plain);
        if (!percent) {
            return;
        }
        r += plain + 1;
        n -= plain + 1;
        char c = n > 0 ? *r : '\0';
        if (c == '%') {
            dd_lua_add(L, b, "%", 1);
        } else if (c == '0') {
            dd_lua_add(L, b, (const char*)m->s + from, to - from);
        } else if (c >= '1' && c <= '9') {
            dd_match_push(m, c - '1', from, to);
            // a position is a number; its text takes the place of it
            size_t size;
            const char* text = lua_tolstring(L, -1, &size);
            dd_lua_charge_string(L, luaL_bufflen(b) + size);
            (void)text;
            luaL_addvalue(b);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
        r++;
        n--;
    }
}

// appends what stands for the match; false when it stays as it is
static bool add_replacement(DdMatch* m, luaL_Buffer* b, size_t from, size_t to, int type)
{
    lua_State* L = m->L;
    if (type == LUA_TSTRING) {
        size_t n;
        const char* r = lua_tolstring(L, 3, &n);
        add_template(m, b, from, to, r, n);
        return true;
    }
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        int n = dd_match_push_all(m, from, to);
        lua_call(L, n, 1);
    } else {
        dd_match_push(m, 0, from, to);
        lua_gettable(L, 3);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        dd_lua_add(L, b, (const char*)m->s + from, to - from);
        return false;
    }
    if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
    size_t size;
    lua_tolstring(L, -1, &size);
    dd_lua_charge_string(L, luaL_bufflen(b) + size);
    luaL_addvalue(b);
    return true;
}

// string.gsub(s, pattern, replacement [, max]) -> string, number of matches
static int str_gsub(lua_State* L)
{
    size_t n;
    size_t np;
    const char* s = check_string(L, 1, &n);
    const char* p = check_string(L, 2, &np);
    int type = lua_type(L, 3);
    if (type == LUA_TNUMBER) {
        lua_tostring(L, 3);
        type = LUA_TSTRING;
    }
    if (type != LUA_TSTRING && type != LUA_TTABLE && type != LUA_TFUNCTION) {
        luaL_typeerror(L, 3, "string/function/table");
    }
    lua_Integer most = dd_lua_opt_integer(L, 4, (lua_Integer)n + 1);
    dd_lua_charge(L, 20);
    lua_settop(L, 3);

    DdMatch m;
    match_begin(&m, L, s, n, p, np);
    bool anchor = take_anchor(&m);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    size_t at = 0;
    size_t last = DD_NO_MATCH;
    lua_Integer count = 0;
    while (count < most) {
        size_t end = dd_match_at(&m, at);
        if (end != DD_NO_MATCH && end != last) {
            count++;
            dd_lua_charge(L, 5);
            add_replacement(&m, &b, at, end, type);
            at = last = end;
        } else if (at < n) {
            luaL_addchar(&b, s[at]);
            at++;
        } else {
            break;
        }
        if (anchor) {
            break;
        }
    }
    dd_match_finish(&m);
    if (at < n) {
        dd_lua_add(L, &b, s + at, n - at);
    }
    dd_lua_charge_string(L, luaL_bufflen(&b));
    luaL_pushresult(&b);
    lua_pushinteger(L, count);
    return 2;
}

void dd_lua_open_string(lua_State* L)
{
    static const luaL_Reg k_functions[] = {
        {"len", str_len},     {"sub", str_sub},         {"lower", str_lower},
        {"upper", str_upper}, {"reverse", str_reverse}, {"rep", str_rep},
        {"byte", str_byte},   {"char", str_char},       {"find", str_find},
        {"match", str_match}, {"gmatch", str_gmatch},   {"gsub", str_gsub},
        {NULL, NULL},
    };
    luaL_newlib(L, k_functions);
    dd_lua_open_format(L);

    // s:upper() and the like
    lua_pushliteral(L, "");
    lua_newtable(L);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "string");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    lua_setglobal(L, "string");
}
