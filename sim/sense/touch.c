// Contact forces of the step that ended, summed for every pair of geom sets somebody asked for.
//
// The list of contacts is walked once per step whatever the number of pairs: each geom carries one
// bit per pair and side, so most contacts are dismissed by a few ANDs before their force is read.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct TouchPair {
    unsigned char* a; // (ngeom) until start
    unsigned char* b;
    double force; // N, all normal forces
    int nhit;     // objects of set b that were touched
    int* hit;     // (nobject)
    double* sum;  // (nobject) N, normal force by object of set b
} TouchPair;

struct DdTouch {
    int ngeom, nobject;
    int* object; // (ngeom) what the geom belongs to: a thing, or a body that is no thing's
    int* geom;   // (nobject) the first of its geoms
    int npair, cap;
    TouchPair* pair;
    int nword;
    uint64_t* a; // (ngeom x nword) bit k: the geom is in set a of pair k
    uint64_t* b;
};

// Things first; what belongs to none goes by its top body, bare geoms of the world by themselves.
static void number_objects(DdSense* s, DdTouch* t)
{
    const mjModel* m = dd_world_model(s->world);
    int nthing = dd_world_thing_count(s->world);
    int nkey = nthing + (int)m->nbody + (int)m->ngeom;
    int* number = malloc((size_t)nkey * sizeof *number);
    DD_ASSERT(number);
    for (int i = 0; i < nkey; i++) {
        number[i] = -1;
    }
    for (int g = 0; g < t->ngeom; g++) {
        int thing = dd_world_thing_of_geom(s->world, g);
        int root = m->body_rootid[m->geom_bodyid[g]];
        int key = thing >= 0 ? thing : root > 0 ? nthing + root : nthing + (int)m->nbody + g;
        if (number[key] < 0) {
            t->geom[t->nobject] = g;
            number[key] = t->nobject++;
        }
        t->object[g] = number[key];
    }
    free(number);
}

DdTouch* dd_touch_get(DdSense* s)
{
    if (!s->touch) {
        DdTouch* t = calloc(1, sizeof *t);
        DD_ASSERT(t);
        t->ngeom = (int)dd_world_model(s->world)->ngeom;
        t->object = calloc((size_t)t->ngeom + 1, sizeof *t->object);
        t->geom = calloc((size_t)t->ngeom + 1, sizeof *t->geom);
        DD_ASSERT(t->object && t->geom);
        number_objects(s, t);
        s->touch = t;
    }
    return s->touch;
}

void dd_touch_destroy(DdTouch* t)
{
    if (!t) {
        return;
    }
    for (int i = 0; i < t->npair; i++) {
        free(t->pair[i].a);
        free(t->pair[i].b);
        free(t->pair[i].hit);
        free(t->pair[i].sum);
    }
    free(t->pair);
    free(t->object);
    free(t->geom);
    free(t->a);
    free(t->b);
    free(t);
}

int dd_touch_add(DdTouch* t, const unsigned char* a, const unsigned char* b)
{
    if (t->npair == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 8;
        t->pair = realloc(t->pair, (size_t)t->cap * sizeof *t->pair);
        DD_ASSERT(t->pair);
    }
    TouchPair* p = &t->pair[t->npair];
    size_t n = (size_t)t->ngeom;
    *p = (TouchPair){.a = malloc(n + 1),
                     .b = malloc(n + 1),
                     .hit = calloc((size_t)t->nobject + 1, sizeof *p->hit),
                     .sum = calloc((size_t)t->nobject + 1, sizeof *p->sum)};
    DD_ASSERT(p->a && p->b && p->hit && p->sum);
    memcpy(p->a, a, n);
    memcpy(p->b, b, n);
    return t->npair++;
}

void dd_touch_start(DdTouch* t)
{
    free(t->a);
    free(t->b);
    t->nword = (t->npair + 63) / 64;
    size_t nword = (size_t)t->nword;
    t->a = calloc((size_t)t->ngeom * nword + 1, sizeof *t->a);
    t->b = calloc((size_t)t->ngeom * nword + 1, sizeof *t->b);
    DD_ASSERT(t->a && t->b);
    for (int k = 0; k < t->npair; k++) {
        size_t word = (size_t)k / 64;
        uint64_t bit = (uint64_t)1 << (k % 64);
        for (size_t g = 0; g < (size_t)t->ngeom; g++) {
            t->a[g * nword + word] |= t->pair[k].a[g] ? bit : 0;
            t->b[g * nword + word] |= t->pair[k].b[g] ? bit : 0;
        }
    }
}

static void add_hit(TouchPair* p, int object, double force)
{
    // the force is never 0 here, so the sum tells whether the object is listed
    if (p->sum[object] == 0) {
        p->hit[p->nhit++] = object;
    }
    p->sum[object] += force;
    p->force += force;
}

void dd_touch_capture(DdSense* s, DdTouch* t)
{
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    for (int k = 0; k < t->npair; k++) {
        TouchPair* p = &t->pair[k];
        for (int i = 0; i < p->nhit; i++) {
            p->sum[p->hit[i]] = 0;
        }
        p->nhit = 0;
        p->force = 0;
    }
    for (int c = 0; c < d->ncon; c++) {
        const mjContact* con = &d->contact[c];
        if (con->efc_address < 0 || con->geom[0] < 0 || con->geom[1] < 0) {
            continue;
        }
        const uint64_t* a0 = t->a + (size_t)con->geom[0] * (size_t)t->nword;
        const uint64_t* b0 = t->b + (size_t)con->geom[0] * (size_t)t->nword;
        const uint64_t* a1 = t->a + (size_t)con->geom[1] * (size_t)t->nword;
        const uint64_t* b1 = t->b + (size_t)con->geom[1] * (size_t)t->nword;
        double force = -1;
        for (int w = 0; w < t->nword; w++) {
            uint64_t forward = a0[w] & b1[w];
            uint64_t wanted = forward | (a1[w] & b0[w]);
            if (!wanted) {
                continue;
            }
            if (force < 0) {
                double f[6];
                mj_contactForce(m, d, c, f);
                force = fabs(f[0]);
                if (force == 0) {
                    break;
                }
            }
            for (; wanted; wanted &= wanted - 1) {
                int bit = __builtin_ctzll(wanted);
                bool is_forward = forward >> bit & 1;
                int object = t->object[con->geom[is_forward ? 1 : 0]];
                add_hit(&t->pair[64 * w + bit], object, force);
            }
        }
    }
}

double dd_touch_force(const DdTouch* t, int id)
{
    return t->pair[id].force;
}

int dd_touch_hits(const DdTouch* t, int id, const int** objects)
{
    *objects = t->pair[id].hit;
    return t->pair[id].nhit;
}

double dd_touch_object_force(const DdTouch* t, int id, int object)
{
    return t->pair[id].sum[object];
}

int dd_touch_objects(const DdTouch* t)
{
    return t->nobject;
}

int dd_touch_object_geom(const DdTouch* t, int object)
{
    return t->geom[object];
}
