// Random numbers: Philox4x32-10 over (index or step, lane); see rng.h.
#include "sim/base/rng.h"

#include <math.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/base/math3.h"

// third word of the counter is the lane, the fourth keeps the two ways of addressing apart
enum { k_rounds = 10, k_domain_index = 0, k_domain_step = 1 };

static const uint32_t k_mul0 = 0xD2511F53u;
static const uint32_t k_mul1 = 0xCD9E8D57u;
static const uint32_t k_weyl0 = 0x9E3779B9u;
static const uint32_t k_weyl1 = 0xBB67AE85u;

void dd_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int r = 0; r < k_rounds; r++) {
        uint64_t p0 = (uint64_t)k_mul0 * c0;
        uint64_t p1 = (uint64_t)k_mul1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += k_weyl0;
        k1 += k_weyl1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

static void block(uint64_t key, uint64_t index, uint32_t lane, uint32_t domain, uint64_t out[2])
{
    const uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), lane, domain};
    const uint32_t key32[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
    uint32_t w[4];
    dd_philox4x32(counter, key32, w);
    out[0] = (uint64_t)w[1] << 32 | w[0];
    out[1] = (uint64_t)w[3] << 32 | w[2];
}

static double unit_of(uint64_t bits) // [0, 1)
{
    return (double)(bits >> 11) * 0x1p-53;
}

static double normal_of(const uint64_t bits[2])
{
    double u = (double)((bits[0] >> 11) + 1) * 0x1p-53; // (0, 1]: log() needs it
    return sqrt(-2.0 * log(u)) * cos(2.0 * DD_PI * unit_of(bits[1]));
}

DdStream dd_stream(uint64_t seed, const char* scope, const char* name)
{
    DD_ASSERT(scope != NULL && name != NULL);
    // each text is hashed by itself, seeded with what came before: ("ab", "c") is not ("a", "bc")
    unsigned char seed_bytes[8];
    for (int i = 0; i < 8; i++) {
        seed_bytes[i] = (unsigned char)(seed >> (8 * i));
    }
    uint64_t key = dd_hash64(seed_bytes, sizeof seed_bytes, 0);
    key = dd_hash64(scope, strlen(scope), key);
    key = dd_hash64(name, strlen(name), key);
    return (DdStream){key, 0};
}

uint64_t dd_stream_bits(DdStream* s)
{
    uint64_t bits[2];
    block(s->key, s->index++, 0, k_domain_index, bits);
    return bits[0];
}

double dd_stream_uniform(DdStream* s, double lo, double hi)
{
    double u = unit_of(dd_stream_bits(s));
    // the plain form, unless the width of the range overflows
    double width = hi - lo;
    double v = isfinite(width) ? lo + width * u : lo * (1.0 - u) + hi * u;
    // rounding may reach `hi`, which is outside
    if (v >= hi && hi > lo) {
        v = nextafter(hi, lo);
    }
    return v;
}

double dd_stream_normal(DdStream* s, double mean, double sigma)
{
    uint64_t bits[2];
    block(s->key, s->index++, 0, k_domain_index, bits);
    return mean + sigma * normal_of(bits);
}

int64_t dd_stream_int(DdStream* s, int64_t lo, int64_t hi)
{
    DD_ASSERT(lo <= hi);
    uint64_t count = (uint64_t)hi - (uint64_t)lo + 1; // 0 stands for 2^64
    uint64_t bits = dd_stream_bits(s);
    if (count != 0) {
        // the first 2^64 mod count values would make small results likelier
        uint64_t reject_below = (0 - count) % count;
        while (bits < reject_below) {
            bits = dd_stream_bits(s);
        }
        bits %= count;
    }
    uint64_t sum = (uint64_t)lo + bits;
    int64_t out;
    memcpy(&out, &sum, sizeof out);
    return out;
}

double dd_stream_uniform_at(const DdStream* s, int64_t step, uint32_t lane)
{
    uint64_t bits[2];
    block(s->key, (uint64_t)step, lane, k_domain_step, bits);
    return unit_of(bits[0]);
}

double dd_stream_normal_at(const DdStream* s, int64_t step, uint32_t lane)
{
    uint64_t bits[2];
    block(s->key, (uint64_t)step, lane, k_domain_step, bits);
    return normal_of(bits);
}
