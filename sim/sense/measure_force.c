// Measures of contact: force, peak force, how often something was hit.
#include <string.h>

#include "sim/sense/internal.h"

// How long a touch must be over before the next one counts.
static const double k_debounce_s = 0.1;

typedef struct Force {
    int pair;
    double threshold;
    int debounce; // steps
    DdHeld held;  // loads that do not count while they are held; none when b is named
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
        if (!def->b[0]) {
            dd_held_find(s, &ref, &f->held);
        }
    }
    free(a);
    free(b);
    u->nstate = 1;
    return ok;
}

static void force_close(DdUnit* u)
{
    dd_held_free(&((Force*)u->own)->held);
}

static bool is_held(const DdSense* s, const Force* f, int object)
{
    int geom = dd_touch_object_geom(s->touch, object);
    return f->held.n && dd_held_has(s, &f->held, dd_world_model(s->world)->geom_bodyid[geom]);
}

static double force_now(const DdSense* s, const Force* f)
{
    double force = dd_touch_force(s->touch, f->pair);
    if (f->held.n == 0 || force == 0) {
        return force;
    }
    const int* hit;
    int n = dd_touch_hits(s->touch, f->pair, &hit);
    force = 0;
    for (int i = 0; i < n; i++) {
        force += is_held(s, f, hit[i]) ? 0 : dd_touch_object_force(s->touch, f->pair, hit[i]);
    }
    return force;
}

static void peak_always(DdSense* s, DdUnit* u)
{
    double force = force_now(s, u->own);
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
    u->state[0] = force_now(s, u->own);
}

static void force_read(DdSense* s, DdUnit* u, double* values)
{
    (void)s;
    values[0] = u->state[0];
}

// --- collisions

enum { ST_COUNT = 0, ST_LAST = 1 }; // then per object: step of its last touch + 1

static bool collisions_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    Force* f = u->own;
    if (!force_open(s, u, channel, err)) {
        return false;
    }
    f->threshold = u->def.measure->threshold;
    f->debounce = (int)dd_steps_of(k_debounce_s, s->physics_hz);
    u->nstate = ST_LAST + dd_touch_objects(s->touch);
    return true;
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
    .info = {.name = "peak_force",
             .type = DD_TYPE_SCALAR,
             .unit = "N",
             .doc =
                 "largest sum of normal contact forces between a and b (b left out: anything but "
                 "floors and what a holds) in any physics step since the last sample",
             .reads = "a b exclude"},
    .size = sizeof(Force),
    .open = force_open,
    .close = force_close,
    .always = peak_always,
    .read = peak_read,
};

const DdUnitKind dd_measure_contact_force = {
    .info = {.name = "contact_force",
             .type = DD_TYPE_SCALAR,
             .unit = "N",
             .doc = "sum of normal contact forces between a and b (b left out: anything but floors "
                    "and what a holds) in the step that ended",
             .reads = "a b exclude"},
    .size = sizeof(Force),
    .open = force_open,
    .close = force_close,
    .after = force_after,
    .read = force_read,
};

const DdUnitKind dd_measure_collisions = {
    .info = {.name = "collisions",
             .type = DD_TYPE_SCALAR,
             .unit = "",
             .doc =
                 "how often a has hit something since the start (b left out: anything but floors "
                 "and what it holds)",
             .reads = "a b threshold exclude"},
    .size = sizeof(Force),
    .open = collisions_open,
    .close = force_close,
    .always = collisions_always,
    .read = collisions_read,
};
