// osc: operational space control. Method: O. Khatib, "A unified approach for motion and force
// control of robot manipulators: the operational space formulation", 1987. The wrench that gives
// the site the acceleration kp e - kd v is Lambda (kp e - kd v), Lambda = (J M^-1 J')^-1; spare
// freedom is drawn to a posture through the dynamically consistent null space. Inputs and limits
// are those that robosuite's OSC_POSE takes: six numbers, a move and a turn, added to the present
// pose.
#include <math.h>
#include <string.h>

#include "robots/chain.h"
#include "robots/joint_control.h"
#include "robots/kinds.h"

typedef struct Def {
    DdNames joints;
    char site[DD_NAME_MAX], frame[DD_NAME_MAX];
    DdNumbers kp; // 1/s^2; one or six
    double damping_ratio;
    double delta_max[2]; // m, rad
    bool coupled;        // the full 6 x 6 Lambda; false: position and orientation apart
    DdNumbers rest;
    double rest_kp; // 1/s^2
    DdNumbers effort_max;
    bool normalised;
} Def;

typedef struct Osc {
    DdController base;
    Def def;
    DdBank bank; // never stepped: it knows joints, inertia and limits
    DdChain chain;
    int site, frame;
    double kp[6], kd[6];
    double rest[DD_CHAIN_JOINTS_MAX];
    // state
    bool has_goal;
    DdPose goal;       // in the world
    double pending[6]; // an action that the next step turns into a goal
} Osc;

static const DdField k_fields[] = {
    {"joints", DD_FIELD_NAMES, offsetof(Def, joints), DD_REQUIRED, "", "joints that move the site",
     NULL},
    {"site", DD_FIELD_STRING, offsetof(Def, site), DD_REQUIRED, "", "the site that is moved", NULL},
    {"frame", DD_FIELD_STRING, offsetof(Def, frame), 0, "",
     "site of the robot whose frame the numbers are in; none = the world", NULL},
    {"kp", DD_FIELD_NUMBERS, offsetof(Def, kp), DD_POSITIVE, "1/s^2",
     "stiffness per unit of inertia, one or six (x y z rx ry rz)", NULL},
    {"damping_ratio", DD_FIELD_NUMBER, offsetof(Def, damping_ratio), DD_NONNEGATIVE, "",
     "1 = critical", NULL},
    {"delta_max", DD_FIELD_VEC2, offsetof(Def, delta_max), 0, "m, rad",
     "largest move and turn per action", NULL},
    {"coupled", DD_FIELD_BOOL, offsetof(Def, coupled), 0, "",
     "use the full inertia; false: position and orientation apart", NULL},
    {"rest", DD_FIELD_NUMBERS, offsetof(Def, rest), 0, "rad or m",
     "posture that spare freedom is drawn to; none = the start pose", NULL},
    {"rest_kp", DD_FIELD_NUMBER, offsetof(Def, rest_kp), DD_NONNEGATIVE, "1/s^2", "how stiffly",
     NULL},
    {"effort_max", DD_FIELD_NUMBERS, offsetof(Def, effort_max), DD_ALLOW_INF, "N m or N",
     "effort limit, one per joint or one for all; none = the model's", NULL},
    {"normalised", DD_FIELD_BOOL, offsetof(Def, normalised), 0, "", "the agent gives -1..1", NULL},
    DD_FIELD_ROWS_END,
};

static void init(void* def)
{
    memset(def, 0, sizeof(Def));
    Def* d = def;
    d->kp = (DdNumbers){.n = 1, .v = {150}};
    d->damping_ratio = 1;
    d->delta_max[0] = 0.05;
    d->delta_max[1] = 0.5;
    d->rest_kp = 10;
    d->normalised = true;
}

static void destroy(DdController* c)
{
    dd_bank_free(&((Osc*)c)->bank);
    free(c);
}

