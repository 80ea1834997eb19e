// Message types: the table. Field lists of ROS 2 packages and of our own, drydock_msgs.
#include "recorder/msg/types.h"

#define ONE(type, name)                                                                            \
    {                                                                                              \
        type, name, 0, NULL                                                                        \
    }
#define SEQ(type, name)                                                                            \
    {                                                                                              \
        type, name, DD_MSG_SEQUENCE, NULL                                                          \
    }
#define ARR(type, name, n)                                                                         \
    {                                                                                              \
        type, name, n, NULL                                                                        \
    }
#define VALUE(type, name, extra)                                                                   \
    {                                                                                              \
        type, name, 0, extra                                                                       \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, 0, NULL                                                                        \
    }
#define HEADER ONE("std_msgs/Header", "header")

static const DdMsgField k_time[] = {ONE("int32", "sec"), ONE("uint32", "nanosec"), END};
static const DdMsgField k_header[] = {ONE("builtin_interfaces/Time", "stamp"),
                                      ONE("string", "frame_id"), END};
static const DdMsgField k_string[] = {ONE("string", "data"), END};
static const DdMsgField k_float64[] = {ONE("float64", "data"), END};
static const DdMsgField k_dimension[] = {ONE("string", "label"), ONE("uint32", "size"),
                                         ONE("uint32", "stride"), END};
static const DdMsgField k_layout[] = {SEQ("std_msgs/MultiArrayDimension", "dim"),
                                      ONE("uint32", "data_offset"), END};
static const DdMsgField k_float64_array[] = {ONE("std_msgs/MultiArrayLayout", "layout"),
                                             SEQ("float64", "data"), END};
static const DdMsgField k_xyz[] = {ONE("float64", "x"), ONE("float64", "y"), ONE("float64", "z"),
                                   END};
static const DdMsgField k_quaternion[] = {VALUE("float64", "x", " 0"), VALUE("float64", "y", " 0"),
                                          VALUE("float64", "z", " 0"), VALUE("float64", "w", " 1"),
                                          END};
static const DdMsgField k_pose[] = {ONE("geometry_msgs/Point", "position"),
                                    ONE("geometry_msgs/Quaternion", "orientation"), END};
static const DdMsgField k_twist[] = {ONE("geometry_msgs/Vector3", "linear"),
                                     ONE("geometry_msgs/Vector3", "angular"), END};
static const DdMsgField k_wrench[] = {ONE("geometry_msgs/Vector3", "force"),
                                      ONE("geometry_msgs/Vector3", "torque"), END};
static const DdMsgField k_transform[] = {ONE("geometry_msgs/Vector3", "translation"),
                                         ONE("geometry_msgs/Quaternion", "rotation"), END};
static const DdMsgField k_pose_stamped[] = {HEADER, ONE("geometry_msgs/Pose", "pose"), END};
static const DdMsgField k_twist_stamped[] = {HEADER, ONE("geometry_msgs/Twist", "twist"), END};
static const DdMsgField k_wrench_stamped[] = {HEADER, ONE("geometry_msgs/Wrench", "wrench"), END};
static const DdMsgField k_transform_stamped[] = {HEADER, ONE("string", "child_frame_id"),
                                                 ONE("geometry_msgs/Transform", "transform"), END};
static const DdMsgField k_pose_covariance[] = {ONE("geometry_msgs/Pose", "pose"),
                                               ARR("float64", "covariance", 36), END};
static const DdMsgField k_twist_covariance[] = {ONE("geometry_msgs/Twist", "twist"),
                                                ARR("float64", "covariance", 36), END};
static const DdMsgField k_odometry[] = {HEADER, ONE("string", "child_frame_id"),
                                        ONE("geometry_msgs/PoseWithCovariance", "pose"),
                                        ONE("geometry_msgs/TwistWithCovariance", "twist"), END};
static const DdMsgField k_imu[] = {HEADER,
                                   ONE("geometry_msgs/Quaternion", "orientation"),
                                   ARR("float64", "orientation_covariance", 9),
                                   ONE("geometry_msgs/Vector3", "angular_velocity"),
                                   ARR("float64", "angular_velocity_covariance", 9),
                                   ONE("geometry_msgs/Vector3", "linear_acceleration"),
                                   ARR("float64", "linear_acceleration_covariance", 9),
                                   END};
