// Text: a growing string, escapes, and numbers and times that no locale changes.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/base/error.h"

// Starts as {0}. `data` is NUL-terminated once anything was added. When memory ends, `failed` is
// set and later calls do nothing.
typedef struct DdText {
    char* data;
    size_t size; // without the NUL
    size_t capacity;
    bool failed;
} DdText;

void dd_text_free(DdText* t);  // back to {0}
void dd_text_clear(DdText* t); // empty, memory kept
void dd_text_add(DdText* t, const char* fmt, ...) DD_PRINTF(2, 3);
void dd_text_add_v(DdText* t, const char* fmt, va_list args);
void dd_text_bytes(DdText* t, const void* data, size_t size);
void dd_text_str(DdText* t, const char* s);
void dd_text_xml(DdText* t, const char* s); // & < > " ' escaped; characters XML 1.0 forbids dropped
void dd_text_json(DdText* t,
                  const char* s);         // with its quotes; bytes that are not UTF-8 become U+FFFD
void dd_text_number(DdText* t, double v); // as dd_number_print
bool dd_text_is_utf8(const char* s);
// Bytes that are not UTF-8, and control characters that would steer a terminal, become '?'.
void dd_text_clean(char* s);
// The text itself, which the caller frees; NULL when memory ended. `t` is {0} again.
char* dd_text_take(DdText* t);

// Shortest decimal that reads back to the same bits, with a point whatever the locale: "0.1", "-3",
// "1e-07", "inf", "nan".
enum { DD_NUMBER_TEXT_MAX = 40 };
void dd_number_print(double v, char out[DD_NUMBER_TEXT_MAX]);
// The whole text must be a number ("0.5", "-1e3", "inf"); false otherwise.
bool dd_number_parse(const char* text, double* v);

// "2026-01-01T00:00:00Z", with up to 9 digits of a fraction and Z or an offset "+09:00". A date
// alone is its midnight. Nanoseconds since 1970 in UTC.
bool dd_time_parse(const char* text, int64_t* ns);
enum { DD_TIME_TEXT_MAX = 40 };
void dd_time_print(int64_t ns, char out[DD_TIME_TEXT_MAX]); // "...T00:00:00Z" or "...00.000000001Z"
