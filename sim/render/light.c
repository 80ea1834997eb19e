// Light: what the weather makes of the renderer's lights: sun, sky, what the ground throws back,
// floodlights.
#include <string.h>

#include "sim/render/internal.h"

DdLight dd_render_light(const DdWeather* weather, double t_s)
{
    DdLight light;

    light.sun = dd_weather_sun(weather, t_s);
    // the eye and every camera adapt: five decades of light become one of brightness
    light.level = 0.20 + 0.80 * dd_clamp(log10(1 + light.sun.illuminance) / 5, 0, 1);
    light.floodlight = dd_weather_floodlights(weather, t_s);
    light.wetness = dd_weather_wetness(weather);
    return light;
}

double dd_render_brightness(const DdWeather* weather, double t_s)
{
    return dd_render_light(weather, t_s).level;
}

static mjvLight* add(DdRender* r, int type)
{
    mjvLight* l = &r->scene.lights[r->scene.nlight++];

    memset(l, 0, sizeof *l);
    l->id = -1;
    l->texid = -1;
    l->type = type;
    l->attenuation[0] = 1;
    l->cutoff = 180;
    return l;
}

static void set_colour(float* out, double level, double red, double green, double blue)
{
    out[0] = (float)(level * red);
    out[1] = (float)(level * green);
    out[2] = (float)(level * blue);
}

static void set_towards(mjvLight* l, double x, double y, double z)
{
    double n = sqrt(x * x + y * y + z * z);

    l->dir[0] = (float)(-x / n);
    l->dir[1] = (float)(-y / n);
    l->dir[2] = (float)(-z / n);
}

// Spot lights of the model: the nearest to what the eye looks at, as there is room for few.
static void add_spots(DdRender* r, DdWorld* w, double level, const double eye[3],
                      const double forward[3])
{
    const mjModel* m = dd_world_model(w);
    const mjData* d = dd_world_data(w);
    double best[DD_RENDER_SPOTS];
    int id[DD_RENDER_SPOTS], n = 0, room = DD_RENDER_SPOTS;

    for (int i = 0; i < m->nlight; i++) {
        if (m->light_type[i] != mjLIGHT_SPOT || !m->light_active[i]) {
            continue;
        }
        double distance = 0;
        for (int k = 0; k < 3; k++) {
            double t = d->light_xpos[3 * i + k] - (eye[k] + 10 * forward[k]);
            distance += t * t;
        }
        if (n == room && distance >= best[n - 1]) {
            continue;
        }
        int at = n < room ? n++ : n - 1;
        while (at > 0 && best[at - 1] > distance) {
            best[at] = best[at - 1];
            id[at] = id[at - 1];
            at--;
        }
        best[at] = distance;
        id[at] = i;
    }
    for (int k = 0; k < n; k++) {
        int i = id[k];
        mjvLight* l = add(r, mjLIGHT_SPOT);
        l->id = i;
        l->exponent = m->light_exponent[i];
        l->cutoff = m->light_cutoff[i];
        for (int c = 0; c < 3; c++) {
            l->attenuation[c] = m->light_attenuation[3 * i + c];
            l->ambient[c] = (float)(level * m->light_ambient[3 * i + c]);
            l->diffuse[c] = (float)(level * m->light_diffuse[3 * i + c]);
            l->specular[c] = (float)(level * m->light_specular[3 * i + c]);
            l->pos[c] = (float)(d->light_xpos[3 * i + c] - eye[c]);
            l->dir[c] = (float)d->light_xdir[3 * i + c];
        }
    }
}

void dd_render_set_lights(DdRender* r, DdWorld* w, const DdLight* light, const double eye[3],
                          const double forward[3])
{
    const double* to_sun = light->sun.direction;
    double low = dd_clamp(1 - light->sun.elevation / 0.35, 0, 1); // reddish near the horizon
    double direct = light->sun.elevation > 0 ? light->sun.direct : 0;
    double level = light->level, diffuse = 1 - direct;

    r->scene.nlight = 0;
    mjvLight* sun = add(r, mjLIGHT_DIRECTIONAL);
    set_towards(sun, to_sun[0], to_sun[1], to_sun[2] > 0.05 ? to_sun[2] : 0.05);
    set_colour(sun->diffuse, 0.62 * level * direct, 1, 0.97 - 0.30 * low, 0.92 - 0.55 * low);
    set_colour(sun->specular, 0.40 * level * direct, 1, 0.97 - 0.30 * low, 0.92 - 0.55 * low);
    // shadows fall on a part of the world before the eye
    sun->castshadow = direct > 0.02;
    for (int i = 0; i < 3; i++) {
        double ahead = i < 2 ? 0.7 * k_dd_shadow_reach * forward[i] : 0;
        sun->pos[i] = (float)(ahead - 100 * sun->dir[i]);
    }
    // the sky from above and, flat, from everywhere
    mjvLight* sky = add(r, mjLIGHT_DIRECTIONAL);
    set_towards(sky, 0, 0, 1);
    set_colour(sky->diffuse, level * (0.10 + 0.35 * diffuse), 0.95, 0.98, 1);
    set_colour(sky->ambient, level * (0.40 + 0.14 * diffuse), 0.94, 0.97, 1);
    // what the ground and the other side throw back, so that shaded faces still differ
    mjvLight* back = add(r, mjLIGHT_DIRECTIONAL);
    set_towards(back, -to_sun[0], -to_sun[1], 0.3);
    set_colour(back->diffuse, 0.14 * level, 1, 0.98, 0.95);
    if (light->floodlight > 0) {
        add_spots(r, w, light->floodlight, eye, forward);
    }
}
