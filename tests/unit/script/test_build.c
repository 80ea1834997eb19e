// Builds: the scenarios of the manual, params, placement, purity.
#include "tests/unit/script/script_test.h"

static DdPlan* build_text(Opened* o, const char* text, uint64_t seed, const char* overrides)
{
    open_text(o, text);
    json_t* j = overrides ? json_loads(overrides, 0, NULL) : NULL;
    DdPlan* plan = build_opened(o, seed, j);
    json_decref(j);
    if (!plan) {
        print_error("%s\n%s\n", o->err.text, o->err.traceback);
    }
    return plan;
}

// as JSON, which holds everything a replay needs
static char* plan_text(const DdPlan* plan)
{
    json_t* j = dd_plan_to_json(plan);
    char* text = json_dumps(j, 0);
    json_decref(j);
    return text;
}

static const char k_ten_lines[] =
    "return scenario { name = 'dock', duration_s = 60, agent_hz = 50,\n"
    "  params = { x = uniform(-3, 0), y = uniform(-1, 1), yaw = uniform(-20, 20) * deg },\n"
    "  build = function(w, p)\n"
    "    w:ground {}\n"
    "    local amr = w:robot { 'amr_250', name = 'amr', pos = {p.x, p.y, 0}, yaw = p.yaw }\n"
    "    local bay = w:box { name = 'bay', size = {0.1, 1.2, 0.4}, pos = {3, 0, 0.2} }\n"
    "    w:measure { dock_err = distance(amr.frame.dock, bay.frame.west) }\n"
    "  end,\n"
    "  agent = { robot = 'amr', observe = { 'odom', 'dock_err' }, act = 'drive' },\n"
    "  expect = { docked = 'F[0,60] G[0,1] dock_err <= 0.01 m' } }\n";

static void test_the_ten_lines_build(void** state)
{
    (void)state;
    Opened o;
    DdPlan* plan = build_text(&o, k_ten_lines, 7, NULL);
    assert_non_null(plan);
    assert_int_equal(plan->nrobot, 1);
    assert_int_equal(plan->nmeasure, 1);
    assert_string_equal(plan->measure[0].name, "dock_err");
    assert_string_equal(plan->measure[0].a, "amr/dock");
    assert_string_equal(plan->measure[0].b, "bay/west");
    assert_int_equal(plan->nslot, 1);
    assert_string_equal(plan->slot[0].robot, "amr");
    assert_int_equal(plan->nrequirement, 1);

    // the robot stands where the params say
    double x = json_number_value(json_object_get(plan->params, "x"));
    double yaw = json_number_value(json_object_get(plan->params, "yaw"));
    assert_true(x >= -3 && x <= 0);
    assert_true(fabs(yaw) <= 20 * DD_PI / 180);
    DdPose pose = dd_robot_placement_pose(&plan->robot[0].placement);
    assert_true(fabs(pose.pos[0] - x) < 1e-12);
    assert_true(fabs(dd_pose_yaw(&pose) - yaw) < 1e-12);

    DdError err;
    DdWorld* world = dd_compose_compile(plan->compose, &err);
    assert_non_null(world);
    dd_world_destroy(world);
    dd_plan_destroy(plan);
    close_opened(&o);
}

static void test_a_seed_gives_one_world(void** state)
{
    (void)state;
    Opened o;
    DdPlan* a = build_text(&o, k_ten_lines, 7, NULL);
    DdPlan* b = build_opened(&o, 7, NULL);
    DdPlan* c = build_opened(&o, 8, NULL);
    char* ta = plan_text(a);
    char* tb = plan_text(b);
    char* tc = plan_text(c);
    assert_string_equal(ta, tb);
    assert_string_not_equal(ta, tc);
    free(ta);
    free(tb);
    free(tc);
    dd_plan_destroy(a);
    dd_plan_destroy(b);
    dd_plan_destroy(c);
    close_opened(&o);
}

