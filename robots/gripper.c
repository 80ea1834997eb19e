// gripper: an opening, reached at a bounded speed and held with a bounded force.
#include <math.h>
#include <string.h>

#include "robots/kinds.h"
#include "robots/servo.h"

enum { FINGERS_MAX = 8 };

typedef enum Unit { WIDTH, FRACTION } Unit;
static const char* const k_units[] = {"width", "fraction", NULL};

typedef struct Def {
    DdNames actuators;
    DdNumbers closed, open; // actuator length when closed and open
    double width_max;       // m
    int unit;
    double speed;     // m/s of the width
    double force_max; // N (or N m) of each actuator
    double kp, kd;    // of actuators driven by force
    double start;     // fraction
} Def;

typedef struct Gripper {
    DdController base;
    Def def;
    int n;
    int actuator[FINGERS_MAX];
    bool force[FINGERS_MAX]; // ctrl is a force
    double dt;
    // state
    double want, now; // m
} Gripper;

static const DdField k_fields[] = {
    DD_FIELD_ROW(Def, actuators, DD_FIELD_NAMES, DD_REQUIRED, "", "that move the fingers"),
    DD_FIELD_ROW(Def, closed, DD_FIELD_NUMBERS, 0, "m or rad",
                 "actuator length when closed, one per actuator or one for all; none = 0"),
    DD_FIELD_ROW(Def, open, DD_FIELD_NUMBERS, DD_REQUIRED, "m or rad",
                 "actuator length when open, one per actuator or one for all"),
    DD_FIELD_ROW(Def, width_max, DD_FIELD_NUMBER, DD_POSITIVE, "m", "opening when open"),
    DD_FIELD_ROW_ENUM(Def, unit, 0,
                      "width: the action is the opening in m; fraction: 0 closed .. 1 open",
                      k_units),
    DD_FIELD_ROW(Def, speed, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "m/s", "of the opening"),
    DD_FIELD_ROW(Def, force_max, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "N or N m",
                 "of each actuator, on top of the model's limit"),
    DD_FIELD_ROW(Def, kp, DD_FIELD_NUMBER, DD_POSITIVE, "N/m or N m/rad",
                 "of actuators driven by force"),
    DD_FIELD_ROW(Def, kd, DD_FIELD_NUMBER, DD_NONNEGATIVE, "N s/m or N m s/rad",
                 "of actuators driven by force"),
    DD_FIELD_ROW(Def, start, DD_FIELD_NUMBER, DD_UNIT_RANGE, "",
                 "opening at the start and by default, 0 closed .. 1 open"),
    DD_FIELD_ROWS_END,
};

static void init(void* def)
{
    memset(def, 0, sizeof(Def));
    Def* d = def;
    d->width_max = 0.08;
    d->speed = 0.1;
    d->force_max = INFINITY;
    d->kp = 2000;
    d->kd = 50;
    d->start = 1;
}

static void destroy(DdController* c)
{
    free(c);
}

static bool find_actuators(Gripper* g, DdWorld* w, const char* robot, DdError* err)
{
    const mjModel* m = dd_world_model(w);
    const Def* def = &g->def;
    g->n = def->actuators.n;
    if (g->n == 0 || g->n > FINGERS_MAX) {
        return dd_fail(err, DD_ERROR_MODEL, "robot '%s': a gripper has 1 to %d actuators, got %d",
                       robot, FINGERS_MAX, g->n);
    }
    if ((def->open.n != 1 && def->open.n != g->n) || (def->closed.n > 1 && def->closed.n != g->n)) {
        return dd_fail(err, DD_ERROR_MODEL,
                       "robot '%s': open and closed take one number or one per actuator (%d)",
                       robot, g->n);
    }
    for (int i = 0; i < g->n; i++) {
        int a;
        if (!dd_robot_find(w, robot, mjOBJ_ACTUATOR, def->actuators.v[i], &a, err)) {
            return false;
        }
        int bias = m->actuator_biastype[a];
        double stiff = m->actuator_biasprm[mjNBIAS * a + 1];
        if (m->actuator_gaintype[a] != mjGAIN_FIXED || m->actuator_gainprm[mjNGAIN * a] == 0 ||
            m->actuator_ctrlnum[a] != 1 ||
            (bias != mjBIAS_NONE && !(bias == mjBIAS_AFFINE && stiff < 0))) {
            return dd_fail(err, DD_ERROR_MODEL,
                           "robot '%s': gripper actuator '%s' must be a motor or a position servo",
                           robot, def->actuators.v[i]);
        }
        g->actuator[i] = a;
        g->force[i] = bias == mjBIAS_NONE;
        g->base.own[g->base.nown++] = m->actuator_ctrladr[a];
    }
    return true;
}

