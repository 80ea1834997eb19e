// Clearance and the distance sensor against closed forms and against brute force.
#include "sim/base/rng.h"
#include "tests/unit/sense/rig.h"

static const char k_boxes[] =
    "<mujoco><option gravity='0 0 0'/><asset>"
    "<mesh name='tetra' vertex='0 0 0 1 0 0 0 1 0 0 0 1'/></asset><worldbody>"
    "<geom type='plane' size='5 5 .1'/>"
    "<body name='a' pos='0 0 2'><freejoint/><geom type='box' size='.5 .5 .5'/>"
    "<geom type='box' size='3 3 3' contype='0' conaffinity='0' mass='0'/></body>"
    "<body name='b' pos='3 0 2'><freejoint/><geom type='box' size='.5 .5 .5'/></body>"
    "<body name='ball' pos='0 5 2'><freejoint/><geom size='.5'/></body>"
    "<body name='pole' pos='0 -9 2'><geom type='capsule' size='.1 1'/></body>"
    "</worldbody></mujoco>";

static void put(Rig* r, const char* body, double x, double y, double z, const double quat[4])
{
    int b = mj_name2id(r->m, mjOBJ_BODY, body);
    double* q = r->d->qpos + r->m->jnt_qposadr[r->m->body_jntadr[b]];
    q[0] = x;
    q[1] = y;
    q[2] = z;
    memcpy(q + 3, quat, 4 * sizeof *q);
}

static void test_boxes(void** state)
{
    (void)state;
    Rig r = rig_make(k_boxes, 1, 500);
    int ab = rig_measure(&r, "ab", "clearance", "a", "b");
    int ball = rig_measure(&r, "ball", "clearance", "a", "ball");
    int any = rig_measure(&r, "any", "clearance", "a", "");
    DdMeasureDef def = measure_def("but", "clearance", "a", "");
    rig_names(&def.exclude, 1, "b");
    DdError err = {0};
    int but = dd_sense_add_measure(r.s, &def, &err);
    def = measure_def("near", "clearance", "a", "b");
    def.within = 1.5;
    int cut = dd_sense_add_measure(r.s, &def, &err);
    rig_start(&r);
    near(rig_latest(&r, ab)[0], 2, 1e-6);
    near(rig_latest(&r, ball)[0], 4, 1e-6);
    near(rig_latest(&r, any)[0], 2, 1e-6); // the floor at 1.5 m is no obstacle
    near(rig_latest(&r, but)[0], 4, 1e-6);
    near(rig_latest(&r, cut)[0], 1.5, 0);

    // turned by 45 degrees: the edge comes nearer
    double quat[4];
    dd_quat_from_yaw(quat, DD_PI / 4);
    put(&r, "b", 3, 0, 2, quat);
    rig_run(&r, 1);
    near(rig_latest(&r, ab)[0], 3 - 0.5 - sqrt(0.5), 1e-5);

    // corner to face, corner first: a turned cube whose space diagonal lies along x
    double yaw[4], pitch[4], axis[3] = {0, atan(sqrt(0.5)), 0};
    dd_quat_from_yaw(yaw, DD_PI / 4);
    dd_quat_from_rotvec(pitch, axis);
    dd_quat_mul(quat, pitch, yaw);
    put(&r, "b", 3, 0.1, 2, quat);
    rig_run(&r, 1);
    near(rig_latest(&r, ab)[0], 3 - 0.5 - sqrt(0.75), 1e-5);

    // edge to edge, both turned, one up
    double roll[4], r45[3] = {0, DD_PI / 4, 0};
    dd_quat_from_rotvec(roll, r45);
    put(&r, "a", 0, 0, 2, roll);
    dd_quat_from_yaw(quat, DD_PI / 4);
    put(&r, "b", 3, 0, 2, quat);
    rig_run(&r, 1);
    near(rig_latest(&r, ab)[0], 3 - 2 * sqrt(0.5), 1e-5);

    // overlapping is negative
    double one[4] = {1, 0, 0, 0};
    put(&r, "a", 0, 0, 2, one);
    put(&r, "ball", 0, 0.9, 2, one);
    rig_run(&r, 1);
    near(rig_latest(&r, ball)[0], -0.1, 1e-5);
    rig_free(&r);
}

