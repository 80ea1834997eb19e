// Spaces: checking actions against their ranges, and the JSON form of an action space.
#include "sim/base/space.h"

#include <math.h>
#include <string.h>

#include "sim/base/text.h"

static const char* const k_kind_names[DD_ACTION_KIND_COUNT] = {
#define KIND_NAME(id, name) [id] = name,
    DD_ACTION_KIND_LIST(KIND_NAME)
#undef KIND_NAME
};

static const char* const k_rotation_names[] = {
    [DD_ROTATION_NONE] = "none", [DD_QUAT_WXYZ] = "quat_wxyz",
    [DD_ROTVEC] = "rotvec",      [DD_RPY] = "rpy",
    [DD_ROT6D] = "rot6d",
};
enum { k_rotation_count = sizeof k_rotation_names / sizeof k_rotation_names[0] };

const char* dd_action_kind_name(DdActionKind kind)
{
    DD_ASSERT((int)kind >= 0 && kind < DD_ACTION_KIND_COUNT);
    return k_kind_names[kind];
}

bool dd_action_kind_find(const char* name, DdActionKind* kind)
{
    for (int i = 0; i < DD_ACTION_KIND_COUNT; i++) {
        if (strcmp(k_kind_names[i], name) == 0) {
            *kind = (DdActionKind)i;
            return true;
        }
    }
    return false;
}

const char* dd_rotation_name(DdRotation rotation)
{
    DD_ASSERT((int)rotation >= 0 && (int)rotation < k_rotation_count);
    return k_rotation_names[rotation];
}

bool dd_rotation_find(const char* name, DdRotation* rotation)
{
    for (int i = 0; i < k_rotation_count; i++) {
        if (strcmp(k_rotation_names[i], name) == 0) {
            *rotation = (DdRotation)i;
            return true;
        }
    }
    return false;
}

static void fail_value(const DdActionPart* part, int i, double got, double low, double high,
                       const char* unit, DdError* err)
{
    char g[DD_NUMBER_TEXT_MAX];
    char lo[DD_NUMBER_TEXT_MAX];
    char hi[DD_NUMBER_TEXT_MAX];
    dd_number_print(got, g);
    dd_number_print(low, lo);
    dd_number_print(high, hi);
    const char* space = unit[0] == '\0' ? "" : " ";
    dd_fail(err, DD_ERROR_AGENT, "action '%s', %s: must be %s %s to %s%s%s, got %s", part->name,
            part->label[i], isfinite(got) ? "from" : "a finite number from", lo, hi, space, unit,
            g);
}

// one number of a part: clips to its range, then maps it to the unit it is delivered in
static DdActionCheck check_value(const DdActionSpace* space, const DdActionPart* part, int i,
                                 double* v, DdError* err)
{
    double low = part->normalised ? -1.0 : part->low[i];
    double high = part->normalised ? 1.0 : part->high[i];
    const char* unit = part->normalised ? "" : part->unit[i];
    if (!isfinite(*v)) {
        fail_value(part, i, *v, low, high, unit, err);
        return DD_ACTION_WRONG;
    }
    double wanted = *v;
    double kept = wanted < low ? low : wanted > high ? high : wanted;
    if (kept != wanted && space->reject) {
        fail_value(part, i, wanted, low, high, unit, err);
        return DD_ACTION_WRONG;
    }
    double delivered = kept;
    if (part->normalised) {
        // exact at both ends and, for ranges around zero, in the middle
        double a = 0.5 * (1.0 - kept);
        double b = 0.5 * (1.0 + kept);
        delivered = part->low[i] * a + part->high[i] * b;
    }
    if (part->kind == DD_ACTION_DISCRETE) {
        delivered = floor(delivered + 0.5);
    }
    *v = delivered;
    return kept != wanted ? DD_ACTION_CLIPPED : DD_ACTION_FINE;
}

DdActionCheck dd_action_check(const DdActionSpace* space, double* action, DdError* err)
{
    DdActionCheck result = DD_ACTION_FINE;
    int at = 0;
    for (int p = 0; p < space->npart; p++) {
        const DdActionPart* part = &space->part[p];
        for (int i = 0; i < part->n; i++) {
            DdActionCheck one = check_value(space, part, i, &action[at++], err);
            if (one == DD_ACTION_WRONG) {
                return DD_ACTION_WRONG;
            }
            if (one == DD_ACTION_CLIPPED) {
                result = DD_ACTION_CLIPPED;
            }
        }
    }
    return result;
}

void dd_action_default(const DdActionSpace* space, double* action)
{
    int at = 0;
    for (int p = 0; p < space->npart; p++) {
        for (int i = 0; i < space->part[p].n; i++) {
            action[at++] = space->part[p].def[i];
        }
    }
}

void dd_action_ungiven(const DdActionSpace* space, double* action)
{
    int at = 0;
    for (int p = 0; p < space->npart; p++) {
        const DdActionPart* part = &space->part[p];
        for (int i = 0; i < part->n; i++, at++) {
            double width = part->high[i] - part->low[i];
            if (part->normalised) {
                double mid = action[at] - part->low[i] - (part->high[i] - action[at]);
                action[at] = width > 0.0 ? mid / width : 0.0;
            }
        }
    }
}

// JSON

static json_t* number_to_json(double v)
{
    return isinf(v) ? json_string(v > 0 ? "inf" : "-inf") : json_real(v);
}

