// The random agent: every number uniform within its bounds, from a named stream.
#include <math.h>
#include <stdlib.h>

#include "sim/agent/kinds.h"
#include "sim/base/rng.h"

typedef struct RandomAgent {
    DdAgent base;
    const DdActionSpace* space;
    DdStream stream;
} RandomAgent;

static DdAgent* random_create(const DdAgentDef* def, const DdObservationSpace* obs,
                              const DdActionSpace* act, DdError* err)
{
    (void)obs;
    RandomAgent* a = calloc(1, sizeof *a);
    if (!a) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for an agent");
        return NULL;
    }
    char name[2 * DD_NAME_MAX];
    snprintf(name, sizeof name, "agent.random.%s", def->slot ? def->slot : "");
    a->space = act;
    a->stream = dd_stream(def->seed, def->scope ? def->scope : "", name);
    return &a->base;
}

static void random_destroy(DdAgent* a)
{
    free(a);
}

static bool random_reset(DdAgent* base, const DdObservation* o, const DdAgentInfo* info,
                         DdError* err)
{
    (void)o;
    (void)info;
    (void)err;
    ((RandomAgent*)base)->stream.index = 0;
    return true;
}

// bounds that are not there become -1 and 1, moved out where the other bound is beyond
static void finite_bounds(const DdActionPart* part, int i, double* low, double* high)
{
    *low = part->normalised ? -1.0 : part->low[i];
    *high = part->normalised ? 1.0 : part->high[i];
    if (!isfinite(*low)) {
        *low = isfinite(*high) && *high < -1.0 ? *high - 1.0 : -1.0;
    }
    if (!isfinite(*high)) {
        *high = *low > 1.0 ? *low + 1.0 : 1.0;
    }
}

static bool random_act(DdAgent* base, const DdObservation* o, double* action, DdError* err)
{
    (void)o;
    (void)err;
    RandomAgent* a = (RandomAgent*)base;
    int k = 0;
    for (int p = 0; p < a->space->npart; p++) {
        const DdActionPart* part = &a->space->part[p];
        for (int i = 0; i < part->n; i++) {
            double low;
            double high;
            finite_bounds(part, i, &low, &high);
            if (part->kind == DD_ACTION_DISCRETE && ceil(low) <= floor(high)) {
                action[k++] =
                    (double)dd_stream_int(&a->stream, (int64_t)ceil(low), (int64_t)floor(high));
            } else {
                action[k++] = dd_stream_uniform(&a->stream, low, high);
            }
        }
    }
    return true;
}

const DdAgentKind dd_agent_random = {
    .name = "random",
    .doc = "draws every number of its action uniformly within its bounds",
    .create = random_create,
    .destroy = random_destroy,
    .reset = random_reset,
    .act = random_act,
};
