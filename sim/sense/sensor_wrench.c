// Force/torque sensor: what the parent applies to the body that the frame sits on, in the frame.
#include <string.h>

#include "sim/sense/drift.h"
#include "sim/sense/internal.h"

typedef struct Wrench {
    DdRef ref;
    bool crosses;
    double cross[36]; // what each axis shows of each; 1 on the diagonal
    double drift;     // N per sqrt(s)
    double range[2];  // force, torque; 0 = none
    bool filters;
    DdLowpass lowpass;
    int at_drift, at_filter; // in the unit's state
} Wrench;

enum { k_lane_drift = 0x10000000, k_lane_cross = 0x20000000 };

// nearer to half the rate of physics a filter does nothing
static const double k_corner_max = 0.45;
static const double k_torque_drift = 0.01; // Nm for every N

// An axis shows of another one a share of its own full scale when the other is at its full scale.
// Without both ranges forces and torques have no common measure and do not mix.
static void draw_crosstalk(const DdSensorDef* def, const DdStream* stream, Wrench* w)
{
    double scale[2] = {def->force_range, def->torque_range};
    w->crosses = def->crosstalk > 0;
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            bool alike = i / 3 == j / 3;
            double ratio = alike                          ? 1
                           : scale[0] > 0 && scale[1] > 0 ? scale[i / 3] / scale[j / 3]
                                                          : 0;
            double share = def->crosstalk *
                           dd_stream_normal_at(stream, 0, k_lane_cross + (uint32_t)(6 * i + j));
            w->cross[6 * i + j] = i == j ? 1 : ratio * share;
        }
    }
}

static bool wrench_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
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
    DdStream stream = dd_stream(s->seed, s->scope, channel->name);
    draw_crosstalk(def, &stream, w);
    w->drift = def->drift;
    w->range[0] = def->force_range;
    w->range[1] = def->torque_range;
    w->filters = def->bandwidth_hz > 0 && def->bandwidth_hz < k_corner_max * s->physics_hz;
    u->nstate = 6;
    if (w->drift > 0) {
        w->at_drift = u->nstate;
        u->nstate += 1 + 6; // the step of the last sample comes first
    }
    if (w->filters) {
        w->lowpass = dd_lowpass_make(def->bandwidth_hz, s->physics_hz);
        w->at_filter = u->nstate;
        u->nstate += 1 + 6 + 6 * DD_LOWPASS_STATE; // whether it runs, outputs, then the filters
        s->qvel_always = true;
    }
    u->skip_every = !w->filters;
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

// With a band limit every physics step counts.
static void wrench_always(DdSense* s, DdUnit* u)
{
    const Wrench* w = u->own;
    double* runs = u->state + w->at_filter;
    double* out = runs + 1;
    wrench_after(s, u);
    for (int i = 0; i < 6; i++) {
        double* filter = out + 6 + i * DD_LOWPASS_STATE;
        if (*runs == 0) {
            dd_lowpass_begin(&w->lowpass, u->state[i], filter);
        }
        out[i] = dd_lowpass_next(&w->lowpass, u->state[i], filter);
    }
    *runs = 1;
}

static void wrench_begin(DdSense* s, DdUnit* u)
{
    const Wrench* w = u->own;
    (void)s;
    if (w->drift > 0) {
        u->state[w->at_drift] = -1;
    }
}

static void add_drift(const DdSense* s, DdUnit* u, double* values)
{
    const Wrench* w = u->own;
    double* last = u->state + w->at_drift;
    double dt = *last < 0 ? 0 : ((double)s->step - *last) * s->dt;
    *last = (double)s->step;
    for (int i = 0; i < 6; i++) {
        double sigma = w->drift * (i < 3 ? 1 : k_torque_drift) * sqrt(dt);
        last[1 + i] +=
            dt > 0 ? sigma * dd_stream_normal_at(&u->stream, s->step, k_lane_drift + (uint32_t)i)
                   : 0;
        values[i] += last[1 + i];
    }
}

static void wrench_read(DdSense* s, DdUnit* u, double* values)
{
    const Wrench* w = u->own;
    const double* felt = w->filters ? u->state + w->at_filter + 1 : u->state;
    if (w->crosses) {
        mju_mulMatVec(values, w->cross, felt, 6, 6);
    } else {
        memcpy(values, felt, 6 * sizeof *values);
    }
    if (w->drift > 0) {
        add_drift(s, u, values);
    }
}

static void wrench_finish(DdSense* s, DdUnit* u, double* values)
{
    const Wrench* w = u->own;
    (void)s;
    for (int i = 0; i < 6; i++) {
        double range = w->range[i / 3];
        if (range > 0) {
            values[i] = dd_clamp(values[i], -range, range);
        }
    }
}

const DdUnitKind dd_sense_wrench = {
    .info = {.name = "wrench",
             .type = DD_TYPE_WRENCH,
             .unit = "",
             .doc = "force and torque that the parent applies to the frame's body, in the frame",
             .reads = "robot frame crosstalk drift force_range torque_range bandwidth_hz"},
    .size = sizeof(Wrench),
    .open = wrench_open,
    .begin = wrench_begin,
    .before = wrench_before,
    .after = wrench_after,
    .always = wrench_always,
    .read = wrench_read,
    .finish = wrench_finish,
};
