// Thermal: radiances and apparent temperatures against known numbers, temperatures of things,
// noise.
#include "sim/sense/thermal.h"
#include "tests/unit/sense/camera_rig.h"

static void test_radiance(void** state)
{
    (void)state;
    // W/m2/sr, 8 to 14 um
    const double known[][2] = {{253.15, 23.825}, {273.15, 35.152}, {293.15, 49.373},
                               {303.15, 57.610}, {323.15, 76.386}, {373.15, 136.78},
                               {473.15, 311.43}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        near(dd_thermal_radiance(known[i][0]), known[i][1], 1e-4 * known[i][1]);
    }
    near(dd_thermal_radiance(293.65) - dd_thermal_radiance(292.65), 0.7858, 1e-4);
}

static void test_apparent_temperature(void** state)
{
    (void)state;
    near(dd_thermal_apparent(0.95, 293.15, 253.15, 293.15, 1), 291.511, 0.005);
    // bare metal shows the sky
    near(dd_thermal_apparent(0.20, 293.15, 253.15, 293.15, 1), 262.790, 0.005);
    near(dd_thermal_apparent(0.95, 353.15, 283.15, 283.15, 0.8), 339.393, 0.005);
}

static void test_temperatures_of_things(void** state)
{
    (void)state;
    DdWeather w = dd_weather_def();
    double e;
    DdSun sun = dd_weather_sun(&w, 0), night = {.illuminance = 0};
    near(dd_thermal_kelvin("person", &w, &sun, &e), 0.25 * 306 + 0.75 * 299.6, 0.1);
    // in the shade of night a container is as warm as the air, in the sun warmer, in wind less so
    near(dd_thermal_kelvin("container", &w, &night, &e), 293.15, 1e-9);
    double calm = dd_thermal_kelvin("container", &w, &sun, &e);
    w.wind[0] = 5;
    double windy = dd_thermal_kelvin("container", &w, &sun, &e);
    print_message("container in the sun: %.1f K, with wind %.1f K\n", calm, windy);
    assert_true(calm > 305 && calm < 335);
    assert_true(windy > 295 && windy < calm - 8);
    w.wind[0] = 0;
    double road = dd_thermal_kelvin("road", &w, &sun, &e);
    print_message("road: %.1f K\n", road);
    assert_true(road > 320 && road < 345); // 50 to 70 degrees at noon in summer
    near(dd_thermal_sky_kelvin(&w), 273.15, 1e-9);
}

// the plane's class is background: a thermal camera knows what it looks at by its class only
static void test_picture(void** state)
{
    (void)state;
    if (!has_graphics()) {
        skip();
    }
    Rig r = rig_make(k_cam_xml, 1, 50);
    DdSensorDef def = sensor_def("heat", "thermal", "", "eye");
    def.rate_hz = 50;
    def.width = 160;
    def.height = 120;
    def.hfov = 57 * DD_PI / 180;
    def.netd = 0.05;
    int c = rig_sensor(&r, &def);
    DdWeather w = dd_weather_def();
    w.sun_elevation = -0.5;
    const DdNames given = {.n = 1, .v = {"sun_elevation"}};
    dd_sense_see_weather(r.s, &w, &given);
    assert_string_equal(dd_channels_def(r.ch, c)->name, "heat.image");
    assert_string_equal(dd_channels_def(r.ch, c)->encoding, "mono16");
    assert_string_equal(dd_channels_def(r.ch, c + 1)->name, "heat.info");
    rig_start(&r);
    // the wall, 7.5 m away, at air's temperature, paint under a clear sky: far below it
    const double expected = dd_thermal_apparent(0.93, 293.15, 273.15, 293.15, exp(-2e-4 * 7.5));
    double sum = 0, square = 0, columns = 0;
    int n = 0;
    enum { k_frames = 40 };
    static double mean[40];
    for (int f = 0; f < k_frames; f++) {
        const uint16_t* t = (const uint16_t*)(const void*)bytes_of(&r, "heat.image");
        near(0.01 * t[5 * 160 + 5], 273.15, 0.5); // sky
        for (int y = 42; y < 58; y++) {
            for (int x = 60; x < 100; x++, n++) {
                double v = 0.01 * t[y * 160 + x];
                sum += v;
                square += v * v;
                mean[x - 60] += v / (16.0 * k_frames);
            }
        }
        rig_run(&r, 10);
    }
    double all = sum / n, sigma = sqrt(square / n - all * all);
    for (int x = 0; x < 40; x++) {
        columns += (mean[x] - all) * (mean[x] - all) / 40;
    }
    print_message("wall %.3f K (%.3f), noise %.1f mK, columns %.1f mK\n", all, expected,
                  1e3 * sigma, 1e3 * sqrt(columns));
    near(all, expected, 0.05);
    near(sigma, 0.05 * sqrt(1.25), 0.012);
    near(sqrt(columns), 0.025, 0.01);
    near(sample_of(&r, "heat.info")->values[0], 160, 0);
    rig_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_radiance),
        cmocka_unit_test(test_apparent_temperature),
        cmocka_unit_test(test_temperatures_of_things),
        cmocka_unit_test(test_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
