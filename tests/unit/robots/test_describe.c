// The default description of bare models.
#include <unistd.h>

#include "rig.h"

// Screens and describes a model given as text.
static DdRobotDesc* describe_text(Rig* r, const char* name, const char* text, char logical[])
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/dd_%d_%s", (int)getpid(), name);
    RIG_OK(r, dd_file_write(path, text, strlen(text), &r->err));
    DdModelLimits limits = dd_model_limits();
    bool ok = dd_model_screen(r->files, "robot", path, NULL, &limits, logical, &r->err);
    unlink(path);
    RIG_OK(r, ok);
    return dd_robot_describe(r->files, logical, &r->err);
}

static double start_of(const DdRobotDesc* d, const char* joint)
{
    for (int i = 0; i < d->start_joints.n; i++) {
        if (strcmp(d->start_joints.v[i], joint) == 0) {
            return d->start_values.v[i];
        }
    }
    return NAN;
}

#define ARM                                                                                        \
    "<worldbody><light pos='0 0 3'/><geom type='plane' size='1 1 1'/>"                             \
    "<body name='base'><geom type='cylinder' size='0.1 0.1' pos='0 0 0.1'/>"                       \
    " <body pos='0 0 0.3'><joint name='one' axis='0 0 1' range='-1 2'/><geom size='0.05'/>"        \
    "  <body name='two' pos='0 0 0.2'><joint name='two' axis='0 1 0'/><geom size='0.05'/>"         \
    "   <body name='three' pos='0.2 0 0'><joint name='three' type='slide' axis='1 0 0' range='0 "  \
    "0.1'/>"                                                                                       \
    "    <geom size='0.03'/></body></body></body></body></worldbody>"                              \
    "<actuator><motor name='m1' joint='one' ctrlrange='-50 50'/><velocity name='m2' joint='two' "  \
    "kv='3'/>"                                                                                     \
    "<position name='m3' joint='three' kp='300' kv='20'/></actuator>"

static void a_bare_arm(void** state)
{
    (void)state;
    Rig r = rig_begin();
    char logical[DD_PATH_MAX];
    DdRobotDesc* d = describe_text(
        &r, "arm.xml",
        "<mujoco model='thing'><compiler angle='radian' autolimits='true'/>" ARM "</mujoco>",
        logical);
    RIG_OK(&r, d != NULL);
    assert_string_equal(d->name, "thing");
    assert_true(d->fixed && !d->lift_to_floor);
    assert_true(start_of(d, "one") == 0.5); // middle of its range
    assert_true(isnan(start_of(d, "two"))); // no range: 0
    assert_true(start_of(d, "three") == 0.05);
    assert_int_equal(d->start_contacts, 0);
    assert_true(fabs(d->centre[2] - d->half[2]) < 1e-6 && fabs(d->half[2] - 0.275) < 1e-6);
    assert_int_equal(d->nspace, 1);
    assert_string_equal(d->space[0].name, "joints");
    assert_string_equal(json_string_value(json_object_get(json_array_get(d->sensors, 0), "kind")),
                        "joints");

    // it drives: a position, a speed, a position
    dd_robot_desc_destroy(r.desc);
    r.desc = d;
    DdWorldDef def = dd_world_def();
    DdCompose* c = dd_compose_create(&def, r.files, &r.err);
    DdRobotPlacement p = dd_robot_placement_def();
    snprintf(p.name, sizeof p.name, "bot");
    dd_robot_placement(d, &p);
    RIG_OK(&r, dd_compose_add_robot(c, &p, &r.err));
    r.w = dd_compose_compile(c, &r.err);
    RIG_OK(&r, r.w != NULL);
    dd_compose_destroy(c);
    RIG_OK(&r, dd_robot_start(d, r.w, "bot", &r.err));
    rig_drive(&r, "bot", 1, (const char* const[]){"joints"});
    const DdActionPart* part = &dd_drive_space(r.drive)->part[0];
    assert_int_equal(part->n, 3);
    assert_string_equal(part->unit[0], "rad");
    assert_string_equal(part->unit[1], "rad/s");
    assert_string_equal(part->unit[2], "m");
    assert_true(part->def[0] == 0.5 && part->def[1] == 0 && part->def[2] == 0.05);
    double a[3] = {1.2, 0.3, 0.08};
    rig_run(&r, 2, a);
    const mjData* data = dd_world_data(r.w);
    assert_true(fabs(data->qpos[0] - 1.2) < 1e-3);
    assert_true(fabs(data->qvel[1] - 0.3) < 1e-2);
    assert_true(fabs(data->qpos[2] - 0.08) < 5e-3);
    rig_end(&r);
}

