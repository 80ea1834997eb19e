// Robot descriptions: plain data, to and from JSON, and the start pose in a world.
#include "robots/robot.h"

#include <string.h>

#include "robots/servo.h"

const DdField dd_robot_desc_fields[] = {
    DD_FIELD_ROW(DdRobotDesc, name, DD_FIELD_STRING, 0, "", "the robot's own name"),
    DD_FIELD_ROW(DdRobotDesc, doc, DD_FIELD_TEXT, 0, "", "one sentence"),
    DD_FIELD_ROW(DdRobotDesc, model, DD_FIELD_TEXT, 0, "", "MJCF or URDF file, beside robot.lua"),
    DD_FIELD_ROW(DdRobotDesc, base, DD_FIELD_STRING, 0, "",
                 "body that is placed; none = the first root body"),
    DD_FIELD_ROW(DdRobotDesc, fixed, DD_FIELD_BOOL, 0, "", "the base is fixed to the world"),
    DD_FIELD_ROW(DdRobotDesc, free, DD_FIELD_BOOL, 0, "",
                 "the base moves freely though the model has no free joint"),
    DD_FIELD_ROW(DdRobotDesc, lift_to_floor, DD_FIELD_BOOL, 0, "",
                 "placed so that its lowest point stands on the given height"),
    DD_FIELD_ROW(DdRobotDesc, half, DD_FIELD_VEC3, 0, "m",
                 "half extents of its bounding box at the start pose"),
    DD_FIELD_ROW(DdRobotDesc, centre, DD_FIELD_VEC3, 0, "m", "centre of that box in its own frame"),
    DD_FIELD_ROW(DdRobotDesc, may_be_constant, DD_FIELD_NAMES, 0, "",
                 "fields of its channels that are honestly constant"),
    DD_FIELD_ROWS_END,
};

// the rest of a description, in JSON only: robot.lua writes start = {joint = value}
static const DdField k_start_fields[] = {
    DD_FIELD_ROW(DdRobotDesc, start_joints, DD_FIELD_NAMES, 0, "", "joints of the start pose"),
    DD_FIELD_ROW(DdRobotDesc, start_values, DD_FIELD_NUMBERS, 0, "rad or m", "their values"),
    DD_FIELD_ROW(DdRobotDesc, start_contacts, DD_FIELD_INT, DD_NONNEGATIVE, "",
                 "self-contacts at the start pose"),
    DD_FIELD_ROWS_END,
};

DdRobotDesc* dd_robot_desc_create(void)
{
    DdRobotDesc* desc = calloc(1, sizeof *desc);
    DD_ASSERT(desc);
    desc->sensors = json_array();
    return desc;
}

void dd_robot_desc_destroy(DdRobotDesc* desc)
{
    if (!desc) {
        return;
    }
    json_decref(desc->sensors);
    free(desc->space);
    free(desc);
}

DdRobotSpace* dd_robot_desc_add_space(DdRobotDesc* desc, const char* name,
                                      const DdControllerKind* kind, DdError* err)
{
    if (desc->nspace == DD_ROBOT_SPACES_MAX) {
        dd_fail(err, DD_ERROR_MODEL, "robot '%s': more than %d action spaces", desc->name,
                DD_ROBOT_SPACES_MAX);
        return NULL;
    }
    if (!name[0] || strlen(name) >= DD_NAME_MAX) {
        dd_fail(err, DD_ERROR_MODEL, "robot '%s': an action space needs a name below %d bytes",
                desc->name, DD_NAME_MAX);
        return NULL;
    }
    if (dd_robot_desc_find_space(desc, name)) {
        dd_fail(err, DD_ERROR_MODEL, "robot '%s': action space '%s' is declared twice", desc->name,
                name);
        return NULL;
    }
    DD_ASSERT(kind->size <= DD_CONTROLLER_SIZE_MAX);
    size_t bytes = sizeof *desc->space * (size_t)(desc->nspace + 1);
    DdRobotSpace* grown = aligned_alloc(_Alignof(DdRobotSpace), bytes);
    DD_ASSERT(grown);
    if (desc->nspace > 0) {
        memcpy(grown, desc->space, sizeof *grown * (size_t)desc->nspace);
    }
    free(desc->space);
    desc->space = grown;

    DdRobotSpace* space = &desc->space[desc->nspace++];
    memset(space, 0, sizeof *space);
    snprintf(space->name, sizeof space->name, "%s", name);
    space->kind = kind;
    space->every = 1;
    kind->init(space->def);
    return space;
}

