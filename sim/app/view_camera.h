// Cameras for looking: where the eye of a picture stands, named on the command line.
#pragma once

#include "sim/render/render.h"
#include "sim/run/plan.h"

typedef enum DdViewKind {
    DD_VIEW_OVERVIEW, // free; at first it shows everything that matters
    DD_VIEW_FOLLOW,   // behind a robot, "follow:agv"
    DD_VIEW_SENSOR,   // a camera of the plan, "agv.front"
    DD_VIEW_MODEL,    // a camera of the model, by its name
} DdViewKind;

typedef struct DdView {
    DdViewKind kind;
    char name[2 * DD_NAME_MAX]; // as it is called: "overview", "follow:agv", "agv.front"
    int index;                  // robot of the plan, sensor of the plan, camera of the model
    // of the free camera; of follow: relative to the robot's heading
    double at[3]; // m; what it looks at
    double distance;
    double azimuth, elevation; // rad; of the eye as seen from `at`
} DdView;

// Number of cameras that a world has: overview, one to follow each robot, sensors, the model's.
int dd_view_count(DdWorld* w, const DdPlan* plan);
// The i-th; `lo`, `hi` bound what moves (not finite: what can move is looked up).
DdView dd_view_at(DdWorld* w, const DdPlan* plan, int i, const double lo[3], const double hi[3]);
// By its name; a sensor also by its own name when no other has it. The error lists what there is.
DD_MUST_USE bool dd_view_find(DdWorld* w, const DdPlan* plan, const char* name, const double lo[3],
                              const double hi[3], DdView* view, DdError* err);
// The eye of a picture of that size, now.
DdEye dd_view_eye(DdWorld* w, const DdPlan* plan, const DdView* view, int width, int height);
// Where a sensor is now: x forward, y left, z up.
DdPose dd_view_sensor_pose(DdWorld* w, const DdSensorDef* s);
// For a mouse: turn by angles, move sideways and up by shares of the picture's height, zoom.
void dd_view_turn(DdView* view, double azimuth, double elevation);
void dd_view_move(DdView* view, double right, double up);
void dd_view_zoom(DdView* view, double factor);
// Pixel of a point of the world; false behind the eye. `depth` (or NULL): m along the axis.
bool dd_view_project(const DdEye* eye, const double p[3], double px[2], double* depth);
