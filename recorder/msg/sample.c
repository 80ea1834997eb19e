// Sample messages: templates of messages, and where the doubles of a sample lie in them.
#include "recorder/msg/sample.h"

#include "recorder/msg/cdr.h"

enum { k_paths_max = 20 };

static const struct {
    const char* type;
    int n; // doubles; 0: by the names of the channel
    char path[k_paths_max][64];
} k_samples[DD_TYPE_COUNT] = {
    [DD_TYPE_SCALAR] = {"std_msgs/Float64", 1, {"data"}},
    [DD_TYPE_VECTOR] = {"std_msgs/Float64MultiArray", 0, {"data"}},
    [DD_TYPE_POSE] = {"geometry_msgs/PoseStamped",
                      7,
                      {"pose.position.x", "pose.position.y", "pose.position.z",
                       "pose.orientation.w", "pose.orientation.x", "pose.orientation.y",
                       "pose.orientation.z"}},
    [DD_TYPE_TWIST] = {"geometry_msgs/TwistStamped",
                       6,
                       {"twist.linear.x", "twist.linear.y", "twist.linear.z", "twist.angular.x",
                        "twist.angular.y", "twist.angular.z"}},
    [DD_TYPE_WRENCH] = {"geometry_msgs/WrenchStamped",
                        6,
                        {"wrench.force.x", "wrench.force.y", "wrench.force.z", "wrench.torque.x",
                         "wrench.torque.y", "wrench.torque.z"}},
    [DD_TYPE_JOINTS] = {"sensor_msgs/JointState", 0, {"position", "velocity", "effort"}},
    [DD_TYPE_IMU] = {"sensor_msgs/Imu",
                     10,
                     {"orientation.w", "orientation.x", "orientation.y", "orientation.z",
                      "angular_velocity.x", "angular_velocity.y", "angular_velocity.z",
                      "linear_acceleration.x", "linear_acceleration.y", "linear_acceleration.z"}},
    [DD_TYPE_ODOM] = {"nav_msgs/Odometry",
                      13,
                      {"pose.pose.position.x", "pose.pose.position.y", "pose.pose.position.z",
                       "pose.pose.orientation.w", "pose.pose.orientation.x",
                       "pose.pose.orientation.y", "pose.pose.orientation.z", "twist.twist.linear.x",
                       "twist.twist.linear.y", "twist.twist.linear.z", "twist.twist.angular.x",
                       "twist.twist.angular.y", "twist.twist.angular.z"}},
    [DD_TYPE_CONTACTS] = {"drydock_msgs/Contacts", 0, {""}},
    [DD_TYPE_SCAN] = {"sensor_msgs/LaserScan", 0, {"ranges", "intensities"}},
    [DD_TYPE_GNSS] = {"sensor_msgs/NavSatFix",
                      14,
                      {"latitude", "longitude", "altitude", "status.status",
                       "position_covariance[0]", "position_covariance[1]", "position_covariance[2]",
                       "position_covariance[3]", "position_covariance[4]", "position_covariance[5]",
                       "position_covariance[6]", "position_covariance[7]", "position_covariance[8]",
                       "position_covariance_type"}},
    [DD_TYPE_RANGE] = {"sensor_msgs/Range", 1, {"range"}},
    [DD_TYPE_IMAGE] = {"sensor_msgs/Image", 0, {""}},
    [DD_TYPE_CAMERA] = {"sensor_msgs/CameraInfo", 0, {"width", "height", "k", "d", "r", "p"}},
    [DD_TYPE_CLOUD] = {"sensor_msgs/PointCloud2", 0, {""}},
    [DD_TYPE_BOXES_2D] = {"drydock_msgs/BoxLabels", 0, {""}},
    [DD_TYPE_BOXES_3D] = {"drydock_msgs/BoxLabels3", 0, {""}},
};

typedef struct Find {
    const uint8_t* base;
    const char (*paths)[64];
    int n;
    int next; // paths mostly come in the order of the message
    DdPatch* at;
    size_t stamp;
} Find;

static void find_leaf(void* user, const char* path, DdPrim prim, const uint8_t* p, size_t size)
{
    Find* f = user;
    (void)size;
    size_t at = (size_t)(p - f->base);
    size_t n = strlen(path);
    if (prim == DD_PRIM_INT32 && f->stamp == 0 && n >= 4 && strcmp(path + n - 4, ".sec") == 0) {
        f->stamp = at;
    }
    for (int k = 0; k < f->n; k++) {
        int i = (f->next + k) % f->n;
        if (strcmp(f->paths[i], path) == 0) {
            f->at[i] = (DdPatch){.from = i, .n = 1, .at = at, .prim = prim};
            f->next = i + 1;
            break;
        }
    }
}

