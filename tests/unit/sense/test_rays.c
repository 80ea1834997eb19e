// Rays against mj_ray: distance and geom to the bit, in scenes that benchmarks share. DRYDOCK_RAYS
// sets how many rays per scene.
#include <stdlib.h>

#include "rig.h"

#include "lidar_scenes.h"
#include "sim/sense/rays.h"

enum { k_rays = 40000 };

static int ray_count(void)
{
    const char* text = getenv("DRYDOCK_RAYS");
    return text ? atoi(text) : k_rays;
}

static double spread(unsigned* state)
{
    return 2 * scene_draw(state) - 1;
}

// Somewhere in or around the scene, any way, now and then along an axis or from very far.
static void any_ray(unsigned* state, int i, double scale, double from[3], double dir[3])
{
    for (int k = 0; k < 3; k++) {
        from[k] = 25 * scale * spread(state) * (k == 2 ? 0.2 : 1);
        dir[k] = spread(state);
    }
    if (i % 9 == 0) {
        dir[i / 9 % 3] = 0;
    }
    if (i % 27 == 0) {
        dir[(i / 9 + 1) % 3] = 0;
    }
    if (i % 101 == 0) {
        for (int k = 0; k < 3; k++) {
            from[k] *= i % 202 ? 10 : 1000;
            dir[k] = -from[k] + 15 * scale * spread(state);
        }
    }
    mju_normalize3(dir);
}

static mjData* data_of(const mjModel* m)
{
    mjData* d = mj_makeData(m);
    mj_kinematics(m, d);
    return d;
}

static int compare_single(const mjModel* m, const mjData* d, const DdRays* r, int n, double scale)
{
    unsigned state = 7;
    int hits = 0;
    for (int i = 0; i < n; i++) {
        double from[3], dir[3], normal[3] = {0}, true_normal[3] = {0};
        int geom = -2, true_geom = -2;
        any_ray(&state, i, scale, from, dir);
        double is = mj_ray(m, d, from, dir, NULL, 1, -1, &true_geom, true_normal);
        double x = dd_rays_cast(r, d, from, dir, INFINITY, NULL, &geom, normal);
        if (x != is || geom != true_geom) {
            fail_msg("ray %d: %.17g at geom %d instead of %.17g at geom %d", i, x, geom, is,
                     true_geom);
        }
        if (is >= 0) {
            hits++;
            assert_memory_equal(normal, true_normal, sizeof normal);
        }
    }
    return hits;
}

enum { k_bundle = 96 };

// Bundles as wide as a lidar's column, as a scan, and as nothing that belongs together.
static int compare_many(const mjModel* m, const mjData* d, const DdRays* r, int n, double scale)
{
    static const double k_wide[] = {0.001, 0.05, 0.4, 3};
    unsigned state = 11;
    int hits = 0;
    for (int i = 0; i < n; i += k_bundle) {
        double from[3 * k_bundle], dir[3 * k_bundle], distance[k_bundle], base[3], to[3];
        int geom[k_bundle], face[k_bundle];
        double wide = k_wide[i / k_bundle % 4];
        int count = 1 + (int)(k_bundle * scene_draw(&state));
        any_ray(&state, i, scale, base, to);
        for (int k = 0; k < count; k++) {
            for (int c = 0; c < 3; c++) {
                from[3 * k + c] = base[c] + 0.1 * scale * wide * spread(&state);
                dir[3 * k + c] = to[c] + wide * spread(&state);
            }
            mju_normalize3(dir + 3 * k);
        }
        dd_rays_cast_many(r, count, from, dir, INFINITY, NULL, distance, geom, face);
        for (int k = 0; k < count; k++) {
            int true_geom;
            double normal[3], true_normal[3];
            double is =
                mj_ray(m, d, from + 3 * k, dir + 3 * k, NULL, 1, -1, &true_geom, true_normal);
            hits += is >= 0;
            if (distance[k] != is || geom[k] != true_geom) {
                fail_msg("bundle %d ray %d: %.17g at geom %d instead of %.17g at geom %d", i, k,
                         distance[k], geom[k], is, true_geom);
            }
            if (is >= 0) {
                dd_rays_normal(r, geom[k], face[k], from + 3 * k, dir + 3 * k, normal);
                assert_memory_equal(normal, true_normal, sizeof normal);
            }
        }
    }
    return hits;
}

static void compare_scene(mjModel* m, double scale)
{
    mjData* d = data_of(m);
    DdRays* r = dd_rays_create(m, NULL);
    int n = ray_count() / 2;
    dd_rays_update(r, d);
    assert_in_range(compare_single(m, d, r, n, scale), n / 10, n);
    assert_in_range(compare_many(m, d, r, n, scale), n / 20, n);
    dd_rays_destroy(r);
    mj_deleteData(d);
    mj_deleteModel(m);
}

static void test_yard(void** state)
{
    (void)state;
    compare_scene(scene_yard(1000), 2);
}

static void test_clutter(void** state)
{
    (void)state;
    compare_scene(scene_clutter(), 1);
}

static void test_everything(void** state)
{
    (void)state;
    compare_scene(scene_everything(1), 1);
}

