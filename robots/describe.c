// Describe: the default description of a bare MJCF or URDF. Every actuated joint gets a position
// target, actuators that are no joint servos keep their own control, the start pose is the keyframe
// "home" or the middle of the joints' ranges.
#include <math.h>
#include <string.h>

#include "robots/kinds.h"
#include "robots/robot.h"
#include "robots/servo.h"
#include "sim/world/parts.h"

// the name of the instance while it is looked at
static const char* const k_robot = "robot";

typedef struct Look {
    DdRobotDesc* desc;
    DdWorld* w;     // the robot alone, as a world would hold it
    mjModel* model; // the file as it is, with its keyframes
} Look;

static DdWorld* compose_alone(DdFiles* files, const DdRobotDesc* desc, DdError* err)
{
    DdWorldDef def = dd_world_def();
    DdRobotPlacement placement = dd_robot_placement_def();
    snprintf(placement.name, sizeof placement.name, "%s", k_robot);
    dd_robot_placement(desc, &placement);
    DdCompose* c = dd_compose_create(&def, files, err);
    if (!c) {
        return NULL;
    }
    DdWorld* w = NULL;
    if (dd_compose_add_robot(c, &placement, err)) {
        w = dd_compose_compile(c, err);
    }
    dd_compose_destroy(c);
    return w;
}

static void add_name(DdNames* names, const char* name)
{
    snprintf(names->v[names->n++], DD_NAME_MAX, "%s", name);
}

// Joints with a servo, or with nothing at all in a model without actuators (a URDF); and the
// actuators that are not servos of one joint.
static bool sort_actuators(const Look* look, DdNames* joints, DdNames* raw, DdError* err)
{
    const mjModel* m = dd_world_model(look->w);
    bool driven[DD_NAMES_MAX * 16] = {false};
    enum { DRIVEN_MAX = sizeof driven / sizeof *driven };
    int controls = 0;
    for (int a = 0; a < m->nactuator; a++) {
        DdServo s;
        const char* name = dd_robot_own_name(k_robot, mj_id2name(m, mjOBJ_ACTUATOR, a));
        bool servo = dd_servo_of_actuator(&s, m, a) && s.joint < DRIVEN_MAX;
        controls += m->actuator_ctrlnum[a];
        if (controls > DD_ACTION_DIM_MAX) {
            return dd_fail(err, DD_ERROR_MODEL,
                           "robot '%s' has more than %d controls: describe it in a robot.lua",
                           look->desc->name, DD_ACTION_DIM_MAX);
        }
        if (servo && !driven[s.joint]) {
            driven[s.joint] = true;
            add_name(joints, dd_robot_own_name(k_robot, mj_id2name(m, mjOBJ_JOINT, s.joint)));
        } else {
            add_name(raw, name);
        }
    }
    if (m->nactuator > 0) {
        return true;
    }
    for (int j = 0; j < m->njnt; j++) {
        if (m->jnt_type[j] != mjJNT_HINGE && m->jnt_type[j] != mjJNT_SLIDE) {
            continue;
        }
        if (joints->n == DD_ACTION_DIM_MAX) {
            return dd_fail(err, DD_ERROR_MODEL,
                           "robot '%s' has more than %d joints: describe it in a robot.lua",
                           look->desc->name, DD_ACTION_DIM_MAX);
        }
        add_name(joints, dd_robot_own_name(k_robot, mj_id2name(m, mjOBJ_JOINT, j)));
    }
    return true;
}

static void add_start(DdRobotDesc* desc, const char* joint, double value)
{
    if (desc->start_joints.n == DD_NAMES_MAX) {
        return;
    }
    add_name(&desc->start_joints, joint);
    desc->start_values.v[desc->start_values.n++] = value;
}

// Moving this joint alone would tear a loop of the mechanism open.
static bool in_loop(const mjModel* m, int joint)
{
    int body = m->jnt_bodyid[joint];
    for (int e = 0; e < m->neq; e++) {
        int one = m->eq_obj1id[e], two = m->eq_obj2id[e];
        if ((m->eq_type[e] != mjEQ_CONNECT && m->eq_type[e] != mjEQ_WELD) || !m->eq_active0[e]) {
            continue;
        }
        if (m->eq_objtype[e] == mjOBJ_SITE) {
            one = m->site_bodyid[one];
            two = m->site_bodyid[two];
        }
        if (dd_body_below(m, one, body) != dd_body_below(m, two, body)) {
            return true;
        }
    }
    return false;
}

