// Metrics: the named ones of driven robots, and reductions of any expression over the episode.
#include "sim/score/metrics.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/score/stats.h"

typedef enum Reduction {
    TIME_TO_SUCCESS,
    REDUCE_MIN,
    REDUCE_MAX,
    REDUCE_MEAN,
    REDUCE_LAST,
    REDUCE_RMS,
    REDUCE_STD,
    REDUCE_PERCENTILE,
    REDUCE_RATIO, // last(a) / last(b)
} Reduction;

// The metrics that have a name, and what they make of which measure of a robot.
typedef struct Named {
    const char* name;
    Reduction reduction;
    const char* measure;
    const char* other; // of a ratio: below the line
} Named;

static const Named k_named[] = {
    {"time_to_success", TIME_TO_SUCCESS, NULL, NULL},
    {"path_length", REDUCE_LAST, "path_length", NULL},
    {"efficiency", REDUCE_RATIO, "displacement", "path_length"},
    {"energy", REDUCE_LAST, "energy", NULL},
    {"collisions", REDUCE_LAST, "collisions", NULL},
    {"peak_force", REDUCE_MAX, "contact_force", NULL},
    {"min_clearance", REDUCE_MIN, "clearance", NULL},
};
enum { k_nnamed = sizeof k_named / sizeof *k_named, k_metrics_max = 512 };

// The named ones first, in the order above.
static const DdMetricKind k_kinds[] = {
    {"time_to_success", "s",
     "simulated time at which every goal (F, U) of the requirements was "
     "reached; only of an episode that passes"},
    {"path_length", "m", "distance the robot's base travelled"},
    {"efficiency", "", "straight distance from start to end / path_length; 1 is a straight line"},
    {"energy", "J", "mechanical energy its actuators delivered"},
    {"collisions", "", "how often it began to touch something it should not"},
    {"peak_force", "N", "largest contact force on it"},
    {"min_clearance", "m", "least distance to anything it should not touch"},
    {"min(x)", "of x", "least value of an expression over the episode"},
    {"max(x)", "of x", "largest value"},
    {"mean(x)", "of x", "mean over the ticks of the measure clock"},
    {"last(x)", "of x", "value at the end"},
    {"rms(x)", "of x", "root of the mean square"},
    {"std(x)", "of x", "standard deviation, divided by n - 1"},
    {"p95(x)", "of x", "95 % of the values are at most this (nearest rank); p1 to p100"},
};
enum { k_nkind = sizeof k_kinds / sizeof *k_kinds };

typedef struct Sums { // everything that changes, all numbers
    double n, sum, mean, m2, min, max, last, other;
} Sums;

typedef struct Metric {
    char name[DD_NAME_MAX];
    char unit[24];
    Reduction reduction;
    double quantile;
    DdExpr* expr; // owned; NULL when the measure does not exist
    DdExpr* other;
    Sums sums;
    double* values; // of a percentile: (max_rows)
} Metric;

struct DdMetricSet {
    int n, cap;
    int64_t max_rows;
    Metric* metric;
    DdMetric* result;
};

const DdMetricKind* dd_metric_kinds(int* n)
{
    *n = k_nkind;
    return k_kinds;
}

static void sums_reset(Sums* s)
{
    *s = (Sums){.min = INFINITY, .max = -INFINITY, .last = NAN, .other = NAN};
}

static Metric* add_metric(DdMetricSet* set, const char* name, Reduction reduction, DdError* err)
{
    for (int i = 0; i < set->n; i++) {
        if (strcmp(set->metric[i].name, name) == 0) {
            dd_fail(err, DD_ERROR_SCRIPT, "report '%s': it stands twice", name);
            return NULL;
        }
    }
    if (set->n == k_metrics_max) {
        dd_fail(err, DD_ERROR_SCRIPT, "report '%s': more than %d metrics", name, k_metrics_max);
        return NULL;
    }
    Metric* m = &set->metric[set->n++];
    *m = (Metric){.reduction = reduction};
    snprintf(m->name, sizeof m->name, "%s", name);
    sums_reset(&m->sums);
    return m;
}

