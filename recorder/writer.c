// Writer: records into chunks, chunks into a file, and the summary that makes it quick to read.
//
// The caller's thread appends messages to the open slot. A full slot goes to the writing thread,
// which computes the CRC, compresses, builds the message indexes and writes all of it at once; when
// it lags behind, the caller's thread compresses too instead of waiting. What ends a chunk is its
// size and the log times in it, never a clock or a thread, so equal calls make equal files.
#include "recorder/mcap.h"

#include "recorder/compress.h"
#include "recorder/crc.h"
#include "recorder/record.h"
#include "recorder/sink.h"
#include "recorder/slots.h"

enum { k_ids_max = 65535, k_reserve_metadata_max = 256 * 1024, k_alone_min = 64 * 1024 };

// A schema or a channel: its record, and the number of the slot that it was put into.
typedef struct Declared {
    DdBuf record;
    uint64_t slot; // 0 = not yet
} Declared;

typedef struct DeclaredList {
    Declared* item;
    int n, cap, put; // the first `put` are in a slot
} DeclaredList;

struct DdMcapWriter {
    DdMcapDef def;
    DeclaredList schema, channel; // ids are index + 1
    DdSlots slots;
    bool alone; // the message in the open slot shares it with none
    atomic_bool failed;
    atomic_ullong bytes; // in the file

    // of the writing thread, and of the caller's while nothing is handed over
    DdSink sink;
    DdPacker* packer[2]; // by lane
    DdBuf head, tail;    // scratch: chunk header; message indexes
    DdBuf chunk_index;   // records for the summary
    DdBuf attachment_index, metadata_index;
    uint64_t* count; // messages per channel id (count_cap)
    uint32_t* group; // scratch, the same size
    uint64_t* order; // scratch: entries grouped by channel (order_cap)
    size_t count_cap, order_cap;
    uint64_t messages, t0, t1;
    uint32_t attachments, metadata, chunks;
    uint64_t last_slot; // number of the last slot that is in the file
};

DdMcapDef dd_mcap_def(void)
{
    return (DdMcapDef){.profile = "ros2",
                       .library = "drydock",
                       .chunk_size = 1 << 20,
                       .compression = DD_COMPRESS_ZSTD,
                       .level = 1,
                       .chunked = true,
                       .thread = true,
                       .reserve = 1 << 20,
                       .message_index = true,
                       .statistics = true,
                       .repeat_schemas = true,
                       .repeat_channels = true,
                       .attachment_index = true,
                       .metadata_index = true,
                       .chunk_index = true,
                       .summary_offsets = true,
                       .crcs = true};
}

static size_t record_begin(DdBuf* b, uint8_t op)
{
    dd_buf_u8(b, op);
    dd_buf_u64(b, 0);
    return b->n;
}

static void record_end(DdBuf* b, size_t start)
{
    dd_put_u64(b->p + start - 8, b->n - start);
}

static void put_map(DdBuf* b, const DdMcapKv* kv, int nkv)
{
    size_t at = b->n;
    dd_buf_u32(b, 0);
    for (int i = 0; i < nkv; i++) {
        dd_buf_str(b, kv[i].key);
        dd_buf_str(b, kv[i].value);
    }
    dd_put_u32(b->p + at, (uint32_t)(b->n - at - 4));
}

static void put_metadata(DdBuf* b, const char* name, const DdMcapKv* kv, int nkv)
{
    size_t start = record_begin(b, DD_OP_METADATA);
    dd_buf_str(b, name);
    put_map(b, kv, nkv);
    record_end(b, start);
}

static void put_metadata_index(DdMcapWriter* w, uint64_t offset, uint64_t length, const char* name)
{
    size_t start = record_begin(&w->metadata_index, DD_OP_METADATA_INDEX);
    dd_buf_u64(&w->metadata_index, offset);
    dd_buf_u64(&w->metadata_index, length);
    dd_buf_str(&w->metadata_index, name);
    record_end(&w->metadata_index, start);
    w->metadata++;
}

static bool sink_write(DdMcapWriter* w, const struct iovec* piece, int n, int known, uint32_t crc)
{
    bool ok = dd_sink_write(&w->sink, piece, n, known, crc);
    atomic_store(&w->bytes, w->sink.offset);
    return ok;
}

