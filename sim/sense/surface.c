// Distances to the surfaces of geoms: from a point in closed form, between two geoms by MuJoCo.
//
// Meshes count as they are drawn (nearest triangle), height fields as the two triangles of each
// cell. MuJoCo's own geom distance does not know height fields: there the gap is the smallest of
// the distances from the other geom's characteristic points to the field and from the field's grid
// points to the other geom, 0 when one is inside the other.
#include <string.h>

#include "sim/sense/internal.h"

static double sq(double x)
{
    return x * x;
}

static void to_local(const double pos[3], const double mat[9], const double p[3], double out[3])
{
    double r[3] = {p[0] - pos[0], p[1] - pos[1], p[2] - pos[2]};
    for (int i = 0; i < 3; i++) {
        out[i] = mat[i] * r[0] + mat[3 + i] * r[1] + mat[6 + i] * r[2];
    }
}

static void to_world(const double pos[3], const double mat[9], const double p[3], double out[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = pos[i] + mat[3 * i] * p[0] + mat[3 * i + 1] * p[1] + mat[3 * i + 2] * p[2];
    }
}

static double point_box(const double p[3], const double half[3])
{
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double out = fabs(p[i]) - half[i];
        sum += out > 0 ? out * out : 0;
    }
    return sqrt(sum);
}

static double point_segment(const double p[3], const double a[3], const double b[3])
{
    double ab[3], ap[3];
    for (int i = 0; i < 3; i++) {
        ab[i] = b[i] - a[i];
        ap[i] = p[i] - a[i];
    }
    double len = dd_dot3(ab, ab);
    double t = len > 0 ? dd_clamp(dd_dot3(ap, ab) / len, 0, 1) : 0;
    return sqrt(sq(ap[0] - t * ab[0]) + sq(ap[1] - t * ab[1]) + sq(ap[2] - t * ab[2]));
}

static double point_triangle(const double p[3], const double a[3], const double b[3],
                             const double c[3])
{
    double ab[3], ac[3], ap[3], n[3];
    for (int i = 0; i < 3; i++) {
        ab[i] = b[i] - a[i];
        ac[i] = c[i] - a[i];
        ap[i] = p[i] - a[i];
    }
    // inside the prism above the face: distance to its plane
    double g11 = dd_dot3(ab, ab), g12 = dd_dot3(ab, ac), g22 = dd_dot3(ac, ac);
    double r1 = dd_dot3(ap, ab), r2 = dd_dot3(ap, ac);
    double det = g11 * g22 - g12 * g12;
    if (det > 0) {
        double u = (g22 * r1 - g12 * r2) / det, v = (g11 * r2 - g12 * r1) / det;
        if (u >= 0 && v >= 0 && u + v <= 1) {
            dd_cross3(n, ab, ac);
            return fabs(dd_dot3(ap, n)) / dd_norm3(n);
        }
    }
    double e1 = point_segment(p, a, b), e2 = point_segment(p, b, c), e3 = point_segment(p, c, a);
    double e = e1 < e2 ? e1 : e2;
    return e < e3 ? e : e3;
}

// Distance to the ellipsoid with half axes r: the foot point is r_i^2 p_i / (t + r_i^2), with the
// root t of sum (r_i p_i / (t + r_i^2))^2 = 1, found by bisection to the last bit.
static double point_ellipsoid(const double p[3], const double r[3])
{
    double inside = sq(p[0] / r[0]) + sq(p[1] / r[1]) + sq(p[2] / r[2]);
    if (inside <= 1) {
        return 0;
    }
    double rmax = fmax(r[0], fmax(r[1], r[2]));
    double lo = 0, hi = rmax * dd_norm3(p);
    for (int k = 0; k < 200; k++) {
        double t = 0.5 * (lo + hi);
        if (t <= lo || t >= hi) {
            break;
        }
        double f = -1;
        for (int i = 0; i < 3; i++) {
            f += sq(r[i] * p[i] / (t + r[i] * r[i]));
        }
        if (f > 0) {
            lo = t;
        } else {
            hi = t;
        }
    }
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        sum += sq(p[i] - r[i] * r[i] * p[i] / (lo + r[i] * r[i]));
    }
    return sqrt(sum);
}

