// Judge of one episode: takes rows out of the channels and gives them to the monitors of the
// requirements, the watches of the story, the reward and the metrics.
#include <math.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/score/arena.h"
#include "sim/score/metrics.h"
#include "sim/score/score.h"
#include "sim/score/units.h"

enum {
    k_columns_max = 1024, // signals
    k_watches_max = 1024, // different texts of wait_until
    k_rewards_max = 8,
    k_reason_max = 512,
    k_arena_size = 1 << 20,
};

typedef struct Column {
    int channel, offset;
    int64_t latency;
} Column;

typedef struct Watch {
    char* text;
    DdStl* f;
    DdMonitor* monitor;
} Watch;

struct DdJudge {
    const DdChannels* channels;
    double period;
    int64_t max_rows;

    int ncolumn;
    Column* column; // (k_columns_max)
    double* row;    // (k_columns_max)
    int64_t rows, step;

    int nreq;
    DdRequirementDef* req;
    DdStl** f;
    DdMonitor** monitor;
    DdJudgement* judgement;
    double* scratch; // state of the largest monitor
    DdArena* arena;  // of the watches, which come while the episode runs

    DdMetricSet* metrics;
    int nwatch;
    Watch watch[k_watches_max];
    int nreward;
    DdExpr* reward[k_rewards_max];
    char suggestion[2 * DD_NAME_MAX];
};

const DdField dd_requirement_fields[] = {
    DD_FIELD_ROW(DdRequirementDef, name, DD_FIELD_STRING, DD_REQUIRED, "", "how reports call it"),
    DD_FIELD_ROW(DdRequirementDef, text, DD_FIELD_TEXT, DD_REQUIRED, "",
                 "what must hold: \"F[0,60] G[0,1] dock_err <= 0.01 m\""),
    DD_FIELD_ROW(DdRequirementDef, must_occur, DD_FIELD_BOOL, 0, "",
                 "fail when no left side of an implication ever came true (default false)"),
    DD_FIELD_ROWS_END,
};

static const char* const k_outcomes[] = {"PASS", "FAIL", "AGENT_ERROR", "HARNESS_ERROR", "INVALID"};

const char* dd_outcome_name(DdOutcome o)
{
    DD_ASSERT((int)o >= 0 && o < DD_OUTCOME_COUNT);
    return k_outcomes[o];
}

bool dd_outcome_find(const char* name, DdOutcome* o)
{
    for (int i = 0; i < DD_OUTCOME_COUNT; i++) {
        if (strcmp(name, k_outcomes[i]) == 0) {
            *o = (DdOutcome)i;
            return true;
        }
    }
    return false;
}

// --- signals ---

static double read_column(const DdJudge* j, const Column* c)
{
    // what was measured by now, whether or not an agent could have seen it yet
    const DdSample* s = dd_channels_latest(j->channels, c->channel, j->step + c->latency);
    return s ? s->values[c->offset] : NAN;
}

static bool resolve(void* user, const char* name, int* column, const char** unit)
{
    DdJudge* j = user;
    Column c;
    if (!dd_channels_signal(j->channels, name, &c.channel, &c.offset, unit)) {
        return false;
    }
    for (int i = 0; i < j->ncolumn; i++) {
        if (j->column[i].channel == c.channel && j->column[i].offset == c.offset) {
            *column = i;
            return true;
        }
    }
    if (j->ncolumn == k_columns_max) {
        return false;
    }
    c.latency = dd_channels_def(j->channels, c.channel)->latency_steps;
    j->column[j->ncolumn] = c;
    j->row[j->ncolumn] = j->rows ? read_column(j, &c) : NAN;
    *column = j->ncolumn++;
    return true;
}

