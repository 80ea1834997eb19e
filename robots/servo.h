// Servos: scalar joints, the actuators behind them, and one loop that makes a bank of them follow.
#pragma once

#include "sim/base/field.h"
#include "sim/base/space.h"
#include "sim/world/world.h"

typedef enum DdServoKind {
    DD_SERVO_NONE,     // no actuator: a generalised force is applied to the joint
    DD_SERVO_MOTOR,    // ctrl is a force
    DD_SERVO_POSITION, // ctrl is a position the actuator tracks itself
    DD_SERVO_VELOCITY, // ctrl is a speed the actuator tracks itself
} DdServoKind;

typedef struct DdServo {
    int joint, qpos, dof;
    int actuator, ctrl; // -1: none
    DdServoKind kind;
    bool slide;           // m and N, not rad and N m
    double gear;          // joint force per actuator force
    double gain, bias[3]; // actuator force = gain ctrl + bias . (1, length, velocity)
    double low, high;     // rad or m; joint range, infinite when unlimited
    double ctrl_low, ctrl_high;
    double effort_low, effort_high; // N m or N at the joint
} DdServo;

// Names in a def are the model's own; in a world they carry "ROBOT/".
void dd_robot_element(char out[DD_NAME_MAX], const char* robot, const char* name);
// The model's own name of a world element: the prefix cut off. Borrowed.
const char* dd_robot_own_name(const char* robot, const char* name);
bool dd_robot_owns(const char* robot, const char* name);
// False with a sentence that lists near names.
bool dd_robot_find(DdWorld* w, const char* robot, int objtype, const char* name, int* id,
                   DdError* err);

// What drives a scalar joint; kind NONE when nothing does.
bool dd_servo_find(DdServo* s, DdWorld* w, const char* robot, const char* joint, DdError* err);
bool dd_servo_of_actuator(DdServo* s, const mjModel* m, int actuator); // false: not a joint servo
void dd_servo_effort(const DdServo* s, mjData* d, double effort);
void dd_servo_position(const DdServo* s, mjData* d, double position); // POSITION only
void dd_servo_velocity(const DdServo* s, mjData* d, double velocity); // VELOCITY only

enum { DD_BANK_MAX = DD_ACTION_DIM_MAX };

typedef enum DdBankMode {
    DD_BANK_HOLD,      // stay where the reference is
    DD_BANK_POSITION,  // move the reference to the target under the limits
    DD_BANK_VELOCITY,  // move the reference with the target speed
    DD_BANK_EFFORT,    // the target is a force
    DD_BANK_REFERENCE, // the caller writes ref and ref_velocity
} DdBankMode;

typedef struct DdBankDef {
    DdNames joints;      // empty = every actuated scalar joint of the robot
    double bandwidth_hz; // of the position loop, on joints driven by force
    double damping_ratio;
    double integral;                    // 1/s; rate at which a steady error is worked off
    DdNumbers v_max, a_max, effort_max; // one per joint, or one for all; none = as the model has it
    bool compensate;                    // gravity, Coriolis, springs
    bool support; // the joints carry a robot whose base is free: a stiffer loop on the inertia
                  // that they show while the base gives way
} DdBankDef;

DdBankDef dd_bank_def(void);

