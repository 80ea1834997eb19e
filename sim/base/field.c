// Fields: reading, writing and checking def structs by their tables.
#include "sim/base/field.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "sim/base/math3.h"
#include "sim/base/text.h"

enum { k_suggest_max = 64, k_shown_max = 80 };

static void* member_of(const DdField* field, void* def)
{
    return (char*)def + field->offset;
}

static const void* member_at(const DdField* field, const void* def)
{
    return (const char*)def + field->offset;
}

// how many doubles of a member are to be checked one by one, and where they are
static const double* numbers_of(const DdField* field, const void* def, int* n)
{
    const void* m = member_at(field, def);
    switch (field->kind) {
    case DD_FIELD_NUMBER:
        *n = 1;
        return m;
    case DD_FIELD_VEC2:
        *n = 2;
        return m;
    case DD_FIELD_VEC3:
        *n = 3;
        return m;
    case DD_FIELD_QUAT:
    case DD_FIELD_RGBA:
        *n = 4;
        return m;
    case DD_FIELD_NUMBERS:
        *n = ((const DdNumbers*)m)->n;
        return ((const DdNumbers*)m)->v;
    case DD_FIELD_POINTS:
        *n = 3 * ((const DdPoints*)m)->n;
        return &((const DdPoints*)m)->v[0][0];
    default:
        *n = 0;
        return NULL;
    }
}

const DdField* dd_field_find(const DdField* fields, const char* name)
{
    for (const DdField* f = fields; f->kind != DD_FIELD_END; f++) {
        if (strcmp(f->name, name) == 0) {
            return f;
        }
    }
    return NULL;
}

const char* dd_field_suggest(const DdField* fields, const char* name)
{
    const char* names[256];
    int n = 0;
    for (const DdField* f = fields; f->kind != DD_FIELD_END && n < 256; f++) {
        names[n++] = f->name;
    }
    return dd_nearest_name(name, names, n);
}

