// What the joint_* controllers share: a bank, its def, and everything but the meaning of the
// action.
#pragma once

#include "robots/robot.h"
#include "robots/servo.h"

typedef struct DdJointControlDef {
    DdBankDef bank;
    DdNumbers delta_max; // joint_delta: rad or m per action
    bool normalised;     // the agent gives -1..1
} DdJointControlDef;

typedef struct DdJointControl {
    DdController base;
    DdJointControlDef def;
    DdBank bank;
    double start[DD_BANK_MAX]; // positions when it was made: the default action
    char label[DD_BANK_MAX][DD_NAME_MAX];
} DdJointControl;

void dd_joint_control_init(void* def);
DdController* dd_joint_control_create(const DdControllerKind* kind, const void* def, DdWorld* w,
                                      const char* robot, DdError* err);
void dd_joint_control_destroy(DdController* c);
void dd_joint_control_step(DdController* c, DdWorld* w);
int dd_joint_control_state_size(const DdController* c);
void dd_joint_control_save(const DdController* c, double* state);
void dd_joint_control_load(DdController* c, const double* state);
void dd_joint_control_set(DdJointControl* jc, DdBankMode mode, const double* action);
// A dimension for the position of joint i of a bank.
void dd_part_joint_position(DdActionPart* part, const DdServo* s, const char* label, double def);
// Fill `own` with what the bank writes.
void dd_controller_own_bank(DdController* c, const DdBank* b);
