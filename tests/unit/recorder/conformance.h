// The public MCAP conformance suite's shape: six inputs crossed with ten features; records as JSON.
#pragma once

#include <jansson.h>

#include "recorder/crc.h"
#include "recorder/record.h"
#include "tests/unit/recorder/help.h"

// Features in the suite's order: chunks, message index, statistics, repeated schemas, repeated
// channels, attachment index, metadata index, chunk index, summary offsets, padded records.
enum {
    CH = 1,
    MX = 2,
    ST = 4,
    RSH = 8,
    RCH = 16,
    AX = 32,
    MDX = 64,
    CHX = 128,
    SUM = 256,
    PAD = 512
};
static const char* const k_feature_names[] = {"ch", "mx",  "st",  "rsh", "rch",
                                              "ax", "mdx", "chx", "sum", "pad"};

static DdMcapDef conformance_def(unsigned features)
{
    DdMcapDef def = dd_mcap_def();
    def.profile = "";
    def.library = "";
    def.compression = DD_COMPRESS_NONE;
    def.thread = false;
    def.reserve = 0;
    def.chunked = features & CH;
    def.message_index = features & MX;
    def.statistics = features & ST;
    def.repeat_schemas = features & RSH;
    def.repeat_channels = features & RCH;
    def.attachment_index = features & AX;
    def.metadata_index = features & MDX;
    def.chunk_index = features & CHX;
    def.summary_offsets = features & SUM;
    return def;
}

// One record as the suite writes it: {"type": T, "fields": [[name, value], ...]}; values are
// strings, bytes lists of strings, maps objects.

static void field_text(json_t* r, const char* name, const char* text)
{
    json_array_append_new(json_object_get(r, "fields"), json_pack("[s,s]", name, text));
}

static void field_number(json_t* r, const char* name, uint64_t v)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)v);
    field_text(r, name, text);
}

static void field_span(json_t* r, const char* name, DdSpan s)
{
    char* text = dd_span_dup(s);
    field_text(r, name, text);
    free(text);
}

static void field_bytes(json_t* r, const char* name, DdSpan s)
{
    json_t* list = json_array();
    for (size_t i = 0; i < s.n; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", s.p[i]);
        json_array_append_new(list, json_string(text));
    }
    json_array_append_new(json_object_get(r, "fields"), json_pack("[s,o]", name, list));
}

static void field_strings(json_t* r, const char* name, DdSpan map)
{
    json_t* j = json_object();
    DdSpan key, value;
    while (dd_map_next(&map, &key, &value)) {
        char* k = dd_span_dup(key);
        char* v = dd_span_dup(value);
        json_object_set_new(j, k, json_string(v));
        free(k);
        free(v);
    }
    json_array_append_new(json_object_get(r, "fields"), json_pack("[s,o]", name, j));
}

static void field_counts(json_t* r, const char* name, DdSpan map)
{
    json_t* j = json_object();
    while (map.at < map.n && !map.bad) {
        char k[16], v[32];
        snprintf(k, sizeof k, "%d", dd_span_u16(&map));
        snprintf(v, sizeof v, "%llu", (unsigned long long)dd_span_u64(&map));
        json_object_set_new(j, k, json_string(v));
    }
    json_array_append_new(json_object_get(r, "fields"), json_pack("[s,o]", name, j));
}

