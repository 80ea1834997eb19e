// Compiler of requirements: from the tree to streams and the spine, with all sizes known.
#include <math.h>
#include <string.h>

#include "sim/score/stl_program.h"

enum {
    k_window_values = 1000000, // values in all windows of one formula
    k_late_values = 16000000,  // values kept for the end of the episode
    k_stream_max = 8 * DD_STL_NODES_MAX,
};
static const double k_row_max = 1e9; // of a bound

typedef struct Compiler {
    DdMonitor* m;
    bool failed;
    DdError* err;
} Compiler;

// What surrounds a node: is it negated, do only G and H stand above it.
typedef struct Above {
    bool negated;
    bool always;
} Above;

static int stream_of(Compiler* c, int node, Above above);
static int spine_of(Compiler* c, int node, Above above);

static int fail(Compiler* c, const char* fmt, ...) DD_PRINTF(2, 3);
static int fail(Compiler* c, const char* fmt, ...)
{
    if (!c->failed) {
        c->failed = true;
        char sentence[512];
        va_list args;
        va_start(args, fmt);
        vsnprintf(sentence, sizeof sentence, fmt, args);
        va_end(args);
        dd_fail(c->err, DD_ERROR_SCRIPT, "%s: %s", c->m->f->what, sentence);
    }
    return 0;
}

static const DdStlNode* node_at(const Compiler* c, int i)
{
    return &c->m->f->node[i];
}

// --- bounds ---

static void bounds_of(Compiler* c, int i, int64_t* from, int64_t* to)
{
    const DdStlNode* n = node_at(c, i);
    double a = ceil(n->from / c->m->period - 1e-6);
    double b = floor(n->to / c->m->period + 1e-6);
    if (a > k_row_max || (isfinite(n->to) && b > k_row_max)) {
        char text[80];
        dd_stl_node_text(c->m->f, i, text, sizeof text);
        fail(c, "%s reaches over more than 1e9 rows of %g s", text, c->m->period);
        a = b = 0;
    } else if (isfinite(n->to) && b < a) {
        char text[80];
        dd_stl_node_text(c->m->f, i, text, sizeof text);
        fail(c, "%s: no sample falls between %g s and %g s, they are %g s apart", text, n->from,
             n->to, c->m->period);
        b = a;
    }
    *from = (int64_t)a;
    *to = isfinite(n->to) ? (int64_t)b : -1;
}

// Does an unbounded future operator stand in or below this node?
static bool is_open(const Compiler* c, int i)
{
    const DdStlNode* n = node_at(c, i);
    bool future = n->op == DD_OP_ALWAYS || n->op == DD_OP_EVENTUALLY || n->op == DD_OP_UNTIL;
    return (future && !isfinite(n->to)) || (n->a >= 0 && is_open(c, n->a)) ||
           (n->b >= 0 && is_open(c, n->b));
}

// --- streams ---

static int add_stream(Compiler* c, Stream s)
{
    if (c->failed) {
        return 0;
    }
    DdMonitor* m = c->m;
    if (m->nstream == k_stream_max) {
        return fail(c, "too many parts");
    }
    Stream* grown = dd_arena_resize(m->stream, (size_t)(m->nstream + 1) * sizeof *grown);
    if (!grown) {
        return fail(c, "no memory for its monitor");
    }
    m->stream = grown;

    int64_t delay = 0;
    bool late = false;
    int child[2] = {s.a, s.b};
    for (int k = 0; k < 2; k++) {
        if (child[k] >= 0) {
            delay = m->stream[child[k]].delay > delay ? m->stream[child[k]].delay : delay;
            late |= m->stream[child[k]].late;
        }
    }
    bool future = s.op == STREAM_ALWAYS || s.op == STREAM_EVENTUALLY || s.op == STREAM_UNTIL;
    s.late = late || (future && s.to < 0);
    s.delay = s.late ? 0 : delay + (future ? s.to : 0);
    s.cap = 1;
    s.window.p = s.window.q = s.out = -1;
    m->stream[m->nstream] = s;
    return m->nstream++;
}

