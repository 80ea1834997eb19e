// Inside sim/sense: what a kind is, what a unit (one sensor or measure of a run) is, shared
// helpers.
#pragma once

#include "sim/base/rng.h"
#include "sim/sense/later.h"
#include "sim/sense/sense.h"

// A thing, body or frame by name.
typedef struct DdRef {
    int site;       // -1: not a frame
    int body;       // the body it is, or sits on
    int thing;      // -1: not the name of a whole thing
    bool kinematic; // moved by its actor, not by the solver: velocities come from its positions
} DdRef;

// Consecutive values of a sample that noise treats alike: plain numbers, or a quaternion (three
// standard deviations for a small rotation in the frame's own axes).
typedef struct DdNoiseSpan {
    int at;
    int n;
    bool rotation;
} DdNoiseSpan;

enum { DD_NOISE_SPANS = 4 };

typedef struct DdUnit DdUnit;

// One kind of sensor or measure. `open` resolves names, sets the unit's members and the channel's
// type, unit and frames; the rest is optional. Everything that changes while a run goes on lives in
// unit->state, so that a restore point is one copy.
typedef struct DdUnitKind {
    DdSenseKind info;
    size_t size; // of the kind's own struct behind unit->own
    bool (*open)(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err);
    void (*close)(DdUnit* u);
    void (*begin)(DdSense* s, DdUnit* u);  // first tick of the run
    void (*every)(DdSense* s, DdUnit* u);  // each physics step, after step1
    void (*before)(DdSense* s, DdUnit* u); // after step1, when a sample is due at the next step
    void (*after)(DdSense* s, DdUnit* u);  // after step2, when a sample is due at the next step
    void (*always)(DdSense* s, DdUnit* u); // each physics step, after step2
    void (*read)(DdSense* s, DdUnit* u, double* values);   // a sample is due, after step1
    void (*finish)(DdSense* s, DdUnit* u, double* values); // after noise: saturation, thresholds
    // Kinds of several channels or with bytes have `emit` in place of `read`: it pushes to
    // u->channels itself. `picture`: it renders or casts clouds; nothing of it is in restore
    // points, its state follows from the steps it saw.
    bool picture;
    void (*emit)(DdSense* s, DdUnit* u);
    void (*rewound)(DdSense* s, DdUnit* u); // picture: the run went back; forget what was begun
} DdUnitKind;

enum { DD_UNIT_CHANNELS = 12 };

struct DdUnit {
    const DdUnitKind* kind;
    char what[2 * DD_NAME_MAX + 32]; // "sensor 'agv.odom'", for errors
    union {
        const DdSensorDef* sensor; // the caller's, while open runs
        const DdMeasureDef* measure;
    } def;
    void* own;
    int channel;  // the first of channels
    int nchannel; // 1 unless open says more
    int channels[DD_UNIT_CHANNELS];
    DdChannelDef* more; // (nchannel - 1) malloc'd by open, their names too: the channels
                        // beyond the one that open was given
    int width;
    bool mounted; // it has a place: `at` and `mount`, and `at_name` as /tf calls it
    DdRef at;
    DdPose mount;
    char at_name[DD_NAME_MAX];
    double* state;
    int nstate;
    // schedule
    DdRate rate;
    int64_t phase;
    int64_t next; // step of the next sample
    // noise
    DdStream stream;
    double dropout;
    int nspan;
    DdNoiseSpan span[DD_NOISE_SPANS];
    double* sigma;   // one per number of every span; NULL without noise
    bool skip_every; // set by open: this one needs neither `every` nor `always`
};

typedef struct DdTouch DdTouch; // who touches whom: contact forces of the step that ended

enum { DD_SHARED_RENDER, DD_SHARED_RAYS, DD_SHARED_LABELS, DD_SHARED_COUNT };

