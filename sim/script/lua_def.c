// Defs from Lua: reads a table by its field table and words what is wrong with it.
#include "sim/script/lua_def.h"

#include <math.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/script/handle.h"

typedef struct Reader {
    lua_State* L;
    int table;
    const DdLuaRead* how;
    const DdField* fields;
} Reader;

void dd_lua_value_text(lua_State* L, int index, char* out, size_t size)
{
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        snprintf(out, size, "%.14g", lua_tonumber(L, index));
        return;
    case LUA_TSTRING:
        snprintf(out, size, "'%.60s'", lua_tostring(L, index));
        return;
    case LUA_TBOOLEAN:
        snprintf(out, size, "%s", lua_toboolean(L, index) ? "true" : "false");
        return;
    case LUA_TNIL:
    case LUA_TNONE:
        snprintf(out, size, "nothing");
        return;
    case LUA_TUSERDATA: {
        int top = lua_gettop(L);
        bool named = luaL_getmetafield(L, index, "__name") == LUA_TSTRING;
        snprintf(out, size, "a %s", named ? lua_tostring(L, -1) : "handle");
        lua_settop(L, top);
        return;
    }
    default:
        snprintf(out, size, "a %s", luaL_typename(L, index));
    }
}

int dd_lua_raw_field(lua_State* L, int index, const char* name)
{
    index = lua_absindex(L, index);
    lua_pushstring(L, name);
    return lua_rawget(L, index);
}

void dd_lua_suggest(const char* name, const char* const* names, int n, char out[DD_NAME_MAX + 32])
{
    const char* near = dd_nearest_name(name, names, n);
    out[0] = '\0';
    if (near) {
        snprintf(out, DD_NAME_MAX + 32, ", did you mean '%s'?", near);
    }
}

static int compare_keys(const void* a, const void* b)
{
    return strcmp(a, b);
}

DdKey* dd_lua_sorted_keys(lua_State* L, int index, int* n, int* other)
{
    index = lua_absindex(L, index);
    *n = 0;
    *other = 0;
    int all = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        all++;
    }
    DdKey* keys = lua_newuserdatauv(L, (size_t)(all + 1) * sizeof *keys, 0);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        size_t size;
        const char* key = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &size) : NULL;
        if (!key || size >= DD_NAME_MAX || strlen(key) != size || size == 0 ||
            !dd_text_is_utf8(key)) {
            ++*other;
            continue;
        }
        memcpy(keys[*n], key, size + 1);
        ++*n;
    }
    qsort(keys, (size_t)*n, sizeof *keys, compare_keys);
    return keys;
}

// one value

static const char* field_where(const Reader* r, const char* name, char out[2 * DD_NAME_MAX])
{
    const char* where = r->how->where ? r->how->where : "";
    snprintf(out, 2 * DD_NAME_MAX, "%s%s%s", where, *where ? "." : "", name);
    return out;
}

static bool wrong(const Reader* r, const DdField* f, const char* expected)
{
    char got[128], where[2 * DD_NAME_MAX];
    dd_lua_value_text(r->L, -1, got, sizeof got);
    dd_mistake(r->how->mistakes, r->how->source, field_where(r, f->name, where),
               "%s: %s must be %s, got %s", r->how->what, f->name, expected, got);
    return false;
}

static bool pass_on(const Reader* r, const char* field, const DdError* err)
{
    char where[2 * DD_NAME_MAX];
    dd_mistake_error(r->how->mistakes, r->how->source, field_where(r, field, where), err);
    return false;
}

// The value on top of the stack: a number, or a distribution where the caller can draw.
static bool read_number(const Reader* r, const DdField* f, double* out)
{
    const DdDist* dist = dd_dist_test(r->L, -1);
    if (dist && r->how->draw && dd_dist_type(dist) == DD_VALUE_NUMBER) {
        DdError err;
        dd_error_clear(&err);
        return r->how->draw(r->how->user, f->name, dist, out, &err) || pass_on(r, f->name, &err);
    }
    if (lua_type(r->L, -1) != LUA_TNUMBER) {
        return wrong(r, f, "a number");
    }
    *out = lua_tonumber(r->L, -1);
    return true;
}

// A list of numbers on top of the stack; -1 when it is none, or longer than max.
static int read_list(lua_State* L, double* out, int max)
{
    if (lua_type(L, -1) != LUA_TTABLE) {
        return -1;
    }
    lua_Unsigned n = lua_rawlen(L, -1);
    if (n > (lua_Unsigned)max) {
        return -1;
    }
    for (int i = 0; i < (int)n; i++) {
        lua_rawgeti(L, -1, i + 1);
        bool number = lua_type(L, -1) == LUA_TNUMBER;
        out[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
        if (!number) {
            return -1;
        }
    }
    return (int)n;
}

static bool read_vector(const Reader* r, const DdField* f, double* out, int n, const char* expected)
{
    double v[4];
    if (read_list(r->L, v, n) != n) {
        return wrong(r, f, expected);
    }
    memcpy(out, v, (size_t)n * sizeof *v);
    return true;
}

static bool read_rgba(const Reader* r, const DdField* f, double* out)
{
    double v[4] = {0, 0, 0, 1};
    int n = read_list(r->L, v, 4);
    if (n != 3 && n != 4) {
        return wrong(r, f, "a colour {red, green, blue} or {red, green, blue, alpha}");
    }
    memcpy(out, v, sizeof v);
    return true;
}

static bool read_quat(const Reader* r, const DdField* f, double* out)
{
    if (!read_vector(r, f, out, 4, "a quaternion {w, x, y, z}")) {
        return false;
    }
    double norm = sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2] + out[3] * out[3]);
    if (!(norm > 1e-9) || !isfinite(norm)) {
        return wrong(r, f, "a quaternion {w, x, y, z} that is not zero");
    }
    for (int i = 0; i < 4; i++) {
        out[i] /= norm;
    }
    return true;
}

