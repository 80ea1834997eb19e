// Loads: pallet, tote, container, stack of containers.
#include <string.h>

#include "sim/world/freight.h"
#include "sim/world/things.h"

// pallet: EUR 1, along x 1.2 m; all lengths below in m

typedef struct DdPallet {
    char name[DD_NAME_MAX];
    DdThingPose at;
    bool free;
    double mass;
    double friction;
    double rgba[4];
    char latch[DD_NAME_MAX];
} DdPallet;

enum { k_top_boards = 5, k_runners = 3 };
static const double k_pallet[3] = {1.2, 0.8, 0.144};

static const DdField k_pallet_fields[] = {
    DD_NAME_ROW(DdPallet),
    DD_POSE_ROWS(DdPallet, "of the middle of its underside; 1.2 m along x, 0.8 m along y"),
    DD_FREE_ROW(DdPallet),
    DD_MASS_ROW(DdPallet),
    DD_FRICTION_ROW(DdPallet),
    DD_RGBA_ROW(DdPallet),
    DD_LATCH_ROW(DdPallet),
    DD_FIELD_ROWS_END,
};

static void pallet_init(void* def)
{
    DdPallet* p = def;

    *p = (DdPallet){.free = true, .mass = 25, .friction = 0.5};
    DD_SET_RGBA(p, 0.76, 0.60, 0.40);
    dd_thing_pose_init(&p->at);
}

static void pallet_bounds(const void* def, DdPose* pose, double half[3])
{
    dd_own_bounds(&((const DdPallet*)def)->at, (const double[3]){0, 0, k_pallet[2] / 2},
                  (const double[3]){k_pallet[0] / 2, k_pallet[1] / 2, k_pallet[2] / 2}, pose, half);
}

static bool check_latch(const char* latch, bool free, const char* what, DdError* err)
{
    if (latch[0] != '\0' && !free) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: latch: only a free thing can be latched", what);
    }
    return true;
}

static bool pallet_check(const void* def, const char* what, DdError* err)
{
    const DdPallet* p = def;

    return check_latch(p->latch, p->free, what, err);
}

// the texture has the usual wood's colour, the geom's tints it
static void wooden(mjsGeom* g)
{
    for (int i = 0; i < 3; i++) {
        g->rgba[i] = (float)dd_clamp(g->rgba[i] / (0.78 - 0.19 * i), 0, 1);
    }
    dd_build_skin(g, DD_SKIN_WOOD);
}

static unsigned pallet_skins(const void* def)
{
    (void)def;
    return 1u << DD_SKIN_WOOD;
}

// five boards along x on three cross boards on nine blocks on three runners
static bool pallet_build(DdCompose* c, const void* def, DdError* err)
{
    static const double k_board_y[k_top_boards] = {-0.3275, -0.17, 0, 0.17, 0.3275};
    static const double k_board_w[k_top_boards] = {0.145, 0.1, 0.145, 0.1, 0.145};
    static const double k_runner_y[k_runners] = {-0.35, 0, 0.35};
    static const double k_runner_w[k_runners] = {0.1, 0.145, 0.1};
    static const double k_block_x[3] = {-0.5275, 0, 0.5275};
    const DdPallet* p = def;
    DdBuild b = dd_build_body(c, p->name, dd_thing_pose(&p->at), p->free, dd_surface(p->friction));
    const double t = 0.022;
    double share = p->mass / 20;
    double shade[4];
    char part[32];

    (void)err;
    dd_shade(shade, p->rgba, 0.85);
    for (int i = 0; i < k_top_boards; i++) {
        snprintf(part, sizeof part, "top%d", i + 1);
        wooden(dd_build_box(&b, part, DD_LOOK_PLAIN, 0, k_board_y[i], 0.144 - t / 2, 0.6,
                            k_board_w[i] / 2, t / 2, p->rgba, share));
    }
    for (int i = 0; i < 3; i++) {
        snprintf(part, sizeof part, "cross%d", i + 1);
        wooden(dd_build_box(&b, part, DD_LOOK_PLAIN, k_block_x[i], 0, 0.144 - 1.5 * t, 0.145 / 2,
                            0.4, t / 2, shade, share));
        snprintf(part, sizeof part, "runner%d", i + 1);
        wooden(dd_build_box(&b, part, DD_LOOK_PLAIN, 0, k_runner_y[i], t / 2, 0.6,
                            k_runner_w[i] / 2, t / 2, p->rgba, share));
        for (int k = 0; k < k_runners; k++) {
            snprintf(part, sizeof part, "block%d%d", i + 1, k + 1);
            wooden(dd_build_box(&b, part, DD_LOOK_PLAIN, k_block_x[i], k_runner_y[k], t + 0.078 / 2,
                                0.145 / 2, k_runner_w[k] / 2, 0.078 / 2, shade, share));
        }
    }
    dd_build_frame(&b, "bottom", 0, 0, 0, NULL);
    dd_build_frame(&b, "top", 0, 0, k_pallet[2], NULL);
    dd_build_frame(&b, "pocket1", -0.6, -0.18625, 0.072, NULL);
    dd_build_frame(&b, "pocket2", -0.6, 0.18625, 0.072, NULL);
    return true;
}

