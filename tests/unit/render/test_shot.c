// Shot: depths and geoms' numbers against ray casting, where points come to lie, equal pictures.
#include <pthread.h>

#include "tests/unit/render/scene.h"

enum { k_width = 320, k_height = 240, k_pixels = k_width * k_height };

typedef struct Picture {
    unsigned char rgb[3 * k_pixels];
    float depth[k_pixels];
    int geom[k_pixels];
} Picture;

static DdShot shot_of(Picture* p)
{
    return (DdShot){p->rgb, p->depth, p->geom};
}

// What a ray through a place of the picture hits first of the visual geoms; its depth along the
// axis.
static int cast(DdWorld* w, const DdEye* eye, double u, double v, double* depth)
{
    double ray[3] = {(u - eye->cx) / eye->fx, (v - eye->cy) / eye->fy, 1}, dir[3];
    double from[3] = {eye->pose.pos[0], eye->pose.pos[1], eye->pose.pos[2]};
    double length = dd_norm3(ray), gone = 0;
    int geom;

    for (int i = 0; i < 3; i++) {
        ray[i] /= length;
    }
    dd_quat_rotate(dir, eye->pose.quat, ray);
    for (;;) {
        double hit =
            mj_ray(dd_world_model(w), dd_world_data(w), from, dir, NULL, 1, -1, &geom, NULL);
        if (hit < 0) {
            *depth = INFINITY;
            return -1;
        }
        gone += hit;
        if (dd_world_geom_visual(w, geom)) {
            *depth = gone / length;
            return geom;
        }
        // through what is not shown
        for (int i = 0; i < 3; i++) {
            from[i] += (hit + 1e-9) * dir[i];
        }
        gone += 1e-9;
    }
}

static bool is_round(DdWorld* w, int geom)
{
    int type = geom < 0 ? mjGEOM_BOX : dd_world_model(w)->geom_type[geom];

    return type == mjGEOM_SPHERE || type == mjGEOM_CYLINDER || type == mjGEOM_CAPSULE ||
           type == mjGEOM_ELLIPSOID;
}

// Do rays around a place, `away` pixels off, hit all the same? `round`: does one hit a round thing?
static bool same_around(DdWorld* w, const DdEye* eye, int u, int v, double away, int geom,
                        bool* round)
{
    bool same = true;

    for (int k = 0; k < 8; k++) {
        double depth, angle = k * DD_PI / 4;
        int g = cast(w, eye, u + away * cos(angle), v + away * sin(angle), &depth);
        same = same && g == geom;
        *round |= is_round(w, g);
    }
    return same;
}

typedef struct Tally {
    int cast, wrong, edge;
    double flat, round; // largest relative error of depth
} Tally;

// Round things are drawn with flat faces: their outlines lie up to half a percent of the radius
// inside the true ones, here at most two pixels.
static void compare(DdWorld* w, const DdEye* eye, const Picture* p, int every, Tally* t)
{
    for (int i = 0; i < k_pixels; i += every) {
        int u = i % k_width, v = i / k_width;
        double depth;
        bool round = false, far_round = false;
        int geom = cast(w, eye, u, v, &depth);
        t->cast++;
        bool clear = same_around(w, eye, u, v, 0.02, geom, &round);
        bool far_clear = same_around(w, eye, u, v, 2, geom, &far_round);
        if (p->geom[i] != geom) {
            bool edge = !clear || (!far_clear && far_round);
            t->edge += edge;
            t->wrong += !edge;
            if (!edge && t->wrong < 5) {
                print_message("pixel %d %d: drawn %d, cast %d\n", u, v, p->geom[i], geom);
            }
            continue;
        }
        if (geom < 0) {
            t->wrong += !isinf(p->depth[i]);
            continue;
        }
        double error = fabs(p->depth[i] - depth) / depth;
        if (!is_round(w, geom)) {
            t->flat = error > t->flat ? error : t->flat;
        } else if (far_clear) {
            t->round = error > t->round ? error : t->round;
        }
    }
}

