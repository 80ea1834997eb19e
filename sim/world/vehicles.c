// Vehicles: trucks, persons and gantry cranes to look at.
#include <string.h>

#include "sim/world/props.h"

static const double k_tyre[4] = {0.07, 0.07, 0.08, 1};
static const double k_glass[4] = {0.16, 0.22, 0.27, 1};
static const double k_grey[4] = {0.42, 0.44, 0.47, 1};
static const double k_dark[4] = {0.14, 0.15, 0.17, 1};
static const double k_lamp[4] = {1.0, 0.97, 0.86, 1};
static const double k_red[4] = {0.80, 0.07, 0.05, 1};

unsigned dd_draw_skins(void)
{
    return 1u << DD_SKIN_PAINT | 1u << DD_SKIN_RUBBER | 1u << DD_SKIN_GLASS | 1u << DD_SKIN_LAMP |
           1u << DD_SKIN_CORRUGATED | 1u << DD_SKIN_STEEL;
}

DdShape* dd_prop_shape(const DdBuild* b, char name[DD_NAME_MAX], const char* key, const char* part)
{
    snprintf(name, DD_NAME_MAX, "shape/%.100s/%.20s", key, part);
    return dd_shape_new(b, name);
}

static void bar(DdShape* s, double ax, double ay, double az, double bx, double by, double bz,
                double radius, int sides)
{
    const double a[3] = {ax, ay, az}, b[3] = {bx, by, bz};

    dd_shape_bar(s, a, b, radius, sides);
}

// truck: a cab over its engine and a load box; x forward

static void truck_cab(DdShape* s, double l, double w, double h)
{
    double x = 0.5 * l, cab = 0.27 * l > 2.1 ? 2.1 : 0.27 * l, hw = 0.44 * w;

    dd_shape_box(s, x - 0.5 * cab, 0, 0.40 * h, 0.5 * cab - 0.02, hw, 0.16 * h);
    // above the belt line the cab is narrower and its face leans back
    dd_shape_box(s, x - 0.54 * cab, 0, 0.70 * h, 0.44 * cab, 0.97 * hw, 0.15 * h);
    dd_shape_box_turned(s, x - 0.105 * cab, 0, 0.70 * h, 0.02, 0.97 * hw, 0.155 * h, 0, -0.12, 0);
    dd_shape_box(s, x - 0.56 * cab, 0, 0.87 * h, 0.40 * cab, 0.93 * hw, 0.03 * h);
    dd_shape_box_turned(s, x - 0.75 * cab, 0, 0.93 * h, 0.24 * cab, 0.80 * hw, 0.02 * h, 0, -0.35,
                        0);
    for (int k = -1; k <= 1; k += 2) { // arches over the front wheels
        dd_shape_box(s, x - 0.62 * cab, k * 0.46 * w, 0.345 * h, 0.30 * cab, 0.03 * w, 0.02 * h);
    }
}

static void truck_glass(DdShape* s, double l, double w, double h)
{
    double x = 0.5 * l, cab = 0.27 * l > 2.1 ? 2.1 : 0.27 * l, hw = 0.44 * w;

    dd_shape_box_turned(s, x - 0.088 * cab, 0, 0.70 * h, 0.008, 0.88 * hw, 0.115 * h, 0, -0.12, 0);
    for (int k = -1; k <= 1; k += 2) {
        dd_shape_box(s, x - 0.42 * cab, k * 0.975 * hw, 0.70 * h, 0.22 * cab, 0.008, 0.10 * h);
    }
}

static void truck_dark(DdShape* s, double l, double w, double h)
{
    double x = 0.5 * l;

    dd_shape_box(s, -0.04 * l, 0, 0.24 * h, 0.45 * l, 0.18 * w, 0.035 * h);
    dd_shape_box(s, x - 0.03, 0, 0.20 * h, 0.03, 0.46 * w, 0.055 * h); // bumper
    dd_shape_box(s, x - 0.012, 0, 0.43 * h, 0.01, 0.30 * w, 0.06 * h); // grille
    dd_shape_box(s, -0.49 * l, 0, 0.17 * h, 0.02, 0.46 * w, 0.02 * h);
    for (int k = -1; k <= 1; k += 2) {
        dd_shape_box(s, x - 0.25, k * 0.475 * w, 0.70 * h, 0.05, 0.024 * w, 0.08 * h); // mirrors
        bar(s, x - 0.25, k * 0.43 * w, 0.78 * h, x - 0.25, k * 0.48 * w, 0.78 * h, 0.015, 6);
        dd_shape_box(s, 0.02 * l, k * 0.45 * w, 0.20 * h, 0.14 * l, 0.012, 0.04 * h); // side guard
        dd_shape_box(s, 0.10 * l, k * 0.34 * w, 0.22 * h, 0.06 * l, 0.08 * w, 0.06 * h); // tank
    }
}

