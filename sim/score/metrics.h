// Metrics of one episode: running values over rows of the judge.
#pragma once

#include "sim/score/score.h"

typedef struct DdMetricSet DdMetricSet;

// Where the signals of its expressions come from.
typedef struct DdMetricSource {
    const DdChannels* channels;
    DdSignals signals;
} DdMetricSource;

DdMetricSet* dd_metrics_create(const DdMetricSource* source, const char (*report)[DD_NAME_MAX],
                               int nreport, int64_t max_rows, DdError* err);
void dd_metrics_destroy(DdMetricSet* set);
void dd_metrics_take(DdMetricSet* set, const double* row);
// `success_s` is NaN when the episode was no success. Borrowed until the next call.
const DdMetric* dd_metrics_finish(DdMetricSet* set, double success_s, int* n);
int64_t dd_metrics_state_size(const DdMetricSet* set);
void dd_metrics_save(const DdMetricSet* set, double* state);
void dd_metrics_load(DdMetricSet* set, const double* state);
