// drydock run: episodes of a scenario with its agents, recorded and scored.
#include "sim/app/cmd_view.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sim/app/view_live.h"
#include "sim/script/script.h"

static const DdOption k_options[] = {
    {"--agent", "FILE",
     "who drives: zero, random, an agent file; SLOT=FILE where there are several (zero)"},
    {"--seed", "N", "seed of episode 0; episode k uses N + k (0)"},
    {"--episodes", "N", "how many (1)"},
    {"--jobs", "N", "worker processes (1)"},
    {"--out", "DIR", "run folder (runs/NAME-SEED, then numbered)"},
    {"--set", "NAME=VALUE", "override a parameter; may be repeated"},
    {"--params", "FILE", "override parameters by a JSON object"},
    {"--latency", "MODE", "paused, measured, or milliseconds such as 20 (paused)"},
    {"--sensors", "RIG",
     "sensors from outside: a rig file, or 'all' for every optional one of robots and scenario"},
    {"--duration", "S", "end episodes after S simulated seconds, earlier than the scenario would"},
    {"--resume", NULL, "run only what is missing in an existing folder"},
    {"--force", NULL, "replace an existing run folder"},
    {"--view", NULL, "watch it in a window; --camera, --size, --paused as drydock view has them"},
    {"--drive", "ROBOT",
     "with --view: drive it by keyboard or gamepad, which is recorded as an agent is"},
    {"--camera", "NAME", "with --view"},
    {"--size", "WxH", "with --view"},
    {"--paused", NULL, "with --view"},
    {"--no-shadows", NULL, "with --view"},
    {"--keys", "SCRIPT", NULL},
    {"--root", "DIR", "a foreign model may read files below DIR"},
    {"--timeout", "S", "wall seconds without progress before a worker is killed (120)"},
    {NULL, NULL, NULL},
};

static bool open_scenario(const DdBatchDef* def, DdFiles* files,
                          void (*print)(void* user, const char* level, const char* text,
                                        const char* file, int line),
                          void* user, DdScenario* scenario, DdError* err)
{
    DdScriptDef script = dd_script_def();
    script.path = def->scenario;
    script.root = def->root;
    script.files = files;
    script.print = print;
    script.user = user;
    return dd_script_open(&script, scenario, err);
}

const DdBatchOps dd_app_batch_ops = {.open = open_scenario, .rig = dd_script_rig};

// "NAME=VALUE" into the overrides: a JSON value, or a plain word.
static bool add_override(json_t* overrides, const char* text, DdError* err)
{
    const char* equals = strchr(text, '=');
    if (!equals || equals == text) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "--set: '%s' is not NAME=VALUE", text);
    }
    char name[DD_NAME_MAX];
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    json_t* value = json_loads(equals + 1, JSON_DECODE_ANY, NULL);
    json_object_set_new(overrides, name, value ? value : json_string(equals + 1));
    return true;
}

static bool read_overrides(const DdArgs* args, json_t* overrides, DdError* err)
{
    const char* path = dd_args_value(args, "--params", NULL);
    if (path) {
        size_t size;
        char* text = (char*)dd_file_read(path, 1 << 24, &size, err);
        if (!text) {
            return dd_fail_while(err, "--params");
        }
        json_error_t where;
        json_t* j = json_loadb(text, size, 0, &where);
        free(text);
        if (!json_is_object(j)) {
            json_decref(j);
            return dd_fail_at(err, DD_ERROR_ARGUMENT, path, where.line,
                              "%s:%d: --params must hold a JSON object: %s", path, where.line,
                              where.text);
        }
        json_object_update(overrides, j);
        json_decref(j);
    }
    for (int i = 0; i < args->nopt; i++) {
        if (strcmp(args->opt[i], "--set") == 0 && !add_override(overrides, args->value[i], err)) {
            return false;
        }
    }
    return true;
}

static bool read_latency(const DdArgs* args, DdBatchDef* def, DdError* err)
{
    const char* mode = dd_args_value(args, "--latency", "paused");
    if (strcasecmp(mode, "paused") == 0) {
        def->latency = DD_LATENCY_PAUSED;
    } else if (strcasecmp(mode, "measured") == 0) {
        def->latency = DD_LATENCY_MEASURED;
    } else {
        double ms = 0;
        char* end;
        ms = strtod(strncmp(mode, "fixed(", 6) == 0 ? mode + 6 : mode, &end);
        if (end == mode || !(ms >= 0 && ms <= 60000)) {
            return dd_fail(err, DD_ERROR_ARGUMENT,
                           "--latency: '%s' is not paused, measured, or "
                           "milliseconds from 0 to 60000",
                           mode);
        }
        def->latency = DD_LATENCY_FIXED;
        def->latency_s = ms * 1e-3;
    }
    return true;
}

