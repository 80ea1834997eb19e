// Wheel odometry: the pose that encoder increments add up to, and the twist they tell.
//
// Differential drive, per sample: travel of the left and right side l, r (means over their wheels);
// forward (l + r) / 2, turn (r - l) / track. Double steer: travel f, r of the front and rear axle
// along their mean steering angles df, dr; forward (f cos df + r cos dr) / 2, sideways
// (f sin df + r sin dr) / 2, turn (f sin df - r sin dr) / wheelbase. The increment is a motion
// along an arc, added exactly. The base frame is x forward, in the middle between the wheels or
// axles.
#include <string.h>

#include "sim/sense/internal.h"

enum { k_wheels_max = DD_NAMES_MAX, k_lane_slip = 0x40000000 };

typedef struct Odom {
    int nwheel, nsteer;
    int wheel_qpos[k_wheels_max], wheel_dof[k_wheels_max];
    int steer_qpos[2];
    double radius, track, wheelbase;
    double tick; // rad per tick, 0 = continuous
    double slip_sigma;
} Odom;

// state: x y yaw, vx vy wz, step of the last reading, steering angles, wheel angles as read
enum { ST_POSE = 0, ST_TWIST = 3, ST_STEP = 6, ST_STEER = 7, ST_WHEEL = 9 };

static bool check_lengths(const DdUnit* u, const DdSensorDef* def, DdError* err)
{
    bool steers = def->steer_joints.n > 0;
    double span = steers ? def->wheelbase : def->track;
    const char* name = steers ? "wheelbase" : "track";
    if (!(def->wheel_radius > 0)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: wheel_radius must be positive, got %g m", u->what,
                       def->wheel_radius);
    }
    if (!(span > 0)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: %s must be positive, got %g m", u->what, name,
                       span);
    }
    if (def->joints.n < 2 || def->joints.n % 2) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: joints must name an even number of wheels, %s, got %d", u->what,
                       steers ? "front then rear" : "left then right", def->joints.n);
    }
    if (def->steer_joints.n > 2) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: steer_joints must name the front and the rear joint, got %d", u->what,
                       def->steer_joints.n);
    }
    return true;
}

static bool odom_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    const mjModel* m = dd_world_model(s->world);
    Odom* o = u->own;
    DdRef base;
    char full[DD_NAME_MAX];
    if (!check_lengths(u, def, err) || !dd_ref_of_sensor(s, u, &base, full, err)) {
        return false;
    }
    int* wheels =
        dd_find_joints(s, u->what, "joints", def->robot, &def->joints, &o->nwheel, NULL, err);
    if (!wheels) {
        return false;
    }
    for (int i = 0; i < o->nwheel; i++) {
        o->wheel_qpos[i] = m->jnt_qposadr[wheels[i]];
        o->wheel_dof[i] = m->jnt_dofadr[wheels[i]];
    }
    free(wheels);
    if (def->steer_joints.n) {
        int* steers = dd_find_joints(s, u->what, "steer_joints", def->robot, &def->steer_joints,
                                     &o->nsteer, NULL, err);
        if (!steers) {
            return false;
        }
        for (int i = 0; i < o->nsteer; i++) {
            o->steer_qpos[i] = m->jnt_qposadr[steers[i]];
        }
        free(steers);
    }
    o->radius = def->wheel_radius;
    o->track = def->track;
    o->wheelbase = def->wheelbase;
    o->tick = def->ticks_per_rev > 0 ? 2 * DD_PI / def->ticks_per_rev : 0;
    o->slip_sigma = def->slip_sigma;
    snprintf(channel->frame, sizeof channel->frame, "%.*s%sodom", DD_NAME_MAX - 6, def->robot,
             def->robot[0] ? "/" : "");
    snprintf(channel->child_frame, sizeof channel->child_frame, "%s", full);
    u->nstate = ST_WHEEL + o->nwheel;
    // noise on what a planar odometry tells: x y, yaw, vx vy, wz
    u->nspan = 4;
    u->span[0] = (DdNoiseSpan){.at = 0, .n = 2};
    u->span[1] = (DdNoiseSpan){.at = 3, .n = 1, .rotation = true};
    u->span[2] = (DdNoiseSpan){.at = 7, .n = 2};
    u->span[3] = (DdNoiseSpan){.at = 12, .n = 1};
    return true;
}

static double encoder(const Odom* o, double angle)
{
    return o->tick > 0 ? floor(angle / o->tick) * o->tick : angle;
}

