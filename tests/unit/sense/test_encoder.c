// Encoders, the faults of wrenches, and touch grids against closed forms.
#include "tests/unit/sense/rig.h"

#include "sim/sense/drift.h"

static const char k_wheel[] =
    "<mujoco><option timestep='0.002'/><worldbody>"
    "<body name='bot'><geom size='.1'/><body name='bot/w'><joint name='bot/wheel' axis='0 1 0'/>"
    "<geom type='cylinder' size='.1 .02' mass='1' contype='0' conaffinity='0'/></body>"
    "<body name='bot/c'><joint name='bot/lift' type='slide' axis='1 0 0'/>"
    "<geom size='.01' contype='0' conaffinity='0'/></body></body></worldbody></mujoco>";

static void test_angles_are_whole_ticks(void** state)
{
    (void)state;
    Rig r = rig_make(k_wheel, 1, 50);
    DdSensorDef def = sensor_def("enc", "encoder", "bot", "");
    rig_names(&def.joints, 1, "wheel");
    def.ticks_per_rev = 100;
    def.rate_hz = 100;
    int c = rig_sensor(&r, &def);
    r.d->qvel[0] = 3;
    rig_start(&r);
    double tick = 2 * DD_PI / 100, first = rig_latest(&r, c)[0], last = first;
    near(rig_latest(&r, c)[1], 0, 0);
    for (int k = 1; k <= 100; k++) {
        rig_run(&r, 5);
        const double* v = rig_latest(&r, c);
        // a multiple of a tick, never more than one off the angle
        near(v[0] / tick, floor(v[0] / tick + 0.5), 1e-9);
        near(v[0], r.d->qpos[0], tick);
        near(v[1], (v[0] - last) / 0.01, 1e-9);
        near(v[2], 0, 0);
        last = v[0];
    }
    near(last - first, 3, tick);
    assert_string_equal(dd_channels_def(r.ch, c)->names[0], "wheel");
    rig_free(&r);
}

static void test_a_worn_wheel_turns_too_much(void** state)
{
    (void)state;
    double sum = 0, square = 0;
    enum { RUNS = 400 };
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        Rig r = rig_make(k_wheel, seed, 50);
        DdSensorDef def = sensor_def("enc", "encoder", "bot", "");
        rig_names(&def.joints, 1, "wheel");
        def.radius_error = 0.01;
        int c = rig_sensor(&r, &def);
        r.d->qpos[0] = 100;
        r.d->qvel[0] = 7;
        rig_start(&r);
        double error = rig_latest(&r, c)[0] / 100 - 1;
        near(rig_latest(&r, c)[1] / 7 - 1, error, 1e-12);
        sum += error;
        square += error * error;
        rig_free(&r);
    }
    near(sum / RUNS, 0, 4 * 0.01 / sqrt(RUNS));
    near(sqrt(square / RUNS), 0.01, 4 * 0.01 / sqrt(2.0 * RUNS));
}

static void test_encoders_count_turns_only(void** state)
{
    (void)state;
    Rig r = rig_make(k_wheel, 1, 50);
    DdSensorDef def = sensor_def("enc", "encoder", "bot", "");
    rig_names(&def.joints, 1, "lift");
    DdError err = {0};
    assert_int_equal(dd_sense_add_sensor(r.s, &def, &err), -1);
    assert_non_null(strstr(err.text, "an encoder counts turns, and 'lift' is a slide joint"));
    rig_free(&r);
}

// 2 kg that hang from an arm: the wrist holds 19.62 N
static const char k_arm[] =
    "<mujoco><option timestep='0.002'/><worldbody>"
    "<body name='arm' pos='0 0 2'><geom size='.01' mass='1'/><joint type='slide' axis='0 0 1' "
    "range='0 1e-9' limited='true' solreflimit='0.01 1'/>"
    "<body name='arm/hand'><geom size='.1' mass='2'/><site name='arm/wrist'/></body></body>"
    "</worldbody></mujoco>";

static Rig make_hand(uint64_t seed, DdSensorDef* def)
{
    Rig r = rig_make(k_arm, seed, 50);
    *def = sensor_def("ft", "wrench", "arm", "wrist");
    def->rate_hz = 100;
    return r;
}

