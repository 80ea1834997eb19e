// drydock render: what other sensors would have seen in a recorded run.
#include "sim/app/app.h"

#include <string.h>
#include <unistd.h>

#include "sim/run/rerun.h"
#include "sim/script/script.h"

static const DdOption k_options[] = {
    {"--sensors", "RIG",
     "the sensors: a rig file, or 'all' for every optional one the run carries"},
    {"-o", "DIR", "folder of the new recordings (RUN-render)"},
    {"--from", "S", "pictures and clouds begin at this simulated time (0)"},
    {"--to", "S", "end at this simulated time (the run's end)"},
    {"--poses", NULL,
     "play the pose log instead of simulating: only sensors that need no more than poses, topics "
     "begin with /approximate"},
    {"--force", NULL, "replace an existing folder"},
    {NULL, NULL, NULL},
};

typedef struct Task {
    const char* episode;
    const char* files_dir;
    const char* sensors;
    const char* dir;
    const char* name;
    double from_s, to_s;
    bool poses;
} Task;

// The calibration and sizes for run.json come back from the child.
static json_t* render_one(void* user, DdError* err)
{
    Task* task = user;
    DdRig rig = {0};
    DdFiles* files = dd_files_create();
    DdRecordDef record = {.dir = task->dir,
                          .name = task->name,
                          .threads = dd_app_cores() > 1 ? 2 : 1,
                          .topic_prefix = task->poses ? "/approximate" : NULL,
                          .compression = DD_COMPRESS_ZSTD,
                          .level = 1};
    DdRerunDef def = {.mcap_path = task->episode,
                      .files_dir = task->files_dir,
                      .rig = &rig,
                      .record = &record,
                      .poses = task->poses,
                      .from_s = task->from_s,
                      .interrupted = &dd_app_interrupted};
    json_t* answer = NULL;
    DdRerun* r = NULL;
    DdPlay* play = dd_play_open(task->episode, false, err);
    if (play) {
        record.start_ns = dd_play_start_ns(play);
        dd_play_close(play);
    }
    if (play && dd_script_rig(task->sensors, files, &rig, err)) {
        r = dd_rerun_open(&def, err);
    }
    if (r) {
        DdEpisode* ep = dd_rerun_episode(r);
        while (dd_rerun_step(r, err) && dd_episode_time(ep) < task->to_s) {
        }
        json_t* data = dd_episode_data(ep);
        double duration = dd_episode_time(ep);
        DdError closing;
        dd_error_clear(&closing);
        // what was rendered before a failure stays readable
        bool closed = dd_rerun_finish(r, &closing);
        if (err->code == DD_OK && !closed) {
            *err = closing;
        }
        if (err->code == DD_OK) {
            answer = json_pack("{s:O, s:f}", "data", data, "simulated_s", duration);
        }
        json_decref(data);
    }
    dd_rerun_close(r);
    dd_rig_clear(&rig);
    dd_files_destroy(files);
    return answer;
}

// Is `path` the folder `dir` or in it?
static bool is_inside(const char* path, const char* dir)
{
    char* a = realpath(path, NULL);
    char* b = realpath(dir, NULL);
    size_t n = b ? strlen(b) : 0;
    bool inside = a && b && strncmp(a, b, n) == 0 && (a[n] == '\0' || a[n] == '/');
    free(a);
    free(b);
    return inside;
}

static bool prepare(const char* run, const char* out, bool force, DdError* err)
{
    // whatever --force says: what is read is not replaced
    if (is_inside(run, out)) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "-o: %s holds the run itself; it would be lost: take another folder", out);
    }
    if (dd_file_exists(out) && !dd_dir_exists(out)) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "-o: %s is a file, not a folder", out);
    }
    if (dd_dir_exists(out)) {
        if (!force) {
            return dd_fail(err, DD_ERROR_ARGUMENT,
                           "%s exists already: --force to replace it, or another -o", out);
        }
        if (!dd_run_erase(out, err)) {
            return false;
        }
    }
    return dd_dir_make(out, err);
}

static json_t* make_head(const DdArgs* args)
{
    json_t* head = json_object();
    json_t* source = NULL;
    DdError ignored;
    dd_error_clear(&ignored);
    if (dd_dir_exists(args->pos[0])) {
        source = dd_run_read(args->pos[0], &ignored);
    }
    json_object_set_new(head, "drydock", json_string(DD_VERSION));
    json_object_set_new(head, "rendering_of", json_string(dd_path_base(args->pos[0])));
    json_object_set_new(head, "exact", json_boolean(!dd_args_flag(args, "--poses")));
    json_object_set_new(head, "sensors",
                        json_string(dd_path_base(dd_args_value(args, "--sensors", ""))));
    json_object_set_new(head, "fingerprint", dd_fingerprint());
    if (source) {
        json_object_set_new(head, "source", source);
    }
    return head;
}

