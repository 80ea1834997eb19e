// Rays against meshes: boxes in single precision find the faces that a ray may meet, nearest first.
// A face then counts if it does for MuJoCo: the same sums in the same order on it and on the boxes
// around it.
#include "sim/sense/rays_mesh.h"

#include <string.h>

enum { k_normals = 64 };
// sines: a ray along a side of boxes, a ray along a face, as far as rounding can tell; twice the
// area over the longest edge squared of a face that rounding may turn
static const double k_along = 1e-9, k_thin = 1e-6;
static const float k_level = 1e-6f;

typedef struct Face {
    float v[3][3];
    int box;    // of MuJoCo's tree
    int order;  // in which MuJoCo comes by it
    bool loose; // some box around does not hold this one's to the bit
} Face;

struct DdRayMesh {
    DdTreeNode* node; // 0 is the root; a child below 0 is ~face
    Face* face;
    int nnode, nface;
    const double* aabb; // MuJoCo's boxes: centre, half
    int* parent;        // of each of them; -1: root
    double centre[3], extent;
    // where the ray goes along a face, its distance is what rounding makes of it, no matter where
    // the face's box is
    float normal[3][k_normals]; // all that faces have, up to the sign
    int nnormal;
    bool wild; // too many of them, or thin faces
};

typedef struct Making {
    DdRayMesh* mesh;
    const int* child;  // MuJoCo's: 2 each
    const int* nodeid; // a leaf's face; -1: none
    const float* vert;
    const int* corner; // 3 a face
    int* leaf;         // MuJoCo's boxes of faces, as its walk comes by them
    DdTreeSet set;     // of those
    float pad;
} Making;

