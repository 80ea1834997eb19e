// Overlays: every colour picture with the masks, boxes and names of its labels drawn onto it, to
// check them by eye: OUT/NAME/CAMERA/000000.png, numbered as they were taken.
#include "recorder/export/export.h"
#include "recorder/overlay.h"
#include "recorder/picture.h"

#include <string.h>

enum { k_waiting = 8 }; // pictures of a camera whose labels may still come

// What belongs to one moment of one camera.
typedef struct Moment {
    bool used;
    int64_t step;
    bool has_colour, has_ids, has_classes;
    DdPicture colour, ids;
    double* boxes; // of the channel `boxes_def`; NULL = none
    const DdChannelDef* boxes_def;
} Moment;

typedef struct Camera {
    char name[DD_NAME_MAX];
    Moment moment[k_waiting];
    int written;
} Camera;

typedef struct Overlays {
    DdPlay* play;
    int hz;
    char dir[DD_PATH_MAX];
    Camera* camera;
    int n;
    DdPicture shown;
} Overlays;

static Camera* camera_of(Overlays* o, const char* name)
{
    for (int i = 0; i < o->n; i++) {
        if (strcmp(o->camera[i].name, name) == 0) {
            return &o->camera[i];
        }
    }
    o->camera = realloc(o->camera, ((size_t)o->n + 1) * sizeof *o->camera);
    DD_ASSERT(o->camera);
    Camera* c = &o->camera[o->n++];
    memset(c, 0, sizeof *c);
    snprintf(c->name, sizeof c->name, "%s", name);
    return c;
}

// Floors and skies hide more than they show: what is left are the classes that have boxes.
static void keep_boxed(Moment* m)
{
    bool boxed[256] = {false};
    for (int i = 0; i < (int)m->boxes[0]; i++) {
        double id = m->boxes[1 + i * DD_BOX2_VALUES];
        if (id >= 0 && id < 256) {
            boxed[(int)id] = true;
        }
    }
    uint8_t* px = m->ids.data;
    size_t n = (size_t)m->ids.width * (size_t)m->ids.height;
    for (size_t i = 0; i < n; i++) {
        px[i] = boxed[px[i]] ? px[i] : 0;
    }
}

static bool write_moment(Overlays* o, Camera* c, Moment* m, DdError* err)
{
    static const uint8_t k_white[3] = {255, 255, 255}, k_black[3] = {0, 0, 0};
    m->used = false;
    if (!m->has_colour) {
        return true;
    }
    dd_picture_show(&m->colour, NULL, 0, &o->shown);
    if (m->has_ids && m->boxes_def && m->ids.pixel == DD_PIXEL_GREY8) {
        keep_boxed(m);
    }
    if (m->has_ids) {
        dd_overlay_mask(&o->shown, &m->ids, 0.3);
    }
    if (m->boxes_def) {
        dd_overlay_boxes(&o->shown, m->boxes_def, m->boxes);
    }
    char text[DD_NAME_MAX + 64], dir[DD_PATH_MAX], path[DD_PATH_MAX];
    snprintf(text, sizeof text, "%s  %.3f s", c->name, dd_step_s(m->step, o->hz));
    dd_overlay_text(&o->shown, 4, o->shown.height - DD_GLYPH_HEIGHT - 2, 1, text, k_white, k_black);
    dd_path_join(dir, o->dir, c->name);
    snprintf(text, sizeof text, "%06d.png", c->written);
    dd_path_join(path, dir, text);
    if (c->written++ == 0 && !dd_dir_make(dir, err)) {
        return false;
    }
    return dd_picture_write(&o->shown, path, err);
}

// The moment of this step, in place of the oldest one when all are taken.
static Moment* moment_of(Overlays* o, Camera* c, int64_t step, DdError* err)
{
    Moment* oldest = NULL;
    Moment* unused = NULL;
    for (int i = 0; i < k_waiting; i++) {
        Moment* m = &c->moment[i];
        if (m->used && m->step == step) {
            return m;
        }
        if (!m->used) {
            unused = m;
        } else if (!oldest || m->step < oldest->step) {
            oldest = m;
        }
    }
    Moment* m = unused;
    if (!m) {
        if (!write_moment(o, c, oldest, err)) {
            return NULL;
        }
        m = oldest;
    }
    m->used = true;
    m->step = step;
    m->has_colour = m->has_ids = m->has_classes = false;
    m->boxes_def = NULL;
    return m;
}

