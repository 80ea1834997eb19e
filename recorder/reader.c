// Reader: messages in file order or by time, attachments, metadata.
#include "recorder/reader.h"

#include "recorder/crc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

DdMcapReader* dd_mcap_open(const char* path, bool strict, DdError* err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        dd_fail(err, DD_ERROR_MISSING, "%s: cannot be read: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || strlen(path) >= DD_PATH_MAX) {
        dd_fail(err, DD_ERROR_ARGUMENT, "%s: is not a regular file", path);
        close(fd);
        return NULL;
    }
    if (st.st_size < DD_MAGIC_SIZE) {
        dd_fail(err, DD_ERROR_DAMAGED, "%s: is not an MCAP file: it has %lld bytes", path,
                (long long)st.st_size);
        close(fd);
        return NULL;
    }
    DdMcapReader* r = calloc(1, sizeof *r);
    DD_ASSERT(r);
    strcpy(r->path, path);
    r->strict = strict;
    r->loaded = -1;
    r->size = (size_t)st.st_size;
    void* map = mmap(NULL, r->size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED) {
        dd_fail(err, DD_ERROR_MEMORY, "%s: cannot be mapped: %s", path, strerror(errno));
        free(r);
        return NULL;
    }
    r->map = map;
    if (!dd_reader_learn(r, err)) {
        dd_mcap_reader_close(r);
        return NULL;
    }
    dd_mcap_rewind(r);
    return r;
}

static void free_found(DdMcapReader* r)
{
    for (int i = 0; i < r->nkv; i++) {
        free((void*)(uintptr_t)r->kv[i].key);
        free((void*)(uintptr_t)r->kv[i].value);
    }
    free(r->kv);
    free(r->text[0]);
    free(r->text[1]);
    r->kv = NULL;
    r->nkv = 0;
    r->text[0] = r->text[1] = NULL;
}

void dd_mcap_reader_close(DdMcapReader* r)
{
    if (!r) {
        return;
    }
    free_found(r);
    for (int i = 0; i < r->nschema; i++) {
        free((void*)(uintptr_t)r->schema[i].name);
        free((void*)(uintptr_t)r->schema[i].encoding);
        free((void*)(uintptr_t)r->schema[i].data);
    }
    for (int i = 0; i < r->nchannel; i++) {
        DdMcapChannel* c = &r->channel[i];
        free((void*)(uintptr_t)c->topic);
        free((void*)(uintptr_t)c->encoding);
        for (int k = 0; k < c->nkv; k++) {
            free((void*)(uintptr_t)c->kv[k].key);
            free((void*)(uintptr_t)c->kv[k].value);
        }
        free((void*)(uintptr_t)c->kv);
    }
    free(r->schema);
    free(r->channel);
    free(r->attachment);
    free(r->metadata);
    free(r->chunk);
    free(r->schema_of);
    free(r->channel_of);
    free(r->profile);
    free(r->library);
    free(r->topic);
    free(r->chosen);
    free(r->indexed);
    dd_buf_free(&r->unpacked);
    dd_unpacker_destroy(r->unpacker);
    munmap((void*)(uintptr_t)r->map, r->size);
    free(r);
}