struct DdSense {
    DdWorld* world;
    DdChannels* channels;
    uint64_t seed;
    char scope[DD_NAME_MAX];
    DdRate measure_rate;
    int64_t next_measure;
    double dt;
    int physics_hz;
    int64_t step;    // of the last tick; -1 before the first
    int64_t dropped; // dropped samples and contacts
    int nunit, cap;
    DdUnit** unit; // in the order they were added
    // the same units by what they need
    bool sorted;
    int nsample, nmeasure, nevery, nbefore, nafter, nalways;
    DdUnit** sample; // sensors
    DdUnit** measure;
    DdUnit** every;
    DdUnit** before;
    DdUnit** after;
    DdUnit** always;
    int64_t next_any; // earliest next sample
    double* qvel;     // (nv) velocities of the step in progress, for wrenches
    bool qvel_wanted;
    bool qvel_always; // a wrench that filters needs them at every step
    bool has_wrench;
    int64_t inverse_step; // tick whose step's inverse dynamics was already run
    double* scratch;      // values of a sample that is dropped
    DdTouch* touch;       // NULL until somebody needs contact forces
    // pictures
    bool mute, hold;
    int64_t pictures_from;
    bool sees_weather; // `seen` holds instead of the world's own: that with the members given
    DdWeather weather, seen;
    DdNames given;
    int64_t start_ns;
    DdNames classes;               // n 0: the default table
    DdError failed;                // code DD_OK while all is well
    DdLater* later;                // NULL until a unit has work for another thread
    void* shared[DD_SHARED_COUNT]; // what units share, made by the first that needs it
    void (*shared_free[DD_SHARED_COUNT])(void* shared);
};

// The weather that pictures and rays see now.
const DdWeather* dd_sense_weather(const DdSense* s);
// For kinds that emit: the sample due now is missing, which is counted.
bool dd_unit_drops(DdSense* s, const DdUnit* u);
// Work of this tick for another thread: a pure function of what stays as it is until the tick ends.
void dd_sense_later(DdSense* s, void (*work)(void* user), void* user);
// The first failure sticks; the episode ends by it after this tick.
void dd_sense_fail(DdSense* s, const DdError* err);
// Pose (world) of the unit's frame with the def's mount; `mount` is that of pos and rpy.
DdPose dd_mount_pose(const DdSense* s, const DdRef* ref, const DdPose* mount);
DdPose dd_mount_of(const DdSensorDef* def);
bool dd_mounted(const DdSensorDef* def); // pos or rpy says something
// The name of a mounted sensor's own frame: "ROBOT/NAME".
void dd_mount_frame(const DdSensorDef* def, char frame[DD_NAME_MAX]);

// --- names (resolve.c)
// "thing", "robot/body", "thing/frame". The error names the nearest one.
bool dd_ref_find(const DdSense* s, const char* name, const char* what, const char* field,
                 DdRef* ref, DdError* err);
// A sensor's frame: a site or body of its robot; "" is the robot's base.
bool dd_ref_of_sensor(const DdSense* s, const DdUnit* u, DdRef* ref, char full[DD_NAME_MAX],
                      DdError* err);
// Scalar joints by name (without the robot's prefix), or all of the robot's when `names` is empty.
// malloc'd ids, NULL on failure. `shown` gets the names in the same order when it is not NULL.
int* dd_find_joints(const DdSense* s, const char* what, const char* field, const char* robot,
                    const DdNames* names, int* n, char (**shown)[DD_NAME_MAX], DdError* err);
// The body belongs to what `ref` names: to the whole thing (which may have several root bodies), or
// to the body and what hangs below it.
bool dd_ref_holds(const DdSense* s, const DdRef* ref, int body);
bool dd_geom_collides(const mjModel* m, int geom);
bool dd_geom_is_floor(DdWorld* w, int geom); // of a ground, region or ramp; plane, height field
// Membership of geoms (ngeom bytes): below a thing or body; with `name` "" everything that is
// neither floor, nor part of whatever `own` belongs to, nor excluded.
bool dd_geoms_of(const DdSense* s, const char* name, const char* own, const DdNames* exclude,
                 const char* what, const char* field, unsigned char* in, DdError* err);

