// Learn: what a reader knows of a file before its first message: from the summary, or, when there
// is none or it does not tell all, from a scan of the data section.
#include "recorder/reader.h"

#include "recorder/crc.h"

const char* dd_mcap_profile(const DdMcapReader* r)
{
    return r->profile;
}

const char* dd_mcap_library(const DdMcapReader* r)
{
    return r->library;
}

bool dd_mcap_finished(const DdMcapReader* r)
{
    return r->finished;
}

int dd_mcap_schema_count(const DdMcapReader* r)
{
    return r->nschema;
}

const DdMcapSchema* dd_mcap_schema_at(const DdMcapReader* r, int i)
{
    DD_ASSERT(i >= 0 && i < r->nschema);
    return &r->schema[i];
}

const DdMcapSchema* dd_mcap_schema_find(const DdMcapReader* r, uint16_t id)
{
    return r->schema_of[id] == 0 ? NULL : &r->schema[r->schema_of[id] - 1];
}

int dd_mcap_channel_count(const DdMcapReader* r)
{
    return r->nchannel;
}

const DdMcapChannel* dd_mcap_channel_at(const DdMcapReader* r, int i)
{
    DD_ASSERT(i >= 0 && i < r->nchannel);
    return &r->channel[i];
}

const DdMcapChannel* dd_mcap_channel_topic(const DdMcapReader* r, const char* topic)
{
    for (int i = 0; i < r->nchannel; i++) {
        if (strcmp(r->channel[i].topic, topic) == 0) {
            return &r->channel[i];
        }
    }
    return NULL;
}

uint64_t dd_mcap_message_count(const DdMcapReader* r)
{
    return r->messages;
}

uint64_t dd_mcap_chunk_count(const DdMcapReader* r)
{
    return r->nchunks;
}

uint64_t dd_mcap_file_size(const DdMcapReader* r)
{
    return r->size;
}

const char* dd_mcap_chunk_sizes(const DdMcapReader* r, uint64_t* raw, uint64_t* packed)
{
    *raw = r->raw;
    *packed = r->packed;
    return dd_compression_name(r->compression);
}

bool dd_mcap_scanned(const DdMcapReader* r, char note[512])
{
    memcpy(note, r->note, sizeof r->note);
    return r->scanned;
}

uint32_t dd_mcap_data_crc(const DdMcapReader* r)
{
    return r->data_crc;
}

void dd_mcap_times(const DdMcapReader* r, uint64_t* first_ns, uint64_t* last_ns)
{
    *first_ns = r->t0;
    *last_ns = r->t1;
}

// Room for one more item; sizes double.
static void* grow(void* items, int n, size_t size)
{
    if (n == 0 || (n & (n - 1)) == 0) {
        items = realloc(items, (size_t)(n ? 2 * n : 1) * size);
        DD_ASSERT(items);
    }
    return items;
}

static void add_schema(DdMcapReader* r, const DdRecFields* f)
{
    if (f->id == 0 || r->schema_of[f->id]) {
        return;
    }
    r->schema = grow(r->schema, r->nschema, sizeof *r->schema);
    r->schema_of[f->id] = r->nschema + 1;
    r->schema[r->nschema++] = (DdMcapSchema){.id = f->id,
                                             .name = dd_span_dup(f->name),
                                             .encoding = dd_span_dup(f->encoding),
                                             .data = dd_span_dup(f->data),
                                             .size = f->data.n};
}

static void add_channel(DdMcapReader* r, const DdRecFields* f)
{
    if (r->channel_of[f->id]) {
        return;
    }
    DdBuf kv = {0};
    DdSpan map = f->map, key, value;
    int nkv = 0;
    while (dd_map_next(&map, &key, &value)) {
        DdMcapKv pair = {dd_span_dup(key), dd_span_dup(value)};
        dd_buf_bytes(&kv, &pair, sizeof pair);
        nkv++;
    }
    r->channel = grow(r->channel, r->nchannel, sizeof *r->channel);
    r->channel_of[f->id] = r->nchannel + 1;
    r->channel[r->nchannel++] = (DdMcapChannel){.id = f->id,
                                                .schema = f->schema,
                                                .topic = dd_span_dup(f->name),
                                                .encoding = dd_span_dup(f->encoding),
                                                .kv = (DdMcapKv*)(void*)kv.p,
                                                .nkv = nkv};
}

static void add_place(DdPlace** list, int* n, uint64_t at, uint64_t length)
{
    *list = grow(*list, *n, sizeof **list);
    (*list)[(*n)++] = (DdPlace){at, length};
}

static int by_offset(const void* a, const void* b)
{
    uint64_t x = ((const DdChunkRef*)a)->at, y = ((const DdChunkRef*)b)->at;
    return x < y ? -1 : x > y;
}

static bool doubt(DdMcapReader* r, const char* why)
{
    snprintf(r->note, sizeof r->note, "%s", why);
    return false;
}

