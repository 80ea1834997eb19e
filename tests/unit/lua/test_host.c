// The host: errors with their place, ordered pairs, require, streams, strict globals, no malloc.
#include "guest.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// ---- malloc is counted; the sanitizers bring their own ----

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static long malloc_calls(void)
{
    return 0;
}
#else
static long s_malloc_calls;

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t n, size_t size);
void* __libc_realloc(void* p, size_t size);

void* malloc(size_t size)
{
    s_malloc_calls++;
    return __libc_malloc(size);
}

void* calloc(size_t n, size_t size)
{
    s_malloc_calls++;
    return __libc_calloc(n, size);
}

void* realloc(void* p, size_t size)
{
    s_malloc_calls++;
    return __libc_realloc(p, size);
}

static long malloc_calls(void)
{
    return s_malloc_calls;
}
#endif

static void test_no_malloc(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    DdError err;
    assert_true(guest_run(
        g,
        "return function(n) local t = {} for i = 1, n do t[i] = {x = i, s = 'k' .. i} end "
        "table.sort(t, function(a, b) return a.s < b.s end) local k = 0 "
        "for _, v in pairs(t) do k = k + #(('%s %5.3f'):format(v.s, v.x / 3)) end "
        "local c = coroutine.wrap(function() for i = 1, 10 do coroutine.yield(i) end end) "
        "for i = 1, 10 do c() end pcall(error, {}) "
        "return (('abc '):rep(500)):gsub('%a+', string.upper) end",
        1, &err));
    lua_State* L = dd_lua_state(g->host);
    long before = malloc_calls();
    for (int i = 0; i < 20; i++) {
        lua_pushvalue(L, 1);
        lua_pushinteger(L, 500);
        assert_true(dd_lua_call(g->host, 1, 0, DD_LUA_CALL, &err));
    }
    assert_int_equal(malloc_calls(), before);
    guest_free(g);
}

static void test_error_places(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    DdError err;
    assert_false(
        guest_file(g, "dock.lua",
                   "local function inner(t)\n  return t.a.b\nend\n"
                   "local function outer()\n  local r = inner({})\n  return r\nend\nouter()",
                   0, &err));
    assert_int_equal(err.code, DD_ERROR_SCRIPT);
    assert_string_equal(err.file, "my/dock.lua");
    assert_int_equal(err.line, 2);
    assert_string_equal(err.text, "my/dock.lua:2: attempt to index a nil value (field 'a')");
    assert_string_equal(err.traceback, "  my/dock.lua:2: in 'inner'\n  my/dock.lua:5: in 'outer'\n"
                                       "  my/dock.lua:8: in the file itself\n");
    // a long name is cut by Lua, not by us
    char name[128];
    memset(name, 'n', 100);
    strcpy(name + 100, ".lua");
    assert_false(guest_file(g, name, "\nerror('x')", 0, &err));
    assert_int_equal(err.line, 2);
    assert_non_null(strstr(err.text, "my/nnnn"));
    assert_false(guest_file(g, "syntax.lua", "local x = = 1", 0, &err));
    assert_string_equal(err.text, "my/syntax.lua:1: unexpected symbol near '='");
    assert_false(guest_file(g, "at0.lua", "\n\nerror('plain', 0)", 0, &err));
    assert_string_equal(err.text, "my/at0.lua:3: plain");
    assert_false(guest_file(g, "table.lua", "error({message = 'told', code = 3})", 0, &err));
    assert_string_equal(err.text, "my/table.lua:1: told");
    assert_false(guest_file(
        g, "co.lua", "local c = coroutine.wrap(function()\n error('deep') end)\nc()", 0, &err));
    assert_string_equal(err.text, "my/co.lua:2: deep");
    assert_int_equal(err.line, 2);
    // what the guest itself sees holds no path of this machine
    guest_true(g, "local ok, e = pcall(function() error('x') end) "
                  "return e:match('^scenario/t%d+%.lua:1: x$') ~= nil");
    guest_free(g);
}

