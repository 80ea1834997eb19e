// Cover: the pixels whose centres a geom covers in the picture of a pinhole, by its faces: the same
// as the rays through these centres find, row by row instead of pixel by pixel.
#include <string.h>

#include "sim/sense/label_parts.h"

static const double k_near = 1e-3; // m; faces nearer are left to rays

typedef struct DdPoint {
    double x, y; // px
} DdPoint;

// Fills a convex polygon: rows between its lowest and highest corner, pixels between its two sides.
static void fill(const DdPoint* p, int n, const int window[4], unsigned char* mask)
{
    double lo = p[0].y, hi = p[0].y;

    for (int i = 1; i < n; i++) {
        lo = p[i].y < lo ? p[i].y : lo;
        hi = p[i].y > hi ? p[i].y : hi;
    }
    if (hi < window[1] || lo > window[3] - 1) {
        return;
    }
    int first = lo <= window[1] ? window[1] : (int)ceil(lo);
    int last = hi >= window[3] - 1 ? window[3] - 1 : (int)floor(hi);
    for (int y = first; y <= last; y++) {
        double left = INFINITY, right = -INFINITY;
        for (int i = 0; i < n; i++) {
            const DdPoint *a = &p[i], *b = &p[i + 1 < n ? i + 1 : 0];
            double up = a->y - y, down = b->y - y;
            if ((up > 0 && down > 0) || (up < 0 && down < 0)) {
                continue;
            }
            double x = up == down ? b->x : a->x + (b->x - a->x) * up / (up - down);
            left = x < left ? x : left;
            right = x > right ? x : right;
        }
        if (right < window[0] || left > window[2] - 1) {
            continue;
        }
        int from = left <= window[0] ? window[0] : (int)ceil(left);
        int to = right >= window[2] - 1 ? window[2] - 1 : (int)floor(right);
        if (from <= to) {
            memset(mask + (size_t)(y - window[1]) * (size_t)(window[2] - window[0]) +
                       (from - window[0]),
                   1, (size_t)(to - from + 1));
        }
    }
}

// a point of the geom's frame in the picture; `from`, `turn`: see DdSight
static bool to_pixel(const DdProjector* eye, const DdSight* s, const double p[3], DdPoint* out)
{
    double v[3] = {p[0] - s->from[0], p[1] - s->from[1], p[2] - s->from[2]};
    double z = s->turn[2] * v[0] + s->turn[5] * v[1] + s->turn[8] * v[2];

    if (z < k_near) {
        return false;
    }
    double x = s->turn[0] * v[0] + s->turn[3] * v[1] + s->turn[6] * v[2];
    double y = s->turn[1] * v[0] + s->turn[4] * v[1] + s->turn[7] * v[2];
    out->x = eye->pinhole[0] * x / z + eye->pinhole[2];
    out->y = eye->pinhole[1] * y / z + eye->pinhole[3];
    return true;
}

static bool cover_box(const DdLabels* l, const DdProjector* eye, const DdSight* s,
                      const int window[4], unsigned char* mask)
{
    // corners by bits x y z; the sides in order round
    static const int k_sides[6][4] = {{0, 1, 3, 2}, {4, 5, 7, 6}, {0, 1, 5, 4},
                                      {2, 3, 7, 6}, {0, 2, 6, 4}, {1, 3, 7, 5}};
    const double* half = l->m->geom_size + 3 * s->geom;
    DdPoint p[8];

    for (int i = 0; i < 8; i++) {
        double at[3] = {i & 1 ? half[0] : -half[0], i & 2 ? half[1] : -half[1],
                        i & 4 ? half[2] : -half[2]};
        if (!to_pixel(eye, s, at, &p[i])) {
            return false;
        }
    }
    for (int i = 0; i < 6; i++) {
        const int* k = k_sides[i];
        DdPoint side[4] = {p[k[0]], p[k[1]], p[k[2]], p[k[3]]};
        fill(side, 4, window, mask);
    }
    return true;
}

static bool cover_mesh(DdLabels* l, const DdProjector* eye, const DdSight* s, const int window[4],
                       unsigned char* mask)
{
    const mjModel* m = l->m;
    int mesh = m->geom_dataid[s->geom], n = m->mesh_vertnum[mesh];
    const float* vert = m->mesh_vert + 3 * (size_t)m->mesh_vertadr[mesh];
    const int* face = m->mesh_face + 3 * (size_t)m->mesh_faceadr[mesh];

    if (l->nvertex < n) {
        free(l->vertex);
        l->vertex = malloc(2 * (size_t)n * sizeof *l->vertex);
        DD_ASSERT(l->vertex);
        l->nvertex = n;
    }
    for (int i = 0; i < n; i++) {
        double at[3] = {vert[3 * i], vert[3 * i + 1], vert[3 * i + 2]};
        DdPoint p;
        if (!to_pixel(eye, s, at, &p)) {
            return false;
        }
        l->vertex[2 * i] = p.x;
        l->vertex[2 * i + 1] = p.y;
    }
    for (int i = 0; i < m->mesh_facenum[mesh]; i++, face += 3) {
        DdPoint corner[3];
        for (int k = 0; k < 3; k++) {
            corner[k] = (DdPoint){l->vertex[2 * face[k]], l->vertex[2 * face[k] + 1]};
        }
        fill(corner, 3, window, mask);
    }
    return true;
}

bool dd_cover_geom(DdLabels* l, const DdProjector* eye, const DdSight* s, const int window[4],
                   unsigned char* mask)
{
    int type = l->m->geom_type[s->geom];

    if (type == mjGEOM_BOX) {
        return cover_box(l, eye, s, window, mask);
    }
    if ((type == mjGEOM_MESH || type == mjGEOM_SDF) && l->m->geom_dataid[s->geom] >= 0) {
        return cover_mesh(l, eye, s, window, mask);
    }
    return false;
}