static bool scalar(const mjModel* m, int j)
{
    return m->jnt_type[j] == mjJNT_HINGE || m->jnt_type[j] == mjJNT_SLIDE;
}

// Joints that an equality slaves to another follow it.
static void start_slaves(Look* look, double* q)
{
    const mjModel* m = dd_world_model(look->w);
    for (int e = 0; e < m->neq; e++) {
        int one = m->eq_obj1id[e], two = m->eq_obj2id[e];
        if (m->eq_type[e] != mjEQ_JOINT || !m->eq_active0[e] || two < 0) {
            continue;
        }
        const double* c = m->eq_data + mjNEQDATA * e;
        double x = q[two] - m->qpos0[m->jnt_qposadr[two]];
        double y = c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * c[4])));
        q[one] = m->qpos0[m->jnt_qposadr[one]] + y;
    }
}

static void start_mid_range(Look* look, const DdNames* joints)
{
    const mjModel* m = dd_world_model(look->w);
    double* q = calloc((size_t)m->njnt + 1, sizeof *q);
    DD_ASSERT(q);
    for (int j = 0; j < m->njnt; j++) {
        q[j] = scalar(m, j) ? m->qpos0[m->jnt_qposadr[j]] : 0;
    }
    for (int i = 0; i < joints->n; i++) {
        char full[DD_NAME_MAX];
        dd_robot_element(full, k_robot, joints->v[i]);
        int j = mj_name2id(m, mjOBJ_JOINT, full);
        if (j >= 0 && m->jnt_limited[j] && !in_loop(m, j)) {
            q[j] = 0.5 * (m->jnt_range[2 * j] + m->jnt_range[2 * j + 1]);
        }
    }
    start_slaves(look, q);
    for (int j = 0; j < m->njnt; j++) {
        if (scalar(m, j) && q[j] != m->qpos0[m->jnt_qposadr[j]]) {
            double low = m->jnt_limited[j] ? m->jnt_range[2 * j] : -INFINITY;
            double high = m->jnt_limited[j] ? m->jnt_range[2 * j + 1] : INFINITY;
            add_start(look->desc, dd_robot_own_name(k_robot, mj_id2name(m, mjOBJ_JOINT, j)),
                      dd_clamp(q[j], low, high));
        }
    }
    free(q);
}

// The file's keyframe "home"; false when it has none.
static bool start_home(Look* look)
{
    const mjModel* m = look->model;
    const mjModel* seen = dd_world_model(look->w);
    int key = mj_name2id(m, mjOBJ_KEY, "home");
    if (key < 0) {
        return false;
    }
    for (int j = 0; j < m->njnt; j++) {
        const char* name = mj_id2name(m, mjOBJ_JOINT, j);
        char full[DD_NAME_MAX];
        dd_robot_element(full, k_robot, name ? name : "");
        int s = mj_name2id(seen, mjOBJ_JOINT, full);
        if (s < 0 || !scalar(m, j)) {
            continue;
        }
        double v = m->key_qpos[m->nq * key + m->jnt_qposadr[j]];
        if (m->jnt_limited[j]) {
            v = dd_clamp(v, m->jnt_range[2 * j], m->jnt_range[2 * j + 1]);
        }
        add_start(look->desc, name, v);
    }
    return true;
}

// Contacts and the bounding box at the start pose.
static void measure(Look* look)
{
    const mjModel* m = dd_world_model(look->w);
    const mjData* d = dd_world_data(look->w);
    DdRobotDesc* desc = look->desc;
    desc->start_contacts = 0;
    for (int i = 0; i < d->ncon; i++) {
        desc->start_contacts += d->contact[i].dist <= 0;
    }
    double low[3], high[3];
    bool any = false;
    for (int g = 0; g < m->ngeom; g++) {
        if (m->geom_bodyid[g] == 0) {
            continue;
        }
        for (int x = 0; x < 3; x++) {
            double axis[3] = {0, 0, 0}, up, down;
            axis[x] = 1;
            if (!dd_geom_reach(m, d, g, axis, &up)) {
                break;
            }
            axis[x] = -1;
            dd_geom_reach(m, d, g, axis, &down);
            low[x] = any ? fmin(low[x], -down) : -down;
            high[x] = any ? fmax(high[x], up) : up;
            any = any || x == 2;
        }
    }
    // it was looked at where a placement at the origin puts it
    for (int x = 0; any && x < 3; x++) {
        desc->half[x] = 0.5 * (high[x] - low[x]);
        desc->centre[x] = 0.5 * (high[x] + low[x]);
    }
}

