// Paint: rendering for looking, and labels.
#include "sim/app/paint.h"

#include <math.h>
#include <string.h>

bool dd_paint_world(DdWorld* w, const DdEye* eye, const DdWeather* weather, double t_s,
                    bool shadows, int samples, unsigned char* rgb, DdError* err)
{
    DdRender* r = dd_render_get(w, err);
    if (!r) {
        return false;
    }
    DdEye large = *eye;
    DdShot shot = {.rgb = rgb};
    DdRenderLook look = dd_render_look();
    look.shadows = shadows;
    bool more = samples > 1 && eye->width * samples <= 8192 && eye->height * samples <= 8192 &&
                (double)eye->width * eye->height * samples * samples < 3e7;
    if (more) {
        large.width *= samples;
        large.height *= samples;
        large.fx *= samples;
        large.fy *= samples;
        large.cx = (eye->cx + 0.5) * samples - 0.5;
        large.cy = (eye->cy + 0.5) * samples - 0.5;
        shot.rgb = malloc((size_t)large.width * (size_t)large.height * 3);
        DD_ASSERT(shot.rgb);
    }
    bool fine = dd_render_shot(r, w, &large, &look, weather, t_s, &shot, err);
    dd_render_release(r);
    if (more) {
        DdCanvas c = {.width = eye->width, .height = eye->height, .rgb = rgb};
        if (fine) {
            dd_canvas_picture(&c, 0, 0, c.width, c.height, shot.rgb, large.width, large.height);
        }
        free(shot.rgb);
    }
    return fine;
}

bool dd_paint_film(DdFilm* f, const DdView* view, int width, int height, bool shadows, int samples,
                   unsigned char* rgb, DdError* err)
{
    DdEye eye = dd_view_eye(f->world, f->plan, view, width, height);
    return dd_paint_world(f->world, &eye, &f->weather, f->now_s, shadows, samples, rgb, err);
}

bool dd_size_parse(const char* text, int* width, int* height, DdError* err)
{
    int n = 0;
    if (sscanf(text, "%dx%d%n", width, height, &n) < 2 || text[n] || *width < 16 || *height < 16 ||
        *width > 8192 || *height > 8192) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "--size: '%s' is not WIDTHxHEIGHT with 16 to 8192 pixels a side", text);
    }
    return true;
}

// --- what is told -------------------------------------------------------------------------------

int dd_film_choose(const DdFilm* f, const DdSeries** out, int max)
{
    int n = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < f->nseries && n < max; i++) {
            const DdSeries* s = &f->series[i];
            bool required = false;
            for (int k = 0; k < f->nrequirement; k++) {
                required = required || strcmp(f->requirement[k].signal, s->name) == 0;
            }
            if (required == (pass == 0)) {
                out[n++] = s;
            }
        }
    }
    return n;
}

void dd_series_text(const DdSeries* s, double t_s, char* out, size_t size)
{
    double v = dd_series_at(s, t_s);
    if (isnan(v)) {
        snprintf(out, size, "%s -", s->name);
    } else {
        // no "-0.00": what rounds to nothing is nothing
        v = fabs(v) < 5e-7 ? 0 : v;
        snprintf(out, size, "%s %.*f%s%s", s->name,
                 fabs(v) < 0.1   ? 4
                 : fabs(v) < 100 ? 2
                                 : 0,
                 v, s->unit[0] ? " " : "", s->unit);
    }
}

DdColour dd_outcome_colour(const char* outcome)
{
    return strcmp(outcome, "PASS") == 0   ? DD_RGB(0x15803d)
           : strcmp(outcome, "FAIL") == 0 ? DD_RGB(0xb91c1c)
                                          : DD_RGB(0xa16207);
}

DdColour dd_requirement_state(const DdFilmRequirement* r, double t_s, double end_s,
                              const char** word)
{
    bool decided = t_s >= end_s - 1e-9 || (!isnan(r->t) && t_s >= r->t - 1e-9 && !r->holds);
    if (!decided) {
        *word = "open";
        return DD_RGB(0x64748b);
    }
    *word = r->holds                                   ? "holds"
            : strcmp(r->verdict, "INCONCLUSIVE") == 0  ? "inconclusive"
            : strcmp(r->verdict, "NOT_EVALUATED") == 0 ? "not evaluated"
            : strcmp(r->verdict, "NOT_EXERCISED") == 0 ? "not exercised"
                                                       : "violated";
    return r->holds                              ? DD_RGB(0x15803d)
           : strcmp(*word, "not evaluated") == 0 ? DD_RGB(0x64748b)
           : strcmp(*word, "inconclusive") == 0  ? DD_RGB(0xa16207)
                                                 : DD_RGB(0xb91c1c);
}