// The summary section into the reader. False when it does not tell everything or does not fit.
static bool read_summary(DdMcapReader* r, uint64_t start, uint64_t end)
{
    DdSpan bytes = {.p = r->map, .n = (size_t)end, .at = (size_t)start};
    DdRec rec;
    DdRecFields f, stats = {0};
    bool has_stats = false;
    while (dd_rec_next(&bytes, &rec)) {
        if (!dd_rec_parse(&rec, &f)) {
            return doubt(r, "a record of the summary is too short");
        }
        switch (rec.op) {
        case DD_OP_SCHEMA:
            add_schema(r, &f);
            break;
        case DD_OP_CHANNEL:
            add_channel(r, &f);
            break;
        case DD_OP_STATISTICS:
            stats = f;
            has_stats = true;
            break;
        case DD_OP_ATTACHMENT_INDEX:
            add_place(&r->attachment, &r->nattachment, f.offset, f.length);
            break;
        case DD_OP_METADATA_INDEX:
            add_place(&r->metadata, &r->nmetadata, f.offset, f.length);
            break;
        case DD_OP_CHUNK_INDEX: {
            DdChunkRef c = {.at = f.offset,
                            .length = f.length,
                            .t0 = f.t0,
                            .t1 = f.t1,
                            .size = f.size,
                            .packed_size = f.packed_size,
                            .index_length = f.index_length,
                            .offsets = f.map};
            if (f.length > r->data_end || f.offset > r->data_end - f.length ||
                !dd_compression_find(f.encoding, &c.compression)) {
                return doubt(r, "a chunk index points outside of the data");
            }
            r->chunk = grow(r->chunk, r->nchunk, sizeof *r->chunk);
            r->chunk[r->nchunk++] = c;
            r->raw += c.size;
            r->packed += c.packed_size;
            r->compression = c.compression ? c.compression : r->compression;
            break;
        }
        default:
            break;
        }
    }
    if (bytes.at != bytes.n) {
        return doubt(r, "the summary ends in half a record");
    }
    if (r->nchunk) {
        qsort(r->chunk, (size_t)r->nchunk, sizeof *r->chunk, by_offset);
    }
    if (!has_stats) {
        return doubt(r, "the summary has no statistics");
    }
    if (stats.schemas != (uint32_t)r->nschema || stats.channels != (uint32_t)r->nchannel ||
        stats.attachments != (uint32_t)r->nattachment || stats.metadata != (uint32_t)r->nmetadata ||
        stats.chunks != (uint32_t)r->nchunk) {
        return doubt(r, "the summary does not list everything that its statistics count");
    }
    r->messages = stats.messages;
    r->t0 = stats.t0;
    r->t1 = stats.t1;
    r->nchunks = stats.chunks;
    while (stats.map.at < stats.map.n && !stats.map.bad) {
        int i = r->channel_of[dd_span_u16(&stats.map)] - 1;
        uint64_t n = dd_span_u64(&stats.map);
        if (i < 0) {
            return doubt(r, "the statistics count messages of a channel that is not listed");
        }
        r->channel[i].count = n;
    }
    return true;
}

static void scan_message(DdMcapReader* r, const DdRecFields* f)
{
    int i = r->channel_of[f->id] - 1;
    if (i < 0) {
        return;
    }
    r->channel[i].count++;
    r->t0 = r->messages == 0 || f->log < r->t0 ? f->log : r->t0;
    r->t1 = r->messages == 0 || f->log > r->t1 ? f->log : r->t1;
    r->messages++;
}

// Schemas, channels and messages, at top level or in a chunk.
static void scan_inner(DdMcapReader* r, const DdRec* rec)
{
    DdRecFields f;
    if (!dd_rec_parse(rec, &f)) {
        return;
    }
    if (rec->op == DD_OP_SCHEMA) {
        add_schema(r, &f);
    } else if (rec->op == DD_OP_CHANNEL) {
        add_channel(r, &f);
    } else if (rec->op == DD_OP_MESSAGE) {
        scan_message(r, &f);
    }
}

