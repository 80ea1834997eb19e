// Camera: outputs to channels, one picture per sample, colour, depth, ids, intrinsics and boxes of
// it.
#include <string.h>

#include "sim/sense/camera.h"

static const char* const k_outputs[DD_CAMERA_OUTPUTS] = {
    "colour", "depth", "semantic", "instance", "info", "boxes_2d", "boxes_3d"};
static const DdType k_types[DD_CAMERA_OUTPUTS] = {DD_TYPE_IMAGE,   DD_TYPE_IMAGE,  DD_TYPE_IMAGE,
                                                  DD_TYPE_IMAGE,   DD_TYPE_CAMERA, DD_TYPE_BOXES_2D,
                                                  DD_TYPE_BOXES_3D};
enum { k_boxes_most = 1024 };

static bool read_outputs(const DdSensorDef* def, const char* what, bool wants[], DdError* err)
{
    wants[DD_CAMERA_INFO] = true;
    wants[DD_CAMERA_COLOUR] = def->outputs.n == 0;
    for (int i = 0; i < def->outputs.n; i++) {
        const char* name = def->outputs.v[i];
        int k = 0;
        while (k < DD_CAMERA_OUTPUTS && strcmp(name, k_outputs[k]) != 0) {
            k++;
        }
        if (k == DD_CAMERA_OUTPUTS) {
            const char* near = dd_nearest_name(name, k_outputs, DD_CAMERA_OUTPUTS);
            return dd_fail(err, DD_ERROR_SCRIPT, "%s: a camera has no output '%s'%s%s%s", what,
                           name, near ? "; did you mean '" : "", near ? near : "",
                           near ? "'?" : "");
        }
        wants[k] = true;
    }
    return true;
}

static bool check(const DdSensorDef* def, const char* what, DdError* err)
{
    if (def->max_boxes > k_boxes_most) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: max_boxes must be at most %d, got %d", what,
                       k_boxes_most, def->max_boxes);
    }
    if (def->quality > 100) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: quality must be from 1 to 100, got %d", what,
                       def->quality);
    }
    if (def->min_pixels < 0) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: min_pixels must not be negative, got %d", what,
                       def->min_pixels);
    }
    if (def->baseline > 0 && def->lens == DD_LENS_EQUIDISTANT) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: depth of a stereo pair (baseline) needs a lens of the pinhole kinds, "
                       "not equidistant",
                       what);
    }
    if (def->exposure_s > 10 || def->readout_s > 10) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: %s must be at most 10 s, got %g s", what,
                       def->exposure_s > 10 ? "exposure_s" : "readout_s",
                       def->exposure_s > 10 ? def->exposure_s : def->readout_s);
    }
    if (def->blur > 10) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: blur must be at most 10 px, got %g px", what,
                       def->blur);
    }
    return true;
}

bool dd_camera_frame(DdSense* s, DdUnit* u, DdRef* ref, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    char full[DD_NAME_MAX], frame[3 * DD_NAME_MAX];
    if (!dd_ref_of_sensor(s, u, ref, full, err)) {
        return false;
    }
    snprintf(frame, sizeof frame, "%s%s%s_optical", def->robot, def->robot[0] ? "/" : "",
             def->name);
    snprintf(channel->group, sizeof channel->group, "%.*s", DD_NAME_MAX - 1, channel->name);
    if (strlen(frame) >= DD_NAME_MAX || strlen(channel->name) + 10 >= DD_NAME_MAX) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: its name is too long for the names of its outputs", u->what);
    }
    snprintf(channel->frame, sizeof channel->frame, "%.*s", DD_NAME_MAX - 1, frame);
    return true;
}

void dd_camera_image(DdChannelDef* channel, int width, int height, const char* encoding, int codec,
                     int quality)
{
    channel->type = DD_TYPE_IMAGE;
    snprintf(channel->encoding, sizeof channel->encoding, "%s", encoding);
    channel->meta[DD_IMAGE_WIDTH] = width;
    channel->meta[DD_IMAGE_HEIGHT] = height;
    channel->meta[DD_IMAGE_CODEC] = codec;
    channel->meta[DD_IMAGE_QUALITY] = quality;
}

