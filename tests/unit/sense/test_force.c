// Wrenches, contacts and the measures made of contact forces.
#include "tests/unit/sense/rig.h"

static const char k_hanging[] =
    "<mujoco><option timestep='0.002'/><worldbody>"
    "<body name='crane' pos='0 0 3'><geom size='.1' contype='0'/>"
    "<body name='crane/load'><geom size='.1' mass='5' contype='0' pos='0.2 0 -1'/>"
    "<site name='crane/hook' euler='180 0 0'/><site name='crane/up'/></body></body>"
    "</worldbody></mujoco>";

static void test_the_wrench_of_a_hanging_mass(void** state)
{
    (void)state;
    Rig r = rig_make(k_hanging, 1, 50);
    DdSensorDef def = sensor_def("ft", "wrench", "crane", "up");
    int up = rig_sensor(&r, &def);
    def = sensor_def("ft2", "wrench", "crane", "hook");
    int hook = rig_sensor(&r, &def);
    rig_start(&r);
    for (int i = 0; i < 6; i++) {
        near(rig_latest(&r, up)[i], 0, 0); // no step has ended
    }
    rig_run(&r, 20);
    // the parent holds the load up, and keeps it from turning: the mass is 0.2 m off the line
    const double* v = rig_latest(&r, up);
    near(v[2], 5 * 9.81, 1e-9);
    near(v[0], 0, 1e-9);
    near(v[4], -0.2 * 5 * 9.81, 1e-9);
    v = rig_latest(&r, hook);
    near(v[2], -5 * 9.81, 1e-9);
    near(v[4], 0.2 * 5 * 9.81, 1e-9);
    rig_free(&r);
}

static const char k_box[] =
    "<mujoco><option timestep='0.002' cone='elliptic'/><worldbody>"
    "<geom name='floor' type='plane' size='5 5 .1'/>"
    "<body name='table' pos='0 0 .5'><geom name='table/top' type='box' size='1 1 .1'/></body>"
    "<body name='box' pos='0 0 .7'><freejoint/><geom name='box/geom' type='box' size='.1 .1 .1' "
    "mass='10'/></body>"
    "<body name='ball' pos='3 0 .1'><freejoint/><geom name='ball/geom' size='.1' mass='2'/></body>"
    "</worldbody></mujoco>";

static void test_a_resting_box_weighs_what_it_weighs(void** state)
{
    (void)state;
    Rig r = rig_make(k_box, 1, 50);
    int force = rig_measure(&r, "force", "contact_force", "box", "table");
    int peak = rig_measure(&r, "peak", "peak_force", "table", "box");
    int any = rig_measure(&r, "any", "contact_force", "box", "");
    int ball = rig_measure(&r, "ball", "contact_force", "ball", "");
    int other = rig_measure(&r, "other", "contact_force", "ball", "box");
    DdSensorDef def = sensor_def("touch", "contacts", "box", "");
    def.max_contacts = 8;
    int c = rig_sensor(&r, &def);
    def = sensor_def("few", "contacts", "box", "");
    def.max_contacts = 3;
    int few = rig_sensor(&r, &def);
    rig_start(&r);
    near(rig_latest(&r, force)[0], 0, 0);
    near(rig_latest(&r, c)[0], 0, 0);
    rig_run(&r, 1000);
    near(rig_latest(&r, force)[0], 98.1, 1e-3);
    near(rig_latest(&r, peak)[0], 98.1, 1e-3);
    near(rig_latest(&r, any)[0], 98.1, 1e-3);
    near(rig_latest(&r, ball)[0], 0, 0); // it only touches the floor
    near(rig_latest(&r, other)[0], 0, 0);

    // four corners, sorted by geoms, each with its share and its place
    const DdChannelDef* ch = dd_channels_def(r.ch, c);
    const double* v = rig_latest(&r, c);
    near(v[0], 4, 0);
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        const double* k = v + 1 + DD_CONTACT_VALUES * i;
        assert_string_equal(ch->names[(int)k[0]], "table/top");
        assert_string_equal(ch->names[(int)k[1]], "box/geom");
        near(fabs(k[2]), 0.1, 1e-3);
        near(k[4], 0.6, 1e-3);
        near(k[7], 1, 1e-9);
        assert_true(k[11] > 0 && k[11] < 0.01);
        sum += k[8];
    }
    near(sum, 98.1, 1e-3);
    near(rig_latest(&r, few)[0], 3, 0);
    assert_true(dd_sense_dropped(r.s) > 90); // one contact of each of the samples since it landed
    rig_free(&r);
}

// a ball that bounces off a wall between two samples
static const char k_bounce[] =
    "<mujoco><option timestep='0.002' gravity='0 0 0'/><worldbody>"
    "<body name='wall' pos='1 0 0'><geom type='box' size='.1 1 1' solref='-20000 -1'/></body>"
    "<body name='post' pos='-1 0 0'><geom type='box' size='.1 1 1' solref='-20000 -1'/></body>"
    "<body name='ball'><joint name='ball/x' type='slide' axis='1 0 0'/><geom size='.1' mass='1' "
    "solref='-20000 -1'/></body>"
    "</worldbody></mujoco>";

