// Box messages: a sample of boxes as labels that lose nothing, as detections that other tools read,
// and as drawings: annotations of the picture, markers in space. With `out` NULL only the size.
#pragma once

#include "recorder/msg/sample.h"

typedef enum DdBoxesAs { DD_BOXES_LABELS, DD_BOXES_DETECTIONS, DD_BOXES_DRAWING } DdBoxesAs;

const char* dd_boxes_type(const DdChannelDef* def, DdBoxesAs as); // "vision_msgs/Detection2DArray"
const char* dd_boxes_suffix(const DdChannelDef* def, DdBoxesAs as); // of the topic: "/labels"
size_t dd_boxes_fill(const DdChannelDef* def, DdBoxesAs as, void* out, int64_t stamp_ns,
                     const double* values);
// Out of labels: all values of the sample, bit for bit.
bool dd_boxes_read(const DdChannelDef* def, const void* data, size_t size, int64_t* stamp_ns,
                   double* values);