static void declare(const DdCamera* c, DdCameraOutput k, const char* device, DdChannelDef* channel)
{
    const DdLens* lens = dd_view_lens(c->view);
    bool raw = c->codec == DD_CODEC_RAW;
    int lossless = raw ? DD_CODEC_RAW : DD_CODEC_PNG;
    snprintf(channel->name, sizeof channel->name, "%.80s.%s", device, k_outputs[k]);
    channel->type = k_types[k];
    channel->max_boxes = c->max_boxes;
    switch (k) {
    case DD_CAMERA_COLOUR:
        dd_camera_image(channel, lens->width, lens->height, "rgb8", c->codec, c->quality);
        break;
    case DD_CAMERA_DEPTH:
        dd_camera_image(channel, lens->width, lens->height, raw ? "32FC1" : "16UC1", lossless, 100);
        break;
    case DD_CAMERA_SEMANTIC:
        dd_camera_image(channel, lens->width, lens->height, "mono8", lossless, 100);
        break;
    case DD_CAMERA_INSTANCE:
        dd_camera_image(channel, lens->width, lens->height, "16UC1", lossless, 100);
        break;
    case DD_CAMERA_INFO:
        snprintf(channel->encoding, sizeof channel->encoding, "%s", dd_lens_name(lens));
        break;
    default:
        break;
    }
    bool labelled = k == DD_CAMERA_SEMANTIC || k == DD_CAMERA_INSTANCE || k == DD_CAMERA_BOXES_2D ||
                    k == DD_CAMERA_BOXES_3D;
    if (labelled) {
        dd_labels_declare(c->labels, channel);
    }
}

// The first wanted output is the channel that open was given, the others are u->more.
static void declare_all(DdUnit* u, DdCamera* c, DdChannelDef* channel)
{
    const DdChannelDef plain = *channel;
    char device[DD_NAME_MAX];
    snprintf(device, sizeof device, "%s", channel->name);
    u->more = calloc(DD_CAMERA_OUTPUTS, sizeof *u->more);
    DD_ASSERT(u->more);
    int n = 0;
    for (int k = 0; k < DD_CAMERA_OUTPUTS; k++) {
        c->channel[k] = c->wants[k] ? n : -1;
        if (!c->wants[k]) {
            continue;
        }
        DdChannelDef* to = n == 0 ? channel : &u->more[n - 1];
        *to = plain;
        declare(c, (DdCameraOutput)k, device, to);
        n++;
    }
    u->nchannel = n;
}

static void copy_def(const DdSensorDef* def, DdCamera* c)
{
    c->mount = dd_mount_of(def);
    c->codec = def->codec;
    c->quality = def->quality;
    c->min_pixels = def->min_pixels;
    c->max_boxes = def->max_boxes;
    c->look = dd_render_look();
    c->look.shadows = def->shadows;
    c->chip = (DdSensorChip){.full_well = def->full_well,
                             .read_noise = def->read_noise,
                             .quantum_efficiency = def->quantum_efficiency,
                             .prnu = def->prnu,
                             .dsnu = def->dsnu,
                             .f_number = def->f_number,
                             .pitch = def->pixel_pitch};
    c->exposure_s = def->exposure_s;
    c->gain_db = def->gain_db;
    c->white_balance = def->white_balance;
    c->vignetting = def->vignetting;
    c->blur = def->blur;
    c->motion_blur = def->motion_blur;
    c->readout_s = def->shutter ? def->readout_s : 0;
    c->rate_hz = def->rate_hz;
    const DdLens* lens = dd_view_lens(c->view);
    c->stereo = (DdStereo){.width = lens->width,
                           .height = lens->height,
                           .focal = lens->fx,
                           .baseline = def->baseline,
                           .subpixel = def->subpixel,
                           .nearest = def->range_min,
                           .farthest = def->range_max};
}

static bool camera_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    DdCamera* c = u->own;
    DdLens lens;
    if (!dd_camera_frame(s, u, &c->ref, channel, err) ||
        !read_outputs(def, u->what, c->wants, err) || !check(def, u->what, err) ||
        !dd_lens_open(def, u->what, &lens, err)) {
        return false;
    }
    c->view = dd_view_create(&lens, u->what, err);
    if (!c->view) {
        return false;
    }
    c->npixel = (size_t)lens.width * (size_t)lens.height;
    copy_def(def, c);
    if (c->stereo.baseline > 0 && dd_stereo_nearest(&c->stereo) >= c->stereo.farthest) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: range_max must be beyond the nearest depth of its stereo pair, %.4g m, "
                       "got %g m",
                       u->what, dd_stereo_nearest(&c->stereo), c->stereo.farthest);
    }
    if (c->wants[DD_CAMERA_SEMANTIC] || c->wants[DD_CAMERA_INSTANCE] ||
        c->wants[DD_CAMERA_BOXES_2D] || c->wants[DD_CAMERA_BOXES_3D]) {
        c->labels = dd_labels_get(s, err);
        if (!c->labels) {
            return dd_fail_while(err, "%s", u->what);
        }
    }
    c->stream = dd_stream(s->seed, s->scope, channel->name);
    declare_all(u, c, channel);
    return true;
}

