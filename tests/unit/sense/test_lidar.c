// Lidars: firing times, patterns, points from where the sensor was, clouds as they are declared.
#include <stdlib.h>

#include "rig.h"

#include "sim/sense/lidar.h"

// a room that is the inside of a box, and a cart without a shape in it
static const char k_room[] =
    "<mujoco><option timestep='0.002' gravity='0 0 0'/><worldbody>"
    "<geom name='room' type='box' size='10 8 4' contype='0' conaffinity='0' rgba='1 1 1 1'/>"
    "<body name='cart'><joint type='slide' axis='1 0 0'/><joint type='slide' axis='0 1 0'/>"
    "<joint type='hinge' axis='0 0 1'/><inertial pos='0 0 0' mass='10' diaginertia='1 1 1'/>"
    "<site name='mast' pos='0.3 0.1 0.5' euler='0 0 20'/>"
    "</body></worldbody></mujoco>";
static const double k_half[3] = {10, 8, 4};

static DdSensorDef preset(const char* name, const char* frame)
{
    char path[200];
    DdError err = {0};
    DdSensorDef def = sensor_def("lidar", "lidar", "", frame);
    snprintf(path, sizeof path, "sensors/%s.json", name);
    json_t* j = json_load_file(path, 0, NULL);
    assert_non_null(j);
    if (!dd_sensor_preset_apply(name, j, &def, &err)) {
        fail_msg("%s", err.text);
    }
    json_decref(j);
    return def;
}

// Everything that is not geometry and time, off.
static DdSensorDef ideal(const char* name, const char* frame)
{
    DdSensorDef def = preset(name, frame);
    def.range_min = 0;
    def.sigma = def.sigma_weak = def.false_alarms = def.range_half = 0;
    def.divergence = def.resolution = def.latency_s = 0;
    return def;
}

// The newest cloud that is complete.
static const DdSample* cloud(const Rig* r, int channel)
{
    const DdSample* s = dd_channels_latest(r->ch, channel, INT64_MAX / 2);
    if (!s) {
        fail_msg("no cloud by step %d", (int)r->step);
    }
    return s;
}

static DdCloudPoint point(const Rig* r, const DdSample* s, int i)
{
    DdCloudPoint p;
    const DdCloudLayout* l = dd_cloud_layout(dd_channels_def(r->ch, s->channel)->encoding);
    dd_cloud_get(l, s->blob->bytes + (size_t)i * (size_t)l->step, &p, dd_step_ns(s->step, 500));
    return p;
}

static double in_room(const double from[3], const double dir[3])
{
    double nearest = INFINITY;
    for (int k = 0; k < 3; k++) {
        double t = ((dir[k] < 0 ? -k_half[k] : k_half[k]) - from[k]) / dir[k];
        nearest = t < nearest ? t : nearest;
    }
    return nearest;
}

static DdPose mast_at(double x, double y, double yaw)
{
    DdPose cart = dd_pose_make(x, y, 0, yaw);
    DdPose mast = dd_pose_make(0.3, 0.1, 0.5, 20 * DD_PI / 180);
    return dd_pose_mul(cart, mast);
}

