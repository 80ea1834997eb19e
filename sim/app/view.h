// View: the window of `drydock view` and `run --view`. A viewer shows a scene, which a live episode
// or a film fills, and tells what the person wants. Parts of it are private to view_*.c.
#pragma once

#include "sim/app/film.h"
#include "sim/app/paint.h"
#include "sim/app/view_camera.h"
#include "sim/render/window.h"
#include "sim/run/episode.h"

// What is looked at, as it is now. Everything is borrowed.
typedef struct DdScene {
    const char* title; // "amr_dock, seed 7"
    DdWorld* world;
    const DdPlan* plan;
    const DdWeather* weather;
    double lo[3], hi[3]; // box around what moves; not finite: unknown
    double t_s, duration_s;
    bool live;          // it goes on by stepping; else it can be set to any moment
    const char* status; // "PASS", "recording", "" ...
    int nseries;
    const DdSeries* series;
    int nrequirement;
    const DdFilmRequirement* requirement; // live: verdict "OPEN" until decided
    int nevent;
    const DdFilmEvent* event;
    const DdChannels* channels; // live: samples for overlays; else NULL
    const DdFilm* film;         // recording; else NULL
    // points that a ranging sensor saw, in the world; filled by the owner when overlays ask for it
    int npoint;
    const float (*point)[3];
    const float (*point_from)[3]; // where each ray began, or NULL
    bool exact;                   // contacts in the world's data are those of the moment
    int driven;                   // robot of the plan that is driven by hand, -1: none
    const char* drive_help;       // how
} DdScene;

typedef struct DdViewerDef {
    int width, height;
    const char* keys;   // "t=0.5 space, t=1 shot:a.png, t=2 quit", or NULL
    const char* camera; // first camera, NULL = overview
    bool paused;
    bool shadows;
} DdViewerDef;

typedef struct DdViewer DdViewer;

// A driver's wish, each -1..1; 0 when nothing is held.
typedef struct DdDriving {
    double forward, left, up;      // W S or up and down, A D, Q E
    double turn_left, pitch, roll; // J L, I K, U O
    double gripper;                // R opens, F closes
    bool any;
} DdDriving;

DdViewerDef dd_viewer_def(void);
DD_MUST_USE bool dd_viewer_check(const DdViewerDef* def, DdError* err); // its script
DD_MUST_USE DdViewer* dd_viewer_open(const DdViewerDef* def, DdError* err);
void dd_viewer_close(DdViewer* v); // NULL is fine
// Handles what was pressed since the last frame and shows the scene. False: the person is done, or
// something failed (err->code).
DD_MUST_USE bool dd_viewer_frame(DdViewer* v, const DdScene* scene, DdError* err);
// What was wanted in the last frame: simulated seconds to go on by (0 while paused; one `tick` for
// a single step; INFINITY as fast as possible), or a moment to go to (NaN: none).
double dd_viewer_advance(DdViewer* v, double tick_s);
double dd_viewer_seek(DdViewer* v);
DdDriving dd_viewer_driving(const DdViewer* v);
bool dd_viewer_wants_points(const DdViewer* v);
bool dd_viewer_wants_contacts(const DdViewer* v);
void dd_viewer_pause(DdViewer* v);
bool dd_viewer_scripted(const DdViewer* v); // time goes by frames, not by the wall
// Rests until it is time for the next frame.
void dd_viewer_rest(DdViewer* v);
double dd_viewer_frame_s(const DdViewer* v); // wall seconds of a frame

// --- private to view_*.c ------------------------------------------------------------------------

typedef struct DdOverlays {
    bool contacts, points, boxes, frames, paths, measures, help;
} DdOverlays;

enum { DD_KEYS_MAX = 512, DD_TRAIL_MAX = 4096, DD_TRAILS_MAX = 64 };

// A key of a script.
typedef struct DdScripted {
    double t;
    char what[DD_PATH_MAX];
} DdScripted;

typedef struct DdTrail {
    int body;
    int n;
    double (*point)[4]; // (DD_TRAIL_MAX) t, x y z
} DdTrail;

struct DdViewer {
    DdViewerDef def;
    DdWindow* window;
    DdCanvas canvas;
    float* depth;
    DdOverlays show;
    bool started;
    DdView view;
    int camera; // number of the camera
    bool held[DD_KEY_COUNT];
    int nscript, script_at;
    DdScripted* script;
    char shot[DD_PATH_MAX]; // to be written after this frame
    bool paused, quit;
    int speed; // index
    int steps; // single steps that were asked for
    double seek_s;
    double clock_s; // of the script: frames
    double frame_s; // wall time of the last frame
    double last_s;  // wall
    double x, y;    // pointer
    int button;     // held on the scene: -1 none
    bool scrubbing; // held on the timeline
    int ntrail;
    DdTrail trail[DD_TRAILS_MAX];
    double trail_s; // of the newest point
    DdGamepad pad;
    bool has_pad;
};

extern const double dd_view_speeds[];
enum { DD_VIEW_SPEEDS = 9, DD_VIEW_SPEED_ONE = 3 };

bool dd_view_read_script(DdViewer* v, const char* text, DdError* err);
void dd_view_input(DdViewer* v, const DdScene* scene);
bool dd_view_first_camera(DdViewer* v, const DdScene* scene, DdError* err);
void dd_view_next_camera(DdViewer* v, const DdScene* scene);
double dd_view_panel(const DdViewer* v); // px of the width that the panel covers
// The timeline's place in the picture.
void dd_view_timeline(const DdViewer* v, double* x, double* y, double* w, double* h);
void dd_view_draw_overlays(DdViewer* v, const DdScene* scene, const DdEye* eye);
void dd_view_draw_panel(DdViewer* v, const DdScene* scene);
void dd_view_keep_trails(DdViewer* v, const DdScene* scene);
void dd_view_forget_trails(DdViewer* v);
