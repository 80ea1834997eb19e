// Climate: the weather of a world, and what of it acts on the physics: wind and wet floors.
#include <string.h>

#include "sim/world/world_parts.h"

static const char* const k_floors[] = {"ground", "ramp", "region"};

static bool is_floor(const DdThing* t)
{
    for (size_t i = 0; t->kind && i < sizeof k_floors / sizeof *k_floors; i++) {
        if (strcmp(t->kind->name, k_floors[i]) == 0) {
            return true;
        }
    }
    return false;
}

// after names and owners are known and before the model is hashed
void dd_world_start_weather(DdWorld* w)
{
    w->density = w->m->opt.density;
    w->viscosity = w->m->opt.viscosity;
    for (int g = 0; g < w->m->ngeom; g++) {
        int thing = dd_world_thing_of_geom(w, g);
        w->dry_friction[g] =
            thing >= 0 && is_floor(&w->things[thing]) ? w->m->geom_friction[3 * g] : -1;
    }
    // a model that was loaded elsewhere may have a wind of its own
    memcpy(w->weather.wind, w->m->opt.wind, sizeof w->weather.wind);
    for (int i = 0; i < w->nthing; i++) {
        if (w->things[i].kind && strcmp(w->things[i].kind->name, "weather") == 0) {
            memcpy(&w->weather, w->things[i].def, sizeof w->weather);
        }
    }
    dd_world_act_weather(w);
}

void dd_world_act_weather(DdWorld* w)
{
    const DdWeather* now = &w->weather;
    bool blows = dd_norm3(now->wind) > 0;
    double factor = dd_weather_friction(now);

    // air as a medium costs time in every step, so that there is some only while it moves
    w->m->opt.density = blows && w->density == 0 ? 1.204 : w->density;
    w->m->opt.viscosity = blows && w->viscosity == 0 ? 1.8e-5 : w->viscosity;
    memcpy(w->m->opt.wind, now->wind, sizeof w->m->opt.wind);
    for (int g = 0; g < w->m->ngeom; g++) {
        if (w->dry_friction[g] >= 0) {
            w->m->geom_friction[3 * g] = factor * w->dry_friction[g];
        }
    }
}

const DdWeather* dd_world_weather(const DdWorld* w)
{
    return &w->weather;
}
