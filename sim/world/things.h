// The kinds of things, one descriptor each, and the defs that the stage reads.
#pragma once

#include "sim/world/build.h"

#define DD_THING_KIND_LIST(X)                                                                      \
    X(ground)                                                                                      \
    X(box)                                                                                         \
    X(sphere)                                                                                      \
    X(cylinder)                                                                                    \
    X(wall)                                                                                        \
    X(ramp)                                                                                        \
    X(body)                                                                                        \
    X(frame)                                                                                       \
    X(region)                                                                                      \
    X(shelf)                                                                                       \
    X(conveyor)                                                                                    \
    X(door)                                                                                        \
    X(pallet)                                                                                      \
    X(tote)                                                                                        \
    X(container)                                                                                   \
    X(stack)                                                                                       \
    X(actor)                                                                                       \
    X(weather)                                                                                     \
    X(floodlight)                                                                                  \
    X(prop)

#define DD_THING_KIND_EXTERN(name) extern const DdThingKind dd_thing_##name;
DD_THING_KIND_LIST(DD_THING_KIND_EXTERN)
#undef DD_THING_KIND_EXTERN

typedef struct DdConveyor {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double size[3]; // length, width, height of the belt's top
    double speed;
    double friction;
    double rgba[4];
} DdConveyor;

typedef struct DdDoor {
    char name[DD_NAME_MAX];
    DdThingPose at;
    double size[3]; // width of the opening, thickness, height
    int motion;     // 0 hinged, 1 sliding
    double angle;   // rad, open
    double speed;   // m/s or rad/s
    bool open;      // at the start
    double rgba[4];
} DdDoor;

typedef struct DdActor {
    char name[DD_NAME_MAX];
    int model;     // truck, person, crane, box
    DdPoints path; // m
    double speed;  // m/s
    double accel;  // m/s^2
    bool loop;     // back to the first point and round again
    bool go;       // moves from the start, without waiting for the stage
    double size[3];
    double rgba[4];
    char label[DD_NAME_MAX];
} DdActor;

// The door's leaf for an opening of 0 (closed) .. 1 (open), in the world.
DdPose dd_door_leaf(const DdDoor* door, double opening);
double dd_door_travel(const DdDoor* door); // rad or m from closed to open
// The actor's pose after `s` metres of its path; its length.
DdPose dd_actor_pose(const DdActor* actor, double s);
double dd_actor_length(const DdActor* actor);
