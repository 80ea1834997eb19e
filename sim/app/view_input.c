// Input of the viewer: keys, mouse, gamepad, and scripts of keys in their place.
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "sim/app/view.h"
#include "sim/base/text.h"

const double dd_view_speeds[DD_VIEW_SPEEDS] = {0.125, 0.25, 0.5, 1, 2, 4, 8, 16, INFINITY};

// --- scripts ------------------------------------------------------------------------------------

static const struct {
    const char* name;
    int key;
} k_names[] = {
    {"space", ' '},
    {"escape", DD_KEY_ESCAPE},
    {"enter", DD_KEY_ENTER},
    {"tab", DD_KEY_TAB},
    {"backspace", DD_KEY_BACKSPACE},
    {"left", DD_KEY_LEFT},
    {"right", DD_KEY_RIGHT},
    {"up", DD_KEY_UP},
    {"down", DD_KEY_DOWN},
    {"home", DD_KEY_HOME},
    {"end", DD_KEY_END},
    {"pageup", DD_KEY_PAGE_UP},
    {"pagedown", DD_KEY_PAGE_DOWN},
    {"shift", DD_KEY_SHIFT},
    {"plus", '+'},
    {"minus", '-'},
    {"comma", ','},
};

static int key_named(const char* name, size_t n)
{
    for (size_t i = 0; i < sizeof k_names / sizeof k_names[0]; i++) {
        if (strlen(k_names[i].name) == n && strncmp(k_names[i].name, name, n) == 0) {
            return k_names[i].key;
        }
    }
    return n == 1 && name[0] > ' ' && name[0] <= '~' ? tolower((unsigned char)name[0]) : -1;
}

static bool known_action(const char* what)
{
    size_t n = strlen(what);
    double a, b;
    return strcmp(what, "quit") == 0 || (strncmp(what, "shot:", 5) == 0 && n > 5) ||
           sscanf(what, "scroll:%lf", &a) == 1 || sscanf(what, "click:%lf:%lf", &a, &b) == 2 ||
           sscanf(what, "drag:%lf:%lf", &a, &b) == 2 || key_named(what, n) >= 0 ||
           (n > 1 && (what[n - 1] == '+' || what[n - 1] == '-') && key_named(what, n - 1) >= 0);
}

bool dd_view_read_script(DdViewer* v, const char* text, DdError* err)
{
    double t = 0;
    char* copy = strdup(text);
    char* rest;
    DD_ASSERT(copy);
    v->script = calloc(DD_KEYS_MAX, sizeof *v->script);
    DD_ASSERT(v->script);
    bool fine = true;
    for (char* word = strtok_r(copy, ", \t\n", &rest); word && fine;
         word = strtok_r(NULL, ", \t\n", &rest)) {
        double at;
        if (strncmp(word, "t=", 2) == 0) {
            fine = dd_number_parse(word + 2, &at) && at >= t && at < 1e6;
            if (!fine) {
                dd_fail(err, DD_ERROR_ARGUMENT,
                        "--keys: '%s' is not t=SECONDS, from the time before it on", word);
            }
            t = fine ? at : t;
            continue;
        }
        if (v->nscript == DD_KEYS_MAX || !known_action(word)) {
            fine = dd_fail(err, DD_ERROR_ARGUMENT,
                           "--keys: '%s' is no key, nor shot:FILE, click:X:Y, drag:DX:DY, scroll:N "
                           "or quit%s",
                           word, v->nscript == DD_KEYS_MAX ? " (and there are too many)" : "");
            break;
        }
        DdScripted* s = &v->script[v->nscript++];
        s->t = t;
        snprintf(s->what, sizeof s->what, "%s", word);
    }
    free(copy);
    return fine;
}

// --- cameras ------------------------------------------------------------------------------------

bool dd_view_first_camera(DdViewer* v, const DdScene* s, DdError* err)
{
    const char* name = v->def.camera ? v->def.camera : "overview";
    int n = dd_view_count(s->world, s->plan);
    if (!dd_view_find(s->world, s->plan, name, s->lo, s->hi, &v->view, err)) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        DdView view = dd_view_at(s->world, s->plan, i, s->lo, s->hi);
        v->camera = strcmp(view.name, v->view.name) == 0 ? i : v->camera;
    }
    return true;
}

void dd_view_next_camera(DdViewer* v, const DdScene* s)
{
    v->camera = (v->camera + 1) % dd_view_count(s->world, s->plan);
    v->view = dd_view_at(s->world, s->plan, v->camera, s->lo, s->hi);
}

