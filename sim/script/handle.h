// Handles: what Lua holds of a thing or frame while build runs. A handle is a name, never a pointer
// into the model.
#pragma once

#include "sim/lua/host.h"

typedef struct DdBuilder DdBuilder;

void dd_handle_open(lua_State* L); // the metatables
void dd_handle_push_thing(lua_State* L, DdBuilder* build, const char* name);
void dd_handle_push_frame(lua_State* L, DdBuilder* build, const char* ref); // "bay/west"
void dd_handle_push_vec3(lua_State* L, const double v[3]);                  // as vec3(x, y, z)
bool dd_handle_test(lua_State* L, int index);                               // a thing or a frame
// The name by which the world knows it: "agv", "bay/west". False when build has returned.
bool dd_handle_ref(lua_State* L, int index, char ref[DD_NAME_MAX], DdError* err);
