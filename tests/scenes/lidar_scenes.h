// Scenes for rays, shared by tests and benchmarks: a yard of moving crates, a clutter of rotated
// bodies, and one of everything that can be hit. The models are made from a counter, the same
// everywhere.
#pragma once

#include <mujoco/mujoco.h>

mjModel* scene_yard(int bodies); // moving boxes on a floor, none turned
mjModel* scene_clutter(void);    // 200 rotated bodies, 3 geoms each: off-centre boxes, capsules and
                                 // visual-only parts within 30 m; 601 geoms with the floor
// every type, meshes, height fields, transparency, tilted planes; all lengths times `scale`
mjModel* scene_everything(double scale);
double scene_draw(unsigned* state); // 0..1, a small generator of its own
