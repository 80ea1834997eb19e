// Props: racks, fences, doors, cranes, ships and the like: what a site has and nothing touches.
#include "sim/world/props.h"

#include <string.h>

static const double k_steel[4] = {0.58, 0.60, 0.63, 1};
static const double k_dark[4] = {0.16, 0.17, 0.19, 1};
static const double k_glass[4] = {0.20, 0.28, 0.34, 1};
static const double k_white[4] = {0.95, 0.95, 0.94, 1};
static const double k_orange[4] = {0.93, 0.42, 0.08, 1};

enum { k_bit_paint = 1 << DD_SKIN_PAINT, k_bit_steel = 1 << DD_SKIN_STEEL };
enum {
    k_vehicle_bits = k_bit_paint | k_bit_steel | 1 << DD_SKIN_RUBBER | 1 << DD_SKIN_GLASS |
                     1 << DD_SKIN_LAMP | 1 << DD_SKIN_CORRUGATED,
};

static unsigned dice(unsigned a, unsigned b)
{
    unsigned h = (a * 374761393u) ^ (b * 668265263u + 0x9e3779b9u);

    h = (h ^ h >> 15) * 2246822519u;
    return h ^ h >> 13;
}

static void bar(DdShape* s, double ax, double ay, double az, double bx, double by, double bz,
                double radius, int sides)
{
    const double a[3] = {ax, ay, az}, b[3] = {bx, by, bz};

    dd_shape_bar(s, a, b, radius, sides);
}

// a beam of square section
static void beam(DdShape* s, double ax, double ay, double az, double bx, double by, double bz,
                 double half)
{
    double dx = bx - ax, dy = by - ay, dz = bz - az;
    double flat = sqrt(dx * dx + dy * dy), length = sqrt(flat * flat + dz * dz);

    dd_shape_box_turned(s, (ax + bx) / 2, (ay + by) / 2, (az + bz) / 2, length / 2, half, half, 0,
                        -atan2(dz, flat), atan2(dy, dx));
}

// rack: bays of 2.7 m and levels of 1.5 m, with pallets and their goods; depth along y

static void rack_goods(DdShape* wood, DdShape* goods, double x, double y, double z, unsigned chance)
{
    if (wood) {
        dd_shape_box(wood, x, y, z + 0.125, 0.4, 0.6, 0.019);
        for (int i = -1; i <= 1; i++) {
            dd_shape_box(wood, x, y + 0.5275 * i, z + 0.053, 0.4, 0.07, 0.053);
        }
    }
    if (!goods) {
        return;
    }
    // so many layers of cartons, one or two abreast; the picture of one repeats upwards
    int rows = 1 + (int)(chance % 3), split = chance / 3 % 3 == 0 ? 1 : 2;
    double layer = 0.95 / 3, half = 0.5 * layer * rows;
    dd_shape_tile(goods, 0, layer);
    for (int i = 0; i < split; i++) {
        double at = x + (split == 2 ? (i ? 0.2 : -0.2) : 0);
        dd_shape_box(goods, at, y, z + 0.146 + half, 0.39 / split - 0.006, 0.57, half);
    }
}

