// Record: the records of an MCAP file as they lie in memory.
#include "recorder/record.h"

const uint8_t dd_mcap_magic[DD_MAGIC_SIZE] = {0x89, 'M', 'C', 'A', 'P', 0x30, '\r', '\n'};

bool dd_rec_next(DdSpan* bytes, DdRec* r)
{
    if (bytes->n - bytes->at < DD_RECORD_HEAD) {
        return false;
    }
    const uint8_t* p = bytes->p + bytes->at;
    uint64_t size = dd_get_u64(p + 1);
    if (p[0] == 0 || size > bytes->n - bytes->at - DD_RECORD_HEAD) {
        return false;
    }
    *r = (DdRec){.op = p[0],
                 .body = {.p = p + DD_RECORD_HEAD, .n = (size_t)size},
                 .at = bytes->at,
                 .length = size + DD_RECORD_HEAD};
    bytes->at += (size_t)r->length;
    return true;
}

bool dd_rec_parse(const DdRec* r, DdRecFields* f)
{
    DdSpan s = r->body;
    *f = (DdRecFields){0};
    switch (r->op) {
    case DD_OP_HEADER:
        f->name = dd_span_str(&s);
        f->encoding = dd_span_str(&s);
        break;
    case DD_OP_FOOTER:
        f->offset = dd_span_u64(&s);
        f->length = dd_span_u64(&s);
        f->crc = dd_span_u32(&s);
        break;
    case DD_OP_SCHEMA:
        f->id = dd_span_u16(&s);
        f->name = dd_span_str(&s);
        f->encoding = dd_span_str(&s);
        f->data = dd_span_str(&s);
        break;
    case DD_OP_CHANNEL:
        f->id = dd_span_u16(&s);
        f->schema = dd_span_u16(&s);
        f->name = dd_span_str(&s);
        f->encoding = dd_span_str(&s);
        f->map = dd_span_str(&s);
        break;
    case DD_OP_MESSAGE:
        f->id = dd_span_u16(&s);
        f->sequence = dd_span_u32(&s);
        f->log = dd_span_u64(&s);
        f->publish = dd_span_u64(&s);
        f->data = dd_span_sub(&s, s.n - s.at);
        break;
    case DD_OP_CHUNK:
        f->t0 = dd_span_u64(&s);
        f->t1 = dd_span_u64(&s);
        f->size = dd_span_u64(&s);
        f->crc = dd_span_u32(&s);
        f->encoding = dd_span_str(&s);
        f->packed_size = dd_span_u64(&s);
        f->data = dd_span_sub(&s, f->packed_size);
        break;
    case DD_OP_MESSAGE_INDEX:
        f->id = dd_span_u16(&s);
        f->map = dd_span_str(&s);
        break;
    case DD_OP_CHUNK_INDEX:
        f->t0 = dd_span_u64(&s);
        f->t1 = dd_span_u64(&s);
        f->offset = dd_span_u64(&s);
        f->length = dd_span_u64(&s);
        f->map = dd_span_str(&s);
        f->index_length = dd_span_u64(&s);
        f->encoding = dd_span_str(&s);
        f->packed_size = dd_span_u64(&s);
        f->size = dd_span_u64(&s);
        break;
    case DD_OP_ATTACHMENT: {
        f->log = dd_span_u64(&s);
        f->publish = dd_span_u64(&s);
        f->name = dd_span_str(&s);
        f->encoding = dd_span_str(&s);
        uint64_t n = dd_span_u64(&s);
        f->data = dd_span_sub(&s, n);
        f->crc_size = s.at;
        f->crc = dd_span_u32(&s);
        break;
    }
    case DD_OP_ATTACHMENT_INDEX:
        f->offset = dd_span_u64(&s);
        f->length = dd_span_u64(&s);
        f->log = dd_span_u64(&s);
        f->publish = dd_span_u64(&s);
        f->size = dd_span_u64(&s);
        f->name = dd_span_str(&s);
        f->encoding = dd_span_str(&s);
        break;
    case DD_OP_STATISTICS:
        f->messages = dd_span_u64(&s);
        f->schemas = dd_span_u16(&s);
        f->channels = dd_span_u32(&s);
        f->attachments = dd_span_u32(&s);
        f->metadata = dd_span_u32(&s);
        f->chunks = dd_span_u32(&s);
        f->t0 = dd_span_u64(&s);
        f->t1 = dd_span_u64(&s);
        f->map = dd_span_str(&s);
        break;
    case DD_OP_METADATA:
        f->name = dd_span_str(&s);
        f->map = dd_span_str(&s);
        break;
    case DD_OP_METADATA_INDEX:
        f->offset = dd_span_u64(&s);
        f->length = dd_span_u64(&s);
        f->name = dd_span_str(&s);
        break;
    case DD_OP_SUMMARY_OFFSET:
        f->group_op = dd_span_u8(&s);
        f->offset = dd_span_u64(&s);
        f->length = dd_span_u64(&s);
        break;
    case DD_OP_DATA_END:
        f->crc = dd_span_u32(&s);
        break;
    default:
        break;
    }
    f->known = (DdSpan){.p = r->body.p, .n = s.at};
    return !s.bad;
}

const char* dd_op_name(uint8_t op)
{
    switch (op) {
#define DD_OP_CASE(id, value, name)                                                                \
    case id:                                                                                       \
        return name;
        DD_OP_LIST(DD_OP_CASE)
#undef DD_OP_CASE
    default:
        return "private";
    }
}

bool dd_map_next(DdSpan* map, DdSpan* key, DdSpan* value)
{
    if (map->at >= map->n) {
        return false;
    }
    *key = dd_span_str(map);
    *value = dd_span_str(map);
    return !map->bad;
}

char* dd_span_dup(DdSpan s)
{
    char* text = malloc(s.n + 1);
    DD_ASSERT(text);
    if (s.n) {
        memcpy(text, s.p, s.n);
    }
    text[s.n] = 0;
    return text;
}
