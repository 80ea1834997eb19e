// Bytes: a picture or a cloud as a Lua agent sees it, an object over the bytes themselves, so that
// neither is copied into the guest's memory.
#pragma once

#include "sim/base/blob.h"
#include "sim/lua/host.h"

// #data, data:byte(i, j), data:sub(i, j) as of a string; data:u16(i), data:u32(i), data:f32(i),
// data:f64(i): the little-endian number that begins at byte i (from 1), nil where there is none.
// Pushes a new empty one. Inside dd_lua_call.
void dd_lua_bytes_push(lua_State* L);
// Lets the one at `index` show another blob, of which it keeps a reference; NULL: nothing.
void dd_lua_bytes_set(lua_State* L, int index, const DdBlob* blob);
