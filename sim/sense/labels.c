// Labels: which class and instance every geom belongs to, and the pictures of them.
#include "sim/sense/labels.h"

#include <string.h>

#include "sim/sense/label_parts.h"

static const char k_background[] = "background";
static const char k_other[] = "other";

static int find_class(const DdLabels* l, const char* name)
{
    for (int i = 0; i < l->nclass; i++) {
        if (strcmp(l->classes[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

// The scenario's own names behind "background", or all of drydock's.
static void fill_classes(DdLabels* l, const DdSense* s)
{
    int n;
    const char* const* shipped = dd_label_classes(&n);
    bool own = s->classes.n > 0;
    n = own ? s->classes.n : n;
    bool first = !own || strcmp(s->classes.v[0], k_background) == 0;
    l->nclass = n + !first;
    l->classes = calloc((size_t)l->nclass, sizeof *l->classes);
    DD_ASSERT(l->classes);
    if (!first) {
        snprintf(l->classes[0], DD_NAME_MAX, "%s", k_background);
    }
    for (int i = 0; i < n; i++) {
        snprintf(l->classes[i + !first], DD_NAME_MAX, "%s", own ? s->classes.v[i] : shipped[i]);
    }
}

// A label that was given must be in the table; what a kind is by itself is "other" or nothing in a
// table without it.
static bool class_of_thing(const DdLabels* l, const DdWorld* w, int thing, int* class_id,
                           DdError* err)
{
    const char* label = dd_world_thing_label(w, thing);

    *class_id = find_class(l, label);
    if (*class_id >= 0) {
        return true;
    }
    if (!dd_world_thing_labelled(w, thing)) {
        int other = find_class(l, k_other);
        *class_id = other > 0 ? other : 0;
        return true;
    }
    const char* names[DD_NAMES_MAX + 1];
    int n = 0;
    for (int i = 0; i < l->nclass && n < DD_NAMES_MAX + 1; i++) {
        names[n++] = l->classes[i];
    }
    const char* near = dd_nearest_name(label, names, n);
    return dd_fail(err, DD_ERROR_SCRIPT,
                   "%s '%s': label '%s' is not in the table of %d classes%s%s%s",
                   dd_world_thing_kind(w, thing), dd_world_thing_name(w, thing), label, l->nclass,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

// geoms by instance: counts, then places, then the numbers
static void sort_geoms(DdLabels* l, const DdWorld* w)
{
    for (int g = 0; g < l->ngeom; g++) {
        if (l->instance_of_geom[g + 1] > 0 && dd_world_geom_visual(w, g)) {
            l->first_geom[l->instance_of_geom[g + 1] + 1]++;
        }
    }
    for (int i = 1; i <= l->ninstance + 1; i++) {
        l->first_geom[i] += l->first_geom[i - 1];
    }
    int* next = calloc((size_t)l->ninstance + 2, sizeof *next);
    DD_ASSERT(next);
    memcpy(next, l->first_geom, ((size_t)l->ninstance + 2) * sizeof *next);
    for (int g = 0; g < l->ngeom; g++) {
        int instance = l->instance_of_geom[g + 1];
        if (instance > 0 && dd_world_geom_visual(w, g)) {
            l->geoms[next[instance]++] = g;
        }
    }
    free(next);
}

static void allocate(DdLabels* l)
{
    size_t n = (size_t)l->ninstance + 2;

    l->class_of_geom = calloc((size_t)l->ngeom + 1, sizeof *l->class_of_geom);
    l->instance_of_geom = calloc((size_t)l->ngeom + 1, sizeof *l->instance_of_geom);
    l->names = calloc(n, sizeof *l->names);
    l->first_geom = calloc(n, sizeof *l->first_geom);
    l->geoms = calloc((size_t)l->ngeom + 1, sizeof *l->geoms);
    l->class_of = calloc(n, sizeof *l->class_of);
    l->object = calloc(n, sizeof *l->object);
    l->seen = calloc(n, sizeof *l->seen);
    l->boxes = calloc(n, sizeof *l->boxes);
    l->shown = calloc(n, sizeof *l->shown);
    l->offset = calloc(n, sizeof *l->offset);
    l->box = calloc(n, sizeof *l->box);
    l->geom_box = calloc((size_t)l->ngeom + 1, sizeof *l->geom_box);
    l->floors = calloc((size_t)l->ngeom + 1, sizeof *l->floors);
    l->sight = calloc((size_t)l->ngeom + 1, sizeof *l->sight);
    l->mesh = calloc((size_t)l->m->nmesh + 1, sizeof *l->mesh);
    DD_ASSERT(l->class_of_geom && l->instance_of_geom && l->names && l->first_geom && l->geoms &&
              l->class_of && l->object && l->seen && l->boxes && l->shown && l->offset && l->box &&
              l->geom_box && l->floors && l->sight && l->mesh);
}

static void labels_free(void* shared)
{
    DdLabels* l = shared;

    free(l->classes);
    free(l->class_of_geom);
    free(l->instance_of_geom);
    free(l->names);
    free(l->first_geom);
    free(l->geoms);
    free(l->class_of);
    free(l->object);
    free(l->seen);
    free(l->boxes);
    free(l->shown);
    free(l->offset);
    free(l->box);
    free(l->geom_box);
    free(l->floors);
    free(l->mask);
    free(l->vertex);
    free(l->sight);
    for (int i = 0; i < l->nmesh; i++) {
        dd_ray_mesh_destroy(l->mesh[i]);
    }
    free(l->mesh);
    for (int i = 0; i < l->nlens; i++) {
        free(l->lens[i].dirs);
    }
    free(l->lens);
    free(l->alone);
    free(l->sorted);
    free(l);
}

// no joint between any of its bodies and its root
static bool is_rigid(const DdLabels* l, int instance)
{
    int root = dd_world_instance_body(l->world, instance);

    for (int i = l->first_geom[instance]; i < l->first_geom[instance + 1]; i++) {
        int body = l->m->geom_bodyid[l->geoms[i]];
        while (body > root && l->m->body_jntnum[body] == 0) {
            body = l->m->body_parentid[body];
        }
        if (body != root) {
            return false;
        }
    }
    return true;
}

static bool fill(DdLabels* l, const DdWorld* w, DdError* err)
{
    for (int i = 1; i <= l->ninstance; i++) {
        int thing = dd_world_instance_thing(w, i);
        snprintf(l->names[i - 1], DD_NAME_MAX, "%s", dd_world_instance_name(w, i));
        if (!class_of_thing(l, w, thing, &l->class_of[i], err)) {
            return false;
        }
        l->object[i] = l->class_of[i] > 0 && dd_world_instance_counts(w, i);
    }
    for (int g = 0; g < l->ngeom; g++) {
        int instance = dd_world_instance_of_body(w, l->m->geom_bodyid[g]);
        l->instance_of_geom[g + 1] = (uint16_t)instance;
        l->class_of_geom[g + 1] = (unsigned char)l->class_of[instance];
        if (l->m->geom_type[g] == mjGEOM_PLANE && dd_world_geom_visual(w, g)) {
            l->floors[l->nfloor++] = g;
        }
    }
    sort_geoms(l, w);
    for (int i = 1; i <= l->ninstance; i++) {
        l->box[i].rigid = is_rigid(l, i);
    }
    return true;
}

DdLabels* dd_labels_get(DdSense* s, DdError* err)
{
    DdLabels* l = s->shared[DD_SHARED_LABELS];

    if (l) {
        return l;
    }
    l = calloc(1, sizeof *l);
    DD_ASSERT(l);
    l->world = s->world;
    l->m = dd_world_model(s->world);
    l->d = dd_world_data(s->world);
    l->ngeom = (int)l->m->ngeom;
    l->nmesh = (int)l->m->nmesh;
    l->ninstance = dd_world_instance_count(s->world);
    fill_classes(l, s);
    allocate(l);
    if (l->ninstance > UINT16_MAX) {
        dd_fail(err, DD_ERROR_SCRIPT,
                "labels: the world holds %d objects; pictures number at most %d", l->ninstance,
                UINT16_MAX);
        labels_free(l);
        return NULL;
    }
    if (!fill(l, s->world, err)) {
        labels_free(l);
        return NULL;
    }
    s->shared[DD_SHARED_LABELS] = l;
    s->shared_free[DD_SHARED_LABELS] = labels_free;
    return l;
}

int dd_labels_class_count(const DdLabels* l)
{
    return l->nclass;
}

const char* dd_labels_class_name(const DdLabels* l, int class_id)
{
    return l->classes[class_id];
}

int dd_labels_class_of_geom(const DdLabels* l, int geom)
{
    return l->class_of_geom[geom + 1];
}

int dd_labels_instance_of_geom(const DdLabels* l, int geom)
{
    return l->instance_of_geom[geom + 1];
}

void dd_labels_declare(const DdLabels* l, DdChannelDef* channel)
{
    channel->nclass = l->nclass;
    channel->classes = malloc((size_t)l->nclass * sizeof *channel->classes);
    DD_ASSERT(channel->classes);
    memcpy(channel->classes, l->classes, (size_t)l->nclass * sizeof *channel->classes);
    channel->nname = l->ninstance;
    channel->names = malloc(((size_t)l->ninstance + 1) * sizeof *channel->names);
    DD_ASSERT(channel->names);
    memcpy(channel->names, l->names, (size_t)l->ninstance * sizeof *channel->names);
}

void dd_labels_semantic(const DdLabels* l, const int* geom, size_t n, unsigned char* out)
{
    const unsigned char* table = l->class_of_geom + 1;

    for (size_t i = 0; i < n; i++) {
        out[i] = table[geom[i]];
    }
}

void dd_labels_instances(const DdLabels* l, const int* geom, size_t n, uint16_t* out)
{
    const uint16_t* table = l->instance_of_geom + 1;

    for (size_t i = 0; i < n; i++) {
        out[i] = table[geom[i]];
    }
}
