// View: a frame: input, picture, overlays, panel, on the screen. Time by the clock of the wall, or
// by the count of frames when keys come from a script, so that a slow machine shows the same.
#include "sim/app/view.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "recorder/png.h"

static const double k_script_frame_s = 1.0 / 30;
static const double k_rest_s = 1.0 / 60;

static double wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

DdViewerDef dd_viewer_def(void)
{
    return (DdViewerDef){.width = 1280, .height = 720, .shadows = true};
}

bool dd_viewer_check(const DdViewerDef* def, DdError* err)
{
    DdViewer* v = calloc(1, sizeof *v);
    DD_ASSERT(v);
    bool fine = !def->keys || dd_view_read_script(v, def->keys, err);
    dd_viewer_close(v);
    return fine;
}

DdViewer* dd_viewer_open(const DdViewerDef* def, DdError* err)
{
    DdViewer* v = calloc(1, sizeof *v);
    DD_ASSERT(v);
    v->def = *def;
    v->speed = DD_VIEW_SPEED_ONE;
    v->paused = def->paused;
    v->seek_s = NAN;
    v->button = -1;
    v->trail_s = -1;
    v->show.measures = true;
    if ((def->keys && !dd_view_read_script(v, def->keys, err)) ||
        !(v->window = dd_window_open("drydock", def->width, def->height, err))) {
        dd_viewer_close(v);
        return NULL;
    }
    v->last_s = wall_s();
    return v;
}

void dd_viewer_close(DdViewer* v)
{
    if (v) {
        dd_view_forget_trails(v);
        if (v->window) {
            dd_window_close(v->window);
        }
        dd_canvas_free(&v->canvas);
        free(v->script);
        free(v);
    }
}

static bool take_shot(DdViewer* v, const unsigned char* rgb, DdError* err)
{
    DdPng png = {.width = v->canvas.width, .height = v->canvas.height, .channels = 3, .bits = 8};
    bool fine = dd_png_write(v->shot, &png, rgb, err);
    v->shot[0] = '\0';
    return fine;
}

static void fit_canvas(DdViewer* v)
{
    int width, height;
    dd_window_size(v->window, &width, &height);
    width = width < 64 ? 64 : width > 8192 ? 8192 : width;
    height = height < 64 ? 64 : height > 4032 ? 4032 : height;
    if (width != v->canvas.width || height != v->canvas.height) {
        dd_canvas_free(&v->canvas);
        v->canvas = dd_canvas_make(width, height, DD_RGB(0));
    }
}

bool dd_viewer_frame(DdViewer* v, const DdScene* scene, DdError* err)
{
    dd_error_clear(err);
    if (!v->started) {
        v->started = true;
        if (!dd_view_first_camera(v, scene, err)) {
            return false;
        }
        dd_window_title(v->window, scene->title);
    }
    double now = wall_s();
    v->frame_s = v->script ? k_script_frame_s : fmin(now - v->last_s, 0.1);
    v->last_s = now;
    v->steps = 0;
    v->seek_s = NAN;
    fit_canvas(v);
    dd_view_input(v, scene);
    v->clock_s += v->frame_s;
    dd_view_keep_trails(v, scene);

    // the middle of the picture is the middle of what the panel leaves free
    double panel = dd_view_panel(v), share = 1 - panel / v->canvas.width;
    DdEye eye = dd_view_eye(scene->world, scene->plan, &v->view, v->canvas.width, v->canvas.height);
    eye.cx -= panel / 2;
    eye.fx *= share;
    eye.fy *= share;
    if (!dd_paint_world(scene->world, &eye, scene->weather, scene->t_s, v->def.shadows, 1,
                        v->canvas.rgb, err)) {
        return false;
    }
    dd_view_draw_overlays(v, scene, &eye);
    dd_view_draw_panel(v, scene);
    unsigned char* shown = NULL;
    if (v->shot[0]) {
        shown = calloc((size_t)v->canvas.width * (size_t)v->canvas.height, 3);
        DD_ASSERT(shown);
        dd_window_read_next(v->window, shown);
    }
    bool fine = dd_window_show(v->window, v->canvas.rgb, v->canvas.width, v->canvas.height, err) &&
                (!shown || take_shot(v, shown, err));
    free(shown);
    return fine && !v->quit;
}

double dd_viewer_advance(DdViewer* v, double tick_s)
{
    if (v->steps != 0) {
        return v->steps * tick_s;
    }
    return v->paused ? 0 : dd_view_speeds[v->speed] * v->frame_s;
}

double dd_viewer_seek(DdViewer* v)
{
    return v->seek_s;
}

bool dd_viewer_wants_points(const DdViewer* v)
{
    return v->show.points;
}

bool dd_viewer_wants_contacts(const DdViewer* v)
{
    return v->show.contacts;
}

void dd_viewer_pause(DdViewer* v)
{
    v->paused = true;
}

bool dd_viewer_scripted(const DdViewer* v)
{
    return v->script != NULL;
}

double dd_viewer_frame_s(const DdViewer* v)
{
    return v->frame_s;
}

void dd_viewer_rest(DdViewer* v)
{
    double left = v->last_s + k_rest_s - wall_s();
    if (!v->script && left > 0) {
        struct timespec t = {.tv_nsec = (long)(left * 1e9)};
        nanosleep(&t, NULL);
    }
}
