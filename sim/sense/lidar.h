// Inside the senses of rays: what lidars and scanners share. Where each ray of a sweep goes and
// when, where the sensor was then, what of the light comes back.
#pragma once

#include "sim/base/cloud.h"
#include "sim/sense/rays.h"

// --- materials (lidar_material.c): how a surface sends light of 900 nm back
typedef struct DdMaterial {
    float diffuse; // share of a white surface, 0..1
    float retro;   // of a retro-reflector, as a multiple of a white surface; 0 = none
} DdMaterial;
// malloc'd (ngeom), by class and colour.
DdMaterial* dd_materials(DdWorld* w);

// --- where it was (lidar_path.c)
// What all kinds of rays open with: the frame, the mount, the sense of the range's bounds.
DD_MUST_USE bool dd_beam_place(DdSense* s, const DdUnit* u, DdChannelDef* channel, DdRef* ref,
                               DdPose* mount, DdError* err);
// The poses of a sensor at the steps since its rays were cast last. Plain numbers: part of a unit's
// state.
enum { DD_PATH_HEAD = 2, DD_PATH_POSE = 7 };
int dd_path_size(int steps); // doubles
void dd_path_clear(double* path);
void dd_path_add(double* path, int64_t step, const DdPose* pose);
void dd_path_keep_last(double* path);
// Between the poses of the two steps around `at` (in steps): linear, and along the shortest turn.
void dd_path_at(const double* path, double at, DdPose* pose);

// --- where rays go (lidar_pattern.c)
typedef struct DdPattern {
    int kind;       // as DdSensorDef.pattern
    int beams;      // rays that leave together
    double turn_s;  // of one turn or frame
    double group_s; // between two groups of rays that leave together
    double slot_s;  // between two beams of a group
    bool running;   // groups do not stand still relative to the sweep: the head turns freely
    double fov[2], middle;
    double elevation[DD_NUMBERS_MAX], offset[DD_NUMBERS_MAX];
    int ring[DD_NUMBERS_MAX];
    // of a spinning head: cosine and sine of each beam's elevation, and of its turn within a group
    double up[DD_NUMBERS_MAX][2], round[DD_NUMBERS_MAX][2];
} DdPattern;

typedef struct DdPatternRay {
    double dir[3]; // unit, in the sensor's frame
    double clock;  // s
    double time_s; // since the sweep's first step
    int group, ring;
} DdPatternRay;

DD_MUST_USE bool dd_pattern_make(const DdSensorDef* def, const char* what, double turn_s,
                                 DdPattern* p, DdError* err);
int dd_pattern_most(const DdPattern* p, double window_s); // rays of one sweep at most
// A sweep that begins at `step`: the pattern's clock (s) at the step `at`; the first group with a
// ray at or after that, the group that is one too many. A ray belongs where its own clock falls.
double dd_pattern_clock(const DdPattern* p, int64_t step, double dt, int64_t at);
int64_t dd_pattern_first(const DdPattern* p, double clock);
int64_t dd_pattern_end(const DdPattern* p, double clock);
// `out` gets p->beams rays.
void dd_pattern_rays(const DdPattern* p, int64_t step, double dt, int64_t group, DdPatternRay* out);

// --- what comes back (lidar_beam.c)
enum { DD_BEAM_SUB = 5, DD_BEAM_BINS = 256 };

typedef struct DdBeamLaw {
    double range_min, range_max;
    double threshold; // power at which half of the returns are seen; 0 = all are
    double sigma, sigma_weak, resolution, false_alarms;
    double pulse;  // m
    double spread; // rad; half the full angle
    bool mixes;    // surfaces mix at any distance, as with a scanner's phase
    int returns;   // as DdSensorDef.returns
} DdBeamLaw;

// Air and window, as of some weather.
typedef struct DdBeamAir {
    DdWeather weather;
    bool known;
    double extinction;             // 1/m at 905 nm
    double window;                 // share of the power that comes through the window both ways
    double wet;                    // factor on diffuse reflectivity
    double soft_power, soft_range; // the strongest echo of fog and dust, and where it seems to be
    double drops;                  // drops of rain or flakes that could be seen along a free ray
    double drop_sum[DD_BEAM_BINS + 1]; // of them up to so far
    double drop_step;                  // m, of a bin
    double drop_scale;                 // 1/mm of their sizes
    double drop_rho, drop_wide;        // reflectivity; mm per m: a drop as wide as the beam
} DdBeamAir;

typedef struct DdBeamHit {
    double range;  // m; < 0: nothing there
    double cosine; // of the incidence
    DdMaterial material;
    double weight; // share of the beam
} DdBeamHit;

typedef struct DdReturn {
    double range;     // m; inf: none
    double power;     // as P of the law
    double intensity; // 0..255: 100 is a white surface, above that retro-reflectors
    bool near;        // nearer than range_min
} DdReturn;

void dd_beam_law(const DdSensorDef* def, DdBeamLaw* law);
void dd_beam_air(const DdBeamLaw* law, const DdWeather* w, DdBeamAir* air); // when it changed
double dd_beam_detection(double ratio); // probability, of power over threshold
double dd_beam_soft_power(double beta, double extinction, double range); // of fog, see lidar_beam.c
// What the sensor reports of one beam: 0, 1 or (dual) 2 returns. `lane` and `step` key the noise.
int dd_beam_returns(const DdBeamLaw* law, const DdBeamAir* air, const DdStream* stream,
                    int64_t step, uint32_t lane, const DdBeamHit* hit, int n, DdReturn out[2]);

// --- rays of a slice together (lidar_cast.c)
typedef struct DdCaster { // room for a batch
    int room;
    double *from, *dir, *distance; // (3 room), (3 room), (room): from and dir are the caller's
    int *geom, *face;
    double *sub_from, *sub_dir, *sub_distance; // where beams are spread, DD_BEAM_SUB - 1 each
    int *sub_geom, *sub_face, *sub_of;
} DdCaster;

enum { DD_CASTER_ROOM = 2048 };
void dd_caster_init(DdCaster* c, bool spreads);
void dd_caster_free(DdCaster* c);
// Casts the n rays in from and dir. `beside`: how many places ahead the ray beside one is.
void dd_caster_cast(DdCaster* c, const DdRays* rays, const DdBeamLaw* law, int n, int beside,
                    const bool* pass);
// The hits of ray i, with its divergence where its neighbours differ.
int dd_caster_hits(const DdCaster* c, const DdRays* rays, const DdMaterial* material, int i,
                   DdBeamHit hit[DD_BEAM_SUB]);
