// What ee_pose and ee_delta share.
#include "robots/ee_control.h"

#include <math.h>
#include <string.h>

#include "robots/joint_control.h"

const char* const dd_ee_rotations[] = {"none", "quat_wxyz", "rotvec", "rpy", "rot6d", NULL};

void dd_ee_init(void* def)
{
    DdEeDef* d = def;
    memset(d, 0, sizeof *d);
    d->bank = dd_bank_def();
    d->rotation = DD_ROTVEC;
    for (int x = 0; x < 3; x++) {
        d->low[x] = -2;
        d->high[x] = 2;
    }
    d->delta_max[0] = 0.05;
    d->delta_max[1] = 0.2;
    d->v_max = 1;
    d->w_max = 2;
    d->a_max = 4;
    d->alpha_max = 10;
    d->rest_rate = 1;
}

void dd_ee_destroy(DdController* c)
{
    dd_bank_free(&((DdEeControl*)c)->bank);
    free(c);
}

static bool set_up(DdEeControl* k, DdWorld* w, const char* robot, DdError* err)
{
    const DdEeDef* def = &k->def;
    int site;
    if (!dd_robot_find(w, robot, mjOBJ_SITE, def->site, &site, err)) {
        return false;
    }
    k->frame = -1;
    if (def->frame[0] && strcmp(def->frame, "world") != 0 &&
        !dd_robot_find(w, robot, mjOBJ_SITE, def->frame, &k->frame, err)) {
        return false;
    }
    if (!dd_bank_init(&k->bank, &def->bank, w, robot, err) ||
        !dd_chain_init(&k->chain, w, site, &k->bank, robot, err)) {
        return false;
    }
    if (def->rest.n != 0 && def->rest.n != k->bank.n) {
        return dd_fail(err, DD_ERROR_MODEL, "robot '%s': rest has %d numbers for %d joints", robot,
                       def->rest.n, k->bank.n);
    }

    const mjData* d = dd_world_data(w);
    double q[DD_CHAIN_JOINTS_MAX];
    for (int i = 0; i < k->bank.n; i++) {
        q[i] = d->qpos[k->bank.servo[i].qpos];
        k->rest[i] = def->rest.n ? def->rest.v[i] : q[i];
        double otherwise = k->bank.servo[i].slide ? 0.5 : DD_PI;
        k->v_joint[i] = isfinite(k->bank.v_max[i]) ? k->bank.v_max[i] : otherwise;
    }
    k->start = dd_chain_pose(&k->chain, dd_world_model(w), d, q, NULL);
    if (k->frame >= 0) {
        k->start = dd_pose_mul(dd_pose_inv(dd_chain_site_pose(w, k->frame)), k->start);
    }
    return true;
}

DdController* dd_ee_create(const DdControllerKind* kind, const void* def, DdWorld* w,
                           const char* robot, DdError* err)
{
    DdEeControl* k = calloc(1, sizeof *k);
    DD_ASSERT(k);
    k->base.kind = kind;
    k->def = *(const DdEeDef*)def;
    if (!set_up(k, w, robot, err)) {
        dd_ee_destroy(&k->base);
        return NULL;
    }
    dd_controller_own_bank(&k->base, &k->bank);
    return &k->base;
}

static DdPose frame_pose(const DdEeControl* k, const mjData* d)
{
    DdPose pose = dd_pose_identity();
    if (k->frame >= 0) {
        memcpy(pose.pos, d->site_xpos + 3 * k->frame, sizeof pose.pos);
        mju_mat2Quat(pose.quat, d->site_xmat + 9 * k->frame);
    }
    return pose;
}

