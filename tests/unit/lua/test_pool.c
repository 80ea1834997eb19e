// The pool: random traffic keeps contents, counts and structure; the cap is exact.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/lua/pool.h"

enum { k_blocks = 600 };

typedef struct Block {
    unsigned char* p;
    size_t size;
    unsigned char mark;
} Block;

static uint64_t s_random = 7;

static size_t draw(size_t n)
{
    s_random = s_random * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(s_random >> 33) % n;
}

static size_t draw_size(void)
{
    switch (draw(8)) {
    case 0:
        return 1 + draw(200000);
    case 1:
        return 1 + draw(20000);
    case 2:
        return 1 + draw(3000);
    default:
        return 1 + draw(300);
    }
}

static void fill(Block* b)
{
    b->mark = (unsigned char)draw(256);
    memset(b->p, b->mark, b->size);
}

static void check(const Block* b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(b->p[i], b->mark);
    }
}

static void test_traffic(void** state)
{
    (void)state;
    DdPool* pool = dd_pool_create(32u << 20);
    assert_non_null(pool);
    Block blocks[k_blocks] = {0};
    size_t alive = 0;
    size_t peak = 0;
    for (int i = 0; i < 60000; i++) {
        Block* b = &blocks[draw(k_blocks)];
        if (!b->p) {
            b->size = draw_size();
            DdPoolKind kind = draw(4) == 0 ? DD_POOL_STRING : DD_POOL_PLAIN;
            b->p = dd_pool_alloc(pool, b->size, kind);
            assert_non_null(b->p);
            assert_int_equal((uintptr_t)b->p % 16, 0);
            assert_int_equal(dd_pool_kind(pool, b->p), kind);
            alive += b->size;
            fill(b);
        } else if (draw(3) == 0) {
            size_t size = draw_size();
            DdPoolKind kind = dd_pool_kind(pool, b->p);
            b->p = dd_pool_resize(pool, b->p, b->size, size);
            assert_non_null(b->p);
            assert_int_equal(dd_pool_kind(pool, b->p), kind);
            check(b, size < b->size ? size : b->size);
            alive = alive - b->size + size;
            b->size = size;
            fill(b);
        } else {
            check(b, b->size);
            dd_pool_free(pool, b->p, b->size);
            alive -= b->size;
            b->p = NULL;
        }
        peak = alive > peak ? alive : peak;
        assert_int_equal(dd_pool_alive(pool), alive);
        if (i % 5000 == 0) {
            assert_true(dd_pool_check(pool));
        }
    }
    assert_int_equal(dd_pool_peak(pool), peak);
    for (int i = 0; i < k_blocks; i++) {
        if (blocks[i].p) {
            dd_pool_free(pool, blocks[i].p, blocks[i].size);
        }
    }
    assert_true(dd_pool_check(pool));
    assert_int_equal(dd_pool_alive(pool), 0);
    dd_pool_destroy(pool);
}

static void test_cap(void** state)
{
    (void)state;
    DdPool* pool = dd_pool_create(1 << 20);
    void* p = dd_pool_alloc(pool, (1 << 20) - 100, DD_POOL_PLAIN);
    assert_non_null(p);
    assert_null(dd_pool_alloc(pool, 101, DD_POOL_PLAIN));
    void* q = dd_pool_alloc(pool, 60, DD_POOL_PLAIN);
    assert_non_null(q);
    assert_null(dd_pool_resize(pool, q, 60, 101));
    q = dd_pool_resize(pool, q, 60, 100);
    assert_non_null(q);
    assert_int_equal(dd_pool_alive(pool), 1 << 20);
    // shrinking works at the cap, and makes room
    p = dd_pool_resize(pool, p, (1 << 20) - 100, 1000);
    assert_non_null(p);
    assert_non_null(dd_pool_alloc(pool, (1 << 20) - 1100, DD_POOL_PLAIN));
    dd_pool_destroy(pool);
}

// room that was given back serves any other size
static void test_reuse_across_sizes(void** state)
{
    (void)state;
    enum { k_cap = 4 << 20 };
    DdPool* pool = dd_pool_create(k_cap);
    static const size_t k_sizes[] = {16, 48, 400, 5000, 16384, 70000, 1 << 20};
    for (int round = 0; round < 3; round++) {
        for (size_t s = 0; s < sizeof k_sizes / sizeof *k_sizes; s++) {
            static void* p[k_cap / 16];
            size_t n = k_cap / k_sizes[s];
            for (size_t i = 0; i < n; i++) {
                p[i] = dd_pool_alloc(pool, k_sizes[s], DD_POOL_PLAIN);
                assert_non_null(p[i]);
            }
            for (size_t i = 0; i < n; i++) {
                dd_pool_free(pool, p[i], k_sizes[s]);
            }
        }
    }
    assert_true(dd_pool_check(pool));
    dd_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traffic),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_reuse_across_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