static size_t prim_size(DdPrim prim)
{
    switch (prim) {
    case DD_PRIM_FLOAT64:
        return 8;
    case DD_PRIM_FLOAT32:
    case DD_PRIM_UINT32:
        return 4;
    default:
        DD_ASSERT(prim == DD_PRIM_INT8 || prim == DD_PRIM_UINT8);
        return 1;
    }
}

static void put_numbers(uint8_t* p, DdPrim prim, const double* v, int n)
{
    switch (prim) {
    case DD_PRIM_FLOAT64:
        memcpy(p, v, 8 * (size_t)n);
        break;
    case DD_PRIM_FLOAT32:
        for (int i = 0; i < n; i++, p += 4) {
            float f = (float)v[i];
            memcpy(p, &f, 4);
        }
        break;
    case DD_PRIM_UINT32:
        for (int i = 0; i < n; i++, p += 4) {
            dd_put_u32(p, (uint32_t)v[i]);
        }
        break;
    default:
        for (int i = 0; i < n; i++) {
            p[i] = (uint8_t)(int)v[i];
        }
        break;
    }
}

static void get_numbers(double* v, DdPrim prim, const uint8_t* p, int n)
{
    switch (prim) {
    case DD_PRIM_FLOAT64:
        memcpy(v, p, 8 * (size_t)n);
        break;
    case DD_PRIM_FLOAT32:
        for (int i = 0; i < n; i++, p += 4) {
            float f;
            memcpy(&f, p, 4);
            v[i] = (double)f;
        }
        break;
    case DD_PRIM_UINT32:
        for (int i = 0; i < n; i++, p += 4) {
            v[i] = dd_get_u32(p);
        }
        break;
    default:
        for (int i = 0; i < n; i++) {
            v[i] = prim == DD_PRIM_INT8 ? (double)(int8_t)p[i] : (double)p[i];
        }
        break;
    }
}

bool dd_template_make(DdTemplate* t, const DdMsgType* type, const json_t* constants,
                      const char (*paths)[64], int n, DdError* err)
{
    *t = (DdTemplate){0};
    DdBuf bytes = {0};
    if (!dd_msg_encode(type, constants, &bytes, err)) {
        dd_buf_free(&bytes);
        return false;
    }
    Find f = {.base = bytes.p, .paths = paths, .n = n};
    f.at = calloc((size_t)n + 1, sizeof *f.at);
    t->patch = calloc((size_t)n + 1, sizeof *t->patch);
    DD_ASSERT(f.at && t->patch);
    bool ok = dd_msg_decode(type, bytes.p, bytes.n, find_leaf, &f, err);
    DD_ASSERT(ok);
    // neighbours go together
    for (int i = 0; i < n; i++) {
        if (!paths[i][0]) {
            continue;
        }
        DD_ASSERT(f.at[i].at);
        size_t size = prim_size(f.at[i].prim);
        t->ninside++;
        DdPatch* last = t->npatch ? &t->patch[t->npatch - 1] : NULL;
        if (last && last->prim == f.at[i].prim && last->from + last->n == i &&
            last->at + size * (size_t)last->n == f.at[i].at) {
            last->n++;
        } else {
            t->patch[t->npatch++] = f.at[i];
        }
    }
    free(f.at);
    t->nvalue = n;
    t->bytes = bytes.p;
    t->size = bytes.n;
    t->stamp = f.stamp;
    return true;
}

void dd_template_free(DdTemplate* t)
{
    free(t->bytes);
    free(t->patch);
    *t = (DdTemplate){0};
}

void dd_template_fill(const DdTemplate* t, void* out, int64_t stamp_ns, const double* values)
{
    uint8_t* p = out;
    memcpy(p, t->bytes, t->size);
    if (t->stamp) {
        // 4-aligned as it is: no padding comes in
        DdCdr c = {.p = p, .n = t->stamp};
        dd_cdr_stamp(&c, stamp_ns);
    }
    for (int i = 0; i < t->npatch; i++) {
        const DdPatch* patch = &t->patch[i];
        put_numbers(p + patch->at, patch->prim, values + patch->from, patch->n);
    }
}

bool dd_template_read(const DdTemplate* t, const void* data, size_t size, int64_t* stamp_ns,
                      double* values)
{
    if (size != t->size || memcmp(data, t->bytes, 4) != 0) {
        return false;
    }
    const uint8_t* p = data;
    if (t->stamp) {
        *stamp_ns =
            (int64_t)(int32_t)dd_get_u32(p + t->stamp) * 1000000000 + dd_get_u32(p + t->stamp + 4);
    }
    if (t->ninside < t->nvalue) {
        memset(values, 0, (size_t)t->nvalue * sizeof *values);
    }
    for (int i = 0; i < t->npatch; i++) {
        const DdPatch* patch = &t->patch[i];
        get_numbers(values + patch->from, patch->prim, p + patch->at, patch->n);
    }
    return true;
}