void dd_ee_prime(DdEeControl* k, DdWorld* w)
{
    if (k->primed) {
        return;
    }
    k->primed = true;
    const mjData* d = dd_world_data(w);
    for (int i = 0; i < k->bank.n; i++) {
        k->seed[i] = dd_clamp(d->qpos[k->bank.servo[i].qpos], k->chain.low[i], k->chain.high[i]);
    }
    k->setpoint = dd_chain_pose(&k->chain, dd_world_model(w), d, k->seed, NULL);
    if (k->frame >= 0) {
        DdPose frame = dd_chain_site_pose(w, k->frame);
        k->setpoint = dd_pose_mul(dd_pose_inv(frame), k->setpoint);
    }
    if (!k->has_goal) {
        k->goal = k->setpoint;
        k->has_goal = true;
    }
}

// Turn the velocity towards the goal's direction under v_max and a_max, and give the way of one
// step.
static void track3(const double e[3], double v_max, double a_max, double dt, double v[3],
                   double way[3])
{
    double far = dd_norm3(e);
    double speed = fmin(v_max, far / dt);
    if (isfinite(a_max)) {
        double s = far / (a_max * dt * dt);
        speed = fmin(speed, 0.5 * a_max * dt * (sqrt(1 + 8 * s) - 1));
    }
    double change[3];
    for (int x = 0; x < 3; x++) {
        change[x] = (far > 0 ? e[x] / far * speed : 0) - v[x];
    }
    double most = a_max * dt, size = dd_norm3(change);
    double part = size > most ? most / size : 1;
    for (int x = 0; x < 3; x++) {
        v[x] += part * change[x];
        way[x] = v[x] * dt;
    }
}

static void move_setpoint(DdEeControl* k)
{
    double e[6], way[3], turn[3], q[4];
    dd_pose_error(&k->setpoint, &k->goal, e);
    track3(e, k->def.v_max, k->def.a_max, k->bank.dt, k->velocity, way);
    track3(e + 3, k->def.w_max, k->def.alpha_max, k->bank.dt, k->velocity + 3, turn);
    for (int x = 0; x < 3; x++) {
        k->setpoint.pos[x] += way[x];
    }
    dd_quat_from_rotvec(q, turn);
    dd_quat_mul(k->setpoint.quat, q, k->setpoint.quat);
    dd_quat_normalize(k->setpoint.quat);
}

void dd_ee_step(DdController* c, DdWorld* w)
{
    enum { ITERATIONS = 1 }; // per physics step; the seed is one step old
    DdEeControl* k = (DdEeControl*)c;
    const mjModel* m = dd_world_model(w);
    const mjData* d = dd_world_data(w);
    dd_ee_prime(k, w);
    move_setpoint(k);

    DdPose target = k->setpoint;
    if (k->frame >= 0) {
        target = dd_pose_mul(frame_pose(k, d), k->setpoint);
    }
    double before[DD_CHAIN_JOINTS_MAX];
    memcpy(before, k->seed, sizeof before);
    DdReach reach = {k->rest, k->def.rest_rate, k->v_joint, k->bank.dt, ITERATIONS};
    dd_chain_reach(&k->chain, m, d, &target, &reach, k->seed);

    dd_bank_prime(&k->bank, d);
    for (int i = 0; i < k->bank.n; i++) {
        // an arm that is blocked keeps its seed within reach
        double q = d->qpos[k->bank.servo[i].qpos];
        k->seed[i] = dd_clamp(k->seed[i], q - 0.1, q + 0.1);
        k->bank.mode[i] = DD_BANK_REFERENCE;
        k->bank.ref[i] = k->seed[i];
        k->bank.ref_velocity[i] = (k->seed[i] - before[i]) / k->bank.dt;
    }
    dd_bank_step(&k->bank, w);
}

int dd_ee_state_size(const DdController* c)
{
    const DdEeControl* k = (const DdEeControl*)c;
    return 2 + 7 + 7 + 6 + k->bank.n + dd_bank_state_size(&k->bank);
}

