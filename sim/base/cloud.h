// Cloud: how the points of a cloud lie in memory, one layout per family of drivers. Sensors write
// by this table, the recorder declares its PointCloud2 fields from it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum DdCloudDatatype { // the numbers of sensor_msgs/PointField
    DD_CLOUD_INT8 = 1,
    DD_CLOUD_UINT8 = 2,
    DD_CLOUD_INT16 = 3,
    DD_CLOUD_UINT16 = 4,
    DD_CLOUD_INT32 = 5,
    DD_CLOUD_UINT32 = 6,
    DD_CLOUD_FLOAT32 = 7,
    DD_CLOUD_FLOAT64 = 8,
} DdCloudDatatype;

typedef struct DdCloudField {
    const char* name; // "x", "intensity", "ring", "time"
    int offset;       // bytes
    DdCloudDatatype datatype;
} DdCloudField;

typedef struct DdCloudLayout {
    const char* name; // "velodyne", "ouster", "livox", "robosense", "hesai", "xyzi"
    const char* doc;  // what its time means, what a missing return is
    int step;         // bytes per point
    bool organised;   // height = beams, width = columns, missing returns are kept; else a list
    int nfield;
    const DdCloudField* field;
} DdCloudLayout;

// One measured point before it is laid out.
typedef struct DdCloudPoint {
    double xyz[3];       // m, in the sensor's frame at the point's own time; all 0 or NaN = missing
    double range;        // m
    double intensity;    // 0..255
    double reflectivity; // 0..255
    int ring;
    int tag;
    double time_s; // since the first point of the cloud
} DdCloudPoint;

const DdCloudLayout* dd_cloud_layouts(int* n);
const DdCloudLayout* dd_cloud_layout(const char* name); // NULL when there is none
// Writes one point of layout->step bytes. `stamp_ns` is the absolute time of the cloud's first
// point, for layouts with absolute times; `velodyne` time is relative to the stamp.
void dd_cloud_put(const DdCloudLayout* layout, void* out, const DdCloudPoint* p, int64_t stamp_ns);
// Reads one back (time_s relative to stamp_ns; what the layout lacks is 0). For tests and pictures.
void dd_cloud_get(const DdCloudLayout* layout, const void* in, DdCloudPoint* p, int64_t stamp_ns);
