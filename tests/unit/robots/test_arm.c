// The arm_6_gripper model under each of its controllers; it grasps a box and carries it.
#include "rig.h"

#define ARM                                                                                        \
    "\"joints\": [\"shoulder_pan\", \"shoulder_lift\", \"elbow\", \"wrist_1\", \"wrist_2\", "      \
    "\"wrist_3\"]"
static const double k_home[6] = {0, -1.5708, 1.5708, -1.5708, -1.5708, 0};
static const char* const k_joint_names[6] = {"shoulder_pan", "shoulder_lift", "elbow",
                                             "wrist_1",      "wrist_2",       "wrist_3"};

static Rig describe(void)
{
    Rig r = rig_begin();
    r.desc->fixed = true;
    for (int i = 0; i < 6; i++) {
        rig_start_joint(&r, k_joint_names[i], k_home[i]);
    }
    rig_start_joint(&r, "left_finger", 0.0425);
    rig_start_joint(&r, "right_finger", 0.0425);
    rig_space(&r, "joints", "joint_position",
              "{" ARM
              ", \"v_max\": [3.1416], \"a_max\": [8], \"bandwidth_hz\": 8, \"integral\": 1}");
    rig_space(&r, "joint_velocity", "joint_velocity",
              "{" ARM ", \"v_max\": [3.1416], \"a_max\": [8], \"bandwidth_hz\": 8}");
    rig_space(&r, "joint_torque", "joint_torque", "{" ARM "}");
    rig_space(&r, "joint_delta", "joint_delta", "{" ARM ", \"delta_max\": [0.1], \"v_max\": [1]}");
    rig_space(&r, "ee_pose", "ee_pose",
              "{" ARM ", \"site\": \"tcp\", \"frame\": \"base\", \"rotation\": \"rotvec\","
              " \"v_max\": 1, \"w_max\": 2, \"joint_v_max\": [3.1416], \"bandwidth_hz\": 8,"
              " \"integral\": 1}");
    rig_space(&r, "ee_delta", "ee_delta",
              "{" ARM ", \"site\": \"tcp\", \"frame\": \"base\", \"joint_v_max\": [3.1416],"
              " \"bandwidth_hz\": 8}");
    rig_space(&r, "osc", "osc", "{" ARM ", \"site\": \"tcp\", \"frame\": \"base\"}");
    rig_space(&r, "gripper", "gripper",
              "{\"actuators\": [\"gripper\"], \"closed\": [0], \"open\": [0.085],"
              " \"width_max\": 0.085, \"speed\": 0.15, \"force_max\": 80}");
    return r;
}

static Rig make(const char* space, void (*add)(DdCompose* c, DdError* err))
{
    Rig r = describe();
    rig_compose(&r, "robots/arm_6_gripper/model.xml", true, add);
    const char* spaces[2] = {space, "gripper"};
    rig_drive(&r, "bot", 2, spaces);
    return r;
}

static double joint(Rig* r, int i)
{
    const mjModel* m = dd_world_model(r->w);
    char name[DD_NAME_MAX];
    snprintf(name, sizeof name, "bot/%s", k_joint_names[i]);
    return dd_world_data(r->w)->qpos[m->jnt_qposadr[mj_name2id(m, mjOBJ_JOINT, name)]];
}

static void starts_clear_and_holds(void** state)
{
    (void)state;
    Rig r = make("joints", NULL);
    DdPose tcp = rig_pose(&r, "bot/tcp");
    print_message("tcp at %.4f %.4f %.4f, contacts %d\n", tcp.pos[0], tcp.pos[1], tcp.pos[2],
                  dd_world_data(r.w)->ncon);
    assert_int_equal(dd_world_data(r.w)->ncon, 0);
    double a[64];
    dd_action_default(dd_drive_space(r.drive), a);
    rig_run(&r, 10, a);
    for (int i = 0; i < 6; i++) {
        assert_true(fabs(joint(&r, i) - k_home[i]) < 1e-4);
    }
    DdPose after = rig_pose(&r, "bot/tcp");
    for (int x = 0; x < 3; x++) {
        assert_true(fabs(after.pos[x] - tcp.pos[x]) < 1e-4);
    }
    rig_end(&r);
}

static void reaches_joint_targets(void** state)
{
    (void)state;
    Rig r = make("joints", NULL);
    static const double k_goals[3][6] = {{0.8, -1.2, 1.0, -1.4, -1.2, 0.5},
                                         {-1.5, -2.0, 1.9, -1.0, -1.6, -2.0},
                                         {2.5, -0.9, 0.6, -2.0, 1.2, 3.0}};
    for (int g = 0; g < 3; g++) {
        double a[7];
        memcpy(a, k_goals[g], sizeof k_goals[g]);
        a[6] = 0.085;
        rig_run(&r, 3, a);
        for (int i = 0; i < 6; i++) {
            double e = joint(&r, i) - a[i];
            if (fabs(e) > 1e-3) {
                fail_msg("goal %d, %s is off by %g rad", g, k_joint_names[i], e);
            }
        }
    }
    rig_end(&r);
}

