// The monitor against a plain recursive evaluation of the definition, on random formulas, traces
// and cuts; the values of the published vectors; verdicts, times and triggers of known cases.
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/rng.h"
#include "sim/score/stl.h"

enum { k_rows_max = 60, k_nodes_max = 40 };
static const double k_period = 0.1;

static bool resolve(void* user, const char* name, int* column, const char** unit)
{
    (void)user;
    static const char* const k_unit[] = {"m", "m", "rad", ""};
    if (strlen(name) == 1 && name[0] >= 'a' && name[0] <= 'd') {
        *column = name[0] - 'a';
        *unit = k_unit[*column];
        return true;
    }
    return false;
}

// --- the definition, evaluated by recursion ---

typedef struct Interval {
    double lo, hi;
} Interval;

typedef struct Node {
    char op; // a leaf: 'a'..'d'; ! & | > (implies) G F U H O S r f
    int a, b;
    int from, to; // rows, to = -1 unbounded
    double limit;
    bool greater;
    bool known[k_rows_max];
    Interval value[k_rows_max];
} Node;

typedef struct Case {
    int n, rows;
    Node node[k_nodes_max];
    double trace[k_rows_max][4];
    DdStream random;
} Case;

static double low(double a, double b)
{
    return a < b ? a : b;
}
static double high(double a, double b)
{
    return a > b ? a : b;
}
static Interval both(Interval a, Interval b)
{
    return (Interval){low(a.lo, b.lo), low(a.hi, b.hi)};
}
static Interval either(Interval a, Interval b)
{
    return (Interval){high(a.lo, b.lo), high(a.hi, b.hi)};
}
static Interval inverse(Interval a)
{
    return (Interval){-a.hi, -a.lo};
}

static const Interval k_unknown = {-INFINITY, INFINITY};
static const Interval k_true = {INFINITY, INFINITY};
static const Interval k_false = {-INFINITY, -INFINITY};

static Interval eval(Case* c, int i, int t);

static Interval eval_fresh(Case* c, int i, int t)
{
    Node* n = &c->node[i];
    switch (n->op) {
    case '!':
        return inverse(eval(c, n->a, t));
    case '&':
        return both(eval(c, n->a, t), eval(c, n->b, t));
    case '|':
        return either(eval(c, n->a, t), eval(c, n->b, t));
    case '>':
        return either(inverse(eval(c, n->a, t)), eval(c, n->b, t));
    case 'r':
        return both(eval(c, n->a, t), t ? inverse(eval(c, n->a, t - 1)) : k_true);
    case 'f':
        return both(inverse(eval(c, n->a, t)), t ? eval(c, n->a, t - 1) : k_true);
    case 'G':
    case 'F': {
        Interval v = n->op == 'G' ? k_true : k_false;
        int end = n->to < 0 ? c->rows - 1 : t + n->to;
        if (n->to < 0 && t + n->from >= c->rows) {
            return k_unknown;
        }
        for (int u = t + n->from; u <= end; u++) {
            Interval x = u < c->rows ? eval(c, n->a, u) : k_unknown;
            v = n->op == 'G' ? both(v, x) : either(v, x);
        }
        return v;
    }
    case 'U': {
        Interval v = k_false;
        int end = n->to < 0 ? high(c->rows - 1, t + n->from) : t + n->to;
        for (int u = t + n->from; u <= end; u++) {
            Interval x = u < c->rows ? eval(c, n->b, u) : k_unknown;
            for (int w = t; w < u; w++) {
                x = both(x, w < c->rows ? eval(c, n->a, w) : k_unknown);
            }
            v = either(v, x);
        }
        return v;
    }
    case 'H':
    case 'O': {
        Interval v = n->op == 'H' ? k_true : k_false;
        for (int u = n->to < 0 ? 0 : t - n->to; u <= t - n->from; u++) {
            if (u >= 0) {
                v = n->op == 'H' ? both(v, eval(c, n->a, u)) : either(v, eval(c, n->a, u));
            }
        }
        return v;
    }
    case 'S': {
        Interval v = k_false;
        for (int u = n->to < 0 ? 0 : t - n->to; u <= t - n->from; u++) {
            if (u >= 0) {
                Interval x = eval(c, n->b, u);
                for (int w = u + 1; w <= t; w++) {
                    x = both(x, eval(c, n->a, w));
                }
                v = either(v, x);
            }
        }
        return v;
    }
    default: {
        double x = c->trace[t][n->op - 'a'];
        double rho = n->greater ? x - n->limit : n->limit - x;
        return isnan(rho) ? k_unknown : (Interval){rho, rho};
    }
    }
}