static void test_firing_times(void** state)
{
    (void)state;
    Rig r = rig_make(k_room, 1, 10);
    DdSensorDef def = ideal("lidar_vlp16", "mast");
    int c = rig_sensor(&r, &def);
    DdPose at = mast_at(0, 0, 0);
    rig_start(&r);
    int total = 0;
    for (int sweep = 0; sweep < 10; sweep++) {
        rig_run(&r, 50);
        const DdSample* s = cloud(&r, c);
        assert_int_equal(s->step, 50 * sweep);
        assert_int_equal(s->avail_step, 50 * (sweep + 1));
        int n = (int)s->values[0];
        // 1808.4 firings a turn
        assert_in_range(n, 1808 * 16 - 15, 1809 * 16 + 15);
        assert_int_equal(s->blob->size, 22 * n);
        for (int i = 0; i < n; i++) {
            DdCloudPoint p = point(&r, s, i);
            // beam of the ring, firing: time of both
            int all = total + i, k = all / 16, beam = all % 16;
            double t = 55.296e-6 * k + 2.304e-6 * beam;
            near(p.time_s, t - 0.1 * sweep, 1e-8);
            int elevation = beam % 2 ? beam : beam - 15;
            assert_int_equal(p.ring, (elevation + 15) / 2);
            double e = elevation * DD_PI / 180, azimuth = -2 * DD_PI * 10 * t;
            double dir[3] = {cos(e) * cos(azimuth), cos(e) * sin(azimuth), sin(e)}, to[3];
            dd_quat_rotate(to, at.quat, dir);
            double range = in_room(at.pos, to);
            for (int m = 0; m < 3; m++) {
                near(p.xyz[m], range * dir[m], 2e-5);
            }
        }
        total += n;
    }
    // every ray of a second, once
    int whole = (int)(1 / 55.296e-6);
    assert_in_range(total, whole * 16, whole * 16 + 16);
    rig_free(&r);
}

// Between the first and the last beam of a firing the head turns 0.124 degrees.
static void test_turn_within_a_firing(void** state)
{
    (void)state;
    DdSensorDef def = preset("lidar_vlp16", "mast");
    DdPattern p;
    DdPatternRay ray[16];
    DdError err;
    assert_true(dd_pattern_make(&def, "test", 0.1, &p, &err));
    dd_pattern_rays(&p, 0, 0.002, 0, ray);
    double first = atan2(ray[0].dir[1], ray[0].dir[0]),
           last = atan2(ray[15].dir[1], ray[15].dir[0]);
    near((first - last) * 180 / DD_PI, 0.124416, 1e-6);
}

static void test_columns(void** state)
{
    (void)state;
    Rig r = rig_make(k_room, 1, 10);
    DdSensorDef def = ideal("lidar_os1_32", "mast");
    def.range_max = 9;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    rig_run(&r, 50);
    const DdSample* s = cloud(&r, c);
    assert_true(s->values[0] == 32 * 1024 && s->values[1] == 1024 && s->values[2] == 32);
    int missing = 0;
    for (int ring = 0; ring < 32; ring++) {
        for (int col = 0; col < 1024; col++) {
            DdCloudPoint p = point(&r, s, ring * 1024 + col);
            assert_int_equal(p.ring, ring);
            near(p.time_s, 0.1 * col / 1024, 1e-9);
            if (p.range == 0) {
                assert_true(p.xyz[0] == 0 && p.xyz[1] == 0 && p.xyz[2] == 0);
                missing++;
                continue;
            }
            // row 0 is the top beam; columns go clockwise
            static const double k_offset[] = {4.23, 1.41, -1.40, -4.21};
            double e = asin(p.xyz[2] / dd_norm3(p.xyz)) * 180 / DD_PI;
            near(e, 22.1 - 44.2 * ring / 31, 1e-3);
            double a = -360.0 * col / 1024 - k_offset[ring % 4];
            double is = atan2(p.xyz[1], p.xyz[0]);
            near(dd_wrap_angle(is - a * DD_PI / 180) * 180 / DD_PI, 0, 1e-3);
        }
    }
    assert_in_range(missing, 20000, 28000);
    rig_free(&r);
}

