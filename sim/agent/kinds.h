// Kinds of agents: each is one file that exports one of these.
#pragma once

#include "sim/agent/agent.h"

extern const DdAgentKind dd_agent_zero;   // the default action for ever
extern const DdAgentKind dd_agent_random; // uniform within the bounds
extern const DdAgentKind dd_agent_lua;    // a Lua file
