// The judge over channels: columns, requirements, watches, reward, metrics, sentences, restore
// points.
#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/score/score.h"

// 100 Hz physics, 50 Hz measures
typedef struct Bench {
    DdChannels* channels;
    DdJudge* judge;
    int err_channel, speed, odom, path, shift, force;
    int64_t step;
} Bench;

static int add_scalar(DdChannels* c, const char* name, const char* unit, int64_t latency)
{
    DdChannelDef def = dd_channel_def();
    snprintf(def.name, sizeof def.name, "%s", name);
    snprintf(def.unit, sizeof def.unit, "%s", unit);
    def.type = DD_TYPE_SCALAR;
    def.rate = dd_rate(50);
    def.latency_steps = latency;
    DdError err;
    int id = dd_channels_add(c, &def, &err);
    assert_true(id >= 0);
    return id;
}

static void open_channels(Bench* b)
{
    *b = (Bench){.channels = dd_channels_create(100)};
    b->err_channel = add_scalar(b->channels, "dock_err", "m", 0);
    b->speed = add_scalar(b->channels, "speed", "m/s", 7);
    b->path = add_scalar(b->channels, "amr.path_length", "m", 0);
    b->shift = add_scalar(b->channels, "amr.displacement", "m", 0);
    b->force = add_scalar(b->channels, "amr.contact_force", "N", 0);
    DdChannelDef odom = dd_channel_def();
    snprintf(odom.name, sizeof odom.name, "amr.odom");
    odom.type = DD_TYPE_ODOM;
    odom.rate = dd_rate(25);
    DdError err;
    b->odom = dd_channels_add(b->channels, &odom, &err);
    assert_true(b->odom >= 0);
    dd_channels_start(b->channels);
}

static bool make_judge(Bench* b, const DdRequirementDef* req, int nreq,
                       const char (*report)[DD_NAME_MAX], int nreport, DdError* err)
{
    b->judge = dd_judge_create_for(b->channels, req, nreq, report, nreport, 50, 4000, err);
    return b->judge != NULL;
}

static void close_bench(Bench* b)
{
    dd_judge_destroy(b->judge);
    dd_channels_destroy(b->channels);
}

static void put(Bench* b, int channel, double v)
{
    *dd_channels_push(b->channels, channel, b->step) = v;
}

static void tick(Bench* b, double dock_err, double speed)
{
    put(b, b->err_channel, dock_err);
    put(b, b->speed, speed);
    double t = (double)b->step / 100;
    put(b, b->path, 2 * t);
    put(b, b->shift, t);
    put(b, b->force, b->step == 100 ? 30 : 1);
    if (b->step % 4 == 0) {
        double* o = dd_channels_push(b->channels, b->odom, b->step);
        memset(o, 0, (size_t)dd_channel_width(dd_channels_def(b->channels, b->odom)) * sizeof *o);
        o[7] = (double)b->step;
    }
    dd_judge_tick(b->judge, b->step);
    b->step += 2;
}

static const DdRequirementDef k_dock = {.name = "docked",
                                        .text = "F[0,60] G[0,1] dock_err <= 0.01 m"};

static double metric_of(const DdScore* s, const char* name, const char* unit)
{
    for (int i = 0; i < s->nmetric; i++) {
        if (strcmp(s->metric[i].name, name) == 0) {
            assert_string_equal(s->metric[i].unit, unit);
            return s->metric[i].value;
        }
    }
    fail_msg("no metric %s", name);
    return 0;
}

