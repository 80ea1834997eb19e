// Recording, what is seen: images and clouds, which wait for their encoders; boxes as labels,
// detections and drawings; the shapes of the world.
#include "recorder/msg/boxes.h"
#include "recorder/msg/scene.h"
#include "recorder/recording_impl.h"
#include "sim/base/text.h"

static bool is_boxes(const DdChannelDef* def)
{
    return def->type == DD_TYPE_BOXES_2D || def->type == DD_TYPE_BOXES_3D;
}

// Classes and instances have no exposure, nor have distances.
static bool has_exposure(const DdChannelDef* def)
{
    return def->type == DD_TYPE_IMAGE && def->nclass == 0 && def->nname == 0 &&
           (strcmp(def->encoding, "rgb8") == 0 || strcmp(def->encoding, "mono8") == 0);
}

static void declare_also(DdRecord* r, DdStream* s, const char* topic, const char* suffix,
                         const char* type)
{
    char name[2 * DD_TOPIC_MAX + 32];
    snprintf(name, sizeof name, "%s%s", topic, suffix);
    s->id = dd_record_declare(r, name, dd_msg_type(type), dd_qos_text, NULL, NULL);
}

bool dd_sight_declare(DdRecord* r, int channel, const char* topic, DdError* err)
{
    const DdChannelDef* def = r->channel[channel].def;
    DdSight* s = &r->sight[channel];
    if (is_boxes(def)) {
        for (int i = 0; i < 2; i++) {
            DdBoxesAs as = i == 0 ? DD_BOXES_DETECTIONS : DD_BOXES_DRAWING;
            declare_also(r, &s->also[i], topic, dd_boxes_suffix(def, as), dd_boxes_type(def, as));
        }
        return true;
    }
    if (def->type != DD_TYPE_IMAGE && def->type != DD_TYPE_CLOUD) {
        return true;
    }
    if (!dd_bulk_make(&s->bulk, def, err)) {
        return false;
    }
    if (def->type == DD_TYPE_IMAGE) {
        if (!dd_image_form(&s->form, def, err)) {
            return false;
        }
        s->encode = s->form.codec != DD_CODEC_RAW;
    }
    if (!has_exposure(def)) {
        return true;
    }
    char base[DD_TOPIC_MAX + DD_NAME_MAX];
    snprintf(base, sizeof base, "%s", topic);
    char* image = strstr(base, "/image_raw");
    if (image) {
        *image = 0;
    }
    declare_also(r, &s->also[0], base, "/exposure", "drydock_msgs/Exposure");
    static const char k_paths[2][64] = {"exposure_s", "gain"};
    json_t* values = json_pack("{s:{s:s}}", "header", "frame_id", def->frame);
    bool ok = values && dd_template_make(&s->also[0].t, dd_msg_type("drydock_msgs/Exposure"),
                                         values, k_paths, 2, err);
    json_decref(values);
    return ok;
}

void dd_sight_free(DdSight* s)
{
    dd_bulk_free(&s->bulk);
    dd_template_free(&s->also[0].t);
}

static void write_boxes(DdRecord* r, DdStream* stream, const DdChannelDef* def, DdBoxesAs as,
                        const DdSample* sample, int64_t stamp)
{
    stream->sequence = (uint32_t)sample->sequence;
    size_t size = dd_boxes_fill(def, as, NULL, stamp, sample->values);
    void* p = dd_record_begin(r, stream, sample->avail_step, size);
    if (p) {
        dd_boxes_fill(def, as, p, stamp, sample->values);
    }
}

