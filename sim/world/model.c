// Model: a robot's files out of the store become a spec: every part named, scenery left out.
#include <string.h>

#include "sim/base/log.h"
#include "sim/world/guard.h"
#include "sim/world/parts.h"
#include "sim/world/world.h"

static int open_stored(mjResource* resource)
{
    const DdFiles* files = resource->provider->data;
    const char* name = resource->name;
    size_t n = strlen(DD_STORE_MOUNT);

    if (strncmp(name, DD_STORE_MOUNT, n) != 0 || name[n] != '/') {
        return 0;
    }
    const DdFile* file = dd_files_find(files, name + n + 1);
    if (!file) {
        return 0;
    }
    resource->data = (void*)file;
    dd_sha256_hex(file->sha256, resource->timestamp);
    return 1;
}

static int read_stored(mjResource* resource, const void** buffer)
{
    const DdFile* file = resource->data;

    *buffer = file->data;
    return (int)file->size;
}

static void close_stored(mjResource* resource)
{
    resource->data = NULL;
}

static int mount_stored(mjResource* resource)
{
    (void)resource;
    return 1;
}

static int unmount_stored(mjResource* resource)
{
    resource->data = NULL;
    return 1;
}

// MuJoCo's asset cache asks this: 0 when the content is the same
static int modified_stored(const mjResource* resource, const char* timestamp)
{
    return strcmp(resource->timestamp, timestamp) != 0;
}

void dd_compose_mount(DdCompose* c)
{
    if (c->mounted) {
        return;
    }
    c->provider = (mjpResourceProvider){
        .open = open_stored,
        .read = read_stored,
        .close = close_stored,
        .mount = mount_stored,
        .unmount = unmount_stored,
        .modified = modified_stored,
        .data = c->files,
    };
    mj_defaultVFS(&c->vfs);
    c->mounted = true;
    mj_mountVFS(&c->vfs, DD_STORE_MOUNT, &c->provider);
}

static const char* name_of(mjsElement* e)
{
    return mjs_getString(mjs_getName(e));
}

const char* dd_spec_words(const char* text, char out[DD_SPEC_ERROR_MAX])
{
    size_t n = 0;

    text += strncmp(text, "Error: ", 7) == 0 ? 7 : 0;
    for (; *text && n + 3 < DD_SPEC_ERROR_MAX; text++) {
        if (*text != '\n') {
            out[n++] = *text;
        } else if (text[1]) {
            out[n++] = ',';
            out[n++] = ' ';
        }
    }
    out[n] = '\0';
    return out;
}

const char* dd_spec_error(mjSpec* spec, char out[DD_SPEC_ERROR_MAX])
{
    return dd_spec_words(mjs_getError(spec), out);
}

// PREFIX/TYPE<number>, made unique by underscores
static void give_name(mjsElement* e, const char* prefix, const char* type, int number)
{
    char name[512];

    if (name_of(e)[0] != '\0') {
        return;
    }
    if (prefix[0] != '\0') {
        snprintf(name, sizeof name - 16, "%.400s/%s%d", prefix, type, number);
    } else {
        snprintf(name, sizeof name - 16, "%s%d", type, number);
    }
    size_t n = strlen(name);
    for (int i = 0; i < 8 && mjs_setName(e, name) != 0; i++) {
        name[n++] = '_';
        name[n] = '\0';
    }
}

static void name_body_parts(mjsBody* body, bool world)
{
    static const struct {
        mjtObj type;
        const char* name;
    } k_types[] = {
        {mjOBJ_GEOM, "geom"},
        {mjOBJ_JOINT, "joint"},
        {mjOBJ_SITE, "site"},
        {mjOBJ_CAMERA, "camera"},
    };
    char prefix[400];
    int child = 0;

    snprintf(prefix, sizeof prefix, "%s", world ? "" : name_of(body->element));
    for (size_t t = 0; t < sizeof k_types / sizeof *k_types; t++) {
        int number = 0;
        mjsElement* e = mjs_firstChild(body, k_types[t].type, 0);
        for (; e; e = mjs_nextChild(body, e, 0)) {
            give_name(e, prefix, k_types[t].name, ++number);
            // things with priority 1 (floors) stand between a model's ordinary parts and those
            // that claim priority, such as frictionless casters
            if (k_types[t].type == mjOBJ_GEOM && mjs_asGeom(e)->priority > 0) {
                mjs_asGeom(e)->priority *= 2;
            }
        }
    }
    mjsElement* e = mjs_firstChild(body, mjOBJ_BODY, 0);
    for (; e; e = mjs_nextChild(body, e, 0)) {
        give_name(e, prefix, "body", ++child);
        name_body_parts(mjs_asBody(e), false);
    }
}

