// Actor: a kinematic truck, person, crane or box that follows a path; the stage moves it.
#include <string.h>

#include "sim/world/things.h"

enum { k_truck, k_person, k_crane, k_box };
static const char* const k_models[] = {"truck", "person", "crane", "box", NULL};

static const DdField k_actor_fields[] = {
    DD_NAME_ROW(DdActor),
    DD_FIELD_ROW_ENUM(DdActor, model, 0, "what it looks like", k_models),
    DD_FIELD_ROW(DdActor, path, DD_FIELD_POINTS, DD_REQUIRED, "m",
                 "points it passes on straight lines, facing along them; it stands on them"),
    DD_FIELD_ROW(DdActor, speed, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m/s", "at which it travels"),
    DD_FIELD_ROW(DdActor, accel, DD_FIELD_NUMBER, DD_POSITIVE, "m/s^2", "speeding up and braking"),
    DD_FIELD_ROW(DdActor, loop, DD_FIELD_BOOL, 0, "", "back to the first point and round again"),
    DD_FIELD_ROW(DdActor, go, DD_FIELD_BOOL, 0, "",
                 "moves at once; false: waits for sim.NAME:go()"),
    DD_FIELD_ROW(DdActor, size, DD_FIELD_VEC3, DD_NONNEGATIVE, "m",
                 "length, width, height; 0 0 0: the usual size of its model"),
    DD_RGBA_ROW(DdActor),
    DD_LABEL_ROW(DdActor),
    DD_FIELD_ROWS_END,
};

static void actor_init(void* def)
{
    DdActor* a = def;

    *a = (DdActor){.speed = 1.5, .accel = 1};
    DD_SET_RGBA(a, 0.85, 0.55, 0.12);
}

static void actor_size(const DdActor* a, double size[3])
{
    static const double k_usual[][3] = {
        {6.5, 2.5, 3.2}, {0.35, 0.55, 1.75}, {8, 10, 12}, {0.6, 0.6, 0.6}};

    for (int i = 0; i < 3; i++) {
        size[i] = a->size[i] > 0 ? a->size[i] : k_usual[a->model][i];
    }
}

static double leg_length(const DdActor* a, int i)
{
    const double* p = a->path.v[i];
    const double* q = a->path.v[(i + 1) % a->path.n];
    double d[3] = {q[0] - p[0], q[1] - p[1], q[2] - p[2]};

    return dd_norm3(d);
}

static int leg_count(const DdActor* a)
{
    return a->loop ? a->path.n : a->path.n - 1;
}

double dd_actor_length(const DdActor* actor)
{
    double sum = 0;

    for (int i = 0; i < leg_count(actor); i++) {
        sum += leg_length(actor, i);
    }
    return sum;
}

DdPose dd_actor_pose(const DdActor* actor, double s)
{
    int i = 0, legs = leg_count(actor);
    double length = leg_length(actor, 0);

    while (i + 1 < legs && s > length) {
        s -= length;
        length = leg_length(actor, ++i);
    }
    const double* p = actor->path.v[i];
    const double* q = actor->path.v[(i + 1) % actor->path.n];
    double t = length > 0 ? dd_clamp(s / length, 0, 1) : 0;
    return dd_pose_make(p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1]),
                        p[2] + t * (q[2] - p[2]), atan2(q[1] - p[1], q[0] - p[0]));
}

static void actor_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdActor* a = def;
    double size[3];

    *pose = a->path.n >= 2 ? dd_actor_pose(a, 0) : dd_pose_identity();
    actor_size(a, size);
    for (int i = 0; i < 3; i++) {
        half[i] = size[i] / 2;
    }
    pose->pos[2] += half[2];
}

static bool actor_check(const void* def, const char* what, DdError* err)
{
    const DdActor* a = def;

    if (a->path.n < 2) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: path needs at least two points, got %d", what,
                       a->path.n);
    }
    for (int i = 0; i < leg_count(a); i++) {
        if (leg_length(a, i) < 1e-6) {
            return dd_fail(err, DD_ERROR_SCRIPT, "%s: path: points %d and %d are the same", what,
                           i + 1, (i + 1) % a->path.n + 1);
        }
    }
    return true;
}

