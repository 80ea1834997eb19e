// Controllers on a small arm with every type of actuator; state of every kind; bad definitions.
#include "rig.h"

static const char k_model[] =
    "<mujoco><compiler autolimits='true' angle='radian'/><option timestep='0.002' "
    "integrator='implicitfast'/>"
    "<worldbody><site name='base'/>"
    "<body name='l1' pos='0 0 0.5'><joint name='j1' axis='0 1 0' range='-2 2' damping='0.1' "
    "armature='0.05'/>"
    " <geom type='capsule' size='0.03' fromto='0 0 0 0.4 0 0' contype='0' conaffinity='0'/>"
    " <body name='l2' pos='0.4 0 0'><joint name='j2' axis='0 1 0' range='-2.5 2.5' "
    "armature='0.05'/>"
    "  <geom type='capsule' size='0.03' fromto='0 0 0 0.3 0 0' contype='0' conaffinity='0'/>"
    "  <body name='l3' pos='0.3 0 0'><joint name='j3' axis='1 0 0' damping='0.5' armature='0.02'/>"
    "   <geom size='0.05' contype='0' conaffinity='0'/>"
    "   <body name='l4'><joint name='j4' axis='0 0 1' damping='0.1' armature='0.02'/>"
    "    <geom type='capsule' size='0.02' fromto='0 0 0 0.1 0 0' contype='0' conaffinity='0'/>"
    "    <site name='tip' pos='0.1 0 0'/></body></body></body></body>"
    "<body name='f' pos='0 1 0.5'><joint name='f' type='slide' axis='1 0 0' range='0 0.1' "
    "damping='1'/>"
    " <geom size='0.05' contype='0' conaffinity='0'/></body>"
    "</worldbody>"
    "<tendon><fixed name='t'><joint joint='f' coef='2'/></fixed></tendon>"
    "<actuator><motor name='motor' joint='j1' gear='2' ctrlrange='-40 40'/>"
    "<general name='servo' joint='j2' gainprm='200' biastype='affine' biasprm='0 -200 -10' "
    "ctrlrange='-2.5 2.5' forcerange='-60 60'/>"
    "<velocity name='speed' joint='j3' kv='5'/>"
    "<position name='pinch' tendon='t' kp='500' kv='20' ctrlrange='0 0.2' forcerange='-30 30'/>"
    "</actuator></mujoco>";

static double q_of(Rig* r, const char* joint)
{
    const mjModel* m = dd_world_model(r->w);
    return dd_world_data(r->w)->qpos[m->jnt_qposadr[mj_name2id(m, mjOBJ_JOINT, joint)]];
}

static double v_of(Rig* r, const char* joint)
{
    const mjModel* m = dd_world_model(r->w);
    return dd_world_data(r->w)->qvel[m->jnt_dofadr[mj_name2id(m, mjOBJ_JOINT, joint)]];
}

static void every_actuator_reaches_positions(void** state)
{
    (void)state;
    Rig r = rig_begin();
    // j4 has no actuator: a force is applied to it
    rig_space(&r, "joints", "joint_position",
              "{\"joints\": [\"j1\", \"j2\", \"j3\", \"j4\"], \"v_max\": [2], \"a_max\": [10]}");
    rig_wrap(&r, k_model);
    rig_drive(&r, "", 1, (const char* const[]){"joints"});
    const DdActionPart* p = &dd_drive_space(r.drive)->part[0];
    assert_int_equal(p->kind, DD_ACTION_JOINT_POSITION);
    assert_string_equal(p->label[1], "j2");
    assert_true(p->low[0] == -2 && p->high[1] == 2.5);
    double a[4] = {0.7, -0.5, 1.0, -0.4};
    rig_run(&r, 3, a);
    assert_true(fabs(q_of(&r, "j1") - 0.7) < 1e-3);
    assert_true(fabs(q_of(&r, "j2") + 0.5) < 0.06); // the model's own servo sags
    assert_true(fabs(q_of(&r, "j3") - 1.0) < 5e-3);
    assert_true(fabs(q_of(&r, "j4") + 0.4) < 1e-3);
    rig_end(&r);
}

