// Stage: operations on a running world, and the things that go on by themselves: actors, doors,
// timed forces, soft starts.
#include "sim/world/stage.h"

#include <math.h>
#include <string.h>

#include "sim/base/rate.h"
#include "sim/world/guard.h"
#include "sim/world/things.h"
#include "sim/world/world_parts.h"

enum { k_forces_max = 32 };

typedef struct DdMover { // an actor or a door
    int thing;
    int body; // the mocap body
    bool door;
    double length; // m or rad from start to end
    double accel;
    // state
    double at;     // m or rad along the way
    double speed;  // now
    double target; // speed it strives for; doors: where it strives to, 0 .. length
    double cruise; // speed of the next `go`
} DdMover;

enum { k_mover_state = 4 };

typedef struct DdForce { // state: all of it
    double body;         // 0: free place
    double until;        // step at which it ends
    double v[6];
} DdForce;

enum { k_force_state = 8 };

struct DdStage {
    int nmover;
    DdMover* movers;
    DdForce forces[k_forces_max];
    int nforce; // in use
    int moving; // movers not at rest
};

static const DdStageKind k_kinds[] = {
    {"set_friction", "thing", "sliding torsional rolling",
     "Friction of all its surfaces from now on; floors, ramps and belts decide for what stands on "
     "them. Of a floor: when dry.",
     1},
    {"set_mass", "thing", "mass", "Mass in kg; the inertia follows.", 1},
    {"set_gravity", "world", "x y z", "Gravity in m/s^2; all that sleeps wakes.", 3},
    {"force", "thing", "fx fy fz tx ty tz duration_s",
     "A force in N and a torque in N m at its centre of mass, in the world's axes, for some time; "
     "several add up.",
     7},
    {"set_pose", "thing", "x y z yaw qx qy qz",
     "Puts a free thing or robot there, at rest: x y z yaw; or x y z qw qx qy qz when the last "
     "three "
     "are not all 0.",
     4},
    {"set_velocity", "thing", "vx vy vz wx wy wz",
     "Velocity of a free thing or robot in m/s and rad/s, in the world's axes.", 3},
    {"set_conveyor", "conveyor", "speed", "Speed of the belt in m/s.", 1},
    {"go", "actor", "speed", "Sets off, or goes on; a speed in m/s may be given.", 0},
    {"stop", "actor", "", "Brakes to a halt.", 0},
    {"set_speed", "actor", "speed", "Speed in m/s, when it moves.", 1},
    {"open", "door", "", "Opens at its own speed.", 0},
    {"close", "door", "", "Closes at its own speed.", 0},
    {"weld", "weld", "", "Locks a latch (\"agv/deck/latch/C1\") in the present relative pose.", 0},
    {"unweld", "weld", "", "Opens a latch.", 0},
    {"wind", "world", "vx vy vz", "Wind in m/s: the same as set_weather(\"wind\", ...).", 3},
    {"set_weather", "weather", "value y z",
     "A member of the weather from now on: set_weather(\"fog\", 50), set_weather(\"wind\", {5, 0, "
     "0}), set_weather { rain = 10, hour = 22 }; the fields are those of w:weather but for name "
     "and place. Wind pushes free things, wet floors grip less.",
     1},
};

enum { k_kind_count = sizeof k_kinds / sizeof *k_kinds };

const DdStageKind* dd_stage_kinds(int* n)
{
    *n = k_kind_count;
    return k_kinds;
}

const DdStageKind* dd_stage_kind(const char* name)
{
    for (int i = 0; i < k_kind_count; i++) {
        if (strcmp(k_kinds[i].name, name) == 0) {
            return &k_kinds[i];
        }
    }
    return NULL;
}

static bool is_kind(const DdThing* t, const char* kind)
{
    return t->kind && strcmp(t->kind->name, kind) == 0;
}

