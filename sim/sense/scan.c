// Scan: a laser scanner in one plane, counter-clockwise, every ray from where the sensor was at the
// ray's own time. The sweep in progress is in the unit's state, so that restore points hold it.
#include "sim/sense/lidar.h"

#include <string.h>

// [sweep in progress, its first step, cast up to step, ranges, intensities, path]
enum { ON, FIRST, CAST, k_head };

typedef struct Scan {
    DdRef ref;
    DdPose mount;
    DdBeamLaw law;
    DdBeamAir air;
    DdCaster caster;
    DdMaterial* material;
    bool* pass;
    int n, slices;
    int whole; // steps of one sweep
    double time_step;
    double* dir; // (2 n) cosine and sine of each ray
} Scan;

enum { k_lane_dropout = 0x7fffffff };
static const double k_most_rays = 500000, k_most_rate = 4e6;

static bool scan_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    Scan* x = u->own;
    double hz = dd_rate_hz(channel->rate);
    double turn_s = (int)(s->physics_hz / hz) * s->dt;
    if (!dd_beam_place(s, u, channel, &x->ref, &x->mount, err)) {
        return false;
    }
    if (!(def->fov[0] > 0 && def->fov[0] <= 2 * DD_PI + 1e-9)) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: fov must be above 0 and at most 360 degrees, got %g", u->what,
                       def->fov[0] * 180 / DD_PI);
    }
    if (def->rays > k_most_rays || def->rays / turn_s > k_most_rate || def->rays < 2) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: rays must be 2 to %.0f per sweep and at most %.0f per second, got %d "
                       "and %.0f",
                       u->what, k_most_rays, k_most_rate, def->rays, def->rays / turn_s);
    }
    x->n = def->rays;
    x->slices = def->slices;
    // of a full circle the last ray is not the first one again
    bool closed = def->fov[0] > 2 * DD_PI - 1e-9;
    double step = def->fov[0] / (closed ? x->n : x->n - 1);
    x->time_step = turn_s * step / (2 * DD_PI);
    double last_s = x->time_step * (x->n - 1);
    x->whole = (int)(last_s / s->dt) + 1;
    x->dir = calloc(2 * (size_t)x->n, sizeof *x->dir);
    DD_ASSERT(x->dir);
    for (int i = 0; i < x->n; i++) {
        double a = -0.5 * def->fov[0] + step * i;
        x->dir[2 * i] = cos(a);
        x->dir[2 * i + 1] = sin(a);
    }
    dd_beam_law(def, &x->law);
    x->law.mixes = true;
    x->pass = dd_rays_pass(s, u, err);
    if (!x->pass) {
        return false;
    }
    x->material = dd_materials(s->world);
    dd_caster_init(&x->caster, x->law.spread > 0);
    u->nstate = k_head + 2 * x->n + dd_path_size(x->whole + 1);
    channel->count = x->n;
    channel->meta[DD_SCAN_ANGLE_MIN] = -0.5 * def->fov[0];
    channel->meta[DD_SCAN_ANGLE_INCREMENT] = step;
    channel->meta[DD_SCAN_TIME_INCREMENT] = x->time_step;
    channel->meta[DD_SCAN_TIME] = turn_s;
    channel->meta[DD_SCAN_RANGE_MIN] = def->range_min;
    channel->meta[DD_SCAN_RANGE_MAX] = def->range_max;
    // available when its last ray is back
    channel->latency_steps += x->whole;
    return true;
}

static void scan_close(DdUnit* u)
{
    Scan* x = u->own;
    dd_caster_free(&x->caster);
    free(x->material);
    free(x->pass);
    free(x->dir);
}

static double* path_of(const Scan* x, double* state)
{
    return state + k_head + 2 * x->n;
}

