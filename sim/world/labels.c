// Labels: what class a thing is of, and what stands apart as an object of its own.
#include <string.h>

#include "sim/world/props.h"
#include "sim/world/things.h"
#include "sim/world/world_parts.h"

static const char* default_label(const DdThing* t)
{
    int n;
    const char* const* classes = dd_label_classes(&n);
    const char* name = t->kind->label ? t->kind->label : t->kind->name;

    if (t->kind == &dd_thing_prop) {
        return dd_prop_model(t->def)->label;
    }
    // an actor is what it looks like
    const DdField* model =
        strcmp(t->kind->name, "actor") == 0 ? dd_field_find(t->kind->fields, "model") : NULL;
    if (model) {
        int which;
        memcpy(&which, (const char*)t->def + model->offset, sizeof which);
        name = model->names[which];
    }
    for (int i = 0; i < n; i++) {
        if (strcmp(classes[i], name) == 0) {
            return classes[i];
        }
    }
    return "other";
}

// by the folder or file that the model is in: "robots/amr_250/model.xml"
static const char* robot_label(const char* model)
{
    static const char* const k_families[] = {"agv", "amr", "arm"};

    for (const char* part = model; part; part = strchr(part, '/')) {
        part += *part == '/';
        for (size_t i = 0; i < sizeof k_families / sizeof *k_families; i++) {
            size_t n = strlen(k_families[i]);
            if (strncmp(part, k_families[i], n) == 0 && strchr("_-/.", part[n])) {
                return k_families[i];
            }
        }
    }
    return "robot";
}

// the field `label` of its def; "" when it is empty or its kind has none
static const char* own_label(const DdThing* t)
{
    if (!t->def) {
        return "";
    }
    if (!t->kind) {
        return ((const DdRobotPlacement*)t->def)->label;
    }
    const DdField* f = dd_field_find(t->kind->fields, "label");
    return f ? (const char*)t->def + f->offset : "";
}

bool dd_world_thing_labelled(const DdWorld* w, int thing)
{
    return own_label(&w->things[thing])[0] != '\0';
}

const char* dd_world_thing_label(const DdWorld* w, int thing)
{
    const DdThing* t = &w->things[thing];
    const char* own = own_label(t);

    if (own[0] != '\0') {
        return own;
    }
    if (!t->kind) {
        return t->def ? robot_label(((const DdRobotPlacement*)t->def)->model) : "robot";
    }
    return default_label(t);
}

static int root_of(const mjModel* m, int body)
{
    while (m->body_parentid[body] != 0) {
        body = m->body_parentid[body];
    }
    return body;
}

// In the order of bodies. What has nothing to see (a frame) is no instance.
void dd_world_index_instances(DdWorld* w)
{
    const mjModel* m = w->m;

    w->ninstance = 0;
    for (int i = 1; i < m->nbody; i++) {
        int thing = w->thing_of_body[i];
        if (thing < 0 || m->body_geomnum[i] == 0) {
            continue;
        }
        const DdThingKind* kind = w->things[thing].kind;
        int root = kind && kind->apart ? root_of(m, i) : w->things[thing].body;
        // the root's own entry is set first, whichever of its bodies came by
        if (w->instance_of_body[root] == 0) {
            w->instance_of_body[root] = ++w->ninstance;
            w->instance_body[w->ninstance] = root;
        }
    }
    for (int i = 1; i < m->nbody; i++) {
        int thing = w->thing_of_body[i];
        if (thing >= 0) {
            const DdThingKind* kind = w->things[thing].kind;
            int root = kind && kind->apart ? root_of(m, i) : w->things[thing].body;
            w->instance_of_body[i] = w->instance_of_body[root];
        }
    }
}

int dd_world_instance_count(const DdWorld* w)
{
    return w->ninstance;
}

int dd_world_instance_of_body(const DdWorld* w, int body)
{
    return w->instance_of_body[body];
}

int dd_world_instance_body(const DdWorld* w, int instance)
{
    return w->instance_body[instance];
}

int dd_world_instance_thing(const DdWorld* w, int instance)
{
    return w->thing_of_body[w->instance_body[instance]];
}

bool dd_world_instance_counts(const DdWorld* w, int instance)
{
    const DdThing* t = &w->things[dd_world_instance_thing(w, instance)];

    return !t->kind || !(t->kind == &dd_thing_prop ? dd_prop_model(t->def)->stuff : t->kind->stuff);
}

const char* dd_world_instance_name(const DdWorld* w, int instance)
{
    const DdThing* t = &w->things[dd_world_instance_thing(w, instance)];

    return t->kind && t->kind->apart ? w->body_names[w->instance_body[instance]] : t->name;
}