void dd_draw_truck(const DdBuild* b, const char* key, const double size[3], const double rgba[4])
{
    double l = size[0], w = size[1], h = size[2], r = 0.155 * h;
    static const double k_x[] = {0.36, -0.27, -0.42};
    char shape[DD_NAME_MAX];
    DdShape* s;

    if ((s = dd_prop_shape(b, shape, key, "cab")) != NULL) {
        truck_cab(s, l, w, h);
    }
    dd_build_shape(b, "cab", shape, DD_SKIN_PAINT, rgba);
    if ((s = dd_prop_shape(b, shape, key, "glass")) != NULL) {
        truck_glass(s, l, w, h);
    }
    dd_build_shape(b, "glass", shape, DD_SKIN_GLASS, k_glass);
    if ((s = dd_prop_shape(b, shape, key, "frame")) != NULL) {
        truck_dark(s, l, w, h);
    }
    dd_build_shape(b, "frame", shape, DD_SKIN_PAINT, k_dark);
    if ((s = dd_prop_shape(b, shape, key, "load")) != NULL) {
        dd_shape_tile(s, 8 * 0.278, 0);
        dd_shape_box(s, -0.12 * l, 0, 0.635 * h, 0.355 * l, 0.485 * w, 0.335 * h);
    }
    dd_build_shape(b, "load", shape, DD_SKIN_CORRUGATED, (const double[4]){0.90, 0.90, 0.88, 1});
    if ((s = dd_prop_shape(b, shape, key, "edges")) != NULL) {
        for (int i = 0; i < 4; i++) {
            double sx = i & 1 ? 1 : -1, sy = i & 2 ? 1 : -1;
            dd_shape_box(s, -0.12 * l + sx * 0.353 * l, sy * 0.475 * w, 0.635 * h, 0.04, 0.03,
                         0.34 * h);
            dd_shape_box(s, -0.12 * l, sx * 0.475 * w, (0.635 + sy * 0.33) * h, 0.36 * l, 0.03,
                         0.012 * h);
        }
        dd_shape_box(s, -0.12 * l, 0, 0.29 * h, 0.36 * l, 0.47 * w, 0.012 * h);
    }
    dd_build_shape(b, "edges", shape, DD_SKIN_PAINT, k_grey);
    if ((s = dd_prop_shape(b, shape, key, "wheels")) != NULL) {
        for (int i = 0; i < 6; i++) {
            double x = k_x[i / 2] * l, side = i & 1 ? 1 : -1;
            bar(s, x, side * 0.33 * w, r, x, side * 0.475 * w, r, r, 24);
        }
    }
    dd_build_shape(b, "wheels", shape, DD_SKIN_RUBBER, k_tyre);
    if ((s = dd_prop_shape(b, shape, key, "rims")) != NULL) {
        for (int i = 0; i < 6; i++) {
            double x = k_x[i / 2] * l, side = i & 1 ? 1 : -1;
            bar(s, x, side * 0.46 * w, r, x, side * 0.480 * w, r, 0.55 * r, 16);
        }
    }
    dd_build_shape(b, "rims", shape, DD_SKIN_STEEL, k_grey);
    for (int k = 0; k < 2; k++) {
        double side = k ? 1 : -1;
        char part[16];
        snprintf(part, sizeof part, "lamp%d", k + 1);
        mjsGeom* g = dd_build_box(b, part, DD_LOOK_VISUAL, 0.5 * l, side * 0.38 * w, 0.29 * h,
                                  0.012, 0.06 * w, 0.022 * h, k_lamp, 0);
        dd_build_skin(g, DD_SKIN_LAMP);
        snprintf(part, sizeof part, "tail%d", k + 1);
        g = dd_build_box(b, part, DD_LOOK_VISUAL, -0.493 * l, side * 0.36 * w, 0.22 * h, 0.012,
                         0.05 * w, 0.02 * h, k_red, 0);
        dd_build_skin(g, DD_SKIN_LAMP);
    }
}

