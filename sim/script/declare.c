// Declarations: reads the scenario's table, field by field, and collects its mistakes.
#include "sim/script/declare.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/script/measure.h"

const DdFieldDoc dd_scenario_docs[] = {
    {"doc", "string", "One sentence for `drydock list`."},
    {"instruction", "string or { en, ko }",
     "The task in words, given to agents, in English and Korean."},
    {"params", "{ NAME = distribution }",
     "What varies between episodes. Drawn before build, in the order of their names, each from the "
     "stream \"param/NAME\"; recorded, listed, and set from outside by --set NAME=VALUE."},
    {"build", "function(w, p)", "Makes the world. A pure function of the drawn params p."},
    {"agent", "{ robot, observe, act, ... }", "The only agent slot."},
    {"agents", "{ NAME = { robot, observe, act, ... } }", "Several agent slots, by name."},
    {"story", "function(sim, p)",
     "What happens while the episode runs: a coroutine on simulated time."},
    {"expect", "{ NAME = \"requirement\" }",
     "The requirements that decide the verdict; { \"requirement\", must_occur = true } fails when "
     "it "
     "was never exercised."},
    {"report", "{ \"metric\", ... }",
     "Metrics of the scorecard: names, or min(x), max(x), mean(x), "
     "last(x), rms(x), p95(x) of a signal."},
    {"labels", "{ \"class\", ... }",
     "Classes of labelled pictures in order of their ids, from 1; 0 is \"background\". What a "
     "thing "
     "is by its kind and is not in the list is \"other\" if that is in it, else background. "
     "Without "
     "the field drydock's own table counts."},
    {NULL, NULL, NULL},
};

const DdFieldDoc dd_rig_docs[] = {
    {"sensors", "{ { \"KIND\", name, robot, frame, ... }, ... }",
     "Sensors as w:sensor takes them, kinds and presets; robot is the name of a robot of the run. "
     "One of the channel of a sensor that is there takes its place."},
    {"carried", "boolean", "Every sensor that robots and scenario declare as optional, too."},
    {"weather", "{ fog, rain, hour, ... }",
     "What these sensors see instead of the run's own weather: fields of w:weather. Floors and "
     "wind stay those of the run."},
    {NULL, NULL, NULL},
};

const DdFieldDoc dd_score_docs[] = {
    {"measure", "{ NAME = measure }", "New measures, computed by replay."},
    {"expect", "{ NAME = \"requirement\" }", "Requirements over old and new signals."},
    {"report", "{ \"metric\", ... }", "Metrics over old and new signals."},
    {NULL, NULL, NULL},
};

typedef struct Reading {
    lua_State* L;
    int table;
    const DdSource* source;
    DdMistakes* mistakes;
} Reading;

bool dd_scenario_has_field(const char* name)
{
    return strncmp(name, "instruction_", 12) != 0;
}

void dd_declared_clear(DdDeclared* d)
{
    free(d->param);
    free(d->slot);
    free(d->requirement);
    free(d->report);
    memset(d, 0, sizeof *d);
}

static void mistake(const Reading* r, const char* where, const char* what, const char* expected)
{
    char got[128];
    dd_lua_value_text(r->L, -1, got, sizeof got);
    dd_mistake(r->mistakes, r->source, where, "%s must be %s, got %s", what, expected, got);
}

// Field `name` of the declaration on top of the stack, if it is given and of that type.
static bool field(const Reading* r, const char* what, const char* name, int type,
                  const char* expected)
{
    int got = dd_lua_raw_field(r->L, r->table, name);
    if (got == type) {
        return true;
    }
    if (got != LUA_TNIL) {
        char begin[2 * DD_NAME_MAX];
        snprintf(begin, sizeof begin, "%s: %s", what, name);
        mistake(r, name, begin, expected);
    }
    lua_pop(r->L, 1);
    return false;
}

// the plain members

static void copy_text(const Reading* r, const char* where, const char* what, char out[DD_PATH_MAX])
{
    size_t n = 0;
    const char* text = lua_type(r->L, -1) == LUA_TSTRING ? lua_tolstring(r->L, -1, &n) : NULL;
    if (!text || n >= DD_PATH_MAX || strlen(text) != n || !dd_text_is_utf8(text)) {
        mistake(r, where, what, "UTF-8 text of at most 1023 bytes");
    } else {
        memcpy(out, text, n + 1);
    }
}