DdStage* dd_stage_create(const DdWorld* w)
{
    DdStage* s = calloc(1, sizeof *s);

    if (!s) {
        return NULL;
    }
    s->movers = calloc((size_t)w->nthing + 1, sizeof *s->movers);
    if (!s->movers) {
        free(s);
        return NULL;
    }
    for (int i = 0; i < w->nthing; i++) {
        const DdThing* t = &w->things[i];
        DdMover* m = &s->movers[s->nmover];
        if (is_kind(t, "actor")) {
            const DdActor* a = t->def;
            *m = (DdMover){.thing = i,
                           .body = t->body,
                           .length = dd_actor_length(a),
                           .accel = a->accel,
                           .cruise = a->speed,
                           .target = a->go ? a->speed : 0};
            s->nmover++;
        } else if (is_kind(t, "door")) {
            const DdDoor* d = t->def;
            char leaf[2 * DD_NAME_MAX];
            snprintf(leaf, sizeof leaf, "%s/leaf", t->name);
            *m = (DdMover){.thing = i,
                           .body = mj_name2id(w->m, mjOBJ_BODY, leaf),
                           .door = true,
                           .length = dd_door_travel(d),
                           .cruise = d->speed};
            m->at = m->target = d->open ? m->length : 0;
            s->nmover++;
        }
    }
    return s;
}

void dd_stage_destroy(DdStage* s)
{
    if (s) {
        free(s->movers);
        free(s);
    }
}

static DdMover* mover_of(DdWorld* w, int thing)
{
    for (int i = 0; i < w->stage->nmover; i++) {
        if (w->stage->movers[i].thing == thing) {
            return &w->stage->movers[i];
        }
    }
    return NULL;
}

static bool is_moving(const DdMover* m)
{
    return m->door ? m->at != m->target : m->speed != 0 || m->target != 0;
}

static void place_mover(DdWorld* w, const DdMover* m)
{
    const void* def = w->things[m->thing].def;
    int mocap = w->m->body_mocapid[m->body];
    DdPose pose = m->door ? dd_door_leaf(def, m->length > 0 ? m->at / m->length : 0)
                          : dd_actor_pose(def, m->at);

    memcpy(w->d->mocap_pos + 3 * mocap, pose.pos, sizeof pose.pos);
    memcpy(w->d->mocap_quat + 4 * mocap, pose.quat, sizeof pose.quat);
}

static void step_door(DdMover* m, double dt)
{
    double way = m->target - m->at;
    double most = m->cruise * dt;

    m->at = fabs(way) <= most ? m->target : m->at + (way > 0 ? most : -most);
}

static void step_actor(const DdActor* a, DdMover* m, double dt)
{
    double change = m->target - m->speed;
    double most = m->accel * dt;

    m->speed = fabs(change) <= most ? m->target : m->speed + (change > 0 ? most : -most);
    if (!a->loop) {
        // brake so as to stand still at the path's end
        double left = m->length - m->at;
        double limit = sqrt(2 * m->accel * (left > 0 ? left : 0));
        m->speed = m->speed < limit ? m->speed : limit;
        if (left <= 0 || (left < 1e-6 && m->speed < 1e-3)) {
            m->at = m->length;
            m->speed = 0;
            m->target = 0;
            return;
        }
    }
    m->at += m->speed * dt;
    if (a->loop) {
        while (m->at >= m->length) {
            m->at -= m->length;
        }
    } else if (m->at > m->length) {
        m->at = m->length;
    }
}

static void apply_forces(DdWorld* w)
{
    DdStage* s = w->stage;
    int kept = 0;

    // forces are written anew each step, so that those that end leave nothing behind
    for (int i = 0; i < s->nforce; i++) {
        memset(w->d->xfrc_applied + 6 * (int)s->forces[i].body, 0, 6 * sizeof(mjtNum));
    }
    for (int i = 0; i < s->nforce; i++) {
        if ((double)w->step < s->forces[i].until) {
            mjtNum* f = w->d->xfrc_applied + 6 * (int)s->forces[i].body;
            for (int k = 0; k < 6; k++) {
                f[k] += s->forces[i].v[k];
            }
            s->forces[kept++] = s->forces[i];
        }
    }
    s->nforce = kept;
}

void dd_stage_step(DdWorld* w)
{
    DdStage* s = w->stage;
    double dt = 1.0 / w->physics_hz;

    for (int i = 0; i < s->nmover; i++) {
        DdMover* m = &s->movers[i];
        if (is_moving(m)) {
            if (m->door) {
                step_door(m, dt);
            } else {
                step_actor(w->things[m->thing].def, m, dt);
            }
            place_mover(w, m);
        }
    }
    if (s->nforce > 0) {
        apply_forces(w);
    }
}

bool dd_stage_active(const DdWorld* w)
{
    const DdStage* s = w->stage;

    if (s->nforce > 0) {
        return true;
    }
    for (int i = 0; i < s->nmover; i++) {
        if (is_moving(&s->movers[i])) {
            return true;
        }
    }
    return false;
}

