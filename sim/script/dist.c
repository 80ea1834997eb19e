// Distributions: uniform, uniform_int, normal, choice, constant; drawn from named streams.
#include "sim/script/dist.h"

#include <math.h>
#include <string.h>

#include "sim/base/math3.h"
#include "sim/base/text.h"
#include "sim/script/api_rows.h"

static const char k_dist_type[] = "drydock.distribution";

// values

bool dd_value_from_lua(lua_State* L, int index, DdValue* value)
{
    memset(value, 0, sizeof *value);
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        value->type = DD_VALUE_NUMBER;
        value->number = lua_tonumber(L, index);
        return true;
    case LUA_TBOOLEAN:
        value->type = DD_VALUE_BOOL;
        value->truth = lua_toboolean(L, index);
        return true;
    case LUA_TSTRING:
        value->type = DD_VALUE_STRING;
        snprintf(value->text, sizeof value->text, "%s", lua_tostring(L, index));
        return strlen(lua_tostring(L, index)) < sizeof value->text && dd_text_is_utf8(value->text);
    default:
        return false;
    }
}

void dd_value_push(lua_State* L, const DdValue* value)
{
    if (value->type == DD_VALUE_BOOL) {
        lua_pushboolean(L, value->truth);
    } else if (value->type == DD_VALUE_STRING) {
        lua_pushstring(L, value->text);
    } else if (value->number == floor(value->number) && fabs(value->number) < 9e15) {
        // whole numbers stay integers, so that they print and index as such
        lua_pushinteger(L, (lua_Integer)value->number);
    } else {
        lua_pushnumber(L, value->number);
    }
}

json_t* dd_value_json(const DdValue* value)
{
    switch (value->type) {
    case DD_VALUE_BOOL:
        return json_boolean(value->truth);
    case DD_VALUE_STRING:
        return json_string(value->text);
    default:
        return json_real(value->number);
    }
}

bool dd_value_from_json(const json_t* j, DdValue* value)
{
    memset(value, 0, sizeof *value);
    if (json_is_boolean(j)) {
        value->type = DD_VALUE_BOOL;
        value->truth = json_is_true(j);
    } else if (json_is_number(j)) {
        value->type = DD_VALUE_NUMBER;
        value->number = json_number_value(j);
    } else if (json_is_string(j) && json_string_length(j) < sizeof value->text) {
        value->type = DD_VALUE_STRING;
        snprintf(value->text, sizeof value->text, "%s", json_string_value(j));
    } else {
        return false;
    }
    return true;
}

const char* dd_value_type_name(DdValueType type)
{
    static const char* const k_names[] = {"a number", "true or false", "a string"};
    return k_names[type];
}

static bool value_equal(const DdValue* a, const DdValue* b)
{
    return a->type == b->type && a->number == b->number && a->truth == b->truth &&
           strcmp(a->text, b->text) == 0;
}

static void value_text(const DdValue* value, char* out, size_t size)
{
    if (value->type == DD_VALUE_BOOL) {
        snprintf(out, size, "%s", value->truth ? "true" : "false");
    } else if (value->type == DD_VALUE_STRING) {
        snprintf(out, size, "\"%s\"", value->text);
    } else {
        snprintf(out, size, "%g", value->number);
    }
}

// draws

DdValueType dd_dist_type(const DdDist* dist)
{
    bool listed = dist->kind == DD_DIST_CHOICE || dist->kind == DD_DIST_CONSTANT;
    return listed ? dist->v[0].type : DD_VALUE_NUMBER;
}

DdValue dd_dist_draw(const DdDist* dist, DdStream* stream)
{
    DdValue value = {.type = DD_VALUE_NUMBER};
    switch (dist->kind) {
    case DD_DIST_CONSTANT:
        return dist->v[0];
    case DD_DIST_CHOICE:
        return dist->v[dd_stream_int(stream, 0, dist->n - 1)];
    case DD_DIST_UNIFORM:
        value.number = dd_stream_uniform(stream, dist->a, dist->b);
        break;
    case DD_DIST_UNIFORM_INT:
        value.number = (double)dd_stream_int(stream, (int64_t)dist->a, (int64_t)dist->b);
        value.number = value.number * dist->scale + dist->shift;
        break;
    case DD_DIST_NORMAL:
        value.number = dd_stream_normal(stream, dist->a, dist->b);
        break;
    }
    if (dist->clipped) {
        value.number = dd_clamp(value.number, dist->lo, dist->hi);
    }
    return value;
}

