// Parts of labels: the table, and the outlines of objects in pictures.
#pragma once

#include "sim/sense/labels.h"
#include "sim/sense/rays_mesh.h"

typedef struct DdSeen { // of an instance in the picture at hand
    int pixels;
    int x0, y0, x1, y1; // half open
    double depth;       // median of its pixels, m
} DdSeen;

// Of an object in edge coordinates: pixel i reaches from i to i + 1.
typedef struct DdOutline {
    int instance;
    double x0, y0, x1, y1; // not clipped
    double far;            // m; no point of it is farther from the eye
    int pixels[4];         // whole pixels that it may touch: x0 y0 x1 y1
    int alone;             // pixels of its silhouette inside the picture
    int pass;              // of the silhouettes; -1: none is needed
} DdOutline;

typedef struct DdSolidBox { // in the root body's frame
    bool rigid;             // one piece: known once, known for ever
    bool known;
    double centre[3], half[3];
} DdSolidBox;

typedef struct DdPixelRays { // of one camera
    const void* user;        // its projector's
    size_t n;
    float* dirs; // (n) x y z and whether they are known, per pixel
} DdPixelRays;

typedef struct DdSight { // a geom that rays from the eye look for
    int geom;
    bool covered;              // in the mask: no rays are needed
    int pixels[4];             // outside of which no ray meets it: x0 y0 x1 y1
    double from[3];            // the eye in the geom's frame
    double turn[9];            // of the optical frame in the geom's
    double centre[3];          // of a ball around it, in the optical frame
    double radius2, distance2; // m^2, of that ball
    DdShape shape;             // of a mesh, as rays want it
} DdSight;

struct DdLabels {
    DdWorld* world;
    const mjModel* m;
    const mjData* d;
    int nclass;
    char (*classes)[DD_NAME_MAX];
    int ngeom, nmesh, ninstance;
    unsigned char* class_of_geom; // (ngeom + 1), of geom -1 first
    uint16_t* instance_of_geom;   // the same
    char (*names)[DD_NAME_MAX];   // (ninstance) of instance i + 1
    int* first_geom;              // (ninstance + 2) of each instance's visual geoms in `geoms`
    int* geoms;
    int nfloor;
    int* floors;     // (nfloor) visual planes
    int* class_of;   // (ninstance + 1)
    bool* object;    // (ninstance + 1) boxes are drawn around it
    DdSolidBox* box; // (ninstance + 1)
    // of the picture at hand
    DdOutline* geom_box; // (ngeom) of meshes that wait for their turn
    DdSight* sight;      // (ngeom) of the object at hand, then of the floors
    DdRayMesh** mesh;    // (nmesh) of those that rays looked for
    unsigned char* mask; // covered pixels of a window
    size_t mask_room;
    int nvertex;
    double* vertex; // (nvertex) x y of a mesh's vertices in the picture
    int nlens;
    DdPixelRays* lens;       // (nlens)
    DdSeen* seen;            // (ninstance + 1)
    DdOutline* boxes;        // (ninstance + 1) candidates
    bool* shown;             // (ninstance + 1) in the silhouette at hand
    size_t* offset;          // (ninstance + 2) of its depths in `sorted`
    int* alone;              // pixels of a silhouette
    float* sorted;           // depths by instance
    size_t room, depth_room; // pixels that fit
};

// May what a pixel shows stand before the object? Not when it shows nothing, a floor or something
// farther than any of the object's points, nor the object itself.
static inline bool dd_may_hide(const DdLabels* l, const DdOutline* o, int geom, float depth)
{
    return geom >= 0 && l->instance_of_geom[geom + 1] != o->instance &&
           l->m->geom_type[geom] != mjGEOM_PLANE && depth < o->far;
}

// silhouette.c: how many pixels of o->pixels show something before the object and belong to its
// silhouette.
int dd_silhouette_hidden(DdLabels* l, const DdProjector* eye, const DdOutline* o, const int* geom,
                         const float* depth);

// cover.c: marks the pixels of a window (x0 y0 x1 y1) that a geom covers; false when it is neither
// box nor mesh, or partly behind the camera.
bool dd_cover_geom(DdLabels* l, const DdProjector* eye, const DdSight* s, const int window[4],
                   unsigned char* mask);

// outline.c: the box around an object in the picture, of all its visual geoms whether something is
// before them or not. False when the lens shows nothing of it. Parts behind the camera are cut off
// where the lens ends.
bool dd_outline_of(DdLabels* l, const DdProjector* eye, int instance, DdOutline* out);
// The same of a box alone.
bool dd_outline_of_box(const DdProjector* eye, const DdPose* root, const double centre[3],
                       const double half[3], DdOutline* out);
// The same of the box around a geom; false when part of it is where the lens shows nothing.
bool dd_outline_of_geom_box(const DdLabels* l, const DdProjector* eye, int geom, DdOutline* out);
// An object's oriented box: centre and half extents in its root body's frame.
void dd_outline_box(DdLabels* l, int instance, double centre[3], double half[3]);
