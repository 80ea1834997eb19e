// Channels: the type table, one ring of samples per channel, and the order in which they come out.
#include "sim/base/channel.h"

#include <stdint.h>
#include <string.h>

// A ring keeps the samples on their way (latency), the newest available one and one more. Sample k
// is at k % cap.
typedef struct Ring {
    int cap;
    int width;
    int64_t pushed; // samples so far = sequence of the next one
    int64_t taken;  // sequence of the next sample that take() hands out
    DdSample* slots;
    uint64_t* order; // global push order of each slot
    double* values;
    DdBlob** blobs; // of pictures with bytes; NULL else
} Ring;

// Samples of all channels with one latency, oldest first. Entries whose sample left its ring are
// stale.
typedef struct Lane {
    int64_t latency_steps;
    int cap, head, count;
    struct LaneEntry {
        int channel;
        int64_t sequence;
    } * entry;
} Lane;

struct DdChannels {
    int physics_hz;
    int n;
    int cap;
    DdChannelDef* defs;
    Ring* rings; // NULL until start
    uint64_t order;
    uint64_t picture_order; // of pictures, which no restore point counts
    DdBlobPool* pool;
    // samples not yet taken: one queue per latency, within which push order is the order of taking
    Lane* lanes;
    int nlane;
    int* lane_of; // (n)
    int state_size;
};

static const DdTypeField k_scalar[] = {{"value", NULL, false}};
static const DdTypeField k_vector[] = {{"value", NULL, true}};
static const DdTypeField k_pose[] = {
    {"x", "m", false}, {"y", "m", false}, {"z", "m", false}, {"qw", "", false},
    {"qx", "", false}, {"qy", "", false}, {"qz", "", false},
};
static const DdTypeField k_twist[] = {
    {"linear.x", "m/s", false},    {"linear.y", "m/s", false},    {"linear.z", "m/s", false},
    {"angular.x", "rad/s", false}, {"angular.y", "rad/s", false}, {"angular.z", "rad/s", false},
};
static const DdTypeField k_wrench[] = {
    {"force.x", "N", false},   {"force.y", "N", false},   {"force.z", "N", false},
    {"torque.x", "Nm", false}, {"torque.y", "Nm", false}, {"torque.z", "Nm", false},
};
static const DdTypeField k_joints[] = {
    {"position", "rad", true},
    {"velocity", "rad/s", true},
    {"effort", "Nm", true},
};
static const char* const k_joints_slide[] = {"m", "m/s", "N"};
static const DdTypeField k_imu[] = {
    {"orientation.w", "", false},
    {"orientation.x", "", false},
    {"orientation.y", "", false},
    {"orientation.z", "", false},
    {"angular_velocity.x", "rad/s", false},
    {"angular_velocity.y", "rad/s", false},
    {"angular_velocity.z", "rad/s", false},
    {"linear_acceleration.x", "m/s^2", false},
    {"linear_acceleration.y", "m/s^2", false},
    {"linear_acceleration.z", "m/s^2", false},
};
static const DdTypeField k_odom[] = {
    {"pose.x", "m", false},
    {"pose.y", "m", false},
    {"pose.z", "m", false},
    {"pose.qw", "", false},
    {"pose.qx", "", false},
    {"pose.qy", "", false},
    {"pose.qz", "", false},
    {"twist.linear.x", "m/s", false},
    {"twist.linear.y", "m/s", false},
    {"twist.linear.z", "m/s", false},
    {"twist.angular.x", "rad/s", false},
    {"twist.angular.y", "rad/s", false},
    {"twist.angular.z", "rad/s", false},
};
static const DdTypeField k_contacts[] = {{"count", "", false}};
static const DdTypeField k_gnss[] = {
    {"latitude", "deg", false},
    {"longitude", "deg", false},
    {"altitude", "m", false},
    {"status", "", false},
    {"position_covariance.ee", "m^2", false},
    {"position_covariance.en", "m^2", false},
    {"position_covariance.eu", "m^2", false},
    {"position_covariance.ne", "m^2", false},
    {"position_covariance.nn", "m^2", false},
    {"position_covariance.nu", "m^2", false},
    {"position_covariance.ue", "m^2", false},
    {"position_covariance.un", "m^2", false},
    {"position_covariance.uu", "m^2", false},
    {"covariance_type", "", false},
};
static const DdTypeField k_range[] = {{"range", "m", false}};
static const DdTypeField k_image[] = {{"exposure_s", "s", false}, {"gain", "", false}};
static const DdTypeField k_camera[] = {{"width", "", false}, {"height", "", false}};
static const DdTypeField k_cloud[] = {
    {"points", "", false}, {"width", "", false}, {"height", "", false}};
