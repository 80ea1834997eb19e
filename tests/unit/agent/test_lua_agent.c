// Lua agents: what they see, what they may return, and what their mistakes are called.
#include "fixture.h"

#include <math.h>
#include <time.h>

static const DdAgentInfo k_info = {.instruction_en = "Dock.",
                                   .instruction_ko = "도킹하시오.",
                                   .robot = "bot",
                                   .agent_hz = 50,
                                   .duration_s = 60};

static bool act(Fixture* f, double action[3], DdError* err)
{
    dd_error_clear(err);
    return dd_agent_act(f->agent, &f->now, action, err);
}

static void check_act_error(const char* act_body, const char* part)
{
    Fixture* f = fixture_new();
    char text[2048];
    snprintf(text, sizeof text, "return agent { act = function(obs) %s end }", act_body);
    fixture_agent(f, text);
    double action[3];
    DdError err;
    if (act(f, action, &err)) {
        fail_msg("no error: %s", act_body);
    }
    assert_int_equal(err.code, DD_ERROR_AGENT);
    if (!strstr(err.text, part)) {
        fail_msg("%s\nwanted: %s", err.text, part);
    }
    fixture_free(f);
}

static void check_file_error(const char* text, DdErrorCode code, const char* part)
{
    Fixture* f = fixture_new();
    DdError err;
    fixture_file(f, "a.lua", text);
    assert_false(fixture_open(f, "a.lua", &err));
    if (err.code != code || !strstr(err.text, part)) {
        fail_msg("%s: %s\nwanted %s: %s", dd_error_name(err.code), err.text, dd_error_name(code),
                 part);
    }
    // the file is named
    assert_non_null(strstr(err.text, "a.lua"));
    fixture_free(f);
}

static void test_sees_and_acts(void** state)
{
    (void)state;
    Fixture* f = fixture_new();
    fixture_channel(f, "gap", DD_TYPE_SCALAR, 0, "", 0);
    fixture_channel(f, "imu", DD_TYPE_IMU, 0, "", 0);
    fixture_channel(f, "touch", DD_TYPE_CONTACTS, 3, "geom", 4);
    fixture_channel(f, "levels", DD_TYPE_VECTOR, 3, "tank", 0);
    fixture_channel(f, "truck.pose", DD_TYPE_POSE, 0, "", 0);
    // two contacts
    double* c = f->values[4];
    c[0] = 2;
    for (int i = 0; i < 2; i++) {
        c[1 + 12 * i] = i;
        c[2 + 12 * i] = 2;
        for (int k = 2; k < 12; k++) {
            c[1 + 12 * i + k] = 10 * (i + 1) + k;
        }
    }
    f->now.time_s = 1.5;
    fixture_agent(
        f,
        "local seen\n"
        "return agent { name = 'all', doc = 'sees all',\n"
        "reset = function(obs, info) seen = info end,\n"
        "act = function(obs)\n"
        "  assert(seen.instruction.ko == '도킹하시오.' and seen.instruction.en == 'Dock.')\n"
        "  assert(seen.robot == 'bot' and seen.agent_hz == 50 and seen.duration_s == 60)\n"
        "  assert(seen.seed == nil and seen.params == nil)\n"
        "  local d = seen.action.drive\n"
        "  assert(d == seen.action[1] and d.n == 2 and d.labels[2] == 'angular')\n"
        "  assert(d.low[1] == -1 and d.high[2] == 1 and d.units[1] == 'm/s' and d.kind == "
        "'twist')\n"
        "  assert(obs.time == 1.5)\n"
        "  assert(obs.odom.pose.x == 100 and obs.odom.pose.qw == 103)\n"
        "  assert(obs.odom.twist.linear.x == 107 and obs.odom.twist.angular.z == 112)\n"
        "  assert(#obs.joints.position == 6 and obs.joints.position[1] == 200)\n"
        "  assert(obs.joints.velocity[6] == 211 and obs.joints.effort[1] == 212)\n"
        "  assert(obs.joints.names[6] == 'j6')\n"
        "  assert(obs.gap == 300)\n"
        "  assert(obs.imu.orientation.w == 400 and obs.imu.angular_velocity.z == 406)\n"
        "  assert(obs.imu.linear_acceleration.x == 407)\n"
        "  assert(obs.touch.count == 2 and #obs.touch == 2 and obs.touch[3] == nil)\n"
        "  local t = obs.touch[2]\n"
        "  assert(t.geom1 == 'geom2' and t.geom2 == 'geom3' and t.position.x == 22)\n"
        "  assert(t.normal.y == 26 and t.force.z == 30 and t.depth == 31)\n"
        "  assert(obs.levels[3] == 602 and obs.levels.names[1] == 'tank1')\n"
        "  assert(obs.truck.pose.y == 701)\n"
        "  assert(obs.age.odom == 0 and obs.age.gap == 0.004 and obs.age['truck.pose'] == 0.012)\n"
        "  assert(obs.fresh.odom and obs.fresh.gap)\n"
        "  return { drive = { linear = 0.5, angular = -0.1 }, lift = 0.2 }\n"
        "end }");
    DdError err;
    double action[3];
    if (!dd_agent_reset(f->agent, &f->now, &k_info, &err) || !act(f, action, &err)) {
        // the first observation was the reset's: nothing is new in act
        if (!strstr(err.text, "a.lua:27")) {
            fail_msg("%s", err.text);
        }
    }
    for (int i = 0; i < f->obs.n; i++) {
        f->now.sequence[i]++;
    }
    if (!act(f, action, &err)) {
        fail_msg("%s", err.text);
    }
    assert_float_equal(action[0], 0.5, 0);
    assert_float_equal(action[1], -0.1, 0);
    assert_float_equal(action[2], 0.2, 0);
    fixture_free(f);
}

