// Video: starts ffmpeg, feeds it, and says in one sentence what became of it.
#include "recorder/export/video.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/files.h"
#include "sim/base/text.h"

extern char** environ;

enum { k_patience_ms = 60000, k_words_max = 600, k_probe_max = 1 << 20 };

struct DdVideo {
    char path[DD_PATH_MAX];
    char part[DD_PATH_MAX];
    const char* codec;
    size_t frame;
    int fd;    // write end of its standard input
    int words; // its standard error, a file in memory
    pid_t pid;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Starts a program by PATH with these three files; in a group of its own, so that ^C reaches us
// alone and we decide what becomes of the file.
static int start(char* const* argv, int in, int out, int words, pid_t* pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t defaults, none;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, words, STDERR_FILENO);
    posix_spawnattr_init(&attr);
    sigemptyset(&defaults);
    sigemptyset(&none);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGTERM);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETPGROUP);
    int failed = posix_spawnp(pid, argv[0], &files, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

static bool cannot_start(int failed, DdError* err)
{
    if (failed == ENOENT) {
        return dd_fail(err, DD_ERROR_MISSING,
                       "ffmpeg, which makes the video, is not in PATH: install it (apt install "
                       "ffmpeg), or look at the run with drydock sheet or drydock view");
    }
    return dd_fail(err, DD_ERROR_MISSING, "ffmpeg, which makes the video, cannot be started: %s",
                   strerror(failed));
}

// The end of what it wrote, on one line.
static void last_words(int fd, char out[k_words_max])
{
    off_t size = lseek(fd, 0, SEEK_END);
    off_t from = size > k_words_max - 1 ? size - (k_words_max - 1) : 0;
    ssize_t n = size > 0 ? pread(fd, out, (size_t)(size - from), from) : 0;
    n = n < 0 ? 0 : n;
    while (n > 0 && (out[n - 1] == '\n' || out[n - 1] == ' ')) {
        n--;
    }
    out[n] = '\0';
    for (char* p = out; *p; p++) {
        *p = *p == '\n' || *p == '\r' ? ' ' : *p;
    }
    dd_text_clean(out);
}

static bool say_end(int status, int words, DdError* err)
{
    char text[k_words_max];
    char how[80];
    last_words(words, text);
    if (WIFSIGNALED(status)) {
        const char* name = sigabbrev_np(WTERMSIG(status));
        snprintf(how, sizeof how, "was killed by SIG%s", name ? name : "?");
    } else {
        snprintf(how, sizeof how, "ended with exit code %d", WEXITSTATUS(status));
    }
    return dd_fail(err, DD_ERROR_DISK, "ffmpeg %s before the video was whole%s%s%s", how,
                   text[0] ? "; its last words: \"" : " and said nothing", text,
                   text[0] ? "\"" : "");
}

static int wait_for(pid_t pid, double patience_s)
{
    int status = 0;
    double until = now_s() + patience_s;
    for (;;) {
        pid_t got = waitpid(pid, &status, patience_s > 0 ? WNOHANG : 0);
        if (got == pid) {
            return status;
        }
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        if (patience_s > 0 && now_s() > until) {
            kill(pid, SIGKILL);
            patience_s = 0;
        } else if (patience_s > 0) {
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        }
    }
}

// Which encoder it has.
static const char* find_codec(int null, DdError* err)
{
    char* argv[] = {"ffmpeg", "-hide_banner", "-loglevel", "error", "-encoders", NULL};
    int list = memfd_create("encoders", MFD_CLOEXEC);
    int words = memfd_create("words", MFD_CLOEXEC);
    const char* codec = NULL;
    pid_t pid;
    DD_ASSERT(list >= 0 && words >= 0);
    int failed = start(argv, null, list, words, &pid);
    if (failed) {
        cannot_start(failed, err);
    } else {
        int status = wait_for(pid, 30);
        off_t size = lseek(list, 0, SEEK_END);
        size = size > k_probe_max ? k_probe_max : size;
        char* text = calloc(1, (size_t)size + 1);
        DD_ASSERT(text);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            say_end(status, words, err);
        } else if (pread(list, text, (size_t)size, 0) == size) {
            codec = strstr(text, " libx264 ") ? "libx264" : "mpeg4";
        }
        free(text);
    }
    close(list);
    close(words);
    return codec;
}

static const char* container(const char* path)
{
    const char* dot = strrchr(dd_path_base(path), '.');
    return !dot                       ? NULL
           : strcmp(dot, ".mp4") == 0 ? "mp4"
           : strcmp(dot, ".mov") == 0 ? "mov"
           : strcmp(dot, ".mkv") == 0 ? "matroska"
                                      : NULL;
}

