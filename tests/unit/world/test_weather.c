// Weather: the sun, the air, floors and wind; and what things are labelled as.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/world/stage.h"
#include "sim/world/things.h"
#include "sim/world/weather.h"
#include "sim/world/world.h"

static DdError t_err;

static bool try_add(DdCompose* c, const char* kind_name, const char* fields)
{
    _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
    const DdThingKind* kind = dd_thing_kind(kind_name);
    json_t* j = json_loads(fields, 0, NULL);

    assert_non_null(kind);
    assert_non_null(j);
    kind->init(def);
    bool ok = dd_fields_read_json(kind->fields, def, j, kind_name, DD_ERROR_SCRIPT, &t_err) &&
              dd_compose_add(c, kind, def, &t_err);
    json_decref(j);
    return ok;
}

static void add(DdCompose* c, const char* kind_name, const char* fields)
{
    if (!try_add(c, kind_name, fields)) {
        fail_msg("%s", t_err.text);
    }
}

static DdCompose* create(DdFiles* files)
{
    DdWorldDef def = dd_world_def();
    DdCompose* c = dd_compose_create(&def, files, &t_err);

    assert_non_null(c);
    return c;
}

static DdWorld* compile(DdCompose* c)
{
    DdWorld* w = dd_compose_compile(c, &t_err);

    if (!w) {
        fail_msg("%s", t_err.text);
    }
    dd_compose_destroy(c);
    return w;
}

static bool apply(DdWorld* w, const char* kind, const char* target, double x, double y, double z)
{
    DdStageOp op = {.v = {x, y, z}};

    snprintf(op.kind, sizeof op.kind, "%s", kind);
    snprintf(op.target, sizeof op.target, "%s", target);
    return dd_stage_apply(w, &op, &t_err);
}

// NREL's SPA as pvlib 0.16 has it (geometric elevation, true solar time, year 2026). SPA is good to
// 0.0003 degrees.
static void test_sun(void** state)
{
    static const struct {
        double latitude, longitude, day, hour, elevation, azimuth; // deg; azimuth from east
    } k_golden[] = {
        {37.45, 126.60, 172, 11.0, 70.982, -43.214}, {37.45, 126.60, 172, 5.0, 3.054, 27.440},
        {37.45, 126.60, 355, 12.0, 29.112, -89.999}, {37.45, 126.60, 79, 15.0, 34.051, -148.588},
        {51.48, 0.0, 265, 9.5, 29.822, -45.436},     {-33.87, 151.2, 15, 7.25, 26.755, -8.564},
        {69.65, 18.96, 172, 0.5, 3.242, 83.112},     {0.0, 0.0, 80, 12.5, 82.492, -182.757},
    };
    const double rad = DD_PI / 180;

    (void)state;
    for (size_t i = 0; i < sizeof k_golden / sizeof *k_golden; i++) {
        DdWeather w = dd_weather_def();
        w.latitude = k_golden[i].latitude;
        w.longitude = k_golden[i].longitude;
        w.day = k_golden[i].day;
        w.hour = k_golden[i].hour;
        DdSun sun = dd_weather_sun(&w, 0);
        double el = k_golden[i].elevation * rad, az = k_golden[i].azimuth * rad;
        double want[3] = {cos(el) * cos(az), cos(el) * sin(az), sin(el)};
        double cross[3];
        dd_cross3(cross, want, sun.direction);
        if (dd_norm3(cross) > 0.02 * rad || dd_dot3(want, sun.direction) < 0) {
            fail_msg("case %zu: %g degrees off", i, dd_norm3(cross) / rad);
        }
        assert_float_equal(sun.elevation, asin(sun.direction[2]), 1e-12);
        // the same place and moment reached by time
        DdWeather early = w;
        early.hour = fmod(w.hour + 20, 24);
        early.day = w.hour + 20 < 24 ? w.day : w.day + 1;
        DdSun later = dd_weather_sun(&w, 20 * 3600);
        DdSun same = dd_weather_sun(&early, 0);
        for (int k = 0; k < 3; k++) {
            assert_float_equal(later.direction[k], same.direction[k], 1e-9);
        }
    }
    // an elevation that is given holds, whatever the hour
    DdWeather w = dd_weather_def();
    w.sun_elevation = 0.1;
    w.sun_azimuth = 1;
    DdSun sun = dd_weather_sun(&w, 5000);
    assert_float_equal(sun.direction[0], cos(0.1) * cos(1.0), 1e-12);
    assert_float_equal(sun.direction[1], cos(0.1) * sin(1.0), 1e-12);
    assert_float_equal(sun.direction[2], sin(0.1), 1e-12);
}

