// dd_fail and its relatives: texts, codes, cutting, aliasing.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/error.h"
#include "sim/base/log.h"

static void fail_fills_everything(void** state)
{
    (void)state;
    DdError err;
    memset(&err, 'x', sizeof err);
    assert_false(dd_fail(&err, DD_ERROR_MODEL, "mass must be positive, got %d kg", -1));
    assert_int_equal(err.code, DD_ERROR_MODEL);
    assert_int_equal(err.line, 0);
    assert_string_equal(err.file, "");
    assert_string_equal(err.traceback, "");
    assert_string_equal(err.text, "mass must be positive, got -1 kg");
    assert_false(dd_fail(NULL, DD_ERROR_MODEL, "nobody listens"));
}

static void fail_at_names_the_place(void** state)
{
    (void)state;
    DdError err = {0};
    dd_fail_at(&err, DD_ERROR_SCRIPT, "dock.lua", 12, "no field named '%s'", "mas");
    assert_string_equal(err.text, "dock.lua:12: no field named 'mas'");
    assert_string_equal(err.file, "dock.lua");
    assert_int_equal(err.line, 12);
    dd_fail_at(&err, DD_ERROR_SCRIPT, "dock.lua", 0, "is empty");
    assert_string_equal(err.text, "dock.lua: is empty");
}

static void context_goes_in_front(void** state)
{
    (void)state;
    DdError err = {0};
    dd_fail_at(&err, DD_ERROR_SCRIPT, "a.lua", 3, "broken");
    assert_false(dd_fail_while(&err, "while loading %s", "a.lua"));
    assert_string_equal(err.text, "while loading a.lua: a.lua:3: broken");
    assert_int_equal(err.code, DD_ERROR_SCRIPT);
    assert_int_equal(err.line, 3);
    // arguments may be the error's own members
    dd_fail(&err, DD_ERROR_AGENT, "<%s>", err.text);
    assert_string_equal(err.text, "<while loading a.lua: a.lua:3: broken>");
    dd_fail_at(&err, DD_ERROR_AGENT, err.file, 1, "[%s]", err.text);
    assert_string_equal(err.text, "[<while loading a.lua: a.lua:3: broken>]");
}

static void long_texts_are_cut_between_characters(void** state)
{
    (void)state;
    static char text[3 * DD_ERROR_TEXT_MAX + 1];
    for (int i = 0; i < DD_ERROR_TEXT_MAX; i++) {
        memcpy(text + 3 * i, "\xEA\xB0\x80", 3); // one Korean syllable
    }
    DdError err = {0};
    for (int shift = 0; shift < 3; shift++) {
        dd_fail(&err, DD_ERROR_SCRIPT, "%.*s%s", shift, "ab", text);
        size_t n = strlen(err.text) - (size_t)(shift > 2 ? 2 : shift);
        assert_int_equal(n % 3, 0);
        assert_true(strlen(err.text) > DD_ERROR_TEXT_MAX - 5);
    }
    for (int i = 0; i < 100; i++) {
        dd_fail_while(&err, "%.300s", text);
    }
    assert_true(strlen(err.text) < DD_ERROR_TEXT_MAX);
}

static void every_code_has_name_and_exit(void** state)
{
    (void)state;
    assert_string_equal(dd_error_name(DD_ERROR_CANNOT_CHECK), "cannot check");
    assert_int_equal(dd_error_exit_code(DD_OK), 0);
    assert_int_equal(dd_error_exit_code(DD_ERROR_SCRIPT), 2);
    assert_int_equal(dd_error_exit_code(DD_ERROR_DAMAGED), 3);
    assert_int_equal(dd_error_exit_code(DD_ERROR_DISK), 75);
    assert_int_equal(dd_error_exit_code(DD_ERROR_INTERNAL), 70);
    assert_int_equal(dd_error_exit_code(DD_ERROR_INTERRUPTED), 130);
}

static char s_last[256];
static int s_calls;

static void keep(void* user, DdLogLevel level, const char* text)
{
    assert_ptr_equal(user, &s_calls);
    s_calls++;
    snprintf(s_last, sizeof s_last, "%d %s", (int)level, text);
}

static void log_goes_to_the_sink_above_the_level(void** state)
{
    (void)state;
    dd_log_set_sink(keep, &s_calls);
    dd_log(DD_LOG_DEBUG, "hidden");
    assert_int_equal(s_calls, 0);
    dd_log(DD_LOG_WARN, "seen %d", 7);
    assert_int_equal(s_calls, 1);
    assert_string_equal(s_last, "2 seen 7");
    dd_log_set_level(DD_LOG_DEBUG);
    dd_log(DD_LOG_DEBUG, "now");
    assert_int_equal(s_calls, 2);
    dd_log_set_level(DD_LOG_INFO);
    dd_log_set_sink(NULL, NULL);
    dd_log(DD_LOG_DEBUG, "gone");
    assert_int_equal(s_calls, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_fills_everything),
        cmocka_unit_test(fail_at_names_the_place),
        cmocka_unit_test(context_goes_in_front),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(every_code_has_name_and_exit),
        cmocka_unit_test(log_goes_to_the_sink_above_the_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
