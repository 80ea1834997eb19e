// Inside of a reader, shared by the files that implement it.
#pragma once

#include "recorder/compress.h"
#include "recorder/mcap.h"
#include "recorder/record.h"

// What the summary says of a chunk.
typedef struct DdChunkRef {
    uint64_t at, length, t0, t1, size, packed_size, index_length;
    DdSpan offsets; // map channel -> offset of its MessageIndex
    DdCompression compression;
} DdChunkRef;

typedef struct DdPlace {
    uint64_t at, length;
} DdPlace;

// A message found by index.
typedef struct DdIndexed {
    uint64_t log_ns;
    uint64_t offset; // in the chunk
    uint32_t chunk;  // in DdMcapReader.chunk
} DdIndexed;

struct DdMcapReader {
    char path[DD_PATH_MAX];
    const uint8_t* map;
    size_t size;
    bool strict, finished, scanned;
    char note[512]; // why it was scanned
    char* profile;
    char* library;
    uint64_t data_start, data_end; // records of the data section
    uint32_t data_crc;

    DdMcapSchema* schema;
    DdMcapChannel* channel;
    DdPlace* attachment;
    DdPlace* metadata;
    DdChunkRef* chunk; // by file offset
    int nschema, nchannel, nattachment, nmetadata, nchunk;
    int* schema_of; // (65536) index + 1 by id, 0 = none
    int* channel_of;
    uint64_t messages, t0, t1, nchunks, raw, packed;
    DdCompression compression;

    // where next() stands
    DdUnpacker* unpacker;
    DdSpan walk;   // data section
    DdSpan inside; // records of the current chunk
    DdBuf unpacked;
    bool ended;
    char* topic;        // selected; NULL = all
    bool* chosen;       // (nchannel)
    DdIndexed* indexed; // by time; NULL = in file order
    size_t nindexed, indexed_at;
    int64_t loaded; // chunk that `inside` holds while reading by time; -1 = none

    // what attachment_at and metadata_at gave last
    char* text[2];
    DdMcapKv* kv;
    int nkv;
};

// The records of a chunk (whose fields are `f`, at file offset `at`), unpacked and checked. Valid
// until the next call.
bool dd_reader_unpack(DdMcapReader* r, const DdRecFields* f, uint64_t at, DdSpan* records,
                      DdError* err);
// Header, summary; else a scan.
bool dd_reader_learn(DdMcapReader* r, DdError* err);