static void draw_rack(const DdBuild* b, const char* key, const double size[3], const double rgba[4])
{
    double l = size[0], d = size[1], h = size[2], post = 0.05;
    int bays = (int)dd_clamp(floor(l / 2.7 + 0.5), 1, 40);
    int levels = (int)dd_clamp(floor((h - 1.1) / 1.5), 0, 12); // goods end below the posts
    double pitch = l / bays, rise = 1.5;
    char up[DD_NAME_MAX], across[DD_NAME_MAX], planks[DD_NAME_MAX], boxes[DD_NAME_MAX];
    DdShape* posts = dd_prop_shape(b, up, key, "posts");
    DdShape* beams = dd_prop_shape(b, across, key, "beams");
    DdShape* wood = dd_prop_shape(b, planks, key, "wood");
    DdShape* goods = dd_prop_shape(b, boxes, key, "goods");

    for (int i = 0; posts && i <= bays; i++) {
        double x = -l / 2 + post + i * (l - 2 * post) / bays;
        dd_shape_tile(posts, 2 * post, 0.2);
        dd_shape_box(posts, x, d / 2 - post, h / 2, post, post, h / 2);
        dd_shape_box(posts, x, -d / 2 + post, h / 2, post, post, h / 2);
        dd_shape_tile(posts, 0, 0);
        for (int k = 0; k + 1 < (int)(h / 0.75); k++) {
            double z = 0.3 + 0.75 * k, side = k & 1 ? 1 : -1;
            beam(posts, x, -side * (d / 2 - post), z, x, side * (d / 2 - post), z + 0.7, 0.018);
        }
    }
    for (int k = 1; beams && k <= levels; k++) {
        for (int side = -1; side <= 1; side += 2) {
            dd_shape_box(beams, 0, side * (d / 2 - 0.03), rise * k - 0.06, l / 2, 0.025, 0.06);
        }
    }
    for (int k = 0; k <= levels; k++) {
        for (int i = 0; i < bays; i++) {
            for (int j = 0; j < 3; j++) {
                unsigned chance = dice((unsigned)(97 * i + 13 * j), (unsigned)k + 5);
                if (chance % 5 != 0) {
                    double x = -l / 2 + (i + 0.5) * pitch + (j - 1) * 0.86;
                    rack_goods(wood, goods, x, 0, rise * k + 0.003, chance / 7);
                }
            }
        }
    }
    dd_build_shape(b, "posts", up, DD_SKIN_UPRIGHT, rgba);
    dd_build_shape(b, "beams", across, DD_SKIN_PAINT, k_orange);
    dd_build_shape(b, "wood", planks, DD_SKIN_WOOD, k_white);
    dd_build_shape(b, "goods", boxes, DD_SKIN_CARTON, (const double[4]){0.82, 0.65, 0.45, 1});
}

// fence: a panel of welded wire between two posts; along x

static void draw_fence(const DdBuild* b, const char* key, const double size[3],
                       const double rgba[4])
{
    double l = size[0], h = size[2];
    int panels = (int)dd_clamp(floor(l / 1.5 + 0.5), 1, 40);
    char post[DD_NAME_MAX], wire[DD_NAME_MAX];
    DdShape* posts = dd_prop_shape(b, post, key, "posts");
    DdShape* wires = dd_prop_shape(b, wire, key, "wire");

    for (int i = 0; posts && i <= panels; i++) {
        double x = -l / 2 + l * i / panels;
        dd_shape_box(posts, x, 0, h / 2, 0.03, 0.03, h / 2);
        dd_shape_box(posts, x, 0, 0.006, 0.07, 0.07, 0.006);
    }
    for (int i = 0; wires && i < panels; i++) {
        double w = l / panels - 0.10, x = -l / 2 + l * (i + 0.5) / panels;
        for (int k = -1; k <= 1; k += 2) {
            dd_shape_box(wires, x, 0, h / 2 + 0.05 + k * (h / 2 - 0.12), w / 2, 0.012, 0.012);
            dd_shape_box(wires, x + k * w / 2, 0, h / 2 + 0.05, 0.012, 0.012, h / 2 - 0.12);
        }
        int bars = (int)(w / 0.06);
        for (int k = 1; k < bars; k++) {
            dd_shape_sheet(wires, x - w / 2 + w * k / bars, h / 2 + 0.05, 0.003, h / 2 - 0.12);
        }
        for (int k = 1; k < 5; k++) {
            dd_shape_sheet(wires, x, 0.17 + (h - 0.24) * k / 5, w / 2, 0.003);
        }
    }
    dd_build_shape(b, "posts", post, DD_SKIN_PAINT, rgba);
    dd_build_shape(b, "wire", wire, DD_SKIN_PAINT, k_dark);
}

// dock door: a roller door in its frame, a leveller before it, bumpers; it faces +x

