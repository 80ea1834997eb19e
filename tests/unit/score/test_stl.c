// The language: what is read, what it means on a row, what is refused and how the error says so.
#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/score/stl.h"

static const struct {
    const char* name;
    const char* unit;
} k_signals[] = {
    {"dock_err", "m"},    {"speed", "m/s"},   {"tilt", "rad"},
    {"done", ""},         {"heading", "deg"}, {"amr.odom.twist.linear.x", "m/s"},
    {"body/geom-3", "N"}, {"energy", "J"},    {"odd", "furlong"},
    {"속도", "m/s"},
};
enum { k_nsignal = sizeof k_signals / sizeof *k_signals };

static bool resolve(void* user, const char* name, int* column, const char** unit)
{
    (void)user;
    for (int i = 0; i < k_nsignal; i++) {
        if (strcmp(k_signals[i].name, name) == 0) {
            *column = i;
            *unit = k_signals[i].unit;
            return true;
        }
    }
    return false;
}

static const char* suggest(void* user, const char* name)
{
    (void)user;
    return strncmp(name, "dok", 3) == 0 ? "dock_err" : NULL;
}

static const DdSignals k_all = {resolve, suggest, NULL};

static void test_accepts(void** state)
{
    (void)state;
    static const char* const k_texts[] = {
        "F[0,60] G[0,1] dock_err <= 0.01 m",
        "G (dock_err >= 1.0 m or speed <= 0.1 m/s)",
        "G(dock_err>=1m||speed<=36km/h&&!done)",
        "G tilt <= 3 deg",
        "G[0, 2 min] |tilt| <= 0.05 rad",
        "not (done) U[0,5] speed < 2 km/h",
        "G (done -> F[0,1.0] speed <= 0.01 m/s -> done)",
        "G[5,end] amr.odom.twist.linear.x < 20 mm/s",
        "G 'body/geom-3' <= 2.5 kN",
        "G (abs(speed) * 2 s + min(dock_err, 3 cm) / 2 >= -max(dock_err, 1 mm, 2 mm))",
        "G energy <= 1 kWh",
        "H[0,2] O[100 ms,1] rise(speed > 0) and fall(done)",
        "G speed <= 0",
        "true S[0,3] done",
        "G 속도 <= 1 m/s",
        "G (heading >= 0.1 rad)",
        "G energy <= 5 N m",
        "G dock_err / 1 m <= 5 %",
        "G (((((done)))))",
        "G[1 ms, 2 ms] done and F dock_err<.5e-1m",
    };
    for (size_t i = 0; i < sizeof k_texts / sizeof *k_texts; i++) {
        DdError err;
        DdStl* f = dd_stl_parse_signals(k_texts[i], "expect 'x'", &k_all, &err);
        if (!f) {
            fail_msg("'%s': %s", k_texts[i], err.text);
        }
        dd_stl_destroy(f);
    }
}

static void test_refuses(void** state)
{
    (void)state;
    static const struct {
        const char* text;
        const char* error;
    } k_cases[] = {
        {"F[0,60] G[0,1] dok_err <= 0.01 m",
         "expect 'docked': column 16: unknown signal 'dok_err', did you mean 'dock_err'?"},
        {"G dock_err <= 0.01 s", "expect 'docked': column 12: dock_err is in m, 0.01 s is in s"},
        {"G dock_err <= 0.01", "dock_err is in m, 0.01 has no unit"},
        {"G dock_err + speed <= 1 m", "column 12: dock_err is in m, speed is in m/s"},
        {"G tilt <= 0.1", "tilt is in rad, 0.1 has no unit"},
        {"G done <= 1 m", "done has no unit, 1 m is in m"},
        {"G nowhere <= 1", "column 3: unknown signal 'nowhere'"},
        {"G odd <= 1", "'furlong', a unit that requirements do not know"},
        {"G dock_err == 1 m", "column 12: '==' compares measured numbers for equality"},
        {"G dock_err != 1 m", "'!=' compares"},
        {"G dock_err = 1 m", "'=' compares"},
        {"G done => done", "'=>' is not an operator"},
        {"G dock_err <= 1 furlong", "column 17: unknown unit 'furlong'"},
        {"G speed <= 360 m/h", "column 18: unknown signal 'h'"},
        {"G dock_err", "G needs a condition; dock_err is a number: compare it with <= or >="},
        {"dock_err", "a requirement needs a condition"},
        {"G 1 m <= dock_err <= 2 m", "comparisons do not chain"},
        {"F[2,1] done", "column 2: the second bound, 1 s, is before the first, 2 s"},
        {"F[-1,1] done", "a bound must not be negative"},
        {"F[nan,1] done", "expected a bound in seconds, found 'nan'"},
        {"F[1e999,1] done", "'1e999' is not a finite number"},
        {"F[inf,inf] done", "the first bound must be a time"},
        {"F[0,2 m] done", "a bound is a time, this is in m"},
        {"F[1,2 min] done", "which unit has the first bound? Write [1 min, 2 min]"},
        {"F[0,1 done", "column 7: "},
        {"F[0 1] done", "expected ',' between the bounds"},
        {"G (done", "column 8: expected ')', found the end of the text"},
        {"G done)", "column 7: ')' is not expected here"},
        {"", "the text is empty"},
        {"   ", "the text is empty"},
        {"G", "expected a signal, a number or a condition, found the end of the text"},
        {"done U done U done", "U and S do not chain"},
        {"G (speed > 0) + 1 > 2", "needs a number, this is a condition"},
        {"abs(done > 0) > 1", "abs needs a number"},
        {"G done and", "found the end of the text"},
        {"G |tilt <= 3 deg", "expected '|', found '<='"},
        {"G min(speed) > 1 m/s", "expected ',' and a second number"},
        {"G 'speed > 1", "the quote is not closed"},
        {"G done # 1", "'#' is not part of the language"},
        {"G done \x01 1", "byte 1 is not part of the language"},
        {"G speed*speed*speed*speed*speed*speed*speed*speed*speed*speed > 0", "a power above 9"},
    };
    for (size_t i = 0; i < sizeof k_cases / sizeof *k_cases; i++) {
        DdError err;
        DdStl* f = dd_stl_parse_signals(k_cases[i].text, "expect 'docked'", &k_all, &err);
        if (f) {
            fail_msg("'%s' was accepted", k_cases[i].text);
        }
        assert_int_equal(err.code, DD_ERROR_SCRIPT);
        if (!strstr(err.text, k_cases[i].error) || strncmp(err.text, "expect 'docked': ", 17)) {
            fail_msg("'%s': %s", k_cases[i].text, err.text);
        }
    }
}

