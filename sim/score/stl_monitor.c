// Monitor of one requirement over one episode: rows in, an interval of robustness out.
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "sim/score/stl_program.h"

// --- streams ---

static const Value* value_at(const DdMonitor* m, int stream, int64_t t)
{
    const Stream* s = &m->stream[stream];
    return &m->pool[s->out + t % s->cap];
}

static Value leaf_value(DdMonitor* m, const Stream* s, const double* row, int64_t t)
{
    const DdStlNode* n = &m->f->node[s->node];
    double a = dd_stl_number(m->f, n->a, row);
    double b = dd_stl_number(m->f, n->b, row);
    double rho = n->op == DD_OP_GREATER ? a - b : b - a;
    if (isnan(rho)) {
        if (m->run.unknown < 0) {
            m->run.unknown = s->node;
            m->run.unknown_row = t;
        }
        return dd_value_unknown();
    }
    // the constant side is the limit, wherever it stands
    bool turned = m->f->node[n->a].op == DD_OP_NUMBER && m->f->node[n->b].op != DD_OP_NUMBER;
    return (Value){rho, rho, turned ? b : a, turned ? a : b, s->node, (int)t};
}

// Rows of the children up to `last` enter the window of a future operator.
static void feed(DdMonitor* m, Stream* s, int64_t last, int64_t known)
{
    Window* w = &s->window;
    for (; s->next <= last && s->next < known; s->next++) {
        if (s->next < s->from) {
            continue;
        }
        while (w->head < w->tail && w->head < s->next - s->to) {
            dd_window_evict(m->pool, w);
        }
        Map item = dd_map_identity();
        if (s->op != STREAM_EVENTUALLY) {
            item.p = *value_at(m, s->a, s->next);
        }
        if (s->op != STREAM_ALWAYS) {
            item.q = *value_at(m, s->op == STREAM_UNTIL ? s->b : s->a, s->next);
        }
        dd_window_push(m->pool, w, &item);
    }
}

// Value of a stream on row t; all children have emitted what it reads. `known` rows have arrived.
static Value stream_value(DdMonitor* m, Stream* s, int64_t t, int64_t known, const double* row)
{
    switch (s->op) {
    case STREAM_LEAF:
        return leaf_value(m, s, row, t);
    case STREAM_CONST:
        return dd_value_const(s->truth);
    case STREAM_NOT:
        return dd_value_not(value_at(m, s->a, t));
    case STREAM_AND:
        return dd_value_min(value_at(m, s->a, t), value_at(m, s->b, t));
    case STREAM_OR: {
        const Value* b = value_at(m, s->b, t);
        Value v = dd_value_max(value_at(m, s->a, t), b);
        if (s->implied && v.hi < 0) {
            // broken: what was demanded explains it, not what demanded it
            v = (Value){v.lo, v.hi, b->value, b->limit, b->leaf, b->row};
        }
        return v;
    }
    case STREAM_PREVIOUS:
        return t > 0 ? *value_at(m, s->a, t - 1) : dd_value_const(s->truth);
    case STREAM_ALWAYS:
    case STREAM_EVENTUALLY:
    case STREAM_UNTIL: {
        // rows t+from .. t+to of the children, row t+from being item t
        Window* w = &s->window;
        feed(m, s, t + s->to, known);
        while (w->head < w->tail && w->head < t) {
            dd_window_evict(m->pool, w);
        }
        Map total = dd_window_total(m->pool, w);
        Value v = s->op == STREAM_ALWAYS ? total.p : total.q;
        if (t + s->to >= known) {
            // cut by the end: what would have come is not known
            if (s->op == STREAM_ALWAYS) {
                v.lo = -INFINITY;
            } else if (s->op == STREAM_EVENTUALLY) {
                v.hi = INFINITY;
            } else {
                v.hi = v.hi > total.p.hi ? v.hi : total.p.hi;
            }
        }
        return v;
    }
    case STREAM_HISTORICALLY:
    case STREAM_ONCE: {
        bool all = s->op == STREAM_HISTORICALLY;
        if (s->to < 0) {
            if (t >= s->from) {
                const Value* x = value_at(m, s->a, t - s->from);
                s->run = all ? dd_value_min(&s->run, x) : dd_value_max(&s->run, x);
            }
            return s->run;
        }
        Window* w = &s->window;
        // rows t-to .. t-from; item 0 is row 0
        while (w->head < w->tail && w->head < t - s->to) {
            dd_window_evict(m->pool, w);
        }
        if (t >= s->from) {
            Map item = dd_map_identity();
            *(all ? &item.p : &item.q) = *value_at(m, s->a, t - s->from);
            dd_window_push(m->pool, w, &item);
        }
        Map total = dd_window_total(m->pool, w);
        return all ? total.p : total.q;
    }
    case STREAM_SINCE: {
        const Value* p = value_at(m, s->a, t);
        const Value* q = value_at(m, s->b, t);
        if (s->to < 0) {
            Value kept = dd_value_min(p, &s->run);
            s->run = dd_value_max(&kept, q);
            return s->run;
        }
        Window* w = &s->window;
        while (w->head < w->tail && w->head < t - s->to) {
            dd_window_evict(m->pool, w);
        }
        Map item = {*p, *q};
        dd_window_push(m->pool, w, &item);
        return dd_window_total(m->pool, w).q;
    }
    }
    DD_ASSERT(!"unknown stream");
    return dd_value_unknown();
}

