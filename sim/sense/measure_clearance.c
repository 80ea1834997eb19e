// Clearance: the smallest distance between the collision geoms of two things.
//
// Broad phase: a lower bound for each geom of b from one ball around all of a; the least of these
// is made tighter by bounds for its pairs (ball of one geom against the oriented box of the other,
// both ways). Exact distances are taken in the order of the tight bounds until no bound is below
// the best value, usually after one to four pairs. The cut-off of every exact call is the same, so
// that the value does not depend on the order.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct Clearance {
    int na, nb;
    int* a; // geoms, balls around them
    int* b;
    double* bound; // (nb) lower bound of each geom of b; infinite when done
    int* nearest;  // (nb) index into a of the pair with that bound; -1 while it is a coarse one
    double within;
    DdHeld held; // loads that do not count while they are held; none when b is named
} Clearance;

static int* list_geoms(const mjModel* m, const unsigned char* in, int* n)
{
    int* ids = malloc(((size_t)m->ngeom + 1) * sizeof *ids);
    DD_ASSERT(ids);
    *n = 0;
    for (int g = 0; g < m->ngeom; g++) {
        if (in[g] && dd_geom_collides(m, g)) {
            ids[(*n)++] = g;
        }
    }
    return ids;
}

static bool clearance_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    (void)channel;
    const DdMeasureDef* def = u->def.measure;
    const mjModel* m = dd_world_model(s->world);
    Clearance* c = u->own;
    c->within = def->within;
    DdRef ref;
    if (!dd_ref_find(s, def->a, u->what, "a", &ref, err)) {
        return false;
    }
    unsigned char* in = calloc((size_t)m->ngeom + 1, 1);
    DD_ASSERT(in);
    bool ok = dd_geoms_of(s, def->a, "", NULL, u->what, "a", in, err);
    if (ok) {
        c->a = list_geoms(m, in, &c->na);
        ok = c->na > 0 ||
             dd_fail(err, DD_ERROR_SCRIPT, "%s: '%s' has no collision geom", u->what, def->a);
    }
    if (ok) {
        ok = dd_geoms_of(s, def->b, def->a, &def->exclude, u->what, "b", in, err);
    }
    if (ok) {
        c->b = list_geoms(m, in, &c->nb);
        if (!def->b[0]) {
            dd_held_find(s, &ref, &c->held);
        }
        ok = c->nb > 0 || !def->b[0] ||
             dd_fail(err, DD_ERROR_SCRIPT, "%s: '%s' has no collision geom", u->what, def->b);
    }
    free(in);
    c->bound = malloc(((size_t)c->nb + 1) * sizeof *c->bound);
    c->nearest = malloc(((size_t)c->nb + 1) * sizeof *c->nearest);
    DD_ASSERT(c->bound && c->nearest);
    return ok;
}

static void clearance_close(DdUnit* u)
{
    Clearance* c = u->own;
    free(c->a);
    free(c->b);
    free(c->bound);
    free(c->nearest);
    dd_held_free(&c->held);
}

// Floors have no ball: infinite radius.
static double ball_radius(const mjModel* m, int geom)
{
    int type = m->geom_type[geom];
    return type == mjGEOM_PLANE ? INFINITY : m->geom_rbound[geom];
}

static double pair_bound(const mjModel* m, const mjData* d, int g1, int g2)
{
    double r1 = ball_radius(m, g1), r2 = ball_radius(m, g2);
    double bound = -INFINITY;
    if (isfinite(r1)) {
        bound = dd_ball_geom_bound(m, d, d->geom_xpos + 3 * g1, r1, g2);
    }
    if (isfinite(r2)) {
        bound = fmax(bound, dd_ball_geom_bound(m, d, d->geom_xpos + 3 * g2, r2, g1));
    }
    return bound;
}

// A ball around all geoms of a.
static double whole_ball(const Clearance* c, const mjModel* m, const mjData* d, double centre[3])
{
    double lo[3] = {INFINITY, INFINITY, INFINITY}, hi[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (int i = 0; i < c->na; i++) {
        const double* p = d->geom_xpos + 3 * c->a[i];
        double r = ball_radius(m, c->a[i]);
        if (!isfinite(r)) {
            return INFINITY;
        }
        for (int k = 0; k < 3; k++) {
            lo[k] = p[k] - r < lo[k] ? p[k] - r : lo[k];
            hi[k] = p[k] + r > hi[k] ? p[k] + r : hi[k];
        }
    }
    double radius = 0;
    for (int k = 0; k < 3; k++) {
        centre[k] = 0.5 * (lo[k] + hi[k]);
    }
    for (int i = 0; i < c->na; i++) {
        const double* p = d->geom_xpos + 3 * c->a[i];
        double r[3] = {p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]};
        double reach = dd_norm3(r) + m->geom_rbound[c->a[i]];
        radius = reach > radius ? reach : radius;
    }
    return radius;
}

static void tighten(Clearance* c, const mjModel* m, const mjData* d, int j)
{
    c->bound[j] = INFINITY;
    for (int i = 0; i < c->na; i++) {
        double bound = pair_bound(m, d, c->a[i], c->b[j]);
        if (bound < c->bound[j] || i == 0) {
            c->bound[j] = bound;
            c->nearest[j] = i;
        }
    }
}

static double measure_clearance(DdSense* s, Clearance* c)
{
    const mjModel* m = dd_world_model(s->world);
    mjData* d = dd_world_data(s->world);
    double centre[3] = {0, 0, 0};
    double radius = whole_ball(c, m, d, centre);
    for (int j = 0; j < c->nb; j++) {
        c->bound[j] =
            isfinite(radius) ? dd_ball_geom_bound(m, d, centre, radius, c->b[j]) : -INFINITY;
        c->nearest[j] = -1;
        if (c->held.n && dd_held_has(s, &c->held, m->geom_bodyid[c->b[j]])) {
            c->bound[j] = INFINITY;
        }
    }

    double best = c->within;
    for (;;) {
        int j = -1;
        double least = best;
        for (int k = 0; k < c->nb; k++) {
            if (c->bound[k] < least) {
                least = c->bound[k];
                j = k;
            }
        }
        if (j < 0) {
            return best;
        }
        if (c->nearest[j] < 0) {
            tighten(c, m, d, j);
            continue;
        }
        // the pair that looks nearest first, it often settles the others
        int first = c->nearest[j];
        best = fmin(best, dd_geom_gap(m, d, c->a[first], c->b[j], c->within));
        for (int i = 0; i < c->na; i++) {
            if (i != first && pair_bound(m, d, c->a[i], c->b[j]) < best) {
                best = fmin(best, dd_geom_gap(m, d, c->a[i], c->b[j], c->within));
            }
        }
        c->bound[j] = INFINITY;
    }
}

static void clearance_read(DdSense* s, DdUnit* u, double* values)
{
    values[0] = measure_clearance(s, u->own);
}

const DdUnitKind dd_measure_clearance = {
    .info = {.name = "clearance",
             .type = DD_TYPE_SCALAR,
             .unit = "m",
             .doc =
                 "smallest distance between the collision geoms of a and b (b left out: anything "
                 "but floors and what a holds), negative when they overlap, at most `within`",
             .reads = "a b within exclude"},
    .size = sizeof(Clearance),
    .open = clearance_open,
    .close = clearance_close,
    .read = clearance_read,
};
