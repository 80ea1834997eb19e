// Messages: bytes as other implementations make them, schema texts, templates that agree with both.
#include "tests/unit/recorder/help.h"

#include <math.h>

#include "recorder/msg/boxes.h"
#include "recorder/msg/cdr.h"
#include "recorder/msg/sample.h"
#include "recorder/msg/types.h"

// Values as JSON, size and the first bytes as other implementations of CDR write them.
static const struct {
    const char* type;
    const char* values;
    size_t size;
    const char* hex;
} k_golden[] = {
    {"std_msgs/Header", "{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'map'}", 20,
     "0001000000f1536515cd5b07040000006d617000"},
    {"builtin_interfaces/Time", "{'sec':-1,'nanosec':999999999}", 12, "00010000ffffffffffc99a3b"},
    {"rosgraph_msgs/Clock", "{'clock':{'sec':12,'nanosec':5}}", 12, "000100000c00000005000000"},
    {"std_msgs/String", "{}", 9, "000100000100000000"},
    {"std_msgs/String", "{'data':'abc'}", 12, "000100000400000061626300"},
    {"std_msgs/Float64", "{'data':1.5}", 12, "00010000000000000000f83f"},
    {"std_msgs/Float64MultiArray",
     "{'layout':{'dim':[{'label':'action','size':2,'stride':2}]},'data':[0.25,-1]}", 52,
     "000100000100000007000000616374696f6e000002000000020000000000000002000000000000000000d03f00000"
     "000"},
    {"sensor_msgs/Imu",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'imu'}}", 316,
     "0001000000f1536515cd5b0704000000696d7500"},
    {"sensor_msgs/JointState",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789}},"
     "'name':['j1','joint_2'],'position':[1.0,2.0],'effort':[3.0,4.0]}",
     92,
     "0001000000f1536515cd5b07010000000000000002000000030000006a310000080000006a6f696e745f3200"
     "02000000"},
    {"geometry_msgs/Twist", "{'linear':{'x':0.1,'y':-0.2,'z':0.3},'angular':{'x':1,'y':2,'z':3}}",
     52,
     "000100009a9999999999b93f9a9999999999c9bf333333333333d33f000000000000f03f0000000000000040"},
    {"geometry_msgs/TwistStamped",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'base'},"
     "'twist':{'linear':{'x':0.1,'y':-0.2}}}",
     76,
     "0001000000f1536515cd5b07050000006261736500000000000000009a9999999999b93f9a9999999999c9bf"},
    {"geometry_msgs/WrenchStamped",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'ft'},"
     "'wrench':{'force':{'x':1,'y':2,'z':3}}}",
     68,
     "0001000000f1536515cd5b070300000066740000000000000000f03f00000000000000400000000000000840"},
    {"geometry_msgs/PoseStamped",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'map'},"
     "'pose':{'position':{'x':1,'y':2,'z':3}}}",
     76,
     "0001000000f1536515cd5b07040000006d617000000000000000f03f00000000000000400000000000000840"},
    {"geometry_msgs/TransformStamped",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'map'},"
     "'child_frame_id':'base_link','transform':{'translation':{'x':1}}}",
     92,
     "0001000000f1536515cd5b07040000006d6170000a000000626173655f6c696e6b000000000000000000f03f"},
    {"tf2_msgs/TFMessage",
     "{'transforms':[{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'map'},"
     "'child_frame_id':'base_link'},{'header':{'frame_id':'map'},'child_frame_id':'cam'}]}",
     180, "000100000200000000f1536515cd5b07040000006d6170000a000000626173655f6c696e6b00"},
    {"nav_msgs/Odometry",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'odom'},"
     "'child_frame_id':'base_link'}",
     724, "0001000000f1536515cd5b07050000006f646f6d000000000a000000626173655f6c696e6b00"},
    {"sensor_msgs/Image",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'cam'},'height':2,"
     "'width':3,'encoding':'rgb8','step':9,'data':18}",
     66,
     "0001000000f1536515cd5b070400000063616d0002000000030000000500000072676238000000000900000012000"
     "000"},
    {"sensor_msgs/Image",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'cam'},'height':1,"
     "'width':2,'encoding':'16UC1','step':4,'data':4}",
     52,
     "0001000000f1536515cd5b070400000063616d0001000000020000000600000031365543310000000400000004000"
     "000"},
    {"sensor_msgs/CompressedImage",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'cam'},'format':'png',"
     "'data':[137,80,78,71,13,10,26,10]}",
     40, "0001000000f1536515cd5b070400000063616d0004000000706e67000800000089504e470d0a1a0a"},
    {"sensor_msgs/CameraInfo",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'cam'},'height':480,"
     "'width':640,'distortion_model':'plumb_bob','d':5}",
     357,
     "0001000000f1536515cd5b070400000063616d00e0010000800200000a000000706c756d625f626f6200000005000"
     "000"},
    {"sensor_msgs/PointCloud2",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'lidar'},'height':1,"
     "'width':2,'fields':[{'name':'x','datatype':7,'count':1},{'name':'y','offset':4,'datatype':7,"
     "'count':1},{'name':'z','offset':8,'datatype':7,'count':1},{'name':'intensity','offset':12,"
     "'datatype':7,'count':1}],'point_step':16,'row_step':32,'data':32,'is_dense':true}",
     173,
     "0001000000f1536515cd5b07060000006c69646172000000010000000200000004000000020000007800000000000"
     "000"},
    {"sensor_msgs/LaserScan",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'scan'},'angle_min':-1,"
     "'angle_max':1,'angle_increment':1,'scan_time':0.1,'range_min':0.05,'ranges':3}",
     72,
     "0001000000f1536515cd5b07050000007363616e00000000000080bf0000803f0000803f00000000cdcccc3dcdcc4"
     "c3d"},
    {"sensor_msgs/NavSatFix",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'gps'},"
     "'status':{'service':1},'latitude':51.95,'longitude':4.05}",
     125,
     "0001000000f1536515cd5b07040000006770730000000100000000009a99999999f949403333333333331040"},
    {"sensor_msgs/Range",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'us'},"
     "'field_of_view':0.5,'min_range':0.02,'max_range':4,'range':1.25}",
     40, "0001000000f1536515cd5b0703000000757300000000003f0ad7a33c000080400000a03f00000000"},
    {"vision_msgs/Detection2DArray",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'cam'},'detections':[{"
     "'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'cam'},"
     "'results':[{'hypothesis':{'class_id':'forklift','score':0.5}}],'id':'7'}]}",
     458,
     "0001000000f1536515cd5b070400000063616d000100000000f1536515cd5b070400000063616d000100000009000"
     "000"},
    {"vision_msgs/Detection3DArray",
     "{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'map'},'detections':[{"
     "'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'map'},"
     "'results':[{'hypothesis':{'class_id':'container','score':0.5}}],'id':'12'}]}",
     499,
     "0001000000f1536515cd5b07040000006d6170000100000000f1536515cd5b07040000006d617000010000000a000"
     "000"},
    {"visualization_msgs/MarkerArray",
     "{'markers':[{'header':{'stamp':{'sec':1700000000,'nanosec':123456789},'frame_id':'map'},"
     "'ns':'gt','id':3,'type':1}]}",
     229,
     "000100000100000000f1536515cd5b07040000006d617000030000006774000003000000010000000000000000000"
     "000"},
    {"foxglove_msgs/ImageAnnotations",
     "{'timestamp':{'sec':1,'nanosec':2},'points':[{'timestamp':{'sec':1,'nanosec':2},'type':2,"
     "'points':[{'x':1},{}]}],'texts':[{'text':'container'}]}",
     276,
     "000100000100000002000000000000000100000001000000020000000200000002000000000000000000f03f00000"
     "000"},
    {"rcl_interfaces/Log",
     "{'stamp':{'sec':1,'nanosec':2},'level':20,'name':'sim','msg':'hi','file':'a.c',"
     "'function':'f','line':7}",
     52,
     "000100000100000002000000140000000400000073696d00030000006869000004000000612e630002000000"
     "66000000"},
};