static void bare_actuators_keep_their_kind(void** state)
{
    (void)state;
    Rig r = rig_begin();
    rig_space(&r, "joints", "actuated",
              "{\"joints\": [\"j1\", \"j2\", \"j3\"], \"raw\": [\"pinch\"], \"v_max\": [2], "
              "\"a_max\": [10]}");
    rig_wrap(&r, k_model);
    rig_drive(&r, "", 1, (const char* const[]){"joints"});
    const DdActionPart* p = &dd_drive_space(r.drive)->part[0];
    assert_int_equal(p->n, 4);
    assert_string_equal(p->unit[0], "rad");
    assert_string_equal(p->unit[2], "rad/s");
    assert_string_equal(p->label[3], "pinch");
    assert_true(p->high[3] == 0.2);
    double a[4] = {0.3, 0.2, 0.5, 0.1};
    rig_run(&r, 2, a);
    assert_true(fabs(v_of(&r, "j3") - 0.5) < 0.02);
    assert_true(fabs(q_of(&r, "f") - 0.05) < 1e-3); // tendon length 0.1 at coefficient 2
    rig_end(&r);
}

static void gripper_bounds_speed_and_force(void** state)
{
    (void)state;
    Rig r = rig_begin();
    rig_space(&r, "grip", "gripper",
              "{\"actuators\": [\"pinch\"], \"closed\": [0], \"open\": [0.2], \"width_max\": 0.1,"
              " \"unit\": \"fraction\", \"speed\": 0.05, \"force_max\": 4, \"start\": 0}");
    rig_wrap(&r, k_model);
    rig_drive(&r, "", 1, (const char* const[]){"grip"});
    double open[1] = {1};
    rig_run(&r, 1, open);
    assert_true(fabs(q_of(&r, "f") - 0.05) < 5e-3); // half way after one second
    rig_run(&r, 2, open);
    assert_true(fabs(q_of(&r, "f") - 0.1) < 2e-3);
    // held by hand, it pushes with what it may
    mjData* d = dd_world_data(r.w);
    double shut[1] = {0};
    d->qfrc_applied[dd_world_model(r.w)->nv - 1] = 20;
    rig_run(&r, 3, shut);
    print_message("pushes with %.3f N at %.4f m\n", d->actuator_force[3], q_of(&r, "f"));
    assert_true(fabs(d->actuator_force[3]) < 4.01);
    // what was blocked opens at once: the opening it works with did not run away from the fingers
    rig_run(&r, 0.3, open);
    print_message("and with %.3f N soon after\n", d->actuator_force[3]);
    assert_true(d->actuator_force[3] > -1); // the hand still bends it past its end
    rig_end(&r);
}

static void every_counts_steps(void** state)
{
    (void)state;
    Rig r = rig_begin();
    rig_space(&r, "raw", "raw", "{\"actuators\": [\"motor\"]}");
    r.desc->space[0].every = 5;
    rig_wrap(&r, k_model);
    rig_drive(&r, "", 1, (const char* const[]){"raw"});
    double a[1] = {3};
    rig_steps(&r, 1);
    dd_drive_command(r.drive, a);
    rig_steps(&r, 4);
    assert_true(dd_world_data(r.w)->ctrl[0] == 0);
    rig_steps(&r, 1);
    assert_true(dd_world_data(r.w)->ctrl[0] == 3);
    rig_end(&r);
}

