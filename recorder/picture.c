// Picture: decoding of image messages, colours to show them by.
#include "recorder/picture.h"

#include <math.h>

#include "recorder/jpeg.h"
#include "recorder/msg/cdr.h"
#include "recorder/png.h"

enum { k_pixels_max = 1 << 28 };

static const struct {
    const char* encoding;
    DdPixel pixel;
} k_encodings[] = {
    {"rgb8", DD_PIXEL_RGB8},     {"mono8", DD_PIXEL_GREY8},  {"8UC1", DD_PIXEL_GREY8},
    {"mono16", DD_PIXEL_GREY16}, {"16UC1", DD_PIXEL_GREY16}, {"32FC1", DD_PIXEL_FLOAT},
};

size_t dd_pixel_size(DdPixel pixel)
{
    static const size_t k_sizes[] = {1, 3, 2, 4};
    return k_sizes[pixel];
}

void dd_picture_room(DdPicture* p, int width, int height, DdPixel pixel)
{
    DD_ASSERT(width > 0 && height > 0);
    size_t size = (size_t)width * (size_t)height * dd_pixel_size(pixel);
    if (size > p->room) {
        free(p->data);
        p->data = malloc(size);
        DD_ASSERT(p->data);
        p->room = size;
    }
    p->width = width;
    p->height = height;
    p->pixel = pixel;
}

void dd_picture_free(DdPicture* p)
{
    free(p->data);
    *p = (DdPicture){0};
}

// Takes over what a decoder made.
static void take(DdPicture* p, uint8_t* data, int width, int height, DdPixel pixel)
{
    free(p->data);
    size_t size = (size_t)width * (size_t)height * dd_pixel_size(pixel);
    *p = (DdPicture){.width = width, .height = height, .pixel = pixel, .data = data, .room = size};
}

static bool decode_bytes(const uint8_t* data, size_t n, DdPicture* out, DdError* err)
{
    int width, height, channels;
    if (n > 3 && data[0] == 0xff && data[1] == 0xd8) {
        uint8_t* px = dd_jpeg_decode(data, n, k_pixels_max, &width, &height, &channels, err);
        if (px) {
            take(out, px, width, height, channels == 3 ? DD_PIXEL_RGB8 : DD_PIXEL_GREY8);
        }
        return px != NULL;
    }
    DdPng png;
    uint8_t* px = dd_png_decode(data, n, k_pixels_max, &png, err);
    if (!px) {
        return false;
    }
    if ((png.channels != 1 && png.channels != 3) || (png.channels == 3 && png.bits == 16)) {
        free(px);
        return dd_fail(err, DD_ERROR_DAMAGED,
                       "a PNG of %d channels of %d bits is none that is recorded", png.channels,
                       png.bits);
    }
    take(out, px, png.width, png.height,
         png.channels == 3 ? DD_PIXEL_RGB8
         : png.bits == 16  ? DD_PIXEL_GREY16
                           : DD_PIXEL_GREY8);
    return true;
}

bool dd_picture_decode_message(const void* message, size_t size, bool compressed, DdPicture* out,
                               DdError* err)
{
    DdSpan s = dd_cdr_open(message, size);
    dd_cdr_get_stamp(&s);
    dd_cdr_get_str(&s);
    if (compressed) {
        dd_cdr_get_str(&s);
        uint32_t n = dd_cdr_get_u32(&s);
        const uint8_t* data = dd_span_take(&s, n);
        if (s.bad || n == 0) {
            return dd_fail(err, DD_ERROR_DAMAGED, "these %zu bytes are no compressed image", size);
        }
        return decode_bytes(data, n, out, err);
    }
    uint32_t height = dd_cdr_get_u32(&s), width = dd_cdr_get_u32(&s);
    const char* encoding = dd_cdr_get_str(&s);
    uint8_t big = dd_span_u8(&s);
    uint32_t step = dd_cdr_get_u32(&s), n = dd_cdr_get_u32(&s);
    const uint8_t* data = dd_span_take(&s, n);
    for (size_t i = 0; i < sizeof k_encodings / sizeof *k_encodings && !s.bad; i++) {
        DdPixel pixel = k_encodings[i].pixel;
        uint64_t row = (uint64_t)width * dd_pixel_size(pixel);
        if (strcmp(encoding, k_encodings[i].encoding) != 0 || big || !width || !height ||
            width > k_pixels_max / height || step < row || (uint64_t)step * height > n) {
            continue;
        }
        dd_picture_room(out, (int)width, (int)height, pixel);
        for (uint32_t y = 0; y < height; y++) {
            memcpy((uint8_t*)out->data + y * row, data + (size_t)y * step, (size_t)row);
        }
        return true;
    }
    return dd_fail(err, DD_ERROR_DAMAGED, "these %zu bytes are no image that can be shown", size);
}

