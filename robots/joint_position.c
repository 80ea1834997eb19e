// joint_position: each joint goes to its target, under speed and acceleration limits.
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
    return dd_joint_control_create(&dd_joint_position_kind, def, w, robot, err);
}

static void part(const DdController* c, DdActionPart* p)
{
    const DdJointControl* jc = (const DdJointControl*)c;
    p->kind = DD_ACTION_JOINT_POSITION;
    p->normalised = jc->def.normalised;
    for (int i = 0; i < jc->bank.n; i++) {
        dd_part_joint_position(p, &jc->bank.servo[i], jc->label[i], jc->start[i]);
    }
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    (void)w;
    dd_joint_control_set((DdJointControl*)c, DD_BANK_POSITION, action);
}

const DdControllerKind dd_joint_position_kind = {
    .name = "joint_position",
    .doc = "Joint position targets, tracked under speed, acceleration and effort limits.",
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
