// Photometry: photons, mean and deviation of the EMVA model, exposure control, draws per pixel.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "sim/base/math3.h"
#include "sim/sense/photometry.h"

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.12g is not %.12g +- %g", value, expected, tolerance);
    }
}

static const DdSensorChip k_chip = {.full_well = 10700,
                                    .read_noise = 2.2,
                                    .quantum_efficiency = 0.65,
                                    .f_number = 2.8,
                                    .pitch = 3.45e-6};

static DdDraw* draw_of(const char* name)
{
    DdDraw* d = malloc(sizeof *d);
    DdStream stream = dd_stream(1, "test", name);
    dd_draw_open(d, &stream);
    return d;
}

// 1000 lx on a grey of 0.18, f/2.8, 3.45 um, 10 ms
static void test_photons(void** state)
{
    (void)state;
    double photons = dd_photons(1000, 0.18, 2.8, 0.9, 3.45e-6, 0.01);
    near(photons, 2514.8, 0.5);
    DdExposed e = {.t_s = 0.01, .gain = 1, .lux = 1000, .balance = {1, 1, 1}};
    double electrons = 0.18 * dd_chip_electrons(&k_chip, &e);
    near(electrons, 1634.6, 0.4);
    double sigma = sqrt(electrons + 2.2 * 2.2);
    near(20 * log10(electrons / sigma), 32.1, 0.05);
    near(electrons * 255 / 10700, 39.0, 0.05);
}

static void read_grey(const DdSensorChip* chip, const DdExposed* e, double grey, int64_t step,
                      const signed char* fixed, double* mean, double* sigma)
{
    enum { k_n = 200000 };
    DdDraw* d = draw_of("cam");
    float* light = malloc(3 * k_n * sizeof *light);
    for (int i = 0; i < 3 * k_n; i++) {
        light[i] = (float)grey;
    }
    dd_chip_read(chip, e, d, step, fixed, light, k_n);
    double sum = 0, square = 0;
    for (int i = 0; i < 3 * k_n; i++) {
        sum += light[i];
    }
    *mean = sum / (3 * k_n);
    for (int i = 0; i < 3 * k_n; i++) {
        square += (light[i] - *mean) * (light[i] - *mean);
    }
    *sigma = sqrt(square / (3 * k_n));
    free(light);
    free(d);
}

static void test_mean_and_noise(void** state)
{
    (void)state;
    DdExposed e = {.t_s = 0.01, .gain = 1, .lux = 1000, .balance = {1, 1, 1}};
    double mean, sigma;
    read_grey(&k_chip, &e, 0.18, 7, NULL, &mean, &sigma);
    near(255 * mean, 39.0, 0.05);
    near(255 * sigma, 0.97, 0.01);
    // photon transfer: the variance in electrons is the mean plus the read noise's, dark or bright;
    // below 30 electrons the light comes in whole ones
    for (double grey = 2e-4; grey < 0.9; grey *= 1.7) {
        double electrons = grey * dd_chip_electrons(&k_chip, &e);
        e.gain = 8;
        if (electrons > 1000) {
            e.gain = 1;
        }
        read_grey(&k_chip, &e, grey, 8, NULL, &mean, &sigma);
        double unit = k_chip.full_well / e.gain, step = unit / 4095;
        double expected = sqrt(electrons + 2.2 * 2.2 + step * step / 12);
        if (electrons > 12) { // else the converter's zero cuts the noise
            near(mean * unit, electrons, 0.01 * electrons + 0.1);
            near(sigma * unit, expected, 0.03 * expected);
        }
    }
    // a full well is the end, and what the colours' factors do comes behind it
    e = (DdExposed){.t_s = 1, .gain = 1, .lux = 1000, .balance = {1, 1, 0.5}};
    read_grey(&k_chip, &e, 1, 9, NULL, &mean, &sigma);
    near(mean, 2.5 / 3, 0.001);
}

static void test_poisson(void** state)
{
    (void)state;
    DdDraw* d = draw_of("poisson");
    const float means[] = {0.3F, 2, 3.9F, 4.1F, 10, 29, 31, 300};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        double sum = 0, square = 0;
        for (int w = 0; w < 65536; w++) {
            double k = dd_draw_poisson(d, means[i], (uint16_t)w);
            sum += k;
            square += k * k;
        }
        double mean = sum / 65536, variance = square / 65536 - mean * mean;
        near(mean, means[i], 0.01 * means[i] + 0.01);
        near(variance, means[i], 0.03 * means[i] + 0.1);
    }
    free(d);
}

// the pattern of a chip is its own, whatever the frame
static void test_fixed_pattern(void** state)
{
    (void)state;
    enum { k_n = 30000 };
    DdDraw* d = draw_of("pattern");
    signed char* fixed = malloc(2 * 3 * k_n);
    dd_chip_fixed(d, fixed, 3 * k_n);
    DdSensorChip chip = k_chip;
    chip.prnu = 0.02;
    chip.dsnu = 5;
    DdExposed e = {.t_s = 0.05, .gain = 1, .lux = 1000, .balance = {1, 1, 1}};
    double* total = calloc(3 * k_n, sizeof *total);
    float* light = malloc(3 * k_n * sizeof *light);
    enum { k_frames = 40 };
    for (int f = 0; f < k_frames; f++) {
        for (int i = 0; i < 3 * k_n; i++) {
            light[i] = 0.18F;
        }
        dd_chip_read(&chip, &e, d, f, fixed, light, k_n);
        for (int i = 0; i < 3 * k_n; i++) {
            total[i] += light[i] / k_frames;
        }
    }
    double sum = 0, square = 0;
    for (int i = 0; i < 3 * k_n; i++) {
        sum += total[i];
        square += total[i] * total[i];
    }
    double mean = sum / (3 * k_n), electrons = mean * chip.full_well;
    double sigma = sqrt(square / (3 * k_n) - mean * mean) * chip.full_well;
    double expected = sqrt(pow(0.02 * electrons, 2) + 25 + electrons / k_frames);
    near(sigma, expected, 0.03 * expected);
    free(total);
    free(light);
    free(fixed);
    free(d);
}

