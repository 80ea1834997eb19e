// Posed: bodies put where a pose log says, without any physics: for pictures and rays of recordings
// that cannot be simulated again.
#include "sim/world/world_parts.h"

#include <string.h>

static void place(const double body_pos[3], const double body_quat[4], const double pos[3],
                  const double quat[4], double out_pos[3], double out_mat[9])
{
    double q[4], p[3];
    mju_rotVecQuat(p, pos, body_quat);
    mju_add3(out_pos, body_pos, p);
    mju_mulQuat(q, body_quat, quat);
    mju_quat2Mat(out_mat, q);
}

void dd_world_set_body_poses(DdWorld* w, const double (*poses)[7], const bool* mask)
{
    const mjModel* m = dd_world_model(w);
    mjData* d = dd_world_data(w);
    for (int b = 1; b < m->nbody; b++) {
        if (mask && !mask[b]) {
            continue;
        }
        double* pos = d->xpos + 3 * b;
        double* quat = d->xquat + 4 * b;
        memcpy(pos, poses[b], 3 * sizeof *pos);
        memcpy(quat, poses[b] + 3, 4 * sizeof *quat);
        mju_normalize4(quat);
        mju_quat2Mat(d->xmat + 9 * b, quat);
        place(pos, quat, m->body_ipos + 3 * b, m->body_iquat + 4 * b, d->xipos + 3 * b,
              d->ximat + 9 * b);
        for (int k = 0; k < m->body_geomnum[b]; k++) {
            int g = m->body_geomadr[b] + k;
            place(pos, quat, m->geom_pos + 3 * g, m->geom_quat + 4 * g, d->geom_xpos + 3 * g,
                  d->geom_xmat + 9 * g);
        }
    }
    for (int i = 0; i < m->nsite; i++) {
        int b = m->site_bodyid[i];
        if (b > 0 && (!mask || mask[b])) {
            place(d->xpos + 3 * b, d->xquat + 4 * b, m->site_pos + 3 * i, m->site_quat + 4 * i,
                  d->site_xpos + 3 * i, d->site_xmat + 9 * i);
        }
    }
    for (int i = 0; i < m->nlight; i++) {
        int b = m->light_bodyid[i];
        if (b > 0 && (!mask || mask[b])) {
            double p[3];
            mju_rotVecQuat(p, m->light_pos + 3 * i, d->xquat + 4 * b);
            mju_add3(d->light_xpos + 3 * i, d->xpos + 3 * b, p);
            mju_rotVecQuat(d->light_xdir + 3 * i, m->light_dir + 3 * i, d->xquat + 4 * b);
        }
    }
}
