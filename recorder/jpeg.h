// JPEG: 8-bit pictures, grey or RGB, by libjpeg-turbo.
#pragma once

#include "recorder/bytes.h"

typedef struct DdJpeg DdJpeg; // a compressor, of one thread

DdJpeg* dd_jpeg_create(void);
void dd_jpeg_destroy(DdJpeg* j); // NULL is fine
// Appends to `out`. Colours are stored with half the width (4:2:2). Once warm it allocates nothing.
DD_MUST_USE bool dd_jpeg_encode(DdJpeg* j, int width, int height, int channels, int quality,
                                const void* pixels, DdBuf* out, DdError* err);
// 1 or 3 channels; malloc'd; NULL when it is damaged or has more than `max` pixels.
DD_MUST_USE uint8_t* dd_jpeg_decode(const void* data, size_t n, size_t max, int* width, int* height,
                                    int* channels, DdError* err);
