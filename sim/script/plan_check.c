// Plan check: slots against the robots they drive, requirements against the signals there will be.
#include "sim/script/plan_check.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/script/lua_def.h"

// names

// Names that grow as they are found: a list for "it offers a, b", and for the nearest.
typedef struct Names {
    int n;
    char (*v)[2 * DD_NAME_MAX];
} Names;

static void add_name(Names* names, const char* fmt, const char* a, const char* b)
{
    names->v = realloc(names->v, (size_t)(names->n + 1) * sizeof *names->v);
    DD_ASSERT(names->v);
    snprintf(names->v[names->n++], sizeof *names->v, fmt, a, b);
}

static void suggest(const Names* names, const char* name, char out[DD_NAME_MAX + 32])
{
    const char** all = malloc((size_t)(names->n + 1) * sizeof *all);
    DD_ASSERT(all);
    for (int i = 0; i < names->n; i++) {
        all[i] = names->v[i];
    }
    dd_lua_suggest(name, all, names->n, out);
    free(all);
}

static void offer(const Names* names, char* out, size_t size)
{
    out[0] = '\0';
    for (int i = 0; i < names->n; i++) {
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s%s", i ? ", " : "", names->v[i]);
    }
    if (names->n == 0) {
        snprintf(out, size, "none");
    }
}

// slots

static void check_robot(const DdPlan* plan, DdSlotDef* slot, const char* what, const char* where,
                        const DdSource* source, DdMistakes* mistakes)
{
    Names names = {0};
    for (int i = 0; i < plan->nrobot; i++) {
        add_name(&names, "%s%s", plan->robot[i].placement.name, "");
    }
    if (!slot->robot[0] && plan->nrobot == 1) {
        snprintf(slot->robot, sizeof slot->robot, "%s", plan->robot[0].placement.name);
    } else if (!slot->robot[0] || !dd_plan_robot(plan, slot->robot)) {
        char near[DD_NAME_MAX + 32], list[512], inner[3 * DD_NAME_MAX];
        suggest(&names, slot->robot, near);
        offer(&names, list, sizeof list);
        snprintf(inner, sizeof inner, "%s.robot", where);
        if (slot->robot[0]) {
            dd_mistake(mistakes, source, inner, "%s: no robot named '%s'%s (robots: %s)", what,
                       slot->robot, near, list);
        } else {
            dd_mistake(mistakes, source, where, "%s: field 'robot' is missing (robots: %s)", what,
                       list);
        }
    }
    free(names.v);
}

// A channel that a sensor will have: what stands behind the sensor's name, and its type.
typedef struct Made {
    char tail[32];
    DdType type;
} Made;

enum { k_made_max = DD_NAMES_MAX + 4 };

