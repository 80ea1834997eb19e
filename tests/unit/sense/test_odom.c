// Joint state and wheel odometry: a kinematic toy that rolls without slipping.
#include "tests/unit/sense/rig.h"

// wheels that turn as they are told; where the body would go is computed beside it
static const char k_toy[] =
    "<mujoco><option timestep='0.002' gravity='0 0 0'/><worldbody>"
    "<body name='toy'><geom size='.1' mass='1'/>"
    "<body name='toy/l'><joint name='toy/left' axis='0 1 0'/><geom size='.1' mass='1' "
    "contype='0'/></body>"
    "<body name='toy/r'><joint name='toy/right' axis='0 1 0'/><geom size='.1' mass='1' "
    "contype='0'/></body>"
    "<body name='toy/f'><joint name='toy/front_steer' axis='0 0 1'/><geom size='.1' mass='1' "
    "contype='0'/></body>"
    "<body name='toy/b'><joint name='toy/rear_steer' axis='0 0 1'/><geom size='.1' mass='1' "
    "contype='0'/></body>"
    "</body></worldbody>"
    "<actuator><motor name='toy/ml' joint='toy/left' gear='3'/></actuator></mujoco>";

static DdSensorDef diff_def(void)
{
    DdSensorDef def = sensor_def("odom", "odom", "toy", "");
    rig_names(&def.joints, 2, "left", "right");
    def.wheel_radius = 0.1;
    def.track = 0.5;
    return def;
}

static DdSensorDef steer_def(void)
{
    DdSensorDef def = diff_def();
    def.wheelbase = 2;
    rig_names(&def.steer_joints, 2, "front_steer", "rear_steer");
    return def;
}

static void test_joint_state(void** state)
{
    (void)state;
    Rig r = rig_make(k_toy, 1, 50);
    DdSensorDef def = sensor_def("joints", "joints", "toy", "");
    int all = rig_sensor(&r, &def);
    def = sensor_def("two", "joints", "toy", "");
    rig_names(&def.joints, 2, "rear_steer", "left");
    int two = rig_sensor(&r, &def);
    const DdChannelDef* ch = dd_channels_def(r.ch, all);
    assert_int_equal(ch->nname, 4);
    assert_string_equal(ch->names[0], "left");
    assert_string_equal(ch->names[3], "rear_steer");
    r.d->qvel[3] = 0.5;
    r.d->ctrl[0] = 2;
    rig_start(&r);
    near(rig_latest(&r, all)[8], 0, 0); // no step has ended: no effort
    rig_run(&r, 250);
    const double* v = rig_latest(&r, all);
    near(v[0], r.d->qpos[0], 0);
    near(v[4], r.d->qvel[0], 0);
    near(v[8], 2 * 3, 1e-12); // through the gear
    near(v[9], 0, 0);
    v = rig_latest(&r, two);
    near(v[0], 0.25, 1e-9);
    near(v[1], r.d->qpos[0], 0);
    near(v[2], 0.5, 1e-12);
    near(v[5], 6, 1e-12);
    rig_free(&r);
}

// wheel speeds wl, wr for `seconds`; compares with the arc
static void roll(DdSensorDef def, double wl, double wr, double df, double dr, double seconds,
                 double tolerance)
{
    Rig r = rig_make(k_toy, 1, 50);
    int c = rig_sensor(&r, &def);
    r.d->qpos[2] = df;
    r.d->qpos[3] = dr;
    r.d->qpos[0] = 0.3; // encoders do not start at 0
    r.d->qvel[0] = wl;
    r.d->qvel[1] = wr;
    rig_start(&r);
    const double* v = rig_latest(&r, c);
    near(v[0], 0, 0);
    near(v[1], 0, 0);
    near(v[3], 1, 0);
    rig_run(&r, (int)(seconds * 500 + 0.5));
    double vx, vy = 0, wz;
    if (def.steer_joints.n) {
        vx = 0.05 * (wl * cos(df) + wr * cos(dr));
        vy = 0.05 * (wl * sin(df) + wr * sin(dr));
        wz = 0.1 * (wl * sin(df) - wr * sin(dr)) / 2;
    } else {
        vx = 0.05 * (wl + wr);
        wz = 0.1 * (wr - wl) / 0.5;
    }
    double turn = wz * seconds, x = vx * seconds, y = vy * seconds;
    if (wz != 0) {
        x = (vx * sin(turn) - vy * (1 - cos(turn))) / wz;
        y = (vx * (1 - cos(turn)) + vy * sin(turn)) / wz;
    }
    v = rig_latest(&r, c);
    near(v[0], x, tolerance);
    near(v[1], y, tolerance);
    near(2 * atan2(v[6], v[3]), dd_wrap_angle(turn), tolerance);
    near(v[7], vx, 20 * tolerance);
    near(v[8], vy, 20 * tolerance);
    near(v[12], wz, 20 * tolerance);
    near(v[2] + v[9] + v[10] + v[11], 0, 0);
    rig_free(&r);
}

