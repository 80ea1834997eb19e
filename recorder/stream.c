// Stream: what writing and reading a recording share.
#include "recorder/stream.h"

enum { k_names_max = 1 << 16, k_contacts_max = 1 << 16 };

static const struct {
    const char* topic;
    const char* type;
} k_topics[DD_TOPIC_COUNT] = {
#define DD_TOPIC_ROW(id, topic, type) {topic, type},
    DD_TOPIC_LIST(DD_TOPIC_ROW)
#undef DD_TOPIC_ROW
};

const char dd_qos_text[] = "- history: 1\n"
                           "  depth: 10\n"
                           "  reliability: 1\n"
                           "  durability: 2\n"
                           "  deadline:\n"
                           "    sec: 9223372036\n"
                           "    nsec: 854775807\n"
                           "  lifespan:\n"
                           "    sec: 9223372036\n"
                           "    nsec: 854775807\n"
                           "  liveliness: 1\n"
                           "  liveliness_lease_duration:\n"
                           "    sec: 9223372036\n"
                           "    nsec: 854775807\n"
                           "  avoid_ros_namespace_conventions: false\n";

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

void dd_topic_of_channel(const DdChannelDef* def, char out[DD_TOPIC_MAX])
{
    dd_topic_of_name(def->measure ? "/measures"
                     : def->truth ? "/ground_truth"
                                  : "",
                     def->name, out);
}

json_t* dd_channel_to_json(const DdChannelDef* def, int index)
{
    json_t* names = json_array();
    for (int i = 0; i < def->nname; i++) {
        json_array_append_new(names, json_string(def->names[i]));
    }
    return json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:[I,I],s:I,s:I,s:b,s:b,s:i,s:o}", "index", index,
                     "name", def->name, "type", dd_type_name(def->type), "unit", def->unit, "frame",
                     def->frame, "child_frame", def->child_frame, "rate", (json_int_t)def->rate.num,
                     (json_int_t)def->rate.den, "phase_steps", (json_int_t)def->phase_steps,
                     "latency_steps", (json_int_t)def->latency_steps, "truth", def->truth,
                     "measure", def->measure, "max_contacts", def->max_contacts, "names", names);
}

static void copy_text(char* out, size_t size, const json_t* j, const char* key)
{
    const char* text = json_string_value(json_object_get(j, key));
    snprintf(out, size, "%s", text ? text : "");
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
    def->names = calloc((size_t)def->nname + 1, sizeof *def->names);
    DD_ASSERT(def->names);
    for (int i = 0; i < def->nname; i++) {
        const char* name = json_string_value(json_array_get(names, (size_t)i));
        snprintf(def->names[i], sizeof def->names[i], "%s", name ? name : "");
    }
    return true;
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
