// Escapes: every snippet must end by its budget or with an error, fast, and the host must survive.
#include "guest.h"

#include <time.h>

#define BUDGET DD_ERROR_BUDGET
#define SCRIPT DD_ERROR_SCRIPT

typedef struct Snippet {
    const char* name;
    DdErrorCode code; // DD_OK: may end well, yet fast
    const char* text;
} Snippet;

static const Snippet k_snippets[] = {
    {"loop", BUDGET, "while true do end"},
    {"goto", BUDGET, "::a:: goto a"},
    {"pcall swallow", BUDGET, "while true do pcall(function() while true do end end) end"},
    {"pcall nested", BUDGET, "local function f() pcall(f) while true do pcall(error) end end f()"},
    {"xpcall handler", BUDGET,
     "xpcall(function() while true do end end, function() while true do end end) while true do "
     "end"},
    {"xpcall error in handler", BUDGET,
     "while true do xpcall(error, function() error('x') end) end"},
    {"coroutine", BUDGET,
     "while true do local c = coroutine.create(function() while true do end end) "
     "coroutine.resume(c) end"},
    {"many short coroutines", BUDGET,
     "local n = 0 while true do coroutine.wrap(function() for i = 1, 300 do n = n + 1 end end)() "
     "end"},
    {"coroutine in pcall", BUDGET,
     "while true do pcall(coroutine.wrap(function() while true do end end)) end"},
    {"nested resume", DD_OK,
     "local function f() return coroutine.wrap(f)() end while true do pcall(f) end"},
    {"yield forever", BUDGET,
     "local c = coroutine.wrap(function() while true do coroutine.yield() end end) "
     "while true do c() end"},
    {"close handler", BUDGET,
     "local t = setmetatable({}, {__close = function() while true do end end}) "
     "local x <close> = t while true do end"},
    {"many close handlers", BUDGET,
     "local mt = {__close = function() while true do end end} "
     "local function f(n) local x <close> = setmetatable({}, mt) if n > 0 then f(n - 1) end "
     "while true do end end f(150)"},
    {"close of coroutine", BUDGET,
     "local mt = {__close = function() while true do end end} "
     "local c = coroutine.create(function() local x <close> = setmetatable({}, mt) "
     "coroutine.yield() end) coroutine.resume(c) coroutine.close(c) while true do end"},
    {"close chain", SCRIPT,
     "local last for i = 1, 1500 do local prev = last "
     "local mt = {__close = function() if prev then assert(coroutine.close(prev)) end end} "
     "last = coroutine.create(function() local x <close> = setmetatable({}, mt) "
     "coroutine.yield() end) coroutine.resume(last) end assert(coroutine.close(last))"},
    {"close that swallows", BUDGET,
     "local c = coroutine.create(function() while true do end end) "
     "while true do coroutine.resume(c) coroutine.close(c) end"},
    {"gc finaliser", SCRIPT, "setmetatable({}, {__gc = function() while true do end end})"},
    {"gc set later", DD_OK,
     "local mt = {} local t = setmetatable({}, mt) "
     "mt.__gc = function() while true do end end t = nil local z = {} for i = 1, 10000 do z[i] = "
     "{} end"},
    {"weak table", SCRIPT, "setmetatable({}, {__mode = 'k'})"},
    {"backtracking", BUDGET,
     "return (('a'):rep(200)):find(('a?'):rep(60) .. ('a'):rep(60) .. 'b')"},
    {"backtracking 2", BUDGET, "return (('a'):rep(2000)):find('.-.-.-.-.-.-b')"},
    {"quadratic find", BUDGET, "return (('a'):rep(200000)):find('a*a*b')"},
    {"balanced", BUDGET, "return (('('):rep(200000)):find('%b()x')"},
    {"quadratic gsub", BUDGET, "return (('a'):rep(200000)):gsub('a-b', '')"},
    {"gsub growth", BUDGET, "local s = 'x' while true do s = s:gsub('.', '%0%0%0%0') end"},
    {"gsub callback", BUDGET, "(('a'):rep(1000)):gsub('.', function() while true do end end)"},
    {"gmatch", BUDGET, "while true do for w in ('a b c d'):gmatch('%a') do end end"},
    {"back reference", BUDGET, "return (('a'):rep(20000)):find('(.*)(.*)%1%2b')"},
    {"set scan", BUDGET,
     "local set = '[' .. ('b'):rep(2000) .. ']' local s = ('a'):rep(2000) "
     "while true do s:find(set) end"},
    {"frontier", BUDGET, "local s = ('a'):rep(100000) while true do s:find('%f[b]') end"},
    {"pattern depth", DD_OK, "return pcall(string.find, ('a'):rep(1000), ('(a'):rep(500))"},
    {"rep empty", DD_OK, "return string.rep('', 1 << 62)"},
    {"rep empty with separator", BUDGET, "return string.rep('', 1 << 62, ',')"},
    {"rep huge", BUDGET, "return string.rep('x', 1 << 62)"},
    {"rep overflow", BUDGET, "return string.rep(('x'):rep(1 << 16), 1 << 48)"},
    {"rep loop", BUDGET, "while true do local s = string.rep('x', 200000) end"},
    {"concat doubling", BUDGET, "local s = 'x' while true do s = s .. s end"},
    {"concat long", BUDGET, "local s = ('x'):rep(200000) while true do local t = s .. 'y' end"},
    {"compare long", BUDGET,
     "local a, b = ('x'):rep(250000), ('x'):rep(250000) while true do local z = a < b end"},
    {"equal long", BUDGET,
     "local a, b = ('x'):rep(250000) .. 'a', ('x'):rep(250000) .. 'b' "
     "while true do local z = a == b end"},
    {"for limit string", DD_OK,
     "local s = (' '):rep(250000) .. '1' while true do pcall(function() for i = 1, s do end end) "
     "end"},
    {"format loop", BUDGET, "while true do string.format('%99.99f', 1e308) end"},
    {"format width", SCRIPT, "return string.format('%1000000d', 1)"},
    {"format address", SCRIPT, "return string.format('%p', {})"},
    {"move huge", BUDGET, "return table.move({}, 1, 1 << 53, 2)"},
    {"move overflow", SCRIPT, "return table.move({}, math.mininteger, math.maxinteger, 2)"},
    {"insert huge length", BUDGET,
     "local t = setmetatable({}, {__len = function() return 1 << 53 end}) table.insert(t, 1, 'x')"},
    {"remove huge length", BUDGET,
     "local t = setmetatable({}, {__len = function() return 1 << 53 end}) table.remove(t, 1)"},
    {"sort huge length", BUDGET,
     "local t = setmetatable({}, {__len = function() return 1 << 53 end}) table.sort(t)"},
    {"concat huge length", BUDGET,
     "local t = setmetatable({}, {__len = function() return 1 << 53 end, "
     "__index = function() return '' end}) table.concat(t)"},
    {"unpack huge", SCRIPT, "return table.unpack({}, 1, 1 << 53)"},
    {"unpack limits", SCRIPT, "return table.unpack({}, math.mininteger, math.maxinteger)"},
    {"sort with bad order", DD_OK,
     "local t = {} for i = 1, 1000 do t[i] = i end "
     "table.sort(t, function(a, b) return true end)"},
    {"sort callback", BUDGET, "table.sort({3, 2, 1}, function() while true do end end)"},
    {"pairs loop", BUDGET,
     "local t = {} for i = 1, 1000 do t['k' .. i] = i end while true do for k in pairs(t) do end "
     "end"},
    {"pairs metamethod", BUDGET,
     "for k in pairs(setmetatable({}, {__pairs = function() while true do end end})) do end"},
    {"ipairs endless", BUDGET,
     "for i in ipairs(setmetatable({}, {__index = function() return 1 end})) do end"},
    {"memory tables", BUDGET, "local t = {} while true do t[#t + 1] = {} end"},
    {"memory array", BUDGET, "local t = {} for i = 1, 1e9 do t[i] = i end"},
    {"memory in pcall", BUDGET,
     "while true do pcall(function() local t = {} while true do t[#t + 1] = {} end end) end"},
    {"memory in coroutine", BUDGET,
     "while true do coroutine.resume(coroutine.create(function() "
     "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end end)) end"},
    {"memory in close", BUDGET,
     "local keep = {} local mt = {__close = function() while true do keep[#keep + 1] = {} end end} "
     "local x <close> = setmetatable({}, mt) while true do keep[#keep + 1] = {} end"},
    {"coroutines kept", BUDGET,
     "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end"},
    {"recursion", BUDGET, "local function f() return 1 + f() end f()"},
    {"recursion in pcall", BUDGET,
     "while true do pcall(function() local function f() return 1 + f() end f() end) end"},
    {"recursion of pcall", DD_OK, "local function f() pcall(f) end f()"},
    {"recursion through gsub", DD_OK, "local function f() return ('a'):gsub('a', f) end pcall(f)"},
    {"recursion through tostring", DD_OK,
     "local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) "
     "pcall(tostring, t)"},
    {"recursion through index", DD_OK,
     "local t t = setmetatable({}, {__index = function(_, k) return t[k .. 'x'] end}) "
     "pcall(function() return t.x end)"},
    {"recursion through sort", DD_OK, "local function f() table.sort({1, 2}, f) end pcall(f)"},
    {"tail calls", BUDGET, "local function f() return f() end f()"},
    {"varargs grow", BUDGET, "local function f(...) return f(1, ...) end f()"},
    {"varargs copied", BUDGET,
     "local t = {} for i = 1, 4000 do t[i] = i end local function g() end "
     "local function f(...) while true do g(...) end end f(table.unpack(t))"},
    {"select in a row", BUDGET,
     "local t = {} for i = 1, 4000 do t[i] = i end "
     "local function f(...) while true do local a = select('#', ...) end end f(table.unpack(t))"},
    {"returns grow", BUDGET,
     "local function f(n) if n == 0 then return 1 end return 1, 2, 3, 4, 5, 6, 7, 8, f(n - 1) end "
     "while true do f(700) end"},
    {"call chain", SCRIPT,
     "local t = setmetatable({}, {}) local mt = getmetatable(t) mt.__call = t "
     "setmetatable(t, mt) t()"},
    {"call chain set behind", SCRIPT,
     "local mt = {} local t = setmetatable({}, mt) mt.__call = t t()"},
    {"index loop", SCRIPT, "local t = {} setmetatable(t, {__index = t}) return t.x"},
    {"index loop through two", SCRIPT,
     "local a, b = {}, {} setmetatable(a, {__index = b}) setmetatable(b, {__index = a}) return "
     "a.x"},
    {"index loop set behind", DD_OK,
     "local mt = {} local t = setmetatable({}, mt) mt.__index = t return t.x"},
    {"index chain", SCRIPT,
     "local t = {} for i = 1, 100 do t = setmetatable({}, {__index = t}) end return t.x"},
    {"index chain from its end", SCRIPT,
     "local head = {} local t = head for i = 1, 100 do local n = {} "
     "setmetatable(t, {__index = n}) t = n end return head.x"},
    {"newindex chain", SCRIPT,
     "local t = {} for i = 1, 100 do t = setmetatable({}, {__newindex = t}) end t.x = 1"},
    {"errors in long code", BUDGET, NULL}, // made below
    {"error far up", BUDGET,
     "local function f(n) if n == 0 then while true do pcall(error, 'x', 1 << 30) end end "
     "return 1 + f(n - 1) end f(3000)"},
    {"pcall deep down", BUDGET,
     "local function f(n) if n == 0 then while true do pcall(error, 'x') end end "
     "return 1 + f(n - 1) end f(3000)"},
    {"rehash", BUDGET,
     "local t = {} for i = 1, 65535 do t['k' .. i] = 1 end local i = 1 "
     "while true do t['k' .. i] = nil t['m' .. i] = 1 i = i + 1 end"},
    {"float remainder", BUDGET, "local x, y = 1.7e308, 5e-324 while true do local z = x % y end"},
    {"power", BUDGET, "local x = 1.000001 while true do local z = x ^ 1234567.8 end"},
    {"many numbers to text", BUDGET, NULL}, // made below
    {"numbers to text", BUDGET, "while true do local s = 1.2345e300 .. 2.3456e-300 end"},
    {"load", SCRIPT, "return load('return 1')"},
    {"bytecode", SCRIPT, "\x1bLua"},
    {"dofile", SCRIPT, "return dofile('/etc/passwd')"},
    {"io", SCRIPT, "return io.open('/etc/passwd')"},
    {"os", SCRIPT, "return os.execute('true')"},
    {"debug", SCRIPT, "return debug.sethook()"},
    {"package", SCRIPT, "return package.loadlib('x', 'y')"},
    {"collectgarbage", SCRIPT, "return collectgarbage('stop')"},
    {"string metatable", SCRIPT, "getmetatable('').__index = nil"},
    {"globals metatable", SCRIPT, "setmetatable(_G, {})"},
    {"rawset globals", SCRIPT, "rawset(_G, 'print', 1)"},
    {"stream metatable", SCRIPT, "getmetatable(stream('a')).__index = nil"},
    {"string dump", SCRIPT, "return string.dump(print)"},
    {"require path", SCRIPT, "return require '../../etc/passwd'"},
    {"require nothing", SCRIPT, "return require 'x'"},
    {"error table", SCRIPT, "error({})"},
    {"error nil", SCRIPT, "error()"},
    {"error table with hanging tostring", SCRIPT,
     "error(setmetatable({}, {__tostring = function() while true do end end}))"},
    {"error deep table", SCRIPT, "error(setmetatable({}, {__index = function() return 'x' end}))"},
    {"error coroutine", SCRIPT, "error(coroutine.create(print))"},
    {"print flood", BUDGET, "while true do print(('x'):rep(5000)) end"},
    {"nested functions", SCRIPT, NULL}, // made below
    {"parentheses", SCRIPT, NULL},      // made below
    {"slow to compile", DD_OK, NULL},   // made below
    {"constructor", DD_OK, NULL},       // made below
    {"utf8", BUDGET, "local s = ('\\u{AC00}'):rep(50000) while true do utf8.len(s) end"},
    {"utf8 codes", BUDGET,
     "local s = ('\\u{AC00}'):rep(50000) while true do for _ in utf8.codes(s) do end end"},
    {"wrap error loop", BUDGET,
     "while true do pcall(coroutine.wrap(function() error({}) end)) end"},
    {"setmetatable loop", BUDGET, "while true do setmetatable({}, {__index = {}}) end"},
    {"tostring loop", BUDGET, "while true do tostring(1.5) end"},
    {"min of many", BUDGET,
     "local t = {} for i = 1, 4000 do t[i] = i end while true do math.min(table.unpack(t)) end"},
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// texts too long to write down
static char* made_text(const char* name)
{
    size_t size = 400000;
    char* text = malloc(size);
    char* at = text;
    if (strcmp(name, "errors in long code") == 0) {
        at += sprintf(at, "local function f(a) goto over do ");
        for (int i = 0; i < 24000; i++) {
            at += sprintf(at, "a=a.b ");
        }
        sprintf(at, "end ::over:: local x = a.b.c end while true do pcall(f, {}) end");
    } else if (strcmp(name, "nested functions") == 0) {
        for (int i = 0; i < 150; i++) {
            at += sprintf(at, "local function f%d() local a,b,c,d,e ", i);
        }
        for (int i = 0; i < 40000; i++) {
            at += sprintf(at, "x=x ");
        }
        for (int i = 0; i < 150; i++) {
            at += sprintf(at, "end ");
        }
    } else if (strcmp(name, "slow to compile") == 0) {
        // every name is looked up among the locals of all functions around it
        for (int i = 0; i < 12; i++) {
            at += sprintf(at, "local function f%d()\n", i);
            for (int k = 0; k < 190; k++) {
                at += sprintf(at, "local a%d\n", k);
            }
        }
        while (at - text < 262000) {
            at += sprintf(at, "x=x ");
        }
        for (int i = 0; i < 12; i++) {
            at += sprintf(at, "end ");
        }
    } else if (strcmp(name, "many numbers to text") == 0) {
        at += sprintf(at, "local a = 1.2345678901234e308 while true do local s = a");
        for (int i = 0; i < 150; i++) {
            at += sprintf(at, "..a");
        }
        sprintf(at, " end");
    } else if (strcmp(name, "parentheses") == 0) {
        at += sprintf(at, "return ");
        for (int i = 0; i < 50000; i++) {
            *at++ = '(';
        }
        *at = '\0';
    } else {
        at += sprintf(at, "return {");
        for (int i = 0; i < 100000; i++) {
            at += sprintf(at, "{}");
            *at++ = ',';
            if (at - text > 250000) {
                break;
            }
        }
        sprintf(at, "}");
    }
    return text;
}

static void test_escapes(void** state)
{
    (void)state;
    double worst = 0;
    const char* worst_name = "";
    for (size_t i = 0; i < sizeof k_snippets / sizeof *k_snippets; i++) {
        const Snippet* s = &k_snippets[i];
        char* made = s->text ? NULL : made_text(s->name);
        Guest* g = guest_new(NULL);
        DdError err;
        double begin = seconds();
        bool ok = guest_run(g, s->text ? s->text : made, 0, &err);
        DdLuaUsage usage = dd_lua_usage(g->host);
        DdLuaBudget budget = dd_lua_def().budget;
        // counted, and the memory capped
        assert_true(usage.memory_max <= budget.memory);
        if (ok ? s->code != DD_OK : s->code != DD_OK && err.code != s->code) {
            fail_msg("%s: %s %s", s->name, ok ? "ended well" : dd_error_name(err.code),
                     ok ? "" : err.text);
        }
        if (!ok && err.code != BUDGET && err.code != SCRIPT) {
            fail_msg("%s: %s", s->name, err.text);
        }
        if (!ok && err.code == BUDGET && err.line < 1) {
            fail_msg("%s: no line: %s", s->name, err.text);
        }
        // the host still works
        assert_int_equal(lua_gettop(dd_lua_state(g->host)), 0);
        lua_State* L = dd_lua_state(g->host);
        lua_getglobal(L, "tostring");
        lua_pushinteger(L, 42);
        assert_true(dd_lua_call(g->host, 1, 1, DD_LUA_CALL, &err));
        assert_string_equal(lua_tostring(L, -1), "42");
        guest_free(g);
        double took = seconds() - begin;
#ifndef __SANITIZE_ADDRESS__
        // counted, not timed; yet nothing may hold `check` for 5 s
        if (took >= 5) {
            fail_msg("%s: %.1f s of processor time", s->name, took);
        }
#endif
        if (took > worst) {
            worst = took;
            worst_name = s->name;
        }
        if (getenv("DD_TEST_TIMES")) {
            print_message("%7.3f s %6.1f ns/unit  %s: %s\n", took,
                          usage.load_units ? took * 1e9 / (double)usage.load_units : 0.0, s->name,
                          ok ? "fine" : err.text);
        }
        free(made);
    }
    print_message("dearest: %s, %.2f s\n", worst_name, worst);
}

// the same work, the same count
static void test_counts_are_equal(void** state)
{
    (void)state;
    const char* text = "local t = {} for i = 1, 2000 do t['k' .. i] = {i, tostring(i)} end "
                       "local n = 0 for k, v in pairs(t) do n = n + #v[2] end "
                       "local s = {} for i = 1, 500 do s[i] = (i * 7919) % 503 end table.sort(s) "
                       "return (('abc '):rep(300)):gsub('%a+', string.upper)";
    DdLuaUsage first = {0};
    for (int i = 0; i < 5; i++) {
        Guest* g = guest_new(NULL);
        DdError err;
        assert_true(guest_file(g, "same.lua", text, 0, &err));
        DdLuaUsage usage = dd_lua_usage(g->host);
        if (i == 0) {
            first = usage;
            assert_true(usage.load_units > 10000);
        }
        assert_int_equal(usage.load_units, first.load_units);
        assert_int_equal(usage.memory_max, first.memory_max);
        guest_free(g);
    }
}

// a spent budget stops at the same place every time
static void test_stops_at_the_same_place(void** state)
{
    (void)state;
    int64_t reached = 0;
    for (int i = 0; i < 3; i++) {
        Guest* g = guest_new(NULL);
        DdError err;
        lua_State* L = dd_lua_state(g->host);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setglobal(L, "box");
        assert_false(
            guest_run(g, "local b = box while true do b[1] = (b[1] or 0) + 1 end", 0, &err));
        lua_rawgeti(L, 1, 1);
        int64_t n = lua_tointeger(L, -1);
        assert_true(n > 1000);
        assert_true(i == 0 || n == reached);
        reached = n;
        guest_free(g);
    }
}

// how often `text`, which adds to box[1], got round before its budget ended it
static int64_t rounds_of(const char* text)
{
    Guest* g = guest_new(NULL);
    DdError err;
    lua_State* L = dd_lua_state(g->host);
    lua_createtable(L, 1, 0);
    lua_pushinteger(L, 0);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, -1);
    lua_setglobal(L, "box");
    assert_false(guest_run(g, text, 0, &err));
    assert_int_equal(err.code, BUDGET);
    lua_rawgeti(L, 1, 1);
    int64_t n = lua_tointeger(L, -1);
    guest_free(g);
    return n;
}

