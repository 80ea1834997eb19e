// Bulk messages: heads of images and clouds.
#include "recorder/msg/bulk.h"

#include "recorder/image.h"
#include "recorder/msg/cdr.h"
#include "sim/base/cloud.h"

static json_t* image_values(const DdChannelDef* def, const DdImageForm* form)
{
    return json_pack("{s:{s:s},s:i,s:i,s:s,s:i}", "header", "frame_id", def->frame, "height",
                     form->height, "width", form->width, "encoding", def->encoding, "step",
                     (int)dd_image_row(form));
}

static json_t* cloud_values(const DdChannelDef* def, const DdCloudLayout* layout)
{
    json_t* fields = json_array();
    for (int i = 0; i < layout->nfield; i++) {
        const DdCloudField* f = &layout->field[i];
        json_array_append_new(fields,
                              json_pack("{s:s,s:i,s:i,s:i}", "name", f->name, "offset", f->offset,
                                        "datatype", (int)f->datatype, "count", 1));
    }
    // an organised cloud keeps the rays that hit nothing
    return json_pack("{s:{s:s},s:o,s:i,s:b}", "header", "frame_id", def->frame, "fields", fields,
                     "point_step", layout->step, "is_dense", !layout->organised);
}

typedef struct Find {
    DdBulk* b;
    const uint8_t* base;
} Find;

static void find_leaf(void* user, const char* path, DdPrim prim, const uint8_t* p, size_t size)
{
    Find* f = user;
    (void)prim;
    (void)size;
    size_t at = (size_t)(p - f->base);
    if (strcmp(path, "width") == 0) {
        f->b->width_at = at;
    } else if (strcmp(path, "height") == 0) {
        f->b->height_at = at;
    } else if (strcmp(path, "row_step") == 0) {
        f->b->row_at = at;
    }
}

bool dd_bulk_make(DdBulk* b, const DdChannelDef* def, DdError* err)
{
    const DdMsgType* type = dd_sample_type(def);
    json_t* values = NULL;
    *b = (DdBulk){.nvalue = 2};
    if (def->type == DD_TYPE_CLOUD) {
        const DdCloudLayout* layout = dd_cloud_layout(def->encoding);
        if (!layout) {
            return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': there is no cloud layout '%s'",
                           def->name, def->encoding);
        }
        values = cloud_values(def, layout);
        b->nvalue = DD_BULK_VALUES;
        b->step = layout->step;
        b->tail = 1;
    } else {
        DdImageForm form;
        if (!dd_image_form(&form, def, err)) {
            return false;
        }
        char format[48];
        dd_image_format(def, format);
        values = form.codec == DD_CODEC_RAW ? image_values(def, &form)
                                            : json_pack("{s:{s:s},s:s}", "header", "frame_id",
                                                        def->frame, "format", format);
    }
    if (!values) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': its texts are not UTF-8", def->name);
    }
    bool ok = dd_template_make(&b->head, type, values, NULL, 0, err);
    json_decref(values);
    if (!ok) {
        return false;
    }
    if (b->step) {
        Find f = {b, b->head.bytes};
        ok = dd_msg_decode(type, b->head.bytes, b->head.size, find_leaf, &f, err);
        DD_ASSERT(ok && b->width_at && b->height_at && b->row_at);
    }
    b->data_at = b->head.size - b->tail;
    return true;
}

void dd_bulk_free(DdBulk* b)
{
    dd_template_free(&b->head);
    *b = (DdBulk){0};
}

size_t dd_bulk_size(const DdBulk* b, size_t data)
{
    return b->head.size + data;
}

void dd_bulk_fill(const DdBulk* b, void* out, int64_t stamp_ns, const double* values,
                  const void* data, size_t n)
{
    uint8_t* p = out;
    memcpy(p, b->head.bytes, b->data_at);
    DdCdr c = {.p = p, .n = b->head.stamp};
    dd_cdr_stamp(&c, stamp_ns);
    dd_put_u32(p + b->data_at - 4, (uint32_t)n);
    if (b->step) {
        dd_put_u32(p + b->width_at, (uint32_t)values[1]);
        dd_put_u32(p + b->height_at, (uint32_t)values[2]);
        dd_put_u32(p + b->row_at, (uint32_t)values[1] * (uint32_t)b->step);
    }
    if (n) {
        memcpy(p + b->data_at, data, n);
    }
    memcpy(p + b->data_at + n, b->head.bytes + b->data_at, b->tail);
}

const uint8_t* dd_bulk_data(const DdBulk* b, const void* message, size_t size, size_t* n)
{
    const uint8_t* p = message;
    if (size < b->head.size || memcmp(p, b->head.bytes, 4) != 0) {
        return NULL;
    }
    *n = dd_get_u32(p + b->data_at - 4);
    return *n == size - b->head.size ? p + b->data_at : NULL;
}

bool dd_bulk_read(const DdBulk* b, const void* message, size_t size, int64_t* stamp_ns,
                  double* values)
{
    const uint8_t* p = message;
    size_t n;
    if (!dd_bulk_data(b, message, size, &n)) {
        return false;
    }
    DdSpan s = {.p = p, .n = size, .at = b->head.stamp};
    *stamp_ns = (int64_t)(int32_t)dd_span_u32(&s) * 1000000000;
    *stamp_ns += dd_span_u32(&s);
    if (b->step) {
        values[0] = (double)(n / (size_t)b->step);
        values[1] = dd_get_u32(p + b->width_at);
        values[2] = dd_get_u32(p + b->height_at);
    }
    return true;
}