static void test_depth_and_ids_agree_with_rays(void** state)
{
    (void)state;
    static Picture p;
    DdWorld* w = scene_world("shapes");
    DdRender* r = scene_render(w);
    Tally t = {0};

    for (int k = 0; k < 12; k++) {
        DdEye eye = scene_eye(k_width, k_height, -1 + 0.3 * k, 0.4 * k - 2, 0.6 + 0.15 * k,
                              0.25 - 0.05 * k, 0.02 * k);
        // off-centre, and not the same scale both ways
        eye.cx += 11.3 * k;
        eye.cy -= 7.7 * k;
        eye.fy *= 1 + 0.03 * k;
        scene_shot(r, w, &eye, shot_of(&p));
        compare(w, &eye, &p, 23, &t);
    }
    print_message(
        "%d rays: %d wrong geoms, %d on edges; largest relative error of depth %.2g (flat "
        "faces), %.2g (round)\n",
        t.cast, t.wrong, t.edge, t.flat, t.round);
    assert_int_equal(t.wrong, 0);
    assert_in_range(t.edge, 0, t.cast / 100);
    assert_true(t.flat < 1e-5);
    assert_true(t.round < 0.02);
    dd_render_release(r);
    dd_world_destroy(w);
}

// The same far away from the origin, and with a model whose own measures are of no use.
static void test_depth_does_not_depend_on_the_size_of_the_world(void** state)
{
    (void)state;
    static Picture p;
    for (int k = 0; k < 2; k++) {
        DdWorld* w = scene_world("shapes");
        mjModel* m = dd_world_model(w);
        Tally t = {0};
        m->stat.extent = k == 0 ? 1e-3 : 1e5;
        for (int b = 1; b < m->nbody; b++) {
            dd_world_data(w)->qpos[7 * (b - 1)] += 5000;
        }
        DdError err = {0};
        need(dd_world_forward(w, &err), &err);
        DdRender* r = scene_render(w);
        DdEye eye = scene_eye(k_width, k_height, 4999, 0, 1, 0, 0);
        scene_shot(r, w, &eye, shot_of(&p));
        compare(w, &eye, &p, 23, &t);
        print_message("extent %g m: %d rays, error %.2g\n", m->stat.extent, t.cast, t.flat);
        assert_int_equal(t.wrong, 0);
        assert_true(t.flat > 0 && t.flat < 2e-6);
        dd_render_release(r);
        dd_world_destroy(w);
    }
}

static DdWorld* one_box(double x, double y, double z, double half, const char* more)
{
    char xml[1024], text[512] = "";
    DdError err = {0};

    need(dd_world_init(&err), &err);
    snprintf(xml, sizeof xml,
             "<mujoco><option timestep='0.002'/><worldbody>"
             "<geom type='box' pos='%.9g %.9g %.9g' size='%g %g %g' rgba='1 1 1 1'/>%s"
             "</worldbody></mujoco>",
             x, y, z, half, half, half, more);
    mjSpec* spec = mj_parseXMLString(xml, NULL, text, sizeof text);
    assert_non_null(spec);
    mjModel* m = mj_compile(spec, NULL);
    assert_non_null(m);
    mj_deleteSpec(spec);
    DdWorld* w = dd_world_wrap(m, &err);
    need(w != NULL, &err);
    need(dd_world_step1(w, &err), &err);
    return w;
}

// What is far is as exact as what is near, also along a floor that begins at one's feet.
static void test_depth_far_away(void** state)
{
    (void)state;
    static Picture p;
    DdWorld* w = one_box(800, 0, 20, 20, "<geom type='plane' size='0 0 1'/>");
    DdRender* r = scene_render(w);
    DdEye eye = scene_eye(k_width, k_height, 0, 0, 1.5, 0, 0);
    Tally t = {0};

    scene_shot(r, w, &eye, shot_of(&p));
    compare(w, &eye, &p, 7, &t);
    print_message("%d rays, up to 820 m: error %.2g\n", t.cast, t.flat);
    assert_int_equal(t.wrong, 0);
    assert_true(t.flat < 3e-5);
    dd_render_release(r);
    dd_world_destroy(w);
}

// A small box alone: its pixels' middle is where the intrinsics put its middle.
static void test_points_lie_where_the_intrinsics_say(void** state)
{
    (void)state;
    static Picture p;
    static const double k_places[][2] = {{60, 50}, {250.5, 30}, {160, 200.25}, {300, 225}};
    for (int k = 0; k < 4; k++) {
        DdEye eye = scene_eye(k_width, k_height, 0, 0, 0, 0, 0);
        eye.fx = 400;
        eye.fy = 300;
        eye.cx = 140 + 9 * k;
        eye.cy = 101.5 - 20 * k;
        double z = 10, x = z * (k_places[k][0] - eye.cx) / eye.fx;
        double y = z * (k_places[k][1] - eye.cy) / eye.fy;
        // optical axes to the world's: forward +x, right -y, down -z
        DdWorld* w = one_box(z, -x, -y, 0.08, "");
        DdRender* r = scene_render(w);
        double u = 0, v = 0;
        int n = 0;
        scene_shot(r, w, &eye, shot_of(&p));
        for (int i = 0; i < k_pixels; i++) {
            if (p.geom[i] >= 0) {
                u += i % k_width;
                v += i / k_width;
                n++;
            }
        }
        assert_true(n > 10);
        assert_true(fabs(u / n - k_places[k][0]) < 0.6);
        assert_true(fabs(v / n - k_places[k][1]) < 0.6);
        dd_render_release(r);
        dd_world_destroy(w);
    }
}

