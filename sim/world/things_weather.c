// Weather and floodlights: what a world is seen by.
#include <string.h>

#include "sim/world/skins.h"
#include "sim/world/things.h"
#include "sim/world/weather.h"

static const char* const k_center_frames[] = {"center", NULL};

// weather

static void weather_init(void* def)
{
    DdWeather w = dd_weather_def();

    memcpy(def, &w, sizeof w);
}

static void weather_bounds(const void* def, DdPose* pose, double half[3])
{
    (void)def;
    *pose = dd_pose_identity();
    memset(half, 0, 3 * sizeof *half);
}

static bool weather_check(const void* def, const char* what, DdError* err)
{
    return dd_weather_check(def, what, err);
}

// Nothing to see or touch; the world reads the def when it starts.
static bool weather_build(DdCompose* c, const void* def, DdError* err)
{
    const DdWeather* w = def;
    DdBuild b = dd_build_body(c, w->name, dd_pose_identity(), false, dd_surface(1));

    (void)err;
    dd_build_frame(&b, "center", 0, 0, 0, NULL);
    return true;
}

const DdThingKind dd_thing_weather = {
    .name = "weather",
    .doc = "The weather and light at the start: sun, night, fog, rain, wind, wet floors; at most "
           "one in a world. sim:set_weather changes it later.",
    .fields = dd_weather_fields,
    .size = sizeof(DdWeather),
    .init = weather_init,
    .bounds = weather_bounds,
    .build = weather_build,
    .frames = k_center_frames,
    .flat = true,
    .stuff = true,
    .single = true,
    .check = weather_check,
};

// floodlight

typedef struct DdFloodlight {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double height;
    double target[3];
    double lumens;
    double cutoff;
    double rgba[4];
} DdFloodlight;

static const DdField k_floodlight_fields[] = {
    DD_NAME_ROW(DdFloodlight),
    DD_POSE_ROWS(DdFloodlight, "of the foot of its mast"),
    DD_FIELD_ROW(DdFloodlight, height, DD_FIELD_NUMBER, DD_POSITIVE, "m", "of the lamp"),
    DD_FIELD_ROW(DdFloodlight, target, DD_FIELD_VEC3, 0, "m",
                 "the point of the world that it shines on"),
    DD_FIELD_ROW(DdFloodlight, lumens, DD_FIELD_NUMBER, DD_POSITIVE, "lm",
                 "light of the lamp at full power"),
    DD_FIELD_ROW(DdFloodlight, cutoff, DD_FIELD_NUMBER, DD_POSITIVE, "rad",
                 "half the angle of its cone, at most 90 degrees"),
    DD_RGBA_ROW(DdFloodlight),
    DD_FIELD_ROWS_END,
};

static void floodlight_init(void* def)
{
    DdFloodlight* f = def;

    *f = (DdFloodlight){.height = 12, .lumens = 50000, .cutoff = DD_PI / 3};
    DD_SET_RGBA(f, 0.55, 0.58, 0.62);
    dd_thing_pose_init(&f->at);
}

// the head of a taller mast holds larger lamps
static double head_scale(const DdFloodlight* f)
{
    return dd_clamp(f->height / 12, 1, 2.5);
}

static void floodlight_bounds(const void* def, DdPose* pose, double half[3])
{
    const DdFloodlight* f = def;
    double w = 0.25 * head_scale(f), h = f->height / 2 + 0.15;

    dd_own_bounds(&f->at, (const double[3]){0, 0, h}, (const double[3]){w, w, h}, pose, half);
}

// from the lamp to the target in the mast's own axes; its length
static double floodlight_aim(const DdFloodlight* f, double dir[3])
{
    DdPose own = dd_thing_pose(&f->at), back = dd_pose_inv(own);
    double target[3];

    dd_pose_apply(&back, f->target, target);
    for (int i = 0; i < 3; i++) {
        dir[i] = target[i] - (i == 2 ? f->height : 0);
    }
    double length = dd_norm3(dir);
    for (int i = 0; i < 3; i++) {
        dir[i] /= length > 0 ? length : 1;
    }
    return length;
}

