// drydock explain: why did an episode end as it did: timeline, first violated requirement with
// values, last actions, a plot. Reads the recording only.
#include "sim/app/app.h"

#include <math.h>
#include <string.h>

#include "recorder/recording.h"
#include "sim/app/moments.h"
#include "sim/app/plot.h"
#include "sim/sense/sense.h"

static const DdOption k_options[] = {
    {"-o", "FILE",
     "where the plot goes, .svg or .html, with pictures of the moments that decided "
     "it (beside the recording, without pictures)"},
    {"--camera", "NAME", "of these pictures, as drydock video has them (overview)"},
    {"--no-pictures", NULL, "the plot alone"},
    {"--events", "N", "how many lines of the timeline (40)"},
    {"--actions", "N", "how many of the last actions (5)"},
    {"--signals", "A,B", "only these measures in the plot (all, up to 16)"},
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
    const char* files_dir;
    const char* camera;  // of pictures; NULL = none are wanted
    const char* signals; // "a,b": only these in the plot; NULL = all
} Story;

static double time_of(const Story* s, int64_t step)
{
    return (double)step / s->physics_hz;
}

static void add_line(Story* s, double t, const char* kind, const char* subject, const char* text)
{
    json_array_append_new(s->timeline,
                          json_pack("{s:f, s:s, s:s, s:s}", "time_s", t, "kind", kind, "subject",
                                    subject ? subject : "", "text", text ? text : ""));
}

