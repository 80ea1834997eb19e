// IMU: orientation and angular velocity of step n, specific force of the step that ended there.
//
// The acceleration of the body follows from the joints between it and the world: in MuJoCo's frame
// at the centre of mass of the tree, a = -g + sum over those dofs of (cdof_dot qvel + cdof qacc).
// The first part is taken after step1, while qvel is that of the step; the second after step2.
#include <string.h>

#include "sim/sense/drift.h"
#include "sim/sense/internal.h"

typedef struct Imu {
    DdRef ref;
    int ndof;
    int* dof;       // (ndof) between the body and the world
    double bias[6]; // gyro, accelerometer
    bool mounted;   // it sits beside the frame's origin, or turned
    DdPose mount;
    double mount_mat[9];
    bool skewed;     // scale or axes are not perfect
    double skew[18]; // of the gyro, of the accelerometer
    double range[2]; // saturation, 0 = none
    bool drifts;
    DdDrift drift[2];
    bool filters;
    DdLowpass lowpass;
    int at_drift, at_filter; // in the unit's state
} Imu;

// the state begins with these; then what drift and filter need
enum { ST_BASE = 0, ST_FORCE = 6, ST_KNOWN = 9, ST_COUNT = 10 };
enum { k_lane_drift = 0x10000000, k_lane_bias = 0x20000000, k_lane_skew = 0x20000010 };

// a filter whose corner is nearer to half the rate of physics than this does nothing
static const double k_corner_max = 0.45;

static void draw_unit_errors(const DdSensorDef* def, const DdStream* stream, Imu* imu)
{
    for (int i = 0; i < 6; i++) {
        double sigma = i < 3 ? def->gyro_bias : def->accel_bias;
        imu->bias[i] = sigma * dd_stream_normal_at(stream, 0, k_lane_bias + (uint32_t)i);
    }
    imu->skewed = def->scale_error > 0 || def->misalignment > 0;
    for (int i = 0; i < 18; i++) {
        bool diagonal = i % 9 % 4 == 0;
        imu->skew[i] =
            (diagonal ? 1 : 0) + (diagonal ? def->scale_error : def->misalignment) *
                                     dd_stream_normal_at(stream, 0, k_lane_skew + (uint32_t)i);
    }
}

static void make_noise(const DdSense* s, const DdSensorDef* def, DdUnit* u, Imu* imu)
{
    double dt = 1 / def->rate_hz;
    imu->drift[0] = dd_drift_make(def->gyro_noise, def->gyro_instability, def->gyro_walk, dt);
    imu->drift[1] = dd_drift_make(def->accel_noise, def->accel_instability, def->accel_walk, dt);
    imu->drifts = def->gyro_noise > 0 || def->gyro_instability > 0 || def->gyro_walk > 0 ||
                  def->accel_noise > 0 || def->accel_instability > 0 || def->accel_walk > 0;
    imu->filters = def->bandwidth_hz > 0 && def->bandwidth_hz < k_corner_max * s->physics_hz;
    u->nstate = ST_COUNT;
    if (imu->drifts) {
        imu->at_drift = u->nstate;
        u->nstate += 1 + 6 * DD_DRIFT_STATE; // the step of the last sample comes first
    }
    if (imu->filters) {
        imu->lowpass = dd_lowpass_make(def->bandwidth_hz, s->physics_hz);
        imu->at_filter = u->nstate;
        u->nstate += 6 + 6 * DD_LOWPASS_STATE; // outputs, then the filters
    }
    u->skip_every = !imu->filters;
}

static bool imu_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    const mjModel* m = dd_world_model(s->world);
    Imu* imu = u->own;
    if (!dd_ref_of_sensor(s, u, &imu->ref, channel->frame, err)) {
        return false;
    }
    if (imu->ref.kinematic) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: an imu needs a body that the physics moves, and '%s' is an actor's",
                       u->what, channel->frame);
    }
    imu->mounted = dd_mounted(def);
    if (imu->mounted) {
        imu->mount = dd_mount_of(def);
        mju_quat2Mat(imu->mount_mat, imu->mount.quat);
        dd_mount_frame(def, channel->frame);
    }
    imu->dof = malloc(((size_t)m->nv + 1) * sizeof *imu->dof);
    DD_ASSERT(imu->dof);
    for (int b = imu->ref.body; b > 0; b = m->body_parentid[b]) {
        for (int i = 0; i < m->body_dofnum[b]; i++) {
            imu->dof[imu->ndof++] = m->body_dofadr[b] + i;
        }
    }
    DdStream stream = dd_stream(s->seed, s->scope, channel->name);
    draw_unit_errors(def, &stream, imu);
    make_noise(s, def, u, imu);
    imu->range[0] = def->gyro_range;
    imu->range[1] = def->accel_range;
    u->nspan = 3;
    u->span[0] = (DdNoiseSpan){.at = 0, .n = 3, .rotation = true};
    u->span[1] = (DdNoiseSpan){.at = 4, .n = 3};
    u->span[2] = (DdNoiseSpan){.at = 7, .n = 3};
    return true;
}

