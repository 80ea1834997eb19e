// Outline: where all of an object falls in a picture, hidden or not, for any lens; and the oriented
// box around it.
#include <string.h>

#include "sim/sense/label_parts.h"

// straight edges are halved where a lens bends them by more than this
static const double k_bend_px = 0.1;
static const double k_limit = 10; // sizes of the picture; farther out nothing is told apart
enum { k_halvings = 6, k_searches = 30, k_contour = 160, k_rim = 96, k_small_mesh = 200 };

typedef struct DdView {
    const DdProjector* eye;
    double R[9], t[3]; // of the world in the optical frame
    DdOutline* out;
    bool any, missed; // points that the lens shows, and does not
} DdView;

typedef struct DdSolid { // a geom in the optical frame
    double R[9], t[3];
} DdSolid;

static void mul_mat_vec(double out[3], const double R[9], const double v[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = R[3 * i] * v[0] + R[3 * i + 1] * v[1] + R[3 * i + 2] * v[2];
    }
}

static void view_begin(DdView* v, const DdProjector* eye, DdOutline* out)
{
    double R[9];

    mju_quat2Mat(R, eye->pose.quat);
    v->eye = eye;
    v->out = out;
    v->any = v->missed = false;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            v->R[3 * i + k] = R[3 * k + i];
        }
    }
    mul_mat_vec(v->t, v->R, eye->pose.pos);
    for (int i = 0; i < 3; i++) {
        v->t[i] = -v->t[i];
    }
}

static void place(const DdView* v, const double pos[3], const double mat[9], DdSolid* s)
{
    mul_mat_vec(s->t, v->R, pos);
    for (int i = 0; i < 3; i++) {
        s->t[i] += v->t[i];
        for (int k = 0; k < 3; k++) {
            s->R[3 * i + k] =
                v->R[3 * i] * mat[k] + v->R[3 * i + 1] * mat[3 + k] + v->R[3 * i + 2] * mat[6 + k];
        }
    }
}

static void solid_point(const DdSolid* s, double x, double y, double z, double p[3])
{
    const double v[3] = {x, y, z};

    mul_mat_vec(p, s->R, v);
    for (int i = 0; i < 3; i++) {
        p[i] += s->t[i];
    }
}

// pixel i reaches from i - 0.5 to i + 0.5 around its centre: in edge coordinates from i to i + 1
static bool project(const DdView* v, const double p[3], double px[2])
{
    if (!v->eye->project(v->eye->user, p, px)) {
        return false;
    }
    px[0] = dd_clamp(px[0] + 0.5, -k_limit * v->eye->width, k_limit * v->eye->width);
    px[1] = dd_clamp(px[1] + 0.5, -k_limit * v->eye->height, k_limit * v->eye->height);
    return true;
}

static void extend(DdView* v, const double px[2])
{
    DdOutline* o = v->out;

    if (!v->any) {
        o->x0 = o->x1 = px[0];
        o->y0 = o->y1 = px[1];
        v->any = true;
        return;
    }
    o->x0 = px[0] < o->x0 ? px[0] : o->x0;
    o->x1 = px[0] > o->x1 ? px[0] : o->x1;
    o->y0 = px[1] < o->y0 ? px[1] : o->y0;
    o->y1 = px[1] > o->y1 ? px[1] : o->y1;
}

static bool add_point(DdView* v, const double p[3])
{
    double px[2];

    if (!project(v, p, px)) {
        v->missed = true;
        return false;
    }
    extend(v, px);
    return true;
}

static void middle(const double a[3], const double b[3], double m[3])
{
    for (int i = 0; i < 3; i++) {
        m[i] = 0.5 * (a[i] + b[i]);
    }
}

// how far a pixel lies from the line through two others
static double off_line(const double p[2], const double a[2], const double b[2])
{
    double dx = b[0] - a[0], dy = b[1] - a[1];
    double n = sqrt(dx * dx + dy * dy);
    double ex = p[0] - a[0], ey = p[1] - a[1];

    return n > 1e-9 ? fabs(dx * ey - dy * ex) / n : sqrt(ex * ex + ey * ey);
}

