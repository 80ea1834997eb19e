// The agv_container model under its drive, empty and with a container.
#include "rig.h"

static const char* const k_spaces[] = {"steer_drive", "deck_lift", "deck_lock"};
enum { SPEED, FRONT, REAR, LIFT, LOCK, NACTION };

static Rig make(void (*add)(DdCompose* c, DdError* err))
{
    Rig r = rig_begin();
    rig_space(&r, "steer_drive", "double_steer",
              "{\"steer_front\": [\"front_steer\"], \"steer_rear\": [\"rear_steer\"],"
              " \"drive_front\": [\"front_left_wheel\", \"front_right_wheel\"],"
              " \"drive_rear\": [\"rear_left_wheel\", \"rear_right_wheel\"], \"wheelbase\": 9,"
              " \"track\": 2.3, \"wheel_radius\": 0.775, \"v_max\": 6, \"a_max\": 0.4,"
              " \"brake_max\": 0.6, \"lateral_max\": 1.2, \"steer_max\": 0.5236,"
              " \"steer_rate\": 0.25, \"steer_accel\": 1, \"steer_hz\": 2, \"drive_hz\": 1}");
    rig_space(&r, "deck_lift", "joint_position",
              "{\"joints\": [\"lift\"], \"v_max\": [0.025], \"a_max\": [0.05]}");
    rig_space(&r, "deck_lock", "latch",
              "{\"frame\": \"deck\", \"reach\": 0.15, \"reach_z\": 0.1, \"reach_yaw\": 0.06}");
    rig_compose(&r, "robots/agv_container/model.xml", true, add);
    rig_drive(&r, "bot", 3, k_spaces);
    return r;
}

static void add_container(DdCompose* c, DdError* err)
{
    const DdThingKind* box = dd_thing_kind("container");
    void* def = calloc(1, DD_THING_SIZE_MAX);
    box->init(def);
    json_t* j =
        json_pack("{s:s,s:f,s:f,s:s,s:s,s:[f,f,f]}", "name", "C1", "length_ft", 40.0, "mass",
                  26000.0, "on", "bot/deck", "latch", "bot/deck", "shift", 0.05, 0.0, 0.0);
    if (dd_fields_read_json(box->fields, def, j, "C1", DD_ERROR_SCRIPT, err)) {
        (void)!dd_compose_add(c, box, def, err);
    }
    json_decref(j);
    free(def);
}

static void drives_straight_and_stops(void** state)
{
    (void)state;
    Rig r = make(NULL);
    double go[NACTION] = {2}, stop[NACTION] = {0};
    rig_run(&r, 10, go);
    DdPose a = rig_pose(&r, "bot");
    rig_run(&r, 5, go);
    DdPose b = rig_pose(&r, "bot");
    double v = (b.pos[0] - a.pos[0]) / 5;
    print_message("speed %.4f m/s, sideways %.2e\n", v, b.pos[1]);
    assert_true(fabs(v - 2) < 0.04);
    assert_true(fabs(b.pos[1]) < 0.02);
    rig_run(&r, 6, stop);
    DdPose c = rig_pose(&r, "bot");
    double way = c.pos[0] - b.pos[0];
    print_message("way to stop %.3f m\n", way);
    assert_true(way > 3.2 && way < 3.7); // v^2 / 2a = 3.33
    rig_run(&r, 10, stop);
    DdPose d = rig_pose(&r, "bot");
    print_message("creep %.2e m\n", d.pos[0] - c.pos[0]);
    assert_true(fabs(d.pos[0] - c.pos[0]) < 1e-3);
    rig_end(&r);
}

static double radius_of(const DdPose* a, const DdPose* b, const DdPose* c)
{
    // of the circle through three points
    double p = hypot(b->pos[0] - a->pos[0], b->pos[1] - a->pos[1]);
    double q = hypot(c->pos[0] - b->pos[0], c->pos[1] - b->pos[1]);
    double s = hypot(c->pos[0] - a->pos[0], c->pos[1] - a->pos[1]);
    double area = 0.5 * fabs((b->pos[0] - a->pos[0]) * (c->pos[1] - a->pos[1]) -
                             (c->pos[0] - a->pos[0]) * (b->pos[1] - a->pos[1]));
    return p * q * s / (4 * area);
}

static void check_radius(Rig* r, double front, double rear, double v, double tolerance)
{
    double go[NACTION] = {v, front, rear};
    rig_run(r, 12, go);
    DdPose a = rig_pose(r, "bot");
    rig_run(r, 3, go);
    DdPose b = rig_pose(r, "bot");
    rig_run(r, 3, go);
    DdPose c = rig_pose(r, "bot");
    double slope = 0.5 * (tan(front) + tan(rear));
    double want = sqrt(1 + slope * slope) * 9 / fabs(tan(front) - tan(rear));
    double got = radius_of(&a, &b, &c);
    print_message("radius %.3f m, wanted %.3f\n", got, want);
    assert_true(fabs(got / want - 1) < tolerance);
}