static void test_a_wrench_saturates_and_drifts(void** state)
{
    (void)state;
    DdSensorDef def;
    Rig r = make_hand(1, &def);
    def.force_range = 10;
    def.noise = (DdNumbers){.n = 1, .v = {0.1}};
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    rig_run(&r, 500);
    near(rig_latest(&r, c)[2], 10, 0);
    rig_free(&r);

    // after t seconds the zero is off by drift * sqrt(t), of torques a hundredth of it
    enum { RUNS = 300 };
    double force = 0, torque = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        r = make_hand(seed, &def);
        def.drift = 0.5;
        c = rig_sensor(&r, &def);
        rig_start(&r);
        near(rig_latest(&r, c)[0], 0, 1e-9);
        rig_run(&r, 250);
        force += rig_latest(&r, c)[0] * rig_latest(&r, c)[0];
        torque += rig_latest(&r, c)[4] * rig_latest(&r, c)[4];
        rig_free(&r);
    }
    double expected = 0.5 * sqrt(0.5);
    near(sqrt(force / RUNS) / expected, 1, 4 / sqrt(2.0 * RUNS));
    near(sqrt(torque / RUNS) / expected, 0.01, 0.04 / sqrt(2.0 * RUNS));
}

static void test_axes_show_a_share_of_each_other(void** state)
{
    (void)state;
    enum { RUNS = 300 };
    double side = 0, turn = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        DdSensorDef def;
        Rig r = make_hand(seed, &def);
        def.crosstalk = 0.02;
        def.force_range = 500;
        def.torque_range = 20;
        int c = rig_sensor(&r, &def);
        rig_start(&r);
        rig_run(&r, 500);
        const double* v = rig_latest(&r, c);
        near(v[2], 2 * 9.81, 1e-3); // its own axis is as it was
        side += v[0] * v[0];
        turn += v[3] * v[3];
        rig_free(&r);
    }
    double share = 0.02 * 2 * 9.81;
    near(sqrt(side / RUNS) / share, 1, 4 / sqrt(2.0 * RUNS));
    near(sqrt(turn / RUNS) / (share * 20 / 500), 1, 4 / sqrt(2.0 * RUNS));
}

static void test_a_band_limit_smooths_a_jerk(void** state)
{
    (void)state;
    // the hand hangs still; a force of 50 N for a single step reaches a filter of 20 Hz smeared
    DdSensorDef def;
    Rig r = make_hand(1, &def);
    def.rate_hz = 500;
    int plain = rig_sensor(&r, &def);
    snprintf(def.name, sizeof def.name, "slow");
    def.bandwidth_hz = 20;
    int slow = rig_sensor(&r, &def);
    rig_start(&r);
    rig_run(&r, 1000);
    near(rig_latest(&r, slow)[2], 2 * 9.81, 1e-3);
    r.d->xfrc_applied[6 * 2 + 0] = 50;
    rig_run(&r, 1);
    r.d->xfrc_applied[6 * 2 + 0] = 0;
    double most = 0, sum = 0;
    near(rig_latest(&r, plain)[0], -50, 1e-6);
    for (int k = 0; k < 200; k++) {
        double x = rig_latest(&r, slow)[0];
        most = fabs(x) > most ? fabs(x) : most;
        sum += x;
        rig_run(&r, 1);
    }
    assert_true(most > 2 && most < 10);
    near(sum, -50, 1e-6); // nothing is lost, it only comes later
    rig_free(&r);
}

// An arm that swings in the plane and out of it: what it is held with changes at every step.
static Rig make_swing(DdSensorDef* def)
{
    Rig r = rig_make("<mujoco><option timestep='0.002'/><worldbody>"
                     "<body name='arm' pos='0 0 2'><joint axis='0 1 0'/>"
                     "<geom size='.05' pos='.25 0 0' mass='2'/>"
                     "<body name='arm/bob' pos='.5 0 0'><joint axis='0 0 1'/>"
                     "<geom size='.05' pos='.3 .1 0' mass='2'/></body></body>"
                     "</worldbody></mujoco>",
                     1, 50);
    *def = sensor_def("ft", "wrench", "arm", "bob");
    r.d->qvel[0] = 5;
    r.d->qvel[1] = 9;
    return r;
}

