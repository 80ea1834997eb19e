// double_steer: a vehicle with one or two steered axles: speed and axle angles become the angle and
// speed of every wheel, so that all of them turn about one point (Ackermann for one steered axle).
#include <math.h>
#include <string.h>

#include "robots/joint_control.h"
#include "robots/kinds.h"

typedef enum Mode { INDEPENDENT, SYMMETRIC, FRONT } Mode;
static const char* const k_modes[] = {"independent", "symmetric", "front", NULL};

typedef struct Def {
    DdNames steer_front, steer_rear; // one joint per axle, or left and right
    DdNames drive_front, drive_rear;
    int mode;
    double wheelbase, track, wheel_radius;
    double v_max, a_max, brake_max, lateral_max;
    double steer_max, steer_rate, steer_accel;
    double steer_hz, drive_hz, mass;
    bool normalised;
} Def;

enum { WHEELS_MAX = 8 };

typedef struct Wheel {
    double x, y;    // m, from the vehicle's centre
    bool turntable; // a driven wheel whose axle turns as a whole
} Wheel;

typedef struct DoubleSteer {
    DdController base;
    Def def;
    DdBank steer, drive;
    Wheel steer_at[WHEELS_MAX], drive_at[WHEELS_MAX];
    double dt;
    // state
    double want[3]; // speed, front, rear
    double now[3];
    double rate[2]; // of the two angles
} DoubleSteer;

static const DdField k_fields[] = {
    {"steer_front", DD_FIELD_NAMES, offsetof(Def, steer_front), DD_REQUIRED, "",
     "steering joints of the front axle: one, or left and right", NULL},
    {"steer_rear", DD_FIELD_NAMES, offsetof(Def, steer_rear), 0, "",
     "steering joints of the rear axle; none for mode \"front\"", NULL},
    {"drive_front", DD_FIELD_NAMES, offsetof(Def, drive_front), 0, "",
     "driven wheel joints of the front axle: one, or left and right", NULL},
    {"drive_rear", DD_FIELD_NAMES, offsetof(Def, drive_rear), 0, "",
     "driven wheel joints of the rear axle", NULL},
    DD_FIELD_ROW_ENUM(Def, mode, 0,
                      "independent: speed, front, rear; symmetric: speed, front, rear = -front; "
                      "front: speed, front",
                      k_modes),
    DD_FIELD_ROW(Def, wheelbase, DD_FIELD_NUMBER, DD_POSITIVE | DD_REQUIRED, "m",
                 "between front and rear axle"),
    DD_FIELD_ROW(Def, track, DD_FIELD_NUMBER, DD_POSITIVE | DD_REQUIRED, "m",
                 "between left and right wheels"),
    DD_FIELD_ROW(Def, wheel_radius, DD_FIELD_NUMBER, DD_POSITIVE | DD_REQUIRED, "m",
                 "rolling radius"),
    DD_FIELD_ROW(Def, v_max, DD_FIELD_NUMBER, DD_POSITIVE, "m/s", "speed limit"),
    DD_FIELD_ROW(Def, a_max, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "m/s^2",
                 "acceleration limit"),
    DD_FIELD_ROW(Def, brake_max, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "m/s^2",
                 "deceleration limit"),
    DD_FIELD_ROW(Def, lateral_max, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "m/s^2",
                 "sideways acceleration that limits the speed in a curve"),
    DD_FIELD_ROW(Def, steer_max, DD_FIELD_NUMBER, DD_POSITIVE, "rad", "largest axle angle"),
    DD_FIELD_ROW(Def, steer_rate, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "rad/s",
                 "steering speed limit"),
    DD_FIELD_ROW(Def, steer_accel, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "rad/s^2",
                 "steering acceleration limit"),
    DD_FIELD_ROW(Def, steer_hz, DD_FIELD_NUMBER, DD_POSITIVE, "Hz",
                 "bandwidth of the steering loop"),
    DD_FIELD_ROW(Def, drive_hz, DD_FIELD_NUMBER, DD_POSITIVE, "Hz", "bandwidth of the wheel loop"),
    DD_FIELD_ROW(Def, mass, DD_FIELD_NUMBER, DD_NONNEGATIVE, "kg",
                 "that the wheels push, for the gain of torque-driven wheels; 0 = the robot's own"),
    DD_FIELD_ROW(Def, normalised, DD_FIELD_BOOL, 0, "", "the agent gives -1..1"),
    DD_FIELD_ROWS_END,
};

