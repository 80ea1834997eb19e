// Servos: which actuator drives a joint and how a position, speed or force becomes its ctrl.
#include "robots/servo.h"

#include <string.h>

void dd_robot_element(char out[DD_NAME_MAX], const char* robot, const char* name)
{
    if (robot[0]) {
        snprintf(out, DD_NAME_MAX, "%s/%s", robot, name);
    } else {
        snprintf(out, DD_NAME_MAX, "%s", name);
    }
}

bool dd_robot_owns(const char* robot, const char* name)
{
    size_t n = strlen(robot);
    return n == 0 || (name && strncmp(name, robot, n) == 0 && name[n] == '/');
}

const char* dd_robot_own_name(const char* robot, const char* name)
{
    if (!name) {
        return "";
    }
    return robot[0] && dd_robot_owns(robot, name) ? name + strlen(robot) + 1 : name;
}

static int object_count(const mjModel* m, int objtype)
{
    switch (objtype) {
    case mjOBJ_JOINT:
        return (int)m->njnt;
    case mjOBJ_ACTUATOR:
        return (int)m->nactuator;
    case mjOBJ_SITE:
        return (int)m->nsite;
    case mjOBJ_BODY:
        return (int)m->nbody;
    default:
        return 0;
    }
}

bool dd_robot_find(DdWorld* w, const char* robot, int objtype, const char* name, int* id,
                   DdError* err)
{
    enum { NEAR_MAX = 256 };
    const mjModel* m = dd_world_model(w);
    char full[DD_NAME_MAX];
    dd_robot_element(full, robot, name);
    *id = mj_name2id(m, objtype, full);
    if (*id >= 0) {
        return true;
    }

    const char* names[NEAR_MAX];
    int n = 0;
    for (int i = 0; i < object_count(m, objtype) && n < NEAR_MAX; i++) {
        const char* other = mj_id2name(m, objtype, i);
        if (other && dd_robot_owns(robot, other)) {
            names[n++] = dd_robot_own_name(robot, other);
        }
    }
    const char* near = dd_nearest_name(name, names, n);
    return dd_fail(err, DD_ERROR_MODEL, "robot '%s': the model has no %s named '%s'%s%s%s", robot,
                   mju_type2Str(objtype), name, near ? "; did you mean '" : "", near ? near : "",
                   near ? "'?" : "");
}

bool dd_servo_of_actuator(DdServo* s, const mjModel* m, int a)
{
    int trn = m->actuator_trntype[a];
    if (trn != mjTRN_JOINT && trn != mjTRN_JOINTINPARENT) {
        return false;
    }
    int j = m->actuator_trnid[2 * a];
    if (m->jnt_type[j] != mjJNT_HINGE && m->jnt_type[j] != mjJNT_SLIDE) {
        return false;
    }
    double gain = m->actuator_gainprm[mjNGAIN * a];
    double gear = m->actuator_gear[6 * m->actuator_outadr[a]];
    int bias = m->actuator_biastype[a];
    int dyn = m->actuator_dyntype[a];
    bool plain = m->actuator_gaintype[a] == mjGAIN_FIXED && gain != 0 && gear != 0 &&
                 m->actuator_ctrlnum[a] == 1 && (bias == mjBIAS_NONE || bias == mjBIAS_AFFINE);
    if (!plain || (dyn != mjDYN_NONE && dyn != mjDYN_FILTER && dyn != mjDYN_FILTEREXACT &&
                   dyn != mjDYN_INTEGRATOR)) {
        return false;
    }

    memset(s, 0, sizeof *s);
    s->joint = j;
    s->qpos = m->jnt_qposadr[j];
    s->dof = m->jnt_dofadr[j];
    s->slide = m->jnt_type[j] == mjJNT_SLIDE;
    s->actuator = a;
    s->ctrl = m->actuator_ctrladr[a];
    s->gear = gear;
    s->gain = gain;
    if (bias == mjBIAS_AFFINE) {
        memcpy(s->bias, m->actuator_biasprm + mjNBIAS * a, sizeof s->bias);
    }
    if (s->bias[1] < 0) {
        s->kind = DD_SERVO_POSITION;
    } else if (s->bias[2] < 0) {
        s->kind = DD_SERVO_VELOCITY;
    } else {
        s->kind = DD_SERVO_MOTOR;
    }
    if (dyn == mjDYN_INTEGRATOR) {
        // an integrated speed command in front of a position servo takes a speed
        if (s->kind != DD_SERVO_POSITION) {
            return false;
        }
        s->kind = DD_SERVO_VELOCITY;
        s->bias[2] = -gain;
    }

    s->low = m->jnt_limited[j] ? m->jnt_range[2 * j] : -INFINITY;
    s->high = m->jnt_limited[j] ? m->jnt_range[2 * j + 1] : INFINITY;
    bool limited = m->actuator_ctrllimited[s->ctrl];
    s->ctrl_low = limited ? m->actuator_ctrlrange[2 * s->ctrl] : -INFINITY;
    s->ctrl_high = limited ? m->actuator_ctrlrange[2 * s->ctrl + 1] : INFINITY;

    // the tightest of force range, ctrl range of a motor and the joint's own limit
    double low = -INFINITY, high = INFINITY;
    if (m->actuator_forcelimited[a]) {
        low = m->actuator_forcerange[2 * a];
        high = m->actuator_forcerange[2 * a + 1];
    }
    if (s->kind == DD_SERVO_MOTOR && limited) {
        double p = gain * s->ctrl_low + s->bias[0], q = gain * s->ctrl_high + s->bias[0];
        low = fmax(low, fmin(p, q));
        high = fmin(high, fmax(p, q));
    }
    s->effort_low = fmin(low * gear, high * gear);
    s->effort_high = fmax(low * gear, high * gear);
    if (m->jnt_actfrclimited[j]) {
        s->effort_low = fmax(s->effort_low, m->jnt_actfrcrange[2 * j]);
        s->effort_high = fmin(s->effort_high, m->jnt_actfrcrange[2 * j + 1]);
    }
    return true;
}

