// The templates of `drydock new` and the public library: what they promise, they do.
#include "tests/unit/script/script_test.h"

#include <math.h>

#include "sim/base/text.h"
#include "sim/script/library.c"

// The template of `from` with its name filled in, as `to`.
static void copy_template(const char* from, const char* to)
{
    char path[2 * DD_PATH_MAX];
    DdError err;
    size_t size;
    snprintf(path, sizeof path, "%s/scenarios/templates/%s", g_source_dir, from);
    char* text = (char*)dd_file_read(path, 1 << 20, &size, &err);
    assert_non_null(text);
    DdText out = {0};
    const char* at = text;
    for (const char* mark = strstr(at, "NAME_HERE"); mark; mark = strstr(at, "NAME_HERE")) {
        dd_text_bytes(&out, at, (size_t)(mark - at));
        dd_text_str(&out, "mine");
        at = mark + strlen("NAME_HERE");
    }
    dd_text_str(&out, at);
    write_text(to, out.data);
    dd_text_free(&out);
    free(text);
}

static int fill_templates(void** state)
{
    enter_folder(state);
    mkdir("mine", 0755);
    mkdir("bot", 0755);
    copy_template("scenario/scenario.lua", "mine/scenario.lua");
    copy_template("scenario/expert.lua", "mine/expert.lua");
    copy_template("agent/agent.lua", "agent.lua");
    copy_template("robot/robot.lua", "bot/robot.lua");
    copy_template("robot/model.xml", "bot/model.xml");
    return 0;
}

static DdOutcome run_agent(const char* scenario_path, const char* agent_path, uint64_t seed)
{
    DdError err;
    DdScenario scenario;
    DdScriptDef def = dd_script_def();
    dd_error_clear(&err);
    def.path = scenario_path;
    def.files = dd_files_create();
    if (!dd_script_open(&def, &scenario, &err)) {
        print_error("%s\n", err.text);
        fail();
    }
    DdEpisodeDef ed = dd_episode_def();
    ed.seed = seed;
    DdOutcome outcome;
    DdEpisode* ep = dd_episode_create(&ed, &scenario, &outcome, &err);
    if (!ep) {
        print_error("%s\n", err.text);
        fail();
    }
    DdAgentDef ad = dd_agent_def();
    ad.spec = agent_path;
    ad.slot = "";
    ad.files = def.files;
    ad.scope = "x";
    DdAgent* agent = dd_agent_create(&ad, dd_episode_observation_space(ep, 0),
                                     dd_episode_action_space(ep, 0), &err);
    if (!agent) {
        print_error("%s\n", err.text);
        fail();
    }
    dd_episode_run(ep, &agent);
    DdResult result;
    dd_episode_finish(ep, &result);
    outcome = result.outcome;
    if (outcome != DD_PASS) {
        print_message("seed %d: %s\n", (int)seed, result.reason);
    }
    dd_result_clear(&result);
    dd_agent_destroy(agent);
    dd_episode_destroy(ep);
    scenario.destroy(scenario.user);
    dd_files_destroy(def.files);
    return outcome;
}

static void test_the_scenario_and_its_expert_pass(void** state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        assert_int_equal(run_agent("mine", "mine/expert.lua", seed), DD_PASS);
    }
}

static void test_the_agent_runs_and_the_task_is_not_for_free(void** state)
{
    (void)state;
    assert_int_equal(run_agent("mine", "agent.lua", 1), DD_FAIL);
}

static void test_the_robot_does_the_task_too(void** state)
{
    (void)state;
    size_t size;
    DdError err;
    char* text = (char*)dd_file_read("mine/scenario.lua", 1 << 20, &size, &err);
    char* name = strstr(text, "\"amr_250\"");
    assert_non_null(name);
    memcpy(name, "\"../bot\" ", 9); // as long as the name was
    write_text("mine/other.lua", text);
    free(text);
    assert_int_equal(run_agent("mine/other.lua", "mine/expert.lua", 3), DD_PASS);
}

