// World: stepping, restore points, hashes, what ends a run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/world/stage.h"
#include "sim/world/things.h"
#include "sim/world/world.h"

static DdWorld* world_of(DdWorldDef def, void (*fill)(DdCompose* c))
{
    DdError err = {0};
    DdCompose* c = dd_compose_create(&def, NULL, &err);

    assert_non_null(c);
    fill(c);
    DdWorld* w = dd_compose_compile(c, &err);
    if (!w) {
        fail_msg("%s", err.text);
    }
    dd_compose_destroy(c);
    return w;
}

static void add(DdCompose* c, const char* kind_name, const char* fmt, ...)
{
    _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
    const DdThingKind* kind = dd_thing_kind(kind_name);
    DdError err = {0};
    char text[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    json_t* j = json_loads(text, 0, NULL);
    assert_non_null(j);
    kind->init(def);
    if (!dd_fields_read_json(kind->fields, def, j, kind_name, DD_ERROR_SCRIPT, &err) ||
        !dd_compose_add(c, kind, def, &err)) {
        fail_msg("%s", err.text);
    }
    json_decref(j);
}

static void fill_crates(DdCompose* c)
{
    add(c, "ground", "{}");
    for (int i = 0; i < 100; i++) {
        // 25 stacks of four, each a little askew
        add(c, "box", "{\"free\":true,\"size\":[0.4,0.4,0.3],\"pos\":[%g,%g,%g],\"yaw\":%g}",
            (i % 25 % 5) * 0.8 + 0.01 * (i / 25), (i % 25 / 5) * 0.8, 0.16 + 0.305 * (i / 25),
            0.05 * i);
    }
}

static void step(DdWorld* w)
{
    DdError err = {0};

    if (!dd_world_step1(w, &err) || !dd_world_step2(w, &err)) {
        fail_msg("%s", err.text);
    }
}

static void kick(DdWorld* w, int64_t n)
{
    if (n % 100 == 0) {
        DdStageOp op = {.kind = "set_velocity", .v = {0.4, 0.1 * (double)(n % 3), 0.5}};
        DdError err = {0};
        snprintf(op.target, sizeof op.target, "box%d", (int)(n * 7 % 100) + 1);
        if (!dd_stage_apply(w, &op, &err)) {
            fail_msg("%s", err.text);
        }
    }
}

// A used world that restored itself and a fresh one that loads the same bytes go the same way.
static void check_restore(bool sleep)
{
    DdWorldDef def = dd_world_def();
    enum { k_before = 1700, k_after = 1000 };

    def.sleep = sleep;
    DdWorld* a = world_of(def, fill_crates);
    DdWorld* b = world_of(def, fill_crates);
    double* state = calloc((size_t)dd_world_state_size(a), sizeof *state);
    DdError err;
    int asleep = 0;

    assert_int_equal(dd_world_state_size(a), dd_world_state_size(b));
    for (int64_t n = 0; n < k_before; n++) {
        if (n % 300 == 0) {
            kick(a, n);
        }
        step(a);
    }
    for (int i = 0; i < dd_world_model(a)->ntree; i++) {
        asleep += dd_world_data(a)->tree_asleep[i] >= 0;
    }
    if (sleep) {
        assert_true(asleep > 50); // or the test shows nothing
    }
    dd_world_save(a, state);
    assert_true(dd_world_load(a, k_before, state, &err));
    assert_true(dd_world_load(b, k_before, state, &err));
    uint64_t ha = 0, hb = 0;
    for (int64_t n = 0; n < k_after; n++) {
        kick(a, n);
        kick(b, n);
        step(a);
        step(b);
        ha = dd_world_state_hash(a, ha);
        hb = dd_world_state_hash(b, hb);
        if (ha != hb) {
            fail_msg("restored worlds part at step %d (sleep %d)", (int)n, sleep);
        }
    }
    assert_int_equal(dd_world_step_count(b), k_before + k_after);
    // the hash sees the least change
    dd_world_data(b)->qvel[7] = nextafter(dd_world_data(b)->qvel[7], 1);
    assert_true(dd_world_state_hash(a, 0) != dd_world_state_hash(b, 0));
    free(state);
    dd_world_destroy(a);
    dd_world_destroy(b);
}

static void test_restore(void** state)
{
    (void)state;
    check_restore(false);
}

static void test_restore_with_sleep(void** state)
{
    (void)state;
    check_restore(true);
}

static void test_split_equals_whole_step(void** state)
{
    (void)state;
    for (int sleep = 0; sleep < 2; sleep++) {
        DdWorldDef def = dd_world_def();
        def.sleep = sleep;
        DdWorld* a = world_of(def, fill_crates);
        DdWorld* b = world_of(def, fill_crates);
        for (int n = 0; n < 800; n++) {
            step(a);
            mj_step(dd_world_model(b), dd_world_data(b));
            assert_true(dd_world_state_hash(a, 0) == dd_world_state_hash(b, 0));
        }
        dd_world_destroy(a);
        dd_world_destroy(b);
    }
}

static void test_model_hash(void** state)
{
    unsigned char one[DD_SHA256_SIZE], two[DD_SHA256_SIZE], three[DD_SHA256_SIZE];
    DdWorldDef def = dd_world_def();
    char here[1024];

    (void)state;
    DdWorld* a = world_of(def, fill_crates);
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir("/"), 0);
    DdWorld* b = world_of(def, fill_crates);
    assert_int_equal(chdir(here), 0);
    def.impratio = 11;
    DdWorld* c = world_of(def, fill_crates);
    dd_world_model_hash(a, one);
    dd_world_model_hash(b, two);
    dd_world_model_hash(c, three);
    assert_memory_equal(one, two, sizeof one);
    assert_memory_not_equal(one, three, sizeof one);
    dd_world_destroy(a);
    dd_world_destroy(b);
    dd_world_destroy(c);
}

