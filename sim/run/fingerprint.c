// Fingerprint: the build and machine a run came from.
#include "sim/base/libm.h"
#include "sim/run/episode.h"

#include <cpuid.h>
#include <string.h>

static void cpu_name(char out[64])
{
    unsigned int words[12] = {0};
    unsigned int max = __get_cpuid_max(0x80000000u, NULL);
    if (max >= 0x80000004u) {
        for (unsigned int i = 0; i < 3; i++) {
            __get_cpuid(0x80000002u + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2],
                        &words[4 * i + 3]);
        }
    }
    memcpy(out, words, 48);
    out[48] = '\0';
    // some makers pad in front or behind
    char* from = out;
    while (*from == ' ') {
        from++;
    }
    memmove(out, from, strlen(from) + 1);
    for (size_t n = strlen(out); n > 0 && out[n - 1] == ' '; n--) {
        out[n - 1] = '\0';
    }
}

json_t* dd_fingerprint(void)
{
    char cpu[64];
    char compiler[64];
    char mujoco[32];
    cpu_name(cpu);
    snprintf(compiler, sizeof compiler, "%s %d.%d.%d",
#if defined(__clang__)
             "clang", __clang_major__, __clang_minor__, __clang_patchlevel__
#else
             "gcc", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__
#endif
    );
    int version = dd_world_engine_version();
    snprintf(mujoco, sizeof mujoco, "%d.%d.%d", version / 1000000, version / 1000 % 1000,
             version % 1000);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "drydock", DD_VERSION, "mujoco", mujoco,
                     "libm", dd_libm_name(), "compiler", compiler, "arch", "x86_64", "cpu", cpu);
}