static double point_mesh(const mjModel* m, int mesh, const double p[3])
{
    const float* vert = m->mesh_vert + 3 * m->mesh_vertadr[mesh];
    const int* face = m->mesh_face + 3 * m->mesh_faceadr[mesh];
    double best = INFINITY, solid = 0;
    for (int f = 0; f < m->mesh_facenum[mesh]; f++) {
        double v[3][3], d[3][3], len[3];
        for (int k = 0; k < 3; k++) {
            for (int i = 0; i < 3; i++) {
                v[k][i] = vert[3 * face[3 * f + k] + i];
                d[k][i] = v[k][i] - p[i];
            }
            len[k] = dd_norm3(d[k]);
        }
        double x = point_triangle(p, v[0], v[1], v[2]);
        best = x < best ? x : best;
        // solid angle of the face seen from the point: they add up to 4 pi inside a closed mesh
        double n[3];
        dd_cross3(n, d[1], d[2]);
        double den = len[0] * len[1] * len[2] + dd_dot3(d[0], d[1]) * len[2] +
                     dd_dot3(d[1], d[2]) * len[0] + dd_dot3(d[2], d[0]) * len[1];
        solid += 2 * atan2(dd_dot3(d[0], n), den);
    }
    return fabs(solid) > 2 * DD_PI ? 0 : best;
}

// --- height fields

typedef struct Field {
    const float* data;
    int nrow, ncol;
    const double* size; // half x, half y, top, bottom
    double dx, dy;
} Field;

static Field field_of(const mjModel* m, int geom)
{
    int h = m->geom_dataid[geom];
    Field f = {.data = m->hfield_data + m->hfield_adr[h],
               .nrow = m->hfield_nrow[h],
               .ncol = m->hfield_ncol[h],
               .size = m->hfield_size + 4 * h};
    f.dx = 2 * f.size[0] / (f.ncol - 1);
    f.dy = 2 * f.size[1] / (f.nrow - 1);
    return f;
}

static void field_vertex(const Field* f, int row, int col, double out[3])
{
    out[0] = col * f->dx - f->size[0];
    out[1] = row * f->dy - f->size[1];
    out[2] = f->size[2] * (double)f->data[row * f->ncol + col];
}

// range of cells that a window of +-reach around x overlaps
static void window(double x, double reach, double half, double step, int ncell, int* lo, int* hi)
{
    double a = floor((x - reach + half) / step), b = floor((x + reach + half) / step);
    *lo = (int)dd_clamp(a, 0, ncell - 1);
    *hi = (int)dd_clamp(b, 0, ncell - 1);
}

static double cell_distance(const Field* f, int row, int col, const double p[3])
{
    double v00[3], v01[3], v10[3], v11[3];
    field_vertex(f, row, col, v00);
    field_vertex(f, row, col + 1, v01);
    field_vertex(f, row + 1, col, v10);
    field_vertex(f, row + 1, col + 1, v11);
    double a = point_triangle(p, v00, v01, v11), b = point_triangle(p, v00, v11, v10);
    return a < b ? a : b;
}

static bool below_field(const Field* f, const double p[3])
{
    double cx = (p[0] + f->size[0]) / f->dx, cy = (p[1] + f->size[1]) / f->dy;
    if (cx < 0 || cy < 0 || cx > f->ncol - 1 || cy > f->nrow - 1 || p[2] < -f->size[3]) {
        return false;
    }
    int col = (int)dd_clamp(floor(cx), 0, f->ncol - 2),
        row = (int)dd_clamp(floor(cy), 0, f->nrow - 2);
    double u = cx - col, v = cy - row;
    const float* z = f->data + row * f->ncol + col;
    double z00 = z[0], z01 = z[1], z10 = z[f->ncol], z11 = z[f->ncol + 1];
    double top =
        u >= v ? z00 + u * (z01 - z00) + v * (z11 - z01) : z00 + v * (z10 - z00) + u * (z11 - z10);
    return p[2] <= f->size[2] * top;
}

