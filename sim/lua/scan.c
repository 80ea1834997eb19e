// Source texts: a look at the tokens before compiling, for what the compiler does not bound.
//
// Lua looks a name up through every function around it, so deep nesting makes compiling quadratic.
#include "sim/lua/internal.h"
#include "sim/lua/scan.h"

#include <string.h>

typedef struct Scan {
    const char* at;
    const char* end;
    int line;
} Scan;

typedef struct Token {
    const char* text; // of a name; NULL for anything else
    size_t size;
    char symbol; // first character of anything else; 0 at the end
} Token;

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static char peek(const Scan* s, int ahead)
{
    return s->end - s->at > ahead ? s->at[ahead] : '\0';
}

static void step(Scan* s)
{
    s->line += *s->at == '\n';
    s->at++;
}

// at "[[" or "[==[": over the whole of it
static bool skip_long(Scan* s)
{
    int level = 0;
    while (peek(s, 1 + level) == '=') {
        level++;
    }
    if (peek(s, 0) != '[' || peek(s, 1 + level) != '[') {
        return false;
    }
    s->at += level + 2;
    while (s->at < s->end) {
        if (*s->at == ']') {
            int n = 0;
            while (peek(s, 1 + n) == '=') {
                n++;
            }
            if (n == level && peek(s, 1 + n) == ']') {
                s->at += n + 2;
                return true;
            }
        }
        step(s);
    }
    return true;
}

static void skip_quoted(Scan* s)
{
    char quote = *s->at++;
    while (s->at < s->end && *s->at != quote && *s->at != '\n') {
        if (*s->at == '\\' && s->end - s->at > 1) {
            s->at++;
        }
        step(s);
    }
    if (s->at < s->end && *s->at == quote) {
        s->at++;
    }
}

static Token next_token(Scan* s)
{
    for (;;) {
        if (s->at >= s->end) {
            return (Token){0};
        }
        char c = *s->at;
        if (c == '-' && peek(s, 1) == '-') {
            s->at += 2;
            if (!skip_long(s)) {
                while (s->at < s->end && *s->at != '\n') {
                    s->at++;
                }
            }
        } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
            step(s);
        } else if (c == '[' && (peek(s, 1) == '[' || peek(s, 1) == '=') && skip_long(s)) {
            return (Token){.symbol = '"'};
        } else if (c == '"' || c == '\'') {
            skip_quoted(s);
            return (Token){.symbol = '"'};
        } else if (is_name_char(c)) {
            const char* begin = s->at;
            while (s->at < s->end && is_name_char(*s->at)) {
                s->at++;
            }
            // a number is no name, and "1e5" no name either
            bool number = *begin >= '0' && *begin <= '9';
            return number ? (Token){.symbol = '0'}
                          : (Token){.text = begin, .size = (size_t)(s->at - begin)};
        } else {
            s->at++;
            return (Token){.symbol = c};
        }
    }
}

static bool is(Token t, const char* word)
{
    return t.text && t.size == strlen(word) && memcmp(t.text, word, t.size) == 0;
}

// what each open block is; deeper ones Lua itself refuses
enum { k_blocks = 512, k_levels = 180 };

typedef struct Blocks {
    bool function[k_blocks];
    int n;
    int functions;
} Blocks;

static bool follow(Blocks* b, Token t)
{
    bool opens_function = is(t, "function");
    if (opens_function || is(t, "do") || is(t, "if") || is(t, "repeat")) {
        if (b->n == k_blocks) {
            return false;
        }
        b->function[b->n++] = opens_function;
        b->functions += opens_function;
    } else if ((is(t, "end") || is(t, "until")) && b->n > 0) {
        b->functions -= b->function[--b->n];
    }
    return b->functions <= k_nesting_max;
}

int dd_lua_deepest_line(const char* text, size_t size)
{
    Scan s = {.at = text, .end = text + size, .line = 1};
    Blocks blocks = {0};
    int open = 0, most = 0, line = 0;
    for (Token t = next_token(&s); t.text || t.symbol; t = next_token(&s)) {
        open += t.symbol && strchr("([{", t.symbol) != NULL;
        open -= t.symbol && strchr(")]}", t.symbol) != NULL;
        follow(&blocks, t);
        if (open + blocks.n > most && most < k_levels) {
            most = open + blocks.n;
            line = s.line;
        }
    }
    return line;
}

bool dd_lua_scan(const char* text, size_t size, int* line)
{
    Scan s = {.at = text, .end = text + size, .line = 1};
    Blocks blocks = {0};
    for (Token t = next_token(&s); t.text || t.symbol; t = next_token(&s)) {
        if (!follow(&blocks, t)) {
            *line = s.line;
            return false;
        }
    }
    return true;
}

bool dd_lua_source_returns(const char* text, size_t size, const char* word)
{
    Scan s = {.at = text, .end = text + size, .line = 1};
    Blocks blocks = {0};
    for (Token t = next_token(&s); t.text || t.symbol; t = next_token(&s)) {
        if (blocks.n == 0 && is(t, "return")) {
            Token what = next_token(&s);
            Token open = next_token(&s);
            return is(what, word) && (open.symbol == '{' || open.symbol == '(');
        }
        if (!follow(&blocks, t)) {
            return false;
        }
    }
    return false;
}
