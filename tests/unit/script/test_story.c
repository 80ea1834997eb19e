// Stories: branches of coroutines on simulated time, in a real episode without agents.
#include "tests/unit/script/script_test.h"

typedef struct Told {
    char text[4096]; // every printed line, "; " behind each
    DdOutcome outcome;
    DdError err;
    char reason[1024];
    double time;
} Told;

static void listen(void* user, const char* level, const char* text, const char* file, int line)
{
    (void)level, (void)line;
    Told* told = user;
    size_t used = strlen(told->text);
    snprintf(told->text + used, sizeof told->text - used, "%s; ", text);
    assert_string_equal(file, "scenario/test.lua");
}

// Runs a scenario of one box that falls from 1 m, measured as `drop`; prints are collected.
static void tell(Told* told, const char* story)
{
    char text[8192];
    memset(told, 0, sizeof *told);
    snprintf(
        text, sizeof text,
        "return scenario { name = 'x', duration_s = 2, params = { n = 3 }, build = function(w)\n"
        "  w:ground {}\n"
        "  local b = w:box { name = 'b', size = { 0.2, 0.2, 0.2 }, free = true, mass = 1, pos = { "
        "0, 0, 1.1 } }\n"
        "  w:box { name = 'odd-name', size = { 0.2, 0.2, 0.2 }, pos = { 3, 0, 0.1 } }\n"
        "  w:actor { 'truck', name = 'truck', path = { { 5, 0 }, { 50, 0 } }, speed = 5 }\n"
        "  w:measure { drop = height(b) }\n"
        "end, story = function(sim, p)\n%s\nend }\n",
        story);
    write_text("test.lua", text);
    DdFiles* files = dd_files_create();
    DdScriptDef def = dd_script_def();
    def.path = "test.lua";
    def.files = files;
    def.print = listen;
    def.user = told;
    DdScenario scenario;
    if (!dd_script_open(&def, &scenario, &told->err)) {
        print_error("%s\n", told->err.text);
        fail();
    }
    DdEpisodeDef ed = dd_episode_def();
    DdEpisode* ep = dd_episode_create(&ed, &scenario, &told->outcome, &told->err);
    if (!ep) {
        print_error("%s\n", told->err.text);
        fail();
    }
    while (dd_episode_advance(ep)) {
    }
    told->time = dd_episode_time(ep);
    DdResult result;
    dd_episode_finish(ep, &result);
    told->outcome = result.outcome;
    snprintf(told->reason, sizeof told->reason, "%s", result.reason);
    dd_result_clear(&result);
    dd_episode_destroy(ep);
    scenario.destroy(scenario.user);
    dd_files_destroy(files);
}

static void expect_told(const char* story, const char* text)
{
    Told told;
    tell(&told, story);
    if (strcmp(told.text, text) != 0) {
        print_error("told '%s' (%s), not '%s'\n", told.text, told.reason, text);
    }
    assert_string_equal(told.text, text);
    assert_int_not_equal(told.outcome, DD_INVALID);
}

static void expect_invalid(const char* story, const char* part)
{
    Told told;
    tell(&told, story);
    if (told.outcome != DD_INVALID || !strstr(told.reason, part)) {
        print_error("outcome %s, '%s', not '%s'\n", dd_outcome_name(told.outcome), told.reason,
                    part);
    }
    assert_int_equal(told.outcome, DD_INVALID);
    assert_non_null(strstr(told.reason, part));
}

static void test_time_passes_in_waits(void** state)
{
    (void)state;
    expect_told("print(sim.time) sim:wait(0.5) print(sim.time) wait(0.25) print(sim.time, p.n)",
                "0.0; 0.5; 0.75\t3; ");
    // at least one step
    expect_told("sim:wait(0) print(sim.time)", "0.002; ");
}

static void test_done_ends_the_episode(void** state)
{
    (void)state;
    Told told;
    tell(&told, "sim:wait(0.5) sim:done 'enough'");
    assert_true(told.time >= 0.5 && told.time < 0.52);
    tell(&told, "sim:wait(0.5)");
    assert_true(told.time >= 1.99);
}

