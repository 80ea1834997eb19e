// Compile: things and robots into one mjSpec, latches between them, then the world.
#include <math.h>
#include <string.h>

#include "sim/world/guard.h"
#include "sim/world/skins.h"
#include "sim/world/parts.h"
#include "sim/world/world_parts.h"

typedef struct DdCompiling {
    DdCompose* c;
    DdError* err;
    mjModel* m;
    bool ok;
} DdCompiling;

static void set_options(mjSpec* spec, const DdWorldDef* def)
{
    mj_defaultOption(&spec->option);
    spec->option.timestep = 1.0 / def->physics_hz;
    spec->option.integrator = mjINT_IMPLICITFAST;
    spec->option.solver = mjSOL_NEWTON;
    spec->option.cone = def->cone ? mjCONE_ELLIPTIC : mjCONE_PYRAMIDAL;
    spec->option.impratio = def->impratio;
    spec->option.iterations = def->iterations;
    memcpy(spec->option.gravity, def->gravity, sizeof spec->option.gravity);
    // a diverged world ends the episode; it does not start over by itself
    spec->option.disableflags = mjDSBL_AUTORESET;
    spec->option.enableflags = def->sleep ? mjENBL_SLEEP : 0;
    spec->memory = (mjtSize)(def->memory_mb * 1e6);
    spec->njmax = -1;
    spec->nconmax = -1;
    spec->nstack = -1;
}

// the same light and clipping for every world, so that pictures do not depend on its size
static void set_looks(mjSpec* spec)
{
    mjsLight* sun = mjs_addLight(mjs_findBody(spec, "world"), NULL);
    static const float k_ambient = 0.35f, k_diffuse = 0.35f;

    mjs_setName(sun->element, "sun");
    sun->type = mjLIGHT_DIRECTIONAL;
    sun->castshadow = 1;
    sun->pos[2] = 50;
    sun->dir[0] = 0.3;
    sun->dir[1] = 0.4;
    sun->dir[2] = -0.85;
    for (int i = 0; i < 3; i++) {
        sun->diffuse[i] = 0.6f;
        sun->specular[i] = 0.2f;
        spec->visual.headlight.ambient[i] = k_ambient;
        spec->visual.headlight.diffuse[i] = k_diffuse;
        spec->visual.headlight.specular[i] = 0.1f;
    }
    spec->stat.extent = 10;
    for (int i = 0; i < 3; i++) {
        spec->stat.center[i] = 0;
    }
    spec->visual.map.znear = 0.002f; // 2 cm
    spec->visual.map.zfar = 200;     // 2 km
    spec->visual.quality.offsamples = 0;
    spec->visual.quality.shadowsize = 2048;
}

static bool attach_robot(DdCompose* c, DdItem* item, DdError* err)
{
    const DdRobotPlacement* def = item->def;
    char prefix[DD_NAME_MAX + 2];
    char words[DD_SPEC_ERROR_MAX];
    double lift;
    bool whole;
    mjsBody* body;

    if (!dd_compose_lift(c, item, &lift, err)) {
        return false;
    }
    mjSpec* robot = dd_compose_robot_spec(c, def, &whole, &body, err);
    if (!robot) {
        return false;
    }
    DdPose pose = dd_robot_placement_pose(def);
    mjsFrame* frame = mjs_addFrame(mjs_findBody(c->spec, "world"), NULL);
    memcpy(frame->pos, pose.pos, sizeof frame->pos);
    memcpy(frame->quat, pose.quat, sizeof frame->quat);
    frame->pos[2] += lift;
    snprintf(prefix, sizeof prefix, "%s/", item->name);
    mjsElement* attached =
        mjs_attach(frame->element, whole ? robot->element : body->element, prefix, "");
    mj_deleteSpec(robot);
    if (!attached) {
        return dd_fail(err, DD_ERROR_MODEL, "robot '%s': %s: %s", item->name, def->model,
                       dd_spec_error(c->spec, words));
    }
    return true;
}

