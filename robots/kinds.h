// Every controller kind, each from its own file.
#pragma once

#include "robots/robot.h"

extern const DdControllerKind dd_diff_drive_kind;
extern const DdControllerKind dd_double_steer_kind;
extern const DdControllerKind dd_joint_position_kind;
extern const DdControllerKind dd_joint_velocity_kind;
extern const DdControllerKind dd_joint_torque_kind;
extern const DdControllerKind dd_joint_delta_kind;
extern const DdControllerKind dd_actuated_kind;
extern const DdControllerKind dd_ee_pose_kind;
extern const DdControllerKind dd_ee_delta_kind;
extern const DdControllerKind dd_osc_kind;
extern const DdControllerKind dd_gripper_kind;
extern const DdControllerKind dd_latch_kind;
extern const DdControllerKind dd_raw_kind;
