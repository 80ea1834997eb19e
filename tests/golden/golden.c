// Golden: runs scenarios under a scripted action through the episode engine and compares the hash
// over every step and every observation with the committed one (docs/determinism.md). Usage: golden
// [--renew] [--without-fma] VALUES SCENARIO.lua ...
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/platform/x86.h>

#include "sim/base/hash.h"
#include "sim/base/log.h"
#include "sim/run/episode_impl.h"
#include "sim/script/script.h"

enum { k_steps_min = 2000 };

_Noreturn static void die(const DdError* err)
{
    fprintf(stderr, "golden: %s\n", err->text);
    exit(1);
}

// Every element swings about its default at a rate of its own, by a part of its range.
static void scripted(const DdActionSpace* space, double time_s, double* action)
{
    int n = 0;
    for (int p = 0; p < space->npart; p++) {
        const DdActionPart* part = &space->part[p];
        for (int i = 0; i < part->n; i++, n++) {
            double range = part->high[i] - part->low[i];
            double swing = fmin(0.12 * (isfinite(range) ? range : 1), 0.35);
            action[n] = part->def[i] + swing * sin(time_s * (1.7 + 0.61 * n) + 0.4 * n);
            action[n] = fmin(fmax(action[n], part->low[i]), part->high[i]);
        }
    }
}

static uint64_t run_scenario(const char* path, char* name, size_t size)
{
    DdError err;
    DdOutcome outcome;
    DdScenario scenario;
    dd_error_clear(&err);
    DdFiles* files = dd_files_create();
    DdScriptDef script = dd_script_def();
    script.path = path;
    script.files = files;
    if (!dd_script_open(&script, &scenario, &err)) {
        die(&err);
    }
    DdEpisodeDef def = dd_episode_def();
    def.seed = 1;
    DdEpisode* ep = dd_episode_create(&def, &scenario, &outcome, &err);
    if (!ep) {
        die(&err);
    }
    ep->hashing = true;
    double action[DD_ACTION_DIM_MAX * DD_ACTION_PARTS_MAX];
    DdObservation* o = calloc(1, sizeof *o);
    DD_ASSERT(o);
    uint64_t seen = 0;
    while (dd_episode_advance(ep)) {
        const DdObservationSpace* space = dd_episode_observation_space(ep, 0);
        dd_episode_observe(ep, 0, o);
        for (int i = 0; i < o->n; i++) {
            int width = dd_channel_width(space->entry[i].def);
            seen =
                o->values[i] ? dd_hash64(o->values[i], (size_t)width * sizeof(double), seen) : seen;
        }
        scripted(dd_episode_action_space(ep, 0), dd_episode_time(ep), action);
        dd_episode_act(ep, 0, action, 0);
    }
    snprintf(name, size, "%s", dd_episode_plan(ep)->def.name);
    int64_t steps = dd_episode_step(ep);
    uint64_t hash = dd_hash64(&seen, sizeof seen, ep->hash);
    if (ep->forced || steps < k_steps_min) {
        fprintf(stderr, "golden: %s ended at step %lld: %s\n", name, (long long)steps,
                ep->why.text);
        exit(1);
    }
    dd_episode_destroy(ep);
    scenario.destroy(scenario.user);
    dd_files_destroy(files);
    free(o);
    return hash;
}

// The committed value: a line "NAME HASH".
static bool find_value(const char* path, const char* name, char value[32])
{
    char line[256], key[128];
    bool found = false;
    FILE* f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        found = found || (sscanf(line, "%127s %31s", key, value) == 2 && strcmp(key, name) == 0);
        if (found) {
            break;
        }
    }
    if (f) {
        fclose(f);
    }
    return found;
}

int main(int argc, char** argv)
{
    bool renew = false, without_fma = false;
    int at = 1, wrong = 0;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        renew = renew || strcmp(argv[at], "--renew") == 0;
        without_fma = without_fma || strcmp(argv[at], "--without-fma") == 0;
    }
    if (argc - at < 2) {
        fprintf(stderr, "usage: golden [--renew] [--without-fma] VALUES SCENARIO.lua ...\n");
        return 2;
    }
    if (without_fma && (CPU_FEATURE_ACTIVE(FMA) || CPU_FEATURE_ACTIVE(AVX2))) {
        fprintf(stderr, "golden: GLIBC_TUNABLES did not switch FMA and AVX2 off\n");
        return 1;
    }
    printf("golden: glibc %s FMA\n", CPU_FEATURE_ACTIVE(FMA) ? "uses" : "does not use");
    const char* values = argv[at++];
    FILE* out = renew ? fopen(values, "w") : NULL;
    for (; at < argc; at++) {
        char name[DD_NAME_MAX], have[32], want[32] = "nothing";
        uint64_t hash = run_scenario(argv[at], name, sizeof name);
        snprintf(have, sizeof have, "%016llx", (unsigned long long)hash);
        if (out) {
            fprintf(out, "%s %s\n", name, have);
            snprintf(want, sizeof want, "%s", have);
        } else {
            find_value(values, name, want);
        }
        bool same = strcmp(have, want) == 0;
        printf("%-16s %s %s\n", name, have, same ? "as committed" : "IS NOT");
        if (!same) {
            printf("%-16s %s was committed\n", "", want);
        }
        wrong += !same;
    }
    if (out) {
        fclose(out);
    }
    return wrong ? 1 : 0;
}
