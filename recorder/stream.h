// Stream: what writing and reading a recording share: names of topics, channel defs as JSON, QoS
// texts, steps and stamps.
#pragma once

#include <jansson.h>

#include "recorder/bytes.h"
#include "sim/base/channel.h"

// Topics that every recording has. Enumerator, topic, message type.
#define DD_TOPIC_LIST(X)                                                                           \
    X(DD_TOPIC_CLOCK, "/clock", "rosgraph_msgs/Clock")                                             \
    X(DD_TOPIC_TF, "/tf", "tf2_msgs/TFMessage")                                                    \
    X(DD_TOPIC_REWARD, "/reward", "drydock_msgs/Reward")                                           \
    X(DD_TOPIC_EVENTS, "/events", "drydock_msgs/Event")                                            \
    X(DD_TOPIC_ROSOUT, "/rosout", "rcl_interfaces/Log")                                            \
    X(DD_TOPIC_JOURNAL, "/drydock/journal", "drydock_msgs/Journal")                                \
    X(DD_TOPIC_HASHES, "/drydock/hashes", "drydock_msgs/Hashes")                                   \
    X(DD_TOPIC_RESTORE, "/drydock/restore", "drydock_msgs/RestorePoint")

typedef enum DdTopic {
#define DD_TOPIC_ENUM(id, topic, type) id,
    DD_TOPIC_LIST(DD_TOPIC_ENUM)
#undef DD_TOPIC_ENUM
        DD_TOPIC_COUNT,
} DdTopic;

enum { DD_TOPIC_MAX = 2 * DD_NAME_MAX };

const char* dd_topic_name(DdTopic topic);
const char* dd_topic_type(DdTopic topic);

// A valid ROS topic out of any name: "amr.odom" -> "/amr/odom". Not yet unique.
void dd_topic_of_name(const char* prefix, const char* name, char out[DD_TOPIC_MAX]);
void dd_topic_of_channel(const DdChannelDef* def, char out[DD_TOPIC_MAX]);

json_t* dd_channel_to_json(const DdChannelDef* def, int index);
// Names and classes are malloc'd and belong to the caller, also when it fails.
DD_MUST_USE bool dd_channel_from_json(DdChannelDef* def, int* index, const json_t* j, DdError* err);

extern const char dd_qos_text[];         // reliable, volatile, the last ten
extern const char dd_qos_latched_text[]; // reliable, the last one kept for who comes late

// The step whose stamp this is, nanoseconds after the start; -1 when it is that of none.
int64_t dd_step_of_ns(int64_t ns, int physics_hz);