// Arrays that go by channel or by message, grown on the writing thread only.
static void make_room(DdMcapWriter* w, const DdSlot* slot)
{
    size_t top = w->count_cap ? w->count_cap : 1;
    for (size_t i = 0; i < slot->nentry; i++) {
        size_t id = slot->entry[i].where >> 48;
        top = id >= top ? id + 1 : top;
    }
    if (top > w->count_cap) {
        size_t cap = top + 64;
        w->count = realloc(w->count, cap * sizeof *w->count);
        w->group = realloc(w->group, cap * sizeof *w->group);
        DD_ASSERT(w->count && w->group);
        memset(w->count + w->count_cap, 0, (cap - w->count_cap) * sizeof *w->count);
        w->count_cap = cap;
    }
    if (slot->nentry > w->order_cap) {
        w->order_cap = slot->entry_cap;
        w->order = realloc(w->order, w->order_cap * sizeof *w->order);
        DD_ASSERT(w->order);
    }
}

// Message indexes of a chunk into w->tail, and their offsets (from the end of the chunk) as a map
// behind `index`. Grouping is a counting sort: entries keep their order.
static void put_message_indexes(DdMcapWriter* w, const DdSlot* slot, DdBuf* index, uint64_t at)
{
    static const uint64_t k_offset = (1ULL << 48) - 1;
    memset(w->group, 0, w->count_cap * sizeof *w->group);
    for (size_t i = 0; i < slot->nentry; i++) {
        w->group[slot->entry[i].where >> 48]++;
    }
    uint32_t sum = 0;
    for (size_t c = 0; c < w->count_cap; c++) {
        uint32_t n = w->group[c];
        w->group[c] = sum;
        sum += n;
    }
    for (size_t i = 0; i < slot->nentry; i++) {
        w->order[w->group[slot->entry[i].where >> 48]++] = i;
    }
    // group[c] is now the end of channel c's run
    size_t map_at = index->n;
    dd_buf_u32(index, 0);
    size_t k = 0;
    for (size_t c = 0; c < w->count_cap; c++) {
        size_t end = w->group[c];
        if (end == k) {
            continue;
        }
        dd_buf_u16(index, (uint16_t)c);
        dd_buf_u64(index, at + w->tail.n);
        size_t start = record_begin(&w->tail, DD_OP_MESSAGE_INDEX);
        dd_buf_u16(&w->tail, (uint16_t)c);
        dd_buf_u32(&w->tail, (uint32_t)((end - k) * 16));
        uint8_t* p = dd_buf_room(&w->tail, (end - k) * 16);
        for (; k < end; k++, p += 16) {
            const DdSlotEntry* e = &slot->entry[w->order[k]];
            dd_put_u64(p, e->log_ns);
            dd_put_u64(p + 8, e->where & k_offset);
        }
        record_end(&w->tail, start);
    }
    dd_put_u32(index->p + map_at, (uint32_t)(index->n - map_at - 4));
}

static void count_messages(DdMcapWriter* w, const DdSlot* slot, uint64_t t0, uint64_t t1)
{
    for (size_t i = 0; i < slot->nentry; i++) {
        w->count[slot->entry[i].where >> 48]++;
    }
    if (slot->nentry) {
        w->t0 = w->messages == 0 || t0 < w->t0 ? t0 : w->t0;
        w->t1 = w->messages == 0 || t1 > w->t1 ? t1 : w->t1;
    }
    w->messages += slot->nentry;
    w->last_slot = slot->number;
}

