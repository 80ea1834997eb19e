// IMU: orientation and angular velocity of step n, specific force of the step that ended there.
//
// The acceleration of the body follows from the joints between it and the world: in MuJoCo's frame
// at the centre of mass of the tree, a = -g + sum over those dofs of (cdof_dot qvel + cdof qacc).
// The first part is taken after step1, while qvel is that of the step; the second after step2.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct Imu {
    DdRef ref;
    int ndof;
    int* dof;       // (ndof) between the body and the world
    double bias[6]; // gyro, accelerometer
} Imu;

enum { ST_BASE = 0, ST_FORCE = 6, ST_KNOWN = 9, ST_COUNT = 10, k_lane_bias = 0x20000000 };

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
    imu->dof = malloc(((size_t)m->nv + 1) * sizeof *imu->dof);
    DD_ASSERT(imu->dof);
    for (int b = imu->ref.body; b > 0; b = m->body_parentid[b]) {
        for (int i = 0; i < m->body_dofnum[b]; i++) {
            imu->dof[imu->ndof++] = m->body_dofadr[b] + i;
        }
    }
    DdStream stream = dd_stream(s->seed, s->scope, channel->name);
    for (int i = 0; i < 6; i++) {
        double sigma = i < 3 ? def->gyro_bias : def->accel_bias;
        imu->bias[i] = sigma * dd_stream_normal_at(&stream, 0, k_lane_bias + (uint32_t)i);
    }
    u->nstate = ST_COUNT;
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

static const double* frame_mat(const DdSense* s, const DdRef* ref)
{
    const mjData* d = dd_world_data(s->world);
    return ref->site >= 0 ? d->site_xmat + 9 * ref->site : d->xmat + 9 * ref->body;
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

    // move to the frame's origin; from spatial to classical acceleration adds w x v
    const double* pos = dd_ref_pos(s, &imu->ref);
    const double* com = d->subtree_com + 3 * m->body_rootid[imu->ref.body];
    double arm[3] = {pos[0] - com[0], pos[1] - com[1], pos[2] - com[2]};
    double turn[3], v[3], w[3], coriolis[3];
    dd_cross3(turn, a, arm);
    dd_ref_velocity(s, &imu->ref, v, w);
    dd_cross3(coriolis, w, v);
    double force[3];
    for (int i = 0; i < 3; i++) {
        force[i] = a[3 + i] + turn[i] + coriolis[i];
    }
    to_frame(frame_mat(s, &imu->ref), force, u->state + ST_FORCE);
    u->state[ST_KNOWN] = 1;
}

static void imu_read(DdSense* s, DdUnit* u, double* values)
{
    const Imu* imu = u->own;
    const double* mat = frame_mat(s, &imu->ref);
    DdPose pose;
    dd_ref_pose(s, &imu->ref, &pose);
    memcpy(values, pose.quat, sizeof pose.quat);
    double v[3], w[3];
    dd_ref_velocity(s, &imu->ref, v, w);
    to_frame(mat, w, values + 4);
    if (u->state[ST_KNOWN] != 0) {
        memcpy(values + 7, u->state + ST_FORCE, 3 * sizeof *values);
    } else {
        // no step has ended yet: what it would read at rest
        double g[3], up[3];
        gravity_of(dd_world_model(s->world), g);
        for (int i = 0; i < 3; i++) {
            up[i] = -g[i];
        }
        to_frame(mat, up, values + 7);
    }
    for (int i = 0; i < 6; i++) {
        values[4 + i] += imu->bias[i];
    }
}

const DdUnitKind dd_sense_imu = {
    .info = {.name = "imu",
             .type = DD_TYPE_IMU,
             .unit = "",
             .doc = "orientation, angular velocity and specific force (+9.81 upwards at rest)",
             .reads = "robot frame gyro_bias accel_bias"},
    .size = sizeof(Imu),
    .open = imu_open,
    .close = imu_close,
    .before = imu_before,
    .after = imu_after,
    .read = imu_read,
};