static json_t* json_of(const char* text)
{
    char* copy = strdup(text);
    for (char* p = copy; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    json_t* j = json_loads(copy, 0, NULL);
    assert_non_null(j);
    free(copy);
    return j;
}

static void test_golden_vectors(void** state)
{
    (void)state;
    for (size_t i = 0; i < sizeof k_golden / sizeof *k_golden; i++) {
        json_t* values = json_of(k_golden[i].values);
        DdBuf b = {0};
        DdError err;
        if (!dd_msg_encode(dd_msg_type(k_golden[i].type), values, &b, &err)) {
            fail_msg("%s: %s", k_golden[i].type, err.text);
        }
        if (b.n != k_golden[i].size) {
            fail_msg("%s: %zu bytes, expected %zu", k_golden[i].type, b.n, k_golden[i].size);
        }
        for (size_t k = 0; k < strlen(k_golden[i].hex) / 2; k++) {
            unsigned want;
            sscanf(k_golden[i].hex + 2 * k, "%2x", &want);
            if (b.p[k] != want) {
                fail_msg("%s: byte %zu is %02x, expected %02x", k_golden[i].type, k, b.p[k], want);
            }
        }
        dd_buf_free(&b);
        json_decref(values);
    }
}

static void count_leaf(void* user, const char* path, DdPrim prim, const uint8_t* p, size_t size)
{
    (void)path;
    (void)prim;
    (void)p;
    (void)size;
    ++*(int*)user;
}

// Every type encodes its zero value and decodes it whole; one byte less or more is refused.
static void test_every_type_round_trips(void** state)
{
    (void)state;
    int n;
    const DdMsgType* types = dd_msg_types(&n);
    for (int i = 0; i < n; i++) {
        DdBuf b = {0};
        DdError err;
        int leaves = 0;
        assert_true(dd_msg_encode(&types[i], NULL, &b, &err));
        assert_true(dd_msg_decode(&types[i], b.p, b.n, count_leaf, &leaves, &err));
        assert_true(leaves > 0 || types[i].field[0].array);
        assert_false(dd_msg_decode(&types[i], b.p, b.n - 1, count_leaf, &leaves, &err));
        dd_buf_u8(&b, 0);
        assert_false(dd_msg_decode(&types[i], b.p, b.n, count_leaf, &leaves, &err));
        dd_buf_free(&b);
    }
    json_t* wrong = json_pack("{s:s}", "dta", "x");
    DdBuf b = {0};
    DdError err;
    assert_false(dd_msg_encode(dd_msg_type("std_msgs/String"), wrong, &b, &err));
    json_decref(wrong);
    dd_buf_free(&b);
}

static void test_schema_holds_each_dependency_once(void** state)
{
    (void)state;
    char* text = dd_msg_schema(dd_msg_type("nav_msgs/Odometry"));
    assert_int_equal(strncmp(text, "std_msgs/Header header\nstring child_frame_id\n", 45), 0);
    static const char* const k_deps[] = {"std_msgs/Header",
                                         "builtin_interfaces/Time",
                                         "geometry_msgs/PoseWithCovariance",
                                         "geometry_msgs/Pose\n",
                                         "geometry_msgs/Point\n",
                                         "geometry_msgs/Quaternion",
                                         "geometry_msgs/TwistWithCovariance",
                                         "geometry_msgs/Twist\n",
                                         "geometry_msgs/Vector3"};
    for (size_t i = 0; i < sizeof k_deps / sizeof *k_deps; i++) {
        char line[256];
        memset(line, '=', 80);
        snprintf(line + 80, sizeof line - 80, "\nMSG: %s", k_deps[i]);
        char* at = strstr(text, line);
        assert_non_null(at);
        assert_null(strstr(at + 1, line));
    }
    assert_non_null(strstr(text, "float64[36] covariance\n"));
    free(text);
}

// The .msg files of our own package, comments aside, are the table.
static void test_msg_package_is_the_table(void** state)
{
    (void)state;
    int n, ours = 0;
    const DdMsgType* types = dd_msg_types(&n);
    for (int i = 0; i < n; i++) {
        if (strncmp(types[i].name, "drydock_msgs/", 13) != 0) {
            continue;
        }
        char path[256];
        snprintf(path, sizeof path, "recorder/msg/drydock_msgs/msg/%s.msg", types[i].name + 13);
        size_t size;
        char* file = (char*)help_read(path, &size);
        char* want = dd_msg_text(&types[i]);
        DdBuf got = {0};
        for (char* line = strtok(file, "\n"); line; line = strtok(NULL, "\n")) {
            char* hash = strchr(line, '#');
            size_t len = hash ? (size_t)(hash - line) : strlen(line);
            while (len && line[len - 1] == ' ') {
                len--;
            }
            if (len) {
                dd_buf_bytes(&got, line, len);
                dd_buf_u8(&got, '\n');
            }
        }
        dd_buf_u8(&got, 0);
        assert_string_equal((char*)got.p, want);
        dd_buf_free(&got);
        free(want);
        free(file);
        ours++;
    }
    assert_int_equal(ours, 13);
}

typedef struct Leaf {
    const char* path;
    double value;
} Leaf;

static void find_leaf(void* user, const char* path, DdPrim prim, const uint8_t* p, size_t size)
{
    (void)size;
    Leaf* l = user;
    if (prim == DD_PRIM_FLOAT64 && strcmp(path, l->path) == 0) {
        memcpy(&l->value, p, 8);
    }
}

static double leaf(const DdMsgType* type, const DdBuf* b, const char* path)
{
    Leaf l = {path, NAN};
    DdError err;
    assert_true(dd_msg_decode(type, b->p, b->n, find_leaf, &l, &err));
    return l.value;
}

static DdChannelDef def_of(DdType type)
{
    static char names[3][DD_NAME_MAX] = {"shoulder", "elbow", "바퀴"};
    DdChannelDef def = dd_channel_def();
    snprintf(def.name, sizeof def.name, "amr.%s", dd_type_name(type));
    snprintf(def.child_frame, sizeof def.child_frame, "amr/base");
    def.type = type;
    if (type == DD_TYPE_VECTOR || type == DD_TYPE_JOINTS || type == DD_TYPE_CONTACTS) {
        def.nname = 3;
        def.names = names;
        def.max_contacts = 4;
    }
    if (type == DD_TYPE_SCAN) {
        def.count = 20;
        def.meta[DD_SCAN_RANGE_MAX] = 30;
    } else if (type == DD_TYPE_CAMERA) {
        strcpy(def.encoding, "equidistant");
    } else if (type == DD_TYPE_BOXES_2D || type == DD_TYPE_BOXES_3D) {
        def.max_boxes = 3;
        def.nname = def.nclass = 3;
        def.names = def.classes = names;
    }
    return def;
}

// Template and generic decoder agree on every kind; the numbers come back bit for bit.
static void test_samples_round_trip(void** state)
{
    (void)state;
    for (int type = 0; type < DD_TYPE_COUNT; type++) {
        DdChannelDef def = def_of((DdType)type);
        DdError err;
        if (def.type == DD_TYPE_IMAGE || def.type == DD_TYPE_CLOUD) {
            continue; // see test_sight.c
        }
        int n = dd_channel_width(&def);
        double in[64] = {0}, out[64];
        for (int i = 0; i < n; i++) {
            in[i] = sin(i + type) * 1e3;
        }
        in[n / 2] = -0.0;
        in[n - 1] = NAN;
        for (int i = 0; type == DD_TYPE_SCAN && i < n; i++) {
            in[i] = i == 3 ? INFINITY : (double)(float)in[i];
        }
        if (type == DD_TYPE_RANGE) {
            in[0] = 1.25;
        } else if (type == DD_TYPE_GNSS) {
            in[3] = -2;
            in[13] = 3;
        } else if (type == DD_TYPE_CAMERA) {
            in[0] = 640;
            in[1] = 480;
            memset(in + 15, 0, 4 * sizeof *in); // this lens has four coefficients
        }
        int64_t stamp = 1767225600123456789, read = 0;
        DdBuf b = {0};
        if (type == DD_TYPE_CONTACTS) {
            in[0] = 2;
            in[1] = in[14] = 1;
            in[2] = in[13] = 2;
            memset(in + 25, 0, sizeof in - 25 * sizeof *in);
            dd_buf_room(&b, dd_contacts_fill(&def, NULL, stamp, in));
            assert_int_equal(dd_contacts_fill(&def, b.p, stamp, in), b.n);
            assert_true(dd_contacts_read(&def, b.p, b.n, &read, out));
            assert_false(dd_contacts_read(&def, b.p, b.n - 8, &read, out) && out[0] == 2);
            assert_true(dd_contacts_read(&def, b.p, b.n, &read, out));
        } else if (type == DD_TYPE_BOXES_2D || type == DD_TYPE_BOXES_3D) {
            int width = type == DD_TYPE_BOXES_2D ? DD_BOX2_VALUES : DD_BOX3_VALUES;
            in[0] = 2;
            for (int i = 0; i < 2; i++) {
                in[1 + i * width] = i + 1;
                in[2 + i * width] = 3 - i;
            }
            memset(in + 1 + 2 * width, 0, (size_t)width * sizeof *in);
            dd_buf_room(&b, dd_boxes_fill(&def, DD_BOXES_LABELS, NULL, stamp, in));
            assert_int_equal(dd_boxes_fill(&def, DD_BOXES_LABELS, b.p, stamp, in), b.n);
            assert_true(dd_boxes_read(&def, b.p, b.n, &read, out));
            for (int as = DD_BOXES_DETECTIONS; as <= DD_BOXES_DRAWING; as++) {
                DdBuf other = {0};
                int leaves = 0;
                dd_buf_room(&other, dd_boxes_fill(&def, (DdBoxesAs)as, NULL, stamp, in));
                assert_int_equal(dd_boxes_fill(&def, (DdBoxesAs)as, other.p, stamp, in), other.n);
                const DdMsgType* drawn = dd_msg_type(dd_boxes_type(&def, (DdBoxesAs)as));
                if (!dd_msg_decode(drawn, other.p, other.n, count_leaf, &leaves, &err)) {
                    fail_msg("%s", err.text);
                }
                dd_buf_free(&other);
            }
        } else {
            DdTemplate t;
            assert_true(dd_sample_template(&t, &def, &err));
            dd_template_fill(&t, dd_buf_room(&b, t.size), stamp, in);
            read = stamp;
            assert_true(dd_template_read(&t, b.p, b.n, &read, out));
            assert_false(dd_template_read(&t, b.p, b.n - 1, &read, out));
            dd_template_free(&t);
        }
        assert_int_equal(read, stamp);
        assert_memory_equal(in, out, (size_t)n * sizeof *in);
        const DdMsgType* msg = dd_sample_type(&def);
        int leaves = 0;
        assert_true(dd_msg_decode(msg, b.p, b.n, count_leaf, &leaves, &err));
        if (type == DD_TYPE_ODOM) {
            assert_true(leaf(msg, &b, "pose.pose.orientation.w") == in[3]);
            assert_true(leaf(msg, &b, "pose.pose.orientation.x") == in[4]);
            assert_true(leaf(msg, &b, "twist.twist.linear.x") == in[7]);
            assert_true(leaf(msg, &b, "pose.covariance[35]") == 0);
        } else if (type == DD_TYPE_JOINTS) {
            assert_true(leaf(msg, &b, "velocity[1]") == in[4]);
        } else if (type == DD_TYPE_CONTACTS) {
            assert_true(leaf(msg, &b, "contacts[1].depth") == in[24]);
        } else if (type == DD_TYPE_VECTOR) {
            assert_true(leaf(msg, &b, "data[0]") == in[0]);
        }
        dd_buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_vectors),
        cmocka_unit_test(test_every_type_round_trips),
        cmocka_unit_test(test_schema_holds_each_dependency_once),
        cmocka_unit_test(test_msg_package_is_the_table),
        cmocka_unit_test(test_samples_round_trip),
    };
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
