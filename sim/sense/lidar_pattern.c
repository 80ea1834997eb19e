// Patterns: where the rays of a lidar go and when, as functions of time alone.
#include <string.h>

#include "sim/sense/lidar.h"

enum { PATTERN_SPINNING, PATTERN_NONREPETITIVE, PATTERN_ROSETTE, PATTERN_RASTER };

static const double k_deg = DD_PI / 180;
static const double k_most_rays = 500000, k_most_rate = 4e6;
// the head of a prism scanner: a bar of four rays, its turns and the slow rise and fall of its
// middle
enum { k_bar = 4 };
static const double k_bar_hz = 175.4, k_bar_rise_hz = 17.4, k_bar_space = 2.75, k_bar_edge = 4.5;
// two prisms that turn against each other
static const double k_prism_hz[2] = {121.6, -77.4};
// the mirror of a raster
static const double k_mirror_hz = 1000;

// Of beams in firing order: 0 is the lowest, or (organised clouds) the top one.
static void rank_rings(DdPattern* p, bool from_top)
{
    for (int i = 0; i < p->beams; i++) {
        p->ring[i] = 0;
        for (int k = 0; k < p->beams; k++) {
            bool below =
                p->elevation[k] < p->elevation[i] || (p->elevation[k] == p->elevation[i] && k < i);
            p->ring[i] += k != i && below != from_top;
        }
    }
}

static bool make_spinning(const DdSensorDef* def, const char* what, DdPattern* p, bool organised,
                          DdError* err)
{
    int n = def->elevations.n;
    if (n < 1) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: elevations must list the elevation of every beam of a spinning lidar",
                       what);
    }
    if (def->azimuth_offsets.n != 0 && def->azimuth_offsets.n != n) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: azimuth_offsets must have as many numbers as elevations, %d, got %d",
                       what, n, def->azimuth_offsets.n);
    }
    p->beams = n;
    p->running = def->firing_s > 0;
    p->group_s = p->running ? def->firing_s : p->turn_s / def->rays;
    p->slot_s = def->slot_s;
    if (p->slot_s * (n - 1) >= p->group_s) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: slot_s must leave room for %d beams in the %g s between two firings, "
                       "got %g s",
                       what, n, p->group_s, p->slot_s);
    }
    if (organised && p->running) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: the layout is organised, a column per firing: give rays instead of "
                       "firing_s",
                       what);
    }
    double speed = 2 * DD_PI / p->turn_s;
    for (int i = 0; i < n; i++) {
        double e = def->elevations.v[i];
        if (!(fabs(e) <= DD_PI / 2)) {
            return dd_fail(err, DD_ERROR_SCRIPT,
                           "%s: elevations must lie between -90 and 90 degrees, got %g rad", what,
                           e);
        }
        p->elevation[i] = e;
        p->offset[i] = def->azimuth_offsets.n ? def->azimuth_offsets.v[i] : 0;
        // seen from above the head turns clockwise
        double turn = p->offset[i] - speed * p->slot_s * i;
        p->up[i][0] = cos(e);
        p->up[i][1] = sin(e);
        p->round[i][0] = cos(turn);
        p->round[i][1] = sin(turn);
    }
    rank_rings(p, organised);
    return true;
}

static bool make_still(const DdSensorDef* def, const char* what, DdPattern* p, DdError* err)
{
    for (int k = 0; k < 2; k++) {
        p->fov[k] = def->fov[k];
        bool used = k == 1 || p->kind != PATTERN_NONREPETITIVE;
        used = used && (k == 0 || p->kind != PATTERN_ROSETTE);
        double most = k == 0 ? 2 * DD_PI : DD_PI;
        if (used && !(p->fov[k] > 0 && p->fov[k] <= most)) {
            return dd_fail(err, DD_ERROR_SCRIPT,
                           "%s: fov must have a %s angle above 0 and at most %g degrees, got %g",
                           what, k ? "vertical" : "horizontal", most / k_deg, p->fov[k] / k_deg);
        }
    }
    p->beams = k_bar;
    p->middle = 0;
    if (p->kind == PATTERN_NONREPETITIVE) {
        p->middle = def->elevations.n ? def->elevations.v[0] : 0;
    } else if (p->kind == PATTERN_ROSETTE) {
        p->beams = def->elevations.n ? def->elevations.n : 1;
        memcpy(p->elevation, def->elevations.v, sizeof p->elevation);
    } else {
        p->beams = def->azimuth_offsets.n ? def->azimuth_offsets.n : 1;
        memcpy(p->offset, def->azimuth_offsets.v, sizeof p->offset);
    }
    for (int i = 0; i < p->beams; i++) {
        p->ring[i] = i;
        p->elevation[i] = p->kind == PATTERN_ROSETTE && def->elevations.n ? p->elevation[i] : 0;
        p->offset[i] = p->kind == PATTERN_RASTER && def->azimuth_offsets.n ? p->offset[i] : 0;
    }
    p->group_s = p->turn_s * p->beams / def->rays;
    return true;
}