static json_t* record_json(const DdRec* rec)
{
    DdRecFields f;
    assert_true(dd_rec_parse(rec, &f));
    json_t* r = json_pack("{s:s,s:[]}", "type", dd_op_name(rec->op), "fields");
    switch (rec->op) {
    case DD_OP_HEADER:
        field_span(r, "library", f.encoding);
        field_span(r, "profile", f.name);
        break;
    case DD_OP_FOOTER:
        field_number(r, "summary_crc", f.crc);
        field_number(r, "summary_offset_start", f.length);
        field_number(r, "summary_start", f.offset);
        break;
    case DD_OP_SCHEMA:
        field_bytes(r, "data", f.data);
        field_span(r, "encoding", f.encoding);
        field_number(r, "id", f.id);
        field_span(r, "name", f.name);
        break;
    case DD_OP_CHANNEL:
        field_number(r, "id", f.id);
        field_span(r, "message_encoding", f.encoding);
        field_strings(r, "metadata", f.map);
        field_number(r, "schema_id", f.schema);
        field_span(r, "topic", f.name);
        break;
    case DD_OP_MESSAGE:
        field_number(r, "channel_id", f.id);
        field_bytes(r, "data", f.data);
        field_number(r, "log_time", f.log);
        field_number(r, "publish_time", f.publish);
        field_number(r, "sequence", f.sequence);
        break;
    case DD_OP_CHUNK_INDEX:
        field_number(r, "chunk_length", f.length);
        field_number(r, "chunk_start_offset", f.offset);
        field_number(r, "compressed_size", f.packed_size);
        field_span(r, "compression", f.encoding);
        field_number(r, "message_end_time", f.t1);
        field_number(r, "message_index_length", f.index_length);
        field_counts(r, "message_index_offsets", f.map);
        field_number(r, "message_start_time", f.t0);
        field_number(r, "uncompressed_size", f.size);
        break;
    case DD_OP_ATTACHMENT:
        field_number(r, "create_time", f.publish);
        field_bytes(r, "data", f.data);
        field_number(r, "log_time", f.log);
        field_span(r, "media_type", f.encoding);
        field_span(r, "name", f.name);
        break;
    case DD_OP_ATTACHMENT_INDEX:
        field_number(r, "create_time", f.publish);
        field_number(r, "data_size", f.size);
        field_number(r, "length", f.length);
        field_number(r, "log_time", f.log);
        field_span(r, "media_type", f.encoding);
        field_span(r, "name", f.name);
        field_number(r, "offset", f.offset);
        break;
    case DD_OP_STATISTICS:
        field_number(r, "attachment_count", f.attachments);
        field_number(r, "channel_count", f.channels);
        field_counts(r, "channel_message_counts", f.map);
        field_number(r, "chunk_count", f.chunks);
        field_number(r, "message_count", f.messages);
        field_number(r, "message_end_time", f.t1);
        field_number(r, "message_start_time", f.t0);
        field_number(r, "metadata_count", f.metadata);
        field_number(r, "schema_count", f.schemas);
        break;
    case DD_OP_METADATA:
        field_strings(r, "metadata", f.map);
        field_span(r, "name", f.name);
        break;
    case DD_OP_METADATA_INDEX:
        field_number(r, "length", f.length);
        field_span(r, "name", f.name);
        field_number(r, "offset", f.offset);
        break;
    case DD_OP_SUMMARY_OFFSET:
        field_number(r, "group_length", f.length);
        field_number(r, "group_opcode", f.group_op);
        field_number(r, "group_start", f.offset);
        break;
    default:
        field_number(r, "data_section_crc", f.crc);
        break;
    }
    return r;
}

// Every record of a file as a streamed reader meets them; chunks opened, message indexes left out.
static json_t* streamed(const uint8_t* bytes, size_t n)
{
    json_t* list = json_array();
    DdSpan file = {.p = bytes, .n = n - DD_MAGIC_SIZE, .at = DD_MAGIC_SIZE};
    DdRec rec, inner;
    while (dd_rec_next(&file, &rec)) {
        if (rec.op == DD_OP_CHUNK) {
            DdRecFields f;
            assert_true(dd_rec_parse(&rec, &f));
            assert_true(f.crc == 0 || dd_crc32(0, f.data.p, f.data.n) == f.crc);
            while (dd_rec_next(&f.data, &inner)) {
                json_array_append_new(list, record_json(&inner));
            }
        } else if (rec.op != DD_OP_MESSAGE_INDEX) {
            json_array_append_new(list, record_json(&rec));
        }
    }
    assert_int_equal(file.at, file.n);
    return list;
}

static const json_t* field(const json_t* record, const char* name)
{
    size_t i;
    json_t* pair;
    json_array_foreach(json_object_get(record, "fields"), i, pair)
    {
        if (strcmp(json_string_value(json_array_get(pair, 0)), name) == 0) {
            return json_array_get(pair, 1);
        }
    }
    return NULL;
}

static bool is_record(const json_t* record, const char* type)
{
    return strcmp(json_string_value(json_object_get(record, "type")), type) == 0;
}

// Every field that the expected record has.
static bool same_record(const json_t* want, const json_t* got)
{
    size_t i;
    json_t* pair;
    if (!json_equal(json_object_get(want, "type"), json_object_get(got, "type"))) {
        return false;
    }
    json_array_foreach(json_object_get(want, "fields"), i, pair)
    {
        const json_t* other = field(got, json_string_value(json_array_get(pair, 0)));
        if (other && !json_equal(json_array_get(pair, 1), other)) {
            return false;
        }
    }
    return true;
}

static uint64_t number_of(const json_t* record, const char* name)
{
    const json_t* v = field(record, name);
    assert_non_null(v);
    return strtoull(json_string_value(v), NULL, 10);
}

static const char* text_of(const json_t* record, const char* name)
{
    const json_t* v = field(record, name);
    assert_non_null(v);
    return json_string_value(v);
}

static size_t bytes_of(const json_t* record, uint8_t* out, size_t max)
{
    const json_t* list = field(record, "data");
    size_t i;
    json_t* v;
    json_array_foreach((json_t*)(uintptr_t)list, i, v)
    {
        assert_true(i < max);
        out[i] = (uint8_t)atoi(json_string_value(v));
    }
    return json_array_size(list);
}

static int pairs_of(const json_t* record, DdMcapKv* kv, int max)
{
    const char* key;
    json_t* v;
    int n = 0;
    json_object_foreach((json_t*)(uintptr_t)field(record, "metadata"), key, v)
    {
        assert_true(n < max);
        kv[n++] = (DdMcapKv){key, json_string_value(v)};
    }
    return n;
}

