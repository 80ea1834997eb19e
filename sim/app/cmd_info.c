// drydock info: what an MCAP holds, ours or not.
#include "sim/app/app.h"

#include <inttypes.h>
#include <string.h>

#include "recorder/digest.h"
#include "recorder/recording.h"
#include "sim/base/text.h"

static const DdOption k_options[] = {
    {"--digests", NULL, "a digest per topic: which messages of two recordings are equal"},
    {"--record", NULL, "the whole run record too: plan, files, params"},
    {NULL, NULL, NULL},
};

static json_t* channels(DdMcapReader* r)
{
    json_t* list = json_array();
    for (int i = 0; i < dd_mcap_channel_count(r); i++) {
        const DdMcapChannel* c = dd_mcap_channel_at(r, i);
        const DdMcapSchema* s = dd_mcap_schema_find(r, c->schema);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I}", "topic", c->topic, "type",
                                              s ? s->name : "", "encoding", c->encoding, "messages",
                                              (json_int_t)c->count));
    }
    return list;
}

// SHA-256 of the ordered (topic, log time, payload) of each channel's messages.
static bool add_digests(DdMcapReader* r, json_t* list, DdError* err)
{
    int n = dd_mcap_channel_count(r);
    DdDigest* digest = calloc((size_t)n + 1, sizeof *digest);
    DD_ASSERT(digest);
    for (int i = 0; i < n; i++) {
        dd_digest_begin(&digest[i], true);
    }
    DdMcapMessage m;
    dd_mcap_rewind(r);
    while (dd_mcap_next(r, &m, err)) {
        for (int i = 0; i < n; i++) {
            if (dd_mcap_channel_at(r, i)->id == m.channel->id) {
                dd_digest_message(&digest[i], m.channel->topic, m.log_ns, m.data, m.size);
            }
        }
    }
    for (int i = 0; i < n; i++) {
        char hex[DD_SHA256_HEX_SIZE];
        dd_digest_end(&digest[i], hex);
        json_object_set_new(json_array_get(list, (size_t)i), "digest", json_string(hex));
    }
    free(digest);
    return err->code == DD_OK;
}

static json_t* names_of_attachments(DdMcapReader* r, DdError* err)
{
    json_t* list = json_array();
    for (int i = 0; i < dd_mcap_attachment_count(r); i++) {
        DdMcapAttachment a;
        if (dd_mcap_attachment_at(r, i, &a, err)) {
            json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "name", a.name, "media_type",
                                                  a.media_type, "bytes", (json_int_t)a.size));
        }
    }
    return list;
}

// What only a recording of drydock has.
static void add_own(const char* path, bool whole, json_t* answer)
{
    DdError err;
    char digest[DD_SHA256_HEX_SIZE];
    dd_error_clear(&err);
    DdPlay* play = dd_play_open(path, false, &err);
    json_t* record = play ? dd_play_run_record(play, &err) : NULL;
    if (record) {
        static const char* const k_keys[] = {"scenario",     "episode",    "seed",
                                             "params",       "physics_hz", "agent_hz",
                                             "model_sha256", "fingerprint"};
        json_t* result = dd_play_result(play);
        for (size_t i = 0; i < sizeof k_keys / sizeof k_keys[0]; i++) {
            json_t* value = json_object_get(record, k_keys[i]);
            if (value) {
                json_object_set(answer, k_keys[i], value);
            }
        }
        static const char* const k_results[] = {"outcome", "reason", "steps", "state_hash"};
        for (size_t i = 0; i < sizeof k_results / sizeof k_results[0]; i++) {
            json_t* value = json_object_get(result, k_results[i]);
            json_object_set(answer, k_results[i], value ? value : json_null());
        }
        if (whole) {
            json_object_set(answer, "record", record);
        }
        if (dd_play_digest(play, digest, &err)) {
            json_object_set_new(answer, "digest", json_string(digest));
        }
        json_decref(result);
    }
    json_decref(record);
    dd_play_close(play);
}

static void print_text(const json_t* j, const char* key, const char* label)
{
    json_t* value = json_object_get(j, key);
    if (!value || json_is_null(value)) {
        return;
    }
    if (json_is_string(value)) {
        printf("%-14s %s\n", label, json_string_value(value));
        return;
    }
    char* text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    printf("%-14s %s\n", label, text);
    free(text);
}

