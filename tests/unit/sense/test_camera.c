// Cameras: depth and ids against ray casting through every lens, stamps, what is refused.
#include "tests/unit/sense/camera_rig.h"

static DdPose optical_of(Rig* r, const char* site)
{
    DdPose pose;
    assert_true(dd_world_pose(r->w, site, &pose));
    return dd_optical_of(pose);
}

typedef struct Match {
    int rays, wrong; // geoms that differ
    double worst;    // relative error of depth where the geom is the same
    double close;    // the same within 20 m
    int beside;      // depths that are not even between those of the pixels around
} Match;

// Every pixel against mj_ray along the lens' own ray.
static Match match_rays(Rig* r, const DdSensorDef* def, const char* site, const float* depth,
                        const int* geom, bool range)
{
    Match m = {0};
    DdLens lens;
    DdError err = {0};
    assert_true(dd_lens_open(def, "test", &lens, &err));
    DdPose eye = optical_of(r, site);
    int w = lens.width;
    for (int v = 1; v < lens.height - 1; v++) {
        for (int u = 1; u < w - 1; u++) {
            double dir[3], world[3];
            int hit, i = v * w + u;
            if (!dd_lens_ray(&lens, u, v, NULL, dir)) {
                assert_int_equal(geom[i], -1);
                continue;
            }
            dd_quat_rotate(world, eye.quat, dir);
            double t = mj_ray(r->m, r->d, eye.pos, world, NULL, 1, -1, &hit, NULL);
            m.rays++;
            if (hit != geom[i]) {
                m.wrong++;
                continue;
            }
            if (hit < 0) {
                assert_true(isinf(depth[i]));
                continue;
            }
            double expected = range ? t : t * dir[2], lo = INFINITY, hi = 0;
            for (int k = 0; k < 9; k++) {
                double d = depth[i + (k / 3 - 1) * w + k % 3 - 1];
                lo = d < lo ? d : lo;
                hi = d > hi ? d : hi;
            }
            double error = fabs(depth[i] - expected) / expected;
            m.worst = error > m.worst ? error : m.worst;
            m.close = error > m.close && expected < 20 ? error : m.close;
            m.beside += expected < lo * 0.999 || expected > hi * 1.001;
        }
    }
    return m;
}

typedef struct Grab {
    float* depth;
    int* geom;
} Grab;

static Grab grab(Rig* r, const DdSensorDef* def, const char* site)
{
    DdLens lens;
    DdError err = {0};
    if (!dd_lens_open(def, "test", &lens, &err)) {
        fail_msg("%s", err.text);
    }
    DdView* view = dd_view_create(&lens, "test", &err);
    assert_non_null(view);
    size_t n = (size_t)lens.width * (size_t)lens.height;
    Grab g = {malloc(n * sizeof(float)), malloc(n * sizeof(int))};
    unsigned char* rgb = malloc(3 * n);
    DdShot shot = {.rgb = rgb, .depth = g.depth, .geom = g.geom};
    DdRenderLook look = dd_render_look();
    DdPose eye = optical_of(r, site);
    if (!dd_view_shot(view, r->s, &eye, &look, &shot, &err)) {
        fail_msg("%s", err.text);
    }
    char name[100];
    snprintf(name, sizeof name, "lens_%d_%.0f", def->lens, def->hfov * 180 / DD_PI);
    show(name, rgb, lens.width, lens.height);
    print_message("%d renders; ", dd_view_renders(view));
    free(rgb);
    dd_view_destroy(view);
    return g;
}

static const double k_deg = DD_PI / 180;