json_t* dd_action_space_to_json(const DdActionSpace* space)
{
    json_t* parts = json_array();
    for (int p = 0; p < space->npart; p++) {
        const DdActionPart* part = &space->part[p];
        json_t* labels = json_array();
        json_t* units = json_array();
        json_t* low = json_array();
        json_t* high = json_array();
        json_t* def = json_array();
        for (int i = 0; i < part->n; i++) {
            json_array_append_new(labels, json_string(part->label[i]));
            json_array_append_new(units, json_string(part->unit[i]));
            json_array_append_new(low, number_to_json(part->low[i]));
            json_array_append_new(high, number_to_json(part->high[i]));
            json_array_append_new(def, number_to_json(part->def[i]));
        }
        json_t* j = json_object();
        json_object_set_new(j, "name", json_string(part->name));
        json_object_set_new(j, "kind", json_string(dd_action_kind_name(part->kind)));
        json_object_set_new(j, "rotation", json_string(dd_rotation_name(part->rotation)));
        json_object_set_new(j, "frame", json_string(part->frame));
        json_object_set_new(j, "shape", json_integer(part->n));
        json_object_set_new(j, "labels", labels);
        json_object_set_new(j, "units", units);
        json_object_set_new(j, "low", low);
        json_object_set_new(j, "high", high);
        json_object_set_new(j, "default", def);
        json_object_set_new(j, "normalised", json_boolean(part->normalised));
        json_array_append_new(parts, j);
    }
    json_t* out = json_object();
    json_object_set_new(out, "parts", parts);
    json_object_set_new(out, "reject", json_boolean(space->reject));
    return out;
}

static bool read_text(const json_t* j, const char* key, char* out, size_t size)
{
    const char* s = json_string_value(json_object_get(j, key));
    if (s == NULL || strlen(s) >= size) {
        return false;
    }
    memcpy(out, s, strlen(s) + 1);
    return true;
}

static bool read_texts(const json_t* j, const char* key, char* out, size_t size, int n)
{
    const json_t* list = json_object_get(j, key);
    if (!json_is_array(list) || json_array_size(list) != (size_t)n) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        const char* s = json_string_value(json_array_get(list, (size_t)i));
        if (s == NULL || strlen(s) >= size) {
            return false;
        }
        memcpy(out + (size_t)i * size, s, strlen(s) + 1);
    }
    return true;
}

static bool read_numbers(const json_t* j, const char* key, double* out, int n)
{
    const json_t* list = json_object_get(j, key);
    if (!json_is_array(list) || json_array_size(list) != (size_t)n) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        const json_t* value = json_array_get(list, (size_t)i);
        const char* s = json_string_value(value);
        if (json_is_number(value)) {
            out[i] = json_number_value(value);
        } else if (s == NULL || !dd_number_parse(s, &out[i])) {
            return false;
        }
    }
    return true;
}

static bool fail_part(int p, const char* member, DdError* err)
{
    return dd_fail(err, DD_ERROR_DAMAGED, "action space: '%s' of part %d is missing or wrong",
                   member, p + 1);
}

static bool read_part(DdActionPart* part, int p, const json_t* j, DdError* err)
{
    char kind[32];
    char rotation[32];
    if (!read_text(j, "name", part->name, sizeof part->name)) {
        return fail_part(p, "name", err);
    }
    if (!read_text(j, "kind", kind, sizeof kind) || !dd_action_kind_find(kind, &part->kind)) {
        return fail_part(p, "kind", err);
    }
    if (!read_text(j, "rotation", rotation, sizeof rotation) ||
        !dd_rotation_find(rotation, &part->rotation)) {
        return fail_part(p, "rotation", err);
    }
    if (!read_text(j, "frame", part->frame, sizeof part->frame)) {
        return fail_part(p, "frame", err);
    }
    const json_t* shape = json_object_get(j, "shape");
    json_int_t n = json_integer_value(shape);
    if (!json_is_integer(shape) || n < 0 || n > DD_ACTION_DIM_MAX) {
        return fail_part(p, "shape", err);
    }
    part->n = (int)n;
    if (!read_texts(j, "labels", part->label[0], sizeof part->label[0], part->n)) {
        return fail_part(p, "labels", err);
    }
    if (!read_texts(j, "units", part->unit[0], sizeof part->unit[0], part->n)) {
        return fail_part(p, "units", err);
    }
    if (!read_numbers(j, "low", part->low, part->n)) {
        return fail_part(p, "low", err);
    }
    if (!read_numbers(j, "high", part->high, part->n)) {
        return fail_part(p, "high", err);
    }
    if (!read_numbers(j, "default", part->def, part->n)) {
        return fail_part(p, "default", err);
    }
    const json_t* normalised = json_object_get(j, "normalised");
    if (!json_is_boolean(normalised)) {
        return fail_part(p, "normalised", err);
    }
    part->normalised = json_is_true(normalised);
    return true;
}

bool dd_action_space_from_json(DdActionSpace* space, const json_t* j, DdError* err)
{
    memset(space, 0, sizeof *space);
    const json_t* parts = json_object_get(j, "parts");
    const json_t* reject = json_object_get(j, "reject");
    if (!json_is_array(parts) || !json_is_boolean(reject)) {
        return dd_fail(err, DD_ERROR_DAMAGED,
                       "action space: 'parts' or 'reject' is missing or wrong");
    }
    size_t npart = json_array_size(parts);
    if (npart > DD_ACTION_PARTS_MAX) {
        return dd_fail(err, DD_ERROR_DAMAGED,
                       "action space: at most %d parts are possible, got %zu", DD_ACTION_PARTS_MAX,
                       npart);
    }
    for (size_t p = 0; p < npart; p++) {
        if (!read_part(&space->part[p], (int)p, json_array_get(parts, p), err)) {
            return false;
        }
        space->n += space->part[p].n;
        space->npart++;
    }
    space->reject = json_is_true(reject);
    return true;
}
