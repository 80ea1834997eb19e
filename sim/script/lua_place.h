// Places: where a thing stands by another thing's frame, or drawn under constraints.
#pragma once

#include "sim/script/builder.h"

// The pose behind `at = X` on top of the stack: a thing, frame or name, {x, y, z}, {pos=, yaw=}.
DD_MUST_USE bool dd_place_at(lua_State* L, DdBuilder* b, const char* what, DdPose* pose,
                             DdError* err);
// The frame behind `on = ref`: the top of a thing that has one, else the frame or thing itself.
DD_MUST_USE bool dd_place_top(DdBuilder* b, const char* ref, char frame[DD_NAME_MAX], DdPose* pose,
                              DdError* err);
// `place = { region = , ... }` on top of the stack, for a box of `half` around `centre` in the
// thing's own frame; drawn from stream "place/NAME". The pose is that of the thing's origin.
DD_MUST_USE bool dd_place_solve(lua_State* L, DdBuilder* b, const char* what, const char* name,
                                const double centre[3], const double half[3],
                                const DdSource* source, DdPose* pose, DdError* err);
extern const DdField dd_place_fields[]; // of the table `place`