static bool floodlight_check(const void* def, const char* what, DdError* err)
{
    const DdFloodlight* f = def;
    double dir[3];

    if (f->cutoff > DD_PI / 2) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: cutoff must be at most %g rad, got %g rad", what,
                       DD_PI / 2, f->cutoff);
    }
    if (f->at.on[0] == '\0' && floodlight_aim(f, dir) < 0.01) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: target is where its lamp is", what);
    }
    return true;
}

static unsigned floodlight_skins(const void* def)
{
    (void)def;
    return 1u << DD_SKIN_LAMP;
}

static bool floodlight_build(DdCompose* c, const void* def, DdError* err)
{
    static const double k_glass[4] = {0.98, 0.97, 0.90, 1};
    const DdFloodlight* f = def;
    DdBuild b = dd_build_body(c, f->name, dd_thing_pose(&f->at), false, dd_surface(0.6));
    const double mast[3] = {0.09, f->height / 2, 0};
    const double middle[3] = {0, 0, f->height / 2};
    double dir[3], x[3] = {0, 0, 1}, quat[4], k = head_scale(f);
    char name[2 * DD_NAME_MAX];

    (void)err;
    dd_build_geom(&b, "mast", mjGEOM_CYLINDER, DD_LOOK_PLAIN, mast, middle, f->rgba, 0);
    floodlight_aim(f, dir);
    // a lamp whose face looks at the target
    mju_quatZ2Vec(quat, dir);
    mjsGeom* head = dd_build_box(&b, "head", DD_LOOK_VISUAL, 0, 0, f->height, 0.24 * k, 0.18 * k,
                                 0.05, f->rgba, 0);
    memcpy(head->quat, quat, sizeof quat);
    dd_quat_rotate(x, quat, (const double[3]){0, 0, 0.055});
    mjsGeom* glass = dd_build_box(&b, "glass", DD_LOOK_VISUAL, x[0], x[1], f->height + x[2],
                                  0.21 * k, 0.15 * k, 0.004, k_glass, 0);
    dd_build_skin(glass, DD_SKIN_LAMP);
    memcpy(glass->quat, quat, sizeof quat);
    mjsLight* light = mjs_addLight(b.body, NULL);
    snprintf(name, sizeof name, "%s/lamp", f->name);
    mjs_setName(light->element, name);
    light->type = mjLIGHT_SPOT;
    light->castshadow = 0;
    light->pos[2] = f->height;
    for (int i = 0; i < 3; i++) {
        light->pos[i] += 0.08 * dir[i];
        light->dir[i] = dir[i];
        // fixed-function light knows no candela: full power of a yard's lamp is 1
        light->diffuse[i] = (float)dd_clamp(f->lumens / 50000, 0.05, 2);
        light->ambient[i] = 0;
        light->specular[i] = 0.1f;
    }
    light->cutoff = (float)(f->cutoff * 180 / DD_PI);
    light->exponent = 1;
    light->intensity = (float)(f->lumens / (2 * DD_PI * (1 - cos(f->cutoff))));
    light->range = 200;
    dd_build_frame(&b, "center", 0, 0, f->height / 2, NULL);
    dd_build_frame(&b, "lamp", 0, 0, f->height, NULL);
    return true;
}

static const char* const k_lamp_frames[] = {"center", "lamp", NULL};

const DdThingKind dd_thing_floodlight = {
    .name = "floodlight",
    .doc = "A mast with a lamp that shines on a point; on at night, or as the weather's "
           "`floodlights` says.",
    .fields = k_floodlight_fields,
    .size = sizeof(DdFloodlight),
    .init = floodlight_init,
    .bounds = floodlight_bounds,
    .build = floodlight_build,
    .skins = floodlight_skins,
    .frames = k_lamp_frames,
    .posed = true,
    .check = floodlight_check,
    .label = "light",
};
