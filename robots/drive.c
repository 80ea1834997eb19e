// Drive: the controllers of the spaces that a slot picked, as one action space.
#include <math.h>
#include <string.h>

#include "robots/robot.h"
#include "robots/servo.h"

struct DdDrive {
    DdWorld* w; // borrowed
    int n;
    DdController* controller[DD_ACTION_PARTS_MAX];
    int offset[DD_ACTION_PARTS_MAX]; // of its part in the action
    DdActionSpace space;
};

static const char* written_name(const DdWorld* w, int own, const char* robot)
{
    const mjModel* m = dd_world_model((DdWorld*)w);
    if (own < 0) {
        return dd_robot_own_name(robot, mj_id2name(m, mjOBJ_JOINT, m->dof_jntid[-1 - own]));
    }
    for (int a = 0; a < m->nactuator; a++) {
        int first = m->actuator_ctrladr[a];
        if (own >= first && own < first + m->actuator_ctrlnum[a]) {
            return dd_robot_own_name(robot, mj_id2name(m, mjOBJ_ACTUATOR, a));
        }
    }
    return "";
}

// Two spaces of one slot must not write the same control.
static bool check_apart(const DdDrive* d, const char* robot, DdError* err)
{
    const DdController* last = d->controller[d->n - 1];
    for (int i = 0; i < d->n - 1; i++) {
        const DdController* other = d->controller[i];
        for (int a = 0; a < other->nown; a++) {
            for (int b = 0; b < last->nown; b++) {
                if (other->own[a] == last->own[b]) {
                    return dd_fail(err, DD_ERROR_ARGUMENT,
                                   "robot '%s': the action spaces '%s' and '%s' both drive '%s'",
                                   robot, d->space.part[i].name, d->space.part[d->n - 1].name,
                                   written_name(d->w, last->own[b], robot));
                }
            }
        }
    }
    return true;
}

static bool add_space(DdDrive* d, const DdRobotDesc* desc, const char* robot, const char* name,
                      DdError* err)
{
    const DdRobotSpace* space = dd_robot_desc_find_space(desc, name);
    if (!space) {
        const char* names[DD_ROBOT_SPACES_MAX];
        char list[DD_PATH_MAX] = "";
        for (int i = 0; i < desc->nspace; i++) {
            names[i] = desc->space[i].name;
            size_t used = strlen(list);
            snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
        }
        const char* near = dd_nearest_name(name, names, desc->nspace);
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "robot '%s' has no action space '%s'%s%s%s; it offers %s", robot, name,
                       near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "",
                       list[0] ? list : "none");
    }
    if (d->n == DD_ACTION_PARTS_MAX) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "robot '%s': more than %d action spaces in one slot",
                       robot, DD_ACTION_PARTS_MAX);
    }
    for (int i = 0; i < d->n; i++) {
        if (strcmp(d->space.part[i].name, name) == 0) {
            return dd_fail(err, DD_ERROR_ARGUMENT, "robot '%s': action space '%s' is named twice",
                           robot, name);
        }
    }

    DdController* c = space->kind->create(space->def, d->w, robot, err);
    if (!c) {
        return dd_fail_while(err, "action space '%s'", name);
    }
    c->every = space->every > 0 ? space->every : 1;
    DdActionPart* part = &d->space.part[d->n];
    snprintf(part->name, sizeof part->name, "%s", name);
    part->rotation = DD_ROTATION_NONE;
    c->kind->part(c, part);
    d->controller[d->n] = c;
    d->offset[d->n] = d->space.n;
    d->space.npart = ++d->n;
    d->space.n += part->n;
    return check_apart(d, robot, err);
}

DdDrive* dd_drive_create(const DdRobotDesc* desc, DdWorld* w, const char* robot,
                         const char (*spaces)[DD_NAME_MAX], int nspace, DdError* err)
{
    DdDrive* d = calloc(1, sizeof *d);
    DD_ASSERT(d);
    d->w = w;

    // controllers take their defaults from the start pose, so they are made in it whatever the
    // world's present state
    const mjModel* m = dd_world_model(w);
    mjData* data = dd_world_data(w);
    double* qpos = malloc(sizeof *qpos * (size_t)(m->nq + m->nu + 1));
    DD_ASSERT(qpos);
    memcpy(qpos, data->qpos, sizeof *qpos * (size_t)m->nq);
    memcpy(qpos + m->nq, data->ctrl, sizeof *qpos * (size_t)m->nu);
    bool ok = dd_robot_pose_joints(desc, w, robot, err);
    for (int i = 0; ok && i < nspace; i++) {
        ok = add_space(d, desc, robot, spaces[i], err);
    }
    memcpy(data->qpos, qpos, sizeof *qpos * (size_t)m->nq);
    memcpy(data->ctrl, qpos + m->nq, sizeof *qpos * (size_t)m->nu);
    free(qpos);
    if (!ok) {
        dd_drive_destroy(d);
        return NULL;
    }

    double action[DD_ACTION_PARTS_MAX * DD_ACTION_DIM_MAX];
    dd_action_default(&d->space, action);
    if (d->n > 0 && dd_action_check(&d->space, action, NULL) != DD_ACTION_WRONG) {
        dd_drive_command(d, action);
    }
    return d;
}

void dd_drive_destroy(DdDrive* d)
{
    if (!d) {
        return;
    }
    for (int i = 0; i < d->n; i++) {
        d->controller[i]->kind->destroy(d->controller[i]);
    }
    free(d);
}

const DdActionSpace* dd_drive_space(const DdDrive* d)
{
    return &d->space;
}

void dd_drive_command(DdDrive* d, const double* action)
{
    for (int i = 0; i < d->n; i++) {
        d->controller[i]->kind->command(d->controller[i], d->w, action + d->offset[i]);
    }
}

void dd_drive_step(DdDrive* d, int64_t step)
{
    for (int i = 0; i < d->n; i++) {
        DdController* c = d->controller[i];
        if (step % c->every == 0) {
            c->kind->step(c, d->w);
        }
    }
}

int dd_drive_state_size(const DdDrive* d)
{
    int n = 0;
    for (int i = 0; i < d->n; i++) {
        n += d->controller[i]->kind->state_size(d->controller[i]);
    }
    return n;
}

void dd_drive_save(const DdDrive* d, double* state)
{
    for (int i = 0; i < d->n; i++) {
        d->controller[i]->kind->save(d->controller[i], state);
        state += d->controller[i]->kind->state_size(d->controller[i]);
    }
}

void dd_drive_load(DdDrive* d, const double* state)
{
    for (int i = 0; i < d->n; i++) {
        d->controller[i]->kind->load(d->controller[i], state);
        state += d->controller[i]->kind->state_size(d->controller[i]);
    }
}
