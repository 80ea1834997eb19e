// What becomes of light on its way into a picture: fog, glare, dirt, shutter, exposure, a flash.
#include "tests/unit/sense/camera_rig.h"

static const double k_deg = DD_PI / 180;

static double linear(unsigned char c)
{
    return pow(c / 255.0, 2.2);
}

static void see(Rig* r, const DdWeather* w, int n, ...)
{
    DdNames given = {.n = n};
    va_list list;
    va_start(list, n);
    for (int i = 0; i < n; i++) {
        snprintf(given.v[i], DD_NAME_MAX, "%s", va_arg(list, const char*));
    }
    va_end(list);
    dd_sense_see_weather(r->s, w, &given);
}

// One picture of the still world at step 0.
static unsigned char* picture_of(const DdSensorDef* def, const DdWeather* w, float* depth)
{
    Rig r = rig_make(k_cam_xml, 1, 50);
    (void)rig_sensor(&r, def);
    see(&r, w, 8, "fog", "rain", "snow", "dirt", "sun_elevation", "sun_azimuth", "floodlights",
        "cloud");
    rig_start(&r);
    size_t n = (size_t)def->width * (size_t)def->height;
    unsigned char* rgb = malloc(3 * n);
    memcpy(rgb, bytes_of(&r, "cam.colour"), 3 * n);
    if (depth) {
        memcpy(depth, floats_of(&r, "cam.depth"), n * sizeof *depth);
    }
    rig_free(&r);
    return rgb;
}

// I e^(-b d) + A (1 - e^(-b d)) in linear light, d the range, b = ln 20 / fog
static void test_fog(void** state)
{
    (void)state;
    enum { k_w = 320, k_h = 240 };
    static float depth[k_w * k_h];
    if (!has_graphics()) {
        skip();
    }
    DdSensorDef def = camera_def("eye", 2, "colour", "depth");
    DdWeather w = dd_weather_def();
    w.cloud = 1; // no sun to dazzle, and the same light through fog
    unsigned char* clear = picture_of(&def, &w, depth);
    w.fog = 20;
    unsigned char* fog = picture_of(&def, &w, NULL);
    show("fog_20", fog, k_w, k_h);
    double f = 160 / tan(30 * k_deg), worst = 0;
    // the open air: what the sky has become
    const unsigned char* sky = fog;
    for (int v = 0; v < k_h; v++) {
        for (int u = 0; u < k_w; u++) {
            int i = v * k_w + u;
            double x = (u - 159.5) / f, y = (v - 119.5) / f;
            double range = depth[i] * sqrt(1 + x * x + y * y), t = exp(-log(20) / 20 * range);
            for (int c = 0; c < 3; c++) {
                double air = linear(sky[c]);
                double expected = linear(clear[3 * i + c]) * t + air * (1 - t);
                double error = fabs(255 * pow(expected, 1 / 2.2) - fog[3 * i + c]);
                worst = error > worst ? error : worst;
            }
        }
    }
    print_message("fog: within %.2f of 255\n", worst);
    assert_true(worst < 1.2);
    near(depth[120 * k_w + 160], 7.5, 0.01);
    free(clear);
    free(fog);
}

// no air is seen where the lens shows nothing
static void test_fog_ends_at_the_rim(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    DdSensorDef def = camera_def("eye", 1, "colour");
    def.lens = DD_LENS_EQUIDISTANT;
    def.focal[0] = 75;
    def.hfov = DD_PI;
    DdWeather w = dd_weather_def();
    w.fog = 20;
    w.rain = 5;
    unsigned char* rgb = picture_of(&def, &w, NULL);
    show("fisheye_fog", rgb, 320, 240);
    for (int i = 0; i < 320 * 240; i++) {
        double x = i % 320 - 159.5, y = i / 320 - 119.5;
        bool inside = hypot(x, y) < 75 * DD_PI / 2;
        assert_true(inside ? rgb[3 * i] > 20 : rgb[3 * i] + rgb[3 * i + 1] + rgb[3 * i + 2] == 0);
    }
    free(rgb);
}

