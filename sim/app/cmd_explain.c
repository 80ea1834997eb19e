// drydock explain: why did an episode end as it did: timeline, first violated requirement with values,
// last actions, a plot. Reads the recording only.
#include "sim/app/app.h"

#include <math.h>
#include <string.h>

#include "recorder/recording.h"
#include "sim/app/plot.h"

static const DdOption k_options[] = {
    {"-o", "FILE.svg", "where the plot goes (beside the recording)"},
    {"--events", "N", "how many lines of the timeline (40)"},
    {"--actions", "N", "how many of the last actions (5)"},
    {NULL, NULL, NULL},
};

typedef struct Action {
    double t;
    char subject[DD_NAME_MAX];
    int n;
    double v[DD_ACTION_DIM_MAX];
} Action;

typedef struct Story {
    json_t* record;
    json_t* result;
    int physics_hz;
    json_t* timeline; // [{t, kind, subject, text}]
    Action* action;   // ring of the last
    int naction, action_room;
    DdPlot plot;
} Story;

static double time_of(const Story* s, int64_t step)
{
    return (double)step / s->physics_hz;
}

static void add_line(Story* s, double t, const char* kind, const char* subject, const char* text)
{
    json_array_append_new(s->timeline, json_pack("{s:f, s:s, s:s, s:s}", "time_s", t, "kind", kind,
                                                 "subject", subject ? subject : "", "text",
                                                 text ? text : ""));
}

static DdSeries* series_of(Story* s, const char* name)
{
    for (int i = 0; i < s->plot.nseries; i++) {
        if (strcmp(s->plot.series[i].name, name) == 0) {
            return &s->plot.series[i];
        }
    }
    if (s->plot.nseries >= 16) {
        return NULL; // a picture of more panels is not looked at
    }
    s->plot.series = realloc(s->plot.series, (size_t)(s->plot.nseries + 1) * sizeof *s->plot.series);
    DD_ASSERT(s->plot.series);
    DdSeries* series = &s->plot.series[s->plot.nseries++];
    *series = (DdSeries){.limit = NAN, .mark_t = NAN};
    snprintf(series->name, sizeof series->name, "%s", name);
    return series;
}

static DdPath* path_of(Story* s, const char* name)
{
    for (int i = 0; i < s->plot.npath; i++) {
        if (strcmp(s->plot.path[i].name, name) == 0) {
            return &s->plot.path[i];
        }
    }
    if (s->plot.npath >= 12) {
        return NULL;
    }
    s->plot.path = realloc(s->plot.path, (size_t)(s->plot.npath + 1) * sizeof *s->plot.path);
    DD_ASSERT(s->plot.path);
    DdPath* path = &s->plot.path[s->plot.npath++];
    memset(path, 0, sizeof *path);
    snprintf(path->name, sizeof path->name, "%s", name);
    return path;
}

// Root bodies of robots and actors make the map.
static bool is_root(const Story* s, const char* frame, char thing[DD_NAME_MAX])
{
    size_t i;
    json_t* op;
    const char* slash = strchr(frame, '/');
    snprintf(thing, DD_NAME_MAX, "%.*s", slash ? (int)(slash - frame) : (int)strlen(frame), frame);
    json_array_foreach(json_object_get(json_object_get(s->record, "plan"), "world"), i, op)
    {
        const char* kind = json_string_value(json_object_get(op, "op"));
        const char* name = json_string_value(json_object_get(op, "name"));
        if (kind && name && strcmp(name, thing) == 0) {
            return strcmp(kind, "robot") == 0 || strcmp(kind, "actor") == 0;
        }
    }
    return false;
}

static void take_poses(Story* s, const DdPlayItem* item)
{
    char seen[DD_NAME_MAX] = "";
    for (int i = 0; i < item->nname; i++) {
        char thing[DD_NAME_MAX];
        // the first body of a robot is its base
        if (!is_root(s, item->names[i], thing) || strcmp(seen, thing) == 0) {
            continue;
        }
        snprintf(seen, sizeof seen, "%s", thing);
        DdPath* path = path_of(s, thing);
        if (path) {
            dd_path_add(path, item->values[7 * i], item->values[7 * i + 1]);
        }
    }
}

static void take_action(Story* s, const DdPlayItem* item)
{
    Action* a = &s->action[s->naction++ % s->action_room];
    a->t = time_of(s, item->step);
    snprintf(a->subject, sizeof a->subject, "%s", item->subject ? item->subject : "");
    a->n = item->n < DD_ACTION_DIM_MAX ? item->n : DD_ACTION_DIM_MAX;
    memcpy(a->v, item->values, (size_t)a->n * sizeof *a->v);
}