// Rows of a def whose member `member` is a DdBankDef.
#define DD_BANK_FIELDS(type, member)                                                               \
    {"joints",                                                                                     \
     DD_FIELD_NAMES,                                                                               \
     offsetof(type, member.joints),                                                                \
     0,                                                                                            \
     "",                                                                                           \
     "joints it drives; none = every actuated scalar joint",                                       \
     NULL},                                                                                        \
        {"bandwidth_hz",                                                                           \
         DD_FIELD_NUMBER,                                                                          \
         offsetof(type, member.bandwidth_hz),                                                      \
         DD_POSITIVE,                                                                              \
         "Hz",                                                                                     \
         "of the position loop on joints driven by force",                                         \
         NULL},                                                                                    \
        {"damping_ratio",                                                                          \
         DD_FIELD_NUMBER,                                                                          \
         offsetof(type, member.damping_ratio),                                                     \
         DD_NONNEGATIVE,                                                                           \
         "",                                                                                       \
         "of that loop, 1 = critical",                                                             \
         NULL},                                                                                    \
        {"integral",                                                                               \
         DD_FIELD_NUMBER,                                                                          \
         offsetof(type, member.integral),                                                          \
         DD_NONNEGATIVE,                                                                           \
         "1/s",                                                                                    \
         "rate at which a steady error is worked off, 0 = not",                                    \
         NULL},                                                                                    \
        {"v_max",                                                                                  \
         DD_FIELD_NUMBERS,                                                                         \
         offsetof(type, member.v_max),                                                             \
         DD_ALLOW_INF,                                                                             \
         "rad/s or m/s",                                                                           \
         "speed limit, one per joint or one for all; none = unlimited",                            \
         NULL},                                                                                    \
        {"a_max",                                                                                  \
         DD_FIELD_NUMBERS,                                                                         \
         offsetof(type, member.a_max),                                                             \
         DD_ALLOW_INF,                                                                             \
         "rad/s^2 or m/s^2",                                                                       \
         "acceleration limit, one per joint or one for all; none = unlimited",                     \
         NULL},                                                                                    \
        {"effort_max",                                                                             \
         DD_FIELD_NUMBERS,                                                                         \
         offsetof(type, member.effort_max),                                                        \
         DD_ALLOW_INF,                                                                             \
         "N m or N",                                                                               \
         "effort limit, one per joint or one for all; none = the model's",                         \
         NULL},                                                                                    \
        {"compensate",                                                                             \
         DD_FIELD_BOOL,                                                                            \
         offsetof(type, member.compensate),                                                        \
         0,                                                                                        \
         "",                                                                                       \
         "add gravity, Coriolis and spring forces to the command",                                 \
         NULL},                                                                                    \
    {                                                                                              \
        "support", DD_FIELD_BOOL, offsetof(type, member.support), 0, "",                           \
            "the joints carry a robot whose base is free (legs): a stiffer loop", NULL             \
    }

typedef struct DdBank {
    int n;
    double dt;
    double omega, zeta, integral_rate;
    bool compensate;
    int base;        // with support: first dof of the free base, else -1
    int nreach;      // entries of M between a joint of the bank and the base
    int (*reach)[3]; // (nreach) address in d->M, joint, base dof 0..5
    DdServo servo[DD_BANK_MAX];
    double v_max[DD_BANK_MAX], a_max[DD_BANK_MAX];
    double extra[DD_BANK_MAX]; // inertia that the joint's own row of M does not show (a vehicle
                               // behind its wheel, a load on a lift)
    double leash[DD_BANK_MAX]; // how far the reference of a joint driven by force may run ahead
    double leak;               // 1/s; while a speed is wanted the reference falls back to the joint
                               // with this rate: several wheels on one body must not fight
    int nentry;                // entries of M between two joints of the bank
    int (*entry)[3];           // (nentry) address in d->M, row, column
    // state
    bool primed;
    DdBankMode mode[DD_BANK_MAX];
    double target[DD_BANK_MAX], ref[DD_BANK_MAX], ref_velocity[DD_BANK_MAX], integral[DD_BANK_MAX];
} DdBank;

bool dd_bank_init(DdBank* b, const DdBankDef* def, DdWorld* w, const char* robot, DdError* err);
void dd_bank_free(DdBank* b);
void dd_bank_prime(DdBank* b, const mjData* d); // the reference becomes the present pose, once
void dd_bank_step(DdBank* b, DdWorld* w);
// force = M_sub acceleration, over the bank's own joints; with support, of the inertia that they
// show while the base gives way (the Schur complement)
void dd_bank_mul_inertia(const DdBank* b, const mjModel* m, const mjData* d, const double* acc,
                         double* force);
void dd_bank_inertia(const DdBank* b, const mjData* d, double* dense); // (n x n)
double dd_bank_compensation(const DdBank* b, const mjModel* m, const mjData* d, int i);
int dd_bank_state_size(const DdBank* b);
void dd_bank_save(const DdBank* b, double* state);
void dd_bank_load(DdBank* b, const double* state);

// Move `v` towards `want` by at most rate * dt.
double dd_slew(double v, double want, double rate, double dt);
// Move (q, v) towards `target` and come to rest on it, within v_max and a_max (both may be
// infinite).
void dd_track(double target, double v_max, double a_max, double dt, double* q, double* v);
// Value i of a list that has one number per joint or one for all; `otherwise` when it is empty.
double dd_number_of(const DdNumbers* list, int i, double otherwise);

// One dimension of an action part.
void dd_part_dim(DdActionPart* part, const char* label, const char* unit, double low, double high,
                 double def);