// The blocks of a page that begin with "-- FILE.lua" become files; blocks behind them without a
// name are parts of the first one: a story, and lines of build.
static void write_blocks(const char* page, char part[2][4096])
{
    char path[2 * DD_PATH_MAX];
    DdError err;
    size_t size;
    int nparts = 0;
    snprintf(path, sizeof path, "%s/%s", g_source_dir, page);
    char* text = (char*)dd_file_read(path, 1 << 20, &size, &err);
    assert_non_null(text);
    for (char* at = strstr(text, "```lua\n"); at; at = strstr(at, "```lua\n")) {
        at += strlen("```lua\n");
        char* end = strstr(at, "```");
        assert_non_null(end);
        *end = '\0';
        char name[64];
        if (sscanf(at, "-- %63[a-z]", name) == 1 &&
            strncmp(at + 3 + strlen(name), ".lua\n", 5) == 0) {
            strcat(name, ".lua");
            write_text(name, at);
        } else {
            assert_true(nparts < 2);
            snprintf(part[nparts++], 4096, "%s", at);
        }
        at = end + 1;
    }
    assert_int_equal(nparts, 2);
    free(text);
}

static void run_tutorial(const char* page)
{
    static char part[2][4096];
    write_blocks(page, part);
    for (uint64_t seed = 7; seed < 12; seed++) {
        assert_int_equal(run_agent("dock.lua", "docker.lua", seed), DD_PASS);
    }
    assert_int_equal(run_agent("dock.lua", "zero", 7), DD_FAIL);

    // with its story, and its fair start
    size_t size;
    DdError err;
    char* text = (char*)dd_file_read("dock.lua", 1 << 20, &size, &err);
    char* measure = strstr(text, "    w:measure");
    char* expect = strstr(text, "  expect");
    FILE* f = fopen("more.lua", "w");
    assert_true(measure && expect && f);
    fprintf(f, "%.*s%s%.*s%s%s", (int)(measure - text), text, part[1], (int)(expect - measure),
            measure, part[0], expect);
    fclose(f);
    free(text);
    assert_int_equal(run_agent("more.lua", "docker.lua", 8), DD_PASS);

    // its rig is one, of sensors that the robot can carry
    DdRig rig = {0};
    dd_error_clear(&err);
    if (!dd_script_rig("rig.lua", NULL, &rig, &err)) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(rig.nsensor, 3);
    assert_string_equal(rig.sensor[1].preset, "lidar_vlp16");
    dd_rig_clear(&rig);
}

static void test_the_tutorial_runs(void** state)
{
    (void)state;
    run_tutorial("docs/tutorial.md");
}

static void test_the_korean_tutorial_runs(void** state)
{
    (void)state;
    run_tutorial("docs/ko/tutorial.md");
}

// the library

static void test_an_episode_by_the_library(void** state)
{
    (void)state;
    char error[512];
    DdSim* sim = dd_sim_open("mine", NULL, error, sizeof error);
    if (!sim) {
        print_error("%s\n", error);
    }
    assert_non_null(sim);
    assert_int_equal(dd_sim_slots(sim), 0);
    assert_int_equal(dd_sim_act(sim, 0, (double[]){0, 0}), 2);
    assert_int_equal(dd_sim_reset(sim, 5, NULL), 0);
    assert_int_equal(dd_sim_slots(sim), 1);

    char* text = dd_sim_spaces(sim, 0);
    json_t* spaces = json_loads(text, 0, NULL);
    dd_sim_free(text);
    json_t* observation = json_object_get(spaces, "observation");
    int size = 0;
    for (size_t i = 0; i < json_array_size(observation); i++) {
        json_t* row = json_array_get(observation, i);
        assert_int_equal(json_integer_value(json_object_get(row, "offset")), size);
        size += (int)json_integer_value(json_object_get(row, "size"));
        assert_int_equal(json_array_size(json_object_get(row, "labels")),
                         json_integer_value(json_object_get(row, "size")));
    }
    assert_int_equal(size, dd_sim_observation_size(sim, 0));
    assert_int_equal(dd_sim_action_size(sim, 0), 2);
    json_decref(spaces);

    double* values = calloc((size_t)size, sizeof *values);
    double age[8];
    double action[2] = {0.2, 0};
    int ticks = 0;
    double* kept = NULL;
    double* kept_values = calloc((size_t)size, sizeof *values);
    while (dd_sim_advance(sim) == 1 && ticks < 40) {
        assert_int_equal(dd_sim_observe(sim, 0, values, age), 0);
        for (int i = 0; i < size; i++) {
            assert_true(isfinite(values[i]));
        }
        if (ticks == 20) {
            kept = calloc((size_t)dd_sim_state_size(sim), sizeof *kept);
            assert_int_equal(dd_sim_snapshot(sim, kept), 0);
            memcpy(kept_values, values, (size_t)size * sizeof *values);
        }
        assert_int_equal(dd_sim_act(sim, 0, action), 0);
        ticks++;
    }
    assert_int_equal(ticks, 40);
    assert_true(fabs(dd_sim_time(sim) - 2) < 0.1);

    // back to the kept moment: the same is seen again
    assert_int_equal(dd_sim_restore(sim, kept), 0);
    assert_int_equal(dd_sim_observe(sim, 0, values, age), 0);
    assert_memory_equal(values, kept_values, (size_t)size * sizeof *values);
    free(kept);
    free(kept_values);
    free(values);

    text = dd_sim_result(sim);
    json_t* result = json_loads(text, 0, NULL);
    assert_non_null(json_string_value(json_object_get(result, "outcome")));
    json_decref(result);
    dd_sim_free(text);
    assert_int_equal(dd_sim_advance(sim), 0);
    assert_int_equal(dd_sim_ended(sim), 1);
    dd_sim_close(sim);
}

