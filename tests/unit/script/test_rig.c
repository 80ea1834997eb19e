// Rigs, classes and weather: rig files, scenario { labels }, w:weather, sim:set_weather.
#include "tests/unit/script/script_test.h"

#include <math.h>

#include "sim/run/rig.h"

static DdError t_err;

static bool read_rig(const char* text, DdRig* rig)
{
    write_text("rig.lua", text);
    dd_error_clear(&t_err);
    return dd_script_rig("rig.lua", NULL, rig, &t_err);
}

static void test_rig(void** state)
{
    DdRig rig;

    (void)state;
    write_text("my_imu.json", "{\"kind\": \"imu\", \"doc\": \"An IMU.\", \"source\": \"this test\","
                              " \"values\": {\"rate_hz\": 100, \"gyro_noise\": 0.001}}");
    if (!read_rig(
            "local noise = 0.5 * deg\n"
            "return rig {\n"
            "  sensors = {\n"
            "    { \"imu\", name = \"extra\", robot = \"amr\", frame = \"dock\", rate_hz = 250,\n"
            "      gyro_noise = noise, pos = { 0, 0, 0.5 } },\n"
            "    { \"./my_imu.json\", robot = \"amr\" },\n"
            "    { \"pose\", name = \"where\", frame = \"bay/west\" },\n"
            "  },\n"
            "  carried = true,\n"
            "  weather = { fog = 30, wind = { 1, 2, 0 }, rain = 0 },\n"
            "}\n",
            &rig)) {
        fail_msg("%s", t_err.text);
    }
    assert_true(rig.carried);
    assert_int_equal(rig.nsensor, 3);
    const DdSensorDef* s = rig.sensor;
    assert_string_equal(s[0].name, "extra");
    assert_string_equal(s[0].kind, "imu");
    assert_string_equal(s[0].robot, "amr");
    assert_string_equal(s[0].frame, "dock");
    assert_true(s[0].rate_hz == 250 && s[0].pos[2] == 0.5);
    assert_true(fabs(s[0].gyro_noise - 0.5 * DD_PI / 180) < 1e-12);
    assert_string_equal(s[1].name, "imu");
    assert_string_equal(s[1].preset, "my_imu");
    assert_true(s[1].rate_hz == 100 && s[1].gyro_noise == 0.001);
    assert_string_equal(s[2].robot, "");
    // what was given counts, and nothing else
    assert_true(rig.has_weather && rig.weather.fog == 30 && rig.weather.wind[1] == 2);
    assert_int_equal(rig.given.n, 3);
    assert_string_equal(rig.given.v[0], "fog");
    assert_string_equal(rig.given.v[1], "rain");
    assert_string_equal(rig.given.v[2], "wind");
    dd_rig_clear(&rig);

    // "all" is no file; what a rig reads goes where it is told to
    assert_true(dd_script_rig("all", NULL, &rig, &t_err));
    assert_true(rig.carried && rig.nsensor == 0 && !rig.has_weather);
    DdFiles* files = dd_files_create();
    write_text("rig.lua", "return rig { sensors = { { \"./my_imu.json\" } } }\n");
    assert_true(dd_script_rig("rig.lua", files, &rig, &t_err));
    assert_non_null(dd_files_find(files, "rig/rig.lua"));
    assert_non_null(dd_files_find(files, "rig/my_imu.json"));
    dd_rig_clear(&rig);
    dd_files_destroy(files);
}