// Texts of strangers: long, deep, random bytes.
static void test_hostile(void** state)
{
    (void)state;
    DdError err;
    char* text = malloc(20001);
    static const char* const k_deep[] = {"(", "not ", "G ", "-", "| ", "abs(", "done -> ", "rise("};
    for (size_t k = 0; k < sizeof k_deep / sizeof *k_deep; k++) {
        size_t n = strlen(k_deep[k]);
        for (size_t i = 0; i + n < 8000; i += n) {
            memcpy(text + i, k_deep[k], n + 1);
        }
        assert_null(dd_stl_parse_signals(text, "expect 'x'", &k_all, &err));
        assert_non_null(strstr(err.text, "nested more than 64 deep"));
    }
    memset(text, ' ', 20000);
    text[20000] = 0;
    assert_null(dd_stl_parse_signals(text, "expect 'x'", &k_all, &err));
    assert_non_null(strstr(err.text, "a text of 20000 bytes"));
    text[0] = 0;
    for (int i = 0; i < 1200; i++) {
        strcat(text, i ? "+1" : "1");
    }
    strcat(text, "> 0");
    assert_null(dd_stl_parse_signals(text, "expect 'x'", &k_all, &err));
    assert_non_null(strstr(err.text, "more than 1024 parts"));

    // pieces of the language in random order never crash
    static const char* const k_pieces[] = {
        "G",    "F",   "U",    "S",  "[",    "]",        "0",  "1 m",
        ",",    "(",   ")",    "|",  "done", "dock_err", "<=", ">=",
        "and",  "or",  "not",  "->", "-",    "+",        "*",  "/",
        "rise", "min", "true", "'",  "1e9",  "min",      "%",  "\xed\x95\x9c",
        "\xff", ".",   "end",
    };
    uint64_t seed = 12345;
    for (int k = 0; k < 200000; k++) {
        text[0] = 0;
        size_t size = 0;
        for (int i = 0; i < 12; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            const char* piece = k_pieces[(seed >> 33) % (sizeof k_pieces / sizeof *k_pieces)];
            size += (size_t)sprintf(text + size, "%s%s", piece, (seed >> 60) & 1 ? " " : "");
        }
        DdStl* f = dd_stl_parse_signals(text, "expect 'x'", &k_all, &err);
        if (f) {
            DdMonitor* m = dd_monitor_create_for(f, 0.1, 100, &err);
            dd_monitor_destroy(m);
        } else {
            assert_non_null(strstr(err.text, "expect 'x': column"));
        }
        dd_stl_destroy(f);
    }
    free(text);
}

static double value_of(const char* text, const double* row, const char* want_unit)
{
    DdError err;
    const char* unit = NULL;
    DdExpr* e = dd_expr_parse_signals(text, "reward", &k_all, &unit, &err);
    if (!e) {
        fail_msg("'%s': %s", text, err.text);
    }
    assert_string_equal(unit, want_unit);
    double v = dd_expr_value(e, row);
    dd_expr_destroy(e);
    return v;
}

