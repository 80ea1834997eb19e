// Things: dimensions, masses and placement.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/world/parts.h"
#include "sim/world/place.h"
#include "sim/world/things.h"
#include "sim/world/world.h"

static DdError t_err;

static DdCompose* create(void)
{
    DdWorldDef def = dd_world_def();
    DdCompose* c = dd_compose_create(&def, NULL, &t_err);

    assert_non_null(c);
    return c;
}

static bool try_add(DdCompose* c, const char* kind_name, const char* fields)
{
    _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
    const DdThingKind* kind = dd_thing_kind(kind_name);
    json_t* j = json_loads(fields, 0, NULL);

    assert_non_null(kind);
    assert_non_null(j);
    kind->init(def);
    bool ok = dd_fields_read_json(kind->fields, def, j, kind_name, DD_ERROR_SCRIPT, &t_err) &&
              dd_compose_add(c, kind, def, &t_err);
    json_decref(j);
    return ok;
}

static void add(DdCompose* c, const char* kind_name, const char* fields)
{
    if (!try_add(c, kind_name, fields)) {
        fail_msg("%s", t_err.text);
    }
}

static DdWorld* compile(DdCompose* c)
{
    DdWorld* w = dd_compose_compile(c, &t_err);

    if (!w) {
        fail_msg("%s", t_err.text);
    }
    assert_true(dd_world_forward(w, &t_err));
    return w;
}

// placement relies on it: every geom lies within the bounds its kind declares
static void test_bounds(void** state)
{
    int n;
    const DdThingKind* const* kinds = dd_thing_kinds(&n);

    (void)state;
    for (int i = 0; i < n; i++) {
        DdCompose* c = create();
        char fields[256];
        const char* more = strcmp(kinds[i]->name, "wall") == 0    ? "\"from\":[1,2],\"to\":[3,3]"
                           : strcmp(kinds[i]->name, "actor") == 0 ? "\"path\":[[1,2,0],[3,4,0]]"
                           : kinds[i]->posed                      ? "\"pos\":[1,2,0],\"yaw\":0.3"
                                                                  : "\"fog\":100";
        snprintf(fields, sizeof fields, "{\"name\":\"it\",%s}", more);
        add(c, kinds[i]->name, fields);
        DdPose box;
        double half[3];
        assert_true(dd_compose_bounds(c, "it", &box, half));
        DdWorld* w = compile(c);
        for (int g = 0; g < dd_world_model(w)->ngeom; g++) {
            for (int k = 0; k < 6; k++) {
                double e[3] = {0}, dir[3], reach;
                e[k / 2] = k % 2 ? -1 : 1;
                dd_quat_rotate(dir, box.quat, e);
                bool below = k == 5; // a ramp's slab goes on below the floor
                if (!below && dd_geom_reach(dd_world_model(w), dd_world_data(w), g, dir, &reach) &&
                    reach - dd_dot3(dir, box.pos) > half[k / 2] + 0.03) {
                    fail_msg("%s: '%s' reaches %g m beyond its bounds (axis %d)", kinds[i]->name,
                             dd_world_geom_name(w, g), reach - dd_dot3(dir, box.pos) - half[k / 2],
                             k);
                }
            }
        }
        dd_world_destroy(w);
        dd_compose_destroy(c);
    }
}

