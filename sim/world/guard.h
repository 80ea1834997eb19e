// Guard: the only owner of MuJoCo's process-wide handlers. Its errors come back as DdError, its
// warnings are kept, and nothing is ever written to MUJOCO_LOG.TXT.
#pragma once

#include "sim/base/error.h"

// Installs the handlers and checks the version, once per process. Threads may call it at will.
DD_MUST_USE bool dd_guard_init(DdError* err);
// Runs `work(arg)`. False with MuJoCo's own words when it raised an error; then whatever `work`
// was doing is half done. Nests. Costs some 20 ns.
DD_MUST_USE bool dd_guard_run(void (*work)(void* arg), void* arg, DdErrorCode code, DdError* err);
// Warnings of this thread since the last clear: the first one's text, "" when there was none.
const char* dd_guard_warning(int* count);
void dd_guard_clear_warnings(void);