// The file of a list of records, by our writer.
static void write_records(const char* path, unsigned features, const json_t* records)
{
    DdMcapDef def = conformance_def(features);
    DdError err;
    DdMcapWriter* w = dd_mcap_create(path, &def, NULL, NULL, 0, &err);
    assert_non_null(w);
    size_t i;
    json_t* r;
    json_array_foreach((json_t*)(uintptr_t)records, i, r)
    {
        uint8_t data[256];
        DdMcapKv kv[8];
        if (is_record(r, "DataEnd")) {
            break;
        } else if (is_record(r, "Schema")) {
            size_t n = bytes_of(r, data, sizeof data);
            dd_mcap_schema(w, text_of(r, "name"), text_of(r, "encoding"), data, n);
        } else if (is_record(r, "Channel")) {
            dd_mcap_channel(w, (uint16_t)number_of(r, "schema_id"), text_of(r, "topic"),
                            text_of(r, "message_encoding"), kv, pairs_of(r, kv, 8));
        } else if (is_record(r, "Message")) {
            size_t n = bytes_of(r, data, sizeof data);
            assert_true(dd_mcap_message(
                w, (uint16_t)number_of(r, "channel_id"), (uint32_t)number_of(r, "sequence"),
                number_of(r, "log_time"), number_of(r, "publish_time"), data, n));
        } else if (is_record(r, "Attachment")) {
            size_t n = bytes_of(r, data, sizeof data);
            assert_true(dd_mcap_attachment(w, text_of(r, "name"), text_of(r, "media_type"),
                                           number_of(r, "log_time"), number_of(r, "create_time"),
                                           data, n));
        } else if (is_record(r, "Metadata")) {
            assert_true(dd_mcap_metadata(w, text_of(r, "name"), kv, pairs_of(r, kv, 8)));
        }
    }
    assert_true(dd_mcap_close(w, &err));
}

static bool same_message(const DdMcapMessage* m, const json_t* r)
{
    uint8_t data[256];
    size_t n = bytes_of(r, data, sizeof data);
    return m->channel->id == number_of(r, "channel_id") &&
           m->sequence == number_of(r, "sequence") && m->log_ns == number_of(r, "log_time") &&
           m->publish_ns == number_of(r, "publish_time") && m->size == n &&
           memcmp(m->data, data, n) == 0;
}

// The reader against the records: in file order, and by time where there are indexes for it.
static bool read_records(const char* path, unsigned features, const json_t* records)
{
    DdError err;
    DdMcapReader* r = dd_mcap_open(path, true, &err);
    if (!r) {
        return false;
    }
    DdMcapMessage m;
    bool ok = dd_mcap_finished(r);
    int schemas = 0, channels = 0, messages = 0, attachments = 0, metadata = 0;
    size_t i;
    json_t* rec;
    bool data = true;
    json_array_foreach((json_t*)(uintptr_t)records, i, rec)
    {
        data = data && !is_record(rec, "DataEnd");
        if (!data) {
            break;
        }
        schemas += is_record(rec, "Schema");
        channels += is_record(rec, "Channel");
        attachments += is_record(rec, "Attachment");
        metadata += is_record(rec, "Metadata");
        if (is_record(rec, "Message")) {
            messages++;
            ok = ok && dd_mcap_next(r, &m, &err) && same_message(&m, rec);
        }
    }
    ok = ok && !dd_mcap_next(r, &m, &err) && err.code == DD_OK;
    ok = ok && dd_mcap_schema_count(r) == schemas && dd_mcap_channel_count(r) == channels &&
         dd_mcap_attachment_count(r) == attachments && dd_mcap_metadata_count(r) == metadata &&
         dd_mcap_message_count(r) == (uint64_t)messages;
    DdMcapAttachment a;
    DdMcapMetadata meta;
    for (int k = 0; ok && k < attachments; k++) {
        ok = dd_mcap_attachment_at(r, k, &a, &err) && a.size == 3;
    }
    for (int k = 0; ok && k < metadata; k++) {
        ok = dd_mcap_metadata_at(r, k, &meta, &err) && meta.nkv == 1;
    }

    bool indexed = messages && (features & CH) && (features & MX) && (features & CHX);
    ok = ok && dd_mcap_rewind_by_time(r, &err) == indexed;
    if (ok && indexed) {
        uint64_t last = 0;
        int n = 0;
        while (ok && dd_mcap_next(r, &m, &err)) {
            // each message once, in the order of time
            ok = m.log_ns >= last;
            last = m.log_ns;
            bool found = false;
            json_array_foreach((json_t*)(uintptr_t)records, i, rec)
            {
                found = found || (is_record(rec, "Message") && same_message(&m, rec));
            }
            ok = ok && found;
            n++;
        }
        ok = ok && n == messages;
    }
    dd_mcap_reader_close(r);
    return ok;
}
