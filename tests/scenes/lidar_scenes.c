// Scenes for rays.
#include "lidar_scenes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double scene_draw(unsigned* state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / 16777216.0;
}

static double between(unsigned* state, double lo, double hi)
{
    return lo + (hi - lo) * scene_draw(state);
}

typedef struct Text {
    char* at;
    size_t n, room;
} Text;

__attribute__((format(printf, 2, 3))) static void put(Text* t, const char* format, ...)
{
    va_list list;
    if (t->room - t->n < 4096) {
        t->room = 2 * t->room + 65536;
        t->at = realloc(t->at, t->room);
        if (!t->at) {
            abort();
        }
    }
    va_start(list, format);
    t->n += (size_t)vsnprintf(t->at + t->n, t->room - t->n, format, list);
    va_end(list);
}

static mjModel* compiled(Text* t)
{
    char said[1000] = "";
    mjSpec* spec = mj_parseXMLString(t->at, NULL, said, sizeof said);
    mjModel* m = spec ? mj_compile(spec, NULL) : NULL;
    if (!m) {
        fprintf(stderr, "scene: %s\n", spec ? mjs_getError(spec) : said);
        abort();
    }
    mj_deleteSpec(spec);
    free(t->at);
    return m;
}

mjModel* scene_yard(int bodies)
{
    Text t = {0};
    unsigned draw = 1;
    // compiling many free bodies takes minutes
    const char* joint = bodies > 1000 ? "<joint type='slide' axis='1 1 0'/>" : "<freejoint/>";
    double half = 0.5 * 4.0 * sqrt((double)bodies); // 16 m^2 a body
    put(&t, "<mujoco><size memory='256M'/><option timestep='0.002'/><worldbody><geom type='plane' "
            "size='0 0 1'/>");
    for (int i = 0; i < bodies; i++) {
        double x = between(&draw, -half, half), y = between(&draw, -half, half);
        double s = between(&draw, 0.2, 0.8);
        // room for the sensor
        if (x * x + y * y < 9) {
            x += 6;
        }
        put(&t,
            "<body pos='%.6f %.6f %.6f'>%s<geom type='box' size='%.4f %.4f %.4f'/>"
            "</body>",
            x, y, s, joint, s, 0.5 + s / 2, s);
    }
    put(&t, "</worldbody></mujoco>");
    return compiled(&t);
}

mjModel* scene_clutter(void)
{
    Text t = {0};
    unsigned draw = 2;
    put(&t, "<mujoco><option timestep='0.002'/><worldbody><geom type='plane' size='0 0 1'/>");
    for (int i = 0; i < 200; i++) {
        double x = between(&draw, -15, 15), y = between(&draw, -15, 15);
        double z = between(&draw, 0.2, 4);
        put(&t, "<body pos='%.6f %.6f %.6f' euler='%.3f %.3f %.3f'><freejoint/>", x, y, z,
            between(&draw, -180, 180), between(&draw, -180, 180), between(&draw, -180, 180));
        put(&t, "<geom type='box' pos='%.4f %.4f %.4f' size='%.4f %.4f %.4f' euler='%.2f 20 0'/>",
            between(&draw, -0.6, 0.6), between(&draw, -0.6, 0.6), between(&draw, -0.6, 0.6),
            between(&draw, 0.05, 0.6), between(&draw, 0.05, 0.6), between(&draw, 0.05, 0.6),
            between(&draw, -90, 90));
        put(&t, "<geom type='capsule' size='%.4f' fromto='%.4f %.4f %.4f %.4f %.4f %.4f'/>",
            between(&draw, 0.03, 0.2), between(&draw, -0.8, 0), between(&draw, -0.5, 0.5),
            between(&draw, -0.5, 0.5), between(&draw, 0.1, 0.8), between(&draw, -0.5, 0.5),
            between(&draw, -0.5, 0.5));
        put(&t,
            "<geom type='%s' pos='%.4f %.4f %.4f' size='%.4f %.4f %.4f' contype='0' "
            "conaffinity='0' mass='0.1'/></body>",
            i % 2 ? "ellipsoid" : "cylinder", between(&draw, -0.8, 0.8), between(&draw, -0.8, 0.8),
            between(&draw, -0.8, 0.8), between(&draw, 0.05, 0.3), between(&draw, 0.05, 0.5),
            between(&draw, 0.05, 0.4));
    }
    put(&t, "</worldbody></mujoco>");
    return compiled(&t);
}

