// A description as text that a person reads.
#include <stdarg.h>
#include <string.h>

#include "robots/robot.h"

// Appends to a malloc'd text.
static void add(char** text, size_t* size, const char* fmt, ...) DD_PRINTF(3, 4);

static void add(char** text, size_t* size, const char* fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    *text = realloc(*text, *size + (size_t)n + 1);
    DD_ASSERT(*text);
    vsnprintf(*text + *size, (size_t)n + 1, fmt, again);
    va_end(again);
    *size += (size_t)n;
}

// "joints = a, b, c": the members of a def that differ from its kind's defaults.
static void add_members(char** text, size_t* size, const DdRobotSpace* space)
{
    DdRobotSpace* plain = aligned_alloc(_Alignof(DdRobotSpace), sizeof *plain);
    DD_ASSERT(plain);
    memset(plain, 0, sizeof *plain);
    space->kind->init(plain->def);
    json_t* mine = dd_fields_write_json(space->kind->fields, space->def);
    json_t* theirs = dd_fields_write_json(space->kind->fields, plain->def);
    const char* key;
    json_t* value;
    json_object_foreach(mine, key, value)
    {
        if (json_equal(value, json_object_get(theirs, key))) {
            continue;
        }
        add(text, size, "      %s = ", key);
        if (json_is_array(value)) {
            size_t i;
            json_t* item;
            json_array_foreach(value, i, item)
            {
                if (json_is_string(item)) {
                    add(text, size, "%s%s", i ? ", " : "", json_string_value(item));
                } else {
                    add(text, size, "%s%g", i ? ", " : "", json_number_value(item));
                }
            }
            add(text, size, "\n");
        } else {
            char* shown = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
            add(text, size, "%s\n", shown ? shown : "");
            free(shown);
        }
    }
    json_decref(mine);
    json_decref(theirs);
    free(plain);
}

char* dd_robot_desc_text(const DdRobotDesc* desc)
{
    char* text = NULL;
    size_t size = 0;
    add(&text, &size, "robot %s", desc->name);
    add(&text, &size, "%s%s\n", desc->doc[0] ? ": " : "", desc->doc);
    add(&text, &size, "  model   %s\n", desc->model);
    add(&text, &size, "  base    %s, %s\n", desc->base[0] ? desc->base : "first root body",
        desc->fixed  ? "fixed to the world"
        : desc->free ? "made free"
                     : "as the model has it");
    add(&text, &size, "  size    %.3f x %.3f x %.3f m\n", 2 * desc->half[0], 2 * desc->half[1],
        2 * desc->half[2]);
    double under = desc->half[2] - desc->centre[2];
    if (under > 0.001 && !desc->lift_to_floor) {
        add(&text, &size, "  reaches %.3f m below its own origin: place it that much higher\n",
            under);
    }
    if (desc->lift_to_floor) {
        add(&text, &size, "  stands on its lowest point\n");
    }

    add(&text, &size, "  start pose (%d self-contact%s)\n", desc->start_contacts,
        desc->start_contacts == 1 ? "" : "s");
    for (int i = 0; i < desc->start_joints.n; i++) {
        add(&text, &size, "      %s = %.4f\n", desc->start_joints.v[i], desc->start_values.v[i]);
    }
    add(&text, &size, "  action spaces\n");
    for (int i = 0; i < desc->nspace; i++) {
        const DdRobotSpace* space = &desc->space[i];
        add(&text, &size, "    %s: %s", space->name, space->kind->name);
        if (space->every > 1) {
            add(&text, &size, ", every %d physics steps", space->every);
        }
        add(&text, &size, "\n");
        add_members(&text, &size, space);
    }
    add(&text, &size, "  channels\n");
    size_t i;
    json_t* sensor;
    json_array_foreach(desc->sensors, i, sensor)
    {
        const char* name = json_string_value(json_object_get(sensor, "name"));
        const char* kind = json_string_value(json_object_get(sensor, "kind"));
        add(&text, &size, "    %s: %s\n", name ? name : "?", kind ? kind : "?");
    }
    return text;
}