static bool write_chunk(DdMcapWriter* w, const DdSlot* slot, uint64_t t0, uint64_t t1)
{
    // compression that does not pay is left out
    size_t size = slot->bytes.n + slot->extra_size,
           packed_size = slot->packed_size ? slot->packed_size : size;
    uint8_t* packed = slot->packed_size ? slot->packed.p : slot->bytes.p;
    const char* name = slot->packed_size ? dd_compression_name(w->def.compression) : "";

    w->head.n = 0;
    size_t start = record_begin(&w->head, DD_OP_CHUNK);
    dd_buf_u64(&w->head, t0);
    dd_buf_u64(&w->head, t1);
    dd_buf_u64(&w->head, size);
    dd_buf_u32(&w->head, slot->crc);
    dd_buf_str(&w->head, name);
    dd_buf_u64(&w->head, packed_size);
    dd_put_u64(w->head.p + start - 8, w->head.n - start + packed_size);
    uint64_t at = w->sink.offset;
    uint64_t length = w->head.n + packed_size;

    // the chunk index of the summary, taken back when the write fails
    size_t index_was = w->chunk_index.n;
    DdBuf* index = &w->chunk_index;
    start = record_begin(index, DD_OP_CHUNK_INDEX);
    dd_buf_u64(index, t0);
    dd_buf_u64(index, t1);
    dd_buf_u64(index, at);
    dd_buf_u64(index, length);
    w->tail.n = 0;
    if (w->def.message_index) {
        put_message_indexes(w, slot, index, at + length);
    } else {
        dd_buf_u32(index, 0);
    }
    dd_buf_u64(index, w->tail.n);
    dd_buf_str(index, name);
    dd_buf_u64(index, packed_size);
    dd_buf_u64(index, size);
    record_end(index, start);

    struct iovec piece[4] = {{w->head.p, w->head.n},
                             {packed, packed_size - slot->extra_size},
                             {(void*)(uintptr_t)slot->extra, slot->extra_size},
                             {w->tail.p, w->tail.n}};
    int known = slot->packed_size ? -1 : slot->extra ? 2 : 1;
    if (!sink_write(w, piece, 4, known, slot->extra ? slot->extra_crc : slot->crc)) {
        w->chunk_index.n = index_was;
        return false;
    }
    w->chunks++;
    return true;
}

// What can be done with a slot before its turn to be written.
static void pack_slot(void* user, DdSlot* slot, int lane)
{
    DdMcapWriter* w = user;
    slot->packed_size = 0;
    slot->crc = 0;
    if (w->def.chunked && !atomic_load(&w->failed)) {
        slot->crc = w->def.crcs ? dd_crc32(0, slot->bytes.p, slot->bytes.n) : 0;
        slot->packed_size =
            dd_packer_run(w->packer[lane], slot->bytes.p, slot->bytes.n, &slot->packed);
        if (slot->extra && w->def.crcs) {
            slot->extra_crc = dd_crc32(0, slot->extra, slot->extra_size);
            slot->crc = dd_crc32_join(slot->crc, slot->extra_crc, slot->extra_size);
        }
    }
}

// One slot on its way into the file.
static void write_slot(void* user, DdSlot* slot)
{
    DdMcapWriter* w = user;
    if (atomic_load(&w->failed)) {
        return;
    }
    make_room(w, slot);
    uint64_t t0 = slot->nentry ? slot->entry[0].log_ns : 0, t1 = t0;
    for (size_t i = 0; i < slot->nentry; i++) {
        uint64_t t = slot->entry[i].log_ns;
        t0 = t < t0 ? t : t0;
        t1 = t > t1 ? t : t1;
    }
    bool ok;
    if (w->def.chunked) {
        ok = write_chunk(w, slot, t0, t1);
    } else {
        struct iovec piece = {slot->bytes.p, slot->bytes.n};
        ok = sink_write(w, &piece, 1, -1, 0);
    }
    if (!ok) {
        atomic_store(&w->failed, true);
        return;
    }
    // only what is in the file is counted and digested
    count_messages(w, slot, t0, t1);
    for (size_t i = 0; w->def.tap && i < slot->nentry; i++) {
        const DdSlotEntry* e = &slot->entry[i];
        const uint8_t* p = slot->bytes.p + (e->where & ((1ULL << 48) - 1));
        const void* data = slot->extra ? slot->extra : p + DD_MESSAGE_HEAD;
        w->def.tap(w->def.tap_user, (uint16_t)(e->where >> 48), e->log_ns, data,
                   dd_get_u64(p + 1) - (DD_MESSAGE_HEAD - DD_RECORD_HEAD));
    }
}

