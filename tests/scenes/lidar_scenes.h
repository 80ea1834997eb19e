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
// a yard of meshes through each other: boxes in one mesh, bars, marks, corrugated sheets, slivers
mjModel* scene_port(void);
// one of those alone: 0 boxes, 1 marks and slivers, 2 a rough ball
mjModel* scene_one_mesh(int which);
double scene_draw(unsigned* state); // 0..1, a small generator of its own
