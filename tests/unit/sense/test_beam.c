// The laws of a beam: detection, noise, mixed returns, fog, rain; after published numbers.
#include <stdlib.h>

#include "rig.h"

#include "sim/sense/lidar.h"

static const DdMaterial k_white = {1, 0};

static DdBeamAir air_of(const DdBeamLaw* law, const DdWeather* w)
{
    DdBeamAir air = {0};
    dd_beam_air(law, w, &air);
    return air;
}

static DdBeamHit hit_at(double range, double reflectivity, double weight)
{
    return (DdBeamHit){
        .range = range, .cosine = 1, .material = {(float)reflectivity, 0}, .weight = weight};
}

static DdBeamLaw plain_law(void)
{
    return (DdBeamLaw){.range_min = 0.5, .range_max = 200, .pulse = 0.9};
}

typedef struct Tally {
    int n, seen, wrong; // wrong: not near any of the targets
    double mean, deviation, median;
} Tally;

static int ascending(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

static Tally tally(const DdBeamLaw* law, const DdWeather* w, const DdBeamHit* hit, int nhit, int n)
{
    Tally t = {.n = n};
    DdBeamAir air = air_of(law, w);
    DdStream stream = dd_stream(3, "test", "beam");
    double sum = 0, squares = 0;
    double* list = calloc((size_t)n, sizeof *list);
    for (int i = 0; i < n; i++) {
        DdReturn out[2];
        if (dd_beam_returns(law, &air, &stream, i / 1000, (uint32_t)(i % 1000), hit, nhit, out)) {
            double r = out[0].range;
            bool target = false;
            for (int k = 0; k < nhit; k++) {
                target = target || (hit[k].range > 0 && fabs(r - hit[k].range) < 0.3);
            }
            sum += r;
            squares += r * r;
            t.wrong += !target;
            if (!target) {
                list[t.wrong - 1] = r;
            }
            t.seen++;
        }
    }
    t.mean = sum / t.seen;
    t.deviation = sqrt(squares / t.seen - t.mean * t.mean);
    qsort(list, (size_t)t.wrong, sizeof *list, ascending);
    t.median = t.wrong ? list[t.wrong / 2] : 0;
    free(list);
    return t;
}

// A sheet that gives 50 % of a 10 % target at 55 m gives 90 % at 45 m.
static void test_detection(void** state)
{
    (void)state;
    DdWeather clear = dd_weather_def();
    DdBeamLaw law = plain_law();
    law.threshold = 0.1 / (55.0 * 55.0);
    DdBeamHit at = hit_at(55, 0.1, 1);
    near(tally(&law, &clear, &at, 1, 20000).seen / 20000.0, 0.5, 0.01);
    at = hit_at(45, 0.1, 1);
    near(tally(&law, &clear, &at, 1, 20000).seen / 20000.0, 0.91, 0.01);
    at = hit_at(35, 0.1, 1);
    near(tally(&law, &clear, &at, 1, 20000).seen / 20000.0, 1, 2e-3);
    at = hit_at(80, 0.1, 1);
    near(tally(&law, &clear, &at, 1, 20000).seen / 20000.0, 0, 1e-2);
    // the same law of a white surface, three times as far
    at = hit_at(55 * sqrt(9), 0.9, 1);
    near(tally(&law, &clear, &at, 1, 20000).seen / 20000.0, 0.5, 0.01);
    near(dd_beam_detection(1), 0.5, 1e-12);
    near(dd_beam_detection(pow(10, 0.13)), 0.841344746, 1e-6);
    near(dd_beam_detection(pow(10, -0.26)), 0.022750132, 1e-6);
    assert_true(dd_beam_detection(5) == 1 && dd_beam_detection(0.2) == 0);
    // oblique: by the cosine
    at = hit_at(55 * sqrt(0.5), 0.1, 1);
    at.cosine = 0.5;
    near(tally(&law, &clear, &at, 1, 20000).seen / 20000.0, 0.5, 0.01);
}

static void test_noise(void** state)
{
    (void)state;
    DdWeather clear = dd_weather_def();
    DdBeamLaw law = plain_law();
    law.threshold = 0.1 / (50.0 * 50.0);
    law.sigma = 0.012;
    law.sigma_weak = 0.05;
    DdBeamHit strong = hit_at(5, 0.5, 1);
    Tally t = tally(&law, &clear, &strong, 1, 40000);
    near(t.mean, 5, 3e-4);
    near(t.deviation, sqrt(0.012 * 0.012 + 0.0025 / 500), 2e-4);
    DdBeamHit weak = hit_at(25, 0.1, 1);
    t = tally(&law, &clear, &weak, 1, 40000);
    near(t.mean, 25, 1e-3);
    near(t.deviation, sqrt(0.012 * 0.012 + 0.0025 / 4), 4e-4);
    law.resolution = 0.25;
    DdReturn out[2];
    DdBeamAir air = air_of(&law, &clear);
    DdStream stream = dd_stream(3, "test", "beam");
    DdBeamHit odd = hit_at(5.15, 0.5, 1);
    assert_int_equal(dd_beam_returns(&law, &air, &stream, 1, 1, &odd, 1, out), 1);
    near(out[0].range, 5.25, 0);
}

static void test_bounds(void** state)
{
    (void)state;
    DdWeather clear = dd_weather_def();
    DdBeamLaw law = plain_law();
    DdBeamAir air = air_of(&law, &clear);
    DdStream stream = dd_stream(3, "test", "beam");
    DdReturn out[2];
    DdBeamHit close = hit_at(0.4, 0.5, 1), far = hit_at(201, 0.5, 1), none = hit_at(-1, 0, 1);
    assert_int_equal(dd_beam_returns(&law, &air, &stream, 1, 1, &close, 1, out), 0);
    assert_true(out[0].near && out[0].range == INFINITY);
    assert_int_equal(dd_beam_returns(&law, &air, &stream, 1, 1, &far, 1, out), 0);
    assert_true(!out[0].near);
    assert_int_equal(dd_beam_returns(&law, &air, &stream, 1, 1, &none, 1, out), 0);
    law.false_alarms = 0.01;
    Tally t = tally(&law, &clear, &none, 1, 100000);
    near(t.seen / 1e5, 0.01, 1e-3);
    near(t.mean, 100, 6);
}

// An edge in the beam: surfaces within the pulse are one return between them, others are two.
static void test_mixed(void** state)
{
    (void)state;
    DdWeather clear = dd_weather_def();
    DdBeamLaw law = plain_law();
    DdBeamAir air = air_of(&law, &clear);
    DdStream stream = dd_stream(3, "test", "beam");
    DdReturn out[2];
    DdBeamHit near_edge[2] = {hit_at(10, 0.5, 0.6), hit_at(10.5, 0.5, 0.4)};
    assert_int_equal(dd_beam_returns(&law, &air, &stream, 1, 1, near_edge, 2, out), 1);
    double a = 0.6 / 100, b = 0.4 / 110.25;
    near(out[0].range, (10 * a + 10.5 * b) / (a + b), 1e-9);
    near(out[0].intensity, 50, 1e-4);
    DdBeamHit far_edge[2] = {hit_at(14, 0.5, 0.9), hit_at(10, 0.5, 0.1)};
    static const struct {
        int returns, n;
        double first, second;
    } k_modes[] = {{0, 1, 14, 0}, {1, 1, 14, 0}, {2, 1, 10, 0}, {3, 2, 14, 10}};
    for (int i = 0; i < 4; i++) {
        law.returns = k_modes[i].returns;
        int n = dd_beam_returns(&law, &air, &stream, 1, 1, far_edge, 2, out);
        assert_int_equal(n, k_modes[i].n);
        near(out[0].range, k_modes[i].first, 1e-9);
        if (n > 1) {
            near(out[1].range, k_modes[i].second, 1e-9);
        }
    }
    // a phase scanner mixes at any distance
    law.mixes = true;
    assert_int_equal(dd_beam_returns(&law, &air, &stream, 1, 1, far_edge, 2, out), 1);
    assert_true(out[0].range > 10.1 && out[0].range < 13.9);
}

static void test_intensity(void** state)
{
    (void)state;
    DdWeather w = dd_weather_def();
    DdBeamLaw law = plain_law();
    DdBeamAir air = air_of(&law, &w);
    DdStream stream = dd_stream(3, "test", "beam");
    DdReturn out[2];
    DdBeamHit h = hit_at(20, 0.4, 1);
    dd_beam_returns(&law, &air, &stream, 1, 1, &h, 1, out);
    near(out[0].intensity, 40, 1e-5);
    // wet it is half as bright, at 60 degrees half of that
    w.wetness = 1;
    h.cosine = 0.5;
    air = air_of(&law, &w);
    dd_beam_returns(&law, &air, &stream, 1, 1, &h, 1, out);
    near(out[0].intensity, 10, 1e-5);
    // retro-reflectors are above 100 from the front and paint from the side
    h = (DdBeamHit){.range = 20, .cosine = 0.95, .material = {0.4f, 50}, .weight = 1};
    dd_beam_returns(&law, &air, &stream, 1, 1, &h, 1, out);
    assert_true(out[0].intensity > 190 && out[0].intensity < 220);
    h.cosine = 0.5;
    dd_beam_returns(&law, &air, &stream, 1, 1, &h, 1, out);
    assert_true(out[0].intensity < 20);
    // fog takes its share on both ways
    w = dd_weather_def();
    w.fog = 200;
    air = air_of(&law, &w);
    h = (DdBeamHit){.range = 20, .cosine = 1, .material = k_white, .weight = 1};
    dd_beam_returns(&law, &air, &stream, 1, 1, &h, 1, out);
    near(out[0].intensity, 100 * exp(-2 * air.extinction * 20), 1e-3);
    near(air.extinction, 2.9957 / 200, 2e-5);
}

// Shares of rays that a drop answers: Monte Carlo over all drops of a beam, by the numbers of
// Goodin et al. (LISA): 3 mrad, from 1 m on, threshold of a 90 % target at 100 m.
static void test_rain(void** state)
{
    (void)state;
    static const struct {
        double rain, sky, target;
    } k_golden[] = {{10, 0.020, 0.010}, {30, 0.037, 0.018}, {100, 0.076, 0.042}};
    DdBeamLaw law = {
        .range_min = 1, .range_max = 100, .pulse = 0.9, .threshold = 0.9 / 1e4, .spread = 0.0015};
    double before = 0;
    for (int i = 0; i < 3; i++) {
        DdWeather w = dd_weather_def();
        w.rain = k_golden[i].rain;
        w.wetness = 0;
        DdBeamHit none = hit_at(-1, 0, 1), dark = hit_at(20, 0.1, 1);
        Tally sky = tally(&law, &w, &none, 1, 60000);
        Tally target = tally(&law, &w, &dark, 1, 60000);
        near(sky.seen / 60000.0, k_golden[i].sky, 0.004);
        near(target.wrong / 60000.0, k_golden[i].target, 0.004);
        assert_true(sky.median > 1.3 && sky.median < 2.1);
        assert_true(sky.seen > before);
        before = sky.seen;
    }
    // two-way transmission of 100 m
    static const double k_rates[] = {1, 5, 10, 30, 100};
    static const double k_through[] = {0.93, 0.82, 0.73, 0.54, 0.26};
    for (int i = 0; i < 5; i++) {
        DdWeather w = dd_weather_def();
        w.rain = k_rates[i];
        DdBeamAir air = air_of(&law, &w);
        near(exp(-200 * air.extinction), k_through[i], 0.006);
    }
}

// Fog answers itself when what is behind it is far or dark, a few metres ahead.
static void test_fog(void** state)
{
    (void)state;
    DdBeamLaw law = plain_law();
    law.threshold = 0.1 / (55.0 * 55.0);
    DdWeather w = dd_weather_def();
    w.fog = 50;
    DdBeamHit none = hit_at(-1, 0, 1), wall = hit_at(5, 0.5, 1), far = hit_at(80, 0.5, 1);
    Tally sky = tally(&law, &w, &none, 1, 5000);
    assert_int_equal(sky.seen, 5000);
    assert_true(sky.mean > 2 && sky.mean < 6);
    assert_int_equal(tally(&law, &w, &wall, 1, 5000).wrong, 0);
    assert_int_equal(tally(&law, &w, &far, 1, 5000).wrong, 5000);
    w.fog = 20000;
    assert_int_equal(tally(&law, &w, &none, 1, 5000).seen, 0);
    // the response of the air alone, by a finer sum
    double beta = 0.046 / 50, alpha = 2.9957 / 50;
    for (double r = 1; r < 20; r += 3) {
        double sum = 0, dt = 40e-9 / 20000;
        for (int i = 0; i < 20000; i++) {
            double t = (i + 0.5) * dt, at = r - 0.5 * 299792458 * t;
            double seen = at < 0.9 ? 0 : at < 1 ? (at - 0.9) / 0.1 : 1;
            double p = sin(DD_PI * t / 40e-9);
            sum += at > 0.9 ? p * p * exp(-2 * alpha * at) * seen / (at * at) * dt : 0;
        }
        double is = DD_PI * beta * 0.5 * 299792458 * sum;
        near(dd_beam_soft_power(beta, alpha, r), is, 0.03 * is + 1e-9);
    }
}

static void test_dirt(void** state)
{
    (void)state;
    DdBeamLaw law = plain_law();
    law.threshold = 0.1 / (55.0 * 55.0);
    DdWeather w = dd_weather_def();
    DdBeamHit at = hit_at(35, 0.1, 1);
    near(tally(&law, &w, &at, 1, 20000).seen / 20000.0, 0.9987, 1e-3);
    // 35 % of the light stays on a window half as dirty as can be, each way
    w.dirt = 0.5;
    near(tally(&law, &w, &at, 1, 20000).seen / 20000.0, 0.556, 0.01);
}

// A path is linear and turns along the shortest way between its steps.
static void test_path(void** state)
{
    (void)state;
    double* path = calloc((size_t)dd_path_size(4), sizeof *path);
    DdPose a = dd_pose_make(0, 0, 0, 0), b = dd_pose_make(1, 2, 0, 1.2), at;
    dd_path_clear(path);
    dd_path_add(path, 100, &a);
    dd_path_add(path, 101, &b);
    dd_path_at(path, 100.25, &at);
    near(at.pos[0], 0.25, 1e-12);
    near(dd_pose_yaw(&at), 0.3, 1e-12);
    for (int k = 0; k < 4; k++) {
        b.quat[k] = -b.quat[k];
    }
    dd_path_add(path, 102, &b);
    dd_path_at(path, 101.5, &at);
    near(dd_pose_yaw(&at), 1.2, 1e-12);
    // a small turn, where the chord is taken for the arc
    DdPose c = dd_pose_make(1, 2, 0, 1.205);
    dd_path_add(path, 103, &c);
    dd_path_keep_last(path);
    c = dd_pose_make(1, 2, 0, 1.21);
    dd_path_add(path, 104, &c);
    dd_path_at(path, 103.3, &at);
    near(dd_pose_yaw(&at), 1.2065, 1e-8);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detection), cmocka_unit_test(test_noise),
        cmocka_unit_test(test_bounds),    cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_intensity), cmocka_unit_test(test_rain),
        cmocka_unit_test(test_fog),       cmocka_unit_test(test_dirt),
        cmocka_unit_test(test_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
