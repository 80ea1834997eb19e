// Box messages.
#include "recorder/msg/boxes.h"

#include "recorder/msg/cdr.h"
#include "recorder/msg/scene.h"
#include "recorder/picture.h"

enum { k_cube = 1, k_line_loop = 2, k_add = 0, k_delete_all = 3 };

static const struct {
    const char* type;
    const char* suffix;
} k_as[2][3] = {
    {{"drydock_msgs/BoxLabels", "/labels"},
     {"vision_msgs/Detection2DArray", ""},
     {"foxglove_msgs/ImageAnnotations", "/annotations"}},
    {{"drydock_msgs/BoxLabels3", "/labels"},
     {"vision_msgs/Detection3DArray", ""},
     {"visualization_msgs/MarkerArray", "/markers"}},
};

// Offsets of the numbers of a flat box and of one in space.
enum { FLAT_VISIBLE = 2, FLAT_AMODAL = 6, FLAT_REST = 10 };
enum { SPACE_CENTRE = 2, SPACE_TURN = 5, SPACE_SIZE = 9, SPACE_REST = 12 };

static int is_space(const DdChannelDef* def)
{
    return def->type == DD_TYPE_BOXES_3D;
}

const char* dd_boxes_type(const DdChannelDef* def, DdBoxesAs as)
{
    return k_as[is_space(def)][as].type;
}

const char* dd_boxes_suffix(const DdChannelDef* def, DdBoxesAs as)
{
    return k_as[is_space(def)][as].suffix;
}

static const char* class_of(const DdChannelDef* def, const double* box)
{
    return box[0] >= 0 && box[0] < def->nclass ? def->classes[(int)box[0]] : "";
}

static const char* instance_of(const DdChannelDef* def, const double* box)
{
    return box[1] >= 1 && box[1] <= def->nname ? def->names[(int)box[1] - 1] : "";
}

static void put_i32(DdCdr* c, double v)
{
    dd_cdr_u32(c, (uint32_t)(int32_t)v);
}

static void put_f64s(DdCdr* c, const double* v, int n)
{
    for (int i = 0; i < n; i++) {
        dd_cdr_f64(c, v[i]);
    }
}

// w x y z here, x y z w there.
static void put_turn(DdCdr* c, const double* q)
{
    put_f64s(c, q + 1, 3);
    dd_cdr_f64(c, q[0]);
}

static bool is_seen(const double* flat)
{
    return flat[FLAT_VISIBLE + 2] > flat[FLAT_VISIBLE] &&
           flat[FLAT_VISIBLE + 3] > flat[FLAT_VISIBLE + 1];
}

static void put_label(DdCdr* c, const DdChannelDef* def, const double* box)
{
    dd_cdr_str(c, class_of(def, box));
    dd_cdr_str(c, instance_of(def, box));
    put_i32(c, box[0]);
    put_i32(c, box[1]);
    if (is_space(def)) {
        put_f64s(c, box + SPACE_CENTRE, 3);
        put_turn(c, box + SPACE_TURN);
        put_f64s(c, box + SPACE_SIZE, DD_BOX3_VALUES - SPACE_SIZE);
    } else {
        put_f64s(c, box + FLAT_VISIBLE, DD_BOX2_VALUES - FLAT_VISIBLE);
    }
}

static void put_detection(DdCdr* c, const DdChannelDef* def, int64_t stamp, const double* box)
{
    static const double k_covariance[36];
    dd_cdr_header(c, stamp, def->frame);
    dd_cdr_u32(c, 1);
    dd_cdr_str(c, class_of(def, box));
    dd_cdr_f64(c, 1.0);
    if (is_space(def)) {
        for (int i = 0; i < 2; i++) { // the hypothesis, then the box
            put_f64s(c, box + SPACE_CENTRE, 3);
            put_turn(c, box + SPACE_TURN);
            if (i == 0) {
                put_f64s(c, k_covariance, 36);
            }
        }
        put_f64s(c, box + SPACE_SIZE, 3);
    } else {
        static const double k_nowhere[7] = {0, 0, 0, 0, 0, 0, 1};
        const double* b = box + FLAT_VISIBLE;
        put_f64s(c, k_nowhere, 7);
        put_f64s(c, k_covariance, 36);
        dd_cdr_f64(c, (b[0] + b[2]) / 2);
        dd_cdr_f64(c, (b[1] + b[3]) / 2);
        dd_cdr_f64(c, 0);
        dd_cdr_f64(c, b[2] - b[0]);
        dd_cdr_f64(c, b[3] - b[1]);
    }
    dd_cdr_str(c, instance_of(def, box));
}

