// Recover: a whole file out of what is readable of a cut or damaged one. Records are read from the
// start, as far as their lengths hold; a chunk whose CRC does not agree is left out; of a chunk
// that the end of the file cuts, the messages before the cut are kept.
#include "recorder/reader.h"

#include "recorder/crc.h"

#include <unistd.h>

enum { k_thread_min = 4 << 20, k_small_file = 256 << 10, k_small_chunk = 64 << 10 };

typedef struct Recover {
    DdMcapReader* r;
    DdMcapWriter* w;
    int* schema; // (65536) id in the new file by id in the old one, 0 = not seen
    int* channel;
    DdMcapRecovered* what;
    int bad_chunks, bad_records;
} Recover;

static void put_channel(Recover* v, const DdRecFields* f)
{
    DdMcapKv* kv = NULL;
    DdBuf list = {0};
    int nkv = 0;
    DdSpan map = f->map, key, value;
    while (dd_map_next(&map, &key, &value)) {
        DdMcapKv pair = {dd_span_dup(key), dd_span_dup(value)};
        dd_buf_bytes(&list, &pair, sizeof pair);
        nkv++;
    }
    kv = (DdMcapKv*)(void*)list.p;
    char* topic = dd_span_dup(f->name);
    char* encoding = dd_span_dup(f->encoding);
    int schema = f->schema ? v->schema[f->schema] : 0;
    if (schema || f->schema == 0) {
        v->channel[f->id] = dd_mcap_channel(v->w, (uint16_t)schema, topic, encoding, kv, nkv);
    } else {
        v->bad_records++;
    }
    for (int i = 0; i < nkv; i++) {
        free((void*)(uintptr_t)kv[i].key);
        free((void*)(uintptr_t)kv[i].value);
    }
    free(kv);
    free(topic);
    free(encoding);
}

// A schema, channel or message, from a chunk or from the data section.
static void put_inner(Recover* v, const DdRec* rec)
{
    DdRecFields f;
    if (!dd_rec_parse(rec, &f)) {
        v->bad_records++;
        return;
    }
    if (rec->op == DD_OP_SCHEMA && f.id && v->schema[f.id] == 0) {
        char* name = dd_span_dup(f.name);
        char* encoding = dd_span_dup(f.encoding);
        v->schema[f.id] = dd_mcap_schema(v->w, name, encoding, f.data.p, f.data.n);
        free(name);
        free(encoding);
    } else if (rec->op == DD_OP_CHANNEL && v->channel[f.id] == 0) {
        put_channel(v, &f);
    } else if (rec->op == DD_OP_MESSAGE) {
        if (v->channel[f.id] == 0) {
            v->bad_records++;
        } else if (dd_mcap_message(v->w, (uint16_t)v->channel[f.id], f.sequence, f.log, f.publish,
                                   f.data.p, f.data.n)) {
            v->what->messages++;
        }
    }
}

static void put_records(Recover* v, DdSpan records)
{
    DdRec rec;
    while (dd_rec_next(&records, &rec)) {
        put_inner(v, &rec);
    }
}

static void put_record(Recover* v, const DdRec* rec)
{
    DdRecFields f;
    if (!dd_rec_parse(rec, &f)) {
        v->bad_records++;
        return;
    }
    DdSpan records;
    DdError ignored;
    switch (rec->op) {
    case DD_OP_CHUNK:
        if (dd_reader_unpack(v->r, &f, rec->at, &records, &ignored)) {
            put_records(v, records);
            v->what->chunks++;
        } else {
            v->bad_chunks++;
        }
        break;
    case DD_OP_ATTACHMENT: {
        if (f.crc && dd_crc32(0, rec->body.p, f.crc_size) != f.crc) {
            v->bad_records++;
            break;
        }
        char* name = dd_span_dup(f.name);
        char* type = dd_span_dup(f.encoding);
        dd_mcap_attachment(v->w, name, type, f.log, f.publish, f.data.p, f.data.n);
        v->what->attachments++;
        free(name);
        free(type);
        break;
    }
    case DD_OP_METADATA: {
        DdBuf list = {0};
        int nkv = 0;
        DdSpan key, value;
        while (dd_map_next(&f.map, &key, &value)) {
            DdMcapKv pair = {dd_span_dup(key), dd_span_dup(value)};
            dd_buf_bytes(&list, &pair, sizeof pair);
            nkv++;
        }
        DdMcapKv* kv = (DdMcapKv*)(void*)list.p;
        char* name = dd_span_dup(f.name);
        dd_mcap_metadata(v->w, name, kv, nkv);
        v->what->metadata++;
        for (int i = 0; i < nkv; i++) {
            free((void*)(uintptr_t)kv[i].key);
            free((void*)(uintptr_t)kv[i].value);
        }
        free(kv);
        free(name);
        break;
    }
    case DD_OP_SCHEMA:
    case DD_OP_CHANNEL:
    case DD_OP_MESSAGE:
        put_inner(v, rec);
        break;
    default:
        break; // indexes are made anew
    }
}

