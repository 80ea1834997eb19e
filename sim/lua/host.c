// Lua host: one sandboxed state, and the two ways into the guest's code.
#include "sim/lua/host.h"

#include "sim/base/log.h"
#include "sim/lua/internal.h"

#include <stdlib.h>
#include <string.h>

static void print_to_log(void* user, const char* level, const char* text, const char* file,
                         int line)
{
    (void)user;
    DdLogLevel at = strcmp(level, "error") == 0   ? DD_LOG_ERROR
                    : strcmp(level, "warn") == 0  ? DD_LOG_WARN
                    : strcmp(level, "debug") == 0 ? DD_LOG_DEBUG
                                                  : DD_LOG_INFO;
    dd_log(at, "%s:%d: %s", file, line, text);
}

DdLuaDef dd_lua_def(void)
{
    return (DdLuaDef){
        .root_name = "scenario",
        .scope = "",
        // the dearest unit found takes 0.9 us: no file holds a core half as fast for 5 s
        .budget = {.load_units = 2000000,
                   .call_units = 2000000,
                   .episode_units = 2000000000,
                   .memory = (size_t)64 << 20},
        .print = print_to_log,
    };
}

DdLua* dd_lua_of(lua_State* L)
{
    void* host;
    lua_getallocf(L, &host);
    return host;
}

lua_State* dd_lua_state(DdLua* host)
{
    return host->L;
}

static int on_panic(lua_State* L)
{
    // guest code only runs inside dd_lua_call, so an error out here is ours
    fprintf(stderr, "drydock: Lua error outside of a protected call: %s\n",
            lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?");
    dd_assert_failed("Lua errors stay inside dd_lua_call", __FILE__, __LINE__);
}

static int open_libraries(lua_State* L)
{
    // kept alive for error reports, which must not allocate
    lua_pushliteral(L, "message");
    luaL_ref(L, LUA_REGISTRYINDEX);
    dd_lua_open_base(L);
    dd_lua_open_meta(L);
    dd_lua_open_pairs(L);
    dd_lua_open_require(L);
    dd_lua_open_coroutine(L);
    dd_lua_open_string(L);
    dd_lua_open_table(L);
    dd_lua_open_utf8(L);
    dd_lua_open_math(L);
    return 0;
}

DdLua* dd_lua_create(const DdLuaDef* def, DdError* err)
{
    const DdLuaBudget* b = &def->budget;
    if (b->memory < (size_t)1 << 18 || b->load_units <= 0 || b->call_units <= 0 ||
        b->episode_units <= 0) {
        dd_fail(err, DD_ERROR_ARGUMENT,
                "Lua budgets must be positive and the memory at least 262,144 bytes");
        return NULL;
    }
    DdLua* host = calloc(1, sizeof *host);
    if (!host) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for a Lua state");
        return NULL;
    }
    host->def = *def;
    snprintf(host->root, sizeof host->root, "%s", def->root ? def->root : "");
    snprintf(host->root_name, sizeof host->root_name, "%s", def->root_name ? def->root_name : "");
    snprintf(host->lib, sizeof host->lib, "%s", def->lib ? def->lib : "");
    snprintf(host->scope, sizeof host->scope, "%s", def->scope ? def->scope : "");
    host->def.root = def->root ? host->root : NULL;
    host->def.root_name = host->root_name;
    host->def.lib = def->lib ? host->lib : NULL;
    host->def.scope = host->scope;
    if (!host->def.print) {
        host->def.print = print_to_log;
    }
    host->weight = 1;
    host->catch_units = 200;

    host->pool = dd_pool_create(b->memory);
    host->L = host->pool ? lua_newstate(dd_lua_alloc, host) : NULL;
    if (!host->L) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for a Lua state");
        dd_lua_destroy(host);
        return NULL;
    }
    host->current = host->L;
    lua_atpanic(host->L, on_panic);
    lua_pushcfunction(host->L, open_libraries);
    int status = lua_pcall(host->L, 0, 0, 0);
    DD_ASSERT(status == LUA_OK);
    lua_sethook(host->L, dd_lua_count_hook, LUA_MASKCOUNT, k_hook_interval);
    return host;
}

void dd_lua_destroy(DdLua* host)
{
    if (!host) {
        return;
    }
    if (host->L) {
        // nothing of the guest's may run any more: with the budget spent every instruction raises
        host->depth = 1;
        host->left = -1;
        host->spent = DD_SPENT_CALL;
        lua_sethook(host->L, dd_lua_count_hook, LUA_MASKCOUNT, 1);
        lua_close(host->L);
    }
    dd_pool_destroy(host->pool);
    free(host->chunks);
    free(host);
}

void dd_lua_set_scope(DdLua* host, uint64_t seed, const char* scope)
{
    host->def.seed = seed;
    snprintf(host->scope, sizeof host->scope, "%s", scope ? scope : "");
    host->scope_epoch++;
}

DdLuaUsage dd_lua_usage(const DdLua* host)
{
    return (DdLuaUsage){.load_units = host->load_used,
                        .call_units_max = host->call_max,
                        .episode_units = host->episode_used,
                        .memory_max = dd_pool_peak(host->pool)};
}

void dd_lua_reset_episode(DdLua* host)
{
    DD_ASSERT(host->depth == 0);
    if (!host->baseline_known) {
        host->baseline_known = true;
        host->load_baseline = host->load_used;
    }
    host->load_used = host->load_baseline;
    host->episode_used = 0;
    host->call_max = 0;
    // a count that does not depend on where the last episode stopped
    lua_sethook(host->L, dd_lua_count_hook, LUA_MASKCOUNT, k_hook_interval);
    host->hook_tight = false;
}

