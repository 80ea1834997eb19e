// Rays: the tree finds which shapes a ray may meet, nearest first; MuJoCo's own functions, or for a
// mesh its own tree, say where it does. Planes, which have no bounds, stand apart.
#include "sim/sense/rays.h"

#include <string.h>

#include "sim/sense/rays_mesh.h"

enum { TREE_STATIC, TREE_MOVING, k_trees };
enum { k_bundle_least = 4 };

struct DdRays {
    const mjModel* m;
    mjData shadow; // d with poses as of the last update, for the functions that read them there
    double* xpos;  // (3 ngeom)
    double* xmat;  // (9 ngeom)
    DdTree tree[k_trees];
    int nplane, nmesh;
    DdShape* plane;          // (nplane)
    const DdShape** of_geom; // (ngeom)
    DdRayMesh** mesh;        // (nmesh), of those that are seen
    bool ready;              // static shapes are in place
};

// As mj_ray has it: what is wholly transparent is not there.
static bool is_seen(const mjModel* m, int g)
{
    int mat = m->geom_matid[g];
    return mat >= 0 ? m->mat_rgba[4 * mat + 3] != 0 : m->geom_rgba[4 * g + 3] != 0;
}

static bool is_static(const mjModel* m, int g)
{
    int body = m->geom_bodyid[g];
    return m->body_weldid[body] == 0 && m->body_mocapid[m->body_rootid[body]] < 0;
}

static void shape_place(const DdRays* r, DdShape* s)
{
    const mjModel* m = r->m;
    int g = s->geom;
    memcpy(s->pos, r->xpos + 3 * g, sizeof s->pos);
    memcpy(s->mat, r->xmat + 9 * g, sizeof s->mat);
    const double* aabb = m->geom_aabb + 6 * g;
    for (int k = 0; k < 3; k++) {
        s->half[k] = aabb[3 + k];
        s->box[k] = s->pos[k] + s->mat[3 * k] * aabb[0] + s->mat[3 * k + 1] * aabb[1] +
                    s->mat[3 * k + 2] * aabb[2];
    }
}

static const DdRayMesh* mesh_of(DdRays* r, int g)
{
    int mesh = r->m->geom_type[g] == mjGEOM_MESH ? r->m->geom_dataid[g] : -1;
    if (mesh < 0) {
        return NULL;
    }
    if (!r->mesh[mesh]) {
        r->mesh[mesh] = dd_ray_mesh_create(r->m, mesh);
    }
    return r->mesh[mesh];
}

DdRays* dd_rays_create(const mjModel* m, const bool* skip)
{
    DdRays* r = calloc(1, sizeof *r);
    DD_ASSERT(r);
    size_t ngeom = (size_t)m->ngeom;
    r->m = m;
    r->nmesh = (int)m->nmesh;
    r->xpos = calloc(3 * ngeom + 1, sizeof *r->xpos);
    r->xmat = calloc(9 * ngeom + 1, sizeof *r->xmat);
    r->plane = calloc(ngeom + 1, sizeof *r->plane);
    r->of_geom = calloc(ngeom + 1, sizeof *r->of_geom);
    r->mesh = calloc((size_t)m->nmesh + 1, sizeof *r->mesh);
    DD_ASSERT(r->xpos && r->xmat && r->plane && r->of_geom && r->mesh);
    // twice: count, then fill
    for (int fill = 0; fill < 2; fill++) {
        int n[k_trees] = {0};
        for (int g = 0; g < m->ngeom; g++) {
            if ((skip && skip[g]) || !is_seen(m, g)) {
                continue;
            }
            DdShape s = {.geom = g, .type = m->geom_type[g]};
            memcpy(s.size, m->geom_size + 3 * g, sizeof s.size);
            int at = is_static(m, g) ? TREE_STATIC : TREE_MOVING;
            if (s.type == mjGEOM_PLANE) {
                if (fill) {
                    r->plane[r->nplane++] = s;
                }
            } else {
                if (fill) {
                    s.mesh = mesh_of(r, g);
                    r->tree[at].shape[n[at]] = s;
                }
                n[at]++;
            }
        }
        for (int i = 0; i < k_trees && !fill; i++) {
            dd_tree_init(&r->tree[i], n[i]);
        }
    }
    for (int i = 0; i < r->nplane; i++) {
        r->of_geom[r->plane[i].geom] = &r->plane[i];
    }
    for (int i = 0; i < k_trees; i++) {
        for (int k = 0; k < r->tree[i].n; k++) {
            r->of_geom[r->tree[i].shape[k].geom] = &r->tree[i].shape[k];
        }
    }
    return r;
}

