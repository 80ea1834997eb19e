// Worker: the child process that runs episodes of one batch, one after another.
#include "sim/batch/worker.h"

#include "sim/base/log.h"
#include "sim/base/text.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t s_stop;
static volatile int s_interrupted;

static void on_signal(int signal)
{
    (void)signal;
    s_stop = 1;
    s_interrupted = 1;
}

enum { k_encoders_max = 4 };

bool dd_worker_stopping(void)
{
    return s_stop != 0;
}

void dd_worker_stop(void)
{
    s_stop = 1;
}

typedef struct Worker {
    const DdBatchDef* def;
    const DdBatchOps* ops;
    DdWorkerShared* shared;
    int fd;
    // of the episode at work
    DdFiles* files;
    DdRig rig;
    DdEpisode* ep;
    DdAgent* agent[DD_PLAN_SLOTS];
} Worker;

// What a guest prints goes to the terminal and to /rosout.
static void guest_print(void* user, const char* level, const char* text, const char* file, int line)
{
    Worker* w = user;
    DdLogLevel l = strcmp(level, "error") == 0  ? DD_LOG_ERROR
                   : strcmp(level, "warn") == 0 ? DD_LOG_WARN
                                                : DD_LOG_INFO;
    dd_log(l, "%s:%d: %s", file, line, text);
    if (w->ep) {
        dd_episode_log(w->ep, level, text, file, line);
    }
}

// "slot=a.lua" for this slot, or the only one without a name.
static const char* agent_of(const DdBatchDef* def, const char* slot, int nslot, DdError* err)
{
    const char* plain = NULL;
    for (int i = 0; i < def->nagent; i++) {
        const char* equals = strchr(def->agents[i], '=');
        size_t n = equals ? (size_t)(equals - def->agents[i]) : 0;
        if (equals && strlen(slot) == n && strncmp(slot, def->agents[i], n) == 0) {
            return equals + 1;
        }
        if (!equals) {
            plain = def->agents[i];
        }
    }
    if (plain && nslot > 1 && def->nagent > 1) {
        dd_fail(err, DD_ERROR_ARGUMENT,
                "--agent %s names no slot, but the scenario has %d: write "
                "--agent SLOT=%s",
                plain, nslot, plain);
        return NULL;
    }
    return plain ? plain : "zero";
}

static bool check_agent_slots(const DdBatchDef* def, const DdEpisode* ep, DdError* err)
{
    const DdPlan* plan = dd_episode_plan(ep);
    for (int i = 0; i < def->nagent; i++) {
        const char* equals = strchr(def->agents[i], '=');
        bool known = !equals;
        for (int k = 0; k < plan->nslot && !known; k++) {
            size_t n = (size_t)(equals - def->agents[i]);
            known = strlen(plan->slot[k].name) == n &&
                    strncmp(plan->slot[k].name, def->agents[i], n) == 0;
        }
        if (!known) {
            return dd_fail(err, DD_ERROR_ARGUMENT,
                           "--agent %s: the scenario has no agent slot of that "
                           "name",
                           def->agents[i]);
        }
    }
    return true;
}

static bool make_agents(Worker* w, uint64_t seed, DdError* err)
{
    const DdPlan* plan = dd_episode_plan(w->ep);
    if (!check_agent_slots(w->def, w->ep, err)) {
        return false;
    }
    char lib[DD_PATH_MAX];
    dd_path_join(lib, dd_home(), "scenarios/lib");
    for (int i = 0; i < plan->nslot; i++) {
        DdAgentDef def = dd_agent_def();
        def.spec = agent_of(w->def, plan->slot[i].name, plan->nslot, err);
        if (!def.spec) {
            return false;
        }
        def.slot = plan->slot[i].name;
        def.files = w->files;
        def.lib = lib;
        def.seed = seed;
        def.scope = plan->def.name;
        def.print = guest_print;
        def.user = w;
        w->agent[i] = dd_agent_create(&def, dd_episode_observation_space(w->ep, i),
                                      dd_episode_action_space(w->ep, i), err);
        if (!w->agent[i]) {
            return false;
        }
    }
    return true;
}

static json_t* file_list(const DdFiles* files)
{
    json_t* list = json_object();
    char hex[DD_SHA256_HEX_SIZE];
    for (int i = 0; i < dd_files_count(files); i++) {
        const DdFile* file = dd_files_at(files, i);
        dd_sha256_hex(file->sha256, hex);
        json_object_set_new(list, file->name, json_string(hex));
    }
    return list;
}

static json_t* broken(uint64_t seed, DdOutcome outcome, const DdError* err)
{
    json_t* j = json_object();
    json_object_set_new(j, "seed", json_integer((json_int_t)seed));
    json_object_set_new(j, "outcome", json_string(dd_outcome_name(outcome)));
    json_object_set_new(j, "reason", json_string(err->text));
    json_object_set_new(j, "error", json_string(dd_error_name(err->code)));
    if (err->traceback[0]) {
        json_object_set_new(j, "traceback", json_string(err->traceback));
    }
    return j;
}

