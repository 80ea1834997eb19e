// Image codecs: forms of image channels and the encoder of one thread.
#include "recorder/image.h"

#include <string.h>

#include <zlib.h>

#include "recorder/crc.h"
#include "recorder/jpeg.h"

enum { k_side_max = 16384, k_block = 64 * 1024 };

// How a PNG is made. Measured on rendered pictures, see docs/recording.md.
typedef enum PngWay { PNG_COLOUR, PNG_DISTANCE, PNG_IDS, PNG_WAYS } PngWay;
typedef enum Filter { FILTER_NONE, FILTER_SUB, FILTER_UP, FILTER_AVERAGE, FILTER_PAETH } Filter;
static const struct {
    int level, strategy;
    Filter filter;
} k_ways[PNG_WAYS] = {
    [PNG_COLOUR] = {1, Z_RLE, FILTER_UP},
    [PNG_DISTANCE] = {1, Z_RLE, FILTER_UP},
    [PNG_IDS] = {1, Z_RLE, FILTER_UP},
};

struct DdEncoder {
    z_stream z[PNG_WAYS];
    bool begun[PNG_WAYS];
    DdBuf block; // filtered rows
    DdBuf swapped[2];
    DdJpeg* jpeg;
};

static const struct {
    const char* encoding;
    int channels, bytes;
} k_encodings[] = {
    {"rgb8", 3, 1}, {"mono8", 1, 1}, {"mono16", 1, 2}, {"16UC1", 1, 2}, {"32FC1", 1, 4},
};

bool dd_image_form(DdImageForm* form, const DdChannelDef* def, DdError* err)
{
    double width = def->meta[DD_IMAGE_WIDTH], height = def->meta[DD_IMAGE_HEIGHT];
    double codec = def->meta[DD_IMAGE_CODEC], quality = def->meta[DD_IMAGE_QUALITY];
    *form = (DdImageForm){.ids = def->nclass > 0 || def->nname > 0};
    for (size_t i = 0; i < sizeof k_encodings / sizeof *k_encodings; i++) {
        if (strcmp(k_encodings[i].encoding, def->encoding) == 0) {
            form->channels = k_encodings[i].channels;
            form->bytes = k_encodings[i].bytes;
        }
    }
    if (!form->bytes) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "channel '%s': encoding must be rgb8, mono8, mono16, 16UC1 or 32FC1, got "
                       "'%s'",
                       def->name, def->encoding);
    }
    if (!(width >= 1 && width <= k_side_max && height >= 1 && height <= k_side_max)) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "channel '%s': width and height must be 1 to %d pixels, got %g x %g",
                       def->name, k_side_max, width, height);
    }
    bool fits = codec == DD_CODEC_RAW || (codec == DD_CODEC_PNG && form->bytes <= 2) ||
                (codec == DD_CODEC_JPEG && form->bytes == 1);
    if (!fits) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "channel '%s': pictures of encoding %s cannot be stored as %s", def->name,
                       def->encoding,
                       codec == DD_CODEC_PNG    ? "PNG"
                       : codec == DD_CODEC_JPEG ? "JPEG"
                                                : "that");
    }
    if (codec == DD_CODEC_JPEG && !(quality >= 1 && quality <= 100)) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': quality must be 1 to 100, got %g",
                       def->name, quality);
    }
    form->width = (int)width;
    form->height = (int)height;
    form->codec = (DdImageCodec)(int)codec;
    form->quality = (int)quality;
    return true;
}

size_t dd_image_row(const DdImageForm* form)
{
    return (size_t)form->width * (size_t)(form->channels * form->bytes);
}

size_t dd_image_size(const DdImageForm* form)
{
    return dd_image_row(form) * (size_t)form->height;
}

void dd_image_format(const DdChannelDef* def, char out[48])
{
    if (def->meta[DD_IMAGE_CODEC] == DD_CODEC_JPEG) {
        strcpy(out, "jpeg");
    } else if (strcmp(def->encoding, "rgb8") == 0 || strcmp(def->encoding, "mono8") == 0) {
        strcpy(out, "png");
    } else {
        snprintf(out, 48, "%s; png compressed", def->encoding);
    }
}

DdEncoder* dd_encoder_create(void)
{
    DdEncoder* e = calloc(1, sizeof *e);
    DD_ASSERT(e);
    return e;
}

void dd_encoder_destroy(DdEncoder* e)
{
    if (!e) {
        return;
    }
    for (int i = 0; i < PNG_WAYS; i++) {
        if (e->begun[i]) {
            deflateEnd(&e->z[i]);
        }
    }
    dd_buf_free(&e->block);
    dd_buf_free(&e->swapped[0]);
    dd_buf_free(&e->swapped[1]);
    dd_jpeg_destroy(e->jpeg);
    free(e);
}

