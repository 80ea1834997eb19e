// Patterns, formats and other string functions against stock Lua's own, on thousands of random
// inputs.
#include "guest.h"

#include <lualib.h>

typedef struct Random {
    uint64_t state;
} Random;

static unsigned next(Random* r, unsigned n)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(r->state >> 33) % n;
}

// a piece of a pattern over a small alphabet, now and then malformed
static size_t put_item(Random* r, char* out)
{
    static const char* const k_items[] = {
        "a",      "b",      ".",      "%a",    "%d",   "%s",    "%S",    "%w",    "%W",
        "%p",     "%x",     "%u",     "%l",    "%c",   "%g",    "%A",    "%.",    "%%",
        "%]",     "[ab]",   "[^a]",   "[a-c]", "[]a]", "[^]b]", "[%a1]", "[a-]",  "[-a]",
        "[%-a]",  "[a-%%]", "[%w_]",  "x",     " ",    "1",     "(a)",   "(.)",   "()",
        "(b*)",   "(.-)",   "((a)b)", "%1",    "%2",   "%b()",  "%bab",  "%f[a]", "%f[%W]",
        "%f[^b]", "$",      "^",      "-",     "]",    "[a",    "(",     ")",     "%",
    };
    static const char* const k_suffix[] = {"", "", "", "*", "+", "-", "?"};
    unsigned kinds = sizeof k_items / sizeof *k_items;
    // the malformed ones are at the end, and rare
    unsigned i = next(r, 20) == 0 ? next(r, kinds) : next(r, kinds - 4);
    return (size_t)sprintf(out, "%s%s", k_items[i], k_suffix[next(r, 7)]);
}

static void random_pattern(Random* r, char out[128])
{
    size_t n = 0;
    out[0] = '\0';
    if (next(r, 6) == 0) {
        out[n++] = '^';
    }
    for (unsigned i = next(r, 6); i > 0; i--) {
        n += put_item(r, out + n);
    }
    if (next(r, 8) == 0) {
        out[n++] = '$';
    }
    out[n] = '\0';
}

static void random_subject(Random* r, char out[64])
{
    static const char k_letters[] = "aaabbbcAB1 ()_-.]%x\n";
    unsigned n = next(r, 24);
    for (unsigned i = 0; i < n; i++) {
        out[i] = k_letters[next(r, sizeof k_letters - 1)];
    }
    out[n] = '\0';
}

// runs string.FUNCTION on the arguments at the top of the stack; all results as one text
static void call(lua_State* L, const char* function, int nargs, char* out, size_t size)
{
    lua_getglobal(L, "string");
    lua_getfield(L, -1, function);
    lua_remove(L, -2);
    lua_insert(L, -(nargs + 1));
    int base = lua_gettop(L) - nargs - 1;
    int status = lua_pcall(L, nargs, LUA_MULTRET, 0);
    size_t n = (size_t)snprintf(out, size, "%s:", status == LUA_OK ? "ok" : "error");
    for (int i = base + 1; status == LUA_OK && i <= lua_gettop(L) && n < size; i++) {
        lua_pushvalue(L, i);
        const char* s = lua_tostring(L, -1);
        n += (size_t)snprintf(out + n, size - n, "%s(%s)", luaL_typename(L, i), s ? s : "nil");
        lua_pop(L, 1);
    }
    lua_settop(L, base);
}

static void compare(lua_State* ours, lua_State* stock, const char* function, int nargs,
                    const char* args[], int* errors)
{
    char a[4096];
    char b[4096];
    for (int k = 0; k < 2; k++) {
        lua_State* L = k ? stock : ours;
        for (int i = 0; i < nargs; i++) {
            if (args[i][0] == '\x01') {
                lua_pushinteger(L, atoi(args[i] + 1));
            } else {
                lua_pushstring(L, args[i]);
            }
        }
        call(L, function, nargs, k ? b : a, sizeof a);
    }
    *errors += strncmp(b, "error", 5) == 0;
    if (strcmp(a, b) != 0) {
        fail_msg("string.%s('%s', '%s'): ours %s, stock %s", function, args[0], args[1], a, b);
    }
}