// The nearest path of a signal; only for an error's text.
static const char* suggest(void* user, const char* name)
{
    DdJudge* j = user;
    int count = 0, room = 0;
    char** names = NULL;
    for (int i = 0; i < dd_channels_count(j->channels); i++) {
        const DdChannelDef* def = dd_channels_def(j->channels, i);
        int nfield;
        const DdTypeField* field = dd_type_fields(def->type, &nfield);
        for (int k = 0; k < nfield; k++) {
            int each = field[k].per_name ? def->nname : 1;
            for (int e = 0; e < each; e++) {
                if (count == room) {
                    room = room ? 2 * room : 64;
                    char** grown = realloc(names, (size_t)room * sizeof *names);
                    DD_ASSERT(grown);
                    names = grown;
                }
                DdText t = {0};
                dd_text_str(&t, def->name);
                if (def->type != DD_TYPE_SCALAR) {
                    dd_text_add(&t, ".%s", field[k].path);
                    if (field[k].per_name) {
                        dd_text_add(&t, ".%s", def->names[e]);
                    }
                }
                names[count] = dd_text_take(&t);
                count += names[count] != NULL;
            }
        }
    }
    const char* near = dd_nearest_name(name, (const char* const*)names, count);
    if (near) {
        snprintf(j->suggestion, sizeof j->suggestion, "%s", near);
    }
    for (int i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
    return near ? j->suggestion : NULL;
}

static DdSignals signals_of(DdJudge* j)
{
    return (DdSignals){resolve, suggest, j};
}

// --- life ---

DdStl* dd_requirement_parse(const DdRequirementDef* def, const DdSignals* signals, DdError* err)
{
    char what[DD_NAME_MAX + 16];
    snprintf(what, sizeof what, "expect '%s'", def->name);
    DdStl* f = dd_stl_parse_signals(def->text, what, signals, err);
    if (f && dd_stl_is_state(f)) {
        // by the definition it would be asked at time 0 only, which nobody means
        dd_fail(err, DD_ERROR_SCRIPT,
                "%s: says nothing about when: write \"G %.200s\" for always, \"F %.200s\" for at "
                "some time",
                what, def->text, def->text);
        dd_stl_destroy(f);
        f = NULL;
    }
    return f;
}

static bool add_requirement(DdJudge* j, int i, DdError* err)
{
    DdSignals signals = signals_of(j);
    j->f[i] = dd_requirement_parse(&j->req[i], &signals, err);
    if (!j->f[i]) {
        return false;
    }
    j->monitor[i] = dd_monitor_create_for(j->f[i], j->period, j->max_rows, err);
    return j->monitor[i] != NULL;
}

DdJudge* dd_judge_create_for(const DdChannels* channels, const DdRequirementDef* req, int nreq,
                             const char (*report)[DD_NAME_MAX], int nreport, double measure_hz,
                             int64_t max_rows, DdError* err)
{
    DD_ASSERT(measure_hz > 0 && max_rows > 0 && nreq >= 0);
    DdJudge* j = calloc(1, sizeof *j);
    size_t n = nreq > 0 ? (size_t)nreq : 1;
    if (j) {
        j->channels = channels;
        j->period = 1 / measure_hz;
        j->max_rows = max_rows;
        j->nreq = nreq;
        j->column = calloc(k_columns_max, sizeof *j->column);
        j->row = calloc(k_columns_max, sizeof *j->row);
        j->req = calloc(n, sizeof *j->req);
        j->f = calloc(n, sizeof *j->f);
        j->monitor = calloc(n, sizeof *j->monitor);
        j->judgement = calloc(n, sizeof *j->judgement);
    }
    if (!j || !j->column || !j->row || !j->req || !j->f || !j->monitor || !j->judgement) {
        dd_judge_destroy(j);
        dd_fail(err, DD_ERROR_MEMORY, "no memory for the judge");
        return NULL;
    }
    int64_t scratch = 0;
    for (int i = 0; i < nreq; i++) {
        j->req[i] = req[i];
        bool twice = false;
        for (int k = 0; k < i; k++) {
            twice |= strcmp(j->req[k].name, req[i].name) == 0;
        }
        if (twice
                ? !dd_fail(err, DD_ERROR_SCRIPT, "expect '%s': the name stands twice", req[i].name)
                : !add_requirement(j, i, err)) {
            dd_judge_destroy(j);
            return NULL;
        }
        int64_t size = dd_monitor_state_size(j->monitor[i]);
        scratch = size > scratch ? size : scratch;
    }
    j->scratch = calloc((size_t)scratch + 1, sizeof *j->scratch);
    j->arena = dd_arena_create(k_arena_size);
    DdMetricSource source = {channels, signals_of(j)};
    j->metrics =
        j->scratch && j->arena ? dd_metrics_create(&source, report, nreport, max_rows, err) : NULL;
    if (!j->scratch || !j->arena) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for the judge");
    }
    if (!j->metrics) {
        dd_judge_destroy(j);
        return NULL;
    }
    return j;
}

