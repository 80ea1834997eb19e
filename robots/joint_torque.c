// joint_torque: the action is the force on each joint, within the effort limits.
#include <math.h>

#include "robots/joint_control.h"
#include "robots/kinds.h"

static const DdField k_fields[] = {
    DD_BANK_FIELDS(DdJointControlDef, bank),
    {"normalised", DD_FIELD_BOOL, offsetof(DdJointControlDef, normalised), 0, "",
     "the agent gives -1..1 instead of the range itself", NULL},
    DD_FIELD_ROWS_END,
};

static DdController* create(const void* def, DdWorld* w, const char* robot, DdError* err)
{
    return dd_joint_control_create(&dd_joint_torque_kind, def, w, robot, err);
}

static void part(const DdController* c, DdActionPart* p)
{
    const DdJointControl* jc = (const DdJointControl*)c;
    p->kind = DD_ACTION_JOINT_TORQUE;
    p->normalised = jc->def.normalised;
    for (int i = 0; i < jc->bank.n; i++) {
        const DdServo* s = &jc->bank.servo[i];
        double low = isfinite(s->effort_low) ? s->effort_low : -100;
        double high = isfinite(s->effort_high) ? s->effort_high : 100;
        dd_part_dim(p, jc->label[i], s->slide ? "N" : "N m", low, high, 0);
    }
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    (void)w;
    dd_joint_control_set((DdJointControl*)c, DD_BANK_EFFORT, action);
}

const DdControllerKind dd_joint_torque_kind = {
    .name = "joint_torque",
    .doc =
        "Joint torques or forces; with compensate, on top of what holds the robot against gravity.",
    .fields = k_fields,
    .size = sizeof(DdJointControlDef),
    .init = dd_joint_control_init,
    .create = create,
    .destroy = dd_joint_control_destroy,
    .part = part,
    .command = command,
    .step = dd_joint_control_step,
    .state_size = dd_joint_control_state_size,
    .save = dd_joint_control_save,
    .load = dd_joint_control_load,
};
