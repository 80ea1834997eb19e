// Which math library is in force: asked of the dynamic linker, not assumed from the build.
#include "sim/base/libm.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#ifndef DD_LIBM
#define DD_LIBM "unknown"
#endif

static char s_name[96];
static bool s_pinned;
static pthread_once_t s_once = PTHREAD_ONCE_INIT;

static void find_out(void)
{
    // the `sin` that libmujoco gets: the first one of the process
    void* sine = dlsym(RTLD_DEFAULT, "sin");
    Dl_info info;
    bool system = sine == NULL || dladdr(sine, &info) == 0 || info.dli_fname == NULL ||
                  strstr(info.dli_fname, "libm.so") != NULL ||
                  strstr(info.dli_fname, "libm-") != NULL;
    s_pinned = !system;
    if (system) {
        snprintf(s_name, sizeof s_name, "glibc %s", gnu_get_libc_version());
    } else {
        snprintf(s_name, sizeof s_name, "%s", DD_LIBM);
    }
}

const char* dd_libm_name(void)
{
    pthread_once(&s_once, find_out);
    return s_name;
}

bool dd_libm_pinned(void)
{
    pthread_once(&s_once, find_out);
    return s_pinned;
}
