// Driving by hand: from keys and gamepad to an agent's action.
#pragma once

#include "sim/app/view.h"

typedef struct DdHands { // state of what is held and where it is
    const DdActionSpace* space;
    bool begun;
    double smooth[7];                                     // axes after ramps
    double want[DD_ACTION_DIM_MAX * DD_ACTION_PARTS_MAX]; // of parts that are positions
} DdHands;

void dd_hands_begin(DdHands* h, const DdActionSpace* space);
// The action of one agent tick, in the numbers an agent gives.
void dd_hands_act(DdHands* h, const DdDriving* d, double dt, double* action);
// "W S drive, A D turn": what the keys do with this space.
void dd_hands_help(const DdActionSpace* space, char* out, size_t size);
