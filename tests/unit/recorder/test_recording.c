// Recording: what an episode hands over comes back, bit for bit, with its steps; the bag is one
// that rosbag2 opens; equal calls give equal files; a tick allocates nothing.
#include "tests/unit/recorder/help.h"

#include <math.h>

#include "recorder/recording.h"

static _Thread_local bool counting;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS_MALLOC 1
static _Thread_local long allocations;

void* __libc_malloc(size_t n);
void* __libc_calloc(size_t n, size_t size);
void* __libc_realloc(void* p, size_t n);

void* malloc(size_t n)
{
    allocations += counting;
    return __libc_malloc(n);
}

void* calloc(size_t n, size_t size)
{
    allocations += counting;
    return __libc_calloc(n, size);
}

void* realloc(void* p, size_t n)
{
    allocations += counting;
    return __libc_realloc(p, n);
}
#endif

enum { k_hz = 500, k_channels = 12, k_frames = 10, k_state = 40 };

typedef struct Rig {
    DdChannels* channels;
    DdRecord* record;
    int slot;
    DdActionSpace space;
    int64_t steps; // of physics between agent ticks
} Rig;

static char geoms[3][DD_NAME_MAX] = {"floor", "amr/base/geom0", "선반"};

static DdChannels* make_channels(void)
{
    DdChannels* c = dd_channels_create(k_hz);
    DdError err;
    for (int type = 0; type < k_channels; type++) {
        DdChannelDef def = dd_channel_def();
        snprintf(def.name, sizeof def.name, "amr.%s", dd_type_name((DdType)type));
        snprintf(def.frame, sizeof def.frame, "amr/odom");
        snprintf(def.child_frame, sizeof def.child_frame, "amr/base");
        def.type = (DdType)type;
        def.rate = dd_rate(50);
        def.latency_steps = type == DD_TYPE_IMU || type == DD_TYPE_SCALAR ? 3 : 0;
        def.truth = type == DD_TYPE_POSE;
        if (type == DD_TYPE_SCALAR) {
            strcpy(def.name, "amr.range 1");
        }
        if (type == DD_TYPE_TWIST) { // a measure among them
            def.type = DD_TYPE_SCALAR;
            def.measure = def.truth = true;
            strcpy(def.name, "dock_err");
            strcpy(def.unit, "m");
        }
        if (def.type == DD_TYPE_VECTOR || def.type == DD_TYPE_JOINTS ||
            def.type == DD_TYPE_CONTACTS) {
            def.names = geoms;
            def.nname = 3;
            def.max_contacts = 4;
        }
        if (def.type == DD_TYPE_SCAN) {
            def.count = 30;
            def.meta[DD_SCAN_ANGLE_MIN] = -1.5;
            def.meta[DD_SCAN_ANGLE_INCREMENT] = 0.1;
            def.meta[DD_SCAN_RANGE_MAX] = INFINITY;
        } else if (def.type == DD_TYPE_RANGE) {
            def.meta[DD_RANGE_MAX] = 4;
        }
        assert_int_equal(dd_channels_add(c, &def, &err), type);
    }
    dd_channels_start(c);
    return c;
}

static Rig open_rig(const char* dir)
{
    Rig r = {.steps = 10};
    DdError err;
    r.channels = make_channels();
    json_t* run = json_pack("{s:s,s:s,s:{s:f}}", "scenario", "dock", "seed", "18446744073709551615",
                            "params", "x", 0.1);
    DdRecordDef def = {.dir = dir,
                       .name = "episode_00000",
                       .start_ns = 1767225600000000000,
                       .compression = DD_COMPRESS_ZSTD,
                       .level = 1,
                       .run_record = run};
    r.record = dd_record_create(&def, r.channels, &err);
    if (!r.record) {
        fail_msg("%s", err.text);
    }
    json_decref(run);
    DdFile file = {.name = "scenario/scenario.lua", .data = (unsigned char*)"return {}", .size = 9};
    assert_true(dd_record_file(r.record, &file));
    r.space.npart = 1;
    r.space.n = 2;
    strcpy(r.space.part[0].name, "drive");
    r.space.part[0].n = 2;
    strcpy(r.space.part[0].label[0], "linear");
    strcpy(r.space.part[0].label[1], "angular");
    r.slot = dd_record_slot(r.record, "amr", &r.space);
    static const char* const k_names[k_frames] = {"world", "amr/base", "amr/wheel_l", "amr/wheel_r",
                                                  "bay",   "컨테이너", "a",           "bb",
                                                  "ccc",   "dddd"};
    dd_record_frames(r.record, k_names, k_frames);
    return r;
}