static void test_depth_and_ids_are_those_of_rays(void** state)
{
    (void)state;
    static const double k_plumb[5] = {-0.28, 0.07, 2e-4, -3e-4, -0.005};
    static const double k_fish[4] = {0.02, -0.005, 0.001, -0.0001};
    const struct {
        int lens, n;
        const double* d;
        double hfov, wrong, worst, beside;
    } cases[] = {
        // a pinhole's pixels are the renderer's own
        {DD_LENS_PINHOLE, 0, k_plumb, 80, 1e-4, 1e-5, 0},
        // else the nearest pixel of another picture: half a pixel off, and the floor grows far in
        // one
        {DD_LENS_PLUMB_BOB, 5, k_plumb, 75, 0.01, 0.05, 1e-3},
        {DD_LENS_EQUIDISTANT, 4, k_fish, 90, 0.01, 0.05, 1e-3},
        {DD_LENS_EQUIDISTANT, 0, k_fish, 190, 0.01, 0.15, 1e-3},
    };
    if (!has_graphics()) {
        skip();
    }
    Rig r = rig_make(k_cam_xml, 1, 50);
    rig_start(&r);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        DdSensorDef def = camera_def("eye", 1, "depth");
        def.lens = cases[i].lens;
        def.hfov = cases[i].hfov * k_deg;
        def.distortion.n = cases[i].n;
        memcpy(def.distortion.v, cases[i].d, (size_t)cases[i].n * sizeof(double));
        Grab g = grab(&r, &def, "eye");
        Match m = match_rays(&r, &def, "eye", g.depth, g.geom, def.lens == DD_LENS_EQUIDISTANT);
        print_message("lens %d, %g deg: %d rays, %d other geoms, depth within %.2g (%.2g up to 20 "
                      "m), %d beside\n",
                      def.lens, cases[i].hfov, m.rays, m.wrong, m.worst, m.close, m.beside);
        assert_true(m.rays > 60000);
        assert_true(m.wrong <= cases[i].wrong * m.rays);
        assert_true(m.close <= cases[i].worst);
        assert_true(m.beside <= cases[i].beside * m.rays);
        free(g.depth);
        free(g.geom);
    }
    rig_free(&r);
}

// off the axis, of other proportions
static void test_a_pinhole_with_its_own_numbers(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    Rig r = rig_make(k_cam_xml, 1, 50);
    rig_start(&r);
    DdSensorDef def = camera_def("eye", 1, "depth");
    def.focal[0] = 200;
    def.focal[1] = 240;
    def.centre[0] = 130.25;
    def.centre[1] = 150.75;
    Grab g = grab(&r, &def, "eye");
    Match m = match_rays(&r, &def, "eye", g.depth, g.geom, false);
    print_message("%d rays, %d other geoms, depth within %.2g\n", m.rays, m.wrong, m.worst);
    assert_true(m.wrong <= 1e-4 * m.rays && m.worst < 1e-4);
    free(g.depth);
    free(g.geom);
    rig_free(&r);
}

// the depth of a fisheye is the range: a wall 7.5 m ahead is nowhere nearer
static void test_fisheye_depth_is_range(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    Rig r = rig_make(k_cam_xml, 1, 50);
    DdSensorDef def = camera_def("eye", 2, "depth", "colour");
    def.lens = DD_LENS_EQUIDISTANT;
    def.hfov = 180 * k_deg;
    (void)rig_sensor(&r, &def);
    rig_start(&r);
    const float* depth = floats_of(&r, "cam.depth");
    double f = 320 / DD_PI, theta = 34.5 / f, x = tan(theta);
    near(depth[(120 - 35) * 320 + 160], 7.5 * sqrt(1 + x * x), 0.06);
    // the floor under the rim of the picture: 1 m below the eye
    near(depth[(120 + 110) * 320 + 160], 1 / sin(110.5 / f), 0.02);
    rig_free(&r);
}

static void test_outputs_stamps_and_intrinsics(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    Rig r = rig_make(k_cam_xml, 1, 50);
    DdSensorDef def =
        camera_def("eye", 6, "colour", "depth", "semantic", "instance", "boxes_2d", "boxes_3d");
    def.rate_hz = 30;
    def.phase_s = 0.01;
    def.latency_s = 0.05;
    def.codec = DD_CODEC_PNG;
    int first = rig_sensor(&r, &def);
    assert_string_equal(dd_channels_def(r.ch, first)->name, "cam.colour");
    DdSensorDef slow = camera_def("eye", 1, "depth");
    snprintf(slow.name, sizeof slow.name, "slow");
    slow.rate_hz = 10;
    (void)rig_sensor(&r, &slow);
    static const char* const k_names[] = {"cam.colour",   "cam.depth", "cam.semantic",
                                          "cam.instance", "cam.info",  "cam.boxes_2d",
                                          "cam.boxes_3d"};
    for (size_t i = 0; i < sizeof k_names / sizeof *k_names; i++) {
        const DdChannelDef* d = dd_channels_def(r.ch, first + (int)i);
        assert_string_equal(d->name, k_names[i]);
        assert_string_equal(d->group, "cam");
        assert_string_equal(d->frame, "cam_optical");
        assert_true(d->picture);
        assert_int_equal(d->phase_steps, 5);
        assert_int_equal(d->latency_steps, 25);
    }
    assert_string_equal(dd_channels_def(r.ch, first + 1)->encoding, "16UC1");
    assert_int_equal(dd_channels_def(r.ch, first + 3)->meta[DD_IMAGE_CODEC], DD_CODEC_PNG);
    assert_true(dd_channels_find(r.ch, "slow.colour") < 0);
    rig_start(&r);

    // taken when they are available, all of one picture with one stamp
    int64_t stamp[7] = {-1, -1, -1, -1, -1, -1, -1};
    int pictures = 0, slow_ones = 0;
    for (int i = 0; i <= 250; i++) {
        for (const DdSample* s; (s = dd_channels_take(r.ch, r.step)) != NULL;) {
            int k = s->channel - first;
            if (k >= 0 && k < 7) {
                assert_int_equal(r.step, s->step + 25);
                stamp[k] = s->step;
                pictures += k == 0;
                // due where the count of 30 Hz grows, 5 steps late
                assert_int_equal(s->step, 5 + ((int64_t)s->sequence * 500 + 29) / 30);
                assert_true(k == 0 || stamp[k] == stamp[0]);
            } else {
                assert_int_equal(r.step % 50, 0);
                slow_ones++;
            }
        }
        rig_run(&r, i < 250);
    }
    no_failure(&r);
    assert_int_equal(pictures, 14);
    assert_int_equal(slow_ones, 6 * 2); // depth and info
    const double* info = sample_of(&r, "cam.info")->values;
    near(info[0], 320, 0);
    near(info[2], 160 / tan(30 * k_deg), 1e-9);
    near(info[4], 159.5, 0);
    // millimetres, and nothing where nothing is
    const uint16_t* mm = (const uint16_t*)(const void*)bytes_of(&r, "cam.depth");
    assert_int_equal(mm[0], 0);
    near(mm[120 * 320 + 160], 7500, 1);
    rig_free(&r);
}

