// Chunk compression: LZ4 frames and zstd frames, as the MCAP registry has them.
#pragma once

#include "recorder/bytes.h"
#include "recorder/mcap.h"

enum { DD_CHUNK_MAX = 1 << 30 }; // uncompressed bytes of one chunk that a reader accepts

typedef struct DdPacker DdPacker;

const char* dd_compression_name(DdCompression c); // "", "lz4", "zstd"
bool dd_compression_find(DdSpan name, DdCompression* c);

DdPacker* dd_packer_create(DdCompression c, int level);
void dd_packer_destroy(DdPacker* p);                    // NULL is fine
size_t dd_packer_bound(const DdPacker* p, size_t size); // room that `size` bytes may need
// The number of compressed bytes in `out`, or 0 when they would not be fewer. Allocates nothing
// while `out` has the room.
size_t dd_packer_run(DdPacker* p, const void* data, size_t size, DdBuf* out);

typedef struct DdUnpacker DdUnpacker;
DdUnpacker* dd_unpacker_create(void);
void dd_unpacker_destroy(DdUnpacker* u); // NULL is fine
// Fills `out` (size bytes). Returns the bytes that could be had: fewer than `size` when the data
// are damaged or cut.
size_t dd_unpacker_run(DdUnpacker* u, DdCompression c, const void* data, size_t n, void* out,
                       size_t size);