static bool read_enum(const Reader* r, const DdField* f, int* out)
{
    char expected[512] = "one of ";
    const char* text = lua_type(r->L, -1) == LUA_TSTRING ? lua_tostring(r->L, -1) : "";
    for (int i = 0; f->names[i]; i++) {
        if (strcmp(f->names[i], text) == 0) {
            *out = i;
            return true;
        }
        size_t used = strlen(expected);
        snprintf(expected + used, sizeof expected - used, "%s%s", i ? ", " : "", f->names[i]);
    }
    return wrong(r, f, expected);
}

static bool read_text(const Reader* r, const DdField* f, char* out, size_t size)
{
    if (lua_type(r->L, -1) != LUA_TSTRING) {
        return wrong(r, f, "a string");
    }
    size_t n;
    const char* text = lua_tolstring(r->L, -1, &n);
    if (n >= size || strlen(text) != n) {
        char expected[64];
        snprintf(expected, sizeof expected, "text of at most %zu bytes", size - 1);
        return wrong(r, f, expected);
    }
    memcpy(out, text, n + 1);
    return true;
}

static bool read_ref(const Reader* r, const DdField* f, char* out)
{
    DdError err;
    dd_error_clear(&err);
    if (dd_handle_test(r->L, -1)) {
        return dd_handle_ref(r->L, -1, out, &err) || pass_on(r, f->name, &err);
    }
    if (lua_type(r->L, -1) != LUA_TSTRING) {
        return wrong(r, f, "a thing or frame, or its name");
    }
    return read_text(r, f, out, DD_NAME_MAX);
}

static bool read_names(const Reader* r, const DdField* f, DdNames* out)
{
    const char* k_expected = "a list of names";
    out->n = 0;
    if (lua_type(r->L, -1) == LUA_TSTRING) {
        out->n = 1;
        return read_text(r, f, out->v[0], DD_NAME_MAX);
    }
    if (lua_type(r->L, -1) != LUA_TTABLE) {
        return wrong(r, f, k_expected);
    }
    lua_Unsigned n = lua_rawlen(r->L, -1);
    if (n > DD_NAMES_MAX) {
        return wrong(r, f, "a list of at most 64 names");
    }
    for (int i = 0; i < (int)n; i++) {
        lua_rawgeti(r->L, -1, i + 1);
        bool fine = dd_handle_test(r->L, -1) || lua_type(r->L, -1) == LUA_TSTRING;
        fine = fine ? read_ref(r, f, out->v[i]) : wrong(r, f, k_expected);
        lua_pop(r->L, 1);
        if (!fine) {
            return false;
        }
    }
    out->n = (int)n;
    return true;
}

static bool read_point(const Reader* r, const DdField* f, double out[3])
{
    if (dd_handle_test(r->L, -1) && r->how->locate) {
        char ref[DD_NAME_MAX];
        DdError err;
        dd_error_clear(&err);
        bool fine =
            dd_handle_ref(r->L, -1, ref, &err) && r->how->locate(r->how->user, ref, out, &err);
        return fine || pass_on(r, f->name, &err);
    }
    double v[3] = {0, 0, 0};
    int n = read_list(r->L, v, 3);
    if (n != 2 && n != 3) {
        return wrong(r, f, "a list of points {x, y, z} or frames");
    }
    memcpy(out, v, sizeof v);
    return true;
}

static bool read_points(const Reader* r, const DdField* f, DdPoints* out)
{
    out->n = 0;
    if (lua_type(r->L, -1) != LUA_TTABLE || lua_rawlen(r->L, -1) > DD_POINTS_MAX) {
        return wrong(r, f, "a list of at most 64 points {x, y, z} or frames");
    }
    int n = (int)lua_rawlen(r->L, -1);
    for (int i = 0; i < n; i++) {
        lua_rawgeti(r->L, -1, i + 1);
        bool fine = read_point(r, f, out->v[i]);
        lua_pop(r->L, 1);
        if (!fine) {
            return false;
        }
    }
    out->n = n;
    return true;
}

