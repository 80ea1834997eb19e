// Overlay: lines, boxes, masks and small texts drawn onto an RGB8 picture, for checking labels by
// eye. Everything is clipped; nothing allocates.
#pragma once

#include "recorder/picture.h"

enum { DD_GLYPH_WIDTH = 6, DD_GLYPH_HEIGHT = 8 }; // of a character at scale 1, with its gap

void dd_overlay_line(DdPicture* p, double x0, double y0, double x1, double y1,
                     const uint8_t rgb[3]);
void dd_overlay_rect(DdPicture* p, double x0, double y0, double x1, double y1, int thickness,
                     const uint8_t rgb[3]);
void dd_overlay_fill(DdPicture* p, int x0, int y0, int x1, int y1, const uint8_t rgb[3],
                     double alpha);
// Printable ASCII, others as a box. With `back` not NULL on a patch of that colour.
void dd_overlay_text(DdPicture* p, int x, int y, int scale, const char* text, const uint8_t rgb[3],
                     const uint8_t back[3]);
int dd_overlay_text_width(const char* text, int scale);
// Mixes the colours of the ids (GREY8 or GREY16, of the same size) into the picture.
void dd_overlay_mask(DdPicture* p, const DdPicture* ids, double alpha);
// The boxes of a sample of DD_TYPE_BOXES_2D: visible boxes solid, amodal ones thin, with class,
// instance and occlusion.
void dd_overlay_boxes(DdPicture* p, const DdChannelDef* def, const double* values);
