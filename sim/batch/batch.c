// Batch: hands episodes to worker processes, gathers their answers, writes the run folder.
#include "sim/batch/batch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/log.h"
#include "sim/batch/run_dir.h"
#include "sim/batch/worker.h"

enum { k_jobs_max = 256, k_refused = 3 };

typedef struct Job {
    pid_t pid; // 0: no process
    int task_fd, answer_fd;
    int episode;       // at work, -1 when idle
    int64_t seen_step; // for the watchdog
    double seen_at;
} Job;

typedef struct Batch {
    const DdBatchDef* def;
    const DdBatchOps* ops;
    DdWorkerShared* shared; // (jobs)
    Job* job;               // (jobs)
    json_t** object;        // (episodes) NULL until done
    int done;
    int next;    // next episode to hand out
    int refused; // episodes that could not be built, while none could
    DdError refusal;
    bool built;    // at least one episode was built
    json_t* data;  // rig, labels, licence of the first episode
    json_t* files; // name -> sha256 of what the first episode read
    char scenario[DD_NAME_MAX];
    int physics_hz;
    double sim_s; // of finished episodes
    double started;
    bool stopping;
    bool fatal;
    DdError* err;
} Batch;

DdBatchDef dd_batch_def(void)
{
    DdBatchDef def = {.episodes = 1, .jobs = 1, .record = true, .timeout_s = 120};
    return def;
}

// --- workers

static bool spawn(Batch* b, int i)
{
    int task[2], answer[2];
    if (pipe2(task, O_CLOEXEC) != 0) {
        return dd_fail(b->err, DD_ERROR_MEMORY, "no pipe for a worker: %s", strerror(errno));
    }
    if (pipe2(answer, O_CLOEXEC) != 0) {
        close(task[0]);
        close(task[1]);
        return dd_fail(b->err, DD_ERROR_MEMORY, "no pipe for a worker: %s", strerror(errno));
    }
    fflush(NULL);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        // the other workers' pipes must not stay open here, or their ends would never be seen
        for (int k = 0; k < b->def->jobs; k++) {
            if (b->job[k].pid > 0) {
                close(b->job[k].task_fd);
                close(b->job[k].answer_fd);
            }
        }
        close(task[1]);
        close(answer[0]);
        dd_worker_main(b->def, b->ops, &b->shared[i], task[0], answer[1], parent);
    }
    close(task[0]);
    close(answer[1]);
    if (pid < 0) {
        close(task[1]);
        close(answer[0]);
        return dd_fail(b->err, DD_ERROR_MEMORY, "no worker process: %s", strerror(errno));
    }
    b->job[i] = (Job){.pid = pid, .task_fd = task[1], .answer_fd = answer[0], .episode = -1};
    return true;
}

static int reap(Job* job)
{
    int status = 0;
    close(job->task_fd);
    close(job->answer_fd);
    while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR) {
    }
    job->pid = 0;
    job->episode = -1;
    return status;
}

static void episode_dir(const Batch* b, int episode, char out[DD_PATH_MAX])
{
    char name[32];
    snprintf(name, sizeof name, "episode_%05d", episode);
    dd_path_join(out, b->def->out, name);
}

static void episode_file(int episode, char out[64])
{
    snprintf(out, 64, "episode_%05d/episode_%05d.mcap", episode, episode);
}

// Number and file in front, the rest behind.
static void store(Batch* b, int episode, const json_t* object)
{
    char file[64];
    char path[DD_PATH_MAX];
    json_t* j = json_object();
    episode_file(episode, file);
    dd_path_join(path, b->def->out, file);
    json_object_set_new(j, "episode", json_integer(episode));
    json_object_set_new(j, "file", dd_file_exists(path) ? json_string(file) : json_null());
    json_object_update(j, (json_t*)object);
    json_decref(b->object[episode]);
    b->object[episode] = j;
    b->done++;
    b->sim_s += json_real_value(json_object_get(object, "duration_s"));
}