// Run, save, run on; a fresh drive in a restored world goes the same way, bit for bit.
static void check_restore(const char* name, const char* kind, const char* json, const double* a1,
                          const double* a2)
{
    Rig r = rig_begin();
    rig_space(&r, name, kind, json);
    rig_wrap(&r, k_model);
    rig_drive(&r, "", 1, &name);
    rig_run(&r, 0.3, a1);
    dd_drive_command(r.drive, a2); // accepted, not yet stepped
    double saved[512], world[2048];
    assert_true(dd_drive_state_size(r.drive) <= 512 && dd_world_state_size(r.w) <= 2048);
    dd_drive_save(r.drive, saved);
    dd_world_save(r.w, world);
    int64_t at = r.step;
    RIG_OK(&r, dd_world_load(r.w, at, world, &r.err));
    rig_steps(&r, 100);
    uint64_t one = dd_world_state_hash(r.w, 0);

    rig_drive(&r, "", 1, &name);
    RIG_OK(&r, dd_world_load(r.w, at, world, &r.err));
    dd_drive_load(r.drive, saved);
    r.step = at;
    rig_steps(&r, 100);
    uint64_t two = dd_world_state_hash(r.w, 0);
    if (one != two) {
        fail_msg("%s does not restore", kind);
    }
    // and the state matters: without it the way is another
    mju_zero(dd_world_data(r.w)->ctrl, dd_world_model(r.w)->nu);
    rig_drive(&r, "", 1, &name);
    RIG_OK(&r, dd_world_load(r.w, at, world, &r.err));
    r.step = at;
    rig_steps(&r, 100);
    if (dd_world_state_hash(r.w, 0) == one) {
        fail_msg("%s: the saved state makes no difference", kind);
    }
    rig_end(&r);
}

static void state_restores(void** state)
{
    (void)state;
    double a[8] = {0.3, 0.2, 0.1, 0.1, 0, 0, 0, 0}, b[8] = {-0.2, 0.4, -0.1, 0.05, 0, 0, 0, 0};
#define J "\"joints\": [\"j1\", \"j2\", \"j3\", \"j4\"]"
    check_restore("s", "joint_position", "{" J ", \"v_max\": [1], \"a_max\": [5], \"integral\": 1}",
                  a, b);
    check_restore("s", "joint_velocity", "{" J ", \"v_max\": [1], \"a_max\": [5]}", a, b);
    check_restore("s", "joint_torque", "{" J "}", a, b);
    check_restore("s", "joint_delta", "{" J ", \"delta_max\": [0.5]}", a, b);
    check_restore("s", "actuated", "{\"joints\": [\"j1\", \"j2\"], \"raw\": [\"pinch\"]}", a,
                  (double[8]){-0.2, 0.4, 0.15});
    double pose_a[3] = {0.6, 0.1, 0.6}, pose_b[3] = {0.5, 0.0, 0.4};
    check_restore("s", "ee_pose",
                  "{" J ", \"site\": \"tip\", \"frame\": \"base\", \"rotation\": \"none\"}", pose_a,
                  pose_b);
    double move_a[6] = {-0.02, 0, 0.02, 0, 0, 0}, move_b[6] = {-0.03, 0, -0.03, 0, 0.1, 0};
    check_restore("s", "ee_delta", "{" J ", \"site\": \"tip\"}", move_a, move_b);
    check_restore("s", "osc", "{" J ", \"site\": \"tip\", \"normalised\": false}", move_a, move_b);
    check_restore("s", "gripper",
                  "{\"actuators\": [\"pinch\"], \"open\": [0.2], \"width_max\": 0.1, \"start\": 0}",
                  (double[1]){0.05}, (double[1]){0.02});
    check_restore("s", "raw", "{\"actuators\": [\"motor\", \"pinch\"]}", (double[2]){1, 0.1},
                  (double[2]){-2, 0.2});
}

static void expect_refused(const char* kind, const char* json, const char* words)
{
    Rig r = rig_begin();
    rig_space(&r, "s", kind, json);
    rig_wrap(&r, k_model);
    char names[1][DD_NAME_MAX] = {"s"};
    DdDrive* d = dd_drive_create(r.desc, r.w, "", (const char(*)[DD_NAME_MAX])names, 1, &r.err);
    assert_null(d);
    if (!strstr(r.err.text, words)) {
        fail_msg("'%s' does not say '%s'", r.err.text, words);
    }
    rig_end(&r);
}