// What a file keeps in its locals does not reach the next episode.
static void test_nothing_leaks_between_builds(void** state)
{
    (void)state;
    Opened o;
    DdPlan* a = build_text(&o,
                           "local n = 0\n"
                           "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
                           "  n = n + 1\n"
                           "  w:box { name = 'box' .. n }\n"
                           "end }\n",
                           1, NULL);
    DdPlan* b = build_opened(&o, 1, NULL);
    assert_true(dd_compose_has(a->compose, "box1"));
    assert_true(dd_compose_has(b->compose, "box1"));
    dd_plan_destroy(a);
    dd_plan_destroy(b);
    close_opened(&o);
}

static const char k_params[] =
    "return scenario { name = 'x', duration_s = 1,\n"
    "  params = { b = uniform(0, 1), a = uniform_int(1, 3) * cm, c = choice { true, false },\n"
    "             d = 'word', e = normal(0, 30 * mm):clip(-80 * mm, 80 * mm) },\n"
    "  build = function(w, p) w:box { name = p.d, friction = p.b } end }\n";

static void test_params_are_drawn_by_name_and_apart(void** state)
{
    (void)state;
    Opened o;
    DdPlan* plan = build_text(&o, k_params, 3, NULL);
    const char* order[] = {"a", "b", "c", "d", "e"};
    int i = 0;
    const char* name;
    json_t* value;
    json_object_foreach(plan->params, name, value)
    {
        assert_string_equal(name, order[i++]);
    }
    assert_int_equal(i, 5);
    double a = json_number_value(json_object_get(plan->params, "a"));
    assert_true(fabs(a * 100 - round(a * 100)) < 1e-12 && a >= 0.01 && a <= 0.03);
    assert_true(dd_compose_has(plan->compose, "word"));

    // an override changes its own param only
    json_t* given = json_pack("{s:f}", "b", 9.0);
    DdPlan* other = build_opened(&o, 3, given);
    assert_true(json_number_value(json_object_get(other->params, "b")) == 9.0);
    const char* rest[] = {"a", "c", "d", "e"};
    for (int k = 0; k < 4; k++) {
        assert_true(json_equal(json_object_get(plan->params, rest[k]),
                               json_object_get(other->params, rest[k])));
    }
    json_decref(given);
    dd_plan_destroy(plan);
    dd_plan_destroy(other);
    close_opened(&o);
}

static void expect_override(Opened* o, const char* overrides, const char* text)
{
    json_t* j = json_loads(overrides, 0, NULL);
    assert_null(build_opened(o, 1, j));
    assert_string_equal(o->err.text, text);
    assert_int_equal(o->err.code, DD_ERROR_ARGUMENT);
    json_decref(j);
}

static void test_overrides_are_checked(void** state)
{
    (void)state;
    Opened o;
    open_text(&o, k_params);
    assert_true(o.open);
    expect_override(&o, "{\"bb\": 1}", "scenario 'x' has no param named 'bb'");
    expect_override(&o, "{\"b\": true}", "param 'b' must be a number, got true");
    expect_override(&o, "{\"c\": 1}", "param 'c' must be true or false, got 1");
    expect_override(&o, "{\"d\": [1]}", "param 'd' must be a string, got [1]");
    close_opened(&o);
}

static void test_describe_lists_params_and_slots(void** state)
{
    (void)state;
    Opened o;
    open_text(&o, k_params);
    json_t* j = dd_script_describe(&o.scenario, &o.err);
    json_t* params = json_object_get(j, "params");
    const char* texts[] = {"uniform_int(1, 3) * 0.01", "uniform(0, 1)", "choice { true, false }",
                           "\"word\"", "normal(0, 0.03):clip(-0.08, 0.08)"};
    assert_int_equal(json_array_size(params), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(
            json_string_value(json_object_get(json_array_get(params, i), "distribution")),
            texts[i]);
    }
    json_decref(j);
    close_opened(&o);
}

static void pose_of(const DdPlan* plan, const char* ref, DdPose* pose)
{
    assert_true(dd_compose_pose(plan->compose, ref, pose));
}

static void near3(const double a[3], double x, double y, double z)
{
    double b[3] = {x, y, z};
    for (int i = 0; i < 3; i++) {
        if (fabs(a[i] - b[i]) > 1e-9) {
            print_error("{%g, %g, %g} is not {%g, %g, %g}\n", a[0], a[1], a[2], x, y, z);
        }
        assert_true(fabs(a[i] - b[i]) <= 1e-9);
    }
}

