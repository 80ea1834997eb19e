// Noise with memory: the Allan deviation of an IMU's errors against the formulas, the estimator
// itself against NIST's numbers, and low-pass filters.
#include "tests/unit/sense/rig.h"

#include "sim/sense/drift.h"

// Overlapping (stride 1) or not (stride m) Allan deviation of rates y, averaged over m samples.
static double allan(const double* y, int n, int m, double dt, bool overlapping)
{
    double* theta = calloc((size_t)n + 1, sizeof *theta);
    assert_non_null(theta);
    for (int i = 0; i < n; i++) {
        theta[i + 1] = theta[i] + y[i] * dt;
    }
    double sum = 0, tau = m * dt;
    int count = 0;
    for (int k = 0; k + 2 * m <= n; k += overlapping ? 1 : m) {
        double d = theta[k + 2 * m] - 2 * theta[k + m] + theta[k];
        sum += d * d;
        count++;
    }
    free(theta);
    return sqrt(sum / (2 * tau * tau * count));
}

static void test_the_estimator_gives_the_numbers_of_nist(void** state)
{
    (void)state;
    double y[1000];
    int64_t n = 1234567890;
    for (int i = 0; i < 1000; i++) {
        y[i] = (double)n / 2147483647.0;
        n = 16807 * n % 2147483647;
    }
    static const double k_golden[][3] = {
        {1, 0.2922319, 0.2922319}, {10, 0.09159953, 0.09965736}, {100, 0.03241343, 0.03897804}};
    for (int i = 0; i < 3; i++) {
        int m = (int)k_golden[i][0];
        near(allan(y, 1000, m, 1, true), k_golden[i][1], 1e-7);
        near(allan(y, 1000, m, 1, false), k_golden[i][2], 1e-7);
    }
}

// The named set `golden_mid`: 0.007 deg/s/sqrt(Hz), 8 deg/h, K 2e-6, sampled with 200 Hz.
static const double k_n = 1.221730e-4, k_b = 3.878509e-5, k_k = 2e-6;

static double* make_noise(int n, double rate, uint64_t seed)
{
    double* y = calloc((size_t)n, sizeof *y);
    assert_non_null(y);
    DdStream stream = dd_stream(seed, "test", "imu");
    DdDrift d = dd_drift_make(k_n, k_b, k_k, 1 / rate);
    double mine[DD_DRIFT_STATE];
    dd_drift_begin(&d, &stream, 0, mine);
    for (int i = 0; i < n; i++) {
        y[i] = dd_drift_next(&d, i == 0 ? 0 : 1 / rate, &stream, i, 0, mine);
    }
    return y;
}

static void test_the_noise_has_the_allan_deviation_it_promises(void** state)
{
    (void)state;
    // tau, expected with the cascade, deviation of one run of two hours
    static const double k_table[][3] = {{0.01, 1.2218e-3, 0.001},
                                        {0.1, 3.8692e-4, 0.002},
                                        {1, 1.2475e-4, 0.007},
                                        {10, 4.6498e-5, 0.022},
                                        {100, 3.0662e-5, 0.07}};
    int n = 2 * 3600 * 200;
    double* y = make_noise(n, 200, 5);
    for (size_t i = 0; i < sizeof k_table / sizeof *k_table; i++) {
        int m = (int)(k_table[i][0] * 200 + 0.5);
        // four deviations where the log is long enough, three at 100 s
        near(allan(y, n, m, 1.0 / 200, true) / k_table[i][1], 1, (i < 4 ? 4 : 3) * k_table[i][2]);
    }
    double square = 0;
    for (int i = 0; i + 1 < n; i++) {
        square += (y[i + 1] - y[i]) * (y[i + 1] - y[i]);
    }
    near(sqrt(square / (2.0 * n)), 1.727788e-3, 1e-5);
    free(y);
}

static void test_every_draw_is_a_function_of_its_step(void** state)
{
    (void)state;
    double* a = make_noise(500, 200, 5);
    double* b = make_noise(500, 200, 5);
    double* c = make_noise(500, 200, 6);
    assert_memory_equal(a, b, 500 * sizeof *a);
    assert_true(a[0] != c[0] && a[499] != c[499]);
    free(a);
    free(b);
    free(c);
}

static double gain(const DdLowpass* f, double hz, double rate)
{
    double state[DD_LOWPASS_STATE], most = 0;
    dd_lowpass_begin(f, 0, state);
    for (int i = 0; i < 20 * (int)rate; i++) {
        double out = dd_lowpass_next(f, sin(2 * DD_PI * hz * i / rate), state);
        most = i > 10 * (int)rate && fabs(out) > most ? fabs(out) : most;
    }
    return most;
}

static void test_a_low_pass_halves_the_power_at_its_corner(void** state)
{
    (void)state;
    DdLowpass f = dd_lowpass_make(50, 1000);
    // |H|^2 = 1 / (1 + (tan(pi f/r) / tan(pi fc/r))^4)
    for (double hz = 1.3; hz < 300; hz *= 2.1) {
        double ratio = tan(DD_PI * hz / 1000) / tan(DD_PI * 50 / 1000);
        near(gain(&f, hz, 1000), 1 / sqrt(1 + ratio * ratio * ratio * ratio), 3e-3);
    }
    near(gain(&f, 50, 1000), sqrt(0.5), 3e-3);
    double state_[DD_LOWPASS_STATE];
    dd_lowpass_begin(&f, 3, state_);
    near(dd_lowpass_next(&f, 3, state_), 3, 1e-12);
    near(dd_lowpass_next(&f, 3, state_), 3, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_estimator_gives_the_numbers_of_nist),
        cmocka_unit_test(test_the_noise_has_the_allan_deviation_it_promises),
        cmocka_unit_test(test_every_draw_is_a_function_of_its_step),
        cmocka_unit_test(test_a_low_pass_halves_the_power_at_its_corner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
