// Materials for light of 900 nm: by the class of a thing, and within it by its colour.
#include <string.h>

#include "sim/sense/lidar.h"

// Diffuse reflectivity of the darkest and of the lightest colour; docs/sensors.md has the sources.
static const struct {
    const char* label;
    float dark, light, retro;
} k_classes[] = {
    {"ground", 0.10f, 0.40f, 0},  {"road", 0.10f, 0.30f, 0},       {"ramp", 0.10f, 0.40f, 0},
    {"wall", 0.25f, 0.60f, 0},    {"building", 0.25f, 0.60f, 0},   {"rack", 0.15f, 0.50f, 0},
    {"shelf", 0.20f, 0.60f, 0},   {"pallet", 0.40f, 0.60f, 0},     {"box", 0.30f, 0.60f, 0},
    {"tote", 0.15f, 0.60f, 0},    {"container", 0.10f, 0.60f, 0},  {"truck", 0.05f, 0.60f, 0},
    {"trailer", 0.10f, 0.50f, 0}, {"crane", 0.15f, 0.60f, 0},      {"vessel", 0.10f, 0.50f, 0},
    {"person", 0.30f, 0.60f, 0},  {"sign", 0.40f, 0.80f, 50},      {"cone", 0.30f, 0.60f, 20},
    {"fence", 0.30f, 0.50f, 0},   {"vegetation", 0.45f, 0.60f, 0}, {"water", 0.01f, 0.02f, 0},
};
// of everything else: a coat of paint in that colour
static const float k_dark = 0.05f, k_light = 0.80f;

static DdMaterial material_of(const char* label, float grey)
{
    for (size_t i = 0; i < sizeof k_classes / sizeof *k_classes; i++) {
        if (strcmp(k_classes[i].label, label) == 0) {
            float span = k_classes[i].light - k_classes[i].dark;
            return (DdMaterial){k_classes[i].dark + span * grey, k_classes[i].retro};
        }
    }
    return (DdMaterial){k_dark + (k_light - k_dark) * grey, 0};
}

DdMaterial* dd_materials(DdWorld* w)
{
    const mjModel* m = dd_world_model(w);
    DdMaterial* list = calloc((size_t)m->ngeom + 1, sizeof *list);
    DD_ASSERT(list);
    for (int g = 0; g < m->ngeom; g++) {
        int thing = dd_world_thing_of_geom(w, g);
        int mat = m->geom_matid[g];
        const float* c = mat >= 0 ? m->mat_rgba + 4 * mat : m->geom_rgba + 4 * g;
        float grey = 0.299f * c[0] + 0.587f * c[1] + 0.114f * c[2];
        const char* label = thing >= 0 ? dd_world_thing_label(w, thing) : "";
        list[g] = material_of(label ? label : "", grey < 0 ? 0 : grey > 1 ? 1 : grey);
    }
    return list;
}
