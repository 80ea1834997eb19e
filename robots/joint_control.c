// What the joint_* controllers share.
#include "robots/joint_control.h"

#include <math.h>
#include <string.h>

void dd_joint_control_init(void* def)
{
    DdJointControlDef* d = def;
    memset(d, 0, sizeof *d);
    d->bank = dd_bank_def();
}

void dd_controller_own_bank(DdController* c, const DdBank* b)
{
    for (int i = 0; i < b->n && c->nown < DD_ACTION_DIM_MAX; i++) {
        const DdServo* s = &b->servo[i];
        c->own[c->nown++] = s->ctrl >= 0 ? s->ctrl : -1 - s->dof;
    }
}

DdController* dd_joint_control_create(const DdControllerKind* kind, const void* def, DdWorld* w,
                                      const char* robot, DdError* err)
{
    DdJointControl* jc = calloc(1, sizeof *jc);
    DD_ASSERT(jc);
    jc->base.kind = kind;
    jc->def = *(const DdJointControlDef*)def;
    if (!dd_bank_init(&jc->bank, &jc->def.bank, w, robot, err)) {
        free(jc);
        return NULL;
    }
    if (jc->def.delta_max.n > 1 && jc->def.delta_max.n != jc->bank.n) {
        dd_fail(err, DD_ERROR_MODEL, "robot '%s': delta_max has %d numbers, expected one or %d",
                robot, jc->def.delta_max.n, jc->bank.n);
        dd_joint_control_destroy(&jc->base);
        return NULL;
    }
    const mjModel* m = dd_world_model(w);
    for (int i = 0; i < jc->bank.n; i++) {
        const DdServo* s = &jc->bank.servo[i];
        jc->start[i] = dd_world_data(w)->qpos[s->qpos];
        snprintf(jc->label[i], sizeof jc->label[i], "%s",
                 dd_robot_own_name(robot, mj_id2name(m, mjOBJ_JOINT, s->joint)));
    }
    dd_controller_own_bank(&jc->base, &jc->bank);
    return &jc->base;
}

void dd_joint_control_destroy(DdController* c)
{
    DdJointControl* jc = (DdJointControl*)c;
    dd_bank_free(&jc->bank);
    free(jc);
}

void dd_joint_control_step(DdController* c, DdWorld* w)
{
    dd_bank_step(&((DdJointControl*)c)->bank, w);
}

int dd_joint_control_state_size(const DdController* c)
{
    return dd_bank_state_size(&((const DdJointControl*)c)->bank);
}

void dd_joint_control_save(const DdController* c, double* state)
{
    dd_bank_save(&((const DdJointControl*)c)->bank, state);
}

void dd_joint_control_load(DdController* c, const double* state)
{
    dd_bank_load(&((DdJointControl*)c)->bank, state);
}

void dd_joint_control_set(DdJointControl* jc, DdBankMode mode, const double* action)
{
    for (int i = 0; i < jc->bank.n; i++) {
        jc->bank.mode[i] = mode;
        jc->bank.target[i] = action[i];
    }
}

void dd_part_joint_position(DdActionPart* part, const DdServo* s, const char* label, double def)
{
    // a joint that turns or slides without end still has a finite range of targets
    double wide = s->slide ? 10 : 2 * DD_PI;
    dd_part_dim(part, label, s->slide ? "m" : "rad", isfinite(s->low) ? s->low : fmin(-wide, def),
                isfinite(s->high) ? s->high : fmax(wide, def), def);
}
