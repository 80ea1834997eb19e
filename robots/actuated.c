// actuated: whatever a model's own actuators take, one number each. The space of a bare robot.
#include <math.h>
#include <string.h>

#include "robots/joint_control.h"
#include "robots/kinds.h"

typedef struct Def {
    DdBankDef bank;
    DdNames raw; // actuators whose ctrl the action is
} Def;

typedef struct Actuated {
    DdController base;
    DdBank bank;
    int nraw;
    int ctrl[DD_BANK_MAX];
    double low[DD_BANK_MAX], high[DD_BANK_MAX];
    double raw_start[DD_BANK_MAX];
    double start[DD_BANK_MAX];
    char label[DD_ACTION_DIM_MAX][DD_NAME_MAX];
    // state
    double raw[DD_BANK_MAX];
} Actuated;

static const DdField k_fields[] = {
    DD_BANK_FIELDS(Def, bank),
    {"raw", DD_FIELD_NAMES, offsetof(Def, raw), 0, "", "actuators driven by their own ctrl", NULL},
    DD_FIELD_ROWS_END,
};

static void init(void* def)
{
    Def* d = def;
    memset(d, 0, sizeof *d);
    d->bank = dd_bank_def();
}

static void destroy(DdController* c)
{
    dd_bank_free(&((Actuated*)c)->bank);
    free(c);
}

static bool find_raw(Actuated* a, const Def* def, DdWorld* w, const char* robot, DdError* err)
{
    const mjModel* m = dd_world_model(w);
    for (int i = 0; i < def->raw.n; i++) {
        int id;
        if (!dd_robot_find(w, robot, mjOBJ_ACTUATOR, def->raw.v[i], &id, err)) {
            return false;
        }
        for (int k = 0; k < m->actuator_ctrlnum[id]; k++) {
            if (a->bank.n + a->nraw == DD_ACTION_DIM_MAX) {
                return dd_fail(err, DD_ERROR_MODEL, "robot '%s' has more than %d controls", robot,
                               DD_ACTION_DIM_MAX);
            }
            int r = a->nraw++;
            int ctrl = m->actuator_ctrladr[id] + k;
            bool limited = m->actuator_ctrllimited[ctrl];
            a->ctrl[r] = ctrl;
            a->low[r] = limited ? m->actuator_ctrlrange[2 * ctrl] : -1;
            a->high[r] = limited ? m->actuator_ctrlrange[2 * ctrl + 1] : 1;
            a->raw_start[r] = dd_clamp(dd_world_data(w)->ctrl[ctrl], a->low[r], a->high[r]);
            a->raw[r] = a->raw_start[r];
            char* label = a->label[a->bank.n + r];
            if (m->actuator_ctrlnum[id] > 1) {
                snprintf(label, DD_NAME_MAX, "%.80s.%d", def->raw.v[i], k + 1);
            } else {
                snprintf(label, DD_NAME_MAX, "%s", def->raw.v[i]);
            }
            a->base.own[a->base.nown++] = ctrl;
        }
    }
    return true;
}

static DdController* create(const void* def_, DdWorld* w, const char* robot, DdError* err)
{
    const Def* def = def_;
    const mjModel* m = dd_world_model(w);
    Actuated* a = calloc(1, sizeof *a);
    DD_ASSERT(a);
    a->base.kind = &dd_actuated_kind;
    if (def->bank.joints.n > 0 && !dd_bank_init(&a->bank, &def->bank, w, robot, err)) {
        destroy(&a->base);
        return NULL;
    }
    dd_controller_own_bank(&a->base, &a->bank);
    for (int i = 0; i < a->bank.n; i++) {
        const DdServo* s = &a->bank.servo[i];
        a->start[i] = dd_world_data(w)->qpos[s->qpos];
        snprintf(a->label[i], DD_NAME_MAX, "%s",
                 dd_robot_own_name(robot, mj_id2name(m, mjOBJ_JOINT, s->joint)));
    }
    if (!find_raw(a, def, w, robot, err)) {
        destroy(&a->base);
        return NULL;
    }
    if (a->bank.n + a->nraw == 0) {
        dd_fail(err, DD_ERROR_MODEL,
                "robot '%s' has nothing to drive: name joints or raw actuators", robot);
        destroy(&a->base);
        return NULL;
    }
    return &a->base;
}

static void part(const DdController* c, DdActionPart* p)
{
    const Actuated* a = (const Actuated*)c;
    p->kind = a->bank.n > 0 ? DD_ACTION_JOINT_POSITION : DD_ACTION_RAW;
    for (int i = 0; i < a->bank.n; i++) {
        const DdServo* s = &a->bank.servo[i];
        if (s->kind == DD_SERVO_VELOCITY) {
            double low = -DD_PI, high = DD_PI;
            if (isfinite(s->ctrl_low) && isfinite(s->ctrl_high)) {
                double x = s->ctrl_low * s->gain / (-s->bias[2] * s->gear);
                double y = s->ctrl_high * s->gain / (-s->bias[2] * s->gear);
                low = fmin(x, y);
                high = fmax(x, y);
            }
            dd_part_dim(p, a->label[i], s->slide ? "m/s" : "rad/s", low, high, 0);
        } else {
            dd_part_joint_position(p, s, a->label[i], a->start[i]);
        }
    }
    for (int r = 0; r < a->nraw; r++) {
        dd_part_dim(p, a->label[a->bank.n + r], "", a->low[r], a->high[r], a->raw_start[r]);
    }
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    (void)w;
    Actuated* a = (Actuated*)c;
    for (int i = 0; i < a->bank.n; i++) {
        bool speed = a->bank.servo[i].kind == DD_SERVO_VELOCITY;
        a->bank.mode[i] = speed ? DD_BANK_VELOCITY : DD_BANK_POSITION;
        a->bank.target[i] = action[i];
    }
    memcpy(a->raw, action + a->bank.n, sizeof *a->raw * (size_t)a->nraw);
}

static void step(DdController* c, DdWorld* w)
{
    Actuated* a = (Actuated*)c;
    mjData* d = dd_world_data(w);
    if (a->bank.n > 0) {
        dd_bank_step(&a->bank, w);
    }
    for (int r = 0; r < a->nraw; r++) {
        d->ctrl[a->ctrl[r]] = a->raw[r];
    }
}

static int state_size(const DdController* c)
{
    const Actuated* a = (const Actuated*)c;
    return dd_bank_state_size(&a->bank) + a->nraw;
}

static void save(const DdController* c, double* state)
{
    const Actuated* a = (const Actuated*)c;
    dd_bank_save(&a->bank, state);
    memcpy(state + dd_bank_state_size(&a->bank), a->raw, sizeof *a->raw * (size_t)a->nraw);
}

static void load(DdController* c, const double* state)
{
    Actuated* a = (Actuated*)c;
    dd_bank_load(&a->bank, state);
    memcpy(a->raw, state + dd_bank_state_size(&a->bank), sizeof *a->raw * (size_t)a->nraw);
}

const DdControllerKind dd_actuated_kind = {
    .name = "actuated",
    .doc = "What each actuator takes: position targets for motors and position servos, a speed for "
           "velocity servos, the raw control for anything else.",
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
