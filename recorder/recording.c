// Recording, the writing side. Everything an agent tick writes is a template, copied into the chunk
// and patched there: no allocation, no second copy.
#include "recorder/recording_impl.h"

#include "recorder/bag.h"
#include "recorder/msg/boxes.h"

enum { k_slots_max = 256, k_ids_max = 65536, k_chunk_ns = 1000000000 };

static void tap_message(void* user, uint16_t id, uint64_t log_ns, const void* data, size_t size)
{
    DdRecord* r = user;
    dd_digest_message(&r->digest, r->name[id], log_ns, data, size);
    r->messages++;
}

static uint16_t schema_id(DdRecord* r, const DdMsgType* type)
{
    int n;
    uint16_t* id = &r->schema_of[type - dd_msg_types(&n)];
    if (*id == 0) {
        char full[96];
        char* text = dd_msg_schema(type);
        dd_msg_full_name(type, full);
        *id = dd_mcap_schema(r->w, full, "ros2msg", text, strlen(text));
        free(text);
    }
    return *id;
}

static bool is_taken(const DdRecord* r, const char* topic)
{
    for (int i = 1; i <= r->nname; i++) {
        if (strcmp(r->name[i], topic) == 0) {
            return true;
        }
    }
    return false;
}

uint16_t dd_record_declare(DdRecord* r, const char* wanted, const DdMsgType* type, const char* qos,
                           const char* key, const char* value)
{
    char topic[DD_TOPIC_MAX + DD_NAME_MAX + 16];
    snprintf(topic, sizeof topic, "%s", wanted);
    for (int k = 2; is_taken(r, topic); k++) {
        snprintf(topic, sizeof topic, "%s_%d", wanted, k);
    }
    DdMcapKv kv[3] = {{"offered_qos_profiles", qos}, {"topic_type_hash", ""}, {key, value}};
    uint16_t schema = schema_id(r, type);
    uint16_t id = dd_mcap_channel(r->w, schema, topic, "cdr", kv, key ? 3 : 2);
    r->name[id] = strdup(topic);
    DD_ASSERT(r->name[id]);
    r->nname = id;
    return id;
}

static char* to_text(const json_t* j)
{
    char* text = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(17));
    DD_ASSERT(text);
    return text;
}

static bool declare_channels(DdRecord* r, const DdChannels* channels, DdError* err)
{
    for (int i = 0; i < r->nchannel; i++) {
        DdStream* s = &r->channel[i];
        s->def = dd_channels_def(channels, i);
        char name[DD_TOPIC_MAX], topic[DD_TOPIC_MAX + DD_NAME_MAX];
        dd_topic_of_channel(s->def, name);
        snprintf(topic, sizeof topic, "%s%s", r->prefix, name);
        json_t* j = dd_channel_to_json(s->def, i);
        if (!j) {
            return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': its texts are not UTF-8",
                           s->def->name);
        }
        char* text = to_text(j);
        char own[sizeof topic + 16];
        bool boxes = s->def->type == DD_TYPE_BOXES_2D || s->def->type == DD_TYPE_BOXES_3D;
        snprintf(own, sizeof own, "%s%s", topic,
                 boxes ? dd_boxes_suffix(s->def, DD_BOXES_LABELS) : "");
        s->id =
            dd_record_declare(r, own, dd_sample_type(s->def), dd_qos_text, "drydock.channel", text);
        free(text);
        json_decref(j);
        if ((dd_sample_is_plain(s->def) && !dd_sample_template(&s->t, s->def, err)) ||
            !dd_sight_declare(r, i, topic, err)) {
            return false;
        }
    }
    return true;
}

static bool make_template(DdStream* s, const char* type, DdError* err)
{
    return dd_template_make(&s->t, dd_msg_type(type), NULL, NULL, 0, err);
}

