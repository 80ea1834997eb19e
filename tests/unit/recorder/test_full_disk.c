// A full disk: what was written stays, the file is closed whole by the room kept back.
#include "tests/unit/recorder/help.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { k_messages = 3000 };

// Writes until the disk is full, then closes. The number of messages taken before the error.
static int fill(const char* path, const DdMcapDef* def, bool* closed_well)
{
    DdError err;
    DdMcapWriter* w = dd_mcap_create(path, def, "run", NULL, 0, &err);
    if (!w) {
        return -1;
    }
    uint16_t s = dd_mcap_schema(w, "p/msg/T", "ros2msg", "uint8[] x\n", 10);
    uint16_t c = dd_mcap_channel(w, s, "/x", "cdr", NULL, 0);
    static uint8_t data[4000];
    uint32_t random = 1;
    int n = 0;
    for (int i = 0; i < k_messages; i++) {
        for (size_t k = 0; k < sizeof data; k += 3) {
            data[k] = (uint8_t)help_random(&random);
        }
        n += dd_mcap_message(w, c, (uint32_t)i, 1000 + (uint64_t)i, 1000, data, sizeof data);
    }
    DdMcapKv kv = {"outcome", "HARNESS_ERROR"};
    assert_false(dd_mcap_metadata(w, "result", &kv, 1));
    assert_true(dd_mcap_failed(w, &err));
    assert_int_equal(err.code, DD_ERROR_DISK);
    dd_error_clear(&err);
    assert_false(dd_mcap_close(w, &err));
    assert_int_equal(err.code, DD_ERROR_DISK);
    *closed_well = strstr(err.text, "closed well") != NULL;
    return n;
}

static void check_whole(const char* path)
{
    DdError err;
    help_check_clean(path);
    DdMcapReader* r = dd_mcap_open(path, true, &err);
    assert_non_null(r);
    assert_true(dd_mcap_finished(r));
    assert_true(dd_mcap_message_count(r) > 100);
    assert_int_equal(dd_mcap_message_count(r), help_count(path, NULL, &err));
    assert_int_equal(err.code, DD_OK);
    DdMcapMetadata m;
    assert_int_equal(dd_mcap_metadata_count(r), 2);
    assert_true(dd_mcap_metadata_at(r, 1, &m, &err));
    assert_string_equal(m.kv[0].value, "HARNESS_ERROR");
    dd_mcap_reader_close(r);
}

static void test_writes_that_fail(void** state)
{
    (void)state;
    for (int thread = 0; thread < 2; thread++) {
        DdMcapDef def = dd_mcap_def();
        def.chunk_size = 100000;
        def.thread = thread;
        def.fail_after = 2000000;
        const char* path = help_path("full.mcap");
        bool well;
        assert_true(fill(path, &def, &well) > 400);
        assert_true(well);
        check_whole(path);
    }
}

// Without the reserve the end does not fit; the file is still recoverable.
static void test_without_a_reserve(void** state)
{
    (void)state;
    DdMcapDef def = dd_mcap_def();
    def.chunk_size = 100000;
    def.fail_after = 2000000;
    def.reserve = 0;
    const char* path = help_path("full.mcap");
    bool well;
    DdError err;
    assert_true(fill(path, &def, &well) > 400);
    (void)well;
    DdMcapRecovered what;
    const char* out = help_path("out.mcap");
    assert_true(dd_mcap_recover(path, out, &what, &err));
    help_check_clean(out);
}

// A file size limit is an error like any other.
static void test_file_size_limit(void** state)
{
    (void)state;
    const char* path = help_path("limit.mcap");
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {3000000, 3000000};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        DdMcapDef def = dd_mcap_def();
        def.chunk_size = 100000;
        bool well = false;
        _exit(fill(path, &def, &well) > 400 ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    DdError err;
    DdMcapRecovered what;
    const char* out = help_path("out.mcap");
    assert_true(dd_mcap_recover(path, out, &what, &err));
    assert_true(what.messages > 400);
}

// A real small file system, where the machine lets us have one.
static void test_a_small_file_system(void** state)
{
    (void)state;
    char dir[DD_PATH_MAX + 16];
    snprintf(dir, sizeof dir, "%s/small", help_dir);
    assert_int_equal(mkdir(dir, 0755), 0);
    pid_t pid = fork();
    if (pid == 0) {
        // a mount of our own, gone with this process
        if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
            _exit(77);
        }
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
        if (mount("small", dir, "tmpfs", 0, "size=4m") != 0) {
            _exit(77);
        }
        char path[DD_PATH_MAX + 32];
        snprintf(path, sizeof path, "%s/x.mcap", dir);
        DdMcapDef def = dd_mcap_def();
        bool well = false;
        if (fill(path, &def, &well) < 100 || !well) {
            _exit(1);
        }
        check_whole(path);
        // and when it is full from the start, nothing is begun
        snprintf(path, sizeof path, "%s/y.mcap", dir);
        def.reserve = 8 << 20;
        DdError err;
        if (dd_mcap_create(path, &def, NULL, NULL, 0, &err) || err.code != DD_ERROR_DISK ||
            access(path, F_OK) == 0) {
            _exit(2);
        }
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("no mount of our own here: not tried\n");
        return;
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_that_fail),
        cmocka_unit_test(test_without_a_reserve),
        cmocka_unit_test(test_file_size_limit),
        cmocka_unit_test(test_a_small_file_system),
    };
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
