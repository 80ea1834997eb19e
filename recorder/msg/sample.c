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
};

typedef struct Find {
    const uint8_t* base;
    const char (*paths)[64];
    int n;
    size_t* at;
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
    for (int i = 0; prim == DD_PRIM_FLOAT64 && i < f->n; i++) {
        if (strcmp(f->paths[i], path) == 0) {
            f->at[i] = at;
        }
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
        DD_ASSERT(f.at[i]);
        DdPatch* last = t->npatch ? &t->patch[t->npatch - 1] : NULL;
        if (last && last->at + 8 * (size_t)last->n == f.at[i]) {
            last->n++;
        } else {
            t->patch[t->npatch++] = (DdPatch){.from = i, .n = 1, .at = f.at[i]};
        }
    }
    free(f.at);
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
        memcpy(p + patch->at, values + patch->from, 8 * (size_t)patch->n);
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
    for (int i = 0; i < t->npatch; i++) {
        const DdPatch* patch = &t->patch[i];
        memcpy(values + patch->from, p + patch->at, 8 * (size_t)patch->n);
    }
    return true;
}

const DdMsgType* dd_sample_type(const DdChannelDef* def)
{
    const DdMsgType* type = dd_msg_type(k_samples[def->type].type);
    DD_ASSERT(type);
    return type;
}

static json_t* header_of(const DdChannelDef* def)
{
    return json_pack("{s:{s:s}}", "header", "frame_id", def->frame);
}

bool dd_sample_template(DdTemplate* t, const DdChannelDef* def, DdError* err)
{
    DD_ASSERT(def->type != DD_TYPE_CONTACTS);
    const int nname = def->nname;
    json_t* values = NULL;
    char(*paths)[64] = NULL;
    int n = k_samples[def->type].n;
    if (def->type == DD_TYPE_SCALAR) {
        values = json_object();
    } else if (def->type == DD_TYPE_VECTOR) {
        // the label lists the names of the elements
        DdBuf label = {0};
        for (int i = 0; i < nname; i++) {
            dd_buf_bytes(&label, i ? "," : "", i ? 1 : 0);
            dd_buf_bytes(&label, def->names[i], strlen(def->names[i]));
        }
        dd_buf_u8(&label, 0);
        values = json_pack("{s:{s:[{s:s,s:i,s:i}]},s:i}", "layout", "dim", "label", label.p, "size",
                           nname, "stride", nname, "data", nname);
        dd_buf_free(&label);
    } else if (def->type == DD_TYPE_JOINTS) {
        values = header_of(def);
        json_t* names = json_array();
        for (int i = 0; i < nname; i++) {
            json_array_append_new(names, json_string(def->names[i]));
        }
        json_object_set_new(values, "name", names);
        for (int k = 0; k < 3; k++) {
            json_object_set_new(values, k_samples[def->type].path[k], json_integer(nname));
        }
    } else {
        values = header_of(def);
        if (def->type == DD_TYPE_ODOM) {
            json_object_set_new(values, "child_frame_id", json_string(def->child_frame));
        }
    }
    if (!values) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': its texts are not UTF-8", def->name);
    }

    if (n == 0) {
        int runs = def->type == DD_TYPE_JOINTS ? 3 : 1;
        n = runs * nname;
        paths = calloc((size_t)n + 1, sizeof *paths);
        DD_ASSERT(paths);
        for (int i = 0; i < n; i++) {
            snprintf(paths[i], sizeof paths[i], "%s[%d]", k_samples[def->type].path[i / nname],
                     i % nname);
        }
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