// Is `name` one of "a,b,c"?
static bool listed(const char* list, const char* name)
{
    size_t n = strlen(name);
    for (const char* at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static const char* unit_of(const Story* s, const char* measure)
{
    size_t i;
    json_t* row;
    int n;
    const char* kind = strrchr(measure, '.');
    kind = !kind ? "" : strcmp(kind, ".contact_force") == 0 ? "peak_force" : kind + 1;
    json_array_foreach(json_object_get(json_object_get(s->record, "plan"), "measures"), i, row)
    {
        const char* name = json_string_value(json_object_get(row, "name"));
        if (name && strcmp(name, measure) == 0) {
            kind = json_string_value(json_object_get(row, "kind"));
        }
    }
    const DdSenseKind* kinds = dd_measure_kinds(&n);
    for (int k = 0; k < n && kind; k++) {
        if (strcmp(kinds[k].name, kind) == 0) {
            return kinds[k].unit;
        }
    }
    return "";
}

static DdSeries* series_of(Story* s, const char* name)
{
    for (int i = 0; i < s->plot.nseries; i++) {
        if (strcmp(s->plot.series[i].name, name) == 0) {
            return &s->plot.series[i];
        }
    }
    if (s->plot.nseries >= 64) {
        return NULL;
    }
    s->plot.series =
        realloc(s->plot.series, (size_t)(s->plot.nseries + 1) * sizeof *s->plot.series);
    DD_ASSERT(s->plot.series);
    DdSeries* series = &s->plot.series[s->plot.nseries++];
    *series = (DdSeries){.limit = NAN, .mark_t = NAN};
    snprintf(series->name, sizeof series->name, "%s", name);
    snprintf(series->unit, sizeof series->unit, "%s", unit_of(s, name));
    return series;
}

static DdPath* find_path(Story* s, const char* name)
{
    for (int i = 0; i < s->plot.npath; i++) {
        if (strcmp(s->plot.path[i].name, name) == 0) {
            return &s->plot.path[i];
        }
    }
    return NULL;
}

static DdPath* path_of(Story* s, const char* name)
{
    if (s->plot.npath >= 256) {
        return NULL;
    }
    s->plot.path = realloc(s->plot.path, (size_t)(s->plot.npath + 1) * sizeof *s->plot.path);
    DD_ASSERT(s->plot.path);
    DdPath* path = &s->plot.path[s->plot.npath++];
    memset(path, 0, sizeof *path);
    snprintf(path->name, sizeof path->name, "%s", name);
    return path;
}

// Bodies of what can move make the map.
static bool is_mover(const Story* s, const char* frame)
{
    static const char* const k_movers[] = {"robot",  "actor", "body",   "container", "tote",
                                           "pallet", "box",   "sphere", "cylinder"};
    size_t i;
    json_t* op;
    size_t n = strcspn(frame, "/");
    json_array_foreach(json_object_get(json_object_get(s->record, "plan"), "world"), i, op)
    {
        const char* kind = json_string_value(json_object_get(op, "op"));
        const char* name = json_string_value(json_object_get(op, "name"));
        if (kind && name && strlen(name) == n && strncmp(name, frame, n) == 0) {
            for (size_t k = 0; k < sizeof k_movers / sizeof k_movers[0]; k++) {
                if (strcmp(kind, k_movers[k]) == 0) {
                    return true;
                }
            }
        }
    }
    return false;
}

static void take_poses(Story* s, const DdPlayItem* item)
{
    bool first = s->plot.npath == 0;
    for (int i = 0; i < item->nname; i++) {
        // the first log names every body; later ones only those that moved
        if (first && !is_mover(s, item->names[i])) {
            continue;
        }
        DdPath* path = first ? path_of(s, item->names[i]) : find_path(s, item->names[i]);
        if (path) {
            dd_plot_path_add(path, item->values[7 * i], item->values[7 * i + 1]);
        }
    }
}

static double extent(const DdPath* p)
{
    double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY};
    for (int k = 0; k < p->n; k++) {
        for (int c = 0; c < 2; c++) {
            lo[c] = fmin(lo[c], p->xy[k][c]);
            hi[c] = fmax(hi[c], p->xy[k][c]);
        }
    }
    return p->n > 0 ? fmax(hi[0] - lo[0], hi[1] - lo[1]) : 0;
}

// One path per thing: of its base, or of what moves most when the base stands still (a hand).
static void choose_paths(Story* s)
{
    DdPlot* plot = &s->plot;
    int kept = 0;
    for (int i = 0; i < plot->npath;) {
        size_t n = strcspn(plot->path[i].name, "/");
        int best = i, end = i;
        for (; end < plot->npath && strncmp(plot->path[end].name, plot->path[i].name, n) == 0 &&
               strcspn(plot->path[end].name, "/") == n;
             end++) {
            bool further = extent(&plot->path[end]) > extent(&plot->path[best]);
            best = extent(&plot->path[i]) < 0.05 && further ? end : best;
        }
        DdPath chosen = plot->path[best];
        bool moved = extent(&chosen) >= 0.05 && kept < 12;
        for (int k = i; k < end; k++) {
            if (k != best || !moved) {
                free(plot->path[k].xy);
            }
        }
        if (moved) {
            chosen.name[n] = '\0';
            plot->path[kept++] = chosen;
        }
        i = end;
    }
    plot->npath = kept;
}

// Only what was asked for, and no more panels than are looked at.
static void choose_series(Story* s)
{
    DdPlot* plot = &s->plot;
    int kept = 0;
    for (int i = 0; i < plot->nseries; i++) {
        bool wanted = s->signals ? listed(s->signals, plot->series[i].name) : kept < 16;
        if (wanted) {
            DdSeries chosen = plot->series[i];
            plot->series[i] = plot->series[kept];
            plot->series[kept++] = chosen;
        }
    }
    for (int i = kept; i < plot->nseries; i++) {
        free(plot->series[i].t);
        free(plot->series[i].y);
    }
    plot->nseries = kept;
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
                    snprintf(text + used, sizeof text - used, "%s%g", i ? ", " : "",
                             item.values[i]);
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
        const char* signal = json_string_value(json_object_get(r, "comparison"));
        const char* verdict = json_string_value(json_object_get(r, "verdict"));
        if (!signal || !verdict) {
            continue;
        }
        for (int k = 0; k < s->plot.nseries; k++) {
            DdSeries* series = &s->plot.series[k];
            size_t n = strlen(series->name);
            const char* at = strstr(signal, series->name);
            if (at && (at[n] == ' ' || at[n] == '|') &&
                json_is_number(json_object_get(r, "limit"))) {
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

// The first requirement that was violated, by time; without one, the first that stayed open.
static json_t* first_violated(const Story* s)
{
    json_t* first = NULL;
    json_t* open = NULL;
    double best = INFINITY;
    size_t i;
    json_t* r;
    json_array_foreach(json_object_get(s->result, "requirements"), i, r)
    {
        const char* verdict = json_string_value(json_object_get(r, "verdict"));
        double t = json_number_value(json_object_get(r, "time_s"));
        if (!verdict || strcmp(verdict, "HOLDS") == 0 || strcmp(verdict, "NOT_EVALUATED") == 0) {
            continue;
        }
        if (strcmp(verdict, "INCONCLUSIVE") == 0) {
            open = open ? open : r;
        } else if (!first || (t >= 0 && t < best)) {
            first = r;
            best = t >= 0 ? t : 1e300;
        }
    }
    return first ? first : open;
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
        const char* signal = json_string_value(json_object_get(first, "comparison"));
        fprintf(out, "\nfirst not met: %s", json_string_value(json_object_get(first, "name")));
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
        fprintf(out, "  %9.3f s  %-14s %-16s %s\n",
                json_number_value(json_object_get(row, "time_s")),
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
        json_array_append_new(actions, json_pack("{s:f, s:s, s:o}", "time_s", a->t, "robot",
                                                 a->subject, "values", values));
    }
    json_t* first = first_violated(s);
    json_t* j = json_pack("{s:s, s:O, s:O, s:o, s:s}", "file", path, "params",
                          json_object_get(s->record, "params"), "timeline", s->timeline,
                          "last_actions", actions, "plot", plot_path);
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

static bool explain(const char* path, Story* s, char plot_path[DD_PATH_MAX], DdError* err)
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
        choose_series(s);
        choose_paths(s);
        DdError why;
        dd_error_clear(&why);
        if (s->camera && !dd_moments_add(&s->plot, path, s->files_dir, s->camera, &why)) {
            // a wrong camera is a mistake, a machine without OpenGL is not
            if (why.code == DD_ERROR_ARGUMENT) {
                *err = why;
                fine = false;
            }
            fprintf(stderr, "drydock: the plot has no pictures: %s\n", why.text);
        }
        size_t n = strlen(plot_path);
        if (n > 5 && strcmp(plot_path + n - 5, ".html") == 0) {
            dd_plot_html(&s->plot, &svg);
        } else {
            dd_plot_svg(&s->plot, &svg);
        }
        fine = fine && dd_file_write(plot_path, svg.data, svg.size, err);
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
    s.signals = dd_args_value(args, "--signals", NULL);
    s.action_room = (int)actions;
    s.action = calloc((size_t)actions, sizeof *s.action);
    DD_ASSERT(s.action);
    const char* path = r.episode[pick(&r)];
    const char* given = dd_args_value(args, "-o", NULL);
    s.files_dir = r.files_dir;
    s.camera = given && !dd_args_flag(args, "--no-pictures")
                   ? dd_args_value(args, "--camera", "overview")
                   : NULL;
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
    .doc =
        "why did it fail: timeline, first violated requirement with values, last actions, a plot",
    .detail = "Of a run: its first episode that is not PASS. The plot goes to RUN/plots/ unless -o "
              "names a file.\n"
              "--json: {file, seed, params, outcome, reason, requirements, first_violated, "
              "metrics, timeline,\n"
              "last_actions, plot}. Exit codes: 0; 2; 3.",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
