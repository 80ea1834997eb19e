// Prop: something to look at: a rack, a fence, a crane far away. Nothing touches it.
#include <string.h>

#include "sim/world/props.h"
#include "sim/world/things.h"

typedef struct DdProp {
    char name[DD_NAME_MAX];
    DdThingPose at;
    int model;
    double size[3];
    double rgba[4];
} DdProp;

static const DdField k_prop_fields[] = {
    DD_NAME_ROW(DdProp),
    DD_POSE_ROWS(DdProp, "of the middle of its underside"),
    DD_FIELD_ROW_ENUM(DdProp, model, 0, "what it is", dd_prop_names),
    DD_FIELD_ROW(DdProp, size, DD_FIELD_VEC3, DD_NONNEGATIVE, "m",
                 "along x, y, z; 0 0 0: the usual size of its model"),
    DD_FIELD_ROW(DdProp, rgba, DD_FIELD_RGBA, DD_UNIT_RANGE, "",
                 "colour of its main part; transparent: the usual one of its model"),
    DD_FIELD_ROWS_END,
};

static void prop_init(void* def)
{
    DdProp* p = def;

    *p = (DdProp){.model = 0};
    dd_thing_pose_init(&p->at);
}

static void prop_size(const DdProp* p, double size[3])
{
    for (int i = 0; i < 3; i++) {
        size[i] = p->size[i] > 0 ? p->size[i] : dd_prop_models[p->model].size[i];
    }
}

static void prop_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdProp* p = def;
    double size[3];

    prop_size(p, size);
    dd_own_bounds(&p->at, (const double[3]){0, 0, size[2] / 2},
                  (const double[3]){size[0] / 2, size[1] / 2, size[2] / 2}, pose, half);
}

static bool prop_check(const void* def, const char* what, DdError* err)
{
    double size[3];

    prop_size(def, size);
    for (int i = 0; i < 3; i++) {
        if (size[i] > 1000) {
            return dd_fail(err, DD_ERROR_SCRIPT, "%s: size[%d] must be at most 1000 m, got %g m",
                           what, i + 1, size[i]);
        }
    }
    return true;
}

static unsigned prop_skins(const void* def)
{
    return dd_prop_models[((const DdProp*)def)->model].skins;
}

static bool prop_build(DdCompose* c, const void* def, DdError* err)
{
    const DdProp* p = def;
    const DdPropModel* model = &dd_prop_models[p->model];
    DdBuild b = dd_build_body(c, p->name, dd_thing_pose(&p->at), false, dd_surface(1));
    char key[DD_NAME_MAX];
    double size[3];

    (void)err;
    prop_size(p, size);
    snprintf(key, sizeof key, "%s_%.5gx%.5gx%.5g", model->name, size[0], size[1], size[2]);
    model->draw(&b, key, size, p->rgba[3] > 0 ? p->rgba : model->rgba);
    dd_build_frame(&b, "center", 0, 0, size[2] / 2, NULL);
    return true;
}

const DdPropModel* dd_prop_model(const void* def)
{
    return &dd_prop_models[((const DdProp*)def)->model];
}

static const char* const k_prop_frames[] = {"center", NULL};

const DdThingKind dd_thing_prop = {
    .name = "prop",
    .doc = "Something to look at, which nothing touches and placement does not keep clear of: a "
           "rack with its goods, a fence, a dock door, a hall's wall, a building, a quay crane, a "
           "vessel, a cabinet, a lamp, a parked truck. Cameras and lidars see it.",
    .fields = k_prop_fields,
    .size = sizeof(DdProp),
    .init = prop_init,
    .bounds = prop_bounds,
    .build = prop_build,
    .skins = prop_skins,
    .frames = k_prop_frames,
    .posed = true,
    .flat = true,
    .check = prop_check,
};
