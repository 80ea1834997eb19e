// Things of a site: shelf, conveyor, door.
#include <string.h>

#include "sim/world/things.h"

static const double k_dark[4] = {0.20, 0.21, 0.23, 1};
static const double k_steel[4] = {0.55, 0.58, 0.62, 1};

// shelf

typedef struct DdShelf {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double size[3];
    int levels;
    double lowest;
    double board;
    double friction;
    double rgba[4];
} DdShelf;

static const DdField k_shelf_fields[] = {
    DD_NAME_ROW(DdShelf),
    DD_POSE_ROWS(DdShelf, "of the middle of its underside"),
    DD_FIELD_ROW(DdShelf, size, DD_FIELD_VEC3, 0, "m", "width, depth, height"),
    DD_FIELD_ROW(DdShelf, levels, DD_FIELD_INT, DD_POSITIVE, "", "boards, at most 20"),
    DD_FIELD_ROW(DdShelf, lowest, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
                 "top of the lowest board above the floor; the highest is at the top"),
    DD_FIELD_ROW(DdShelf, board, DD_FIELD_NUMBER, DD_POSITIVE, "m", "thickness of a board"),
    DD_FRICTION_ROW(DdShelf),
    DD_RGBA_ROW(DdShelf),
    DD_FIELD_ROWS_END,
};

static void shelf_init(void* def)
{
    DdShelf* s = def;

    *s = (DdShelf){
        .size = {2.7, 1.0, 3.0}, .levels = 3, .lowest = 0.15, .board = 0.04, .friction = 0.6};
    DD_SET_RGBA(s, 0.18, 0.35, 0.62);
    dd_thing_pose_init(&s->at);
}

static void shelf_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdShelf* s = def;

    dd_own_bounds(&s->at, (const double[3]){0, 0, s->size[2] / 2},
                  (const double[3]){s->size[0] / 2, s->size[1] / 2, s->size[2] / 2}, pose, half);
}

static bool shelf_check(const void* def, const char* what, DdError* err)
{
    const DdShelf* s = def;

    if (!dd_check_size(s->size, what, err)) {
        return false;
    }
    if (s->levels > 20) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: levels must be at most 20, got %d", what,
                       s->levels);
    }
    if (s->lowest < s->board || s->lowest > s->size[2]) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: lowest must lie between the board's thickness and the height, got %g m",
                       what, s->lowest);
    }
    return true;
}

static bool shelf_build(DdCompose* c, const void* def, DdError* err)
{
    const DdShelf* s = def;
    DdBuild b = dd_build_body(c, s->name, dd_thing_pose(&s->at), false, dd_surface(s->friction));
    double hx = s->size[0] / 2, hy = s->size[1] / 2, hz = s->size[2] / 2;
    double post = dd_clamp(0.08, 0, 0.2 * s->size[0]) / 2;
    char part[32];

    (void)err;
    for (int i = 0; i < 4; i++) {
        double x = (i & 1 ? 1 : -1) * (hx - post), y = (i & 2 ? 1 : -1) * (hy - post);
        snprintf(part, sizeof part, "post%d", i + 1);
        dd_build_box(&b, part, DD_LOOK_PLAIN, x, y, hz, post, post, hz, s->rgba, 0);
    }
    for (int i = 0; i < s->levels; i++) {
        double top =
            s->levels > 1 ? s->lowest + (s->size[2] - s->lowest) * i / (s->levels - 1) : s->lowest;
        snprintf(part, sizeof part, "board%d", i + 1);
        dd_build_box(&b, part, DD_LOOK_PLAIN, 0, 0, top - s->board / 2, hx - 0.5 * post, hy,
                     s->board / 2, k_steel, 0);
        snprintf(part, sizeof part, "level%d", i + 1);
        dd_build_frame(&b, part, 0, 0, top, NULL);
    }
    dd_build_box_frames(&b, (const double[3]){0, 0, hz}, (const double[3]){hx, hy, hz});
    return true;
}

const DdThingKind dd_thing_shelf = {
    .name = "shelf",
    .doc =
        "A rack of boards between four posts; frames level1 (lowest), level2, ... on the boards.",
    .fields = k_shelf_fields,
    .size = sizeof(DdShelf),
    .init = shelf_init,
    .bounds = shelf_bounds,
    .build = shelf_build,
    .frames = dd_box_frames,
    .faces = true,
    .posed = true,
    .check = shelf_check,
};

// conveyor

static const double k_rail = 0.025; // m, half width of a side rail

