// Files: the store, reads and writes that go wrong, paths that try to escape.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/files.h"

static char s_root[DD_PATH_MAX];

static const char* in_root(const char* name)
{
    static char path[4][DD_PATH_MAX];
    static int at;
    at = (at + 1) % 4;
    dd_path_join(path[at], s_root, name);
    return path[at];
}

static int make_root(void** state)
{
    (void)state;
    const char* tmp = getenv("TMPDIR");
    snprintf(s_root, sizeof s_root, "%s/drydock files \xEA\xB0\x80 XXXXXX",
             tmp == NULL ? "/tmp" : tmp);
    return mkdtemp(s_root) == NULL;
}

static int remove_root(void** state)
{
    (void)state;
    char command[DD_PATH_MAX + 32];
    snprintf(command, sizeof command, "rm -rf '%s'", s_root);
    return system(command);
}

static void put(const char* name, const char* text)
{
    DdError err = {0};
    assert_true(dd_file_write(in_root(name), text, strlen(text), &err));
}

static void written_is_read(void** state)
{
    (void)state;
    DdError err = {0};
    size_t size = 0;
    put("a.txt", "first");
    put("a.txt", "second");
    unsigned char* data = dd_file_read(in_root("a.txt"), 100, &size, &err);
    assert_int_equal(size, 6);
    assert_string_equal((char*)data, "second");
    free(data);
    // nothing but the file is left behind
    assert_int_equal(system(NULL) != 0, 1);
    char command[DD_PATH_MAX + 64];
    snprintf(command, sizeof command, "test \"$(ls -A '%s')\" = a.txt", s_root);
    assert_int_equal(system(command), 0);
    // an empty file is a file; one of exactly the limit is read, one byte more is not
    put("empty", "");
    data = dd_file_read(in_root("empty"), 0, &size, &err);
    assert_non_null(data);
    assert_int_equal(size, 0);
    free(data);
    data = dd_file_read(in_root("a.txt"), 6, &size, &err);
    assert_non_null(data);
    free(data);
    assert_null(dd_file_read(in_root("a.txt"), 5, &size, &err));
    assert_int_equal(err.code, DD_ERROR_MISSING);
    assert_non_null(strstr(err.text, "more than the 5 bytes"));
}

static void reads_that_fail_say_why(void** state)
{
    (void)state;
    DdError err = {0};
    size_t size = 0;
    assert_null(dd_file_read(in_root("none"), 100, &size, &err));
    assert_int_equal(err.code, DD_ERROR_MISSING);
    assert_non_null(strstr(err.text, "No such file"));
    assert_null(dd_file_read(s_root, 100, &size, &err));
    assert_non_null(strstr(err.text, "it is a folder"));
    assert_int_equal(mkfifo(in_root("pipe"), 0600), 0);
    assert_null(dd_file_read(in_root("pipe"), 100, &size, &err)); // and does not hang
    assert_non_null(strstr(err.text, "a device or a pipe"));
}

static void writes_that_fail_say_why(void** state)
{
    (void)state;
    DdError err = {0};
    assert_false(dd_file_write("/dev/full", "x", 1, &err));
    assert_int_equal(err.code, DD_ERROR_DISK);
    assert_non_null(strstr(err.text, "No space left"));
    struct stat st;
    assert_true(dd_file_write("/dev/null", "x", 1, &err));
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode)); // not replaced by a file
    assert_false(dd_file_write(in_root("none/x"), "x", 1, &err));
    assert_int_equal(err.code, DD_ERROR_MISSING);
    assert_false(dd_file_write(s_root, "x", 1, &err));
    assert_int_equal(dd_io_code(ENOSPC, true), DD_ERROR_DISK);
    assert_int_equal(dd_io_code(EROFS, true), DD_ERROR_DISK);
    assert_int_equal(dd_io_code(EDQUOT, true), DD_ERROR_DISK);
    assert_int_equal(dd_io_code(EIO, false), DD_ERROR_DISK);
    assert_int_equal(dd_io_code(EACCES, true), DD_ERROR_DISK);
    assert_int_equal(dd_io_code(EACCES, false), DD_ERROR_MISSING);
    assert_int_equal(dd_io_code(ENOENT, true), DD_ERROR_MISSING);
}