static void home_wins(void** state)
{
    (void)state;
    Rig r = rig_begin();
    char logical[DD_PATH_MAX];
    DdRobotDesc* d = describe_text(&r, "home.xml",
                                   "<mujoco><compiler angle='radian' autolimits='true'/>" ARM
                                   "<keyframe><key name='other' qpos='0 0 0'/><key name='home' "
                                   "qpos='-0.3 0.4 0.02'/></keyframe></mujoco>",
                                   logical);
    RIG_OK(&r, d != NULL);
    assert_true(start_of(d, "one") == -0.3 && start_of(d, "two") == 0.4 &&
                start_of(d, "three") == 0.02);
    dd_robot_desc_destroy(d);
    rig_end(&r);
}

static void a_legged_body_stands(void** state)
{
    (void)state;
    static const char k_legs[] = "<mujoco><compiler angle='radian' "
                                 "autolimits='true'/><worldbody><body name='trunk' pos='0 0 2'>"
                                 "<freejoint/><geom type='box' size='0.3 0.2 0.05' mass='10'/>"
#define LEG(n, x, y)                                                                               \
    "<body name='" n "' pos='" x " " y " 0'><joint name='" n "h' axis='0 1 0' range='-1 1.6'/>"    \
    "<geom type='capsule' size='0.03' fromto='0 0 -0.05 0 0 -0.25' mass='0.5'/>"                   \
    "<body name='" n "s' pos='0 0 -0.25'><joint name='" n "k' axis='0 1 0' range='-1.2 0'/>"       \
    "<geom type='capsule' size='0.025' fromto='0 0 0 0 0 -0.25' mass='0.3'/></body></body>"
        LEG("a", "0.3", "0.2") LEG("b", "0.3", "-0.2") LEG("c", "-0.3", "0.2") LEG(
            "d", "-0.3",
            "-0.2") "</body></worldbody><actuator>"
                    "<motor joint='ah' ctrlrange='-60 60'/><motor joint='ak' ctrlrange='-60 60'/>"
                    "<motor joint='bh' ctrlrange='-60 60'/><motor joint='bk' ctrlrange='-60 60'/>"
                    "<motor joint='ch' ctrlrange='-60 60'/><motor joint='ck' ctrlrange='-60 60'/>"
                    "<motor joint='dh' ctrlrange='-60 60'/><motor joint='dk' ctrlrange='-60 60'/>"
                    "</actuator></mujoco>";
    Rig r = rig_begin();
    char logical[DD_PATH_MAX];
    DdRobotDesc* d = describe_text(&r, "legs.xml", k_legs, logical);
    RIG_OK(&r, d != NULL);
    assert_true(!d->fixed && d->lift_to_floor);
    dd_robot_desc_destroy(r.desc);
    r.desc = d;
    DdWorldDef def = dd_world_def();
    DdCompose* c = dd_compose_create(&def, r.files, &r.err);
    const DdThingKind* ground = dd_thing_kind("ground");
    void* g = calloc(1, DD_THING_SIZE_MAX);
    ground->init(g);
    RIG_OK(&r, dd_compose_add(c, ground, g, &r.err));
    free(g);
    DdRobotPlacement p = dd_robot_placement_def();
    snprintf(p.name, sizeof p.name, "bot");
    dd_robot_placement(d, &p);
    RIG_OK(&r, dd_compose_add_robot(c, &p, &r.err));
    r.w = dd_compose_compile(c, &r.err);
    RIG_OK(&r, r.w != NULL);
    dd_compose_destroy(c);
    RIG_OK(&r, dd_robot_start(d, r.w, "bot", &r.err));
    assert_true(fabs(dd_world_lowest_point(r.w, "bot")) < 1e-6);
    rig_drive(&r, "bot", 1, (const char* const[]){"joints"});
    double z = rig_pose(&r, "bot").pos[2];
    double a[8];
    dd_action_default(dd_drive_space(r.drive), a);
    rig_run(&r, 4, a);
    DdPose after = rig_pose(&r, "bot");
    print_message("trunk at %.3f m, then %.3f\n", z, after.pos[2]);
    assert_true(z > 0.3 && fabs(after.pos[2] - z) < 0.1);
    rig_end(&r);
}

