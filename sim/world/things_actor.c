// Actor: a kinematic truck, person, crane or box that follows a path; the stage moves it.
#include <string.h>

#include "sim/world/props.h"
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

static unsigned actor_skins(const void* def)
{
    return ((const DdActor*)def)->model == k_box ? 0 : dd_draw_skins();
}

static bool actor_build(DdCompose* c, const void* def, DdError* err)
{
    const DdActor* a = def;
    DdBuild b = dd_build_body(c, a->name, dd_actor_pose(a, 0), false, dd_surface(0.6));
    char key[64];
    double s[3];

    (void)err;
    actor_size(a, s);
    b.body->mocap = 1;
    actor_hull(&b, a, s);
    snprintf(key, sizeof key, "%s_%.4gx%.4gx%.4g", k_models[a->model], s[0], s[1], s[2]);
    if (a->model == k_truck) {
        dd_draw_truck(&b, key, s, a->rgba);
    } else if (a->model == k_person) {
        dd_draw_person(&b, key, s, a->rgba);
    } else if (a->model == k_crane) {
        dd_draw_crane(&b, key, s, a->rgba);
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
    .skins = actor_skins,
    .frames = k_actor_frames,
    .check = actor_check,
};