// edits between two names: insert, delete, replace, swap of neighbours; case does not count
static int edit_distance(const char* a, const char* b)
{
    int na = (int)strlen(a);
    int nb = (int)strlen(b);
    int row[3][k_suggest_max + 1];
    for (int j = 0; j <= nb; j++) {
        row[0][j] = j;
    }
    for (int i = 1; i <= na; i++) {
        int* now = row[i % 3];
        const int* up = row[(i + 2) % 3];
        const int* up2 = row[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= nb; j++) {
            int ca = tolower((unsigned char)a[i - 1]);
            int cb = tolower((unsigned char)b[j - 1]);
            int best = up[j - 1] + (ca != cb);
            best = up[j] + 1 < best ? up[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            bool swapped = i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
                           cb == tolower((unsigned char)a[i - 2]);
            if (swapped && up2[j - 2] + 1 < best) {
                best = up2[j - 2] + 1;
            }
            now[j] = best;
        }
    }
    return row[na % 3][nb];
}

const char* dd_nearest_name(const char* name, const char* const* names, int n)
{
    size_t len = strlen(name);
    if (len == 0 || len > k_suggest_max) {
        return NULL;
    }
    const char* best = NULL;
    int best_score = 0;
    for (int i = 0; i < n; i++) {
        size_t other = strlen(names[i]);
        if (other > k_suggest_max) {
            continue;
        }
        int distance = edit_distance(name, names[i]);
        int allowed = 1 + (int)len / 4;
        // "dur" for "duration_s": the start of a name is as good as a slip of the finger
        size_t shorter = len < other ? len : other;
        bool start = shorter >= 3 && strncmp(name, names[i], shorter) == 0;
        // a name of one or two letters is near only to the same letters in another case or order
        bool near =
            len <= 2 ? distance == 0 || (distance == 1 && other == len + 1) : distance <= allowed;
        int score = distance <= allowed ? distance : allowed + 1;
        if ((near || start) && (best == NULL || score < best_score)) {
            best = names[i];
            best_score = score;
        }
    }
    return best;
}

// ranges

// "mass", "size[2]" (counted from 1, as Lua does), "path[3].y"
static void print_place(const DdField* field, int i, char* out, size_t size)
{
    static const char k_axis[] = "xyz";
    if (field->kind == DD_FIELD_NUMBER || field->kind == DD_FIELD_INT) {
        snprintf(out, size, "%s", field->name);
    } else if (field->kind == DD_FIELD_POINTS) {
        snprintf(out, size, "%s[%d].%c", field->name, i / 3 + 1, k_axis[i % 3]);
    } else {
        snprintf(out, size, "%s[%d]", field->name, i + 1);
    }
}

static bool check_number(const DdField* field, int i, double v, const char* what, DdErrorCode code,
                         DdError* err)
{
    int flags = field->flags;
    if (field->kind == DD_FIELD_RGBA) {
        flags |= DD_UNIT_RANGE;
    }
    const char* rule = NULL;
    if (isnan(v) || (isinf(v) && !(flags & DD_ALLOW_INF))) {
        rule = "be a finite number";
    } else if ((flags & DD_POSITIVE) && !(v > 0)) {
        rule = "be positive";
    } else if ((flags & DD_NONNEGATIVE) && !(v >= 0)) {
        rule = "not be negative";
    } else if ((flags & DD_UNIT_RANGE) && !(v >= 0 && v <= 1)) {
        rule = "be between 0 and 1";
    }
    if (rule == NULL) {
        return true;
    }
    char place[DD_NAME_MAX + 32];
    char number[DD_NUMBER_TEXT_MAX];
    print_place(field, i, place, sizeof place);
    dd_number_print(v, number);
    bool unit = field->unit != NULL && field->unit[0] != '\0' && isfinite(v);
    return dd_fail(err, code, "%s: %s must %s, got %s%s%s", what, place, rule, number,
                   unit ? " " : "", unit ? field->unit : "");
}

// whether a required member was left at its empty default, where that can be seen
static bool is_empty(const DdField* field, const void* def)
{
    const void* m = member_at(field, def);
    switch (field->kind) {
    case DD_FIELD_STRING:
    case DD_FIELD_TEXT:
    case DD_FIELD_REF:
        return ((const char*)m)[0] == '\0';
    case DD_FIELD_NUMBERS:
        return ((const DdNumbers*)m)->n == 0;
    case DD_FIELD_NAMES:
        return ((const DdNames*)m)->n == 0;
    case DD_FIELD_POINTS:
        return ((const DdPoints*)m)->n == 0;
    default:
        return false;
    }
}

static bool fail_required(const DdField* field, const char* what, DdErrorCode code, DdError* err)
{
    bool doc = field->doc != NULL && field->doc[0] != '\0';
    return dd_fail(err, code, "%s: %s must be given%s%s%s", what, field->name, doc ? " (" : "",
                   doc ? field->doc : "", doc ? ")" : "");
}

// Names and texts go into JSON and message definitions.
static bool check_text(const DdField* field, const void* m, const char* what, DdErrorCode code,
                       DdError* err)
{
    const DdNames* names = m;
    bool fine = true;
    if (field->kind == DD_FIELD_NAMES) {
        for (int i = 0; i < names->n; i++) {
            fine = fine && dd_text_is_utf8(names->v[i]);
        }
    } else {
        fine = dd_text_is_utf8(m);
    }
    return fine || dd_fail(err, code, "%s: %s must be UTF-8 text, got bytes that are not", what,
                           field->name);
}

bool dd_field_check(const DdField* field, const void* def, const char* what, DdErrorCode code,
                    DdError* err)
{
    if ((field->flags & DD_REQUIRED) && is_empty(field, def)) {
        return fail_required(field, what, code, err);
    }
    const void* m = member_at(field, def);
    if (field->kind == DD_FIELD_INT) {
        return check_number(field, 0, *(const int*)m, what, code, err);
    }
    if (field->kind == DD_FIELD_ENUM) {
        int n = 0;
        while (field->names[n] != NULL) {
            n++;
        }
        int v = *(const int*)m;
        if (v < 0 || v >= n) {
            return dd_fail(err, code, "%s: %s must be one of its %d names, got number %d", what,
                           field->name, n, v);
        }
        return true;
    }
    if (field->kind == DD_FIELD_STRING || field->kind == DD_FIELD_TEXT ||
        field->kind == DD_FIELD_REF || field->kind == DD_FIELD_NAMES) {
        return check_text(field, m, what, code, err);
    }
    int n = 0;
    const double* v = numbers_of(field, def, &n);
    for (int i = 0; i < n; i++) {
        if (!check_number(field, i, v[i], what, code, err)) {
            return false;
        }
    }
    return true;
}

bool dd_fields_check(const DdField* fields, const void* def, const char* what, DdErrorCode code,
                     DdError* err)
{
    for (const DdField* f = fields; f->kind != DD_FIELD_END; f++) {
        if (!dd_field_check(f, def, what, code, err)) {
            return false;
        }
    }
    return true;
}

// JSON

typedef struct Reader {
    const char* what;
    DdErrorCode code;
    DdError* err;
} Reader;

// what stands there instead: `the text "heavy"`, "the number 3"
static void print_json(const json_t* value, char* out, size_t size)
{
    if (json_is_string(value)) {
        snprintf(out, size, "the text \"%.60s\"", json_string_value(value));
    } else if (json_is_number(value)) {
        char number[DD_NUMBER_TEXT_MAX];
        dd_number_print(json_number_value(value), number);
        snprintf(out, size, "the number %s", number);
    } else if (json_is_array(value)) {
        snprintf(out, size, "a list of %d", (int)json_array_size(value));
    } else {
        snprintf(out, size, "%s",
                 json_is_object(value)    ? "an object"
                 : json_is_boolean(value) ? "a boolean"
                                          : "null");
    }
}

static bool fail_kind(const Reader* r, const char* place, const char* expected, const json_t* value)
{
    char got[k_shown_max + 32];
    print_json(value, got, sizeof got);
    return dd_fail(r->err, r->code, "%s: %s must be %s, got %s", r->what, place, expected, got);
}

static bool read_number(const Reader* r, const char* place, const json_t* value, double* out)
{
    if (json_is_number(value)) {
        *out = json_number_value(value);
        return true;
    }
    if (json_is_string(value)) {
        const char* s = json_string_value(value);
        if (strcmp(s, "inf") == 0 || strcmp(s, "-inf") == 0) {
            *out = s[0] == '-' ? -INFINITY : INFINITY;
            return true;
        }
    }
    return fail_kind(r, place, "a number", value);
}

static bool read_string(const Reader* r, const char* place, const json_t* value, char* out,
                        size_t size)
{
    if (!json_is_string(value)) {
        return fail_kind(r, place, "a text", value);
    }
    size_t n = json_string_length(value);
    if (n >= size) {
        return dd_fail(r->err, r->code, "%s: %s must have at most %zu bytes, got %zu", r->what,
                       place, size - 1, n);
    }
    if (memchr(json_string_value(value), '\0', n) != NULL) {
        return dd_fail(r->err, r->code, "%s: %s must not hold a NUL character", r->what, place);
    }
    memset(out, 0, size);
    memcpy(out, json_string_value(value), n);
    return true;
}

static bool read_numbers(const Reader* r, const DdField* field, const json_t* value, double* out,
                         int min, int max, int* n)
{
    char expected[64];
    if (min == max) {
        snprintf(expected, sizeof expected, "a list of %d numbers", min);
    } else {
        snprintf(expected, sizeof expected, "a list of %d to %d numbers", min, max);
    }
    size_t size = json_array_size(value);
    if (!json_is_array(value) || size < (size_t)min || size > (size_t)max) {
        return fail_kind(r, field->name, expected, value);
    }
    for (size_t i = 0; i < size; i++) {
        char place[DD_NAME_MAX + 32];
        print_place(field, (int)i, place, sizeof place);
        if (!read_number(r, place, json_array_get(value, i), &out[i])) {
            return false;
        }
    }
    *n = (int)size;
    return true;
}

static bool read_names(const Reader* r, const DdField* field, const json_t* value, DdNames* out)
{
    if (!json_is_array(value) || json_array_size(value) > DD_NAMES_MAX) {
        return fail_kind(r, field->name, "a list of at most 64 names", value);
    }
    out->n = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        char place[DD_NAME_MAX + 32];
        print_place(field, (int)i, place, sizeof place);
        if (!read_string(r, place, json_array_get(value, i), out->v[i], sizeof out->v[i])) {
            return false;
        }
        out->n = (int)i + 1;
    }
    return true;
}

