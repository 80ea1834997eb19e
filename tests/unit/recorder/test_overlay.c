// Overlays: what is drawn is where it should be and nothing outside of the picture; ids have
// colours that differ; an exported picture shows its masks, boxes and time.
#include "tests/unit/recorder/sight.h"

#include "recorder/export/export.h"
#include "recorder/overlay.h"
#include "recorder/png.h"

static const uint8_t k_red[3] = {255, 0, 0}, k_blue[3] = {0, 0, 255}, k_black[3];

static DdPicture blank(int width, int height)
{
    DdPicture p = {0};
    dd_picture_room(&p, width, height, DD_PIXEL_RGB8);
    memset(p.data, 0, (size_t)width * (size_t)height * 3);
    return p;
}

static bool is(const DdPicture* p, int x, int y, const uint8_t rgb[3])
{
    return memcmp((uint8_t*)p->data + 3 * (y * p->width + x), rgb, 3) == 0;
}

static int count(const DdPicture* p, const uint8_t rgb[3])
{
    int n = 0;
    for (int i = 0; i < p->width * p->height; i++) {
        n += is(p, i, 0, rgb);
    }
    return n;
}

static void test_lines_and_boxes(void** state)
{
    (void)state;
    DdPicture p = blank(40, 30);
    dd_overlay_rect(&p, 5, 6, 15, 16, 1, k_red);
    assert_int_equal(count(&p, k_red), 4 * 9);
    assert_true(is(&p, 5, 6, k_red) && is(&p, 14, 15, k_red) && is(&p, 15, 16, k_black));
    // far outside, endless, not a number: clipped
    dd_overlay_rect(&p, -1e9, -1e9, 1e9, 1e9, 3, k_blue);
    dd_overlay_line(&p, NAN, 0, 10, 10, k_blue);
    dd_overlay_line(&p, -INFINITY, 0, INFINITY, 10, k_blue);
    dd_overlay_line(&p, 100, -50, 200, 70, k_blue);
    assert_int_equal(count(&p, k_blue), 0);
    dd_overlay_line(&p, -1e6, 20.5, 1e6, 20.5, k_blue);
    assert_int_equal(count(&p, k_blue), 40);
    dd_overlay_fill(&p, 30, 25, 1000, 1000, k_red, 1);
    assert_int_equal(count(&p, k_red), 4 * 9 + 50);
    dd_picture_free(&p);
}

// What a recording says of boxes may be anything.
static void test_wild_boxes(void** state)
{
    (void)state;
    static char classes[2][DD_NAME_MAX] = {"background", "box"};
    DdChannelDef def = dd_channel_def();
    def.classes = classes;
    def.nclass = 2;
    DdPicture p = blank(40, 30);
    static const double k_wild[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, 2147483648.0, 5, 0};
    uint32_t random = 3;
    for (int i = 0; i < 20000; i++) {
        double v[1 + DD_BOX2_VALUES] = {1, (double)(help_random(&random) % 5) - 1,
                                        (double)(help_random(&random) % 5) - 1};
        for (int k = 3; k <= DD_BOX2_VALUES; k++) {
            v[k] = k_wild[help_random(&random) % 8];
        }
        dd_overlay_boxes(&p, &def, v);
    }
    dd_picture_free(&p);
}

static void test_text(void** state)
{
    (void)state;
    DdPicture p = blank(60, 20);
    dd_overlay_text(&p, 2, 3, 1, "I", k_red, NULL);
    assert_int_equal(count(&p, k_red), 3 + 5 + 3);
    assert_true(is(&p, 2 + 2, 3 + 3, k_red) && !is(&p, 2, 3 + 3, k_red));
    assert_int_equal(dd_overlay_text_width("ab", 2), 24);
    assert_int_equal(dd_overlay_text_width("상자", 1), 12);
    dd_overlay_text(&p, -100, -100, 3, "far away", k_red, k_blue);
    dd_overlay_text(&p, 58, 18, 1, "WWWWWW", k_red, k_blue);
    dd_picture_free(&p);
}