static void test_branches(void** state)
{
    (void)state;
    expect_told(
        "parallel { function() wait(0.2) print 'a' end, function() wait(0.1) print 'b' end,\n"
        "  function() print 'c' end } print(sim.time)",
        "c; b; a; 0.2; ");
    expect_told(
        "local n = race { function() wait(0.2) print 'slow' end, function() wait(0.1) end }\n"
        "print(n, sim.time) wait(0.5) print(sim.time)",
        "2\t0.1; 0.6; ");
    expect_told("print(race { function() end, function() print 'never' end })", "1; ");
    expect_told("serial { function() wait(0.1) print 'a' end, function() wait(0.1) print 'b' end } "
                "print(sim.time)",
                "a; b; 0.2; ");
    // branches of branches; a lost race takes its own along
    expect_told(
        "parallel { function() parallel { function() wait(0.1) end, function() wait(0.3) end } "
        "print 'in' end,\n"
        "  function() race { function() parallel { function() wait(1) print 'lost' end } end,\n"
        "                    function() wait(0.2) print 'won' end } end }\n"
        "print(sim.time)",
        "won; in; 0.3; ");
    // due at once: in the order of their making
    expect_told(
        "parallel { function() wait(0.1) print 'a' end, function() wait(0.1) print 'b' end,\n"
        "           function() wait(0.1) print 'c' end }",
        "a; b; c; ");
}

static void test_wait_until(void** state)
{
    (void)state;
    // 1 m of fall takes 0.45 s
    expect_told("local held = sim:wait_until('drop <= 0.2 m')\n"
                "print(held, sim.time > 0.4 and sim.time < 0.5, sim:value 'drop' <= 0.2)",
                "true\ttrue\ttrue; ");
    expect_told("print(sim:wait_until('drop <= 0.2 m', { timeout_s = 0.1 })) print(sim.time)",
                "false; 0.1; ");
    expect_told("print(wait_until('drop <= 0.2 m', { hold_s = 0.5 })) print(sim.time > 0.9)",
                "true; true; ");
}

static void test_stage_operations(void** state)
{
    (void)state;
    expect_told("sim.truck:go() wait(1) print(sim.truck.pos.x > 5.3, sim.truck.kind)",
                "true\tactor; ");
    expect_told("wait(0.1) print(sim.truck.pos.x < 5.01)", "true; ");
    expect_told("sim:set_gravity(0, 0, 0) wait(1) print(sim:value 'drop' > 0.9)", "true; ");
    expect_told("sim:set_pose('b', { 0, 0, 0.5 }, 0) wait(0.1) print(sim:get 'drop' < 0.5)",
                "true; ");
    expect_told("sim.b:force { fz = 9.81, duration_s = 2, fx = 0, fy = 0, tx = 0, ty = 0, tz = 0 } "
                "wait(1)\n"
                "print(sim.b.pos.z > 1.09)",
                "true; ");
    expect_told("sim:thing('odd-name'):set_friction(0.3) print(tostring(sim:thing('odd-name')))",
                "odd-name; ");
    expect_told("sim:event('lights', sim.truck, 'off')", "");
}

