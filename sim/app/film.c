// Film: the pose log in memory as changes, with a whole picture of all poses now and then, so that
// any moment is near one.
#include "sim/app/film.h"

#include <math.h>
#include <string.h>

#include "sim/run/replay.h"

enum { k_whole_every = 64, k_events_max = 100000, k_series_max = 64 };

typedef struct Change {
    int body;
    float pose[7];
} Change;

typedef struct Sky { // a change of the weather
    double t;
    char field[32];
    double v[3];
} Sky;

struct DdFilmLog {
    int nbody;
    int n, room; // logged moments
    int64_t* step;
    size_t* first; // (n + 1) change
    size_t nchange, change_room;
    Change* change;
    int nwhole, whole_room;
    float* whole;      // (nwhole, nbody, 7) after moment k * k_whole_every
    float* now;        // (nbody, 7) building, then of the moment shown
    float* next;       // (nbody, 7) of the moment behind it
    bool* moved;       // (nbody) at some time
    double (*pose)[7]; // (nbody) of the moment shown
    int nsky;
    size_t sky_room;
    Sky* sky;
};

static void* grown(void* array, size_t n, size_t* room, size_t size)
{
    if (n < *room) {
        return array;
    }
    *room = *room ? 2 * *room : 256;
    array = realloc(array, *room * size);
    DD_ASSERT(array);
    return array;
}

// --- reading ------------------------------------------------------------------------------------

static void grow_box(DdFilm* f, const float* pose, double r)
{
    for (int k = 0; k < 3; k++) {
        f->lo[k] = fmin(f->lo[k], pose[k] - r);
        f->hi[k] = fmax(f->hi[k], pose[k] + r);
    }
}

static void keep_whole(DdFilmLog* log)
{
    size_t room = (size_t)log->whole_room, size = (size_t)log->nbody * 7 * sizeof(float);
    log->whole = grown(log->whole, (size_t)log->nwhole, &room, size);
    log->whole_room = (int)room;
    memcpy((char*)log->whole + (size_t)log->nwhole++ * size, log->now, size);
}

// Bodies come in the same order in every message: the search goes on behind the last hit.
static int body_of(const DdFilm* f, const char* name, int from)
{
    int n = f->log->nbody;
    for (int i = 0; i < n; i++) {
        int body = (from + i) % n;
        if (strcmp(dd_world_body_name(f->world, body), name) == 0) {
            return body;
        }
    }
    return -1;
}

static void take_poses(DdFilm* f, const DdPlayItem* item)
{
    DdFilmLog* log = f->log;
    if (log->n == log->room) {
        log->room = log->room ? 2 * log->room : 1024;
        log->step = realloc(log->step, (size_t)log->room * sizeof *log->step);
        log->first = realloc(log->first, ((size_t)log->room + 1) * sizeof *log->first);
        DD_ASSERT(log->step && log->first);
    }
    int body = 0;
    log->step[log->n] = item->step;
    log->first[log->n] = log->nchange;
    for (int i = 0; i < item->nname; i++) {
        int found = body_of(f, item->names[i], body + 1);
        if (found < 0) {
            continue;
        }
        body = found;
        log->change = grown(log->change, log->nchange, &log->change_room, sizeof *log->change);
        Change* c = &log->change[log->nchange++];
        c->body = body;
        for (int k = 0; k < 7; k++) {
            c->pose[k] = (float)item->values[7 * i + k];
        }
        memcpy(log->now + 7 * body, c->pose, sizeof c->pose);
        if (dd_world_body_moves(f->world, body)) {
            log->moved[body] = log->moved[body] || log->n > 0;
            grow_box(f, c->pose, 0);
        }
    }
    if (log->n % k_whole_every == 0) {
        keep_whole(log);
    }
    log->first[++log->n] = log->nchange;
}

static const char* unit_of(const DdPlan* plan, const char* measure)
{
    int n;
    const DdSenseKind* kinds = dd_measure_kinds(&n);
    const char* kind = strrchr(measure, '.');
    kind = !kind ? "" : strcmp(kind, ".contact_force") == 0 ? "peak_force" : kind + 1;
    for (int i = 0; plan && i < plan->nmeasure; i++) {
        if (strcmp(plan->measure[i].name, measure) == 0) {
            kind = plan->measure[i].kind;
        }
    }
    for (int k = 0; k < n; k++) {
        if (strcmp(kinds[k].name, kind) == 0) {
            return kinds[k].unit;
        }
    }
    return "";
}

static DdSeries* series_of(DdFilm* f, const char* name)
{
    for (int i = 0; i < f->nseries; i++) {
        if (strcmp(f->series[i].name, name) == 0) {
            return &f->series[i];
        }
    }
    if (f->nseries == k_series_max) {
        return NULL;
    }
    DdSeries* s = &f->series[f->nseries++];
    *s = (DdSeries){.limit = NAN, .mark_t = NAN};
    snprintf(s->name, sizeof s->name, "%s", name);
    snprintf(s->unit, sizeof s->unit, "%s", unit_of(f->plan, name));
    return s;
}

