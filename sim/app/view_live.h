// Live view: the loop of an episode that somebody watches, or drives.
#pragma once

#include "sim/app/view.h"
#include "sim/batch/batch.h"

// In DdBatchDef.user of a run that is watched.
typedef struct DdLiveView {
    DdViewerDef viewer;
    const char* drive; // robot driven by hand, NULL = none
    bool stay;         // the window stays when the episode is over
} DdLiveView;

// DdBatchOps.drive and .driven.
void dd_live_view(const DdBatchDef* def, DdEpisode* ep, DdAgent* const* agents);
void dd_live_viewed(const DdBatchDef* def, DdEpisode* ep, const DdResult* result);
