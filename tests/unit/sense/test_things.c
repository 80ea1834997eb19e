// Senses in a composed world: what counts as floor, regions, actors, a robot's own parts.
#include <jansson.h>

#include "sim/world/stage.h"
#include "tests/unit/sense/rig.h"

static const char k_ops[] =
    "[{'op':'world'},{'op':'ground','name':'floor'},"
    "{'op':'ramp','name':'ramp','pos':[10,0,0],'length':4,'height':0.2,'friction':2},"
    "{'op':'region','name':'bay','pos':[0,5,0],'size':[2,1]},"
    "{'op':'box','name':'kerb','pos':[0,1.2,0.25],'size':[1,0.4,0.5],'free':false},"
    "{'op':'body','name':'cart','pos':[0,0,0.2],'size':[0.8,0.4,0.4],'mass':40,'friction':2},"
    "{'op':'body','name':'crate','pos':[10,0,0.45],'size':[0.4,0.4,0.4],'mass':10,'friction':2},"
    "{'op':'actor','name':'truck','model':'truck','path':[[0,-6,0],[40,-6,0]],'speed':3,'accel':2,'"
    "go':true}]";

static Rig composed(const char* quoted, double measure_hz)
{
    char text[4000];
    snprintf(text, sizeof text, "%s", quoted);
    for (char* c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    DdError err = {0};
    json_t* ops = json_loads(text, 0, NULL);
    assert_non_null(ops);
    DdFiles* files = dd_files_create();
    DdCompose* c = dd_compose_from_ops(ops, files, &err);
    if (!c) {
        fail_msg("%s", err.text);
    }
    Rig r = {.w = dd_compose_compile(c, &err)};
    if (!r.w) {
        fail_msg("%s", err.text);
    }
    dd_compose_destroy(c);
    dd_files_destroy(files);
    json_decref(ops);
    r.m = dd_world_model(r.w);
    r.d = dd_world_data(r.w);
    r.ch = dd_channels_create(dd_world_physics_hz(r.w));
    r.s = dd_sense_create(r.w, r.ch, 1, "test", measure_hz, &err);
    assert_non_null(r.s);
    return r;
}

static void run_staged(Rig* r, int steps)
{
    for (int i = 0; i < steps; i++) {
        rig_finish_step(r);
        dd_stage_step(r->w);
        rig_sense(r);
    }
}

static void test_floors_ramps_and_regions_are_no_obstacles(void** state)
{
    (void)state;
    Rig r = composed(k_ops, 50);
    int hits = rig_measure(&r, "hits", "collisions", "cart", "");
    int force = rig_measure(&r, "force", "contact_force", "cart", "");
    int uphill = rig_measure(&r, "uphill", "collisions", "crate", "");
    int weight = rig_measure(&r, "weight", "contact_force", "crate", "ramp");
    int gap = rig_measure(&r, "gap", "clearance", "cart", "");
    int kerb = rig_measure(&r, "kerb", "clearance", "cart", "kerb");
    int inside = rig_measure(&r, "inside", "inside", "cart", "bay");
    int lane = rig_measure(&r, "lane", "distance", "cart", "bay/center");
    rig_start(&r);
    near(rig_latest(&r, gap)[0], 1.0 - 0.2, 1e-5);
    near(rig_latest(&r, inside)[0], -4.5, 1e-9);
    near(rig_latest(&r, lane)[0], hypot(5, 0.2), 1e-9);
    run_staged(&r, 1000);
    near(rig_latest(&r, hits)[0], 0, 0);
    near(rig_latest(&r, force)[0], 0, 0);
    near(rig_latest(&r, uphill)[0], 0, 0);
    double slope = atan2(0.2, 4);
    near(rig_latest(&r, weight)[0], 98.1 * cos(slope), 0.5);
    near(rig_latest(&r, kerb)[0], 0.8, 1e-3);
    near(rig_latest(&r, inside)[0], -4.5, 1e-3);
    rig_free(&r);
}

static void test_an_actor_has_speed_and_hits_count(void** state)
{
    (void)state;
    Rig r = composed(k_ops, 50);
    int speed = rig_measure(&r, "speed", "speed", "truck", "");
    int path = rig_measure(&r, "path", "path_length", "truck/front", "");
    int away = rig_measure(&r, "away", "displacement", "truck", "");
    int hits = rig_measure(&r, "hits", "collisions", "cart", "");
    int peak = rig_measure(&r, "peak", "peak_force", "cart", "kerb");
    rig_start(&r);
    near(rig_latest(&r, speed)[0], 0, 0);
    // the cart slides into the kerb
    int cart = dd_world_body(r.w, "cart");
    r.d->qvel[r.m->body_dofadr[cart] + 1] = 8;
    double most = 0;
    for (int k = 0; k < 100; k++) {
        run_staged(&r, 20);
        most = fmax(most, rig_latest(&r, peak)[0]);
    }
    near(rig_latest(&r, speed)[0], 3, 1e-6);
    // 1.5 s to get there, then steady
    near(rig_latest(&r, path)[0], 3 * 4 - 2.25, 0.02);
    near(rig_latest(&r, away)[0], rig_latest(&r, path)[0], 1e-6);
    near(rig_latest(&r, hits)[0], 1, 0);
    assert_true(most > 100);
    rig_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floors_ramps_and_regions_are_no_obstacles),
        cmocka_unit_test(test_an_actor_has_speed_and_hits_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
