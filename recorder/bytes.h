// Bytes: little-endian fields, a growing buffer and a bounded cursor, as every MCAP record and CDR
// message is built of. For little-endian machines (amd64).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

static inline void dd_put_u16(uint8_t* p, uint16_t v)
{
    memcpy(p, &v, 2);
}

static inline void dd_put_u32(uint8_t* p, uint32_t v)
{
    memcpy(p, &v, 4);
}

static inline void dd_put_u64(uint8_t* p, uint64_t v)
{
    memcpy(p, &v, 8);
}

static inline uint16_t dd_get_u16(const uint8_t* p)
{
    uint16_t v;
    memcpy(&v, p, 2);
    return v;
}

static inline uint32_t dd_get_u32(const uint8_t* p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

static inline uint64_t dd_get_u64(const uint8_t* p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline double dd_get_f64(const uint8_t* p)
{
    double v;
    memcpy(&v, p, 8);
    return v;
}

// A growing buffer. Memory that cannot be had ends the program: these are small.
typedef struct DdBuf {
    uint8_t* p;
    size_t n;
    size_t cap;
} DdBuf;

static inline uint8_t* dd_buf_room(DdBuf* b, size_t n)
{
    if (b->cap - b->n < n) {
        size_t cap = b->cap ? b->cap : 256;
        while (cap - b->n < n) {
            cap *= 2;
        }
        b->p = realloc(b->p, cap);
        DD_ASSERT(b->p);
        b->cap = cap;
    }
    uint8_t* at = b->p + b->n;
    b->n += n;
    return at;
}

static inline void dd_buf_bytes(DdBuf* b, const void* data, size_t n)
{
    uint8_t* p = dd_buf_room(b, n);
    if (n) {
        memcpy(p, data, n);
    }
}

static inline void dd_buf_u8(DdBuf* b, uint8_t v)
{
    *dd_buf_room(b, 1) = v;
}

static inline void dd_buf_u16(DdBuf* b, uint16_t v)
{
    dd_put_u16(dd_buf_room(b, 2), v);
}

static inline void dd_buf_u32(DdBuf* b, uint32_t v)
{
    dd_put_u32(dd_buf_room(b, 4), v);
}

static inline void dd_buf_u64(DdBuf* b, uint64_t v)
{
    dd_put_u64(dd_buf_room(b, 8), v);
}

static inline void dd_buf_str(DdBuf* b, const char* s)
{
    size_t n = strlen(s);
    dd_buf_u32(b, (uint32_t)n);
    dd_buf_bytes(b, s, n);
}

static inline void dd_buf_free(DdBuf* b)
{
    free(b->p);
    *b = (DdBuf){0};
}

// A cursor that never leaves its bytes: past the end everything reads 0 and `bad` is set.
typedef struct DdSpan {
    const uint8_t* p;
    size_t n;
    size_t at;
    bool bad;
} DdSpan;

static inline const uint8_t* dd_span_take(DdSpan* s, uint64_t n)
{
    static const uint8_t k_zero[8];
    if (s->bad || n > s->n - s->at) {
        s->bad = true;
        return n <= 8 ? k_zero : NULL;
    }
    const uint8_t* at = s->p + s->at;
    s->at += (size_t)n;
    return at;
}

static inline uint8_t dd_span_u8(DdSpan* s)
{
    return *dd_span_take(s, 1);
}

static inline uint16_t dd_span_u16(DdSpan* s)
{
    return dd_get_u16(dd_span_take(s, 2));
}

static inline uint32_t dd_span_u32(DdSpan* s)
{
    return dd_get_u32(dd_span_take(s, 4));
}

static inline uint64_t dd_span_u64(DdSpan* s)
{
    return dd_get_u64(dd_span_take(s, 8));
}

// A run of bytes inside the span; empty when it would leave it.
static inline DdSpan dd_span_sub(DdSpan* s, uint64_t n)
{
    const uint8_t* p = dd_span_take(s, n);
    return s->bad ? (DdSpan){0} : (DdSpan){.p = p, .n = (size_t)n};
}

static inline DdSpan dd_span_str(DdSpan* s)
{
    uint32_t n = dd_span_u32(s);
    return dd_span_sub(s, n);
}

static inline bool dd_span_is(DdSpan s, const char* text)
{
    return s.n == strlen(text) && (s.n == 0 || memcmp(s.p, text, s.n) == 0);
}