static DdController* create(const void* def, DdWorld* w, const char* robot, DdError* err)
{
    Gripper* g = calloc(1, sizeof *g);
    DD_ASSERT(g);
    g->base.kind = &dd_gripper_kind;
    g->def = *(const Def*)def;
    if (!find_actuators(g, w, robot, err)) {
        destroy(&g->base);
        return NULL;
    }
    g->dt = dd_world_model(w)->opt.timestep;
    g->want = g->now = g->def.start * g->def.width_max;
    return &g->base;
}

static void part(const DdController* c, DdActionPart* p)
{
    const Gripper* g = (const Gripper*)c;
    bool width = g->def.unit == WIDTH;
    double most = width ? g->def.width_max : 1;
    p->kind = DD_ACTION_GRIPPER;
    dd_part_dim(p, width ? "width" : "opening", width ? "m" : "", 0, most, g->def.start * most);
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    (void)w;
    Gripper* g = (Gripper*)c;
    double scale = g->def.unit == WIDTH ? 1 : g->def.width_max;
    g->want = dd_clamp(action[0] * scale, 0, g->def.width_max);
}

// Fingers that are blocked keep the moving opening as near as their force needs: let go, they open
// at once.
static void keep_near(Gripper* g, const mjModel* m, const mjData* d)
{
    double low = g->def.width_max, high = 0;
    for (int i = 0; i < g->n; i++) {
        int a = g->actuator[i];
        double closed = dd_number_of(&g->def.closed, i, 0);
        double travel = dd_number_of(&g->def.open, i, 0) - closed;
        double length = d->actuator_length[m->actuator_outadr[a]];
        // what is pushed by force also pays for its damping
        double reach =
            g->force[i]
                ? (g->def.force_max + g->def.kd * fabs(travel) / g->def.width_max * g->def.speed) /
                      g->def.kp
                : g->def.force_max / -m->actuator_biasprm[mjNBIAS * a + 1];
        double at = (length - closed) / travel * g->def.width_max;
        double slack = reach / fabs(travel) * g->def.width_max;
        if (!isfinite(at) || !isfinite(slack)) {
            return; // no limit of force, or of speed
        }
        low = fmin(low, at - slack);
        high = fmax(high, at + slack);
    }
    g->now = dd_clamp(dd_clamp(g->now, low, high), 0, g->def.width_max);
}

static void step(DdController* c, DdWorld* w)
{
    Gripper* g = (Gripper*)c;
    const mjModel* m = dd_world_model(w);
    mjData* d = dd_world_data(w);
    keep_near(g, m, d);
    g->now = dd_slew(g->now, g->want, g->def.speed, g->dt);
    double fraction = g->now / g->def.width_max;
    for (int i = 0; i < g->n; i++) {
        int a = g->actuator[i];
        double closed = dd_number_of(&g->def.closed, i, 0);
        double target = closed + fraction * (dd_number_of(&g->def.open, i, 0) - closed);
        double length = d->actuator_length[m->actuator_outadr[a]];
        double velocity = d->actuator_velocity[m->actuator_outadr[a]];
        double gain = m->actuator_gainprm[mjNGAIN * a];
        const double* bias = m->actuator_biasprm + mjNBIAS * a;
        double ctrl;
        if (g->force[i]) {
            double force = g->def.kp * (target - length) - g->def.kd * velocity;
            ctrl = dd_clamp(force, -g->def.force_max, g->def.force_max) / gain;
        } else {
            // a servo pushes with its stiffness times the error: bound the error
            double reach = g->def.force_max / -bias[1];
            target = dd_clamp(target, length - reach, length + reach);
            ctrl = (-bias[0] - bias[1] * target) / gain;
        }
        int adr = m->actuator_ctrladr[a];
        if (m->actuator_ctrllimited[adr]) {
            ctrl =
                dd_clamp(ctrl, m->actuator_ctrlrange[2 * adr], m->actuator_ctrlrange[2 * adr + 1]);
        }
        d->ctrl[adr] = ctrl;
    }
}

static int state_size(const DdController* c)
{
    (void)c;
    return 2;
}

static void save(const DdController* c, double* state)
{
    const Gripper* g = (const Gripper*)c;
    state[0] = g->want;
    state[1] = g->now;
}

static void load(DdController* c, const double* state)
{
    Gripper* g = (Gripper*)c;
    g->want = state[0];
    g->now = state[1];
}

const DdControllerKind dd_gripper_kind = {
    .name = "gripper",
    .doc = "The opening of a gripper, at a bounded speed, with a bounded force.",
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