const DdRobotSpace* dd_robot_desc_find_space(const DdRobotDesc* desc, const char* name)
{
    for (int i = 0; i < desc->nspace; i++) {
        if (strcmp(desc->space[i].name, name) == 0) {
            return &desc->space[i];
        }
    }
    return NULL;
}

json_t* dd_robot_desc_to_json(const DdRobotDesc* desc)
{
    json_t* j = dd_fields_write_json(dd_robot_desc_fields, desc);
    json_t* start = dd_fields_write_json(k_start_fields, desc);
    json_object_update(j, start);
    json_decref(start);
    json_object_set_new(j, "sensors", json_deep_copy(desc->sensors));

    json_t* spaces = json_array();
    for (int i = 0; i < desc->nspace; i++) {
        const DdRobotSpace* space = &desc->space[i];
        json_t* s = json_object();
        json_object_set_new(s, "name", json_string(space->name));
        json_object_set_new(s, "kind", json_string(space->kind->name));
        json_object_set_new(s, "every", json_integer(space->every));
        json_object_set_new(s, "def", dd_fields_write_json(space->kind->fields, space->def));
        json_array_append_new(spaces, s);
    }
    json_object_set_new(j, "spaces", spaces);
    return j;
}

static bool space_from_json(DdRobotDesc* desc, const json_t* j, DdError* err)
{
    const char* name = json_string_value(json_object_get(j, "name"));
    const char* kind_name = json_string_value(json_object_get(j, "kind"));
    const json_t* every = json_object_get(j, "every");
    const DdControllerKind* kind = kind_name ? dd_controller_kind(kind_name) : NULL;
    if (!name || !kind || !json_is_integer(every) || json_integer_value(every) < 1 ||
        json_integer_value(every) > 1000000) {
        return dd_fail(err, DD_ERROR_DAMAGED,
                       "robot '%s': action space '%s' of kind '%s' is damaged", desc->name,
                       name ? name : "", kind_name ? kind_name : "");
    }
    DdRobotSpace* space = dd_robot_desc_add_space(desc, name, kind, err);
    if (!space) {
        return false;
    }
    space->every = (int)json_integer_value(every);
    char what[2 * DD_NAME_MAX + 32];
    snprintf(what, sizeof what, "robot '%s': action space '%s'", desc->name, name);
    return dd_fields_read_json(kind->fields, space->def, json_object_get(j, "def"), what,
                               DD_ERROR_DAMAGED, err);
}

DdRobotDesc* dd_robot_desc_from_json(const json_t* j, DdError* err)
{
    DdRobotDesc* desc = dd_robot_desc_create();
    // the plain members are read by their tables, which refuse what they do not know
    json_t* plain = json_object();
    json_t* start = json_object();
    const char* key;
    json_t* value;
    json_object_foreach((json_t*)j, key, value)
    {
        if (dd_field_find(k_start_fields, key)) {
            json_object_set(start, key, value);
        } else if (strcmp(key, "sensors") != 0 && strcmp(key, "spaces") != 0) {
            json_object_set(plain, key, value);
        }
    }
    bool ok = json_is_object(j) || dd_fail(err, DD_ERROR_DAMAGED, "a robot is not a JSON object");
    ok = ok &&
         dd_fields_read_json(dd_robot_desc_fields, desc, plain, "robot", DD_ERROR_DAMAGED, err);
    ok = ok && dd_fields_read_json(k_start_fields, desc, start, "robot", DD_ERROR_DAMAGED, err);
    json_decref(plain);
    json_decref(start);
    if (ok && desc->start_joints.n != desc->start_values.n) {
        ok = dd_fail(err, DD_ERROR_DAMAGED, "robot '%s': %d start joints with %d values",
                     desc->name, desc->start_joints.n, desc->start_values.n);
    }

    json_t* sensors = json_object_get(j, "sensors");
    if (ok && json_is_array(sensors)) {
        json_decref(desc->sensors);
        desc->sensors = json_deep_copy(sensors);
    }
    size_t i;
    json_array_foreach(json_object_get(j, "spaces"), i, value)
    {
        ok = ok && space_from_json(desc, value, err);
    }
    if (!ok) {
        dd_robot_desc_destroy(desc);
        return NULL;
    }
    return desc;
}

