// Sample messages: how a sample of a channel, a flat run of doubles, lies in its ROS 2 message. The
// message of a channel has a fixed size and constant texts, so that writing one is copying a
// template and patching stamp and numbers. Quaternions are w x y z in samples and x y z w in
// messages.
#pragma once

#include "recorder/msg/types.h"
#include "sim/base/channel.h"

typedef struct DdPatch {
    int from; // first double of the sample
    int n;
    size_t at;   // byte in the message
    DdPrim prim; // what it is there
} DdPatch;

typedef struct DdTemplate {
    uint8_t* bytes;
    size_t size;
    size_t stamp; // byte of the (first) time stamp; 0 = it has none
    DdPatch* patch;
    int npatch;
    int nvalue, ninside; // doubles of a sample, and those of them that the message holds
} DdTemplate;

// `paths` names the primitive of each of the `n` doubles; "" is not in the message and reads as 0.
DD_MUST_USE bool dd_template_make(DdTemplate* t, const DdMsgType* type, const json_t* constants,
                                  const char (*paths)[64], int n, DdError* err);
void dd_template_free(DdTemplate* t);
void dd_template_fill(const DdTemplate* t, void* out, int64_t stamp_ns, const double* values);
// False when the message is not of this size. `stamp_ns` stays as it is when there is none.
bool dd_template_read(const DdTemplate* t, const void* data, size_t size, int64_t* stamp_ns,
                      double* values);

const DdMsgType* dd_sample_type(const DdChannelDef* def);
// True of the kinds whose messages have one size and come from a template: all but contacts,
// images, clouds and boxes.
bool dd_sample_is_plain(const DdChannelDef* def);
DD_MUST_USE bool dd_sample_template(DdTemplate* t, const DdChannelDef* def, DdError* err);

// Contacts: as many as there are. With `out` NULL only the size is told.
size_t dd_contacts_fill(const DdChannelDef* def, void* out, int64_t stamp_ns, const double* values);
bool dd_contacts_read(const DdChannelDef* def, const void* data, size_t size, int64_t* stamp_ns,
                      double* values);
