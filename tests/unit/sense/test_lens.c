// Lenses: projections against known points, the inverse, and what is refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sense/lens.h"

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.12g is not %.12g +- %g", value, expected, tolerance);
    }
}

static DdSensorDef def_of(int lens, int n, const double* d)
{
    DdSensorDef def = dd_sensor_def();
    def.lens = lens;
    def.distortion.n = n;
    memcpy(def.distortion.v, d, (size_t)n * sizeof *d);
    return def;
}

static DdLens lens_of(const DdSensorDef* def)
{
    DdLens lens;
    DdError err = {0};
    if (!dd_lens_open(def, "sensor 'c'", &lens, &err)) {
        fail_msg("%s", err.text);
    }
    return lens;
}

static const double k_plumb[5] = {-0.28, 0.07, 2e-4, -3e-4, -0.005};
static const double k_rational[8] = {0.5, 0.1, 2e-4, -3e-4, 0.01, 0.8, 0.2, 0.02};
static const double k_fisheye[4] = {0.02, -0.005, 0.001, -0.0001};

// numbers worked out by hand from the formulas of CameraInfo
static void test_known_points(void** state)
{
    (void)state;
    double px[2];
    DdSensorDef def = def_of(DD_LENS_PLUMB_BOB, 5, k_plumb);
    def.focal[0] = 600;
    DdLens lens = lens_of(&def);
    near(lens.cx, 319.5, 0);
    near(lens.cy, 239.5, 0);
    assert_true(dd_lens_project(&lens, (double[]){0.8, -0.6, 2}, px));
    near(px[0], 543.59985, 1e-5);
    near(px[1], 71.42136, 1e-5);

    def = def_of(DD_LENS_RATIONAL, 8, k_rational);
    def.focal[0] = 600;
    lens = lens_of(&def);
    assert_true(dd_lens_project(&lens, (double[]){0.4, -0.3, 1}, px));
    near(px[0], 543.25935, 1e-5);
    near(px[1], 71.67674, 1e-5);

    def = def_of(DD_LENS_EQUIDISTANT, 4, k_fisheye);
    def.focal[0] = 300;
    def.hfov = 190 * DD_PI / 180;
    lens = lens_of(&def);
    assert_true(dd_lens_project(&lens, (double[]){1, -0.5, 0.2}, px));
    near(px[0], 703.17410, 1e-5);
    near(px[1], 47.66295, 1e-5);
}

static void test_inverse(void** state)
{
    (void)state;
    const struct {
        int lens, n;
        const double* d;
        double hfov;
    } cases[] = {
        {DD_LENS_PINHOLE, 0, k_plumb, 90},        {DD_LENS_PLUMB_BOB, 5, k_plumb, 75},
        {DD_LENS_RATIONAL, 8, k_rational, 90},    {DD_LENS_EQUIDISTANT, 4, k_fisheye, 100},
        {DD_LENS_EQUIDISTANT, 0, k_fisheye, 190},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        DdSensorDef def = def_of(cases[c].lens, cases[c].n, cases[c].d);
        def.hfov = cases[c].hfov * DD_PI / 180;
        DdLens lens = lens_of(&def);
        for (int v = 0; v < 480; v += 13) {
            double guess[2] = {0, 0};
            bool warm = false;
            for (int u = 0; u < 640; u += 7) {
                double dir[3], other[3], px[2];
                assert_true(dd_lens_ray(&lens, u, v, NULL, dir));
                near(dd_norm3(dir), 1, 1e-12);
                assert_true(dd_lens_project(&lens, dir, px));
                near(px[0], u, 1e-8);
                near(px[1], v, 1e-8);
                // the neighbour's answer is a fine place to start
                if (warm) {
                    assert_true(dd_lens_ray(&lens, u, v, guess, other));
                    for (int i = 0; i < 3; i++) {
                        near(other[i], dir[i], 1e-9);
                    }
                } else {
                    guess[0] =
                        cases[c].lens == DD_LENS_EQUIDISTANT ? acos(dir[2]) : dir[0] / dir[2];
                    guess[1] = dir[1] / dir[2];
                    warm = true;
                }
            }
        }
    }
}

static void test_field_of_view(void** state)
{
    (void)state;
    DdSensorDef def = dd_sensor_def();
    def.hfov = DD_PI / 2;
    DdLens lens = lens_of(&def);
    near(lens.fx, 320, 1e-9);
    near(lens.fy, 320, 1e-9);
    double info[40];
    dd_lens_info(&lens, info);
    near(info[0], 640, 0);
    near(info[2], 320, 1e-9);                // k
    near(info[2 + 2], 319.5, 0);             // cx
    near(info[2 + 9 + 8], 1, 0);             // r
    near(info[2 + 9 + 8 + 9 + 6], 239.5, 0); // p: cy
    assert_string_equal(dd_lens_name(&lens), "plumb_bob");

    // a fisheye's edge is at hfov / 2; beyond its circle it is dark
    def.lens = DD_LENS_EQUIDISTANT;
    def.hfov = DD_PI;
    lens = lens_of(&def);
    double dir[3], px[2];
    assert_true(dd_lens_project(&lens, (double[]){1, 0, 0}, px));
    near(px[0], 639.5, 1e-9);
    def.focal[0] = 100;
    lens = lens_of(&def);
    assert_false(dd_lens_ray(&lens, 0, 0, NULL, dir));
    assert_true(dd_lens_ray(&lens, 319.5 + 150, 239.5, NULL, dir));
    assert_false(dd_lens_project(&lens, (double[]){1, 0, -0.1}, px));
    // behind a pinhole is nowhere
    def = dd_sensor_def();
    lens = lens_of(&def);
    assert_false(dd_lens_project(&lens, (double[]){1, 0, 0}, px));
}

static void refused(const DdSensorDef* def, const char* text)
{
    DdLens lens;
    DdError err = {0};
    assert_false(dd_lens_open(def, "sensor 'c'", &lens, &err));
    if (!strstr(err.text, text)) {
        fail_msg("'%s' does not say '%s'", err.text, text);
    }
}

static void test_refused(void** state)
{
    (void)state;
    DdSensorDef def = dd_sensor_def();
    def.hfov = 0;
    refused(&def, "hfov must be above 0 and below 180 degrees");
    def.hfov = DD_PI;
    refused(&def, "got 180 degrees");
    def.lens = DD_LENS_EQUIDISTANT;
    def.hfov = 400 * DD_PI / 180;
    refused(&def, "at most 360 degrees");
    def = def_of(DD_LENS_PLUMB_BOB, 3, k_plumb);
    refused(&def, "0, 4 or 5: k1 k2 p1 p2 k3, got 3 numbers");
    def = def_of(DD_LENS_RATIONAL, 5, k_rational);
    refused(&def, "must have 8");
    def = def_of(DD_LENS_PINHOLE, 4, k_plumb);
    refused(&def, "must have none");
    // x (1 - 0.28 x^2 + ...) turns back before the corner of such a wide picture
    def = def_of(DD_LENS_PLUMB_BOB, 5, (double[]){-0.4, 0, 0, 0, 0});
    def.hfov = 100 * DD_PI / 180;
    refused(&def, "folds the picture back 42.39 degrees off the axis");
    def = def_of(DD_LENS_EQUIDISTANT, 4, (double[]){-0.2, 0, 0, 0});
    def.hfov = 170 * DD_PI / 180;
    refused(&def, "hfov asks for 85");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_points),
        cmocka_unit_test(test_inverse),
        cmocka_unit_test(test_field_of_view),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
