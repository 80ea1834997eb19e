// Touch grid: a pad of taxels, each with the force that presses on it in the step that ended.
//
// The pad lies in the y-z plane of the sensor, its outside looks along x. Taxel r0c0 is at the
// corner of greatest z and greatest y: rows go down, columns to the right, as one sees it from
// outside with z up.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct TouchGrid {
    DdRef ref;
    DdPose mount;
    unsigned char* mine; // (ngeom) of the body it sits on
    int rows, columns;
    double height, width; // m
    double spread;        // share of a taxel's force that its four neighbours show
    double threshold, range;
    double* felt; // (rows * columns) before it spreads
} TouchGrid;

enum { k_taxels_max = 1024 };

static bool grid_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    const mjModel* m = dd_world_model(s->world);
    TouchGrid* t = u->own;
    if (!dd_ref_of_sensor(s, u, &t->ref, channel->frame, err)) {
        return false;
    }
    if (def->rows > k_taxels_max || def->columns > k_taxels_max ||
        def->rows * def->columns > k_taxels_max) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: rows times columns must be at most %d, got %d times %d", u->what,
                       k_taxels_max, def->rows, def->columns);
    }
    if (!(def->size[0] > 0 && def->size[1] > 0)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: size must be positive, got %g by %g m", u->what,
                       def->size[0], def->size[1]);
    }
    if (def->crosstalk > 0.8) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: crosstalk is the share that goes to four neighbours, 0 to 0.8, got %g",
                       u->what, def->crosstalk);
    }
    t->mount = dd_mount_of(def);
    if (dd_mounted(def)) {
        dd_mount_frame(def, channel->frame);
    }
    t->rows = def->rows;
    t->columns = def->columns;
    t->height = def->size[0];
    t->width = def->size[1];
    t->spread = def->crosstalk;
    t->threshold = def->threshold;
    t->range = def->force_range;
    int n = t->rows * t->columns;
    t->mine = calloc((size_t)m->ngeom + 1, 1);
    t->felt = calloc((size_t)n, sizeof *t->felt);
    channel->names = calloc((size_t)n, sizeof *channel->names);
    DD_ASSERT(t->mine && t->felt && channel->names);
    for (int g = 0; g < m->ngeom; g++) {
        t->mine[g] = m->geom_bodyid[g] == t->ref.body;
    }
    channel->nname = n;
    for (int i = 0; i < n; i++) {
        snprintf(channel->names[i], DD_NAME_MAX, "r%dc%d", i / t->columns, i % t->columns);
    }
    snprintf(channel->unit, sizeof channel->unit, "N");
    u->nstate = n;
    u->nspan = 1;
    u->span[0] = (DdNoiseSpan){.at = 0, .n = n};
    return true;
}

static void grid_close(DdUnit* u)
{
    TouchGrid* t = u->own;
    free(t->mine);
    free(t->felt);
}

// The taxel at a point of the pad's plane, -1 beside it.
static int taxel_at(const TouchGrid* t, double y, double z)
{
    int column = (int)floor((0.5 - y / t->width) * t->columns);
    int row = (int)floor((0.5 - z / t->height) * t->rows);
    bool inside = column >= 0 && column < t->columns && row >= 0 && row < t->rows;
    return inside ? row * t->columns + column : -1;
}

// Every taxel keeps all but `spread` of its force; a quarter of that goes to each neighbour, and
// over the rim nowhere.
static void spread(const TouchGrid* t, double* out)
{
    int rows = t->rows, columns = t->columns;
    double share = t->spread / 4;
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            const double* at = t->felt + r * columns + c;
            double sum = (1 - t->spread) * *at;
            sum += r > 0 ? share * at[-columns] : 0;
            sum += r + 1 < rows ? share * at[columns] : 0;
            sum += c > 0 ? share * at[-1] : 0;
            sum += c + 1 < columns ? share * at[1] : 0;
            out[r * columns + c] = sum;
        }
    }
}

static void grid_after(DdSense* s, DdUnit* u)
{
    TouchGrid* t = u->own;
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    if (dd_body_asleep(s, t->ref.body)) {
        return; // what presses on a sleeping body does not change
    }
    DdPose pad = dd_mount_pose(s, &t->ref, &t->mount);
    DdPose inverse = dd_pose_inv(pad);
    double outside[3];
    dd_quat_rotate(outside, pad.quat, (const double[3]){1, 0, 0});
    memset(t->felt, 0, (size_t)u->nstate * sizeof *t->felt);
    for (int i = 0; i < d->ncon; i++) {
        const mjContact* con = &d->contact[i];
        int g0 = con->geom[0], g1 = con->geom[1];
        if (con->efc_address < 0 || g0 < 0 || g1 < 0 || t->mine[g0] == t->mine[g1]) {
            continue;
        }
        // the normal points from the first geom to the second: what the other one presses with
        double force[6], at[3];
        mj_contactForce(m, d, i, force);
        double press = force[0] * dd_dot3(con->frame, outside) * (t->mine[g0] ? 1 : -1);
        dd_pose_apply(&inverse, con->pos, at);
        int taxel = taxel_at(t, at[1], at[2]);
        if (taxel >= 0 && press > 0) {
            t->felt[taxel] += press;
        }
    }
    spread(t, u->state);
}

static void grid_read(DdSense* s, DdUnit* u, double* values)
{
    (void)s;
    memcpy(values, u->state, (size_t)u->nstate * sizeof *values);
}

static void grid_finish(DdSense* s, DdUnit* u, double* values)
{
    const TouchGrid* t = u->own;
    (void)s;
    for (int i = 0; i < u->nstate; i++) {
        if (values[i] < t->threshold || values[i] < 0) {
            values[i] = 0;
        } else if (t->range > 0 && values[i] > t->range) {
            values[i] = t->range;
        }
    }
}

const DdUnitKind dd_sense_touch_grid = {
    .info = {.name = "touch_grid",
             .type = DD_TYPE_VECTOR,
             .unit = "N",
             .doc = "a pad of taxels: the force that presses on each, by contact points",
             .reads = "robot frame rows columns size threshold crosstalk force_range"},
    .size = sizeof(TouchGrid),
    .open = grid_open,
    .close = grid_close,
    .after = grid_after,
    .read = grid_read,
    .finish = grid_finish,
};
