// The ---@meta file that gives editors with the Lua language server completion and types.
#include <ctype.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/script/api_rows.h"
#include "sim/script/api_text.h"
#include "sim/script/builder.h"
#include "sim/script/declare.h"
#include "sim/script/lua_place.h"

static const char* field_type(const DdField* f)
{
    static const char* const k_types[] = {
        [DD_FIELD_NUMBER] = "number",
        [DD_FIELD_INT] = "integer",
        [DD_FIELD_BOOL] = "boolean",
        [DD_FIELD_STRING] = "string",
        [DD_FIELD_TEXT] = "string",
        [DD_FIELD_VEC2] = "number[]",
        [DD_FIELD_VEC3] = "Vec3|number[]",
        [DD_FIELD_QUAT] = "number[]",
        [DD_FIELD_RGBA] = "number[]",
        [DD_FIELD_NUMBERS] = "number|number[]",
        [DD_FIELD_NAMES] = "string|(string|Thing|Frame)[]",
        [DD_FIELD_POINTS] = "(Vec3|number[]|Thing|Frame)[]",
        [DD_FIELD_REF] = "Thing|Frame|string",
    };
    return k_types[f->kind];
}

static void add_field(DdText* t, const DdField* f, bool needed, bool drawn)
{
    dd_text_add(t, "---@field %s%s ", f->name, needed && f->flags & DD_REQUIRED ? "" : "?");
    if (f->kind == DD_FIELD_ENUM) {
        for (int i = 0; f->names[i]; i++) {
            dd_text_add(t, "%s\"%s\"", i ? "|" : "", f->names[i]);
        }
    } else {
        dd_text_str(t, field_type(f));
        // a drawn field of a thing
        dd_text_str(t, drawn && (f->kind == DD_FIELD_NUMBER || f->kind == DD_FIELD_INT)
                           ? "|Distribution"
                           : "");
    }
    dd_text_add(t, " %s", f->doc ? f->doc : "");
    if (f->unit && *f->unit) {
        dd_text_add(t, " [%s]", f->unit);
    }
    dd_text_str(t, "\n");
}

static void add_class(DdText* t, const char* name, const DdField* fields, bool drawn)
{
    dd_text_add(t, "---@class %s\n", name);
    for (const DdField* f = fields; f->name; f++) {
        add_field(t, f, true, drawn);
    }
}

// "box" -> "BoxDef"
static void def_class(const char* kind, char out[DD_NAME_MAX])
{
    snprintf(out, DD_NAME_MAX, "%s", kind);
    out[0] = (char)toupper((unsigned char)out[0]);
    strncat(out, "Def", DD_NAME_MAX - strlen(out) - 1);
}

// What a signature returns: the text behind "->", or "".
static const char* result_of(const char* signature)
{
    const char* arrow = strstr(signature, "->");
    return arrow ? arrow + 2 + strspn(arrow + 2, " ") : "";
}

// The parameters of "w:robot { ... }" and "w:draw(stream, dist)".
static void params_of(const char* signature, char out[256])
{
    const char* open = strchr(signature, '(');
    const char* brace = strchr(signature, '{');
    const char* close = strchr(signature, ')');
    out[0] = '\0';
    if (brace && (!open || brace < open)) {
        snprintf(out, 256, "t");
        return;
    }
    if (!open || !close) {
        return;
    }
    // a table among the parameters becomes `options`
    size_t n = 0;
    for (const char* p = open + 1; p < close && n < 240; p++) {
        if (*p == '{') {
            n += (size_t)snprintf(out + n, 256 - n, "options");
            p = strchr(p, '}');
            if (!p) {
                break;
            }
            close = strchr(p, ')');
        } else {
            out[n++] = *p;
            out[n] = '\0';
        }
    }
}

static void add_return(DdText* t, const char* signature)
{
    const char* result = result_of(signature);
    if (strcmp(result, "{ Thing }") == 0) {
        dd_text_str(t, "---@return Thing[]\n");
    } else if (*result) {
        // "Vec3, yaw": types only
        dd_text_add(t, "---@return %s\n",
                    strcmp(result, "Vec3, yaw") == 0 ? "Vec3, number" : result);
    }
}