static Declared* declare(DeclaredList* list)
{
    DD_ASSERT(list->n < k_ids_max);
    if (list->n == list->cap) {
        list->cap = list->cap ? 2 * list->cap : 16;
        list->item = realloc(list->item, (size_t)list->cap * sizeof *list->item);
        DD_ASSERT(list->item);
    }
    list->item[list->n] = (Declared){0};
    return &list->item[list->n++];
}

static void put_declared(DeclaredList* list, DdSlot* slot)
{
    for (; list->put < list->n; list->put++) {
        Declared* d = &list->item[list->put];
        dd_buf_bytes(&slot->bytes, d->record.p, d->record.n);
        d->slot = slot->number;
    }
}

// Everything declared goes in front of the first message behind its declaration, so that a cut file
// knows all its channels and no chunk is without messages.
static void put_all_declared(DdMcapWriter* w)
{
    DdSlot* slot = dd_slots_open(&w->slots);
    put_declared(&w->schema, slot);
    put_declared(&w->channel, slot);
}

static void close_chunk(DdMcapWriter* w)
{
    if (dd_slots_open(&w->slots)->bytes.n) {
        dd_slots_hand_over(&w->slots);
    }
}

DdMcapWriter* dd_mcap_create(const char* path, const DdMcapDef* def, const char* metadata_name,
                             const DdMcapKv* kv, int nkv, DdError* err)
{
    DdMcapWriter* w = calloc(1, sizeof *w);
    DD_ASSERT(w);
    w->def = *def;
    if (!dd_sink_open(&w->sink, path, def->reserve, def->fail_after, def->crcs, err)) {
        free(w);
        return NULL;
    }

    // magic, header and run record in one write: a cut file says what it is
    DdBuf b = {0};
    dd_buf_bytes(&b, dd_mcap_magic, sizeof dd_mcap_magic);
    size_t start = record_begin(&b, DD_OP_HEADER);
    dd_buf_str(&b, def->profile);
    dd_buf_str(&b, def->library);
    record_end(&b, start);
    if (metadata_name) {
        size_t at = b.n;
        put_metadata(&b, metadata_name, kv, nkv);
        put_metadata_index(w, at, b.n - at, metadata_name);
    }
    struct iovec piece = {b.p, b.n};
    bool ok = sink_write(w, &piece, 1, -1, 0);
    dd_buf_free(&b);
    if (!ok) {
        if (err) {
            *err = w->sink.err;
        }
        dd_sink_close(&w->sink);
        dd_buf_free(&w->metadata_index);
        free(w);
        return NULL;
    }
    w->packer[0] = dd_packer_create(def->compression, def->level);
    w->packer[1] = dd_packer_create(def->compression, def->level);
    dd_slots_start(&w->slots, def->chunk_size,
                   dd_packer_bound(w->packer[0], def->chunk_size + 4096), def->thread, pack_slot,
                   write_slot, w);
    return w;
}

uint16_t dd_mcap_schema(DdMcapWriter* w, const char* name, const char* encoding, const void* data,
                        size_t size)
{
    Declared* d = declare(&w->schema);
    size_t start = record_begin(&d->record, DD_OP_SCHEMA);
    dd_buf_u16(&d->record, (uint16_t)w->schema.n);
    dd_buf_str(&d->record, name);
    dd_buf_str(&d->record, encoding);
    dd_buf_u32(&d->record, (uint32_t)size);
    dd_buf_bytes(&d->record, data, size);
    record_end(&d->record, start);
    return (uint16_t)w->schema.n;
}

uint16_t dd_mcap_channel(DdMcapWriter* w, uint16_t schema, const char* topic, const char* encoding,
                         const DdMcapKv* kv, int nkv)
{
    DD_ASSERT(schema <= w->schema.n);
    Declared* d = declare(&w->channel);
    size_t start = record_begin(&d->record, DD_OP_CHANNEL);
    dd_buf_u16(&d->record, (uint16_t)w->channel.n);
    dd_buf_u16(&d->record, schema);
    dd_buf_str(&d->record, topic);
    dd_buf_str(&d->record, encoding);
    put_map(&d->record, kv, nkv);
    record_end(&d->record, start);
    return (uint16_t)w->channel.n;
}