static bool read_points(const Reader* r, const DdField* field, const json_t* value, DdPoints* out)
{
    if (!json_is_array(value) || json_array_size(value) > DD_POINTS_MAX) {
        return fail_kind(r, field->name, "a list of at most 64 points", value);
    }
    out->n = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        char place[DD_NAME_MAX + 32];
        snprintf(place, sizeof place, "%s[%d]", field->name, (int)i + 1);
        const json_t* point = json_array_get(value, i);
        size_t size = json_array_size(point);
        if (!json_is_array(point) || size < 2 || size > 3) {
            return fail_kind(r, place, "a point of 2 or 3 numbers", point);
        }
        out->v[i][2] = 0.0;
        for (size_t k = 0; k < size; k++) {
            if (!read_number(r, place, json_array_get(point, k), &out->v[i][k])) {
                return false;
            }
        }
        out->n = (int)i + 1;
    }
    return true;
}

static bool read_enum(const Reader* r, const DdField* field, const json_t* value, int* out)
{
    int n = 0;
    for (; field->names[n] != NULL; n++) {
        if (json_is_string(value) && strcmp(json_string_value(value), field->names[n]) == 0) {
            *out = n;
            return true;
        }
    }
    DdText list = {0};
    dd_text_str(&list, "one of ");
    for (int i = 0; i < n; i++) {
        dd_text_add(&list, "%s'%s'", i == 0 ? "" : ", ", field->names[i]);
    }
    if (json_is_string(value)) {
        const char* near = dd_nearest_name(json_string_value(value), field->names, n);
        dd_fail(r->err, r->code, "%s: %s must be %s, got '%.60s'%s%s%s", r->what, field->name,
                list.data, json_string_value(value), near == NULL ? "" : ", did you mean '",
                near == NULL ? "" : near, near == NULL ? "" : "'?");
    } else {
        fail_kind(r, field->name, list.data, value);
    }
    dd_text_free(&list);
    return false;
}