static const char* pallet_latch(const void* def)
{
    return ((const DdPallet*)def)->latch;
}

static const char* const k_pallet_frames[] = {"bottom", "top", "pocket1", "pocket2", NULL};

const DdThingKind dd_thing_pallet = {
    .name = "pallet",
    .doc =
        "A EUR pallet of boards and blocks, with pockets that forks enter; frames bottom and top "
        "(x along its length), pocket1 and pocket2 on the short face, looking in.",
    .fields = k_pallet_fields,
    .size = sizeof(DdPallet),
    .init = pallet_init,
    .bounds = pallet_bounds,
    .build = pallet_build,
    .skins = pallet_skins,
    .frames = k_pallet_frames,
    .posed = true,
    .check = pallet_check,
    .latch = pallet_latch,
};

// tote

typedef struct DdTote {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double size[3];
    double wall;
    bool free;
    double mass;
    double friction;
    double rgba[4];
    char latch[DD_NAME_MAX];
} DdTote;

static const DdField k_tote_fields[] = {
    DD_NAME_ROW(DdTote),
    DD_POSE_ROWS(DdTote, "of the middle of its underside"),
    DD_FIELD_ROW(DdTote, size, DD_FIELD_VEC3, 0, "m", "outside, along x, y, z"),
    DD_FIELD_ROW(DdTote, wall, DD_FIELD_NUMBER, DD_POSITIVE, "m", "thickness of walls and bottom"),
    DD_FREE_ROW(DdTote),
    DD_MASS_ROW(DdTote),
    DD_FRICTION_ROW(DdTote),
    DD_RGBA_ROW(DdTote),
    DD_LATCH_ROW(DdTote),
    DD_FIELD_ROWS_END,
};

static void tote_init(void* def)
{
    DdTote* t = def;

    *t = (DdTote){.size = {0.6, 0.4, 0.22}, .wall = 0.01, .mass = 2, .friction = 0.5};
    DD_SET_RGBA(t, 0.20, 0.42, 0.75);
    dd_thing_pose_init(&t->at);
}

static void tote_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdTote* t = def;

    dd_own_bounds(&t->at, (const double[3]){0, 0, t->size[2] / 2},
                  (const double[3]){t->size[0] / 2, t->size[1] / 2, t->size[2] / 2}, pose, half);
}

static bool tote_check(const void* def, const char* what, DdError* err)
{
    const DdTote* t = def;

    if (!dd_check_size(t->size, what, err) || !check_latch(t->latch, t->free, what, err)) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        if (2 * t->wall >= t->size[i]) {
            return dd_fail(err, DD_ERROR_SCRIPT, "%s: wall = %g m leaves no room inside", what,
                           t->wall);
        }
    }
    return true;
}

