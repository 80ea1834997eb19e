// Tokens of requirements, and the state of their parser.
#pragma once

#include "sim/score/stl_tree.h"

typedef enum TokenKind {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_WORD,
    TOKEN_QUOTED,
    TOKEN_SYMBOL
} TokenKind;

typedef enum Symbol {
    SYM_NONE,
    SYM_OPEN,
    SYM_CLOSE,
    SYM_BRACKET,
    SYM_UNBRACKET,
    SYM_COMMA,
    SYM_PLUS,
    SYM_MINUS,
    SYM_TIMES,
    SYM_OVER,
    SYM_BAR,
    SYM_AND,
    SYM_OR,
    SYM_NOT,
    SYM_ARROW,
    SYM_LE,
    SYM_LT,
    SYM_GE,
    SYM_GT,
} Symbol;

typedef struct Token {
    TokenKind kind;
    Symbol symbol;
    int begin, end;
    double value;       // of a number, in SI
    const DdUnit* unit; // of a number, or NULL
} Token;

typedef struct Parser {
    const char* text;
    int at;   // where the next token is read
    int last; // end of the token before this one
    Token token;
    const DdSignals* signals;
    DdStl* f;
    int depth;
    bool failed;
    DdError* err;
} Parser;

// Keeps the first mistake: "WHAT: column N: sentence", counted in characters. Returns -1.
int dd_stl_fail(Parser* p, int at, const char* fmt, ...) DD_PRINTF(3, 4);
// Reads the next token, a number together with its unit.
void dd_stl_next(Parser* p);
bool dd_stl_word_is(const Parser* p, const Token* t, const char* word);
bool dd_stl_is_keyword(const char* word, size_t n);