static void camera_close(DdUnit* u)
{
    DdCamera* c = u->own;
    dd_camera_light_close(c);
    dd_view_destroy(c->view);
    free(c->depth);
    free(c->geom);
    free(c->measured);
    if (c->begun) {
        dd_stereo_close(&c->stereo);
    }
}

static void camera_begin(DdSense* s, DdUnit* u)
{
    DdCamera* c = u->own;
    DdError err = {0};
    u->stream = c->stream;
    if (!dd_sense_render(s, &err)) {
        dd_fail_while(&err, "%s", u->what);
        dd_sense_fail(s, &err);
        return;
    }
    // weather may come later, so that there is room for it
    c->depth = malloc(c->npixel * sizeof *c->depth);
    c->geom = malloc(c->npixel * sizeof *c->geom);
    DD_ASSERT(c->depth && c->geom);
    if (c->wants[DD_CAMERA_DEPTH] && c->stereo.baseline > 0) {
        c->measured = malloc(c->npixel * sizeof *c->measured);
        DD_ASSERT(c->measured);
        dd_stereo_open(&c->stereo);
    }
    dd_camera_light_begin(s, c);
    c->begun = true;
}

static void camera_rewound(DdSense* s, DdUnit* u)
{
    (void)s;
    DdCamera* c = u->own;
    c->control.begun = false;
    c->before_step = -1;
}

static void camera_before(DdSense* s, DdUnit* u)
{
    DdCamera* c = u->own;
    if (c->begun && c->wants[DD_CAMERA_COLOUR] && dd_camera_moves(c)) {
        dd_camera_keep_poses(s, c);
    }
}

static DdBlob* room_for(DdSense* s, const DdCamera* c, size_t per_pixel)
{
    return dd_blob_take(dd_channels_pool(s->channels), c->npixel * per_pixel);
}

static void push_image(DdSense* s, const DdUnit* u, DdCameraOutput k, DdBlob* blob)
{
    const DdCamera* c = u->own;
    double* values = dd_channels_push_blob(s->channels, u->channels[c->channel[k]], s->step, blob);
    values[0] = k == DD_CAMERA_COLOUR ? c->exposed_s : 0;
    values[1] = k == DD_CAMERA_COLOUR ? c->gain : 1;
}

// Metres as they are, nothing measured is NaN and nothing there infinity; or whole millimetres.
static void push_depth(DdSense* s, DdUnit* u)
{
    DdCamera* c = u->own;
    bool metres = c->codec == DD_CODEC_RAW;
    const float* depth = c->depth;
    if (c->measured) {
        memcpy(c->measured, c->depth, c->npixel * sizeof *c->depth);
        dd_stereo_measure(&c->stereo, c->draw, s->step, c->measured);
        depth = c->measured;
    }
    DdBlob* blob = room_for(s, c, metres ? sizeof(float) : sizeof(uint16_t));
    if (metres) {
        float* out = (float*)(void*)blob->bytes;
        memcpy(out, depth, c->npixel * sizeof *out);
        for (size_t i = 0; i < c->npixel && c->measured; i++) {
            out[i] = out[i] > 0 ? out[i] : NAN;
        }
    } else {
        uint16_t* out = (uint16_t*)(void*)blob->bytes;
        for (size_t i = 0; i < c->npixel; i++) {
            float mm = depth[i] * 1000 + 0.5F;
            out[i] = (uint16_t)(mm < 65536 ? (int)mm : 0);
        }
    }
    push_image(s, u, DD_CAMERA_DEPTH, blob);
}

static void push_ids(DdSense* s, DdUnit* u)
{
    DdCamera* c = u->own;
    if (c->wants[DD_CAMERA_SEMANTIC]) {
        DdBlob* blob = room_for(s, c, 1);
        c->later.semantic = blob->bytes;
        push_image(s, u, DD_CAMERA_SEMANTIC, blob);
    }
    if (c->wants[DD_CAMERA_INSTANCE]) {
        DdBlob* blob = room_for(s, c, sizeof(uint16_t));
        c->later.instance = (uint16_t*)(void*)blob->bytes;
        push_image(s, u, DD_CAMERA_INSTANCE, blob);
    }
}

