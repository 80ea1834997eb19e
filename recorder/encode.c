// Encode: a ring of jobs, its threads, and the caller as one more when it has to wait.
#include "recorder/encode.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { k_threads_max = 16, k_stack = 1 << 20 };

typedef enum JobState { JOB_QUEUED, JOB_RUNNING, JOB_DONE } JobState;

typedef struct Job {
    JobState state; // under the lock
    const DdImageForm* form;
    DdBlob* blob;
    DdBuf out;
    bool failed;
    DdError err;
} Job;

struct DdEncode {
    DdEncodeDef def;
    Job job[DD_JOBS];                   // job k is at k % DD_JOBS
    uint64_t put, begun, popped;        // `begun` and `put` under the lock
    DdEncoder* lane[k_threads_max + 1]; // 0 is the caller's
    pthread_t thread[k_threads_max];
    int nthread;
    bool started, stop;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
};

typedef struct Lane {
    DdEncode* e;
    int index;
} Lane;

static void run_job(DdEncode* e, uint64_t number, int lane)
{
    Job* job = &e->job[number % DD_JOBS];
    job->out.n = 0;
    if (e->def.slow_us > 0) {
        usleep((useconds_t)e->def.slow_us);
    }
    if (number + 1 == (uint64_t)e->def.fail_picture) {
        job->failed = !dd_fail(&job->err, DD_ERROR_INTERNAL, "the encoder was told to fail");
    } else if (job->blob->size != dd_image_size(job->form)) {
        job->failed = !dd_fail(&job->err, DD_ERROR_INTERNAL, "has %zu bytes, %zu were expected",
                               job->blob->size, dd_image_size(job->form));
    } else {
        job->failed =
            !dd_encoder_run(e->lane[lane], job->form, job->blob->bytes, &job->out, &job->err);
    }
    // the pixels are not needed any more
    dd_blob_drop(job->blob);
    job->blob = NULL;
}

// Runs the oldest job that nobody runs; the lock is held before and after.
static void run_next(DdEncode* e, int lane)
{
    uint64_t number = e->begun++;
    e->job[number % DD_JOBS].state = JOB_RUNNING;
    pthread_mutex_unlock(&e->lock);
    run_job(e, number, lane);
    pthread_mutex_lock(&e->lock);
    e->job[number % DD_JOBS].state = JOB_DONE;
    pthread_cond_signal(&e->done);
}

static void* run(void* arg)
{
    Lane lane = *(Lane*)arg;
    DdEncode* e = lane.e;
    free(arg);
    pthread_mutex_lock(&e->lock);
    while (!e->stop) {
        if (e->begun == e->put) {
            pthread_cond_wait(&e->work, &e->lock);
        } else {
            run_next(e, lane.index);
        }
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

DdEncode* dd_encode_create(const DdEncodeDef* def)
{
    DdEncode* e = calloc(1, sizeof *e);
    DD_ASSERT(e);
    e->def = *def;
    if (e->def.threads > k_threads_max) {
        e->def.threads = k_threads_max;
    }
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->work, NULL);
    pthread_cond_init(&e->done, NULL);
    return e;
}

// Fewer threads than asked for, or none, give the same bytes more slowly.
static void start(DdEncode* e)
{
    e->started = true;
    e->lane[0] = dd_encoder_create();
    // signals belong to the thread that runs the episode
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, k_stack);
    for (int i = 0; i < e->def.threads; i++) {
        Lane* lane = malloc(sizeof *lane);
        DD_ASSERT(lane);
        *lane = (Lane){.e = e, .index = i + 1};
        e->lane[i + 1] = dd_encoder_create();
        if (pthread_create(&e->thread[e->nthread], &attr, run, lane) != 0) {
            free(lane);
            break;
        }
        e->nthread++;
    }
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void dd_encode_destroy(DdEncode* e)
{
    pthread_mutex_lock(&e->lock);
    e->stop = true;
    pthread_cond_broadcast(&e->work);
    pthread_mutex_unlock(&e->lock);
    for (int i = 0; i < e->nthread; i++) {
        pthread_join(e->thread[i], NULL);
    }
    for (int i = 0; i < DD_JOBS; i++) {
        dd_blob_drop(e->job[i].blob);
        dd_buf_free(&e->job[i].out);
    }
    for (int i = 0; i <= k_threads_max; i++) {
        dd_encoder_destroy(e->lane[i]);
    }
    pthread_mutex_destroy(&e->lock);
    pthread_cond_destroy(&e->work);
    pthread_cond_destroy(&e->done);
    free(e);
}

bool dd_encode_full(DdEncode* e)
{
    return e->put - e->popped == DD_JOBS;
}

void dd_encode_put(DdEncode* e, const DdImageForm* form, DdBlob* blob)
{
    DD_ASSERT(!dd_encode_full(e));
    if (!e->started) {
        start(e);
    }
    Job* job = &e->job[e->put % DD_JOBS];
    job->form = form;
    job->blob = dd_blob_keep(blob);
    job->failed = false;
    pthread_mutex_lock(&e->lock);
    job->state = JOB_QUEUED;
    e->put++;
    if (e->nthread == 0) {
        run_next(e, 0);
    } else {
        pthread_cond_signal(&e->work);
    }
    pthread_mutex_unlock(&e->lock);
}

bool dd_encode_oldest(DdEncode* e, bool wait, DdEncoded* out)
{
    DD_ASSERT(e->popped < e->put);
    Job* job = &e->job[e->popped % DD_JOBS];
    pthread_mutex_lock(&e->lock);
    while (wait && job->state != JOB_DONE) {
        if (e->begun < e->put) {
            run_next(e, 0);
        } else {
            pthread_cond_wait(&e->done, &e->lock);
        }
    }
    bool done = job->state == JOB_DONE;
    pthread_mutex_unlock(&e->lock);
    if (done) {
        *out = (DdEncoded){job->out.p, job->out.n, job->failed ? &job->err : NULL};
    }
    return done;
}

void dd_encode_pop(DdEncode* e)
{
    e->popped++;
}