static Interval eval(Case* c, int i, int t)
{
    Node* n = &c->node[i];
    if (!n->known[t]) {
        n->value[t] = eval_fresh(c, i, t);
        n->known[t] = true;
    }
    return n->value[t];
}

// --- random formulas ---

static int pick(Case* c, int n)
{
    return (int)dd_stream_int(&c->random, 0, n - 1);
}

static int make(Case* c, int depth, bool past_only, int open)
{
    int i = c->n++;
    Node* n = &c->node[i];
    *n = (Node){.a = -1, .b = -1};
    if (depth == 0 || c->n > k_nodes_max - 8 || pick(c, 6) == 0) {
        n->op = (char)('a' + pick(c, 4));
        n->limit = pick(c, 9) - 4;
        n->greater = pick(c, 2);
        return i;
    }
    static const char k_all[] = "!&|>rfHOSGFUGFU";
    n->op = k_all[pick(c, past_only ? 9 : 15)];
    n->from = pick(c, 2) ? 0 : pick(c, 5);
    // now and then without a bound
    n->to = pick(c, 100) < open ? -1 : n->from + pick(c, 7);
    n->a = make(c, depth - 1, past_only, open);
    if (strchr("&|>US", n->op)) {
        n->b = make(c, depth - 1, past_only, open);
    }
    return i;
}

static void print(const Case* c, int i, char* out)
{
    const Node* n = &c->node[i];
    char bounds[64] = "";
    if (strchr("GFUHOS", n->op) && !(n->to < 0 && n->from == 0)) {
        if (n->to < 0) {
            snprintf(bounds, sizeof bounds, "[%g,end]", n->from * k_period);
        } else if (n->from % 2) {
            snprintf(bounds, sizeof bounds, "[%d ms, %d ms]", n->from * 100, n->to * 100);
        } else {
            snprintf(bounds, sizeof bounds, "[%.1f,%.1f]", n->from * k_period, n->to * k_period);
        }
    }
    out += strlen(out);
    switch (n->op) {
    case '!':
        strcat(out, "not (");
        print(c, n->a, out);
        strcat(out, ")");
        break;
    case 'r':
        strcat(out, "rise(");
        print(c, n->a, out);
        strcat(out, ")");
        break;
    case 'f':
        strcat(out, "fall(");
        print(c, n->a, out);
        strcat(out, ")");
        break;
    case 'G':
    case 'F':
    case 'H':
    case 'O':
        sprintf(out, "%c%s (", n->op, bounds);
        print(c, n->a, out);
        strcat(out, ")");
        break;
    case '&':
    case '|':
    case '>':
    case 'U':
    case 'S':
        strcat(out, "(");
        print(c, n->a, out);
        strcat(out, n->op == '&'   ? ") and ("
                    : n->op == '|' ? ") or ("
                    : n->op == '>' ? ") -> ("
                                   : "");
        if (n->op == 'U' || n->op == 'S') {
            sprintf(out + strlen(out), ") %c%s (", n->op, bounds);
        }
        print(c, n->b, out);
        strcat(out, ")");
        break;
    case 'a':
        sprintf(out, "a %s %g mm", n->greater ? ">=" : "<=", n->limit * 1000);
        break;
    case 'b':
        if (n->greater) {
            sprintf(out, "%g cm < b", n->limit * 100);
        } else {
            sprintf(out, "b < %g m", n->limit);
        }
        break;
    case 'c':
        sprintf(out, "c %s %.17g deg", n->greater ? ">" : "<=", n->limit * 180 / M_PI);
        break;
    default:
        sprintf(out, "d %s %g", n->greater ? ">=" : "<=", n->limit);
        break;
    }
}

static bool near(double x, double y)
{
    return x == y || fabs(x - y) < 1e-9;
}

