// Noise with memory: Gauss-Markov processes, random walks, what an IMU's Allan deviation is made
// of, and low-pass filters. All of it is a few doubles of state and draws addressed by (step,
// lane).
#pragma once

#include "sim/base/rng.h"

// One step of a Gauss-Markov process of stationary deviation `sigma` and correlation time `tau`:
// x exp(-dt / tau) + sigma sqrt(1 - exp(-2 dt / tau)) normal.
double dd_markov_next(double x, double dt, double sigma, double tau, double normal);

// White noise N, bias instability B (a cascade of six Gauss-Markov processes, 0.1 s to 10,000 s)
// and rate random walk K of one axis, sampled every dt or so.
typedef struct DdDrift {
    double white; // standard deviation of a sample: N / sqrt(dt)
    double flicker;
    double walk;
} DdDrift;

enum { DD_DRIFT_STAGES = 6, DD_DRIFT_STATE = DD_DRIFT_STAGES + 1, DD_DRIFT_LANES = 8 };

DdDrift dd_drift_make(double n, double b, double k, double dt);
// The state at the start of a run: every process as if it had run for ever, the walk at 0.
void dd_drift_begin(const DdDrift* d, const DdStream* stream, uint32_t lane, double* state);
// The error of the sample at `step`, `dt` after the one before (0: the first one). Takes the lanes
// `lane` .. `lane` + DD_DRIFT_LANES - 1.
double dd_drift_next(const DdDrift* d, double dt, const DdStream* stream, int64_t step,
                     uint32_t lane, double* state);

// Butterworth low-pass of second order, bilinear with the corner where it should be.
typedef struct DdLowpass {
    double b0, b1, b2, a1, a2;
} DdLowpass;

enum { DD_LOWPASS_STATE = 2 };

DdLowpass dd_lowpass_make(double corner_hz, double rate_hz);
void dd_lowpass_begin(const DdLowpass* f, double value, double* state); // as if it had stood there
double dd_lowpass_next(const DdLowpass* f, double value, double* state);
