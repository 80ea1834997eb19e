// Message types: one table of field lists. Schema texts, encoder and decoder all read it, so that
// what a file says of its messages and what they are cannot differ.
#pragma once

#include <jansson.h>

#include "recorder/bytes.h"

typedef struct DdMsgField {
    const char* type; // "float64", "string", "geometry_msgs/Point"; NULL ends a list
    const char* name;
    int array;         // 0: one; DD_MSG_SEQUENCE: a counted sequence; else that many
    const char* extra; // "=10" of a constant, " 1" of a default; NULL = neither
} DdMsgField;

enum { DD_MSG_SEQUENCE = -1 };

typedef struct DdMsgType {
    const char* name; // "sensor_msgs/Imu"
    const DdMsgField* field;
} DdMsgType;

const DdMsgType* dd_msg_types(int* n);
const DdMsgType* dd_msg_type(const char* name); // NULL when there is none
char* dd_msg_text(const DdMsgType* type);       // the .msg file; malloc'd
char* dd_msg_schema(const DdMsgType* type);     // with all it depends on, as MCAP wants; malloc'd
void dd_msg_full_name(const DdMsgType* type, char out[96]); // "sensor_msgs/msg/Imu"

typedef enum DdPrim {
    DD_PRIM_BOOL,
    DD_PRIM_INT8,
    DD_PRIM_UINT8,
    DD_PRIM_INT16,
    DD_PRIM_UINT16,
    DD_PRIM_INT32,
    DD_PRIM_UINT32,
    DD_PRIM_INT64,
    DD_PRIM_UINT64,
    DD_PRIM_FLOAT32,
    DD_PRIM_FLOAT64,
    DD_PRIM_STRING,
    DD_PRIM_COUNT,
} DdPrim;

// CDR of a message. `values` has members by field name; an integer in place of an array is that
// many zeros; what is missing is zero or empty. False when a member is unknown or of a wrong kind.
DD_MUST_USE bool dd_msg_encode(const DdMsgType* type, const json_t* values, DdBuf* out,
                               DdError* err);
// One call per primitive, in order: "pose.position.x", "name[2]". A string is `size` bytes at `p`.
typedef void (*DdMsgVisit)(void* user, const char* path, DdPrim prim, const uint8_t* p,
                           size_t size);
// False when the bytes are not such a message, or more than one.
DD_MUST_USE bool dd_msg_decode(const DdMsgType* type, const void* data, size_t n, DdMsgVisit visit,
                               void* user, DdError* err);
