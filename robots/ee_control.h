// What ee_pose and ee_delta share: a goal pose in a frame, a setpoint that moves to it under
// limits, inverse kinematics from a seed of our own, and the joint loop.
#pragma once

#include "robots/chain.h"
#include "robots/robot.h"

typedef struct DdEeDef {
    DdBankDef bank;
    char site[DD_NAME_MAX];  // what is moved
    char frame[DD_NAME_MAX]; // site whose frame the numbers are in; "" or "world" = the world
    int rotation;            // DdRotation
    double low[3], high[3];  // m; range of positions
    double delta_max[2];     // ee_delta: m, rad per action
    double v_max, w_max;     // m/s, rad/s of the setpoint
    double a_max, alpha_max; // m/s^2, rad/s^2
    DdNumbers rest;          // joint posture for spare freedom; none = the start pose
    double rest_rate;        // 1/s
    bool normalised;
} DdEeDef;

typedef struct DdEeControl {
    DdController base;
    DdEeDef def;
    DdBank bank;
    DdChain chain;
    int frame;    // site, or -1
    DdPose start; // of the site, in the frame, when it was made
    double rest[DD_CHAIN_JOINTS_MAX];
    double v_joint[DD_CHAIN_JOINTS_MAX];
    // state
    bool primed, has_goal;
    DdPose goal, setpoint; // in the frame
    double velocity[6];    // of the setpoint, in the frame
    double seed[DD_CHAIN_JOINTS_MAX];
} DdEeControl;

#define DD_EE_FIELDS                                                                                \
    {"joints",                                                                                      \
     DD_FIELD_NAMES,                                                                                \
     offsetof(DdEeDef, bank.joints),                                                                \
     DD_REQUIRED,                                                                                   \
     "",                                                                                            \
     "joints that move the site",                                                                   \
     NULL},                                                                                         \
        {"site",                                                                                    \
         DD_FIELD_STRING,                                                                           \
         offsetof(DdEeDef, site),                                                                   \
         DD_REQUIRED,                                                                               \
         "",                                                                                        \
         "the site that is moved",                                                                  \
         NULL},                                                                                     \
        {"frame",                                                                                   \
         DD_FIELD_STRING,                                                                           \
         offsetof(DdEeDef, frame),                                                                  \
         0,                                                                                         \
         "",                                                                                        \
         "site of the robot whose frame the numbers are in; none = the world",                      \
         NULL},                                                                                     \
        {"rotation",                                                                                \
         DD_FIELD_ENUM,                                                                             \
         offsetof(DdEeDef, rotation),                                                               \
         0,                                                                                         \
         "",                                                                                        \
         "how orientation is written; none = it is kept",                                           \
         dd_ee_rotations},                                                                          \
        {"v_max",                                                                                   \
         DD_FIELD_NUMBER,                                                                           \
         offsetof(DdEeDef, v_max),                                                                  \
         DD_POSITIVE | DD_ALLOW_INF,                                                                \
         "m/s",                                                                                     \
         "speed of the setpoint",                                                                   \
         NULL},                                                                                     \
        {"w_max",                                                                                   \
         DD_FIELD_NUMBER,                                                                           \
         offsetof(DdEeDef, w_max),                                                                  \
         DD_POSITIVE | DD_ALLOW_INF,                                                                \
         "rad/s",                                                                                   \
         "turning speed of the setpoint",                                                           \
         NULL},                                                                                     \
        {"a_max",                                                                                   \
         DD_FIELD_NUMBER,                                                                           \
         offsetof(DdEeDef, a_max),                                                                  \
         DD_POSITIVE | DD_ALLOW_INF,                                                                \
         "m/s^2",                                                                                   \
         "acceleration of the setpoint",                                                            \
         NULL},                                                                                     \
        {"alpha_max",                                                                               \
         DD_FIELD_NUMBER,                                                                           \
         offsetof(DdEeDef, alpha_max),                                                              \
         DD_POSITIVE | DD_ALLOW_INF,                                                                \
         "rad/s^2",                                                                                 \
         "angular acceleration of the setpoint",                                                    \
         NULL},                                                                                     \
        {"joint_v_max", DD_FIELD_NUMBERS, offsetof(DdEeDef, bank.v_max),                            \
         DD_ALLOW_INF,  "rad/s or m/s",   "joint speed limit, one per joint or one for all",        \
         NULL},                                                                                     \
        {"effort_max",                                                                              \
         DD_FIELD_NUMBERS,                                                                          \
         offsetof(DdEeDef, bank.effort_max),                                                        \
         DD_ALLOW_INF,                                                                              \
         "N m or N",                                                                                \
         "effort limit, one per joint or one for all; none = the model's",                          \
         NULL},                                                                                     \
        {"bandwidth_hz",                                                                            \
         DD_FIELD_NUMBER,                                                                           \
         offsetof(DdEeDef, bank.bandwidth_hz),                                                      \
         DD_POSITIVE,                                                                               \
         "Hz",                                                                                      \
         "of the joint loop",                                                                       \
         NULL},                                                                                     \
        {"damping_ratio",                                                                           \
         DD_FIELD_NUMBER,                                                                           \
         offsetof(DdEeDef, bank.damping_ratio),                                                     \
         DD_NONNEGATIVE,                                                                            \
         "",                                                                                        \
         "of the joint loop",                                                                       \
         NULL},                                                                                     \
        {"integral",                                                                                \
         DD_FIELD_NUMBER,                                                                           \
         offsetof(DdEeDef, bank.integral),                                                          \
         DD_NONNEGATIVE,                                                                            \
         "1/s",                                                                                     \
         "rate at which a steady joint error is worked off, 0 = not",                               \
         NULL},                                                                                     \
        {"rest", DD_FIELD_NUMBERS, offsetof(DdEeDef, rest),                                         \
         0,      "rad or m",       "posture that spare freedom is drawn to; none = the start pose", \
         NULL},                                                                                     \
        {"rest_rate",                                                                               \
         DD_FIELD_NUMBER,                                                                           \
         offsetof(DdEeDef, rest_rate),                                                              \
         DD_NONNEGATIVE,                                                                            \
         "1/s",                                                                                     \
         "how fast",                                                                                \
         NULL},                                                                                     \
    {                                                                                               \
        "normalised", DD_FIELD_BOOL, offsetof(DdEeDef, normalised), 0, "",                          \
            "the agent gives -1..1", NULL                                                           \
    }

extern const char* const dd_ee_rotations[]; // in the order of DdRotation

void dd_ee_init(void* def);
DdController* dd_ee_create(const DdControllerKind* kind, const void* def, DdWorld* w,
                           const char* robot, DdError* err);
void dd_ee_destroy(DdController* c);
void dd_ee_step(DdController* c, DdWorld* w);
int dd_ee_state_size(const DdController* c);
void dd_ee_save(const DdController* c, double* state);
void dd_ee_load(DdController* c, const double* state);
void dd_ee_prime(DdEeControl* k, DdWorld* w);

int dd_rotation_dims(DdRotation rotation);
// Orientation as numbers and back; a degenerate rot6d or quaternion becomes the identity.
void dd_rotation_write(DdRotation rotation, const double quat[4], double* out);
void dd_rotation_read(DdRotation rotation, const double* in, double quat[4]);
const char* dd_rotation_label(DdRotation rotation, int i);
const char* dd_rotation_unit(DdRotation rotation);