// Edges of a wall that fall between two pixels, to a hundredth of one.
static void test_edges_lie_between_the_right_pixels(void** state)
{
    (void)state;
    static Picture p;
    for (int k = 0; k < 2; k++) {
        DdEye eye = scene_eye(k_width, k_height, 0, 0, 0, 0, 0);
        // the box's left side at column 99.5 and a little
        double at = 99.5 + (k ? 0.01 : -0.01);
        double z = 5, half = 1, x = z * (at - eye.cx) / eye.fx;
        DdWorld* w = one_box(z + half, -(x + half), 0, half, "");
        DdRender* r = scene_render(w);
        scene_shot(r, w, &eye, shot_of(&p));
        const int* row = p.geom + (k_height / 2) * k_width;
        assert_int_equal(row[98], -1);
        assert_int_equal(row[99], -1);
        assert_int_equal(row[100], 0);
        dd_render_release(r);
        dd_world_destroy(w);
    }
}

static void test_equal_shots_are_equal_bytes(void** state)
{
    (void)state;
    static Picture a, b;
    DdWorld* w = scene_world("shapes");
    DdRender* r = scene_render(w);
    DdEye eye = scene_eye(k_width, k_height, -1, 0, 1, 0, 0.1);
    DdEye other = scene_eye(64, 48, 0, 0, 2, 1, 0.5), large = scene_eye(800, 600, 0, 0, 2, 1, 0.5);
    static unsigned char rgb[3 * 800 * 600];
    DdRenderLook look = dd_render_look();
    DdWeather night = dd_weather_def();
    DdError err = {0};

    memset(&a, 1, sizeof a);
    memset(&b, 2, sizeof b);
    scene_shot(r, w, &eye, shot_of(&a));
    // pictures between, of other sizes, shadows and times, leave no trace
    scene_shot(r, w, &other, (DdShot){.rgb = rgb});
    scene_shot(r, w, &large, (DdShot){.rgb = rgb});
    look.shadows = true;
    night.hour = 23;
    need(dd_render_shot(r, w, &other, &look, &night, 0, &(DdShot){.rgb = rgb}, &err), &err);
    scene_shot(r, w, &eye, shot_of(&b));
    assert_memory_equal(&a, &b, sizeof a);
    // one thing at a time, too
    memset(&b, 3, sizeof b);
    scene_shot(r, w, &eye, (DdShot){.geom = b.geom});
    scene_shot(r, w, &eye, (DdShot){.depth = b.depth});
    scene_shot(r, w, &eye, (DdShot){.rgb = b.rgb});
    assert_memory_equal(&a, &b, sizeof a);
    memset(b.depth, 3, sizeof b.depth);
    scene_shot(r, w, &eye, (DdShot){.depth = b.depth, .geom = b.geom});
    assert_memory_equal(&a, &b, sizeof a);
    dd_render_release(r);
    dd_world_destroy(w);
}

static void* draw_apart(void* arg)
{
    Picture* p = arg;
    DdWorld* w = scene_world("shapes");
    DdRender* r = scene_render(w);
    DdEye eye = scene_eye(k_width, k_height, -1, 0, 1, 0, 0.1);

    for (int i = 0; i < 20; i++) {
        scene_shot(r, w, &eye, shot_of(p));
    }
    dd_render_release(r);
    dd_world_destroy(w);
    dd_render_clear_cache();
    return NULL;
}

static void test_threads_draw_the_same(void** state)
{
    (void)state;
    static Picture p[2], here;
    pthread_t thread[2];

    draw_apart(&here);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, draw_apart, &p[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(thread[i], NULL);
    }
    assert_memory_equal(&p[0], &p[1], sizeof p[0]);
    assert_memory_equal(&p[0], &here, sizeof here);
}

static bool not_the_wall(void* user, int geom)
{
    return geom != *(int*)user;
}

