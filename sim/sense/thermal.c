// Thermal: pictures of heat from 8 to 14 um. Every class of things has an emissivity and a way to
// its temperature; what a pixel gets is emitted, reflected and airborne radiance, read back as a
// temperature in steps of 10 mK. Model, table and sources: docs/sensors.md.
#include <string.h>

#include "sim/sense/camera.h"
#include "sim/sense/thermal.h"

enum { k_lowest_k = 150, k_highest_k = 660 }; // K, of the table; 16 bits end at 655.35 K
enum { k_entries = k_highest_k - k_lowest_k + 1, k_classes = 256, k_channels = 2 };
static const double k_zero_c = 273.15;
static const double k_clear_air = 2e-4;   // 1/m
static const double k_sky_path = 2000;    // m of weather before the sky
static const double k_lux_per_watt = 110; // of daylight
static const double k_rating_k = 300;     // where NETD is stated

typedef struct Thermal {
    DdRef ref;
    DdPose mount;
    DdView* view;
    DdLabels* labels;
    DdStream stream;
    DdDraw* draw;
    size_t npixel;
    double netd;
    float* depth;
    int* geom;
    float* column; // (width) K, fixed
    double radiance[k_entries];
} Thermal;

double dd_thermal_radiance(double kelvin)
{
    // Planck's law, Simpson's rule over the band; W / (m^2 sr)
    const double h = 6.62607015e-34, light = 299792458, boltzmann = 1.380649e-23;
    const double from = 8e-6, to = 14e-6;
    enum { k_parts = 60 };
    double sum = 0, step = (to - from) / k_parts;
    for (int i = 0; i <= k_parts; i++) {
        double l = from + i * step, weight = i == 0 || i == k_parts ? 1 : i % 2 ? 4 : 2;
        double l5 = l * l * l * l * l;
        sum +=
            weight * 2 * h * light * light / l5 / (exp(h * light / (l * boltzmann * kelvin)) - 1);
    }
    return sum * step / 3;
}

static double radiance_of(const double* table, double kelvin)
{
    double at = dd_clamp(kelvin, k_lowest_k, k_highest_k - 1e-6) - k_lowest_k;
    int i = (int)at;
    return table[i] + (at - i) * (table[i + 1] - table[i]);
}

// The entry below a radiance, looked for from that of the pixel before.
static double kelvin_of(const double* table, double radiance, int* near)
{
    int i = *near;
    while (i > 0 && table[i] > radiance) {
        i--;
    }
    while (i < k_entries - 2 && table[i + 1] <= radiance) {
        i++;
    }
    *near = i;
    double part = (radiance - table[i]) / (table[i + 1] - table[i]);
    return k_lowest_k + i + dd_clamp(part, 0, 1);
}

static void fill_table(double table[k_entries])
{
    for (int i = 0; i < k_entries; i++) {
        table[i] = dd_thermal_radiance(k_lowest_k + i);
    }
}

double dd_thermal_apparent(double emissivity, double object_k, double reflected_k, double air_k,
                           double transmission)
{
    double table[k_entries];
    fill_table(table);
    double own = emissivity * radiance_of(table, object_k) +
                 (1 - emissivity) * radiance_of(table, reflected_k);
    int entry = 0;
    return kelvin_of(table, transmission * own + (1 - transmission) * radiance_of(table, air_k),
                     &entry);
}

// temperatures

typedef struct Matter {
    const char* label;
    double emissivity;
    double absorbed; // share of sunlight
    double faces;    // share of the sunlight on level ground that its surface gets on the mean
    double own;      // K above the air by its own doing: motors, bodies
    double sink;     // W/(m^2 K) that go elsewhere than into the air: to the sky, into the ground
} Matter;

