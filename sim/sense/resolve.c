// Names of a def to ids of the compiled model, once; reading poses and velocities by those ids.
#include <string.h>

#include "sim/sense/internal.h"

static const char* const k_floor_kinds[] = {"ground", "region", "ramp"};

// "did you mean" over everything that has a name in the world
static bool fail_unknown(const DdSense* s, const char* name, const char* what, const char* field,
                         const char* expected, DdError* err)
{
    mjModel* m = dd_world_model(s->world);
    int nthing = dd_world_thing_count(s->world);
    const char** names = calloc((size_t)(nthing + m->nsite + m->nbody) + 1, sizeof *names);
    DD_ASSERT(names);
    int n = 0;
    for (int i = 0; i < nthing; i++) {
        names[n++] = dd_world_thing_name(s->world, i);
    }
    for (int i = 0; i < m->nsite; i++) {
        const char* site = mj_id2name(m, mjOBJ_SITE, i);
        if (site && site[0]) {
            names[n++] = site;
        }
    }
    for (int i = 1; i < m->nbody; i++) {
        const char* body = mj_id2name(m, mjOBJ_BODY, i);
        if (body && body[0]) {
            names[n++] = body;
        }
    }
    const char* near = dd_nearest_name(name, names, n);
    if (near) {
        dd_fail(err, DD_ERROR_SCRIPT, "%s: %s: there is no %s '%s'; did you mean '%s'?", what,
                field, expected, name, near);
    } else {
        dd_fail(err, DD_ERROR_SCRIPT, "%s: %s: there is no %s '%s' in this world", what, field,
                expected, name);
    }
    free(names);
    return false;
}

static bool is_kinematic(const mjModel* m, int body)
{
    return m->body_mocapid[m->body_rootid[body]] >= 0;
}

bool dd_ref_find(const DdSense* s, const char* name, const char* what, const char* field,
                 DdRef* ref, DdError* err)
{
    const mjModel* m = dd_world_model(s->world);
    *ref = (DdRef){.site = -1, .body = -1, .thing = dd_world_thing_find(s->world, name)};
    if (!name[0]) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: %s must name a thing or a frame, got ''", what,
                       field);
    }
    // a thing's own name wins over a frame that happens to be called the same
    if (ref->thing >= 0) {
        ref->body = dd_world_body(s->world, name);
    }
    if (ref->body < 0) {
        ref->site = dd_world_site(s->world, name);
        ref->body = ref->site >= 0 ? m->site_bodyid[ref->site] : dd_world_body(s->world, name);
    }
    if (ref->body < 0) {
        return fail_unknown(s, name, what, field, "thing or frame", err);
    }
    ref->kinematic = is_kinematic(m, ref->body);
    return true;
}

bool dd_ref_of_sensor(const DdSense* s, const DdUnit* u, DdRef* ref, char full[DD_NAME_MAX],
                      DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    const mjModel* m = dd_world_model(s->world);
    const char* kind = u->kind->info.name;
    bool hangs = u->kind->picture || strcmp(kind, "scan") == 0 || strcmp(kind, "range") == 0 ||
                 strcmp(kind, "gnss") == 0;
    if (hangs && !def->robot[0] && !def->frame[0]) {
        // it hangs in the world, where pos and rpy say
        *ref = (DdRef){.site = -1, .body = 0, .thing = -1};
        snprintf(full, DD_NAME_MAX, "%s", dd_world_body_name(s->world, 0));
        return true;
    }
    if (!def->robot[0]) {
        snprintf(full, DD_NAME_MAX, "%s", def->frame);
        return dd_ref_find(s, full, u->what, "frame", ref, err);
    }
    int base = dd_world_body(s->world, def->robot);
    if (base < 0) {
        return fail_unknown(s, def->robot, u->what, "robot", "robot", err);
    }
    if (def->frame[0]) {
        char name[2 * DD_NAME_MAX + 2];
        snprintf(name, sizeof name, "%s/%s", def->robot, def->frame);
        snprintf(full, DD_NAME_MAX, "%.*s", DD_NAME_MAX - 1, name);
        return dd_ref_find(s, full, u->what, "frame", ref, err);
    }
    *ref = (DdRef){.site = -1,
                   .body = base,
                   .thing = dd_world_thing_find(s->world, def->robot),
                   .kinematic = is_kinematic(m, base)};
    snprintf(full, DD_NAME_MAX, "%s", dd_world_body_name(s->world, base));
    return true;
}

static bool is_below(const mjModel* m, int body, int root)
{
    while (body > root) {
        body = m->body_parentid[body];
    }
    return body == root;
}

bool dd_ref_holds(const DdSense* s, const DdRef* ref, int body)
{
    return ref->thing >= 0 ? dd_world_thing_of_body(s->world, body) == ref->thing
                           : is_below(dd_world_model(s->world), body, ref->body);
}

