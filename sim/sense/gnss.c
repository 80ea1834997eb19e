// Satellite positioning: where an antenna is told to be, by the kind of fix it has, how much of the
// sky it sees, and what reflects around it; and its velocity.
//
// Error of each axis: (slow + white) times the dilution of that axis over the one of the open sky,
// plus multipath. Slow and multipath are Gauss-Markov processes of unit deviation, scaled by what
// holds now, so the covariance told with a position is that of its whole error.
#include <string.h>

#include "sim/sense/drift.h"
#include "sim/sense/gnss_sky.h"
#include "sim/sense/rays.h"

enum { FIX_AUTONOMOUS, FIX_MULTIBAND, FIX_SBAS, FIX_FLOAT, FIX_FIXED, FIX_COUNT };

// Deviations in m, horizontal and vertical; docs/sensors.md has the table.
typedef struct FixRow {
    int nav_status; // sensor_msgs/NavSatStatus
    double slow_h, slow_v, slow_tau;
    double white_h, white_v;
    double echo, echo_share; // multipath: under open sky, and more for the share of sky hidden
} FixRow;

static const FixRow k_fix[FIX_COUNT] = {
    [FIX_AUTONOMOUS] = {0, 1.8, 3.0, 600, 0.3, 0.5, 0.3, 3},
    [FIX_MULTIBAND] = {0, 1.0, 1.8, 600, 0.15, 0.3, 0.3, 3},
    [FIX_SBAS] = {1, 0.5, 0.9, 300, 0.15, 0.3, 0.3, 3},
    [FIX_FLOAT] = {2, 0.25, 0.40, 120, 0.03, 0.05, 0.005, 0.03},
    [FIX_FIXED] = {2, 0.006, 0.010, 60, 0.004, 0.008, 0.005, 0.03},
};

// how far a receiver got: nothing, a position from codes, carrier phases without and with their
// whole numbers
enum { LEVEL_NONE, LEVEL_CODE, LEVEL_FLOAT, LEVEL_FIXED };
static const double k_rise_s[] = {2, 5, 15}; // from each level to the next, once it is possible
static const int k_seen_min[] = {0, 4, 6, 10};
static const double k_fixed_hdop_max = 1.5;

static const double k_echo_tau = 40;   // s; of an antenna that stands
static const double k_echo_way = 0.2;  // m; one that moves sees other echoes after this way
static const double k_far = 1000;      // m; what stands farther away hides nothing
static const double k_unseen_dop = 20; // no axis is told worse than this many times the open sky

typedef struct Gnss {
    DdRef ref;
    DdPose mount;
    int fix;
    bool looks; // casts rays
    DdSky sky;
    double open_dop[3];
    bool* pass; // (ngeom)
    DdNumbers outages;
    double velocity_noise;
} Gnss;

enum {
    ST_LEVEL = 0,
    ST_SINCE = 1, // the last step at which no better level was possible
    ST_LAST = 2,  // step of the last sample, -1 before the first
    ST_SLOW = 3,
    ST_ECHO = 6,
    ST_MOTION = 9,
    ST_COUNT = ST_MOTION + DD_MOTION_STATE,
};
enum { LANE_WHITE = 0, LANE_SLOW = 4, LANE_ECHO = 8, LANE_VELOCITY = 12 };

static bool check_numbers(const DdUnit* u, const DdSensorDef* def, DdError* err)
{
    if (def->satellites < 4 || def->satellites > DD_SATELLITES_MAX) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: satellites must be 4 to %d, got %d", u->what,
                       DD_SATELLITES_MAX, def->satellites);
    }
    if (!(def->elevation_mask < 0.45 * DD_PI)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: elevation_mask must be below %g rad, got %g",
                       u->what, 0.45 * DD_PI, def->elevation_mask);
    }
    if (def->outages.n % 2) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: outages must be pairs of seconds, from and to, got %d numbers", u->what,
                       def->outages.n);
    }
    for (int i = 0; i + 1 < def->outages.n; i += 2) {
        if (!(def->outages.v[i] < def->outages.v[i + 1])) {
            return dd_fail(err, DD_ERROR_SCRIPT,
                           "%s: outages: an outage must end after it begins, got %g to %g s",
                           u->what, def->outages.v[i], def->outages.v[i + 1]);
        }
    }
    if (strlen(def->robot) + strlen(def->name) + sizeof "._velocity" > DD_NAME_MAX) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: its name is too long to add '_velocity'",
                       u->what);
    }
    return true;
}

