// Blob: a pool of recycled buffers with counted references.
#include "sim/base/blob.h"

#include <pthread.h>
#include <stdlib.h>

#include "sim/base/error.h"

struct DdBlobPool {
    pthread_mutex_t lock;
    DdBlob* idle; // largest reuse first come, first served
    int alive;    // blobs out or idle
    size_t bytes;
    int closed;
};

enum { k_align = 64 };

DdBlobPool* dd_blob_pool_create(void)
{
    DdBlobPool* pool = calloc(1, sizeof *pool);
    DD_ASSERT(pool);
    int failed = pthread_mutex_init(&pool->lock, NULL);
    DD_ASSERT(failed == 0);
    return pool;
}

static void blob_free(DdBlobPool* pool, DdBlob* blob)
{
    pool->alive--;
    pool->bytes -= blob->room;
    free(blob->bytes);
    free(blob);
}

static void pool_free(DdBlobPool* pool)
{
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void dd_blob_pool_destroy(DdBlobPool* pool)
{
    if (!pool) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    while (pool->idle) {
        DdBlob* blob = pool->idle;
        pool->idle = blob->next;
        blob_free(pool, blob);
    }
    pool->closed = 1;
    int alive = pool->alive;
    pthread_mutex_unlock(&pool->lock);
    if (alive == 0) {
        pool_free(pool);
    }
}

DdBlob* dd_blob_take(DdBlobPool* pool, size_t size)
{
    pthread_mutex_lock(&pool->lock);
    // the smallest that fits and is not more than four times too large
    DdBlob** best = NULL;
    for (DdBlob** at = &pool->idle; *at; at = &(*at)->next) {
        size_t room = (*at)->room;
        if (room >= size && room / 4 <= size + 1024 && (!best || room < (*best)->room)) {
            best = at;
        }
    }
    DdBlob* blob = best ? *best : NULL;
    if (blob) {
        *best = blob->next;
    } else {
        blob = calloc(1, sizeof *blob);
        DD_ASSERT(blob);
        blob->room = (size / k_align + 1) * k_align;
        blob->bytes = aligned_alloc(k_align, blob->room);
        DD_ASSERT(blob->bytes);
        blob->pool = pool;
        pool->alive++;
        pool->bytes += blob->room;
    }
    pthread_mutex_unlock(&pool->lock);
    blob->size = size;
    blob->next = NULL;
    atomic_store(&blob->refs, 1);
    return blob;
}

DdBlob* dd_blob_keep(DdBlob* blob)
{
    if (blob) {
        atomic_fetch_add(&blob->refs, 1);
    }
    return blob;
}

void dd_blob_drop(DdBlob* blob)
{
    if (!blob || atomic_fetch_sub(&blob->refs, 1) != 1) {
        return;
    }
    DdBlobPool* pool = blob->pool;
    pthread_mutex_lock(&pool->lock);
    int last = 0;
    if (pool->closed) {
        blob_free(pool, blob);
        last = pool->alive == 0;
    } else {
        blob->next = pool->idle;
        pool->idle = blob;
    }
    pthread_mutex_unlock(&pool->lock);
    if (last) {
        pool_free(pool);
    }
}

size_t dd_blob_pool_bytes(const DdBlobPool* pool)
{
    return pool->bytes;
}