// The name of a joint as users write it. One without a name is BODY/jointK, K counted in its body.
static void joint_name(const DdSense* s, int joint, char out[DD_NAME_MAX])
{
    const mjModel* m = dd_world_model(s->world);
    const char* name = mj_id2name(m, mjOBJ_JOINT, joint);
    if (name && name[0]) {
        snprintf(out, DD_NAME_MAX, "%s", name);
        return;
    }
    int body = m->jnt_bodyid[joint];
    char text[2 * DD_NAME_MAX];
    snprintf(text, sizeof text, "%.90s/joint%d", dd_world_body_name(s->world, body),
             joint - m->body_jntadr[body]);
    snprintf(out, DD_NAME_MAX, "%.*s", DD_NAME_MAX - 1, text);
}

static bool is_scalar(const mjModel* m, int joint)
{
    return m->jnt_type[joint] == mjJNT_HINGE || m->jnt_type[joint] == mjJNT_SLIDE;
}

int* dd_find_joints(const DdSense* s, const char* what, const char* field, const char* robot,
                    const DdNames* names, int* n, char (**shown)[DD_NAME_MAX], DdError* err)
{
    const mjModel* m = dd_world_model(s->world);
    DdRef ref = {.site = -1, .body = 0, .thing = -1}; // everything
    if (robot[0]) {
        ref.thing = dd_world_thing_find(s->world, robot);
        ref.body = dd_world_body(s->world, robot);
        if (ref.body < 0) {
            fail_unknown(s, robot, what, "robot", "robot", err);
            return NULL;
        }
    }

    // every scalar joint there is to choose from, by the name without the robot's prefix
    size_t njnt = (size_t)m->njnt;
    int* ids = calloc(njnt + 1, sizeof *ids);
    char(*own)[DD_NAME_MAX] = calloc(njnt + 1, sizeof *own);
    const char** list = calloc(njnt + 1, sizeof *list);
    DD_ASSERT(ids && own && list);
    size_t prefix = strlen(robot);
    int all = 0;
    for (int j = 0; j < m->njnt; j++) {
        if (!is_scalar(m, j) || !dd_ref_holds(s, &ref, m->jnt_bodyid[j])) {
            continue;
        }
        char name[DD_NAME_MAX];
        joint_name(s, j, name);
        bool prefixed = prefix && !strncmp(name, robot, prefix) && name[prefix] == '/';
        snprintf(own[all], DD_NAME_MAX, "%s", prefixed ? name + prefix + 1 : name);
        list[all] = own[all];
        ids[all++] = j;
    }

    bool ok = true;
    int picked = names->n ? names->n : all;
    int* out = calloc((size_t)picked + 1, sizeof *out);
    char(*out_names)[DD_NAME_MAX] = calloc((size_t)picked + 1, sizeof *out_names);
    DD_ASSERT(out && out_names);
    for (int i = 0; i < picked && ok; i++) {
        int at = names->n ? -1 : i;
        for (int k = 0; k < all && at < 0; k++) {
            at = !strcmp(names->v[i], own[k]) ? k : -1;
        }
        if (at < 0) {
            const char* near = dd_nearest_name(names->v[i], list, all);
            ok = near ? dd_fail(err, DD_ERROR_SCRIPT,
                                "%s: %s: there is no hinge or slide joint '%s'; did you mean '%s'?",
                                what, field, names->v[i], near)
                      : dd_fail(err, DD_ERROR_SCRIPT,
                                "%s: %s: there is no hinge or slide joint '%s'", what, field,
                                names->v[i]);
            break;
        }
        out[i] = ids[at];
        snprintf(out_names[i], DD_NAME_MAX, "%s", own[at]);
    }
    if (ok && picked == 0) {
        ok = dd_fail(err, DD_ERROR_SCRIPT, "%s: '%s' has no hinge or slide joint", what, robot);
    }
    free(ids);
    free(own);
    free(list);
    if (!ok || !shown) {
        free(out_names);
    }
    if (!ok) {
        free(out);
        return NULL;
    }
    if (shown) {
        *shown = out_names;
    }
    *n = picked;
    return out;
}

bool dd_geom_collides(const mjModel* m, int geom)
{
    return m->geom_contype[geom] != 0 || m->geom_conaffinity[geom] != 0;
}

bool dd_geom_is_floor(DdWorld* w, int geom)
{
    int thing = dd_world_thing_of_geom(w, geom);
    if (thing >= 0) {
        const char* kind = dd_world_thing_kind(w, thing);
        for (size_t i = 0; i < sizeof k_floor_kinds / sizeof *k_floor_kinds; i++) {
            if (!strcmp(kind, k_floor_kinds[i])) {
                return true;
            }
        }
    }
    int type = dd_world_model(w)->geom_type[geom];
    return type == mjGEOM_PLANE || type == mjGEOM_HFIELD;
}

