// Scene messages: shapes as visualization_msgs/MarkerArray, fixed frames as tf2_msgs/TFMessage.
#pragma once

#include "recorder/msg/cdr.h"
#include "recorder/recording.h"

// With `out` NULL only the size.
size_t dd_markers_fill(void* out, int64_t stamp_ns, const DdMarker* marker, int n);
size_t dd_static_frames_fill(void* out, int64_t stamp_ns, const DdStaticFrame* frame, int n);
// The fields of a marker behind its points.
void dd_marker_tail(DdCdr* c, const char* text);