static void test_poses_by_frames(void** state)
{
    (void)state;
    Opened o;
    DdPlan* plan = build_text(
        &o,
        "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
        "  local f = w:frame { name = 'f', pos = { 1, 2, 0 }, yaw = 90 * deg }\n"
        "  local cart = w:robot { 'cart.xml', name = 'cart', at = f, shift = { 1, 0, 0 } }\n"
        "  local load = w:box { name = 'load', size = { 0.2, 0.2, 0.2 }, on = cart.deck, shift = { "
        "0.1, 0, 0 } }\n"
        "  w:box { name = 'upper', size = { 0.2, 0.2, 0.2 }, on = load }\n"
        "  w:box { name = 'aside', size = { 0.2, 0.2, 0.2 }, at = at(5, 0, 1, 0), pos = { 0, 1, 0 "
        "} }\n"
        "  assert(w:pose(load).x == load.pos.x)\n"
        "  assert(math.abs(cart.yaw - 90 * deg) < 1e-9 and cart.kind == 'robot' and "
        "load.frame.top.thing == load)\n"
        "end }\n",
        1, NULL);
    assert_non_null(plan);
    DdPose pose = dd_robot_placement_pose(&plan->robot[0].placement);
    near3(pose.pos, 1, 3, 0);
    // the deck is 0.15 above the cart's origin, the load's middle 0.1 above it
    pose_of(plan, "load", &pose);
    near3(pose.pos, 1, 3.1, 0.25);
    pose_of(plan, "upper", &pose);
    near3(pose.pos, 1, 3.1, 0.45);
    pose_of(plan, "aside", &pose);
    near3(pose.pos, 5, 1, 1);
    dd_plan_destroy(plan);
    close_opened(&o);
}

// A robot's frames stand as its start pose has them, also with joints of the instance's own.
static void test_frames_follow_the_start_pose(void** state)
{
    (void)state;
    write_text(
        "lift.xml",
        "<mujoco model='lift'><worldbody><body name='base'>"
        "<geom name='g' type='box' size='.1 .1 .1' pos='0 0 .1' mass='1'/>"
        "<body name='top' pos='0 0 .2'><joint name='lift' type='slide' axis='0 0 1' range='0 1'/>"
        "<geom name='plate' type='box' size='.1 .1 .01' mass='1'/><site name='deck' pos='0 0 .01'/>"
        "</body></body></worldbody></mujoco>");
    Opened o;
    DdPlan* plan =
        build_text(&o,
                   "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
                   "  local a = w:robot { 'lift.xml', name = 'a', joints = { lift = 0.25 } }\n"
                   "  local b = w:robot { 'lift.xml', name = 'b', pos = { 1, 0, 0 }, joints = { "
                   "lift = 0.75 } }\n"
                   "  w:box { name = 'on_a', size = { 0.1, 0.1, 0.1 }, on = a.deck }\n"
                   "  w:box { name = 'on_b', size = { 0.1, 0.1, 0.1 }, on = b.deck }\n"
                   "end }\n",
                   1, NULL);
    assert_non_null(plan);
    DdPose pose;
    pose_of(plan, "on_a", &pose);
    near3(pose.pos, 0, 0, 0.2 + 0.25 + 0.01 + 0.05);
    pose_of(plan, "on_b", &pose);
    near3(pose.pos, 1, 0, 0.2 + 0.75 + 0.01 + 0.05);
    dd_plan_destroy(plan);
    close_opened(&o);
}