// what was 8 bits is the same 8 bits after a way through linear light
static void test_develop(void** state)
{
    (void)state;
    unsigned char out[256];
    dd_film_develop(dd_film_linear(), 256, out);
    for (int i = 0; i < 256; i++) {
        assert_int_equal(out[i], i);
    }
    const float odd[] = {-1, 2, 0.18F};
    dd_film_develop(odd, 3, out);
    assert_int_equal(out[0], 0);
    assert_int_equal(out[1], 255);
    assert_int_equal(out[2], 117);
}

static void test_glare_needs_a_free_sun(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    DdSensorDef def = camera_def("eye", 1, "colour");
    DdWeather w = dd_weather_def();
    w.sun_azimuth = 25 * k_deg; // left of the wall
    w.sun_elevation = 8 * k_deg;
    unsigned char* dazzled = picture_of(&def, &w, NULL);
    show("glare", dazzled, 320, 240);
    w.sun_azimuth = 0; // behind it
    w.sun_elevation = 8 * k_deg;
    unsigned char* hidden = picture_of(&def, &w, NULL);
    show("glare_hidden", hidden, 320, 240);
    // the wall's shaded face at the same place: a veil lies on it only where the sun is free
    int at = 3 * (100 * 320 + 120);
    assert_true(dazzled[at + 2] > hidden[at + 2] + 20);
    free(dazzled);
    free(hidden);
}

static void test_dirt_stays_where_it_is(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    DdSensorDef def = camera_def("eye", 1, "colour");
    DdWeather w = dd_weather_def();
    w.cloud = 1;
    w.dirt = 0.8;
    Rig r = rig_make(k_cam_xml, 1, 50);
    (void)rig_sensor(&r, &def);
    see(&r, &w, 2, "cloud", "dirt");
    rig_start(&r);
    static unsigned char first[320 * 240 * 3];
    memcpy(first, bytes_of(&r, "cam.colour"), sizeof first);
    show("dirt", first, 320, 240);
    rig_run(&r, 100);
    assert_memory_equal(first, bytes_of(&r, "cam.colour"), sizeof first);
    rig_free(&r);
    w.dirt = 0;
    unsigned char* clean = picture_of(&def, &w, NULL);
    int darker = 0;
    for (int i = 0; i < 320 * 240; i++) {
        darker += first[3 * i + 1] < 0.93 * clean[3 * i + 1];
    }
    print_message("dirt takes light from %.1f %%\n", darker / 768.0);
    assert_true(darker > 0.1 * 320 * 240 && darker < 0.45 * 320 * 240);
    free(clean);
}

static void test_rain_and_snow_fall(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    DdSensorDef def = camera_def("eye", 1, "colour");
    DdWeather w = dd_weather_def();
    w.cloud = 1;
    for (int snow = 0; snow < 2; snow++) {
        w.rain = snow ? 0 : 20;
        w.snow = snow ? 5 : 0;
        Rig r = rig_make(k_cam_xml, 1, 50);
        (void)rig_sensor(&r, &def);
        see(&r, &w, 3, "cloud", "rain", "snow");
        rig_start(&r);
        static unsigned char first[320 * 240 * 3];
        memcpy(first, bytes_of(&r, "cam.colour"), sizeof first);
        show(snow ? "snow" : "rain", first, 320, 240);
        rig_run(&r, 50);
        const unsigned char* second = bytes_of(&r, "cam.colour");
        int changed = 0;
        for (int i = 0; i < 320 * 240; i++) {
            changed += abs(first[3 * i] - second[3 * i]) > 3;
        }
        print_message("%s changes %.1f %% of the pixels\n", snow ? "snow" : "rain",
                      changed / 768.0);
        assert_true(changed > 200);
        rig_free(&r);
    }
}

