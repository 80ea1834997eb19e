// The path of a sensor while a sweep goes on: its poses at every step, and between them.
#include <string.h>

#include "sim/sense/lidar.h"

bool dd_beam_place(DdSense* s, const DdUnit* u, DdChannelDef* channel, DdRef* ref, DdPose* mount,
                   DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    *mount = dd_mount_of(def);
    if (!def->robot[0] && !def->frame[0]) {
        // it stands in the world
        *ref = (DdRef){.site = -1, .body = 0, .thing = -1};
        dd_mount_frame(def, channel->frame);
    } else if (!dd_ref_of_sensor(s, u, ref, channel->frame, err)) {
        return false;
    } else if (dd_mounted(def)) {
        dd_mount_frame(def, channel->frame);
    }
    if (!(def->range_max > def->range_min)) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: range_max must be greater than range_min, %g m, got %g m", u->what,
                       def->range_min, def->range_max);
    }
    return true;
}

// [how many, step of the first, then x y z qw qx qy qz each]
int dd_path_size(int steps)
{
    return DD_PATH_HEAD + DD_PATH_POSE * (steps + 1);
}

void dd_path_clear(double* path)
{
    path[0] = 0;
}

void dd_path_add(double* path, int64_t step, const DdPose* pose)
{
    int n = (int)path[0];
    if (n == 0) {
        path[1] = (double)step;
    }
    DD_ASSERT((int64_t)path[1] + n == step);
    double* at = path + DD_PATH_HEAD + DD_PATH_POSE * n;
    memcpy(at, pose->pos, sizeof pose->pos);
    memcpy(at + 3, pose->quat, sizeof pose->quat);
    path[0] = n + 1;
}

void dd_path_keep_last(double* path)
{
    int n = (int)path[0];
    memmove(path + DD_PATH_HEAD, path + DD_PATH_HEAD + DD_PATH_POSE * (n - 1),
            DD_PATH_POSE * sizeof *path);
    path[1] += n - 1;
    path[0] = 1;
}

void dd_path_at(const double* path, double at, DdPose* pose)
{
    int n = (int)path[0];
    double rel = at - path[1];
    DD_ASSERT(n >= 2 && rel >= 0 && rel <= n - 1);
    int i = (int)rel;
    i = i > n - 2 ? n - 2 : i;
    double f = rel - i;
    const double* a = path + DD_PATH_HEAD + DD_PATH_POSE * i;
    const double* b = a + DD_PATH_POSE;
    for (int k = 0; k < 3; k++) {
        pose->pos[k] = a[k] + f * (b[k] - a[k]);
    }
    const double *p = a + 3, *q = b + 3;
    double cosine = p[0] * q[0] + p[1] * q[1] + p[2] * q[2] + p[3] * q[3];
    double sign = cosine < 0 ? -1 : 1, wp = 1 - f, wq = f;
    cosine *= sign;
    // below a hundredth of a radian the chord is the arc to nine digits
    if (cosine < 0.99998) {
        double angle = acos(cosine > 1 ? 1 : cosine);
        wp = sin((1 - f) * angle) / sin(angle);
        wq = sin(f * angle) / sin(angle);
    }
    for (int k = 0; k < 4; k++) {
        pose->quat[k] = wp * p[k] + sign * wq * q[k];
    }
    dd_quat_normalize(pose->quat);
}
