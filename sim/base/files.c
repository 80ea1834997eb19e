// Files: the store of a run, whole-file reads and safe writes, paths.
#include "sim/base/files.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef DD_SHARE_DIR
#define DD_SHARE_DIR "/usr/local/share/drydock"
#endif

struct DdFiles {
    DdFile** at; // pointers, so that a file stays where it is
    int n;
    int cap;
    bool frozen;
};

// the store

DdFiles* dd_files_create(void)
{
    DdFiles* files = calloc(1, sizeof *files);
    DD_ASSERT(files != NULL);
    return files;
}

void dd_files_destroy(DdFiles* files)
{
    if (files == NULL) {
        return;
    }
    for (int i = 0; i < files->n; i++) {
        free(files->at[i]->data);
        free(files->at[i]);
    }
    free(files->at);
    free(files);
}

void dd_files_freeze(DdFiles* files)
{
    files->frozen = true;
}

bool dd_files_frozen(const DdFiles* files)
{
    return files->frozen;
}

// takes over `data`, which a NUL follows
static const DdFile* keep(DdFiles* files, const char* name, unsigned char* data, size_t size,
                          DdError* err)
{
    if (files->n == files->cap) {
        int cap = files->cap == 0 ? 16 : 2 * files->cap;
        DdFile** at = realloc(files->at, (size_t)cap * sizeof(DdFile*));
        if (at == NULL) {
            free(data);
            dd_fail(err, DD_ERROR_MEMORY, "no memory to keep '%s'", name);
            return NULL;
        }
        files->at = at;
        files->cap = cap;
    }
    DdFile* file = calloc(1, sizeof *file);
    if (file == NULL) {
        free(data);
        dd_fail(err, DD_ERROR_MEMORY, "no memory to keep '%s'", name);
        return NULL;
    }
    snprintf(file->name, sizeof file->name, "%s", name);
    file->data = data;
    file->size = size;
    file->order = files->n;
    dd_sha256(data, size, file->sha256);
    files->at[files->n++] = file;
    return file;
}

static bool check_name(const char* name, DdError* err)
{
    if (name[0] == '\0' || strlen(name) >= DD_PATH_MAX) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "a file's name must have 1 to %d bytes, got %zu",
                       DD_PATH_MAX - 1, strlen(name));
    }
    return true;
}

const DdFile* dd_files_load(DdFiles* files, const char* name, const char* path, size_t max,
                            DdError* err)
{
    if (!check_name(name, err)) {
        return NULL;
    }
    const DdFile* known = dd_files_find(files, name);
    if (known != NULL) {
        return known;
    }
    if (files->frozen) {
        dd_fail(err, DD_ERROR_CANNOT_CHECK, "the file '%s' is not in the recording", name);
        return NULL;
    }
    size_t size = 0;
    unsigned char* data = dd_file_read(path, max, &size, err);
    if (data == NULL) {
        return NULL;
    }
    return keep(files, name, data, size, err);
}

const DdFile* dd_files_add(DdFiles* files, const char* name, const void* data, size_t size,
                           DdError* err)
{
    if (!check_name(name, err)) {
        return NULL;
    }
    const DdFile* known = dd_files_find(files, name);
    if (known != NULL) {
        if (known->size == size && (size == 0 || memcmp(known->data, data, size) == 0)) {
            return known;
        }
        dd_fail(err, DD_ERROR_ARGUMENT, "two different files have the name '%s'", name);
        return NULL;
    }
    unsigned char* copy = malloc(size + 1);
    if (copy == NULL) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for the %zu bytes of '%s'", size, name);
        return NULL;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    copy[size] = '\0';
    return keep(files, name, copy, size, err);
}

const DdFile* dd_files_find(const DdFiles* files, const char* name)
{
    for (int i = 0; i < files->n; i++) {
        if (strcmp(files->at[i]->name, name) == 0) {
            return files->at[i];
        }
    }
    return NULL;
}

int dd_files_count(const DdFiles* files)
{
    return files->n;
}

const DdFile* dd_files_at(const DdFiles* files, int i)
{
    DD_ASSERT(i >= 0 && i < files->n);
    return files->at[i];
}

// whole files

DdErrorCode dd_io_code(int errnum, bool writing)
{
    switch (errnum) {
    case ENOSPC:
    case EROFS:
    case EIO:
    case EDQUOT:
    case EFBIG:
        return DD_ERROR_DISK;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
        return DD_ERROR_MEMORY;
    case EACCES:
    case EPERM:
        return writing ? DD_ERROR_DISK : DD_ERROR_MISSING;
    default:
        return DD_ERROR_MISSING;
    }
}

static bool fail_io(DdError* err, int errnum, bool writing, const char* path)
{
    char reason[128];
    return dd_fail(err, dd_io_code(errnum, writing), "cannot %s '%s': %s",
                   writing ? "write" : "read", path, strerror_r(errnum, reason, sizeof reason));
}