static int raise_model_error(lua_State* L)
{
    DdError err;
    dd_error_clear(&err);
    if (lua_toboolean(L, 1)) {
        dd_fail_at(&err, DD_ERROR_MODEL, "arm.xml", 7, "no such mesh");
    } else {
        dd_fail(&err, DD_ERROR_MISSING, "robot 'x' is not there");
    }
    return dd_lua_raise(L, &err);
}

static int charge_much(lua_State* L)
{
    dd_lua_charge(L, 2000000);
    return 0;
}

static void test_raise_keeps_the_code(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    lua_pushcfunction(dd_lua_state(g->host), raise_model_error);
    lua_setglobal(dd_lua_state(g->host), "fetch");
    lua_pushcfunction(dd_lua_state(g->host), charge_much);
    lua_setglobal(dd_lua_state(g->host), "work");
    DdError err;
    assert_false(guest_file(g, "a.lua", "\nfetch(false)", 0, &err));
    assert_int_equal(err.code, DD_ERROR_MISSING);
    assert_string_equal(err.text, "my/a.lua:2: robot 'x' is not there");
    assert_int_equal(err.line, 2);
    assert_false(guest_file(g, "b.lua", "\nfetch(true)", 0, &err));
    assert_int_equal(err.code, DD_ERROR_MODEL);
    assert_string_equal(err.text, "arm.xml:7: no such mesh");
    assert_string_equal(err.file, "arm.xml");
    assert_non_null(strstr(err.traceback, "my/b.lua:2"));
    // caught by the guest, then another error: that one counts
    assert_false(guest_file(g, "c.lua", "pcall(fetch) error('other')", 0, &err));
    assert_int_equal(err.code, DD_ERROR_SCRIPT);
    // ... and thrown on: still the first
    assert_false(guest_file(g, "d.lua", "local ok, e = pcall(fetch) error(e, 0)", 0, &err));
    assert_int_equal(err.code, DD_ERROR_MISSING);
    // work charged by a binding counts
    assert_false(guest_file(g, "e.lua", "pcall(work) pcall(work) return 1", 0, &err));
    assert_int_equal(err.code, DD_ERROR_BUDGET);
    guest_free(g);
}

static int handle_order(lua_State* L)
{
    lua_pushinteger(L, *(int*)lua_touserdata(L, 1));
    return 1;
}

static void test_pairs_in_order(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    lua_State* L = dd_lua_state(g->host);
    for (int i = 0; i < 3; i++) {
        static const int k_ids[] = {7, 3, 5};
        int* id = lua_newuserdatauv(L, sizeof *id, 0);
        *id = k_ids[i];
        luaL_newmetatable(L, "handle");
        lua_pushcfunction(L, handle_order);
        lua_setfield(L, -2, "__dd_order");
        lua_setmetatable(L, -2);
        static const char* const k_names[] = {"h7", "h3", "h5"};
        lua_setglobal(L, k_names[i]);
    }
    guest_true(
        g, "local t = {[h7] = 'h7', [true] = 'T', [false] = 'F', zeta = 'z', alpha = 'a', [2.5] = "
           "'2.5', "
           "[h3] = 'h3', [-1] = '-1', [10] = '10', [3] = '3', [h5] = 'h5', [1e300] = 'big', "
           "[math.mininteger] = 'min', Zed = 'Z', ['a\\0b'] = 'a0b'} "
           "local r = {} for k, v in pairs(t) do r[#r + 1] = v end local s = table.concat(r, ' ') "
           "return s == 'min -1 2.5 3 10 big Z a0b a z F T h3 h5 h7' and true or s");
    // any order of insertion, 200 keys
    guest_true(g, "local function sig(a, b, m) local t = {} for i = a, b, m do t['k' .. i] = i end "
                  "local r = {} for k in pairs(t) do r[#r + 1] = k end return table.concat(r) end "
                  "return sig(1, 200, 1) == sig(200, 1, -1)");
    // removing on the way is fine; what is removed is not visited
    guest_true(g, "local t = {a = 1, b = 2, c = 3, d = 4} local r = '' "
                  "for k in pairs(t) do r = r .. k t[k] = nil if k == 'b' then t.c = nil end end "
                  "return r == 'abd'");
    guest_true(g, "for k in pairs({}) do return false end return true");
    guest_true(g, "local n = 0 for k, v in pairs(setmetatable({1, 2, 3}, {__index = {x = 1}})) do "
                  "n = n + v end "
                  "return n == 6");
    guest_true(g, "local C = {} C.__index = C setmetatable({}, C) local n = 0 "
                  "for k in pairs(C) do n = n + 1 end return n == 1");
    guest_error(g, "for k in pairs({[{}] = 1}) do end", DD_ERROR_SCRIPT,
                "a key of type table has no order");
    guest_error(g, "for k in pairs(nil) do end", DD_ERROR_SCRIPT, "table expected");
    guest_error(g, "return next({})", DD_ERROR_SCRIPT, "'next' is not available here: use pairs");
    guest_free(g);
}