static void draw_dock_door(const DdBuild* b, const char* key, const double size[3],
                           const double rgba[4])
{
    double w = size[1] - 0.4, h = size[2] - 0.6;
    char shape[DD_NAME_MAX];
    DdShape* s;

    if ((s = dd_prop_shape(b, shape, key, "leaf")) != NULL) {
        dd_shape_tile(s, 0, 0.8);
        dd_shape_box(s, 0, 0, h / 2, 0.03, w / 2 - 0.12, h / 2 - 0.1);
    }
    dd_build_shape(b, "leaf", shape, DD_SKIN_SLATS, rgba);
    if ((s = dd_prop_shape(b, shape, key, "frame")) != NULL) {
        for (int k = -1; k <= 1; k += 2) {
            dd_shape_box(s, 0.04, k * (w / 2 - 0.06), h / 2, 0.07, 0.06, h / 2);
        }
        dd_shape_box(s, 0.08, 0, h - 0.15, 0.13, w / 2, 0.15);
        dd_shape_box(s, 0.06, 0, 0.12, 0.02, w / 2 - 0.12, 0.03);
    }
    dd_build_shape(b, "frame", shape, DD_SKIN_PAINT, k_dark);
    if ((s = dd_prop_shape(b, shape, key, "leveller")) != NULL) {
        dd_shape_box(s, 1.15, 0, 0.003, 1.0, 0.9, 0.003);
        dd_shape_box(s, 0.22, 0, 0.012, 0.14, 0.9, 0.012);
    }
    dd_build_shape(b, "leveller", shape, DD_SKIN_STEEL, k_steel);
    if ((s = dd_prop_shape(b, shape, key, "stripes")) != NULL) {
        dd_shape_tile(s, 0.2, 0.2);
        for (int k = -1; k <= 1; k += 2) {
            dd_shape_box(s, 1.15, k * 0.97, 0.0035, 1.0, 0.06, 0.0035);
            dd_shape_box(s, 0.115, k * (w / 2 - 0.06), 0.6, 0.006, 0.055, 0.6);
            bar(s, 0.32, k * (w / 2 + 0.10), 0, 0.32, k * (w / 2 + 0.10), 1.0, 0.08, 16);
        }
    }
    dd_build_shape(b, "stripes", shape, DD_SKIN_HAZARD, k_white);
    if ((s = dd_prop_shape(b, shape, key, "sign")) != NULL) {
        dd_shape_box(s, 0.10, 0, h + 0.32, 0.015, 0.42, 0.24);
    }
    dd_build_shape(b, "sign", shape, DD_SKIN_PAINT, (const double[4]){0.10, 0.26, 0.48, 1});
}

// hall: four walls of cassettes between columns, a base, a band of windows, seen from inside; its
// origin is the middle of its floor

static void hall_side(DdShape* panels, DdShape* frame, DdShape* windows, double l, double h,
                      double x, double y, double yaw)
{
    int columns = (int)dd_clamp(floor(l / 6 + 0.5), 1, 60);
    double c = cos(yaw), s = sin(yaw);

    if (panels) {
        dd_shape_box_turned(panels, x + 0.1 * s, y - 0.1 * c, h / 2, l / 2, 0.1, h / 2, 0, 0, yaw);
    }
    for (int i = 0; frame && i <= columns; i++) {
        double at = -l / 2 + l * i / columns;
        dd_shape_box_turned(frame, x + c * at - 0.09 * s, y + s * at + 0.09 * c, h / 2, 0.008, 0.09,
                            h / 2, 0, 0, yaw);
        dd_shape_box_turned(frame, x + c * at - 0.18 * s, y + s * at + 0.18 * c, h / 2, 0.10, 0.012,
                            h / 2, 0, 0, yaw);
    }
    if (frame) {
        dd_shape_box_turned(frame, x - 0.1 * s, y + 0.1 * c, h - 0.15, l / 2, 0.06, 0.12, 0, 0,
                            yaw);
        dd_shape_box_turned(frame, x - 0.01 * s, y + 0.01 * c, 0.25, l / 2, 0.02, 0.25, 0, 0, yaw);
    }
    for (int i = 0; windows && h > 4 && i < columns; i++) {
        double at = -l / 2 + l * (i + 0.5) / columns;
        dd_shape_box_turned(windows, x + c * at, y + s * at, 0.80 * h, 0.5 * l / columns - 0.35,
                            0.006, 0.07 * h, 0, 0, yaw);
    }
}

static void draw_hall(const DdBuild* b, const char* key, const double size[3], const double rgba[4])
{
    double l = size[0], w = size[1], h = size[2];
    char name[3][DD_NAME_MAX];
    DdShape* panels = dd_prop_shape(b, name[0], key, "panels");
    DdShape* frame = dd_prop_shape(b, name[1], key, "frame");
    DdShape* windows = dd_prop_shape(b, name[2], key, "windows");

    if (panels) {
        dd_shape_tile(panels, 4, 4);
    }
    hall_side(panels, frame, windows, l, h, 0, w / 2 - 0.2, DD_PI);
    hall_side(panels, frame, windows, l, h, 0, -w / 2 + 0.2, 0);
    hall_side(panels, frame, windows, w, h, l / 2 - 0.2, 0, DD_PI / 2);
    hall_side(panels, frame, windows, w, h, -l / 2 + 0.2, 0, -DD_PI / 2);
    dd_build_shape(b, "panels", name[0], DD_SKIN_PANEL, rgba);
    dd_build_shape(b, "frame", name[1], DD_SKIN_PAINT, (const double[4]){0.36, 0.42, 0.50, 1});
    if (h > 4) {
        dd_build_shape(b, "windows", name[2], DD_SKIN_GLASS,
                       (const double[4]){0.62, 0.74, 0.82, 1});
    }
}