static void check_case(Case* c, const char* text, DdMonitor* m)
{
    Interval v = c->rows ? eval(c, 0, 0) : k_unknown;
    bool early_violated = false, early_decided = false;
    dd_monitor_reset(m);
    double* state = malloc((size_t)dd_monitor_state_size(m) * sizeof *state);
    for (int t = 0; t < c->rows; t++) {
        // a restore point in the middle must change nothing
        if (t == c->rows / 2) {
            dd_monitor_save(m, state);
            double noise[4] = {9, -9, 9, -9};
            dd_monitor_push(m, noise);
            dd_monitor_load(m, state);
        }
        dd_monitor_push(m, c->trace[t]);
        early_violated |= dd_monitor_violated(m);
        early_decided |= dd_monitor_decided(m);
    }
    free(state);
    DdJudgement j = dd_monitor_finish(m);
    DdVerdict verdict = v.lo > 0                 ? DD_HOLDS
                        : v.hi < 0               ? DD_VIOLATED
                        : v.lo == 0 && v.hi == 0 ? DD_UNDECIDED
                                                 : DD_INCONCLUSIVE;
    double rho = verdict == DD_HOLDS      ? v.lo
                 : verdict == DD_VIOLATED ? v.hi
                 : isfinite(v.lo)         ? v.lo
                 : isfinite(v.hi)         ? v.hi
                                          : 0;
    rho = rho > DBL_MAX ? DBL_MAX : rho < -DBL_MAX ? -DBL_MAX : rho;
    DdVerdict got = j.verdict == DD_NOT_EVALUATED ? DD_HOLDS : j.verdict;
    if (got != verdict || !near(rho, j.robustness)) {
        fail_msg("%s, %d rows: definition %s %g (%g, %g), monitor %s %g", text, c->rows,
                 dd_verdict_name(verdict), rho, v.lo, v.hi, dd_verdict_name(j.verdict),
                 j.robustness);
    }
    if (early_decided) {
        assert_true(got == DD_HOLDS || got == DD_VIOLATED);
    }
    if (early_violated) {
        assert_int_equal(got, DD_VIOLATED);
        assert_true(j.time_s >= 0 && j.time_s <= c->rows * k_period);
    }
}

static void fill_trace(Case* c, bool holes)
{
    for (int t = 0; t < k_rows_max; t++) {
        for (int k = 0; k < 4; k++) {
            c->trace[t][k] = holes && pick(c, 20) == 0 ? NAN : pick(c, 21) / 2.0 - 5;
        }
    }
}

static void forget(Case* c)
{
    for (int i = 0; i < c->n; i++) {
        memset(c->node[i].known, 0, sizeof c->node[i].known);
    }
}

// Which share of the cases ended how: all verdicts must be met often.
static void random_formulas(int count, int open, bool holes, const char* stream)
{
    static Case c;
    int kept = 0;
    for (int k = 0; k < count; k++) {
        c = (Case){.random = dd_stream((uint64_t)k, "test", stream)};
        make(&c, 1 + pick(&c, 4), false, open);
        char text[8192] = "";
        print(&c, 0, text);
        DdError err;
        DdStl* f = dd_stl_parse(text, "expect 'x'", resolve, NULL, &err);
        if (!f) {
            fail_msg("%s: %s", text, err.text);
        }
        DdMonitor* m = dd_monitor_create_for(f, k_period, k_rows_max, &err);
        if (!m) {
            fail_msg("%s: %s", text, err.text);
        }
        for (int r = 0; r < 6; r++) {
            fill_trace(&c, holes);
            c.rows = r == 0 ? 0 : r == 1 ? 1 : 1 + pick(&c, k_rows_max);
            forget(&c);
            check_case(&c, text, m);
            kept++;
        }
        dd_monitor_destroy(m);
        dd_stl_destroy(f);
    }
    assert_true(kept == count * 6);
}

static void test_bounded(void** state)
{
    (void)state;
    random_formulas(4000, 0, false, "bounded");
}

static void test_unbounded(void** state)
{
    (void)state;
    random_formulas(4000, 40, false, "unbounded");
}

static void test_missing_samples(void** state)
{
    (void)state;
    random_formulas(2000, 20, true, "holes");
}