static void test_rig_mistakes(void** state)
{
    static const char* const k_cases[][2] = {
        {"return 3\n", "a rig file ends with return rig { ... }"},
        {"\nreturn scenario { name = 'x' }\n",
         "this is a scenario file, not a rig: it returns scenario { ... }"},
        {"return rig {}\n", "rig: it has no sensors: give sensors = { ... } or carried = true"},
        {"return rig { sensor = {} }\n", "rig: no field named 'sensor', did you mean 'sensors'?"},
        {"return rig { { 'imu' } }\n", "rig: sensors go into sensors = { ... }"},
        {"return rig { carried = 1 }\n", "rig: carried must be true or false"},
        {"return rig { sensors = { imu = { 'imu' } } }\n",
         "rig: sensors is a list { { \"KIND\", name = .. }, ... }"},
        {"return rig { sensors = { 'imu' } }\n",
         "sensor 1: must be a table that begins with its kind: { \"camera\", name = .. }"},
        {"return rig { sensors = { { 'imux' } } }\n",
         "sensor 1: there is no kind or preset of sensor 'imux', did you mean 'imu'? ('drydock "
         "list sensors' shows all)"},
        {"return rig { sensors = { { 'imu', robot = 3 } } }\n",
         "sensor 1: robot must be a name, got 3"},
        {"return rig { sensors = {\n  { 'imu' },\n  { 'imu', rate_hz = -1 } } }\n",
         "sensor 'imu' (imu): rate_hz must be positive, got -1 Hz"},
        {"return rig { sensors = { { 'imu', max_contacts = 3 } } }\n",
         "sensor 'imu' (imu): no field named 'max_contacts'"},
        {"return rig { sensors = { { 'imu' }, { 'imu' } } }\n",
         "sensor 'imu': there are two of that name"},
        {"return rig { carried = true, weather = { fgo = 3 } }\n",
         "weather: no field named 'fgo', did you mean 'fog'?"},
        {"return rig { carried = true, weather = { hour = 30 } }\n",
         "weather: hour must be from 0 to 24 h, got 30"},
        {"return rig { carried = true, weather = 3 }\n",
         "rig: weather must be a table { fog = 50, ... }"},
        {"io.write('x')\n", "'io' is not available here"},
        {"while true do end\n", "budget"},
    };
    DdRig rig;

    (void)state;
    for (size_t i = 0; i < sizeof k_cases / sizeof *k_cases; i++) {
        if (read_rig(k_cases[i][0], &rig)) {
            fail_msg("no mistake in: %s", k_cases[i][0]);
        }
        if (!strstr(t_err.text, k_cases[i][1]) || !strstr(t_err.file, "rig.lua")) {
            fail_msg("'%s' (%s) should say '%s'", t_err.text, t_err.file, k_cases[i][1]);
        }
        assert_int_equal(rig.nsensor, 0);
    }
    assert_false(dd_script_rig("nowhere.lua", NULL, &rig, &t_err));
    // what a file is shows without reading all of it
    write_text("rig.lua", "return rig { sensors = { { 'imux' } } }\n");
    assert_int_equal(dd_script_what("rig.lua", NULL), DD_SCRIPT_RIG);
}

#define SCENARIO(fields, body)                                                                     \
    "return scenario {\n  name = 'x', duration_s = 1, " fields "\n  build = function(w, p)\n" body \
    "\n  end }\n"

static void test_labels(void** state)
{
    Opened o;

    (void)state;
    open_text(
        &o, SCENARIO("labels = { 'container', 'cone', 'other' },",
                     "w:ground {}\n"
                     "w:container { name = 'C1' }\n"
                     "w:box { name = 'b', pos = {9, 0, 1}, label = 'cone', at = at(1, 2, 0, 0) }\n"
                     "w:robot { 'cart.xml', name = 'amr', pos = {20, 0, 0}, label = 'other' }"));
    DdPlan* plan = build_opened(&o, 1, NULL);
    if (!plan) {
        fail_msg("%s", o.err.text);
    }
    assert_int_equal(plan->labels.n, 4);
    assert_string_equal(plan->labels.v[0], "background");
    assert_string_equal(plan->labels.v[3], "other");
    DdWorld* w = dd_compose_compile(plan->compose, &t_err);
    assert_non_null(w);
    assert_string_equal(dd_world_thing_label(w, dd_world_thing_find(w, "b")), "cone");
    assert_string_equal(dd_world_thing_label(w, dd_world_thing_find(w, "amr")), "other");
    dd_world_destroy(w);
    dd_plan_destroy(plan);
    close_opened(&o);

    static const char* const k_cases[][2] = {
        {SCENARIO("labels = 3,", ""), "scenario: labels must be a list of classes, got 3"},
        {SCENARIO("labels = {},", ""), "scenario: labels: there must be 1 to 63 classes, got 0"},
        {SCENARIO("labels = { a = 'b' },", ""),
         "scenario: labels is a list of classes without names"},
        {SCENARIO("labels = { 'a', 'a' },", ""),
         "scenario: labels: entry 2: there are two classes 'a'"},
        {SCENARIO("labels = { 'a', 'background' },", ""),
         "scenario: labels: entry 2: 'background' is class 0 and stands first or not at all"},
        {SCENARIO("labels = { 'a b' },", ""),
         "scenario: labels: entry 1 must be a class's name of letters, digits and '_', got 'a b'"},
        {SCENARIO("labels = { 'cone' },", "w:box { name = 'b', label = 'conee' }"),
         "box 'b': label: there is no class 'conee', did you mean 'cone'? (the scenario's field "
         "labels lists them)"},
        {SCENARIO("", "w:robot { 'cart.xml', name = 'amr', label = 'robbot' }"),
         "robot 'amr': label: there is no class 'robbot', did you mean 'robot'? (scenario { labels "
         "= { ... } } makes classes of its own)"},
        {SCENARIO("", "w:weather { hour = 25 }"),
         "weather 'weather': hour must be from 0 to 24 h, got 25"},
        {SCENARIO("", "w:weather {}\nw:weather {}"),
         "a world has one weather, and 'weather' is it already"},
        {SCENARIO("", "w:floodlight { name = 'f', target = { 0, 0, 12 } }"),
         "floodlight 'f': target is where its lamp is"},
    };
    for (size_t i = 0; i < sizeof k_cases / sizeof *k_cases; i++) {
        open_text(&o, k_cases[i][0]);
        plan = build_opened(&o, 1, NULL);
        assert_null(plan);
        if (strcmp(o.err.text, k_cases[i][1]) != 0 && !strstr(o.err.text, k_cases[i][1])) {
            fail_msg("'%s' should say '%s'", o.err.text, k_cases[i][1]);
        }
        assert_true(o.err.line > 0);
        close_opened(&o);
    }
}

