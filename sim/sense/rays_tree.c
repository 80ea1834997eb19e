// The tree of the ray caster: built by a binned surface-area heuristic, eight children to a node.
#include "sim/sense/rays_tree.h"

#include <string.h>

enum { k_bins = 16, k_leaf = 8 };
// a tree that was fitted again and grew more than this is built anew
static const float k_grown = 1.2f;

static const DdTreeBox* bounds_of(const DdTreeSet* set, int i)
{
    return &set->bounds[set->order[i]];
}

static DdTreeBox box_none(void)
{
    return (DdTreeBox){_mm_set1_ps(INFINITY), _mm_set1_ps(-INFINITY)};
}

static DdTreeBox box_join(DdTreeBox a, DdTreeBox b)
{
    return (DdTreeBox){_mm_min_ps(a.lo, b.lo), _mm_max_ps(a.hi, b.hi)};
}

static float box_area(DdTreeBox b)
{
    __m128 e = _mm_sub_ps(b.hi, b.lo);
    __m128 p = _mm_mul_ps(e, _mm_shuffle_ps(e, e, _MM_SHUFFLE(3, 0, 2, 1)));
    float sum =
        _mm_cvtss_f32(_mm_add_ss(_mm_add_ss(p, _mm_shuffle_ps(p, p, 1)), _mm_shuffle_ps(p, p, 2)));
    return _mm_cvtss_f32(e) < 0 ? 0 : sum;
}

// aligned_alloc wants whole multiples of the alignment
static void* rows_of(size_t n, size_t size)
{
    return aligned_alloc(32, (n * size + 31) / 32 * 32);
}

void dd_tree_init(DdTree* t, int n)
{
    size_t room = (size_t)n + 1;
    *t = (DdTree){.n = n};
    t->shape = calloc(room, sizeof *t->shape);
    t->node = rows_of(room, sizeof *t->node);
    t->leaf = rows_of(room, sizeof *t->leaf);
    t->set.bounds = rows_of(room, sizeof *t->set.bounds);
    t->set.order = calloc(room, sizeof *t->set.order);
    DD_ASSERT(t->shape && t->node && t->leaf && t->set.bounds && t->set.order);
}

void dd_tree_free(DdTree* t)
{
    free(t->shape);
    free(t->node);
    free(t->leaf);
    free(t->set.bounds);
    free(t->set.order);
    *t = (DdTree){0};
}

// Half extents in the world of a shape around its box's centre; of round ones tighter than the box.
static void shape_reach(const DdShape* s, double reach[3])
{
    for (int k = 0; k < 3; k++) {
        const double* row = s->mat + 3 * k;
        switch (s->type) {
        case mjGEOM_SPHERE:
            reach[k] = s->size[0];
            break;
        case mjGEOM_CAPSULE:
            reach[k] = fabs(row[2]) * s->size[1] + s->size[0];
            break;
        case mjGEOM_CYLINDER: {
            double across = 1 - row[2] * row[2];
            reach[k] = fabs(row[2]) * s->size[1] + sqrt(across > 0 ? across : 0) * s->size[0];
            break;
        }
        case mjGEOM_ELLIPSOID: {
            double a = row[0] * s->size[0], b = row[1] * s->size[1], c = row[2] * s->size[2];
            reach[k] = sqrt(a * a + b * b + c * c);
            break;
        }
        default:
            reach[k] =
                fabs(row[0]) * s->half[0] + fabs(row[1]) * s->half[1] + fabs(row[2]) * s->half[2];
        }
    }
}

