// The zero agent: the default action for ever.
#include <stdlib.h>

#include "sim/agent/kinds.h"

typedef struct ZeroAgent {
    DdAgent base;
    const DdActionSpace* space;
} ZeroAgent;

static DdAgent* zero_create(const DdAgentDef* def, const DdObservationSpace* obs,
                            const DdActionSpace* act, DdError* err)
{
    (void)def;
    (void)obs;
    ZeroAgent* a = calloc(1, sizeof *a);
    if (!a) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for an agent");
        return NULL;
    }
    a->space = act;
    return &a->base;
}

static void zero_destroy(DdAgent* a)
{
    free(a);
}

static bool zero_reset(DdAgent* a, const DdObservation* o, const DdAgentInfo* info, DdError* err)
{
    (void)a;
    (void)o;
    (void)info;
    (void)err;
    return true;
}

static bool zero_act(DdAgent* a, const DdObservation* o, double* action, DdError* err)
{
    (void)o;
    (void)err;
    dd_action_default(((ZeroAgent*)a)->space, action);
    return true;
}

const DdAgentKind dd_agent_zero = {
    .name = "zero",
    .doc = "gives the default action for ever",
    .create = zero_create,
    .destroy = zero_destroy,
    .reset = zero_reset,
    .act = zero_act,
};
