// A robot that sees: channels of pictures, clouds and boxes with content that is known by step.
#pragma once

#include "tests/unit/recorder/help.h"

#include <math.h>

#include "recorder/recording.h"
#include "sim/base/cloud.h"

enum {
    k_hz = 500,
    k_every = 50, // steps between pictures
    k_width = 61,
    k_height = 47,
    k_points = 200,
    k_boxes = 3,
};

typedef enum Eye {
    COLOUR,
    GREY,
    RAW,
    DEPTH,
    METRES,
    CLASSES,
    INSTANCES,
    INFO,
    FLAT,
    SPACE,
    CLOUD,
    ODOM,
    EYES
} Eye;

static char sight_classes[4][DD_NAME_MAX] = {"background", "container", "person", "truck"};
static char sight_names[3][DD_NAME_MAX] = {"box_1", "ivan", "상자"};

static const struct {
    const char* name;
    DdType type;
    const char* encoding;
    DdImageCodec codec;
    int pixel; // bytes
    const char* topic;
} k_eyes[EYES] = {
    {"agv.front.colour", DD_TYPE_IMAGE, "rgb8", DD_CODEC_JPEG, 3,
     "/agv/front/image_raw/compressed"},
    {"agv.rear.image", DD_TYPE_IMAGE, "mono8", DD_CODEC_PNG, 1, "/agv/rear/image_raw/compressed"},
    {"agv.left.colour", DD_TYPE_IMAGE, "rgb8", DD_CODEC_RAW, 3, "/agv/left/image_raw"},
    {"agv.front.depth", DD_TYPE_IMAGE, "16UC1", DD_CODEC_PNG, 2, "/agv/front/depth/compressed"},
    {"agv.left.depth", DD_TYPE_IMAGE, "32FC1", DD_CODEC_RAW, 4, "/agv/left/depth/image_raw"},
    {"agv.front.semantic", DD_TYPE_IMAGE, "mono8", DD_CODEC_PNG, 1, "/agv/front/segmentation"},
    {"agv.front.instance", DD_TYPE_IMAGE, "16UC1", DD_CODEC_PNG, 2, "/agv/front/instances"},
    {"agv.front.info", DD_TYPE_CAMERA, "plumb_bob", DD_CODEC_RAW, 0, "/agv/front/camera_info"},
    {"agv.front.boxes_2d", DD_TYPE_BOXES_2D, "", DD_CODEC_RAW, 0, "/agv/front/boxes_2d/labels"},
    {"agv.front.boxes_3d", DD_TYPE_BOXES_3D, "", DD_CODEC_RAW, 0, "/agv/front/boxes_3d/labels"},
    {"agv.lidar", DD_TYPE_CLOUD, "xyzi", DD_CODEC_RAW, 0, "/agv/lidar/points"},
    {"agv.odom", DD_TYPE_ODOM, "", DD_CODEC_RAW, 0, "/agv/odom"},
};

typedef struct Sight {
    DdChannels* channels;
    DdRecord* record;
    int width, height;
} Sight;

__attribute__((unused)) static DdChannels* sight_channels(int width, int height)
{
    DdChannels* c = dd_channels_create(k_hz);
    DdError err;
    for (int i = 0; i < EYES; i++) {
        DdChannelDef def = dd_channel_def();
        snprintf(def.name, sizeof def.name, "%s", k_eyes[i].name);
        snprintf(def.frame, sizeof def.frame, "agv/front_optical");
        snprintf(def.encoding, sizeof def.encoding, "%s", k_eyes[i].encoding);
        def.type = k_eyes[i].type;
        def.rate = dd_rate(i == ODOM ? 100 : 10);
        def.latency_steps = i == DEPTH ? 20 : i == ODOM ? 0 : 5;
        def.picture = i != ODOM;
        const char* dot = strrchr(def.name, '.');
        if (i < CLOUD) {
            snprintf(def.group, sizeof def.group, "%.*s", (int)(dot - def.name), def.name);
        }
        if (def.type == DD_TYPE_IMAGE) {
            def.meta[DD_IMAGE_WIDTH] = width;
            def.meta[DD_IMAGE_HEIGHT] = height;
            def.meta[DD_IMAGE_CODEC] = k_eyes[i].codec;
            def.meta[DD_IMAGE_QUALITY] = 95;
        }
        if (i == CLASSES || i == FLAT || i == SPACE) {
            def.nclass = 4;
            def.classes = sight_classes;
        }
        if (i == INSTANCES || i == FLAT || i == SPACE) {
            def.nname = 3;
            def.names = sight_names;
        }
        def.max_boxes = i == FLAT || i == SPACE ? k_boxes : 0;
        int at = dd_channels_add(c, &def, &err);
        assert_int_equal(at, i);
    }
    dd_channels_start(c);
    return c;
}