static void bad_definitions_are_refused(void** state)
{
    (void)state;
    expect_refused("joint_position", "{\"joints\": [\"j5\"]}", "no joint named 'j5'");
    expect_refused("joint_position", "{\"joints\": [\"j1\", \"j2\"], \"v_max\": [1, 2, 3]}",
                   "v_max has 3 numbers");
    expect_refused("joint_position", "{\"joints\": [\"j1\"], \"v_max\": [-1]}", "must be positive");
    expect_refused("ee_pose", "{\"joints\": [\"f\"], \"site\": \"tip\"}",
                   "none of the joints moves");
    expect_refused("ee_pose", "{\"joints\": [\"j1\"], \"site\": \"tpi\"}", "did you mean 'tip'");
    expect_refused("osc", "{\"joints\": [\"j1\"], \"site\": \"tip\", \"kp\": [1, 2]}", "kp has 2");
    expect_refused("gripper", "{\"actuators\": [\"speed\"], \"open\": [1]}", "motor or a position");
    expect_refused(
        "diff_drive",
        "{\"left\": [\"j1\"], \"right\": [\"j2\", \"j3\"], \"wheel_radius\": 1, \"track\": 1}",
        "as many left wheels");
    expect_refused("double_steer",
                   "{\"steer_front\": [\"j1\"], \"drive_front\": [\"j2\"], \"wheelbase\": 1,"
                   " \"track\": 1, \"wheel_radius\": 1}",
                   "steer_rear has 0");
}

static void descriptions_survive_json(void** state)
{
    (void)state;
    Rig r = rig_begin();
    snprintf(r.desc->name, sizeof r.desc->name, "bot");
    r.desc->fixed = true;
    r.desc->half[2] = 0.5;
    rig_start_joint(&r, "j1", 0.25);
    rig_space(&r, "joints", "joint_position", "{\"joints\": [\"j1\"], \"v_max\": [1.5]}");
    rig_space(&r, "drive", "diff_drive",
              "{\"left\": [\"a\"], \"right\": [\"b\"], \"wheel_radius\": 0.1, \"track\": 0.4}");
    r.desc->space[1].every = 4;
    json_array_append_new(r.desc->sensors, json_pack("{s:s,s:s}", "name", "imu", "kind", "imu"));
    json_t* one = dd_robot_desc_to_json(r.desc);
    DdRobotDesc* back = dd_robot_desc_from_json(one, &r.err);
    RIG_OK(&r, back != NULL);
    json_t* two = dd_robot_desc_to_json(back);
    assert_true(json_equal(one, two));
    assert_int_equal(back->space[1].every, 4);
    assert_true(back->start_values.v[0] == 0.25);
    char* text = dd_robot_desc_text(back);
    assert_non_null(strstr(text, "drive: diff_drive, every 4 physics steps"));
    free(text);
    dd_robot_desc_destroy(back);
    // a name twice, a kind that is not there
    assert_null(dd_robot_desc_add_space(r.desc, "drive", dd_controller_kind("raw"), &r.err));
    assert_non_null(strstr(r.err.text, "declared twice"));
    json_object_set_new(json_array_get(json_object_get(one, "spaces"), 0), "kind",
                        json_string("nothing"));
    assert_null(dd_robot_desc_from_json(one, &r.err));
    assert_int_equal(r.err.code, DD_ERROR_DAMAGED);
    json_decref(one);
    json_decref(two);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_actuator_reaches_positions),
        cmocka_unit_test(bare_actuators_keep_their_kind),
        cmocka_unit_test(gripper_bounds_speed_and_force),
        cmocka_unit_test(every_counts_steps),
        cmocka_unit_test(state_restores),
        cmocka_unit_test(bad_definitions_are_refused),
        cmocka_unit_test(descriptions_survive_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
