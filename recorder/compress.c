// Chunk compression.
#include "recorder/compress.h"

#include <lz4frame.h>
#define ZSTD_STATIC_LINKING_ONLY // a context in memory of ours: nothing is allocated later
#include <zstd.h>

struct DdPacker {
    DdCompression kind;
    int level;
    ZSTD_CCtx* zstd; // lies in `room`
    void* room;
};

struct DdUnpacker {
    ZSTD_DCtx* zstd;
    LZ4F_dctx* lz4;
};

static const char* const k_names[] = {"", "lz4", "zstd"};

const char* dd_compression_name(DdCompression c)
{
    return k_names[c];
}

bool dd_compression_find(DdSpan name, DdCompression* c)
{
    for (int i = 0; i < 3; i++) {
        if (dd_span_is(name, k_names[i])) {
            *c = (DdCompression)i;
            return true;
        }
    }
    return false;
}

DdPacker* dd_packer_create(DdCompression c, int level)
{
    DdPacker* p = calloc(1, sizeof *p);
    DD_ASSERT(p);
    p->kind = c;
    p->level = level;
    if (c == DD_COMPRESS_ZSTD) {
        size_t size = ZSTD_estimateCCtxSize(level);
        p->room = aligned_alloc(64, (size + 63) / 64 * 64);
        p->zstd = p->room ? ZSTD_initStaticCCtx(p->room, size) : NULL;
        DD_ASSERT(p->zstd);
        // all parameters as they are in a context of the library's own, content size on
        ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_and_parameters);
        ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, level);
    }
    return p;
}

void dd_packer_destroy(DdPacker* p)
{
    if (p) {
        free(p->room);
        free(p);
    }
}

// One big block finds what linked small ones find; level 1 is plain, more is acceleration.
static LZ4F_preferences_t lz4_preferences(const DdPacker* p, size_t size)
{
    return (LZ4F_preferences_t){.frameInfo = {.blockSizeID = LZ4F_max4MB,
                                              .blockMode = LZ4F_blockIndependent,
                                              .contentSize = size},
                                .compressionLevel = p->level > 1 ? 1 - p->level : 0};
}

size_t dd_packer_bound(const DdPacker* p, size_t size)
{
    LZ4F_preferences_t prefs = lz4_preferences(p, size);
    return p->kind == DD_COMPRESS_NONE  ? 0
           : p->kind == DD_COMPRESS_LZ4 ? LZ4F_compressFrameBound(size, &prefs)
                                        : ZSTD_compressBound(size);
}

size_t dd_packer_run(DdPacker* p, const void* data, size_t size, DdBuf* out)
{
    size_t bound = dd_packer_bound(p, size), n = 0;
    out->n = 0;
    if (p->kind == DD_COMPRESS_NONE) {
        return 0;
    }
    dd_buf_room(out, bound);
    if (p->kind == DD_COMPRESS_ZSTD) {
        n = ZSTD_compress2(p->zstd, out->p, bound, data, size);
        n = ZSTD_isError(n) ? 0 : n;
    } else {
        LZ4F_preferences_t prefs = lz4_preferences(p, size);
        n = LZ4F_compressFrame(out->p, bound, data, size, &prefs);
        n = LZ4F_isError(n) ? 0 : n;
    }
    return n < size ? n : 0;
}

DdUnpacker* dd_unpacker_create(void)
{
    DdUnpacker* u = calloc(1, sizeof *u);
    DD_ASSERT(u);
    return u;
}

void dd_unpacker_destroy(DdUnpacker* u)
{
    if (u) {
        ZSTD_freeDCtx(u->zstd);
        LZ4F_freeDecompressionContext(u->lz4);
        free(u);
    }
}

static size_t unpack_zstd(DdUnpacker* u, const void* data, size_t n, void* out, size_t size)
{
    if (!u->zstd) {
        u->zstd = ZSTD_createDCtx();
        DD_ASSERT(u->zstd);
    }
    ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only);
    ZSTD_inBuffer in = {.src = data, .size = n};
    ZSTD_outBuffer to = {.dst = out, .size = size};
    size_t before = (size_t)-1;
    while (in.pos + to.pos != before) {
        before = in.pos + to.pos;
        size_t rc = ZSTD_decompressStream(u->zstd, &to, &in);
        if (rc == 0 || ZSTD_isError(rc)) {
            break;
        }
    }
    return to.pos;
}

static size_t unpack_lz4(DdUnpacker* u, const void* data, size_t n, void* out, size_t size)
{
    if (!u->lz4) {
        LZ4F_createDecompressionContext(&u->lz4, LZ4F_VERSION);
        DD_ASSERT(u->lz4);
    }
    LZ4F_resetDecompressionContext(u->lz4);
    const uint8_t* p = data;
    uint8_t* to = out;
    size_t have = 0, at = 0;
    while (at < n) {
        size_t in = n - at, got = size - have;
        size_t rc = LZ4F_decompress(u->lz4, to + have, &got, p + at, &in, NULL);
        if (LZ4F_isError(rc)) {
            break;
        }
        have += got;
        at += in;
        if (rc == 0 || (in == 0 && got == 0)) {
            break;
        }
    }
    return have;
}

size_t dd_unpacker_run(DdUnpacker* u, DdCompression c, const void* data, size_t n, void* out,
                       size_t size)
{
    if (c == DD_COMPRESS_ZSTD) {
        // a whole frame of known size in one go; the stream is for what is cut
        if (!u->zstd) {
            u->zstd = ZSTD_createDCtx();
            DD_ASSERT(u->zstd);
        }
        size_t got = ZSTD_decompressDCtx(u->zstd, out, size, data, n);
        return ZSTD_isError(got) ? unpack_zstd(u, data, n, out, size) : got;
    }
    if (c == DD_COMPRESS_LZ4) {
        return unpack_lz4(u, data, n, out, size);
    }
    size_t got = n < size ? n : size;
    if (got) {
        memcpy(out, data, got);
    }
    return got;
}