static bool tote_build(DdCompose* c, const void* def, DdError* err)
{
    const DdTote* t = def;
    DdBuild b = dd_build_body(c, t->name, dd_thing_pose(&t->at), t->free, dd_surface(t->friction));
    double hx = t->size[0] / 2, hy = t->size[1] / 2, hz = t->size[2] / 2, w = t->wall / 2;
    double area_xy = hx * hy, area_x = hy * hz, area_y = hx * hz;
    double per_area = t->mass / (area_xy + 2 * area_x + 2 * area_y);
    double rim[4];

    (void)err;
    dd_shade(rim, t->rgba, 0.75);
    dd_build_box(&b, "bottom", DD_LOOK_PLAIN, 0, 0, w, hx, hy, w, t->rgba, per_area * area_xy);
    dd_build_box(&b, "wall_e", DD_LOOK_PLAIN, hx - w, 0, hz + w, w, hy, hz - w, t->rgba,
                 per_area * area_x);
    dd_build_box(&b, "wall_w", DD_LOOK_PLAIN, -hx + w, 0, hz + w, w, hy, hz - w, t->rgba,
                 per_area * area_x);
    dd_build_box(&b, "wall_n", DD_LOOK_PLAIN, 0, hy - w, hz + w, hx - 2 * w, w, hz - w, t->rgba,
                 per_area * area_y);
    dd_build_box(&b, "wall_s", DD_LOOK_PLAIN, 0, -hy + w, hz + w, hx - 2 * w, w, hz - w, t->rgba,
                 per_area * area_y);
    dd_build_frame(&b, "bottom", 0, 0, 0, NULL);
    dd_build_frame(&b, "inside", 0, 0, hz + w, NULL);
    dd_build_frame(&b, "rim", 0, 0, t->size[2], NULL);
    return true;
}

static const char* tote_latch(const void* def)
{
    return ((const DdTote*)def)->latch;
}

static const char* const k_tote_frames[] = {"bottom", "inside", "rim", NULL};

const DdThingKind dd_thing_tote = {
    .name = "tote",
    .doc = "An open box of four walls and a bottom; frames bottom, inside (middle of the room "
           "inside), rim.",
    .fields = k_tote_fields,
    .size = sizeof(DdTote),
    .init = tote_init,
    .bounds = tote_bounds,
    .build = tote_build,
    .frames = k_tote_frames,
    .posed = true,
    .check = tote_check,
    .latch = tote_latch,
};

// container: ISO 668, origin at the middle of its underside

typedef struct DdContainer {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double length_ft;
    bool high_cube;
    bool free;
    double mass;
    double cargo[3];
    double friction;
    double rgba[4];
    char latch[DD_NAME_MAX];
} DdContainer;

typedef struct DdIso { // one row per length
    double length_ft;
    double length;   // m
    double tare[2];  // kg, standard and high cube
    double castings; // m, between the casting centres along x
} DdIso;

static const DdIso k_iso[] = {
    {20, 6.058, {2300, 2500}, 5.853},
    {40, 12.192, {3750, 3940}, 11.985},
    {45, 13.716, {4600, 4820}, 11.985}, // lifted at the castings of a 40' one
};
static const double k_iso_width = 2.438;
static const double k_iso_height[2] = {2.591, 2.896};
static const double k_castings_y = 2.259;
enum { k_iso_count = sizeof k_iso / sizeof *k_iso };

static const DdField k_container_fields[] = {
    DD_NAME_ROW(DdContainer),
    DD_POSE_ROWS(DdContainer, "of the middle of its underside; its length runs along x"),
    DD_FIELD_ROW(DdContainer, length_ft, DD_FIELD_NUMBER, DD_POSITIVE, "ft", "20, 40 or 45"),
    DD_FIELD_ROW(DdContainer, high_cube, DD_FIELD_BOOL, 0, "", "2.896 m high instead of 2.591 m"),
    DD_FREE_ROW(DdContainer),
    DD_FIELD_ROW(DdContainer, mass, DD_FIELD_NUMBER, DD_NONNEGATIVE, "kg",
                 "with its cargo; 0: empty, that is 2,300 to 4,820 kg by size"),
    DD_FIELD_ROW(DdContainer, cargo, DD_FIELD_VEC3, 0, "m",
                 "the cargo's centre of mass, from the middle of its usual place"),
    DD_FRICTION_ROW(DdContainer),
    DD_FIELD_ROW(DdContainer, rgba, DD_FIELD_RGBA, DD_UNIT_RANGE, "",
                 "colour; transparent: a shipper's, by its name"),
    DD_LATCH_ROW(DdContainer),
    DD_FIELD_ROWS_END,
};

