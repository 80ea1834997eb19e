// Pool: the memory of one Lua state, carved from one reserved region. Never calls malloc.
//
// Small blocks (up to 16 KiB) come from slabs of one size class; a slab that is all free goes back.
// Larger ones are runs of 4 KiB units that grow and shrink in place where the neighbour is free.
// What is capped is the number of bytes alive, as asked for, so that it is a count like any other.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// What a block is for. Stacks and long strings are told apart because one VM instruction can touch
// all of one: the host charges by the longest alive.
typedef enum DdPoolKind { DD_POOL_PLAIN, DD_POOL_STACK, DD_POOL_STRING, DD_POOL_KINDS } DdPoolKind;

typedef struct DdPool DdPool;

// `cap` is in bytes alive. NULL when the system has no address space for it.
DdPool* dd_pool_create(size_t cap);
void dd_pool_destroy(DdPool* pool); // NULL is fine

// 16-byte aligned; NULL at the cap. The size given to free and resize is the one asked for.
void* dd_pool_alloc(DdPool* pool, size_t size, DdPoolKind kind);
void dd_pool_free(DdPool* pool, void* p, size_t size);
// In place where possible. Shrinking never fails; growing at the cap gives NULL and leaves p as it
// is.
void* dd_pool_resize(DdPool* pool, void* p, size_t old_size, size_t size);

DdPoolKind dd_pool_kind(const DdPool* pool, const void* p);
void dd_pool_set_kind(DdPool* pool, void* p, DdPoolKind kind);
size_t dd_pool_alive(const DdPool* pool);
size_t dd_pool_peak(const DdPool* pool);
// Walks everything and says whether it is consistent. For tests.
bool dd_pool_check(const DdPool* pool);
