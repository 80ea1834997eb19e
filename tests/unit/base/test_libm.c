// The pinned libm: it is in force, and gives the bits it gave when this was written.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/hash.h"
#include "sim/base/libm.h"
#include "sim/base/rng.h"

typedef double (*Function)(double);

static double pow_17(double x)
{
    return pow(fabs(x), 1.7);
}

static double pow_2(double x)
{
    return pow(x, 2);
}

static double atan2_07(double x)
{
    return atan2(x, 0.7);
}

static double sin_single(double x)
{
    return sinf((float)x);
}

static double pow_single(double x)
{
    return powf(fabsf((float)x), 1.3f);
}

// XXH3 of 20,000 values of each; the same on every x86-64 CPU and on both Debian releases
static const struct {
    const char* name;
    Function function;
    uint64_t hash;
} k_rows[] = {
#define ROW(f, hash)                                                                               \
    {                                                                                              \
#f, f, UINT64_C(hash)                                                                      \
    }
    ROW(sin, 0x08c9f5449ff3e38a),        ROW(cos, 0xc3497acc6b39638d),
    ROW(tan, 0xdda96c61c521d6ca),        ROW(asin, 0x6a4eaf031e491532),
    ROW(acos, 0x1470866b7e86fc85),       ROW(exp, 0xb36d421519dd57db),
    ROW(log, 0xbaf5d1490bfa9668),        ROW(log10, 0xaa4b0db6c11ea7a9),
    ROW(cbrt, 0x579dd617e63a6639),       ROW(tanh, 0x992df0a79fa276f2),
    ROW(lgamma, 0x195b7dda332ce366),     ROW(pow_17, 0x5ec2d42a63ea605e),
    ROW(pow_2, 0xe3e8f304e156ba3b),      ROW(atan2_07, 0x8be3722cc3a4dddd),
    ROW(sin_single, 0xdcafb5c09f51b652), ROW(pow_single, 0xf3f9234cb6fc9db9),
#undef ROW
};

static void the_bits_are_the_known_ones(void** state)
{
    (void)state;
    for (size_t r = 0; r < sizeof k_rows / sizeof k_rows[0]; r++) {
        DdStream s = dd_stream(1, "libm", "arguments");
        uint64_t hash = 0;
        for (int i = 0; i < 20000; i++) {
            double v = k_rows[r].function(dd_stream_uniform(&s, -1, 1) * (i % 2 == 0 ? 1 : 30));
            // the sign and payload of a NaN mean nothing
            v = isnan(v) ? 0.125 : v;
            hash = dd_hash64(&v, sizeof v, hash);
        }
        if (hash != k_rows[r].hash) {
            fail_msg("%s: 0x%016llx", k_rows[r].name, (unsigned long long)hash);
        }
    }
}

static void the_pinned_one_is_in_force(void** state)
{
    (void)state;
    assert_true(dd_libm_pinned());
    assert_memory_equal(dd_libm_name(), "musl ", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pinned_one_is_in_force),
        cmocka_unit_test(the_bits_are_the_known_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