static void init(void* def)
{
    memset(def, 0, sizeof(Def));
    Def* d = def;
    d->v_max = 2;
    d->a_max = 1;
    d->brake_max = 2;
    d->lateral_max = INFINITY;
    d->steer_max = 0.5;
    d->steer_rate = 0.5;
    d->steer_accel = INFINITY;
    d->steer_hz = 4;
    d->drive_hz = 2;
}

static void destroy(DdController* c)
{
    DoubleSteer* k = (DoubleSteer*)c;
    dd_bank_free(&k->steer);
    dd_bank_free(&k->drive);
    free(k);
}

// Put the joints of one axle into a bank def and note where its wheels are.
static bool add_axle(DdBankDef* bank, Wheel* at, const DdNames* names, double x, double track,
                     const char* what, const char* robot, DdError* err)
{
    if (names->n > 2) {
        return dd_fail(err, DD_ERROR_MODEL,
                       "robot '%s': %s takes one joint or two (left, right), got %d", robot, what,
                       names->n);
    }
    for (int i = 0; i < names->n; i++) {
        at[bank->joints.n].x = x;
        at[bank->joints.n].y = names->n == 1 ? 0 : (i == 0 ? 0.5 : -0.5) * track;
        memcpy(bank->joints.v[bank->joints.n++], names->v[i], DD_NAME_MAX);
    }
    return true;
}

static bool find_wheels(DoubleSteer* k, DdWorld* w, const char* robot, DdError* err)
{
    const Def* d = &k->def;
    DdBankDef steer = dd_bank_def(), drive = dd_bank_def();
    steer.bandwidth_hz = d->steer_hz;
    drive.bandwidth_hz = d->drive_hz;
    double front = 0.5 * d->wheelbase, rear = -0.5 * d->wheelbase;
    if (!add_axle(&steer, k->steer_at, &d->steer_front, front, d->track, "steer_front", robot,
                  err) ||
        !add_axle(&steer, k->steer_at, &d->steer_rear, rear, d->track, "steer_rear", robot, err) ||
        !add_axle(&drive, k->drive_at, &d->drive_front, front, d->track, "drive_front", robot,
                  err) ||
        !add_axle(&drive, k->drive_at, &d->drive_rear, rear, d->track, "drive_rear", robot, err)) {
        return false;
    }
    if (d->steer_front.n == 0 || drive.joints.n == 0) {
        return dd_fail(err, DD_ERROR_MODEL,
                       "robot '%s': double_steer needs steer_front and driven wheels", robot);
    }
    for (int i = 0; i < drive.joints.n; i++) {
        const DdNames* names = k->drive_at[i].x > 0 ? &d->steer_front : &d->steer_rear;
        k->drive_at[i].turntable = names->n == 1;
    }
    if ((d->mode == FRONT) != (d->steer_rear.n == 0)) {
        return dd_fail(err, DD_ERROR_MODEL,
                       "robot '%s': steer_rear has %d joints, which mode \"%s\" does not take",
                       robot, d->steer_rear.n, k_modes[d->mode]);
    }
    return dd_bank_init(&k->steer, &steer, w, robot, err) &&
           dd_bank_init(&k->drive, &drive, w, robot, err);
}

static DdController* create(const void* def, DdWorld* w, const char* robot, DdError* err)
{
    DoubleSteer* k = calloc(1, sizeof *k);
    DD_ASSERT(k);
    k->base.kind = &dd_double_steer_kind;
    k->def = *(const Def*)def;
    const mjModel* m = dd_world_model(w);
    k->dt = m->opt.timestep;
    if (!find_wheels(k, w, robot, err)) {
        destroy(&k->base);
        return NULL;
    }
    k->drive.leak = 4;
    int root = m->body_rootid[m->jnt_bodyid[k->drive.servo[0].joint]];
    double mass = k->def.mass > 0 ? k->def.mass : m->body_subtreemass[root];
    for (int i = 0; i < k->drive.n; i++) {
        k->drive.leash[i] = 0.2;
        k->drive.a_max[i] = 1e4; // the speed is limited already; finite: fed forward
        k->drive.extra[i] = mass * k->def.wheel_radius * k->def.wheel_radius / k->drive.n;
    }
    dd_controller_own_bank(&k->base, &k->steer);
    dd_controller_own_bank(&k->base, &k->drive);
    return &k->base;
}

