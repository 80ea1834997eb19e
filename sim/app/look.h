// Look: which episode is looked at through which camera, for sheets, videos and plots: the options
// they share, and pictures of a moment from the best source there is.
#pragma once

#include "sim/app/app.h"
#include "sim/app/paint.h"

typedef struct DdLook {
    char episode[DD_PATH_MAX];
    char files_dir[DD_PATH_MAX];
    const char* camera; // as on the command line
    bool shadows;
    int samples; // per pixel and side
} DdLook;

typedef enum DdLookSource {
    DD_LOOK_POSES,    // the world by its pose log
    DD_LOOK_RECORDED, // pictures of the recording
    DD_LOOK_AGAIN,    // simulated again with that camera
} DdLookSource;

typedef struct DdReel DdReel; // pictures of a camera sensor, in order

typedef struct DdLooked {
    DdFilm* film;
    DdView view;
    DdLookSource source;
    int width, height; // of a sensor's pictures; 0 = any
    double rate_hz;    // of a sensor; 0 = any
    bool shadows;
    int samples;
    DdReel* reel;
} DdLooked;

// --episode, --camera, --no-shadows and the run itself, which the caller closes when this went
// well.
DD_MUST_USE bool dd_look_args(const DdArgs* args, DdRun* run, DdLook* look, DdError* err);
DD_MUST_USE bool dd_look_open(const DdLook* look, DdLooked* looked, DdError* err);
void dd_look_close(DdLooked* looked);
// Sets the film to the moment and fills `rgb`; a sensor's picture is the newest that was taken by
// then, fitted into the size. Going back in time is allowed and slower for sensors.
DD_MUST_USE bool dd_look_picture(DdLooked* looked, double t_s, int width, int height,
                                 unsigned char* rgb, DdError* err);
const char* dd_look_source_name(DdLookSource source); // "pose log"
