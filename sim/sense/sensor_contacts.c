// Contacts of a robot, a body or the whole world with their forces, in the step that ended.
#include <string.h>

#include "sim/sense/internal.h"

typedef struct Found {
    int contact;
    double normal; // N
} Found;

typedef struct Contacts {
    unsigned char* mine;   // (ngeom)
    unsigned char* others; // (ngeom)
    int* name_of;          // (ngeom) index into the channel's names
    int max;
    Found* found; // (max) strongest first
} Contacts;

static bool contacts_open(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    const mjModel* m = dd_world_model(s->world);
    size_t ngeom = (size_t)m->ngeom;
    Contacts* c = u->own;
    c->mine = calloc(ngeom + 1, 1);
    c->others = calloc(ngeom + 1, 1);
    c->name_of = calloc(ngeom + 1, sizeof *c->name_of);
    c->max = def->max_contacts;
    c->found = calloc((size_t)c->max + 1, sizeof *c->found);
    channel->names = calloc(ngeom + 1, sizeof *channel->names);
    DD_ASSERT(c->mine && c->others && c->name_of && c->found && channel->names);

    memset(c->mine, 1, ngeom);
    memset(c->others, 1, ngeom);
    if (def->robot[0] || def->frame[0]) {
        DdRef ref;
        char full[DD_NAME_MAX];
        if (!dd_ref_of_sensor(s, u, &ref, full, err)) {
            return false;
        }
        // a frame stands for the body it sits on
        for (size_t g = 0; g < ngeom; g++) {
            c->mine[g] = dd_ref_holds(s, &ref, m->geom_bodyid[g]);
        }
    }
    if (def->target[0] &&
        !dd_geoms_of(s, def->target, "", NULL, u->what, "target", c->others, err)) {
        return false;
    }
    for (size_t g = 0; g < ngeom; g++) {
        if (dd_geom_collides(m, (int)g)) {
            c->name_of[g] = channel->nname;
            snprintf(channel->names[channel->nname++], DD_NAME_MAX, "%s",
                     dd_world_geom_name(s->world, (int)g));
        }
    }
    channel->max_contacts = c->max;
    u->nstate = 1 + DD_CONTACT_VALUES * c->max;
    return true;
}

static void contacts_close(DdUnit* u)
{
    Contacts* c = u->own;
    free(c->mine);
    free(c->others);
    free(c->name_of);
    free(c->found);
}

// Keep the strongest `max`; equal ones in the order of the list. Returns the new count.
static int keep(Contacts* c, int n, Found f)
{
    int at = n;
    while (at > 0 && c->found[at - 1].normal < f.normal) {
        at--;
    }
    if (at >= c->max) {
        return n;
    }
    int last = n < c->max ? n : c->max - 1;
    memmove(c->found + at + 1, c->found + at, (size_t)(last - at) * sizeof *c->found);
    c->found[at] = f;
    return last + 1;
}

static bool comes_before(const mjContact* list, Found a, Found b)
{
    const mjContact* ca = &list[a.contact];
    const mjContact* cb = &list[b.contact];
    if (ca->geom[0] != cb->geom[0]) {
        return ca->geom[0] < cb->geom[0];
    }
    if (ca->geom[1] != cb->geom[1]) {
        return ca->geom[1] < cb->geom[1];
    }
    return a.contact < b.contact;
}

static void contacts_after(DdSense* s, DdUnit* u)
{
    Contacts* c = u->own;
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    int n = 0, total = 0;
    double f[6];
    for (int i = 0; i < d->ncon; i++) {
        const mjContact* con = &d->contact[i];
        int g0 = con->geom[0], g1 = con->geom[1];
        if (con->efc_address < 0 || g0 < 0 || g1 < 0 ||
            !((c->mine[g0] && c->others[g1]) || (c->mine[g1] && c->others[g0]))) {
            continue;
        }
        mj_contactForce(m, d, i, f);
        n = keep(c, n, (Found){.contact = i, .normal = fabs(f[0])});
        total++;
    }
    s->dropped += total - n;

    // by geoms, so that one contact keeps its place while others come and go
    for (int i = 1; i < n; i++) {
        Found x = c->found[i];
        int k = i;
        for (; k > 0 && comes_before(d->contact, x, c->found[k - 1]); k--) {
            c->found[k] = c->found[k - 1];
        }
        c->found[k] = x;
    }
    memset(u->state, 0, (size_t)u->nstate * sizeof *u->state);
    u->state[0] = n;
    for (int i = 0; i < n; i++) {
        const mjContact* con = &d->contact[c->found[i].contact];
        double* v = u->state + 1 + DD_CONTACT_VALUES * i;
        mj_contactForce(m, d, c->found[i].contact, f);
        v[0] = c->name_of[con->geom[0]];
        v[1] = c->name_of[con->geom[1]];
        memcpy(v + 2, con->pos, 3 * sizeof *v);
        memcpy(v + 5, con->frame, 3 * sizeof *v);
        memcpy(v + 8, f, 3 * sizeof *v);
        v[11] = -con->dist;
    }
}

static void contacts_read(DdSense* s, DdUnit* u, double* values)
{
    (void)s;
    memcpy(values, u->state, (size_t)u->nstate * sizeof *values);
}

const DdUnitKind dd_sense_contacts = {
    .info = {.name = "contacts",
             .type = DD_TYPE_CONTACTS,
             .unit = "",
             .doc =
                 "contacts with position, normal, force and depth, strongest kept, sorted by geoms",
             .reads = "robot frame target max_contacts"},
    .size = sizeof(Contacts),
    .open = contacts_open,
    .close = contacts_close,
    .after = contacts_after,
    .read = contacts_read,
};