// One episode. The answer: {"object": {...}, "files": {...}} plus "build_error" when the scenario
// itself could not be built, or "fatal" when no episode can ever run.
static json_t* run_one(Worker* w, const DdScenario* scenario, int index)
{
    const DdBatchDef* def = w->def;
    uint64_t seed = def->seed + (uint64_t)index;
    char dir[DD_PATH_MAX];
    char name[32];
    char files_dir[DD_PATH_MAX];
    snprintf(name, sizeof name, "episode_%05d", index);
    dd_path_join(dir, def->out, name);
    dd_path_join(files_dir, def->out, "files");
    DdRecordDef record = {.dir = dir, .name = name, .compression = DD_COMPRESS_ZSTD, .level = 1};
    // the other cores of this worker's share encode its pictures
    long cores = sysconf(_SC_NPROCESSORS_ONLN) / def->jobs - 1;
    record.threads = cores < 1 ? 1 : cores > k_encoders_max ? k_encoders_max : (int)cores;
    DdEpisodeDef ed = dd_episode_def();
    ed.seed = seed;
    ed.index = index;
    ed.overrides = def->overrides;
    ed.latency = def->latency;
    ed.latency_s = def->latency_s;
    ed.duration_s = def->duration_s;
    ed.record = def->record ? &record : NULL;
    ed.files_dir = files_dir;
    ed.rig = def->sensors ? &w->rig : NULL;
    ed.interrupted = &s_interrupted;
    ed.progress = &w->shared->step;

    DdError err;
    DdOutcome outcome;
    dd_error_clear(&err);
    json_t* answer = json_object();
    memset(w->agent, 0, sizeof w->agent);
    w->shared->step = 0;
    w->ep = dd_episode_create(&ed, scenario, &outcome, &err);
    if (!w->ep) {
        json_object_set_new(answer, "object", broken(seed, outcome, &err));
        // an unlucky case is one INVALID episode; a wrong file ends the run
        if (err.code != DD_ERROR_REQUIRE && err.code != DD_ERROR_UNSTABLE) {
            json_object_set_new(answer, "build_error", dd_error_to_json(&err));
        }
        return answer;
    }
    w->shared->physics_hz = dd_episode_plan(w->ep)->def.physics_hz;
    if (!make_agents(w, seed, &err)) {
        json_object_set_new(answer, "fatal", dd_error_to_json(&err));
    } else if (ed.record &&
               (!dd_time_parse(dd_episode_plan(w->ep)->def.start_time, &record.start_ns) ||
                record.start_ns <= 0)) {
        dd_fail(&err, DD_ERROR_SCRIPT,
                "scenario '%s': start_time must be a UTC time after 1970 such as "
                "2026-01-01T00:00:00Z, got '%s'",
                dd_episode_plan(w->ep)->def.name, dd_episode_plan(w->ep)->def.start_time);
        json_object_set_new(answer, "fatal", dd_error_to_json(&err));
    } else if (ed.record && !dd_episode_record(w->ep, &err)) {
        json_object_set_new(answer, "object", broken(seed, DD_HARNESS_ERROR, &err));
    } else {
        DdResult result;
        if (w->ops->drive) {
            w->ops->drive(def, w->ep, w->agent);
        } else {
            dd_episode_run(w->ep, w->agent);
        }
        dd_episode_finish(w->ep, &result);
        if (w->ops->driven) {
            w->ops->driven(def, w->ep, &result);
        }
        json_object_set_new(answer, "object", result.json);
        json_object_set_new(answer, "interrupted", json_boolean(s_stop != 0));
        json_object_set_new(answer, "physics_hz",
                            json_integer(dd_episode_plan(w->ep)->def.physics_hz));
        json_object_set_new(answer, "scenario", json_string(dd_episode_plan(w->ep)->def.name));
        json_object_set_new(answer, "data", dd_episode_data(w->ep));
    }
    json_object_set_new(answer, "files", file_list(w->files));
    for (int i = 0; i < dd_episode_slots(w->ep); i++) {
        dd_agent_destroy(w->agent[i]);
    }
    dd_episode_destroy(w->ep);
    w->ep = NULL;
    return answer;
}

_Noreturn void dd_worker_main(const DdBatchDef* def, const DdBatchOps* ops, DdWorkerShared* shared,
                              int task_fd, int answer_fd, pid_t parent)
{
    Worker* w = calloc(1, sizeof *w);
    DD_ASSERT(w);
    *w = (Worker){.def = def, .ops = ops, .shared = shared, .fd = answer_fd};

    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    DdJailDef jail = {.memory = (size_t)32 << 30, .screen = ops->drive != NULL};
    dd_jail_enter(&jail, parent);

    int index;
    while (!s_stop && dd_pipe_read(task_fd, &index, sizeof index)) {
        DdError err;
        DdScenario scenario;
        json_t* answer = NULL;
        dd_error_clear(&err);
        w->files = dd_files_create();
        memset(&scenario, 0, sizeof scenario);
        dd_rig_clear(&w->rig);
        if (!ops->open(def, w->files, guest_print, w, &scenario, &err) ||
            (def->sensors && !ops->rig(def->sensors, w->files, &w->rig, &err))) {
            answer = json_object();
            json_object_set_new(answer, "fatal", dd_error_to_json(&err));
        } else {
            answer = run_one(w, &scenario, index);
            if (scenario.destroy) {
                scenario.destroy(scenario.user);
            }
        }
        json_object_set_new(answer, "episode", json_integer(index));
        dd_files_destroy(w->files);
        bool told = dd_pipe_write_json(answer_fd, answer);
        json_decref(answer);
        if (!told) {
            break;
        }
    }
    fflush(NULL);
    _exit(0);
}
