// Rates and time: integer steps in, integer nanoseconds out, never a running sum.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Hz as a fraction, so that 30 Hz on 500 Hz physics is exact.
typedef struct DdRate {
    int64_t num;
    int64_t den;
} DdRate;

DdRate dd_rate(double hz); // nearest multiple of 1/1000 Hz; hz > 0
double dd_rate_hz(DdRate rate);
// Due at step n when floor(n * rate / physics_hz) grows; always at n = 0.
bool dd_rate_due(DdRate rate, int physics_hz, int64_t step);
// The first step > `step` at which it is due.
int64_t dd_rate_next(DdRate rate, int physics_hz, int64_t step);
// Nanoseconds after the start of the episode, rounded down.
int64_t dd_step_ns(int64_t step, int physics_hz);
double dd_step_s(int64_t step, int physics_hz);
// Steps that cover `seconds`, rounded to nearest.
int64_t dd_steps_of(double seconds, int physics_hz);