static void container_init(void* def)
{
    DdContainer* t = def;

    *t = (DdContainer){.length_ft = 40, .free = true, .friction = 0.4};
    dd_thing_pose_init(&t->at);
}

static const DdIso* iso_of(double length_ft)
{
    for (int i = 0; i < k_iso_count; i++) {
        if (k_iso[i].length_ft == length_ft) {
            return &k_iso[i];
        }
    }
    return &k_iso[1];
}

static void container_size(double length_ft, bool high_cube, double half[3])
{
    half[0] = iso_of(length_ft)->length / 2;
    half[1] = k_iso_width / 2;
    half[2] = k_iso_height[high_cube] / 2;
}

static void container_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdContainer* t = def;
    double own[3];

    container_size(t->length_ft, t->high_cube, own);
    dd_own_bounds(&t->at, (const double[3]){0, 0, own[2]}, own, pose, half);
}

static bool check_length(double length_ft, const char* what, DdError* err)
{
    if (iso_of(length_ft)->length_ft != length_ft) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: length_ft must be 20, 40 or 45, got %g", what,
                       length_ft);
    }
    return true;
}

static bool container_check(const void* def, const char* what, DdError* err)
{
    const DdContainer* t = def;

    if (!check_length(t->length_ft, what, err) || !check_latch(t->latch, t->free, what, err)) {
        return false;
    }
    double tare = iso_of(t->length_ft)->tare[t->high_cube];
    if (t->mass > 0 && t->mass < tare) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: mass must be 0 (empty) or at least the tare of %g kg, got %g kg", what,
                       tare, t->mass);
    }
    return true;
}

// a shell of even thickness: the inertia of its six faces
static void shell_inertia(double out[3], double mass, const double half[3])
{
    double l = 2 * half[0], w = 2 * half[1], h = 2 * half[2];
    double area[3] = {w * h, l * h, l * w}; // of one face across x, y, z
    double total = 2 * (area[0] + area[1] + area[2]);
    double size[3] = {l, w, h};

    for (int i = 0; i < 3; i++) {
        out[i] = 0;
    }
    for (int face = 0; face < 3; face++) {
        double m = mass * 2 * area[face] / total;
        double square[3]; // mean square distance from the centre, per axis
        for (int i = 0; i < 3; i++) {
            square[i] = i == face ? half[i] * half[i] : size[i] * size[i] / 12;
        }
        out[0] += m * (square[1] + square[2]);
        out[1] += m * (square[0] + square[2]);
        out[2] += m * (square[0] + square[1]);
    }
}

static void add_offset(double inertia[3], double mass, const double d[3])
{
    inertia[0] += mass * (d[1] * d[1] + d[2] * d[2]);
    inertia[1] += mass * (d[0] * d[0] + d[2] * d[2]);
    inertia[2] += mass * (d[0] * d[0] + d[1] * d[1]);
}