static void part(const DdController* c, DdActionPart* p)
{
    const Def* d = &((const DoubleSteer*)c)->def;
    p->kind = DD_ACTION_STEER_SPEED;
    p->normalised = d->normalised;
    snprintf(p->frame, sizeof p->frame, "base");
    dd_part_dim(p, "speed", "m/s", -d->v_max, d->v_max, 0);
    dd_part_dim(p, "front", "rad", -d->steer_max, d->steer_max, 0);
    if (d->mode == INDEPENDENT) {
        dd_part_dim(p, "rear", "rad", -d->steer_max, d->steer_max, 0);
    }
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    (void)w;
    DoubleSteer* k = (DoubleSteer*)c;
    const Def* d = &k->def;
    k->want[0] = dd_clamp(action[0], -d->v_max, d->v_max);
    k->want[1] = dd_clamp(action[1], -d->steer_max, d->steer_max);
    k->want[2] = 0;
    if (d->mode == INDEPENDENT) {
        k->want[2] = dd_clamp(action[2], -d->steer_max, d->steer_max);
    } else if (d->mode == SYMMETRIC) {
        k->want[2] = -k->want[1];
    }
}

static void step(DdController* c, DdWorld* w)
{
    DoubleSteer* k = (DoubleSteer*)c;
    const Def* d = &k->def;
    for (int axle = 0; axle < 2; axle++) {
        dd_track(k->want[1 + axle], d->steer_rate, d->steer_accel, k->dt, &k->now[1 + axle],
                 &k->rate[axle]);
    }

    // the motion per metre along the course of the vehicle's centre
    double tan_front = tan(k->now[1]), tan_rear = tan(k->now[2]);
    double slope = 0.5 * (tan_front + tan_rear);
    double along = 1 / sqrt(1 + slope * slope), across = slope * along;
    double curvature = along * (tan_front - tan_rear) / d->wheelbase;
    double v_curve = sqrt(d->lateral_max / fmax(fabs(curvature), 1e-9));
    double want = dd_clamp(k->want[0], -v_curve, v_curve);
    bool slower = k->now[0] * (want - k->now[0]) < 0;
    k->now[0] = dd_slew(k->now[0], want, slower ? d->brake_max : d->a_max, k->dt);

    for (int i = 0; i < k->steer.n; i++) {
        double vx = along - curvature * k->steer_at[i].y;
        double vy = across + curvature * k->steer_at[i].x;
        k->steer.mode[i] = DD_BANK_POSITION;
        k->steer.target[i] = atan2(vy, vx);
    }
    for (int i = 0; i < k->drive.n; i++) {
        const Wheel* at = &k->drive_at[i];
        double speed;
        if (at->turntable) {
            // the axle's centre moves along the wheels; the outer wheel goes faster
            double vy = across + curvature * at->x;
            speed = sqrt(along * along + vy * vy) - curvature * at->y;
        } else if (d->mode == FRONT && at->x < 0) {
            speed = along - curvature * at->y; // an axle that does not steer rolls ahead
        } else {
            double vx = along - curvature * at->y, vy = across + curvature * at->x;
            speed = sqrt(vx * vx + vy * vy);
        }
        k->drive.mode[i] = DD_BANK_VELOCITY;
        k->drive.target[i] = k->now[0] * speed / d->wheel_radius;
    }
    dd_bank_step(&k->steer, w);
    dd_bank_step(&k->drive, w);
}

static int state_size(const DdController* c)
{
    const DoubleSteer* k = (const DoubleSteer*)c;
    return 8 + dd_bank_state_size(&k->steer) + dd_bank_state_size(&k->drive);
}

static void save(const DdController* c, double* state)
{
    const DoubleSteer* k = (const DoubleSteer*)c;
    memcpy(state, k->want, sizeof k->want);
    memcpy(state + 3, k->now, sizeof k->now);
    memcpy(state + 6, k->rate, sizeof k->rate);
    dd_bank_save(&k->steer, state + 8);
    dd_bank_save(&k->drive, state + 8 + dd_bank_state_size(&k->steer));
}

static void load(DdController* c, const double* state)
{
    DoubleSteer* k = (DoubleSteer*)c;
    memcpy(k->want, state, sizeof k->want);
    memcpy(k->now, state + 3, sizeof k->now);
    memcpy(k->rate, state + 6, sizeof k->rate);
    dd_bank_load(&k->steer, state + 8);
    dd_bank_load(&k->drive, state + 8 + dd_bank_state_size(&k->steer));
}

const DdControllerKind dd_double_steer_kind = {
    .name = "double_steer",
    .doc = "Speed and the angles of one or two steered axles, under rate limits; covers Ackermann.",
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