static inline double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void cross(double out[3], const double a[3], const double b[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static double side_of(const double aabb[6], int upper, int k)
{
    return upper ? aabb[k] + aabb[3 + k] : aabb[k] - aabb[3 + k];
}

static bool is_loose(const DdRayMesh* mesh, int box)
{
    const double* own = mesh->aabb + 6 * box;
    for (int at = mesh->parent[box]; at >= 0; at = mesh->parent[at]) {
        const double* around = mesh->aabb + 6 * at;
        for (int k = 0; k < 3; k++) {
            if (side_of(around, 0, k) > side_of(own, 0, k) ||
                side_of(around, 1, k) < side_of(own, 1, k)) {
                return true;
            }
        }
    }
    return false;
}

// One more normal, when it is new.
static void add_normal(DdRayMesh* mesh, const Face* f)
{
    double e[3][3], n[3], longest = 0;
    for (int k = 0; k < 3; k++) {
        e[0][k] = (double)f->v[0][k] - (double)f->v[2][k];
        e[1][k] = (double)f->v[1][k] - (double)f->v[2][k];
        e[2][k] = e[0][k] - e[1][k];
    }
    for (int i = 0; i < 3; i++) {
        longest = fmax(longest, dot(e[i], e[i]));
    }
    cross(n, e[0], e[1]);
    double length = sqrt(dot(n, n));
    mesh->wild = mesh->wild || !(length > k_thin * longest);
    for (int i = 0; i < mesh->nnormal && !mesh->wild; i++) {
        double c = 0;
        for (int k = 0; k < 3; k++) {
            c += (double)mesh->normal[k][i] * n[k] / length;
        }
        // nearer to it than what counts as along it
        if (fabs(c) > 1 - 1e-14) {
            return;
        }
    }
    mesh->wild = mesh->wild || mesh->nnormal == k_normals;
    for (int k = 0; k < 3 && !mesh->wild; k++) {
        mesh->normal[k][mesh->nnormal] = (float)(n[k] / length);
    }
    mesh->nnormal += !mesh->wild;
}

// The face at place `i` of the order, numbered as nodes want them.
static int face_make(Making* w, int i)
{
    DdRayMesh* mesh = w->mesh;
    Face* f = &mesh->face[mesh->nface];
    int box = w->leaf[w->set.order[i]];
    const int* corner = w->corner + 3 * w->nodeid[box];
    for (int k = 0; k < 3; k++) {
        memcpy(f->v[k], w->vert + 3 * corner[k], sizeof f->v[k]);
    }
    f->box = box;
    f->order = w->set.order[i];
    f->loose = is_loose(mesh, box);
    add_normal(mesh, f);
    return ~mesh->nface++;
}

// Faces instead of the smallest parts, as long as there is room for them in the node.
static int dissolve(const Making* w, DdTreeRange part[DD_TREE_WIDE], int n)
{
    while (true) {
        int at = -1, least = DD_TREE_WIDE + 2 - n;
        for (int i = 0; i < n; i++) {
            int count = part[i].to - part[i].from;
            if (count > 1 && count < least) {
                least = count;
                at = i;
            }
        }
        if (at < 0) {
            return n;
        }
        int from = part[at].from;
        part[at] = dd_tree_range(&w->set, from, from + 1);
        for (int i = 1; i < least; i++) {
            part[n++] = dd_tree_range(&w->set, from + i, from + i + 1);
        }
    }
}

static int node_make(Making* w, const DdTreeRange* r, int depth)
{
    DdRayMesh* mesh = w->mesh;
    DdTreeRange part[DD_TREE_WIDE];
    int n = dissolve(w, part, dd_tree_parts(&w->set, r, DD_TREE_WIDE, part));
    int self = mesh->nnode++;
    DD_ASSERT(depth < DD_TREE_DEPTH);
    mesh->node[self].n = n;
    for (int i = 0; i < DD_TREE_WIDE; i++) {
        float lo[4], hi[4];
        int child = 0;
        if (i < n) {
            __m128 pad = _mm_set1_ps(w->pad);
            _mm_storeu_ps(lo, _mm_sub_ps(part[i].box.lo, pad));
            _mm_storeu_ps(hi, _mm_add_ps(part[i].box.hi, pad));
            child = part[i].to - part[i].from == 1 ? face_make(w, part[i].from)
                                                   : node_make(w, &part[i], depth + 1);
        }
        for (int k = 0; k < 3; k++) {
            mesh->node[self].side[0][k][i] = i < n ? lo[k] : INFINITY;
            mesh->node[self].side[1][k][i] = i < n ? hi[k] : -INFINITY;
        }
        mesh->node[self].child[i] = child;
    }
    return self;
}

// Parents and faces, in the order of MuJoCo's walk: the second child before the first.
static int walk(Making* w, int nbox)
{
    DdRayMesh* mesh = w->mesh;
    int* stack = calloc((size_t)nbox + 1, sizeof *stack);
    DD_ASSERT(stack);
    int n = 0, faces = 0;
    mesh->parent[0] = -1;
    stack[n++] = 0;
    while (n > 0) {
        int at = stack[--n];
        if (w->nodeid[at] >= 0) {
            w->leaf[faces++] = at;
            continue;
        }
        for (int i = 0; i < 2; i++) {
            int child = w->child[2 * at + i];
            if (child >= 0) {
                mesh->parent[child] = at;
                stack[n++] = child;
            }
        }
    }
    free(stack);
    return faces;
}

static void bound_faces(Making* w, int faces)
{
    for (int i = 0; i < faces; i++) {
        const double* aabb = w->mesh->aabb + 6 * w->leaf[i];
        float lo[4] = {0}, hi[4] = {0};
        for (int k = 0; k < 3; k++) {
            lo[k] = (float)(side_of(aabb, 0, k) - w->mesh->centre[k]);
            hi[k] = (float)(side_of(aabb, 1, k) - w->mesh->centre[k]);
        }
        w->set.bounds[i] = (DdTreeBox){_mm_loadu_ps(lo), _mm_loadu_ps(hi)};
        w->set.order[i] = i;
    }
}

// aligned_alloc wants whole multiples of the alignment
static void* rows_of(int n, size_t size)
{
    void* rows = aligned_alloc(32, ((size_t)n * size + 31) / 32 * 32);
    DD_ASSERT(rows);
    return rows;
}

DdRayMesh* dd_ray_mesh_create(const mjModel* m, int mesh)
{
    int at = m->mesh_bvhadr[mesh], nbox = m->mesh_bvhnum[mesh];
    if (at < 0 || nbox <= 0) {
        return NULL;
    }
    DdRayMesh* out = calloc(1, sizeof *out);
    DD_ASSERT(out);
    out->node = rows_of(nbox, sizeof *out->node);
    out->face = rows_of(nbox, sizeof *out->face);
    out->parent = rows_of(nbox, sizeof *out->parent);
    out->aabb = m->bvh_aabb + 6 * at;
    Making w = {
        .mesh = out,
        .child = m->bvh_child + 2 * at,
        .nodeid = m->bvh_nodeid + at,
        .vert = m->mesh_vert + 3 * m->mesh_vertadr[mesh],
        .corner = m->mesh_face + 3 * m->mesh_faceadr[mesh],
        .leaf = rows_of(nbox, sizeof *w.leaf),
        .set = {.bounds = rows_of(nbox, sizeof *w.set.bounds),
                .order = rows_of(nbox, sizeof *w.set.order)},
    };
    double widest = 0;
    for (int k = 0; k < 3; k++) {
        out->centre[k] = out->aabb[k];
        widest = fmax(widest, out->aabb[3 + k]);
    }
    // as with the tree over shapes
    out->extent = 4 * widest + 1e-3;
    w.pad = (float)(1e-5 * out->extent);
    int faces = walk(&w, nbox);
    bound_faces(&w, faces);
    DdTreeRange all = dd_tree_range(&w.set, 0, faces);
    node_make(&w, &all, 0);
    // whole rows of eight, the first once more where there is none
    for (; out->nnormal % DD_TREE_WIDE != 0; out->nnormal++) {
        for (int k = 0; k < 3; k++) {
            out->normal[k][out->nnormal] = out->normal[k][0];
        }
    }
    free(w.leaf);
    free(w.set.bounds);
    free(w.set.order);
    return out;
}

void dd_ray_mesh_destroy(DdRayMesh* mesh)
{
    if (!mesh) {
        return;
    }
    free(mesh->node);
    free(mesh->face);
    free(mesh->parent);
    free(mesh);
}

// A ray in the mesh's frame.
typedef struct Local {
    double from[3], dir[3];
    bool along;        // a side of boxes
    bool ready;        // what follows is known
    double axis[2][3]; // across the ray
    double inverse[3];
} Local;

// As mju_normalize3.
static inline void normalise(double v[3])
{
    double length = sqrt(dot(v, v));
    if (length < mjMINVAL) {
        v[0] = 1;
        v[1] = v[2] = 0;
        return;
    }
    double inverse = 1 / length;
    for (int k = 0; k < 3; k++) {
        v[k] *= inverse;
    }
}

static void local_of(const DdShape* s, const double from[3], const double dir[3], Local* l)
{
    const double* mat = s->mat;
    const double d[3] = {from[0] - s->pos[0], from[1] - s->pos[1], from[2] - s->pos[2]};
    l->along = l->ready = false;
    for (int k = 0; k < 3; k++) {
        l->from[k] = mat[k] * d[0] + mat[3 + k] * d[1] + mat[6 + k] * d[2];
        l->dir[k] = mat[k] * dir[0] + mat[3 + k] * dir[1] + mat[6 + k] * dir[2];
        l->along = l->along || fabs(l->dir[k]) < k_along;
    }
}

static void make_ready(Local* l)
{
    const double* v = l->dir;
    double a[3] = {1, 1, 1}, *b = l->axis[1];
    double x = fabs(v[0]), y = fabs(v[1]), z = fabs(v[2]);
    a[x >= y && x >= z ? 0 : y >= z ? 1 : 2] = 0;
    double scale = -dot(v, a) / dot(v, v);
    for (int k = 0; k < 3; k++) {
        b[k] = a[k] + v[k] * scale;
        l->inverse[k] = 1.0 / v[k];
    }
    normalise(b);
    cross(l->axis[0], b, v);
    normalise(l->axis[0]);
    l->ready = true;
}

// Distance to a face's plane where the face is, below 0 or NaN: not there.
static double face_ray(const Face* f, const Local* l)
{
    // corners as the ray sees them, it being at 0
    double v[3][3], p[3], q[3];
    for (int i = 0; i < 3; i++) {
        double d[3];
        for (int k = 0; k < 3; k++) {
            v[i][k] = (double)f->v[i][k];
            d[k] = v[i][k] - l->from[k];
        }
        p[i] = dot(l->axis[0], d);
        q[i] = dot(l->axis[1], d);
    }
    if ((p[0] > 0 && p[1] > 0 && p[2] > 0) || (p[0] < 0 && p[1] < 0 && p[2] < 0) ||
        (q[0] > 0 && q[1] > 0 && q[2] > 0) || (q[0] < 0 && q[1] < 0 && q[2] < 0)) {
        return -1;
    }
    double a = p[0] - p[2], b = p[1] - p[2], c = q[0] - q[2], d = q[1] - q[2];
    double area = a * d - b * c;
    if (fabs(area) < mjMINVAL) {
        return -1;
    }
    double s = (d * -p[2] - b * -q[2]) / area;
    double t = (-c * -p[2] + a * -q[2]) / area;
    if (s < 0 || t < 0 || s + t > 1) {
        return -1;
    }
    double e0[3], e1[3], to[3], normal[3];
    for (int k = 0; k < 3; k++) {
        e0[k] = v[0][k] - v[2][k];
        e1[k] = v[1][k] - v[2][k];
        to[k] = l->from[k] - v[2][k];
    }
    cross(normal, e0, e1);
    double speed = dot(l->dir, normal);
    return fabs(speed) < mjMINVAL ? -1 : -dot(to, normal) / speed;
}

// Whether MuJoCo's walk enters a box.
static bool box_met(const double aabb[6], const Local* l)
{
    double first = 0, last = INFINITY;
    for (int k = 0; k < 3; k++) {
        double a = (side_of(aabb, 0, k) - l->from[k]) * l->inverse[k];
        double b = (side_of(aabb, 1, k) - l->from[k]) * l->inverse[k];
        // in this form for what is not a number
        double near = a < b ? a : b;
        double far = a < b ? b : a;
        first = first > near ? first : near;
        last = last < far ? last : far;
    }
    return first <= last;
}

static bool face_met(const DdRayMesh* mesh, const Face* f, const Local* l)
{
    int at = f->box;
    if (!f->loose && !l->along) {
        return box_met(mesh->aabb + 6 * at, l);
    }
    for (; at >= 0; at = mesh->parent[at]) {
        if (!box_met(mesh->aabb + 6 * at, l)) {
            return false;
        }
    }
    return true;
}

typedef struct Search {
    Local l;
    double best;
    int hit;   // face, -1: none
    bool wild; // boxes do not tell how far what is in them may seem
} Search;

static void try_face(const DdRayMesh* mesh, int face, Search* search)
{
    const Face* f = &mesh->face[face];
    Local* l = &search->l;
    if (!l->ready) {
        make_ready(l);
    }
    double x = face_ray(f, l);
    // of two at the same distance the one that MuJoCo finds first
    if (!(x >= 0) || x > search->best ||
        (x == search->best && search->hit >= 0 && f->order > mesh->face[search->hit].order) ||
        !face_met(mesh, f, l)) {
        return;
    }
    search->best = x;
    search->hit = face;
}

static float limit_of(const Search* search, const DdTreeRay* ray)
{
    return search->wild ? INFINITY : (float)((search->best - ray->ahead) * (1 + 1e-6)) + 1e-30f;
}

static bool is_wild(const DdRayMesh* mesh, const DdTreeRay* ray)
{
    const __m256 sign = _mm256_set1_ps(-0.0f);
    __m256 least = _mm256_set1_ps(mesh->wild ? 0.0f : 1.0f);
    for (int i = 0; i < mesh->nnormal; i += DD_TREE_WIDE) {
        __m256 c = _mm256_setzero_ps();
        for (int k = 0; k < 3; k++) {
            __m256 n = _mm256_loadu_ps(mesh->normal[k] + i);
            c = _mm256_add_ps(c, _mm256_mul_ps(n, _mm256_set1_ps(ray->dir[k])));
        }
        least = _mm256_min_ps(least, _mm256_andnot_ps(sign, c));
    }
    return _mm256_movemask_ps(_mm256_cmp_ps(least, _mm256_set1_ps(k_level), _CMP_LT_OQ)) != 0;
}

static void search_tree(const DdRayMesh* mesh, const DdTreeRay* ray, Search* search)
{
    struct {
        float enter;
        int child;
    } stack[DD_TREE_DEPTH * DD_TREE_WIDE];
    int n = 0;
    float limit = limit_of(search, ray);
    stack[n].enter = 0;
    stack[n++].child = 0;
    while (n > 0) {
        n--;
        int at = stack[n].child;
        if (stack[n].enter > limit) {
            // what is below on the stack is from boxes around: nearer, perhaps
            continue;
        }
        if (at < 0) {
            try_face(mesh, ~at, search);
            limit = limit_of(search, ray);
            continue;
        }
        float enter[DD_TREE_WIDE];
        const DdTreeNode* node = &mesh->node[at];
        int base = n;
        for (int hits = dd_tree_node_hits(node, ray, limit, enter); hits; hits &= hits - 1) {
            int i = __builtin_ctz((unsigned)hits);
            int k = n++;
            for (; k > base && stack[k - 1].enter < enter[i]; k--) {
                stack[k] = stack[k - 1];
            }
            stack[k].enter = enter[i];
            stack[k].child = node->child[i];
        }
    }
}

double dd_ray_mesh_cast(const DdRayMesh* mesh, const DdShape* s, const double from[3],
                        const double dir[3], double max, int* face)
{
    Search search = {.best = max, .hit = -1};
    DdTreeRay ray;
    local_of(s, from, dir, &search.l);
    dd_tree_ray(mesh->centre, mesh->extent, search.l.from, search.l.dir, &ray);
    dd_tree_ray_slabs(&ray);
    search.wild = is_wild(mesh, &ray);
    search_tree(mesh, &ray, &search);
    // MuJoCo asks first for the box around it all
    if (search.hit < 0 || mju_rayGeom(s->pos, s->mat, s->size, from, dir, mjGEOM_BOX, NULL) < 0) {
        return -1;
    }
    if (face) {
        *face = search.hit;
    }
    return search.best;
}

void dd_ray_mesh_normal(const DdRayMesh* mesh, const DdShape* s, int face, double normal[3])
{
    const Face* f = &mesh->face[face];
    double e0[3], e1[3], n[3];
    for (int k = 0; k < 3; k++) {
        e0[k] = (double)f->v[0][k] - (double)f->v[2][k];
        e1[k] = (double)f->v[1][k] - (double)f->v[2][k];
    }
    cross(n, e0, e1);
    normalise(n);
    mju_mulMatVec3(normal, s->mat, n);
}
