// PNG: pictures of 8 or 16 bits to and from bytes. 16-bit numbers are in the machine's own order in
// memory, big-endian in the file.
#pragma once

#include <stddef.h>

#include "sim/base/error.h"

typedef struct DdPng {
    int width, height;
    int channels; // 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
    int bits;     // of a channel: 8 or 16
} DdPng;

// Rows top first, without padding. `level`: zlib's, 0..9. malloc'd; NULL with `err` when memory
// ended or the size is none.
DD_MUST_USE unsigned char* dd_png_encode(const DdPng* def, const void* pixels, int level,
                                         size_t* size, DdError* err);
DD_MUST_USE bool dd_png_write(const char* path, const DdPng* def, const void* pixels, DdError* err);
// Palettes and fewer bits are widened to 8. malloc'd; `max` bounds width * height.
DD_MUST_USE unsigned char* dd_png_decode(const void* data, size_t n, size_t max, DdPng* def,
                                         DdError* err);
DD_MUST_USE unsigned char* dd_png_read(const char* path, size_t max, DdPng* def, DdError* err);