static void imu_close(DdUnit* u)
{
    free(((Imu*)u->own)->dof);
}

static void gravity_of(const mjModel* m, double g[3])
{
    bool off = m->opt.disableflags & mjDSBL_GRAVITY;
    for (int i = 0; i < 3; i++) {
        g[i] = off ? 0 : m->opt.gravity[i];
    }
}

static void imu_before(DdSense* s, DdUnit* u)
{
    const Imu* imu = u->own;
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    double* a = u->state + ST_BASE;
    double g[3];
    gravity_of(m, g);
    for (int i = 0; i < 3; i++) {
        a[i] = 0;
        a[3 + i] = -g[i];
    }
    for (int k = 0; k < imu->ndof; k++) {
        const double* cdof_dot = d->cdof_dot + 6 * imu->dof[k];
        double v = d->qvel[imu->dof[k]];
        for (int i = 0; i < 6; i++) {
            a[i] += cdof_dot[i] * v;
        }
    }
}

// The axes of the sensor in the world.
static void axes_of(const DdSense* s, const Imu* imu, double mat[9])
{
    const mjData* d = dd_world_data(s->world);
    const double* frame =
        imu->ref.site >= 0 ? d->site_xmat + 9 * imu->ref.site : d->xmat + 9 * imu->ref.body;
    if (imu->mounted) {
        mju_mulMatMat(mat, frame, imu->mount_mat, 3, 3, 3);
    } else {
        memcpy(mat, frame, 9 * sizeof *mat);
    }
}

// v in world axes to the frame's axes
static void to_frame(const double mat[9], const double v[3], double out[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = mat[i] * v[0] + mat[3 + i] * v[1] + mat[6 + i] * v[2];
    }
}

static void imu_after(DdSense* s, DdUnit* u)
{
    const Imu* imu = u->own;
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    double a[6];
    memcpy(a, u->state + ST_BASE, sizeof a);
    bool asleep = dd_body_asleep(s, imu->ref.body);
    if (asleep) {
        double g[3];
        gravity_of(m, g);
        for (int i = 0; i < 3; i++) {
            a[i] = 0;
            a[3 + i] = -g[i];
        }
    }
    for (int k = 0; k < imu->ndof && !asleep; k++) {
        const double* cdof = d->cdof + 6 * imu->dof[k];
        double acc = d->qacc[imu->dof[k]];
        for (int i = 0; i < 6; i++) {
            a[i] += cdof[i] * acc;
        }
    }

    // move to the sensor; from spatial to classical acceleration adds w x v
    double pos[3], mat[9];
    memcpy(pos, dd_ref_pos(s, &imu->ref), sizeof pos);
    double v[3], w[3], coriolis[3];
    dd_ref_velocity(s, &imu->ref, v, w);
    if (imu->mounted) {
        DdPose at = dd_mount_pose(s, &imu->ref, &imu->mount);
        double lever[3] = {at.pos[0] - pos[0], at.pos[1] - pos[1], at.pos[2] - pos[2]};
        double way[3];
        dd_cross3(way, w, lever);
        for (int i = 0; i < 3; i++) {
            v[i] += way[i];
            pos[i] = at.pos[i];
        }
    }
    const double* com = d->subtree_com + 3 * m->body_rootid[imu->ref.body];
    double arm[3] = {pos[0] - com[0], pos[1] - com[1], pos[2] - com[2]};
    double turn[3];
    dd_cross3(turn, a, arm);
    dd_cross3(coriolis, w, v);
    double force[3];
    for (int i = 0; i < 3; i++) {
        force[i] = a[3 + i] + turn[i] + coriolis[i];
    }
    axes_of(s, imu, mat);
    to_frame(mat, force, u->state + ST_FORCE);
    u->state[ST_KNOWN] = 1;
}

static void read_rate(const DdSense* s, const Imu* imu, double rate[3])
{
    double mat[9], v[3], w[3];
    axes_of(s, imu, mat);
    dd_ref_velocity(s, &imu->ref, v, w);
    to_frame(mat, w, rate);
}