static void one_run(uint64_t seed, unsigned char* rgb, float* depth)
{
    Rig r = rig_make(k_cam_xml, seed, 50);
    DdSensorDef def = camera_def("cam", 2, "colour", "depth");
    def.full_well = 10700;
    def.read_noise = 2.2;
    def.prnu = 0.005;
    def.dsnu = 0.5;
    def.baseline = 0.05;
    def.vignetting = 0.2;
    def.blur = 0.7;
    def.shutter = 1;
    def.motion_blur = true;
    (void)rig_sensor(&r, &def);
    r.d->qvel[5] = 0.5;
    DdWeather w = dd_weather_def();
    w.fog = 100;
    w.rain = 5;
    w.dirt = 0.4;
    const DdNames given = {.n = 3, .v = {"fog", "rain", "dirt"}};
    dd_sense_see_weather(r.s, &w, &given);
    rig_start(&r);
    rig_run(&r, 120);
    memcpy(rgb, bytes_of(&r, "cam.colour"), 320 * 240 * 3);
    memcpy(depth, floats_of(&r, "cam.depth"), 320 * 240 * sizeof *depth);
    rig_free(&r);
}

static void test_two_runs_are_identical(void** state)
{
    (void)state;
    enum { k_n = 320 * 240 };
    static unsigned char a[3 * k_n], b[3 * k_n];
    static float da[k_n], db[k_n];
    if (!has_graphics()) {
        skip();
    }
    one_run(1, a, da);
    one_run(1, b, db);
    show("all_effects", a, 320, 240);
    show_floats("stereo", da, 320, 240, 10);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_equal(da, db, sizeof da);
    one_run(2, b, db);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(da, db, sizeof da);
}

static void refused(const DdSensorDef* def, const char* text)
{
    Rig r = rig_make(k_cam_xml, 1, 50);
    DdError err = {0};
    assert_int_equal(dd_sense_add_sensor(r.s, def, &err), -1);
    if (!strstr(err.text, text) || !strstr(err.text, "sensor 'cam'")) {
        fail_msg("'%s' does not say '%s'", err.text, text);
    }
    rig_free(&r);
}

static void test_bad_input(void** state)
{
    (void)state;
    DdSensorDef def = camera_def("mast", 0);
    refused(&def, "there is no thing or frame 'mast'");
    def = camera_def("eye", 1, "color");
    refused(&def, "has no output 'color'; did you mean 'colour'?");
    def = camera_def("eye", 0);
    def.width = 0;
    refused(&def, "width must be positive");
    def.width = 100000;
    refused(&def, "100000");
    def = camera_def("eye", 0);
    def.hfov = 0;
    refused(&def, "hfov must be positive");
    def.hfov = 180 * k_deg;
    refused(&def, "hfov must be above 0 and below 180 degrees for this lens, got 180 degrees");
    def = camera_def("eye", 0);
    def.distortion.n = 5;
    refused(&def, "distortion of a pinhole lens must have none, got 5 numbers");
    def = camera_def("eye", 1, "boxes_2d");
    def.max_boxes = 5000;
    refused(&def, "max_boxes must be at most 1024, got 5000");
    def = camera_def("eye", 0);
    def.quality = 101;
    refused(&def, "quality must be from 1 to 100");
    def = camera_def("eye", 1, "depth");
    def.baseline = 0.05;
    def.range_max = 0.05;
    refused(&def, "range_max must be beyond the nearest depth");
    def.lens = DD_LENS_EQUIDISTANT;
    refused(&def, "needs a lens of the pinhole kinds");
    def = camera_def("eye", 0);
    def.lens = DD_LENS_EQUIDISTANT;
    def.hfov = 100 * k_deg;
    def.width = 8000;
    def.height = 3000;
    refused(&def, "the picture behind its lens");
}