bool dd_dist_supports(const DdDist* dist, const DdValue* value)
{
    if (dist->kind == DD_DIST_CONSTANT || dist->kind == DD_DIST_CHOICE) {
        for (int i = 0; i < dist->n; i++) {
            if (value_equal(&dist->v[i], value)) {
                return true;
            }
        }
        return false;
    }
    double x = value->number;
    if (value->type != DD_VALUE_NUMBER || (dist->clipped && (x < dist->lo || x > dist->hi))) {
        return false;
    }
    if (dist->kind == DD_DIST_UNIFORM) {
        return x >= fmin(dist->a, dist->b) && x <= fmax(dist->a, dist->b);
    }
    if (dist->kind == DD_DIST_UNIFORM_INT) {
        double i = dist->scale != 0 ? (x - dist->shift) / dist->scale : dist->a;
        return i >= dist->a - 1e-9 && i <= dist->b + 1e-9 && fabs(i - round(i)) < 1e-9;
    }
    return true;
}

static void append(char* out, size_t size, const char* fmt, ...) DD_PRINTF(3, 4);
static void append(char* out, size_t size, const char* fmt, ...)
{
    size_t used = strlen(out);
    va_list args;
    va_start(args, fmt);
    vsnprintf(out + used, size - used, fmt, args);
    va_end(args);
}

static const char* kind_name(DdDistKind kind)
{
    static const char* const k_names[] = {"constant", "uniform", "uniform_int", "normal", "choice"};
    return k_names[kind];
}

void dd_dist_text(const DdDist* dist, char* out, size_t size)
{
    char value[DD_NAME_MAX + 8];
    out[0] = '\0';
    if (dist->kind == DD_DIST_CONSTANT) {
        value_text(&dist->v[0], value, sizeof value);
        append(out, size, "%s", value);
        return;
    }
    append(out, size, "%s", kind_name(dist->kind));
    if (dist->kind == DD_DIST_CHOICE) {
        for (int i = 0; i < dist->n; i++) {
            value_text(&dist->v[i], value, sizeof value);
            append(out, size, "%s%s", i ? ", " : " { ", value);
        }
        append(out, size, " }");
        return;
    }
    append(out, size, "(%g, %g)", dist->a, dist->b);
    if (dist->kind == DD_DIST_UNIFORM_INT && dist->scale != 1) {
        append(out, size, " * %g", dist->scale);
    }
    if (dist->kind == DD_DIST_UNIFORM_INT && dist->shift != 0) {
        append(out, size, " + %g", dist->shift);
    }
    if (dist->clipped) {
        append(out, size, ":clip(%g, %g)", dist->lo, dist->hi);
    }
}

json_t* dd_dist_json(const DdDist* dist)
{
    char text[1024];
    dd_dist_text(dist, text, sizeof text);
    json_t* j = json_object();
    json_object_set_new(j, "kind", json_string(kind_name(dist->kind)));
    json_object_set_new(j, "text", json_string(text));
    if (dist->kind == DD_DIST_CONSTANT || dist->kind == DD_DIST_CHOICE) {
        json_t* values = json_array();
        for (int i = 0; i < dist->n; i++) {
            json_array_append_new(values, dd_value_json(&dist->v[i]));
        }
        json_object_set_new(j, "values", values);
    } else {
        bool normal = dist->kind == DD_DIST_NORMAL;
        json_object_set_new(j, normal ? "mean" : "low", json_real(dist->a));
        json_object_set_new(j, normal ? "sigma" : "high", json_real(dist->b));
    }
    if (dist->kind == DD_DIST_UNIFORM_INT) {
        json_object_set_new(j, "scale", json_real(dist->scale));
        json_object_set_new(j, "shift", json_real(dist->shift));
    }
    if (dist->clipped) {
        json_object_set_new(j, "clip", json_pack("[ff]", dist->lo, dist->hi));
    }
    return j;
}

// Lua

void dd_dist_push(lua_State* L, const DdDist* dist)
{
    DdDist* own = lua_newuserdatauv(L, sizeof *own, 0);
    *own = *dist;
    luaL_setmetatable(L, k_dist_type);
}