// Specific force of the step that ended; before the first one what it would read at rest.
static void read_force(const DdSense* s, const DdUnit* u, double force[3])
{
    const Imu* imu = u->own;
    if (u->state[ST_KNOWN] != 0) {
        memcpy(force, u->state + ST_FORCE, 3 * sizeof *force);
        return;
    }
    double g[3], up[3], mat[9];
    gravity_of(dd_world_model(s->world), g);
    for (int i = 0; i < 3; i++) {
        up[i] = -g[i];
    }
    axes_of(s, imu, mat);
    to_frame(mat, up, force);
}

static void imu_begin(DdSense* s, DdUnit* u)
{
    const Imu* imu = u->own;
    if (imu->drifts) {
        u->state[imu->at_drift] = -1;
        for (int i = 0; i < 6; i++) {
            dd_drift_begin(&imu->drift[i / 3], &u->stream,
                           k_lane_drift + (uint32_t)i * DD_DRIFT_LANES,
                           u->state + imu->at_drift + 1 + i * DD_DRIFT_STATE);
        }
    }
    if (imu->filters) {
        double* out = u->state + imu->at_filter;
        read_rate(s, imu, out);
        read_force(s, u, out + 3);
        for (int i = 0; i < 6; i++) {
            dd_lowpass_begin(&imu->lowpass, out[i], out + 6 + i * DD_LOWPASS_STATE);
        }
    }
}

// With a band limit every physics step counts, so that nothing is folded back by sampling.
static void imu_every(DdSense* s, DdUnit* u)
{
    const Imu* imu = u->own;
    double* out = u->state + imu->at_filter;
    double now[6];
    read_rate(s, imu, now);
    read_force(s, u, now + 3);
    for (int i = 0; i < 6; i++) {
        out[i] = dd_lowpass_next(&imu->lowpass, now[i], out + 6 + i * DD_LOWPASS_STATE);
    }
    imu_before(s, u);
}

static void imu_always(DdSense* s, DdUnit* u)
{
    imu_after(s, u);
}

static void add_drift(const DdSense* s, DdUnit* u, double values[6])
{
    const Imu* imu = u->own;
    double* last = u->state + imu->at_drift;
    double dt = *last < 0 ? 0 : ((double)s->step - *last) * s->dt;
    *last = (double)s->step;
    for (int i = 0; i < 6; i++) {
        values[i] += dd_drift_next(&imu->drift[i / 3], dt, &u->stream, s->step,
                                   k_lane_drift + (uint32_t)i * DD_DRIFT_LANES,
                                   last + 1 + i * DD_DRIFT_STATE);
    }
}

static void imu_read(DdSense* s, DdUnit* u, double* values)
{
    const Imu* imu = u->own;
    DdPose pose;
    if (imu->mounted) {
        pose = dd_mount_pose(s, &imu->ref, &imu->mount);
    } else {
        dd_ref_pose(s, &imu->ref, &pose);
    }
    memcpy(values, pose.quat, sizeof pose.quat);
    double* felt = values + 4;
    if (imu->filters) {
        memcpy(felt, u->state + imu->at_filter, 6 * sizeof *felt);
    } else {
        read_rate(s, imu, felt);
        read_force(s, u, felt + 3);
    }
    if (imu->skewed) {
        double skewed[6];
        mju_mulMatVec3(skewed, imu->skew, felt);
        mju_mulMatVec3(skewed + 3, imu->skew + 9, felt + 3);
        memcpy(felt, skewed, sizeof skewed);
    }
    for (int i = 0; i < 6; i++) {
        felt[i] += imu->bias[i];
    }
    if (imu->drifts) {
        add_drift(s, u, felt);
    }
}

static void imu_finish(DdSense* s, DdUnit* u, double* values)
{
    const Imu* imu = u->own;
    (void)s;
    for (int i = 0; i < 6; i++) {
        double range = imu->range[i / 3];
        if (range > 0) {
            values[4 + i] = dd_clamp(values[4 + i], -range, range);
        }
    }
}

const DdUnitKind dd_sense_imu = {
    .info = {.name = "imu",
             .type = DD_TYPE_IMU,
             .unit = "",
             .doc = "orientation, angular velocity and specific force (+9.81 upwards at rest)",
             .reads = "robot frame gyro_bias accel_bias gyro_noise accel_noise gyro_instability "
                      "accel_instability gyro_walk accel_walk gyro_range accel_range scale_error "
                      "misalignment bandwidth_hz"},
    .size = sizeof(Imu),
    .open = imu_open,
    .close = imu_close,
    .begin = imu_begin,
    .every = imu_every,
    .before = imu_before,
    .after = imu_after,
    .always = imu_always,
    .read = imu_read,
    .finish = imu_finish,
};
