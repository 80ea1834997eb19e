// Stream: what writing and reading a recording share.
#include "recorder/stream.h"

#include <math.h>

enum { k_names_max = 1 << 16, k_contacts_max = 1 << 16, k_counts_max = 1 << 17 };

static const struct {
    const char* topic;
    const char* type;
} k_topics[DD_TOPIC_COUNT] = {
#define DD_TOPIC_ROW(id, topic, type) {topic, type},
    DD_TOPIC_LIST(DD_TOPIC_ROW)
#undef DD_TOPIC_ROW
};

#define QOS(depth, durability)                                                                     \
    "- history: 1\n"                                                                               \
    "  depth: " depth "\n"                                                                         \
    "  reliability: 1\n"                                                                           \
    "  durability: " durability "\n"                                                               \
    "  deadline:\n"                                                                                \
    "    sec: 9223372036\n"                                                                        \
    "    nsec: 854775807\n"                                                                        \
    "  lifespan:\n"                                                                                \
    "    sec: 9223372036\n"                                                                        \
    "    nsec: 854775807\n"                                                                        \
    "  liveliness: 1\n"                                                                            \
    "  liveliness_lease_duration:\n"                                                               \
    "    sec: 9223372036\n"                                                                        \
    "    nsec: 854775807\n"                                                                        \
    "  avoid_ros_namespace_conventions: false\n"

const char dd_qos_text[] = QOS("10", "2");
const char dd_qos_latched_text[] = QOS("1", "1");

const char* dd_topic_name(DdTopic topic)
{
    return k_topics[topic].topic;
}

const char* dd_topic_type(DdTopic topic)
{
    return k_topics[topic].type;
}

void dd_topic_of_name(const char* prefix, const char* name, char out[DD_TOPIC_MAX])
{
    size_t n = (size_t)snprintf(out, DD_TOPIC_MAX, "%s", prefix);
    // letters, digits and _ in parts that begin with no digit and are not empty
    bool start = true;
    if (n == 0 || out[n - 1] != '/') {
        out[n++] = '/';
    }
    for (const char* p = name; *p && n + 8 < DD_TOPIC_MAX; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '.' || c == '/') {
            if (!start) {
                out[n++] = '/';
            }
            start = true;
            continue;
        }
        bool digit = c >= '0' && c <= '9';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (start && digit) {
            out[n++] = '_';
        }
        out[n++] = digit || letter ? (char)c : '_';
        start = false;
    }
    if (start) {
        out[n++] = '_';
    }
    out[n] = 0;
}

// The parts of a camera under its own name: "agv.front.colour" is the image of "/agv/front".
static void picture_topic(const DdChannelDef* def, char out[DD_TOPIC_MAX])
{
    static const struct {
        const char* part;
        const char* topic;
    } k_parts[] = {{"colour", ".image_raw"},      {"image", ".image_raw"},
                   {"depth", ".depth.image_raw"}, {"semantic", ".segmentation"},
                   {"instance", ".instances"},    {"info", ".camera_info"}};
    char name[DD_TOPIC_MAX];
    size_t n = strlen(def->group);
    snprintf(name, sizeof name, "%s", def->name);
    bool part = n && strncmp(def->name, def->group, n) == 0 && def->name[n] == '.';
    const char* topic = NULL;
    for (size_t i = 0; part && i < sizeof k_parts / sizeof *k_parts; i++) {
        if (strcmp(def->name + n + 1, k_parts[i].part) == 0) {
            topic = k_parts[i].topic;
        }
    }
    if (topic) {
        snprintf(name, sizeof name, "%.*s%s", (int)n, def->group, topic);
    } else if (def->type == DD_TYPE_CLOUD) {
        snprintf(name, sizeof name, "%s.points", def->name);
    }
    // next to other topics of the camera: its pictures as they come from drivers
    if (def->type == DD_TYPE_IMAGE && def->meta[DD_IMAGE_CODEC] != DD_CODEC_RAW) {
        char* raw = strstr(name, "depth.image_raw");
        if (raw) {
            strcpy(raw, "depth.compressed");
        } else if (strstr(name, ".image_raw")) {
            snprintf(name + strlen(name), sizeof name - strlen(name), ".compressed");
        }
    }
    dd_topic_of_name("", name, out);
}

void dd_topic_of_channel(const DdChannelDef* def, char out[DD_TOPIC_MAX])
{
    if (def->type == DD_TYPE_IMAGE || def->type == DD_TYPE_CAMERA || def->type == DD_TYPE_CLOUD ||
        def->type == DD_TYPE_BOXES_2D || def->type == DD_TYPE_BOXES_3D) {
        picture_topic(def, out);
        return;
    }
    char name[DD_TOPIC_MAX];
    snprintf(name, sizeof name, "%s%s", def->name, def->type == DD_TYPE_GNSS ? ".fix" : "");
    dd_topic_of_name(def->measure ? "/measures" : def->truth ? "/ground_truth" : "", name, out);
}

static json_t* texts_of(char (*const text)[DD_NAME_MAX], int n)
{
    json_t* list = json_array();
    for (int i = 0; i < n; i++) {
        json_array_append_new(list, json_string(text[i]));
    }
    return list;
}