static void destroy(DdRecord* r)
{
    for (int i = 0; i < r->nchannel; i++) {
        dd_template_free(&r->channel[i].t);
        dd_sight_free(&r->sight[i]);
    }
    for (int i = 0; i < DD_TOPIC_COUNT; i++) {
        dd_template_free(&r->topic[i].t);
    }
    for (int i = 0; i < r->nslot; i++) {
        dd_template_free(&r->slot[i].t);
    }
    for (int i = 0; i < r->nframe; i++) {
        dd_template_free(&r->frame[i].at4);
        dd_template_free(&r->frame[i].at0);
    }
    for (int i = 1; i <= r->nname; i++) {
        free(r->name[i]);
    }
    if (r->line) {
        dd_line_destroy(r->line);
    }
    free(r->channel);
    free(r->sight);
    free(r->slot);
    free(r->frame);
    free(r->name);
    free(r->schema_of);
    free(r);
}

static bool open_file(DdRecord* r, const DdRecordDef* def, DdError* err)
{
    char path[DD_PATH_MAX], hz[32], start[32];
    if (!dd_dir_make(r->dir, err)) {
        return false;
    }
    dd_path_join(path, r->dir, r->file);
    snprintf(hz, sizeof hz, "%d", r->physics_hz);
    snprintf(start, sizeof start, "%lld", (long long)r->start_ns);
    char* text = def->run_record ? to_text(def->run_record) : strdup("{}");
    DdMcapKv kv[] = {
        {"format", "1"}, {"physics_hz", hz}, {"start_ns", start}, {"run_record", text}};
    DdMcapDef mcap = dd_mcap_def();
    mcap.library = "drydock 0.1.0";
    mcap.compression = def->compression;
    mcap.level = def->level;
    mcap.chunk_ns = k_chunk_ns;
    mcap.tap = tap_message;
    mcap.tap_user = r;
    r->w = dd_mcap_create(path, &mcap, "drydock", kv, 4, err);
    free(text);
    if (!r->w) {
        return false;
    }
    DdEncodeDef encode = {.threads = def->threads,
                          .slow_us = def->test_slow_us,
                          .fail_picture = def->test_fail_picture};
    r->line = dd_line_create(r->w, &encode, dd_sight_dropped, r);
    return true;
}

DdRecord* dd_record_create(const DdRecordDef* def, const DdChannels* channels, DdError* err)
{
    if (strlen(def->name) >= DD_NAME_MAX || strlen(def->dir) + DD_NAME_MAX >= DD_PATH_MAX) {
        dd_fail(err, DD_ERROR_ARGUMENT, "the name of the recording '%s/%s' is too long", def->dir,
                def->name);
        return NULL;
    }
    if (def->topic_prefix && strlen(def->topic_prefix) >= DD_NAME_MAX) {
        dd_fail(err, DD_ERROR_ARGUMENT, "the prefix '%s' of topics is too long", def->topic_prefix);
        return NULL;
    }
    int ntype;
    dd_msg_types(&ntype);
    DdRecord* r = calloc(1, sizeof *r);
    DD_ASSERT(r);
    r->nchannel = dd_channels_count(channels);
    r->channel = calloc((size_t)r->nchannel + 1, sizeof *r->channel);
    r->sight = calloc((size_t)r->nchannel + 1, sizeof *r->sight);
    r->slot = calloc(k_slots_max, sizeof *r->slot);
    r->name = calloc(k_ids_max, sizeof *r->name);
    r->schema_of = calloc((size_t)ntype, sizeof *r->schema_of);
    DD_ASSERT(r->channel && r->sight && r->slot && r->name && r->schema_of);
    snprintf(r->dir, sizeof r->dir, "%s", def->dir);
    snprintf(r->prefix, sizeof r->prefix, "%s", def->topic_prefix ? def->topic_prefix : "");
    snprintf(r->file, sizeof r->file, "%s.mcap", def->name);
    r->physics_hz = dd_channels_physics_hz(channels);
    r->start_ns = def->start_ns;
    r->ns_step = -1;
    r->last_ns = def->start_ns;
    dd_digest_begin(&r->digest, true);
    if (!open_file(r, def, err)) {
        destroy(r);
        return NULL;
    }

    for (int i = 0; i < DD_TOPIC_COUNT; i++) {
        r->topic[i].id =
            dd_record_declare(r, dd_topic_name((DdTopic)i), dd_msg_type(dd_topic_type((DdTopic)i)),
                              dd_qos_text, NULL, NULL);
    }
    bool ok = declare_channels(r, channels, err) &&
              make_template(&r->topic[DD_TOPIC_CLOCK], "rosgraph_msgs/Clock", err) &&
              make_template(&r->topic[DD_TOPIC_REWARD], "drydock_msgs/Reward", err) &&
              dd_bag_write(r->dir, r->file, err);
    if (!ok) {
        DdError ignored;
        (void)!dd_mcap_close(r->w, &ignored);
        destroy(r);
        return NULL;
    }
    return r;
}

