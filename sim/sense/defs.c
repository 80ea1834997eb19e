// The tables: fields of the two defs, kinds of sensors and measures.
#include <string.h>

#include "sim/sense/internal.h"

static const double k_deg = 0.017453292519943295;

#define ROW(member, kind, flags, unit, doc)                                                        \
    DD_FIELD_ROW(DdSensorDef, member, kind, flags, unit, doc)
#define ROW_ENUM(member, doc, names) DD_FIELD_ROW_ENUM(DdSensorDef, member, DD_ANY, doc, names)
static const char* const k_fixes[] = {"autonomous", "multiband", "sbas",
                                      "rtk_float",  "rtk_fixed", NULL};
static const char* const k_lenses[] = {"pinhole", "plumb_bob", "rational_polynomial", "equidistant",
                                       NULL};
static const char* const k_codecs[] = {"raw", "png", "jpeg", NULL};
static const char* const k_shutters[] = {"global", "rolling", NULL};
static const char* const k_patterns[] = {"spinning", "nonrepetitive", "rosette", "raster", NULL};
static const char* const k_layouts[] = {"velodyne", "ouster", "livox", "robosense",
                                        "hesai",    "xyzi",   NULL};
static const char* const k_returns[] = {"strongest", "last", "first", "dual", NULL};
const DdField dd_sensor_fields[] = {
    ROW(name, DD_FIELD_STRING, DD_ANY, "", "name; the channel is ROBOT.NAME (default: the kind)"),
    ROW(kind, DD_FIELD_STRING, DD_REQUIRED, "",
        "a kind of sensor, or a preset: drydock list sensors"),
    ROW(preset, DD_FIELD_STRING, DD_ANY, "", "the preset its numbers began with"),
    ROW(robot, DD_FIELD_STRING, DD_ANY, "",
        "the robot it belongs to; empty for a sensor of the world"),
    ROW(optional, DD_FIELD_BOOL, DD_ANY, "",
        "made only when an agent observes it or --sensors asks for it"),
    ROW(rate_hz, DD_FIELD_NUMBER, DD_POSITIVE, "Hz", "samples per second (default 50)"),
    ROW(phase_s, DD_FIELD_NUMBER, DD_NONNEGATIVE, "s", "time of the first sample"),
    ROW(latency_s, DD_FIELD_NUMBER, DD_NONNEGATIVE, "s",
        "from measuring a sample to its being available"),
    ROW(noise, DD_FIELD_NUMBERS, DD_NONNEGATIVE, "",
        "standard deviations: one for all values, one per group, or one per value"),
    ROW(dropout, DD_FIELD_NUMBER, DD_UNIT_RANGE, "", "probability that a due sample is missing"),
    ROW(frame, DD_FIELD_STRING, DD_ANY, "",
        "site or body it sits at, without the robot's prefix (default: the base)"),
    ROW(pos, DD_FIELD_VEC3, DD_ANY, "m", "where it sits in that frame"),
    ROW(rpy, DD_FIELD_VEC3, DD_ANY, "rad",
        "how it is turned in that frame (Rz Ry Rx); x looks forward, y left, z up"),
    ROW(target, DD_FIELD_REF, DD_ANY, "", "the other thing or frame: distance, contacts, pose"),
    ROW(range_min, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m", "nearest range it measures"),
    ROW(range_max, DD_FIELD_NUMBER, DD_POSITIVE, "m",
        "farthest range it measures; distance: beyond it the value is this (default 10)"),
    ROW(joints, DD_FIELD_NAMES, DD_ANY, "",
        "joints: which (default all); odom: left then right wheels, or front then rear wheels"),
    ROW(wheel_radius, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m", "odom: rolling radius of the wheels"),
    ROW(track, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
        "odom: distance between left and right wheels"),
    ROW(wheelbase, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
        "odom: distance between front and rear steering axles"),
    ROW(steer_joints, DD_FIELD_NAMES, DD_ANY, "",
        "odom: steering joints, front then rear; none for a differential drive"),
    ROW(ticks_per_rev, DD_FIELD_NUMBER, DD_NONNEGATIVE, "",
        "encoder ticks per turn of a wheel; 0 = continuous"),
    ROW(slip_sigma, DD_FIELD_NUMBER, DD_NONNEGATIVE, "",
        "odom: error of each wheel's travel after 1 m, in m; grows with the root of the way"),
    ROW(max_contacts, DD_FIELD_INT, DD_POSITIVE, "",
        "contacts: how many are kept, the strongest first (default 16)"),

    ROW(gyro_bias, DD_FIELD_NUMBER, DD_NONNEGATIVE, "rad/s",
        "imu: standard deviation of the constant bias of each axis"),
    ROW(accel_bias, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m/s^2",
        "imu: standard deviation of the constant bias of each axis"),
    ROW(gyro_noise, DD_FIELD_NUMBER, DD_NONNEGATIVE, "rad/s/sqrt(Hz)",
        "imu: angle random walk N of the Allan deviation"),
    ROW(accel_noise, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m/s^2/sqrt(Hz)",
        "imu: velocity random walk N of the Allan deviation"),
    ROW(gyro_instability, DD_FIELD_NUMBER, DD_NONNEGATIVE, "rad/s",
        "imu: bias instability B of the Allan deviation"),
    ROW(accel_instability, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m/s^2",
        "imu: bias instability B of the Allan deviation"),
    ROW(gyro_walk, DD_FIELD_NUMBER, DD_NONNEGATIVE, "rad/s^2/sqrt(Hz)",
        "imu: rate random walk K of the Allan deviation"),
    ROW(accel_walk, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m/s^3/sqrt(Hz)",
        "imu: acceleration random walk K of the Allan deviation"),
    ROW(gyro_range, DD_FIELD_NUMBER, DD_NONNEGATIVE, "rad/s", "imu: saturation; 0 = none"),
    ROW(accel_range, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m/s^2", "imu: saturation; 0 = none"),
    ROW(scale_error, DD_FIELD_NUMBER, DD_NONNEGATIVE, "",
        "imu: error of the scale factor, one standard deviation over runs"),
    ROW(misalignment, DD_FIELD_NUMBER, DD_NONNEGATIVE, "rad",
        "imu: of its axes, one standard deviation over runs"),
    ROW(bandwidth_hz, DD_FIELD_NUMBER, DD_NONNEGATIVE, "Hz",
        "imu, wrench: low-pass of second order; 0 = none"),

    ROW_ENUM(fix, "gnss: the kind of receiver and correction", k_fixes),
    ROW(multipath, DD_FIELD_BOOL, DD_ANY, "",
        "gnss: what stands around hides satellites and reflects (default true)"),
    ROW(satellites, DD_FIELD_INT, DD_POSITIVE, "", "gnss: above the mask, 4..64 (default 30)"),
    ROW(elevation_mask, DD_FIELD_NUMBER, DD_NONNEGATIVE, "rad", "gnss: default 10 deg"),
    ROW(outages, DD_FIELD_NUMBERS, DD_NONNEGATIVE, "s", "gnss: from, to, from, to, ...: no fix"),
    ROW(velocity_noise, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m/s",
        "gnss: horizontal; twice that vertical (default 0.05)"),

    ROW(radius_error, DD_FIELD_NUMBER, DD_NONNEGATIVE, "",
        "encoder: relative error of the wheel's radius, one standard deviation over runs"),
    ROW(crosstalk, DD_FIELD_NUMBER, DD_NONNEGATIVE, "",
        "wrench: share of full scale that one axis shows of another, one standard deviation over "
        "runs; touch_grid: share of a taxel's force that its neighbours show"),
    ROW(drift, DD_FIELD_NUMBER, DD_NONNEGATIVE, "N/sqrt(s)",
        "wrench: random walk of the zero; a hundredth of it in Nm"),
    ROW(force_range, DD_FIELD_NUMBER, DD_NONNEGATIVE, "N",
        "wrench, touch_grid: saturation; 0 = none"),
    ROW(torque_range, DD_FIELD_NUMBER, DD_NONNEGATIVE, "Nm", "wrench: saturation; 0 = none"),
    ROW(rows, DD_FIELD_INT, DD_POSITIVE, "", "touch_grid: taxels along z (default 4)"),
    ROW(columns, DD_FIELD_INT, DD_POSITIVE, "", "touch_grid: taxels along y (default 4)"),
    ROW(size, DD_FIELD_VEC2, DD_NONNEGATIVE, "m", "touch_grid: height and width of the pad"),
    ROW(threshold, DD_FIELD_NUMBER, DD_NONNEGATIVE, "N", "touch_grid: below it a taxel reads 0"),

    ROW(width, DD_FIELD_INT, DD_POSITIVE, "px", "camera, thermal (default 640)"),
    ROW(height, DD_FIELD_INT, DD_POSITIVE, "px", "camera, thermal (default 480)"),
    ROW(hfov, DD_FIELD_NUMBER, DD_POSITIVE, "rad",
        "camera, thermal: horizontal field of view (default 60 deg)"),
    ROW(focal, DD_FIELD_VEC2, DD_NONNEGATIVE, "px", "camera: fx, fy; 0 = from hfov"),
    ROW(centre, DD_FIELD_VEC2, DD_NONNEGATIVE, "px", "camera: cx, cy; 0 = the middle"),
    ROW_ENUM(lens, "camera: projection, as sensor_msgs/CameraInfo names it", k_lenses),
    ROW(distortion, DD_FIELD_NUMBERS, DD_ANY, "",
        "camera: D of the lens: k1 k2 p1 p2 k3; k1..k6; k1..k4 of the fisheye"),
    ROW(outputs, DD_FIELD_NAMES, DD_ANY, "",
        "camera: colour, depth, semantic, instance, boxes_2d, boxes_3d (default colour)"),
    ROW_ENUM(codec, "camera: how colour is stored (default jpeg)", k_codecs),
    ROW(quality, DD_FIELD_INT, DD_POSITIVE, "", "camera: of jpeg, 1..100 (default 90)"),
    ROW(shadows, DD_FIELD_BOOL, DD_ANY, "", "camera: the sun throws shadows; costs time"),
    ROW(exposure_s, DD_FIELD_NUMBER, DD_NONNEGATIVE, "s", "camera: 0 = automatic"),
    ROW(gain_db, DD_FIELD_NUMBER, DD_NONNEGATIVE, "dB", "camera"),
    ROW(f_number, DD_FIELD_NUMBER, DD_POSITIVE, "", "camera (default 2.8)"),
    ROW(white_balance, DD_FIELD_NUMBER, DD_NONNEGATIVE, "K", "camera: 0 = neutral"),
    ROW(full_well, DD_FIELD_NUMBER, DD_NONNEGATIVE, "e",
        "camera: electrons of a full pixel; 0 = an ideal picture without noise or exposure"),
    ROW(read_noise, DD_FIELD_NUMBER, DD_NONNEGATIVE, "e", "camera"),
    ROW(quantum_efficiency, DD_FIELD_NUMBER, DD_UNIT_RANGE, "", "camera (default 0.65)"),
    ROW(prnu, DD_FIELD_NUMBER, DD_NONNEGATIVE, "", "camera: photo-response non-uniformity"),
    ROW(dsnu, DD_FIELD_NUMBER, DD_NONNEGATIVE, "e", "camera: dark-signal non-uniformity"),
    ROW(pixel_pitch, DD_FIELD_NUMBER, DD_POSITIVE, "m",
        "camera: side of a pixel, for the light it gets (default 3.45e-6)"),
    ROW(vignetting, DD_FIELD_NUMBER, DD_NONNEGATIVE, "",
        "camera: a of cos^4(theta) (1 - a r^2); 0 = none"),
    ROW(blur, DD_FIELD_NUMBER, DD_NONNEGATIVE, "px", "camera: sigma of the lens"),
    ROW(motion_blur, DD_FIELD_BOOL, DD_ANY, "", "camera: over the exposure"),
    ROW_ENUM(shutter, "camera", k_shutters),
    ROW(readout_s, DD_FIELD_NUMBER, DD_NONNEGATIVE, "s",
        "camera: rolling shutter, first to last row (default 0.02)"),
    ROW(baseline, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
        "camera: of the stereo pair behind its depth; 0 = perfect depth"),
    ROW(subpixel, DD_FIELD_NUMBER, DD_NONNEGATIVE, "px",
        "camera: disparity noise of the stereo pair (default 0.08)"),
    ROW(min_pixels, DD_FIELD_INT, DD_ANY, "",
        "camera: boxes with fewer visible pixels are left out (default 4)"),
    ROW(max_boxes, DD_FIELD_INT, DD_POSITIVE, "", "camera: at most so many (default 64)"),
    ROW(netd, DD_FIELD_NUMBER, DD_NONNEGATIVE, "K",
        "thermal: noise-equivalent temperature difference (default 0.05)"),

    ROW_ENUM(pattern, "lidar", k_patterns),
    ROW(elevations, DD_FIELD_NUMBERS, DD_ANY, "rad", "lidar: of each beam, in firing order"),
    ROW(azimuth_offsets, DD_FIELD_NUMBERS, DD_ANY, "rad", "lidar: of each beam; none = 0"),
    ROW(fov, DD_FIELD_VEC2, DD_NONNEGATIVE, "rad",
        "scan: full angle; lidar that does not turn: horizontal and vertical; range: of the cone"),
    ROW(rays, DD_FIELD_INT, DD_POSITIVE, "",
        "scan: per sweep; lidar: firings per turn, or points per frame; range: in the cone"),
    ROW(firing_s, DD_FIELD_NUMBER, DD_NONNEGATIVE, "s",
        "lidar: between two firings of the head; 0 = a turn / rays"),
    ROW(slot_s, DD_FIELD_NUMBER, DD_NONNEGATIVE, "s", "lidar: between two beams of one firing"),
    ROW_ENUM(layout, "lidar: the fields of its points", k_layouts),
    ROW(sigma, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
        "scan, lidar, range: noise of a range, at a strong return"),
    ROW(sigma_weak, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
        "scan, lidar: added in square at the detection threshold"),
    ROW(reflectivity, DD_FIELD_NUMBER, DD_NONNEGATIVE, "",
        "scan, lidar: of the target that range_half is given for (default 0.1)"),
    ROW(range_half, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
        "scan, lidar: where half of the returns are detected; 0 = all within range_max"),
    ROW(divergence, DD_FIELD_NUMBER, DD_NONNEGATIVE, "rad",
        "scan, lidar: full angle of the beam; 0 = a line"),
    ROW(pulse, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
        "lidar: surfaces nearer to each other than this are one return"),
    ROW(resolution, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
        "scan, lidar: ranges are multiples of it; 0 = any"),
    ROW(false_alarms, DD_FIELD_NUMBER, DD_UNIT_RANGE, "",
        "scan, lidar: probability per ray in clear air"),
    ROW_ENUM(returns, "lidar: which return of a ray is kept", k_returns),
    ROW(deskew, DD_FIELD_BOOL, DD_ANY, "",
        "lidar: points in the frame of the stamp instead of their own time"),
    ROW(slices, DD_FIELD_INT, DD_POSITIVE, "",
        "scan, lidar: how often per sweep moving targets are looked at anew (default 10)"),
    ROW(sees_self, DD_FIELD_BOOL, DD_ANY, "",
        "scan, lidar, range: false lets rays pass through the robot it sits on"),
    ROW(exclude, DD_FIELD_NAMES, DD_ANY, "", "scan, lidar, range: things that rays pass through"),
    DD_FIELD_ROWS_END,
};
#undef ROW_ENUM
#undef ROW

#define ROW(member, kind, flags, unit, doc)                                                        \
    DD_FIELD_ROW(DdMeasureDef, member, kind, flags, unit, doc)
const DdField dd_measure_fields[] = {
    ROW(name, DD_FIELD_STRING, DD_REQUIRED, "", "name of the measure"),
    ROW(kind, DD_FIELD_STRING, DD_REQUIRED, "", "what is measured"),
    ROW(a, DD_FIELD_REF, DD_ANY, "", "thing or frame"),
    ROW(b, DD_FIELD_REF, DD_ANY, "", "the other thing or frame"),
    ROW(within, DD_FIELD_NUMBER, DD_POSITIVE, "m",
        "clearance: beyond it the value is this (default 10)"),
    ROW(half, DD_FIELD_VEC3, DD_NONNEGATIVE, "m",
        "inside: half extents of the box around frame b, 0 = no limit; all 0 = the box of thing b"),
    ROW(threshold, DD_FIELD_NUMBER, DD_POSITIVE, "N",
        "collisions: force from which a touch counts (default 1)"),
    ROW(offset, DD_FIELD_NUMBER, DD_ANY, "rad",
        "yaw_error: heading of a relative to b that counts as no error"),
    ROW(exclude, DD_FIELD_NAMES, DD_ANY, "", "things that do not count when b is left out"),
    DD_FIELD_ROWS_END,
};
#undef ROW

static const DdUnitKind* const k_sensors[] = {
    &dd_sense_joints,  &dd_sense_odom,       &dd_sense_imu,    &dd_sense_pose,
    &dd_sense_twist,   &dd_sense_contacts,   &dd_sense_wrench, &dd_sense_distance,
    &dd_sense_encoder, &dd_sense_touch_grid, &dd_sense_gnss,   &dd_sense_camera,
    &dd_sense_thermal, &dd_sense_scan,       &dd_sense_lidar,  &dd_sense_range,
};
static const DdUnitKind* const k_measures[] = {
    &dd_measure_distance,     &dd_measure_pose_error,  &dd_measure_yaw_error,
    &dd_measure_angle_error,  &dd_measure_clearance,   &dd_measure_speed,
    &dd_measure_yaw_rate,     &dd_measure_tilt,        &dd_measure_inside,
    &dd_measure_height,       &dd_measure_peak_force,  &dd_measure_contact_force,
    &dd_measure_collisions,   &dd_measure_energy,      &dd_measure_path_length,
    &dd_measure_displacement, &dd_measure_joint_speed,
};

enum {
    SENSORS = sizeof k_sensors / sizeof *k_sensors,
    MEASURES = sizeof k_measures / sizeof *k_measures,
};

DdSensorDef dd_sensor_def(void)
{
    return (DdSensorDef){.rate_hz = 50,
                         .range_max = 10,
                         .max_contacts = 16,
                         .fix = 0,
                         .multipath = true,
                         .satellites = 30,
                         .elevation_mask = 10 * k_deg,
                         .velocity_noise = 0.05,
                         .rows = 4,
                         .columns = 4,
                         .size = {0.03, 0.03},
                         .width = 640,
                         .height = 480,
                         .hfov = 60 * k_deg,
                         .codec = DD_CODEC_JPEG,
                         .quality = 90,
                         .f_number = 2.8,
                         .quantum_efficiency = 0.65,
                         .pixel_pitch = 3.45e-6,
                         .readout_s = 0.02,
                         .subpixel = 0.08,
                         .min_pixels = 4,
                         .max_boxes = 64,
                         .netd = 0.05,
                         .rays = 360,
                         .reflectivity = 0.1,
                         .slices = 10};
}

DdMeasureDef dd_measure_def(void)
{
    return (DdMeasureDef){.within = 10, .threshold = 1};
}

// The public lists are copies of the descriptors' first members, made on every call from constants.
const DdSenseKind* dd_sensor_kinds(int* n)
{
    static _Thread_local DdSenseKind list[SENSORS];
    for (int i = 0; i < SENSORS; i++) {
        list[i] = k_sensors[i]->info;
    }
    *n = SENSORS;
    return list;
}

const DdSenseKind* dd_measure_kinds(int* n)
{
    static _Thread_local DdSenseKind list[MEASURES];
    for (int i = 0; i < MEASURES; i++) {
        list[i] = k_measures[i]->info;
    }
    *n = MEASURES;
    return list;
}

static const DdUnitKind* find(const DdUnitKind* const* kinds, int n, const char* name,
                              const char* what, DdError* err)
{
    const char* names[SENSORS + MEASURES];
    for (int i = 0; i < n; i++) {
        if (!strcmp(kinds[i]->info.name, name)) {
            return kinds[i];
        }
        names[i] = kinds[i]->info.name;
    }
    const char* near = dd_nearest_name(name, names, n);
    if (near) {
        dd_fail(err, DD_ERROR_SCRIPT, "%s: there is no kind '%s'; did you mean '%s'?", what, name,
                near);
    } else {
        dd_fail(err, DD_ERROR_SCRIPT, "%s: there is no kind '%s'", what, name);
    }
    return NULL;
}

const DdUnitKind* dd_sensor_kind_find(const char* name, const char* what, DdError* err)
{
    return find(k_sensors, SENSORS, name, what, err);
}

const DdUnitKind* dd_measure_kind_find(const char* name, const char* what, DdError* err)
{
    return find(k_measures, MEASURES, name, what, err);
}

// The members every sensor has.
static const char k_common[] =
    " name kind preset robot optional rate_hz phase_s latency_s noise dropout frame pos rpy ";

json_t* dd_sensor_to_json(const DdSensorDef* def)
{
    json_t* j = dd_fields_write_json(dd_sensor_fields, def);
    const DdUnitKind* kind = NULL;
    for (int i = 0; i < SENSORS; i++) {
        kind = strcmp(k_sensors[i]->info.name, def->kind) == 0 ? k_sensors[i] : kind;
    }
    if (!kind) {
        return j; // whoever makes it will say that there is no such kind
    }
    char reads[1024], word[DD_NAME_MAX + 2];
    snprintf(reads, sizeof reads, "%s %s ", k_common, kind->info.reads ? kind->info.reads : "");
    const char* key;
    json_t* value;
    void* next;
    json_object_foreach_safe(j, next, key, value)
    {
        snprintf(word, sizeof word, " %s ", key);
        if (!strstr(reads, word)) {
            json_object_del(j, key);
        }
    }
    return j;
}

bool dd_sensor_preset_apply(const char* name, const json_t* preset, DdSensorDef* def, DdError* err)
{
    char what[DD_NAME_MAX + 16];
    snprintf(what, sizeof what, "preset '%.90s'", name);
    const char* kind = json_string_value(json_object_get(preset, "kind"));
    const json_t* values = json_object_get(preset, "values");
    if (!kind || !json_is_object(values)) {
        return dd_fail(err, DD_ERROR_MODEL,
                       "%s: expected {\"kind\": .., \"doc\": .., \"source\": .., \"values\": {..}}",
                       what);
    }
    const DdUnitKind* found = dd_sensor_kind_find(kind, what, err);
    if (!found) {
        return false;
    }
    const char* key;
    json_t* value;
    json_object_foreach((json_t*)values, key, value)
    {
        static const char k_preset[] = " rate_hz phase_s latency_s noise dropout ";
        char reads[1024], word[DD_NAME_MAX + 2];
        snprintf(reads, sizeof reads, "%s%s ", k_preset, found->info.reads);
        snprintf(word, sizeof word, " %.90s ", key);
        if (!strstr(reads, word) && dd_field_find(dd_sensor_fields, key)) {
            return dd_fail(err, DD_ERROR_MODEL, "%s: a sensor of kind '%s' does not read '%s'",
                           what, kind, key);
        }
    }
    json_t* all = json_copy((json_t*)values);
    json_object_set_new(all, "kind", json_string(kind));
    bool read = dd_fields_read_json(dd_sensor_fields, def, all, what, DD_ERROR_MODEL, err);
    json_decref(all);
    if (!read) {
        return false;
    }
    snprintf(def->kind, sizeof def->kind, "%s", kind);
    snprintf(def->preset, sizeof def->preset, "%s", name);
    return true;
}
