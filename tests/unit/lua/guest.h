// A guest for tests: a host with a store of its own, and snippets run under the budgets.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/lua/host.h"

typedef struct Guest {
    DdFiles* files;
    DdLua* host;
    char printed[4096];
} Guest;

static void guest_print(void* user, const char* level, const char* text, const char* file, int line)
{
    Guest* g = user;
    size_t n = strlen(g->printed);
    snprintf(g->printed + n, sizeof g->printed - n, "%s|%s|%s|%d\n", level, text, file, line);
}

static inline Guest* guest_new(const DdLuaDef* base)
{
    Guest* g = calloc(1, sizeof *g);
    g->files = dd_files_create();
    DdLuaDef def = base ? *base : dd_lua_def();
    def.files = g->files;
    def.print = guest_print;
    def.user = g;
    DdError err;
    g->host = dd_lua_create(&def, &err);
    assert_non_null(g->host);
    return g;
}

static inline void guest_free(Guest* g)
{
    dd_lua_destroy(g->host);
    dd_files_destroy(g->files);
    free(g);
}

// Runs a text as the file "scenario/NAME", shown as "my/NAME".
static inline bool guest_file(Guest* g, const char* name, const char* text, int nresults,
                              DdError* err)
{
    char logical[128];
    char shown[128];
    snprintf(logical, sizeof logical, "scenario/%s", name);
    snprintf(shown, sizeof shown, "my/%s", name);
    assert_non_null(dd_files_add(g->files, logical, text, strlen(text), err));
    dd_error_clear(err);
    return dd_lua_load(g->host, logical, logical, shown, err) &&
           dd_lua_call(g->host, 0, nresults, DD_LUA_LOAD, err);
}

static int s_guest_files;

static inline bool guest_run(Guest* g, const char* text, int nresults, DdError* err)
{
    char name[32];
    snprintf(name, sizeof name, "t%d.lua", s_guest_files++);
    return guest_file(g, name, text, nresults, err);
}

// The text must run and return true.
static inline void guest_true(Guest* g, const char* text)
{
    DdError err;
    if (!guest_run(g, text, 1, &err)) {
        fail_msg("%s\n in: %s", err.text, text);
    }
    lua_State* L = dd_lua_state(g->host);
    if (!lua_toboolean(L, -1) || lua_isstring(L, -1)) {
        fail_msg("not true (%s): %s", lua_isstring(L, -1) ? lua_tostring(L, -1) : "", text);
    }
    lua_settop(L, 0);
}

// The text must fail with a message that contains `part`.
static inline void guest_error(Guest* g, const char* text, DdErrorCode code, const char* part)
{
    DdError err;
    if (guest_run(g, text, 0, &err)) {
        fail_msg("did not fail: %s", text);
    }
    if (err.code != code || !strstr(err.text, part)) {
        fail_msg("%s: %s (wanted %s: %s)\n in: %s", dd_error_name(err.code), err.text,
                 dd_error_name(code), part, text);
    }
    assert_int_equal(lua_gettop(dd_lua_state(g->host)), 0);
}