void dd_rays_destroy(DdRays* r)
{
    if (!r) {
        return;
    }
    for (int i = 0; i < k_trees; i++) {
        dd_tree_free(&r->tree[i]);
    }
    for (int i = 0; i < r->nmesh; i++) {
        dd_ray_mesh_destroy(r->mesh[i]);
    }
    free(r->mesh);
    free(r->plane);
    free(r->of_geom);
    free(r->xpos);
    free(r->xmat);
    free(r);
}

// A tree whose shapes stand where they stood is as good as new.
static bool has_moved(const DdRays* r, const DdTree* t)
{
    for (int i = 0; i < t->n; i++) {
        const DdShape* s = &t->shape[i];
        if (memcmp(s->pos, r->xpos + 3 * s->geom, sizeof s->pos) != 0 ||
            memcmp(s->mat, r->xmat + 9 * s->geom, sizeof s->mat) != 0) {
            return true;
        }
    }
    return false;
}

static void update(DdRays* r, const mjData* d, bool anew)
{
    size_t ngeom = (size_t)r->m->ngeom;
    memcpy(r->xpos, d->geom_xpos, 3 * ngeom * sizeof *r->xpos);
    memcpy(r->xmat, d->geom_xmat, 9 * ngeom * sizeof *r->xmat);
    if (!r->ready) {
        // of all of it only the poses are read
        r->shadow = *d;
        r->shadow.geom_xpos = r->xpos;
        r->shadow.geom_xmat = r->xmat;
    }
    for (int i = 0; i < r->nplane; i++) {
        shape_place(r, &r->plane[i]);
    }
    for (int i = 0; i < k_trees; i++) {
        DdTree* t = &r->tree[i];
        if (r->ready && (i == TREE_STATIC || !has_moved(r, t))) {
            continue;
        }
        for (int k = 0; k < t->n; k++) {
            shape_place(r, &t->shape[k]);
        }
        if (anew || !r->ready || !dd_tree_refit(t)) {
            dd_tree_build(t);
        }
    }
    r->ready = true;
}

void dd_rays_update(DdRays* r, const mjData* d)
{
    update(r, d, true);
}

void dd_rays_follow(DdRays* r, const mjData* d)
{
    update(r, d, false);
}

static double shape_ray(const DdRays* r, const DdShape* s, const double from[3],
                        const double dir[3], double normal[3])
{
    switch (s->type) {
    case mjGEOM_MESH:
    case mjGEOM_SDF:
        return mj_rayMesh(r->m, &r->shadow, s->geom, from, dir, normal);
    case mjGEOM_HFIELD:
        return mj_rayHfield(r->m, &r->shadow, s->geom, from, dir, normal);
    default:
        return mju_rayGeom(s->pos, s->mat, s->size, from, dir, s->type, normal);
    }
}

typedef struct Cast {
    const DdRays* r;
    const double* from;
    const double* dir;
    const bool* pass;
    double best;
    const DdShape* hit;
    int face; // of a mesh that was hit
} Cast;

static void cast_shape(Cast* c, const DdShape* s)
{
    if (c->pass && c->pass[s->geom]) {
        return;
    }
    int face = 0;
    double x = s->mesh ? dd_ray_mesh_cast(s->mesh, s, c->from, c->dir, c->best, &face)
                       : shape_ray(c->r, s, c->from, c->dir, NULL);
    // of two at the same distance the first geom counts, as in a loop over all
    if (x >= 0 && (x < c->best || (x == c->best && (!c->hit || s->geom < c->hit->geom)))) {
        c->best = x;
        c->hit = s;
        c->face = face;
    }
}

// The tree's ray begins at `ahead`; rounded up.
static float best_of(const Cast* c, const DdTreeRay* ray)
{
    return (float)((c->best - ray->ahead) * (1 + 1e-6)) + 1e-30f;
}

