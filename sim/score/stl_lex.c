// Tokens of requirements: numbers with units, signals, operators.
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/score/stl_lex.h"

int dd_stl_fail(Parser* p, int at, const char* fmt, ...)
{
    if (p->failed) {
        return -1; // the first mistake is the one to tell
    }
    p->failed = true;
    int column = 1;
    for (int i = 0; i < at; i++) {
        column += ((unsigned char)p->text[i] & 0xC0) != 0x80;
    }
    char sentence[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(sentence, sizeof sentence, fmt, args);
    va_end(args);
    dd_fail(p->err, DD_ERROR_SCRIPT, "%s: column %d: %s", p->f->what, column, sentence);
    return -1;
}

static bool starts_word(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool in_word(char c)
{
    return starts_word(c) || isdigit((unsigned char)c);
}

bool dd_stl_word_is(const Parser* p, const Token* t, const char* word)
{
    size_t n = strlen(word);
    return t->kind == TOKEN_WORD && (size_t)(t->end - t->begin) == n &&
           strncmp(p->text + t->begin, word, n) == 0;
}

bool dd_stl_is_keyword(const char* word, size_t n)
{
    static const char* const k_words[] = {"G",    "F",   "H",   "O",    "U",     "S",
                                          "and",  "or",  "not", "true", "false", "rise",
                                          "fall", "abs", "min", "max",  "inf",   "end"};
    for (size_t i = 0; i < sizeof k_words / sizeof *k_words; i++) {
        if (strlen(k_words[i]) == n && strncmp(word, k_words[i], n) == 0) {
            return true;
        }
    }
    return false;
}

static void lex_number(Parser* p)
{
    Token* t = &p->token;
    const char* s = p->text;
    int i = p->at;
    while (isdigit((unsigned char)s[i])) {
        i++;
    }
    if (s[i] == '.') {
        i++;
        while (isdigit((unsigned char)s[i])) {
            i++;
        }
    }
    if (s[i] == 'e' || s[i] == 'E') {
        int k = i + 1 + (s[i + 1] == '+' || s[i + 1] == '-');
        if (isdigit((unsigned char)s[k])) {
            while (isdigit((unsigned char)s[k])) {
                k++;
            }
            i = k;
        }
    }
    char number[64];
    int n = i - p->at;
    if (n >= (int)sizeof number) {
        dd_stl_fail(p, t->begin, "a number of %d characters is too long", n);
        return;
    }
    memcpy(number, s + p->at, (size_t)n);
    number[n] = 0;
    if (!dd_number_parse(number, &t->value) || !isfinite(t->value)) {
        dd_stl_fail(p, t->begin, "'%s' is not a finite number", number);
        return;
    }
    t->kind = TOKEN_NUMBER;
    t->unit = NULL;
    t->end = i;

    // a unit may follow, with or without a blank
    int u = i;
    while (s[u] == ' ' || s[u] == '\t') {
        u++;
    }
    size_t length;
    const DdUnit* unit = dd_unit_match(s + u, &length);
    if (unit) {
        t->unit = unit;
        t->value *= unit->si;
        t->end = u + (int)length;
    } else if (starts_word(s[u])) {
        int e = u;
        while (in_word(s[e])) {
            e++;
        }
        if (!dd_stl_is_keyword(s + u, (size_t)(e - u))) {
            dd_stl_fail(p, u,
                        "unknown unit '%.*s' (known are m mm cm km, s ms min h, rad deg, kg g t, "
                        "N kN, N m, J kJ Wh kWh, W kW, m/s mm/s km/h, m/s^2, rad/s deg/s, Hz, %%)",
                        e - u > 40 ? 40 : e - u, s + u);
        }
    }
    p->at = t->end;
}

static void lex_symbol(Parser* p)
{
    static const struct {
        const char* text;
        Symbol symbol;
    } k_symbols[] = {
        {"<=", SYM_LE},   {">=", SYM_GE},     {"->", SYM_ARROW},    {"&&", SYM_AND},
        {"||", SYM_OR},   {"<", SYM_LT},      {">", SYM_GT},        {"(", SYM_OPEN},
        {")", SYM_CLOSE}, {"[", SYM_BRACKET}, {"]", SYM_UNBRACKET}, {",", SYM_COMMA},
        {"+", SYM_PLUS},  {"-", SYM_MINUS},   {"*", SYM_TIMES},     {"/", SYM_OVER},
        {"|", SYM_BAR},   {"!", SYM_NOT},
    };
    const char* s = p->text + p->at;
    if (strncmp(s, "!=", 2) == 0 || (*s == '=' && s[1] != '>')) {
        dd_stl_fail(p, p->at,
                    "'%s' compares measured numbers for equality, which never holds with any "
                    "margin: write |x - y| <= tolerance, or >= or <=",
                    *s == '!'     ? "!="
                    : s[1] == '=' ? "=="
                                  : "=");
        return;
    }
    for (size_t i = 0; i < sizeof k_symbols / sizeof *k_symbols; i++) {
        size_t n = strlen(k_symbols[i].text);
        if (strncmp(s, k_symbols[i].text, n) == 0) {
            p->token.kind = TOKEN_SYMBOL;
            p->token.symbol = k_symbols[i].symbol;
            p->token.end = p->at + (int)n;
            p->at = p->token.end;
            return;
        }
    }
    if (*s == '=') {
        dd_stl_fail(p, p->at,
                    "'=>' is not an operator: write -> for implication, >= for a comparison");
    } else if (isprint((unsigned char)*s)) {
        dd_stl_fail(p, p->at, "'%c' is not part of the language", *s);
    } else {
        dd_stl_fail(p, p->at, "byte %d is not part of the language", (unsigned char)*s);
    }
}

void dd_stl_next(Parser* p)
{
    p->last = p->token.end;
    const char* s = p->text;
    while (isspace((unsigned char)s[p->at])) {
        p->at++;
    }
    Token* t = &p->token;
    *t = (Token){.kind = TOKEN_END, .begin = p->at, .end = p->at};
    char c = s[p->at];
    if (!c || p->failed) {
        return;
    }
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)s[p->at + 1]))) {
        lex_number(p);
    } else if (starts_word(c)) {
        // a signal is a path: amr.odom.twist.linear.x
        int i = p->at;
        while (in_word(s[i]) || (s[i] == '.' && in_word(s[i + 1]))) {
            i++;
        }
        t->kind = TOKEN_WORD;
        t->end = p->at = i;
    } else if (c == '\'' || c == '"') {
        int i = p->at + 1;
        while (s[i] && s[i] != c) {
            i++;
        }
        if (!s[i]) {
            dd_stl_fail(p, p->at, "the quote is not closed");
            return;
        }
        t->kind = TOKEN_QUOTED;
        t->end = p->at = i + 1;
    } else {
        lex_symbol(p);
    }
}
