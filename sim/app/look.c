// Look: sensors show what was recorded, or what a rerun makes of it; every other camera shows the
// world by the pose log.
#include "sim/app/look.h"

#include <string.h>

#include "recorder/picture.h"
#include "sim/run/rerun.h"

struct DdReel {
    DdPlay* play; // recorded
    DdRig rig;    // made again
    DdRerun* rerun;
    char channel[2 * DD_NAME_MAX];
    int physics_hz;
    int64_t shown; // step of the picture at hand, -1 before the first
    bool ahead;    // `next` waits for its time
    int64_t next_step;
    bool ended;
    DdPicture picture, next, rgb;
    DdChannelDef def; // borrowed names
    bool has_def;
};

// --- options ------------------------------------------------------------------------------------

static bool pick_episode(const DdRun* r, int64_t number, char out[DD_PATH_MAX], DdError* err)
{
    char name[32];
    snprintf(name, sizeof name, "episode_%05d.mcap", (int)number);
    for (int i = 0; i < r->n; i++) {
        bool named = strcmp(dd_path_base(r->episode[i]), name) == 0;
        if (number < 0 || named || (r->n == 1 && r->dir[0] == '\0')) {
            snprintf(out, DD_PATH_MAX, "%s", r->episode[i]);
            return true;
        }
    }
    return number < 0 ? dd_fail(err, DD_ERROR_CANNOT_CHECK, "there is no recording in it")
                      : dd_fail(err, DD_ERROR_ARGUMENT,
                                "--episode: there is no episode %d among %d", (int)number, r->n);
}

bool dd_look_args(const DdArgs* args, DdRun* run, DdLook* look, DdError* err)
{
    int64_t number = -1;
    if (!dd_args_int(args, "--episode", 0, 99999999, &number, err) ||
        !dd_run_open(args->pos[0], run, err)) {
        return false;
    }
    if (!pick_episode(run, number, look->episode, err)) {
        dd_fail_while(err, "%s", args->pos[0]);
        dd_run_close(run);
        return false;
    }
    snprintf(look->files_dir, sizeof look->files_dir, "%s", run->files_dir);
    look->camera = dd_args_value(args, "--camera", "overview");
    look->shadows = !dd_args_flag(args, "--no-shadows");
    return true;
}

// --- a sensor's pictures ------------------------------------------------------------------------

static const DdChannelDef* channel_of(const DdFilm* f, DdChannels** table, const char* name)
{
    DdError ignored;
    dd_error_clear(&ignored);
    *table = dd_play_channels(f->play, &ignored);
    int channel = *table ? dd_channels_find(*table, name) : -1;
    const DdChannelDef* def = channel >= 0 ? dd_channels_def(*table, channel) : NULL;
    return def && def->type == DD_TYPE_IMAGE ? def : NULL;
}

static bool open_recorded(DdReel* reel, const char* path, DdError* err)
{
    reel->play = dd_play_open(path, false, err);
    if (reel->play) {
        dd_play_select(reel->play, DD_PLAY_SAMPLE, reel->channel);
    }
    return reel->play != NULL;
}

static bool open_again(DdReel* reel, const DdLook* look, DdError* err)
{
    DdRerunDef def = {.mcap_path = look->episode,
                      .files_dir = look->files_dir,
                      .rig = &reel->rig,
                      .interrupted = &dd_app_interrupted};
    dd_rerun_close(reel->rerun);
    reel->rerun = dd_rerun_open(&def, err);
    reel->shown = -1;
    reel->ended = false;
    return reel->rerun != NULL;
}

