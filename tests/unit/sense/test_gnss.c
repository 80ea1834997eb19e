// GNSS: places on the ellipsoid, dilution of precision between walls, the errors and what they are
// told to be, fixes lost and won back.
#include "tests/unit/sense/rig.h"

#include "sim/sense/drift.h"
#include "sim/sense/gnss_sky.h"

static const double k_origin[3] = {37.45, 126.60, 20};
static const double k_deg = DD_PI / 180;

static void test_points_become_places_on_the_ellipsoid(void** state)
{
    (void)state;
    static const double k_golden[][6] = {
        {100, 200, 5, 37.4518020148, 126.6011301658, 25.0039},
        {1000, -500, 0, 37.4454944034, 126.6113007175, 20.0980},
        {3000, 4000, 10, 37.4860353965, 126.6339204026, 31.9627},
        {0, 0, 0, 37.45, 126.60, 20},
    };
    for (size_t i = 0; i < sizeof k_golden / sizeof *k_golden; i++) {
        double lla[3];
        dd_geodetic_of(k_origin, k_golden[i], lla);
        near(lla[0], k_golden[i][3], 1e-9);
        near(lla[1], k_golden[i][4], 1e-9);
        near(lla[2], k_golden[i][5], 1e-4);
    }
    // over the pole and on the far side of the earth
    double lla[3];
    dd_geodetic_of((const double[3]){90, 0, 0}, (const double[3]){0, 0, 100}, lla);
    near(lla[0], 90, 1e-9);
    near(lla[2], 100, 1e-6);
    dd_geodetic_of((const double[3]){-33, -70, 500}, (const double[3]){0, 0, 1}, lla);
    near(lla[0], -33, 1e-9);
    near(lla[1], -70, 1e-9);
    near(lla[2], 501, 1e-6);
}

static void test_markov_processes_have_their_golden_numbers(void** state)
{
    (void)state;
    near(dd_markov_next(1, 1, 1.5, 400, 0), 0.997503122, 1e-9);
    near(dd_markov_next(0, 1, 1.5, 400, 1), 0.105934, 1e-6);
    near(dd_markov_next(1, 0.1, 0.3, 60, 0), 0.998334721, 1e-9);
    near(dd_markov_next(0, 0.1, 0.3, 60, 1), 0.017306, 1e-6);
}

// Walls 12 m above the antenna that run north and south without end hide what lies below them.
static int seen_between(const DdSky* sky, double west, double east, bool* seen)
{
    int n = 0;
    for (int k = 0; k < sky->n; k++) {
        double x = sky->dir[k][0], up = sky->dir[k][2];
        double wall = x > 0 ? east : west;
        seen[k] = !(wall > 0) || x == 0 || up / fabs(x) * wall > 12;
        n += seen[k];
    }
    return n;
}

static void test_dilution_between_walls_is_that_of_the_table(void** state)
{
    (void)state;
    static const struct {
        double west, east;
        int seen;
        double h, e, n, v;
    } k_scenes[] = {
        {0, 0, 30, 0.47, 0.34, 0.33, 0.77}, {0, 10, 24, 0.62, 0.50, 0.36, 0.91},
        {0, 4, 18, 0.89, 0.79, 0.42, 1.04}, {15, 15, 21, 0.68, 0.57, 0.37, 1.01},
        {6, 6, 10, 1.78, 1.64, 0.69, 1.60}, {3, 3, 6, 4.08, 4.01, 0.76, 1.73},
    };
    DdSky sky;
    dd_sky_make(&sky, 30, 10 * k_deg);
    for (size_t i = 0; i < sizeof k_scenes / sizeof *k_scenes; i++) {
        bool seen[DD_SATELLITES_MAX];
        double dop[3];
        assert_int_equal(seen_between(&sky, k_scenes[i].west, k_scenes[i].east, seen),
                         k_scenes[i].seen);
        assert_true(dd_sky_dop(&sky, seen, dop));
        near(dop[0], k_scenes[i].e, 0.005);
        near(dop[1], k_scenes[i].n, 0.005);
        near(dop[2], k_scenes[i].v, 0.005);
        near(sqrt(dop[0] * dop[0] + dop[1] * dop[1]), k_scenes[i].h, 0.005);
    }
    bool few[DD_SATELLITES_MAX] = {true, true, true};
    double dop[3];
    assert_false(dd_sky_dop(&sky, few, dop));
}

