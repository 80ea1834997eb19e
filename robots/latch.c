// latch: 1 locks to a frame of the robot whatever stands there (twist-locks, a hitch), 0 lets go.
// What may be locked is declared when the world is built, by a thing's `latch`.
#include <math.h>
#include <string.h>

#include "robots/kinds.h"
#include "robots/servo.h"

enum { LATCH_MAX = 64 };

typedef struct Def {
    char frame[DD_NAME_MAX];
    char thing_frame[DD_NAME_MAX];
    double reach, reach_z, reach_yaw;
} Def;

typedef struct Latch {
    DdController base;
    Def def;
    int site;
    int n;
    int eq[LATCH_MAX];
    int thing_site[LATCH_MAX]; // -1: the body is compared
    int thing_body[LATCH_MAX];
    // state
    bool closed;
    bool locked[LATCH_MAX];
} Latch;

static const DdField k_fields[] = {
    DD_FIELD_ROW(Def, frame, DD_FIELD_STRING, DD_REQUIRED, "", "site of the robot that holds"),
    DD_FIELD_ROW(Def, thing_frame, DD_FIELD_STRING, 0, "",
                 "frame of the thing that must be at the site; its body where it has none"),
    DD_FIELD_ROW(Def, reach, DD_FIELD_NUMBER, DD_POSITIVE, "m", "how far off it may be sideways"),
    DD_FIELD_ROW(Def, reach_z, DD_FIELD_NUMBER, DD_POSITIVE, "m", "and along the site's z axis"),
    DD_FIELD_ROW(Def, reach_yaw, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "rad",
                 "and turned about it, half turns not counted"),
    DD_FIELD_ROWS_END,
};

static void init(void* def)
{
    memset(def, 0, sizeof(Def));
    Def* d = def;
    snprintf(d->thing_frame, sizeof d->thing_frame, "bottom");
    d->reach = 0.05;
    d->reach_z = 0.05;
    d->reach_yaw = 0.05;
}

static void destroy(DdController* c)
{
    free(c);
}

static DdController* create(const void* def, DdWorld* w, const char* robot, DdError* err)
{
    Latch* k = calloc(1, sizeof *k);
    DD_ASSERT(k);
    k->base.kind = &dd_latch_kind;
    k->def = *(const Def*)def;
    if (!dd_robot_find(w, robot, mjOBJ_SITE, k->def.frame, &k->site, err)) {
        destroy(&k->base);
        return NULL;
    }

    const mjModel* m = dd_world_model(w);
    char frame[DD_NAME_MAX];
    dd_robot_element(frame, robot, k->def.frame);
    for (int t = 0; t < dd_world_thing_count(w); t++) {
        const char* thing = dd_world_thing_name(w, t);
        int e = dd_world_latch_find(w, frame, thing);
        if (e < 0) {
            continue;
        }
        if (k->n == LATCH_MAX) {
            dd_fail(err, DD_ERROR_MODEL, "robot '%s': more than %d things can be locked to '%s'",
                    robot, LATCH_MAX, k->def.frame);
            destroy(&k->base);
            return NULL;
        }
        char site[2 * DD_NAME_MAX];
        snprintf(site, sizeof site, "%s/%s", thing, k->def.thing_frame);
        k->thing_site[k->n] = mj_name2id(m, mjOBJ_SITE, site);
        k->thing_body[k->n] = dd_world_body(w, thing);
        k->eq[k->n++] = e;
    }
    return &k->base;
}

static void part(const DdController* c, DdActionPart* p)
{
    (void)c;
    p->kind = DD_ACTION_DISCRETE;
    dd_part_dim(p, "closed", "", 0, 1, 0);
}

static void command(DdController* c, DdWorld* w, const double* action)
{
    (void)w;
    ((Latch*)c)->closed = action[0] >= 0.5;
}

static bool within_reach(const Latch* k, int i, const mjData* d)
{
    int site = k->thing_site[i];
    const double* pos = site >= 0 ? d->site_xpos + 3 * site : d->xpos + 3 * k->thing_body[i];
    const double* mat = d->xmat + 9 * k->thing_body[i];
    const double* at = d->site_xpos + 3 * k->site;
    const double* frame = d->site_xmat + 9 * k->site;
    double off[3], local[3];
    for (int x = 0; x < 3; x++) {
        off[x] = pos[x] - at[x];
    }
    mju_mulMatTVec3(local, frame, off);
    if (local[0] * local[0] + local[1] * local[1] > k->def.reach * k->def.reach ||
        fabs(local[2]) > k->def.reach_z) {
        return false;
    }
    // the angle between the x axes, seen along the site's z axis; a half turn fits as well
    double axis[3] = {mat[0], mat[3], mat[6]}, seen[3];
    mju_mulMatTVec3(seen, frame, axis);
    double yaw = atan2(seen[1], seen[0]);
    return fmin(fabs(yaw), DD_PI - fabs(yaw)) <= k->def.reach_yaw;
}

static void step(DdController* c, DdWorld* w)
{
    Latch* k = (Latch*)c;
    for (int i = 0; i < k->n; i++) {
        bool want = k->closed && (k->locked[i] || within_reach(k, i, dd_world_data(w)));
        if (want != k->locked[i]) {
            k->locked[i] = want;
            dd_world_latch(w, k->eq[i], want);
        }
    }
}

// The welds themselves and their relative poses belong to the world's state.
static int state_size(const DdController* c)
{
    return 1 + ((const Latch*)c)->n;
}

static void save(const DdController* c, double* state)
{
    const Latch* k = (const Latch*)c;
    *state++ = k->closed;
    for (int i = 0; i < k->n; i++) {
        *state++ = k->locked[i];
    }
}

static void load(DdController* c, const double* state)
{
    Latch* k = (Latch*)c;
    k->closed = *state++ != 0;
    for (int i = 0; i < k->n; i++) {
        k->locked[i] = *state++ != 0;
    }
}

const DdControllerKind dd_latch_kind = {
    .name = "latch",
    .doc = "1 locks what stands at a frame of the robot, 0 lets go.",
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