DdJudge* dd_judge_create(const DdChannels* channels, const DdRequirementDef* req, int nreq,
                         const char (*report)[DD_NAME_MAX], int nreport, double measure_hz,
                         DdError* err)
{
    return dd_judge_create_for(channels, req, nreq, report, nreport, measure_hz, DD_JUDGE_ROWS,
                               err);
}

void dd_judge_destroy(DdJudge* j)
{
    if (!j) {
        return;
    }
    for (int i = 0; i < j->nreq && j->f && j->monitor; i++) {
        dd_monitor_destroy(j->monitor[i]);
        dd_stl_destroy(j->f[i]);
    }
    for (int i = 0; i < j->nwatch; i++) {
        dd_monitor_destroy(j->watch[i].monitor);
        dd_stl_destroy(j->watch[i].f);
        dd_arena_free(j->watch[i].text);
    }
    for (int i = 0; i < j->nreward; i++) {
        dd_expr_destroy(j->reward[i]);
    }
    dd_metrics_destroy(j->metrics);
    free(j->column);
    free(j->row);
    free(j->req);
    free(j->f);
    free(j->monitor);
    free(j->judgement);
    free(j->scratch);
    dd_arena_destroy(j->arena);
    free(j);
}

// --- the episode ---

void dd_judge_tick(DdJudge* j, int64_t step)
{
    j->step = step;
    for (int i = 0; i < j->ncolumn; i++) {
        j->row[i] = read_column(j, &j->column[i]);
    }
    j->rows++;
    for (int i = 0; i < j->nreq; i++) {
        dd_monitor_push(j->monitor[i], j->row);
    }
    for (int i = 0; i < j->nwatch; i++) {
        dd_monitor_push(j->watch[i].monitor, j->row);
    }
    dd_metrics_take(j->metrics, j->row);
}

static int add_watch(DdJudge* j, const char* text, const char* what, DdError* err)
{
    if (j->nwatch == k_watches_max) {
        dd_fail(err, DD_ERROR_SCRIPT, "%s: more than %d different conditions in one episode", what,
                k_watches_max);
        return -1;
    }
    DdSignals signals = signals_of(j);
    Watch w = {.f = dd_stl_parse_signals(text, what, &signals, err)};
    if (!w.f) {
        return -1;
    }
    if (!dd_stl_is_state(w.f)) {
        dd_fail(
            err, DD_ERROR_SCRIPT,
            "%s: G, F and U speak of the future, which is not known yet: use H, O and S in '%s'",
            what, text);
        dd_stl_destroy(w.f);
        return -1;
    }
    w.monitor = dd_monitor_create(w.f, j->period, err);
    if (!w.monitor) {
        dd_stl_destroy(w.f);
        return -1;
    }
    size_t size = strlen(text) + 1;
    w.text = dd_arena_alloc(size);
    DD_ASSERT(w.text);
    memcpy(w.text, text, size);
    if (j->rows) {
        dd_monitor_push(w.monitor, j->row);
    }
    j->watch[j->nwatch] = w;
    return j->nwatch++;
}

int dd_judge_watch(DdJudge* j, const char* text, const char* what, DdError* err)
{
    for (int i = 0; i < j->nwatch; i++) {
        if (strcmp(j->watch[i].text, text) == 0) {
            return i;
        }
    }
    DdArena* before = dd_arena_use(j->arena);
    int id = add_watch(j, text, what, err);
    dd_arena_use(before);
    return id;
}