static bool read_value(const Reader* r, const DdField* f, void* member)
{
    switch (f->kind) {
    case DD_FIELD_NUMBER:
        return read_number(r, f, member);
    case DD_FIELD_INT: {
        double x;
        if (!read_number(r, f, &x)) {
            return false;
        }
        if (x != floor(x) || fabs(x) > 2147483647.0) {
            return wrong(r, f, "a whole number");
        }
        *(int*)member = (int)x;
        return true;
    }
    case DD_FIELD_BOOL:
        if (lua_type(r->L, -1) != LUA_TBOOLEAN) {
            return wrong(r, f, "true or false");
        }
        *(bool*)member = lua_toboolean(r->L, -1);
        return true;
    case DD_FIELD_STRING:
        return read_text(r, f, member, DD_NAME_MAX);
    case DD_FIELD_TEXT:
        return read_text(r, f, member, DD_PATH_MAX);
    case DD_FIELD_ENUM:
        return read_enum(r, f, member);
    case DD_FIELD_VEC2:
        return read_vector(r, f, member, 2, "two numbers {x, y}");
    case DD_FIELD_VEC3:
        return read_vector(r, f, member, 3, "three numbers {x, y, z}");
    case DD_FIELD_QUAT:
        return read_quat(r, f, member);
    case DD_FIELD_RGBA:
        return read_rgba(r, f, member);
    case DD_FIELD_NUMBERS: {
        DdNumbers* numbers = member;
        if (lua_type(r->L, -1) == LUA_TNUMBER) {
            numbers->n = 1;
            numbers->v[0] = lua_tonumber(r->L, -1);
            return true;
        }
        int n = read_list(r->L, numbers->v, DD_NUMBERS_MAX);
        numbers->n = n > 0 ? n : 0;
        return n >= 0 || wrong(r, f, "a list of at most 64 numbers");
    }
    case DD_FIELD_NAMES:
        return read_names(r, f, member);
    case DD_FIELD_POINTS:
        return read_points(r, f, member);
    case DD_FIELD_REF:
        return read_ref(r, f, member);
    case DD_FIELD_END:
        break;
    }
    return true;
}

// the table

static bool listed(const char* const* names, const char* name)
{
    for (; names && *names; names++) {
        if (strcmp(*names, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool counts(const DdLuaRead* how, const char* name)
{
    return !how->only || listed(how->only, name);
}

// Names that are neither fields nor the caller's own.
static bool check_names(const Reader* r)
{
    const char* all[256];
    int nall = 0;
    for (const DdField* f = r->fields; f->name && nall < 200; f++) {
        if (counts(r->how, f->name)) {
            all[nall++] = f->name;
        }
    }
    for (const char* const* extra = r->how->extra; extra && *extra && nall < 256; extra++) {
        all[nall++] = *extra;
    }

    bool fine = true;
    int n, other;
    DdKey* keys = dd_lua_sorted_keys(r->L, r->table, &n, &other);
    for (int i = 0; i < n; i++) {
        bool known = false;
        for (int k = 0; k < nall && !known; k++) {
            known = strcmp(all[k], keys[i]) == 0;
        }
        if (!known) {
            char near[DD_NAME_MAX + 32], where[2 * DD_NAME_MAX];
            dd_lua_suggest(keys[i], all, nall, near);
            dd_mistake(r->how->mistakes, r->how->source, field_where(r, keys[i], where),
                       "%s: no field named '%s'%s", r->how->what, keys[i], near);
            fine = false;
        }
    }
    for (int i = 1; i <= r->how->npositional; i++) {
        lua_rawgeti(r->L, r->table, i);
        other -= !lua_isnil(r->L, -1);
        lua_pop(r->L, 1);
    }
    if (other > 0) {
        dd_mistake(r->how->mistakes, r->how->source, r->how->where ? r->how->where : "",
                   "%s: fields are written name = value, but %d %s no name", r->how->what, other,
                   other == 1 ? "entry has" : "entries have");
        fine = false;
    }
    lua_pop(r->L, 1); // the keys
    return fine;
}

bool dd_lua_read_def(lua_State* L, int index, const DdLuaRead* how, const DdField* fields,
                     void* def, bool* given)
{
    Reader r = {L, lua_absindex(L, index), how, fields};
    luaL_checkstack(L, 12, NULL);
    bool fine = check_names(&r);

    for (const DdField* f = fields; f->name; f++) {
        if (given) {
            given[f - fields] = false;
        }
        if (!counts(how, f->name) || listed(how->extra, f->name)) {
            continue;
        }
        lua_pushstring(L, f->name);
        if (lua_rawget(L, r.table) == LUA_TNIL) {
            lua_pop(L, 1);
            if (f->flags & DD_REQUIRED) {
                dd_mistake(how->mistakes, how->source, how->where ? how->where : "",
                           "%s: field '%s' is missing%s%s", how->what, f->name, f->doc ? ": " : "",
                           f->doc ? f->doc : "");
                fine = false;
            }
            continue;
        }
        if (given) {
            given[f - fields] = true;
        }
        bool good = read_value(&r, f, (char*)def + f->offset);
        lua_pop(L, 1);
        if (good) {
            DdError err;
            dd_error_clear(&err);
            if (!dd_field_check(f, def, how->what, DD_ERROR_SCRIPT, &err)) {
                good = pass_on(&r, f->name, &err);
            }
        }
        fine = fine && good;
    }
    return fine;
}