static bool is_measure(const char* topic)
{
    return strncmp(topic, "/measures/", 10) == 0;
}

static bool read_all(Story* s, DdPlay* play, DdError* err)
{
    DdPlayItem item;
    dd_error_clear(err);
    dd_play_rewind(play);
    while (dd_play_next(play, &item, err)) {
        DdSeries* series;
        switch (item.kind) {
        case DD_PLAY_SAMPLE:
            if (item.n == 1 && is_measure(item.topic) && (series = series_of(s, item.channel))) {
                dd_series_add(series, time_of(s, item.step), item.values[0]);
            }
            break;
        case DD_PLAY_EVENT:
            add_line(s, time_of(s, item.step), item.channel, item.subject, item.text);
            break;
        case DD_PLAY_LOG:
            add_line(s, time_of(s, item.step), "log", item.subject, item.text);
            break;
        case DD_PLAY_JOURNAL:
            if (strcmp(item.channel, "action") == 0) {
                take_action(s, &item);
            } else {
                char text[256] = "";
                for (int i = 0; i < item.n && i < 8; i++) {
                    size_t used = strlen(text);
                    snprintf(text + used, sizeof text - used, "%s%g", i ? ", " : "", item.values[i]);
                }
                add_line(s, time_of(s, item.step), item.channel, item.subject, text);
            }
            break;
        case DD_PLAY_POSES:
            take_poses(s, &item);
            break;
        default:
            break;
        }
    }
    return err->code == DD_OK;
}

// Limits and violation times of the requirements onto the series they speak of.
static void mark_requirements(Story* s)
{
    size_t i;
    json_t* r;
    json_array_foreach(json_object_get(s->result, "requirements"), i, r)
    {
        const char* signal = json_string_value(json_object_get(r, "signal"));
        const char* verdict = json_string_value(json_object_get(r, "verdict"));
        if (!signal || !verdict) {
            continue;
        }
        for (int k = 0; k < s->plot.nseries; k++) {
            DdSeries* series = &s->plot.series[k];
            size_t n = strlen(series->name);
            const char* at = strstr(signal, series->name);
            if (at && (at[n] == ' ' || at[n] == '|') && json_is_number(json_object_get(r, "limit"))) {
                series->limit = json_number_value(json_object_get(r, "limit"));
                json_t* t = json_object_get(r, "time_s");
                if (json_is_number(t) && json_number_value(t) >= 0) {
                    series->mark_t = json_number_value(t);
                    series->violated = strcmp(verdict, "HOLDS") != 0;
                }
            }
        }
    }
}

// The first requirement that does not hold, by time.
static json_t* first_violated(const Story* s)
{
    json_t* first = NULL;
    double best = INFINITY;
    size_t i;
    json_t* r;
    json_array_foreach(json_object_get(s->result, "requirements"), i, r)
    {
        const char* verdict = json_string_value(json_object_get(r, "verdict"));
        if (!verdict || strcmp(verdict, "HOLDS") == 0 || strcmp(verdict, "NOT_EVALUATED") == 0) {
            continue;
        }
        double t = json_number_value(json_object_get(r, "time_s"));
        t = t < 0 ? 1e300 : t;
        if (!first || t < best) {
            first = r;
            best = t;
        }
    }
    return first;
}

static void print_measures_at(const Story* s, double t, FILE* out)
{
    fprintf(out, "  measures then:");
    for (int i = 0; i < s->plot.nseries; i++) {
        const DdSeries* series = &s->plot.series[i];
        int k = series->n - 1;
        while (k > 0 && series->t[k] > t + 1e-9) {
            k--;
        }
        if (k >= 0) {
            fprintf(out, "%s %s = %.4g", i ? "," : "", series->name, series->y[k]);
        }
    }
    fprintf(out, "\n");
}