// Nested operators without bounds that need no length of the episode.
static void test_running_patterns(void** state)
{
    (void)state;
    static const char* const k_texts[] = {
        "G (F a >= 0)",
        "F (G a >= 0)",
        "G (a >= 0 -> F b >= 0)",
        "G (a >= 0 or G b >= 0)",
        "G[0.3,1.5] (a >= 0 or F b >= 0)",
        "F[0,2] (a >= 0 and G b >= 0)",
        "F (a >= 0 and F b >= 0)",
        "F[0.2,0.9] (a >= 0 and F b >= 0)",
        "not F (a >= 0 and not F b >= 0)",
        "G[0.5,1] (a >= 0 -> not F b >= 0)",
        "not G (not G c >= 0 or not d >= 0 or a >= 0)",
    };
    // the same by hand: op, from, to over parts
    for (size_t k = 0; k < sizeof k_texts / sizeof *k_texts; k++) {
        DdError err;
        DdStl* f = dd_stl_parse(k_texts[k], "expect 'x'", resolve, NULL, &err);
        assert_non_null(f);
        DdMonitor* online = dd_monitor_create(f, k_period, &err);
        if (!online) {
            fail_msg("%s: %s", k_texts[k], err.text);
        }
        dd_monitor_destroy(online);
        dd_stl_destroy(f);
    }
    // and compared with the definition: random parts in the pattern
    static Case c;
    for (int k = 0; k < 3000; k++) {
        c = (Case){.random = dd_stream((uint64_t)k, "test", "patterns")};
        // node 0: outer; 1: and / or / implies; 2: inner
        c.n = 1;
        bool all = pick(&c, 2);
        c.node[0] = (Node){.op = all ? 'G' : 'F', .a = 1, .b = -1, .to = -1};
        if (pick(&c, 2)) {
            c.node[0].from = pick(&c, 5);
            c.node[0].to = c.node[0].from + pick(&c, 20);
        }
        c.n = 3;
        c.node[1] = (Node){.op = all ? pick(&c, 2) ? '|' : '>' : '&'};
        c.node[2] = (Node){.op = pick(&c, 2) ? 'G' : 'F', .b = -1, .to = -1};
        c.node[1].a = make(&c, 2, false, 0);
        c.node[1].b = 2;
        c.node[2].a = make(&c, 2, false, 0);
        char text[8192] = "";
        print(&c, 0, text);
        DdError err;
        DdStl* f = dd_stl_parse(text, "expect 'x'", resolve, NULL, &err);
        assert_non_null(f);
        DdMonitor* m = dd_monitor_create(f, k_period, &err);
        if (!m) {
            fail_msg("%s: %s", text, err.text);
        }
        for (int r = 0; r < 5; r++) {
            fill_trace(&c, r == 4);
            c.rows = 1 + pick(&c, k_rows_max);
            forget(&c);
            check_case(&c, text, m);
        }
        dd_monitor_destroy(m);
        dd_stl_destroy(f);
    }
}

static void test_state_formulas(void** state)
{
    (void)state;
    static Case c;
    for (int k = 0; k < 2000; k++) {
        c = (Case){.random = dd_stream((uint64_t)k, "test", "state")};
        make(&c, 1 + pick(&c, 4), true, 30);
        fill_trace(&c, false);
        c.rows = k_rows_max;
        char text[8192] = "";
        print(&c, 0, text);
        DdError err;
        DdStl* f = dd_stl_parse(text, "wait_until", resolve, NULL, &err);
        assert_non_null(f);
        assert_true(dd_stl_is_state(f));
        DdMonitor* m = dd_monitor_create(f, k_period, &err);
        assert_non_null(m);
        for (int t = 0; t < c.rows; t++) {
            dd_monitor_push(m, c.trace[t]);
            double want = eval(&c, 0, t).lo;
            if (!near(want, dd_monitor_now(m))) {
                fail_msg("%s at row %d: definition %g, monitor %g", text, t, want,
                         dd_monitor_now(m));
            }
        }
        dd_monitor_destroy(m);
        dd_stl_destroy(f);
    }
}

// --- known cases ---

static DdJudgement judge(const char* text, const double* a, const double* b, int n, double period)
{
    DdError err;
    DdStl* f = dd_stl_parse(text, "expect 'x'", resolve, NULL, &err);
    if (!f) {
        fail_msg("%s", err.text);
    }
    DdMonitor* m = dd_monitor_create_for(f, period, n + 1, &err);
    if (!m) {
        fail_msg("%s", err.text);
    }
    for (int t = 0; t < n; t++) {
        double row[4] = {a[t], b ? b[t] : 0, 0, 0};
        dd_monitor_push(m, row);
    }
    DdJudgement j = dd_monitor_finish(m);
    dd_monitor_destroy(m);
    dd_stl_destroy(f);
    return j;
}

