// Pool: the memory of one Lua state, carved from one reserved region.
#include "sim/lua/pool.h"

#include "sim/base/error.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum {
    k_unit = 4096, // bytes; what large blocks and slabs are made of
    k_unit_shift = 12,
    k_small_max = 16384, // larger blocks are runs of their own
    k_classes = 40,      // 16 in steps of 16 bytes, then 4 per doubling
    k_bins = 24,         // free runs by the power of two of their length
    k_scan = 32,         // how many runs of the own bin are tried
    k_none = UINT32_MAX,
};

typedef enum UnitState { UNIT_FREE, UNIT_SLAB, UNIT_RUN } UnitState;

// One per unit. `head` holds for every unit of a slab, and for the first and last of a run; the
// rest only for the first.
typedef struct Unit {
    uint32_t head;
    uint32_t length; // units
    uint32_t next;   // in the list of a class or bin
    uint32_t prev;
    uint32_t free;  // first free block of a slab, as offset / 16; k_none
    uint16_t used;  // blocks handed out
    uint16_t fresh; // blocks never handed out begin here
    uint8_t state;
    uint8_t class;
} Unit;

struct DdPool {
    size_t mapped;
    size_t cap;
    size_t alive;
    size_t peak;
    uint32_t nunit;
    unsigned char* base;
    unsigned char* kind; // one per 16 bytes, of the block that begins there; mostly untouched
    uint32_t partial[k_classes]; // slabs with room
    uint32_t bin[k_bins];        // free runs
    Unit unit[];
};

static int log2_floor(size_t v)
{
    return 63 - __builtin_clzll((unsigned long long)v);
}

static int class_of(size_t size)
{
    if (size <= 256) {
        return size == 0 ? 0 : (int)((size + 15) / 16) - 1;
    }
    size_t s = size - 1;
    int b = log2_floor(s);
    return 16 + (b - 8) * 4 + (int)((s >> (b - 2)) & 3);
}

static size_t class_size(int class)
{
    if (class < 16) {
        return (size_t)(class + 1) * 16;
    }
    int b = 8 + (class - 16) / 4;
    return (size_t)(5 + (class - 16) % 4) << (b - 2);
}

static uint32_t slab_units(int class)
{
    return class_size(class) <= 512 ? 4 : 16;
}

static uint32_t units_of(size_t size)
{
    return (uint32_t)((size + k_unit - 1) >> k_unit_shift);
}

static void list_push(DdPool* pool, uint32_t* list, uint32_t u)
{
    Unit* unit = &pool->unit[u];
    unit->prev = k_none;
    unit->next = *list;
    if (*list != k_none) {
        pool->unit[*list].prev = u;
    }
    *list = u;
}

static void list_remove(DdPool* pool, uint32_t* list, uint32_t u)
{
    Unit* unit = &pool->unit[u];
    if (unit->prev != k_none) {
        pool->unit[unit->prev].next = unit->next;
    } else {
        *list = unit->next;
    }
    if (unit->next != k_none) {
        pool->unit[unit->next].prev = unit->prev;
    }
}

// ---- runs of units ----

static void run_mark(DdPool* pool, uint32_t u, uint32_t length, UnitState state)
{
    pool->unit[u].head = u;
    pool->unit[u].length = length;
    pool->unit[u].state = (uint8_t)state;
    pool->unit[u + length - 1].head = u;
}

static void run_put_free(DdPool* pool, uint32_t u, uint32_t length)
{
    run_mark(pool, u, length, UNIT_FREE);
    list_push(pool, &pool->bin[log2_floor(length)], u);
}

static void run_take_free(DdPool* pool, uint32_t u)
{
    list_remove(pool, &pool->bin[log2_floor(pool->unit[u].length)], u);
}

static uint32_t run_alloc(DdPool* pool, uint32_t length)
{
    // a run of the same power of two may fit, one of a greater does
    int b = log2_floor(length);
    uint32_t found = k_none;
    int tried = 0;
    for (uint32_t u = pool->bin[b]; u != k_none && tried < k_scan;
         u = pool->unit[u].next, tried++) {
        if (pool->unit[u].length >= length) {
            found = u;
            break;
        }
    }
    for (b++; found == k_none && b < k_bins; b++) {
        found = pool->bin[b];
    }
    if (found == k_none) {
        return k_none;
    }
    run_take_free(pool, found);
    uint32_t rest = pool->unit[found].length - length;
    if (rest > 0) {
        run_put_free(pool, found + length, rest);
    }
    run_mark(pool, found, length, UNIT_RUN);
    return found;
}

