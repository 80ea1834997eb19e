// Skins: what things are made of to the eye. Skins are materials, some with a texture out of
// assets/textures; shapes are meshes of many boxes, tubes and letters, so that one geom shows them
// all. Nothing here is touched, weighs anything or moves by itself.
#pragma once

#include "sim/world/build.h"

typedef enum DdSkin {
    DD_SKIN_NONE,
    DD_SKIN_ASPHALT, // grounds: a picture is 4 or 8 m
    DD_SKIN_CONCRETE,
    DD_SKIN_EPOXY,
    DD_SKIN_SLAB, // boxes and walls of concrete
    DD_SKIN_PANEL,
    DD_SKIN_CORRUGATED, // shapes: eight waves and the whole height of a side
    DD_SKIN_SLATS,
    DD_SKIN_WIRE,
    DD_SKIN_HAZARD,
    DD_SKIN_UPRIGHT,
    DD_SKIN_WOOD, // boxes: a picture is a face
    DD_SKIN_CARTON,
    DD_SKIN_STEEL,
    DD_SKIN_PAINT, // without texture
    DD_SKIN_RUBBER,
    DD_SKIN_GLASS,
    DD_SKIN_LAMP,
    DD_SKIN_COUNT,
} DdSkin;

// Give a geom a skin, once the world compiles; the geom's colour tints it.
void dd_build_skin(mjsGeom* g, DdSkin skin);
// `rgba` where it differs from the kind's default, else white: textures have a colour of their own.
void dd_skin_tint(float out[4], const double rgba[4], const double usual[4]);

// A shape under construction. Its faces carry texture coordinates: metres / tile across and up, as
// seen from outside; a tile of 0 = one picture from edge to edge.
typedef struct DdShape DdShape;
// A new shape of the world, or NULL when there is one of that name: alike things share it.
DdShape* dd_shape_new(const DdBuild* b, const char* name);
void dd_shape_tile(DdShape* s, double u, double v); // for what is added from now on
void dd_shape_box(DdShape* s, double x, double y, double z, double hx, double hy, double hz);
// Turned about its own centre.
void dd_shape_box_turned(DdShape* s, double x, double y, double z, double hx, double hy, double hz,
                         double roll, double pitch, double yaw);
// Both sides of a rectangle without thickness in the x-z plane.
void dd_shape_sheet(DdShape* s, double x, double z, double hx, double hz);
// A round bar from `a` to `b`, closed at its ends.
void dd_shape_bar(DdShape* s, const double a[3], const double b[3], double radius, int sides);
// An ellipsoid with these half axes; a bar with round ends.
void dd_shape_ball(DdShape* s, const double middle[3], const double half[3]);
void dd_shape_capsule(DdShape* s, const double a[3], const double b[3], double radius);
// Letters (A-Z, 0-9, '-') flat on a plane: the text's middle, the way it reads and up, m.
void dd_shape_text(DdShape* s, const char* text, const double at[3], const double along[3],
                   const double up[3], double height);
// The geom that shows it, at the body's origin.
mjsGeom* dd_build_shape(const DdBuild* b, const char* part, const char* shape, DdSkin skin,
                        const double rgba[4]);

// Before building: the pictures of the skins that the things wear, out of assets/ into the
// composition's store. A composition without a store is painted, not textured.
DD_MUST_USE bool dd_skins_read(DdCompose* c, DdError* err);
// After building: the skins, the shapes and the sky into the spec.
void dd_skins_add(DdCompose* c);
void dd_skins_clear(DdCompose* c); // frees the shapes
