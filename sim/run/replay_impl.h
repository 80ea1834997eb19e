// What replay, verify and re-scoring share. Private to sim/run.
#pragma once

#include "sim/run/episode_impl.h"
#include "sim/run/replay.h"

// A recording read into memory, as far as a replay needs it.
typedef struct DdTape {
    DdPlay* play;
    json_t* record; // the run record
    json_t* result; // NULL when the recording was cut
    DdFiles* files;
    uint64_t seed;
    int index;
    DdJournalEntry* entry; // (nentry) in order
    int nentry;
    uint64_t* hash; // (nhash) after step 1, 2, ...
    int64_t nhash;
    struct DdTapePoint {
        int64_t step;
        int n;
        double* state;
    } * point; // (npoint) restore points, ascending
    int npoint;
    int64_t last_step;   // how far the recording goes
    int64_t agent_ticks; // clock messages
    // the first action whose message is not what the journal says was delivered
    bool action_differs;
    int64_t action_step;
    char action_robot[DD_NAME_MAX];
} DdTape;

DD_MUST_USE bool dd_tape_open(DdTape* tape, const char* mcap_path, const char* files_dir,
                              bool strict, DdError* err);
void dd_tape_close(DdTape* tape);
// A fresh plan from the run record. NULL on failure.
DdPlan* dd_tape_plan(const DdTape* tape, DdError* err);
// An episode at step 0 driven by the tape's journal, and the journal itself (freed by the caller).
DdEpisode* dd_tape_episode(const DdTape* tape, DdPlan* plan, DdJournal* journal, DdError* err);

// from_script.c: fills `out` when it diverged; false with `err` when it cannot be checked.
bool dd_verify_script(DdTape* tape, const DdVerifyDef* def, DdVerify* out, DdError* err);