static void test_sees_scans_pictures_clouds_and_boxes(void** state)
{
    (void)state;
    Fixture* f = fixture_new();
    char classes[2][DD_NAME_MAX] = {"background", "pallet"};
    char names[2][DD_NAME_MAX] = {"P1", "P2"};
    DdChannelDef def = dd_channel_def();
    def.type = DD_TYPE_SCAN;
    def.count = 3;
    def.meta[DD_SCAN_ANGLE_MIN] = -0.5;
    def.meta[DD_SCAN_ANGLE_INCREMENT] = 0.25;
    def.meta[DD_SCAN_RANGE_MAX] = 30;
    fixture_def(f, "scan", &def); // 3: 301 ..
    fixture_channel(f, "gnss", DD_TYPE_GNSS, 0, "", 0);
    fixture_channel(f, "sonar", DD_TYPE_RANGE, 0, "", 0);
    def = dd_channel_def();
    def.type = DD_TYPE_IMAGE;
    def.picture = true;
    def.meta[DD_IMAGE_WIDTH] = 2;
    def.meta[DD_IMAGE_HEIGHT] = 1;
    snprintf(def.encoding, sizeof def.encoding, "rgb8");
    fixture_def(f, "front.colour", &def); // 6
    def = dd_channel_def();
    def.type = DD_TYPE_BOXES_2D;
    def.picture = true;
    def.max_boxes = 2;
    def.nname = 2;
    def.names = names;
    def.nclass = 2;
    def.classes = classes;
    fixture_def(f, "front.boxes_2d", &def); // 7
    def.type = DD_TYPE_BOXES_3D;
    fixture_def(f, "front.boxes_3d", &def); // 8
    double* flat = f->values[6];
    double* solid = f->values[7];
    flat[0] = 2;
    flat[1] = flat[16] = 1;
    flat[2] = 2;
    flat[17] = 1;
    solid[0] = 1;
    solid[1] = 7; // no such class
    solid[2] = 0; // no instance
    DdBlobPool* pool = dd_blob_pool_create();
    DdBlob* blob = dd_blob_take(pool, 6);
    memcpy(blob->bytes, "RGB\x00\x00\x40", 6);
    DdBlob* other = dd_blob_take(pool, 1);
    other->bytes[0] = 7;
    f->now.blob[5] = blob;
    fixture_agent(
        f,
        "local n = 0\n"
        "return agent { act = function(obs)\n"
        "  n = n + 1\n"
        "  local b = obs.front.boxes_2d\n"
        "  if n == 1 then\n"
        "    assert(#obs.scan.ranges == 3 and obs.scan.ranges[2] == 301)\n"
        "    assert(obs.scan.intensities[3] == 305 and obs.scan.angle_min == -0.5)\n"
        "    assert(obs.scan.angle_increment == 0.25 and obs.scan.range_max == 30)\n"
        "    assert(obs.gnss.latitude == 400 and obs.gnss.status == 403)\n"
        "    assert(obs.gnss.position_covariance.ee == 404 and obs.gnss.covariance_type == 413)\n"
        "    assert(obs.sonar.range == 500)\n"
        "    local c = obs.front.colour\n"
        "    assert(c == obs['front.colour'] and c.encoding == 'rgb8')\n"
        "    local d = c.data\n"
        "    assert(#d == 6 and d:byte(1) == 82 and d:byte(-1) == 64 and not d:byte(7))\n"
        "    local r, g, b3 = d:byte(1, 3)\n"
        "    assert(r == 82 and g == 71 and b3 == 66 and d:sub(1, 3) == 'RGB')\n"
        "    assert(d:sub(-1) == '@' and d:sub(4, 3) == '' and #d:sub() == 6)\n"
        "    assert(d:u16(1) == 82 + 71 * 256 and d:f32(3) == 2 + 66 / 4194304 and not d:f32(4))\n"
        "    assert(d:u32(3) == 0x40000042 and not d:f64(1) and not d:u16(0) and not d:u16(6))\n"
        "    assert(not pcall(d.byte, 'x') and not getmetatable(d) and tostring(d) == 'Bytes')\n"
        "    assert(c.width == 2 and c.height == 1 and c.exposure_s == 600)\n"
        "    assert(obs.age['front.colour'] and obs.fresh['front.colour'])\n"
        "    assert(b.count == 2 and #b == 2 and b.classes[2] == 'pallet')\n"
        "    assert(b[1].class == 'pallet' and b[1].instance == 'P2' and b[2].instance == 'P1')\n"
        "    assert(b[1].visible.x0 == 703 and b[1].visible.y1 == 706)\n"
        "    assert(b[1].amodal.x0 == 707 and b[1].pixels == 711 and b[1].perceivable == 715)\n"
        "    assert(b[2].visible.x0 == 718)\n"
        "    local s = obs.front.boxes_3d[1]\n"
        "    assert(s.class == '' and s.instance == '' and s.position.x == 803)\n"
        "    assert(s.orientation.w == 806 and s.size.z == 812 and s.distance == 814)\n"
        "  else\n"
        "    assert(#obs.front.colour.data == 1 and obs.front.colour.data:byte() == 7)\n"
        "    assert(b.count == 1 and #b == 1)\n"
        "  end\n"
        "  return { 0, 0, 0 } end }");
    double action[3];
    DdError err;
    if (!act(f, action, &err)) {
        fail_msg("%s", err.text);
    }
    // the next picture was not made, and there is one box
    f->now.sequence[5] = f->now.sequence[6] = 1;
    f->now.blob[5] = other;
    flat[0] = 1;
    if (!act(f, action, &err)) {
        fail_msg("%s", err.text);
    }
    // the agent holds the picture it was shown last
    assert_int_equal(atomic_load(&blob->refs), 1);
    assert_int_equal(atomic_load(&other->refs), 2);
    fixture_free(f);
    assert_int_equal(atomic_load(&other->refs), 1);
    dd_blob_drop(blob);
    dd_blob_drop(other);
    dd_blob_pool_destroy(pool);
}

