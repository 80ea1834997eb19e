// docs/lua_api.md: prose for what needs explaining, and one section per table.
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/script/api_rows.h"
#include "sim/script/api_text.h"
#include "sim/script/builder.h"
#include "sim/script/declare.h"
#include "sim/script/lua_place.h"
#include "sim/script/preset.h"

#define ROW(owner, name, signature, doc) {owner, #name, signature, doc},

// Fields of handles and of the story's objects: they are no calls, and no table makes them.
#define DD_API_FIELDS(X)                                                                           \
    X("Thing", name, "thing.name", "Its name.")                                                    \
    X("Thing", kind, "thing.kind", "What it is: \"box\", \"robot\", ...")                          \
    X("Thing", pos, "thing.pos", "Where its origin stands as declared, a Vec3.")                   \
    X("Thing", yaw, "thing.yaw", "Its heading as declared, in rad.")                               \
    X("Thing", frame, "thing.frame.NAME", "One of its frames; thing.NAME is the same for short.")  \
    X("Frame", name, "frame.name", "The name without the thing's.")                                \
    X("Frame", thing, "frame.thing", "The thing it belongs to.")                                   \
    X("Frame", pos, "frame.pos", "Where it is as declared, a Vec3 in the world.")                  \
    X("Frame", yaw, "frame.yaw", "The heading of its x axis as declared, in rad.")                 \
    X("Sim", time, "sim.time", "Simulated seconds since the start.")                               \
    X("StoryThing", name, "sim.NAME.name", "Its name.")                                            \
    X("StoryThing", kind, "sim.NAME.kind", "What it is.")                                          \
    X("StoryThing", pos, "sim.NAME.pos", "Where it is now, a Vec3.")                               \
    X("StoryThing", yaw, "sim.NAME.yaw", "Its heading now, in rad.")

// What an agent file holds and is given; the agent layer reads and makes them.
#define DD_API_AGENT(X)                                                                            \
    X("Agent", act, "act = function(obs) -> action",                                               \
      "Needed. At every tick of agent_hz: the action as a list of numbers in the order of the "    \
      "action space, a single number, or a table { PART = numbers }.")                             \
    X("Agent", reset, "reset = function(obs, info)", "Once, before the first act.")                \
    X("Agent", name, "name", "For lists and scorecards.")                                          \
    X("Agent", doc, "doc", "One sentence.")                                                        \
    X("Observation", CHANNEL, "obs.CHANNEL",                                                       \
      "The newest sample of a granted channel, nil while there is none: obs.odom.pose.x, "         \
      "obs.joints.position[1] (names in obs.joints.names). A scalar channel or a measure is a "    \
      "plain number. obs.scan.ranges[1] with angle_min and angle_increment; obs.gnss.latitude, "   \
      "NaN "                                                                                       \
      "without a fix. Pictures and clouds come as Bytes: obs.front.colour.data with "              \
      "width, height and encoding, obs.lidar.data with points, layout and step. Boxes are a "      \
      "list: "                                                                                     \
      "obs.front.boxes_2d[1].class, .instance, .visible.x0.")                                      \
    X("Bytes", byte, "data:byte(i, j) -> integers",                                                \
      "Of a picture or a cloud, as string.byte; #data is how many there are. The object shows "    \
      "the "                                                                                       \
      "newest picture, also when it was kept from an earlier act.")                                \
    X("Bytes", sub, "data:sub(i, j) -> string", "As string.sub, at most 262,144 bytes.")           \
    X("Bytes", u16, "data:u16(i) -> integer",                                                      \
      "The number that begins at byte i (from 1): depth in mm, an instance.")                      \
    X("Bytes", u32, "data:u32(i) -> integer", "The same of four bytes.")                           \
    X("Bytes", f32, "data:f32(i) -> number",                                                       \
      "The same: a depth in m, a coordinate of a cloud's point.")                                  \
    X("Bytes", f64, "data:f64(i) -> number", "The same of eight bytes.")                           \
    X("Observation", time, "obs.time", "Simulated seconds since the start.")                       \
    X("Observation", age, "obs.age.CHANNEL", "Seconds since the sample was measured.")             \
    X("Observation", fresh, "obs.fresh.CHANNEL", "Whether the sample is new since the last act.")  \
    X("Info", instruction, "info.instruction", "The task in words: { en, ko }.")                   \
    X("Info", robot, "info.robot", "The name of the driven robot.")                                \
    X("Info", agent_hz, "info.agent_hz", "How often act is called per simulated second.")          \
    X("Info", duration_s, "info.duration_s", "The longest time of the episode.")                   \
    X("Info", action, "info.action",                                                               \
      "The parts of the action space, in order and by name, each with name, kind, rotation, "      \
      "frame, n, labels, units, low, high, default, normalised.")

