// Silhouette: of the pixels that show something before an object, those that it would cover alone.
// A pixel belongs to a silhouette when the ray through its centre meets the object.
#include <string.h>

#include "sim/sense/label_parts.h"

// the fourth number of a pixel's direction
enum { k_unknown, k_dark, k_known };
enum { k_margin_px = 1 };

static void mul_transposed(double out[3], const double R[9], const double v[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = R[i] * v[0] + R[3 + i] * v[1] + R[6 + i] * v[2];
    }
}

// The directions of a camera's pixels, worked out when they are first asked for.
static float* directions(DdLabels* l, const DdProjector* eye)
{
    size_t n = (size_t)eye->width * (size_t)eye->height * 4;

    for (int i = 0; i < l->nlens; i++) {
        if (l->lens[i].user == eye->user && l->lens[i].n == n) {
            return l->lens[i].dirs;
        }
    }
    l->lens = realloc(l->lens, (size_t)(l->nlens + 1) * sizeof *l->lens);
    float* dirs = calloc(n, sizeof *dirs);
    DD_ASSERT(l->lens && dirs);
    l->lens[l->nlens++] = (DdPixelRays){.user = eye->user, .n = n, .dirs = dirs};
    return dirs;
}

static bool direction(const DdProjector* eye, float* to, int x, int y, double dir[3])
{
    if (to[3] == (float)k_unknown) {
        bool lit = eye->ray(eye->user, x, y, dir);
        to[3] = (float)(lit ? k_known : k_dark);
        for (int i = 0; i < 3 && lit; i++) {
            to[i] = (float)dir[i];
        }
    }
    for (int i = 0; i < 3; i++) {
        dir[i] = to[i];
    }
    return to[3] == (float)k_known;
}

static void prepare_mesh(DdLabels* l, int g, DdShape* shape)
{
    int mesh = l->m->geom_type[g] == mjGEOM_MESH ? l->m->geom_dataid[g] : -1;

    shape->mesh = NULL;
    if (mesh < 0) {
        return;
    }
    if (!l->mesh[mesh]) {
        l->mesh[mesh] = dd_ray_mesh_create(l->m, mesh);
    }
    shape->mesh = l->mesh[mesh];
    memcpy(shape->pos, l->d->geom_xpos + 3 * g, sizeof shape->pos);
    memcpy(shape->mat, l->d->geom_xmat + 9 * g, sizeof shape->mat);
    memcpy(shape->size, l->m->geom_size + 3 * g, sizeof shape->size);
}

static void prepare_geom(DdLabels* l, const DdProjector* eye, const double R[9], int g, DdSight* s)
{
    const double* mat = l->d->geom_xmat + 9 * g;
    const double* aabb = l->m->geom_aabb + 6 * g;
    double away[3], centre[3];

    s->geom = g;
    for (int k = 0; k < 3; k++) {
        away[k] = eye->pose.pos[k] - l->d->geom_xpos[3 * g + k];
    }
    mul_transposed(s->from, mat, away);
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
            s->turn[3 * a + b] = mat[a] * R[b] + mat[3 + a] * R[3 + b] + mat[6 + a] * R[6 + b];
        }
    }
    // a ball around it
    for (int k = 0; k < 3; k++) {
        centre[k] = aabb[k] - s->from[k];
    }
    mul_transposed(s->centre, s->turn, centre);
    bool plane = l->m->geom_type[g] == mjGEOM_PLANE;
    s->radius2 = plane ? INFINITY : aabb[3] * aabb[3] + aabb[4] * aabb[4] + aabb[5] * aabb[5];
    s->distance2 = dd_dot3(s->centre, s->centre);
    prepare_mesh(l, g, &s->shape);
}

// where in the picture a geom can be
static void find_pixels(const DdLabels* l, const DdProjector* eye, DdSight* s)
{
    DdOutline o;

    s->pixels[0] = s->pixels[1] = 0;
    s->pixels[2] = eye->width;
    s->pixels[3] = eye->height;
    if (dd_outline_of_geom_box(l, eye, s->geom, &o)) {
        s->pixels[0] = (int)dd_clamp(floor(o.x0) - k_margin_px, 0, eye->width);
        s->pixels[1] = (int)dd_clamp(floor(o.y0) - k_margin_px, 0, eye->height);
        s->pixels[2] = (int)dd_clamp(ceil(o.x1) + k_margin_px, 0, eye->width);
        s->pixels[3] = (int)dd_clamp(ceil(o.y1) + k_margin_px, 0, eye->height);
    }
}

