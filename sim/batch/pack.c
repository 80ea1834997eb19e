// Pack: a run folder as one file (POSIX ustar, any tar reads it), and opening whatever holds a run:
// a folder, a pack, a lone episode.
//
// A pack is as strict as the folder: header checksums, padding and end blocks are checked when it
// is opened, file contents by the seal of run.json inside.
#include "sim/batch/run_dir.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { k_block = 512 };

typedef struct TarHeader {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100],
        magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], pad[12];
} TarHeader;
_Static_assert(sizeof(TarHeader) == k_block, "a tar header is one block");

static unsigned int tar_sum(const TarHeader* h)
{
    const unsigned char* p = (const unsigned char*)h;
    unsigned int sum = 0;
    for (int i = 0; i < k_block; i++) {
        // the checksum counts itself as spaces
        sum += i >= 148 && i < 156 ? ' ' : p[i];
    }
    return sum;
}

static bool make_header(TarHeader* h, const char* name, uint64_t size)
{
    memset(h, 0, sizeof *h);
    size_t n = strlen(name);
    if (n <= sizeof h->name) {
        memcpy(h->name, name, n);
    } else {
        // split at a slash so that both parts fit
        const char* cut = strchr(name + (n - sizeof h->name) - 1, '/');
        if (!cut || (size_t)(cut - name) > sizeof h->prefix) {
            return false;
        }
        memcpy(h->prefix, name, (size_t)(cut - name));
        memcpy(h->name, cut + 1, n - (size_t)(cut - name) - 1);
    }
    memcpy(h->mode, "0000644", 8);
    memcpy(h->uid, "0000000", 8);
    memcpy(h->gid, "0000000", 8);
    if (size < (1ull << 33)) {
        char text[16];
        snprintf(text, sizeof text, "%011llo", (unsigned long long)size);
        memcpy(h->size, text, 12);
    } else {
        // beyond 8 GiB the size is binary, as GNU tar and star have it
        h->size[0] = (char)0x80;
        for (int i = 0; i < 8; i++) {
            h->size[11 - i] = (char)(size >> (8 * i));
        }
    }
    memcpy(h->mtime, "00000000000", 12); // a pack of the same run is the same file
    h->type = '0';
    memcpy(h->magic, "ustar", 6);
    memcpy(h->version, "00", 2);
    char sum[16];
    snprintf(sum, sizeof sum, "%06o", tar_sum(h));
    memcpy(h->checksum, sum, 7);
    h->checksum[7] = ' ';
    return true;
}

static bool copy_bytes(FILE* in, FILE* out, uint64_t size)
{
    static _Thread_local char buffer[1 << 16];
    while (size > 0) {
        size_t want = size < sizeof buffer ? (size_t)size : sizeof buffer;
        size_t n = fread(buffer, 1, want, in);
        if (n == 0 || fwrite(buffer, 1, n, out) != n) {
            return false;
        }
        size -= n;
    }
    return true;
}

static bool pack_file(const char* dir, const char* name, FILE* out, DdError* err)
{
    char path[DD_PATH_MAX];
    struct stat st;
    TarHeader h;
    static const char k_zero[k_block];
    dd_path_join(path, dir, name);
    FILE* in = fopen(path, "rb");
    if (!in || fstat(fileno(in), &st) != 0) {
        if (in) {
            fclose(in);
        }
        return dd_fail(err, DD_ERROR_MISSING, "%s cannot be read: %s", path, strerror(errno));
    }
    bool fine = make_header(&h, name, (uint64_t)st.st_size);
    if (!fine) {
        dd_fail(err, DD_ERROR_ARGUMENT, "the name '%s' is too long for a pack", name);
    } else {
        size_t pad = (size_t)((k_block - st.st_size % k_block) % k_block);
        fine = fwrite(&h, sizeof h, 1, out) == 1 && copy_bytes(in, out, (uint64_t)st.st_size) &&
               fwrite(k_zero, 1, pad, out) == pad;
        if (!fine) {
            dd_fail(err, DD_ERROR_DISK, "cannot write the pack: %s", strerror(errno));
        }
    }
    fclose(in);
    return fine;
}