static void test_differential_drive(void** state)
{
    (void)state;
    roll(diff_def(), 5, 5, 0, 0, 4, 1e-9);
    roll(diff_def(), -5, -5, 0, 0, 4, 1e-9);
    roll(diff_def(), 4, 5, 0, 0, 4, 1e-9);
    roll(diff_def(), -3, 3, 0, 0, 1, 1e-9);
    DdSensorDef slow = diff_def();
    slow.rate_hz = 10; // arcs are added exactly, whatever the rate
    roll(slow, 4, 5, 0, 0, 4, 1e-9);
    // 4096 ticks: a wheel's travel is known to 0.15 mm, and so is the path
    DdSensorDef ticks = diff_def();
    ticks.ticks_per_rev = 4096;
    roll(ticks, 5, 5, 0, 0, 4, 5e-4);
    roll(ticks, 4, 5, 0, 0, 4, 3e-3);
}

static void test_double_steer(void** state)
{
    (void)state;
    roll(steer_def(), 5, 5, 0, 0, 4, 1e-9);
    roll(steer_def(), 5, 5, 0.3, -0.3, 4, 1e-9);         // turns
    roll(steer_def(), 5, 5, 0.4, 0.4, 4, 1e-9);          // crabs
    roll(steer_def(), 5, 5 * cos(0.5), 0.5, 0, 4, 1e-9); // steers in front only
}

static void test_slip_is_a_random_walk_that_does_not_depend_on_the_rate(void** state)
{
    (void)state;
    // 200 runs of 2 m straight on: standard deviation of the way is sigma * sqrt(2 m) / sqrt(2)
    for (int rate = 10; rate <= 50; rate += 40) {
        double sum = 0, square = 0;
        const int runs = 200;
        for (int k = 0; k < runs; k++) {
            Rig r = rig_make(k_toy, (uint64_t)k, 50);
            DdSensorDef def = diff_def();
            def.rate_hz = rate;
            def.slip_sigma = 0.02;
            def.track = 1000; // the error of the heading shall not matter
            int c = rig_sensor(&r, &def);
            r.d->qvel[0] = r.d->qvel[1] = 20;
            rig_start(&r);
            rig_run(&r, 500);
            double e = rig_latest(&r, c)[0] - 2;
            sum += e;
            square += e * e;
            rig_free(&r);
        }
        near(sum / runs, 0, 4 * 0.02 / sqrt(runs));
        near(sqrt(square / runs), 0.02, 0.004);
    }
}

static void test_wrong_descriptions_are_refused(void** state)
{
    (void)state;
    Rig r = rig_make(k_toy, 1, 50);
    DdError err = {0};
    DdSensorDef def = diff_def();
    def.track = 0;
    assert_int_equal(dd_sense_add_sensor(r.s, &def, &err), -1);
    assert_non_null(strstr(err.text, "track"));
    def = diff_def();
    rig_names(&def.joints, 2, "left", "rigth");
    assert_int_equal(dd_sense_add_sensor(r.s, &def, &err), -1);
    assert_non_null(strstr(err.text, "did you mean 'right'"));
    def = diff_def();
    rig_names(&def.joints, 3, "left", "right", "right");
    assert_int_equal(dd_sense_add_sensor(r.s, &def, &err), -1);
    assert_non_null(strstr(err.text, "even"));
    rig_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joint_state),
        cmocka_unit_test(test_differential_drive),
        cmocka_unit_test(test_double_steer),
        cmocka_unit_test(test_slip_is_a_random_walk_that_does_not_depend_on_the_rate),
        cmocka_unit_test(test_wrong_descriptions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