static const DdField k_conveyor_fields[] = {
    DD_NAME_ROW(DdConveyor),
    DD_POSE_ROWS(DdConveyor, "of the middle of its underside; it runs along x"),
    DD_FIELD_ROW(DdConveyor, size, DD_FIELD_VEC3, 0, "m",
                 "length, width, height of the belt's top"),
    DD_FIELD_ROW(DdConveyor, speed, DD_FIELD_NUMBER, 0, "m/s", "of the belt, towards its end"),
    DD_FRICTION_ROW(DdConveyor),
    DD_RGBA_ROW(DdConveyor),
    DD_FIELD_ROWS_END,
};

static void conveyor_init(void* def)
{
    DdConveyor* v = def;

    *v = (DdConveyor){.size = {3, 0.5, 0.8}, .speed = 0.2, .friction = 0.9};
    DD_SET_RGBA(v, 0.16, 0.17, 0.19);
    dd_thing_pose_init(&v->at);
}

static void conveyor_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdConveyor* v = def;

    dd_own_bounds(&v->at, (const double[3]){0, 0, v->size[2] / 2},
                  (const double[3]){v->size[0] / 2, v->size[1] / 2 + 2 * k_rail, v->size[2] / 2},
                  pose, half);
}

static bool conveyor_check(const void* def, const char* what, DdError* err)
{
    return dd_check_size(((const DdConveyor*)def)->size, what, err);
}

static bool conveyor_build(DdCompose* c, const void* def, DdError* err)
{
    const DdConveyor* v = def;
    DdSurface surface = {v->friction, 0, 1};
    DdBuild b = dd_build_body(c, v->name, dd_thing_pose(&v->at), false, surface);
    double hx = v->size[0] / 2, hy = v->size[1] / 2, top = v->size[2];
    double thick = top < 0.12 ? top : 0.12;
    char part[32];

    (void)err;
    mjsGeom* belt = dd_build_box(&b, "belt", DD_LOOK_PLAIN, 0, 0, top - thick / 2, hx, hy,
                                 thick / 2, v->rgba, 0);
    belt->surfacevel[0] = v->speed;
    // side rails end below the belt's top, so that nothing touches them
    for (int i = 0; i < 2; i++) {
        double y = (i ? 1 : -1) * (hy + k_rail);
        snprintf(part, sizeof part, "rail%d", i + 1);
        dd_build_box(&b, part, DD_LOOK_VISUAL, 0, y, top - thick / 2 - 0.005, hx, k_rail, thick / 2,
                     k_steel, 0);
    }
    // stripes across, by which a person sees which way it runs
    int stripes = (int)dd_clamp(floor(v->size[0] / 0.5), 1, 40);
    double yellow[4] = {0.9, 0.75, 0.1, 1};
    for (int i = 0; i < stripes; i++) {
        snprintf(part, sizeof part, "stripe%d", i + 1);
        dd_build_box(&b, part, DD_LOOK_VISUAL, -hx + v->size[0] * (i + 0.5) / stripes, 0, top, 0.01,
                     0.8 * hy, 0.0005, yellow, 0);
    }
    double leg = (top - thick) / 2;
    if (leg > 0.05) {
        for (int i = 0; i < 4; i++) {
            double x = (i & 1 ? 1 : -1) * (hx - 0.15 * hx), y = (i & 2 ? 1 : -1) * (hy - 0.03);
            snprintf(part, sizeof part, "leg%d", i + 1);
            dd_build_box(&b, part, DD_LOOK_PLAIN, x, y, leg, 0.03, 0.03, leg, k_dark, 0);
        }
    }
    dd_build_frame(&b, "belt_top", 0, 0, top, NULL);
    dd_build_frame(&b, "start", -hx, 0, top, NULL);
    dd_build_frame(&b, "end", hx, 0, top, NULL);
    return true;
}

static const char* const k_conveyor_frames[] = {"belt_top", "start", "end", NULL};

const DdThingKind dd_thing_conveyor = {
    .name = "conveyor",
    .doc = "A belt on legs that carries what lies on it; frames start, end, belt_top on the belt, "
           "their x axis along it.",
    .fields = k_conveyor_fields,
    .size = sizeof(DdConveyor),
    .init = conveyor_init,
    .bounds = conveyor_bounds,
    .build = conveyor_build,
    .frames = k_conveyor_frames,
    .posed = true,
    .check = conveyor_check,
};

// door

static const double k_post = 0.04; // m, half width of a post

