// Builder: the state behind `w` while a scenario's build function runs.
#pragma once

#include "sim/run/plan.h"
#include "sim/script/handle.h"
#include "sim/script/mistakes.h"
#include "sim/script/robot_load.h"

enum { DD_BUILDER_STREAMS = 256 };

typedef struct DdBuilderStream {
    char name[DD_NAME_MAX];
    DdStream stream;
} DdBuilderStream;

struct DdBuilder {
    DdPlan* plan;
    DdRobotCache* robots;
    DdSource source; // the scenario's file; `line` is unused
    uint64_t seed;
    bool open;                           // handles and `w` work only while build runs
    DdRobotEntry* entry[DD_PLAN_ROBOTS]; // behind plan->robot[i]
    DdRobotFrames own[DD_PLAN_ROBOTS];   // frames of instances with joints of their own
    int nstream;
    DdBuilderStream* stream; // drawn from so far
    int nlist;
    DdKey* list; // scratch for frame names
};

void dd_builder_clear(DdBuilder* b);
// Pushes `w`.
void dd_builder_push_world(lua_State* L, DdBuilder* b);
void dd_builder_open(lua_State* L); // its metatable

// Where a thing or frame stands as declared.
DD_MUST_USE bool dd_builder_pose(DdBuilder* b, const char* ref, DdPose* pose, DdError* err);
// Whether `ref` names something; the sentence says what is near. `what` begins it: "box 'bay': on".
DD_MUST_USE bool dd_builder_check_ref(DdBuilder* b, const char* ref, const char* what,
                                      DdError* err);
// Frame names of a thing or robot, borrowed until the next call; -1 with an error.
DD_MUST_USE int dd_builder_frames(DdBuilder* b, const char* thing, const DdKey** names,
                                  DdError* err);
const char* dd_builder_kind(const DdBuilder* b,
                            const char* thing); // "box", "robot"; NULL: no such thing
// Whether a label is of the scenario's classes; "" is none.
DD_MUST_USE bool dd_builder_check_label(const DdBuilder* b, const char* label, const char* what,
                                        DdError* err);
// The stream of that name, which keeps its place between draws. NULL when there are too many.
DdStream* dd_builder_stream(DdBuilder* b, const char* name, DdError* err);
extern const DdField dd_robot_args_fields[]; // what w:robot takes beside at, place, joints
