// Plan: a scenario as plain data, what `build` made. Everything a replay needs is in its JSON; Lua
// and the agent are not.
#pragma once

#include <jansson.h>

#include "robots/robot.h"
#include "sim/base/files.h"
#include "sim/score/score.h"
#include "sim/sense/sense.h"
#include "sim/world/compose.h"

enum { DD_PLAN_ROBOTS = 128, DD_PLAN_SLOTS = 128 };

typedef struct DdPlanRobot {
    DdRobotPlacement placement;
    DdRobotDesc* desc; // owned
} DdPlanRobot;

// One agent slot.
typedef struct DdSlotDef {
    char name[DD_NAME_MAX];  // "" for the only slot
    char robot[DD_NAME_MAX]; // instance it drives
    DdNames observe;         // "odom" (the robot's own channel) or a measure's name
    DdNames act;             // action spaces of the robot, in order
    DdNames may_be_constant; // fields of its observation that are honestly constant
    bool reject;             // out-of-range actions are AGENT_ERROR instead of clipped
} DdSlotDef;
extern const DdField dd_slot_fields[];

// A condition on the start: `w:require(...)`. INVALID when it does not hold.
typedef struct DdStartCheck {
    char kind[32]; // "clear" (a, b, at least `value` m), "inside", "upright"
    char a[DD_NAME_MAX];
    char b[DD_NAME_MAX];
    double value;
    char text[DD_PATH_MAX]; // what the user wrote
} DdStartCheck;
extern const DdField dd_start_check_fields[];

typedef struct DdPlanDef { // the scalar members of scenario { ... }
    char name[DD_NAME_MAX];
    char instruction_en[DD_PATH_MAX];
    char instruction_ko[DD_PATH_MAX];
    double duration_s;
    int physics_hz;
    double agent_hz;
    double measure_hz;      // clock of measures and requirements
    double restore_every_s; // simulated time between restore points
    char start_time[40];    // UTC of step 0, "2026-01-01T00:00:00Z"
    bool sleep;
    char licence[DD_NAME_MAX]; // of the recordings: an SPDX name, "" = not stated
    char reward[DD_PATH_MAX];  // numeric expression, "" = none
    bool end_when_decided;     // end as soon as every requirement is decided
} DdPlanDef;
extern const DdField dd_plan_fields[];

typedef struct DdPlan {
    DdPlanDef def;
    DdFiles* files;     // borrowed: everything the scenario read
    DdCompose* compose; // owned
    DdNames labels;     // classes in order of their ids; none = drydock's own table
    json_t* params;     // drawn values, in declared order: {"x": -1.2, ...}; owned
    int nrobot;
    DdPlanRobot* robot; // owned
    int nsensor;
    DdSensorDef* sensor; // of all robots and the world; owned
    int nmeasure;
    DdMeasureDef* measure; // owned
    int nslot;
    DdSlotDef* slot; // owned
    int nrequirement;
    DdRequirementDef* requirement; // owned
    int nreport;
    char (*report)[DD_NAME_MAX]; // owned
    int ncheck;
    DdStartCheck* check; // owned
} DdPlan;

DdPlanDef dd_plan_def(void);
int64_t dd_plan_start_ns(const DdPlanDef* def); // start_time in ns since 1970
DdPlan* dd_plan_create(const DdPlanDef* def, DdFiles* files, DdError* err);
void dd_plan_destroy(DdPlan* plan);
// Composes the robot and appends its sensors (named "INSTANCE", from desc->sensors). Takes desc.
DD_MUST_USE bool dd_plan_add_robot(DdPlan* plan, DdRobotPlacement* placement, DdRobotDesc* desc,
                                   DdError* err);
DD_MUST_USE bool dd_plan_add_sensor(DdPlan* plan, const DdSensorDef* def, DdError* err);
DD_MUST_USE bool dd_plan_add_measure(DdPlan* plan, const DdMeasureDef* def, DdError* err);
DD_MUST_USE bool dd_plan_add_slot(DdPlan* plan, const DdSlotDef* def, DdError* err);
DD_MUST_USE bool dd_plan_add_requirement(DdPlan* plan, const DdRequirementDef* def, DdError* err);
DD_MUST_USE bool dd_plan_add_report(DdPlan* plan, const char* metric, DdError* err);
DD_MUST_USE bool dd_plan_add_check(DdPlan* plan, const DdStartCheck* def, DdError* err);
const DdPlanRobot* dd_plan_robot(const DdPlan* plan, const char* name); // NULL when there is none

json_t* dd_plan_to_json(const DdPlan* plan);
DD_MUST_USE DdPlan* dd_plan_from_json(const json_t* j, DdFiles* files, DdError* err);
