// Probe: a robot's model compiled alone, to know before compiling the world where its frames are,
// how large it is and how far it must be lifted.
#include <math.h>
#include <string.h>

#include "sim/world/parts.h"

void dd_probe_destroy(DdProbe* p)
{
    if (!p) {
        return;
    }
    mj_deleteData(p->d);
    mj_deleteModel(p->m);
    free(p->base);
    free(p);
}

static DdPose body_pose(const mjData* d, int body)
{
    DdPose p;

    memcpy(p.pos, d->xpos + 3 * body, sizeof p.pos);
    memcpy(p.quat, d->xquat + 4 * body, sizeof p.quat);
    return p;
}

static DdProbe* known_probe(const DdCompose* c, const DdRobotPlacement* def)
{
    for (int i = 0; i < c->nprobe; i++) {
        const DdRobotPlacement* key = &c->probes[i]->key;
        if (strcmp(key->model, def->model) == 0 && strcmp(key->base, def->base) == 0 &&
            key->fixed == def->fixed && key->free == def->free) {
            return c->probes[i];
        }
    }
    return NULL;
}

DdProbe* dd_compose_probe(DdCompose* c, DdItem* item, DdError* err)
{
    const DdRobotPlacement* def = item->def;
    char words[DD_SPEC_ERROR_MAX];
    bool whole;
    mjsBody* body;

    item->probe = item->probe ? item->probe : known_probe(c, def);
    if (item->probe) {
        return item->probe;
    }
    mjSpec* spec = dd_compose_robot_spec(c, def, &whole, &body, err);
    if (!spec) {
        return NULL;
    }
    char base[512] = "";
    if (!whole) {
        snprintf(base, sizeof base, "%s", mjs_getString(mjs_getName(body->element)));
    }
    DdProbe* p = calloc(1, sizeof *p);
    DdProbe** probes = realloc(c->probes, (size_t)(c->nprobe + 1) * sizeof(void*));
    c->probes = probes ? probes : c->probes;
    mjModel* m = p && probes ? mj_compile(spec, &c->vfs) : NULL;
    if (!m) {
        dd_fail_at(err, DD_ERROR_MODEL, def->model, 0, "robot '%s': %s", item->name,
                   dd_spec_error(spec, words));
        mj_deleteSpec(spec);
        free(p);
        return NULL;
    }
    mj_deleteSpec(spec);
    p->m = m;
    p->d = mj_makeData(m);
    p->base = calloc((size_t)m->nbody, sizeof *p->base);
    DD_ASSERT(p->d && p->base);
    mj_kinematics(m, p->d);
    if (whole) {
        for (int i = 1; i < m->nbody; i++) {
            if (m->body_parentid[i] == 0) {
                p->base[p->nbase++] = i;
            }
        }
        p->pose_PW = dd_pose_identity();
    } else {
        p->base[p->nbase++] = mj_name2id(m, mjOBJ_BODY, base);
        DD_ASSERT(p->base[0] > 0);
        p->pose_PW = dd_pose_inv(body_pose(p->d, m->body_parentid[p->base[0]]));
    }
    p->key = *def;
    c->probes[c->nprobe++] = p;
    item->probe = p;
    return p;
}

static bool is_attached(const DdProbe* p, int body)
{
    for (int i = 0; i < p->nbase; i++) {
        if (dd_body_below(p->m, body, p->base[i])) {
            return true;
        }
    }
    return false;
}

// how far the robot reaches along `dir_W` when its placement is `pose`; collision geoms only, or
// all
static bool reach(const DdProbe* p, const DdPose* pose, const double dir_W[3], bool all,
                  double* far)
{
    DdPose from_model = dd_pose_mul(*pose, p->pose_PW);
    double back[4], dir[3];
    bool any = false;

    dd_quat_conj(back, from_model.quat);
    dd_quat_rotate(dir, back, dir_W);
    for (int g = 0; g < p->m->ngeom; g++) {
        double r;
        bool touches = p->m->geom_contype[g] || p->m->geom_conaffinity[g];
        if ((all || touches) && is_attached(p, p->m->geom_bodyid[g]) &&
            dd_geom_reach(p->m, p->d, g, dir, &r)) {
            r += dd_dot3(from_model.pos, dir_W);
            *far = any && *far > r ? *far : r;
            any = true;
        }
    }
    return any;
}

bool dd_compose_lift(DdCompose* c, DdItem* item, double* lift, DdError* err)
{
    static const double k_down[3] = {0, 0, -1};
    const DdRobotPlacement* def = item->def;
    double low;

    *lift = 0;
    if (!def->lift_to_floor) {
        return true;
    }
    DdProbe* p = dd_compose_probe(c, item, err);
    if (!p) {
        return false;
    }
    DdPose pose = dd_robot_placement_pose(def);
    if (reach(p, &pose, k_down, false, &low) || reach(p, &pose, k_down, true, &low)) {
        *lift = pose.pos[2] + low;
    }
    return true;
}

static bool lifted_pose(DdCompose* c, DdItem* item, DdPose* pose, DdError* err)
{
    double lift;

    if (!dd_compose_probe(c, item, err) || !dd_compose_lift(c, item, &lift, err)) {
        return false;
    }
    *pose = dd_robot_placement_pose(item->def);
    pose->pos[2] += lift;
    return true;
}

bool dd_compose_robot_pose(DdCompose* c, DdItem* item, const char* part, DdPose* pose, DdError* err)
{
    DdPose place, own;

    if (!lifted_pose(c, item, &place, err)) {
        return false;
    }
    const DdProbe* p = item->probe;
    int site = part[0] ? mj_name2id(p->m, mjOBJ_SITE, part) : -1;
    int body = part[0] ? mj_name2id(p->m, mjOBJ_BODY, part) : p->base[0];
    if (site >= 0) {
        memcpy(own.pos, p->d->site_xpos + 3 * site, sizeof own.pos);
        mju_mat2Quat(own.quat, p->d->site_xmat + 9 * site);
    } else if (body > 0) {
        own = body_pose(p->d, body);
    } else {
        return dd_fail(err, DD_ERROR_SCRIPT, "robot '%s' has no frame '%s'", item->name, part);
    }
    *pose = dd_pose_mul(place, dd_pose_mul(p->pose_PW, own));
    return true;
}

bool dd_compose_robot_bounds(DdCompose* c, DdItem* item, DdPose* pose, double half[3], DdError* err)
{
    DdPose place;
    double centre[3];

    if (!lifted_pose(c, item, &place, err)) {
        return false;
    }
    // along the axes of the placement
    DdPose still = dd_pose_identity();
    for (int i = 0; i < 3; i++) {
        double up[3] = {i == 0, i == 1, i == 2};
        double down[3] = {-up[0], -up[1], -up[2]};
        double hi, lo;
        if (!reach(item->probe, &still, up, true, &hi) ||
            !reach(item->probe, &still, down, true, &lo)) {
            return dd_fail(err, DD_ERROR_SCRIPT, "robot '%s' has no geoms", item->name);
        }
        centre[i] = (hi - lo) / 2;
        half[i] = (hi + lo) / 2;
    }
    *pose = place;
    dd_pose_apply(&place, centre, pose->pos);
    return true;
}
