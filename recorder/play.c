// Recording, the reading side: messages back into samples, journal, hashes and the rest.
#include "recorder/recording.h"

#include "recorder/digest.h"
#include "recorder/msg/boxes.h"
#include "recorder/msg/bulk.h"
#include "recorder/msg/cdr.h"
#include "recorder/msg/sample.h"
#include "recorder/stream.h"

// What a channel of the file means.
typedef struct Track {
    DdPlayKind kind;
    DdTopic topic; // of the topics that every recording has
    char* subject; // the robot of an action topic
    bool has_def;  // samples
    DdChannelDef def;
    int index; // in the table of the recorded run
    DdTemplate t;
    DdBulk bulk; // images, clouds
} Track;

struct DdPlay {
    DdMcapReader* r;
    int physics_hz; // 0: not a drydock recording
    int64_t start_ns;
    int ntrack;
    Track* track; // in the order of the reader's channels
    bool all;
    DdPlayKind kind; // selected
    char channel[DD_NAME_MAX];
    DdBuf values; // of the last item
    DdBuf names;  // const char*
};

// A value of a metadata record, malloc'd; NULL when there is none.
static char* metadata_value(DdPlay* p, const char* record, const char* key, DdError* err)
{
    // the last one of a name counts
    for (int i = dd_mcap_metadata_count(p->r) - 1; i >= 0; i--) {
        DdMcapMetadata m;
        if (!dd_mcap_metadata_at(p->r, i, &m, err) || strcmp(m.name, record) != 0) {
            continue;
        }
        for (int k = 0; k < m.nkv; k++) {
            if (strcmp(m.kv[k].key, key) == 0) {
                return strdup(m.kv[k].value);
            }
        }
    }
    return NULL;
}

static json_t* parse(char* text)
{
    json_t* j = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
    free(text);
    return j;
}

static const char* channel_value(const DdMcapChannel* c, const char* key)
{
    for (int i = 0; i < c->nkv; i++) {
        if (strcmp(c->kv[i].key, key) == 0) {
            return c->kv[i].value;
        }
    }
    return NULL;
}

static DdPlayKind kind_of(DdTopic topic)
{
    switch (topic) {
    case DD_TOPIC_TF:
        return DD_PLAY_POSES;
    case DD_TOPIC_REWARD:
        return DD_PLAY_REWARD;
    case DD_TOPIC_EVENTS:
        return DD_PLAY_EVENT;
    case DD_TOPIC_ROSOUT:
        return DD_PLAY_LOG;
    case DD_TOPIC_JOURNAL:
        return DD_PLAY_JOURNAL;
    case DD_TOPIC_HASHES:
        return DD_PLAY_HASHES;
    case DD_TOPIC_RESTORE:
        return DD_PLAY_RESTORE;
    default:
        return DD_PLAY_OTHER;
    }
}

static bool read_track(Track* t, const DdMcapChannel* c, DdError* err)
{
    t->kind = DD_PLAY_OTHER;
    const char* robot = channel_value(c, "drydock.robot");
    const char* def = channel_value(c, "drydock.channel");
    if (robot) {
        t->kind = DD_PLAY_ACTION;
        t->subject = strdup(robot);
        DD_ASSERT(t->subject);
        return true;
    }
    if (def) {
        json_t* j = json_loads(def, 0, NULL);
        bool ok =
            j ? dd_channel_from_json(&t->def, &t->index, j, err)
              : dd_fail(err, DD_ERROR_DAMAGED, "topic '%s': its description is damaged", c->topic);
        json_decref(j);
        t->has_def = ok;
        t->kind = DD_PLAY_SAMPLE;
        if (!ok) {
            return false;
        }
        if (t->def.type == DD_TYPE_IMAGE || t->def.type == DD_TYPE_CLOUD) {
            return dd_bulk_make(&t->bulk, &t->def, err);
        }
        return !dd_sample_is_plain(&t->def) || dd_sample_template(&t->t, &t->def, err);
    }
    for (int k = 0; k < DD_TOPIC_COUNT; k++) {
        if (strcmp(dd_topic_name((DdTopic)k), c->topic) == 0) {
            t->topic = (DdTopic)k;
            t->kind = kind_of((DdTopic)k);
        }
    }
    return true;
}

static bool read_tracks(DdPlay* p, DdError* err)
{
    p->ntrack = dd_mcap_channel_count(p->r);
    p->track = calloc((size_t)p->ntrack + 1, sizeof *p->track);
    DD_ASSERT(p->track);
    for (int i = 0; i < p->ntrack; i++) {
        if (!read_track(&p->track[i], dd_mcap_channel_at(p->r, i), err)) {
            return false;
        }
    }
    return true;
}