static void test_globals_are_strict(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    guest_error(g, "return pritn('x')", DD_ERROR_SCRIPT,
                "unknown global 'pritn'; did you mean 'print'?");
    guest_error(g, "return completely_unknown", DD_ERROR_SCRIPT,
                "unknown global 'completely_unknown'");
    guest_error(g, "speed = 3", DD_ERROR_SCRIPT,
                "assignment to global 'speed': declare it 'local'");
    guest_error(g, "print = nil", DD_ERROR_SCRIPT, "assignment to global 'print'");
    guest_error(g, "function helper() end", DD_ERROR_SCRIPT, "assignment to global 'helper'");
    guest_error(g, "_G.x = 1", DD_ERROR_SCRIPT, "assignment to global 'x'");
    guest_error(g, "math.randomseed(1)", DD_ERROR_SCRIPT, "the run's seed decides");
    guest_error(g, "return '10' + 1", DD_ERROR_SCRIPT,
                "attempt to perform arithmetic on a string value");
    guest_true(g, "return _G.print == print and _VERSION == 'Lua 5.4'");
    guest_free(g);
}

static void write_file(const char* dir, const char* name, const char* text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    DdError err;
    assert_true(dd_file_write(path, text, strlen(text), &err));
}

static void test_require(void** state)
{
    (void)state;
    char dir[] = "/tmp/dd_lua_XXXXXX";
    assert_non_null(mkdtemp(dir));
    char root[64];
    char lib[64];
    char sub[80];
    char outside[80];
    snprintf(root, sizeof root, "%s/root", dir);
    snprintf(lib, sizeof lib, "%s/lib", dir);
    snprintf(sub, sizeof sub, "%s/parts", root);
    snprintf(outside, sizeof outside, "%s/outside.lua", dir);
    assert_int_equal(mkdir(root, 0700) | mkdir(lib, 0700) | mkdir(sub, 0700), 0);
    write_file(root, "parts/bay.lua",
               "local n = 0 return { name = 'bay', up = function() n = n + 1 return n end }");
    write_file(root, "a.lua", "return require 'b'");
    write_file(root, "b.lua", "return require 'a'");
    write_file(root, "broken.lua", "\nlocal x = = 1");
    write_file(root, "raises.lua", "\n\nerror('no')");
    write_file(root, "empty.lua", "local x = 1");
    write_file(lib, "yard.lua", "return { block = 5, bay = require 'parts.bay' }");
    write_file(dir, "outside.lua", "return 'secret'");
    char link[100];
    snprintf(link, sizeof link, "%s/link.lua", root);
    assert_int_equal(symlink(outside, link), 0);

    DdLuaDef def = dd_lua_def();
    def.root = root;
    def.lib = lib;
    Guest* g = guest_new(&def);
    guest_true(g, "local b = require 'parts.bay' b.up() return require('parts.bay').up() == 2 and "
                  "require('lib.yard').bay == b and require('lib.yard').block == 5");
    assert_non_null(dd_files_find(g->files, "scenario/parts/bay.lua"));
    assert_non_null(dd_files_find(g->files, "lib/yard.lua"));
    guest_error(g, "require 'a'", DD_ERROR_SCRIPT, "requires itself");
    guest_error(g, "require 'broken'", DD_ERROR_SCRIPT, "/root/broken.lua:2: unexpected symbol");
    guest_error(g, "require 'raises'", DD_ERROR_SCRIPT, "/root/raises.lua:3: no");
    guest_error(g, "require 'empty'", DD_ERROR_SCRIPT, "the file returned nothing");
    guest_error(g, "require 'nowhere'", DD_ERROR_SCRIPT, "there is no file");
    guest_error(g, "require 'link'", DD_ERROR_SCRIPT, "require 'link'");
    guest_error(g, "require '/etc/passwd'", DD_ERROR_SCRIPT, "is no module name");
    guest_error(g, "require 'parts..bay'", DD_ERROR_SCRIPT, "is no module name");
    guest_error(g, "require '.bay'", DD_ERROR_SCRIPT, "is no module name");
    guest_error(g, "require 'bay.'", DD_ERROR_SCRIPT, "is no module name");

    // a replay finds the same texts with the disk gone
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
    dd_files_freeze(g->files);
    DdLuaDef again = def;
    again.files = g->files;
    DdError err;
    DdLua* other = dd_lua_create(&again, &err);
    assert_non_null(other);
    lua_getglobal(dd_lua_state(other), "require");
    lua_pushliteral(dd_lua_state(other), "lib.yard");
    assert_true(dd_lua_call(other, 1, 1, DD_LUA_LOAD, &err));
    dd_lua_destroy(other);
    guest_free(g);
}