static void test_placement_keeps_its_constraints(void** state)
{
    (void)state;
    Opened o;
    open_text(
        &o,
        "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
        "  local r = w:region { name = 'r', pos = { 5, 0, 0 }, size = { 4, 2 } }\n"
        "  local a = w:box { name = 'a', size = { 0.5, 0.5, 0.5 }, pos = { 5, 0, 0.25 } }\n"
        "  local goal = w:frame { name = 'goal', pos = { 20, 0, 0 } }\n"
        "  w:box { name = 'b', size = { 0.4, 0.2, 0.2 }, place = { region = r, clear_of = { a },\n"
        "          clear = 0.2, facing = goal, facing_tol = 5 * deg } }\n"
        "  w:robot { 'cart.xml', name = 'cart', place = { region = r, yaw = { -0.1, 0.1 } } }\n"
        "end }\n");
    assert_true(o.open);
    for (uint64_t seed = 0; seed < 20; seed++) {
        DdPlan* plan = build_opened(&o, seed, NULL);
        if (!plan) {
            print_error("%s\n", o.err.text);
        }
        assert_non_null(plan);
        DdPose b;
        pose_of(plan, "b", &b);
        assert_true(fabs(b.pos[0] - 5) <= 2 && fabs(b.pos[1]) <= 1);
        assert_true(fabs(b.pos[2] - 0.1) < 1e-9); // on the floor
        assert_true(fabs(b.pos[0] - 5) > 0.25 || fabs(b.pos[1]) > 0.25);
        double to_goal = atan2(0 - b.pos[1], 20 - b.pos[0]);
        assert_true(fabs(dd_wrap_angle(dd_pose_yaw(&b) - to_goal)) <= 5 * DD_PI / 180 + 1e-9);
        DdPose cart = dd_robot_placement_pose(&plan->robot[0].placement);
        assert_true(fabs(dd_pose_yaw(&cart)) <= 0.1 + 1e-9);
        dd_plan_destroy(plan);
    }
    close_opened(&o);
}

static const char k_port[] =
    "local yard = require 'lib.yard'\n"
    "return scenario {\n"
    "  name = 'agv_container_transfer', duration_s = 300, physics_hz = 500, agent_hz = 10,\n"
    "  instruction = { en = 'Take container C1 to slot B2; give way.', ko = '컨테이너 C1을 B2로 "
    "옮기고 양보하시오.' },\n"
    "  params = { load = uniform(4, 26) * t, offset = normal(0, 30 * mm):clip(-80 * mm, 80 * mm),\n"
    "             truck_at = uniform(5, 25), truck_v = uniform(4, 8), wet = choice { false, true } "
    "},\n"
    "  build = function(w, p)\n"
    "    local y = yard.block(w, { lanes = 4, slots = 6, friction = p.wet and 0.45 or 0.8 })\n"
    "    local agv = w:robot { 'agv_container', name = 'agv', at = y.lane[1].start }\n"
    "    local c1 = w:container { name = 'C1', length_ft = 40, mass = p.load, on = agv.deck, shift "
    "= { p.offset, 0, 0 } }\n"
    "    local truck = w:actor { 'truck', name = 'truck', path = y.crossing, speed = p.truck_v }\n"
    "    w:stack(y.slot, { count = uniform_int(4, 10), clear_of = { 'B2' } })\n"
    "    w:require(clear(truck, agv, 5), 'truck starts clear of the AGV')\n"
    "    w:measure {\n"
    "      slot_err = distance(c1.frame.bottom, y.slot.B2), gap = clearance(agv, truck, { within = "
    "20 }),\n"
    "      speed = speed(agv), tilt = tilt(c1), hit = peak_force(agv, truck) }\n"
    "  end,\n"
    "  agent = { robot = 'agv', observe = { 'odom', 'deck' }, act = { 'steer_drive', 'deck_lock' } "
    "},\n"
    "  story = function(sim, p)\n"
    "    parallel {\n"
    "      function() sim:wait(p.truck_at) sim.truck:go() end,\n"
    "      function() if p.wet then sim:wait(20) sim:set_friction('ramp', 0.3) end end,\n"
    "      function() sim:wait_until('slot_err <= 0.05 m and speed <= 0.01 m/s', { hold_s = 2 }) "
    "sim:done 'placed' end,\n"
    "    }\n"
    "  end,\n"
    "  expect = {\n"
    "    placed = 'F[0,300] G[0,2] slot_err <= 0.05 m', gave_way = 'G (gap >= 1.0 m or speed <= "
    "0.1 m/s)',\n"
    "    upright = 'G tilt <= 3 deg', no_hit = 'G hit <= 1 N' },\n"
    "  report = { 'time_to_success', 'path_length', 'energy', 'min(gap)', 'max(speed)' },\n"
    "}\n";