// Of a rendering, whose world is not at hand: a camera it recorded, at first any.
static bool open_rendering(const DdLook* look, DdLooked* l, DdError* err)
{
    char list[512] = "";
    DdReel* reel = calloc(1, sizeof *reel);
    DD_ASSERT(reel);
    l->reel = reel;
    reel->shown = -1;
    reel->physics_hz = l->film->physics_hz;
    DdChannels* table = dd_play_channels(l->film->play, err);
    for (int i = 0; table && i < dd_channels_count(table); i++) {
        const DdChannelDef* def = dd_channels_def(table, i);
        size_t n = strlen(look->camera), used = strlen(list);
        if (def->type != DD_TYPE_IMAGE) {
            continue;
        }
        snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", def->name);
        bool colour = strcmp(def->encoding, "rgb8") == 0;
        bool named = strcmp(def->name, look->camera) == 0 ||
                     (colour && strncmp(def->name, look->camera, n) == 0 && def->name[n] == '.');
        bool any = colour && strcmp(look->camera, "overview") == 0;
        if ((named || any) && !reel->channel[0]) {
            snprintf(reel->channel, sizeof reel->channel, "%s", def->name);
            l->width = (int)def->meta[DD_IMAGE_WIDTH];
            l->height = (int)def->meta[DD_IMAGE_HEIGHT];
            l->rate_hz = dd_rate_hz(def->rate);
        }
    }
    dd_channels_destroy(table);
    l->source = DD_LOOK_RECORDED;
    l->view.kind = DD_VIEW_SENSOR;
    snprintf(l->view.name, sizeof l->view.name, "%s", reel->channel);
    if (!reel->channel[0]) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "--camera: a rendering shows its own pictures, and '%s' is none of them: %s",
                       look->camera, list[0] ? list : "it has none");
    }
    return open_recorded(reel, look->episode, err);
}

static bool open_reel(const DdLook* look, DdLooked* l, DdError* err)
{
    const DdSensorDef* sensor = &l->film->plan->sensor[l->view.index];
    DdReel* reel = calloc(1, sizeof *reel);
    DD_ASSERT(reel);
    l->reel = reel;
    l->width = sensor->width;
    l->height = sensor->height;
    l->rate_hz = sensor->rate_hz;
    reel->shown = -1;
    reel->physics_hz = l->film->physics_hz;
    // "agv.front" means its colours, "agv.front.depth" one of its other pictures
    size_t n = strlen(l->view.name);
    bool exact = strncmp(look->camera, l->view.name, n) == 0 && look->camera[n] == '.';
    const char* what = strcmp(sensor->kind, "thermal") == 0 ? "image" : "colour";
    snprintf(reel->channel, sizeof reel->channel, "%s.%s", l->view.name,
             exact ? look->camera + n + 1 : what);
    DdChannels* table = NULL;
    const DdChannelDef* def = channel_of(l->film, &table, reel->channel);
    bool recorded = def != NULL;
    dd_channels_destroy(table);
    if (recorded) {
        l->source = DD_LOOK_RECORDED;
        return open_recorded(reel, look->episode, err);
    }
    l->source = DD_LOOK_AGAIN;
    DdSensorDef only = *sensor;
    only.optional = false;
    only.latency_s = 0;
    only.outputs.n = 1;
    snprintf(only.outputs.v[0], sizeof only.outputs.v[0], "%s",
             exact ? look->camera + n + 1 : what);
    return dd_rig_add(&reel->rig, &only, err) && open_again(reel, look, err);
}

static void close_reel(DdReel* reel)
{
    if (reel) {
        dd_play_close(reel->play);
        dd_rerun_close(reel->rerun);
        dd_rig_clear(&reel->rig);
        dd_picture_free(&reel->picture);
        dd_picture_free(&reel->next);
        dd_picture_free(&reel->rgb);
        free(reel);
    }
}

static void show(DdReel* reel, const DdPicture* in, const DdChannelDef* def, int64_t step)
{
    dd_picture_show(in, def, 0, &reel->rgb);
    reel->shown = step;
}

// The newest recorded picture measured at or before the step.
static bool recorded_until(DdReel* reel, int64_t step, DdError* err)
{
    DdPlayItem item;
    dd_error_clear(err);
    if (step < reel->shown) {
        dd_play_rewind(reel->play);
        reel->shown = -1;
        reel->ahead = reel->ended = false;
    }
    if (reel->ahead && reel->next_step <= step) {
        show(reel, &reel->next, &reel->def, reel->next_step);
        reel->ahead = false;
    }
    while (!reel->ended && !reel->ahead) {
        if (!dd_play_next(reel->play, &item, err)) {
            reel->ended = true;
            break;
        }
        if (!dd_picture_decode(&item, &reel->next, err)) {
            return false;
        }
        reel->def = *item.def;
        reel->next_step = item.step;
        // there is always a picture to show, at first the one to come
        if (item.step <= step || reel->shown < 0) {
            show(reel, &reel->next, &reel->def, item.step);
        } else {
            reel->ahead = true;
        }
    }
    return err->code == DD_OK;
}

