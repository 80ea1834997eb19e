// API rows: every call users see, once. The file that binds a list expands it into its luaL_Reg;
// the manual and the editor completion expand all of them into text. X(owner, name, signature, doc)
// stands for the C function api_NAME.
#pragma once

#include "sim/lua/host.h"

#define DD_API_REG(owner, name, signature, doc) {#name, api_##name},

#define DD_API_CONSTRUCTORS(X)                                                                     \
    X("", scenario, "scenario { name, duration_s, build, ... } -> Scenario",                       \
      "Declares a scenario; a scenario file returns it.")                                          \
    X("", agent, "agent { act, reset } -> Agent",                                                  \
      "Declares a Lua agent; an agent file returns it.")                                           \
    X("", robot, "robot { name, model, spaces, sensors, ... } -> Robot",                           \
      "Declares a robot; robot.lua returns it.")                                                   \
    X("", score, "score { measure, expect, report } -> Score",                                     \
      "Declares measures and requirements to add to a recorded run (`drydock score --add`); they " \
      "name things and frames by text: distance(\"amr/dock\", \"bay/west\").")                     \
    X("", rig, "rig { sensors, carried, weather } -> Rig",                                         \
      "Declares sensors from outside of the scenario, for `drydock render` and `--sensors`; a "    \
      "rig "                                                                                       \
      "file returns it.")

#define DD_API_DISTRIBUTIONS(X)                                                                    \
    X("", uniform, "uniform(low, high) -> Distribution", "A number from low up to high.")          \
    X("", uniform_int, "uniform_int(low, high) -> Distribution",                                   \
      "A whole number from low to high, both included.")                                           \
    X("", normal, "normal(mean, sigma) -> Distribution",                                           \
      "A number from the normal distribution; sigma is one standard deviation.")                   \
    X("", choice, "choice { a, b, ... } -> Distribution",                                          \
      "One of the values with equal probability: numbers, booleans or strings, all of one type.")  \
    X("", constant, "constant(value) -> Distribution",                                             \
      "Always the value; a bare number, boolean or string means the same.")

#define DD_API_DISTRIBUTION(X)                                                                     \
    X("Distribution", clip, "dist:clip(low, high) -> Distribution",                                \
      "The same, with values below low set to low and values above high set to high.")

#define DD_API_CHECKS(X)                                                                           \
    X("", clear, "clear(a, b, distance) -> Check",                                                 \
      "For w:require: a and b start at least `distance` m apart, surface to surface.")             \
    X("", near, "near(a, b, distance) -> Check",                                                   \
      "For w:require: a and b start at most `distance` m apart.")                                  \
    X("", upright, "upright(a, angle) -> Check",                                                   \
      "For w:require: a starts tilted by at most `angle` rad; 5 degrees when left out.")

#define DD_API_STORY(X)                                                                            \
    X("", wait, "wait(seconds)", "The same as sim:wait.")                                          \
    X("", wait_until, "wait_until(expr, { hold_s, timeout_s }) -> boolean",                        \
      "The same as sim:wait_until.")                                                               \
    X("", parallel, "parallel { f, g, ... }",                                                      \
      "In a story: runs the functions side by side and goes on when all have returned.")           \
    X("", race, "race { f, g, ... } -> integer",                                                   \
      "In a story: runs the functions side by side, goes on when the first has returned, drops "   \
      "the others, and returns the winner's place in the list.")

#define DD_API_STORY_PRELUDE(X)                                                                    \
    X("", serial, "serial { f, g, ... }", "In a story: runs the functions one after the other.")

#define DD_API_PRELUDE(X)                                                                          \
    X("", vec3, "vec3(x, y, z) -> Vec3",                                                           \
      "A vector {x, y, z} with + - * / and unary minus, v:norm(), v:dot(u), v:turned(yaw), and "   \
      "its elements as v.x, v.y, v.z. Every field that takes {x, y, z} takes it.")                 \
    X("", at, "at(x, y, z, yaw) -> Pose", "A pose {pos = {x, y, z}, yaw = yaw} for the field `at`.")

#define DD_API_WORLD_ROBOT(X)                                                                      \
    X("World", robot,                                                                              \
      "w:robot { X, name, pos, yaw, at, on, shift, place, joints, root, ... } -> Thing",           \
      "Puts a robot into the world. X is a robot's name, or the path of an .xml or .urdf or of a " \
      "folder with a robot.lua, absolute or relative to the scenario's folder.")

#define DD_API_WORLD(X)                                                                            \
    X("World", stack, "w:stack(slots, { count, kind, clear_of, tiers, name, ... }) -> { Thing }",  \
      "Puts `count` containers (a number or a distribution) on a table of slots {NAME = frame}, "  \
      "drawn from the stream \"draw/NAME/slot\", never on the slots named in clear_of and at "     \
      "most "                                                                                      \
      "`tiers` high. Further fields are given to every container; `kind` stacks another thing. "   \
      "With one table only it is the thing below.")                                                \
    X("World", measure, "w:measure { NAME = measure, ... }",                                       \
      "Declares measures: named truth signals for requirements, reports and waits.")               \
    X("World", require, "w:require(check, text)",                                                  \
      "An episode whose start does not pass the check counts as INVALID and does not begin. The "  \
      "check is clear, near, inside or upright.")                                                  \
    X("World", sensor, "w:sensor { KIND, name, robot, ... }",                                      \
      "Adds a sensor that the robot's description does not have; a preset may stand for KIND.")    \
    X("World", draw, "w:draw(name, dist) -> number | boolean | string",                            \
      "Draws a value from this episode's random stream \"draw/NAME\"; draws of one name go on.")   \
    X("World", thing, "w:thing(name) -> Thing", "The thing or robot of that name.")                \
    X("World", pose, "w:pose(thing_or_frame) -> Vec3, yaw",                                        \
      "Where a thing or frame stands as declared, in the world.")

