// Story: schedules coroutines by the waits they yield for. Lua runs only when a wait is due.
#include "sim/script/story.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/script/api_rows.h"
#include "sim/script/lua_def.h"
#include "sim/script/sim_object.h"

enum { k_task_max = 256 };

typedef struct Task {
    bool used;
    lua_State* co;
    int ref;      // keeps the coroutine alive
    int parent;   // that waits for this one; -1: the story itself
    int place;    // 1, 2, ... in the parent's list
    int wait;     // id it waits for, -1: none
    int children; // of parallel or race that have not returned
    bool race;
    bool starting; // its children are being started
    int winner;    // place of the child that returned first, 0: none yet
} Task;

struct DdStory {
    DdLua* host;
    DdEpisode* ep;
    int running; // task whose Lua runs now, -1: none
    Task task[k_task_max];
};

static const char k_story_key = 0; // its address is the registry's key

DdStory* dd_story_create(DdLua* host)
{
    DdStory* s = calloc(1, sizeof *s);
    DD_ASSERT(s);
    s->host = host;
    s->running = -1;
    return s;
}

void dd_story_destroy(DdStory* s)
{
    free(s); // the coroutines die with their state
}

static DdStory* story_of(lua_State* L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &k_story_key);
    DdStory* s = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return s;
}

DdEpisode* dd_story_episode(lua_State* L, const char* what)
{
    DdStory* s = story_of(L);
    if (!s || !s->ep) {
        luaL_error(L, "%s: works in a story only, while the episode runs", what);
    }
    return s->ep;
}

// tasks

static int new_task(DdStory* s, lua_State* co, int ref, int parent, int place)
{
    for (int i = 0; i < k_task_max; i++) {
        if (!s->task[i].used) {
            s->task[i] = (Task){
                .used = true, .co = co, .ref = ref, .parent = parent, .place = place, .wait = -1};
            return i;
        }
    }
    return -1;
}

static void free_task(DdStory* s, int t)
{
    luaL_unref(dd_lua_state(s->host), LUA_REGISTRYINDEX, s->task[t].ref);
    s->task[t].used = false;
}

static void cancel_children(DdStory* s, int parent)
{
    for (int i = 0; i < k_task_max; i++) {
        if (s->task[i].used && s->task[i].parent == parent) {
            cancel_children(s, i);
            if (s->task[i].wait >= 0) {
                dd_episode_wait_cancel(s->ep, s->task[i].wait);
            }
            free_task(s, i);
        }
    }
}

static int child_at(const DdStory* s, int parent, int place)
{
    for (int i = 0; i < k_task_max; i++) {
        if (s->task[i].used && s->task[i].parent == parent && s->task[i].place == place) {
            return i;
        }
    }
    return -1;
}

static bool group_done(const Task* task)
{
    return task->children == 0 || (task->race && task->winner > 0);
}

// What parallel and race return: nothing, or the winner's place.
static int push_group_result(DdStory* s, int t)
{
    Task* task = &s->task[t];
    int n = task->race ? 1 : 0;
    cancel_children(s, t);
    if (n) {
        lua_pushinteger(task->co, task->winner);
    }
    task->children = 0;
    return n;
}

static bool run(DdStory* s, int t, int nargs, DdError* err);

static bool start_children(DdStory* s, int t, DdError* err)
{
    Task* task = &s->task[t];
    int n = task->children;
    task->starting = true;
    for (int place = 1; place <= n && !(task->race && task->winner > 0); place++) {
        int child = child_at(s, t, place);
        if (child >= 0 && !run(s, child, 0, err)) {
            return false;
        }
    }
    task->starting = false;
    return true;
}

// Resumes a task, and whatever its return sets free.
static bool run(DdStory* s, int t, int nargs, DdError* err)
{
    for (;;) {
        Task* task = &s->task[t];
        int nresults;
        bool done;
        int before = s->running;
        task->wait = -1;
        s->running = t;
        bool fine = dd_lua_resume(s->host, task->co, nargs, &nresults, &done, err);
        s->running = before;
        if (!fine) {
            return false;
        }
        lua_pop(task->co, nresults);

        if (!done && task->wait >= 0) {
            return true;
        }
        if (!done && task->children == 0) {
            return dd_fail(err, DD_ERROR_SCRIPT,
                           "story: a branch yielded without waiting; use "
                           "sim:wait or sim:wait_until");
        }
        if (!done) {
            if (!start_children(s, t, err)) {
                return false;
            }
            if (!group_done(task)) {
                return true;
            }
        } else {
            int parent = task->parent;
            int place = task->place;
            free_task(s, t);
            if (parent < 0) {
                return true;
            }
            task = &s->task[parent];
            task->children--;
            task->winner = task->winner > 0 ? task->winner : place;
            if (task->starting || !group_done(task)) {
                return true;
            }
            t = parent;
        }
        nargs = push_group_result(s, t);
    }
}

// A new coroutine of the function on top of the stack, which is popped. Raises.
static int spawn(lua_State* L, DdStory* s, int parent, int place)
{
    lua_State* co = lua_newthread(L);
    int ref = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_xmove(L, co, 1);
    int t = new_task(s, co, ref, parent, place);
    if (t < 0) {
        luaL_error(L, "a story has at most %d branches at once", k_task_max);
    }
    return t;
}

typedef struct Start {
    DdStory* s;
    int function, params;
    int task;
} Start;

static int start_main(lua_State* L)
{
    Start* start = lua_touserdata(L, 1);
    lua_pushlightuserdata(L, start->s);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &k_story_key);
    lua_rawgeti(L, LUA_REGISTRYINDEX, start->function);
    start->task = spawn(L, start->s, -1, 0);
    dd_sim_object_push(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, start->params);
    lua_xmove(L, start->s->task[start->task].co, 2);
    return 0;
}