const DdMsgType* dd_sample_type(const DdChannelDef* def)
{
    bool raw = def->meta[DD_IMAGE_CODEC] == DD_CODEC_RAW;
    const DdMsgType* type =
        dd_msg_type(def->type == DD_TYPE_IMAGE && !raw ? "sensor_msgs/CompressedImage"
                                                       : k_samples[def->type].type);
    DD_ASSERT(type);
    return type;
}

bool dd_sample_is_plain(const DdChannelDef* def)
{
    return def->type != DD_TYPE_CONTACTS && def->type != DD_TYPE_IMAGE &&
           def->type != DD_TYPE_CLOUD && def->type != DD_TYPE_BOXES_2D &&
           def->type != DD_TYPE_BOXES_3D;
}

static json_t* header_of(const DdChannelDef* def)
{
    return json_pack("{s:{s:s}}", "header", "frame_id", def->frame);
}

static json_t* vector_constants(const DdChannelDef* def)
{
    // the label lists the names of the elements
    DdBuf label = {0};
    for (int i = 0; i < def->nname; i++) {
        dd_buf_bytes(&label, i ? "," : "", i ? 1 : 0);
        dd_buf_bytes(&label, def->names[i], strlen(def->names[i]));
    }
    dd_buf_u8(&label, 0);
    json_t* values = json_pack("{s:{s:[{s:s,s:i,s:i}]},s:i}", "layout", "dim", "label", label.p,
                               "size", def->nname, "stride", def->nname, "data", def->nname);
    dd_buf_free(&label);
    return values;
}

static json_t* joints_constants(const DdChannelDef* def)
{
    json_t* names = json_array();
    for (int i = 0; i < def->nname; i++) {
        json_array_append_new(names, json_string(def->names[i]));
    }
    return json_pack("{s:{s:s},s:o,s:i,s:i,s:i}", "header", "frame_id", def->frame, "name", names,
                     "position", def->nname, "velocity", def->nname, "effort", def->nname);
}

// JSON has no infinity, for which the largest float stands in.
static double finite(double v)
{
    return v > 3.4e38 ? 3.4028234663852886e38 : v;
}

static json_t* scan_constants(const DdChannelDef* def)
{
    const double* m = def->meta;
    double last = m[DD_SCAN_ANGLE_MIN] + (def->count - 1) * m[DD_SCAN_ANGLE_INCREMENT];
    return json_pack("{s:{s:s},s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:i,s:i}", "header", "frame_id",
                     def->frame, "angle_min", m[DD_SCAN_ANGLE_MIN], "angle_max", last,
                     "angle_increment", m[DD_SCAN_ANGLE_INCREMENT], "time_increment",
                     m[DD_SCAN_TIME_INCREMENT], "scan_time", m[DD_SCAN_TIME], "range_min",
                     m[DD_SCAN_RANGE_MIN], "range_max", finite(m[DD_SCAN_RANGE_MAX]), "ranges",
                     def->count, "intensities", def->count);
}

static json_t* range_constants(const DdChannelDef* def)
{
    const double* m = def->meta;
    return json_pack("{s:{s:s},s:i,s:f,s:f,s:f}", "header", "frame_id", def->frame,
                     "radiation_type", m[DD_RANGE_RADIATION] == 1 ? 1 : 0, "field_of_view",
                     m[DD_RANGE_FOV], "min_range", m[DD_RANGE_MIN], "max_range",
                     finite(m[DD_RANGE_MAX]));
}

// How many of the eight coefficients the model has.
static int distortion_count(const DdChannelDef* def)
{
    return strcmp(def->encoding, "equidistant") == 0           ? 4
           : strcmp(def->encoding, "rational_polynomial") == 0 ? 8
                                                               : 5;
}

static json_t* constants_of(const DdChannelDef* def)
{
    switch (def->type) {
    case DD_TYPE_SCALAR:
        return json_object();
    case DD_TYPE_VECTOR:
        return vector_constants(def);
    case DD_TYPE_JOINTS:
        return joints_constants(def);
    case DD_TYPE_SCAN:
        return scan_constants(def);
    case DD_TYPE_RANGE:
        return range_constants(def);
    case DD_TYPE_ODOM:
        return json_pack("{s:{s:s},s:s}", "header", "frame_id", def->frame, "child_frame_id",
                         def->child_frame);
    case DD_TYPE_GNSS:
        return json_pack("{s:{s:s},s:{s:i}}", "header", "frame_id", def->frame, "status", "service",
                         1);
    case DD_TYPE_CAMERA:
        return json_pack("{s:{s:s},s:s,s:i}", "header", "frame_id", def->frame, "distortion_model",
                         def->encoding[0] ? def->encoding : "plumb_bob", "d",
                         distortion_count(def));
    default:
        return header_of(def);
    }
}