static void write_bulk(DdRecord* r, DdStream* stream, DdSight* s, const DdSample* sample,
                       int64_t stamp)
{
    if (!sample->blob) {
        return; // it was not made
    }
    int64_t log_ns = dd_record_ns_of(r, sample->avail_step);
    DD_ASSERT(log_ns >= r->last_ns && "the recording goes back in time");
    r->last_ns = log_ns;
    DdLineMessage m = {stream->id, stream->sequence++, (uint64_t)log_ns};
    dd_line_bulk(r->line, &m, &s->bulk, s->encode ? &s->form : NULL, stamp, sample->values,
                 sample->blob);
    DdStream* exposure = &s->also[0];
    if (exposure->id) {
        exposure->sequence = (uint32_t)sample->sequence;
        void* p = dd_record_begin(r, exposure, sample->avail_step, exposure->t.size);
        if (p) {
            dd_template_fill(&exposure->t, p, stamp, sample->values);
        }
    }
}

void dd_sight_sample(DdRecord* r, const DdSample* sample)
{
    DdStream* stream = &r->channel[sample->channel];
    DdSight* s = &r->sight[sample->channel];
    int64_t stamp = dd_record_ns_of(r, sample->step);
    if (is_boxes(stream->def)) {
        write_boxes(r, stream, stream->def, DD_BOXES_LABELS, sample, stamp);
        write_boxes(r, &s->also[0], stream->def, DD_BOXES_DETECTIONS, sample, stamp);
        write_boxes(r, &s->also[1], stream->def, DD_BOXES_DRAWING, sample, stamp);
    } else {
        write_bulk(r, stream, s, sample, stamp);
    }
}

// In place of the picture an event says that it is missing.
void dd_sight_dropped(void* user, const DdLineMessage* m, const DdError* err)
{
    DdRecord* r = user;
    const DdChannelDef* def = NULL;
    for (int i = 0; i < r->nchannel && !def; i++) {
        def = r->channel[i].id == m->id ? r->channel[i].def : NULL;
    }
    DD_ASSERT(def);
    if (r->dropped++ == 0) {
        dd_fail(&r->drop_err, err->code, "channel '%s': a picture was lost: %s", def->name,
                err->text);
    }
    DdText json = {0};
    dd_text_str(&json, "{\"reason\":");
    dd_text_json(&json, err->text);
    dd_text_str(&json, "}");
    uint8_t* to = NULL;
    for (int pass = 0; pass < 2; pass++) {
        DdCdr c = dd_cdr_begin(to);
        dd_cdr_header(&c, (int64_t)m->log_ns, "");
        dd_record_put_text(&c, "picture_lost");
        dd_record_put_text(&c, def->name);
        dd_record_put_text(&c, json.failed ? "{}" : json.data);
        if (pass == 0) {
            to = dd_mcap_message_begin(r->w, r->topic[DD_TOPIC_EVENTS].id, (uint32_t)r->dropped,
                                       m->log_ns, m->log_ns, c.n);
            if (!to) {
                break;
            }
        }
    }
    dd_text_free(&json);
}

// Topics that only worlds with a look have; late readers get the last message.
static DdStream* latched(DdRecord* r, DdStream* s, const char* topic, const char* type)
{
    if (!s->id) {
        dd_line_drain(r->line);
        s->id = dd_record_declare(r, topic, dd_msg_type(type), dd_qos_latched_text, NULL, NULL);
    }
    return s;
}

void dd_record_markers(DdRecord* r, int64_t step, const DdMarker* marker, int n)
{
    DdStream* s = latched(r, &r->markers, "/world/markers", "visualization_msgs/MarkerArray");
    int64_t stamp = dd_record_ns_of(r, step);
    void* p = dd_record_begin(r, s, step, dd_markers_fill(NULL, stamp, marker, n));
    if (p) {
        dd_markers_fill(p, stamp, marker, n);
    }
}

void dd_record_static_frames(DdRecord* r, int64_t step, const DdStaticFrame* frame, int n)
{
    DdStream* s = latched(r, &r->static_frames, "/tf_static", "tf2_msgs/TFMessage");
    int64_t stamp = dd_record_ns_of(r, step);
    void* p = dd_record_begin(r, s, step, dd_static_frames_fill(NULL, stamp, frame, n));
    if (p) {
        dd_static_frames_fill(p, stamp, frame, n);
    }
}
