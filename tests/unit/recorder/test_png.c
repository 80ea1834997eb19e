// PNG: what is written comes back, damage is a sentence.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "recorder/png.h"

static void check_round(int channels, int bits)
{
    DdPng def = {.width = 37, .height = 11, .channels = channels, .bits = bits}, got;
    size_t n = (size_t)(def.width * def.height * channels * bits / 8), size;
    unsigned char* pixels = malloc(n);
    DdError err;
    dd_error_clear(&err);
    for (size_t i = 0; i < n; i++) {
        pixels[i] = (unsigned char)(i * 2654435761u >> 13);
    }
    unsigned char* png = dd_png_encode(&def, pixels, 1, &size, &err);
    assert_non_null(png);
    unsigned char* back = dd_png_decode(png, size, 1000, &got, &err);
    assert_non_null(back);
    assert_memory_equal(&def, &got, sizeof def);
    assert_memory_equal(pixels, back, n);
    free(back);
    free(png);
    free(pixels);
}

static void test_round(void** state)
{
    (void)state;
    for (int channels = 1; channels <= 4; channels++) {
        check_round(channels, 8);
        check_round(channels, 16);
    }
}

static void test_wrong(void** state)
{
    (void)state;
    DdPng def = {.width = 8, .height = 8, .channels = 3, .bits = 8}, got;
    unsigned char pixels[8 * 8 * 3] = {0};
    size_t size;
    DdError err;
    dd_error_clear(&err);
    unsigned char* png = dd_png_encode(&def, pixels, 6, &size, &err);
    assert_non_null(png);
    // every cut, too large, no PNG at all
    for (size_t n = 0; n < size - 12; n++) {
        dd_error_clear(&err);
        assert_null(dd_png_decode(png, n, 64, &got, &err));
        assert_int_equal(err.code, DD_ERROR_DAMAGED);
    }
    assert_null(dd_png_decode(png, size, 63, &got, &err));
    assert_non_null(strstr(err.text, "too large"));
    assert_null(dd_png_decode("no picture at all", 17, 64, &got, &err));
    free(png);
    def.width = 0;
    assert_null(dd_png_encode(&def, pixels, 6, &size, &err));
    assert_int_equal(err.code, DD_ERROR_ARGUMENT);
    def.width = 8;
    def.bits = 7;
    assert_null(dd_png_encode(&def, pixels, 6, &size, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
