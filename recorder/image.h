// Image codecs: what an image channel holds, and its pixels as JPEG, PNG or raw. PNG is written
// here, over zlib: filter and strategy by what the picture is, nothing allocated per picture.
#pragma once

#include "recorder/bytes.h"
#include "sim/base/channel.h"

typedef struct DdImageForm {
    int width, height;
    int channels; // 1 or 3
    int bytes;    // of a channel: 1, 2 or 4 (float)
    bool ids;     // classes or instances: large patches of one number
    DdImageCodec codec;
    int quality; // of JPEG
} DdImageForm;

// The form of a channel of DD_TYPE_IMAGE; false when its numbers make none.
DD_MUST_USE bool dd_image_form(DdImageForm* form, const DdChannelDef* def, DdError* err);
size_t dd_image_row(const DdImageForm* form);  // bytes
size_t dd_image_size(const DdImageForm* form); // bytes
// "jpeg", "png", "16UC1; png compressed": the format of a CompressedImage.
void dd_image_format(const DdChannelDef* def, char out[48]);

typedef struct DdEncoder DdEncoder; // scratch room of one thread

DdEncoder* dd_encoder_create(void);
void dd_encoder_destroy(DdEncoder* e); // NULL is fine
// Appends to `out`.
DD_MUST_USE bool dd_encoder_run(DdEncoder* e, const DdImageForm* form, const void* pixels,
                                DdBuf* out, DdError* err);