// World boxes of all shapes, about the centre of them all.
static void bound_shapes(DdTree* t)
{
    double lo[3] = {INFINITY, INFINITY, INFINITY}, hi[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (int i = 0; i < t->n; i++) {
        const DdShape* s = &t->shape[i];
        for (int k = 0; k < 3; k++) {
            lo[k] = s->box[k] < lo[k] ? s->box[k] : lo[k];
            hi[k] = s->box[k] > hi[k] ? s->box[k] : hi[k];
        }
    }
    double widest = 0;
    t->extent = 0;
    for (int k = 0; k < 3; k++) {
        t->centre[k] = t->n ? 0.5 * (lo[k] + hi[k]) : 0;
        widest = fmax(widest, t->n ? hi[k] - t->centre[k] : 0);
    }
    for (int i = 0; i < t->n; i++) {
        const DdShape* s = &t->shape[i];
        double reach[3];
        float at[4] = {0}, r[4] = {0};
        shape_reach(s, reach);
        for (int k = 0; k < 3; k++) {
            at[k] = (float)(s->box[k] - t->centre[k]);
            r[k] = (float)reach[k];
            t->extent = fmax(t->extent, reach[k]);
        }
        __m128 c = _mm_loadu_ps(at), h = _mm_loadu_ps(r);
        t->set.bounds[i] = (DdTreeBox){_mm_sub_ps(c, h), _mm_add_ps(c, h)};
        t->set.order[i] = i;
    }
    t->extent = 2 * (t->extent + widest) + 1e-3;
    // what single precision may err by, of numbers up to five times the extent: see dd_tree_ray
    t->pad = (float)(1e-5 * t->extent);
}

DdTreeRange dd_tree_range(const DdTreeSet* set, int from, int to)
{
    DdTreeRange r = {from, to, box_none()};
    for (int i = from; i < to; i++) {
        r.box = box_join(r.box, *bounds_of(set, i));
    }
    return r;
}

// Two parts of the cheapest of so many planes across the axis along which the centres spread most.
static void range_split(DdTreeSet* set, const DdTreeRange* r, DdTreeRange* left, DdTreeRange* right)
{
    __m128 lo = _mm_set1_ps(INFINITY), hi = _mm_set1_ps(-INFINITY);
    for (int i = r->from; i < r->to; i++) {
        const DdTreeBox* b = bounds_of(set, i);
        __m128 twice = _mm_add_ps(b->lo, b->hi);
        lo = _mm_min_ps(lo, twice);
        hi = _mm_max_ps(hi, twice);
    }
    float first[4], spread[4];
    _mm_storeu_ps(first, lo);
    _mm_storeu_ps(spread, _mm_sub_ps(hi, lo));
    int axis = spread[1] > spread[0] ? 1 : 0;
    axis = spread[2] > spread[axis] ? 2 : axis;
    int half = (r->from + r->to) / 2;
    if (!(spread[axis] > 0)) {
        *left = dd_tree_range(set, r->from, half);
        *right = dd_tree_range(set, half, r->to);
        return;
    }

    DdTreeBox bin[k_bins];
    int count[k_bins] = {0};
    for (int b = 0; b < k_bins; b++) {
        bin[b] = box_none();
    }
    float scale = k_bins / spread[axis];
    int n = r->to - r->from;
    for (int i = r->from; i < r->to; i++) {
        const DdTreeBox* b = bounds_of(set, i);
        float twice[4];
        _mm_storeu_ps(twice, _mm_add_ps(b->lo, b->hi));
        int at = (int)((twice[axis] - first[axis]) * scale);
        at = at < k_bins ? at : k_bins - 1;
        count[at]++;
        bin[at] = box_join(bin[at], *b);
    }
    // cost of cutting before bin b: boxes of both sides, weighed by what is in them
    DdTreeBox after[k_bins];
    DdTreeBox sum = box_none();
    for (int b = k_bins - 1; b > 0; b--) {
        sum = box_join(sum, bin[b]);
        after[b] = sum;
    }
    float best = INFINITY;
    int cut = 1, below = 0;
    DdTreeBox before = box_none(), best_left = r->box;
    for (int b = 1; b < k_bins; b++) {
        before = box_join(before, bin[b - 1]);
        below += count[b - 1];
        float cost = (float)below * box_area(before) + (float)(n - below) * box_area(after[b]);
        if (below > 0 && below < n && cost < best) {
            best = cost;
            cut = b;
            best_left = before;
        }
    }
    int i = r->from, k = r->to - 1;
    while (i <= k) {
        const DdTreeBox* b = bounds_of(set, i);
        float twice[4];
        _mm_storeu_ps(twice, _mm_add_ps(b->lo, b->hi));
        int at = (int)((twice[axis] - first[axis]) * scale);
        at = at < k_bins ? at : k_bins - 1;
        if (at < cut) {
            i++;
        } else {
            int swap = set->order[i];
            set->order[i] = set->order[k];
            set->order[k--] = swap;
        }
    }
    *left = (DdTreeRange){r->from, i, best_left};
    *right = (DdTreeRange){i, r->to, after[cut]};
}

// A place without a shape: boxes inside out.
static void leaf_blank(DdTreeLeaf* leaf, int i)
{
    for (int k = 0; k < 3; k++) {
        leaf->side[0][k][i] = INFINITY;
        leaf->side[1][k][i] = -INFINITY;
        leaf->box[k][i] = 0;
        leaf->half[k][i] = -INFINITY;
    }
    for (int k = 0; k < 9; k++) {
        leaf->mat[k][i] = k % 4 == 0;
    }
}

// The boxes of a leaf's shapes, of which it knows the numbers.
static void leaf_fill(const DdTree* t, DdTreeLeaf* leaf)
{
    for (int i = 0; i < leaf->n; i++) {
        const DdShape* s = &t->shape[leaf->shape[i]];
        float lo[4], hi[4];
        _mm_storeu_ps(lo, t->set.bounds[leaf->shape[i]].lo);
        _mm_storeu_ps(hi, t->set.bounds[leaf->shape[i]].hi);
        for (int k = 0; k < 3; k++) {
            leaf->box[k][i] = (float)(s->box[k] - t->centre[k]);
            leaf->half[k][i] = (float)s->half[k] + t->pad;
            leaf->side[0][k][i] = lo[k] - t->pad;
            leaf->side[1][k][i] = hi[k] + t->pad;
        }
        for (int k = 0; k < 9; k++) {
            leaf->mat[k][i] = (float)s->mat[k];
        }
    }
}

static int leaf_make(DdTree* t, const DdTreeRange* r)
{
    DdTreeLeaf* leaf = &t->leaf[t->nleaf];
    leaf->n = r->to - r->from;
    for (int i = 0; i < DD_TREE_WIDE; i++) {
        if (i < leaf->n) {
            leaf->shape[i] = t->set.order[r->from + i];
        } else {
            leaf_blank(leaf, i);
        }
    }
    leaf_fill(t, leaf);
    return ~t->nleaf++;
}

// What a ray that comes from anywhere is likely to meet, up to a factor.
static float tree_area(const DdTree* t)
{
    float sum = 0;
    for (int i = 0; i < t->nnode; i++) {
        const DdTreeNode* node = &t->node[i];
        for (int c = 0; c < node->n; c++) {
            float e[3];
            for (int k = 0; k < 3; k++) {
                e[k] = node->side[1][k][c] - node->side[0][k][c];
            }
            sum += e[0] * e[1] + e[1] * e[2] + e[2] * e[0];
        }
    }
    return sum;
}

int dd_tree_parts(DdTreeSet* set, const DdTreeRange* whole, int leaf,
                  DdTreeRange part[DD_TREE_WIDE])
{
    int n = 1;
    part[0] = *whole;
    while (n < DD_TREE_WIDE) {
        // the largest that is too much for a leaf
        int widest = -1;
        float most = -1;
        for (int i = 0; i < n; i++) {
            float area = box_area(part[i].box);
            if (part[i].to - part[i].from > leaf && area > most) {
                most = area;
                widest = i;
            }
        }
        if (widest < 0) {
            break;
        }
        DdTreeRange cut = part[widest];
        range_split(set, &cut, &part[widest], &part[n]);
        n++;
    }
    return n;
}

static int node_make(DdTree* t, const DdTreeRange* r)
{
    DdTreeRange part[DD_TREE_WIDE];
    int n = dd_tree_parts(&t->set, r, k_leaf, part);
    int self = t->nnode++;
    t->node[self].n = n;
    for (int i = 0; i < DD_TREE_WIDE; i++) {
        float lo[4], hi[4];
        int child = 0;
        if (i < n) {
            __m128 pad = _mm_set1_ps(t->pad);
            _mm_storeu_ps(lo, _mm_sub_ps(part[i].box.lo, pad));
            _mm_storeu_ps(hi, _mm_add_ps(part[i].box.hi, pad));
            child = part[i].to - part[i].from <= k_leaf ? leaf_make(t, &part[i])
                                                        : node_make(t, &part[i]);
        }
        for (int k = 0; k < 3; k++) {
            t->node[self].side[0][k][i] = i < n ? lo[k] : INFINITY;
            t->node[self].side[1][k][i] = i < n ? hi[k] : -INFINITY;
        }
        t->node[self].child[i] = child;
    }
    return self;
}

void dd_tree_build(DdTree* t)
{
    t->nnode = t->nleaf = 0;
    bound_shapes(t);
    if (t->n > 0) {
        DdTreeRange all = dd_tree_range(&t->set, 0, t->n);
        node_make(t, &all);
        t->area = t->area_built = tree_area(t);
    }
}

// The box around eight.
static void join_sides(float side[2][3][DD_TREE_WIDE], int n, float lo[3], float hi[3])
{
    for (int k = 0; k < 3; k++) {
        lo[k] = side[0][k][0];
        hi[k] = side[1][k][0];
        for (int i = 1; i < n; i++) {
            lo[k] = side[0][k][i] < lo[k] ? side[0][k][i] : lo[k];
            hi[k] = side[1][k][i] > hi[k] ? side[1][k][i] : hi[k];
        }
    }
}

bool dd_tree_refit(DdTree* t)
{
    if (t->n == 0) {
        return true;
    }
    bound_shapes(t);
    for (int i = 0; i < t->nleaf; i++) {
        leaf_fill(t, &t->leaf[i]);
    }
    // children have higher numbers than their parents
    for (int i = t->nnode - 1; i >= 0; i--) {
        DdTreeNode* node = &t->node[i];
        for (int c = 0; c < node->n; c++) {
            float lo[3], hi[3];
            int child = node->child[c];
            if (child < 0) {
                join_sides(t->leaf[~child].side, t->leaf[~child].n, lo, hi);
            } else {
                join_sides(t->node[child].side, t->node[child].n, lo, hi);
            }
            for (int k = 0; k < 3; k++) {
                node->side[0][k][c] = lo[k];
                node->side[1][k][c] = hi[k];
            }
        }
    }
    t->area = tree_area(t);
    return t->area < k_grown * t->area_built;
}

bool dd_tree_shaft(const DdTreeRay* ray, int n, DdTreeShaft* shaft)
{
    int axis = 0;
    for (int k = 1; k < 3; k++) {
        axis = fabsf(ray->dir[k]) > fabsf(ray->dir[axis]) ? k : axis;
    }
    int side = ray->dir[axis] < 0;
    *shaft = (DdTreeShaft){.axis = axis, .side = side, .shortest = INFINITY};
    shaft->across[0] = (axis + 1) % 3;
    shaft->across[1] = (axis + 2) % 3;
    for (int k = 0; k < 3; k++) {
        shaft->from[k][0] = INFINITY;
        shaft->from[k][1] = -INFINITY;
    }
    for (int k = 0; k < 2; k++) {
        shaft->slope[k][0] = INFINITY;
        shaft->slope[k][1] = -INFINITY;
    }
    for (int i = 0; i < n; i++) {
        float along = side ? -ray[i].dir[axis] : ray[i].dir[axis];
        if (ray[i].ahead > 0 || !(along > 0.3f)) {
            return false;
        }
        float length = 1 / along;
        shaft->shortest = length < shaft->shortest ? length : shaft->shortest;
        for (int k = 0; k < 3; k++) {
            float* from = shaft->from[k];
            from[0] = ray[i].from[k] < from[0] ? ray[i].from[k] : from[0];
            from[1] = ray[i].from[k] > from[1] ? ray[i].from[k] : from[1];
        }
        for (int k = 0; k < 2; k++) {
            float* slope = shaft->slope[k];
            float v = ray[i].dir[shaft->across[k]] * length;
            slope[0] = v < slope[0] ? v : slope[0];
            slope[1] = v > slope[1] ? v : slope[1];
        }
    }
    // rounding of the slopes; what is left is in the boxes' padding
    for (int k = 0; k < 2; k++) {
        shaft->slope[k][0] -= 1e-6f;
        shaft->slope[k][1] += 1e-6f;
    }
    shaft->shortest *= 0.999999f;
    return true;
}

// Which of eight boxes the shaft meets, and how far along its axis at least.
static int shaft_hits(const DdTreeShaft* s, const float side[2][3][DD_TREE_WIDE],
                      float enter[DD_TREE_WIDE])
{
    __m256 lo = _mm256_loadu_ps(side[0][s->axis]), hi = _mm256_loadu_ps(side[1][s->axis]);
    __m256 from_lo = _mm256_set1_ps(s->from[s->axis][0]);
    __m256 from_hi = _mm256_set1_ps(s->from[s->axis][1]);
    __m256 t0 = s->side ? _mm256_sub_ps(from_lo, hi) : _mm256_sub_ps(lo, from_hi);
    __m256 t1 = s->side ? _mm256_sub_ps(from_hi, lo) : _mm256_sub_ps(hi, from_lo);
    t0 = _mm256_max_ps(t0, _mm256_setzero_ps());
    __m256 in = _mm256_cmp_ps(t0, t1, _CMP_LE_OQ);
    for (int k = 0; k < 2; k++) {
        int a = s->across[k];
        __m256 low = _mm256_set1_ps(s->slope[k][0]), high = _mm256_set1_ps(s->slope[k][1]);
        __m256 least = _mm256_min_ps(_mm256_mul_ps(t0, low), _mm256_mul_ps(t1, low));
        __m256 most = _mm256_max_ps(_mm256_mul_ps(t0, high), _mm256_mul_ps(t1, high));
        least = _mm256_add_ps(least, _mm256_set1_ps(s->from[a][0]));
        most = _mm256_add_ps(most, _mm256_set1_ps(s->from[a][1]));
        in = _mm256_and_ps(in, _mm256_cmp_ps(most, _mm256_loadu_ps(side[0][a]), _CMP_GE_OQ));
        in = _mm256_and_ps(in, _mm256_cmp_ps(least, _mm256_loadu_ps(side[1][a]), _CMP_LE_OQ));
    }
    _mm256_storeu_ps(enter, t0);
    return _mm256_movemask_ps(in);
}

typedef struct Found {
    float enter;
    int leaf, lane;
} Found;

void dd_tree_gather(const DdTree* t, const DdTreeShaft* shaft, DdTreeGather* out)
{
    Found found[DD_TREE_SHAFT * DD_TREE_WIDE];
    int stack[DD_TREE_DEPTH * DD_TREE_WIDE];
    float enter[DD_TREE_WIDE];
    int n = 0, top = 0;
    out->n = 0;
    stack[top++] = 0;
    while (top > 0 && t->n > 0) {
        int at = stack[--top];
        if (at >= 0) {
            const DdTreeNode* node = &t->node[at];
            for (int hits = shaft_hits(shaft, node->side, enter); hits; hits &= hits - 1) {
                stack[top++] = node->child[__builtin_ctz((unsigned)hits)];
            }
            continue;
        }
        const DdTreeLeaf* leaf = &t->leaf[~at];
        for (int hits = shaft_hits(shaft, leaf->side, enter); hits; hits &= hits - 1) {
            if (n == DD_TREE_SHAFT * DD_TREE_WIDE) {
                out->n = -1;
                return;
            }
            int lane = __builtin_ctz((unsigned)hits), k = n++;
            for (; k > 0 && found[k - 1].enter > enter[lane]; k--) {
                found[k] = found[k - 1];
            }
            found[k] = (Found){enter[lane], ~at, lane};
        }
    }
    out->n = (n + DD_TREE_WIDE - 1) / DD_TREE_WIDE;
    for (int i = 0; i < out->n * DD_TREE_WIDE; i++) {
        DdTreeLeaf* to = &out->leaf[i / DD_TREE_WIDE];
        int lane = i % DD_TREE_WIDE;
        if (i >= n) {
            leaf_blank(to, lane);
            continue;
        }
        const DdTreeLeaf* from = &t->leaf[found[i].leaf];
        int was = found[i].lane;
        to->n = lane + 1;
        to->shape[lane] = from->shape[was];
        for (int k = 0; k < 3; k++) {
            to->box[k][lane] = from->box[k][was];
            to->half[k][lane] = from->half[k][was];
        }
        for (int k = 0; k < 9; k++) {
            to->mat[k][lane] = from->mat[k][was];
        }
        if (lane == 0) {
            out->enter[i / DD_TREE_WIDE] = found[i].enter * shaft->shortest;
        }
    }
}
