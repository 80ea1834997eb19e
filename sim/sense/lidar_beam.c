// A beam of light: power that comes back, whether it is seen, how exactly, and what air adds to it.
// Laws, numbers and their sources: docs/sensors.md.
#include "sim/sense/lidar.h"

#include <string.h>

enum { RETURN_STRONGEST, RETURN_LAST, RETURN_FIRST, RETURN_DUAL };

static const double k_wavelength_nm = 905;
static const double k_spread_db = 1.3; // of the threshold, one standard deviation
static const double k_retro_cos = 0.866;
// fog: backscatter per extinction (1/sr), width of the pulse, where the receiver begins to see
static const double k_fog_backscatter = 0.046 / 2.995732273553991;
static const double k_pulse_s = 20e-9, k_light = 299792458, k_overlap[2] = {0.9, 1.0};
// drops: reflectivity of water and ice at right angles, the smallest that count
static const double k_water = 0.0198, k_ice = 0.0173, k_drop_min_mm = 0.05;
static const double k_drop_spread = 1.5e-3, k_drop_reach = 60;
static const double k_window_dirt = 0.7;
// blocks of random numbers of one ray, apart from those of dd_stream_*_at
enum { k_domain_ray = 16 };

typedef struct Draw {
    double uniform[2];
    uint32_t rest[2];
} Draw;

static Draw draw_of(const DdStream* stream, int64_t step, uint32_t lane, uint32_t part)
{
    const uint32_t counter[4] = {(uint32_t)step, (uint32_t)(step >> 32), lane, k_domain_ray + part};
    const uint32_t key[2] = {(uint32_t)stream->key, (uint32_t)(stream->key >> 32)};
    uint32_t w[4];
    dd_philox4x32(counter, key, w);
    return (Draw){.uniform = {w[0] * 0x1p-32, w[1] * 0x1p-32}, .rest = {w[2], w[3]}};
}

static double normal_of(const Draw* d)
{
    return sqrt(-2 * log(((double)d->rest[0] + 1) * 0x1p-32)) *
           cos(2 * DD_PI * (d->rest[1] * 0x1p-32));
}

void dd_beam_law(const DdSensorDef* def, DdBeamLaw* law)
{
    *law = (DdBeamLaw){.range_min = def->range_min,
                       .range_max = def->range_max,
                       .sigma = def->sigma,
                       .sigma_weak = def->sigma_weak,
                       .resolution = def->resolution,
                       .false_alarms = def->false_alarms,
                       .pulse = def->pulse,
                       .spread = 0.5 * def->divergence,
                       .returns = def->returns};
    if (def->range_half > 0) {
        law->threshold = def->reflectivity / (def->range_half * def->range_half);
    }
}

double dd_beam_detection(double ratio)
{
    // five standard deviations off there is nothing to decide
    const double k_sure = 4.4668359215096315;
    if (ratio >= k_sure || ratio * k_sure <= 1) {
        return ratio > 1;
    }
    return 0.5 * erfc(-10 * log10(ratio) / k_spread_db * 0.70710678118654752);
}

double dd_beam_soft_power(double beta, double extinction, double range)
{
    // the pulse is sin^2 over twice its width; the response of what hangs in the air in front
    enum { k_parts = 200 };
    double sum = 0, end = 2 * k_pulse_s;
    for (int i = 0; i < k_parts; i++) {
        double t = end * (i + 0.5) / k_parts;
        double r = range - 0.5 * k_light * t;
        if (r <= k_overlap[0]) {
            break;
        }
        double overlap = r < k_overlap[1] ? (r - k_overlap[0]) / (k_overlap[1] - k_overlap[0]) : 1;
        double pulse = sin(DD_PI * t / end);
        sum += pulse * pulse * exp(-2 * extinction * r) * overlap / (r * r);
    }
    // as reflectivity over range squared: a white surface has 1/pi per steradian
    return DD_PI * beta * 0.5 * k_light * sum * end / k_parts;
}

static void find_soft(const DdBeamLaw* law, const DdWeather* w, DdBeamAir* air)
{
    DdWeather hazy = *w;
    hazy.rain = hazy.snow = 0;
    double beta = k_fog_backscatter * dd_weather_extinction(&hazy, k_wavelength_nm);
    air->soft_power = air->soft_range = 0;
    for (double r = k_overlap[0]; beta > 0 && r < 25; r += 0.1) {
        double power = air->window * dd_beam_soft_power(beta, air->extinction, r);
        if (power > air->soft_power && r >= law->range_min) {
            air->soft_power = power;
            air->soft_range = r;
        }
    }
}

