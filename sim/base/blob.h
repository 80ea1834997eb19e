// Blob: the bytes of a sample that is too large for a row of numbers (a picture, a cloud). Counted
// references, recycled by a pool, so that a warm run allocates nothing. The count is atomic: who
// made the bytes and who encodes them may be different threads.
#pragma once

#include <stdatomic.h>
#include <stddef.h>

typedef struct DdBlobPool DdBlobPool;

typedef struct DdBlob {
    unsigned char* bytes; // aligned to 64
    size_t size;          // in use
    size_t room;          // there
    atomic_int refs;
    DdBlobPool* pool;
    struct DdBlob* next; // in the pool
} DdBlob;

DdBlobPool* dd_blob_pool_create(void);
// The pool itself is freed when its last blob came back.
void dd_blob_pool_destroy(DdBlobPool* pool);
// A blob with one reference, `size` bytes of unspecified content.
DdBlob* dd_blob_take(DdBlobPool* pool, size_t size);
DdBlob* dd_blob_keep(DdBlob* blob);                // one more reference; NULL is fine
void dd_blob_drop(DdBlob* blob);                   // NULL is fine
size_t dd_blob_pool_bytes(const DdBlobPool* pool); // allocated, for tests
