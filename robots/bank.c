// Bank: the loop that makes a set of joints follow positions, speeds or forces.
// Joints driven by force get the computed torque M (a_ref + 2 zeta omega e_v + omega^2 e) + bias, M
// being the joint-space inertia among the bank's own joints: every joint then answers with the same
// bandwidth, whatever hangs on it, and the cost does not grow with the rest of the world.
#include <math.h>
#include <string.h>

#include "robots/servo.h"

DdBankDef dd_bank_def(void)
{
    return (DdBankDef){.bandwidth_hz = 6, .damping_ratio = 1, .compensate = true};
}

static bool check_list(const DdNumbers* list, const char* name, int n, const char* robot,
                       DdError* err)
{
    if (list->n > 1 && list->n != n) {
        return dd_fail(err, DD_ERROR_MODEL,
                       "robot '%s': %s has %d numbers, expected one or one per joint (%d)", robot,
                       name, list->n, n);
    }
    for (int i = 0; i < list->n; i++) {
        if (!(list->v[i] > 0)) {
            return dd_fail(err, DD_ERROR_MODEL, "robot '%s': %s[%d] must be positive, got %g",
                           robot, name, i + 1, list->v[i]);
        }
    }
    return true;
}

static bool find_joints(DdBank* b, const DdBankDef* def, DdWorld* w, const char* robot,
                        DdError* err)
{
    const mjModel* m = dd_world_model(w);
    if (def->joints.n > 0) {
        for (int i = 0; i < def->joints.n; i++) {
            if (!dd_servo_find(&b->servo[b->n], w, robot, def->joints.v[i], err)) {
                return false;
            }
            b->n++;
        }
        return true;
    }
    for (int a = 0; a < m->nactuator; a++) {
        DdServo s;
        if (!dd_robot_owns(robot, mj_id2name(m, mjOBJ_ACTUATOR, a)) ||
            !dd_servo_of_actuator(&s, m, a)) {
            continue;
        }
        bool twice = false;
        for (int i = 0; i < b->n; i++) {
            twice = twice || b->servo[i].joint == s.joint;
        }
        if (twice) {
            continue;
        }
        if (b->n == DD_BANK_MAX) {
            return dd_fail(err, DD_ERROR_MODEL, "robot '%s' has more than %d actuated joints",
                           robot, DD_BANK_MAX);
        }
        b->servo[b->n++] = s;
    }
    if (b->n == 0) {
        return dd_fail(err, DD_ERROR_MODEL, "robot '%s' has no actuated hinge or slide joint",
                       robot);
    }
    return true;
}

// Where the entries of M between two of the bank's dofs are. M is a lower triangle by rows.
static void find_entries(DdBank* b, const mjModel* m)
{
    b->entry = malloc(sizeof *b->entry * (size_t)(b->n * (b->n + 1) / 2 + 1));
    DD_ASSERT(b->entry);
    for (int i = 0; i < b->n; i++) {
        int row = b->servo[i].dof;
        for (int k = 0; k < m->M_rownnz[row]; k++) {
            int adr = m->M_rowadr[row] + k;
            for (int j = 0; j < b->n; j++) {
                if (b->servo[j].dof == m->M_colind[adr]) {
                    b->entry[b->nentry][0] = adr;
                    b->entry[b->nentry][1] = i;
                    b->entry[b->nentry][2] = j;
                    b->nentry++;
                }
            }
        }
    }
}

// The robot's free base and the entries of M that couple the joints to it.
static void find_base(DdBank* b, const mjModel* m)
{
    int root = m->body_rootid[m->jnt_bodyid[b->servo[0].joint]];
    int j = m->body_jntadr[root];
    if (m->body_jntnum[root] != 1 || m->jnt_type[j] != mjJNT_FREE) {
        return;
    }
    b->base = m->jnt_dofadr[j];
    b->reach = malloc(sizeof *b->reach * (size_t)(6 * b->n));
    DD_ASSERT(b->reach);
    for (int i = 0; i < b->n; i++) {
        int row = b->servo[i].dof;
        for (int k = 0; k < m->M_rownnz[row]; k++) {
            int adr = m->M_rowadr[row] + k;
            int at = m->M_colind[adr] - b->base;
            if (at >= 0 && at < 6) {
                b->reach[b->nreach][0] = adr;
                b->reach[b->nreach][1] = i;
                b->reach[b->nreach][2] = at;
                b->nreach++;
            }
        }
    }
}