json_t* dd_channel_to_json(const DdChannelDef* def, int index)
{
    json_t* j = json_pack(
        "{s:i,s:s,s:s,s:s,s:s,s:s,s:[I,I],s:I,s:I,s:b,s:b,s:i,s:o}", "index", index, "name",
        def->name, "type", dd_type_name(def->type), "unit", def->unit, "frame", def->frame,
        "child_frame", def->child_frame, "rate", (json_int_t)def->rate.num,
        (json_int_t)def->rate.den, "phase_steps", (json_int_t)def->phase_steps, "latency_steps",
        (json_int_t)def->latency_steps, "truth", def->truth, "measure", def->measure,
        "max_contacts", def->max_contacts, "names", texts_of(def->names, def->nname));
    if (!j || def->type < DD_TYPE_SCAN) {
        return j;
    }
    json_t* meta = json_array();
    for (int i = 0; i < DD_CHANNEL_META; i++) {
        // JSON has no infinity
        json_array_append_new(meta, isfinite(def->meta[i]) ? json_real(def->meta[i]) : json_null());
    }
    json_t* more =
        json_pack("{s:i,s:i,s:o,s:s,s:s,s:b,s:o}", "count", def->count, "max_boxes", def->max_boxes,
                  "meta", meta, "encoding", def->encoding, "group", def->group, "picture",
                  def->picture, "classes", texts_of(def->classes, def->nclass));
    if (!more) {
        json_decref(j);
        return NULL;
    }
    json_object_update(j, more);
    json_decref(more);
    return j;
}

static void copy_text(char* out, size_t size, const json_t* j, const char* key)
{
    const char* text = json_string_value(json_object_get(j, key));
    snprintf(out, size, "%s", text ? text : "");
}

static char (*texts_from(const json_t* list))[DD_NAME_MAX]
{
    size_t n = json_array_size(list);
    char(*text)[DD_NAME_MAX] = calloc(n + 1, sizeof *text);
    DD_ASSERT(text);
    for (size_t i = 0; i < n; i++) {
        const char* t = json_string_value(json_array_get(list, i));
        snprintf(text[i], sizeof text[i], "%s", t ? t : "");
    }
    return text;
}

// What only scans, ranges, positions and pictures have.
static bool more_from_json(DdChannelDef* def, const json_t* j, DdError* err)
{
    json_int_t count = json_integer_value(json_object_get(j, "count"));
    json_int_t boxes = json_integer_value(json_object_get(j, "max_boxes"));
    const json_t* meta = json_object_get(j, "meta");
    const json_t* classes = json_object_get(j, "classes");
    if (count < 0 || count > k_counts_max || boxes < 0 || boxes > k_counts_max ||
        json_array_size(meta) != DD_CHANNEL_META || json_array_size(classes) > k_names_max) {
        return dd_fail(err, DD_ERROR_DAMAGED, "channel '%s': its description is damaged",
                       def->name);
    }
    copy_text(def->encoding, sizeof def->encoding, j, "encoding");
    copy_text(def->group, sizeof def->group, j, "group");
    def->picture = json_is_true(json_object_get(j, "picture"));
    def->count = (int)count;
    def->max_boxes = (int)boxes;
    for (int i = 0; i < DD_CHANNEL_META; i++) {
        const json_t* v = json_array_get(meta, (size_t)i);
        def->meta[i] = json_is_null(v) ? INFINITY : json_number_value(v);
    }
    def->nclass = (int)json_array_size(classes);
    def->classes = texts_from(classes);
    return true;
}

bool dd_channel_from_json(DdChannelDef* def, int* index, const json_t* j, DdError* err)
{
    *def = dd_channel_def();
    const char* type = json_string_value(json_object_get(j, "type"));
    const json_t* rate = json_object_get(j, "rate");
    const json_t* names = json_object_get(j, "names");
    json_int_t contacts = json_integer_value(json_object_get(j, "max_contacts"));
    copy_text(def->name, sizeof def->name, j, "name");
    copy_text(def->unit, sizeof def->unit, j, "unit");
    copy_text(def->frame, sizeof def->frame, j, "frame");
    copy_text(def->child_frame, sizeof def->child_frame, j, "child_frame");
    def->rate.num = json_integer_value(json_array_get(rate, 0));
    def->rate.den = json_integer_value(json_array_get(rate, 1));
    def->phase_steps = json_integer_value(json_object_get(j, "phase_steps"));
    def->latency_steps = json_integer_value(json_object_get(j, "latency_steps"));
    def->truth = json_is_true(json_object_get(j, "truth"));
    def->measure = json_is_true(json_object_get(j, "measure"));
    *index = (int)json_integer_value(json_object_get(j, "index"));
    if (!type || !dd_type_find(type, &def->type) || !def->name[0] || def->rate.num <= 0 ||
        def->rate.den <= 0 || contacts < 0 || contacts > k_contacts_max ||
        json_array_size(names) > k_names_max || def->latency_steps < 0 || def->phase_steps < 0) {
        return dd_fail(err, DD_ERROR_DAMAGED, "channel '%s': its description is damaged",
                       def->name);
    }
    def->max_contacts = (int)contacts;
    def->nname = (int)json_array_size(names);
    def->names = texts_from(names);
    return def->type < DD_TYPE_SCAN || more_from_json(def, j, err);
}

int64_t dd_step_of_ns(int64_t ns, int physics_hz)
{
    if (ns < 0 || physics_hz <= 0) {
        return -1;
    }
    // stamps are rounded down, so the step is rounded up
    int64_t sec = ns / 1000000000, rest = ns % 1000000000;
    if (sec > INT64_MAX / 2 / physics_hz) {
        return -1;
    }
    int64_t step = sec * physics_hz + (rest * physics_hz + 999999999) / 1000000000;
    return dd_step_ns(step, physics_hz) == ns ? step : -1;
}