static void a_link_stays_a_link(void** state)
{
    (void)state;
    DdError err = {0};
    size_t size = 0;
    put("target", "old");
    assert_int_equal(symlink("target", in_root("link")), 0);
    put("link", "new");
    struct stat st;
    assert_int_equal(lstat(in_root("link"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    unsigned char* data = dd_file_read(in_root("target"), 10, &size, &err);
    assert_string_equal((char*)data, "new");
    free(data);
}

static void folders_are_made_with_parents(void** state)
{
    (void)state;
    DdError err = {0};
    assert_true(dd_dir_make(in_root("d/e/f"), &err));
    assert_true(dd_dir_make(in_root("d/e/f/"), &err));
    assert_true(dd_dir_exists(in_root("d/e/f")));
    assert_false(dd_file_exists(in_root("d/e/f")));
    put("d/file", "x");
    assert_true(dd_file_exists(in_root("d/file")));
    assert_false(dd_dir_make(in_root("d/file/g"), &err));
    assert_non_null(strstr(err.text, "d/file"));
    assert_false(dd_dir_make("", &err));
}

static void nothing_leaves_the_root(void** state)
{
    (void)state;
    DdError err = {0};
    char out[DD_PATH_MAX];
    assert_true(dd_dir_make(in_root("root/sub"), &err));
    assert_true(dd_dir_make(in_root("root2"), &err));
    put("root/sub/in", "x");
    put("root2/out", "x");
    assert_int_equal(symlink("../root2/out", in_root("root/escape")), 0);
    assert_int_equal(symlink("sub/in", in_root("root/inside")), 0);
    const char* root = in_root("root");
    assert_true(dd_path_below(root, in_root("root/sub/../sub/in"), out, &err));
    assert_string_equal(out, in_root("root/sub/in"));
    assert_true(dd_path_below(root, in_root("root/inside"), out, &err));
    assert_true(dd_path_below(root, root, out, &err));
    assert_true(dd_path_below("/", in_root("root/sub/in"), out, &err));
    assert_false(dd_path_below(root, in_root("root/escape"), out, &err));
    assert_int_equal(err.code, DD_ERROR_ARGUMENT);
    assert_string_equal(out, "");
    assert_false(dd_path_below(in_root("root"), in_root("root2/out"), out, &err));
    assert_false(dd_path_below(in_root("root"), in_root("root/sub/../../root2/out"), out, &err));
    assert_false(dd_path_below(in_root("root"), in_root("root/none"), out, &err));
    assert_int_equal(err.code, DD_ERROR_MISSING);
}

static void the_store_reads_once(void** state)
{
    (void)state;
    DdError err = {0};
    DdFiles* files = dd_files_create();
    put("m.xml", "one");
    const DdFile* a = dd_files_load(files, "robot/m.xml", in_root("m.xml"), 100, &err);
    assert_string_equal((char*)a->data, "one");
    put("m.xml", "two");
    const DdFile* b = dd_files_load(files, "robot/m.xml", in_root("m.xml"), 100, &err);
    assert_ptr_equal(a, b);
    assert_string_equal((char*)b->data, "one");
    char name[16];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "f%d", i);
        assert_non_null(dd_files_add(files, name, name, strlen(name), &err));
    }
    assert_int_equal(dd_files_count(files), 101);
    assert_int_equal(dd_files_find(files, "f41")->order, 42);
    assert_ptr_equal(dd_files_at(files, 0), a);
    assert_ptr_equal(dd_files_add(files, "f41", "f41", 3, &err), dd_files_find(files, "f41"));
    assert_null(dd_files_add(files, "f41", "f42", 3, &err));
    char hex[DD_SHA256_HEX_SIZE];
    dd_sha256_hex(a->sha256, hex);
    assert_string_equal(hex, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
    assert_null(dd_files_load(files, "x", in_root("none"), 100, &err));
    assert_int_equal(err.code, DD_ERROR_MISSING);
    dd_files_freeze(files);
    assert_true(dd_files_frozen(files));
    assert_null(dd_files_load(files, "new", in_root("m.xml"), 100, &err));
    assert_int_equal(err.code, DD_ERROR_CANNOT_CHECK);
    assert_ptr_equal(dd_files_load(files, "robot/m.xml", "/nowhere", 100, &err), a);
    dd_files_destroy(files);
    dd_files_destroy(NULL);
}

static void paths_are_joined_and_split(void** state)
{
    (void)state;
    char out[DD_PATH_MAX];
    dd_path_join(out, "a", "b");
    assert_string_equal(out, "a/b");
    dd_path_join(out, out, "c");
    assert_string_equal(out, "a/b/c");
    dd_path_join(out, "a/", "b");
    assert_string_equal(out, "a/b");
    dd_path_join(out, "a", "/b");
    assert_string_equal(out, "/b");
    dd_path_join(out, "", "b");
    assert_string_equal(out, "b");
    static char longest[DD_PATH_MAX];
    memset(longest, 'x', sizeof longest - 1);
    dd_path_join(out, "a", longest);
    assert_string_equal(out, "");
    assert_string_equal(dd_path_base("a/b.c"), "b.c");
    assert_string_equal(dd_path_base("b.c"), "b.c");
    dd_path_dir(out, "a/b/c");
    assert_string_equal(out, "a/b");
    dd_path_dir(out, out);
    assert_string_equal(out, "a");
    dd_path_dir(out, "c");
    assert_string_equal(out, ".");
    dd_path_dir(out, "/c");
    assert_string_equal(out, "/");
}

static void home_has_robots_and_scenarios(void** state)
{
    (void)state;
    char path[DD_PATH_MAX];
    dd_path_join(path, dd_home(), "robots");
    assert_true(dd_home()[0] == '/');
    assert_true(getenv("DRYDOCK_HOME") != NULL || dd_dir_exists(path));
    assert_ptr_equal(dd_home(), dd_home());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define ROW(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
        ROW(written_is_read),
        ROW(reads_that_fail_say_why),
        ROW(writes_that_fail_say_why),
        ROW(a_link_stays_a_link),
        ROW(folders_are_made_with_parents),
        ROW(nothing_leaves_the_root),
        ROW(the_store_reads_once),
        cmocka_unit_test(paths_are_joined_and_split),
        cmocka_unit_test(home_has_robots_and_scenarios),
#undef ROW
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
