// Channels: named, typed, timed streams. A sample is one value of a channel: a fixed number of
// doubles laid out by the type table. Sensors make samples, agents read some, the recorder stores
// them, the score judges them; they meet here only.
#pragma once

#include "sim/base/blob.h"
#include "sim/base/error.h"
#include "sim/base/rate.h"

typedef enum DdType {
    DD_TYPE_SCALAR,   // value
    DD_TYPE_VECTOR,   // one value per name
    DD_TYPE_POSE,     // x y z, qw qx qy qz
    DD_TYPE_TWIST,    // linear.x y z, angular.x y z
    DD_TYPE_WRENCH,   // force.x y z, torque.x y z
    DD_TYPE_JOINTS,   // position[name], velocity[name], effort[name]
    DD_TYPE_IMU,      // orientation.w x y z, angular_velocity.x y z, linear_acceleration.x y z
    DD_TYPE_ODOM,     // pose.x y z, pose.qw qx qy qz, twist.linear.x y z, twist.angular.x y z
    DD_TYPE_CONTACTS, // count, then per contact: geom1, geom2 (indices into names), position x y z,
                      // normal x y z, force x y z (in the contact frame), depth
    DD_TYPE_SCAN,     // ranges[count] m, intensities[count], all of them floats, as which they are
                      // recorded; meta: DdScanMeta
    DD_TYPE_GNSS,     // latitude, longitude (deg), altitude (m, above the ellipsoid), status
                      // (NavSatStatus), position_covariance[9] (m^2, east north up, row-major),
                      // covariance_type
    DD_TYPE_RANGE,    // range (m), a float; meta: DdRangeMeta
    // what needs pictures or many rays (DdChannelDef.picture); the bytes are the sample's blob
    DD_TYPE_IMAGE, // exposure_s, gain; blob: rows top first, no padding; encoding, meta DdImageMeta
    DD_TYPE_CAMERA,   // width, height, k[9], d[8], r[9], p[12]; encoding: the distortion model
    DD_TYPE_CLOUD,    // points, width, height; blob: points as the layout `encoding` says (cloud.h)
    DD_TYPE_BOXES_2D, // count, then per box DD_BOX2_VALUES
    DD_TYPE_BOXES_3D, // count, then per box DD_BOX3_VALUES
    DD_TYPE_COUNT,
} DdType;

enum { DD_CONTACT_VALUES = 12 }; // doubles per contact after the leading count
// class (index into classes), instance (index into names + 1), visible box: x0 y0 x1 y1 (pixels,
// half open, 0 when nothing is visible), amodal box: x0 y0 x1 y1 (not clipped to the picture),
// visible pixels, pixels of the object's own silhouette inside the picture, occlusion 0..1,
// truncation 0..1, perceivable 0..1 (contrast left by fog and rain)
enum { DD_BOX2_VALUES = 15 };
// class, instance, centre x y z, orientation w x y z, size x y z (full), visible 0 or 1, distance
enum { DD_BOX3_VALUES = 14 };

// The constants of a channel (DdChannelDef.meta) by type.
typedef enum DdScanMeta { // rad, rad, s, s, m, m
    DD_SCAN_ANGLE_MIN,
    DD_SCAN_ANGLE_INCREMENT,
    DD_SCAN_TIME_INCREMENT,
    DD_SCAN_TIME,
    DD_SCAN_RANGE_MIN,
    DD_SCAN_RANGE_MAX,
} DdScanMeta;
typedef enum DdRangeMeta { // rad, m, m, 0 ultrasound or 1 infrared
    DD_RANGE_FOV,
    DD_RANGE_MIN,
    DD_RANGE_MAX,
    DD_RANGE_RADIATION,
} DdRangeMeta;
typedef enum DdImageMeta { // pixels, pixels, how it is to be stored, its quality 1..100
    DD_IMAGE_WIDTH,
    DD_IMAGE_HEIGHT,
    DD_IMAGE_CODEC,
    DD_IMAGE_QUALITY,
} DdImageMeta;
typedef enum DdImageCodec { DD_CODEC_RAW, DD_CODEC_PNG, DD_CODEC_JPEG } DdImageCodec;
enum { DD_CHANNEL_META = 8 };

// One named run of numbers inside a sample. "position" of joints stands for n values, one per name.
typedef struct DdTypeField {
    const char* path; // "twist.linear.x"
    const char* unit; // "m/s"; NULL = the channel's own unit
    bool per_name;    // one value per name of the channel
} DdTypeField;