// an empty shell and a solid block of cargo that stands on the floor, filling by weight
static void container_inertia(const DdBuild* b, const DdContainer* t, const double half[3])
{
    const DdIso* iso = iso_of(t->length_ft);
    double tare = iso->tare[t->high_cube];
    double cargo = t->mass > tare ? t->mass - tare : 0;
    double mass = tare + cargo;
    double fill = dd_clamp(cargo / 26000, 0.2, 0.9); // of the height
    double size[3] = {2 * half[0] * 0.97, 2 * half[1] * 0.96, 2 * half[2] * fill};
    double at_shell[3] = {0, 0, half[2]};
    double at_cargo[3] = {t->cargo[0], t->cargo[1], 0.15 + size[2] / 2 + t->cargo[2]};
    double com[3], inertia[3], block[3], from_shell[3], from_cargo[3];

    for (int i = 0; i < 3; i++) {
        com[i] = (tare * at_shell[i] + cargo * at_cargo[i]) / mass;
        from_shell[i] = at_shell[i] - com[i];
        from_cargo[i] = at_cargo[i] - com[i];
    }
    shell_inertia(inertia, tare, half);
    add_offset(inertia, tare, from_shell);
    dd_box_inertia(block, cargo, size[0], size[1], size[2]);
    add_offset(block, cargo, from_cargo);
    for (int i = 0; i < 3; i++) {
        inertia[i] += block[i];
    }
    dd_build_inertia(b, mass, com, inertia);
}

static unsigned container_skins(const void* def)
{
    (void)def;
    return dd_freight_skins();
}

static bool container_build(DdCompose* c, const void* def, DdError* err)
{
    static const char* const k_corner[] = {"casting_sw", "casting_se", "casting_nw", "casting_ne"};
    const DdContainer* t = def;
    DdBuild b = dd_build_body(c, t->name, dd_thing_pose(&t->at), t->free, dd_surface(t->friction));
    double half[3];
    double castings = iso_of(t->length_ft)->castings;

    (void)err;
    container_size(t->length_ft, t->high_cube, half);
    container_inertia(&b, t, half);
    dd_build_box(&b, "hull", DD_LOOK_HIDDEN, 0, 0, half[2], half[0], half[1], half[2], t->rgba, 0);
    dd_freight_container(&b, t->name, half, castings, half[2], t->rgba);
    dd_build_frame(&b, "bottom", 0, 0, 0, NULL);
    dd_build_frame(&b, "center", 0, 0, half[2], NULL);
    dd_build_frame(&b, "top", 0, 0, 2 * half[2], NULL);
    for (int i = 0; i < 4; i++) {
        dd_build_frame(&b, k_corner[i], (i & 1 ? 1 : -1) * castings / 2,
                       (i & 2 ? 1 : -1) * k_castings_y / 2, 0, NULL);
    }
    return true;
}

static const char* container_latch(const void* def)
{
    return ((const DdContainer*)def)->latch;
}

static const char* const k_container_frames[] = {
    "bottom", "center", "top", "casting_sw", "casting_se", "casting_nw", "casting_ne", NULL};

const DdThingKind dd_thing_container = {
    .name = "container",
    .doc =
        "An ISO container of 20, 40 or 45 feet with its cargo; frames bottom, center, top and the "
        "lower corner castings (casting_ne: +x +y), all with the container's own axes.",
    .fields = k_container_fields,
    .size = sizeof(DdContainer),
    .init = container_init,
    .bounds = container_bounds,
    .build = container_build,
    .skins = container_skins,
    .frames = k_container_frames,
    .posed = true,
    .check = container_check,
    .latch = container_latch,
};

// stack

typedef struct DdStack {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double length_ft;
    bool high_cube;
    int rows, bays, tiers;
    double row_gap, bay_gap;
    double friction;
} DdStack;