static void expect_unstable(DdWorld* w, const char* part)
{
    DdError err = {0};
    bool ok = true;

    for (int n = 0; n < 50 && ok; n++) {
        ok = dd_world_step1(w, &err) && dd_world_step2(w, &err);
    }
    assert_false(ok);
    assert_int_equal(err.code, DD_ERROR_UNSTABLE);
    if (!strstr(err.text, part)) {
        fail_msg("'%s' does not say '%s'", err.text, part);
    }
}

static void test_bad_numbers(void** state)
{
    DdWorldDef def = dd_world_def();

    (void)state;
    DdWorld* w = world_of(def, fill_crates);
    for (int n = 0; n < 10; n++) {
        step(w);
    }
    dd_world_data(w)->qpos[7 * 3 + 1] = NAN;
    expect_unstable(w, "step 10: the position of 'box4/free'");
    // a loaded state heals it
    double* saved = calloc((size_t)dd_world_state_size(w), sizeof *saved);
    DdWorld* fresh = world_of(def, fill_crates);
    DdError err;
    dd_world_save(fresh, saved);
    assert_true(dd_world_load(w, 0, saved, &err));
    step(w);
    dd_world_data(w)->qvel[6 * 2 + 5] = 1e11;
    expect_unstable(w, "the velocity of 'box3/free'");
    free(saved);
    dd_world_destroy(w);
    dd_world_destroy(fresh);
}

static void test_full_arena(void** state)
{
    DdWorldDef def = dd_world_def();
    DdError err = {0};
    bool ok = true;

    (void)state;
    def.memory_mb = 0.5;
    DdWorld* w = world_of(def, fill_crates);
    for (int n = 0; n < 2000 && ok; n++) {
        ok = dd_world_step1(w, &err) && dd_world_step2(w, &err);
    }
    assert_false(ok);
    assert_int_equal(err.code, DD_ERROR_UNSTABLE);
    // MuJoCo must not have written its log file
    assert_int_not_equal(access("MUJOCO_LOG.TXT", F_OK), 0);
    dd_world_destroy(w);
}

static const char k_wrapped[] =
    "<mujoco><option timestep='0.004'/><worldbody><body><freejoint/><geom size='0.1'/>"
    "<geom size='0.1' pos='0 0 1'/></body><geom name='floor' type='plane' size='1 1 1'/>"
    "</worldbody></mujoco>";

static mjModel* load(const char* xml)
{
    char text[1000];
    mjSpec* spec = mj_parseXMLString(xml, NULL, text, sizeof text);

    assert_non_null(spec);
    mjModel* m = mj_compile(spec, NULL);
    assert_non_null(m);
    mj_deleteSpec(spec);
    return m;
}

static void test_wrap(void** state)
{
    DdError err = {0};

    (void)state;
    DdWorld* w = dd_world_wrap(load(k_wrapped), &err);
    assert_non_null(w);
    assert_int_equal(dd_world_physics_hz(w), 250);
    assert_string_equal(dd_world_geom_name(w, 0), "floor");
    assert_string_equal(dd_world_body_name(w, 1), "body1");
    assert_string_equal(dd_world_geom_name(w, 2), "body1/geom2");
    assert_int_equal(dd_world_thing_of_body(w, 1), -1);
    assert_true(dd_world_geom_visual(w, 1));
    dd_world_destroy(w);
    w = dd_world_wrap(load("<mujoco><option timestep='-1'/><worldbody/></mujoco>"), &err);
    assert_null(w);
    assert_non_null(strstr(err.text, "timestep"));
    w = dd_world_wrap(load("<mujoco><option integrator='RK4'/><worldbody/></mujoco>"), &err);
    assert_null(w);
    assert_non_null(strstr(err.text, "RK4"));
}

static void test_world_def(void** state)
{
    DdWorldDef def = dd_world_def();
    DdError err = {0};

    (void)state;
    def.physics_hz = -500;
    assert_null(dd_compose_create(&def, NULL, &err));
    assert_non_null(strstr(err.text, "physics_hz must be positive"));
    def = dd_world_def();
    def.gravity[2] = NAN;
    assert_null(dd_compose_create(&def, NULL, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restore),
        cmocka_unit_test(test_restore_with_sleep),
        cmocka_unit_test(test_split_equals_whole_step),
        cmocka_unit_test(test_model_hash),
        cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_full_arena),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_world_def),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