static double seen_of(double t, double gain, double lux)
{
    DdExposed e = {.t_s = t, .lux = lux};
    return 0.18 * dd_chip_electrons(&k_chip, &e) * gain / k_chip.full_well;
}

static void test_exposure_control(void** state)
{
    (void)state;
    DdAuto a = {.t_max = 0.1, .gain_min = 1};
    dd_auto_begin(&a, dd_auto_guess(&k_chip, 1000));
    double t, gain, lux = 1000;
    dd_auto_settings(&a, &t, &gain);
    near(seen_of(t, gain, lux), 0.18, 1e-6);
    // dusk in one step: what is seen counts two pictures later, at most 0.3 stops each
    lux = 50;
    double before = t * gain;
    for (int f = 0; f < 60; f++) {
        dd_auto_settings(&a, &t, &gain);
        if (f < 2) {
            near(t * gain, before, 1e-9);
        } else if (f == 2) {
            near(t * gain / before, pow(2, 0.3), 1e-9);
        }
        assert_true(t <= 0.1);
        dd_auto_seen(&a, seen_of(t, gain, lux));
    }
    near(seen_of(t, gain, lux), 0.18, 0.002);
    assert_true(gain > 1);
    // the limits: as long as the frame lasts, and 24 dB
    for (int f = 0; f < 60; f++) {
        dd_auto_settings(&a, &t, &gain);
        dd_auto_seen(&a, 0);
    }
    near(t, 0.1, 1e-9);
    near(20 * log10(gain), 24, 0.01);
    for (int f = 0; f < 100; f++) {
        dd_auto_settings(&a, &t, &gain);
        dd_auto_seen(&a, 1);
    }
    near(t, 20e-6, 1e-9);
}

static void test_colour(void** state)
{
    (void)state;
    double f[3];
    dd_balance_of(5000, 5000, f);
    near(f[0], 1, 1e-12);
    near(f[2], 1, 1e-12);
    dd_balance_of(2800, 5500, f); // lamps on daylight settings
    assert_true(f[0] > 1.3 && f[2] < 0.6);
    near(dd_vignette(cos(DD_PI / 6), 0.2, 0.5), 0.5625 * 0.95, 1e-12);
}

static void test_draws(void** state)
{
    (void)state;
    DdDraw* d = draw_of("draws");
    double sum = 0, square = 0, neighbours = 0, last = 0;
    enum { k_n = 50000 };
    for (int i = 0; i < k_n; i++) {
        uint16_t w[DD_DRAW_WORDS];
        dd_draw(d, 3, (uint32_t)i, DD_DRAW_SHOT, w);
        for (int k = 0; k < DD_DRAW_WORDS; k++) {
            double z = d->normal[w[k] >> 4];
            sum += z;
            square += z * z;
            neighbours += z * last;
            last = z;
        }
    }
    // many at once are the same ones
    uint16_t many[12 * DD_DRAW_WORDS];
    dd_draw_many(d, INT64_C(1) << 40, 77, DD_DRAW_READ, 12, many);
    for (int i = 0; i < 12; i++) {
        uint16_t w[DD_DRAW_WORDS];
        dd_draw(d, INT64_C(1) << 40, (uint32_t)(77 + i), DD_DRAW_READ, w);
        assert_memory_equal(w, many + i * DD_DRAW_WORDS, sizeof w);
    }
    double n = (double)k_n * DD_DRAW_WORDS;
    near(sum / n, 0, 4 / sqrt(n));
    near(square / n, 1, 4 * sqrt(2 / n));
    near(neighbours / n, 0, 4 / sqrt(n));
    free(d);
}

// what it costs is for the eye, the answer must be the same twice
static void test_speed(void** state)
{
    (void)state;
    enum { k_n = 640 * 480 };
    float* light = malloc(3 * k_n * sizeof *light);
    float* again = malloc(3 * k_n * sizeof *again);
    DdDraw* d = draw_of("speed");
    DdExposed e = {.t_s = 0.01, .gain = 1, .lux = 1000, .balance = {1, 1, 1}};
    for (int dark = 0; dark < 2; dark++) {
        for (int i = 0; i < 3 * k_n; i++) {
            light[i] = again[i] = (float)(i % 1000) * (dark ? 1e-6F : 1e-3F);
        }
        clock_t t0 = clock();
        dd_chip_read(&k_chip, &e, d, 5, NULL, light, k_n);
        print_message("640x480x3, %s: %.2f ms\n", dark ? "dark" : "bright",
                      1e3 * (double)(clock() - t0) / CLOCKS_PER_SEC);
        dd_chip_read(&k_chip, &e, d, 5, NULL, again, k_n);
        assert_memory_equal(light, again, 3 * k_n * sizeof *light);
    }
    free(d);
    free(light);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_photons),
        cmocka_unit_test(test_mean_and_noise),
        cmocka_unit_test(test_poisson),
        cmocka_unit_test(test_fixed_pattern),
        cmocka_unit_test(test_exposure_control),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_draws),
        cmocka_unit_test(test_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
