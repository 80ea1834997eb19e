// What the methods of `w` share. All of them raise.
#pragma once

#include "sim/script/builder.h"

DdBuilder* dd_world_builder(lua_State* L); // of the `w` at argument 1, while build runs
// Where the running line stands, with the file's text when it is the scenario's own.
DdSource dd_world_running(lua_State* L, const DdBuilder* b, char file[DD_PATH_MAX]);
// "box 'bay'", or "box" while the table has no name.
void dd_world_what(lua_State* L, int table, const char* kind, char out[2 * DD_NAME_MAX]);
// Raises `err`, with the line of field `where` when the text is at hand.
int dd_world_raise(lua_State* L, const DdSource* source, const char* where, const DdError* err);
// Every thing and frame that a def names is there.
void dd_world_check_refs(lua_State* L, DdBuilder* b, const DdField* fields, const void* def,
                         const char* what, const DdSource* source);

int dd_world_robot(lua_State* L); // w:robot { "amr_250", name = , ... } -> Thing