// A large message that is not compressed has a chunk to itself, so that it can be written from
// where it lies.
static bool is_alone(const DdMcapWriter* w, size_t size)
{
    return w->def.chunked && w->def.compression == DD_COMPRESS_NONE && size >= k_alone_min &&
           size >= w->def.chunk_size / 4;
}

// The head of a message record in the slot where it belongs; NULL after an error.
static DdSlot* begin_message(DdMcapWriter* w, uint16_t channel, uint32_t sequence, uint64_t log_ns,
                             uint64_t publish_ns, size_t size)
{
    DD_ASSERT(channel >= 1 && channel <= w->channel.n);
    if (atomic_load_explicit(&w->failed, memory_order_relaxed)) {
        return NULL;
    }
    bool alone = is_alone(w, size);
    DdSlot* slot = dd_slots_open(&w->slots);
    if (slot->nentry &&
        (slot->bytes.n + DD_MESSAGE_HEAD + size > w->def.chunk_size || alone || w->alone ||
         (w->def.chunk_ns > 0 && log_ns >= slot->first_ns + (uint64_t)w->def.chunk_ns))) {
        dd_slots_hand_over(&w->slots);
        slot = dd_slots_open(&w->slots);
    }
    w->alone = alone;
    if (w->schema.put < w->schema.n || w->channel.put < w->channel.n) {
        put_all_declared(w);
    }
    if (slot->nentry == 0) {
        slot->first_ns = log_ns;
    }
    DdSlotEntry* e = dd_slot_entry(slot);
    e->log_ns = log_ns;
    e->where = (uint64_t)channel << 48 | slot->bytes.n;
    uint8_t* p = dd_buf_room(&slot->bytes, DD_MESSAGE_HEAD);
    p[0] = DD_OP_MESSAGE;
    dd_put_u64(p + 1, DD_MESSAGE_HEAD - DD_RECORD_HEAD + size);
    dd_put_u16(p + 9, channel);
    dd_put_u32(p + 11, sequence);
    dd_put_u64(p + 15, log_ns);
    dd_put_u64(p + 23, publish_ns);
    return slot;
}

// Room for data in the slot, which a thread will write.
static void* data_room(DdMcapWriter* w, DdSlot* slot, size_t size)
{
    if (w->slots.wanted) {
        dd_slots_begin_thread(&w->slots);
    }
    return dd_buf_room(&slot->bytes, size);
}

void* dd_mcap_message_begin(DdMcapWriter* w, uint16_t channel, uint32_t sequence, uint64_t log_ns,
                            uint64_t publish_ns, size_t size)
{
    DdSlot* slot = begin_message(w, channel, sequence, log_ns, publish_ns, size);
    return slot ? data_room(w, slot, size) : NULL;
}

bool dd_mcap_message(DdMcapWriter* w, uint16_t channel, uint32_t sequence, uint64_t log_ns,
                     uint64_t publish_ns, const void* data, size_t size)
{
    DdSlot* slot = begin_message(w, channel, sequence, log_ns, publish_ns, size);
    if (!slot) {
        return false;
    }
    if (w->alone) {
        slot->extra = data;
        slot->extra_size = size;
        if (dd_slots_write_now(&w->slots)) {
            w->alone = false;
            return !atomic_load(&w->failed);
        }
        // the writing thread is busy: it takes a copy later
        slot->extra = NULL;
        slot->extra_size = 0;
    }
    void* p = data_room(w, slot, size);
    if (size) {
        memcpy(p, data, size);
    }
    return true;
}

bool dd_mcap_failed(const DdMcapWriter* w, DdError* err)
{
    if (!atomic_load(&w->failed)) {
        return false;
    }
    if (err) {
        *err = w->sink.err;
    }
    return true;
}

bool dd_mcap_flush(DdMcapWriter* w, DdError* err)
{
    close_chunk(w);
    dd_slots_drain(&w->slots);
    return !dd_mcap_failed(w, err);
}

