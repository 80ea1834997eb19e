// Body poses: where every body stands, for pose logs and divergence reports.
#include "sim/world/world.h"

#include <string.h>

int dd_world_body_count(const DdWorld* w)
{
    return (int)dd_world_model((DdWorld*)w)->nbody;
}

bool dd_world_body_moves(const DdWorld* w, int body)
{
    const mjModel* m = dd_world_model((DdWorld*)w);

    // welded to the world and not a mocap body: it stands where it was compiled
    return m->body_weldid[body] != 0 || m->body_mocapid[m->body_rootid[body]] >= 0;
}

void dd_world_body_pose(const DdWorld* w, int body, double pose[7])
{
    const mjData* d = dd_world_data((DdWorld*)w);

    memcpy(pose, d->xpos + 3 * body, 3 * sizeof(double));
    memcpy(pose + 3, d->xquat + 4 * body, 4 * sizeof(double));
}

int dd_world_engine_version(void)
{
    return mj_version();
}