// Geoms of the instance as the eye sees them, and behind them the floors.
static int prepare(DdLabels* l, const DdProjector* eye, int instance)
{
    double R[9];
    int n = 0;

    mju_quat2Mat(R, eye->pose.quat);
    for (int i = l->first_geom[instance]; i < l->first_geom[instance + 1]; i++) {
        if (l->m->geom_type[l->geoms[i]] != mjGEOM_PLANE) {
            prepare_geom(l, eye, R, l->geoms[i], &l->sight[n]);
            find_pixels(l, eye, &l->sight[n++]);
        }
    }
    for (int i = 0; i < l->nfloor; i++) {
        prepare_geom(l, eye, R, l->floors[i], &l->sight[n + i]);
    }
    return n;
}

// how far along `v` a line from `p` enters the box; INFINITY: never
static double meets_box(const double p[3], const double v[3], const double at[3],
                        const double half[3])
{
    double in = 0, out = INFINITY;

    for (int i = 0; i < 3; i++) {
        double from = p[i] - at[i];
        if (fabs(v[i]) < 1e-300) {
            if (fabs(from) > half[i]) {
                return INFINITY;
            }
            continue;
        }
        double inverse = 1 / v[i];
        double a = (-half[i] - from) * inverse, b = (half[i] - from) * inverse;
        double lo = a < b ? a : b, hi = a < b ? b : a;
        in = lo > in ? lo : in;
        out = hi < out ? hi : out;
    }
    return in <= out ? in : INFINITY;
}

// planes end where they are drawn to; size 0: nowhere
static double meets_plane(const double p[3], const double v[3], const double size[3])
{
    double at = fabs(v[2]) > 1e-15 ? -p[2] / v[2] : -1;

    if (at < 0 || (size[0] > 0 && fabs(p[0] + at * v[0]) > size[0]) ||
        (size[1] > 0 && fabs(p[1] + at * v[1]) > size[1])) {
        return INFINITY;
    }
    return at;
}

// how far along the ray the geom is; INFINITY: beside it
static double sight_meets(const DdLabels* l, const DdProjector* eye, const DdSight* s,
                          const double dir[3])
{
    const mjModel* m = l->m;
    const double* aabb = m->geom_aabb + 6 * s->geom;
    double along = dd_dot3(s->centre, dir), v[3];

    if (s->distance2 > s->radius2 &&
        (along <= 0 || s->distance2 - along * along > s->radius2 * (1 + 1e-9))) {
        return INFINITY;
    }
    for (int i = 0; i < 3; i++) {
        v[i] = s->turn[3 * i] * dir[0] + s->turn[3 * i + 1] * dir[1] + s->turn[3 * i + 2] * dir[2];
    }
    int type = m->geom_type[s->geom];
    if (type == mjGEOM_BOX) {
        static const double k_zero[3] = {0, 0, 0};
        return meets_box(s->from, v, k_zero, m->geom_size + 3 * s->geom);
    }
    if (type == mjGEOM_PLANE) {
        return meets_plane(s->from, v, m->geom_size + 3 * s->geom);
    }
    if (meets_box(s->from, v, aabb, aabb + 3) == INFINITY) {
        return INFINITY;
    }
    double at;
    if (type == mjGEOM_MESH || type == mjGEOM_SDF || type == mjGEOM_HFIELD) {
        double world[3];
        dd_quat_rotate(world, eye->pose.quat, dir);
        if (s->shape.mesh) {
            at = dd_ray_mesh_cast(s->shape.mesh, &s->shape, eye->pose.pos, world, INFINITY, NULL);
        } else if (type == mjGEOM_HFIELD) {
            at = mj_rayHfield(m, l->d, s->geom, eye->pose.pos, world, NULL);
        } else {
            at = mj_rayMesh(m, l->d, s->geom, eye->pose.pos, world, NULL);
        }
    } else {
        static const double k_origin[3] = {0, 0, 0};
        static const double k_identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
        at = mju_rayGeom(k_origin, k_identity, m->geom_size + 3 * s->geom, s->from, v, type, NULL);
    }
    return at >= 0 ? at : INFINITY;
}

