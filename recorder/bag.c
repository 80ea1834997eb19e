// Bag: metadata.yaml, version 8, as rosbag2 and its readers want it.
#include "recorder/bag.h"

#include "recorder/stream.h"
#include "sim/base/files.h"
#include "sim/base/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char* value_of(const DdMcapChannel* c, const char* key)
{
    for (int i = 0; i < c->nkv; i++) {
        if (strcmp(c->kv[i].key, key) == 0) {
            return c->kv[i].value;
        }
    }
    return "";
}

// A double-quoted YAML scalar is what a JSON string is.
static void put_quoted(DdText* t, const char* text)
{
    dd_text_json(t, text);
}

static void put_topics(DdText* t, const DdMcapReader* r)
{
    int n = dd_mcap_channel_count(r);
    dd_text_str(t, n ? "  topics_with_message_count:\n" : "  topics_with_message_count: []\n");
    for (int i = 0; i < n; i++) {
        const DdMcapChannel* c = dd_mcap_channel_at(r, i);
        const DdMcapSchema* s = dd_mcap_schema_find(r, c->schema);
        dd_text_str(t, "    - topic_metadata:\n        name: ");
        put_quoted(t, c->topic);
        dd_text_str(t, "\n        type: ");
        put_quoted(t, s ? s->name : "");
        dd_text_str(t, "\n        serialization_format: cdr\n        offered_qos_profiles: ");
        put_quoted(t, value_of(c, "offered_qos_profiles"));
        dd_text_add(t, "\n        type_description_hash: \"\"\n      message_count: %llu\n",
                    (unsigned long long)c->count);
    }
}

static bool write_text(const char* dir, const DdText* t, DdError* err)
{
    char path[DD_PATH_MAX + 32], temp[DD_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/metadata.yaml", dir);
    snprintf(temp, sizeof temp, "%s/.metadata.yaml.new", dir);
    FILE* f = fopen(temp, "wb");
    bool ok = f && !t->failed && fwrite(t->data, 1, t->size, f) == t->size;
    int error = errno;
    if (f && fclose(f) != 0) {
        error = errno;
        ok = false;
    }
    if (ok && rename(temp, path) != 0) {
        error = errno;
        ok = false;
    }
    if (!ok) {
        unlink(temp);
        return dd_fail(err, DD_ERROR_DISK, "%s: cannot be written: %s", path, strerror(error));
    }
    return true;
}

bool dd_bag_write(const char* dir, const char* mcap_name, DdError* err)
{
    char path[DD_PATH_MAX];
    dd_path_join(path, dir, mcap_name);
    DdMcapReader* r = dd_mcap_open(path, false, err);
    if (!r) {
        return false;
    }
    uint64_t first, last;
    dd_mcap_times(r, &first, &last);
    unsigned long long start = first, duration = last - first;
    unsigned long long count = dd_mcap_message_count(r);

    DdText t = {0};
    dd_text_add(&t,
                "rosbag2_bagfile_information:\n"
                "  version: 8\n"
                "  storage_identifier: mcap\n"
                "  duration:\n"
                "    nanoseconds: %llu\n"
                "  starting_time:\n"
                "    nanoseconds_since_epoch: %llu\n"
                "  message_count: %llu\n",
                duration, start, count);
    put_topics(&t, r);
    dd_text_str(&t, "  compression_format: \"\"\n"
                    "  compression_mode: \"\"\n"
                    "  relative_file_paths:\n"
                    "    - ");
    put_quoted(&t, mcap_name);
    dd_text_str(&t, "\n  files:\n    - path: ");
    put_quoted(&t, mcap_name);
    dd_text_add(&t,
                "\n      starting_time:\n"
                "        nanoseconds_since_epoch: %llu\n"
                "      duration:\n"
                "        nanoseconds: %llu\n"
                "      message_count: %llu\n"
                "  custom_data:\n"
                "    closed: \"%s\"\n"
                "    recorder: ",
                start, duration, count, dd_mcap_finished(r) ? "yes" : "no");
    put_quoted(&t, dd_mcap_library(r));
    dd_text_str(&t, "\n  ros_distro: jazzy\n");
    dd_mcap_reader_close(r);
    bool ok = write_text(dir, &t, err);
    dd_text_free(&t);
    return ok;
}
