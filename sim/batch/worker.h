// The worker process of a batch. Private to sim/batch.
#pragma once

#include "sim/batch/jail.h"

// Written by the worker, read by the parent: is it alive, how far is it.
typedef struct DdWorkerShared {
    volatile int64_t step;
    volatile int physics_hz;
} DdWorkerShared;

// Reads episode numbers from task_fd until it closes, answers one JSON object each.
_Noreturn void dd_worker_main(const DdBatchDef* def, const DdBatchOps* ops, DdWorkerShared* shared,
                              int task_fd, int answer_fd, pid_t parent);