// An edge whose ends were projected (`ua`, `ub` say whether the lens shows them), without its ends.
static void add_edge(DdView* v, const double a[3], const double b[3], const double pa[2],
                     const double pb[2], bool ua, bool ub, int level)
{
    double m[3], pm[2];

    if (ua && ub) {
        middle(a, b, m);
        if (!project(v, m, pm)) {
            return;
        }
        extend(v, pm);
        if (level < k_halvings && off_line(pm, pa, pb) > k_bend_px) {
            add_edge(v, a, m, pa, pm, true, true, level + 1);
            add_edge(v, m, b, pm, pb, true, true, level + 1);
        }
        return;
    }
    if (!ua && !ub) {
        // it may pass through the picture all the same
        middle(a, b, m);
        bool um = project(v, m, pm);
        if (um) {
            extend(v, pm);
        }
        if (level < 3) {
            add_edge(v, a, m, pa, pm, false, um, level + 1);
            add_edge(v, m, b, pm, pb, um, false, level + 1);
        }
        return;
    }
    // one end is behind the camera or beyond the lens: where does the edge leave what it shows?
    double in[3], out[3], p_in[2];
    memcpy(in, ua ? a : b, sizeof in);
    memcpy(out, ua ? b : a, sizeof out);
    memcpy(p_in, ua ? pa : pb, sizeof p_in);
    for (int i = 0; i < k_searches; i++) {
        middle(in, out, m);
        if (project(v, m, pm)) {
            memcpy(in, m, sizeof in);
            memcpy(p_in, pm, sizeof p_in);
        } else {
            memcpy(out, m, sizeof out);
        }
    }
    extend(v, p_in);
    if (level < k_halvings) {
        add_edge(v, ua ? a : b, in, ua ? pa : pb, p_in, true, true, level + 1);
    }
}

static void add_line(DdView* v, const double a[3], const double b[3])
{
    double pa[2] = {0}, pb[2] = {0};
    bool ua = project(v, a, pa), ub = project(v, b, pb);

    if (ua) {
        extend(v, pa);
    }
    if (ub) {
        extend(v, pb);
    }
    add_edge(v, a, b, pa, pb, ua, ub, 0);
}

static void add_box(DdView* v, const DdSolid* s, const double centre[3], const double half[3])
{
    double p[8][3], px[8][2] = {0};
    bool u[8];

    for (int i = 0; i < 8; i++) {
        solid_point(s, centre[0] + (i & 1 ? half[0] : -half[0]),
                    centre[1] + (i & 2 ? half[1] : -half[1]),
                    centre[2] + (i & 4 ? half[2] : -half[2]), p[i]);
        u[i] = project(v, p[i], px[i]);
        if (u[i]) {
            extend(v, px[i]);
        }
    }
    for (int i = 0; i < 8; i++) {
        for (int bit = 1; bit < 8; bit <<= 1) {
            if (!(i & bit)) {
                add_edge(v, p[i], p[i | bit], px[i], px[i | bit], u[i], u[i | bit], 0);
            }
        }
    }
}

// The contour of an ellipsoid as the eye sees it: in the space where it is a unit ball, the circle
// in which the cone from the eye touches it. False when the eye is inside.
static bool add_ellipsoid(DdView* v, const DdSolid* s, const double at[3], const double size[3],
                          int n)
{
    double eye[3], to[3], x[3], y[3];
    double c[3];

    solid_point(s, at[0], at[1], at[2], c);
    for (int i = 0; i < 3; i++) {
        eye[i] = -(s->R[i] * c[0] + s->R[3 + i] * c[1] + s->R[6 + i] * c[2]) / size[i];
    }
    double d = dd_norm3(eye);
    if (d <= 1) {
        return false;
    }
    int least = fabs(eye[0]) < fabs(eye[1]) ? 0 : 1;
    least = fabs(eye[2]) < fabs(eye[least]) ? 2 : least;
    double other[3] = {least == 0, least == 1, least == 2};
    for (int i = 0; i < 3; i++) {
        to[i] = eye[i] / d;
    }
    dd_cross3(x, to, other);
    double nx = dd_norm3(x);
    for (int i = 0; i < 3; i++) {
        x[i] /= nx;
    }
    dd_cross3(y, to, x);
    double radius = sqrt(1 - 1 / (d * d));
    for (int i = 0; i < n; i++) {
        double a = 2 * DD_PI * i / n, ca = radius * cos(a), sa = radius * sin(a), p[3];
        double u[3];
        for (int k = 0; k < 3; k++) {
            u[k] = at[k] + size[k] * (to[k] / d + ca * x[k] + sa * y[k]);
        }
        solid_point(s, u[0], u[1], u[2], p);
        add_point(v, p);
    }
    return true;
}