int dd_stage_state_size(const DdWorld* w)
{
    return w->stage->nmover * k_mover_state + 1 + k_forces_max * k_force_state;
}

void dd_stage_save(const DdWorld* w, double* state)
{
    const DdStage* s = w->stage;

    for (int i = 0; i < s->nmover; i++, state += k_mover_state) {
        const DdMover* m = &s->movers[i];
        state[0] = m->at;
        state[1] = m->speed;
        state[2] = m->target;
        state[3] = m->cruise;
    }
    *state++ = s->nforce;
    memset(state, 0, k_forces_max * k_force_state * sizeof *state);
    for (int i = 0; i < s->nforce; i++, state += k_force_state) {
        state[0] = s->forces[i].body;
        state[1] = s->forces[i].until;
        memcpy(state + 2, s->forces[i].v, sizeof s->forces[i].v);
    }
}

void dd_stage_load(DdWorld* w, const double* state)
{
    DdStage* s = w->stage;

    for (int i = 0; i < s->nmover; i++, state += k_mover_state) {
        DdMover* m = &s->movers[i];
        m->at = state[0];
        m->speed = state[1];
        m->target = state[2];
        m->cruise = state[3];
    }
    s->nforce = (int)dd_clamp(*state++, 0, k_forces_max);
    for (int i = 0; i < s->nforce; i++, state += k_force_state) {
        s->forces[i].body = dd_clamp(state[0], 0, w->m->nbody - 1);
        s->forces[i].until = state[1];
        memcpy(s->forces[i].v, state + 2, sizeof s->forces[i].v);
    }
}

// the operations

static void wake_all(DdWorld* w)
{
    for (int i = 1; i < w->m->nbody; i++) {
        if (w->m->body_parentid[i] == 0) {
            dd_world_wake(w, i);
        }
    }
}

static bool set_friction(DdWorld* w, int thing, const double* v)
{
    for (int g = 0; g < w->m->ngeom; g++) {
        if (dd_world_thing_of_geom(w, g) != thing) {
            continue;
        }
        mjtNum* f = w->m->geom_friction + 3 * g;
        f[0] = v[0];
        if (w->dry_friction[g] >= 0) {
            w->dry_friction[g] = v[0];
            f[0] = v[0] * dd_weather_friction(&w->weather);
        }
        f[1] = v[1] > 0 ? v[1] : f[1];
        f[2] = v[2] > 0 ? v[2] : f[2];
    }
    wake_all(w);
    return true;
}

typedef struct DdSetConst {
    DdWorld* w;
    mjData* scratch;
} DdSetConst;

static void run_set_const(void* arg)
{
    DdSetConst* work = arg;

    // in a scratch state: mj_setConst goes through the rest pose
    work->scratch = mj_makeData(work->w->m);
    mj_setConst(work->w->m, work->scratch);
}

static bool set_mass(DdWorld* w, int thing, double mass, const char* what, DdError* err)
{
    mjModel* m = w->m;
    double total = 0;

    for (int b = 1; b < m->nbody; b++) {
        total += w->thing_of_body[b] == thing ? m->body_mass[b] : 0;
    }
    if (!(mass > 0) || !(total > 0)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: %s, got %g kg", what,
                       mass > 0 ? "it is fixed and has no mass" : "mass must be positive", mass);
    }
    for (int b = 1; b < m->nbody; b++) {
        if (w->thing_of_body[b] == thing) {
            m->body_mass[b] *= mass / total;
            for (int k = 0; k < 3; k++) {
                m->body_inertia[3 * b + k] *= mass / total;
            }
        }
    }
    DdSetConst work = {.w = w};
    bool ok = dd_guard_run(run_set_const, &work, DD_ERROR_UNSTABLE, err);
    mj_deleteData(work.scratch);
    dd_world_wake(w, w->things[thing].body);
    return ok;
}

// qpos and dof address of the free joint of a thing; false when it has none
static bool free_joint(const DdWorld* w, int thing, int* qpos, int* dof)
{
    int body = w->things[thing].body;
    int joint = body >= 0 && w->m->body_jntnum[body] > 0 ? w->m->body_jntadr[body] : -1;

    if (joint < 0 || w->m->jnt_type[joint] != mjJNT_FREE) {
        return false;
    }
    *qpos = w->m->jnt_qposadr[joint];
    *dof = w->m->jnt_dofadr[joint];
    return true;
}

