// Check: the rules of the format that a reader relies on, each with a sentence that says where it
// is broken. Errors make a file wrong; warnings are what some readers stumble over.
#include "recorder/reader.h"

#include "recorder/crc.h"

#include <stdarg.h>

// A message of the chunk that is being looked at.
typedef struct Seen {
    uint64_t offset, log_ns;
    uint16_t channel;
} Seen;

typedef struct ChunkSeen {
    uint64_t at, length, t0, t1, size, packed_size, index_at, index_length;
    DdSpan name;
    uint64_t messages;
} ChunkSeen;

typedef struct Check {
    DdMcapReader* r;
    void (*report)(void* user, bool is_error, const char* text);
    void* user;
    int errors;
    DdSpan* schema; // (65536) body of the first record with this id, in the data section
    DdSpan* channel;
    uint64_t* count;      // (65536) messages per channel
    bool* summary_schema; // (65536) is in the summary
    bool* summary_channel;
    bool* indexed; // (65536) channel has messages in a chunk
    DdBuf chunks;  // ChunkSeen
    DdBuf seen;    // Seen of the current chunk
    DdBuf indexes; // DdPlace of MessageIndex records: offset, channel
    uint64_t messages, attachments, metadata, t0, t1, last_log;
    uint32_t nschema, nchannel;
    DdBuf copies;         // char*: the bodies above
    uint64_t chunk_start; // of the current chunk, for texts
    bool chunk_index_seen;
} Check;

static void say(Check* c, bool is_error, const char* fmt, ...) DD_PRINTF(3, 4);

static void say(Check* c, bool is_error, const char* fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    c->errors += is_error;
    if (c->report) {
        c->report(c->user, is_error, text);
    }
}