// Drops or flakes along a free ray that alone would be seen, summed up over range. Their sizes are
// exponential; one as wide as the beam sends back its share of all the light.
static void find_drops(const DdBeamLaw* law, const DdWeather* w, DdBeamAir* air)
{
    bool flakes = w->snow > w->rain;
    double rate = flakes ? w->snow : w->rain;
    memset(air->drop_sum, 0, sizeof air->drop_sum);
    air->drops = 0;
    if (!(rate > 0)) {
        return;
    }
    double per_mm = flakes ? 7600 * pow(rate, -0.87) : 8000;
    double full = 2 * (law->spread > 0 ? law->spread : k_drop_spread);
    double reach = law->range_max < k_drop_reach ? law->range_max : k_drop_reach;
    air->drop_scale = flakes ? 2.55 * pow(rate, -0.48) : 4.1 * pow(rate, -0.21);
    air->drop_rho = flakes ? k_ice : k_water;
    air->drop_wide = 1000 * tan(full);
    air->drop_step = (reach - law->range_min) / DD_BEAM_BINS;
    for (int i = 0; i < DD_BEAM_BINS; i++) {
        double r = law->range_min + (i + 0.5) * air->drop_step;
        double most = air->window * air->drop_rho * exp(-2 * air->extinction * r) / (r * r);
        double seen = 0;
        if (most > law->threshold) {
            double least = sqrt(law->threshold / most) * air->drop_wide * r;
            least = least > k_drop_min_mm ? least : k_drop_min_mm;
            double radius = 0.5 * r * tan(full);
            seen = per_mm / air->drop_scale * exp(-air->drop_scale * least) * DD_PI * radius *
                   radius * air->drop_step;
        }
        air->drop_sum[i + 1] = air->drop_sum[i] + seen;
    }
    air->drops = air->drop_sum[DD_BEAM_BINS];
}

void dd_beam_air(const DdBeamLaw* law, const DdWeather* w, DdBeamAir* air)
{
    if (air->known && memcmp(&air->weather, w, sizeof *w) == 0) {
        return;
    }
    air->weather = *w;
    air->known = true;
    double window = 1 - k_window_dirt * w->dirt;
    air->extinction = dd_weather_extinction(w, k_wavelength_nm);
    air->window = window * window;
    air->wet = 1 - 0.5 * dd_weather_wetness(w);
    find_soft(law, w, air);
    find_drops(law, w, air);
}

typedef struct Echo {
    double range, power, intensity;
    bool hard;
} Echo;

enum { k_echoes = DD_BEAM_SUB + 3 };

// 100 is a white surface head-on; retro-reflectors up to 400 times that follow by their logarithm.
static double intensity_of(double reflectivity)
{
    double v = reflectivity <= 1 ? 100 * reflectivity
                                 : 100 + 155 * log10(reflectivity) / 2.6020599913279625;
    return v < 255 ? v : 255;
}

// Surfaces nearer to each other than the pulse is long come back as one, at a range between them.
static int hard_echoes(const DdBeamLaw* law, const DdBeamAir* air, const DdBeamHit* hit, int n,
                       Echo* echo)
{
    int order[DD_BEAM_SUB], count = 0, found = 0;
    for (int i = 0; i < n; i++) {
        if (hit[i].range < 0) {
            continue;
        }
        int k = count++;
        for (; k > 0 && hit[order[k - 1]].range > hit[i].range; k--) {
            order[k] = order[k - 1];
        }
        order[k] = i;
    }
    double before = 0;
    for (int k = 0; k < count; k++) {
        const DdBeamHit* h = &hit[order[k]];
        double rho = h->material.diffuse * air->wet * h->cosine;
        rho += h->cosine > k_retro_cos ? h->material.retro : 0;
        rho *= h->weight * air->window;
        if (air->extinction > 0) {
            rho *= exp(-2 * air->extinction * h->range);
        }
        double r = h->range > 1e-3 ? h->range : 1e-3;
        double power = rho / (r * r);
        if (found == 0 || (!law->mixes && h->range - before > law->pulse)) {
            echo[found++] = (Echo){.hard = true};
        }
        before = h->range;
        Echo* e = &echo[found - 1];
        e->range += power * h->range;
        e->power += power;
        e->intensity += rho;
    }
    for (int i = 0; i < found; i++) {
        // what sends nothing back is nowhere
        echo[i].range = echo[i].power > 0 ? echo[i].range / echo[i].power : INFINITY;
        echo[i].intensity = intensity_of(echo[i].intensity);
    }
    return found;
}