const DdDist* dd_dist_test(lua_State* L, int index)
{
    return luaL_testudata(L, index, k_dist_type);
}

static double check_finite(lua_State* L, int arg)
{
    double x = luaL_checknumber(L, arg);
    luaL_argcheck(L, isfinite(x), arg, "must be a finite number");
    return x;
}

static int make(lua_State* L, DdDistKind kind, double a, double b)
{
    DdDist dist = {.kind = kind, .a = a, .b = b, .scale = 1};
    dd_dist_push(L, &dist);
    return 1;
}

// uniform(low, high)
static int api_uniform(lua_State* L)
{
    double lo = check_finite(L, 1);
    double hi = check_finite(L, 2);
    if (hi < lo) {
        return luaL_error(L, "uniform: low must be at most high, got %f and %f", lo, hi);
    }
    return make(L, DD_DIST_UNIFORM, lo, hi);
}

// uniform_int(low, high)
static int api_uniform_int(lua_State* L)
{
    lua_Integer lo = luaL_checkinteger(L, 1);
    lua_Integer hi = luaL_checkinteger(L, 2);
    const lua_Integer k_limit = (lua_Integer)1 << 53;
    if (hi < lo || lo < -k_limit || hi > k_limit) {
        return luaL_error(L, "uniform_int: low must be at most high, got %I and %I", lo, hi);
    }
    return make(L, DD_DIST_UNIFORM_INT, (double)lo, (double)hi);
}

// normal(mean, sigma)
static int api_normal(lua_State* L)
{
    double mean = check_finite(L, 1);
    double sigma = check_finite(L, 2);
    if (sigma < 0) {
        return luaL_error(L, "normal: sigma must not be negative, got %f", sigma);
    }
    return make(L, DD_DIST_NORMAL, mean, sigma);
}

// choice { a, b, ... }
static int api_choice(lua_State* L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
    if (n < 1 || n > DD_CHOICES_MAX) {
        return luaL_error(L, "choice: takes 1 to %d values, got %I", DD_CHOICES_MAX, n);
    }
    DdDist dist = {.kind = DD_DIST_CHOICE, .scale = 1, .n = (int)n};
    for (int i = 0; i < dist.n; i++) {
        lua_rawgeti(L, 1, i + 1);
        if (!dd_value_from_lua(L, -1, &dist.v[i])) {
            return luaL_error(L,
                              "choice: value %d must be a number, a boolean or a short string, "
                              "got a %s",
                              i + 1, luaL_typename(L, -1));
        }
        if (dist.v[i].type != dist.v[0].type) {
            return luaL_error(L, "choice: value %d must be %s as the first is, got %s", i + 1,
                              dd_value_type_name(dist.v[0].type),
                              dd_value_type_name(dist.v[i].type));
        }
        lua_pop(L, 1);
    }
    dd_dist_push(L, &dist);
    return 1;
}

// constant(value)
static int api_constant(lua_State* L)
{
    DdDist dist = {.kind = DD_DIST_CONSTANT, .scale = 1, .n = 1};
    if (!dd_value_from_lua(L, 1, &dist.v[0])) {
        return luaL_error(L, "constant: takes a number, a boolean or a short string, got a %s",
                          luaL_typename(L, 1));
    }
    dd_dist_push(L, &dist);
    return 1;
}

// dist:clip(low, high)
static int api_clip(lua_State* L)
{
    DdDist dist = *(DdDist*)luaL_checkudata(L, 1, k_dist_type);
    dist.lo = check_finite(L, 2);
    dist.hi = check_finite(L, 3);
    dist.clipped = true;
    if (dd_dist_type(&dist) != DD_VALUE_NUMBER || dist.n > 0) {
        return luaL_error(L, "clip: is for uniform, uniform_int and normal");
    }
    if (dist.hi < dist.lo) {
        return luaL_error(L, "clip: low must be at most high, got %f and %f", dist.lo, dist.hi);
    }
    dd_dist_push(L, &dist);
    return 1;
}

