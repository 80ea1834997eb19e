// Tags: the constructors scenario, agent, robot, score and rig.
#include "sim/script/tag.h"

#include <ctype.h>
#include <string.h>

#include "sim/script/api_rows.h"

static const char* const k_names[] = {"scenario", "agent", "robot", "score", "rig"};
enum { k_nname = sizeof k_names / sizeof k_names[0] };
static const char k_mark = 0; // its address marks our metatables

static int tag(lua_State* L, const char* name)
{
    if (lua_type(L, 1) != LUA_TTABLE || lua_gettop(L) != 1) {
        return luaL_error(L, "%s takes one table: %s { ... }", name, name);
    }
    char file[DD_PATH_MAX];
    int line;
    dd_lua_where(L, file, &line);
    lua_createtable(L, 0, 4);
    lua_pushlightuserdata(L, (void*)&k_mark);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushinteger(L, line);
    lua_setfield(L, -2, "line");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, 1);
    return 1;
}

static int api_scenario(lua_State* L)
{
    return tag(L, "scenario");
}

static int api_agent(lua_State* L)
{
    return tag(L, "agent");
}

static int api_robot(lua_State* L)
{
    return tag(L, "robot");
}

static int api_score(lua_State* L)
{
    return tag(L, "score");
}

static int api_rig(lua_State* L)
{
    return tag(L, "rig");
}

void dd_tag_open(lua_State* L)
{
    static const luaL_Reg k_globals[] = {DD_API_CONSTRUCTORS(DD_API_REG){NULL, NULL}};
    dd_api_set_globals(L, k_globals);
}

const char* dd_tag_of(lua_State* L, int index, int* line)
{
    const char* found = NULL;
    int top = lua_gettop(L);
    *line = 0;
    if (lua_type(L, index) == LUA_TTABLE && lua_getmetatable(L, index)) {
        lua_pushlightuserdata(L, (void*)&k_mark);
        if (lua_rawget(L, -2) == LUA_TBOOLEAN) {
            lua_getfield(L, -2, "line");
            *line = (int)lua_tointeger(L, -1);
            lua_getfield(L, -3, "__name");
            for (int i = 0; i < k_nname; i++) {
                if (strcmp(lua_tostring(L, -1), k_names[i]) == 0) {
                    found = k_names[i];
                }
            }
        }
    }
    lua_settop(L, top);
    return found;
}

// The last line that begins with "return NAME".
const char* dd_tag_guess(const char* text)
{
    const char* found = NULL;
    for (const char* line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char* p = line + strspn(line, " \t");
        if (strncmp(p, "return", 6) != 0 || !isspace((unsigned char)p[6])) {
            continue;
        }
        p += 6 + strspn(p + 6, " \t");
        for (int i = 0; i < k_nname; i++) {
            size_t n = strlen(k_names[i]);
            if (strncmp(p, k_names[i], n) == 0 && !isalnum((unsigned char)p[n]) && p[n] != '_') {
                found = k_names[i];
            }
        }
    }
    return found;
}
