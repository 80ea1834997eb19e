// Pictures in recordings: they come back as they were, whoever encodes them, in the order recorded;
// a slow encoder holds up the run and loses nothing; one that fails is told of; a killed run leaves
// what was written.
#include "tests/unit/recorder/sight.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "recorder/msg/types.h"
#include "recorder/picture.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS_MALLOC 1
static atomic_bool counting; // on every thread
static atomic_long allocations;

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

static const char* file_in(const char* dir)
{
    static char path[DD_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/episode_00000.mcap", dir);
    return path;
}

static void make(const char* dir, DdRecordDef def, int64_t steps)
{
    Sight s = sight_open(dir, &def, k_width, k_height);
    for (int64_t step = 0; step <= steps; step++) {
        sight_step(&s, step);
    }
    DdError err;
    if (!sight_close(&s, &err)) {
        fail_msg("%s", err.text);
    }
}

static void check_picture(const DdPlayItem* item, Eye eye, DdPicture* picture)
{
    DdError err;
    uint8_t* want = malloc(sight_bytes(eye, k_width, k_height));
    sight_pixels(eye, item->step, k_width, k_height, want);
    if (!dd_picture_decode(item, picture, &err)) {
        fail_msg("%s: %s", item->topic, err.text);
    }
    assert_int_equal(picture->width, k_width);
    assert_int_equal(picture->height, k_height);
    assert_int_equal(dd_pixel_size(picture->pixel), k_eyes[eye].pixel);
    size_t n = sight_bytes(eye, k_width, k_height);
    if (eye != COLOUR) {
        assert_memory_equal(picture->data, want, n);
    } else {
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            double d = ((uint8_t*)picture->data)[i] - want[i];
            sum += d * d;
        }
        assert_true(sqrt(sum / (double)n) < 3); // of 255, at quality 95
    }
    free(want);
}

static void test_pictures_come_back(void** state)
{
    (void)state;
    const char* dir = help_path("back");
    make(dir, (DdRecordDef){.threads = 2}, 1000);
    help_check_clean(file_in(dir));
    DdError err;
    DdPlay* p = dd_play_open(file_in(dir), true, &err);
    if (!p) {
        fail_msg("%s", err.text);
    }
    DdChannels* channels = dd_play_channels(p, &err);
    assert_non_null(channels);
    DdChannels* original = sight_channels(k_width, k_height);
    for (int c = 0; c < EYES; c++) {
        const DdChannelDef* a = dd_channels_def(channels, c);
        const DdChannelDef* b = dd_channels_def(original, c);
        assert_string_equal(a->name, b->name);
        assert_string_equal(a->group, b->group);
        assert_string_equal(a->encoding, b->encoding);
        assert_memory_equal(a->meta, b->meta, sizeof a->meta);
        assert_int_equal(a->picture, b->picture);
        assert_int_equal(a->max_boxes, b->max_boxes);
        assert_int_equal(a->nclass, b->nclass);
        assert_int_equal(a->nname, b->nname);
        for (int i = 0; i < a->nclass; i++) {
            assert_string_equal(a->classes[i], b->classes[i]);
        }
    }
    DdPicture picture = {0};
    DdPlayItem item;
    int counts[EYES] = {0};
    int64_t last = 0;
    while (dd_play_next(p, &item, &err)) {
        assert_true(item.avail_step >= last);
        last = item.avail_step;
        if (item.kind != DD_PLAY_SAMPLE) {
            continue;
        }
        int c = dd_channels_find(channels, item.channel);
        assert_true(c >= 0);
        assert_string_equal(item.topic, k_eyes[c].topic);
        assert_int_equal(item.avail_step, item.step + dd_channels_def(original, c)->latency_steps);
        assert_int_equal(item.step, counts[c]++ * (c == ODOM ? 5 : k_every));
        if (k_eyes[c].type == DD_TYPE_IMAGE) {
            check_picture(&item, (Eye)c, &picture);
            continue;
        }
        double want[128];
        assert_int_equal(item.n, dd_channel_width(item.def));
        sight_values((Eye)c, item.step, want, item.n);
        assert_memory_equal(item.values, want, (size_t)item.n * sizeof *want);
        if (c == CLOUD) {
            uint8_t points[k_points * 64];
            size_t n = sight_bytes(CLOUD, 0, 0);
            sight_cloud(item.step, points);
            assert_memory_equal((const uint8_t*)item.payload + item.payload_size - 1 - n, points,
                                n);
        }
    }
    assert_int_equal(err.code, DD_OK);
    for (int c = 0; c < EYES; c++) {
        assert_int_equal(counts[c], c == ODOM ? 201 : 20);
    }
    dd_picture_free(&picture);
    dd_channels_destroy(channels);
    dd_channels_destroy(original);
    dd_play_close(p);
}

