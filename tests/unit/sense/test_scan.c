// Laser scanners in a plane and ultrasonic sensors: order, stamps, what is not there, restore
// points in mid-sweep.
#include <glob.h>
#include <stdlib.h>

#include "rig.h"

#include "sim/sense/lidar.h"

static const char k_room[] =
    "<mujoco><option timestep='0.002' gravity='0 0 0'/><worldbody>"
    "<geom name='room' type='box' size='10 8 4' contype='0' conaffinity='0' rgba='1 1 1 1'/>"
    "<body name='cart'><joint type='slide' axis='1 0 0'/><joint type='slide' axis='0 1 0'/>"
    "<joint type='hinge' axis='0 0 1'/><inertial pos='0 0 0' mass='10' diaginertia='1 1 1'/>"
    "<site name='mast' pos='0.3 0.1 0.5' euler='0 0 20'/></body>"
    "<body name='crate' pos='4 0 0'><joint type='slide' axis='0 1 0'/>"
    "<geom type='box' size='.5 .5 .5' contype='0' conaffinity='0'/></body>"
    "</worldbody></mujoco>";

static DdSensorDef preset(const char* name, const char* frame)
{
    char path[200];
    DdError err = {0};
    DdSensorDef def = sensor_def("scan", "scan", "", frame);
    snprintf(path, sizeof path, "sensors/%s.json", name);
    json_t* j = json_load_file(path, 0, NULL);
    assert_non_null(j);
    if (!dd_sensor_preset_apply(name, j, &def, &err)) {
        fail_msg("%s", err.text);
    }
    json_decref(j);
    return def;
}

static DdSensorDef ideal(const char* name, const char* frame)
{
    DdSensorDef def = preset(name, frame);
    def.sigma = def.sigma_weak = def.false_alarms = def.range_half = 0;
    def.divergence = def.resolution = def.latency_s = 0;
    return def;
}

static const DdSample* scan(const Rig* r, int channel)
{
    const DdSample* s = dd_channels_latest(r->ch, channel, INT64_MAX / 2);
    if (!s) {
        fail_msg("no scan by step %d", (int)r->step);
    }
    return s;
}

// Every range from the pose at the ray's own time, the world as MuJoCo sees it.
static void test_order_and_motion(void** state)
{
    (void)state;
    Rig r = rig_make(k_room, 1, 10);
    DdSensorDef def = ideal("scan_tim781", "mast");
    def.rate_hz = 12.5;
    def.slices = 40;
    rig_names(&def.exclude, 1, "crate");
    int c = rig_sensor(&r, &def);
    const DdChannelDef* ch = dd_channels_def(r.ch, c);
    const double* meta = ch->meta;
    const double deg = DD_PI / 180, v[3] = {2, -1, 0.9};
    assert_int_equal(ch->count, 811);
    assert_false(ch->picture);
    near(meta[DD_SCAN_ANGLE_MIN], -135 * deg, 1e-6);
    near(meta[DD_SCAN_ANGLE_INCREMENT], deg / 3, 1e-6);
    // the mirror turns all the way round
    near(meta[DD_SCAN_TIME], 0.08, 1e-12);
    near(meta[DD_SCAN_TIME_INCREMENT], 0.08 / 1080, 1e-9);
    near(meta[DD_SCAN_RANGE_MAX], 25, 0);
    memcpy(r.d->qvel, v, sizeof v);
    rig_start(&r);
    rig_run(&r, 80);
    const DdSample* s = scan(&r, c);
    assert_int_equal(s->step, 40);
    // the last of 270 degrees is there after three quarters of the turn, 30 steps
    assert_int_equal(s->avail_step, 40 + 31);
    for (int i = 0; i < 811; i++) {
        double t = 0.08 + i * meta[DD_SCAN_TIME_INCREMENT];
        double a = meta[DD_SCAN_ANGLE_MIN] + i * meta[DD_SCAN_ANGLE_INCREMENT];
        DdPose cart = dd_pose_make(v[0] * t, v[1] * t, 0, v[2] * t);
        DdPose mast = dd_pose_mul(cart, dd_pose_make(0.3, 0.1, 0.5, 20 * deg));
        double dir[3] = {cos(a), sin(a), 0}, to[3], nearest = INFINITY;
        const double half[3] = {10, 8, 4};
        dd_quat_rotate(to, mast.quat, dir);
        for (int k = 0; k < 2; k++) {
            double x = ((to[k] < 0 ? -half[k] : half[k]) - mast.pos[k]) / to[k];
            nearest = x < nearest ? x : nearest;
        }
        near(s->values[i], nearest, 1e-5);
        assert_true(s->values[811 + i] > 0 && s->values[811 + i] <= 100);
    }
    rig_free(&r);
}

