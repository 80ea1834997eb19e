// IMU, truth pose and twist against closed forms.
#include "tests/unit/sense/rig.h"

static const char k_still[] =
    "<mujoco><option timestep='0.002'/><worldbody>"
    "<body name='bot' pos='0 0 1' euler='0 90 0'><freejoint/><geom size='.1' mass='1'/>"
    "<site name='bot/imu' pos='.1 .2 .3'/></body>"
    "<body name='post' pos='5 0 0'><geom size='.1'/>"
    "<site name='post/imu' euler='0 0 90'/></body>"
    "</worldbody></mujoco>";

static void test_at_rest_it_reads_the_reaction_to_gravity(void** state)
{
    (void)state;
    Rig r = rig_make(k_still, 1, 50);
    DdSensorDef def = sensor_def("imu", "imu", "post", "imu");
    def.rate_hz = 500;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    for (int k = 0; k < 3; k++) {
        const double* v = rig_latest(&r, c);
        near(v[0], sqrt(0.5), 1e-12);
        near(v[3], sqrt(0.5), 1e-12);
        for (int i = 0; i < 3; i++) {
            near(v[4 + i], 0, 1e-12);
            near(v[7 + i], i == 2 ? 9.81 : 0, 1e-12);
        }
        rig_run(&r, 1);
    }
    assert_string_equal(dd_channels_def(r.ch, c)->frame, "post/imu");
    rig_free(&r);
}

static void test_in_free_fall_it_reads_nothing(void** state)
{
    (void)state;
    Rig r = rig_make(k_still, 1, 50);
    DdSensorDef def = sensor_def("imu", "imu", "bot", "imu");
    def.rate_hz = 500;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    // step 0, no step has ended: as if at rest; the site's x axis points down
    near(rig_latest(&r, c)[7], -9.81, 1e-9);
    rig_run(&r, 10);
    for (int i = 0; i < 3; i++) {
        near(rig_latest(&r, c)[7 + i], 0, 1e-9);
    }
    rig_free(&r);
}

// a wheel that turns without friction or torque: its rim is only accelerated towards the axle
static const char k_table[] = "<mujoco><option timestep='0.002' integrator='%s'/><worldbody>"
                              "<body name='table'><joint name='table/turn' axis='0 0 1'/>"
                              "<geom type='cylinder' size='1 .1' mass='10'/>"
                              "<site name='table/rim' pos='0.5 0 0'/></body></worldbody></mujoco>";

static void turntable(const char* integrator)
{
    char xml[1000];
    snprintf(xml, sizeof xml, k_table, integrator);
    Rig r = rig_make(xml, 1, 50);
    DdSensorDef def = sensor_def("imu", "imu", "table", "rim");
    def.rate_hz = 500;
    int imu = rig_sensor(&r, &def);
    def = sensor_def("twist", "twist", "table", "rim");
    def.rate_hz = 500;
    int twist = rig_sensor(&r, &def);
    r.d->qvel[0] = 4;
    rig_start(&r);
    rig_run(&r, 200);
    const double* v = rig_latest(&r, imu);
    near(v[4 + 2], 4, 1e-9);
    near(v[7], -4 * 4 * 0.5, 1e-9);
    near(v[8], 0, 1e-9);
    near(v[9], 9.81, 1e-9);
    const double* t = rig_latest(&r, twist);
    near(t[0], 0, 1e-9);
    near(t[1], 2, 1e-9);
    near(t[5], 4, 1e-9);
    // and a torque: tangential acceleration r * tau / I of the step that ended
    r.d->qfrc_applied[0] = 10;
    rig_run(&r, 1);
    double inertia = 0.5 * 10 * 1 * 1;
    near(rig_latest(&r, imu)[8], 0.5 * 10 / inertia, 1e-9);
    near(rig_latest(&r, imu)[7], -8, 1e-9);
    rig_free(&r);
}

static void test_on_a_turntable_it_reads_the_centripetal_force(void** state)
{
    (void)state;
    turntable("Euler");
    turntable("implicitfast");
}