static bool gnss_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    Gnss* g = u->own;
    if (!check_numbers(u, def, err) || !dd_ref_of_sensor(s, u, &g->ref, channel->frame, err)) {
        return false;
    }
    g->mount = dd_mount_of(def);
    if (dd_mounted(def)) {
        dd_mount_frame(def, channel->frame);
    }
    g->fix = def->fix;
    g->looks = def->multipath;
    g->outages = def->outages;
    g->velocity_noise = def->velocity_noise;
    dd_sky_make(&g->sky, def->satellites, def->elevation_mask);
    bool all[DD_SATELLITES_MAX];
    memset(all, 1, sizeof all);
    if (!dd_sky_dop(&g->sky, all, g->open_dop)) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: %d satellites above a mask of %g rad do not fix a position", u->what,
                       def->satellites, def->elevation_mask);
    }
    if (g->looks) {
        g->pass = dd_rays_pass(s, u, err);
        if (!g->pass) {
            return false;
        }
    }
    u->skip_every = !g->ref.kinematic;
    u->nstate = ST_COUNT;
    u->nchannel = 2;
    u->more = calloc(1, sizeof *u->more);
    DD_ASSERT(u->more);
    *u->more = *channel;
    u->more->type = DD_TYPE_TWIST;
    snprintf(u->more->name, sizeof u->more->name, "%.*s_velocity", DD_NAME_MAX - 10, channel->name);
    snprintf(u->more->frame, sizeof u->more->frame, "world");
    return true;
}

static void gnss_close(DdUnit* u)
{
    free(((Gnss*)u->own)->pass);
}

static void gnss_begin(DdSense* s, DdUnit* u)
{
    const Gnss* g = u->own;
    u->state[ST_LEVEL] = -1;
    u->state[ST_LAST] = -1;
    for (uint32_t i = 0; i < 3; i++) {
        u->state[ST_SLOW + i] = dd_stream_normal_at(&u->stream, -1, LANE_SLOW + i);
        u->state[ST_ECHO + i] = dd_stream_normal_at(&u->stream, -1, LANE_ECHO + i);
    }
    if (g->ref.kinematic) {
        dd_motion_begin(s, &g->ref, u->state + ST_MOTION);
    }
}

static void gnss_every(DdSense* s, DdUnit* u)
{
    const Gnss* g = u->own;
    dd_motion_every(s, &g->ref, u->state + ST_MOTION);
}

// What the antenna sees now.
typedef struct View {
    int seen;
    double hidden;   // share of the sky
    double scale[3]; // dilution of each axis over that of the open sky
    double hdop;
} View;

static View look(DdSense* s, const Gnss* g, const double at[3])
{
    View v = {.seen = g->sky.n, .scale = {1, 1, 1}};
    double dop[3];
    memcpy(dop, g->open_dop, sizeof dop);
    bool fixes = true;
    if (g->looks) {
        const mjData* d = dd_world_data(s->world);
        const DdRays* rays = dd_sense_rays(s);
        bool seen[DD_SATELLITES_MAX];
        v.seen = 0;
        for (int k = 0; k < g->sky.n; k++) {
            seen[k] = dd_rays_cast(rays, d, at, g->sky.dir[k], k_far, g->pass, NULL, NULL) < 0;
            v.seen += seen[k];
        }
        fixes = dd_sky_dop(&g->sky, seen, dop);
        v.seen = fixes ? v.seen : 0;
    }
    v.hidden = 1 - (double)v.seen / g->sky.n;
    for (int i = 0; i < 3 && fixes; i++) {
        double scale = dop[i] / g->open_dop[i];
        v.scale[i] = scale < k_unseen_dop ? scale : k_unseen_dop;
    }
    v.hdop = sqrt(dop[0] * dop[0] + dop[1] * dop[1]);
    return v;
}

static bool is_out(const Gnss* g, double t)
{
    for (int i = 0; i + 1 < g->outages.n; i += 2) {
        if (t >= g->outages.v[i] && t < g->outages.v[i + 1]) {
            return true;
        }
    }
    return false;
}

// The best level that the sky and the receiver allow.
static int level_allowed(const Gnss* g, const View* v, double t)
{
    int best = g->fix == FIX_FIXED ? LEVEL_FIXED : g->fix == FIX_FLOAT ? LEVEL_FLOAT : LEVEL_CODE;
    if (is_out(g, t)) {
        return LEVEL_NONE;
    }
    if (best == LEVEL_FIXED && !(v->hdop < k_fixed_hdop_max)) {
        best = LEVEL_FLOAT;
    }
    while (best > LEVEL_NONE && v->seen < k_seen_min[best]) {
        best--;
    }
    return best;
}

// A level is lost at once and won back one by one.
static int next_level(const DdSense* s, double* state, int allowed)
{
    int level = (int)state[ST_LEVEL];
    double step = (double)s->step;
    if (level < 0 || allowed <= level) {
        level = allowed;
        state[ST_SINCE] = step;
    } else if ((step - state[ST_SINCE]) * s->dt >= k_rise_s[level]) {
        level++;
        state[ST_SINCE] = step;
    }
    state[ST_LEVEL] = level;
    return level;
}