static void emit(DdMonitor* m, Stream* s, int64_t t, int64_t known, const double* row)
{
    Value v = stream_value(m, s, t, known, row);
    m->pool[s->out + t % s->cap] = v;
    if (s->tap) {
        bool is_true = v.lo > 0;
        s->triggers += is_true && !s->was_true;
        s->was_true = is_true;
    }
}

// An unbounded future operator over all rows, from the last to the first.
static void fill_open(DdMonitor* m, Stream* s, int64_t rows)
{
    Value v = dd_value_const(s->op == STREAM_ALWAYS);
    for (int64_t t = rows - 1; t >= 0; t--) {
        Value* out = &m->pool[s->out + t % s->cap];
        if (t + s->from >= rows) {
            *out = dd_value_unknown(); // its window begins after the end
            continue;
        }
        const Value* x = value_at(m, s->a, t + s->from);
        if (s->op == STREAM_ALWAYS) {
            v = dd_value_min(x, &v);
        } else if (s->op == STREAM_EVENTUALLY) {
            v = dd_value_max(x, &v);
        } else {
            Value reach = dd_value_min(x, &v);
            v = dd_value_max(value_at(m, s->b, t), &reach);
        }
        *out = v;
    }
    for (int64_t t = 0; s->tap && t < rows; t++) {
        bool is_true = value_at(m, (int)(s - m->stream), t)->lo > 0;
        s->triggers += is_true && !s->was_true;
        s->was_true = is_true;
    }
}

// --- spine ---

static bool in_range(const Spine* s, int64_t t)
{
    return t >= s->from && (s->to < 0 || t <= s->to);
}

static void spine_take(DdMonitor* m, Spine* s, int64_t t, int64_t clock)
{
    const Value* a = value_at(m, s->a, t);
    const Value* b = s->b >= 0 ? value_at(m, s->b, t) : NULL;
    bool was = s->acc.lo > 0 && s->seen > 0;
    s->seen = t + 1;
    switch (s->op) {
    case SPINE_AT0:
        if (t == 0) {
            s->acc = *a;
        }
        break;
    case SPINE_ALWAYS:
        if (in_range(s, t)) {
            s->acc = dd_value_min(&s->acc, a);
        }
        break;
    case SPINE_EVENTUALLY:
        if (in_range(s, t)) {
            s->acc = dd_value_max(&s->acc, a);
        }
        break;
    case SPINE_UNTIL:
        if (in_range(s, t)) {
            Value reach = dd_value_min(&s->aside, b);
            s->acc = dd_value_max(&s->acc, &reach);
        }
        s->aside = dd_value_min(&s->aside, a);
        break;
    case SPINE_ALWAYS_EVENTUALLY: {
        // min over t' <= t of max(a(t'), max b(t'..t)), one row further
        Value due = in_range(s, t) ? dd_value_min(&s->acc, a) : s->acc;
        s->acc = dd_value_max(&due, b);
        break;
    }
    case SPINE_EVENTUALLY_ALWAYS: {
        Value due = in_range(s, t) ? dd_value_max(&s->acc, a) : s->acc;
        s->acc = dd_value_min(&due, b);
        break;
    }
    case SPINE_ALWAYS_ALWAYS:
        // b must hold from the first row on which a does not
        if (in_range(s, t)) {
            s->aside = dd_value_min(&s->aside, a);
        }
        {
            Value due = dd_value_max(&s->aside, b);
            s->acc = dd_value_min(&s->acc, &due);
        }
        break;
    case SPINE_EVENTUALLY_EVENTUALLY:
        if (in_range(s, t)) {
            s->aside = dd_value_max(&s->aside, a);
        }
        {
            Value due = dd_value_min(&s->aside, b);
            s->acc = dd_value_max(&s->acc, &due);
        }
        break;
    case SPINE_AND:
    case SPINE_OR:
        break;
    }
    if (s->acc.lo > 0 && !was) {
        s->since = clock;
    }
}

