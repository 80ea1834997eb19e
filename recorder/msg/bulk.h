// Bulk messages: images and clouds: a head that is patched, the bytes as they are, a short tail.
#pragma once

#include "recorder/msg/sample.h"

enum { DD_BULK_VALUES = 3 };

typedef struct DdBulk {
    DdTemplate head; // the message without data; its stamp
    size_t data_at;  // where the data begin, behind their count
    size_t tail;     // bytes behind the data
    int nvalue;      // doubles of a sample
    // of clouds
    int step;
    size_t width_at, height_at, row_at;
} DdBulk;

// Of a channel of DD_TYPE_IMAGE or DD_TYPE_CLOUD.
DD_MUST_USE bool dd_bulk_make(DdBulk* b, const DdChannelDef* def, DdError* err);
void dd_bulk_free(DdBulk* b);
size_t dd_bulk_size(const DdBulk* b, size_t data);
void dd_bulk_fill(const DdBulk* b, void* out, int64_t stamp_ns, const double* values,
                  const void* data, size_t n);
// The stamp, and of a cloud its three values; false when it is no such message.
bool dd_bulk_read(const DdBulk* b, const void* message, size_t size, int64_t* stamp_ns,
                  double* values);
// Where the data lie in a message of this kind.
const uint8_t* dd_bulk_data(const DdBulk* b, const void* message, size_t size, size_t* n);