bool dd_record_attach(DdRecord* r, const char* name, const char* media_type, const void* data,
                      size_t size)
{
    dd_line_drain(r->line);
    return dd_mcap_attachment(r->w, name, media_type, (uint64_t)r->start_ns, (uint64_t)r->start_ns,
                              data, size);
}

bool dd_record_file(DdRecord* r, const DdFile* file)
{
    const char* dot = strrchr(file->name, '.');
    const char* type = dot && strcmp(dot, ".xml") == 0    ? "application/xml"
                       : dot && strcmp(dot, ".json") == 0 ? "application/json"
                       : dot && strcmp(dot, ".lua") == 0  ? "text/x-lua"
                                                          : "application/octet-stream";
    return dd_record_attach(r, file->name, type, file->data, file->size);
}

// All messages of a tick ask for the same step.
int64_t dd_record_ns_of(DdRecord* r, int64_t step)
{
    if (step != r->ns_step) {
        r->ns_step = step;
        r->ns = r->start_ns + dd_step_ns(step, r->physics_hz);
    }
    return r->ns;
}

void* dd_record_begin(DdRecord* r, DdStream* s, int64_t step, size_t size)
{
    int64_t log_ns = dd_record_ns_of(r, step);
    DD_ASSERT(log_ns >= r->last_ns && "the recording goes back in time");
    r->last_ns = log_ns;
    DdLineMessage m = {s->id, s->sequence++, (uint64_t)log_ns};
    return dd_line_message(r->line, &m, size);
}

void dd_record_sample(DdRecord* r, const DdSample* sample)
{
    DD_ASSERT(sample->channel >= 0 && sample->channel < r->nchannel);
    DdStream* s = &r->channel[sample->channel];
    s->sequence = (uint32_t)sample->sequence;
    if (!s->t.bytes && s->def->type != DD_TYPE_CONTACTS) {
        dd_sight_sample(r, sample);
        return;
    }
    int64_t stamp = dd_record_ns_of(r, sample->step);
    if (s->def->type == DD_TYPE_CONTACTS) {
        size_t size = dd_contacts_fill(s->def, NULL, stamp, sample->values);
        void* p = dd_record_begin(r, s, sample->avail_step, size);
        if (p) {
            dd_contacts_fill(s->def, p, stamp, sample->values);
        }
        return;
    }
    void* p = dd_record_begin(r, s, sample->avail_step, s->t.size);
    if (p) {
        dd_template_fill(&s->t, p, stamp, sample->values);
    }
}

void dd_record_clock(DdRecord* r, int64_t step)
{
    DdStream* s = &r->topic[DD_TOPIC_CLOCK];
    void* p = dd_record_begin(r, s, step, s->t.size);
    if (p) {
        dd_template_fill(&s->t, p, dd_record_ns_of(r, step), NULL);
    }
}