// person: in a vest and a helmet, one foot ahead; x forward

static void limb(DdShape* s, double ax, double ay, double az, double bx, double by, double bz,
                 double radius)
{
    const double a[3] = {ax, ay, az}, b[3] = {bx, by, bz};

    dd_shape_capsule(s, a, b, radius);
}

static void ball(DdShape* s, double x, double y, double z, double hx, double hy, double hz)
{
    const double middle[3] = {x, y, z}, half[3] = {hx, hy, hz};

    dd_shape_ball(s, middle, half);
}

static void person_clothes(DdShape* trousers, DdShape* sleeves, DdShape* dark, double w, double h)
{
    for (int i = 0; i < 2; i++) {
        double side = i ? 1 : -1, step = i ? 0.12 : -0.10;
        if (trousers) {
            limb(trousers, 0, side * 0.17 * w, 0.50 * h, 0.6 * step, side * 0.18 * w, 0.28 * h,
                 0.145 * w);
            limb(trousers, 0.6 * step, side * 0.18 * w, 0.27 * h, step - 0.03, side * 0.18 * w,
                 0.06 * h, 0.105 * w);
        }
        if (sleeves) {
            limb(sleeves, 0, side * 0.37 * w, 0.79 * h, -0.5 * step, side * 0.45 * w, 0.63 * h,
                 0.085 * w);
            limb(sleeves, -0.5 * step, side * 0.45 * w, 0.62 * h, 0.09 - step, side * 0.43 * w,
                 0.50 * h, 0.068 * w);
        }
        if (dark) {
            limb(dark, step - 0.04, side * 0.18 * w, 0.045 * h, step + 0.12, side * 0.19 * w,
                 0.04 * h, 0.075 * w);
        }
    }
    if (trousers) {
        ball(trousers, 0, 0, 0.53 * h, 0.19 * w, 0.29 * w, 0.09 * h);
    }
}

void dd_draw_person(const DdBuild* b, const char* key, const double size[3], const double rgba[4])
{
    static const double k_skin[4] = {0.78, 0.60, 0.48, 1}, k_trousers[4] = {0.16, 0.20, 0.30, 1};
    static const double k_light[4] = {0.94, 0.93, 0.88, 1}, k_boot[4] = {0.12, 0.10, 0.09, 1};
    static const double k_sleeve[4] = {0.22, 0.27, 0.40, 1};
    double w = size[1], h = size[2];
    char name[6][DD_NAME_MAX];
    DdShape* trousers = dd_prop_shape(b, name[0], key, "trousers");
    DdShape* sleeves = dd_prop_shape(b, name[1], key, "sleeves");
    DdShape* boots = dd_prop_shape(b, name[2], key, "boots");
    DdShape* skin = dd_prop_shape(b, name[3], key, "skin");
    DdShape* vest = dd_prop_shape(b, name[4], key, "vest");
    DdShape* light = dd_prop_shape(b, name[5], key, "light");

    person_clothes(trousers, sleeves, boots, w, h);
    if (skin) {
        for (int i = 0; i < 2; i++) {
            double side = i ? 1 : -1, step = i ? 0.12 : -0.10;
            ball(skin, 0.11 - step, side * 0.425 * w, 0.475 * h, 0.085 * w, 0.06 * w, 0.09 * w);
        }
        limb(skin, 0, 0, 0.80 * h, 0.01, 0, 0.86 * h, 0.10 * w);
        ball(skin, 0.012 * h, 0, 0.905 * h, 0.052 * h, 0.044 * h, 0.064 * h);
    }
    if (vest) {
        ball(vest, 0, 0, 0.67 * h, 0.215 * w, 0.345 * w, 0.185 * h);
        limb(vest, 0, -0.24 * w, 0.775 * h, 0, 0.24 * w, 0.775 * h, 0.13 * w);
    }
    if (light) { // helmet and reflecting bands
        ball(light, 0.006 * h, 0, 0.958 * h, 0.072 * h, 0.064 * h, 0.042 * h);
        ball(light, 0.018 * h, 0, 0.935 * h, 0.088 * h, 0.066 * h, 0.007 * h);
        ball(light, 0, 0, 0.68 * h, 0.222 * w, 0.352 * w, 0.012 * h);
        ball(light, 0, 0, 0.60 * h, 0.213 * w, 0.337 * w, 0.012 * h);
    }
    dd_build_shape(b, "trousers", name[0], DD_SKIN_PAINT, k_trousers);
    dd_build_shape(b, "sleeves", name[1], DD_SKIN_PAINT, k_sleeve);
    dd_build_shape(b, "boots", name[2], DD_SKIN_RUBBER, k_boot);
    dd_build_shape(b, "skin", name[3], DD_SKIN_PAINT, k_skin);
    dd_build_shape(b, "vest", name[4], DD_SKIN_PAINT, rgba);
    dd_build_shape(b, "light", name[5], DD_SKIN_PAINT, k_light);
}