static void test_ids_have_colours(void** state)
{
    (void)state;
    for (int a = 0; a < 36; a++) {
        for (int b = 0; b < a; b++) {
            uint8_t x[3], y[3];
            dd_id_colour(a, x);
            dd_id_colour(b, y);
            int d = abs(x[0] - y[0]) + abs(x[1] - y[1]) + abs(x[2] - y[2]);
            if (d < 12) {
                fail_msg("ids %d and %d look alike", a, b);
            }
        }
    }
    DdPicture p = blank(4, 1), ids = {0};
    dd_picture_room(&ids, 4, 1, DD_PIXEL_GREY16);
    memcpy(ids.data, (uint16_t[]){0, 300, 300, 7}, 8);
    uint8_t rgb[3];
    dd_overlay_mask(&p, &ids, 1);
    dd_id_colour(300, rgb);
    assert_true(is(&p, 0, 0, k_black) && is(&p, 1, 0, rgb) && is(&p, 2, 0, rgb));
    dd_picture_free(&p);
    dd_picture_free(&ids);
}

static void test_distances_have_colours(void** state)
{
    (void)state;
    DdChannelDef def = dd_channel_def();
    strcpy(def.encoding, "32FC1");
    DdPicture in = {0}, out = {0};
    dd_picture_room(&in, 4, 1, DD_PIXEL_FLOAT);
    memcpy(in.data, (float[]){0.5f, 20, INFINITY, NAN}, 16);
    dd_picture_show(&in, &def, 20, &out);
    const uint8_t* px = out.data;
    assert_true(px[0] > 200 && px[2] < 80); // near is red
    assert_true(px[3] < 60 && px[5] > 70);  // far is dark blue
    assert_true(is(&out, 2, 0, k_black) && is(&out, 3, 0, k_black));
    dd_picture_free(&in);
    dd_picture_free(&out);
}

static void test_export(void** state)
{
    (void)state;
    const char* dir = help_path("run");
    DdRecordDef def = {.threads = 1};
    Sight s = sight_open(dir, &def, k_width, k_height);
    for (int64_t step = 0; step <= 1000; step++) {
        sight_step(&s, step);
    }
    DdError err;
    assert_true(sight_close(&s, &err));
    char path[DD_PATH_MAX + 64], name[DD_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/episode_00000.mcap", dir);
    const char* out = help_path("overlays");
    const char* list = path;
    if (!dd_export_kind("overlays")->run(&list, 1, out, &err)) {
        fail_msg("%s", err.text);
    }
    DdPng png;
    for (int i = 0; i < 20; i++) {
        static const char* const k_cameras[3] = {"agv.front", "agv.rear", "agv.left"};
        for (int c = 0; c < 3; c++) {
            snprintf(name, sizeof name, "%s/episode_00000/%s/%06d.png", out, k_cameras[c], i);
            unsigned char* px = dd_png_read(name, 1 << 20, &png, &err);
            if (!px) {
                fail_msg("%s", err.text);
            }
            assert_int_equal(png.width, k_width);
            assert_int_equal(png.channels, 3);
            DdPicture p = {.width = png.width, .height = png.height, .data = px};
            // the third picture has two boxes, the second of them hidden
            double v[64];
            sight_values(FLAT, i * k_every, v, 1 + k_boxes * DD_BOX2_VALUES);
            uint8_t rgb[3];
            dd_id_colour((int)v[1], rgb);
            int x = (int)v[3], y = (int)v[4];
            if (c == 0 && i == 2) {
                assert_int_equal(v[0], 2);
                assert_true(is(&p, x, y, rgb) && is(&p, x + 1, y, rgb));
            }
            free(px);
        }
    }
    // nothing to show is said
    const char* empty = help_path("empty.mcap");
    DdMcapDef mcap = dd_mcap_def();
    help_make(empty, &mcap, 10);
    assert_false(dd_export_kind("overlays")->run(&empty, 1, help_path("none"), &err));
    assert_non_null(strstr(err.text, "no colour pictures"));
    // pictures are left out of the tables
    assert_true(dd_dir_make(help_path("csv"), &err));
    assert_true(dd_export_kind("csv")->run(&list, 1, help_path("csv"), &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_and_boxes),
        cmocka_unit_test(test_wild_boxes),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_ids_have_colours),
        cmocka_unit_test(test_distances_have_colours),
        cmocka_unit_test(test_export),
    };
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
