// Jail: a child process for work on strangers' files. Limited, without network, dying with its
// parent.
#include "sim/batch/jail.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double dd_wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void limit(int what, rlim_t value)
{
    struct rlimit l;
    if (getrlimit(what, &l) == 0 && (l.rlim_max == RLIM_INFINITY || l.rlim_max > value)) {
        l.rlim_cur = value;
        l.rlim_max = value;
        setrlimit(what, &l);
    }
}

// The kernel refuses new programs, and new sockets, from here on.
static void forbid_calls(bool no_sockets)
{
#define LOAD(field)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
#define REFUSE(call)                                                                               \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(call), 0, 1),                                   \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA))
    struct sock_filter program[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        LOAD(nr),
        REFUSE(no_sockets ? SYS_socket : SYS_ptrace),
        REFUSE(SYS_execve),
        REFUSE(SYS_execveat),
        REFUSE(SYS_ptrace),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
    }
#undef LOAD
#undef REFUSE
}

void dd_jail_enter(const DdJailDef* def, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(70); // the parent died before the call above
    }
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 256);
    if (def->cpu_s > 0) {
        limit(RLIMIT_CPU, (rlim_t)def->cpu_s);
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // sanitizers map terabytes that they never touch
    if (def->memory > 0) {
        limit(RLIMIT_AS, def->memory);
    }
#endif
    forbid_calls(!def->screen);
}

bool dd_pipe_write(int fd, const void* data, size_t size)
{
    const char* p = data;
    while (size > 0) {
        ssize_t n = write(fd, p, size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        p += n;
        size -= (size_t)n;
    }
    return true;
}

bool dd_pipe_read(int fd, void* data, size_t size)
{
    char* p = data;
    while (size > 0) {
        ssize_t n = read(fd, p, size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        p += n;
        size -= (size_t)n;
    }
    return true;
}

bool dd_pipe_write_json(int fd, const json_t* j)
{
    char* text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);
    if (!text) {
        return false;
    }
    uint32_t size = (uint32_t)strlen(text);
    bool fine = dd_pipe_write(fd, &size, sizeof size) && dd_pipe_write(fd, text, size);
    free(text);
    return fine;
}

json_t* dd_pipe_read_json(int fd)
{
    uint32_t size;
    if (!dd_pipe_read(fd, &size, sizeof size) || size > (1u << 30)) {
        return NULL;
    }
    char* text = malloc((size_t)size + 1);
    DD_ASSERT(text);
    json_t* j = NULL;
    if (dd_pipe_read(fd, text, size)) {
        j = json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    }
    free(text);
    return j;
}

json_t* dd_error_to_json(const DdError* err)
{
    return json_pack("{s:i, s:s, s:i, s:s, s:s}", "code", (int)err->code, "file", err->file, "line",
                     err->line, "text", err->text, "traceback", err->traceback);
}

void dd_error_from_json(DdError* err, const json_t* j)
{
    const char* text = json_string_value(json_object_get(j, "text"));
    const char* file = json_string_value(json_object_get(j, "file"));
    const char* traceback = json_string_value(json_object_get(j, "traceback"));
    dd_error_clear(err);
    err->code = (DdErrorCode)json_integer_value(json_object_get(j, "code"));
    err->line = (int)json_integer_value(json_object_get(j, "line"));
    snprintf(err->text, sizeof err->text, "%s", text ? text : "");
    snprintf(err->file, sizeof err->file, "%s", file ? file : "");
    snprintf(err->traceback, sizeof err->traceback, "%s", traceback ? traceback : "");
}

void dd_describe_death(int status, char* out, size_t size)
{
    if (WIFSIGNALED(status)) {
        const char* name = sigabbrev_np(WTERMSIG(status));
        snprintf(out, size, "the worker process died of SIG%s", name ? name : "?");
    } else {
        snprintf(out, size, "the worker process ended with status %d", WEXITSTATUS(status));
    }
}

// The child's side: the answer is {"ok": value} or {"error": {...}}.
static void answer(int fd, json_t* (*fn)(void* user, DdError* err), void* user)
{
    DdError err;
    dd_error_clear(&err);
    json_t* value = fn(user, &err);
    json_t* j = json_object();
    if (err.code != DD_OK) {
        json_object_set_new(j, "error", dd_error_to_json(&err));
    }
    if (value) {
        json_object_set_new(j, "ok", value);
    }
    dd_pipe_write_json(fd, j);
    json_decref(j);
}

json_t* dd_jail(const DdJailDef* def, json_t* (*fn)(void* user, DdError* err), void* user,
                DdError* err)
{
    int fd[2];
    if (pipe(fd) != 0) {
        dd_fail(err, DD_ERROR_MEMORY, "no pipe for a child process: %s", strerror(errno));
        return NULL;
    }
    pid_t parent = getpid();
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        close(fd[0]);
        close(fd[1]);
        dd_fail(err, DD_ERROR_MEMORY, "no child process: %s", strerror(errno));
        return NULL;
    }
    if (child == 0) {
        close(fd[0]);
        dd_jail_enter(def, parent);
        answer(fd[1], fn, user);
        fflush(NULL);
        _exit(0);
    }
    close(fd[1]);
    struct pollfd p = {.fd = fd[0], .events = POLLIN};
    double until = dd_wall_s() + def->timeout_s;
    int ready = 0;
    bool told = false;
    while (ready == 0) {
        if (def->interrupted && *def->interrupted && !told) {
            kill(child, SIGTERM);
            told = true;
        }
        double left = def->timeout_s > 0 ? until - dd_wall_s() : 3600;
        if (left <= 0) {
            break;
        }
        ready = poll(&p, 1, (int)(left * 1000) + 1);
        if (ready < 0 && errno == EINTR) {
            ready = 0;
        }
    }
    json_t* j = ready > 0 ? dd_pipe_read_json(fd[0]) : NULL;
    if (!j) {
        kill(child, SIGKILL);
    }
    close(fd[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!j) {
        char death[128];
        dd_describe_death(status, death, sizeof death);
        if (ready <= 0) {
            snprintf(death, sizeof death, "the worker process did not answer within %g s",
                     def->timeout_s);
        }
        dd_fail(err, DD_ERROR_INTERNAL, "%s", death);
        return NULL;
    }
    json_t* error = json_object_get(j, "error");
    if (error) {
        dd_error_from_json(err, error);
    }
    json_t* value = json_object_get(j, "ok");
    json_incref(value);
    json_decref(j);
    return value;
}
