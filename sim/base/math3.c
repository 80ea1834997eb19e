// Small geometry: vectors, quaternions (w x y z), poses.
#include "sim/base/math3.h"

#include <string.h>

static inline void cross(double out[3], const double a[3], const double b[3])
{
    double c[3] = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
    memcpy(out, c, sizeof c);
}

DdPose dd_pose_identity(void)
{
    return (DdPose){{0, 0, 0}, {1, 0, 0, 0}};
}

DdPose dd_pose_make(double x, double y, double z, double yaw)
{
    DdPose pose = {{x, y, z}, {1, 0, 0, 0}};
    dd_quat_from_yaw(pose.quat, yaw);
    return pose;
}

DdPose dd_pose_mul(DdPose pose_AB, DdPose pose_BC)
{
    DdPose pose_AC;
    dd_pose_apply(&pose_AB, pose_BC.pos, pose_AC.pos);
    dd_quat_mul(pose_AC.quat, pose_AB.quat, pose_BC.quat);
    dd_quat_normalize(pose_AC.quat); // long chains do not drift off the unit sphere
    return pose_AC;
}

DdPose dd_pose_inv(DdPose pose_AB)
{
    DdPose pose_BA;
    dd_quat_conj(pose_BA.quat, pose_AB.quat);
    double p[3];
    dd_quat_rotate(p, pose_BA.quat, pose_AB.pos);
    for (int i = 0; i < 3; i++) {
        pose_BA.pos[i] = -p[i];
    }
    return pose_BA;
}

void dd_pose_apply(const DdPose* pose_AB, const double p_B[3], double p_A[3])
{
    double r[3];
    dd_quat_rotate(r, pose_AB->quat, p_B);
    for (int i = 0; i < 3; i++) {
        p_A[i] = pose_AB->pos[i] + r[i];
    }
}

double dd_pose_yaw(const DdPose* pose)
{
    static const double k_x[3] = {1, 0, 0};
    double axis[3];
    dd_quat_rotate(axis, pose->quat, k_x);
    return atan2(axis[1], axis[0]);
}

void dd_quat_mul(double out[4], const double a[4], const double b[4])
{
    double w = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
    double x = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
    double y = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
    double z = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
    out[0] = w;
    out[1] = x;
    out[2] = y;
    out[3] = z;
}

void dd_quat_conj(double out[4], const double q[4])
{
    out[0] = q[0];
    out[1] = -q[1];
    out[2] = -q[2];
    out[3] = -q[3];
}

void dd_quat_rotate(double out[3], const double q[4], const double v[3])
{
    // v + 2 w (u x v) + 2 u x (u x v)
    double t[3];
    double tt[3];
    cross(t, q + 1, v);
    cross(tt, q + 1, t);
    for (int i = 0; i < 3; i++) {
        out[i] = v[i] + 2.0 * (q[0] * t[i] + tt[i]);
    }
}

void dd_quat_from_yaw(double out[4], double yaw)
{
    out[0] = cos(0.5 * yaw);
    out[1] = 0.0;
    out[2] = 0.0;
    out[3] = sin(0.5 * yaw);
}

void dd_quat_from_rpy(double out[4], double roll, double pitch, double yaw)
{
    double cr = cos(0.5 * roll), sr = sin(0.5 * roll);
    double cp = cos(0.5 * pitch), sp = sin(0.5 * pitch);
    double cy = cos(0.5 * yaw), sy = sin(0.5 * yaw);
    out[0] = cr * cp * cy + sr * sp * sy;
    out[1] = sr * cp * cy - cr * sp * sy;
    out[2] = cr * sp * cy + sr * cp * sy;
    out[3] = cr * cp * sy - sr * sp * cy;
}

void dd_quat_to_rpy(const double q[4], double rpy[3])
{
    double w = q[0], x = q[1], y = q[2], z = q[3];
    double sin_pitch = dd_clamp(2.0 * (w * y - z * x), -1.0, 1.0);
    rpy[1] = asin(sin_pitch);
    // looking straight up or down only roll -+ yaw is known: all of it goes to yaw
    if (fabs(sin_pitch) > 1.0 - 1e-12) {
        rpy[0] = 0.0;
        rpy[2] = dd_wrap_angle(2.0 * atan2(z, w));
        return;
    }
    rpy[0] = atan2(2.0 * (w * x + y * z), 1.0 - 2.0 * (x * x + y * y));
    rpy[2] = atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z));
}

void dd_quat_from_rotvec(double out[4], const double r[3])
{
    double angle = dd_norm3(r);
    // sin(a/2)/a by its series where the quotient loses digits
    double k = angle > 1e-6 ? sin(0.5 * angle) / angle : 0.5 - angle * angle / 48.0;
    out[0] = cos(0.5 * angle);
    for (int i = 0; i < 3; i++) {
        out[i + 1] = k * r[i];
    }
}

void dd_quat_to_rotvec(const double q[4], double r[3])
{
    // q and -q are one rotation; take the one of at most half a turn
    double sign = q[0] < 0.0 ? -1.0 : 1.0;
    double s = dd_norm3(q + 1);
    double k = s > 1e-9 ? 2.0 * atan2(s, sign * q[0]) / s : 2.0;
    for (int i = 0; i < 3; i++) {
        r[i] = sign * k * q[i + 1];
    }
}

void dd_quat_normalize(double q[4])
{
    double n = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    if (!(n > 0.0) || !isfinite(n)) {
        q[0] = 1.0;
        q[1] = q[2] = q[3] = 0.0;
        return;
    }
    for (int i = 0; i < 4; i++) {
        q[i] /= n;
    }
}

double dd_quat_angle(const double a[4], const double b[4])
{
    double inv[4];
    double d[4];
    dd_quat_conj(inv, a);
    dd_quat_mul(d, inv, b);
    return 2.0 * atan2(dd_norm3(d + 1), fabs(d[0]));
}

double dd_dot3(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

double dd_norm3(const double a[3])
{
    return sqrt(dd_dot3(a, a));
}

void dd_cross3(double out[3], const double a[3], const double b[3])
{
    cross(out, a, b);
}

double dd_wrap_angle(double a)
{
    if (a > -DD_PI && a <= DD_PI) {
        return a;
    }
    double r = fmod(a, 2.0 * DD_PI);
    if (r > DD_PI) {
        r -= 2.0 * DD_PI;
    } else if (r <= -DD_PI) {
        r += 2.0 * DD_PI;
    }
    return r;
}

double dd_clamp(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}
