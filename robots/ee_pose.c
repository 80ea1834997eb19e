// ee_pose: a site goes to a pose, by damped least squares at every physics step.
#include <string.h>

#include "robots/ee_control.h"
#include "robots/kinds.h"

static const DdField k_fields[] = {
    DD_EE_FIELDS,
    {"low", DD_FIELD_VEC3, offsetof(DdEeDef, low), 0, "m", "lowest position in the frame", NULL},
    {"high", DD_FIELD_VEC3, offsetof(DdEeDef, high), 0, "m", "highest position in the frame", NULL},
    DD_FIELD_ROWS_END,
};

static DdController* create(const void* def, DdWorld* w, const char* robot, DdError* err)
{
    return dd_ee_create(&dd_ee_pose_kind, def, w, robot, err);
}

static void part(const DdController* c, DdActionPart* p)
{
    static const char* const k_axes[3] = {"x", "y", "z"};
    const DdEeControl* k = (const DdEeControl*)c;
    DdRotation rotation = (DdRotation)k->def.rotation;
    p->kind = DD_ACTION_EE_POSE;
    p->rotation = rotation;
    p->normalised = k->def.normalised;
    snprintf(p->frame, sizeof p->frame, "%s", k->frame >= 0 ? k->def.frame : "world");
    for (int x = 0; x < 3; x++) {
        dd_part_dim(p, k_axes[x], "m", k->def.low[x], k->def.high[x], k->start.pos[x]);
    }
    double r[6];
    double most = rotation == DD_ROTVEC || rotation == DD_RPY ? DD_PI : 1;
    dd_rotation_write(rotation, k->start.quat, r);
    for (int i = 0; i < dd_rotation_dims(rotation); i++) {
        dd_part_dim(p, dd_rotation_label(rotation, i), dd_rotation_unit(rotation), -most, most,
                    r[i]);
    }
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    (void)w;
    DdEeControl* k = (DdEeControl*)c;
    memcpy(k->goal.pos, action, sizeof k->goal.pos);
    if (k->def.rotation != DD_ROTATION_NONE) {
        dd_rotation_read((DdRotation)k->def.rotation, action + 3, k->goal.quat);
    } else {
        memcpy(k->goal.quat, k->start.quat, sizeof k->goal.quat);
    }
    k->has_goal = true;
}

const DdControllerKind dd_ee_pose_kind = {
    .name = "ee_pose",
    .doc = "A pose for a site, reached by damped least squares with joint limits.",
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
