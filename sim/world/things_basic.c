// Basic things: ground, box, sphere, cylinder, wall, ramp.
#include <string.h>

#include "sim/world/skins.h"
#include "sim/world/things.h"

// ground

typedef struct DdGround {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double size[2];
    double friction;
    double rolling;
    double rgba[4];
    int look;
    bool grid;
    double grid_m;
} DdGround;

enum { k_ground_plain, k_ground_asphalt, k_ground_concrete, k_ground_epoxy };
static const char* const k_ground_looks[] = {"plain", "asphalt", "concrete", "epoxy", NULL};
static const double k_ground_rgba[4] = {0.62, 0.64, 0.66, 1};

static const DdField k_ground_fields[] = {
    DD_NAME_ROW(DdGround),
    DD_POSE_ROWS(DdGround, "of its middle"),
    DD_FIELD_ROW(DdGround, size, DD_FIELD_VEC2, DD_NONNEGATIVE, "m",
                 "drawn length and width; it reaches on for ever"),
    DD_FRICTION_ROW(DdGround),
    DD_FIELD_ROW(DdGround, rolling, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
                 "rolling friction; 0: none"),
    DD_RGBA_ROW(DdGround),
    DD_FIELD_ROW_ENUM(DdGround, look, 0, "what it is made of; all but plain have a texture",
                      k_ground_looks),
    DD_FIELD_ROW(DdGround, grid, DD_FIELD_BOOL, 0, "", "a plain one is drawn as a chequerboard"),
    DD_FIELD_ROW(DdGround, grid_m, DD_FIELD_NUMBER, DD_POSITIVE, "m", "side of a square"),
    DD_FIELD_ROWS_END,
};

static void ground_init(void* def)
{
    DdGround* g = def;

    *g = (DdGround){.size = {200, 200}, .friction = 0.8, .grid = true, .grid_m = 1};
    memcpy(g->rgba, k_ground_rgba, sizeof g->rgba);
    dd_thing_pose_init(&g->at);
}

static void ground_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdGround* g = def;

    dd_own_bounds(&g->at, (const double[3]){0, 0, 0},
                  (const double[3]){g->size[0] / 2, g->size[1] / 2, 0}, pose, half);
}

// two shades of the ground's colour, one square of the texture each `grid_m`
static void ground_grid(DdCompose* c, const DdGround* g, mjsGeom* geom)
{
    mjSpec* spec = dd_compose_spec(c);
    mjsTexture* texture = mjs_addTexture(spec, NULL);
    mjsMaterial* material = mjs_addMaterial(spec, NULL);
    char name[2 * DD_NAME_MAX];

    snprintf(name, sizeof name, "%s/grid", g->name);
    mjs_setName(texture->element, name);
    texture->type = mjTEXTURE_2D;
    texture->builtin = mjBUILTIN_CHECKER;
    texture->width = 64;
    texture->height = 64;
    for (int i = 0; i < 3; i++) {
        texture->rgb1[i] = dd_clamp(g->rgba[i] * 1.04, 0, 1);
        texture->rgb2[i] = g->rgba[i] * 0.92;
    }
    mjs_setName(material->element, name);
    mjs_setInStringVec(material->textures, mjTEXROLE_RGB, name);
    material->texuniform = 1;
    material->texrepeat[0] = (float)(1 / g->grid_m);
    material->texrepeat[1] = (float)(1 / g->grid_m);
    material->specular = 0.1f;
    mjs_setString(geom->material, name);
    for (int i = 0; i < 3; i++) {
        geom->rgba[i] = 1;
    }
}

static const DdSkin k_ground_skins[] = {DD_SKIN_NONE, DD_SKIN_ASPHALT, DD_SKIN_CONCRETE,
                                        DD_SKIN_EPOXY};

static unsigned ground_skins(const void* def)
{
    int look = ((const DdGround*)def)->look;

    return look > 0 ? 1u << k_ground_skins[look] : 0;
}