// What is certain about it, from the rows taken so far.
static Value spine_value(const DdMonitor* m, int i)
{
    const Spine* s = &m->spine[i];
    if (s->op == SPINE_AND || s->op == SPINE_OR) {
        Value a = spine_value(m, s->a);
        Value b = spine_value(m, s->b);
        return s->op == SPINE_AND ? dd_value_min(&a, &b) : dd_value_max(&a, &b);
    }
    Value v = s->acc;
    bool all_rows = m->run.finished && s->seen >= m->run.rows; // nothing more comes
    bool full = s->op == SPINE_AT0 ? s->seen > 0
                : s->to >= 0       ? s->seen > s->to
                                   : all_rows && s->seen > s->from;
    bool cut = m->run.overflow && s->late;
    switch (s->op) {
    case SPINE_AT0:
        v = full && !cut ? v : dd_value_unknown();
        break;
    case SPINE_ALWAYS:
    case SPINE_ALWAYS_ALWAYS:
        v.lo = (s->op == SPINE_ALWAYS ? full : full && all_rows) && !cut ? v.lo : -INFINITY;
        v.hi = cut ? INFINITY : v.hi;
        break;
    case SPINE_EVENTUALLY:
    case SPINE_EVENTUALLY_EVENTUALLY:
        v.hi = (s->op == SPINE_EVENTUALLY ? full : full && all_rows) && !cut ? v.hi : INFINITY;
        v.lo = cut ? -INFINITY : v.lo;
        break;
    case SPINE_UNTIL:
        if (!full || cut) {
            v.hi = v.hi > s->aside.hi ? v.hi : s->aside.hi;
            v = v.leaf < 0 || (v.hi < 0 && s->aside.hi == v.hi)
                    ? dd_value_join(v.lo, v.hi, &s->aside, &v)
                    : v;
            if (cut) {
                v = dd_value_unknown();
            }
        }
        break;
    case SPINE_ALWAYS_EVENTUALLY:
        v.lo = full && all_rows && !cut ? v.lo : -INFINITY;
        v.hi = all_rows && !cut ? v.hi : INFINITY;
        break;
    case SPINE_EVENTUALLY_ALWAYS:
        v.hi = full && all_rows && !cut ? v.hi : INFINITY;
        v.lo = all_rows && !cut ? v.lo : -INFINITY;
        break;
    case SPINE_AND:
    case SPINE_OR:
        break;
    }
    return s->negate ? dd_value_not(&v) : v;
}

static int64_t goal_row(const DdMonitor* m, int i);
static void run_to_end(DdMonitor* m);

// --- the episode ---

DdMonitor* dd_monitor_create_for(const DdStl* f, double period_s, int64_t max_rows, DdError* err)
{
    DD_ASSERT(period_s > 0 && isfinite(period_s) && max_rows >= 0);
    DdMonitor* m = dd_arena_alloc(sizeof *m);
    if (!m) {
        dd_fail(err, DD_ERROR_MEMORY, "%s: no memory for its monitor", f->what);
        return NULL;
    }
    m->f = f;
    m->period = period_s;
    m->max_rows = max_rows;
    if (!dd_monitor_compile(m, err)) {
        dd_monitor_destroy(m);
        return NULL;
    }
    // untouched pages cost nothing, so a long allowance is cheap
    m->pool = (uint64_t)m->pool_size < SIZE_MAX / 2 / sizeof *m->pool
                  ? dd_arena_alloc((size_t)m->pool_size * sizeof *m->pool)
                  : NULL;
    if (!m->pool) {
        dd_fail(err, DD_ERROR_MEMORY, "%s: no memory for %lld values of its windows", f->what,
                (long long)m->pool_size);
        dd_monitor_destroy(m);
        return NULL;
    }
    dd_monitor_reset(m);
    return m;
}