bool dd_story_start(DdStory* s, DdEpisode* ep, int function, int params, DdError* err)
{
    lua_State* L = dd_lua_state(s->host);
    Start start = {.s = s, .function = function, .params = params};
    s->ep = ep;
    lua_pushcfunction(L, start_main);
    lua_pushlightuserdata(L, &start);
    return dd_lua_call(s->host, 1, 0, DD_LUA_CALL, err) && run(s, start.task, 2, err);
}

bool dd_story_resume(DdStory* s, int wait, DdError* err)
{
    for (int i = 0; i < k_task_max; i++) {
        Task* task = &s->task[i];
        if (task->used && task->wait == wait) {
            lua_pushboolean(task->co, !dd_episode_wait_timed_out(s->ep, wait));
            return run(s, i, 1, err);
        }
    }
    return true; // a branch that lost its race
}

// calls

// The task that is running on L; raises when L is no branch of the story.
static Task* check_task(lua_State* L, const char* what)
{
    DdStory* s = story_of(L);
    if (!s || s->running < 0 || s->task[s->running].co != L) {
        luaL_error(L,
                   "%s: can be called by a story and by the functions of its parallel and race, "
                   "nowhere else",
                   what);
    }
    return &s->task[s->running];
}

// [sim,] seconds: `first` is the argument of the seconds
int dd_story_wait(lua_State* L, int first)
{
    Task* task = check_task(L, "wait");
    DdStory* s = story_of(L);
    double seconds = luaL_checknumber(L, first);
    if (!(seconds >= 0)) {
        luaL_error(L, "wait: the time must be seconds, not negative, got %f", seconds);
    }
    int hz = dd_episode_plan(s->ep)->def.physics_hz;
    int64_t steps = dd_steps_of(seconds, hz);
    task->wait = dd_episode_wait_step(s->ep, dd_episode_step(s->ep) + (steps > 0 ? steps : 1));
    if (task->wait < 0) {
        return luaL_error(L, "wait: a story waits for too many things at once");
    }
    return lua_yield(L, 0);
}

// The optional number `name` of the options at `index`.
static double option(lua_State* L, int index, const char* name, double value)
{
    if (dd_lua_raw_field(L, index, name) != LUA_TNIL) {
        bool number = lua_type(L, -1) == LUA_TNUMBER;
        value = lua_tonumber(L, -1);
        if (!number || !(value >= 0)) {
            char got[128];
            dd_lua_value_text(L, -1, got, sizeof got);
            luaL_error(L, "wait_until: %s must be a time in seconds, not negative, got %s", name,
                       got);
        }
    }
    lua_pop(L, 1);
    return value;
}

int dd_story_wait_until(lua_State* L, int first)
{
    Task* task = check_task(L, "wait_until");
    DdStory* s = story_of(L);
    const char* expr = luaL_checkstring(L, first);
    double hold = 0, timeout = INFINITY;
    if (!lua_isnoneornil(L, first + 1)) {
        static const char* const k_names[] = {"hold_s", "timeout_s"};
        luaL_checktype(L, first + 1, LUA_TTABLE);
        int n, other;
        DdKey* keys = dd_lua_sorted_keys(L, first + 1, &n, &other);
        for (int i = 0; i < n; i++) {
            if (strcmp(keys[i], k_names[0]) != 0 && strcmp(keys[i], k_names[1]) != 0) {
                char near[DD_NAME_MAX + 32];
                dd_lua_suggest(keys[i], k_names, 2, near);
                return luaL_error(L, "wait_until: no option named '%s'%s", keys[i], near);
            }
        }
        hold = option(L, first + 1, "hold_s", hold);
        timeout = option(L, first + 1, "timeout_s", timeout);
    }
    DdError err;
    dd_error_clear(&err);
    int wait = dd_episode_wait_until(s->ep, expr, hold, timeout, &err);
    if (wait < 0) {
        return dd_lua_raise(L, &err);
    }
    task->wait = wait;
    return lua_yield(L, 0);
}

static int start_group(lua_State* L, const char* what, bool race)
{
    Task* task = check_task(L, what);
    DdStory* s = story_of(L);
    int parent = s->running;
    luaL_checktype(L, 1, LUA_TTABLE);
    int n = (int)lua_rawlen(L, 1);
    if (n < 1 || n >= k_task_max) {
        return luaL_error(L, "%s takes 1 to %d functions, got %d", what, k_task_max - 1, n);
    }
    for (int i = 1; i <= n; i++) {
        if (lua_rawgeti(L, 1, i) != LUA_TFUNCTION) {
            char got[128];
            dd_lua_value_text(L, -1, got, sizeof got);
            return luaL_error(L, "%s: entry %d must be a function, got %s", what, i, got);
        }
        lua_pop(L, 1);
    }
    for (int i = 1; i <= n; i++) {
        lua_rawgeti(L, 1, i);
        spawn(L, s, parent, i);
    }
    task->children = n;
    task->race = race;
    task->winner = 0;
    return lua_yield(L, 0);
}

// wait(seconds)
static int api_wait(lua_State* L)
{
    return dd_story_wait(L, 1);
}

// wait_until(expr, { hold_s, timeout_s })
static int api_wait_until(lua_State* L)
{
    return dd_story_wait_until(L, 1);
}

// parallel { f, g, ... }
static int api_parallel(lua_State* L)
{
    return start_group(L, "parallel", false);
}

// race { f, g, ... }
static int api_race(lua_State* L)
{
    return start_group(L, "race", true);
}

void dd_story_open(lua_State* L)
{
    static const luaL_Reg k_globals[] = {DD_API_STORY(DD_API_REG){NULL, NULL}};
    dd_api_set_globals(L, k_globals);
    dd_sim_object_open(L);
}