static const DdApiRow k_rows[] = {
    DD_API_CONSTRUCTORS(ROW) DD_API_DISTRIBUTIONS(ROW) DD_API_DISTRIBUTION(ROW) DD_API_PRELUDE(ROW)
        DD_API_STORY_PRELUDE(ROW) DD_API_CHECKS(ROW) DD_API_WORLD_ROBOT(ROW) DD_API_WORLD(ROW)
            DD_API_SIM(ROW) DD_API_STORY(ROW) DD_API_FIELDS(ROW) DD_API_AGENT(ROW)
                DD_API_SANDBOX(ROW)};

const DdApiRow* dd_script_api(int* n)
{
    *n = (int)(sizeof k_rows / sizeof k_rows[0]);
    return k_rows;
}

bool dd_api_reads(const char* reads, const char* name)
{
    size_t n = strlen(name);
    for (const char* p = reads ? reads : ""; *p; p += strspn(p, " ")) {
        size_t m = strcspn(p, " ");
        if (m == n && strncmp(p, name, n) == 0) {
            return true;
        }
        p += m;
    }
    return false;
}

// pieces

static const char* field_form(const DdField* f)
{
    static const char* const k_forms[] = {
        [DD_FIELD_NUMBER] = "number",      [DD_FIELD_INT] = "whole number",
        [DD_FIELD_BOOL] = "true or false", [DD_FIELD_STRING] = "name",
        [DD_FIELD_TEXT] = "text",          [DD_FIELD_VEC2] = "{x, y}",
        [DD_FIELD_VEC3] = "{x, y, z}",     [DD_FIELD_QUAT] = "{w, x, y, z}",
        [DD_FIELD_RGBA] = "{r, g, b, a}",  [DD_FIELD_NUMBERS] = "numbers",
        [DD_FIELD_NAMES] = "names",        [DD_FIELD_POINTS] = "points or frames",
        [DD_FIELD_REF] = "thing or frame",
    };
    return k_forms[f->kind];
}

static void add_form(DdText* t, const DdField* f)
{
    if (f->kind != DD_FIELD_ENUM) {
        dd_text_str(t, field_form(f));
        return;
    }
    for (int i = 0; f->names[i]; i++) {
        dd_text_add(t, "%s\"%s\"", i ? ", " : "", f->names[i]);
    }
}

static void add_field(DdText* t, const DdField* f)
{
    dd_text_add(t, "| `%s` | ", f->name);
    add_form(t, f);
    if (f->unit && *f->unit) {
        dd_text_add(t, ", %s", f->unit);
    }
    dd_text_add(t, " | %s%s |\n", f->flags & DD_REQUIRED ? "**needed**; " : "",
                f->doc ? f->doc : "");
}

typedef bool (*Wanted)(const DdField* f, const void* user);

static void add_fields(DdText* t, const DdField* fields, Wanted wanted, const void* user)
{
    bool any = false;
    for (const DdField* f = fields; f->name; f++) {
        if (!wanted || wanted(f, user)) {
            if (!any) {
                dd_text_str(t, "| field | value | |\n| --- | --- | --- |\n");
            }
            any = true;
            add_field(t, f);
        }
    }
    if (any) {
        dd_text_str(t, "\n");
    }
}

static void add_rows(DdText* t, const char* owner)
{
    dd_text_str(t, "| call | |\n| --- | --- |\n");
    for (size_t i = 0; i < sizeof k_rows / sizeof k_rows[0]; i++) {
        if (strcmp(k_rows[i].owner, owner) == 0) {
            dd_text_str(t, "| `");
            for (const char* p = k_rows[i].signature; *p; p++) {
                dd_text_add(t, *p == '|' ? "\\|" : "%c", *p);
            }
            dd_text_add(t, "` | %s |\n", k_rows[i].doc);
        }
    }
    dd_text_str(t, "\n");
}