static void run_free(DdPool* pool, uint32_t u)
{
    // join with free neighbours; the last unit of the run before knows its head
    uint32_t length = pool->unit[u].length;
    uint32_t after = u + length;
    if (after < pool->nunit && pool->unit[after].state == UNIT_FREE) {
        run_take_free(pool, after);
        length += pool->unit[after].length;
    }
    if (u > 0) {
        uint32_t before = pool->unit[u - 1].head;
        if (pool->unit[before].state == UNIT_FREE) {
            run_take_free(pool, before);
            length += pool->unit[before].length;
            u = before;
        }
    }
    run_put_free(pool, u, length);
}

// ---- slabs ----

static unsigned char* unit_address(const DdPool* pool, uint32_t u)
{
    return pool->base + ((size_t)u << k_unit_shift);
}

static uint32_t unit_of(const DdPool* pool, const void* p)
{
    size_t at = (size_t)((const unsigned char*)p - pool->base);
    DD_ASSERT(at < (size_t)pool->nunit << k_unit_shift);
    return pool->unit[at >> k_unit_shift].head;
}

static uint16_t slab_blocks(int class)
{
    return (uint16_t)(((size_t)slab_units(class) << k_unit_shift) / class_size(class));
}

static void* slab_alloc(DdPool* pool, int class)
{
    uint32_t* list = &pool->partial[class];
    uint32_t u = *list;
    if (u == k_none) {
        uint32_t n = slab_units(class);
        u = run_alloc(pool, n);
        if (u == k_none) {
            return NULL;
        }
        for (uint32_t i = 0; i < n; i++) {
            pool->unit[u + i].head = u;
        }
        Unit* made = &pool->unit[u];
        made->state = UNIT_SLAB;
        made->class = (uint8_t) class;
        made->free = k_none;
        made->used = 0;
        made->fresh = 0;
        list_push(pool, list, u);
    }

    // a block given back before, else the next that was never touched
    Unit* slab = &pool->unit[u];
    unsigned char* base = unit_address(pool, u);
    void* p;
    if (slab->free != k_none) {
        p = base + (size_t)slab->free * 16;
        memcpy(&slab->free, p, sizeof slab->free);
    } else {
        p = base + (size_t)slab->fresh * class_size(class);
        slab->fresh++;
    }
    slab->used++;
    if (slab->free == k_none && slab->fresh == slab_blocks(class)) {
        list_remove(pool, list, u);
    }
    return p;
}

static void slab_free(DdPool* pool, uint32_t u, void* p)
{
    Unit* slab = &pool->unit[u];
    uint32_t* list = &pool->partial[slab->class];
    bool was_full = slab->free == k_none && slab->fresh == slab_blocks(slab->class);
    memcpy(p, &slab->free, sizeof slab->free);
    slab->free = (uint32_t)((size_t)((unsigned char*)p - unit_address(pool, u)) / 16);
    slab->used--;
    if (was_full) {
        list_push(pool, list, u);
    }
    // keep the only slab of its class, so that one block to and fro costs nothing
    if (slab->used == 0 && (slab->next != k_none || slab->prev != k_none)) {
        list_remove(pool, list, u);
        run_free(pool, u);
    }
}

// ---- blocks ----

static size_t capacity_of(const DdPool* pool, uint32_t u)
{
    const Unit* unit = &pool->unit[u];
    return unit->state == UNIT_SLAB ? class_size(unit->class)
                                    : (size_t)unit->length << k_unit_shift;
}

static void count(DdPool* pool, size_t less, size_t more)
{
    pool->alive = pool->alive - less + more;
    if (pool->alive > pool->peak) {
        pool->peak = pool->alive;
    }
}

static void* block_alloc(DdPool* pool, size_t size)
{
    if (size <= k_small_max) {
        return slab_alloc(pool, class_of(size));
    }
    uint32_t u = run_alloc(pool, units_of(size));
    return u == k_none ? NULL : unit_address(pool, u);
}

static unsigned char* kind_at(const DdPool* pool, const void* p)
{
    return &pool->kind[(size_t)((const unsigned char*)p - pool->base) / 16];
}

static void set_kind(DdPool* pool, void* p, DdPoolKind kind)
{
    // only written where it changes: the pages of it that nobody needs stay away
    unsigned char* at = kind_at(pool, p);
    if (*at != kind) {
        *at = (unsigned char)kind;
    }
}

static void block_free(DdPool* pool, void* p)
{
    uint32_t u = unit_of(pool, p);
    if (pool->unit[u].state == UNIT_SLAB) {
        slab_free(pool, u, p);
    } else {
        DD_ASSERT(pool->unit[u].state == UNIT_RUN && unit_address(pool, u) == p);
        run_free(pool, u);
    }
}

void* dd_pool_alloc(DdPool* pool, size_t size, DdPoolKind kind)
{
    if (size > pool->cap - pool->alive) {
        return NULL;
    }
    void* p = block_alloc(pool, size);
    if (p) {
        set_kind(pool, p, kind);
        count(pool, 0, size);
    }
    return p;
}

