// diff_drive: a twist (m/s, rad/s) becomes the speeds of left and right wheels.
#include <math.h>
#include <string.h>

#include "robots/joint_control.h"
#include "robots/kinds.h"

typedef struct Def {
    DdNames left, right;
    double wheel_radius, track;
    double v_max, w_max;
    double a_max, brake_max, alpha_max;
    double bandwidth_hz, effort_max, mass;
    bool normalised;
} Def;

typedef struct DiffDrive {
    DdController base;
    Def def;
    DdBank bank; // left wheels, then right wheels
    double dt;
    // state
    double want[2]; // linear, angular
    double now[2];  // after the acceleration limits
} DiffDrive;

static const DdField k_fields[] = {
    {"left", DD_FIELD_NAMES, offsetof(Def, left), DD_REQUIRED, "", "joints of the left wheels",
     NULL},
    {"right", DD_FIELD_NAMES, offsetof(Def, right), DD_REQUIRED, "", "joints of the right wheels",
     NULL},
    DD_FIELD_ROW(Def, wheel_radius, DD_FIELD_NUMBER, DD_POSITIVE | DD_REQUIRED, "m",
                 "rolling radius"),
    DD_FIELD_ROW(Def, track, DD_FIELD_NUMBER, DD_POSITIVE | DD_REQUIRED, "m",
                 "between left and right wheels"),
    DD_FIELD_ROW(Def, v_max, DD_FIELD_NUMBER, DD_POSITIVE, "m/s", "speed limit"),
    DD_FIELD_ROW(Def, w_max, DD_FIELD_NUMBER, DD_POSITIVE, "rad/s", "yaw rate limit"),
    DD_FIELD_ROW(Def, a_max, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "m/s^2",
                 "acceleration limit"),
    DD_FIELD_ROW(Def, brake_max, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "m/s^2",
                 "deceleration limit"),
    DD_FIELD_ROW(Def, alpha_max, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "rad/s^2",
                 "yaw acceleration limit"),
    DD_FIELD_ROW(Def, bandwidth_hz, DD_FIELD_NUMBER, DD_POSITIVE, "Hz", "of the wheel loop"),
    DD_FIELD_ROW(Def, effort_max, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "N m",
                 "torque limit of one wheel, on top of the model's"),
    DD_FIELD_ROW(Def, mass, DD_FIELD_NUMBER, DD_NONNEGATIVE, "kg",
                 "that the wheels push, for the gain of torque-driven wheels; 0 = the robot's own"),
    DD_FIELD_ROW(Def, normalised, DD_FIELD_BOOL, 0, "", "the agent gives -1..1"),
    DD_FIELD_ROWS_END,
};

static void init(void* def)
{
    memset(def, 0, sizeof(Def));
    Def* d = def;
    d->v_max = 1;
    d->w_max = 1;
    d->a_max = 1;
    d->brake_max = 2;
    d->alpha_max = 2;
    d->bandwidth_hz = 5;
    d->effort_max = INFINITY;
}

static void destroy(DdController* c)
{
    dd_bank_free(&((DiffDrive*)c)->bank);
    free(c);
}

static DdController* create(const void* def, DdWorld* w, const char* robot, DdError* err)
{
    DiffDrive* k = calloc(1, sizeof *k);
    DD_ASSERT(k);
    k->base.kind = &dd_diff_drive_kind;
    k->def = *(const Def*)def;
    const mjModel* m = dd_world_model(w);
    k->dt = m->opt.timestep;

    DdBankDef bank = dd_bank_def();
    bank.bandwidth_hz = k->def.bandwidth_hz;
    bank.effort_max = (DdNumbers){.n = 1, .v = {k->def.effort_max}};
    if (k->def.left.n == 0 || k->def.left.n != k->def.right.n || 2 * k->def.left.n > DD_NAMES_MAX) {
        dd_fail(err, DD_ERROR_MODEL,
                "robot '%s': diff_drive needs as many left wheels as right ones, got %d and %d",
                robot, k->def.left.n, k->def.right.n);
        destroy(&k->base);
        return NULL;
    }
    for (int side = 0; side < 2; side++) {
        const DdNames* names = side == 0 ? &k->def.left : &k->def.right;
        for (int i = 0; i < names->n; i++) {
            memcpy(bank.joints.v[bank.joints.n++], names->v[i], DD_NAME_MAX);
        }
    }
    if (!dd_bank_init(&k->bank, &bank, w, robot, err)) {
        destroy(&k->base);
        return NULL;
    }

    // each wheel sees its share of the vehicle's mass
    int root = m->body_rootid[m->jnt_bodyid[k->bank.servo[0].joint]];
    double mass = k->def.mass > 0 ? k->def.mass : m->body_subtreemass[root];
    for (int i = 0; i < k->bank.n; i++) {
        k->bank.leash[i] = 0.2;
        k->bank.a_max[i] = 1e4; // the twist is limited already; finite: fed forward
        k->bank.extra[i] = mass * k->def.wheel_radius * k->def.wheel_radius / k->bank.n;
    }
    dd_controller_own_bank(&k->base, &k->bank);
    return &k->base;
}

static void part(const DdController* c, DdActionPart* p)
{
    const Def* d = &((const DiffDrive*)c)->def;
    p->kind = DD_ACTION_TWIST;
    p->normalised = d->normalised;
    snprintf(p->frame, sizeof p->frame, "base");
    dd_part_dim(p, "linear", "m/s", -d->v_max, d->v_max, 0);
    dd_part_dim(p, "angular", "rad/s", -d->w_max, d->w_max, 0);
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    (void)w;
    DiffDrive* k = (DiffDrive*)c;
    k->want[0] = dd_clamp(action[0], -k->def.v_max, k->def.v_max);
    k->want[1] = dd_clamp(action[1], -k->def.w_max, k->def.w_max);
}

static void step(DdController* c, DdWorld* w)
{
    DiffDrive* k = (DiffDrive*)c;
    const Def* d = &k->def;
    bool slower = k->now[0] * (k->want[0] - k->now[0]) < 0;
    k->now[0] = dd_slew(k->now[0], k->want[0], slower ? d->brake_max : d->a_max, k->dt);
    k->now[1] = dd_slew(k->now[1], k->want[1], d->alpha_max, k->dt);

    int half = k->bank.n / 2;
    for (int i = 0; i < k->bank.n; i++) {
        double side = i < half ? -0.5 : 0.5;
        k->bank.mode[i] = DD_BANK_VELOCITY;
        k->bank.target[i] = (k->now[0] + side * d->track * k->now[1]) / d->wheel_radius;
    }
    dd_bank_step(&k->bank, w);
}

static int state_size(const DdController* c)
{
    return 4 + dd_bank_state_size(&((const DiffDrive*)c)->bank);
}

static void save(const DdController* c, double* state)
{
    const DiffDrive* k = (const DiffDrive*)c;
    memcpy(state, k->want, sizeof k->want);
    memcpy(state + 2, k->now, sizeof k->now);
    dd_bank_save(&k->bank, state + 4);
}

static void load(DdController* c, const double* state)
{
    DiffDrive* k = (DiffDrive*)c;
    memcpy(k->want, state, sizeof k->want);
    memcpy(k->now, state + 2, sizeof k->now);
    dd_bank_load(&k->bank, state + 4);
}

const DdControllerKind dd_diff_drive_kind = {
    .name = "diff_drive",
    .doc = "Differential drive: forward speed and yaw rate, under acceleration limits.",
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