static void test_container(void** state)
{
    DdCompose* c = create();

    (void)state;
    add(c, "container", "{\"name\":\"e\",\"length_ft\":40}");
    add(c, "container", "{\"name\":\"f\",\"length_ft\":40,\"mass\":28000,\"pos\":[0,5,0]}");
    add(c, "container",
        "{\"name\":\"o\",\"length_ft\":40,\"mass\":28000,\"pos\":[0,9,0],"
        "\"cargo\":[0.6,0,0]}");
    DdWorld* w = compile(c);
    const mjModel* m = dd_world_model(w);
    int e = dd_world_body(w, "e"), f = dd_world_body(w, "f"), o = dd_world_body(w, "o");
    assert_float_equal(m->body_mass[e], 3750, 1e-6);
    assert_float_equal(m->body_mass[f], 28000, 1e-6);
    // the uniform thin shell of a 40' box: 7.5e3, 5.9e4, 5.9e4 kg m^2
    assert_float_equal(m->body_inertia[3 * e], 7.5e3, 0.2e3);
    assert_float_equal(m->body_inertia[3 * e + 1], 5.9e4, 0.15e4);
    assert_float_equal(m->body_inertia[3 * e + 2], 5.9e4, 0.15e4);
    // loaded: near the solid box's 3.0e4, 3.6e5, 3.6e5; centre of mass between 0.35 and 0.5 H
    assert_float_equal(m->body_inertia[3 * f + 2], 3.6e5, 0.4e5);
    assert_true(m->body_ipos[3 * f + 2] > 0.35 * 2.591 && m->body_ipos[3 * f + 2] < 0.55 * 2.591);
    assert_float_equal(m->body_ipos[3 * o], 0.6 * 24250 / 28000, 1e-6);
    DdPose ne;
    assert_true(dd_world_pose(w, "e/casting_ne", &ne));
    assert_float_equal(ne.pos[0], 11.985 / 2, 1e-9);
    assert_float_equal(ne.pos[1], 2.259 / 2, 1e-9);
    int hull = mj_name2id(m, mjOBJ_GEOM, "e/hull");
    assert_false(dd_world_geom_visual(w, hull));
    assert_int_equal(dd_world_thing_geoms(w, dd_world_thing_find(w, "e"), NULL, 0), 1);
    dd_world_destroy(w);
    assert_false(try_add(c, "container", "{\"length_ft\":30}"));
    assert_non_null(strstr(t_err.text, "20, 40 or 45"));
    assert_false(try_add(c, "container", "{\"mass\":100}"));
    assert_non_null(strstr(t_err.text, "tare of 3750 kg"));
    dd_compose_destroy(c);
}

// a ray through the pocket meets nothing, one beside it a block
static void test_pallet_pockets(void** state)
{
    DdCompose* c = create();
    const double along[3] = {1, 0, 0};
    const double pocket[3] = {-2, 0.18625, 0.06}, block[3] = {-2, 0.35, 0.06};
    int geom;

    (void)state;
    add(c, "pallet", "{\"name\":\"p\"}");
    DdWorld* w = compile(c);
    const mjModel* m = dd_world_model(w);
    assert_float_equal(m->body_mass[dd_world_body(w, "p")], 25, 1e-9);
    mjtNum normal[3];
    assert_float_equal(mj_ray(m, dd_world_data(w), pocket, along, NULL, 1, -1, &geom, normal), -1,
                       0);
    assert_float_equal(mj_ray(m, dd_world_data(w), block, along, NULL, 1, -1, &geom, normal), 1.4,
                       1e-6);
    dd_world_destroy(w);
    dd_compose_destroy(c);
}

