// What the files of an episode share. Private to sim/run.
#pragma once

#include "sim/base/text.h"
#include "sim/run/episode.h"

enum { DD_WAITS_MAX = 256, DD_PENDING_MAX = 512 };

// An agent slot at work.
typedef struct DdSlot {
    const DdSlotDef* def;
    const DdPlanRobot* robot;
    DdDrive* drive;
    DdObservationSpace observation;
    int record_slot;
    // actions that were chosen and wait for their charged latency, oldest first
    int64_t pending_step[DD_PENDING_MAX];
    double* pending; // (DD_PENDING_MAX x space.n)
    int pending_head, pending_count;
    int64_t last_due; // an action is never delivered before an older one
    double* applied;  // (space.n) the action in force
    // counters of the scorecard
    int64_t acts;
    int64_t clipped;
    double latency_sum, latency_max; // s, charged
    DdLuaUsage usage;                // of a counted agent, when the run is over
    bool counted;
} DdSlot;

typedef struct DdWait {
    bool used;
    bool due;
    bool timed_out;
    int64_t step;   // wake at this step; INT64_MAX for an expression without timeout
    int watch;      // judge's watch id, -1 for a plain wait
    int64_t hold;   // steps it must hold
    int64_t since;  // first step of the present unbroken truth, -1 while false
    uint64_t order; // waits that come due together resume in the order they were made
} DdWait;

// A replay's journal: what happened at which step.
typedef struct DdJournalEntry {
    int64_t step;
    int slot; // >= 0: an action of this slot; -1: a stage operation
    DdStageOp op;
    double* action;
} DdJournalEntry;

typedef struct DdJournal {
    DdJournalEntry* entry; // (n) in order
    int n;
    int next; // first entry not applied yet
} DdJournal;

struct DdEpisode {
    DdEpisodeDef def;
    const DdScenario* scenario; // NULL in a replay
    DdJournal* journal;         // NULL in a live run; borrowed
    DdPlan* plan;
    bool owns_plan;
    DdWorld* world;
    DdChannels* channels;
    DdSense* sense;
    DdJudge* judge;
    int nslot;
    DdSlot* slot;
    DdAgentInfo* info;

    int physics_hz;
    DdRate agent_rate;
    int64_t step;      // the tick being worked on
    int64_t last_step; // duration
    int64_t restore_every, next_restore;
    bool mid_tick; // sensed and judged, waiting for the agents

    DdWait wait[DD_WAITS_MAX];
    uint64_t wait_order;
    bool staged; // an operation was applied in this tick

    bool started; // the story began
    bool ended;
    bool done;
    char done_reason[256];
    DdOutcome outcome; // meaningful with `ended` when forced
    bool forced;       // the outcome is not for the judge to decide
    DdError why;
    int64_t end_step;
    int reward_id;
    double reward;

    uint64_t hash; // chained over the state after every step
    bool hashing;
    uint64_t* hashes; // (hash_room) since the last agent tick
    int nhash, hash_room;
    int64_t hash_first;

    int state_size;
    double* state; // (state_size) restore points

    // of the loop with agents
    bool decided; // they were asked at least once
    DdObservation* seen;
    double* action;

    DdText json; // of an event; its memory is kept
    DdRecord* record;
    int nbody;
    double (*pose)[7]; // (nbody) last written
    int* moving;       // (nmoving) bodies that can move
    int nmoving;
    bool* pose_mask;
    bool poses_written;

    // called for every sample that became available, in order; a replay compares with it
    void (*on_sample)(void* user, const DdSample* s);
    void (*on_hash)(void* user, int64_t step, uint64_t hash);
    void (*on_restore)(void* user, int64_t step, const double* state, int n);
    void (*on_journal)(void* user, int64_t step, const char* kind, const char* subject,
                       const double* values, int n);
    void* on_user;
    bool wants_restore; // save restore points though nothing is recorded
    bool rendering;     // a rerun: the record gets what sensors see, no journal and no hashes
};

// Step, world, stage and controllers of a recorded restore point of `n` numbers; the sensors, which
// may be others, begin anew.
bool dd_episode_restore_world(DdEpisode* ep, const double* state, int n, DdError* err);

// A world, sensors, controllers and a judge around a plan; nothing started. Takes the plan if
// `own`.
DdEpisode* dd_episode_from_plan(const DdEpisodeDef* def, DdPlan* plan, bool own, DdOutcome* outcome,
                                DdError* err);
// One tick at ep->step up to and including the end conditions (phases 1-4).
void dd_episode_tick_begin(DdEpisode* ep);
// Deliver, control, step (phases 5-6); ep->step grows by one.
void dd_episode_tick_end(DdEpisode* ep);
bool dd_episode_agents_due(const DdEpisode* ep);

// The measures every driven robot gets for the metrics its scenario reports.
bool dd_episode_add_auto_measures(const DdPlan* plan, DdSense* sense, DdError* err);
// Metrics that are reported when the scenario names none.
bool dd_episode_default_report(DdEpisode* ep, DdError* err);
bool dd_episode_check_start(const DdEpisode* ep, DdError* err);

// story.c
void dd_episode_resume_due(DdEpisode* ep);                  // phase 2
void dd_episode_update_waits(DdEpisode* ep, bool measured); // after the judge's tick
// a stage operation with its journal entry; replays use it too
bool dd_episode_apply(DdEpisode* ep, const DdStageOp* op, DdError* err);

// capture.c: the recorder's side
bool dd_episode_open_record(DdEpisode* ep, DdError* err);
// A rerun's recording: what it shows of which run.
bool dd_episode_open_rendering(DdEpisode* ep, json_t* source, DdError* err);
void dd_episode_capture(DdEpisode* ep,
                        bool agents_due);     // samples, clock, poses, hashes of this tick
void dd_episode_capture_scene(DdEpisode* ep); // scene.c: at step 0
void dd_episode_capture_journal(DdEpisode* ep, const char* kind, const char* subject,
                                const double* values, int n);
void dd_episode_capture_restore(DdEpisode* ep);
void dd_episode_flush_hashes(DdEpisode* ep);

// result.c
json_t* dd_result_object(uint64_t seed, DdOutcome outcome, const char* reason, double duration_s,
                         int64_t steps, const json_t* params, const DdScore* score);

void dd_episode_fail(DdEpisode* ep, DdOutcome outcome, const DdError* why);