static void test_light(void** state)
{
    // clear sky by elevation, as tables of illuminating engineering have it, to 12 %
    static const double k_points[][2] = {{-18, 6e-4}, {-12, 8e-3}, {-6, 3.4},  {-0.8, 400},
                                         {5, 6.7e3},  {10, 14e3},  {20, 35e3}, {30, 56e3},
                                         {45, 84e3},  {60, 106e3}, {75, 120e3}};
    DdWeather w = dd_weather_def();
    double before = 0;

    (void)state;
    for (size_t i = 0; i < sizeof k_points / sizeof *k_points; i++) {
        w.sun_elevation = k_points[i][0] * DD_PI / 180;
        double lux = dd_weather_sun(&w, 0).illuminance;
        assert_true(fabs(lux / k_points[i][1] - 1) < 0.12);
    }
    for (double deg = -25; deg <= 90; deg += 0.25) {
        w.sun_elevation = deg * DD_PI / 180;
        DdSun sun = dd_weather_sun(&w, 0);
        assert_true(sun.illuminance >= before);
        assert_true(sun.direct >= 0 && sun.direct < 1 && (deg > 0 || sun.direct == 0));
        before = sun.illuminance;
    }
    w.sun_elevation = 1;
    DdSun clear = dd_weather_sun(&w, 0);
    w.cloud = 1;
    DdSun closed = dd_weather_sun(&w, 0);
    assert_float_equal(closed.illuminance / clear.illuminance, 0.15, 1e-9);
    assert_true(closed.direct == 0 && clear.direct > 0.8);
    w.cloud = 0;
    w.fog = 50;
    assert_true(dd_weather_sun(&w, 0).direct < 0.01);
    // lamps: on in the dark, off by day, or as told
    w = dd_weather_def();
    assert_true(dd_weather_floodlights(&w, 0) == 0);
    assert_true(dd_weather_floodlights(&w, 12 * 3600) == 1);
    w.floodlights = 0.3;
    assert_true(dd_weather_floodlights(&w, 0) == 0.3);
}

static void test_air(void** state)
{
    DdWeather w = dd_weather_def();

    (void)state;
    assert_true(dd_weather_extinction(&w, 555) == 0);
    // 5 % contrast is left at the meteorological optical range, whatever it is
    for (double mor = 10; mor < 60000; mor *= 1.7) {
        w.fog = mor;
        assert_float_equal(exp(-dd_weather_extinction(&w, 550) * mor), 0.05, 1e-9);
    }
    // Kim: below 500 m all wavelengths alike; at 2 km (q = 0.66) 905 nm has 0.72, 1550 nm 0.50
    w.fog = 300;
    assert_float_equal(dd_weather_extinction(&w, 905), dd_weather_extinction(&w, 550), 1e-12);
    w.fog = 2000;
    double green = dd_weather_extinction(&w, 550);
    assert_float_equal(dd_weather_extinction(&w, 905) / green, pow(905.0 / 550, -0.66), 1e-9);
    assert_float_equal(dd_weather_extinction(&w, 1550) / green, 0.505, 0.001);
    w.fog = 100e3;
    green = dd_weather_extinction(&w, 550);
    assert_float_equal(dd_weather_extinction(&w, 1100) / green, pow(2, -1.6), 1e-9);
    // Marshall-Palmer rain: R 1, 10, 30, 100 mm/h by Mie sums
    static const double k_rain[][2] = {{1, 3.67e-4}, {10, 1.56e-3}, {30, 3.12e-3}, {100, 6.66e-3}};
    w = dd_weather_def();
    for (size_t i = 0; i < 4; i++) {
        w.rain = k_rain[i][0];
        assert_true(fabs(dd_weather_extinction(&w, 905) / k_rain[i][1] - 1) < 0.01);
    }
    // and all of it adds up
    w = dd_weather_def();
    w.snow = 1;
    w.dust = 0.1;
    assert_float_equal(dd_weather_extinction(&w, 905), 1.44e-3 + 0.08, 1e-12);
    w.fog = 100;
    assert_float_equal(dd_weather_extinction(&w, 905), 1.44e-3 + 0.08 + log(20) / 100, 1e-12);
}

