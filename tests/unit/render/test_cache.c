// Renderers: kept by what lies on the GL side, given up when the context dies, and clear words when
// there is none.
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/render/scene.h"

enum { k_width = 64, k_height = 48, k_pixels = k_width * k_height };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// What dd_render_get says in a process that has not opened OpenGL yet, with a variable set.
static void error_of_child(const char* name, const char* value, char* text, size_t size)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        DdError err = {0};
        setenv(name, value, 1);
        DdRenderInfo info;
        DdRender* r = dd_render_get(scene_world("shapes"), &err);
        bool told = dd_render_info(&info, NULL);
        dprintf(fd[1], "%d %s%s", (int)err.code, err.text,
                r || told ? " (and yet it is there)" : "");
        _exit(0);
    }
    close(fd[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(fd[0], text + n, size - 1 - n)) > 0;) {
        n += (size_t)got;
    }
    text[n] = '\0';
    close(fd[0]);
    int status;
    waitpid(child, &status, 0);
}

static void expect_error(const char* name, const char* value, const char* part)
{
    char text[DD_ERROR_TEXT_MAX + 64], code[16];

    error_of_child(name, value, text, sizeof text);
    print_message("%s=%s: %s\n", name, value, text);
    snprintf(code, sizeof code, "%d ", (int)DD_ERROR_GRAPHICS);
    assert_memory_equal(text, code, strlen(code));
    assert_non_null(strstr(text, part));
    assert_null(strstr(text, "yet it is there"));
}

// must be first: this process has not opened OpenGL
static void test_says_what_is_missing(void** state)
{
    (void)state;
    DdRenderInfo info;
    DdError err = {0};

    expect_error("DRYDOCK_GL", "off", "the environment variable DRYDOCK_GL says 'off'");
    expect_error("DRYDOCK_GL", "fast", "DRYDOCK_GL is 'fast' (expected off, software or gpu)");
    expect_error("__EGL_VENDOR_LIBRARY_FILENAMES", "/none.json", "no OpenGL here: ");
    need(dd_render_info(&info, &err), &err);
    print_message("%s, %s\n", info.renderer, info.version);
    assert_true(info.renderer[0] && info.version[0]);
    // asking has not opened it here: a child may
    char text[256];
    error_of_child("DRYDOCK_GL", "software", text, sizeof text);
    assert_string_equal(text, "0  (and yet it is there)");
}

// A process that draws cannot fork off others that do: the driver's threads do not come along.
static void test_after_a_fork(void** state)
{
    (void)state;
    DdWorld* w = scene_world("shapes");
    DdRender* r = scene_render(w);
    char text[256];

    error_of_child("DRYDOCK_GL", "software", text, sizeof text);
    assert_non_null(strstr(text, "before this process was forked off"));
    dd_render_release(r);
    dd_world_destroy(w);
}

static void test_sizes(void** state)
{
    (void)state;
    static const int k_wrong[][2] = {{0, 480},     {640, 0},    {-1, 10},
                                     {100000, 10}, {8, 100000}, {8192, 8192}};
    DdError err = {0};

    for (size_t i = 0; i < sizeof k_wrong / sizeof *k_wrong; i++) {
        DdWorld* w = scene_world("shapes");
        DdRender* r = scene_render(w);
        DdEye eye = scene_eye(640, 480, 0, 0, 1, 0, 0);
        DdRenderLook look = dd_render_look();
        DdWeather weather = dd_weather_def();
        DdShot shot = {0};
        eye.width = k_wrong[i][0];
        eye.height = k_wrong[i][1];
        assert_false(dd_render_check_size(eye.width, eye.height, &err));
        assert_int_equal(err.code, DD_ERROR_ARGUMENT);
        err.code = DD_OK;
        assert_false(dd_render_shot(r, w, &eye, &look, &weather, 0, &shot, &err));
        assert_int_equal(err.code, DD_ERROR_ARGUMENT);
        dd_render_release(r);
        dd_world_destroy(w);
    }
    assert_true(dd_render_check_size(1, 1, &err) && dd_render_check_size(8192, 4000, &err));
}

static void test_equal_models_share(void** state)
{
    (void)state;
    DdWorld *a = scene_world("shapes"), *b = scene_world("shapes"), *c = scene_world("boxes_300");
    DdRender *ra = scene_render(a), *rb = scene_render(b), *rc = scene_render(c);

    assert_ptr_equal(ra, rb);
    assert_ptr_not_equal(ra, rc);
    dd_render_release(ra);
    dd_render_release(rb);
    dd_render_release(rc);
    // unused, yet kept; the world it was made for may be gone
    dd_world_destroy(a);
    ra = scene_render(b);
    assert_ptr_equal(ra, rb);
    dd_render_release(ra);
    // other colours and places are no other assets, another mesh is
    dd_world_model(b)->geom_rgba[0] += 0.1f;
    dd_world_model(b)->body_pos[3] += 1;
    ra = scene_render(b);
    assert_ptr_equal(ra, rb);
    dd_world_model(b)->mesh_vert[0] += 0.1f;
    rb = scene_render(b);
    assert_ptr_not_equal(ra, rb);
    dd_render_release(ra);
    dd_render_release(rb);
    dd_render_release(NULL);
    dd_world_destroy(b);
    dd_world_destroy(c);
    dd_render_clear_cache();
}

