// Stage: what is done to a running world, and that it can be saved and repeated.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/world/stage.h"
#include "sim/world/things.h"
#include "sim/world/world.h"

static DdError t_err;

static void add(DdCompose* c, const char* kind_name, const char* fields)
{
    _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
    const DdThingKind* kind = dd_thing_kind(kind_name);
    json_t* j = json_loads(fields, 0, NULL);

    assert_non_null(kind);
    assert_non_null(j);
    kind->init(def);
    if (!dd_fields_read_json(kind->fields, def, j, kind_name, DD_ERROR_SCRIPT, &t_err) ||
        !dd_compose_add(c, kind, def, &t_err)) {
        fail_msg("%s", t_err.text);
    }
    json_decref(j);
}

static const char k_carrier[] =
    "<mujoco><worldbody><body name='base' pos='0 0 0.5'><freejoint/>"
    "<geom type='box' size='7 1.4 .2' mass='28000'/><site name='deck' pos='0 0 .2'/></body>"
    "</worldbody></mujoco>";

static DdWorld* make(bool sleep)
{
    DdWorldDef def = dd_world_def();
    DdFiles* files = dd_files_create();
    DdRobotPlacement p = dd_robot_placement_def();

    def.sleep = sleep;
    DdCompose* c = dd_compose_create(&def, files, &t_err);
    add(c, "ground", "{\"friction\":0.8}");
    add(c, "box", "{\"name\":\"slider\",\"free\":true,\"pos\":[0,0,0.151],\"mass\":10}");
    add(c, "conveyor", "{\"name\":\"belt\",\"pos\":[0,5,0],\"speed\":0.5}");
    add(c, "body", "{\"name\":\"part\",\"pos\":[-1,5,0.84]}");
    add(c, "actor",
        "{\"name\":\"truck\",\"model\":\"truck\",\"path\":[[0,-9,0],[10,-9,0],[10,-19,0]],"
        "\"speed\":4,\"accel\":2}");
    add(c, "actor",
        "{\"name\":\"walker\",\"model\":\"person\",\"path\":[[20,0,0],[22,0,0],[22,2,0]],"
        "\"loop\":true,\"go\":true}");
    add(c, "door", "{\"name\":\"gate\",\"pos\":[0,9,0],\"motion\":\"sliding\",\"speed\":0.5}");
    add(c, "door", "{\"name\":\"flap\",\"pos\":[3,9,0]}");
    snprintf(p.name, sizeof p.name, "agv");
    snprintf(p.model, sizeof p.model, "agv.xml");
    p.pos[0] = 40;
    p.lift_to_floor = true;
    assert_non_null(dd_files_add(files, "agv.xml", k_carrier, strlen(k_carrier), &t_err));
    assert_true(dd_compose_add_robot(c, &p, &t_err));
    add(c, "container",
        "{\"name\":\"C1\",\"on\":\"agv/deck\",\"shift\":[0.05,0,0.002],\"mass\":20000,"
        "\"latch\":\"agv/deck\"}");
    DdWorld* w = dd_compose_compile(c, &t_err);
    if (!w) {
        fail_msg("%s", t_err.text);
    }
    dd_compose_destroy(c);
    dd_files_destroy(files);
    return w;
}

static void step(DdWorld* w, int n)
{
    for (int i = 0; i < n; i++) {
        if (dd_stage_active(w)) {
            dd_stage_step(w);
        }
        if (!dd_world_step1(w, &t_err) || !dd_world_step2(w, &t_err)) {
            fail_msg("%s", t_err.text);
        }
    }
    assert_true(dd_world_step1(w, &t_err));
}

static void apply(DdWorld* w, const char* kind, const char* target, int n, ...)
{
    DdStageOp op = {0};
    va_list args;

    snprintf(op.kind, sizeof op.kind, "%s", kind);
    snprintf(op.target, sizeof op.target, "%s", target);
    va_start(args, n);
    for (int i = 0; i < n; i++) {
        op.v[i] = va_arg(args, double);
    }
    va_end(args);
    if (!dd_stage_apply(w, &op, &t_err)) {
        fail_msg("%s", t_err.text);
    }
}

static DdPose pose_of(DdWorld* w, const char* name)
{
    DdPose p;

    assert_true(dd_world_pose(w, name, &p));
    return p;
}

static void test_floor_decides(void** state)
{
    DdWorld* w = make(false);

    (void)state;
    // v^2 / (2 mu g): the floor's friction counts, lower or higher than the crate's own
    step(w, 50);
    apply(w, "set_velocity", "slider", 3, 2.0, 0.0, 0.0);
    double x0 = pose_of(w, "slider").pos[0];
    step(w, 1000);
    assert_float_equal(pose_of(w, "slider").pos[0] - x0, 4 / (2 * 0.8 * 9.81), 0.03);
    apply(w, "set_friction", "ground", 1, 0.3);
    apply(w, "set_velocity", "slider", 3, 2.0, 0.0, 0.0);
    x0 = pose_of(w, "slider").pos[0];
    step(w, 1500);
    assert_float_equal(pose_of(w, "slider").pos[0] - x0, 4 / (2 * 0.3 * 9.81), 0.05);
    dd_world_destroy(w);
}