static void a_urdf_is_driven(void** state)
{
    (void)state;
    static const char k_urdf[] =
        "<?xml version='1.0'?><robot name='crank'>"
        "<link name='base'><inertial><mass value='5'/><inertia ixx='0.1' ixy='0' ixz='0' iyy='0.1' "
        "iyz='0' izz='0.1'/></inertial>"
        "<collision><geometry><box size='0.2 0.2 0.1'/></geometry></collision></link>"
        "<link name='arm'><inertial><origin xyz='0.2 0 0'/><mass value='1'/><inertia ixx='0.001' "
        "ixy='0' ixz='0' iyy='0.02' iyz='0' izz='0.02'/></inertial>"
        "<collision><origin xyz='0.2 0 0'/><geometry><box size='0.4 0.05 "
        "0.05'/></geometry></collision></link>"
        "<joint name='swing' type='revolute'><parent link='base'/><child link='arm'/>"
        "<origin xyz='0 0 0.2'/><axis xyz='0 1 0'/>"
        "<limit lower='-1' upper='1.5' effort='30' velocity='2'/></joint></robot>";
    Rig r = rig_begin();
    char logical[DD_PATH_MAX];
    DdRobotDesc* d = describe_text(&r, "crank.urdf", k_urdf, logical);
    RIG_OK(&r, d != NULL);
    assert_string_equal(d->name, "crank");
    assert_true(fabs(start_of(d, "swing") - 0.25) < 1e-9);
    dd_robot_desc_destroy(r.desc);
    r.desc = d;
    DdWorldDef def = dd_world_def();
    DdCompose* c = dd_compose_create(&def, r.files, &r.err);
    DdRobotPlacement p = dd_robot_placement_def();
    snprintf(p.name, sizeof p.name, "bot");
    dd_robot_placement(d, &p);
    RIG_OK(&r, dd_compose_add_robot(c, &p, &r.err));
    r.w = dd_compose_compile(c, &r.err);
    RIG_OK(&r, r.w != NULL);
    dd_compose_destroy(c);
    RIG_OK(&r, dd_robot_start(d, r.w, "bot", &r.err));
    rig_drive(&r, "bot", 1, (const char* const[]){"joints"});
    double a[1] = {-0.6};
    rig_run(&r, 3, a);
    const mjData* data = dd_world_data(r.w);
    print_message("swing at %.4f rad\n", data->qpos[0]);
    assert_true(fabs(data->qpos[0] + 0.6) < 1e-2);
    rig_end(&r);
}

static void nothing_to_drive(void** state)
{
    (void)state;
    Rig r = rig_begin();
    char logical[DD_PATH_MAX];
    DdRobotDesc* d = describe_text(&r, "stone.xml",
                                   "<mujoco><worldbody><body name='stone'><geom size='0.1'/></body>"
                                   "</worldbody></mujoco>",
                                   logical);
    assert_null(d);
    assert_non_null(strstr(r.err.text, "no joint or actuator"));
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_arm),           cmocka_unit_test(home_wins),
        cmocka_unit_test(a_legged_body_stands), cmocka_unit_test(a_urdf_is_driven),
        cmocka_unit_test(nothing_to_drive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
