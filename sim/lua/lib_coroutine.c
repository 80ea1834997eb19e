// Coroutines of guests: they share the meter, and a spent budget passes through every resume.
#include "sim/lua/internal.h"

static lua_State* check_coroutine(lua_State* L)
{
    lua_State* co = lua_tothread(L, 1);
    if (!co) {
        luaL_typeerror(L, 1, "coroutine");
    }
    return co;
}

typedef enum Status { CO_RUNNING, CO_DEAD, CO_SUSPENDED, CO_NORMAL } Status;
static const char* const k_status[] = {"running", "dead", "suspended", "normal"};

static Status status_of(lua_State* L, lua_State* co)
{
    if (L == co) {
        return CO_RUNNING;
    }
    switch (lua_status(co)) {
    case LUA_YIELD:
        return CO_SUSPENDED;
    case LUA_OK: {
        lua_Debug ar;
        if (lua_getstack(co, 0, &ar)) {
            return CO_NORMAL; // it resumed the one that asks
        }
        return lua_gettop(co) == 0 ? CO_DEAD : CO_SUSPENDED;
    }
    default:
        return CO_DEAD;
    }
}

// closes what is open on the stack of a dead or suspended coroutine
static int close_coroutine(lua_State* L, lua_State* co)
{
    DdLua* host = dd_lua_of(L);
    // Lua does not count C calls through here
    if (host->close_depth >= k_close_depth_max) {
        luaL_error(L, "coroutines are closed inside one another more than %d deep",
                   k_close_depth_max);
    }
    host->close_depth++;
    host->current = co;
    int status = lua_resetthread(co);
    host->current = L;
    host->close_depth--;
    if (host->spent || status == LUA_ERRMEM) {
        dd_lua_caught(L, status);
    }
    return status;
}

// the number of results on L, or -1 and the error
static int resume(lua_State* L, lua_State* co, int nargs)
{
    DdLua* host = dd_lua_of(L);
    if (!lua_checkstack(co, nargs)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, nargs);
    host->current = co;
    int nresults = 0;
    int status = lua_resume(co, L, nargs, &nresults);
    host->current = L;
    if (status != LUA_OK && status != LUA_YIELD) {
        dd_lua_caught(L, status);
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, nresults + 1)) {
        lua_pop(co, nresults);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, nresults);
    return nresults;
}

static void check_resumable(lua_State* L, lua_State* co)
{
    Status status = status_of(L, co);
    if (status != CO_SUSPENDED) {
        luaL_error(L, "cannot resume %s coroutine", status == CO_DEAD ? "dead" : "non-suspended");
    }
}

// coroutine.create(f) -> coroutine
static int co_create(lua_State* L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    // a new coroutine begins a new interval between looks at the meter: paid in advance
    dd_lua_charge(L, k_hook_interval);
    lua_State* co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

// coroutine.resume(co, ...) -> true, values... or false, error
static int co_resume(lua_State* L)
{
    lua_State* co = check_coroutine(L);
    int nargs = lua_gettop(L) - 1;
    dd_lua_charge(L, 10 + nargs / 8);
    Status status = status_of(L, co);
    int n = -1;
    if (status != CO_SUSPENDED) {
        lua_pushfstring(L, "cannot resume %s coroutine",
                        status == CO_DEAD ? "dead" : "non-suspended");
    } else {
        n = resume(L, co, nargs);
    }
    lua_pushboolean(L, n >= 0);
    lua_insert(L, n >= 0 ? -(n + 1) : -2);
    return n >= 0 ? n + 1 : 2;
}

static int wrapped(lua_State* L)
{
    lua_State* co = lua_tothread(L, lua_upvalueindex(1));
    int nargs = lua_gettop(L);
    dd_lua_charge(L, 10 + nargs / 8);
    check_resumable(L, co);
    int n = resume(L, co, nargs);
    if (n < 0) {
        // the error goes on in the caller; first close what the coroutine left open
        if (lua_status(co) != LUA_OK && lua_status(co) != LUA_YIELD &&
            close_coroutine(L, co) != LUA_OK) {
            lua_xmove(co, L, 1);
        }
        return lua_error(L);
    }
    return n;
}

// coroutine.wrap(f) -> function that resumes it
static int co_wrap(lua_State* L)
{
    co_create(L);
    lua_pushcclosure(L, wrapped, 1);
    return 1;
}

// coroutine.yield(...) -> what resume is given next
static int co_yield (lua_State* L)
{
    dd_lua_charge(L, lua_gettop(L) / 8);
    return lua_yield(L, lua_gettop(L));
}

// coroutine.status(co) -> "running", "suspended", "normal" or "dead"
static int co_status(lua_State* L)
{
    lua_State* co = check_coroutine(L);
    lua_pushstring(L, k_status[status_of(L, co)]);
    return 1;
}

// coroutine.isyieldable() -> boolean
static int co_isyieldable(lua_State* L)
{
    lua_pushboolean(L, lua_isyieldable(L));
    return 1;
}

// coroutine.running() -> coroutine, is it the main one
static int co_running(lua_State* L)
{
    int is_main = lua_pushthread(L);
    lua_pushboolean(L, is_main);
    return 2;
}

// coroutine.close(co) -> true or false, error
static int co_close(lua_State* L)
{
    lua_State* co = check_coroutine(L);
    dd_lua_charge(L, 10);
    Status status = status_of(L, co);
    if (status != CO_DEAD && status != CO_SUSPENDED) {
        return luaL_error(L, "cannot close a %s coroutine", k_status[status]);
    }
    if (close_coroutine(L, co) == LUA_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushboolean(L, 0);
    lua_xmove(co, L, 1);
    return 2;
}

void dd_lua_open_coroutine(lua_State* L)
{
    static const luaL_Reg k_functions[] = {
        {"create", co_create},   {"resume", co_resume}, {"wrap", co_wrap},
        {"yield", co_yield },    {"status", co_status}, {"isyieldable", co_isyieldable},
        {"running", co_running}, {"close", co_close},   {NULL, NULL},
    };
    luaL_newlib(L, k_functions);
    lua_setglobal(L, "coroutine");
}