const char* dd_type_name(DdType type); // "odom"
bool dd_type_find(const char* name, DdType* type);
const DdTypeField* dd_type_fields(DdType type, int* n); // in sample order; contacts: count only

typedef struct DdChannelDef {
    char name[DD_NAME_MAX]; // "amr.odom", "dock_err"; unique in a run
    DdType type;
    char unit[24];                 // of a scalar or vector: "m", "rad", "m/s", "N", "" for none
    char frame[DD_NAME_MAX];       // frame the numbers are in: "world", "amr/odom", "amr/imu"
    char child_frame[DD_NAME_MAX]; // of odom, pose: the frame whose pose it is
    DdRate rate;
    int64_t phase_steps;          // first due at this step
    int64_t latency_steps;        // available this many steps after it is measured
    bool truth;                   // from the world itself, not a sensor; needs a grant to be seen
    bool measure;                 // declared with w:measure
    int max_contacts;             // contacts only
    int max_boxes;                // boxes only
    int count;                    // scan: rays
    double meta[DD_CHANNEL_META]; // constants of scans, ranges, images: see the enums above
    char encoding[24];            // image: rgb8 mono8 mono16 16UC1 32FC1; camera: plumb_bob,
                                  // equidistant, rational_polynomial; cloud: its layout
    char group[DD_NAME_MAX];      // of a device with several channels: "agv.front"; else ""
    bool picture;                 // needs rendering or many rays: outside of restore points
    int nname;                    // names: joints, vector elements, geoms of contacts, instances
    char (*names)[DD_NAME_MAX];   // (nname); the table copies them
    const bool* slides; // (nname) of joints: true where the unit is m and N instead of rad
                        // and Nm; NULL = none slides; the table copies them
    int nclass;         // names of classes, of semantic images and boxes
    char (*classes)[DD_NAME_MAX]; // (nclass); the table copies them
} DdChannelDef;

typedef struct DdSample {
    int channel;
    int64_t step;       // measured
    int64_t avail_step; // step + latency
    int64_t sequence;   // 0, 1, 2, ... per channel
    int n;
    const double* values;
    DdBlob* blob; // bytes of an image or cloud; NULL else, and when it was not made
} DdSample;

typedef struct DdChannels DdChannels;

DdChannelDef dd_channel_def(void);             // a scalar without unit at 50 Hz in "world"
int dd_channel_width(const DdChannelDef* def); // doubles in one sample

DdChannels* dd_channels_create(int physics_hz);
void dd_channels_destroy(DdChannels* channels);
// Index of the new channel, or -1. The def and its names are copied.
int dd_channels_add(DdChannels* channels, const DdChannelDef* def, DdError* err);
// Allocates the rings; no add() after it, no allocation after it.
void dd_channels_start(DdChannels* channels);
int dd_channels_count(const DdChannels* channels);
int dd_channels_physics_hz(const DdChannels* channels);
const DdChannelDef* dd_channels_def(const DdChannels* channels, int channel); // until destroy
int dd_channels_find(const DdChannels* channels, const char* name); // -1 when there is none

// "amr.odom.twist.linear.x", "arm.joints.position.elbow", "dock_err": which channel, which of its
// doubles, its unit (borrowed). False without touching the outputs when there is no such signal.
bool dd_channels_signal(const DdChannels* channels, const char* path, int* channel, int* offset,
                        const char** unit);

// Room for the values of a new sample measured at `step`; fill all of it before the next call.
double* dd_channels_push(DdChannels* channels, int channel, int64_t step);
// The same of a channel with bytes, which takes the caller's reference.
double* dd_channels_push_blob(DdChannels* channels, int channel, int64_t step, DdBlob* blob);
DdBlobPool* dd_channels_pool(DdChannels* channels); // for such bytes
// The newest sample available at `now`; NULL while there is none. Valid until the next push.
const DdSample* dd_channels_latest(const DdChannels* channels, int channel, int64_t now);
// Next sample that became available by `now` and was not taken before, in the order of (avail_step,
// pictures last, push order). NULL when none is left. Valid until the next push.
const DdSample* dd_channels_take(DdChannels* channels, int64_t now);
// Everything that a restore point must hold: rings, sequences, what was taken, but of pictures.
// Pictures on their way stay as they are; those newer than the state are forgotten by load(). Sizes
// in doubles, constant after start().
int dd_channels_state_size(const DdChannels* channels);
void dd_channels_save(const DdChannels* channels, double* state);
void dd_channels_load(DdChannels* channels, int64_t step, const double* state);
