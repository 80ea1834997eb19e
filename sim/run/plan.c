// Plan: a scenario as plain data, its defaults, its fields, its JSON.
#include "sim/run/plan.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

#define PLAN(m, kind, flags, unit, doc) DD_FIELD_ROW(DdPlanDef, m, kind, flags, unit, doc)
#define SLOT(m, kind, flags, unit, doc) DD_FIELD_ROW(DdSlotDef, m, kind, flags, unit, doc)
#define CHECK(m, kind, flags, unit, doc) DD_FIELD_ROW(DdStartCheck, m, kind, flags, unit, doc)

const DdField dd_plan_fields[] = {
    PLAN(name, DD_FIELD_STRING, DD_REQUIRED, "",
         "Name of the scenario; it also names its random streams."),
    PLAN(instruction_en, DD_FIELD_TEXT, 0, "", "The task in English, given to agents."),
    PLAN(instruction_ko, DD_FIELD_TEXT, 0, "", "The task in Korean, given to agents."),
    PLAN(duration_s, DD_FIELD_NUMBER, DD_POSITIVE | DD_REQUIRED, "s",
         "Longest simulated time of an episode."),
    PLAN(physics_hz, DD_FIELD_INT, DD_POSITIVE, "Hz",
         "Physics steps per simulated second, 50 to 10,000; 500 by default."),
    PLAN(agent_hz, DD_FIELD_NUMBER, DD_POSITIVE, "Hz",
         "How often agents act, up to physics_hz; 50 by default."),
    PLAN(measure_hz, DD_FIELD_NUMBER, DD_POSITIVE, "Hz",
         "Clock of measures and requirements; 50 by default."),
    PLAN(restore_every_s, DD_FIELD_NUMBER, DD_POSITIVE, "s",
         "Simulated time between restore points; 10 by default."),
    PLAN(start_time, DD_FIELD_STRING, 0, "",
         "UTC time of step 0; 2026-01-01T00:00:00Z by default."),
    PLAN(sleep, DD_FIELD_BOOL, 0, "", "Let resting free bodies sleep: for worlds with much cargo."),
    PLAN(licence, DD_FIELD_STRING, 0, "",
         "of the recordings, an SPDX name such as CC-BY-4.0; goes into run.json"),
    PLAN(reward, DD_FIELD_TEXT, 0, "",
         "Numeric expression over measures, evaluated at every agent tick."),
    PLAN(end_when_decided, DD_FIELD_BOOL, 0, "", "End as soon as every requirement is decided."),
    DD_FIELD_ROWS_END,
};

const DdField dd_slot_fields[] = {
    SLOT(name, DD_FIELD_STRING, 0, "", "Name of the slot; empty when there is only one."),
    SLOT(robot, DD_FIELD_REF, DD_REQUIRED, "", "The robot it drives."),
    SLOT(observe, DD_FIELD_NAMES, DD_REQUIRED, "",
         "Channels of the robot and measures it is shown."),
    SLOT(act, DD_FIELD_NAMES, DD_REQUIRED, "", "Action spaces of the robot, in order."),
    SLOT(may_be_constant, DD_FIELD_NAMES, 0, "", "Observed fields that are honestly constant."),
    SLOT(reject, DD_FIELD_BOOL, 0, "", "Out-of-range actions are AGENT_ERROR instead of clipped."),
    DD_FIELD_ROWS_END,
};

const DdField dd_start_check_fields[] = {
    CHECK(kind, DD_FIELD_STRING, DD_REQUIRED, "", "clear, near, inside or upright."),
    CHECK(a, DD_FIELD_REF, DD_REQUIRED, "", "A thing or frame."),
    CHECK(b, DD_FIELD_REF, 0, "", "Another thing or frame."),
    CHECK(value, DD_FIELD_NUMBER, 0, "", "Metres or radians it is held against."),
    CHECK(text, DD_FIELD_TEXT, 0, "", "What the report says when it fails."),
    DD_FIELD_ROWS_END,
};

DdPlanDef dd_plan_def(void)
{
    DdPlanDef def = {
        .duration_s = 60,
        .physics_hz = 500,
        .agent_hz = 50,
        .measure_hz = 50,
        .restore_every_s = 10,
        .start_time = "2026-01-01T00:00:00Z",
    };
    return def;
}