bool dd_bank_init(DdBank* b, const DdBankDef* def, DdWorld* w, const char* robot, DdError* err)
{
    memset(b, 0, sizeof *b);
    if (!find_joints(b, def, w, robot, err) ||
        !check_list(&def->v_max, "v_max", b->n, robot, err) ||
        !check_list(&def->a_max, "a_max", b->n, robot, err) ||
        !check_list(&def->effort_max, "effort_max", b->n, robot, err)) {
        return false;
    }
    b->dt = dd_world_model(w)->opt.timestep;
    b->omega = 2 * DD_PI * def->bandwidth_hz;
    b->zeta = def->damping_ratio;
    b->integral_rate = def->integral;
    b->compensate = def->compensate;
    for (int i = 0; i < b->n; i++) {
        b->v_max[i] = dd_number_of(&def->v_max, i, INFINITY);
        b->a_max[i] = dd_number_of(&def->a_max, i, INFINITY);
        b->leash[i] = 0.05;
        double effort = dd_number_of(&def->effort_max, i, INFINITY);
        b->servo[i].effort_low = fmax(b->servo[i].effort_low, -effort);
        b->servo[i].effort_high = fmin(b->servo[i].effort_high, effort);
    }
    find_entries(b, dd_world_model(w));
    b->base = -1;
    if (def->support) {
        find_base(b, dd_world_model(w));
    }
    if (b->base >= 0) {
        // standing, a leg shows far more inertia than in the air and the loop is that much slower
        b->omega = fmax(b->omega, 0.3 / b->dt);
        b->zeta = fmax(b->zeta, 1.5);
    }
    return true;
}

void dd_bank_free(DdBank* b)
{
    free(b->entry);
    free(b->reach);
    b->entry = b->reach = NULL;
}

void dd_bank_prime(DdBank* b, const mjData* d)
{
    if (b->primed) {
        return;
    }
    b->primed = true;
    for (int i = 0; i < b->n; i++) {
        const DdServo* s = &b->servo[i];
        b->ref[i] = dd_clamp(d->qpos[s->qpos], s->low, s->high);
        b->ref_velocity[i] = 0;
        b->integral[i] = 0;
    }
}

void dd_bank_mul_inertia(const DdBank* b, const mjModel* m, const mjData* d, const double* acc,
                         double* force)
{
    memset(force, 0, sizeof *force * (size_t)b->n);
    for (int k = 0; k < b->nentry; k++) {
        int i = b->entry[k][1], j = b->entry[k][2];
        double v = d->M[b->entry[k][0]];
        force[i] += v * acc[j];
        if (i != j) {
            force[j] += v * acc[i];
        }
    }
    if (b->base < 0) {
        return;
    }

    // less M_jb M_bb^-1 M_bj acc
    double block[36], pull[6] = {0}, way[6];
    for (int r = 0; r < 6; r++) {
        int adr = m->M_rowadr[b->base + r], nnz = m->M_rownnz[b->base + r];
        for (int s = 0; s < 6; s++) {
            block[6 * r + s] = 0;
        }
        for (int k = 0; k < nnz; k++) {
            int s = m->M_colind[adr + k] - b->base;
            block[6 * r + s] = block[6 * s + r] = d->M[adr + k];
        }
    }
    for (int k = 0; k < b->nreach; k++) {
        pull[b->reach[k][2]] += d->M[b->reach[k][0]] * acc[b->reach[k][1]];
    }
    mju_cholFactor(block, 6, 1e-12);
    mju_cholSolve(way, block, pull, 6);
    for (int k = 0; k < b->nreach; k++) {
        force[b->reach[k][1]] -= d->M[b->reach[k][0]] * way[b->reach[k][2]];
    }
}

void dd_bank_inertia(const DdBank* b, const mjData* d, double* dense)
{
    memset(dense, 0, sizeof *dense * (size_t)(b->n * b->n));
    for (int k = 0; k < b->nentry; k++) {
        int i = b->entry[k][1], j = b->entry[k][2];
        dense[i * b->n + j] = dense[j * b->n + i] = d->M[b->entry[k][0]];
    }
}

double dd_bank_compensation(const DdBank* b, const mjModel* m, const mjData* d, int i)
{
    int dof = b->servo[i].dof;
    double passive = d->qfrc_spring[dof];
    if (!m->jnt_actgravcomp[b->servo[i].joint]) {
        passive += d->qfrc_gravcomp[dof];
    }
    return d->qfrc_bias[dof] - passive;
}

