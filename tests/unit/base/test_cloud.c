// Layouts of clouds: every byte where the drivers put it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/cloud.h"

static const int64_t k_stamp = 1767225600000000000;
static const DdCloudPoint k_point = {.xyz = {1.5, -2, 0.25},
                                     .range = 2.5125,
                                     .intensity = 37,
                                     .reflectivity = 41,
                                     .ring = 11,
                                     .tag = 16,
                                     .time_s = 0.0123};

static void hex_of(const void* bytes, int n, char* out)
{
    for (int i = 0; i < n; i++) {
        sprintf(out + 2 * i, "%02x", ((const unsigned char*)bytes)[i]);
    }
}

// Python: struct.pack('<...') of the same numbers.
static void test_bytes(void** state)
{
    (void)state;
    static const struct {
        const char* name;
        const char* hex;
    } k_golden[] = {
        {"velodyne", "0000c03f000000c00000803e000014420b00f085493c"},
        {"ouster", "0000c03f000000c00000803e0000000000001442e0aebb0029000b0000000000d10900000000000"
                   "00000000000000000"},
        {"livox", "0000c03f000000c00000803e00001442100bafb5ee517286b843"},
        {"robosense", "0000c03f000000c00000803e000014420b0087c900406e55da41"},
        {"hesai", "0000c03f000000c00000803e000014420b0087c900406e55da41"},
        {"xyzi", "0000c03f000000c00000803e00001442"},
    };
    int n;
    dd_cloud_layouts(&n);
    assert_int_equal(n, sizeof k_golden / sizeof *k_golden);
    for (int i = 0; i < n; i++) {
        const DdCloudLayout* l = dd_cloud_layout(k_golden[i].name);
        unsigned char bytes[64];
        char hex[129] = "";
        assert_non_null(l);
        memset(bytes, 0xaa, sizeof bytes);
        dd_cloud_put(l, bytes, &k_point, k_stamp);
        hex_of(bytes, l->step, hex);
        assert_string_equal(hex, k_golden[i].hex);
        assert_int_equal(bytes[l->step], 0xaa);
    }
}

static int size_of(DdCloudDatatype type)
{
    static const int k_size[] = {0, 1, 1, 2, 2, 4, 4, 4, 8};
    return k_size[type];
}

static void test_fields_fit(void** state)
{
    (void)state;
    int n;
    const DdCloudLayout* l = dd_cloud_layouts(&n);
    for (int i = 0; i < n; i++) {
        int end = 0;
        for (int k = 0; k < l[i].nfield; k++) {
            assert_true(l[i].field[k].offset >= end);
            end = l[i].field[k].offset + size_of(l[i].field[k].datatype);
        }
        assert_true(end <= l[i].step);
        assert_ptr_equal(dd_cloud_layout(l[i].name), &l[i]);
    }
    assert_null(dd_cloud_layout("Velodyne"));
}

static void test_round_trip(void** state)
{
    (void)state;
    int n;
    const DdCloudLayout* l = dd_cloud_layouts(&n);
    for (int i = 0; i < n; i++) {
        unsigned char bytes[64];
        DdCloudPoint p;
        dd_cloud_put(&l[i], bytes, &k_point, k_stamp);
        dd_cloud_get(&l[i], bytes, &p, k_stamp);
        assert_memory_equal(p.xyz, k_point.xyz, sizeof p.xyz);
        assert_float_equal(p.intensity, 37, 0);
        bool timed = strcmp(l[i].name, "xyzi") != 0;
        assert_int_equal(p.ring, timed ? 11 : 0);
        // absolute doubles resolve 256 ns
        assert_float_equal(p.time_s, timed ? 0.0123 : 0, 3e-7);
    }
}

// What does not fit is cut off, not wrapped.
static void test_extremes(void** state)
{
    (void)state;
    const DdCloudLayout* l = dd_cloud_layout("ouster");
    unsigned char bytes[64];
    DdCloudPoint p = k_point;
    p.reflectivity = 1e6;
    p.range = 1e9;
    p.time_s = -1;
    dd_cloud_put(l, bytes, &p, k_stamp);
    dd_cloud_get(l, bytes, &p, k_stamp);
    assert_float_equal(p.reflectivity, 65535, 0);
    assert_float_equal(p.range, 4294967.295, 1e-6);
    assert_float_equal(p.time_s, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_fields_fit),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
