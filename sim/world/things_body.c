// Body, frame, region: parts and cargo, places and markings.
#include <string.h>

#include "sim/world/things.h"

static const char* const k_center_frames[] = {"center", NULL};

// body

enum { k_shape_box, k_shape_sphere, k_shape_cylinder, k_shape_capsule };
static const char* const k_shapes[] = {"box", "sphere", "cylinder", "capsule", NULL};

typedef struct DdBody {
    char name[DD_NAME_MAX];
    DdThingPose at;
    int shape;
    double size[3];
    bool free;
    double mass;
    double com[3];
    double friction;
    double torsional;
    double rolling;
    double rgba[4];
    char latch[DD_NAME_MAX];
} DdBody;

static const DdField k_body_fields[] = {
    DD_NAME_ROW(DdBody),
    DD_POSE_ROWS(DdBody, "of its centre"),
    DD_FIELD_ROW_ENUM(DdBody, shape, 0, "of the body; the axis of round ones is z", k_shapes),
    DD_FIELD_ROW(DdBody, size, DD_FIELD_VEC3, 0, "m",
                 "along x, y, z; round ones read the diameter from x and the height from z"),
    DD_FREE_ROW(DdBody),
    DD_MASS_ROW(DdBody),
    DD_FIELD_ROW(DdBody, com, DD_FIELD_VEC3, 0, "m", "centre of mass, from its centre"),
    DD_FRICTION_ROW(DdBody),
    DD_FIELD_ROW(DdBody, torsional, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
                 "friction against spinning on a spot"),
    DD_FIELD_ROW(DdBody, rolling, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
                 "rolling friction; 0: none"),
    DD_RGBA_ROW(DdBody),
    DD_LATCH_ROW(DdBody),
    DD_FIELD_ROWS_END,
};

static void body_init(void* def)
{
    DdBody* b = def;

    *b = (DdBody){
        .size = {0.06, 0.06, 0.06}, .free = true, .mass = 0.2, .friction = 0.8, .torsional = 0.005};
    DD_SET_RGBA(b, 0.20, 0.55, 0.45);
    dd_thing_pose_init(&b->at);
}

static void body_half(const DdBody* b, double half[3])
{
    half[0] = b->size[0] / 2;
    half[1] = (b->shape == k_shape_box ? b->size[1] : b->size[0]) / 2;
    half[2] = (b->shape == k_shape_sphere ? b->size[0] : b->size[2]) / 2;
}

static void body_bounds(const void* def, DdPose* pose, double half[3])
{
    double own[3];

    body_half(def, own);
    dd_own_bounds(&((const DdBody*)def)->at, (const double[3]){0, 0, 0}, own, pose, half);
}

static bool body_check(const void* def, const char* what, DdError* err)
{
    const DdBody* b = def;

    if (!dd_check_size(b->size, what, err)) {
        return false;
    }
    if (b->shape == k_shape_capsule && b->size[2] <= b->size[0]) {
        return dd_fail(
            err, DD_ERROR_SCRIPT,
            "%s: a capsule's height (size[3] = %g m) must exceed its diameter (size[1] = "
            "%g m)",
            what, b->size[2], b->size[0]);
    }
    if (b->latch[0] != '\0' && !b->free) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: latch: only a free body can be latched", what);
    }
    return true;
}

static bool body_build(DdCompose* c, const void* def, DdError* err)
{
    static const mjtGeom k_types[] = {mjGEOM_BOX, mjGEOM_SPHERE, mjGEOM_CYLINDER, mjGEOM_CAPSULE};
    const DdBody* body = def;
    DdSurface surface = {body->friction, body->rolling, 0};
    DdBuild b = dd_build_body(c, body->name, dd_thing_pose(&body->at), body->free, surface);
    const double zero[3] = {0, 0, 0};
    double half[3], size[3];

    (void)err;
    body_half(body, half);
    memcpy(size, half, sizeof size);
    if (body->shape != k_shape_box) {
        size[1] = body->shape == k_shape_capsule ? half[2] - half[0] : half[2];
    }
    mjsGeom* g = dd_build_geom(&b, k_shapes[body->shape], k_types[body->shape], DD_LOOK_PLAIN, size,
                               zero, body->rgba, body->mass);
    g->friction[1] = body->torsional;
    if (body->torsional > 0 && g->condim < 4) {
        g->condim = 4;
    }
    if (dd_norm3(body->com) > 0) {
        double inertia[3];
        dd_box_inertia(inertia, body->mass, 2 * half[0], 2 * half[1], 2 * half[2]);
        dd_build_inertia(&b, body->mass, body->com, inertia);
    }
    dd_build_box_frames(&b, zero, half);
    return true;
}

static const char* body_latch(const void* def)
{
    return ((const DdBody*)def)->latch;
}

const DdThingKind dd_thing_body = {
    .name = "body",
    .doc = "A solid of one shape, free unless told otherwise: a part, a piece of cargo.",
    .fields = k_body_fields,
    .size = sizeof(DdBody),
    .init = body_init,
    .bounds = body_bounds,
    .build = body_build,
    .frames = dd_box_frames,
    .faces = true,
    .posed = true,
    .check = body_check,
    .latch = body_latch,
    .label = "part",
};