static void odom_begin(DdSense* s, DdUnit* u)
{
    const Odom* o = u->own;
    const mjData* d = dd_world_data(s->world);
    u->state[ST_STEP] = (double)s->step;
    for (int i = 0; i < o->nsteer; i++) {
        u->state[ST_STEER + i] = d->qpos[o->steer_qpos[i]];
    }
    for (int i = 0; i < o->nwheel; i++) {
        u->state[ST_WHEEL + i] = encoder(o, d->qpos[o->wheel_qpos[i]]);
    }
}

// forward, sideways, turn from the travel (or speed) of the two groups of wheels
static void combine(const Odom* o, const double group[2], const double steer[2], double out[3])
{
    if (o->nsteer == 0) {
        out[0] = 0.5 * (group[0] + group[1]);
        out[1] = 0;
        out[2] = (group[1] - group[0]) / o->track;
        return;
    }
    double front[2] = {group[0] * cos(steer[0]), group[0] * sin(steer[0])};
    double rear[2] = {group[1] * cos(steer[1]), group[1] * sin(steer[1])};
    out[0] = 0.5 * (front[0] + rear[0]);
    out[1] = 0.5 * (front[1] + rear[1]);
    out[2] = (front[1] - rear[1]) / o->wheelbase;
}

static void integrate(double pose[3], const double move[3])
{
    // along an arc: the body's translation is turned by the integral of the heading
    double turn = move[2];
    double s = fabs(turn) < 1e-6 ? 1 - turn * turn / 6 : sin(turn) / turn;
    double c = fabs(turn) < 1e-6 ? turn / 2 : (1 - cos(turn)) / turn;
    double dx = s * move[0] - c * move[1];
    double dy = c * move[0] + s * move[1];
    double cy = cos(pose[2]), sy = sin(pose[2]);
    pose[0] += cy * dx - sy * dy;
    pose[1] += sy * dx + cy * dy;
    pose[2] = dd_wrap_angle(pose[2] + turn);
}

static void odom_update(DdSense* s, DdUnit* u)
{
    const Odom* o = u->own;
    const mjData* d = dd_world_data(s->world);
    double* st = u->state;
    double elapsed = ((double)s->step - st[ST_STEP]) * s->dt;
    double travel[2] = {0, 0}, speed[2] = {0, 0}, steer_mean[2] = {0, 0}, steer[2] = {0, 0};
    int half = o->nwheel / 2;
    for (int i = 0; i < o->nwheel; i++) {
        double angle = encoder(o, d->qpos[o->wheel_qpos[i]]);
        double way = o->radius * (angle - st[ST_WHEEL + i]);
        st[ST_WHEEL + i] = angle;
        if (o->slip_sigma > 0 && way != 0) {
            // a random walk along the way: its deviation after 1 m is slip_sigma at any rate
            way += o->slip_sigma * sqrt(fabs(way)) *
                   dd_stream_normal_at(&u->stream, s->step, k_lane_slip + (uint32_t)i);
        }
        travel[i >= half] += way / half;
        speed[i >= half] += o->radius * d->qvel[o->wheel_dof[i]] / half;
    }
    for (int i = 0; i < o->nsteer; i++) {
        steer[i] = d->qpos[o->steer_qpos[i]];
        steer_mean[i] = 0.5 * (steer[i] + st[ST_STEER + i]);
        st[ST_STEER + i] = steer[i];
    }
    double move[3];
    combine(o, travel, steer_mean, move);
    integrate(st + ST_POSE, move);

    // speeds: tachometers where encoders are continuous, increments over the interval else
    if (o->tick == 0) {
        combine(o, speed, steer, st + ST_TWIST);
    } else if (elapsed > 0) {
        for (int i = 0; i < 3; i++) {
            st[ST_TWIST + i] = move[i] / elapsed;
        }
    }
    st[ST_STEP] = (double)s->step;
}

static void odom_read(DdSense* s, DdUnit* u, double* values)
{
    odom_update(s, u);
    const double* st = u->state;
    memset(values, 0, 13 * sizeof *values);
    values[0] = st[ST_POSE];
    values[1] = st[ST_POSE + 1];
    dd_quat_from_yaw(values + 3, st[ST_POSE + 2]);
    values[7] = st[ST_TWIST];
    values[8] = st[ST_TWIST + 1];
    values[12] = st[ST_TWIST + 2];
}

const DdUnitKind dd_sense_odom = {
    .info = {.name = "odom",
             .type = DD_TYPE_ODOM,
             .unit = "",
             .doc =
                 "wheel odometry of a differential drive or a double-steer vehicle, from encoders",
             .reads = "robot frame joints wheel_radius track wheelbase steer_joints ticks_per_rev "
                      "slip_sigma"},
    .size = sizeof(Odom),
    .open = odom_open,
    .begin = odom_begin,
    .read = odom_read,
};
