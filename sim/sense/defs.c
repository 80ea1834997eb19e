// The tables: fields of the two defs, kinds of sensors and measures.
#include <string.h>

#include "sim/sense/internal.h"

#define ROW(member, kind, flags, unit, doc)                                                        \
    DD_FIELD_ROW(DdSensorDef, member, kind, flags, unit, doc)
const DdField dd_sensor_fields[] = {
    ROW(name, DD_FIELD_STRING, DD_ANY, "", "name; the channel is ROBOT.NAME (default: the kind)"),
    ROW(kind, DD_FIELD_STRING, DD_REQUIRED, "",
        "joints, odom, imu, pose, twist, contacts, wrench or distance"),
    ROW(robot, DD_FIELD_STRING, DD_ANY, "",
        "the robot it belongs to; empty for a sensor of the world"),
    ROW(rate_hz, DD_FIELD_NUMBER, DD_POSITIVE, "Hz", "samples per second (default 50)"),
    ROW(phase_s, DD_FIELD_NUMBER, DD_NONNEGATIVE, "s", "time of the first sample"),
    ROW(latency_s, DD_FIELD_NUMBER, DD_NONNEGATIVE, "s",
        "from measuring a sample to its being available"),
    ROW(noise, DD_FIELD_NUMBERS, DD_NONNEGATIVE, "",
        "standard deviations: one for all values, one per group, or one per value"),
    ROW(dropout, DD_FIELD_NUMBER, DD_UNIT_RANGE, "", "probability that a due sample is missing"),
    ROW(frame, DD_FIELD_STRING, DD_ANY, "",
        "site or body it sits at, without the robot's prefix (default: the base)"),
    ROW(target, DD_FIELD_REF, DD_ANY, "", "the other thing or frame: distance, contacts, pose"),
    ROW(range_max, DD_FIELD_NUMBER, DD_POSITIVE, "m",
        "distance: beyond it the value is this (default 10)"),
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
        "odom: encoder ticks per turn of a wheel; 0 = continuous"),
    ROW(slip_sigma, DD_FIELD_NUMBER, DD_NONNEGATIVE, "",
        "odom: error of each wheel's travel after 1 m, in m; grows with the root of the way"),
    ROW(gyro_bias, DD_FIELD_NUMBER, DD_NONNEGATIVE, "rad/s",
        "imu: standard deviation of the constant bias of each axis"),
    ROW(accel_bias, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m/s^2",
        "imu: standard deviation of the constant bias of each axis"),
    ROW(max_contacts, DD_FIELD_INT, DD_POSITIVE, "",
        "contacts: how many are kept, the strongest first (default 16)"),
    DD_FIELD_ROWS_END,
};
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
    &dd_sense_joints, &dd_sense_odom,     &dd_sense_imu,    &dd_sense_pose,
    &dd_sense_twist,  &dd_sense_contacts, &dd_sense_wrench, &dd_sense_distance,
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
    return (DdSensorDef){.rate_hz = 50, .range_max = 10, .max_contacts = 16};
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