// building: a hall from outside; gates on its +x side

static void draw_building(const DdBuild* b, const char* key, const double size[3],
                          const double rgba[4])
{
    double l = size[0], w = size[1], h = size[2];
    char shape[DD_NAME_MAX];
    DdShape* s;

    if ((s = dd_prop_shape(b, shape, key, "walls")) != NULL) {
        dd_shape_tile(s, 4, 4);
        dd_shape_box(s, 0, 0, h / 2, l / 2, w / 2, h / 2);
    }
    dd_build_shape(b, "walls", shape, DD_SKIN_PANEL, rgba);
    if ((s = dd_prop_shape(b, shape, key, "roof")) != NULL) {
        dd_shape_box(s, 0, 0, h, l / 2 + 0.25, w / 2 + 0.25, 0.25);
        dd_shape_box(s, 0, 0, 0.35, l / 2 + 0.03, w / 2 + 0.03, 0.35);
        for (int i = 0; i < 3; i++) {
            dd_shape_box(s, (i - 1) * 0.3 * l, 0.1 * w, h + 0.6, 0.8, 0.8, 0.5);
        }
    }
    dd_build_shape(b, "roof", shape, DD_SKIN_PAINT, (const double[4]){0.30, 0.34, 0.40, 1});
    if ((s = dd_prop_shape(b, shape, key, "windows")) != NULL) {
        dd_shape_box(s, 0, 0, 0.78 * h, 0.42 * l, w / 2 + 0.02, 0.06 * h);
        dd_shape_box(s, 0, 0, 0.78 * h, l / 2 + 0.02, 0.42 * w, 0.06 * h);
    }
    dd_build_shape(b, "windows", shape, DD_SKIN_GLASS, k_glass);
    int gates = (int)dd_clamp(floor(w / 7), 1, 12);
    if ((s = dd_prop_shape(b, shape, key, "gates")) != NULL) {
        dd_shape_tile(s, 0, 0.8);
        for (int i = 0; i < gates; i++) {
            dd_shape_box(s, l / 2, w * ((i + 0.5) / gates - 0.5), 2, 0.06, 1.8, 2);
        }
    }
    dd_build_shape(b, "gates", shape, DD_SKIN_SLATS, (const double[4]){0.85, 0.87, 0.88, 1});
}

// quay crane: portal, pylon and boom; the boom reaches out towards -x

