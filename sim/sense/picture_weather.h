// Weather on pictures: air between a camera and what it sees, drops and flakes that fall through
// the picture, drops and dirt on its window, glare of the sun. All in linear light (3 floats per
// pixel, 1 = white in the open as the renderer shows it), from colour and depth of the same
// picture.
#pragma once

#include "sim/sense/lens.h"
#include "sim/sense/photometry.h"

typedef struct DdFilm { // one picture on its way
    const DdLens* lens;
    const DdDraw* draw;
    float* light;       // (3 * pixels)
    const float* depth; // (pixels)
    const float* slant; // (pixels) range over depth
    int64_t step;
    double t_s; // of the step
    double exposure_s;
    float airlight[3]; // of the open air
    double rot[9];     // row-major; world axes to the optical frame's
} DdFilm;

// I e^(-b d) + A (1 - e^(-b d)), d the range.
void dd_air_apply(const DdFilm* f, double extinction);
// Drops (mm/h) and flakes (mm/h of water) that cross the picture within 3 m, with the wind.
void dd_streaks_apply(const DdFilm* f, double rain, double snow, const double wind[3]);
// Drops on the window: each holds the scene upside down; they stay, some run down.
typedef struct DdPane {  // made when first needed
    unsigned char* dirt; // (pixels) share of pixels that are cleaner, 0..255
    float* small;        // (3 * pixels / 64) the picture at an eighth
} DdPane;
void dd_pane_close(DdPane* w);
void dd_pane_rain(const DdFilm* f, DdPane* w, double rain);
// Takes light away where dirt sits, the same places for ever, and scatters some of the rest.
void dd_pane_dirt(const DdFilm* f, DdPane* w, double dirt);
// Veil around the sun while it is in the picture and free; `direct` 0..1, `level` of white.
void dd_glare_apply(const DdFilm* f, const double to_sun[3], double direct, double level);

// Linear light of 8 bits and back: 2.2 powers.
const float* dd_film_linear(void); // (256)
void dd_film_develop(const float* light, size_t nvalue, unsigned char* rgb);
// Gaussian of the lens, from one picture to another; `row` has room for 3 * (width + 2 *
// DD_BLUR_MOST) numbers.
enum { DD_BLUR_MOST = 32 };
void dd_film_blur(int width, int height, double sigma, const float* light, float* out, float* row);
