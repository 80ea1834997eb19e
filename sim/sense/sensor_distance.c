// Distance from a frame's origin to the nearest surface of a thing, or to another frame's origin.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct Distance {
    DdRef ref;
    DdRef target;
    bool to_frame; // the target is a frame: a point
    int ngeom;
    int* geom; // (ngeom)
    double range_max;
} Distance;

static bool distance_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    const mjModel* m = dd_world_model(s->world);
    Distance* x = u->own;
    x->range_max = def->range_max;
    snprintf(channel->unit, sizeof channel->unit, "m");
    u->nspan = 1;
    u->span[0] = (DdNoiseSpan){.at = 0, .n = 1};
    if (!dd_ref_of_sensor(s, u, &x->ref, channel->frame, err)) {
        return false;
    }
    if (def->target[0]) {
        if (!dd_ref_find(s, def->target, u->what, "target", &x->target, err)) {
            return false;
        }
        x->to_frame = x->target.site >= 0;
        if (x->to_frame) {
            return true;
        }
    }
    unsigned char* in = calloc((size_t)m->ngeom + 1, 1);
    x->geom = malloc(((size_t)m->ngeom + 1) * sizeof *x->geom);
    DD_ASSERT(in && x->geom);
    bool ok = dd_geoms_of(s, def->target, def->robot[0] ? def->robot : def->frame, NULL, u->what,
                          "target", in, err);
    // collision shapes; of a thing without any, what is seen of it
    for (int pass = 0; pass < 2 && ok && x->ngeom == 0; pass++) {
        for (int g = 0; g < m->ngeom; g++) {
            if (in[g] && (pass || dd_geom_collides(m, g))) {
                x->geom[x->ngeom++] = g;
            }
        }
        if (!def->target[0]) {
            break;
        }
    }
    if (ok && def->target[0] && x->ngeom == 0) {
        ok = dd_fail(err, DD_ERROR_SCRIPT, "%s: target '%s' has no shape to measure to", u->what,
                     def->target);
    }
    free(in);
    return ok;
}

static void distance_close(DdUnit* u)
{
    free(((Distance*)u->own)->geom);
}

static void distance_read(DdSense* s, DdUnit* u, double* values)
{
    const Distance* x = u->own;
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    const double* p = dd_ref_pos(s, &x->ref);
    double best = x->range_max;
    if (x->to_frame) {
        const double* q = dd_ref_pos(s, &x->target);
        double r[3] = {p[0] - q[0], p[1] - q[1], p[2] - q[2]};
        best = fmin(best, dd_norm3(r));
    }
    for (int i = 0; i < x->ngeom; i++) {
        if (dd_ball_geom_bound(m, d, p, 0, x->geom[i]) < best) {
            best = fmin(best, dd_point_geom(m, d, p, x->geom[i]));
        }
    }
    values[0] = best;
}

const DdUnitKind dd_sense_distance = {
    .info = {.name = "distance",
             .type = DD_TYPE_SCALAR,
             .unit = "m",
             .doc = "from a frame's origin to the nearest surface of a thing, or to a frame",
             .reads = "robot frame target range_max"},
    .size = sizeof(Distance),
    .open = distance_open,
    .close = distance_close,
    .read = distance_read,
};