// A world with more geoms than the one that the renderer was made for.
static void test_worlds_of_several_sizes(void** state)
{
    (void)state;
    static unsigned char rgb[3 * k_pixels];
    static int geom[k_pixels];
    DdEye eye = scene_eye(k_width, k_height, 0, 0, 1, 0, 0);
    DdError err = {0};
    DdRender* first = NULL;

    need(dd_world_init(&err), &err);
    for (int n = 1; n <= 300; n += 299) {
        char text[512] = "";
        mjSpec* spec = mj_makeSpec();
        for (int i = 0; i < n; i++) {
            mjsGeom* g = mjs_addGeom(mjs_findBody(spec, "world"), NULL);
            g->type = mjGEOM_BOX;
            g->size[0] = g->size[1] = g->size[2] = 0.1;
            g->pos[0] = 3 + i * 0.01;
            g->pos[2] = 1;
        }
        mjModel* m = mj_compile(spec, NULL);
        mj_deleteSpec(spec);
        assert_non_null(m);
        DdWorld* w = dd_world_wrap(m, &err);
        need(w != NULL && dd_world_step1(w, &err), &err);
        DdRender* r = scene_render(w);
        assert_true(!first || r == first);
        first = r;
        scene_shot(r, w, &eye, (DdShot){.rgb = rgb, .geom = geom});
        assert_int_equal(geom[(k_height / 2) * k_width + k_width / 2], 0);
        dd_render_release(r);
        dd_world_destroy(w);
        (void)text;
    }
}

static void test_a_dead_context_is_one_error(void** state)
{
    (void)state;
    static unsigned char before[3 * k_pixels], after[3 * k_pixels];
    DdWorld* w = scene_world("shapes");
    DdRender* r = scene_render(w);
    DdEye eye = scene_eye(k_width, k_height, -1, 0, 1, 0, 0);
    DdRenderLook look = dd_render_look();
    DdWeather weather = dd_weather_def();
    DdShot shot = {.rgb = after};
    DdError err = {0};

    scene_shot(r, w, &eye, (DdShot){.rgb = before});
    dd_render_kill_for_test(r);
    assert_false(dd_render_shot(r, w, &eye, &look, &weather, 0, &shot, &err));
    assert_int_equal(err.code, DD_ERROR_GRAPHICS);
    print_message("%s\n", err.text);
    assert_non_null(strstr(err.text, "context died"));
    DdRender* fresh = scene_render(w);
    assert_ptr_not_equal(fresh, r);
    dd_render_release(r);
    scene_shot(fresh, w, &eye, shot);
    assert_memory_equal(before, after, sizeof before);
    dd_render_release(fresh);
    dd_world_destroy(w);
    dd_render_clear_cache();
}

// What MuJoCo refuses is an error of ours, and the next world is none the worse.
static void test_mujoco_errors_come_back(void** state)
{
    (void)state;
    DdError err = {0};

    need(dd_world_init(&err), &err);
    mjSpec* spec = mj_makeSpec();
    for (int i = 0; i < 1100; i++) {
        char name[32];
        mjsMaterial* material = mjs_addMaterial(spec, NULL);
        snprintf(name, sizeof name, "m%d", i);
        mjs_setName(material->element, name);
    }
    mjModel* m = mj_compile(spec, NULL);
    mj_deleteSpec(spec);
    assert_non_null(m);
    DdWorld* w = dd_world_wrap(m, &err);
    need(w != NULL && dd_world_step1(w, &err), &err);
    assert_null(dd_render_get(w, &err));
    print_message("%s\n", err.text);
    assert_int_equal(err.code, DD_ERROR_GRAPHICS);
    assert_non_null(strstr(err.text, "materials"));
    dd_world_destroy(w);
    w = scene_world("shapes");
    dd_render_release(scene_render(w));
    dd_world_destroy(w);
}

static double resident_mib(void)
{
    long pages = 0;
    FILE* f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_int_equal(fscanf(f, "%*d %ld", &pages), 1);
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

// Episodes that each build and free a world leave nothing behind, and find the context warm.
static void test_memory_over_episodes(void** state)
{
    (void)state;
    static unsigned char rgb[3 * k_pixels];
    static float depth[k_pixels];
    static int geom[k_pixels];
    DdEye eye = scene_eye(k_width, k_height, -1, 0, 1, 0, 0);
    double early = 0, second = 0;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    enum { k_episodes = 100 };
#else
    enum { k_episodes = 1000 };
#endif

    dd_render_clear_cache();
    for (int i = 0; i < k_episodes; i++) {
        DdWorld* w = scene_world("shapes");
        if (i % 5 == 4) {
            // other assets in between
            dd_world_model(w)->mesh_vert[0] += 0.001f * (float)i;
        }
        double begin = now_s();
        DdRender* r = scene_render(w);
        scene_shot(r, w, &eye, (DdShot){rgb, depth, geom});
        second = i == 1 ? now_s() - begin : second;
        dd_render_release(r);
        dd_world_destroy(w);
        early = i == 9 ? resident_mib() : early;
    }
    double late = resident_mib();
    print_message(
        "second episode's first picture after %.1f ms; resident %.1f MiB after 10, %.1f MiB "
        "after %d episodes\n",
        1e3 * second, early, late, k_episodes);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(late < early + 16);
#endif
    dd_render_clear_cache();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_what_is_missing),
        cmocka_unit_test(test_after_a_fork),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_equal_models_share),
        cmocka_unit_test(test_worlds_of_several_sizes),
        cmocka_unit_test(test_a_dead_context_is_one_error),
        cmocka_unit_test(test_mujoco_errors_come_back),
        cmocka_unit_test(test_memory_over_episodes),
    };

    return cmocka_run_group_tests_name("render/cache", tests, NULL, NULL);
}
