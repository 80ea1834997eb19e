// Stereo depth: deviation, steps, neighbours, nearest range and holes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/base/math3.h"
#include "sim/sense/stereo.h"

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.12g is not %.12g +- %g", value, expected, tolerance);
    }
}

enum { k_w = 848, k_h = 480 };

static DdStereo stereo_of(double focal, double baseline, double subpixel)
{
    DdStereo s = {.width = k_w,
                  .height = k_h,
                  .focal = focal,
                  .baseline = baseline,
                  .subpixel = subpixel,
                  .farthest = 20};
    dd_stereo_open(&s);
    return s;
}

static float* flat(double z)
{
    float* depth = malloc((size_t)k_w * k_h * sizeof *depth);
    for (int i = 0; i < k_w * k_h; i++) {
        depth[i] = (float)z;
    }
    return depth;
}

static DdDraw* draw_of(const char* name)
{
    DdDraw* d = malloc(sizeof *d);
    DdStream stream = dd_stream(1, "test", name);
    dd_draw_open(d, &stream);
    return d;
}

// sigma_Z = s_d Z^2 / (f B), and the steps of 1/32 px on top
static void test_deviation(void** state)
{
    (void)state;
    const struct {
        double focal, baseline, z, mm;
    } cases[] = {
        {447, 0.050, 1, 3.6}, {447, 0.050, 2, 14.3}, {447, 0.050, 4, 57},
        {674, 0.050, 2, 9.5}, {447, 0.095, 4, 30},
    };
    DdDraw* d = draw_of("stereo");
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        DdStereo s = stereo_of(cases[c].focal, cases[c].baseline, 0.08);
        double fb = s.focal * s.baseline, z = cases[c].z;
        near(1000 * 0.08 * z * z / fb, cases[c].mm, 0.6);
        float* depth = flat(z);
        dd_stereo_measure(&s, d, 4, depth);
        double sum = 0, square = 0, next = 0, far = 0;
        int n = 0, first = (int)ceil(fb / z) + 8;
        for (int y = 8; y < k_h - 8; y++) {
            for (int x = first; x < k_w - 16; x++, n++) {
                const float* at = depth + y * k_w + x;
                double e = fb / at[0] - fb / z;
                near(fb / at[0] * 32, round(fb / at[0] * 32), 0.01); // whole steps
                sum += e;
                square += e * e;
                next += e * (fb / at[1] - fb / z);
                far += e * (fb / at[9] - fb / z);
            }
        }
        double variance = square / n, step = 1.0 / 32;
        // its samples are 7 x 7 patches, hence the tolerance
        near(sqrt(variance), sqrt(0.08 * 0.08 + step * step / 12), 0.003);
        near(sum / n, 0, 0.004);
        assert_true(next / n > 0.75 * variance);
        assert_true(fabs(far / n) < 0.05 * variance);
        free(depth);
        dd_stereo_close(&s);
    }
    free(d);
}

static void test_nearest_range_and_nothing(void** state)
{
    (void)state;
    DdDraw* d = draw_of("stereo");
    DdStereo s = stereo_of(447, 0.05, 0.08);
    near(dd_stereo_nearest(&s), 0.177, 0.001);
    float* depth = flat(0.17);
    for (int i = 0; i < k_w * k_h; i += 2) {
        depth[i] = INFINITY;
    }
    dd_stereo_measure(&s, d, 0, depth);
    for (int i = 0; i < k_w * k_h; i++) {
        near(depth[i], 0, 0);
    }
    s.farthest = 3;
    for (int i = 0; i < k_w * k_h; i++) {
        depth[i] = 5;
    }
    dd_stereo_measure(&s, d, 0, depth);
    near(depth[300 * k_w + 400], 0, 0);
    free(depth);
    dd_stereo_close(&s);
    free(d);
}

// left of a near edge the other camera sees nothing: f B (1/Zn - 1/Zf) px; at the left rim f B / Z
static void test_holes(void** state)
{
    (void)state;
    DdDraw* d = draw_of("stereo");
    DdStereo s = stereo_of(447, 0.05, 0);
    float* depth = flat(4);
    for (int y = 0; y < k_h; y++) {
        for (int x = 300; x < 500; x++) {
            depth[y * k_w + x] = 0.8F;
        }
    }
    dd_stereo_measure(&s, d, 0, depth);
    const float* row = depth + 200 * k_w;
    int rim = 0, shadow = 0, other = 0;
    for (int x = 0; x < k_w; x++) {
        rim += x < 100 && row[x] == 0;
        shadow += x >= 100 && x < 300 && row[x] == 0;
        other += x >= 300 && row[x] == 0;
    }
    near(rim, 447 * 0.05 / 4, 1);
    near(shadow, 447 * 0.05 * (1 / 0.8 - 1 / 4.0), 1.5);
    near(other, 0, 0);
    near(row[299], 0, 0); // it lies right beside the edge
    free(depth);
    dd_stereo_close(&s);
    free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deviation),
        cmocka_unit_test(test_nearest_range_and_nothing),
        cmocka_unit_test(test_holes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