static void push_boxes(DdSense* s, DdUnit* u, const DdPose* optical)
{
    DdCamera* c = u->own;
    DdProjector eye = dd_view_projector(c->view, s, optical);
    if (c->wants[DD_CAMERA_BOXES_2D]) {
        double* v =
            dd_channels_push(s->channels, u->channels[c->channel[DD_CAMERA_BOXES_2D]], s->step);
        (void)dd_labels_boxes_2d(s, c->labels, &eye, c->geom, c->depth, c->min_pixels, c->max_boxes,
                                 v);
    }
    if (c->wants[DD_CAMERA_BOXES_3D]) {
        double* v =
            dd_channels_push(s->channels, u->channels[c->channel[DD_CAMERA_BOXES_3D]], s->step);
        dd_labels_boxes_3d(s, c->labels, &eye, c->geom, c->max_boxes, v);
    }
}

// The pixels, on whatever thread: they are this camera's alone.
static void develop(void* user)
{
    DdCamera* c = user;
    if (c->later.rgb) {
        dd_camera_light_develop(c->later.s, c, &c->later.optical, c->later.rgb);
    }
    if (c->later.semantic) {
        dd_labels_semantic(c->labels, c->geom, c->npixel, c->later.semantic);
    }
    if (c->later.instance) {
        dd_labels_instances(c->labels, c->geom, c->npixel, c->later.instance);
    }
}

static void camera_emit(DdSense* s, DdUnit* u)
{
    DdCamera* c = u->own;
    DdError err = {0};
    if (!c->begun || dd_unit_drops(s, u)) {
        return;
    }
    DdPose optical = dd_optical_of(dd_mount_pose(s, &c->ref, &c->mount));
    dd_camera_light_plan(s, c, &optical);
    DdBlob* colour = c->wants[DD_CAMERA_COLOUR] ? room_for(s, c, 3) : NULL;
    DdShot shot = {.rgb = colour ? colour->bytes : NULL,
                   .depth = dd_camera_needs_depth(c) ? c->depth : NULL,
                   .geom = dd_camera_needs_geom(c) ? c->geom : NULL};
    bool any = shot.rgb || shot.depth || shot.geom;
    if (any && !dd_view_shot(c->view, s, &optical, &c->look, &shot, &err)) {
        dd_blob_drop(colour);
        dd_fail_while(&err, "%s", u->what);
        dd_sense_fail(s, &err);
        return;
    }
    if (colour) {
        dd_camera_light_expose(s, c);
        push_image(s, u, DD_CAMERA_COLOUR, colour);
    }
    if (c->wants[DD_CAMERA_DEPTH]) {
        push_depth(s, u);
    }
    c->later.s = s;
    c->later.optical = optical;
    c->later.rgb = colour && c->develop ? colour->bytes : NULL;
    c->later.semantic = NULL;
    c->later.instance = NULL;
    push_ids(s, u);
    if (c->later.rgb || c->later.semantic || c->later.instance) {
        // while boxes are made and the next camera is drawn
        dd_sense_later(s, develop, c);
    }
    dd_lens_info(dd_view_lens(c->view),
                 dd_channels_push(s->channels, u->channels[c->channel[DD_CAMERA_INFO]], s->step));
    push_boxes(s, u, &optical);
}

const DdUnitKind dd_sense_camera = {
    .info = {.name = "camera",
             .type = DD_TYPE_IMAGE,
             .unit = "",
             .doc = "pictures: colour, depth, classes, instances, boxes, and its intrinsics",
             .reads = "robot frame width height hfov focal centre lens distortion outputs codec "
                      "quality shadows exposure_s gain_db f_number white_balance full_well "
                      "read_noise quantum_efficiency prnu dsnu pixel_pitch vignetting blur "
                      "motion_blur shutter readout_s baseline subpixel range_min range_max "
                      "min_pixels max_boxes"},
    .size = sizeof(DdCamera),
    .picture = true,
    .open = camera_open,
    .close = camera_close,
    .begin = camera_begin,
    .before = camera_before,
    .emit = camera_emit,
    .rewound = camera_rewound,
};
