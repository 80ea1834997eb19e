// Presets of sensors: the installed ones, one's own, what fields override, what is refused; and
// that a replay finds them in the store.
#include "tests/unit/script/script_test.h"

#include <math.h>

#include "sim/base/files.h"
#include "sim/run/plan.h"
#include "sim/script/preset.h"

static DdPlan* build_text_of(Opened* o, const char* build)
{
    char text[4096];
    snprintf(text, sizeof text,
             "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
             "  w:ground {}\n  local a = w:robot { 'amr_250', name = 'a' }\n%s\nend }\n",
             build);
    open_text(o, text);
    return build_opened(o, 1, NULL);
}

static const DdSensorDef* find(const DdPlan* plan, const char* name)
{
    for (int i = 0; i < plan->nsensor; i++) {
        if (strcmp(plan->sensor[i].name, name) == 0) {
            return &plan->sensor[i];
        }
    }
    return NULL;
}

static void near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-5 * fabs(expected))) {
        fail_msg("%.12g is not %.12g", value, expected);
    }
}

static void test_a_preset_stands_for_a_kind(void** state)
{
    (void)state;
    Opened o;
    DdPlan* plan = build_text_of(
        &o, "  w:sensor { 'imu_mti', name = 'own', robot = a, frame = 'base', accel_range = 20,\n"
            "             pos = { 0.1, 0, 0.2 } }\n"
            "  w:sensor { 'gnss_rtk', robot = a }\n");
    if (!plan) {
        fail_msg("%s", o.err.text);
    }
    const DdSensorDef* imu = find(plan, "own");
    assert_non_null(imu);
    assert_string_equal(imu->kind, "imu");
    assert_string_equal(imu->preset, "imu_mti");
    near(imu->gyro_noise, 0.007 / sqrt(2) * 3.14159265358979 / 180);
    near(imu->rate_hz, 100);
    near(imu->accel_range, 20); // the table's own field counts
    near(imu->pos[2], 0.2);
    const DdSensorDef* gnss = find(plan, "gnss");
    assert_non_null(gnss);
    assert_int_equal(gnss->fix, 4);
    dd_plan_destroy(plan);
    // the recording will carry it
    assert_non_null(dd_files_find(o.files, "sensors/imu_mti.json"));
    close_opened(&o);
}

static void test_a_file_beside_the_scenario_is_one_too(void** state)
{
    (void)state;
    Opened o;
    mkdir("rig", 0755);
    write_text("rig/own.json", "{ \"kind\": \"imu\", \"doc\": \"d\", \"source\": \"s\",\n"
                               "  \"values\": { \"rate_hz\": 25, \"gyro_noise\": 0.5 } }\n");
    DdPlan* plan = build_text_of(&o, "  w:sensor { './rig/own.json', name = 's', robot = a }\n");
    if (!plan) {
        fail_msg("%s", o.err.text);
    }
    near(find(plan, "s")->gyro_noise, 0.5);
    near(find(plan, "s")->rate_hz, 25);
    assert_string_equal(find(plan, "s")->preset, "own");
    dd_plan_destroy(plan);

    // from the store alone, whatever the disk says now
    assert_non_null(dd_files_find(o.files, "scenario/rig/own.json"));
    assert_int_equal(unlink("rig/own.json"), 0);
    DdSensorDef def = dd_sensor_def();
    DdError err;
    dd_error_clear(&err);
    dd_files_freeze(o.files);
    DdPresetPlace place = {.files = o.files, .dir = ".", .prefix = "scenario"};
    assert_true(dd_preset_begin(&place, "./rig/own.json", "sensor 's'", &def, &err));
    near(def.gyro_noise, 0.5);
    // one that the recording does not hold cannot be had
    assert_false(dd_preset_begin(&place, "imu_mti", "sensor 's'", &def, &err));
    assert_int_equal(err.code, DD_ERROR_CANNOT_CHECK);
    close_opened(&o);
}

static void test_robots_take_presets(void** state)
{
    (void)state;
    mkdir("cart", 0755);
    write_text("cart/model.xml", k_cart_xml);
    write_text("cart/my.json", "{ \"kind\": \"encoder\", \"values\": { \"ticks_per_rev\": 64 } }");
    write_text("cart/robot.lua",
               "return robot { name = 'cart', model = 'model.xml', sensors = {\n"
               "  imu = { 'imu_bmi088', frame = 'dock', pos = { 0, 0, 0.1 }, optional = true },\n"
               "  enc = { './my.json', joints = { 'left', 'right' } } } }\n");
    DdFiles* files = dd_files_create();
    DdError err;
    dd_error_clear(&err);
    DdRobotDesc* desc = dd_script_robot(files, "./cart", ".", NULL, &err);
    if (!desc) {
        fail_msg("%s", err.text);
    }
    json_t* enc = json_array_get(desc->sensors, 0);
    json_t* imu = json_array_get(desc->sensors, 1);
    near(json_number_value(json_object_get(enc, "ticks_per_rev")), 64);
    assert_string_equal(json_string_value(json_object_get(enc, "kind")), "encoder");
    assert_string_equal(json_string_value(json_object_get(imu, "preset")), "imu_bmi088");
    assert_true(json_is_true(json_object_get(imu, "optional")));
    assert_non_null(dd_files_find(files, "models/cart/my.json"));
    dd_robot_desc_destroy(desc);
    dd_files_destroy(files);
}