// where the nearest of the floors is, behind which nothing counts
static double floor_at(const DdLabels* l, const DdProjector* eye, int n, const double dir[3])
{
    double nearest = INFINITY;

    for (int i = 0; i < l->nfloor; i++) {
        double at = sight_meets(l, eye, &l->sight[n + i], dir);
        nearest = at < nearest ? at : nearest;
    }
    return nearest;
}

// Is the geom met, and before the floor? `end`: where the floor is, below 0 while nobody asked.
static bool before_floor(const DdLabels* l, const DdProjector* eye, int n, int i,
                         const double dir[3], double* end)
{
    double at = sight_meets(l, eye, &l->sight[i], dir);

    if (at == INFINITY) {
        return false;
    }
    *end = *end < 0 ? floor_at(l, eye, n, dir) : *end;
    return at < *end;
}

// is the geom's ray worth casting? A covered one's not where the mask is empty.
static bool looks_at(const DdSight* s, int x, int y, bool inside)
{
    return (inside || !s->covered) && x >= s->pixels[0] && x < s->pixels[2] && y >= s->pixels[1] &&
           y < s->pixels[3];
}

// The window of pixels that may hide the object; false when there is none.
static bool find_window(const DdLabels* l, const DdProjector* eye, const DdOutline* o,
                        const int* geom, const float* depth, int window[4])
{
    window[0] = window[1] = INT32_MAX;
    window[2] = window[3] = 0;
    for (int y = o->pixels[1]; y < o->pixels[3]; y++) {
        size_t row = (size_t)y * (size_t)eye->width;
        for (int x = o->pixels[0]; x < o->pixels[2]; x++) {
            if (dd_may_hide(l, o, geom[row + (size_t)x], depth ? depth[row + (size_t)x] : 0)) {
                window[0] = x < window[0] ? x : window[0];
                window[1] = y < window[1] ? y : window[1];
                window[2] = x + 1 > window[2] ? x + 1 : window[2];
                window[3] = y + 1;
            }
        }
    }
    return window[2] > window[0];
}

// Boxes and meshes of a pinhole's picture, face by face. False when rays must find everything.
static bool cover(DdLabels* l, const DdProjector* eye, int n, const int window[4])
{
    size_t size = (size_t)(window[2] - window[0]) * (size_t)(window[3] - window[1]);

    if (l->mask_room < size) {
        free(l->mask);
        l->mask = malloc(size);
        DD_ASSERT(l->mask);
        l->mask_room = size;
    }
    memset(l->mask, 0, size);
    for (int i = 0; i < n; i++) {
        DdSight* s = &l->sight[i];
        bool beside = s->pixels[2] <= window[0] || s->pixels[0] >= window[2] ||
                      s->pixels[3] <= window[1] || s->pixels[1] >= window[3];
        s->covered = eye->pinhole && (beside || dd_cover_geom(l, eye, s, window, l->mask));
    }
    return eye->pinhole;
}

int dd_silhouette_hidden(DdLabels* l, const DdProjector* eye, const DdOutline* o, const int* geom,
                         const float* depth)
{
    int window[4], count = 0, last = 0;

    if (!find_window(l, eye, o, geom, depth, window)) {
        return 0;
    }
    float* dirs = directions(l, eye);
    int n = prepare(l, eye, o->instance);
    bool masked = cover(l, eye, n, window);
    for (int y = window[1]; y < window[3]; y++) {
        size_t row = (size_t)y * (size_t)eye->width;
        for (int x = window[0]; x < window[2]; x++) {
            size_t at = row + (size_t)x;
            double dir[3], end = -1;
            if (!dd_may_hide(l, o, geom[at], depth ? depth[at] : 0) ||
                !direction(eye, dirs + 4 * at, x, y, dir)) {
                continue;
            }
            bool inside =
                masked && l->mask[(size_t)(y - window[1]) * (size_t)(window[2] - window[0]) +
                                  (size_t)(x - window[0])];
            if (inside) {
                // a floor beyond the object hides nothing of it
                end = floor_at(l, eye, n, dir);
                if (end > o->far) {
                    count++;
                    continue;
                }
            }
            // most often the neighbour's geom is met again
            bool met = n > 0 && looks_at(&l->sight[last], x, y, inside) &&
                       before_floor(l, eye, n, last, dir, &end);
            for (int i = 0; i < n && !met; i++) {
                if (i != last && looks_at(&l->sight[i], x, y, inside) &&
                    before_floor(l, eye, n, i, dir, &end)) {
                    met = true;
                    last = i;
                }
            }
            count += met;
        }
    }
    return count;
}
