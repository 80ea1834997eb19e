// The library's calls on sensors of sight: what the spaces say of scans and clouds, and their
// bytes.
#include "tests/unit/script/script_test.h"

#include <jansson.h>
#include <math.h>

#include "sim/script/library.c"

static const char k_scenario[] =
    "return scenario { name = 'x', duration_s = 2, build = function(w)\n"
    "  w:ground {}\n  local a = w:robot { 'amr_250', name = 'a' }\n"
    "  w:box { name = 'wall', size = { 0.2, 20, 6 }, pos = { 3, 0, 3 } }\n"
    "  w:sensor { 'scan', name = 'my_scan', robot = a, pos = { 0, 0, 0.5 }, rays = 9, fov = { 1, 0 "
    "} "
    "}\n"
    "  w:sensor { 'lidar', name = 'my_lidar', robot = a, pos = { 0, 0, 1 }, rate_hz = 10, rays = "
    "100,\n"
    "             elevations = { 0, 0.1 }, layout = 'velodyne' }\n"
    "  w:sensor { 'gnss', name = 'my_gps', robot = a, outages = { 0, 9 }, rate_hz = 10 }\n"
    "end, agent = { observe = { 'my_scan', 'my_lidar', 'my_gps', 'odom' }, act = { 'drive' } } }\n";

static DdSim* open_sim(void)
{
    char error[1000];
    write_text("sight.lua", k_scenario);
    DdSim* sim = dd_sim_open("sight.lua", NULL, error, sizeof error);
    if (!sim) {
        fail_msg("%s", error);
    }
    if (dd_sim_reset(sim, 1, NULL) != 0) {
        fail_msg("%s", dd_sim_error(sim));
    }
    return sim;
}

static const char* text_at(const json_t* row, const char* key)
{
    const char* s = json_string_value(json_object_get(row, key));
    return s ? s : "";
}

static void test_spaces_say_what_the_numbers_are(void** state)
{
    (void)state;
    DdSim* sim = open_sim();
    char* text = dd_sim_spaces(sim, 0);
    json_t* j = json_loads(text, 0, NULL);
    json_t* list = json_object_get(j, "observation");
    assert_int_equal(json_array_size(list), 4);
    size_t i;
    json_t* row;
    int total = 0;
    json_array_foreach(list, i, row)
    {
        // one label per double
        int size = (int)json_integer_value(json_object_get(row, "size"));
        assert_int_equal(json_array_size(json_object_get(row, "labels")), size);
        assert_int_equal(json_integer_value(json_object_get(row, "offset")), total);
        total += size;
    }
    assert_int_equal(total, dd_sim_observation_size(sim, 0));
    row = json_array_get(list, 0);
    assert_string_equal(text_at(row, "type"), "scan");
    assert_string_equal(json_string_value(json_array_get(json_object_get(row, "labels"), 9)),
                        "intensities.0");
    assert_true(json_number_value(json_object_get(row, "angle_increment")) > 0);
    row = json_array_get(list, 1);
    assert_string_equal(text_at(row, "type"), "cloud");
    assert_string_equal(text_at(row, "encoding"), "velodyne");
    json_decref(j);
    dd_sim_free(text);
    dd_sim_close(sim);
}

static void test_clouds_have_bytes(void** state)
{
    (void)state;
    DdSim* sim = open_sim();
    const void* data = sim;
    size_t size = 7;
    assert_int_equal(dd_sim_image(sim, 0, "my_lidar", &data, &size), 0);
    assert_true(!data && size == 0); // none yet
    double* values = calloc((size_t)dd_sim_observation_size(sim, 0), sizeof *values);
    double points = NAN;
    for (int i = 0; i < 40 && dd_sim_advance(sim) == 1; i++) {
        double stand[8] = {0};
        assert_int_equal(dd_sim_observe(sim, 0, values, NULL), 0);
        points = values[18];
        assert_int_equal(dd_sim_act(sim, 0, stand), 0);
    }
    assert_int_equal(dd_sim_image(sim, 0, "my_lidar", &data, &size), 0);
    assert_non_null(data);
    assert_true(points > 10 && size == (size_t)points * 22);
    // a scan and a receiver without a fix are numbers
    assert_true(values[4] > 1 && values[4] < 4);
    assert_true(isnan(values[21]) && values[24] == -1);
    free(values);
    dd_sim_close(sim);
}

static void test_wrong_channels_are_refused(void** state)
{
    (void)state;
    DdSim* sim = open_sim();
    const void* data = sim;
    size_t size = 7;
    assert_int_equal(dd_sim_image(sim, 0, "tip", &data, &size), 2);
    assert_string_equal(dd_sim_error(sim), "the slot observes no channel 'tip'");
    assert_true(!data && size == 0);
    assert_int_equal(dd_sim_image(sim, 0, "odom", &data, &size), 2);
    assert_string_equal(dd_sim_error(sim), "the channel 'odom' is no picture or cloud");
    assert_int_equal(dd_sim_image(sim, 1, "my_lidar", &data, &size), 2);
    dd_sim_close(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spaces_say_what_the_numbers_are),
        cmocka_unit_test(test_clouds_have_bytes),
        cmocka_unit_test(test_wrong_channels_are_refused),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
