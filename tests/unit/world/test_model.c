// Models: foreign MJCF and URDF, screened, stored, attached; and the hostile ones refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/world/compose.h"
#include "sim/world/world.h"

static char t_dir[256];

static void write_file(const char* name, const char* text, size_t size)
{
    char path[1024], folder[1024];
    DdError err = {0};

    snprintf(path, sizeof path, "%s/%s", t_dir, name);
    dd_path_dir(folder, path);
    if (!dd_dir_make(folder, &err) ||
        !dd_file_write(path, text, size ? size : strlen(text), &err)) {
        fail_msg("%s", err.text);
    }
}

static bool screen(DdFiles* files, const char* name, const char* root, char logical[DD_PATH_MAX],
                   DdError* err)
{
    DdModelLimits limits = dd_model_limits();
    char path[1024], top[1024];

    snprintf(path, sizeof path, "%s/%s", t_dir, name);
    snprintf(top, sizeof top, "%s/%s", t_dir, root ? root : "");
    return dd_model_screen(files, "robots/it", path, root ? top : NULL, &limits, logical, err);
}

static void expect_refused(const char* name, const char* xml, const char* part)
{
    DdFiles* files = dd_files_create();
    char logical[DD_PATH_MAX];
    DdError err = {0};

    write_file(name, xml, 0);
    if (screen(files, name, NULL, logical, &err)) {
        fail_msg("%s was let through", name);
    }
    if (!strstr(err.text, part) || !strstr(err.text, name)) {
        fail_msg("'%s' does not say '%s' and '%s'", err.text, part, name);
    }
    dd_files_destroy(files);
}

static const char k_cube[] = "v 0 0 0\nv 0.2 0 0\nv 0 0.2 0\nv 0 0 0.2\n"
                             "f 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n";

// a model with scenery, unnamed parts, includes and meshes in folders of their own
static const char k_main[] =
    "<mujoco model='arm'><compiler angle='degree' meshdir='meshes' autolimits='true'/>\n"
    "<include file='parts/act.xml'/>\n"
    "<option timestep='0.01' integrator='RK4' gravity='0 0 5'/>\n"
    "<default><default class='pad'><geom rgba='1 0 0 1'/></default></default>\n"
    "<worldbody><light pos='0 0 3'/><camera name='over' pos='0 0 3'/>\n"
    "<geom name='floor' type='plane' size='5 5 1'/>\n"
    "<body name='platform'><geom type='plane' size='1 1 1'/></body>\n"
    "<body name='base' pos='0 0 0.5'><geom type='mesh' mesh='cube' contype='0' conaffinity='0'/>\n"
    "<geom size='0.1' priority='1'/><site name='flange' pos='0 0 0.3' euler='0 0 90'/>\n"
    "<camera name='eye'/><body pos='0 0 0.3'><joint name='turn' range='-90 90'/>\n"
    "<geom class='pad' size='0.05'/><joint axis='1 0 0'/></body></body></worldbody>\n"
    "<contact><exclude body1='base' body2='platform'/></contact>\n"
    "<keyframe><key name='home' qpos='0.1 0.2'/></keyframe></mujoco>";
static const char k_act[] =
    "<mujoco><actuator><motor joint='turn' ctrlrange='-1 1'/></actuator>"
    "<asset><mesh name='cube' file='sub/cube.obj'/></asset>"
    "<sensor><jointpos joint='turn'/></sensor><include file='more.xml'/></mujoco>";
static const char k_more[] = "<mujoco><custom><numeric name='n' data='1'/></custom></mujoco>";