static void test_streams(void** state)
{
    (void)state;
    DdLuaDef def = dd_lua_def();
    def.seed = 11;
    def.scope = "dock";
    Guest* g = guest_new(&def);
    DdError err;
    lua_State* L = dd_lua_state(g->host);
    assert_true(guest_run(
        g, "local s = stream 'noise' return function() return s:uniform(2, 4), math.random() end",
        1, &err));
    double first[2];
    for (int round = 0; round < 3; round++) {
        dd_lua_set_scope(g->host, round == 2 ? 12 : 11, "dock");
        lua_pushvalue(L, 1);
        assert_true(dd_lua_call(g->host, 0, 2, DD_LUA_CALL, &err));
        double got[2] = {lua_tonumber(L, -2), lua_tonumber(L, -1)};
        assert_true(got[0] >= 2 && got[0] < 4 && got[1] >= 0 && got[1] < 1);
        if (round == 0) {
            memcpy(first, got, sizeof first);
        } else {
            assert_int_equal(memcmp(first, got, sizeof first) == 0, round == 1);
        }
        lua_settop(L, 1);
    }
    lua_settop(L, 0);
    guest_true(g, "return stream 'a' == stream 'a' and stream 'a' ~= stream 'b'");
    guest_true(g, "local a, b = stream 'a', stream 'b' return a:uniform() ~= b:uniform()");
    guest_true(
        g, "local s = stream 'c' for i = 1, 200 do local k = s:int(-2, 2) "
           "if k < -2 or k > 2 or math.type(k) ~= 'integer' then return false end end return true");
    guest_true(g, "local s = stream 'd' local seen = {} for i = 1, 100 do seen[s:choice {'x', "
                  "'y'}] = true end "
                  "return seen.x and seen.y");
    guest_true(
        g, "local s = stream 'e' local sum = 0 for i = 1, 2000 do sum = sum + s:normal(3, 0.5) end "
           "return math.abs(sum / 2000 - 3) < 0.06");
    guest_true(
        g, "for i = 1, 100 do local k = math.random(6) if k < 1 or k > 6 then return false end end "
           "return math.type(math.random(0)) == 'integer'");
    guest_true(g, "return tostring(stream 'a') == \"stream 'a'\"");
    guest_error(g, "stream('a'):int(3, 1)", DD_ERROR_SCRIPT, "the upper bound is below the lower");
    guest_error(g, "math.random(3, 1)", DD_ERROR_SCRIPT, "interval is empty");
    guest_error(g, "stream('a'):choice {}", DD_ERROR_SCRIPT, "nothing to choose from");
    guest_error(g, "stream ''", DD_ERROR_SCRIPT, "1 to 87 characters");
    guest_free(g);
}

