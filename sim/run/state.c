// State: everything of an episode that a restore point holds, as one row of doubles: step and hash,
// world, stage, sensors, channels, controllers. Neither story nor agents nor judge are in it: a
// replay has the journal instead of the first two and judges by itself.
#include "sim/run/episode_impl.h"

#include <string.h>

enum { k_head = 3 };

static double from_bits(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static uint64_t to_bits(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

int dd_episode_state_size(const DdEpisode* ep)
{
    int n = k_head + dd_world_state_size(ep->world) + dd_stage_state_size(ep->world) +
            dd_sense_state_size(ep->sense) + dd_channels_state_size(ep->channels);
    for (int i = 0; i < ep->nslot; i++) {
        n += dd_drive_state_size(ep->slot[i].drive) + dd_drive_space(ep->slot[i].drive)->n;
    }
    return n;
}

void dd_episode_snapshot(const DdEpisode* ep, double* state)
{
    *state++ = from_bits((uint64_t)ep->step);
    *state++ = from_bits(ep->hash);
    *state++ = from_bits((uint64_t)ep->next_restore);
    dd_world_save(ep->world, state);
    state += dd_world_state_size(ep->world);
    dd_stage_save(ep->world, state);
    state += dd_stage_state_size(ep->world);
    dd_sense_save(ep->sense, state);
    state += dd_sense_state_size(ep->sense);
    dd_channels_save(ep->channels, state);
    state += dd_channels_state_size(ep->channels);
    for (int i = 0; i < ep->nslot; i++) {
        const DdSlot* slot = &ep->slot[i];
        int n = dd_drive_space(slot->drive)->n;
        dd_drive_save(slot->drive, state);
        state += dd_drive_state_size(slot->drive);
        memcpy(state, slot->applied, (size_t)n * sizeof *state);
        state += n;
    }
}

bool dd_episode_restore(DdEpisode* ep, const double* state, DdError* err)
{
    ep->step = (int64_t)to_bits(*state++);
    ep->hash = to_bits(*state++);
    ep->next_restore = (int64_t)to_bits(*state++);
    if (!dd_world_load(ep->world, ep->step, state, err)) {
        return false;
    }
    state += dd_world_state_size(ep->world);
    dd_stage_load(ep->world, state);
    state += dd_stage_state_size(ep->world);
    dd_sense_load(ep->sense, state);
    state += dd_sense_state_size(ep->sense);
    dd_channels_load(ep->channels, ep->step, state);
    state += dd_channels_state_size(ep->channels);
    for (int i = 0; i < ep->nslot; i++) {
        DdSlot* slot = &ep->slot[i];
        int n = dd_drive_space(slot->drive)->n;
        dd_drive_load(slot->drive, state);
        state += dd_drive_state_size(slot->drive);
        memcpy(slot->applied, state, (size_t)n * sizeof *state);
        state += n;
    }
    return true;
}

bool dd_episode_restore_world(DdEpisode* ep, const double* state, int n, DdError* err)
{
    int tail = 0;
    for (int i = 0; i < ep->nslot; i++) {
        tail += dd_drive_state_size(ep->slot[i].drive) + dd_drive_space(ep->slot[i].drive)->n;
    }
    int world = dd_world_state_size(ep->world);
    int stage = dd_stage_state_size(ep->world);
    if (n < k_head + world + stage + tail) {
        return dd_fail(err, DD_ERROR_CANNOT_CHECK,
                       "the restore point has %d numbers, this build reads at least %d", n,
                       k_head + world + stage + tail);
    }
    ep->step = (int64_t)to_bits(state[0]);
    ep->hash = to_bits(state[1]);
    ep->next_restore = (int64_t)to_bits(state[2]);
    if (!dd_world_load(ep->world, ep->step, state + k_head, err)) {
        return false;
    }
    dd_stage_load(ep->world, state + k_head + world);
    const double* drives = state + n - tail;
    for (int i = 0; i < ep->nslot; i++) {
        DdSlot* slot = &ep->slot[i];
        int width = dd_drive_space(slot->drive)->n;
        dd_drive_load(slot->drive, drives);
        drives += dd_drive_state_size(slot->drive);
        memcpy(slot->applied, drives, (size_t)width * sizeof *drives);
        drives += width;
    }
    return true;
}
