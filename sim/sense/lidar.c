// Lidar: clouds of points, every ray cast from where the sensor was at the ray's own time.
#include "sim/sense/lidar.h"

#include <string.h>

typedef struct BatchRay {
    double dir[3]; // in the sensor's frame
    double time_s;
    int group, ring;
} BatchRay;

typedef struct Lidar {
    DdRef ref;
    DdPose mount;
    DdPattern pattern;
    DdBeamLaw law;
    DdBeamAir air;
    DdCaster caster;
    DdMaterial* material;
    bool* pass;
    const DdCloudLayout* layout;
    bool deskew;
    int slices, columns, most;
    DdPatternRay* group; // (beams)
    BatchRay* batch;     // (DD_CASTER_ROOM)
    // the sweep in progress
    bool on;
    int64_t first, last, cast; // steps: its first, its last, rays are cast up to
    int rays, points;
    DdPose to_first; // from the world to where the sensor was at the first step
    DdBlob* blob;
    double* path;
} Lidar;

enum { k_lane_dropout = 0x7fffffff };
static const char* const k_layout_names[] = {"velodyne",  "ouster", "livox",
                                             "robosense", "hesai",  "xyzi"};

static bool lidar_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    Lidar* x = u->own;
    double hz = dd_rate_hz(channel->rate);
    int steps = (int)(s->physics_hz / hz);
    if (!dd_beam_place(s, u, channel, &x->ref, &x->mount, err)) {
        return false;
    }
    // a head that is not tied to its firings turns at its very rate, else at a whole number of
    // steps
    bool running = def->pattern == 0 && def->firing_s > 0;
    double turn_s = running ? 1 / hz : steps * s->dt;
    if (!dd_pattern_make(def, u->what, turn_s, &x->pattern, err)) {
        return false;
    }
    x->layout = dd_cloud_layout(k_layout_names[def->layout]);
    x->deskew = def->deskew;
    if (x->layout->organised && def->returns == 3) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: layout '%s' has one place per ray; returns must not be 'dual'", u->what,
                       x->layout->name);
    }
    dd_beam_law(def, &x->law);
    x->slices = def->slices;
    x->columns = x->layout->organised ? def->rays : 0;
    x->most = dd_pattern_most(&x->pattern, (steps + 1) * s->dt) * (def->returns == 3 ? 2 : 1);
    x->pass = dd_rays_pass(s, u, err);
    if (!x->pass) {
        return false;
    }
    x->material = dd_materials(s->world);
    dd_caster_init(&x->caster, x->law.spread > 0);
    x->group = calloc((size_t)x->pattern.beams, sizeof *x->group);
    x->batch = calloc(DD_CASTER_ROOM, sizeof *x->batch);
    x->path = calloc((size_t)dd_path_size(steps + 2), sizeof *x->path);
    DD_ASSERT(x->group && x->batch && x->path);
    snprintf(channel->encoding, sizeof channel->encoding, "%s", x->layout->name);
    // available when its last ray is back
    channel->latency_steps += (int64_t)ceil(s->physics_hz / hz - 1e-9);
    return true;
}

static void drop_sweep(Lidar* x)
{
    dd_blob_drop(x->blob);
    x->blob = NULL;
    x->on = false;
}

static void lidar_close(DdUnit* u)
{
    Lidar* x = u->own;
    drop_sweep(x);
    dd_caster_free(&x->caster);
    free(x->material);
    free(x->pass);
    free(x->group);
    free(x->batch);
    free(x->path);
}

static void put_point(DdSense* s, Lidar* x, int i, const DdReturn* back, int number)
{
    const BatchRay* ray = &x->batch[i];
    DdCloudPoint p = {.ring = ray->ring, .time_s = ray->time_s, .tag = 16 * (number + 1)};
    if (back->range < INFINITY) {
        p.range = back->range;
        p.intensity = p.reflectivity = back->intensity;
        if (x->deskew) {
            double at[3];
            for (int k = 0; k < 3; k++) {
                at[k] = x->caster.from[3 * i + k] + p.range * x->caster.dir[3 * i + k];
            }
            dd_pose_apply(&x->to_first, at, p.xyz);
        } else {
            for (int k = 0; k < 3; k++) {
                p.xyz[k] = p.range * ray->dir[k];
            }
        }
    }
    int at = x->columns ? ray->ring * x->columns + ray->group : x->points;
    DD_ASSERT(at < x->most);
    dd_cloud_put(x->layout, x->blob->bytes + (size_t)at * (size_t)x->layout->step, &p,
                 s->start_ns + dd_step_ns(x->first, s->physics_hz));
    x->points++;
}

static void cast_batch(DdSense* s, DdUnit* u, const DdRays* rays, int n)
{
    Lidar* x = u->own;
    dd_caster_cast(&x->caster, rays, &x->law, n, x->pattern.beams, x->pass);
    for (int i = 0; i < n; i++) {
        DdBeamHit hit[DD_BEAM_SUB];
        DdReturn back[2];
        int hits = dd_caster_hits(&x->caster, rays, x->material, i, hit);
        int found = dd_beam_returns(&x->law, &x->air, &u->stream, x->first, (uint32_t)x->rays++,
                                    hit, hits, back);
        for (int k = 0; k < found; k++) {
            put_point(s, x, i, &back[k], k);
        }
        if (found == 0 && x->columns) {
            back[0].range = INFINITY;
            put_point(s, x, i, &back[0], 0);
        }
    }
}

