// Bench: what the harness costs. One process, one machine state, interleaved: a bare loop that
// makes the same physics, controller, sensor and agent calls; the episode; the episode with a
// recording; a naked mj_step loop. Prints one JSON line per figure. Usage: harness REPEATS SCENARIO
// AGENT [SCENARIO AGENT ...]
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/run/episode_impl.h"
#include "sim/script/script.h"

enum { k_repeats_max = 31, k_modes = 4 };

enum { MODE_BARE, MODE_PLAIN, MODE_RECORDED, MODE_NAKED };

static double clock_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double now_s(void)
{
    return clock_s(CLOCK_MONOTONIC);
}

// Time on the wall, which is what counts, and of this thread on a processor, which a busy machine
// disturbs less.
typedef struct Took {
    double wall, cpu;
} Took;

static Took took_begin(void)
{
    return (Took){now_s(), clock_s(CLOCK_THREAD_CPUTIME_ID)};
}

static Took took_end(Took from)
{
    return (Took){now_s() - from.wall, clock_s(CLOCK_THREAD_CPUTIME_ID) - from.cpu};
}

static int compare(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

static double median(double* x, int n)
{
    qsort(x, (size_t)n, sizeof *x, compare);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

_Noreturn static void die(const DdError* err)
{
    fprintf(stderr, "harness: %s\n", err->text);
    exit(1);
}

// Stage operations of a live run, to be repeated by the bare loop.
typedef struct Ops {
    int n;
    struct {
        int64_t step;
        DdStageOp op;
    } row[4096];
} Ops;

static void keep_op(void* user, int64_t step, const char* kind, const char* subject,
                    const double* values, int n)
{
    Ops* ops = user;
    if (strcmp(kind, "action") == 0 || ops->n == 4096) {
        return;
    }
    ops->row[ops->n].step = step;
    DdStageOp* op = &ops->row[ops->n++].op;
    memset(op, 0, sizeof *op);
    snprintf(op->kind, sizeof op->kind, "%s", kind);
    snprintf(op->target, sizeof op->target, "%s", subject);
    memcpy(op->v, values, (size_t)(n < DD_STAGE_VALUES ? n : DD_STAGE_VALUES) * sizeof *values);
}

typedef struct Run {
    DdFiles* files;
    DdScenario scenario;
    DdEpisode* ep;
    DdAgent* agent[DD_PLAN_SLOTS];
    DdRecordDef record;
    char dir[DD_PATH_MAX];
} Run;

static void open_run(Run* r, const char* scenario, const char* agent, bool recorded)
{
    DdError err;
    DdOutcome outcome;
    char lib[DD_PATH_MAX];
    memset(r, 0, sizeof *r);
    dd_error_clear(&err);
    r->files = dd_files_create();
    DdScriptDef script = dd_script_def();
    script.path = scenario;
    script.files = r->files;
    if (!dd_script_open(&script, &r->scenario, &err)) {
        die(&err);
    }
    DdEpisodeDef def = dd_episode_def();
    def.seed = 7;
    if (recorded) {
        snprintf(r->dir, sizeof r->dir, "/dev/shm/drydock-bench-%d/bag", (int)getpid());
        r->record = (DdRecordDef){.dir = r->dir,
                                  .name = "bag",
                                  .start_ns = 1767225600000000000,
                                  .compression = DD_COMPRESS_ZSTD,
                                  .level = 1};
        def.record = &r->record;
    }
    r->ep = dd_episode_create(&def, &r->scenario, &outcome, &err);
    if (!r->ep) {
        die(&err);
    }
    dd_path_join(lib, dd_home(), "scenarios/lib");
    for (int i = 0; i < r->ep->nslot; i++) {
        DdAgentDef a = dd_agent_def();
        a.spec = agent;
        a.slot = "";
        a.files = r->files;
        a.lib = lib;
        a.seed = 7;
        a.scope = "bench";
        r->agent[i] = dd_agent_create(&a, dd_episode_observation_space(r->ep, i),
                                      dd_episode_action_space(r->ep, i), &err);
        if (!r->agent[i]) {
            die(&err);
        }
    }
    if (recorded && !dd_episode_record(r->ep, &err)) {
        die(&err);
    }
}

static void close_run(Run* r)
{
    char command[DD_PATH_MAX + 32];
    for (int i = 0; i < r->ep->nslot; i++) {
        dd_agent_destroy(r->agent[i]);
    }
    dd_episode_destroy(r->ep);
    if (r->scenario.destroy) {
        r->scenario.destroy(r->scenario.user);
    }
    dd_files_destroy(r->files);
    if (r->dir[0]) {
        snprintf(command, sizeof command, "rm -rf /dev/shm/drydock-bench-%d", (int)getpid());
        if (system(command) != 0) {
            fprintf(stderr, "harness: could not remove the recording\n");
        }
    }
}

// The calls no harness could do without, in the order of the tick.
static Took bare_loop(Run* r, const Ops* ops, int64_t steps)
{
    DdEpisode* ep = r->ep;
    mjModel* m = dd_world_model(ep->world);
    mjData* d = dd_world_data(ep->world);
    static DdObservation o;
    static double action[DD_ACTION_DIM_MAX * DD_ACTION_PARTS_MAX];
    DdError err;
    int op = 0;
    bool fresh = true;
    Took from = took_begin();
    for (int64_t n = 0;; n++) {
        bool staged = false;
        ep->step = n;
        if (dd_stage_active(ep->world)) {
            dd_stage_step(ep->world);
        }
        mj_step1(m, d);
        for (; op < ops->n && ops->row[op].step == n; op++) {
            if (!dd_stage_apply(ep->world, &ops->row[op].op, &err)) {
                die(&err);
            }
            staged = true;
        }
        if (staged) {
            mj_step1(m, d);
        }
        dd_sense_tick(ep->sense, n);
        if (n == steps) {
            break;
        }
        if (dd_rate_due(ep->agent_rate, ep->physics_hz, n)) {
            for (int i = 0; i < ep->nslot; i++) {
                dd_episode_observe(ep, i, &o);
                if ((fresh && !dd_agent_reset(r->agent[i], &o, &ep->info[i], &err)) ||
                    !dd_agent_act(r->agent[i], &o, action, &err)) {
                    die(&err);
                }
                dd_action_check(dd_drive_space(ep->slot[i].drive), action, &err);
                dd_drive_command(ep->slot[i].drive, action);
            }
            fresh = false;
        }
        for (int i = 0; i < ep->nslot; i++) {
            dd_drive_step(ep->slot[i].drive, n);
        }
        mj_step2(m, d);
        dd_sense_after_step(ep->sense, n + 1);
    }
    return took_end(from);
}

static Took naked_loop(Run* r, int64_t steps)
{
    mjModel* m = dd_world_model(r->ep->world);
    mjData* d = dd_world_data(r->ep->world);
    Took from = took_begin();
    for (int64_t n = 0; n < steps; n++) {
        mj_step(m, d);
    }
    return took_end(from);
}

static Took episode_loop(Run* r)
{
    DdResult result;
    Took from = took_begin();
    dd_episode_run(r->ep, r->agent);
    dd_episode_finish(r->ep, &result);
    Took took = took_end(from);
    dd_result_clear(&result);
    return took;
}

// Where the harness's own time goes, per agent tick, in microseconds.
static void print_split(const char* name, const char* scenario, const char* agent)
{
    Run r;
    DdError err;
    static DdObservation o;
    static double action[DD_ACTION_DIM_MAX * DD_ACTION_PARTS_MAX];
    double sensing = 0, acting = 0, control = 0, hashing = 0, recording = 0, other = 0, physics = 0;
    int64_t ticks = 0;
    bool fresh = true;
    open_run(&r, scenario, agent, true);
    DdEpisode* ep = r.ep;
    uint64_t hash = 0;
    while (!ep->ended) {
        double t0 = now_s();
        if (dd_stage_active(ep->world)) {
            dd_stage_step(ep->world);
        }
        if (!dd_world_step1(ep->world, &err)) {
            die(&err);
        }
        double t1 = now_s();
        bool measured = dd_sense_tick(ep->sense, ep->step);
        double t2 = now_s();
        if (measured) {
            dd_judge_tick(ep->judge, ep->step);
        }
        dd_episode_update_waits(ep, measured);
        bool agents = dd_episode_agents_due(ep);
        ep->ended = ep->step >= ep->last_step;
        double t3 = now_s();
        dd_episode_capture(ep, agents);
        double t4 = now_s();
        if (agents) {
            ticks++;
            ep->mid_tick = true;
            for (int i = 0; i < ep->nslot; i++) {
                dd_episode_observe(ep, i, &o);
                if ((fresh && !dd_agent_reset(r.agent[i], &o, &ep->info[i], &err)) ||
                    !dd_agent_act(r.agent[i], &o, action, &err)) {
                    die(&err);
                }
                dd_drive_command(ep->slot[i].drive, action);
            }
            fresh = false;
        }
        double t5 = now_s();
        for (int i = 0; i < ep->nslot; i++) {
            dd_drive_step(ep->slot[i].drive, ep->step);
        }
        double t6 = now_s();
        if (!dd_world_step2(ep->world, &err)) {
            die(&err);
        }
        ep->step++;
        double t7 = now_s();
        dd_sense_after_step(ep->sense, ep->step);
        double t8 = now_s();
        hash = dd_world_state_hash(ep->world, hash);
        ep->hashes[ep->nhash++] = hash;
        double t9 = now_s();
        physics += t1 - t0 + t7 - t6;
        sensing += t2 - t1 + t8 - t7;
        other += t3 - t2;
        recording += t4 - t3;
        acting += t5 - t4;
        control += t6 - t5;
        hashing += t9 - t8;
    }
    double us = ticks > 0 ? 1e6 / (double)ticks : 0;
    printf("{\"figure\": \"detail_split_%s\", \"unit\": \"us per agent tick\", \"physics\": %.2f, "
           "\"sensing\": %.2f, \"agent\": %.2f, \"control\": %.2f, \"judging\": %.2f, \"hashing\": "
           "%.2f, "
           "\"recording\": %.2f}\n",
           name, physics * us, sensing * us, acting * us, control * us, other * us, hashing * us,
           recording * us);
    close_run(&r);
}

static const char* short_name(const char* scenario)
{
    static char dir[DD_PATH_MAX];
    const char* base = dd_path_base(scenario);
    if (strcmp(base, "scenario.lua") == 0) {
        dd_path_dir(dir, scenario);
        base = dd_path_base(dir);
    }
    return base;
}

int main(int argc, char** argv)
{
    int repeats = argc > 1 ? atoi(argv[1]) : 7;
    double worst_plain = 1e9, worst_recorded = 1e9, worst[2][2] = {{0}};
    if (repeats < 1 || repeats > k_repeats_max || argc < 4 || argc % 2 != 0) {
        fprintf(stderr, "usage: harness REPEATS SCENARIO AGENT [SCENARIO AGENT ...]\n");
        return 2;
    }
    for (int a = 2; a + 1 < argc; a += 2) {
        char path[DD_PATH_MAX];
        DdError err;
        Took took[k_modes][k_repeats_max];
        double t[k_modes][k_repeats_max], ratio[k_modes][k_repeats_max],
            cpu[k_modes][k_repeats_max];
        static Ops ops;
        Run r;
        dd_error_clear(&err);
        if (!dd_script_find(argv[a], "scenario", path, &err)) {
            die(&err);
        }
        char name[DD_NAME_MAX];
        snprintf(name, sizeof name, "%.90s", short_name(path));

        // one live run tells the stage operations and how long the episode is
        ops.n = 0;
        open_run(&r, path, argv[a + 1], false);
        r.ep->on_journal = keep_op;
        r.ep->on_user = &ops;
        episode_loop(&r);
        int64_t steps = r.ep->end_step;
        int64_t ticks = steps * 1.0 / r.ep->physics_hz * dd_rate_hz(r.ep->agent_rate);
        close_run(&r);

        for (int i = 0; i < repeats; i++) {
            open_run(&r, path, argv[a + 1], false);
            took[MODE_BARE][i] = bare_loop(&r, &ops, steps);
            close_run(&r);
            open_run(&r, path, argv[a + 1], false);
            took[MODE_PLAIN][i] = episode_loop(&r);
            close_run(&r);
            open_run(&r, path, argv[a + 1], true);
            took[MODE_RECORDED][i] = episode_loop(&r);
            close_run(&r);
            open_run(&r, path, argv[a + 1], false);
            took[MODE_NAKED][i] = naked_loop(&r, steps);
            close_run(&r);
            for (int m = 0; m < k_modes; m++) {
                t[m][i] = took[m][i].wall;
                ratio[m][i] = took[MODE_BARE][i].wall / took[m][i].wall;
                cpu[m][i] = took[MODE_BARE][i].cpu / took[m][i].cpu;
            }
            ratio[MODE_NAKED][i] = took[MODE_NAKED][i].wall / took[MODE_PLAIN][i].wall;
        }
        double plain = median(ratio[MODE_PLAIN], repeats);
        double recorded = median(ratio[MODE_RECORDED], repeats);
        double naked = median(ratio[MODE_NAKED], repeats);
        double bare_s = median(t[MODE_BARE], repeats), plain_s = median(t[MODE_PLAIN], repeats);
        double recorded_s = median(t[MODE_RECORDED], repeats);
        printf("{\"figure\": \"detail_harness_%s\", \"steps\": %lld, \"bare_s\": %.4f, "
               "\"plain_s\": %.4f, "
               "\"recorded_s\": %.4f, \"plain\": %.4f, \"recorded\": %.4f, \"plain_cpu\": %.4f, "
               "\"recorded_cpu\": %.4f, \"naked_over_plain\": %.4f, "
               "\"own_us_per_tick\": %.2f, \"own_us_per_tick_recorded\": %.2f}\n",
               name, (long long)steps, bare_s, plain_s, recorded_s, plain, recorded,
               median(cpu[MODE_PLAIN], repeats), median(cpu[MODE_RECORDED], repeats), naked,
               1e6 * (plain_s - bare_s) / (double)ticks,
               1e6 * (recorded_s - bare_s) / (double)ticks);
        fflush(stdout);
        if (plain < worst_plain) {
            worst_plain = plain;
            worst[0][0] = (double)steps / plain_s;
            worst[0][1] = (double)steps / bare_s;
        }
        if (recorded < worst_recorded) {
            worst_recorded = recorded;
            worst[1][0] = (double)steps / recorded_s;
            worst[1][1] = (double)steps / bare_s;
        }
        print_split(name, path, argv[a + 1]);
    }
    printf("{\"figure\": \"harness_plain\", \"ours\": %.1f, \"peer\": %.1f, \"ratio\": %.4f, "
           "\"goal\": 0.95}\n",
           worst[0][0], worst[0][1], worst_plain);
    printf("{\"figure\": \"harness_recorded\", \"ours\": %.1f, \"peer\": %.1f, \"ratio\": %.4f, "
           "\"goal\": 0.9}\n",
           worst[1][0], worst[1][1], worst_recorded);
    return 0;
}
