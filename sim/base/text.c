// Text: string builder, escapes, numbers and times without a locale.
#include "sim/base/text.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

void dd_text_free(DdText* t)
{
    free(t->data);
    *t = (DdText){0};
}

void dd_text_clear(DdText* t)
{
    t->size = 0;
    if (t->data != NULL) {
        t->data[0] = '\0';
    }
}

static bool reserve(DdText* t, size_t more)
{
    if (t->failed || more > SIZE_MAX / 4 || t->size > SIZE_MAX / 4) {
        t->failed = true;
        return false;
    }
    size_t need = t->size + more + 1;
    if (t->data != NULL && need <= t->capacity) {
        return true;
    }
    size_t capacity = t->capacity == 0 ? 256 : t->capacity;
    while (capacity < need) {
        capacity *= 2;
    }
    char* data = realloc(t->data, capacity);
    if (data == NULL) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->capacity = capacity;
    return true;
}

void dd_text_add(DdText* t, const char* fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    dd_text_add_v(t, fmt, args);
    va_end(args);
}

void dd_text_add_v(DdText* t, const char* fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    if (reserve(t, 0)) {
        int n = vsnprintf(t->data + t->size, t->capacity - t->size, fmt, args);
        DD_ASSERT(n >= 0);
        if (t->size + (size_t)n >= t->capacity && reserve(t, (size_t)n)) {
            vsnprintf(t->data + t->size, t->capacity - t->size, fmt, again);
        }
        if (!t->failed) {
            t->size += (size_t)n;
        } else {
            t->data[t->size] = '\0';
        }
    }
    va_end(again);
}

void dd_text_bytes(DdText* t, const void* data, size_t size)
{
    if (!reserve(t, size)) {
        return;
    }
    if (size > 0) {
        memcpy(t->data + t->size, data, size);
    }
    t->size += size;
    t->data[t->size] = '\0';
}

void dd_text_str(DdText* t, const char* s)
{
    dd_text_bytes(t, s, strlen(s));
}

// length of the UTF-8 character at s, 0 when it is not one (overlong, surrogate, cut)
static int utf8_length(const unsigned char* s)
{
    if (s[0] < 0x80) {
        return 1;
    }
    int n = s[0] >= 0xF0 && s[0] <= 0xF4   ? 4
            : s[0] >= 0xE0 && s[0] <= 0xEF ? 3
            : s[0] >= 0xC2 && s[0] <= 0xDF ? 2
                                           : 0;
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool outside = (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F);
    return overlong || outside ? 0 : n;
}

bool dd_text_is_utf8(const char* s)
{
    const unsigned char* p = (const unsigned char*)s;
    for (int n = 1; *p != '\0' && n > 0; p += n) {
        n = utf8_length(p);
    }
    return *p == '\0';
}

void dd_text_clean(char* s)
{
    for (int n; *s != '\0'; s += n) {
        n = utf8_length((const unsigned char*)s);
        unsigned char c = (unsigned char)*s;
        if (n == 0 || c == 0x7F || (c < 0x20 && c != '\n' && c != '\t')) {
            *s = '?';
            n = 1;
        }
    }
}

void dd_text_xml(DdText* t, const char* s)
{
    const unsigned char* p = (const unsigned char*)s;
    while (*p != '\0') {
        int n = utf8_length(p);
        if (n == 0) {
            dd_text_str(t, "\xEF\xBF\xBD");
            p++;
            continue;
        }
        switch (*p) {
        case '&':
            dd_text_str(t, "&amp;");
            break;
        case '<':
            dd_text_str(t, "&lt;");
            break;
        case '>':
            dd_text_str(t, "&gt;");
            break;
        case '"':
            dd_text_str(t, "&quot;");
            break;
        case '\'':
            dd_text_str(t, "&apos;");
            break;
        case '\t':
        case '\n':
        case '\r':
            // an attribute would turn them into spaces
            dd_text_add(t, "&#%d;", (int)*p);
            break;
        default:
            if (*p >= 0x20) {
                dd_text_bytes(t, p, (size_t)n);
            }
        }
        p += n;
    }
}

void dd_text_json(DdText* t, const char* s)
{
    dd_text_str(t, "\"");
    const unsigned char* p = (const unsigned char*)s;
    while (*p != '\0') {
        int n = utf8_length(p);
        if (n == 0) {
            dd_text_str(t, "\xEF\xBF\xBD");
            p++;
            continue;
        }
        if (*p == '"' || *p == '\\') {
            dd_text_add(t, "\\%c", *p);
        } else if (*p == '\n') {
            dd_text_str(t, "\\n");
        } else if (*p == '\t') {
            dd_text_str(t, "\\t");
        } else if (*p == '\r') {
            dd_text_str(t, "\\r");
        } else if (*p < 0x20) {
            dd_text_add(t, "\\u%04x", (unsigned)*p);
        } else {
            dd_text_bytes(t, p, (size_t)n);
        }
        p += n;
    }
    dd_text_str(t, "\"");
}

void dd_text_number(DdText* t, double v)
{
    char out[DD_NUMBER_TEXT_MAX];
    dd_number_print(v, out);
    dd_text_str(t, out);
}

char* dd_text_take(DdText* t)
{
    if (t->data == NULL && !t->failed) {
        dd_text_bytes(t, "", 0);
    }
    char* data = t->data;
    if (t->failed) {
        free(data);
        data = NULL;
    }
    *t = (DdText){0};
    return data;
}

// numbers

static locale_t s_c_locale;
static pthread_once_t s_locale_once = PTHREAD_ONCE_INIT;

static void make_locale(void)
{
    s_c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    DD_ASSERT(s_c_locale != (locale_t)0);
}