// An antenna 1 m above the ground between two walls whose tops are 12 m above it.
static Rig make_lane(double distance, double dt, DdSensorDef* def, uint64_t seed)
{
    char xml[2000];
    snprintf(xml, sizeof xml,
             "<mujoco><option timestep='%g'/><worldbody>"
             "<geom type='plane' size='100 100 1'/>"
             "<body name='west' pos='%g 0 6.5'><geom type='box' size='.05 3000 6.5'/></body>"
             "<body name='east' pos='%g 0 6.5'><geom type='box' size='.05 3000 6.5'/></body>"
             "<body name='mast' pos='10 20 1'><geom size='.01'/></body>"
             "</worldbody></mujoco>",
             dt, 10 - distance - 0.05, 10 + distance + 0.05);
    Rig r = rig_make(xml, seed, 1);
    *def = sensor_def("gnss", "gnss", "", "mast");
    def->rate_hz = 1 / dt < 5 ? 1 / dt : 5;
    snprintf(def->exclude.v[0], DD_NAME_MAX, "mast");
    def->exclude.n = 1;
    return r;
}

static void enu_of(const double* v, double enu[3])
{
    // small area, good to a millimetre here
    double s = sin(k_origin[0] * k_deg), e2 = 0.00669437999014;
    double rn = 6378137 / sqrt(1 - e2 * s * s);
    double rm = rn * (1 - e2) / (1 - e2 * s * s);
    enu[0] = (v[1] - k_origin[1]) * k_deg * (rn + k_origin[2]) * cos(k_origin[0] * k_deg);
    enu[1] = (v[0] - k_origin[0]) * k_deg * (rm + k_origin[2]);
    enu[2] = v[2] - k_origin[2];
}

static void test_rays_hide_what_the_walls_hide(void** state)
{
    (void)state;
    // autonomous, so that a fix remains: its variance says what the dilution is
    static const double k_expected[][3] = {{15, 0.57 / 0.34, 0.37 / 0.33},
                                           {6, 1.64 / 0.34, 0.69 / 0.33}};
    for (int i = 0; i < 2; i++) {
        DdSensorDef def;
        Rig r = make_lane(k_expected[i][0], 0.1, &def, 1);
        int c = rig_sensor(&r, &def);
        rig_start(&r);
        const double* v = rig_latest(&r, c);
        int seen = i == 0 ? 21 : 10;
        double echo = 0.3 + 3 * (1 - seen / 30.0);
        double open = 1.8 * 1.8 + 0.3 * 0.3;
        near(sqrt((v[4] - echo * echo) / open), k_expected[i][1], 0.05);
        near(sqrt((v[8] - echo * echo) / open), k_expected[i][2], 0.05);
        assert_true(v[3] == 0 && v[13] == 2);
        assert_true(v[5] == 0 && v[6] == 0 && v[9] == 0);
        rig_free(&r);
    }
}

