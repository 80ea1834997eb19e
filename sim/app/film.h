// Film: a recording for looking at it: its world set to any moment by the pose log, measures,
// events and requirements along the way. Nothing is simulated.
#pragma once

#include "recorder/recording.h"
#include "sim/app/plot.h"
#include "sim/run/plan.h"

typedef struct DdFilmEvent {
    double t;
    char kind[32];
    char subject[DD_NAME_MAX];
    char text[200];
} DdFilmEvent;

typedef struct DdFilmRequirement {
    char name[DD_NAME_MAX];
    char verdict[24]; // "HOLDS", "VIOLATED", ...
    char text[256];
    char signal[DD_NAME_MAX]; // measure its comparison reads, "" = none
    double limit;             // NaN: none
    double t;                 // when it was decided; NaN: at no moment
    double robustness;
    bool holds;
} DdFilmRequirement;

typedef struct DdFilmLog DdFilmLog; // the pose log

typedef struct DdFilm {
    char path[DD_PATH_MAX];
    json_t* record; // the run record
    json_t* result; // NULL: the recording was cut
    DdPlay* play;
    DdFiles* files;
    DdPlan* plan;   // NULL: a rendering, which holds pictures but not the files of its world
    DdWorld* world; // NULL: the same
    int physics_hz;
    double duration_s;
    double now_s;      // moment the world shows
    DdWeather weather; // of that moment
    int nseries;
    DdSeries* series; // measures, those of the scenario first
    int nevent;
    DdFilmEvent* event;
    int nrequirement;
    DdFilmRequirement* requirement;
    double lo[3], hi[3]; // box around everything that moved at some time
    DdFilmLog* log;
} DdFilm;

DD_MUST_USE DdFilm* dd_film_open(const char* path, const char* files_dir, DdError* err);
void dd_film_close(DdFilm* f); // NULL is fine
// Between two logged moments positions are interpolated, but over jumps.
void dd_film_seek(DdFilm* f, double t_s);
// The value at or before a moment; NaN before the first.
double dd_series_at(const DdSeries* s, double t_s);
const char* dd_film_outcome(const DdFilm* f); // "PASS"; "cut", "rendering"
double dd_film_tick(const DdFilm* f);         // s between two agent ticks
// Times and places (s, m) where a body was, thinned out to at most `max`. Returns their number.
int dd_film_path(const DdFilm* f, int body, double (*out)[4], int max);
