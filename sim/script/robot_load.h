// Robots from files: by name, by robot.lua, or a bare MJCF or URDF; each is read once per scenario.
#pragma once

#include "robots/robot.h"
#include "sim/base/budget.h"
#include "sim/base/files.h"
#include "sim/script/lua_def.h"

// Sites and bodies of a robot at its start pose, relative to where it is placed.
typedef struct DdRobotFrames {
    int n;
    DdKey* name;
    DdPose* pose;
} DdRobotFrames;

typedef struct DdRobotEntry {
    char spec[DD_PATH_MAX]; // as the scenario wrote it
    char root[DD_PATH_MAX];
    char prefix[DD_PATH_MAX]; // of its files in the store: "robots/amr_250"
    json_t* desc;             // the description, ready to be read back
    DdRobotFrames frames;     // empty until asked for
} DdRobotEntry;

typedef struct DdRobotCache {
    DdFiles* files;             // borrowed
    char base_dir[DD_PATH_MAX]; // relative paths begin here
    char root[DD_PATH_MAX];     // --root; "" = the model's own folder
    DdLuaBudget budget;         // of each robot.lua
    int n;
    DdRobotEntry** entry;
} DdRobotCache;

void dd_robot_cache_clear(DdRobotCache* cache);
// `root` (NULL or "": the cache's) widens what a bare model may read. NULL on failure. The entry
// stays until clear.
DD_MUST_USE DdRobotEntry* dd_robot_cache_get(DdRobotCache* cache, const char* spec,
                                             const char* root, DdError* err);
// Compiles the robot alone and reads its frames at the start pose of `desc`.
DD_MUST_USE bool dd_robot_frames_read(DdFiles* files, const DdRobotDesc* desc,
                                      DdRobotFrames* frames, DdError* err);
void dd_robot_frames_clear(DdRobotFrames* frames);

// robot.lua: `dir` is its folder, `prefix` the folder's logical name. With mistakes->report set,
// all of them are reported. NULL on failure; mistakes->first says why.
DD_MUST_USE DdRobotDesc* dd_robot_file_read(DdFiles* files, const char* dir, const char* file,
                                            const char* prefix, const char* shown,
                                            const DdLuaBudget* budget, DdMistakes* mistakes);