static const DdTypeField k_boxes[] = {{"count", "", false}};

typedef struct TypeRow {
    const char* name;
    const DdTypeField* fields;
    int n;
} TypeRow;

#define TYPE_ROW(name, fields)                                                                     \
    {                                                                                              \
        name, fields, sizeof(fields) / sizeof((fields)[0])                                         \
    }
static const TypeRow k_types[DD_TYPE_COUNT] = {
    [DD_TYPE_SCALAR] = TYPE_ROW("scalar", k_scalar),
    [DD_TYPE_VECTOR] = TYPE_ROW("vector", k_vector),
    [DD_TYPE_POSE] = TYPE_ROW("pose", k_pose),
    [DD_TYPE_TWIST] = TYPE_ROW("twist", k_twist),
    [DD_TYPE_WRENCH] = TYPE_ROW("wrench", k_wrench),
    [DD_TYPE_JOINTS] = TYPE_ROW("joints", k_joints),
    [DD_TYPE_IMU] = TYPE_ROW("imu", k_imu),
    [DD_TYPE_ODOM] = TYPE_ROW("odom", k_odom),
    [DD_TYPE_CONTACTS] = TYPE_ROW("contacts", k_contacts),
    [DD_TYPE_SCAN] = {"scan", NULL, 0},
    [DD_TYPE_GNSS] = TYPE_ROW("gnss", k_gnss),
    [DD_TYPE_RANGE] = TYPE_ROW("range", k_range),
    [DD_TYPE_IMAGE] = TYPE_ROW("image", k_image),
    [DD_TYPE_CAMERA] = TYPE_ROW("camera", k_camera),
    [DD_TYPE_CLOUD] = TYPE_ROW("cloud", k_cloud),
    [DD_TYPE_BOXES_2D] = TYPE_ROW("boxes_2d", k_boxes),
    [DD_TYPE_BOXES_3D] = TYPE_ROW("boxes_3d", k_boxes),
};

// how many doubles a restore point needs besides the values: per channel and per slot
enum { k_state_head = 1, k_state_channel = 2, k_state_slot = 3 };

// pictures come behind everything else that became available at the same step
#define k_picture_order (UINT64_C(1) << 63)

static void* must_calloc(size_t n, size_t size)
{
    void* p = calloc(n == 0 ? 1 : n, size);
    DD_ASSERT(p != NULL && "memory for channels");
    return p;
}

const char* dd_type_name(DdType type)
{
    DD_ASSERT((int)type >= 0 && type < DD_TYPE_COUNT);
    return k_types[type].name;
}

bool dd_type_find(const char* name, DdType* type)
{
    for (int i = 0; i < DD_TYPE_COUNT; i++) {
        if (strcmp(k_types[i].name, name) == 0) {
            *type = (DdType)i;
            return true;
        }
    }
    return false;
}

const DdTypeField* dd_type_fields(DdType type, int* n)
{
    DD_ASSERT((int)type >= 0 && type < DD_TYPE_COUNT);
    *n = k_types[type].n;
    return k_types[type].fields;
}

DdChannelDef dd_channel_def(void)
{
    DdChannelDef def = {.type = DD_TYPE_SCALAR, .frame = "world"};
    def.rate = dd_rate(50.0);
    return def;
}