static bool equal(DdSpan a, DdSpan b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

// A copy of what may lie in a chunk's memory, which is reused.
static DdSpan keep(Check* c, DdSpan s)
{
    char* copy = dd_span_dup(s);
    dd_buf_bytes(&c->copies, &copy, sizeof copy);
    return (DdSpan){.p = (const uint8_t*)copy, .n = s.n};
}

static void check_schema(Check* c, const DdRecFields* f, bool in_chunk)
{
    if (f->id == 0) {
        say(c, true, "a schema has the id 0, which means 'no schema'");
        return;
    }
    if (c->schema[f->id].p) {
        if (!equal(c->schema[f->id], f->known)) {
            say(c, true, "schema %d is repeated with other content", f->id);
        } else if (!in_chunk) {
            say(c, false, "schema %d is repeated in the data section", f->id);
        }
        return;
    }
    c->schema[f->id] = keep(c, f->known);
    c->nschema++;
    if (f->encoding.n == 0 && f->data.n != 0) {
        say(c, true, "schema %d has data, and no encoding", f->id);
    }
}

static void check_channel(Check* c, const DdRecFields* f, bool in_chunk)
{
    if (c->channel[f->id].p) {
        if (!equal(c->channel[f->id], f->known)) {
            say(c, true, "channel %d is repeated with other content", f->id);
        } else if (!in_chunk) {
            say(c, false, "channel %d is repeated in the data section", f->id);
        }
        return;
    }
    c->channel[f->id] = keep(c, f->known);
    c->nchannel++;
    if (f->schema && !c->schema[f->schema].p) {
        say(c, true, "channel %d ('%.*s') is of schema %d, which comes later or never", f->id,
            (int)f->name.n, (const char*)f->name.p, f->schema);
    }
    if (strcmp(c->r->profile, "ros2") == 0) {
        if (!dd_span_is(f->encoding, "cdr")) {
            say(c, true, "channel %d ('%.*s'): profile ros2 wants the encoding cdr", f->id,
                (int)f->name.n, (const char*)f->name.p);
        }
        if (f->schema == 0) {
            say(c, true, "channel %d ('%.*s'): profile ros2 wants a schema", f->id, (int)f->name.n,
                (const char*)f->name.p);
        }
    }
}

static void check_message(Check* c, const DdRec* rec, const DdRecFields* f, bool in_chunk)
{
    if (!c->channel[f->id].p) {
        say(c, true, "a message at byte %llu is of channel %d, which comes later or never",
            (unsigned long long)(c->chunk_start + rec->at), f->id);
    }
    if (c->messages && f->log < c->last_log) {
        say(c, false, "a message of channel %d goes back in time, from %llu to %llu", f->id,
            (unsigned long long)c->last_log, (unsigned long long)f->log);
    }
    c->last_log = f->log;
    c->t0 = c->messages == 0 || f->log < c->t0 ? f->log : c->t0;
    c->t1 = c->messages == 0 || f->log > c->t1 ? f->log : c->t1;
    c->messages++;
    c->count[f->id]++;
    if (in_chunk) {
        c->indexed[f->id] = true;
        Seen s = {.offset = rec->at, .log_ns = f->log, .channel = f->id};
        dd_buf_bytes(&c->seen, &s, sizeof s);
    }
}

static void check_inner(Check* c, const DdRec* rec, bool in_chunk)
{
    DdRecFields f;
    if (!dd_rec_parse(rec, &f)) {
        say(c, true, "a %s record at byte %llu is too short for its fields", dd_op_name(rec->op),
            (unsigned long long)(c->chunk_start + rec->at));
    } else if (rec->op == DD_OP_SCHEMA) {
        check_schema(c, &f, in_chunk);
    } else if (rec->op == DD_OP_CHANNEL) {
        check_channel(c, &f, in_chunk);
    } else if (rec->op == DD_OP_MESSAGE) {
        check_message(c, rec, &f, in_chunk);
    } else if (in_chunk) {
        say(c, true, "the chunk at byte %llu holds a %s record, which it may not",
            (unsigned long long)c->chunk_start, dd_op_name(rec->op));
    }
}

static void check_chunk(Check* c, const DdRec* rec, const DdRecFields* f)
{
    ChunkSeen chunk = {.at = rec->at,
                       .length = rec->length,
                       .t0 = f->t0,
                       .t1 = f->t1,
                       .size = f->size,
                       .packed_size = f->packed_size,
                       .name = f->encoding,
                       .index_at = rec->at + rec->length};
    DdSpan records;
    DdError err;
    c->seen.n = 0;
    dd_error_clear(&err);
    if (!dd_reader_unpack(c->r, f, rec->at, &records, &err)) {
        say(c, true, "%s", err.text);
    } else {
        c->chunk_start = rec->at;
        DdRec inner;
        while (dd_rec_next(&records, &inner)) {
            check_inner(c, &inner, true);
        }
        if (records.at != records.n) {
            say(c, true, "the chunk at byte %llu ends in half a record",
                (unsigned long long)rec->at);
        }
        c->chunk_start = 0;
        const Seen* s = (const Seen*)(void*)c->seen.p;
        size_t n = c->seen.n / sizeof *s;
        uint64_t t0 = n ? s[0].log_ns : 0, t1 = t0;
        for (size_t i = 0; i < n; i++) {
            t0 = s[i].log_ns < t0 ? s[i].log_ns : t0;
            t1 = s[i].log_ns > t1 ? s[i].log_ns : t1;
        }
        chunk.messages = n;
        if (t0 != f->t0 || t1 != f->t1) {
            say(c, true, "the chunk at byte %llu says times %llu to %llu, and holds %llu to %llu",
                (unsigned long long)rec->at, (unsigned long long)f->t0, (unsigned long long)f->t1,
                (unsigned long long)t0, (unsigned long long)t1);
        }
    }
    dd_buf_bytes(&c->chunks, &chunk, sizeof chunk);
}

// The entries of a MessageIndex against the messages of the chunk before it.
static void check_message_index(Check* c, const DdRec* rec, const DdRecFields* f)
{
    size_t nchunk = c->chunks.n / sizeof(ChunkSeen);
    if (nchunk == 0) {
        say(c, true, "the message index at byte %llu follows no chunk",
            (unsigned long long)rec->at);
        return;
    }
    ChunkSeen* chunk = (ChunkSeen*)(void*)c->chunks.p + nchunk - 1;
    chunk->index_length = rec->at + rec->length - chunk->index_at;
    DdPlace place = {rec->at, f->id};
    dd_buf_bytes(&c->indexes, &place, sizeof place);
    const Seen* seen = (const Seen*)(void*)c->seen.p;
    size_t nseen = c->seen.n / sizeof *seen, mine = 0, entries = 0;
    for (size_t i = 0; i < nseen; i++) {
        mine += seen[i].channel == f->id;
    }
    DdSpan map = f->map;
    while (map.at < map.n && !map.bad) {
        uint64_t log = dd_span_u64(&map), offset = dd_span_u64(&map);
        size_t lo = 0, hi = nseen;
        while (lo < hi) {
            size_t mid = (lo + hi) / 2;
            if (seen[mid].offset < offset) {
                lo = mid + 1;
            } else {
                hi = mid;
            }
        }
        entries++;
        if (lo == nseen || seen[lo].offset != offset || seen[lo].channel != f->id ||
            seen[lo].log_ns != log) {
            say(c, true,
                "the message index at byte %llu: entry %zu points at no message of "
                "channel %d at %llu",
                (unsigned long long)rec->at, entries - 1, f->id, (unsigned long long)log);
            return;
        }
    }
    if (entries != mine) {
        say(c, true, "the message index at byte %llu lists %zu of the %zu messages of channel %d",
            (unsigned long long)rec->at, entries, mine, f->id);
    }
}

static void check_data(Check* c)
{
    DdSpan bytes = {.p = c->r->map, .n = (size_t)c->r->data_end, .at = (size_t)c->r->data_start};
    DdRec rec;
    DdRecFields f;
    while (dd_rec_next(&bytes, &rec) && rec.op != DD_OP_DATA_END && rec.op != DD_OP_FOOTER) {
        if (!dd_rec_parse(&rec, &f)) {
            say(c, true, "the %s record at byte %llu is too short for its fields",
                dd_op_name(rec.op), (unsigned long long)rec.at);
            continue;
        }
        switch (rec.op) {
        case DD_OP_CHUNK:
            check_chunk(c, &rec, &f);
            break;
        case DD_OP_MESSAGE_INDEX:
            check_message_index(c, &rec, &f);
            break;
        case DD_OP_ATTACHMENT:
            c->attachments++;
            if (f.crc && dd_crc32(0, rec.body.p, f.crc_size) != f.crc) {
                say(c, true, "the attachment '%.*s': its CRC does not agree", (int)f.name.n,
                    (const char*)f.name.p);
            }
            break;
        case DD_OP_METADATA:
            c->metadata++;
            break;
        case DD_OP_SCHEMA:
        case DD_OP_CHANNEL:
        case DD_OP_MESSAGE:
            check_inner(c, &rec, false);
            break;
        default:
            if (rec.op < 0x80) {
                say(c, true, "a %s record at byte %llu, in the data section", dd_op_name(rec.op),
                    (unsigned long long)rec.at);
            }
            break;
        }
    }
    if (bytes.at != bytes.n) {
        say(c, true, "the data section is cut or damaged behind byte %zu", bytes.at);
    }
}

static void check_chunk_index(Check* c, const DdRecFields* f)
{
    c->chunk_index_seen = true;
    const ChunkSeen* chunk = (const ChunkSeen*)(void*)c->chunks.p;
    size_t n = c->chunks.n / sizeof *chunk, i = 0;
    while (i < n && chunk[i].at != f->offset) {
        i++;
    }
    if (i == n) {
        say(c, true, "a chunk index points at byte %llu, where no chunk begins",
            (unsigned long long)f->offset);
        return;
    }
    if (chunk[i].length != f->length || chunk[i].t0 != f->t0 || chunk[i].t1 != f->t1 ||
        chunk[i].size != f->size || chunk[i].packed_size != f->packed_size ||
        !equal(chunk[i].name, f->encoding)) {
        say(c, true, "the chunk index of the chunk at byte %llu does not agree with it",
            (unsigned long long)f->offset);
    }
    if (f->map.n && chunk[i].index_length != f->index_length) {
        say(c, true,
            "the chunk index of the chunk at byte %llu says %llu bytes of message "
            "indexes, there are %llu",
            (unsigned long long)f->offset, (unsigned long long)f->index_length,
            (unsigned long long)chunk[i].index_length);
    }
    const DdPlace* at = (const DdPlace*)(void*)c->indexes.p;
    size_t nat = c->indexes.n / sizeof *at;
    DdSpan map = f->map;
    while (map.at < map.n && !map.bad) {
        uint16_t channel = dd_span_u16(&map);
        uint64_t offset = dd_span_u64(&map);
        size_t lo = 0, hi = nat;
        while (lo < hi) {
            size_t mid = (lo + hi) / 2;
            if (at[mid].at < offset) {
                lo = mid + 1;
            } else {
                hi = mid;
            }
        }
        if (lo == nat || at[lo].at != offset || at[lo].length != channel) {
            say(c, true,
                "the chunk index of the chunk at byte %llu: no message index of channel "
                "%d at byte %llu",
                (unsigned long long)f->offset, channel, (unsigned long long)offset);
        }
    }
}

static void check_statistics(Check* c, const DdRecFields* f)
{
    size_t nchunk = c->chunks.n / sizeof(ChunkSeen);
    const struct {
        const char* what;
        uint64_t says, is;
    } rows[] = {{"messages", f->messages, c->messages},
                {"schemas", f->schemas, c->nschema},
                {"channels", f->channels, c->nchannel},
                {"attachments", f->attachments, c->attachments},
                {"metadata records", f->metadata, c->metadata},
                {"chunks", f->chunks, nchunk},
                {"start", f->t0, c->t0},
                {"end", f->t1, c->t1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].says != rows[i].is) {
            say(c, true, "the statistics say %s %llu, and it is %llu", rows[i].what,
                (unsigned long long)rows[i].says, (unsigned long long)rows[i].is);
        }
    }
    DdSpan map = f->map;
    uint64_t listed = 0;
    while (map.at < map.n && !map.bad) {
        uint16_t id = dd_span_u16(&map);
        uint64_t n = dd_span_u64(&map);
        listed += n;
        if (n != c->count[id]) {
            say(c, true, "the statistics count %llu messages of channel %d, there are %llu",
                (unsigned long long)n, id, (unsigned long long)c->count[id]);
        }
        if (!c->summary_channel[id]) {
            say(c, true, "the statistics count channel %d before the summary lists it", id);
        }
    }
    if (f->map.n && listed != c->messages) {
        say(c, true, "the statistics count %llu messages by channel, there are %llu",
            (unsigned long long)listed, (unsigned long long)c->messages);
    }
}

