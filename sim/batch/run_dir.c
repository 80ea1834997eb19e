// Run folder: run.json with its seal, the scorecard, listing and removing what a run wrote.
#include "sim/batch/run_dir.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// --- files of a folder

static int compare_paths(const void* a, const void* b)
{
    return strcmp(a, b);
}

static void list_below(const char* dir, const char* prefix, DdFileList* list)
{
    char path[DD_PATH_MAX];
    dd_path_join(path, dir, prefix[0] ? prefix : ".");
    DIR* d = opendir(path);
    struct dirent* e;
    while (d && (e = readdir(d)) != NULL) {
        char inner[DD_PATH_MAX];
        char full[DD_PATH_MAX];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        if (prefix[0]) {
            dd_path_join(inner, prefix, e->d_name);
        } else {
            snprintf(inner, sizeof inner, "%s", e->d_name);
        }
        dd_path_join(full, dir, inner);
        if (lstat(full, &st) != 0) {
            continue;
        }
        if (S_ISDIR(st.st_mode)) {
            list_below(dir, inner, list);
        } else if (S_ISREG(st.st_mode)) {
            list->path = realloc(list->path, (size_t)(list->n + 1) * sizeof *list->path);
            DD_ASSERT(list->path);
            snprintf(list->path[list->n++], DD_PATH_MAX, "%s", inner);
        }
    }
    if (d) {
        closedir(d);
    }
}

DdFileList dd_file_list(const char* dir)
{
    DdFileList list = {0};
    list_below(dir, "", &list);
    if (list.n > 0) {
        qsort(list.path, (size_t)list.n, sizeof *list.path, compare_paths);
    }
    return list;
}

void dd_file_list_clear(DdFileList* list)
{
    free(list->path);
    *list = (DdFileList){0};
}

bool dd_dir_empty(const char* path)
{
    DdFileList list = dd_file_list(path);
    bool empty = list.n == 0;
    dd_file_list_clear(&list);
    return empty;
}

void dd_remove_tree(const char* path)
{
    DIR* d = opendir(path);
    struct dirent* e;
    while (d && (e = readdir(d)) != NULL) {
        char full[DD_PATH_MAX];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        dd_path_join(full, path, e->d_name);
        if (lstat(full, &st) == 0 && S_ISDIR(st.st_mode)) {
            dd_remove_tree(full);
        } else {
            unlink(full);
        }
    }
    if (d) {
        closedir(d);
    }
    rmdir(path);
}

void dd_remove_run(const char* dir)
{
    static const char* const k_files[] = {"run.json", "scorecard.json"};
    char path[DD_PATH_MAX];
    for (size_t i = 0; i < sizeof k_files / sizeof k_files[0]; i++) {
        dd_path_join(path, dir, k_files[i]);
        unlink(path);
    }
    dd_path_join(path, dir, "files");
    dd_remove_tree(path);
    DIR* d = opendir(dir);
    struct dirent* e;
    while (d && (e = readdir(d)) != NULL) {
        if (strncmp(e->d_name, "episode_", 8) == 0) {
            dd_path_join(path, dir, e->d_name);
            dd_remove_tree(path);
        }
    }
    if (d) {
        closedir(d);
    }
}

bool dd_run_holds_nothing(const char* dir)
{
    DdFileList list = dd_file_list(dir);
    bool nothing = list.n == 0 || (list.n == 1 && strcmp(list.path[0], "run.json") == 0);
    dd_file_list_clear(&list);
    return nothing;
}

bool dd_run_erase(const char* dir, DdError* err)
{
    char path[DD_PATH_MAX];
    dd_path_join(path, dir, "run.json");
    if (!dd_file_exists(path) && !dd_dir_empty(dir)) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "--force: %s holds no run (no run.json); it is not replaced", dir);
    }
    dd_remove_run(dir);
    return true;
}

// --- run.json