int dd_record_slot(DdRecord* r, const char* robot, const DdActionSpace* space)
{
    DD_ASSERT(r->nslot < k_slots_max);
    DdStream* s = &r->slot[r->nslot];
    json_t* names = json_array();
    char(*paths)[64] = calloc((size_t)space->n + 1, sizeof *paths);
    DD_ASSERT(names && paths);
    int k = 0;
    for (int i = 0; i < space->npart; i++) {
        for (int j = 0; j < space->part[i].n; j++, k++) {
            char name[2 * DD_NAME_MAX + 2];
            snprintf(name, sizeof name, "%s.%s", space->part[i].name, space->part[i].label[j]);
            json_array_append_new(names, json_string(name));
            snprintf(paths[k], sizeof paths[k], "values[%d]", k);
        }
    }
    DD_ASSERT(k == space->n);
    char frame[DD_NAME_MAX];
    snprintf(frame, sizeof frame, "%s", robot);
    json_t* values = json_pack("{s:{s:s},s:o,s:i}", "header", "frame_id", frame, "names", names,
                               "values", space->n);
    DdError err;
    bool ok = values && dd_template_make(&s->t, dd_msg_type("drydock_msgs/Action"), values,
                                         (const char(*)[64])paths, space->n, &err);
    DD_ASSERT(ok);
    json_decref(values);
    free(paths);
    char topic[DD_TOPIC_MAX], base[DD_NAME_MAX + 8];
    snprintf(base, sizeof base, "%s.action", robot);
    dd_topic_of_name("", base, topic);
    dd_line_drain(r->line); // a declaration stands in front of what comes after it
    s->id = dd_record_declare(r, topic, dd_msg_type("drydock_msgs/Action"), dd_qos_text,
                              "drydock.robot", robot);
    return r->nslot++;
}

void dd_record_action(DdRecord* r, int slot, int64_t step, const double* action)
{
    DD_ASSERT(slot >= 0 && slot < r->nslot);
    DdStream* s = &r->slot[slot];
    void* p = dd_record_begin(r, s, step, s->t.size);
    if (p) {
        dd_template_fill(&s->t, p, dd_record_ns_of(r, step), action);
    }
}

void dd_record_reward(DdRecord* r, int64_t step, double reward, bool terminated, bool truncated)
{
    DdStream* s = &r->topic[DD_TOPIC_REWARD];
    uint8_t* p = dd_record_begin(r, s, step, s->t.size);
    if (p) {
        dd_template_fill(&s->t, p, dd_record_ns_of(r, step), NULL);
        // the last two bytes are the flags, the eight before them the number
        memcpy(p + s->t.size - 10, &reward, 8);
        p[s->t.size - 2] = terminated;
        p[s->t.size - 1] = truncated;
    }
}

// The bytes of a text that is not UTF-8 become '?': some readers refuse the whole message.
void dd_record_put_text(DdCdr* c, const char* text)
{
    size_t at = c->n;
    dd_cdr_str(c, text);
    if (!c->p) {
        return;
    }
    uint8_t* p = c->p + c->n - 1 - strlen(text);
    DD_ASSERT(p >= c->p + at);
    while (*p) {
        int more = *p < 0x80                 ? 0
                   : *p >= 0xc2 && *p < 0xe0 ? 1
                   : (*p & 0xf0) == 0xe0     ? 2
                   : *p >= 0xf0 && *p < 0xf5 ? 3
                                             : -1;
        bool ok = more >= 0;
        for (int i = 1; ok && i <= more; i++) {
            ok = (p[i] & 0xc0) == 0x80;
        }
        if (ok && more == 2) {
            // overlong forms and surrogates
            ok = !(p[0] == 0xe0 && p[1] < 0xa0) && !(p[0] == 0xed && p[1] >= 0xa0);
        } else if (ok && more == 3) {
            ok = !(p[0] == 0xf0 && p[1] < 0x90) && !(p[0] == 0xf4 && p[1] >= 0x90);
        }
        if (ok) {
            p += more + 1;
        } else {
            *p++ = '?';
        }
    }
}

static void put_event(DdCdr* c, int64_t stamp, const char* kind, const char* subject,
                      const char* json)
{
    dd_cdr_header(c, stamp, "");
    dd_record_put_text(c, kind);
    dd_record_put_text(c, subject);
    dd_record_put_text(c, json);
}