static ssize_t read_some(int fd, void* data, size_t size)
{
    ssize_t n;
    do {
        n = read(fd, data, size);
    } while (n < 0 && errno == EINTR);
    return n;
}

// reads to the end; the size that stat told is only a hint, the file may grow meanwhile
static unsigned char* read_all(int fd, const char* path, size_t hint, size_t max, size_t* size,
                               DdError* err)
{
    size_t capacity = (hint < max ? hint : max) + 2;
    size_t n = 0;
    unsigned char* data = malloc(capacity);
    while (data != NULL) {
        ssize_t got = read_some(fd, data + n, capacity - 1 - n);
        if (got < 0) {
            fail_io(err, errno, false, path);
            free(data);
            return NULL;
        }
        n += (size_t)got;
        if (n > max) {
            dd_fail(err, DD_ERROR_MISSING, "'%s' has more than the %zu bytes it may have", path,
                    max);
            free(data);
            return NULL;
        }
        if (got == 0) {
            data[n] = '\0';
            *size = n;
            return data;
        }
        if (n == capacity - 1) {
            capacity *= 2;
            unsigned char* more = realloc(data, capacity);
            if (more == NULL) {
                free(data);
            }
            data = more;
        }
    }
    dd_fail(err, DD_ERROR_MEMORY, "no memory to read '%s'", path);
    return NULL;
}

unsigned char* dd_file_read(const char* path, size_t max, size_t* size, DdError* err)
{
    DD_ASSERT(max < SIZE_MAX / 4);
    // without O_NONBLOCK a pipe in the place of a file would wait for ever
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        fail_io(err, errno, false, path);
        return NULL;
    }
    struct stat st;
    unsigned char* data = NULL;
    if (fstat(fd, &st) != 0) {
        fail_io(err, errno, false, path);
    } else if (!S_ISREG(st.st_mode)) {
        dd_fail(err, DD_ERROR_MISSING, "cannot read '%s': it is %s, not a file", path,
                S_ISDIR(st.st_mode) ? "a folder" : "a device or a pipe");
    } else {
        data = read_all(fd, path, (size_t)st.st_size, max, size, err);
    }
    close(fd);
    return data;
}

static bool write_all(int fd, const void* data, size_t size)
{
    const char* p = data;
    while (size > 0) {
        ssize_t n = write(fd, p, size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        p += n;
        size -= (size_t)n;
    }
    return true;
}

// the new name is on disk only when its folder is
static void sync_folder(const char* path)
{
    char folder[DD_PATH_MAX];
    dd_path_dir(folder, path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd); // some file systems cannot; the file itself is synced
        close(fd);
    }
}

static bool write_in_place(const char* path, const void* data, size_t size, DdError* err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail_io(err, errno, true, path);
    }
    bool ok = write_all(fd, data, size);
    int errnum = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        errnum = errno;
    }
    return ok || fail_io(err, errnum, true, path);
}

bool dd_file_write(const char* path, const void* data, size_t size, DdError* err)
{
    static _Atomic unsigned s_count;
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        if (S_ISDIR(st.st_mode)) {
            return fail_io(err, EISDIR, true, path);
        }
        return write_in_place(path, data, size, err);
    }
    // a link stays a link: its target is replaced
    char* real = realpath(path, NULL);
    const char* target = real == NULL ? path : real;
    char folder[DD_PATH_MAX];
    char temp[DD_PATH_MAX];
    dd_path_dir(folder, target);
    int n = snprintf(temp, sizeof temp, "%s/.drydock-%ld-%u.tmp", folder, (long)getpid(),
                     atomic_fetch_add(&s_count, 1));
    bool ok = false;
    int errnum = ENAMETOOLONG;
    if (n > 0 && (size_t)n < sizeof temp && strlen(target) < DD_PATH_MAX) {
        int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        errnum = errno;
        if (fd >= 0) {
            ok = write_all(fd, data, size) && fsync(fd) == 0;
            errnum = errno;
            if (close(fd) != 0 && ok) {
                ok = false;
                errnum = errno;
            }
            if (ok && rename(temp, target) != 0) {
                ok = false;
                errnum = errno;
            }
            if (!ok) {
                (void)unlink(temp);
            }
        }
    }
    if (ok) {
        sync_folder(target);
    } else {
        fail_io(err, errnum, true, path);
    }
    free(real);
    return ok;
}