static bool ground_build(DdCompose* c, const void* def, DdError* err)
{
    const DdGround* g = def;
    DdSurface surface = {g->friction, g->rolling, 1};
    DdBuild b = dd_build_body(c, g->name, dd_thing_pose(&g->at), false, surface);
    const double size[3] = {g->size[0] / 2, g->size[1] / 2, 1};
    const double zero[3] = {0, 0, 0};

    (void)err;
    mjsGeom* geom = dd_build_geom(&b, "floor", mjGEOM_PLANE, DD_LOOK_PLAIN, size, zero, g->rgba, 0);
    if (g->look != k_ground_plain) {
        dd_build_skin(geom, k_ground_skins[g->look]);
        dd_skin_tint(geom->rgba, g->rgba, k_ground_rgba);
    } else if (g->grid) {
        ground_grid(c, g, geom);
    }
    dd_build_frame(&b, "center", 0, 0, 0, NULL);
    return true;
}

static const char* const k_center_frames[] = {"center", NULL};

const DdThingKind dd_thing_ground = {
    .name = "ground",
    .doc = "A level floor without end; its friction decides for whatever stands on it.",
    .fields = k_ground_fields,
    .size = sizeof(DdGround),
    .init = ground_init,
    .bounds = ground_bounds,
    .build = ground_build,
    .skins = ground_skins,
    .frames = k_center_frames,
    .posed = true,
    .flat = true,
    .stuff = true,
};

// what boxes and walls are made of

static const char* const k_solid_looks[] = {"plain",    "carton", "wood",   "steel",
                                            "concrete", "panel",  "hazard", NULL};

static const DdSkin k_solid_skins[] = {DD_SKIN_NONE, DD_SKIN_CARTON, DD_SKIN_WOOD,  DD_SKIN_STEEL,
                                       DD_SKIN_SLAB, DD_SKIN_PANEL,  DD_SKIN_HAZARD};

static unsigned solid_skins(int look)
{
    return look > 0 ? 1u << k_solid_skins[look] : 0;
}

static void wear(mjsGeom* g, int look, const double rgba[4], const double usual[4])
{
    if (look > 0) {
        static const double k_cardboard[4] = {0.80, 0.62, 0.42, 1};
        dd_build_skin(g, k_solid_skins[look]);
        bool carton =
            k_solid_skins[look] == DD_SKIN_CARTON && memcmp(rgba, usual, 4 * sizeof *rgba) == 0;
        dd_skin_tint(g->rgba, carton ? k_cardboard : rgba, usual);
    }
}

// box

typedef struct DdBox {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double size[3];
    bool free;
    double mass;
    double friction;
    double rgba[4];
    int look;
} DdBox;

static const double k_box_rgba[4] = {0.72, 0.55, 0.36, 1};

static const DdField k_box_fields[] = {
    DD_NAME_ROW(DdBox),
    DD_POSE_ROWS(DdBox, "of its centre"),
    DD_FIELD_ROW(DdBox, size, DD_FIELD_VEC3, 0, "m", "along x, y, z"),
    DD_FREE_ROW(DdBox),
    DD_MASS_ROW(DdBox),
    DD_FRICTION_ROW(DdBox),
    DD_RGBA_ROW(DdBox),
    DD_FIELD_ROW_ENUM(DdBox, look, 0, "what it is made of; its colour tints it", k_solid_looks),
    DD_FIELD_ROWS_END,
};

static void box_init(void* def)
{
    DdBox* b = def;

    *b = (DdBox){.size = {0.4, 0.3, 0.3}, .mass = 5, .friction = 0.6};
    memcpy(b->rgba, k_box_rgba, sizeof b->rgba);
    dd_thing_pose_init(&b->at);
}

static void box_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdBox* b = def;

    dd_own_bounds(&b->at, (const double[3]){0, 0, 0},
                  (const double[3]){b->size[0] / 2, b->size[1] / 2, b->size[2] / 2}, pose, half);
}

static bool box_check(const void* def, const char* what, DdError* err)
{
    return dd_check_size(((const DdBox*)def)->size, what, err);
}

static unsigned box_skins(const void* def)
{
    return solid_skins(((const DdBox*)def)->look);
}