static DdWorld* two_arms(DdFiles* files, const char* logical, json_t** ops)
{
    DdWorldDef def = dd_world_def();
    DdRobotPlacement p = dd_robot_placement_def();
    DdError err = {0};
    DdCompose* c = dd_compose_create(&def, files, &err);

    snprintf(p.model, sizeof p.model, "%s", logical);
    snprintf(p.name, sizeof p.name, "left");
    p.pos[0] = 2;
    p.yaw = DD_PI / 2;
    p.free = true;
    p.lift_to_floor = true;
    if (!dd_compose_add_robot(c, &p, &err)) {
        fail_msg("%s", err.text);
    }
    p = dd_robot_placement_def();
    snprintf(p.model, sizeof p.model, "%s", logical);
    if (!dd_compose_add_robot(c, &p, &err)) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(p.name, "robot2");
    // known before compiling
    DdPose pose;
    double half[3];
    assert_true(dd_compose_pose(c, "robot2/flange", &pose));
    assert_float_equal(pose.pos[2], 0.8, 1e-9);
    assert_true(dd_compose_pose(c, "left/flange", &pose));
    assert_float_equal(pose.pos[2], 0.4, 1e-6); // the base's ball stands on the floor
    assert_float_equal(dd_pose_yaw(&pose), DD_PI, 1e-6);
    assert_true(dd_compose_bounds(c, "robot2", &pose, half));
    assert_float_equal(pose.pos[2] + half[2], 0.85, 1e-6);
    *ops = dd_compose_ops(c);
    DdWorld* w = dd_compose_compile(c, &err);
    if (!w) {
        fail_msg("%s", err.text);
    }
    dd_compose_destroy(c);
    return w;
}

static void test_attach(void** state)
{
    DdFiles* files = dd_files_create();
    char logical[DD_PATH_MAX];
    DdError err = {0};
    json_t *ops, *again;

    (void)state;
    write_file("arm/model.xml", k_main, 0);
    write_file("arm/parts/act.xml", k_act, 0);
    write_file("arm/parts/more.xml", k_more, 0);
    write_file("arm/meshes/sub/cube.obj", k_cube, 0);
    if (!screen(files, "arm/model.xml", NULL, logical, &err)) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(logical, "robots/it/model.xml");
    assert_int_equal(dd_files_count(files), 4);
    assert_non_null(dd_files_find(files, "robots/it/meshes/sub/cube.obj"));

    DdWorld* w = two_arms(files, logical, &ops);
    mjModel* m = dd_world_model(w);
    assert_int_equal(m->nbody, 5);
    assert_int_equal(m->ngeom, 6); // no floor, no platform
    assert_int_equal(m->nkey, 0);
    assert_int_equal(m->nlight, 1); // ours
    assert_int_equal(m->ncam, 2);
    assert_int_equal(m->nu, 2);
    assert_int_equal(m->nsensor, 2);
    assert_int_equal(m->nmesh, 1); // shared
    assert_float_equal(m->opt.timestep, 0.002, 0);
    assert_int_equal(m->opt.integrator, mjINT_IMPLICITFAST);
    assert_true(mj_name2id(m, mjOBJ_BODY, "left/base/body1") > 0);
    assert_true(mj_name2id(m, mjOBJ_GEOM, "robot2/base/geom2") >= 0);
    assert_true(mj_name2id(m, mjOBJ_GEOM, "robot2/base/body1/geom1") >= 0);
    assert_true(mj_name2id(m, mjOBJ_JOINT, "robot2/base/body1/joint2") >= 0);
    assert_true(mj_name2id(m, mjOBJ_ACTUATOR, "left/turn/actuator1") >= 0);
    assert_true(mj_name2id(m, mjOBJ_SENSOR, "left/sensor1") >= 0);
    int turn = mj_name2id(m, mjOBJ_JOINT, "left/turn");
    assert_float_equal(m->jnt_range[2 * turn + 1], DD_PI / 2, 1e-9); // the model speaks degrees
    assert_int_equal(mj_name2id(m, mjOBJ_JOINT, "left/base/free") >= 0, 1);
    // the visual mesh is seen, the ball below it is not; where there is only a ball, it is
    assert_true(dd_world_geom_visual(w, mj_name2id(m, mjOBJ_GEOM, "left/base/geom1")));
    assert_false(dd_world_geom_visual(w, mj_name2id(m, mjOBJ_GEOM, "left/base/geom2")));
    assert_true(dd_world_geom_visual(w, mj_name2id(m, mjOBJ_GEOM, "left/base/body1/geom1")));
    assert_int_equal(dd_world_thing_geoms(w, dd_world_thing_find(w, "left"), NULL, 0), 2);
    assert_string_equal(dd_world_body_name(w, dd_world_body(w, "robot2")), "robot2/base");
    assert_float_equal(dd_world_lowest_point(w, "left"), 0, 1e-9);
    for (int n = 0; n < 100; n++) {
        assert_true(dd_world_step1(w, &err) && dd_world_step2(w, &err));
    }

    // again from the data and the store alone, elsewhere, the disk gone
    unsigned char one[DD_SHA256_SIZE], two[DD_SHA256_SIZE];
    char path[1024], here[1024];
    snprintf(path, sizeof path, "%s/arm/meshes/sub/cube.obj", t_dir);
    assert_int_equal(unlink(path), 0);
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir("/"), 0);
    dd_files_freeze(files);
    DdCompose* c = dd_compose_from_ops(ops, files, &err);
    assert_non_null(c);
    DdWorld* w2 = dd_compose_compile(c, &err);
    assert_int_equal(chdir(here), 0);
    if (!w2) {
        fail_msg("%s", err.text);
    }
    again = dd_compose_ops(c);
    assert_true(json_equal(ops, again));
    dd_world_model_hash(w, one);
    dd_world_model_hash(w2, two);
    assert_memory_equal(one, two, sizeof one);
    mjModel* alone = dd_model_compile(files, logical, &err);
    assert_non_null(alone);
    assert_int_equal(alone->nkey, 1);
    assert_int_equal(alone->nlight, 1);
    mj_deleteModel(alone);
    json_decref(ops);
    json_decref(again);
    dd_world_destroy(w);
    dd_world_destroy(w2);
    dd_compose_destroy(c);
    dd_files_destroy(files);
}

