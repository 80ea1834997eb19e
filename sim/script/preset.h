// Presets: a sensor's kind and its numbers from a file, sensors/NAME.json of the installation or
// one beside the scenario, the robot or the rig that names it.
#pragma once

#include "sim/base/files.h"
#include "sim/sense/sense.h"

// Where "./my_lidar.json" begins: a folder, and its name in the store.
typedef struct DdPresetPlace {
    DdFiles* files;
    const char* dir;
    const char* prefix; // "scenario", "robots/amr_250"
} DdPresetPlace;

// What stands first in a sensor's table, a kind or a preset: sets the def's kind and, of a preset,
// its name and its numbers. The file stays in the store. `what` begins the error.
DD_MUST_USE bool dd_preset_begin(const DdPresetPlace* place, const char* named, const char* what,
                                 DdSensorDef* def, DdError* err);
// The members of the table of sensors that count for a kind: NULL-terminated names, in one block
// that the caller frees.
const char** dd_sensor_members(const DdSenseKind* kind);
const DdSenseKind* dd_sensor_kind(const char* name); // NULL when there is none

// The installed presets by name: [{name, kind, doc, source, values}], or {name, error}.
json_t* dd_preset_list(void);
