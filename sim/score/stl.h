// Requirements: signal temporal logic over named signals, with units, judged online in bounded
// memory. One expression language for expect, wait_until, reward and reports.
//
//   formula := or [ -> formula ] | or U[a,b] or | or S[a,b] or
//   or := and { or and } ; and := unary { and unary }
//   unary := not unary | G[a,b] unary | F[a,b] unary | H[a,b] unary | O[a,b] unary
//          | rise(formula) | fall(formula) | ( formula ) | comparison | true | false
//   comparison := sum (<= | < | >= | >) sum | signal without unit (a flag: above 0.5)
//   sum, product: + - * / over numbers with units ("0.05 m"), signals ("amr.odom.twist.linear.x",
//   'quoted/when-odd'), abs(x), |x|, min(x, y), max(x, y)
// && || ! are and or not; -> binds to the right. Bounds are seconds of simulated time or carry a
// unit of time ("F[0, 2 min]", "G[5, end]"); G, F, U without bounds run to the end of the episode,
// H, O, S to its start. Robustness after Donze & Maler 2010; comparisons are scaled by nothing, so
// it is in the unit of the comparison that decides.
#pragma once

#include "sim/base/error.h"

typedef struct DdStl DdStl;         // a parsed formula; constant
typedef struct DdMonitor DdMonitor; // its online evaluation over one episode

// Which column of a row a signal is and its unit. False when there is no such signal.
typedef bool (*DdSignalResolve)(void* user, const char* name, int* column, const char** unit);

// Signals with the nearest known name for "did you mean"; suggest may be NULL, or return NULL.
typedef struct DdSignals {
    DdSignalResolve resolve;
    const char* (*suggest)(void* user, const char* name);
    void* user;
} DdSignals;

// `what` names the requirement in errors: "expect 'docked'". Units must agree on both sides of
// every comparison and sum; a bare number takes the unit of the other side only when that has none.
DD_MUST_USE DdStl* dd_stl_parse(const char* text, const char* what, DdSignalResolve resolve,
                                void* user, DdError* err);
DD_MUST_USE DdStl* dd_stl_parse_signals(const char* text, const char* what,
                                        const DdSignals* signals, DdError* err);
void dd_stl_destroy(DdStl* f);
// Seconds of future it needs before a verdict; +inf for unbounded operators.
double dd_stl_horizon(const DdStl* f);
bool dd_stl_is_state(const DdStl* f); // no temporal operator but past ones: can be asked at once
// A numeric expression (reward, report): value on a row.
typedef struct DdExpr DdExpr;
DD_MUST_USE DdExpr* dd_expr_parse(const char* text, const char* what, DdSignalResolve resolve,
                                  void* user, const char** unit, DdError* err);
DD_MUST_USE DdExpr* dd_expr_parse_signals(const char* text, const char* what,
                                          const DdSignals* signals, const char** unit,
                                          DdError* err);
void dd_expr_destroy(DdExpr* e);
double dd_expr_value(const DdExpr* e, const double* row);

typedef enum DdVerdict {
    DD_HOLDS,         // robustness > 0
    DD_VIOLATED,      // robustness < 0
    DD_UNDECIDED,     // robustness == 0: counted as a failure
    DD_INCONCLUSIVE,  // a window was cut by the end
    DD_NOT_EVALUATED, // never exercised: every implication's left side stayed false
} DdVerdict;
const char* dd_verdict_name(DdVerdict v); // "HOLDS", ...

typedef struct DdJudgement {
    DdVerdict verdict;
    double robustness; // at time 0; what is known so far for an inconclusive one; finite
    double time_s;     // when it was first violated, or when it was decided; -1 when it was not
    double at_s;       // time of the row that decided (the closest approach of an F); -1 for none
    double value;      // left side of the comparison that decided, on that row; NaN for none
    double limit;      // right side
    char signal[DD_NAME_MAX]; // text of that comparison: "dock_err <= 0.01 m"
    char unit[24];            // that it was written in; value and limit are SI
    double unit_si;           // one of that unit in SI
    double goal_s;    // when the F and U parts were reached for good; -1 without any, or never
    int64_t triggers; // how often the left sides of implications came true
} DdJudgement;

// Rows arrive at a constant period (the measure clock). Memory is bounded by the windows, not by
// the episode; everything is allocated here. The formula is borrowed.
DD_MUST_USE DdMonitor* dd_monitor_create(const DdStl* f, double period_s, DdError* err);
// The same for an episode of at most max_rows rows. Only formulas that nest unbounded future
// operators in ways other than G(p -> F q), G(p or G q), F(p and G q), F(p and F q) need the
// length: they keep their rows, and dd_monitor_create refuses them.
DD_MUST_USE DdMonitor* dd_monitor_create_for(const DdStl* f, double period_s, int64_t max_rows,
                                             DdError* err);
void dd_monitor_destroy(DdMonitor* m);
void dd_monitor_reset(DdMonitor* m); // before the first row again
void dd_monitor_push(DdMonitor* m, const double* row);
// For state formulas: the value on the newest row.
double dd_monitor_now(const DdMonitor* m);
bool dd_monitor_violated(const DdMonitor* m); // already certain
bool dd_monitor_decided(const DdMonitor* m);  // already certain, either way
// Would it hold if the episode ended after this row? False for formulas that keep all rows.
// `scratch` has dd_monitor_state_size doubles.
bool dd_monitor_would_hold(DdMonitor* m, double* scratch);
// Does it demand that something be reached (F, U)? Then it can hold before the end.
bool dd_monitor_has_goal(const DdMonitor* m);
// After the last row. rtamt-style infinite values never appear: a cut window is INCONCLUSIVE.
DdJudgement dd_monitor_finish(DdMonitor* m);
// One sentence: "docked: dock_err <= 0.01 m was never held for 1 s; closest 0.034 m at 41.20 s".
// `end_s` is when the episode ended. Empty for one that holds.
void dd_judgement_print(const DdStl* f, const DdJudgement* j, const char* name, bool must_occur,
                        double end_s, char* out, size_t size);
// What a restore point must hold, in doubles; constant after create. For the same formula, period
// and max_rows.
int64_t dd_monitor_state_size(const DdMonitor* m);
void dd_monitor_save(const DdMonitor* m, double* state);
void dd_monitor_load(DdMonitor* m, const double* state);