static void test_topics(void** state)
{
    (void)state;
    static const char* const k_also[][2] = {
        {"/agv/front/exposure", "drydock_msgs/msg/Exposure"},
        {"/agv/front/boxes_2d", "vision_msgs/msg/Detection2DArray"},
        {"/agv/front/boxes_2d/annotations", "foxglove_msgs/msg/ImageAnnotations"},
        {"/agv/front/boxes_3d", "vision_msgs/msg/Detection3DArray"},
        {"/agv/front/boxes_3d/markers", "visualization_msgs/msg/MarkerArray"},
        {"/world/markers", "visualization_msgs/msg/MarkerArray"},
        {"/tf_static", "tf2_msgs/msg/TFMessage"},
        {"/agv/front/image_raw/compressed", "sensor_msgs/msg/CompressedImage"},
        {"/agv/left/image_raw", "sensor_msgs/msg/Image"},
        {"/agv/lidar/points", "sensor_msgs/msg/PointCloud2"},
        {"/agv/front/camera_info", "sensor_msgs/msg/CameraInfo"},
    };
    const char* dir = help_path("topics");
    make(dir, (DdRecordDef){0}, 200);
    DdError err;
    DdMcapReader* r = dd_mcap_open(file_in(dir), true, &err);
    for (size_t i = 0; i < sizeof k_also / sizeof *k_also; i++) {
        const DdMcapChannel* c = dd_mcap_channel_topic(r, k_also[i][0]);
        if (!c) {
            fail_msg("no topic %s", k_also[i][0]);
        }
        assert_string_equal(dd_mcap_schema_find(r, c->schema)->name, k_also[i][1]);
        assert_true(c->count > 0);
        bool latched = strstr(c->kv[0].value, "durability: 1") != NULL;
        assert_int_equal(latched, strcmp(c->topic, "/world/markers") == 0 ||
                                      strcmp(c->topic, "/tf_static") == 0);
    }
    dd_mcap_reader_close(r);
}

// A recording whose samples are approximate says so in every topic of them.
static void test_a_prefix_marks_samples(void** state)
{
    (void)state;
    const char* dir = help_path("prefix");
    make(dir, (DdRecordDef){.topic_prefix = "/approximate"}, 100);
    DdError err;
    DdPlay* p = dd_play_open(file_in(dir), true, &err);
    DdMcapReader* r = dd_play_reader(p);
    int n = 0;
    for (int i = 0; i < dd_mcap_channel_count(r); i++) {
        const char* topic = dd_mcap_channel_at(r, i)->topic;
        if (strstr(topic, "/agv/")) {
            assert_int_equal(strncmp(topic, "/approximate/agv/", 17), 0);
            n++;
        }
    }
    assert_int_equal(n, EYES + 7); // and three exposures, two detections, two drawings
    dd_play_close(p);
}

typedef struct Leaves {
    int types[8];
    int n;
    double tip[3]; // of the second marker's first cap
    int points;
} Leaves;

static void marker_leaf(void* user, const char* path, DdPrim prim, const uint8_t* p, size_t size)
{
    Leaves* l = user;
    (void)size;
    int index;
    if (sscanf(path, "markers[%d]", &index) != 1) {
        return;
    }
    const char* rest = strchr(path, ']') + 2;
    if (prim == DD_PRIM_INT32 && strcmp(rest, "type") == 0) {
        memcpy(&l->types[l->n++], p, 4);
    } else if (index == 2 && strncmp(rest, "pose.position.", 14) == 0) {
        memcpy(&l->tip[rest[14] - 'x'], p, 8);
    }
    l->points += strncmp(rest, "points[", 7) == 0;
}

// A box, a capsule of three parts that lies along x, a plane as a thin cube, a triangle.
static void test_markers(void** state)
{
    (void)state;
    const char* dir = help_path("markers");
    make(dir, (DdRecordDef){0}, 50);
    DdError err;
    DdMcapReader* r = dd_mcap_open(file_in(dir), true, &err);
    DdMcapMessage m;
    dd_mcap_select(r, "/world/markers");
    assert_true(dd_mcap_next(r, &m, &err));
    Leaves l = {0};
    assert_true(dd_msg_decode(dd_msg_type("visualization_msgs/MarkerArray"), m.data, m.size,
                              marker_leaf, &l, &err));
    static const int k_types[6] = {1, 3, 2, 2, 1, 11};
    assert_int_equal(l.n, 6);
    assert_memory_equal(l.types, k_types, sizeof k_types);
    assert_true(fabs(l.tip[0] - 0.5) < 1e-12 && fabs(l.tip[1]) < 1e-12 && fabs(l.tip[2]) < 1e-12);
    assert_int_equal(l.points, 9);
    assert_false(dd_mcap_next(r, &m, &err));
    dd_mcap_reader_close(r);
}