DdPlay* dd_play_open(const char* mcap_path, bool strict, DdError* err)
{
    DdPlay* p = calloc(1, sizeof *p);
    DD_ASSERT(p);
    p->all = true;
    p->r = dd_mcap_open(mcap_path, strict, err);
    if (!p->r) {
        free(p);
        return NULL;
    }
    char* hz = metadata_value(p, "drydock", "physics_hz", err);
    char* start = metadata_value(p, "drydock", "start_ns", err);
    long long hz_value = hz ? strtoll(hz, NULL, 10) : 0;
    p->physics_hz = hz_value > 0 && hz_value <= 1000000000 ? (int)hz_value : 0;
    p->start_ns = start ? strtoll(start, NULL, 10) : 0;
    free(hz);
    free(start);
    bool ok = true;
    if (strict && p->physics_hz && dd_mcap_finished(p->r) && dd_mcap_data_crc(p->r) == 0) {
        ok = dd_fail(err, DD_ERROR_DAMAGED, "%s: the CRC of its data is missing", mcap_path);
    }
    if (!ok || (p->physics_hz && !read_tracks(p, err))) {
        dd_play_close(p);
        return NULL;
    }
    return p;
}

void dd_play_close(DdPlay* p)
{
    if (!p) {
        return;
    }
    for (int i = 0; i < p->ntrack; i++) {
        Track* t = &p->track[i];
        free(t->def.names);
        free(t->def.classes);
        dd_template_free(&t->t);
        dd_bulk_free(&t->bulk);
        free(t->subject);
    }
    free(p->track);
    dd_buf_free(&p->values);
    dd_buf_free(&p->names);
    dd_mcap_reader_close(p->r);
    free(p);
}

json_t* dd_play_run_record(DdPlay* p, DdError* err)
{
    json_t* j = p->physics_hz ? parse(metadata_value(p, "drydock", "run_record", err)) : NULL;
    if (!j) {
        dd_fail(err, DD_ERROR_DAMAGED, "this is not a drydock recording: it has no run record");
    }
    return j;
}

json_t* dd_play_result(DdPlay* p)
{
    DdError ignored;
    return parse(metadata_value(p, "drydock.result", "result", &ignored));
}

bool dd_play_files(DdPlay* p, DdFiles* files, DdError* err)
{
    for (int i = 0; i < dd_mcap_attachment_count(p->r); i++) {
        DdMcapAttachment a;
        if (!dd_mcap_attachment_at(p->r, i, &a, err) ||
            !dd_files_add(files, a.name, a.data, a.size, err)) {
            return false;
        }
    }
    return true;
}

bool dd_play_finished(const DdPlay* p)
{
    return dd_mcap_finished(p->r);
}

int dd_play_physics_hz(const DdPlay* p)
{
    return p->physics_hz;
}

int64_t dd_play_start_ns(const DdPlay* p)
{
    return p->start_ns;
}

DdMcapReader* dd_play_reader(DdPlay* p)
{
    return p->r;
}

DdChannels* dd_play_channels(DdPlay* p, DdError* err)
{
    if (!p->physics_hz) {
        dd_fail(err, DD_ERROR_DAMAGED, "this is not a drydock recording: it has no run record");
        return NULL;
    }
    DdChannels* channels = dd_channels_create(p->physics_hz);
    int n = 0;
    for (int i = 0; i < p->ntrack; i++) {
        n += p->track[i].has_def;
    }
    for (int index = 0; index < n; index++) {
        int added = -1;
        for (int i = 0; i < p->ntrack && added < 0; i++) {
            if (p->track[i].has_def && p->track[i].index == index) {
                added = dd_channels_add(channels, &p->track[i].def, err);
                if (added < 0) {
                    dd_channels_destroy(channels);
                    return NULL;
                }
            }
        }
        if (added < 0) {
            dd_fail(err, DD_ERROR_DAMAGED, "channel %d of %d is missing in the recording", index,
                    n);
            dd_channels_destroy(channels);
            return NULL;
        }
    }
    dd_channels_start(channels);
    return channels;
}