static void draw_quay_crane(const DdBuild* b, const char* key, const double size[3],
                            const double rgba[4])
{
    double l = size[0], w = size[1], h = size[2];
    char shape[DD_NAME_MAX];
    DdShape* s;
    double gauge = 0.26 * l, deck = 0.58 * h;

    if ((s = dd_prop_shape(b, shape, key, "frame")) != NULL) {
        for (int k = -1; k <= 1; k += 2) {
            double y = k * 0.42 * w;
            beam(s, 0, y, 0.04 * h, 0, y, deck + 0.02 * h, 0.018 * h);
            beam(s, gauge, y, 0.04 * h, gauge, y, deck + 0.02 * h, 0.018 * h);
            beam(s, 0, y, 0.06 * h, gauge, y, 0.06 * h, 0.014 * h);
            beam(s, 0, y, 0.28 * h, gauge, y, 0.28 * h, 0.014 * h);
            beam(s, 0, y, 0.28 * h, gauge, y, deck, 0.008 * h);
            beam(s, 0, y, deck, 0.04 * l, 0.3 * y, h, 0.012 * h); // pylon
            beam(s, gauge, y, deck, 0.06 * l, 0.3 * y, h, 0.008 * h);
            beam(s, -0.52 * l, 0.22 * y, deck, 0.46 * l, 0.22 * y, deck, 0.016 * h); // boom
        }
        for (int i = 0; i < 4; i++) {
            double x = i & 1 ? gauge : 0, z = i & 2 ? deck : 0.28 * h;
            beam(s, x, -0.44 * w, z, x, 0.44 * w, z, 0.016 * h);
        }
        for (int i = 0; i <= 12; i++) {
            double x = -0.52 * l + 0.98 * l * i / 12;
            beam(s, x, -0.10 * w, deck, x, 0.10 * w, deck, 0.008 * h);
        }
        beam(s, 0.04 * l, -0.14 * w, h, 0.04 * l, 0.14 * w, h, 0.012 * h);
    }
    dd_build_shape(b, "frame", shape, DD_SKIN_PAINT, rgba);
    if ((s = dd_prop_shape(b, shape, key, "stays")) != NULL) {
        for (int k = -1; k <= 1; k += 2) {
            double y = k * 0.10 * w;
            bar(s, 0.04 * l, y, h, -0.28 * l, y, deck, 0.004 * h, 6);
            bar(s, 0.04 * l, y, h, -0.50 * l, y, deck, 0.004 * h, 6);
            bar(s, 0.04 * l, y, h, 0.42 * l, y, deck, 0.004 * h, 6);
            bar(s, -0.20 * l, y, deck, -0.20 * l, y, 0.32 * h, 0.002 * h, 4);
        }
        dd_shape_box(s, -0.20 * l, 0, 0.315 * h, 1.3, 0.26 * w, 0.008 * h); // spreader
        for (int i = 0; i < 4; i++) {
            dd_shape_box(s, i & 1 ? gauge : 0, (i & 2 ? 1 : -1) * 0.385 * w, 0.032 * h, 0.010 * h,
                         0.10 * w, 0.010 * h);
        }
        for (int i = 0; i < 16; i++) { // bogies
            double x = i & 1 ? gauge : 0, y = (i & 2 ? 1 : -1) * (0.30 + 0.05 * (i / 4)) * w;
            bar(s, x - 0.4, y, 0.014 * h, x + 0.4, y, 0.014 * h, 0.013 * h, 10);
        }
    }
    dd_build_shape(b, "stays", shape, DD_SKIN_PAINT, k_dark);
    if ((s = dd_prop_shape(b, shape, key, "house")) != NULL) {
        dd_shape_box(s, 0.32 * l, 0, deck + 0.05 * h, 0.09 * l, 0.15 * w, 0.045 * h);
        dd_shape_box(s, -0.20 * l, 0, deck - 0.015 * h, 0.03 * l, 0.11 * w, 0.012 * h);
        dd_shape_box(s, -0.155 * l, 0, deck - 0.045 * h, 0.016 * l, 0.05 * w, 0.022 * h);
    }
    dd_build_shape(b, "house", shape, DD_SKIN_PAINT, k_white);
}

// vessel: a hull with stacks and a bridge; bow towards +y

static void draw_vessel(const DdBuild* b, const char* key, const double size[3],
                        const double rgba[4])
{
    static const double k_paint[4][4] = {
        {0.60, 0.22, 0.17, 1}, {0.17, 0.34, 0.56, 1}, {0.22, 0.46, 0.33, 1}, {0.80, 0.76, 0.68, 1}};
    double w = size[0], l = size[1], h = size[2], deck = 0.34 * h;
    char shape[DD_NAME_MAX], part[16];
    DdShape* s;

    if ((s = dd_prop_shape(b, shape, key, "hull")) != NULL) {
        dd_shape_box(s, 0, -0.05 * l, 0.5 * deck, 0.5 * w, 0.43 * l, 0.5 * deck);
        dd_shape_box_turned(s, -0.20 * w, 0.42 * l, 0.54 * deck, 0.21 * w, 0.10 * l, 0.54 * deck, 0,
                            0, -0.18);
        dd_shape_box_turned(s, 0.20 * w, 0.42 * l, 0.54 * deck, 0.21 * w, 0.10 * l, 0.54 * deck, 0,
                            0, 0.18);
    }
    dd_build_shape(b, "hull", shape, DD_SKIN_PAINT, rgba);
    if ((s = dd_prop_shape(b, shape, key, "bridge")) != NULL) {
        dd_shape_box(s, 0, -0.30 * l, deck + 0.26 * h, 0.46 * w, 0.035 * l, 0.26 * h);
        dd_shape_box(s, 0, -0.29 * l, deck + 0.53 * h, 0.52 * w, 0.025 * l, 0.03 * h);
        dd_shape_box(s, 0, -0.40 * l, deck + 0.22 * h, 0.14 * w, 0.02 * l, 0.22 * h);
        bar(s, 0, -0.29 * l, deck + 0.55 * h, 0, -0.29 * l, h, 0.3, 8);
    }
    dd_build_shape(b, "bridge", shape, DD_SKIN_PAINT, k_white);
    int rows = (int)dd_clamp(floor(0.9 * w / 7.5), 1, 8);
    for (int colour = 0; colour < 4; colour++) {
        snprintf(part, sizeof part, "stacks%d", colour + 1);
        s = dd_prop_shape(b, shape, key, part);
        for (int i = 0; s && i < 9; i++) {
            double y = -0.24 * l + 0.068 * l * i;
            for (int k = 0; k < rows; k++) {
                int tiers = 3 + (int)(dice((unsigned)i, 3) % 3);
                for (int t = 0; t < tiers; t++) {
                    if ((int)(dice((unsigned)(i * 31 + k), (unsigned)t) % 4) == colour) {
                        dd_shape_box(s, (k - 0.5 * (rows - 1)) * 7.5, y, deck + 1.3 + 2.6 * t, 3.7,
                                     0.031 * l, 1.28);
                    }
                }
            }
        }
        dd_build_shape(b, part, shape, DD_SKIN_PAINT, k_paint[colour]);
    }
}

