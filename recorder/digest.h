// Digest: SHA-256 of the ordered stream of a recording. libsodium's where the CPU has no
// instructions for it, with the same result; the writing thread hashes everything, so its speed
// counts.
#pragma once

#include "recorder/bytes.h"
#include "sim/base/hash.h"

typedef struct DdDigest {
    uint32_t state[8];
    uint64_t size;    // bytes so far
    uint8_t left[64]; // of a block that is not full
    bool fast;        // by the CPU's own instructions
    DdSha256 slow;
} DdDigest;

void dd_digest_begin(DdDigest* d, bool allow_fast);
void dd_digest_bytes(DdDigest* d, const void* data, size_t size);
void dd_digest_end(DdDigest* d, char hex[DD_SHA256_HEX_SIZE]);
// One message: topic, stamp and payload with their sizes.
void dd_digest_message(DdDigest* d, const char* topic, uint64_t log_ns, const void* data,
                       size_t size);
