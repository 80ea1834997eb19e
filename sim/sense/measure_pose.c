// Measures of position and motion: what the poses and velocities of step n say.
#include <string.h>

#include "sim/sense/internal.h"

// m; half height below which a thing counts as painted on the floor
static const double k_flat = 0.005;

typedef struct Relation {
    DdRef a;
    DdRef b;
    bool has_b;
    double offset;
    double centre[3]; // inside: of the box, in frame b
    double half[3];   // infinite where it does not limit
} Relation;

static bool open_a(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    (void)channel;
    Relation* r = u->own;
    return dd_ref_find(s, u->def.measure->a, u->what, "a", &r->a, err);
}

static bool open_ab(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdMeasureDef* def = u->def.measure;
    Relation* r = u->own;
    r->offset = def->offset;
    r->has_b = true;
    return open_a(s, u, channel, err) && dd_ref_find(s, def->b, u->what, "b", &r->b, err);
}

// The box around the geoms that a thing's root body bears, in that body's frame. A flat thing (a
// region painted on the floor) has no height.
static bool thing_box(DdSense* s, const DdUnit* u, Relation* r, DdError* err)
{
    const mjModel* m = dd_world_model(s->world);
    double lo[3] = {INFINITY, INFINITY, INFINITY}, hi[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (int g = 0; g < m->ngeom; g++) {
        if (m->geom_bodyid[g] != r->b.body || m->geom_type[g] == mjGEOM_PLANE) {
            continue;
        }
        const double* aabb = m->geom_aabb + 6 * g;
        for (int k = 0; k < 8; k++) {
            double corner[3], p[3];
            for (int i = 0; i < 3; i++) {
                corner[i] = aabb[i] + (k >> i & 1 ? aabb[3 + i] : -aabb[3 + i]);
            }
            dd_quat_rotate(p, m->geom_quat + 4 * g, corner);
            for (int i = 0; i < 3; i++) {
                lo[i] = fmin(lo[i], p[i] + m->geom_pos[3 * g + i]);
                hi[i] = fmax(hi[i], p[i] + m->geom_pos[3 * g + i]);
            }
        }
    }
    if (r->b.site >= 0 || !(hi[0] > lo[0])) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: half must be given, for '%s' has no extent of its own", u->what,
                       u->def.measure->b);
    }
    for (int i = 0; i < 3; i++) {
        r->centre[i] = 0.5 * (lo[i] + hi[i]);
        r->half[i] = 0.5 * (hi[i] - lo[i]);
    }
    if (r->half[2] < k_flat) {
        r->half[2] = INFINITY;
    }
    return true;
}

static bool open_inside(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const double* half = u->def.measure->half;
    Relation* r = u->own;
    if (!open_ab(s, u, channel, err)) {
        return false;
    }
    if (half[0] == 0 && half[1] == 0 && half[2] == 0) {
        return thing_box(s, u, r, err);
    }
    for (int i = 0; i < 3; i++) {
        r->half[i] = half[i] > 0 ? half[i] : INFINITY;
    }
    return true;
}

static bool open_height(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    return u->def.measure->b[0] ? open_ab(s, u, channel, err) : open_a(s, u, channel, err);
}

static bool open_motion(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    if (!open_a(s, u, channel, err)) {
        return false;
    }
    u->nstate = DD_MOTION_STATE;
    u->skip_every = !((Relation*)u->own)->a.kinematic;
    return true;
}

static void begin_motion(DdSense* s, DdUnit* u)
{
    dd_motion_begin(s, &((Relation*)u->own)->a, u->state);
}

static void every_motion(DdSense* s, DdUnit* u)
{
    dd_motion_every(s, &((Relation*)u->own)->a, u->state);
}

static void read_distance(DdSense* s, DdUnit* u, double* values)
{
    const Relation* r = u->own;
    const double* a = dd_ref_pos(s, &r->a);
    const double* b = dd_ref_pos(s, &r->b);
    double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    values[0] = dd_norm3(d);
}

static void read_yaw_error(DdSense* s, DdUnit* u, double* values)
{
    const Relation* r = u->own;
    DdPose a, b;
    dd_ref_pose(s, &r->a, &a);
    dd_ref_pose(s, &r->b, &b);
    values[0] = fabs(dd_wrap_angle(dd_pose_yaw(&a) - dd_pose_yaw(&b) - r->offset));
}