static void add_event(DdFilm* f, const DdPlayItem* item, const char* kind, size_t* room)
{
    if (f->nevent == k_events_max) {
        return;
    }
    f->event = grown(f->event, (size_t)f->nevent, room, sizeof *f->event);
    DdFilmEvent* e = &f->event[f->nevent++];
    memset(e, 0, sizeof *e);
    e->t = (double)item->step / f->physics_hz;
    snprintf(e->kind, sizeof e->kind, "%s", kind ? kind : "");
    snprintf(e->subject, sizeof e->subject, "%s", item->subject ? item->subject : "");
    snprintf(e->text, sizeof e->text, "%s", item->text ? item->text : "");
    if (item->kind == DD_PLAY_JOURNAL) {
        for (int i = 0; i < item->n && i < 4; i++) {
            size_t used = strlen(e->text);
            snprintf(e->text + used, sizeof e->text - used, "%s%g", i ? ", " : "", item->values[i]);
        }
    }
}

static void take_weather(DdFilm* f, const DdPlayItem* item)
{
    bool wind = strcmp(item->channel, "wind") == 0;
    if ((!wind && strcmp(item->channel, "set_weather") != 0) || item->n < 3) {
        return;
    }
    f->log->sky = grown(f->log->sky, (size_t)f->log->nsky, &f->log->sky_room, sizeof *f->log->sky);
    Sky* sky = &f->log->sky[f->log->nsky++];
    sky->t = (double)item->step / f->physics_hz;
    snprintf(sky->field, sizeof sky->field, "%s", wind ? "wind" : item->subject);
    memcpy(sky->v, item->values, sizeof sky->v);
}

static bool read_all(DdFilm* f, DdError* err)
{
    DdPlayItem item;
    size_t event_room = 0;
    int64_t last = 0;
    dd_error_clear(err);
    dd_play_rewind(f->play);
    while (dd_play_next(f->play, &item, err)) {
        last = item.step > last ? item.step : last;
        switch (item.kind) {
        case DD_PLAY_SAMPLE: {
            bool measure = item.n == 1 && strncmp(item.topic, "/measures/", 10) == 0;
            DdSeries* series = measure ? series_of(f, item.channel) : NULL;
            if (series) {
                dd_series_add(series, (double)item.step / f->physics_hz, item.values[0]);
            }
            break;
        }
        case DD_PLAY_EVENT:
            add_event(f, &item, item.channel, &event_room);
            break;
        case DD_PLAY_JOURNAL:
            if (strcmp(item.channel, "action") != 0) {
                add_event(f, &item, item.channel, &event_room);
                take_weather(f, &item);
            }
            break;
        case DD_PLAY_POSES:
            if (f->world) {
                take_poses(f, &item);
            }
            break;
        default:
            break;
        }
    }
    f->duration_s = (double)last / f->physics_hz;
    // a cut recording is shown as far as it goes
    bool cut = err->code != DD_OK && !dd_play_finished(f->play);
    if (cut) {
        dd_error_clear(err);
    }
    if (err->code == DD_OK && f->world && f->log->n == 0) {
        return dd_fail(err, DD_ERROR_CANNOT_CHECK, "%s holds no pose: there is nothing to look at",
                       f->path);
    }
    return err->code == DD_OK;
}

static void read_requirements(DdFilm* f)
{
    json_t* list = json_object_get(f->result, "requirements");
    size_t i;
    json_t* row;
    f->requirement = calloc(json_array_size(list) + 1, sizeof *f->requirement);
    DD_ASSERT(f->requirement);
    json_array_foreach(list, i, row)
    {
        DdFilmRequirement* r = &f->requirement[f->nrequirement++];
        const char* verdict = json_string_value(json_object_get(row, "verdict"));
        const char* comparison = json_string_value(json_object_get(row, "comparison"));
        const char* name = json_string_value(json_object_get(row, "name"));
        const char* text = json_string_value(json_object_get(row, "text"));
        json_t* t = json_object_get(row, "time_s");
        json_t* limit = json_object_get(row, "limit");
        snprintf(r->name, sizeof r->name, "%s", name ? name : "");
        snprintf(r->verdict, sizeof r->verdict, "%s", verdict ? verdict : "");
        snprintf(r->text, sizeof r->text, "%s", text ? text : "");
        r->holds = strcmp(r->verdict, "HOLDS") == 0;
        r->t = json_is_number(t) && json_number_value(t) >= 0 ? json_number_value(t) : NAN;
        r->limit = json_is_number(limit) ? json_number_value(limit) : NAN;
        r->robustness = json_number_value(json_object_get(row, "robustness"));
        for (int k = 0; k < f->nseries && comparison; k++) {
            DdSeries* s = &f->series[k];
            size_t n = strlen(s->name);
            const char* at = strstr(comparison, s->name);
            if (at && (at[n] == ' ' || at[n] == '|') && (at == comparison || at[-1] == '|')) {
                snprintf(r->signal, sizeof r->signal, "%s", s->name);
                s->limit = r->limit;
                s->mark_t = r->t;
                s->violated = !r->holds;
            }
        }
    }
}