static void put_colour64(DdCdr* c, const uint8_t rgb[3], double alpha)
{
    for (int i = 0; i < 3; i++) {
        dd_cdr_f64(c, rgb[i] / 255.0);
    }
    dd_cdr_f64(c, alpha);
}

// A frame around the visible box, its text above it.
static void put_frame(DdCdr* c, int64_t stamp, const double* box)
{
    uint8_t rgb[3];
    const double* b = box + FLAT_VISIBLE;
    dd_id_colour((int)box[0], rgb);
    dd_cdr_stamp(c, stamp);
    dd_cdr_u8(c, k_line_loop);
    dd_cdr_u32(c, 4);
    for (int i = 0; i < 4; i++) {
        dd_cdr_f64(c, b[i == 1 || i == 2 ? 2 : 0]);
        dd_cdr_f64(c, b[i >= 2 ? 3 : 1]);
    }
    put_colour64(c, rgb, 1);
    dd_cdr_u32(c, 0);
    put_colour64(c, rgb, 0);
    dd_cdr_f64(c, 2);
    dd_cdr_u32(c, 0);
}

static void put_caption(DdCdr* c, const DdChannelDef* def, int64_t stamp, const double* box)
{
    static const uint8_t k_black[3], k_white[3] = {255, 255, 255};
    char text[2 * DD_NAME_MAX + 4];
    snprintf(text, sizeof text, "%s %s", class_of(def, box), instance_of(def, box));
    dd_cdr_stamp(c, stamp);
    dd_cdr_f64(c, box[FLAT_VISIBLE]);
    dd_cdr_f64(c, box[FLAT_VISIBLE + 1]);
    dd_cdr_str(c, text);
    dd_cdr_f64(c, 12);
    put_colour64(c, k_white, 1);
    put_colour64(c, k_black, 0.5);
    dd_cdr_u32(c, 0);
}

static void put_annotations(DdCdr* c, const DdChannelDef* def, int64_t stamp, const double* values)
{
    uint32_t seen = 0;
    int n = (int)values[0];
    for (int i = 0; i < n; i++) {
        seen += is_seen(values + 1 + i * DD_BOX2_VALUES);
    }
    dd_cdr_stamp(c, stamp);
    dd_cdr_u32(c, 0); // circles
    for (int pass = 0; pass < 2; pass++) {
        dd_cdr_u32(c, seen);
        for (int i = 0; i < n; i++) {
            const double* box = values + 1 + i * DD_BOX2_VALUES;
            if (is_seen(box) && pass == 0) {
                put_frame(c, stamp, box);
            } else if (is_seen(box)) {
                put_caption(c, def, stamp, box);
            }
        }
    }
    dd_cdr_u32(c, 0); // metadata
}

// One marker: a see-through cube, or (box NULL) what takes away those of the picture before.
static void put_cube(DdCdr* c, const DdChannelDef* def, int64_t stamp, const double* box)
{
    static const double k_none[DD_BOX3_VALUES] = {[SPACE_TURN] = 1};
    uint8_t rgb[3] = {0, 0, 0};
    bool add = box != NULL;
    box = add ? box : k_none;
    dd_id_colour((int)box[0], rgb);
    dd_cdr_header(c, stamp, def->frame);
    dd_cdr_str(c, add ? class_of(def, box) : "");
    put_i32(c, box[1]);
    dd_cdr_u32(c, k_cube);
    dd_cdr_u32(c, add ? k_add : k_delete_all);
    put_f64s(c, box + SPACE_CENTRE, 3);
    put_turn(c, box + SPACE_TURN);
    put_f64s(c, box + SPACE_SIZE, 3);
    for (int i = 0; i < 4; i++) {
        float v = i < 3 ? (float)rgb[i] / 255.0f : 0.35f;
        dd_cdr_put(c, &v, 4);
    }
    dd_cdr_stamp(c, 0); // for ever
    dd_cdr_u8(c, 0);    // frame_locked
    dd_cdr_u32(c, 0);   // points
    dd_marker_tail(c, add ? instance_of(def, box) : "");
}

