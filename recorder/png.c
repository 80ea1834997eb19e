// PNG by libpng, to and from memory. Its errors come back by longjmp, so everything that must
// survive one lives in a struct.
#include "recorder/png.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "sim/base/files.h"

enum { k_side_max = 65535, k_file_max = 1 << 30 };

typedef struct Work {
    jmp_buf failed;
    char text[200];
    unsigned char* data; // written so far, or what is read
    size_t n, room, at;
    unsigned char* pixels; // of a picture that is read
    png_bytep* rows;
    bool memory;
} Work;

static void on_error(png_structp png, png_const_charp text)
{
    Work* w = png_get_error_ptr(png);
    snprintf(w->text, sizeof w->text, "%s", text);
    longjmp(w->failed, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_write(png_structp png, png_bytep bytes, size_t n)
{
    Work* w = png_get_io_ptr(png);
    if (w->n + n > w->room) {
        size_t room = w->room ? w->room : 4096;
        while (room < w->n + n) {
            room *= 2;
        }
        unsigned char* data = realloc(w->data, room);
        if (!data) {
            w->memory = true;
            png_error(png, "no memory");
        }
        w->data = data;
        w->room = room;
    }
    memcpy(w->data + w->n, bytes, n);
    w->n += n;
}

static void on_flush(png_structp png)
{
    (void)png;
}

static void on_read(png_structp png, png_bytep bytes, size_t n)
{
    Work* w = png_get_io_ptr(png);
    if (n > w->n - w->at) {
        png_error(png, "the file is cut");
    }
    memcpy(bytes, w->data + w->at, n);
    w->at += n;
}

static int colour_type(int channels)
{
    return channels == 1   ? PNG_COLOR_TYPE_GRAY
           : channels == 2 ? PNG_COLOR_TYPE_GRAY_ALPHA
           : channels == 3 ? PNG_COLOR_TYPE_RGB
                           : PNG_COLOR_TYPE_RGB_ALPHA;
}

static bool make_rows(Work* w, int height, unsigned char* pixels, size_t stride)
{
    w->rows = malloc((size_t)height * sizeof *w->rows);
    for (int y = 0; w->rows && y < height; y++) {
        w->rows[y] = pixels + (size_t)y * stride;
    }
    return w->rows != NULL;
}

// --- writing ------------------------------------------------------------------------------------

static bool encode(Work* w, const DdPng* def, const void* pixels, int level)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, w, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    size_t stride = (size_t)def->width * (size_t)def->channels * (size_t)(def->bits / 8);
    // libpng only reads these rows
    if (!info || !make_rows(w, def->height, (unsigned char*)pixels, stride)) {
        png_destroy_write_struct(&png, &info);
        w->memory = true;
        return false;
    }
    if (setjmp(w->failed)) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    png_set_write_fn(png, w, on_write, on_flush);
    png_set_compression_level(png, level);
    png_set_IHDR(png, info, (png_uint_32)def->width, (png_uint_32)def->height, def->bits,
                 colour_type(def->channels), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    if (def->bits == 16) {
        png_set_swap(png);
    }
    png_write_image(png, w->rows);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return true;
}

unsigned char* dd_png_encode(const DdPng* def, const void* pixels, int level, size_t* size,
                             DdError* err)
{
    if (def->width < 1 || def->height < 1 || def->width > k_side_max || def->height > k_side_max ||
        def->channels < 1 || def->channels > 4 || (def->bits != 8 && def->bits != 16)) {
        dd_fail(err, DD_ERROR_ARGUMENT,
                "a PNG picture has 1..%d pixels a side, 1..4 channels, 8 or 16 bits, not %d x %d, "
                "%d, %d",
                k_side_max, def->width, def->height, def->channels, def->bits);
        return NULL;
    }
    Work* w = calloc(1, sizeof *w);
    DD_ASSERT(w);
    unsigned char* data = NULL;
    if (encode(w, def, pixels, level)) {
        data = w->data;
        *size = w->n;
    } else {
        free(w->data);
        dd_fail(err, w->memory ? DD_ERROR_MEMORY : DD_ERROR_INTERNAL, "PNG: %s",
                w->memory ? "no memory for a picture" : w->text);
    }
    free(w->rows);
    free(w);
    return data;
}

bool dd_png_write(const char* path, const DdPng* def, const void* pixels, DdError* err)
{
    size_t size;
    unsigned char* data = dd_png_encode(def, pixels, 6, &size, err);
    bool fine = data && dd_file_write(path, data, size, err);
    free(data);
    return fine;
}

// --- reading ------------------------------------------------------------------------------------

static bool decode(Work* w, size_t max, DdPng* def)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, w, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, &info, NULL);
        w->memory = true;
        return false;
    }
    if (setjmp(w->failed)) {
        png_destroy_read_struct(&png, &info, NULL);
        return false;
    }
    png_set_read_fn(png, w, on_read);
    png_set_user_limits(png, k_side_max, k_side_max);
    png_read_info(png, info);
    png_uint_32 width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if ((size_t)width * height > max) {
        png_error(png, "the picture is too large");
    }
    png_set_expand(png); // palettes, fewer bits, transparency
    if (png_get_bit_depth(png, info) == 16) {
        png_set_swap(png);
    }
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    *def = (DdPng){.width = (int)width,
                   .height = (int)height,
                   .channels = png_get_channels(png, info),
                   .bits = png_get_bit_depth(png, info)};
    size_t stride = png_get_rowbytes(png, info);
    w->pixels = malloc(stride * height);
    if (!w->pixels || !make_rows(w, (int)height, w->pixels, stride)) {
        w->memory = true;
        png_error(png, "no memory");
    }
    png_read_image(png, w->rows);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return true;
}

unsigned char* dd_png_decode(const void* data, size_t n, size_t max, DdPng* def, DdError* err)
{
    Work* w = calloc(1, sizeof *w);
    DD_ASSERT(w);
    w->data = (unsigned char*)data;
    w->n = n;
    unsigned char* pixels = NULL;
    if (decode(w, max, def)) {
        pixels = w->pixels;
    } else {
        free(w->pixels);
        dd_fail(err, w->memory ? DD_ERROR_MEMORY : DD_ERROR_DAMAGED, "PNG: %s",
                w->memory ? "no memory for a picture" : w->text);
    }
    free(w->rows);
    free(w);
    return pixels;
}

unsigned char* dd_png_read(const char* path, size_t max, DdPng* def, DdError* err)
{
    size_t n;
    unsigned char* data = dd_file_read(path, k_file_max, &n, err);
    unsigned char* pixels = data ? dd_png_decode(data, n, max, def, err) : NULL;
    if (data && !pixels) {
        dd_fail_while(err, "%s", path);
    }
    free(data);
    return pixels;
}