// muted pictures need no graphics, no memory and make nothing
static void test_muted(void** state)
{
    (void)state;
    Rig r = rig_make(k_cam_xml, 1, 50);
    DdSensorDef def = camera_def("eye", 2, "colour", "depth");
    int c = rig_sensor(&r, &def);
    dd_sense_mute_pictures(r.s);
    rig_start(&r);
    rig_run(&r, 100);
    no_failure(&r);
    assert_null(dd_channels_latest(r.ch, c, r.step));
    rig_free(&r);
}

// Classes and instances of every pixel are those of the body that its ray hits.
static void test_ids_of_things(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    Rig r = composed("[{'op':'world'},{'op':'ground','name':'floor'},"
                     "{'op':'body','name':'eye','pos':[0,0,2],'size':[0.1,0.1,0.1],'mass':1},"
                     "{'op':'box','name':'b','pos':[6,1,0.5],'size':[1,1,1],'free':false},"
                     "{'op':'body','name':'crate','pos':[5,-1,0.3],'size':[0.6,0.6,0.6],'mass':5,"
                     "'label':'container'}]");
    DdSensorDef def =
        camera_def("eye", 5, "colour", "semantic", "instance", "boxes_2d", "boxes_3d");
    def.pos[0] = 0.1;
    def.rpy[1] = 0.3; // down a little
    int first = rig_sensor(&r, &def);
    rig_start(&r);
    const DdSample* image = sample_of(&r, "cam.semantic");
    const unsigned char* class_id = image->blob->bytes;
    const uint16_t* instance = (const uint16_t*)(const void*)bytes_of(&r, "cam.instance");
    show("things", bytes_of(&r, "cam.colour"), 320, 240);
    const DdChannelDef* d = dd_channels_def(r.ch, first + 1);
    assert_string_equal(d->name, "cam.semantic");
    assert_string_equal(d->encoding, "mono8");
    DdError err = {0};
    DdLens lens;
    assert_true(dd_lens_open(&def, "test", &lens, &err));
    DdPose body;
    assert_true(dd_world_pose(r.w, "eye", &body));
    DdPose eye = dd_optical_of(dd_pose_mul(body, dd_mount_of(&def)));
    int wrong = 0, seen[3] = {0};
    for (int i = 0; i < 320 * 240; i++) {
        double dir[3], world[3];
        int hit;
        assert_true(dd_lens_ray(&lens, i % 320, i / 320, NULL, dir));
        dd_quat_rotate(world, eye.quat, dir);
        (void)mj_ray(r.m, r.d, eye.pos, world, NULL, 1, dd_world_body(r.w, "eye"), &hit, NULL);
        int thing = hit < 0 ? -1 : dd_world_thing_of_geom(r.w, hit);
        const char* label = thing < 0 ? "background" : dd_world_thing_label(r.w, thing);
        int number = hit < 0 ? 0 : dd_world_instance_of_body(r.w, r.m->geom_bodyid[hit]);
        wrong += strcmp(d->classes[class_id[i]], label) != 0 || instance[i] != number;
        seen[0] += strcmp(label, "ground") == 0;
        seen[1] += strcmp(label, "box") == 0;
        seen[2] += strcmp(label, "container") == 0;
    }
    print_message("%d of 76800 pixels differ from their ray; ground %d, box %d, container %d\n",
                  wrong, seen[0], seen[1], seen[2]);
    assert_true(wrong <= 8 && seen[0] > 1000 && seen[1] > 500 && seen[2] > 500);
    // both things have a box, and it holds their pixels
    const double* boxes = sample_of(&r, "cam.boxes_2d")->values;
    int held = 0;
    for (int b = 0; b < (int)boxes[0]; b++) {
        const double* box = boxes + 1 + b * DD_BOX2_VALUES;
        int pixels = 0, outside = 0;
        for (int i = 0; i < 320 * 240; i++) {
            if (instance[i] == (int)box[1]) {
                int x = i % 320, y = i / 320;
                pixels++;
                outside += x < box[2] || y < box[3] || x >= box[4] || y >= box[5];
            }
        }
        assert_int_equal(outside, 0);
        assert_int_equal(pixels, (int)box[10]);
        held += pixels > 0;
    }
    assert_int_equal(held, 2);
    rig_free(&r);
}

