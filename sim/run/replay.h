// Replay: a recorded episode again from its restore points and journal, with neither Lua nor agent.
// verify, re-scoring with new measures, and rendering are uses of it.
#pragma once

#include "sim/run/episode.h"

typedef enum DdVerifyVerdict {
    DD_VERIFY_IDENTICAL,
    DD_VERIFY_DIVERGED,     // at `step`, body `body`, by `distance`
    DD_VERIFY_CANNOT_CHECK, // `text` says why
    DD_VERIFY_DAMAGED,      // a CRC or hash does not agree
} DdVerifyVerdict;

typedef struct DdVerify {
    DdVerifyVerdict verdict;
    bool other_machine; // the fingerprint's CPU differs
    int64_t step;
    char body[DD_NAME_MAX];
    double distance; // m, or rad for joints
    int64_t steps;   // checked
    int segments;
    char text[1024]; // "identical", "diverged at step 512 in body amr/base by 1.2e-09 m", ...
} DdVerify;

typedef struct DdVerifyDef {
    int threads;           // segments in parallel
    const char* files_dir; // the run's files/, or NULL
    // run the recorded script again and compare journals; NULL = not asked
    const DdScenario* from_script;
    const volatile int* interrupted;
} DdVerifyDef;

// Checks CRCs, then the replay of every segment. Returns the verdict in any case.
void dd_verify_episode(const char* mcap_path, const DdVerifyDef* def, DdVerify* out);

// Re-score a recording from its measures alone: the same judge over the recorded samples.
// With `add` (a plan whose measures and requirements are new), the measures come from a replay.
DD_MUST_USE bool dd_rescore_episode(const char* mcap_path, const char* files_dir, const DdPlan* add,
                                    DdResult* result, DdError* err);
// A store of everything a recording carries. For replay and pack.
DD_MUST_USE bool dd_replay_files(DdPlay* play, const char* files_dir, DdFiles* files, DdError* err);