// whatever the locale puts between the digits becomes a point
static void fix_point(char* text)
{
    char* p = text;
    while (*p == '-' || (*p >= '0' && *p <= '9')) {
        p++;
    }
    if (*p == '\0' || *p == 'e') {
        return;
    }
    char* end = p;
    while (*end != '\0' && *end != 'e' && !(*end >= '0' && *end <= '9')) {
        end++;
    }
    *p = '.';
    memmove(p + 1, end, strlen(end) + 1);
}

void dd_number_print(double v, char out[DD_NUMBER_TEXT_MAX])
{
    if (isnan(v)) {
        snprintf(out, DD_NUMBER_TEXT_MAX, "nan");
        return;
    }
    if (isinf(v)) {
        snprintf(out, DD_NUMBER_TEXT_MAX, v > 0 ? "inf" : "-inf");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, DD_NUMBER_TEXT_MAX, "%.*g", digits, v);
        fix_point(out);
        double back = 0;
        if (digits == 17 || (dd_number_parse(out, &back) && back == v)) {
            return;
        }
    }
}

bool dd_number_parse(const char* text, double* v)
{
    // strtod would also take leading space, "0x10" and "nan(...)"
    const char* p = text + (*text == '-' || *text == '+');
    bool digit = (*p >= '0' && *p <= '9') || (*p == '.' && p[1] >= '0' && p[1] <= '9');
    if (strcmp(p, "inf") == 0) {
        *v = *text == '-' ? -INFINITY : INFINITY;
        return true;
    }
    if (!digit || (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))) {
        return false;
    }
    pthread_once(&s_locale_once, make_locale);
    char* end = NULL;
    double d = strtod_l(text, &end, s_c_locale);
    if (*end != '\0' || !isfinite(d)) {
        return false;
    }
    *v = d;
    return true;
}

// times

static const int64_t k_ns_per_s = 1000000000;

// days since 1970-01-01 in the proleptic Gregorian calendar; years start in March, so that the leap
// day is a year's last
static int64_t days_of(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year = y - era * 400;
    int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

static void date_of(int64_t days, int64_t* y, int* m, int* d)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day = days - era * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t in_year = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * in_year + 2) / 153;
    *d = (int)(in_year - (153 * month + 2) / 5 + 1);
    *m = (int)(month < 10 ? month + 3 : month - 9);
    *y = year + era * 400 + (*m <= 2);
}

// exactly n digits at *p; -1 when they are not there
static int digits(const char** p, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        char c = (*p)[i];
        if (c < '0' || c > '9') {
            return -1;
        }
        v = 10 * v + (c - '0');
    }
    *p += n;
    return v;
}

static bool literal(const char** p, char c)
{
    if (**p != c) {
        return false;
    }
    (*p)++;
    return true;
}

static bool parse_clock(const char** p, int64_t* seconds, int64_t* ns)
{
    int h = digits(p, 2);
    int m = h >= 0 && literal(p, ':') ? digits(p, 2) : -1;
    int s = m >= 0 && literal(p, ':') ? digits(p, 2) : -1;
    if (s < 0 || h > 23 || m > 59 || s > 59) {
        return false;
    }
    *seconds = h * 3600 + m * 60 + s;
    if (literal(p, '.')) {
        int64_t unit = k_ns_per_s / 10;
        int n = 0;
        for (; **p >= '0' && **p <= '9' && n < 9; n++, (*p)++) {
            *ns += (**p - '0') * unit;
            unit /= 10;
        }
        if (n == 0) {
            return false;
        }
    }
    if (literal(p, 'Z')) {
        return true;
    }
    int sign = **p == '+' ? 1 : **p == '-' ? -1 : 0;
    if (sign == 0) {
        return false;
    }
    (*p)++;
    int oh = digits(p, 2);
    int om = oh >= 0 && literal(p, ':') ? digits(p, 2) : -1;
    if (om < 0 || oh > 23 || om > 59) {
        return false;
    }
    *seconds -= sign * (oh * 3600 + om * 60);
    return true;
}

bool dd_time_parse(const char* text, int64_t* ns)
{
    static const int k_month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char* p = text;
    int y = digits(&p, 4);
    int m = y >= 0 && literal(&p, '-') ? digits(&p, 2) : -1;
    int d = m >= 0 && literal(&p, '-') ? digits(&p, 2) : -1;
    // years that nanoseconds in 64 bits can hold with room to spare
    if (d < 1 || m < 1 || m > 12 || y < 1680 || y > 2260) {
        return false;
    }
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (d > k_month_days[m - 1] + (m == 2 && leap)) {
        return false;
    }
    int64_t seconds = 0;
    int64_t fraction = 0;
    if (*p != '\0' && (!literal(&p, 'T') || !parse_clock(&p, &seconds, &fraction))) {
        return false;
    }
    if (*p != '\0') {
        return false;
    }
    *ns = (days_of(y, m, d) * 86400 + seconds) * k_ns_per_s + fraction;
    return true;
}

void dd_time_print(int64_t ns, char out[DD_TIME_TEXT_MAX])
{
    int64_t seconds = ns / k_ns_per_s;
    int64_t fraction = ns % k_ns_per_s;
    if (fraction < 0) {
        fraction += k_ns_per_s;
        seconds--;
    }
    int64_t days = seconds / 86400;
    int64_t rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int64_t y = 0;
    int m = 0;
    int d = 0;
    date_of(days, &y, &m, &d);
    int n = snprintf(out, DD_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", (int)y, m, d,
                     (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
    if (fraction != 0) {
        n += snprintf(out + n, DD_TIME_TEXT_MAX - (size_t)n, ".%09d", (int)fraction);
    }
    snprintf(out + n, DD_TIME_TEXT_MAX - (size_t)n, "Z");
}