static void name_parts(mjSpec* spec)
{
    static const struct {
        mjtObj type;
        const char* name;
    } k_types[] = {
        {mjOBJ_SENSOR, "sensor"},
        {mjOBJ_TENDON, "tendon"},
        {mjOBJ_EQUALITY, "equality"},
    };
    int number = 0;

    name_body_parts(mjs_findBody(spec, "world"), true);
    for (mjsElement* e = mjs_firstElement(spec, mjOBJ_ACTUATOR); e; e = mjs_nextElement(spec, e)) {
        give_name(e, mjs_getString(mjs_asActuator(e)->target), "actuator", ++number);
    }
    for (size_t t = 0; t < sizeof k_types / sizeof *k_types; t++) {
        number = 0;
        mjsElement* e = mjs_firstElement(spec, k_types[t].type);
        for (; e; e = mjs_nextElement(spec, e)) {
            give_name(e, "", k_types[t].name, ++number);
        }
    }
}

mjSpec* dd_compose_model(DdCompose* c, const char* logical, DdError* err)
{
    bool urdf;
    char path[DD_PATH_MAX + 16];
    char text[1024] = "", words[DD_SPEC_ERROR_MAX];
    mjSpec* spec;

    for (int i = 0; i < c->nmodel; i++) {
        if (strcmp(c->models[i].logical, logical) == 0) {
            return c->models[i].spec;
        }
    }
    if (!dd_model_screen_store(c->files, logical, &urdf, err)) {
        return NULL;
    }
    dd_compose_mount(c);
    if (urdf) {
        spec = dd_urdf_spec(c->files, logical, &c->vfs, err);
        if (!spec) {
            return NULL;
        }
    } else {
        snprintf(path, sizeof path, DD_STORE_MOUNT "/%s", logical);
        spec = mj_parseXML(path, &c->vfs, text, sizeof text);
        if (!spec) {
            dd_fail_at(err, DD_ERROR_MODEL, logical, 0, "%s", dd_spec_words(text, words));
            return NULL;
        }
    }
    name_parts(spec);
    DdModelSpec* models = realloc(c->models, (size_t)(c->nmodel + 1) * sizeof *models);
    if (!models) {
        mj_deleteSpec(spec);
        dd_fail(err, DD_ERROR_MEMORY, "no memory for the model '%s'", logical);
        return NULL;
    }
    c->models = models;
    snprintf(models[c->nmodel].logical, sizeof models->logical, "%s", logical);
    models[c->nmodel++].spec = spec;
    return spec;
}

typedef struct DdAlone {
    DdCompose* c;
    const char* logical;
    DdError* err;
    mjModel* m;
} DdAlone;

static void compile_alone(void* arg)
{
    DdAlone* w = arg;
    mjSpec* spec = dd_compose_model(w->c, w->logical, w->err);
    char words[DD_SPEC_ERROR_MAX];

    if (!spec) {
        return;
    }
    w->m = mj_compile(spec, &w->c->vfs);
    if (!w->m) {
        dd_fail_at(w->err, DD_ERROR_MODEL, w->logical, 0, "%s", dd_spec_error(spec, words));
    }
}

mjModel* dd_model_compile(DdFiles* files, const char* logical, DdError* err)
{
    DdWorldDef def = dd_world_def();
    DdAlone work = {.logical = logical, .err = err};

    work.c = dd_compose_create(&def, files, err);
    if (!work.c) {
        return NULL;
    }
    if (!dd_guard_run(compile_alone, &work, DD_ERROR_MODEL, err)) {
        dd_fail_while(err, "%s", logical);
        work.m = NULL;
    }
    dd_compose_destroy(work.c);
    return work.m;
}

static int count_joints(mjsBody* body)
{
    int n = 0;

    for (mjsElement* e = mjs_firstChild(body, mjOBJ_JOINT, 1); e; e = mjs_nextChild(body, e, 1)) {
        n++;
    }
    return n;
}

// fixed, and nothing but planes and height fields
static bool is_scenery(mjsBody* body)
{
    int floors = 0;

    if (body->mocap || count_joints(body) > 0) {
        return false;
    }
    for (mjsElement* e = mjs_firstChild(body, mjOBJ_GEOM, 1); e; e = mjs_nextChild(body, e, 1)) {
        mjtGeom type = mjs_asGeom(e)->type;
        if (type != mjGEOM_PLANE && type != mjGEOM_HFIELD) {
            return false;
        }
        floors++;
    }
    return floors > 0;
}

