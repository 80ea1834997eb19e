// The container: what is written is read back, streamed and by index, equal from run to run.
#include "tests/unit/recorder/help.h"

#include "recorder/crc.h"
#include "recorder/digest.h"

#include <zlib.h>

static void test_crc_is_zlibs(void** state)
{
    (void)state;
    static uint8_t data[9000];
    uint32_t random = 3;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)help_random(&random);
    }
    for (int i = 0; i < 2000; i++) {
        size_t at = help_random(&random) % 64, n = help_random(&random) % 8900;
        uint32_t start = help_random(&random);
        uint32_t want = (uint32_t)crc32(start, data + at, (uInt)n);
        assert_int_equal(dd_crc32(start, data + at, n), want);
        uint32_t b = dd_crc32(0, data + at, n);
        assert_int_equal(dd_crc32_join(start, b, n), want);
    }
}

// Both ways of hashing agree, in pieces of every size; "abc" is the standard's own example.
static void test_digest_is_sha256(void** state)
{
    (void)state;
    static uint8_t data[5000];
    uint32_t random = 9;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)help_random(&random);
    }
    for (int round = 0; round < 300; round++) {
        char hex[3][DD_SHA256_HEX_SIZE];
        unsigned char sha[DD_SHA256_SIZE];
        size_t n = round < 200 ? (size_t)round : help_random(&random) % sizeof data;
        dd_sha256(data, n, sha);
        dd_sha256_hex(sha, hex[2]);
        for (int fast = 0; fast < 2; fast++) {
            DdDigest d;
            dd_digest_begin(&d, fast);
            for (size_t at = 0; at < n;) {
                size_t piece = 1 + help_random(&random) % 150;
                piece = piece < n - at ? piece : n - at;
                dd_digest_bytes(&d, data + at, piece);
                at += piece;
            }
            dd_digest_end(&d, hex[fast]);
            assert_string_equal(hex[fast], hex[2]);
        }
    }
    DdDigest d;
    char hex[DD_SHA256_HEX_SIZE];
    dd_digest_begin(&d, true);
    dd_digest_bytes(&d, "abc", 3);
    dd_digest_end(&d, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void read_back(DdCompression c, bool chunked, bool thread, size_t chunk_size)
{
    DdMcapDef def = dd_mcap_def();
    def.compression = c;
    def.chunked = chunked;
    def.thread = thread;
    def.chunk_size = chunk_size;
    const char* path = help_path("a.mcap");
    help_make(path, &def, 500);
    help_check_clean(path);

    DdError err;
    DdMcapReader* r = dd_mcap_open(path, true, &err);
    assert_non_null(r);
    char note[512];
    assert_false(dd_mcap_scanned(r, note));
    assert_true(dd_mcap_finished(r));
    assert_string_equal(dd_mcap_profile(r), "ros2");
    assert_int_equal(dd_mcap_message_count(r), 500);
    assert_int_equal(dd_mcap_channel_count(r), 3);
    assert_int_equal(dd_mcap_schema_count(r), 1);
    assert_string_equal(dd_mcap_schema_find(r, 1)->name, "std_msgs/msg/String");
    const DdMcapChannel* a = dd_mcap_channel_topic(r, "/a");
    assert_int_equal(a->nkv, 1);
    assert_string_equal(a->kv[0].value, "7");
    uint64_t t0, t1;
    dd_mcap_times(r, &t0, &t1);
    assert_int_equal(t0, 1000000000u);
    assert_int_equal(t1, 1000000000u + 499 * 1000000u);

    DdMcapMessage m;
    uint32_t next = 0;
    uint64_t of_a = 0;
    while (dd_mcap_next(r, &m, &err)) {
        assert_int_equal(m.sequence, next++);
        of_a += m.channel == a;
    }
    assert_int_equal(err.code, DD_OK);
    assert_int_equal(next, 500);
    assert_int_equal(of_a, a->count);

    // the selected topic only, streamed and by index
    dd_mcap_select(r, "/a");
    for (int pass = 0; pass < (chunked ? 2 : 1); pass++) {
        if (pass) {
            assert_true(dd_mcap_rewind_by_time(r, &err));
        } else {
            dd_mcap_rewind(r);
        }
        uint64_t n = 0, last = 0;
        while (dd_mcap_next(r, &m, &err)) {
            assert_ptr_equal(m.channel, a);
            assert_true(m.log_ns >= last);
            last = m.log_ns;
            n++;
        }
        assert_int_equal(n, a->count);
    }

    DdMcapAttachment att;
    assert_int_equal(dd_mcap_attachment_count(r), 1);
    assert_true(dd_mcap_attachment_at(r, 0, &att, &err));
    assert_string_equal(att.name, "notes.txt");
    assert_memory_equal(att.data, "some notes", 10);
    DdMcapMetadata meta;
    assert_int_equal(dd_mcap_metadata_count(r), 2);
    assert_true(dd_mcap_metadata_at(r, 0, &meta, &err));
    assert_string_equal(meta.name, "run");
    assert_string_equal(meta.kv[1].value, "x");
    assert_true(dd_mcap_metadata_at(r, 1, &meta, &err));
    assert_string_equal(meta.name, "result");
    dd_mcap_reader_close(r);
}

static void test_read_back(void** state)
{
    (void)state;
    for (int c = 0; c < 3; c++) {
        for (int thread = 0; thread < 2; thread++) {
            read_back((DdCompression)c, true, thread, 1 << 20);
            read_back((DdCompression)c, true, thread, 3000);
        }
    }
    read_back(DD_COMPRESS_NONE, false, true, 3000);
    read_back(DD_COMPRESS_NONE, false, false, 1 << 20);
}

static void test_same_calls_same_bytes(void** state)
{
    (void)state;
    DdMcapDef def = dd_mcap_def();
    def.chunk_size = 5000;
    size_t n[2];
    uint8_t* bytes[2];
    for (int i = 0; i < 2; i++) {
        def.thread = i;
        const char* path = help_path(i ? "x.mcap" : "y.mcap");
        help_make(path, &def, 2000);
        bytes[i] = help_read(path, &n[i]);
    }
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(bytes[0], bytes[1], n[0]);
    free(bytes[0]);
    free(bytes[1]);
}

static void test_large_message_has_its_own_chunk(void** state)
{
    (void)state;
    DdMcapDef def = dd_mcap_def();
    def.chunk_size = 4096;
    const char* path = help_path("big.mcap");
    DdError err;
    DdMcapWriter* w = dd_mcap_create(path, &def, NULL, NULL, 0, &err);
    assert_non_null(w);
    uint16_t s = dd_mcap_schema(w, "p/msg/T", "ros2msg", "uint8 x\n", 8);
    uint16_t c = dd_mcap_channel(w, s, "/big", "cdr", NULL, 0);
    uint8_t* big = calloc(1, 100000);
    for (int i = 0; i < 100000; i++) {
        big[i] = (uint8_t)((unsigned)i * (unsigned)i / 7);
    }
    size_t sizes[] = {10, 100000, 20, 30, 5000, 0};
    for (int i = 0; i < 6; i++) {
        uint8_t* p = dd_mcap_message_begin(w, c, 0, 10 + (uint64_t)i, 10, sizes[i]);
        memcpy(p, big, sizes[i]);
    }
    assert_true(dd_mcap_close(w, &err));
    help_check_clean(path);
    DdMcapReader* r = dd_mcap_open(path, true, &err);
    assert_int_equal(dd_mcap_chunk_count(r), 5);
    DdMcapMessage m;
    for (int i = 0; i < 6; i++) {
        assert_true(dd_mcap_next(r, &m, &err));
        assert_int_equal(m.size, sizes[i]);
        if (sizes[i]) {
            assert_memory_equal(m.data, big, sizes[i]);
        }
    }
    dd_mcap_reader_close(r);
    free(big);
}

// Large messages without compression: copied or written from where they lie, the file is the same.
static void test_large_messages_uncompressed(void** state)
{
    (void)state;
    size_t n[3], size = 300000;
    uint8_t* bytes[3];
    uint8_t* image = malloc(size);
    uint32_t random = 3;
    for (size_t i = 0; i < size; i++) {
        image[i] = (uint8_t)help_random(&random);
    }
    for (int way = 0; way < 3; way++) {
        DdMcapDef def = dd_mcap_def();
        def.compression = DD_COMPRESS_NONE;
        def.thread = way != 1;
        const char* path = help_path("images.mcap");
        DdError err;
        DdMcapWriter* w = dd_mcap_create(path, &def, NULL, NULL, 0, &err);
        assert_non_null(w);
        uint16_t s = dd_mcap_schema(w, "p/msg/T", "ros2msg", "uint8 x\n", 8);
        uint16_t a = dd_mcap_channel(w, s, "/image", "cdr", NULL, 0);
        uint16_t b = dd_mcap_channel(w, s, "/small", "cdr", NULL, 0);
        for (uint64_t i = 0; i < 40; i++) {
            image[0] = (uint8_t)i;
            if (way == 2) {
                memcpy(dd_mcap_message_begin(w, a, (uint32_t)i, 10 * i, 10 * i, size), image, size);
            } else {
                assert_true(dd_mcap_message(w, a, (uint32_t)i, 10 * i, 10 * i, image, size));
            }
            image[0] = 0xee; // it is ours again
            for (uint64_t k = 0; k < i % 3; k++) {
                assert_true(dd_mcap_message(w, b, 0, 10 * i + k, 10 * i, image + k, 100));
            }
        }
        assert_true(dd_mcap_close(w, &err));
        help_check_clean(path);
        DdMcapReader* r = dd_mcap_open(path, true, &err);
        DdMcapMessage m;
        while (dd_mcap_next(r, &m, &err)) {
            assert_true(m.channel->id == b || ((const uint8_t*)m.data)[0] == m.sequence);
        }
        assert_int_equal(err.code, DD_OK);
        dd_mcap_reader_close(r);
        bytes[way] = help_read(path, &n[way]);
        assert_int_equal(n[way], n[0]);
        assert_memory_equal(bytes[way], bytes[0], n[0]);
    }
    for (int way = 0; way < 3; way++) {
        free(bytes[way]);
    }
    free(image);
}

static void test_chunks_close_by_simulated_time(void** state)
{
    (void)state;
    DdMcapDef def = dd_mcap_def();
    def.chunk_ns = 100000000; // 100 messages
    const char* path = help_path("t.mcap");
    help_make(path, &def, 1000);
    DdError err;
    DdMcapReader* r = dd_mcap_open(path, true, &err);
    assert_int_equal(dd_mcap_chunk_count(r), 10);
    dd_mcap_reader_close(r);
    help_check_clean(path);
}

static void test_an_existing_file_is_refused(void** state)
{
    (void)state;
    const char* path = help_path("there.mcap");
    help_write(path, "x", 1);
    DdError err;
    DdMcapDef def = dd_mcap_def();
    assert_null(dd_mcap_create(path, &def, NULL, NULL, 0, &err));
    assert_int_equal(err.code, DD_ERROR_ARGUMENT);
    assert_null(dd_mcap_create("/nowhere/x.mcap", &def, NULL, NULL, 0, &err));
    assert_int_equal(err.code, DD_ERROR_DISK);
}

static void test_bad_files_are_refused(void** state)
{
    (void)state;
    DdError err;
    assert_null(dd_mcap_open("/nowhere.mcap", false, &err));
    assert_int_equal(err.code, DD_ERROR_MISSING);
    assert_null(dd_mcap_open(help_dir, false, &err));
    assert_int_equal(err.code, DD_ERROR_ARGUMENT);
    const char* path = help_path("bad.mcap");
    help_write(path, "hello, this is no mcap", 22);
    assert_null(dd_mcap_open(path, false, &err));
    assert_int_equal(err.code, DD_ERROR_DAMAGED);
    help_write(path, "", 0);
    assert_null(dd_mcap_open(path, false, &err));
    assert_int_equal(err.code, DD_ERROR_DAMAGED);
    assert_int_equal(dd_mcap_check(path, NULL, NULL), 1);
}

// Any changed byte of a finished file is found by a strict reader.
static void test_every_changed_byte_is_found(void** state)
{
    (void)state;
    DdMcapDef def = dd_mcap_def();
    def.chunk_size = 1500;
    const char* path = help_path("whole.mcap");
    help_make(path, &def, 20);
    size_t n;
    uint8_t* bytes = help_read(path, &n);
    const char* changed = help_path("changed.mcap");
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= (uint8_t)(1u << (i % 8));
        help_write(changed, bytes, n);
        DdError err;
        dd_error_clear(&err);
        DdMcapReader* r = dd_mcap_open(changed, true, &err);
        bool found = !r || !dd_mcap_finished(r);
        // a CRC that was turned into 0 would mean "not given"
        found = found || dd_mcap_data_crc(r) == 0;
        if (!found) {
            fail_msg("byte %zu of %zu: the change is not found", i, n);
        }
        dd_mcap_reader_close(r);
        dd_mcap_check(changed, NULL, NULL);
        bytes[i] ^= (uint8_t)(1u << (i % 8));
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc_is_zlibs),
        cmocka_unit_test(test_digest_is_sha256),
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_same_calls_same_bytes),
        cmocka_unit_test(test_large_message_has_its_own_chunk),
        cmocka_unit_test(test_large_messages_uncompressed),
        cmocka_unit_test(test_chunks_close_by_simulated_time),
        cmocka_unit_test(test_an_existing_file_is_refused),
        cmocka_unit_test(test_bad_files_are_refused),
        cmocka_unit_test(test_every_changed_byte_is_found),
    };
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