bool dd_mcap_attachment(DdMcapWriter* w, const char* name, const char* media_type, uint64_t log_ns,
                        uint64_t create_ns, const void* data, size_t size)
{
    if (!dd_mcap_flush(w, NULL)) {
        return false;
    }
    uint64_t at = w->sink.offset;
    DdBuf b = {0};
    size_t start = record_begin(&b, DD_OP_ATTACHMENT);
    dd_buf_u64(&b, log_ns);
    dd_buf_u64(&b, create_ns);
    dd_buf_str(&b, name);
    dd_buf_str(&b, media_type);
    dd_buf_u64(&b, size);
    dd_put_u64(b.p + start - 8, b.n - start + size + 4);
    uint32_t crc = w->def.crcs ? dd_crc32(dd_crc32(0, b.p + start, b.n - start), data, size) : 0;
    uint8_t crc_bytes[4];
    dd_put_u32(crc_bytes, crc);
    struct iovec piece[3] = {{b.p, b.n}, {(void*)(uintptr_t)data, size}, {crc_bytes, 4}};
    bool ok = sink_write(w, piece, 3, -1, 0);
    if (ok) {
        DdBuf* index = &w->attachment_index;
        start = record_begin(index, DD_OP_ATTACHMENT_INDEX);
        dd_buf_u64(index, at);
        dd_buf_u64(index, w->sink.offset - at);
        dd_buf_u64(index, log_ns);
        dd_buf_u64(index, create_ns);
        dd_buf_u64(index, size);
        dd_buf_str(index, name);
        dd_buf_str(index, media_type);
        record_end(index, start);
        w->attachments++;
    } else {
        atomic_store(&w->failed, true);
    }
    dd_buf_free(&b);
    return ok;
}

bool dd_mcap_metadata(DdMcapWriter* w, const char* name, const DdMcapKv* kv, int nkv)
{
    bool fine = dd_mcap_flush(w, NULL);
    DdBuf b = {0};
    put_metadata(&b, name, kv, nkv);
    if (!fine) {
        if (b.n > k_reserve_metadata_max) {
            dd_buf_free(&b);
            return false;
        }
        dd_sink_release(&w->sink);
    }
    uint64_t at = w->sink.offset;
    struct iovec piece = {b.p, b.n};
    if (sink_write(w, &piece, 1, -1, 0)) {
        put_metadata_index(w, at, b.n, name);
    } else {
        atomic_store(&w->failed, true);
        fine = false;
    }
    dd_buf_free(&b);
    return fine;
}

uint64_t dd_mcap_bytes(const DdMcapWriter* w)
{
    // what the writing thread has not reached yet is not counted
    return atomic_load(&w->bytes);
}

// A group of the summary, and where it lies.
static void put_group(DdBuf* b, uint64_t base, DdBuf* offsets, uint8_t op, const void* p, size_t n)
{
    if (n == 0) {
        return;
    }
    size_t start = record_begin(offsets, DD_OP_SUMMARY_OFFSET);
    dd_buf_u8(offsets, op);
    dd_buf_u64(offsets, base + b->n);
    dd_buf_u64(offsets, n);
    record_end(offsets, start);
    dd_buf_bytes(b, p, n);
}

// Declared records that reached the file; `n` counts them.
static DdBuf gather(const DeclaredList* list, uint64_t last_slot, uint32_t* n)
{
    DdBuf b = {0};
    *n = 0;
    for (int i = 0; i < list->n; i++) {
        const Declared* d = &list->item[i];
        if (d->slot && d->slot <= last_slot) {
            dd_buf_bytes(&b, d->record.p, d->record.n);
            (*n)++;
        }
    }
    return b;
}

static DdBuf statistics(const DdMcapWriter* w, uint32_t schemas, uint32_t channels)
{
    DdBuf b = {0};
    size_t start = record_begin(&b, DD_OP_STATISTICS);
    dd_buf_u64(&b, w->messages);
    dd_buf_u16(&b, (uint16_t)schemas);
    dd_buf_u32(&b, channels);
    dd_buf_u32(&b, w->attachments);
    dd_buf_u32(&b, w->metadata);
    dd_buf_u32(&b, w->chunks);
    dd_buf_u64(&b, w->t0);
    dd_buf_u64(&b, w->t1);
    size_t at = b.n;
    dd_buf_u32(&b, 0);
    for (size_t c = 0; c < w->count_cap; c++) {
        if (w->count[c]) {
            dd_buf_u16(&b, (uint16_t)c);
            dd_buf_u64(&b, w->count[c]);
        }
    }
    dd_put_u32(b.p + at, (uint32_t)(b.n - at - 4));
    record_end(&b, start);
    return b;
}