static int paeth(int a, int b, int c)
{
    int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// One row behind its filter byte. `above` may be NULL; `bpp` bytes are one pixel.
static void filter_row(Filter filter, uint8_t* restrict to, const uint8_t* restrict row,
                       const uint8_t* restrict above, size_t n, size_t bpp)
{
    if (!above && filter != FILTER_NONE) {
        filter = FILTER_SUB;
    }
    *to++ = (uint8_t)filter;
    switch (filter) {
    case FILTER_NONE:
        memcpy(to, row, n);
        break;
    case FILTER_SUB:
        memcpy(to, row, bpp);
        for (size_t i = bpp; i < n; i++) {
            to[i] = (uint8_t)(row[i] - row[i - bpp]);
        }
        break;
    case FILTER_UP:
        for (size_t i = 0; i < n; i++) {
            to[i] = (uint8_t)(row[i] - above[i]);
        }
        break;
    case FILTER_AVERAGE:
        for (size_t i = 0; i < n; i++) {
            to[i] = (uint8_t)(row[i] - ((i < bpp ? 0 : row[i - bpp]) + above[i]) / 2);
        }
        break;
    case FILTER_PAETH:
        for (size_t i = 0; i < n; i++) {
            int a = i < bpp ? 0 : row[i - bpp], c = i < bpp ? 0 : above[i - bpp];
            to[i] = (uint8_t)(row[i] - paeth(a, above[i], c));
        }
        break;
    }
}

// 16-bit numbers are big-endian in a PNG.
static const uint8_t* swap_row(DdBuf* b, const uint8_t* row, size_t n)
{
    b->n = 0;
    uint8_t* to = dd_buf_room(b, n);
    for (size_t i = 0; i + 1 < n; i += 2) {
        to[i] = row[i + 1];
        to[i + 1] = row[i];
    }
    return to;
}

static void put_be32(uint8_t* p, uint32_t v)
{
    dd_put_u32(p, __builtin_bswap32(v));
}

// Length and name of a chunk; its CRC and length are known at the end.
static size_t chunk_begin(DdBuf* out, const char name[5])
{
    memcpy(dd_buf_room(out, 8) + 4, name, 4);
    return out->n;
}

static void chunk_end(DdBuf* out, size_t start)
{
    size_t n = out->n - start;
    put_be32(out->p + start - 8, (uint32_t)n);
    uint32_t crc = dd_crc32(0, out->p + start - 4, n + 4);
    put_be32(dd_buf_room(out, 4), crc);
}

static bool encode_png(DdEncoder* e, const DdImageForm* form, const uint8_t* pixels, DdBuf* out,
                       DdError* err)
{
    PngWay way = form->ids ? PNG_IDS : form->bytes == 2 ? PNG_DISTANCE : PNG_COLOUR;
    z_stream* z = &e->z[way];
    int rc = e->begun[way]
                 ? deflateReset(z)
                 : deflateInit2(z, k_ways[way].level, Z_DEFLATED, 15, 8, k_ways[way].strategy);
    if (rc != Z_OK) {
        return dd_fail(err, DD_ERROR_MEMORY, "a picture of %d x %d: no memory for zlib",
                       form->width, form->height);
    }
    e->begun[way] = true;

    static const uint8_t k_magic[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    dd_buf_bytes(out, k_magic, sizeof k_magic);
    size_t start = chunk_begin(out, "IHDR");
    uint8_t* head = dd_buf_room(out, 13);
    put_be32(head, (uint32_t)form->width);
    put_be32(head + 4, (uint32_t)form->height);
    memcpy(head + 8, (uint8_t[]){(uint8_t)(8 * form->bytes), form->channels == 3 ? 2 : 0, 0, 0, 0},
           5);
    chunk_end(out, start);

    start = chunk_begin(out, "IDAT");
    size_t row = dd_image_row(form), bpp = (size_t)(form->channels * form->bytes);
    size_t room = deflateBound(z, (row + 1) * (size_t)form->height);
    z->next_out = dd_buf_room(out, room);
    z->avail_out = (uInt)room;
    size_t per_block = k_block / (row + 1) + 1;
    e->block.n = 0;
    dd_buf_room(&e->block, per_block * (row + 1));
    const uint8_t* above = NULL;
    for (size_t y = 0; y < (size_t)form->height;) {
        uint8_t* to = e->block.p;
        size_t n = 0;
        for (; n < per_block && y < (size_t)form->height; n++, y++, to += row + 1) {
            const uint8_t* at = pixels + y * row;
            at = form->bytes == 2 ? swap_row(&e->swapped[y & 1], at, row) : at;
            filter_row(k_ways[way].filter, to, at, above, row, bpp);
            above = at;
        }
        z->next_in = e->block.p;
        z->avail_in = (uInt)(n * (row + 1));
        rc = deflate(z, y < (size_t)form->height ? Z_NO_FLUSH : Z_FINISH);
    }
    DD_ASSERT(rc == Z_STREAM_END && z->avail_in == 0);
    out->n -= z->avail_out;
    chunk_end(out, start);
    chunk_end(out, chunk_begin(out, "IEND"));
    return true;
}

bool dd_encoder_run(DdEncoder* e, const DdImageForm* form, const void* pixels, DdBuf* out,
                    DdError* err)
{
    switch (form->codec) {
    case DD_CODEC_RAW:
        dd_buf_bytes(out, pixels, dd_image_size(form));
        return true;
    case DD_CODEC_PNG:
        return encode_png(e, form, pixels, out, err);
    case DD_CODEC_JPEG:
        e->jpeg = e->jpeg ? e->jpeg : dd_jpeg_create();
        return dd_jpeg_encode(e->jpeg, form->width, form->height, form->channels, form->quality,
                              pixels, out, err);
    }
    return dd_fail(err, DD_ERROR_ARGUMENT, "there is no image codec %d", (int)form->codec);
}
