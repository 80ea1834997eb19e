// Tags: what a file returns, said by the constructor that made it: scenario, agent, robot or score.
#pragma once

#include "sim/lua/host.h"
#include "sim/script/mistakes.h"

void dd_tag_open(lua_State* L); // the constructors as globals
// The constructor's name, or NULL when the value was made by none. *line is that of the call.
const char* dd_tag_of(lua_State* L, int index, int* line);
// What a text returns at its end, read without running it; NULL when it is not plain to see.
const char* dd_tag_guess(const char* text);