int dd_channel_width(const DdChannelDef* def)
{
    if (def->type == DD_TYPE_CONTACTS) {
        return 1 + def->max_contacts * DD_CONTACT_VALUES;
    }
    if (def->type == DD_TYPE_SCAN) {
        return 2 * def->count;
    }
    if (def->type == DD_TYPE_CAMERA) {
        return 2 + 9 + 8 + 9 + 12;
    }
    if (def->type == DD_TYPE_BOXES_2D || def->type == DD_TYPE_BOXES_3D) {
        bool flat = def->type == DD_TYPE_BOXES_2D;
        return 1 + def->max_boxes * (flat ? DD_BOX2_VALUES : DD_BOX3_VALUES);
    }
    int width = 0;
    for (int i = 0; i < k_types[def->type].n; i++) {
        width += k_types[def->type].fields[i].per_name ? def->nname : 1;
    }
    return width;
}

DdChannels* dd_channels_create(int physics_hz)
{
    DD_ASSERT(physics_hz > 0);
    DdChannels* channels = must_calloc(1, sizeof *channels);
    channels->physics_hz = physics_hz;
    channels->pool = dd_blob_pool_create();
    return channels;
}

void dd_channels_destroy(DdChannels* channels)
{
    if (channels == NULL) {
        return;
    }
    for (int i = 0; i < channels->n; i++) {
        free(channels->defs[i].names);
        free((void*)channels->defs[i].slides);
        free(channels->defs[i].classes);
        if (channels->rings != NULL) {
            for (int k = 0; channels->rings[i].blobs && k < channels->rings[i].cap; k++) {
                dd_blob_drop(channels->rings[i].blobs[k]);
            }
            free(channels->rings[i].blobs);
            free(channels->rings[i].slots);
            free(channels->rings[i].order);
            free(channels->rings[i].values);
        }
    }
    free(channels->defs);
    free(channels->rings);
    for (int i = 0; i < channels->nlane; i++) {
        free(channels->lanes[i].entry);
    }
    free(channels->lanes);
    free(channels->lane_of);
    dd_blob_pool_destroy(channels->pool);
    free(channels);
}

// what a def must be before it may enter the table
static bool check_def(const DdChannels* channels, const DdChannelDef* def, DdError* err)
{
    if (def->name[0] == '\0') {
        return dd_fail(err, DD_ERROR_ARGUMENT, "a channel needs a name");
    }
    if (dd_channels_find(channels, def->name) >= 0) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': the name is already taken",
                       def->name);
    }
    if ((int)def->type < 0 || def->type >= DD_TYPE_COUNT) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': type must be one of 0 to %d, got %d",
                       def->name, DD_TYPE_COUNT - 1, (int)def->type);
    }
    if (def->rate.num <= 0 || def->rate.den <= 0) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "channel '%s': rate must be positive, got %lld/%lld Hz", def->name,
                       (long long)def->rate.num, (long long)def->rate.den);
    }
    if (def->phase_steps < 0 || def->latency_steps < 0) {
        return dd_fail(
            err, DD_ERROR_ARGUMENT,
            "channel '%s': phase and latency must not be negative, got %lld and %lld steps",
            def->name, (long long)def->phase_steps, (long long)def->latency_steps);
    }
    bool named = def->type == DD_TYPE_VECTOR || def->type == DD_TYPE_JOINTS;
    if (named && def->nname < 1) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': %s needs at least one name",
                       def->name, dd_type_name(def->type));
    }
    if (def->type == DD_TYPE_CONTACTS && def->max_contacts < 1) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "channel '%s': max_contacts must be positive, got %d", def->name,
                       def->max_contacts);
    }
    bool boxes = def->type == DD_TYPE_BOXES_2D || def->type == DD_TYPE_BOXES_3D;
    if ((def->type == DD_TYPE_SCAN && def->count < 1) || (boxes && def->max_boxes < 1)) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': %s must be positive, got %d",
                       def->name, boxes ? "max_boxes" : "count",
                       boxes ? def->max_boxes : def->count);
    }
    for (int i = 0; i < def->nname && named; i++) {
        for (int k = 0; k < i; k++) {
            if (strcmp(def->names[i], def->names[k]) == 0) {
                return dd_fail(err, DD_ERROR_ARGUMENT, "channel '%s': the name '%s' stands twice",
                               def->name, def->names[i]);
            }
        }
    }
    return true;
}