static bool set_pose(DdWorld* w, int thing, const double* v, const char* what, DdError* err)
{
    int qpos, dof;
    double quat[4];

    if (v[4] != 0 || v[5] != 0 || v[6] != 0) {
        memcpy(quat, v + 3, sizeof quat);
        dd_quat_normalize(quat);
    } else {
        dd_quat_from_yaw(quat, v[3]);
    }
    if (free_joint(w, thing, &qpos, &dof)) {
        memcpy(w->d->qpos + qpos, v, 3 * sizeof *v);
        memcpy(w->d->qpos + qpos + 3, quat, sizeof quat);
        memset(w->d->qvel + dof, 0, 6 * sizeof(mjtNum));
        memset(w->d->qacc_warmstart + dof, 0, 6 * sizeof(mjtNum));
        dd_world_wake(w, w->things[thing].body);
        return true;
    }
    int mocap = w->things[thing].body >= 0 ? w->m->body_mocapid[w->things[thing].body] : -1;
    if (mocap >= 0 && !mover_of(w, thing)) {
        memcpy(w->d->mocap_pos + 3 * mocap, v, 3 * sizeof *v);
        memcpy(w->d->mocap_quat + 4 * mocap, quat, sizeof quat);
        return true;
    }
    return dd_fail(err, DD_ERROR_SCRIPT, "%s: only free things and robots can be put elsewhere",
                   what);
}

static bool set_velocity(DdWorld* w, int thing, const double* v, const char* what, DdError* err)
{
    int qpos, dof;
    double back[4], turn[3];

    if (!free_joint(w, thing, &qpos, &dof)) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: only free things and robots can be given a velocity", what);
    }
    // a free joint turns in its own axes
    dd_quat_conj(back, w->d->qpos + qpos + 3);
    dd_quat_rotate(turn, back, v + 3);
    memcpy(w->d->qvel + dof, v, 3 * sizeof *v);
    memcpy(w->d->qvel + dof + 3, turn, sizeof turn);
    dd_world_wake(w, w->things[thing].body);
    return true;
}

static bool add_force(DdWorld* w, int thing, const double* v, const char* what, DdError* err)
{
    DdStage* s = w->stage;
    int64_t steps = dd_steps_of(v[6], w->physics_hz);

    if (!(v[6] > 0)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: duration_s must be positive, got %g s", what,
                       v[6]);
    }
    if (s->nforce == k_forces_max) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: more than %d forces at a time", what,
                       k_forces_max);
    }
    DdForce* f = &s->forces[s->nforce++];
    f->body = w->things[thing].body;
    f->until = (double)(w->step + (steps > 0 ? steps : 1));
    memcpy(f->v, v, sizeof f->v);
    apply_forces(w);
    return true;
}

static bool set_conveyor(DdWorld* w, int thing, double speed)
{
    char belt[2 * DD_NAME_MAX];

    snprintf(belt, sizeof belt, "%s/belt", w->things[thing].name);
    int g = mj_name2id(w->m, mjOBJ_GEOM, belt);
    DD_ASSERT(g >= 0);
    w->m->geom_surfacevel[6 * g] = speed;
    w->m->flg_surfacevel = 1;
    wake_all(w);
    return true;
}

static bool command_actor(DdMover* m, const DdStageOp* op, const char* what, DdError* err)
{
    if (op->v[0] < 0) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: speed must not be negative, got %g m/s", what,
                       op->v[0]);
    }
    if (strcmp(op->kind, "stop") == 0) {
        m->target = 0;
    } else if (strcmp(op->kind, "go") == 0) {
        m->cruise = op->v[0] > 0 ? op->v[0] : m->cruise;
        m->target = m->cruise;
    } else {
        bool under_way = m->speed > 0 || m->target > 0;
        m->cruise = op->v[0];
        m->target = under_way ? m->cruise : 0;
    }
    return true;
}

static bool set_weather(DdWorld* w, const char* member, const double* v, const char* what,
                        DdError* err)
{
    static const char* const k_place[] = {"latitude", "longitude", "altitude"};

    for (size_t i = 0; i < sizeof k_place / sizeof *k_place; i++) {
        if (strcmp(member, k_place[i]) == 0) {
            return dd_fail(err, DD_ERROR_SCRIPT,
                           "%s: the place stays; w:weather { %s = ... } says it", what, member);
        }
    }
    if (!dd_weather_set(&w->weather, member, v, err)) {
        return false;
    }
    dd_world_act_weather(w);
    wake_all(w);
    return true;
}