// All episodes into `out`; what they are goes into the head. False when one failed or the user
// broke it off: then what is there stays, without a seal.
static bool render_all(const DdArgs* args, const DdRun* r, Task task, const char* out, json_t* head,
                       double* simulated_s, DdError* err)
{
    if (r->n == 0) {
        return dd_fail(err, DD_ERROR_CANNOT_CHECK, "%s holds no recording", args->pos[0]);
    }
    for (int i = 0; i < r->n; i++) {
        char name[DD_NAME_MAX], dir[DD_PATH_MAX];
        snprintf(name, sizeof name, "%.90s", dd_path_base(r->episode[i]));
        char* dot = strrchr(name, '.');
        if (dot) {
            *dot = '\0';
        }
        dd_path_join(dir, out, name);
        task.episode = r->episode[i];
        task.dir = dir;
        task.name = name;
        DdJailDef jail = {.interrupted = &dd_app_interrupted};
        json_t* row = dd_jail(&jail, render_one, &task, err);
        if (!row) {
            return dd_fail_while(err, "%s", r->episode[i]);
        }
        *simulated_s += json_real_value(json_object_get(row, "simulated_s"));
        if (i == 0) {
            json_object_set(head, "data", json_object_get(row, "data"));
        }
        json_decref(row);
        json_object_set_new(head, "episodes", json_integer(i + 1));
        dd_app_progress("episodes", i + 1, r->n, 0, 0);
    }
    return true;
}

static int tell(const DdArgs* args, const char* out, const json_t* head, double simulated_s)
{
    json_int_t bytes = json_integer_value(json_object_get(json_object_get(head, "data"), "bytes"));
    json_int_t episodes = json_integer_value(json_object_get(head, "episodes"));
    fprintf(args->json ? stderr : stdout, "recordings: %s (%lld, %.1f MB)\n", out,
            (long long)episodes, (double)bytes / 1e6);
    if (args->json) {
        dd_app_json(json_pack("{s:s, s:I, s:I, s:f}", "run", out, "episodes", episodes, "bytes",
                              bytes, "simulated_s", simulated_s));
    }
    return 0;
}

static int run(const DdArgs* args)
{
    DdRun r;
    DdError err;
    char out[DD_PATH_MAX], plain[DD_PATH_MAX];
    Task task = {.to_s = 1e12, .poses = dd_args_flag(args, "--poses")};
    dd_error_clear(&err);
    dd_app_catch_signals();
    task.sensors = dd_args_value(args, "--sensors", NULL);
    if (!task.sensors) {
        dd_fail(&err, DD_ERROR_ARGUMENT, "render: --sensors RIG is missing: a rig file, or all");
        return dd_app_error(args, &err);
    }
    if (!dd_args_double(args, "--from", 0, 1e9, &task.from_s, &err) ||
        !dd_args_double(args, "--to", 0, 1e9, &task.to_s, &err) ||
        !dd_run_open(args->pos[0], &r, &err)) {
        return dd_app_error(args, &err);
    }
    const char* given = dd_args_value(args, "-o", NULL);
    snprintf(plain, sizeof plain, "%s", args->pos[0]);
    for (size_t n = strlen(plain); n > 1 && plain[n - 1] == '/'; n--) {
        plain[n - 1] = '\0';
    }
    snprintf(out, sizeof out, "%.900s%s", given ? given : plain, given ? "" : "-render");
    if (!prepare(args->pos[0], out, dd_args_flag(args, "--force"), &err)) {
        dd_run_close(&r);
        return dd_app_error(args, &err);
    }
    task.files_dir = r.files_dir;
    double simulated_s = 0;
    json_t* head = make_head(args);
    bool fine =
        dd_run_begin(out, head, &err) && render_all(args, &r, task, out, head, &simulated_s, &err);
    dd_app_progress_end();
    dd_run_close(&r);
    if (fine) {
        dd_run_add_bytes(out, head, simulated_s);
        fine = dd_run_seal(out, head, &err);
    } else if (dd_run_holds_nothing(out)) {
        DdError ignored;
        if (dd_run_erase(out, &ignored)) {
            rmdir(out);
        }
    }
    int code = fine ? tell(args, out, head, simulated_s) : dd_app_error(args, &err);
    json_decref(head);
    return dd_app_interrupted ? 130 : code;
}

const DdCommand dd_command_render = {
    .name = "render",
    .args = "RUN",
    .doc = "make what other sensors would have seen in a recorded run",
    .detail =
        "RUN is a run folder, a .drydock pack or one .mcap. It is simulated again from its "
        "journal, with\n"
        "neither scenario script nor agent; every step must equal the recorded one. Messages equal "
        "those of\n"
        "the same rig in a live run (same build, same renderer). A rig's weather changes what "
        "sensors see,\n"
        "not the physics.\n"
        "--json: {run, episodes, bytes, simulated_s}.\n"
        "Exit codes: 0; 2 wrong file or argument; 3 cannot be simulated again; 69 no OpenGL; 70; "
        "75; 130.",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