static void test_set(void** state)
{
    DdWeather w = dd_weather_def();

    (void)state;
    assert_true(dd_weather_friction(&w) == 1);
    assert_true(dd_weather_set(&w, "rain", (const double[]){1.25}, &t_err));
    assert_float_equal(dd_weather_friction(&w), 0.8, 1e-12);
    assert_true(dd_weather_set(&w, "wetness", (const double[]){1}, &t_err));
    assert_float_equal(dd_weather_friction(&w), 0.6, 1e-12);
    assert_true(dd_weather_set(&w, "wind", (const double[]){3, -4, 0}, &t_err));
    assert_true(w.wind[1] == -4);
    assert_true(dd_weather_set(&w, "fog", (const double[]){INFINITY}, &t_err));
    assert_false(dd_weather_set(&w, "fgo", (const double[]){10}, &t_err));
    assert_string_equal(t_err.text, "weather has no 'fgo'; did you mean 'fog'?");
    assert_false(dd_weather_set(&w, "name", (const double[]){10}, &t_err));
    DdWeather before = w;
    assert_false(dd_weather_set(&w, "fog", (const double[]){-3}, &t_err));
    assert_non_null(strstr(t_err.text, "fog must be positive"));
    assert_false(dd_weather_set(&w, "hour", (const double[]){25}, &t_err));
    assert_string_equal(t_err.text, "weather: hour must be from 0 to 24 h, got 25");
    assert_false(dd_weather_set(&w, "rain", (const double[]){NAN}, &t_err));
    assert_false(dd_weather_set(&w, "wetness", (const double[]){-INFINITY}, &t_err));
    assert_false(dd_weather_set(&w, "wind", (const double[]){0, 200, 0}, &t_err));
    assert_memory_equal(&w, &before, sizeof w);
    assert_int_equal(dd_weather_numbers("wind"), 3);
    assert_int_equal(dd_weather_numbers("fog"), 1);
    assert_int_equal(dd_weather_numbers("name"), 0);
}

static void test_classes(void** state)
{
    int n;
    const char* const* classes = dd_label_classes(&n);

    (void)state;
    assert_true(n <= DD_NAMES_MAX);
    assert_string_equal(classes[0], "background");
    // recordings hold these numbers
    assert_string_equal(classes[13], "container");
    assert_string_equal(classes[18], "person");
    for (int i = 0; i < n; i++) {
        assert_true(strlen(classes[i]) < DD_NAME_MAX);
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(classes[i], classes[k]);
        }
    }
}

static double friction(DdWorld* w, const char* geom)
{
    int g = mj_name2id(dd_world_model(w), mjOBJ_GEOM, geom);

    assert_true(g >= 0);
    return dd_world_model(w)->geom_friction[3 * g];
}

static void test_world(void** state)
{
    DdCompose* c = create(NULL);

    (void)state;
    add(c, "ground", "{\"friction\":0.8}");
    add(c, "ramp", "{\"name\":\"ramp\",\"friction\":0.9}");
    add(c, "box", "{\"name\":\"b\",\"pos\":[5,0,0.15],\"free\":true,\"friction\":0.5}");
    add(c, "weather", "{\"wetness\":1,\"fog\":80}");
    assert_false(try_add(c, "weather", "{\"name\":\"more\"}"));
    assert_string_equal(t_err.text, "a world has one weather, and 'weather' is it already");
    DdWorld* w = compile(c);
    mjModel* m = dd_world_model(w);
    assert_true(dd_world_weather(w)->fog == 80);
    assert_float_equal(friction(w, "ground/floor"), 0.48, 1e-12);
    assert_float_equal(friction(w, "ramp/slope"), 0.54, 1e-12);
    assert_float_equal(friction(w, "b/box"), 0.5, 1e-12);
    assert_true(m->opt.density == 0 && m->opt.viscosity == 0);
    assert_true(apply(w, "set_weather", "wetness", 0, 0, 0));
    assert_float_equal(friction(w, "ground/floor"), 0.8, 1e-12);
    // of a floor, set_friction says how it is when dry
    assert_true(apply(w, "set_friction", "ground", 0.5, 0, 0));
    assert_true(apply(w, "set_weather", "rain", 40, 0, 0));
    assert_float_equal(friction(w, "ground/floor"), 0.5, 1e-12);
    assert_true(apply(w, "set_weather", "wetness", INFINITY, 0, 0));
    assert_float_equal(friction(w, "ground/floor"), 0.3, 1e-12);
    // wind makes a medium of the air, and its end unmakes it
    assert_true(apply(w, "set_weather", "wind", 0, 12, 0));
    assert_true(m->opt.wind[1] == 12 && m->opt.density == 1.204 && m->opt.viscosity == 1.8e-5);
    assert_true(apply(w, "wind", "", 0, 0, 0));
    assert_true(m->opt.density == 0 && dd_world_weather(w)->wind[1] == 0);
    assert_false(apply(w, "set_weather", "latitude", 3, 0, 0));
    assert_non_null(strstr(t_err.text, "the place stays"));
    assert_false(apply(w, "set_weather", "temprature", 3, 0, 0));
    assert_non_null(strstr(t_err.text, "did you mean 'temperature'?"));
    dd_world_destroy(w);

    c = create(NULL);
    assert_false(try_add(c, "weather", "{\"hour\":30}"));
    assert_string_equal(t_err.text, "weather 'weather': hour must be from 0 to 24 h, got 30");
    dd_compose_destroy(c);
}