static DdWorld* one_robot(DdFiles* files, const char* xml, DdRobotPlacement p, DdError* err)
{
    DdWorldDef def = dd_world_def();
    DdCompose* c = dd_compose_create(&def, files, err);

    assert_non_null(dd_files_add(files, "m.xml", xml, strlen(xml), err));
    snprintf(p.model, sizeof p.model, "m.xml");
    snprintf(p.name, sizeof p.name, "r");
    DdWorld* w = dd_compose_add_robot(c, &p, err) ? dd_compose_compile(c, err) : NULL;
    dd_compose_destroy(c);
    return w;
}

static const char k_roots[] =
    "<mujoco><worldbody><geom type='plane' size='1 1 1'/><body name='l'><freejoint/>"
    "<geom name='gl' size='.1'/></body><body name='r' pos='1 0 0'><geom name='gr' size='.1'/>"
    "<body name='r2'><joint name='jr'/><geom size='.1' pos='.3 0 0'/></body></body></worldbody>"
    "<equality><weld body1='l' body2='r2' active='false'/></equality>"
    "<actuator><motor joint='jr'/></actuator></mujoco>";

static void test_roots(void** state)
{
    DdError err = {0};
    DdRobotPlacement p = dd_robot_placement_def();

    (void)state;
    // two root bodies come together, with what couples them
    DdFiles* files = dd_files_create();
    DdWorld* w = one_robot(files, k_roots, p, &err);
    if (!w) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(dd_world_model(w)->nbody, 4);
    assert_int_equal(dd_world_model(w)->neq, 1);
    assert_int_equal(dd_world_model(w)->nu, 1);
    assert_int_equal(dd_world_model(w)->ngeom, 3);
    dd_world_destroy(w);
    dd_files_destroy(files);
    // one by name, freed of its free joint
    files = dd_files_create();
    snprintf(p.base, sizeof p.base, "l");
    p.fixed = true;
    w = one_robot(files, k_roots, p, &err);
    assert_non_null(w);
    assert_int_equal(dd_world_model(w)->nbody, 2);
    assert_int_equal(dd_world_model(w)->nv, 0);
    dd_world_destroy(w);
    dd_files_destroy(files);
    // a body further down
    files = dd_files_create();
    p = dd_robot_placement_def();
    snprintf(p.base, sizeof p.base, "r2");
    w = one_robot(files, k_roots, p, &err);
    assert_non_null(w);
    assert_int_equal(dd_world_model(w)->nbody, 2);
    assert_int_equal(dd_world_model(w)->nu, 1);
    dd_world_destroy(w);
    dd_files_destroy(files);
    files = dd_files_create();
    snprintf(p.base, sizeof p.base, "r2x");
    w = one_robot(files, k_roots, p, &err);
    assert_null(w);
    if (!strstr(err.text, "no body 'r2x'; did you mean 'r2'")) {
        fail_msg("%s", err.text);
    }
    dd_files_destroy(files);
    files = dd_files_create();
    p = dd_robot_placement_def();
    w = one_robot(files,
                  "<mujoco><worldbody><geom type='plane' size='1 1 1'/></worldbody></mujoco>", p,
                  &err);
    assert_null(w);
    assert_non_null(strstr(err.text, "no body but floors"));
    dd_files_destroy(files);
    files = dd_files_create();
    w = one_robot(files, "<mujoco><worldbody><body><geom/></body></worldbody></mujoco>", p, &err);
    assert_null(w);
    assert_int_equal(err.code, DD_ERROR_MODEL);
    assert_non_null(strstr(err.text, "'r/body1/geom1'"));
    dd_files_destroy(files);
}