// many shapes at random poses: the broad phase must give what all pairs give
static void test_the_broad_phase_loses_nothing(void** state)
{
    (void)state;
    static char xml[40000];
    int n = snprintf(
        xml, sizeof xml,
        "<mujoco><option gravity='0 0 0'/><asset><mesh name='tetra' vertex='0 0 0 1 0 0 0 1 "
        "0 0 0 1'/></asset><worldbody><body name='bot'><freejoint/>"
        "<geom type='box' size='.5 .3 .2' contype='2'/><geom type='capsule' size='.1 .3' pos='.5 0 "
        ".3' contype='2'/>"
        "<geom type='cylinder' size='.2 .1' pos='-.5 .2 0' contype='2'/>"
        "<geom type='ellipsoid' size='.2 .1 .3' pos='0 .5 .2' contype='2'/></body>");
    const char* kinds[] = {"type='box' size='%g .2 .3'",       "type='cylinder' size='%g .4'",
                           "type='sphere' size='%g'",          "type='capsule' size='%g .5'",
                           "type='ellipsoid' size='%g .3 .2'", "type='mesh' mesh='tetra'"};
    DdStream draw = dd_stream(7, "test", "world");
    for (int i = 0; i < 40; i++) {
        char geom[200];
        snprintf(geom, sizeof geom, kinds[i % 6], dd_stream_uniform(&draw, 0.1, 0.8));
        n += snprintf(xml + n, sizeof xml - (size_t)n,
                      "<body name='o%d' pos='%g %g %g' euler='%g %g %g'><geom contype='4' "
                      "conaffinity='0' %s/></body>",
                      i, dd_stream_uniform(&draw, -6, 6), dd_stream_uniform(&draw, -6, 6),
                      dd_stream_uniform(&draw, -2, 2), dd_stream_uniform(&draw, 0, 360),
                      dd_stream_uniform(&draw, 0, 360), dd_stream_uniform(&draw, 0, 360), geom);
    }
    snprintf(xml + n, sizeof xml - (size_t)n, "</worldbody></mujoco>");
    Rig r = rig_make(xml, 1, 500);
    int any = rig_measure(&r, "any", "clearance", "bot", "");
    rig_start(&r);
    int negative = 0;
    for (int k = 0; k < 300; k++) {
        double q[4], rotvec[3];
        for (int i = 0; i < 3; i++) {
            rotvec[i] = dd_stream_uniform(&draw, -3, 3);
        }
        dd_quat_from_rotvec(q, rotvec);
        put(&r, "bot", dd_stream_uniform(&draw, -8, 8), dd_stream_uniform(&draw, -8, 8),
            dd_stream_uniform(&draw, -2, 2), q);
        memset(r.d->qvel, 0, 6 * sizeof(double));
        r.step++;
        rig_sense(&r);
        double best = 10;
        for (int g = 0; g < 4; g++) {
            for (int o = 4; o < r.m->ngeom; o++) {
                best = fmin(best, mj_geomDistance(r.m, r.d, g, o, 10, NULL));
            }
        }
        near(rig_latest(&r, any)[0], best, 2e-6);
        negative += best < 0;
    }
    assert_true(negative > 10);
    rig_free(&r);
}

// --- the distance sensor: a point and one geom of each kind

static const char k_shapes[] =
    "<mujoco><asset><mesh name='tetra' vertex='0 0 0 1 0 0 0 1 0 0 0 1'/>"
    "<hfield name='hill' nrow='5' ncol='5' size='2 2 1 .1' elevation='0 0 0 0 0 0 0 0 0 0 0 0 1 0 "
    "0 0 0 0 0 0 0 0 0 0 0'/>"
    "</asset><worldbody>"
    "<body name='eye' mocap='true'><site name='eye/s'/></body>"
    "<body name='target' pos='1 2 3' euler='20 30 40'><geom %s/></body>"
    "</worldbody></mujoco>";

// brute force: the nearest of many points on the surface, found by casting rays at the shape
static double sampled(Rig* r, const double p[3], int geom)
{
    double best = INFINITY;
    mjtByte only[mjNGROUP] = {1, 1, 1, 1, 1, 1};
    const double* centre = r->d->geom_xpos + 3 * geom;
    for (int i = 0; i < 40000; i++) {
        // directions of a spiral on the sphere
        double z = 1 - 2 * (i + 0.5) / 40000, turn = i * 2.399963229728653;
        double s = sqrt(1 - z * z), dir[3] = {s * cos(turn), s * sin(turn), z}, from[3], to[3];
        for (int k = 0; k < 3; k++) {
            from[k] = centre[k] + 10 * dir[k];
            to[k] = -dir[k];
        }
        int hit;
        double x = mj_ray(r->m, r->d, from, to, only, 1, -1, &hit, NULL);
        if (x >= 0) {
            double d[3] = {from[0] + x * to[0] - p[0], from[1] + x * to[1] - p[1],
                           from[2] + x * to[2] - p[2]};
            best = fmin(best, dd_norm3(d));
        }
    }
    return best;
}

