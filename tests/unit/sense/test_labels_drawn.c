// Labels of rendered pictures: hidden parts found by rays are those that the renderer would draw,
// and visible boxes are those of the picture of instances.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/rng.h"
#include "sim/sense/view.h"
#include "sim/world/things.h"

enum { k_w = 480, k_h = 360, k_boxes = 128 };

static DdError t_err;

static void add(DdCompose* c, const char* kind_name, const char* fields)
{
    _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
    const DdThingKind* kind = dd_thing_kind(kind_name);
    json_t* j = json_loads(fields, 0, NULL);

    assert_non_null(j);
    kind->init(def);
    if (!dd_fields_read_json(kind->fields, def, j, kind_name, DD_ERROR_SCRIPT, &t_err) ||
        !dd_compose_add(c, kind, def, &t_err)) {
        fail_msg("%s", t_err.text);
    }
    json_decref(j);
}

static DdWorld* crowd(DdFiles* files)
{
    DdWorldDef def = dd_world_def();
    DdCompose* c = dd_compose_create(&def, files, &t_err);
    DdStream rng = dd_stream(3, "test", "crowd");

    add(c, "ground", "{}");
    add(c, "container", "{\"name\":\"C1\",\"pos\":[16,3,0],\"yaw\":0.7}");
    add(c, "stack", "{\"name\":\"yard\",\"pos\":[30,-8,0],\"length_ft\":20}");
    add(c, "actor", "{\"name\":\"walker\",\"model\":\"person\",\"path\":[[6,0.4,0],[9,9,0]]}");
    add(c, "actor", "{\"name\":\"truck\",\"model\":\"truck\",\"path\":[[9,-3,0],[9,9,0]]}");
    for (int i = 0; i < 14; i++) {
        char fields[256];
        double u[6];
        for (int k = 0; k < 6; k++) {
            u[k] = dd_stream_uniform(&rng, 0, 1);
        }
        snprintf(fields, sizeof fields,
                 "{\"name\":\"t%d\",\"pos\":[%g,%g,%g],\"yaw\":%g,\"size\":[%g,%g,%g]}", i,
                 3 + 7 * u[0], 6 * u[1] - 3, 0.2 + 0.4 * u[2], 3 * u[3], 0.3 + u[4], 0.4,
                 0.4 + 0.8 * u[2]);
        add(c, "box", fields);
    }
    DdWorld* w = dd_compose_compile(c, &t_err);
    if (!w) {
        fail_msg("%s", t_err.text);
    }
    dd_compose_destroy(c);
    assert_true(dd_world_step1(w, &t_err));
    return w;
}

static void test_drawn(void** state)
{
    static const double k_plumb[] = {-0.28, 0.07, 2e-4, -3e-4, -0.005};
    DdRenderInfo info;

    (void)state;
    if (!dd_render_info(&info, &t_err)) {
        print_message("no pictures here: %s\n", t_err.text);
        skip();
    }
    for (int lens = 0; lens < 3; lens++) {
        DdFiles* files = dd_files_create();
        DdWorld* w = crowd(files);
        DdChannels* ch = dd_channels_create(dd_world_physics_hz(w));
        DdSense* s = dd_sense_create(w, ch, 1, "test", 50, &t_err);
        assert_non_null(s);
        DdLabels* l = dd_labels_get(s, &t_err);
        assert_non_null(l);

        DdSensorDef def = dd_sensor_def();
        def.width = k_w;
        def.height = k_h;
        def.lens = lens == 0   ? DD_LENS_PINHOLE
                   : lens == 1 ? DD_LENS_PLUMB_BOB
                               : DD_LENS_EQUIDISTANT;
        def.hfov = lens == 2 ? 2.8 : 1.2;
        if (lens == 1) {
            def.distortion.n = 5;
            memcpy(def.distortion.v, k_plumb, sizeof k_plumb);
        }
        DdLens eye_lens;
        assert_true(dd_lens_open(&def, "sensor 'c'", &eye_lens, &t_err));
        DdView* view = dd_view_create(&eye_lens, "sensor 'c'", &t_err);
        assert_non_null(view);
        DdPose at = dd_pose_make(0, 0, 1.6, 0);
        dd_quat_from_rpy(at.quat, 0, 0.15, 0);
        DdPose pose = dd_optical_of(at);

        int* geom = malloc(k_w * k_h * sizeof *geom);
        float* depth = malloc(k_w * k_h * sizeof *depth);
        static double rays[1 + k_boxes * DD_BOX2_VALUES], drawn[1 + k_boxes * DD_BOX2_VALUES];
        DdShot shot = {.geom = geom, .depth = depth};
        DdRenderLook look = dd_render_look();
        if (!dd_view_shot(view, s, &pose, &look, &shot, &t_err)) {
            fail_msg("%s", t_err.text);
        }
        DdProjector eye = dd_view_projector(view, s, &pose);
        assert_true(dd_labels_boxes_2d(s, l, &eye, geom, depth, 4, k_boxes, rays));
        eye.ray = NULL;
        assert_true(dd_labels_boxes_2d(s, l, &eye, geom, depth, 4, k_boxes, drawn));
        assert_true(rays[0] == drawn[0] && rays[0] > 10);
        int hidden = 0, all = 0, wrong = 0;
        for (int i = 0; i < (int)rays[0]; i++) {
            const double* a = rays + 1 + i * DD_BOX2_VALUES;
            const double* b = drawn + 1 + i * DD_BOX2_VALUES;
            assert_true(a[1] == b[1] && a[10] == b[10]);
            double off = fabs(a[11] - b[11]);
            // other lenses look up the nearest pixel of a pinhole: edges are a part of a pixel off
            double round = (a[8] - a[6]) + (a[9] - a[7]);
            if (off > 3 + (lens == 0 ? 0 : 0.25) * round) {
                fail_msg("lens %d, %s: %g pixels by rays, %g drawn, %g seen", lens,
                         dd_world_instance_name(w, (int)a[1]), a[11], b[11], a[10]);
            }
            wrong += (int)off;
            all += (int)b[11];
            hidden += b[12] > 0.05;
            // what is seen lies within the amodal box, to a pixel
            assert_true(a[2] >= a[6] - 1.01 && a[3] >= a[7] - 1.01 && a[4] <= a[8] + 1.01 &&
                        a[5] <= a[9] + 1.01);
        }
        assert_true(hidden > 3);
        assert_true(wrong <= (lens == 0 ? 1e-4 : 0.005) * all);
        print_message("lens %d, %g objects: %d of %d pixels of silhouettes differ\n", lens, rays[0],
                      wrong, all);
        free(geom);
        free(depth);
        dd_view_destroy(view);
        dd_sense_destroy(s);
        dd_channels_destroy(ch);
        dd_world_destroy(w);
        dd_files_destroy(files);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_drawn)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