static void test_errors_of_stories_make_the_episode_invalid(void** state)
{
    (void)state;
    expect_invalid("wait(0.1) error 'broken'", "broken");
    expect_invalid("wait(0.1) error 'broken'", "test.lua:");
    expect_invalid("sim:wiat(1)", "no thing named 'wiat', did you mean 'wait'?");
    expect_invalid("sim.truk:go()", "no thing named 'truk', did you mean 'truck'?");
    expect_invalid("sim.truck:goo()", "'truck' cannot 'goo', did you mean 'go'?");
    expect_invalid("sim.b:go()", "");
    expect_invalid("sim:set_friction('b')", "set_friction: needs 1 number(s)");
    expect_invalid("sim:set_friction('b', 'low')", "got 'low'");
    expect_invalid("sim:set_gravity(0, 0, 0, 1)", "takes at most 3");
    expect_invalid("sim.b:force { fxx = 1 }", "no argument named 'fxx'");
    expect_invalid("sim:value 'dropp'", "no signal named 'dropp', did you mean 'drop'?");
    expect_invalid("sim:wait_until('dropp <= 1 m')", "dropp");
    expect_invalid("sim:wait_until('drop <= 1 m', { hold = 1 })", "no option named 'hold'");
    expect_invalid("sim:wait(-1)", "not negative");
    expect_invalid("parallel { 3 }", "entry 1 must be a function, got 3");
    expect_invalid("coroutine.wrap(function() sim:wait(1) end)()", "nowhere else");
    expect_invalid("coroutine.yield()", "yielded without waiting");
    expect_invalid("wait(0.1) while true do end", "budget");
    expect_invalid(
        "local list = {} for i = 1, 300 do list[i] = function() wait(1) end end parallel(list)",
        "255");
}

static void test_handles_end_with_build(void** state)
{
    (void)state;
    Told told;
    write_text("test.lua", "");
    memset(&told, 0, sizeof told);
    tell(&told, "local kept = rawget(_G, 'none') print(kept)");
    assert_int_equal(told.outcome, DD_INVALID); // the globals are no table of the guest's

    Opened o;
    open_text(&o, "local kept\nreturn scenario { name = 'x', duration_s = 1,\n"
                  "build = function(w) kept = w:box { name = 'b' } end,\n"
                  "story = function(sim) print(kept.name) print(kept.pos) end }\n");
    assert_true(o.open);
    DdEpisodeDef ed = dd_episode_def();
    DdOutcome outcome;
    DdEpisode* ep = dd_episode_create(&ed, &o.scenario, &outcome, &o.err);
    assert_non_null(ep);
    while (dd_episode_advance(ep)) {
    }
    DdResult result;
    dd_episode_finish(ep, &result);
    assert_int_equal(result.outcome, DD_INVALID);
    assert_non_null(strstr(result.reason, "'b' is a handle of build"));
    dd_result_clear(&result);
    dd_episode_destroy(ep);
    close_opened(&o);
}

// Two episodes of one scenario side by side: each has its own story.
static void test_episodes_live_side_by_side(void** state)
{
    (void)state;
    Opened o;
    open_text(&o,
              "local n = 0\nreturn scenario { name = 'x', duration_s = 0.1,\n"
              "build = function(w) w:ground {} w:box { name = 'b', free = true, mass = 1 } end,\n"
              "story = function(sim) while true do n = n + 1 sim:wait(0.01) if n == 5 then "
              "sim:done 'five' end end "
              "end }\n");
    DdEpisodeDef ed = dd_episode_def();
    DdOutcome outcome;
    DdEpisode* a = dd_episode_create(&ed, &o.scenario, &outcome, &o.err);
    assert_non_null(a);
    bool more = dd_episode_advance(a);
    DdEpisode* b = dd_episode_create(&ed, &o.scenario, &outcome, &o.err);
    assert_non_null(b);
    while (dd_episode_advance(b)) {
    }
    while (more) {
        more = dd_episode_advance(a);
    }
    assert_true(dd_episode_time(a) == dd_episode_time(b));
    assert_true(dd_episode_time(a) < 0.08);
    DdEpisode* both[] = {a, b};
    for (int i = 0; i < 2; i++) {
        DdResult result;
        dd_episode_finish(both[i], &result);
        assert_true(o.scenario.usage(o.scenario.user).episode_units > 0);
        dd_result_clear(&result);
        dd_episode_destroy(both[i]);
    }
    close_opened(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_passes_in_waits),
        cmocka_unit_test(test_done_ends_the_episode),
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_wait_until),
        cmocka_unit_test(test_stage_operations),
        cmocka_unit_test(test_errors_of_stories_make_the_episode_invalid),
        cmocka_unit_test(test_handles_end_with_build),
        cmocka_unit_test(test_episodes_live_side_by_side),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
