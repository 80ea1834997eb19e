// drydock verify: simulate recordings again and compare every step.
#include "sim/app/app.h"

#include <string.h>

#include "sim/run/replay.h"
#include "sim/script/script.h"

static const DdOption k_options[] = {
    {"--jobs", "N", "threads; segments between restore points run in parallel (cores)"},
    {"--from-script", NULL, "run the recorded script again and compare its journal too"},
    {NULL, NULL, NULL},
};

typedef struct Task {
    const char* episode;
    const char* files_dir;
    int threads;
    bool from_script;
} Task;

static const char* verdict_name(DdVerifyVerdict v)
{
    static const char* const k_names[] = {"identical", "diverged", "cannot check", "damaged"};
    return k_names[v];
}

// The recorded script, in the store under scenario/: written to the episode's own store by the run.
static bool open_recorded(const char* episode, const char* files_dir, DdFiles* files,
                          DdScenario* scenario, DdError* err)
{
    DdPlay* play = dd_play_open(episode, true, err);
    if (!play || !dd_replay_files(play, files_dir, files, err)) {
        dd_play_close(play);
        return false;
    }
    dd_play_close(play);
    dd_files_freeze(files);
    DdScriptDef def = dd_script_def();
    def.files = files;
    def.path = NULL; // from the store
    return dd_script_open(&def, scenario, err);
}

static json_t* verify_one(void* user, DdError* err)
{
    Task* task = user;
    DdVerify v;
    DdScenario scenario;
    DdFiles* files = NULL;
    DdVerifyDef def = {
        .threads = task->threads, .files_dir = task->files_dir, .interrupted = &dd_app_interrupted};
    memset(&scenario, 0, sizeof scenario);
    if (task->from_script) {
        files = dd_files_create();
        if (!open_recorded(task->episode, task->files_dir, files, &scenario, err)) {
            dd_files_destroy(files);
            return NULL;
        }
        def.from_script = &scenario;
    }
    dd_verify_episode(task->episode, &def, &v);
    if (scenario.destroy) {
        scenario.destroy(scenario.user);
    }
    dd_files_destroy(files);
    return json_pack("{s:s, s:s, s:I, s:s, s:f, s:I, s:i, s:b}", "verdict", verdict_name(v.verdict),
                     "text", v.text, "step", (json_int_t)v.step, "body", v.body, "distance",
                     v.distance, "steps", (json_int_t)v.steps, "segments", v.segments,
                     "other_machine", (int)v.other_machine);
}

static int code_of(const json_t* row)
{
    const char* verdict = json_string_value(json_object_get(row, "verdict"));
    return strcmp(verdict, "identical") == 0 ? 0 : strcmp(verdict, "diverged") == 0 ? 1 : 3;
}

static int run(const DdArgs* args)
{
    DdRun r;
    DdError err;
    int64_t jobs = dd_app_cores();
    dd_error_clear(&err);
    dd_app_catch_signals();
    if (!dd_args_int(args, "--jobs", 1, 64, &jobs, &err) || !dd_run_open(args->pos[0], &r, &err)) {
        return dd_app_error(args, &err);
    }
    // every byte of the run first: a changed file is damage, whatever a replay would say
    if (r.dir[0] && !dd_run_check_seal(r.dir, &err)) {
        dd_fail_while(&err, "cannot check, because");
        err.code = DD_ERROR_DAMAGED;
        dd_run_close(&r);
        return dd_app_error(args, &err);
    }
    int code = 0;
    json_t* list = json_array();
    for (int i = 0; i < r.n && !dd_app_interrupted; i++) {
        Task task = {.episode = r.episode[i],
                     .files_dir = r.files_dir,
                     .threads = (int)jobs,
                     .from_script = dd_args_flag(args, "--from-script")};
        DdJailDef jail = {0};
        dd_error_clear(&err);
        json_t* row = dd_jail(&jail, verify_one, &task, &err);
        if (!row) {
            if (err.code == DD_OK || err.code == DD_ERROR_INTERNAL) {
                dd_run_close(&r);
                json_decref(list);
                return dd_app_error(args, &err);
            }
            char text[DD_ERROR_TEXT_MAX + 32];
            snprintf(text, sizeof text, "cannot check, because %s", err.text);
            row = json_pack("{s:s, s:s}", "verdict", "cannot check", "text", text);
        }
        json_object_set_new(row, "file", json_string(r.episode[i]));
        int c = code_of(row);
        code = c == 3 || code == 3 ? 3 : c > code ? c : code;
        fprintf(args->json ? stderr : stdout, "%s: %s\n", r.episode[i],
                json_string_value(json_object_get(row, "text")));
        json_array_append_new(list, row);
    }
    if (r.n == 0) {
        fprintf(stderr, "drydock: cannot check, because %s holds no recording\n", args->pos[0]);
        code = 3;
    }
    if (args->json) {
        static const char* const k_words[] = {"identical", "diverged", "", "cannot check"};
        dd_app_json(json_pack("{s:s, s:O}", "verdict", k_words[code], "episodes", list));
    }
    json_decref(list);
    dd_run_close(&r);
    return dd_app_interrupted ? 130 : code;
}

const DdCommand dd_command_verify = {
    .name = "verify",
    .args = "RUN",
    .doc = "simulate a recording again from its journal and compare every step",
    .detail =
        "RUN is a run folder, a .drydock pack or one .mcap. Neither the scenario nor the agent is\n"
        "needed. Every CRC and hash is checked first.\n"
        "--json: {verdict, episodes[].{file, verdict, text, step, body, distance, steps, "
        "segments,\n"
        "other_machine}}.\n"
        "Exit codes: 0 identical, also on another machine; 1 diverged; 3 cannot check, damaged.",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