// Emissivities and absorptances of the usual handbooks, rounded; own heat by experience.
static const Matter k_matter[] = {
    {"background", 0.93, 0.6, 0.5, 0, 6}, {"ground", 0.94, 0.75, 1.0, 0, 16},
    {"road", 0.95, 0.88, 1.0, 0, 16},     {"wall", 0.92, 0.6, 0.4, 0, 6},
    {"building", 0.92, 0.6, 0.4, 0, 6},   {"container", 0.92, 0.65, 0.5, 0, 6},
    {"pallet", 0.90, 0.6, 0.5, 0, 6},     {"box", 0.90, 0.5, 0.5, 0, 6},
    {"tote", 0.93, 0.6, 0.5, 0, 6},       {"truck", 0.92, 0.6, 0.5, 12, 6},
    {"trailer", 0.90, 0.6, 0.5, 2, 6},    {"crane", 0.92, 0.6, 0.4, 4, 6},
    {"vehicle", 0.92, 0.6, 0.5, 10, 6},   {"agv", 0.93, 0.5, 0.5, 8, 6},
    {"amr", 0.93, 0.5, 0.5, 8, 6},        {"arm", 0.93, 0.5, 0.4, 10, 6},
    {"gripper", 0.60, 0.5, 0.4, 5, 6},    {"robot", 0.93, 0.5, 0.5, 8, 6},
    {"light", 0.90, 0.3, 0.3, 15, 6},     {"fence", 0.30, 0.4, 0.4, 0, 6},
    {"water", 0.96, 0.9, 1.0, 0, 100},    {"vegetation", 0.97, 0.75, 0.3, 0, 16},
    {"rack", 0.90, 0.5, 0.4, 0, 6},       {"conveyor", 0.85, 0.5, 0.4, 4, 6},
};
static const Matter k_other = {"", 0.92, 0.6, 0.5, 0, 6};

double dd_thermal_kelvin(const char* label, const DdWeather* w, const DdSun* sun,
                         double* emissivity)
{
    double air = w->temperature + k_zero_c;
    if (strcmp(label, "person") == 0) {
        // a quarter skin at 306 K, the rest clothes between skin and air: 299 K in air of 293 K
        *emissivity = 0.95;
        return 0.25 * 306 + 0.75 * (306 + air) / 2;
    }
    const Matter* m = &k_other;
    for (size_t i = 0; i < sizeof k_matter / sizeof *k_matter; i++) {
        m = strcmp(label, k_matter[i].label) == 0 ? &k_matter[i] : m;
    }
    double wind = dd_norm3(w->wind), exchange = 5.7 + 3.8 * wind + m->sink; // W/(m^2 K), McAdams
    double sunlight = m->absorbed * m->faces * sun->illuminance / k_lux_per_watt;
    *emissivity = m->emissivity;
    return air + m->own + sunlight / exchange;
}

double dd_thermal_sky_kelvin(const DdWeather* w)
{
    return w->temperature + k_zero_c - 20 * (1 - w->cloud);
}

// the picture

static bool thermal_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    Thermal* t = u->own;
    DdLens lens;
    if (!dd_camera_frame(s, u, &t->ref, channel, err) || !dd_lens_open(def, u->what, &lens, err)) {
        return false;
    }
    t->view = dd_view_create(&lens, u->what, err);
    t->labels = t->view ? dd_labels_get(s, err) : NULL;
    if (!t->labels) {
        return t->view ? dd_fail_while(err, "%s", u->what) : false;
    }
    t->mount = dd_mount_of(def);
    t->npixel = (size_t)lens.width * (size_t)lens.height;
    t->netd = def->netd;
    t->stream = dd_stream(s->seed, s->scope, channel->name);
    u->nchannel = k_channels;
    u->more = calloc(k_channels - 1, sizeof *u->more);
    DD_ASSERT(u->more);
    DdChannelDef* info = &u->more[0];
    *info = *channel;
    info->type = DD_TYPE_CAMERA;
    snprintf(info->name, sizeof info->name, "%.80s.info", channel->group);
    snprintf(info->encoding, sizeof info->encoding, "%s", dd_lens_name(&lens));
    snprintf(channel->name, sizeof channel->name, "%.80s.image", channel->group);
    dd_camera_image(channel, lens.width, lens.height, "mono16",
                    def->codec == DD_CODEC_RAW ? DD_CODEC_RAW : DD_CODEC_PNG, 100);
    return true;
}

static void thermal_close(DdUnit* u)
{
    Thermal* t = u->own;
    dd_view_destroy(t->view);
    free(t->draw);
    free(t->depth);
    free(t->geom);
    free(t->column);
}

static void thermal_begin(DdSense* s, DdUnit* u)
{
    Thermal* t = u->own;
    DdError err = {0};
    u->stream = t->stream;
    if (!dd_sense_render(s, &err)) {
        dd_fail_while(&err, "%s", u->what);
        dd_sense_fail(s, &err);
        return;
    }
    int width = dd_view_lens(t->view)->width;
    t->depth = malloc(t->npixel * sizeof *t->depth);
    t->geom = malloc(t->npixel * sizeof *t->geom);
    t->column = malloc((size_t)width * sizeof *t->column);
    t->draw = malloc(sizeof *t->draw);
    DD_ASSERT(t->depth && t->geom && t->column && t->draw);
    dd_draw_open(t->draw, &t->stream);
    fill_table(t->radiance);
    for (int x = 0; x < width; x++) {
        uint16_t word[DD_DRAW_WORDS];
        dd_draw(t->draw, 0, (uint32_t)x, DD_DRAW_FIXED, word);
        t->column[x] = (float)(0.5 * t->netd) * t->draw->normal[word[0] >> 4];
    }
}

