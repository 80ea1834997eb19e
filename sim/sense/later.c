// Later: one thread and a short queue, which whoever waits for it empties too.
#include "sim/sense/later.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "sim/base/error.h"

enum { k_jobs = 64 };

struct DdLater {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t thread;
    bool threaded, stop;
    int head, count; // jobs not begun
    int running;     // on the other thread
    struct {
        void (*work)(void* user);
        void* user;
    } job[k_jobs];
};

DdLater* dd_later_create(void)
{
    DdLater* l = calloc(1, sizeof *l);
    DD_ASSERT(l);
    bool fine = pthread_mutex_init(&l->lock, NULL) == 0 && pthread_cond_init(&l->work, NULL) == 0 &&
                pthread_cond_init(&l->done, NULL) == 0;
    DD_ASSERT(fine);
    return l;
}

// Takes the oldest job and does it with the lock open. False when there is none.
static bool do_one(DdLater* l)
{
    if (l->count == 0) {
        return false;
    }
    void (*work)(void*) = l->job[l->head].work;
    void* user = l->job[l->head].user;
    l->head = (l->head + 1) % k_jobs;
    l->count--;
    pthread_mutex_unlock(&l->lock);
    work(user);
    pthread_mutex_lock(&l->lock);
    return true;
}

static void* run(void* user)
{
    DdLater* l = user;
    pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        l->running = 1;
        while (do_one(l)) {
        }
        l->running = 0;
        pthread_cond_signal(&l->done);
        if (!l->stop) {
            pthread_cond_wait(&l->work, &l->lock);
        }
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

void dd_later_destroy(DdLater* l)
{
    if (!l) {
        return;
    }
    if (l->threaded) {
        pthread_mutex_lock(&l->lock);
        l->stop = true;
        pthread_cond_signal(&l->work);
        pthread_mutex_unlock(&l->lock);
        pthread_join(l->thread, NULL);
    }
    pthread_cond_destroy(&l->work);
    pthread_cond_destroy(&l->done);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

void dd_later_do(DdLater* l, void (*work)(void* user), void* user)
{
    pthread_mutex_lock(&l->lock);
    if (!l->threaded) {
        // without a thread, who waits does it all
        l->threaded = pthread_create(&l->thread, NULL, run, l) == 0;
    }
    while (l->count == k_jobs) {
        do_one(l);
    }
    int at = (l->head + l->count++) % k_jobs;
    l->job[at].work = work;
    l->job[at].user = user;
    pthread_cond_signal(&l->work);
    pthread_mutex_unlock(&l->lock);
}

void dd_later_wait(DdLater* l)
{
    pthread_mutex_lock(&l->lock);
    while (do_one(l)) {
    }
    while (l->running && l->threaded) {
        pthread_cond_wait(&l->done, &l->lock);
        while (do_one(l)) {
        }
    }
    pthread_mutex_unlock(&l->lock);
}