static bool hash_file(const char* path, char hex[DD_SHA256_HEX_SIZE], json_int_t* size,
                      DdError* err)
{
    FILE* f = fopen(path, "rb");
    if (!f) {
        return dd_fail(err, errno == ENOENT ? DD_ERROR_DAMAGED : DD_ERROR_MISSING,
                       "%s cannot be read: %s", path, strerror(errno));
    }
    static _Thread_local unsigned char buffer[1 << 16];
    DdSha256 h;
    dd_sha256_begin(&h);
    size_t n;
    *size = 0;
    while ((n = fread(buffer, 1, sizeof buffer, f)) > 0) {
        dd_sha256_add(&h, buffer, n);
        *size += (json_int_t)n;
    }
    bool fine = !ferror(f);
    fclose(f);
    unsigned char sha[DD_SHA256_SIZE];
    dd_sha256_end(&h, sha);
    dd_sha256_hex(sha, hex);
    return fine || dd_fail(err, DD_ERROR_MISSING, "%s cannot be read: %s", path, strerror(errno));
}

// What the seal covers: everything a run writes but run.json itself.
static bool sealed(const char* path)
{
    return strcmp(path, "scorecard.json") == 0 || strncmp(path, "files/", 6) == 0 ||
           strncmp(path, "episode_", 8) == 0;
}

