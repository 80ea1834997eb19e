// Joint state: positions and velocities of step n, efforts of the step that ended there.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct Joints {
    int n;
    int* qpos;
    int* dof;
} Joints;

static bool joints_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    const mjModel* m = dd_world_model(s->world);
    Joints* j = u->own;
    int* ids =
        dd_find_joints(s, u->what, "joints", def->robot, &def->joints, &j->n, &channel->names, err);
    if (!ids) {
        return false;
    }
    channel->nname = j->n;
    if (def->robot[0]) {
        snprintf(channel->frame, sizeof channel->frame, "%s",
                 dd_world_body_name(s->world, dd_world_body(s->world, def->robot)));
    }
    j->qpos = malloc(((size_t)j->n + 1) * sizeof *j->qpos);
    j->dof = malloc(((size_t)j->n + 1) * sizeof *j->dof);
    DD_ASSERT(j->qpos && j->dof);
    for (int i = 0; i < j->n; i++) {
        j->qpos[i] = m->jnt_qposadr[ids[i]];
        j->dof[i] = m->jnt_dofadr[ids[i]];
    }
    free(ids);
    u->nstate = j->n; // efforts
    u->nspan = 3;
    for (int i = 0; i < 3; i++) {
        u->span[i] = (DdNoiseSpan){.at = i * j->n, .n = j->n};
    }
    return true;
}

static void joints_close(DdUnit* u)
{
    Joints* j = u->own;
    free(j->qpos);
    free(j->dof);
}

static void joints_after(DdSense* s, DdUnit* u)
{
    const Joints* j = u->own;
    const mjData* d = dd_world_data(s->world);
    for (int i = 0; i < j->n; i++) {
        u->state[i] = d->qfrc_actuator[j->dof[i]];
    }
}

static void joints_read(DdSense* s, DdUnit* u, double* values)
{
    const Joints* j = u->own;
    const mjData* d = dd_world_data(s->world);
    for (int i = 0; i < j->n; i++) {
        values[i] = d->qpos[j->qpos[i]];
        values[j->n + i] = d->qvel[j->dof[i]];
    }
    memcpy(values + 2 * j->n, u->state, (size_t)j->n * sizeof *values);
}

const DdUnitKind dd_sense_joints = {
    .info = {.name = "joints",
             .type = DD_TYPE_JOINTS,
             .unit = "",
             .doc = "position, velocity and actuator effort of hinge and slide joints",
             .reads = "robot joints"},
    .size = sizeof(Joints),
    .open = joints_open,
    .close = joints_close,
    .after = joints_after,
    .read = joints_read,
};
