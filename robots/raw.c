// raw: the action is ctrl itself, one number per actuator.
#include <string.h>

#include "robots/kinds.h"
#include "robots/servo.h"

typedef struct Def {
    DdNames actuators;
    bool normalised;
} Def;

typedef struct Raw {
    DdController base;
    bool normalised;
    int n;
    char label[DD_ACTION_DIM_MAX][DD_NAME_MAX];
    double low[DD_ACTION_DIM_MAX], high[DD_ACTION_DIM_MAX], start[DD_ACTION_DIM_MAX];
    double value[DD_ACTION_DIM_MAX]; // state
} Raw;

static const DdField k_fields[] = {
    {"actuators", DD_FIELD_NAMES, offsetof(Def, actuators), 0, "",
     "which; none = every actuator of the robot", NULL},
    {"normalised", DD_FIELD_BOOL, offsetof(Def, normalised), 0, "",
     "the agent gives -1..1 instead of the ctrl range", NULL},
    DD_FIELD_ROWS_END,
};

static void init(void* def)
{
    memset(def, 0, sizeof(Def));
}

static void destroy(DdController* c)
{
    free(c);
}

static bool add(Raw* r, DdWorld* w, const char* robot, int actuator, DdError* err)
{
    const mjModel* m = dd_world_model(w);
    const char* name = dd_robot_own_name(robot, mj_id2name(m, mjOBJ_ACTUATOR, actuator));
    for (int k = 0; k < m->actuator_ctrlnum[actuator]; k++) {
        if (r->n == DD_ACTION_DIM_MAX) {
            return dd_fail(err, DD_ERROR_MODEL, "robot '%s' has more than %d controls", robot,
                           DD_ACTION_DIM_MAX);
        }
        int i = r->n++;
        int ctrl = m->actuator_ctrladr[actuator] + k;
        bool limited = m->actuator_ctrllimited[ctrl];
        r->base.own[r->base.nown++] = ctrl;
        r->low[i] = limited ? m->actuator_ctrlrange[2 * ctrl] : -1;
        r->high[i] = limited ? m->actuator_ctrlrange[2 * ctrl + 1] : 1;
        r->start[i] = dd_clamp(dd_world_data(w)->ctrl[ctrl], r->low[i], r->high[i]);
        r->value[i] = r->start[i];
        if (m->actuator_ctrlnum[actuator] > 1) {
            snprintf(r->label[i], DD_NAME_MAX, "%.80s.%d", name, k + 1);
        } else {
            snprintf(r->label[i], DD_NAME_MAX, "%s", name);
        }
    }
    return true;
}

static DdController* create(const void* def_, DdWorld* w, const char* robot, DdError* err)
{
    const Def* def = def_;
    const mjModel* m = dd_world_model(w);
    Raw* r = calloc(1, sizeof *r);
    DD_ASSERT(r);
    r->base.kind = &dd_raw_kind;
    r->normalised = def->normalised;
    bool ok = true;
    for (int i = 0; ok && i < def->actuators.n; i++) {
        int id;
        ok = dd_robot_find(w, robot, mjOBJ_ACTUATOR, def->actuators.v[i], &id, err) &&
             add(r, w, robot, id, err);
    }
    for (int a = 0; ok && def->actuators.n == 0 && a < m->nactuator; a++) {
        if (dd_robot_owns(robot, mj_id2name(m, mjOBJ_ACTUATOR, a))) {
            ok = add(r, w, robot, a, err);
        }
    }
    if (ok && r->n == 0) {
        ok = dd_fail(err, DD_ERROR_MODEL, "robot '%s' has no actuators", robot);
    }
    if (!ok) {
        destroy(&r->base);
        return NULL;
    }
    return &r->base;
}

static void part(const DdController* c, DdActionPart* p)
{
    const Raw* r = (const Raw*)c;
    p->kind = DD_ACTION_RAW;
    p->normalised = r->normalised;
    for (int i = 0; i < r->n; i++) {
        dd_part_dim(p, r->label[i], "", r->low[i], r->high[i], r->start[i]);
    }
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    (void)w;
    Raw* r = (Raw*)c;
    memcpy(r->value, action, sizeof *r->value * (size_t)r->n);
}

static void step(DdController* c, DdWorld* w)
{
    const Raw* r = (const Raw*)c;
    for (int i = 0; i < r->n; i++) {
        dd_world_data(w)->ctrl[r->base.own[i]] = r->value[i];
    }
}

static int state_size(const DdController* c)
{
    return ((const Raw*)c)->n;
}

static void save(const DdController* c, double* state)
{
    const Raw* r = (const Raw*)c;
    memcpy(state, r->value, sizeof *r->value * (size_t)r->n);
}

static void load(DdController* c, const double* state)
{
    Raw* r = (Raw*)c;
    memcpy(r->value, state, sizeof *r->value * (size_t)r->n);
}

const DdControllerKind dd_raw_kind = {
    .name = "raw",
    .doc = "The controls of the actuators themselves.",
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