static const DdMsgField k_joint_state[] = {HEADER,
                                           SEQ("string", "name"),
                                           SEQ("float64", "position"),
                                           SEQ("float64", "velocity"),
                                           SEQ("float64", "effort"),
                                           END};
static const DdMsgField k_clock[] = {ONE("builtin_interfaces/Time", "clock"), END};
static const DdMsgField k_tf[] = {SEQ("geometry_msgs/TransformStamped", "transforms"), END};
static const DdMsgField k_log[] = {VALUE("uint8", "DEBUG", "=10"),
                                   VALUE("uint8", "INFO", "=20"),
                                   VALUE("uint8", "WARN", "=30"),
                                   VALUE("uint8", "ERROR", "=40"),
                                   VALUE("uint8", "FATAL", "=50"),
                                   ONE("builtin_interfaces/Time", "stamp"),
                                   ONE("uint8", "level"),
                                   ONE("string", "name"),
                                   ONE("string", "msg"),
                                   ONE("string", "file"),
                                   ONE("string", "function"),
                                   ONE("uint32", "line"),
                                   END};

static const DdMsgField k_image[] = {HEADER,
                                     ONE("uint32", "height"),
                                     ONE("uint32", "width"),
                                     ONE("string", "encoding"),
                                     ONE("uint8", "is_bigendian"),
                                     ONE("uint32", "step"),
                                     SEQ("uint8", "data"),
                                     END};
static const DdMsgField k_compressed_image[] = {HEADER, ONE("string", "format"),
                                                SEQ("uint8", "data"), END};
static const DdMsgField k_region[] = {ONE("uint32", "x_offset"), ONE("uint32", "y_offset"),
                                      ONE("uint32", "height"),   ONE("uint32", "width"),
                                      ONE("bool", "do_rectify"), END};
static const DdMsgField k_camera_info[] = {HEADER,
                                           ONE("uint32", "height"),
                                           ONE("uint32", "width"),
                                           ONE("string", "distortion_model"),
                                           SEQ("float64", "d"),
                                           ARR("float64", "k", 9),
                                           ARR("float64", "r", 9),
                                           ARR("float64", "p", 12),
                                           ONE("uint32", "binning_x"),
                                           ONE("uint32", "binning_y"),
                                           ONE("sensor_msgs/RegionOfInterest", "roi"),
                                           END};
static const DdMsgField k_point_field[] = {VALUE("uint8", "INT8", "=1"),
                                           VALUE("uint8", "UINT8", "=2"),
                                           VALUE("uint8", "INT16", "=3"),
                                           VALUE("uint8", "UINT16", "=4"),
                                           VALUE("uint8", "INT32", "=5"),
                                           VALUE("uint8", "UINT32", "=6"),
                                           VALUE("uint8", "FLOAT32", "=7"),
                                           VALUE("uint8", "FLOAT64", "=8"),
                                           ONE("string", "name"),
                                           ONE("uint32", "offset"),
                                           ONE("uint8", "datatype"),
                                           ONE("uint32", "count"),
                                           END};
static const DdMsgField k_point_cloud[] = {HEADER,
                                           ONE("uint32", "height"),
                                           ONE("uint32", "width"),
                                           SEQ("sensor_msgs/PointField", "fields"),
                                           ONE("bool", "is_bigendian"),
                                           ONE("uint32", "point_step"),
                                           ONE("uint32", "row_step"),
                                           SEQ("uint8", "data"),
                                           ONE("bool", "is_dense"),
                                           END};
static const DdMsgField k_laser_scan[] = {HEADER,
                                          ONE("float32", "angle_min"),
                                          ONE("float32", "angle_max"),
                                          ONE("float32", "angle_increment"),
                                          ONE("float32", "time_increment"),
                                          ONE("float32", "scan_time"),
                                          ONE("float32", "range_min"),
                                          ONE("float32", "range_max"),
                                          SEQ("float32", "ranges"),
                                          SEQ("float32", "intensities"),
                                          END};