// One pixel's byte: patches of numbers for ids, gradients with a little noise for the others.
__attribute__((unused)) static void sight_pixels(Eye eye, int64_t step, int width, int height,
                                                 uint8_t* to)
{
    uint32_t random = (uint32_t)step + (uint32_t)eye * 977;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int patch = (x / 16 + y / 12 + (int)(step / k_every)) % 4;
            uint16_t mm = (uint16_t)(500 + 7 * x + 31 * y + (int)(help_random(&random) & 7));
            float m = y == 3 ? INFINITY : (float)mm / 1000.0f;
            switch (eye) {
            case CLASSES:
                *to = (uint8_t)patch;
                break;
            case INSTANCES:
                mm = (uint16_t)(patch ? 255 + patch : 0);
                memcpy(to, &mm, 2);
                break;
            case DEPTH:
                memcpy(to, &mm, 2);
                break;
            case METRES:
                memcpy(to, &m, 4);
                break;
            default:
                for (int k = 0; k < k_eyes[eye].pixel; k++) {
                    to[k] = (uint8_t)(40 + (x + 2 * y + 40 * k) / 2 + step / k_every % 40);
                }
                break;
            }
            to += k_eyes[eye].pixel;
        }
    }
}

__attribute__((unused)) static void sight_cloud(int64_t step, uint8_t* to)
{
    const DdCloudLayout* layout = dd_cloud_layout("xyzi");
    for (int i = 0; i < k_points; i++) {
        DdCloudPoint p = {.xyz = {i * 0.25, (double)step, -1.5}, .range = 1, .intensity = i % 256};
        dd_cloud_put(layout, to + (size_t)i * (size_t)layout->step, &p, 0);
    }
}

// The values of a sample; those of boxes have every number of their own.
__attribute__((unused)) static void sight_values(Eye eye, int64_t step, double* v, int n)
{
    for (int i = 0; i < n; i++) {
        v[i] = (double)(step % 97) + 0.25 * i;
    }
    if (eye == CLOUD) {
        v[0] = v[1] = k_points;
        v[2] = 1;
    } else if (eye == INFO) {
        v[0] = k_width;
        v[1] = k_height;
        v[11 + 5] = v[11 + 6] = v[11 + 7] = 0;
    } else if (eye == FLAT || eye == SPACE) {
        int width = eye == FLAT ? DD_BOX2_VALUES : DD_BOX3_VALUES;
        int count = (int)(step / k_every % (k_boxes + 1));
        v[0] = count;
        for (int i = 0; i < k_boxes; i++) {
            double* box = v + 1 + i * width;
            box[0] = i + 1;
            box[1] = i + 1;
            if (eye == FLAT && i == 1) { // hidden
                memset(box + 2, 0, 4 * sizeof *box);
            }
            if (i >= count) {
                memset(box, 0, (size_t)width * sizeof *box);
            }
        }
    }
}

static size_t sight_bytes(Eye eye, int width, int height)
{
    if (eye == CLOUD) {
        return (size_t)(k_points * dd_cloud_layout("xyzi")->step);
    }
    return (size_t)width * (size_t)height * (size_t)k_eyes[eye].pixel;
}

