// drydock video: an episode as a film.
#include "sim/app/app.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "recorder/export/video.h"
#include "sim/app/look.h"

static const DdOption k_options[] = {
    {"-o", "FILE.mp4", "what to write: .mp4, .mov or .mkv"},
    {"--camera", "NAME",
     "overview, follow:ROBOT, a camera sensor or a camera of the model (overview)"},
    {"--episode", "N", "which episode of a run (its first)"},
    {"--fps", "F", "pictures a second (30; of a camera sensor its rate)"},
    {"--from", "S", "begin at this simulated time (0)"},
    {"--to", "S", "end there (the end)"},
    {"--speed", "X", "simulated seconds per second of film (1)"},
    {"--size", "WxH", "pixels (1280x720; of a camera sensor its own)"},
    {"--smooth", NULL, "four samples a pixel, which is slower"},
    {"--labels", NULL, "write time, measures and requirements into the pictures"},
    {"--no-shadows", NULL, "without shadows, which is quicker"},
    {NULL, NULL, NULL},
};

typedef struct Film {
    DdLook look;
    const char* out;
    double fps, from, to, speed;
    int width, height;
    bool labels;
    DdVideo* video; // of the second part
} Film;

static double wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Size, rate and length, which ffmpeg must know before the first picture.
static json_t* ask(void* user, DdError* err)
{
    Film* s = user;
    DdLooked l;
    if (!dd_look_open(&s->look, &l, err)) {
        return NULL;
    }
    // opening a renderer here tells early that there is none
    DdRenderInfo info = {{0}, {0}, false};
    if (l.source != DD_LOOK_RECORDED && !dd_render_info(&info, err)) {
        dd_look_close(&l);
        return NULL;
    }
    json_t* j =
        json_pack("{s:i, s:i, s:f, s:f, s:s, s:s, s:s}", "width", l.width, "height", l.height,
                  "rate", l.rate_hz, "duration", l.film->duration_s, "camera", l.view.name,
                  "source", dd_look_source_name(l.source), "renderer", info.renderer);
    dd_look_close(&l);
    return j;
}

static int frames_of(const Film* s)
{
    return (int)fmax(1, floor((s->to - s->from) / s->speed * s->fps + 1e-6) + 1);
}

static json_t* feed(void* user, DdError* err)
{
    Film* s = user;
    DdLooked l;
    if (!dd_look_open(&s->look, &l, err)) {
        return NULL;
    }
    DdCanvas c = dd_canvas_make(s->width, s->height, DD_RGB(0));
    int n = frames_of(s);
    double started = wall_s();
    bool fine = true;
    for (int i = 0; i < n && fine; i++) {
        double t = s->from + i * s->speed / s->fps;
        if (dd_app_interrupted) {
            fine = dd_fail(err, DD_ERROR_INTERRUPTED, "interrupted; no video was written");
            break;
        }
        fine = dd_look_picture(&l, t, s->width, s->height, c.rgb, err);
        if (fine && s->labels) {
            dd_paint_labels(&c, l.film);
        }
        fine = fine && dd_video_frame(s->video, c.rgb, err);
        dd_app_progress("pictures", i + 1, n, t - s->from, wall_s() - started);
    }
    dd_app_progress_end();
    dd_canvas_free(&c);
    dd_look_close(&l);
    return fine ? json_integer(n) : NULL;
}

