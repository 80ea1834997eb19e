// CRC-32 by folding 64 bytes at a time with carry-less multiplication (Gopal et al. 2009, "Fast CRC
// computation for generic polynomials using PCLMULQDQ"), zlib for the ends and for other CPUs.
// Gives the same numbers on every machine.
#include "recorder/crc.h"

#include <immintrin.h>
#include <stdbool.h>
#include <zlib.h>

// x^(2048+32), x^(2048-32), x^(512+32), x^(512-32), x^(128+32), x^(128-32) mod P, bit-reflected,
// shifted left by one
static const uint64_t k_fold2048[2] = {0x011542778aULL, 0x01322d1430ULL};
static const uint64_t k_fold512[2] = {0x0154442bd4ULL, 0x01c6e41596ULL};
static const uint64_t k_fold128[2] = {0x01751997d0ULL, 0x00ccaa009eULL};

__attribute__((target("pclmul,sse4.1"))) static __m128i fold(__m128i x, __m128i k, __m128i next)
{
    __m128i lo = _mm_clmulepi64_si128(x, k, 0x00);
    __m128i hi = _mm_clmulepi64_si128(x, k, 0x11);
    return _mm_xor_si128(_mm_xor_si128(lo, hi), next);
}

// Folds all but the last 0..63 bytes into 16 bytes that have the same CRC (with start value 0).
__attribute__((target("pclmul,sse4.1"))) static void fold_all(uint32_t crc, const uint8_t* p,
                                                              size_t blocks, uint8_t out[16])
{
    __m128i x0 = _mm_loadu_si128((const __m128i*)(p + 0));
    __m128i x1 = _mm_loadu_si128((const __m128i*)(p + 16));
    __m128i x2 = _mm_loadu_si128((const __m128i*)(p + 32));
    __m128i x3 = _mm_loadu_si128((const __m128i*)(p + 48));
    x0 = _mm_xor_si128(x0, _mm_cvtsi32_si128((int)crc));
    __m128i k = _mm_loadu_si128((const __m128i*)k_fold512);
    for (size_t i = 1; i < blocks; i++) {
        p += 64;
        x0 = fold(x0, k, _mm_loadu_si128((const __m128i*)(p + 0)));
        x1 = fold(x1, k, _mm_loadu_si128((const __m128i*)(p + 16)));
        x2 = fold(x2, k, _mm_loadu_si128((const __m128i*)(p + 32)));
        x3 = fold(x3, k, _mm_loadu_si128((const __m128i*)(p + 48)));
    }
    k = _mm_loadu_si128((const __m128i*)k_fold128);
    x1 = fold(x0, k, x1);
    x2 = fold(x1, k, x2);
    x3 = fold(x2, k, x3);
    _mm_storeu_si128((__m128i*)out, x3);
}

__attribute__((target("avx512f,vpclmulqdq"))) static inline __m512i fold_wide(__m512i x, __m512i k,
                                                                              __m512i next)
{
    __m512i lo = _mm512_clmulepi64_epi128(x, k, 0x00);
    __m512i hi = _mm512_clmulepi64_epi128(x, k, 0x11);
    return _mm512_ternarylogic_epi64(lo, hi, next, 0x96); // xor of the three
}

// The same for blocks of 256 bytes.
__attribute__((target("avx512f,vpclmulqdq,sse4.1"))) static void
fold_all_wide(uint32_t crc, const uint8_t* p, size_t blocks, uint8_t out[16])
{
    __m512i x[4];
    for (int i = 0; i < 4; i++) {
        x[i] = _mm512_loadu_si512(p + 64 * i);
    }
    x[0] = _mm512_xor_si512(x[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)crc)));
    __m512i k = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i*)k_fold2048));
    for (size_t b = 1; b < blocks; b++) {
        p += 256;
        x[0] = fold_wide(x[0], k, _mm512_loadu_si512(p));
        x[1] = fold_wide(x[1], k, _mm512_loadu_si512(p + 64));
        x[2] = fold_wide(x[2], k, _mm512_loadu_si512(p + 128));
        x[3] = fold_wide(x[3], k, _mm512_loadu_si512(p + 192));
    }
    k = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i*)k_fold512));
    x[1] = fold_wide(x[0], k, x[1]);
    x[2] = fold_wide(x[1], k, x[2]);
    x[3] = fold_wide(x[2], k, x[3]);
    uint8_t last[64];
    _mm512_storeu_si512(last, x[3]);
    fold_all(0, last, 1, out);
}

static bool cpu_is_wide(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq");
}

uint32_t dd_crc32(uint32_t crc, const void* data, size_t size)
{
    const uint8_t* p = data;
    if (size >= 1024 && cpu_is_wide()) {
        uint8_t folded[16];
        size_t blocks = size / 256;
        fold_all_wide(~crc, p, blocks, folded);
        crc = (uint32_t)crc32_z(0xffffffffUL, folded, sizeof folded);
        p += blocks * 256;
        size -= blocks * 256;
    }
    if (size >= 256 && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
        uint8_t folded[16];
        size_t blocks = size / 64;
        fold_all(~crc, p, blocks, folded);
        // zlib starts from ~0 and inverts at the end: undo both for the 16 folded bytes
        crc = (uint32_t)crc32_z(0xffffffffUL, folded, sizeof folded);
        p += blocks * 64;
        size -= blocks * 64;
    }
    return size ? (uint32_t)crc32_z(crc, p, size) : crc;
}

uint32_t dd_crc32_join(uint32_t a, uint32_t b, size_t size_b)
{
    return (uint32_t)crc32_combine(a, b, (z_off_t)size_b);
}
