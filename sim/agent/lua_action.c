// Reads what a Lua agent returned as its action. Nothing of it is trusted: access is raw.
#include <math.h>
#include <string.h>

#include "sim/agent/lua_view.h"

static bool fail(DdError* err, const char* text)
{
    if (err) {
        dd_error_clear(err);
    }
    return dd_fail(err, DD_ERROR_AGENT, "%s", text);
}

// "drive.linear", or "action" where there is only a list
static void name_of(const DdActionPart* part, int i, char out[3 * DD_NAME_MAX])
{
    if (part->label[i][0]) {
        snprintf(out, 3 * DD_NAME_MAX, "'%s' of action part '%s'", part->label[i], part->name);
    } else {
        snprintf(out, 3 * DD_NAME_MAX, "number %d of action part '%s'", i + 1, part->name);
    }
}

// the number at the top, which is popped
static bool take_number(lua_State* L, const DdActionPart* part, int i, double* out, DdError* err)
{
    int type = lua_type(L, -1);
    double v = type == LUA_TNUMBER ? lua_tonumber(L, -1) : 0.0;
    const char* got = type == LUA_TNIL      ? "nil"
                      : type == LUA_TNUMBER ? "NaN"
                                            : lua_typename(L, type);
    lua_pop(L, 1);
    if (type != LUA_TNUMBER || isnan(v)) {
        char name[3 * DD_NAME_MAX];
        char text[DD_ERROR_TEXT_MAX];
        name_of(part, i, name);
        snprintf(text, sizeof text, "%s must be a number%s%s from %g to %g, got %s", name,
                 part->unit[i][0] ? " in " : "", part->unit[i],
                 part->normalised ? -1.0 : part->low[i], part->normalised ? 1.0 : part->high[i],
                 got);
        return fail(err, text);
    }
    *out = v;
    return true;
}

// of the table at `index`, the first key (by bytes) that is none of `n` names; NULL when all are
static const char* unknown_key(lua_State* L, int index, const char* (*name)(const void*, int),
                               const void* of, int n, char room[DD_NAME_MAX])
{
    bool found = false;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        bool known = false;
        char key[DD_NAME_MAX];
        if (lua_type(L, -1) == LUA_TSTRING) {
            const char* s = lua_tostring(L, -1);
            for (int i = 0; i < n && !known; i++) {
                known = strcmp(name(of, i), s) == 0;
            }
            snprintf(key, sizeof key, "%.90s", s);
        } else if (lua_type(L, -1) == LUA_TNUMBER) {
            snprintf(key, sizeof key, "%.14g", lua_tonumber(L, -1));
        } else {
            snprintf(key, sizeof key, "(%s)", luaL_typename(L, -1));
        }
        if (!known && (!found || strcmp(key, room) < 0)) {
            memcpy(room, key, DD_NAME_MAX);
            found = true;
        }
    }
    return found ? room : NULL;
}

static const char* part_name(const void* space, int i)
{
    return ((const DdActionSpace*)space)->part[i].name;
}

static const char* label_name(const void* part, int i)
{
    return ((const DdActionPart*)part)->label[i];
}

static bool read_labels(lua_State* L, int index, const DdActionPart* part, double* out,
                        DdError* err)
{
    char room[DD_NAME_MAX];
    const char* unknown = unknown_key(L, index, label_name, part, part->n, room);
    if (unknown) {
        char text[DD_ERROR_TEXT_MAX];
        int n = snprintf(text, sizeof text, "action part '%s' has no number named '%s'; there are",
                         part->name, unknown);
        for (int i = 0; i < part->n && n > 0 && (size_t)n < sizeof text - 2 * DD_NAME_MAX; i++) {
            n += snprintf(text + n, sizeof text - (size_t)n, "%s %s", i ? "," : "", part->label[i]);
        }
        return fail(err, text);
    }
    for (int i = 0; i < part->n; i++) {
        lua_pushstring(L, part->label[i]);
        lua_rawget(L, index);
        if (!take_number(L, part, i, &out[i], err)) {
            return false;
        }
    }
    return true;
}