bool dd_servo_find(DdServo* s, DdWorld* w, const char* robot, const char* joint, DdError* err)
{
    const mjModel* m = dd_world_model(w);
    int j;
    if (!dd_robot_find(w, robot, mjOBJ_JOINT, joint, &j, err)) {
        return false;
    }
    if (m->jnt_type[j] != mjJNT_HINGE && m->jnt_type[j] != mjJNT_SLIDE) {
        return dd_fail(err, DD_ERROR_MODEL, "robot '%s': joint '%s' is not a hinge or slide joint",
                       robot, joint);
    }
    for (int a = 0; a < m->nactuator; a++) {
        if (dd_servo_of_actuator(s, m, a) && s->joint == j) {
            return true;
        }
    }

    // nothing drives it: forces are applied to the joint itself
    memset(s, 0, sizeof *s);
    s->joint = j;
    s->qpos = m->jnt_qposadr[j];
    s->dof = m->jnt_dofadr[j];
    s->slide = m->jnt_type[j] == mjJNT_SLIDE;
    s->actuator = s->ctrl = -1;
    s->kind = DD_SERVO_NONE;
    s->gear = s->gain = 1;
    s->low = m->jnt_limited[j] ? m->jnt_range[2 * j] : -INFINITY;
    s->high = m->jnt_limited[j] ? m->jnt_range[2 * j + 1] : INFINITY;
    s->ctrl_low = -INFINITY;
    s->ctrl_high = INFINITY;
    s->effort_low = m->jnt_actfrclimited[j] ? m->jnt_actfrcrange[2 * j] : -INFINITY;
    s->effort_high = m->jnt_actfrclimited[j] ? m->jnt_actfrcrange[2 * j + 1] : INFINITY;
    return true;
}

void dd_servo_effort(const DdServo* s, mjData* d, double effort)
{
    effort = dd_clamp(effort, s->effort_low, s->effort_high);
    if (s->kind == DD_SERVO_NONE) {
        d->qfrc_applied[s->dof] = effort;
        return;
    }
    double length = s->gear * d->qpos[s->qpos], velocity = s->gear * d->qvel[s->dof];
    double force = effort / s->gear;
    double ctrl = (force - s->bias[0] - s->bias[1] * length - s->bias[2] * velocity) / s->gain;
    d->ctrl[s->ctrl] = dd_clamp(ctrl, s->ctrl_low, s->ctrl_high);
}

void dd_servo_position(const DdServo* s, mjData* d, double position)
{
    double ctrl = (-s->bias[0] - s->bias[1] * s->gear * position) / s->gain;
    d->ctrl[s->ctrl] = dd_clamp(ctrl, s->ctrl_low, s->ctrl_high);
}

void dd_servo_velocity(const DdServo* s, mjData* d, double velocity)
{
    double ctrl = (-s->bias[0] - s->bias[2] * s->gear * velocity) / s->gain;
    d->ctrl[s->ctrl] = dd_clamp(ctrl, s->ctrl_low, s->ctrl_high);
}

double dd_slew(double v, double want, double rate, double dt)
{
    return v + dd_clamp(want - v, -rate * dt, rate * dt);
}

void dd_track(double target, double v_max, double a_max, double dt, double* q, double* v)
{
    double e = target - *q;
    double speed = fmin(v_max, fabs(e) / dt);
    if (isfinite(a_max)) {
        // the speed from which whole steps of a_max just stop on the target
        double s = fabs(e) / (a_max * dt * dt);
        speed = fmin(speed, 0.5 * a_max * dt * (sqrt(1 + 8 * s) - 1));
        *v = dd_slew(*v, e < 0 ? -speed : speed, a_max, dt);
        *q += *v * dt;
    } else if (isfinite(v_max)) {
        *v = e < 0 ? -speed : speed;
        *q += *v * dt;
    } else {
        // without limits the target is a step, and a step has no speed to feed forward
        *v = 0;
        *q = target;
    }
}

double dd_number_of(const DdNumbers* list, int i, double otherwise)
{
    if (list->n == 0) {
        return otherwise;
    }
    return list->v[list->n == 1 ? 0 : i];
}

void dd_part_dim(DdActionPart* part, const char* label, const char* unit, double low, double high,
                 double def)
{
    DD_ASSERT(part->n < DD_ACTION_DIM_MAX);
    int i = part->n++;
    snprintf(part->label[i], sizeof part->label[i], "%s", label);
    snprintf(part->unit[i], sizeof part->unit[i], "%s", unit);
    part->low[i] = low;
    part->high[i] = high;
    part->def[i] = dd_clamp(def, low, high);
}
