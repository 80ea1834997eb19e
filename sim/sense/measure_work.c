// Measures that add up over every physics step or look at all joints: energy, path, joint speed.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct Work {
    DdRef a;
    int n;
    int* id; // actuator outputs, or dofs of hinge joints
} Work;

static void work_close(DdUnit* u)
{
    free(((Work*)u->own)->id);
}

// The body an actuator acts on, -1 when its transmission does not tell.
static int actuator_body(const mjModel* m, int actuator)
{
    int id = m->actuator_trnid[2 * actuator];
    if (id < 0) {
        return -1;
    }
    switch (m->actuator_trntype[actuator]) {
    case mjTRN_JOINT:
    case mjTRN_JOINTINPARENT:
        return m->jnt_bodyid[id];
    case mjTRN_SLIDERCRANK:
    case mjTRN_SITE:
        return m->site_bodyid[id];
    case mjTRN_BODY:
        return id;
    case mjTRN_TENDON: {
        int adr = m->tendon_adr[id];
        for (int w = adr; w < adr + m->tendon_num[id]; w++) {
            int obj = m->wrap_objid[w];
            switch (m->wrap_type[w]) {
            case mjWRAP_JOINT:
                return m->jnt_bodyid[obj];
            case mjWRAP_SITE:
                return m->site_bodyid[obj];
            case mjWRAP_SPHERE:
            case mjWRAP_CYLINDER:
                return m->geom_bodyid[obj];
            default:
                break;
            }
        }
        return -1;
    }
    default:
        return -1;
    }
}

static bool energy_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    (void)channel;
    const DdMeasureDef* def = u->def.measure;
    const mjModel* m = dd_world_model(s->world);
    Work* w = u->own;
    if (!dd_ref_find(s, def->a, u->what, "a", &w->a, err)) {
        return false;
    }
    w->id = malloc(((size_t)m->nout + 1) * sizeof *w->id);
    DD_ASSERT(w->id);
    for (int i = 0; i < m->nactuator; i++) {
        int body = actuator_body(m, i);
        if (body < 0 || !dd_ref_holds(s, &w->a, body)) {
            continue;
        }
        for (int k = 0; k < m->actuator_outnum[i]; k++) {
            w->id[w->n++] = m->actuator_outadr[i] + k;
        }
    }
    u->nstate = 1; // 0 J for what has no actuator
    return true;
}

static void energy_always(DdSense* s, DdUnit* u)
{
    const Work* w = u->own;
    const mjData* d = dd_world_data(s->world);
    double power = 0;
    for (int i = 0; i < w->n; i++) {
        double p = d->actuator_force[w->id[i]] * d->actuator_velocity[w->id[i]];
        power += p > 0 ? p : 0;
    }
    u->state[0] += power * s->dt;
}

static void read_sum(DdSense* s, DdUnit* u, double* values)
{
    (void)s;
    values[0] = u->state[0];
}

// state: the way so far, x and y of the step before
static bool path_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    (void)channel;
    u->nstate = 3;
    return dd_ref_find(s, u->def.measure->a, u->what, "a", &((Work*)u->own)->a, err);
}

static void path_begin(DdSense* s, DdUnit* u)
{
    memcpy(u->state + 1, dd_ref_pos(s, &((Work*)u->own)->a), 2 * sizeof *u->state);
}

static void path_every(DdSense* s, DdUnit* u)
{
    const double* p = dd_ref_pos(s, &((Work*)u->own)->a);
    double dx = p[0] - u->state[1], dy = p[1] - u->state[2];
    u->state[0] += sqrt(dx * dx + dy * dy);
    u->state[1] = p[0];
    u->state[2] = p[1];
}

// state: where it was at the start
static void displacement_begin(DdSense* s, DdUnit* u)
{
    memcpy(u->state, dd_ref_pos(s, &((Work*)u->own)->a), 2 * sizeof *u->state);
}

static void displacement_read(DdSense* s, DdUnit* u, double* values)
{
    const double* p = dd_ref_pos(s, &((Work*)u->own)->a);
    double dx = p[0] - u->state[0], dy = p[1] - u->state[1];
    values[0] = sqrt(dx * dx + dy * dy);
}

static bool joint_speed_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    (void)channel;
    const DdMeasureDef* def = u->def.measure;
    const mjModel* m = dd_world_model(s->world);
    Work* w = u->own;
    if (!dd_ref_find(s, def->a, u->what, "a", &w->a, err)) {
        return false;
    }
    w->id = malloc(((size_t)m->njnt + 1) * sizeof *w->id);
    DD_ASSERT(w->id);
    for (int j = 0; j < m->njnt; j++) {
        if (m->jnt_type[j] == mjJNT_HINGE && dd_ref_holds(s, &w->a, m->jnt_bodyid[j])) {
            w->id[w->n++] = m->jnt_dofadr[j];
        }
    }
    if (w->n == 0) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: '%s' has no hinge joint", u->what, def->a);
    }
    return true;
}

static void joint_speed_read(DdSense* s, DdUnit* u, double* values)
{
    const Work* w = u->own;
    const mjData* d = dd_world_data(s->world);
    double best = 0;
    for (int i = 0; i < w->n; i++) {
        double v = fabs(d->qvel[w->id[i]]);
        best = v > best ? v : best;
    }
    values[0] = best;
}

const DdUnitKind dd_measure_energy = {
    .info = {.name = "energy",
             .type = DD_TYPE_SCALAR,
             .unit = "J",
             .doc =
                 "mechanical work that the actuators of a have done since the start, braking not "
                 "counted back",
             .reads = "a"},
    .size = sizeof(Work),
    .open = energy_open,
    .close = work_close,
    .always = energy_always,
    .read = read_sum,
};

const DdUnitKind dd_measure_path_length = {
    .info = {.name = "path_length",
             .type = DD_TYPE_SCALAR,
             .unit = "m",
             .doc = "way of a's origin over the ground since the start",
             .reads = "a"},
    .size = sizeof(Work),
    .open = path_open,
    .close = work_close,
    .begin = path_begin,
    .every = path_every,
    .read = read_sum,
};

const DdUnitKind dd_measure_displacement = {
    .info = {.name = "displacement",
             .type = DD_TYPE_SCALAR,
             .unit = "m",
             .doc = "straight line over the ground from where a's origin was at the start",
             .reads = "a"},
    .size = sizeof(Work),
    .open = path_open,
    .close = work_close,
    .begin = displacement_begin,
    .read = displacement_read,
};

const DdUnitKind dd_measure_joint_speed = {
    .info = {.name = "joint_speed",
             .type = DD_TYPE_SCALAR,
             .unit = "rad/s",
             .doc = "speed of the fastest hinge joint of a",
             .reads = "a"},
    .size = sizeof(Work),
    .open = joint_speed_open,
    .close = work_close,
    .read = joint_speed_read,
};
