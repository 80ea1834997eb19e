// drydock sheet: an episode as one picture: moments in a grid with what was measured, events, and
// how requirements stood.
#include "sim/app/app.h"

#include <math.h>
#include <string.h>

#include "recorder/png.h"
#include "sim/app/look.h"
#include "sim/app/paint.h"

static const DdOption k_options[] = {
    {"-o", "FILE.png", "what to write"},
    {"--episode", "N", "which episode of a run (its first)"},
    {"--rows", "R", "rows of moments (3)"},
    {"--columns", "C", "columns of moments (4)"},
    {"--camera", "NAME",
     "overview, follow:ROBOT, a camera sensor or a camera of the model (overview)"},
    {"--size", "WxH", "pixels of one moment (400x225; of a camera sensor by its shape)"},
    {"--from", "S", "first moment (0)"},
    {"--to", "S", "last moment (the end)"},
    {"--no-shadows", NULL, "without shadows, which is quicker"},
    {NULL, NULL, NULL},
};

typedef struct Sheet {
    DdLook look; // what was asked for
    const char* out;
    int rows, columns;
    int width, height; // of a moment
    bool sized;        // by the person
    double from, to;
} Sheet;

enum { k_pad = 12, k_head = 62, k_label = 74, k_foot = 118, k_lines = 3 };

static const DdColour k_ink = {15, 23, 42, 1}, k_soft = {71, 85, 105, 1},
                      k_rule = {203, 213, 225, 1};

// Events of the time since the moment before, the last first, as far as there is room.
static void draw_events(DdCanvas* c, const DdFilm* f, double from, double to, double x, double y,
                        double width)
{
    char text[320] = "";
    for (int i = f->nevent - 1; i >= 0; i--) {
        const DdFilmEvent* e = &f->event[i];
        if (e->t > from && e->t <= to + 1e-9) {
            size_t used = strlen(text);
            snprintf(text + used, sizeof text - used, "%s%s %s", used ? ", " : "", e->kind,
                     e->subject);
        }
    }
    dd_canvas_text_fit(c, x, y, 7, width, DD_RGB(0x7e22ce), text);
}

static void draw_moment(DdCanvas* c, DdFilm* f, const Sheet* s, double before, double t, int x,
                        int y, const unsigned char* rgb)
{
    const DdSeries* list[2 * k_lines];
    char text[200];
    int n = dd_film_choose(f, list, 2 * k_lines);
    dd_canvas_picture(c, x, y, s->width, s->height, rgb, s->width, s->height);
    double ly = y + s->height + 7, half = s->width / 2.0;
    snprintf(text, sizeof text, "%.2f s", t);
    dd_canvas_text(c, x, ly, 10, k_ink, text);
    // a mark and a name per requirement, as they stand at this moment
    double rx = x + s->width;
    for (int i = f->nrequirement - 1; i >= 0 && rx > x + 130; i--) {
        const char* word;
        DdColour colour = dd_requirement_state(&f->requirement[i], t, f->duration_s, &word);
        rx -= dd_canvas_text_width(7, f->requirement[i].name);
        dd_canvas_text(c, rx, ly + 1, 7, colour, f->requirement[i].name);
        rx -= 9;
        dd_canvas_line(c, rx + 3, ly + 4.5, rx + 3, ly + 4.5, 7, colour);
        rx -= 9;
    }
    for (int i = 0; i < n; i++) {
        dd_series_text(list[i], t, text, sizeof text);
        dd_canvas_text_fit(c, x + (i % 2) * half, ly + 17 + 12 * (i / 2), 7, half - 8, k_soft,
                           text);
    }
    draw_events(c, f, before, t, x, ly + 17 + 12 * k_lines, s->width);
}

static void draw_head(DdCanvas* c, const DdFilm* f, const char* camera)
{
    char text[512];
    const char* scenario = json_string_value(json_object_get(f->record, "scenario"));
    const char* seed = json_string_value(json_object_get(f->record, "seed"));
    const char* reason = json_string_value(json_object_get(f->result, "reason"));
    const char* outcome = dd_film_outcome(f);
    snprintf(text, sizeof text, "%s, seed %s", scenario ? scenario : "", seed ? seed : "");
    double x = k_pad;
    x += dd_canvas_text(c, x, 14, 14, k_ink, text) + 20;
    double w = dd_canvas_text_width(14, outcome);
    dd_canvas_area(c, x - 6, 8, w + 12, 27, dd_outcome_colour(outcome));
    dd_canvas_text(c, x, 14, 14, DD_RGB(0xffffff), outcome);
    x += w + 24;
    snprintf(text, sizeof text, "%.2f s, camera %s", f->duration_s, camera);
    dd_canvas_text_fit(c, x, 16, 10, c->width - k_pad - x, k_soft, text);
    char* params =
        json_dumps(json_object_get(f->record, "params"), JSON_COMPACT | JSON_REAL_PRECISION(4));
    snprintf(text, sizeof text, "%s%s%s", reason ? reason : "", reason && reason[0] ? "   " : "",
             params ? params : "");
    free(params);
    dd_canvas_text_fit(c, k_pad, 43, 8, c->width - 2 * k_pad, k_soft, text);
}

