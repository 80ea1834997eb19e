// Moments: chosen by requirements, rendered in a child process, handed back as base64.
#include "sim/app/moments.h"

#include <math.h>
#include <string.h>

#include "recorder/png.h"
#include "sim/app/look.h"

enum { k_width = 608, k_height = 342 };

typedef struct Moment {
    double t;
    char caption[200];
} Moment;

typedef struct Ask {
    DdLook look;
} Ask;

static char* base64(const unsigned char* data, size_t n)
{
    static const char k_digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char* out = malloc((n + 2) / 3 * 4 + 1);
    char* p = out;
    DD_ASSERT(out);
    for (size_t i = 0; i < n; i += 3) {
        unsigned v = (unsigned)data[i] << 16 | (i + 1 < n ? (unsigned)data[i + 1] << 8 : 0) |
                     (i + 2 < n ? data[i + 2] : 0);
        *p++ = k_digits[v >> 18];
        *p++ = k_digits[v >> 12 & 63];
        *p++ = i + 1 < n ? k_digits[v >> 6 & 63] : '=';
        *p++ = i + 2 < n ? k_digits[v & 63] : '=';
    }
    *p = '\0';
    return out;
}

// When the requirement was decided: by the row that decided it.
static double time_of(const json_t* r)
{
    json_t* at = json_object_get(r, "at_s");
    json_t* t = json_object_get(r, "time_s");
    double v = json_is_number(at) ? json_number_value(at) : -1;
    return v >= 0 ? v : json_is_number(t) ? json_number_value(t) : -1;
}

static void add(Moment* m, int* n, double t, const char* text, const json_t* r, const DdFilm* f)
{
    const char* name = json_string_value(json_object_get(r, "name"));
    t = t >= 0 ? fmin(t, f->duration_s) : f->duration_s;
    for (int i = 0; i < *n; i++) {
        if (fabs(m[i].t - t) < 0.05) {
            return; // one picture tells both
        }
    }
    m[*n].t = t;
    snprintf(m[*n].caption, sizeof m[*n].caption, "%.2f s: %s%s%s", t, text, name ? " " : "",
             name ? name : "");
    ++*n;
}

static int choose(const DdFilm* f, Moment out[DD_PLOT_PICTURES])
{
    const json_t* first = NULL;
    const json_t* least = NULL;
    const json_t* most = NULL;
    double first_t = INFINITY;
    size_t i;
    json_t* r;
    int n = 0;
    json_array_foreach(json_object_get(f->result, "requirements"), i, r)
    {
        const char* verdict = json_string_value(json_object_get(r, "verdict"));
        json_t* margin = json_object_get(r, "robustness");
        if (!verdict || strcmp(verdict, "NOT_EVALUATED") == 0 || !json_is_number(margin)) {
            continue;
        }
        double t = time_of(r), m = json_number_value(margin);
        if (strcmp(verdict, "HOLDS") != 0 && (t >= 0 ? t : 1e300) < first_t) {
            first = r;
            first_t = t >= 0 ? t : 1e300;
        }
        // margins of different units are compared by their limits
        double limit = fabs(json_number_value(json_object_get(r, "limit")));
        double share = m / (limit > 0 ? limit : 1);
        double least_limit = least ? fabs(json_number_value(json_object_get(least, "limit"))) : 1;
        double most_limit = most ? fabs(json_number_value(json_object_get(most, "limit"))) : 1;
        if (!least || share < json_number_value(json_object_get(least, "robustness")) /
                                  (least_limit > 0 ? least_limit : 1)) {
            least = r;
        }
        if (!most || share > json_number_value(json_object_get(most, "robustness")) /
                                 (most_limit > 0 ? most_limit : 1)) {
            most = r;
        }
    }
    if (first) {
        add(out, &n, time_of(first), "first not met:", first, f);
    }
    if (least) {
        add(out, &n, time_of(least), "least margin:", least, f);
    }
    if (most && most != least) {
        add(out, &n, time_of(most), "most margin:", most, f);
    }
    if (n < DD_PLOT_PICTURES) {
        add(out, &n, f->duration_s, "the end", NULL, f);
    }
    return n;
}

static json_t* make(void* user, DdError* err)
{
    Ask* ask = user;
    DdLooked looked;
    if (!dd_look_open(&ask->look, &looked, err)) {
        return NULL;
    }
    Moment moment[DD_PLOT_PICTURES + 1];
    int n = choose(looked.film, moment);
    json_t* list = json_array();
    unsigned char* rgb = malloc((size_t)k_width * k_height * 3);
    DD_ASSERT(rgb);
    for (int i = 0; i < n && list; i++) {
        DdPng png = {.width = k_width, .height = k_height, .channels = 3, .bits = 8};
        size_t size;
        unsigned char* data = NULL;
        if (dd_look_picture(&looked, moment[i].t, k_width, k_height, rgb, err)) {
            data = dd_png_encode(&png, rgb, 9, &size, err);
        }
        if (!data) {
            json_decref(list);
            list = NULL;
            break;
        }
        char* text = base64(data, size);
        json_array_append_new(list, json_pack("{s:s, s:s, s:f}", "caption", moment[i].caption,
                                              "png", text, "t", moment[i].t));
        free(text);
        free(data);
    }
    free(rgb);
    dd_look_close(&looked);
    return list;
}

bool dd_moments_add(DdPlot* plot, const char* episode, const char* files_dir, const char* camera,
                    DdError* err)
{
    Ask ask = {.look = {.camera = camera, .shadows = true, .samples = 2}};
    DdJailDef jail = {0};
    size_t i;
    json_t* row;
    snprintf(ask.look.episode, sizeof ask.look.episode, "%s", episode);
    snprintf(ask.look.files_dir, sizeof ask.look.files_dir, "%s", files_dir ? files_dir : "");
    json_t* list = dd_jail(&jail, make, &ask, err);
    json_array_foreach(list, i, row)
    {
        if (plot->npicture < DD_PLOT_PICTURES) {
            DdPlotPicture* p = &plot->picture[plot->npicture++];
            snprintf(p->caption, sizeof p->caption, "%s",
                     json_string_value(json_object_get(row, "caption")));
            p->png = strdup(json_string_value(json_object_get(row, "png")));
            p->t = json_number_value(json_object_get(row, "t"));
            DD_ASSERT(p->png);
        }
    }
    json_decref(list);
    return list != NULL;
}
