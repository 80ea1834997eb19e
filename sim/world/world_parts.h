// Parts of a world, shared by the files that compile it, step it, ask it and stage it.
#pragma once

#include "sim/world/world.h"

typedef struct DdStage DdStage;

typedef struct DdThing {
    char name[DD_NAME_MAX];
    const DdThingKind* kind; // NULL: a robot
    void* def;               // a copy of what it was built from; owned
    int body;                // root; -1 when it has none
} DdThing;

struct DdWorld {
    mjModel* m;
    mjData* d;
    int physics_hz;
    int64_t step;
    unsigned char model_hash[DD_SHA256_SIZE];
    int nthing;
    DdThing* things;         // (nthing)
    int* by_name;            // (nthing) sorted
    int* thing_of_body;      // (nbody) -1: none
    const char** geom_names; // (ngeom)
    const char** body_names; // (nbody)
    char* made_names;        // for those that MuJoCo has no name for
    bool* geom_visual;       // (ngeom)
    int nlatch;
    int* latches; // (nlatch) equalities
    int nstate;   // doubles of the integration state
    DdStage* stage;
    DdWeather weather; // now
    int ninstance;
    int* instance_of_body; // (nbody) from 1; 0: none
    int* instance_body;    // (ninstance + 1) root bodies, [0] unused
    double* dry_friction;  // (ngeom) sliding friction of floors without weather; -1: not a floor
    double density, viscosity; // of the medium when no wind blows
};

// world.c: things may be NULL. Takes the model and the things.
DdWorld* dd_world_make(mjModel* m, int physics_hz, DdThing* things, int nthing, DdError* err);
void dd_world_index(DdWorld* w);           // query.c: names, owners, visuals
void dd_world_index_instances(DdWorld* w); // labels.c
// climate.c: what of the weather acts on the physics: the medium and the floors.
void dd_world_start_weather(DdWorld* w);
void dd_world_act_weather(DdWorld* w);
// stage.c
DdStage* dd_stage_create(const DdWorld* w); // NULL: no memory
void dd_stage_destroy(DdStage* s);
// A tree that rests asleep must notice what is done to it.
void dd_world_wake(DdWorld* w, int body);