// Time from left to right: the first measure, events above the line, requirements that were
// decided, the moments shown as ticks.
static void draw_foot(DdCanvas* c, const DdFilm* f, const double* t, int n, double top)
{
    static const DdColour k_line = {11, 98, 168, 1};
    const DdSeries* main_series = NULL;
    double x = k_pad + 140, w = c->width - k_pad - x, y = top + 8, h = 52;
    double end = f->duration_s > 0 ? f->duration_s : 1;
    char text[160];
    dd_canvas_area(c, x, y, w, h, DD_RGB(0xffffff));
    for (int i = 0; i < n; i++) {
        dd_canvas_area(c, x + w * dd_clamp(t[i] / end, 0, 1) - 0.5, y, 1, h, k_rule);
    }
    if (dd_film_choose(f, &main_series, 1) == 1) {
        dd_paint_plot(c, x, y, w, h, main_series, end, NAN, k_line);
        dd_canvas_text_fit(c, k_pad, y + 6, 8, 130, k_line, main_series->name);
        if (main_series->unit[0]) {
            snprintf(text, sizeof text, "[%s]", main_series->unit);
            dd_canvas_text(c, k_pad, y + 22, 7, k_soft, text);
        }
    }
    for (int i = 0; i < f->nevent; i++) {
        double ex = x + w * dd_clamp(f->event[i].t / end, 0, 1);
        dd_canvas_area(c, ex - 0.5, y + h - 8, 1.5, 8, DD_RGB(0x7e22ce));
    }
    for (int i = 0; i < f->nrequirement; i++) {
        const DdFilmRequirement* r = &f->requirement[i];
        if (!isnan(r->t)) {
            double rx = x + w * dd_clamp(r->t / end, 0, 1);
            const char* word;
            DdColour colour = dd_requirement_state(r, end, end, &word);
            dd_canvas_area(c, rx - 1, y, 2, h, colour);
            double nw = dd_canvas_text_width(7, r->name);
            int rows = f->nrequirement < 7 ? f->nrequirement : 7;
            double row = fmin(10, (h - 2) / rows);
            dd_canvas_text(c, fmin(rx + 5, x + w - nw - 4), y + 2 + row * (i % rows), fmin(7, row),
                           colour, r->name);
        }
    }
    dd_canvas_area(c, x, y + h, w, 1, k_soft);
    double step = pow(10, floor(log10(end / 6)));
    step *= end / step > 30 ? 5 : end / step > 12 ? 2 : 1;
    for (double at = 0; at <= end * (1 + 1e-9); at += step) {
        double ax = x + w * at / end;
        dd_canvas_area(c, ax - 0.5, y + h, 1, 5, k_soft);
        snprintf(text, sizeof text, "%g s", at);
        double tw = dd_canvas_text_width(7, text);
        dd_canvas_text(c, dd_clamp(ax - tw / 2, x, x + w - tw), y + h + 9, 7, k_soft, text);
    }
    double lx = k_pad, ly = top + k_foot - 22;
    for (int i = 0; i < f->nrequirement && lx < c->width - 200; i++) {
        const DdFilmRequirement* r = &f->requirement[i];
        const char* word;
        DdColour colour = dd_requirement_state(r, end, end, &word);
        snprintf(text, sizeof text, "%s: %s", r->name, word);
        dd_canvas_line(c, lx + 4, ly + 4, lx + 4, ly + 4, 8, colour);
        lx += 14 + dd_canvas_text(c, lx + 14, ly, 8, colour, text) + 24;
    }
}

