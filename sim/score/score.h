// Score: requirements, metrics and the scorecard. Sees only samples, so scoring while running and
// scoring a recording again are the same code.
#pragma once

#include <jansson.h>

#include "sim/base/channel.h"
#include "sim/base/field.h"
#include "sim/score/stl.h"

typedef enum DdOutcome {
    DD_PASS,
    DD_FAIL,
    DD_AGENT_ERROR,
    DD_HARNESS_ERROR,
    DD_INVALID,
    DD_OUTCOME_COUNT,
} DdOutcome;
const char* dd_outcome_name(DdOutcome o); // "PASS"
bool dd_outcome_find(const char* name, DdOutcome* o);

typedef struct DdRequirementDef {
    char name[DD_NAME_MAX];
    char text[DD_PATH_MAX]; // "F[0,60] G[0,1] dock_err <= 0.01 m"
    bool must_occur;        // never exercised counts as a failure
} DdRequirementDef;
extern const DdField dd_requirement_fields[];
// The formula of a requirement, which must speak about time (G, F, U).
DD_MUST_USE DdStl* dd_requirement_parse(const DdRequirementDef* def, const DdSignals* signals,
                                        DdError* err);

// A metric: "time_to_success", "path_length", "efficiency", "energy", "collisions",
// "peak_force", "min_clearance", or a reduction of a signal: "min(gap)", "max(speed)", "mean(x)",
// "last(x)", "rms(x)", "p95(x)".
typedef struct DdMetricKind {
    const char* name;
    const char* unit;
    const char* doc;
} DdMetricKind;
const DdMetricKind* dd_metric_kinds(int* n);

typedef struct DdMetric {
    char name[DD_NAME_MAX];
    char unit[24];
    double value; // NaN: NOT_EVALUATED
} DdMetric;

typedef struct DdJudge DdJudge;

// Rows of an episode that dd_judge_create allows for: 5.8 h at 50 Hz. Only requirements that nest
// operators without bounds and percentiles keep rows; untouched ones cost no memory.
enum { DD_JUDGE_ROWS = 1 << 20 };

// Columns are the signals named by requirements and metrics, found in the channel table. The
// metrics path_length, energy, collisions, peak_force, min_clearance of robot "R" read the measures
// "R.path_length", "R.energy", "R.collisions", "R.contact_force", "R.clearance" which the episode
// adds for every driven robot; efficiency also reads "R.displacement", the straight distance from
// the start. A name without robot stands for every robot that has the measure: one metric
// "path_length" when that is one, "R.path_length" for each otherwise.
DD_MUST_USE DdJudge* dd_judge_create(const DdChannels* channels, const DdRequirementDef* req,
                                     int nreq, const char (*report)[DD_NAME_MAX], int nreport,
                                     double measure_hz, DdError* err);
// The same for an episode of at most max_rows ticks.
DD_MUST_USE DdJudge* dd_judge_create_for(const DdChannels* channels, const DdRequirementDef* req,
                                         int nreq, const char (*report)[DD_NAME_MAX], int nreport,
                                         double measure_hz, int64_t max_rows, DdError* err);
void dd_judge_destroy(DdJudge* j);
// At every tick of the measure clock: reads the newest samples measured at or before `step`.
void dd_judge_tick(DdJudge* j, int64_t step);
// A formula of the same language over the same columns, for wait_until (past operators allowed,
// they begin with the watch). The same text again gives the same id. Knows its first value at once
// when there was a tick.
int dd_judge_watch(DdJudge* j, const char* text, const char* what, DdError* err); // id, or -1
double dd_judge_watch_value(const DdJudge* j, int id); // robustness on the newest row; > 0 holds
int dd_judge_reward(DdJudge* j, const char* text,
                    DdError* err); // id of a numeric expression, or -1
double dd_judge_reward_value(const DdJudge* j, int id);
// Everything is already decided: the episode may end early if the scenario asks for it. That is: a
// requirement is violated; or every goal is reached and the rest would hold if it ended now.
bool dd_judge_decided(const DdJudge* j);
// How a requirement stands after the newest row; for whoever looks on.
typedef enum DdStanding { DD_STANDING_OPEN, DD_STANDING_HOLDS, DD_STANDING_VIOLATED } DdStanding;
DdStanding dd_judge_standing(const DdJudge* j, int requirement);
// What a restore point must hold, in doubles; it grows with every new watch. Watches made after a
// save are emptied by its load.
int64_t dd_judge_state_size(const DdJudge* j);
void dd_judge_save(const DdJudge* j, double* state);
void dd_judge_load(DdJudge* j, const double* state);

typedef struct DdScore {
    DdOutcome outcome; // PASS or FAIL by the requirements
    char reason[512];  // "docked: violated at 60.00 s: dock_err <= 0.01 m, value 0.034 m"
    int nreq;
    const DdRequirementDef* req;  // borrowed from the judge
    const DdJudgement* judgement; // (nreq)
    int nmetric;
    const DdMetric* metric;
} DdScore;
// After the last tick. `done_step` is when the story ended it, -1 when it did not.
DdScore dd_judge_finish(DdJudge* j);
json_t* dd_score_to_json(const DdScore* s); // requirements and metrics of an episode

// The scorecard of a run. An episode object:
// {"episode":0,"seed":7,"outcome":"PASS","reason":"","file":"episode_00000/episode_00000.mcap",
//  "duration_s":..,"requirements":[..],"metrics":[..],"counters":{..},"budgets":{..}}
// {"scenario":..,"agent":..,"episodes":[..],"outcomes":{"PASS":n,..},"success_rate":0..1,
//  "success_ci":{"method":"Clopper-Pearson","level":0.95,"lo":..,"hi":..},"metrics":[{name,unit,n,
//  mean,std,min,p50,p95,max}],"verdict":"PASS|FAIL|INVALID|HARNESS_ERROR",...}
// The members of `head` come first, as they are ("episodes" of the head becomes "planned"). PASS,
// FAIL and AGENT_ERROR are counted in success_rate (null when there are none); one HARNESS_ERROR
// makes the verdict HARNESS_ERROR, else one FAIL or AGENT_ERROR makes it FAIL, else one PASS makes
// it PASS, else it is INVALID.
json_t* dd_scorecard(const json_t* head, const json_t* episodes);
// As a table people can read. malloc'd.
char* dd_scorecard_text(const json_t* scorecard);
char* dd_scorecard_text_lang(const json_t* scorecard, const char* lang); // "en" or "ko"