static void test_the_port_builds(void** state)
{
    (void)state;
    Opened o;
    DdPlan* plan = build_text(&o, k_port, 11, NULL);
    assert_non_null(plan);
    assert_string_equal(plan->def.instruction_ko, "컨테이너 C1을 B2로 옮기고 양보하시오.");
    assert_int_equal(plan->nmeasure, 5);
    assert_int_equal(plan->nrequirement, 4);
    assert_int_equal(plan->ncheck, 1);
    assert_int_equal(plan->nreport, 5);
    int containers = 0;
    DdPose b2;
    pose_of(plan, "yard_B2", &b2);
    for (int i = 0; i < dd_compose_count(plan->compose); i++) {
        const char* name = dd_compose_name(plan->compose, i);
        if (strncmp(name, "stack", 5) == 0) {
            DdPose at;
            containers++;
            pose_of(plan, name, &at);
            double d[3] = {at.pos[0] - b2.pos[0], at.pos[1] - b2.pos[1], 0};
            assert_true(dd_norm3(d) > 5);
        }
    }
    assert_true(containers >= 4 && containers <= 10);
    DdError err;
    DdWorld* world = dd_compose_compile(plan->compose, &err);
    if (!world) {
        print_error("%s\n", err.text);
    }
    assert_non_null(world);
    dd_world_destroy(world);
    dd_plan_destroy(plan);
    close_opened(&o);
}

static void test_the_library_builds(void** state)
{
    (void)state;
    Opened o;
    DdPlan* plan = build_text(
        &o,
        "local room = require 'lib.room'\n"
        "local story = require 'lib.story'\n"
        "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
        "  w:ground {}\n"
        "  local hall = room.walls(w, { size = { 8, 6 }, gaps = { south = { 1, 1.2 } } })\n"
        "  w:box { name = 'b', size = { 0.3, 0.3, 0.3 }, place = { region = hall.region } }\n"
        "end, story = function(sim) parallel { story.after(1, function() end) } end }\n",
        5, NULL);
    assert_non_null(plan);
    assert_true(dd_compose_has(plan->compose, "room_south1") &&
                dd_compose_has(plan->compose, "room_south2"));
    dd_plan_destroy(plan);
    close_opened(&o);
}

static void test_a_rack_holds_a_container(void** state)
{
    (void)state;
    Opened o;
    DdPlan* plan = build_text(
        &o,
        "local yard = require 'lib.yard'\n"
        "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
        "  local y = yard.block(w, { lanes = 2, slots = 2, racks = { 'B1' } })\n"
        "  assert(#y.rack.B1 == 8 and y.slot.B1.pos.z == 1.85 and y.slot.B2.pos.z == 0)\n"
        "  assert(not pcall(yard.block, w, { racks = { 'Z9' }, name = 'other', ground = false }))\n"
        "  local path = yard.crossing_from(y, 2, 7)\n"
        "  assert(path[1][1] == 24 and path[1][2] == 3 and path[2][2] > 10)\n"
        "  w:container { name = 'C1', on = y.slot.B1 }\n"
        "end }\n",
        5, NULL);
    assert_non_null(plan);
    // it rests on all four brackets
    DdPose box, bracket;
    pose_of(plan, "C1", &box);
    pose_of(plan, "yard_rack_B1_bracket1", &bracket);
    assert_true(fabs(box.pos[2] - 1.85) < 1e-9);
    assert_true(fabs(bracket.pos[2] + 0.06 - 1.85) < 1e-9);
    dd_plan_destroy(plan);
    close_opened(&o);
}

static void test_options_of_measures(void** state)
{
    (void)state;
    Opened o;
    DdPlan* plan = build_text(
        &o,
        "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
        "  w:ground {}\n"
        "  local a = w:box { name = 'a' }\n"
        "  local b = w:box { name = 'b', pos = { 3, 0, 0 } }\n"
        "  w:measure { one = clearance(a, { within = 2, exclude = { b } }),\n"
        "              two = clearance(a, nil, { within = 2, exclude = { 'b' } }),\n"
        "              three = clearance(a, b, { within = 2 }), four = clearance(a, nil) }\n"
        "end }\n",
        5, NULL);
    assert_non_null(plan);
    assert_int_equal(plan->nmeasure, 4);
    for (int i = 0; i < 4; i++) {
        const DdMeasureDef* m = &plan->measure[i];
        bool three = strcmp(m->name, "three") == 0, four = strcmp(m->name, "four") == 0;
        assert_string_equal(m->b, three ? "b" : "");
        assert_true(m->within == (four ? dd_measure_def().within : 2));
        assert_int_equal(m->exclude.n, three || four ? 0 : 1);
    }
    dd_plan_destroy(plan);
    close_opened(&o);
}