static void add_cylinder(DdView* v, const DdSolid* s, double radius, double half)
{
    double below[3], above[3];

    for (int i = 0; i < k_rim; i++) {
        double a = 2 * DD_PI * i / k_rim, x = radius * cos(a), y = radius * sin(a);
        solid_point(s, x, y, -half, below);
        solid_point(s, x, y, half, above);
        add_point(v, below);
        add_point(v, above);
        if (i % 12 == 0) {
            add_line(v, below, above);
        }
    }
}

// every vertex; of a coarse mesh its edges too, because a lens bends them
static void add_mesh(DdView* v, const mjModel* m, int geom, const DdSolid* s)
{
    int mesh = m->geom_dataid[geom];
    const float* vert = m->mesh_vert + 3 * (size_t)m->mesh_vertadr[mesh];
    double p[3], q[3];

    for (int i = 0; i < m->mesh_vertnum[mesh]; i++) {
        solid_point(s, vert[3 * i], vert[3 * i + 1], vert[3 * i + 2], p);
        add_point(v, p);
    }
    if (m->mesh_facenum[mesh] > k_small_mesh) {
        return;
    }
    const int* face = m->mesh_face + 3 * (size_t)m->mesh_faceadr[mesh];
    for (int i = 0; i < 3 * m->mesh_facenum[mesh]; i++) {
        const float* a = vert + 3 * face[i];
        const float* b = vert + 3 * face[i % 3 == 2 ? i - 2 : i + 1];
        solid_point(s, a[0], a[1], a[2], p);
        solid_point(s, b[0], b[1], b[2], q);
        add_line(v, p, q);
    }
}

static bool is_mesh(const mjModel* m, int geom)
{
    int type = m->geom_type[geom];

    return (type == mjGEOM_MESH || type == mjGEOM_SDF) && m->geom_dataid[geom] >= 0;
}

static void add_geom(DdView* v, const mjModel* m, int geom, const DdSolid* s)
{
    const double* size = m->geom_size + 3 * geom;
    const double* aabb = m->geom_aabb + 6 * geom;
    const double zero[3] = {0, 0, 0};
    bool round = true;

    v->missed = false;
    switch (m->geom_type[geom]) {
    case mjGEOM_PLANE:
        return; // without end
    case mjGEOM_SPHERE: {
        const double ball[3] = {size[0], size[0], size[0]};
        round = add_ellipsoid(v, s, zero, ball, k_contour);
        break;
    }
    case mjGEOM_ELLIPSOID:
        round = add_ellipsoid(v, s, zero, size, k_contour);
        break;
    case mjGEOM_CAPSULE: {
        const double ball[3] = {size[0], size[0], size[0]};
        for (int i = -2; i <= 2; i++) {
            const double at[3] = {0, 0, 0.5 * i * size[1]};
            round = add_ellipsoid(v, s, at, ball, i % 2 ? k_rim : k_contour) && round;
        }
        break;
    }
    case mjGEOM_CYLINDER:
        add_cylinder(v, s, size[0], size[1]);
        break;
    case mjGEOM_BOX:
        add_box(v, s, zero, size);
        return;
    default:
        if (is_mesh(m, geom)) {
            add_mesh(v, m, geom, s);
        } else {
            add_box(v, s, aabb, aabb + 3);
            return;
        }
    }
    // partly behind the camera, or around it: its box's edges say where it leaves the picture
    if (v->missed || !round) {
        add_box(v, s, aabb, aabb + 3);
    }
}