// Every ray that left since the last slice; what moves stands where it stands now.
static void cast_slice(DdSense* s, DdUnit* u)
{
    Lidar* x = u->own;
    const DdPattern* p = &x->pattern;
    const DdRays* rays = dd_sense_rays(s);
    double since = dd_pattern_clock(p, x->first, s->dt, x->cast);
    double until = dd_pattern_clock(p, x->first, s->dt, s->step);
    int64_t end = dd_pattern_end(p, until);
    int n = 0;
    dd_beam_air(&x->law, dd_sense_weather(s), &x->air);
    for (int64_t g = dd_pattern_first(p, since); g < end; g++) {
        dd_pattern_rays(p, x->first, s->dt, g, x->group);
        if (n + p->beams > DD_CASTER_ROOM) {
            cast_batch(s, u, rays, n);
            n = 0;
        }
        for (int b = 0; b < p->beams; b++) {
            const DdPatternRay* ray = &x->group[b];
            if (ray->clock < since || ray->clock >= until) {
                continue;
            }
            DdPose pose;
            double at = (double)x->first + ray->time_s / s->dt;
            dd_path_at(x->path, dd_clamp(at, (double)x->cast, (double)s->step), &pose);
            memcpy(x->caster.from + 3 * n, pose.pos, sizeof pose.pos);
            dd_quat_rotate(x->caster.dir + 3 * n, pose.quat, ray->dir);
            x->batch[n] = (BatchRay){.time_s = ray->time_s, .group = ray->group, .ring = ray->ring};
            memcpy(x->batch[n].dir, ray->dir, sizeof ray->dir);
            n++;
        }
    }
    cast_batch(s, u, rays, n);
    x->cast = s->step;
}

static void finish_sweep(DdSense* s, DdUnit* u)
{
    Lidar* x = u->own;
    int count = x->columns ? x->columns * x->pattern.beams : x->points;
    x->blob->size = (size_t)count * (size_t)x->layout->step;
    double* values = dd_channels_push_blob(s->channels, u->channel, x->first, x->blob);
    values[0] = count;
    values[1] = x->columns ? x->columns : count;
    values[2] = x->columns ? x->pattern.beams : 1;
    x->blob = NULL;
    x->on = false;
}

static void lidar_every(DdSense* s, DdUnit* u)
{
    Lidar* x = u->own;
    if (!x->on) {
        return;
    }
    DdPose pose = dd_mount_pose(s, &x->ref, &x->mount);
    dd_path_add(x->path, s->step, &pose);
    int64_t whole = x->last - x->first, done = s->step - x->first;
    bool slice = done * x->slices / whole != (done - 1) * x->slices / whole;
    if (slice || s->step == x->last) {
        cast_slice(s, u);
        dd_path_keep_last(x->path);
    }
    if (s->step == x->last) {
        finish_sweep(s, u);
    }
}

// A sweep begins; the one before was finished at this very step.
static void lidar_emit(DdSense* s, DdUnit* u)
{
    Lidar* x = u->own;
    DD_ASSERT(!x->on);
    if (u->dropout > 0 && dd_stream_uniform_at(&u->stream, s->step, k_lane_dropout) < u->dropout) {
        s->dropped++;
        return;
    }
    x->on = true;
    x->first = x->cast = s->step;
    x->last = u->phase + dd_rate_next(u->rate, s->physics_hz, s->step - u->phase);
    x->rays = x->points = 0;
    DdPose first = dd_mount_pose(s, &x->ref, &x->mount);
    x->to_first = dd_pose_inv(first);
    dd_path_clear(x->path);
    dd_path_add(x->path, s->step, &first);
    x->blob =
        dd_blob_take(dd_channels_pool(s->channels), (size_t)x->most * (size_t)x->layout->step);
    if (x->columns) {
        memset(x->blob->bytes, 0, (size_t)x->most * (size_t)x->layout->step);
    }
}

static void lidar_rewound(DdSense* s, DdUnit* u)
{
    (void)s;
    drop_sweep(u->own);
}

const DdUnitKind dd_sense_lidar = {
    .info =
        {.name = "lidar",
         .type = DD_TYPE_CLOUD,
         .doc = "clouds of points of a laser scanner: spinning, or with a still pattern",
         .unit = "",
         .reads =
             "robot frame range_min range_max pattern elevations azimuth_offsets fov rays firing_s "
             "slot_s layout sigma sigma_weak reflectivity range_half divergence pulse "
             "resolution false_alarms returns deskew slices sees_self exclude"},
    .size = sizeof(Lidar),
    .picture = true,
    .open = lidar_open,
    .close = lidar_close,
    .every = lidar_every,
    .emit = lidar_emit,
    .rewound = lidar_rewound,
};
