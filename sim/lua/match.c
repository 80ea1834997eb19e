// Lua patterns, matched with a charge for every step.
//
// Method: depth-first. A pattern is a row of items; plain ones are walked in a loop, those that
// leave a choice (repetitions, optional ones) and captures call themselves for the rest of the
// pattern.
#include "sim/lua/match.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "sim/lua/internal.h"

enum { k_depth_max = 200, k_steps = 512 };

static size_t match_rest(DdMatch* m, size_t i, size_t j);

static void charge(DdMatch* m, size_t steps)
{
    m->steps += (int64_t)steps;
    if (m->steps >= k_steps) {
        dd_match_finish(m);
    }
}

void dd_match_finish(DdMatch* m)
{
    int64_t steps = m->steps;
    m->steps = 0;
    dd_lua_charge(m->L, steps);
}

// ---- classes of characters, of ASCII only ----

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool in_class(int c, int class)
{
    bool in;
    switch (class | 0x20) {
    case 'a':
        in = is_letter(c);
        break;
    case 'c':
        in = c < 32 || c == 127;
        break;
    case 'd':
        in = is_digit(c);
        break;
    case 'g':
        in = c > 32 && c < 127;
        break;
    case 'l':
        in = c >= 'a' && c <= 'z';
        break;
    case 'p':
        in = c > 32 && c < 127 && !is_letter(c) && !is_digit(c);
        break;
    case 's':
        in = c == ' ' || (c >= '\t' && c <= '\r');
        break;
    case 'u':
        in = c >= 'A' && c <= 'Z';
        break;
    case 'w':
        in = is_letter(c) || is_digit(c);
        break;
    case 'x':
        in = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        break;
    default:
        return class == c; // an escaped character stands for itself
    }
    if (!is_letter(class)) {
        return class == c;
    }
    return class >= 'a' ? in : !in;
}

// ---- items: j is the position of one in the pattern ----

// the position after the single-character item at j
static size_t item_end(DdMatch* m, size_t j)
{
    int c = m->p[j++];
    if (c == '%') {
        if (j == m->np) {
            luaL_error(m->L, "malformed pattern (ends with '%%')");
        }
        return j + 1;
    }
    if (c != '[') {
        return j;
    }
    j += j < m->np && m->p[j] == '^';
    // the first character of a set is a member even if it is ']'
    for (bool first = true; first || j >= m->np || m->p[j] != ']'; first = false) {
        if (j >= m->np) {
            luaL_error(m->L, "malformed pattern (missing ']')");
        }
        j += m->p[j] == '%' && j + 1 < m->np ? 2 : 1;
    }
    return j + 1;
}

// is `c` in the set that begins at j ('[') and has its ']' at last?
static bool in_set(const DdMatch* m, int c, size_t j, size_t last)
{
    bool wanted = true;
    j++;
    if (m->p[j] == '^') {
        wanted = false;
        j++;
    }
    while (j < last) {
        int a = m->p[j];
        if (a == '%') {
            if (in_class(c, m->p[j + 1])) {
                return wanted;
            }
            j += 2;
        } else if (j + 2 < last && m->p[j + 1] == '-') {
            if (a <= c && c <= m->p[j + 2]) {
                return wanted;
            }
            j += 3;
        } else {
            if (a == c) {
                return wanted;
            }
            j++;
        }
    }
    return !wanted;
}

// does the character at i fit the item at j, which ends at `end`?
static bool fits(DdMatch* m, size_t i, size_t j, size_t end)
{
    charge(m, 1 + (end - j) / 2);
    if (i >= m->n) {
        return false;
    }
    int c = m->s[i];
    switch (m->p[j]) {
    case '.':
        return true;
    case '%':
        return in_class(c, m->p[j + 1]);
    case '[':
        return in_set(m, c, j, end - 1);
    default:
        return m->p[j] == c;
    }
}

// ---- repetitions ----

static size_t longest(DdMatch* m, size_t i, size_t j, size_t end)
{
    size_t k = 0;
    while (fits(m, i + k, j, end)) {
        k++;
    }
    for (;; k--) {
        size_t r = match_rest(m, i + k, end + 1);
        if (r != DD_NO_MATCH || k == 0) {
            return r;
        }
    }
}

static size_t shortest(DdMatch* m, size_t i, size_t j, size_t end)
{
    for (;; i++) {
        size_t r = match_rest(m, i, end + 1);
        if (r != DD_NO_MATCH || !fits(m, i, j, end)) {
            return r;
        }
    }
}

// ---- captures and the special items ----

static size_t open_capture(DdMatch* m, size_t i, size_t j, bool position)
{
    if (m->ncapture >= k_captures_max) {
        luaL_error(m->L, "too many captures");
    }
    DdCapture* c = &m->capture[m->ncapture++];
    *c = (DdCapture){.at = i, .state = position ? CAPTURE_POSITION : CAPTURE_OPEN};
    size_t r = match_rest(m, i, j);
    if (r == DD_NO_MATCH) {
        m->ncapture--;
    }
    return r;
}

static size_t close_capture(DdMatch* m, size_t i, size_t j)
{
    int k = m->ncapture - 1;
    while (k >= 0 && m->capture[k].state != CAPTURE_OPEN) {
        k--;
    }
    if (k < 0) {
        luaL_error(m->L, "invalid pattern capture");
    }
    m->capture[k].state = CAPTURE_CLOSED;
    m->capture[k].size = i - m->capture[k].at;
    size_t r = match_rest(m, i, j);
    if (r == DD_NO_MATCH) {
        m->capture[k].state = CAPTURE_OPEN;
    }
    return r;
}