// x -> x * scale + shift of every value the distribution can give
static int push_mapped(lua_State* L, const DdDist* from, double scale, double shift)
{
    DdDist dist = *from;
    if (dd_dist_type(&dist) != DD_VALUE_NUMBER) {
        return luaL_error(L, "arithmetic on a distribution of %s",
                          dd_value_type_name(dd_dist_type(&dist)));
    }
    if (!isfinite(scale) || !isfinite(shift)) {
        return luaL_error(L, "arithmetic on a distribution needs finite numbers");
    }
    switch (dist.kind) {
    case DD_DIST_UNIFORM_INT:
        dist.scale *= scale;
        dist.shift = dist.shift * scale + shift;
        break;
    case DD_DIST_NORMAL:
        dist.a = dist.a * scale + shift;
        dist.b *= fabs(scale);
        break;
    case DD_DIST_UNIFORM:
        dist.a = from->a * scale + shift;
        dist.b = from->b * scale + shift;
        break;
    default:
        for (int i = 0; i < dist.n; i++) {
            dist.v[i].number = dist.v[i].number * scale + shift;
        }
    }
    if (dist.kind == DD_DIST_UNIFORM && dist.a > dist.b) {
        double swap = dist.a;
        dist.a = dist.b;
        dist.b = swap;
    }
    if (dist.clipped) {
        double lo = from->lo * scale + shift;
        double hi = from->hi * scale + shift;
        dist.lo = fmin(lo, hi);
        dist.hi = fmax(lo, hi);
    }
    dd_dist_push(L, &dist);
    return 1;
}

// The distribution among the two operands; *number is the other one.
static const DdDist* operands(lua_State* L, double* number, bool* dist_first)
{
    const DdDist* dist = dd_dist_test(L, 1);
    *dist_first = dist != NULL;
    int other = dist ? 2 : 1;
    if (lua_type(L, other) != LUA_TNUMBER) {
        luaL_error(L, "a distribution can be combined with a number only, got a %s",
                   luaL_typename(L, other));
    }
    *number = lua_tonumber(L, other);
    return dist ? dist : luaL_checkudata(L, 2, k_dist_type);
}

static int dist_mul(lua_State* L)
{
    double k;
    bool first;
    const DdDist* dist = operands(L, &k, &first);
    return push_mapped(L, dist, k, 0);
}

static int dist_div(lua_State* L)
{
    double k;
    bool first;
    const DdDist* dist = operands(L, &k, &first);
    if (!first) {
        return luaL_error(L, "a number cannot be divided by a distribution");
    }
    return push_mapped(L, dist, 1 / k, 0);
}

static int dist_add(lua_State* L)
{
    double k;
    bool first;
    const DdDist* dist = operands(L, &k, &first);
    return push_mapped(L, dist, 1, k);
}

static int dist_sub(lua_State* L)
{
    double k;
    bool first;
    const DdDist* dist = operands(L, &k, &first);
    return first ? push_mapped(L, dist, 1, -k) : push_mapped(L, dist, -1, k);
}

static int dist_unm(lua_State* L)
{
    return push_mapped(L, luaL_checkudata(L, 1, k_dist_type), -1, 0);
}

static int dist_tostring(lua_State* L)
{
    char text[1024];
    dd_dist_text(luaL_checkudata(L, 1, k_dist_type), text, sizeof text);
    lua_pushstring(L, text);
    return 1;
}

static int dist_index(lua_State* L)
{
    const char* key = lua_tostring(L, 2);
    if (key && strcmp(key, "clip") == 0) {
        lua_pushcfunction(L, api_clip);
        return 1;
    }
    return luaL_error(L, "a distribution has no field '%s': it has clip(low, high)",
                      key ? key : luaL_typename(L, 2));
}

void dd_dist_open(lua_State* L)
{
    static const luaL_Reg k_meta[] = {
        {"__mul", dist_mul},     {"__div", dist_div}, {"__add", dist_add},
        {"__sub", dist_sub},     {"__unm", dist_unm}, {"__tostring", dist_tostring},
        {"__index", dist_index}, {NULL, NULL},
    };
    luaL_newmetatable(L, k_dist_type);
    luaL_setfuncs(L, k_meta, 0);
    lua_pushliteral(L, "distribution");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);

    static const luaL_Reg k_globals[] = {DD_API_DISTRIBUTIONS(DD_API_REG){NULL, NULL}};
    dd_api_set_globals(L, k_globals);
}