// The same, made on the way.
static bool made_until(DdReel* reel, int64_t step, DdError* err)
{
    DdEpisode* ep = dd_rerun_episode(reel->rerun);
    const DdChannels* channels = dd_episode_channels(ep);
    int channel = dd_channels_find(channels, reel->channel);
    if (channel < 0) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "--camera: the camera makes no '%s'", reel->channel);
    }
    dd_error_clear(err);
    while (!reel->ended && (reel->shown < 0 || dd_rerun_now(reel->rerun) <= step)) {
        reel->ended = !dd_rerun_step(reel->rerun, err);
        const DdSample* s = dd_channels_latest(channels, channel, dd_rerun_now(reel->rerun));
        if (s && s->blob && s->step > reel->shown) {
            const DdChannelDef* def = dd_channels_def(channels, channel);
            DdPicture raw = {0};
            int width = (int)def->meta[DD_IMAGE_WIDTH], height = (int)def->meta[DD_IMAGE_HEIGHT];
            DdPixel pixel = strcmp(def->encoding, "rgb8") == 0    ? DD_PIXEL_RGB8
                            : strcmp(def->encoding, "mono8") == 0 ? DD_PIXEL_GREY8
                            : strcmp(def->encoding, "32FC1") == 0 ? DD_PIXEL_FLOAT
                                                                  : DD_PIXEL_GREY16;
            dd_picture_room(&raw, width, height, pixel);
            memcpy(raw.data, s->blob->bytes, (size_t)width * (size_t)height * dd_pixel_size(pixel));
            show(reel, &raw, def, s->step);
            dd_picture_free(&raw);
        }
        if (err->code != DD_OK) {
            return false;
        }
    }
    return true;
}

static void fit(const DdPicture* from, int width, int height, unsigned char* rgb)
{
    DdCanvas c = {.width = width, .height = height, .rgb = rgb};
    double scale = (double)width / from->width < (double)height / from->height
                       ? (double)width / from->width
                       : (double)height / from->height;
    int w = (int)(from->width * scale + 0.5), h = (int)(from->height * scale + 0.5);
    if (w != width || h != height) {
        memset(rgb, 0, (size_t)width * (size_t)height * 3);
    }
    dd_canvas_picture(&c, (width - w) / 2, (height - h) / 2, w, h, from->data, from->width,
                      from->height);
}

// --- the whole ----------------------------------------------------------------------------------

bool dd_look_open(const DdLook* look, DdLooked* l, DdError* err)
{
    memset(l, 0, sizeof *l);
    l->shadows = look->shadows;
    l->samples = look->samples;
    l->film = dd_film_open(look->episode, look->files_dir, err);
    if (l->film && !l->film->world) {
        if (!open_rendering(look, l, err)) {
            dd_look_close(l);
            return false;
        }
        return true;
    }
    if (!l->film ||
        !dd_view_find(l->film->world, l->film->plan, look->camera, l->film->lo, l->film->hi,
                      &l->view, err) ||
        (l->view.kind == DD_VIEW_SENSOR && !open_reel(look, l, err))) {
        dd_look_close(l);
        return false;
    }
    return true;
}

void dd_look_close(DdLooked* l)
{
    close_reel(l->reel);
    dd_film_close(l->film);
    memset(l, 0, sizeof *l);
}

bool dd_look_picture(DdLooked* l, double t_s, int width, int height, unsigned char* rgb,
                     DdError* err)
{
    dd_film_seek(l->film, t_s);
    if (l->source == DD_LOOK_POSES) {
        return dd_paint_film(l->film, &l->view, width, height, l->shadows, l->samples, rgb, err);
    }
    DdReel* reel = l->reel;
    int64_t step = (int64_t)(t_s * reel->physics_hz + 1e-6);
    if (l->source == DD_LOOK_AGAIN && step < reel->shown && reel->shown > 0) {
        reel->shown = -1;
        reel->ended = false;
        if (!dd_rerun_seek(reel->rerun, 0, err)) {
            return false;
        }
    }
    bool fine = l->source == DD_LOOK_RECORDED ? recorded_until(reel, step, err)
                                              : made_until(reel, step, err);
    if (fine && reel->shown < 0) {
        fine = dd_fail(err, DD_ERROR_CANNOT_CHECK, "camera '%s' made no picture in this episode",
                       l->view.name);
    }
    if (fine) {
        fit(&reel->rgb, width, height, rgb);
    }
    return fine;
}

const char* dd_look_source_name(DdLookSource source)
{
    static const char* const k_names[] = {"pose log", "recorded pictures", "simulated again"};
    return k_names[source];
}
