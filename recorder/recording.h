// Recording: one episode as a rosbag2 bag: what drydock writes into an MCAP and how it is read
// back. Topics, message types and the run record are listed in docs/recording.md.
#pragma once

#include <jansson.h>

#include "recorder/mcap.h"
#include "sim/base/channel.h"
#include "sim/base/files.h"
#include "sim/base/space.h"

typedef struct DdRecordDef {
    const char* dir;  // the bag's folder, made here: DIR/NAME.mcap, DIR/metadata.yaml
    const char* name; // "episode_00000"
    int64_t start_ns; // UTC of step 0; the scenario's start_time
    DdCompression compression;
    int level;
    const json_t* run_record; // seed, params, scenario, fingerprint: one JSON object, kept as text
    int threads;              // that encode pictures, begun by the first one; 0 = none but the
                              // caller's. The bytes of the file do not depend on it.
    const char* topic_prefix; // in front of the topics of samples: "/approximate"; NULL = none
    int test_slow_us;         // tests: every picture takes that much longer to encode
    int test_fail_picture;    // tests: this picture (1, 2, ...) cannot be encoded; 0 = none
} DdRecordDef;

typedef struct DdRecord DdRecord;

// Channels must be started. The bag's metadata.yaml is written at open and again at close.
DD_MUST_USE DdRecord* dd_record_create(const DdRecordDef* def, const DdChannels* channels,
                                       DdError* err);
// Small files become attachments "NAME"; to be called before the first sample.
bool dd_record_file(DdRecord* r, const DdFile* file);
bool dd_record_attach(DdRecord* r, const char* name, const char* media_type, const void* data,
                      size_t size);
// What the world looks like, once: the shapes as markers that move with the frames of /tf, and the
// frames that never move. As plain data: the recorder knows no world.
typedef enum DdMarkerShape {
    DD_MARKER_BOX,
    DD_MARKER_SPHERE,
    DD_MARKER_ELLIPSOID,
    DD_MARKER_CYLINDER, // along z
    DD_MARKER_CAPSULE,  // along z
    DD_MARKER_PLANE,    // z = 0
    DD_MARKER_MESH,
} DdMarkerShape;

typedef struct DdMarker {
    const char* frame; // it moves with: a frame of dd_record_frames, "world" for what stays
    const char* name;  // of the geom
    DdMarkerShape shape;
    double pose[7]; // in the frame: x y z qw qx qy qz
    double size[3]; // full lengths along x y z, m: of a cylinder diameter, diameter, length; of a
                    // capsule the same, without its caps; of a plane x, y (0 = without end)
    float rgba[4];  // 0..1
    const float* vertex; // mesh: 3 numbers each, in the pose's frame, m
    const int* face;     // mesh: 3 indices each
    int nvertex, nface;
} DdMarker;

typedef struct DdStaticFrame {
    const char* parent; // "amr/base"
    const char* name;   // "amr/front_optical"
    double pose[7];     // in the parent: x y z qw qx qy qz
} DdStaticFrame;

void dd_record_markers(DdRecord* r, int64_t step, const DdMarker* marker, int n); // /world/markers
void dd_record_static_frames(DdRecord* r, int64_t step, const DdStaticFrame* frame,
                             int n); // /tf_static

// All of these take the step at which they happen; they must not go back in time.
// /ROBOT/odom, /measures/x, ... A picture's bytes are kept until it is encoded, which other threads
// do; its place in the file is the one of the call. A picture without bytes is left out.
void dd_record_sample(DdRecord* r, const DdSample* s);
void dd_record_clock(DdRecord* r, int64_t step); // /clock
// Slots are declared once, before the first action.
int dd_record_slot(DdRecord* r, const char* robot, const DdActionSpace* space);
void dd_record_action(DdRecord* r, int slot, int64_t step, const double* action); // /ROBOT/action
void dd_record_reward(DdRecord* r, int64_t step, double reward, bool terminated, bool truncated);
void dd_record_event(DdRecord* r, int64_t step, const char* kind, const char* subject,
                     const char* json); // /events
void dd_record_log(DdRecord* r, int64_t step, const char* level, const char* file, int line,
                   const char* text); // /rosout
