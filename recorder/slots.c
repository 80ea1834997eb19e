// Slots: the chunk buffers of a writer.
#include "recorder/slots.h"

#include <signal.h>

enum { k_message_min = 31 };

static void* run(void* arg)
{
    DdSlots* s = arg;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (s->written == s->filled && !s->stop) {
            pthread_cond_wait(&s->work, &s->lock);
        }
        if (s->written == s->filled) {
            break;
        }
        DdSlot* slot = &s->slot[s->written % DD_SLOTS];
        if (slot->state == DD_SLOT_FULL) {
            slot->state = DD_SLOT_PACKING;
            pthread_mutex_unlock(&s->lock);
            s->pack(s->user, slot, 0);
            pthread_mutex_lock(&s->lock);
        } else {
            while (slot->state != DD_SLOT_READY) {
                pthread_cond_wait(&s->work, &s->lock);
            }
        }
        pthread_mutex_unlock(&s->lock);
        s->write(s->user, slot);
        pthread_mutex_lock(&s->lock);
        slot->state = DD_SLOT_FILLING;
        s->written++;
        pthread_cond_signal(&s->done);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

void dd_slots_start(DdSlots* s, size_t chunk_size, size_t packed_size, bool thread,
                    void (*pack)(void* user, DdSlot* slot, int lane),
                    void (*write)(void* user, DdSlot* slot), void* user)
{
    *s = (DdSlots){.pack = pack, .write = write, .user = user};
    for (int i = 0; i < DD_SLOTS; i++) {
        // as many entries as the smallest messages need; pages are only used when touched
        DdSlot* slot = &s->slot[i];
        dd_buf_room(&slot->bytes, chunk_size + 4096);
        slot->bytes.n = 0;
        dd_buf_room(&slot->packed, packed_size);
        slot->entry_cap = chunk_size / k_message_min + 2;
        slot->entry = malloc(slot->entry_cap * sizeof *slot->entry);
        DD_ASSERT(slot->entry);
    }
    s->slot[0].number = 1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    pthread_cond_init(&s->done, NULL);
    s->wanted = thread;
}

void dd_slots_begin_thread(DdSlots* s)
{
    // signals belong to the thread that runs the episode
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    s->threaded = pthread_create(&s->thread, NULL, run, s) == 0;
    s->wanted = false;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

// The newest slot that nobody packs yet: the writing thread takes the oldest.
static DdSlot* to_help(DdSlots* s)
{
    for (uint64_t i = s->filled; i > s->written; i--) {
        DdSlot* slot = &s->slot[(i - 1) % DD_SLOTS];
        if (slot->state == DD_SLOT_FULL) {
            return slot;
        }
    }
    return NULL;
}

DdSlot* dd_slots_open(DdSlots* s)
{
    return &s->slot[s->filled % DD_SLOTS];
}

static void begin_slot(DdSlots* s)
{
    DdSlot* next = dd_slots_open(s);
    next->bytes.n = 0;
    next->nentry = 0;
    next->extra = NULL;
    next->extra_size = 0;
    next->number = s->filled + 1;
}

void dd_slots_hand_over(DdSlots* s)
{
    if (s->threaded) {
        pthread_mutex_lock(&s->lock);
        dd_slots_open(s)->state = DD_SLOT_FULL;
        s->filled++;
        pthread_cond_signal(&s->work);
        while (s->filled - s->written == DD_SLOTS) {
            DdSlot* help = to_help(s);
            if (!help) {
                pthread_cond_wait(&s->done, &s->lock);
                continue;
            }
            help->state = DD_SLOT_PACKING;
            pthread_mutex_unlock(&s->lock);
            s->pack(s->user, help, 1);
            pthread_mutex_lock(&s->lock);
            help->state = DD_SLOT_READY;
            pthread_cond_signal(&s->work);
        }
        pthread_mutex_unlock(&s->lock);
    } else {
        s->pack(s->user, dd_slots_open(s), 0);
        s->write(s->user, dd_slots_open(s));
        s->filled++;
        s->written++;
    }
    begin_slot(s);
}

bool dd_slots_write_now(DdSlots* s)
{
    pthread_mutex_lock(&s->lock);
    bool idle = s->filled == s->written;
    pthread_mutex_unlock(&s->lock);
    if (!idle) {
        return false;
    }
    s->pack(s->user, dd_slots_open(s), 1);
    s->write(s->user, dd_slots_open(s));
    pthread_mutex_lock(&s->lock);
    s->filled++;
    s->written++;
    pthread_mutex_unlock(&s->lock);
    begin_slot(s);
    return true;
}

void dd_slots_drain(DdSlots* s)
{
    if (s->threaded) {
        pthread_mutex_lock(&s->lock);
        while (s->filled != s->written) {
            pthread_cond_wait(&s->done, &s->lock);
        }
        pthread_mutex_unlock(&s->lock);
    }
}

void dd_slots_stop(DdSlots* s)
{
    if (s->threaded) {
        pthread_mutex_lock(&s->lock);
        s->stop = true;
        pthread_cond_signal(&s->work);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
    }
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->done);
    for (int i = 0; i < DD_SLOTS; i++) {
        dd_buf_free(&s->slot[i].bytes);
        dd_buf_free(&s->slot[i].packed);
        free(s->slot[i].entry);
    }
}

DdSlotEntry* dd_slot_entry(DdSlot* slot)
{
    if (slot->nentry == slot->entry_cap) {
        slot->entry_cap *= 2;
        slot->entry = realloc(slot->entry, slot->entry_cap * sizeof *slot->entry);
        DD_ASSERT(slot->entry);
    }
    return &slot->entry[slot->nentry++];
}