static double value_at(int64_t step, int i)
{
    return sin((double)step * 0.37 + i) * (i % 3 ? 1 : 1e-9);
}

// What a sample of this channel holds: scans and ranges are floats, some of a position are counts.
static double number_at(const DdChannelDef* def, int64_t step, int i)
{
    double v = value_at(step, i);
    if (def->type == DD_TYPE_SCAN || def->type == DD_TYPE_RANGE) {
        return step % 70 == i ? INFINITY : (double)(float)v;
    }
    if (def->type == DD_TYPE_GNSS && (i == 3 || i == 13)) {
        return (double)(step / 10 % 4) - (i == 3 ? 2 : 0);
    }
    return v;
}

static void push(Rig* r, int c, int64_t step)
{
    const DdChannelDef* def = dd_channels_def(r->channels, c);
    double* v = dd_channels_push(r->channels, c, step);
    int n = dd_channel_width(def);
    for (int i = 0; i < n; i++) {
        v[i] = number_at(def, step, i);
    }
    if (def->type == DD_TYPE_CONTACTS) {
        memset(v, 0, (size_t)n * sizeof *v);
        v[0] = (double)(step / 10 % 4);
        for (int k = 0; k < (int)v[0]; k++) {
            v[1 + 12 * k] = k % 3;
            v[2 + 12 * k] = 2;
            for (int i = 2; i < 12; i++) {
                v[1 + 12 * k + i] = value_at(step, i);
            }
        }
    }
}

// One physics step; agent ticks every r->steps.
static void tick(Rig* r, int64_t step)
{
    const DdSample* s;
    bool agent = step % r->steps == 0;
    for (int c = 0; agent && c < k_channels; c++) {
        push(r, c, step);
    }
    if (agent) {
        dd_record_clock(r->record, step);
    }
    while ((s = dd_channels_take(r->channels, step)) != NULL) {
        dd_record_sample(r->record, s);
    }
    if (!agent) {
        return;
    }
    double poses[k_frames][7];
    bool mask[k_frames];
    for (int i = 0; i < k_frames; i++) {
        mask[i] = (step / 10 + i) % 3 != 0;
        for (int k = 0; k < 7; k++) {
            poses[i][k] = value_at(step, i + k);
        }
    }
    dd_record_poses(r->record, step, (const double(*)[7])poses, mask);
    uint64_t hashes[10];
    for (int i = 0; i < 10; i++) {
        hashes[i] = (uint64_t)(step + i) * 0x9e3779b97f4a7c15u;
    }
    dd_record_hashes(r->record, step, step + 1, hashes, 10);
    double action[2] = {value_at(step, 0), value_at(step, 1)};
    dd_record_action(r->record, r->slot, step, action);
    dd_record_journal(r->record, step, "action", "amr", action, 2);
    if (step % 500 == 0) {
        double state[k_state];
        for (int i = 0; i < k_state; i++) {
            state[i] = value_at(step, i);
        }
        dd_record_restore_point(r->record, step, state, k_state);
        dd_record_event(r->record, step, "note", "amr", "{\"a\":1}");
        dd_record_log(r->record, step, "warn", "x.lua", 12, "bad \xff\xc3\xa9 text");
        dd_record_reward(r->record, step, 0.25, false, true);
    }
}