static void reaches_poses(void** state)
{
    (void)state;
    Rig r = make("ee_pose", NULL);
    // tool down is a half turn about x or y
    static const double k_goals[4][6] = {{0.5, 0.2, 0.3, 2.2214, 2.2214, 0},
                                         {0.4, -0.3, 0.25, 3.1, 0, 0.2},
                                         {0.3, 0.4, 0.5, 2.0, 2.0, 0.5},
                                         {0.55, 0.0, 0.15, 2.2214, 2.2214, 0}};
    for (int g = 0; g < 4; g++) {
        double a[7];
        memcpy(a, k_goals[g], sizeof k_goals[g]);
        a[6] = 0.05;
        rig_run(&r, 3, a);
        DdPose base = rig_pose(&r, "bot/base"), tcp = rig_pose(&r, "bot/tcp");
        DdPose at = dd_pose_mul(dd_pose_inv(base), tcp);
        double off[3], quat[4];
        for (int x = 0; x < 3; x++) {
            off[x] = at.pos[x] - a[x];
        }
        dd_quat_from_rotvec(quat, a + 3);
        double turn = dd_quat_angle(quat, at.quat);
        print_message("goal %d: %.3f mm, %.3f mrad\n", g, 1e3 * dd_norm3(off), 1e3 * turn);
        assert_true(dd_norm3(off) < 1e-3);
        assert_true(turn < 5e-3);
    }
    // out of reach: it stretches and stays calm
    double far[7] = {0.85, 0.85, 0.9, 3.1, 0, 0, 0.05};
    rig_run(&r, 4, far);
    DdPose one = rig_pose(&r, "bot/tcp");
    rig_run(&r, 1, far);
    DdPose two = rig_pose(&r, "bot/tcp");
    for (int x = 0; x < 3; x++) {
        assert_true(fabs(one.pos[x] - two.pos[x]) < 0.01);
    }
    rig_end(&r);
}

static void moves_by_deltas(const char* space, double scale, double tolerance)
{
    Rig r = make(space, NULL);
    double zero[7] = {0, 0, 0, 0, 0, 0, 0.085}, move[7] = {0, 0, 0, 0, 0, 0, 0.085};
    rig_run(&r, 0.5, zero);
    DdPose a = rig_pose(&r, "bot/tcp");
    move[0] = scale * 0.02;
    move[2] = scale * -0.02;
    for (int i = 0; i < 5; i++) {
        rig_run(&r, 0.5, move);
    }
    rig_run(&r, 1, zero);
    DdPose b = rig_pose(&r, "bot/tcp");
    print_message("%s: moved %.4f %.4f %.4f, turned %.2e\n", space, b.pos[0] - a.pos[0],
                  b.pos[1] - a.pos[1], b.pos[2] - a.pos[2], dd_quat_angle(a.quat, b.quat));
    assert_true(fabs(b.pos[0] - a.pos[0] - 0.1) < tolerance);
    assert_true(fabs(b.pos[1] - a.pos[1]) < tolerance);
    assert_true(fabs(b.pos[2] - a.pos[2] + 0.1) < tolerance);
    assert_true(dd_quat_angle(a.quat, b.quat) < 0.01);
    rig_end(&r);
}

static void ee_delta_moves(void** state)
{
    (void)state;
    moves_by_deltas("ee_delta", 1, 1e-3);
}

static void osc_moves(void** state)
{
    (void)state;
    moves_by_deltas("osc", 1 / 0.05, 5e-3); // normalised; the goal starts from the present pose
}

static void osc_holds_against_gravity(void** state)
{
    (void)state;
    Rig r = make("osc", NULL);
    double zero[7] = {0, 0, 0, 0, 0, 0, 0.085};
    DdPose a = rig_pose(&r, "bot/tcp");
    for (int i = 0; i < 100; i++) {
        rig_run(&r, 0.1, zero);
    }
    DdPose b = rig_pose(&r, "bot/tcp");
    for (int x = 0; x < 3; x++) {
        assert_true(fabs(a.pos[x] - b.pos[x]) < 1e-3);
    }
    rig_end(&r);
}

static void velocity_and_torque_and_delta(void** state)
{
    (void)state;
    Rig r = make("joint_velocity", NULL);
    double a[7] = {0.5, 0, 0, 0, 0, 0, 0.085};
    rig_run(&r, 1, a);
    double q = joint(&r, 0);
    rig_run(&r, 1, a);
    assert_true(fabs(joint(&r, 0) - q - 0.5) < 5e-3);
    a[0] = 0;
    rig_run(&r, 1, a);
    q = joint(&r, 0);
    rig_run(&r, 5, a);
    assert_true(fabs(joint(&r, 0) - q) < 1e-4);
    rig_end(&r);

    // zero torque with compensation floats
    r = make("joint_torque", NULL);
    double t[7] = {0, 0, 0, 0, 0, 0, 0.085};
    rig_run(&r, 1, t);
    assert_true(fabs(joint(&r, 1) - k_home[1]) < 1e-3);
    t[0] = 20;
    rig_run(&r, 0.5, t);
    assert_true(joint(&r, 0) > 0.2);
    rig_end(&r);

    r = make("joint_delta", NULL);
    double d[7] = {0.1, 0, 0, 0, 0, -0.05, 0.085};
    for (int i = 0; i < 4; i++) {
        rig_run(&r, 0.2, d);
    }
    d[0] = d[5] = 0;
    rig_run(&r, 1, d);
    assert_true(fabs(joint(&r, 0) - 0.4) < 2e-3);
    assert_true(fabs(joint(&r, 5) + 0.2) < 2e-3);
    rig_end(&r);
}