static void test_the_library_says_what_is_wrong(void** state)
{
    (void)state;
    char error[512];
    assert_null(dd_sim_open("nowhere", NULL, error, sizeof error));
    assert_non_null(strstr(error, "there is no scenario 'nowhere'"));
    DdSim* sim = dd_sim_open("mine", NULL, error, sizeof error);
    assert_non_null(sim);
    assert_int_equal(dd_sim_reset(sim, 1, "{\"xx\": 1}"), 2);
    assert_non_null(strstr(dd_sim_error(sim), "no param named 'xx'"));
    assert_int_equal(dd_sim_reset(sim, 1, "[1]"), 2);
    assert_non_null(strstr(dd_sim_error(sim), "no JSON object"));
    assert_int_equal(dd_sim_reset(sim, 1, "{\"x\": 4.5}"), 0);
    assert_int_equal(dd_sim_observe(sim, 3, NULL, NULL), 2);
    char* described = dd_sim_describe(sim);
    assert_non_null(strstr(described, "uniform(4, 7)"));
    dd_sim_free(described);
    dd_sim_close(sim);
}

static void test_two_sims_side_by_side(void** state)
{
    (void)state;
    DdSim* sim[2];
    double values[2][64];
    for (int i = 0; i < 2; i++) {
        sim[i] = dd_sim_open("mine", NULL, NULL, 0);
        assert_non_null(sim[i]);
        assert_int_equal(dd_sim_reset(sim[i], 9, NULL), 0);
        assert_true(dd_sim_observation_size(sim[i], 0) <= 64);
    }
    double action[2] = {0.5, 0.1};
    for (int tick = 0; tick < 20; tick++) {
        for (int i = 0; i < 2; i++) {
            assert_int_equal(dd_sim_advance(sim[i]), 1);
            dd_sim_observe(sim[i], 0, values[i], NULL);
            dd_sim_act(sim[i], 0, action);
        }
        assert_memory_equal(values[0], values[1],
                            (size_t)dd_sim_observation_size(sim[0], 0) * sizeof(double));
    }
    dd_sim_close(sim[0]);
    dd_sim_close(sim[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_scenario_and_its_expert_pass),
        cmocka_unit_test(test_the_agent_runs_and_the_task_is_not_for_free),
        cmocka_unit_test(test_the_robot_does_the_task_too),
        cmocka_unit_test(test_the_tutorial_runs),
        cmocka_unit_test(test_the_korean_tutorial_runs),
        cmocka_unit_test(test_an_episode_by_the_library),
        cmocka_unit_test(test_the_library_says_what_is_wrong),
        cmocka_unit_test(test_two_sims_side_by_side),
    };
    return cmocka_run_group_tests(tests, fill_templates, NULL);
}
