// Scene: what a recording tells of the world's looks and of its sensors' places, once.
#include "sim/run/episode_impl.h"

#include <string.h>

enum { k_frames_max = 1024, k_faces_max = 20000, k_faces_total = 200000 };

static const DdMarkerShape k_shapes[] = {
    [DD_LOOKS_BOX] = DD_MARKER_BOX,
    [DD_LOOKS_SPHERE] = DD_MARKER_SPHERE,
    [DD_LOOKS_ELLIPSOID] = DD_MARKER_ELLIPSOID,
    [DD_LOOKS_CYLINDER] = DD_MARKER_CYLINDER,
    [DD_LOOKS_CAPSULE] = DD_MARKER_CAPSULE,
    [DD_LOOKS_PLANE] = DD_MARKER_PLANE,
    [DD_LOOKS_MESH] = DD_MARKER_MESH,
};

static void mesh_as_box(const DdGeomLook* shape, DdMarker* marker)
{
    double lo[3], hi[3], centre[3], turned[3];
    for (int k = 0; k < 3; k++) {
        lo[k] = hi[k] = shape->vertex[k];
        for (int i = 1; i < shape->nvertex; i++) {
            double v = shape->vertex[3 * i + k];
            lo[k] = v < lo[k] ? v : lo[k];
            hi[k] = v > hi[k] ? v : hi[k];
        }
        marker->size[k] = hi[k] - lo[k];
        centre[k] = 0.5 * (lo[k] + hi[k]);
    }
    dd_quat_rotate(turned, shape->pose + 3, centre);
    for (int k = 0; k < 3; k++) {
        marker->pose[k] += turned[k];
    }
    marker->shape = DD_MARKER_BOX;
    marker->vertex = NULL;
    marker->face = NULL;
    marker->nvertex = marker->nface = 0;
}

static void record_markers(DdEpisode* ep)
{
    int ngeom = dd_world_geom_count(ep->world);
    int n = 0, faces = 0;
    DdMarker* marker = calloc((size_t)ngeom + 1, sizeof *marker);
    DD_ASSERT(marker);
    for (int g = 0; g < ngeom; g++) {
        DdGeomLook shape;
        if (!dd_world_geom_look(ep->world, g, &shape)) {
            continue;
        }
        DdMarker* to = &marker[n++];
        *to = (DdMarker){.frame = dd_world_body_name(ep->world, shape.body),
                         .name = dd_world_geom_name(ep->world, g),
                         .shape = k_shapes[shape.kind],
                         .vertex = shape.vertex,
                         .face = shape.face,
                         .nvertex = shape.nvertex,
                         .nface = shape.nface};
        memcpy(to->pose, shape.pose, sizeof to->pose);
        memcpy(to->size, shape.size, sizeof to->size);
        memcpy(to->rgba, shape.rgba, sizeof to->rgba);
        faces += shape.nface;
        // a viewer's picture is not worth more than the data
        if (shape.kind == DD_LOOKS_MESH && (shape.nface > k_faces_max || faces > k_faces_total)) {
            mesh_as_box(&shape, to);
        }
    }
    dd_record_markers(ep->record, ep->step, marker, n);
    free(marker);
}

void dd_episode_capture_scene(DdEpisode* ep)
{
    DdSenseFrame* from = calloc(k_frames_max, sizeof *from);
    DD_ASSERT(from);
    int n = dd_sense_frames(ep->sense, from, k_frames_max);
    DdStaticFrame* to = calloc((size_t)n + 1, sizeof *to);
    DD_ASSERT(to);
    for (int i = 0; i < n; i++) {
        to[i].parent = from[i].parent;
        to[i].name = from[i].name;
        memcpy(to[i].pose, from[i].pose, sizeof to[i].pose);
    }
    if (n > 0) {
        dd_record_static_frames(ep->record, ep->step, to, n);
    }
    record_markers(ep);
    free(to);
    free(from);
}
