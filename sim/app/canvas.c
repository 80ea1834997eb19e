// Canvas: drawing by coverage: a pixel gets as much of a colour as the shape covers of it.
#include "sim/app/canvas.h"

#include <math.h>
#include <string.h>

// Glyphs from ' ' to '~': strokes of points, two digits each: x 0..4, y 0..9. The baseline is y 2,
// capitals reach 8, small letters 6, descenders 0. Strokes are parted by ';'.
static const char* const k_glyphs[] = {
    "",
    "28 24;22 22",
    "17 18;37 38",
    "12 18;32 38;04 44;06 46",
    "47 17 06 15 35 44 33 03;28 22",
    "02 48;07 08 18 17 07;32 33 43 42 32",
    "42 06 07 18 27 26 04 03 12 22 44",
    "27 28",
    "38 26 24 32",
    "18 26 24 12",
    "23 27;04 46;06 44",
    "05 45;23 27",
    "23 22 11",
    "05 45",
    "22 22",
    "02 48",
    "12 03 07 18 38 47 43 32 12",
    "17 28 22;12 32",
    "07 18 38 47 46 02 42",
    "07 18 38 47 46 35 44 43 32 12 03;25 35",
    "32 38 04 44",
    "48 08 05 35 44 43 32 12 03",
    "47 38 18 07 03 12 32 43 44 35 15 04",
    "08 48 22",
    "15 06 07 18 38 47 46 35 15 04 03 12 32 43 44 35",
    "03 12 32 43 47 38 18 07 06 15 35 46",
    "22 22;25 25",
    "25 25;23 22 11",
    "47 05 43",
    "04 44;06 46",
    "07 45 03",
    "07 18 38 47 46 25 24;22 22",
    "34 35 26 15 14 23 34 43 47 38 18 07 03 12 42",
    "02 06 28 46 42;04 44",
    "02 08 38 47 46 35 05;35 44 43 32 02",
    "47 38 18 07 03 12 32 43",
    "02 08 38 47 43 32 02",
    "48 08 02 42;05 35",
    "48 08 02;05 35",
    "47 38 18 07 03 12 32 43 45 25",
    "02 08;42 48;05 45",
    "18 38;28 22;12 32",
    "48 43 32 12 03",
    "02 08;48 05 42",
    "08 02 42",
    "02 08 25 48 42",
    "02 08 42 48",
    "12 03 07 18 38 47 43 32 12",
    "02 08 38 47 45 34 04",
    "12 03 07 18 38 47 43 32 12;24 42",
    "02 08 38 47 46 35 05;25 42",
    "47 38 18 07 06 15 35 44 43 32 12 03",
    "08 48;28 22",
    "08 03 12 32 43 48",
    "08 22 48",
    "08 12 25 32 48",
    "02 48;08 42",
    "08 25 48;25 22",
    "08 48 02 42",
    "38 18 12 32",
    "08 42",
    "18 38 32 12",
    "06 28 46",
    "01 41",
    "18 27",
    "16 36 45 42;44 14 03 12 32 43",
    "08 02;05 16 36 45 43 32 12 03",
    "45 36 16 05 03 12 32 43",
    "48 42;45 36 16 05 03 12 32 43",
    "04 44 45 36 16 05 03 12 32 43",
    "48 38 27 22;16 46",
    "46 41 30 10 01;45 36 16 05 03 12 32 43",
    "08 02;05 16 36 45 42",
    "16 26 22;12 32;28 28",
    "26 36 31 20 10;38 38",
    "08 02;46 04;14 42",
    "18 28 22;12 32",
    "02 06;05 16 25 22;25 36 45 42",
    "02 06;05 16 36 45 42",
    "12 03 05 16 36 45 43 32 12",
    "00 06;05 16 36 45 43 32 12 03",
    "40 46;45 36 16 05 03 12 32 43",
    "02 06;04 26 46",
    "45 36 16 05 14 34 43 32 12 03",
    "18 13 22 32 43;06 36",
    "06 03 12 32 43;46 42",
    "06 22 46",
    "06 12 25 32 46",
    "02 46;06 42",
    "06 22;46 10",
    "06 46 02 42",
    "38 27 26 15 24 23 32",
    "29 21",
    "18 27 26 35 24 23 12",
    "05 16 34 45",
};
_Static_assert(sizeof k_glyphs / sizeof k_glyphs[0] == '~' - ' ' + 1, "a glyph per character");