bool dd_reader_unpack(DdMcapReader* r, const DdRecFields* f, uint64_t at, DdSpan* records,
                      DdError* err)
{
    DdCompression c;
    if (!dd_compression_find(f->encoding, &c)) {
        return dd_fail(err, DD_ERROR_CANNOT_CHECK,
                       "%s: chunk at byte %llu: unknown compression '%.*s'", r->path,
                       (unsigned long long)at, (int)(f->encoding.n < 40 ? f->encoding.n : 40),
                       (const char*)f->encoding.p);
    }
    if (f->size > DD_CHUNK_MAX) {
        return dd_fail(err, DD_ERROR_DAMAGED,
                       "%s: chunk at byte %llu: %llu uncompressed bytes, at most %d are read",
                       r->path, (unsigned long long)at, (unsigned long long)f->size, DD_CHUNK_MAX);
    }
    size_t size = (size_t)f->size, got = size;
    if (c == DD_COMPRESS_NONE) {
        *records = f->data;
        got = f->data.n;
    } else {
        if (!r->unpacker) {
            r->unpacker = dd_unpacker_create();
        }
        r->unpacked.n = 0;
        dd_buf_room(&r->unpacked, size ? size : 1);
        got = dd_unpacker_run(r->unpacker, c, f->data.p, f->data.n, r->unpacked.p, size);
        *records = (DdSpan){.p = r->unpacked.p, .n = size};
    }
    if (got != size) {
        return dd_fail(err, DD_ERROR_DAMAGED,
                       "%s: chunk at byte %llu: unpacks to %zu bytes, expected %zu", r->path,
                       (unsigned long long)at, got, size);
    }
    if (r->strict && f->crc && dd_crc32(0, records->p, size) != f->crc) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s: chunk at byte %llu: its CRC does not agree",
                       r->path, (unsigned long long)at);
    }
    return true;
}

void dd_mcap_rewind(DdMcapReader* r)
{
    r->walk = (DdSpan){.p = r->map, .n = (size_t)r->data_end, .at = (size_t)r->data_start};
    r->inside = (DdSpan){0};
    r->ended = false;
    r->loaded = -1;
    free(r->indexed);
    r->indexed = NULL;
}

void dd_mcap_select(DdMcapReader* r, const char* topic)
{
    char* copy = topic ? strdup(topic) : NULL;
    free(r->topic);
    r->topic = copy;
    free(r->chosen);
    r->chosen = NULL;
    if (topic) {
        r->chosen = calloc((size_t)r->nchannel + 1, sizeof *r->chosen);
        DD_ASSERT(r->chosen);
        for (int i = 0; i < r->nchannel; i++) {
            r->chosen[i] = strcmp(r->channel[i].topic, topic) == 0;
        }
    }
}

// Whether the index says that no selected channel is in the chunk at file offset `at`.
static bool can_skip(const DdMcapReader* r, uint64_t at)
{
    int lo = 0, hi = r->nchunk;
    while (lo < hi) {
        int mid = (lo + hi) / 2;
        if (r->chunk[mid].at < at) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (!r->chosen || lo == r->nchunk || r->chunk[lo].at != at || r->chunk[lo].index_length == 0) {
        return false;
    }
    DdSpan map = r->chunk[lo].offsets;
    while (map.at < map.n && !map.bad) {
        int i = r->channel_of[dd_span_u16(&map)] - 1;
        dd_span_u64(&map);
        if (i >= 0 && r->chosen[i]) {
            return false;
        }
    }
    return true;
}

// A Message record as the caller sees it; *mine tells whether it is selected.
static bool give(DdMcapReader* r, const DdRec* rec, DdMcapMessage* m, bool* mine, DdError* err)
{
    DdRecFields f;
    if (!dd_rec_parse(rec, &f)) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s: a message record of %llu bytes is too short",
                       r->path, (unsigned long long)rec->length);
    }
    int i = r->channel_of[f.id] - 1;
    if (i < 0) {
        return dd_fail(err, DD_ERROR_DAMAGED,
                       "%s: a message is of channel %d, which does not exist", r->path, f.id);
    }
    *mine = !r->chosen || r->chosen[i];
    *m = (DdMcapMessage){.channel = &r->channel[i],
                         .sequence = f.sequence,
                         .log_ns = f.log,
                         .publish_ns = f.publish,
                         .data = f.data.p,
                         .size = f.data.n};
    return true;
}