static void test_scaled(void** state)
{
    (void)state;
    static const double k_scales[] = {1e-2, 1e3};
    for (int i = 0; i < 2; i++) {
        compare_scene(scene_everything(k_scales[i]), k_scales[i]);
    }
}

// What moved is found where it is; what rays pass through is not.
static void test_moving(void** state)
{
    (void)state;
    mjModel* m = scene_everything(1);
    mjData* d = data_of(m);
    DdRays* r = dd_rays_create(m, NULL);
    bool* pass = calloc((size_t)m->ngeom, sizeof *pass);
    unsigned draw = 5;
    for (int round = 0; round < 40; round++) {
        double far = round < 20 ? 0.02 : 2;
        for (int i = 0; i < m->nq; i += 7) {
            for (int k = 0; k < 7; k++) {
                d->qpos[i + k] += far * spread(&draw);
            }
        }
        for (int i = 0; i < 3 * m->nmocap; i++) {
            d->mocap_pos[i] += far * spread(&draw);
        }
        mj_kinematics(m, d);
        // anew, or fitted to where they are now
        if (round % 4 == 0) {
            dd_rays_update(r, d);
        } else {
            dd_rays_follow(r, d);
        }
        int body = 1 + (int)((m->nbody - 1) * scene_draw(&draw));
        for (int g = 0; g < m->ngeom; g++) {
            pass[g] = m->geom_bodyid[g] == body;
        }
        for (int i = 0; i < 300; i++) {
            double from[3], dir[3];
            int geom, true_geom;
            any_ray(&draw, i, 1, from, dir);
            // half of them at the body left out
            for (int k = 0; k < 3 && i % 2; k++) {
                dir[k] = d->xpos[3 * body + k] - from[k];
            }
            mju_normalize3(dir);
            double is = mj_ray(m, d, from, dir, NULL, 1, body, &true_geom, NULL);
            double x = dd_rays_cast(r, d, from, dir, INFINITY, pass, &geom, NULL);
            assert_true(x == is);
            assert_int_equal(geom, true_geom);
            // nothing beyond the limit, everything up to it
            double max = 8;
            x = dd_rays_cast(r, d, from, dir, max, pass, NULL, NULL);
            assert_true(is >= 0 && is <= max ? x == is : x == -1);
        }
    }
    free(pass);
    dd_rays_destroy(r);
    mj_deleteData(d);
    mj_deleteModel(m);
}

static void test_skip(void** state)
{
    (void)state;
    mjModel* m = scene_clutter();
    mjData* d = data_of(m);
    bool* skip = calloc((size_t)m->ngeom, sizeof *skip);
    mjtByte group[mjNGROUP] = {1, 0, 1, 1, 1, 1};
    for (int g = 0; g < m->ngeom; g++) {
        m->geom_group[g] = g % 3;
        skip[g] = g % 3 == 1;
    }
    DdRays* r = dd_rays_create(m, skip);
    dd_rays_update(r, d);
    unsigned draw = 9;
    for (int i = 0; i < 3000; i++) {
        double from[3], dir[3];
        int geom, true_geom;
        any_ray(&draw, i, 1, from, dir);
        double is = mj_ray(m, d, from, dir, group, 1, -1, &true_geom, NULL);
        assert_true(dd_rays_cast(r, d, from, dir, INFINITY, NULL, &geom, NULL) == is);
        assert_int_equal(geom, true_geom);
    }
    free(skip);
    dd_rays_destroy(r);
    mj_deleteData(d);
    mj_deleteModel(m);
}

// From inside of shapes, from their very surfaces, along their faces.
static void test_touching(void** state)
{
    (void)state;
    mjModel* m = scene_everything(1);
    mjData* d = data_of(m);
    DdRays* r = dd_rays_create(m, NULL);
    unsigned draw = 13;
    dd_rays_update(r, d);
    for (int g = 0; g < m->ngeom; g++) {
        for (int i = 0; i < 30; i++) {
            double from[3], dir[3];
            int geom, true_geom;
            const double* mat = d->geom_xmat + 9 * g;
            for (int k = 0; k < 3; k++) {
                // middle, a face of a box, or along it
                double on = i % 3 == 1 ? mat[3 * k] * m->geom_size[3 * g] : 0;
                from[k] = d->geom_xpos[3 * g + k] + on;
                dir[k] = i % 3 == 2 ? mat[3 * k + i % 2] : spread(&draw);
            }
            mju_normalize3(dir);
            double is = mj_ray(m, d, from, dir, NULL, 1, -1, &true_geom, NULL);
            assert_true(dd_rays_cast(r, d, from, dir, INFINITY, NULL, &geom, NULL) == is);
            assert_int_equal(geom, true_geom);
        }
    }
    dd_rays_destroy(r);
    mj_deleteData(d);
    mj_deleteModel(m);
}