// --- held loads (held.c)
typedef struct DdHeld { // welds and pins between a thing and others
    int n;
    int* eq;
    int* root; // top body of the other side
} DdHeld;

void dd_held_find(const DdSense* s, const DdRef* ref, DdHeld* held);
void dd_held_free(DdHeld* held);
bool dd_held_has(const DdSense* s, const DdHeld* held, int body); // now

// --- reading a reference (resolve.c)
const double* dd_ref_pos(const DdSense* s, const DdRef* ref);
void dd_ref_pose(const DdSense* s, const DdRef* ref, DdPose* pose);
// Velocity in world axes at the reference's origin (linear, angular), of what the solver moves.
void dd_ref_velocity(const DdSense* s, const DdRef* ref, double linear[3], double angular[3]);
bool dd_body_asleep(const DdSense* s, int body);

// Velocity of a reference, also of kinematic ones: `state` keeps the pose of the step before.
enum { DD_MOTION_STATE = 13 };
void dd_motion_begin(const DdSense* s, const DdRef* ref, double* state);
void dd_motion_every(const DdSense* s, const DdRef* ref, double* state);
void dd_motion_read(const DdSense* s, const DdRef* ref, const double* state, double linear[3],
                    double angular[3]);

// --- geometry (surface.c)
// Distance from a point to the surface of a geom, 0 inside it.
double dd_point_geom(const mjModel* m, const mjData* d, const double point[3], int geom);
// Signed distance between two geoms (0 at least where a height field is involved), at most `max`.
double dd_geom_gap(const mjModel* m, mjData* d, int geom1, int geom2, double max);
// A lower bound of the signed distance between a geom and anything inside a ball.
double dd_ball_geom_bound(const mjModel* m, const mjData* d, const double centre[3], double radius,
                          int geom);

// --- contacts (touch.c)
DdTouch* dd_touch_get(DdSense* s); // made when first asked for
void dd_touch_destroy(DdTouch* t);
// A pair of sets of geoms whose contacts are wanted; both arrays (ngeom) are copied.
int dd_touch_add(DdTouch* t, const unsigned char* a, const unsigned char* b);
void dd_touch_start(DdTouch* t);               // after the last add
void dd_touch_capture(DdSense* s, DdTouch* t); // once after each step2
// Of pair `id` in the step just captured.
double dd_touch_force(const DdTouch* t, int id);                  // N, sum of all normal forces
int dd_touch_hits(const DdTouch* t, int id, const int** objects); // objects of set b that were hit
double dd_touch_object_force(const DdTouch* t, int id, int object); // N, normal forces on that one
int dd_touch_objects(const DdTouch* t);                             // how many objects there are
int dd_touch_object_geom(const DdTouch* t, int object);             // one of its geoms

// --- kinds (defs.c); NULL with an error when there is none of that name
const DdUnitKind* dd_sensor_kind_find(const char* name, const char* what, DdError* err);
const DdUnitKind* dd_measure_kind_find(const char* name, const char* what, DdError* err);
extern const DdUnitKind dd_sense_joints, dd_sense_odom, dd_sense_imu, dd_sense_pose, dd_sense_twist,
    dd_sense_contacts, dd_sense_wrench, dd_sense_distance, dd_sense_encoder, dd_sense_touch_grid,
    dd_sense_gnss, dd_sense_camera, dd_sense_thermal;
extern const DdUnitKind dd_sense_scan, dd_sense_lidar, dd_sense_range;
extern const DdUnitKind dd_measure_distance, dd_measure_pose_error, dd_measure_yaw_error,
    dd_measure_angle_error, dd_measure_clearance, dd_measure_speed, dd_measure_yaw_rate,
    dd_measure_tilt, dd_measure_inside, dd_measure_height, dd_measure_peak_force,
    dd_measure_contact_force, dd_measure_collisions, dd_measure_energy, dd_measure_path_length,
    dd_measure_displacement, dd_measure_joint_speed;
