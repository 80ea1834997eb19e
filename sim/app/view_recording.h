// View of a recording, in a child process.
#pragma once

#include "sim/app/view.h"

typedef struct DdViewRecording {
    DdViewerDef viewer;
    const char* episode;
    const char* files_dir;
    double from_s;
} DdViewRecording;

json_t* dd_view_recording(void* user, DdError* err); // of a DdViewRecording; for dd_jail