static void note_far(DdOutline* out, const DdSolid* s, const double aabb[6])
{
    for (int i = 0; i < 8; i++) {
        double p[3];
        solid_point(s, aabb[0] + (i & 1 ? aabb[3] : -aabb[3]),
                    aabb[1] + (i & 2 ? aabb[4] : -aabb[4]), aabb[2] + (i & 4 ? aabb[5] : -aabb[5]),
                    p);
        double d = dd_norm3(p);
        out->far = d > out->far ? d : out->far;
    }
}

static double beyond(const DdOutline* box, const DdOutline* out, bool any)
{
    double most = any ? out->x0 - box->x0 : INFINITY;

    most = box->x1 - out->x1 > most ? box->x1 - out->x1 : most;
    most = out->y0 - box->y0 > most ? out->y0 - box->y0 : most;
    return box->y1 - out->y1 > most ? box->y1 - out->y1 : most;
}

bool dd_outline_of(DdLabels* l, const DdProjector* eye, int instance, DdOutline* out)
{
    const mjModel* m = l->m;
    DdView v;
    DdSolid s;
    int waiting = 0;

    *out = (DdOutline){.instance = instance, .pass = -1};
    view_begin(&v, eye, out);
    for (int i = l->first_geom[instance]; i < l->first_geom[instance + 1]; i++) {
        int g = l->geoms[i];
        place(&v, l->d->geom_xpos + 3 * g, l->d->geom_xmat + 9 * g, &s);
        note_far(out, &s, m->geom_aabb + 6 * g);
        if (!is_mesh(m, g)) {
            add_geom(&v, m, g, &s);
            continue;
        }
        // a mesh's vertices are many: look at the box around them first
        DdView around = v;
        DdOutline* box = &l->geom_box[waiting];
        around.out = box;
        around.any = false;
        add_box(&around, &s, m->geom_aabb + 6 * g, m->geom_aabb + 6 * g + 3);
        if (around.any) {
            box->instance = g;
            waiting++;
        }
    }
    // those that reach out most first; what lies inside of all others' outline adds nothing
    while (waiting > 0) {
        int best = 0;
        for (int i = 1; i < waiting; i++) {
            best = beyond(&l->geom_box[i], out, v.any) > beyond(&l->geom_box[best], out, v.any)
                       ? i
                       : best;
        }
        if (!(beyond(&l->geom_box[best], out, v.any) > 0)) {
            break;
        }
        int g = l->geom_box[best].instance;
        place(&v, l->d->geom_xpos + 3 * g, l->d->geom_xmat + 9 * g, &s);
        add_geom(&v, m, g, &s);
        l->geom_box[best] = l->geom_box[--waiting];
    }
    return v.any;
}

bool dd_outline_of_box(const DdProjector* eye, const DdPose* root, const double centre[3],
                       const double half[3], DdOutline* out)
{
    DdView v;
    DdSolid s;
    double R[9];

    *out = (DdOutline){.pass = -1};
    view_begin(&v, eye, out);
    mju_quat2Mat(R, root->quat);
    place(&v, root->pos, R, &s);
    add_box(&v, &s, centre, half);
    return v.any;
}

bool dd_outline_of_geom_box(const DdLabels* l, const DdProjector* eye, int geom, DdOutline* out)
{
    const double* aabb = l->m->geom_aabb + 6 * geom;
    DdView v;
    DdSolid s;
    double p[3], px[2];

    *out = (DdOutline){.pass = -1};
    view_begin(&v, eye, out);
    place(&v, l->d->geom_xpos + 3 * geom, l->d->geom_xmat + 9 * geom, &s);
    for (int i = 0; i < 8; i++) {
        solid_point(&s, aabb[0] + (i & 1 ? aabb[3] : -aabb[3]),
                    aabb[1] + (i & 2 ? aabb[4] : -aabb[4]), aabb[2] + (i & 4 ? aabb[5] : -aabb[5]),
                    p);
        if (!project(&v, p, px)) {
            return false;
        }
    }
    add_box(&v, &s, aabb, aabb + 3);
    return true;
}