#define DD_API_SIM(X)                                                                              \
    X("Sim", wait, "sim:wait(seconds)", "Lets simulated time pass; at least one physics step.")    \
    X("Sim", wait_until, "sim:wait_until(expr, { hold_s, timeout_s }) -> boolean",                 \
      "Waits until the expression holds (for hold_s without a break). False when timeout_s "       \
      "passed before.")                                                                            \
    X("Sim", done, "sim:done(reason)",                                                             \
      "Ends the episode after this step. Whether it succeeded, `expect` decides.")                 \
    X("Sim", value, "sim:value(signal) -> number | nil",                                           \
      "The newest value of a measure or channel field; nil while there is none.")                  \
    X("Sim", get, "sim:get(signal) -> number | nil", "The same as sim:value.")                     \
    X("Sim", event, "sim:event(kind, subject, text)", "Writes an event into the recording.")       \
    X("Sim", thing, "sim:thing(name) -> StoryThing",                                               \
      "The thing of that name; sim.NAME is the same for names that are words.")

// What the host opens by itself.
#define DD_API_SANDBOX(X)                                                                          \
    X("", print, "print(...)",                                                                     \
      "Writes a line to the terminal and, with file and line, into the "                           \
      "recording.")                                                                                \
    X("", log, "log(level, ...)",                                                                  \
      "The same with a level: \"debug\", \"info\", \"warn\", \"error\".")                          \
    X("", require, "require(name) -> any",                                                         \
      "\"lib.x\" is scenarios/lib/x.lua of the installation, any other name a file below the "     \
      "file's own folder.")                                                                        \
    X("", pairs, "pairs(table)", "Every key in order: numbers, then text, then handles as made.")  \
    X("", ipairs, "ipairs(table)", "1, 2, ... up to the first nil.")                               \
    X("", type, "type(value) -> string", "As in Lua.")                                             \
    X("", tostring, "tostring(value) -> string", "As in Lua, without addresses.")                  \
    X("", tonumber, "tonumber(value, base) -> number | nil", "As in Lua.")                         \
    X("", select, "select(n, ...) -> any", "As in Lua.")                                           \
    X("", error, "error(message, level)", "As in Lua.")                                            \
    X("", assert, "assert(value, message) -> any", "As in Lua.")                                   \
    X("", pcall, "pcall(f, ...) -> boolean, any", "As in Lua; a spent budget passes through.")     \
    X("", xpcall, "xpcall(f, handler, ...) -> boolean, any", "As in Lua.")                         \
    X("", setmetatable, "setmetatable(table, metatable) -> table",                                 \
      "As in Lua, without __gc and __mode.")                                                       \
    X("", getmetatable, "getmetatable(value) -> table | nil", "As in Lua, for your own tables.")   \
    X("", rawget, "rawget(table, key) -> any", "As in Lua.")                                       \
    X("", rawset, "rawset(table, key, value) -> table", "As in Lua.")                              \
    X("", rawlen, "rawlen(value) -> integer", "As in Lua.")                                        \
    X("", rawequal, "rawequal(a, b) -> boolean", "As in Lua.")                                     \
    X("", stream, "stream(name) -> Stream",                                                        \
      "The named random stream of this episode: s:uniform(lo, hi), s:normal(mean, sigma), "        \
      "s:int(lo, hi), s:choice(list).")                                                            \
    X("", string, "string", "Lua's string library, bounded.")                                      \
    X("", table, "table", "Lua's table library, bounded; table.sort is stable.")                   \
    X("", math, "math", "Lua's math library; math.random draws from the episode's streams.")       \
    X("", utf8, "utf8", "Lua's utf8 library.")                                                     \
    X("", coroutine, "coroutine", "Lua's coroutine library.")                                      \
    X("", _G, "_G", "All globals; it cannot be written.")                                          \
    X("", _VERSION, "_VERSION", "\"Lua 5.4\".")

typedef struct DdUnit {
    const char* name;
    double value;
    const char* doc;
} DdUnit;

extern const DdUnit dd_units[]; // ends with a NULL name
extern const char dd_prelude[]; // the Lua text behind DD_API_PRELUDE

// w:stack, written in Lua, is kept in the registry under this name.
#define DD_STACK_KEY "drydock.stack"

// Sets functions as globals, past the guest's guard on unknown names.
void dd_api_set_globals(lua_State* L, const luaL_Reg* functions);
// The value on top of the stack becomes the global `name`.
void dd_api_set_global(lua_State* L, const char* name);
// Units and the prelude's functions. Raises.
void dd_api_open(lua_State* L);