static bool next_by_time(DdMcapReader* r, DdMcapMessage* m, DdError* err)
{
    while (r->indexed_at < r->nindexed) {
        const DdIndexed* e = &r->indexed[r->indexed_at++];
        if (r->loaded != e->chunk) {
            const DdChunkRef* c = &r->chunk[e->chunk];
            DdSpan at = {.p = r->map, .n = (size_t)r->data_end, .at = (size_t)c->at};
            DdRec rec;
            DdRecFields f;
            if (!dd_rec_next(&at, &rec) || rec.op != DD_OP_CHUNK || !dd_rec_parse(&rec, &f)) {
                return dd_fail(err, DD_ERROR_DAMAGED, "%s: no chunk at byte %llu", r->path,
                               (unsigned long long)c->at);
            }
            if (!dd_reader_unpack(r, &f, c->at, &r->inside, err)) {
                return false;
            }
            r->loaded = e->chunk;
        }
        DdSpan records = r->inside;
        DdRec rec;
        records.at = e->offset < records.n ? (size_t)e->offset : records.n;
        bool mine = false;
        if (!dd_rec_next(&records, &rec) || rec.op != DD_OP_MESSAGE) {
            return dd_fail(err, DD_ERROR_DAMAGED, "%s: a message index points at no message",
                           r->path);
        }
        if (!give(r, &rec, m, &mine, err)) {
            return false;
        }
        if (mine) {
            return true;
        }
    }
    return false;
}

bool dd_mcap_next(DdMcapReader* r, DdMcapMessage* m, DdError* err)
{
    dd_error_clear(err);
    if (r->indexed) {
        return next_by_time(r, m, err);
    }
    while (!r->ended) {
        DdRec rec;
        bool mine = false;
        while (dd_rec_next(&r->inside, &rec)) {
            if (rec.op == DD_OP_MESSAGE) {
                if (!give(r, &rec, m, &mine, err)) {
                    r->ended = true;
                    return false;
                }
                if (mine) {
                    return true;
                }
            }
        }
        if (r->inside.at != r->inside.n) {
            r->ended = true;
            return dd_fail(err, DD_ERROR_DAMAGED,
                           "%s: the chunk before byte %zu ends in half a record", r->path,
                           r->walk.at);
        }
        if (!dd_rec_next(&r->walk, &rec)) {
            r->ended = true;
            if (r->finished && r->walk.at == r->walk.n) {
                return false;
            }
            return dd_fail(err, DD_ERROR_DAMAGED, "%s: is cut or damaged behind byte %zu", r->path,
                           r->walk.at);
        }
        if (rec.op == DD_OP_MESSAGE) {
            if (!give(r, &rec, m, &mine, err)) {
                r->ended = true;
                return false;
            }
            if (mine) {
                return true;
            }
        } else if (rec.op == DD_OP_CHUNK && !can_skip(r, rec.at)) {
            DdRecFields f;
            if (!dd_rec_parse(&rec, &f)) {
                r->ended = true;
                return dd_fail(err, DD_ERROR_DAMAGED,
                               "%s: chunk at byte %llu: its fields do not fit", r->path,
                               (unsigned long long)rec.at);
            }
            if (!dd_reader_unpack(r, &f, rec.at, &r->inside, err)) {
                r->ended = true;
                return false;
            }
        } else if (rec.op == DD_OP_DATA_END || rec.op == DD_OP_FOOTER) {
            r->ended = true;
        }
    }
    return false;
}