static void print_text(const Story* s, int events, const char* plot_path, FILE* out)
{
    size_t i;
    json_t* row;
    const char* outcome = json_string_value(json_object_get(s->result, "outcome"));
    const char* reason = json_string_value(json_object_get(s->result, "reason"));
    char* params = json_dumps(json_object_get(s->record, "params"), JSON_COMPACT);
    fprintf(out, "%s, seed %s: %s%s%s\n", json_string_value(json_object_get(s->record, "scenario")),
            json_string_value(json_object_get(s->record, "seed")),
            outcome ? outcome : "no result: the recording was cut", reason && reason[0] ? ": " : "",
            reason ? reason : "");
    fprintf(out, "params %s\n\nrequirements\n", params ? params : "{}");
    free(params);
    json_array_foreach(json_object_get(s->result, "requirements"), i, row)
    {
        const char* text = json_string_value(json_object_get(row, "text"));
        json_t* robustness = json_object_get(row, "robustness");
        fprintf(out, "  %-14s %-13s robustness %-10.4g %s\n",
                json_string_value(json_object_get(row, "name")),
                json_string_value(json_object_get(row, "verdict")), json_number_value(robustness),
                text ? text : "");
    }
    json_t* first = first_violated(s);
    if (first) {
        double t = json_number_value(json_object_get(first, "time_s"));
        const char* signal = json_string_value(json_object_get(first, "signal"));
        fprintf(out, "\nfirst violated: %s", json_string_value(json_object_get(first, "name")));
        if (t >= 0) {
            fprintf(out, " at %.3f s", t);
        }
        fprintf(out, ": %s, value %.4g, limit %.4g\n", signal ? signal : "",
                json_number_value(json_object_get(first, "value")),
                json_number_value(json_object_get(first, "limit")));
        print_measures_at(s, t >= 0 ? t : INFINITY, out);
    }
    fprintf(out, "\ntimeline\n");
    size_t n = json_array_size(s->timeline);
    size_t from = n > (size_t)events ? n - (size_t)events : 0;
    if (from > 0) {
        fprintf(out, "  ... %zu earlier lines\n", from);
    }
    for (i = from; i < n; i++) {
        row = json_array_get(s->timeline, i);
        fprintf(out, "  %9.3f s  %-14s %-16s %s\n", json_number_value(json_object_get(row, "time_s")),
                json_string_value(json_object_get(row, "kind")),
                json_string_value(json_object_get(row, "subject")),
                json_string_value(json_object_get(row, "text")));
    }
    fprintf(out, "\nlast actions\n");
    int first_action = s->naction > s->action_room ? s->naction - s->action_room : 0;
    for (int k = first_action; k < s->naction; k++) {
        const Action* a = &s->action[k % s->action_room];
        fprintf(out, "  %9.3f s  %-14s", a->t, a->subject);
        for (int v = 0; v < a->n; v++) {
            fprintf(out, " %.4g", a->v[v]);
        }
        fprintf(out, "\n");
    }
    fprintf(out, "\nplot: %s\n", plot_path);
}

static json_t* to_json(const Story* s, const char* path, const char* plot_path)
{
    json_t* actions = json_array();
    int first_action = s->naction > s->action_room ? s->naction - s->action_room : 0;
    for (int k = first_action; k < s->naction; k++) {
        const Action* a = &s->action[k % s->action_room];
        json_t* values = json_array();
        for (int v = 0; v < a->n; v++) {
            json_array_append_new(values, json_real(a->v[v]));
        }
        json_array_append_new(actions, json_pack("{s:f, s:s, s:o}", "time_s", a->t, "robot", a->subject,
                                                 "values", values));
    }
    json_t* first = first_violated(s);
    json_t* j = json_pack("{s:s, s:O, s:O, s:o, s:s}", "file", path, "params",
                          json_object_get(s->record, "params"), "timeline", s->timeline, "last_actions",
                          actions, "plot", plot_path);
    json_object_set_new(j, "first_violated", first ? json_incref(first) : json_null());
    static const char* const k_keys[] = {"outcome", "reason", "requirements", "metrics", "seed"};
    for (size_t i = 0; i < sizeof k_keys / sizeof k_keys[0]; i++) {
        json_t* value = json_object_get(s->result, k_keys[i]);
        json_object_set(j, k_keys[i], value ? value : json_null());
    }
    return j;
}

// RUN means its first episode that is not PASS, else its first.
static int pick(const DdRun* r)
{
    for (int i = 0; i < r->n; i++) {
        DdError err;
        dd_error_clear(&err);
        DdPlay* play = dd_play_open(r->episode[i], false, &err);
        json_t* result = play ? dd_play_result(play) : NULL;
        const char* outcome = json_string_value(json_object_get(result, "outcome"));
        bool failed = !outcome || strcmp(outcome, "PASS") != 0;
        json_decref(result);
        dd_play_close(play);
        if (failed) {
            return i;
        }
    }
    return 0;
}

