// Sense: sensors and measures of one world. After step1 of every physics step it pushes the samples
// that are due; after step2 it keeps what only exists then (contact forces, accelerations, work),
// so that no peak between two samples is missed. Formulas, units and signs: docs/sensors.md.
#pragma once

#include <jansson.h>

#include "sim/base/channel.h"
#include "sim/base/field.h"
#include "sim/world/world.h"

// One struct for all kinds; each kind says which of the members it reads.
typedef struct DdSensorDef {
    char name[DD_NAME_MAX];  // "odom"; the channel is "ROBOT.odom"
    char kind[DD_NAME_MAX];  // joints odom imu pose twist contacts wrench distance
    char robot[DD_NAME_MAX]; // instance; "" for a sensor of the world
    double rate_hz;
    double phase_s;           // first sample this late
    double latency_s;         // available this long after it is measured
    DdNumbers noise;          // standard deviations: one for all values, one per group of values
                              // (docs/sensors.md), or one per value; none = 0
    double dropout;           // probability that a due sample is missing, 0..1
    char frame[DD_NAME_MAX];  // site or body it sits at, without the prefix; "" = the base
    char target[DD_NAME_MAX]; // distance: the other thing or frame, "" = whatever is nearest but
                              // floors; contacts: only with this; pose: relative to this
    double range_max;         // m; distance: beyond it the value is this
    DdNames joints;       // joints: which, empty = all scalar joints; odom: left wheels then right
                          // wheels, or with steer_joints front wheels then rear wheels
    double wheel_radius;  // m; odom
    double track;         // m; odom of a differential drive
    double wheelbase;     // m; odom of a double-steer vehicle
    DdNames steer_joints; // odom of a double-steer vehicle: front, rear
    double ticks_per_rev; // encoder resolution; 0 = continuous
    double slip_sigma;    // odom: error of each wheel's travel after 1 m, one standard deviation
    double gyro_bias, accel_bias; // imu: constant bias, one standard deviation over runs
    int max_contacts;
} DdSensorDef;

typedef struct DdMeasureDef {
    char name[DD_NAME_MAX];
    char kind[DD_NAME_MAX]; // distance pose_error yaw_error angle_error clearance speed yaw_rate
                            // tilt inside height peak_force contact_force collisions energy
                            // path_length displacement joint_speed
    char a[DD_NAME_MAX];    // thing, body or frame
    char b[DD_NAME_MAX];    // the other one, "" = none (clearance, forces: anything but floors)
    double within;          // m; clearance: beyond it the value is this
    double half[3];         // m; inside: half extents of the box around frame b, 0 = no limit along
                    // that axis; all 0 = the bounding box of thing b (a region: its outline)
    double threshold; // N; collisions: force from which a touch counts
    double offset;    // rad; yaw_error: the heading of a relative to b that counts as no error
    DdNames exclude;  // things that clearance, forces and collisions leave out when b is ""
} DdMeasureDef;

extern const DdField dd_sensor_fields[];
extern const DdField dd_measure_fields[];
DdSensorDef dd_sensor_def(void); // 50 Hz, no noise, no latency
DdMeasureDef dd_measure_def(void);

// Descriptors, for `drydock list` and the manual.
typedef struct DdSenseKind {
    const char* name;
    const char* doc;
    const char* unit;  // of a measure; "" for none
    const char* reads; // names of the def's members it reads, space separated
    DdType type;
} DdSenseKind;
const DdSenseKind* dd_sensor_kinds(int* n);
const DdSenseKind* dd_measure_kinds(int* n);

typedef struct DdSense DdSense;

// The world and the channel table are borrowed. `seed`, `scope` name the noise streams.
DD_MUST_USE DdSense* dd_sense_create(DdWorld* w, DdChannels* channels, uint64_t seed,
                                     const char* scope, double measure_hz, DdError* err);
void dd_sense_destroy(DdSense* s);
// Channel index, or -1. Before dd_channels_start.
int dd_sense_add_sensor(DdSense* s, const DdSensorDef* def, DdError* err);
int dd_sense_add_measure(DdSense* s, const DdMeasureDef* def, DdError* err);

// After step1 of step n, once for every n. Acceleration-stage values are those of the step that
// ended at n. Returns true when the measure clock ticked (the measures of this step are in the
// table).
bool dd_sense_tick(DdSense* s, int64_t step);
// Right after step2, before the next step1: keeps what only exists then (contact forces,
// accelerations, work) of the step that ended at `next_step`. Costs nothing when nobody needs it.
void dd_sense_after_step(DdSense* s, int64_t next_step);
// Contacts dropped because max_contacts was too small, samples dropped out: counted.
int64_t dd_sense_dropped(const DdSense* s);

// Accumulators, odometry, encoders, what after_step kept. Constant once the first tick ran or the
// last sensor was added. Save between after_step and the next step1, or after a tick.
int dd_sense_state_size(const DdSense* s);
void dd_sense_save(const DdSense* s, double* state);
void dd_sense_load(DdSense* s, const double* state);