// Whoever encodes, and however slowly, the bytes of the file are the same.
static void test_threads_do_not_matter(void** state)
{
    (void)state;
    static const DdRecordDef k_defs[] = {
        {.threads = 0},
        {.threads = 1},
        {.threads = 3},
        {.threads = 3, .test_slow_us = 300},
    };
    uint8_t* first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < sizeof k_defs / sizeof *k_defs; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%zu", i);
        const char* dir = help_path(name);
        make(dir, k_defs[i], 3000);
        size_t size;
        uint8_t* bytes = help_read(file_in(dir), &size);
        if (first) {
            assert_int_equal(size, n);
            assert_memory_equal(bytes, first, n);
            free(bytes);
        } else {
            first = bytes;
            n = size;
        }
    }
    free(first);
}

// Pictures come ten times faster than they can be encoded: the run waits, memory is bounded, and
// every picture is there.
static void test_a_slow_encoder_holds_up_the_run(void** state)
{
    (void)state;
    const char* dir = help_path("slow");
    DdRecordDef def = {.threads = 1, .test_slow_us = 1500};
    Sight s = sight_open(dir, &def, 320, 240);
    size_t most = 0;
    for (int64_t step = 0; step <= 4000; step++) {
        sight_step(&s, step);
        size_t bytes = dd_blob_pool_bytes(dd_channels_pool(s.channels));
        most = bytes > most ? bytes : most;
    }
    DdError err;
    assert_int_equal(dd_record_dropped(s.record), 0);
    assert_true(sight_close(&s, &err));
    // 32 jobs of at most 225 KiB and what the rings keep
    assert_true(most < 64 * 1024 * 225);
    DdPlay* p = dd_play_open(file_in(dir), true, &err);
    DdPlayItem item;
    int n = 0;
    while (dd_play_next(p, &item, &err)) {
        n += item.kind == DD_PLAY_SAMPLE && item.def->type == DD_TYPE_IMAGE;
    }
    assert_int_equal(n, 7 * 80); // those of the last step are not there yet
    dd_play_close(p);
}

// Large pictures: what waits is bounded by its bytes, not only by its number.
static void test_large_pictures_wait_in_bounded_memory(void** state)
{
    (void)state;
    DdRecordDef def = {.threads = 1, .test_slow_us = 60000};
    Sight s = sight_open(help_path("large"), &def, 2048, 1024);
    size_t most = 0;
    for (int64_t step = 0; step <= 8 * k_every; step++) {
        sight_step(&s, step);
        size_t bytes = dd_blob_pool_bytes(dd_channels_pool(s.channels));
        most = bytes > most ? bytes : most;
    }
    DdError err;
    assert_true(sight_close(&s, &err));
    // 64 MiB on their way, 28 MiB of a moment in each of the channels' rings of four
    if (most > (64 + 4 * 28 + 8) << 20) {
        fail_msg("%zu MiB", most >> 20);
    }
}

// One picture cannot be encoded: an event in its place, the run is told, the rest is whole. The
// same bytes with any number of threads.
static void test_a_failed_picture_is_told(void** state)
{
    (void)state;
    uint8_t* first = NULL;
    size_t size = 0;
    for (int threads = 0; threads <= 2; threads++) {
        char name[16];
        snprintf(name, sizeof name, "fail%d", threads);
        const char* dir = help_path(name);
        DdRecordDef def = {.threads = threads, .test_fail_picture = 10};
        Sight s = sight_open(dir, &def, k_width, k_height);
        for (int64_t step = 0; step <= 1000; step++) {
            sight_step(&s, step);
        }
        DdError err;
        dd_error_clear(&err);
        assert_true(dd_record_failed(s.record, &err));
        assert_non_null(strstr(err.text, "agv."));
        assert_int_equal(dd_record_dropped(s.record), 1);
        assert_false(sight_close(&s, &err));
        assert_non_null(strstr(err.text, "a picture was lost"));
        help_check_clean(file_in(dir));
        DdPlay* p = dd_play_open(file_in(dir), true, &err);
        assert_true(dd_play_finished(p));
        DdPlayItem item;
        int images = 0, lost = 0;
        while (dd_play_next(p, &item, &err)) {
            images += item.kind == DD_PLAY_SAMPLE && item.def->type == DD_TYPE_IMAGE;
            lost += item.kind == DD_PLAY_EVENT && strcmp(item.channel, "picture_lost") == 0;
        }
        assert_int_equal(images, 7 * 20 - 1);
        assert_int_equal(lost, 1);
        dd_play_close(p);
        size_t n;
        uint8_t* bytes = help_read(file_in(dir), &n);
        if (first) {
            assert_int_equal(n, size);
            assert_memory_equal(bytes, first, n);
            free(bytes);
        } else {
            first = bytes;
            size = n;
        }
    }
    free(first);
}