// A ball of so many rings, roughened: a mesh with a few hundred faces.
static void put_mesh(Text* t, const char* name, int rings, unsigned* draw, const double scale[3])
{
    put(t, "<mesh name='%s' scale='%g %g %g' vertex='", name, scale[0], scale[1], scale[2]);
    for (int i = 1; i < rings; i++) {
        for (int k = 0; k < 2 * rings; k++) {
            double up = 3.14159265 * i / rings, round = 3.14159265 * k / rings;
            double r = between(draw, 0.7, 1);
            put(t, "%.5f %.5f %.5f ", r * sin(up) * cos(round), r * sin(up) * sin(round),
                r * cos(up));
        }
    }
    int top = (rings - 1) * 2 * rings, wide = 2 * rings;
    put(t, "0 0 1 0 0 -1' face='");
    for (int k = 0; k < wide; k++) {
        int next = (k + 1) % wide;
        put(t, "%d %d %d ", top, k, next);
        put(t, "%d %d %d ", top + 1, (rings - 2) * wide + next, (rings - 2) * wide + k);
        for (int i = 0; i + 1 < rings - 1; i++) {
            int a = i * wide + k, b = i * wide + next;
            put(t, "%d %d %d %d %d %d ", a, a + wide, b, b, a + wide, b + wide);
        }
    }
    put(t, "'/>");
}

static void put_field(Text* t, const char* name, int n, unsigned* draw, double scale)
{
    put(t, "<hfield name='%s' nrow='%d' ncol='%d' size='%g %g %g %g' elevation='", name, n, n,
        6 * scale, 5 * scale, 1.5 * scale, 0.4 * scale);
    for (int i = 0; i < n * n; i++) {
        put(t, "%.4f ", scene_draw(draw));
    }
    put(t, "'/>");
}

static void put_vector(Text* t, const char* name, unsigned* draw, double lo, double hi,
                       double scale)
{
    put(t, " %s='%.9g %.9g %.9g'", name, scale * between(draw, lo, hi),
        scale * between(draw, lo, hi), scale * between(draw, lo, hi));
}

static void put_body(Text* t, int i, unsigned* draw, double scale)
{
    static const char* const k_types[] = {"sphere", "capsule", "ellipsoid", "cylinder", "box"};
    static const char* const k_looks[] = {
        "",
        "",
        "",
        "rgba='1 0 0 0'",
        "rgba='1 0 0 0.3'",
        "material='solid'",
        "material='gone'",
        "material='solid' rgba='1 1 1 0'",
        "material='gone' rgba='0 1 1 1'",
    };
    put(t, "<body pos='%.9g %.9g %.9g' euler='%.3f %.3f %.3f'%s>", scale * between(draw, -20, 20),
        scale * between(draw, -20, 20), scale * between(draw, -2, 6), between(draw, -180, 180),
        i % 7 ? between(draw, -180, 180) : 0, i % 5 ? between(draw, -180, 180) : 90,
        i % 11 == 0 ? " mocap='true'" : "");
    if (i % 3 != 0 && i % 11 != 0) {
        put(t, "<freejoint/>");
    }
    const char* look = k_looks[i % (int)(sizeof k_looks / sizeof *k_looks)];
    if (i % 6 == 5) {
        put(t, "<geom type='mesh' mesh='%s' euler='20 0 30' %s", i % 4 == 1 ? "rock" : "slab",
            look);
    } else {
        put(t, "<geom type='%s' euler='0 %.2f 15' %s", k_types[i % 6], between(draw, -90, 90),
            look);
        put_vector(t, "size", draw, 0.02, 0.8, scale);
    }
    put_vector(t, "pos", draw, -0.5, 0.5, scale);
    put(t, "/>");
    // twins at the very same place: the first one counts
    if (i % 13 == 0) {
        const char* twin = "<geom type='box' size='%g %g %g'/>";
        for (int k = 0; k < 2; k++) {
            put(t, twin, 0.3 * scale, 0.3 * scale, 0.3 * scale);
        }
    }
    put(t, "</body>");
}

