// require: modules of the guest's own folder and of the shipped library, by content, once per
// state.
#include "sim/lua/internal.h"

#include <string.h>

static const char k_loading = 0; // its address stands for a module that is being loaded

// "a.b_c" -> true: names and dots only, so no path can be spelt
static bool is_module_name(const char* name, size_t size)
{
    bool begins = true;
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool digit = c >= '0' && c <= '9';
        if (c == '.' ? begins : !letter && (begins || !digit)) {
            return false;
        }
        begins = c == '.';
    }
    return !begins && size < 200;
}

typedef struct Module {
    char name[DD_PATH_MAX]; // in the store
    char path[DD_PATH_MAX];
    char shown[DD_PATH_MAX];
    DdError err;
} Module;

// Fills the module and loads its file. The error is in m->err.
static const DdFile* find_module(DdLua* host, const char* name, Module* m)
{
    bool lib = strncmp(name, "lib.", 4) == 0;
    const char* folder = lib ? host->def.lib : host->def.root;
    if (!folder) {
        dd_fail(&m->err, DD_ERROR_SCRIPT, "require '%s': there is no folder to look in", name);
        return NULL;
    }
    char below[DD_PATH_MAX];
    snprintf(below, sizeof below, "%s", lib ? name + 4 : name);
    for (char* c = below; *c; c++) {
        *c = *c == '.' ? '/' : *c;
    }
    snprintf(m->name, sizeof m->name, "%s/%.800s.lua", lib ? "lib" : host->def.root_name, below);
    if (snprintf(m->shown, sizeof m->shown, "%s/%s.lua", folder, below) >= (int)sizeof m->shown) {
        dd_fail(&m->err, DD_ERROR_SCRIPT, "require '%s': the path is too long", name);
        return NULL;
    }
    snprintf(m->path, sizeof m->path, "%s", m->shown);

    // a frozen store answers by name alone; on disk the file must really lie below the folder
    DdFiles* files = host->def.files;
    if (!dd_files_frozen(files) && !dd_files_find(files, m->name)) {
        if (!dd_file_exists(m->shown)) {
            dd_fail(&m->err, DD_ERROR_SCRIPT, "require '%s': there is no file %s", name, m->shown);
            return NULL;
        }
        if (!dd_path_below(folder, m->shown, m->path, &m->err)) {
            m->err.code = DD_ERROR_SCRIPT;
            dd_fail_while(&m->err, "require '%s'", name);
            return NULL;
        }
    }
    const DdFile* file = dd_files_load(files, m->name, m->path, k_source_max, &m->err);
    if (!file) {
        dd_fail_while(&m->err, "require '%s'", name);
    } else if (!dd_lua_add_chunk(host, m->name, m->shown)) {
        dd_fail(&m->err, DD_ERROR_MEMORY, "require '%s': no memory", name);
        return NULL;
    }
    return file;
}

// require "a.b" -> what the file a/b.lua returned
static int base_require(lua_State* L)
{
    DdLua* host = dd_lua_of(L);
    size_t size;
    luaL_checktype(L, 1, LUA_TSTRING);
    const char* name = lua_tolstring(L, 1, &size);
    lua_settop(L, 1);
    dd_lua_charge(L, 20);
    lua_getfield(L, LUA_REGISTRYINDEX, "dd.modules");
    lua_pushvalue(L, 1);
    if (lua_rawget(L, 2) == LUA_TLIGHTUSERDATA && lua_touserdata(L, -1) == (void*)&k_loading) {
        return luaL_error(L,
                          "require '%s': the module requires itself, directly or through "
                          "others, or failed before",
                          name);
    }
    if (!lua_isnil(L, -1)) {
        return 1;
    }
    if (!is_module_name(name, size)) {
        return luaL_error(L,
                          "require: '%s' is no module name; names look like 'parts' or 'lib.yard'",
                          size < 200 ? name : "...");
    }

    // in a userdata, so that an error anywhere leaves nothing behind
    Module* m = lua_newuserdatauv(L, sizeof *m, 0);
    memset(m, 0, sizeof *m);
    const DdFile* file = find_module(host, name, m);
    if (!file) {
        return dd_lua_raise(L, &m->err);
    }
    dd_lua_charge(L, (int64_t)file->size * k_source_units);
    lua_pushvalue(L, 1);
    lua_pushlightuserdata(L, (void*)&k_loading);
    lua_rawset(L, 2);
    const char* source = lua_pushfstring(L, "@%s", m->name);
    if (!dd_lua_compile(host, L, source, (const char*)file->data, file->size, &m->err)) {
        lua_pushvalue(L, 1);
        lua_pushnil(L);
        lua_rawset(L, 2);
        return dd_lua_raise(L, &m->err);
    }
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) {
        return luaL_error(L, "require '%s': the file returned nothing", name);
    }
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, 2);
    return 1;
}

void dd_lua_open_require(lua_State* L)
{
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "dd.modules");
    lua_pushcfunction(L, base_require);
    lua_setglobal(L, "require");
}