static void test_pass(void** state)
{
    (void)state;
    Bench b;
    DdError err;
    open_channels(&b);
    DdRequirementDef req[] = {
        k_dock,
        {.name = "slow", .text = "G speed <= 2 m/s"},
        {.name = "polite", .text = "G (speed >= 5 m/s -> F[0,1] dock_err <= 1 m)"},
        {.name = "moves", .text = "G[1,end] amr.odom.twist.linear.x >= 0.5 m/s"},
    };
    static const char k_report[][DD_NAME_MAX] = {
        "time_to_success", "path_length",        "efficiency",
        "energy",          "peak_force",         "min(dock_err)",
        "max(speed)",      "mean(dock_err * 2)", "last(amr.odom.twist.linear.x)",
        "rms(speed)",      "p95(dock_err)",      "std(speed)",
        "amr.path_length",
    };
    if (!make_judge(&b, req, 4, k_report, 13, &err)) {
        fail_msg("%s", err.text);
    }
    assert_false(dd_judge_decided(b.judge));
    for (int k = 0; k < 200; k++) {
        tick(&b, k < 100 ? 2 - k * 0.02 : 0.005, k % 2);
        // docked from row 100 (2 s), held 1 s at 3 s: row 150
        assert_int_equal(dd_judge_decided(b.judge), k >= 150);
    }
    DdScore s = dd_judge_finish(b.judge);
    assert_int_equal(s.outcome, DD_PASS);
    assert_string_equal(s.reason, "");
    assert_int_equal(s.judgement[2].verdict, DD_NOT_EVALUATED);
    assert_true(fabs(metric_of(&s, "time_to_success", "s") - 3.0) < 1e-9);
    assert_true(fabs(metric_of(&s, "path_length", "m") - 2 * 3.98) < 1e-9);
    assert_true(fabs(metric_of(&s, "amr.path_length", "m") - 2 * 3.98) < 1e-9);
    assert_true(metric_of(&s, "efficiency", "") == 0.5);
    assert_true(isnan(metric_of(&s, "energy", "J"))); // nobody measures it
    assert_true(metric_of(&s, "peak_force", "N") == 30);
    assert_true(metric_of(&s, "min(dock_err)", "m") == 0.005);
    assert_true(metric_of(&s, "max(speed)", "m/s") == 1);
    assert_true(fabs(metric_of(&s, "rms(speed)", "m/s") - sqrt(0.5)) < 1e-12);
    assert_true(fabs(metric_of(&s, "std(speed)", "m/s") - sqrt(0.25 * 200 / 199)) < 1e-12);
    assert_true(metric_of(&s, "last(amr.odom.twist.linear.x)", "m/s") == 396);
    assert_true(fabs(metric_of(&s, "p95(dock_err)", "m") - (2 - 10 * 0.02)) < 1e-12);

    json_t* j = dd_score_to_json(&s);
    assert_int_equal(json_array_size(json_object_get(j, "requirements")), 4);
    json_t* first = json_array_get(json_object_get(j, "requirements"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "verdict")), "HOLDS");
    assert_true(
        json_is_null(json_object_get(json_array_get(json_object_get(j, "metrics"), 3), "value")));
    char* text = json_dumps(j, 0);
    assert_non_null(text); // no NaN or infinity inside
    free(text);
    json_decref(j);
    close_bench(&b);
}

// One requirement over a made-up approach; the sentence that tells why it failed.
static void check_reason(const char* text, bool must_occur, const char* want)
{
    Bench b;
    DdError err;
    open_channels(&b);
    DdRequirementDef req = {.name = "r", .must_occur = must_occur};
    snprintf(req.text, sizeof req.text, "%s", text);
    if (!make_judge(&b, &req, 1, NULL, 0, &err)) {
        fail_msg("%s", err.text);
    }
    for (int k = 0; k < 150; k++) {
        tick(&b, k == 60 ? 0.034 : 1, k == 75 ? 3 : k / 100.0);
    }
    DdScore s = dd_judge_finish(b.judge);
    if (strcmp(s.reason, want)) {
        fail_msg("%s:\n  %s\nwant\n  %s", text, s.reason, want);
    }
    assert_int_equal(s.outcome, *want ? DD_FAIL : DD_PASS);
    close_bench(&b);
}

