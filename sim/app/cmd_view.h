// What drydock run and drydock view share.
#pragma once

#include "sim/app/app.h"
#include "sim/app/view.h"

// --camera, --size, --paused, --no-shadows, --keys; and is there a screen?
DD_MUST_USE bool dd_view_options(const DdArgs* args, DdViewerDef* def, DdError* err);
// cmd_run.c: episodes of a scenario; `watched` in a window.
int dd_run_scenario(const DdArgs* args, bool watched);