static void expect_error(const char* build, const char* expected)
{
    Opened o;
    DdPlan* plan = build_text_of(&o, build);
    if (plan) {
        fail_msg("is accepted: %s", build);
    }
    if (!strstr(o.err.text, expected)) {
        fail_msg("says '%s', not '%s'", o.err.text, expected);
    }
    close_opened(&o);
}

static void test_mistakes_are_one_sentence(void** state)
{
    (void)state;
    expect_error("  w:sensor { 'imu_mtl', robot = a }",
                 "there is no kind or preset of sensor 'imu_mtl', did you mean 'imu_mti'?");
    expect_error("  w:sensor { 'imux', robot = a }", "did you mean 'imu'?");
    expect_error("  w:sensor { 'imu', preset = 'imu_mti', robot = a }",
                 "a preset stands first, in place of a kind");
    expect_error("  w:sensor { '.hidden', robot = a }", "there is no kind or preset");
    expect_error("  w:sensor { './none.json', robot = a }", "none.json");
    expect_error("  w:sensor { './test.lua', robot = a }",
                 "a preset is a name or the path of a .json file, got './test.lua'");
    expect_error("  w:sensor { '../../../etc/x.json', robot = a }", "x.json");
    write_text("/tmp/dd_outside_preset.json", "{ \"kind\": \"imu\", \"values\": {} }");
    expect_error("  w:sensor { '/tmp/dd_outside_preset.json', robot = a }", "lies outside of");
    unlink("/tmp/dd_outside_preset.json");
    write_text("bad.json", "{ \"kind\": \"imu\", \n 3 }");
    expect_error("  w:sensor { './bad.json', robot = a }", "preset './bad.json', line 2:");
    write_text("bad1.json", "{ \"kind\": \"sonar\", \"values\": {} }");
    expect_error("  w:sensor { './bad1.json', robot = a }",
                 "preset 'bad1': there is no kind 'sonar'");
    write_text("bad2.json", "{ \"kind\": \"imu\", \"values\": { \"gyro_nose\": 1 } }");
    expect_error("  w:sensor { './bad2.json', robot = a }",
                 "preset 'bad2': no field named 'gyro_nose', did you mean 'gyro_noise'?");
    write_text("bad3.json", "{ \"kind\": \"imu\", \"values\": { \"ticks_per_rev\": 1 } }");
    expect_error("  w:sensor { './bad3.json', robot = a }",
                 "preset 'bad3': a sensor of kind 'imu' does not read 'ticks_per_rev'");
    write_text("bad4.json", "{ \"kind\": \"imu\", \"values\": { \"rate_hz\": -1 } }");
    expect_error("  w:sensor { './bad4.json', robot = a }", "rate_hz must be positive, got -1 Hz");
    write_text("bad5.json", "[]");
    expect_error("  w:sensor { './bad5.json', robot = a }", "expected {\"kind\": ..");
}

// Every installed preset is whole, and a world takes it.
static void test_installed_presets_are_sound(void** state)
{
    (void)state;
    json_t* list = dd_preset_list();
    assert_true(json_array_size(list) >= 16);
    size_t i;
    json_t* p;
    json_array_foreach(list, i, p)
    {
        const char* name = json_string_value(json_object_get(p, "name"));
        if (json_object_get(p, "error")) {
            fail_msg("%s: %s", name, json_string_value(json_object_get(p, "error")));
        }
        const char* doc = json_string_value(json_object_get(p, "doc"));
        const char* source = json_string_value(json_object_get(p, "source"));
        if (!doc || !source || strlen(doc) < 10 || strlen(source) < 10 ||
            doc[strlen(doc) - 1] != '.' || strchr(doc, '|') || strchr(source, '|')) {
            fail_msg("preset '%s': its doc or source is missing or no sentence", name);
        }
        // the name begins with its kind, or with what the kind makes
        assert_non_null(strchr(name, '_'));
    }
    json_decref(list);
}

static void test_channels_of_receivers_are_known(void** state)
{
    (void)state;
    Opened o;
    open_text(&o, "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
                  "  w:ground {}\n  local a = w:robot { 'amr_250', name = 'a' }\n"
                  "  w:sensor { 'gnss_rtk', name = 'my_gps', robot = a }\n"
                  "end, agent = { observe = { 'my_gps', 'my_gps_velocity' }, act = { 'drive' } },\n"
                  "expect = { high = 'G a.my_gps.altitude <= 100 m',\n"
                  "           slow = 'G a.my_gps_velocity.linear.x <= 2 m/s' } }\n");
    DdPlan* plan = build_opened(&o, 1, NULL);
    if (!plan) {
        fail_msg("%s", o.err.text);
    }
    dd_plan_destroy(plan);
    close_opened(&o);
    open_text(&o, "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
                  "  w:ground {}\n  local a = w:robot { 'amr_250', name = 'a' }\n"
                  "  w:sensor { 'gnss_rtk', name = 'my_gps', robot = a }\n"
                  "end, agent = { observe = { 'my_gps_velocty' }, act = { 'drive' } } }\n");
    plan = build_opened(&o, 1, NULL);
    assert_null(plan);
    assert_non_null(strstr(o.err.text, "did you mean 'my_gps_velocity'?"));
    close_opened(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_preset_stands_for_a_kind),
        cmocka_unit_test(test_a_file_beside_the_scenario_is_one_too),
        cmocka_unit_test(test_robots_take_presets),
        cmocka_unit_test(test_mistakes_are_one_sentence),
        cmocka_unit_test(test_installed_presets_are_sound),
        cmocka_unit_test(test_channels_of_receivers_are_known),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