static void test_reasons(void** state)
{
    (void)state;
    check_reason(
        "F[0,2] G[0,0.1] dock_err <= 0.01 m", false,
        "r: dock_err <= 0.01 m was never held for 0.1 s within 2 s; closest 1 m at 0.00 s");
    check_reason("F[0,2] dock_err <= 1 cm", false,
                 "r: dock_err <= 1 cm was never reached within 2 s; closest 3.4 cm at 1.20 s");
    check_reason(
        "F (dock_err <= 1 cm and speed <= 1 m/s)", false,
        "r: dock_err <= 1 cm and speed <= 1 m/s was never reached; closest dock_err <= 1 cm, "
        "value 3.4 cm at 1.20 s");
    check_reason("G speed <= 2 m/s", false, "r: violated at 1.50 s: speed <= 2 m/s, value 3 m/s");
    check_reason("G (speed >= 2 m/s -> F[0,1] dock_err <= 1 cm)", false,
                 "r: violated at 2.50 s: dock_err <= 1 cm, value 100 cm at 1.50 s");
    check_reason(
        "F[0,60] dock_err <= 1 cm", false,
        "r: the episode ended at 2.98 s, before F[0,60] dock_err <= 1 cm could be decided; so "
        "far dock_err <= 1 cm, value 3.4 cm at 1.20 s");
    check_reason("G dock_err <= 1 m", false,
                 "r: holds only by equality, which leaves no margin: dock_err <= 1 m, value 1 m at "
                 "0.00 s");
    check_reason("G (speed >= 9 m/s -> dock_err <= 1 cm)", false, "");
    check_reason(
        "G (speed >= 9 m/s -> dock_err <= 1 cm)", true,
        "r: never exercised, though it must occur: G (speed >= 9 m/s -> dock_err <= 1 cm)");
    check_reason("G amr.odom.pose.x <= 1 m", false, "");
}

static void test_first_violation_is_told(void** state)
{
    (void)state;
    Bench b;
    DdError err;
    open_channels(&b);
    DdRequirementDef req[] = {k_dock,
                              {.name = "late", .text = "G speed <= 2.5 m/s"},
                              {.name = "early", .text = "G speed <= 0.5 m/s"}};
    assert_true(make_judge(&b, req, 3, NULL, 0, &err));
    for (int k = 0; k < 100; k++) {
        tick(&b, 1, k / 20.0);
        // each is violated by the first row beyond its limit, and stays so
        assert_int_equal(dd_judge_standing(b.judge, 1),
                         k > 50 ? DD_STANDING_VIOLATED : DD_STANDING_OPEN);
        assert_int_equal(dd_judge_standing(b.judge, 2),
                         k > 10 ? DD_STANDING_VIOLATED : DD_STANDING_OPEN);
    }
    assert_int_equal(dd_judge_standing(b.judge, 0), DD_STANDING_OPEN);
    assert_true(dd_judge_decided(b.judge));
    DdScore s = dd_judge_finish(b.judge);
    assert_string_equal(s.reason, "early: violated at 0.22 s: speed <= 0.5 m/s, value 0.55 m/s");
    close_bench(&b);
}

// A signal that starts late is not known before; one that is slower is held.
static void test_missing_samples(void** state)
{
    (void)state;
    Bench b;
    DdError err;
    open_channels(&b);
    DdRequirementDef req = {.name = "r", .text = "G amr.contact_force <= 5 N"};
    assert_true(make_judge(&b, &req, 1, NULL, 0, &err));
    for (int k = 0; k < 10; k++) {
        b.step = 2 * k;
        put(&b, b.err_channel, 1);
        if (k >= 3) {
            put(&b, b.force, 1);
        }
        dd_judge_tick(b.judge, b.step);
    }
    DdScore s = dd_judge_finish(b.judge);
    assert_int_equal(s.judgement[0].verdict, DD_INCONCLUSIVE);
    close_bench(&b);

    open_channels(&b);
    assert_true(make_judge(&b, &req, 1, NULL, 0, &err));
    for (int k = 0; k < 10; k++) {
        dd_judge_tick(b.judge, 2 * k);
    }
    s = dd_judge_finish(b.judge);
    assert_string_equal(s.reason,
                        "r: could not be judged: amr.contact_force <= 5 N had no value at 0.00 s");
    close_bench(&b);
}