static void test_samples_come_and_go(void** state)
{
    (void)state;
    Fixture* f = fixture_new();
    fixture_channel(f, "touch", DD_TYPE_CONTACTS, 3, "geom", 4);
    const double* odom = f->now.values[0];
    f->now.values[0] = NULL;
    f->now.sequence[0] = -1;
    f->values[2][0] = 3;
    fixture_agent(f, "local n = 0 return agent { act = function(obs)\n"
                     "n = n + 1\n"
                     "if n == 1 then assert(obs.odom.pose.x == 0 and obs.age.odom == math.huge and "
                     "not obs.fresh.odom and obs.fresh.joints and #obs.touch == 3) end\n"
                     "if n == 2 then assert(obs.odom.pose.x == 100 and obs.age.odom == 0)\n"
                     "assert(obs.fresh.odom and not obs.fresh.joints)\n"
                     "assert(#obs.touch == 0, #obs.touch) end\n"
                     "if n == 3 then assert(not obs.fresh.odom and #obs.touch == 4 and "
                     "obs.touch[4].geom1) end\n"
                     "return {0, 0, 0} end }");
    double action[3];
    DdError err;
    assert_true(act(f, action, &err));
    f->now.values[0] = odom;
    f->now.sequence[0] = 0;
    f->values[2][0] = 0;
    f->now.sequence[2]++;
    if (!act(f, action, &err)) {
        fail_msg("%s", err.text);
    }
    f->now.sequence[2]++;
    f->values[2][0] = 4;
    f->values[2][1 + 3 * DD_CONTACT_VALUES] = 0;
    if (!act(f, action, &err)) {
        fail_msg("%s", err.text);
    }
    fixture_free(f);
}

