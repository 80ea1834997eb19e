// Defs from Lua: a table is read into a def struct by its field table.
#pragma once

#include "sim/base/field.h"
#include "sim/script/dist.h"
#include "sim/script/mistakes.h"

typedef struct DdLuaRead {
    const char* what;         // "box 'bay'": begins every error
    const char* where;        // dotted path of the table in its constructor; "" = the constructor
    const char* const* extra; // names the caller reads itself; NULL-terminated, or NULL
    const char* const* only;  // the names of the table that count here; NULL = all
    int npositional;          // [1] .. [n] that the caller reads itself
    const DdSource* source;   // NULL: the error gets the running line when it is raised
    DdMistakes* mistakes;
    // How a distribution becomes a number here; NULL: it may not be given. May raise.
    bool (*draw)(void* user, const char* field, const DdDist* dist, double* value, DdError* err);
    // Where a handle stands, for points; NULL: only {x, y, z} are points.
    bool (*locate)(void* user, const char* ref, double pos[3], DdError* err);
    void* user;
} DdLuaRead;

// Sets the members the table at `index` has, without metamethods. Unknown names, wrong types,
// values out of range and missing required fields are mistakes; true when there was none. `given`
// (may be NULL) gets one flag per row of the table.
bool dd_lua_read_def(lua_State* L, int index, const DdLuaRead* how, const DdField* fields,
                     void* def, bool* given);

// Sorted string keys of a table, as a block on the stack (a userdata). *other counts the keys that
// are not names: numbers, booleans, text longer than a name.
typedef char DdKey[DD_NAME_MAX];
DdKey* dd_lua_sorted_keys(lua_State* L, int index, int* n, int* other);

// Pushes the field of a table, without metamethods; returns its type.
int dd_lua_raw_field(lua_State* L, int index, const char* name);

// The nearest of `n` names as ", did you mean 'x'?", or "" when none is near.
void dd_lua_suggest(const char* name, const char* const* names, int n, char out[DD_NAME_MAX + 32]);
// What a value is, for "got ...": 3.5, 'text', true, a table, a function, a Thing.
void dd_lua_value_text(lua_State* L, int index, char* out, size_t size);
