// Record: the records of an MCAP file as they lie in memory. Nothing is copied; every length is
// checked against the bytes that are there.
#pragma once

#include "recorder/bytes.h"

// opcode, name as the specification has it
#define DD_OP_LIST(X)                                                                              \
    X(DD_OP_HEADER, 0x01, "Header")                                                                \
    X(DD_OP_FOOTER, 0x02, "Footer")                                                                \
    X(DD_OP_SCHEMA, 0x03, "Schema")                                                                \
    X(DD_OP_CHANNEL, 0x04, "Channel")                                                              \
    X(DD_OP_MESSAGE, 0x05, "Message")                                                              \
    X(DD_OP_CHUNK, 0x06, "Chunk")                                                                  \
    X(DD_OP_MESSAGE_INDEX, 0x07, "MessageIndex")                                                   \
    X(DD_OP_CHUNK_INDEX, 0x08, "ChunkIndex")                                                       \
    X(DD_OP_ATTACHMENT, 0x09, "Attachment")                                                        \
    X(DD_OP_ATTACHMENT_INDEX, 0x0A, "AttachmentIndex")                                             \
    X(DD_OP_STATISTICS, 0x0B, "Statistics")                                                        \
    X(DD_OP_METADATA, 0x0C, "Metadata")                                                            \
    X(DD_OP_METADATA_INDEX, 0x0D, "MetadataIndex")                                                 \
    X(DD_OP_SUMMARY_OFFSET, 0x0E, "SummaryOffset")                                                 \
    X(DD_OP_DATA_END, 0x0F, "DataEnd")

enum {
#define DD_OP_ENUM(id, value, name) id = value,
    DD_OP_LIST(DD_OP_ENUM)
#undef DD_OP_ENUM
        DD_RECORD_HEAD = 9, // opcode and length
    DD_MESSAGE_HEAD = 31,   // the same and the fields before a message's data
    DD_MAGIC_SIZE = 8,
    DD_DATA_END_SIZE = 13,
    DD_FOOTER_SIZE = 29, // with its head
};

extern const uint8_t dd_mcap_magic[DD_MAGIC_SIZE];

typedef struct DdRec {
    uint8_t op;
    DdSpan body;     // the content
    uint64_t at;     // offset of the opcode in the bytes walked
    uint64_t length; // with the head
} DdRec;

// Fields of one record; strings are spans without a NUL, maps and arrays spans of their elements.
typedef struct DdRecFields {
    uint16_t id;             // schema, channel, message, message index: (channel) id
    uint16_t schema;         // channel
    uint8_t group_op;        // summary offset
    uint32_t sequence;       // message
    uint32_t crc;            // chunk, attachment, data end, footer
    uint64_t log, publish;   // message; log, create of an attachment and its index
    uint64_t t0, t1;         // chunk, chunk index, statistics
    uint64_t offset, length; // indexes, summary offset; footer: summary start, summary offset start
    uint64_t size;           // uncompressed (chunk, chunk index), data size (attachment index)
    uint64_t packed_size;    // chunk index: compressed size
    uint64_t index_length;   // chunk index: bytes of its message indexes
    uint64_t messages;       // statistics
    uint32_t schemas, channels, attachments, metadata, chunks; // statistics
    DdSpan name;     // schema, attachment, metadata; topic of a channel; profile
    DdSpan encoding; // schema, channel; media type; library; compression
    DdSpan data;     // schema, message, chunk records, attachment
    DdSpan map;      // channel, metadata; counts; message index entries or offsets
    size_t crc_size; // attachment: bytes of the body that its crc covers
    DdSpan known;    // the content without what follows the known fields
} DdRecFields;

// The record at *at, which moves behind it. False at the end and when it does not fit.
bool dd_rec_next(DdSpan* bytes, DdRec* r);
// False when the fields do not fit into the content. Bytes behind the known fields are ignored.
bool dd_rec_parse(const DdRec* r, DdRecFields* f);
const char* dd_op_name(uint8_t op); // "private" for those that the specification does not have
// The next pair of a map of strings.
bool dd_map_next(DdSpan* map, DdSpan* key, DdSpan* value);
char* dd_span_dup(DdSpan s); // malloc'd, with a NUL