static const char k_urdf[] =
    "<robot name='u'><material name='red'><color rgba='1 0 0 1'/></material>\n"
    "<link name='base'><inertial><mass value='1'/><inertia ixx='1' iyy='1' izz='1' ixy='0' ixz='0' "
    "iyz='0'/></inertial>\n<visual><geometry><mesh filename='package://pkg/visual/link.obj'/>"
    "</geometry><material name='red'/></visual>\n<visual><geometry><mesh "
    "filename='package://pkg/visual/link.dae'/></geometry></visual>\n"
    "<collision><geometry><mesh "
    "filename='package://pkg/collision/link.obj'/></geometry></collision>"
    "</link>\n<link name='hand'><inertial><mass value='1'/><inertia ixx='1' iyy='1' izz='1' "
    "ixy='0' "
    "ixz='0' iyz='0'/></inertial></link><link name='finger'><inertial><mass value='1'/><inertia "
    "ixx='1' iyy='1' izz='1' ixy='0' ixz='0' iyz='0'/></inertial></link>\n"
    "<joint name='wrist' type='revolute'><parent link='base'/><child link='hand'/><limit "
    "lower='-1' "
    "upper='1' effort='7' velocity='1'/></joint>\n<joint name='grip' type='prismatic'>"
    "<parent link='hand'/><child link='finger'/><limit lower='0' upper='1' effort='7' "
    "velocity='1'/>"
    "<mimic joint='wrist' multiplier='2'/></joint>\n"
    "<gazebo reference='base'><visual/></gazebo></robot>";

static void test_urdf(void** state)
{
    DdFiles* files = dd_files_create();
    char logical[DD_PATH_MAX];
    DdError err = {0};

    (void)state;
    write_file("pkg/urdf/u.urdf", k_urdf, 0);
    assert_false(screen(files, "pkg/urdf/u.urdf", "pkg", logical, &err));
    if (!strstr(err.text, "u.urdf:3: 3 mesh files are missing, the first is 'package://")) {
        fail_msg("%s", err.text);
    }
    dd_files_destroy(files);
    files = dd_files_create();
    write_file("pkg/visual/link.obj", k_cube, 0);
    write_file("pkg/visual/link.dae", "<COLLADA/>", 0);
    write_file("pkg/collision/link.obj",
               "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n"
               "f 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n",
               0);
    if (!screen(files, "pkg/urdf/u.urdf", "pkg", logical, &err)) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(logical, "robots/it/urdf/u.urdf");
    dd_files_freeze(files);
    mjModel* m = dd_model_compile(files, logical, &err);
    if (!m) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(m->nbody, 4);
    assert_int_equal(m->nmesh, 2); // one base name, two files
    assert_int_equal(m->ngeom, 2); // the visual that cannot be read is left out
    assert_int_equal(m->nu, 1);
    assert_float_equal(m->actuator_forcerange[1], 7, 0);
    assert_int_equal(mj_name2id(m, mjOBJ_ACTUATOR, "wrist"), 0);
    assert_int_equal(m->neq, 1);
    mj_deleteModel(m);
    dd_files_destroy(files);
}

