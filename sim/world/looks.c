// Looks: what a geom looks like, as plain data for whoever draws without MuJoCo.
#include "sim/world/world_parts.h"

#include <string.h>

static void colour(const mjModel* m, int geom, float rgba[4])
{
    int mat = m->geom_matid[geom];
    const float* own = m->geom_rgba + 4 * geom;
    // MuJoCo's rule: a geom's own colour counts when it is not the default grey
    bool plain = own[0] == 0.5f && own[1] == 0.5f && own[2] == 0.5f && own[3] == 1.0f;
    memcpy(rgba, mat >= 0 && plain ? m->mat_rgba + 4 * mat : own, 4 * sizeof *rgba);
}

bool dd_world_geom_look(const DdWorld* w, int geom, DdGeomLook* shape)
{
    const mjModel* m = w->m;
    const double* size = m->geom_size + 3 * geom;
    if (!dd_world_geom_visual(w, geom)) {
        return false;
    }
    *shape = (DdGeomLook){.body = m->geom_bodyid[geom]};
    memcpy(shape->pose, m->geom_pos + 3 * geom, 3 * sizeof(double));
    memcpy(shape->pose + 3, m->geom_quat + 4 * geom, 4 * sizeof(double));
    colour(m, geom, shape->rgba);
    for (int i = 0; i < 3; i++) {
        shape->size[i] = 2 * size[i];
    }
    switch (m->geom_type[geom]) {
    case mjGEOM_BOX:
        shape->kind = DD_LOOKS_BOX;
        return true;
    case mjGEOM_SPHERE:
        shape->kind = DD_LOOKS_SPHERE;
        shape->size[1] = shape->size[2] = shape->size[0];
        return true;
    case mjGEOM_ELLIPSOID:
        shape->kind = DD_LOOKS_ELLIPSOID;
        return true;
    case mjGEOM_CYLINDER:
    case mjGEOM_CAPSULE:
        shape->kind = m->geom_type[geom] == mjGEOM_CYLINDER ? DD_LOOKS_CYLINDER : DD_LOOKS_CAPSULE;
        shape->size[2] = 2 * size[1];
        shape->size[1] = shape->size[0];
        return true;
    case mjGEOM_PLANE:
        shape->kind = DD_LOOKS_PLANE;
        return true;
    case mjGEOM_MESH: {
        int mesh = m->geom_dataid[geom];
        shape->kind = DD_LOOKS_MESH;
        shape->nvertex = m->mesh_vertnum[mesh];
        shape->nface = m->mesh_facenum[mesh];
        shape->vertex = m->mesh_vert + 3 * (ptrdiff_t)m->mesh_vertadr[mesh];
        shape->face = m->mesh_face + 3 * (ptrdiff_t)m->mesh_faceadr[mesh];
        return true;
    }
    default: {
        // height fields and the like: the box around them
        const double* box = m->geom_aabb + 6 * geom;
        double centre[3];
        shape->kind = DD_LOOKS_BOX;
        mju_rotVecQuat(centre, box, shape->pose + 3);
        for (int i = 0; i < 3; i++) {
            shape->pose[i] += centre[i];
            shape->size[i] = 2 * box[3 + i];
        }
        return true;
    }
    }
}

int dd_world_geom_count(const DdWorld* w)
{
    return (int)w->m->ngeom;
}
