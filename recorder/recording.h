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
} DdRecordDef;

typedef struct DdRecord DdRecord;

// Channels must be started. The bag's metadata.yaml is written at open and again at close.
DD_MUST_USE DdRecord* dd_record_create(const DdRecordDef* def, const DdChannels* channels,
                                       DdError* err);
// Small files become attachments "NAME"; to be called before the first sample.
bool dd_record_file(DdRecord* r, const DdFile* file);
bool dd_record_attach(DdRecord* r, const char* name, const char* media_type, const void* data,
                      size_t size);
// All of these take the step at which they happen; they must not go back in time.
void dd_record_sample(DdRecord* r, const DdSample* s); // /ROBOT/odom, /measures/x, ...
void dd_record_clock(DdRecord* r, int64_t step);       // /clock
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