static const DdMsgField k_navsat_status[] = {VALUE("int8", "STATUS_UNKNOWN", "=-2"),
                                             VALUE("int8", "STATUS_NO_FIX", "=-1"),
                                             VALUE("int8", "STATUS_FIX", "=0"),
                                             VALUE("int8", "STATUS_SBAS_FIX", "=1"),
                                             VALUE("int8", "STATUS_GBAS_FIX", "=2"),
                                             VALUE("int8", "status", " -2"),
                                             VALUE("uint16", "SERVICE_UNKNOWN", "=0"),
                                             VALUE("uint16", "SERVICE_GPS", "=1"),
                                             VALUE("uint16", "SERVICE_GLONASS", "=2"),
                                             VALUE("uint16", "SERVICE_COMPASS", "=4"),
                                             VALUE("uint16", "SERVICE_GALILEO", "=8"),
                                             ONE("uint16", "service"),
                                             END};
static const DdMsgField k_navsat_fix[] = {HEADER,
                                          ONE("sensor_msgs/NavSatStatus", "status"),
                                          ONE("float64", "latitude"),
                                          ONE("float64", "longitude"),
                                          ONE("float64", "altitude"),
                                          ARR("float64", "position_covariance", 9),
                                          VALUE("uint8", "COVARIANCE_TYPE_UNKNOWN", "=0"),
                                          VALUE("uint8", "COVARIANCE_TYPE_APPROXIMATED", "=1"),
                                          VALUE("uint8", "COVARIANCE_TYPE_DIAGONAL_KNOWN", "=2"),
                                          VALUE("uint8", "COVARIANCE_TYPE_KNOWN", "=3"),
                                          ONE("uint8", "position_covariance_type"),
                                          END};
static const DdMsgField k_range[] = {HEADER,
                                     VALUE("uint8", "ULTRASOUND", "=0"),
                                     VALUE("uint8", "INFRARED", "=1"),
                                     ONE("uint8", "radiation_type"),
                                     ONE("float32", "field_of_view"),
                                     ONE("float32", "min_range"),
                                     ONE("float32", "max_range"),
                                     ONE("float32", "range"),
                                     ONE("float32", "variance"),
                                     END};

static const DdMsgField k_point2[] = {ONE("float64", "x"), ONE("float64", "y"), END};
static const DdMsgField k_pose2[] = {ONE("vision_msgs/Point2D", "position"),
                                     ONE("float64", "theta"), END};
static const DdMsgField k_box2[] = {ONE("vision_msgs/Pose2D", "center"), ONE("float64", "size_x"),
                                    ONE("float64", "size_y"), END};
static const DdMsgField k_box3[] = {ONE("geometry_msgs/Pose", "center"),
                                    ONE("geometry_msgs/Vector3", "size"), END};
static const DdMsgField k_hypothesis[] = {ONE("string", "class_id"), ONE("float64", "score"), END};
static const DdMsgField k_hypothesis_pose[] = {ONE("vision_msgs/ObjectHypothesis", "hypothesis"),
                                               ONE("geometry_msgs/PoseWithCovariance", "pose"),
                                               END};
static const DdMsgField k_detection2[] = {
    HEADER, SEQ("vision_msgs/ObjectHypothesisWithPose", "results"),
    ONE("vision_msgs/BoundingBox2D", "bbox"), ONE("string", "id"), END};
static const DdMsgField k_detection3[] = {
    HEADER, SEQ("vision_msgs/ObjectHypothesisWithPose", "results"),
    ONE("vision_msgs/BoundingBox3D", "bbox"), ONE("string", "id"), END};
static const DdMsgField k_detections2[] = {HEADER, SEQ("vision_msgs/Detection2D", "detections"),
                                           END};
static const DdMsgField k_detections3[] = {HEADER, SEQ("vision_msgs/Detection3D", "detections"),
                                           END};

static const DdMsgField k_colour32[] = {ONE("float32", "r"), ONE("float32", "g"),
                                        ONE("float32", "b"), ONE("float32", "a"), END};
