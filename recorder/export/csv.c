// CSV: what everyone plots first. OUT/episodes.csv has one line per episode;
// OUT/NAME/measures.csv one column per measure, each held until its next sample, and
// OUT/NAME/CHANNEL.csv the fields of every other channel as they were measured. RFC 4180, seconds
// since the start, numbers that read back to the same bits.
#include "recorder/export/export.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/base/text.h"

typedef struct Table {
    FILE* file;
    char path[DD_PATH_MAX];
} Table;

static bool open_table(Table* t, const char* dir, const char* name, DdError* err)
{
    char file[2 * DD_NAME_MAX];
    snprintf(file, sizeof file, "%s.csv", name);
    for (char* p = file; *p; p++) {
        *p = *p == '/' ? '_' : *p;
    }
    dd_path_join(t->path, dir, file);
    t->file = fopen(t->path, "wb");
    return t->file ||
           dd_fail(err, DD_ERROR_DISK, "%s: cannot be written: %s", t->path, strerror(errno));
}

static bool close_table(Table* t, DdError* err)
{
    if (!t->file) {
        return true;
    }
    bool ok = !ferror(t->file);
    ok = fclose(t->file) == 0 && ok;
    t->file = NULL;
    return ok || dd_fail(err, DD_ERROR_DISK, "%s: cannot be written: %s", t->path, strerror(errno));
}

// A cell; quoted when it has to be.
static void put_cell(Table* t, const char* text, bool first)
{
    if (!first) {
        fputc(',', t->file);
    }
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, t->file);
        return;
    }
    fputc('"', t->file);
    for (; *text; text++) {
        if (*text == '"') {
            fputc('"', t->file);
        }
        fputc(*text, t->file);
    }
    fputc('"', t->file);
}

static void put_number(Table* t, double v, bool first)
{
    char text[DD_NUMBER_TEXT_MAX];
    dd_number_print(v, text);
    put_cell(t, text, first);
}

static void end_line(Table* t)
{
    fputs("\r\n", t->file);
}

// Heads of the columns of a channel: "pose.x", "position.elbow", with the unit of a measure in the
// docs, not here: plotters take the head as the name.
static void put_heads(Table* t, const DdChannelDef* def)
{
    int n;
    const DdTypeField* fields = dd_type_fields(def->type, &n);
    for (int i = 0; def->type == DD_TYPE_SCAN && i < 2 * def->count; i++) {
        char head[64];
        snprintf(head, sizeof head, "%s.%d", i < def->count ? "ranges" : "intensities",
                 i % def->count);
        put_cell(t, head, false);
    }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < (fields[i].per_name ? def->nname : 1); k++) {
            char head[3 * DD_NAME_MAX];
            snprintf(head, sizeof head, "%s%s%s", fields[i].path, fields[i].per_name ? "." : "",
                     fields[i].per_name ? def->names[k] : "");
            put_cell(t, head, false);
        }
    }
}

static int plain_width(const DdChannelDef* def)
{
    return def->type == DD_TYPE_CONTACTS ? 1 : dd_channel_width(def);
}

typedef struct Sheet {
    DdPlay* play;
    DdChannels* channels;
    int n;
    Table* table; // (n) of the channels that are not measures
    Table measures;
    double* held; // (n) newest value of each measure, NaN before the first
    bool pending; // a line of measures is not written yet
    int64_t pending_step;
} Sheet;

static bool is_measure(const DdChannelDef* def)
{
    return def->measure && def->type == DD_TYPE_SCALAR;
}

static void flush_measures(Sheet* s, int physics_hz)
{
    if (!s->pending) {
        return;
    }
    put_number(&s->measures, dd_step_s(s->pending_step, physics_hz), true);
    for (int i = 0; i < s->n; i++) {
        if (is_measure(dd_channels_def(s->channels, i))) {
            // nothing measured yet: an empty cell
            if (isnan(s->held[i])) {
                put_cell(&s->measures, "", false);
            } else {
                put_number(&s->measures, s->held[i], false);
            }
        }
    }
    end_line(&s->measures);
    s->pending = false;
}

