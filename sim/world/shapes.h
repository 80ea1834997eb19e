// Shapes: the arrays of a mesh under construction.
#pragma once

#include "sim/world/skins.h"

struct DdShape {
    char name[DD_NAME_MAX];
    double tile[2];
    int nvertex, nface;
    int vertex_capacity, face_capacity;
    float* vertex;   // (nvertex, 3)
    float* normal;   // (nvertex, 3)
    float* texcoord; // (nvertex, 2)
    int* face;       // (nface, 3) vertices
};

void dd_shape_free(DdShape* s);