// An arm that swings in the plane and out of it: MuJoCo's own accelerometer says the same.
static const char k_arm[] =
    "<mujoco><option timestep='0.002'/><worldbody>"
    "<body name='arm' pos='0 0 2'><joint axis='0 1 0'/><geom type='capsule' size='.05' fromto='0 0 "
    "0 .5 0 0'/>"
    "<body name='arm/fore' pos='.5 0 0'><joint axis='0 0 1'/><geom type='capsule' size='.05' "
    "fromto='0 0 0 .4 .1 0'/>"
    "<site name='arm/tip' pos='.4 .1 0' euler='10 20 30'/></body></body></worldbody>"
    "%s</mujoco>";

static void test_it_agrees_with_mujoco(void** state)
{
    (void)state;
    char xml[2000];
    snprintf(xml, sizeof xml, k_arm,
             "<sensor><accelerometer site='arm/tip'/><force site='arm/tip'/><torque "
             "site='arm/tip'/></sensor>");
    for (int native = 0; native < 2; native++) {
        // without MuJoCo's sensors the inverse dynamics is ours to run, after qvel has moved on
        char bare[2000];
        snprintf(bare, sizeof bare, k_arm, "");
        Rig with = rig_make(xml, 1, 50);
        Rig r = rig_make(native ? xml : bare, 1, 50);
        DdSensorDef def = sensor_def("imu", "imu", "arm", "tip");
        def.rate_hz = 100;
        int imu = rig_sensor(&r, &def);
        snprintf(def.name, sizeof def.name, "wrench");
        snprintf(def.kind, sizeof def.kind, "wrench");
        int wrench = rig_sensor(&r, &def);
        Rig* both[2] = {&with, &r};
        for (int i = 0; i < 2; i++) {
            both[i]->d->qvel[0] = 1;
            both[i]->d->qvel[1] = 3;
        }
        rig_start(&r);
        rig_start(&with);
        for (int k = 0; k < 100; k++) {
            rig_run(&r, 5);
            rig_run(&with, 5);
            for (int i = 0; i < 3; i++) {
                near(rig_latest(&r, imu)[7 + i], with.d->sensordata[i], 1e-9);
            }
            for (int i = 0; i < 6; i++) {
                near(rig_latest(&r, wrench)[i], with.d->sensordata[3 + i], 1e-9);
            }
        }
        rig_free(&r);
        rig_free(&with);
    }
}

static void test_bias_is_constant_in_a_run_and_differs_between_runs(void** state)
{
    (void)state;
    double bias[3];
    for (int run = 0; run < 3; run++) {
        Rig r = rig_make(k_still, run == 2 ? 1 : (uint64_t)run + 1, 50);
        DdSensorDef def = sensor_def("imu", "imu", "post", "imu");
        def.gyro_bias = 0.01;
        def.accel_bias = 0.1;
        int c = rig_sensor(&r, &def);
        rig_start(&r);
        bias[run] = rig_latest(&r, c)[9] - 9.81;
        double gyro = rig_latest(&r, c)[4];
        rig_run(&r, 100);
        near(rig_latest(&r, c)[9] - 9.81, bias[run], 1e-12);
        near(rig_latest(&r, c)[4], gyro, 0);
        assert_true(gyro != 0);
        rig_free(&r);
    }
    assert_true(bias[0] != bias[1]);
    assert_true(bias[0] == bias[2]);
}

