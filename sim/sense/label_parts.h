// Parts of labels: the table, and the outlines of objects in pictures.
#pragma once

#include "sim/sense/labels.h"

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
    int alone;             // pixels of its silhouette inside the picture
    int pass;              // of the silhouettes; -1: none is needed
} DdOutline;

typedef struct DdSolidBox { // in the root body's frame
    bool rigid;             // one piece: known once, known for ever
    bool known;
    double centre[3], half[3];
} DdSolidBox;

struct DdLabels {
    DdWorld* world;
    const mjModel* m;
    const mjData* d;
    int nclass;
    char (*classes)[DD_NAME_MAX];
    int ngeom, ninstance;
    unsigned char* class_of_geom; // (ngeom + 1), of geom -1 first
    uint16_t* instance_of_geom;   // the same
    char (*names)[DD_NAME_MAX];   // (ninstance) of instance i + 1
    int* first_geom;              // (ninstance + 2) of each instance's visual geoms in `geoms`
    int* geoms;
    int* class_of;   // (ninstance + 1)
    bool* object;    // (ninstance + 1) boxes are drawn around it
    DdSolidBox* box; // (ninstance + 1)
    // of the picture at hand
    DdOutline* geom_box;     // (ngeom) of meshes that wait for their turn
    DdSeen* seen;            // (ninstance + 1)
    DdOutline* boxes;        // (ninstance + 1) candidates
    bool* shown;             // (ninstance + 1) in the silhouette at hand
    size_t* offset;          // (ninstance + 2) of its depths in `sorted`
    int* alone;              // pixels of a silhouette
    float* sorted;           // depths by instance
    size_t room, depth_room; // pixels that fit
};

// outline.c: the box around an object in the picture, of all its visual geoms whether something is
// before them or not. False when the lens shows nothing of it. Parts behind the camera are cut off
// where the lens ends.
bool dd_outline_of(DdLabels* l, const DdProjector* eye, int instance, DdOutline* out);
// The same of a box alone.
bool dd_outline_of_box(const DdProjector* eye, const DdPose* root, const double centre[3],
                       const double half[3], DdOutline* out);
// An object's oriented box: centre and half extents in its root body's frame.
void dd_outline_box(DdLabels* l, int instance, double centre[3], double half[3]);