bool dd_play_digest(DdPlay* p, char hex[DD_SHA256_HEX_SIZE], DdError* err)
{
    DdDigest h;
    DdMcapMessage m;
    DdError local;
    dd_digest_begin(&h, true);
    dd_mcap_select(p->r, NULL);
    dd_mcap_rewind(p->r);
    dd_error_clear(&local);
    while (dd_mcap_next(p->r, &m, &local)) {
        dd_digest_message(&h, m.channel->topic, m.log_ns, m.data, m.size);
    }
    dd_digest_end(&h, hex);
    dd_play_rewind(p);
    if (local.code != DD_OK) {
        if (err) {
            *err = local;
        }
        return false;
    }
    char* said = metadata_value(p, "drydock.result", "digest", &local);
    bool same = !said || strcmp(said, hex) == 0;
    free(said);
    return same || dd_fail(err, DD_ERROR_DAMAGED,
                           "the digest of the messages is not the one that the result says");
}

void dd_play_rewind(DdPlay* p)
{
    dd_mcap_rewind(p->r);
}

void dd_play_select_all(DdPlay* p)
{
    p->all = true;
    dd_mcap_select(p->r, NULL);
}

void dd_play_select(DdPlay* p, DdPlayKind kind, const char* channel)
{
    p->all = false;
    p->kind = kind;
    snprintf(p->channel, sizeof p->channel, "%s", channel ? channel : "");
    // a single topic lets the reader skip the chunks without it
    const char* topic = NULL;
    int n = 0;
    for (int i = 0; i < p->ntrack; i++) {
        const Track* t = &p->track[i];
        if (t->kind == kind && (!channel || !t->has_def || strcmp(t->def.name, channel) == 0)) {
            topic = dd_mcap_channel_at(p->r, i)->topic;
            n++;
        }
    }
    dd_mcap_select(p->r, n == 1 ? topic : NULL);
}

static double* room(DdPlay* p, size_t n)
{
    p->values.n = 0;
    return (double*)(void*)dd_buf_room(&p->values, (n + 1) * sizeof(double));
}

// 8-byte values out of a message, where they need not be aligned.
static const void* values_of(DdPlay* p, DdSpan* s, int* n)
{
    uint32_t count;
    const uint8_t* from = dd_cdr_get_seq8(s, &count);
    double* to = room(p, count);
    if (count) {
        memcpy(to, from, 8 * (size_t)count);
    }
    *n = (int)count;
    return to;
}

static bool read_sample(DdPlay* p, const Track* t, const DdMcapMessage* m, int64_t* stamp,
                        DdPlayItem* item)
{
    const DdChannelDef* def = &t->def;
    item->def = def;
    item->channel = def->name;
    if (def->type == DD_TYPE_IMAGE) {
        item->compressed = def->meta[DD_IMAGE_CODEC] != DD_CODEC_RAW;
        return dd_bulk_read(&t->bulk, m->data, m->size, stamp, NULL);
    }
    item->n = dd_channel_width(def);
    double* values = room(p, (size_t)item->n);
    item->values = values;
    switch (def->type) {
    case DD_TYPE_CONTACTS:
        return dd_contacts_read(def, m->data, m->size, stamp, values);
    case DD_TYPE_CLOUD:
        return dd_bulk_read(&t->bulk, m->data, m->size, stamp, values);
    case DD_TYPE_BOXES_2D:
    case DD_TYPE_BOXES_3D:
        return dd_boxes_read(def, m->data, m->size, stamp, values);
    default:
        return dd_template_read(&t->t, m->data, m->size, stamp, values);
    }
}

static bool read_poses(DdPlay* p, DdSpan* s, int64_t* stamp, DdPlayItem* item)
{
    uint32_t n = dd_cdr_get_u32(s);
    // a transform has at least 80 bytes
    if (s->bad || n > s->n / 80) {
        return false;
    }
    double* v = room(p, 7 * (size_t)n);
    p->names.n = 0;
    const char** names = (const char**)(void*)dd_buf_room(&p->names, (n + 1) * sizeof *names);
    for (uint32_t i = 0; i < n; i++, v += 7) {
        *stamp = dd_cdr_get_stamp(s);
        dd_cdr_get_str(s);
        names[i] = dd_cdr_get_str(s);
        for (int k = 0; k < 3; k++) {
            v[k] = dd_cdr_get_f64(s);
        }
        for (int k = 0; k < 4; k++) {
            v[3 + (k + 1) % 4] = dd_cdr_get_f64(s);
        }
    }
    item->values = (const double*)(void*)p->values.p;
    item->n = 7 * (int)n;
    item->names = names;
    item->nname = (int)n;
    return true;
}