// Journal entry: kind "action" (subject = slot), or a stage operation (subject = target).
void dd_record_journal(DdRecord* r, int64_t step, const char* kind, const char* subject,
                       const double* values, int n); // /drydock/journal
// The chained hash after each of the `n` steps that begin at `first_step`.
void dd_record_hashes(DdRecord* r, int64_t step, int64_t first_step, const uint64_t* hash, int n);
void dd_record_restore_point(DdRecord* r, int64_t step, const double* state, int n);
// Poses (x y z qw qx qy qz) of the frames declared once; only frames with mask[i] are written. /tf
void dd_record_frames(DdRecord* r, const char* const* names, int n);
void dd_record_poses(DdRecord* r, int64_t step, const double (*poses)[7], const bool* mask);
// First error that happened, if any: the caller ends the episode by it.
bool dd_record_failed(const DdRecord* r, DdError* err);
int64_t dd_record_dropped(const DdRecord* r); // pictures that could not be encoded: each an event
uint64_t dd_record_bytes(const DdRecord* r);
// Digest of the ordered stream (topic, stamp, payload) so far: what `drydock info` prints.
// Result (outcome, scores) goes into a last metadata record, then everything is closed and freed.
bool dd_record_close(DdRecord* r, const json_t* result, DdError* err);

// Reading back.
typedef struct DdPlay DdPlay;
DD_MUST_USE DdPlay* dd_play_open(const char* mcap_path, bool strict, DdError* err);
void dd_play_close(DdPlay* p); // NULL is fine
json_t* dd_play_run_record(DdPlay* p,
                           DdError* err); // new reference; error: not a drydock recording
json_t* dd_play_result(DdPlay* p);        // new reference, NULL when it was cut
bool dd_play_files(DdPlay* p, DdFiles* files, DdError* err); // attachments back into a store
bool dd_play_finished(const DdPlay* p);
// SHA-256 of the ordered (topic, log_ns, payload) stream, hex. Reads everything and rewinds. False
// when the recording is damaged, or when it is closed and its result says another digest.
bool dd_play_digest(DdPlay* p, char hex[DD_SHA256_HEX_SIZE], DdError* err);

typedef enum DdPlayKind {
    DD_PLAY_SAMPLE,
    DD_PLAY_JOURNAL,
    DD_PLAY_HASHES,
    DD_PLAY_RESTORE,
    DD_PLAY_EVENT,
    DD_PLAY_LOG,
    DD_PLAY_ACTION,
    DD_PLAY_POSES,
    DD_PLAY_REWARD,
    DD_PLAY_OTHER,
} DdPlayKind;

typedef struct DdPlayItem {
    DdPlayKind kind;
    int64_t step; // when it happened (samples: measured)
    int64_t avail_step;
    const char* topic;
    const char* channel; // samples: the channel's name; journal, event: the kind
    const char* subject; // journal, event, log file
    const char* text;    // event json, log text
    int line;
    const double* values; // sample, journal, restore point, action; until the next call
    int n;
    const char* const*
        names; // poses: the frames; values has 7 numbers (x y z qw qx qy qz) for each
    int nname;
    const uint64_t* hashes; // hashes; n of them, from first_step on
    int64_t first_step;
    const void* payload; // the raw message
    size_t payload_size;
    const DdChannelDef* def; // samples: of their channel; until close. Images have no values here:
                             // dd_picture_decode reads their payload. Clouds have three.
    bool compressed;         // image: the payload is a CompressedImage
} DdPlayItem;
void dd_play_rewind(DdPlay* p);
void dd_play_select_all(DdPlay* p); // every kind again
// The recorded channels, in their order, as a started table that the caller destroys. For judging a
// recording without building its world.
DdChannels* dd_play_channels(DdPlay* p, DdError* err);
int dd_play_physics_hz(const DdPlay* p); // 0: not a drydock recording
int64_t dd_play_start_ns(const DdPlay* p);
void dd_play_select(DdPlay* p, DdPlayKind kind, const char* channel); // channel NULL = all of kind
bool dd_play_next(DdPlay* p, DdPlayItem* item, DdError* err); // false at the end or on damage
DdMcapReader* dd_play_reader(DdPlay* p);