static void add_rows(DdText* t, const char* owner, const char* prefix)
{
    int n;
    const DdApiRow* rows = dd_script_api(&n);
    for (int i = 0; i < n; i++) {
        const DdApiRow* row = &rows[i];
        bool call = strpbrk(row->signature, "({") != NULL;
        if (strcmp(row->owner, owner) != 0 || !call) {
            continue;
        }
        char params[256];
        params_of(row->signature, params);
        dd_text_add(t, "---%s\n", row->doc);
        add_return(t, row->signature);
        dd_text_add(t, "function %s%s(%s) end\n\n", prefix, row->name, params);
    }
}

// Fields of a class that are no calls.
static void add_owner_fields(DdText* t, const char* owner)
{
    static const char* const k_types[][2] = {
        {"name", "string"},
        {"kind", "string"},
        {"pos", "Vec3"},
        {"yaw", "number"},
        {"frame", "table<string, Frame>"},
        {"thing", "Thing"},
        {"time", "number"},
    };
    int n;
    const DdApiRow* rows = dd_script_api(&n);
    for (int i = 0; i < n; i++) {
        if (strcmp(rows[i].owner, owner) == 0 && !strpbrk(rows[i].signature, "({")) {
            const char* type = "any";
            for (size_t k = 0; k < sizeof k_types / sizeof k_types[0]; k++) {
                type = strcmp(k_types[k][0], rows[i].name) == 0 ? k_types[k][1] : type;
            }
            dd_text_add(t, "---@field %s %s %s\n", rows[i].name, type, rows[i].doc);
        }
    }
}

static void add_values(DdText* t)
{
    dd_text_str(t,
                "---@class Vec3\n---@field x number\n---@field y number\n---@field z number\n"
                "---@operator add(Vec3): Vec3\n---@operator sub(Vec3): Vec3\n"
                "---@operator mul(number): Vec3\n---@operator div(number): Vec3\n"
                "---@operator unm: Vec3\nlocal Vec3 = {}\n"
                "---@return number\nfunction Vec3:norm() end\n"
                "---@param u Vec3\n---@return number\nfunction Vec3:dot(u) end\n"
                "---@param yaw number\n---@return Vec3\nfunction Vec3:turned(yaw) end\n\n"
                "---@class Pose\n---@class Measure\n---@class Check\n---@class Scenario\n"
                "---@class Agent\n---@class Robot\n---@class Score\n\n"
                "---@class Distribution\n---@operator add(number): Distribution\n"
                "---@operator sub(number): Distribution\n---@operator mul(number): Distribution\n"
                "---@operator div(number): Distribution\n---@operator unm: Distribution\n"
                "local Distribution = {}\n");
    add_rows(t, "Distribution", "Distribution:");
    for (const DdUnit* u = dd_units; u->name; u++) {
        char number[DD_NUMBER_TEXT_MAX];
        dd_number_print(u->value, number);
        dd_text_add(t, "---%s\n---@type number\n%s = %s\n", u->doc, u->name, number);
    }
    dd_text_str(t, "\n");
}

