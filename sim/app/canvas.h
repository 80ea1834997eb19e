// Canvas: an RGB picture to draw on: areas, lines, other pictures, text in a stroke font of our
// own. For contact sheets and labels in videos. Nothing here depends on the machine.
#pragma once

#include <stddef.h>

#include "sim/base/error.h"

typedef struct DdCanvas {
    int width, height;
    unsigned char* rgb; // rows top first
} DdCanvas;

typedef struct DdColour {
    unsigned char r, g, b;
    double a; // 1 = opaque
} DdColour;

#define DD_RGB(hex)                                                                                \
    ((DdColour){(unsigned char)((hex) >> 16), (unsigned char)((hex) >> 8), (unsigned char)(hex), 1})

DdCanvas dd_canvas_make(int width, int height, DdColour fill);
void dd_canvas_free(DdCanvas* c);
void dd_canvas_area(DdCanvas* c, double x, double y, double w, double h, DdColour colour);
// With round ends; a line of length 0 is a dot.
void dd_canvas_line(DdCanvas* c, double x0, double y0, double x1, double y1, double width,
                    DdColour colour);
// Another picture scaled into the box; shrinking averages.
void dd_canvas_picture(DdCanvas* c, int x, int y, int w, int h, const unsigned char* rgb, int width,
                       int height);
// Text whose capitals are `size` pixels high, their upper left corner at x, y. ASCII; other bytes
// are '?', once per character. Returns its width.
double dd_canvas_text(DdCanvas* c, double x, double y, double size, DdColour colour,
                      const char* text);
double dd_canvas_text_width(double size, const char* text);
// As much of the text as fits into `width`, with ".." behind what was cut.
void dd_canvas_text_fit(DdCanvas* c, double x, double y, double size, double width, DdColour colour,
                        const char* text);
