// Story: a scenario's coroutine on simulated time, and the tree of branches it starts.
#pragma once

#include "sim/lua/host.h"
#include "sim/run/episode.h"

typedef struct DdStory DdStory;

// wait, parallel, race as globals; the metatables of `sim` and its things.
void dd_story_open(lua_State* L);
DdStory* dd_story_create(DdLua* host);
void dd_story_destroy(DdStory* s); // before its host; NULL is fine
// `function` and `params` are references into the registry. Runs until the first wait.
DD_MUST_USE bool dd_story_start(DdStory* s, DdEpisode* ep, int function, int params, DdError* err);
// The wait of that id came due.
DD_MUST_USE bool dd_story_resume(DdStory* s, int wait, DdError* err);
