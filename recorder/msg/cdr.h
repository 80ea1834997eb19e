// CDR: the bytes of one message, little-endian XCDR1 behind its four-byte head. With `p` NULL the
// same calls only measure.
#pragma once

#include "recorder/bytes.h"

typedef struct DdCdr {
    uint8_t* p; // the message, from its head on
    size_t n;
} DdCdr;

static inline uint8_t* dd_cdr_room(DdCdr* c, size_t n)
{
    uint8_t* at = c->p ? c->p + c->n : NULL;
    c->n += n;
    return at;
}

static inline DdCdr dd_cdr_begin(void* p)
{
    DdCdr c = {.p = p};
    uint8_t* head = dd_cdr_room(&c, 4);
    if (head) {
        memcpy(head, "\0\1\0\0", 4);
    }
    return c;
}

// Padding counts from behind the head.
static inline void dd_cdr_align(DdCdr* c, size_t size)
{
    size_t pad = (size - (c->n - 4) % size) % size;
    uint8_t* at = dd_cdr_room(c, pad);
    if (at && pad) {
        memset(at, 0, pad);
    }
}

static inline void dd_cdr_put(DdCdr* c, const void* v, size_t size)
{
    dd_cdr_align(c, size);
    uint8_t* at = dd_cdr_room(c, size);
    if (at) {
        memcpy(at, v, size);
    }
}

static inline void dd_cdr_u8(DdCdr* c, uint8_t v)
{
    dd_cdr_put(c, &v, 1);
}

static inline void dd_cdr_u32(DdCdr* c, uint32_t v)
{
    dd_cdr_put(c, &v, 4);
}

static inline void dd_cdr_i64(DdCdr* c, int64_t v)
{
    dd_cdr_put(c, &v, 8);
}

static inline void dd_cdr_f64(DdCdr* c, double v)
{
    dd_cdr_put(c, &v, 8);
}

static inline void dd_cdr_str(DdCdr* c, const char* s)
{
    size_t n = strlen(s) + 1;
    dd_cdr_u32(c, (uint32_t)n);
    uint8_t* at = dd_cdr_room(c, n);
    if (at) {
        memcpy(at, s, n);
    }
}

// A sequence of 8-byte values; no padding when it is empty.
static inline void dd_cdr_seq8(DdCdr* c, const void* v, uint32_t n)
{
    dd_cdr_u32(c, n);
    if (n) {
        dd_cdr_align(c, 8);
        uint8_t* at = dd_cdr_room(c, 8 * (size_t)n);
        if (at) {
            memcpy(at, v, 8 * (size_t)n);
        }
    }
}

static inline void dd_cdr_stamp(DdCdr* c, int64_t ns)
{
    int64_t sec = ns / 1000000000, nanosec = ns % 1000000000;
    if (nanosec < 0) {
        sec--;
        nanosec += 1000000000;
    }
    dd_cdr_u32(c, (uint32_t)(int32_t)sec);
    dd_cdr_u32(c, (uint32_t)nanosec);
}

static inline void dd_cdr_header(DdCdr* c, int64_t ns, const char* frame)
{
    dd_cdr_stamp(c, ns);
    dd_cdr_str(c, frame);
}

// Reading: a span that begins behind the head.
static inline DdSpan dd_cdr_open(const void* data, size_t n)
{
    static const uint8_t k_head[4] = {0, 1, 0, 0};
    if (n < 4 || memcmp(data, k_head, 4) != 0) {
        return (DdSpan){.bad = true};
    }
    return (DdSpan){.p = (const uint8_t*)data + 4, .n = n - 4};
}

static inline const uint8_t* dd_cdr_take(DdSpan* s, size_t size)
{
    dd_span_take(s, (size - s->at % size) % size);
    return dd_span_take(s, size);
}

static inline uint32_t dd_cdr_get_u32(DdSpan* s)
{
    return dd_get_u32(dd_cdr_take(s, 4));
}

static inline int64_t dd_cdr_get_i64(DdSpan* s)
{
    return (int64_t)dd_get_u64(dd_cdr_take(s, 8));
}

static inline double dd_cdr_get_f64(DdSpan* s)
{
    return dd_get_f64(dd_cdr_take(s, 8));
}

static inline int64_t dd_cdr_get_stamp(DdSpan* s)
{
    int64_t sec = (int32_t)dd_cdr_get_u32(s);
    return sec * 1000000000 + dd_cdr_get_u32(s);
}

// The text lies in the message, with its NUL; "" when it is damaged.
static inline const char* dd_cdr_get_str(DdSpan* s)
{
    uint32_t n = dd_cdr_get_u32(s);
    const uint8_t* p = dd_span_take(s, n);
    if (s->bad || n == 0 || p[n - 1] != 0) {
        s->bad = s->bad || n != 0;
        return "";
    }
    return (const char*)p;
}

// Count of 8-byte values and where they lie; NULL when there are none or too few bytes.
static inline const uint8_t* dd_cdr_get_seq8(DdSpan* s, uint32_t* n)
{
    *n = dd_cdr_get_u32(s);
    if (*n == 0 || s->bad) {
        *n = 0;
        return NULL;
    }
    dd_span_take(s, (8 - s->at % 8) % 8);
    const uint8_t* p = dd_span_take(s, 8 * (uint64_t)*n);
    if (s->bad) {
        *n = 0;
        return NULL;
    }
    return p;
}