// What the scenario measures is looked at first, what metrics add comes behind it.
static void sort_series(DdFilm* f)
{
    int at = 0;
    for (int i = 0; f->plan && i < f->plan->nmeasure; i++) {
        for (int k = at; k < f->nseries; k++) {
            if (strcmp(f->series[k].name, f->plan->measure[i].name) == 0) {
                DdSeries s = f->series[k];
                memmove(&f->series[at + 1], &f->series[at], (size_t)(k - at) * sizeof s);
                f->series[at++] = s;
                break;
            }
        }
    }
}

static bool open_world(DdFilm* f, const char* files_dir, DdError* err)
{
    f->record = dd_play_run_record(f->play, err);
    f->files = dd_files_create();
    f->physics_hz = dd_play_physics_hz(f->play);
    if (!f->record) {
        return false;
    }
    if (!dd_replay_files(f->play, files_dir, f->files, err)) {
        bool pictures = err->code == DD_ERROR_CANNOT_CHECK &&
                        json_object_get(f->record, "rendering_of") != NULL;
        if (pictures) {
            dd_error_clear(err);
        }
        return pictures;
    }
    dd_files_freeze(f->files);
    f->plan = dd_plan_from_json(json_object_get(f->record, "plan"), f->files, err);
    f->world = f->plan ? dd_compose_compile(f->plan->compose, err) : NULL;
    if (!f->world) {
        return false;
    }
    for (int i = 0; i < f->plan->nrobot; i++) {
        if (!dd_robot_start(f->plan->robot[i].desc, f->world, f->plan->robot[i].placement.name,
                            err)) {
            return false;
        }
    }
    return dd_world_forward(f->world, err);
}

DdFilm* dd_film_open(const char* path, const char* files_dir, DdError* err)
{
    DdFilm* f = calloc(1, sizeof *f);
    DD_ASSERT(f);
    snprintf(f->path, sizeof f->path, "%s", path);
    f->play = dd_play_open(path, false, err);
    if (!f->play || !open_world(f, files_dir, err)) {
        dd_film_close(f);
        return NULL;
    }
    f->log = calloc(1, sizeof *f->log);
    f->series = calloc(k_series_max + 1, sizeof *f->series);
    DD_ASSERT(f->log && f->series);
    DdFilmLog* log = f->log;
    log->nbody = f->world ? dd_world_body_count(f->world) : 1;
    log->now = calloc((size_t)log->nbody * 7, sizeof(float));
    log->next = calloc((size_t)log->nbody * 7, sizeof(float));
    log->moved = calloc((size_t)log->nbody, sizeof *log->moved);
    log->pose = calloc((size_t)log->nbody, sizeof *log->pose);
    DD_ASSERT(log->now && log->next && log->moved && log->pose);
    for (int k = 0; k < 3; k++) {
        f->lo[k] = INFINITY;
        f->hi[k] = -INFINITY;
    }
    // what the log leaves out stands where it was compiled
    for (int i = 0; f->world && i < log->nbody; i++) {
        double pose[7];
        dd_world_body_pose(f->world, i, pose);
        for (int k = 0; k < 7; k++) {
            log->now[7 * i + k] = (float)pose[k];
            log->pose[i][k] = pose[k];
        }
    }
    f->result = dd_play_result(f->play);
    if (!read_all(f, err)) {
        dd_film_close(f);
        return NULL;
    }
    json_t* duration = json_object_get(f->result, "duration_s");
    f->duration_s = duration ? json_number_value(duration) : f->duration_s;
    sort_series(f);
    read_requirements(f);
    dd_film_seek(f, 0);
    return f;
}

void dd_film_close(DdFilm* f)
{
    if (!f) {
        return;
    }
    if (f->log) {
        free(f->log->step);
        free(f->log->first);
        free(f->log->change);
        free(f->log->whole);
        free(f->log->now);
        free(f->log->next);
        free(f->log->moved);
        free(f->log->pose);
        free(f->log->sky);
        free(f->log);
    }
    for (int i = 0; i < f->nseries; i++) {
        free(f->series[i].t);
        free(f->series[i].y);
    }
    free(f->series);
    free(f->event);
    free(f->requirement);
    dd_world_destroy(f->world);
    dd_plan_destroy(f->plan);
    dd_files_destroy(f->files);
    json_decref(f->record);
    json_decref(f->result);
    dd_play_close(f->play);
    free(f);
}