static bool box_build(DdCompose* c, const void* def, DdError* err)
{
    const DdBox* box = def;
    const double half[3] = {box->size[0] / 2, box->size[1] / 2, box->size[2] / 2};
    const double zero[3] = {0, 0, 0};
    DdBuild b =
        dd_build_body(c, box->name, dd_thing_pose(&box->at), box->free, dd_surface(box->friction));

    (void)err;
    mjsGeom* g =
        dd_build_geom(&b, "box", mjGEOM_BOX, DD_LOOK_PLAIN, half, zero, box->rgba, box->mass);
    wear(g, box->look, box->rgba, k_box_rgba);
    dd_build_box_frames(&b, zero, half);
    return true;
}

const DdThingKind dd_thing_box = {
    .name = "box",
    .doc = "A box: an obstacle, a crate, a bay; free or fixed.",
    .fields = k_box_fields,
    .size = sizeof(DdBox),
    .init = box_init,
    .bounds = box_bounds,
    .build = box_build,
    .skins = box_skins,
    .frames = dd_box_frames,
    .faces = true,
    .posed = true,
    .check = box_check,
};

// sphere and cylinder

typedef struct DdRound {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double radius;
    double height; // of a cylinder
    bool free;
    double mass;
    double friction;
    double rolling;
    double rgba[4];
} DdRound;

#define DD_ROUND_TAIL_ROWS                                                                         \
    DD_FREE_ROW(DdRound), DD_MASS_ROW(DdRound), DD_FRICTION_ROW(DdRound),                          \
        DD_FIELD_ROW(DdRound, rolling, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",                       \
                     "rolling friction; 0: none"),                                                 \
        DD_RGBA_ROW(DdRound), DD_FIELD_ROWS_END

static const DdField k_sphere_fields[] = {
    DD_NAME_ROW(DdRound),
    DD_POSE_ROWS(DdRound, "of its centre"),
    DD_FIELD_ROW(DdRound, radius, DD_FIELD_NUMBER, DD_POSITIVE, "m", ""),
    DD_ROUND_TAIL_ROWS,
};

static const DdField k_cylinder_fields[] = {
    DD_NAME_ROW(DdRound),
    DD_POSE_ROWS(DdRound, "of its centre"),
    DD_FIELD_ROW(DdRound, radius, DD_FIELD_NUMBER, DD_POSITIVE, "m", ""),
    DD_FIELD_ROW(DdRound, height, DD_FIELD_NUMBER, DD_POSITIVE, "m", "along z"),
    DD_ROUND_TAIL_ROWS,
};

static void sphere_init(void* def)
{
    DdRound* r = def;

    *r = (DdRound){.radius = 0.1, .height = 0.2, .mass = 1, .friction = 0.6, .rolling = 0.0005};
    DD_SET_RGBA(r, 0.85, 0.35, 0.25);
    dd_thing_pose_init(&r->at);
}

static void cylinder_init(void* def)
{
    DdRound* r = def;

    sphere_init(def);
    r->height = 0.4;
    r->mass = 10;
    r->rolling = 0;
    DD_SET_RGBA(r, 0.30, 0.47, 0.68);
}

static void sphere_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdRound* r = def;

    dd_own_bounds(&r->at, (const double[3]){0, 0, 0},
                  (const double[3]){r->radius, r->radius, r->radius}, pose, half);
}

static void cylinder_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdRound* r = def;

    dd_own_bounds(&r->at, (const double[3]){0, 0, 0},
                  (const double[3]){r->radius, r->radius, r->height / 2}, pose, half);
}

static bool round_build(DdCompose* c, const DdRound* r, mjtGeom type, const char* part, double hz)
{
    const double size[3] = {r->radius, r->height / 2, 0};
    const double half[3] = {r->radius, r->radius, hz};
    const double zero[3] = {0, 0, 0};
    DdSurface surface = {r->friction, r->rolling, 0};
    DdBuild b = dd_build_body(c, r->name, dd_thing_pose(&r->at), r->free, surface);

    dd_build_geom(&b, part, type, DD_LOOK_PLAIN, size, zero, r->rgba, r->mass);
    dd_build_box_frames(&b, zero, half);
    return true;
}

static bool sphere_build(DdCompose* c, const void* def, DdError* err)
{
    (void)err;
    return round_build(c, def, mjGEOM_SPHERE, "sphere", ((const DdRound*)def)->radius);
}