void dd_ee_save(const DdController* c, double* state)
{
    const DdEeControl* k = (const DdEeControl*)c;
    *state++ = k->primed;
    *state++ = k->has_goal;
    memcpy(state, &k->goal, 7 * sizeof *state);
    memcpy(state + 7, &k->setpoint, 7 * sizeof *state);
    memcpy(state + 14, k->velocity, sizeof k->velocity);
    memcpy(state + 20, k->seed, sizeof *state * (size_t)k->bank.n);
    dd_bank_save(&k->bank, state + 20 + k->bank.n);
}

void dd_ee_load(DdController* c, const double* state)
{
    DdEeControl* k = (DdEeControl*)c;
    k->primed = *state++ != 0;
    k->has_goal = *state++ != 0;
    memcpy(&k->goal, state, 7 * sizeof *state);
    memcpy(&k->setpoint, state + 7, 7 * sizeof *state);
    memcpy(k->velocity, state + 14, sizeof k->velocity);
    memcpy(k->seed, state + 20, sizeof *state * (size_t)k->bank.n);
    dd_bank_load(&k->bank, state + 20 + k->bank.n);
}

int dd_rotation_dims(DdRotation rotation)
{
    static const int k_dims[] = {0, 4, 3, 3, 6};
    return k_dims[rotation];
}

const char* dd_rotation_label(DdRotation rotation, int i)
{
    static const char* const k_labels[5][6] = {
        {NULL},
        {"qw", "qx", "qy", "qz"},
        {"rx", "ry", "rz"},
        {"roll", "pitch", "yaw"},
        {"r11", "r21", "r31", "r12", "r22", "r32"},
    };
    return k_labels[rotation][i];
}

const char* dd_rotation_unit(DdRotation rotation)
{
    return rotation == DD_ROTVEC || rotation == DD_RPY ? "rad" : "";
}

void dd_rotation_write(DdRotation rotation, const double quat[4], double* out)
{
    double mat[9];
    switch (rotation) {
    case DD_ROTATION_NONE:
        break;
    case DD_QUAT_WXYZ:
        memcpy(out, quat, 4 * sizeof *out);
        break;
    case DD_ROTVEC:
        dd_quat_to_rotvec(quat, out);
        break;
    case DD_RPY:
        dd_quat_to_rpy(quat, out);
        break;
    case DD_ROT6D:
        // the first two columns
        mju_quat2Mat(mat, quat);
        for (int x = 0; x < 3; x++) {
            out[x] = mat[3 * x];
            out[3 + x] = mat[3 * x + 1];
        }
        break;
    }
}

// Zhou et al. 2019: the first column normalised, the second made orthogonal to it.
static void read_rot6d(const double* in, double quat[4])
{
    double a[3] = {in[0], in[1], in[2]}, b[3] = {in[3], in[4], in[5]}, c[3];
    double na = dd_norm3(a);
    if (na < 1e-9) {
        dd_quat_from_yaw(quat, 0);
        return;
    }
    for (int x = 0; x < 3; x++) {
        a[x] /= na;
    }
    double along = dd_dot3(a, b);
    for (int x = 0; x < 3; x++) {
        b[x] -= along * a[x];
    }
    double nb = dd_norm3(b);
    if (nb < 1e-9) {
        dd_quat_from_yaw(quat, 0);
        return;
    }
    for (int x = 0; x < 3; x++) {
        b[x] /= nb;
    }
    dd_cross3(c, a, b);
    double mat[9] = {a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]};
    mju_mat2Quat(quat, mat);
}

void dd_rotation_read(DdRotation rotation, const double* in, double quat[4])
{
    switch (rotation) {
    case DD_ROTATION_NONE:
        dd_quat_from_yaw(quat, 0);
        break;
    case DD_QUAT_WXYZ:
        memcpy(quat, in, 4 * sizeof *quat);
        dd_quat_normalize(quat);
        break;
    case DD_ROTVEC:
        dd_quat_from_rotvec(quat, in);
        break;
    case DD_RPY:
        dd_quat_from_rpy(quat, in[0], in[1], in[2]);
        break;
    case DD_ROT6D:
        read_rot6d(in, quat);
        break;
    }
}
