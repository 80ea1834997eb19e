// Spaces: what an agent is given and what it gives back. Plain data, the same for a Lua agent, a
// process and a gymnasium wrapper.
#pragma once

#include <jansson.h>

#include "sim/base/channel.h"

// One row per kind of action part: enumerator, name.
#define DD_ACTION_KIND_LIST(X)                                                                     \
    X(DD_ACTION_JOINT_POSITION, "joint_position")                                                  \
    X(DD_ACTION_JOINT_DELTA, "joint_delta")                                                        \
    X(DD_ACTION_JOINT_VELOCITY, "joint_velocity")                                                  \
    X(DD_ACTION_JOINT_TORQUE, "joint_torque")                                                      \
    X(DD_ACTION_EE_POSE, "ee_pose")                                                                \
    X(DD_ACTION_EE_DELTA, "ee_delta")                                                              \
    X(DD_ACTION_TWIST, "twist")                                                                    \
    X(DD_ACTION_STEER_SPEED, "steer_speed")                                                        \
    X(DD_ACTION_GRIPPER, "gripper")                                                                \
    X(DD_ACTION_DISCRETE, "discrete")                                                              \
    X(DD_ACTION_RAW, "raw")

typedef enum DdActionKind {
#define DD_ACTION_KIND_ENUM(id, name) id,
    DD_ACTION_KIND_LIST(DD_ACTION_KIND_ENUM)
#undef DD_ACTION_KIND_ENUM
        DD_ACTION_KIND_COUNT,
} DdActionKind;

typedef enum DdRotation { DD_ROTATION_NONE, DD_QUAT_WXYZ, DD_ROTVEC, DD_RPY, DD_ROT6D } DdRotation;

enum { DD_ACTION_DIM_MAX = 64, DD_ACTION_PARTS_MAX = 16, DD_OBSERVATION_MAX = 64 };

// `n` numbers of an action, in the order of the labels.
typedef struct DdActionPart {
    char name[DD_NAME_MAX]; // "drive"
    DdActionKind kind;
    DdRotation rotation;     // of ee_pose, ee_delta
    char frame[DD_NAME_MAX]; // frame the numbers are in: "base", "world"
    int n;
    char label[DD_ACTION_DIM_MAX][DD_NAME_MAX]; // "linear", "angular"; joint names
    char unit[DD_ACTION_DIM_MAX][16];           // "m/s", "rad/s"
    double low[DD_ACTION_DIM_MAX];
    double high[DD_ACTION_DIM_MAX];
    double def[DD_ACTION_DIM_MAX]; // delivered before the first action, and by the zero agent
    bool normalised;               // the agent gives -1..1, mapped to low..high
} DdActionPart;

typedef struct DdActionSpace {
    int npart;
    DdActionPart part[DD_ACTION_PARTS_MAX];
    int n;       // of all parts
    bool reject; // out of range is AGENT_ERROR instead of clipped and counted
} DdActionSpace;

typedef struct DdObservationEntry {
    char name[DD_NAME_MAX]; // as the agent sees it: "odom", "dock_err"
    int channel;
    const DdChannelDef* def; // borrowed from the channel table
} DdObservationEntry;

typedef struct DdObservationSpace {
    int n;
    DdObservationEntry entry[DD_OBSERVATION_MAX];
} DdObservationSpace;

typedef struct DdObservation {
    int64_t step;
    double time_s; // simulated seconds since the start
    int n;
    const double* values[DD_OBSERVATION_MAX]; // NULL while there is no sample
    double age_s[DD_OBSERVATION_MAX];         // now - time measured
    int64_t sequence[DD_OBSERVATION_MAX];     // of the sample; -1 while there is none
    const DdBlob* blob[DD_OBSERVATION_MAX];   // bytes of a picture or cloud; NULL else
} DdObservation;

const char* dd_action_kind_name(DdActionKind kind);
bool dd_action_kind_find(const char* name, DdActionKind* kind);
const char* dd_rotation_name(DdRotation rotation); // "quat_wxyz", "none"
bool dd_rotation_find(const char* name, DdRotation* rotation);

typedef enum DdActionCheck { DD_ACTION_FINE, DD_ACTION_CLIPPED, DD_ACTION_WRONG } DdActionCheck;
// Maps normalised parts, clips in place. NaN, infinity, and out of range under `reject` are
// DD_ACTION_WRONG with a sentence that names part, label, value and range.
DdActionCheck dd_action_check(const DdActionSpace* space, double* action, DdError* err);
// What is delivered before the first action, in the units of the parts.
void dd_action_default(const DdActionSpace* space, double* action);
// Back from delivered numbers to those an agent gives: normalised parts to -1..1. So an agent gives
// the default as dd_action_default() then dd_action_ungiven().
void dd_action_ungiven(const DdActionSpace* space, double* action);

json_t* dd_action_space_to_json(const DdActionSpace* space);
bool dd_action_space_from_json(DdActionSpace* space, const json_t* j, DdError* err);