static void make(const char* dir, int64_t steps)
{
    Rig r = open_rig(dir);
    for (int64_t step = 0; step <= steps; step++) {
        tick(&r, step);
    }
    json_t* result =
        json_pack("{s:s,s:i,s:f,s:[{s:s,s:f}]}", "outcome", "PASS", "steps", (int)steps,
                  "duration_s", 4.0, "metrics", "name", "time_to_success", "value", 3.5);
    DdError err;
    if (!dd_record_close(r.record, result, &err)) {
        fail_msg("%s", err.text);
    }
    json_decref(result);
    dd_channels_destroy(r.channels);
}

static const char* file_in(const char* dir)
{
    static char path[DD_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/episode_00000.mcap", dir);
    return path;
}

static void check_sample(const DdPlayItem* item, const DdChannels* channels)
{
    int c = dd_channels_find(channels, item->channel);
    assert_true(c >= 0);
    const DdChannelDef* def = dd_channels_def(channels, c);
    assert_int_equal(item->avail_step, item->step + def->latency_steps);
    assert_int_equal(item->n, dd_channel_width(def));
    if (def->type == DD_TYPE_CONTACTS) {
        assert_true(item->values[0] == (double)(item->step / 10 % 4));
        if (item->values[0] > 1) {
            assert_true(item->values[13] == 1);
            assert_true(item->values[24] == value_at(item->step, 11));
        }
        return;
    }
    for (int i = 0; i < item->n; i++) {
        assert_true(item->values[i] == number_at(def, item->step, i));
    }
}

static void test_everything_comes_back(void** state)
{
    (void)state;
    const char* dir = help_path("bag");
    make(dir, 2000);
    help_check_clean(file_in(dir));
    DdError err;
    DdPlay* p = dd_play_open(file_in(dir), true, &err);
    if (!p) {
        fail_msg("%s", err.text);
    }
    assert_true(dd_play_finished(p));
    json_t* run = dd_play_run_record(p, &err);
    assert_string_equal(json_string_value(json_object_get(run, "seed")), "18446744073709551615");
    assert_true(json_real_value(json_object_get(json_object_get(run, "params"), "x")) == 0.1);
    json_decref(run);
    json_t* result = dd_play_result(p);
    assert_string_equal(json_string_value(json_object_get(result, "outcome")), "PASS");
    json_decref(result);
    DdFiles* files = dd_files_create();
    assert_true(dd_play_files(p, files, &err));
    assert_int_equal(dd_files_find(files, "scenario/scenario.lua")->size, 9);
    dd_files_destroy(files);

    DdChannels* channels = dd_play_channels(p, &err);
    assert_non_null(channels);
    assert_int_equal(dd_channels_count(channels), k_channels);
    DdChannels* original = make_channels();
    for (int c = 0; c < k_channels; c++) {
        const DdChannelDef* a = dd_channels_def(channels, c);
        const DdChannelDef* b = dd_channels_def(original, c);
        assert_string_equal(a->name, b->name);
        assert_string_equal(a->frame, b->frame);
        assert_string_equal(a->unit, b->unit);
        assert_int_equal(a->type, b->type);
        assert_int_equal(a->latency_steps, b->latency_steps);
        assert_int_equal(a->truth, b->truth);
        assert_int_equal(a->measure, b->measure);
        assert_int_equal(a->nname, b->nname);
        assert_int_equal(a->count, b->count);
        assert_memory_equal(a->meta, b->meta, sizeof a->meta);
    }
    dd_channels_destroy(original);

    int kinds[DD_PLAY_OTHER + 1] = {0};
    DdPlayItem item;
    int64_t last = 0;
    while (dd_play_next(p, &item, &err)) {
        kinds[item.kind]++;
        assert_true(item.avail_step >= last);
        last = item.avail_step;
        switch (item.kind) {
        case DD_PLAY_SAMPLE:
            check_sample(&item, channels);
            break;
        case DD_PLAY_HASHES:
            assert_int_equal(item.n, 10);
            assert_int_equal(item.first_step, item.step + 1);
            assert_true(item.hashes[9] == (uint64_t)(item.step + 9) * 0x9e3779b97f4a7c15u);
            break;
        case DD_PLAY_POSES: {
            int k = 0;
            for (int i = 0; i < k_frames; i++) {
                if ((item.step / 10 + i) % 3 != 0) {
                    for (int v = 0; v < 7; v++) {
                        assert_true(item.values[7 * k + v] == value_at(item.step, i + v));
                    }
                    k++;
                }
            }
            assert_int_equal(item.nname, k);
            break;
        }
        case DD_PLAY_ACTION:
            assert_string_equal(item.channel, "amr");
            assert_true(item.values[1] == value_at(item.step, 1));
            break;
        case DD_PLAY_JOURNAL:
            assert_string_equal(item.channel, "action");
            assert_string_equal(item.subject, "amr");
            assert_true(item.values[0] == value_at(item.step, 0));
            break;
        case DD_PLAY_RESTORE:
            assert_int_equal(item.n, k_state);
            assert_true(item.values[39] == value_at(item.step, 39));
            break;
        case DD_PLAY_EVENT:
            assert_string_equal(item.channel, "note");
            assert_string_equal(item.text, "{\"a\":1}");
            break;
        case DD_PLAY_LOG:
            assert_string_equal(item.channel, "warn");
            assert_string_equal(item.text, "bad ?\xc3\xa9 text");
            assert_string_equal(item.subject, "x.lua");
            assert_int_equal(item.line, 12);
            break;
        case DD_PLAY_REWARD:
            assert_true(item.values[0] == 0.25 && item.values[1] == 0 && item.values[2] == 1);
            break;
        default:
            assert_string_equal(item.topic, "/clock");
            break;
        }
    }
    assert_int_equal(err.code, DD_OK);
    // samples with latency that are not there yet at the end are not written
    assert_int_equal(kinds[DD_PLAY_SAMPLE], 201 * k_channels - 2);
    assert_int_equal(kinds[DD_PLAY_HASHES], 201);
    assert_int_equal(kinds[DD_PLAY_POSES], 201);
    assert_int_equal(kinds[DD_PLAY_ACTION], 201);
    assert_int_equal(kinds[DD_PLAY_JOURNAL], 201);
    assert_int_equal(kinds[DD_PLAY_RESTORE], 5);
    assert_int_equal(kinds[DD_PLAY_EVENT], 5);
    assert_int_equal(kinds[DD_PLAY_LOG], 5);
    assert_int_equal(kinds[DD_PLAY_REWARD], 5);
    assert_int_equal(kinds[DD_PLAY_OTHER], 201);

    // one channel only
    dd_play_rewind(p);
    dd_play_select(p, DD_PLAY_SAMPLE, "dock_err");
    int n = 0;
    while (dd_play_next(p, &item, &err)) {
        assert_string_equal(item.topic, "/measures/dock_err");
        n++;
    }
    assert_int_equal(n, 201);
    char digest[DD_SHA256_HEX_SIZE];
    dd_play_select_all(p);
    assert_true(dd_play_digest(p, digest, &err));
    n = 0;
    while (dd_play_next(p, &item, &err)) {
        n++;
    }
    assert_true(n > 2000);
    dd_channels_destroy(channels);
    dd_play_close(p);
}

static void test_topics_and_bag(void** state)
{
    (void)state;
    const char* dir = help_path("topics");
    make(dir, 100);
    DdError err;
    DdMcapReader* r = dd_mcap_open(file_in(dir), true, &err);
    static const char* const k_topics[][2] = {
        {"/amr/odom", "nav_msgs/msg/Odometry"},
        {"/amr/imu", "sensor_msgs/msg/Imu"},
        {"/ground_truth/amr/pose", "geometry_msgs/msg/PoseStamped"},
        {"/measures/dock_err", "std_msgs/msg/Float64"},
        {"/amr/range_1", "std_msgs/msg/Float64"},
        {"/amr/joints", "sensor_msgs/msg/JointState"},
        {"/amr/contacts", "drydock_msgs/msg/Contacts"},
        {"/amr/action", "drydock_msgs/msg/Action"},
        {"/amr/scan", "sensor_msgs/msg/LaserScan"},
        {"/amr/gnss/fix", "sensor_msgs/msg/NavSatFix"},
        {"/amr/range", "sensor_msgs/msg/Range"},
        {"/clock", "rosgraph_msgs/msg/Clock"},
        {"/tf", "tf2_msgs/msg/TFMessage"},
        {"/rosout", "rcl_interfaces/msg/Log"},
    };
    for (size_t i = 0; i < sizeof k_topics / sizeof *k_topics; i++) {
        const DdMcapChannel* c = dd_mcap_channel_topic(r, k_topics[i][0]);
        if (!c) {
            fail_msg("no topic %s", k_topics[i][0]);
        }
        assert_string_equal(dd_mcap_schema_find(r, c->schema)->name, k_topics[i][1]);
        assert_string_equal(c->encoding, "cdr");
        assert_string_equal(c->kv[0].key, "offered_qos_profiles");
    }
    dd_mcap_reader_close(r);
    char path[DD_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/metadata.yaml", dir);
    size_t n;
    char* yaml = (char*)help_read(path, &n);
    assert_non_null(strstr(yaml, "  version: 8\n"));
    assert_non_null(strstr(yaml, "closed: \"yes\""));
    assert_non_null(strstr(yaml, "nanoseconds_since_epoch: 1767225600000000000"));
    free(yaml);
}

// While it is written the bag says that it is not closed; so does what is left of a killed one.
static void test_open_bag_says_so(void** state)
{
    (void)state;
    const char* dir = help_path("open");
    Rig r = open_rig(dir);
    char path[DD_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/metadata.yaml", dir);
    size_t n;
    char* yaml = (char*)help_read(path, &n);
    assert_non_null(strstr(yaml, "closed: \"no\""));
    free(yaml);
    for (int64_t step = 0; step < 3000; step++) {
        tick(&r, step);
    }
    // the run record is there before anything else
    DdError err;
    DdPlay* p = dd_play_open(file_in(dir), true, &err);
    assert_non_null(p);
    assert_false(dd_play_finished(p));
    assert_null(dd_play_result(p));
    json_t* run = dd_play_run_record(p, &err);
    assert_non_null(run);
    json_decref(run);
    dd_play_close(p);
    assert_true(dd_record_close(r.record, NULL, &err));
    dd_channels_destroy(r.channels);
}

static void test_equal_runs_equal_files(void** state)
{
    (void)state;
    size_t n[2];
    uint8_t* bytes[2];
    for (int i = 0; i < 2; i++) {
        const char* dir = help_path(i ? "eq1" : "eq2");
        make(dir, 3000);
        bytes[i] = help_read(file_in(dir), &n[i]);
    }
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(bytes[0], bytes[1], n[0]);
    free(bytes[0]);
    free(bytes[1]);
}

static void test_a_changed_message_changes_the_digest(void** state)
{
    (void)state;
    const char* dir = help_path("digest");
    make(dir, 500);
    // the same messages, one bit of one of them changed, CRCs made anew by the writer
    DdError err;
    DdMcapReader* r = dd_mcap_open(file_in(dir), true, &err);
    DdMcapDef def = dd_mcap_def();
    const char* out = help_path("forged.mcap");
    DdMcapMetadata meta;
    assert_true(dd_mcap_metadata_at(r, 0, &meta, &err));
    DdMcapWriter* w = dd_mcap_create(out, &def, meta.name, meta.kv, meta.nkv, &err);
    for (int i = 0; i < dd_mcap_schema_count(r); i++) {
        const DdMcapSchema* s = dd_mcap_schema_at(r, i);
        dd_mcap_schema(w, s->name, s->encoding, s->data, s->size);
    }
    for (int i = 0; i < dd_mcap_channel_count(r); i++) {
        const DdMcapChannel* c = dd_mcap_channel_at(r, i);
        dd_mcap_channel(w, c->schema, c->topic, c->encoding, c->kv, c->nkv);
    }
    DdMcapMessage m;
    int n = 0;
    while (dd_mcap_next(r, &m, &err)) {
        uint8_t copy[4096];
        assert_true(m.size <= sizeof copy);
        memcpy(copy, m.data, m.size);
        copy[m.size - 1] ^= n++ == 100;
        dd_mcap_message(w, m.channel->id, m.sequence, m.log_ns, m.publish_ns, copy, m.size);
    }
    assert_true(dd_mcap_metadata_at(r, dd_mcap_metadata_count(r) - 1, &meta, &err));
    dd_mcap_metadata(w, meta.name, meta.kv, meta.nkv);
    assert_true(dd_mcap_close(w, &err));
    dd_mcap_reader_close(r);
    char digest[DD_SHA256_HEX_SIZE];
    DdPlay* p = dd_play_open(out, true, &err);
    assert_non_null(p);
    assert_false(dd_play_digest(p, digest, &err));
    assert_int_equal(err.code, DD_ERROR_DAMAGED);
    dd_play_close(p);
}

static void test_a_cut_recording_recovers(void** state)
{
    (void)state;
    const char* dir = help_path("cutbag");
    make(dir, 5000);
    size_t n;
    uint8_t* bytes = help_read(file_in(dir), &n);
    const char* cut = help_path("cut.mcap");
    const char* whole = help_path("recovered.mcap");
    help_write(cut, bytes, n * 2 / 3);
    DdError err;
    DdMcapRecovered what;
    assert_true(dd_mcap_recover(cut, whole, &what, &err));
    help_check_clean(whole);
    DdPlay* p = dd_play_open(whole, true, &err);
    assert_non_null(p);
    DdPlayItem item;
    int samples = 0;
    while (dd_play_next(p, &item, &err)) {
        samples += item.kind == DD_PLAY_SAMPLE;
    }
    assert_int_equal(err.code, DD_OK);
    assert_true(samples > 2000);
    char digest[DD_SHA256_HEX_SIZE];
    assert_true(dd_play_digest(p, digest, &err));
    dd_play_close(p);
    free(bytes);
}

static void test_a_tick_allocates_nothing(void** state)
{
    (void)state;
    Rig r = open_rig(help_path("malloc"));
    int64_t step = 0;
    for (; step < 2000; step++) {
        tick(&r, step);
    }
    counting = true;
    for (; step < 40000; step++) {
        tick(&r, step);
    }
    counting = false;
#ifdef COUNTS_MALLOC
    assert_int_equal(allocations, 0);
#endif
    DdError err;
    assert_true(dd_record_close(r.record, NULL, &err));
    dd_channels_destroy(r.channels);
}

static void test_foreign_files_are_no_recordings(void** state)
{
    (void)state;
    const char* path = help_path("foreign.mcap");
    DdMcapDef def = dd_mcap_def();
    help_make(path, &def, 10);
    DdError err;
    DdPlay* p = dd_play_open(path, true, &err);
    assert_non_null(p);
    assert_null(dd_play_run_record(p, &err));
    assert_int_equal(err.code, DD_ERROR_DAMAGED);
    assert_null(dd_play_channels(p, &err));
    DdPlayItem item;
    int n = 0;
    while (dd_play_next(p, &item, &err)) {
        assert_int_equal(item.kind, DD_PLAY_OTHER);
        n++;
    }
    assert_int_equal(n, 10);
    dd_play_close(p);
}

int main(int argc, char** argv)
{
    if (argc == 2) { // a recording for other programs to read: test_recording DIR
        make(argv[1], 5000);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_comes_back),
        cmocka_unit_test(test_topics_and_bag),
        cmocka_unit_test(test_open_bag_says_so),
        cmocka_unit_test(test_equal_runs_equal_files),
        cmocka_unit_test(test_a_changed_message_changes_the_digest),
        cmocka_unit_test(test_a_cut_recording_recovers),
        cmocka_unit_test(test_a_tick_allocates_nothing),
        cmocka_unit_test(test_foreign_files_are_no_recordings),
    };
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