static bool explain(const char* path, Story* s, char plot_path[DD_PATH_MAX],
                    DdError* err)
{
    DdPlay* play = dd_play_open(path, false, err);
    if (!play) {
        return false;
    }
    s->record = dd_play_run_record(play, err);
    s->result = dd_play_result(play);
    bool fine = s->record != NULL;
    if (fine) {
        s->physics_hz = (int)json_integer_value(json_object_get(s->record, "physics_hz"));
        s->physics_hz = s->physics_hz > 0 ? s->physics_hz : 1;
        // a cut recording is told as far as it goes
        if (!read_all(s, play, err) && dd_play_finished(play)) {
            fine = false;
        }
    }
    if (fine) {
        DdText svg = {0};
        const char* outcome = json_string_value(json_object_get(s->result, "outcome"));
        const char* reason = json_string_value(json_object_get(s->result, "reason"));
        mark_requirements(s);
        s->plot.world = json_object_get(json_object_get(s->record, "plan"), "world");
        snprintf(s->plot.title, sizeof s->plot.title, "%s, seed %s: %s",
                 json_string_value(json_object_get(s->record, "scenario")),
                 json_string_value(json_object_get(s->record, "seed")), outcome ? outcome : "cut");
        snprintf(s->plot.subtitle, sizeof s->plot.subtitle, "%s", reason ? reason : "");
        dd_plot_svg(&s->plot, &svg);
        fine = dd_file_write(plot_path, svg.data, svg.size, err);
        dd_text_free(&svg);
    }
    dd_play_close(play);
    return fine;
}

static int run(const DdArgs* args)
{
    DdRun r;
    DdError err;
    Story s = {.timeline = json_array()};
    int64_t events = 40, actions = 5;
    char plot_path[DD_PATH_MAX];
    dd_error_clear(&err);
    if (!dd_args_int(args, "--events", 1, 1000000, &events, &err) ||
        !dd_args_int(args, "--actions", 1, 100000, &actions, &err) ||
        !dd_run_open(args->pos[0], &r, &err)) {
        json_decref(s.timeline);
        return dd_app_error(args, &err);
    }
    if (r.n == 0) {
        dd_fail(&err, DD_ERROR_CANNOT_CHECK, "%s holds no recording", args->pos[0]);
        json_decref(s.timeline);
        dd_run_close(&r);
        return dd_app_error(args, &err);
    }
    s.action_room = (int)actions;
    s.action = calloc((size_t)actions, sizeof *s.action);
    DD_ASSERT(s.action);
    const char* path = r.episode[pick(&r)];
    const char* given = dd_args_value(args, "-o", NULL);
    if (given) {
        snprintf(plot_path, sizeof plot_path, "%s", given);
    } else if (r.temporary) {
        snprintf(plot_path, sizeof plot_path, "%.*s.svg", (int)strlen(dd_path_base(path)) - 5,
                 dd_path_base(path));
    } else {
        // beside the bag, not in it: the seal knows every file of a bag
        char dir[DD_PATH_MAX];
        char up[DD_PATH_MAX];
        dd_path_dir(dir, path);
        dd_path_dir(up, dir);
        snprintf(dir, sizeof dir, "plots/%.*s.svg", (int)strlen(dd_path_base(path)) - 5,
                 dd_path_base(path));
        dd_path_join(plot_path, up, dir);
        dd_path_dir(dir, plot_path);
        if (!dd_dir_make(dir, &err)) {
            snprintf(plot_path, sizeof plot_path, "%s.svg", dd_path_base(path));
            dd_error_clear(&err);
        }
    }
    bool fine = explain(path, &s, plot_path, &err);
    if (fine) {
        print_text(&s, (int)events, plot_path, args->json ? stderr : stdout);
        if (args->json) {
            dd_app_json(to_json(&s, path, plot_path));
        }
    }
    dd_plot_clear(&s.plot);
    json_decref(s.timeline);
    json_decref(s.record);
    json_decref(s.result);
    free(s.action);
    dd_run_close(&r);
    return fine ? 0 : dd_app_error(args, &err);
}

const DdCommand dd_command_explain = {
    .name = "explain",
    .args = "RUN|EPISODE",
    .doc = "why did it fail: timeline, first violated requirement with values, last actions, a plot",
    .detail = "Of a run: its first episode that is not PASS. The plot goes to RUN/plots/ unless -o names a file.\n"
              "--json: {file, seed, params, outcome, reason, requirements, first_violated, metrics, timeline,\n"
              "last_actions, plot}. Exit codes: 0; 2; 3.",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