// oriented boxes

// how far a geom reaches along a unit vector of its own frame, from its own origin
static double own_reach(const mjModel* m, int g, const double dir[3])
{
    const double* s = m->geom_size + 3 * g;
    const double* aabb = m->geom_aabb + 6 * g;
    double best = -INFINITY;

    switch (m->geom_type[g]) {
    case mjGEOM_SPHERE:
        return s[0];
    case mjGEOM_CAPSULE:
        return s[0] + s[1] * fabs(dir[2]);
    case mjGEOM_CYLINDER:
        return s[0] * sqrt(dir[0] * dir[0] + dir[1] * dir[1]) + s[1] * fabs(dir[2]);
    case mjGEOM_ELLIPSOID:
        return sqrt(s[0] * s[0] * dir[0] * dir[0] + s[1] * s[1] * dir[1] * dir[1] +
                    s[2] * s[2] * dir[2] * dir[2]);
    case mjGEOM_BOX:
        return fabs(dir[0]) * s[0] + fabs(dir[1]) * s[1] + fabs(dir[2]) * s[2];
    default:
        break;
    }
    if (!is_mesh(m, g)) {
        return dd_dot3(dir, aabb) + fabs(dir[0]) * aabb[3] + fabs(dir[1]) * aabb[4] +
               fabs(dir[2]) * aabb[5];
    }
    int mesh = m->geom_dataid[g];
    const float* v = m->mesh_vert + 3 * (size_t)m->mesh_vertadr[mesh];
    for (int i = 0; i < m->mesh_vertnum[mesh]; i++, v += 3) {
        double at = v[0] * dir[0] + v[1] * dir[1] + v[2] * dir[2];
        best = at > best ? at : best;
    }
    return best;
}

// of all of an instance's geoms, from the root body's origin along a unit vector of the world
static double reach(const DdLabels* l, int instance, const double from[3], const double dir[3])
{
    const mjModel* m = l->m;
    double best = -INFINITY;

    for (int i = l->first_geom[instance]; i < l->first_geom[instance + 1]; i++) {
        int g = l->geoms[i];
        const double* R = l->d->geom_xmat + 9 * g;
        const double* aabb = m->geom_aabb + 6 * g;
        const double* at = l->d->geom_xpos + 3 * g;
        double own[3], to[3] = {at[0] - from[0], at[1] - from[1], at[2] - from[2]};
        if (m->geom_type[g] == mjGEOM_PLANE) {
            continue;
        }
        for (int k = 0; k < 3; k++) {
            own[k] = R[k] * dir[0] + R[3 + k] * dir[1] + R[6 + k] * dir[2];
        }
        double base = dd_dot3(dir, to);
        double most = base + dd_dot3(own, aabb) + fabs(own[0]) * aabb[3] + fabs(own[1]) * aabb[4] +
                      fabs(own[2]) * aabb[5];
        if (most > best) {
            double exact = base + own_reach(m, g, own);
            best = exact > best ? exact : best;
        }
    }
    return best;
}

void dd_outline_box(DdLabels* l, int instance, double centre[3], double half[3])
{
    DdSolidBox* kept = &l->box[instance];
    int root = dd_world_instance_body(l->world, instance);
    const double* R = l->d->xmat + 9 * root;

    if (!kept->known) {
        for (int k = 0; k < 3; k++) {
            double dir[3] = {R[k], R[3 + k], R[6 + k]}, back[3] = {-R[k], -R[3 + k], -R[6 + k]};
            double hi = reach(l, instance, l->d->xpos + 3 * root, dir);
            double lo = -reach(l, instance, l->d->xpos + 3 * root, back);
            kept->centre[k] = isfinite(hi) ? (hi + lo) / 2 : 0;
            kept->half[k] = isfinite(hi) ? (hi - lo) / 2 : 0;
        }
        kept->known = kept->rigid;
    }
    memcpy(centre, kept->centre, sizeof kept->centre);
    memcpy(half, kept->half, sizeof kept->half);
}