static bool open_sheet(Sheet* s, const char* dir, DdError* err)
{
    s->n = dd_channels_count(s->channels);
    s->table = calloc((size_t)s->n + 1, sizeof *s->table);
    s->held = calloc((size_t)s->n + 1, sizeof *s->held);
    DD_ASSERT(s->table && s->held);
    if (!dd_dir_make(dir, err) || !open_table(&s->measures, dir, "measures", err)) {
        return false;
    }
    put_cell(&s->measures, "time_s", true);
    for (int i = 0; i < s->n; i++) {
        const DdChannelDef* def = dd_channels_def(s->channels, i);
        s->held[i] = NAN;
        if (is_measure(def)) {
            put_cell(&s->measures, def->name, false);
            continue;
        }
        if (def->picture) {
            continue; // no numbers to plot
        }
        char name[DD_NAME_MAX + 16];
        snprintf(name, sizeof name, "%s%s", strcmp(def->name, "measures") == 0 ? "channel_" : "",
                 def->name);
        if (!open_table(&s->table[i], dir, name, err)) {
            return false;
        }
        put_cell(&s->table[i], "time_s", true);
        put_heads(&s->table[i], def);
        end_line(&s->table[i]);
    }
    end_line(&s->measures);
    return true;
}

static bool fill_sheet(Sheet* s, DdError* err)
{
    int hz = dd_play_physics_hz(s->play);
    DdPlayItem item;
    dd_play_rewind(s->play);
    dd_play_select(s->play, DD_PLAY_SAMPLE, NULL);
    while (dd_play_next(s->play, &item, err)) {
        int c = dd_channels_find(s->channels, item.channel);
        DD_ASSERT(c >= 0);
        const DdChannelDef* def = dd_channels_def(s->channels, c);
        if (is_measure(def)) {
            if (s->pending && item.step != s->pending_step) {
                flush_measures(s, hz);
            }
            s->held[c] = item.values[0];
            s->pending = true;
            s->pending_step = item.step;
            continue;
        }
        Table* t = &s->table[c];
        if (!t->file) {
            continue;
        }
        put_number(t, dd_step_s(item.step, hz), true);
        for (int i = 0; i < plain_width(def); i++) {
            put_number(t, item.values[i], false);
        }
        end_line(t);
    }
    flush_measures(s, hz);
    // a cut recording gives what is there
    return err->code == DD_OK || !dd_play_finished(s->play);
}

static bool close_sheet(Sheet* s, bool ok, DdError* err)
{
    for (int i = 0; s->table && i < s->n; i++) {
        ok = close_table(&s->table[i], ok ? err : NULL) && ok;
    }
    ok = close_table(&s->measures, ok ? err : NULL) && ok;
    free(s->table);
    free(s->held);
    if (s->channels) {
        dd_channels_destroy(s->channels);
    }
    dd_play_close(s->play);
    return ok;
}

// "…/episode_00003.mcap" -> "episode_00003"
static void name_of(const char* path, char name[DD_NAME_MAX])
{
    snprintf(name, DD_NAME_MAX, "%s", dd_path_base(path));
    char* dot = strrchr(name, '.');
    if (dot && strcmp(dot, ".mcap") == 0) {
        *dot = 0;
    }
}

static bool export_episode(const char* path, const char* out, json_t** record, json_t** result,
                           DdError* err)
{
    char name[DD_NAME_MAX], dir[DD_PATH_MAX];
    name_of(path, name);
    dd_path_join(dir, out, name);
    Sheet s = {0};
    dd_error_clear(err);
    s.play = dd_play_open(path, false, err);
    if (!s.play) {
        return false;
    }
    *record = dd_play_run_record(s.play, err);
    *result = dd_play_result(s.play);
    s.channels = *record ? dd_play_channels(s.play, err) : NULL;
    bool ok = s.channels && open_sheet(&s, dir, err) && fill_sheet(&s, err);
    return close_sheet(&s, ok, err);
}