static bool apply_world(DdWorld* w, const DdStageOp* op, const char* what, DdError* err)
{
    if (strcmp(op->kind, "wind") == 0) {
        return set_weather(w, "wind", op->v, what, err);
    }
    memcpy(w->m->opt.gravity, op->v, 3 * sizeof *op->v);
    wake_all(w);
    return true;
}

static bool apply_weld(DdWorld* w, const DdStageOp* op, const char* what, DdError* err)
{
    int eq = mj_name2id(w->m, mjOBJ_EQUALITY, op->target);

    if (eq < 0 || !dd_world_latch(w, eq, strcmp(op->kind, "weld") == 0)) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: there is no such latch; a thing's field `latch` makes one, named "
                       "\"FRAME/latch/THING\"",
                       what);
    }
    return true;
}

static bool find_target(DdWorld* w, const DdStageKind* kind, const DdStageOp* op, const char* what,
                        int* thing, DdError* err)
{
    *thing = dd_world_thing_find(w, op->target);
    if (*thing < 0) {
        enum { k_most = 256 };
        const char* names[k_most];
        int n = 0;
        for (int i = 0; i < w->nthing && n < k_most; i++) {
            names[n++] = w->things[i].name;
        }
        const char* near = dd_nearest_name(op->target, names, n);
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: there is no such thing%s%s%s", what,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    const DdThing* t = &w->things[*thing];
    if (strcmp(kind->target, "thing") != 0 && !is_kind(t, kind->target)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: it must be %s %s, and it is a %s", what,
                       kind->target[0] == 'a' ? "an" : "a", kind->target,
                       t->kind ? t->kind->name : "robot");
    }
    if (t->body < 0) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: it has no body", what);
    }
    return true;
}

static bool apply_thing(DdWorld* w, const DdStageOp* op, int thing, const char* what, DdError* err)
{
    const char* kind = op->kind;
    DdMover* m = mover_of(w, thing);

    if (strcmp(kind, "set_friction") == 0) {
        return set_friction(w, thing, op->v);
    }
    if (strcmp(kind, "set_mass") == 0) {
        return set_mass(w, thing, op->v[0], what, err);
    }
    if (strcmp(kind, "force") == 0) {
        return add_force(w, thing, op->v, what, err);
    }
    if (strcmp(kind, "set_pose") == 0) {
        return set_pose(w, thing, op->v, what, err);
    }
    if (strcmp(kind, "set_velocity") == 0) {
        return set_velocity(w, thing, op->v, what, err);
    }
    if (strcmp(kind, "set_conveyor") == 0) {
        return set_conveyor(w, thing, op->v[0]);
    }
    DD_ASSERT(m);
    if (m->door) {
        m->target = strcmp(kind, "open") == 0 ? m->length : 0;
        return true;
    }
    return command_actor(m, op, what, err);
}

bool dd_stage_apply(DdWorld* w, const DdStageOp* op, DdError* err)
{
    const DdStageKind* kind = dd_stage_kind(op->kind);
    char what[sizeof op->kind + DD_NAME_MAX + 16];
    int thing;

    if (!kind) {
        const char* names[k_kind_count];
        for (int i = 0; i < k_kind_count; i++) {
            names[i] = k_kinds[i].name;
        }
        const char* near = dd_nearest_name(op->kind, names, k_kind_count);
        return dd_fail(err, DD_ERROR_SCRIPT, "there is no stage operation '%s'%s%s%s", op->kind,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    snprintf(what, sizeof what, "%s '%s'", op->kind, op->target);
    if (strcmp(kind->target, "weather") == 0) {
        return set_weather(w, op->target, op->v, what, err);
    }
    for (int i = 0; i < DD_STAGE_VALUES; i++) {
        if (!isfinite(op->v[i])) {
            return dd_fail(err, DD_ERROR_SCRIPT, "%s: value %d must be finite", what, i + 1);
        }
    }
    if (strcmp(kind->target, "world") == 0) {
        return apply_world(w, op, what, err);
    }
    if (strcmp(kind->target, "weld") == 0) {
        return apply_weld(w, op, what, err);
    }
    if (strcmp(op->kind, "set_friction") == 0 && op->v[0] < 0) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: sliding must not be negative, got %g", what,
                       op->v[0]);
    }
    return find_target(w, kind, op, what, &thing, err) && apply_thing(w, op, thing, what, err);
}
