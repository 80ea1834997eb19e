// Measures of contact: force, peak force, how often something was hit.
#include <string.h>

#include "sim/sense/internal.h"

// How long a touch must be over before the next one counts.
static const double k_debounce_s = 0.1;

typedef struct Weld { // a's connection to something else: a load on its deck, a part in its gripper
    int eq;
    int object;
} Weld;

typedef struct Force {
    int pair;
    double threshold;
    int debounce; // steps
    int nobject;
    int nweld;
    Weld* weld;
} Force;

static bool force_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    (void)channel;
    const DdMeasureDef* def = u->def.measure;
    size_t ngeom = (size_t)dd_world_model(s->world)->ngeom;
    Force* f = u->own;
    DdRef ref;
    if (!dd_ref_find(s, def->a, u->what, "a", &ref, err)) {
        return false;
    }
    unsigned char* a = calloc(ngeom + 1, 1);
    unsigned char* b = calloc(ngeom + 1, 1);
    DD_ASSERT(a && b);
    bool ok = dd_geoms_of(s, def->a, "", NULL, u->what, "a", a, err) &&
              dd_geoms_of(s, def->b, def->a, &def->exclude, u->what, "b", b, err);
    if (ok) {
        f->pair = dd_touch_add(dd_touch_get(s), a, b);
    }
    free(a);
    free(b);
    u->nstate = 1;
    return ok;
}

static void peak_always(DdSense* s, DdUnit* u)
{
    double force = dd_touch_force(s->touch, ((Force*)u->own)->pair);
    u->state[0] = force > u->state[0] ? force : u->state[0];
}

static void peak_read(DdSense* s, DdUnit* u, double* values)
{
    (void)s;
    values[0] = u->state[0];
    u->state[0] = 0;
}

static void force_after(DdSense* s, DdUnit* u)
{
    u->state[0] = dd_touch_force(s->touch, ((Force*)u->own)->pair);
}

static void force_read(DdSense* s, DdUnit* u, double* values)
{
    (void)s;
    values[0] = u->state[0];
}

// --- collisions

enum { ST_COUNT = 0, ST_LAST = 1 }; // then per object: step of its last touch + 1

static int eq_body(const mjModel* m, int eq, int id)
{
    return m->eq_objtype[eq] == mjOBJ_SITE ? m->site_bodyid[id] : id;
}

// Loads that a holds by a weld or a pin are no collisions while they are held.
static void find_welds(DdSense* s, Force* f, int body)
{
    const mjModel* m = dd_world_model(s->world);
    f->weld = calloc((size_t)m->neq * 2 + 1, sizeof *f->weld);
    DD_ASSERT(f->weld);
    int root = m->body_rootid[body];
    for (int e = 0; e < m->neq; e++) {
        if (m->eq_type[e] != mjEQ_WELD && m->eq_type[e] != mjEQ_CONNECT) {
            continue;
        }
        int b1 = eq_body(m, e, m->eq_obj1id[e]), b2 = eq_body(m, e, m->eq_obj2id[e]);
        int r1 = m->body_rootid[b1], r2 = m->body_rootid[b2];
        if (r1 == r2 || (r1 != root && r2 != root)) {
            continue;
        }
        int other = r1 == root ? r2 : r1;
        for (int g = 0; g < m->ngeom; g++) {
            if (other > 0 && m->body_rootid[m->geom_bodyid[g]] == other) {
                f->weld[f->nweld++] = (Weld){.eq = e, .object = dd_touch_object(s->touch, g)};
                break;
            }
        }
    }
}

static bool collisions_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdMeasureDef* def = u->def.measure;
    Force* f = u->own;
    DdRef ref;
    if (!force_open(s, u, channel, err) || !dd_ref_find(s, def->a, u->what, "a", &ref, err)) {
        return false;
    }
    f->threshold = def->threshold;
    f->debounce = (int)dd_steps_of(k_debounce_s, s->physics_hz);
    f->nobject = dd_touch_objects(s->touch);
    find_welds(s, f, ref.body);
    u->nstate = ST_LAST + f->nobject;
    return true;
}

static void collisions_close(DdUnit* u)
{
    free(((Force*)u->own)->weld);
}

static bool is_held(const DdSense* s, const Force* f, int object)
{
    const mjData* d = dd_world_data(s->world);
    for (int i = 0; i < f->nweld; i++) {
        if (f->weld[i].object == object && d->eq_active[f->weld[i].eq]) {
            return true;
        }
    }
    return false;
}

static void collisions_always(DdSense* s, DdUnit* u)
{
    const Force* f = u->own;
    // steps of touching, counted from 1 so that 0 means never
    double now = (double)s->step + 1;
    const int* hit;
    int n = dd_touch_hits(s->touch, f->pair, &hit);
    for (int i = 0; i < n; i++) {
        if (dd_touch_object_force(s->touch, f->pair, hit[i]) < f->threshold ||
            is_held(s, f, hit[i])) {
            continue;
        }
        double* last = &u->state[ST_LAST + hit[i]];
        if (*last == 0 || now - *last > f->debounce) {
            u->state[ST_COUNT] += 1;
        }
        *last = now;
    }
}

static void collisions_read(DdSense* s, DdUnit* u, double* values)
{
    (void)s;
    values[0] = u->state[ST_COUNT];
}

const DdUnitKind dd_measure_peak_force = {
    .info = {.name = "peak_force", .type = DD_TYPE_SCALAR, .unit = "N",
             .doc = "largest sum of normal contact forces between a and b (b left out: anything but "
                    "floors) in any physics step since the last sample",
             .reads = "a b exclude"},
    .size = sizeof(Force),
    .open = force_open,
    .always = peak_always,
    .read = peak_read,
};

const DdUnitKind dd_measure_contact_force = {
    .info = {.name = "contact_force", .type = DD_TYPE_SCALAR, .unit = "N",
             .doc = "sum of normal contact forces between a and b (b left out: anything but floors) in "
                    "the step that ended",
             .reads = "a b exclude"},
    .size = sizeof(Force),
    .open = force_open,
    .after = force_after,
    .read = force_read,
};

const DdUnitKind dd_measure_collisions = {
    .info = {.name = "collisions", .type = DD_TYPE_SCALAR, .unit = "",
             .doc = "how often a has hit something since the start (b left out: anything but floors "
                    "and what it holds)",
             .reads = "a b threshold exclude"},
    .size = sizeof(Force),
    .open = collisions_open,
    .close = collisions_close,
    .always = collisions_always,
    .read = collisions_read,
};