static bool has_signal(const DdMetricSource* source, const char* name)
{
    int channel, offset;
    const char* unit;
    return dd_channels_signal(source->channels, name, &channel, &offset, &unit);
}

// The value of "ROBOT.measure", quoted because robots' names are free.
static DdExpr* measure_of(const DdMetricSource* source, const char* robot, const char* measure,
                          const char** unit, DdError* err)
{
    char name[2 * DD_NAME_MAX], quoted[2 * DD_NAME_MAX + 2];
    snprintf(name, sizeof name, "%s.%s", robot, measure);
    snprintf(quoted, sizeof quoted, "'%s'", name);
    return dd_expr_parse_signals(quoted, "report", &source->signals, unit, err);
}

static bool add_named(DdMetricSet* set, const DdMetricSource* source, const Named* named,
                      const char* robot, const char* name, DdError* err)
{
    Metric* m = add_metric(set, name, named->reduction, err);
    if (!m) {
        return false;
    }
    snprintf(m->unit, sizeof m->unit, "%s", k_kinds[named - k_named].unit);
    char full[2 * DD_NAME_MAX];
    snprintf(full, sizeof full, "%s.%s", robot, named->measure);
    if (!has_signal(source, full)) {
        return true; // NOT_EVALUATED
    }
    const char* unit = "";
    m->expr = measure_of(source, robot, named->measure, &unit, err);
    if (!m->expr) {
        return false;
    }
    if (!named->other) {
        snprintf(m->unit, sizeof m->unit, "%.23s", unit);
        return true;
    }
    m->other = measure_of(source, robot, named->other, &unit, err);
    return m->other != NULL;
}

// A named metric without robot: of every robot that has its measure.
static bool add_for_robots(DdMetricSet* set, const DdMetricSource* source, const Named* named,
                           DdError* err)
{
    const char* measure = named->other ? named->other : named->measure;
    size_t length = strlen(measure);
    int robots = 0, only = -1;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && robots <= 1) {
            char robot[DD_NAME_MAX] = "";
            if (only >= 0) {
                const char* name = dd_channels_def(source->channels, only)->name;
                snprintf(robot, sizeof robot, "%.*s", (int)(strlen(name) - length - 1), name);
            }
            return add_named(set, source, named, robot, named->name, err);
        }
        for (int i = 0; i < dd_channels_count(source->channels); i++) {
            const DdChannelDef* def = dd_channels_def(source->channels, i);
            size_t n = strlen(def->name);
            if (def->type != DD_TYPE_SCALAR || n < length + 2 || def->name[n - length - 1] != '.' ||
                strcmp(def->name + n - length, measure) != 0) {
                continue;
            }
            if (pass == 0) {
                robots++;
                only = i;
                continue;
            }
            char robot[DD_NAME_MAX], name[2 * DD_NAME_MAX];
            snprintf(robot, sizeof robot, "%.*s", (int)(n - length - 1), def->name);
            snprintf(name, sizeof name, "%s.%s", robot, named->name);
            if (!add_named(set, source, named, robot, name, err)) {
                return false;
            }
        }
    }
    return true;
}

// "p95": the quantile, else 0.
static double quantile_of(const char* word)
{
    double percent;
    bool fits = word[0] == 'p' && isdigit((unsigned char)word[1]) &&
                dd_number_parse(word + 1, &percent) && percent > 0 && percent <= 100;
    return fits ? percent / 100 : 0;
}