// Move the reference of one joint by one step; returns its acceleration.
static double move_reference(DdBank* b, const mjData* d, int i)
{
    const DdServo* s = &b->servo[i];
    double before = b->ref_velocity[i];
    switch (b->mode[i]) {
    case DD_BANK_HOLD:
    case DD_BANK_POSITION: {
        double target = b->mode[i] == DD_BANK_HOLD ? b->ref[i] : b->target[i];
        dd_track(dd_clamp(target, s->low, s->high), b->v_max[i], b->a_max[i], b->dt, &b->ref[i],
                 &b->ref_velocity[i]);
        // a joint that is blocked or pushed away keeps its reference near: the way back is then as
        // calm as any other, and its wanted acceleration does not spill over to other joints
        double q = d->qpos[s->qpos];
        bool driven = s->kind == DD_SERVO_MOTOR || s->kind == DD_SERVO_NONE;
        if (driven && b->base < 0 && isfinite(b->v_max[i]) && fabs(b->ref[i] - q) > b->leash[i]) {
            b->ref[i] = dd_clamp(b->ref[i], q - b->leash[i], q + b->leash[i]);
            b->ref_velocity[i] = before = 0;
        }
        break;
    }
    case DD_BANK_VELOCITY: {
        double want = dd_clamp(b->target[i], -b->v_max[i], b->v_max[i]);
        double v = isfinite(b->a_max[i]) ? dd_slew(before, want, b->a_max[i], b->dt) : want;
        double q = d->qpos[s->qpos];
        double leak = v != 0 ? fmin(b->leak * b->dt, 1) : 0;
        double moved = b->ref[i] + leak * (q - b->ref[i]) + v * b->dt;
        b->ref[i] = dd_clamp(dd_clamp(moved, q - b->leash[i], q + b->leash[i]), s->low, s->high);
        b->ref_velocity[i] = b->ref[i] == s->low || b->ref[i] == s->high ? 0 : v;
        break;
    }
    default:
        return 0;
    }
    return isfinite(b->a_max[i]) ? (b->ref_velocity[i] - before) / b->dt : 0;
}

// The acceleration that a joint driven by force should have.
static double wanted_acceleration(DdBank* b, const mjData* d, int i, double feed_forward)
{
    const DdServo* s = &b->servo[i];
    double e = dd_clamp(b->ref[i] - d->qpos[s->qpos], -0.3, 0.3);
    double e_v = b->ref_velocity[i] - d->qvel[s->dof];
    if (b->integral_rate > 0) {
        // bounded as so much proportional action, so that a blocked joint does not wind up
        b->integral[i] = dd_clamp(b->integral[i] + b->integral_rate * e * b->dt, -0.1, 0.1);
    }
    return feed_forward + b->omega * b->omega * (e + b->integral[i]) + 2 * b->zeta * b->omega * e_v;
}

void dd_bank_step(DdBank* b, DdWorld* w)
{
    const mjModel* m = dd_world_model(w);
    mjData* d = dd_world_data(w);
    dd_bank_prime(b, d);

    double acc[DD_BANK_MAX] = {0}, force[DD_BANK_MAX];
    bool any_force = false;
    for (int i = 0; i < b->n; i++) {
        const DdServo* s = &b->servo[i];
        double a_ref = move_reference(b, d, i);
        if (b->mode[i] == DD_BANK_EFFORT) {
            continue;
        }
        if (s->kind == DD_SERVO_MOTOR || s->kind == DD_SERVO_NONE) {
            acc[i] = wanted_acceleration(b, d, i, a_ref);
            any_force = true;
        }
    }
    if (any_force) {
        dd_bank_mul_inertia(b, m, d, acc, force);
    }

    for (int i = 0; i < b->n; i++) {
        const DdServo* s = &b->servo[i];
        if (b->mode[i] == DD_BANK_EFFORT) {
            double hold = b->compensate ? dd_bank_compensation(b, m, d, i) : 0;
            dd_servo_effort(s, d, b->target[i] + hold);
            b->ref[i] = d->qpos[s->qpos];
            b->ref_velocity[i] = 0;
        } else if (s->kind == DD_SERVO_POSITION) {
            dd_servo_position(s, d, b->ref[i]);
        } else if (s->kind == DD_SERVO_VELOCITY) {
            double e = b->ref[i] - d->qpos[s->qpos];
            dd_servo_velocity(s, d, b->ref_velocity[i] + b->omega * e);
        } else {
            double tau = force[i] + b->extra[i] * acc[i];
            if (b->compensate) {
                // and what the joint's own damping and friction will take at the wanted speed
                double v = b->ref_velocity[i];
                tau += dd_bank_compensation(b, m, d, i) + m->dof_damping[s->dof] * v;
                tau += m->dof_frictionloss[s->dof] * dd_clamp(v / 0.01, -1, 1);
            }
            dd_servo_effort(s, d, tau);
        }
    }
}

int dd_bank_state_size(const DdBank* b)
{
    return 1 + 5 * b->n;
}

void dd_bank_save(const DdBank* b, double* state)
{
    *state++ = b->primed;
    for (int i = 0; i < b->n; i++) {
        *state++ = b->mode[i];
        *state++ = b->target[i];
        *state++ = b->ref[i];
        *state++ = b->ref_velocity[i];
        *state++ = b->integral[i];
    }
}

void dd_bank_load(DdBank* b, const double* state)
{
    b->primed = *state++ != 0;
    for (int i = 0; i < b->n; i++) {
        b->mode[i] = (DdBankMode)*state++;
        b->target[i] = *state++;
        b->ref[i] = *state++;
        b->ref_velocity[i] = *state++;
        b->integral[i] = *state++;
    }
}