static void store_crash(Batch* b, int episode, const char* reason)
{
    json_t* j =
        json_pack("{s:I, s:s, s:s, s:s}", "seed", (json_int_t)(b->def->seed + (uint64_t)episode),
                  "outcome", "HARNESS_ERROR", "reason", reason, "error", "internal");
    store(b, episode, j);
    json_decref(j);
}

// What an episode read must be what the first one read.
static const char* changed_file(Batch* b, const json_t* files)
{
    if (!b->files) {
        b->files = json_deep_copy(files);
        return NULL;
    }
    const char* name;
    json_t* sha;
    json_object_foreach((json_t*)files, name, sha)
    {
        json_t* first = json_object_get(b->files, name);
        if (first && !json_equal(first, sha)) {
            return name;
        }
        if (!first) {
            json_object_set(b->files, name, sha);
        }
    }
    return NULL;
}

static void take_answer(Batch* b, int episode, json_t* answer)
{
    json_t* fatal = json_object_get(answer, "fatal");
    json_t* object = json_object_get(answer, "object");
    json_t* build_error = json_object_get(answer, "build_error");
    json_t* files = json_object_get(answer, "files");
    if (fatal) {
        dd_error_from_json(b->err, fatal);
        b->fatal = true;
        b->stopping = true;
        return;
    }
    if (build_error) {
        // a scenario that refuses its first episodes one after the other is simply wrong
        if (!b->built) {
            dd_error_from_json(&b->refusal, build_error);
            b->refused++;
            int limit = b->def->episodes < k_refused ? b->def->episodes : k_refused;
            if (b->refused >= limit) {
                *b->err = b->refusal;
                b->fatal = true;
                b->stopping = true;
                return;
            }
        }
    } else {
        b->built = true;
    }
    if (json_is_true(json_object_get(answer, "interrupted"))) {
        const char* error = json_string_value(json_object_get(object, "error"));
        b->stopping = true;
        if (error && strcmp(error, "interrupted") == 0) {
            return; // closed well, not counted; --resume runs it again
        }
    }
    const char* name = json_string_value(json_object_get(answer, "scenario"));
    if (name) {
        snprintf(b->scenario, sizeof b->scenario, "%s", name);
        b->physics_hz = (int)json_integer_value(json_object_get(answer, "physics_hz"));
    }
    json_t* data = json_object_get(answer, "data");
    if (data && !b->data) {
        b->data = json_incref(data);
    }
    const char* changed = files ? changed_file(b, files) : NULL;
    if (changed) {
        json_t* copy = json_deep_copy(object);
        char reason[DD_PATH_MAX + 64];
        snprintf(reason, sizeof reason, "the file '%s' changed while the run was going on",
                 changed);
        json_object_set_new(copy, "outcome", json_string("HARNESS_ERROR"));
        json_object_set_new(copy, "reason", json_string(reason));
        json_object_set_new(copy, "error", json_string("script"));
        store(b, episode, copy);
        json_decref(copy);
    } else {
        store(b, episode, object);
    }
}

static void hand_out(Batch* b, int i)
{
    Job* job = &b->job[i];
    while (b->next < b->def->episodes && b->object[b->next]) {
        b->next++; // done before, by the run that is resumed
    }
    if (b->stopping || b->next >= b->def->episodes) {
        return;
    }
    if (job->pid == 0 && !spawn(b, i)) {
        b->fatal = true;
        b->stopping = true;
        return;
    }
    int episode = b->next++;
    char dir[DD_PATH_MAX];
    episode_dir(b, episode, dir);
    if (dd_dir_exists(dir)) {
        dd_remove_tree(dir); // half an episode of a run that was killed
    }
    job->episode = episode;
    job->seen_step = -1;
    job->seen_at = dd_wall_s();
    if (!dd_pipe_write(job->task_fd, &episode, sizeof episode)) {
        // it died between two episodes: the answer pipe will tell
        return;
    }
}