// The chunk that the end of the file cuts: bytes from `at` on.
static void put_cut_chunk(Recover* v, size_t at)
{
    DdSpan s = {.p = v->r->map + at, .n = v->r->size - at, .at = DD_RECORD_HEAD};
    if (s.n < DD_RECORD_HEAD || s.p[0] != DD_OP_CHUNK) {
        return;
    }
    dd_span_u64(&s);
    dd_span_u64(&s);
    uint64_t size = dd_span_u64(&s);
    dd_span_u32(&s);
    DdSpan name = dd_span_str(&s);
    uint64_t packed = dd_span_u64(&s);
    DdCompression c;
    // a chunk that is all there, and yet did not fit, is damaged and not cut
    if (s.bad || size > DD_CHUNK_MAX || packed <= s.n - s.at || !dd_compression_find(name, &c)) {
        return;
    }
    uint8_t* out = malloc((size_t)size + 1);
    if (!out) {
        return;
    }
    DdUnpacker* u = dd_unpacker_create();
    size_t got = dd_unpacker_run(u, c, s.p + s.at, s.n - s.at, out, (size_t)size);
    put_records(v, (DdSpan){.p = out, .n = got});
    dd_unpacker_destroy(u);
    free(out);
}

static void walk(Recover* v)
{
    DdMcapReader* r = v->r;
    DdSpan bytes = {.p = r->map, .n = (size_t)r->data_end, .at = (size_t)r->data_start};
    DdRec rec;
    while (dd_rec_next(&bytes, &rec)) {
        if (rec.op == DD_OP_DATA_END || rec.op == DD_OP_FOOTER) {
            bytes.at = bytes.n;
            break;
        }
        put_record(v, &rec);
    }
    if (bytes.at < bytes.n) {
        v->what->lost_bytes = bytes.n - bytes.at;
        put_cut_chunk(v, bytes.at);
    }
}

bool dd_mcap_recover(const char* in, const char* out, DdMcapRecovered* what, DdError* err)
{
    *what = (DdMcapRecovered){0};
    Recover v = {.what = what};
    v.r = dd_mcap_open(in, false, err);
    if (!v.r) {
        return false;
    }
    v.r->strict = true; // a chunk with a wrong CRC is not evidence of anything
    DdMcapDef def = dd_mcap_def();
    def.profile = v.r->profile;
    def.library = v.r->library;
    def.compression = v.r->compression;
    def.thread = v.r->size > k_thread_min;
    def.reserve = 0;
    def.chunk_size = v.r->size < k_small_file ? k_small_chunk : def.chunk_size;
    v.w = dd_mcap_create(out, &def, NULL, NULL, 0, err);
    if (!v.w) {
        dd_mcap_reader_close(v.r);
        return false;
    }
    v.schema = calloc(65536, sizeof *v.schema);
    v.channel = calloc(65536, sizeof *v.channel);
    DD_ASSERT(v.schema && v.channel);
    walk(&v);

    bool any = what->messages || what->attachments || what->metadata;
    char lost[160] = "";
    if (what->lost_bytes) {
        snprintf(lost, sizeof lost, "; behind byte %llu it was cut or damaged, %llu bytes there",
                 (unsigned long long)(v.r->data_end - what->lost_bytes),
                 (unsigned long long)what->lost_bytes);
    }
    char bad[160] = "";
    if (v.bad_chunks || v.bad_records) {
        snprintf(bad, sizeof bad, "; left out as damaged: %d chunks, %d records", v.bad_chunks,
                 v.bad_records);
    }
    snprintf(what->note, sizeof what->note,
             "kept %llu messages, %llu attachments, %llu metadata records%s%s%s",
             (unsigned long long)what->messages, (unsigned long long)what->attachments,
             (unsigned long long)what->metadata, lost, bad,
             lost[0] || bad[0] ? ""
             : v.r->finished   ? "; nothing was lost"
                               : "; the file had no end");
    free(v.schema);
    free(v.channel);
    dd_mcap_reader_close(v.r);
    bool ok = dd_mcap_close(v.w, err);
    if (ok && !any) {
        ok = dd_fail(err, DD_ERROR_DAMAGED, "%s: nothing in it is readable", in);
    }
    if (!ok) {
        unlink(out);
    }
    return ok;
}