// A context that dies ends the pictures with one sentence, and the next run has a new one.
static void test_a_context_that_dies(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    for (int again = 0; again < 2; again++) {
        Rig r = rig_make(k_cam_xml, 1, 50);
        DdError err = {0};
        DdSensorDef def = camera_def("eye", 2, "colour", "depth");
        int c = rig_sensor(&r, &def);
        rig_start(&r);
        no_failure(&r);
        if (!again) {
            dd_render_kill_for_test(dd_sense_render(r.s, &err));
        }
        rig_run(&r, 60);
        if (!again) {
            assert_true(dd_sense_failed(r.s, &err));
            assert_int_equal(err.code, DD_ERROR_GRAPHICS);
            if (!strstr(err.text, "sensor 'cam'")) {
                fail_msg("'%s' names no sensor", err.text);
            }
            print_message("%s\n", err.text);
        }
        assert_int_equal(dd_channels_latest(r.ch, c, r.step)->step, again ? 50 : 0);
        rig_free(&r);
    }
}

// What exposure control learnt later is forgotten when the run goes back; at the same step it
// stays.
static void test_going_back(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    Rig r = rig_make(k_cam_xml, 1, 50);
    DdSensorDef def = camera_def("eye", 1, "colour");
    def.full_well = 10700;
    def.rate_hz = 50;
    def.vignetting = 5; // a dark picture, so that the first guess is wrong
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    double first = rig_latest(&r, c)[0];
    double* state0 = calloc((size_t)dd_sense_state_size(r.s) + 1, sizeof *state0);
    double* state1 = calloc((size_t)dd_sense_state_size(r.s) + 1, sizeof *state1);
    double* ring0 = calloc((size_t)dd_channels_state_size(r.ch) + 1, sizeof *ring0);
    dd_sense_save(r.s, state0);
    dd_channels_save(r.ch, ring0);
    rig_run(&r, 95);
    dd_sense_save(r.s, state1);
    double later = rig_latest(&r, c)[0];
    assert_true(later > 1.5 * first);
    dd_sense_load(r.s, state1); // a restore point of the live run
    rig_run(&r, 5);
    assert_true(rig_latest(&r, c)[0] >= later);
    dd_sense_load(r.s, state0);
    dd_channels_load(r.ch, 0, ring0);
    r.step = 0;
    rig_run(&r, 10);
    near(rig_latest(&r, c)[0], first, 1e-5 * first); // the sun moved on
    free(state0);
    free(state1);
    free(ring0);
    rig_free(&r);
}

static void test_presets(void** state)
{
    (void)state;
    static const char* const k_presets[] = {
        "camera_ind_vga",     "camera_ind_1mp6",         "camera_ind_2mp3",    "camera_d435_depth",
        "camera_d435_colour", "camera_d455_depth",       "camera_d455_colour", "camera_zed2",
        "camera_zed_x",       "camera_surround_fisheye", "camera_aca1600_70",  "camera_aca1600_110",
        "thermal_lepton35",   "thermal_boson320",        "thermal_boson640"};
    for (size_t i = 0; i < sizeof k_presets / sizeof *k_presets; i++) {
        char path[200];
        snprintf(path, sizeof path, "sensors/%s.json", k_presets[i]);
        json_t* j = json_load_file(path, 0, NULL);
        assert_non_null(j);
        assert_true(json_string_length(json_object_get(j, "doc")) > 10);
        assert_true(json_string_length(json_object_get(j, "source")) > 10);
        DdSensorDef def = camera_def("eye", 0);
        DdError err = {0};
        Rig r = rig_make(k_cam_xml, 1, 50);
        if (!dd_sensor_preset_apply(k_presets[i], j, &def, &err)) {
            fail_msg("%s", err.text);
        }
        (void)rig_sensor(&r, &def);
        json_decref(j);
        rig_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth_and_ids_are_those_of_rays),
        cmocka_unit_test(test_a_pinhole_with_its_own_numbers),
        cmocka_unit_test(test_fisheye_depth_is_range),
        cmocka_unit_test(test_outputs_stamps_and_intrinsics),
        cmocka_unit_test(test_two_runs_are_identical),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_muted),
        cmocka_unit_test(test_ids_of_things),
        cmocka_unit_test(test_a_context_that_dies),
        cmocka_unit_test(test_going_back),
        cmocka_unit_test(test_presets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