// The object on lines of its own, the last line left open for the hash of the lines above it.
static bool write_run_json(const char* dir, const json_t* j, bool seal, DdError* err)
{
    char path[DD_PATH_MAX];
    dd_path_join(path, dir, "run.json");
    char* text = json_dumps(j, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    DD_ASSERT(text);
    size_t n = strlen(text);
    char* out = malloc(n + 128);
    DD_ASSERT(out);
    memcpy(out, text, n + 1);
    if (seal) {
        DD_ASSERT(n > 2 && text[n - 1] == '}' && text[n - 2] == '\n');
        n -= 2;
        memcpy(out + n, ",\n", 3);
        n += 2;
        unsigned char sha[DD_SHA256_SIZE];
        char hex[DD_SHA256_HEX_SIZE];
        dd_sha256(out, n, sha);
        dd_sha256_hex(sha, hex);
        n += (size_t)snprintf(out + n, 100, "\"lines_above_sha256\": \"%s\"}\n", hex);
    } else {
        out[n++] = '\n';
    }
    bool fine = dd_file_write(path, out, n, err);
    free(out);
    free(text);
    return fine;
}

bool dd_run_begin(const char* dir, json_t* head, DdError* err)
{
    json_t* j = json_deep_copy(head);
    json_object_set_new(j, "sealed", json_false());
    bool fine = write_run_json(dir, j, false, err);
    json_decref(j);
    return fine;
}

bool dd_run_seal(const char* dir, json_t* head, DdError* err)
{
    json_t* j = json_deep_copy(head);
    json_t* files = json_object();
    DdFileList list = dd_file_list(dir);
    bool fine = true;
    json_object_set_new(j, "sealed", json_true());
    for (int i = 0; i < list.n && fine; i++) {
        char full[DD_PATH_MAX];
        char hex[DD_SHA256_HEX_SIZE];
        json_int_t size;
        if (!sealed(list.path[i])) {
            continue;
        }
        dd_path_join(full, dir, list.path[i]);
        fine = hash_file(full, hex, &size, err);
        if (fine) {
            json_object_set_new(files, list.path[i],
                                json_pack("{s:s, s:I}", "sha256", hex, "size", size));
        }
    }
    dd_file_list_clear(&list);
    json_object_set_new(j, "files", files);
    fine = fine && write_run_json(dir, j, true, err);
    json_decref(j);
    return fine;
}

static bool check_own_lines(const char* path, const char* text, size_t size, DdError* err)
{
    static const char k_key[] = "\"lines_above_sha256\": \"";
    size_t last = size;
    if (size > 0 && text[size - 1] == '\n') {
        last--;
    }
    while (last > 0 && text[last - 1] != '\n') {
        last--;
    }
    unsigned char sha[DD_SHA256_SIZE];
    char expected[160];
    char hex[DD_SHA256_HEX_SIZE];
    dd_sha256(text, last, sha);
    dd_sha256_hex(sha, hex);
    snprintf(expected, sizeof expected, "%s%s\"}\n", k_key, hex);
    if (size - last != strlen(expected) || memcmp(text + last, expected, size - last) != 0) {
        return dd_fail(err, DD_ERROR_DAMAGED,
                       "%s: its last line does not hold the SHA-256 of the lines "
                       "above",
                       path);
    }
    return true;
}

bool dd_run_check_seal(const char* dir, DdError* err)
{
    char path[DD_PATH_MAX];
    size_t size;
    dd_path_join(path, dir, "run.json");
    char* text = (char*)dd_file_read(path, (size_t)1 << 28, &size, err);
    if (!text) {
        return false;
    }
    json_t* j = json_loadb(text, size, 0, NULL);
    bool fine =
        json_is_object(j) || dd_fail(err, DD_ERROR_DAMAGED, "%s is not a JSON object", path);
    if (fine && json_is_false(json_object_get(j, "sealed"))) {
        fine = dd_fail(err, DD_ERROR_CANNOT_CHECK,
                       "the run in %s was not finished: --resume it first", dir);
    }
    fine = fine && check_own_lines(path, text, size, err);
    free(text);
    const char* name;
    json_t* row;
    json_object_foreach(json_object_get(j, "files"), name, row)
    {
        char full[DD_PATH_MAX];
        char hex[DD_SHA256_HEX_SIZE];
        json_int_t bytes;
        if (!fine) {
            break;
        }
        dd_path_join(full, dir, name);
        fine = hash_file(full, hex, &bytes, err);
        const char* was = json_string_value(json_object_get(row, "sha256"));
        if (fine && (!was || strcmp(was, hex) != 0)) {
            fine = dd_fail(err, DD_ERROR_DAMAGED, "%s has changed: SHA-256 %s, sealed was %s", full,
                           hex, was ? was : "nothing");
        }
    }
    json_decref(j);
    return fine;
}

json_t* dd_run_read(const char* dir, DdError* err)
{
    char path[DD_PATH_MAX];
    size_t size;
    dd_path_join(path, dir, "run.json");
    char* text = (char*)dd_file_read(path, (size_t)1 << 28, &size, err);
    if (!text) {
        return NULL;
    }
    json_error_t where;
    json_t* j = json_loadb(text, size, 0, &where);
    free(text);
    if (!json_is_object(j)) {
        json_decref(j);
        dd_fail_at(err, DD_ERROR_DAMAGED, path, where.line, "%s:%d: not a JSON object: %s", path,
                   where.line, where.text);
        return NULL;
    }
    // what sealing adds is not part of the head
    json_object_del(j, "sealed");
    json_object_del(j, "files");
    json_object_del(j, "lines_above_sha256");
    return j;
}

void dd_run_add_bytes(const char* dir, json_t* head, double sim_s)
{
    DdFileList list = dd_file_list(dir);
    json_int_t bytes = 0;
    for (int i = 0; i < list.n; i++) {
        char full[DD_PATH_MAX];
        struct stat st;
        size_t n = strlen(list.path[i]);
        dd_path_join(full, dir, list.path[i]);
        if (n > 5 && strcmp(list.path[i] + n - 5, ".mcap") == 0 && stat(full, &st) == 0) {
            bytes += (json_int_t)st.st_size;
        }
    }
    dd_file_list_clear(&list);
    json_t* data = json_object_get(head, "data");
    if (!data) {
        data = json_object();
        json_object_set_new(head, "data", data);
    }
    json_object_set_new(data, "bytes", json_integer(bytes));
    json_object_set_new(data, "simulated_s", json_real(sim_s));
    json_object_set_new(data, "bytes_per_simulated_minute",
                        sim_s > 0 ? json_real((double)bytes / sim_s * 60) : json_null());
}

bool dd_scorecard_write(const char* dir, const json_t* card, DdError* err)
{
    char path[DD_PATH_MAX];
    dd_path_join(path, dir, "scorecard.json");
    char* text = json_dumps(card, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    DD_ASSERT(text);
    size_t n = strlen(text);
    text = realloc(text, n + 2);
    DD_ASSERT(text);
    text[n++] = '\n';
    bool fine = dd_file_write(path, text, n, err);
    free(text);
    return fine;
}