static void cast_batch(DdSense* s, DdUnit* u, const DdRays* rays, int first, int n)
{
    Scan* x = u->own;
    double* ranges = u->state + k_head;
    double* intensities = ranges + x->n;
    for (int i = 0; i < n; i++) {
        const double* to = x->dir + 2 * (first + i);
        const double dir[3] = {to[0], to[1], 0};
        double at = u->state[FIRST] + (first + i) * x->time_step / s->dt;
        DdPose pose;
        dd_path_at(path_of(x, u->state), dd_clamp(at, u->state[CAST], (double)s->step), &pose);
        memcpy(x->caster.from + 3 * i, pose.pos, sizeof pose.pos);
        dd_quat_rotate(x->caster.dir + 3 * i, pose.quat, dir);
    }
    dd_caster_cast(&x->caster, rays, &x->law, n, 1, x->pass);
    for (int i = 0; i < n; i++) {
        DdBeamHit hit[DD_BEAM_SUB];
        DdReturn back[2];
        int hits = dd_caster_hits(&x->caster, rays, x->material, i, hit);
        int found = dd_beam_returns(&x->law, &x->air, &u->stream, (int64_t)u->state[FIRST],
                                    (uint32_t)(first + i), hit, hits, back);
        double r = back[0].range;
        bool near = found ? r < x->law.range_min : back[0].near;
        // as floats, as which they are recorded
        r = near ? -INFINITY : found && r <= x->law.range_max ? r : INFINITY;
        ranges[first + i] = (double)(float)r;
        intensities[first + i] = isfinite(r) ? (double)(float)back[0].intensity : 0;
    }
}

// The first ray that leaves at or after the step.
static int ray_at(const Scan* x, double dt, int64_t steps)
{
    double t = (double)steps * dt;
    int i = (int)(t / x->time_step) - 1;
    i = i < 0 ? 0 : i;
    while (i < x->n && i * x->time_step < t) {
        i++;
    }
    return i < x->n ? i : x->n;
}

static void cast_slice(DdSense* s, DdUnit* u)
{
    Scan* x = u->own;
    int64_t first = (int64_t)u->state[FIRST];
    const DdRays* rays = dd_sense_rays(s);
    int from = ray_at(x, s->dt, (int64_t)u->state[CAST] - first);
    int to = ray_at(x, s->dt, s->step - first);
    dd_beam_air(&x->law, dd_sense_weather(s), &x->air);
    for (int i = from; i < to; i += DD_CASTER_ROOM) {
        int n = to - i < DD_CASTER_ROOM ? to - i : DD_CASTER_ROOM;
        cast_batch(s, u, rays, i, n);
    }
    u->state[CAST] = (double)s->step;
}

static void scan_every(DdSense* s, DdUnit* u)
{
    Scan* x = u->own;
    if (u->state[ON] == 0) {
        return;
    }
    DdPose pose = dd_mount_pose(s, &x->ref, &x->mount);
    dd_path_add(path_of(x, u->state), s->step, &pose);
    int64_t first = (int64_t)u->state[FIRST], done = s->step - first;
    bool slice = done * x->slices / x->whole != (done - 1) * x->slices / x->whole;
    if (slice || done == x->whole) {
        cast_slice(s, u);
        dd_path_keep_last(path_of(x, u->state));
    }
    if (done == x->whole) {
        u->state[ON] = 0;
        double* values = dd_channels_push(s->channels, u->channel, first);
        memcpy(values, u->state + k_head, 2 * (size_t)x->n * sizeof *values);
    }
}

static void scan_emit(DdSense* s, DdUnit* u)
{
    Scan* x = u->own;
    DD_ASSERT(u->state[ON] == 0);
    if (u->dropout > 0 && dd_stream_uniform_at(&u->stream, s->step, k_lane_dropout) < u->dropout) {
        s->dropped++;
        return;
    }
    DdPose pose = dd_mount_pose(s, &x->ref, &x->mount);
    u->state[ON] = 1;
    u->state[FIRST] = u->state[CAST] = (double)s->step;
    dd_path_clear(path_of(x, u->state));
    dd_path_add(path_of(x, u->state), s->step, &pose);
}

const DdUnitKind dd_sense_scan = {
    .info =
        {.name = "scan",
         .type = DD_TYPE_SCAN,
         .doc = "ranges of a laser scanner in one plane, counter-clockwise",
         .unit = "m",
         .reads =
             "robot frame range_min range_max fov rays sigma sigma_weak reflectivity range_half "
             "divergence resolution false_alarms slices sees_self exclude"},
    .size = sizeof(Scan),
    .open = scan_open,
    .close = scan_close,
    .every = scan_every,
    .emit = scan_emit,
};