static void cast_leaf(Cast* c, const DdTree* t, const DdTreeLeaf* leaf, const DdTreeRay* ray)
{
    float enter[DD_TREE_WIDE];
    int hits = dd_tree_leaf_hits(leaf, ray, best_of(c, ray), enter);
    while (hits) {
        int first = __builtin_ctz((unsigned)hits);
        for (int rest = hits & (hits - 1); rest; rest &= rest - 1) {
            int i = __builtin_ctz((unsigned)rest);
            first = enter[i] < enter[first] ? i : first;
        }
        if (enter[first] > best_of(c, ray)) {
            return;
        }
        hits &= ~(1 << first);
        cast_shape(c, &t->shape[leaf->shape[first]]);
    }
}

static void cast_tree(Cast* c, const DdTree* t, const DdTreeRay* ray)
{
    struct {
        float enter;
        int child;
    } stack[DD_TREE_DEPTH * DD_TREE_WIDE];
    int n = 0;
    stack[n].enter = 0;
    stack[n++].child = 0;
    while (n > 0) {
        n--;
        int at = stack[n].child;
        if (stack[n].enter > best_of(c, ray)) {
            continue;
        }
        if (at < 0) {
            cast_leaf(c, t, &t->leaf[~at], ray);
            continue;
        }
        float enter[DD_TREE_WIDE];
        const DdTreeNode* node = &t->node[at];
        int base = n;
        for (int hits = dd_tree_node_hits(node, ray, best_of(c, ray), enter); hits;
             hits &= hits - 1) {
            int i = __builtin_ctz((unsigned)hits);
            // sorted, the nearest on top
            int k = n++;
            for (; k > base && stack[k - 1].enter < enter[i]; k--) {
                stack[k] = stack[k - 1];
            }
            stack[k].enter = enter[i];
            stack[k].child = node->child[i];
        }
    }
}

// Planes last: most are below what was found already.
static void cast_planes(Cast* c)
{
    for (int i = 0; i < c->r->nplane; i++) {
        const DdShape* s = &c->r->plane[i];
        double height = 0, speed = 0;
        for (int k = 0; k < 3; k++) {
            height += s->mat[3 * k + 2] * (c->from[k] - s->pos[k]);
            speed += s->mat[3 * k + 2] * c->dir[k];
        }
        // clearly turned away, or clearly behind
        if (speed > 1e-9 || height > -speed * c->best * (1 + 1e-9) + 1e-9) {
            continue;
        }
        cast_shape(c, s);
    }
}

static void cast_bundle(Cast* c, int n, const DdTree* t)
{
    DdTreeRay ray[DD_RAYS_BUNDLE];
    DdTreeShaft shaft;
    DdTreeGather near;
    if (t->n == 0) {
        return;
    }
    for (int i = 0; i < n; i++) {
        dd_tree_ray(t->centre, t->extent, c[i].from, c[i].dir, &ray[i]);
    }
    // a few rays are not worth the search
    near.n = -1;
    if (n >= k_bundle_least && dd_tree_shaft(ray, n, &shaft)) {
        dd_tree_gather(t, &shaft, &near);
    }
    for (int i = 0; i < n; i++) {
        if (near.n < 0) {
            dd_tree_ray_slabs(&ray[i]);
            cast_tree(&c[i], t, &ray[i]);
            continue;
        }
        for (int k = 0; k < near.n && near.enter[k] <= best_of(&c[i], &ray[i]); k++) {
            cast_leaf(&c[i], t, &near.leaf[k], &ray[i]);
        }
    }
}

void dd_rays_cast_many(const DdRays* r, int n, const double* from, const double* dir, double max,
                       const bool* pass, double* distance, int* geom, int* face)
{
    for (int first = 0; first < n; first += DD_RAYS_BUNDLE) {
        Cast c[DD_RAYS_BUNDLE];
        int count = n - first < DD_RAYS_BUNDLE ? n - first : DD_RAYS_BUNDLE;
        for (int i = 0; i < count; i++) {
            size_t at = 3 * (size_t)(first + i);
            c[i] = (Cast){.r = r, .from = from + at, .dir = dir + at, .pass = pass, .best = max};
        }
        cast_bundle(c, count, &r->tree[TREE_MOVING]);
        cast_bundle(c, count, &r->tree[TREE_STATIC]);
        for (int i = 0; i < count; i++) {
            cast_planes(&c[i]);
            distance[first + i] = c[i].hit ? c[i].best : -1;
            geom[first + i] = c[i].hit ? c[i].hit->geom : -1;
            if (face) {
                face[first + i] = c[i].face;
            }
        }
    }
}