bool dd_picture_decode(const DdPlayItem* item, DdPicture* out, DdError* err)
{
    if (item->kind != DD_PLAY_SAMPLE || !item->def || item->def->type != DD_TYPE_IMAGE) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "topic '%s': has no images", item->topic);
    }
    return dd_picture_decode_message(item->payload, item->payload_size, item->compressed, out, err);
}

// Hues a golden angle apart, two brightnesses: neighbours differ.
void dd_id_colour(int id, uint8_t rgb[3])
{
    if (id <= 0) {
        rgb[0] = rgb[1] = rgb[2] = 0;
        return;
    }
    unsigned hue = (unsigned)(id - 1) * 949u % 1536u; // of six parts of 256
    unsigned rise = hue % 256, fall = 255 - rise, top = 255, c[3] = {0, 0, 0};
    switch (hue / 256) {
    case 0:
        c[0] = top, c[1] = rise;
        break;
    case 1:
        c[0] = fall, c[1] = top;
        break;
    case 2:
        c[1] = top, c[2] = rise;
        break;
    case 3:
        c[1] = fall, c[2] = top;
        break;
    case 4:
        c[0] = rise, c[2] = top;
        break;
    default:
        c[0] = top, c[2] = fall;
        break;
    }
    unsigned low = id / 6 % 2 ? 90 : 30, high = id / 3 % 2 ? 180 : 250;
    for (int i = 0; i < 3; i++) {
        rgb[i] = (uint8_t)(low + c[i] * (high - low) / 255);
    }
}

static double value_at(const DdPicture* p, size_t i)
{
    switch (p->pixel) {
    case DD_PIXEL_GREY8:
        return ((const uint8_t*)p->data)[i];
    case DD_PIXEL_GREY16:
        return ((const uint16_t*)p->data)[i];
    case DD_PIXEL_FLOAT:
        return (double)((const float*)p->data)[i];
    default:
        return 0;
    }
}

// Near red over yellow and green to far blue.
static void distance_colour(double part, uint8_t rgb[3])
{
    static const uint8_t k_stops[5][3] = {
        {230, 60, 40}, {245, 190, 60}, {110, 200, 110}, {50, 130, 190}, {40, 40, 90}};
    double at = part * 4;
    int i = at >= 3 ? 3 : (int)at;
    double f = at - i;
    for (int k = 0; k < 3; k++) {
        rgb[k] = (uint8_t)(k_stops[i][k] + f * (k_stops[i + 1][k] - k_stops[i][k]) + 0.5);
    }
}

void dd_picture_show(const DdPicture* in, const DdChannelDef* def, double range_m, DdPicture* out)
{
    size_t n = (size_t)in->width * (size_t)in->height;
    bool ids = def && (def->nclass > 0 || def->nname > 0) && in->pixel != DD_PIXEL_FLOAT;
    bool metres = in->pixel == DD_PIXEL_FLOAT;
    bool distance = metres || (def && strcmp(def->encoding, "16UC1") == 0);
    dd_picture_room(out, in->width, in->height, DD_PIXEL_RGB8);
    uint8_t* to = out->data;
    if (in->pixel == DD_PIXEL_RGB8) {
        memcpy(to, in->data, 3 * n);
        return;
    }
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < n && !ids; i++) {
        double v = value_at(in, i);
        if (isfinite(v)) {
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
    }
    if (distance) {
        low = 0;
        high = range_m > 0 ? range_m * (metres ? 1 : 1000) : high;
    }
    for (size_t i = 0; i < n; i++, to += 3) {
        double v = value_at(in, i);
        double part = high > low ? (v - low) / (high - low) : 0;
        part = part > 1 ? 1 : part;
        if (ids) {
            dd_id_colour((int)v, to);
        } else if (distance && (!isfinite(v) || v <= 0)) {
            to[0] = to[1] = to[2] = 0; // nothing was hit
        } else if (distance) {
            distance_colour(part, to);
        } else {
            to[0] = to[1] = to[2] = (uint8_t)(part >= 0 ? 255 * part + 0.5 : 0);
        }
    }
}

bool dd_picture_write(const DdPicture* p, const char* png_path, DdError* err)
{
    if (p->pixel == DD_PIXEL_FLOAT) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "%s: a PNG has no floating-point pixels", png_path);
    }
    DdPng png = {.width = p->width,
                 .height = p->height,
                 .channels = p->pixel == DD_PIXEL_RGB8 ? 3 : 1,
                 .bits = p->pixel == DD_PIXEL_GREY16 ? 16 : 8};
    return dd_png_write(png_path, &png, p->data, err);
}
