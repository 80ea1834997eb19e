// Inside the ray caster: one bounding volume hierarchy over shapes, eight boxes to a node and up to
// eight oriented boxes to a leaf, in single precision with boxes grown so that none is missed.
#pragma once

#include <immintrin.h>

#include "sim/sense/internal.h"

enum { DD_TREE_WIDE = 8, DD_TREE_DEPTH = 64, DD_TREE_SHAFT = 12 };

// Lower and upper corner, the fourth lane unused.
typedef struct DdTreeBox {
    __m128 lo, hi;
} DdTreeBox;

// Things to build a tree over: their boxes, and a permutation of them that building puts in order.
typedef struct DdTreeSet {
    DdTreeBox* bounds;
    int* order;
} DdTreeSet;

typedef struct DdTreeRange { // of the order
    int from, to;
    DdTreeBox box;
} DdTreeRange;

struct DdRayMesh;

// A geom as MuJoCo's ray functions want it, and a box of its own axes around it.
typedef struct DdShape {
    double pos[3], mat[9], size[3];
    double box[3], half[3]; // of the box: centre in the world, half extents along mat's columns
    int geom, type;
    const struct DdRayMesh* mesh; // of a mesh's geom, else NULL
} DdShape;

// Children that are not there are boxes that nothing hits.
typedef struct DdTreeNode {
    float side[2][3][DD_TREE_WIDE]; // lower and upper corners
    int child[DD_TREE_WIDE];        // node, or ~leaf
    int n;
} DdTreeNode;

typedef struct DdTreeLeaf {
    float side[2][3][DD_TREE_WIDE]; // world boxes
    float box[3][DD_TREE_WIDE], mat[9][DD_TREE_WIDE], half[3][DD_TREE_WIDE];
    int shape[DD_TREE_WIDE];
    int n;
} DdTreeLeaf;

typedef struct DdTree {
    int n, nnode, nleaf;
    DdShape* shape;   // (n) the caller's, filled before build
    DdTreeNode* node; // (n + 1) node 0 is the root
    DdTreeLeaf* leaf; // (n + 1)
    double centre[3]; // single precision counts from here
    double extent;    // m; no corner of any box is farther from the centre
    float pad;
    float area, area_built; // of all boxes, now and when it was built
    DdTreeSet set;          // (n)
} DdTree;

// A ray as the tree sees it.
typedef struct DdTreeRay {
    float from[3], dir[3], inverse[3];
    int near[3];  // side of a box that the ray meets first
    double ahead; // m; the tree's ray begins this far along the ray
} DdTreeRay;

// What rays that go about the same way have in common: slopes over the axis along which they go
// most. Whatever one of them meets, it meets.
typedef struct DdTreeShaft {
    int axis, side; // along +axis 0, against it 1
    int across[2];
    float from[3][2];  // where they begin: lower, upper
    float slope[2][2]; // of each of `across`
    float shortest;    // m along a ray for 1 m along the axis, at least
} DdTreeShaft;

// The shapes that a shaft meets, nearest first, as leaves to test rays against.
typedef struct DdTreeGather {
    int n; // leaves; -1: too many to be worth it
    DdTreeLeaf leaf[DD_TREE_SHAFT];
    float enter[DD_TREE_SHAFT]; // m; no ray is in any shape of this or later leaves before
} DdTreeGather;

DdTreeRange dd_tree_range(const DdTreeSet* set, int from, int to);
// Up to eight parts of a range, cut while some are of more than `leaf` things; how many.
int dd_tree_parts(DdTreeSet* set, const DdTreeRange* whole, int leaf,
                  DdTreeRange part[DD_TREE_WIDE]);

void dd_tree_init(DdTree* t, int n);
void dd_tree_free(DdTree* t);
// Anew from the shapes.
void dd_tree_build(DdTree* t);
// The same tree around shapes that moved; false: it is worth building it anew.
bool dd_tree_refit(DdTree* t);
// False when the rays do not go the same way.
bool dd_tree_shaft(const DdTreeRay* ray, int n, DdTreeShaft* shaft);
void dd_tree_gather(const DdTree* t, const DdTreeShaft* shaft, DdTreeGather* out);

// `centre` and `extent` as of a tree.
static inline void dd_tree_ray(const double centre[3], double extent, const double from[3],
                               const double dir[3], DdTreeRay* ray)
{
    double p[3];
    for (int k = 0; k < 3; k++) {
        p[k] = from[k] - centre[k];
    }
    // from far away the ray begins before the ball of 2 extents, to keep its digits
    double far = p[0] * p[0] + p[1] * p[1] + p[2] * p[2];
    ray->ahead = 0;
    if (far > 16 * extent * extent) {
        ray->ahead = sqrt(far) - 3 * extent;
    }
    for (int k = 0; k < 3; k++) {
        ray->from[k] = (float)(p[k] + ray->ahead * dir[k]);
        ray->dir[k] = (float)dir[k];
    }
}