// %bxy at j: the end of the balanced piece that begins at i
static size_t balanced(DdMatch* m, size_t i, size_t j)
{
    if (j + 3 >= m->np) {
        luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    }
    int open = m->p[j + 2];
    int close = m->p[j + 3];
    if (i >= m->n || m->s[i] != open) {
        return DD_NO_MATCH;
    }
    size_t level = 1;
    for (size_t k = i + 1; k < m->n; k++) {
        charge(m, 1);
        if (m->s[k] == close) {
            if (--level == 0) {
                return k + 1;
            }
        } else if (m->s[k] == open) {
            level++;
        }
    }
    return DD_NO_MATCH;
}

// %f[set] at j: between a character outside and one inside the set; *next is the item after it
static bool at_frontier(DdMatch* m, size_t i, size_t j, size_t* next)
{
    size_t set = j + 2;
    if (set >= m->np || m->p[set] != '[') {
        luaL_error(m->L, "missing '[' after '%%f' in pattern");
    }
    *next = item_end(m, set);
    charge(m, *next - set);
    // both ends of the subject count as a zero byte
    int before = i == 0 ? 0 : m->s[i - 1];
    int here = i < m->n ? m->s[i] : 0;
    return !in_set(m, before, set, *next - 1) && in_set(m, here, set, *next - 1);
}

// %1 .. %9: the same text again; its end
static size_t again(DdMatch* m, size_t i, int digit)
{
    int k = digit - '1';
    if (k < 0 || k >= m->ncapture || m->capture[k].state == CAPTURE_OPEN) {
        luaL_error(m->L, "invalid capture index %%%d", k + 1);
    }
    if (m->capture[k].state == CAPTURE_POSITION) {
        return DD_NO_MATCH;
    }
    size_t size = m->capture[k].size;
    charge(m, 1 + size / 8);
    bool same = size <= m->n - i && memcmp(m->s + m->capture[k].at, m->s + i, size) == 0;
    return same ? i + size : DD_NO_MATCH;
}

// matches the pattern from j on at i
static size_t match_rest(DdMatch* m, size_t i, size_t j)
{
    if (++m->depth > k_depth_max) {
        luaL_error(m->L, "pattern too complex");
    }
    size_t result = DD_NO_MATCH;
    for (;;) {
        charge(m, 1);
        if (j == m->np) {
            result = i;
            break;
        }
        int c = m->p[j];
        int c2 = j + 1 < m->np ? m->p[j + 1] : -1;
        if (c == '(') {
            result = c2 == ')' ? open_capture(m, i, j + 2, true) : open_capture(m, i, j + 1, false);
            break;
        }
        if (c == ')') {
            result = close_capture(m, i, j + 1);
            break;
        }
        if (c == '$' && c2 == -1) {
            result = i == m->n ? i : DD_NO_MATCH;
            break;
        }
        if (c == '%' && c2 == 'b') {
            i = balanced(m, i, j);
            j += 4;
        } else if (c == '%' && c2 == 'f') {
            i = at_frontier(m, i, j, &j) ? i : DD_NO_MATCH;
        } else if (c == '%' && is_digit(c2)) {
            i = again(m, i, c2);
            j += 2;
        } else {
            size_t end = item_end(m, j);
            int suffix = end < m->np ? m->p[end] : 0;
            if (suffix == '*') {
                result = longest(m, i, j, end);
                break;
            }
            if (suffix == '-') {
                result = shortest(m, i, j, end);
                break;
            }
            if (suffix == '+') {
                result = fits(m, i, j, end) ? longest(m, i + 1, j, end) : DD_NO_MATCH;
                break;
            }
            bool fit = fits(m, i, j, end);
            if (suffix == '?') {
                if (fit && (result = match_rest(m, i + 1, end + 1)) != DD_NO_MATCH) {
                    break;
                }
                j = end + 1;
            } else {
                i = fit ? i + 1 : DD_NO_MATCH;
                j = end;
            }
        }
        if (i == DD_NO_MATCH) {
            break;
        }
    }
    m->depth--;
    return result;
}

size_t dd_match_at(DdMatch* m, size_t at)
{
    m->ncapture = 0;
    m->depth = 0;
    return match_rest(m, at, 0);
}

void dd_match_push(DdMatch* m, int i, size_t from, size_t to)
{
    if (i >= m->ncapture) {
        if (i != 0) {
            luaL_error(m->L, "invalid capture index %%%d", i + 1);
        }
        dd_lua_charge_string(m->L, to - from);
        lua_pushlstring(m->L, (const char*)m->s + from, to - from);
        return;
    }
    const DdCapture* c = &m->capture[i];
    if (c->state == CAPTURE_OPEN) {
        luaL_error(m->L, "unfinished capture");
    }
    if (c->state == CAPTURE_POSITION) {
        lua_pushinteger(m->L, (lua_Integer)c->at + 1);
        return;
    }
    dd_lua_charge_string(m->L, c->size);
    lua_pushlstring(m->L, (const char*)m->s + c->at, c->size);
}

int dd_match_push_all(DdMatch* m, size_t from, size_t to)
{
    int n = m->ncapture == 0 && from != DD_NO_MATCH ? 1 : m->ncapture;
    luaL_checkstack(m->L, n, "too many captures");
    for (int i = 0; i < n; i++) {
        dd_match_push(m, i, from, to);
    }
    return n;
}