// MuJoCo goes through a whole spec for each element that is added to it, so that a thousand things
// would take a second and more. A hundred of them in a spec of their own, then attached, are cheap.
static bool build_batch(DdCompose* c, int* i, DdError* err)
{
    enum { k_batch = 100 };
    mjSpec* whole = c->spec;
    bool ok = true;

    c->spec = mj_makeSpec();
    for (int n = 0; ok && n < k_batch && *i < c->n && c->items[*i].kind; n++, ++*i) {
        ok = c->items[*i].kind->build(c, c->items[*i].def, err);
    }
    mjSpec* batch = c->spec;
    c->spec = whole;
    mjsFrame* frame = mjs_addFrame(mjs_findBody(whole, "world"), NULL);
    if (ok && !mjs_attach(frame->element, batch->element, "", "")) {
        char words[DD_SPEC_ERROR_MAX];
        ok = dd_fail(err, DD_ERROR_MODEL, "the world does not compile: %s",
                     dd_spec_error(whole, words));
    }
    mj_deleteSpec(batch);
    return ok;
}

// an open weld between the body of a robot's frame and a thing
static bool add_latch(DdCompose* c, const DdItem* item, const char* frame, DdError* err)
{
    mjsElement* e = mjs_findElement(c->spec, mjOBJ_SITE, frame);
    mjsBody* body = e ? mjs_getParent(e) : mjs_findBody(c->spec, frame);
    char name[3 * DD_NAME_MAX];

    if (!body) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s '%s': latch = '%s': there is no such frame",
                       item->kind->name, item->name, frame);
    }
    mjsEquality* eq = mjs_addEquality(c->spec, NULL);
    snprintf(name, sizeof name, "%s/latch/%s", frame, item->name);
    mjs_setName(eq->element, name);
    eq->type = mjEQ_WELD;
    eq->objtype = mjOBJ_BODY;
    eq->active = 0;
    mjs_setString(eq->name1, mjs_getString(mjs_getName(body->element)));
    mjs_setString(eq->name2, item->name);
    eq->data[10] = 1;
    mjs_findBody(c->spec, item->name)->sleep = mjSLEEP_NEVER;
    return true;
}

// numbers that MuJoCo lets through and no world can be run with
static bool check_model(const mjModel* m, DdError* err)
{
    for (int i = 0; i < m->nbody; i++) {
        bool fine = isfinite(m->body_mass[i]) && m->body_mass[i] >= 0 && m->body_mass[i] < 1e12;
        for (int k = 0; k < 3; k++) {
            fine = fine && isfinite(m->body_inertia[3 * i + k]) &&
                   isfinite(m->body_pos[3 * i + k]) && fabs(m->body_pos[3 * i + k]) < 1e9;
        }
        if (!fine) {
            return dd_fail(
                err, DD_ERROR_MODEL,
                "body '%s': mass %g kg, inertia %g %g %g kg m^2, pos %g %g %g m: all must be "
                "finite and within reason",
                m->names + m->name_bodyadr[i], m->body_mass[i], m->body_inertia[3 * i],
                m->body_inertia[3 * i + 1], m->body_inertia[3 * i + 2], m->body_pos[3 * i],
                m->body_pos[3 * i + 1], m->body_pos[3 * i + 2]);
        }
    }
    for (int i = 0; i < m->ngeom; i++) {
        for (int k = 0; k < 3; k++) {
            if (!isfinite(m->geom_size[3 * i + k]) || !isfinite(m->geom_pos[3 * i + k]) ||
                !isfinite(m->geom_friction[3 * i + k])) {
                return dd_fail(err, DD_ERROR_MODEL,
                               "geom '%s': size, pos and friction must be finite",
                               m->names + m->name_geomadr[i]);
            }
        }
    }
    for (int i = 0; i < m->nq; i++) {
        if (!isfinite(m->qpos0[i])) {
            return dd_fail(err, DD_ERROR_MODEL, "qpos0[%d] is not finite", i);
        }
    }
    return true;
}

