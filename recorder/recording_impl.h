// Recording, inside: what its writing files share.
#pragma once

#include "recorder/digest.h"
#include "recorder/line.h"
#include "recorder/msg/cdr.h"
#include "recorder/msg/sample.h"
#include "recorder/recording.h"
#include "recorder/stream.h"

// One topic.
typedef struct DdStream {
    uint16_t id; // 0: not declared
    uint32_t sequence;
    DdTemplate t;
    const DdChannelDef* def; // of a channel; borrowed from the table
} DdStream;

// What a channel of pictures needs besides.
typedef struct DdSight {
    DdBulk bulk; // images, clouds
    DdImageForm form;
    bool encode;      // by the encoders; else its bytes as they are
    DdStream also[2]; // boxes: detections, drawings; colours: their exposure
} DdSight;

// A transform begins where the one before it ended, 4 or 0 bytes off a multiple of 8.
typedef struct DdFrameTemplates {
    DdTemplate at4, at0;
} DdFrameTemplates;

struct DdRecord {
    char dir[DD_PATH_MAX];
    char file[DD_NAME_MAX + 8];
    char prefix[DD_NAME_MAX];
    DdMcapWriter* w;
    DdLine* line;
    int physics_hz;
    int64_t start_ns;
    int64_t last_ns;
    int64_t ns_step, ns; // of the step asked for last
    int nchannel;
    DdStream* channel; // (nchannel)
    DdSight* sight;    // (nchannel), of pictures
    DdStream topic[DD_TOPIC_COUNT];
    DdStream markers, static_frames;
    DdStream* slot; // (k_slots_max)
    int nslot;
    DdFrameTemplates* frame;
    int nframe;
    char** name; // (k_ids_max) topic by id
    int nname;
    uint16_t* schema_of; // by row of the table of types; 0 = not yet
    DdDigest digest;     // of the writing thread
    uint64_t messages;
    int64_t dropped;
    DdError drop_err; // the first, while `dropped`
};

int64_t dd_record_ns_of(DdRecord* r, int64_t step);
// A channel of the file. A topic that is taken gets a number.
uint16_t dd_record_declare(DdRecord* r, const char* wanted, const DdMsgType* type, const char* qos,
                           const char* key, const char* value);
// Room for one message of a topic, available at `step`; NULL after an error.
void* dd_record_begin(DdRecord* r, DdStream* s, int64_t step, size_t size);
// The text as a string of the message, what is not UTF-8 replaced.
void dd_record_put_text(DdCdr* c, const char* text);

// sight.c: channels of pictures.
DD_MUST_USE bool dd_sight_declare(DdRecord* r, int channel, const char* topic, DdError* err);
void dd_sight_free(DdSight* s);
void dd_sight_sample(DdRecord* r, const DdSample* sample);
void dd_sight_dropped(void* user, const DdLineMessage* m, const DdError* err);
