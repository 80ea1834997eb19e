// Agents: the table of kinds and what every kind shares.
#include "sim/agent/agent.h"

#include <string.h>

#include "sim/agent/kinds.h"
#include "sim/lua/host.h"

static const DdAgentKind* const k_kinds[] = {&dd_agent_zero, &dd_agent_random, &dd_agent_lua};
enum { k_kind_count = sizeof k_kinds / sizeof *k_kinds };

const DdAgentKind* const* dd_agent_kinds(int* n)
{
    *n = k_kind_count;
    return k_kinds;
}

DdAgentDef dd_agent_def(void)
{
    DdLuaDef lua = dd_lua_def();
    return (DdAgentDef){.spec = "zero",
                        .slot = "",
                        .scope = "",
                        .budget = lua.budget,
                        .print = lua.print,
                        .user = lua.user};
}

DdAgent* dd_agent_create(const DdAgentDef* def, const DdObservationSpace* obs,
                         const DdActionSpace* act, DdError* err)
{
    // the kinds without a file go by their name, anything else is a path
    const DdAgentKind* kind = &dd_agent_lua;
    for (int i = 0; i < k_kind_count; i++) {
        if (k_kinds[i] != &dd_agent_lua && strcmp(def->spec, k_kinds[i]->name) == 0) {
            kind = k_kinds[i];
        }
    }
    DdAgent* a = kind->create(def, obs, act, err);
    if (a) {
        a->kind = kind;
    }
    return a;
}

void dd_agent_destroy(DdAgent* a)
{
    if (a) {
        a->kind->destroy(a);
    }
}

bool dd_agent_reset(DdAgent* a, const DdObservation* o, const DdAgentInfo* info, DdError* err)
{
    return a->kind->reset(a, o, info, err);
}

bool dd_agent_act(DdAgent* a, const DdObservation* o, double* action, DdError* err)
{
    return a->kind->act(a, o, action, err);
}

DdLuaUsage dd_agent_usage(const DdAgent* a)
{
    return a->kind->usage ? a->kind->usage(a) : (DdLuaUsage){0};
}
