// What satellite positioning needs beside noise: a sky, how well its satellites fix each axis, and
// places on the WGS-84 ellipsoid.
#pragma once

#include <stdbool.h>

enum { DD_SATELLITES_MAX = 64 };

// Directions to the satellites, east north up. They stand still and are the same in every run:
// evenly over the sine of the elevation above the mask, in azimuth by the golden angle.
typedef struct DdSky {
    int n;
    double dir[DD_SATELLITES_MAX][3];
} DdSky;

void dd_sky_make(DdSky* sky, int n, double mask_rad);
// Dilution of precision east, north, up with the satellites of `seen`; false when they do not fix a
// position (fewer than four, or all in one plane).
bool dd_sky_dop(const DdSky* sky, const bool* seen, double dop[3]);

// Latitude (deg), longitude (deg), height above the ellipsoid (m) of a point east, north, up of an
// origin given alike; through the earth-centred frame, exact at any distance.
void dd_geodetic_of(const double origin[3], const double enu[3], double lla[3]);
