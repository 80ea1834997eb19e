// MCAP container: writer and reader of the records, nothing about what the messages mean.
// Format: https://mcap.dev/spec. One writer thread compresses and writes finished chunks.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/base/error.h"

typedef enum DdCompression { DD_COMPRESS_NONE, DD_COMPRESS_LZ4, DD_COMPRESS_ZSTD } DdCompression;

typedef struct DdMcapDef {
    const char* profile; // "ros2"
    const char* library; // "drydock 0.1.0"
    size_t chunk_size;   // bytes; 1 MiB
    DdCompression compression;
    int level;        // zstd level or lz4 acceleration
    bool chunked;     // false only for conformance tests
    bool thread;      // compress and write on a thread of its own
    size_t reserve;   // bytes kept free at open for closing on a full disk; 1 MiB
    int64_t chunk_ns; // a chunk closes when it spans more simulated time; 0 = never
    // which optional records: message index, statistics, repeated schemas, repeated channels,
    // attachment index, metadata index, chunk index, summary offsets
    bool message_index, statistics, repeat_schemas, repeat_channels, attachment_index,
        metadata_index, chunk_index, summary_offsets;
    bool crcs;
    // Called on the writing thread for every message, in file order, before it is written.
    void (*tap)(void* user, uint16_t channel, uint64_t log_ns, const void* data, size_t size);
    void* tap_user;
    uint64_t fail_after; // for tests: the disk is "full" behind this many bytes; 0 = never
} DdMcapDef;

typedef struct DdMcapKv {
    const char* key;
    const char* value;
} DdMcapKv;

typedef struct DdMcapWriter DdMcapWriter;

DdMcapDef dd_mcap_def(void); // ros2, 1 MiB chunks, zstd level 1, all indexes, CRCs, thread

// Refuses an existing file. The header and the given metadata record (the run record) go out in one
// write, so that any cut file says what it is.
DD_MUST_USE DdMcapWriter* dd_mcap_create(const char* path, const DdMcapDef* def,
                                         const char* metadata_name, const DdMcapKv* kv, int nkv,
                                         DdError* err);
uint16_t dd_mcap_schema(DdMcapWriter* w, const char* name, const char* encoding, const void* data,
                        size_t size);
uint16_t dd_mcap_channel(DdMcapWriter* w, uint16_t schema, const char* topic, const char* encoding,
                         const DdMcapKv* kv, int nkv);
// Copies (a large message without compression is written at once, if nothing else is under way).
// No allocation once warm. Errors (disk full, ...) stick and are returned by every later
// call and by close; what was written before stays readable.
bool dd_mcap_message(DdMcapWriter* w, uint16_t channel, uint32_t sequence, uint64_t log_ns,
                     uint64_t publish_ns, const void* data, size_t size);
// Room for `size` bytes of message data inside the chunk, to be filled at once: no second copy.
// NULL after an error.
void* dd_mcap_message_begin(DdMcapWriter* w, uint16_t channel, uint32_t sequence, uint64_t log_ns,
                            uint64_t publish_ns, size_t size);
bool dd_mcap_attachment(DdMcapWriter* w, const char* name, const char* media_type, uint64_t log_ns,
                        uint64_t create_ns, const void* data, size_t size);
// Behind a full disk it still goes into the room kept for closing (and false is returned).
bool dd_mcap_metadata(DdMcapWriter* w, const char* name, const DdMcapKv* kv, int nkv);
bool dd_mcap_failed(const DdMcapWriter* w, DdError* err); // the error that sticks, if there is one
bool dd_mcap_flush(DdMcapWriter* w, DdError* err); // closes the chunk, waits until it is written
uint64_t dd_mcap_bytes(const DdMcapWriter* w);
// Closes and frees, also after an error. Then the summary, footer, magic are there if it is true.
bool dd_mcap_close(DdMcapWriter* w, DdError* err);

typedef struct DdMcapSchema {
    uint16_t id;
    const char* name;
    const char* encoding;
    const void* data;
    size_t size;
} DdMcapSchema;