double dd_judge_watch_value(const DdJudge* j, int id)
{
    DD_ASSERT(id >= 0 && id < j->nwatch);
    return dd_monitor_now(j->watch[id].monitor);
}

int dd_judge_reward(DdJudge* j, const char* text, DdError* err)
{
    if (j->nreward == k_rewards_max) {
        dd_fail(err, DD_ERROR_SCRIPT, "reward: more than %d expressions", k_rewards_max);
        return -1;
    }
    DdSignals signals = signals_of(j);
    DdExpr* e = dd_expr_parse_signals(text, "reward", &signals, NULL, err);
    if (!e) {
        return -1;
    }
    j->reward[j->nreward] = e;
    return j->nreward++;
}

double dd_judge_reward_value(const DdJudge* j, int id)
{
    DD_ASSERT(id >= 0 && id < j->nreward);
    double v = j->rows ? dd_expr_value(j->reward[id], j->row) : 0;
    return isnan(v) ? 0 : v; // a signal without a sample gives nothing
}

DdStanding dd_judge_standing(const DdJudge* j, int requirement)
{
    DD_ASSERT(requirement >= 0 && requirement < j->nreq);
    const DdMonitor* m = j->monitor[requirement];
    return dd_monitor_violated(m)  ? DD_STANDING_VIOLATED
           : dd_monitor_decided(m) ? DD_STANDING_HOLDS
                                   : DD_STANDING_OPEN;
}

bool dd_judge_decided(const DdJudge* j)
{
    for (int i = 0; i < j->nreq; i++) {
        if (dd_monitor_violated(j->monitor[i])) {
            return true;
        }
    }
    bool all = j->nreq > 0, reached = false;
    for (int i = 0; i < j->nreq; i++) {
        const DdMonitor* m = j->monitor[i];
        bool decided = dd_monitor_decided(m);
        if (dd_monitor_has_goal(m)) {
            if (!decided) {
                return false;
            }
            reached = true;
        }
        all &= decided;
    }
    if (all || !reached) {
        return all;
    }
    // the rest is decided by the end itself
    for (int i = 0; i < j->nreq; i++) {
        if (!dd_monitor_decided(j->monitor[i]) &&
            !dd_monitor_would_hold(j->monitor[i], j->scratch)) {
            return false;
        }
    }
    return true;
}

DdScore dd_judge_finish(DdJudge* j)
{
    DdScore s = {.outcome = DD_PASS, .nreq = j->nreq, .req = j->req, .judgement = j->judgement};
    double end = j->rows ? (double)(j->rows - 1) * j->period : 0;
    double success = -1, first = INFINITY;
    for (int i = 0; i < j->nreq; i++) {
        DdJudgement* a = &j->judgement[i];
        *a = dd_monitor_finish(j->monitor[i]);
        bool failed =
            a->verdict != DD_HOLDS && !(a->verdict == DD_NOT_EVALUATED && !j->req[i].must_occur);
        success = a->goal_s > success ? a->goal_s : success;
        if (!failed) {
            continue;
        }
        // the first violation in time; what failed by the end comes last
        double when = a->verdict == DD_VIOLATED ? a->time_s : end + 1;
        s.outcome = DD_FAIL;
        if (when < first) {
            first = when;
            dd_judgement_print(j->f[i], a, j->req[i].name, j->req[i].must_occur, end, s.reason,
                               sizeof s.reason);
        }
    }
    s.metric = dd_metrics_finish(j->metrics, s.outcome == DD_PASS && success >= 0 ? success : NAN,
                                 &s.nmetric);
    return s;
}

// --- restore points ---

int64_t dd_judge_state_size(const DdJudge* j)
{
    int64_t size = 3 + k_columns_max + dd_metrics_state_size(j->metrics);
    for (int i = 0; i < j->nreq; i++) {
        size += dd_monitor_state_size(j->monitor[i]);
    }
    for (int i = 0; i < j->nwatch; i++) {
        size += dd_monitor_state_size(j->watch[i].monitor);
    }
    return size;
}

