// Inside the ray caster: a mesh's faces in a tree of eight boxes to a node, made from MuJoCo's own.
// What a ray hits, and where, equals mj_rayMesh's to the bit.
#pragma once

#include "sim/sense/rays_tree.h"

typedef struct DdRayMesh DdRayMesh;

// NULL for a mesh without a tree of faces.
DdRayMesh* dd_ray_mesh_create(const mjModel* m, int mesh);
void dd_ray_mesh_destroy(DdRayMesh* mesh);
// Distance to the mesh where `s` has it, -1: none up to `max`, which is itself in. `face` of the
// hit may be NULL.
double dd_ray_mesh_cast(const DdRayMesh* mesh, const DdShape* s, const double from[3],
                        const double dir[3], double max, int* face);
// Of such a face; world axes, of length 1.
void dd_ray_mesh_normal(const DdRayMesh* mesh, const DdShape* s, int face, double normal[3]);