static void check_summary(Check* c, uint64_t start, uint64_t end)
{
    DdSpan bytes = {.p = c->r->map, .n = (size_t)end, .at = (size_t)start};
    DdRec rec;
    DdRecFields f;
    int statistics = 0;
    bool gone[256] = {0};
    int last = -1;
    while (dd_rec_next(&bytes, &rec)) {
        if (last >= 0 && rec.op != last) {
            gone[last] = true;
        }
        if (gone[rec.op] && rec.op < 0x80) {
            say(c, true, "the %s records of the summary are not all together", dd_op_name(rec.op));
        }
        last = rec.op;
        if (!dd_rec_parse(&rec, &f)) {
            say(c, true, "the %s record at byte %llu is too short for its fields",
                dd_op_name(rec.op), (unsigned long long)rec.at);
            continue;
        }
        DdSpan at = {.p = c->r->map, .n = (size_t)c->r->data_end};
        at.at = f.offset < at.n ? (size_t)f.offset : at.n;
        DdRec there;
        switch (rec.op) {
        case DD_OP_SCHEMA:
            c->summary_schema[f.id] = true;
            if (!c->schema[f.id].p || !equal(c->schema[f.id], f.known)) {
                say(c, true, "schema %d of the summary is not in the data", f.id);
            }
            break;
        case DD_OP_CHANNEL:
            c->summary_channel[f.id] = true;
            if (!c->channel[f.id].p || !equal(c->channel[f.id], f.known)) {
                say(c, true, "channel %d of the summary is not in the data", f.id);
            }
            break;
        case DD_OP_STATISTICS:
            if (++statistics > 1) {
                say(c, true, "the summary has more than one statistics record");
            }
            check_statistics(c, &f);
            break;
        case DD_OP_CHUNK_INDEX:
            check_chunk_index(c, &f);
            break;
        case DD_OP_ATTACHMENT_INDEX:
        case DD_OP_METADATA_INDEX: {
            uint8_t op = rec.op == DD_OP_METADATA_INDEX ? DD_OP_METADATA : DD_OP_ATTACHMENT;
            if (!dd_rec_next(&at, &there) || there.op != op || there.length != f.length) {
                say(c, true, "the summary says a %s of %llu bytes is at byte %llu, it is not",
                    dd_op_name(op), (unsigned long long)f.length, (unsigned long long)f.offset);
            }
            break;
        }
        default:
            break;
        }
    }
    if (bytes.at != bytes.n) {
        say(c, true, "the summary is damaged behind byte %zu", bytes.at);
    }
    for (int id = 0; c->chunk_index_seen && id < 65536; id++) {
        if (c->indexed[id] && !c->summary_channel[id]) {
            say(c, true, "channel %d has messages in indexed chunks, and is not in the summary",
                id);
        }
    }
}

