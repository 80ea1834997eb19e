// Digest: SHA-256 (FIPS 180-4), by the SHA extensions of x86 where the CPU has them.
#include "recorder/digest.h"

#include <cpuid.h>
#include <immintrin.h>

static const uint32_t k_round[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static const uint32_t k_start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static bool cpu_has_sha(void)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1) &&
           __builtin_cpu_supports("sse4.1");
}

// The instructions keep the state as (a b e f) and (c d g h).
__attribute__((target("sha,sse4.1,avx"))) static void hash_blocks(uint32_t state[8],
                                                                  const uint8_t* p, size_t blocks)
{
    // the SHA instructions are of the older encoding, which is slow while upper halves are in use
    _mm256_zeroupper();
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i abcd = _mm_loadu_si128((const __m128i*)(const void*)state);
    __m128i efgh = _mm_loadu_si128((const __m128i*)(const void*)(state + 4));
    abcd = _mm_shuffle_epi32(abcd, 0xb1);
    efgh = _mm_shuffle_epi32(efgh, 0x1b);
    __m128i abef = _mm_alignr_epi8(abcd, efgh, 8);
    __m128i cdgh = _mm_blend_epi16(efgh, abcd, 0xf0);
    for (; blocks; blocks--, p += 64) {
        __m128i abef_was = abef, cdgh_was = cdgh;
        __m128i w[4];
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            // four rounds; the schedule runs in a ring of four
            if (i < 4) {
                w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i*)(const void*)(p + 16 * i)),
                                        swap);
            } else {
                __m128i t = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);
                t = _mm_add_epi32(t, _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4));
                w[i & 3] = _mm_sha256msg2_epu32(t, w[(i + 3) & 3]);
            }
            __m128i k = _mm_loadu_si128((const __m128i*)(const void*)(k_round + 4 * i));
            __m128i m = _mm_add_epi32(w[i & 3], k);
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, m);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(m, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_was);
        cdgh = _mm_add_epi32(cdgh, cdgh_was);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i*)(void*)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i*)(void*)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

void dd_digest_begin(DdDigest* d, bool allow_fast)
{
    memcpy(d->state, k_start, sizeof k_start);
    d->size = 0;
    d->fast = allow_fast && cpu_has_sha();
    dd_sha256_begin(&d->slow);
}

void dd_digest_bytes(DdDigest* d, const void* data, size_t size)
{
    if (!d->fast) {
        dd_sha256_add(&d->slow, data, size);
        return;
    }
    const uint8_t* p = data;
    size_t have = d->size % 64;
    d->size += size;
    if (have) {
        size_t n = size < 64 - have ? size : 64 - have;
        memcpy(d->left + have, p, n);
        p += n;
        size -= n;
        if (have + n < 64) {
            return;
        }
        hash_blocks(d->state, d->left, 1);
    }
    if (size >= 64) {
        hash_blocks(d->state, p, size / 64);
        p += size / 64 * 64;
        size %= 64;
    }
    if (size) {
        memcpy(d->left, p, size);
    }
}

void dd_digest_end(DdDigest* d, char hex[DD_SHA256_HEX_SIZE])
{
    unsigned char sha[DD_SHA256_SIZE];
    if (!d->fast) {
        dd_sha256_end(&d->slow, sha);
    } else {
        uint8_t tail[128] = {0};
        size_t have = d->size % 64, n = have < 56 ? 64 : 128;
        memcpy(tail, d->left, have);
        tail[have] = 0x80;
        for (int i = 0; i < 8; i++) {
            tail[n - 1 - (size_t)i] = (uint8_t)(d->size * 8 >> (8 * i));
        }
        hash_blocks(d->state, tail, n / 64);
        for (int i = 0; i < DD_SHA256_SIZE; i++) {
            sha[i] = (uint8_t)(d->state[i / 4] >> (24 - 8 * (i % 4)));
        }
    }
    dd_sha256_hex(sha, hex);
}

void dd_digest_message(DdDigest* d, const char* topic, uint64_t log_ns, const void* data,
                       size_t size)
{
    size_t n = strlen(topic);
    uint8_t head[16];
    dd_put_u32(head, (uint32_t)n);
    dd_digest_bytes(d, head, 4);
    dd_digest_bytes(d, topic, n);
    dd_put_u64(head, log_ns);
    dd_put_u64(head + 8, size);
    dd_digest_bytes(d, head, 16);
    dd_digest_bytes(d, data, size);
}
