// Freight: what containers look like.
#pragma once

#include "sim/world/skins.h"

// Sides, frame, castings, doors and marks of a container whose middle is `z` above the body's
// origin. Its marks and, where rgba is transparent, its colour follow from `name`.
unsigned dd_freight_skins(void);
void dd_freight_container(const DdBuild* b, const char* name, const double half[3], double castings,
                          double z, const double rgba[4]);
