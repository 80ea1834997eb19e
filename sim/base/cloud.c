// Cloud: the layouts as the usual drivers have them, and points to and from their bytes.
#include "sim/base/cloud.h"

#include <math.h>
#include <string.h>

static const DdCloudField k_velodyne[] = {
    {"x", 0, DD_CLOUD_FLOAT32},    {"y", 4, DD_CLOUD_FLOAT32},
    {"z", 8, DD_CLOUD_FLOAT32},    {"intensity", 12, DD_CLOUD_FLOAT32},
    {"ring", 16, DD_CLOUD_UINT16}, {"time", 18, DD_CLOUD_FLOAT32},
};
static const DdCloudField k_ouster[] = {
    {"x", 0, DD_CLOUD_FLOAT32},     {"y", 4, DD_CLOUD_FLOAT32},
    {"z", 8, DD_CLOUD_FLOAT32},     {"intensity", 16, DD_CLOUD_FLOAT32},
    {"t", 20, DD_CLOUD_UINT32},     {"reflectivity", 24, DD_CLOUD_UINT16},
    {"ring", 26, DD_CLOUD_UINT16},  {"ambient", 28, DD_CLOUD_UINT16},
    {"range", 32, DD_CLOUD_UINT32},
};
static const DdCloudField k_livox[] = {
    {"x", 0, DD_CLOUD_FLOAT32},          {"y", 4, DD_CLOUD_FLOAT32},  {"z", 8, DD_CLOUD_FLOAT32},
    {"intensity", 12, DD_CLOUD_FLOAT32}, {"tag", 16, DD_CLOUD_UINT8}, {"line", 17, DD_CLOUD_UINT8},
    {"timestamp", 18, DD_CLOUD_FLOAT64},
};
static const DdCloudField k_absolute[] = {
    {"x", 0, DD_CLOUD_FLOAT32},    {"y", 4, DD_CLOUD_FLOAT32},
    {"z", 8, DD_CLOUD_FLOAT32},    {"intensity", 12, DD_CLOUD_FLOAT32},
    {"ring", 16, DD_CLOUD_UINT16}, {"timestamp", 18, DD_CLOUD_FLOAT64},
};
static const DdCloudField k_xyzi[] = {
    {"x", 0, DD_CLOUD_FLOAT32},
    {"y", 4, DD_CLOUD_FLOAT32},
    {"z", 8, DD_CLOUD_FLOAT32},
    {"intensity", 12, DD_CLOUD_FLOAT32},
};

#define ROW(name, doc, step, organised, fields)                                                    \
    {                                                                                              \
        name, doc, step, organised, sizeof(fields) / sizeof *(fields), fields                      \
    }
static const DdCloudLayout k_layouts[] = {
    ROW("velodyne", "time: s since the stamp; ring 0 is the lowest beam; no return: left out", 22,
        false, k_velodyne),
    ROW("ouster",
        "organised: a row per beam, the top one first, a column per firing; t: ns since the stamp; "
        "range: mm; no return: all 0",
        48, true, k_ouster),
    ROW("livox", "timestamp: absolute ns; line: the beam; no return: left out", 26, false, k_livox),
    ROW("robosense", "timestamp: absolute s; ring 0 is the lowest beam; no return: left out", 26,
        false, k_absolute),
    ROW("hesai", "timestamp: absolute s; ring 0 is the lowest beam; no return: left out", 26, false,
        k_absolute),
    ROW("xyzi", "no time, no ring; no return: left out", 16, false, k_xyzi),
};
#undef ROW

enum { LAYOUT_VELODYNE, LAYOUT_OUSTER, LAYOUT_LIVOX, LAYOUT_ROBOSENSE, LAYOUT_HESAI, LAYOUT_XYZI };

const DdCloudLayout* dd_cloud_layouts(int* n)
{
    *n = sizeof k_layouts / sizeof *k_layouts;
    return k_layouts;
}

const DdCloudLayout* dd_cloud_layout(const char* name)
{
    for (size_t i = 0; i < sizeof k_layouts / sizeof *k_layouts; i++) {
        if (strcmp(k_layouts[i].name, name) == 0) {
            return &k_layouts[i];
        }
    }
    return NULL;
}