static int binary(Compiler* c, StreamOp op, int a, int b)
{
    return add_stream(c, (Stream){.op = op, .a = a, .b = b});
}

static int unary(Compiler* c, StreamOp op, int a, int64_t from, int64_t to)
{
    return add_stream(c, (Stream){.op = op, .a = a, .b = -1, .from = from, .to = to});
}

static void tap(Compiler* c, int node, int stream, int spine, bool negated)
{
    if (c->failed) {
        return;
    }
    DdMonitor* m = c->m;
    Trigger* grown = dd_arena_resize(m->trigger, (size_t)(m->ntrigger + 1) * sizeof *grown);
    if (!grown) {
        fail(c, "no memory for its monitor");
        return;
    }
    m->trigger = grown;
    m->trigger[m->ntrigger++] = (Trigger){node, stream, spine, negated};
    if (stream >= 0) {
        m->stream[stream].tap = true;
    }
}

// U and S with a lower bound: p held up to it, and from there the same without one.
static int until_since(Compiler* c, StreamOp op, int p, int q, int64_t from, int64_t to)
{
    bool until = op == STREAM_UNTIL;
    int64_t rest = to < 0 ? -1 : to - from;
    int core = add_stream(c, (Stream){.op = op, .a = p, .b = q, .from = 0, .to = rest});
    if (from == 0) {
        return core;
    }
    int held = unary(c, until ? STREAM_ALWAYS : STREAM_HISTORICALLY, p, 0, from - 1);
    int shifted = unary(c, until ? STREAM_EVENTUALLY : STREAM_ONCE, core, from, from);
    return binary(c, STREAM_AND, held, shifted);
}

static int stream_of(Compiler* c, int node, Above above)
{
    if (c->failed) {
        return 0;
    }
    const DdStlNode* n = node_at(c, node);
    Above other = {above.negated, false};
    Above flipped = {!above.negated, above.always};
    int64_t from, to;
    switch (n->op) {
    case DD_OP_TRUE:
    case DD_OP_FALSE:
        return add_stream(
            c, (Stream){.op = STREAM_CONST, .a = -1, .b = -1, .truth = n->op == DD_OP_TRUE});
    case DD_OP_GREATER:
    case DD_OP_LESS:
        return add_stream(
            c, (Stream){.op = STREAM_LEAF, .a = -1, .b = -1, .node = node, .always = above.always});
    case DD_OP_NOT:
        return unary(c, STREAM_NOT, stream_of(c, n->a, flipped), 0, 0);
    case DD_OP_AND:
    case DD_OP_OR: {
        int a = stream_of(c, n->a, above);
        int b = stream_of(c, n->b, above);
        return binary(c, n->op == DD_OP_AND ? STREAM_AND : STREAM_OR, a, b);
    }
    case DD_OP_IMPLIES: {
        int left = stream_of(c, n->a, flipped);
        tap(c, node, left, -1, false);
        int not_left = unary(c, STREAM_NOT, left, 0, 0);
        int either = binary(c, STREAM_OR, not_left, stream_of(c, n->b, above));
        if (!c->failed) {
            c->m->stream[either].implied = true;
        }
        return either;
    }
    case DD_OP_ALWAYS:
    case DD_OP_HISTORICALLY:
    case DD_OP_EVENTUALLY:
    case DD_OP_ONCE: {
        bool all = n->op == DD_OP_ALWAYS || n->op == DD_OP_HISTORICALLY;
        StreamOp op = n->op == DD_OP_ALWAYS         ? STREAM_ALWAYS
                      : n->op == DD_OP_EVENTUALLY   ? STREAM_EVENTUALLY
                      : n->op == DD_OP_HISTORICALLY ? STREAM_HISTORICALLY
                                                    : STREAM_ONCE;
        bounds_of(c, node, &from, &to);
        int a = stream_of(c, n->a, (Above){above.negated, above.always && all != above.negated});
        return unary(c, op, a, from, to);
    }
    case DD_OP_UNTIL:
    case DD_OP_SINCE: {
        bounds_of(c, node, &from, &to);
        int p = stream_of(c, n->a, other);
        int q = stream_of(c, n->b, other);
        return until_since(c, n->op == DD_OP_UNTIL ? STREAM_UNTIL : STREAM_SINCE, p, q, from, to);
    }
    case DD_OP_RISE:
    case DD_OP_FALL: {
        // came true: holds now and did not before; before the first row nothing had come true
        bool rise = n->op == DD_OP_RISE;
        int now = stream_of(c, n->a, other);
        int before =
            add_stream(c, (Stream){.op = STREAM_PREVIOUS, .a = now, .b = -1, .truth = !rise});
        int was_not = unary(c, STREAM_NOT, rise ? before : now, 0, 0);
        return binary(c, STREAM_AND, rise ? now : before, was_not);
    }
    default:
        DD_ASSERT(!"a condition was expected");
        return 0;
    }
}