static void run(DdWorld* w, int n)
{
    for (int i = 0; i < n; i++) {
        assert_true(dd_world_step1(w, &t_err));
        assert_true(dd_world_step2(w, &t_err));
    }
}

// A light box slides before the wind, a heavy one does not; and where it goes is the same from a
// restore point with the operations repeated on a fresh model.
static void test_wind(void** state)
{
    double states[2][4096];
    uint64_t hashes[2];

    (void)state;
    for (int again = 0; again < 2; again++) {
        DdCompose* c = create(NULL);
        add(c, "ground", "{\"friction\":0.1}");
        add(c, "box",
            "{\"name\":\"carton\",\"pos\":[0,0,0.2],\"size\":[0.4,0.4,0.4],\"mass\":1,\"free\":"
            "true,"
            "\"friction\":0.1}");
        add(c, "box",
            "{\"name\":\"block\",\"pos\":[0,3,0.2],\"size\":[0.4,0.4,0.4],\"mass\":200,"
            "\"free\":true,\"friction\":0.1}");
        DdWorld* w = compile(c);
        int carton = dd_world_body(w, "carton"), block = dd_world_body(w, "block");
        assert_true(dd_world_state_size(w) <= 4096);
        if (again == 0) {
            run(w, 200);
        }
        assert_true(apply(w, "set_weather", "wetness", 1, 0, 0));
        assert_true(apply(w, "set_weather", "wind", 12, 0, 0));
        if (again == 0) {
            run(w, 100);
            dd_world_save(w, states[0]);
            assert_true(dd_world_load(w, 300, states[0], &t_err));
        } else {
            assert_true(dd_world_load(w, 300, states[0], &t_err));
        }
        run(w, 400);
        dd_world_save(w, states[1]);
        hashes[again] = dd_world_state_hash(w, 0);
        assert_true(dd_world_data(w)->xpos[3 * carton] > 0.5);
        assert_true(fabs(dd_world_data(w)->xpos[3 * block]) < 0.02);
        dd_world_destroy(w);
    }
    assert_true(hashes[0] == hashes[1]);
}

static const char k_robot[] =
    "<mujoco><worldbody><body name='base' pos='0 0 0.5'><freejoint/>"
    "<geom type='box' size='.5 .3 .2'/><body name='arm' pos='0 0 .4'><joint type='hinge'/>"
    "<geom type='box' size='.1 .1 .3'/></body></body></worldbody></mujoco>";

static const char* label(const DdWorld* w, const char* thing)
{
    int i = dd_world_thing_find(w, thing);

    assert_true(i >= 0);
    return dd_world_thing_label(w, i);
}