static bool start_encoder(DdVideo* v, const DdVideoDef* def, int null, DdError* err)
{
    char size[32], fps[DD_NUMBER_TEXT_MAX];
    bool h264 = strcmp(v->codec, "libx264") == 0;
    snprintf(size, sizeof size, "%dx%d", def->width, def->height);
    dd_number_print(def->fps, fps);
    char* argv[48] = {
        "ffmpeg",   "-hide_banner", "-loglevel", "error",       "-y",   "-f",
        "rawvideo", "-pix_fmt",     "rgb24",     "-video_size", size,   "-framerate",
        fps,        "-i",           "pipe:0",    "-an",         "-c:v", (char*)v->codec};
    int n = 18;
    const char* const k_h264[] = {"-preset", "veryfast", "-crf", "20"};
    const char* const k_mpeg4[] = {"-q:v", "3", NULL, NULL};
    for (int i = 0; i < 4 && (h264 ? k_h264 : k_mpeg4)[i]; i++) {
        argv[n++] = (char*)(h264 ? k_h264 : k_mpeg4)[i];
    }
    // yuv420p halves both sides; nothing of the machine or the day goes into the file
    const char* const k_rest[] = {"-vf",
                                  "pad=ceil(iw/2)*2:ceil(ih/2)*2",
                                  "-pix_fmt",
                                  "yuv420p",
                                  "-map_metadata",
                                  "-1",
                                  "-fflags",
                                  "+bitexact",
                                  "-flags:v",
                                  "+bitexact",
                                  "-f",
                                  container(def->path)};
    for (size_t i = 0; i < sizeof k_rest / sizeof k_rest[0]; i++) {
        argv[n++] = (char*)k_rest[i];
    }
    if (strcmp(container(def->path), "matroska") != 0) {
        argv[n++] = "-movflags";
        argv[n++] = "+faststart";
    }
    // never read as an option or a protocol
    char out[DD_PATH_MAX + 8];
    snprintf(out, sizeof out, "file:%s", v->part);
    argv[n++] = out;
    argv[n] = NULL;

    int pipe_fd[2];
    if (pipe2(pipe_fd, O_CLOEXEC) != 0) {
        return dd_fail(err, DD_ERROR_MEMORY, "no pipe for ffmpeg: %s", strerror(errno));
    }
    fcntl(pipe_fd[1], F_SETPIPE_SZ, 1 << 20);
    fcntl(pipe_fd[1], F_SETFL, O_NONBLOCK);
    int failed = start(argv, pipe_fd[0], null, v->words, &v->pid);
    close(pipe_fd[0]);
    if (failed) {
        close(pipe_fd[1]);
        return cannot_start(failed, err);
    }
    v->fd = pipe_fd[1];
    return true;
}

DdVideo* dd_video_open(const DdVideoDef* def, DdError* err)
{
    if (!container(def->path)) {
        dd_fail(err, DD_ERROR_ARGUMENT, "a video's name ends with .mp4, .mov or .mkv, not '%s'",
                dd_path_base(def->path));
        return NULL;
    }
    if (def->width < 1 || def->height < 1 || def->width > 8192 || def->height > 8192 ||
        !(def->fps > 0 && def->fps <= 1000)) {
        dd_fail(err, DD_ERROR_ARGUMENT,
                "a video has 1..8192 pixels a side and up to 1000 pictures a second, not %d x %d "
                "and %g",
                def->width, def->height, def->fps);
        return NULL;
    }
    DdVideo* v = calloc(1, sizeof *v);
    DD_ASSERT(v);
    snprintf(v->path, sizeof v->path, "%s", def->path);
    int n = snprintf(v->part, sizeof v->part, "%s.part", def->path);
    v->frame = (size_t)def->width * (size_t)def->height * 3;
    v->words = memfd_create("words", MFD_CLOEXEC);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    DD_ASSERT(v->words >= 0 && null >= 0);
    signal(SIGPIPE, SIG_IGN);
    v->fd = -1;
    bool fine = n < (int)sizeof v->part ||
                dd_fail(err, DD_ERROR_ARGUMENT, "the name of the video is too long");
    fine = fine && (v->codec = find_codec(null, err)) != NULL && start_encoder(v, def, null, err);
    close(null);
    if (!fine) {
        close(v->words);
        free(v);
        return NULL;
    }
    return v;
}

const char* dd_video_codec(const DdVideo* v)
{
    return v->codec;
}

bool dd_video_frame(DdVideo* v, const unsigned char* rgb, DdError* err)
{
    size_t at = 0;
    while (at < v->frame) {
        ssize_t n = write(v->fd, rgb + at, v->frame - at);
        if (n > 0) {
            at += (size_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        struct pollfd p = {.fd = v->fd, .events = POLLOUT};
        if (n < 0 && errno == EAGAIN) {
            int ready = poll(&p, 1, k_patience_ms);
            if (ready > 0 || (ready < 0 && errno == EINTR)) {
                continue;
            }
            return dd_fail(err, DD_ERROR_DISK, "ffmpeg took no picture for %d s; it was killed",
                           k_patience_ms / 1000);
        }
        return dd_fail(err, DD_ERROR_DISK, "ffmpeg takes no more pictures");
    }
    return true;
}

bool dd_video_close(DdVideo* v, bool keep, DdError* err)
{
    int status = 0;
    close(v->fd);
    // one that ended by itself says why, whatever else went wrong
    bool gone = waitpid(v->pid, &status, WNOHANG) == v->pid;
    if (!gone && !keep) {
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        gone = waitpid(v->pid, &status, WNOHANG) == v->pid;
        if (!gone) {
            kill(v->pid, SIGKILL);
            wait_for(v->pid, 0);
        }
    } else if (!gone) {
        status = wait_for(v->pid, 600);
        gone = true;
    }
    bool whole = gone && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    bool fine = keep && whole;
    if (gone && !whole) {
        fine = say_end(status, v->words, err);
    }
    if (fine && rename(v->part, v->path) != 0) {
        fine =
            dd_fail(err, dd_io_code(errno, true), "cannot write %s: %s", v->path, strerror(errno));
    }
    if (!fine) {
        unlink(v->part);
    }
    close(v->words);
    free(v);
    return fine;
}
