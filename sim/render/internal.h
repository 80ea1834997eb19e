// Parts of a renderer, shared by the files of this layer.
#pragma once

#include "sim/render/gl.h"

static const double k_dd_shadow_reach = 25; // m, from the middle of the part that has shadows

struct DdRender {
    DdGlContext* context;
    uint64_t key;  // of the assets
    int refs;      // of callers; 0: kept for the next one
    int64_t order; // of its last release
    DdRender* next;
    mjrContext mjr;
    mjvScene scene;
    mjvOption option;
    mjvPerturb perturb;     // of nothing
    mjModel view;           // a copy of the present world's model struct with our visual settings
    int* geom_of_id;        // (scene.maxgeom + 1) pixel of the id pass to geom's number; -1: none
    unsigned char* staging; // (nstaging) pixels as the driver gives them
    size_t nstaging;
    GLuint ids;       // renderbuffer
    bool plain;       // fixed functions only; set by tests
    GLuint sky;       // cube texture of the weather's sky; 0: not made yet
    float sky_key[4]; // what it was made of
};

// What the weather makes of light and surfaces at one time.
typedef struct DdLight {
    DdSun sun;
    double level;      // brightness of a white surface in the open, 0..1
    double floodlight; // 0..1
    double wetness;    // of floors, 0..1
} DdLight;

// cache.c
void dd_render_view(DdRender* r, DdWorld* w); // fills r->view
// light.c
DdLight dd_render_light(const DdWeather* weather, double t_s);
// The scene's lights, relative to the eye; `forward` is the way it looks.
void dd_render_set_lights(DdRender* r, DdWorld* w, const DdLight* light, const double eye[3],
                          const double forward[3]);
// program.c: shaders for colours and ids, with so many spot lights. False: this OpenGL cannot.
enum { DD_RENDER_DIRECTIONS = 3, DD_RENDER_SPOTS = 5 }; // lights; fixed functions have eight
DD_MUST_USE bool dd_render_use_program(DdGlContext* c, bool colour, bool ids, int spots);
// sky.c: behind everything that was drawn; `rot` is the eye's rotation, columns right, down,
// forward
void dd_render_draw_sky(DdRender* r, const DdWeather* weather, const DdLight* light,
                        const DdEye* eye, const double rot[9]);
// read.c: the bound buffer, top row first
DD_MUST_USE bool dd_render_read_rgb(DdRender* r, int width, int height, unsigned char* rgb,
                                    DdError* err);
// metres = a / (d + b) of the buffer's d; 0 is the background
DD_MUST_USE bool dd_render_read_depth(DdRender* r, int width, int height, float a, float b,
                                      float* depth, DdError* err);
DD_MUST_USE bool dd_render_read_ids(DdRender* r, int width, int height, int nid, int* geom,
                                    DdError* err);