DdColour dd_word_colour(const char* word)
{
    return strcmp(word, "open") == 0 || strcmp(word, "not evaluated") == 0 ? DD_RGB(0xcbd5e1)
           : strcmp(word, "holds") == 0                                    ? DD_RGB(0x4ade80)
           : strcmp(word, "inconclusive") == 0                             ? DD_RGB(0xfacc15)
                                                                           : DD_RGB(0xf87171);
}

static double label_width(const DdFilm* f, double size, const DdSeries* const* list, int n)
{
    double w = 120;
    char text[160];
    for (int i = 0; i < n; i++) {
        dd_series_text(list[i], f->now_s, text, sizeof text);
        w = fmax(w, dd_canvas_text_width(size, text) + 3 * size);
    }
    for (int i = 0; i < f->nrequirement; i++) {
        snprintf(text, sizeof text, "%s: not evaluated", f->requirement[i].name);
        w = fmax(w, dd_canvas_text_width(size, text));
    }
    return w;
}

void dd_paint_labels(DdCanvas* c, const DdFilm* f)
{
    const DdSeries* list[4];
    int n = dd_film_choose(f, list, 4);
    double size = fmax(7, c->height / 60.0), line = 1.75 * size, pad = size;
    int rows = 1 + n + (f->nrequirement < 6 ? f->nrequirement : 6);
    char text[200];
    DdColour box = DD_RGB(0x0f172a);
    box.a = 0.62;
    double w = label_width(f, size, list, n);
    dd_canvas_area(c, pad, pad, w + 2 * pad, rows * line + pad, box);
    double x = 2 * pad, y = 1.9 * pad;
    snprintf(text, sizeof text, "%.2f s", f->now_s);
    dd_canvas_text(c, x, y, size, DD_RGB(0xffffff), text);
    for (int i = 0; i < n; i++) {
        y += line;
        dd_series_text(list[i], f->now_s, text, sizeof text);
        dd_canvas_text(c, x, y, size, DD_RGB(0xcbd5e1), text);
    }
    for (int i = 0; i < f->nrequirement && i < 6; i++) {
        const char* word;
        const DdFilmRequirement* r = &f->requirement[i];
        dd_requirement_state(r, f->now_s, f->duration_s, &word);
        DdColour colour = dd_word_colour(word);
        y += line;
        snprintf(text, sizeof text, "%s: %s", r->name, word);
        dd_canvas_text(c, x, y, size, colour, text);
    }
}

// --- plots --------------------------------------------------------------------------------------

static void range_of(const DdSeries* s, double* lo, double* hi)
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

void dd_paint_plot(DdCanvas* c, double x, double y, double w, double h, const DdSeries* s,
                   double duration_s, double now_s, DdColour colour)
{
    double lo, hi, last_x = NAN, last_y = NAN;
    double end = duration_s > 0 ? duration_s : 1;
    range_of(s, &lo, &hi);
    if (isfinite(s->limit)) {
        double ly = y + h * (1 - (s->limit - lo) / (hi - lo));
        for (double at = x; at < x + w; at += 8) {
            dd_canvas_area(c, at, ly - 0.5, fmin(4, x + w - at), 1, DD_RGB(0xdc2626));
        }
    }
    // the lowest and highest value of each column
    int k = 0;
    for (int col = 0; col < (int)w; col++) {
        double until = end * (col + 1) / w, a = INFINITY, b = -INFINITY;
        for (; k < s->n && s->t[k] <= until; k++) {
            if (isfinite(s->y[k])) {
                a = fmin(a, s->y[k]);
                b = fmax(b, s->y[k]);
            }
        }
        if (!isfinite(a)) {
            continue;
        }
        double ya = y + h * (1 - (a - lo) / (hi - lo)), yb = y + h * (1 - (b - lo) / (hi - lo));
        double px = x + col + 0.5;
        if (!isnan(last_x)) {
            dd_canvas_line(c, last_x, last_y, px, ya, 1.3, colour);
        }
        if (ya - yb > 1) {
            dd_canvas_line(c, px, ya, px, yb, 1.3, colour);
        }
        last_x = px;
        last_y = yb;
    }
    if (!isnan(now_s)) {
        double nx = x + w * dd_clamp(now_s / end, 0, 1);
        dd_canvas_area(c, nx - 0.5, y, 1, h, DD_RGB(0x0f172a));
    }
}