// stacks: a block of 40-ft containers along x, not of even height, by the colour

static void draw_stacks(const DdBuild* b, const char* key, const double size[3],
                        const double rgba[4])
{
    static const double k_paint[5][4] = {{0.62, 0.21, 0.16, 1},
                                         {0.16, 0.34, 0.58, 1},
                                         {0.20, 0.47, 0.33, 1},
                                         {0.86, 0.50, 0.16, 1},
                                         {0.72, 0.72, 0.70, 1}};
    const double one[3] = {12.6, 2.75, 2.591};
    int n[3];
    char shape[DD_NAME_MAX], part[16];

    for (int i = 0; i < 3; i++) {
        n[i] = (int)dd_clamp(floor(size[i] / one[i] + 0.01), 1, i == 2 ? 9 : 40);
    }
    for (int colour = 0; colour < 5; colour++) {
        snprintf(part, sizeof part, "colour%d", colour + 1);
        DdShape* s = dd_prop_shape(b, shape, key, part);
        for (int i = 0; s && i < n[0] * n[1]; i++) {
            int tiers = n[2] - (int)(dice((unsigned)i, 17) % (unsigned)(n[2] > 2 ? 3 : 1));
            for (int t = 0; t < tiers; t++) {
                if ((int)(dice((unsigned)i, (unsigned)t + 40) % 5) == colour) {
                    dd_shape_tile(s, 8 * 0.278, 0);
                    dd_shape_box(s, (i % n[0] - 0.5 * (n[0] - 1)) * one[0],
                                 (i / n[0] - 0.5 * (n[1] - 1)) * one[1], one[2] * (t + 0.5), 6.07,
                                 1.205, 1.26);
                }
            }
        }
        const double* paint = rgba[3] > 0 && colour == 0 ? rgba : k_paint[colour];
        dd_build_shape(b, part, shape, DD_SKIN_CORRUGATED, paint);
    }
}

// cabinet: a control cabinet with a signal lamp; it faces +x

static void draw_cabinet(const DdBuild* b, const char* key, const double size[3],
                         const double rgba[4])
{
    double d = size[0], w = size[1], h = size[2];
    char shape[DD_NAME_MAX];
    DdShape* s;

    if ((s = dd_prop_shape(b, shape, key, "body")) != NULL) {
        dd_shape_box(s, 0, 0, h / 2 + 0.05, d / 2, w / 2, h / 2 - 0.05);
        dd_shape_box(s, d / 2 + 0.006, 0, h / 2 + 0.05, 0.008, w / 2 - 0.03, h / 2 - 0.09);
    }
    dd_build_shape(b, "body", shape, DD_SKIN_PAINT, rgba);
    if ((s = dd_prop_shape(b, shape, key, "dark")) != NULL) {
        dd_shape_box(s, 0, 0, 0.05, d / 2 - 0.02, w / 2 - 0.02, 0.05);
        dd_shape_box(s, d / 2 + 0.03, 0.34 * w, 0.55 * h, 0.012, 0.012, 0.08);
        dd_shape_box(s, d / 2 + 0.016, -0.05 * w, 0.78 * h, 0.003, 0.25 * w, 0.09 * h);
        bar(s, 0, 0, h, 0, 0, h + 0.08, 0.02, 10);
        bar(s, 0, 0, h + 0.148, 0, 0, h + 0.16, 0.031, 10);
    }
    dd_build_shape(b, "dark", shape, DD_SKIN_PAINT, k_dark);
    const double lamp[3] = {0.03, 0.03, 0}, at[3] = {0, 0, h + 0.115};
    mjsGeom* g = dd_build_geom(b, "light", mjGEOM_CYLINDER, DD_LOOK_VISUAL, lamp, at,
                               (const double[4]){0.15, 0.80, 0.25, 1}, 0);
    dd_build_skin(g, DD_SKIN_LAMP);
}