static long resident_kib(void)
{
    long kib = 0;
    char line[256];
    FILE* f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f)) {
        sscanf(line, "VmRSS: %ld", &kib);
    }
    if (f) {
        fclose(f);
    }
    return kib;
}

// Once warm, no thread allocates; after 10,000 frames the process is as large as after 700.
static void test_frames_cost_no_memory(void** state)
{
    (void)state;
    DdRecordDef def = {.threads = 2};
    Sight s = sight_open(help_path("flat"), &def, k_width, k_height);
    int64_t step = 0;
    for (; step < 5000; step++) {
        sight_step(&s, step);
    }
    long before = resident_kib();
    size_t pool = dd_blob_pool_bytes(dd_channels_pool(s.channels));
#ifdef COUNTS_MALLOC
    counting = true;
#endif
    for (; step < 10000 / 7 * k_every; step++) {
        sight_step(&s, step);
    }
#ifdef COUNTS_MALLOC
    counting = false;
    // a deeper queue than ever before may still grow, which is rare
    if (allocations > 40) {
        fail_msg("%ld allocations", (long)allocations);
    }
#endif
    long after = resident_kib();
    (void)before;
    (void)after;
    assert_true(dd_blob_pool_bytes(dd_channels_pool(s.channels)) <= pool + (1 << 20));
#ifdef COUNTS_MALLOC
    if (after > before + 4096) {
        fail_msg("from %ld to %ld KiB", before, after);
    }
#endif
    DdError err;
    assert_true(sight_close(&s, &err));
}

// Killed with pictures in flight: what is in the file can be read, in order, without gaps.
static void test_a_killed_run_leaves_its_pictures(void** state)
{
    (void)state;
    for (int round = 0; round < 6; round++) {
        char name[16];
        snprintf(name, sizeof name, "kill%d", round);
        const char* dir = help_path(name);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            DdRecordDef def = {.threads = round % 3, .test_slow_us = 100 * round};
            Sight s = sight_open(dir, &def, k_width, k_height);
            for (int64_t step = 0;; step++) {
                sight_step(&s, step);
            }
        }
        struct stat st = {0};
        for (int i = 0; i < 3000 && st.st_size < 200000; i++) {
            usleep(10000);
            if (stat(file_in(dir), &st) != 0) {
                st.st_size = 0;
            }
        }
        usleep((useconds_t)(7000 * round));
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        DdError err;
        DdMcapRecovered what;
        const char* whole = help_path("whole.mcap");
        if (!dd_mcap_recover(file_in(dir), whole, &what, &err)) {
            fail_msg("%s", err.text);
        }
        help_check_clean(whole);
        DdPlay* p = dd_play_open(whole, true, &err);
        assert_non_null(p);
        DdPicture picture = {0};
        DdPlayItem item;
        int images[EYES] = {0}, samples = 0;
        while (dd_play_next(p, &item, &err)) {
            if (item.kind != DD_PLAY_SAMPLE) {
                continue;
            }
            samples++;
            for (int c = 0; c < EYES; c++) {
                if (item.def->type == DD_TYPE_IMAGE && strcmp(item.channel, k_eyes[c].name) == 0) {
                    assert_int_equal(item.step, images[c]++ * k_every);
                    check_picture(&item, (Eye)c, &picture);
                }
            }
        }
        assert_int_equal(err.code, DD_OK);
        assert_true(samples > 100);
        dd_picture_free(&picture);
        dd_play_close(p);
    }
}