// The one drop that is seen, if there is one before `free_m`.
static bool drop_echo(const DdBeamLaw* law, const DdBeamAir* air, double free_m, const Draw* draw,
                      Echo* echo)
{
    double bins = (free_m - law->range_min) / air->drop_step;
    int last = bins < DD_BEAM_BINS ? (int)bins : DD_BEAM_BINS;
    if (last <= 0) {
        return false;
    }
    double sum = -log1p(-draw->uniform[0]);
    if (!(sum < air->drop_sum[last])) {
        return false;
    }
    int lo = 0, hi = last;
    while (hi - lo > 1) {
        int mid = (lo + hi) / 2;
        *(air->drop_sum[mid] <= sum ? &lo : &hi) = mid;
    }
    double in = air->drop_sum[hi] - air->drop_sum[lo];
    double r = law->range_min + air->drop_step * (lo + (sum - air->drop_sum[lo]) / in);
    double most = air->window * air->drop_rho * exp(-2 * air->extinction * r) / (r * r);
    double wide = air->drop_wide * r;
    double least = sqrt(law->threshold / most) * wide;
    least = least > k_drop_min_mm ? least : k_drop_min_mm;
    double size = (least - log1p(-draw->uniform[1]) / air->drop_scale) / wide;
    echo->range = r;
    echo->power = most * (size < 1 ? size * size : 1);
    echo->intensity = intensity_of(echo->power * r * r);
    echo->hard = false;
    return true;
}

static int pick(const DdBeamLaw* law, const Echo* echo, int n, DdReturn out[2])
{
    int strong = 0, first = 0, last = 0, second = -1;
    for (int i = 1; i < n; i++) {
        strong = echo[i].power > echo[strong].power ? i : strong;
        first = echo[i].range < echo[first].range ? i : first;
        last = echo[i].range > echo[last].range ? i : last;
    }
    int one = law->returns == RETURN_LAST ? last : law->returns == RETURN_FIRST ? first : strong;
    if (law->returns == RETURN_DUAL) {
        second = last;
        for (int i = 0; i < n && last == strong; i++) {
            if (i != strong && (second == strong || echo[i].power > echo[second].power)) {
                second = i;
            }
        }
        second = second == strong ? -1 : second;
    }
    const int picked[2] = {one, second};
    int count = second < 0 ? 1 : 2;
    for (int i = 0; i < count; i++) {
        const Echo* e = &echo[picked[i]];
        double r = e->range > 0 ? e->range : 0;
        if (law->resolution > 0) {
            r = law->resolution * floor(r / law->resolution + 0.5);
        }
        out[i] = (DdReturn){.range = r, .power = e->power, .intensity = e->intensity};
    }
    return count;
}

int dd_beam_returns(const DdBeamLaw* law, const DdBeamAir* air, const DdStream* stream,
                    int64_t step, uint32_t lane, const DdBeamHit* hit, int n, DdReturn out[2])
{
    Echo echo[k_echoes];
    bool near = false;
    int found = hard_echoes(law, air, hit, n, echo), kept = 0;
    double free_m = found ? echo[0].range : INFINITY;
    out[0] = (DdReturn){.range = INFINITY};
    for (int i = 0; i < found; i++) {
        Echo e = echo[i];
        near = near || e.range < law->range_min;
        if (e.range < law->range_min || e.range > law->range_max) {
            continue;
        }
        Draw draw = draw_of(stream, step, lane, (uint32_t)i);
        double sigma = law->sigma;
        if (law->threshold > 0) {
            double ratio = e.power / law->threshold;
            if (!(draw.uniform[0] < dd_beam_detection(ratio))) {
                continue;
            }
            sigma = sqrt(sigma * sigma + law->sigma_weak * law->sigma_weak / ratio);
        }
        e.range += sigma > 0 ? sigma * normal_of(&draw) : 0;
        echo[kept++] = e;
    }
    // what is not there: fog and drops for a sensor with a threshold, and noise
    bool thick = law->threshold > 0 && air->soft_power > 0 && air->soft_range < free_m;
    bool drops = law->threshold > 0 && air->drops > 0;
    if (thick) {
        Draw d = draw_of(stream, step, lane, DD_BEAM_SUB);
        if (d.uniform[0] < dd_beam_detection(air->soft_power / law->threshold)) {
            double r = air->soft_range * (1 + 0.1 * normal_of(&d));
            echo[kept++] = (Echo){.range = r > law->range_min ? r : law->range_min,
                                  .power = air->soft_power,
                                  .intensity = intensity_of(air->soft_power * r * r)};
        }
    }
    if (drops) {
        Draw d = draw_of(stream, step, lane, DD_BEAM_SUB + 1);
        kept += drop_echo(law, air, free_m, &d, &echo[kept]);
    }
    if (law->false_alarms > 0) {
        Draw d = draw_of(stream, step, lane, DD_BEAM_SUB + 2);
        double r = law->range_min + d.uniform[1] * (law->range_max - law->range_min);
        if (d.uniform[0] < law->false_alarms && r < free_m) {
            echo[kept++] =
                (Echo){.range = r, .power = law->threshold, .intensity = law->threshold * r * r};
        }
    }
    out[0].near = near;
    return kept ? pick(law, echo, kept, out) : 0;
}
