// Hashes: SHA-256 for evidence (libsodium), XXH3 for the state of every step.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { DD_SHA256_SIZE = 32, DD_SHA256_HEX_SIZE = 65 };

typedef struct DdSha256 {
    _Alignas(64) unsigned char state[128]; // crypto_hash_sha256_state
} DdSha256;

void dd_sha256_begin(DdSha256* h);
void dd_sha256_add(DdSha256* h, const void* data, size_t size);
void dd_sha256_end(DdSha256* h, unsigned char out[DD_SHA256_SIZE]);
void dd_sha256(const void* data, size_t size, unsigned char out[DD_SHA256_SIZE]);
void dd_sha256_hex(const unsigned char sha[DD_SHA256_SIZE], char out[DD_SHA256_HEX_SIZE]);

// XXH3, 64 bit, chained: pass the previous value as `seed`.
uint64_t dd_hash64(const void* data, size_t size, uint64_t seed);