static void test_patterns(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    lua_State* ours = dd_lua_state(g->host);
    lua_State* stock = luaL_newstate();
    luaL_openlibs(stock);
    Random r = {12345};
    int errors = 0;
    int n = 0;
    for (; n < 20000; n++) {
        char pattern[128];
        char subject[64];
        char init[16];
        random_pattern(&r, pattern);
        random_subject(&r, subject);
        snprintf(init, sizeof init, "\x01%d", (int)next(&r, 12) - 5);
        const char* args[] = {subject, pattern, init};
        compare(ours, stock, "find", 3, args, &errors);
        compare(ours, stock, "match", 2, args, &errors);
        static const char* const k_replacements[] = {"<%0>", "%1", "", "x%%", "%2%1", "%"};
        const char* sub[] = {subject, pattern, k_replacements[next(&r, 6)]};
        compare(ours, stock, "gsub", 3, sub, &errors);
    }
    // most of them are well formed
    assert_true(errors > 100 && errors < n);
    lua_close(stock);
    guest_free(g);
}

static void test_gmatch(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    lua_State* stock = luaL_newstate();
    luaL_openlibs(stock);
    const char* text = "local s, p = ... local r = {} "
                       "for a, b in s:gmatch(p) do r[#r + 1] = tostring(a) .. '|' .. tostring(b) "
                       "if #r > 50 then break end end return table.concat(r, ';')";
    DdError err;
    char logical[] = "scenario/gmatch.lua";
    assert_non_null(dd_files_add(g->files, logical, text, strlen(text), &err));
    assert_true(dd_lua_load(g->host, logical, logical, logical, &err));
    lua_State* ours = dd_lua_state(g->host);
    assert_int_equal(luaL_loadstring(stock, text), LUA_OK);
    Random r = {99};
    for (int i = 0; i < 5000; i++) {
        char pattern[128];
        char subject[64];
        random_pattern(&r, pattern);
        random_subject(&r, subject);
        char out[2][2048];
        for (int k = 0; k < 2; k++) {
            lua_State* L = k ? stock : ours;
            lua_pushvalue(L, 1);
            lua_pushstring(L, subject);
            lua_pushstring(L, pattern);
            bool ok = lua_pcall(L, 2, 1, 0) == LUA_OK;
            snprintf(out[k], sizeof out[k], "%s", ok ? lua_tostring(L, -1) : "error");
            lua_settop(L, 1);
        }
        if (strcmp(out[0], out[1]) != 0) {
            fail_msg("gmatch('%s', '%s'): ours %s, stock %s", subject, pattern, out[0], out[1]);
        }
    }
    lua_close(stock);
    guest_free(g);
}

