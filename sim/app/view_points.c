// Points of lidars and scanners: out of samples and recorded messages into the world.
#include "sim/app/view_points.h"

#include <math.h>
#include <string.h>

#include "recorder/msg/bulk.h"
#include "sim/app/view_camera.h"
#include "sim/base/cloud.h"

typedef struct Source { // a sensor
    const DdSensorDef* sensor;
    char channel[2 * DD_NAME_MAX];
    int64_t sequence; // of the newest, -1 before the first
    int n, room;
    float (*at)[3];
    float from[3];
    // of a recording
    DdPlay* play;
    bool ended, ahead;
    DdPlayItem item;
    bool has_bulk;
    DdBulk bulk;
} Source;

struct DdViewPoints {
    DdWorld* world;
    int nsource;
    Source* source;
    int room;
    float (*at)[3];
    float (*from)[3];
};

static bool is_ranging(const DdSensorDef* s)
{
    return strcmp(s->kind, "lidar") == 0 || strcmp(s->kind, "scan") == 0;
}

DdViewPoints* dd_points_create(DdWorld* w, const DdPlan* plan)
{
    DdViewPoints* p = calloc(1, sizeof *p);
    DD_ASSERT(p);
    p->world = w;
    p->source = calloc((size_t)plan->nsensor + 1, sizeof *p->source);
    DD_ASSERT(p->source);
    for (int i = 0; i < plan->nsensor; i++) {
        const DdSensorDef* s = &plan->sensor[i];
        if (is_ranging(s)) {
            Source* source = &p->source[p->nsource++];
            source->sensor = s;
            source->sequence = -1;
            snprintf(source->channel, sizeof source->channel, "%s%s%s", s->robot,
                     s->robot[0] ? "." : "", s->name);
        }
    }
    return p;
}

void dd_points_destroy(DdViewPoints* p)
{
    if (!p) {
        return;
    }
    for (int i = 0; i < p->nsource; i++) {
        dd_play_close(p->source[i].play);
        if (p->source[i].has_bulk) {
            dd_bulk_free(&p->source[i].bulk);
        }
        free(p->source[i].at);
    }
    free(p->source);
    free(p->at);
    free(p->from);
    free(p);
}

static void add(Source* s, const DdPose* pose, const double local[3])
{
    double q[3];
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 4096;
        s->at = realloc(s->at, (size_t)s->room * sizeof *s->at);
        DD_ASSERT(s->at);
    }
    dd_pose_apply(pose, local, q);
    for (int k = 0; k < 3; k++) {
        s->at[s->n][k] = (float)q[k];
    }
    s->n++;
}

static void begin(DdViewPoints* p, Source* s, DdPose* pose)
{
    *pose = dd_view_sensor_pose(p->world, s->sensor);
    s->n = 0;
    for (int k = 0; k < 3; k++) {
        s->from[k] = (float)pose->pos[k];
    }
}

static void take_scan(DdViewPoints* p, Source* s, const DdChannelDef* def, const double* values)
{
    DdPose pose;
    begin(p, s, &pose);
    for (int i = 0; i < def->count; i++) {
        double r = values[i];
        double a = def->meta[DD_SCAN_ANGLE_MIN] + i * def->meta[DD_SCAN_ANGLE_INCREMENT];
        if (isfinite(r) && r > 0) {
            double local[3] = {r * cos(a), r * sin(a), 0};
            add(s, &pose, local);
        }
    }
}

static void take_cloud(DdViewPoints* p, Source* s, const DdChannelDef* def,
                       const unsigned char* bytes, size_t size)
{
    const DdCloudLayout* layout = dd_cloud_layout(def->encoding);
    DdPose pose;
    begin(p, s, &pose);
    for (size_t at = 0; layout && at + (size_t)layout->step <= size; at += (size_t)layout->step) {
        DdCloudPoint point;
        dd_cloud_get(layout, bytes + at, &point, 0);
        const double* q = point.xyz;
        bool missing = !isfinite(q[0]) || !isfinite(q[1]) || !isfinite(q[2]) ||
                       (q[0] == 0 && q[1] == 0 && q[2] == 0);
        if (!missing) {
            add(s, &pose, q);
        }
    }
}