static double point_field(const Field* f, const double p[3])
{
    if (below_field(f, p)) {
        return 0;
    }
    // the cell below gives a first bound, then every cell within that bound
    int c0, c1, r0, r1;
    window(p[0], 0, f->size[0], f->dx, f->ncol - 1, &c0, &c1);
    window(p[1], 0, f->size[1], f->dy, f->nrow - 1, &r0, &r1);
    double best = cell_distance(f, r0, c0, p);
    window(p[0], best, f->size[0], f->dx, f->ncol - 1, &c0, &c1);
    window(p[1], best, f->size[1], f->dy, f->nrow - 1, &r0, &r1);
    for (int r = r0; r <= r1; r++) {
        for (int c = c0; c <= c1; c++) {
            double x = cell_distance(f, r, c, p);
            best = x < best ? x : best;
        }
    }
    return best;
}

// --- public

double dd_point_geom(const mjModel* m, const mjData* d, const double point[3], int geom)
{
    const double* size = m->geom_size + 3 * geom;
    double p[3];
    to_local(d->geom_xpos + 3 * geom, d->geom_xmat + 9 * geom, point, p);
    double out;
    switch (m->geom_type[geom]) {
    case mjGEOM_PLANE:
        out = p[2];
        break;
    case mjGEOM_SPHERE:
        out = dd_norm3(p) - size[0];
        break;
    case mjGEOM_CAPSULE: {
        double axis[3] = {p[0], p[1], fmax(0, fabs(p[2]) - size[1])};
        out = dd_norm3(axis) - size[0];
        break;
    }
    case mjGEOM_CYLINDER: {
        double radial = fmax(0, hypot(p[0], p[1]) - size[0]), axial = fmax(0, fabs(p[2]) - size[1]);
        out = hypot(radial, axial);
        break;
    }
    case mjGEOM_ELLIPSOID:
        out = point_ellipsoid(p, size);
        break;
    case mjGEOM_MESH:
        out = point_mesh(m, m->geom_dataid[geom], p);
        break;
    case mjGEOM_HFIELD: {
        Field f = field_of(m, geom);
        out = point_field(&f, p);
        break;
    }
    default: { // a box, and whatever is known by its bounding box only
        const double* aabb = m->geom_aabb + 6 * geom;
        double q[3] = {p[0] - aabb[0], p[1] - aabb[1], p[2] - aabb[2]};
        out = point_box(q, aabb + 3);
    }
    }
    return fmax(out, 0);
}