int dd_channels_add(DdChannels* channels, const DdChannelDef* def, DdError* err)
{
    DD_ASSERT(channels->rings == NULL && "no channel is added after start");
    DD_ASSERT(def->nname >= 0 && (def->nname == 0 || def->names != NULL));
    if (!check_def(channels, def, err)) {
        return -1;
    }
    if (channels->n == channels->cap) {
        channels->cap = channels->cap == 0 ? 16 : 2 * channels->cap;
        channels->defs = realloc(channels->defs, (size_t)channels->cap * sizeof *channels->defs);
        DD_ASSERT(channels->defs != NULL);
    }
    DdChannelDef* copy = &channels->defs[channels->n];
    *copy = *def;
    copy->names = NULL;
    copy->slides = NULL;
    copy->classes = NULL;
    if (def->nclass > 0) {
        copy->classes = must_calloc((size_t)def->nclass, sizeof *copy->classes);
        memcpy(copy->classes, def->classes, (size_t)def->nclass * sizeof *copy->classes);
    }
    if (def->nname > 0) {
        copy->names = must_calloc((size_t)def->nname, sizeof *copy->names);
        memcpy(copy->names, def->names, (size_t)def->nname * sizeof *copy->names);
        if (def->slides != NULL) {
            bool* slides = must_calloc((size_t)def->nname, sizeof *slides);
            memcpy(slides, def->slides, (size_t)def->nname * sizeof *slides);
            copy->slides = slides;
        }
    }
    return channels->n++;
}

static int lane_for(DdChannels* channels, int64_t latency_steps)
{
    for (int i = 0; i < channels->nlane; i++) {
        if (channels->lanes[i].latency_steps == latency_steps) {
            return i;
        }
    }
    channels->lanes[channels->nlane].latency_steps = latency_steps;
    return channels->nlane++;
}

void dd_channels_start(DdChannels* channels)
{
    DD_ASSERT(channels->rings == NULL);
    channels->rings = must_calloc((size_t)channels->n, sizeof *channels->rings);
    channels->lanes = must_calloc((size_t)channels->n, sizeof *channels->lanes);
    channels->lane_of = must_calloc((size_t)channels->n, sizeof *channels->lane_of);
    channels->state_size = k_state_head;
    for (int i = 0; i < channels->n; i++) {
        const DdChannelDef* def = &channels->defs[i];
        Ring* ring = &channels->rings[i];
        double flying = dd_rate_hz(def->rate) * (double)def->latency_steps / channels->physics_hz;
        DD_ASSERT(flying < 1e6);
        // never more than one sample per step is in flight
        if (flying > (double)def->latency_steps) {
            flying = (double)def->latency_steps;
        }
        ring->cap = (int)flying + 3;
        ring->width = dd_channel_width(def);
        ring->slots = must_calloc((size_t)ring->cap, sizeof *ring->slots);
        ring->order = must_calloc((size_t)ring->cap, sizeof *ring->order);
        ring->values = must_calloc((size_t)ring->cap * (size_t)ring->width, sizeof *ring->values);
        for (int k = 0; k < ring->cap; k++) {
            ring->slots[k].channel = i;
            ring->slots[k].n = ring->width;
            ring->slots[k].values = ring->values + (size_t)k * (size_t)ring->width;
        }
        channels->lane_of[i] = lane_for(channels, def->latency_steps);
        // twice the room, so that clearing out stale entries pays
        channels->lanes[channels->lane_of[i]].cap += 2 * ring->cap;
        if (def->picture) {
            ring->blobs = must_calloc((size_t)ring->cap, sizeof *ring->blobs);
            continue;
        }
        channels->state_size += k_state_channel + ring->cap * (k_state_slot + ring->width);
    }
    for (int i = 0; i < channels->nlane; i++) {
        Lane* lane = &channels->lanes[i];
        lane->entry = must_calloc((size_t)lane->cap, sizeof *lane->entry);
    }
}

