// Read: pixels from the driver's buffer into ours: upside down, without padding. Blue comes first,
// as that is how the driver stores them; any other order takes it some milliseconds.
#include <immintrin.h>
#include <string.h>

#include "sim/render/internal.h"

static bool stage(DdRender* r, size_t size, DdError* err)
{
    if (size <= r->nstaging) {
        return true;
    }
    free(r->staging);
    // some bytes more, as rows are read in whole vectors
    r->staging = malloc(size + 64);
    r->nstaging = r->staging ? size : 0;
    return r->staging ||
           dd_fail(err, DD_ERROR_MEMORY, "no memory for a picture of %zu bytes", size);
}

// four bytes blue green red x to three red green blue
static void row_rgb(const unsigned char* bgra, unsigned char* rgb, int width)
{
    const __m128i order = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    int x = 0;

    // writes four bytes more than it should, which the next ones cover
    for (; x + 6 <= width; x += 4) {
        __m128i v = _mm_loadu_si128((const __m128i*)(bgra + 4 * x));
        _mm_storeu_si128((__m128i*)(rgb + 3 * x), _mm_shuffle_epi8(v, order));
    }
    for (; x < width; x++) {
        rgb[3 * x] = bgra[4 * x + 2];
        rgb[3 * x + 1] = bgra[4 * x + 1];
        rgb[3 * x + 2] = bgra[4 * x];
    }
}

bool dd_render_read_rgb(DdRender* r, int width, int height, unsigned char* rgb, DdError* err)
{
    if (!stage(r, 4 * (size_t)width * (size_t)height, err)) {
        return false;
    }
    r->context->gl->ReadPixels(0, 0, width, height, GL_BGRA, GL_UNSIGNED_BYTE, r->staging);
    for (int y = 0; y < height; y++) {
        row_rgb(r->staging + 4 * (size_t)width * (size_t)(height - 1 - y),
                rgb + 3 * (size_t)width * (size_t)y, width);
    }
    return true;
}

static void row_depth(const float* d, float* depth, int width, float a, float b)
{
    const __m256 zero = _mm256_setzero_ps(), far = _mm256_set1_ps(INFINITY);
    const __m256 va = _mm256_set1_ps(a), vb = _mm256_set1_ps(b);
    int x = 0;

    for (; x + 8 <= width; x += 8) {
        __m256 v = _mm256_loadu_ps(d + x);
        __m256 z = _mm256_div_ps(va, _mm256_add_ps(v, vb));
        z = _mm256_blendv_ps(far, z, _mm256_cmp_ps(v, zero, _CMP_GT_OQ));
        _mm256_storeu_ps(depth + x, z);
    }
    for (; x < width; x++) {
        depth[x] = d[x] > 0 ? a / (d[x] + b) : INFINITY;
    }
}

bool dd_render_read_depth(DdRender* r, int width, int height, float a, float b, float* depth,
                          DdError* err)
{
    if (!stage(r, sizeof *depth * (size_t)width * (size_t)height, err)) {
        return false;
    }
    const float* d = (const float*)(void*)r->staging;
    r->context->gl->ReadPixels(0, 0, width, height, GL_DEPTH_COMPONENT, GL_FLOAT, r->staging);
    for (int y = 0; y < height; y++) {
        row_depth(d + (size_t)width * (size_t)(height - 1 - y), depth + (size_t)width * (size_t)y,
                  width, a, b);
    }
    return true;
}

bool dd_render_read_ids(DdRender* r, int width, int height, int nid, int* geom, DdError* err)
{
    if (!stage(r, 4 * (size_t)width * (size_t)height, err)) {
        return false;
    }
    const uint32_t* pixels = (const uint32_t*)(void*)r->staging;
    const int* table = r->geom_of_id;
    r->context->gl->ReadPixels(0, 0, width, height, GL_BGRA, GL_UNSIGNED_BYTE, r->staging);
    for (int y = 0; y < height; y++) {
        const uint32_t* in = pixels + (size_t)width * (size_t)(height - 1 - y);
        int* out = geom + (size_t)width * (size_t)y;
        for (int x = 0; x < width; x++) {
            // the lowest byte of an id is red
            uint32_t v = in[x], id = (v >> 16 & 0xff) | (v & 0xff00) | (v & 0xff) << 16;
            out[x] = id < (uint32_t)nid ? table[id] : -1;
        }
    }
    return true;
}