// runs/NAME-SEED, or runs/NAME-SEED-2, ... when that is taken.
static void default_out(const char* scenario, uint64_t seed, char out[DD_PATH_MAX])
{
    char name[DD_NAME_MAX];
    char dir[DD_PATH_MAX];
    const char* base = dd_path_base(scenario);
    if (strcmp(base, "scenario.lua") == 0) {
        dd_path_dir(dir, scenario);
        base = dd_path_base(dir);
    }
    snprintf(name, sizeof name, "%s", base);
    char* dot = strrchr(name, '.');
    if (dot && dot != name) {
        *dot = '\0';
    }
    snprintf(out, DD_PATH_MAX, "runs/%s-%llu", name, (unsigned long long)seed);
    for (int i = 2; dd_dir_exists(out) || dd_file_exists(out); i++) {
        snprintf(out, DD_PATH_MAX, "runs/%s-%llu-%d", name, (unsigned long long)seed, i);
    }
}

static void progress(void* user, int done, int total, double sim_s, double wall_s)
{
    (void)user;
    dd_app_progress("episodes", done, total, sim_s, wall_s);
}

// 70 and 75 win over 1.
static int exit_code(const json_t* card)
{
    int code = 0;
    size_t i;
    json_t* ep;
    const char* verdict = json_string_value(json_object_get(card, "verdict"));
    if (!verdict || strcmp(verdict, "PASS") != 0) {
        code = 1;
    }
    json_array_foreach(json_object_get(card, "episodes"), i, ep)
    {
        const char* outcome = json_string_value(json_object_get(ep, "outcome"));
        const char* error = json_string_value(json_object_get(ep, "error"));
        if (outcome && strcmp(outcome, "HARNESS_ERROR") == 0) {
            bool full = error && (strcmp(error, "disk") == 0 || strcmp(error, "memory") == 0);
            code = full || code == 75 ? 75 : 70;
        }
    }
    return code;
}

// A folder for a run that is only looked at.
static bool make_temporary(char out[DD_PATH_MAX], DdError* err)
{
    const char* tmp = getenv("TMPDIR");
    snprintf(out, DD_PATH_MAX, "%.900s/drydock-view-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
    return mkdtemp(out) != NULL ||
           dd_fail(err, DD_ERROR_DISK, "cannot make a folder in %s", tmp && tmp[0] ? tmp : "/tmp");
}

// The window's part of the options.
static bool read_view(const DdArgs* args, bool temporary, DdBatchDef* def, DdLiveView* view,
                      DdError* err)
{
    if (!dd_view_options(args, &view->viewer, err)) {
        return false;
    }
    if (def->jobs > 1) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "--view: one window shows one job, not %d",
                       def->jobs);
    }
    view->drive = dd_args_value(args, "--drive", NULL);
    view->stay = true;
    def->by_hand = view->drive;
    def->user = view;
    def->progress = NULL;
    def->record = !temporary;
    def->force = def->force || temporary;
    def->timeout_s = 0; // a person may look as long as they like
    return true;
}