static void test_points_and_shapes(void** state)
{
    (void)state;
    const char* shapes[] = {
        "type='sphere' size='.7'",           "type='box' size='.3 .5 .9'",
        "type='capsule' size='.3 .6'",       "type='cylinder' size='.4 .6'",
        "type='ellipsoid' size='.3 .5 1.1'", "type='mesh' mesh='tetra'",
        "type='hfield' hfield='hill'",
    };
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        char xml[2000];
        snprintf(xml, sizeof xml, k_shapes, shapes[k]);
        Rig r = rig_make(xml, 1, 50);
        DdSensorDef def = sensor_def("d", "distance", "", "eye/s");
        def.rate_hz = 500;
        snprintf(def.target, sizeof def.target, "target");
        int c = rig_sensor(&r, &def);
        rig_start(&r);
        DdStream draw = dd_stream(k, "test", "points");
        for (int i = 0; i < 12; i++) {
            for (int j = 0; j < 3; j++) {
                r.d->mocap_pos[j] = r.d->geom_xpos[j] + dd_stream_uniform(&draw, -2, 2);
            }
            if (k == 6) { // above the hill, from where its whole surface is seen
                double up[3] = {dd_stream_uniform(&draw, -1.5, 1.5),
                                dd_stream_uniform(&draw, -1.5, 1.5),
                                dd_stream_uniform(&draw, 1.1, 2)},
                       p[3];
                mju_mulMatVec3(p, r.d->geom_xmat, up);
                mju_add3(r.d->mocap_pos, p, r.d->geom_xpos);
            }
            rig_run(&r, 1);
            double expected = sampled(&r, r.d->mocap_pos, 0);
            double value = rig_latest(&r, c)[0];
            if (value == 0) { // inside: nothing to compare but that it is near
                assert_true(expected < 0.7);
                continue;
            }
            // sampling can only overestimate
            assert_true(value <= expected + 1e-9);
            near(value, expected, 0.04); // rays are up to 4 cm apart on slanting faces
        }
        rig_free(&r);
    }
}

static void test_range_and_frames(void** state)
{
    (void)state;
    char xml[2000];
    snprintf(xml, sizeof xml, k_shapes, "type='sphere' size='.5'");
    Rig r = rig_make(xml, 1, 50);
    DdSensorDef def = sensor_def("to_body", "distance", "", "eye/s");
    def.range_max = 2;
    snprintf(def.target, sizeof def.target, "target");
    int far = rig_sensor(&r, &def);
    def = sensor_def("nearest", "distance", "", "eye");
    int nearest = rig_sensor(&r, &def);
    def = sensor_def("point", "distance", "", "target");
    snprintf(def.target, sizeof def.target, "eye/s");
    int point = rig_sensor(&r, &def);
    rig_start(&r);
    near(rig_latest(&r, far)[0], 2, 0);
    near(rig_latest(&r, nearest)[0], sqrt(14) - 0.5, 1e-12);
    near(rig_latest(&r, point)[0], sqrt(14), 1e-12);
    rig_free(&r);
}

// a robot above a height field: the gap to the hill
static void test_height_fields_have_clearance(void** state)
{
    (void)state;
    Rig r = rig_make(
        "<mujoco><option gravity='0 0 0'/><asset><hfield name='hill' nrow='5' ncol='5' size='2 2 1 "
        ".1' "
        "elevation='0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0'/></asset><worldbody>"
        "<body name='hill'><geom type='hfield' hfield='hill'/></body>"
        "<body name='ball' pos='0 0 2'><freejoint/><geom size='.25'/></body>"
        "<body name='box' pos='0 0 2.5'><freejoint/><geom type='box' size='.5 .5 .2'/></body>"
        "</worldbody></mujoco>",
        1, 500);
    int ball = rig_measure(&r, "ball", "clearance", "ball", "hill");
    int box = rig_measure(&r, "box", "clearance", "hill", "box");
    int any = rig_measure(&r, "any", "clearance", "ball", "");
    rig_start(&r);
    near(rig_latest(&r, ball)[0], 0.75, 1e-9);
    near(rig_latest(&r, box)[0], 1.3, 1e-9);
    near(rig_latest(&r, any)[0], 0.05, 1e-5);
    // over the slope of 45 degrees in the direction of the grid
    double one[4] = {1, 0, 0, 0};
    put(&r, "ball", 1, 0, 1, one);
    rig_run(&r, 1);
    near(rig_latest(&r, ball)[0], 1 / sqrt(2) - 0.25, 1e-9);
    rig_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boxes),
        cmocka_unit_test(test_the_broad_phase_loses_nothing),
        cmocka_unit_test(test_points_and_shapes),
        cmocka_unit_test(test_range_and_frames),
        cmocka_unit_test(test_height_fields_have_clearance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