// in[g] |= 1 for the geoms of a thing, or of a body and what hangs below it
static bool mark_geoms(const DdSense* s, const char* name, const char* what, const char* field,
                       unsigned char* in, DdError* err)
{
    const mjModel* m = dd_world_model(s->world);
    DdRef ref;
    if (!dd_ref_find(s, name, what, field, &ref, err)) {
        return false;
    }
    if (ref.site >= 0) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: %s must be a thing or a body, and '%s' is a frame without a shape",
                       what, field, name);
    }
    for (int g = 0; g < m->ngeom; g++) {
        in[g] |= dd_ref_holds(s, &ref, m->geom_bodyid[g]);
    }
    return true;
}

bool dd_geoms_of(const DdSense* s, const char* name, const char* own, const DdNames* exclude,
                 const char* what, const char* field, unsigned char* in, DdError* err)
{
    const mjModel* m = dd_world_model(s->world);
    size_t ngeom = (size_t)m->ngeom;
    memset(in, 0, ngeom);
    if (name[0]) {
        return mark_geoms(s, name, what, field, in, err);
    }

    unsigned char* out = calloc(ngeom + 1, 1);
    DD_ASSERT(out);
    bool ok = true;
    for (int i = 0; exclude && i < exclude->n && ok; i++) {
        ok = mark_geoms(s, exclude->v[i], what, "exclude", out, err);
    }
    DdRef ref = {.site = -1, .body = 0, .thing = -1};
    if (ok && own[0]) {
        ok = dd_ref_find(s, own, what, "a", &ref, err);
    }
    int thing = dd_world_thing_of_body(s->world, ref.body);
    int root = m->body_rootid[ref.body];
    for (int g = 0; g < m->ngeom && ok; g++) {
        int body = m->geom_bodyid[g];
        bool same = thing >= 0 ? dd_world_thing_of_body(s->world, body) == thing
                               : root > 0 && m->body_rootid[body] == root;
        in[g] = !out[g] && !same && !dd_geom_is_floor(s->world, g);
    }
    free(out);
    return ok;
}

const double* dd_ref_pos(const DdSense* s, const DdRef* ref)
{
    const mjData* d = dd_world_data(s->world);
    return ref->site >= 0 ? d->site_xpos + 3 * ref->site : d->xpos + 3 * ref->body;
}

void dd_ref_pose(const DdSense* s, const DdRef* ref, DdPose* pose)
{
    const mjData* d = dd_world_data(s->world);
    memcpy(pose->pos, dd_ref_pos(s, ref), sizeof pose->pos);
    if (ref->site >= 0) {
        const mjModel* m = dd_world_model(s->world);
        dd_quat_mul(pose->quat, d->xquat + 4 * ref->body, m->site_quat + 4 * ref->site);
    } else {
        memcpy(pose->quat, d->xquat + 4 * ref->body, sizeof pose->quat);
    }
}

bool dd_body_asleep(const DdSense* s, int body)
{
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    int tree = m->body_treeid[body];
    return tree >= 0 && d->tree_asleep[tree] >= 0;
}

void dd_ref_velocity(const DdSense* s, const DdRef* ref, double linear[3], double angular[3])
{
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    if (dd_body_asleep(s, ref->body)) {
        memset(linear, 0, 3 * sizeof *linear);
        memset(angular, 0, 3 * sizeof *angular);
        return;
    }
    // the body's spatial velocity is written at the centre of mass of its tree; move it here
    const double* cvel = d->cvel + 6 * ref->body;
    const double* com = d->subtree_com + 3 * m->body_rootid[ref->body];
    const double* pos = dd_ref_pos(s, ref);
    double arm[3] = {pos[0] - com[0], pos[1] - com[1], pos[2] - com[2]};
    double turn[3];
    dd_cross3(turn, cvel, arm);
    for (int i = 0; i < 3; i++) {
        angular[i] = cvel[i];
        linear[i] = cvel[3 + i] + turn[i];
    }
}

void dd_motion_begin(const DdSense* s, const DdRef* ref, double* state)
{
    DdPose pose;
    dd_ref_pose(s, ref, &pose);
    memcpy(state, pose.pos, sizeof pose.pos);
    memcpy(state + 3, pose.quat, sizeof pose.quat);
}

void dd_motion_every(const DdSense* s, const DdRef* ref, double* state)
{
    DdPose pose;
    dd_ref_pose(s, ref, &pose);
    double inverse[4], turn[4], rotvec[3];
    dd_quat_conj(inverse, state + 3);
    dd_quat_mul(turn, pose.quat, inverse);
    dd_quat_to_rotvec(turn, rotvec);
    for (int i = 0; i < 3; i++) {
        state[7 + i] = (pose.pos[i] - state[i]) / s->dt;
        state[10 + i] = rotvec[i] / s->dt;
    }
    memcpy(state, pose.pos, sizeof pose.pos);
    memcpy(state + 3, pose.quat, sizeof pose.quat);
}

void dd_motion_read(const DdSense* s, const DdRef* ref, const double* state, double linear[3],
                    double angular[3])
{
    if (!ref->kinematic) {
        dd_ref_velocity(s, ref, linear, angular);
        return;
    }
    memcpy(linear, state + 7, 3 * sizeof *linear);
    memcpy(angular, state + 10, 3 * sizeof *angular);
}
