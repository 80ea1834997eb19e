// JPEG by libjpeg-turbo. Its errors come back by longjmp; what it allocates for one picture comes
// from an arena that the next picture uses again.
#include "recorder/jpeg.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

enum { k_align = 64, k_out_room = 256 * 1024 };

// first member: where libjpeg finds it
typedef struct Trouble {
    struct jpeg_error_mgr mgr;
    jmp_buf back;
    char text[JMSG_LENGTH_MAX];
} Trouble;

struct DdJpeg {
    struct jpeg_compress_struct c;
    Trouble trouble;
    struct jpeg_destination_mgr to;
    DdBuf* out;
    struct jpeg_memory_mgr own; // the library's own functions
    uint8_t* arena;
    size_t room, used, wanted;
};

static void on_error(j_common_ptr c)
{
    Trouble* t = (Trouble*)(void*)c->err;
    t->mgr.format_message(c, t->text);
    longjmp(t->back, 1);
}

static void on_message(j_common_ptr c)
{
    (void)c;
}

static struct jpeg_error_mgr* trouble_begin(Trouble* t)
{
    struct jpeg_error_mgr* mgr = jpeg_std_error(&t->mgr);
    mgr->error_exit = on_error;
    mgr->output_message = on_message;
    return mgr;
}

// NULL while the arena is too small: it grows before the next picture.
static void* from_arena(DdJpeg* j, size_t size)
{
    size = (size + k_align - 1) / k_align * k_align;
    j->wanted += size;
    if (size > j->room - j->used) {
        return NULL;
    }
    void* p = j->arena + j->used;
    j->used += size;
    return p;
}

static void* alloc_small(j_common_ptr c, int pool, size_t size)
{
    DdJpeg* j = c->client_data;
    void* p = pool == JPOOL_IMAGE ? from_arena(j, size) : NULL;
    return p ? p : j->own.alloc_small(c, pool, size);
}

static void* alloc_large(j_common_ptr c, int pool, size_t size)
{
    DdJpeg* j = c->client_data;
    void* p = pool == JPOOL_IMAGE ? from_arena(j, size) : NULL;
    return p ? p : j->own.alloc_large(c, pool, size);
}

static JSAMPARRAY alloc_rows(j_common_ptr c, int pool, JDIMENSION width, JDIMENSION n)
{
    DdJpeg* j = c->client_data;
    // the vector code writes whole lines behind the end of a row
    size_t row = ((size_t)width + 2 * k_align - 1) / k_align * k_align;
    JSAMPROW* rows = pool == JPOOL_IMAGE ? from_arena(j, n * sizeof *rows) : NULL;
    uint8_t* p = rows ? from_arena(j, n * row) : NULL;
    if (!p) {
        j->wanted += n * row;
        return j->own.alloc_sarray(c, pool, width, n);
    }
    for (JDIMENSION i = 0; i < n; i++) {
        rows[i] = p + i * row;
    }
    return rows;
}

static void free_pool(j_common_ptr c, int pool)
{
    DdJpeg* j = c->client_data;
    j->own.free_pool(c, pool);
    if (pool != JPOOL_IMAGE) {
        return;
    }
    if (j->wanted > j->room) {
        free(j->arena);
        j->room = (j->wanted + k_align - 1) / k_align * k_align;
        j->arena = aligned_alloc(k_align, j->room);
        DD_ASSERT(j->arena);
    }
    j->used = j->wanted = 0;
}

static void begin_out(j_compress_ptr c)
{
    DdJpeg* j = c->client_data;
    uint8_t* at = dd_buf_room(j->out, k_out_room);
    j->to.next_output_byte = at;
    j->to.free_in_buffer = k_out_room;
}

static boolean grow_out(j_compress_ptr c)
{
    // all of the room is full, whatever is said to be left of it
    begin_out(c);
    return TRUE;
}

static void end_out(j_compress_ptr c)
{
    DdJpeg* j = c->client_data;
    j->out->n -= j->to.free_in_buffer;
}

