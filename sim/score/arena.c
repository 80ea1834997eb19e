// Arena: blocks one behind the other, each with a head that says where it came from.
#include "sim/score/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { k_align = 16 };

struct DdArena {
    uint8_t* base;
    size_t size, top;
};

typedef struct Head {
    size_t size;    // of the block, rounded up
    DdArena* arena; // NULL: malloc
} Head;

_Static_assert(sizeof(Head) == k_align, "blocks stay aligned behind their heads");

static _Thread_local DdArena* t_arena;

DdArena* dd_arena_create(size_t size)
{
    DdArena* a = calloc(1, sizeof *a);
    if (!a) {
        return NULL;
    }
    a->base = malloc(size);
    a->size = size;
    if (!a->base) {
        free(a);
        return NULL;
    }
    return a;
}

void dd_arena_destroy(DdArena* a)
{
    if (a) {
        free(a->base);
        free(a);
    }
}

DdArena* dd_arena_use(DdArena* a)
{
    DdArena* before = t_arena;
    t_arena = a;
    return before;
}

static size_t round_up(size_t size)
{
    return (size + k_align - 1) / k_align * k_align;
}

static bool is_last(const Head* head)
{
    const DdArena* a = head->arena;
    return a && (const uint8_t*)(head + 1) + head->size == a->base + a->top;
}

void* dd_arena_alloc(size_t size)
{
    DdArena* a = t_arena;
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size = round_up(size);
    Head* head;
    if (a && size + sizeof *head <= a->size - a->top) {
        head = (Head*)(void*)(a->base + a->top);
        a->top += sizeof *head + size;
        memset(head + 1, 0, size);
    } else {
        a = NULL;
        head = calloc(1, sizeof *head + size);
        if (!head) {
            return NULL;
        }
    }
    *head = (Head){size, a};
    return head + 1;
}

void* dd_arena_resize(void* block, size_t size)
{
    Head* head = block ? (Head*)block - 1 : NULL;
    if (!head) {
        return dd_arena_alloc(size);
    }
    if (round_up(size) <= head->size && !is_last(head)) {
        return block;
    }
    DdArena* a = head->arena;
    if (is_last(head) && size <= SIZE_MAX / 2 &&
        round_up(size) <= head->size + (a->size - a->top)) {
        a->top = a->top - head->size + round_up(size);
        head->size = round_up(size);
        return block;
    }
    void* moved = dd_arena_alloc(size);
    if (moved) {
        memcpy(moved, block, head->size < size ? head->size : size);
        dd_arena_free(block);
    }
    return moved;
}

void dd_arena_free(void* block)
{
    Head* head = block ? (Head*)block - 1 : NULL;
    if (!head) {
        return;
    }
    if (is_last(head)) {
        head->arena->top -= sizeof *head + head->size;
    } else if (!head->arena) {
        free(head);
    }
}
