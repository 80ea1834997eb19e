// Exports: a recorded run in the formats other tools load. One descriptor per format.
#pragma once

#include "recorder/recording.h"

typedef struct DdExportKind {
    const char* name; // "csv"
    const char* doc;
    // `episodes` (n paths of .mcap files) into folder `out`, which exists and is empty.
    bool (*run)(const char* const* episodes, int n, const char* out, DdError* err);
} DdExportKind;

const DdExportKind* const* dd_export_kinds(int* n);
const DdExportKind* dd_export_kind(const char* name);
