// Meter: counts the guest's work and memory, and ends the call that used up its budget.
#include "sim/lua/internal.h"

#include <string.h>

static const char k_spent_mark = 0; // its address is the error value of a spent budget

static int log2_floor(size_t v)
{
    return 63 - __builtin_clzll((unsigned long long)v);
}

// ---- memory ----

static void count_long(DdLua* host, DdPoolKind kind, size_t size, int change)
{
    size_t least = kind == DD_POOL_STRING ? k_string_long : k_stack_long;
    if (kind == DD_POOL_PLAIN || size < least) {
        return;
    }
    host->long_blocks[kind][log2_floor(size)] += change;

    // one instruction can compare the longest string, or copy the longest stack
    int64_t weight = 1;
    for (int b = k_buckets - 1; b > 0; b--) {
        if (host->long_blocks[DD_POOL_STRING][b] > 0) {
            weight += ((int64_t)2 << b) / k_string_long;
            break;
        }
    }
    for (int b = k_buckets - 1; b > 0; b--) {
        if (host->long_blocks[DD_POOL_STACK][b] > 0) {
            weight += ((int64_t)2 << b) / k_stack_long;
            break;
        }
    }
    host->weight = weight;
}

static void* refuse(DdLua* host, DdSpent what)
{
    // Lua now collects all garbage and asks again, which is work too
    host->left -= (int64_t)(dd_pool_alive(host->pool) / 64);
    host->refused = what;
    if (host->depth > 0 && !host->spent && !host->place_known) {
        // the place of the first refusal: unwinding may be refused more, higher up
        host->place_known = true;
        dd_lua_where_at(host, host->current, 0, host->spent_file, &host->spent_line);
    }
    return NULL;
}

static void stack_grew(DdLua* host, size_t size)
{
    if (size > (size_t)k_stack_max * 16 + 256) {
        host->must_end = DD_SPENT_STACK;
    }
}

// Before 5.4.6 Lua moves a stack by allocating the new one and then freeing the old, with nothing
// in between.
static void follow_stack(DdLua* host, size_t old_size)
{
    enum { k_growth = 16 * (k_unpack_max + 1024) };
    if (!host->new_vector || host->new_vector_size > 2 * old_size + k_growth) {
        return;
    }
    dd_pool_set_kind(host->pool, host->new_vector, DD_POOL_STACK);
    count_long(host, DD_POOL_STACK, host->new_vector_size, 1);
    stack_grew(host, host->new_vector_size);
}

static void free_block(DdLua* host, void* p, size_t size)
{
    DdPoolKind kind = dd_pool_kind(host->pool, p);
    if (kind == DD_POOL_STACK) {
        follow_stack(host, size);
    }
    count_long(host, kind, size, -1);
    dd_pool_free(host->pool, p, size);
    host->new_vector = NULL;
}

void* dd_lua_alloc(void* user, void* p, size_t old_size, size_t size)
{
    DdLua* host = user;
    if (size == 0) {
        if (p) {
            free_block(host, p, old_size);
        }
        return NULL;
    }

    // for a new block, old_size says what it is for
    DdPoolKind kind = DD_POOL_PLAIN;
    bool is_new = p == NULL;
    bool is_vector = is_new && old_size == 0;
    host->new_vector = NULL;
    if (is_new) {
        if (old_size == LUA_TTHREAD) {
            host->next_is_stack = true;
        } else if (is_vector && host->next_is_stack) {
            host->next_is_stack = false;
            kind = DD_POOL_STACK;
        } else if (old_size == LUA_TSTRING && size >= k_string_long) {
            kind = DD_POOL_STRING;
        }
        old_size = 0;
    }

    if (size > old_size) {
        host->left -= 1 + (int64_t)(size / 16);
        if (host->depth > 0 && host->left < 0) {
            return refuse(host, DD_SPENT_NOTHING);
        }
        if (kind == DD_POOL_STRING && size > k_string_max + 64) {
            return refuse(host, DD_SPENT_STRING);
        }
    }
    void* q = is_new ? dd_pool_alloc(host->pool, size, kind)
                     : dd_pool_resize(host->pool, p, old_size, size);
    if (!q) {
        return refuse(host, DD_SPENT_MEMORY);
    }
    host->place_known = false;
    if (!is_new && dd_pool_kind(host->pool, q) == DD_POOL_STACK) {
        // Lua 5.4.6 and later let a stack grow where it lies
        count_long(host, DD_POOL_STACK, old_size, -1);
        count_long(host, DD_POOL_STACK, size, 1);
        stack_grew(host, size);
    } else {
        count_long(host, kind, size, 1);
    }
    if (is_vector && kind == DD_POOL_PLAIN) {
        host->new_vector = q;
        host->new_vector_size = size;
    }
    return q;
}

