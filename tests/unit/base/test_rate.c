// Rates: exact schedules, also those that do not divide.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sim/base/rate.h"

static void a_rate_is_a_reduced_fraction(void** state)
{
    (void)state;
    DdRate r = dd_rate(30);
    assert_int_equal(r.num, 30);
    assert_int_equal(r.den, 1);
    r = dd_rate(29.97);
    assert_int_equal(r.num, 2997);
    assert_int_equal(r.den, 100);
    r = dd_rate(1e-9);
    assert_int_equal(r.num, 1);
    assert_int_equal(r.den, 1000);
    assert_true(dd_rate_hz(dd_rate(0.125)) == 0.125);
}

static void due_is_where_the_floor_grows(void** state)
{
    (void)state;
    static const double k_rates[] = {30, 29.97, 1, 0.3, 50, 499, 500, 1000, 7.001};
    for (int i = 0; i < 9; i++) {
        DdRate r = dd_rate(k_rates[i]);
        int64_t count = 0;
        int64_t next = 0;
        for (int64_t n = 0; n < 20000; n++) {
            int64_t now = n * r.num / (r.den * 500);
            int64_t before = n == 0 ? -1 : (n - 1) * r.num / (r.den * 500);
            bool due = dd_rate_due(r, 500, n);
            assert_true(due == (now > before));
            count += due;
            assert_true(due == (n == next));
            if (due) {
                next = dd_rate_next(r, 500, n);
                assert_true(next > n);
            }
        }
        // 40 s hold as many as the rate says, at most one per step
        double expected = fmin(40 * k_rates[i], 20000);
        assert_true(fabs((double)count - expected) <= 1);
    }
    assert_int_equal(dd_rate_next(dd_rate(30), 500, -1), 0);
    assert_int_equal(dd_rate_next(dd_rate(30), 500, 3), 17);
}

static void long_runs_do_not_overflow(void** state)
{
    (void)state;
    DdRate r = dd_rate(399.999);
    int64_t far = INT64_C(4000000000000000);
    int64_t n = dd_rate_next(r, 1000, far);
    assert_true(n > far && n <= far + 3);
    assert_true(dd_rate_due(r, 1000, n));
}

static void time_comes_from_the_step(void** state)
{
    (void)state;
    assert_int_equal(dd_step_ns(1, 500), 2000000);
    assert_int_equal(dd_step_ns(1, 3), 333333333);
    assert_int_equal(dd_step_ns(3, 3), 1000000000);
    assert_int_equal(dd_step_ns(INT64_C(3600) * 24 * 365 * 500 + 1, 500),
                     INT64_C(3600) * 24 * 365 * 1000000000 + 2000000);
    assert_true(dd_step_s(250, 500) == 0.5);
    assert_int_equal(dd_steps_of(0.5, 500), 250);
    assert_int_equal(dd_steps_of(0.0011, 500), 1);
    assert_int_equal(dd_steps_of(0.0009, 500), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_a_reduced_fraction),
        cmocka_unit_test(due_is_where_the_floor_grows),
        cmocka_unit_test(long_runs_do_not_overflow),
        cmocka_unit_test(time_comes_from_the_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