static bool cylinder_build(DdCompose* c, const void* def, DdError* err)
{
    (void)err;
    return round_build(c, def, mjGEOM_CYLINDER, "cylinder", ((const DdRound*)def)->height / 2);
}

const DdThingKind dd_thing_sphere = {
    .name = "sphere",
    .doc = "A ball, free or fixed.",
    .fields = k_sphere_fields,
    .size = sizeof(DdRound),
    .init = sphere_init,
    .bounds = sphere_bounds,
    .build = sphere_build,
    .frames = dd_box_frames,
    .faces = true,
    .posed = true,
    .label = "other",
};

const DdThingKind dd_thing_cylinder = {
    .name = "cylinder",
    .doc = "A cylinder about its z axis: a drum, a bollard, a column; free or fixed.",
    .fields = k_cylinder_fields,
    .size = sizeof(DdRound),
    .init = cylinder_init,
    .bounds = cylinder_bounds,
    .build = cylinder_build,
    .frames = dd_box_frames,
    .faces = true,
    .posed = true,
    .label = "post",
};

// wall

typedef struct DdWall {
    char name[DD_NAME_MAX];
    double from[2], to[2];
    double z;
    double height;
    double thickness;
    double friction;
    double rgba[4];
    char label[DD_NAME_MAX];
    int look;
} DdWall;

static const double k_wall_rgba[4] = {0.82, 0.82, 0.78, 1};

static const DdField k_wall_fields[] = {
    DD_NAME_ROW(DdWall),
    DD_FIELD_ROW(DdWall, from, DD_FIELD_VEC2, DD_REQUIRED, "m", "one end of its middle line"),
    DD_FIELD_ROW(DdWall, to, DD_FIELD_VEC2, DD_REQUIRED, "m", "the other end"),
    DD_FIELD_ROW(DdWall, z, DD_FIELD_NUMBER, 0, "m", "of its foot"),
    DD_FIELD_ROW(DdWall, height, DD_FIELD_NUMBER, DD_POSITIVE, "m", ""),
    DD_FIELD_ROW(DdWall, thickness, DD_FIELD_NUMBER, DD_POSITIVE, "m", ""),
    DD_FRICTION_ROW(DdWall),
    DD_RGBA_ROW(DdWall),
    DD_LABEL_ROW(DdWall),
    DD_FIELD_ROW_ENUM(DdWall, look, 0, "what it is made of; all but plain have a base board",
                      k_solid_looks),
    DD_FIELD_ROWS_END,
};

static void wall_init(void* def)
{
    DdWall* w = def;

    *w = (DdWall){.to = {1, 0}, .height = 2, .thickness = 0.1, .friction = 0.6};
    memcpy(w->rgba, k_wall_rgba, sizeof w->rgba);
}

static double wall_length(const DdWall* w)
{
    double x = w->to[0] - w->from[0], y = w->to[1] - w->from[1];

    return sqrt(x * x + y * y);
}

static void wall_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdWall* w = def;

    *pose = dd_pose_make((w->from[0] + w->to[0]) / 2, (w->from[1] + w->to[1]) / 2,
                         w->z + w->height / 2, atan2(w->to[1] - w->from[1], w->to[0] - w->from[0]));
    half[0] = wall_length(w) / 2;
    half[1] = w->thickness / 2;
    half[2] = w->height / 2;
}

static bool wall_check(const void* def, const char* what, DdError* err)
{
    if (wall_length(def) < 1e-6) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: from and to are the same point", what);
    }
    return true;
}

static unsigned wall_skins(const void* def)
{
    return solid_skins(((const DdWall*)def)->look);
}

static bool wall_build(DdCompose* c, const void* def, DdError* err)
{
    const DdWall* w = def;
    const double zero[3] = {0, 0, 0};
    double half[3];
    DdPose pose;

    (void)err;
    wall_bounds(def, &pose, half);
    DdBuild b = dd_build_body(c, w->name, pose, false, dd_surface(w->friction));
    mjsGeom* g = dd_build_geom(&b, "wall", mjGEOM_BOX, DD_LOOK_PLAIN, half, zero, w->rgba, 0);
    if (w->look > 0) {
        static const double k_board[4] = {0.22, 0.24, 0.27, 1}, k_top[4] = {0.40, 0.42, 0.45, 1};
        wear(g, w->look, w->rgba, k_wall_rgba);
        dd_build_box(&b, "base", DD_LOOK_VISUAL, 0, 0, -half[2] + 0.06, half[0], half[1] + 0.006,
                     0.06, k_board, 0);
        dd_build_box(&b, "top", DD_LOOK_VISUAL, 0, 0, half[2] - 0.01, half[0], half[1] + 0.01, 0.02,
                     k_top, 0);
    }
    dd_build_box_frames(&b, zero, half);
    return true;
}