static void round_part(const DdBuild* b, const char* part, mjtGeom type, const double size[3],
                       double x, double y, double z, const double rgba[4], bool on_side)
{
    const double pos[3] = {x, y, z};
    mjsGeom* g = dd_build_geom(b, part, type, DD_LOOK_VISUAL, size, pos, rgba, 0);

    if (on_side) {
        dd_build_turn(g, DD_PI / 2, 0, 0);
    }
}

static const double k_tyre[4] = {0.08, 0.08, 0.09, 1};
static const double k_glass[4] = {0.25, 0.35, 0.42, 1};
static const double k_grey[4] = {0.45, 0.46, 0.48, 1};

static void truck_looks(const DdBuild* b, const double s[3], const double rgba[4])
{
    double l = s[0], w = s[1], h = s[2];
    double r = 0.16 * h;
    double wheel[3] = {r, 0.08 * w, 0};
    char part[32];

    dd_build_box(b, "cab", DD_LOOK_VISUAL, 0.36 * l, 0, 0.56 * h, 0.14 * l, 0.48 * w, 0.40 * h,
                 rgba, 0);
    dd_build_box(b, "windscreen", DD_LOOK_VISUAL, 0.495 * l, 0, 0.70 * h, 0.006 * l, 0.42 * w,
                 0.16 * h, k_glass, 0);
    dd_build_box(b, "frame", DD_LOOK_VISUAL, -0.05 * l, 0, 0.27 * h, 0.44 * l, 0.20 * w, 0.05 * h,
                 k_grey, 0);
    dd_build_box(b, "load", DD_LOOK_VISUAL, -0.15 * l, 0, 0.62 * h, 0.34 * l, 0.49 * w, 0.30 * h,
                 (const double[4]){0.88, 0.88, 0.86, 1}, 0);
    for (int i = 0; i < 6; i++) {
        static const double k_x[] = {0.34, -0.20, -0.38};
        snprintf(part, sizeof part, "wheel%d", i + 1);
        round_part(b, part, mjGEOM_CYLINDER, wheel, k_x[i / 2] * l, (i & 1 ? 1 : -1) * 0.42 * w, r,
                   k_tyre, true);
    }
}

static void person_looks(const DdBuild* b, const double s[3], const double rgba[4])
{
    double w = s[1], h = s[2];
    static const double k_skin[4] = {0.80, 0.62, 0.50, 1};
    static const double k_trousers[4] = {0.18, 0.22, 0.32, 1};
    static const double k_helmet[4] = {0.95, 0.85, 0.20, 1};
    char part[32];

    for (int i = 0; i < 2; i++) {
        double y = (i ? 1 : -1) * 0.18 * w;
        snprintf(part, sizeof part, "leg%d", i + 1);
        round_part(b, part, mjGEOM_CAPSULE, (const double[3]){0.14 * w, 0.20 * h, 0}, 0, y,
                   0.25 * h, k_trousers, false);
        snprintf(part, sizeof part, "arm%d", i + 1);
        round_part(b, part, mjGEOM_CAPSULE, (const double[3]){0.09 * w, 0.14 * h, 0}, 0,
                   (i ? 1 : -1) * 0.42 * w, 0.62 * h, rgba, false);
        snprintf(part, sizeof part, "shoe%d", i + 1);
        dd_build_box(b, part, DD_LOOK_VISUAL, 0.04, y, 0.02 * h, 0.13, 0.10 * w, 0.02 * h, k_tyre,
                     0);
    }
    round_part(b, "trunk", mjGEOM_ELLIPSOID, (const double[3]){0.22 * w, 0.34 * w, 0.20 * h}, 0, 0,
               0.64 * h, rgba, false);
    round_part(b, "head", mjGEOM_SPHERE, (const double[3]){0.062 * h, 0, 0}, 0, 0, 0.90 * h, k_skin,
               false);
    round_part(b, "helmet", mjGEOM_ELLIPSOID, (const double[3]){0.075 * h, 0.068 * h, 0.045 * h}, 0,
               0, 0.95 * h, k_helmet, false);
}