__attribute__((unused)) static void sight_push(Sight* s, Eye eye, int64_t step)
{
    const DdChannelDef* def = dd_channels_def(s->channels, eye);
    size_t size = sight_bytes(eye, s->width, s->height);
    double* v;
    if (size) {
        DdBlob* blob = dd_blob_take(dd_channels_pool(s->channels), size);
        if (eye == CLOUD) {
            sight_cloud(step, blob->bytes);
        } else {
            sight_pixels(eye, step, s->width, s->height, blob->bytes);
        }
        v = dd_channels_push_blob(s->channels, eye, step, blob);
    } else {
        v = dd_channels_push(s->channels, eye, step);
    }
    sight_values(eye, step, v, dd_channel_width(def));
}

__attribute__((unused)) static void sight_step(Sight* s, int64_t step)
{
    if (step % 5 == 0) {
        sight_push(s, ODOM, step);
        dd_record_clock(s->record, step);
    }
    for (int i = 0; step % k_every == 0 && i < ODOM; i++) {
        sight_push(s, (Eye)i, step);
    }
    const DdSample* sample;
    while ((sample = dd_channels_take(s->channels, step)) != NULL) {
        dd_record_sample(s->record, sample);
    }
    if (step % 100 == 0) {
        dd_record_event(s->record, step, "note", "agv", "{}");
    }
}

static const float k_vertex[9] = {0, 0, 0, 1, 0, 0, 0, 1, 0};
static const int k_face[3] = {0, 1, 2};
static const DdMarker k_markers[] = {
    {"agv/base",
     "hull",
     DD_MARKER_BOX,
     {0, 0, 1, 1, 0, 0, 0},
     {2, 1, 0.5},
     {1, 0, 0, 1},
     NULL,
     NULL,
     0,
     0},
    {"agv/base",
     "arm",
     DD_MARKER_CAPSULE,
     {0, 0, 0, 0.70710678118654757, 0, 0.70710678118654757, 0},
     {0.2, 0.2, 1},
     {0, 1, 0, 1},
     NULL,
     NULL,
     0,
     0},
    {"world",
     "floor",
     DD_MARKER_PLANE,
     {0, 0, 0, 1, 0, 0, 0},
     {0, 0, 0},
     {0.5f, 0.5f, 0.5f, 1},
     NULL,
     NULL,
     0,
     0},
    {"world",
     "roof",
     DD_MARKER_MESH,
     {0, 0, 3, 1, 0, 0, 0},
     {0, 0, 0},
     {0, 0, 1, 0.5f},
     k_vertex,
     k_face,
     3,
     1},
};
static const DdStaticFrame k_static[] = {
    {"agv/base", "agv/front_optical", {0.5, 0, 1, 0.5, -0.5, 0.5, -0.5}},
};

__attribute__((unused)) static Sight sight_open(const char* dir, const DdRecordDef* more, int width,
                                                int height)
{
    Sight s = {.width = width, .height = height};
    DdError err;
    s.channels = sight_channels(width, height);
    DdRecordDef def = *more;
    def.dir = dir;
    def.name = "episode_00000";
    def.start_ns = 1767225600000000000;
    def.compression = DD_COMPRESS_ZSTD;
    def.level = 1;
    s.record = dd_record_create(&def, s.channels, &err);
    if (!s.record) {
        fail_msg("%s", err.text);
    }
    dd_record_static_frames(s.record, 0, k_static, 1);
    dd_record_markers(s.record, 0, k_markers, 4);
    return s;
}

__attribute__((unused)) static bool sight_close(Sight* s, DdError* err)
{
    json_t* result = json_pack("{s:s}", "outcome", "PASS");
    bool ok = dd_record_close(s->record, result, err);
    json_decref(result);
    dd_channels_destroy(s->channels);
    return ok;
}