static bool set_up(Osc* k, DdWorld* w, const char* robot, DdError* err)
{
    const Def* def = &k->def;
    if (!dd_robot_find(w, robot, mjOBJ_SITE, def->site, &k->site, err)) {
        return false;
    }
    k->frame = -1;
    if (def->frame[0] && strcmp(def->frame, "world") != 0 &&
        !dd_robot_find(w, robot, mjOBJ_SITE, def->frame, &k->frame, err)) {
        return false;
    }
    DdBankDef bank = dd_bank_def();
    bank.joints = def->joints;
    bank.effort_max = def->effort_max;
    if (!dd_bank_init(&k->bank, &bank, w, robot, err) ||
        !dd_chain_init(&k->chain, w, k->site, &k->bank, robot, err)) {
        return false;
    }
    if (def->rest.n != 0 && def->rest.n != k->bank.n) {
        return dd_fail(err, DD_ERROR_MODEL, "robot '%s': rest has %d numbers for %d joints", robot,
                       def->rest.n, k->bank.n);
    }
    if (def->kp.n != 1 && def->kp.n != 6) {
        return dd_fail(err, DD_ERROR_MODEL, "robot '%s': kp has %d numbers, expected one or six",
                       robot, def->kp.n);
    }
    for (int r = 0; r < 6; r++) {
        k->kp[r] = dd_number_of(&def->kp, r, 0);
        k->kd[r] = 2 * def->damping_ratio * sqrt(k->kp[r]);
    }
    for (int i = 0; i < k->bank.n; i++) {
        k->rest[i] = def->rest.n ? def->rest.v[i] : dd_world_data(w)->qpos[k->bank.servo[i].qpos];
    }
    return true;
}

static DdController* create(const void* def, DdWorld* w, const char* robot, DdError* err)
{
    Osc* k = calloc(1, sizeof *k);
    DD_ASSERT(k);
    k->base.kind = &dd_osc_kind;
    k->def = *(const Def*)def;
    if (!set_up(k, w, robot, err)) {
        destroy(&k->base);
        return NULL;
    }
    dd_controller_own_bank(&k->base, &k->bank);
    return &k->base;
}

static void part(const DdController* c, DdActionPart* p)
{
    static const char* const k_labels[6] = {"dx", "dy", "dz", "rx", "ry", "rz"};
    const Osc* k = (const Osc*)c;
    p->kind = DD_ACTION_EE_DELTA;
    p->rotation = DD_ROTVEC;
    p->normalised = k->def.normalised;
    snprintf(p->frame, sizeof p->frame, "%s", k->frame >= 0 ? k->def.frame : "world");
    for (int r = 0; r < 6; r++) {
        double most = k->def.delta_max[r / 3];
        dd_part_dim(p, k_labels[r], r < 3 ? "m" : "rad", -most, most, 0);
    }
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    (void)w;
    memcpy(((Osc*)c)->pending, action, sizeof((Osc*)c)->pending);
}

// The goal is the present pose moved by the action; where the action is zero the goal stays, so
// that an arm under load does not creep.
static void take_goal(Osc* k, const mjData* d, const DdPose* now)
{
    if (!k->has_goal) {
        k->goal = *now;
        k->has_goal = true;
    }
    double move[3], turn[3], q[4];
    memcpy(move, k->pending, sizeof move);
    memcpy(turn, k->pending + 3, sizeof turn);
    memset(k->pending, 0, sizeof k->pending);
    if (k->frame >= 0) {
        const double* frame = d->site_xmat + 9 * k->frame;
        double m[3], t[3];
        mju_mulMatVec3(m, frame, move);
        mju_mulMatVec3(t, frame, turn);
        memcpy(move, m, sizeof m);
        memcpy(turn, t, sizeof t);
    }
    if (dd_norm3(move) > 0) {
        for (int x = 0; x < 3; x++) {
            k->goal.pos[x] = now->pos[x] + move[x];
        }
    }
    if (dd_norm3(turn) > 0) {
        dd_quat_from_rotvec(q, turn);
        dd_quat_mul(k->goal.quat, q, now->quat);
        dd_quat_normalize(k->goal.quat);
    }
}

// y = (A + a little)^-1 x for the (size x size) block of a at `at`.
static void solve_block(const double a[36], int at, int size, const double* x, double* y)
{
    double block[36], trace = 0;
    for (int r = 0; r < size; r++) {
        trace += a[7 * (at + r)];
    }
    for (int r = 0; r < size; r++) {
        for (int s = 0; s < size; s++) {
            block[r * size + s] = a[6 * (at + r) + at + s] + (r == s ? 1e-4 * trace / size : 0);
        }
    }
    mju_cholFactor(block, size, 1e-12);
    mju_cholSolve(y, block, x, size);
}