static bool add_parts(Look* look, const DdNames* joints, const DdNames* raw, DdError* err)
{
    DdRobotDesc* desc = look->desc;
    DdRobotSpace* space = dd_robot_desc_add_space(desc, "joints", &dd_actuated_kind, err);
    if (!space) {
        return false;
    }
    json_t* def = json_object();
    json_t* names = json_array();
    for (int i = 0; i < joints->n; i++) {
        json_array_append_new(names, json_string(joints->v[i]));
    }
    json_object_set_new(def, "joints", names);
    names = json_array();
    for (int i = 0; i < raw->n; i++) {
        json_array_append_new(names, json_string(raw->v[i]));
    }
    json_object_set_new(def, "raw", names);
    // calm limits: a bare model does not say how fast its joints may go
    json_object_set_new(def, "v_max", json_pack("[f]", 2.0));
    json_object_set_new(def, "a_max", json_pack("[f]", 10.0));
    json_object_set_new(def, "support", json_boolean(desc->lift_to_floor));
    bool ok = dd_fields_read_json(space->kind->fields, space->def, def, "action space 'joints'",
                                  DD_ERROR_MODEL, err);
    json_decref(def);

    json_t* sensor =
        json_pack("{s:s,s:s,s:f}", "name", "joints", "kind", "joints", "rate_hz", 50.0);
    json_array_append_new(desc->sensors, sensor);
    return ok;
}

static bool describe(Look* look, DdError* err)
{
    const mjModel* m = dd_world_model(look->w);
    DdNames* names = calloc(2, sizeof *names);
    DD_ASSERT(names);
    bool ok = sort_actuators(look, &names[0], &names[1], err);
    if (ok && names[0].n + names[1].n == 0) {
        ok = dd_fail(err, DD_ERROR_MODEL, "robot '%s' has no joint or actuator to drive",
                     look->desc->name);
    }
    if (ok && !start_home(look)) {
        start_mid_range(look, &names[0]);
    }
    bool free_base = false;
    int roots = 0;
    for (int b = 1; b < m->nbody; b++) {
        if (m->body_parentid[b] == 0) {
            roots++;
            int j = m->body_jntadr[b];
            free_base = free_base || (m->body_jntnum[b] > 0 && m->jnt_type[j] == mjJNT_FREE);
        }
    }
    look->desc->lift_to_floor = free_base;
    look->desc->fixed = roots == 1 && !free_base;
    ok = ok && add_parts(look, &names[0], &names[1], err);
    free(names);
    ok = ok && dd_robot_start(look->desc, look->w, k_robot, err);
    if (ok) {
        measure(look);
    }
    return ok;
}

DdRobotDesc* dd_robot_describe(DdFiles* files, const char* logical, DdError* err)
{
    Look look = {.desc = dd_robot_desc_create()};
    DdRobotDesc* desc = look.desc;
    snprintf(desc->model, sizeof desc->model, "%s", logical);
    look.model = dd_model_compile(files, logical, err);
    if (look.model) {
        // the model's own name comes first in its table of names; MuJoCo's default is no name
        const char* own = look.model->names;
        bool named = own[0] && strcmp(own, "MuJoCo Model") != 0;
        snprintf(desc->name, sizeof desc->name, "%.90s", named ? own : dd_path_base(logical));
        snprintf(desc->doc, sizeof desc->doc, "default description of %.900s", logical);
        look.w = compose_alone(files, desc, err);
    }
    bool ok = look.w && describe(&look, err);
    dd_world_destroy(look.w);
    mj_deleteModel(look.model);
    if (!ok) {
        dd_robot_desc_destroy(desc);
        return NULL;
    }
    return desc;
}