static const DdField k_stack_fields[] = {
    DD_NAME_ROW(DdStack),
    DD_POSE_ROWS(DdStack, "of the middle of its underside; the containers lie along x"),
    DD_FIELD_ROW(DdStack, length_ft, DD_FIELD_NUMBER, DD_POSITIVE, "ft", "20, 40 or 45"),
    DD_FIELD_ROW(DdStack, high_cube, DD_FIELD_BOOL, 0, "", "2.896 m high instead of 2.591 m"),
    DD_FIELD_ROW(DdStack, bays, DD_FIELD_INT, DD_POSITIVE, "", "containers along x"),
    DD_FIELD_ROW(DdStack, rows, DD_FIELD_INT, DD_POSITIVE, "", "containers along y"),
    DD_FIELD_ROW(DdStack, tiers, DD_FIELD_INT, DD_POSITIVE, "", "containers upwards"),
    DD_FIELD_ROW(DdStack, bay_gap, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m", "between them along x"),
    DD_FIELD_ROW(DdStack, row_gap, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m", "between them along y"),
    DD_FRICTION_ROW(DdStack),
    DD_FIELD_ROWS_END,
};

static void stack_init(void* def)
{
    DdStack* s = def;

    *s = (DdStack){.length_ft = 40,
                   .bays = 1,
                   .rows = 2,
                   .tiers = 2,
                   .bay_gap = 0.4,
                   .row_gap = 0.4,
                   .friction = 0.4};
    dd_thing_pose_init(&s->at);
}

static void stack_half(const DdStack* s, double half[3])
{
    double one[3];

    container_size(s->length_ft, s->high_cube, one);
    half[0] = s->bays * one[0] + (s->bays - 1) * s->bay_gap / 2;
    half[1] = s->rows * one[1] + (s->rows - 1) * s->row_gap / 2;
    half[2] = s->tiers * one[2];
}

static void stack_bounds(const void* def, DdPose* pose, double half[3])
{
    double own[3];

    stack_half(def, own);
    dd_own_bounds(&((const DdStack*)def)->at, (const double[3]){0, 0, own[2]}, own, pose, half);
}

static bool stack_check(const void* def, const char* what, DdError* err)
{
    const DdStack* s = def;

    if (!check_length(s->length_ft, what, err)) {
        return false;
    }
    if (s->bays > 100 || s->rows > 100 || s->tiers > 10 || s->bays * s->rows * s->tiers > 2000) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: %d bays x %d rows x %d tiers: at most 100, 100, 10 and 2000 in all",
                       what, s->bays, s->rows, s->tiers);
    }
    return true;
}

static bool stack_build(DdCompose* c, const void* def, DdError* err)
{
    static const double k_by_name[4] = {0, 0, 0, 0}, k_hidden[4] = {0.5, 0.5, 0.5, 1};
    const DdStack* s = def;
    DdPose base = dd_thing_pose(&s->at);
    DdBuild b = dd_build_body(c, s->name, base, false, dd_surface(s->friction));
    double castings = iso_of(s->length_ft)->castings;
    double one[3], half[3];
    char part[48], name[3 * DD_NAME_MAX];

    (void)err;
    container_size(s->length_ft, s->high_cube, one);
    stack_half(s, half);
    for (int i = 0; i < s->bays; i++) {
        for (int j = 0; j < s->rows; j++) {
            for (int k = 0; k < s->tiers; k++) {
                double x = -half[0] + one[0] + i * (2 * one[0] + s->bay_gap);
                double y = -half[1] + one[1] + j * (2 * one[1] + s->row_gap);
                double z = one[2] * (2 * k + 1);
                // a body each, so that each is an object of its own
                snprintf(part, sizeof part, "c_%d_%d_%d", i + 1, j + 1, k + 1);
                DdPose at = dd_pose_make(x, y, z, 0);
                DdBuild box = dd_build_part(&b, part, NULL, dd_pose_mul(base, at));
                snprintf(name, sizeof name, "%s/%s", s->name, part);
                box.thing = name;
                dd_build_box(&box, "hull", DD_LOOK_HIDDEN, 0, 0, 0, one[0], one[1], one[2],
                             k_hidden, 0);
                dd_freight_container(&box, name, one, castings, 0, k_by_name);
            }
        }
    }
    dd_build_box_frames(&b, (const double[3]){0, 0, half[2]}, half);
    return true;
}

const DdThingKind dd_thing_stack = {
    .name = "stack",
    .doc = "A fixed block of containers: bays along x, rows along y, tiers upwards.",
    .fields = k_stack_fields,
    .size = sizeof(DdStack),
    .init = stack_init,
    .bounds = stack_bounds,
    .build = stack_build,
    .skins = container_skins,
    .frames = dd_box_frames,
    .faces = true,
    .posed = true,
    .check = stack_check,
    .label = "container",
    .apart = true,
};
