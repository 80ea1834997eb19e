// drydock score: the scorecard again from the recordings alone, or with new requirements by replay.
#include "sim/app/app.h"

#include <string.h>

#include "sim/run/replay.h"
#include "sim/script/script.h"

static const DdOption k_options[] = {
    {"--add", "FILE", "a Lua file with more measures and requirements, computed by replay"},
    {"--lang", "LANG", "en or ko: language of the table (en)"},
    {NULL, NULL, NULL},
};

typedef struct Task {
    const char* episode;
    const char* files_dir;
    const char* add;
} Task;

static json_t* score_one(void* user, DdError* err)
{
    Task* task = user;
    DdResult result;
    DdPlan* add = NULL;
    DdFiles* files = dd_files_create();
    if (task->add) {
        add = dd_script_score(task->add, files, err);
        if (!add) {
            dd_files_destroy(files);
            return NULL;
        }
    }
    json_t* j = NULL;
    if (dd_rescore_episode(task->episode, task->files_dir, add, &result, err)) {
        j = result.json;
    }
    dd_plan_destroy(add);
    dd_files_destroy(files);
    return j;
}

// Name and file of an episode as the run wrote them.
static json_t* with_name(const DdRun* r, int i, json_t* scored)
{
    const char* base = dd_path_base(r->episode[i]);
    int number = i;
    char file[2 * DD_PATH_MAX];
    if (strncmp(base, "episode_", 8) == 0) {
        number = atoi(base + 8);
    }
    snprintf(file, sizeof file, "episode_%05d/%s", number, base);
    json_t* j = json_object();
    json_object_set_new(j, "episode", json_integer(number));
    json_object_set_new(j, "file", json_string(file));
    json_object_update(j, scored);
    json_decref(scored);
    return j;
}

// Episodes without a recording (a crash, a refused case) keep what the run said of them.
static void keep_unrecorded(const DdRun* r, json_t* list)
{
    char path[DD_PATH_MAX];
    DdError err;
    size_t size, i;
    json_t* ep;
    dd_error_clear(&err);
    dd_path_join(path, r->dir, "scorecard.json");
    char* text = (char*)dd_file_read(path, (size_t)1 << 30, &size, &err);
    json_t* old = text ? json_loadb(text, size, 0, NULL) : NULL;
    free(text);
    json_array_foreach(json_object_get(old, "episodes"), i, ep)
    {
        bool have = false;
        size_t k;
        json_t* other;
        json_array_foreach(list, k, other)
        {
            have = have ||
                   json_equal(json_object_get(other, "episode"), json_object_get(ep, "episode"));
        }
        if (!have) {
            size_t at = 0;
            json_int_t number = json_integer_value(json_object_get(ep, "episode"));
            while (at < json_array_size(list) &&
                   json_integer_value(json_object_get(json_array_get(list, at), "episode")) <
                       number) {
                at++;
            }
            json_array_insert(list, at, ep);
        }
    }
    json_decref(old);
}

static json_t* score_all(const DdArgs* args, DdRun* r, DdError* err)
{
    json_t* list = json_array();
    for (int i = 0; i < r->n; i++) {
        Task task = {.episode = r->episode[i],
                     .files_dir = r->files_dir,
                     .add = dd_args_value(args, "--add", NULL)};
        DdJailDef jail = {0};
        dd_error_clear(err);
        json_t* scored = dd_app_interrupted ? NULL : dd_jail(&jail, score_one, &task, err);
        if (!scored) {
            if (err->code == DD_OK) {
                dd_fail(err, DD_ERROR_INTERRUPTED, "interrupted");
            }
            dd_fail_while(err, "%s", r->episode[i]);
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, with_name(r, i, scored));
    }
    if (r->dir[0]) {
        keep_unrecorded(r, list);
    }
    return list;
}

static int run(const DdArgs* args)
{
    DdRun r;
    DdError err;
    dd_error_clear(&err);
    dd_app_catch_signals();
    if (!dd_run_open(args->pos[0], &r, &err)) {
        return dd_app_error(args, &err);
    }
    json_t* head = r.dir[0] ? dd_run_read(r.dir, &err) : json_object();
    json_t* list =
        head && (!r.dir[0] || dd_run_check_seal(r.dir, &err)) ? score_all(args, &r, &err) : NULL;
    if (!list) {
        json_decref(head);
        dd_run_close(&r);
        return dd_app_error(args, &err);
    }
    json_t* card = dd_scorecard(head, list);
    // a plain re-score renews the run's scorecard and seal; with --add it is only printed
    bool fine = true;
    if (r.dir[0] && !r.temporary && !dd_args_value(args, "--add", NULL)) {
        fine = dd_scorecard_write(r.dir, card, &err) && dd_run_seal(r.dir, head, &err);
    }
    json_decref(head);
    json_decref(list);
    dd_run_close(&r);
    if (!fine) {
        json_decref(card);
        return dd_app_error(args, &err);
    }
    const char* verdict = json_string_value(json_object_get(card, "verdict"));
    int code = verdict && strcmp(verdict, "PASS") == 0 ? 0 : 1;
    if (verdict && strcmp(verdict, "HARNESS_ERROR") == 0) {
        code = 70;
    }
    char* text = dd_scorecard_text_lang(card, dd_args_value(args, "--lang", "en"));
    fputs(text, args->json ? stderr : stdout);
    free(text);
    if (args->json) {
        dd_app_json(card);
    } else {
        json_decref(card);
    }
    return code;
}

const DdCommand dd_command_score = {
    .name = "score",
    .args = "RUN",
    .doc = "score recordings again, from the recordings alone",
    .detail =
        "Gives the same scorecard as the run did. With --add FILE (`return score { measure = "
        "{...},\n"
        "expect = {...} }`) new measures and requirements are computed by replay.\n"
        "--json: the scorecard, as `run --json`. Exit codes: 0 PASS; 1 another verdict; 2; 3.",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
