// Render: what a camera of a world sees, offscreen. OpenGL by EGL without a display (a GPU's driver
// where there is one, else Mesa's software rasteriser); scenes drawn by MuJoCo's renderer with
// settings of ours. Pictures come top row first, without padding.
#pragma once

#include "sim/world/world.h"

// A GL context with the meshes, textures and height fields of a model on it. Kept per thread by the
// hash of these assets, so that the next episode of the same model finds it warm.
typedef struct DdRender DdRender;

typedef struct DdRenderInfo {
    char renderer[160]; // GL_RENDERER: "llvmpipe (LLVM 15.0.6, 256 bits)"
    char version[160];  // GL_VERSION
    bool software;
} DdRenderInfo;

// A pinhole camera in optical axes: x right, y down, z forward.
typedef struct DdEye {
    DdPose pose;       // of the optical frame, in the world
    double fx, fy;     // px
    double cx, cy;     // px; pixel centres at integers
    int width, height; // px
    double near, far;  // m; 0 = from the model
} DdEye;

// What is wanted and where it goes; NULL = not wanted.
typedef struct DdShot {
    unsigned char* rgb; // (height * width * 3) 8 bits, as the renderer shades (not linear)
    float* depth;       // (height * width) m along the optical axis; INFINITY where nothing is
    int* geom;          // (height * width) geom's number; -1 where nothing is
} DdShot;

typedef struct DdRenderLook {
    bool shadows;
    bool sky;                           // draw the sky
    bool (*show)(void* user, int geom); // only these geoms; NULL = every visual geom
    void* user;
} DdRenderLook;

// Is there OpenGL, and which? The error names what is missing. Where this process has not opened
// it, a child process is asked, so that this one may still fork off others that draw.
DD_MUST_USE bool dd_render_info(DdRenderInfo* info, DdError* err);
// Limits of one picture: 1..8192 pixels a side, at most 33 million.
DD_MUST_USE bool dd_render_check_size(int width, int height, DdError* err);
// The context for a world's assets, out of this thread's cache or new. The caller gives it back
// with dd_render_release; at most two unused ones are kept per thread.
DD_MUST_USE DdRender* dd_render_get(DdWorld* w, DdError* err);
void dd_render_release(DdRender* r); // NULL is fine
void dd_render_clear_cache(void);    // frees what this thread keeps
// After step1 of the world's present step. `weather` decides sun, sky and floodlights at time t_s.
// A context that died is an error (DD_ERROR_GRAPHICS); the next dd_render_get makes a new one.
DD_MUST_USE bool dd_render_shot(DdRender* r, DdWorld* w, const DdEye* eye, const DdRenderLook* look,
                                const DdWeather* weather, double t_s, DdShot* shot, DdError* err);
DdRenderLook dd_render_look(void);                      // shadows off, sky on, every visual geom
void dd_render_kill_for_test(DdRender* r);              // its OpenGL context, underneath
void dd_render_plain_for_test(DdRender* r, bool plain); // fixed functions, no shaders
// Brightness of a white surface in the open at that time as pictures show it, 0..1: the eye adapts,
// five decades of light become one.
double dd_render_brightness(const DdWeather* weather, double t_s);