static void test_watches(void** state)
{
    (void)state;
    Bench b;
    DdError err;
    open_channels(&b);
    assert_true(make_judge(&b, NULL, 0, NULL, 0, &err));
    int now = dd_judge_watch(b.judge, "dock_err <= 0.5 m", "wait_until", &err);
    assert_int_equal(now, 0);
    assert_int_equal(dd_judge_watch(b.judge, "dock_err <= 0.5 m", "wait_until", &err), now);
    assert_true(dd_judge_watch_value(b.judge, now) == -INFINITY); // nothing is known yet
    int reward = dd_judge_reward(b.judge, "-dock_err / 1 m", &err);
    assert_true(reward >= 0 && dd_judge_reward_value(b.judge, reward) == 0);
    tick(&b, 0.25, 1);
    assert_true(dd_judge_watch_value(b.judge, now) == 0.25);
    assert_true(dd_judge_reward_value(b.judge, reward) == -0.25);
    // made in the middle of the episode, on a signal nobody asked for before: knows the row at once
    int late = dd_judge_watch(b.judge, "O[0,0.1] speed > 0.5 m/s", "wait_until", &err);
    assert_true(late > 0 && dd_judge_watch_value(b.judge, late) == 0.5);
    for (int k = 0; k < 5; k++) {
        tick(&b, 1, 0);
        assert_true(dd_judge_watch_value(b.judge, late) == 0.5);
        assert_true(dd_judge_watch_value(b.judge, now) == -0.5);
    }
    tick(&b, 1, 0);
    assert_true(dd_judge_watch_value(b.judge, late) == -0.5);
    assert_int_equal(dd_judge_watch(b.judge, "F dock_err <= 1 m", "wait_until", &err), -1);
    assert_non_null(strstr(err.text, "G, F and U speak of the future"));
    assert_int_equal(dd_judge_watch(b.judge, "dock_er <= 1 m", "dock.lua:7: wait_until", &err), -1);
    assert_string_equal(err.text,
                        "dock.lua:7: wait_until: column 1: unknown signal 'dock_er', did you "
                        "mean 'dock_err'?");
    assert_int_equal(dd_judge_reward(b.judge, "speed > 1 m/s", &err), -1);
    assert_false(dd_judge_decided(b.judge));
    assert_int_equal(dd_judge_finish(b.judge).outcome, DD_PASS); // nothing was asked
    close_bench(&b);
}

static void test_refuses(void** state)
{
    (void)state;
    static const struct {
        const char* text;
        const char* report;
        const char* error;
    } k_cases[] = {
        {"dock_err <= 1 m", NULL,
         "says nothing about when: write \"G dock_err <= 1 m\" for always"},
        {"G dock_err <= 1 s", NULL, "expect 'r': column 12: dock_err is in m, 1 s is in s"},
        {"G amr.odom.twist.linear.z2 <= 1 m/s", NULL, "did you mean 'amr.odom.twist.linear.z'?"},
        {NULL, "max(speeed)",
         "report 'max(speeed)': column 1: unknown signal 'speeed', did you mean "
         "'speed'?"},
        {NULL, "median(speed)", "'median' is no reduction"},
        {NULL, "path_lenght", "did you mean 'path_length'?"},
        {NULL, "p0(speed)", "'p0' is no reduction"},
        {NULL, "max(speed > 1 m/s)", "a number is needed"},
        {NULL, "max()", "report 'max()': column 1: the text is empty"},
    };
    for (size_t i = 0; i < sizeof k_cases / sizeof *k_cases; i++) {
        Bench b;
        DdError err;
        open_channels(&b);
        DdRequirementDef req = {.name = "r"};
        snprintf(req.text, sizeof req.text, "%s", k_cases[i].text ? k_cases[i].text : "");
        char report[1][DD_NAME_MAX] = {""};
        snprintf(report[0], DD_NAME_MAX, "%s", k_cases[i].report ? k_cases[i].report : "");
        bool made = make_judge(&b, &req, k_cases[i].text != NULL,
                               (const char(*)[DD_NAME_MAX])report, k_cases[i].report != NULL, &err);
        assert_false(made);
        assert_int_equal(err.code, DD_ERROR_SCRIPT);
        if (!strstr(err.text, k_cases[i].error)) {
            fail_msg("%s", err.text);
        }
        close_bench(&b);
    }
    Bench b;
    DdError err;
    open_channels(&b);
    DdRequirementDef twice[] = {k_dock, k_dock};
    assert_false(make_judge(&b, twice, 2, NULL, 0, &err));
    assert_non_null(strstr(err.text, "the name stands twice"));
    close_bench(&b);
}