int dd_channels_count(const DdChannels* channels)
{
    return channels->n;
}

int dd_channels_physics_hz(const DdChannels* channels)
{
    return channels->physics_hz;
}

const DdChannelDef* dd_channels_def(const DdChannels* channels, int channel)
{
    DD_ASSERT(channel >= 0 && channel < channels->n);
    return &channels->defs[channel];
}

int dd_channels_find(const DdChannels* channels, const char* name)
{
    for (int i = 0; i < channels->n; i++) {
        if (strcmp(channels->defs[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

// resolves what follows the channel's name: "twist.linear.x", "position.elbow", "" for a scalar
static bool find_field(const DdChannelDef* def, const char* rest, int* offset, const char** unit)
{
    if (def->type == DD_TYPE_SCALAR && rest[0] == '\0') {
        rest = "value";
    }
    const TypeRow* type = &k_types[def->type];
    int at = 0;
    for (int f = 0; f < type->n; f++) {
        const DdTypeField* field = &type->fields[f];
        const char* field_unit = field->unit == NULL ? def->unit : field->unit;
        if (!field->per_name) {
            if (strcmp(rest, field->path) == 0) {
                *offset = at;
                *unit = field_unit;
                return true;
            }
            at++;
            continue;
        }
        // elements of a vector may leave out "value."
        size_t len = strlen(field->path);
        const char* name = NULL;
        if (strncmp(rest, field->path, len) == 0 && rest[len] == '.') {
            name = rest + len + 1;
        }
        for (int i = 0; i < def->nname; i++) {
            bool match = name != NULL && strcmp(name, def->names[i]) == 0;
            if (match || (def->type == DD_TYPE_VECTOR && strcmp(rest, def->names[i]) == 0)) {
                bool slides = def->type == DD_TYPE_JOINTS && def->slides != NULL && def->slides[i];
                *offset = at + i;
                *unit = slides ? k_joints_slide[f] : field_unit;
                return true;
            }
        }
        at += def->nname;
    }
    return false;
}

bool dd_channels_signal(const DdChannels* channels, const char* path, int* channel, int* offset,
                        const char** unit)
{
    // "a.b" may be a channel beside "a": the longest name that fits and has the field wins
    size_t best = 0;
    for (int i = 0; i < channels->n; i++) {
        const DdChannelDef* def = &channels->defs[i];
        size_t len = strlen(def->name);
        if (len <= best || strncmp(path, def->name, len) != 0) {
            continue;
        }
        if (path[len] != '\0' && path[len] != '.') {
            continue;
        }
        int at = 0;
        const char* u = "";
        const char* rest = path[len] == '.' ? path + len + 1 : "";
        if (path[len] == '.' && rest[0] == '\0') {
            continue;
        }
        if (find_field(def, rest, &at, &u)) {
            best = len;
            *channel = i;
            *offset = at;
            *unit = u;
        }
    }
    return best > 0;
}

// queues of samples not yet taken

static bool stale(const DdChannels* channels, const struct LaneEntry* e)
{
    return e->sequence < channels->rings[e->channel].taken;
}

static void lane_add(DdChannels* channels, int channel, int64_t sequence)
{
    Lane* lane = &channels->lanes[channels->lane_of[channel]];
    if (lane->count == lane->cap) {
        // nobody takes: what left its ring makes room
        int kept = 0;
        for (int i = 0; i < lane->count; i++) {
            struct LaneEntry e = lane->entry[(lane->head + i) % lane->cap];
            if (!stale(channels, &e)) {
                lane->entry[(lane->head + kept++) % lane->cap] = e;
            }
        }
        lane->count = kept;
    }
    int at = lane->head + lane->count++;
    lane->entry[at < lane->cap ? at : at - lane->cap] = (struct LaneEntry){channel, sequence};
}

static void lane_pop(Lane* lane)
{
    lane->head = lane->head + 1 < lane->cap ? lane->head + 1 : 0;
    lane->count--;
}

double* dd_channels_push(DdChannels* channels, int channel, int64_t step)
{
    return dd_channels_push_blob(channels, channel, step, NULL);
}

DdBlobPool* dd_channels_pool(DdChannels* channels)
{
    return channels->pool;
}

double* dd_channels_push_blob(DdChannels* channels, int channel, int64_t step, DdBlob* blob)
{
    DD_ASSERT(channels->rings != NULL && channel >= 0 && channel < channels->n && step >= 0);
    bool picture = channels->defs[channel].picture;
    DD_ASSERT(picture || !blob);
    Ring* ring = &channels->rings[channel];
    int slot = (int)(ring->pushed % ring->cap);
    DdSample* sample = &ring->slots[slot];
    // a sample that nobody took in time leaves the ring
    if (ring->pushed - ring->taken == ring->cap) {
        ring->taken++;
    }
    if (ring->pushed > 0) {
        int last = (int)((ring->pushed - 1) % ring->cap);
        DD_ASSERT(step >= ring->slots[last].step && "samples of a channel come in order");
    }
    sample->step = step;
    sample->avail_step = step + channels->defs[channel].latency_steps;
    sample->sequence = ring->pushed++;
    ring->order[slot] = picture ? k_picture_order | channels->picture_order++ : channels->order++;
    if (ring->blobs) {
        dd_blob_drop(ring->blobs[slot]);
        ring->blobs[slot] = blob;
        sample->blob = blob;
    }
    lane_add(channels, channel, sample->sequence);
    double* values = ring->values + (size_t)slot * (size_t)ring->width;
    DdType type = channels->defs[channel].type;
    if (type == DD_TYPE_CONTACTS || type == DD_TYPE_BOXES_2D || type == DD_TYPE_BOXES_3D) {
        memset(values, 0, (size_t)ring->width * sizeof *values); // what lies beyond the count
    }
    return values;
}

const DdSample* dd_channels_latest(const DdChannels* channels, int channel, int64_t now)
{
    DD_ASSERT(channels->rings != NULL && channel >= 0 && channel < channels->n);
    const Ring* ring = &channels->rings[channel];
    int64_t oldest = ring->pushed > ring->cap ? ring->pushed - ring->cap : 0;
    for (int64_t k = ring->pushed - 1; k >= oldest; k--) {
        const DdSample* sample = &ring->slots[k % ring->cap];
        if (sample->avail_step <= now) {
            return sample;
        }
    }
    return NULL;
}

const DdSample* dd_channels_take(DdChannels* channels, int64_t now)
{
    Lane* best = NULL;
    const DdSample* first = NULL;
    uint64_t first_order = 0;
    for (int i = 0; i < channels->nlane; i++) {
        Lane* lane = &channels->lanes[i];
        while (lane->count > 0 && stale(channels, &lane->entry[lane->head])) {
            lane_pop(lane);
        }
        if (lane->count == 0) {
            continue;
        }
        const struct LaneEntry* e = &lane->entry[lane->head];
        const Ring* ring = &channels->rings[e->channel];
        int slot = (int)(e->sequence % ring->cap);
        const DdSample* sample = &ring->slots[slot];
        if (sample->avail_step <= now &&
            (first == NULL || sample->avail_step < first->avail_step ||
             (sample->avail_step == first->avail_step && ring->order[slot] < first_order))) {
            best = lane;
            first = sample;
            first_order = ring->order[slot];
        }
    }
    if (best != NULL) {
        lane_pop(best);
        channels->rings[first->channel].taken++;
    }
    return first;
}

// restore points

static double* put_int(double* out, uint64_t v)
{
    memcpy(out, &v, sizeof v);
    return out + 1;
}

static const double* get_int(const double* in, int64_t* v)
{
    memcpy(v, in, sizeof *v);
    return in + 1;
}

int dd_channels_state_size(const DdChannels* channels)
{
    DD_ASSERT(channels->rings != NULL);
    return channels->state_size;
}

void dd_channels_save(const DdChannels* channels, double* state)
{
    double* out = put_int(state, channels->order);
    for (int i = 0; i < channels->n; i++) {
        const Ring* ring = &channels->rings[i];
        if (channels->defs[i].picture) {
            continue;
        }
        out = put_int(out, (uint64_t)ring->pushed);
        out = put_int(out, (uint64_t)ring->taken);
        for (int k = 0; k < ring->cap; k++) {
            out = put_int(out, (uint64_t)ring->slots[k].step);
            out = put_int(out, (uint64_t)ring->slots[k].avail_step);
            out = put_int(out, ring->order[k]);
        }
        size_t n = (size_t)ring->cap * (size_t)ring->width;
        memcpy(out, ring->values, n * sizeof *out);
        out += n;
    }
    DD_ASSERT(out - state == channels->state_size);
}

// by push order; few samples are ever in flight
static void lane_sort(const DdChannels* channels, Lane* lane)
{
    for (int i = 1; i < lane->count; i++) {
        struct LaneEntry e = lane->entry[i];
        const Ring* ring = &channels->rings[e.channel];
        uint64_t order = ring->order[e.sequence % ring->cap];
        int k = i;
        for (; k > 0; k--) {
            const struct LaneEntry* before = &lane->entry[k - 1];
            const Ring* other = &channels->rings[before->channel];
            if (other->order[before->sequence % other->cap] < order) {
                break;
            }
            lane->entry[k] = *before;
        }
        lane->entry[k] = e;
    }
}

// Pictures measured at `step` or later are yet to come (again).
static void forget_pictures(Ring* ring, int64_t step)
{
    while (ring->pushed > 0) {
        int slot = (int)((ring->pushed - 1) % ring->cap);
        if (ring->slots[slot].step < step) {
            break;
        }
        dd_blob_drop(ring->blobs[slot]);
        ring->blobs[slot] = NULL;
        ring->slots[slot].blob = NULL;
        ring->pushed--;
        ring->taken = ring->taken < ring->pushed ? ring->taken : ring->pushed;
    }
}

void dd_channels_load(DdChannels* channels, int64_t step, const double* state)
{
    int64_t v = 0;
    const double* in = get_int(state, &v);
    channels->order = (uint64_t)v;
    for (int i = 0; i < channels->nlane; i++) {
        channels->lanes[i].head = 0;
        channels->lanes[i].count = 0;
    }
    for (int i = 0; i < channels->n; i++) {
        Ring* ring = &channels->rings[i];
        if (channels->defs[i].picture) {
            forget_pictures(ring, step);
            for (int64_t k = ring->taken; k < ring->pushed; k++) {
                lane_add(channels, i, k);
            }
            continue;
        }
        in = get_int(in, &ring->pushed);
        in = get_int(in, &ring->taken);
        DD_ASSERT(ring->taken >= 0 && ring->pushed - ring->taken <= ring->cap);
        for (int k = 0; k < ring->cap; k++) {
            in = get_int(in, &ring->slots[k].step);
            in = get_int(in, &ring->slots[k].avail_step);
            in = get_int(in, &v);
            ring->order[k] = (uint64_t)v;
        }
        size_t n = (size_t)ring->cap * (size_t)ring->width;
        memcpy(ring->values, in, n * sizeof *in);
        in += n;
        // the sequence of a slot follows from how many were pushed
        int64_t oldest = ring->pushed > ring->cap ? ring->pushed - ring->cap : 0;
        for (int64_t k = oldest; k < ring->pushed; k++) {
            ring->slots[k % ring->cap].sequence = k;
        }
        for (int64_t k = ring->taken; k < ring->pushed; k++) {
            lane_add(channels, i, k);
        }
    }
    for (int i = 0; i < channels->nlane; i++) {
        lane_sort(channels, &channels->lanes[i]);
    }
    DD_ASSERT(in - state == channels->state_size);
}
