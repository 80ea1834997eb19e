// Views: observations and actions as a Lua agent sees them.
#pragma once

#include "sim/base/space.h"
#include "sim/lua/host.h"

// The Lua table an agent sees, filled in place (also used by the benchmarks' bare loop):
// obs.odom.pose.x, obs.joints.position[i] (1-based, names in obs.joints.names); a scalar channel is
// a plain number; obs.time and obs.age.odom are seconds of simulated time. obs.scan.ranges[i] comes
// with angle_min and angle_increment; obs.front.colour.data are the bytes (lua_bytes.h) of width *
// height pixels as `encoding` says, obs.lidar.data those of `points` points of `step` bytes; boxes
// are a list of tables with class and instance by name.
typedef struct DdLuaObservation DdLuaObservation;
DdLuaObservation* dd_lua_observation_create(DdLua* host, const DdObservationSpace* space,
                                            DdError* err);
void dd_lua_observation_destroy(DdLuaObservation* v);
// Leaves the table on the stack. Allocates nothing but for boxes; a sample
// that was pushed before is not written again.
void dd_lua_observation_push(DdLuaObservation* v, lua_State* L, const DdObservation* o);
// A new episode: nothing was seen yet.
void dd_lua_observation_restart(DdLuaObservation* v);
// Reads an action from the value at `index`: a flat array, a number, or a table by part names.
bool dd_lua_action_read(lua_State* L, int index, const DdActionSpace* space, double* action,
                        DdError* err);
