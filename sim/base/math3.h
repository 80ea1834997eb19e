// Small geometry: vectors (3), quaternions (4, w x y z), poses. Plain arrays, as MuJoCo has them.
#pragma once

#include <math.h>

#define DD_PI 3.14159265358979323846

typedef struct DdPose {
    double pos[3];  // m
    double quat[4]; // w x y z
} DdPose;

DdPose dd_pose_identity(void);
DdPose dd_pose_make(double x, double y, double z, double yaw); // yaw in rad about +z
DdPose dd_pose_mul(DdPose pose_AB, DdPose pose_BC);            // pose_AC
DdPose dd_pose_inv(DdPose pose_AB);                            // pose_BA
void dd_pose_apply(const DdPose* pose_AB, const double p_B[3], double p_A[3]);
double dd_pose_yaw(const DdPose* pose); // rad, of the x axis seen from above

void dd_quat_mul(double out[4], const double a[4], const double b[4]); // out may be a or b
void dd_quat_conj(double out[4], const double q[4]);
void dd_quat_rotate(double out[3], const double q[4], const double v[3]);
void dd_quat_from_yaw(double out[4], double yaw);
void dd_quat_from_rpy(double out[4], double roll, double pitch, double yaw); // Rz Ry Rx
void dd_quat_to_rpy(const double q[4], double rpy[3]);
void dd_quat_from_rotvec(double out[4], const double r[3]);
void dd_quat_to_rotvec(const double q[4], double r[3]);
void dd_quat_normalize(double q[4]); // a zero quaternion becomes the identity
// The angle between two orientations in [0, pi]: 2 atan2(|v|, |w|) of the difference.
double dd_quat_angle(const double a[4], const double b[4]);

double dd_dot3(const double a[3], const double b[3]);
double dd_norm3(const double a[3]);
void dd_cross3(double out[3], const double a[3], const double b[3]);
double dd_wrap_angle(double a); // to (-pi, pi]
double dd_clamp(double v, double lo, double hi);
