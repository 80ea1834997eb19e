// What a Lua file is, read from its text without running it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// True when the file ends in `return WORD {` (or `return WORD (`): "scenario", "agent", "score".
bool dd_lua_source_returns(const char* text, size_t size, const char* word);
