// A world for cameras: sites to look from, boxes on a plane, something that moves; and pictures of
// it as arrays.
#pragma once

#include <stdlib.h>
#include <jansson.h>

#include "sim/sense/camera.h"
#include "sim/world/stage.h"
#include "tests/unit/sense/rig.h"

// boxes and a plane are what a renderer draws exactly
static const char k_cam_xml[] =
    "<mujoco><option timestep='0.002' gravity='0 0 0'/><visual><headlight ambient='1 1 1' "
    "diffuse='0 "
    "0 0'/></visual>"
    "<worldbody><geom name='floor' type='plane' size='0 0 1' rgba='.5 .5 .5 1'/>"
    "<geom name='wall' type='box' pos='8 0 2' size='.5 3 2' rgba='.8 .3 .2 1'/>"
    "<geom name='crate' type='box' pos='4 1 .5' size='.5 .5 .5' euler='10 20 30' rgba='.2 .6 .3 "
    "1'/>"
    "<geom name='pole' type='box' pos='3 -1 1' size='.05 .05 1' rgba='.9 .9 .1 1'/>"
    "<site name='eye' pos='0 0 1'/>"
    "<body name='rover' pos='0 0 1'><freejoint/>"
    "<geom type='box' size='.05 .05 .05' pos='-.5 0 0' mass='1'/><site name='cam'/></body>"
    "<body name='ball' pos='5 -2 1'><freejoint/><geom name='ball' type='box' size='.4 .4 .4' "
    "mass='1' rgba='.3 .4 .9 1'/></body>"
    "</worldbody></mujoco>";

static inline DdSensorDef camera_def(const char* frame, int n, ...)
{
    DdSensorDef def = sensor_def("cam", "camera", "", frame);
    def.rate_hz = 10;
    def.width = 320;
    def.height = 240;
    def.codec = DD_CODEC_RAW;
    va_list list;
    va_start(list, n);
    def.outputs.n = n;
    for (int i = 0; i < n; i++) {
        snprintf(def.outputs.v[i], DD_NAME_MAX, "%s", va_arg(list, const char*));
    }
    va_end(list);
    return def;
}

static inline bool has_graphics(void)
{
    DdRenderInfo info;
    DdError err = {0};
    if (!dd_render_info(&info, &err)) {
        print_message("no pictures here: %s\n", err.text);
        return false;
    }
    return true;
}

static inline void no_failure(const Rig* r)
{
    DdError err = {0};
    if (dd_sense_failed(r->s, &err)) {
        fail_msg("%s", err.text);
    }
}

static inline const DdSample* sample_of(const Rig* r, const char* channel)
{
    no_failure(r);
    int c = dd_channels_find(r->ch, channel);
    if (c < 0) {
        fail_msg("there is no channel '%s'", channel);
    }
    const DdSample* s = dd_channels_latest(r->ch, c, r->step);
    if (!s) {
        fail_msg("'%s' has no sample", channel);
    }
    return s;
}

static inline const unsigned char* bytes_of(const Rig* r, const char* channel)
{
    const DdSample* s = sample_of(r, channel);
    assert_non_null(s->blob);
    return s->blob->bytes;
}

static inline const float* floats_of(const Rig* r, const char* channel)
{
    return (const float*)(const void*)bytes_of(r, channel);
}

// For the eye: CAMERA_PICTURES=DIR leaves rgb pictures there.
static inline void show(const char* name, const unsigned char* rgb, int width, int height)
{
    const char* folder = getenv("CAMERA_PICTURES");
    char path[400];
    if (!folder) {
        return;
    }
    snprintf(path, sizeof path, "%s/%s.ppm", folder, name);
    FILE* f = fopen(path, "wb");
    assert_non_null(f);
    fprintf(f, "P6\n%d %d\n255\n", width, height);
    fwrite(rgb, 3, (size_t)width * (size_t)height, f);
    fclose(f);
}

// The same of numbers, scaled to `most`.
static inline void show_floats(const char* name, const float* v, int width, int height, double most)
{
    size_t n = (size_t)width * (size_t)height;
    unsigned char* rgb = malloc(3 * n);
    for (size_t i = 0; i < n; i++) {
        double c = 255 * v[i] / most;
        unsigned char b = (unsigned char)(c >= 0 ? c < 255 ? c : 255 : 0);
        rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = b;
    }
    show(name, rgb, width, height);
    free(rgb);
}

// A world of things, from operations in JSON with single quotes.
static inline Rig composed(const char* quoted)
{
    char text[2000];
    snprintf(text, sizeof text, "%s", quoted);
    for (char* c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    DdError err = {0};
    json_t* ops = json_loads(text, 0, NULL);
    assert_non_null(ops);
    DdFiles* files = dd_files_create();
    DdCompose* c = dd_compose_from_ops(ops, files, &err);
    if (!c) {
        fail_msg("%s", err.text);
    }
    Rig r = {.w = dd_compose_compile(c, &err)};
    if (!r.w) {
        fail_msg("%s", err.text);
    }
    dd_compose_destroy(c);
    dd_files_destroy(files);
    json_decref(ops);
    r.m = dd_world_model(r.w);
    r.d = dd_world_data(r.w);
    r.ch = dd_channels_create(dd_world_physics_hz(r.w));
    r.s = dd_sense_create(r.w, r.ch, 1, "test", 50, &err);
    assert_non_null(r.s);
    return r;
}
