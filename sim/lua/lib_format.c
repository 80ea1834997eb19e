// string.format, with every field bounded and no addresses.
#include "sim/lua/internal.h"

#include <math.h>
#include <string.h>

enum { k_spec_max = 16, k_field_max = 512 };

// One field: "%-8.3f" without its conversion, and how wide it can get.
typedef struct Spec {
    char text[k_spec_max];
    size_t n;
    int precision; // -1: not given
} Spec;

// reads flags, width and precision at *at; the conversion stays
static Spec read_spec(lua_State* L, const char** at, const char* end)
{
    Spec spec = {.text = "%", .n = 1, .precision = -1};
    const char* c = *at;
    int flags = 0;
    while (c < end && *c && strchr("-+ #0", *c)) {
        if (++flags > 5) {
            luaL_error(L, "invalid format (repeated flags)");
        }
        spec.text[spec.n++] = *c++;
    }
    for (int part = 0; part < 2; part++) {
        if (part == 1) {
            if (c >= end || *c != '.') {
                break;
            }
            spec.text[spec.n++] = *c++;
            spec.precision = 0;
        }
        for (int digits = 0; c < end && *c >= '0' && *c <= '9'; digits++) {
            if (digits == 2) {
                luaL_error(L, "invalid format (width or precision too long)");
            }
            if (part == 1) {
                spec.precision = spec.precision * 10 + (*c - '0');
            }
            spec.text[spec.n++] = *c++;
        }
    }
    *at = c;
    return spec;
}

static void put_spec(Spec* spec, const char* ending)
{
    memcpy(spec->text + spec->n, ending, strlen(ending) + 1);
}

// the format comes from the guest, yet only in the shape read_spec let through
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_number(lua_State* L, luaL_Buffer* b, Spec* spec, char conversion, int arg)
{
    char out[k_field_max];
    int n;
    char ending[4] = {conversion, '\0'};
    if (strchr("aAeEfFgG", conversion)) {
        put_spec(spec, ending);
        double v = dd_lua_arg_number(L, arg);
        n = snprintf(out, sizeof out, spec->text, isnan(v) ? (double)NAN : v);
    } else if (conversion == 'c') {
        put_spec(spec, ending);
        n = snprintf(out, sizeof out, spec->text, (int)(unsigned char)dd_lua_arg_integer(L, arg));
    } else {
        // d i x X o, of 64 bits
        char wide[4] = {'l', 'l', conversion, '\0'};
        put_spec(spec, wide);
        n = snprintf(out, sizeof out, spec->text, (long long)dd_lua_arg_integer(L, arg));
    }
    DD_ASSERT(n >= 0 && n < k_field_max);
    dd_lua_charge(L, 20 + n);
    dd_lua_add(L, b, out, (size_t)n);
}

static void add_text(lua_State* L, luaL_Buffer* b, Spec* spec, int arg)
{
    size_t n;
    const char* s = dd_lua_to_text(L, arg, &n);
    if (spec->n == 1) {
        // as it is, with any zero bytes and at any length
        dd_lua_charge_string(L, luaL_bufflen(b) + n);
        luaL_addvalue(b);
        return;
    }
    luaL_argcheck(L, n == strlen(s), arg, "string contains zeros");
    if (spec->precision < 0 && n >= 100) {
        // wider than any width
        dd_lua_charge_string(L, luaL_bufflen(b) + n);
        luaL_addvalue(b);
        return;
    }
    put_spec(spec, "s");
    char out[k_field_max];
    int wrote = snprintf(out, sizeof out, spec->text, s);
    lua_pop(L, 1);
    DD_ASSERT(wrote >= 0 && wrote < k_field_max);
    dd_lua_add(L, b, out, (size_t)wrote);
}
#pragma GCC diagnostic pop

// %q: a value as Lua source
static void add_quoted(lua_State* L, luaL_Buffer* b, int arg)
{
    char out[64];
    switch (lua_type(L, arg)) {
    case LUA_TSTRING: {
        size_t n;
        const char* s = lua_tolstring(L, arg, &n);
        dd_lua_charge(L, (int64_t)n);
        dd_lua_add(L, b, "\"", 1);
        for (size_t i = 0; i < n; i++) {
            unsigned char c = (unsigned char)s[i];
            if (c == '"' || c == '\\' || c == '\n') {
                luaL_addchar(b, '\\');
                luaL_addchar(b, s[i]);
            } else if (c < 32 || c == 127) {
                bool digit = i + 1 < n && s[i + 1] >= '0' && s[i + 1] <= '9';
                snprintf(out, sizeof out, digit ? "\\%03d" : "\\%d", c);
                luaL_addstring(b, out);
            } else {
                luaL_addchar(b, s[i]);
            }
        }
        dd_lua_add(L, b, "\"", 1);
        return;
    }
    case LUA_TNUMBER:
        if (lua_isinteger(L, arg)) {
            lua_Integer v = lua_tointeger(L, arg);
            snprintf(out, sizeof out, v == LUA_MININTEGER ? "0x%llx" : "%lld", (long long)v);
        } else {
            double v = lua_tonumber(L, arg);
            snprintf(out, sizeof out, "%s", isnan(v) ? "(0/0)" : v > 0 ? "1e9999" : "-1e9999");
            if (isfinite(v)) {
                snprintf(out, sizeof out, "%a", v);
            }
        }
        dd_lua_add(L, b, out, strlen(out));
        return;
    case LUA_TNIL:
        dd_lua_add(L, b, "nil", 3);
        return;
    case LUA_TBOOLEAN:
        dd_lua_add(L, b, lua_toboolean(L, arg) ? "true" : "false", lua_toboolean(L, arg) ? 4 : 5);
        return;
    default:
        luaL_argerror(L, arg, "value has no literal form");
    }
}

// string.format(format, ...) -> string
static int str_format(lua_State* L)
{
    size_t n;
    const char* at = luaL_checklstring(L, 1, &n);
    const char* end = at + n;
    int narg = lua_gettop(L);
    int arg = 1;
    dd_lua_charge(L, 10);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    while (at < end) {
        const char* percent = memchr(at, '%', (size_t)(end - at));
        size_t plain = (size_t)((percent ? percent : end) - at);
        dd_lua_add(L, &b, at, plain);
        at += plain;
        if (!percent) {
            break;
        }
        at++;
        if (at < end && *at == '%') {
            dd_lua_add(L, &b, "%", 1);
            at++;
            continue;
        }
        Spec spec = read_spec(L, &at, end);
        char conversion = at < end ? *at++ : '\0';
        if (++arg > narg) {
            return luaL_argerror(L, arg, "no value");
        }
        if (conversion == 's') {
            add_text(L, &b, &spec, arg);
        } else if (conversion == 'q') {
            if (spec.n > 1) {
                return luaL_error(L, "specifier '%%q' cannot have modifiers");
            }
            add_quoted(L, &b, arg);
        } else if (conversion && strchr("aAeEfFgGcdixXo", conversion)) {
            add_number(L, &b, &spec, conversion, arg);
        } else if (conversion == 'p') {
            return luaL_error(L, "string.format: '%%p' is refused: addresses differ in every run");
        } else {
            return luaL_error(L, "invalid conversion '%s%c' to 'format'", spec.text,
                              conversion ? conversion : ' ');
        }
    }
    dd_lua_charge_string(L, luaL_bufflen(&b));
    luaL_pushresult(&b);
    return 1;
}

void dd_lua_open_format(lua_State* L)
{
    lua_pushcfunction(L, str_format);
    lua_setfield(L, -2, "format");
}
