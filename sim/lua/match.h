// Lua patterns, matched with a charge for every step, so that backtracking ends with the budget.
#pragma once

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

enum { k_captures_max = 32 };
#define DD_NO_MATCH ((size_t)-1)

typedef struct DdCapture {
    size_t at;
    size_t size;
    enum { CAPTURE_OPEN, CAPTURE_CLOSED, CAPTURE_POSITION } state;
} DdCapture;

typedef struct DdMatch {
    lua_State* L;
    const unsigned char* s; // subject, n bytes
    size_t n;
    const unsigned char* p; // pattern, np bytes, without its anchor
    size_t np;
    int depth;
    int64_t steps; // not charged yet
    int ncapture;
    DdCapture capture[k_captures_max];
} DdMatch;

// Matches the pattern at position `at` of the subject: the end of the match or DD_NO_MATCH. Raises
// a Lua error on a malformed pattern, and when the budget is spent.
size_t dd_match_at(DdMatch* m, size_t at);
// Charge what is left of the steps.
void dd_match_finish(DdMatch* m);
// Pushes capture `i`; the whole match (from, to) where the pattern has none and i is 0.
void dd_match_push(DdMatch* m, int i, size_t from, size_t to);
// Pushes all captures, or the whole match; `whole` also when from is DD_NO_MATCH: none then.
int dd_match_push_all(DdMatch* m, size_t from, size_t to);