bool dd_pattern_make(const DdSensorDef* def, const char* what, double turn_s, DdPattern* p,
                     DdError* err)
{
    int nlayout;
    const DdCloudLayout* layouts = dd_cloud_layouts(&nlayout);
    bool organised = def->layout < nlayout && layouts[def->layout].organised;
    *p = (DdPattern){.kind = def->pattern, .turn_s = turn_s};
    if (organised && p->kind != PATTERN_SPINNING) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: layout '%s' is organised, a row per beam and a column per firing; only "
                       "a spinning pattern has those",
                       what, layouts[def->layout].name);
    }
    bool ok = p->kind == PATTERN_SPINNING ? make_spinning(def, what, p, organised, err)
                                          : make_still(def, what, p, err);
    if (!ok) {
        return false;
    }
    double sweep = (ceil(turn_s / p->group_s - 1e-9)) * p->beams;
    if (!(sweep >= 1) || sweep > k_most_rays || sweep / turn_s > k_most_rate) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: at most %.0f rays per sweep and %.0f per second, got %.0f and %.0f",
                       what, k_most_rays, k_most_rate, sweep, sweep / turn_s);
    }
    return true;
}

int dd_pattern_most(const DdPattern* p, double window_s)
{
    return ((int)ceil(window_s / p->group_s) + 2) * p->beams;
}

double dd_pattern_clock(const DdPattern* p, int64_t step, double dt, int64_t at)
{
    return (double)(p->running ? at : at - step) * dt;
}

int64_t dd_pattern_first(const DdPattern* p, double clock)
{
    double last = p->slot_s * (p->beams - 1);
    int64_t g = (int64_t)floor((clock - last) / p->group_s) - 1;
    g = g < 0 ? 0 : g;
    while ((double)g * p->group_s + last < clock) {
        g++;
    }
    return g;
}

int64_t dd_pattern_end(const DdPattern* p, double clock)
{
    int64_t g = (int64_t)floor(clock / p->group_s) + 2;
    while (g > 0 && (double)(g - 1) * p->group_s >= clock) {
        g--;
    }
    int64_t most = (int64_t)ceil(p->turn_s / p->group_s - 1e-9);
    return p->running || g < most ? g : most;
}

static void turned(double dir[3], double azimuth, double elevation)
{
    double c = cos(elevation);
    dir[0] = c * cos(azimuth);
    dir[1] = c * sin(azimuth);
    dir[2] = sin(elevation);
}

// The fraction of a turn, exact for long runs.
static double phase_of(double hz, double t)
{
    double turns = hz * t;
    return 2 * DD_PI * (turns - floor(turns));
}

void dd_pattern_rays(const DdPattern* p, int64_t step, double dt, int64_t group, DdPatternRay* out)
{
    double since = (double)group * p->group_s;
    double start = (double)step * dt;
    double t = p->running ? since : start + since; // absolute
    double rel = p->running ? since - start : since;
    double turn = 0, rise = 0, c = 0, s = 0;
    switch (p->kind) {
    case PATTERN_SPINNING:
        turn = p->running ? -phase_of(1 / p->turn_s, t) : -2 * DD_PI * (since / p->turn_s);
        c = cos(turn);
        s = sin(turn);
        break;
    case PATTERN_NONREPETITIVE:
        turn = -phase_of(k_bar_hz, t);
        rise = p->middle + (0.5 * p->fov[1] - k_bar_edge * k_deg) * sin(phase_of(k_bar_rise_hz, t));
        c = cos(turn);
        s = sin(turn);
        break;
    case PATTERN_ROSETTE:
        for (int k = 0; k < 2; k++) {
            double phase = phase_of(k_prism_hz[k], t);
            c += 0.25 * p->fov[0] * cos(phase);
            s += 0.25 * p->fov[0] * sin(phase);
        }
        break;
    default:
        turn = 0.5 * p->fov[0] / p->beams * sin(phase_of(k_mirror_hz, t));
        rise = p->fov[1] * (since / p->turn_s - 0.5);
    }
    for (int i = 0; i < p->beams; i++) {
        DdPatternRay* ray = &out[i];
        ray->group = (int)(p->running ? 0 : group);
        ray->ring = p->ring[i];
        ray->clock = since + p->slot_s * i;
        ray->time_s = rel + p->slot_s * i;
        double bar = k_bar_space * (i - 1.5) * k_deg;
        switch (p->kind) {
        case PATTERN_SPINNING: {
            double x = c * p->round[i][0] - s * p->round[i][1];
            double y = s * p->round[i][0] + c * p->round[i][1];
            ray->dir[0] = p->up[i][0] * x;
            ray->dir[1] = p->up[i][0] * y;
            ray->dir[2] = p->up[i][1];
            break;
        }
        case PATTERN_NONREPETITIVE:
            turned(ray->dir, turn + bar * c / cos(rise), rise + bar * s);
            break;
        case PATTERN_ROSETTE:
            turned(ray->dir, c, s + p->elevation[i]);
            break;
        default:
            turned(ray->dir, p->offset[i] + turn, rise);
        }
    }
}