// A driving and turning sensor: raw points are in its frame at their own time, deskewed ones in
// that of the stamp; both are exact, all the way.
static void test_motion(void** state)
{
    (void)state;
    const double v[3] = {3, -1.5, 1.2};
    for (int deskew = 0; deskew < 2; deskew++) {
        Rig r = rig_make(k_room, 1, 10);
        DdSensorDef def = ideal(deskew ? "lidar_vlp16" : "lidar_mid360", "mast");
        def.deskew = deskew;
        int c = rig_sensor(&r, &def);
        memcpy(r.d->qvel, v, sizeof v);
        rig_start(&r);
        for (int sweep = 0; sweep < 5; sweep++) {
            rig_run(&r, 50);
            const DdSample* s = cloud(&r, c);
            double worst = 0, rest = 0;
            for (int i = 0; i < (int)s->values[0]; i++) {
                DdCloudPoint p = point(&r, s, i);
                double own = 0.1 * sweep + (deskew ? 0 : p.time_s);
                DdPose at = mast_at(v[0] * own, v[1] * own, v[2] * own);
                double q[3], off = INFINITY;
                dd_pose_apply(&at, p.xyz, q);
                for (int k = 0; k < 3; k++) {
                    off = fmin(off, fabs(fabs(q[k]) - k_half[k]));
                }
                worst = fmax(worst, off);
                DdPose start = mast_at(v[0] * 0.1 * sweep, v[1] * 0.1 * sweep, v[2] * 0.1 * sweep);
                dd_pose_apply(&start, p.xyz, q);
                off = INFINITY;
                for (int k = 0; k < 3; k++) {
                    off = fmin(off, fabs(fabs(q[k]) - k_half[k]));
                }
                rest = fmax(rest, off);
            }
            assert_true(worst < 5e-5);
            // without its own time a point would be far off
            assert_true(deskew || rest > 0.2);
        }
        rig_free(&r);
    }
}

// A wall that comes closer: a point is where the wall stands when the slice ends.
static void test_moving_target(void** state)
{
    (void)state;
    static const char k_wall[] =
        "<mujoco><option timestep='0.002' gravity='0 0 0'/><worldbody>"
        "<body name='post'/><body name='wall' pos='20 0 0'><joint type='slide' axis='1 0 0'/>"
        "<geom type='box' size='0.5 50 50' contype='0'/></body></worldbody></mujoco>";
    static const int k_slices[] = {1, 10, 50};
    for (int i = 0; i < 3; i++) {
        Rig r = rig_make(k_wall, 1, 10);
        DdSensorDef def = ideal("lidar_vlp16", "post");
        def.slices = k_slices[i];
        int c = rig_sensor(&r, &def);
        r.d->qvel[0] = -8;
        rig_start(&r);
        rig_run(&r, 100);
        const DdSample* s = cloud(&r, c);
        double most = 0, least = INFINITY;
        for (int k = 0; k < (int)s->values[0]; k++) {
            DdCloudPoint p = point(&r, s, k);
            double late = (19.5 - 8 * (0.1 + p.time_s)) - p.xyz[0];
            most = fmax(most, late);
            least = fmin(least, late);
        }
        // never from the past, at most a slice from the future
        double smear = 8 * 0.1 / k_slices[i];
        assert_true(least > -1e-4 && most < smear + 1e-4 && most > 0.7 * smear);
        rig_free(&r);
    }
}

// Share of cells of one degree that got a point, between two elevations or in a disc.
static double coverage(const char* name, double seconds, bool disc, double lo, double hi)
{
    DdSensorDef def = preset(name, "mast");
    static bool seen[360][180];
    DdPattern p;
    DdError err;
    if (disc) {
        def.elevations.n = 0;
        def.rays /= 6;
    }
    memset(seen, 0, sizeof seen);
    assert_true(dd_pattern_make(&def, "test", 0.1, &p, &err));
    int groups = (int)(seconds / p.group_s + 0.5), per = (int)(0.1 / p.group_s + 0.5);
    double top = -INFINITY, bottom = INFINITY;
    for (int g = 0; g < groups; g++) {
        DdPatternRay ray[DD_NUMBERS_MAX];
        dd_pattern_rays(&p, 50 * (g / per), 0.002, g % per, ray);
        for (int b = 0; b < p.beams; b++) {
            double a = atan2(ray[b].dir[1], ray[b].dir[0]) * 180 / DD_PI;
            double e = asin(ray[b].dir[2]) * 180 / DD_PI;
            top = fmax(top, e);
            bottom = fmin(bottom, e);
            seen[(int)floor(a + 180) % 360][(int)floor(e + 90)] = true;
        }
    }
    if (!disc && seconds > 0.4) {
        near(bottom, -6.6, 0.2);
        near(top, 51.6, 0.2);
    }
    int cells = 0, hit = 0;
    for (int a = 0; a < 360; a++) {
        for (int e = 0; e < 180; e++) {
            bool in = disc ? hypot(a - 179.5, e - 89.5) < hi : e - 90 >= lo && e - 90 < hi;
            cells += in;
            hit += in && seen[a][e];
        }
    }
    return (double)hit / cells;
}

