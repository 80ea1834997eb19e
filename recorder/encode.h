// Encode: pictures into bytes on threads of their own. Jobs are numbered in the order put in and
// come out in it, whoever encodes them. The queue is bounded: who waits for the oldest job encodes
// others meanwhile, so that nothing is dropped and no core idles.
#pragma once

#include "recorder/image.h"
#include "sim/base/blob.h"

enum { DD_JOBS = 32 };

typedef struct DdEncodeDef {
    int threads;      // 0: every job is done when it is put in
    int slow_us;      // tests: every job takes that much longer
    int fail_picture; // tests: this job (1, 2, ...) fails; 0 = none
} DdEncodeDef;

typedef struct DdEncoded {
    const uint8_t* bytes; // until pop()
    size_t size;
    const DdError* err; // NULL: it is fine
} DdEncoded;

typedef struct DdEncode DdEncode;

DdEncode* dd_encode_create(const DdEncodeDef* def);
void dd_encode_destroy(DdEncode* e); // jobs left are given up
bool dd_encode_full(DdEncode* e);
// Keeps a reference to the blob. Not when it is full. Threads begin with the first job.
void dd_encode_put(DdEncode* e, const DdImageForm* form, DdBlob* blob);
// The oldest job; without `wait` false while it is not done.
bool dd_encode_oldest(DdEncode* e, bool wait, DdEncoded* out);
void dd_encode_pop(DdEncode* e); // it is not needed any more