void dd_record_event(DdRecord* r, int64_t step, const char* kind, const char* subject,
                     const char* json)
{
    int64_t stamp = dd_record_ns_of(r, step);
    subject = subject ? subject : "";
    json = json ? json : "";
    DdCdr size = dd_cdr_begin(NULL);
    put_event(&size, stamp, kind, subject, json);
    void* p = dd_record_begin(r, &r->topic[DD_TOPIC_EVENTS], step, size.n);
    if (p) {
        DdCdr c = dd_cdr_begin(p);
        put_event(&c, stamp, kind, subject, json);
    }
}

static void put_log(DdCdr* c, int64_t stamp, uint8_t level, const char* file, int line,
                    const char* text)
{
    dd_cdr_stamp(c, stamp);
    dd_cdr_u8(c, level);
    dd_record_put_text(c, "drydock");
    dd_record_put_text(c, text);
    dd_record_put_text(c, file);
    dd_record_put_text(c, "");
    dd_cdr_u32(c, (uint32_t)line);
}

void dd_record_log(DdRecord* r, int64_t step, const char* level, const char* file, int line,
                   const char* text)
{
    static const char* const k_levels[] = {"debug", "info", "warn", "error", "fatal"};
    uint8_t number = 20;
    for (int i = 0; level && i < 5; i++) {
        if (strcmp(level, k_levels[i]) == 0) {
            number = (uint8_t)(10 * (i + 1));
        }
    }
    int64_t stamp = dd_record_ns_of(r, step);
    file = file ? file : "";
    DdCdr size = dd_cdr_begin(NULL);
    put_log(&size, stamp, number, file, line, text);
    void* p = dd_record_begin(r, &r->topic[DD_TOPIC_ROSOUT], step, size.n);
    if (p) {
        DdCdr c = dd_cdr_begin(p);
        put_log(&c, stamp, number, file, line, text);
    }
}

static void put_journal(DdCdr* c, int64_t stamp, int64_t step, const char* kind,
                        const char* subject, const double* values, int n)
{
    dd_cdr_header(c, stamp, "");
    dd_cdr_i64(c, step);
    dd_record_put_text(c, kind);
    dd_record_put_text(c, subject);
    dd_cdr_seq8(c, values, (uint32_t)n);
}

void dd_record_journal(DdRecord* r, int64_t step, const char* kind, const char* subject,
                       const double* values, int n)
{
    int64_t stamp = dd_record_ns_of(r, step);
    subject = subject ? subject : "";
    DdCdr size = dd_cdr_begin(NULL);
    put_journal(&size, stamp, step, kind, subject, values, n);
    void* p = dd_record_begin(r, &r->topic[DD_TOPIC_JOURNAL], step, size.n);
    if (p) {
        DdCdr c = dd_cdr_begin(p);
        put_journal(&c, stamp, step, kind, subject, values, n);
    }
}

// Hashes and restore points look alike: a step and a run of 8-byte values.
static void put_run(DdRecord* r, DdTopic topic, int64_t step, int64_t number, const void* values,
                    int n)
{
    int64_t stamp = dd_record_ns_of(r, step);
    void* p = NULL;
    DdCdr c = dd_cdr_begin(NULL);
    for (int pass = 0; pass < 2; pass++) {
        dd_cdr_header(&c, stamp, "");
        dd_cdr_i64(&c, number);
        dd_cdr_seq8(&c, values, (uint32_t)n);
        if (pass == 0) {
            p = dd_record_begin(r, &r->topic[topic], step, c.n);
            if (!p) {
                return;
            }
            c = dd_cdr_begin(p);
        }
    }
}

void dd_record_hashes(DdRecord* r, int64_t step, int64_t first_step, const uint64_t* hash, int n)
{
    put_run(r, DD_TOPIC_HASHES, step, first_step, hash, n);
}

void dd_record_restore_point(DdRecord* r, int64_t step, const double* state, int n)
{
    put_run(r, DD_TOPIC_RESTORE, step, step, state, n);
}

