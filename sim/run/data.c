// Data: what a recording's user must know of its sensors, labels and licence.
#include "sim/run/episode_impl.h"

#include <string.h>

#include "sim/render/render.h"

static bool has_pictures(const DdEpisode* ep)
{
    for (int i = 0; i < dd_channels_count(ep->channels); i++) {
        const DdChannelDef* def = dd_channels_def(ep->channels, i);
        if (def->type == DD_TYPE_IMAGE) {
            return !ep->def.mute_pictures;
        }
    }
    return false;
}

json_t* dd_fingerprint_of(const DdEpisode* ep)
{
    json_t* print = dd_fingerprint();
    DdRenderInfo info;
    DdError err;
    if (has_pictures(ep) && dd_render_info(&info, &err)) {
        json_object_set_new(print, "renderer", json_string(info.renderer));
        json_object_set_new(print, "gl_version", json_string(info.version));
        json_object_set_new(print, "software_renderer", json_boolean(info.software));
    }
    return print;
}

static json_t* numbers(const double* v, int n)
{
    json_t* list = json_array();
    for (int i = 0; i < n; i++) {
        json_array_append_new(list, json_real(v[i]));
    }
    return list;
}

// Intrinsics as the last camera message of the sensor has them.
static json_t* calibration(const DdEpisode* ep, const char* group)
{
    for (int i = 0; i < dd_channels_count(ep->channels); i++) {
        const DdChannelDef* def = dd_channels_def(ep->channels, i);
        if (def->type != DD_TYPE_CAMERA || strcmp(def->group, group) != 0) {
            continue;
        }
        const DdSample* s = dd_channels_latest(ep->channels, i, INT64_MAX);
        if (!s) {
            return NULL;
        }
        const double* v = s->values;
        json_t* j = json_object();
        json_object_set_new(j, "width", json_integer((json_int_t)v[0]));
        json_object_set_new(j, "height", json_integer((json_int_t)v[1]));
        json_object_set_new(j, "distortion_model", json_string(def->encoding));
        json_object_set_new(j, "k", numbers(v + 2, 9));
        json_object_set_new(j, "d", numbers(v + 11, 8));
        json_object_set_new(j, "r", numbers(v + 19, 9));
        json_object_set_new(j, "p", numbers(v + 28, 12));
        return j;
    }
    return NULL;
}

static bool made(const DdEpisode* ep, const char* name)
{
    size_t n = strlen(name);
    for (int i = 0; i < dd_channels_count(ep->channels); i++) {
        const char* channel = dd_channels_def(ep->channels, i)->name;
        if (strncmp(channel, name, n) == 0 && (channel[n] == '\0' || channel[n] == '.')) {
            return true;
        }
    }
    return false;
}

json_t* dd_episode_data(const DdEpisode* ep)
{
    const DdPlan* plan = ep->plan;
    json_t* rig = json_array();
    for (int i = 0; i < plan->nsensor; i++) {
        const DdSensorDef* s = &plan->sensor[i];
        char name[2 * DD_NAME_MAX];
        snprintf(name, sizeof name, "%s%s%s", s->robot, s->robot[0] ? "." : "", s->name);
        if (!made(ep, name)) {
            continue;
        }
        json_t* row = dd_sensor_to_json(s);
        json_t* lens = calibration(ep, name);
        json_object_set_new(row, "channel", json_string(name));
        if (lens) {
            json_object_set_new(row, "calibration", lens);
        }
        json_array_append_new(rig, row);
    }
    json_t* labels = json_object();
    int n = 0;
    const char* const* own = dd_label_classes(&n);
    for (int i = 0; i < (plan->labels.n > 0 ? plan->labels.n : n); i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        json_object_set_new(labels, id,
                            json_string(plan->labels.n > 0 ? plan->labels.v[i] : own[i]));
    }
    json_t* data = json_object();
    json_object_set_new(data, "licence",
                        json_string(plan->def.licence[0] ? plan->def.licence : "not stated"));
    json_object_set_new(data, "labels", labels);
    json_object_set_new(data, "rig", rig);
    return data;
}
