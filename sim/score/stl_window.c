// Intervals of robustness, and their aggregate over a sliding window in amortised constant time.
#include <math.h>

#include "sim/score/stl_program.h"

// --- values ---

Value dd_value_const(bool truth)
{
    double v = truth ? INFINITY : -INFINITY;
    return (Value){.lo = v, .hi = v, .value = NAN, .limit = NAN, .leaf = -1, .row = -1};
}

Value dd_value_unknown(void)
{
    return (Value){
        .lo = -INFINITY, .hi = INFINITY, .value = NAN, .limit = NAN, .leaf = -1, .row = -1};
}

// The interval of lo and hi with the witness of `first` if it has one, else of `second`.
Value dd_value_join(double lo, double hi, const Value* first, const Value* second)
{
    const Value* w = first->leaf >= 0 ? first : second;
    return (Value){lo, hi, w->value, w->limit, w->leaf, w->row};
}

// Of equals the first wins, so callers pass the earlier row first.
Value dd_value_min(const Value* a, const Value* b)
{
    const Value* hi = b->hi < a->hi ? b : a;
    const Value* lo = b->lo < a->lo ? b : a;
    return isfinite(hi->hi) ? dd_value_join(lo->lo, hi->hi, hi, lo)
                            : dd_value_join(lo->lo, hi->hi, lo, hi);
}

Value dd_value_max(const Value* a, const Value* b)
{
    const Value* hi = b->hi > a->hi ? b : a;
    const Value* lo = b->lo > a->lo ? b : a;
    return isfinite(lo->lo) ? dd_value_join(lo->lo, hi->hi, lo, hi)
                            : dd_value_join(lo->lo, hi->hi, hi, lo);
}

Value dd_value_not(const Value* a)
{
    return dd_value_join(-a->hi, -a->lo, a, a);
}

// --- windows ---

Map dd_map_identity(void)
{
    return (Map){dd_value_const(true), dd_value_const(false)};
}

// outer after inner; halves that a window does not use stay identities
static Map map_compose(const Window* w, const Map* outer, const Map* inner)
{
    Map m = dd_map_identity();
    if (w->p >= 0 && w->q >= 0) {
        Value reach = dd_value_min(&outer->p, &inner->q);
        m.q = w->newest_outside ? dd_value_max(&reach, &outer->q) : dd_value_max(&outer->q, &reach);
        m.p = dd_value_min(&outer->p, &inner->p);
    } else if (w->p >= 0) {
        m.p = dd_value_min(&outer->p, &inner->p);
    } else {
        m.q = dd_value_max(&outer->q, &inner->q);
    }
    return m;
}

// in the order of time
static Map map_join(const Window* w, const Map* older, const Map* newer)
{
    return w->newest_outside ? map_compose(w, newer, older) : map_compose(w, older, newer);
}

static Map window_get(const Value* pool, const Window* w, int64_t i)
{
    Map map = dd_map_identity();
    if (w->p >= 0) {
        map.p = pool[w->p + i % w->cap];
    }
    if (w->q >= 0) {
        map.q = pool[w->q + i % w->cap];
    }
    return map;
}

static void window_set(Value* pool, const Window* w, int64_t i, const Map* map)
{
    if (w->p >= 0) {
        pool[w->p + i % w->cap] = map->p;
    }
    if (w->q >= 0) {
        pool[w->q + i % w->cap] = map->q;
    }
}

void dd_window_reset(Window* w)
{
    w->head = w->mid = w->tail = 0;
    Map id = dd_map_identity();
    w->back_p = id.p;
    w->back_q = id.q;
}

void dd_window_push(Value* pool, Window* w, const Map* item)
{
    DD_ASSERT(w->tail - w->head < w->cap);
    window_set(pool, w, w->tail, item);
    w->tail++;
    Map back = {w->back_p, w->back_q};
    back = map_join(w, &back, item);
    w->back_p = back.p;
    w->back_q = back.q;
}

void dd_window_evict(Value* pool, Window* w)
{
    if (w->head == w->mid) {
        // turn the plain items into aggregates, newest first
        for (int64_t i = w->tail - 2; i >= w->head; i--) {
            Map older = window_get(pool, w, i);
            Map newer = window_get(pool, w, i + 1);
            Map both = map_join(w, &older, &newer);
            window_set(pool, w, i, &both);
        }
        w->mid = w->tail;
        Map id = dd_map_identity();
        w->back_p = id.p;
        w->back_q = id.q;
    }
    w->head++;
}

Map dd_window_total(const Value* pool, const Window* w)
{
    Map front = w->head < w->mid ? window_get(pool, w, w->head) : dd_map_identity();
    Map back = {w->back_p, w->back_q};
    return map_join(w, &front, &back);
}
