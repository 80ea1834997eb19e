// Statistics of certification: no library, no signs or tables that differ between machines.
#include "sim/score/stats.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/math3.h"

// ln Gamma(x), x > 0: Stirling's series above 15, recurrence below. Our own because lgamma is not
// among the functions that are pinned, and is not thread-safe.
static double log_gamma(double x)
{
    double shift = 0;
    while (x < 15) {
        shift += log(x);
        x += 1;
    }
    double i = 1 / x, i2 = i * i;
    double series =
        i * (1.0 / 12 -
             i2 * (1.0 / 360 - i2 * (1.0 / 1260 -
                                     i2 * (1.0 / 1680 - i2 * (1.0 / 1188 - i2 * 691.0 / 360360)))));
    return (x - 0.5) * log(x) - x + 0.5 * log(2 * DD_PI) + series - shift;
}

// Continued fraction of the incomplete beta, by Lentz's method.
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m <= 10000; m++) {
        for (int half = 0; half < 2; half++) {
            double k = half == 0 ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                                 : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 + k * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + k / c;
            c = fabs(c) < tiny ? tiny : c;
            h *= d * c;
        }
        if (fabs(d * c - 1) < 1e-15) {
            break;
        }
    }
    return h;
}

double dd_beta_inc(double a, double b, double x)
{
    DD_ASSERT(a > 0 && b > 0);
    if (!(x > 0)) {
        return 0;
    }
    if (x >= 1) {
        return 1;
    }
    double front =
        exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log(1 - x));
    // the fraction converges fast on this side of the mean only
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                     : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double dd_beta_inv(double p, double a, double b)
{
    double lo = 0, hi = 1;
    for (int i = 0; i < 200 && lo < hi; i++) {
        double mid = 0.5 * (lo + hi);
        if (mid <= lo || mid >= hi) {
            break;
        }
        *(dd_beta_inc(a, b, mid) < p ? &lo : &hi) = mid;
    }
    return 0.5 * (lo + hi);
}

void dd_clopper_pearson(int k, int n, double level, double* lo, double* hi)
{
    DD_ASSERT(k >= 0 && k <= n && level > 0 && level < 1);
    double half = (1 - level) / 2;
    *lo = k == 0 ? 0 : dd_beta_inv(half, k, n - k + 1);
    *hi = k == n ? 1 : dd_beta_inv(1 - half, k + 1, n - k);
}

double dd_clopper_pearson_lower(int k, int n, double confidence)
{
    DD_ASSERT(k >= 0 && k <= n && confidence > 0 && confidence < 1);
    return k == 0 ? 0 : dd_beta_inv(1 - confidence, k, n - k + 1);
}

void dd_jeffreys(int k, int n, double level, double* lo, double* hi)
{
    DD_ASSERT(k >= 0 && k <= n && level > 0 && level < 1);
    double half = (1 - level) / 2;
    *lo = k == 0 ? 0 : dd_beta_inv(half, k + 0.5, n - k + 0.5);
    *hi = k == n ? 1 : dd_beta_inv(1 - half, k + 0.5, n - k + 0.5);
}

// P(Z > z) for z >= 0: a series near 0, a continued fraction in the tail.
static double normal_tail(double z)
{
    double density = exp(-0.5 * z * z) / sqrt(2 * DD_PI);
    if (z < 3) {
        double term = z, sum = z;
        for (int i = 1; i < 200 && fabs(term) > 1e-18 * sum; i++) {
            term *= z * z / (2 * i + 1);
            sum += term;
        }
        return 0.5 - density * sum;
    }
    double f = 0;
    for (int i = 200; i >= 1; i--) {
        f = i / (z + f);
    }
    return density / (z + f);
}

double dd_normal_quantile(double p)
{
    DD_ASSERT(p > 0 && p < 1);
    if (p == 0.5) {
        return 0;
    }
    double tail = p < 0.5 ? p : 1 - p, lo = 0, hi = 40;
    for (int i = 0; i < 200; i++) {
        double mid = 0.5 * (lo + hi);
        *(normal_tail(mid) > tail ? &lo : &hi) = mid;
    }
    return p < 0.5 ? -lo : lo;
}

void dd_wilson(int k, int n, double level, double* lo, double* hi)
{
    DD_ASSERT(k >= 0 && k <= n && level > 0 && level < 1);
    if (n == 0) {
        *lo = 0;
        *hi = 1;
        return;
    }
    double z = dd_normal_quantile(0.5 + level / 2), z2 = z * z, p = (double)k / n;
    double scale = 1 + z2 / n;
    double centre = (p + z2 / (2 * n)) / scale;
    double half = z / scale * sqrt(p * (1 - p) / n + z2 / (4.0 * n * n));
    *lo = k == 0 ? 0 : centre - half;
    *hi = k == n ? 1 : centre + half;
}

static int compare(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

double dd_percentile(double* x, int n, double q)
{
    if (n == 0) {
        return NAN;
    }
    qsort(x, (size_t)n, sizeof *x, compare);
    // the small number guards the rounding of q n
    int rank = (int)ceil(q * n - 1e-9);
    return x[rank < 1 ? 0 : rank > n ? n - 1 : rank - 1];
}

double dd_mean(const double* x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += x[i];
    }
    return n ? sum / n : NAN;
}

double dd_std(const double* x, int n)
{
    if (n < 2) {
        return NAN;
    }
    double mean = dd_mean(x, n), sum = 0;
    for (int i = 0; i < n; i++) {
        sum += (x[i] - mean) * (x[i] - mean);
    }
    return sqrt(sum / (n - 1));
}