static const DdMsgField k_uv[] = {ONE("float32", "u"), ONE("float32", "v"), END};
static const DdMsgField k_mesh_file[] = {ONE("string", "filename"), SEQ("uint8", "data"), END};
static const DdMsgField k_marker[] = {VALUE("int32", "ARROW", "=0"),
                                      VALUE("int32", "CUBE", "=1"),
                                      VALUE("int32", "SPHERE", "=2"),
                                      VALUE("int32", "CYLINDER", "=3"),
                                      VALUE("int32", "LINE_STRIP", "=4"),
                                      VALUE("int32", "LINE_LIST", "=5"),
                                      VALUE("int32", "CUBE_LIST", "=6"),
                                      VALUE("int32", "SPHERE_LIST", "=7"),
                                      VALUE("int32", "POINTS", "=8"),
                                      VALUE("int32", "TEXT_VIEW_FACING", "=9"),
                                      VALUE("int32", "MESH_RESOURCE", "=10"),
                                      VALUE("int32", "TRIANGLE_LIST", "=11"),
                                      VALUE("int32", "ARROW_STRIP", "=12"),
                                      VALUE("int32", "ADD", "=0"),
                                      VALUE("int32", "MODIFY", "=0"),
                                      VALUE("int32", "DELETE", "=2"),
                                      VALUE("int32", "DELETEALL", "=3"),
                                      HEADER,
                                      ONE("string", "ns"),
                                      ONE("int32", "id"),
                                      ONE("int32", "type"),
                                      ONE("int32", "action"),
                                      ONE("geometry_msgs/Pose", "pose"),
                                      ONE("geometry_msgs/Vector3", "scale"),
                                      ONE("std_msgs/ColorRGBA", "color"),
                                      ONE("builtin_interfaces/Duration", "lifetime"),
                                      ONE("bool", "frame_locked"),
                                      SEQ("geometry_msgs/Point", "points"),
                                      SEQ("std_msgs/ColorRGBA", "colors"),
                                      ONE("string", "texture_resource"),
                                      ONE("sensor_msgs/CompressedImage", "texture"),
                                      SEQ("visualization_msgs/UVCoordinate", "uv_coordinates"),
                                      ONE("string", "text"),
                                      ONE("string", "mesh_resource"),
                                      ONE("visualization_msgs/MeshFile", "mesh_file"),
                                      ONE("bool", "mesh_use_embedded_materials"),
                                      END};
static const DdMsgField k_markers[] = {SEQ("visualization_msgs/Marker", "markers"), END};

#define PAIRS SEQ("foxglove_msgs/KeyValuePair", "metadata")
static const DdMsgField k_pair[] = {ONE("string", "key"), ONE("string", "value"), END};
static const DdMsgField k_colour64[] = {ONE("float64", "r"), ONE("float64", "g"),
                                        ONE("float64", "b"), ONE("float64", "a"), END};
static const DdMsgField k_circle_annotation[] = {ONE("builtin_interfaces/Time", "timestamp"),
                                                 ONE("foxglove_msgs/Point2", "position"),
                                                 ONE("float64", "diameter"),
                                                 ONE("float64", "thickness"),
                                                 ONE("foxglove_msgs/Color", "fill_color"),
                                                 ONE("foxglove_msgs/Color", "outline_color"),
                                                 PAIRS,
                                                 END};
static const DdMsgField k_points_annotation[] = {VALUE("uint8", "UNKNOWN", "=0"),
                                                 VALUE("uint8", "POINTS", "=1"),
                                                 VALUE("uint8", "LINE_LOOP", "=2"),
                                                 VALUE("uint8", "LINE_STRIP", "=3"),
                                                 VALUE("uint8", "LINE_LIST", "=4"),
                                                 ONE("builtin_interfaces/Time", "timestamp"),
                                                 ONE("uint8", "type"),
                                                 SEQ("foxglove_msgs/Point2", "points"),
                                                 ONE("foxglove_msgs/Color", "outline_color"),
                                                 SEQ("foxglove_msgs/Color", "outline_colors"),
                                                 ONE("foxglove_msgs/Color", "fill_color"),
                                                 ONE("float64", "thickness"),
                                                 PAIRS,
                                                 END};
