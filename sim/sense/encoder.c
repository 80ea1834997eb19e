// Wheel encoders: the angle in whole ticks and the speed from their differences, as a drive's
// controller has them. Slip is none of theirs: a wheel that spins is counted all the same.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct Encoder {
    int n;
    int* qpos;
    int* dof;
    double* scale; // (n) 1 + the relative error of the radius
    double* shift; // (n) where within a tick the disc stands at angle 0, 0..1
    double tick;   // rad; 0 = continuous
} Encoder;

// state: the step of the last sample, then the angles as it read them
enum { ST_STEP = 0, ST_ANGLE = 1 };
enum { k_lane_radius = 0x20000000, k_lane_shift = 0x20001000 };

static bool encoder_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    const mjModel* m = dd_world_model(s->world);
    Encoder* e = u->own;
    int* ids =
        dd_find_joints(s, u->what, "joints", def->robot, &def->joints, &e->n, &channel->names, err);
    if (!ids) {
        return false;
    }
    channel->nname = e->n;
    if (def->robot[0]) {
        snprintf(channel->frame, sizeof channel->frame, "%s",
                 dd_world_body_name(s->world, dd_world_body(s->world, def->robot)));
    }
    size_t n = (size_t)e->n + 1;
    e->qpos = malloc(n * sizeof *e->qpos);
    e->dof = malloc(n * sizeof *e->dof);
    e->scale = malloc(n * sizeof *e->scale);
    e->shift = malloc(n * sizeof *e->shift);
    DD_ASSERT(e->qpos && e->dof && e->scale && e->shift);
    DdStream stream = dd_stream(s->seed, s->scope, channel->name);
    bool ok = true;
    for (int i = 0; i < e->n && ok; i++) {
        e->qpos[i] = m->jnt_qposadr[ids[i]];
        e->dof[i] = m->jnt_dofadr[ids[i]];
        e->scale[i] =
            1 + def->radius_error * dd_stream_normal_at(&stream, 0, k_lane_radius + (uint32_t)i);
        e->shift[i] = dd_stream_uniform_at(&stream, 0, k_lane_shift + (uint32_t)i);
        if (m->jnt_type[ids[i]] != mjJNT_HINGE) {
            ok = dd_fail(err, DD_ERROR_SCRIPT,
                         "%s: joints: an encoder counts turns, and '%s' is a slide joint", u->what,
                         channel->names[i]);
        }
    }
    free(ids);
    e->tick = def->ticks_per_rev > 0 ? 2 * DD_PI / def->ticks_per_rev : 0;
    u->nstate = ST_ANGLE + e->n;
    u->nspan = 2;
    u->span[0] = (DdNoiseSpan){.at = 0, .n = e->n};
    u->span[1] = (DdNoiseSpan){.at = e->n, .n = e->n};
    return ok;
}

static void encoder_close(DdUnit* u)
{
    Encoder* e = u->own;
    free(e->qpos);
    free(e->dof);
    free(e->scale);
    free(e->shift);
}

static double angle_of(const Encoder* e, int i, double angle)
{
    double turned = e->scale[i] * angle;
    return e->tick > 0 ? floor(turned / e->tick + e->shift[i]) * e->tick : turned;
}

static void encoder_begin(DdSense* s, DdUnit* u)
{
    const Encoder* e = u->own;
    const mjData* d = dd_world_data(s->world);
    u->state[ST_STEP] = (double)s->step;
    for (int i = 0; i < e->n; i++) {
        u->state[ST_ANGLE + i] = angle_of(e, i, d->qpos[e->qpos[i]]);
    }
}

static void encoder_read(DdSense* s, DdUnit* u, double* values)
{
    const Encoder* e = u->own;
    const mjData* d = dd_world_data(s->world);
    double elapsed = ((double)s->step - u->state[ST_STEP]) * s->dt;
    for (int i = 0; i < e->n; i++) {
        double angle = angle_of(e, i, d->qpos[e->qpos[i]]);
        double speed = 0;
        if (e->tick == 0) {
            speed = e->scale[i] * d->qvel[e->dof[i]];
        } else if (elapsed > 0) {
            speed = (angle - u->state[ST_ANGLE + i]) / elapsed;
        }
        u->state[ST_ANGLE + i] = angle;
        values[i] = angle;
        values[e->n + i] = speed;
        values[2 * e->n + i] = 0; // it knows of no effort
    }
    u->state[ST_STEP] = (double)s->step;
}

const DdUnitKind dd_sense_encoder = {
    .info = {.name = "encoder",
             .type = DD_TYPE_JOINTS,
             .unit = "",
             .doc = "wheel encoders: angles in whole ticks, speeds from their differences",
             .reads = "robot joints ticks_per_rev radius_error"},
    .size = sizeof(Encoder),
    .open = encoder_open,
    .close = encoder_close,
    .begin = encoder_begin,
    .read = encoder_read,
};