// Radiance leaving every class, reflected sky included; background is the sky itself.
static void class_radiances(const DdSense* s, const Thermal* t, const DdWeather* w,
                            double out[k_classes])
{
    DdSun sun = dd_weather_sun(w, dd_step_s(s->step, s->physics_hz));
    double sky = radiance_of(t->radiance, dd_thermal_sky_kelvin(w));
    for (int k = 0; k < dd_labels_class_count(t->labels) && k < k_classes; k++) {
        double emissivity, kelvin;
        kelvin = dd_thermal_kelvin(dd_labels_class_name(t->labels, k), w, &sun, &emissivity);
        out[k] = emissivity * radiance_of(t->radiance, kelvin) + (1 - emissivity) * sky;
    }
}

static void measure(const DdSense* s, const Thermal* t, uint16_t* out)
{
    const DdWeather* w = dd_sense_weather(s);
    double by_class[k_classes] = {0};
    class_radiances(s, t, w, by_class);
    // fog takes as much here as of visible light; other weather too
    double weather = dd_weather_extinction(w, 555), extinction = k_clear_air + weather;
    double air = radiance_of(t->radiance, w->temperature + k_zero_c);
    double sky = radiance_of(t->radiance, dd_thermal_sky_kelvin(w));
    double through = exp(-weather * k_sky_path);
    sky = through * sky + (1 - through) * air;
    double rating = radiance_of(t->radiance, k_rating_k + 1) - radiance_of(t->radiance, k_rating_k);
    const float* slant = dd_view_slant(t->view);
    size_t width = (size_t)dd_view_lens(t->view)->width;
    uint16_t words[4 * DD_DRAW_WORDS];
    int entry = 0;
    for (size_t i = 0; i < t->npixel; i++) {
        size_t k = i % (4 * DD_DRAW_WORDS);
        if (k == 0) {
            dd_draw_many(t->draw, s->step, (uint32_t)(i / DD_DRAW_WORDS), DD_DRAW_THERMAL, 4,
                         words);
        }
        double radiance = slant[i] > 0 ? sky : air; // the camera's own rim
        if (t->geom[i] >= 0) {
            double tau = exp(-extinction * (double)t->depth[i] * (double)slant[i]);
            int label = dd_labels_class_of_geom(t->labels, t->geom[i]);
            radiance = air + tau * (by_class[label < k_classes ? label : 0] - air);
        }
        // noise is of the radiance: colder things show more of it in kelvins
        radiance += rating * (t->netd * t->draw->normal[words[k] >> 4] + t->column[i % width]);
        double kelvin = kelvin_of(t->radiance, radiance, &entry);
        out[i] = (uint16_t)(dd_clamp(kelvin * 100, 0, 65535) + 0.5);
    }
}

static void thermal_emit(DdSense* s, DdUnit* u)
{
    Thermal* t = u->own;
    DdError err = {0};
    if (!t->draw || dd_unit_drops(s, u)) {
        return;
    }
    DdPose optical = dd_optical_of(dd_mount_pose(s, &t->ref, &t->mount));
    DdRenderLook look = dd_render_look();
    DdShot shot = {.depth = t->depth, .geom = t->geom};
    if (!dd_view_shot(t->view, s, &optical, &look, &shot, &err)) {
        dd_fail_while(&err, "%s", u->what);
        dd_sense_fail(s, &err);
        return;
    }
    DdBlob* blob = dd_blob_take(dd_channels_pool(s->channels), t->npixel * sizeof(uint16_t));
    measure(s, t, (uint16_t*)(void*)blob->bytes);
    double* values = dd_channels_push_blob(s->channels, u->channels[0], s->step, blob);
    values[0] = 0;
    values[1] = 1;
    dd_lens_info(dd_view_lens(t->view), dd_channels_push(s->channels, u->channels[1], s->step));
}

const DdUnitKind dd_sense_thermal = {
    .info = {.name = "thermal",
             .type = DD_TYPE_IMAGE,
             .unit = "",
             .doc = "pictures of heat (8 to 14 um): apparent temperatures in steps of 10 mK",
             .reads = "robot frame width height hfov focal centre lens distortion codec netd"},
    .size = sizeof(Thermal),
    .picture = true,
    .open = thermal_open,
    .close = thermal_close,
    .begin = thermal_begin,
    .emit = thermal_emit,
};
