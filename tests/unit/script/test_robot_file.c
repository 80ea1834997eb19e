// robot.lua, bare models, `drydock score --add` files, and how files are found.
#include "tests/unit/script/script_test.h"

#include "sim/base/files.h"

static const char k_robot[] =
    "return robot { name = 'cart', doc = 'A cart.', model = 'model.xml', half = { 0.2, 0.2, 0.1 "
    "},\n"
    "  centre = { 0, 0, 0.1 }, start = { left = 0.5 },\n"
    "  spaces = {\n"
    "    wheels = { 'joint_velocity', joints = { 'left', 'right' }, every = 2 },\n"
    "  },\n"
    "  sensors = {\n"
    "    odom = { 'odom', rate_hz = 25, joints = { 'left', 'right' }, wheel_radius = 0.1, track = "
    "0.34 },\n"
    "    joints = { 'joints', noise = 0.01 },\n"
    "  },\n"
    "}\n";

static DdRobotDesc* read_robot(const char* text, DdError* err)
{
    mkdir("cart", 0755);
    write_text("cart/model.xml", k_cart_xml);
    write_text("cart/robot.lua", text);
    DdFiles* files = dd_files_create();
    dd_error_clear(err);
    DdRobotDesc* desc = dd_script_robot(files, "./cart", ".", NULL, err);
    dd_files_destroy(files);
    return desc;
}

static void test_a_robot_file_becomes_a_description(void** state)
{
    (void)state;
    DdError err;
    DdRobotDesc* desc = read_robot(k_robot, &err);
    if (!desc) {
        print_error("%s\n", err.text);
    }
    assert_non_null(desc);
    assert_string_equal(desc->name, "cart");
    assert_string_equal(desc->model, "models/cart/model.xml");
    assert_int_equal(desc->nspace, 1);
    assert_string_equal(desc->space[0].name, "wheels");
    assert_string_equal(desc->space[0].kind->name, "joint_velocity");
    assert_int_equal(desc->space[0].every, 2);
    assert_int_equal(desc->start_joints.n, 1);
    assert_string_equal(desc->start_joints.v[0], "left");
    assert_true(desc->start_values.v[0] == 0.5);
    // by name, and ready for the sense layer
    assert_int_equal(json_array_size(desc->sensors), 2);
    json_t* odom = json_array_get(desc->sensors, 1);
    assert_string_equal(json_string_value(json_object_get(odom, "name")), "odom");
    assert_true(json_number_value(json_object_get(odom, "rate_hz")) == 25);
    assert_true(json_number_value(json_object_get(odom, "track")) == 0.34);
    dd_robot_desc_destroy(desc);
}

static void expect_robot_error(const char* text, const char* expected)
{
    DdError err;
    DdRobotDesc* desc = read_robot(text, &err);
    assert_null(desc);
    if (strcmp(err.text, expected) != 0) {
        print_error("says '%s', not '%s'\n", err.text, expected);
    }
    assert_string_equal(err.text, expected);
}

static void test_mistakes_in_robot_files(void** state)
{
    (void)state;
    expect_robot_error("return 3\n",
                       "././cart/robot.lua: a robot file ends with return robot { ... }");
    expect_robot_error(
        "return scenario { }\n",
        "././cart/robot.lua:1: this is a scenario file, not a robot: it returns scenario { ... }");
    expect_robot_error(
        "return robot { name = 'cart' }\n",
        "././cart/robot.lua:1: robot: field 'model' is missing: the MJCF or URDF file beside "
        "robot.lua");
    expect_robot_error(
        "return robot { name = 'cart', model = 'model.xml',\n  spcaes = {} }\n",
        "././cart/robot.lua:2: robot: no field named 'spcaes', did you mean 'spaces'?");
}

static void test_mistakes_deep_in_robot_files(void** state)
{
    (void)state;
    DdError err;
    assert_null(read_robot("return robot { name = 'cart', model = 'model.xml', spaces = {\n"
                           "  drive = { 'joint_velocty' } } }\n",
                           &err));
    assert_non_null(strstr(
        err.text, "robot.lua:2: space 'drive': there is no controller 'joint_velocty', did you "
                  "mean 'joint_velocity'? (there are "));
    assert_null(read_robot("return robot { name = 'cart', model = 'model.xml', sensors = {\n"
                           "  odom = { 'odom', rate_hz = 50, target = 'x' } } }\n",
                           &err));
    assert_non_null(strstr(err.text, "robot.lua:2: sensor 'odom' (odom): no field named 'target'"));
    assert_null(read_robot("return robot { name = 'cart', model = 'model.xml', sensors = {\n"
                           "  odom = { 'odom',\n    rate_hz = -1 } } }\n",
                           &err));
    assert_non_null(
        strstr(err.text, "robot.lua:3: sensor 'odom' (odom): rate_hz must be positive, got -1 Hz"));
    assert_null(read_robot("return robot { name = 'cart', model = 'other.xml' }\n", &err));
    assert_non_null(strstr(err.text, "other.xml"));
}