static void test_a_band_limit_sees_every_step(void** state)
{
    (void)state;
    DdSensorDef def;
    Rig every = make_swing(&def);
    def.rate_hz = 500;
    int plain = rig_sensor(&every, &def);
    Rig few = make_swing(&def);
    def.rate_hz = 100;
    def.bandwidth_hz = 15;
    int limited = rig_sensor(&few, &def);
    rig_start(&every);
    rig_start(&few);
    DdLowpass f = dd_lowpass_make(15, 500);
    double filter[DD_LOWPASS_STATE], out = 0;
    for (int k = 0; k < 100; k++) {
        for (int i = 0; i < 5; i++) {
            rig_run(&every, 1);
            double force = rig_latest(&every, plain)[2];
            if (k == 0 && i == 0) {
                dd_lowpass_begin(&f, force, filter);
            }
            out = dd_lowpass_next(&f, force, filter);
        }
        rig_run(&few, 5);
        near(rig_latest(&few, limited)[2], out, 1e-9);
    }
    rig_free(&every);
    rig_free(&few);
}

// A pad on the front of a fixed finger; a ball of 1 kg lies on it, x is up.
static const char k_pad[] =
    "<mujoco><option timestep='0.002'/><worldbody>"
    "<body name='finger' pos='0 0 1'><geom type='box' size='.02 .02 .05'/>"
    "<site name='finger/pad' pos='0 0 .05' euler='0 -90 0'/></body>"
    "<body name='ball' pos='%g %g 1.0699'><freejoint/><geom size='.02' mass='1'/></body>"
    "</worldbody></mujoco>";

static void press(double x, double y, double crosstalk, double threshold, double out[16],
                  double* all)
{
    char xml[1000];
    snprintf(xml, sizeof xml, k_pad, x, y);
    Rig r = rig_make(xml, 1, 50);
    DdSensorDef def = sensor_def("pad", "touch_grid", "finger", "pad");
    def.size[0] = def.size[1] = 0.04;
    def.crosstalk = crosstalk;
    def.threshold = threshold;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    rig_run(&r, 250);
    memcpy(out, rig_latest(&r, c), 16 * sizeof *out);
    assert_string_equal(dd_channels_def(r.ch, c)->names[5], "r1c1");
    assert_string_equal(dd_channels_def(r.ch, c)->unit, "N");
    *all = 0;
    for (int i = 0; i < 16; i++) {
        *all += out[i];
    }
    rig_free(&r);
}

static void test_a_ball_presses_on_the_taxel_below_it(void** state)
{
    (void)state;
    // the site's x is up, its z along -x of the world, its y along y
    double v[16], all;
    press(-0.015, 0.015, 0, 0, v, &all);
    near(v[0], 9.81, 0.02);
    near(all, 9.81, 0.02);
    press(0.005, -0.015, 0, 0, v, &all);
    near(v[2 * 4 + 3], 9.81, 0.02);
    near(all, 9.81, 0.02);
    // spread: a tenth goes away, a fortieth to each neighbour
    press(-0.005, 0.005, 0.1, 0, v, &all);
    near(v[5], 0.9 * 9.81, 0.02);
    near(v[1], 0.025 * 9.81, 0.01);
    near(v[4], 0.025 * 9.81, 0.01);
    near(v[6], 0.025 * 9.81, 0.01);
    near(v[9], 0.025 * 9.81, 0.01);
    near(v[0], 0, 0);
    near(all, 9.81, 0.02);
    // over the rim it is lost, and small forces are not felt
    press(-0.015, 0.015, 0.1, 0, v, &all);
    near(all, 0.95 * 9.81, 0.02);
    press(-0.005, 0.005, 0.1, 1, v, &all);
    near(all, 0.9 * 9.81, 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_angles_are_whole_ticks),
        cmocka_unit_test(test_a_worn_wheel_turns_too_much),
        cmocka_unit_test(test_encoders_count_turns_only),
        cmocka_unit_test(test_a_wrench_saturates_and_drifts),
        cmocka_unit_test(test_axes_show_a_share_of_each_other),
        cmocka_unit_test(test_a_band_limit_smooths_a_jerk),
        cmocka_unit_test(test_a_band_limit_sees_every_step),
        cmocka_unit_test(test_a_ball_presses_on_the_taxel_below_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
