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

static const DdMsgType k_types[] = {
    {"builtin_interfaces/Time", k_time},
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