static void test_what_is_not_there(void** state)
{
    (void)state;
    Rig r = rig_make(k_room, 1, 10);
    DdSensorDef def = ideal("scan_tim781", "mast");
    def.range_min = 3.6;
    def.range_max = 9;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    rig_run(&r, 33);
    const DdSample* s = scan(&r, c);
    int near_ones = 0, none = 0, seen = 0;
    for (int i = 0; i < 811; i++) {
        double x = s->values[i];
        near_ones += x == -INFINITY;
        none += x == INFINITY;
        seen += isfinite(x);
        assert_true(isfinite(x) ? x >= 3.6 && x <= 9 : s->values[811 + i] == 0);
    }
    // the crate is too near, the walls ahead and behind too far
    assert_true(near_ones > 20 && none > 50 && seen > 200);
    assert_int_equal(near_ones + none + seen, 811);
    rig_free(&r);
}

static void test_full_circle(void** state)
{
    (void)state;
    Rig r = rig_make(k_room, 1, 10);
    DdSensorDef def = ideal("scan_tim781", "mast");
    def.fov[0] = 2 * DD_PI;
    def.rays = 360;
    int c = rig_sensor(&r, &def);
    near(dd_channels_def(r.ch, c)->meta[DD_SCAN_ANGLE_INCREMENT], DD_PI / 180, 1e-12);
    rig_start(&r);
    rig_run(&r, 500);
    // one every 33 or 34 steps, never two at a time
    assert_in_range(scan(&r, c)->sequence, 13, 15);
    rig_free(&r);
}

static Rig noisy_rig(int* channel)
{
    Rig r = rig_make(k_room, 4, 10);
    DdSensorDef def = preset("scan_safety_275_slow", "mast");
    *channel = rig_sensor(&r, &def);
    const double v[4] = {1, -0.5, 0.7, 0.8};
    memcpy(r.d->qvel, v, sizeof v);
    return r;
}

// Saved in mid-sweep, a fresh run gives the same scans to the bit, as does the live one.
static void test_restored_in_mid_sweep(void** state)
{
    (void)state;
    for (int at = 45; at < 67; at++) {
        int c;
        DdError err = {0};
        Rig f = noisy_rig(&c), g = noisy_rig(&c), h = noisy_rig(&c);
        rig_start(&f);
        rig_run(&f, at - 1);
        rig_finish_step(&f);
        double* world = calloc((size_t)dd_world_state_size(f.w), sizeof *world);
        double* channels = calloc((size_t)dd_channels_state_size(f.ch), sizeof *channels);
        double* sense = calloc((size_t)dd_sense_state_size(f.s), sizeof *sense);
        dd_world_save(f.w, world);
        dd_channels_save(f.ch, channels);
        dd_sense_save(f.s, sense);
        dd_channels_start(g.ch);
        Rig* both[2] = {&f, &g};
        for (int i = 0; i < 2; i++) {
            assert_true(dd_world_load(both[i]->w, at, world, &err));
            dd_channels_load(both[i]->ch, INT64_MAX, channels);
            dd_sense_load(both[i]->s, sense);
            both[i]->step = at;
            rig_sense(both[i]);
            rig_run(both[i], 70);
        }
        rig_start(&h);
        rig_run(&h, at + 70);
        const DdSample *a = scan(&f, c), *b = scan(&g, c), *never = scan(&h, c);
        assert_int_equal(a->step, b->step);
        assert_int_equal(a->step, never->step);
        assert_int_equal(a->sequence, b->sequence);
        assert_memory_equal(a->values, b->values, (size_t)a->n * sizeof *a->values);
        assert_memory_equal(a->values, never->values, (size_t)a->n * sizeof *a->values);
        free(world);
        free(channels);
        free(sense);
        rig_free(&f);
        rig_free(&g);
        rig_free(&h);
    }
}

static void refuse(DdSensorDef def, const char* part)
{
    Rig r = rig_make(k_room, 1, 10);
    DdError err = {0};
    assert_int_equal(dd_sense_add_sensor(r.s, &def, &err), -1);
    if (!strstr(err.text, part)) {
        fail_msg("'%s' does not say '%s'", err.text, part);
    }
    rig_free(&r);
}