typedef struct DdMcapChannel {
    uint16_t id;
    uint16_t schema;
    const char* topic;
    const char* encoding;
    uint64_t count;     // messages
    const DdMcapKv* kv; // metadata of the channel
    int nkv;
} DdMcapChannel;

typedef struct DdMcapMessage {
    const DdMcapChannel* channel;
    uint32_t sequence;
    uint64_t log_ns;
    uint64_t publish_ns;
    const void* data; // until the next call
    size_t size;
} DdMcapMessage;

typedef struct DdMcapAttachment {
    const char* name;
    const char* media_type;
    uint64_t log_ns, create_ns;
    const void* data;
    size_t size;
} DdMcapAttachment;

typedef struct DdMcapMetadata {
    const char* name;
    const DdMcapKv* kv;
    int nkv;
} DdMcapMetadata;

typedef struct DdMcapReader DdMcapReader;

// Any MCAP. The file is mapped, never read whole. `strict` checks every CRC it passes.
DD_MUST_USE DdMcapReader* dd_mcap_open(const char* path, bool strict, DdError* err);
void dd_mcap_reader_close(DdMcapReader* r); // NULL is fine
const char* dd_mcap_profile(const DdMcapReader* r);
const char* dd_mcap_library(const DdMcapReader* r);
bool dd_mcap_finished(const DdMcapReader* r); // has summary, footer and end magic
int dd_mcap_schema_count(const DdMcapReader* r);
const DdMcapSchema* dd_mcap_schema_at(const DdMcapReader* r, int i);
const DdMcapSchema* dd_mcap_schema_find(const DdMcapReader* r, uint16_t id);
int dd_mcap_channel_count(const DdMcapReader* r);
const DdMcapChannel* dd_mcap_channel_at(const DdMcapReader* r, int i);
const DdMcapChannel* dd_mcap_channel_topic(const DdMcapReader* r, const char* topic);
int dd_mcap_attachment_count(const DdMcapReader* r);
bool dd_mcap_attachment_at(DdMcapReader* r, int i, DdMcapAttachment* a, DdError* err);
int dd_mcap_metadata_count(const DdMcapReader* r);
bool dd_mcap_metadata_at(DdMcapReader* r, int i, DdMcapMetadata* m, DdError* err);
uint64_t dd_mcap_message_count(const DdMcapReader* r);
uint64_t dd_mcap_chunk_count(const DdMcapReader* r);
uint64_t dd_mcap_file_size(const DdMcapReader* r);
// Bytes of all chunks before and after compression, and the name of a compression in use ("" none).
const char* dd_mcap_chunk_sizes(const DdMcapReader* r, uint64_t* raw, uint64_t* packed);
// True with the reason when the file has no summary, or one that cannot be believed: then
// everything above comes from a scan, up to the first damage.
bool dd_mcap_scanned(const DdMcapReader* r, char note[512]);
uint32_t dd_mcap_data_crc(const DdMcapReader* r); // as the file has it; 0 = not given
void dd_mcap_times(const DdMcapReader* r, uint64_t* first_ns, uint64_t* last_ns);
// Messages in file order (chunks are decompressed one at a time). false at the end, or with
// err->code set when the file is damaged there.
void dd_mcap_rewind(DdMcapReader* r);
// From the start, by log time (ties in file order), found by chunk and message indexes alone. False
// when the file has none.
bool dd_mcap_rewind_by_time(DdMcapReader* r, DdError* err);
void dd_mcap_select(DdMcapReader* r, const char* topic); // only this topic from now on; NULL = all
bool dd_mcap_next(DdMcapReader* r, DdMcapMessage* m, DdError* err);

// The rules of `mcap doctor`. Each finding is one line to `report`; returns the number of errors.
int dd_mcap_check(const char* path, void (*report)(void* user, bool is_error, const char* text),
                  void* user);

typedef struct DdMcapRecovered {
    uint64_t messages, chunks, attachments, metadata;
    uint64_t lost_bytes; // behind the last whole record
    char note[512];      // what was lost, in words
} DdMcapRecovered;
// Writes a whole file from what is readable. False when nothing is.
DD_MUST_USE bool dd_mcap_recover(const char* in, const char* out, DdMcapRecovered* what,
                                 DdError* err);