static void test_truth_poses(void** state)
{
    (void)state;
    Rig r = rig_make(k_still, 1, 50);
    DdSensorDef def = sensor_def("pose", "pose", "bot", "imu");
    int c = rig_sensor(&r, &def);
    def = sensor_def("rel", "pose", "bot", "imu");
    snprintf(def.target, sizeof def.target, "post/imu");
    int rel = rig_sensor(&r, &def);
    rig_start(&r);
    // euler y 90: x axis down, z axis forward
    const double* v = rig_latest(&r, c);
    near(v[0], 0.3, 1e-12);
    near(v[1], 0.2, 1e-12);
    near(v[2], 1 - 0.1, 1e-12);
    near(fabs(v[3]), sqrt(0.5), 1e-12);
    const DdChannelDef* ch = dd_channels_def(r.ch, c);
    assert_true(ch->truth && !ch->measure);
    assert_string_equal(ch->frame, "world");
    assert_string_equal(ch->child_frame, "bot/imu");
    // seen from post/imu at (5, 0, 0), turned left by 90 degrees
    v = rig_latest(&r, rel);
    near(v[0], 0.2, 1e-12);
    near(v[1], -(0.3 - 5), 1e-12);
    near(v[2], 0.9, 1e-12);
    assert_string_equal(dd_channels_def(r.ch, rel)->frame, "post/imu");
    rig_free(&r);
}

static const char k_actor[] =
    "<mujoco><option timestep='0.01'/><worldbody>"
    "<body name='truck' mocap='true'><geom type='box' size='1 1 1' contype='0' conaffinity='0'/>"
    "<site name='truck/nose' pos='2 0 0'/></body></worldbody></mujoco>";

static void test_actors_have_velocities_too(void** state)
{
    (void)state;
    Rig r = rig_make(k_actor, 1, 100);
    DdSensorDef def = sensor_def("twist", "twist", "", "truck/nose");
    def.rate_hz = 100;
    int twist = rig_sensor(&r, &def);
    int speed = rig_measure(&r, "speed", "speed", "truck", "");
    int rate = rig_measure(&r, "rate", "yaw_rate", "truck", "");
    rig_start(&r);
    for (int k = 1; k <= 20; k++) {
        rig_finish_step(&r);
        // 3 m/s along its heading, turning left with 0.5 rad/s about its own origin
        double yaw = 0.5 * k * 0.01;
        dd_quat_from_yaw(r.d->mocap_quat, yaw);
        r.d->mocap_pos[0] += 0.03 * cos(yaw);
        r.d->mocap_pos[1] += 0.03 * sin(yaw);
        rig_sense(&r);
    }
    near(rig_latest(&r, speed)[0], 3, 1e-9);
    near(rig_latest(&r, rate)[0], 0.5, 1e-9);
    near(rig_latest(&r, twist)[0], 3, 0.01);
    near(rig_latest(&r, twist)[1], 0.5 * 2, 0.01);
    near(rig_latest(&r, twist)[5], 0.5, 1e-9);
    DdError err = {0};
    def = sensor_def("imu", "imu", "", "truck");
    Rig q = rig_make(k_actor, 1, 100);
    assert_int_equal(dd_sense_add_sensor(q.s, &def, &err), -1);
    assert_non_null(strstr(err.text, "actor"));
    rig_free(&q);
    rig_free(&r);
}

static Rig make_table(DdSensorDef* def, uint64_t seed)
{
    char xml[1000];
    snprintf(xml, sizeof xml, k_table, "Euler");
    Rig r = rig_make(xml, seed, 50);
    *def = sensor_def("imu", "imu", "table", "");
    def->rate_hz = 100;
    return r;
}