#define ADD_LIST(t, list)                                                                          \
    do {                                                                                           \
        static const DdApiRow k_list[] = {list(ROW)};                                              \
        add_list(t, k_list, sizeof k_list / sizeof k_list[0]);                                     \
    } while (0)

static void add_list(DdText* t, const DdApiRow* rows, size_t n)
{
    dd_text_str(t, "| call | |\n| --- | --- |\n");
    for (size_t i = 0; i < n; i++) {
        dd_text_str(t, "| `");
        for (const char* p = rows[i].signature; *p; p++) {
            dd_text_add(t, *p == '|' ? "\\|" : "%c", *p);
        }
        dd_text_add(t, "` | %s |\n", rows[i].doc);
    }
    dd_text_str(t, "\n");
}

// sections

static bool plan_field(const DdField* f, const void* user)
{
    (void)user;
    return dd_scenario_has_field(f->name);
}

static bool slot_field(const DdField* f, const void* user)
{
    (void)user;
    return strcmp(f->name, "name") != 0; // the key of `agents`
}

static void add_docs(DdText* t, const DdFieldDoc* docs)
{
    for (; docs->name; docs++) {
        dd_text_add(t, "| `%s` | %s | %s |\n", docs->name, docs->type, docs->doc);
    }
    dd_text_str(t, "\n");
}

static void add_scenario(DdText* t)
{
    dd_text_str(
        t,
        "## Scenario\n\n"
        "A scenario file ends with `return scenario { ... }`. An unknown field is an error.\n\n");
    dd_text_str(t, "| field | value | |\n| --- | --- | --- |\n");
    for (const DdField* f = dd_plan_fields; f->name; f++) {
        if (plan_field(f, NULL)) {
            add_field(t, f);
        }
    }
    add_docs(t, dd_scenario_docs);
    dd_text_str(
        t,
        "An agent slot, in `agent = { ... }` or `agents = { NAME = { ... } }`; `robot` may be left "
        "out when there is only one:\n\n");
    add_fields(t, dd_slot_fields, slot_field, NULL);
    dd_text_str(t, "What a scenario file can return, and what other files return:\n\n");
    ADD_LIST(t, DD_API_CONSTRUCTORS);
}

static void add_params(DdText* t)
{
    dd_text_str(
        t,
        "## Params and distributions\n\n"
        "Lua tables have no order, so params are drawn, listed and recorded in the order of "
        "their names. Each has a random stream of its own: adding, removing or overriding "
        "one never shifts another. `build(w, p)` and `story(sim, p)` get the drawn values; "
        "asking p for a name that was not declared is an error. A value set from outside "
        "must have the param's type; it may lie outside the distribution, which is said once.\n\n");
    ADD_LIST(t, DD_API_DISTRIBUTIONS);
    ADD_LIST(t, DD_API_DISTRIBUTION);
    dd_text_str(
        t, "A distribution can be multiplied, divided, added to and subtracted from by a number: "
           "`uniform(-20, 20) * deg`. A number field of a *named* thing takes a distribution "
           "too, drawn from the stream \"THING/FIELD\".\n\n"
           "## Units\n\nUnits are numbers; a value times its unit is in SI. Requirements carry "
           "units in their text instead.\n\n| unit | is | |\n| --- | --- | --- |\n");
    for (const DdUnit* u = dd_units; u->name; u++) {
        char number[DD_NUMBER_TEXT_MAX];
        dd_number_print(u->value, number);
        dd_text_add(t, "| `%s` | %s | %s |\n", u->name, number, u->doc);
    }
    dd_text_str(t, "\n## Vectors and poses\n\n");
    ADD_LIST(t, DD_API_PRELUDE);
}

static void add_world(DdText* t)
{
    dd_text_str(
        t, "## World\n\n`build(w, p)` makes the world, once per episode, as a pure function of the "
           "params. What it makes is kept as data, so that a recording can be replayed without "
           "the script.\n\n");
    add_rows(t, "World");
    dd_text_str(t, "`w:robot` takes:\n\n");
    add_fields(t, dd_robot_args_fields, NULL, NULL);
    dd_text_str(
        t,
        "Beside these, and for every thing that has `pos`:\n\n"
        "| field | value | |\n| --- | --- | --- |\n"
        "| `at` | thing, frame, {x, y, z} or at(x, y, z, yaw) | Its origin stands there; pos and "
        "yaw are then relative to it. |\n"
        "| `place` | table | Drawn under constraints, see below. |\n"
        "| `joints` | { JOINT = position } | Of w:robot: over the start pose of its "
        "description. |\n\n"
        "`on = X` puts the thing's underside onto X: onto the top of a thing that has one, else "
        "onto the frame. `place = { ... }` draws a pose from the stream \"place/NAME\"; when "
        "none is found, the error names the constraint that rejected most samples:\n\n");
    add_fields(t, dd_place_fields, NULL, NULL);
    dd_text_str(t,
                "### Handles\n\nEvery call that makes something returns a handle. A frame or thing "
                "that does not exist is an error that says what is near. Handles work while build "
                "runs; a story says `sim.NAME`.\n\n");
    add_rows(t, "Thing");
    add_rows(t, "Frame");
}