DdJpeg* dd_jpeg_create(void)
{
    DdJpeg* j = calloc(1, sizeof *j);
    DD_ASSERT(j);
    j->c.err = trouble_begin(&j->trouble);
    j->c.client_data = j;
    if (setjmp(j->trouble.back)) {
        DD_ASSERT(!"libjpeg begins");
    }
    jpeg_create_compress(&j->c);
    j->c.client_data = j;
    j->to.init_destination = begin_out;
    j->to.empty_output_buffer = grow_out;
    j->to.term_destination = end_out;
    j->c.dest = &j->to;
    j->own = *j->c.mem;
    j->c.mem->alloc_small = alloc_small;
    j->c.mem->alloc_large = alloc_large;
    j->c.mem->alloc_sarray = alloc_rows;
    j->c.mem->free_pool = free_pool;
    return j;
}

void dd_jpeg_destroy(DdJpeg* j)
{
    if (j) {
        jpeg_destroy_compress(&j->c);
        free(j->arena);
        free(j);
    }
}

bool dd_jpeg_encode(DdJpeg* j, int width, int height, int channels, int quality, const void* pixels,
                    DdBuf* out, DdError* err)
{
    struct jpeg_compress_struct* c = &j->c;
    size_t was = out->n;
    j->out = out;
    if (setjmp(j->trouble.back)) {
        jpeg_abort_compress(c);
        out->n = was;
        return dd_fail(err, DD_ERROR_ARGUMENT, "a picture of %d x %d cannot be a JPEG: %s", width,
                       height, j->trouble.text);
    }
    c->image_width = (JDIMENSION)width;
    c->image_height = (JDIMENSION)height;
    c->input_components = channels;
    c->in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(c);
    jpeg_set_quality(c, quality, TRUE);
    c->dct_method = JDCT_ISLOW;
    if (channels == 3) {
        c->comp_info[0].h_samp_factor = 2;
        c->comp_info[0].v_samp_factor = 1;
    }
    jpeg_start_compress(c, TRUE);
    const uint8_t* p = pixels;
    size_t row = (size_t)width * (size_t)channels;
    while (c->next_scanline < c->image_height) {
        JSAMPROW rows[16];
        JDIMENSION n = 0;
        for (; n < 16 && c->next_scanline + n < c->image_height; n++) {
            rows[n] = (JSAMPROW)(uintptr_t)(p + (c->next_scanline + n) * row);
        }
        jpeg_write_scanlines(c, rows, n);
    }
    jpeg_finish_compress(c);
    return true;
}

uint8_t* dd_jpeg_decode(const void* data, size_t n, size_t max, int* width, int* height,
                        int* channels, DdError* err)
{
    struct jpeg_decompress_struct c = {0};
    Trouble trouble;
    uint8_t* volatile out = NULL;
    c.err = trouble_begin(&trouble);
    if (setjmp(trouble.back)) {
        jpeg_destroy_decompress(&c);
        free(out);
        dd_fail(err, DD_ERROR_DAMAGED, "these %zu bytes are no JPEG: %s", n, trouble.text);
        return NULL;
    }
    jpeg_create_decompress(&c);
    jpeg_mem_src(&c, data, n);
    jpeg_read_header(&c, TRUE);
    if ((uint64_t)c.image_width * c.image_height > max) {
        dd_fail(err, DD_ERROR_DAMAGED, "a JPEG of %u x %u pixels is too large", c.image_width,
                c.image_height);
        jpeg_destroy_decompress(&c);
        return NULL;
    }
    c.out_color_space = c.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    c.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&c);
    *width = (int)c.output_width;
    *height = (int)c.output_height;
    *channels = c.output_components;
    size_t row = (size_t)c.output_width * (size_t)c.output_components;
    out = malloc(row * c.output_height + 1);
    DD_ASSERT(out);
    while (c.output_scanline < c.output_height) {
        JSAMPROW at = out + c.output_scanline * row;
        jpeg_read_scanlines(&c, &at, 1);
    }
    // a picture cut short is one, with a warning
    bool cut = trouble.mgr.num_warnings > 0;
    jpeg_finish_decompress(&c);
    jpeg_destroy_decompress(&c);
    if (cut) {
        free(out);
        dd_fail(err, DD_ERROR_DAMAGED, "these %zu bytes are a damaged JPEG", n);
        return NULL;
    }
    return out;
}