static bool check_def(const DdPlanDef* def, DdError* err)
{
    char what[DD_NAME_MAX + 16];
    snprintf(what, sizeof what, "scenario '%s'", def->name);
    if (!dd_fields_check(dd_plan_fields, def, what, DD_ERROR_SCRIPT, err)) {
        return false;
    }
    if (def->physics_hz < 50 || def->physics_hz > 10000) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: physics_hz must be from 50 to 10000, got %d",
                       what, def->physics_hz);
    }
    if (def->agent_hz > def->physics_hz) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: agent_hz must be at most physics_hz (%d), got %g",
                       what, def->physics_hz, def->agent_hz);
    }
    if (def->measure_hz > def->physics_hz) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: measure_hz must be at most physics_hz (%d), got %g", what,
                       def->physics_hz, def->measure_hz);
    }
    if (def->agent_hz < 1e-3 || def->measure_hz < 1e-3) {
        bool agent = def->agent_hz < 1e-3;
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: %s must be at least 0.001, got %g", what,
                       agent ? "agent_hz" : "measure_hz", agent ? def->agent_hz : def->measure_hz);
    }
    if (def->duration_s > 7 * 24 * 3600.0) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: duration_s must be at most 604800 (a week), got %g", what,
                       def->duration_s);
    }
    if (def->duration_s * def->physics_hz < 1) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: duration_s must be at least one physics step, got %g", what,
                       def->duration_s);
    }
    return true;
}

int64_t dd_plan_start_ns(const DdPlanDef* def)
{
    int64_t ns = 0;
    return dd_time_parse(def->start_time, &ns) ? ns : 0;
}

DdPlan* dd_plan_create(const DdPlanDef* def, DdFiles* files, DdError* err)
{
    if (!check_def(def, err)) {
        return NULL;
    }
    DdWorldDef world = dd_world_def();
    world.physics_hz = def->physics_hz;
    world.sleep = def->sleep;
    DdCompose* compose = dd_compose_create(&world, files, err);
    if (!compose) {
        return NULL;
    }
    DdPlan* plan = calloc(1, sizeof *plan);
    DD_ASSERT(plan);
    plan->def = *def;
    plan->files = files;
    plan->compose = compose;
    plan->params = json_object();
    return plan;
}

void dd_plan_destroy(DdPlan* plan)
{
    if (!plan) {
        return;
    }
    for (int i = 0; i < plan->nrobot; i++) {
        dd_robot_desc_destroy(plan->robot[i].desc);
    }
    dd_compose_destroy(plan->compose);
    json_decref(plan->params);
    free(plan->robot);
    free(plan->sensor);
    free(plan->measure);
    free(plan->slot);
    free(plan->requirement);
    free(plan->report);
    free(plan->check);
    free(plan);
}

// Room for one more element behind `*array`.
static void* grow(void** array, int n, size_t size)
{
    *array = realloc(*array, (size_t)(n + 1) * size);
    DD_ASSERT(*array);
    return (char*)*array + (size_t)n * size;
}

const DdPlanRobot* dd_plan_robot(const DdPlan* plan, const char* name)
{
    for (int i = 0; i < plan->nrobot; i++) {
        if (strcmp(plan->robot[i].placement.name, name) == 0) {
            return &plan->robot[i];
        }
    }
    return NULL;
}

// The sensors a description offers become sensors of this instance.
static bool add_robot_sensors(DdPlan* plan, const DdRobotDesc* desc, const char* name, DdError* err)
{
    size_t i;
    json_t* object;
    json_array_foreach(desc->sensors, i, object)
    {
        DdSensorDef def = dd_sensor_def();
        const char* sensor = json_string_value(json_object_get(object, "name"));
        char what[3 * DD_NAME_MAX];
        snprintf(what, sizeof what, "robot '%s': sensor '%s'", desc->name, sensor ? sensor : "");
        if (!dd_fields_read_json(dd_sensor_fields, &def, object, what, DD_ERROR_MODEL, err)) {
            return false;
        }
        snprintf(def.robot, sizeof def.robot, "%s", name);
        if (!dd_plan_add_sensor(plan, &def, err)) {
            return false;
        }
    }
    return true;
}