// Characteristic points of a geom against a height field: a ball's centre, points of a capsule's
// axis, corners, rims, vertices; then the field's grid points against the geom.
static double field_gap(const mjModel* m, const mjData* d, int field, int geom, double max)
{
    Field f = field_of(m, field);
    const double* fpos = d->geom_xpos + 3 * field;
    const double* fmat = d->geom_xmat + 9 * field;
    const double* gpos = d->geom_xpos + 3 * geom;
    const double* gmat = d->geom_xmat + 9 * geom;
    const double* size = m->geom_size + 3 * geom;
    int type = m->geom_type[geom];
    double best = max;

    int n = type == mjGEOM_SPHERE ? 1 : type == mjGEOM_CAPSULE ? 9 : type == mjGEOM_BOX ? 8 : 34;
    if (type == mjGEOM_MESH) {
        n = m->mesh_vertnum[m->geom_dataid[geom]];
    }
    double radius = type == mjGEOM_SPHERE || type == mjGEOM_CAPSULE ? size[0] : 0;
    for (int k = 0; k < n; k++) {
        double p[3] = {0, 0, 0}, q[3];
        if (type == mjGEOM_CAPSULE) {
            p[2] = size[1] * (k - 4) / 4.0;
        } else if (type == mjGEOM_BOX) {
            for (int i = 0; i < 3; i++) {
                p[i] = k >> i & 1 ? size[i] : -size[i];
            }
        } else if (type == mjGEOM_MESH) {
            const float* v = m->mesh_vert + 3 * (m->mesh_vertadr[m->geom_dataid[geom]] + k);
            for (int i = 0; i < 3; i++) {
                p[i] = v[i];
            }
        } else if (type == mjGEOM_CYLINDER && k < 32) {
            double turn = 2 * DD_PI * (k % 16) / 16;
            p[0] = size[0] * cos(turn);
            p[1] = size[0] * sin(turn);
            p[2] = k < 16 ? size[1] : -size[1];
        } else if (type == mjGEOM_ELLIPSOID && k < 32) {
            double turn = 2 * DD_PI * (k % 8) / 8, up = ((k / 8) - 1.5) * DD_PI / 4;
            p[0] = size[0] * cos(turn) * cos(up);
            p[1] = size[1] * sin(turn) * cos(up);
            p[2] = size[2] * sin(up);
        } else if (k >= 32) {
            p[2] = k == 32 ? size[type == mjGEOM_CYLINDER ? 1 : 2]
                           : -size[type == mjGEOM_CYLINDER ? 1 : 2];
        }
        to_world(gpos, gmat, p, q);
        to_local(fpos, fmat, q, p);
        best = fmin(best, point_field(&f, p) - radius);
    }

    // grid points near the geom against the geom
    double centre[3];
    to_local(fpos, fmat, gpos, centre);
    double reach = m->geom_rbound[geom] + fmax(best, 0);
    int c0, c1, r0, r1;
    window(centre[0], reach, f.size[0], f.dx, f.ncol - 1, &c0, &c1);
    window(centre[1], reach, f.size[1], f.dy, f.nrow - 1, &r0, &r1);
    for (int r = r0; r <= r1 + 1; r++) {
        for (int c = c0; c <= c1 + 1; c++) {
            double v[3], q[3];
            field_vertex(&f, r, c, v);
            to_world(fpos, fmat, v, q);
            best = fmin(best, dd_point_geom(m, d, q, geom));
        }
    }
    return fmax(best, 0);
}

double dd_geom_gap(const mjModel* m, mjData* d, int geom1, int geom2, double max)
{
    bool field1 = m->geom_type[geom1] == mjGEOM_HFIELD,
         field2 = m->geom_type[geom2] == mjGEOM_HFIELD;
    bool plane1 = m->geom_type[geom1] == mjGEOM_PLANE, plane2 = m->geom_type[geom2] == mjGEOM_PLANE;
    // floors do not approach each other
    if ((field1 || plane1) && (field2 || plane2)) {
        return max;
    }
    if (field1 || field2) {
        return field_gap(m, d, field1 ? geom1 : geom2, field1 ? geom2 : geom1, max);
    }
    return fmin(mj_geomDistance(m, d, geom1, geom2, max, NULL), max);
}

double dd_ball_geom_bound(const mjModel* m, const mjData* d, const double centre[3], double radius,
                          int geom)
{
    double p[3];
    to_local(d->geom_xpos + 3 * geom, d->geom_xmat + 9 * geom, centre, p);
    if (m->geom_type[geom] == mjGEOM_PLANE) {
        return p[2] - radius;
    }
    // signed: a ball deep inside the box overlaps it by more than its radius
    const double* aabb = m->geom_aabb + 6 * geom;
    double sum = 0, deepest = -INFINITY;
    for (int i = 0; i < 3; i++) {
        double out = fabs(p[i] - aabb[i]) - aabb[3 + i];
        sum += out > 0 ? out * out : 0;
        deepest = out > deepest ? out : deepest;
    }
    return (deepest > 0 ? sqrt(sum) : deepest) - radius;
}
