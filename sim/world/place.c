// Placement: sample a pose in a region, push it out of what it overlaps, and say which constraint
// was in the way when that does not help.
#include "sim/world/place.h"

#include <math.h>
#include <string.h>

#include "sim/world/parts.h"

enum { k_obstacles_max = 4096, k_repairs = 8 };

typedef struct DdFootprint { // an upright box seen from above
    char name[DD_NAME_MAX];
    double x, y, yaw;
    double hx, hy;
    double lo, hi; // height
    int rejected;
} DdFootprint;

typedef struct DdPlacing {
    const DdPlaceDef* def;
    int n;
    DdFootprint* obstacles;
    DdPose facing, seen_from;
    int off_facing, unseen, outside;
} DdPlacing;

DdPlaceDef dd_place_def(void)
{
    return (DdPlaceDef){
        .region = {.quat = {1, 0, 0, 0}},
        .region_half = {1, 1},
        .yaw_lo = -DD_PI,
        .yaw_hi = DD_PI,
        .half = {0.2, 0.2, 0.2},
        .z = 0.2,
        .clear_m = 0.05,
        .facing_tol = 0.1,
        .tries = 400,
    };
}

// the box around a possibly tilted box, seen from above: its own axes where it stands upright
static DdFootprint footprint(const char* name, const DdPose* pose, const double half[3])
{
    DdFootprint f = {.x = pose->pos[0], .y = pose->pos[1]};
    double axes[3][3];
    double up = 0;
    int upright = 2;

    snprintf(f.name, sizeof f.name, "%s", name);
    for (int i = 0; i < 3; i++) {
        double e[3] = {i == 0, i == 1, i == 2};
        dd_quat_rotate(axes[i], pose->quat, e);
        up += fabs(axes[i][2]) * half[i];
        upright = fabs(axes[i][2]) > fabs(axes[upright][2]) ? i : upright;
    }
    f.lo = pose->pos[2] - up;
    f.hi = pose->pos[2] + up;
    // the most level axis gives the direction; all three give the extents along and across it
    int level = (upright + 1) % 3;
    f.yaw = atan2(axes[level][1], axes[level][0]);
    double c = cos(f.yaw), s = sin(f.yaw);
    for (int i = 0; i < 3; i++) {
        f.hx += fabs(axes[i][0] * c + axes[i][1] * s) * half[i];
        f.hy += fabs(axes[i][1] * c - axes[i][0] * s) * half[i];
    }
    return f;
}

// how far `b` reaches along a unit vector, from its centre
static double reach(const DdFootprint* b, double ux, double uy)
{
    double c = cos(b->yaw), s = sin(b->yaw);

    return b->hx * fabs(ux * c + uy * s) + b->hy * fabs(uy * c - ux * s);
}

// Separating axes of two boxes from above. Returns the largest gap (negative: they overlap by so
// much) and the direction from b to a along which it is measured.
static double gap_between(const DdFootprint* a, const DdFootprint* b, double* ux, double* uy)
{
    double best = -INFINITY;
    double dx = a->x - b->x, dy = a->y - b->y;

    for (int i = 0; i < 4; i++) {
        double angle = (i < 2 ? a->yaw : b->yaw) + (i & 1 ? DD_PI / 2 : 0);
        double nx = cos(angle), ny = sin(angle);
        double along = dx * nx + dy * ny;
        double gap = fabs(along) - reach(a, nx, ny) - reach(b, nx, ny);
        if (gap > best) {
            best = gap;
            *ux = along < 0 ? -nx : nx;
            *uy = along < 0 ? -ny : ny;
        }
    }
    return best;
}

// does the segment from `from` to `to` pass through the box?
static bool blocks(const DdFootprint* b, const double from[3], const double to[3])
{
    double c = cos(b->yaw), s = sin(b->yaw);
    double p[3] = {(from[0] - b->x) * c + (from[1] - b->y) * s,
                   (from[1] - b->y) * c - (from[0] - b->x) * s, from[2]};
    double q[3] = {(to[0] - b->x) * c + (to[1] - b->y) * s, (to[1] - b->y) * c - (to[0] - b->x) * s,
                   to[2]};
    double lo[3] = {-b->hx, -b->hy, b->lo}, hi[3] = {b->hx, b->hy, b->hi};
    double in = 0, out = 1;

    for (int i = 0; i < 3; i++) {
        double d = q[i] - p[i];
        if (fabs(d) < 1e-12) {
            if (p[i] < lo[i] || p[i] > hi[i]) {
                return false;
            }
            continue;
        }
        double t0 = (lo[i] - p[i]) / d, t1 = (hi[i] - p[i]) / d;
        double first = t0 < t1 ? t0 : t1, last = t0 < t1 ? t1 : t0;
        in = first > in ? first : in;
        out = last < out ? last : out;
    }
    return in < out;
}