void dd_judge_save(const DdJudge* j, double* state)
{
    *state++ = (double)j->rows;
    *state++ = (double)j->step;
    *state++ = j->nwatch;
    memcpy(state, j->row, k_columns_max * sizeof *state);
    state += k_columns_max;
    dd_metrics_save(j->metrics, state);
    state += dd_metrics_state_size(j->metrics);
    for (int i = 0; i < j->nreq; i++) {
        dd_monitor_save(j->monitor[i], state);
        state += dd_monitor_state_size(j->monitor[i]);
    }
    for (int i = 0; i < j->nwatch; i++) {
        dd_monitor_save(j->watch[i].monitor, state);
        state += dd_monitor_state_size(j->watch[i].monitor);
    }
}

void dd_judge_load(DdJudge* j, const double* state)
{
    j->rows = (int64_t)*state++;
    j->step = (int64_t)*state++;
    int nwatch = (int)*state++;
    memcpy(j->row, state, k_columns_max * sizeof *state);
    state += k_columns_max;
    dd_metrics_load(j->metrics, state);
    state += dd_metrics_state_size(j->metrics);
    for (int i = 0; i < j->nreq; i++) {
        dd_monitor_load(j->monitor[i], state);
        state += dd_monitor_state_size(j->monitor[i]);
    }
    for (int i = 0; i < j->nwatch; i++) {
        if (i < nwatch) {
            dd_monitor_load(j->watch[i].monitor, state);
            state += dd_monitor_state_size(j->watch[i].monitor);
        } else {
            dd_monitor_reset(j->watch[i].monitor);
        }
    }
}

// --- JSON ---

// Infinite and unknown numbers have no place in JSON.
static json_t* number(double v)
{
    return isfinite(v) && fabs(v) < 1e300 ? json_real(v) : json_null();
}

static json_t* time_or_null(double s)
{
    return s >= 0 ? json_real(s) : json_null();
}

static json_t* requirement_to_json(const DdRequirementDef* def, const DdJudgement* a)
{
    json_t* r = json_object();
    json_object_set_new(r, "name", json_string(def->name));
    json_object_set_new(r, "text", json_string(def->text));
    json_object_set_new(r, "must_occur", json_boolean(def->must_occur));
    json_object_set_new(r, "verdict", json_string(dd_verdict_name(a->verdict)));
    json_object_set_new(r, "robustness", number(a->robustness));
    json_object_set_new(r, "time_s", time_or_null(a->time_s));
    json_object_set_new(r, "comparison", *a->signal ? json_string(a->signal) : json_null());
    json_object_set_new(r, "at_s", time_or_null(a->at_s));
    json_object_set_new(r, "value", number(a->value));
    json_object_set_new(r, "limit", number(a->limit));
    const DdUnit* written = dd_unit_find(a->unit);
    char si[DD_DIM_TEXT_MAX] = "";
    if (written) {
        dd_dim_print(written->dim, si);
    }
    json_object_set_new(r, "unit", json_string(written ? si : a->unit));
    json_object_set_new(r, "goal_s", time_or_null(a->goal_s));
    json_object_set_new(r, "triggers", json_integer((json_int_t)a->triggers));
    return r;
}

json_t* dd_score_to_json(const DdScore* s)
{
    json_t* j = json_object();
    json_t* requirements = json_array();
    for (int i = 0; i < s->nreq; i++) {
        json_array_append_new(requirements, requirement_to_json(&s->req[i], &s->judgement[i]));
    }
    json_object_set_new(j, "requirements", requirements);
    json_t* metrics = json_array();
    for (int i = 0; i < s->nmetric; i++) {
        json_t* m = json_object();
        json_object_set_new(m, "name", json_string(s->metric[i].name));
        json_object_set_new(m, "unit", json_string(s->metric[i].unit));
        json_object_set_new(m, "value", number(s->metric[i].value));
        json_array_append_new(metrics, m);
    }
    json_object_set_new(j, "metrics", metrics);
    return j;
}