static void read_answer(Batch* b, int i)
{
    Job* job = &b->job[i];
    int episode = job->episode;
    json_t* answer = dd_pipe_read_json(job->answer_fd);
    if (answer) {
        job->episode = -1;
        take_answer(b, episode, answer);
        json_decref(answer);
        return;
    }
    char death[128];
    dd_describe_death(reap(job), death, sizeof death);
    if (episode >= 0 && !b->stopping) {
        store_crash(b, episode, death);
    }
}

static void watch(Batch* b, int i)
{
    Job* job = &b->job[i];
    double now = dd_wall_s();
    if (job->pid == 0 || job->episode < 0) {
        return;
    }
    if (b->shared[i].step != job->seen_step) {
        job->seen_step = b->shared[i].step;
        job->seen_at = now;
    } else if (b->def->timeout_s > 0 && now - job->seen_at > b->def->timeout_s) {
        char reason[128];
        int episode = job->episode;
        kill(job->pid, SIGKILL);
        reap(job);
        snprintf(reason, sizeof reason, "no progress for %g s at step %lld; the worker was killed",
                 b->def->timeout_s, (long long)job->seen_step);
        store_crash(b, episode, reason);
    }
}

static void tell_progress(const Batch* b)
{
    if (!b->def->progress) {
        return;
    }
    double sim_s = b->sim_s;
    for (int i = 0; i < b->def->jobs; i++) {
        if (b->job[i].episode >= 0 && b->shared[i].physics_hz > 0) {
            sim_s += (double)b->shared[i].step / b->shared[i].physics_hz;
        }
    }
    b->def->progress(b->def->user, b->done, b->def->episodes, sim_s, dd_wall_s() - b->started);
}

static bool busy(const Batch* b)
{
    for (int i = 0; i < b->def->jobs; i++) {
        if (b->job[i].pid > 0 && b->job[i].episode >= 0) {
            return true;
        }
    }
    return false;
}

static void loop(Batch* b)
{
    struct pollfd* fds = calloc((size_t)b->def->jobs, sizeof *fds);
    int* who = calloc((size_t)b->def->jobs, sizeof *who);
    DD_ASSERT(fds && who);
    bool told = false;
    for (int i = 0; i < b->def->jobs; i++) {
        hand_out(b, i);
    }
    while (busy(b)) {
        int n = 0;
        for (int i = 0; i < b->def->jobs; i++) {
            if (b->job[i].pid > 0) {
                fds[n] = (struct pollfd){.fd = b->job[i].answer_fd, .events = POLLIN};
                who[n++] = i;
            }
        }
        int ready = poll(fds, (nfds_t)n, 250);
        for (int k = 0; k < n && ready > 0; k++) {
            if (fds[k].revents) {
                read_answer(b, who[k]);
                hand_out(b, who[k]);
            }
        }
        for (int i = 0; i < b->def->jobs; i++) {
            watch(b, i);
            if (b->job[i].pid == 0) {
                hand_out(b, i);
            }
        }
        if (b->def->interrupted && *b->def->interrupted) {
            b->stopping = true;
        }
        if (b->stopping && !told) {
            told = true;
            for (int i = 0; i < b->def->jobs; i++) {
                if (b->job[i].pid > 0) {
                    kill(b->job[i].pid, SIGTERM);
                }
            }
        }
        tell_progress(b);
    }
    for (int i = 0; i < b->def->jobs; i++) {
        if (b->job[i].pid > 0) {
            reap(&b->job[i]);
        }
    }
    free(fds);
    free(who);
}

// --- the run folder