DdMonitor* dd_monitor_create(const DdStl* f, double period_s, DdError* err)
{
    return dd_monitor_create_for(f, period_s, 0, err);
}

void dd_monitor_destroy(DdMonitor* m)
{
    if (m) {
        dd_arena_free(m->pool);
        dd_arena_free(m->stream);
        dd_arena_free(m->spine);
        dd_arena_free(m->trigger);
        dd_arena_free(m);
    }
}

void dd_monitor_reset(DdMonitor* m)
{
    for (int i = 0; i < m->nstream; i++) {
        Stream* s = &m->stream[i];
        s->next = 0;
        s->triggers = 0;
        s->was_true = false;
        s->run = dd_value_const(s->op == STREAM_HISTORICALLY);
        dd_window_reset(&s->window);
    }
    for (int i = 0; i < m->nspine; i++) {
        Spine* s = &m->spine[i];
        bool all = s->op == SPINE_ALWAYS || s->op == SPINE_ALWAYS_EVENTUALLY ||
                   s->op == SPINE_ALWAYS_ALWAYS;
        s->acc = dd_value_const(all);
        s->aside = dd_value_const(s->op == SPINE_UNTIL || s->op == SPINE_ALWAYS_ALWAYS);
        s->seen = 0;
        s->since = -1;
    }
    m->run = (struct MonitorRun){.held = -1, .violated = -1, .unknown = -1};
}

// One tick of the clock: every stream emits the row that has become due.
static void tick(DdMonitor* m, int64_t clock, const double* row)
{
    int64_t known = m->run.rows;
    for (int i = 0; i < m->nstream; i++) {
        Stream* s = &m->stream[i];
        int64_t t = clock - s->delay;
        if (s->late || t >= known) {
            continue;
        }
        if (t >= 0) {
            emit(m, s, t, known, row);
        } else if (s->op == STREAM_ALWAYS || s->op == STREAM_EVENTUALLY || s->op == STREAM_UNTIL) {
            feed(m, s, t + s->to, known);
        }
    }
    for (int i = 0; i < m->nspine; i++) {
        Spine* s = &m->spine[i];
        int64_t t = clock - s->delay;
        if (s->op != SPINE_AND && s->op != SPINE_OR && !s->late && t >= 0 && t < known) {
            spine_take(m, s, t, clock);
        }
    }
}

static void note_certain(DdMonitor* m, int64_t row)
{
    if (m->run.held >= 0 || m->run.violated >= 0) {
        return;
    }
    Value v = spine_value(m, m->root);
    if (v.hi < 0) {
        m->run.violated = row;
        m->run.violation = v;
    } else if (v.lo > 0) {
        m->run.held = row;
    }
}

void dd_monitor_push(DdMonitor* m, const double* row)
{
    DD_ASSERT(!m->run.finished);
    if (m->any_late && m->run.rows == m->max_rows) {
        m->run.overflow = 1;
        return;
    }
    DD_ASSERT(m->run.rows < INT32_MAX);
    int64_t clock = m->run.rows++;
    tick(m, clock, row);
    note_certain(m, clock);
}

double dd_monitor_now(const DdMonitor* m)
{
    DD_ASSERT(m->now >= 0);
    return m->run.rows ? value_at(m, m->now, m->run.rows - 1)->lo : -INFINITY;
}

bool dd_monitor_violated(const DdMonitor* m)
{
    return m->run.violated >= 0;
}

bool dd_monitor_decided(const DdMonitor* m)
{
    return m->run.violated >= 0 || m->run.held >= 0;
}

bool dd_monitor_has_goal(const DdMonitor* m)
{
    return goal_row(m, m->root) != -2;
}

bool dd_monitor_would_hold(DdMonitor* m, double* scratch)
{
    if (m->any_late || m->run.rows == 0 || m->run.finished) {
        return false;
    }
    if (m->max_delay == 0) {
        m->run.finished = 1;
        bool holds = spine_value(m, m->root).lo > 0;
        m->run.finished = 0;
        return holds;
    }
    dd_monitor_save(m, scratch);
    run_to_end(m);
    bool holds = spine_value(m, m->root).lo > 0;
    dd_monitor_load(m, scratch);
    return holds;
}