static void test_vector(void** state)
{
    (void)state;
    // x = 3 1 4 1 5 9 2 6 at 1 s: G[0,2](x>=2) and F[0,2](x>=5) at 0..5
    static const double k_x[] = {3, 1, 4, 1, 5, 9, 2, 6};
    static const double k_g[] = {-1, -1, -1, -1, 0, 0}, k_f[] = {-1, -1, 0, 4, 4, 4};
    for (int t = 0; t < 6; t++) {
        DdJudgement g = judge("G[0,2] a >= 2 m", k_x + t, NULL, 8 - t, 1);
        assert_true(g.robustness == k_g[t]);
        assert_int_equal(g.verdict, k_g[t] < 0 ? DD_VIOLATED : DD_UNDECIDED);
        DdJudgement f = judge("F[0,2] a >= 5 m", k_x + t, NULL, 8 - t, 1);
        assert_true(f.robustness == k_f[t]);
        assert_int_equal(f.verdict, k_f[t] < 0    ? DD_VIOLATED
                                    : k_f[t] == 0 ? DD_UNDECIDED
                                                  : DD_HOLDS);
    }
}

static void test_times(void** state)
{
    (void)state;
    // closes in, leaves, and holds from row 6
    static const double k_err[] = {5, 3, 0.02, 0.5, 0.3, 0.034, 0.005, 0.004, 0.003, 0.004};
    DdJudgement j = judge("F[0,60] G[0,2] a <= 0.01 m", k_err, NULL, 10, 1);
    assert_int_equal(j.verdict, DD_HOLDS); // though the episode ended long before 60 s
    assert_true(j.time_s == 8 && j.goal_s == 8);
    assert_true(near(j.robustness, 0.01 - 0.004));

    // never held: the closest approach is told
    j = judge("F[0,5] G[0,2] a <= 1 mm", k_err, NULL, 10, 1);
    assert_int_equal(j.verdict, DD_VIOLATED);
    assert_true(j.time_s == 7 && j.goal_s == -1);
    assert_string_equal(j.signal, "a <= 1 mm");
    assert_string_equal(j.unit, "mm");
    assert_true(j.unit_si == 1e-3 && near(j.value, 0.034) && j.at_s == 5 && near(j.limit, 0.001));

    // cut by the end
    j = judge("F[0,60] G[0,2] a <= 1 mm", k_err, NULL, 10, 1);
    assert_int_equal(j.verdict, DD_INCONCLUSIVE);
    assert_true(j.time_s == -1);

    // the first violation, not the worst
    static const double k_gap[] = {3, 2, 0.9, 0.4, 0.2, 3};
    j = judge("G a >= 1 m", k_gap, NULL, 6, 0.5);
    assert_int_equal(j.verdict, DD_VIOLATED);
    assert_true(j.time_s == 1 && j.at_s == 1 && j.value == 0.9 && j.limit == 1);
    assert_true(near(j.robustness, -0.8));
    // on its own row, even where another part fills a window first
    j = judge("G (a >= 1 m and F[0,1] b <= 5 m)", k_gap, k_gap, 6, 0.5);
    assert_true(j.time_s == 1 && j.at_s == 1);
    // a constant on the left is still the limit
    j = judge("G 1 m <= a", k_gap, NULL, 6, 0.5);
    assert_true(j.value == 0.9 && j.limit == 1);
}

