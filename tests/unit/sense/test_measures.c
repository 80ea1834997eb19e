// Measures of pose, motion and work against closed forms.
#include "tests/unit/sense/rig.h"

static const char k_dock[] =
    "<mujoco><option timestep='0.002' gravity='0 0 0'/><worldbody>"
    "<body name='amr' pos='1 2 0.5'><freejoint/><geom type='box' size='.5 .3 .2' mass='10'/>"
    "<site name='amr/dock' pos='.5 0 0'/></body>"
    "<body name='bay' pos='3 2 0' euler='0 0 90'><geom type='box' size='.1 1 1'/>"
    "<site name='bay/west' pos='-.1 0 .5' euler='0 0 180'/></body>"
    "<body name='spot' pos='1 2 0'><geom type='box' size='1 .1 .001' pos='.5 .65 0' contype='0' "
    "conaffinity='0'/>"
    "<geom type='box' size='1 .1 .001' pos='.5 -.15 0' contype='0' conaffinity='0'/></body>"
    "</worldbody></mujoco>";

static void set(Rig* r, double x, double y, double z, const double quat[4])
{
    r->d->qpos[0] = x;
    r->d->qpos[1] = y;
    r->d->qpos[2] = z;
    memcpy(r->d->qpos + 3, quat, 4 * sizeof(double));
}

static void test_relative_poses(void** state)
{
    (void)state;
    Rig r = rig_make(k_dock, 1, 500);
    int dist = rig_measure(&r, "dist", "distance", "amr/dock", "bay/west");
    int pose = rig_measure(&r, "pose", "pose_error", "amr/dock", "bay/west");
    int yaw = rig_measure(&r, "yaw", "yaw_error", "amr/dock", "bay/west");
    DdError err = {0};
    DdMeasureDef def = measure_def("facing", "yaw_error", "amr/dock", "bay/west");
    def.offset = DD_PI;
    int facing = dd_sense_add_measure(r.s, &def, &err);
    int angle = rig_measure(&r, "angle", "angle_error", "amr", "bay");
    int height = rig_measure(&r, "height", "height", "amr", "");
    int above = rig_measure(&r, "above", "height", "amr", "bay/west");
    int tilt = rig_measure(&r, "tilt", "tilt", "amr", "");
    def = measure_def("in", "inside", "amr", "bay");
    def.half[0] = 1;
    def.half[1] = 5;
    def.half[2] = 2;
    int in = dd_sense_add_measure(r.s, &def, &err);
    def.half[2] = 0;
    snprintf(def.name, sizeof def.name, "flat");
    int flat = dd_sense_add_measure(r.s, &def, &err);
    int box = rig_measure(&r, "box", "inside", "amr", "bay");
    int spot = rig_measure(&r, "spot", "inside", "amr", "spot");
    assert_true(in >= 0 && facing >= 0 && flat >= 0);
    assert_string_equal(dd_channels_def(r.ch, yaw)->unit, "rad");
    assert_string_equal(dd_channels_def(r.ch, dist)->unit, "m");
    assert_true(dd_channels_def(r.ch, dist)->truth && dd_channels_def(r.ch, dist)->measure);
    rig_start(&r);
    // the bay is turned by 90 degrees: its west face is at (3, 1.9, 0.5) and looks along -y
    near(rig_latest(&r, dist)[0], hypot(3 - 1.5, 0.1), 1e-12);
    near(rig_latest(&r, pose)[0], hypot(3 - 1.5, 0.1), 1e-12);
    near(rig_latest(&r, yaw)[0], DD_PI / 2, 1e-12);
    near(rig_latest(&r, facing)[0], DD_PI / 2, 1e-12);
    near(rig_latest(&r, angle)[0], DD_PI / 2, 1e-12);
    near(rig_latest(&r, height)[0], 0.5, 1e-12);
    near(rig_latest(&r, above)[0], 0, 1e-12);
    near(rig_latest(&r, tilt)[0], 0, 1e-12);
    // in the bay's frame the robot is at (0, 2, 0.5)
    near(rig_latest(&r, in)[0], 1, 1e-12);
    near(rig_latest(&r, flat)[0], 1, 1e-12);
    near(rig_latest(&r, box)[0], -1, 1e-12);    // the bay's own box reaches 1 m in y
    near(rig_latest(&r, spot)[0], 0.25, 1e-12); // painted from 0.5 to 2.5 and 1.75 to 2.75

    // docked: it looks along +y into the face, whose x axis looks out
    double q[4];
    dd_quat_from_yaw(q, DD_PI / 2 + 0.01);
    set(&r, 3, 1.4, 0.5, q);
    rig_run(&r, 1);
    near(rig_latest(&r, facing)[0], 0.01, 1e-9);
    near(rig_latest(&r, yaw)[0], DD_PI - 0.01, 1e-9);
    near(rig_latest(&r, dist)[0], 0.005, 1e-6);

    // rolled over by 3 rad and out of the box
    double rotvec[3] = {3, 0, 0};
    dd_quat_from_rotvec(q, rotvec);
    set(&r, 1, 4.5, 7, q);
    rig_run(&r, 1);
    near(rig_latest(&r, tilt)[0], 3, 1e-3); // the touch at the dock has pushed it a little
    near(rig_latest(&r, in)[0], -5, 1e-3);
    near(rig_latest(&r, flat)[0], -1.5, 1e-3); // height does not matter
    rig_free(&r);
}

