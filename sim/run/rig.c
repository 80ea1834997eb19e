// Rig: sensors from outside into a plan.
#include "sim/run/rig.h"

#include <string.h>

enum { k_rig_max = 256 };

void dd_rig_clear(DdRig* rig)
{
    free(rig->sensor);
    *rig = (DdRig){0};
}

bool dd_rig_add(DdRig* rig, const DdSensorDef* def, DdError* err)
{
    if (rig->nsensor >= k_rig_max) {
        return dd_fail(err, DD_ERROR_SCRIPT, "rig: at most %d sensors", k_rig_max);
    }
    rig->sensor = realloc(rig->sensor, (size_t)(rig->nsensor + 1) * sizeof *rig->sensor);
    DD_ASSERT(rig->sensor);
    rig->sensor[rig->nsensor] = *def;
    rig->sensor[rig->nsensor++].optional = false;
    return true;
}

static bool same_channel(const DdSensorDef* a, const DdSensorDef* b)
{
    return strcmp(a->robot, b->robot) == 0 && strcmp(a->name, b->name) == 0;
}

static bool replaced(const DdRig* rig, const DdSensorDef* def)
{
    for (int i = 0; i < rig->nsensor; i++) {
        if (same_channel(&rig->sensor[i], def)) {
            return true;
        }
    }
    return false;
}

static bool check_robots(const DdRig* rig, const DdPlan* plan, DdError* err)
{
    for (int i = 0; i < rig->nsensor; i++) {
        const DdSensorDef* s = &rig->sensor[i];
        if (s->robot[0] && !dd_plan_robot(plan, s->robot)) {
            return dd_fail(err, DD_ERROR_SCRIPT, "%s%ssensor '%s': there is no robot '%s'",
                           s->where, s->where[0] ? ": " : "", s->name, s->robot);
        }
    }
    return true;
}

static bool merge(const DdRig* rig, DdPlan* plan, bool keep_others, DdError* err)
{
    if (!check_robots(rig, plan, err)) {
        return false;
    }
    int kept = 0;
    for (int i = 0; i < plan->nsensor; i++) {
        DdSensorDef* s = &plan->sensor[i];
        bool carried = rig->carried && s->optional;
        if (replaced(rig, s) || (!keep_others && !carried)) {
            continue;
        }
        s->optional = s->optional && !carried;
        if (kept != i) {
            plan->sensor[kept] = *s;
        }
        kept++;
    }
    plan->nsensor = kept;
    for (int i = 0; i < rig->nsensor; i++) {
        if (!dd_plan_add_sensor(plan, &rig->sensor[i], err)) {
            return false;
        }
    }
    return true;
}

bool dd_rig_apply(const DdRig* rig, DdPlan* plan, DdError* err)
{
    return merge(rig, plan, true, err);
}

bool dd_rig_only(const DdRig* rig, DdPlan* plan, DdError* err)
{
    return merge(rig, plan, false, err);
}
