// Plot: hand-made SVG. One panel per series, a map in front when something moved in the plane.
#include "sim/app/plot.h"

#include <math.h>
#include <string.h>

enum {
    k_width = 960,
    k_panel = 120,
    k_map = 460,
    k_left = 150,
    k_right = 24,
    k_points = 900,
    k_pictures = 212
};

static const char* const k_colours[] = {"#0b62a8", "#c2410c", "#15803d", "#7e22ce",
                                        "#b91c1c", "#0e7490", "#a16207", "#4d7c0f"};
enum { k_ncolours = sizeof k_colours / sizeof k_colours[0] };

void dd_series_add(DdSeries* s, double t, double y)
{
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 256;
        s->t = realloc(s->t, (size_t)s->room * sizeof *s->t);
        s->y = realloc(s->y, (size_t)s->room * sizeof *s->y);
        DD_ASSERT(s->t && s->y);
    }
    s->t[s->n] = t;
    s->y[s->n++] = y;
}

void dd_plot_path_add(DdPath* p, double x, double y)
{
    if (p->n == p->room) {
        p->room = p->room ? 2 * p->room : 256;
        p->xy = realloc(p->xy, (size_t)p->room * sizeof *p->xy);
        DD_ASSERT(p->xy);
    }
    p->xy[p->n][0] = x;
    p->xy[p->n++][1] = y;
}

void dd_plot_clear(DdPlot* plot)
{
    for (int i = 0; i < plot->nseries; i++) {
        free(plot->series[i].t);
        free(plot->series[i].y);
    }
    for (int i = 0; i < plot->npath; i++) {
        free(plot->path[i].xy);
    }
    for (int i = 0; i < plot->npicture; i++) {
        free(plot->picture[i].png);
    }
    free(plot->series);
    free(plot->path);
    memset(plot, 0, sizeof *plot);
}

// A step of 1, 2 or 5 times a power of ten that cuts `span` into about `n` parts.
static double nice_step(double span, int n)
{
    double raw = span / n;
    double power = pow(10, floor(log10(raw)));
    double f = raw / power;
    return (f < 1.5 ? 1 : f < 3.5 ? 2 : f < 7.5 ? 5 : 10) * power;
}

