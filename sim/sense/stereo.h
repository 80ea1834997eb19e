// Stereo: depth as a pair of cameras measures it: noise that neighbours share, steps of the
// disparity, nearest range, and holes where the other camera sees nothing.
#pragma once

#include "sim/sense/photometry.h"

typedef struct DdStereo {
    int width, height; // px
    double focal;      // px, horizontal
    double baseline;   // m; the other camera is on the right
    double subpixel;   // px; standard deviation of the disparity
    double nearest;    // m; 0: where the disparity reaches 126 px
    double farthest;   // m
    float* noise;      // (width * height), scratch
    float* rows;       // (width * height), scratch
} DdStereo;

// Takes the scratch; free it with dd_stereo_close.
void dd_stereo_open(DdStereo* s);
void dd_stereo_close(DdStereo* s);
double dd_stereo_nearest(const DdStereo* s); // m
// Depth (m along the axis, INFINITY nothing) in place; 0 where nothing was measured.
void dd_stereo_measure(const DdStereo* s, const DdDraw* d, int64_t step, float* depth);