// --- keys ---------------------------------------------------------------------------------------

static void seek_by(DdViewer* v, const DdScene* s, double seconds)
{
    double from = isnan(v->seek_s) ? s->t_s : v->seek_s;
    v->seek_s = dd_clamp(from + seconds, 0, s->duration_s);
}

static bool drives(const DdScene* s)
{
    return s->driven >= 0;
}

// Keys of the hands are theirs while somebody drives.
static bool is_hand_key(int key)
{
    return (key >= 'a' && key <= 'z' && strchr("wasdqerfijkluo", key)) || key == DD_KEY_UP ||
           key == DD_KEY_DOWN;
}

static void on_key(DdViewer* v, const DdScene* s, int key, bool repeat)
{
    if (drives(s) && is_hand_key(key)) {
        return;
    }
    switch (key) {
    case DD_KEY_RIGHT:
        v->paused = true;
        v->steps++;
        return;
    case DD_KEY_LEFT:
        if (!s->live) {
            v->paused = true;
            v->steps--;
        }
        return;
    case '+':
        v->speed = v->speed < DD_VIEW_SPEEDS - 1 ? v->speed + 1 : v->speed;
        return;
    case '-':
        v->speed = v->speed > 0 ? v->speed - 1 : 0;
        return;
    case DD_KEY_HOME:
        v->seek_s = 0;
        return;
    case DD_KEY_END:
        v->seek_s = s->duration_s;
        return;
    case DD_KEY_PAGE_UP:
        seek_by(v, s, -fmax(1, s->duration_s / 10));
        return;
    case DD_KEY_PAGE_DOWN:
        seek_by(v, s, fmax(1, s->duration_s / 10));
        return;
    default:
        break;
    }
    if (repeat) {
        return;
    }
    switch (key) {
    case ' ':
        v->paused = !v->paused;
        break;
    case 'c':
        dd_view_next_camera(v, s);
        break;
    case '0':
        v->view = dd_view_at(s->world, s->plan, v->camera, s->lo, s->hi);
        break;
    case '1':
        v->show.contacts = !v->show.contacts;
        break;
    case '2':
        v->show.points = !v->show.points;
        break;
    case '3':
        v->show.boxes = !v->show.boxes;
        break;
    case '4':
        v->show.frames = !v->show.frames;
        break;
    case '5':
        v->show.paths = !v->show.paths;
        break;
    case 'm':
        v->show.measures = !v->show.measures;
        break;
    case 'h':
        v->show.help = !v->show.help;
        break;
    case 'p':
        snprintf(v->shot, sizeof v->shot, "drydock_view.png");
        break;
    case 'q':
    case DD_KEY_ESCAPE:
        v->quit = true;
        break;
    default:
        break;
    }
}

// --- mouse --------------------------------------------------------------------------------------

static void scrub(DdViewer* v, const DdScene* s)
{
    double x, y, w, h;
    dd_view_timeline(v, &x, &y, &w, &h);
    v->seek_s = s->duration_s * dd_clamp((v->x - x) / w, 0, 1);
}

static void on_button(DdViewer* v, const DdScene* s, int button, bool down)
{
    double x, y, w, h;
    dd_view_timeline(v, &x, &y, &w, &h);
    v->scrubbing = false;
    v->button = -1;
    if (down && v->y >= y - 6 && v->x >= x - 6 && v->x <= x + w + 6) {
        v->scrubbing = !s->live;
        if (v->scrubbing) {
            scrub(v, s);
        }
    } else if (down) {
        v->button = button;
    }
}

static void on_move(DdViewer* v, const DdScene* s, double x, double y)
{
    double dx = x - v->x, dy = y - v->y;
    v->x = x;
    v->y = y;
    if (v->scrubbing) {
        scrub(v, s);
    } else if (v->button == 0 && v->view.kind <= DD_VIEW_FOLLOW) {
        dd_view_turn(&v->view, -0.008 * dx, 0.008 * dy);
    } else if (v->button > 0 && v->view.kind == DD_VIEW_OVERVIEW) {
        dd_view_move(&v->view, -dx / v->canvas.height, dy / v->canvas.height);
    }
}

static void handle(DdViewer* v, const DdScene* s, const DdInput* in)
{
    switch (in->kind) {
    case DD_INPUT_KEY:
        if (in->key >= 0 && in->key < DD_KEY_COUNT) {
            v->held[in->key] = in->down;
        }
        if (in->down) {
            on_key(v, s, in->key, in->repeat);
        }
        break;
    case DD_INPUT_BUTTON:
        v->x = in->x;
        v->y = in->y;
        on_button(v, s, in->button, in->down);
        break;
    case DD_INPUT_MOVE:
        on_move(v, s, in->x, in->y);
        break;
    case DD_INPUT_SCROLL:
        dd_view_zoom(&v->view, pow(0.88, in->y));
        break;
    case DD_INPUT_CLOSE:
        v->quit = true;
        break;
    }
}