static bool make(Film* s, json_t** answer, DdError* err)
{
    DdJailDef jail = {.interrupted = &dd_app_interrupted};
    json_t* known = dd_jail(&jail, ask, s, err);
    if (!known) {
        return false;
    }
    double duration = json_number_value(json_object_get(known, "duration"));
    double rate = json_number_value(json_object_get(known, "rate"));
    int width = (int)json_integer_value(json_object_get(known, "width"));
    int height = (int)json_integer_value(json_object_get(known, "height"));
    if (s->width == 0) {
        s->width = width > 0 ? width : 1280;
        s->height = width > 0 ? height : 720;
    }
    s->fps = s->fps > 0 ? s->fps : rate > 0 ? fmin(rate, 60) : 30;
    s->to = fmin(s->to, duration);
    if (s->from > s->to) {
        json_decref(known);
        return dd_fail(err, DD_ERROR_ARGUMENT, "--from: %g s is behind the end at %g s", s->from,
                       s->to);
    }
    DdVideoDef def = {.path = s->out, .width = s->width, .height = s->height, .fps = s->fps};
    s->video = dd_video_open(&def, err);
    if (!s->video) {
        json_decref(known);
        return false;
    }
    const char* codec = dd_video_codec(s->video);
    json_t* n = dd_jail(&jail, feed, s, err);
    bool fine = dd_video_close(s->video, n != NULL, err) && n;
    if (fine) {
        *answer = json_pack(
            "{s:s, s:s, s:O, s:O, s:O, s:O, s:i, s:i, s:f, s:s}", "file", s->look.episode, "video",
            s->out, "camera", json_object_get(known, "camera"), "source",
            json_object_get(known, "source"), "renderer", json_object_get(known, "renderer"),
            "pictures", n, "width", s->width, "height", s->height, "fps", s->fps, "codec", codec);
    }
    json_decref(n);
    json_decref(known);
    return fine;
}

static int run(const DdArgs* args)
{
    DdRun r;
    DdError err;
    Film s = {
        .look.samples = 1, .to = INFINITY, .speed = 1, .labels = dd_args_flag(args, "--labels")};
    dd_error_clear(&err);
    dd_app_catch_signals();
    const char* size = dd_args_value(args, "--size", NULL);
    s.out = dd_args_value(args, "-o", NULL);
    if (!s.out) {
        dd_fail(&err, DD_ERROR_ARGUMENT, "-o FILE.mp4 is missing: what shall be written?");
        return dd_app_error(args, &err);
    }
    if (!dd_args_double(args, "--fps", 0.1, 240, &s.fps, &err) ||
        !dd_args_double(args, "--from", 0, 1e9, &s.from, &err) ||
        !dd_args_double(args, "--to", 0, 1e9, &s.to, &err) ||
        !dd_args_double(args, "--speed", 0.01, 1000, &s.speed, &err) ||
        (size && !dd_size_parse(size, &s.width, &s.height, &err)) ||
        !dd_look_args(args, &r, &s.look, &err)) {
        return dd_app_error(args, &err);
    }
    s.look.samples = dd_args_flag(args, "--smooth") ? 2 : 1;
    json_t* answer = NULL;
    bool fine = make(&s, &answer, &err);
    dd_run_close(&r);
    if (!fine) {
        return dd_app_error(args, &err);
    }
    fprintf(args->json ? stderr : stdout, "%s: %d pictures, %d x %d, %g a second, %s (%s)\n", s.out,
            (int)json_integer_value(json_object_get(answer, "pictures")), s.width, s.height, s.fps,
            json_string_value(json_object_get(answer, "camera")),
            json_string_value(json_object_get(answer, "source")));
    if (args->json) {
        dd_app_json(answer);
    } else {
        json_decref(answer);
    }
    return 0;
}

const DdCommand dd_command_video = {
    .name = "video",
    .args = "RUN|EPISODE",
    .doc = "an episode as a film, by ffmpeg",
    .detail =
        "overview and follow:ROBOT show the world by the recording's pose log, poses between two "
        "agent\n"
        "ticks interpolated. Of a camera sensor its recorded pictures are used; where there are "
        "none, the\n"
        "episode is simulated again with that camera, which must equal the recorded run.\n"
        "--json: {file, video, camera, source, renderer, pictures, width, height, fps, codec}.\n"
        "Exit codes: 0; 2 wrong argument, no ffmpeg; 3 cannot be simulated again; 69 no OpenGL; "
        "75 ffmpeg failed; 130.",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