static void test_the_covariance_is_that_of_the_samples(void** state)
{
    (void)state;
    static const int k_fix[] = {4, 3, 0}; // rtk_fixed, rtk_float, autonomous
    for (int i = 0; i < 3; i++) {
        DdSensorDef def;
        Rig r = make_lane(500, 1, &def, 7);
        def.fix = k_fix[i];
        def.multipath = false;
        int c = rig_sensor(&r, &def);
        int velocity = dd_channels_find(r.ch, "gnss_velocity");
        assert_true(velocity >= 0);
        rig_start(&r);
        double sum[3] = {0}, square[3] = {0}, speed[3] = {0};
        int n = i == 2 ? 600000 : 120000;
        const double* v = NULL;
        for (int k = 0; k < n; k++) {
            rig_run(&r, 1);
            v = rig_latest(&r, c);
            double enu[3];
            enu_of(v, enu);
            for (int a = 0; a < 3; a++) {
                double error = enu[a] - (a == 0 ? 10 : a == 1 ? 20 : 1);
                sum[a] += error;
                square[a] += error * error;
                speed[a] += rig_latest(&r, velocity)[a] * rig_latest(&r, velocity)[a];
            }
        }
        // a thousand to two thousand correlation times: the deviation is known to 3 % or so
        for (int a = 0; a < 3; a++) {
            near(sqrt(square[a] / n) / sqrt(v[4 + 4 * a]), 1, 0.12);
            near(sum[a] / n / sqrt(v[4 + 4 * a]), 0, 0.15);
            near(sqrt(speed[a] / n), a == 2 ? 0.1 : 0.05, 0.001);
        }
        assert_true(v[3] == (i == 2 ? 0 : 2));
        rig_free(&r);
    }
}

static void test_fixes_are_lost_at_once_and_won_back_slowly(void** state)
{
    (void)state;
    DdSensorDef def;
    Rig r = make_lane(500, 0.1, &def, 3);
    def.fix = 4;
    def.rate_hz = 10;
    def.outages.n = 2;
    def.outages.v[0] = 5;
    def.outages.v[1] = 8;
    int c = rig_sensor(&r, &def);
    int velocity = dd_channels_find(r.ch, "gnss_velocity");
    rig_start(&r);
    // variance east tells the level: fixed, none, then code, float, fixed
    double fixed = 0.006 * 0.006 + 0.004 * 0.004 + 0.005 * 0.005;
    double floating = 0.25 * 0.25 + 0.03 * 0.03 + 0.005 * 0.005;
    double code = 1.0 + 0.15 * 0.15 + 0.3 * 0.3;
    static const double k_none = -1;
    struct {
        double from, to, variance;
    } spans[] = {{0, 4.95, fixed},
                 {5.05, 9.85, k_none},
                 {10.15, 14.85, code},
                 {15.15, 29.8, floating},
                 {30.2, 35, fixed}};
    for (int k = 0; k < 350; k++) {
        double t = (double)r.step * 0.1;
        const double* v = rig_latest(&r, c);
        for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
            if (t < spans[i].from || t > spans[i].to) {
                continue;
            }
            if (spans[i].variance == k_none) {
                assert_true(isnan(v[0]) && isnan(v[1]) && isnan(v[2]) && v[3] == -1 && v[13] == 0);
                assert_true(isnan(rig_latest(&r, velocity)[0]));
            } else {
                near(v[4], spans[i].variance, 1e-9);
                assert_true(isfinite(v[0]));
            }
        }
        rig_run(&r, 1);
    }
    rig_free(&r);
}

static void test_no_fix_between_close_walls(void** state)
{
    (void)state;
    DdSensorDef def;
    Rig r = make_lane(3, 0.1, &def, 3);
    def.fix = 4;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    // six satellites: a float fix is the best there is
    near(rig_latest(&r, c)[3], 2, 0);
    assert_true(rig_latest(&r, c)[4] > 0.25 * 0.25 * 9);
    rig_free(&r);
    r = make_lane(0.6, 0.1, &def, 3);
    c = rig_sensor(&r, &def);
    rig_start(&r);
    near(rig_latest(&r, c)[3], -1, 0);
    rig_free(&r);
}

