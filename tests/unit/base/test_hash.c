// Hashes against published values.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/hash.h"

static void sha256_gives_the_published_values(void** state)
{
    (void)state;
    unsigned char sha[DD_SHA256_SIZE];
    char hex[DD_SHA256_HEX_SIZE];
    dd_sha256("abc", 3, sha);
    dd_sha256_hex(sha, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    dd_sha256(NULL, 0, sha);
    dd_sha256_hex(sha, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void sha256_in_parts_is_the_same(void** state)
{
    (void)state;
    unsigned char data[1000];
    for (int i = 0; i < 1000; i++) {
        data[i] = (unsigned char)(i * 7);
    }
    unsigned char whole[DD_SHA256_SIZE];
    unsigned char parts[DD_SHA256_SIZE];
    dd_sha256(data, sizeof data, whole);
    DdSha256 h;
    dd_sha256_begin(&h);
    for (size_t at = 0; at < sizeof data; at += 37) {
        size_t n = sizeof data - at < 37 ? sizeof data - at : 37;
        dd_sha256_add(&h, data + at, n);
    }
    dd_sha256_add(&h, NULL, 0);
    dd_sha256_end(&h, parts);
    assert_memory_equal(whole, parts, sizeof whole);
}

static void xxh3_gives_the_published_value(void** state)
{
    (void)state;
    assert_true(dd_hash64("", 0, 0) == UINT64_C(0x2D06800538D394C2));
    assert_true(dd_hash64(NULL, 0, 0) == UINT64_C(0x2D06800538D394C2));
    assert_true(dd_hash64("a", 1, 1) != dd_hash64("a", 1, 2));
    // short and long inputs take different paths inside
    unsigned char data[2000] = {0};
    uint64_t before = dd_hash64(data, sizeof data, 3);
    data[1999] ^= 1;
    assert_true(dd_hash64(data, sizeof data, 3) != before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_published_values),
        cmocka_unit_test(sha256_in_parts_is_the_same),
        cmocka_unit_test(xxh3_gives_the_published_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
