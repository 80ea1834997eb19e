// Distributions: how a param, or a drawn field of a thing, varies.
#pragma once

#include <jansson.h>

#include "sim/base/rng.h"
#include "sim/lua/host.h"

enum { DD_CHOICES_MAX = 32 };

typedef enum DdValueType { DD_VALUE_NUMBER, DD_VALUE_BOOL, DD_VALUE_STRING } DdValueType;

typedef struct DdValue {
    DdValueType type;
    double number;
    bool truth;
    char text[DD_NAME_MAX];
} DdValue;

typedef enum DdDistKind {
    DD_DIST_CONSTANT,
    DD_DIST_UNIFORM,     // a <= x < b
    DD_DIST_UNIFORM_INT, // a, a + 1, ... b, then times scale plus shift
    DD_DIST_NORMAL,      // mean a, standard deviation b
    DD_DIST_CHOICE,
} DdDistKind;

typedef struct DdDist {
    DdDistKind kind;
    double a, b;
    double scale, shift; // uniform_int
    bool clipped;        // values outside lo..hi become lo or hi
    double lo, hi;
    int n; // constant (1), choice
    DdValue v[DD_CHOICES_MAX];
} DdDist;

void dd_dist_open(lua_State* L); // the constructors as globals
void dd_dist_push(lua_State* L, const DdDist* dist);
const DdDist* dd_dist_test(lua_State* L, int index); // NULL when the value is no distribution

DdValue dd_dist_draw(const DdDist* dist, DdStream* stream);
DdValueType dd_dist_type(const DdDist* dist);                    // choices are all of one type
bool dd_dist_supports(const DdDist* dist, const DdValue* value); // could it have been drawn?
void dd_dist_text(const DdDist* dist, char* out, size_t size);   // "uniform(-3, 0)"
json_t* dd_dist_json(const DdDist* dist);

// A number, boolean or string; false for anything else.
bool dd_value_from_lua(lua_State* L, int index, DdValue* value);
void dd_value_push(lua_State* L, const DdValue* value);
json_t* dd_value_json(const DdValue* value);
bool dd_value_from_json(const json_t* j, DdValue* value);
const char* dd_value_type_name(DdValueType type); // "a number"