static void test_errors(void** state)
{
    (void)state;
    DdSensorDef def = preset("scan_tim781", "mast");
    def.rays = 1000000000;
    refuse(def, "rays must be 2 to 500000 per sweep");
    def = preset("scan_tim781", "mast");
    def.fov[0] = 0;
    refuse(def, "fov must be above 0 and at most 360 degrees, got 0");
    def.fov[0] = 7;
    refuse(def, "fov must be above 0 and at most 360 degrees, got 401");
    def = preset("scan_tim781", "mast");
    def.range_max = 0.01;
    refuse(def, "range_max must be greater than range_min");
    def = preset("scan_tim781", "most");
    refuse(def, "did you mean 'mast'?");
    def = preset("ultrasonic_wide", "mast");
    def.fov[0] = 0;
    refuse(def, "fov must be above 0 and below 180 degrees");
    def = preset("ultrasonic_wide", "mast");
    def.rays = 100000;
    refuse(def, "rays must be at most 512");
}

// Every preset of a kind that casts rays opens, at the physics rates that scenarios use.
static void test_presets(void** state)
{
    (void)state;
    static const char* const k_patterns[] = {"sensors/lidar_*.json", "sensors/scan_*.json",
                                             "sensors/ultrasonic_*.json"};
    int opened = 0;
    for (int i = 0; i < 3; i++) {
        glob_t found;
        assert_int_equal(glob(k_patterns[i], 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++) {
            char name[100];
            snprintf(name, sizeof name, "%s", found.gl_pathv[k] + strlen("sensors/"));
            name[strlen(name) - strlen(".json")] = 0;
            Rig r = rig_make(k_room, 1, 10);
            DdSensorDef def = preset(name, "mast");
            int c = rig_sensor(&r, &def);
            rig_start(&r);
            rig_run(&r, 60);
            assert_non_null(dd_channels_latest(r.ch, c, INT64_MAX / 2));
            rig_free(&r);
            opened++;
        }
        globfree(&found);
    }
    assert_true(opened >= 20);
}

// --- sound

static double heard(const char* wall, double temperature)
{
    char xml[1000];
    snprintf(xml, sizeof xml,
             "<mujoco><option timestep='0.002'/><worldbody><body name='post'/>%s"
             "</worldbody></mujoco>",
             wall);
    Rig r = rig_make(xml, 1, 10);
    DdSensorDef def = preset("ultrasonic_wide", "post");
    def.sigma = def.resolution = 0;
    int c = rig_sensor(&r, &def);
    DdWeather w = dd_weather_def();
    w.temperature = temperature;
    DdNames given;
    rig_names(&given, 1, "temperature");
    dd_sense_see_weather(r.s, &w, &given);
    rig_start(&r);
    double x = dd_channels_latest(r.ch, c, INT64_MAX / 2)->values[0];
    const double* meta = dd_channels_def(r.ch, c)->meta;
    near(meta[DD_RANGE_FOV], 30 * DD_PI / 180, 1e-6);
    near(meta[DD_RANGE_MIN], 0.25, 0);
    near(meta[DD_RANGE_MAX], 5, 0);
    rig_free(&r);
    return x;
}

static void test_ultrasound(void** state)
{
    (void)state;
    near(heard("<geom type='box' size='.1 3 3' pos='2.1 0 0'/>", 20), 2, 1e-6);
    // in cold air the sensor takes the slower echo for a longer way
    double c0 = 331.3, c20 = 331.3 * sqrt(1 + 20 / 273.15);
    near(heard("<geom type='box' size='.1 3 3' pos='2.1 0 0'/>", 0), 2 * c20 / c0, 1e-6);
    near(c20, 343.21, 0.01);
    // turned by more than the half cone and the mirror's 25 degrees it sends the sound elsewhere
    assert_true(heard("<geom type='box' size='.1 3 3' pos='2.1 0 0' euler='0 0 50'/>", 20) ==
                INFINITY);
    assert_true(heard("<geom type='box' size='.1 3 3' pos='2.1 0 0' euler='0 0 20'/>", 20) < 2);
    // nothing, too near, beside the cone
    assert_true(heard("<geom type='box' size='.1 3 3' pos='6 0 0'/>", 20) == INFINITY);
    assert_true(heard("<geom type='box' size='.1 3 3' pos='0.3 0 0'/>", 20) == -INFINITY);
    assert_true(heard("<geom type='sphere' size='.1' pos='2 1 0'/>", 20) == INFINITY);
    near(heard("<geom type='sphere' size='.1' pos='2 0 0'/>", 20), 1.9, 1e-6);
    // off the axis it is weaker
    assert_true(heard("<geom type='sphere' size='.2' pos='1.5 0.35 0'/>", 20) < 1.5);
    assert_true(heard("<geom type='sphere' size='.2' pos='4.5 1.05 0'/>", 20) == INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_motion), cmocka_unit_test(test_what_is_not_there),
        cmocka_unit_test(test_full_circle),      cmocka_unit_test(test_restored_in_mid_sweep),
        cmocka_unit_test(test_errors),           cmocka_unit_test(test_ultrasound),
        cmocka_unit_test(test_presets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