bool dd_plan_add_robot(DdPlan* plan, DdRobotPlacement* placement, DdRobotDesc* desc, DdError* err)
{
    if (plan->nrobot == DD_PLAN_ROBOTS) {
        dd_robot_desc_destroy(desc);
        return dd_fail(err, DD_ERROR_SCRIPT, "robot '%s': a world holds at most %d robots",
                       placement->name, DD_PLAN_ROBOTS);
    }
    dd_robot_placement(desc, placement);
    if (!dd_compose_add_robot(plan->compose, placement, err)) {
        dd_robot_desc_destroy(desc);
        return false;
    }
    DdPlanRobot* robot = grow((void**)&plan->robot, plan->nrobot, sizeof *robot);
    plan->nrobot++;
    robot->placement = *placement;
    robot->desc = desc;
    return add_robot_sensors(plan, desc, placement->name, err);
}

static void channel_name(const DdSensorDef* def, char out[2 * DD_NAME_MAX])
{
    snprintf(out, 2 * DD_NAME_MAX, "%s%s%s", def->robot, def->robot[0] ? "." : "", def->name);
}

static bool channel_taken(const DdPlan* plan, const char* name)
{
    char other[2 * DD_NAME_MAX];
    for (int i = 0; i < plan->nsensor; i++) {
        channel_name(&plan->sensor[i], other);
        if (strcmp(other, name) == 0) {
            return true;
        }
    }
    for (int i = 0; i < plan->nmeasure; i++) {
        if (strcmp(plan->measure[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

bool dd_plan_add_sensor(DdPlan* plan, const DdSensorDef* def, DdError* err)
{
    char name[2 * DD_NAME_MAX];
    channel_name(def, name);
    if (channel_taken(plan, name)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "two channels are named '%s'", name);
    }
    DdSensorDef* sensor = grow((void**)&plan->sensor, plan->nsensor, sizeof *sensor);
    *sensor = *def;
    plan->nsensor++;
    return true;
}

bool dd_plan_add_measure(DdPlan* plan, const DdMeasureDef* def, DdError* err)
{
    if (channel_taken(plan, def->name)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "two channels are named '%s'", def->name);
    }
    DdMeasureDef* measure = grow((void**)&plan->measure, plan->nmeasure, sizeof *measure);
    *measure = *def;
    plan->nmeasure++;
    return true;
}

static bool has_name(const DdNames* names, const char* name)
{
    for (int i = 0; i < names->n; i++) {
        if (strcmp(names->v[i], name) == 0) {
            return true;
        }
    }
    return false;
}

// What the robot itself declares constant needs no excuse from the scenario.
static void excuse_constants(const DdPlan* plan, DdSlotDef* slot)
{
    const DdPlanRobot* robot = dd_plan_robot(plan, slot->robot);
    for (int i = 0; robot && i < robot->desc->may_be_constant.n; i++) {
        const char* name = robot->desc->may_be_constant.v[i];
        for (int k = 0; k < slot->observe.n; k++) {
            size_t n = strlen(slot->observe.v[k]);
            bool seen = strncmp(name, slot->observe.v[k], n) == 0 && (name[n] == '.' || !name[n]);
            if (seen && !has_name(&slot->may_be_constant, name) &&
                slot->may_be_constant.n < DD_NAMES_MAX) {
                snprintf(slot->may_be_constant.v[slot->may_be_constant.n++], DD_NAME_MAX, "%s",
                         name);
            }
        }
    }
}

bool dd_plan_add_slot(DdPlan* plan, const DdSlotDef* def, DdError* err)
{
    if (plan->nslot == DD_PLAN_SLOTS) {
        return dd_fail(err, DD_ERROR_SCRIPT, "agent '%s': a scenario has at most %d agent slots",
                       def->name, DD_PLAN_SLOTS);
    }
    for (int i = 0; i < plan->nslot; i++) {
        if (strcmp(plan->slot[i].name, def->name) == 0) {
            return dd_fail(err, DD_ERROR_SCRIPT, "two agent slots are named '%s'", def->name);
        }
        if (strcmp(plan->slot[i].robot, def->robot) == 0) {
            return dd_fail(err, DD_ERROR_SCRIPT, "agents '%s' and '%s' both drive robot '%s'",
                           plan->slot[i].name, def->name, def->robot);
        }
    }
    DdSlotDef* slot = grow((void**)&plan->slot, plan->nslot, sizeof *slot);
    *slot = *def;
    plan->nslot++;
    excuse_constants(plan, slot);
    return true;
}

bool dd_plan_add_requirement(DdPlan* plan, const DdRequirementDef* def, DdError* err)
{
    for (int i = 0; i < plan->nrequirement; i++) {
        if (strcmp(plan->requirement[i].name, def->name) == 0) {
            return dd_fail(err, DD_ERROR_SCRIPT, "two requirements are named '%s'", def->name);
        }
    }
    DdRequirementDef* r = grow((void**)&plan->requirement, plan->nrequirement, sizeof *r);
    *r = *def;
    plan->nrequirement++;
    return true;
}

bool dd_plan_add_report(DdPlan* plan, const char* metric, DdError* err)
{
    if (strlen(metric) >= DD_NAME_MAX) {
        return dd_fail(err, DD_ERROR_SCRIPT, "report: '%s' is longer than %d bytes", metric,
                       DD_NAME_MAX - 1);
    }
    char(*row)[DD_NAME_MAX] = grow((void**)&plan->report, plan->nreport, sizeof *row);
    snprintf(*row, sizeof *row, "%s", metric);
    plan->nreport++;
    return true;
}

bool dd_plan_add_check(DdPlan* plan, const DdStartCheck* def, DdError* err)
{
    static const char* const k_kinds[] = {"clear", "near", "inside", "upright"};
    bool known = false;
    for (int i = 0; i < 4; i++) {
        known = known || strcmp(def->kind, k_kinds[i]) == 0;
    }
    if (!known) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "require: '%s' is not one of clear, near, inside, upright", def->kind);
    }
    DdStartCheck* check = grow((void**)&plan->check, plan->ncheck, sizeof *check);
    *check = *def;
    plan->ncheck++;
    return true;
}

// --- JSON

static json_t* rows_to_json(const DdField* fields, const void* rows, int n, size_t size)
{
    json_t* array = json_array();
    for (int i = 0; i < n; i++) {
        json_array_append_new(array,
                              dd_fields_write_json(fields, (const char*)rows + (size_t)i * size));
    }
    return array;
}

json_t* dd_plan_to_json(const DdPlan* plan)
{
    json_t* j = json_object();
    json_object_set_new(j, "scenario", dd_fields_write_json(dd_plan_fields, &plan->def));
    json_object_set(j, "params", plan->params);
    json_object_set_new(j, "world", dd_compose_ops(plan->compose));

    json_t* robots = json_array();
    for (int i = 0; i < plan->nrobot; i++) {
        json_t* robot = json_object();
        json_object_set_new(
            robot, "placement",
            dd_fields_write_json(dd_robot_placement_fields, &plan->robot[i].placement));
        json_object_set_new(robot, "description", dd_robot_desc_to_json(plan->robot[i].desc));
        json_array_append_new(robots, robot);
    }
    json_object_set_new(j, "robots", robots);

    json_t* sensors = json_array();
    for (int i = 0; i < plan->nsensor; i++) {
        json_array_append_new(sensors, dd_sensor_to_json(&plan->sensor[i]));
    }
    json_object_set_new(j, "sensors", sensors);
    if (plan->labels.n > 0) {
        json_t* labels = json_array();
        for (int i = 0; i < plan->labels.n; i++) {
            json_array_append_new(labels, json_string(plan->labels.v[i]));
        }
        json_object_set_new(j, "labels", labels);
    }
    json_object_set_new(
        j, "measures",
        rows_to_json(dd_measure_fields, plan->measure, plan->nmeasure, sizeof *plan->measure));
    json_object_set_new(j, "agents",
                        rows_to_json(dd_slot_fields, plan->slot, plan->nslot, sizeof *plan->slot));
    json_object_set_new(j, "expect",
                        rows_to_json(dd_requirement_fields, plan->requirement, plan->nrequirement,
                                     sizeof *plan->requirement));
    json_t* report = json_array();
    for (int i = 0; i < plan->nreport; i++) {
        json_array_append_new(report, json_string(plan->report[i]));
    }
    json_object_set_new(j, "report", report);
    json_object_set_new(
        j, "require",
        rows_to_json(dd_start_check_fields, plan->check, plan->ncheck, sizeof *plan->check));
    return j;
}

static bool read_robots(DdPlan* plan, const json_t* robots, DdError* err)
{
    size_t i;
    json_t* object;
    json_array_foreach(robots, i, object)
    {
        DdPlanRobot robot = {0};
        if (plan->nrobot == DD_PLAN_ROBOTS ||
            !dd_fields_read_json(dd_robot_placement_fields, &robot.placement,
                                 json_object_get(object, "placement"), "robot", DD_ERROR_DAMAGED,
                                 err)) {
            return false;
        }
        robot.desc = dd_robot_desc_from_json(json_object_get(object, "description"), err);
        if (!robot.desc) {
            return dd_fail_while(err, "robot '%s'", robot.placement.name);
        }
        DdPlanRobot* slot = grow((void**)&plan->robot, plan->nrobot, sizeof *slot);
        *slot = robot;
        plan->nrobot++;
    }
    return true;
}

// Reads every object of j[member] into a def and hands it to `add`.
#define READ_ROWS(member, Type, fields, init, add)                                                 \
    do {                                                                                           \
        size_t i_;                                                                                 \
        json_t* object_;                                                                           \
        json_array_foreach(json_object_get(j, member), i_, object_)                                \
        {                                                                                          \
            Type* def_ = calloc(1, sizeof *def_);                                                  \
            DD_ASSERT(def_);                                                                       \
            init;                                                                                  \
            bool fine_ =                                                                           \
                dd_fields_read_json(fields, def_, object_, member, DD_ERROR_DAMAGED, err) &&       \
                add(plan, def_, err);                                                              \
            free(def_);                                                                            \
            if (!fine_) {                                                                          \
                dd_plan_destroy(plan);                                                             \
                return NULL;                                                                       \
            }                                                                                      \
        }                                                                                          \
    } while (0)

DdPlan* dd_plan_from_json(const json_t* j, DdFiles* files, DdError* err)
{
    DdPlanDef def = dd_plan_def();
    if (!json_is_object(j)) {
        dd_fail(err, DD_ERROR_DAMAGED, "the run record holds no plan");
        return NULL;
    }
    if (!dd_fields_read_json(dd_plan_fields, &def, json_object_get(j, "scenario"), "scenario",
                             DD_ERROR_DAMAGED, err)) {
        return NULL;
    }
    DdCompose* compose = dd_compose_from_ops(json_object_get(j, "world"), files, err);
    if (!compose) {
        return NULL;
    }
    DdPlan* plan = calloc(1, sizeof *plan);
    DD_ASSERT(plan);
    plan->def = def;
    plan->files = files;
    plan->compose = compose;
    json_t* params = json_object_get(j, "params");
    plan->params = params ? json_incref(params) : json_object();
    if (!read_robots(plan, json_object_get(j, "robots"), err)) {
        dd_plan_destroy(plan);
        return NULL;
    }
    READ_ROWS("sensors", DdSensorDef, dd_sensor_fields, *def_ = dd_sensor_def(),
              dd_plan_add_sensor);
    READ_ROWS("measures", DdMeasureDef, dd_measure_fields, *def_ = dd_measure_def(),
              dd_plan_add_measure);
    READ_ROWS("agents", DdSlotDef, dd_slot_fields, (void)0, dd_plan_add_slot);
    READ_ROWS("expect", DdRequirementDef, dd_requirement_fields, (void)0, dd_plan_add_requirement);
    READ_ROWS("require", DdStartCheck, dd_start_check_fields, (void)0, dd_plan_add_check);
    size_t i;
    json_t* text;
    json_array_foreach(json_object_get(j, "labels"), i, text)
    {
        if (!json_is_string(text) || plan->labels.n == DD_NAMES_MAX) {
            dd_fail(err, DD_ERROR_DAMAGED, "the run record's labels must be at most %d names",
                    DD_NAMES_MAX);
            dd_plan_destroy(plan);
            return NULL;
        }
        snprintf(plan->labels.v[plan->labels.n++], DD_NAME_MAX, "%s", json_string_value(text));
    }
    json_array_foreach(json_object_get(j, "report"), i, text)
    {
        if (!json_is_string(text) || !dd_plan_add_report(plan, json_string_value(text), err)) {
            dd_plan_destroy(plan);
            return NULL;
        }
    }
    return plan;
}