bool dd_run_pack(const char* dir, const char* out, DdError* err)
{
    char temp[DD_PATH_MAX + 8];
    static const char k_zero[2 * k_block];
    if (!dd_run_check_seal(dir, err)) {
        return false;
    }
    snprintf(temp, sizeof temp, "%s.part", out);
    FILE* f = fopen(temp, "wb");
    if (!f) {
        return dd_fail(err, DD_ERROR_DISK, "cannot write %s: %s", temp, strerror(errno));
    }
    DdFileList list = dd_file_list(dir);
    bool fine = pack_file(dir, "run.json", f, err);
    for (int i = 0; i < list.n && fine; i++) {
        const char* name = list.path[i];
        if (strcmp(name, "scorecard.json") == 0 || strncmp(name, "files/", 6) == 0 ||
            strncmp(name, "episode_", 8) == 0) {
            fine = pack_file(dir, name, f, err);
        }
    }
    dd_file_list_clear(&list);
    if (fine &&
        (fwrite(k_zero, sizeof k_zero, 1, f) != 1 || fflush(f) != 0 || fsync(fileno(f)) != 0)) {
        fine = dd_fail(err, DD_ERROR_DISK, "cannot write %s: %s", temp, strerror(errno));
    }
    if (fclose(f) != 0 && fine) {
        fine = dd_fail(err, DD_ERROR_DISK, "cannot write %s: %s", temp, strerror(errno));
    }
    if (!fine) {
        unlink(temp);
    } else if (rename(temp, out) != 0) {
        fine = dd_fail(err, DD_ERROR_DISK, "cannot write %s: %s", out, strerror(errno));
    }
    return fine;
}

// --- opening

static uint64_t header_size(const TarHeader* h)
{
    if ((unsigned char)h->size[0] == 0x80) {
        uint64_t size = 0;
        for (int i = 4; i < 12; i++) {
            size = size << 8 | (unsigned char)h->size[i];
        }
        return size;
    }
    char text[13];
    memcpy(text, h->size, 12);
    text[12] = '\0';
    return strtoull(text, NULL, 8);
}

static bool safe_name(const char* name)
{
    if (name[0] == '\0' || name[0] == '/') {
        return false;
    }
    for (const char* part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) {
            return false;
        }
    }
    return true;
}

static bool zeros(const char* p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool unpack_file(FILE* in, const TarHeader* h, const char* dir, const char* pack,
                        DdError* err)
{
    char name[sizeof h->prefix + sizeof h->name + 2];
    char path[DD_PATH_MAX];
    char parent[DD_PATH_MAX];
    char pad[k_block];
    TarHeader again;
    uint64_t size = header_size(h);
    snprintf(name, sizeof name, "%.*s%s%.*s", (int)sizeof h->prefix, h->prefix,
             h->prefix[0] ? "/" : "", (int)sizeof h->name, h->name);
    // a header that packing would not have written was changed
    if (!safe_name(name) || !make_header(&again, name, size) ||
        memcmp(&again, h, sizeof again) != 0) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s: the header of '%.200s' is damaged", pack, name);
    }
    dd_path_join(path, dir, name);
    dd_path_dir(parent, path);
    if (!dd_dir_make(parent, err)) {
        return false;
    }
    FILE* out = fopen(path, "wb");
    if (!out) {
        return dd_fail(err, DD_ERROR_DISK, "cannot unpack %s: %s", path, strerror(errno));
    }
    bool copied = copy_bytes(in, out, size);
    bool short_input = feof(in);
    bool closed = fclose(out) == 0;
    if (short_input) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s ends in the middle of '%s'", pack, name);
    }
    if (!copied || !closed) {
        return dd_fail(err, DD_ERROR_DISK, "cannot unpack %s: %s", path, strerror(errno));
    }
    size_t n = (size_t)((k_block - size % k_block) % k_block);
    if (fread(pad, 1, n, in) != n || !zeros(pad, n)) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s is damaged behind '%s'", pack, name);
    }
    return true;
}

static bool unpack(const char* pack, const char* dir, DdError* err)
{
    FILE* in = fopen(pack, "rb");
    TarHeader h;
    if (!in) {
        return dd_fail(err, DD_ERROR_MISSING, "%s cannot be read: %s", pack, strerror(errno));
    }
    bool fine = true;
    int blocks = 0;
    while (fine && fread(&h, sizeof h, 1, in) == 1) {
        if (zeros((char*)&h, sizeof h)) {
            blocks++;
        } else if (blocks > 0) {
            fine = dd_fail(err, DD_ERROR_DAMAGED, "%s goes on behind its end", pack);
        } else {
            fine = unpack_file(in, &h, dir, pack, err);
        }
    }
    if (fine && (blocks != 2 || ftell(in) % k_block != 0)) {
        fine = dd_fail(err, DD_ERROR_DAMAGED, "%s is cut off", pack);
    }
    fclose(in);
    return fine;
}