static void test_actions_of_all_shapes(void** state)
{
    (void)state;
    static const char* const k_bodies[] = {
        "return {1, 2, 3}",
        "return { drive = {1, 2}, lift = 3 }",
        "return { drive = {linear = 1, angular = 2}, lift = {3} }",
        "return { lift = {height = 3}, drive = {1, 2} }",
    };
    for (int i = 0; i < 4; i++) {
        Fixture* f = fixture_new();
        char text[256];
        snprintf(text, sizeof text, "return { act = function(obs) %s end }", k_bodies[i]);
        fixture_agent(f, text);
        double action[3] = {0};
        DdError err;
        assert_true(act(f, action, &err));
        assert_true(action[0] == 1 && action[1] == 2 && action[2] == 3);
        fixture_free(f);
    }
}

static void test_wrong_actions(void** state)
{
    (void)state;
    check_act_error("", "got nothing");
    check_act_error("return 1", "a table of 3 numbers or of parts by name, got number");
    check_act_error("return 'x'", "got string");
    check_act_error("return {1, 2}", "3 numbers (2 of drive, 1 of lift), got 2");
    check_act_error("return {1, 2, 3, 4}", "got 4");
    check_act_error("return {1, 0/0, 3}",
                    "'angular' of action part 'drive' must be a number in m/s "
                    "from -1 to 1, got NaN");
    check_act_error("return {1, '2', 3}", "got string");
    check_act_error("return {1, nil, 3}", "got ");
    check_act_error("return {}", "the action has no part 'drive' (2 numbers expected)");
    check_act_error("return {drive = {1, 2}}", "no part 'lift' (1 number expected)");
    check_act_error("return {drive = {1, 2}, lift = 1, fly = 2}",
                    "there is no action part 'fly'; there are drive, lift");
    check_act_error("return {drive = {linear = 1}, lift = 1}",
                    "'angular' of action part 'drive' must "
                    "be a number");
    check_act_error("return {drive = {linear = 1, angular = 1, up = 1}, lift = 1}",
                    "no number named 'up'; there are linear, angular");
    check_act_error("return {drive = {1}, lift = 1}", "'drive' must have 2 numbers, got 1");
    check_act_error("return {drive = 1, lift = 1}", "a table of 2 numbers, got number");
    check_act_error("return obs.odom.pse.x", "attempt to index a nil value (field 'pse')");
    check_act_error("error('lost')", "a.lua:1: lost");
    check_act_error("error({message = 'lost'})", "a.lua:1: lost");
    check_act_error("while true do end", "one call ran more than 2,000,000 units");
    check_act_error("return setmetatable({}, {__index = function() while true do end end})",
                    "no part 'drive'");
    check_act_error(
        "setmetatable(obs, {__newindex = function() while true do end end}) obs.time = nil "
        "obs.odom = nil return {}",
        "no part 'drive'");
    check_act_error("coroutine.yield()", "attempt to yield from outside a coroutine");
}

static void test_wrong_files(void** state)
{
    (void)state;
    check_file_error("return scenario { name = 'x', params = { a = uniform(0, 1) } }",
                     DD_ERROR_SCRIPT, "is a scenario, an agent was expected");
    check_file_error("return agent { act = function() end, rest = 1, speed = 2 }", DD_ERROR_SCRIPT,
                     "a.lua:1: agent: no field named 'rest'");
    check_file_error("return agent { reset = function() end }", DD_ERROR_SCRIPT, "act is missing");
    check_file_error("return agent { act = 1 }", DD_ERROR_SCRIPT,
                     "act must be a function, got a number");
    check_file_error("return 1", DD_ERROR_SCRIPT, "an agent file returns agent");
    check_file_error("local x = 1", DD_ERROR_SCRIPT, "this one returned nil");
    check_file_error("return { reset = function() end }", DD_ERROR_SCRIPT,
                     "act must be a function");
    check_file_error("return {\n act = function() retrun end }", DD_ERROR_SCRIPT, "a.lua:2:");
    check_file_error("return agnt { }", DD_ERROR_SCRIPT, "did you mean 'agent'?");
    check_file_error("while true do end", DD_ERROR_BUDGET, "budget per load");
    Fixture* f = fixture_new();
    DdError err;
    assert_false(fixture_open(f, "none.lua", &err));
    assert_int_equal(err.code, DD_ERROR_MISSING);
    assert_false(fixture_open(f, ".", &err));
    assert_non_null(strstr(err.text, "is a folder without agent.lua"));
    fixture_file(f, "agent.lua", "return agent { act = function() return {0, 0, 0} end }");
    assert_true(fixture_open(f, ".", &err));
    assert_non_null(dd_files_find(f->files, "agent/main/agent.lua"));
    fixture_free(f);
}