static void add_scenario(DdText* t)
{
    dd_text_str(t, "---@class SlotDef\n");
    for (const DdField* f = dd_slot_fields; f->name; f++) {
        // the name is the key of `agents`, the robot may be the only one
        if (strcmp(f->name, "name") != 0) {
            add_field(t, f, strcmp(f->name, "robot") != 0, false);
        }
    }
    dd_text_str(t, "\n---@class ScenarioDef\n");
    for (const DdField* f = dd_plan_fields; f->name; f++) {
        if (dd_scenario_has_field(f->name)) {
            add_field(t, f, true, false);
        }
    }
    static const char* const k_types[][2] = {
        {"doc", "string"},
        {"instruction", "string|{en: string, ko: string}"},
        {"params", "table<string, Distribution|number|boolean|string>"},
        {"build", "fun(w: World, p: table)"},
        {"agent", "SlotDef"},
        {"agents", "table<string, SlotDef>"},
        {"story", "fun(sim: Sim, p: table)"},
        {"expect", "table<string, string|table>"},
        {"report", "string[]"},
        {"labels", "string[]"},
    };
    for (const DdFieldDoc* d = dd_scenario_docs; d->name; d++) {
        for (size_t i = 0; i < sizeof k_types / sizeof k_types[0]; i++) {
            if (strcmp(d->name, k_types[i][0]) == 0) {
                dd_text_add(t, "---@field %s%s %s %s\n", d->name,
                            strcmp(d->name, "build") == 0 ? "" : "?", k_types[i][1], d->doc);
            }
        }
    }
    dd_text_str(t, "\n");
}

static void add_world(DdText* t)
{
    add_class(t, "PlaceDef", dd_place_fields, false);
    dd_text_str(t, "\n");
    add_class(t, "RobotDef", dd_robot_args_fields, false);
    dd_text_str(t, "---@field at? Thing|Frame|Vec3|number[]|Pose\n---@field place? PlaceDef\n"
                   "---@field joints? table<string, number>\n\n");
    dd_text_str(t, "---@class Thing\n");
    add_owner_fields(t, "Thing");
    dd_text_str(t, "---@field [string] Frame\n\n---@class Frame\n");
    add_owner_fields(t, "Frame");
    dd_text_str(t, "\n");

    int n;
    const DdThingKind* const* kinds = dd_thing_kinds(&n);
    for (int i = 0; i < n; i++) {
        char name[DD_NAME_MAX];
        def_class(kinds[i]->name, name);
        add_class(t, name, kinds[i]->fields, true);
        if (kinds[i]->posed) {
            dd_text_str(
                t, "---@field at? Thing|Frame|Vec3|number[]|Pose\n---@field place? PlaceDef\n");
        }
        dd_text_str(t, "\n");
    }
    dd_text_str(t, "---@class World\nlocal World = {}\n");
    add_rows(t, "World", "World:");
    for (int i = 0; i < n; i++) {
        char name[DD_NAME_MAX];
        def_class(kinds[i]->name, name);
        if (strcmp(kinds[i]->name, "stack") != 0) {
            dd_text_add(t, "---%s\n---@param t %s\n---@return Thing\nfunction World:%s(t) end\n\n",
                        kinds[i]->doc, name, kinds[i]->name);
        }
    }
}

static void add_measures(DdText* t)
{
    int n;
    const DdSenseKind* kinds = dd_measure_kinds(&n);
    for (int i = 0; i < n; i++) {
        dd_text_add(t, "---@class %sOptions\n", kinds[i].name);
        bool b = dd_api_reads(kinds[i].reads, "b");
        for (const DdField* f = dd_measure_fields; f->name; f++) {
            if (dd_api_reads(kinds[i].reads, f->name) && strcmp(f->name, "a") &&
                strcmp(f->name, "b")) {
                add_field(t, f, false, false);
            }
        }
        dd_text_add(t, "\n---%s%s%s%s\n---@param a Thing|Frame|string\n", kinds[i].doc,
                    *kinds[i].unit ? " [" : "", kinds[i].unit, *kinds[i].unit ? "]" : "");
        if (b) {
            dd_text_str(t, "---@param b? Thing|Frame|string\n");
        }
        dd_text_add(
            t,
            "---@param options? %sOptions\n---@return Measure\nfunction %s(a%s, options) end\n\n",
            kinds[i].name, kinds[i].name, b ? ", b" : "");
    }
}