static void test_instances(void** state)
{
    static const char* const k_robots[][3] = {{"r1", "robots/agv_container/model.xml", "agv"},
                                              {"r2", "arm_6.xml", "arm"},
                                              {"r3", "files/army/x.xml", "robot"},
                                              {"r4", "x/amr_250/m.xml", "amr"}};
    DdFiles* files = dd_files_create();
    DdCompose* c = create(files);

    (void)state;
    add(c, "ground", "{}");
    add(c, "frame", "{\"name\":\"goal\"}");
    add(c, "weather", "{}");
    add(c, "stack",
        "{\"name\":\"yard\",\"pos\":[0,20,0],\"yaw\":0.5,\"bays\":1,\"rows\":2,\"tiers\":2}");
    add(c, "door", "{\"name\":\"gate\",\"pos\":[0,-9,0]}");
    add(c, "actor", "{\"name\":\"walker\",\"model\":\"person\",\"path\":[[9,0,0],[9,9,0]]}");
    add(c, "actor",
        "{\"name\":\"ship\",\"label\":\"vessel\",\"model\":\"box\",\"path\":[[-9,0,0],[-9,9,0]]}");
    add(c, "container", "{\"name\":\"C1\",\"pos\":[30,0,0]}");
    add(c, "box", "{\"name\":\"crate\",\"pos\":[3,0,1],\"label\":\"tote\",\"on\":\"C1\"}");
    add(c, "body", "{\"name\":\"peg\",\"pos\":[4,4,1]}");
    add(c, "wall", "{\"name\":\"hall\",\"from\":[50,0],\"to\":[50,9],\"label\":\"building\"}");
    add(c, "floodlight", "{\"name\":\"lamp\",\"pos\":[60,0,0],\"target\":[50,0,0]}");
    for (int i = 0; i < 4; i++) {
        DdRobotPlacement p = dd_robot_placement_def();
        snprintf(p.name, sizeof p.name, "%s", k_robots[i][0]);
        snprintf(p.model, sizeof p.model, "%s", k_robots[i][1]);
        p.pos[1] = -20 - 5 * i;
        assert_non_null(dd_files_add(files, p.model, k_robot, strlen(k_robot), &t_err));
        assert_true(dd_compose_add_robot(c, &p, &t_err));
    }
    // labels come through the composition
    json_t* ops = dd_compose_ops(c);
    dd_compose_destroy(c);
    c = dd_compose_from_ops(ops, files, &t_err);
    assert_non_null(c);
    json_decref(ops);
    DdWorld* w = compile(c);

    static const char* const k_labels[][2] = {
        {"ground", "ground"}, {"yard", "container"}, {"gate", "door"},    {"walker", "person"},
        {"ship", "vessel"},   {"C1", "container"},   {"crate", "tote"},   {"peg", "part"},
        {"hall", "building"}, {"lamp", "light"},     {"weather", "other"}};
    for (size_t i = 0; i < sizeof k_labels / sizeof *k_labels; i++) {
        assert_string_equal(label(w, k_labels[i][0]), k_labels[i][1]);
    }
    for (int i = 0; i < 4; i++) {
        assert_string_equal(label(w, k_robots[i][0]), k_robots[i][2]);
    }
    assert_true(dd_world_thing_labelled(w, dd_world_thing_find(w, "crate")));
    assert_false(dd_world_thing_labelled(w, dd_world_thing_find(w, "C1")));

    // one each, four of the stack, none of the frame and the weather
    assert_int_equal(dd_world_instance_count(w), 10 + 3 + 4);
    int seen = 0;
    for (int i = 1; i <= dd_world_instance_count(w); i++) {
        int thing = dd_world_instance_thing(w, i), body = dd_world_instance_body(w, i);
        const char* name = dd_world_thing_name(w, thing);
        assert_int_equal(dd_world_instance_of_body(w, body), i);
        if (strcmp(name, "yard") == 0) {
            assert_memory_equal(dd_world_instance_name(w, i), "yard/c_1_", 9);
            seen++;
        } else {
            assert_string_equal(dd_world_instance_name(w, i), name);
        }
        bool stuff = strcmp(name, "ground") == 0 || strcmp(name, "hall") == 0;
        assert_int_equal(dd_world_instance_counts(w, i), !stuff);
    }
    assert_int_equal(seen, 4);
    const mjModel* m = dd_world_model(w);
    for (int i = 1; i < m->nbody; i++) {
        int instance = dd_world_instance_of_body(w, i);
        int thing = dd_world_thing_of_body(w, i);
        assert_true(instance == 0 || dd_world_instance_thing(w, instance) == thing);
        assert_true(instance > 0 || m->body_geomnum[i] == 0);
    }
    assert_int_equal(dd_world_instance_of_body(w, dd_world_body(w, "r1/arm")),
                     dd_world_instance_of_body(w, dd_world_body(w, "r1")));
    assert_int_equal(dd_world_instance_of_body(w, dd_world_body(w, "gate/leaf")),
                     dd_world_instance_of_body(w, dd_world_body(w, "gate")));
    assert_int_equal(dd_world_instance_of_body(w, 0), 0);

    // the lamp shines from its mast's head on the target
    assert_true(dd_world_forward(w, &t_err));
    int lamp = mj_name2id(m, mjOBJ_LIGHT, "lamp/lamp");
    assert_true(lamp >= 0 && m->light_type[lamp] == mjLIGHT_SPOT);
    const mjtNum* p = dd_world_data(w)->light_xpos + 3 * lamp;
    const mjtNum* d = dd_world_data(w)->light_xdir + 3 * lamp;
    double t = -p[2] / d[2];
    assert_float_equal(p[0] + t * d[0], 50, 1e-6);
    assert_float_equal(p[1] + t * d[1], 0, 1e-6);
    dd_world_destroy(w);
    dd_files_destroy(files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sun),  cmocka_unit_test(test_light),     cmocka_unit_test(test_air),
        cmocka_unit_test(test_set),  cmocka_unit_test(test_classes),   cmocka_unit_test(test_world),
        cmocka_unit_test(test_wind), cmocka_unit_test(test_instances),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