static void read_plain(const Reading* r, DdDeclared* out)
{
    // what is no plain member is read elsewhere
    static const char* const k_extra[] = {"doc",    "instruction", "params", "build",
                                          "agent",  "agents",      "story",  "expect",
                                          "report", "labels",      NULL};
    const char* only[64];
    int n = 0;
    for (const DdField* f = dd_plan_fields; f->name && n < 63; f++) {
        if (dd_scenario_has_field(f->name)) {
            only[n++] = f->name;
        }
    }
    only[n] = NULL;
    DdLuaRead how = {.what = "scenario",
                     .where = "",
                     .only = only,
                     .extra = k_extra,
                     .source = r->source,
                     .mistakes = r->mistakes};
    dd_lua_read_def(r->L, r->table, &how, dd_plan_fields, &out->def, NULL);

    int64_t ns;
    if (!dd_time_parse(out->def.start_time, &ns)) {
        dd_mistake(r->mistakes, r->source, "start_time",
                   "scenario: start_time must be a UTC time like 2026-01-01T00:00:00Z, got '%s'",
                   out->def.start_time);
    }
    if (dd_lua_raw_field(r->L, r->table, "doc") != LUA_TNIL) {
        copy_text(r, "doc", "scenario: doc", out->doc);
    }
    lua_pop(r->L, 1);
}

static void read_instruction(const Reading* r, DdDeclared* out)
{
    int type = dd_lua_raw_field(r->L, r->table, "instruction");
    if (type == LUA_TSTRING) {
        copy_text(r, "instruction", "scenario: instruction", out->def.instruction_en);
    } else if (type == LUA_TTABLE) {
        int n, other;
        DdKey* keys = dd_lua_sorted_keys(r->L, -1, &n, &other);
        for (int i = 0; i < n; i++) {
            bool english = strcmp(keys[i], "en") == 0;
            if (!english && strcmp(keys[i], "ko") != 0) {
                dd_mistake(r->mistakes, r->source, "instruction",
                           "scenario: instruction has en and ko, but no '%s'", keys[i]);
                continue;
            }
            dd_lua_raw_field(r->L, -2, keys[i]);
            copy_text(r, english ? "instruction.en" : "instruction.ko", "scenario: instruction",
                      english ? out->def.instruction_en : out->def.instruction_ko);
            lua_pop(r->L, 1);
        }
        lua_pop(r->L, 1);
    } else if (type != LUA_TNIL) {
        mistake(r, "instruction", "scenario: instruction", "a string or { en = ..., ko = ... }");
    }
    lua_pop(r->L, 1);
}

// lists

static bool is_identifier(const char* name)
{
    for (const char* p = name; *p; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_';
        if (!letter && (p == name || *p < '0' || *p > '9')) {
            return false;
        }
    }
    return *name != '\0';
}

static void read_params(const Reading* r, DdDeclared* out)
{
    if (!field(r, "scenario", "params", LUA_TTABLE, "a table { NAME = distribution }")) {
        return;
    }
    int n, other;
    DdKey* keys = dd_lua_sorted_keys(r->L, -1, &n, &other);
    if (other > 0) {
        dd_mistake(r->mistakes, r->source, "params",
                   "scenario: params are written NAME = distribution, but %d %s no name", other,
                   other == 1 ? "has" : "have");
    }
    out->param = calloc((size_t)n + 1, sizeof *out->param);
    DD_ASSERT(out->param);
    for (int i = 0; i < n; i++) {
        char where[2 * DD_NAME_MAX], what[2 * DD_NAME_MAX];
        snprintf(where, sizeof where, "params.%s", keys[i]);
        snprintf(what, sizeof what, "param '%s'", keys[i]);
        DdParam* param = &out->param[out->nparam];
        snprintf(param->name, sizeof param->name, "%s", keys[i]);
        dd_lua_raw_field(r->L, -2, keys[i]);
        const DdDist* dist = dd_dist_test(r->L, -1);
        DdValue value;
        if (!is_identifier(keys[i])) {
            dd_mistake(r->mistakes, r->source, where,
                       "%s: a param's name is made of letters, digits and '_'", what);
        } else if (dist) {
            param->dist = *dist;
            out->nparam++;
        } else if (dd_value_from_lua(r->L, -1, &value)) {
            param->dist = (DdDist){.kind = DD_DIST_CONSTANT, .scale = 1, .n = 1, .v = {value}};
            out->nparam++;
        } else {
            mistake(r, where, what, "a distribution such as uniform(0, 1), or a value");
        }
        lua_pop(r->L, 1);
    }
    lua_pop(r->L, 2);
}

