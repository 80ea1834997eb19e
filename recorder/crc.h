// CRC-32 (IEEE, as zlib's) of chunks, sections and attachments.
#pragma once

#include <stddef.h>
#include <stdint.h>

// `crc` is 0 for the first piece, then what the last call gave.
uint32_t dd_crc32(uint32_t crc, const void* data, size_t size);
// The CRC of A followed by B, from the CRCs of both and the size of B.
uint32_t dd_crc32_join(uint32_t a, uint32_t b, size_t size_b);