static bool read_int(const Reader* r, const DdField* field, const json_t* value, int* out)
{
    double v = json_number_value(value);
    if (!json_is_number(value) || v != floor(v) || fabs(v) > 2147483647.0) {
        return fail_kind(r, field->name, "a whole number", value);
    }
    *out = (int)v;
    return true;
}

static bool read_field(const Reader* r, const DdField* field, void* def, const json_t* value)
{
    void* m = member_of(field, def);
    int n = 0;
    switch (field->kind) {
    case DD_FIELD_NUMBER:
        return read_number(r, field->name, value, m);
    case DD_FIELD_INT:
        return read_int(r, field, value, m);
    case DD_FIELD_BOOL:
        if (!json_is_boolean(value)) {
            return fail_kind(r, field->name, "true or false", value);
        }
        *(bool*)m = json_is_true(value);
        return true;
    case DD_FIELD_STRING:
    case DD_FIELD_REF:
        return read_string(r, field->name, value, m, DD_NAME_MAX);
    case DD_FIELD_TEXT:
        return read_string(r, field->name, value, m, DD_PATH_MAX);
    case DD_FIELD_ENUM:
        return read_enum(r, field, value, m);
    case DD_FIELD_VEC2:
        return read_numbers(r, field, value, m, 2, 2, &n);
    case DD_FIELD_VEC3:
        return read_numbers(r, field, value, m, 3, 3, &n);
    case DD_FIELD_QUAT: {
        double* q = m;
        if (!read_numbers(r, field, value, q, 4, 4, &n)) {
            return false;
        }
        double norm2 = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
        if (!(norm2 > 0.0)) {
            return dd_fail(r->err, r->code, "%s: %s must be a rotation (w, x, y, z), got all zeros",
                           r->what, field->name);
        }
        // a unit quaternion keeps its bits, so that write and read are each other's inverse
        if (fabs(norm2 - 1.0) > 1e-15 && isfinite(norm2)) {
            dd_quat_normalize(q);
        }
        return true;
    }
    case DD_FIELD_RGBA: {
        double* rgba = m;
        if (!read_numbers(r, field, value, rgba, 3, 4, &n)) {
            return false;
        }
        if (n == 3) {
            rgba[3] = 1.0;
        }
        return true;
    }
    case DD_FIELD_NUMBERS: {
        DdNumbers* list = m;
        return read_numbers(r, field, value, list->v, 0, DD_NUMBERS_MAX, &list->n);
    }
    case DD_FIELD_NAMES:
        return read_names(r, field, value, m);
    case DD_FIELD_POINTS:
        return read_points(r, field, value, m);
    case DD_FIELD_END:
        break;
    }
    DD_ASSERT(!"a field kind without a reader");
    return false;
}