static void label(DdText* out, double x, double y, const char* anchor, const char* style,
                  const char* text)
{
    dd_text_add(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>", x, y, anchor, style);
    dd_text_xml(out, text);
    dd_text_str(out, "</text>\n");
}

// --- time series

typedef struct Frame {
    double x0, y0, w, h;   // px
    double t0, t1, lo, hi; // data
} Frame;

static double px(const Frame* f, double t)
{
    return f->x0 + (t - f->t0) / (f->t1 - f->t0) * f->w;
}

static double py(const Frame* f, double y)
{
    double v = f->y0 + f->h - (y - f->lo) / (f->hi - f->lo) * f->h;
    return fmin(fmax(v, f->y0), f->y0 + f->h);
}

static void series_range(const DdSeries* s, double* lo, double* hi)
{
    *lo = INFINITY;
    *hi = -INFINITY;
    for (int i = 0; i < s->n; i++) {
        if (isfinite(s->y[i])) {
            *lo = fmin(*lo, s->y[i]);
            *hi = fmax(*hi, s->y[i]);
        }
    }
    if (isfinite(s->limit)) {
        *lo = fmin(*lo, s->limit);
        *hi = fmax(*hi, s->limit);
    }
    if (!isfinite(*lo)) {
        *lo = 0;
        *hi = 1;
    }
    double pad = *hi > *lo ? 0.06 * (*hi - *lo) : fabs(*hi) * 0.1 + 1e-6;
    *lo -= pad;
    *hi += pad;
}

// Long recordings are drawn by the lowest and highest value of each pixel column.
static void draw_line(const Frame* f, const DdSeries* s, const char* colour, DdText* out)
{
    int stride = s->n / k_points + 1;
    dd_text_add(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.4\" points=\"",
                colour);
    for (int i = 0; i < s->n; i += stride) {
        double lo = INFINITY, hi = -INFINITY;
        for (int k = i; k < s->n && k < i + stride; k++) {
            if (isfinite(s->y[k])) {
                lo = fmin(lo, s->y[k]);
                hi = fmax(hi, s->y[k]);
            }
        }
        if (isfinite(lo)) {
            dd_text_add(out, "%.1f,%.1f ", px(f, s->t[i]), py(f, lo));
            if (hi > lo) {
                dd_text_add(out, "%.1f,%.1f ", px(f, s->t[i]), py(f, hi));
            }
        }
    }
    dd_text_str(out, "\"/>\n");
}

static void draw_series(const DdSeries* s, int index, double y0, double t1, bool last, DdText* out)
{
    Frame f = {k_left, y0 + 8, k_width - k_left - k_right, k_panel - 22, 0, t1, 0, 0};
    char text[160];
    series_range(s, &f.lo, &f.hi);
    dd_text_add(out,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#fff\" "
                "stroke=\"#94a3b8\"/>\n",
                f.x0, f.y0, f.w, f.h);
    double step = nice_step(f.hi - f.lo, 3);
    for (double v = ceil(f.lo / step) * step; v <= f.hi; v += step) {
        snprintf(text, sizeof text, "%.4g", fabs(v) < step * 1e-9 ? 0.0 : v);
        dd_text_add(out,
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e2e8f0\"/>\n",
                    f.x0, f.x0 + f.w, py(&f, v), py(&f, v));
        label(out, f.x0 - 5, py(&f, v) + 4, "end", "class=\"s\"", text);
    }
    step = nice_step(t1, 8);
    for (double t = 0; t <= t1 * (1 + 1e-9); t += step) {
        dd_text_add(out,
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e2e8f0\"/>\n",
                    px(&f, t), px(&f, t), f.y0, f.y0 + f.h);
        if (last) {
            snprintf(text, sizeof text, "%g s", t);
            label(out, px(&f, t), f.y0 + f.h + 16, "middle", "class=\"s\"", text);
        }
    }
    if (isfinite(s->limit)) {
        dd_text_add(out,
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dc2626\" "
                    "stroke-dasharray=\"5 4\"/>\n",
                    f.x0, f.x0 + f.w, py(&f, s->limit), py(&f, s->limit));
    }
    draw_line(&f, s, k_colours[index % k_ncolours], out);
    if (isfinite(s->mark_t)) {
        dd_text_add(out,
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
                    "stroke-width=\"2\"/>\n",
                    px(&f, s->mark_t), px(&f, s->mark_t), f.y0, f.y0 + f.h,
                    s->violated ? "#dc2626" : "#16a34a");
    }
    snprintf(text, sizeof text, "%s%s%s%s", s->name, s->unit[0] ? " [" : "", s->unit,
             s->unit[0] ? "]" : "");
    label(out, 10, f.y0 + 14, "start", "class=\"n\"", text);
}

// --- the map

typedef struct Box {
    double lo[2], hi[2];
} Box;

static void grow_box(Box* b, double x, double y)
{
    b->lo[0] = fmin(b->lo[0], x);
    b->lo[1] = fmin(b->lo[1], y);
    b->hi[0] = fmax(b->hi[0], x);
    b->hi[1] = fmax(b->hi[1], y);
}

static double number_at(const json_t* array, size_t i)
{
    return json_number_value(json_array_get(array, i));
}

// Half sides, centre and heading of a thing that stands as an upright box.
static bool footprint(const json_t* op, double half[2], double centre[2], double* yaw)
{
    const json_t* size = json_object_get(op, "size");
    const json_t* pos = json_object_get(op, "pos");
    const char* kind = json_string_value(json_object_get(op, "op"));
    double length = json_number_value(json_object_get(op, "length_ft"));
    if (!kind || strcmp(kind, "ground") == 0 || strcmp(kind, "world") == 0 || !json_is_array(pos)) {
        return false;
    }
    if (strcmp(kind, "container") == 0 && length > 0) {
        half[0] = length == 20 ? 3.029 : length == 45 ? 6.858 : 6.096;
        half[1] = 1.219;
    } else if (strcmp(kind, "pallet") == 0) {
        half[0] = 0.6;
        half[1] = 0.4;
    } else if (json_is_array(size) && json_array_size(size) >= 2) {
        half[0] = number_at(size, 0) / 2;
        half[1] = number_at(size, 1) / 2;
    } else {
        return false;
    }
    centre[0] = number_at(pos, 0);
    centre[1] = number_at(pos, 1);
    *yaw = json_number_value(json_object_get(op, "yaw"));
    return true;
}

// Things that stand near what moved are part of the picture.
static void show_neighbours(const DdPlot* plot, Box* b)
{
    const Box moved = *b;
    double reach = 0.5 * fmax(moved.hi[0] - moved.lo[0], moved.hi[1] - moved.lo[1]) + 3;
    double half[2], centre[2], yaw;
    size_t i;
    json_t* op;
    json_array_foreach(plot->world, i, op)
    {
        if (footprint(op, half, centre, &yaw) && centre[0] > moved.lo[0] - reach &&
            centre[0] < moved.hi[0] + reach && centre[1] > moved.lo[1] - reach &&
            centre[1] < moved.hi[1] + reach && fmax(half[0], half[1]) < 4 * reach) {
            double r = fmin(hypot(half[0], half[1]), reach);
            grow_box(b, centre[0] - r, centre[1] - r);
            grow_box(b, centre[0] + r, centre[1] + r);
        }
    }
}

static void draw_map(const DdPlot* plot, double y0, DdText* out)
{
    Box b = {{INFINITY, INFINITY}, {-INFINITY, -INFINITY}};
    double half[2], centre[2], yaw;
    for (int i = 0; i < plot->npath; i++) {
        for (int k = 0; k < plot->path[i].n; k++) {
            grow_box(&b, plot->path[i].xy[k][0], plot->path[i].xy[k][1]);
        }
    }
    double margin = fmax(0.15 * fmax(b.hi[0] - b.lo[0], b.hi[1] - b.lo[1]), 1.0);
    b = (Box){{b.lo[0] - margin, b.lo[1] - margin}, {b.hi[0] + margin, b.hi[1] + margin}};
    show_neighbours(plot, &b);

    double w = k_width - k_left - k_right, h = k_map - 30;
    double scale = fmin(w / (b.hi[0] - b.lo[0]), h / (b.hi[1] - b.lo[1]));
    double cx = k_left + w / 2, cy = y0 + 10 + h / 2;
    double mx = (b.lo[0] + b.hi[0]) / 2, my = (b.lo[1] + b.hi[1]) / 2;
    dd_text_add(
        out,
        "<clipPath id=\"map\"><rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>"
        "</clipPath>\n<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#f8fafc\" "
        "stroke=\"#94a3b8\"/>\n<g clip-path=\"url(#map)\">\n",
        k_left, y0 + 10, w, h, k_left, y0 + 10, w, h);
    size_t i;
    json_t* op;
    json_array_foreach(plot->world, i, op)
    {
        if (!footprint(op, half, centre, &yaw)) {
            continue;
        }
        dd_text_add(out,
                    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#cbd5e1\" "
                    "fill-opacity=\"0.7\" stroke=\"#64748b\" transform=\"translate(%.1f %.1f) "
                    "rotate(%.2f)\"/>\n",
                    -half[0] * scale, -half[1] * scale, 2 * half[0] * scale, 2 * half[1] * scale,
                    cx + (centre[0] - mx) * scale, cy - (centre[1] - my) * scale,
                    -yaw * 57.29577951308232);
    }
    for (int p = 0; p < plot->npath; p++) {
        const DdPath* path = &plot->path[p];
        const char* colour = k_colours[p % k_ncolours];
        int stride = path->n / 2000 + 1;
        dd_text_add(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"",
                    colour);
        for (int k = 0; k < path->n; k += stride) {
            dd_text_add(out, "%.1f,%.1f ", cx + (path->xy[k][0] - mx) * scale,
                        cy - (path->xy[k][1] - my) * scale);
        }
        dd_text_str(out, "\"/>\n");
        double ex = cx + (path->xy[path->n - 1][0] - mx) * scale;
        double ey = cy - (path->xy[path->n - 1][1] - my) * scale;
        dd_text_add(out,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#fff\" stroke=\"%s\"/>"
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n",
                    cx + (path->xy[0][0] - mx) * scale, cy - (path->xy[0][1] - my) * scale, colour,
                    ex, ey, colour);
        label(out, ex + 7, ey - 6, "start", "class=\"n\"", path->name);
    }
    dd_text_str(out, "</g>\n");
    // a bar of a round length instead of axes
    double bar = nice_step(b.hi[0] - b.lo[0], 8);
    char text[64];
    snprintf(text, sizeof text, "%g m", bar);
    dd_text_add(out,
                "<line x1=\"%d\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#0f172a\" "
                "stroke-width=\"2\"/>\n",
                k_left + 14, k_left + 14 + bar * scale, y0 + h - 6, y0 + h - 6);
    label(out, k_left + 14 + bar * scale / 2, y0 + h - 12, "middle", "class=\"s\"", text);
    label(out, 10, y0 + 24, "start", "class=\"n\"", "seen from above");
}

// The moments side by side, each in a third of the width.
static void draw_pictures(const DdPlot* plot, double y0, DdText* out)
{
    double w = (k_width - 20.0 - 2 * 12) / 3, h = w * 9 / 16;
    for (int i = 0; i < plot->npicture; i++) {
        double x = 10 + i * (w + 12);
        dd_text_add(out,
                    "<image x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                    "href=\"data:image/png;base64,",
                    x, y0, w, h);
        dd_text_str(out, plot->picture[i].png);
        dd_text_str(out, "\"/>\n");
        label(out, x, y0 + h + 16, "start", "class=\"n\"", plot->picture[i].caption);
    }
}

void dd_plot_html(const DdPlot* plot, DdText* out)
{
    dd_text_str(out, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>");
    dd_text_xml(out, plot->title);
    dd_text_str(out, "</title></head>\n<body>\n");
    dd_plot_svg(plot, out);
    dd_text_str(out, "</body></html>\n");
}

void dd_plot_svg(const DdPlot* plot, DdText* out)
{
    double t1 = 1e-9;
    for (int i = 0; i < plot->nseries; i++) {
        if (plot->series[i].n > 0) {
            t1 = fmax(t1, plot->series[i].t[plot->series[i].n - 1]);
        }
    }
    int map = plot->npath > 0 ? k_map : 0;
    int pictures = plot->npicture > 0 ? k_pictures : 0;
    int height = 64 + pictures + map + plot->nseries * k_panel + 24;
    dd_text_add(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
        "viewBox=\"0 0 %d %d\">\n<style>text{font-family:'Noto Sans','Noto Sans CJK KR',sans-serif;"
        "fill:#0f172a}.s{font-size:11px;fill:#475569}.n{font-size:13px}.t{font-size:18px;"
        "font-weight:bold}</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
        k_width, height, k_width, height);
    label(out, 10, 26, "start", "class=\"t\"", plot->title);
    label(out, 10, 48, "start", "class=\"n\"", plot->subtitle);
    double y = 60;
    if (pictures) {
        draw_pictures(plot, y + 4, out);
        y += pictures;
    }
    if (map) {
        draw_map(plot, y, out);
        y += map;
    }
    for (int i = 0; i < plot->nseries; i++) {
        draw_series(&plot->series[i], i, y, t1, i == plot->nseries - 1, out);
        y += k_panel;
    }
    dd_text_str(out, "</svg>\n");
}