static void test_a_fleet_has_slots_by_name(void** state)
{
    (void)state;
    Opened o;
    DdPlan* plan = build_text(
        &o,
        "return scenario { name = 'x', duration_s = 1, reward = '0 - gap', build = function(w)\n"
        "  w:ground {}\n"
        "  local a = w:robot { 'amr_250', name = 'a' }\n"
        "  local b = w:robot { 'amr_250', name = 'b', pos = { 3, 0, 0 } }\n"
        "  w:sensor { 'distance', name = 'ahead', robot = a, target = b, range_max = 5 }\n"
        "  w:measure { gap = clearance(a, b) }\n"
        "end,\n"
        "agents = { second = { robot = 'b', observe = 'odom', act = 'drive' },\n"
        "           first = { robot = 'a', observe = { 'odom', 'ahead', 'gap', 'b.odom' }, act = { "
        "'drive' },\n"
        "                     reject = true } },\n"
        "expect = { apart = 'G gap >= 0.1 m', calm = 'G a.odom.twist.linear.x <= 2 m/s',\n"
        "           still = 'G a.joints.velocity.left_wheel <= 50 rad/s' } }\n",
        1, NULL);
    assert_non_null(plan);
    assert_int_equal(plan->nslot, 2);
    assert_string_equal(plan->slot[0].name, "first");
    assert_true(plan->slot[0].reject);
    assert_string_equal(plan->slot[1].name, "second");
    assert_string_equal(plan->slot[1].robot, "b");
    dd_plan_destroy(plan);
    close_opened(&o);
}

// The same words draw the same values under another name of the field's stream only.
static void test_drawn_fields_and_streams(void** state)
{
    (void)state;
    Opened o;
    DdPlan* plan =
        build_text(&o,
                   "return scenario { name = 'x', duration_s = 1, build = function(w)\n"
                   "  local a = w:box { name = 'a', friction = uniform(0.2, 0.4) }\n"
                   "  local x, y = w:draw('n', uniform(0, 1)), w:draw('n', uniform(0, 1))\n"
                   "  assert(x ~= y and w:draw('m', choice { true }) == true)\n"
                   "  local s = stream 'own'\n"
                   "  w:box { name = 'b', pos = { 3 + x, s:uniform(0, 1), 0 } }\n"
                   "end }\n",
                   6, NULL);
    assert_non_null(plan);
    json_t* ops = dd_compose_ops(plan->compose);
    double friction = json_number_value(json_object_get(json_array_get(ops, 1), "friction"));
    assert_true(friction >= 0.2 && friction <= 0.4);
    json_decref(ops);
    DdPlan* again = build_opened(&o, 6, NULL);
    char* a = plan_text(plan);
    char* b = plan_text(again);
    assert_string_equal(a, b);
    free(a);
    free(b);
    dd_plan_destroy(plan);
    dd_plan_destroy(again);
    close_opened(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_ten_lines_build),
        cmocka_unit_test(test_a_seed_gives_one_world),
        cmocka_unit_test(test_nothing_leaks_between_builds),
        cmocka_unit_test(test_params_are_drawn_by_name_and_apart),
        cmocka_unit_test(test_overrides_are_checked),
        cmocka_unit_test(test_describe_lists_params_and_slots),
        cmocka_unit_test(test_poses_by_frames),
        cmocka_unit_test(test_frames_follow_the_start_pose),
        cmocka_unit_test(test_placement_keeps_its_constraints),
        cmocka_unit_test(test_the_port_builds),
        cmocka_unit_test(test_the_library_builds),
        cmocka_unit_test(test_a_rack_holds_a_container),
        cmocka_unit_test(test_options_of_measures),
        cmocka_unit_test(test_a_fleet_has_slots_by_name),
        cmocka_unit_test(test_drawn_fields_and_streams),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