static void add_episode(DdRun* run, const char* path)
{
    run->episode = realloc(run->episode, (size_t)(run->n + 1) * sizeof *run->episode);
    DD_ASSERT(run->episode);
    snprintf(run->episode[run->n++], DD_PATH_MAX, "%s", path);
}

static bool open_dir(const char* dir, DdRun* run, DdError* err)
{
    char path[DD_PATH_MAX];
    dd_path_join(path, dir, "run.json");
    snprintf(run->dir, sizeof run->dir, "%s", dir);
    if (!dd_file_exists(path)) {
        // a bag's own folder is an episode of a run one level up, or a lone bag
        char parent[DD_PATH_MAX];
        DdFileList list = dd_file_list(dir);
        run->dir[0] = '\0';
        for (int i = 0; i < list.n; i++) {
            size_t n = strlen(list.path[i]);
            if (n > 5 && strcmp(list.path[i] + n - 5, ".mcap") == 0) {
                dd_path_join(path, dir, list.path[i]);
                add_episode(run, path);
            }
        }
        dd_file_list_clear(&list);
        dd_path_join(parent, dir, "..");
        dd_path_join(run->files_dir, parent, "files");
        return run->n > 0 || dd_fail(err, DD_ERROR_CANNOT_CHECK,
                                     "%s holds no run (no run.json) and no recording", dir);
    }
    dd_path_join(run->files_dir, dir, "files");
    DdFileList list = dd_file_list(dir);
    for (int i = 0; i < list.n; i++) {
        size_t n = strlen(list.path[i]);
        if (n > 5 && strcmp(list.path[i] + n - 5, ".mcap") == 0 &&
            strncmp(list.path[i], "episode_", 8) == 0) {
            dd_path_join(path, dir, list.path[i]);
            add_episode(run, path);
        }
    }
    dd_file_list_clear(&list);
    return true;
}

static bool is_pack(const char* path)
{
    TarHeader h;
    FILE* f = fopen(path, "rb");
    bool yes = f && fread(&h, sizeof h, 1, f) == 1 && memcmp(h.magic, "ustar", 5) == 0;
    if (f) {
        fclose(f);
    }
    size_t n = strlen(path);
    return yes || (n > 8 && strcmp(path + n - 8, ".drydock") == 0);
}

bool dd_run_open(const char* path, DdRun* run, DdError* err)
{
    memset(run, 0, sizeof *run);
    if (dd_dir_exists(path)) {
        return open_dir(path, run, err);
    }
    if (!dd_file_exists(path)) {
        return dd_fail(err, DD_ERROR_CANNOT_CHECK, "%s does not exist", path);
    }
    if (!is_pack(path)) {
        char dir[DD_PATH_MAX];
        char parent[DD_PATH_MAX];
        add_episode(run, path);
        // RUN/episode_k/episode_k.mcap: the files of the run lie two levels up
        dd_path_dir(dir, path);
        dd_path_join(parent, dir, "..");
        dd_path_join(run->files_dir, parent, "files");
        return true;
    }
    char temp[DD_PATH_MAX];
    const char* base = getenv("TMPDIR");
    snprintf(temp, sizeof temp, "%s/drydock-XXXXXX", base && base[0] ? base : "/tmp");
    if (!mkdtemp(temp)) {
        return dd_fail(err, DD_ERROR_DISK, "no temporary folder to unpack %s: %s", path,
                       strerror(errno));
    }
    if (!unpack(path, temp, err) || !open_dir(temp, run, err)) {
        dd_remove_tree(temp);
        free(run->episode);
        memset(run, 0, sizeof *run);
        return false;
    }
    snprintf(run->dir, sizeof run->dir, "%s", temp);
    run->temporary = true;
    return true;
}

void dd_run_close(DdRun* run)
{
    if (run->temporary) {
        dd_remove_tree(run->dir);
    }
    free(run->episode);
    memset(run, 0, sizeof *run);
}