int dd_run_scenario(const DdArgs* args, bool watched)
{
    DdLiveView view = {.stay = true};
    DdBatchOps ops = dd_app_batch_ops;
    DdBatchDef def = dd_batch_def();
    DdError err;
    int64_t episodes = 1, jobs = 1;
    char scenario[DD_PATH_MAX];
    char out[DD_PATH_MAX];
    static char agent_path[DD_PLAN_SLOTS][DD_PATH_MAX];
    dd_error_clear(&err);

    def.overrides = json_object();
    const char* seed = dd_args_value(args, "--seed", "0");
    char* end;
    def.seed = strtoull(seed, &end, 10);
    if (*end || end == seed || seed[0] == '-') {
        dd_fail(&err, DD_ERROR_ARGUMENT, "--seed: '%s' is not a whole number from 0 to 2^64 - 1",
                seed);
        return dd_app_error(args, &err);
    }
    if (!dd_args_int(args, "--episodes", 1, 1000000, &episodes, &err) ||
        !dd_args_int(args, "--jobs", 1, 256, &jobs, &err) ||
        !dd_args_double(args, "--timeout", 0, 1e6, &def.timeout_s, &err) ||
        !dd_args_double(args, "--duration", 1e-3, 1e6, &def.duration_s, &err) ||
        !read_latency(args, &def, &err) || !read_overrides(args, def.overrides, &err) ||
        !dd_script_find(args->pos[0], "scenario", scenario, &err)) {
        return dd_app_error(args, &err);
    }
    def.scenario = scenario;
    def.episodes = (int)episodes;
    def.jobs = (int)jobs;
    def.resume = dd_args_flag(args, "--resume");
    def.force = dd_args_flag(args, "--force");
    def.root = dd_args_value(args, "--root", NULL);
    def.sensors = dd_args_value(args, "--sensors", NULL);
    for (int i = 0; i < args->nopt; i++) {
        if (strcmp(args->opt[i], "--agent") == 0) {
            if (def.nagent == DD_PLAN_SLOTS) {
                dd_fail(&err, DD_ERROR_ARGUMENT, "more than %d --agent", DD_PLAN_SLOTS);
                return dd_app_error(args, &err);
            }
            snprintf(agent_path[def.nagent], DD_PATH_MAX, "%s", args->value[i]);
            def.agents[def.nagent] = agent_path[def.nagent];
            def.nagent++;
        }
    }
    const char* given = dd_args_value(args, "--out", dd_args_value(args, "-o", NULL));
    bool only_view = watched && !given && !dd_args_flag(args, "--view");
    def.out = out;
    def.progress = progress;
    def.interrupted = &dd_app_interrupted;
    dd_app_catch_signals();
    if (watched) {
        ops.drive = dd_live_view;
        ops.driven = dd_live_viewed;
        if (!read_view(args, only_view, &def, &view, &err)) {
            json_decref(def.overrides);
            return dd_app_error(args, &err);
        }
    } else if (dd_args_value(args, "--drive", NULL)) {
        dd_fail(&err, DD_ERROR_ARGUMENT, "--drive needs --view: a person drives what they see");
        json_decref(def.overrides);
        return dd_app_error(args, &err);
    }
    if (given) {
        snprintf(out, sizeof out, "%s", given);
    } else if (!only_view) {
        default_out(scenario, def.seed, out);
    } else if (!make_temporary(out, &err)) {
        json_decref(def.overrides);
        return dd_app_error(args, &err);
    }

    json_t* card = dd_batch_run(&def, &ops, &err);
    dd_app_progress_end();
    json_decref(def.overrides);
    if (only_view) {
        DdError ignored;
        dd_error_clear(&ignored);
        if (dd_run_erase(out, &ignored)) {
            rmdir(out);
        }
    }
    if (!card) {
        return dd_app_interrupted ? 130 : dd_app_error(args, &err);
    }
    int code = dd_app_interrupted ? 130 : exit_code(card);
    char* text = dd_scorecard_text(card);
    fputs(text, args->json ? stderr : stdout);
    if (!only_view) {
        fprintf(args->json ? stderr : stdout, "\nrecordings and scorecard: %s\n", out);
    }
    if (dd_app_interrupted) {
        fprintf(stderr,
                "drydock: interrupted; what was recorded is whole, --resume runs the rest\n");
    }
    free(text);
    if (args->json) {
        json_object_set_new(card, "run", only_view ? json_null() : json_string(out));
        dd_app_json(card);
    } else {
        json_decref(card);
    }
    return code;
}

static int run(const DdArgs* args)
{
    return dd_run_scenario(args, dd_args_flag(args, "--view"));
}

const DdCommand dd_command_run = {
    .name = "run",
    .args = "SCENARIO",
    .doc = "run episodes of a scenario with an agent, record and score them",
    .detail =
        "SCENARIO is a Lua file, its folder, or the name of a shipped scenario. Each episode "
        "becomes a\n"
        "rosbag2 bag in OUT/episode_NNNNN; OUT also gets scorecard.json and run.json.\n"
        "--json: the scorecard: verdict, outcomes, success_rate (0..1), success_ci, metrics,\n"
        "episodes[].{episode, seed, file, outcome, reason, requirements, metrics}, run.\n"
        "Exit codes: 0 PASS; 1 another verdict; 2 wrong file or argument; 70, 75, 130.",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
