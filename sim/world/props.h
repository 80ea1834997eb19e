// Props: models of what stands around: each draws itself into a body.
#pragma once

#include "sim/world/skins.h"

typedef struct DdPropModel {
    const char* name;
    const char* label; // class in pictures
    double size[3];    // m; usual length, width, height
    double rgba[4];    // usual colour
    bool stuff;        // seen, but no object that pictures count and box
    unsigned skins;
    // the body's origin is the middle of the underside; `key` names shapes of this model and size
    void (*draw)(const DdBuild* b, const char* key, const double size[3], const double rgba[4]);
} DdPropModel;

enum { DD_PROP_COUNT = 16 };
extern const DdPropModel dd_prop_models[DD_PROP_COUNT];
const DdPropModel* dd_prop_model(const void* def); // of a prop
extern const char* const dd_prop_names[DD_PROP_COUNT + 1];

// Vehicles and persons, which actors look like too.
void dd_draw_truck(const DdBuild* b, const char* key, const double size[3], const double rgba[4]);
void dd_draw_person(const DdBuild* b, const char* key, const double size[3], const double rgba[4]);
void dd_draw_crane(const DdBuild* b, const char* key, const double size[3], const double rgba[4]);
unsigned dd_draw_skins(void); // of all three

// A shape of this key and part, or NULL when the world has it; its name goes to `name`.
DdShape* dd_prop_shape(const DdBuild* b, char name[DD_NAME_MAX], const char* key, const char* part);