static void test_only_what_is_to_be_shown(void** state)
{
    (void)state;
    static Picture p;
    DdWorld* w = scene_world("shapes");
    DdRender* r = scene_render(w);
    DdEye eye = scene_eye(k_width, k_height, -1, 0, 1, 0, 0);
    int wall = mj_name2id(dd_world_model(w), mjOBJ_GEOM, "wall");
    int hull = mj_name2id(dd_world_model(w), mjOBJ_GEOM, "arm_hull");
    int skin = mj_name2id(dd_world_model(w), mjOBJ_GEOM, "arm_skin"), n[3] = {0};
    DdRenderLook look = dd_render_look();
    DdWeather weather = dd_weather_def();
    DdShot shot = shot_of(&p);
    DdError err = {0};

    for (int with = 0; with < 2; with++) {
        look.show = with ? NULL : not_the_wall;
        look.user = &wall;
        need(dd_render_shot(r, w, &eye, &look, &weather, 0, &shot, &err), &err);
        for (int i = 0; i < k_pixels; i++) {
            assert_int_not_equal(p.geom[i], hull); // a collision shape under a visual one
            n[with] += p.geom[i] == wall;
            n[2] += p.geom[i] == skin;
        }
    }
    assert_int_equal(n[0], 0);
    assert_true(n[1] > 1000);
    assert_true(n[2] > 100);
    dd_render_release(r);
    dd_world_destroy(w);
}

static double brightness(const Picture* p)
{
    double sum = 0;

    for (int i = 0; i < 3 * k_pixels; i++) {
        sum += p->rgb[i];
    }
    return sum / (3 * k_pixels);
}

// Day, dusk, night, floodlights, a wet floor, the sky.
static void test_weather_is_seen(void** state)
{
    (void)state;
    static Picture p;
    DdWorld* w = one_box(6, 0, 0.5, 0.5,
                         "<geom type='plane' size='0 0 1' rgba='.6 .6 .6 1'/>"
                         "<light type='spot' pos='6 2 6' dir='0 -0.3 -1' cutoff='60'/>");
    DdRender* r = scene_render(w);
    DdEye eye = scene_eye(k_width, k_height, 0, 0, 2, 0, 0.35);
    DdRenderLook look = dd_render_look();
    DdShot shot = shot_of(&p);
    DdError err = {0};
    enum { NOON, NIGHT, LIT, WET, UPWARDS, OVERCAST, NO_SKY, COUNT };
    double seen[COUNT];

    for (int k = 0; k < COUNT; k++) {
        DdWeather weather = dd_weather_def();
        DdEye e = k >= UPWARDS ? scene_eye(k_width, k_height, 0, 0, 2, 0, -0.8) : eye;
        weather.hour = k == NIGHT || k == LIT ? 0.5 : 12;
        weather.floodlights = k == LIT;
        weather.wetness = k == WET;
        weather.cloud = k == OVERCAST;
        look.sky = k != NO_SKY;
        need(dd_render_shot(r, w, &e, &look, &weather, 0, &shot, &err), &err);
        seen[k] = brightness(&p);
        if (k == UPWARDS) {
            assert_true(p.rgb[2] > p.rgb[0] + 40); // blue
        } else if (k == OVERCAST) {
            assert_true(abs(p.rgb[2] - p.rgb[0]) < 25); // grey
        }
    }
    print_message("brightness: noon %.0f, night %.1f, lit %.1f, wet %.0f, sky %.0f, grey %.0f\n",
                  seen[NOON], seen[NIGHT], seen[LIT], seen[WET], seen[UPWARDS], seen[OVERCAST]);
    assert_true(seen[NOON] > 90 && seen[NOON] < 220);
    assert_true(seen[NIGHT] > 3 && seen[NIGHT] < 40);
    assert_true(seen[LIT] > seen[NIGHT] + 10);
    assert_true(seen[WET] < 0.8 * seen[NOON]);
    assert_true(seen[NO_SKY] == 0);
    dd_render_release(r);
    dd_world_destroy(w);
}

// near and far cut, and nothing behind the eye is drawn
static void test_near_and_far(void** state)
{
    (void)state;
    static Picture p;
    DdWorld* w = one_box(5, 0, 0, 0.5, "<geom type='box' pos='-5 0 0' size='1 1 1'/>");
    DdRender* r = scene_render(w);
    static const struct {
        double near, far;
        bool seen;
    } k_cases[] = {{0, 0, true}, {5.6, 0, false}, {0, 4.4, false}, {1, 4.6, true}, {0, 1e5, true}};
    for (int k = 0; k < 5; k++) {
        DdEye eye = scene_eye(k_width, k_height, 0, 0, 0, 0, 0);
        eye.near = k_cases[k].near;
        eye.far = k_cases[k].far;
        scene_shot(r, w, &eye, shot_of(&p));
        int middle = (k_height / 2) * k_width + k_width / 2;
        assert_int_equal(p.geom[middle], k_cases[k].seen ? 0 : -1);
        if (k_cases[k].seen) {
            assert_true(fabs(p.depth[middle] - 4.5) < 4.5e-5);
        } else {
            assert_true(isinf(p.depth[middle]));
        }
    }
    dd_render_release(r);
    dd_world_destroy(w);
}

