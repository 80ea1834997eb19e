// Law: between warm-up and the end of an episode its thread allocates nothing. Every shipped
// scenario runs with its expert and is recorded; malloc and its kin are counted per thread. Usage:
// test_no_malloc [SCENARIO ...]; DRYDOCK_MALLOC_TRACE=1 prints where the first ones come from.
#include <execinfo.h>
#include <ftw.h>
#include <unistd.h>

#include "sim/run/episode.h"
#include "sim/script/script.h"
#include "tests/laws/shipped.h"

extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t n, size_t size);
extern void* __libc_realloc(void* p, size_t size);
extern void __libc_free(void* p);
extern void* __libc_memalign(size_t alignment, size_t size);

// seen by the shared libraries, too: libmujoco, liblua, jansson, zstd
#pragma GCC visibility push(default)
void* malloc(size_t size);
void* calloc(size_t n, size_t size);
void* realloc(void* p, size_t size);
void* aligned_alloc(size_t alignment, size_t size);
void* memalign(size_t alignment, size_t size);
int posix_memalign(void** p, size_t alignment, size_t size);
void free(void* p);
#pragma GCC visibility pop

static const double k_warm_s = 2;
enum { k_traces = 4 };

static _Thread_local bool t_counting;
static _Thread_local long t_calls, t_frees;
static bool s_trace;

// Where the first ones come from.
static void tell(const char* what, long number)
{
    if (s_trace && number <= k_traces) {
        void* frames[24];
        t_counting = false; // what follows may allocate itself
        int n = backtrace(frames, 24);
        fprintf(stderr, "%s %ld:\n", what, number);
        backtrace_symbols_fd(frames, n, STDERR_FILENO);
        t_counting = true;
    }
}

static void count(void)
{
    if (t_counting) {
        tell("allocation", ++t_calls);
    }
}

void* malloc(size_t size)
{
    count();
    return __libc_malloc(size);
}

void* calloc(size_t n, size_t size)
{
    count();
    return __libc_calloc(n, size);
}

void* realloc(void* p, size_t size)
{
    count();
    return __libc_realloc(p, size);
}

void* aligned_alloc(size_t alignment, size_t size)
{
    count();
    return __libc_memalign(alignment, size);
}

void* memalign(size_t alignment, size_t size)
{
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** p, size_t alignment, size_t size)
{
    count();
    *p = __libc_memalign(alignment, size);
    return *p ? 0 : 12;
}

void free(void* p)
{
    if (t_counting && p) {
        tell("free", ++t_frees);
    }
    __libc_free(p);
}

_Noreturn static void die(const char* what, const DdError* err)
{
    fprintf(stderr, "%s: %s\n", what, err->text);
    exit(1);
}

static int remove_one(const char* path, const struct stat* st, int type, struct FTW* ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

// The calls between warm-up and end; 0 when the episode was too short to tell anything.
static bool run_one(const char* path, const char* out)
{
    DdError err;
    DdOutcome outcome;
    DdScenario scenario;
    char expert[DD_PATH_MAX + 16], dir[DD_PATH_MAX], lib[DD_PATH_MAX];
    dd_error_clear(&err);
    dd_path_join(lib, dd_home(), "scenarios/lib");
    dd_path_join(dir, out, dd_path_base(path));
    snprintf(expert, sizeof expert, "%s/expert.lua", path);
    DdFiles* files = dd_files_create();
    DdScriptDef script = dd_script_def();
    script.path = path;
    script.files = files;
    if (!dd_script_open(&script, &scenario, &err)) {
        die(path, &err);
    }
    DdRecordDef record = {.dir = dir,
                          .name = "episode",
                          .start_ns = 1767225600000000000,
                          .compression = DD_COMPRESS_ZSTD,
                          .level = 1};
    DdEpisodeDef def = dd_episode_def();
    def.seed = 3;
    def.record = &record;
    DdEpisode* ep = dd_episode_create(&def, &scenario, &outcome, &err);
    if (!ep) {
        die(path, &err);
    }
    int slots = dd_episode_slots(ep);
    DdAgent* agent[DD_PLAN_SLOTS] = {NULL};
    for (int i = 0; i < slots; i++) {
        DdAgentDef a = dd_agent_def();
        a.spec = expert;
        a.slot = dd_episode_plan(ep)->slot[i].name;
        a.files = files;
        a.lib = lib;
        a.scope = dd_episode_plan(ep)->def.name;
        agent[i] = dd_agent_create(&a, dd_episode_observation_space(ep, i),
                                   dd_episode_action_space(ep, i), &err);
        if (!agent[i]) {
            die(expert, &err);
        }
    }
    if (!dd_episode_record(ep, &err)) {
        die(path, &err);
    }
    DdObservation* o = calloc(1, sizeof *o);
    double* action = calloc(DD_ACTION_DIM_MAX * DD_ACTION_PARTS_MAX, sizeof *action);
    DD_ASSERT(o && action);
    t_calls = 0;
    t_frees = 0;
    double from = 0;
    bool fresh = true;
    while (dd_episode_advance(ep)) {
        if (!t_counting && dd_episode_time(ep) >= k_warm_s) {
            from = dd_episode_time(ep);
            t_counting = true;
        }
        for (int i = 0; i < slots && !dd_episode_ended(ep); i++) {
            DdAgentInfo info = dd_episode_info(ep, i);
            dd_episode_observe(ep, i, o);
            if (fresh && !dd_agent_reset(agent[i], o, &info, &err)) {
                die(expert, &err);
            }
            if (!dd_agent_act(agent[i], o, action, &err)) {
                die(expert, &err);
            }
            dd_episode_act(ep, i, action, 0);
        }
        fresh = false;
    }
    bool counted = t_counting;
    t_counting = false;
    double counted_s = dd_episode_time(ep) - from;
    printf("%-60s %8.1f s counted, %ld allocations, %ld frees\n", path + strlen(dd_home()),
           counted_s, t_calls, t_frees);
    DdResult result;
    dd_episode_finish(ep, &result);
    dd_result_clear(&result);
    for (int i = 0; i < slots; i++) {
        dd_agent_destroy(agent[i]);
    }
    dd_episode_destroy(ep);
    scenario.destroy(scenario.user);
    dd_files_destroy(files);
    free(o);
    free(action);
    if (!counted || counted_s < 1) {
        printf("%s ended before anything could be counted\n", path);
        return false;
    }
    return t_calls == 0 && t_frees == 0;
}

int main(int argc, char** argv)
{
    static Shipped shipped;
    char out[] = "/tmp/drydock-test-malloc-XXXXXX";
    s_trace = getenv("DRYDOCK_MALLOC_TRACE") != NULL;
    if (!mkdtemp(out)) {
        return 1;
    }
    // a counter that counts nothing would pass everything
    t_counting = true;
    json_decref(json_integer(1)); // in a shared library
    t_counting = false;
    bool fine = t_calls == 1 && t_frees == 1;
    if (!fine) {
        printf("malloc is not counted: %ld, %ld\n", t_calls, t_frees);
    }
    find_shipped(&shipped, "scenarios", "scenario.lua", 2);
    fine = fine && shipped.n >= 3;
    for (int i = 0; i < shipped.n; i++) {
        bool wanted = argc < 2;
        for (int k = 1; k < argc; k++) {
            wanted = wanted || strstr(shipped.path[i], argv[k]);
        }
        fine = (!wanted || run_one(shipped.path[i], out)) && fine;
    }
    nftw(out, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    printf("%s\n", fine ? "nothing was allocated" : "FAILED");
    return fine ? 0 : 1;
}
