// Text: builder, escapes, numbers and times.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/base/text.h"

static void the_builder_grows(void** state)
{
    (void)state;
    DdText t = {0};
    for (int i = 0; i < 1000; i++) {
        dd_text_add(&t, "%d,", i);
    }
    dd_text_bytes(&t, "end", 3);
    assert_int_equal(t.size, 10 * 2 + 90 * 3 + 900 * 4 + 3);
    assert_int_equal(strlen(t.data), t.size);
    dd_text_clear(&t);
    assert_string_equal(t.data, "");
    char* s = dd_text_take(&t);
    assert_string_equal(s, "");
    assert_null(t.data);
    free(s);
    char* empty = dd_text_take(&t);
    assert_string_equal(empty, "");
    free(empty);
}

static void escapes_are_right(void** state)
{
    (void)state;
    DdText t = {0};
    dd_text_xml(&t, "<a b=\"1\">'&\x01\xEA\xB0\x80\n");
    assert_string_equal(t.data, "&lt;a b=&quot;1&quot;&gt;&apos;&amp;\xEA\xB0\x80&#10;");
    dd_text_clear(&t);
    dd_text_json(&t, "a\"b\\c\n\x01\xEA\xB0\x80\xFF\xC0\x80\xED\xA0\x80");
    assert_string_equal(t.data, "\"a\\\"b\\\\c\\n\\u0001\xEA\xB0\x80"
                                "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                                "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    dd_text_clear(&t);
    dd_text_json(&t, "cut\xEA\xB0");
    assert_string_equal(t.data, "\"cut\xEF\xBF\xBD\xEF\xBF\xBD\"");
    dd_text_free(&t);
}

static void number_is(double v, const char* expected)
{
    char out[DD_NUMBER_TEXT_MAX];
    dd_number_print(v, out);
    assert_string_equal(out, expected);
}

static void numbers_are_short_and_exact(void** state)
{
    (void)state;
    number_is(0.1, "0.1");
    number_is(-3, "-3");
    number_is(-0.0, "-0");
    number_is(1e-7, "1e-07");
    number_is(1.0 / 3.0, "0.3333333333333333");
    number_is(INFINITY, "inf");
    number_is(-INFINITY, "-inf");
    number_is(NAN, "nan");
    DdStream s = dd_stream(1, "t", "numbers");
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = dd_stream_bits(&s);
        double v;
        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v)) {
            continue;
        }
        char out[DD_NUMBER_TEXT_MAX];
        double back = 0;
        dd_number_print(v, out);
        assert_true(dd_number_parse(out, &back));
        assert_memory_equal(&back, &v, sizeof v);
    }
}

static void only_numbers_are_numbers(void** state)
{
    (void)state;
    double v = 7;
    static const char* const k_bad[] = {"",      " 1", "1 ",  "0x10",  "nan", "1,5",     "abc",
                                        "1e999", "-",  "--1", "1.2.3", ".",   "infinity"};
    for (size_t i = 0; i < sizeof k_bad / sizeof k_bad[0]; i++) {
        assert_false(dd_number_parse(k_bad[i], &v));
    }
    assert_true(v == 7);
    assert_true(dd_number_parse("-1.5e3", &v) && v == -1500);
    assert_true(dd_number_parse("+.5", &v) && v == 0.5);
    assert_true(dd_number_parse("-inf", &v) && v == -INFINITY);
}

// locales are not installed everywhere; where one with a comma is, it must change nothing
static void no_locale_changes_a_number(void** state)
{
    (void)state;
    static const char* const k_names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8",
                                          "ko_KR.UTF-8"};
    for (size_t i = 0; i < 4; i++) {
        if (setlocale(LC_ALL, k_names[i]) == NULL) {
            continue;
        }
        double v = 0;
        number_is(1234.5, "1234.5");
        number_is(1.5e-9, "1.5e-09");
        assert_true(dd_number_parse("1.5", &v) && v == 1.5);
    }
    setlocale(LC_ALL, "C");
}

static void times_round_trip(void** state)
{
    (void)state;
    int64_t ns = 0;
    char out[DD_TIME_TEXT_MAX];
    assert_true(dd_time_parse("1970-01-01T00:00:00Z", &ns) && ns == 0);
    assert_true(dd_time_parse("2026-01-01T00:00:00Z", &ns));
    assert_true(ns == INT64_C(1767225600) * 1000000000);
    assert_true(dd_time_parse("2026-01-01T09:00:00+09:00", &ns));
    assert_true(ns == INT64_C(1767225600) * 1000000000);
    assert_true(dd_time_parse("2026-01-01", &ns));
    assert_true(ns == INT64_C(1767225600) * 1000000000);
    assert_true(dd_time_parse("2024-02-29T23:59:59.5Z", &ns));
    dd_time_print(ns, out);
    assert_string_equal(out, "2024-02-29T23:59:59.500000000Z");
    dd_time_print(-1, out);
    assert_string_equal(out, "1969-12-31T23:59:59.999999999Z");
    DdStream s = dd_stream(1, "t", "times");
    for (int i = 0; i < 5000; i++) {
        int64_t v =
            dd_stream_int(&s, INT64_C(-9000000000) * 1000000000, INT64_C(9000000000) * 1000000000);
        dd_time_print(v, out);
        assert_true(dd_time_parse(out, &ns));
        assert_true(ns == v);
    }
    static const char* const k_bad[] = {"",
                                        "2026",
                                        "2026-13-01",
                                        "2025-02-29",
                                        "2100-02-29",
                                        "2026-01-01T00:00:00",
                                        "2026-01-01T24:00:00Z",
                                        "2026-01-01T00:00:00.Z",
                                        "2026-01-01T00:00:00Zx",
                                        "2026-1-1",
                                        "9999-01-01",
                                        "now"};
    for (size_t i = 0; i < sizeof k_bad / sizeof k_bad[0]; i++) {
        assert_false(dd_time_parse(k_bad[i], &ns));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_builder_grows),           cmocka_unit_test(escapes_are_right),
        cmocka_unit_test(numbers_are_short_and_exact), cmocka_unit_test(only_numbers_are_numbers),
        cmocka_unit_test(no_locale_changes_a_number),  cmocka_unit_test(times_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
