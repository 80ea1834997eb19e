// Cart: one episode from plain data for the tests of this layer: a cart that is pushed at a crate,
// with a story of C callbacks. No Lua anywhere.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/run/replay.h"

static const char k_cart[] =
    "<mujoco model='cart'><worldbody><body name='cart' pos='0 0 0.2'>"
    "<joint name='slide' type='slide' axis='1 0 0' range='-5 5' limited='true' damping='0.1'/>"
    "<geom name='body' type='box' size='0.2 0.1 0.1' mass='2'/><site name='tip' pos='0.2 0 0'/>"
    "</body></worldbody>"
    "<actuator><motor name='push' joint='slide' ctrlrange='-20 20' ctrllimited='true'/></actuator>"
    "</mujoco>";

static char s_dir[DD_PATH_MAX];

// what the agent asks for: a goal, and how far it swings about it
static double s_goal = 0.6, s_swing = 0.3;

typedef struct Stub {
    DdFiles* files;
    int resumed;
    int wait;
} Stub;

static DdPlan* build(void* user, uint64_t seed, const json_t* overrides, DdError* err)
{
    Stub* stub = user;
    char path[DD_PATH_MAX];
    char logical[DD_PATH_MAX];
    DdModelLimits limits = dd_model_limits();
    (void)overrides;
    dd_path_join(path, s_dir, "cart.xml");
    stub->files = dd_files_create();
    DdPlanDef def = dd_plan_def();
    snprintf(def.name, sizeof def.name, "push");
    def.duration_s = 3;
    def.restore_every_s = 0.5;
    def.agent_hz = 50;
    DdPlan* plan = dd_plan_create(&def, stub->files, err);
    assert_non_null(plan);
    const DdThingKind* ground = dd_thing_kind("ground");
    const DdThingKind* box = dd_thing_kind("box");
    _Alignas(16) unsigned char room[DD_THING_SIZE_MAX];
    ground->init(room);
    snprintf((char*)room, DD_NAME_MAX, "floor");
    assert_true(dd_compose_add(plan->compose, ground, room, err));
    box->init(room);
    json_t* fields =
        json_pack("{s:s, s:[f,f,f], s:[f,f,f], s:b, s:f}", "name", "crate", "size", 0.3, 0.3, 0.3,
                  "pos", 1.0 + 0.01 * (double)seed, 0.0, 0.4, "free", 1, "mass", 3.0);
    assert_true(dd_fields_read_json(box->fields, room, fields, "box", DD_ERROR_SCRIPT, err));
    json_decref(fields);
    assert_true(dd_compose_add(plan->compose, box, room, err));
    if (!dd_model_screen(stub->files, "cart", path, s_dir, &limits, logical, err)) {
        fail_msg("%s", err->text);
    }
    DdRobotDesc* desc = dd_robot_describe(stub->files, logical, err);
    if (!desc) {
        fail_msg("%s", err->text);
    }
    DdRobotPlacement at = {0};
    snprintf(at.name, sizeof at.name, "cart");
    at.quat[0] = 1;
    if (!dd_plan_add_robot(plan, &at, desc, err)) {
        fail_msg("%s", err->text);
    }
    DdMeasureDef measure = dd_measure_def();
    snprintf(measure.name, sizeof measure.name, "gap");
    snprintf(measure.kind, sizeof measure.kind, "distance");
    snprintf(measure.a, sizeof measure.a, "cart/tip");
    snprintf(measure.b, sizeof measure.b, "crate");
    assert_true(dd_plan_add_measure(plan, &measure, err));
    DdSlotDef slot = {0};
    snprintf(slot.robot, sizeof slot.robot, "cart");
    slot.observe.n = 2;
    snprintf(slot.observe.v[0], DD_NAME_MAX, "joints");
    snprintf(slot.observe.v[1], DD_NAME_MAX, "gap");
    slot.act.n = 1;
    snprintf(slot.act.v[0], DD_NAME_MAX, "joints");
    assert_true(dd_plan_add_slot(plan, &slot, err));
    DdRequirementDef req = {.name = "reached", .text = "F[0,3] gap <= 0.4 m"};
    assert_true(dd_plan_add_requirement(plan, &req, err));
    DdStartCheck check = {.kind = "clear", .a = "cart", .b = "crate", .value = 0.1};
    assert_true(dd_plan_add_check(plan, &check, err));
    return plan;
}

static bool start(void* user, DdEpisode* ep, DdError* err)
{
    Stub* stub = user;
    DdStageOp op = {.kind = "set_friction", .target = "crate", .v = {0.2}};
    stub->wait = dd_episode_wait_step(ep, 400);
    return dd_episode_stage(ep, &op, err);
}

static bool resume(void* user, DdEpisode* ep, int wait, DdError* err)
{
    Stub* stub = user;
    assert_int_equal(wait, stub->wait);
    stub->resumed++;
    DdStageOp op = {.kind = "force", .target = "crate", .v = {0, 6, 0, 0, 0, 0.2, 0.3}};
    return dd_episode_stage(ep, &op, err);
}

static int one_episode(const char* name, uint64_t seed, char mcap[DD_PATH_MAX], char hash[32],
                       json_t** result_json)
{
    Stub stub = {0};
    DdScenario scenario = {.user = &stub, .build = build, .start = start, .resume = resume};
    DdEpisodeDef def = dd_episode_def();
    char dir[DD_PATH_MAX];
    dd_path_join(dir, s_dir, name);
    DdRecordDef record = {.dir = dir,
                          .name = name,
                          .start_ns = 1767225600000000000,
                          .level = 1,
                          .compression = DD_COMPRESS_ZSTD};
    DdError err;
    DdOutcome outcome;
    dd_error_clear(&err);
    def.seed = seed;
    def.record = &record;
    DdEpisode* ep = dd_episode_create(&def, &scenario, &outcome, &err);
    if (!ep) {
        fail_msg("%s", err.text);
    }
    if (!dd_episode_record(ep, &err)) {
        fail_msg("%s", err.text);
    }
    DdObservation o;
    int ticks = 0;
    while (dd_episode_advance(ep)) {
        double action[8] = {0};
        dd_episode_observe(ep, 0, &o);
        assert_non_null(o.values[0]);
        action[0] = s_goal + s_swing * (ticks % 3);
        dd_episode_act(ep, 0, action, 0);
        ticks++;
    }
    DdResult result;
    dd_episode_finish(ep, &result);
    assert_int_equal(ticks, 150);
    assert_int_equal(stub.resumed, 1);
    snprintf(hash, 32, "%s", json_string_value(json_object_get(result.json, "state_hash")));
    int out = result.outcome;
    *result_json = result.json;
    if (out != DD_PASS && out != DD_FAIL) {
        fail_msg("%s", result.reason);
    }
    snprintf(mcap, DD_PATH_MAX, "%s/%s.mcap", dir, name);
    dd_episode_destroy(ep);
    dd_files_destroy(stub.files);
    return out;
}

static int make_dir(void** state)
{
    (void)state;
    snprintf(s_dir, sizeof s_dir, "/tmp/drydock-test-run-XXXXXX");
    if (!mkdtemp(s_dir)) {
        return -1;
    }
    char path[DD_PATH_MAX];
    DdError err;
    dd_path_join(path, s_dir, "cart.xml");
    return dd_file_write(path, k_cart, sizeof k_cart - 1, &err) ? 0 : -1;
}

static int remove_dir(void** state)
{
    (void)state;
    char command[DD_PATH_MAX + 16];
    snprintf(command, sizeof command, "rm -rf %s", s_dir);
    return system(command);
}
