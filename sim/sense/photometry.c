// Photometry: draws per pixel, the EMVA 1288 sensor, exposure control, white balance.
#include "sim/sense/photometry.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/math3.h"

// photons per lx s m^2 at 555 nm: 1 / (683 lm/W * h c / lambda)
static const double k_photons_per_lux = 4.09e15;
const double dd_lens_transmittance = 0.9;

enum { k_fixed_scale = 32, k_levels = 4095 };
// below it a Poisson draw is made as such
static const float k_poisson_normal = 30, k_poisson_search = 2;
static const double k_decay_steps = DD_DRAW_DECAY / 2.0; // of exp() in that range

// The quantile of the normal distribution by Acklam's rational approximation (1.2e-9).
static double quantile(double p)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                               -2.759285104469687e+02, 1.383577518672690e+02,
                               -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                               -1.556989798598866e+02, 6.680131188771972e+01,
                               -1.328068155288572e+01};
    static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                               -2.400758277161838e+00, -2.549732539343734e+00,
                               4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                               3.754408661907416e+00};
    if (p > 0.5) {
        return -quantile(1 - p);
    }
    if (p < 0.02425) {
        double q = sqrt(-2 * log(p));
        return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
               ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
    }
    double q = p - 0.5, r = q * q;
    return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
           (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

void dd_draw_open(DdDraw* d, const DdStream* stream)
{
    d->key[0] = (uint32_t)stream->key;
    d->key[1] = (uint32_t)(stream->key >> 32);
    double square = 0;
    for (int i = 0; i < DD_DRAW_BINS; i++) {
        double z = quantile((i + 0.5) / DD_DRAW_BINS);
        square += z * z;
        d->normal[i] = (float)z;
    }
    // the tails beyond the outermost middles are missing
    float scale = (float)sqrt(DD_DRAW_BINS / square);
    for (int i = 0; i < DD_DRAW_BINS; i++) {
        d->normal[i] *= scale;
    }
    for (int i = 0; i < DD_DRAW_DECAY + 2; i++) {
        d->decay[i] = (float)exp(-i / k_decay_steps);
    }
    for (int i = 1; i < (int)(sizeof d->inverse / sizeof *d->inverse); i++) {
        d->inverse[i] = 1.0F / (float)i;
    }
}

// Products of four 32-bit numbers with one, low and high halves.
static inline void multiply(__m128i a, __m128i m, __m128i* lo, __m128i* hi)
{
    __m128i even = _mm_mul_epu32(a, m), odd = _mm_mul_epu32(_mm_srli_epi64(a, 32), m);
    *lo = _mm_blend_epi16(even, _mm_slli_epi64(odd, 32), 0xcc);
    *hi = _mm_blend_epi16(_mm_srli_epi64(even, 32), odd, 0xcc);
}

// Four blocks of consecutive lanes side by side, the same numbers as dd_draw's.
static void draw_four(const DdDraw* d, int64_t step, uint32_t lane, DdDrawFor purpose,
                      uint16_t words[4 * DD_DRAW_WORDS])
{
    const __m128i m0 = _mm_set1_epi32((int)0xD2511F53u), m1 = _mm_set1_epi32((int)0xCD9E8D57u);
    const __m128i w0 = _mm_set1_epi32((int)0x9E3779B9u), w1 = _mm_set1_epi32((int)0xBB67AE85u);
    __m128i k0 = _mm_set1_epi32((int)d->key[0]), k1 = _mm_set1_epi32((int)d->key[1]);
    __m128i c0 = _mm_set1_epi32((int)step), c1 = _mm_set1_epi32((int)((uint64_t)step >> 32));
    __m128i c2 = _mm_add_epi32(_mm_set1_epi32((int)lane), _mm_setr_epi32(0, 1, 2, 3));
    __m128i c3 = _mm_set1_epi32((int)purpose);
    for (int r = 0; r < 10; r++) {
        __m128i lo0, hi0, lo1, hi1;
        multiply(c0, m0, &lo0, &hi0);
        multiply(c2, m1, &lo1, &hi1);
        c0 = _mm_xor_si128(_mm_xor_si128(hi1, c1), k0);
        c2 = _mm_xor_si128(_mm_xor_si128(hi0, c3), k1);
        c1 = lo1;
        c3 = lo0;
        k0 = _mm_add_epi32(k0, w0);
        k1 = _mm_add_epi32(k1, w1);
    }
    // from one vector per word of a block to one per block
    __m128i a = _mm_unpacklo_epi32(c0, c1), b = _mm_unpacklo_epi32(c2, c3);
    __m128i e = _mm_unpackhi_epi32(c0, c1), f = _mm_unpackhi_epi32(c2, c3);
    _mm_storeu_si128((__m128i*)(void*)words, _mm_unpacklo_epi64(a, b));
    _mm_storeu_si128((__m128i*)(void*)(words + 8), _mm_unpackhi_epi64(a, b));
    _mm_storeu_si128((__m128i*)(void*)(words + 16), _mm_unpacklo_epi64(e, f));
    _mm_storeu_si128((__m128i*)(void*)(words + 24), _mm_unpackhi_epi64(e, f));
}

void dd_draw_many(const DdDraw* d, int64_t step, uint32_t lane, DdDrawFor purpose, int nlane,
                  uint16_t* words)
{
    for (int i = 0; i < nlane; i += 4) {
        draw_four(d, step, lane + (uint32_t)i, purpose, words + DD_DRAW_WORDS * i);
    }
}

void dd_draw(const DdDraw* d, int64_t step, uint32_t lane, DdDrawFor purpose,
             uint16_t words[DD_DRAW_WORDS])
{
    const uint32_t counter[4] = {(uint32_t)step, (uint32_t)((uint64_t)step >> 32), lane,
                                 (uint32_t)purpose};
    uint32_t out[4];
    dd_philox4x32(counter, d->key, out);
    for (int i = 0; i < 4; i++) {
        words[2 * i] = (uint16_t)out[i];
        words[2 * i + 1] = (uint16_t)(out[i] >> 16);
    }
}

float dd_draw_poisson(const DdDraw* d, float mean, uint16_t word)
{
    if (mean >= k_poisson_search) {
        // normal with the first term of Cornish and Fisher for the skew
        float z = d->normal[word >> 4];
        float v = mean + sqrtf(mean) * z;
        v = floorf((mean < k_poisson_normal ? v + (z * z - 1) / 6 : v) + 0.5F);
        return v > 0 ? v : 0;
    }
    float at = mean * (float)k_decay_steps, u = ((float)word + 0.5F) / 65536;
    int i = (int)at;
    float p = d->decay[i] + (at - (float)i) * (d->decay[i + 1] - d->decay[i]), sum = p;
    int k = 0;
    while (u > sum && k < 31) {
        p *= mean * d->inverse[++k];
        sum += p;
    }
    return (float)k;
}

double dd_photons(double lux, double rho, double f_number, double transmittance, double pitch,
                  double t_s)
{
    double image = lux * rho * transmittance / (4 * f_number * f_number);
    return k_photons_per_lux * image * pitch * pitch * t_s;
}

double dd_chip_electrons(const DdSensorChip* c, const DdExposed* e)
{
    return c->quantum_efficiency *
           dd_photons(e->lux, 1, c->f_number, dd_lens_transmittance, c->pitch, e->t_s);
}

void dd_chip_fixed(const DdDraw* d, signed char* fixed, size_t nvalue)
{
    for (size_t i = 0; i < 2 * nvalue; i += DD_DRAW_WORDS) {
        uint16_t words[DD_DRAW_WORDS];
        dd_draw(d, 0, (uint32_t)(i / DD_DRAW_WORDS), DD_DRAW_FIXED, words);
        for (size_t k = 0; k < DD_DRAW_WORDS && i + k < 2 * nvalue; k++) {
            fixed[i + k] = (signed char)lrintf(d->normal[words[k] >> 4] * k_fixed_scale);
        }
    }
}

// so many pixels of three colours at a time
enum { k_pixels = 32, k_run = 3 * k_pixels, k_run_lanes = k_run / DD_DRAW_WORDS };

typedef struct Reading {
    const DdDraw* draw;
    int64_t step;
    float electrons, read, read2, prnu, dsnu, full, scale;
    float balance[k_run];
} Reading;

// Electrons of a run whose light comes in countable electrons somewhere; noise included.
static void read_dark(const Reading* r, const float mean[k_run], const uint16_t shot[k_run],
                      uint32_t lane, float y[k_run])
{
    uint16_t more[k_run];
    dd_draw_many(r->draw, r->step, lane, DD_DRAW_READ, k_run_lanes, more);
    for (int i = 0; i < k_run; i++) {
        y[i] = mean[i] >= k_poisson_normal
                   ? mean[i] + sqrtf(mean[i] + r->read2) * r->draw->normal[shot[i] >> 4]
                   : dd_draw_poisson(r->draw, mean[i], shot[i]) +
                         r->read * r->draw->normal[more[i] >> 4];
    }
}

// One run of values in place; the sum of its levels. `gain` and `offset` are the chip's pattern.
static int read_run(const Reading* r, const float* shade, const signed char* gain,
                    const signed char* offset, uint32_t lane, float light[k_run])
{
    uint16_t shot[k_run];
    float mean[k_run], y[k_run], z[k_run];
    dd_draw_many(r->draw, r->step, lane, DD_DRAW_SHOT, k_run_lanes, shot);
    if (shade) {
        for (int i = 0; i < k_pixels; i++) {
            light[3 * i] *= shade[i];
            light[3 * i + 1] *= shade[i];
            light[3 * i + 2] *= shade[i];
        }
    }
    int dark = 0;
    const float most = 4 * r->full;
    for (int i = 0; i < k_run; i++) {
        float m = light[i] * r->electrons;
        m = m > most ? most : m;
        mean[i] = m;
        dark |= m < k_poisson_normal;
    }
    if (dark) {
        read_dark(r, mean, shot, lane, y);
    } else {
        for (int i = 0; i < k_run; i++) {
            z[i] = r->draw->normal[shot[i] >> 4];
        }
        // shot and read noise are one normal draw here
        for (int i = 0; i < k_run; i++) {
            y[i] = mean[i] + sqrtf(mean[i] + r->read2) * z[i];
        }
    }
    if (gain) {
        for (int i = 0; i < k_run; i++) {
            y[i] += mean[i] * r->prnu * (float)gain[i] + r->dsnu * (float)offset[i];
        }
    }
    int sum = 0;
    for (int i = 0; i < k_run; i++) {
        // the well, the converter's steps, then the colours
        float v = y[i] > r->full ? r->full : y[i];
        v = v * r->scale + 0.5F;
        v = v < 0 ? 0 : v;
        v = v > k_levels ? k_levels : v;
        int level = (int)v;
        sum += level;
        v = (float)level * r->balance[i];
        light[i] = v > 1 ? 1 : v;
    }
    return sum;
}

double dd_chip_read(const DdSensorChip* c, const DdExposed* e, const DdDraw* d, int64_t step,
                    const signed char* fixed, float* light, size_t npixel)
{
    Reading r = {.draw = d,
                 .step = step,
                 .electrons = (float)dd_chip_electrons(c, e),
                 .read = (float)c->read_noise,
                 .read2 = (float)(c->read_noise * c->read_noise),
                 .prnu = (float)(c->prnu / k_fixed_scale),
                 .dsnu = (float)(c->dsnu / k_fixed_scale),
                 .full = (float)c->full_well,
                 .scale = (float)(k_levels * e->gain / c->full_well)};
    for (int i = 0; i < k_run; i++) {
        r.balance[i] = (float)(e->balance[i % 3] / k_levels);
    }
    size_t whole = npixel - npixel % k_pixels, rest = npixel - whole;
    const signed char* offset = fixed ? fixed + 3 * npixel : NULL;
    double sum = 0;
    uint32_t lane = 0;
    for (size_t i = 0; i < whole; i += k_pixels, lane += k_run_lanes) {
        sum += read_run(&r, e->shade ? e->shade + i : NULL, fixed ? fixed + 3 * i : NULL,
                        offset ? offset + 3 * i : NULL, lane, light + 3 * i);
    }
    if (rest > 0) {
        float run[k_run] = {0}, shade[k_pixels] = {0};
        signed char pattern[2][k_run] = {{0}};
        memcpy(run, light + 3 * whole, 3 * rest * sizeof *run);
        if (e->shade) {
            memcpy(shade, e->shade + whole, rest * sizeof *shade);
        }
        if (fixed) {
            memcpy(pattern[0], fixed + 3 * whole, 3 * rest);
            memcpy(pattern[1], offset + 3 * whole, 3 * rest);
        }
        (void)read_run(&r, e->shade ? shade : NULL, fixed ? pattern[0] : NULL,
                       fixed ? pattern[1] : NULL, lane, run);
        memcpy(light + 3 * whole, run, 3 * rest * sizeof *run);
    }
    return whole ? sum / (3.0 * (double)whole * k_levels) : 0;
}

// exposure control

static const double k_target = 0.18, k_step = 0.3, k_t_min = 20e-6, k_gain_max = 15.85; // 24 dB

double dd_auto_guess(const DdSensorChip* c, double lux)
{
    DdExposed one = {.t_s = 1, .lux = lux};
    double per_second = dd_chip_electrons(c, &one);
    return per_second > 0 ? c->full_well / per_second : 1;
}

static double limited(const DdAuto* a, double log2_t)
{
    return dd_clamp(log2_t, log(k_t_min) / log(2), log(a->t_max * k_gain_max) / log(2));
}

void dd_auto_begin(DdAuto* a, double t_s)
{
    double v = limited(a, log(t_s / a->gain_min) / log(2));
    a->log2_t[0] = a->log2_t[1] = v;
    a->begun = true;
}

void dd_auto_seen(DdAuto* a, double mean)
{
    double miss = log(k_target / (mean > 1e-6 ? mean : 1e-6)) / log(2);
    double next = limited(a, a->log2_t[1] + k_step * dd_clamp(miss, -1, 1));
    a->log2_t[0] = a->log2_t[1];
    a->log2_t[1] = next;
}

void dd_auto_settings(const DdAuto* a, double* t_s, double* gain)
{
    double both = exp(a->log2_t[0] * log(2));
    *t_s = both > a->t_max ? a->t_max : both;
    *gain = a->gain_min * both / *t_s;
}

// colour

// Linear sRGB of a black body.
static void body_colour(double t, double rgb[3])
{
    t = dd_clamp(t, 1667, 25000);
    double i = 1e3 / t, x, y;
    if (t < 4000) {
        x = ((-0.2661239 * i - 0.2343589) * i + 0.8776956) * i + 0.179910;
    } else {
        x = ((-3.0258469 * i + 2.1070379) * i + 0.2226347) * i + 0.240390;
    }
    if (t < 2222) {
        y = ((-1.1063814 * x - 1.34811020) * x + 2.18555832) * x - 0.20219683;
    } else if (t < 4000) {
        y = ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867;
    } else {
        y = ((3.0817580 * x - 5.87338670) * x + 3.75112997) * x - 0.37001483;
    }
    double big_x = x / y, big_z = (1 - x - y) / y;
    rgb[0] = 3.2404542 * big_x - 1.5371385 - 0.4985314 * big_z;
    rgb[1] = -0.9692660 * big_x + 1.8760108 + 0.0415560 * big_z;
    rgb[2] = 0.0556434 * big_x - 0.2040259 + 1.0572252 * big_z;
    for (int k = 0; k < 3; k++) {
        rgb[k] = rgb[k] > 0.01 ? rgb[k] : 0.01;
    }
}

void dd_balance_of(double light_k, double camera_k, double factor[3])
{
    double light[3], camera[3];
    body_colour(light_k, light);
    body_colour(camera_k, camera);
    for (int k = 0; k < 3; k++) {
        factor[k] = light[k] / light[1] / (camera[k] / camera[1]);
    }
}

double dd_vignette(double cos_axis, double a, double r)
{
    double c2 = cos_axis * cos_axis, rim = 1 - a * r * r;
    return c2 * c2 * (rim > 0 ? rim : 0);
}
