// Plots of an episode as one SVG: time series with limits, and a map seen from above.
#pragma once

#include <jansson.h>

#include "sim/base/text.h"

typedef struct DdSeries {
    char name[DD_NAME_MAX];
    char unit[24];
    int n, room;
    double* t; // s
    double* y;
    double limit;  // NaN: none
    double mark_t; // s; where it was violated; NaN: nowhere
    bool violated;
} DdSeries;

typedef struct DdPath { // of a body, seen from above
    char name[DD_NAME_MAX];
    int n, room;
    double (*xy)[2];
} DdPath;

enum { DD_PLOT_PICTURES = 3 };
typedef struct DdPlotPicture { // of a moment, 16:9
    char caption[200];
    char* png; // base64; owned by the plot
    double t;  // s
} DdPlotPicture;

typedef struct DdPlot {
    char title[512];
    char subtitle[512];
    int nseries;
    DdSeries* series;
    int npath;
    DdPath* path;
    int npicture;
    DdPlotPicture picture[DD_PLOT_PICTURES];
    const json_t* world; // composition, for the outlines of things; may be NULL
} DdPlot;

void dd_series_add(DdSeries* s, double t, double y);
void dd_plot_path_add(DdPath* p, double x, double y);
void dd_plot_clear(DdPlot* plot);
// The picture; `out` starts as {0}.
void dd_plot_svg(const DdPlot* plot, DdText* out);
void dd_plot_html(const DdPlot* plot, DdText* out); // the same as a page