// Where the pole's left edge lies in a row, by the light between wall and pole.
static double edge_of(const unsigned char* rgb, int w, int row, double* width)
{
    const unsigned char* p = rgb + 3 * row * w;
    int from = 0;
    // the pole is yellow: green light rises there
    double low = 1e9, high = 0;
    for (int x = w / 2; x < 540; x++) {
        low = p[3 * x + 1] < low ? p[3 * x + 1] : low;
        high = p[3 * x + 1] > high ? p[3 * x + 1] : high;
    }
    double a = linear((unsigned char)low), b = linear((unsigned char)high), at = -1;
    *width = 0;
    for (int x = w / 2; x < 540; x++) {
        double l = (linear(p[3 * x + 1]) - a) / (b - a);
        double next = (linear(p[3 * x + 4]) - a) / (b - a);
        if (at < 0 && l < 0.5 && next >= 0.5) {
            at = x + (0.5 - l) / (next - l);
        }
        if (at < 0) {
            from = l < 0.05 ? x : from;
        } else if (l > 0.95) {
            *width = x - from - 1;
            break;
        }
    }
    return at;
}

static unsigned char* turning_picture(DdSensorDef* def, double rate)
{
    Rig r = rig_make(k_cam_xml, 1, 50);
    (void)rig_sensor(&r, def);
    DdWeather w = dd_weather_def();
    w.cloud = 1;
    see(&r, &w, 1, "cloud");
    r.d->qvel[5] = rate;
    rig_start(&r);
    unsigned char* rgb = malloc((size_t)(3 * def->width * def->height));
    memcpy(rgb, bytes_of(&r, "cam.colour"), (size_t)(3 * def->width * def->height));
    rig_free(&r);
    return rgb;
}

// 60 deg/s, f 615, 20 ms: 12.9 px from the first to the last row; 10 ms smear by 6.4 px
static void test_rolling_shutter_and_blur(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    DdSensorDef def = camera_def("cam", 1, "colour");
    def.width = 640;
    def.height = 480;
    def.focal[0] = 615;
    double width, rate = 60 * k_deg;
    unsigned char* still = turning_picture(&def, rate);
    def.shutter = 1;
    def.readout_s = 0.02;
    unsigned char* rolled = turning_picture(&def, rate);
    show("rolling", rolled, 640, 480);
    double skew = edge_of(rolled, 640, 300, &width) - edge_of(rolled, 640, 60, &width);
    double upright = edge_of(still, 640, 300, &width) - edge_of(still, 640, 60, &width);
    near(upright, 0, 0.5);
    // pixels off the axis move faster: 1 + (x / f)^2; turning left moves things right
    double x = edge_of(still, 640, 240, &width) - 319.5, faster = 1 + x * x / 615 / 615;
    near(skew, 12.88 * faster * 240 / 479, 0.5);
    // stamped in the middle
    near(edge_of(rolled, 640, 240, &width), edge_of(still, 640, 240, &width), 0.5);
    def.shutter = 0;
    def.motion_blur = true;
    def.exposure_s = 0.01;
    unsigned char* blurred = turning_picture(&def, rate);
    show("blurred", blurred, 640, 480);
    near(edge_of(blurred, 640, 100, &width), edge_of(still, 640, 100, &width), 0.7);
    print_message("skew %.2f px over 240 rows, blur over %.0f px\n", skew, width);
    near(width, 6.4 * faster, 1.6);
    free(still);
    free(rolled);
    free(blurred);

    // the flow itself
    DdLens lens;
    DdError err = {0};
    assert_true(dd_lens_open(&def, "test", &lens, &err));
    DdShutter s = {.lens = &lens};
    double flow[2], turn[6] = {0, 0, 0, 0, rate, 0}; // what a left turn does to the scene
    dd_shutter_flow(&s, lens.cx, lens.cy, INFINITY, turn, flow);
    near(flow[0] * 0.02, 12.88, 0.01);
    near(flow[1], 0, 1e-9);
    // what passes at 1 m/s 2 m away, and what comes nearer
    const double aside[6] = {1, 0, 0}, nearer[6] = {0, 0, -1};
    dd_shutter_flow(&s, lens.cx, lens.cy, 2, aside, flow);
    near(flow[0], 615 / 2.0, 1e-6);
    dd_shutter_flow(&s, lens.cx + 100, lens.cy - 50, 2, nearer, flow);
    near(flow[0], 50, 1e-6);
    near(flow[1], -25, 1e-6);
    // a lens without a closed form flows the same in its middle
    def.lens = DD_LENS_EQUIDISTANT;
    def.hfov = 60 * k_deg;
    assert_true(dd_lens_open(&def, "test", &lens, &err));
    dd_shutter_flow(&s, lens.cx + 3, lens.cy, INFINITY, turn, flow);
    near(flow[0] * 0.02, 12.88, 0.02);
    dd_shutter_flow(&s, lens.cx + 1, lens.cy, 2, aside, flow);
    near(flow[0], 615 / 2.0, 0.5);
}