// what is transparent colours the picture and is seen through by depths and numbers
static void test_glass(void** state)
{
    (void)state;
    static Picture p, bare;
    DdWorld* w =
        one_box(8, 0, 0, 1, "<geom type='box' pos='3 0 0' size='0.05 1 1' rgba='1 0 0 0.4'/>");
    DdWorld* v = one_box(8, 0, 0, 1, "");
    DdEye eye = scene_eye(k_width, k_height, 0, 0, 0, 0, 0);
    DdRender *r = scene_render(w), *q = scene_render(v);
    int middle = (k_height / 2) * k_width + k_width / 2;

    scene_shot(r, w, &eye, shot_of(&p));
    scene_shot(q, v, &eye, shot_of(&bare));
    assert_int_equal(p.geom[middle], 0);
    assert_true(fabs(p.depth[middle] - 7) < 1e-4);
    assert_true(p.rgb[3 * middle + 1] < bare.rgb[3 * middle + 1] - 30);
    assert_true(p.rgb[3 * middle] > p.rgb[3 * middle + 1] + 30);
    dd_render_release(r);
    dd_render_release(q);
    dd_world_destroy(w);
    dd_world_destroy(v);
}

static void test_model_hash_is_left_alone(void** state)
{
    (void)state;
    static Picture p;
    DdWorld* w = scene_world("shapes");
    DdEye eye = scene_eye(k_width, k_height, -1, 0, 1, 0, 0);
    mjModel before = *dd_world_model(w);
    DdRender* r = scene_render(w);

    scene_shot(r, w, &eye, shot_of(&p));
    assert_memory_equal(&before, dd_world_model(w), sizeof before);
    dd_render_release(r);
    dd_world_destroy(w);
}

// Shaders and OpenGL's fixed functions give the same depths and geoms and nearly the same colours.
static void test_shaders_against_fixed_functions(void** state)
{
    (void)state;
    static Picture a, b;
    static const char* const k_scenes[] = {"shapes", "boxes_300"};
    for (int k = 0; k < 2; k++) {
        DdWorld* w = scene_world(k_scenes[k]);
        DdRender* r = scene_render(w);
        DdEye eye = scene_eye(k_width, k_height, -1, 0, 1.5, 0, 0.15);
        double sum = 0;
        int most = 0;
        scene_shot(r, w, &eye, shot_of(&a));
        dd_render_plain_for_test(r, true);
        scene_shot(r, w, &eye, shot_of(&b));
        dd_render_plain_for_test(r, false);
        for (int i = 0; i < 3 * k_pixels; i++) {
            int off = abs(a.rgb[i] - b.rgb[i]);
            sum += off;
            most = off > most ? off : most;
        }
        print_message("%s: mean difference %.4f grey levels, at most %d\n", k_scenes[k],
                      sum / (3 * k_pixels), most);
        assert_memory_equal(a.depth, b.depth, sizeof a.depth);
        assert_memory_equal(a.geom, b.geom, sizeof a.geom);
        assert_true(sum / (3 * k_pixels) < 0.5);
        dd_render_release(r);
        dd_world_destroy(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth_and_ids_agree_with_rays),
        cmocka_unit_test(test_depth_does_not_depend_on_the_size_of_the_world),
        cmocka_unit_test(test_depth_far_away),
        cmocka_unit_test(test_points_lie_where_the_intrinsics_say),
        cmocka_unit_test(test_edges_lie_between_the_right_pixels),
        cmocka_unit_test(test_equal_shots_are_equal_bytes),
        cmocka_unit_test(test_threads_draw_the_same),
        cmocka_unit_test(test_only_what_is_to_be_shown),
        cmocka_unit_test(test_weather_is_seen),
        cmocka_unit_test(test_near_and_far),
        cmocka_unit_test(test_glass),
        cmocka_unit_test(test_shaders_against_fixed_functions),
        cmocka_unit_test(test_model_hash_is_left_alone),
    };

    int failed = cmocka_run_group_tests_name("render/shot", tests, NULL, NULL);
    dd_render_clear_cache();
    return failed;
}