const DdThingKind dd_thing_wall = {
    .name = "wall",
    .doc = "A straight wall between two points of the floor; its x axis runs from `from` to `to`.",
    .fields = k_wall_fields,
    .size = sizeof(DdWall),
    .init = wall_init,
    .bounds = wall_bounds,
    .build = wall_build,
    .skins = wall_skins,
    .frames = dd_box_frames,
    .faces = true,
    .check = wall_check,
    .stuff = true,
};

// ramp

typedef struct DdRamp {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double length, width, height;
    double friction;
    double rgba[4];
} DdRamp;

static const DdField k_ramp_fields[] = {
    DD_NAME_ROW(DdRamp),
    DD_POSE_ROWS(DdRamp, "of the middle of its underside; it rises along x"),
    DD_FIELD_ROW(DdRamp, length, DD_FIELD_NUMBER, DD_POSITIVE, "m", "along the floor"),
    DD_FIELD_ROW(DdRamp, width, DD_FIELD_NUMBER, DD_POSITIVE, "m", ""),
    DD_FIELD_ROW(DdRamp, height, DD_FIELD_NUMBER, DD_POSITIVE, "m", "it rises by"),
    DD_FRICTION_ROW(DdRamp),
    DD_RGBA_ROW(DdRamp),
    DD_FIELD_ROWS_END,
};

static void ramp_init(void* def)
{
    DdRamp* r = def;

    *r = (DdRamp){.length = 3, .width = 1.5, .height = 0.3, .friction = 0.8};
    DD_SET_RGBA(r, 0.70, 0.68, 0.62);
    dd_thing_pose_init(&r->at);
}

static void ramp_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdRamp* r = def;

    dd_own_bounds(&r->at, (const double[3]){0, 0, r->height / 2},
                  (const double[3]){r->length / 2, r->width / 2, r->height / 2}, pose, half);
}

// a tilted slab whose upper face runs from the foot's edge to the head's
static bool ramp_build(DdCompose* c, const void* def, DdError* err)
{
    const DdRamp* r = def;
    DdSurface surface = {r->friction, 0, 1};
    DdBuild b = dd_build_body(c, r->name, dd_thing_pose(&r->at), false, surface);
    double slope = atan2(r->height, r->length);
    double along = sqrt(r->length * r->length + r->height * r->height);
    double thick = r->height * cos(slope) / 2; // the slab stays above the underside's far edge
    double quat[4];

    (void)err;
    thick = thick > 0.05 ? thick : 0.05;
    mjsGeom* g = dd_build_box(&b, "slope", DD_LOOK_PLAIN, thick / 2 * sin(slope), 0,
                              r->height / 2 - thick / 2 * cos(slope), along / 2, r->width / 2,
                              thick / 2, r->rgba, 0);
    dd_build_turn(g, 0, -slope, 0);
    dd_quat_from_rpy(quat, 0, -slope, 0);
    dd_build_frame(&b, "center", 0, 0, r->height / 2, quat);
    dd_build_frame(&b, "foot", -r->length / 2, 0, 0, NULL);
    dd_build_frame(&b, "head", r->length / 2, 0, r->height, NULL);
    return true;
}

static const char* const k_ramp_frames[] = {"center", "foot", "head", NULL};

const DdThingKind dd_thing_ramp = {
    .name = "ramp",
    .doc = "A slope that rises along its x axis; its friction decides for whatever stands on it.",
    .fields = k_ramp_fields,
    .size = sizeof(DdRamp),
    .init = ramp_init,
    .bounds = ramp_bounds,
    .build = ramp_build,
    .frames = k_ramp_frames,
    .posed = true,
    .stuff = true,
};