// --- a moment -----------------------------------------------------------------------------------

// Poses after logged moment k.
static void load_moment(const DdFilmLog* log, int k, float* out)
{
    size_t size = (size_t)log->nbody * 7;
    int whole = k / k_whole_every;
    memcpy(out, log->whole + (size_t)whole * size, size * sizeof *out);
    for (size_t i = log->first[whole * k_whole_every + 1]; i < log->first[k + 1]; i++) {
        memcpy(out + 7 * log->change[i].body, log->change[i].pose, sizeof log->change[i].pose);
    }
}

static void between(const float* a, const float* b, double share, double span_s, double out[7])
{
    double d2 = 0, dot = 0;
    for (int k = 0; k < 3; k++) {
        d2 += (double)(b[k] - a[k]) * (b[k] - a[k]);
    }
    for (int k = 3; k < 7; k++) {
        dot += (double)a[k] * b[k];
    }
    // put elsewhere, not driven there
    if (d2 > 0.25 && sqrt(d2) > 30 * span_s) {
        share = 0;
    }
    for (int k = 0; k < 7; k++) {
        double end = k >= 3 && dot < 0 ? -b[k] : b[k];
        out[k] = a[k] + (end - a[k]) * share;
    }
}

// The weather of the start and what the story made of it since.
static void show_weather(DdFilm* f, double t_s)
{
    f->weather = *dd_world_weather(f->world);
    for (int i = 0; i < f->log->nsky; i++) {
        const Sky* sky = &f->log->sky[i];
        DdError ignored;
        if (sky->t <= t_s + 1e-9 && !dd_weather_set(&f->weather, sky->field, sky->v, &ignored)) {
            break;
        }
    }
}

void dd_film_seek(DdFilm* f, double t_s)
{
    DdFilmLog* log = f->log;
    double step = fmax(0, t_s) * f->physics_hz + 1e-6;
    f->now_s = t_s;
    if (!f->world) {
        return;
    }
    int lo = 0, hi = log->n - 1;
    while (lo < hi) {
        int mid = (lo + hi + 1) / 2;
        if ((double)log->step[mid] <= step) {
            lo = mid;
        } else {
            hi = mid - 1;
        }
    }
    load_moment(log, lo, log->now);
    double share = 0, span = 0;
    if (lo + 1 < log->n) {
        span = (double)(log->step[lo + 1] - log->step[lo]);
        share = dd_clamp((step - (double)log->step[lo]) / span, 0, 1);
        memcpy(log->next, log->now, (size_t)log->nbody * 7 * sizeof *log->next);
        for (size_t i = log->first[lo + 1]; i < log->first[lo + 2]; i++) {
            memcpy(log->next + 7 * log->change[i].body, log->change[i].pose,
                   sizeof log->change[i].pose);
        }
    }
    for (int i = 1; i < log->nbody; i++) {
        between(log->now + 7 * i, share > 0 ? log->next + 7 * i : log->now + 7 * i, share,
                span / f->physics_hz, log->pose[i]);
    }
    dd_world_set_body_poses(f->world, (const double(*)[7])log->pose, NULL);
    show_weather(f, t_s);
}

double dd_series_at(const DdSeries* s, double t_s)
{
    int lo = -1, hi = s->n - 1;
    while (lo < hi) {
        int mid = (lo + hi + 1) / 2;
        if (s->t[mid] <= t_s + 1e-9) {
            lo = mid;
        } else {
            hi = mid - 1;
        }
    }
    return lo < 0 ? NAN : s->y[lo];
}

const char* dd_film_outcome(const DdFilm* f)
{
    const char* outcome = json_string_value(json_object_get(f->result, "outcome"));
    bool rendering = json_object_get(f->record, "rendering_of") != NULL;
    return outcome ? outcome : rendering ? "rendering" : "cut";
}

double dd_film_tick(const DdFilm* f)
{
    return f->plan && f->plan->def.agent_hz > 0 ? 1 / f->plan->def.agent_hz : 0.02;
}

int dd_film_path(const DdFilm* f, int body, double (*out)[4], int max)
{
    const DdFilmLog* log = f->log;
    int n = 0, stride = log->n / max + 1;
    for (int k = 0; k < log->n; k++) {
        for (size_t i = log->first[k]; i < log->first[k + 1]; i++) {
            const Change* c = &log->change[i];
            if (c->body == body && n < max && (k % stride == 0 || n == 0)) {
                out[n][0] = (double)log->step[k] / f->physics_hz;
                for (int a = 0; a < 3; a++) {
                    out[n][1 + a] = c->pose[a];
                }
                n++;
            }
        }
    }
    return n;
}