static void delete_all(mjSpec* spec, mjsBody* body, mjtObj type)
{
    mjsElement* e;

    while ((e = body ? mjs_firstChild(body, type, 0) : mjs_firstElement(spec, type)) != NULL) {
        if (mjs_delete(spec, e) != 0) {
            break;
        }
    }
}

// bodies of the model's world that belong to the robot; how many there are
static int find_roots(mjSpec* spec, mjsBody** first)
{
    mjsBody* world = mjs_findBody(spec, "world");
    int n = 0;

    for (mjsElement* e = mjs_firstChild(world, mjOBJ_BODY, 0); e; e = mjs_nextChild(world, e, 0)) {
        if (!is_scenery(mjs_asBody(e)) && n++ == 0) {
            *first = mjs_asBody(e);
        }
    }
    return n;
}

static void keep_roots(mjSpec* spec)
{
    mjsBody* world = mjs_findBody(spec, "world");
    mjsElement* next;

    delete_all(spec, world, mjOBJ_GEOM);
    delete_all(spec, world, mjOBJ_SITE);
    delete_all(spec, world, mjOBJ_CAMERA);
    delete_all(spec, world, mjOBJ_LIGHT);
    for (mjsElement* e = mjs_firstChild(world, mjOBJ_BODY, 0); e; e = next) {
        next = mjs_nextChild(world, e, 0);
        if (is_scenery(mjs_asBody(e))) {
            mjs_delete(spec, e);
        }
    }
}

static bool set_free(mjSpec* spec, mjsBody* body, const DdRobotPlacement* def, DdError* err)
{
    mjsElement* next;
    int joints = 0;

    for (mjsElement* e = mjs_firstChild(body, mjOBJ_JOINT, 0); e; e = next) {
        next = mjs_nextChild(body, e, 0);
        joints++;
        if (mjs_asJoint(e)->type == mjJNT_FREE) {
            if (def->fixed) {
                mjs_delete(spec, e);
            }
            return true;
        }
    }
    if (def->free) {
        char name[512];
        if (joints > 0) {
            return dd_fail(err, DD_ERROR_MODEL,
                           "robot '%s': free: its base '%s' has joints of its own", def->name,
                           name_of(body->element));
        }
        snprintf(name, sizeof name, "%.400s/free", name_of(body->element));
        mjs_setName(mjs_addFreeJoint(body)->element, name);
    }
    return true;
}

// the nearest body name, for the error
static bool fail_base(mjSpec* spec, const DdRobotPlacement* def, DdError* err)
{
    enum { k_most = 256 };
    const char* names[k_most];
    int n = 0;

    for (mjsElement* e = mjs_firstElement(spec, mjOBJ_BODY); e && n < k_most;
         e = mjs_nextElement(spec, e)) {
        names[n++] = name_of(e);
    }
    const char* near = dd_nearest_name(def->base, names, n);
    return dd_fail(err, DD_ERROR_MODEL, "robot '%s': its model has no body '%s'%s%s%s", def->name,
                   def->base, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

mjSpec* dd_compose_robot_spec(DdCompose* c, const DdRobotPlacement* def, bool* whole,
                              mjsBody** body, DdError* err)
{
    mjSpec* model = dd_compose_model(c, def->model, err);
    bool ok = true;

    if (!model) {
        return NULL;
    }
    mjSpec* spec = mj_copySpec(model);
    if (!spec) {
        char words[DD_SPEC_ERROR_MAX];
        dd_fail(err, DD_ERROR_MODEL, "%s: the model cannot be copied: %s", def->model,
                dd_spec_error(model, words));
        return NULL;
    }
    *whole = false;
    *body = NULL;
    delete_all(spec, NULL, mjOBJ_KEY);
    if (def->base[0] != '\0') {
        *body = mjs_findBody(spec, def->base);
        ok = *body && strcmp(def->base, "world") != 0 ? true : fail_base(spec, def, err);
    } else {
        int roots = find_roots(spec, body);
        *whole = roots > 1;
        if (roots == 0) {
            ok =
                dd_fail(err, DD_ERROR_MODEL,
                        "robot '%s': '%s' has no body but floors: a robot's parts are bodies below "
                        "<worldbody>",
                        def->name, def->model);
        } else if (roots > 1 && (def->free || def->fixed)) {
            ok = dd_fail(err, DD_ERROR_MODEL,
                         "robot '%s': '%s' has %d root bodies: name the one to be %s with `base`",
                         def->name, def->model, roots, def->free ? "free" : "fixed");
        }
    }
    if (ok && *whole) {
        keep_roots(spec);
    }
    if (ok && !*whole) {
        DD_ASSERT(*body);
        ok = set_free(spec, *body, def, err);
    }
    if (!ok) {
        mj_deleteSpec(spec);
        return NULL;
    }
    return spec;
}
