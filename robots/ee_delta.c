// ee_delta: each action moves the goal pose of a site by a small amount.
#include <string.h>

#include "robots/ee_control.h"
#include "robots/kinds.h"

static const DdField k_fields[] = {
    DD_EE_FIELDS,
    {"delta_max", DD_FIELD_VEC2, offsetof(DdEeDef, delta_max), 0, "m, rad",
     "largest move and turn per action", NULL},
    DD_FIELD_ROWS_END,
};

static DdController* create(const void* def_, DdWorld* w, const char* robot, DdError* err)
{
    const DdEeDef* def = def_;
    if (def->rotation != DD_ROTVEC && def->rotation != DD_RPY &&
        def->rotation != DD_ROTATION_NONE) {
        dd_fail(err, DD_ERROR_MODEL, "robot '%s': ee_delta takes rotation rotvec, rpy or none",
                robot);
        return NULL;
    }
    if (!(def->delta_max[0] > 0) || !(def->delta_max[1] > 0)) {
        dd_fail(err, DD_ERROR_MODEL, "robot '%s': delta_max must be positive, got %g m, %g rad",
                robot, def->delta_max[0], def->delta_max[1]);
        return NULL;
    }
    return dd_ee_create(&dd_ee_delta_kind, def, w, robot, err);
}

static void part(const DdController* c, DdActionPart* p)
{
    static const char* const k_axes[3] = {"dx", "dy", "dz"};
    const DdEeControl* k = (const DdEeControl*)c;
    DdRotation rotation = (DdRotation)k->def.rotation;
    p->kind = DD_ACTION_EE_DELTA;
    p->rotation = rotation;
    p->normalised = k->def.normalised;
    snprintf(p->frame, sizeof p->frame, "%s", k->frame >= 0 ? k->def.frame : "world");
    double move = k->def.delta_max[0], turn = k->def.delta_max[1];
    for (int x = 0; x < 3; x++) {
        dd_part_dim(p, k_axes[x], "m", -move, move, 0);
    }
    for (int i = 0; i < dd_rotation_dims(rotation); i++) {
        dd_part_dim(p, dd_rotation_label(rotation, i), "rad", -turn, turn, 0);
    }
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    DdEeControl* k = (DdEeControl*)c;
    dd_ee_prime(k, w);
    // the goal runs at most three full actions ahead of the setpoint
    for (int x = 0; x < 3; x++) {
        double ahead = 3 * k->def.delta_max[0];
        k->goal.pos[x] = dd_clamp(k->goal.pos[x] + action[x], k->setpoint.pos[x] - ahead,
                                  k->setpoint.pos[x] + ahead);
    }
    double turn[4];
    dd_rotation_read((DdRotation)k->def.rotation, action + 3, turn);
    dd_quat_mul(k->goal.quat, turn, k->goal.quat);
    dd_quat_normalize(k->goal.quat);
    k->has_goal = true;
}

const DdControllerKind dd_ee_delta_kind = {
    .name = "ee_delta",
    .doc = "A small move and turn of a site, added to its goal pose.",
    .fields = k_fields,
    .size = sizeof(DdEeDef),
    .init = dd_ee_init,
    .create = create,
    .destroy = dd_ee_destroy,
    .part = part,
    .command = command,
    .step = dd_ee_step,
    .state_size = dd_ee_state_size,
    .save = dd_ee_save,
    .load = dd_ee_load,
};
