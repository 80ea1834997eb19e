// What the tests of pictures share: worlds, an eye, going on after errors.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/render/render.h"

static inline void need(bool fine, const DdError* err)
{
    if (!fine) {
        fail_msg("%s", err->text);
    }
}

// A file of tests/scenes, its positions computed.
static inline DdWorld* scene_world(const char* name)
{
    char path[DD_PATH_MAX], text[1024] = "";
    DdError err = {0};

    need(dd_world_init(&err), &err);
    snprintf(path, sizeof path, "tests/scenes/%s.xml", name);
    mjModel* m = mj_loadXML(path, NULL, text, sizeof text);
    if (!m) {
        fail_msg("%s: %s", path, text);
    }
    DdWorld* w = dd_world_wrap(m, &err);
    need(w != NULL, &err);
    need(dd_world_step1(w, &err), &err);
    return w;
}

// At `x`, `y`, `z`, looking along +x, turned by `yaw` and nodding by `pitch` (down is positive).
static inline DdEye scene_eye(int width, int height, double x, double y, double z, double yaw,
                              double pitch)
{
    static const double k_optical[4] = {0.5, -0.5, 0.5, -0.5};
    DdEye eye = {.fx = 0.8 * width,
                 .fy = 0.8 * width,
                 .cx = 0.5 * (width - 1),
                 .cy = 0.5 * (height - 1),
                 .width = width,
                 .height = height};
    double body[4];

    eye.pose.pos[0] = x;
    eye.pose.pos[1] = y;
    eye.pose.pos[2] = z;
    dd_quat_from_rpy(body, 0, pitch, yaw);
    dd_quat_mul(eye.pose.quat, body, k_optical);
    return eye;
}

static inline DdRender* scene_render(DdWorld* w)
{
    DdError err = {0};
    DdRender* r = dd_render_get(w, &err);

    need(r != NULL, &err);
    return r;
}

static inline void scene_shot(DdRender* r, DdWorld* w, const DdEye* eye, DdShot shot)
{
    DdRenderLook look = dd_render_look();
    DdWeather weather = dd_weather_def();
    DdError err = {0};

    need(dd_render_shot(r, w, eye, &look, &weather, 0, &shot, &err), &err);
}