static void test_motion_and_path(void** state)
{
    (void)state;
    Rig r = rig_make(k_dock, 1, 10);
    int speed = rig_measure(&r, "speed", "speed", "amr/dock", "");
    int rate = rig_measure(&r, "rate", "yaw_rate", "amr", "");
    int path = rig_measure(&r, "path", "path_length", "amr", "");
    int away = rig_measure(&r, "away", "displacement", "amr", "");
    int still = rig_measure(&r, "still", "speed", "bay", "");
    r.d->qvel[0] = 0.6;
    r.d->qvel[1] = 0.8;
    r.d->qvel[2] = 0.2;
    r.d->qvel[5] = 2;
    rig_start(&r);
    near(rig_latest(&r, path)[0], 0, 0);
    // the dock frame is half a metre ahead of the turning centre: + (0, 1, 0)
    near(rig_latest(&r, speed)[0], sqrt(0.6 * 0.6 + 1.8 * 1.8 + 0.04), 1e-9);
    near(rig_latest(&r, rate)[0], 2, 1e-9);
    near(rig_latest(&r, still)[0], 0, 0);
    rig_run(&r, 500);
    near(rig_latest(&r, path)[0], 1, 1e-9); // planar
    near(rig_latest(&r, away)[0], 1, 1e-9);
    rig_finish_step(&r);
    r.d->qvel[0] = -0.6;
    r.d->qvel[1] = -0.8;
    rig_sense(&r);
    rig_run(&r, 499);
    near(rig_latest(&r, path)[0], 2, 1e-9);
    near(rig_latest(&r, away)[0], 0.004, 1e-9);
    rig_free(&r);
}

// a hoist that lifts 5 kg at 0.5 m/s, then lowers it
static const char k_hoist[] =
    "<mujoco><option timestep='0.001'/><worldbody><body name='hoist' pos='0 0 1'>"
    "<joint name='hoist/up' type='slide' axis='0 0 1'/><geom size='.1' mass='5'/>"
    "<body name='hoist/fan'><joint name='hoist/spin' axis='0 0 1'/><inertial pos='0 0 0' "
    "mass='1e-6' diaginertia='1 1 1'/></body></body>"
    "<body name='idle' pos='3 0 1'><joint name='idle/up' type='slide' axis='0 0 1'/><geom "
    "size='.1' mass='5'/></body>"
    "</worldbody>"
    "<actuator><motor name='hoist/m' joint='hoist/up' gear='2'/>"
    "<motor name='idle/m' joint='idle/up'/></actuator></mujoco>";