static void test_a_mount_is_a_lever_arm(void** state)
{
    (void)state;
    DdSensorDef def;
    Rig r = make_table(&def, 1);
    // 0.3 m along x and 0.4 m along y of the table, turned left by 90 degrees, then nose down
    def.rate_hz = 500;
    def.pos[0] = 0.3;
    def.pos[1] = 0.4;
    def.rpy[2] = DD_PI / 2;
    int turned = rig_sensor(&r, &def);
    snprintf(def.name, sizeof def.name, "down");
    def.rpy[1] = DD_PI / 2;
    int down = rig_sensor(&r, &def);
    assert_string_equal(dd_channels_def(r.ch, turned)->frame, "table/imu");
    r.d->qvel[0] = 4;
    rig_start(&r);
    near(rig_latest(&r, turned)[9], 9.81, 1e-12);
    r.d->qfrc_applied[0] = 10;
    rig_run(&r, 1);
    r.d->qfrc_applied[0] = 0;
    // tangential 2 rad/s^2 * (-0.4, 0.3), towards the axle 16 * (-0.3, -0.4); axes x' = y, y' = -x
    double ax = -0.4 * 2 - 16 * 0.3, ay = 0.3 * 2 - 16 * 0.4;
    const double* v = rig_latest(&r, turned);
    near(v[7], ay, 1e-9);
    near(v[8], -ax, 1e-9);
    near(v[9], 9.81, 1e-9);
    near(v[6], 4 + 2 * 0.002, 1e-9);
    // its x looks down, its z along y
    v = rig_latest(&r, down);
    near(v[7], -9.81, 1e-9);
    near(v[8], -ax, 1e-9);
    near(v[9], ay, 1e-9);
    near(v[4], -(4 + 2 * 0.002), 1e-9);
    rig_free(&r);
}

static void test_it_saturates_after_noise(void** state)
{
    (void)state;
    DdSensorDef def;
    Rig r = make_table(&def, 1);
    def.gyro_range = 2;
    def.accel_range = 9;
    def.noise = (DdNumbers){.n = 1, .v = {0.1}};
    int c = rig_sensor(&r, &def);
    r.d->qvel[0] = -4;
    rig_start(&r);
    near(rig_latest(&r, c)[6], -2, 0);
    near(rig_latest(&r, c)[9], 9, 0);
    rig_free(&r);
}

static void test_a_band_limit_comes_before_sampling(void** state)
{
    (void)state;
    DdSensorDef def;
    Rig r = make_table(&def, 1);
    def.pos[0] = 0.5;
    int plain = rig_sensor(&r, &def);
    snprintf(def.name, sizeof def.name, "limited");
    def.bandwidth_hz = 20;
    int limited = rig_sensor(&r, &def);
    rig_start(&r);
    near(rig_latest(&r, limited)[9], 9.81, 1e-12);
    // pushed to and fro at half the rate of physics: sampling alone folds that to a constant
    for (int k = 0; k < 400; k++) {
        r.d->qfrc_applied[0] = k % 2 ? 10 : -10;
        rig_run(&r, 1);
    }
    near(fabs(rig_latest(&r, plain)[8]), 0.5 * 10 / 5, 1e-9);
    near(rig_latest(&r, limited)[8], 0, 1e-6);
    near(rig_latest(&r, limited)[9], 9.81, 1e-9);
    // a constant push comes through whole
    for (int k = 0; k < 400; k++) {
        r.d->qfrc_applied[0] = 10;
        rig_run(&r, 1);
    }
    near(rig_latest(&r, limited)[8], 0.5 * 10 / 5, 1e-6);
    rig_free(&r);
}

static void test_scale_and_axes_differ_between_runs(void** state)
{
    (void)state;
    enum { RUNS = 300 };
    double scale = 0, across = 0, gyro = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        DdSensorDef def;
        Rig r = make_table(&def, seed);
        def.scale_error = 0.01;
        def.misalignment = 0.002;
        int c = rig_sensor(&r, &def);
        r.d->qvel[0] = 4;
        rig_start(&r);
        const double* v = rig_latest(&r, c);
        scale += pow(v[9] / 9.81 - 1, 2);
        across += pow(v[7] / 9.81, 2);
        gyro += pow(v[5] / 4, 2);
        double first = v[9];
        rig_run(&r, 10);
        near(rig_latest(&r, c)[9], first, 1e-9);
        rig_free(&r);
    }
    near(sqrt(scale / RUNS) / 0.01, 1, 4 / sqrt(2.0 * RUNS));
    near(sqrt(across / RUNS) / 0.002, 1, 4 / sqrt(2.0 * RUNS));
    near(sqrt(gyro / RUNS) / 0.002, 1, 4 / sqrt(2.0 * RUNS));
}

