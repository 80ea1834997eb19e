// Episode: one run of one scenario as a stepper. run, verify, view and learning environments are
// loops over it. The tick: step1, stage operations, sensors and measures, monitors, agent,
// controllers, step2 (docs/determinism.md).
#pragma once

#include "recorder/recording.h"
#include "sim/agent/agent.h"
#include "sim/run/plan.h"
#include "sim/run/rig.h"
#include "sim/world/stage.h"

typedef struct DdEpisode DdEpisode;

// What a scenario does; sim/script implements it from Lua. Any callback but build may be NULL.
typedef struct DdScenario {
    void* user;
    // A pure function of seed and params. `overrides`: {"friction": 0.4} or NULL. The plan is owned
    // by the caller; NULL on failure (DD_ERROR_SCRIPT: the file is wrong or the scenario raised).
    DdPlan* (*build)(void* user, uint64_t seed, const json_t* overrides, DdError* err);
    bool (*start)(void* user, DdEpisode* ep, DdError* err);            // story begins
    bool (*resume)(void* user, DdEpisode* ep, int wait, DdError* err); // a wait came due
    void (*finish)(void* user, DdEpisode* ep);
    DdLuaUsage (*usage)(void* user);
    void (*destroy)(void* user);
} DdScenario;

typedef enum DdLatencyMode {
    DD_LATENCY_PAUSED,
    DD_LATENCY_MEASURED,
    DD_LATENCY_FIXED
} DdLatencyMode;

typedef struct DdEpisodeDef {
    uint64_t seed;
    int index;               // episode number in its run
    const json_t* overrides; // params given from outside, or NULL
    double duration_s;       // ends the episode earlier than the scenario would; 0 = as it says
    DdLatencyMode latency;
    double latency_s;          // DD_LATENCY_FIXED
    const DdRecordDef* record; // NULL: nothing is recorded
    const char* files_dir;     // files too large to be attached go here once per run; NULL = attach
    const DdRig* rig;          // sensors from outside; NULL = none
    bool other_weather;        // the rig's weather is seen: for renderings, never for live runs
    double pictures_from_s;    // pictures and clouds begin here
    bool mute_pictures;        // sensors that need rendering or clouds of rays make nothing
    const volatile int* interrupted; // polled at agent ticks; NULL = never
    volatile int64_t* progress;      // written at agent ticks: the step; NULL = nobody looks
} DdEpisodeDef;

DdEpisodeDef dd_episode_def(void);

// Builds, compiles, starts at step 0. Scenario and agents are borrowed. On failure `err` tells and
// *outcome is what the episode counts as (INVALID for the scenario's own mistakes, ...).
DD_MUST_USE DdEpisode* dd_episode_create(const DdEpisodeDef* def, const DdScenario* scenario,
                                         DdOutcome* outcome, DdError* err);
void dd_episode_destroy(DdEpisode* ep);
// Opens the recording of def.record: after the agents were made, so that their files are in it, and
// before the first advance.
DD_MUST_USE bool dd_episode_record(DdEpisode* ep, DdError* err);

const DdPlan* dd_episode_plan(const DdEpisode* ep);
DdWorld* dd_episode_world(DdEpisode* ep);
const DdChannels* dd_episode_channels(const DdEpisode* ep);
int dd_episode_slots(const DdEpisode* ep);
const DdObservationSpace* dd_episode_observation_space(const DdEpisode* ep, int slot);
const DdActionSpace* dd_episode_action_space(const DdEpisode* ep, int slot);
DdAgentInfo dd_episode_info(const DdEpisode* ep, int slot);
int64_t dd_episode_step(const DdEpisode* ep);
double dd_episode_time(const DdEpisode* ep); // simulated seconds

// The stepper: advance runs until the next agent tick (true) or the end (false).
bool dd_episode_advance(DdEpisode* ep);
void dd_episode_observe(DdEpisode* ep, int slot, DdObservation* o);
// Checks, clips and schedules the action of a slot for now + latency (seconds; charged as the
// mode says). A malformed one ends the episode as AGENT_ERROR.
void dd_episode_act(DdEpisode* ep, int slot, double* action, double latency_s);
bool dd_episode_ended(const DdEpisode* ep);
// End it from outside: interrupted, agent raised, ...
void dd_episode_end(DdEpisode* ep, DdOutcome outcome, const DdError* why);
double dd_episode_reward(const DdEpisode* ep);

// Snapshot and restore within a process.
int dd_episode_state_size(const DdEpisode* ep);
void dd_episode_snapshot(const DdEpisode* ep, double* state);
DD_MUST_USE bool dd_episode_restore(DdEpisode* ep, const double* state, DdError* err);

// The whole loop with one agent per slot.
void dd_episode_run(DdEpisode* ep, DdAgent* const* agents);
// Its body, for loops of their own: after each advance that gave true, the agents observe and act;
// `by_hand` (or NULL) may change an action before it counts. False when the episode was ended.
typedef void (*DdByHand)(void* user, int slot, double* action);
bool dd_episode_decide(DdEpisode* ep, DdAgent* const* agents, DdByHand by_hand, void* user);
// Behind such a loop: what the agents used goes into the result.
void dd_episode_note_usage(DdEpisode* ep, DdAgent* const* agents);
// How a requirement of the plan stands now.
DdStanding dd_episode_standing(const DdEpisode* ep, int requirement);

typedef struct DdResult {
    DdOutcome outcome;
    char reason[1024];
    json_t* json; // the episode object of the scorecard without "episode" and "file"; owned
} DdResult;
// Scores, closes the recording, fills the result. Once.
void dd_episode_finish(DdEpisode* ep, DdResult* result);
void dd_result_clear(DdResult* r);

// For the story (scenario callbacks).
DD_MUST_USE bool dd_episode_stage(DdEpisode* ep, const DdStageOp* op, DdError* err); // journalled
int dd_episode_wait_step(DdEpisode* ep, int64_t step); // wait id; resume() is called with it
// Until `expr` holds for hold_s without a break, or timeout_s passed (inf = never). -1 on error.
int dd_episode_wait_until(DdEpisode* ep, const char* expr, double hold_s, double timeout_s,
                          DdError* err);
bool dd_episode_wait_timed_out(const DdEpisode* ep, int wait);
void dd_episode_wait_cancel(DdEpisode* ep, int wait);
void dd_episode_done(DdEpisode* ep, const char* reason); // ends after this tick
// Current value of a signal, by name; false when there is none or no sample yet.
bool dd_episode_signal(const DdEpisode* ep, const char* name, double* value);
void dd_episode_event(DdEpisode* ep, const char* kind, const char* subject, const char* json);
// With {"KEY": "TEXT"}, made in memory that the episode keeps for it.
void dd_episode_event_text(DdEpisode* ep, const char* kind, const char* subject, const char* key,
                           const char* text);
void dd_episode_log(DdEpisode* ep, const char* level, const char* text, const char* file, int line);

// What a user of the data must know: rig (every sensor with preset, mount and calibration), label
// table, licence. New reference.
json_t* dd_episode_data(const DdEpisode* ep);
// drydock, MuJoCo, libm, compiler, CPU: {"drydock":"0.1.0","mujoco":"3.17.0",...}. New reference.
json_t* dd_fingerprint(void);
// The same with the renderer, once pictures are made.
json_t* dd_fingerprint_of(const DdEpisode* ep);
#define DD_VERSION "0.1.0"