static void test_hostile_numbers(void** state)
{
    (void)state;
    expect_refused("n1.xml", "<mujoco>\n<option timestep='0'/></mujoco>",
                   "n1.xml:2: <option>: timestep");
    expect_refused("n2.xml", "<mujoco><option timestep='-1'/></mujoco>", "positive");
    expect_refused("n3.xml", "<mujoco><worldbody><body pos='nan 0 0'/></worldbody></mujoco>",
                   "pos");
    expect_refused("n4.xml",
                   "<mujoco><worldbody><body><geom size='1' mass='-1'/></body></worldbody>"
                   "</mujoco>",
                   "mass must be finite and not negative, got '-1'");
    expect_refused("n5.xml", "<mujoco><worldbody><geom size='inf'/></worldbody></mujoco>", "size");
    expect_refused("n6.xml",
                   "<mujoco><worldbody><replicate count='100'><replicate count='100'>"
                   "<replicate count='100'><geom size='1'/></replicate></replicate>"
                   "</replicate></worldbody></mujoco>",
                   "more than 12000 bodies, joints, geoms");
    expect_refused("n7.xml",
                   "<mujoco><asset><hfield name='h' nrow='100000' ncol='100000' "
                   "size='1 1 1 1'/></asset></mujoco>",
                   "its cells come to 1e+10");
    expect_refused("n8.xml",
                   "<mujoco><asset><texture builtin='flat' width='60000' height='60000'/>"
                   "</asset></mujoco>",
                   "pixels");
    expect_refused("n9.xml", "<mujoco><size memory='900G'/></mujoco>", "memory");
    expect_refused("n10.xml", "<mujoco><size nuserdata='2000000000'/></mujoco>", "nuserdata");
    expect_refused("n11.xml",
                   "<mujoco><worldbody><flexcomp name='f' count='1000 1000 10'/></worldbody>"
                   "</mujoco>",
                   "a count of 1e+07, allowed are 3000");
    expect_refused("n12.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><mujoco>&a;</mujoco>", "DOCTYPE");
    expect_refused("n13.xml", "<mujoco><worldbody></mujoco>", "mismatched tag");
    expect_refused("n14.xml", "<sdf/>", "<mujoco> (MJCF) or <robot> (URDF)");
    char deep[8000] = "<mujoco><worldbody>";
    for (int i = 0; i < 300; i++) {
        strcat(deep, "<body>");
    }
    expect_refused("n15.xml", deep, "nested deeper than 200");
}

