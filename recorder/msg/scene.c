// Scene messages.
#include "recorder/msg/scene.h"

// the types of visualization_msgs/Marker that are used
enum { k_cube = 1, k_sphere = 2, k_cylinder = 3, k_triangles = 11 };

static const double k_plane_side = 200, k_plane_depth = 0.01; // m

// One marker of the message; a capsule is three of them.
typedef struct Part {
    int type;
    double shift; // along z of the shape
    double size[3];
} Part;

static int parts_of(const DdMarker* m, Part part[3])
{
    const double* s = m->size;
    int n = 1;
    part[0] = (Part){k_cube, 0, {s[0], s[1], s[2]}};
    switch (m->shape) {
    case DD_MARKER_BOX:
        break;
    case DD_MARKER_SPHERE:
        part[0] = (Part){k_sphere, 0, {s[0], s[0], s[0]}};
        break;
    case DD_MARKER_ELLIPSOID:
        part[0].type = k_sphere;
        break;
    case DD_MARKER_CYLINDER:
        part[0].type = k_cylinder;
        break;
    case DD_MARKER_CAPSULE:
        part[0].type = k_cylinder;
        part[1] = (Part){k_sphere, s[2] / 2, {s[0], s[0], s[0]}};
        part[2] = (Part){k_sphere, -s[2] / 2, {s[0], s[0], s[0]}};
        n = 3;
        break;
    case DD_MARKER_PLANE:
        // its upper side is the plane
        part[0].shift = -k_plane_depth / 2;
        part[0].size[0] = s[0] > 0 ? s[0] : k_plane_side;
        part[0].size[1] = s[1] > 0 ? s[1] : k_plane_side;
        part[0].size[2] = k_plane_depth;
        break;
    case DD_MARKER_MESH:
        part[0] = (Part){k_triangles, 0, {1, 1, 1}};
        break;
    }
    return n;
}

static void put_pose(DdCdr* c, const double pose[7], double shift)
{
    // the z axis of the rotation
    const double w = pose[3], x = pose[4], y = pose[5], z = pose[6];
    dd_cdr_f64(c, pose[0] + shift * 2 * (x * z + w * y));
    dd_cdr_f64(c, pose[1] + shift * 2 * (y * z - w * x));
    dd_cdr_f64(c, pose[2] + shift * (1 - 2 * (x * x + y * y)));
    dd_cdr_f64(c, x);
    dd_cdr_f64(c, y);
    dd_cdr_f64(c, z);
    dd_cdr_f64(c, w);
}

static void put_triangles(DdCdr* c, const DdMarker* m)
{
    dd_cdr_u32(c, 3 * (uint32_t)m->nface);
    if (m->nface == 0) {
        return;
    }
    dd_cdr_align(c, 8);
    uint8_t* at = dd_cdr_room(c, 72 * (size_t)m->nface);
    for (int i = 0; at && i < 3 * m->nface; i++) {
        DD_ASSERT(m->face[i] >= 0 && m->face[i] < m->nvertex);
        for (int k = 0; k < 3; k++, at += 8) {
            double v = (double)m->vertex[3 * m->face[i] + k];
            memcpy(at, &v, 8);
        }
    }
}

void dd_marker_tail(DdCdr* c, const char* text)
{
    dd_cdr_u32(c, 0);   // colors
    dd_cdr_str(c, "");  // texture_resource
    dd_cdr_stamp(c, 0); // texture
    dd_cdr_str(c, "");
    dd_cdr_str(c, "");
    dd_cdr_u32(c, 0);
    dd_cdr_u32(c, 0); // uv_coordinates
    dd_cdr_str(c, text);
    dd_cdr_str(c, ""); // mesh_resource
    dd_cdr_str(c, ""); // mesh_file
    dd_cdr_u32(c, 0);
    dd_cdr_u8(c, 0); // mesh_use_embedded_materials
}

static void put_part(DdCdr* c, int64_t stamp, const DdMarker* m, const Part* part, int id)
{
    dd_cdr_header(c, stamp, m->frame);
    dd_cdr_str(c, m->name);
    dd_cdr_u32(c, (uint32_t)id);
    dd_cdr_u32(c, (uint32_t)part->type);
    dd_cdr_u32(c, 0); // add
    put_pose(c, m->pose, part->shift);
    for (int k = 0; k < 3; k++) {
        dd_cdr_f64(c, part->size[k]);
    }
    for (int k = 0; k < 4; k++) {
        dd_cdr_put(c, &m->rgba[k], 4);
    }
    dd_cdr_stamp(c, 0); // for ever
    dd_cdr_u8(c, 1);    // it moves with its frame
    if (part->type == k_triangles) {
        put_triangles(c, m);
    } else {
        dd_cdr_u32(c, 0);
    }
    dd_marker_tail(c, "");
}

size_t dd_markers_fill(void* out, int64_t stamp_ns, const DdMarker* marker, int n)
{
    Part part[3];
    int count = 0, id = 0;
    for (int i = 0; i < n; i++) {
        count += parts_of(&marker[i], part);
    }
    DdCdr c = dd_cdr_begin(out);
    dd_cdr_u32(&c, (uint32_t)count);
    for (int i = 0; i < n; i++) {
        int nparts = parts_of(&marker[i], part);
        for (int k = 0; k < nparts; k++) {
            put_part(&c, stamp_ns, &marker[i], &part[k], id++);
        }
    }
    return c.n;
}

size_t dd_static_frames_fill(void* out, int64_t stamp_ns, const DdStaticFrame* frame, int n)
{
    DdCdr c = dd_cdr_begin(out);
    dd_cdr_u32(&c, (uint32_t)n);
    for (int i = 0; i < n; i++) {
        dd_cdr_header(&c, stamp_ns, frame[i].parent);
        dd_cdr_str(&c, frame[i].name);
        put_pose(&c, frame[i].pose, 0);
    }
    return c.n;
}