void dd_pool_free(DdPool* pool, void* p, size_t size)
{
    set_kind(pool, p, DD_POOL_PLAIN);
    block_free(pool, p);
    DD_ASSERT(pool->alive >= size);
    count(pool, size, 0);
}

static bool run_resize(DdPool* pool, uint32_t u, uint32_t want)
{
    Unit* unit = &pool->unit[u];
    uint32_t have = unit->length;
    if (want < have) {
        run_mark(pool, u, want, UNIT_RUN);
        run_mark(pool, u + want, have - want, UNIT_RUN);
        run_free(pool, u + want);
        return true;
    }
    uint32_t after = u + have;
    if (want > have) {
        if (after >= pool->nunit || pool->unit[after].state != UNIT_FREE ||
            pool->unit[after].length < want - have) {
            return false;
        }
        uint32_t rest = pool->unit[after].length - (want - have);
        run_take_free(pool, after);
        run_mark(pool, u, want, UNIT_RUN);
        if (rest > 0) {
            run_put_free(pool, u + want, rest);
        }
    }
    return true;
}

void* dd_pool_resize(DdPool* pool, void* p, size_t old_size, size_t size)
{
    if (size > old_size && size - old_size > pool->cap - pool->alive) {
        return NULL;
    }
    uint32_t u = unit_of(pool, p);
    Unit* unit = &pool->unit[u];

    // in place: the same class, or a run whose neighbour gives or takes
    bool stays = unit->state == UNIT_SLAB
                     ? size <= k_small_max && class_of(size) == unit->class
                     : size > k_small_max && run_resize(pool, u, units_of(size));
    if (!stays) {
        void* q = block_alloc(pool, size);
        if (!q && size > capacity_of(pool, u)) {
            return NULL;
        }
        if (q) {
            memcpy(q, p, old_size < size ? old_size : size);
            set_kind(pool, q, dd_pool_kind(pool, p));
            set_kind(pool, p, DD_POOL_PLAIN);
            block_free(pool, p);
            p = q;
        }
    }
    count(pool, old_size, size);
    return p;
}

DdPoolKind dd_pool_kind(const DdPool* pool, const void* p)
{
    return (DdPoolKind)*kind_at(pool, p);
}

void dd_pool_set_kind(DdPool* pool, void* p, DdPoolKind kind)
{
    set_kind(pool, p, kind);
}

size_t dd_pool_alive(const DdPool* pool)
{
    return pool->alive;
}

size_t dd_pool_peak(const DdPool* pool)
{
    return pool->peak;
}

DdPool* dd_pool_create(size_t cap)
{
    // twice the cap leaves room for what slabs and runs waste; untouched pages cost nothing
    size_t units = (cap * 2 >> k_unit_shift) + 2048;
    size_t head = sizeof(DdPool) + units * sizeof(Unit);
    head = (head + k_unit - 1) & ~(size_t)(k_unit - 1);
    size_t kinds = units * (k_unit / 16);
    size_t mapped = head + kinds + (units << k_unit_shift);
    DdPool* pool = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pool == MAP_FAILED) {
        return NULL;
    }
    pool->mapped = mapped;
    pool->cap = cap;
    pool->nunit = (uint32_t)units;
    pool->kind = (unsigned char*)pool + head;
    pool->base = pool->kind + kinds;
    memset(pool->partial, 0xff, sizeof pool->partial);
    memset(pool->bin, 0xff, sizeof pool->bin);
    run_put_free(pool, 0, pool->nunit);
    return pool;
}

void dd_pool_destroy(DdPool* pool)
{
    if (pool) {
        munmap(pool, pool->mapped);
    }
}

bool dd_pool_check(const DdPool* pool)
{
    // every unit belongs to one run; no two free neighbours; slabs count right
    bool before_free = false;
    uint32_t nfree = 0;
    for (uint32_t u = 0; u < pool->nunit; u += pool->unit[u].length) {
        const Unit* unit = &pool->unit[u];
        if (unit->head != u || unit->length == 0 || unit->length > pool->nunit - u ||
            pool->unit[u + unit->length - 1].head != u) {
            return false;
        }
        bool free = unit->state == UNIT_FREE;
        if (free && before_free) {
            return false;
        }
        nfree += free;
        before_free = free;
        if (unit->state == UNIT_SLAB) {
            int n = 0;
            for (uint32_t at = unit->free; at != k_none; n++) {
                memcpy(&at, unit_address(pool, u) + (size_t)at * 16, sizeof at);
            }
            if (n + unit->used != unit->fresh || unit->fresh > slab_blocks(unit->class)) {
                return false;
            }
        }
    }
    for (int b = 0; b < k_bins; b++) {
        for (uint32_t u = pool->bin[b]; u != k_none; u = pool->unit[u].next) {
            nfree -= pool->unit[u].state == UNIT_FREE && log2_floor(pool->unit[u].length) == b;
        }
    }
    return nfree == 0;
}