// --- the verdict ---

// Was every implication below this node never met?
static bool vacuous(const DdMonitor* m, int node)
{
    const DdStlNode* n = &m->f->node[node];
    if (n->op <= DD_OP_LESS) {
        return false;
    }
    if (n->op == DD_OP_IMPLIES) {
        for (int i = 0; i < m->ntrigger; i++) {
            const Trigger* t = &m->trigger[i];
            if (t->node != node) {
                continue;
            }
            if (t->stream >= 0) {
                return m->stream[t->stream].triggers == 0 || vacuous(m, n->b);
            }
            Value v = spine_value(m, t->spine);
            return !(t->negated ? v.hi < 0 : v.lo > 0) || vacuous(m, n->b);
        }
    }
    return vacuous(m, n->a) && (n->b < 0 || vacuous(m, n->b));
}

static int64_t count_triggers(const DdMonitor* m)
{
    int64_t count = 0;
    for (int i = 0; i < m->ntrigger; i++) {
        const Trigger* t = &m->trigger[i];
        if (t->stream >= 0) {
            count += m->stream[t->stream].triggers;
        } else {
            Value v = spine_value(m, t->spine);
            count += t->negated ? v.hi < 0 : v.lo > 0;
        }
    }
    return count;
}

// Row on which the F and U parts were reached; -1 = never, -2 = it has no such part.
static int64_t goal_row(const DdMonitor* m, int i)
{
    const Spine* s = &m->spine[i];
    if (s->op == SPINE_AND || s->op == SPINE_OR) {
        int64_t a = goal_row(m, s->a), b = goal_row(m, s->b);
        if (a == -2 || b == -2) {
            return a == -2 ? b : a;
        }
        if (a == -1 || b == -1) {
            return s->op == SPINE_AND ? -1 : a > b ? a : b;
        }
        return (a > b) == (s->op == SPINE_AND) ? a : b;
    }
    bool goal = (s->op == SPINE_EVENTUALLY || s->op == SPINE_UNTIL ||
                 s->op == SPINE_EVENTUALLY_ALWAYS || s->op == SPINE_EVENTUALLY_EVENTUALLY) &&
                !s->negate;
    return !goal ? -2 : s->acc.lo > 0 ? s->since : -1;
}

static double clamp(double v)
{
    return v > DBL_MAX ? DBL_MAX : v < -DBL_MAX ? -DBL_MAX : v;
}

static void describe(const DdMonitor* m, const Value* v, DdJudgement* j)
{
    if (v->leaf < 0) {
        return;
    }
    const DdStlNode* n = &m->f->node[v->leaf];
    j->at_s = (double)v->row * m->period;
    j->value = v->value;
    j->limit = v->limit;
    dd_stl_node_text(m->f, v->leaf, j->signal, sizeof j->signal);
    char name[DD_DIM_TEXT_MAX];
    dd_dim_print(n->dim, name);
    bool written = n->unit && dd_dim_equal(n->unit->dim, n->dim);
    snprintf(j->unit, sizeof j->unit, "%s", written ? n->unit->name : name);
    j->unit_si = written ? n->unit->si : 1;
}

static void run_to_end(DdMonitor* m)
{
    int64_t rows = m->run.rows;
    if (m->run.finished) {
        return;
    }
    m->run.finished = 1;
    int64_t last = rows ? rows - 1 : 0;
    for (int64_t clock = rows; rows && clock < rows + m->max_delay; clock++) {
        tick(m, clock, NULL);
        note_certain(m, last);
    }
    for (int i = 0; rows && i < m->nstream; i++) {
        Stream* s = &m->stream[i];
        bool future = s->op == STREAM_ALWAYS || s->op == STREAM_EVENTUALLY || s->op == STREAM_UNTIL;
        if (s->late && future && s->to < 0) {
            fill_open(m, s, rows);
        } else if (s->late) {
            for (int64_t t = 0; t < rows; t++) {
                emit(m, s, t, rows, NULL);
            }
        }
    }
    for (int i = 0; rows && i < m->nspine; i++) {
        Spine* s = &m->spine[i];
        if (s->late && s->op != SPINE_AND && s->op != SPINE_OR) {
            for (int64_t t = 0; t < rows; t++) {
                spine_take(m, s, t, last);
            }
        }
    }
    note_certain(m, last);
}