mjModel* scene_everything(double scale)
{
    const double rock[3] = {scale, scale, scale}, slab[3] = {1.5 * scale, 0.4 * scale, 0.1 * scale};
    const double s = scale;
    Text t = {0};
    unsigned draw = 3;
    put(&t, "<mujoco><compiler balanceinertia='true' boundmass='1e-9' boundinertia='1e-12'/>"
            "<option timestep='0.002'/><asset><material name='solid' rgba='1 1 1 1'/>"
            "<material name='gone' rgba='1 1 1 0'/>");
    put_mesh(&t, "rock", 9, &draw, rock);
    put_mesh(&t, "slab", 6, &draw, slab);
    put_field(&t, "hill", 21, &draw, s);
    put(&t, "</asset><worldbody><geom type='plane' size='%g %g 1'/>", 40 * s, 30 * s);
    put(&t, "<geom type='plane' size='0 0 1' pos='0 0 %g' euler='10 -5 0'/>", -3 * s);
    put(&t, "<geom type='plane' size='%g %g 1' pos='%g %g %g' euler='90 30 10'/>", 3 * s, 2 * s,
        8 * s, 8 * s, 4 * s);
    put(&t, "<geom type='hfield' hfield='hill' pos='%g %g 0'/>", 14 * s, -12 * s);
    put(&t, "<geom type='hfield' hfield='hill' pos='%g %g %g' euler='15 20 40'/>", -14 * s, 12 * s,
        2 * s);
    for (int i = 0; i < 400; i++) {
        put_body(&t, i, &draw, scale);
    }
    put(&t, "</worldbody></mujoco>");
    return compiled(&t);
}

static void put_corners(Text* t, const double lo[3], const double hi[3])
{
    for (int i = 0; i < 8; i++) {
        put(t, "%.9g %.9g %.9g ", i & 1 ? hi[0] : lo[0], i & 2 ? hi[1] : lo[1],
            i & 4 ? hi[2] : lo[2]);
    }
}

// So many boxes in one mesh, within a box of 12 x 2.4 x 2.6: thin ones are bars along it.
static void put_boxes(Text* t, const char* name, int n, double thick, unsigned* draw)
{
    static const int k_sides[12][3] = {{0, 2, 1}, {1, 2, 3}, {4, 5, 6}, {5, 7, 6},
                                       {0, 1, 4}, {1, 5, 4}, {2, 6, 3}, {3, 6, 7},
                                       {0, 4, 2}, {2, 4, 6}, {1, 3, 5}, {3, 7, 5}};
    static const double k_half[3] = {6, 1.2, 1.3};
    put(t, "<mesh name='%s' inertia='shell' vertex='", name);
    for (int i = 0; i < n; i++) {
        double lo[3], hi[3];
        for (int k = 0; k < 3; k++) {
            double c = between(draw, -k_half[k], k_half[k]);
            double h = k == i % 3 ? between(draw, 0.2, 1) * k_half[k] : thick;
            lo[k] = c - h < -k_half[k] ? -k_half[k] : c - h;
            hi[k] = c + h > k_half[k] ? k_half[k] : c + h;
        }
        put_corners(t, lo, hi);
    }
    put(t, "' face='");
    for (int i = 0; i < 12 * n; i++) {
        const int* f = k_sides[i % 12];
        int at = i / 12 * 8;
        put(t, "%d %d %d ", at + f[0], at + f[1], at + f[2]);
    }
    put(t, "'/>");
}