static void test_actors_and_masts_that_turn_have_velocities(void** state)
{
    (void)state;
    Rig r = rig_make("<mujoco><option timestep='0.1'/><worldbody>"
                     "<body name='truck' mocap='true'><geom type='box' size='1 1 .5' contype='0' "
                     "conaffinity='0'/></body></worldbody></mujoco>",
                     1, 10);
    DdSensorDef def = sensor_def("gnss", "gnss", "", "truck");
    def.fix = 4;
    def.rate_hz = 10;
    def.pos[0] = 2; // in front of the origin
    def.pos[2] = 1;
    def.velocity_noise = 0;
    rig_sensor(&r, &def);
    int velocity = dd_channels_find(r.ch, "gnss_velocity");
    rig_start(&r);
    for (int k = 1; k <= 20; k++) {
        rig_finish_step(&r);
        // 3 m/s east while it turns left with 0.5 rad/s
        r.d->mocap_pos[0] = 0.3 * k;
        dd_quat_from_yaw(r.d->mocap_quat, 0.5 * 0.1 * k);
        rig_sense(&r);
    }
    const double* v = rig_latest(&r, velocity);
    near(v[0], 3 - 0.5 * 2 * sin(0.5 * 2), 1e-9);
    near(v[1], 0.5 * 2 * cos(0.5 * 2), 1e-9);
    near(v[2], 0, 1e-12);
    assert_string_equal(dd_channels_def(r.ch, velocity)->frame, "world");
    rig_free(&r);
}

static void test_a_restore_point_holds_all_of_it(void** state)
{
    (void)state;
    DdSensorDef def;
    Rig r = make_lane(15, 0.1, &def, 9);
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    rig_run(&r, 40);
    double saved[64], after[3];
    assert_true(dd_sense_state_size(r.s) <= 64);
    dd_sense_save(r.s, saved);
    rig_run(&r, 20);
    memcpy(after, rig_latest(&r, c), sizeof after);
    // another run of the same seed goes on from there and gives the same numbers
    Rig other = make_lane(15, 0.1, &def, 9);
    assert_int_equal(rig_sensor(&other, &def), c);
    dd_channels_start(other.ch);
    other.step = 40;
    dd_sense_load(other.s, saved);
    DdError err = {0};
    assert_true(dd_world_step1(other.w, &err));
    rig_run(&other, 20);
    assert_memory_equal(after, rig_latest(&other, c), sizeof after);
    rig_free(&other);
    rig_free(&r);
}

static void expect_refused(const DdSensorDef* def, const char* part)
{
    DdSensorDef lane;
    Rig r = make_lane(15, 0.1, &lane, 9);
    DdError err = {0};
    assert_int_equal(dd_sense_add_sensor(r.s, def, &err), -1);
    if (!strstr(err.text, part)) {
        fail_msg("says '%s', not '%s'", err.text, part);
    }
    rig_free(&r);
}

static void test_wrong_numbers_are_refused(void** state)
{
    (void)state;
    DdSensorDef def = sensor_def("gnss", "gnss", "", "mast");
    def.rate_hz = 5;
    DdSensorDef bad = def;
    bad.satellites = 3;
    expect_refused(&bad, "satellites must be 4 to 64, got 3");
    bad = def;
    bad.outages.n = 3;
    expect_refused(&bad, "outages must be pairs of seconds, from and to, got 3 numbers");
    bad = def;
    bad.outages = (DdNumbers){.n = 2, .v = {8, 5}};
    expect_refused(&bad, "an outage must end after it begins, got 8 to 5 s");
    bad = def;
    bad.elevation_mask = 2;
    expect_refused(&bad, "elevation_mask must be below");
    bad = def;
    bad.noise = (DdNumbers){.n = 1, .v = {1}};
    expect_refused(&bad, "takes no noise");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points_become_places_on_the_ellipsoid),
        cmocka_unit_test(test_markov_processes_have_their_golden_numbers),
        cmocka_unit_test(test_dilution_between_walls_is_that_of_the_table),
        cmocka_unit_test(test_rays_hide_what_the_walls_hide),
        cmocka_unit_test(test_the_covariance_is_that_of_the_samples),
        cmocka_unit_test(test_fixes_are_lost_at_once_and_won_back_slowly),
        cmocka_unit_test(test_no_fix_between_close_walls),
        cmocka_unit_test(test_actors_and_masts_that_turn_have_velocities),
        cmocka_unit_test(test_a_restore_point_holds_all_of_it),
        cmocka_unit_test(test_wrong_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