static void test_no_addresses(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    guest_true(g, "return tostring({}) == 'table' and tostring(print) == 'function' and "
                  "tostring(coroutine.create(print)) == 'thread'");
    guest_true(g, "return ('%s'):format({}) == 'table' and tostring(0/0) == 'nan'");
    guest_true(g, "local ok, e = pcall(error, {}) return tostring(e) == 'table'");
    guest_true(g, "return tostring(setmetatable({}, {__name = 'Pallet'})) == 'Pallet'");
    guest_free(g);
}

static void test_sort_is_stable(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    guest_true(g,
               "local t = {} for i = 1, 500 do t[i] = {k = (i * 7) % 5, i = i} end "
               "table.sort(t, function(a, b) return a.k < b.k end) "
               "for i = 2, 500 do local a, b = t[i - 1], t[i] "
               "if a.k > b.k or (a.k == b.k and a.i > b.i) then return false end end return true");
    // an error on the way leaves the table alone
    guest_true(g, "local t = {3, 1, 2} local ok = pcall(table.sort, t, function() error('x') end) "
                  "return not ok and t[1] == 3 and t[2] == 1 and t[3] == 2");
    guest_free(g);
}

static void test_print(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    DdError err;
    assert_true(guest_file(g, "p.lua", "print('a', 1, nil, {})\nlog('warn', 'low', 0.5)", 0, &err));
    assert_string_equal(g->printed, "info|a\t1\tnil\ttable|my/p.lua|1\nwarn|low\t0.5|my/p.lua|2\n");
    g->printed[0] = '\0';
    assert_false(guest_file(g, "q.lua", "log('loud', 'x')", 0, &err));
    assert_non_null(strstr(err.text, "invalid option 'loud'"));
    guest_free(g);
}

static void test_memory_cap(void** state)
{
    (void)state;
    DdLuaDef def = dd_lua_def();
    def.budget.memory = 2 << 20;
    def.budget.load_units = 100000000;
    Guest* g = guest_new(&def);
    guest_error(g, "local t = {} while true do t[#t + 1] = {} end", DD_ERROR_BUDGET,
                "the data grew over 2,097,152 bytes (memory budget)");
    guest_error(
        g, "while true do pcall(function() local t = {} while true do t[#t + 1] = {} end end) end",
        DD_ERROR_BUDGET, "memory budget");
    assert_true(dd_lua_usage(g->host).memory_max <= 2 << 20);
    // garbage is no memory
    guest_true(g, "for i = 1, 200000 do local t = {i} end return true");
    guest_free(g);
}

static void test_resume(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    lua_State* L = dd_lua_state(g->host);
    DdError err;
    assert_true(guest_file(g, "story.lua",
                           "return function(a)\n local b = coroutine.yield(a + 1)\n"
                           " pcall(function() b = coroutine.yield(b * 2) end)\n"
                           " if b == 0 then error('lost') end\n while true do end\nend",
                           1, &err));
    for (int round = 0; round < 2; round++) {
        lua_State* co = lua_newthread(L);
        lua_pushvalue(L, 1);
        lua_xmove(L, co, 1);
        int n;
        bool done;
        lua_pushinteger(co, 4);
        assert_true(dd_lua_resume(g->host, co, 1, &n, &done, &err));
        assert_true(!done && n == 1 && lua_tointeger(co, -1) == 5);
        lua_pop(co, 1);
        lua_pushinteger(co, 10);
        assert_true(dd_lua_resume(g->host, co, 1, &n, &done, &err));
        assert_true(!done && lua_tointeger(co, -1) == 20);
        lua_pop(co, 1);
        lua_pushinteger(co, round);
        assert_false(dd_lua_resume(g->host, co, 1, &n, &done, &err));
        assert_true(done);
        if (round == 0) {
            assert_int_equal(err.code, DD_ERROR_SCRIPT);
            assert_string_equal(err.text, "my/story.lua:4: lost");
            assert_non_null(strstr(err.traceback, "my/story.lua:4"));
        } else {
            assert_int_equal(err.code, DD_ERROR_BUDGET);
            assert_non_null(strstr(err.text, "my/story.lua:5: one call ran more than"));
        }
        lua_pop(L, 1);
    }
    guest_free(g);
}

