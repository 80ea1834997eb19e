// Errors: filling DdError, and the end of a process whose own assumptions broke.
#include "sim/base/error.h"

#include <string.h>

#include "sim/base/text.h"

typedef struct Row {
    const char* name;
    int exit_code;
} Row;

static const Row k_rows[] = {
#define ROW(id, name, exit_code) [id] = {name, exit_code},
    DD_ERROR_LIST(ROW)
#undef ROW
};

enum { k_row_count = sizeof k_rows / sizeof k_rows[0] };

// a sentence cut in the middle of a UTF-8 character would not be valid text in JSON
static void trim_utf8(char* text)
{
    size_t n = strlen(text);
    size_t start = n;
    while (start > 0 && n - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start == 0) {
        return;
    }
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (need > 1 && n - (start - 1) < need) {
        text[start - 1] = '\0';
    }
}

static void set_text(DdError* err, const char* text)
{
    size_t n = strlen(text);
    bool cut = n >= sizeof err->text;
    if (cut) {
        n = sizeof err->text - 1;
    }
    memmove(err->text, text, n);
    err->text[n] = '\0';
    if (cut) {
        trim_utf8(err->text);
    }
    // what a guest wrote is repeated in errors, and errors become JSON
    dd_text_clean(err->text);
}

void dd_error_clear(DdError* err)
{
    err->code = DD_OK;
    err->line = 0;
    err->file[0] = '\0';
    err->text[0] = '\0';
    err->traceback[0] = '\0';
}

const char* dd_error_name(DdErrorCode code)
{
    DD_ASSERT((int)code >= 0 && (int)code < k_row_count);
    return k_rows[code].name;
}

int dd_error_exit_code(DdErrorCode code)
{
    DD_ASSERT((int)code >= 0 && (int)code < k_row_count);
    return k_rows[code].exit_code;
}

bool dd_fail(DdError* err, DdErrorCode code, const char* fmt, ...)
{
    if (err == NULL) {
        return false;
    }
    // formatted aside: the arguments may point into *err
    char text[DD_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    trim_utf8(text);
    dd_error_clear(err);
    err->code = code;
    set_text(err, text);
    return false;
}

bool dd_fail_at(DdError* err, DdErrorCode code, const char* file, int line, const char* fmt, ...)
{
    if (err == NULL) {
        return false;
    }
    char where[DD_PATH_MAX];
    char text[DD_ERROR_TEXT_MAX + DD_PATH_MAX + 32];
    snprintf(where, sizeof where, "%s", file == NULL ? "" : file);
    int n = 0;
    if (where[0] != '\0' && line > 0) {
        n = snprintf(text, sizeof text, "%s:%d: ", where, line);
    } else if (where[0] != '\0') {
        n = snprintf(text, sizeof text, "%s: ", where);
    }
    va_list args;
    va_start(args, fmt);
    vsnprintf(text + n, sizeof text - (size_t)n, fmt, args);
    va_end(args);
    dd_error_clear(err);
    err->code = code;
    err->line = line > 0 ? line : 0;
    snprintf(err->file, sizeof err->file, "%s", where);
    dd_text_clean(err->file);
    set_text(err, text);
    return false;
}

bool dd_fail_while(DdError* err, const char* fmt, ...)
{
    if (err == NULL) {
        return false;
    }
    char text[2 * DD_ERROR_TEXT_MAX + 2];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, DD_ERROR_TEXT_MAX, fmt, args);
    va_end(args);
    size_t n = strlen(text);
    snprintf(text + n, sizeof text - n, ": %s", err->text);
    set_text(err, text);
    return false;
}

_Noreturn void dd_assert_failed(const char* cond, const char* file, int line)
{
    fprintf(stderr, "drydock: internal error at %s:%d: '%s' does not hold\n", file, line, cond);
    fflush(stderr);
    abort();
}