static void put_all(DdCdr* c, const DdChannelDef* def, DdBoxesAs as, int64_t stamp,
                    const double* values)
{
    int n = (int)values[0], width = is_space(def) ? DD_BOX3_VALUES : DD_BOX2_VALUES;
    if (as == DD_BOXES_DRAWING && !is_space(def)) {
        put_annotations(c, def, stamp, values);
        return;
    }
    uint32_t count = 0;
    for (int i = 0; i < n; i++) {
        bool hidden = as == DD_BOXES_DETECTIONS && !is_space(def);
        count += !hidden || is_seen(values + 1 + i * width);
    }
    if (as != DD_BOXES_DRAWING) {
        dd_cdr_header(c, stamp, def->frame);
    }
    dd_cdr_u32(c, as == DD_BOXES_DRAWING ? count + 1 : count);
    if (as == DD_BOXES_DRAWING) {
        put_cube(c, def, stamp, NULL);
    }
    for (int i = 0; i < n; i++) {
        const double* box = values + 1 + i * width;
        if (as == DD_BOXES_LABELS) {
            put_label(c, def, box);
        } else if (as == DD_BOXES_DRAWING) {
            put_cube(c, def, stamp, box);
        } else if (is_space(def) || is_seen(box)) {
            put_detection(c, def, stamp, box);
        }
    }
}

size_t dd_boxes_fill(const DdChannelDef* def, DdBoxesAs as, void* out, int64_t stamp_ns,
                     const double* values)
{
    DD_ASSERT(values[0] >= 0 && values[0] <= def->max_boxes);
    DdCdr c = dd_cdr_begin(out);
    put_all(&c, def, as, stamp_ns, values);
    return c.n;
}

static void get_f64s(DdSpan* s, double* v, int n)
{
    for (int i = 0; i < n; i++) {
        v[i] = dd_cdr_get_f64(s);
    }
}

bool dd_boxes_read(const DdChannelDef* def, const void* data, size_t size, int64_t* stamp_ns,
                   double* values)
{
    memset(values, 0, (size_t)dd_channel_width(def) * sizeof *values);
    DdSpan s = dd_cdr_open(data, size);
    *stamp_ns = dd_cdr_get_stamp(&s);
    dd_cdr_get_str(&s);
    uint32_t n = dd_cdr_get_u32(&s);
    if (s.bad || n > (uint32_t)def->max_boxes) {
        return false;
    }
    values[0] = n;
    double* box = values + 1;
    for (uint32_t i = 0; i < n; i++) {
        dd_cdr_get_str(&s);
        dd_cdr_get_str(&s);
        box[0] = (int32_t)dd_cdr_get_u32(&s);
        box[1] = (int32_t)dd_cdr_get_u32(&s);
        if (is_space(def)) {
            get_f64s(&s, box + SPACE_CENTRE, 3);
            get_f64s(&s, box + SPACE_TURN + 1, 3);
            get_f64s(&s, box + SPACE_TURN, 1);
            get_f64s(&s, box + SPACE_SIZE, DD_BOX3_VALUES - SPACE_SIZE);
            box += DD_BOX3_VALUES;
        } else {
            get_f64s(&s, box + FLAT_VISIBLE, DD_BOX2_VALUES - FLAT_VISIBLE);
            box += DD_BOX2_VALUES;
        }
    }
    return !s.bad;
}
