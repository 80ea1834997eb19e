// Freight: containers of a few shapes that all worlds share, in the colours of shippers of our own.
#include "sim/world/freight.h"

#include <string.h>

typedef struct DdShipper {
    const char* word;
    double rgba[4];
} DdShipper;

static const DdShipper k_shippers[] = {
    {"DRYDOCK", {0.64, 0.22, 0.16, 1}},  {"NORTHBAY", {0.16, 0.34, 0.58, 1}},
    {"TIDELINE", {0.20, 0.47, 0.33, 1}}, {"SEASTEP", {0.86, 0.50, 0.16, 1}},
    {"DRYDOCK", {0.56, 0.57, 0.60, 1}},  {"NORTHBAY", {0.50, 0.27, 0.20, 1}},
    {"TIDELINE", {0.83, 0.82, 0.78, 1}},
};
enum { k_shipper_count = sizeof k_shippers / sizeof *k_shippers, k_numbers = 6 };

static const double k_castings_y = 2.259;

unsigned dd_freight_skins(void)
{
    return 1u << DD_SKIN_CORRUGATED | 1u << DD_SKIN_STEEL | 1u << DD_SKIN_PAINT;
}

static unsigned number_of(const char* name)
{
    unsigned h = 2166136261u;

    for (; *name; name++) {
        h = (h ^ (unsigned char)*name) * 16777619u;
    }
    return h ^ h >> 15;
}

static const char* shape_name(char out[DD_NAME_MAX], const char* part, const double half[3])
{
    snprintf(out, DD_NAME_MAX, "shape/container/%s_%.0fx%.0f", part, 2000 * half[0],
             2000 * half[2]);
    return out;
}

static void frame_shape(DdShape* s, const double half[3], double z)
{
    const double post = 0.075, rail = 0.055;
    double hx = half[0], hy = half[1], hz = half[2];

    for (int i = 0; i < 4; i++) {
        double sx = i & 1 ? 1 : -1, sy = i & 2 ? 1 : -1;
        dd_shape_box(s, sx * (hx - post), sy * (hy - post), z, post, post, hz);
        dd_shape_box(s, 0, sx * (hy - rail), z + sy * (hz - rail), hx, rail, rail);
        dd_shape_box(s, sx * (hx - rail), 0, z + sy * (hz - rail), rail, hy, rail);
    }
    // two leaves of the doors at the +x end, with ribs
    for (int k = -1; k <= 1; k += 2) {
        dd_shape_box(s, hx - 0.03, k * 0.5 * (hy - 0.1), z, 0.022, 0.5 * (hy - 0.1) - 0.012,
                     hz - 0.12);
        for (int i = -2; i <= 2; i++) {
            dd_shape_box(s, hx - 0.012, k * 0.5 * (hy - 0.1), z + 0.34 * i * hz, 0.008,
                         0.5 * (hy - 0.1) - 0.1, 0.06);
        }
    }
    // cross members and fork pockets below
    for (int i = 0; i < 9; i++) {
        dd_shape_box(s, hx * (i - 4) / 4.6, 0, z - hz + 0.06, 0.03, hy - 0.05, 0.05);
    }
}

static void steel_shape(DdShape* s, const double half[3], double castings, double z)
{
    double hx = half[0], hz = half[2];

    for (int i = 0; i < 8; i++) {
        double sx = i & 1 ? 1 : -1, sy = i & 2 ? 1 : -1;
        dd_shape_box(s, sx * castings / 2, sy * k_castings_y / 2,
                     i & 4 ? z + hz - 0.059 : z - hz + 0.059, 0.091, 0.083, 0.061);
    }
    for (int i = 0; i < 4; i++) { // bars that lock the doors, and their handles
        double y = (i - 1.5) * 0.5 + (i < 2 ? -0.06 : 0.06);
        const double low[3] = {hx + 0.002, y, z - hz + 0.08},
                     high[3] = {hx + 0.002, y, z + hz - 0.08};
        dd_shape_bar(s, low, high, 0.018, 8);
        dd_shape_box(s, hx + 0.006, y + (i & 1 ? -0.16 : 0.16), z - 0.30, 0.008, 0.16, 0.02);
    }
}

