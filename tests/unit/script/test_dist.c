// Distributions: what they draw, what arithmetic makes of them, how they are written.
#include "tests/unit/script/script_test.h"

#include <math.h>

#include "sim/script/dist.h"
#include "sim/script/script_state.h"

typedef struct Case {
    const char* expression;
    const char* text;
    double low, high; // what can be drawn
    double mean;
} Case;

static const Case k_cases[] = {
    {"uniform(-1, 3)", "uniform(-1, 3)", -1, 3, 1},
    {"uniform(-1, 3) * 2", "uniform(-2, 6)", -2, 6, 2},
    {"-2 * uniform(-1, 3)", "uniform(-6, 2)", -6, 2, -2},
    {"10 - uniform(-1, 3)", "uniform(7, 11)", 7, 11, 9},
    {"-(uniform(1, 3) + 1) / 2", "uniform(-2, -1)", -2, -1, -1.5},
    {"uniform_int(1, 4)", "uniform_int(1, 4)", 1, 4, 2.5},
    {"uniform_int(1, 4) * mm + 1", "uniform_int(1, 4) * 0.001 + 1", 1.001, 1.004, 1.0025},
    {"normal(2, 0.5)", "normal(2, 0.5)", -2, 6, 2},
    {"normal(2, 0.5):clip(1, 2)", "normal(2, 0.5):clip(1, 2)", 1, 2, 1.804},
    {"normal(2, 0.5):clip(1, 2) * -1", "normal(-2, 0.5):clip(-2, -1)", -2, -1, -1.804},
    {"choice { 1, 2, 6 }", "choice { 1, 2, 6 }", 1, 6, 3},
    {"choice { 1, 2, 6 } * 2", "choice { 2, 4, 12 }", 2, 12, 6},
    {"constant(5)", "5", 5, 5, 5},
};

static int keep_dist(lua_State* L)
{
    const DdDist* dist = dd_dist_test(L, 1);
    if (!dist) {
        return luaL_error(L, "no distribution");
    }
    *(DdDist*)lua_touserdata(L, 2) = *dist;
    return 0;
}

static DdDist evaluate(const char* expression)
{
    DdError err;
    DdDist dist;
    char text[256];
    snprintf(text, sizeof text, "return %s\n", expression);
    write_text("dist.lua", text);
    DdLuaDef def = dd_lua_def();
    def.files = dd_files_create();
    DdLua* host = dd_script_host(&def, &err);
    assert_non_null(host);
    if (!dd_script_load(host, "x/dist.lua", "dist.lua", "dist.lua", &err)) {
        print_error("%s\n", err.text);
        fail();
    }
    lua_State* L = dd_lua_state(host);
    lua_pushcfunction(L, keep_dist);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, &dist);
    assert_true(dd_lua_call(host, 2, 0, DD_LUA_CALL, &err));
    dd_lua_destroy(host);
    dd_files_destroy(def.files);
    return dist;
}

static void test_draws_and_texts(void** state)
{
    (void)state;
    for (size_t i = 0; i < sizeof k_cases / sizeof k_cases[0]; i++) {
        const Case* c = &k_cases[i];
        DdDist dist = evaluate(c->expression);
        char text[256];
        dd_dist_text(&dist, text, sizeof text);
        assert_string_equal(text, c->text);

        enum { k_draws = 20000 };
        DdStream stream = dd_stream(5, "test", c->expression);
        double sum = 0, square = 0;
        for (int k = 0; k < k_draws; k++) {
            DdValue v = dd_dist_draw(&dist, &stream);
            assert_true(v.number >= c->low && v.number <= c->high);
            assert_true(dd_dist_supports(&dist, &v));
            sum += v.number;
            square += v.number * v.number;
        }
        // five standard errors
        double mean = sum / k_draws;
        double sigma = sqrt(fmax(square / k_draws - mean * mean, 0) / k_draws);
        assert_true(fabs(mean - c->mean) <= 5 * sigma + 1e-3);
    }
}

static void test_support(void** state)
{
    (void)state;
    static const struct {
        const char* expression;
        double value;
        bool inside;
    } k_values[] = {
        {"uniform(0, 1)", 0.5, true},           {"uniform(0, 1)", 1.5, false},
        {"uniform_int(1, 4) * cm", 0.03, true}, {"uniform_int(1, 4) * cm", 0.035, false},
        {"uniform_int(1, 4)", 5, false},        {"normal(0, 1)", 100, true},
        {"normal(0, 1):clip(-1, 1)", 2, false}, {"choice { 1, 2 }", 2, true},
        {"choice { 1, 2 }", 3, false},
    };
    for (size_t i = 0; i < sizeof k_values / sizeof k_values[0]; i++) {
        DdDist dist = evaluate(k_values[i].expression);
        DdValue v = {.type = DD_VALUE_NUMBER, .number = k_values[i].value};
        assert_int_equal(dd_dist_supports(&dist, &v), k_values[i].inside);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_and_texts),
        cmocka_unit_test(test_support),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
