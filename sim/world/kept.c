// Kept models: what a thread compiled last, by the composition and the files it read, so that the
// next episode, or the next stretch of a replay, of the same world does not compile again.
#include <pthread.h>
#include <string.h>

#include "sim/base/hash.h"
#include "sim/world/parts.h"

enum { k_kept = 2 };
static const mjtSize k_bytes_max = (mjtSize)256 << 20; // of one model

typedef struct Kept {
    unsigned char key[DD_SHA256_SIZE];
    mjModel* m;
    uint64_t used;
} Kept;

typedef struct Store {
    Kept kept[k_kept];
    uint64_t clock;
} Store;

static pthread_key_t s_key;
static pthread_once_t s_once = PTHREAD_ONCE_INIT;

static void store_free(void* user)
{
    Store* store = user;
    for (int i = 0; i < k_kept; i++) {
        mj_deleteModel(store->kept[i].m);
    }
    free(store);
}

static void make_key(void)
{
    int failed = pthread_key_create(&s_key, store_free);
    DD_ASSERT(failed == 0);
}

static Store* own_store(void)
{
    pthread_once(&s_once, make_key);
    Store* store = pthread_getspecific(s_key);
    if (!store) {
        store = calloc(1, sizeof *store);
        DD_ASSERT(store);
        pthread_setspecific(s_key, store);
    }
    return store;
}

bool dd_kept_key(const DdCompose* c, unsigned char key[DD_SHA256_SIZE])
{
    json_t* ops = dd_compose_ops(c);
    char* text = ops ? json_dumps(ops, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(ops);
    if (!text) {
        return false;
    }
    DdSha256 h;
    dd_sha256_begin(&h);
    dd_sha256_add(&h, text, strlen(text));
    for (int i = 0; c->files && i < dd_files_count(c->files); i++) {
        const DdFile* file = dd_files_at(c->files, i);
        dd_sha256_add(&h, file->name, strlen(file->name) + 1);
        dd_sha256_add(&h, file->sha256, sizeof file->sha256);
    }
    dd_sha256_end(&h, key);
    free(text);
    return true;
}

mjModel* dd_kept_copy(const unsigned char key[DD_SHA256_SIZE])
{
    Store* store = own_store();
    for (int i = 0; i < k_kept; i++) {
        Kept* kept = &store->kept[i];
        if (kept->m && memcmp(kept->key, key, sizeof kept->key) == 0) {
            kept->used = ++store->clock;
            return mj_copyModel(NULL, kept->m);
        }
    }
    return NULL;
}

void dd_kept_clear(void)
{
    Store* store = own_store();
    for (int i = 0; i < k_kept; i++) {
        mj_deleteModel(store->kept[i].m);
        store->kept[i] = (Kept){0};
    }
}

void dd_kept_add(const unsigned char key[DD_SHA256_SIZE], const mjModel* m)
{
    Store* store = own_store();
    Kept* oldest = &store->kept[0];
    if (mj_sizeModel(m) > k_bytes_max) {
        return;
    }
    for (int i = 1; i < k_kept; i++) {
        oldest = store->kept[i].used < oldest->used ? &store->kept[i] : oldest;
    }
    mj_deleteModel(oldest->m);
    *oldest = (Kept){.m = mj_copyModel(NULL, m), .used = ++store->clock};
    memcpy(oldest->key, key, sizeof oldest->key);
}