static void test_forces_and_mass(void** state)
{
    DdWorld* w = make(false);

    (void)state;
    apply(w, "set_gravity", "", 3, 0.0, 0.0, 0.0);
    apply(w, "set_pose", "slider", 4, 0.0, 0.0, 5.0, 0.5);
    assert_true(dd_world_step1(w, &t_err));
    assert_float_equal(pose_of(w, "slider").pos[2], 5, 1e-12);
    DdPose slider = pose_of(w, "slider");
    assert_float_equal(dd_pose_yaw(&slider), 0.5, 1e-12);
    apply(w, "set_mass", "slider", 1, 20.0);
    apply(w, "force", "slider", 7, 40.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5);
    apply(w, "force", "slider", 7, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25);
    assert_true(dd_stage_active(w));
    step(w, 500);
    int body = dd_world_body(w, "slider");
    double speed = dd_world_data(w)->qvel[dd_world_model(w)->body_dofadr[body]];
    assert_float_equal(speed, (40 * 0.5 + 20 * 0.25) / 20, 1e-9);
    assert_float_equal(dd_world_data(w)->xfrc_applied[6 * body], 0, 0);
    dd_world_destroy(w);
}

static void test_conveyor(void** state)
{
    DdWorld* w = make(true);

    (void)state;
    step(w, 500);
    double x = pose_of(w, "part").pos[0];
    step(w, 500);
    assert_float_equal(pose_of(w, "part").pos[0] - x, 0.5, 0.005);
    apply(w, "set_conveyor", "belt", 1, 0.0);
    step(w, 1000);
    x = pose_of(w, "part").pos[0];
    step(w, 500);
    assert_float_equal(pose_of(w, "part").pos[0] - x, 0, 1e-3);
    // what slept on it goes on when the belt does
    apply(w, "set_conveyor", "belt", 1, -0.2);
    step(w, 250);
    x = pose_of(w, "part").pos[0];
    step(w, 500);
    assert_float_equal(pose_of(w, "part").pos[0] - x, -0.2, 0.005);
    dd_world_destroy(w);
}

static void test_actors_and_doors(void** state)
{
    DdWorld* w = make(false);

    (void)state;
    step(w, 500);
    assert_float_equal(pose_of(w, "truck").pos[0], 0, 0); // waits
    assert_true(pose_of(w, "walker").pos[0] > 20.5);      // does not
    apply(w, "go", "truck", 0);
    step(w, 1000);
    // 2 s of 2 m/s^2 to 4 m/s: 4 m
    assert_float_equal(pose_of(w, "truck").pos[0], 4, 0.01);
    apply(w, "stop", "truck", 0);
    step(w, 1500);
    assert_float_equal(pose_of(w, "truck").pos[0], 8, 0.02);
    apply(w, "set_speed", "truck", 1, 1.0);
    step(w, 100);
    assert_float_equal(pose_of(w, "truck").pos[0], 8, 0.02); // stands still until it goes
    apply(w, "go", "truck", 0);
    step(w, 10000);
    DdPose end = pose_of(w, "truck");
    assert_float_equal(end.pos[0], 10, 1e-9);
    assert_float_equal(end.pos[1], -19, 1e-6); // at the end of its path, at rest
    assert_float_equal(dd_pose_yaw(&end), -DD_PI / 2, 1e-9);
    apply(w, "open", "gate", 0);
    apply(w, "open", "flap", 0);
    step(w, 400);
    assert_float_equal(pose_of(w, "gate/leaf").pos[0], 0.4, 0.01);
    step(w, 1000);
    assert_float_equal(pose_of(w, "gate/leaf").pos[0], 1, 1e-9);
    assert_float_equal(pose_of(w, "flap/leaf").pos[0], 2.5, 1e-9); // swung round its hinge
    apply(w, "close", "gate", 0);
    step(w, 1200);
    assert_float_equal(pose_of(w, "gate/leaf").pos[0], 0, 1e-9);
    dd_world_destroy(w);
}

