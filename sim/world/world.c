// World: one model and its state; stepping, restore points, hashes.
#include "sim/world/world_parts.h"

#include <math.h>
#include <string.h>

#include <mujoco/mjxmacro.h>

#include "sim/base/hash.h"
#include "sim/world/guard.h"

bool dd_world_init(DdError* err)
{
    return dd_guard_init(err);
}

// Large arrays (vertices, pixels) enter by their XXH3, as 128 bits: SHA-256 takes 0.2 s for an
// arm's meshes, and each episode compiles anew. Their source files are kept under SHA-256 anyway.
static void add_array(DdSha256* h, const void* data, size_t size)
{
    enum { k_large = 1 << 16 };

    if (size > k_large) {
        uint64_t digest[2] = {dd_hash64(data, size, 1), dd_hash64(data, size, 2)};
        dd_sha256_add(h, digest, sizeof digest);
    } else if (size > 0) {
        dd_sha256_add(h, data, size);
    }
}

// every array that the physics or a name look-up reads; paths and what their length shifts are out
static void hash_model(const mjModel* m, unsigned char out[DD_SHA256_SIZE])
{
    DdSha256 h;

    dd_sha256_begin(&h);
    dd_sha256_add(&h, &(int){mjVERSION_HEADER}, sizeof(int));
#define X(name)                                                                                    \
    if (strcmp(#name, "npaths") != 0 && strcmp(#name, "nbuffer") != 0) {                           \
        int64_t size = (int64_t)m->name;                                                           \
        dd_sha256_add(&h, &size, sizeof size);                                                     \
    }
    MJMODEL_SIZES
#undef X
#define X(type, name, n) dd_sha256_add(&h, &m->opt.name, sizeof m->opt.name);
#define XVEC(type, name, n) dd_sha256_add(&h, m->opt.name, sizeof m->opt.name);
    MJOPTION_FIELDS
#undef X
#undef XVEC
#define X(name, n) dd_sha256_add(&h, &m->stat.name, sizeof m->stat.name);
#define XVEC(name, n) dd_sha256_add(&h, m->stat.name, sizeof m->stat.name);
    MJSTATISTIC_FIELDS
#undef X
#undef XVEC
    MJMODEL_POINTERS_PREAMBLE(m)
#define X(type, name, rows, columns)                                                               \
    if (strcmp(#name, "paths") != 0 && !strstr(#name, "pathadr")) {                                \
        add_array(&h, m->name, sizeof(type) * (size_t)m->rows * (size_t)(columns));                \
    }
#define XNV X
    MJMODEL_POINTERS
#undef XNV
#undef X
    dd_sha256_end(&h, out);
}

typedef struct DdMakeData {
    const mjModel* m;
    mjData* d;
} DdMakeData;

static void make_data(void* arg)
{
    DdMakeData* w = arg;

    w->d = mj_makeData(w->m);
}

static void free_things(DdThing* things, int n)
{
    for (int i = 0; things && i < n; i++) {
        free(things[i].def);
    }
    free(things);
}

static DdWorld* fail_memory(mjModel* m, DdThing* things, int nthing, DdError* err)
{
    mj_deleteModel(m);
    free_things(things, nthing);
    dd_fail(err, DD_ERROR_MEMORY, "no memory for the world");
    return NULL;
}

DdWorld* dd_world_make(mjModel* m, int physics_hz, DdThing* things, int nthing, DdError* err)
{
    DdMakeData work = {.m = m};
    DdWorld* w = calloc(1, sizeof *w);

    if (!w || !dd_guard_run(make_data, &work, DD_ERROR_MEMORY, err) || !work.d) {
        free(w);
        return fail_memory(m, things, nthing, err);
    }
    w->m = m;
    w->d = work.d;
    w->weather = dd_weather_def();
    w->physics_hz = physics_hz;
    w->things = things;
    w->nthing = nthing;
    w->nstate = mj_stateSize(m, mjSTATE_INTEGRATION);
    w->latches = calloc((size_t)m->neq + 1, sizeof *w->latches);
    w->by_name = calloc((size_t)nthing + 1, sizeof *w->by_name);
    w->thing_of_body = calloc((size_t)m->nbody, sizeof *w->thing_of_body);
    w->geom_names = calloc((size_t)m->ngeom + 1, sizeof *w->geom_names);
    w->body_names = calloc((size_t)m->nbody, sizeof *w->body_names);
    w->geom_visual = calloc((size_t)m->ngeom + 1, sizeof *w->geom_visual);
    w->instance_of_body = calloc((size_t)m->nbody, sizeof *w->instance_of_body);
    w->instance_body = calloc((size_t)m->nbody + 1, sizeof *w->instance_body);
    w->dry_friction = calloc((size_t)m->ngeom + 1, sizeof *w->dry_friction);
    w->made_names = malloc(((size_t)m->ngeom + (size_t)m->nbody) * 48 + 1);
    if (!w->latches || !w->by_name || !w->thing_of_body || !w->geom_names || !w->body_names ||
        !w->geom_visual || !w->instance_of_body || !w->instance_body || !w->dry_friction ||
        !w->made_names) {
        dd_world_destroy(w);
        dd_fail(err, DD_ERROR_MEMORY, "no memory for the world");
        return NULL;
    }
    dd_world_index(w);
    dd_world_index_instances(w);
    dd_world_start_weather(w);
    hash_model(m, w->model_hash);
    w->stage = dd_stage_create(w);
    if (!w->stage) {
        dd_world_destroy(w);
        dd_fail(err, DD_ERROR_MEMORY, "no memory for the world");
        return NULL;
    }
    return w;
}

DdWorld* dd_world_wrap(mjModel* model, DdError* err)
{
    if (!dd_world_init(err)) {
        mj_deleteModel(model);
        return NULL;
    }
    double dt = model->opt.timestep;
    int hz = isfinite(dt) && dt >= 1e-6 && dt <= 1 ? (int)lround(1 / dt) : 0;
    if (hz < 1 || fabs(hz * dt - 1) > 1e-9) {
        dd_fail(err, DD_ERROR_MODEL, "the timestep must be one whole part of a second, got %g s",
                dt);
        mj_deleteModel(model);
        return NULL;
    }
    if (model->opt.integrator == mjINT_RK4) {
        dd_fail(err, DD_ERROR_MODEL, "the RK4 integrator cannot be used: it has no half steps");
        mj_deleteModel(model);
        return NULL;
    }
    model->opt.disableflags |= mjDSBL_AUTORESET;
    return dd_world_make(model, hz, NULL, 0, err);
}

void dd_world_destroy(DdWorld* w)
{
    if (!w) {
        return;
    }
    dd_stage_destroy(w->stage);
    free_things(w->things, w->nthing);
    free(w->latches);
    free(w->by_name);
    free(w->thing_of_body);
    free(w->geom_names);
    free(w->body_names);
    free(w->geom_visual);
    free(w->instance_of_body);
    free(w->instance_body);
    free(w->dry_friction);
    free(w->made_names);
    mj_deleteData(w->d);
    mj_deleteModel(w->m);
    free(w);
}

mjModel* dd_world_model(DdWorld* w)
{
    return w->m;
}

mjData* dd_world_data(DdWorld* w)
{
    return w->d;
}

int dd_world_physics_hz(const DdWorld* w)
{
    return w->physics_hz;
}

int64_t dd_world_step_count(const DdWorld* w)
{
    return w->step;
}

void dd_world_model_hash(const DdWorld* w, unsigned char sha256[DD_SHA256_SIZE])
{
    memcpy(sha256, w->model_hash, DD_SHA256_SIZE);
}

uint64_t dd_world_state_hash(const DdWorld* w, uint64_t seed)
{
    const mjModel* m = w->m;
    const mjData* d = w->d;
    uint64_t h = dd_hash64(d->qpos, sizeof(mjtNum) * (size_t)m->nq, seed);

    h = dd_hash64(d->qvel, sizeof(mjtNum) * (size_t)m->nv, h);
    if (m->na > 0) {
        h = dd_hash64(d->act, sizeof(mjtNum) * (size_t)m->na, h);
    }
    if (m->nmocap > 0) {
        h = dd_hash64(d->mocap_pos, sizeof(mjtNum) * 3 * (size_t)m->nmocap, h);
        h = dd_hash64(d->mocap_quat, sizeof(mjtNum) * 4 * (size_t)m->nmocap, h);
    }
    if (m->neq > 0) {
        h = dd_hash64(d->eq_active, sizeof *d->eq_active * (size_t)m->neq, h);
    }
    return h;
}

// the name of what a bad number belongs to
static const char* dof_name(const DdWorld* w, int dof)
{
    const mjModel* m = w->m;

    if (dof < 0 || dof >= m->nv) {
        return "?";
    }
    const char* joint = m->names + m->name_jntadr[m->dof_jntid[dof]];
    return joint[0] ? joint : dd_world_body_name(w, m->dof_bodyid[dof]);
}

static const char* qpos_name(const DdWorld* w, int at)
{
    const mjModel* m = w->m;

    for (int j = m->njnt - 1; j >= 0; j--) {
        if (m->jnt_qposadr[j] <= at) {
            return dof_name(w, m->jnt_dofadr[j]);
        }
    }
    return "?";
}

static bool fail_unstable(DdWorld* w, DdError* err)
{
    const mjWarningStat* s = w->d->warning;
    long long step = (long long)w->step;

    if (s[mjWARN_BADQPOS].number) {
        return dd_fail(err, DD_ERROR_UNSTABLE,
                       "step %lld: the position of '%s' is not a number, or "
                       "beyond 1e10",
                       step, qpos_name(w, s[mjWARN_BADQPOS].lastinfo));
    }
    if (s[mjWARN_BADQVEL].number) {
        return dd_fail(err, DD_ERROR_UNSTABLE,
                       "step %lld: the velocity of '%s' is not a number, or "
                       "beyond 1e10",
                       step, dof_name(w, s[mjWARN_BADQVEL].lastinfo));
    }
    if (s[mjWARN_BADQACC].number) {
        return dd_fail(err, DD_ERROR_UNSTABLE,
                       "step %lld: the acceleration of '%s' is not a number, "
                       "or beyond 1e10",
                       step, dof_name(w, s[mjWARN_BADQACC].lastinfo));
    }
    if (s[mjWARN_BADCTRL].number) {
        int u = s[mjWARN_BADCTRL].lastinfo;
        return dd_fail(err, DD_ERROR_UNSTABLE, "step %lld: the control %d is not a number", step,
                       u);
    }
    return dd_fail(err, DD_ERROR_UNSTABLE,
                   "step %lld: no room for %s: %d contacts and %d constraint "
                   "rows need more than the world's memory_mb",
                   step, s[mjWARN_CONTACTFULL].number ? "contacts" : "constraints", w->d->ncon,
                   w->d->nefc);
}

static bool is_unstable(const mjData* d)
{
    const mjWarningStat* s = d->warning;

    return (s[mjWARN_BADQPOS].number | s[mjWARN_BADQVEL].number | s[mjWARN_BADQACC].number |
            s[mjWARN_BADCTRL].number | s[mjWARN_CNSTRFULL].number | s[mjWARN_CONTACTFULL].number) !=
           0;
}

static void run_step1(void* arg)
{
    DdWorld* w = arg;

    mj_step1(w->m, w->d);
}

static void run_step2(void* arg)
{
    DdWorld* w = arg;

    mj_step2(w->m, w->d);
}

static void run_forward(void* arg)
{
    DdWorld* w = arg;

    mj_forward(w->m, w->d);
}

static bool guarded(DdWorld* w, void (*work)(void*), DdError* err)
{
    if (!dd_guard_run(work, w, DD_ERROR_UNSTABLE, err)) {
        if (err && strstr(err->text, "mj_stackAlloc")) {
            return dd_fail(err, DD_ERROR_UNSTABLE,
                           "step %lld: no room for contacts: too many bodies touch at once for the "
                           "world's memory of %.0f MB",
                           (long long)w->step, (double)w->m->narena * 1e-6);
        }
        return dd_fail_while(err, "step %lld", (long long)w->step);
    }
    return is_unstable(w->d) ? fail_unstable(w, err) : true;
}

bool dd_world_step1(DdWorld* w, DdError* err)
{
    return guarded(w, run_step1, err);
}

bool dd_world_step2(DdWorld* w, DdError* err)
{
    if (!guarded(w, run_step2, err)) {
        return false;
    }
    w->step++;
    return true;
}

bool dd_world_forward(DdWorld* w, DdError* err)
{
    return guarded(w, run_forward, err);
}

int dd_world_state_size(const DdWorld* w)
{
    return w->nstate + w->nlatch * mjNEQDATA;
}

void dd_world_save(const DdWorld* w, double* state)
{
    mj_getState(w->m, w->d, state, mjSTATE_INTEGRATION);
    state += w->nstate;
    for (int i = 0; i < w->nlatch; i++, state += mjNEQDATA) {
        memcpy(state, w->m->eq_data + mjNEQDATA * w->latches[i], mjNEQDATA * sizeof(double));
    }
}

typedef struct DdLoading {
    DdWorld* w;
    const double* state;
} DdLoading;

static void run_load(void* arg)
{
    const DdLoading* load = arg;

    // resetData clears what the integration state leaves out: who sleeps, warnings, the stack
    mj_resetData(load->w->m, load->w->d);
    mj_setState(load->w->m, load->w->d, load->state, mjSTATE_INTEGRATION);
}

bool dd_world_load(DdWorld* w, int64_t step, const double* state, DdError* err)
{
    DdLoading load = {w, state};

    if (!dd_guard_run(run_load, &load, DD_ERROR_DAMAGED, err)) {
        return false;
    }
    state += w->nstate;
    for (int i = 0; i < w->nlatch; i++, state += mjNEQDATA) {
        memcpy(w->m->eq_data + mjNEQDATA * w->latches[i], state, mjNEQDATA * sizeof(double));
    }
    w->step = step;
    return true;
}

void dd_world_wake(DdWorld* w, int body)
{
    if (!(w->m->opt.enableflags & mjENBL_SLEEP)) {
        return;
    }
    // a velocity or a force on any of its degrees of freedom wakes a tree; the least one of all
    int root = w->m->body_rootid[body];
    int dof = w->m->body_dofadr[root];
    if (dof >= 0 && w->d->qvel[dof] == 0) {
        w->d->qvel[dof] = 1e-300;
    }
}

bool dd_world_latch(DdWorld* w, int eq, bool on)
{
    const mjModel* m = w->m;

    if (eq < 0 || eq >= m->neq || m->eq_type[eq] != mjEQ_WELD || m->eq_objtype[eq] != mjOBJ_BODY) {
        return false;
    }
    int a = m->eq_obj1id[eq], b = m->eq_obj2id[eq];
    if (on && !w->d->eq_active[eq]) {
        DdPose pose_WA, pose_WB;
        memcpy(pose_WA.pos, w->d->xpos + 3 * a, sizeof pose_WA.pos);
        memcpy(pose_WA.quat, w->d->xquat + 4 * a, sizeof pose_WA.quat);
        memcpy(pose_WB.pos, w->d->xpos + 3 * b, sizeof pose_WB.pos);
        memcpy(pose_WB.quat, w->d->xquat + 4 * b, sizeof pose_WB.quat);
        DdPose pose_AB = dd_pose_mul(dd_pose_inv(pose_WA), pose_WB);
        mjtNum* data = w->m->eq_data + mjNEQDATA * eq;
        memset(data, 0, mjNEQDATA * sizeof *data);
        memcpy(data + 3, pose_AB.pos, sizeof pose_AB.pos);
        memcpy(data + 6, pose_AB.quat, sizeof pose_AB.quat);
        data[10] = 1;
    }
    w->d->eq_active[eq] = on;
    dd_world_wake(w, a);
    dd_world_wake(w, b);
    return true;
}
