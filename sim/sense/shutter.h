// Shutter: a picture that took time. One picture at the stamp (mid-exposure of the middle row) is
// bent and smeared by how every pixel's point moves past the camera: velocities of the step, depth
// and geom of the pixel itself, nearest gather. What a moving thing uncovers is not known.
#pragma once

#include "sim/sense/lens.h"

typedef struct DdShutter {
    const DdLens* lens;
    double readout_s;  // first to last row; 0: all at once
    double exposure_s; // 0: no blur
    // how bodies move past the camera, in the optical frame: velocity of the point that moves with
    // the body at the camera's place, and turn rate; six numbers per body
    const double* motion;
    const int* body_of_geom;
    double still[6]; // of what has no geom: the sky
} DdShutter;

// `from` (3 floats per pixel, linear light) to `to`.
void dd_shutter_apply(const DdShutter* s, const float* depth, const int* geom, const float* from,
                      float* to);
// Velocity (px/s) of what a pixel shows; depth as the picture has it, INFINITY for the sky.
void dd_shutter_flow(const DdShutter* s, double u, double v, float depth, const double motion[6],
                     double flow[2]);