static void test_latch(void** state)
{
    DdWorld* w = make(true);

    (void)state;
    int eq = dd_world_latch_find(w, "agv/deck", "C1");
    assert_true(eq >= 0);
    assert_int_equal(dd_world_latch_find(w, "agv/deck", "C2"), -1);
    step(w, 200);
    DdPose before = pose_of(w, "C1");
    assert_float_equal(before.pos[0], 40.05, 0.01);
    assert_float_equal(before.pos[2], pose_of(w, "agv/deck").pos[2], 0.01);
    apply(w, "weld", "agv/deck/latch/C1", 0);
    // turned over, it stays on
    apply(w, "set_gravity", "", 3, 0.0, 0.0, 0.0);
    apply(w, "set_velocity", "agv", 6, 0.0, 0.0, 0.3, 0.2, 0.0, 0.0);
    step(w, 1000);
    DdPose rel0 = dd_pose_mul(dd_pose_inv(pose_of(w, "agv/deck")), pose_of(w, "C1"));
    assert_float_equal(rel0.pos[0], 0.05, 0.02);
    assert_float_equal(dd_norm3(rel0.pos), 0.05, 0.03);
    apply(w, "unweld", "agv/deck/latch/C1", 0);
    apply(w, "set_velocity", "C1", 6, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0);
    step(w, 1000);
    assert_true(pose_of(w, "C1").pos[2] - pose_of(w, "agv/deck").pos[2] > 0.5);
    dd_world_destroy(w);
}

// the journal's operations, then the state: that is what a replay does
static void test_restore_in_the_middle(void** state)
{
    (void)state;
    for (int sleep = 0; sleep < 2; sleep++) {
        DdWorld* a = make(sleep);
        DdWorld* b = make(sleep);
        double* world = calloc((size_t)dd_world_state_size(a), sizeof *world);
        double* stage = calloc((size_t)dd_stage_state_size(a), sizeof *stage);
        step(a, 300);
        apply(a, "set_friction", "ground", 1, 0.5);
        apply(a, "go", "truck", 1, 3.0);
        apply(a, "open", "gate", 0);
        apply(a, "weld", "agv/deck/latch/C1", 0);
        apply(a, "force", "slider", 7, 60.0, 5.0, 0.0, 0.0, 0.0, 0.0, 1.5);
        step(a, 300);
        dd_world_save(a, world);
        dd_stage_save(a, stage);
        int64_t n = dd_world_step_count(a);
        apply(b, "set_friction", "ground", 1, 0.5);
        if (sleep) { // who sleeps is in no state: the live run restores itself too
            assert_true(dd_world_load(a, n, world, &t_err));
            dd_stage_load(a, stage);
        }
        assert_true(dd_world_load(b, n, world, &t_err));
        dd_stage_load(b, stage);
        for (int i = 0; i < 1500; i++) {
            if (i == 200) {
                apply(a, "set_conveyor", "belt", 1, 0.1);
                apply(b, "set_conveyor", "belt", 1, 0.1);
            }
            step(a, 1);
            step(b, 1);
            if (dd_world_state_hash(a, 0) != dd_world_state_hash(b, 0)) {
                fail_msg("the replay parts at step %d (sleep %d)", i, sleep);
            }
        }
        free(world);
        free(stage);
        dd_world_destroy(a);
        dd_world_destroy(b);
    }
}

static void expect_bad(DdWorld* w, const char* kind, const char* target, double v, const char* part)
{
    DdStageOp op = {0};
    DdError err = {0};

    snprintf(op.kind, sizeof op.kind, "%s", kind);
    snprintf(op.target, sizeof op.target, "%s", target);
    op.v[0] = v;
    assert_false(dd_stage_apply(w, &op, &err));
    if (!strstr(err.text, part)) {
        fail_msg("'%s' does not say '%s'", err.text, part);
    }
}

static void test_bad_operations(void** state)
{
    DdWorld* w = make(false);
    int n;

    (void)state;
    assert_non_null(dd_stage_kinds(&n));
    assert_true(n >= 15);
    expect_bad(w, "set_frictoin", "ground", 1, "did you mean 'set_friction'");
    expect_bad(w, "set_friction", "gruond", 1, "did you mean 'ground'");
    expect_bad(w, "set_friction", "ground", -1, "must not be negative");
    expect_bad(w, "set_friction", "ground", 0.0 / 0.0, "must be finite");
    expect_bad(w, "set_mass", "slider", -2, "must be positive");
    expect_bad(w, "set_mass", "gate", 2, "fixed");
    expect_bad(w, "go", "slider", 0, "must be an actor, and it is a box");
    expect_bad(w, "go", "truck", -1, "must not be negative");
    expect_bad(w, "open", "truck", 0, "must be a door");
    expect_bad(w, "set_conveyor", "ground", 0, "must be a conveyor");
    expect_bad(w, "set_pose", "gate", 0, "only free");
    expect_bad(w, "force", "slider", 1, "duration_s must be positive");
    expect_bad(w, "weld", "agv/deck/latch/C9", 0, "no such latch");
    dd_world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floor_decides),  cmocka_unit_test(test_forces_and_mass),
        cmocka_unit_test(test_conveyor),       cmocka_unit_test(test_actors_and_doors),
        cmocka_unit_test(test_latch),          cmocka_unit_test(test_restore_in_the_middle),
        cmocka_unit_test(test_bad_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
