// Placement: poses for things under constraints, by sampling with local repair.
#pragma once

#include "sim/base/rng.h"
#include "sim/world/compose.h"

typedef struct DdPlaceDef {
    DdPose region;         // centre of the region; x, y are drawn in its frame
    double region_half[2]; // m; half size of the rectangle
    double yaw_lo, yaw_hi; // rad, relative to the region
    double half[3];        // m; the thing's half extents
    double z;              // m; height of the thing's centre above the region
    double clear_m;        // distance kept to everything in `clear_of`
    DdNames clear_of;      // regions to stay out of; things are kept clear of anyway, floors never
    char facing[DD_NAME_MAX];       // thing or frame the x axis must point to; "" = no constraint
    double facing_tol;              // rad
    char visible_from[DD_NAME_MAX]; // thing or frame with a free straight line to the centre
    int tries;                      // samples before it gives up
} DdPlaceDef;

DdPlaceDef dd_place_def(void); // clear of everything by 0.05 m, yaw -pi..pi, 400 tries
// On failure the error names the constraint that rejected most samples, and how many.
DD_MUST_USE bool dd_place(const DdCompose* c, const DdPlaceDef* def, const char* what,
                          DdStream* stream, DdPose* pose, DdError* err);