// The template of one transform as it lies behind `before` bytes of a body: the message of its own
// without the head, padded in front.
static void make_frame(DdTemplate* t, const char* name, size_t before)
{
    static const char k_world[] = "world";
    for (int pass = 0; pass < 2; pass++) {
        DdCdr c = {.p = t->bytes, .n = 4 + before};
        if (t->bytes) {
            memset(t->bytes, 0, t->size);
        }
        dd_cdr_header(&c, 0, k_world);
        dd_record_put_text(&c, name);
        dd_cdr_align(&c, 8);
        if (pass == 0) {
            t->size = c.n + 7 * 8;
            t->bytes = malloc(t->size);
            DD_ASSERT(t->bytes);
        }
        t->stamp = c.n; // where the numbers begin
    }
}

void dd_record_frames(DdRecord* r, const char* const* names, int n)
{
    DD_ASSERT(!r->frame);
    r->frame = calloc((size_t)n + 1, sizeof *r->frame);
    DD_ASSERT(r->frame);
    r->nframe = n;
    for (int i = 0; i < n; i++) {
        make_frame(&r->frame[i].at4, names[i], 4);
        make_frame(&r->frame[i].at0, names[i], 0);
    }
}

void dd_record_poses(DdRecord* r, int64_t step, const double (*poses)[7], const bool* mask)
{
    // head, count, the first transform behind 4 bytes, the others behind a multiple of 8
    size_t size = 8;
    uint32_t n = 0;
    for (int i = 0; i < r->nframe; i++) {
        if (mask[i]) {
            size += n ? r->frame[i].at0.size - 4 : r->frame[i].at4.size - 8;
            n++;
        }
    }
    uint8_t* p = dd_record_begin(r, &r->topic[DD_TOPIC_TF], step, size);
    if (!p) {
        return;
    }
    int64_t stamp = dd_record_ns_of(r, step);
    DdCdr c = dd_cdr_begin(p);
    dd_cdr_u32(&c, n);
    for (int i = 0; i < r->nframe; i++) {
        if (!mask[i]) {
            continue;
        }
        bool first = c.n == 8;
        const DdTemplate* t = first ? &r->frame[i].at4 : &r->frame[i].at0;
        size_t skip = first ? 8 : 4;
        uint8_t* to = p + c.n;
        memcpy(to, t->bytes + skip, t->size - skip);
        DdCdr time = {.p = p, .n = c.n};
        dd_cdr_stamp(&time, stamp);
        // w x y z here, x y z w there
        uint8_t* v = to + t->stamp - skip;
        memcpy(v, poses[i], 24);
        memcpy(v + 24, poses[i] + 4, 24);
        memcpy(v + 48, poses[i] + 3, 8);
        c.n += t->size - skip;
    }
    DD_ASSERT(c.n == size);
}

bool dd_record_failed(const DdRecord* r, DdError* err)
{
    if (dd_mcap_failed(r->w, err)) {
        return true;
    }
    if (r->dropped && err) {
        *err = r->drop_err;
    }
    return r->dropped > 0;
}

int64_t dd_record_dropped(const DdRecord* r)
{
    return r->dropped;
}

uint64_t dd_record_bytes(const DdRecord* r)
{
    return dd_mcap_bytes(r->w);
}

bool dd_record_close(DdRecord* r, const json_t* result, DdError* err)
{
    DdError first;
    dd_error_clear(&first);
    dd_line_drain(r->line);
    (void)!dd_mcap_flush(r->w, &first); // an error sticks, and close tells it
    if (result) {
        char hex[DD_SHA256_HEX_SIZE], messages[32];
        dd_digest_end(&r->digest, hex);
        snprintf(messages, sizeof messages, "%llu", (unsigned long long)r->messages);
        char* text = to_text(result);
        DdMcapKv kv[] = {{"result", text}, {"digest", hex}, {"messages", messages}};
        dd_mcap_metadata(r->w, "drydock.result", kv, 3);
        free(text);
    }
    dd_error_clear(&first);
    bool ok = dd_mcap_close(r->w, &first);
    DdError bag;
    if (!dd_bag_write(r->dir, r->file, &bag) && ok) {
        first = bag;
        ok = false;
    }
    if (r->dropped && ok) {
        // the file is whole but for these
        first = r->drop_err;
        ok = false;
    }
    if (!ok && err) {
        *err = first;
    }
    destroy(r);
    return ok;
}