static void read_angle_error(DdSense* s, DdUnit* u, double* values)
{
    const Relation* r = u->own;
    DdPose a, b;
    dd_ref_pose(s, &r->a, &a);
    dd_ref_pose(s, &r->b, &b);
    values[0] = dd_quat_angle(a.quat, b.quat);
}

static void read_inside(DdSense* s, DdUnit* u, double* values)
{
    const Relation* r = u->own;
    DdPose b;
    dd_ref_pose(s, &r->b, &b);
    const double* a = dd_ref_pos(s, &r->a);
    double d[3] = {a[0] - b.pos[0], a[1] - b.pos[1], a[2] - b.pos[2]}, inverse[4], p[3];
    dd_quat_conj(inverse, b.quat);
    dd_quat_rotate(p, inverse, d);
    double margin = INFINITY;
    for (int i = 0; i < 3; i++) {
        margin = fmin(margin, r->half[i] - fabs(p[i] - r->centre[i]));
    }
    values[0] = margin;
}

static void read_tilt(DdSense* s, DdUnit* u, double* values)
{
    const Relation* r = u->own;
    DdPose a;
    dd_ref_pose(s, &r->a, &a);
    double z[3] = {0, 0, 1}, up[3];
    dd_quat_rotate(up, a.quat, z);
    values[0] = atan2(hypot(up[0], up[1]), up[2]);
}

static void read_height(DdSense* s, DdUnit* u, double* values)
{
    const Relation* r = u->own;
    values[0] = dd_ref_pos(s, &r->a)[2] - (r->has_b ? dd_ref_pos(s, &r->b)[2] : 0);
}

static void read_speed(DdSense* s, DdUnit* u, double* values)
{
    double linear[3], angular[3];
    dd_motion_read(s, &((Relation*)u->own)->a, u->state, linear, angular);
    values[0] = dd_norm3(linear);
}

static void read_yaw_rate(DdSense* s, DdUnit* u, double* values)
{
    double linear[3], angular[3];
    dd_motion_read(s, &((Relation*)u->own)->a, u->state, linear, angular);
    values[0] = angular[2];
}

#define INFO(name_, unit_, reads_, doc_)                                                           \
    .info = {.name = name_, .type = DD_TYPE_SCALAR, .unit = unit_, .doc = doc_, .reads = reads_},  \
    .size = sizeof(Relation)

const DdUnitKind dd_measure_distance = {
    INFO("distance", "m", "a b", "between the origins of a and b"),
    .open = open_ab,
    .read = read_distance,
};
const DdUnitKind dd_measure_pose_error = {
    INFO("pose_error", "m", "a b",
         "length of a's position relative to frame b; see also yaw_error, "
         "angle_error"),
    .open = open_ab,
    .read = read_distance,
};
const DdUnitKind dd_measure_yaw_error = {
    INFO("yaw_error", "rad", "a b offset",
         "difference of the headings of a and b less `offset`, 0 "
         "to pi"),
    .open = open_ab,
    .read = read_yaw_error,
};
const DdUnitKind dd_measure_angle_error = {
    INFO("angle_error", "rad", "a b", "angle of the rotation between a and b, 0 to pi"),
    .open = open_ab,
    .read = read_angle_error,
};
const DdUnitKind dd_measure_inside = {
    INFO("inside", "m", "a b half",
         "how deep a's origin lies in the box around b; negative outside"),
    .open = open_inside,
    .read = read_inside,
};
const DdUnitKind dd_measure_tilt = {
    INFO("tilt", "rad", "a", "angle between a's z axis and the vertical"),
    .open = open_a,
    .read = read_tilt,
};
const DdUnitKind dd_measure_height = {
    INFO("height", "m", "a b", "height of a's origin above b's, or above the world's"),
    .open = open_height,
    .read = read_height,
};
const DdUnitKind dd_measure_speed = {
    INFO("speed", "m/s", "a", "speed of a's origin"),
    .open = open_motion,
    .begin = begin_motion,
    .every = every_motion,
    .read = read_speed,
};
const DdUnitKind dd_measure_yaw_rate = {
    INFO("yaw_rate", "rad/s", "a", "rate of turn about the vertical, left positive"),
    .open = open_motion,
    .begin = begin_motion,
    .every = every_motion,
    .read = read_yaw_rate,
};