static const char* const k_motions[] = {"hinged", "sliding", NULL};

static const DdField k_door_fields[] = {
    DD_NAME_ROW(DdDoor),
    DD_POSE_ROWS(DdDoor, "of the middle of the threshold; the leaf closes along x"),
    DD_FIELD_ROW(DdDoor, size, DD_FIELD_VEC3, 0, "m", "width of the opening, thickness, height"),
    DD_FIELD_ROW_ENUM(DdDoor, motion, 0, "how it opens", k_motions),
    DD_FIELD_ROW(DdDoor, angle, DD_FIELD_NUMBER, 0, "rad", "of an open hinged leaf"),
    DD_FIELD_ROW(DdDoor, speed, DD_FIELD_NUMBER, DD_POSITIVE, "m/s", "rad/s for a hinged one"),
    DD_FIELD_ROW(DdDoor, open, DD_FIELD_BOOL, 0, "", "open at the start"),
    DD_RGBA_ROW(DdDoor),
    DD_FIELD_ROWS_END,
};

static void door_init(void* def)
{
    DdDoor* d = def;

    *d = (DdDoor){.size = {1.0, 0.05, 2.1}, .angle = DD_PI / 2, .speed = 0.8};
    DD_SET_RGBA(d, 0.55, 0.42, 0.30);
    dd_thing_pose_init(&d->at);
}

static void door_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdDoor* d = def;
    double hy = d->size[1] / 2 > k_post ? d->size[1] / 2 : k_post;

    dd_own_bounds(&d->at, (const double[3]){0, 0, d->size[2] / 2},
                  (const double[3]){d->size[0] / 2 + 2 * k_post, hy, d->size[2] / 2}, pose, half);
}

static bool door_check(const void* def, const char* what, DdError* err)
{
    return dd_check_size(((const DdDoor*)def)->size, what, err);
}

double dd_door_travel(const DdDoor* door)
{
    return door->motion == 0 ? fabs(door->angle) : door->size[0];
}

DdPose dd_door_leaf(const DdDoor* door, double opening)
{
    DdPose frame = dd_thing_pose(&door->at);
    double hx = door->size[0] / 2, hz = door->size[2] / 2;

    if (door->motion == 1) {
        return dd_pose_mul(frame, dd_pose_make(door->size[0] * opening, 0, hz, 0));
    }
    // about the hinge at the opening's -x edge
    DdPose hinge = dd_pose_make(-hx, 0, 0, door->angle * opening);
    return dd_pose_mul(frame, dd_pose_mul(hinge, dd_pose_make(hx, 0, hz, 0)));
}

static bool door_build(DdCompose* c, const void* def, DdError* err)
{
    const DdDoor* d = def;
    DdBuild b = dd_build_body(c, d->name, dd_thing_pose(&d->at), false, dd_surface(0.6));
    double hx = d->size[0] / 2, hy = d->size[1] / 2, hz = d->size[2] / 2;

    (void)err;
    dd_build_box(&b, "post1", DD_LOOK_PLAIN, -hx - k_post, 0, hz, k_post, k_post, hz, k_steel, 0);
    dd_build_box(&b, "post2", DD_LOOK_PLAIN, hx + k_post, 0, hz, k_post, k_post, hz, k_steel, 0);
    dd_build_frame(&b, "threshold", 0, 0, 0, NULL);
    DdBuild leaf = dd_build_part(&b, "leaf", NULL, dd_door_leaf(d, d->open ? 1 : 0));
    leaf.body->mocap = 1;
    dd_build_box(&leaf, "leaf", DD_LOOK_PLAIN, 0, 0, 0, hx - 0.005, hy, hz - 0.005, d->rgba, 0);
    dd_build_box(&leaf, "handle", DD_LOOK_VISUAL, hx - 0.1, 0, 0, 0.04, hy + 0.03, 0.015, k_dark,
                 0);
    dd_build_frame(&leaf, "leaf", 0, 0, 0, NULL);
    return true;
}

static const char* const k_door_frames[] = {"threshold", "leaf", NULL};

const DdThingKind dd_thing_door = {
    .name = "door",
    .doc =
        "A hinged or sliding door that the story opens and closes (sim:open, sim:close); what is "
        "in its way is pushed.",
    .fields = k_door_fields,
    .size = sizeof(DdDoor),
    .init = door_init,
    .bounds = door_bounds,
    .build = door_build,
    .frames = k_door_frames,
    .posed = true,
    .check = door_check,
};