void dd_points_take(DdViewPoints* p, const DdChannels* channels, int64_t now)
{
    for (int i = 0; i < p->nsource; i++) {
        Source* s = &p->source[i];
        int channel = dd_channels_find(channels, s->channel);
        const DdSample* sample = channel >= 0 ? dd_channels_latest(channels, channel, now) : NULL;
        if (!sample || sample->sequence == s->sequence) {
            continue;
        }
        const DdChannelDef* def = dd_channels_def(channels, channel);
        s->sequence = sample->sequence;
        if (def->type == DD_TYPE_SCAN) {
            take_scan(p, s, def, sample->values);
        } else if (def->type == DD_TYPE_CLOUD && sample->blob) {
            take_cloud(p, s, def, sample->blob->bytes, sample->blob->size);
        }
    }
}

// --- of a recording -----------------------------------------------------------------------------

static bool place_item(DdViewPoints* p, Source* s, DdFilm* f, DdError* err)
{
    const DdPlayItem* item = &s->item;
    double now = f->now_s;
    bool fine = true;
    dd_film_seek(f, (double)item->step / f->physics_hz);
    if (item->def->type == DD_TYPE_SCAN) {
        take_scan(p, s, item->def, item->values);
    } else if (item->def->type == DD_TYPE_CLOUD) {
        size_t n = 0;
        if (!s->has_bulk) {
            s->has_bulk = fine = dd_bulk_make(&s->bulk, item->def, err);
        }
        const uint8_t* data =
            fine ? dd_bulk_data(&s->bulk, item->payload, item->payload_size, &n) : NULL;
        if (data) {
            take_cloud(p, s, item->def, data, n);
        }
    }
    dd_film_seek(f, now);
    return fine;
}

static bool read_source(DdViewPoints* p, Source* s, DdFilm* f, DdError* err)
{
    int64_t now = (int64_t)(f->now_s * f->physics_hz + 1e-6);
    dd_error_clear(err);
    if (!s->play) {
        s->play = dd_play_open(f->path, false, err);
        if (!s->play) {
            return false;
        }
        dd_play_select(s->play, DD_PLAY_SAMPLE, s->channel);
    }
    if (now < s->sequence) {
        dd_play_rewind(s->play);
        s->sequence = -1;
        s->n = 0;
        s->ended = s->ahead = false;
    }
    for (;;) {
        if (!s->ahead) {
            s->ended = s->ended || !dd_play_next(s->play, &s->item, err);
            s->ahead = !s->ended;
        }
        if (!s->ahead || s->item.step > now) {
            break;
        }
        s->ahead = false;
        s->sequence = s->item.step;
        if (!place_item(p, s, f, err)) {
            return false;
        }
    }
    return err->code == DD_OK;
}

bool dd_points_read(DdViewPoints* p, DdFilm* f, DdError* err)
{
    for (int i = 0; i < p->nsource; i++) {
        if (!read_source(p, &p->source[i], f, err)) {
            return false;
        }
    }
    return true;
}

int dd_points_all(DdViewPoints* p, const float (**at)[3], const float (**from)[3])
{
    int n = 0;
    for (int i = 0; i < p->nsource; i++) {
        n += p->source[i].n;
    }
    if (n > p->room) {
        p->room = n;
        p->at = realloc(p->at, (size_t)n * sizeof *p->at);
        p->from = realloc(p->from, (size_t)n * sizeof *p->from);
        DD_ASSERT(p->at && p->from);
    }
    int k = 0;
    for (int i = 0; i < p->nsource; i++) {
        const Source* s = &p->source[i];
        for (int j = 0; j < s->n; j++, k++) {
            memcpy(p->at[k], s->at[j], sizeof p->at[k]);
            memcpy(p->from[k], s->from, sizeof p->from[k]);
        }
    }
    *at = (const float(*)[3])p->at;
    *from = (const float(*)[3])p->from;
    return n;
}
