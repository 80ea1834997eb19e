// Labels: classes and instances of what a picture shows, boxes around it. Made from a picture's
// geom numbers (one per pixel), so that they hold for any lens.
#pragma once

#include "sim/render/render.h"
#include "sim/sense/internal.h"

typedef struct DdLabels DdLabels; // of one world, shared by its cameras

// A camera as labels need it: where a point of the world falls in its final (distorted) picture.
typedef struct DdProjector {
    int width, height;
    DdPose pose; // of the optical frame
    // Pixel of a point in the optical frame; false when the lens cannot show it at all.
    bool (*project)(void* user, const double p[3], double px[2]);
    // Unit vector, in the optical frame, along which a pixel looks; false where it is dark. NULL:
    // silhouettes are drawn.
    bool (*ray)(void* user, double u, double v, double dir[3]);
    // fx fy cx cy of a picture without distortion, to find the same faster; NULL: of another.
    const double* pinhole;
    // Geom numbers of the final picture with only those geoms drawn for which show() is true, for
    // an object's own silhouette; (height * width), -1 nothing. False on a failure (in s->failed).
    bool (*silhouette)(void* user, bool (*show)(void* user, int geom), void* show_user, int* geom);
    void* user; // the same for every picture of a camera
} DdProjector;

DdLabels* dd_labels_get(DdSense* s, DdError* err); // made when first asked for
int dd_labels_class_count(const DdLabels* l);
const char* dd_labels_class_name(const DdLabels* l, int class_id);
int dd_labels_class_of_geom(const DdLabels* l, int geom);    // 0: background
int dd_labels_instance_of_geom(const DdLabels* l, int geom); // 0: none
// The names and classes of a channel's def, malloc'd for it.
void dd_labels_declare(const DdLabels* l, DdChannelDef* channel);
// From geom numbers to ids: classes as bytes, instances as 16 bits.
void dd_labels_semantic(const DdLabels* l, const int* geom, size_t n, unsigned char* out);
void dd_labels_instances(const DdLabels* l, const int* geom, size_t n, uint16_t* out);
// Fill a sample of DD_TYPE_BOXES_2D or _3D of a picture with these geom numbers and depths (m;
// NULL: none). 2D boxes are in edge coordinates: pixel i reaches from i to i + 1. 3D boxes are in
// the optical frame, in the axes of the object's own body. Objects alone have boxes: ground, walls
// and markings have none. Largest first; what does not fit is counted in s->dropped. min_pixels 0:
// hidden objects too. False: a silhouette could not be drawn.
bool dd_labels_boxes_2d(DdSense* s, DdLabels* l, const DdProjector* eye, const int* geom,
                        const float* depth, int min_pixels, int max_boxes, double* values);
void dd_labels_boxes_3d(DdSense* s, DdLabels* l, const DdProjector* eye, const int* geom,
                        int max_boxes, double* values);
