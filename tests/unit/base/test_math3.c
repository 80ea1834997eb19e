// Geometry: identities that hold for every rotation.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/math3.h"
#include "sim/base/rng.h"

static void near(double a, double b)
{
    if (!(fabs(a - b) < 1e-9)) {
        fail_msg("%.17g is not near %.17g", a, b);
    }
}

static void random_quat(DdStream* s, double q[4])
{
    for (int i = 0; i < 4; i++) {
        q[i] = dd_stream_normal(s, 0, 1);
    }
    dd_quat_normalize(q);
}

static void yaw_turns_x_to_y(void** state)
{
    (void)state;
    DdPose pose = dd_pose_make(1, 2, 3, DD_PI / 2);
    const double x[3] = {1, 0, 0};
    double p[3];
    dd_pose_apply(&pose, x, p);
    near(p[0], 1);
    near(p[1], 3);
    near(p[2], 3);
    near(dd_pose_yaw(&pose), DD_PI / 2);
}

static void conversions_return(void** state)
{
    (void)state;
    DdStream s = dd_stream(1, "t", "q");
    for (int i = 0; i < 1000; i++) {
        double q[4], back[4], v[3];
        random_quat(&s, q);
        dd_quat_to_rpy(q, v);
        dd_quat_from_rpy(back, v[0], v[1], v[2]);
        near(dd_quat_angle(q, back), 0);
        dd_quat_to_rotvec(q, v);
        assert_true(dd_norm3(v) <= DD_PI + 1e-12);
        dd_quat_from_rotvec(back, v);
        near(dd_quat_angle(q, back), 0);
        // rotations compose as matrices do
        double r[4], qr[4], a[3] = {1, -2, 0.5}, b[3], c[3];
        random_quat(&s, r);
        dd_quat_mul(qr, q, r);
        dd_quat_rotate(b, r, a);
        dd_quat_rotate(b, q, b);
        dd_quat_rotate(c, qr, a);
        for (int k = 0; k < 3; k++) {
            near(b[k], c[k]);
        }
        near(dd_norm3(c), dd_norm3(a));
    }
}

static void edges_of_conversions(void** state)
{
    (void)state;
    double q[4], v[3], back[4];
    for (int sign = -1; sign <= 1; sign += 2) {
        dd_quat_from_rpy(q, 0.3, sign * DD_PI / 2, 0.4);
        dd_quat_to_rpy(q, v);
        dd_quat_from_rpy(back, v[0], v[1], v[2]);
        assert_true(dd_quat_angle(q, back) < 1e-6);
    }
    const double tiny[3] = {1e-12, -2e-12, 0};
    dd_quat_from_rotvec(q, tiny);
    dd_quat_to_rotvec(q, v);
    assert_true(fabs(v[1] - tiny[1]) < 1e-24);
    double zero[4] = {0, 0, 0, 0};
    dd_quat_normalize(zero);
    near(zero[0], 1);
    const double id[4] = {1, 0, 0, 0};
    const double minus[4] = {-1, 0, 0, 0};
    near(dd_quat_angle(id, minus), 0);
    const double half_turn[4] = {0, 0, 1, 0};
    near(dd_quat_angle(id, half_turn), DD_PI);
}

static void poses_form_a_group(void** state)
{
    (void)state;
    DdStream s = dd_stream(2, "t", "pose");
    for (int i = 0; i < 200; i++) {
        DdPose a = {{dd_stream_uniform(&s, -5, 5), 1, 2}, {1, 0, 0, 0}};
        DdPose b = {{-1, dd_stream_uniform(&s, -5, 5), 2}, {1, 0, 0, 0}};
        random_quat(&s, a.quat);
        random_quat(&s, b.quat);
        DdPose back = dd_pose_mul(dd_pose_inv(a), dd_pose_mul(a, b));
        for (int k = 0; k < 3; k++) {
            near(back.pos[k], b.pos[k]);
        }
        near(dd_quat_angle(back.quat, b.quat), 0);
    }
    DdPose id = dd_pose_identity();
    near(id.quat[0], 1);
}

static void angles_wrap(void** state)
{
    (void)state;
    near(dd_wrap_angle(3 * DD_PI), DD_PI);
    near(dd_wrap_angle(-DD_PI), DD_PI);
    near(dd_wrap_angle(0.1 + 20 * DD_PI), 0.1);
    near(dd_wrap_angle(-0.1 - 20 * DD_PI), -0.1);
    near(dd_clamp(5, -1, 1), 1);
    near(dd_clamp(-5, -1, 1), -1);
    double a[3] = {1, 0, 0}, b[3] = {0, 1, 0};
    dd_cross3(a, a, b); // the output may be an input
    near(a[2], 1);
    near(a[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yaw_turns_x_to_y),     cmocka_unit_test(conversions_return),
        cmocka_unit_test(edges_of_conversions), cmocka_unit_test(poses_form_a_group),
        cmocka_unit_test(angles_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
