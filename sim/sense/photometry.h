// Photometry: from scene light to what an image sensor reads, by the linear model of EMVA 1288;
// exposure control, white balance, and cheap random draws for every pixel.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/rng.h"

// Draws for pixels: one Philox block of (key of the stream, step, lane, purpose) gives eight words
// of 16 bits. Normal draws are the middles of 4096 equally likely bins, so they end at 3.7 sigma.
enum { DD_DRAW_BINS = 4096, DD_DRAW_WORDS = 8, DD_DRAW_DECAY = 512 };

typedef struct DdDraw {
    uint32_t key[2];
    float normal[DD_DRAW_BINS];     // by the upper 12 bits of a word
    float decay[DD_DRAW_DECAY + 2]; // exp(-i / 128)
    float inverse[32];              // 1 / i
} DdDraw;

// What a draw is for; keeps lanes of one purpose apart from another's and from other streams' use.
typedef enum DdDrawFor {
    DD_DRAW_SHOT = 16,
    DD_DRAW_READ,
    DD_DRAW_FIXED,
    DD_DRAW_DISPARITY,
    DD_DRAW_DIRT,
    DD_DRAW_STREAKS,
    DD_DRAW_DROPS,
    DD_DRAW_THERMAL,
} DdDrawFor;

void dd_draw_open(DdDraw* d, const DdStream* stream);
void dd_draw(const DdDraw* d, int64_t step, uint32_t lane, DdDrawFor purpose,
             uint16_t words[DD_DRAW_WORDS]);
// The same of consecutive lanes; nlane is a multiple of 4.
void dd_draw_many(const DdDraw* d, int64_t step, uint32_t lane, DdDrawFor purpose, int nlane,
                  uint16_t* words);
// Sum of a Poisson draw of that mean (no normal approximation below 30) from one word.
float dd_draw_poisson(const DdDraw* d, float mean, uint16_t word);

// Photons on one pixel: illuminance (lx) on a surface of reflectance rho, seen through a lens of
// that f-number and transmittance, pixels of `pitch` m, for t s. Green light of 555 nm.
double dd_photons(double lux, double rho, double f_number, double transmittance, double pitch,
                  double t_s);
extern const double dd_lens_transmittance;

typedef struct DdSensorChip {
    double full_well, read_noise, quantum_efficiency, prnu, dsnu; // e, e, share, share, e
    double f_number, pitch;
} DdSensorChip;

typedef struct DdExposed { // settings of one picture
    double t_s;
    double gain;        // factor
    double balance[3];  // factor per colour
    double lux;         // of the scene: what linear 1 stands for, in white
    const float* shade; // (pixels) share of light that the lens lets through, or NULL
} DdExposed;

// Electrons of linear 1 under these settings.
double dd_chip_electrons(const DdSensorChip* c, const DdExposed* e);
// Linear light (3 per pixel, 1 = white in the scene's light) in place to what the chip reads, 0..1
// of full scale, in steps of 12 bits. `fixed` (gain of every value, then offset of every value, in
// 1/32 sigma) is that of dd_chip_fixed, or NULL. Returns the mean before the white balance, for
// exposure control.
double dd_chip_read(const DdSensorChip* c, const DdExposed* e, const DdDraw* d, int64_t step,
                    const signed char* fixed, float* light, size_t npixel);
void dd_chip_fixed(const DdDraw* d, signed char* fixed, size_t nvalue);

// Automatic exposure: what a picture shows counts two pictures later.
typedef struct DdAuto {
    double t_max;     // s; 1 / rate
    double gain_min;  // factor, the def's own
    double log2_t[2]; // in force, next; of exposure times gain
    bool begun;
} DdAuto;

void dd_auto_begin(DdAuto* a, double t_s); // with the exposure that a first guess gives
void dd_auto_seen(DdAuto* a, double mean);
void dd_auto_settings(const DdAuto* a, double* t_s, double* gain);
// Exposure (s) at which a grey of 0.18 reads 0.18.
double dd_auto_guess(const DdSensorChip* c, double lux);

// Factors (red, green, blue; green 1) of light of one colour temperature as a camera set to another
// shows it. Planck's locus by Kim et al. (2002).
void dd_balance_of(double light_k, double camera_k, double factor[3]);
// cos^4 of the angle off the axis times 1 - a r^2, r = 1 in the corner.
double dd_vignette(double cos_axis, double a, double r);