static void tracks_radii(void** state)
{
    (void)state;
    Rig r = make(NULL);
    check_radius(&r, 0.3, -0.3, 2, 0.03);
    check_radius(&r, -0.2, 0, 2, 0.03);
    // crab motion keeps the heading
    double crab[NACTION] = {1, 0.3, 0.3};
    rig_run(&r, 6, crab);
    DdPose a = rig_pose(&r, "bot");
    rig_run(&r, 4, crab);
    DdPose b = rig_pose(&r, "bot");
    double turned = dd_wrap_angle(dd_pose_yaw(&b) - dd_pose_yaw(&a));
    double course = atan2(b.pos[1] - a.pos[1], b.pos[0] - a.pos[0]);
    print_message("crab: turned %.4f, course %.4f\n", turned,
                  dd_wrap_angle(course - dd_pose_yaw(&b)));
    assert_true(fabs(turned) < 0.01);
    assert_true(fabs(dd_wrap_angle(course - dd_pose_yaw(&b)) - 0.3) < 0.02);
    rig_end(&r);
}

static void stands_still(void** state)
{
    (void)state;
    Rig r = make(NULL);
    double stop[NACTION] = {0};
    rig_run(&r, 1, stop);
    DdPose a = rig_pose(&r, "bot"), deck_a = rig_pose(&r, "bot/deck");
    rig_run(&r, 10, stop);
    DdPose b = rig_pose(&r, "bot"), deck_b = rig_pose(&r, "bot/deck");
    print_message("deck at %.4f m, drift %.2e %.2e %.2e\n", deck_b.pos[2], b.pos[0] - a.pos[0],
                  b.pos[1] - a.pos[1], b.pos[2] - a.pos[2]);
    for (int x = 0; x < 3; x++) {
        assert_true(fabs(b.pos[x] - a.pos[x]) < 1e-3);
        assert_true(fabs(deck_b.pos[x] - deck_a.pos[x]) < 1e-3);
    }
    rig_end(&r);
}

static DdPose on_deck(Rig* r)
{
    DdPose deck = rig_pose(r, "bot/deck"), box = rig_pose(r, "C1");
    return dd_pose_mul(dd_pose_inv(deck), box);
}

static void carries_a_locked_container(void** state)
{
    (void)state;
    Rig r = make(add_container);
    double act[NACTION] = {0};
    act[LOCK] = 1;
    rig_run(&r, 3, act);
    int locked = 0;
    for (int e = 0; e < dd_world_model(r.w)->neq; e++) {
        locked += dd_world_data(r.w)->eq_active[e];
    }
    assert_int_equal(locked, 1);
    DdPose before = on_deck(&r);
    check_radius(&r, 0.25, -0.25, 2, 0.03);
    act[SPEED] = 4;
    rig_run(&r, 10, act);
    DdPose a = rig_pose(&r, "bot");
    rig_run(&r, 4, act);
    DdPose b = rig_pose(&r, "bot");
    double v = hypot(b.pos[0] - a.pos[0], b.pos[1] - a.pos[1]) / 4;
    print_message("loaded speed %.4f m/s\n", v);
    assert_true(fabs(v - 4) < 0.08);
    act[SPEED] = 0;
    rig_run(&r, 10, act);
    DdPose after = on_deck(&r);
    double off[3] = {after.pos[0] - before.pos[0], after.pos[1] - before.pos[1],
                     after.pos[2] - before.pos[2]};
    print_message("container moved %.2e m on the deck\n", dd_norm3(off));
    assert_true(dd_norm3(off) < 5e-3);

    // unlocked, it lifts and lowers it
    act[LOCK] = 0;
    act[LIFT] = 0.3;
    DdPose low = rig_pose(&r, "C1");
    rig_run(&r, 16, act);
    locked = 0;
    for (int e = 0; e < dd_world_model(r.w)->neq; e++) {
        locked += dd_world_data(r.w)->eq_active[e];
    }
    assert_int_equal(locked, 0);
    DdPose high = rig_pose(&r, "C1");
    print_message("lifted by %.4f m\n", high.pos[2] - low.pos[2]);
    assert_true(fabs(high.pos[2] - low.pos[2] - 0.3) < 0.01);
    rig_end(&r);
}

static void a_lock_survives_a_restore(void** state)
{
    (void)state;
    Rig r = make(add_container);
    double act[NACTION] = {1, 0.1, 0, 0, 1};
    rig_run(&r, 4, act);
    int nw = dd_world_state_size(r.w), nd = dd_drive_state_size(r.drive);
    double* world = malloc(sizeof *world * (size_t)nw);
    double* drive = malloc(sizeof *drive * (size_t)nd);
    dd_world_save(r.w, world);
    dd_drive_save(r.drive, drive);
    int64_t at = r.step;
    RIG_OK(&r, dd_world_load(r.w, at, world, &r.err));
    rig_steps(&r, 500);
    uint64_t one = dd_world_state_hash(r.w, 0);
    rig_end(&r);

    // a fresh world, whose weld still has the model's own relative pose
    r = make(add_container);
    RIG_OK(&r, dd_world_load(r.w, at, world, &r.err));
    dd_drive_load(r.drive, drive);
    r.step = at;
    rig_steps(&r, 500);
    assert_true(dd_world_state_hash(r.w, 0) == one);
    rig_end(&r);
    free(world);
    free(drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drives_straight_and_stops),
        cmocka_unit_test(tracks_radii),
        cmocka_unit_test(stands_still),
        cmocka_unit_test(carries_a_locked_container),
        cmocka_unit_test(a_lock_survives_a_restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
