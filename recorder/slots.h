// Slots: the chunk buffers of a writer, recycled between the thread that fills them and the one
// that packs and writes them. Who would fill one more than there are helps to pack, then waits;
// nothing is dropped, nothing allocated. Slots are written in the order filled, whoever packs them.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "recorder/bytes.h"

enum { DD_SLOTS = 4 };

typedef enum DdSlotState {
    DD_SLOT_FILLING,
    DD_SLOT_FULL,
    DD_SLOT_PACKING,
    DD_SLOT_READY
} DdSlotState;

// One message of a chunk, in the order written.
typedef struct DdSlotEntry {
    uint64_t log_ns;
    uint64_t where; // channel << 48 | offset of the record in the chunk
} DdSlotEntry;

typedef struct DdSlot {
    DdBuf bytes; // the records
    DdSlotEntry* entry;
    size_t nentry, entry_cap;
    uint64_t first_ns;  // log time of the first message
    uint64_t number;    // 1, 2, 3, ...
    DdSlotState state;  // under the lock
    DdBuf packed;       // room for the compressed records
    size_t packed_size; // 0: they are stored as they are
    uint32_t crc;       // of the records
    const void* extra;  // data of the last message, while they lie with the caller and not in bytes
    size_t extra_size;
    uint32_t extra_crc;
} DdSlot;

typedef struct DdSlots {
    DdSlot slot[DD_SLOTS];
    uint64_t filled; // handed over so far; slot (filled % DD_SLOTS) is being filled
    uint64_t written;
    bool stop;
    bool wanted; // a thread, which begins with the first message that is copied
    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    // `lane` 0 is the writing thread, 1 the one that fills: each has a packer of its own
    void (*pack)(void* user, DdSlot* slot, int lane);
    void (*write)(void* user, DdSlot* slot);
    void* user;
} DdSlots;

void dd_slots_start(DdSlots* s, size_t chunk_size, size_t packed_size, bool thread,
                    void (*pack)(void* user, DdSlot* slot, int lane),
                    void (*write)(void* user, DdSlot* slot), void* user);
void dd_slots_begin_thread(DdSlots* s);
DdSlot* dd_slots_open(DdSlots* s);   // the one being filled
void dd_slots_hand_over(DdSlots* s); // helps and waits while all others are unwritten
// Writes the open slot on the caller's thread, if nothing else is under way; false otherwise.
bool dd_slots_write_now(DdSlots* s);
void dd_slots_drain(DdSlots* s);          // waits until everything handed over is written
void dd_slots_stop(DdSlots* s);           // drains, ends the thread, frees
DdSlotEntry* dd_slot_entry(DdSlot* slot); // room for one more
