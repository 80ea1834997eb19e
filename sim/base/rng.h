// Random numbers from named streams: a draw is a pure function of (seed, scenario, stream, index),
// so adding a stream never shifts another's values. Generator: Philox4x32-10 (Salmon et al. 2011,
// "Parallel random numbers: as easy as 1, 2, 3"), uniform by 53 bits, normal by Box-Muller with
// the pinned libm.
#pragma once

#include <stdint.h>

typedef struct DdStream {
    uint64_t key;   // of (seed, scope, name)
    uint64_t index; // how many draws were taken: the whole state of the stream
} DdStream;

// `scope` is the scenario's declared name.
DdStream dd_stream(uint64_t seed, const char* scope, const char* name);

uint64_t dd_stream_bits(DdStream* s);                        // 64 uniform bits
double dd_stream_uniform(DdStream* s, double lo, double hi); // [lo, hi)
double dd_stream_normal(DdStream* s, double mean, double sigma);
int64_t dd_stream_int(DdStream* s, int64_t lo, int64_t hi); // lo..hi inclusive, unbiased; lo <= hi

// Draws addressed by (step, lane), for sensor noise: no state, hence nothing to restore.
double dd_stream_uniform_at(const DdStream* s, int64_t step, uint32_t lane); // [0, 1)
double dd_stream_normal_at(const DdStream* s, int64_t step, uint32_t lane);  // mean 0, sigma 1

// The generator itself, for tests against published vectors.
void dd_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
