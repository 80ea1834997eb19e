// Fields: one table per def struct. The same rows read a def from Lua and JSON, write it to JSON,
// check it, and make the manual and the editor completion.
#pragma once

#include <stddef.h>
#include <jansson.h>

#include "sim/base/error.h"

typedef enum DdFieldKind {
    DD_FIELD_END,     // ends a table
    DD_FIELD_NUMBER,  // double
    DD_FIELD_INT,     // int
    DD_FIELD_BOOL,    // bool
    DD_FIELD_STRING,  // char[DD_NAME_MAX]
    DD_FIELD_TEXT,    // char[DD_PATH_MAX]: a path or a sentence
    DD_FIELD_ENUM,    // int, written as one of `names`
    DD_FIELD_VEC2,    // double[2]
    DD_FIELD_VEC3,    // double[3]
    DD_FIELD_QUAT,    // double[4], w x y z; normalised when read
    DD_FIELD_RGBA,    // double[4], 0..1; three numbers mean alpha 1
    DD_FIELD_NUMBERS, // DdNumbers
    DD_FIELD_NAMES,   // DdNames
    DD_FIELD_POINTS,  // DdPoints
    DD_FIELD_REF,     // char[DD_NAME_MAX]: the name of a thing ("agv") or of a frame ("bay/west");
                      // Lua also takes a handle
} DdFieldKind;

enum { DD_NUMBERS_MAX = 128, DD_NAMES_MAX = 64, DD_POINTS_MAX = 64 };

typedef struct DdNumbers {
    int n;
    double v[DD_NUMBERS_MAX];
} DdNumbers;

typedef struct DdNames {
    int n;
    char v[DD_NAMES_MAX][DD_NAME_MAX];
} DdNames;

typedef struct DdPoints {
    int n;
    double v[DD_POINTS_MAX][3];
} DdPoints;

// What a number must be. Every number must be finite unless DD_ALLOW_INF is set; NaN never passes.
enum {
    DD_ANY = 0,
    DD_POSITIVE = 1,
    DD_NONNEGATIVE = 2,
    DD_UNIT_RANGE = 4, // 0..1
    DD_REQUIRED = 8,   // must be given
    DD_ALLOW_INF = 16,
};

typedef struct DdField {
    const char* name;
    DdFieldKind kind;
    size_t offset;
    int flags;                // DD_POSITIVE | DD_REQUIRED ...
    const char* unit;         // "m", "kg", "rad", "" for none; NULL the same
    const char* doc;          // one line for the manual; says the default where it is not obvious
    const char* const* names; // DD_FIELD_ENUM: NULL-terminated
} DdField;

#define DD_FIELD_ROW(type, member, kind, flags, unit, doc)                                         \
    {                                                                                              \
#member, kind, offsetof(type, member), flags, unit, doc, NULL                              \
    }
#define DD_FIELD_ROW_ENUM(type, member, flags, doc, names)                                         \
    {                                                                                              \
#member, DD_FIELD_ENUM, offsetof(type, member), flags, "", doc, names                      \
    }
#define DD_FIELD_ROWS_END                                                                          \
    {                                                                                              \
        NULL, DD_FIELD_END, 0, 0, NULL, NULL, NULL                                                 \
    }

const DdField* dd_field_find(const DdField* fields, const char* name); // NULL when there is none
// The nearest name of the table for "did you mean", or NULL.
const char* dd_field_suggest(const DdField* fields, const char* name);

// `what` names the thing in errors: "box 'bay'". Sets members that the JSON object has; unknown
// members are an error. Ranges are checked.
bool dd_fields_read_json(const DdField* fields, void* def, const json_t* object, const char* what,
                         DdErrorCode code, DdError* err);
// A new object with every field in table order. Owned by the caller. Infinity is written as "inf".
json_t* dd_fields_write_json(const DdField* fields, const void* def);
// The range of one field of a def: "box 'bay': mass must be positive, got -1 kg".
bool dd_field_check(const DdField* field, const void* def, const char* what, DdErrorCode code,
                    DdError* err);
bool dd_fields_check(const DdField* fields, const void* def, const char* what, DdErrorCode code,
                     DdError* err);
// The most similar of `n` names to `name`, or NULL when none is near. For error texts.
const char* dd_nearest_name(const char* name, const char* const* names, int n);