static const DdMsgField k_text_annotation[] = {ONE("builtin_interfaces/Time", "timestamp"),
                                               ONE("foxglove_msgs/Point2", "position"),
                                               ONE("string", "text"),
                                               ONE("float64", "font_size"),
                                               ONE("foxglove_msgs/Color", "text_color"),
                                               ONE("foxglove_msgs/Color", "background_color"),
                                               PAIRS,
                                               END};
static const DdMsgField k_image_annotations[] = {ONE("builtin_interfaces/Time", "timestamp"),
                                                 SEQ("foxglove_msgs/CircleAnnotation", "circles"),
                                                 SEQ("foxglove_msgs/PointsAnnotation", "points"),
                                                 SEQ("foxglove_msgs/TextAnnotation", "texts"),
                                                 PAIRS,
                                                 END};

static const DdMsgField k_contact[] = {ONE("string", "geom1"),
                                       ONE("string", "geom2"),
                                       ONE("geometry_msgs/Point", "position"),
                                       ONE("geometry_msgs/Vector3", "normal"),
                                       ONE("geometry_msgs/Vector3", "force"),
                                       ONE("float64", "depth"),
                                       END};
static const DdMsgField k_contacts[] = {HEADER, SEQ("drydock_msgs/Contact", "contacts"), END};
static const DdMsgField k_action[] = {HEADER, SEQ("string", "names"), SEQ("float64", "values"),
                                      END};
static const DdMsgField k_event[] = {HEADER, ONE("string", "kind"), ONE("string", "subject"),
                                     ONE("string", "json"), END};
static const DdMsgField k_reward[] = {HEADER, ONE("float64", "reward"), ONE("bool", "terminated"),
                                      ONE("bool", "truncated"), END};
static const DdMsgField k_journal[] = {HEADER,
                                       ONE("int64", "step"),
                                       ONE("string", "kind"),
                                       ONE("string", "subject"),
                                       SEQ("float64", "values"),
                                       END};
static const DdMsgField k_hashes[] = {HEADER, ONE("int64", "first_step"), SEQ("uint64", "hashes"),
                                      END};
static const DdMsgField k_restore_point[] = {HEADER, ONE("int64", "step"), SEQ("float64", "state"),
                                             END};

static const DdMsgField k_box_label[] = {
    ONE("string", "class_name"),      ONE("string", "instance"),
    ONE("int32", "class_id"),         ONE("int32", "instance_id"),
    ARR("float64", "visible_box", 4), ARR("float64", "amodal_box", 4),
    ONE("float64", "visible_pixels"), ONE("float64", "silhouette_pixels"),
    ONE("float64", "occlusion"),      ONE("float64", "truncation"),
    ONE("float64", "perceivable"),    END};
static const DdMsgField k_box_labels[] = {HEADER, SEQ("drydock_msgs/BoxLabel", "boxes"), END};
static const DdMsgField k_box_label3[] = {ONE("string", "class_name"),
                                          ONE("string", "instance"),
                                          ONE("int32", "class_id"),
                                          ONE("int32", "instance_id"),
                                          ONE("geometry_msgs/Pose", "center"),
                                          ONE("geometry_msgs/Vector3", "size"),
                                          ONE("float64", "visible"),
                                          ONE("float64", "distance"),
                                          END};
static const DdMsgField k_box_labels3[] = {HEADER, SEQ("drydock_msgs/BoxLabel3", "boxes"), END};
static const DdMsgField k_exposure[] = {HEADER, ONE("float64", "exposure_s"),
                                        ONE("float64", "gain"), END};