static void test_bare_models_get_a_description(void** state)
{
    (void)state;
    DdError err;
    dd_error_clear(&err);
    DdFiles* files = dd_files_create();
    DdRobotDesc* desc = dd_script_robot(files, "cart.xml", ".", NULL, &err);
    assert_non_null(desc);
    assert_non_null(dd_robot_desc_find_space(desc, "joints"));
    assert_string_equal(desc->model, "models/cart/cart.xml");
    dd_robot_desc_destroy(desc);
    assert_null(dd_script_robot(files, "no_such_robot", ".", NULL, &err));
    assert_non_null(strstr(err.text, "no robot named 'no_such_robot'"));
    dd_files_destroy(files);
}

static void test_what_a_file_is(void** state)
{
    (void)state;
    static const struct {
        const char* name;
        const char* text;
        DdScriptWhat what;
        bool fails;
    } k_files[] = {
        {"a.lua", "return scenario { }\n", DD_SCRIPT_SCENARIO, false},
        {"a.lua", "local s = scenario { }\nreturn s\n", DD_SCRIPT_SCENARIO, false},
        {"a.lua", "return agent { act = function() end }\n", DD_SCRIPT_AGENT, false},
        {"a.lua", "return { 1 }\n", DD_SCRIPT_OTHER, false},
        {"a.lua", "return 1 +\n", DD_SCRIPT_OTHER, true},
        // what does not run is still what its last lines say
        {"a.lua", "local x = nothing\nreturn scenario { }\n", DD_SCRIPT_SCENARIO, false},
        {"a.lua", "local x = +\nreturn agent { }\n", DD_SCRIPT_AGENT, false},
        {"a.xml", "<?xml version='1.0'?>\n<!-- <robot> -->\n<mujoco/>", DD_SCRIPT_MODEL, false},
        {"a.urdf", "<robot name='x'/>", DD_SCRIPT_MODEL, false},
        {"a.txt", "<robot name='x'/>", DD_SCRIPT_MODEL, false},
        {"a.txt", "hello", DD_SCRIPT_OTHER, false},
    };
    for (size_t i = 0; i < sizeof k_files / sizeof k_files[0]; i++) {
        DdError err;
        dd_error_clear(&err);
        write_text(k_files[i].name, k_files[i].text);
        assert_int_equal(dd_script_what(k_files[i].name, &err), k_files[i].what);
        assert_int_equal(err.code != DD_OK, k_files[i].fails);
    }
    DdError err;
    dd_error_clear(&err);
    assert_int_equal(dd_script_what("nowhere.lua", &err), DD_SCRIPT_OTHER);
    assert_int_not_equal(err.code, DD_OK);
}

static void test_finding(void** state)
{
    (void)state;
    DdError err;
    char path[DD_PATH_MAX];
    mkdir("my", 0755);
    mkdir("empty", 0755);
    write_text("my/scenario.lua", "");
    write_text("my/robot.lua", "");
    write_text("single.lua", "");
    assert_true(dd_script_find("my", "scenario", path, &err));
    assert_string_equal(path, "my/scenario.lua");
    assert_true(dd_script_find("my/", "robot", path, &err));
    assert_true(dd_script_find("single.lua", "scenario", path, &err));
    assert_string_equal(path, "single.lua");
    assert_true(dd_script_find("single", "scenario", path, &err));
    assert_true(dd_script_find("zero", "agent", path, &err));
    assert_string_equal(path, "zero");
    // below the installation, from any folder
    assert_true(dd_script_find("scenarios/lib/yard.lua", "scenario", path, &err));
    assert_false(dd_script_find("empty", "scenario", path, &err));
    assert_string_equal(err.text, "folder 'empty' has no scenario.lua");
    assert_int_equal(err.code, DD_ERROR_MISSING);
    assert_false(dd_script_find("not_there_at_all", "scenario", path, &err));
    assert_non_null(strstr(err.text, "there is no scenario 'not_there_at_all'"));
}

