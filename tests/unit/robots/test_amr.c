// The amr_250 model under its drive: straight, on the spot, stopping, standing.
#include "rig.h"

static const char* const k_drive =
    "{\"left\": [\"left_wheel\"], \"right\": [\"right_wheel\"], \"wheel_radius\": 0.1,"
    " \"track\": 0.403, \"v_max\": 2.0, \"w_max\": 1.5, \"a_max\": 1.0, \"brake_max\": 2.0,"
    " \"alpha_max\": 2.5}";
static const char* const k_spaces[] = {"drive"};

static Rig make(void)
{
    Rig r = rig_begin();
    rig_space(&r, "drive", "diff_drive", k_drive);
    rig_compose(&r, "robots/amr_250/model.xml", true, NULL);
    rig_drive(&r, "bot", 1, k_spaces);
    return r;
}

static void drives_straight(void** state)
{
    (void)state;
    Rig r = make();
    double go[2] = {2, 0}, stop[2] = {0, 0};
    rig_run(&r, 4, go);
    DdPose a = rig_pose(&r, "bot");
    rig_run(&r, 2, go);
    DdPose b = rig_pose(&r, "bot");
    double v = (b.pos[0] - a.pos[0]) / 2;
    print_message("speed %.4f m/s, sideways %.2e m, yaw %.2e\n", v, b.pos[1], dd_pose_yaw(&b));
    assert_true(fabs(v - 2) < 0.04);
    assert_true(fabs(b.pos[1]) < 0.01);
    // it stops within v^2 / 2a and a little, and stays
    rig_run(&r, 2, stop);
    DdPose c = rig_pose(&r, "bot");
    assert_true(c.pos[0] - b.pos[0] < 1.0 + 0.15);
    rig_run(&r, 10, stop);
    DdPose d = rig_pose(&r, "bot");
    print_message("way to stop %.3f m, creep %.2e m\n", c.pos[0] - b.pos[0], d.pos[0] - c.pos[0]);
    assert_true(fabs(d.pos[0] - c.pos[0]) < 1e-3);
    rig_end(&r);
}

static void turns_in_place(void** state)
{
    (void)state;
    Rig r = make();
    double turn[2] = {0, 1}, stop[2] = {0, 0};
    rig_run(&r, 2, turn);
    DdPose a = rig_pose(&r, "bot");
    rig_run(&r, 2, turn);
    DdPose b = rig_pose(&r, "bot");
    double w = dd_wrap_angle(dd_pose_yaw(&b) - dd_pose_yaw(&a)) / 2;
    print_message("yaw rate %.4f rad/s, off %.2e m\n", w, hypot(b.pos[0], b.pos[1]));
    assert_true(fabs(w - 1) < 0.03);
    assert_true(hypot(b.pos[0], b.pos[1]) < 0.01);
    rig_run(&r, 1, stop);
    a = rig_pose(&r, "bot");
    rig_run(&r, 2, stop);
    b = rig_pose(&r, "bot");
    assert_true(fabs(dd_wrap_angle(dd_pose_yaw(&b) - dd_pose_yaw(&a))) < 1e-3);
    rig_end(&r);
}

static void stands_still(void** state)
{
    (void)state;
    Rig r = make();
    double stop[2] = {0, 0};
    rig_run(&r, 0.5, stop);
    DdPose a = rig_pose(&r, "bot");
    rig_run(&r, 10, stop);
    DdPose b = rig_pose(&r, "bot");
    print_message("drift %.2e %.2e %.2e m\n", b.pos[0] - a.pos[0], b.pos[1] - a.pos[1],
                  b.pos[2] - a.pos[2]);
    for (int x = 0; x < 3; x++) {
        assert_true(fabs(b.pos[x] - a.pos[x]) < 1e-3);
    }
    assert_true(fabs(dd_wrap_angle(dd_pose_yaw(&b) - dd_pose_yaw(&a))) < 1e-3);
    rig_end(&r);
}

static void add_payload(DdCompose* c, DdError* err)
{
    const DdThingKind* box = dd_thing_kind("box");
    void* def = calloc(1, DD_THING_SIZE_MAX);
    box->init(def);
    json_t* j = json_pack("{s:s,s:[f,f,f],s:f,s:[f,f,f],s:f,s:b}", "name", "load", "size", 0.7, 0.5,
                          0.5, "mass", 250.0, "pos", 0.0, 0.0, 0.552, "friction", 0.8, "free", 1);
    if (dd_fields_read_json(box->fields, def, j, "load", DD_ERROR_SCRIPT, err)) {
        (void)!dd_compose_add(c, box, def, err);
    }
    json_decref(j);
    free(def);
}

static void carries_its_payload(void** state)
{
    (void)state;
    Rig r = rig_begin();
    rig_space(&r, "drive", "diff_drive", k_drive);
    rig_compose(&r, "robots/amr_250/model.xml", true, add_payload);
    rig_drive(&r, "bot", 1, k_spaces);
    double go[2] = {1, 0.3}, stop[2] = {0, 0};
    rig_run(&r, 1, stop);
    DdPose a = rig_pose(&r, "load"), b = rig_pose(&r, "bot/deck");
    double before = dd_norm3((double[3]){a.pos[0] - b.pos[0], a.pos[1] - b.pos[1], 0});
    rig_run(&r, 3, go);
    rig_run(&r, 3, stop);
    a = rig_pose(&r, "load");
    b = rig_pose(&r, "bot/deck");
    double after = dd_norm3((double[3]){a.pos[0] - b.pos[0], a.pos[1] - b.pos[1], 0});
    print_message("load slid %.2e m, robot at %.3f %.3f\n", after - before, b.pos[0], b.pos[1]);
    assert_true(b.pos[0] > 1.5);
    assert_true(fabs(after - before) < 0.02);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drives_straight),
        cmocka_unit_test(turns_in_place),
        cmocka_unit_test(stands_still),
        cmocka_unit_test(carries_its_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