static void test_modules_and_units(void** state)
{
    (void)state;
    Fixture* f = fixture_new();
    fixture_file(f, "gains.lua", "return { k = 2 * t, v = 36 * kmh }");
    fixture_agent(f, "local g = require 'gains' return agent { act = function() "
                     "return { g.k, g.v, 180 * deg } end }");
    double action[3];
    DdError err;
    assert_true(act(f, action, &err));
    assert_float_equal(action[0], 2000, 0);
    assert_float_equal(action[1], 10, 1e-12);
    assert_float_equal(action[2], 3.14159265358979, 1e-12);
    assert_non_null(dd_files_find(f->files, "agent/main/gains.lua"));
    fixture_free(f);
}

// the streams go by the seed, start again with every reset, and are not the scenario's
static void test_streams(void** state)
{
    (void)state;
    Fixture* f = fixture_new();
    fixture_agent(f, "local s = stream 'noise' return agent { act = function() "
                     "return { s:uniform(), s:normal(), math.random() } end }");
    double first[3];
    double second[3];
    double again[3];
    DdError err;
    assert_true(dd_agent_reset(f->agent, &f->now, &k_info, &err));
    assert_true(act(f, first, &err));
    assert_true(act(f, second, &err));
    assert_true(dd_agent_reset(f->agent, &f->now, &k_info, &err));
    assert_true(act(f, again, &err));
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, second, sizeof first);
    fixture_free(f);
}

static void test_usage(void** state)
{
    (void)state;
    Fixture* f = fixture_new();
    fixture_agent(f,
                  "return agent { act = function() for i = 1, 50000 do end return {0, 0, 0} end }");
    double action[3];
    DdError err;
    assert_true(act(f, action, &err));
    DdLuaUsage usage = dd_agent_usage(f->agent);
    assert_true(usage.call_units_max >= 49000 && usage.call_units_max < 60000);
    assert_true(usage.load_units > 0 && usage.memory_max > 10000);
    fixture_free(f);
}

// figure: what one tick of a trivial agent costs, 31 numbers in, 3 out
static void test_throughput(void** state)
{
    (void)state;
    Fixture* f = fixture_new();
    fixture_agent(f, "local out = {0, 0, 0}\n"
                     "return agent { act = function(obs) local o = obs.odom\n"
                     "out[1] = 0.5 - o.pose.x * 0.001 out[2] = -o.twist.angular.z * 0.01 "
                     "return out end }");
    double action[3];
    DdError err;
    enum { k_calls = 200000 };
    double best = 1e9;
    for (int round = 0; round < 5; round++) {
        struct timespec a;
        struct timespec b;
        assert_true(dd_agent_reset(f->agent, &f->now, &k_info, &err));
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
        for (int i = 0; i < k_calls; i++) {
            f->now.sequence[0]++;
            f->now.sequence[1]++;
            assert_true(dd_agent_act(f->agent, &f->now, action, &err));
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
        double ns =
            ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / k_calls;
        best = ns < best ? ns : best;
    }
    print_message("one act with 31 numbers: %.0f ns\n", best);
    assert_true(best < 20000);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sees_and_acts),
        cmocka_unit_test(test_sees_scans_pictures_clouds_and_boxes),
        cmocka_unit_test(test_samples_come_and_go),
        cmocka_unit_test(test_actions_of_all_shapes),
        cmocka_unit_test(test_wrong_actions),
        cmocka_unit_test(test_wrong_files),
        cmocka_unit_test(test_modules_and_units),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_throughput),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