bool dd_lua_compile(DdLua* host, lua_State* L, const char* name, const char* text, size_t size,
                    DdError* err)
{
    const DdChunk* chunk = dd_lua_chunk_of(host, name);
    const char* shown = chunk ? chunk->shown : name + 1;
    if (size > 0 && text[0] == LUA_SIGNATURE[0]) {
        return dd_fail_at(err, DD_ERROR_SCRIPT, shown, 0,
                          "is compiled Lua; only source text is read");
    }
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (size > 0 && text[0] == '#') {
        // a first line for the shell; its newline stays, for the count of lines
        const char* newline = memchr(text, '\n', size);
        size_t skip = newline ? (size_t)(newline - text) : size;
        text += skip;
        size -= skip;
    }
    int line = 0;
    if (!dd_lua_scan(text, size, &line)) {
        return dd_fail_at(err, DD_ERROR_SCRIPT, shown, line,
                          "functions are nested more than %d deep", k_nesting_max);
    }

    // an error costs by the length of the code it is raised in
    int64_t units = 200 + (int64_t)size / 8;
    host->catch_units = units > host->catch_units ? units : host->catch_units;
    int status = luaL_loadbufferx(L, text, size, name, "t");
    if (status != LUA_OK) {
        host->error_set = false;
        dd_lua_describe(L, host, status, L, err);
        if (err && !err->file[0] && strstr(err->text, "C stack overflow")) {
            // the compiler gave up on its own recursion and did not say where
            dd_fail_at(err, DD_ERROR_SCRIPT, shown, dd_lua_deepest_line(text, size),
                       "brackets and blocks are nested deeper than Lua can read (200 levels)");
        } else if (err && !err->file[0]) {
            DdErrorCode code = err->code;
            char message[DD_ERROR_TEXT_MAX];
            memcpy(message, err->text, sizeof message);
            dd_fail_at(err, code, shown, 0, "%s", message);
        }
        lua_pop(L, 1);
        return false;
    }
    // guests see the globals through a table they cannot write
    lua_getfield(L, LUA_REGISTRYINDEX, "dd.env");
    lua_setupvalue(L, -2, 1);
    return true;
}

// compile(name, text as lightuserdata, size, err) -> function; nothing when it failed
typedef struct CompileCall {
    const char* name;
    const DdFile* file;
    DdError* err;
    bool ok;
} CompileCall;

static int compile_call(lua_State* L)
{
    CompileCall* call = lua_touserdata(L, 1);
    char name[DD_PATH_MAX + 1];
    snprintf(name, sizeof name, "@%s", call->name);
    dd_lua_charge(L, (int64_t)call->file->size * k_source_units);
    call->ok = dd_lua_compile(dd_lua_of(L), L, name, (const char*)call->file->data,
                              call->file->size, call->err);
    return call->ok ? 1 : 0;
}

bool dd_lua_load(DdLua* host, const char* name, const char* path, const char* shown, DdError* err)
{
    DD_ASSERT(host->def.files != NULL);
    const DdFile* file = dd_files_load(host->def.files, name, path, k_source_max, err);
    if (!file) {
        return false;
    }
    if (!dd_lua_add_chunk(host, name, shown)) {
        return dd_fail(err, DD_ERROR_MEMORY, "no memory to load %s", shown);
    }
    CompileCall call = {.name = name, .file = file, .err = err};
    lua_State* L = host->current;
    lua_pushcfunction(L, compile_call);
    lua_pushlightuserdata(L, &call);
    if (!dd_lua_call(host, 1, 1, DD_LUA_LOAD, err)) {
        if (err && !err->file[0]) {
            DdError e = *err;
            dd_fail_at(err, e.code, shown, 0, "%s", e.text);
        }
        return false;
    }
    if (!call.ok) {
        lua_pop(L, 1);
    }
    return call.ok;
}

bool dd_lua_call(DdLua* host, int nargs, int nresults, DdLuaPhase phase, DdError* err)
{
    lua_State* L = host->current;
    int base = lua_gettop(L) - nargs;
    lua_pushcfunction(L, dd_lua_on_error);
    lua_insert(L, base);
    dd_lua_begin(host, phase);
    int status = lua_pcall(L, nargs, nresults, base);
    host->current = L;
    if (status != LUA_OK) {
        dd_lua_describe(L, host, status, L, err);
        lua_settop(L, base - 1);
    } else {
        lua_remove(L, base);
    }
    dd_lua_end(host);
    return status == LUA_OK;
}

bool dd_lua_resume(DdLua* host, lua_State* co, int nargs, int* nresults, bool* done, DdError* err)
{
    lua_State* from = host->current;
    dd_lua_begin(host, DD_LUA_CALL);
    host->current = co;
    int status = lua_resume(co, from, nargs, nresults);
    host->current = from;
    bool ok = status == LUA_OK || status == LUA_YIELD;
    *done = status != LUA_YIELD;
    if (!ok) {
        // the stack of the coroutine still stands: report, then close what is open on it
        *nresults = 0;
        if (!host->spent && status != LUA_ERRMEM) {
            host->error_set = false;
            dd_lua_describe(from, host, status, co, NULL);
            host->error_set = true;
            dd_lua_traceback(host, co, host->error.traceback, sizeof host->error.traceback);
        }
        dd_lua_describe(from, host, status, co, err);
        host->current = co;
        lua_resetthread(co);
        lua_settop(co, 0);
        host->current = from;
    }
    dd_lua_end(host);
    return ok;
}