// The broad phase wants room for every pair of bodies, which passes memory_mb in a world of
// thousands.
static void make_room(mjModel* m)
{
    const double k_share = 16e6, k_most = 4e9;
    double pairs = 8.0 * m->nbody * m->nbody;

    if (pairs > k_share) {
        m->narena += (mjtSize)(pairs < k_most ? pairs : k_most);
    }
}

static bool compile_all(DdCompiling* w)
{
    DdCompose* c = w->c;
    char words[DD_SPEC_ERROR_MAX];

    mjs_setDeepCopy(c->spec, 1);
    mjs_setString(c->spec->modelname, "drydock");
    c->spec->compiler.degree = 0;
    set_options(c->spec, &c->def);
    for (int i = 0; i < c->n;) {
        DdItem* item = &c->items[i];
        bool ok = item->kind ? build_batch(c, &i, w->err) : attach_robot(c, item, w->err);
        if (!ok) {
            return false;
        }
        i += !item->kind;
    }
    for (int i = 0; i < c->n; i++) {
        const DdItem* item = &c->items[i];
        const char* frame = item->kind && item->kind->latch ? item->kind->latch(item->def) : "";
        if (frame[0] != '\0' && !add_latch(c, item, frame, w->err)) {
            return false;
        }
    }
    // once more: what an attached model brought along does not count
    set_options(c->spec, &c->def);
    set_looks(c->spec);
    dd_skins_add(c);
    // several robots of one model share its meshes and textures
    if (mjs_dedupAssets(c->spec) < 0) {
        return dd_fail(w->err, DD_ERROR_MODEL, "the world does not compile: %s",
                       dd_spec_error(c->spec, words));
    }
    w->m = mj_compile(c->spec, c->mounted ? &c->vfs : NULL);
    if (!w->m) {
        return dd_fail(w->err, DD_ERROR_MODEL, "the world does not compile: %s",
                       dd_spec_error(c->spec, words));
    }
    make_room(w->m);
    return check_model(w->m, w->err);
}

static void compile_work(void* arg)
{
    DdCompiling* w = arg;

    // what was built before, alone, to know its frames does not count
    dd_skins_clear(w->c);
    w->c->spec = mj_makeSpec();
    w->ok = compile_all(w);
}

static DdThing* copy_things(const DdCompose* c)
{
    DdThing* things = calloc((size_t)c->n + 1, sizeof *things);

    for (int i = 0; things && i < c->n; i++) {
        const DdItem* item = &c->items[i];
        size_t size = item->kind ? item->kind->size : sizeof(DdRobotPlacement);
        snprintf(things[i].name, sizeof things[i].name, "%s", item->name);
        things[i].kind = item->kind;
        things[i].def = malloc(size);
        if (!things[i].def) {
            while (i-- > 0) {
                free(things[i].def);
            }
            free(things);
            return NULL;
        }
        memcpy(things[i].def, item->def, size);
    }
    return things;
}

DdWorld* dd_compose_compile(DdCompose* c, DdError* err)
{
    DdCompiling work = {.c = c, .err = err};
    unsigned char key[DD_SHA256_SIZE];

    if (!dd_skins_read(c, err)) {
        return NULL;
    }
    dd_guard_clear_warnings();
    bool keyed = dd_kept_key(c, key);
    work.m = keyed ? dd_kept_copy(key) : NULL;
    work.ok = work.m != NULL;
    bool ran = work.ok || dd_guard_run(compile_work, &work, DD_ERROR_MODEL, err);
    if (!ran) {
        dd_fail_while(err, "the world does not compile");
    } else if (keyed && work.ok && c->spec) {
        dd_kept_add(key, work.m);
    }
    mj_deleteSpec(c->spec);
    c->spec = NULL;
    if (!ran || !work.ok) {
        mj_deleteModel(work.m);
        return NULL;
    }
    DdThing* things = copy_things(c);
    if (!things) {
        mj_deleteModel(work.m);
        dd_fail(err, DD_ERROR_MEMORY, "no memory for the world's things");
        return NULL;
    }
    return dd_world_make(work.m, c->def.physics_hz, things, c->n, err);
}