int dd_mcap_check(const char* path, void (*report)(void* user, bool is_error, const char* text),
                  void* user)
{
    Check c = {.report = report, .user = user};
    DdError err;
    dd_error_clear(&err);
    c.r = dd_mcap_open(path, false, &err);
    if (!c.r) {
        say(&c, true, "%s", err.text);
        return c.errors;
    }
    c.r->strict = true; // chunk CRCs from here on
    c.schema = calloc(65536, sizeof *c.schema);
    c.channel = calloc(65536, sizeof *c.channel);
    c.count = calloc(65536, sizeof *c.count);
    c.summary_schema = calloc(65536, 1);
    c.summary_channel = calloc(65536, 1);
    c.indexed = calloc(65536, 1);
    DD_ASSERT(c.schema && c.channel && c.count && c.summary_schema && c.summary_channel &&
              c.indexed);

    if (c.r->library[0] == 0) {
        say(&c, false, "the header names no library");
    }
    if (c.r->profile[0] && strcmp(c.r->profile, "ros1") && strcmp(c.r->profile, "ros2")) {
        say(&c, false, "the profile '%s' is not one that readers know", c.r->profile);
    }
    check_data(&c);
    if (!c.r->finished) {
        say(&c, true, "%s", c.r->note);
    } else {
        const uint8_t* end = c.r->map + c.r->size - DD_MAGIC_SIZE;
        uint64_t summary = dd_get_u64(end - 20), offsets = dd_get_u64(end - 12);
        uint32_t crc = dd_get_u32(end - 4);
        uint64_t footer = c.r->size - DD_MAGIC_SIZE - DD_FOOTER_SIZE;
        uint64_t from = summary ? summary : footer;
        if (crc && dd_crc32(0, c.r->map + from, (size_t)(c.r->size - 12 - from)) != crc) {
            say(&c, true, "the CRC of the summary does not agree");
        }
        if (c.r->data_crc && dd_crc32(0, c.r->map, (size_t)c.r->data_end) != c.r->data_crc) {
            say(&c, true, "the CRC of the data does not agree");
        }
        if (summary) {
            check_summary(&c, summary, offsets ? offsets : footer);
        }
    }

    for (size_t i = 0; i < c.copies.n / sizeof(void*); i++) {
        free(((void**)(void*)c.copies.p)[i]);
    }
    dd_buf_free(&c.copies);
    free(c.schema);
    free(c.channel);
    free(c.count);
    free(c.summary_schema);
    free(c.summary_channel);
    free(c.indexed);
    dd_buf_free(&c.chunks);
    dd_buf_free(&c.seen);
    dd_buf_free(&c.indexes);
    dd_mcap_reader_close(c.r);
    return c.errors;
}