static void test_expressions(void** state)
{
    (void)state;
    double row[k_nsignal] = {0.25, -2, 0.5, 1, 90, 0.3, 40, 3600, 0, 0};
    assert_true(value_of("-dock_err", row, "m") == -0.25);
    assert_true(value_of("1 + 2 * 3 - 8 / 4 / 2", row, "") == 6);
    assert_true(value_of("dock_err / 1 m + |speed| / 1 m/s * 10", row, "") == 20.25);
    assert_true(value_of("abs(speed) * 3 s", row, "m") == 6);
    assert_true(value_of("min(dock_err, 10 cm, 1 m) + max(1 mm, 0)", row, "m") == 0.1 + 0.001);
    assert_true(fabs(value_of("heading", row, "rad") - M_PI / 2) < 1e-15);
    assert_true(value_of("energy / 1 h", row, "W") == 1);
    assert_true(value_of("speed * speed / dock_err", row, "m/s^2") == 16);
    assert_true(value_of("'body/geom-3' * dock_err", row, "J") == 10);
    assert_true(value_of("tilt * dock_err", row, "m rad") == 0.125);
    assert_true(value_of("--1", row, "") == 1);
    assert_true(value_of("50 %", row, "") == 0.5);
    DdError err;
    assert_null(dd_expr_parse_signals("speed > 1 m/s", "reward", &k_all, NULL, &err));
    assert_non_null(strstr(err.text, "a number is needed"));
    row[0] = NAN;
    assert_true(isnan(value_of("min(dock_err, 1 m)", row, "m")));
}

static void test_horizon(void** state)
{
    (void)state;
    DdError err;
    static const struct {
        const char* text;
        double horizon;
        bool is_state;
    } k_cases[] = {
        {"G[0,2] (done -> F[0,2] G[0,3] done)", 7, false},
        {"G done", INFINITY, false},
        {"H[0,5] done and dock_err < 1 m", 0, true},
        {"done U[1,4] F[0, 1 min] done", 64, false},
    };
    for (size_t i = 0; i < sizeof k_cases / sizeof *k_cases; i++) {
        DdStl* f = dd_stl_parse_signals(k_cases[i].text, "expect 'x'", &k_all, &err);
        assert_non_null(f);
        assert_true(dd_stl_horizon(f) == k_cases[i].horizon);
        assert_true(dd_stl_is_state(f) == k_cases[i].is_state);
        dd_stl_destroy(f);
    }
}

// What binds how: one formula with and without parentheses must be the same on all rows.
static void test_precedence(void** state)
{
    (void)state;
    static const char* const k_pairs[][2] = {
        {"done or dock_err > 1 m and speed > 1 m/s", "done or (dock_err > 1 m and speed > 1 m/s)"},
        {"done -> dock_err > 1 m -> speed > 1 m/s", "done -> (dock_err > 1 m -> speed > 1 m/s)"},
        {"not done and dock_err > 1 m", "(not done) and dock_err > 1 m"},
        {"not dock_err > 1 m", "not (dock_err > 1 m)"},
        {"H done and dock_err > 1 m", "(H done) and dock_err > 1 m"},
        {"done or dock_err > 1 m S speed > 1 m/s", "(done or dock_err > 1 m) S (speed > 1 m/s)"},
        {"done S speed > 1 m/s -> dock_err > 1 m", "(done S speed > 1 m/s) -> dock_err > 1 m"},
        {"dock_err - 1 m - 1 m > 0", "(dock_err - 1 m) - 1 m > 0 m"},
    };
    for (size_t i = 0; i < sizeof k_pairs / sizeof *k_pairs; i++) {
        DdError err;
        DdStl* f[2];
        DdMonitor* m[2];
        for (int k = 0; k < 2; k++) {
            f[k] = dd_stl_parse_signals(k_pairs[i][k], "expect 'x'", &k_all, &err);
            if (!f[k]) {
                fail_msg("%s", err.text);
            }
            m[k] = dd_monitor_create(f[k], 1, &err);
            assert_non_null(m[k]);
        }
        uint64_t seed = i;
        for (int t = 0; t < 200; t++) {
            double row[k_nsignal] = {0};
            for (int s = 0; s < 4; s++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                row[s] = (double)(seed >> 40) / (1 << 22) - 1;
            }
            dd_monitor_push(m[0], row);
            dd_monitor_push(m[1], row);
            if (dd_monitor_now(m[0]) != dd_monitor_now(m[1])) {
                fail_msg("%s", k_pairs[i][0]);
            }
        }
        for (int k = 0; k < 2; k++) {
            dd_monitor_destroy(m[k]);
            dd_stl_destroy(f[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts), cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_horizon), cmocka_unit_test(test_precedence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
