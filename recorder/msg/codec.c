// Codec: schema texts, CDR from values and CDR to values, all by the table of types.
#include "recorder/msg/cdr.h"
#include "recorder/msg/types.h"

enum { k_depth_max = 12, k_path_max = 256, k_deps_max = 64 };

static const struct {
    const char* name;
    int size; // 0: a string
} k_prims[DD_PRIM_COUNT] = {
    [DD_PRIM_BOOL] = {"bool", 1},       [DD_PRIM_INT8] = {"int8", 1},
    [DD_PRIM_UINT8] = {"uint8", 1},     [DD_PRIM_INT16] = {"int16", 2},
    [DD_PRIM_UINT16] = {"uint16", 2},   [DD_PRIM_INT32] = {"int32", 4},
    [DD_PRIM_UINT32] = {"uint32", 4},   [DD_PRIM_INT64] = {"int64", 8},
    [DD_PRIM_UINT64] = {"uint64", 8},   [DD_PRIM_FLOAT32] = {"float32", 4},
    [DD_PRIM_FLOAT64] = {"float64", 8}, [DD_PRIM_STRING] = {"string", 0},
};

static bool find_prim(const char* name, DdPrim* prim)
{
    for (int i = 0; i < DD_PRIM_COUNT; i++) {
        if (strcmp(k_prims[i].name, name) == 0) {
            *prim = (DdPrim)i;
            return true;
        }
    }
    return false;
}

static bool is_constant(const DdMsgField* f)
{
    return f->extra && f->extra[0] == '=';
}

static void put_text(DdBuf* b, const DdMsgType* type)
{
    for (const DdMsgField* f = type->field; f->type; f++) {
        char array[16] = "", line[256];
        if (f->array == DD_MSG_SEQUENCE) {
            strcpy(array, "[]");
        } else if (f->array) {
            snprintf(array, sizeof array, "[%d]", f->array);
        }
        int n = snprintf(line, sizeof line, "%s%s %s%s\n", f->type, array, f->name,
                         f->extra ? f->extra : "");
        dd_buf_bytes(b, line, (size_t)n);
    }
}

char* dd_msg_text(const DdMsgType* type)
{
    DdBuf b = {0};
    put_text(&b, type);
    dd_buf_u8(&b, 0);
    return (char*)b.p;
}

// Dependencies depth first, each once.
static void put_deps(DdBuf* b, const DdMsgType* type, const DdMsgType** done, int* ndone)
{
    for (const DdMsgField* f = type->field; f->type; f++) {
        DdPrim prim;
        if (find_prim(f->type, &prim)) {
            continue;
        }
        const DdMsgType* dep = dd_msg_type(f->type);
        DD_ASSERT(dep && *ndone < k_deps_max);
        bool known = false;
        for (int i = 0; i < *ndone; i++) {
            known = known || done[i] == dep;
        }
        if (known) {
            continue;
        }
        done[(*ndone)++] = dep;
        memset(dd_buf_room(b, 80), '=', 80);
        dd_buf_bytes(b, "\nMSG: ", 6);
        dd_buf_bytes(b, dep->name, strlen(dep->name));
        dd_buf_u8(b, '\n');
        put_text(b, dep);
        put_deps(b, dep, done, ndone);
    }
}

char* dd_msg_schema(const DdMsgType* type)
{
    DdBuf b = {0};
    const DdMsgType* done[k_deps_max];
    int ndone = 0;
    put_text(&b, type);
    put_deps(&b, type, done, &ndone);
    dd_buf_u8(&b, 0);
    return (char*)b.p;
}

void dd_msg_full_name(const DdMsgType* type, char out[96])
{
    const char* slash = strchr(type->name, '/');
    snprintf(out, 96, "%.*s/msg%s", (int)(slash - type->name), type->name, slash);
}

static bool put_fields(DdCdr* c, const DdMsgType* type, const json_t* values, int depth,
                       DdError* err);

static bool put_prim(DdCdr* c, DdPrim prim, const json_t* v, const char* name, DdError* err)
{
    if (prim == DD_PRIM_STRING) {
        if (v && !json_is_string(v)) {
            return dd_fail(err, DD_ERROR_ARGUMENT, "field '%s': must be a string", name);
        }
        dd_cdr_str(c, v ? json_string_value(v) : "");
        return true;
    }
    if (v && !json_is_number(v) && !(prim == DD_PRIM_BOOL && json_is_boolean(v))) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "field '%s': must be a %s", name,
                       k_prims[prim].name);
    }
    if (prim == DD_PRIM_FLOAT64) {
        dd_cdr_f64(c, v ? json_number_value(v) : 0.0);
    } else if (prim == DD_PRIM_FLOAT32) {
        float f = v ? (float)json_number_value(v) : 0.0f;
        dd_cdr_put(c, &f, 4);
    } else {
        // little-endian: the low bytes are the first ones
        int64_t i = !v ? 0 : json_is_boolean(v) ? json_is_true(v) : json_integer_value(v);
        dd_cdr_put(c, &i, (size_t)k_prims[prim].size);
    }
    return true;
}

