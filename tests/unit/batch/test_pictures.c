// Pictures drawn inside the worker process: under its limits, without sockets and new programs.
#include "tests/unit/render/scene.h"

#include "sim/base/hash.h"
#include "sim/batch/batch.h"

enum { k_width = 160, k_height = 120, k_pixels = k_width * k_height };

static json_t* draw(void* user, DdError* err)
{
    static unsigned char rgb[3 * k_pixels];
    static float depth[k_pixels];
    static int geom[k_pixels];
    DdWorld* w = scene_world("shapes");
    DdEye eye = scene_eye(k_width, k_height, -1, 0, 1, 0, 0);
    DdRenderLook look = dd_render_look();
    DdWeather weather = dd_weather_def();
    DdShot shot = {rgb, depth, geom};
    DdRenderInfo info;

    look.shadows = true;
    if (!dd_render_info(&info, err)) {
        return NULL;
    }
    DdRender* r = dd_render_get(w, err);
    if (!r || !dd_render_shot(r, w, &eye, &look, &weather, 0, &shot, err)) {
        return NULL;
    }
    dd_render_release(r);
    dd_world_destroy(w);
    (void)user;
    uint64_t h = dd_hash64(rgb, sizeof rgb, dd_hash64(depth, sizeof depth, 0));
    return json_pack("{s:s, s:I}", "renderer", info.renderer, "hash",
                     (json_int_t)(dd_hash64(geom, sizeof geom, h) >> 1));
}

static void test_in_the_jail(void** state)
{
    (void)state;
    DdJailDef jail = {.timeout_s = 120, .memory = (size_t)32 << 30};
    DdError err = {0};

    // twice: the parent has not opened OpenGL and may go on forking
    json_t* first = dd_jail(&jail, draw, NULL, &err);
    need(first != NULL, &err);
    json_t* second = dd_jail(&jail, draw, NULL, &err);
    need(second != NULL, &err);
    char* text = json_dumps(first, 0);
    print_message("%s\n", text);
    assert_true(json_equal(first, second));
    // and out here it is the same picture
    json_t* here = draw(NULL, &err);
    need(here != NULL, &err);
    assert_true(json_equal(first, here));
    free(text);
    json_decref(first);
    json_decref(second);
    json_decref(here);
    dd_render_clear_cache();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_the_jail),
    };

    return cmocka_run_group_tests_name("batch/pictures", tests, NULL, NULL);
}