// bollard: a post against what drives

static void draw_bollard(const DdBuild* b, const char* key, const double size[3],
                         const double rgba[4])
{
    double r = size[0] / 2, h = size[2];
    char shape[DD_NAME_MAX];
    DdShape* s = dd_prop_shape(b, shape, key, "post");

    if (s) {
        bar(s, 0, 0, 0, 0, 0, h, r, 16);
        dd_shape_box(s, 0, 0, 0.008, 1.6 * r, 1.6 * r, 0.008);
    }
    dd_build_shape(b, "post", shape, DD_SKIN_PAINT, rgba);
    if ((s = dd_prop_shape(b, shape, key, "bands")) != NULL) {
        for (int i = 0; i < 2; i++) {
            bar(s, 0, 0, (0.55 + 0.2 * i) * h, 0, 0, (0.65 + 0.2 * i) * h, r * 1.01, 16);
        }
    }
    dd_build_shape(b, "bands", shape, DD_SKIN_PAINT, k_dark);
}

// cone for traffic

static void draw_cone(const DdBuild* b, const char* key, const double size[3], const double rgba[4])
{
    double r = size[0] / 2, h = size[2];
    char shape[DD_NAME_MAX];
    DdShape* s = dd_prop_shape(b, shape, key, "cone");

    for (int i = 0; s && i < 8; i++) {
        bar(s, 0, 0, h * i / 8, 0, 0, h * (i + 1) / 8, 0.72 * r * (1 - i / 9.0), 14);
    }
    if (s) {
        dd_shape_box(s, 0, 0, 0.015, r, r, 0.015);
    }
    dd_build_shape(b, "cone", shape, DD_SKIN_PAINT, rgba);
    if ((s = dd_prop_shape(b, shape, key, "bands")) != NULL) {
        for (int i = 3; i < 6; i += 2) {
            bar(s, 0, 0, h * i / 8, 0, 0, h * (i + 0.98) / 8, 0.73 * r * (1 - i / 9.0), 14);
        }
    }
    dd_build_shape(b, "bands", shape, DD_SKIN_PAINT, k_white);
}

// bench: a work table with a tool board behind it

static void draw_bench(const DdBuild* b, const char* key, const double size[3],
                       const double rgba[4])
{
    double l = size[0], w = size[1], h = size[2];
    char shape[DD_NAME_MAX];
    DdShape* s = dd_prop_shape(b, shape, key, "frame");

    if (s) {
        for (int i = 0; i < 4; i++) {
            dd_shape_box(s, (i & 1 ? 1 : -1) * (l / 2 - 0.04), (i & 2 ? 1 : -1) * (w / 2 - 0.04),
                         h / 2, 0.03, 0.03, h / 2);
        }
        dd_shape_box(s, 0, 0, 0.22, l / 2 - 0.04, w / 2 - 0.04, 0.015);
        dd_shape_box(s, 0.28 * l, 0, h - 0.26, 0.16 * l, w / 2 - 0.06, 0.2);
        dd_shape_box(s, 0, -w / 2 + 0.02, h + 0.45, l / 2, 0.015, 0.4);
    }
    dd_build_shape(b, "frame", shape, DD_SKIN_PAINT, rgba);
    if ((s = dd_prop_shape(b, shape, key, "top")) != NULL) {
        dd_shape_box(s, 0, 0, h + 0.02, l / 2, w / 2, 0.02);
    }
    dd_build_shape(b, "top", shape, DD_SKIN_WOOD, k_white);
    if ((s = dd_prop_shape(b, shape, key, "tools")) != NULL) {
        for (int i = 0; i < 7; i++) {
            double x = -0.42 * l + 0.13 * l * i, long_ = 0.06 + 0.02 * (dice((unsigned)i, 9) % 5);
            dd_shape_box(s, x, -w / 2 + 0.04, h + 0.55 - long_ / 2, 0.012, 0.01, long_);
            dd_shape_box(s, x, -w / 2 + 0.04, h + 0.56, 0.022, 0.014, 0.02);
        }
        dd_shape_box(s, -0.28 * l, 0, h + 0.12, 0.15, 0.10, 0.08);
    }
    dd_build_shape(b, "tools", shape, DD_SKIN_STEEL, k_steel);
}