// The corners of some face of some mesh, in the world.
static void some_face(const mjModel* m, const mjData* d, unsigned* draw, double corner[3][3])
{
    int g = 0;
    do {
        g = (int)(m->ngeom * scene_draw(draw));
    } while (m->geom_type[g] != mjGEOM_MESH);
    int mesh = m->geom_dataid[g];
    int face = m->mesh_faceadr[mesh] + (int)(m->mesh_facenum[mesh] * scene_draw(draw));
    for (int i = 0; i < 3; i++) {
        const float* v = m->mesh_vert + 3 * (m->mesh_vertadr[mesh] + m->mesh_face[3 * face + i]);
        const double at[3] = {v[0], v[1], v[2]};
        mju_mulMatVec3(corner[i], d->geom_xmat + 9 * g, at);
        mju_addTo3(corner[i], d->geom_xpos + 3 * g);
    }
}

enum { AT_CORNER, AT_EDGE, AT_FACE, FROM_FACE, ALONG_AXIS, ALONG_FACE, PAST_FACE, k_aims };

// At what meshes have corners, edges and faces of, from either side; from a face; in its plane.
static bool aimed_ray(const mjModel* m, const mjData* d, unsigned* draw, int i, int aim,
                      double from[3], double dir[3])
{
    static const double k_far[] = {2, 30, 300};
    double corner[3][3], far = k_far[i % 3];
    double a = scene_draw(draw), b = (1 - a) * scene_draw(draw);
    some_face(m, d, draw, corner);
    for (int k = 0; k < 3; k++) {
        double e0 = corner[1][k] - corner[0][k], e1 = corner[2][k] - corner[0][k];
        double to = corner[0][k];
        from[k] = corner[0][k] + far * spread(draw);
        if (aim == AT_EDGE) {
            to += a * e0;
        } else if (aim == AT_FACE || aim == FROM_FACE) {
            to += a * e0 + b * e1;
        } else if (aim == ALONG_FACE || aim == PAST_FACE) {
            to = corner[1][k] + a * (corner[2][k] - corner[1][k]);
            from[k] = corner[0][k] + far * b * (corner[0][k] - to);
            from[k] += aim == PAST_FACE ? pow(10, -6 - 9 * a) * spread(draw) : 0;
        }
        dir[k] = to - from[k];
        if (aim == FROM_FACE) {
            from[k] = to;
            dir[k] = spread(draw);
        } else if (aim == ALONG_AXIS) {
            // at the height of a corner
            dir[k] = k == i % 3 ? (i % 2 ? 1 : -1) : 0;
            from[k] = corner[0][k] - far * dir[k];
        }
    }
    return mju_normalize3(dir) > 1e-12;
}

static void compare_aimed(mjModel* m, int aims)
{
    mjData* d = data_of(m);
    DdRays* r = dd_rays_create(m, NULL);
    unsigned draw = 19;
    int hits = 0, n = ray_count() / 2;
    dd_rays_update(r, d);
    for (int i = 0; i < n; i++) {
        double from[3], dir[3], normal[3] = {0}, true_normal[3] = {0};
        int geom, true_geom, aim = i % aims;
        if (!aimed_ray(m, d, &draw, i / aims, aim, from, dir)) {
            continue;
        }
        double is = mj_ray(m, d, from, dir, NULL, 1, -1, &true_geom, true_normal);
        double x = dd_rays_cast(r, d, from, dir, INFINITY, NULL, &geom, normal);
        if (x != is || geom != true_geom) {
            fail_msg("ray %d, aim %d: %.17g at geom %d instead of %.17g at geom %d", i, aim, x,
                     geom, is, true_geom);
        }
        hits += is >= 0;
        assert_memory_equal(normal, true_normal, sizeof normal);
    }
    assert_in_range(hits, n / 5, n);
    dd_rays_destroy(r);
    mj_deleteData(d);
    mj_deleteModel(m);
}

static void test_port(void** state)
{
    (void)state;
    compare_scene(scene_port(), 1.5);
    compare_aimed(scene_port(), ALONG_FACE);
}

// Along a face, where MuJoCo's distance is what rounding makes of it, one mesh alone is as exact.
static void test_faces(void** state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        compare_aimed(scene_one_mesh(i), k_aims);
    }
}

static void test_empty(void** state)
{
    (void)state;
    Rig rig = rig_make("<mujoco><worldbody><body><freejoint/><inertial pos='0 0 0' mass='1' "
                       "diaginertia='1 1 1'/></body></worldbody></mujoco>",
                       1, 10);
    DdRays* r = dd_rays_create(rig.m, NULL);
    const double from[6] = {0}, dir[6] = {1, 0, 0, 0, 1, 0};
    double distance[2];
    int geom[2];
    dd_rays_update(r, rig.d);
    dd_rays_cast_many(r, 2, from, dir, 10, NULL, distance, geom, NULL);
    assert_true(distance[0] == -1 && distance[1] == -1);
    assert_int_equal(geom[0], -1);
    dd_rays_destroy(r);
    rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yard),       cmocka_unit_test(test_clutter),
        cmocka_unit_test(test_everything), cmocka_unit_test(test_scaled),
        cmocka_unit_test(test_moving),     cmocka_unit_test(test_skip),
        cmocka_unit_test(test_touching),   cmocka_unit_test(test_empty),
        cmocka_unit_test(test_port),       cmocka_unit_test(test_faces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