static void test_on(void** state)
{
    DdCompose* c = create();
    DdPose pose;

    (void)state;
    add(c, "ground", "{}");
    add(c, "shelf", "{\"name\":\"rack\",\"pos\":[3,0,0],\"yaw\":1.5}");
    add(c, "tote", "{\"name\":\"t\",\"on\":\"rack/level2\",\"pos\":[0.3,0,0],\"free\":true}");
    add(c, "body", "{\"name\":\"b\",\"on\":\"t/inside\",\"shape\":\"sphere\"}");
    assert_true(dd_compose_pose(c, "rack/level2", &pose));
    double level = pose.pos[2];
    assert_float_equal(level, 0.15 + 2.85 / 2, 1e-9);
    assert_true(dd_compose_pose(c, "t", &pose));
    assert_float_equal(pose.pos[2], level, 1e-9); // a tote's origin is its underside
    assert_float_equal(pose.pos[0], 3 + 0.3 * cos(1.5), 1e-9);
    assert_true(dd_compose_pose(c, "b", &pose));
    assert_float_equal(pose.pos[2], level + 0.115 + 0.03, 1e-9);
    // on a thing, and on the frame of its upper face: upright either way
    add(c, "box", "{\"name\":\"plinth\",\"pos\":[8,0,0.5],\"size\":[1,1,1],\"yaw\":0.7}");
    add(c, "box", "{\"name\":\"low\",\"on\":\"plinth\",\"size\":[0.2,0.2,0.4]}");
    add(c, "box", "{\"name\":\"high\",\"on\":\"low/top\",\"yaw\":0.1,\"size\":[0.2,0.2,0.4]}");
    assert_true(dd_compose_pose(c, "low", &pose));
    assert_float_equal(pose.pos[2], 1.2, 1e-9);
    assert_true(dd_compose_pose(c, "high", &pose));
    assert_float_equal(pose.pos[2], 1.6, 1e-9);
    assert_float_equal(dd_pose_yaw(&pose), 0.8, 1e-9);
    DdWorld* w = compile(c);
    for (int i = 0; i < 500; i++) {
        assert_true(dd_world_step1(w, &t_err) && dd_world_step2(w, &t_err));
    }
    assert_true(dd_world_pose(w, "t", &pose));
    assert_float_equal(pose.pos[2], level, 0.003);
    dd_world_destroy(w);
    dd_compose_destroy(c);
}

static void test_latch_needs_frame(void** state)
{
    DdCompose* c = create();

    (void)state;
    add(c, "container", "{\"latch\":\"agv/deck\"}");
    assert_null(dd_compose_compile(c, &t_err));
    assert_non_null(strstr(t_err.text, "container 'container1': latch = 'agv/deck'"));
    dd_compose_destroy(c);
}

static bool overlap(DdCompose* c, const char* a, const char* b)
{
    DdPose pa, pb;
    double ha[3], hb[3];

    assert_true(dd_compose_bounds(c, a, &pa, ha));
    assert_true(dd_compose_bounds(c, b, &pb, hb));
    // corners and centre of either in the other
    for (int side = 0; side < 2; side++) {
        DdPose rel = side ? dd_pose_mul(dd_pose_inv(pa), pb) : dd_pose_mul(dd_pose_inv(pb), pa);
        const double* mine = side ? hb : ha;
        const double* other = side ? ha : hb;
        for (int k = 0; k < 81; k++) {
            double p[3] = {mine[0] * (k % 9 - 4) / 4, mine[1] * (k / 9 - 4) / 4, 0}, q[3];
            dd_pose_apply(&rel, p, q);
            if (fabs(q[0]) < other[0] && fabs(q[1]) < other[1] && fabs(q[2]) < other[2]) {
                return true;
            }
        }
    }
    return false;
}

static void test_place(void** state)
{
    DdStream stream = dd_stream(7, "test", "place");
    DdCompose* c = create();

    (void)state;
    add(c, "ground", "{}");
    add(c, "box", "{\"name\":\"wall\",\"size\":[4,0.2,1],\"pos\":[0,0,0.5],\"yaw\":0.4}");
    add(c, "region", "{\"name\":\"zone\",\"size\":[4,4]}");
    for (int i = 0; i < 15; i++) {
        DdPlaceDef def = dd_place_def();
        DdPose pose;
        char fields[256], name[32];
        def.region = dd_pose_make(0, 0, 0, 0.3);
        def.region_half[0] = def.region_half[1] = 2;
        def.half[0] = 0.3;
        def.z = def.half[2];
        snprintf(name, sizeof name, "b%d", i);
        if (!dd_place(c, &def, name, &stream, &pose, &t_err)) {
            fail_msg("%s", t_err.text);
        }
        snprintf(
            fields, sizeof fields,
            "{\"name\":\"%s\",\"size\":[0.6,0.4,0.4],\"pos\":[%.17g,%.17g,%.17g],\"yaw\":%.17g}",
            name, pose.pos[0], pose.pos[1], pose.pos[2], dd_pose_yaw(&pose));
        add(c, "box", fields);
        for (int k = 1; k < dd_compose_count(c) - 1; k++) {
            const char* other = dd_compose_name(c, k);
            if (strcmp(other, "zone") != 0 && overlap(c, name, other)) {
                fail_msg("'%s' overlaps '%s'", name, other);
            }
        }
    }
    dd_compose_destroy(c);
}

