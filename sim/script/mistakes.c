// Mistakes: collected errors of declarations, and the search for the line a field stands on.
#include "sim/script/mistakes.h"

#include <ctype.h>
#include <string.h>

typedef enum TokenKind { TOKEN_END, TOKEN_NAME, TOKEN_STRING, TOKEN_SIGN } TokenKind;

typedef struct Scanner {
    const char* at;
    int line;
    TokenKind kind;
    const char* start; // of the token's text
    size_t size;
    int token_line;
} Scanner;

// "[[", "[==[": the number of '=' between the brackets, -1 when it is no long bracket.
static int long_bracket(const char* p)
{
    if (*p != '[') {
        return -1;
    }
    int level = 0;
    for (p++; *p == '='; p++) {
        level++;
    }
    return *p == '[' ? level : -1;
}

static void skip_long(Scanner* s, int level)
{
    for (s->at += level + 2; *s->at; s->at++) {
        if (*s->at == '\n') {
            s->line++;
        }
        if (*s->at == ']') {
            int n = 0;
            while (s->at[1 + n] == '=') {
                n++;
            }
            if (n == level && s->at[1 + n] == ']') {
                s->at += n + 2;
                return;
            }
        }
    }
}

static void skip_blank(Scanner* s)
{
    for (;;) {
        if (*s->at == '\n') {
            s->line++;
            s->at++;
        } else if (isspace((unsigned char)*s->at)) {
            s->at++;
        } else if (s->at[0] == '-' && s->at[1] == '-') {
            s->at += 2;
            int level = long_bracket(s->at);
            if (level >= 0) {
                skip_long(s, level);
            } else {
                s->at += strcspn(s->at, "\n");
            }
        } else {
            return;
        }
    }
}

static bool next(Scanner* s)
{
    skip_blank(s);
    s->start = s->at;
    s->size = 1;
    s->token_line = s->line;
    int level = long_bracket(s->at);
    if (*s->at == '\0') {
        s->kind = TOKEN_END;
        return false;
    }
    if (isalpha((unsigned char)*s->at) || *s->at == '_') {
        s->kind = TOKEN_NAME;
        while (isalnum((unsigned char)*s->at) || *s->at == '_') {
            s->at++;
        }
        s->size = (size_t)(s->at - s->start);
    } else if (*s->at == '"' || *s->at == '\'') {
        char quote = *s->at++;
        s->kind = TOKEN_STRING;
        s->start = s->at;
        while (*s->at && *s->at != quote && *s->at != '\n') {
            s->at += s->at[0] == '\\' && s->at[1] ? 2 : 1;
        }
        s->size = (size_t)(s->at - s->start);
        if (*s->at == quote) {
            s->at++;
        }
    } else if (level >= 0) {
        s->kind = TOKEN_STRING;
        skip_long(s, level);
        s->size = 0;
    } else {
        s->kind = TOKEN_SIGN;
        s->at++;
        if (strchr("=~<>", *s->start) && *s->at == '=') {
            s->at++;
            s->size = 2;
        }
    }
    return true;
}

static bool is(const Scanner* s, const char* text)
{
    return s->size == strlen(text) && strncmp(s->start, text, s->size) == 0;
}

// From the token behind '{': the scanner behind "name =" of this very table, or false.
static bool find_key(Scanner* s, const char* name, size_t size)
{
    int depth = 0;
    int blocks = 0; // function bodies: what looks like a field in there is an assignment

    while (next(s)) {
        bool word = s->kind == TOKEN_NAME;
        bool sign = s->kind == TOKEN_SIGN;
        if (word && (is(s, "function") || is(s, "if") || is(s, "do") || is(s, "repeat"))) {
            blocks++;
        } else if (word && (is(s, "end") || is(s, "until"))) {
            blocks--;
        } else if (sign && strchr("{(", *s->start)) {
            depth++;
        } else if (sign && strchr("})", *s->start)) {
            if (--depth < 0) {
                return false;
            }
        } else if (depth == 0 && blocks == 0 && s->kind != TOKEN_SIGN && s->size == size &&
                   strncmp(s->start, name, size) == 0) {
            Scanner behind = *s;
            int line = s->token_line;
            if (next(&behind) && is(&behind, "]")) {
                next(&behind);
            }
            if (is(&behind, "=")) {
                *s = behind;
                s->token_line = line;
                return true;
            }
        }
    }
    return false;
}

int dd_source_line(const DdSource* source, const char* where)
{
    if (!source || !source->text || source->line < 1) {
        return source ? source->line : 0;
    }
    Scanner s = {.at = source->text, .line = 1};
    while (s.line < source->line) {
        s.at += strcspn(s.at, "\n");
        if (!*s.at) {
            return source->line;
        }
        s.at++;
        s.line++;
    }

    int line = source->line;
    while (*where) {
        while (next(&s) && !(s.kind == TOKEN_SIGN && *s.start == '{')) {
        }
        size_t size = strcspn(where, ".");
        if (s.kind == TOKEN_END || !find_key(&s, where, size)) {
            return line;
        }
        line = s.token_line;
        where += size;
        where += *where == '.';
    }
    return line;
}

static void add(DdMistakes* m, const DdError* err)
{
    if (m->n++ == 0) {
        m->first = *err;
    }
    if (m->report) {
        m->report(m->user, err);
    }
}

void dd_mistake(DdMistakes* m, const DdSource* source, const char* where, const char* fmt, ...)
{
    char text[DD_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);

    DdError err;
    dd_error_clear(&err);
    dd_fail_at(&err, DD_ERROR_SCRIPT, source ? source->shown : "", dd_source_line(source, where),
               "%s", text);
    add(m, &err);
}

void dd_mistake_error(DdMistakes* m, const DdSource* source, const char* where, const DdError* err)
{
    if (err->file[0] || !source || !source->shown[0]) {
        add(m, err);
        return;
    }
    DdError full = *err;
    dd_fail_at(&full, err->code, source->shown, dd_source_line(source, where), "%s", err->text);
    add(m, &full);
}
