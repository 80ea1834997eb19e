// Geometry: how far a geom reaches in a direction, whatever its type.
#include <math.h>

#include "sim/world/parts.h"

static double mesh_reach(const mjModel* m, int geom, const double dir_G[3])
{
    int mesh = m->geom_dataid[geom];
    const float* v = m->mesh_vert + 3 * m->mesh_vertadr[mesh];
    double best = -INFINITY;

    for (int i = 0; i < m->mesh_vertnum[mesh]; i++, v += 3) {
        double at = v[0] * dir_G[0] + v[1] * dir_G[1] + v[2] * dir_G[2];
        best = at > best ? at : best;
    }
    return best;
}

bool dd_geom_reach(const mjModel* m, const mjData* d, int geom, const double dir[3], double* reach)
{
    const double* s = m->geom_size + 3 * geom;
    const double* R = d->geom_xmat + 9 * geom;
    double dir_G[3];
    double own;

    for (int i = 0; i < 3; i++) {
        dir_G[i] = R[i] * dir[0] + R[3 + i] * dir[1] + R[6 + i] * dir[2];
    }
    double across = sqrt(dir_G[0] * dir_G[0] + dir_G[1] * dir_G[1]);
    switch (m->geom_type[geom]) {
    case mjGEOM_SPHERE:
        own = s[0];
        break;
    case mjGEOM_CAPSULE:
        own = s[0] + s[1] * fabs(dir_G[2]);
        break;
    case mjGEOM_CYLINDER:
        own = s[0] * across + s[1] * fabs(dir_G[2]);
        break;
    case mjGEOM_ELLIPSOID:
        own = sqrt(s[0] * s[0] * dir_G[0] * dir_G[0] + s[1] * s[1] * dir_G[1] * dir_G[1] +
                   s[2] * s[2] * dir_G[2] * dir_G[2]);
        break;
    case mjGEOM_BOX:
        own = s[0] * fabs(dir_G[0]) + s[1] * fabs(dir_G[1]) + s[2] * fabs(dir_G[2]);
        break;
    case mjGEOM_MESH:
    case mjGEOM_SDF:
        if (m->geom_dataid[geom] < 0) {
            return false;
        }
        own = mesh_reach(m, geom, dir_G);
        break;
    default:
        return false;
    }
    *reach = own + dd_dot3(dir, d->geom_xpos + 3 * geom);
    return true;
}

bool dd_body_below(const mjModel* m, int body, int ancestor)
{
    // parents come before their children
    while (body > ancestor) {
        body = m->body_parentid[body];
    }
    return body == ancestor;
}