static void test_energy_is_the_work_done(void** state)
{
    (void)state;
    Rig r = rig_make(k_hoist, 1, 10);
    int energy = rig_measure(&r, "energy", "energy", "hoist", "");
    int fast = rig_measure(&r, "fast", "joint_speed", "hoist", "");
    r.d->ctrl[0] = (5 + 1e-6) * 9.81 / 2;
    r.d->qvel[0] = 0.5;
    r.d->qvel[1] = -7;
    rig_start(&r);
    near(rig_latest(&r, fast)[0], 7, 1e-9);
    rig_run(&r, 2000);
    near(rig_latest(&r, energy)[0], 5 * 9.81 * 1, 1e-4);
    // lowering gives nothing back
    rig_finish_step(&r);
    r.d->qvel[0] = -0.5;
    rig_sense(&r);
    rig_run(&r, 1999);
    near(rig_latest(&r, energy)[0], 5 * 9.81 * 1.0005, 1e-4);
    rig_free(&r);
}

static void expect_error(Rig* r, DdMeasureDef def, const char* text)
{
    DdError err = {0};
    assert_int_equal(dd_sense_add_measure(r->s, &def, &err), -1);
    assert_int_equal(err.code, DD_ERROR_SCRIPT);
    if (!strstr(err.text, text)) {
        fail_msg("'%s' does not say '%s'", err.text, text);
    }
}

static void test_wrong_measures_are_refused(void** state)
{
    (void)state;
    Rig r = rig_make(k_dock, 1, 10);
    expect_error(&r, measure_def("x", "distanse", "amr", "bay"), "did you mean 'distance'");
    expect_error(&r, measure_def("x", "distance", "amr/dok", "bay"), "did you mean 'amr/dock'");
    expect_error(&r, measure_def("x", "distance", "amr", ""), "b must name a thing or a frame");
    expect_error(&r, measure_def("x", "tilt", "zzzzzzzzz", ""), "there is no thing or frame");
    expect_error(&r, measure_def("x", "clearance", "amr/dock", "bay"), "without a shape");
    expect_error(&r, measure_def("x", "inside", "amr", "bay/west"), "half");
    expect_error(&r, measure_def("x", "joint_speed", "amr", ""), "no hinge");
    expect_error(&r, measure_def("", "tilt", "amr", ""), "name");
    DdMeasureDef def = measure_def("x", "clearance", "amr", "bay");
    def.within = -1;
    expect_error(&r, def, "within");
    rig_measure(&r, "tilt", "tilt", "amr", "");
    expect_error(&r, measure_def("tilt", "tilt", "bay", ""), "already");
    rig_free(&r);
}

static void test_the_tables_are_complete(void** state)
{
    (void)state;
    int n;
    const DdSenseKind* k = dd_sensor_kinds(&n);
    assert_true(n >= 16);
    for (int i = 0; i < n; i++) {
        assert_true(k[i].name && k[i].doc && k[i].unit && k[i].reads);
        char reads[2000];
        snprintf(reads, sizeof reads, "%s", k[i].reads);
        for (char* at = strtok(reads, " "); at; at = strtok(NULL, " ")) {
            assert_non_null(dd_field_find(dd_sensor_fields, at));
        }
    }
    k = dd_measure_kinds(&n);
    assert_int_equal(n, 17);
    for (int i = 0; i < n; i++) {
        assert_true(k[i].name && k[i].doc && k[i].unit && k[i].reads);
        char reads[500];
        snprintf(reads, sizeof reads, "%s", k[i].reads);
        for (char* at = strtok(reads, " "); at; at = strtok(NULL, " ")) {
            assert_non_null(dd_field_find(dd_measure_fields, at));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relative_poses),
        cmocka_unit_test(test_motion_and_path),
        cmocka_unit_test(test_energy_is_the_work_done),
        cmocka_unit_test(test_wrong_measures_are_refused),
        cmocka_unit_test(test_the_tables_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