static void test_coverage(void** state)
{
    (void)state;
    near(coverage("lidar_mid360", 0.1, false, -7, 52), 0.58, 0.03);
    near(coverage("lidar_mid360", 0.2, false, -7, 52), 0.77, 0.03);
    near(coverage("lidar_mid360", 0.5, false, -7, 52), 0.94, 0.03);
    // the phase runs on from frame to frame: more is seen all the time
    near(coverage("lidar_avia", 0.1, true, 0, 38.6), 0.31, 0.04);
    near(coverage("lidar_avia", 0.5, true, 0, 38.6), 0.43, 0.04);
    near(coverage("lidar_avia", 1.0, true, 0, 38.6), 0.58, 0.04);
}

static void test_rasters_stay_in_view(void** state)
{
    (void)state;
    static const char* const k_names[] = {"lidar_hap", "lidar_rs_m1"};
    for (int i = 0; i < 2; i++) {
        DdSensorDef def = preset(k_names[i], "mast");
        DdPattern p;
        DdError err;
        double left = 0, right = 0, top = 0, bottom = 0;
        assert_true(dd_pattern_make(&def, "test", 0.1, &p, &err));
        int groups = (int)(0.1 / p.group_s + 0.5), n = 0;
        for (int g = 0; g < groups; g++) {
            DdPatternRay ray[DD_NUMBERS_MAX];
            dd_pattern_rays(&p, 0, 0.002, g, ray);
            for (int b = 0; b < p.beams; b++, n++) {
                near(dd_norm3(ray[b].dir), 1, 1e-12);
                double a = atan2(ray[b].dir[1], ray[b].dir[0]), e = asin(ray[b].dir[2]);
                left = fmax(left, a);
                right = fmin(right, a);
                top = fmax(top, e);
                bottom = fmin(bottom, e);
            }
        }
        assert_int_equal(n, def.rays);
        const double deg = DD_PI / 180;
        near(left, 60 * deg, 0.3 * deg);
        near(right, -60 * deg, 0.3 * deg);
        near(top, 12.5 * deg, 0.1 * deg);
        near(bottom, -12.5 * deg, 0.1 * deg);
    }
}

// A run is a function of its seed; a warm one takes no new memory.
static void test_same_run_twice(void** state)
{
    (void)state;
    DdBlob* kept[2][8] = {{0}};
    size_t bytes = 0;
    for (int run = 0; run < 3; run++) {
        Rig r = rig_make(k_room, run == 2 ? 2 : 1, 10);
        DdSensorDef def = preset("lidar_vlp16", "mast");
        int c = rig_sensor(&r, &def);
        r.d->qvel[2] = 0.4;
        rig_start(&r);
        for (int sweep = 0; sweep < 8; sweep++) {
            rig_run(&r, 50);
            DdBlob* blob = cloud(&r, c)->blob;
            if (run == 0) {
                kept[0][sweep] = malloc(sizeof(DdBlob));
                *kept[0][sweep] = *blob;
                kept[0][sweep]->bytes = malloc(blob->size);
                memcpy(kept[0][sweep]->bytes, blob->bytes, blob->size);
            } else {
                DdBlob* was = kept[0][sweep];
                bool same =
                    was->size == blob->size && memcmp(was->bytes, blob->bytes, blob->size) == 0;
                assert_true(same == (run == 1));
            }
            size_t now = dd_blob_pool_bytes(dd_channels_pool(r.ch));
            if (sweep > 3) {
                assert_int_equal(now, bytes);
            }
            bytes = now;
        }
        rig_free(&r);
    }
    for (int i = 0; i < 8; i++) {
        free(kept[0][i]->bytes);
        free(kept[0][i]);
    }
}