double dd_rays_cast(const DdRays* r, const mjData* d, const double from[3], const double dir[3],
                    double max, const bool* pass, int* geom, double normal[3])
{
    (void)d;
    Cast c = {.r = r, .from = from, .dir = dir, .pass = pass, .best = max};
    cast_bundle(&c, 1, &r->tree[TREE_MOVING]);
    cast_bundle(&c, 1, &r->tree[TREE_STATIC]);
    cast_planes(&c);
    if (geom) {
        *geom = c.hit ? c.hit->geom : -1;
    }
    if (!c.hit) {
        return -1;
    }
    if (normal) {
        dd_rays_normal(r, c.hit->geom, c.face, from, dir, normal);
    }
    return c.best;
}

void dd_rays_normal(const DdRays* r, int geom, int face, const double from[3], const double dir[3],
                    double normal[3])
{
    const DdShape* s = r->of_geom[geom];
    if (s->mesh) {
        dd_ray_mesh_normal(s->mesh, s, face, normal);
    } else {
        shape_ray(r, s, from, dir, normal);
    }
}

// --- the caster of a world

typedef struct Shared {
    DdRays* rays;
    int64_t step; // of the last update
} Shared;

static void shared_free(void* own)
{
    Shared* shared = own;
    dd_rays_destroy(shared->rays);
    free(shared);
}

DdRays* dd_sense_rays(DdSense* s)
{
    Shared* shared = s->shared[DD_SHARED_RAYS];
    if (!shared) {
        const mjModel* m = dd_world_model(s->world);
        shared = calloc(1, sizeof *shared);
        bool* skip = calloc((size_t)m->ngeom + 1, sizeof *skip);
        DD_ASSERT(shared && skip);
        for (int g = 0; g < m->ngeom; g++) {
            skip[g] = !dd_world_geom_visual(s->world, g);
        }
        shared->rays = dd_rays_create(m, skip);
        shared->step = -1;
        free(skip);
        s->shared[DD_SHARED_RAYS] = shared;
        s->shared_free[DD_SHARED_RAYS] = shared_free;
    }
    if (shared->step != s->step) {
        dd_rays_follow(shared->rays, dd_world_data(s->world));
        shared->step = s->step;
    }
    return shared->rays;
}

bool* dd_rays_pass(DdSense* s, const DdUnit* u, DdError* err)
{
    const DdSensorDef* def = u->def.sensor;
    const mjModel* m = dd_world_model(s->world);
    bool* pass = calloc((size_t)m->ngeom + 1, sizeof *pass);
    DD_ASSERT(pass);
    DdRef ref;
    char full[DD_NAME_MAX];
    bool ok = true;
    if (!def->sees_self && (def->robot[0] || def->frame[0])) {
        // the whole robot or thing that the sensor is part of
        ok = dd_ref_of_sensor(s, u, &ref, full, err);
        int thing = ok ? dd_world_thing_of_body(s->world, ref.body) : -1;
        int root = ok ? m->body_rootid[ref.body] : 0;
        for (int g = 0; g < m->ngeom && ok; g++) {
            int body = m->geom_bodyid[g];
            pass[g] = thing >= 0 ? dd_world_thing_of_body(s->world, body) == thing &&
                                       !dd_geom_is_floor(s->world, g)
                                 : root > 0 && m->body_rootid[body] == root;
        }
    }
    for (int i = 0; i < def->exclude.n && ok; i++) {
        ok = dd_ref_find(s, def->exclude.v[i], u->what, "exclude", &ref, err);
        if (ok && ref.site >= 0) {
            ok = dd_fail(err, DD_ERROR_SCRIPT,
                         "%s: exclude must name things or bodies, and '%s' is a frame without a "
                         "shape",
                         u->what, def->exclude.v[i]);
        }
        for (int g = 0; g < m->ngeom && ok; g++) {
            pass[g] = pass[g] || dd_ref_holds(s, &ref, m->geom_bodyid[g]);
        }
    }
    if (!ok) {
        free(pass);
        return NULL;
    }
    return pass;
}