// frame

typedef struct DdFrame {
    char name[DD_NAME_MAX];
    DdThingPose at;
} DdFrame;

static const DdField k_frame_fields[] = {
    DD_NAME_ROW(DdFrame),
    DD_POSE_ROWS(DdFrame, "of the frame"),
    DD_FIELD_ROWS_END,
};

static void frame_init(void* def)
{
    DdFrame* f = def;

    *f = (DdFrame){0};
    dd_thing_pose_init(&f->at);
}

static void frame_bounds(const void* def, DdPose* pose, double half[3])
{
    dd_own_bounds(&((const DdFrame*)def)->at, (const double[3]){0, 0, 0},
                  (const double[3]){0, 0, 0}, pose, half);
}

static bool frame_build(DdCompose* c, const void* def, DdError* err)
{
    const DdFrame* f = def;
    DdBuild b = dd_build_body(c, f->name, dd_thing_pose(&f->at), false, dd_surface(1));

    (void)err;
    dd_build_frame(&b, "center", 0, 0, 0, NULL);
    return true;
}

const DdThingKind dd_thing_frame = {
    .name = "frame",
    .doc = "A named place without substance: a goal, a waypoint.",
    .fields = k_frame_fields,
    .size = sizeof(DdFrame),
    .init = frame_init,
    .bounds = frame_bounds,
    .build = frame_build,
    .frames = k_center_frames,
    .posed = true,
    .flat = true,
    .stuff = true,
};

// region

typedef struct DdRegion {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double size[2];
    double line;
    bool filled;
    double rgba[4];
} DdRegion;

static const DdField k_region_fields[] = {
    DD_NAME_ROW(DdRegion),
    DD_POSE_ROWS(DdRegion, "of its centre, on the floor"),
    DD_FIELD_ROW(DdRegion, size, DD_FIELD_VEC2, DD_POSITIVE, "m", "along x and y"),
    DD_FIELD_ROW(DdRegion, line, DD_FIELD_NUMBER, DD_POSITIVE, "m", "width of its painted edge"),
    DD_FIELD_ROW(DdRegion, filled, DD_FIELD_BOOL, 0, "", "painted all over"),
    DD_RGBA_ROW(DdRegion),
    DD_FIELD_ROWS_END,
};

static void region_init(void* def)
{
    DdRegion* r = def;

    *r = (DdRegion){.size = {1, 1}, .line = 0.05};
    DD_SET_RGBA(r, 0.95, 0.78, 0.15);
    dd_thing_pose_init(&r->at);
}

static void region_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdRegion* r = def;

    dd_own_bounds(&r->at, (const double[3]){0, 0, 0},
                  (const double[3]){r->size[0] / 2, r->size[1] / 2, 0}, pose, half);
}

static bool region_build(DdCompose* c, const void* def, DdError* err)
{
    const DdRegion* r = def;
    DdBuild b = dd_build_body(c, r->name, dd_thing_pose(&r->at), false, dd_surface(1));
    double hx = r->size[0] / 2, hy = r->size[1] / 2;
    double w = r->line / 2;
    const double z = 0.001, thin = 0.001;
    double east[4], north[4], west[4], south[4];

    (void)err;
    w = dd_clamp(w, 0, 0.45 * (hx < hy ? hx : hy));
    if (r->filled) {
        dd_build_box(&b, "paint", DD_LOOK_VISUAL, 0, 0, z, hx, hy, thin, r->rgba, 0);
    } else {
        dd_build_box(&b, "edge_n", DD_LOOK_VISUAL, 0, hy - w, z, hx, w, thin, r->rgba, 0);
        dd_build_box(&b, "edge_s", DD_LOOK_VISUAL, 0, -hy + w, z, hx, w, thin, r->rgba, 0);
        dd_build_box(&b, "edge_e", DD_LOOK_VISUAL, hx - w, 0, z, w, hy - 2 * w, thin, r->rgba, 0);
        dd_build_box(&b, "edge_w", DD_LOOK_VISUAL, -hx + w, 0, z, w, hy - 2 * w, thin, r->rgba, 0);
    }
    dd_quat_from_yaw(east, 0);
    dd_quat_from_yaw(north, DD_PI / 2);
    dd_quat_from_yaw(west, DD_PI);
    dd_quat_from_yaw(south, -DD_PI / 2);
    dd_build_frame(&b, "center", 0, 0, 0, NULL);
    dd_build_frame(&b, "east", hx, 0, 0, east);
    dd_build_frame(&b, "north", 0, hy, 0, north);
    dd_build_frame(&b, "west", -hx, 0, 0, west);
    dd_build_frame(&b, "south", 0, -hy, 0, south);
    return true;
}

static const char* const k_region_frames[] = {"center", "east", "north", "west", "south", NULL};

const DdThingKind dd_thing_region = {
    .name = "region",
    .doc = "A rectangle painted on the floor: a lane, a slot, a zone. Nothing touches it.",
    .fields = k_region_fields,
    .size = sizeof(DdRegion),
    .init = region_init,
    .bounds = region_bounds,
    .build = region_build,
    .frames = k_region_frames,
    .faces = true,
    .posed = true,
    .flat = true,
    .stuff = true,
};