DdJudgement dd_monitor_finish(DdMonitor* m)
{
    run_to_end(m);
    int64_t last = m->run.rows ? m->run.rows - 1 : 0;
    Value v = m->run.rows ? spine_value(m, m->root) : dd_value_unknown();
    DdJudgement j = {.time_s = -1,
                     .at_s = -1,
                     .value = NAN,
                     .limit = NAN,
                     .unit_si = 1,
                     .goal_s = -1,
                     .triggers = m->run.rows ? count_triggers(m) : 0};
    if (v.lo > 0) {
        j.verdict = vacuous(m, m->f->root) ? DD_NOT_EVALUATED : DD_HOLDS;
        j.robustness = clamp(v.lo);
        j.time_s = (double)(m->run.held >= 0 ? m->run.held : last) * m->period;
        describe(m, &v, &j);
    } else if (v.hi < 0) {
        j.verdict = DD_VIOLATED;
        j.robustness = clamp(v.hi);
        int64_t row = m->run.violated >= 0 ? m->run.violated : last;
        if (m->run.violated >= 0) {
            v = m->run.violation; // the first one, not the worst
        }
        describe(m, &v, &j);
        // under G alone it is certain on the row itself, however late the windows fill
        for (int i = 0; i < m->nstream; i++) {
            const Stream* s = &m->stream[i];
            if (s->op == STREAM_LEAF && s->node == v.leaf && s->always && v.row >= 0) {
                row = v.row;
            }
        }
        j.time_s = (double)row * m->period;
    } else {
        bool zero = v.lo == 0 && v.hi == 0;
        j.verdict = zero ? DD_UNDECIDED : DD_INCONCLUSIVE;
        j.robustness = isfinite(v.lo) ? v.lo : isfinite(v.hi) ? v.hi : 0;
        j.time_s = zero ? (double)last * m->period : -1;
        describe(m, &v, &j);
        if (v.leaf < 0 && m->run.unknown >= 0) {
            // nothing but rows without a sample
            dd_stl_node_text(m->f, (int)m->run.unknown, j.signal, sizeof j.signal);
            j.at_s = (double)m->run.unknown_row * m->period;
        }
    }
    int64_t goal = m->run.rows ? goal_row(m, m->root) : -2;
    j.goal_s = goal >= 0 ? (double)(goal < last ? goal : last) * m->period : -1;
    return j;
}

const char* dd_verdict_name(DdVerdict v)
{
    static const char* const k_names[] = {"HOLDS", "VIOLATED", "UNDECIDED", "INCONCLUSIVE",
                                          "NOT_EVALUATED"};
    DD_ASSERT((int)v >= 0 && (int)v <= DD_NOT_EVALUATED);
    return k_names[v];
}

// --- restore points ---

static int64_t doubles(size_t bytes)
{
    return (int64_t)((bytes + sizeof(double) - 1) / sizeof(double));
}

int64_t dd_monitor_state_size(const DdMonitor* m)
{
    return doubles(sizeof m->run) + doubles((size_t)m->nstream * sizeof *m->stream) +
           doubles((size_t)m->nspine * sizeof *m->spine) +
           doubles((size_t)m->pool_size * sizeof *m->pool);
}

// One place for both directions, so that they cannot drift apart.
static void move_state(DdMonitor* m, double* state, bool save)
{
    struct {
        void* data;
        size_t size;
    } parts[] = {
        {&m->run, sizeof m->run},
        {m->stream, (size_t)m->nstream * sizeof *m->stream},
        {m->spine, (size_t)m->nspine * sizeof *m->spine},
        {m->pool, (size_t)m->pool_size * sizeof *m->pool},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        memcpy(save ? (void*)state : parts[i].data, save ? parts[i].data : (const void*)state,
               parts[i].size);
        state += doubles(parts[i].size);
    }
}

void dd_monitor_save(const DdMonitor* m, double* state)
{
    move_state((DdMonitor*)m, state, true);
}

void dd_monitor_load(DdMonitor* m, const double* state)
{
    move_state(m, (double*)state, false);
}