static const DdSenseKind* sensor_kind(const char* name)
{
    int n;
    const DdSenseKind* kinds = dd_sensor_kinds(&n);
    for (int i = 0; i < n; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static void add_made(Made* made, int* n, DdType type, const char* tail)
{
    snprintf(made[*n].tail, sizeof made->tail, "%.30s", tail);
    made[(*n)++].type = type;
}

static int channels_of(const DdSensorDef* s, Made made[k_made_max])
{
    const DdSenseKind* kind = sensor_kind(s->kind);
    int n = 0;
    if (!kind) {
        return 0;
    }
    if (strcmp(s->kind, "camera") == 0) {
        for (int i = 0; i < s->outputs.n; i++) {
            char tail[DD_NAME_MAX + 2];
            bool flat = strcmp(s->outputs.v[i], "boxes_2d") == 0;
            bool solid = strcmp(s->outputs.v[i], "boxes_3d") == 0;
            snprintf(tail, sizeof tail, ".%s", s->outputs.v[i]);
            add_made(made, &n,
                     flat    ? DD_TYPE_BOXES_2D
                     : solid ? DD_TYPE_BOXES_3D
                             : DD_TYPE_IMAGE,
                     tail);
        }
        if (n == 0) {
            add_made(made, &n, DD_TYPE_IMAGE, ".colour");
        }
        add_made(made, &n, DD_TYPE_CAMERA, ".info");
    } else if (strcmp(s->kind, "thermal") == 0) {
        add_made(made, &n, DD_TYPE_IMAGE, ".image");
        add_made(made, &n, DD_TYPE_CAMERA, ".info");
    } else {
        add_made(made, &n, kind->type, "");
        if (kind->type == DD_TYPE_GNSS) {
            add_made(made, &n, DD_TYPE_TWIST, "_velocity");
        }
    }
    return n;
}

static bool is_sensor_channel(const DdSensorDef* s, const char* robot, const char* name)
{
    Made made[k_made_max];
    int n = channels_of(s, made);
    for (int i = 0; i < n; i++) {
        char own[2 * DD_NAME_MAX], full[3 * DD_NAME_MAX];
        snprintf(own, sizeof own, "%s%s", s->name, made[i].tail);
        snprintf(full, sizeof full, "%s.%s", s->robot, own);
        bool mine = !s->robot[0] || strcmp(s->robot, robot) == 0;
        if ((mine && strcmp(own, name) == 0) || (s->robot[0] && strcmp(full, name) == 0)) {
            return true;
        }
    }
    return false;
}

static bool has_channel(const DdPlan* plan, const char* robot, const char* name)
{
    for (int i = 0; i < plan->nsensor; i++) {
        if (is_sensor_channel(&plan->sensor[i], robot, name)) {
            return true;
        }
    }
    for (int i = 0; i < plan->nmeasure; i++) {
        if (strcmp(plan->measure[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_observe(const DdPlan* plan, const DdSlotDef* slot, const char* what,
                          const char* where, const DdSource* source, DdMistakes* mistakes)
{
    Names own = {0}, all = {0};
    for (int i = 0; i < plan->nsensor; i++) {
        Made made[k_made_max];
        int n = channels_of(&plan->sensor[i], made);
        for (int k = 0; k < n && strcmp(plan->sensor[i].robot, slot->robot) == 0; k++) {
            add_name(&own, "%s%s", plan->sensor[i].name, made[k].tail);
            add_name(&all, "%s%s", plan->sensor[i].name, made[k].tail);
        }
    }
    for (int i = 0; i < plan->nmeasure; i++) {
        add_name(&all, "%s%s", plan->measure[i].name, "");
    }
    char inner[3 * DD_NAME_MAX];
    snprintf(inner, sizeof inner, "%s.observe", where);
    for (int i = 0; i < slot->observe.n; i++) {
        const char* name = slot->observe.v[i];
        if (!has_channel(plan, slot->robot, name)) {
            char near[DD_NAME_MAX + 32], list[512];
            suggest(&all, name, near);
            offer(&own, list, sizeof list);
            dd_mistake(mistakes, source, inner, "%s: no channel '%s' on robot '%s'%s it offers %s",
                       what, name, slot->robot, near[0] ? near : ";", list);
        }
    }
    snprintf(inner, sizeof inner, "%s.may_be_constant", where);
    for (int i = 0; i < slot->may_be_constant.n; i++) {
        bool known = false;
        const char* name = slot->may_be_constant.v[i];
        for (int k = 0; k < slot->observe.n; k++) {
            size_t n = strlen(slot->observe.v[k]);
            known = known || (strncmp(name, slot->observe.v[k], n) == 0 &&
                              (name[n] == '\0' || name[n] == '.'));
        }
        if (!known) {
            dd_mistake(mistakes, source, inner,
                       "%s: may_be_constant names '%s', which is no part of what it observes", what,
                       name);
        }
    }
    free(own.v);
    free(all.v);
}

static void check_act(const DdPlan* plan, const DdSlotDef* slot, const char* what,
                      const char* where, const DdSource* source, DdMistakes* mistakes)
{
    const DdRobotDesc* desc = dd_plan_robot(plan, slot->robot)->desc;
    Names names = {0};
    for (int i = 0; i < desc->nspace; i++) {
        add_name(&names, "%s%s", desc->space[i].name, "");
    }
    char inner[3 * DD_NAME_MAX];
    snprintf(inner, sizeof inner, "%s.act", where);
    for (int i = 0; i < slot->act.n; i++) {
        if (!dd_robot_desc_find_space(desc, slot->act.v[i])) {
            char near[DD_NAME_MAX + 32], list[512];
            suggest(&names, slot->act.v[i], near);
            offer(&names, list, sizeof list);
            dd_mistake(mistakes, source, inner,
                       "%s: no action space '%s' on robot '%s'%s it offers %s", what,
                       slot->act.v[i], slot->robot, near[0] ? near : ";", list);
        }
    }
    free(names.v);
}

void dd_plan_check_slot(const DdPlan* plan, DdSlotDef* slot, const DdSource* source,
                        const char* where, DdMistakes* mistakes)
{
    char what[2 * DD_NAME_MAX];
    snprintf(what, sizeof what, slot->name[0] ? "agent '%s'" : "agent", slot->name);
    int before = mistakes->n;
    check_robot(plan, slot, what, where, source, mistakes);
    if (mistakes->n == before) {
        check_observe(plan, slot, what, where, source, mistakes);
        check_act(plan, slot, what, where, source, mistakes);
    }
}

// requirements

typedef struct Signals {
    const DdPlan* plan;
    Names names; // for suggestions
    char near[2 * DD_NAME_MAX];
} Signals;

static const char* measure_unit(const char* kind)
{
    int n;
    const DdSenseKind* kinds = dd_measure_kinds(&n);
    for (int i = 0; i < n; i++) {
        if (strcmp(kinds[i].name, kind) == 0) {
            return kinds[i].unit;
        }
    }
    return NULL;
}

// Measures the episode itself adds for a driven robot: "amr.path_length".
static const char* automatic_unit(const DdPlan* plan, const char* name)
{
    static const char* const k_auto[][2] = {
        {"path_length", "path_length"},  {"energy", "energy"},       {"collisions", "collisions"},
        {"contact_force", "peak_force"}, {"clearance", "clearance"},
    };
    for (int i = 0; i < plan->nslot; i++) {
        size_t n = strlen(plan->slot[i].robot);
        for (int k = 0; k < 5; k++) {
            if (strncmp(name, plan->slot[i].robot, n) == 0 && name[n] == '.' &&
                strcmp(name + n + 1, k_auto[k][0]) == 0) {
                return measure_unit(k_auto[k][1]);
            }
        }
    }
    return NULL;
}

// What is left of `name` behind a channel of sensor `s`, NULL when it is not of that channel.
static const char* behind_channel(const DdSensorDef* s, const Made* made, const char* name)
{
    char channel[3 * DD_NAME_MAX];
    snprintf(channel, sizeof channel, "%s%s%s%s", s->robot, s->robot[0] ? "." : "", s->name,
             made->tail);
    size_t n = strlen(channel);
    if (strncmp(name, channel, n) != 0 || (name[n] != '\0' && name[n] != '.')) {
        return NULL;
    }
    return name[n] ? name + n + 1 : name + n;
}

// The unit of a field of a channel, NULL when there is no such field.
static const char* field_unit(const DdSenseKind* kind, DdType type, const char* rest)
{
    int n = 0;
    const DdTypeField* fields = dd_type_fields(type, &n);
    if (type == DD_TYPE_SCALAR && !*rest) {
        return kind->unit;
    }
    for (int f = 0; f < n; f++) {
        size_t size = strlen(fields[f].path);
        bool named = fields[f].per_name && strncmp(rest, fields[f].path, size) == 0 &&
                     (size == 0 || rest[size] == '.') && strlen(rest) > size;
        // elements of a vector may leave out "value."
        named = named || (type == DD_TYPE_VECTOR && *rest);
        if (named || (!fields[f].per_name && strcmp(rest, fields[f].path) == 0)) {
            return fields[f].unit ? fields[f].unit : kind->unit;
        }
    }
    return NULL;
}

static bool resolve(void* user, const char* name, int* column, const char** unit)
{
    const DdPlan* plan = ((Signals*)user)->plan;
    *column = 0;
    for (int i = 0; i < plan->nmeasure; i++) {
        if (strcmp(plan->measure[i].name, name) == 0) {
            *unit = measure_unit(plan->measure[i].kind);
            return *unit != NULL;
        }
    }
    *unit = automatic_unit(plan, name);
    for (int i = 0; i < plan->nsensor && !*unit; i++) {
        const DdSensorDef* s = &plan->sensor[i];
        Made made[k_made_max];
        int n = channels_of(s, made);
        for (int k = 0; k < n && !*unit; k++) {
            if (made[k].type >= DD_TYPE_IMAGE) {
                continue; // what is judged does not depend on pictures, which replays leave out
            }
            const char* rest = behind_channel(s, &made[k], name);
            *unit = rest ? field_unit(sensor_kind(s->kind), made[k].type, rest) : NULL;
        }
    }
    return *unit != NULL;
}

static const char* suggest_signal(void* user, const char* name)
{
    Signals* s = user;
    const char** all = malloc((size_t)(s->names.n + 1) * sizeof *all);
    DD_ASSERT(all);
    for (int i = 0; i < s->names.n; i++) {
        all[i] = s->names.v[i];
    }
    const char* near = dd_nearest_name(name, all, s->names.n);
    free(all);
    return near;
}

static void gather(const DdPlan* plan, Signals* out)
{
    *out = (Signals){.plan = plan};
    for (int i = 0; i < plan->nmeasure; i++) {
        add_name(&out->names, "%s%s", plan->measure[i].name, "");
    }
    for (int i = 0; i < plan->nsensor; i++) {
        const DdSensorDef* s = &plan->sensor[i];
        Made made[k_made_max];
        int nmade = channels_of(s, made);
        for (int k = 0; k < nmade; k++) {
            int n;
            const DdTypeField* fields = dd_type_fields(made[k].type, &n);
            n = made[k].type >= DD_TYPE_IMAGE ? 0 : n;
            char channel[2 * DD_NAME_MAX];
            snprintf(channel, sizeof channel, "%.80s%s%.80s%s", s->robot, s->robot[0] ? "." : "",
                     s->name, made[k].tail);
            for (int f = 0; f < n; f++) {
                if (!fields[f].per_name) {
                    add_name(&out->names, made[k].type == DD_TYPE_SCALAR ? "%s" : "%s.%s", channel,
                             fields[f].path);
                }
            }
        }
    }
}

void dd_plan_check_requirement(const DdPlan* plan, const DdRequirementDef* req,
                               const DdSource* source, DdMistakes* mistakes)
{
    Signals own;
    gather(plan, &own);
    DdSignals signals = {.resolve = resolve, .suggest = suggest_signal, .user = &own};
    char where[2 * DD_NAME_MAX];
    snprintf(where, sizeof where, "expect.%s", req->name);
    DdError err;
    dd_error_clear(&err);
    DdStl* f = dd_requirement_parse(req, &signals, &err);
    // a window may be longer than a monitor can hold
    double rows = plan->def.duration_s * plan->def.measure_hz + 2;
    DdMonitor* m =
        f ? dd_monitor_create_for(f, 1 / plan->def.measure_hz, (int64_t)rows, &err) : NULL;
    if (!m) {
        dd_mistake_error(mistakes, source, where, &err);
    }
    dd_monitor_destroy(m);
    dd_stl_destroy(f);
    free(own.names.v);
}

void dd_plan_check_report(const DdPlan* plan, const char* text, const DdSource* source,
                          DdMistakes* mistakes)
{
    const char* open = strchr(text, '(');
    const char* dot = strrchr(text, '.');
    size_t n = strlen(text);
    char what[DD_NAME_MAX + 16];
    snprintf(what, sizeof what, "report '%s'", text);
    if (open && text[n - 1] == ')') {
        // a reduction of an expression; which reductions there are, the judge knows
        Signals own;
        gather(plan, &own);
        DdSignals signals = {.resolve = resolve, .suggest = suggest_signal, .user = &own};
        char inside[DD_NAME_MAX];
        const char* unit;
        DdError err;
        dd_error_clear(&err);
        snprintf(inside, sizeof inside, "%.*s", (int)(n - (size_t)(open - text) - 2), open + 1);
        DdExpr* e = dd_expr_parse_signals(inside, what, &signals, &unit, &err);
        if (!e) {
            dd_mistake_error(mistakes, source, "report", &err);
        }
        dd_expr_destroy(e);
        free(own.names.v);
        return;
    }
    int nkind;
    const DdMetricKind* kinds = dd_metric_kinds(&nkind);
    Names names = {0};
    for (int i = 0; i < nkind; i++) {
        if (strcmp(kinds[i].name, dot ? dot + 1 : text) == 0) {
            free(names.v);
            return;
        }
        if (!strchr(kinds[i].name, '(')) {
            add_name(&names, "%s%s", kinds[i].name, "");
        }
    }
    char near[DD_NAME_MAX + 32], list[512];
    suggest(&names, dot ? dot + 1 : text, near);
    offer(&names, list, sizeof list);
    dd_mistake(mistakes, source, "report",
               "%s: no such metric%s there are %s, and min max mean last rms std p95 of a signal, "
               "such as \"max(speed)\"",
               what, near[0] ? near : ";", list);
    free(names.v);
}

void dd_plan_check_reward(const DdPlan* plan, const DdSource* source, DdMistakes* mistakes)
{
    if (!plan->def.reward[0]) {
        return;
    }
    Signals own;
    gather(plan, &own);
    DdSignals signals = {.resolve = resolve, .suggest = suggest_signal, .user = &own};
    const char* unit;
    DdError err;
    dd_error_clear(&err);
    DdExpr* e = dd_expr_parse_signals(plan->def.reward, "reward", &signals, &unit, &err);
    if (!e) {
        dd_mistake_error(mistakes, source, "reward", &err);
    }
    dd_expr_destroy(e);
    free(own.names.v);
}