static int by_time(const void* a, const void* b)
{
    const DdIndexed* x = a;
    const DdIndexed* y = b;
    if (x->log_ns != y->log_ns) {
        return x->log_ns < y->log_ns ? -1 : 1;
    }
    if (x->chunk != y->chunk) {
        return x->chunk < y->chunk ? -1 : 1;
    }
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

bool dd_mcap_rewind_by_time(DdMcapReader* r, DdError* err)
{
    dd_mcap_rewind(r);
    if (r->nchunk == 0) {
        return dd_fail(err, DD_ERROR_CANNOT_CHECK, "%s: has no chunk index", r->path);
    }
    DdBuf found = {0};
    bool ok = true;
    for (int i = 0; ok && i < r->nchunk; i++) {
        const DdChunkRef* c = &r->chunk[i];
        DdSpan map = c->offsets;
        ok = map.n > 0;
        if (!ok) {
            dd_fail(err, DD_ERROR_CANNOT_CHECK, "%s: chunk at byte %llu has no message index",
                    r->path, (unsigned long long)c->at);
        }
        while (ok && map.at < map.n && !map.bad) {
            dd_span_u16(&map);
            uint64_t at = dd_span_u64(&map);
            DdSpan bytes = {.p = r->map, .n = (size_t)r->data_end};
            bytes.at = at < bytes.n ? (size_t)at : bytes.n;
            DdRec rec;
            DdRecFields f;
            ok = dd_rec_next(&bytes, &rec) && rec.op == DD_OP_MESSAGE_INDEX &&
                 dd_rec_parse(&rec, &f) && f.map.n % 16 == 0;
            if (!ok) {
                dd_fail(err, DD_ERROR_DAMAGED, "%s: no message index at byte %llu", r->path,
                        (unsigned long long)at);
            }
            while (ok && f.map.at < f.map.n) {
                DdIndexed e = {.chunk = (uint32_t)i};
                e.log_ns = dd_span_u64(&f.map);
                e.offset = dd_span_u64(&f.map);
                dd_buf_bytes(&found, &e, sizeof e);
            }
        }
    }
    if (!ok) {
        dd_buf_free(&found);
        return false;
    }
    dd_buf_room(&found, 1); // never NULL: that would mean file order
    r->indexed = (DdIndexed*)(void*)found.p;
    r->nindexed = found.n / sizeof *r->indexed;
    r->indexed_at = 0;
    qsort(r->indexed, r->nindexed, sizeof *r->indexed, by_time);
    return true;
}

// The record that a place names, parsed.
static bool at_place(DdMcapReader* r, const DdPlace* place, uint8_t op, DdRec* rec, DdRecFields* f,
                     DdError* err)
{
    DdSpan at = {.p = r->map, .n = r->size};
    at.at = place->at < at.n ? (size_t)place->at : at.n;
    if (!dd_rec_next(&at, rec) || rec->op != op || !dd_rec_parse(rec, f)) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s: no %s record at byte %llu", r->path,
                       dd_op_name(op), (unsigned long long)place->at);
    }
    return true;
}

int dd_mcap_attachment_count(const DdMcapReader* r)
{
    return r->nattachment;
}

bool dd_mcap_attachment_at(DdMcapReader* r, int i, DdMcapAttachment* a, DdError* err)
{
    DD_ASSERT(i >= 0 && i < r->nattachment);
    DdRec rec;
    DdRecFields f;
    if (!at_place(r, &r->attachment[i], DD_OP_ATTACHMENT, &rec, &f, err)) {
        return false;
    }
    free_found(r);
    r->text[0] = dd_span_dup(f.name);
    r->text[1] = dd_span_dup(f.encoding);
    if (r->strict && f.crc && dd_crc32(0, rec.body.p, f.crc_size) != f.crc) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s: attachment '%s': its CRC does not agree",
                       r->path, r->text[0]);
    }
    *a = (DdMcapAttachment){.name = r->text[0],
                            .media_type = r->text[1],
                            .log_ns = f.log,
                            .create_ns = f.publish,
                            .data = f.data.p,
                            .size = f.data.n};
    return true;
}

int dd_mcap_metadata_count(const DdMcapReader* r)
{
    return r->nmetadata;
}

bool dd_mcap_metadata_at(DdMcapReader* r, int i, DdMcapMetadata* m, DdError* err)
{
    DD_ASSERT(i >= 0 && i < r->nmetadata);
    DdRec rec;
    DdRecFields f;
    if (!at_place(r, &r->metadata[i], DD_OP_METADATA, &rec, &f, err)) {
        return false;
    }
    free_found(r);
    r->text[0] = dd_span_dup(f.name);
    DdBuf kv = {0};
    DdSpan key, value;
    while (dd_map_next(&f.map, &key, &value)) {
        DdMcapKv pair = {dd_span_dup(key), dd_span_dup(value)};
        dd_buf_bytes(&kv, &pair, sizeof pair);
        r->nkv++;
    }
    r->kv = (DdMcapKv*)(void*)kv.p;
    *m = (DdMcapMetadata){.name = r->text[0], .kv = r->kv, .nkv = r->nkv};
    return true;
}
