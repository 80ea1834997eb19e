// Line: messages on their way into the file, in the order recorded. A picture that is still being
// encoded keeps its place, and what comes behind it waits in memory; so the file does not depend on
// threads. Bounded: who would add more than fits waits for the picture at the head.
#pragma once

#include "recorder/encode.h"
#include "recorder/mcap.h"
#include "recorder/msg/bulk.h"

typedef struct DdLineMessage {
    uint16_t id; // of the channel of the file
    uint32_t sequence;
    uint64_t log_ns;
} DdLineMessage;

typedef struct DdLine DdLine;

// `dropped` is called, in the picture's turn, for every picture that cannot be encoded.
DdLine* dd_line_create(DdMcapWriter* w, const DdEncodeDef* encode,
                       void (*dropped)(void* user, const DdLineMessage* m, const DdError* err),
                       void* user);
void dd_line_destroy(DdLine* l); // what is still in it is given up
// Room for a message of this size, to be filled at once; NULL after an error.
void* dd_line_message(DdLine* l, const DdLineMessage* m, size_t size);
// An image or a cloud, whose blob is kept until it is written; `form` of an image that is to be
// encoded, NULL = the bytes as they are. `bulk` and `form` are borrowed.
void dd_line_bulk(DdLine* l, const DdLineMessage* m, const DdBulk* bulk, const DdImageForm* form,
                  int64_t stamp_ns, const double* values, DdBlob* blob);
void dd_line_drain(DdLine* l); // everything goes to the writer