bool dd_fields_read_json(const DdField* fields, void* def, const json_t* object, const char* what,
                         DdErrorCode code, DdError* err)
{
    Reader r = {what, code, err};
    if (!json_is_object(object)) {
        char got[k_shown_max + 32];
        print_json(object, got, sizeof got);
        return dd_fail(err, code, "%s: an object of fields is expected, got %s", what, got);
    }
    const char* key = NULL;
    json_t* value = NULL;
    json_object_foreach((json_t*)object, key, value)
    {
        if (dd_field_find(fields, key) == NULL) {
            const char* near = dd_field_suggest(fields, key);
            return dd_fail(err, code, "%s: no field named '%.80s'%s%s%s", what, key,
                           near == NULL ? "" : ", did you mean '", near == NULL ? "" : near,
                           near == NULL ? "" : "'?");
        }
    }
    // in table order, so that of several mistakes always the same one is told
    for (const DdField* f = fields; f->kind != DD_FIELD_END; f++) {
        value = json_object_get(object, f->name);
        if (value == NULL) {
            if (f->flags & DD_REQUIRED) {
                return fail_required(f, what, code, err);
            }
            continue;
        }
        if (!read_field(&r, f, def, value) || !dd_field_check(f, def, what, code, err)) {
            return false;
        }
    }
    return true;
}

static json_t* write_number(double v)
{
    if (isinf(v)) {
        return json_string(v > 0 ? "inf" : "-inf");
    }
    DD_ASSERT(!isnan(v));
    return json_real(v);
}

static json_t* write_numbers(const double* v, int n)
{
    json_t* list = json_array();
    for (int i = 0; i < n; i++) {
        json_array_append_new(list, write_number(v[i]));
    }
    return list;
}

static json_t* write_field(const DdField* field, const void* def)
{
    const void* m = member_at(field, def);
    int n = 0;
    switch (field->kind) {
    case DD_FIELD_NUMBER:
        return write_number(*(const double*)m);
    case DD_FIELD_INT:
        return json_integer(*(const int*)m);
    case DD_FIELD_BOOL:
        return json_boolean(*(const bool*)m);
    case DD_FIELD_STRING:
    case DD_FIELD_TEXT:
    case DD_FIELD_REF:
        return json_string(m);
    case DD_FIELD_ENUM:
        return json_string(field->names[*(const int*)m]);
    case DD_FIELD_VEC2:
    case DD_FIELD_VEC3:
    case DD_FIELD_QUAT:
    case DD_FIELD_RGBA:
    case DD_FIELD_NUMBERS: {
        const double* v = numbers_of(field, def, &n);
        return write_numbers(v, n);
    }
    case DD_FIELD_NAMES: {
        const DdNames* names = m;
        json_t* list = json_array();
        for (int i = 0; i < names->n; i++) {
            json_array_append_new(list, json_string(names->v[i]));
        }
        return list;
    }
    case DD_FIELD_POINTS: {
        const DdPoints* points = m;
        json_t* list = json_array();
        for (int i = 0; i < points->n; i++) {
            json_array_append_new(list, write_numbers(points->v[i], 3));
        }
        return list;
    }
    case DD_FIELD_END:
        break;
    }
    DD_ASSERT(!"a field kind without a writer");
    return NULL;
}

json_t* dd_fields_write_json(const DdField* fields, const void* def)
{
    json_t* object = json_object();
    DD_ASSERT(object != NULL);
    for (const DdField* f = fields; f->kind != DD_FIELD_END; f++) {
        json_t* value = write_field(f, def);
        DD_ASSERT(value != NULL && "texts are UTF-8");
        json_object_set_new(object, f->name, value);
    }
    return object;
}