static void test_triggers(void** state)
{
    (void)state;
    static const double k_stop[] = {0, 0, 1, 1, 0, 1, 0, 0}, k_v[] = {9, 9, 9, 2, 0, 0, 0, 0};
    DdJudgement j = judge("G (a >= 0.5 m -> F[0,2] b <= 0.1 m)", k_stop, k_v, 8, 1);
    assert_int_equal(j.verdict, DD_HOLDS);
    assert_int_equal(j.triggers, 2);
    j = judge("G (a >= 7 m -> F[0,2] b <= 0.1 m)", k_stop, k_v, 8, 1);
    assert_int_equal(j.verdict, DD_NOT_EVALUATED);
    assert_int_equal(j.triggers, 0);
    // another part that is not an implication exercises it
    j = judge("G (a >= 7 m -> b <= 0.1 m) and F b <= 1 m", k_stop, k_v, 8, 1);
    assert_int_equal(j.verdict, DD_HOLDS);
    assert_true(j.goal_s == 4);
    // the deadline of the last trigger lies behind the end
    static const double k_late[] = {0, 0, 0, 0, 0, 0, 0, 1}, k_fast[] = {9, 9, 9, 9, 9, 9, 9, 9};
    j = judge("G (a >= 0.5 m -> F[0,2] b <= 0.1 m)", k_late, k_fast, 8, 1);
    assert_int_equal(j.verdict, DD_INCONCLUSIVE);
    // response without a deadline, vacuity counted in the running form
    j = judge("G (a >= 0.5 m -> F b <= 0.1 m)", k_stop, k_v, 8, 1);
    assert_int_equal(j.verdict, DD_HOLDS);
    assert_int_equal(j.triggers, 2);
    j = judge("G (a >= 7 m -> F b <= 0.1 m)", k_stop, k_v, 8, 1);
    assert_int_equal(j.verdict, DD_NOT_EVALUATED);
    // at time 0
    j = judge("a >= 7 m -> F b <= 0.1 m", k_stop, k_v, 8, 1);
    assert_int_equal(j.verdict, DD_NOT_EVALUATED);
}

static void test_early(void** state)
{
    (void)state;
    DdError err;
    DdStl* f = dd_stl_parse("not (a > 1 m) U b > 0 m", "expect 'x'", resolve, NULL, &err);
    assert_non_null(f);
    DdMonitor* m = dd_monitor_create(f, 1, &err);
    assert_non_null(m);
    double clear[4] = {0, -1}, hit[4] = {2, -1};
    dd_monitor_push(m, clear);
    assert_false(dd_monitor_decided(m));
    dd_monitor_push(m, hit);
    assert_true(dd_monitor_violated(m));
    DdJudgement j = dd_monitor_finish(m);
    assert_int_equal(j.verdict, DD_VIOLATED);
    assert_true(j.time_s == 1 && j.value == 2 && j.limit == 1);
    dd_monitor_destroy(m);
    dd_stl_destroy(f);
}

static void test_limits(void** state)
{
    (void)state;
    static const struct {
        const char* text;
        const char* error;
    } k_cases[] = {
        {"F[0,200000] G[0,200000] a <= 1 m", "windows hold more than"},
        {"G (F a >= 1 m and F b >= 1 m)", "needs the length of the episode"},
        {"G[0.02,0.08] a <= 1 m", "no sample falls between"},
        {"F[0,1e300] a <= 1 m", "more than 1e9 rows"},
    };
    for (size_t k = 0; k < sizeof k_cases / sizeof *k_cases; k++) {
        DdError err;
        DdStl* f = dd_stl_parse(k_cases[k].text, "expect 'x'", resolve, NULL, &err);
        assert_non_null(f);
        DdMonitor* m = dd_monitor_create(f, 0.1, &err);
        assert_null(m);
        if (!strstr(err.text, k_cases[k].error) || strncmp(err.text, "expect 'x': ", 12)) {
            fail_msg("%s", err.text);
        }
        dd_stl_destroy(f);
    }
    // more rows than were announced
    DdError err;
    DdStl* f = dd_stl_parse("G (F a >= 1 m and F b >= 1 m)", "expect 'x'", resolve, NULL, &err);
    DdMonitor* m = dd_monitor_create_for(f, 1, 3, &err);
    assert_non_null(m);
    double row[4] = {2, 2};
    for (int t = 0; t < 5; t++) {
        dd_monitor_push(m, row);
    }
    assert_int_equal(dd_monitor_finish(m).verdict, DD_INCONCLUSIVE);
    dd_monitor_destroy(m);
    dd_stl_destroy(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector),           cmocka_unit_test(test_times),
        cmocka_unit_test(test_triggers),         cmocka_unit_test(test_early),
        cmocka_unit_test(test_limits),           cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_unbounded),        cmocka_unit_test(test_missing_samples),
        cmocka_unit_test(test_running_patterns), cmocka_unit_test(test_state_formulas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