static const FixRow* row_of(const Gnss* g, int level)
{
    static const int k_carrier[] = {FIX_MULTIBAND, FIX_MULTIBAND, FIX_FLOAT, FIX_FIXED};
    return &k_fix[g->fix < FIX_FLOAT ? g->fix : k_carrier[level]];
}

// Position and velocity (world) of the antenna.
static void antenna(const DdSense* s, const DdUnit* u, double at[3], double velocity[3])
{
    const Gnss* g = u->own;
    double angular[3], way[3];
    DdPose pose = dd_mount_pose(s, &g->ref, &g->mount);
    const double* origin = dd_ref_pos(s, &g->ref);
    dd_motion_read(s, &g->ref, u->state + ST_MOTION, velocity, angular);
    double lever[3] = {pose.pos[0] - origin[0], pose.pos[1] - origin[1], pose.pos[2] - origin[2]};
    dd_cross3(way, angular, lever);
    for (int i = 0; i < 3; i++) {
        at[i] = pose.pos[i];
        velocity[i] += way[i];
    }
}

// The correlated parts of the error go on, sample by sample.
static void advance(const DdSense* s, DdUnit* u, const FixRow* fix, double speed)
{
    double* st = u->state;
    double dt = st[ST_LAST] < 0 ? 0 : ((double)s->step - st[ST_LAST]) * s->dt;
    double echo_tau = 1 / (1 / k_echo_tau + speed / k_echo_way);
    st[ST_LAST] = (double)s->step;
    for (uint32_t i = 0; i < 3 && dt > 0; i++) {
        st[ST_SLOW + i] = dd_markov_next(st[ST_SLOW + i], dt, 1, fix->slow_tau,
                                         dd_stream_normal_at(&u->stream, s->step, LANE_SLOW + i));
        st[ST_ECHO + i] = dd_markov_next(st[ST_ECHO + i], dt, 1, echo_tau,
                                         dd_stream_normal_at(&u->stream, s->step, LANE_ECHO + i));
    }
}

static void write_none(double* position, double* velocity)
{
    memset(position, 0, 14 * sizeof *position);
    memset(velocity, 0, 6 * sizeof *velocity);
    for (int i = 0; i < 3; i++) {
        position[i] = NAN;
        velocity[i] = NAN;
    }
    position[3] = -1;
}

static void gnss_emit(DdSense* s, DdUnit* u)
{
    const Gnss* g = u->own;
    double at[3], v[3];
    antenna(s, u, at, v);
    View view = look(s, g, at);
    int level = next_level(s, u->state, level_allowed(g, &view, (double)s->step * s->dt));
    const FixRow* fix = row_of(g, level);
    advance(s, u, fix, dd_norm3(v));
    if (dd_unit_drops(s, u)) {
        return;
    }

    // room is valid until the next push: one after the other
    double position[14], velocity[6] = {0};
    if (level == LEVEL_NONE) {
        write_none(position, velocity);
    } else {
        const DdWeather* place = dd_sense_weather(s);
        const double origin[3] = {place->latitude, place->longitude, place->altitude};
        double echo = fix->echo + fix->echo_share * view.hidden;
        memset(position, 0, sizeof position);
        for (uint32_t i = 0; i < 3; i++) {
            double slow = view.scale[i] * (i < 2 ? fix->slow_h : fix->slow_v);
            double white = view.scale[i] * (i < 2 ? fix->white_h : fix->white_v);
            double drift = view.scale[i] * g->velocity_noise * (i < 2 ? 1 : 2);
            at[i] += slow * u->state[ST_SLOW + i] + echo * u->state[ST_ECHO + i] +
                     white * dd_stream_normal_at(&u->stream, s->step, LANE_WHITE + i);
            velocity[i] =
                v[i] + drift * dd_stream_normal_at(&u->stream, s->step, LANE_VELOCITY + i);
            position[4 + 4 * i] = slow * slow + white * white + echo * echo;
        }
        dd_geodetic_of(origin, at, position);
        position[3] = fix->nav_status;
        position[13] = 2; // a known diagonal
    }
    memcpy(dd_channels_push(s->channels, u->channels[0], s->step), position, sizeof position);
    memcpy(dd_channels_push(s->channels, u->channels[1], s->step), velocity, sizeof velocity);
}

const DdUnitKind dd_sense_gnss = {
    .info = {.name = "gnss",
             .type = DD_TYPE_GNSS,
             .unit = "",
             .doc = "position on the ellipsoid with its covariance, and NAME_velocity, from a sky "
                    "that what stands around hides",
             .reads = "robot frame fix multipath satellites elevation_mask outages velocity_noise "
                      "sees_self exclude"},
    .size = sizeof(Gnss),
    .open = gnss_open,
    .close = gnss_close,
    .begin = gnss_begin,
    .every = gnss_every,
    .emit = gnss_emit,
};
