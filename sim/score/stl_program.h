// The monitor's program: what a formula is compiled to, and everything it keeps while it runs.
//
// Robustness is an interval [lo, hi] on every row: what is not known (a window cut by the end, a
// signal without a sample) is [-inf, +inf], and min, max and negation keep both ends exact. A
// verdict is certain when lo > 0 or hi < 0.
//
// Two kinds of parts. A stream has a value on every row; it emits row t as soon as its windows are
// full, `delay` rows later. The spine has a value at time 0 only: the outermost operators, which
// need running extremes instead of windows. A stream below an unbounded future operator that no
// running value can follow is late: it keeps all rows and is computed at the end.
#pragma once

#include "sim/score/stl_tree.h"

typedef struct Value {
    double lo, hi;
    double value, limit; // of the comparison that decides
    int leaf;            // that comparison, -1 = none
    int row;
} Value;

// Aggregate over a sliding window of maps x -> max(q, min(p, x)), which compose to maps of the same
// form: all of G, F, U, H, O, S. Two stacks in one ring: [head, mid) holds aggregates up to mid,
// [mid, tail) plain items whose aggregate is `back`.
typedef struct Window {
    int64_t p, q; // rings in the pool; -1 where that half is not used
    int64_t cap;
    int64_t head, mid, tail;
    Value back_p, back_q;
    bool newest_outside; // S: the newest item is applied last
} Window;

typedef enum StreamOp {
    STREAM_LEAF,
    STREAM_CONST,
    STREAM_NOT,
    STREAM_AND,
    STREAM_OR,
    STREAM_PREVIOUS,
    STREAM_ALWAYS,
    STREAM_EVENTUALLY,
    STREAM_UNTIL,
    STREAM_HISTORICALLY,
    STREAM_ONCE,
    STREAM_SINCE,
} StreamOp;

typedef struct Stream {
    StreamOp op;
    int a, b;         // children
    int64_t from, to; // rows; to = -1 without a bound
    bool late;
    int64_t delay;    // rows of future it needs; 0 when late
    int64_t out, cap; // ring of emitted values in the pool
    int64_t next;     // next row of the child that enters the window
    Window window;
    Value run;  // unbounded past operators
    bool truth; // of a constant; of row -1 for "previous"
    // leaf
    int node;     // of the tree
    bool implied; // or: a is the negated left side of an implication, b its right side
    bool always;  // only G and H stand above it: a violation is certain on its own row
    // left side of an implication
    bool tap, was_true;
    int64_t triggers;
} Stream;

typedef enum SpineOp {
    SPINE_AT0, // a stream on row 0
    SPINE_AND,
    SPINE_OR,
    SPINE_ALWAYS,
    SPINE_EVENTUALLY,
    SPINE_UNTIL,
    SPINE_ALWAYS_EVENTUALLY,     // G(a or F b)
    SPINE_ALWAYS_ALWAYS,         // G(a or G b)
    SPINE_EVENTUALLY_ALWAYS,     // F(a and G b)
    SPINE_EVENTUALLY_EVENTUALLY, // F(a and F b)
} SpineOp;

typedef struct Spine {
    SpineOp op;
    int a, b; // spine children of and, or; else streams
    bool negate;
    bool late;
    int64_t from, to; // rows; to = -1 without a bound
    int64_t delay;
    Value acc;     // running value
    Value aside;   // U: min of p so far; nested G or F: extreme of a so far
    int64_t seen;  // rows taken
    int64_t since; // clock when acc.lo last became positive, -1
} Spine;

// An implication met on the spine or in a stream, for vacuity and trigger counts.
typedef struct Trigger {
    int node;     // of the tree
    int stream;   // tapped stream, or -1
    int spine;    // left side on the spine, or -1
    bool negated; // the spine's value is that of not left
} Trigger;

struct DdMonitor {
    const DdStl* f;
    double period;
    int64_t max_rows; // 0 = unknown
    int nstream, nspine, ntrigger;
    Stream* stream;
    Spine* spine;
    Trigger* trigger;
    int root; // of the spine
    int now;  // stream of the whole formula when it is a state formula, else -1
    int64_t max_delay;
    bool any_late;
    int64_t pool_size;
    Value* pool;
    // while it runs
    struct MonitorRun {
        int64_t rows;
        int64_t held, violated; // row on which it became certain, -1
        int64_t overflow;       // 1: more rows than max_rows
        int64_t unknown;        // leaf whose signal had no sample, -1
        int64_t unknown_row;
        int64_t finished;
        Value violation;
    } run;
};

// Fills everything but the pool's pointer. False with a sentence.
bool dd_monitor_compile(DdMonitor* m, DdError* err);

Value dd_value_const(bool truth);
Value dd_value_unknown(void);
Value dd_value_min(const Value* a, const Value* b);
Value dd_value_max(const Value* a, const Value* b);
Value dd_value_not(const Value* a);
// The interval of lo and hi with the witness of `first` if it has one, else of `second`.
Value dd_value_join(double lo, double hi, const Value* first, const Value* second);

typedef struct Map {
    Value p, q; // x -> max(q, min(p, x))
} Map;

Map dd_map_identity(void);
void dd_window_reset(Window* w);
void dd_window_push(Value* pool, Window* w, const Map* item);
void dd_window_evict(Value* pool, Window* w); // the oldest
Map dd_window_total(const Value* pool, const Window* w);
