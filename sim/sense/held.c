// Held loads: what is welded or pinned to a thing right now (a container on twist locks, a part in
// a gripper) is no obstacle for it and no collision.
#include "sim/sense/internal.h"

static int side(const mjModel* m, int eq, int id)
{
    return m->eq_objtype[eq] == mjOBJ_SITE ? m->site_bodyid[id] : id;
}

static bool is_own(const DdSense* s, const DdRef* ref, int body)
{
    const mjModel* m = dd_world_model(s->world);
    int thing = dd_world_thing_of_body(s->world, ref->body);
    return thing >= 0 ? dd_world_thing_of_body(s->world, body) == thing
                      : m->body_rootid[body] == m->body_rootid[ref->body];
}

void dd_held_find(const DdSense* s, const DdRef* ref, DdHeld* held)
{
    const mjModel* m = dd_world_model(s->world);
    *held = (DdHeld){.eq = malloc(((size_t)m->neq + 1) * sizeof *held->eq),
                     .root = malloc(((size_t)m->neq + 1) * sizeof *held->root)};
    DD_ASSERT(held->eq && held->root);
    for (int e = 0; e < m->neq; e++) {
        if (m->eq_type[e] != mjEQ_WELD && m->eq_type[e] != mjEQ_CONNECT) {
            continue;
        }
        int b1 = side(m, e, m->eq_obj1id[e]), b2 = side(m, e, m->eq_obj2id[e]);
        bool own1 = is_own(s, ref, b1), own2 = is_own(s, ref, b2);
        int other = own1 ? b2 : b1;
        if (own1 != own2 && other > 0) {
            held->eq[held->n] = e;
            held->root[held->n++] = m->body_rootid[other];
        }
    }
}

void dd_held_free(DdHeld* held)
{
    free(held->eq);
    free(held->root);
    *held = (DdHeld){0};
}

bool dd_held_has(const DdSense* s, const DdHeld* held, int body)
{
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    for (int i = 0; i < held->n; i++) {
        if (d->eq_active[held->eq[i]] && held->root[i] == m->body_rootid[body]) {
            return true;
        }
    }
    return false;
}
