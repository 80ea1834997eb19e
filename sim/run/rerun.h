// Rerun: a recorded episode stepped again with other sensors, from its restore points and journal,
// with neither script nor agent. What `render`, video, sheets and the viewer show.
#pragma once

#include "sim/run/replay.h"

typedef struct DdRerun DdRerun;

typedef struct DdRerunDef {
    const char* mcap_path;
    const char* files_dir;
    const DdRig* rig;          // the sensors; NULL = none
    const DdRecordDef* record; // where their messages go; NULL = nowhere
    bool poses;                // play the pose log instead of simulating: only sensors that need no
                               // more than poses; topics begin with /approximate
    double from_s;             // pictures begin here; the simulation always begins at 0
    const volatile int* interrupted;
} DdRerunDef;

// The error says why it cannot be simulated again (DD_ERROR_CANNOT_CHECK), ...
DD_MUST_USE DdRerun* dd_rerun_open(const DdRerunDef* def, DdError* err);
void dd_rerun_close(DdRerun* r);                 // NULL is fine
DdEpisode* dd_rerun_episode(DdRerun* r);         // its world and channels, for looking
const json_t* dd_rerun_record(const DdRerun* r); // the run record of the original; borrowed
const json_t* dd_rerun_result(const DdRerun* r); // its result, or NULL; borrowed
int64_t dd_rerun_last_step(const DdRerun* r);
int64_t dd_rerun_now(const DdRerun* r);
// The step dd_rerun_now is sensed (world after step1, samples taken into `record`); true when there
// is a next one, to which the following call goes on. False at the end or with err->code set: a
// hash that differs from the recorded one is DD_ERROR_CANNOT_CHECK.
DD_MUST_USE bool dd_rerun_step(DdRerun* r, DdError* err);
// Goes to `step` by the nearest restore point, without a picture on the way; sensors begin anew
// there. For looking, not for data.
DD_MUST_USE bool dd_rerun_seek(DdRerun* r, int64_t step, DdError* err);
// Ends the output recording with its result object. Once, before close.
DD_MUST_USE bool dd_rerun_finish(DdRerun* r, DdError* err);