static void print_all(const json_t* j)
{
    static const char* const k_rows[][2] = {
        {"file", "file"},
        {"bytes", "bytes"},
        {"library", "written by"},
        {"profile", "profile"},
        {"finished", "finished"},
        {"note", "note"},
        {"start", "start"},
        {"duration_s", "duration s"},
        {"messages", "messages"},
        {"compression", "compression"},
        {"scenario", "scenario"},
        {"episode", "episode"},
        {"seed", "seed"},
        {"params", "params"},
        {"outcome", "outcome"},
        {"reason", "reason"},
        {"steps", "steps"},
        {"state_hash", "state hash"},
        {"model_sha256", "model SHA-256"},
        {"fingerprint", "fingerprint"},
        {"digest", "digest"},
        {"record", "run record"},
    };
    for (size_t i = 0; i < sizeof k_rows / sizeof k_rows[0]; i++) {
        print_text(j, k_rows[i][0], k_rows[i][1]);
    }
    size_t i;
    json_t* row;
    printf("channels\n");
    json_array_foreach(json_object_get(j, "channels"), i, row)
    {
        const char* digest = json_string_value(json_object_get(row, "digest"));
        printf("  %-34s %-32s %10" JSON_INTEGER_FORMAT "%s%s\n",
               json_string_value(json_object_get(row, "topic")),
               json_string_value(json_object_get(row, "type")),
               json_integer_value(json_object_get(row, "messages")), digest ? "  " : "",
               digest ? digest : "");
    }
    if (json_array_size(json_object_get(j, "attachments")) > 0) {
        printf("attachments\n");
    }
    json_array_foreach(json_object_get(j, "attachments"), i, row)
    {
        printf("  %-50s %10" JSON_INTEGER_FORMAT "\n",
               json_string_value(json_object_get(row, "name")),
               json_integer_value(json_object_get(row, "bytes")));
    }
}

static json_t* info_of(const char* path, bool whole, bool digests, DdError* err)
{
    DdMcapReader* r = dd_mcap_open(path, false, err);
    if (!r) {
        return NULL;
    }
    uint64_t first, last, raw, packed;
    char start[DD_TIME_TEXT_MAX];
    char note[512];
    dd_mcap_times(r, &first, &last);
    dd_time_print((int64_t)first, start);
    const char* compression = dd_mcap_chunk_sizes(r, &raw, &packed);
    json_t* j = json_object();
    json_object_set_new(j, "file", json_string(path));
    json_object_set_new(j, "bytes", json_integer((json_int_t)dd_mcap_file_size(r)));
    json_object_set_new(j, "profile", json_string(dd_mcap_profile(r)));
    json_object_set_new(j, "library", json_string(dd_mcap_library(r)));
    json_object_set_new(j, "finished", json_boolean(dd_mcap_finished(r)));
    if (dd_mcap_scanned(r, note)) {
        json_object_set_new(j, "note", json_string(note));
    }
    json_object_set_new(j, "start", json_string(start));
    json_object_set_new(j, "duration_s", json_real((double)(last - first) * 1e-9));
    json_object_set_new(j, "messages", json_integer((json_int_t)dd_mcap_message_count(r)));
    json_object_set_new(j, "chunks", json_integer((json_int_t)dd_mcap_chunk_count(r)));
    json_object_set_new(j, "compression", json_string(compression[0] ? compression : "none"));
    json_object_set_new(j, "bytes_raw", json_integer((json_int_t)raw));
    json_object_set_new(j, "bytes_packed", json_integer((json_int_t)packed));
    json_t* list = channels(r);
    json_object_set_new(j, "channels", list);
    if (digests && !add_digests(r, list, err)) {
        json_decref(j);
        dd_mcap_reader_close(r);
        return NULL;
    }
    json_object_set_new(j, "attachments", names_of_attachments(r, err));
    dd_mcap_reader_close(r);
    add_own(path, whole, j);
    return j;
}

static int run(const DdArgs* args)
{
    DdError err;
    DdRun r;
    dd_error_clear(&err);
    if (!dd_run_open(args->pos[0], &r, &err)) {
        return dd_app_error(args, &err);
    }
    json_t* list = json_array();
    for (int i = 0; i < r.n; i++) {
        dd_error_clear(&err);
        json_t* j = info_of(r.episode[i], dd_args_flag(args, "--record"),
                            dd_args_flag(args, "--digests"), &err);
        if (!j) {
            json_decref(list);
            dd_run_close(&r);
            return dd_app_error(args, &err);
        }
        if (!args->json) {
            printf("%s", i > 0 ? "\n" : "");
            print_all(j);
        }
        json_array_append_new(list, j);
    }
    int n = r.n;
    dd_run_close(&r);
    if (args->json) {
        dd_app_json(n == 1 ? json_incref(json_array_get(list, 0))
                           : json_pack("{s:O}", "files", list));
    }
    json_decref(list);
    return 0;
}

const DdCommand dd_command_info = {
    .name = "info",
    .args = "FILE.mcap|RUN",
    .doc = "channels, counts, duration, fingerprint, outcome and digest of an MCAP, ours or not",
    .detail =
        "--json: {file, bytes, profile, library, finished, start, duration_s, messages, chunks,\n"
        "compression, channels[].{topic, type, encoding, messages, digest with --digests}, "
        "attachments[]} and, for our "
        "own,\n"
        "scenario, episode, seed, params, outcome, reason, steps, state_hash, model_sha256, "
        "fingerprint,\n"
        "digest. For a run with several recordings: {files: [...]}.\n"
        "Exit codes: 0; 2 or 3 when it cannot be read.",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