static void test_densities_make_the_noise_of_a_sample(void** state)
{
    (void)state;
    DdSensorDef def;
    Rig r = make_table(&def, 1);
    def.gyro_noise = 1e-4;
    def.accel_noise = 1e-3;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    double gyro = 0, accel = 0;
    enum { SAMPLES = 4000 };
    for (int k = 0; k < SAMPLES; k++) {
        const double* v = rig_latest(&r, c);
        gyro += v[4] * v[4];
        accel += v[7] * v[7];
        rig_run(&r, 5);
    }
    // N / sqrt(dt) with 100 samples a second
    near(sqrt(gyro / SAMPLES) / 1e-3, 1, 4 / sqrt(2.0 * SAMPLES));
    near(sqrt(accel / SAMPLES) / 1e-2, 1, 4 / sqrt(2.0 * SAMPLES));
    rig_free(&r);
}

static void test_rates_walk_off_with_the_root_of_time(void** state)
{
    (void)state;
    enum { RUNS = 300 };
    double square = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        DdSensorDef def;
        Rig r = make_table(&def, seed);
        def.gyro_walk = 0.01;
        def.rate_hz = 30; // gaps of 16 and 17 steps
        int c = rig_sensor(&r, &def);
        rig_start(&r);
        near(rig_latest(&r, c)[4], 0, 0);
        rig_run(&r, 500);
        square += rig_latest(&r, c)[4] * rig_latest(&r, c)[4];
        rig_free(&r);
    }
    near(sqrt(square / RUNS) / 0.01, 1, 4 / sqrt(2.0 * RUNS));
}

// What a restore point holds is enough to go on with the same numbers.
static void test_a_restore_point_holds_drift_and_filter(void** state)
{
    (void)state;
    double saved[256];
    DdSensorDef def;
    Rig r = make_table(&def, 4);
    def.gyro_instability = 1e-4;
    def.gyro_walk = 1e-4;
    def.bandwidth_hz = 20;
    int c = rig_sensor(&r, &def);
    r.d->qvel[0] = 2;
    rig_start(&r);
    rig_run(&r, 50);
    assert_true(dd_sense_state_size(r.s) <= 256);
    dd_sense_save(r.s, saved);

    Rig other = make_table(&def, 4);
    def.gyro_instability = 1e-4;
    def.gyro_walk = 1e-4;
    def.bandwidth_hz = 20;
    rig_sensor(&other, &def);
    dd_channels_start(other.ch);
    other.step = 50;
    other.d->qpos[0] = r.d->qpos[0];
    other.d->qvel[0] = r.d->qvel[0];
    DdError err = {0};
    dd_sense_load(other.s, saved);
    assert_true(dd_world_step1(other.w, &err));
    rig_run(&r, 20);
    rig_run(&other, 20);
    assert_memory_equal(rig_latest(&r, c), rig_latest(&other, c), 10 * sizeof(double));
    rig_free(&other);
    rig_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_rest_it_reads_the_reaction_to_gravity),
        cmocka_unit_test(test_in_free_fall_it_reads_nothing),
        cmocka_unit_test(test_on_a_turntable_it_reads_the_centripetal_force),
        cmocka_unit_test(test_it_agrees_with_mujoco),
        cmocka_unit_test(test_bias_is_constant_in_a_run_and_differs_between_runs),
        cmocka_unit_test(test_a_mount_is_a_lever_arm),
        cmocka_unit_test(test_it_saturates_after_noise),
        cmocka_unit_test(test_a_band_limit_comes_before_sampling),
        cmocka_unit_test(test_scale_and_axes_differ_between_runs),
        cmocka_unit_test(test_densities_make_the_noise_of_a_sample),
        cmocka_unit_test(test_rates_walk_off_with_the_root_of_time),
        cmocka_unit_test(test_a_restore_point_holds_drift_and_filter),
        cmocka_unit_test(test_truth_poses),
        cmocka_unit_test(test_actors_have_velocities_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
