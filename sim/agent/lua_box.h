// Boxes around what a picture shows, as a Lua agent sees them.
#pragma once

#include "sim/base/channel.h"
#include "sim/lua/host.h"

// Pushes the table of one box of a channel of boxes: class and instance by name, then its numbers.
// Boxes come with pictures: their tables are made anew.
void dd_lua_box_push(lua_State* L, const DdChannelDef* def, const double* values);
