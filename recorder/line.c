// Line: a ring of places, the bytes of the small messages that wait, and the encoders' queue.
#include "recorder/line.h"

enum { k_bytes_max = 4 << 20, k_pixels_max = 64 << 20, k_compact = 1 << 20 };

typedef enum PlaceKind { PLACE_MESSAGE, PLACE_BLOB, PLACE_JOB } PlaceKind;

typedef struct Place {
    PlaceKind kind;
    DdLineMessage m;
    size_t at, size; // message: in the bytes that wait; others: size of the blob
    const DdBulk* bulk;
    int64_t stamp_ns;
    double values[DD_BULK_VALUES];
    DdBlob* blob;
} Place;

struct DdLine {
    DdMcapWriter* w;
    DdEncode* encode;
    void (*dropped)(void* user, const DdLineMessage* m, const DdError* err);
    void* user;
    Place* place; // place k is at k & (cap - 1)
    uint64_t cap, head, tail;
    DdBuf bytes;
    size_t bytes_head; // what is in front of it was written
    size_t pixels;     // of blobs on their way
};

DdLine* dd_line_create(DdMcapWriter* w, const DdEncodeDef* encode,
                       void (*dropped)(void* user, const DdLineMessage* m, const DdError* err),
                       void* user)
{
    DdLine* l = calloc(1, sizeof *l);
    DD_ASSERT(l);
    *l = (DdLine){.w = w, .encode = dd_encode_create(encode), .dropped = dropped, .user = user};
    return l;
}

void dd_line_destroy(DdLine* l)
{
    for (uint64_t k = l->head; k < l->tail; k++) {
        dd_blob_drop(l->place[k & (l->cap - 1)].blob);
    }
    dd_encode_destroy(l->encode);
    dd_buf_free(&l->bytes);
    free(l->place);
    free(l);
}

static void* begin(DdLine* l, const DdLineMessage* m, size_t size)
{
    return dd_mcap_message_begin(l->w, m->id, m->sequence, m->log_ns, m->log_ns, size);
}

static void write_bulk(DdLine* l, const Place* p, const void* data, size_t n)
{
    void* to = begin(l, &p->m, dd_bulk_size(p->bulk, n));
    if (to) {
        dd_bulk_fill(p->bulk, to, p->stamp_ns, p->values, data, n);
    }
}

// The place at the head into the file; without `wait` false while its picture is not encoded.
static bool commit(DdLine* l, bool wait)
{
    Place* p = &l->place[l->head & (l->cap - 1)];
    DdEncoded e;
    switch (p->kind) {
    case PLACE_MESSAGE: {
        void* to = begin(l, &p->m, p->size);
        if (to) {
            memcpy(to, l->bytes.p + p->at, p->size);
        }
        l->bytes_head = p->at + p->size;
        break;
    }
    case PLACE_BLOB:
        write_bulk(l, p, p->blob->bytes, p->blob->size);
        l->pixels -= p->size;
        dd_blob_drop(p->blob);
        p->blob = NULL;
        break;
    case PLACE_JOB:
        if (!dd_encode_oldest(l->encode, wait, &e)) {
            return false;
        }
        if (e.err) {
            l->dropped(l->user, &p->m, e.err);
        } else {
            write_bulk(l, p, e.bytes, e.size);
        }
        l->pixels -= p->size;
        dd_encode_pop(l->encode);
        break;
    }
    l->head++;
    if (l->head == l->tail) {
        l->bytes.n = l->bytes_head = 0;
    }
    return true;
}

static void commit_done(DdLine* l)
{
    while (l->head < l->tail && commit(l, false)) {
    }
}

void dd_line_drain(DdLine* l)
{
    while (l->head < l->tail) {
        commit(l, true);
    }
}

static Place* add(DdLine* l)
{
    if (l->tail - l->head == l->cap) {
        uint64_t cap = l->cap ? 2 * l->cap : 256;
        Place* place = calloc(cap, sizeof *place);
        DD_ASSERT(place);
        for (uint64_t k = l->head; k < l->tail; k++) {
            place[k & (cap - 1)] = l->place[k & (l->cap - 1)];
        }
        free(l->place);
        l->place = place;
        l->cap = cap;
    }
    Place* p = &l->place[l->tail++ & (l->cap - 1)];
    *p = (Place){0};
    return p;
}

// Forgets the bytes that were written while the line was never empty.
static void compact(DdLine* l)
{
    size_t gone = l->bytes_head;
    if (gone < k_compact || gone < l->bytes.n / 2) {
        return;
    }
    memmove(l->bytes.p, l->bytes.p + gone, l->bytes.n - gone);
    l->bytes.n -= gone;
    l->bytes_head = 0;
    for (uint64_t k = l->head; k < l->tail; k++) {
        l->place[k & (l->cap - 1)].at -= gone;
    }
}

void* dd_line_message(DdLine* l, const DdLineMessage* m, size_t size)
{
    commit_done(l);
    while (l->head < l->tail && l->bytes.n - l->bytes_head + size > k_bytes_max) {
        commit(l, true);
    }
    if (l->head == l->tail) {
        return begin(l, m, size);
    }
    if (dd_mcap_failed(l->w, NULL)) {
        return NULL;
    }
    compact(l);
    Place* p = add(l);
    p->m = *m;
    p->at = l->bytes.n;
    p->size = size;
    return dd_buf_room(&l->bytes, size);
}

void dd_line_bulk(DdLine* l, const DdLineMessage* m, const DdBulk* bulk, const DdImageForm* form,
                  int64_t stamp_ns, const double* values, DdBlob* blob)
{
    commit_done(l);
    while (l->head < l->tail &&
           (l->pixels + blob->size > k_pixels_max || (form && dd_encode_full(l->encode)))) {
        commit(l, true);
    }
    Place* p = add(l);
    *p = (Place){.kind = form ? PLACE_JOB : PLACE_BLOB,
                 .m = *m,
                 .size = blob->size,
                 .bulk = bulk,
                 .stamp_ns = stamp_ns};
    memcpy(p->values, values, (size_t)bulk->nvalue * sizeof *values);
    l->pixels += blob->size;
    if (form) {
        dd_encode_put(l->encode, form, blob);
    } else {
        p->blob = dd_blob_keep(blob);
    }
    commit_done(l);
}