static void test_hostile_files(void** state)
{
    char link[1024];

    (void)state;
    write_file("secret.xml", "<mujoco/>", 0);
    expect_refused("h/a.xml", "<mujoco>\n<include file='/etc/passwd'/></mujoco>",
                   "must be relative");
    expect_refused("h/b.xml", "<mujoco><include file='../secret.xml'/></mujoco>", "root");
    expect_refused("h/c.xml", "<mujoco><Include file='../secret.xml'/></mujoco>", "root");
    expect_refused("h/d.xml", "<mujoco><asset><mesh name='m' file='../../x.obj'/></asset></mujoco>",
                   "h/d.xml:1: <mesh>: there is no file");
    expect_refused("h/e.xml",
                   "<mujoco><asset><model name='m' file='../secret.xml'/></asset></mujoco>",
                   "root");
    expect_refused("h/f.xml", "<mujoco><include file='f.xml'/></mujoco>", "included already");
    expect_refused("h/g.xml", "<mujoco><compiler meshdir='/etc'/></mujoco>", "must be relative");
    expect_refused("h/h.xml", "<mujoco><asset><mesh file='http://x/y.obj'/></asset></mujoco>",
                   "must be relative");
    snprintf(link, sizeof link, "%s/h/link.xml", t_dir);
    if (symlink("../secret.xml", link) != 0) {
        fail_msg("no symlink");
    }
    expect_refused("h/i.xml", "<mujoco><include file='link.xml'/></mujoco>", "lies outside");
    snprintf(link, sizeof link, "%s/h/meshes", t_dir);
    if (symlink("/etc", link) != 0) {
        fail_msg("no symlink");
    }
    expect_refused("h/j.xml",
                   "<mujoco><compiler meshdir='meshes'/><asset><mesh file='passwd'/></asset>"
                   "</mujoco>",
                   "lies outside");
    // a picture that says it is 100000 x 100000 pixels
    static const char k_png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\x86\xa0\0\1\x86\xa0\x08\2\0\0\0";
    write_file("h/big.png", k_png, sizeof k_png - 1);
    expect_refused("h/k.xml", "<mujoco><asset><texture file='big.png' type='2d'/></asset></mujoco>",
                   "100000 x 100000");
}

// what a file that escaped the screen could still do: the store is all that MuJoCo is shown
static void test_store_only(void** state)
{
    static const char k_outside[] = "<mujoco><include file='../../../../../etc/passwd'/></mujoco>";
    DdFiles* files = dd_files_create();
    DdError err = {0};

    (void)state;
    assert_non_null(dd_files_add(files, "a/m.xml", k_outside, strlen(k_outside), &err));
    assert_null(dd_model_compile(files, "a/m.xml", &err));
    assert_non_null(strstr(err.text, "lies outside"));
    assert_null(dd_model_compile(files, "a/none.xml", &err));
    assert_int_equal(err.code, DD_ERROR_CANNOT_CHECK);
    dd_files_destroy(files);
}

// MuJoCo keeps meshes it has read by name for the whole process; ours go by content
static void test_same_name_other_content(void** state)
{
    static const char k_model[] =
        "<mujoco><asset><mesh name='m' file='m.obj'/></asset><worldbody><body><freejoint/>"
        "<geom type='mesh' mesh='m'/></body></worldbody></mujoco>";
    static const char k_big[] = "v 0 0 0\nv 2 0 0\nv 0 2 0\nv 0 0 2\n"
                                "f 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n";
    const char* meshes[3] = {k_cube, k_big, k_cube};
    double mass[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        DdFiles* files = dd_files_create();
        DdError err = {0};
        assert_non_null(dd_files_add(files, "a/m.xml", k_model, strlen(k_model), &err));
        assert_non_null(dd_files_add(files, "a/m.obj", meshes[i], strlen(meshes[i]), &err));
        mjModel* m = dd_model_compile(files, "a/m.xml", &err);
        assert_non_null(m);
        mass[i] = m->body_mass[1];
        mj_deleteModel(m);
        dd_files_destroy(files);
    }
    assert_true(mass[0] == mass[2]);
    assert_float_equal(mass[1] / mass[0], 1000, 1);
}

static int set_up(void** state)
{
    (void)state;
    snprintf(t_dir, sizeof t_dir, "/tmp/drydock 모델 XXXXXX");
    return mkdtemp(t_dir) ? 0 : -1;
}

static int tear_down(void** state)
{
    char command[512];

    (void)state;
    snprintf(command, sizeof command, "rm -r '%s'", t_dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attach),
        cmocka_unit_test(test_roots),
        cmocka_unit_test(test_urdf),
        cmocka_unit_test(test_hostile_numbers),
        cmocka_unit_test(test_hostile_files),
        cmocka_unit_test(test_store_only),
        cmocka_unit_test(test_same_name_other_content),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