static json_t* make_head(const Batch* b)
{
    const DdBatchDef* def = b->def;
    json_t* agents = json_array();
    for (int i = 0; i < def->nagent; i++) {
        json_array_append_new(agents, json_string(def->agents[i]));
    }
    if (def->nagent == 0) {
        json_array_append_new(agents, json_string("zero"));
    }
    static const char* const k_modes[] = {"paused", "measured", "fixed"};
    char seed[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)def->seed);
    json_t* head = json_object();
    json_object_set_new(head, "drydock", json_string(DD_VERSION));
    json_object_set_new(head, "scenario", json_string(b->scenario));
    json_object_set_new(head, "scenario_file", json_string(dd_path_base(def->scenario)));
    json_object_set_new(head, "agents", agents);
    json_object_set_new(head, "seed", json_string(seed));
    json_object_set_new(head, "episodes", json_integer(def->episodes));
    json_object_set_new(head, "overrides",
                        def->overrides ? json_incref(def->overrides) : json_object());
    json_object_set_new(head, "latency", json_string(k_modes[def->latency]));
    json_object_set_new(head, "latency_s", json_real(def->latency_s));
    json_object_set_new(head, "duration_s", json_real(def->duration_s));
    json_object_set_new(head, "sensors",
                        def->sensors ? json_string(dd_path_base(def->sensors)) : json_null());
    if (def->by_hand) {
        json_object_set_new(head, "by_hand", json_string(def->by_hand));
    }
    json_object_set_new(head, "fingerprint", dd_fingerprint());
    if (b->data) {
        json_object_set(head, "data", b->data);
    }
    json_object_set_new(head, "read", b->files ? json_incref(b->files) : json_object());
    return head;
}

// A resumed run must be the same run.
static bool check_resumed(const Batch* b, const json_t* old, DdError* err)
{
    static const char* const k_same[] = {"scenario_file", "agents",    "seed",       "overrides",
                                         "latency",       "latency_s", "duration_s", "sensors"};
    json_t* head = make_head(b);
    bool fine = true;
    for (size_t i = 0; i < sizeof k_same / sizeof k_same[0] && fine; i++) {
        json_t* was = json_object_get(old, k_same[i]);
        json_t* is = json_object_get(head, k_same[i]);
        if (was && !json_equal(was, is)) {
            char* a = json_dumps(was, JSON_COMPACT | JSON_ENCODE_ANY);
            char* c = json_dumps(is, JSON_COMPACT | JSON_ENCODE_ANY);
            fine = dd_fail(err, DD_ERROR_ARGUMENT,
                           "--resume: the run in %s was started with %s %s, not %s", b->def->out,
                           k_same[i], a, c);
            free(a);
            free(c);
        }
    }
    json_decref(head);
    return fine;
}

// Episodes that were finished before keep their results.
static void take_finished(Batch* b)
{
    for (int i = 0; i < b->def->episodes; i++) {
        char file[64];
        char path[DD_PATH_MAX];
        DdError err;
        episode_file(i, file);
        dd_path_join(path, b->def->out, file);
        dd_error_clear(&err);
        DdPlay* play = dd_file_exists(path) ? dd_play_open(path, false, &err) : NULL;
        json_t* result = play && dd_play_finished(play) ? dd_play_result(play) : NULL;
        const char* error = json_string_value(json_object_get(result, "error"));
        const char* outcome = json_string_value(json_object_get(result, "outcome"));
        bool again = !outcome || (error && strcmp(error, "interrupted") == 0) ||
                     strcmp(outcome, "HARNESS_ERROR") == 0;
        if (!again) {
            json_t* record = dd_play_run_record(play, &err);
            json_t* read = json_object();
            size_t k;
            json_t* row;
            json_array_foreach(json_object_get(record, "files"), k, row)
            {
                json_object_set(read, json_string_value(json_object_get(row, "name")),
                                json_object_get(row, "sha256"));
            }
            changed_file(b, read);
            json_decref(read);
            const char* name = json_string_value(json_object_get(record, "scenario"));
            snprintf(b->scenario, sizeof b->scenario, "%s", name ? name : "");
            json_decref(record);
            b->built = true;
            store(b, i, result);
        }
        json_decref(result);
        dd_play_close(play);
    }
}