// "max(speed)", "p95(|dock_err|)"
static bool add_reduction(DdMetricSet* set, const DdMetricSource* source, const char* text,
                          DdError* err)
{
    static const struct {
        const char* word;
        Reduction reduction;
    } k_words[] = {
        {"min", REDUCE_MIN},   {"max", REDUCE_MAX}, {"mean", REDUCE_MEAN},
        {"last", REDUCE_LAST}, {"rms", REDUCE_RMS}, {"std", REDUCE_STD},
    };
    const char* open = strchr(text, '(');
    size_t n = strlen(text);
    char word[DD_NAME_MAX], what[DD_NAME_MAX + 16];
    snprintf(what, sizeof what, "report '%s'", text);
    if (!open || text[n - 1] != ')') {
        const char* names[k_nnamed];
        for (int i = 0; i < k_nnamed; i++) {
            names[i] = k_named[i].name;
        }
        const char* dot = strrchr(text, '.');
        const char* near = dd_nearest_name(dot ? dot + 1 : text, names, k_nnamed);
        return dd_fail(
            err, DD_ERROR_SCRIPT,
            "%s: not a metric (there are time_to_success, path_length, efficiency, energy, "
            "collisions, peak_force, min_clearance, and min max mean last rms std p95 of a "
            "signal, such as \"max(speed)\")%s%s%s",
            what, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    snprintf(word, sizeof word, "%.*s", (int)(open - text), text);
    Reduction reduction = REDUCE_PERCENTILE;
    double quantile = quantile_of(word);
    bool known = quantile > 0;
    for (size_t i = 0; i < sizeof k_words / sizeof *k_words; i++) {
        if (strcmp(word, k_words[i].word) == 0) {
            reduction = k_words[i].reduction;
            known = true;
        }
    }
    if (!known) {
        return dd_fail(
            err, DD_ERROR_SCRIPT,
            "%s: '%s' is no reduction (there are min max mean last rms std and p1 to p100)", what,
            word);
    }
    char inside[DD_NAME_MAX];
    snprintf(inside, sizeof inside, "%.*s", (int)(n - (size_t)(open - text) - 2), open + 1);
    Metric* m = add_metric(set, text, reduction, err);
    if (!m) {
        return false;
    }
    const char* unit = "";
    m->quantile = quantile;
    m->expr = dd_expr_parse_signals(inside, what, &source->signals, &unit, err);
    if (!m->expr) {
        return false;
    }
    snprintf(m->unit, sizeof m->unit, "%.23s", unit);
    if (reduction == REDUCE_PERCENTILE) {
        m->values = calloc((size_t)set->max_rows, sizeof *m->values);
        if (!m->values) {
            return dd_fail(err, DD_ERROR_MEMORY, "%s: no memory for %lld values", what,
                           (long long)set->max_rows);
        }
    }
    return true;
}

static bool add_report(DdMetricSet* set, const DdMetricSource* source, const char* text,
                       DdError* err)
{
    const char* dot = strrchr(text, '.');
    for (int i = 0; i < k_nnamed; i++) {
        const Named* named = &k_named[i];
        if (strcmp(text, named->name) == 0) {
            if (named->reduction == TIME_TO_SUCCESS) {
                Metric* m = add_metric(set, text, TIME_TO_SUCCESS, err);
                if (m) {
                    snprintf(m->unit, sizeof m->unit, "%s", k_kinds[named - k_named].unit);
                }
                return m != NULL;
            }
            return add_for_robots(set, source, named, err);
        }
        if (dot && !strchr(text, '(') && named->measure && strcmp(dot + 1, named->name) == 0) {
            char robot[DD_NAME_MAX];
            snprintf(robot, sizeof robot, "%.*s", (int)(dot - text), text);
            return add_named(set, source, named, robot, text, err);
        }
    }
    return add_reduction(set, source, text, err);
}

DdMetricSet* dd_metrics_create(const DdMetricSource* source, const char (*report)[DD_NAME_MAX],
                               int nreport, int64_t max_rows, DdError* err)
{
    DdMetricSet* set = calloc(1, sizeof *set);
    if (set) {
        set->max_rows = max_rows > 0 ? max_rows : 1;
        set->metric = calloc(k_metrics_max, sizeof *set->metric);
        set->result = calloc(k_metrics_max, sizeof *set->result);
    }
    if (!set || !set->metric || !set->result) {
        dd_metrics_destroy(set);
        dd_fail(err, DD_ERROR_MEMORY, "no memory for the metrics");
        return NULL;
    }
    for (int i = 0; i < nreport; i++) {
        if (!add_report(set, source, report[i], err)) {
            dd_metrics_destroy(set);
            return NULL;
        }
    }
    return set;
}

void dd_metrics_destroy(DdMetricSet* set)
{
    if (!set) {
        return;
    }
    for (int i = 0; i < set->n && set->metric; i++) {
        dd_expr_destroy(set->metric[i].expr);
        dd_expr_destroy(set->metric[i].other);
        free(set->metric[i].values);
    }
    free(set->metric);
    free(set->result);
    free(set);
}

void dd_metrics_take(DdMetricSet* set, const double* row)
{
    for (int i = 0; i < set->n; i++) {
        Metric* m = &set->metric[i];
        Sums* s = &m->sums;
        if (!m->expr) {
            continue;
        }
        double v = dd_expr_value(m->expr, row);
        if (isnan(v)) {
            continue; // no sample yet
        }
        if (m->other) {
            s->other = dd_expr_value(m->other, row);
        }
        if (m->values && s->n < (double)set->max_rows) {
            m->values[(int64_t)s->n] = v;
        }
        // Welford's running mean and squares
        s->n += 1;
        double step = v - s->mean;
        s->mean += step / s->n;
        s->m2 += step * (v - s->mean);
        s->sum += v * v;
        s->min = v < s->min ? v : s->min;
        s->max = v > s->max ? v : s->max;
        s->last = v;
    }
}

static double reduce(const DdMetricSet* set, Metric* m, double success_s)
{
    const Sums* s = &m->sums;
    if (m->reduction == TIME_TO_SUCCESS) {
        return success_s;
    }
    if (s->n == 0) {
        return NAN;
    }
    switch (m->reduction) {
    case REDUCE_MIN:
        return s->min;
    case REDUCE_MAX:
        return s->max;
    case REDUCE_MEAN:
        return s->mean;
    case REDUCE_LAST:
        return s->last;
    case REDUCE_RMS:
        return sqrt(s->sum / s->n);
    case REDUCE_STD:
        return s->n > 1 ? sqrt(s->m2 / (s->n - 1)) : NAN;
    case REDUCE_RATIO:
        return s->other > 0 ? s->last / s->other : NAN;
    case REDUCE_PERCENTILE: {
        if (s->n > (double)set->max_rows) {
            return NAN; // longer than announced
        }
        // a copy: later ticks and saves need the order of time
        size_t size = (size_t)s->n * sizeof *m->values;
        double* sorted = malloc(size);
        DD_ASSERT(sorted);
        memcpy(sorted, m->values, size);
        double v = dd_percentile(sorted, (int)s->n, m->quantile);
        free(sorted);
        return v;
    }
    case TIME_TO_SUCCESS:
        break;
    }
    return NAN;
}

const DdMetric* dd_metrics_finish(DdMetricSet* set, double success_s, int* n)
{
    for (int i = 0; i < set->n; i++) {
        Metric* m = &set->metric[i];
        DdMetric* r = &set->result[i];
        snprintf(r->name, sizeof r->name, "%s", m->name);
        snprintf(r->unit, sizeof r->unit, "%s", m->unit);
        r->value = reduce(set, m, success_s);
    }
    *n = set->n;
    return set->result;
}

// --- restore points ---

enum { k_sums = sizeof(Sums) / sizeof(double) };

int64_t dd_metrics_state_size(const DdMetricSet* set)
{
    int64_t size = 0;
    for (int i = 0; i < set->n; i++) {
        size += k_sums + (set->metric[i].values ? set->max_rows : 0);
    }
    return size;
}

static size_t values_size(const DdMetricSet* set, const Metric* m)
{
    double n = m->sums.n < (double)set->max_rows ? m->sums.n : (double)set->max_rows;
    return (size_t)n * sizeof *m->values;
}

void dd_metrics_save(const DdMetricSet* set, double* state)
{
    for (int i = 0; i < set->n; i++) {
        const Metric* m = &set->metric[i];
        memcpy(state, &m->sums, sizeof m->sums);
        state += k_sums;
        if (m->values) {
            memcpy(state, m->values, values_size(set, m));
            state += set->max_rows;
        }
    }
}

void dd_metrics_load(DdMetricSet* set, const double* state)
{
    for (int i = 0; i < set->n; i++) {
        Metric* m = &set->metric[i];
        memcpy(&m->sums, state, sizeof m->sums);
        state += k_sums;
        if (m->values) {
            memcpy(m->values, state, values_size(set, m));
            state += set->max_rows;
        }
    }
}