// The payload into the item; false when it is not what its topic says.
static bool read_item(DdPlay* p, const Track* t, const DdMcapMessage* m, int64_t* stamp,
                      DdPlayItem* item)
{
    DdSpan s = dd_cdr_open(m->data, m->size);
    if (t->kind == DD_PLAY_SAMPLE) {
        return read_sample(p, t, m, stamp, item);
    }
    if (t->kind == DD_PLAY_POSES) {
        return read_poses(p, &s, stamp, item) && !s.bad;
    }
    if (t->kind == DD_PLAY_OTHER) {
        return true;
    }
    *stamp = dd_cdr_get_stamp(&s);
    if (t->kind != DD_PLAY_LOG) {
        dd_cdr_get_str(&s); // frame
    }
    switch (t->kind) {
    case DD_PLAY_ACTION: {
        uint32_t n = dd_cdr_get_u32(&s);
        for (uint32_t i = 0; i < n && !s.bad; i++) {
            dd_cdr_get_str(&s);
        }
        item->channel = item->subject = t->subject;
        item->values = values_of(p, &s, &item->n);
        break;
    }
    case DD_PLAY_REWARD: {
        double* v = room(p, 3);
        v[0] = dd_cdr_get_f64(&s);
        v[1] = dd_span_u8(&s);
        v[2] = dd_span_u8(&s);
        item->values = v;
        item->n = 3;
        break;
    }
    case DD_PLAY_EVENT:
        item->channel = dd_cdr_get_str(&s);
        item->subject = dd_cdr_get_str(&s);
        item->text = dd_cdr_get_str(&s);
        break;
    case DD_PLAY_LOG: {
        static const char* const k_levels[] = {"debug", "info", "warn", "error", "fatal"};
        int level = dd_span_u8(&s) / 10 - 1;
        item->channel = k_levels[level < 0 ? 0 : level > 4 ? 4 : level];
        dd_cdr_get_str(&s);
        item->text = dd_cdr_get_str(&s);
        item->subject = dd_cdr_get_str(&s);
        dd_cdr_get_str(&s);
        item->line = (int)dd_cdr_get_u32(&s);
        break;
    }
    case DD_PLAY_JOURNAL:
        item->step = dd_cdr_get_i64(&s);
        item->channel = dd_cdr_get_str(&s);
        item->subject = dd_cdr_get_str(&s);
        item->values = values_of(p, &s, &item->n);
        break;
    case DD_PLAY_HASHES:
        item->first_step = dd_cdr_get_i64(&s);
        item->hashes = values_of(p, &s, &item->n);
        break;
    case DD_PLAY_RESTORE:
        item->step = dd_cdr_get_i64(&s);
        item->values = values_of(p, &s, &item->n);
        break;
    default:
        break;
    }
    return !s.bad;
}

bool dd_play_next(DdPlay* p, DdPlayItem* item, DdError* err)
{
    DdMcapMessage m;
    while (dd_mcap_next(p->r, &m, err)) {
        static const Track k_other = {.kind = DD_PLAY_OTHER};
        const Track* t = p->ntrack ? &p->track[m.channel - dd_mcap_channel_at(p->r, 0)] : &k_other;
        if (!p->all && t->kind != p->kind) {
            continue;
        }
        if (!p->all && p->channel[0] && t->has_def && strcmp(t->def.name, p->channel) != 0) {
            continue;
        }
        *item = (DdPlayItem){.kind = t->kind,
                             .topic = m.channel->topic,
                             .step = -1,
                             .payload = m.data,
                             .payload_size = m.size};
        int64_t log_ns = (int64_t)m.log_ns - p->start_ns;
        int64_t stamp = INT64_MIN;
        item->avail_step = dd_step_of_ns(log_ns, p->physics_hz);
        if (!p->physics_hz) {
            return true;
        }
        bool ok = read_item(p, t, &m, &stamp, item);
        if (item->step < 0) {
            // a message without a stamp was measured one latency before it was there
            item->step = stamp == INT64_MIN ? item->avail_step - t->def.latency_steps
                                            : dd_step_of_ns(stamp - p->start_ns, p->physics_hz);
        }
        if (!ok || item->step < 0 || item->avail_step < item->step) {
            return dd_fail(err, DD_ERROR_DAMAGED,
                           "topic '%s': a message of %zu bytes at %llu ns is damaged",
                           m.channel->topic, m.size, (unsigned long long)m.log_ns);
        }
        return true;
    }
    return false;
}