// OUT as a folder that belongs to this run alone. Sets *lock_fd.
static bool open_out(Batch* b, bool* made, int* lock_fd)
{
    const DdBatchDef* def = b->def;
    char lock[DD_PATH_MAX];
    char run_json[DD_PATH_MAX];
    *made = !dd_dir_exists(def->out);
    if (*made ? dd_file_exists(def->out) : !def->resume && !def->force) {
        return dd_fail(b->err, DD_ERROR_ARGUMENT,
                       "%s exists: choose another --out, or --resume it, or "
                       "--force to replace it",
                       def->out);
    }
    dd_path_join(run_json, def->out, "run.json");
    if (!*made && def->force && !def->resume && !dd_file_exists(run_json) &&
        !dd_dir_empty(def->out)) {
        return dd_fail(b->err, DD_ERROR_ARGUMENT,
                       "--force: %s holds no run (no run.json); it is not "
                       "replaced",
                       def->out);
    }
    if (!dd_dir_make(def->out, b->err)) {
        return false;
    }
    dd_path_join(lock, def->out, ".lock");
    *lock_fd = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (*lock_fd < 0) {
        return dd_fail(b->err, DD_ERROR_DISK, "cannot write into %s: %s", def->out,
                       strerror(errno));
    }
    if (flock(*lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return dd_fail(b->err, DD_ERROR_ARGUMENT, "another run is writing into %s", def->out);
    }
    if (!*made && def->force && !def->resume) {
        dd_remove_run(def->out);
    }
    if (def->resume && dd_file_exists(run_json)) {
        json_t* old = dd_run_read(def->out, b->err);
        bool fine = old && check_resumed(b, old, b->err);
        json_decref(old);
        if (!fine) {
            return false;
        }
        take_finished(b);
    }
    char files[DD_PATH_MAX];
    dd_path_join(files, def->out, "files");
    return dd_dir_make(files, b->err);
}

static json_t* finish(Batch* b)
{
    json_t* head = make_head(b);
    dd_run_add_bytes(b->def->out, head, b->sim_s);
    json_t* list = json_array();
    for (int i = 0; i < b->def->episodes; i++) {
        if (b->object[i]) {
            json_array_append(list, b->object[i]);
        }
    }
    json_t* card = dd_scorecard(head, list);
    json_decref(list);
    bool fine =
        dd_scorecard_write(b->def->out, card, b->err) && dd_run_seal(b->def->out, head, b->err);
    json_decref(head);
    if (!fine) {
        json_decref(card);
        return NULL;
    }
    return card;
}

json_t* dd_batch_run(const DdBatchDef* def, const DdBatchOps* ops, DdError* err)
{
    Batch b = {.def = def, .ops = ops, .err = err, .started = dd_wall_s()};
    DdBatchDef bounded = *def;
    bounded.jobs = def->jobs < 1 ? 1 : def->jobs > k_jobs_max ? k_jobs_max : def->jobs;
    if (bounded.jobs > bounded.episodes) {
        bounded.jobs = bounded.episodes;
    }
    b.def = &bounded;
    dd_error_clear(err);
    b.object = calloc((size_t)def->episodes, sizeof *b.object);
    b.job = calloc((size_t)bounded.jobs, sizeof *b.job);
    b.shared = mmap(NULL, (size_t)bounded.jobs * sizeof *b.shared, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    DD_ASSERT(b.object && b.job && b.shared != MAP_FAILED);
    signal(SIGPIPE, SIG_IGN);

    bool made = false;
    int lock_fd = -1;
    json_t* card = NULL;
    if (open_out(&b, &made, &lock_fd)) {
        // unsealed: says what this is should the run be killed; the seal comes at the end
        json_t* head = make_head(&b);
        bool fine = dd_run_begin(def->out, head, err);
        json_decref(head);
        if (fine) {
            loop(&b);
        }
        if (fine && !b.fatal) {
            card = finish(&b);
        }
    }
    if (lock_fd >= 0) {
        char lock[DD_PATH_MAX];
        dd_path_join(lock, def->out, ".lock");
        unlink(lock);
        close(lock_fd);
    }
    if (!card && made && !b.built) {
        dd_remove_run(def->out); // nothing ran: leave nothing behind
        rmdir(def->out);
    }
    for (int i = 0; i < def->episodes; i++) {
        json_decref(b.object[i]);
    }
    free(b.object);
    free(b.job);
    munmap(b.shared, (size_t)bounded.jobs * sizeof *b.shared);
    json_decref(b.files);
    json_decref(b.data);
    return card;
}
