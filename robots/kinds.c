// The table of controller kinds.
#include "robots/kinds.h"

#include <string.h>

static const DdControllerKind* const k_kinds[] = {
    &dd_diff_drive_kind,  &dd_double_steer_kind,   &dd_joint_position_kind,
    &dd_joint_delta_kind, &dd_joint_velocity_kind, &dd_joint_torque_kind,
    &dd_actuated_kind,    &dd_ee_pose_kind,        &dd_ee_delta_kind,
    &dd_osc_kind,         &dd_gripper_kind,        &dd_latch_kind,
    &dd_raw_kind,
};

const DdControllerKind* const* dd_controller_kinds(int* n)
{
    *n = (int)(sizeof k_kinds / sizeof *k_kinds);
    return k_kinds;
}

const DdControllerKind* dd_controller_kind(const char* name)
{
    for (size_t i = 0; i < sizeof k_kinds / sizeof *k_kinds; i++) {
        if (strcmp(k_kinds[i]->name, name) == 0) {
            return k_kinds[i];
        }
    }
    return NULL;
}