void dd_robot_placement(const DdRobotDesc* desc, DdRobotPlacement* placement)
{
    snprintf(placement->model, sizeof placement->model, "%s", desc->model);
    snprintf(placement->base, sizeof placement->base, "%s", desc->base);
    placement->fixed = desc->fixed;
    placement->free = desc->free;
    placement->lift_to_floor = desc->lift_to_floor;
}

bool dd_robot_pose_joints(const DdRobotDesc* desc, DdWorld* w, const char* robot, DdError* err)
{
    const mjModel* m = dd_world_model(w);
    mjData* d = dd_world_data(w);
    for (int i = 0; i < desc->start_joints.n; i++) {
        int j;
        const char* name = desc->start_joints.v[i];
        if (!dd_robot_find(w, robot, mjOBJ_JOINT, name, &j, err)) {
            return dd_fail_while(err, "start pose");
        }
        if (m->jnt_type[j] != mjJNT_HINGE && m->jnt_type[j] != mjJNT_SLIDE) {
            return dd_fail(err, DD_ERROR_MODEL,
                           "robot '%s': start pose: joint '%s' is not a hinge or slide joint",
                           robot, name);
        }
        double v = desc->start_values.v[i];
        const double* range = m->jnt_range + 2 * j;
        if (m->jnt_limited[j] && (v < range[0] - 1e-6 || v > range[1] + 1e-6)) {
            return dd_fail(err, DD_ERROR_MODEL,
                           "robot '%s': start pose: joint '%s' is %g, outside its range %g to %g",
                           robot, name, v, range[0], range[1]);
        }
        d->qpos[m->jnt_qposadr[j]] = v;
    }
    return true;
}

// The free joint of a robot's root body, or -1.
static int find_free_joint(DdWorld* w, const char* robot)
{
    const mjModel* m = dd_world_model(w);
    for (int j = 0; j < m->njnt; j++) {
        if (m->jnt_type[j] == mjJNT_FREE && m->body_parentid[m->jnt_bodyid[j]] == 0 &&
            dd_robot_owns(robot, mj_id2name(m, mjOBJ_BODY, m->jnt_bodyid[j]))) {
            return j;
        }
    }
    return -1;
}

bool dd_robot_start(const DdRobotDesc* desc, DdWorld* w, const char* robot, DdError* err)
{
    const mjModel* m = dd_world_model(w);
    mjData* d = dd_world_data(w);
    int j = find_free_joint(w, robot);
    double floor = 0;
    if (desc->lift_to_floor && j >= 0) {
        // it was placed with its lowest point on the floor, at the model's own pose
        floor = dd_world_lowest_point(w, robot);
    }
    if (!dd_robot_pose_joints(desc, w, robot, err)) {
        return false;
    }
    if (desc->lift_to_floor && j >= 0) {
        d->qpos[m->jnt_qposadr[j] + 2] += floor - dd_world_lowest_point(w, robot);
    }

    // position servos, whatever they pull at, hold what they have
    if (!dd_world_forward(w, err)) {
        return false;
    }
    for (int a = 0; a < m->nactuator; a++) {
        const double* bias = m->actuator_biasprm + mjNBIAS * a;
        double gain = m->actuator_gainprm[mjNGAIN * a];
        if (!dd_robot_owns(robot, mj_id2name(m, mjOBJ_ACTUATOR, a)) ||
            m->actuator_gaintype[a] != mjGAIN_FIXED || m->actuator_biastype[a] != mjBIAS_AFFINE ||
            m->actuator_dyntype[a] == mjDYN_INTEGRATOR || m->actuator_ctrlnum[a] != 1 ||
            gain == 0 || !(bias[1] < 0)) {
            continue;
        }
        double length = d->actuator_length[m->actuator_outadr[a]];
        double ctrl = (-bias[0] - bias[1] * length) / gain;
        int adr = m->actuator_ctrladr[a];
        if (m->actuator_ctrllimited[adr]) {
            ctrl =
                dd_clamp(ctrl, m->actuator_ctrlrange[2 * adr], m->actuator_ctrlrange[2 * adr + 1]);
        }
        d->ctrl[adr] = ctrl;
    }
    return dd_world_forward(w, err);
}
