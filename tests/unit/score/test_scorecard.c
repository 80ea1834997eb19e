// The scorecard of a run: what counts, what the verdict is, what people see.
#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/score/score.h"

static json_t* episode(int seed, const char* outcome, const char* verdict, double time)
{
    json_t* metric = json_pack("{s:s,s:s}", "name", "time_to_success", "unit", "s");
    json_object_set_new(metric, "value", time < 0 ? json_null() : json_real(time));
    return json_pack(
        "{s:i,s:i,s:s,s:s,s:s,s:f,s:[{s:s,s:s,s:s,s:f}],s:[o],s:{s:{s:i,s:f,s:f},s:i},s:{s:i}}",
        "episode", seed - 7, "seed", seed, "outcome", outcome, "reason",
        strcmp(outcome, "PASS") ? "docked: violated\033[31m" : "", "file", "e.mcap", "duration_s",
        10.5, "requirements", "name", "docked", "text", "F dock_err <= 1 cm", "verdict", verdict,
        "robustness", 0.01 * seed, "metrics", metric, "counters", "agent", "clipped", seed,
        "latency_max_s", 0.1 * seed, "latency_mean_s", 0.5, "samples_dropped", 1, "budgets",
        "load_units", 100 * seed);
}

static json_t* card_of(const char* outcomes)
{
    json_t* list = json_array();
    for (int i = 0; outcomes[i]; i++) {
        char c = outcomes[i];
        const char* name = c == 'P'   ? "PASS"
                           : c == 'F' ? "FAIL"
                           : c == 'A' ? "AGENT_ERROR"
                           : c == 'H' ? "HARNESS_ERROR"
                           : c == 'I' ? "INVALID"
                                      : "?";
        json_array_append_new(
            list, episode(7 + i, name, c == 'P' ? "HOLDS" : "VIOLATED", c == 'P' ? 10 + i : -1));
    }
    json_t* head = json_pack("{s:s,s:[s],s:i}", "scenario", "amr_dock", "agents", "expert.lua",
                             "episodes", (int)strlen(outcomes));
    json_t* card = dd_scorecard(head, list);
    json_decref(head);
    json_decref(list);
    return card;
}

static void check(const char* outcomes, const char* verdict, double rate)
{
    json_t* card = card_of(outcomes);
    assert_string_equal(json_string_value(json_object_get(card, "verdict")), verdict);
    json_t* r = json_object_get(card, "success_rate");
    if (rate < 0 ? !json_is_null(r) : json_real_value(r) != rate) {
        fail_msg("%s: success_rate %g", outcomes, json_real_value(r));
    }
    json_decref(card);
}

static void test_verdicts(void** state)
{
    (void)state;
    check("PPPP", "PASS", 1);
    check("PPFP", "FAIL", 0.75);
    check("PA", "FAIL", 0.5); // the agent's error is a failure
    check("PPI", "PASS", 1);  // what never started does not count
    check("II", "INVALID", -1);
    check("", "INVALID", -1);
    check("PH", "HARNESS_ERROR", 1);
    check("FH", "HARNESS_ERROR", 0);
    check("P?", "HARNESS_ERROR", 1); // no outcome is our fault
}