static void key_event(DdViewer* v, const DdScene* s, int key, bool down)
{
    DdInput in = {.kind = DD_INPUT_KEY, .key = key, .down = down};
    handle(v, s, &in);
}

static void run_scripted(DdViewer* v, const DdScene* s, const char* what)
{
    double a, b;
    size_t n = strlen(what);
    int key = key_named(what, n);
    if (strcmp(what, "quit") == 0) {
        v->quit = true;
    } else if (strncmp(what, "shot:", 5) == 0) {
        snprintf(v->shot, sizeof v->shot, "%s", what + 5);
    } else if (sscanf(what, "scroll:%lf", &a) == 1) {
        handle(v, s, &(DdInput){.kind = DD_INPUT_SCROLL, .y = a});
    } else if (sscanf(what, "click:%lf:%lf", &a, &b) == 2) {
        handle(v, s, &(DdInput){.kind = DD_INPUT_BUTTON, .down = true, .x = a, .y = b});
        handle(v, s, &(DdInput){.kind = DD_INPUT_BUTTON, .x = a, .y = b});
    } else if (sscanf(what, "drag:%lf:%lf", &a, &b) == 2) {
        double x = v->canvas.width / 2.0, y = v->canvas.height / 2.0;
        handle(v, s, &(DdInput){.kind = DD_INPUT_BUTTON, .down = true, .x = x, .y = y});
        handle(v, s, &(DdInput){.kind = DD_INPUT_MOVE, .x = x + a, .y = y + b});
        handle(v, s, &(DdInput){.kind = DD_INPUT_BUTTON, .x = x + a, .y = y + b});
    } else if (key >= 0) {
        key_event(v, s, key, true);
        key_event(v, s, key, false);
    } else {
        key_event(v, s, key_named(what, n - 1), what[n - 1] == '+');
    }
}

void dd_view_input(DdViewer* v, const DdScene* s)
{
    DdInput in;
    while (dd_window_poll(v->window, &in)) {
        // a script alone drives what it drives
        if (!v->script || in.kind == DD_INPUT_CLOSE) {
            handle(v, s, &in);
        }
    }
    // a picture shows what the keys before it did, which the next frame does, and nothing of those
    // behind it
    bool acted = false;
    while (v->script_at < v->nscript && v->script[v->script_at].t <= v->clock_s + 1e-9 &&
           !v->shot[0]) {
        const char* what = v->script[v->script_at].what;
        if (acted && strncmp(what, "shot:", 5) == 0) {
            break;
        }
        acted = true;
        v->script_at++;
        run_scripted(v, s, what);
    }
    v->has_pad = !v->script && dd_window_gamepad(v->window, &v->pad);
}

static double axis(const DdViewer* v, int plus, int minus)
{
    return (v->held[plus] ? 1.0 : 0.0) - (v->held[minus] ? 1.0 : 0.0);
}

static double stick(double value)
{
    return fabs(value) < 0.12 ? 0 : value;
}

DdDriving dd_viewer_driving(const DdViewer* v)
{
    DdDriving d = {.forward = axis(v, 'w', 's') + axis(v, DD_KEY_UP, DD_KEY_DOWN),
                   .left = axis(v, 'a', 'd'),
                   .up = axis(v, 'q', 'e'),
                   .turn_left = axis(v, 'j', 'l'),
                   .pitch = axis(v, 'i', 'k'),
                   .roll = axis(v, 'u', 'o'),
                   .gripper = axis(v, 'r', 'f')};
    if (v->has_pad) {
        d.forward -= stick(v->pad.axis[1]);
        d.left -= stick(v->pad.axis[0]);
        d.turn_left -= stick(v->pad.axis[2]);
        d.up -= stick(v->pad.axis[3]);
        d.gripper += (v->pad.buttons & 1 ? 1 : 0) - (v->pad.buttons & 2 ? 1 : 0);
    }
    double* all[] = {&d.forward, &d.left, &d.up, &d.turn_left, &d.pitch, &d.roll, &d.gripper};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        *all[i] = dd_clamp(*all[i], -1, 1);
        d.any = d.any || *all[i] != 0;
    }
    return d;
}