// --- spine ---

static int add_spine(Compiler* c, Spine s)
{
    if (c->failed) {
        return 0;
    }
    DdMonitor* m = c->m;
    Spine* grown = dd_arena_resize(m->spine, (size_t)(m->nspine + 1) * sizeof *grown);
    if (!grown) {
        return fail(c, "no memory for its monitor");
    }
    m->spine = grown;
    if (s.op != SPINE_AND && s.op != SPINE_OR) {
        int child[2] = {s.a, s.b};
        for (int k = 0; k < 2; k++) {
            if (child[k] >= 0) {
                const Stream* x = &m->stream[child[k]];
                s.late |= x->late;
                s.delay = x->delay > s.delay ? x->delay : s.delay;
            }
        }
        s.delay = s.late ? 0 : s.delay;
    }
    m->spine[m->nspine] = s;
    return m->nspine++;
}

// The parts of a disjunction (of a conjunction when `all`): one may be an unbounded G or F.
typedef struct Parts {
    int n;
    int node[DD_STL_NODES_MAX];
    bool negated[DD_STL_NODES_MAX];
    int implies[DD_STL_NODES_MAX]; // the implication whose left side it is, or -1
} Parts;

static bool collect(Compiler* c, int node, bool negated, bool all, int implies, Parts* parts)
{
    const DdStlNode* n = node_at(c, node);
    bool and_like = n->op == DD_OP_AND ? !negated : negated;
    if (n->op == DD_OP_NOT && implies < 0) {
        return collect(c, n->a, !negated, all, -1, parts);
    }
    if ((n->op == DD_OP_AND || n->op == DD_OP_OR) && and_like == all && implies < 0) {
        return collect(c, n->a, negated, all, -1, parts) &&
               collect(c, n->b, negated, all, -1, parts);
    }
    if (n->op == DD_OP_IMPLIES && negated == all && implies < 0) {
        // not left or right
        return !is_open(c, n->a) && collect(c, n->a, !negated, all, node, parts) &&
               collect(c, n->b, negated, all, -1, parts);
    }
    parts->node[parts->n] = node;
    parts->negated[parts->n] = negated;
    parts->implies[parts->n++] = implies;
    return true;
}