static void test_numbers(void** state)
{
    (void)state;
    json_t* card = card_of("PPFPIAPH");
    json_t* outcomes = json_object_get(card, "outcomes");
    assert_int_equal(json_integer_value(json_object_get(outcomes, "PASS")), 4);
    assert_int_equal(json_integer_value(json_object_get(outcomes, "AGENT_ERROR")), 1);
    assert_int_equal(json_integer_value(json_object_get(card, "counted")), 6);
    assert_int_equal(json_integer_value(json_object_get(card, "planned")), 8);
    assert_int_equal(json_array_size(json_object_get(card, "episodes")), 8);
    json_t* ci = json_object_get(card, "success_ci");
    assert_true(fabs(json_real_value(json_object_get(ci, "lo")) - 0.222778) < 1e-6); // 4 of 6
    assert_true(fabs(json_real_value(json_object_get(ci, "hi")) - 0.956728) < 1e-6);

    json_t* m = json_array_get(json_object_get(card, "metrics"), 0);
    assert_int_equal(json_integer_value(json_object_get(m, "n")), 4); // only where it has a value
    assert_true(json_real_value(json_object_get(m, "mean")) == (10 + 11 + 13 + 16) / 4.0);
    assert_true(json_real_value(json_object_get(m, "p50")) == 11);
    assert_true(json_real_value(json_object_get(m, "p95")) == 16);
    assert_true(json_real_value(json_object_get(m, "min")) == 10);

    json_t* r = json_array_get(json_object_get(card, "requirements"), 0);
    assert_int_equal(json_integer_value(json_object_get(r, "n")), 8);
    assert_int_equal(json_integer_value(json_object_get(r, "HOLDS")), 4);
    assert_int_equal(json_integer_value(json_object_get(r, "VIOLATED")), 4);
    assert_true(json_real_value(json_object_get(r, "worst_robustness")) == 0.07);
    assert_int_equal(json_integer_value(json_object_get(r, "worst_seed")), 7);

    json_t* agent = json_object_get(json_object_get(card, "counters"), "agent");
    assert_int_equal(json_integer_value(json_object_get(agent, "clipped")), 7 * 8 + 28);
    assert_true(fabs(json_number_value(json_object_get(agent, "latency_max_s")) - 1.4) < 1e-12);
    assert_null(json_object_get(agent, "latency_mean_s")); // a sum of means is nothing
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(card, "budgets"), "load_units")), 1400);
    assert_int_equal(json_array_size(json_object_get(card, "failures")), 4);

    // one run has one text: the order of members is fixed
    json_t* again = card_of("PPFPIAPH");
    char *a = json_dumps(card, JSON_INDENT(1)), *b = json_dumps(again, JSON_INDENT(1));
    assert_string_equal(a, b);
    assert_non_null(strstr(a, "\"std\": "));
    free(a);
    free(b);
    json_decref(again);
    json_decref(card);

    card = card_of("PF");
    m = json_array_get(json_object_get(card, "metrics"), 0);
    assert_true(json_is_null(json_object_get(m, "std"))); // of one value
    json_decref(card);
}

static void test_text(void** state)
{
    (void)state;
    json_t* card = card_of("PPFPIAPH");
    char* text = dd_scorecard_text(card);
    static const char* const k_parts[] = {
        "scenario    amr_dock\n",
        "agent       expert.lua\n",
        "verdict     HARNESS_ERROR\n",
        "success     4 of 6, 66.7 % (95 % interval 22.3 to 95.7 %, Clopper-Pearson)\n",
        "outcomes    PASS 4, FAIL 1, AGENT_ERROR 1, HARNESS_ERROR 1, INVALID 1\n",
        "requirement  holds  violated  worst robustness  \n",
        "docked           4         4              0.07  F dock_err <= 1 cm\n",
        "metric           unit  n  mean    std  min  p50  p95  max\n",
        "time_to_success  s     4  12.5  2.646   10   11   16   16\n",
        "agent.clipped 84",
        "load_units 1400",
        "   9  FAIL           docked: violated [31m\n",
    };
    for (size_t i = 0; i < sizeof k_parts / sizeof *k_parts; i++) {
        if (!strstr(text, k_parts[i])) {
            fail_msg("no '%s' in\n%s", k_parts[i], text);
        }
    }
    assert_null(strchr(text, '\033')); // a reason cannot drive the terminal
    free(text);
    text = dd_scorecard_text_lang(card, "ko");
    assert_non_null(strstr(text, "6회 중 4회, 66.7 %"));
    assert_non_null(strstr(text, "요구사항"));
    free(text);
    json_decref(card);
    card = card_of("");
    text = dd_scorecard_text(card);
    assert_non_null(strstr(text, "no episode counts"));
    free(text);
    json_decref(card);
}

static void test_names(void** state)
{
    (void)state;
    for (int i = 0; i < DD_OUTCOME_COUNT; i++) {
        DdOutcome o;
        assert_true(dd_outcome_find(dd_outcome_name((DdOutcome)i), &o));
        assert_int_equal(o, i);
    }
    DdOutcome o;
    assert_false(dd_outcome_find("pass", &o));
    int n;
    const DdMetricKind* kinds = dd_metric_kinds(&n);
    assert_true(n >= 14);
    assert_string_equal(kinds[0].name, "time_to_success");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