static const double k_advance = 6; // units, of which a capital has 6 in height

DdCanvas dd_canvas_make(int width, int height, DdColour fill)
{
    DdCanvas c = {.width = width, .height = height};
    c.rgb = malloc((size_t)width * (size_t)height * 3);
    DD_ASSERT(c.rgb);
    for (size_t i = 0; i < (size_t)width * (size_t)height; i++) {
        c.rgb[3 * i] = fill.r;
        c.rgb[3 * i + 1] = fill.g;
        c.rgb[3 * i + 2] = fill.b;
    }
    return c;
}

void dd_canvas_free(DdCanvas* c)
{
    free(c->rgb);
    *c = (DdCanvas){0};
}

static void blend(DdCanvas* c, int x, int y, DdColour colour, double share)
{
    unsigned char* p = c->rgb + 3 * ((size_t)y * (size_t)c->width + (size_t)x);
    double a = colour.a * share;
    p[0] = (unsigned char)(p[0] + (colour.r - p[0]) * a + 0.5);
    p[1] = (unsigned char)(p[1] + (colour.g - p[1]) * a + 0.5);
    p[2] = (unsigned char)(p[2] + (colour.b - p[2]) * a + 0.5);
}

static int within(double v, int top)
{
    return v < 0 ? 0 : v > top ? top : (int)v;
}

void dd_canvas_area(DdCanvas* c, double x, double y, double w, double h, DdColour colour)
{
    int x0 = within(x, c->width), x1 = within(ceil(x + w), c->width);
    int y0 = within(y, c->height), y1 = within(ceil(y + h), c->height);
    for (int j = y0; j < y1; j++) {
        double high = fmin(y + h, j + 1) - fmax(y, j);
        for (int i = x0; i < x1; i++) {
            double wide = fmin(x + w, i + 1) - fmax(x, i);
            blend(c, i, j, colour, fmax(0, wide * high));
        }
    }
}

static double segment_distance(double px, double py, double x0, double y0, double x1, double y1)
{
    double dx = x1 - x0, dy = y1 - y0, n = dx * dx + dy * dy;
    double s = n > 0 ? ((px - x0) * dx + (py - y0) * dy) / n : 0;
    s = s < 0 ? 0 : s > 1 ? 1 : s;
    double ex = px - x0 - s * dx, ey = py - y0 - s * dy;
    return sqrt(ex * ex + ey * ey);
}

// Cuts a line to the canvas with a margin; false when nothing of it is there.
static bool clip(const DdCanvas* c, double margin, double* x0, double* y0, double* x1, double* y1)
{
    double dx = *x1 - *x0, dy = *y1 - *y0, from = 0, to = 1;
    const double p[4] = {-dx, dx, -dy, dy};
    const double q[4] = {*x0 + margin, c->width + margin - *x0, *y0 + margin,
                         c->height + margin - *y0};
    for (int k = 0; k < 4; k++) {
        if (p[k] == 0) {
            if (q[k] < 0) {
                return false;
            }
        } else if (p[k] < 0) {
            from = fmax(from, q[k] / p[k]);
        } else {
            to = fmin(to, q[k] / p[k]);
        }
    }
    if (from > to) {
        return false;
    }
    *x1 = *x0 + to * dx;
    *y1 = *y0 + to * dy;
    *x0 += from * dx;
    *y0 += from * dy;
    return true;
}

void dd_canvas_line(DdCanvas* c, double x0, double y0, double x1, double y1, double width,
                    DdColour colour)
{
    double r = width / 2 + 1;
    if (!clip(c, 2 * r, &x0, &y0, &x1, &y1)) {
        return;
    }
    int j0 = within(fmin(y0, y1) - r, c->height), j1 = within(fmax(y0, y1) + r + 1, c->height);
    double dy = y1 - y0;
    for (int j = j0; j < j1; j++) {
        // only the part of the line that is near this row
        double a = 0, b = 1;
        if (fabs(dy) > 1e-9) {
            double s = (j + 0.5 - r - y0) / dy, e = (j + 0.5 + r - y0) / dy;
            a = fmax(0, fmin(1, fmin(s, e)));
            b = fmax(0, fmin(1, fmax(s, e)));
        }
        double xa = x0 + a * (x1 - x0), xb = x0 + b * (x1 - x0);
        int i0 = within(fmin(xa, xb) - r, c->width), i1 = within(fmax(xa, xb) + r + 1, c->width);
        for (int i = i0; i < i1; i++) {
            double d = segment_distance(i + 0.5, j + 0.5, x0, y0, x1, y1);
            double share = width / 2 + 0.5 - d;
            if (share > 0) {
                blend(c, i, j, colour, share < 1 ? share : 1);
            }
        }
    }
}

