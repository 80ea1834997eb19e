// Range: an ultrasonic sensor. Rays in a cone; the nearest echo that is strong enough counts.
#include "sim/sense/lidar.h"

#include <string.h>

enum { k_most_rays = 512 };

typedef struct Range {
    DdRef ref;
    DdPose mount;
    bool* pass;
    double range_min, range_max, sigma, resolution;
    int n;
    double *local, *share;         // (3 n) directions, (n) sensitivity off the axis
    double *from, *dir, *distance; // (3 n), (3 n), (n)
    int *geom, *face;              // (n)
} Range;

// a smooth surface sends sound away from whoever does not stand before it
static const double k_mirror_cos = 0.90630778703665; // 25 degrees
static const double k_golden = 2.399963229728653;    // rad
static const double k_calibrated = 20;               // degC, that it takes the air to have

// Speed of sound (m/s).
static double sound(double celsius)
{
    return 331.3 * sqrt(1 + celsius / 273.15);
}

static bool range_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    Range* x = u->own;
    if (!dd_beam_place(s, u, channel, &x->ref, &x->mount, err)) {
        return false;
    }
    if (!(def->fov[0] > 0 && def->fov[0] < DD_PI)) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: fov must be above 0 and below 180 degrees, got %g", u->what,
                       def->fov[0] * 180 / DD_PI);
    }
    if (def->rays > k_most_rays) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: rays must be at most %d in the cone, got %d",
                       u->what, k_most_rays, def->rays);
    }
    x->range_min = def->range_min;
    x->range_max = def->range_max;
    x->sigma = def->sigma;
    x->resolution = def->resolution;
    x->n = def->rays;
    x->pass = dd_rays_pass(s, u, err);
    if (!x->pass) {
        return false;
    }
    size_t n = (size_t)x->n;
    x->local = calloc(3 * n, sizeof *x->local);
    x->share = calloc(n, sizeof *x->share);
    x->from = calloc(3 * n, sizeof *x->from);
    x->dir = calloc(3 * n, sizeof *x->dir);
    x->distance = calloc(n, sizeof *x->distance);
    x->geom = calloc(n, sizeof *x->geom);
    x->face = calloc(n, sizeof *x->face);
    DD_ASSERT(x->local && x->share && x->from && x->dir && x->distance && x->geom && x->face);
    // spread evenly over the cone; at its edge a quarter of the sound is left
    for (int i = 0; i < x->n; i++) {
        double part = x->n > 1 ? sqrt((double)i / (x->n - 1)) : 0;
        double off = 0.5 * def->fov[0] * part;
        x->local[3 * i] = cos(off);
        x->local[3 * i + 1] = sin(off) * cos(k_golden * i);
        x->local[3 * i + 2] = sin(off) * sin(k_golden * i);
        x->share[i] = exp(-part * part * log(4));
    }
    snprintf(channel->unit, sizeof channel->unit, "m");
    channel->meta[DD_RANGE_FOV] = def->fov[0];
    channel->meta[DD_RANGE_MIN] = def->range_min;
    channel->meta[DD_RANGE_MAX] = def->range_max;
    channel->meta[DD_RANGE_RADIATION] = 0;
    return true;
}

static void range_close(DdUnit* u)
{
    Range* x = u->own;
    free(x->pass);
    free(x->local);
    free(x->share);
    free(x->from);
    free(x->dir);
    free(x->distance);
    free(x->geom);
    free(x->face);
}

static void range_read(DdSense* s, DdUnit* u, double* values)
{
    Range* x = u->own;
    const DdRays* rays = dd_sense_rays(s);
    DdPose pose = dd_mount_pose(s, &x->ref, &x->mount);
    double nearest = INFINITY;
    for (int i = 0; i < x->n; i++) {
        memcpy(x->from + 3 * i, pose.pos, sizeof pose.pos);
        dd_quat_rotate(x->dir + 3 * i, pose.quat, x->local + 3 * i);
    }
    dd_rays_cast_many(rays, x->n, x->from, x->dir, x->range_max, x->pass, x->distance, x->geom,
                      x->face);
    for (int i = 0; i < x->n; i++) {
        double r = x->distance[i], normal[3];
        if (r < 0 || r >= nearest) {
            continue;
        }
        dd_rays_normal(rays, x->geom[i], x->face[i], x->from + 3 * i, x->dir + 3 * i, normal);
        double cosine = fabs(dd_dot3(normal, x->dir + 3 * i));
        // a wall straight ahead is just heard at range_max; the echo falls with the fourth power
        double c2 = cosine * cosine, q = r / x->range_max;
        if (cosine >= k_mirror_cos && x->share[i] * c2 * c2 >= q * q * q * q) {
            nearest = r;
        }
    }
    double r = nearest * sound(k_calibrated) / sound(dd_sense_weather(s)->temperature);
    if (x->sigma > 0 && r < INFINITY) {
        r += x->sigma * dd_stream_normal_at(&u->stream, s->step, 0);
    }
    if (x->resolution > 0 && r < INFINITY) {
        r = x->resolution * floor(r / x->resolution + 0.5);
    }
    // as a float, as which it is recorded
    values[0] = r < x->range_min ? -INFINITY : r <= x->range_max ? (double)(float)r : INFINITY;
}

const DdUnitKind dd_sense_range = {
    .info = {.name = "range",
             .type = DD_TYPE_RANGE,
             .doc = "an ultrasonic sensor: the nearest echo in a cone",
             .unit = "m",
             .reads =
                 "robot frame range_min range_max fov rays sigma resolution sees_self exclude"},
    .size = sizeof(Range),
    .open = range_open,
    .close = range_close,
    .read = range_read,
};