static bool is_ids(const DdChannelDef* def)
{
    return def->nclass > 0 || def->nname > 0;
}

static bool add(Overlays* o, const DdPlayItem* item, DdError* err)
{
    const DdChannelDef* def = item->def;
    bool boxes = def->type == DD_TYPE_BOXES_2D;
    bool colour = def->type == DD_TYPE_IMAGE && !is_ids(def) &&
                  (strcmp(def->encoding, "rgb8") == 0 || strcmp(def->encoding, "mono8") == 0);
    bool ids = def->type == DD_TYPE_IMAGE && is_ids(def);
    if (!boxes && !colour && !ids) {
        return true;
    }
    Camera* c = camera_of(o, def->group[0] ? def->group : def->name);
    Moment* m = moment_of(o, c, item->step, err);
    if (!m) {
        return false;
    }
    if (boxes) {
        m->boxes = realloc(m->boxes, (size_t)item->n * sizeof *m->boxes);
        DD_ASSERT(m->boxes);
        memcpy(m->boxes, item->values, (size_t)item->n * sizeof *m->boxes);
        m->boxes_def = def;
        return true;
    }
    // masks in the colours of the boxes, which are those of the classes
    if (ids && m->has_classes) {
        return true;
    }
    m->has_colour = m->has_colour || colour;
    m->has_ids = m->has_ids || ids;
    m->has_classes = m->has_classes || (ids && strcmp(def->encoding, "mono8") == 0);
    return dd_picture_decode(item, colour ? &m->colour : &m->ids, err);
}

static bool flush(Overlays* o, DdError* err)
{
    for (int i = 0; i < o->n; i++) {
        Camera* c = &o->camera[i];
        for (;;) {
            Moment* oldest = NULL;
            for (int k = 0; k < k_waiting; k++) {
                Moment* m = &c->moment[k];
                if (m->used && (!oldest || m->step < oldest->step)) {
                    oldest = m;
                }
            }
            if (!oldest) {
                break;
            }
            if (!write_moment(o, c, oldest, err)) {
                return false;
            }
        }
    }
    return true;
}

static bool export_episode(const char* path, const char* out, int* pictures, DdError* err)
{
    char name[DD_NAME_MAX];
    snprintf(name, sizeof name, "%s", dd_path_base(path));
    char* dot = strrchr(name, '.');
    if (dot && strcmp(dot, ".mcap") == 0) {
        *dot = 0;
    }
    Overlays o = {0};
    dd_path_join(o.dir, out, name);
    dd_error_clear(err);
    o.play = dd_play_open(path, false, err);
    if (!o.play) {
        return false;
    }
    o.hz = dd_play_physics_hz(o.play);
    dd_play_select(o.play, DD_PLAY_SAMPLE, NULL);
    DdPlayItem item;
    bool ok = dd_dir_make(o.dir, err);
    while (ok && dd_play_next(o.play, &item, err)) {
        ok = add(&o, &item, err);
    }
    // a cut recording gives what is there
    ok = ok && (err->code == DD_OK || !dd_play_finished(o.play)) && flush(&o, err);
    for (int i = 0; i < o.n; i++) {
        *pictures += o.camera[i].written;
        for (int k = 0; k < k_waiting; k++) {
            dd_picture_free(&o.camera[i].moment[k].colour);
            dd_picture_free(&o.camera[i].moment[k].ids);
            free(o.camera[i].moment[k].boxes);
        }
    }
    free(o.camera);
    dd_picture_free(&o.shown);
    dd_play_close(o.play);
    return ok;
}

static bool run(const char* const* episodes, int n, const char* out, DdError* err)
{
    DdError local;
    err = err ? err : &local;
    int pictures = 0;
    for (int i = 0; i < n; i++) {
        if (!export_episode(episodes[i], out, &pictures, err)) {
            return dd_fail_while(err, "while exporting %s", episodes[i]);
        }
    }
    return pictures > 0 || dd_fail(err, DD_ERROR_ARGUMENT,
                                   "there are no colour pictures in this recording; run it with a "
                                   "rig of cameras, or render one");
}

const DdExportKind dd_export_overlays = {
    .name = "overlays",
    .doc = "colour pictures with the masks, boxes and names of their labels, one PNG each",
    .run = run,
};