// a host function that calls the guest back through the host
static int call_back(lua_State* L)
{
    DdError err;
    lua_pushvalue(L, 1);
    if (!dd_lua_call(dd_lua_of(L), 0, 1, DD_LUA_CALL, &err)) {
        return dd_lua_raise(L, &err);
    }
    return 1;
}

static void test_nested_calls(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    lua_pushcfunction(dd_lua_state(g->host), call_back);
    lua_setglobal(dd_lua_state(g->host), "call_back");
    guest_true(g, "return call_back(function() return 5 end) == 5");
    guest_true(
        g,
        "return coroutine.wrap(function() return call_back(function() return 6 end) end)() == 6");
    guest_error(g, "call_back(function() error('in') end)", DD_ERROR_SCRIPT, ": in");
    guest_error(g, "pcall(call_back, function() while true do end end) while true do end",
                DD_ERROR_BUDGET, "budget per load");
    guest_free(g);
}

// a class system in the usual ways
static void test_classes(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    guest_true(
        g,
        "local Animal = {} Animal.__index = Animal "
        "function Animal.new(n) return setmetatable({n = n}, Animal) end "
        "function Animal:name() return self.n end "
        "local Dog = setmetatable({}, {__index = Animal}) Dog.__index = Dog "
        "local d = setmetatable({n = 'rex'}, Dog) function Dog:bark() return self:name() .. '!' "
        "end "
        "return d:bark() == 'rex!' and getmetatable(d) == Dog and Animal.new('a'):name() == 'a'");
    guest_true(g,
               "local V = {} V.__index = V local function v(x) return setmetatable({x = x}, V) end "
               "local first = v(1) function V.__add(a, b) return v(a.x + b.x) end "
               "return (v(1) + v(2)).x == 3");
    guest_true(g, "local C = setmetatable({}, {__call = function(cls, x) return setmetatable({x = "
                  "x}, cls) end}) "
                  "C.__index = C function C:get() return self.x end return C(4):get() == 4");
    guest_free(g);
}

// figures: one trivial call, one instruction
static void test_throughput(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    DdError err;
    assert_true(guest_run(g, "return function(x) return x + 1 end", 1, &err));
    lua_State* L = dd_lua_state(g->host);
    enum { k_calls = 500000 };
    double best = 1e9;
    for (int round = 0; round < 5; round++) {
        struct timespec a;
        struct timespec b;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
        for (int i = 0; i < k_calls; i++) {
            lua_pushvalue(L, 1);
            lua_pushnumber(L, 1.5);
            assert_true(dd_lua_call(g->host, 1, 1, DD_LUA_CALL, &err));
            lua_pop(L, 1);
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
        double ns =
            ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / k_calls;
        best = ns < best ? ns : best;
    }
    print_message("a trivial call: %.0f ns\n", best);
    assert_true(best < 5000);
    guest_free(g);
}

static void test_bad_defs(void** state)
{
    (void)state;
    DdError err;
    DdLuaDef def = dd_lua_def();
    def.budget.memory = 1000;
    assert_null(dd_lua_create(&def, &err));
    assert_int_equal(err.code, DD_ERROR_ARGUMENT);
    def = dd_lua_def();
    def.budget.call_units = 0;
    assert_null(dd_lua_create(&def, &err));
    dd_lua_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_malloc),
        cmocka_unit_test(test_error_places),
        cmocka_unit_test(test_raise_keeps_the_code),
        cmocka_unit_test(test_pairs_in_order),
        cmocka_unit_test(test_globals_are_strict),
        cmocka_unit_test(test_require),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_no_addresses),
        cmocka_unit_test(test_sort_is_stable),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_memory_cap),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_nested_calls),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_throughput),
        cmocka_unit_test(test_bad_defs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
