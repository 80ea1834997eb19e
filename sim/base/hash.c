// Hashes: SHA-256 by libsodium, XXH3 by xxHash.
#include "sim/base/hash.h"

#include <sodium/crypto_hash_sha256.h>
#include <string.h>
#include <xxhash.h>

#include "sim/base/error.h"

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(((DdSha256*)0)->state),
               "DdSha256 holds libsodium's state");
_Static_assert(crypto_hash_sha256_BYTES == DD_SHA256_SIZE, "SHA-256 has 32 bytes");

static crypto_hash_sha256_state* state_of(DdSha256* h)
{
    return (crypto_hash_sha256_state*)(void*)h->state;
}

void dd_sha256_begin(DdSha256* h)
{
    memset(h->state, 0, sizeof h->state);
    int rc = crypto_hash_sha256_init(state_of(h));
    DD_ASSERT(rc == 0);
}

void dd_sha256_add(DdSha256* h, const void* data, size_t size)
{
    if (size == 0) {
        return;
    }
    int rc = crypto_hash_sha256_update(state_of(h), data, size);
    DD_ASSERT(rc == 0);
}

void dd_sha256_end(DdSha256* h, unsigned char out[DD_SHA256_SIZE])
{
    int rc = crypto_hash_sha256_final(state_of(h), out);
    DD_ASSERT(rc == 0);
}

void dd_sha256(const void* data, size_t size, unsigned char out[DD_SHA256_SIZE])
{
    DdSha256 h;
    dd_sha256_begin(&h);
    dd_sha256_add(&h, data, size);
    dd_sha256_end(&h, out);
}

void dd_sha256_hex(const unsigned char sha[DD_SHA256_SIZE], char out[DD_SHA256_HEX_SIZE])
{
    static const char k_digits[] = "0123456789abcdef";
    for (int i = 0; i < DD_SHA256_SIZE; i++) {
        out[2 * i] = k_digits[sha[i] >> 4];
        out[2 * i + 1] = k_digits[sha[i] & 15];
    }
    out[2 * DD_SHA256_SIZE] = '\0';
}

uint64_t dd_hash64(const void* data, size_t size, uint64_t seed)
{
    return XXH3_64bits_withSeed(size == 0 ? "" : data, size, seed);
}