static void scan(DdMcapReader* r)
{
    r->scanned = true;
    r->nattachment = r->nmetadata = 0;
    r->messages = r->nchunks = r->raw = r->packed = 0;
    for (int i = 0; i < r->nchannel; i++) {
        r->channel[i].count = 0;
    }
    DdSpan bytes = {.p = r->map, .n = (size_t)r->data_end, .at = (size_t)r->data_start};
    DdRec rec;
    DdError ignored;
    while (dd_rec_next(&bytes, &rec) && rec.op != DD_OP_DATA_END && rec.op != DD_OP_FOOTER) {
        if (rec.op == DD_OP_ATTACHMENT) {
            add_place(&r->attachment, &r->nattachment, rec.at, rec.length);
        } else if (rec.op == DD_OP_METADATA) {
            add_place(&r->metadata, &r->nmetadata, rec.at, rec.length);
        } else if (rec.op == DD_OP_CHUNK) {
            DdRecFields f;
            DdSpan records;
            // what next() will refuse ends the scan too
            if (!dd_rec_parse(&rec, &f) || !dd_reader_unpack(r, &f, rec.at, &records, &ignored)) {
                break;
            }
            DdRec inner;
            while (dd_rec_next(&records, &inner)) {
                scan_inner(r, &inner);
            }
            DdCompression c = DD_COMPRESS_NONE;
            dd_compression_find(f.encoding, &c);
            r->compression = c ? c : r->compression;
            r->raw += f.size;
            r->packed += f.data.n;
            r->nchunks++;
        } else {
            scan_inner(r, &rec);
        }
    }
}

// Footer, end magic and DataEnd: where the data section and the summary end.
static bool find_end(DdMcapReader* r, uint64_t* summary, uint64_t* summary_end, uint32_t* crc)
{
    size_t tail = DD_FOOTER_SIZE + DD_MAGIC_SIZE;
    if (r->size < DD_MAGIC_SIZE + tail ||
        memcmp(r->map + r->size - DD_MAGIC_SIZE, dd_mcap_magic, DD_MAGIC_SIZE) != 0) {
        return doubt(r, "the file has no end: it was cut");
    }
    size_t footer = r->size - tail;
    DdSpan at = {.p = r->map, .n = r->size, .at = footer};
    DdRec rec;
    DdRecFields f;
    if (!dd_rec_next(&at, &rec) || rec.op != DD_OP_FOOTER || rec.length != DD_FOOTER_SIZE ||
        !dd_rec_parse(&rec, &f)) {
        return doubt(r, "the file has no footer");
    }
    *crc = f.crc;
    *summary = f.offset;
    *summary_end = f.length ? f.length : footer;
    uint64_t end = f.offset ? f.offset : footer;
    if (end > footer || *summary_end > footer || *summary_end < end ||
        end < r->data_start + DD_DATA_END_SIZE) {
        return doubt(r, "the footer points outside of the file");
    }
    at.at = (size_t)(end - DD_DATA_END_SIZE);
    bool found = dd_rec_next(&at, &rec) && rec.op == DD_OP_DATA_END && at.at == end;
    if (!found) {
        // a longer one, from a later edition of the format: from the start, by lengths alone
        at.at = (size_t)r->data_start;
        while (!found && at.at < end && dd_rec_next(&at, &rec)) {
            found = rec.op == DD_OP_DATA_END && at.at == end;
        }
    }
    if (!found || !dd_rec_parse(&rec, &f)) {
        return doubt(r, "the data section has no end");
    }
    r->data_crc = f.crc;
    r->data_end = rec.at;
    return true;
}

// Every byte of a finished file lies under one of these two.
static bool check_crcs(DdMcapReader* r, uint64_t summary, uint32_t summary_crc, DdError* err)
{
    size_t crc_at = r->size - DD_MAGIC_SIZE - 4;
    size_t from = summary ? (size_t)summary : r->size - DD_MAGIC_SIZE - DD_FOOTER_SIZE;
    if (summary_crc && dd_crc32(0, r->map + from, crc_at - from) != summary_crc) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s: the CRC of its summary does not agree", r->path);
    }
    if (r->data_crc && dd_crc32(0, r->map, (size_t)r->data_end) != r->data_crc) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s: the CRC of its data does not agree", r->path);
    }
    return true;
}

bool dd_reader_learn(DdMcapReader* r, DdError* err)
{
    if (memcmp(r->map, dd_mcap_magic, DD_MAGIC_SIZE) != 0) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s: is not an MCAP file", r->path);
    }
    DdSpan bytes = {.p = r->map, .n = r->size, .at = DD_MAGIC_SIZE};
    DdRec rec;
    DdRecFields f;
    if (!dd_rec_next(&bytes, &rec) || rec.op != DD_OP_HEADER || !dd_rec_parse(&rec, &f)) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s: is cut before the end of its header", r->path);
    }
    r->profile = dd_span_dup(f.name);
    r->library = dd_span_dup(f.encoding);
    r->data_start = bytes.at;
    r->data_end = r->size;
    r->schema_of = calloc(65536, sizeof *r->schema_of);
    r->channel_of = calloc(65536, sizeof *r->channel_of);
    DD_ASSERT(r->schema_of && r->channel_of);

    uint64_t summary, end;
    uint32_t crc;
    r->finished = find_end(r, &summary, &end, &crc);
    if (r->finished && r->strict && !check_crcs(r, summary, crc, err)) {
        return false;
    }
    if (!r->finished || (summary ? !read_summary(r, summary, end) : !doubt(r, "no summary"))) {
        scan(r);
    }
    return true;
}
