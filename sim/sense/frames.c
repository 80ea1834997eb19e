// Frames: where sensors sit that are no body of the world.
#include <string.h>

#include "sim/sense/internal.h"

static const char k_optical[] = "_optical";

static bool ends_with(const char* text, const char* end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

// The sensor's place in the body it belongs to.
static DdPose in_body(const DdSense* s, const DdUnit* u)
{
    DdPose at = dd_pose_identity();
    if (u->at.site >= 0) {
        const mjModel* m = dd_world_model(s->world);
        memcpy(at.pos, m->site_pos + 3 * u->at.site, sizeof at.pos);
        memcpy(at.quat, m->site_quat + 4 * u->at.site, sizeof at.quat);
    }
    return dd_pose_mul(at, u->mount);
}

static bool known(const DdSenseFrame* frames, int n, const char* name)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(frames[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_body(const DdSense* s, const char* name)
{
    for (int i = 0; i < dd_world_body_count(s->world); i++) {
        if (strcmp(dd_world_body_name(s->world, i), name) == 0) {
            return true;
        }
    }
    return false;
}

int dd_sense_frames(const DdSense* s, DdSenseFrame* frames, int max)
{
    // x right, y down, z forward from x forward, y left, z up
    const DdPose optical = {.quat = {0.5, -0.5, 0.5, -0.5}};
    int n = 0;
    for (int i = 0; i < s->nunit; i++) {
        const DdUnit* u = s->unit[i];
        for (int k = 0; u->mounted && k < u->nchannel; k++) {
            const DdChannelDef* def = dd_channels_def(s->channels, u->channels[k]);
            const char* name = def->frame;
            if (!name[0] || n >= max || is_body(s, name) || known(frames, n, name) ||
                def->type == DD_TYPE_ODOM || def->type == DD_TYPE_POSE) {
                continue;
            }
            DdPose pose = in_body(s, u);
            if (ends_with(name, k_optical)) {
                pose = dd_pose_mul(pose, optical);
            }
            DdSenseFrame* f = &frames[n++];
            snprintf(f->parent, sizeof f->parent, "%s", dd_world_body_name(s->world, u->at.body));
            snprintf(f->name, sizeof f->name, "%s", name);
            memcpy(f->pose, pose.pos, sizeof pose.pos);
            memcpy(f->pose + 3, pose.quat, sizeof pose.quat);
        }
    }
    return n;
}
