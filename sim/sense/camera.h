// Camera: one unit that renders a picture and hands out what its outputs ask for. Shared by the
// files of the kind.
#pragma once

#include "sim/sense/photometry.h"
#include "sim/sense/picture_weather.h"
#include "sim/sense/shutter.h"
#include "sim/sense/stereo.h"
#include "sim/sense/view.h"

typedef enum DdCameraOutput { // in the order of the channels
    DD_CAMERA_COLOUR,
    DD_CAMERA_DEPTH,
    DD_CAMERA_SEMANTIC,
    DD_CAMERA_INSTANCE,
    DD_CAMERA_INFO,
    DD_CAMERA_BOXES_2D,
    DD_CAMERA_BOXES_3D,
    DD_CAMERA_OUTPUTS,
} DdCameraOutput;

typedef struct DdCamera {
    DdRef ref;
    DdPose mount;
    DdView* view;
    size_t npixel;
    DdStream stream; // of the device, whatever its outputs
    bool wants[DD_CAMERA_OUTPUTS];
    int channel[DD_CAMERA_OUTPUTS]; // which of the unit's channels; -1: none
    DdLabels* labels;               // NULL when nobody wants them
    DdRenderLook look;
    int codec, quality;
    int min_pixels, max_boxes;
    // what becomes of the light
    DdSensorChip chip; // full_well 0: an ideal picture
    double exposure_s, gain_db, white_balance, vignetting, blur;
    bool motion_blur;
    double readout_s; // 0: global shutter
    double rate_hz;
    DdAuto control;
    DdStereo stereo; // baseline 0: depth is perfect
    // of the run
    bool begun;
    DdDraw* draw; // of the pixels' noise
    DdPane window;
    float *depth, *light, *spare, *measured;
    float* row; // of the blur
    int* geom;
    float* shade;
    signed char* fixed; // pattern of the chip
    double* motion;     // (6 * nbody)
    double* before;     // (7 * nbody) poses of what actors move, one step ago
    int64_t before_step;
    // of the picture at hand
    bool develop; // colour needs linear light
    bool glare;
    DdSun sun;
    double extinction;
    double exposed_s, gain;
    struct { // of the pixels while another thread works on them
        DdSense* s;
        DdPose optical;
        unsigned char* rgb; // NULL: nothing to do, as of the others
        unsigned char* semantic;
        uint16_t* instance;
    } later;
} DdCamera;

// camera_light.c: what the next picture needs, and the picture itself from 8 bits to 8 bits.
void dd_camera_light_begin(DdSense* s, DdCamera* c);
void dd_camera_light_close(DdCamera* c);
void dd_camera_light_plan(DdSense* s, DdCamera* c, const DdPose* optical);
bool dd_camera_needs_depth(const DdCamera* c);
bool dd_camera_needs_geom(const DdCamera* c);
bool dd_camera_moves(const DdCamera* c); // blur of motion or a rolling shutter
// Exposure and gain of the picture at hand; before its light is developed.
void dd_camera_light_expose(DdSense* s, DdCamera* c);
void dd_camera_light_develop(DdSense* s, DdCamera* c, const DdPose* optical, unsigned char* rgb);
// Poses of what actors move, one step before a picture.
void dd_camera_keep_poses(DdSense* s, DdCamera* c);
// Defs and names that cameras of all kinds share: the frame, the group, the image's constants.
bool dd_camera_frame(DdSense* s, DdUnit* u, DdRef* ref, DdChannelDef* channel, DdError* err);
void dd_camera_image(DdChannelDef* channel, int width, int height, const char* encoding, int codec,
                     int quality);
