// Noise with memory and low-pass filters.
#include "sim/sense/drift.h"

#include "sim/base/math3.h"

// of the cascade: correlation times a decade apart, so that their sum is flat in the Allan
// deviation at the floor of 0.664 B
static const double k_first_tau = 0.1;
static const double k_decade = 10;

double dd_markov_next(double x, double dt, double sigma, double tau, double normal)
{
    double keep = exp(-dt / tau);
    return keep * x + sigma * sqrt(1 - keep * keep) * normal;
}

DdDrift dd_drift_make(double n, double b, double k, double dt)
{
    // flicker noise B^2 / (2 pi f) is matched by stages of B sqrt(ln 10 / pi)
    return (DdDrift){.white = n / sqrt(dt), .flicker = b * sqrt(log(10.0) / DD_PI), .walk = k};
}

void dd_drift_begin(const DdDrift* d, const DdStream* stream, uint32_t lane, double* state)
{
    for (uint32_t i = 0; i < DD_DRIFT_STAGES; i++) {
        // step -1 is no step: these draws are nobody else's
        state[i] = d->flicker > 0 ? d->flicker * dd_stream_normal_at(stream, -1, lane + i) : 0;
    }
    state[DD_DRIFT_STAGES] = 0;
}

double dd_drift_next(const DdDrift* d, double dt, const DdStream* stream, int64_t step,
                     uint32_t lane, double* state)
{
    double sum = 0;
    double tau = k_first_tau;
    for (uint32_t i = 0; i < DD_DRIFT_STAGES && d->flicker > 0; i++, tau *= k_decade) {
        if (dt > 0) {
            state[i] = dd_markov_next(state[i], dt, d->flicker, tau,
                                      dd_stream_normal_at(stream, step, lane + i));
        }
        sum += state[i];
    }
    if (d->walk > 0 && dt > 0) {
        state[DD_DRIFT_STAGES] +=
            d->walk * sqrt(dt) * dd_stream_normal_at(stream, step, lane + DD_DRIFT_STAGES);
    }
    sum += state[DD_DRIFT_STAGES];
    if (d->white > 0) {
        sum += d->white * dd_stream_normal_at(stream, step, lane + DD_DRIFT_LANES - 1);
    }
    return sum;
}

DdLowpass dd_lowpass_make(double corner_hz, double rate_hz)
{
    double k = tan(DD_PI * corner_hz / rate_hz);
    double norm = 1 / (1 + sqrt(2.0) * k + k * k);
    return (DdLowpass){.b0 = k * k * norm,
                       .b1 = 2 * k * k * norm,
                       .b2 = k * k * norm,
                       .a1 = 2 * (k * k - 1) * norm,
                       .a2 = (1 - sqrt(2.0) * k + k * k) * norm};
}

void dd_lowpass_begin(const DdLowpass* f, double value, double* state)
{
    state[0] = value * (1 - f->b0);
    state[1] = value * (f->b2 - f->a2);
}

double dd_lowpass_next(const DdLowpass* f, double value, double* state)
{
    double out = f->b0 * value + state[0];
    state[0] = f->b1 * value - f->a1 * out + state[1];
    state[1] = f->b2 * value - f->a2 * out;
    return out;
}