static void test_score_files(void** state)
{
    (void)state;
    DdError err;
    dd_error_clear(&err);
    DdFiles* files = dd_files_create();
    write_text(
        "more.lua",
        "return score { measure = { gap = clearance('amr', 'bay', { within = 3 }) },\n"
        "  expect = { far = { 'G gap >= 1 m', must_occur = true } }, report = { 'min(gap)' } }\n");
    DdPlan* plan = dd_script_score("more.lua", files, &err);
    if (!plan) {
        print_error("%s\n", err.text);
    }
    assert_non_null(plan);
    assert_int_equal(plan->nmeasure, 1);
    assert_string_equal(plan->measure[0].b, "bay");
    assert_true(plan->measure[0].within == 3);
    assert_int_equal(plan->nrequirement, 1);
    assert_true(plan->requirement[0].must_occur);
    assert_int_equal(plan->nreport, 1);
    dd_plan_destroy(plan);
    dd_files_destroy(files);

    static const char* const k_wrong[][2] = {
        {"return score { measures = {} }",
         "wrong.lua:1: score: no field named 'measures', did you mean 'measure'?"},
        {"return score { measure = { a = 3 } }", "wrong.lua:1: measure 'a' must be a measure such "
                                                 "as distance(\"amr/dock\", \"bay/west\"), got 3"},
        {"return scenario { }",
         "wrong.lua:1: this is a scenario file: it returns scenario { ... }"},
        {"return 3", "wrong.lua: a file for --add ends with return score { ... }"},
    };
    for (size_t i = 0; i < sizeof k_wrong / sizeof k_wrong[0]; i++) {
        files = dd_files_create();
        write_text("wrong.lua", k_wrong[i][0]);
        assert_null(dd_script_score("wrong.lua", files, &err));
        assert_string_equal(err.text, k_wrong[i][1]);
        dd_files_destroy(files);
    }
}

// The store of a finished run opens and builds the same plan, with the folder gone.
static void test_a_recorded_script_builds_from_its_store(void** state)
{
    (void)state;
    Opened o;
    mkdir("live", 0755);
    mkdir("live/parts", 0755);
    write_text("live/cart.xml", k_cart_xml);
    write_text("live/parts/names.lua", "return { cart = 'cart' }\n");
    write_text("live/scenario.lua",
               "local names = require 'parts.names'\nlocal yard = require 'lib.yard'\n"
               "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
               "  local y = yard.block(w, { lanes = 1, slots = 1 })\n"
               "  w:robot { 'cart.xml', name = names.cart, at = y.lane[1].start } end }\n");
    memset(&o, 0, sizeof o);
    o.files = dd_files_create();
    DdScriptDef def = dd_script_def();
    def.path = "live";
    def.files = o.files;
    assert_true(dd_script_open(&def, &o.scenario, &o.err));
    o.open = true;
    DdPlan* live = build_opened(&o, 4, NULL);
    assert_non_null(live);

    DdFiles* kept = dd_files_create();
    for (int i = 0; i < dd_files_count(o.files); i++) {
        const DdFile* f = dd_files_at(o.files, i);
        assert_non_null(dd_files_add(kept, f->name, f->data, f->size, &o.err));
        // no path of this machine
        assert_null(strstr(f->name, "/tmp"));
    }
    dd_files_freeze(kept);
    assert_int_equal(rename("live", "gone"), 0);

    DdScenario again;
    def.path = NULL;
    def.files = kept;
    if (!dd_script_open(&def, &again, &o.err)) {
        print_error("%s\n", o.err.text);
        fail();
    }
    DdPlan* second = again.build(again.user, 4, NULL, &o.err);
    if (!second) {
        print_error("%s\n", o.err.text);
    }
    assert_non_null(second);
    json_t* a = dd_plan_to_json(live);
    json_t* b = dd_plan_to_json(second);
    assert_true(json_equal(a, b));
    json_decref(a);
    json_decref(b);
    dd_plan_destroy(live);
    dd_plan_destroy(second);
    again.destroy(again.user);
    close_opened(&o);
    dd_files_destroy(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_robot_file_becomes_a_description),
        cmocka_unit_test(test_mistakes_in_robot_files),
        cmocka_unit_test(test_mistakes_deep_in_robot_files),
        cmocka_unit_test(test_bare_models_get_a_description),
        cmocka_unit_test(test_what_a_file_is),
        cmocka_unit_test(test_finding),
        cmocka_unit_test(test_score_files),
        cmocka_unit_test(test_a_recorded_script_builds_from_its_store),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