static void test_several_robots(void** state)
{
    (void)state;
    Bench b = {.channels = dd_channels_create(100)};
    add_scalar(b.channels, "a.path_length", "m", 0);
    add_scalar(b.channels, "fleet.b.path_length", "m", 0);
    dd_channels_start(b.channels);
    DdError err;
    static const char k_report[][DD_NAME_MAX] = {"path_length", "energy"};
    assert_true(make_judge(&b, NULL, 0, k_report, 2, &err));
    *dd_channels_push(b.channels, 0, 0) = 1;
    *dd_channels_push(b.channels, 1, 0) = 2;
    dd_judge_tick(b.judge, 0);
    DdScore s = dd_judge_finish(b.judge);
    assert_true(metric_of(&s, "a.path_length", "m") == 1);
    assert_true(metric_of(&s, "fleet.b.path_length", "m") == 2);
    assert_true(isnan(metric_of(&s, "energy", "J")));
    close_bench(&b);
}

// Going back to a restore point and forth again gives the same score.
static void test_restore(void** state)
{
    (void)state;
    Bench b;
    DdError err;
    open_channels(&b);
    DdRequirementDef req[] = {k_dock,
                              {.name = "r", .text = "G (speed >= 2 m/s -> F dock_err <= 1 m)"}};
    static const char k_report[][DD_NAME_MAX] = {"mean(speed)", "p50(dock_err)"};
    assert_true(make_judge(&b, req, 2, k_report, 2, &err));
    int watch = dd_judge_watch(b.judge, "H[0,0.5] speed <= 3 m/s", "wait_until", &err);
    for (int k = 0; k < 100; k++) {
        tick(&b, 1, k % 5);
    }
    double* saved = malloc((size_t)dd_judge_state_size(b.judge) * sizeof *saved);
    dd_judge_save(b.judge, saved);
    int64_t step = b.step;
    double mean[2], p50[2], seen[2];
    json_t* json[2];
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) {
            dd_judge_watch(b.judge, "speed <= 1 m/s", "wait_until", &err);
            dd_judge_load(b.judge, saved);
            // channels have restore points of their own; here time simply goes on
        }
        for (int k = 0; k < 150; k++) {
            tick(&b, k / 100.0, (k + 1) % 5);
        }
        seen[pass] = dd_judge_watch_value(b.judge, watch);
        DdScore s = dd_judge_finish(b.judge);
        mean[pass] = s.metric[0].value;
        p50[pass] = s.metric[1].value;
        json[pass] = dd_score_to_json(&s);
    }
    assert_true(step > 0 && mean[0] == mean[1] && p50[0] == p50[1] && seen[0] == seen[1]);
    assert_true(json_equal(json[0], json[1]));
    json_decref(json[0]);
    json_decref(json[1]);
    free(saved);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pass),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_first_violation_is_told),
        cmocka_unit_test(test_missing_samples),
        cmocka_unit_test(test_watches),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_several_robots),
        cmocka_unit_test(test_restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