static void read_slot(const Reading* r, const char* name, const char* where, DdDeclared* out)
{
    char what[2 * DD_NAME_MAX];
    snprintf(what, sizeof what, name[0] ? "agent '%s'" : "agent", name);
    if (lua_type(r->L, -1) != LUA_TTABLE) {
        mistake(r, where, what, "a table { robot, observe, act }");
        return;
    }
    static const char* const k_only[] = {"observe", "act", "may_be_constant", "reject", NULL};
    static const char* const k_extra[] = {"robot", NULL};
    DdSlotDef* slot = &out->slot[out->nslot++];
    snprintf(slot->name, sizeof slot->name, "%s", name);
    DdLuaRead how = {.what = what,
                     .where = where,
                     .only = k_only,
                     .extra = k_extra,
                     .source = r->source,
                     .mistakes = r->mistakes};
    dd_lua_read_def(r->L, -1, &how, dd_slot_fields, slot, NULL);

    char inner[2 * DD_NAME_MAX];
    snprintf(inner, sizeof inner, "%s.robot", where);
    int type = dd_lua_raw_field(r->L, -1, "robot");
    if (type == LUA_TSTRING && lua_rawlen(r->L, -1) < sizeof slot->robot) {
        snprintf(slot->robot, sizeof slot->robot, "%s", lua_tostring(r->L, -1));
    } else if (type != LUA_TNIL) {
        snprintf(what, sizeof what, name[0] ? "agent '%s': robot" : "agent: robot", name);
        mistake(r, inner, what, "the name of a robot");
    }
    lua_pop(r->L, 1);
}

static void read_agents(const Reading* r, DdDeclared* out)
{
    bool one = dd_lua_raw_field(r->L, r->table, "agent") != LUA_TNIL;
    bool many = dd_lua_raw_field(r->L, r->table, "agents") != LUA_TNIL;
    lua_pop(r->L, 2);
    if (one && many) {
        dd_mistake(r->mistakes, r->source, "agents", "scenario: give either agent or agents");
        return;
    }
    out->fleet = many;
    if (one && field(r, "scenario", "agent", LUA_TTABLE, "a table { robot, observe, act }")) {
        out->slot = calloc(1, sizeof *out->slot);
        DD_ASSERT(out->slot);
        read_slot(r, "", "agent", out);
        lua_pop(r->L, 1);
    }
    if (many &&
        field(r, "scenario", "agents", LUA_TTABLE, "a table { NAME = { robot, observe, act } }")) {
        int n, other;
        DdKey* keys = dd_lua_sorted_keys(r->L, -1, &n, &other);
        if (other > 0) {
            dd_mistake(r->mistakes, r->source, "agents",
                       "scenario: agents are written NAME = { robot, observe, act }");
        }
        if (n > DD_PLAN_SLOTS) {
            dd_mistake(r->mistakes, r->source, "agents", "scenario: at most %d agents, got %d",
                       DD_PLAN_SLOTS, n);
            n = DD_PLAN_SLOTS;
        }
        out->slot = calloc((size_t)n + 1, sizeof *out->slot);
        DD_ASSERT(out->slot);
        for (int i = 0; i < n; i++) {
            char where[2 * DD_NAME_MAX];
            snprintf(where, sizeof where, "agents.%s", keys[i]);
            dd_lua_raw_field(r->L, -2, keys[i]);
            read_slot(r, keys[i], where, out);
            lua_pop(r->L, 1);
        }
        lua_pop(r->L, 2);
    }
}

