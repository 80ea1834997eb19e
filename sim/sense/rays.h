// Rays: the first surface that a ray hits, by an index of our own over MuJoCo's exact ray-geom
// functions and their likes. With the same geoms left out, every distance and geom equals mj_ray's
// to the bit; but for a ray that goes along a mesh's face to 1e-8, where that distance is rounding:
// such a face may then seem nearer to mj_ray than another geom before its mesh.
#pragma once

#include "sim/sense/internal.h"

typedef struct DdRays DdRays;

// `skip` (ngeom, or NULL): geoms that no ray sees. The index follows from geoms' positions at
// dd_rays_update; static ones keep theirs.
DdRays* dd_rays_create(const mjModel* m, const bool* skip);
void dd_rays_destroy(DdRays* r);
void dd_rays_update(DdRays* r, const mjData* d); // the index anew
// The same, faster where bodies moved little: the index is kept and fitted while that is good
// enough.
void dd_rays_follow(DdRays* r, const mjData* d);
// Distance along the unit vector `dir` (m), -1: nothing within `max`. `pass` (ngeom, or NULL):
// geoms left out for this ray alone. `geom` and `normal` (world axes) may be NULL.
double dd_rays_cast(const DdRays* r, const mjData* d, const double from[3], const double dir[3],
                    double max, const bool* pass, int* geom, double normal[3]);
// Many rays, faster where neighbours in the list go about the same way: from and dir (3 n),
// distance and geom (n), -1 where there is nothing; face (n, or NULL) of meshes.
enum { DD_RAYS_BUNDLE = 32 };
void dd_rays_cast_many(const DdRays* r, int n, const double* from, const double* dir, double max,
                       const bool* pass, double* distance, int* geom, int* face);
// Of the surface that a ray hit, as cast; world axes, of length 1.
void dd_rays_normal(const DdRays* r, int geom, int face, const double from[3], const double dir[3],
                    double normal[3]);
// The caster that all sensors of a world share (everything that pictures and rays see), brought up
// to the present step when it is not.
DdRays* dd_sense_rays(DdSense* s);
// Geoms that a sensor's rays pass through: its robot unless sees_self, and what it excludes.
// malloc'd (ngeom); NULL on an error.
bool* dd_rays_pass(DdSense* s, const DdUnit* u, DdError* err);
