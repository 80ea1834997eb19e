// Lens: where a point in front of a camera falls in its picture, and back. Models and coefficients
// are those of sensor_msgs/CameraInfo. Pixel centres lie at integers.
#pragma once

#include "sim/sense/sense.h"

typedef enum DdLensModel { // in the order of the def's `lens`
    DD_LENS_PINHOLE,
    DD_LENS_PLUMB_BOB,
    DD_LENS_RATIONAL,
    DD_LENS_EQUIDISTANT,
} DdLensModel;

enum { DD_LENS_COEFFICIENTS = 8 };

typedef struct DdLens {
    DdLensModel model;
    int width, height;              // px
    double fx, fy, cx, cy;          // px
    int nd;                         // coefficients that info shows
    double d[DD_LENS_COEFFICIENTS]; // 0 beyond what was given
    double max_angle;               // rad off the axis; the lens shows nothing beyond
} DdLens;

// Checks fields of view and coefficients; `what` is "sensor 'agv.front'".
DD_MUST_USE bool dd_lens_open(const DdSensorDef* def, const char* what, DdLens* lens, DdError* err);
// The model's name in CameraInfo: a pinhole is a plumb_bob without distortion.
const char* dd_lens_name(const DdLens* lens);
// Pixel of a point in the optical frame; false when the lens cannot show it, wherever the picture
// ends.
bool dd_lens_project(const DdLens* lens, const double p[3], double px[2]);
// Unit vector along which a pixel looks; false when it is dark (outside of a fisheye's circle).
// `guess` (undistorted x/z, y/z, or NULL) starts the search and gets the result.
bool dd_lens_ray(const DdLens* lens, double u, double v, double guess[2], double dir[3]);
// The numbers of DD_TYPE_CAMERA: width, height, k[9], d[8], r[9], p[12].
void dd_lens_info(const DdLens* lens, double* values);