static void marks_shape(DdShape* s, const DdShipper* shipper, int number, const double half[3],
                        double z)
{
    char code[32], kind[8];
    double hx = half[0], hy = half[1], hz = half[2];

    snprintf(code, sizeof code, "%.3s-%06d", shipper->word, 204118 + 37911 * number);
    snprintf(kind, sizeof kind, "%dG%d", hx > 6 ? 4 : 2, hz > 1.4 ? 5 : 2);
    for (int side = -1; side <= 1; side += 2) {
        const double along[3] = {-side, 0, 0}, up[3] = {0, 0, 1};
        const double word_at[3] = {side * 0.30 * hx, side * (hy - 0.024), z + 0.25 * hz};
        const double code_at[3] = {-side * (hx - 1.25), side * (hy - 0.024), z + hz - 0.42};
        dd_shape_text(s, shipper->word, word_at, along, up, hx > 4 ? 0.95 : 0.55);
        dd_shape_text(s, code, code_at, along, up, 0.20);
    }
    const double right[3] = {0, 1, 0}, up[3] = {0, 0, 1};
    const double door[3] = {hx + 0.001, 0.55, z + hz - 0.38},
                 below[3] = {hx + 0.001, 0.55, z + hz - 0.56};
    dd_shape_text(s, code, door, right, up, 0.13);
    dd_shape_text(s, kind, below, right, up, 0.11);
}

void dd_freight_container(const DdBuild* b, const char* name, const double half[3], double castings,
                          double z, const double rgba[4])
{
    static const double k_steel[4] = {0.55, 0.57, 0.60, 1}, k_white[4] = {0.93, 0.93, 0.91, 1},
                        k_navy[4] = {0.10, 0.18, 0.34, 1};
    unsigned number = number_of(name);
    int which = (int)(number % k_shipper_count), serial = (int)(number / 64 % k_numbers);
    const double* paint = rgba[3] > 0 ? rgba : k_shippers[which].rgba;
    bool middle = z < 0.1; // origins differ: underside, or middle of one in a stack
    char shape[DD_NAME_MAX], part[DD_NAME_MAX];
    double dark[4];
    DdShape* s;

    dd_shade(dark, paint, 0.80);
    s = dd_shape_new(b, shape_name(shape, middle ? "mid_sides" : "sides", half));
    if (s) {
        dd_shape_tile(s, 8 * 0.278, 0);
        dd_shape_box(s, 0, 0, z, half[0] - 0.03, half[1] - 0.03, half[2] - 0.03);
    }
    dd_build_shape(b, "sides", shape, DD_SKIN_CORRUGATED, paint);
    s = dd_shape_new(b, shape_name(shape, middle ? "mid_frame" : "frame", half));
    if (s) {
        frame_shape(s, half, z);
    }
    dd_build_shape(b, "frame", shape, DD_SKIN_PAINT, dark);
    s = dd_shape_new(b, shape_name(shape, middle ? "mid_steel" : "steel", half));
    if (s) {
        steel_shape(s, half, castings, z);
    }
    dd_build_shape(b, "steel", shape, DD_SKIN_STEEL, k_steel);
    snprintf(part, sizeof part, "%s%d_%d", middle ? "mid_marks" : "marks", which, serial);
    s = dd_shape_new(b, shape_name(shape, part, half));
    if (s) {
        marks_shape(s, &k_shippers[which], serial, half, z);
    }
    // a light container is marked in the dark
    bool light = paint[0] + paint[1] + paint[2] > 2.1;
    dd_build_shape(b, "marks", shape, DD_SKIN_PAINT, light ? k_navy : k_white);
}
