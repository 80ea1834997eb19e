// Measures and start checks as Lua makes them: distance(a, b), clear(a, b, 5).
#pragma once

#include "sim/lua/host.h"
#include "sim/run/plan.h"

void dd_measure_open(lua_State* L); // one global per kind of measure, and the checks
const DdMeasureDef* dd_measure_test(lua_State* L, int index); // without its name; NULL: no measure
const DdStartCheck* dd_check_test(lua_State* L, int index);   // NULL: no check