static void test_nothing_is_free(void** state)
{
    (void)state;
    int64_t budget = dd_lua_def().budget.load_units;
    // a coroutine that ends before the first look at the meter is paid for
    int64_t n = rounds_of("local b = box while true do coroutine.wrap(function() "
                          "for i = 1, 150 do b[1] = b[1] + 1 end end)() end");
    assert_true(n > 1000 && n < budget / 4);
    // an error caught costs by the length of the code it may have been raised in
    char* text = malloc(200000);
    char* at = text + sprintf(text, "local b = box local function f(a) goto over do ");
    while (at - text < 160000) {
        at += sprintf(at, "a=a.b ");
    }
    sprintf(at, "end ::over:: local x = a.b.c end while true do pcall(f, {}) b[1] = b[1] + 1 end");
    n = rounds_of(text);
    free(text);
    assert_true(n > 10 && n < budget / 20000);
    // and so does a comparison of long strings
    n = rounds_of("local b = box local s = ('x'):rep(200000) while true do b[1] = b[1] + 1 end");
    assert_true(n > 100 && n < budget / 400);
}

static void test_budgets_are_named(void** state)
{
    (void)state;
    DdLuaDef def = dd_lua_def();
    def.budget.load_units = 20000;
    def.budget.call_units = 30000;
    def.budget.episode_units = 100000;
    Guest* g = guest_new(&def);
    DdError err;
    assert_false(guest_file(g, "dock.lua", "\n\nwhile true do\nend", 0, &err));
    assert_string_equal(err.text, "my/dock.lua:3: the file ran more than 20,000 units of work "
                                  "while loading (budget per load)");
    assert_string_equal(err.file, "my/dock.lua");
    assert_int_equal(err.line, 3);
    guest_free(g);

    g = guest_new(&def);
    assert_true(guest_run(g, "return function(n) for i = 1, n do end end", 1, &err));
    lua_State* L = dd_lua_state(g->host);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 100000);
    assert_false(dd_lua_call(g->host, 1, 0, DD_LUA_CALL, &err));
    assert_non_null(strstr(err.text, "one call ran more than 30,000 units"));
    bool ok = true;
    for (int i = 0; ok && i < 10; i++) {
        lua_pushvalue(L, 1);
        lua_pushinteger(L, 20000);
        ok = dd_lua_call(g->host, 1, 0, DD_LUA_CALL, &err);
    }
    assert_false(ok);
    assert_non_null(strstr(err.text, "all calls together ran more than 100,000 units"));
    // and again from zero
    dd_lua_reset_episode(g->host);
    assert_int_equal(dd_lua_usage(g->host).episode_units, 0);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 20000);
    assert_true(dd_lua_call(g->host, 1, 0, DD_LUA_CALL, &err));
    guest_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_counts_are_equal),
        cmocka_unit_test(test_stops_at_the_same_place),
        cmocka_unit_test(test_nothing_is_free),
        cmocka_unit_test(test_budgets_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