static bool put_field(DdCdr* c, const DdMsgField* f, const json_t* v, int depth, DdError* err)
{
    DdPrim prim = DD_PRIM_COUNT;
    const DdMsgType* type = NULL;
    if (!find_prim(f->type, &prim)) {
        type = dd_msg_type(f->type);
        DD_ASSERT(type);
    }
    size_t n = 1;
    const json_t* elements = NULL;
    if (f->array) {
        bool counted = v && json_is_integer(v);
        if (v && !counted && !json_is_array(v)) {
            return dd_fail(err, DD_ERROR_ARGUMENT, "field '%s': must be an array", f->name);
        }
        elements = counted ? NULL : v;
        n = counted ? (size_t)json_integer_value(v) : v ? json_array_size(v) : 0;
        if (f->array == DD_MSG_SEQUENCE) {
            dd_cdr_u32(c, (uint32_t)n);
        } else {
            if (n > (size_t)f->array) {
                return dd_fail(err, DD_ERROR_ARGUMENT, "field '%s': has %zu elements, at most %d",
                               f->name, n, f->array);
            }
            n = (size_t)f->array;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const json_t* e = f->array ? json_array_get(elements, i) : v;
        bool ok =
            type ? put_fields(c, type, e, depth + 1, err) : put_prim(c, prim, e, f->name, err);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool put_fields(DdCdr* c, const DdMsgType* type, const json_t* values, int depth,
                       DdError* err)
{
    DD_ASSERT(depth < k_depth_max);
    if (values && !json_is_object(values)) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "%s: its value must be an object", type->name);
    }
    size_t used = 0;
    for (const DdMsgField* f = type->field; f->type; f++) {
        if (is_constant(f)) {
            continue;
        }
        const json_t* v = json_object_get(values, f->name);
        used += v != NULL;
        if (!put_field(c, f, v, depth, err)) {
            return false;
        }
    }
    if (used != json_object_size(values)) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "%s: a member is none of its fields", type->name);
    }
    return true;
}

bool dd_msg_encode(const DdMsgType* type, const json_t* values, DdBuf* out, DdError* err)
{
    DdCdr measure = dd_cdr_begin(NULL);
    if (!put_fields(&measure, type, values, 0, err)) {
        return false;
    }
    DdCdr c = dd_cdr_begin(dd_buf_room(out, measure.n));
    return put_fields(&c, type, values, 0, err);
}

typedef struct Decode {
    DdSpan in;
    DdMsgVisit visit;
    void* user;
    char path[k_path_max];
} Decode;

static void get_fields(Decode* d, const DdMsgType* type, size_t path_n, int depth)
{
    DD_ASSERT(depth < k_depth_max);
    for (const DdMsgField* f = type->field; f->type && !d->in.bad; f++) {
        if (is_constant(f)) {
            continue;
        }
        DdPrim prim = DD_PRIM_COUNT;
        const DdMsgType* nested = find_prim(f->type, &prim) ? NULL : dd_msg_type(f->type);
        uint32_t n = f->array > 0 ? (uint32_t)f->array : 1;
        if (f->array == DD_MSG_SEQUENCE) {
            n = dd_cdr_get_u32(&d->in);
        }
        for (uint32_t i = 0; i < n && !d->in.bad; i++) {
            int m = f->array ? snprintf(d->path + path_n, k_path_max - path_n, "%s%s[%u]",
                                        path_n ? "." : "", f->name, i)
                             : snprintf(d->path + path_n, k_path_max - path_n, "%s%s",
                                        path_n ? "." : "", f->name);
            if (nested) {
                get_fields(d, nested, path_n + (size_t)m, depth + 1);
                continue;
            }
            const uint8_t* p;
            size_t size = (size_t)k_prims[prim].size;
            if (prim == DD_PRIM_STRING) {
                p = (const uint8_t*)dd_cdr_get_str(&d->in);
                size = strlen((const char*)p);
            } else {
                p = dd_cdr_take(&d->in, size);
            }
            if (!d->in.bad) {
                d->visit(d->user, d->path, prim, p, size);
            }
        }
    }
}

bool dd_msg_decode(const DdMsgType* type, const void* data, size_t n, DdMsgVisit visit, void* user,
                   DdError* err)
{
    Decode d = {.in = dd_cdr_open(data, n), .visit = visit, .user = user};
    get_fields(&d, type, 0, 0);
    if (d.in.bad || d.in.at != d.in.n) {
        return dd_fail(err, DD_ERROR_DAMAGED, "these %zu bytes are not a %s", n, type->name);
    }
    return true;
}