static void put_float(unsigned char* out, double value)
{
    float f = (float)value;
    memcpy(out, &f, sizeof f);
}

static void put_u16(unsigned char* out, double value)
{
    uint16_t u = (uint16_t)(value < 0 ? 0 : value > 65535 ? 65535 : value + 0.5);
    memcpy(out, &u, sizeof u);
}

static void put_u32(unsigned char* out, double value)
{
    uint32_t u = (uint32_t)(value < 0 ? 0 : value > 4294967295.0 ? 4294967295.0 : value + 0.5);
    memcpy(out, &u, sizeof u);
}

static double get_float(const unsigned char* in)
{
    float f;
    memcpy(&f, in, sizeof f);
    return (double)f;
}

static double get_double(const unsigned char* in)
{
    double f;
    memcpy(&f, in, sizeof f);
    return f;
}

static int get_u16(const unsigned char* in)
{
    uint16_t u;
    memcpy(&u, in, sizeof u);
    return u;
}

static uint32_t get_u32(const unsigned char* in)
{
    uint32_t u;
    memcpy(&u, in, sizeof u);
    return u;
}

// Nearest whole nanosecond of a point: the absolute time is exact as an integer.
static int64_t ns_of(const DdCloudPoint* p, int64_t stamp_ns)
{
    return stamp_ns + llrint(p->time_s * 1e9);
}

void dd_cloud_put(const DdCloudLayout* layout, void* bytes, const DdCloudPoint* p, int64_t stamp_ns)
{
    unsigned char* out = bytes;
    double absolute;
    memset(out, 0, (size_t)layout->step);
    for (int k = 0; k < 3; k++) {
        put_float(out + 4 * k, p->xyz[k]);
    }
    switch (layout - k_layouts) {
    case LAYOUT_VELODYNE:
        put_float(out + 12, p->intensity);
        put_u16(out + 16, p->ring);
        put_float(out + 18, p->time_s);
        break;
    case LAYOUT_OUSTER:
        put_float(out + 16, p->intensity);
        put_u32(out + 20, p->time_s * 1e9);
        put_u16(out + 24, p->reflectivity);
        put_u16(out + 26, p->ring);
        put_u32(out + 32, p->range * 1e3);
        break;
    case LAYOUT_LIVOX:
        put_float(out + 12, p->intensity);
        out[16] = (unsigned char)p->tag;
        out[17] = (unsigned char)p->ring;
        absolute = (double)ns_of(p, stamp_ns);
        memcpy(out + 18, &absolute, sizeof absolute);
        break;
    case LAYOUT_ROBOSENSE:
    case LAYOUT_HESAI:
        put_float(out + 12, p->intensity);
        put_u16(out + 16, p->ring);
        absolute = (double)ns_of(p, stamp_ns) * 1e-9;
        memcpy(out + 18, &absolute, sizeof absolute);
        break;
    default:
        put_float(out + 12, p->intensity);
    }
}

void dd_cloud_get(const DdCloudLayout* layout, const void* bytes, DdCloudPoint* p, int64_t stamp_ns)
{
    const unsigned char* in = bytes;
    *p = (DdCloudPoint){0};
    for (int k = 0; k < 3; k++) {
        p->xyz[k] = get_float(in + 4 * k);
    }
    const double* v = p->xyz;
    p->range = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    p->intensity = get_float(in + 12);
    switch (layout - k_layouts) {
    case LAYOUT_VELODYNE:
        p->ring = get_u16(in + 16);
        p->time_s = get_float(in + 18);
        break;
    case LAYOUT_OUSTER:
        p->intensity = get_float(in + 16);
        p->time_s = get_u32(in + 20) * 1e-9;
        p->reflectivity = get_u16(in + 24);
        p->ring = get_u16(in + 26);
        p->range = get_u32(in + 32) * 1e-3;
        break;
    case LAYOUT_LIVOX:
        p->tag = in[16];
        p->ring = in[17];
        p->time_s = (get_double(in + 18) - (double)stamp_ns) * 1e-9;
        break;
    case LAYOUT_ROBOSENSE:
    case LAYOUT_HESAI:
        p->ring = get_u16(in + 16);
        p->time_s = get_double(in + 18) - (double)stamp_ns * 1e-9;
        break;
    default:
        break;
    }
}