// Pixels of the source that lie over one of the target, averaged; at least the nearest one.
static void span_of(int i, int n, int source, int* from, int* to)
{
    *from = (int)((long long)i * source / n);
    *to = (int)((long long)(i + 1) * source / n);
    *to = *to > *from ? *to : *from + 1;
}

void dd_canvas_picture(DdCanvas* c, int x, int y, int w, int h, const unsigned char* rgb, int width,
                       int height)
{
    for (int j = 0; j < h; j++) {
        int r0, r1;
        span_of(j, h, height, &r0, &r1);
        for (int i = 0; i < w; i++) {
            int c0, c1;
            unsigned sum[3] = {0};
            if (x + i < 0 || x + i >= c->width || y + j < 0 || y + j >= c->height) {
                continue;
            }
            span_of(i, w, width, &c0, &c1);
            for (int row = r0; row < r1; row++) {
                const unsigned char* p = rgb + 3 * ((size_t)row * (size_t)width + (size_t)c0);
                for (int k = c0; k < c1; k++, p += 3) {
                    sum[0] += p[0];
                    sum[1] += p[1];
                    sum[2] += p[2];
                }
            }
            unsigned n = (unsigned)((r1 - r0) * (c1 - c0));
            unsigned char* to = c->rgb + 3 * ((size_t)(y + j) * (size_t)c->width + (size_t)(x + i));
            for (int k = 0; k < 3; k++) {
                to[k] = (unsigned char)((sum[k] + n / 2) / n);
            }
        }
    }
}

// --- text ---------------------------------------------------------------------------------------

// The next character as a glyph's number; `text` moves behind it.
static int next_glyph(const char** text)
{
    unsigned char ch = (unsigned char)*(*text)++;
    if (ch >= 0x80) {
        while (((unsigned char)**text & 0xc0) == 0x80) {
            (*text)++;
        }
        return '?' - ' ';
    }
    return ch >= ' ' && ch <= '~' ? ch - ' ' : '?' - ' ';
}

double dd_canvas_text_width(double size, const char* text)
{
    int n = 0;
    while (*text) {
        next_glyph(&text);
        n++;
    }
    return n > 0 ? (n * k_advance - 2) * size / 6 : 0;
}

static void draw_glyph(DdCanvas* c, double x, double y, double unit, DdColour colour,
                       const char* strokes)
{
    double width = fmax(1.0, unit * 0.75);
    double px = 0, py = 0;
    bool open = false;
    for (const char* s = strokes; *s; s++) {
        if (*s == ';') {
            open = false;
        } else if (*s != ' ') {
            double nx = x + (s[0] - '0' + 0.5) * unit, ny = y + ('8' - s[1] + 0.5) * unit;
            s++;
            if (open) {
                dd_canvas_line(c, px, py, nx, ny, width, colour);
            }
            px = nx;
            py = ny;
            open = true;
        }
    }
}

double dd_canvas_text(DdCanvas* c, double x, double y, double size, DdColour colour,
                      const char* text)
{
    double from = x, unit = size / 6;
    while (*text) {
        draw_glyph(c, x, y - 0.5 * unit, unit, colour, k_glyphs[next_glyph(&text)]);
        x += k_advance * unit;
    }
    return x > from ? x - from - 2 * unit : 0;
}

void dd_canvas_text_fit(DdCanvas* c, double x, double y, double size, double width, DdColour colour,
                        const char* text)
{
    char cut[512];
    snprintf(cut, sizeof cut, "%s", text);
    for (size_t n = strlen(cut); n > 2 && dd_canvas_text_width(size, cut) > width;) {
        n--;
        while (n > 2 && ((unsigned char)text[n - 2] & 0xc0) == 0x80) {
            n--;
        }
        memcpy(cut + n - 2, "..", 3);
    }
    dd_canvas_text(c, x, y, size, colour, cut);
}