// The paths of kinds whose numbers are counted: runs of `size` elements each.
static void put_run(char (**paths)[64], const char* name, int size, int in_message)
{
    for (int i = 0; i < size; i++, ++*paths) {
        if (i < in_message) {
            snprintf(**paths, sizeof **paths, "%s[%d]", name, i);
        }
    }
}

static char (*paths_of(const DdChannelDef* def, int n))[64]
{
    char(*paths)[64] = calloc((size_t)n + 1, sizeof *paths);
    DD_ASSERT(paths);
    char(*at)[64] = paths;
    const char(*name)[64] = k_samples[def->type].path;
    if (def->type == DD_TYPE_CAMERA) {
        strcpy(at[0], name[0]);
        strcpy(at[1], name[1]);
        at += 2;
        put_run(&at, name[2], 9, 9);
        put_run(&at, name[3], 8, distortion_count(def));
        put_run(&at, name[4], 9, 9);
        put_run(&at, name[5], 12, 12);
    } else {
        int runs = def->type == DD_TYPE_JOINTS ? 3 : def->type == DD_TYPE_SCAN ? 2 : 1;
        for (int k = 0; k < runs; k++) {
            put_run(&at, name[k], n / runs, n / runs);
        }
    }
    DD_ASSERT(at == paths + n);
    return paths;
}

bool dd_sample_template(DdTemplate* t, const DdChannelDef* def, DdError* err)
{
    DD_ASSERT(dd_sample_is_plain(def));
    json_t* values = constants_of(def);
    if (!values) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': its texts are not UTF-8", def->name);
    }
    int n = k_samples[def->type].n;
    char(*paths)[64] = NULL;
    if (n == 0) {
        n = dd_channel_width(def);
        paths = paths_of(def, n);
    }
    DD_ASSERT(n == dd_channel_width(def));
    bool ok =
        dd_template_make(t, dd_sample_type(def), values,
                         paths ? (const char(*)[64])paths : k_samples[def->type].path, n, err);
    json_decref(values);
    free(paths);
    return ok;
}

static const char* geom_name(const DdChannelDef* def, double index)
{
    return index >= 0 && index < def->nname ? def->names[(int)index] : "";
}

size_t dd_contacts_fill(const DdChannelDef* def, void* out, int64_t stamp_ns, const double* values)
{
    int n = (int)values[0];
    DD_ASSERT(n >= 0 && n <= def->max_contacts);
    DdCdr c = dd_cdr_begin(out);
    dd_cdr_header(&c, stamp_ns, def->frame);
    dd_cdr_u32(&c, (uint32_t)n);
    for (int i = 0; i < n; i++) {
        const double* v = values + 1 + i * DD_CONTACT_VALUES;
        dd_cdr_str(&c, geom_name(def, v[0]));
        dd_cdr_str(&c, geom_name(def, v[1]));
        for (int k = 2; k < DD_CONTACT_VALUES; k++) {
            dd_cdr_f64(&c, v[k]);
        }
    }
    return c.n;
}

static double geom_index(const DdChannelDef* def, const char* name)
{
    for (int i = 0; i < def->nname; i++) {
        if (strcmp(def->names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

bool dd_contacts_read(const DdChannelDef* def, const void* data, size_t size, int64_t* stamp_ns,
                      double* values)
{
    memset(values, 0, (size_t)dd_channel_width(def) * sizeof *values);
    DdSpan s = dd_cdr_open(data, size);
    *stamp_ns = dd_cdr_get_stamp(&s);
    dd_cdr_get_str(&s);
    uint32_t n = dd_cdr_get_u32(&s);
    if (s.bad || n > (uint32_t)def->max_contacts) {
        return false;
    }
    values[0] = n;
    for (uint32_t i = 0; i < n; i++) {
        double* v = values + 1 + i * DD_CONTACT_VALUES;
        v[0] = geom_index(def, dd_cdr_get_str(&s));
        v[1] = geom_index(def, dd_cdr_get_str(&s));
        for (int k = 2; k < DD_CONTACT_VALUES; k++) {
            v[k] = dd_cdr_get_f64(&s);
        }
    }
    return !s.bad;
}