// the value of one part at the top, which is popped
static bool read_part(lua_State* L, const DdActionPart* part, double* out, DdError* err)
{
    int index = lua_gettop(L);
    bool fine = true;
    if (lua_type(L, index) != LUA_TTABLE) {
        char text[DD_ERROR_TEXT_MAX];
        if (lua_isnil(L, index)) {
            snprintf(text, sizeof text, "the action has no part '%s' (%d number%s expected)",
                     part->name, part->n, part->n == 1 ? "" : "s");
            fine = fail(err, text);
        } else if (part->n == 1) {
            lua_pushvalue(L, index);
            fine = take_number(L, part, 0, out, err);
        } else {
            snprintf(text, sizeof text, "action part '%s' must be a table of %d numbers, got %s",
                     part->name, part->n, luaL_typename(L, index));
            fine = fail(err, text);
        }
        lua_settop(L, index - 1);
        return fine;
    }
    size_t n = lua_rawlen(L, index);
    lua_rawgeti(L, index, 1);
    bool list = n > 0 || !lua_isnil(L, -1) || part->n == 0 || !part->label[0][0];
    lua_pop(L, 1);
    if (!list) {
        fine = read_labels(L, index, part, out, err);
    } else if (n != (size_t)part->n) {
        char text[DD_ERROR_TEXT_MAX];
        snprintf(text, sizeof text, "action part '%s' must have %d numbers, got %zu", part->name,
                 part->n, n);
        fine = fail(err, text);
    }
    for (int i = 0; list && fine && i < part->n; i++) {
        lua_rawgeti(L, index, i + 1);
        fine = take_number(L, part, i, &out[i], err);
    }
    lua_settop(L, index - 1);
    return fine;
}

static bool read_list(lua_State* L, int index, const DdActionSpace* space, double* action,
                      DdError* err)
{
    size_t n = lua_rawlen(L, index);
    if (n != (size_t)space->n) {
        char text[DD_ERROR_TEXT_MAX];
        int at = snprintf(text, sizeof text, "the action must have %d numbers (", space->n);
        for (int p = 0; p < space->npart && at > 0 && (size_t)at < sizeof text / 2; p++) {
            at += snprintf(text + at, sizeof text - (size_t)at, "%s%d of %s", p ? ", " : "",
                           space->part[p].n, space->part[p].name);
        }
        snprintf(text + at, sizeof text - (size_t)at, "), got %zu", n);
        return fail(err, text);
    }
    int k = 0;
    for (int p = 0; p < space->npart; p++) {
        for (int i = 0; i < space->part[p].n; i++, k++) {
            lua_rawgeti(L, index, k + 1);
            if (!take_number(L, &space->part[p], i, &action[k], err)) {
                return false;
            }
        }
    }
    return true;
}

static bool read_parts(lua_State* L, int index, const DdActionSpace* space, double* action,
                       DdError* err)
{
    char room[DD_NAME_MAX];
    const char* unknown = unknown_key(L, index, part_name, space, space->npart, room);
    if (unknown) {
        char text[DD_ERROR_TEXT_MAX];
        int n = snprintf(text, sizeof text, "there is no action part '%s'; there %s", unknown,
                         space->npart == 1 ? "is" : "are");
        for (int p = 0; p < space->npart && n > 0 && (size_t)n < sizeof text - 2 * DD_NAME_MAX;
             p++) {
            n += snprintf(text + n, sizeof text - (size_t)n, "%s %s", p ? "," : "",
                          space->part[p].name);
        }
        return fail(err, text);
    }
    int k = 0;
    for (int p = 0; p < space->npart; p++) {
        lua_pushstring(L, space->part[p].name);
        lua_rawget(L, index);
        if (!read_part(L, &space->part[p], action + k, err)) {
            return false;
        }
        k += space->part[p].n;
    }
    return true;
}

bool dd_lua_action_read(lua_State* L, int index, const DdActionSpace* space, double* action,
                        DdError* err)
{
    index = lua_absindex(L, index);
    int top = lua_gettop(L);
    luaL_checkstack(L, 8, "action");
    bool fine;
    if (lua_type(L, index) == LUA_TTABLE) {
        lua_rawgeti(L, index, 1);
        bool list = !lua_isnil(L, -1) || lua_rawlen(L, index) > 0;
        lua_pop(L, 1);
        fine = list ? read_list(L, index, space, action, err)
                    : read_parts(L, index, space, action, err);
    } else if (lua_type(L, index) == LUA_TNUMBER && space->n == 1) {
        int p = 0;
        while (space->part[p].n == 0) {
            p++;
        }
        lua_pushvalue(L, index);
        fine = take_number(L, &space->part[p], 0, action, err);
    } else {
        char text[DD_ERROR_TEXT_MAX];
        snprintf(text, sizeof text,
                 "act must return an action: a table of %d number%s or of parts by name, got %s",
                 space->n, space->n == 1 ? "" : "s",
                 lua_isnil(L, index) ? "nothing" : luaL_typename(L, index));
        fine = fail(err, text);
    }
    lua_settop(L, top);
    return fine;
}
