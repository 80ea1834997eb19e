// Globals: units and the comforts that are written in Lua.
#include "sim/script/api_rows.h"

#include <string.h>

#include "sim/base/math3.h"

const DdUnit dd_units[] = {
    {"rad", 1, "radian"},
    {"deg", DD_PI / 180, "degree"},
    {"um", 1e-6, "micrometre"},
    {"mm", 1e-3, "millimetre"},
    {"cm", 1e-2, "centimetre"},
    {"m", 1, "metre"},
    {"km", 1e3, "kilometre"},
    {"inch", 0.0254, "inch"},
    {"ft", 0.3048, "foot"},
    {"ms", 1e-3, "millisecond"},
    {"s", 1, "second"},
    {"min", 60, "minute"},
    {"g", 1e-3, "gram"},
    {"kg", 1, "kilogram"},
    {"t", 1e3, "tonne"},
    {"N", 1, "newton"},
    {"kN", 1e3, "kilonewton"},
    {"Nm", 1, "newton metre"},
    {"kph", 1 / 3.6, "kilometre per hour"},
    {"kmh", 1 / 3.6, "kilometre per hour"},
    {"mps", 1, "metre per second"},
    {"rpm", DD_PI / 30, "revolution per minute, in rad/s"},
    {"Hz", 1, "hertz"},
    {"percent", 0.01, "hundredth"},
    {NULL, 0, NULL},
};

const char dd_prelude[] =
    "local Vec3 = {}\n"
    "local names = { x = 1, y = 2, z = 3 }\n"
    "local function vec3(x, y, z)\n"
    "  return setmetatable({ x or 0, y or 0, z or 0 }, Vec3)\n"
    "end\n"
    "local methods = {}\n"
    "function methods.dot(a, b) return a[1] * b[1] + a[2] * b[2] + a[3] * b[3] end\n"
    "function methods.norm(a) return math.sqrt(methods.dot(a, a)) end\n"
    "function methods.turned(a, yaw)\n"
    "  local c, s = math.cos(yaw), math.sin(yaw)\n"
    "  return vec3(c * a[1] - s * a[2], s * a[1] + c * a[2], a[3])\n"
    "end\n"
    "function Vec3.__index(v, key)\n"
    "  if names[key] then return rawget(v, names[key]) end\n"
    "  if methods[key] then return methods[key] end\n"
    "  error('a vec3 has no field ' .. tostring(key) .. ': it has x, y, z, dot, norm, turned', 2)\n"
    "end\n"
    "local function three(v)\n"
    "  if type(v) ~= 'table' or rawlen(v) ~= 3 then error('expected a vector {x, y, z}', 3) end\n"
    "  return v\n"
    "end\n"
    "function Vec3.__add(a, b)\n"
    "  a, b = three(a), three(b)\n"
    "  return vec3(a[1] + b[1], a[2] + b[2], a[3] + b[3])\n"
    "end\n"
    "function Vec3.__sub(a, b)\n"
    "  a, b = three(a), three(b)\n"
    "  return vec3(a[1] - b[1], a[2] - b[2], a[3] - b[3])\n"
    "end\n"
    "function Vec3.__unm(a) return vec3(-a[1], -a[2], -a[3]) end\n"
    "function Vec3.__mul(a, b)\n"
    "  if type(a) == 'number' then a, b = b, a end\n"
    "  if type(b) ~= 'number' then error('a vec3 is multiplied by a number', 2) end\n"
    "  return vec3(a[1] * b, a[2] * b, a[3] * b)\n"
    "end\n"
    "function Vec3.__div(a, b)\n"
    "  if type(b) ~= 'number' then error('a vec3 is divided by a number', 2) end\n"
    "  return vec3(a[1] / b, a[2] / b, a[3] / b)\n"
    "end\n"
    "function Vec3.__eq(a, b) return a[1] == b[1] and a[2] == b[2] and a[3] == b[3] end\n"
    "function Vec3.__tostring(v) return string.format('{%g, %g, %g}', v[1], v[2], v[3]) end\n"
    "local function serial(list)\n"
    "  for i = 1, #list do list[i]() end\n"
    "end\n"
    "local function at(x, y, z, yaw)\n"
    "  return { pos = vec3(x, y, z), yaw = yaw or 0 }\n"
    "end\n"
    "local own = { count = true, clear_of = true, tiers = true, name = true, kind = true }\n"
    "local function stack(w, slots, o)\n"
    "  local prefix, kind, tiers = o.name or 'stack', o.kind or 'container', o.tiers or 1\n"
    "  local taken, free, height, top, made = {}, {}, {}, {}, {}\n"
    "  for _, name in ipairs(o.clear_of or {}) do\n"
    "    if rawget(slots, name) == nil then\n"
    "      error('stack: clear_of names the slot ' .. tostring(name) .. ', which there is not', "
    "0)\n"
    "    end\n"
    "    taken[name] = true\n"
    "  end\n"
    "  for name in pairs(slots) do\n"
    "    if not taken[name] then free[#free + 1] = name end\n"
    "  end\n"
    "  local count = o.count or #free\n"
    "  if type(count) ~= 'number' then count = w:draw(prefix .. '/count', count) end\n"
    "  if count > #free * tiers then\n"
    "    error('stack: ' .. count .. ' do not fit on ' .. #free .. ' slots, ' .. tiers .. ' high', "
    "0)\n"
    "  end\n"
    "  for i = 1, count do\n"
    "    local at = w:draw(prefix .. '/slot', uniform_int(1, #free))\n"
    "    local name = free[at]\n"
    "    local def = { name = prefix .. i, on = top[name] or slots[name] }\n"
    "    for key, value in pairs(o) do\n"
    "      if not own[key] then def[key] = value end\n"
    "    end\n"
    "    made[i] = w[kind](w, def)\n"
    "    top[name] = made[i]\n"
    "    height[name] = (height[name] or 0) + 1\n"
    "    if height[name] == tiers then table.remove(free, at) end\n"
    "  end\n"
    "  return made\n"
    "end\n"
    "return { vec3 = vec3, serial = serial, at = at, stack = stack }\n";

void dd_api_set_global(lua_State* L, const char* name)
{
    lua_pushglobaltable(L);
    lua_insert(L, -2);
    lua_pushstring(L, name);
    lua_insert(L, -2);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

void dd_api_set_globals(lua_State* L, const luaL_Reg* functions)
{
    for (const luaL_Reg* f = functions; f->name; f++) {
        lua_pushcfunction(L, f->func);
        dd_api_set_global(L, f->name);
    }
}

void dd_api_open(lua_State* L)
{
    for (const DdUnit* u = dd_units; u->name; u++) {
        lua_pushnumber(L, u->value);
        dd_api_set_global(L, u->name);
    }
    if (luaL_loadbufferx(L, dd_prelude, sizeof dd_prelude - 1, "=prelude", "t") != LUA_OK) {
        lua_error(L);
    }
    lua_call(L, 0, 1);
    // the entries of the prelude's table become globals; w:stack is kept aside
    int table = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, table);) {
        if (strcmp(lua_tostring(L, -2), "stack") == 0) {
            lua_setfield(L, LUA_REGISTRYINDEX, DD_STACK_KEY);
        } else {
            dd_api_set_global(L, lua_tostring(L, -2));
        }
    }
    lua_pop(L, 1);
}
