// Intervals and percentiles against published vectors and against their own definitions.
#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/score/stats.h"

static void near(double got, double want)
{
    if (fabs(got - want) > 0.6e-6) {
        fail_msg("got %.9f, want %.6f", got, want);
    }
}

static void test_intervals(void** state)
{
    (void)state;
    // k, n, Clopper-Pearson, Wilson, Jeffreys, one-sided lower bound
    static const double k_rows[][9] = {
        {0, 10, 0.000000, 0.308497, 0.000000, 0.277533, 0.000000, 0.217196, 0.000000},
        {25, 50, 0.355273, 0.644727, 0.366445, 0.633555, 0.364686, 0.635314, 0.376246},
        {45, 50, 0.781865, 0.966725, 0.786398, 0.956524, 0.794645, 0.960806, 0.801167},
        {50, 50, 0.928878, 1.000000, 0.928652, 1.000000, 0.951242, 1.000000, 0.941845},
        {95, 100, 0.887165, 0.983568, 0.888250, 0.978456, 0.893900, 0.980668, 0.897747},
        {99, 100, 0.945541, 0.999747, 0.945514, 0.998233, 0.954221, 0.998919, 0.953440},
        {299, 299, 0.987738, 1.000000, 0.987315, 1.000000, 0.991641, 1.000000, 0.990031},
        {990, 1000, 0.981687, 0.995194, 0.981691, 0.994559, 0.982334, 0.994847, 0.983097},
    };
    for (size_t i = 0; i < sizeof k_rows / sizeof *k_rows; i++) {
        const double* r = k_rows[i];
        int k = (int)r[0], n = (int)r[1];
        double lo, hi;
        dd_clopper_pearson(k, n, 0.95, &lo, &hi);
        near(lo, r[2]);
        near(hi, r[3]);
        dd_wilson(k, n, 0.95, &lo, &hi);
        near(lo, r[4]);
        near(hi, r[5]);
        dd_jeffreys(k, n, 0.95, &lo, &hi);
        near(lo, r[6]);
        near(hi, r[7]);
        near(dd_clopper_pearson_lower(k, n, 0.95), r[8]);
    }
    double lo, hi;
    dd_clopper_pearson(0, 0, 0.95, &lo, &hi);
    assert_true(lo == 0 && hi == 1);
    dd_wilson(0, 0, 0.95, &lo, &hi);
    assert_true(lo == 0 && hi == 1);
}

static void test_beta(void** state)
{
    (void)state;
    // I_x(1, b) and I_x(a, 1) have closed forms; symmetry holds for all
    for (double x = 0.05; x < 1; x += 0.05) {
        near(dd_beta_inc(1, 7, x), 1 - pow(1 - x, 7));
        near(dd_beta_inc(5, 1, x), pow(x, 5));
        assert_true(fabs(dd_beta_inc(3.5, 120, x) + dd_beta_inc(120, 3.5, 1 - x) - 1) < 1e-12);
    }
    // the binomial sum: P(X <= 3), n = 10, p = 0.3
    double sum = 0, term = pow(0.7, 10);
    for (int k = 0; k <= 3; k++) {
        sum += term;
        term *= (10.0 - k) / (k + 1) * 0.3 / 0.7;
    }
    assert_true(fabs(dd_beta_inc(7, 4, 0.7) - sum) < 1e-13);
    near(dd_normal_quantile(0.975), 1.959964);
    near(dd_normal_quantile(0.5), 0);
    near(dd_normal_quantile(0.9999), 3.719016);
    near(dd_normal_quantile(0.05), -1.644854);
    // a million trials still converge
    double lo, hi;
    dd_clopper_pearson(999000, 1000000, 0.95, &lo, &hi);
    assert_true(lo < 0.999 && hi > 0.999 && hi - lo < 2e-4);
}

static void test_moments(void** state)
{
    (void)state;
    double x[100];
    for (int i = 0; i < 100; i++) {
        x[i] = 100 - i;
    }
    assert_true(dd_percentile(x, 100, 0.95) == 95);
    assert_true(x[0] == 1 && x[99] == 100); // sorted in place
    assert_true(dd_percentile(x, 100, 0) == 1 && dd_percentile(x, 100, 1) == 100);
    assert_true(dd_percentile(x, 100, 0.07) == 7); // 0.07 * 100 is above 7 in binary
    assert_true(isnan(dd_percentile(x, 0, 0.5)));
    assert_true(dd_mean(x, 100) == 50.5 && isnan(dd_mean(x, 0)));
    double y[] = {0, 1, 2, 5};
    near(dd_std(y, 4), sqrt(14.0 / 3));
    assert_true(isnan(dd_std(y, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_beta),
        cmocka_unit_test(test_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