static const char* const k_pose_names[] = {"pos", "yaw", "rpy", "quat", "on", "shift"};

static bool pose_field(const DdField* f, const void* user)
{
    (void)user;
    for (size_t i = 0; i < sizeof k_pose_names / sizeof k_pose_names[0]; i++) {
        if (strcmp(f->name, k_pose_names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool thing_field(const DdField* f, const void* user)
{
    const DdThingKind* kind = user;
    return strcmp(f->name, "name") != 0 && !(kind->posed && pose_field(f, NULL));
}

static void add_things(DdText* t)
{
    int n;
    const DdThingKind* const* kinds = dd_thing_kinds(&n);
    dd_text_str(t,
                "## Things\n\nEach is made by `w:KIND { field = value, ... }` and returns its "
                "handle. Every thing takes "
                "`name`: unique, made from the kind when left out. Things with a pose take:\n\n");
    for (int i = 0; i < n; i++) {
        if (kinds[i]->posed) {
            add_fields(t, kinds[i]->fields, pose_field, NULL);
            break;
        }
    }
    for (int i = 0; i < n; i++) {
        dd_text_add(t, "### w:%s\n\n%s\n\n", kinds[i]->name, kinds[i]->doc);
        add_fields(t, kinds[i]->fields, thing_field, kinds[i]);
        dd_text_str(t, kinds[i]->posed ? "" : "It takes no pose.\n\n");
        if (kinds[i]->frames && kinds[i]->frames[0]) {
            dd_text_str(t, "Frames: ");
            for (int k = 0; kinds[i]->frames[k]; k++) {
                dd_text_add(t, "%s`%s`", k ? ", " : "", kinds[i]->frames[k]);
            }
            dd_text_str(t, ".\n\n");
        }
    }
}

static bool measure_option(const DdField* f, const void* user)
{
    return dd_api_reads(((const DdSenseKind*)user)->reads, f->name) && strcmp(f->name, "a") != 0 &&
           strcmp(f->name, "b") != 0;
}

static void add_measures(DdText* t)
{
    int n;
    const DdSenseKind* kinds = dd_measure_kinds(&n);
    dd_text_str(
        t, "## Measures\n\nTruth signals with a unit, declared by `w:measure { NAME = ... }`, "
           "sampled at "
           "`measure_hz`, recorded, and not shown to an agent unless it observes them by name. "
           "a and b are things, frames or their names.\n\n"
           "| measure | unit | |\n| --- | --- | --- |\n");
    for (int i = 0; i < n; i++) {
        bool b = dd_api_reads(kinds[i].reads, "b");
        dd_text_add(t, "| `%s(a%s", kinds[i].name, b ? ", b" : "");
        bool any = false;
        for (const DdField* f = dd_measure_fields; f->name; f++) {
            if (measure_option(f, &kinds[i])) {
                dd_text_add(t, "%s%s =", any ? ", " : ", { ", f->name);
                any = true;
            }
        }
        dd_text_add(t, "%s)` | %s | %s |\n", any ? " }" : "", kinds[i].unit, kinds[i].doc);
    }
    dd_text_str(t, "\nTheir options:\n\n");
    static const char* const k_own[] = {"name", "kind", "a", "b", NULL};
    dd_text_str(t, "| field | value | |\n| --- | --- | --- |\n");
    for (const DdField* f = dd_measure_fields; f->name; f++) {
        bool own = false;
        for (int i = 0; k_own[i]; i++) {
            own = own || strcmp(k_own[i], f->name) == 0;
        }
        if (!own) {
            add_field(t, f);
        }
    }
    dd_text_str(t, "\nChecks of the start, for `w:require`; `inside(a, b)` is one too:\n\n");
    ADD_LIST(t, DD_API_CHECKS);
}

static void add_story(DdText* t)
{
    int n;
    const DdStageKind* kinds = dd_stage_kinds(&n);
    dd_text_str(t,
                "## Story\n\n`story(sim, p)` is a coroutine on simulated time: it runs until it "
                "waits, and goes "
                "on in the physics step in which the wait is due. An error in it makes the episode "
                "INVALID. Expressions are those of requirements, with past operators only.\n\n");
    add_rows(t, "Sim");
    dd_text_str(t, "Branches of a story:\n\n");
    ADD_LIST(t, DD_API_STORY);
    ADD_LIST(t, DD_API_STORY_PRELUDE);
    dd_text_str(t,
                "### Stage operations\n\nEach is a method of `sim`, `sim:KIND(target, ...)`, and "
                "of a thing, "
                "`sim.NAME:KIND(...)`; operations on the whole world take no target. Arguments are "
                "numbers in this order, lists of numbers, or a table by their names at the end.\n\n"
                "| operation | target | arguments | |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < n; i++) {
        dd_text_add(t, "| `%s` | %s | %s%s%s | %s |\n", kinds[i].name, kinds[i].target,
                    kinds[i].args && *kinds[i].args ? "`" : "", kinds[i].args ? kinds[i].args : "",
                    kinds[i].args && *kinds[i].args ? "`" : "", kinds[i].doc);
    }
    dd_text_str(t, "\n### Things in a story\n\n");
    add_rows(t, "StoryThing");
}

static bool not_plain(const DdField* f, const void* user)
{
    (void)user;
    return strcmp(f->name, "name") != 0 && strcmp(f->name, "kind") != 0 &&
           strcmp(f->name, "robot") != 0;
}

static bool sensor_common(const DdField* f, const void* user)
{
    static const char* const k_common[] = {"optional", "rate_hz", "phase_s", "latency_s",
                                           "noise",    "dropout", "pos",     "rpy"};
    (void)user;
    for (size_t i = 0; i < sizeof k_common / sizeof k_common[0]; i++) {
        if (strcmp(f->name, k_common[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool sensor_own(const DdField* f, const void* user)
{
    return not_plain(f, NULL) && !sensor_common(f, NULL) &&
           dd_api_reads(((const DdSenseKind*)user)->reads, f->name);
}

static void add_presets(DdText* t)
{
    dd_text_str(
        t,
        "### Presets\n\nThe name of a preset stands in place of a kind, `lidar = { \"PRESET\" }`, "
        "and "
        "fields given beside it count instead of its own. `\"./my_lidar.json\"` is a file beside "
        "the scenario or the robot: `{ \"kind\": .., \"doc\": .., \"source\": .., \"values\": "
        "{ FIELD: value } }`. `drydock list sensors` shows the numbers.\n\n"
        "| preset | kind | what | numbers from |\n| --- | --- | --- | --- |\n");
    json_t* presets = dd_preset_list();
    size_t i;
    json_t* p;
    json_array_foreach(presets, i, p)
    {
        const char* text[4];
        static const char* const k_columns[] = {"name", "kind", "doc", "source"};
        for (int k = 0; k < 4; k++) {
            const char* s = json_string_value(json_object_get(p, k_columns[k]));
            text[k] = s ? s : "";
        }
        dd_text_add(t, "| `%s` | %s | %s | %s |\n", text[0], text[1], text[2], text[3]);
    }
    json_decref(presets);
    dd_text_str(t, "\n");
}

static void add_robot(DdText* t)
{
    int n;
    dd_text_str(
        t, "## Robots\n\n`robots/NAME/robot.lua` ends with `return robot { ... }`. Its folder "
           "holds the model. "
           "A bare MJCF or URDF needs none: it gets a default description, which `drydock check "
           "--describe FILE` prints.\n\n");
    add_fields(t, dd_robot_desc_fields, NULL, NULL);
    dd_text_str(
        t,
        "| field | value | |\n| --- | --- | --- |\n"
        "| `start` | { JOINT = position } | The start pose; joints left out keep the model's. |\n"
        "| `spaces` | { NAME = { \"CONTROLLER\", ... } } | The action spaces it offers. "
        "`every = n` runs a controller every n physics steps. |\n"
        "| `sensors` | { NAME = { \"KIND\", ... } } | Its channels, ROBOT.NAME; a preset may stand "
        "for the kind. |\n\n"
        "### Controllers\n\n");
    const DdControllerKind* const* controllers = dd_controller_kinds(&n);
    for (int i = 0; i < n; i++) {
        dd_text_add(t, "#### %s\n\n%s\n\n", controllers[i]->name, controllers[i]->doc);
        add_fields(t, controllers[i]->fields, NULL, NULL);
    }
    dd_text_str(t, "### Sensors\n\nFor every kind:\n\n");
    add_fields(t, dd_sensor_fields, sensor_common, NULL);
    const DdSenseKind* sensors = dd_sensor_kinds(&n);
    for (int i = 0; i < n; i++) {
        dd_text_add(t, "#### %s\n\n%s\n\n", sensors[i].name, sensors[i].doc);
        add_fields(t, dd_sensor_fields, sensor_own, &sensors[i]);
    }
    add_presets(t);
}

static void add_agent(DdText* t)
{
    dd_text_str(
        t, "## Agents\n\nAn agent file ends with `return agent { act = function(obs) ... end }`. "
           "It runs in a "
           "sandbox of its own, with the units and the sandbox's globals but without the world, "
           "and sees what its slot observes, nothing else. Finite numbers out of range are "
           "clipped and counted, unless the slot says `reject`; anything else that is no action "
           "ends the episode as AGENT_ERROR.\n\n");
    add_rows(t, "Agent");
    add_rows(t, "Observation");
    add_rows(t, "Bytes");
    add_rows(t, "Info");
}

static void add_judge(DdText* t)
{
    int n;
    const DdMetricKind* metrics = dd_metric_kinds(&n);
    dd_text_str(
        t,
        "## Requirements and metrics\n\n"
        "`G[a,b] x`: x holds always from a to b seconds from now; `F[a,b] x`: at some time; `x "
        "U[a,b] "
        "y`: x until y; `H`, `O`, `S` look back; `and or not ->` combine; comparisons `<= < >= "
        ">` are between sums of signals and numbers with units. Without bounds they reach to the "
        "end of the episode. A signal is a measure, or a scalar field of a channel such as "
        "`amr.odom.twist.linear.x`. Units on both sides must agree.\n\n"
        "| metric | unit | |\n| --- | --- | --- |\n");
    for (int i = 0; i < n; i++) {
        dd_text_add(t, "| `%s` | %s | %s |\n", metrics[i].name, metrics[i].unit, metrics[i].doc);
    }
    dd_text_str(t,
                "\nWith several driven robots a metric is named `ROBOT.metric`.\n\n"
                "### Files for `drydock score --add`\n\nThey end with `return score { ... }`:\n\n"
                "| field | value | |\n| --- | --- | --- |\n");
    add_docs(t, dd_score_docs);
    dd_text_str(t,
                "\n## Rigs\n\nFiles for `drydock render --sensors` and `drydock run --sensors` end "
                "with `return rig { ... }`:\n\n| field | value | |\n| --- | --- | --- |\n");
    add_docs(t, dd_rig_docs);
}

char* dd_script_api_doc(void)
{
    DdText t = {0};
    dd_text_str(
        &t,
        "# The Lua API\n\n"
        "This page is made from the tables the program itself reads, and a test keeps it complete; "
        "`DRYDOCK_RENEW_DOCS=1 ctest -R unit/script/test_api` writes it anew. The editor "
        "completion "
        "`docs/luals/drydock.lua` comes from the same tables. To learn by doing, begin with "
        "`tutorial.md`.\n\n"
        "Everything is in SI: metres, kilograms, seconds, radians, newtons; z points up; "
        "quaternions are w x y z. Errors name file, line, field, value and what was expected.\n\n");
    add_scenario(&t);
    add_params(&t);
    add_world(&t);
    add_things(&t);
    add_measures(&t);
    add_story(&t);
    add_agent(&t);
    add_robot(&t);
    add_judge(&t);
    dd_text_str(
        &t, "## The sandbox\n\nScenario, robot and agent files run in a sandbox that counts their "
            "work and "
            "memory. Unknown globals are errors, `pairs` goes through keys in order, and these are "
            "all the globals there are beside the ones above:\n\n");
    ADD_LIST(&t, DD_API_SANDBOX);
    return dd_text_take(&t);
}
