// View: pictures of the world through a lens. A pinhole is rendered as it is; other lenses look up
// every pixel in one wider pinhole, or beyond 60 degrees off the axis in the faces of a cube.
#pragma once

#include "sim/sense/labels.h"
#include "sim/sense/lens.h"

typedef struct DdView DdView;

// The renderer that all cameras of a world share, made when first asked for.
DdRender* dd_sense_render(DdSense* s, DdError* err);

// NULL with an error when the pictures behind this lens would be too large; `what` names the
// sensor.
DdView* dd_view_create(const DdLens* lens, const char* what, DdError* err);
void dd_view_destroy(DdView* v); // NULL is fine
const DdLens* dd_view_lens(const DdView* v);
int dd_view_renders(const DdView* v); // per picture

// As dd_render_shot, for the present step. Colour is mixed of four pixels, depth and geoms are
// those of the nearest. Depth is along the optical axis, of a fisheye along the ray. Where the lens
// is dark: black, INFINITY, -1.
DD_MUST_USE bool dd_view_shot(DdView* v, DdSense* s, const DdPose* pose, const DdRenderLook* look,
                              DdShot* shot, DdError* err);
// Range along the ray over depth, per pixel; 0 where the lens is dark.
const float* dd_view_slant(const DdView* v);
// For labels of a picture taken from there; valid until the view's next picture of another pose.
DdProjector dd_view_projector(DdView* v, DdSense* s, const DdPose* pose);
// Pose of the optical frame (x right, y down, z forward) of a sensor frame (x forward, y left, z
// up).
DdPose dd_optical_of(DdPose sensor);