// What nodes need of it.
static inline void dd_tree_ray_slabs(DdTreeRay* ray)
{
    for (int k = 0; k < 3; k++) {
        // a ray across an axis stays where it is on it
        float v = ray->dir[k];
        v = fabsf(v) < 1e-18f ? copysignf(1e-18f, v) : v;
        ray->inverse[k] = 1 / v;
        ray->near[k] = v < 0;
    }
}

// Children of a node that the ray meets before `best` (m along the tree's ray): a bit each, and
// where it enters them.
static inline int dd_tree_node_hits(const DdTreeNode* node, const DdTreeRay* ray, float best,
                                    float enter[DD_TREE_WIDE])
{
    __m256 first = _mm256_setzero_ps();
    __m256 last = _mm256_set1_ps(best);
#pragma GCC unroll 3
    for (int k = 0; k < 3; k++) {
        __m256 from = _mm256_set1_ps(ray->from[k]);
        __m256 inverse = _mm256_set1_ps(ray->inverse[k]);
        int near = ray->near[k];
        __m256 a = _mm256_loadu_ps(node->side[near][k]);
        __m256 b = _mm256_loadu_ps(node->side[1 - near][k]);
        first = _mm256_max_ps(first, _mm256_mul_ps(_mm256_sub_ps(a, from), inverse));
        last = _mm256_min_ps(last, _mm256_mul_ps(_mm256_sub_ps(b, from), inverse));
    }
    // rounding of the two products
    last = _mm256_mul_ps(last, _mm256_set1_ps(1.000002f));
    _mm256_storeu_ps(enter, first);
    return _mm256_movemask_ps(_mm256_cmp_ps(first, last, _CMP_LE_OQ));
}

// The same of a leaf's oriented boxes.
static inline int dd_tree_leaf_hits(const DdTreeLeaf* leaf, const DdTreeRay* ray, float best,
                                    float enter[DD_TREE_WIDE])
{
    const __m256 sign = _mm256_set1_ps(-0.0f);
    const __m256 tiny = _mm256_set1_ps(1e-18f);
    __m256 dx = _mm256_sub_ps(_mm256_set1_ps(ray->from[0]), _mm256_loadu_ps(leaf->box[0]));
    __m256 dy = _mm256_sub_ps(_mm256_set1_ps(ray->from[1]), _mm256_loadu_ps(leaf->box[1]));
    __m256 dz = _mm256_sub_ps(_mm256_set1_ps(ray->from[2]), _mm256_loadu_ps(leaf->box[2]));
    __m256 vx = _mm256_set1_ps(ray->dir[0]);
    __m256 vy = _mm256_set1_ps(ray->dir[1]);
    __m256 vz = _mm256_set1_ps(ray->dir[2]);
    __m256 first = _mm256_setzero_ps();
    __m256 last = _mm256_set1_ps(best);
#pragma GCC unroll 3
    for (int k = 0; k < 3; k++) {
        __m256 rx = _mm256_loadu_ps(leaf->mat[k]);
        __m256 ry = _mm256_loadu_ps(leaf->mat[3 + k]);
        __m256 rz = _mm256_loadu_ps(leaf->mat[6 + k]);
        __m256 half = _mm256_loadu_ps(leaf->half[k]);
        __m256 p = _mm256_add_ps(_mm256_add_ps(_mm256_mul_ps(rx, dx), _mm256_mul_ps(ry, dy)),
                                 _mm256_mul_ps(rz, dz));
        __m256 v = _mm256_add_ps(_mm256_add_ps(_mm256_mul_ps(rx, vx), _mm256_mul_ps(ry, vy)),
                                 _mm256_mul_ps(rz, vz));
        // p and half seen as if the ray went along +axis
        __m256 turned = _mm256_and_ps(v, sign);
        __m256 speed = _mm256_max_ps(_mm256_andnot_ps(sign, v), tiny);
        __m256 inverse = _mm256_div_ps(_mm256_set1_ps(-1.0f), speed);
        p = _mm256_xor_ps(p, turned);
        first = _mm256_max_ps(first, _mm256_mul_ps(_mm256_add_ps(p, half), inverse));
        last = _mm256_min_ps(last, _mm256_mul_ps(_mm256_sub_ps(p, half), inverse));
    }
    last = _mm256_mul_ps(last, _mm256_set1_ps(1.000002f));
    _mm256_storeu_ps(enter, first);
    return _mm256_movemask_ps(_mm256_cmp_ps(first, last, _CMP_LE_OQ));
}