bool dd_file_exists(const char* path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool dd_dir_exists(const char* path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool dd_dir_make(const char* path, DdError* err)
{
    char part[DD_PATH_MAX];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part) {
        return fail_io(err, n == 0 ? ENOENT : ENAMETOOLONG, true, path);
    }
    memcpy(part, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (part[i] != '/' && part[i] != '\0') {
            continue;
        }
        char c = part[i];
        part[i] = '\0';
        if (mkdir(part, 0777) != 0) {
            int errnum = errno;
            if (!dd_dir_exists(part)) {
                return fail_io(err, errnum == EEXIST ? ENOTDIR : errnum, true, part);
            }
        }
        part[i] = c;
    }
    return true;
}

// paths

bool dd_path_below(const char* root, const char* path, char out[DD_PATH_MAX], DdError* err)
{
    out[0] = '\0';
    char* real_root = realpath(root, NULL);
    if (real_root == NULL) {
        return fail_io(err, errno, false, root);
    }
    char* real = realpath(path, NULL);
    if (real == NULL) {
        int errnum = errno;
        free(real_root);
        return fail_io(err, errnum, false, path);
    }
    size_t n = strlen(real_root);
    if (n == 1) {
        n = 0; // the root of the file system is its own slash
    }
    bool below = strncmp(real, real_root, n) == 0 && (real[n] == '/' || real[n] == '\0');
    bool fits = strlen(real) < DD_PATH_MAX;
    if (below && fits) {
        memcpy(out, real, strlen(real) + 1);
    } else if (!below) {
        dd_fail(err, DD_ERROR_ARGUMENT, "'%s' lies outside of '%s', where files may be read", path,
                root);
    } else {
        fail_io(err, ENAMETOOLONG, false, path);
    }
    free(real);
    free(real_root);
    return below && fits;
}

void dd_path_join(char out[DD_PATH_MAX], const char* a, const char* b)
{
    char text[DD_PATH_MAX];
    size_t n = strlen(a);
    int size;
    if (b[0] == '/' || n == 0) {
        size = snprintf(text, sizeof text, "%s", b);
    } else if (b[0] == '\0') {
        size = snprintf(text, sizeof text, "%s", a);
    } else {
        size = snprintf(text, sizeof text, "%s%s%s", a, a[n - 1] == '/' ? "" : "/", b);
    }
    // a path that is cut would name another file; no file has the empty name
    if (size < 0 || size >= DD_PATH_MAX) {
        text[0] = '\0';
    }
    memcpy(out, text, strlen(text) + 1);
}

const char* dd_path_base(const char* path)
{
    const char* slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

void dd_path_dir(char out[DD_PATH_MAX], const char* path)
{
    const char* slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (slash == NULL || n >= DD_PATH_MAX) {
        memcpy(out, n >= DD_PATH_MAX ? "" : ".", n >= DD_PATH_MAX ? 1 : 2);
        return;
    }
    memmove(out, path, n);
    out[n] = '\0';
}

// where drydock's own folders are

static char s_home[DD_PATH_MAX];
static pthread_once_t s_home_once = PTHREAD_ONCE_INIT;

static bool is_home(const char* folder)
{
    char path[DD_PATH_MAX];
    dd_path_join(path, folder, "robots");
    if (!dd_dir_exists(path)) {
        return false;
    }
    dd_path_join(path, folder, "scenarios");
    return dd_dir_exists(path);
}

// the first folder above `file` that is a home, or has one at share/drydock
static bool find_home_above(const char* file)
{
    char* real = realpath(file, NULL);
    if (real == NULL || strlen(real) >= DD_PATH_MAX) {
        free(real);
        return false;
    }
    char folder[DD_PATH_MAX];
    memcpy(folder, real, strlen(real) + 1);
    free(real);
    while (strcmp(folder, "/") != 0) {
        char share[DD_PATH_MAX];
        dd_path_dir(folder, folder);
        dd_path_join(share, folder, "share/drydock");
        if (is_home(folder) || is_home(share)) {
            const char* found = is_home(folder) ? folder : share;
            memcpy(s_home, found, strlen(found) + 1);
            return true;
        }
    }
    return false;
}

static void find_home(void)
{
    const char* given = getenv("DRYDOCK_HOME");
    if (given != NULL && given[0] != '\0' && strlen(given) < DD_PATH_MAX) {
        // absolute, so that a later change of the working directory does not matter
        char* real = realpath(given, NULL);
        const char* home = real != NULL && strlen(real) < DD_PATH_MAX ? real : given;
        memcpy(s_home, home, strlen(home) + 1);
        free(real);
        return;
    }
    // in a shared library the program is someone else's, hence the library first; its address is
    // taken from a variable, as C knows no pointer from a function to void
    Dl_info info;
    if (dladdr(s_home, &info) != 0 && info.dli_fname != NULL &&
        strstr(info.dli_fname, ".so") != NULL && find_home_above(info.dli_fname)) {
        return;
    }
    if (find_home_above("/proc/self/exe")) {
        return;
    }
    memcpy(s_home, DD_SHARE_DIR, sizeof DD_SHARE_DIR);
}

const char* dd_home(void)
{
    pthread_once(&s_home_once, find_home);
    return s_home;
}