// Flat marks on both long sides, a corrugated sheet between them, and slivers in a fan.
static void put_marks(Text* t, const char* name, unsigned* draw)
{
    put(t, "<mesh name='%s' inertia='shell' vertex='", name);
    enum { k_marks = 60, k_folds = 40, k_fan = 30 };
    for (int i = 0; i < k_marks; i++) {
        double x = between(draw, -6, 5), z = between(draw, -1.3, 1), y = i % 2 ? 1.2 : -1.2;
        double w = between(draw, 0.01, 0.6), h = between(draw, 0.01, 0.3);
        put(t, "%.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g ", x, y, z, x + w, y, z,
            x + w, y, z + h, x, y, z + h);
    }
    for (int i = 0; i <= k_folds; i++) {
        double x = -6 + 12.0 * i / k_folds, y = i % 2 ? 0.05 : -0.05;
        put(t, "%.9g %.9g -1.3 %.9g %.9g 1.3 ", x, y, x, y);
    }
    put(t, "-6 0.5 -1.3 ");
    for (int i = 0; i <= k_fan; i++) {
        double turn = 1e-4 * i * i * i / k_fan;
        put(t, "%.9g 0.5 %.9g ", -6 + 12 * cos(turn), -1.3 + 12 * sin(turn));
    }
    put(t, "' face='");
    for (int i = 0; i < 4 * k_marks; i += 4) {
        put(t, "%d %d %d %d %d %d ", i, i + 1, i + 2, i, i + 2, i + 3);
    }
    int at = 4 * k_marks;
    for (int i = 0; i < k_folds; i++, at += 2) {
        put(t, "%d %d %d %d %d %d ", at, at + 2, at + 1, at + 1, at + 2, at + 3);
    }
    at += 2;
    for (int i = 1; i <= k_fan; i++) {
        put(t, "%d %d %d ", at, at + i, at + i + 1);
    }
    put(t, "'/>");
}

mjModel* scene_port(void)
{
    static const char* const k_parts[] = {"frame", "stack", "marks", "stack", "crate"};
    Text t = {0};
    unsigned draw = 4;
    put(&t,
        "<mujoco><compiler balanceinertia='true' boundmass='1e-9' boundinertia='1e-12'/><asset>");
    put_boxes(&t, "frame", 40, 0.08, &draw);
    put_boxes(&t, "stack", 14, 0.6, &draw);
    put_boxes(&t, "crate", 1, 0.9, &draw);
    put_marks(&t, "marks", &draw);
    put(&t, "</asset><worldbody><geom type='plane' size='0 0 1'/>");
    for (int i = 0; i < 90; i++) {
        put(&t, "<body pos='%.9g %.9g %.9g' euler='%g 0 %.9g'>", between(&draw, -40, 40),
            between(&draw, -40, 40), 1.3 + 2.6 * (i % 3), i % 7 ? 0 : between(&draw, -20, 20),
            i % 4 ? 90.0 * (i % 3) : between(&draw, -180, 180));
        if (i % 5 == 0) {
            put(&t, "<freejoint/>");
        }
        // parts through each other; now and then one twice at the very same place
        for (int k = i % 2; k < 4 + (i % 9 == 0); k++) {
            put(&t, "<geom type='mesh' mesh='%s' mass='1'/>", k_parts[k]);
        }
        put(&t, "</body>");
    }
    put(&t, "</worldbody></mujoco>");
    return compiled(&t);
}

mjModel* scene_one_mesh(int which)
{
    Text t = {0};
    unsigned draw = 6;
    put(&t, "<mujoco><asset>");
    if (which == 0) {
        put_boxes(&t, "it", 30, 0.2, &draw);
    } else if (which == 1) {
        put_marks(&t, "it", &draw);
    } else {
        const double scale[3] = {3, 3, 3};
        put_mesh(&t, "it", 9, &draw, scale);
    }
    put(&t,
        "</asset><worldbody><geom type='mesh' mesh='it' pos='1 2 3' euler='%d 0 %d'/>"
        "</worldbody></mujoco>",
        which == 0 ? 0 : 20, which == 0 ? 90 : 35);
    return compiled(&t);
}