// A disk that gets full with pictures in flight: the error sticks, nothing hangs, what was written
// is whole.
static void test_a_full_disk_with_pictures_in_flight(void** state)
{
    (void)state;
    for (int threads = 0; threads <= 2; threads += 2) {
        const char* dir = help_path(threads ? "full2" : "full0");
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct rlimit limit = {2500000, 2500000};
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &limit);
            DdRecordDef def = {.threads = threads, .test_slow_us = 200};
            Sight s = sight_open(dir, &def, k_width, k_height);
            DdError err;
            int64_t step = 0;
            while (step < 100000 && !dd_record_failed(s.record, &err)) {
                sight_step(&s, step++);
            }
            for (int64_t last = step + 500; step < last; step++) {
                sight_step(&s, step);
            }
            bool failed = err.code == DD_ERROR_DISK;
            _exit(step < 100000 && failed && !sight_close(&s, &err) ? 0 : 1);
        }
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        DdError err;
        DdPlay* p = dd_play_open(file_in(dir), false, &err);
        assert_non_null(p);
        DdPicture picture = {0};
        DdPlayItem item;
        int images = 0;
        while (dd_play_next(p, &item, &err)) {
            if (item.kind == DD_PLAY_SAMPLE && item.def->type == DD_TYPE_IMAGE) {
                assert_true(dd_picture_decode(&item, &picture, &err));
                images++;
            }
        }
        assert_true(images > 100);
        dd_picture_free(&picture);
        dd_play_close(p);
    }
}

static void test_wrong_channels_are_refused(void** state)
{
    (void)state;
    static const struct {
        const char* encoding;
        double width;
        DdImageCodec codec;
        double quality;
        const char* said;
    } k_wrong[] = {
        {"rgb9", 10, DD_CODEC_RAW, 0, "encoding must be"},
        {"rgb8", 0, DD_CODEC_RAW, 0, "1 to 16384 pixels, got 0 x 10"},
        {"rgb8", 100000, DD_CODEC_RAW, 0, "got 100000 x 10"},
        {"16UC1", 10, DD_CODEC_JPEG, 90, "cannot be stored as JPEG"},
        {"32FC1", 10, DD_CODEC_PNG, 0, "cannot be stored as PNG"},
        {"rgb8", 10, DD_CODEC_JPEG, 0, "quality must be 1 to 100, got 0"},
    };
    for (size_t i = 0; i < sizeof k_wrong / sizeof *k_wrong; i++) {
        DdError err;
        DdChannels* c = dd_channels_create(k_hz);
        DdChannelDef def = dd_channel_def();
        strcpy(def.name, "a.image");
        strcpy(def.encoding, k_wrong[i].encoding);
        def.type = DD_TYPE_IMAGE;
        def.picture = true;
        def.meta[DD_IMAGE_WIDTH] = k_wrong[i].width;
        def.meta[DD_IMAGE_HEIGHT] = 10;
        def.meta[DD_IMAGE_CODEC] = k_wrong[i].codec;
        def.meta[DD_IMAGE_QUALITY] = k_wrong[i].quality;
        assert_int_equal(dd_channels_add(c, &def, &err), 0);
        dd_channels_start(c);
        char name[16];
        snprintf(name, sizeof name, "wrong%zu", i);
        DdRecordDef rd = {.dir = help_path(name), .name = "e", .start_ns = 1};
        assert_null(dd_record_create(&rd, c, &err));
        if (!strstr(err.text, k_wrong[i].said)) {
            fail_msg("%s", err.text);
        }
        dd_channels_destroy(c);
    }
}

// A recording for other programs to read, and the bytes that its pictures were made of.
static int write_for_others(const char* dir, int64_t steps)
{
    make(dir, (DdRecordDef){.threads = 2}, steps);
    for (int c = 0; c <= CLOUD; c++) {
        size_t n = sight_bytes((Eye)c, k_width, k_height);
        uint8_t* bytes = malloc(n + 1);
        for (int64_t step = 0; n && step <= steps; step += k_every) {
            char path[DD_PATH_MAX];
            snprintf(path, sizeof path, "%s/%s_%lld.bin", dir, k_eyes[c].name, (long long)step);
            if (c == CLOUD) {
                sight_cloud(step, bytes);
            } else {
                sight_pixels((Eye)c, step, k_width, k_height, bytes);
            }
            help_write(path, bytes, n);
        }
        free(bytes);
    }
    return 0;
}

int main(int argc, char** argv)
{
    if (argc == 2) { // test_sight DIR
        return write_for_others(argv[1], 2000);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures_come_back),
        cmocka_unit_test(test_topics),
        cmocka_unit_test(test_a_prefix_marks_samples),
        cmocka_unit_test(test_markers),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_a_slow_encoder_holds_up_the_run),
        cmocka_unit_test(test_large_pictures_wait_in_bounded_memory),
        cmocka_unit_test(test_a_failed_picture_is_told),
        cmocka_unit_test(test_frames_cost_no_memory),
        cmocka_unit_test(test_a_killed_run_leaves_its_pictures),
        cmocka_unit_test(test_a_full_disk_with_pictures_in_flight),
        cmocka_unit_test(test_wrong_channels_are_refused),
    };
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