// DataEnd, summary, summary offsets, footer and magic in one write.
static bool write_end(DdMcapWriter* w)
{
    uint32_t nschema, nchannel;
    DdBuf schemas = gather(&w->schema, w->last_slot, &nschema);
    DdBuf channels = gather(&w->channel, w->last_slot, &nchannel);
    DdBuf stats = statistics(w, nschema, nchannel);
    DdBuf b = {0}, offsets = {0};

    size_t start = record_begin(&b, DD_OP_DATA_END);
    dd_buf_u32(&b, w->sink.crc);
    record_end(&b, start);

    const DdMcapDef* def = &w->def;
    uint64_t base = w->sink.offset;
    size_t summary = b.n;
    put_group(&b, base, &offsets, DD_OP_SCHEMA, schemas.p, def->repeat_schemas ? schemas.n : 0);
    put_group(&b, base, &offsets, DD_OP_CHANNEL, channels.p, def->repeat_channels ? channels.n : 0);
    put_group(&b, base, &offsets, DD_OP_STATISTICS, stats.p, def->statistics ? stats.n : 0);
    put_group(&b, base, &offsets, DD_OP_METADATA_INDEX, w->metadata_index.p,
              def->metadata_index ? w->metadata_index.n : 0);
    put_group(&b, base, &offsets, DD_OP_ATTACHMENT_INDEX, w->attachment_index.p,
              def->attachment_index ? w->attachment_index.n : 0);
    put_group(&b, base, &offsets, DD_OP_CHUNK_INDEX, w->chunk_index.p,
              def->chunk_index ? w->chunk_index.n : 0);
    bool has_summary = b.n > summary;
    bool has_offsets = def->summary_offsets && offsets.n;
    uint64_t offsets_at = base + b.n;
    if (has_offsets) {
        dd_buf_bytes(&b, offsets.p, offsets.n);
    }

    start = record_begin(&b, DD_OP_FOOTER);
    dd_buf_u64(&b, has_summary ? base + summary : 0);
    dd_buf_u64(&b, has_offsets ? offsets_at : 0);
    dd_buf_u32(&b, 0);
    record_end(&b, start);
    // the footer's own head and length are part of what its CRC covers
    dd_put_u32(b.p + b.n - 4, def->crcs ? dd_crc32(0, b.p + summary, b.n - summary - 4) : 0);
    dd_buf_bytes(&b, dd_mcap_magic, sizeof dd_mcap_magic);

    struct iovec piece = {b.p, b.n};
    bool ok = sink_write(w, &piece, 1, -1, 0);
    dd_buf_free(&schemas);
    dd_buf_free(&channels);
    dd_buf_free(&stats);
    dd_buf_free(&offsets);
    dd_buf_free(&b);
    return ok;
}

static void free_list(DeclaredList* list)
{
    for (int i = 0; i < list->n; i++) {
        dd_buf_free(&list->item[i].record);
    }
    free(list->item);
}

bool dd_mcap_close(DdMcapWriter* w, DdError* err)
{
    if (!atomic_load(&w->failed)) {
        put_all_declared(w);
    }
    close_chunk(w);
    dd_slots_drain(&w->slots);
    dd_slots_stop(&w->slots);
    dd_sink_release(&w->sink);
    bool whole = write_end(w);
    bool ok = whole && !atomic_load(&w->failed);
    if (!ok && err) {
        *err = w->sink.err;
        dd_fail_while(err, whole ? "the file ends early, and is closed well"
                                 : "the file is not closed, and can be recovered");
    }
    dd_sink_close(&w->sink);
    dd_packer_destroy(w->packer[0]);
    dd_packer_destroy(w->packer[1]);
    dd_buf_free(&w->head);
    dd_buf_free(&w->tail);
    dd_buf_free(&w->chunk_index);
    dd_buf_free(&w->attachment_index);
    dd_buf_free(&w->metadata_index);
    free(w->count);
    free(w->group);
    free(w->order);
    free_list(&w->schema);
    free_list(&w->channel);
    free(w);
    return ok;
}