// expressions whose value must be that of stock Lua
static const char* const k_expressions[] = {
    "('%5.2f|%-8d|%+d|%x|%X|%o'):format(3.14159, 42, 7, 255, 255, 8)",
    "('%s %s %s'):format(nil, true, 1.5)",
    "('%10s|%-10s|%.2s'):format('ab', 'cd', 'efg')",
    "('%q'):format('a\\n\\0b\"\\\\')",
    "('%q'):format(0.1)",
    "('%q'):format(math.mininteger)",
    "('%c%c'):format(72, 105)",
    "('%a'):format(0.5)",
    "('%g|%e|%i'):format(1e20, 1.5, 3)",
    "('%%|%5s'):format('x')",
    "('%d'):format(3.0)",
    "('%.3q'):format('x')",
    "('%d'):format(3.5)",
    "('%s'):format()",
    "('%y'):format(1)",
    "('%#x|% d|%05d'):format(255, 5, 42)",
    "('%.20s'):format(('ab'):rep(200))",
    "('%s'):format(('ab'):rep(200))",
    "('%99d'):format(1)",
    "tostring(1e15)",
    "tostring(-0.0)",
    "tostring(1e100)",
    "tostring(2^53)",
    "tostring(10 // 3)",
    "tonumber('0x10')",
    "tonumber('  12  ')",
    "tonumber('1e2')",
    "tonumber('z', 36)",
    "tonumber('ff', 16)",
    "tonumber('8', 8)",
    "tonumber('-7', 8)",
    "tonumber('')",
    "tonumber('1 2')",
    "tonumber('7fffffffffffffff', 16)",
    "tonumber('1' .. ('0'):rep(30))",
    "tonumber(' -0x1p4 ')",
    "('hello'):sub(2, -2)",
    "('hello'):sub(-100, 100)",
    "('hello'):sub(4, 2)",
    "('hello'):byte(1, -1)",
    "('hello'):byte(10)",
    "('x'):rep(3, ',')",
    "('x'):rep(-1)",
    "('abc'):reverse()",
    "('aBc'):upper()",
    "('hello'):find('l', 1, true)",
    "('hello'):find('', 10)",
    "('hello'):find('', 6)",
    "('hello'):find('xyz', -100)",
    "('a.b'):find('.', 2, true)",
    "('hello'):len()",
    "('abc'):gsub('', '-')",
    "('abc'):gsub('%w', {a = 'x', b = false})",
    "('abc'):gsub('%w', function(c) return c == 'b' and 1 or nil end)",
    "('abc'):gsub('b', '%9')",
    "('hello world'):gsub('o', '0', 1)",
    "('abc'):gsub('.', {a = {}})",
    "table.concat({1, 2, 'x'}, '-')",
    "table.concat({1, {}, 3})",
    "table.concat({}, 'x')",
    "table.concat({1, 2, 3}, ',', 2, 3)",
    "table.unpack({1, 2, 3}, 2)",
    "table.unpack({1, 2}, 1, 4)",
    "table.pack(1, nil, 3).n",
    "select('#', nil, nil)",
    "select(-1, 1, 2, 3)",
    "select(0)",
    "(function() local t = {1, 2, 3} table.insert(t, 2, 9) return table.concat(t, ',') end)()",
    "(function() local t = {1, 2, 3} table.insert(t, 9, 9) end)()",
    "(function() local t = {1, 2, 3} return table.remove(t, 1), table.concat(t, ',') end)()",
    "(function() local t = {1, 2, 3} return table.remove(t), table.concat(t, ',') end)()",
    "(function() local t = {} return table.remove(t), #t end)()",
    "(function() local t = {1, 2, 3} return table.remove(t, 4), #t end)()",
    "(function() local t = {1, 2, 3} return table.remove(t, 5) end)()",
    "(function() local t = {1, 2, 3} return table.remove(t, 0) end)()",
    "table.concat(table.move({1, 2, 3, 4}, 1, 3, 2), ',')",
    "table.concat(table.move({1, 2, 3, 4}, 2, 4, 1), ',')",
    "table.concat(table.move({1, 2, 3}, 1, 3, 3, {7, 8}), ',')",
    "(function() local t = {5, 3, 9, 1} table.sort(t) return table.concat(t, ',') end)()",
    "(function() local t = {5, 3, 9, 1} table.sort(t, function(a, b) return a > b end) "
    "return table.concat(t, ',') end)()",
    "(function() local t = {5, 'x'} table.sort(t) end)()",
    "math.floor(3.7)",
    "math.floor(-3.7)",
    "math.ceil(1e300)",
    "math.floor(7)",
    "math.abs(-3)",
    "math.abs(math.mininteger)",
    "math.fmod(7, 3)",
    "math.fmod(-7, 3)",
    "math.fmod(7.5, 2)",
    "math.fmod(1, 0)",
    "math.modf(3.7)",
    "math.modf(-3.7)",
    "math.modf(5)",
    "math.modf(1/0)",
    "math.tointeger(3.0)",
    "math.tointeger('x')",
    "math.type(1)",
    "math.type(1.0)",
    "math.type('1')",
    "math.ult(1, -1)",
    "math.max(1, 2.5, 2)",
    "math.min(3)",
    "math.max()",
    "math.log(8, 2)",
    "math.log(100, 10)",
    "math.huge",
    "math.pi",
    "math.maxinteger",
    "math.atan(1, -1)",
    "math.sqrt(2)",
    "utf8.char(72, 228, 44032, 128512)",
    "utf8.len('h\\u{E4}\\u{AC00}')",
    "utf8.len('\\xff')",
    "utf8.codepoint('h\\u{E4}\\u{AC00}', 1, -1)",
    "utf8.offset('h\\u{E4}x', 3)",
    "utf8.offset('h\\u{E4}x', -1)",
    "utf8.offset('h\\u{E4}x', 0, 3)",
    "utf8.offset('abc', 9)",
    "utf8.len('abc', 4)",
    "utf8.len('abc', 5)",
    "utf8.len('\\u{7FFFFFFF}', 1, -1, true)",
    "utf8.len('\\u{7FFFFFFF}')",
    "utf8.codepoint('\\xff')",
    "utf8.len('\\xed\\xa0\\x80')",
    "(function() local r = {} for p, c in utf8.codes('a\\u{E4}\\u{AC00}') do r[#r + 1] = p .. ':' "
    ".. c "
    "end return table.concat(r, ' ') end)()",
    "(function() for p, c in utf8.codes('a\\xff') do end end)()",
    "('\\u{AC00}b'):match(utf8.charpattern)",
    "pcall(error, 'x')",
    "pcall(error)",
    "select(2, pcall(error, {1}))[1]",
    "pcall(function(...) "
    "return ... end, 1, 2)",
    "xpcall(error, function(m) return m .. '!' end, 'x')",
    "xpcall(function(a, b) return a + b end, print, 1, 2)",
    "assert(1, 2, 3)",
    "assert(false, 'no')",
    "rawequal('a', 'a')",
    "rawlen({1, 2})",
    "rawget(setmetatable({}, {__index = {x = 1}}), 'x')",
    "getmetatable(setmetatable({}, {__metatable = 'locked'}))",
    "type(nil)",
    "type(print)",
    "tostring(setmetatable({}, {__tostring = function() return 'T' end}))",
    "#setmetatable({}, {__len = function() return 7 end})",
    "(setmetatable({}, {__call = function(_, a) return a end}))(5)",
    "(setmetatable({}, {__index = function(_, k) return k .. '!' end})).x",
    "(function() local A = {} A.__index = A function A.f() return 'f' end "
    "local B = setmetatable({}, {__index = A}) B.__index = B return setmetatable({}, B).f() end)()",
    "setmetatable({}, {__add = function(a, b) return 'add' end}) + 1",
    "setmetatable({}, {__eq = function() return true end}) == setmetatable({}, {})",
    "(function() local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) "
    "end}) "
    "t.x = 4 return t.x end)()",
    "(function() local r = '' do local x <close> = setmetatable({}, {__close = function() r = "
    "'closed' "
    "end}) end return r end)()",
    "coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end)(1)",
    "(function() local c = coroutine.create(function(a) local b = coroutine.yield(a) error('e' .. "
    "b, 0) "
    "end) local x = {coroutine.resume(c, 1)} local y = {coroutine.resume(c, 2)} "
    "return x[2], y[1], y[2], coroutine.status(c), coroutine.resume(c) end)()",
    "coroutine.isyieldable()",
    "select(2, coroutine.running())",
    "(function() local c = coroutine.create(function() local x <close> = setmetatable({}, {__close "
    "= "
    "function() error('in close', 0) end}) coroutine.yield() end) coroutine.resume(c) "
    "return coroutine.close(c) end)()",
    "pcall(coroutine.wrap(function() error('w', 0) end))",
    "(function() local ok, e = pcall(function() coroutine.yield() end) return ok, e end)()",
    "coroutine.wrap(function() return pcall(function() return coroutine.yield(1) end) end)()",
    "coroutine.resume(coroutine.create(error), 'm')",
    "coroutine.wrap(coroutine.yield)(3)",
};

static void test_expressions(void** state)
{
    (void)state;
    Guest* g = guest_new(NULL);
    lua_State* stock = luaL_newstate();
    luaL_openlibs(stock);
    for (size_t i = 0; i < sizeof k_expressions / sizeof *k_expressions; i++) {
        char text[2048];
        snprintf(text, sizeof text,
                 "local r = table.pack(pcall(function() return %s end)) "
                 "if not r[1] then return 'error' end "
                 "for i = 1, r.n do r[i] = tostring(r[i]) end return table.concat(r, ' ')",
                 k_expressions[i]);
        DdError err;
        if (!guest_run(g, text, 1, &err)) {
            fail_msg("%s: %s", k_expressions[i], err.text);
        }
        assert_int_equal(luaL_dostring(stock, text), LUA_OK);
        const char* ours = lua_tostring(dd_lua_state(g->host), -1);
        const char* theirs = lua_tostring(stock, -1);
        if (strcmp(ours, theirs) != 0) {
            fail_msg("%s: ours %s, stock %s", k_expressions[i], ours, theirs);
        }
        lua_settop(dd_lua_state(g->host), 0);
        lua_settop(stock, 0);
    }
    lua_close(stock);
    guest_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_gmatch),
        cmocka_unit_test(test_expressions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
