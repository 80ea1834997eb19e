// Rates and time in exact integer arithmetic.
#include "sim/base/rate.h"

#include <math.h>

#include "sim/base/error.h"

static const int64_t k_ns_per_s = 1000000000;

static int64_t gcd(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

DdRate dd_rate(double hz)
{
    DD_ASSERT(hz > 0.0 && hz < 1e12);
    int64_t num = (int64_t)floor(hz * 1000.0 + 0.5);
    if (num < 1) {
        num = 1; // the slowest rate there is, not "never"
    }
    int64_t den = 1000;
    int64_t g = gcd(num, den);
    return (DdRate){num / g, den / g};
}

double dd_rate_hz(DdRate rate)
{
    return (double)rate.num / (double)rate.den;
}

bool dd_rate_due(DdRate rate, int physics_hz, int64_t step)
{
    DD_ASSERT(rate.num > 0 && rate.den > 0 && physics_hz > 0 && step >= 0);
    int64_t whole = rate.den * physics_hz;
    if (rate.num >= whole) {
        return true;
    }
    // floor(n num / whole) grows exactly where the remainder has just wrapped; only n mod whole
    // counts
    return (step % whole) * rate.num % whole < rate.num;
}

int64_t dd_rate_next(DdRate rate, int physics_hz, int64_t step)
{
    DD_ASSERT(rate.num > 0 && rate.den > 0 && physics_hz > 0);
    if (step < 0) {
        return 0;
    }
    int64_t whole = rate.den * physics_hz;
    if (rate.num >= whole) {
        return step + 1;
    }
    // the pattern repeats every `whole` steps, which keeps the products small
    int64_t base = step - step % whole;
    int64_t count = (step - base) * rate.num / whole + 1;
    return base + (count * whole + rate.num - 1) / rate.num;
}

int64_t dd_step_ns(int64_t step, int physics_hz)
{
    DD_ASSERT(physics_hz > 0 && step >= 0);
    return step / physics_hz * k_ns_per_s + step % physics_hz * k_ns_per_s / physics_hz;
}

double dd_step_s(int64_t step, int physics_hz)
{
    DD_ASSERT(physics_hz > 0);
    return (double)step / (double)physics_hz;
}

int64_t dd_steps_of(double seconds, int physics_hz)
{
    // longer than any run: "never", with room to be added to a step
    const double k_never = 4e18;
    double steps = floor(seconds * physics_hz + 0.5);
    DD_ASSERT(physics_hz > 0 && !isnan(steps));
    return steps > k_never    ? (int64_t)k_never
           : steps < -k_never ? -(int64_t)k_never
                              : (int64_t)steps;
}
