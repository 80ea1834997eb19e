// Sim: what a story holds of the running episode: waits, stage operations, signals, things.
#pragma once

#include "sim/lua/host.h"
#include "sim/run/episode.h"

void dd_sim_object_open(lua_State* L); // the metatables
void dd_sim_object_push(lua_State* L); // `sim`

// In story.c; `first` is the first argument behind self. All raise.
int dd_story_wait(lua_State* L, int first);
int dd_story_wait_until(lua_State* L, int first);
DdEpisode* dd_story_episode(lua_State* L, const char* what);