static json_t* make(void* user, DdError* err)
{
    Sheet* s = user;
    DdLooked looked;
    if (!dd_look_open(&s->look, &looked, err)) {
        return NULL;
    }
    DdFilm* f = looked.film;
    int n = s->rows * s->columns;
    if (!s->sized && looked.width > 0 && looked.height <= 4 * looked.width) {
        s->height = s->width * looked.height / looked.width;
    }
    double to = fmin(s->to, f->duration_s), from = fmin(s->from, to);
    int pitch_x = s->width + k_pad, pitch_y = s->height + k_label;
    DdCanvas c = dd_canvas_make(s->columns * pitch_x + k_pad, k_head + s->rows * pitch_y + k_foot,
                                DD_RGB(0xf1f5f9));
    unsigned char* rgb = malloc((size_t)s->width * (size_t)s->height * 3);
    double* t = calloc((size_t)n, sizeof *t);
    DD_ASSERT(rgb && t);
    bool fine = true;
    for (int i = 0; i < n && fine; i++) {
        if (dd_app_interrupted) {
            fine = dd_fail(err, DD_ERROR_INTERRUPTED, "interrupted; no sheet was written");
            break;
        }
        t[i] = n > 1 ? from + (to - from) * i / (n - 1) : to;
        fine = dd_look_picture(&looked, t[i], s->width, s->height, rgb, err);
        if (fine) {
            draw_moment(&c, f, s, i ? t[i - 1] : -1, t[i], k_pad + (i % s->columns) * pitch_x,
                        k_head + (i / s->columns) * pitch_y, rgb);
        }
    }
    draw_head(&c, f, looked.view.name);
    draw_foot(&c, f, t, n, k_head + s->rows * pitch_y);
    DdPng png = {.width = c.width, .height = c.height, .channels = 3, .bits = 8};
    fine = fine && dd_png_write(s->out, &png, c.rgb, err);
    json_t* answer = NULL;
    if (fine) {
        json_t* moments = json_array();
        for (int i = 0; i < n; i++) {
            json_array_append_new(moments, json_real(t[i]));
        }
        answer = json_pack("{s:s, s:s, s:s, s:i, s:i, s:o}", "file", s->look.episode, "picture",
                           s->out, "camera", looked.view.name, "width", c.width, "height", c.height,
                           "moments_s", moments);
    }
    free(rgb);
    free(t);
    dd_canvas_free(&c);
    dd_look_close(&looked);
    return answer;
}

static int run(const DdArgs* args)
{
    DdRun r;
    DdError err;
    Sheet s = {.look.samples = 2, .from = 0, .to = INFINITY, .width = 400, .height = 225};
    int64_t rows = 3, columns = 4;
    dd_error_clear(&err);
    const char* size = dd_args_value(args, "--size", NULL);
    s.out = dd_args_value(args, "-o", NULL);
    if (!s.out) {
        dd_fail(&err, DD_ERROR_ARGUMENT, "-o FILE.png is missing: what shall be written?");
        return dd_app_error(args, &err);
    }
    if (!dd_args_int(args, "--rows", 1, 100, &rows, &err) ||
        !dd_args_int(args, "--columns", 1, 100, &columns, &err) ||
        !dd_args_double(args, "--from", 0, 1e9, &s.from, &err) ||
        !dd_args_double(args, "--to", 0, 1e9, &s.to, &err) ||
        (size && !dd_size_parse(size, &s.width, &s.height, &err))) {
        return dd_app_error(args, &err);
    }
    if ((double)rows * s.height * (double)columns * s.width > 1e8 || columns * s.width > 60000 ||
        rows * s.height > 60000) {
        dd_fail(&err, DD_ERROR_ARGUMENT,
                "%d x %d moments of %d x %d pixels are too much for one picture", (int)columns,
                (int)rows, s.width, s.height);
        return dd_app_error(args, &err);
    }
    s.sized = size != NULL;
    s.rows = (int)rows;
    s.columns = (int)columns;
    dd_app_catch_signals();
    if (!dd_look_args(args, &r, &s.look, &err)) {
        return dd_app_error(args, &err);
    }
    DdJailDef jail = {.interrupted = &dd_app_interrupted};
    json_t* answer = dd_jail(&jail, make, &s, &err);
    dd_run_close(&r);
    if (!answer) {
        return dd_app_error(args, &err);
    }
    fprintf(args->json ? stderr : stdout, "%s: %d moments of %s\n", s.out, s.rows * s.columns,
            s.look.episode);
    if (args->json) {
        dd_app_json(answer);
    } else {
        json_decref(answer);
    }
    return 0;
}

const DdCommand dd_command_sheet = {
    .name = "sheet",
    .args = "RUN|EPISODE",
    .doc = "an episode as one picture: moments in a grid, with measures, events and verdicts",
    .detail =
        "Nothing is simulated: bodies stand where the recording's pose log says. Pictures of a\n"
        "camera that was recorded are used; one that was not is simulated again.\n"
        "--json: {file, picture, camera, width, height, moments_s}. Exit codes: 0; 2; 3; 69 no "
        "OpenGL.",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