// a box that flies past a still camera smears, what stands still does not
static void test_moving_things_smear(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    static unsigned char rgb[2][320 * 240 * 3];
    for (int k = 0; k < 2; k++) {
        Rig r = rig_make(k_cam_xml, 1, 50);
        DdSensorDef def = camera_def("eye", 1, "colour");
        def.motion_blur = true;
        def.exposure_s = 0.02;
        (void)rig_sensor(&r, &def);
        DdWeather w = dd_weather_def();
        w.cloud = 1;
        see(&r, &w, 1, "cloud");
        r.d->qvel[6 + 2] = k ? 5 : 0; // the ball goes up
        rig_start(&r);
        memcpy(rgb[k], bytes_of(&r, "cam.colour"), sizeof rgb[k]);
        rig_free(&r);
    }
    show("smear", rgb[1], 320, 240);
    int changed = 0, elsewhere = 0;
    for (int i = 0; i < 320 * 240; i++) {
        bool differs = memcmp(rgb[0] + 3 * i, rgb[1] + 3 * i, 3) != 0;
        changed += differs;
        elsewhere += differs && i % 320 < 220;
    }
    assert_true(changed > 100);
    assert_int_equal(elsewhere, 0);
}

// Actors are moved, not pushed: their speed is that of their poses.
static void test_an_actor_smears(void** state)
{
    (void)state;
    static const char k_ops[] =
        "[{'op':'world'},{'op':'ground','name':'floor'},"
        "{'op':'body','name':'post','pos':[0,0,1],'size':[0.1,0.1,2],'mass':50},"
        "{'op':'actor','name':'truck','model':'truck','path':[[15,-20,0],[15,20,0]],'speed':8,"
        "'accel':20,'go':true}]";
    if (!has_graphics()) {
        skip();
    }
    static unsigned char sharp[320 * 240 * 3];
    for (int k = 0; k < 2; k++) {
        Rig r = composed(k_ops);
        DdSensorDef def = camera_def("post", 1, "colour");
        def.pos[0] = 0.2;
        def.pos[2] = 1;
        def.rate_hz = 1;
        def.phase_s = 2.5;
        def.exposure_s = 0.03;
        def.motion_blur = k;
        (void)rig_sensor(&r, &def);
        rig_start(&r);
        for (int i = 0; i < 1300; i++) {
            rig_finish_step(&r);
            dd_stage_step(r.w);
            rig_sense(&r);
        }
        const unsigned char* rgb = bytes_of(&r, "cam.colour");
        show(k ? "truck_smeared" : "truck", rgb, 320, 240);
        if (k == 0) {
            memcpy(sharp, rgb, sizeof sharp);
        } else {
            int changed = 0;
            for (int i = 0; i < 320 * 240; i++) {
                changed += abs(sharp[3 * i] - rgb[3 * i]) > 5;
            }
            print_message("the truck changes %d pixels\n", changed);
            assert_true(changed > 200 && changed < 320 * 240 / 4);
        }
        rig_free(&r);
    }
}

static void stage(Rig* r, const char* field, double v)
{
    DdError err = {0};
    DdStageOp op = {.kind = "set_weather", .v = {v}};
    snprintf(op.target, sizeof op.target, "%s", field);
    if (!dd_stage_apply(r->w, &op, &err)) {
        fail_msg("%s", err.text);
    }
}

static double mean_of(const unsigned char* rgb, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += rgb[i];
    }
    return sum / (double)n;
}

