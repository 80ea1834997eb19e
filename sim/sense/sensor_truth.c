// Truth: pose and twist of a frame, as the world has them.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct Truth {
    DdRef ref;
    DdRef target; // pose: relative to this
    bool relative;
} Truth;

static bool pose_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    Truth* t = u->own;
    if (!dd_ref_of_sensor(s, u, &t->ref, channel->child_frame, err)) {
        return false;
    }
    t->relative = def->target[0] != 0;
    if (t->relative) {
        if (!dd_ref_find(s, def->target, u->what, "target", &t->target, err)) {
            return false;
        }
        snprintf(channel->frame, sizeof channel->frame, "%s", def->target);
    }
    channel->truth = true;
    u->nspan = 2;
    u->span[0] = (DdNoiseSpan){.at = 0, .n = 3};
    u->span[1] = (DdNoiseSpan){.at = 3, .n = 3, .rotation = true};
    return true;
}

static void pose_read(DdSense* s, DdUnit* u, double* values)
{
    const Truth* t = u->own;
    DdPose pose;
    dd_ref_pose(s, &t->ref, &pose);
    if (t->relative) {
        DdPose target;
        dd_ref_pose(s, &t->target, &target);
        pose = dd_pose_mul(dd_pose_inv(target), pose);
    }
    memcpy(values, pose.pos, sizeof pose.pos);
    memcpy(values + 3, pose.quat, sizeof pose.quat);
}

static bool twist_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    Truth* t = u->own;
    if (!dd_ref_of_sensor(s, u, &t->ref, channel->frame, err)) {
        return false;
    }
    channel->truth = true;
    u->nstate = DD_MOTION_STATE;
    u->skip_every = !t->ref.kinematic;
    u->nspan = 2;
    u->span[0] = (DdNoiseSpan){.at = 0, .n = 3};
    u->span[1] = (DdNoiseSpan){.at = 3, .n = 3};
    return true;
}

static void twist_begin(DdSense* s, DdUnit* u)
{
    dd_motion_begin(s, &((Truth*)u->own)->ref, u->state);
}

static void twist_every(DdSense* s, DdUnit* u)
{
    dd_motion_every(s, &((Truth*)u->own)->ref, u->state);
}

static void twist_read(DdSense* s, DdUnit* u, double* values)
{
    const Truth* t = u->own;
    double linear[3], angular[3], inverse[4];
    DdPose pose;
    dd_motion_read(s, &t->ref, u->state, linear, angular);
    dd_ref_pose(s, &t->ref, &pose);
    dd_quat_conj(inverse, pose.quat);
    dd_quat_rotate(values, inverse, linear);
    dd_quat_rotate(values + 3, inverse, angular);
}

const DdUnitKind dd_sense_pose = {
    .info = {.name = "pose",
             .type = DD_TYPE_POSE,
             .unit = "",
             .doc = "true pose of a frame in the world, or relative to a target",
             .reads = "robot frame target"},
    .size = sizeof(Truth),
    .open = pose_open,
    .read = pose_read,
};

const DdUnitKind dd_sense_twist = {
    .info = {.name = "twist",
             .type = DD_TYPE_TWIST,
             .unit = "",
             .doc = "true velocity of a frame's origin, in the frame's own axes",
             .reads = "robot frame"},
    .size = sizeof(Truth),
    .open = twist_open,
    .begin = twist_begin,
    .every = twist_every,
    .read = twist_read,
};