static void crane_looks(const DdBuild* b, const double s[3], const double rgba[4])
{
    double l = s[0], w = s[1], h = s[2];
    char part[32];

    for (int i = 0; i < 4; i++) {
        double x = (i & 1 ? 1 : -1) * 0.46 * l, y = (i & 2 ? 1 : -1) * 0.46 * w;
        snprintf(part, sizeof part, "leg%d", i + 1);
        dd_build_box(b, part, DD_LOOK_VISUAL, x, y, 0.46 * h, 0.04 * l, 0.04 * w, 0.46 * h, rgba,
                     0);
    }
    for (int i = 0; i < 2; i++) {
        snprintf(part, sizeof part, "girder%d", i + 1);
        dd_build_box(b, part, DD_LOOK_VISUAL, (i ? 1 : -1) * 0.46 * l, 0, 0.95 * h, 0.05 * l,
                     0.5 * w, 0.05 * h, rgba, 0);
        snprintf(part, sizeof part, "sill%d", i + 1);
        dd_build_box(b, part, DD_LOOK_VISUAL, 0, (i ? 1 : -1) * 0.46 * w, 0.06 * h, 0.5 * l,
                     0.04 * w, 0.03 * h, rgba, 0);
    }
    dd_build_box(b, "trolley", DD_LOOK_VISUAL, 0, 0, 0.93 * h, 0.46 * l, 0.12 * w, 0.04 * h, k_grey,
                 0);
}

// what touches: a crane its legs and girders, so that one drives through; others one box
static void actor_hull(const DdBuild* b, const DdActor* a, const double s[3])
{
    char part[32];

    if (a->model != k_crane) {
        DdLook look = a->model == k_box ? DD_LOOK_PLAIN : DD_LOOK_HIDDEN;
        dd_build_box(b, "hull", look, 0, 0, s[2] / 2, s[0] / 2, s[1] / 2, s[2] / 2, a->rgba, 0);
        return;
    }
    for (int i = 0; i < 2; i++) {
        double y = (i ? 1 : -1) * 0.46 * s[1];
        snprintf(part, sizeof part, "hull%d", i + 1);
        dd_build_box(b, part, DD_LOOK_HIDDEN, 0, y, 0.46 * s[2], 0.5 * s[0], 0.04 * s[1],
                     0.46 * s[2], a->rgba, 0);
    }
    dd_build_box(b, "hull3", DD_LOOK_HIDDEN, 0, 0, 0.95 * s[2], 0.5 * s[0], 0.5 * s[1], 0.05 * s[2],
                 a->rgba, 0);
}

static bool actor_build(DdCompose* c, const void* def, DdError* err)
{
    const DdActor* a = def;
    DdBuild b = dd_build_body(c, a->name, dd_actor_pose(a, 0), false, dd_surface(0.6));
    double s[3];

    (void)err;
    actor_size(a, s);
    b.body->mocap = 1;
    actor_hull(&b, a, s);
    if (a->model == k_truck) {
        truck_looks(&b, s, a->rgba);
    } else if (a->model == k_person) {
        person_looks(&b, s, a->rgba);
    } else if (a->model == k_crane) {
        crane_looks(&b, s, a->rgba);
    }
    dd_build_frame(&b, "center", 0, 0, s[2] / 2, NULL);
    dd_build_frame(&b, "front", s[0] / 2, 0, s[2] / 2, NULL);
    return true;
}

static const char* const k_actor_frames[] = {"center", "front", NULL};

const DdThingKind dd_thing_actor = {
    .name = "actor",
    .doc = "A truck, person, crane or box on a path, moved by the story (sim.NAME:go, stop, "
           "set_speed); nothing stops it, what it meets is pushed.",
    .fields = k_actor_fields,
    .size = sizeof(DdActor),
    .init = actor_init,
    .bounds = actor_bounds,
    .build = actor_build,
    .frames = k_actor_frames,
    .check = actor_check,
};