static bool add_obstacle(const DdCompose* c, DdPlacing* p, const char* name, const char* what,
                         DdError* err)
{
    DdPose pose;
    double half[3];

    if (!dd_compose_bounds(c, name, &pose, half)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: clear_of: there is no thing '%s' yet", what,
                       name);
    }
    if (p->n == k_obstacles_max) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: more than %d things to keep clear of", what,
                       k_obstacles_max);
    }
    DdFootprint* f = &p->obstacles[p->n++];
    *f = footprint(name, &pose, half);
    const DdItem* item = dd_compose_item(c, name);
    if (item && item->kind && item->kind->flat) {
        // a lane or slot that was named is kept free at any height
        f->lo = -INFINITY;
        f->hi = INFINITY;
    }
    return true;
}

static bool is_obstacle(const DdPlacing* p, const char* name)
{
    for (int i = 0; i < p->n; i++) {
        if (strcmp(p->obstacles[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool find_obstacles(const DdCompose* c, DdPlacing* p, const char* what, DdError* err)
{
    const DdPlaceDef* def = p->def;

    for (int i = 0; i < def->clear_of.n; i++) {
        if (!add_obstacle(c, p, def->clear_of.v[i], what, err)) {
            return false;
        }
    }
    for (int i = 0; i < dd_compose_count(c); i++) {
        const DdItem* item = dd_compose_item(c, dd_compose_name(c, i));
        if (!(item->kind && item->kind->flat) && strcmp(item->name, what) != 0 &&
            !is_obstacle(p, item->name) && !add_obstacle(c, p, item->name, what, err)) {
            return false;
        }
    }
    return true;
}

// centre of the candidate in the region's frame back into it
static void keep_inside(const DdPlaceDef* def, double local[2])
{
    for (int i = 0; i < 2; i++) {
        local[i] = dd_clamp(local[i], -def->region_half[i], def->region_half[i]);
    }
}

static DdPose candidate_pose(const DdPlaceDef* def, const double local[2], double yaw)
{
    return dd_pose_mul(def->region, dd_pose_make(local[0], local[1], def->z, yaw));
}

// the obstacle that is nearest to or deepest in the candidate; NULL when all are far enough
static DdFootprint* worst_obstacle(DdPlacing* p, const DdFootprint* f, double* short_by, double* ux,
                                   double* uy)
{
    DdFootprint* worst = NULL;

    *short_by = 0;
    for (int i = 0; i < p->n; i++) {
        DdFootprint* o = &p->obstacles[i];
        double nx = 1, ny = 0;
        if (f->lo >= o->hi || f->hi <= o->lo) {
            continue; // above or below it
        }
        double lack = p->def->clear_m - gap_between(f, o, &nx, &ny);
        if (lack > *short_by) {
            *short_by = lack;
            worst = o;
            *ux = nx;
            *uy = ny;
        }
    }
    return worst;
}

static bool faces(const DdPlaceDef* def, const DdPose* pose, const DdPose* to)
{
    double want = atan2(to->pos[1] - pose->pos[1], to->pos[0] - pose->pos[0]);

    return fabs(dd_wrap_angle(dd_pose_yaw(pose) - want)) <= def->facing_tol;
}

static bool is_seen(DdPlacing* p, const DdPose* pose)
{
    for (int i = 0; i < p->n; i++) {
        size_t n = strcspn(p->def->visible_from, "/");
        bool own = strncmp(p->obstacles[i].name, p->def->visible_from, n) == 0 &&
                   p->obstacles[i].name[n] == '\0';
        bool marking = isinf(p->obstacles[i].hi); // hides nothing
        if (!own && !marking && blocks(&p->obstacles[i], p->seen_from.pos, pose->pos)) {
            return false;
        }
    }
    return true;
}

// one sample, pushed about until it is clear or the pushes are spent
static bool try_once(DdPlacing* p, const char* what, DdStream* stream, DdPose* pose)
{
    const DdPlaceDef* def = p->def;
    double local[2] = {dd_stream_uniform(stream, -def->region_half[0], def->region_half[0]),
                       dd_stream_uniform(stream, -def->region_half[1], def->region_half[1])};
    double yaw = dd_stream_uniform(stream, def->yaw_lo, def->yaw_hi);
    DdFootprint* worst = NULL;

    for (int i = 0; i <= k_repairs; i++) {
        double lack, ux = 1, uy = 0;
        *pose = candidate_pose(def, local, yaw);
        if (def->facing[0] != '\0' && !faces(def, pose, &p->facing)) {
            // turn to it if the range of yaw allows
            double want = atan2(p->facing.pos[1] - pose->pos[1], p->facing.pos[0] - pose->pos[0]);
            double turned = yaw + dd_wrap_angle(want - dd_pose_yaw(pose));
            turned += turned < def->yaw_lo ? 2 * DD_PI : turned > def->yaw_hi ? -2 * DD_PI : 0;
            yaw = dd_clamp(turned, def->yaw_lo, def->yaw_hi);
            *pose = candidate_pose(def, local, yaw);
        }
        DdFootprint f = footprint(what, pose, def->half);
        worst = worst_obstacle(p, &f, &lack, &ux, &uy);
        if (!worst) {
            break;
        }
        // out of the worst one, along the shortest way, and a hair more
        double step[3] = {ux * (lack + 1e-6), uy * (lack + 1e-6), 0}, back[4], turned[3];
        dd_quat_conj(back, def->region.quat);
        dd_quat_rotate(turned, back, step);
        local[0] += turned[0];
        local[1] += turned[1];
        keep_inside(def, local);
    }
    if (worst) {
        worst->rejected++;
        return false;
    }
    if (def->facing[0] != '\0' && !faces(def, pose, &p->facing)) {
        p->off_facing++;
        return false;
    }
    if (def->visible_from[0] != '\0' && !is_seen(p, pose)) {
        p->unseen++;
        return false;
    }
    return true;
}

static bool fail_placement(const DdPlacing* p, const char* what, DdError* err)
{
    const DdPlaceDef* def = p->def;
    const DdFootprint* worst = NULL;

    for (int i = 0; i < p->n; i++) {
        if (p->obstacles[i].rejected > (worst ? worst->rejected : 0)) {
            worst = &p->obstacles[i];
        }
    }
    if (worst && worst->rejected >= p->off_facing && worst->rejected >= p->unseen) {
        return dd_fail(
            err, DD_ERROR_SCRIPT,
            "%s: no place found in %d tries; staying %g m clear of '%s' rejected %d of them", what,
            def->tries, def->clear_m, worst->name, worst->rejected);
    }
    if (p->off_facing >= p->unseen) {
        return dd_fail(
            err, DD_ERROR_SCRIPT,
            "%s: no place found in %d tries; facing '%s' within %g rad rejected %d of them", what,
            def->tries, def->facing, def->facing_tol, p->off_facing);
    }
    return dd_fail(err, DD_ERROR_SCRIPT,
                   "%s: no place found in %d tries; being visible from '%s' rejected %d of them",
                   what, def->tries, def->visible_from, p->unseen);
}

static bool check_def(const DdPlaceDef* def, const char* what, DdError* err)
{
    if (!(def->region_half[0] >= 0) || !(def->region_half[1] >= 0) ||
        !(def->yaw_lo <= def->yaw_hi) || !(def->clear_m >= 0) || def->tries < 1) {
        return dd_fail(
            err, DD_ERROR_SCRIPT,
            "%s: the region (%g x %g m), yaw (%g to %g rad), clearance (%g m) or tries (%d) "
            "make no sense",
            what, 2 * def->region_half[0], 2 * def->region_half[1], def->yaw_lo, def->yaw_hi,
            def->clear_m, def->tries);
    }
    return true;
}

bool dd_place(const DdCompose* c, const DdPlaceDef* def, const char* what, DdStream* stream,
              DdPose* pose, DdError* err)
{
    DdPlacing p = {.def = def};

    if (!check_def(def, what, err)) {
        return false;
    }
    if (def->facing[0] != '\0' && !dd_compose_pose(c, def->facing, &p.facing)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: facing: there is no '%s' yet", what, def->facing);
    }
    if (def->visible_from[0] != '\0' && !dd_compose_pose(c, def->visible_from, &p.seen_from)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: visible_from: there is no '%s' yet", what,
                       def->visible_from);
    }
    p.obstacles = calloc(k_obstacles_max, sizeof *p.obstacles);
    if (!p.obstacles) {
        return dd_fail(err, DD_ERROR_MEMORY, "no memory");
    }
    bool found = false;
    if (find_obstacles(c, &p, what, err)) {
        for (int i = 0; i < def->tries && !found; i++) {
            found = try_once(&p, what, stream, pose);
        }
        if (!found) {
            fail_placement(&p, what, err);
        }
    }
    free(p.obstacles);
    return found;
}
