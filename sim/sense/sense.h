// Sense: sensors and measures of one world. After step1 of every physics step it pushes the samples
// that are due; after step2 it keeps what only exists then (contact forces, accelerations, work),
// so that no peak between two samples is missed. Formulas, units and signs: docs/sensors.md.
#pragma once

#include <jansson.h>

#include "sim/base/channel.h"
#include "sim/base/field.h"
#include "sim/world/weather.h"
#include "sim/world/world.h"

// One struct for all kinds; each kind says which of the members it reads. A preset
// (sensors/NAME.json) is a kind and values of these members.
typedef struct DdSensorDef {
    char name[DD_NAME_MAX];   // "odom"; the channel is "ROBOT.odom"
    char kind[DD_NAME_MAX];   // joints odom imu pose ... camera lidar: dd_sensor_kinds
    char preset[DD_NAME_MAX]; // the preset its numbers began with; "" = none
    char where[DD_PATH_MAX];  // "rig.lua:2", where it was written, for errors; no field of it
    char robot[DD_NAME_MAX];  // instance; "" for a sensor of the world
    bool optional;            // made only when an agent observes it or a rig asks for it
    double rate_hz;
    double phase_s;           // first sample this late
    double latency_s;         // available this long after it is measured
    DdNumbers noise;          // standard deviations: one for all values, one per group of values
                              // (docs/sensors.md), or one per value; none = 0
    double dropout;           // probability that a due sample is missing, 0..1
    char frame[DD_NAME_MAX];  // site or body it sits at, without the prefix; "" = the base
    double pos[3];            // m; where it sits in that frame
    double rpy[3];            // rad; how it is turned in it, Rz Ry Rx; x forward, y left, z up
    char target[DD_NAME_MAX]; // distance: the other thing or frame, "" = whatever is nearest but
                              // floors; contacts: only with this; pose: relative to this
    double range_min;         // m; nearer: -inf (scan, range), missing (cloud, depth)
    double range_max;         // m; distance: beyond it the value is this; else: no return
    DdNames joints;       // joints: which, empty = all scalar joints; odom: left wheels then right
                          // wheels, or with steer_joints front wheels then rear wheels
    double wheel_radius;  // m; odom
    double track;         // m; odom of a differential drive
    double wheelbase;     // m; odom of a double-steer vehicle
    DdNames steer_joints; // odom of a double-steer vehicle: front, rear
    double ticks_per_rev; // encoder resolution; 0 = continuous
    double slip_sigma;    // odom: error of each wheel's travel after 1 m, one standard deviation
    int max_contacts;

    // imu; densities are Allan's N, B and K (IEEE 952)
    double gyro_bias, accel_bias;   // rad/s, m/s^2; turn-on bias, one standard deviation over runs
    double gyro_noise, accel_noise; // N: rad/s/sqrt(Hz), m/s^2/sqrt(Hz)
    double gyro_instability, accel_instability; // B: rad/s, m/s^2
    double gyro_walk, accel_walk;               // K: rad/s^2/sqrt(Hz), m/s^3/sqrt(Hz)
    double gyro_range, accel_range;             // rad/s, m/s^2; saturation; 0 = none
    double scale_error;                         // one standard deviation
    double misalignment;                        // rad, one standard deviation
    double bandwidth_hz;                        // imu, wrench: low-pass; 0 = none

    // gnss
    int fix;               // autonomous, multiband, sbas, rtk_float, rtk_fixed
    bool multipath;        // sky mask, dilution and multipath from what stands around
    int satellites;        // of the constellation above the mask
    double elevation_mask; // rad
    DdNumbers outages;     // s: from, to, from, to, ...: no fix
    double velocity_noise; // m/s, horizontal; twice that vertical

    // encoder, wrench, touch_grid
    double radius_error; // encoder: one standard deviation over runs
    double crosstalk;    // wrench: share of full scale
    double drift;        // wrench: N per sqrt(s), a hundredth of it in Nm
    double force_range;  // N; saturation; 0 = none
    double torque_range; // Nm
    int rows, columns;   // touch_grid
    double size[2];      // m; touch_grid: height and width of the pad
    double threshold;    // N; below it a taxel reads 0

    // camera, thermal
    int width, height;    // pixels
    double hfov;          // rad; of the undistorted picture's width, or of the fisheye
    double focal[2];      // px; fx fy; 0 = from hfov
    double centre[2];     // px; cx cy; 0 = the middle
    int lens;             // pinhole, plumb_bob, rational_polynomial, equidistant
    DdNumbers distortion; // coefficients D as sensor_msgs/CameraInfo has them
    DdNames outputs;      // colour depth semantic instance boxes_2d boxes_3d
    int codec;            // raw, png, jpeg: how colour is stored
    int quality;          // jpeg
    bool shadows;
    double exposure_s; // 0 = automatic
    double gain_db;
    double f_number;
    double white_balance;                             // K; 0 = neutral
    double full_well, read_noise, quantum_efficiency; // e, e, share; full_well 0 = ideal picture
    double prnu, dsnu;                                // share, e
    double pixel_pitch;                               // m; side of a pixel
    double vignetting;                                // a in cos^4(theta) (1 - a r^2); 0 = none
    double blur;                                      // px; sigma of the lens
    bool motion_blur;
    int shutter;      // global, rolling
    double readout_s; // rolling: first to last row
    double baseline;  // m; depth from stereo: noise and holes; 0 = perfect depth
    double subpixel;  // px; stereo: disparity noise
    int min_pixels;   // boxes: smaller visible ones are left out
    int max_boxes;
    double netd; // K; thermal

    // lidar, scan, range
    int pattern;               // spinning, nonrepetitive, rosette, raster
    DdNumbers elevations;      // rad; spinning: of each beam, in firing order
    DdNumbers azimuth_offsets; // rad; of each beam; none = 0
    double fov[2];             // rad; scan: horizontal full angle, -; others horizontal, vertical
    int rays;                  // scan: per sweep; lidar: firings (columns) per turn, or points per
                               // frame of other patterns; range: rays in the cone
    double firing_s;           // s; spinning: between two firings of the head; 0 = turn / rays
    double slot_s;             // s; between two beams of one firing
    int layout;                // velodyne, ouster, livox, robosense, hesai, xyzi: see cloud.h
    double sigma;              // m; range noise at a strong return
    double sigma_weak;         // m; added in square at the detection threshold
    double reflectivity;       // of the target at which range_half is given
    double range_half;   // m; where half of the returns are detected; 0 = all within range_max
    double divergence;   // rad; full angle of the beam; 0 = a line
    double pulse;        // m; surfaces nearer than this are one return
    double resolution;   // m; ranges are multiples of it; 0 = any
    double false_alarms; // probability per ray in clear air
    int returns;         // strongest, last, first, dual
    bool deskew;         // points in the frame of the stamp instead of their own time
    int slices;          // times per sweep at which moving targets are looked at anew
    bool sees_self;      // false: the robot it sits on is not seen
    DdNames exclude;     // things that rays pass through
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

// Its members that its kind reads.
json_t* dd_sensor_to_json(const DdSensorDef* def);
// A preset: {"kind": "lidar", "doc": .., "source": .., "values": {..}}, over what `def` has.
DD_MUST_USE bool dd_sensor_preset_apply(const char* name, const json_t* preset, DdSensorDef* def,
                                        DdError* err);

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
// Before the first tick: sensors that need rendering or clouds of rays make nothing. For replays
// that only compare states.
void dd_sense_mute_pictures(DdSense* s);
// No picture before this step.
void dd_sense_pictures_from(DdSense* s, int64_t step);
// While held, pictures that come due are left out, as when a viewer hurries to another time.
void dd_sense_hold_pictures(DdSense* s, bool hold);
// Before the first tick: the members `given` of what pictures and rays see instead of the world's
// own weather, which stays what it is for the physics.
void dd_sense_see_weather(DdSense* s, const DdWeather* weather, const DdNames* given);
// UTC of step 0, for absolute times inside of clouds and for GNSS.
void dd_sense_start_time(DdSense* s, int64_t start_ns);
// The names of the classes a scenario labels its things with; the default is dd_label_classes.
DD_MUST_USE bool dd_sense_set_classes(DdSense* s, const DdNames* classes, DdError* err);
// Frames of sensors that are no body of the world, with the body they sit on: for /tf_static.
typedef struct DdSenseFrame {
    char parent[DD_NAME_MAX]; // a body, or "world"
    char name[DD_NAME_MAX];
    double pose[7]; // in the parent: x y z qw qx qy qz
} DdSenseFrame;
int dd_sense_frames(const DdSense* s, DdSenseFrame* frames, int max); // how many there are
// A picture could not be made (no GL, a context that died): the error that sticks, if there is one.
bool dd_sense_failed(const DdSense* s, DdError* err);
// Contacts dropped because max_contacts was too small, samples dropped out: counted.
int64_t dd_sense_dropped(const DdSense* s);

// Accumulators, odometry, encoders, what after_step kept. Constant once the first tick ran or the
// last sensor was added. Save between after_step and the next step1, or after a tick.
int dd_sense_state_size(const DdSense* s);
void dd_sense_save(const DdSense* s, double* state);
void dd_sense_load(DdSense* s, const double* state);