// Lamps go on at step 100 and off at 130: pictures stamped in between are bright, whatever their
// rate, phase and latency.
static void test_a_flash(void** state)
{
    (void)state;
    static const char k_night[] =
        "<mujoco><option timestep='0.002'/><worldbody><geom type='plane' size='0 0 1'/>"
        "<light name='lamp' type='spot' pos='3 0 5' dir='0 0 -1' cutoff='80' diffuse='1 1 1'/>"
        "<geom type='box' pos='4 0 .5' size='.5 1 .5'/><site name='eye' pos='0 0 1'/>"
        "</worldbody></mujoco>";
    if (!has_graphics()) {
        skip();
    }
    Rig r = rig_make(k_night, 1, 50);
    const double rates[] = {50, 30, 100}, phases[] = {0, 0.006, 0}, latencies[] = {0, 0.03, 0.1};
    int channel[3], dark = 0, bright = 0;
    for (int i = 0; i < 3; i++) {
        DdSensorDef def = camera_def("eye", 1, "colour");
        snprintf(def.name, sizeof def.name, "cam%d", i);
        def.width = 64;
        def.height = 48;
        def.rate_hz = rates[i];
        def.phase_s = phases[i];
        def.latency_s = latencies[i];
        channel[i] = rig_sensor(&r, &def);
    }
    stage(&r, "sun_elevation", -0.5);
    stage(&r, "floodlights", 0);
    rig_start(&r);
    for (int step = 0; step < 300; step++) {
        for (const DdSample* s; (s = dd_channels_take(r.ch, r.step)) != NULL;) {
            bool image =
                s->channel == channel[0] || s->channel == channel[1] || s->channel == channel[2];
            if (image) {
                bool lit = s->step >= 100 && s->step < 130;
                double mean = mean_of(s->blob->bytes, s->blob->size);
                if (lit ? mean < 33 : mean > 25) {
                    fail_msg("mean %g at step %d", mean, (int)s->step);
                }
                bright += lit;
                dark += !lit;
            }
        }
        rig_finish_step(&r);
        if (r.step == 100 || r.step == 130) {
            stage(&r, "floodlights", r.step == 100);
        }
        rig_sense(&r);
    }
    no_failure(&r);
    print_message("%d bright, %d dark\n", bright, dark);
    assert_int_equal(bright, 3 + 2 + 6);
    rig_free(&r);
}

static void test_exposure_follows_the_light(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    Rig r = rig_make(k_cam_xml, 1, 50);
    DdSensorDef def = camera_def("eye", 1, "colour");
    def.rate_hz = 50;
    def.width = 160;
    def.height = 120;
    def.full_well = 10700;
    def.read_noise = 2.2;
    def.vignetting = 0.1;
    (void)rig_sensor(&r, &def);
    stage(&r, "cloud", 1);
    stage(&r, "sun_elevation", 0.5);
    rig_start(&r);
    double day = 0;
    for (int part = 0; part < 2; part++) {
        rig_run(&r, 400);
        const DdSample* s = sample_of(&r, "cam.colour");
        double sum = 0;
        for (size_t i = 0; i < s->blob->size; i++) {
            sum += linear(s->blob->bytes[i]);
        }
        double mean = sum / (double)s->blob->size;
        print_message("part %d: %.3g ms, gain %.2f, mean %.3f\n", part, 1e3 * s->values[0],
                      s->values[1], mean);
        near(mean, 0.18, 0.02);
        show(part ? "dusk" : "day", s->blob->bytes, 160, 120);
        if (part == 0) {
            day = s->values[0] * s->values[1];
            // a hundredth of the light
            stage(&r, "sun_elevation", 0);
        } else {
            assert_true(s->values[0] * s->values[1] > 10 * day);
        }
    }
    rig_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fog),
        cmocka_unit_test(test_develop),
        cmocka_unit_test(test_fog_ends_at_the_rim),
        cmocka_unit_test(test_glare_needs_a_free_sun),
        cmocka_unit_test(test_dirt_stays_where_it_is),
        cmocka_unit_test(test_rain_and_snow_fall),
        cmocka_unit_test(test_rolling_shutter_and_blur),
        cmocka_unit_test(test_moving_things_smear),
        cmocka_unit_test(test_an_actor_smears),
        cmocka_unit_test(test_a_flash),
        cmocka_unit_test(test_exposure_follows_the_light),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
