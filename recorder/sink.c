// Sink: the file behind a writer.
#include "recorder/sink.h"

#include "recorder/crc.h"
#include "sim/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { k_pieces_max = 8, k_join_min = 16 * 1024 };

static bool disk_failed(DdError* err, const char* path, const char* doing, int error)
{
    return dd_fail(err, DD_ERROR_DISK, "%s: %s: %s", path, doing, strerror(error));
}

// A file without a name: its blocks come back when it is closed, also by kill -9.
static int open_nameless(const char* dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) {
        return fd;
    }
    char name[DD_PATH_MAX + 32];
    snprintf(name, sizeof name, "%s/.reserve-XXXXXX", dir);
    fd = mkstemp(name);
    if (fd >= 0) {
        unlink(name);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return fd;
}

bool dd_sink_open(DdSink* s, const char* path, size_t reserve, uint64_t fail_after, bool crcs,
                  DdError* err)
{
    *s = (DdSink){
        .fd = -1, .reserve_fd = -1, .crcs = crcs, .fail_after = fail_after, .reserve = reserve};
    if (strlen(path) >= sizeof s->path) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "the path '%.80s...' is too long", path);
    }
    strcpy(s->path, path);
    s->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (s->fd < 0) {
        if (errno == EEXIST) {
            return dd_fail(err, DD_ERROR_ARGUMENT, "%s: exists already, and is not overwritten",
                           path);
        }
        return disk_failed(err, path, "cannot be created", errno);
    }
    if (reserve) {
        char dir[DD_PATH_MAX];
        dd_path_dir(dir, path);
        s->reserve_fd = open_nameless(dir);
        int error = s->reserve_fd < 0 ? errno : posix_fallocate(s->reserve_fd, 0, (off_t)reserve);
        if (error) {
            int fd = s->fd;
            s->fd = -1;
            dd_sink_release(s);
            close(fd);
            unlink(path);
            return disk_failed(err, path, "no room to close the file by", error);
        }
    }
    return true;
}

// One pwritev that tests can make fail.
static ssize_t write_some(DdSink* s, const struct iovec* piece, int n, uint64_t at)
{
    if (s->fail_after) {
        uint64_t limit = s->fail_after + (s->reserve_fd < 0 ? s->reserve : 0);
        uint64_t size = 0;
        for (int i = 0; i < n; i++) {
            size += piece[i].iov_len;
        }
        if (at + size > limit) {
            errno = ENOSPC;
            return -1;
        }
    }
    return pwritev(s->fd, piece, n, (off_t)at);
}

bool dd_sink_write(DdSink* s, const struct iovec* piece, int n, int known, uint32_t known_crc)
{
    DD_ASSERT(n <= k_pieces_max);
    struct iovec left[k_pieces_max];
    memcpy(left, piece, (size_t)n * sizeof *piece);
    uint64_t at = s->offset;
    int first = 0;
    while (first < n) {
        if (left[first].iov_len == 0) {
            first++;
            continue;
        }
        ssize_t wrote = write_some(s, left + first, n - first, at);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            int error = wrote < 0 ? errno : EIO;
            // what was written before stays readable: half a record would hide it from nobody,
            // but a record behind it would be lost
            if (ftruncate(s->fd, (off_t)s->offset) != 0) {
                error = errno;
            }
            if (!s->failed) {
                s->failed = true;
                dd_error_clear(&s->err);
                dd_fail(&s->err, DD_ERROR_DISK, "%s: cannot be written behind byte %llu: %s",
                        s->path, (unsigned long long)s->offset, strerror(error));
            }
            return false;
        }
        at += (uint64_t)wrote;
        size_t done = (size_t)wrote;
        while (first < n && done >= left[first].iov_len) {
            done -= left[first].iov_len;
            first++;
        }
        if (first < n) {
            left[first].iov_base = (uint8_t*)left[first].iov_base + done;
            left[first].iov_len -= done;
        }
    }
    s->offset = at;
    for (int i = 0; s->crcs && i < n; i++) {
        // a joined CRC saves a second pass over the bytes
        s->crc = i == known && piece[i].iov_len >= k_join_min
                     ? dd_crc32_join(s->crc, known_crc, piece[i].iov_len)
                     : dd_crc32(s->crc, piece[i].iov_base, piece[i].iov_len);
    }
    return true;
}

void dd_sink_release(DdSink* s)
{
    if (s->reserve_fd >= 0) {
        close(s->reserve_fd);
        s->reserve_fd = -1;
    }
}

void dd_sink_close(DdSink* s)
{
    dd_sink_release(s);
    if (s->fd >= 0) {
        close(s->fd);
        s->fd = -1;
    }
}
