// drydock view: a window on a scenario that runs, or on a recording.
#include "sim/app/cmd_view.h"

#include <string.h>
#include <unistd.h>

#include "sim/app/look.h"
#include "sim/app/view_live.h"
#include "sim/app/view_recording.h"
#include "sim/script/script.h"

static const DdOption k_options[] = {
    {"--camera", "NAME",
     "first camera: overview, follow:ROBOT, a camera sensor, a camera of the model"},
    {"--size", "WxH", "pixels of the window (1280x720)"},
    {"--paused", NULL, "begin paused"},
    {"--no-shadows", NULL, "without shadows, which is quicker"},
    {"--episode", "N", "of a run: which episode (its first)"},
    {"--from", "S", "of a recording: begin at this moment (0)"},
    {"--agent", "FILE", "of a scenario: as drydock run has it (zero)"},
    {"--seed", "N", "of a scenario (0)"},
    {"--set", "NAME=VALUE", "of a scenario: override a parameter; may be repeated"},
    {"--sensors", "RIG", "of a scenario: a rig file, or all"},
    {"--duration", "S", "of a scenario: end after S simulated seconds"},
    {"--drive", "ROBOT", "of a scenario: drive it by keyboard or gamepad"},
    {"-o", "DIR", "of a scenario: record into this run folder (nothing is recorded)"},
    {"--force", NULL, "replace an existing run folder"},
    {"--root", "DIR", "a foreign model may read files below DIR"},
    {"--keys", "SCRIPT", NULL},
    {NULL, NULL, NULL},
};

bool dd_view_options(const DdArgs* args, DdViewerDef* def, DdError* err)
{
    *def = dd_viewer_def();
    const char* size = dd_args_value(args, "--size", NULL);
    def->camera = dd_args_value(args, "--camera", NULL);
    def->keys = dd_args_value(args, "--keys", NULL);
    def->paused = dd_args_flag(args, "--paused");
    def->shadows = !dd_args_flag(args, "--no-shadows");
    return (!size || dd_size_parse(size, &def->width, &def->height, err)) &&
           dd_viewer_check(def, err) && dd_window_possible(err);
}

static int view_recording(const DdArgs* args)
{
    DdRun r;
    DdError err;
    DdLook look = {{0}};
    DdViewRecording def = {.from_s = 0};
    dd_error_clear(&err);
    if (!dd_view_options(args, &def.viewer, &err) ||
        !dd_args_double(args, "--from", 0, 1e9, &def.from_s, &err) ||
        !dd_look_args(args, &r, &look, &err)) {
        return dd_app_error(args, &err);
    }
    def.episode = look.episode;
    def.files_dir = look.files_dir;
    DdJailDef jail = {.screen = true, .interrupted = &dd_app_interrupted};
    dd_app_catch_signals();
    json_t* answer = dd_jail(&jail, dd_view_recording, &def, &err);
    dd_run_close(&r);
    json_decref(answer);
    return answer ? 0 : dd_app_error(args, &err);
}

static bool is_recording(const char* path)
{
    char run_json[DD_PATH_MAX];
    const char* dot = strrchr(dd_path_base(path), '.');
    dd_path_join(run_json, path, "run.json");
    return dd_file_exists(run_json) ||
           (dot && (strcmp(dot, ".mcap") == 0 || strcmp(dot, ".drydock") == 0));
}

static int run(const DdArgs* args)
{
    if (is_recording(args->pos[0])) {
        return view_recording(args);
    }
    return dd_run_scenario(args, true);
}

const DdCommand dd_command_view = {
    .name = "view",
    .args = "SCENARIO|RUN|EPISODE",
    .doc = "a window: watch a scenario run, drive a robot, look through a recording",
    .detail =
        "A recording is shown by its pose log and can be set to any moment; nothing of it "
        "changes.\n"
        "A scenario runs as drydock run does; with -o it is recorded, judged and sealed, also "
        "when a robot\n"
        "is driven by hand, which makes a demonstration. h in the window tells the keys; "
        "docs/viewing.md\n"
        "tells more. Exit codes: 0 (of a scenario as drydock run); 2; 3; 69 no screen or no "
        "OpenGL.",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
