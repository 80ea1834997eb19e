// Streams: published vectors, independence, ranges, moments.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/rng.h"

// known-answer vectors of philox4x32-10 as the Random123 distribution publishes them
static void philox_gives_the_published_vectors(void** state)
{
    (void)state;
    static const struct {
        uint32_t counter[4];
        uint32_t key[2];
        uint32_t out[4];
    } k_rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof k_rows / sizeof k_rows[0]; i++) {
        uint32_t out[4];
        dd_philox4x32(k_rows[i].counter, k_rows[i].key, out);
        assert_memory_equal(out, k_rows[i].out, sizeof out);
    }
}

static void a_stream_is_its_seed_scope_and_name(void** state)
{
    (void)state;
    uint64_t key = dd_stream(7, "dock", "params").key;
    assert_true(dd_stream(7, "dock", "params").key == key);
    assert_true(dd_stream(8, "dock", "params").key != key);
    assert_true(dd_stream(7, "dock2", "params").key != key);
    assert_true(dd_stream(7, "dock", "param").key != key);
    // where one text ends and the other begins counts
    assert_true(dd_stream(7, "dockp", "arams").key != key);
    assert_true(dd_stream(7, "", "dockparams").key != key);
    assert_true(dd_stream(7, "dockparams", "").key != key);
    assert_true(dd_stream(UINT64_C(7) << 32, "dock", "params").key != key);
}

static void a_draw_depends_on_its_index_only(void** state)
{
    (void)state;
    DdStream a = dd_stream(1, "s", "n");
    uint64_t first[10];
    for (int i = 0; i < 10; i++) {
        first[i] = dd_stream_bits(&a);
    }
    DdStream b = dd_stream(1, "s", "n");
    b.index = 6;
    assert_true(dd_stream_bits(&b) == first[6]);
    assert_true(b.index == 7);
    for (int i = 1; i < 10; i++) {
        assert_true(first[i] != first[0]);
    }
    // one normal is one draw
    b.index = 3;
    (void)dd_stream_normal(&b, 0, 1);
    assert_true(dd_stream_bits(&b) == first[4]);
}

static void uniform_stays_in_its_range(void** state)
{
    (void)state;
    DdStream s = dd_stream(3, "s", "u");
    double sum = 0;
    double sum2 = 0;
    enum { k_n = 100000 };
    for (int i = 0; i < k_n; i++) {
        double v = dd_stream_uniform(&s, -2, 6);
        assert_true(v >= -2 && v < 6);
        sum += v;
        sum2 += v * v;
    }
    double mean = sum / k_n;
    assert_true(fabs(mean - 2) < 0.03);
    assert_true(fabs(sum2 / k_n - mean * mean - 64.0 / 12.0) < 0.06);
    // a range of two neighbouring numbers has one value
    double next = nextafter(1.0, 2.0);
    for (int i = 0; i < 100; i++) {
        assert_true(dd_stream_uniform(&s, 1.0, next) == 1.0);
        assert_true(dd_stream_uniform(&s, 5.0, 5.0) == 5.0);
        assert_true(isfinite(dd_stream_uniform(&s, -1.7e308, 1.7e308)));
    }
}

static void normal_has_its_moments(void** state)
{
    (void)state;
    DdStream s = dd_stream(3, "s", "g");
    DdStream at = dd_stream(3, "s", "at");
    double m[2] = {0}, v[2] = {0}, q[2] = {0}, cross = 0;
    enum { k_n = 200000 };
    for (int i = 0; i < k_n; i++) {
        double x[2] = {(dd_stream_normal(&s, 10, 3) - 10) / 3, dd_stream_normal_at(&at, i, 5)};
        for (int k = 0; k < 2; k++) {
            m[k] += x[k] / k_n;
            v[k] += x[k] * x[k] / k_n;
            q[k] += x[k] * x[k] * x[k] * x[k] / k_n;
        }
        cross += x[0] * x[1] / k_n;
    }
    for (int k = 0; k < 2; k++) {
        assert_true(fabs(m[k]) < 0.01);
        assert_true(fabs(v[k] - 1) < 0.02);
        assert_true(fabs(q[k] - 3) < 0.15);
    }
    assert_true(fabs(cross) < 0.01);
    assert_true(at.index == 0);
}

static void integers_are_unbiased_and_inclusive(void** state)
{
    (void)state;
    DdStream s = dd_stream(4, "s", "i");
    int count[7] = {0};
    for (int i = 0; i < 70000; i++) {
        int64_t v = dd_stream_int(&s, -3, 3);
        assert_true(v >= -3 && v <= 3);
        count[v + 3]++;
    }
    for (int i = 0; i < 7; i++) {
        assert_true(count[i] > 9500 && count[i] < 10500);
    }
    assert_true(dd_stream_int(&s, 9, 9) == 9);
    // three quarters of 2^64: without rejection the first half would come twice as often
    int low = 0;
    for (int i = 0; i < 30000; i++) {
        int64_t v = dd_stream_int(&s, INT64_MIN, INT64_MAX / 2);
        low += v < INT64_MIN + (INT64_MAX / 4) * 3;
    }
    assert_true(low > 14500 && low < 15500);
    (void)dd_stream_int(&s, INT64_MIN, INT64_MAX);
}

static void addressed_draws_need_no_state(void** state)
{
    (void)state;
    DdStream s = dd_stream(5, "s", "noise");
    double a = dd_stream_uniform_at(&s, 100, 2);
    (void)dd_stream_bits(&s);
    assert_true(dd_stream_uniform_at(&s, 100, 2) == a);
    assert_true(dd_stream_uniform_at(&s, 101, 2) != a);
    assert_true(dd_stream_uniform_at(&s, 100, 3) != a);
    assert_true(a >= 0 && a < 1);
    // step k of lane 0 is not draw k of the stream
    DdStream t = dd_stream(5, "s", "noise");
    assert_true(dd_stream_uniform(&t, 0, 1) != dd_stream_uniform_at(&t, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_vectors),
        cmocka_unit_test(a_stream_is_its_seed_scope_and_name),
        cmocka_unit_test(a_draw_depends_on_its_index_only),
        cmocka_unit_test(uniform_stays_in_its_range),
        cmocka_unit_test(normal_has_its_moments),
        cmocka_unit_test(integers_are_unbiased_and_inclusive),
        cmocka_unit_test(addressed_draws_need_no_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