// One entry of expect, on top of the stack.
static bool read_requirement(const Reading* r, const char* name, DdRequirementDef* out)
{
    char where[2 * DD_NAME_MAX], what[2 * DD_NAME_MAX];
    snprintf(where, sizeof where, "expect.%s", name);
    snprintf(what, sizeof what, "expect '%s'", name);
    memset(out, 0, sizeof *out);
    snprintf(out->name, sizeof out->name, "%s", name);
    int before = r->mistakes->n;
    if (lua_type(r->L, -1) == LUA_TTABLE) {
        static const char* const k_only[] = {"must_occur", NULL};
        DdLuaRead how = {.what = what,
                         .where = where,
                         .only = k_only,
                         .npositional = 1,
                         .source = r->source,
                         .mistakes = r->mistakes};
        dd_lua_read_def(r->L, -1, &how, dd_requirement_fields, out, NULL);
        lua_rawgeti(r->L, -1, 1);
        copy_text(r, where, what, out->text);
        lua_pop(r->L, 1);
    } else if (lua_type(r->L, -1) == LUA_TSTRING) {
        copy_text(r, where, what, out->text);
    } else {
        mistake(r, where, what, "a requirement such as \"G gap >= 1 m\"");
    }
    return r->mistakes->n == before;
}

static void read_expect(const Reading* r, const char* owner, int* n, DdRequirementDef** out)
{
    if (!field(r, owner, "expect", LUA_TTABLE, "a table { NAME = \"requirement\" }")) {
        return;
    }
    int count, other;
    DdKey* keys = dd_lua_sorted_keys(r->L, -1, &count, &other);
    if (other > 0) {
        dd_mistake(r->mistakes, r->source, "expect",
                   "%s: requirements are written NAME = \"...\", but %d %s no name", owner, other,
                   other == 1 ? "has" : "have");
    }
    *out = calloc((size_t)count + 1, sizeof **out);
    DD_ASSERT(*out);
    for (int i = 0; i < count; i++) {
        dd_lua_raw_field(r->L, -2, keys[i]);
        *n += read_requirement(r, keys[i], &(*out)[*n]);
        lua_pop(r->L, 1);
    }
    lua_pop(r->L, 2);
}

static void read_report(const Reading* r, const char* owner, int* n, char (**out)[DD_NAME_MAX])
{
    if (!field(r, owner, "report", LUA_TTABLE, "a list of metrics")) {
        return;
    }
    int count = (int)lua_rawlen(r->L, -1);
    int keys, other;
    dd_lua_sorted_keys(r->L, -1, &keys, &other);
    lua_pop(r->L, 1);
    if (keys > 0) {
        dd_mistake(r->mistakes, r->source, "report",
                   "%s: report is a list of metrics without names", owner);
    }
    *out = calloc((size_t)count + 1, sizeof **out);
    DD_ASSERT(*out);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(r->L, -1, i);
        if (lua_type(r->L, -1) == LUA_TSTRING && lua_rawlen(r->L, -1) < DD_NAME_MAX) {
            snprintf((*out)[(*n)++], DD_NAME_MAX, "%s", lua_tostring(r->L, -1));
        } else {
            char what[DD_NAME_MAX];
            snprintf(what, sizeof what, "%s: report: entry %d", owner, i);
            mistake(r, "report", what, "a metric's name");
        }
        lua_pop(r->L, 1);
    }
    lua_pop(r->L, 1);
}

// A class is a plain name; "background" comes first by itself.
static void read_labels(const Reading* r, DdDeclared* out)
{
    static const char k_background[] = "background";
    if (!field(r, "scenario", "labels", LUA_TTABLE, "a list of classes")) {
        return;
    }
    int count = (int)lua_rawlen(r->L, -1);
    int keys, other;
    dd_lua_sorted_keys(r->L, -1, &keys, &other);
    lua_pop(r->L, 1);
    if (keys > 0) {
        dd_mistake(r->mistakes, r->source, "labels",
                   "scenario: labels is a list of classes without names");
    }
    if (count == 0 || count >= DD_NAMES_MAX) {
        dd_mistake(r->mistakes, r->source, "labels",
                   "scenario: labels: there must be 1 to %d classes, got %d", DD_NAMES_MAX - 1,
                   count);
        count = 0;
    }
    snprintf(out->labels.v[0], DD_NAME_MAX, "%s", k_background);
    out->labels.n = count > 0;
    for (int i = 1; i <= count; i++) {
        char what[DD_NAME_MAX];
        snprintf(what, sizeof what, "scenario: labels: entry %d", i);
        lua_rawgeti(r->L, -1, i);
        const char* name = lua_type(r->L, -1) == LUA_TSTRING ? lua_tostring(r->L, -1) : "";
        if (!is_identifier(name) || strlen(name) >= DD_NAME_MAX) {
            mistake(r, "labels", what, "a class's name of letters, digits and '_'");
        } else if (i > 1 || strcmp(name, k_background) != 0) {
            bool twice = false;
            for (int k = 0; k < out->labels.n; k++) {
                twice = twice || strcmp(out->labels.v[k], name) == 0;
            }
            if (twice) {
                dd_mistake(r->mistakes, r->source, "labels",
                           strcmp(name, k_background) == 0
                               ? "%s: '%s' is class 0 and stands first or not at all"
                               : "%s: there are two classes '%s'",
                           what, name);
            } else {
                snprintf(out->labels.v[out->labels.n++], DD_NAME_MAX, "%s", name);
            }
        }
        lua_pop(r->L, 1);
    }
    lua_pop(r->L, 1);
}