static void add_story(DdText* t)
{
    int n;
    const DdStageKind* kinds = dd_stage_kinds(&n);
    dd_text_str(t, "---@class StoryThing\n");
    add_owner_fields(t, "StoryThing");
    dd_text_str(t, "local StoryThing = {}\n---@class Sim\n");
    add_owner_fields(t, "Sim");
    dd_text_str(t, "---@field [string] StoryThing\nlocal Sim = {}\n");
    add_rows(t, "Sim", "Sim:");
    for (int i = 0; i < n; i++) {
        char args[256] = "";
        for (const char* p = kinds[i].args ? kinds[i].args : ""; *p && strlen(args) < 200;) {
            size_t m = strcspn(p, " ");
            size_t used = strlen(args);
            snprintf(args + used, sizeof args - used, "%s%.*s", used ? ", " : "", (int)m, p);
            p += m;
            p += strspn(p, " ");
        }
        bool world = strcmp(kinds[i].target, "world") == 0;
        dd_text_add(t, "---%s\nfunction Sim:%s(%s%s%s) end\n\n", kinds[i].doc, kinds[i].name,
                    world ? "" : "target", !world && *args ? ", " : "", args);
        if (!world) {
            dd_text_add(t, "---%s\nfunction StoryThing:%s(%s) end\n\n", kinds[i].doc, kinds[i].name,
                        args);
        }
    }
}

// Globals that standard Lua has are known to the editor already.
static bool is_lua(const char* name)
{
    static const DdApiRow k_own[] = {
#define ROW(owner, name, signature, doc) {owner, #name, signature, doc},
        DD_API_SANDBOX(ROW)
#undef ROW
    };
    for (size_t i = 0; i < sizeof k_own / sizeof k_own[0]; i++) {
        if (strcmp(k_own[i].name, name) == 0 && strcmp(name, "log") != 0) {
            return true;
        }
    }
    return false;
}

static void add_agent(DdText* t)
{
    dd_text_str(
        t, "---@class AgentDef\n---@field act fun(obs: Observation): number|number[]|table\n"
           "---@field reset? fun(obs: Observation, info: Info)\n---@field name? string\n"
           "---@field doc? string\n\n---@class Observation\n---@field time number\n"
           "---@field age table<string, number>\n---@field fresh table<string, boolean>\n"
           "---@field [string] any\n\n---@class Bytes\n---@operator len: integer\n"
           "---@field byte fun(self: Bytes, i?: integer, j?: integer): integer ...\n"
           "---@field sub fun(self: Bytes, i?: integer, j?: integer): string\n"
           "---@field u16 fun(self: Bytes, i: integer): integer?\n"
           "---@field u32 fun(self: Bytes, i: integer): integer?\n"
           "---@field f32 fun(self: Bytes, i: integer): number?\n"
           "---@field f64 fun(self: Bytes, i: integer): number?\n\n---@class Info\n"
           "---@field instruction { en: string, ko: string }\n---@field robot string\n"
           "---@field agent_hz number\n---@field duration_s number\n---@field action table\n\n");
}

static void add_globals(DdText* t)
{
    int n;
    const DdApiRow* rows = dd_script_api(&n);
    for (int i = 0; i < n; i++) {
        if (*rows[i].owner || is_lua(rows[i].name)) {
            continue;
        }
        char params[256];
        params_of(rows[i].signature, params);
        dd_text_add(t, "---%s\n", rows[i].doc);
        if (strcmp(rows[i].name, "scenario") == 0) {
            dd_text_str(t, "---@param t ScenarioDef\n");
        } else if (strcmp(rows[i].name, "agent") == 0) {
            dd_text_str(t, "---@param t AgentDef\n");
        }
        add_return(t, rows[i].signature);
        dd_text_add(t, "function %s(%s) end\n\n", rows[i].name, params);
    }
}

char* dd_script_luals(void)
{
    DdText t = {0};
    dd_text_str(
        &t,
        "---@meta\n-- drydock's Lua API for editors with the Lua language server. Made from the "
        "program's tables.\n-- luacheck: ignore\n\n");
    add_values(&t);
    add_scenario(&t);
    add_world(&t);
    add_measures(&t);
    add_story(&t);
    add_agent(&t);
    add_globals(&t);
    return dd_text_take(&t);
}