// lamp: a tube under a hall's roof

static void draw_lamp(const DdBuild* b, const char* key, const double size[3], const double rgba[4])
{
    double l = size[0], w = size[1], h = size[2];
    char shape[DD_NAME_MAX];
    DdShape* s = dd_prop_shape(b, shape, key, "tube");

    if (s) {
        dd_shape_box(s, 0, 0, h, l / 2, w / 2, 0.02);
        bar(s, 0.4 * l, 0, h, 0.4 * l, 0, h + 0.8, 0.006, 5);
        bar(s, -0.4 * l, 0, h, -0.4 * l, 0, h + 0.8, 0.006, 5);
    }
    dd_build_shape(b, "tube", shape, DD_SKIN_LAMP, rgba);
}

const DdPropModel dd_prop_models[DD_PROP_COUNT] = {
    {"rack",
     "rack",
     {2.7, 1.2, 4.6},
     {0.13, 0.28, 0.52, 1},
     false,
     1u << DD_SKIN_UPRIGHT | k_bit_paint | 1u << DD_SKIN_WOOD | 1u << DD_SKIN_CARTON,
     draw_rack},
    {"fence", "fence", {1.5, 0.06, 2.0}, {0.93, 0.75, 0.10, 1}, false, k_bit_paint, draw_fence},
    {"dock_door",
     "door",
     {4.4, 3.4, 4.0},
     {0.80, 0.83, 0.85, 1},
     false,
     1u << DD_SKIN_SLATS | k_bit_paint | k_bit_steel | 1u << DD_SKIN_HAZARD,
     draw_dock_door},
    {"hall",
     "wall",
     {20, 16, 6},
     {0.90, 0.91, 0.90, 1},
     true,
     1u << DD_SKIN_PANEL | k_bit_paint | 1u << DD_SKIN_GLASS,
     draw_hall},
    {"building",
     "building",
     {30, 50, 12},
     {0.80, 0.83, 0.86, 1},
     true,
     1u << DD_SKIN_PANEL | k_bit_paint | 1u << DD_SKIN_GLASS | 1u << DD_SKIN_SLATS,
     draw_building},
    {"quay_crane",
     "crane",
     {110, 27, 76},
     {0.16, 0.36, 0.62, 1},
     false,
     k_bit_paint,
     draw_quay_crane},
    {"vessel", "vessel", {32, 190, 42}, {0.16, 0.20, 0.30, 1}, false, k_bit_paint, draw_vessel},
    {"stacks",
     "container",
     {37.8, 11.0, 10.4},
     {0.62, 0.21, 0.16, 1},
     true,
     1u << DD_SKIN_CORRUGATED,
     draw_stacks},
    {"cabinet",
     "other",
     {0.4, 0.8, 1.9},
     {0.78, 0.79, 0.78, 1},
     false,
     k_bit_paint | 1u << DD_SKIN_LAMP,
     draw_cabinet},
    {"bollard", "post", {0.16, 0.16, 1.0}, {0.95, 0.76, 0.08, 1}, false, k_bit_paint, draw_bollard},
    {"cone", "cone", {0.36, 0.36, 0.7}, {0.95, 0.35, 0.08, 1}, false, k_bit_paint, draw_cone},
    {"bench",
     "table",
     {1.6, 0.7, 0.85},
     {0.25, 0.36, 0.50, 1},
     false,
     k_bit_paint | 1u << DD_SKIN_WOOD | k_bit_steel,
     draw_bench},
    {"lamp", "light", {1.5, 0.3, 4.5}, {0.98, 0.97, 0.90, 1}, false, 1u << DD_SKIN_LAMP, draw_lamp},
    {"truck",
     "truck",
     {6.5, 2.5, 3.2},
     {0.85, 0.55, 0.12, 1},
     false,
     k_vehicle_bits,
     dd_draw_truck},
    {"person",
     "person",
     {0.35, 0.55, 1.75},
     {0.95, 0.55, 0.10, 1},
     false,
     k_vehicle_bits,
     dd_draw_person},
    {"gantry", "crane", {8, 10, 12}, {0.90, 0.62, 0.12, 1}, false, k_vehicle_bits, dd_draw_crane},
};

const char* const dd_prop_names[DD_PROP_COUNT + 1] = {
    "rack",   "fence",  "dock_door", "hall",    "building", "quay_crane",
    "vessel", "stacks", "cabinet",   "bollard", "cone",     "bench",
    "lamp",   "truck",  "person",    "gantry",  NULL};