static void step(DdController* c, DdWorld* w)
{
    enum { N = DD_CHAIN_JOINTS_MAX };
    Osc* k = (Osc*)c;
    const mjModel* m = dd_world_model(w);
    mjData* d = dd_world_data(w);
    int n = k->bank.n;
    DdPose now;
    memcpy(now.pos, d->site_xpos + 3 * k->site, sizeof now.pos);
    mju_mat2Quat(now.quat, d->site_xmat + 9 * k->site);
    take_goal(k, d, &now);

    // the site's inertia
    double jac[6 * N], mass[N * N], back[6 * N], a[36]; // back: rows of J M^-1
    dd_chain_jacobian(&k->chain, m, d, jac);
    dd_bank_inertia(&k->bank, d, mass);
    mju_cholFactor(mass, n, 1e-12);
    for (int r = 0; r < 6; r++) {
        mju_cholSolve(back + r * n, mass, jac + r * n, n);
    }
    for (int r = 0; r < 6; r++) {
        for (int s = 0; s <= r; s++) {
            a[6 * r + s] = a[6 * s + r] = mju_dot(jac + r * n, back + s * n, n);
        }
    }

    // the wrench
    double e[6], want[6], wrench[6], qd[N];
    for (int i = 0; i < n; i++) {
        qd[i] = d->qvel[k->bank.servo[i].dof];
    }
    dd_pose_error(&now, &k->goal, e);
    for (int r = 0; r < 6; r++) {
        want[r] = k->kp[r] * e[r] - k->kd[r] * mju_dot(jac + r * n, qd, n);
    }
    if (k->def.coupled) {
        solve_block(a, 0, 6, want, wrench);
    } else {
        solve_block(a, 0, 3, want, wrench);
        solve_block(a, 3, 3, want + 3, wrench + 3);
    }

    // spare freedom: a posture torque, less what would move the site
    double posture[N] = {0};
    if (n > 6) {
        double acc[N], moved[6], held[6];
        double damp = 2 * sqrt(k->def.rest_kp);
        for (int i = 0; i < n; i++) {
            double q = d->qpos[k->bank.servo[i].qpos];
            acc[i] = k->def.rest_kp * (k->rest[i] - q) - damp * qd[i];
        }
        dd_bank_mul_inertia(&k->bank, m, d, acc, posture);
        for (int r = 0; r < 6; r++) {
            moved[r] = mju_dot(jac + r * n, acc, n);
        }
        solve_block(a, 0, 6, moved, held);
        for (int r = 0; r < 6; r++) {
            wrench[r] -= held[r];
        }
    }
    for (int i = 0; i < n; i++) {
        double tau = posture[i] + dd_bank_compensation(&k->bank, m, d, i);
        for (int r = 0; r < 6; r++) {
            tau += jac[r * n + i] * wrench[r];
        }
        dd_servo_effort(&k->bank.servo[i], d, tau);
    }
}

static int state_size(const DdController* c)
{
    (void)c;
    return 1 + 7 + 6;
}

static void save(const DdController* c, double* state)
{
    const Osc* k = (const Osc*)c;
    state[0] = k->has_goal;
    memcpy(state + 1, &k->goal, 7 * sizeof *state);
    memcpy(state + 8, k->pending, sizeof k->pending);
}

static void load(DdController* c, const double* state)
{
    Osc* k = (Osc*)c;
    k->has_goal = state[0] != 0;
    memcpy(&k->goal, state + 1, 7 * sizeof *state);
    memcpy(k->pending, state + 8, sizeof k->pending);
}

const DdControllerKind dd_osc_kind = {
    .name = "osc",
    .doc = "Operational space control of a site: a small move and turn, with the arm's inertia "
           "compensated.",
    .fields = k_fields,
    .size = sizeof(Def),
    .init = init,
    .create = create,
    .destroy = destroy,
    .part = part,
    .command = command,
    .step = step,
    .state_size = state_size,
    .save = save,
    .load = load,
};