static void put_json_cell(Table* t, const json_t* v)
{
    if (!v || json_is_null(v)) {
        put_cell(t, "", false);
    } else if (json_is_string(v)) {
        put_cell(t, json_string_value(v), false);
    } else if (json_is_real(v)) {
        put_number(t, json_real_value(v), false);
    } else {
        char* text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
        put_cell(t, text ? text : "", false);
        free(text);
    }
}

static const json_t* metric_value(const json_t* result, const char* name)
{
    size_t i;
    json_t* m;
    json_array_foreach(json_object_get(result, "metrics"), i, m)
    {
        const char* is = json_string_value(json_object_get(m, "name"));
        if (is && strcmp(is, name) == 0) {
            return json_object_get(m, "value");
        }
    }
    return NULL;
}

// One line per episode: what it was, how it ended, its params and metrics.
static bool write_episodes(const char* out, const char* const* episodes, int n, json_t** records,
                           json_t** results, DdError* err)
{
    Table t = {0};
    if (!open_table(&t, out, "episodes", err)) {
        return false;
    }
    json_t* params = json_object(); // names in the order in which they come up
    json_t* metrics = json_object();
    for (int i = 0; i < n; i++) {
        const char* key;
        json_t* v;
        json_object_foreach(json_object_get(records[i], "params"), key, v)
        {
            json_object_set_new(params, key, json_true());
        }
        size_t k;
        json_array_foreach(json_object_get(results[i], "metrics"), k, v)
        {
            const char* name = json_string_value(json_object_get(v, "name"));
            if (name) {
                json_object_set_new(metrics, name, json_true());
            }
        }
    }
    static const char* const k_heads[] = {"file",    "episode", "seed",
                                          "outcome", "reason",  "duration_s"};
    for (int i = 0; i < 6; i++) {
        put_cell(&t, k_heads[i], i == 0);
    }
    const char* key;
    json_t* v;
    json_object_foreach(params, key, v)
    {
        put_cell(&t, key, false);
    }
    json_object_foreach(metrics, key, v)
    {
        put_cell(&t, key, false);
    }
    end_line(&t);
    for (int i = 0; i < n; i++) {
        char name[DD_NAME_MAX];
        name_of(episodes[i], name);
        put_cell(&t, name, true);
        put_json_cell(&t, json_object_get(records[i], "episode"));
        put_json_cell(&t, json_object_get(records[i], "seed"));
        for (int k = 3; k < 6; k++) {
            put_json_cell(&t, json_object_get(results[i], k_heads[k]));
        }
        json_object_foreach(params, key, v)
        {
            put_json_cell(&t, json_object_get(json_object_get(records[i], "params"), key));
        }
        json_object_foreach(metrics, key, v)
        {
            put_json_cell(&t, metric_value(results[i], key));
        }
        end_line(&t);
    }
    json_decref(params);
    json_decref(metrics);
    return close_table(&t, err);
}

static bool run(const char* const* episodes, int n, const char* out, DdError* err)
{
    DdError local;
    err = err ? err : &local;
    json_t** records = calloc((size_t)n + 1, sizeof *records);
    json_t** results = calloc((size_t)n + 1, sizeof *results);
    DD_ASSERT(records && results);
    bool ok = true;
    for (int i = 0; ok && i < n; i++) {
        ok = export_episode(episodes[i], out, &records[i], &results[i], err);
        if (!ok) {
            dd_fail_while(err, "while exporting %s", episodes[i]);
        }
    }
    ok = ok && write_episodes(out, episodes, n, records, results, err);
    for (int i = 0; i < n; i++) {
        json_decref(records[i]);
        json_decref(results[i]);
    }
    free(records);
    free(results);
    return ok;
}

const DdExportKind dd_export_csv = {
    .name = "csv",
    .doc = "measures and channels per episode, one line per episode in episodes.csv",
    .run = run,
};
