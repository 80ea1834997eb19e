// Bench: loaded before MuJoCo (LD_PRELOAD), writes the monotonic time at which a process's first
// physics step was done into the file FIRST_STEP_FILE. Nothing else changes.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef void Step(const void* m, void* d);

EXPORT void mj_step2(const void* m, void* d);

static int s_fd = -1;
static Step* s_real;

// opened at load: a worker that is jailed afterwards still has it
__attribute__((constructor)) static void open_file(void)
{
    const char* path = getenv("FIRST_STEP_FILE");
    if (path) {
        s_fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    }
}

EXPORT void mj_step2(const void* m, void* d)
{
    if (!s_real) {
        *(void**)&s_real = dlsym(RTLD_NEXT, "mj_step2");
    }
    s_real(m, d);
    if (s_fd >= 0) {
        struct timespec t;
        char text[64];
        clock_gettime(CLOCK_MONOTONIC, &t);
        int n = snprintf(text, sizeof text, "%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
        if (write(s_fd, text, (size_t)n) != n) {
            fprintf(stderr, "first_step: cannot write the time\n");
        }
        close(s_fd);
        s_fd = -1;
    }
}
