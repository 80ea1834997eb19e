// Slots: the chunk buffers of a writer, recycled between the thread that fills them and the one that
// writes them. Filling one more than there are waits; nothing is dropped, nothing allocated.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "recorder/bytes.h"

enum { DD_SLOTS = 3 };

// One message of a chunk, in the order written.
typedef struct DdSlotEntry {
    uint64_t log_ns;
    uint64_t where; // channel << 48 | offset of the record in the chunk
} DdSlotEntry;

typedef struct DdSlot {
    DdBuf bytes;    // the records
    DdSlotEntry* entry;
    size_t nentry, entry_cap;
    uint64_t first_ns; // log time of the first message
    uint64_t number;   // 1, 2, 3, ...
} DdSlot;

typedef struct DdSlots {
    DdSlot slot[DD_SLOTS];
    uint64_t filled;   // handed over so far; slot (filled % DD_SLOTS) is being filled
    uint64_t written;
    bool stop;
    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    void (*write)(void* user, DdSlot* slot);
    void* user;
} DdSlots;

void dd_slots_start(DdSlots* s, size_t chunk_size, bool thread,
                    void (*write)(void* user, DdSlot* slot), void* user);
DdSlot* dd_slots_open(DdSlots* s);  // the one being filled
void dd_slots_hand_over(DdSlots* s); // waits while all others are still to be written
void dd_slots_drain(DdSlots* s);    // waits until everything handed over is written
void dd_slots_stop(DdSlots* s);     // drains, ends the thread, frees
DdSlotEntry* dd_slot_entry(DdSlot* slot); // room for one more