// ---- work ----

static void set_hook(lua_State* L, int interval)
{
    lua_sethook(L, dd_lua_count_hook, LUA_MASKCOUNT, interval);
}

void dd_lua_begin(DdLua* host, DdLuaPhase phase)
{
    if (host->depth++ > 0) {
        return;
    }
    const DdLuaBudget* b = &host->def.budget;
    host->phase = phase;
    host->spent = DD_SPENT_NOTHING;
    host->refused = DD_SPENT_NOTHING;
    host->must_end = DD_SPENT_NOTHING;
    host->place_known = false;
    host->error_set = false;
    host->raised_set = false;
    if (phase == DD_LUA_LOAD) {
        host->allowed = b->load_units - host->load_used;
    } else {
        int64_t episode = b->episode_units - host->episode_used;
        host->allowed = b->call_units < episode ? b->call_units : episode;
    }
    host->allowed = host->allowed < 0 ? 0 : host->allowed;
    host->left = host->allowed;
    if (host->hook_tight) {
        set_hook(host->L, k_hook_interval);
        host->hook_tight = false;
    }
}

void dd_lua_end(DdLua* host)
{
    DD_ASSERT(host->depth > 0);
    if (--host->depth > 0) {
        return;
    }
    int64_t used = host->allowed - host->left;
    if (host->phase == DD_LUA_LOAD) {
        host->load_used += used;
    } else {
        host->episode_used += used;
        host->call_max = used > host->call_max ? used : host->call_max;
    }
}

DdSpent dd_lua_spent_by(const DdLua* host)
{
    if (host->must_end && host->left >= 0) {
        return host->must_end;
    }
    if (host->phase == DD_LUA_LOAD) {
        return DD_SPENT_LOAD;
    }
    return host->allowed < host->def.budget.call_units ? DD_SPENT_EPISODE : DD_SPENT_CALL;
}

int dd_lua_spend(lua_State* L, DdSpent what)
{
    DdLua* host = dd_lua_of(L);
    if (!host->spent) {
        host->spent = what;
        dd_lua_where_at(host, L, 0, host->spent_file, &host->spent_line);
    }
    // from here on no instruction of this coroutine runs, __close handlers included
    set_hook(L, 1);
    host->hook_tight = true;
    lua_pushlightuserdata(L, (void*)&k_spent_mark);
    return lua_error(L);
}

void dd_lua_count_hook(lua_State* L, lua_Debug* ar)
{
    (void)ar;
    DdLua* host = dd_lua_of(L);
    host->left -= k_hook_interval * host->weight;
    if (host->left < 0 || host->spent || host->must_end) {
        dd_lua_spend(L, dd_lua_spent_by(host));
    }
}

void dd_lua_charge(lua_State* L, int64_t units)
{
    DdLua* host = dd_lua_of(L);
    // a hostile count must not wrap the meter around
    int64_t most = INT64_C(1) << 50;
    host->left -= units < 0 ? 0 : units > most ? most : units;
    if (host->depth > 0 && (host->left < 0 || host->spent || host->must_end)) {
        dd_lua_spend(L, dd_lua_spent_by(host));
    }
}

void dd_lua_charge_string(lua_State* L, size_t size)
{
    if (size > k_string_max) {
        dd_lua_spend(L, DD_SPENT_STRING);
    }
    dd_lua_charge(L, 1 + (int64_t)(size / 16));
}

void dd_lua_caught(lua_State* L, int status)
{
    DdLua* host = dd_lua_of(L);
    host->current = L;
    if (host->spent) {
        dd_lua_spend(L, host->spent);
    }
    if (status == LUA_ERRMEM) {
        // where it happened is known from the refusal
        host->spent = host->left < 0 || !host->refused ? dd_lua_spent_by(host) : host->refused;
        dd_lua_spend(L, host->spent);
    }
    dd_lua_charge(L, host->catch_units);
}