static void test_place_constraints(void** state)
{
    DdStream stream = dd_stream(7, "test", "place");
    DdCompose* c = create();
    DdPlaceDef def = dd_place_def();
    DdPose pose;

    (void)state;
    add(c, "frame", "{\"name\":\"eye\",\"pos\":[-5,0,0.5]}");
    add(c, "box", "{\"name\":\"screen\",\"size\":[0.1,2,2],\"pos\":[-2,0,1]}");
    def.region_half[0] = 0.5;
    def.region_half[1] = 4;
    def.clear_m = 0.1;
    snprintf(def.visible_from, sizeof def.visible_from, "eye");
    snprintf(def.facing, sizeof def.facing, "screen");
    for (int i = 0; i < 50; i++) {
        if (!dd_place(c, &def, "it", &stream, &pose, &t_err)) {
            fail_msg("%s", t_err.text);
        }
        assert_true(fabs(pose.pos[1]) > 1.2); // beside the screen's shadow
        double want = atan2(-pose.pos[1], -2 - pose.pos[0]);
        assert_true(fabs(dd_wrap_angle(dd_pose_yaw(&pose) - want)) <= 0.1 + 1e-9);
    }
    def.region_half[1] = 0.5;
    assert_false(dd_place(c, &def, "it", &stream, &pose, &t_err));
    assert_non_null(strstr(t_err.text, "visible from 'eye' rejected 400"));
    def = dd_place_def();
    add(c, "box", "{\"name\":\"block\",\"size\":[3,3,1],\"pos\":[0,0,0.5]}");
    assert_false(dd_place(c, &def, "it", &stream, &pose, &t_err));
    assert_non_null(strstr(t_err.text, "clear of 'block' rejected 400"));
    // a region is kept free when it is named, and hides nothing
    add(c, "region", "{\"name\":\"lane\",\"size\":[3,3],\"pos\":[20,0,0]}");
    def.region = dd_pose_make(20, 0, 0, 0);
    assert_true(dd_place(c, &def, "it", &stream, &pose, &t_err));
    snprintf(def.clear_of.v[0], DD_NAME_MAX, "lane");
    def.clear_of.n = 1;
    assert_false(dd_place(c, &def, "it", &stream, &pose, &t_err));
    assert_non_null(strstr(t_err.text, "clear of 'lane' rejected"));
    def.region = dd_pose_make(30, 0, 0, 0);
    add(c, "frame", "{\"name\":\"tower\",\"pos\":[10,0,0.5]}");
    snprintf(def.visible_from, sizeof def.visible_from, "tower");
    assert_true(dd_place(c, &def, "it", &stream, &pose, &t_err));
    def.visible_from[0] = '\0';
    snprintf(def.clear_of.v[0], DD_NAME_MAX, "nobody");
    def.clear_of.n = 1;
    assert_false(dd_place(c, &def, "it", &stream, &pose, &t_err));
    assert_non_null(strstr(t_err.text, "no thing 'nobody'"));
    dd_compose_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_container),
        cmocka_unit_test(test_pallet_pockets),
        cmocka_unit_test(test_on),
        cmocka_unit_test(test_latch_needs_frame),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_place_constraints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