// Runs a story over one light box; the weather at its end.
static bool tell(const char* weather, const char* story, DdWeather* now, char reason[1024])
{
    char text[4096];
    DdScriptDef def = dd_script_def();
    DdScenario scenario;
    DdOutcome outcome;

    snprintf(text, sizeof text,
             "return scenario { name = 'x', duration_s = 0.3, build = function(w)\n"
             "  w:ground {}\n  w:weather { %s }\n"
             "end, story = function(sim, p)\n%s\nend }\n",
             weather, story);
    write_text("test.lua", text);
    def.path = "test.lua";
    def.files = dd_files_create();
    dd_error_clear(&t_err);
    if (!dd_script_open(&def, &scenario, &t_err)) {
        fail_msg("%s", t_err.text);
    }
    DdEpisodeDef ed = dd_episode_def();
    DdEpisode* ep = dd_episode_create(&ed, &scenario, &outcome, &t_err);
    if (!ep) {
        fail_msg("%s", t_err.text);
    }
    while (dd_episode_advance(ep)) {
    }
    *now = *dd_world_weather(dd_episode_world(ep));
    DdResult result;
    dd_episode_finish(ep, &result);
    snprintf(reason, 1024, "%s", result.reason);
    bool fine = result.outcome != DD_INVALID;
    dd_result_clear(&result);
    dd_episode_destroy(ep);
    scenario.destroy(scenario.user);
    dd_files_destroy(def.files);
    return fine;
}

static void test_story(void** state)
{
    DdWeather now;
    char reason[1024];

    (void)state;
    bool fine = tell("fog = uniform(20, 60), hour = 22",
                     "sim:wait(0.05)\n"
                     "sim:set_weather('rain', 5)\n"
                     "sim:set_weather { wind = { 3, 0, 0 }, dirt = 0.25, wetness = 0.5 }\n"
                     "sim:set_weather('wind', 4, 1, 0)\n",
                     &now, reason);
    if (!fine) {
        fail_msg("%s", reason);
    }
    assert_true(now.fog >= 20 && now.fog < 60 && now.hour == 22);
    assert_true(now.rain == 5 && now.dirt == 0.25 && now.wetness == 0.5);
    assert_true(now.wind[0] == 4 && now.wind[1] == 1);
    // infinity clears
    assert_true(tell("fog = 20", "sim:set_weather('fog', math.huge)", &now, reason));
    assert_true(isinf(now.fog));

    static const char* const k_cases[][2] = {
        {"sim:set_weather('fgo', 3)", "weather has no 'fgo'; did you mean 'fog'?"},
        {"sim:set_weather('fog')", "set_weather: 'fog' needs a value"},
        {"sim:set_weather('fog', 'thick')", "set_weather: 'fog' takes a number, got 'thick'"},
        {"sim:set_weather('wind', 3)", "set_weather: 'wind' takes three numbers {x, y, z}, got 3"},
        {"sim:set_weather('wind', { 3, 2 })", "set_weather: 'wind' takes three numbers"},
        {"sim:set_weather('hour', 25)", "hour must be from 0 to 24 h, got 25"},
        {"sim:set_weather('latitude', 3)", "the place stays"},
        {"sim:set_weather('name', 3)", "weather has no 'name'"},
        {"sim:set_weather(3)", "set_weather: takes a name and a value"},
        {"sim.ground:set_weather('fog', 3)", "set_weather is of the world"},
        // nothing of a table counts when one of it is wrong
        {"sim:set_weather { fog = 3, rain = -1 }", "rain must not be negative"},
    };
    for (size_t i = 0; i < sizeof k_cases / sizeof *k_cases; i++) {
        if (tell("fog = 500", k_cases[i][0], &now, reason) || !strstr(reason, k_cases[i][1])) {
            fail_msg("%s: '%s' should say '%s'", k_cases[i][0], reason, k_cases[i][1]);
        }
        assert_true(now.fog == 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rig),
        cmocka_unit_test(test_rig_mistakes),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_story),
    };

    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
