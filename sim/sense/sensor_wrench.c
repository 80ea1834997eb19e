// Force/torque sensor: what the parent applies to the body that the frame sits on, in the frame.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct Wrench {
    DdRef ref;
} Wrench;

static bool wrench_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    Wrench* w = u->own;
    if (!dd_ref_of_sensor(s, u, &w->ref, channel->frame, err)) {
        return false;
    }
    if (w->ref.body == 0) {
        return dd_fail(
            err, DD_ERROR_SCRIPT,
            "%s: '%s' belongs to the world itself, which has no parent to measure against", u->what,
            channel->frame);
    }
    s->has_wrench = true;
    u->nstate = 6;
    u->nspan = 2;
    u->span[0] = (DdNoiseSpan){.at = 0, .n = 3};
    u->span[1] = (DdNoiseSpan){.at = 3, .n = 3};
    return true;
}

static void wrench_before(DdSense* s, DdUnit* u)
{
    (void)u;
    s->qvel_wanted = true;
}

// Inverse dynamics of the step that ended. The positions and velocities it needs are those of the
// step's begin; of these step2 has only moved qvel (and qpos, which is not read) on.
static void run_inverse(DdSense* s)
{
    const mjModel* m = dd_world_model(s->world);
    mjData* d = dd_world_data(s->world);
    if (s->inverse_step == s->step) {
        return;
    }
    // MuJoCo has done it itself when the model has sensors that need it
    if (!d->flg_rnepost) {
        double* qvel = d->qvel;
        d->qvel = s->qvel;
        mj_rnePostConstraint(m, d);
        d->qvel = qvel;
        d->flg_rnepost = 0;
    }
    s->inverse_step = s->step;
}

static void wrench_after(DdSense* s, DdUnit* u)
{
    const Wrench* w = u->own;
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    if (dd_body_asleep(s, w->ref.body)) {
        return; // what holds a sleeping body does not change
    }
    run_inverse(s);

    // the force is written at the centre of mass of the tree, (torque, force), in world axes
    const double* f = d->cfrc_int + 6 * w->ref.body;
    const double* com = d->subtree_com + 3 * m->body_rootid[w->ref.body];
    const double* pos = dd_ref_pos(s, &w->ref);
    const double* mat =
        w->ref.site >= 0 ? d->site_xmat + 9 * w->ref.site : d->xmat + 9 * w->ref.body;
    double arm[3] = {pos[0] - com[0], pos[1] - com[1], pos[2] - com[2]};
    double moment[3], torque[3];
    dd_cross3(moment, arm, f + 3);
    for (int i = 0; i < 3; i++) {
        torque[i] = f[i] - moment[i];
    }
    for (int i = 0; i < 3; i++) {
        u->state[i] = mat[i] * f[3] + mat[3 + i] * f[4] + mat[6 + i] * f[5];
        u->state[3 + i] = mat[i] * torque[0] + mat[3 + i] * torque[1] + mat[6 + i] * torque[2];
    }
}

static void wrench_read(DdSense* s, DdUnit* u, double* values)
{
    (void)s;
    memcpy(values, u->state, 6 * sizeof *values);
}

const DdUnitKind dd_sense_wrench = {
    .info = {.name = "wrench",
             .type = DD_TYPE_WRENCH,
             .unit = "",
             .doc = "force and torque that the parent applies to the frame's body, in the frame",
             .reads = "robot frame"},
    .size = sizeof(Wrench),
    .open = wrench_open,
    .before = wrench_before,
    .after = wrench_after,
    .read = wrench_read,
};