// G(a or F b), G(a or G b) and their duals under F: running values instead of all rows.
static bool nested(Compiler* c, int node, Above above, Spine* out)
{
    const DdStlNode* n = node_at(c, node);
    bool all = (n->op == DD_OP_ALWAYS) != above.negated;
    Parts* parts = dd_arena_alloc(sizeof *parts);
    if (!parts) {
        fail(c, "no memory for its monitor");
        return false;
    }
    bool fits = collect(c, n->a, above.negated, !all, -1, parts);
    int open = -1;
    for (int i = 0; fits && i < parts->n; i++) {
        if (is_open(c, parts->node[i])) {
            const DdStlNode* x = node_at(c, parts->node[i]);
            fits = open < 0 && (x->op == DD_OP_ALWAYS || x->op == DD_OP_EVENTUALLY) &&
                   x->from == 0 && !isfinite(x->to) && !is_open(c, x->a);
            open = i;
        }
    }
    if (fits && open >= 0) {
        const DdStlNode* x = node_at(c, parts->node[open]);
        bool inner_all = (x->op == DD_OP_ALWAYS) != parts->negated[open];
        int b = stream_of(c, x->a, (Above){parts->negated[open], all && inner_all && above.always});
        if (parts->negated[open]) {
            b = unary(c, STREAM_NOT, b, 0, 0);
        }
        int a = -1;
        for (int i = 0; i < parts->n; i++) {
            if (i == open) {
                continue;
            }
            int s = stream_of(c, parts->node[i], (Above){parts->negated[i], false});
            if (parts->implies[i] >= 0) {
                tap(c, parts->implies[i], s, -1, false);
            }
            if (parts->negated[i]) {
                s = unary(c, STREAM_NOT, s, 0, 0);
            }
            a = a < 0 ? s : binary(c, all ? STREAM_OR : STREAM_AND, a, s);
        }
        if (a < 0) {
            a = add_stream(c, (Stream){.op = STREAM_CONST, .a = -1, .b = -1, .truth = !all});
        }
        SpineOp op = all         ? inner_all ? SPINE_ALWAYS_ALWAYS : SPINE_ALWAYS_EVENTUALLY
                     : inner_all ? SPINE_EVENTUALLY_ALWAYS
                                 : SPINE_EVENTUALLY_EVENTUALLY;
        *out = (Spine){.op = op, .a = a, .b = b};
        bounds_of(c, node, &out->from, &out->to);
    }
    dd_arena_free(parts);
    return fits && open >= 0;
}

static int spine_of(Compiler* c, int node, Above above)
{
    if (c->failed) {
        return 0;
    }
    const DdStlNode* n = node_at(c, node);
    Above flipped = {!above.negated, above.always};
    Above other = {above.negated, false};
    switch (n->op) {
    case DD_OP_NOT:
        return spine_of(c, n->a, flipped);
    case DD_OP_AND:
    case DD_OP_OR: {
        int a = spine_of(c, n->a, above);
        int b = spine_of(c, n->b, above);
        bool all = (n->op == DD_OP_AND) != above.negated;
        return add_spine(c, (Spine){.op = all ? SPINE_AND : SPINE_OR, .a = a, .b = b});
    }
    case DD_OP_IMPLIES: {
        int a = spine_of(c, n->a, flipped);
        tap(c, node, -1, a, !above.negated);
        int b = spine_of(c, n->b, above);
        return add_spine(c, (Spine){.op = above.negated ? SPINE_AND : SPINE_OR, .a = a, .b = b});
    }
    case DD_OP_ALWAYS:
    case DD_OP_EVENTUALLY: {
        bool all = (n->op == DD_OP_ALWAYS) != above.negated;
        Above below = {above.negated, above.always && all};
        Spine s;
        if (is_open(c, n->a) && nested(c, node, below, &s)) {
            return add_spine(c, s);
        }
        int a = stream_of(c, n->a, below);
        if (above.negated) {
            a = unary(c, STREAM_NOT, a, 0, 0);
        }
        s = (Spine){.op = all ? SPINE_ALWAYS : SPINE_EVENTUALLY, .a = a, .b = -1};
        bounds_of(c, node, &s.from, &s.to);
        return add_spine(c, s);
    }
    case DD_OP_UNTIL: {
        int p = stream_of(c, n->a, other);
        int q = stream_of(c, n->b, other);
        Spine s = {.op = SPINE_UNTIL, .a = p, .b = q, .negate = above.negated};
        bounds_of(c, node, &s.from, &s.to);
        return add_spine(c, s);
    }
    default: {
        int a = stream_of(c, node, above);
        return add_spine(c, (Spine){.op = SPINE_AT0, .a = a, .b = -1, .negate = above.negated});
    }
    }
}

// --- sizes ---