static void add_box(DdCompose* c, DdError* err)
{
    const DdThingKind* box = dd_thing_kind("box");
    void* def = calloc(1, DD_THING_SIZE_MAX);
    box->init(def);
    json_t* j =
        json_pack("{s:s,s:[f,f,f],s:f,s:[f,f,f],s:f,s:b}", "name", "part", "size", 0.05, 0.05, 0.05,
                  "mass", 0.3, "pos", 0.5, 0.1, 0.025, "friction", 0.6, "free", 1);
    if (dd_fields_read_json(box->fields, def, j, "part", DD_ERROR_SCRIPT, err)) {
        (void)!dd_compose_add(c, box, def, err);
    }
    json_decref(j);
    free(def);
}

static void grasps_and_carries(void** state)
{
    (void)state;
    Rig r = make("ee_pose", add_box);
    double above[7] = {0.5, 0.1, 0.25, 3.14159, 0, 0, 0.085};
    rig_run(&r, 2, above);
    double down[7] = {0.5, 0.1, 0.03, 3.14159, 0, 0, 0.085};
    rig_run(&r, 1.5, down);
    double grip[7] = {0.5, 0.1, 0.03, 3.14159, 0, 0, 0};
    rig_run(&r, 1, grip);
    DdPose part = rig_pose(&r, "part"), tcp = rig_pose(&r, "bot/tcp");
    DdPose before = dd_pose_mul(dd_pose_inv(tcp), part);
    static const double k_way[4][3] = {
        {0.5, 0.1, 0.4}, {0.3, -0.4, 0.5}, {0.6, -0.1, 0.3}, {0.2, 0.5, 0.35}};
    for (int i = 0; i < 4; i++) {
        double a[7] = {k_way[i][0], k_way[i][1], k_way[i][2], 3.14159, 0, 0, 0};
        rig_run(&r, 1.5, a);
    }
    part = rig_pose(&r, "part");
    tcp = rig_pose(&r, "bot/tcp");
    DdPose after = dd_pose_mul(dd_pose_inv(tcp), part);
    double slip[3] = {after.pos[0] - before.pos[0], after.pos[1] - before.pos[1],
                      after.pos[2] - before.pos[2]};
    print_message("part at %.3f %.3f %.3f, slipped %.3f mm, turned %.4f rad\n", part.pos[0],
                  part.pos[1], part.pos[2], 1e3 * dd_norm3(slip),
                  dd_quat_angle(before.quat, after.quat));
    assert_true(part.pos[2] > 0.3);
    // friction without memory creeps by about v^2 / (r b) while the tool swings at 1 m/s
    assert_true(dd_norm3(slip) < 5e-3);
    assert_true(dd_quat_angle(before.quat, after.quat) < 0.02);
    // and lets go
    double open[7] = {0.2, 0.5, 0.35, 3.14159, 0, 0, 0.085};
    rig_run(&r, 1.5, open);
    part = rig_pose(&r, "part");
    assert_true(part.pos[2] < 0.1);
    rig_end(&r);
}

static void two_spaces_of_one_arm_are_refused(void** state)
{
    (void)state;
    Rig r = describe();
    rig_compose(&r, "robots/arm_6_gripper/model.xml", false, NULL);
    char both[2][DD_NAME_MAX] = {"joints", "osc"};
    DdDrive* d = dd_drive_create(r.desc, r.w, "bot", (const char(*)[DD_NAME_MAX])both, 2, &r.err);
    assert_null(d);
    assert_non_null(strstr(r.err.text, "both drive 'shoulder_pan'"));
    char wrong[1][DD_NAME_MAX] = {"joint"};
    d = dd_drive_create(r.desc, r.w, "bot", (const char(*)[DD_NAME_MAX])wrong, 1, &r.err);
    assert_null(d);
    assert_non_null(strstr(r.err.text, "no action space 'joint'"));
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_clear_and_holds),
        cmocka_unit_test(reaches_joint_targets),
        cmocka_unit_test(reaches_poses),
        cmocka_unit_test(ee_delta_moves),
        cmocka_unit_test(osc_moves),
        cmocka_unit_test(osc_holds_against_gravity),
        cmocka_unit_test(velocity_and_torque_and_delta),
        cmocka_unit_test(grasps_and_carries),
        cmocka_unit_test(two_spaces_of_one_arm_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
