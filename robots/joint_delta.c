// joint_delta: each action moves the targets of the joints by a small amount.
#include "robots/joint_control.h"
#include "robots/kinds.h"

static const DdField k_fields[] = {
    DD_BANK_FIELDS(DdJointControlDef, bank),
    {"delta_max", DD_FIELD_NUMBERS, offsetof(DdJointControlDef, delta_max), DD_POSITIVE, "rad or m",
     "largest change per action, one per joint or one for all; none = 0.05", NULL},
    {"normalised", DD_FIELD_BOOL, offsetof(DdJointControlDef, normalised), 0, "",
     "the agent gives -1..1 instead of the range itself", NULL},
    DD_FIELD_ROWS_END,
};

static DdController* create(const void* def, DdWorld* w, const char* robot, DdError* err)
{
    return dd_joint_control_create(&dd_joint_delta_kind, def, w, robot, err);
}

static void part(const DdController* c, DdActionPart* p)
{
    const DdJointControl* jc = (const DdJointControl*)c;
    p->kind = DD_ACTION_JOINT_DELTA;
    p->normalised = jc->def.normalised;
    for (int i = 0; i < jc->bank.n; i++) {
        double most = dd_number_of(&jc->def.delta_max, i, 0.05);
        dd_part_dim(p, jc->label[i], jc->bank.servo[i].slide ? "m" : "rad", -most, most, 0);
    }
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    DdBank* b = &((DdJointControl*)c)->bank;
    dd_bank_prime(b, dd_world_data(w));
    for (int i = 0; i < b->n; i++) {
        // before the first action the reference is the target
        double from = b->mode[i] == DD_BANK_POSITION ? b->target[i] : b->ref[i];
        b->mode[i] = DD_BANK_POSITION;
        b->target[i] = dd_clamp(from + action[i], b->servo[i].low, b->servo[i].high);
    }
}

const DdControllerKind dd_joint_delta_kind = {
    .name = "joint_delta",
    .doc = "Joint position changes, added to the present targets.",
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