static void need(DdMonitor* m, int child, int64_t cap)
{
    if (child >= 0 && m->stream[child].cap < cap) {
        m->stream[child].cap = cap;
    }
}

// How far back each consumer reads.
static void size_rings(DdMonitor* m)
{
    for (int i = 0; i < m->nstream; i++) {
        Stream* s = &m->stream[i];
        int child[2] = {s->a, s->b};
        int64_t newest = 0;
        for (int k = 0; k < 2; k++) {
            if (child[k] >= 0 && m->stream[child[k]].delay > newest) {
                newest = m->stream[child[k]].delay;
            }
        }
        for (int k = 0; k < 2; k++) {
            if (child[k] < 0) {
                continue;
            }
            int64_t lag = newest - m->stream[child[k]].delay;
            if (s->op == STREAM_HISTORICALLY || s->op == STREAM_ONCE) {
                lag += s->from;
            } else if (s->op == STREAM_PREVIOUS) {
                lag += 1;
            }
            need(m, child[k], s->late ? m->max_rows : lag + 1);
        }
        if (s->late) {
            need(m, i, m->max_rows);
        }
        m->max_delay = s->delay > m->max_delay ? s->delay : m->max_delay;
        m->any_late |= s->late;
    }
    for (int i = 0; i < m->nspine; i++) {
        Spine* s = &m->spine[i];
        if (s->op == SPINE_AND || s->op == SPINE_OR) {
            continue;
        }
        int child[2] = {s->a, s->b};
        for (int k = 0; k < 2; k++) {
            if (child[k] >= 0) {
                need(m, child[k], s->late ? m->max_rows : s->delay - m->stream[child[k]].delay + 1);
            }
        }
    }
}

static bool place_pool(Compiler* c)
{
    DdMonitor* m = c->m;
    if (m->any_late && m->max_rows <= 0) {
        fail(c,
             "operators without bounds are nested in a way that needs the length of the episode, "
             "which is not known here: give the inner one bounds");
        return false;
    }
    double windows = 0, late = 0;
    int64_t size = 0;
    for (int i = 0; i < m->nstream; i++) {
        Stream* s = &m->stream[i];
        bool kept = m->any_late && s->cap >= m->max_rows;
        *(kept ? &late : &windows) += (double)s->cap;
        s->out = size;
        size += s->cap;
        bool first = s->op == STREAM_ALWAYS || s->op == STREAM_HISTORICALLY;
        bool second = s->op == STREAM_EVENTUALLY || s->op == STREAM_ONCE;
        bool both = s->op == STREAM_UNTIL || s->op == STREAM_SINCE;
        if ((first || second || both) && s->to >= 0) {
            Window* w = &s->window;
            w->cap = s->to - s->from + 1;
            w->newest_outside = s->op == STREAM_SINCE;
            if (first || both) {
                w->p = size;
                size += w->cap;
            }
            if (second || both) {
                w->q = size;
                size += w->cap;
            }
            windows += (double)w->cap * (both ? 2 : 1);
        }
        if (windows > k_window_values) {
            fail(c, "its windows hold more than %d rows of %g s: shorten them", k_window_values,
                 m->period);
            return false;
        }
        if (late > k_late_values) {
            fail(c,
                 "operators without bounds are nested so that %.0f values of an episode of %lld "
                 "rows must be kept, at most %d are: give the inner ones bounds",
                 late, (long long)m->max_rows, k_late_values);
            return false;
        }
    }
    m->pool_size = size;
    return true;
}

bool dd_monitor_compile(DdMonitor* m, DdError* err)
{
    Compiler c = {.m = m, .err = err};
    m->now = -1;
    if (dd_stl_is_state(m->f)) {
        m->now = stream_of(&c, m->f->root, (Above){false, true});
        m->root = add_spine(&c, (Spine){.op = SPINE_AT0, .a = m->now, .b = -1});
    } else {
        m->root = spine_of(&c, m->f->root, (Above){false, true});
    }
    if (c.failed) {
        return false;
    }
    size_rings(m);
    return place_pool(&c);
}