// whole declarations

void dd_declared_read(lua_State* L, int index, const DdSource* source, DdDeclared* out,
                      DdMistakes* mistakes)
{
    Reading r = {L, lua_absindex(L, index), source, mistakes};
    luaL_checkstack(L, 24, NULL);
    out->def = dd_plan_def();
    out->source = *source;
    read_plain(&r, out);
    read_instruction(&r, out);
    read_params(&r, out);
    read_agents(&r, out);
    read_expect(&r, "scenario", &out->nrequirement, &out->requirement);
    read_report(&r, "scenario", &out->nreport, &out->report);
    read_labels(&r, out);
    if (field(&r, "scenario", "build", LUA_TFUNCTION, "a function(w, p)")) {
        lua_pop(L, 1);
    } else {
        bool missing = dd_lua_raw_field(L, r.table, "build") == LUA_TNIL;
        lua_pop(L, 1);
        if (missing) {
            dd_mistake(mistakes, source, "",
                       "scenario: field 'build' is missing: a function(w, p) "
                       "that makes the world");
        }
    }
    if (field(&r, "scenario", "story", LUA_TFUNCTION, "a function(sim, p)")) {
        lua_pop(L, 1);
    }
}

static void read_measures(const Reading* r, DdPlan* plan)
{
    if (!field(r, "score", "measure", LUA_TTABLE, "a table { NAME = measure }")) {
        return;
    }
    int n, other;
    DdKey* keys = dd_lua_sorted_keys(r->L, -1, &n, &other);
    for (int i = 0; i < n; i++) {
        char where[2 * DD_NAME_MAX], what[2 * DD_NAME_MAX];
        snprintf(where, sizeof where, "measure.%s", keys[i]);
        snprintf(what, sizeof what, "measure '%s'", keys[i]);
        dd_lua_raw_field(r->L, -2, keys[i]);
        const DdMeasureDef* made = dd_measure_test(r->L, -1);
        if (made) {
            DdMeasureDef def = *made;
            DdError err;
            dd_error_clear(&err);
            snprintf(def.name, sizeof def.name, "%s", keys[i]);
            if (!dd_plan_add_measure(plan, &def, &err)) {
                dd_mistake_error(r->mistakes, r->source, where, &err);
            }
        } else {
            mistake(r, where, what, "a measure such as distance(\"amr/dock\", \"bay/west\")");
        }
        lua_pop(r->L, 1);
    }
    lua_pop(r->L, 2);
}

void dd_declared_read_score(lua_State* L, int index, const DdSource* source, DdPlan* plan,
                            DdMistakes* mistakes)
{
    Reading r = {L, lua_absindex(L, index), source, mistakes};
    luaL_checkstack(L, 24, NULL);
    static const char* const k_names[] = {"measure", "expect", "report"};
    int n, other;
    DdKey* keys = dd_lua_sorted_keys(L, r.table, &n, &other);
    for (int i = 0; i < n; i++) {
        bool known = false;
        for (int k = 0; k < 3; k++) {
            known = known || strcmp(keys[i], k_names[k]) == 0;
        }
        if (!known) {
            char near[DD_NAME_MAX + 32];
            dd_lua_suggest(keys[i], k_names, 3, near);
            dd_mistake(mistakes, source, keys[i], "score: no field named '%s'%s", keys[i], near);
        }
    }
    lua_pop(L, 1);

    read_measures(&r, plan);
    read_expect(&r, "score", &plan->nrequirement, &plan->requirement);
    read_report(&r, "score", &plan->nreport, &plan->report);
}
