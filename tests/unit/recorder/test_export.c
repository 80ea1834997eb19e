// CSV: what is in the files, quoted where it must be, numbers that read back to the same bits.
#include "tests/unit/recorder/help.h"

#include "recorder/export/export.h"
#include "sim/base/text.h"

static void make(const char* dir, const char* name, int steps, const char* outcome)
{
    DdError err;
    DdChannels* channels = dd_channels_create(100);
    DdChannelDef def = dd_channel_def();
    strcpy(def.name, "dock_err");
    def.measure = true;
    dd_channels_add(channels, &def, &err);
    strcpy(def.name, "speed, \"raw\"");
    def.rate = dd_rate(25);
    dd_channels_add(channels, &def, &err);
    def = dd_channel_def();
    strcpy(def.name, "amr.pose");
    def.type = DD_TYPE_POSE;
    dd_channels_add(channels, &def, &err);
    dd_channels_start(channels);
    json_t* run = json_pack("{s:s,s:i,s:s,s:{s:f}}", "scenario", "dock", "episode", 3, "seed", "42",
                            "params", "friction", 0.1);
    DdRecordDef rd = {.dir = dir,
                      .name = name,
                      .start_ns = 1000000000,
                      .level = 1,
                      .compression = DD_COMPRESS_LZ4,
                      .run_record = run};
    DdRecord* r = dd_record_create(&rd, channels, &err);
    assert_non_null(r);
    json_decref(run);
    for (int step = 0; step < steps; step++) {
        dd_channels_push(channels, 0, step)[0] = 0.1 * step;
        if (step % 4 == 2) {
            dd_channels_push(channels, 1, step)[0] = 1.0 / 3.0;
        }
        double* v = dd_channels_push(channels, 2, step);
        for (int i = 0; i < 7; i++) {
            v[i] = step + i;
        }
        const DdSample* s;
        while ((s = dd_channels_take(channels, step)) != NULL) {
            dd_record_sample(r, s);
        }
    }
    json_t* result = json_pack("{s:s,s:s,s:f,s:[{s:s,s:f},{s:s,s:n}]}", "outcome", outcome,
                               "reason", "docked: \"late\", by 2 s", "duration_s", 0.06, "metrics",
                               "name", "time_to_success", "value", 2.5, "name", "energy", "value");
    assert_true(dd_record_close(r, result, &err));
    json_decref(result);
    dd_channels_destroy(channels);
}

static char* text_in(const char* dir, const char* name)
{
    char path[2 * DD_PATH_MAX];
    size_t n;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return (char*)help_read(path, &n);
}

static void test_csv(void** state)
{
    (void)state;
    char episode[2][DD_PATH_MAX + 64];
    const char* dir = help_path("run");
    for (int i = 0; i < 2; i++) {
        char bag[DD_PATH_MAX];
        snprintf(bag, sizeof bag, "%s/episode_%05d", dir, i);
        make(bag, i ? "episode_00001" : "episode_00000", 6, i ? "FAIL" : "PASS");
        snprintf(episode[i], sizeof episode[i], "%s/episode_%05d.mcap", bag, i);
    }
    const char* paths[] = {episode[0], episode[1]};
    const char* out = help_path("csv");
    DdError err;
    assert_true(dd_dir_make(out, &err));
    const DdExportKind* csv = dd_export_kind("csv");
    assert_non_null(csv);
    assert_null(dd_export_kind("cvs"));
    if (!csv->run(paths, 2, out, &err)) {
        fail_msg("%s", err.text);
    }

    char* text = text_in(out, "episode_00000/measures.csv");
    assert_string_equal(text, "time_s,dock_err,\"speed, \"\"raw\"\"\"\r\n"
                              "0,0,\r\n"
                              "0.01,0.1,\r\n"
                              "0.02,0.2,0.3333333333333333\r\n"
                              "0.03,0.30000000000000004,0.3333333333333333\r\n"
                              "0.04,0.4,0.3333333333333333\r\n"
                              "0.05,0.5,0.3333333333333333\r\n");
    free(text);
    text = text_in(out, "episode_00001/amr.pose.csv");
    assert_int_equal(strncmp(text, "time_s,x,y,z,qw,qx,qy,qz\r\n0,0,1,2,3,4,5,6\r\n", 43), 0);
    free(text);
    text = text_in(out, "episodes.csv");
    assert_string_equal(
        text, "file,episode,seed,outcome,reason,duration_s,friction,time_to_success,energy\r\n"
              "episode_00000,3,42,PASS,\"docked: \"\"late\"\", by 2 s\",0.06,0.1,2.5,\r\n"
              "episode_00001,3,42,FAIL,\"docked: \"\"late\"\", by 2 s\",0.06,0.1,2.5,\r\n");
    free(text);
}

static void test_foreign_file_is_an_error(void** state)
{
    (void)state;
    const char* path = help_path("foreign.mcap");
    DdMcapDef def = dd_mcap_def();
    help_make(path, &def, 5);
    const char* out = help_path("csv2");
    DdError err;
    assert_true(dd_dir_make(out, &err));
    assert_false(dd_export_kind("csv")->run(&path, 1, out, &err));
    assert_non_null(strstr(err.text, "not a drydock recording"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_foreign_file_is_an_error),
    };
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
