// Recover: a recording cut anywhere gives a whole file with everything that was before the cut.
#include "tests/unit/recorder/help.h"

static uint8_t* whole;
static size_t whole_size;

static void make_whole(DdCompression c, size_t chunk_size, int messages)
{
    DdMcapDef def = dd_mcap_def();
    def.compression = c;
    def.chunk_size = chunk_size;
    const char* path = help_path("whole.mcap");
    help_make(path, &def, messages);
    whole = help_read(path, &whole_size);
}

// Cuts at `at`; messages in the recovered file, -1 when nothing was readable.
static int recover_at(size_t at, DdMcapRecovered* what)
{
    DdError err;
    const char* cut = help_path("cut.mcap");
    const char* out = help_path("out.mcap");
    help_write(cut, whole, at);
    dd_error_clear(&err);
    if (!dd_mcap_recover(cut, out, what, &err)) {
        assert_int_equal(err.code, DD_ERROR_DAMAGED);
        assert_int_not_equal(access(out, F_OK), 0);
        return -1;
    }
    help_check_clean(out);
    int n = help_count(out, NULL, &err);
    assert_int_equal(err.code, DD_OK);
    assert_int_equal(n, what->messages);
    // what a reader of the cut file sees is never more
    int seen = help_count(cut, NULL, &err);
    assert_true(seen <= n);
    return n;
}

static void test_cut_at_every_byte(void** state)
{
    (void)state;
    for (int c = 0; c < 3; c++) {
        make_whole((DdCompression)c, 1500, 12);
        int last = -1;
        bool had_run = false;
        // every byte with the default compression, every third with the others
        for (size_t at = 0; at <= whole_size;
             at += c == DD_COMPRESS_ZSTD || at + 3 > whole_size ? 1 : 3) {
            DdMcapRecovered what;
            int n = recover_at(at, &what);
            assert_true(n >= last);
            // the run record comes with the first bytes, and stays
            assert_true(!had_run || what.metadata >= 1);
            had_run = had_run || what.metadata >= 1;
            last = n;
        }
        assert_int_equal(last, 12);
        free(whole);
    }
}

static void test_cut_at_random_places_of_a_large_one(void** state)
{
    (void)state;
    make_whole(DD_COMPRESS_ZSTD, 1 << 18, 20000);
    uint32_t random = 5;
    for (int i = 0; i < 60; i++) {
        DdMcapRecovered what;
        size_t at = ((size_t)help_random(&random) << 8 | help_random(&random) % 256) % whole_size;
        int n = recover_at(at, &what);
        if (at > 1000) {
            // all chunks before the cut, at least
            assert_true(n >= (int)(20000.0 * (double)at / (double)whole_size) - 4000);
            assert_non_null(strstr(what.note, "kept"));
        }
    }
    free(whole);
}

static void test_equal_stream_when_nothing_is_lost(void** state)
{
    (void)state;
    make_whole(DD_COMPRESS_LZ4, 4000, 300);
    DdMcapRecovered what;
    DdError err;
    uint64_t before, after;
    assert_int_equal(recover_at(whole_size, &what), 300);
    assert_non_null(strstr(what.note, "nothing was lost"));
    assert_int_equal(what.attachments, 1);
    assert_int_equal(what.metadata, 2);
    char path[DD_PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/cut.mcap", help_dir);
    help_count(path, &before, &err);
    snprintf(path, sizeof path, "%s/out.mcap", help_dir);
    help_count(path, &after, &err);
    assert_int_equal(before, after);
    free(whole);
}

static void test_a_damaged_chunk_is_left_out(void** state)
{
    (void)state;
    make_whole(DD_COMPRESS_NONE, 4000, 300);
    // a byte of the messages in the fourth chunk
    size_t at = 8;
    for (int chunks = 0; chunks < 4;) {
        uint64_t length;
        memcpy(&length, whole + at + 1, 8);
        chunks += whole[at] == 6;
        at += chunks < 4 ? 9 + length : 200;
    }
    whole[at] ^= 0x40;
    const char* cut = help_path("cut.mcap");
    const char* out = help_path("out.mcap");
    help_write(cut, whole, whole_size);
    DdMcapRecovered what;
    DdError err;
    assert_true(dd_mcap_recover(cut, out, &what, &err));
    help_check_clean(out);
    assert_true(what.messages < 300 && what.messages > 250);
    assert_non_null(strstr(what.note, "left out as damaged: 1 chunks"));
    assert_true(dd_mcap_check(cut, NULL, NULL) > 0);
    free(whole);
}

// Nothing that a flipped byte can do may crash a reader; every file that comes out is whole.
static void test_flipped_bytes(void** state)
{
    (void)state;
    make_whole(DD_COMPRESS_ZSTD, 1500, 12);
    uint32_t random = 11;
    for (size_t i = 0; i < whole_size; i++) {
        uint8_t was = whole[i];
        whole[i] = (uint8_t)help_random(&random);
        DdError err;
        const char* cut = help_path("cut.mcap");
        const char* out = help_path("out.mcap");
        help_write(cut, whole, whole_size);
        DdMcapReader* r = dd_mcap_open(cut, false, &err);
        if (r) {
            DdMcapMessage m;
            while (dd_mcap_next(r, &m, &err)) {
            }
            if (dd_mcap_rewind_by_time(r, &err)) {
                while (dd_mcap_next(r, &m, &err)) {
                }
            }
            dd_mcap_reader_close(r);
        }
        DdMcapRecovered what;
        if (dd_mcap_recover(cut, out, &what, &err)) {
            // topics, names and times may have changed, the structure holds
            assert_int_equal(dd_mcap_check(out, NULL, NULL), 0);
        }
        whole[i] = was;
    }
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_cut_at_random_places_of_a_large_one),
        cmocka_unit_test(test_equal_stream_when_nothing_is_lost),
        cmocka_unit_test(test_a_damaged_chunk_is_left_out),
        cmocka_unit_test(test_flipped_bytes),
    };
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