static const DdMsgType k_types[] = {
    {"builtin_interfaces/Time", k_time},
    {"builtin_interfaces/Duration", k_time},
    {"std_msgs/Header", k_header},
    {"std_msgs/String", k_string},
    {"std_msgs/Float64", k_float64},
    {"std_msgs/MultiArrayDimension", k_dimension},
    {"std_msgs/MultiArrayLayout", k_layout},
    {"std_msgs/Float64MultiArray", k_float64_array},
    {"geometry_msgs/Point", k_xyz},
    {"geometry_msgs/Vector3", k_xyz},
    {"geometry_msgs/Quaternion", k_quaternion},
    {"geometry_msgs/Pose", k_pose},
    {"geometry_msgs/Twist", k_twist},
    {"geometry_msgs/Wrench", k_wrench},
    {"geometry_msgs/Transform", k_transform},
    {"geometry_msgs/PoseStamped", k_pose_stamped},
    {"geometry_msgs/TwistStamped", k_twist_stamped},
    {"geometry_msgs/WrenchStamped", k_wrench_stamped},
    {"geometry_msgs/TransformStamped", k_transform_stamped},
    {"geometry_msgs/PoseWithCovariance", k_pose_covariance},
    {"geometry_msgs/TwistWithCovariance", k_twist_covariance},
    {"nav_msgs/Odometry", k_odometry},
    {"sensor_msgs/Imu", k_imu},
    {"sensor_msgs/JointState", k_joint_state},
    {"sensor_msgs/Image", k_image},
    {"sensor_msgs/CompressedImage", k_compressed_image},
    {"sensor_msgs/RegionOfInterest", k_region},
    {"sensor_msgs/CameraInfo", k_camera_info},
    {"sensor_msgs/PointField", k_point_field},
    {"sensor_msgs/PointCloud2", k_point_cloud},
    {"sensor_msgs/LaserScan", k_laser_scan},
    {"sensor_msgs/NavSatStatus", k_navsat_status},
    {"sensor_msgs/NavSatFix", k_navsat_fix},
    {"sensor_msgs/Range", k_range},
    {"vision_msgs/Point2D", k_point2},
    {"vision_msgs/Pose2D", k_pose2},
    {"vision_msgs/BoundingBox2D", k_box2},
    {"vision_msgs/BoundingBox3D", k_box3},
    {"vision_msgs/ObjectHypothesis", k_hypothesis},
    {"vision_msgs/ObjectHypothesisWithPose", k_hypothesis_pose},
    {"vision_msgs/Detection2D", k_detection2},
    {"vision_msgs/Detection3D", k_detection3},
    {"vision_msgs/Detection2DArray", k_detections2},
    {"vision_msgs/Detection3DArray", k_detections3},
    {"std_msgs/ColorRGBA", k_colour32},
    {"visualization_msgs/UVCoordinate", k_uv},
    {"visualization_msgs/MeshFile", k_mesh_file},
    {"visualization_msgs/Marker", k_marker},
    {"visualization_msgs/MarkerArray", k_markers},
    {"foxglove_msgs/KeyValuePair", k_pair},
    {"foxglove_msgs/Color", k_colour64},
    {"foxglove_msgs/Point2", k_point2},
    {"foxglove_msgs/CircleAnnotation", k_circle_annotation},
    {"foxglove_msgs/PointsAnnotation", k_points_annotation},
    {"foxglove_msgs/TextAnnotation", k_text_annotation},
    {"foxglove_msgs/ImageAnnotations", k_image_annotations},
    {"rosgraph_msgs/Clock", k_clock},
    {"tf2_msgs/TFMessage", k_tf},
    {"rcl_interfaces/Log", k_log},
    {"drydock_msgs/Contact", k_contact},
    {"drydock_msgs/Contacts", k_contacts},
    {"drydock_msgs/Action", k_action},
    {"drydock_msgs/Event", k_event},
    {"drydock_msgs/Reward", k_reward},
    {"drydock_msgs/Journal", k_journal},
    {"drydock_msgs/Hashes", k_hashes},
    {"drydock_msgs/RestorePoint", k_restore_point},
    {"drydock_msgs/BoxLabel", k_box_label},
    {"drydock_msgs/BoxLabels", k_box_labels},
    {"drydock_msgs/BoxLabel3", k_box_label3},
    {"drydock_msgs/BoxLabels3", k_box_labels3},
    {"drydock_msgs/Exposure", k_exposure},
};

const DdMsgType* dd_msg_types(int* n)
{
    *n = (int)(sizeof k_types / sizeof *k_types);
    return k_types;
}

const DdMsgType* dd_msg_type(const char* name)
{
    for (size_t i = 0; i < sizeof k_types / sizeof *k_types; i++) {
        if (strcmp(k_types[i].name, name) == 0) {
            return &k_types[i];
        }
    }
    return NULL;
}