// The robot itself is not in the way unless asked for; what is excluded is glass.
static void test_self_and_excluded(void** state)
{
    (void)state;
    static const char k_cart[] =
        "<mujoco><option timestep='0.002' gravity='0 0 0'/><worldbody>"
        "<geom type='box' size='10 8 4' contype='0' conaffinity='0'/>"
        "<body name='cart'><geom type='box' size='1 1 1' contype='0'/></body>"
        "<body name='screen' pos='3 0 0'><geom type='box' size='0.1 3 3' contype='0'/></body>"
        "</worldbody></mujoco>";
    static const double k_ahead[3] = {2.9, 1, 10};
    for (int i = 0; i < 3; i++) {
        Rig r = rig_make(k_cart, 1, 10);
        DdSensorDef def = ideal("lidar_vlp16", "cart");
        def.sees_self = i == 1;
        if (i == 2) {
            rig_names(&def.exclude, 1, "screen");
        }
        int c = rig_sensor(&r, &def);
        rig_start(&r);
        rig_run(&r, 50);
        // the first firing goes ahead
        DdCloudPoint p = point(&r, cloud(&r, c), 0);
        near(p.xyz[0], k_ahead[i], 1e-4);
        rig_free(&r);
    }
}

static void test_dropped_sweeps(void** state)
{
    (void)state;
    Rig r = rig_make(k_room, 1, 10);
    DdSensorDef def = ideal("lidar_vlp16", "mast");
    def.dropout = 0.5;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    rig_run(&r, 50 * 40);
    int got = (int)cloud(&r, c)->sequence + 1;
    assert_in_range(got, 10, 30);
    assert_int_equal(got + dd_sense_dropped(r.s), 40 + (dd_sense_dropped(r.s) + got - 40));
    assert_in_range(got + dd_sense_dropped(r.s), 40, 41);
    rig_free(&r);
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
    DdSensorDef def = preset("lidar_os1_64", "mast");
    def.rays = 1000000000;
    refuse(def, "at most 500000 rays per sweep and 4000000 per second, got 64000000000");
    def = preset("lidar_os1_64", "mast");
    def.rate_hz = 100;
    refuse(def, "4000000 per second, got 65536 and 6553600");
    def = preset("lidar_vlp16", "mast");
    def.range_max = 0.2;
    refuse(def, "range_max must be greater than range_min, 0.5 m, got 0.2 m");
    def = preset("lidar_vlp16", "mats");
    refuse(def, "there is no thing or frame 'mats'; did you mean 'mast'?");
    def = preset("lidar_vlp16", "mast");
    def.elevations.n = 0;
    refuse(def, "elevations must list");
    def = preset("lidar_vlp16", "mast");
    def.azimuth_offsets = (DdNumbers){.n = 3};
    refuse(def, "azimuth_offsets must have as many numbers as elevations, 16, got 3");
    def = preset("lidar_vlp16", "mast");
    def.slot_s = 1e-5;
    refuse(def, "slot_s must leave room");
    def = preset("lidar_vlp16", "mast");
    def.layout = 1;
    refuse(def, "organised");
    def = preset("lidar_os1_32", "mast");
    def.returns = 3;
    refuse(def, "must not be 'dual'");
    def = preset("lidar_hap", "mast");
    def.fov[0] = 0;
    refuse(def, "fov must have a horizontal angle above 0");
    def = preset("lidar_mid360", "mast");
    def.fov[1] = 4;
    refuse(def, "fov must have a vertical angle above 0 and at most 180 degrees");
    def = preset("lidar_vlp16", "mast");
    rig_names(&def.exclude, 1, "nobody");
    refuse(def, "exclude");
    snprintf(def.kind, sizeof def.kind, "lidra");
    refuse(def, "did you mean 'lidar'?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_firing_times),
        cmocka_unit_test(test_turn_within_a_firing),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_motion),
        cmocka_unit_test(test_moving_target),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_rasters_stay_in_view),
        cmocka_unit_test(test_same_run_twice),
        cmocka_unit_test(test_self_and_excluded),
        cmocka_unit_test(test_dropped_sweeps),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
