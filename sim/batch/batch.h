// Batch: many episodes of one scenario in worker processes, one folder for all of them.
#pragma once

#include "sim/run/episode.h"

typedef struct DdBatchDef {
    const char* scenario;              // path as given
    const char* agents[DD_PLAN_SLOTS]; // "a.lua" or "slot=a.lua"
    int nagent;
    uint64_t seed;
    int episodes;
    int jobs;
    const char* out; // folder
    bool resume, force;
    bool record; // false: scorecard only
    const char* root;
    json_t* overrides; // or NULL
    DdLatencyMode latency;
    double latency_s;
    const char* sensors;             // a rig file, or "all"; NULL = those of the scenario
    double duration_s;               // end episodes after so long; 0 = as the scenario says
    const volatile int* interrupted; // set by a signal handler; the workers are told
    double timeout_s; // wall seconds without any progress of a worker before it is killed
    // called in the parent after each episode and a few times a second
    void (*progress)(void* user, int done, int total, double sim_s, double wall_s);
    void* user;
    const char* by_hand; // robot that a person drives, for run.json; NULL = none
} DdBatchDef;

// Opens the scenario in a worker process (the parent holds neither MuJoCo nor Lua): implemented by
// sim/script, passed in so that batch need not know Lua.
typedef struct DdBatchOps {
    bool (*open)(const DdBatchDef* def, DdFiles* files,
                 void (*print)(void* user, const char* level, const char* text, const char* file,
                               int line),
                 void* user, DdScenario* scenario, DdError* err);
    // In place of dd_episode_run, in the worker, which may then open a window; and when the result
    // is there. NULL = nobody looks on.
    void (*drive)(const DdBatchDef* def, DdEpisode* ep, DdAgent* const* agents);
    void (*driven)(const DdBatchDef* def, DdEpisode* ep, const DdResult* result);
    // A rig file, or "all" for what robots and scenario carry.
    bool (*rig)(const char* path, DdFiles* files, DdRig* rig, DdError* err);
} DdBatchOps;

// For `drive` and `driven`, in the worker: was it told to stop? No episode shall follow this one.
bool dd_worker_stopping(void);
void dd_worker_stop(void);
DdBatchDef dd_batch_def(void);
// Returns the scorecard (new reference), written to OUT/scorecard.json too; NULL with `err` when
// nothing could be run at all. run.json is sealed.
json_t* dd_batch_run(const DdBatchDef* def, const DdBatchOps* ops, DdError* err);
// run.json without a seal, at the start of a run: says what the folder is, should it be cut short.
DD_MUST_USE bool dd_run_begin(const char* dir, json_t* head, DdError* err);
// run.json: SHA-256 of every file of the run and, in its last line, of its own lines above.
DD_MUST_USE bool dd_run_seal(const char* dir, json_t* head, DdError* err);
// Removes what a run wrote into the folder; refuses a folder that holds no run.json.
DD_MUST_USE bool dd_run_erase(const char* dir, DdError* err);
bool dd_run_holds_nothing(const char* dir); // but its run.json
DD_MUST_USE bool dd_run_check_seal(const char* dir,
                                   DdError* err); // DD_ERROR_DAMAGED names the file
// Bytes of the recordings of a run folder, and that per minute of simulated time, into run.json's
// head under "data".
void dd_run_add_bytes(const char* dir, json_t* head, double sim_s);
DD_MUST_USE bool dd_scorecard_write(const char* dir, const json_t* card, DdError* err);
json_t* dd_run_read(const char* dir, DdError* err); // run.json's head
// A run folder, an episode's .mcap, or a .drydock pack: paths of its episodes. Packs are unpacked
// to a temporary folder, removed by dd_run_close.
typedef struct DdRun {
    char dir[DD_PATH_MAX]; // "" for a lone .mcap
    char files_dir[DD_PATH_MAX];
    int n;
    char (*episode)[DD_PATH_MAX];
    bool temporary;
} DdRun;
DD_MUST_USE bool dd_run_open(const char* path, DdRun* run, DdError* err);
void dd_run_close(DdRun* run);
DD_MUST_USE bool dd_run_pack(const char* dir, const char* out, DdError* err);
// Runs fn in a child process under resource limits; the child dies with its parent. The JSON it
// returns comes back. A crash is DD_ERROR_INTERNAL with the signal's name.
typedef struct DdJailDef {
    double timeout_s;
    size_t memory; // RLIMIT_AS; 0 = none
    int cpu_s;     // RLIMIT_CPU; 0 = none
    const volatile int*
        interrupted; // set by a signal handler: the child is told once; NULL = never
    bool screen;     // sockets stay allowed: a window needs its display
} DdJailDef;
json_t* dd_jail(const DdJailDef* def, json_t* (*fn)(void* user, DdError* err), void* user,
                DdError* err);