// crane: a gantry on rubber tyres, with trolley, cabin and spreader

void dd_draw_crane(const DdBuild* b, const char* key, const double size[3], const double rgba[4])
{
    double l = size[0], w = size[1], h = size[2];
    char shape[DD_NAME_MAX];
    DdShape* s;

    if ((s = dd_prop_shape(b, shape, key, "frame")) != NULL) {
        for (int i = 0; i < 4; i++) {
            double x = (i & 1 ? 1 : -1) * 0.40 * l, y = (i & 2 ? 1 : -1) * 0.46 * w;
            dd_shape_box(s, x, y, 0.50 * h, 0.035 * l, 0.03 * w, 0.43 * h);
            dd_shape_box_turned(s, 0.9 * x, y, 0.80 * h, 0.02 * l, 0.018 * w, 0.13 * h, 0,
                                (i & 1 ? 1 : -1) * -0.5, 0);
        }
        for (int i = -1; i <= 1; i += 2) {
            dd_shape_box(s, i * 0.30 * l, 0, 0.95 * h, 0.035 * l, 0.5 * w, 0.04 * h);
            dd_shape_box(s, 0, i * 0.46 * w, 0.11 * h, 0.48 * l, 0.032 * w, 0.03 * h);
            dd_shape_box(s, 0, i * 0.46 * w, 0.90 * h, 0.40 * l, 0.025 * w, 0.025 * h);
        }
    }
    dd_build_shape(b, "frame", shape, DD_SKIN_PAINT, rgba);
    if ((s = dd_prop_shape(b, shape, key, "trolley")) != NULL) {
        dd_shape_box(s, 0, 0.05 * w, 0.985 * h, 0.34 * l, 0.14 * w, 0.014 * h);
        dd_shape_box(s, 0, 0.10 * w, 0.95 * h, 0.16 * l, 0.06 * w, 0.03 * h);
        dd_shape_box(s, 0, 0.05 * w, 0.60 * h, 0.38 * l, 0.10 * w, 0.012 * h); // spreader
        for (int i = 0; i < 4; i++) {
            double x = (i & 1 ? 1 : -1) * 0.14 * l, y = 0.05 * w + (i & 2 ? 1 : -1) * 0.07 * w;
            bar(s, x, y, 0.60 * h, x, y, 0.98 * h, 0.03, 6);
        }
        dd_shape_box(s, -0.20 * l, 0.30 * w, 0.10 * h, 0.10 * l, 0.03 * w, 0.04 * h);
        for (int i = 0; i < 8; i++) { // a ladder up a leg
            dd_shape_box(s, -0.45 * l, 0.46 * w, (0.16 + 0.09 * i) * h, 0.012 * l, 0.03 * w, 0.03);
        }
    }
    dd_build_shape(b, "trolley", shape, DD_SKIN_PAINT, k_grey);
    if ((s = dd_prop_shape(b, shape, key, "cabin")) != NULL) {
        dd_shape_box(s, 0.22 * l, -0.06 * w, 0.875 * h, 0.08 * l, 0.06 * w, 0.05 * h);
    }
    dd_build_shape(b, "cabin", shape, DD_SKIN_GLASS, k_glass);
    if ((s = dd_prop_shape(b, shape, key, "wheels")) != NULL) {
        for (int i = 0; i < 8; i++) {
            double x = (i & 1 ? 1 : -1) * (i & 2 ? 0.44 : 0.34) * l,
                   y = (i & 4 ? 1 : -1) * 0.46 * w;
            double r = 0.05 * h;
            bar(s, x, y - 0.025 * w, r, x, y + 0.025 * w, r, r, 20);
        }
    }
    dd_build_shape(b, "wheels", shape, DD_SKIN_RUBBER, k_tyre);
}