static void test_a_peak_between_two_samples_is_not_missed(void** state)
{
    (void)state;
    Rig r = rig_make(k_bounce, 1, 1); // one sample a second
    int peak = rig_measure(&r, "peak", "peak_force", "ball", "wall");
    int now = rig_measure(&r, "now", "contact_force", "ball", "wall");
    r.d->qvel[0] = 2;
    rig_start(&r);
    double most = 0;
    for (int k = 0; k < 500; k++) {
        // what the joint feels while the ball is in the wall
        rig_finish_step(&r);
        most = fmax(most, fabs(r.d->qfrc_constraint[0]) * (r.d->qpos[0] > 0));
        rig_sense(&r);
    }
    assert_true(most > 100);
    near(rig_latest(&r, peak)[0], most, 1e-9);
    near(rig_latest(&r, now)[0], 0, 0);
    assert_int_equal(r.ticks, 2);
    rig_free(&r);
}

static void test_collisions_are_counted(void** state)
{
    (void)state;
    Rig r = rig_make(k_bounce, 1, 100);
    int all = rig_measure(&r, "all", "collisions", "ball", "");
    int wall = rig_measure(&r, "wall", "collisions", "ball", "wall");
    DdMeasureDef def = measure_def("hard", "collisions", "ball", "");
    def.threshold = 1e6;
    DdError err = {0};
    int hard = dd_sense_add_measure(r.s, &def, &err);
    def = measure_def("but", "collisions", "ball", "");
    rig_names(&def.exclude, 1, "wall");
    int but = dd_sense_add_measure(r.s, &def, &err);
    assert_true(hard >= 0 && but >= 0);
    r.d->qvel[0] = 2;
    rig_start(&r);
    int sides = 0, last = 0;
    for (int k = 0; k < 1500; k++) {
        rig_run(&r, 1);
        int side = r.d->ncon == 0 ? 0 : r.d->qpos[0] > 0 ? 1 : -1;
        sides += side != 0 && side != last;
        last = side ? side : last;
    }
    assert_true(sides >= 4);
    near(rig_latest(&r, all)[0], sides, 0);
    near(rig_latest(&r, wall)[0], (sides + 1) / 2, 0);
    near(rig_latest(&r, but)[0], sides / 2, 0);
    near(rig_latest(&r, hard)[0], 0, 0);
    rig_free(&r);
}

// a carrier with a load: welded it is its own, let go it is hit
static const char k_load[] =
    "<mujoco><option timestep='0.002'/><worldbody>"
    "<geom type='plane' size='5 5 .1'/>"
    "<body name='agv' pos='0 0 .5'><geom type='box' size='1 1 .1'/></body>"
    "<body name='load' pos='0 0 .7'><freejoint/><geom type='box' size='.1 .1 .1' mass='10'/></body>"
    "</worldbody><equality><weld name='lock' body1='agv' body2='load' "
    "active='%s'/></equality></mujoco>";

static void test_a_held_load_is_no_collision(void** state)
{
    (void)state;
    for (int held = 0; held < 2; held++) {
        char xml[1000];
        snprintf(xml, sizeof xml, k_load, held ? "true" : "false");
        Rig r = rig_make(xml, 1, 100);
        int c = rig_measure(&r, "hits", "collisions", "agv", "");
        int f = rig_measure(&r, "force", "contact_force", "agv", "");
        int peak = rig_measure(&r, "peak", "peak_force", "agv", "");
        int named = rig_measure(&r, "named", "contact_force", "agv", "load");
        int gap = rig_measure(&r, "gap", "clearance", "agv", "");
        rig_start(&r);
        rig_run(&r, 500);
        near(rig_latest(&r, c)[0], held ? 0 : 1, 0);
        near(rig_latest(&r, f)[0], held ? 0 : 98.1, 0.1);
        near(rig_latest(&r, peak)[0], held ? 0 : 98.1, 0.1);
        near(rig_latest(&r, gap)[0], held ? 10 : 0, 0.01);
        assert_true(rig_latest(&r, named)[0] > 0); // whoever names it wants to know
        // let go in mid-run it counts from then on
        r.d->eq_active[0] = 0;
        rig_run(&r, 500);
        near(rig_latest(&r, c)[0], 1, 0);
        near(rig_latest(&r, f)[0], 98.1, 0.1);
        rig_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_wrench_of_a_hanging_mass),
        cmocka_unit_test(test_a_resting_box_weighs_what_it_weighs),
        cmocka_unit_test(test_a_peak_between_two_samples_is_not_missed),
        cmocka_unit_test(test_collisions_are_counted),
        cmocka_unit_test(test_a_held_load_is_no_collision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
