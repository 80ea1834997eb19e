// Screen: what reading one foreign model keeps while it goes.
#pragma once

#include <expat.h>

#include "sim/world/compose.h"

enum { DD_DEPTH_MAX = 512, DD_INCLUDES_MAX = 256 };

typedef enum DdRefKind { DD_REF_MESH, DD_REF_TEXTURE, DD_REF_HFIELD, DD_REF_URDF } DdRefKind;

typedef struct DdRef { // a file some element names
    DdRefKind kind;
    int line;
    char element[32];
    char name[DD_PATH_MAX];
    char shown[DD_PATH_MAX];       // the XML file
    char include_dir[DD_PATH_MAX]; // its folder, when it is an included one
} DdRef;

typedef struct DdDoc { // one model file with what it includes
    bool urdf;
    char dir[DD_PATH_MAX];
    char assetdir[DD_PATH_MAX], meshdir[DD_PATH_MAX], texturedir[DD_PATH_MAX];
    int ninclude;
    const DdFile* includes[DD_INCLUDES_MAX];
    int nref, capacity;
    DdRef* refs;
    int64_t model_elements, model_parts; // of the largest <model>
} DdDoc;

typedef struct DdScreen { // the whole of one call
    DdFiles* files;
    DdModelLimits limits;
    bool store_only;
    char prefix[DD_PATH_MAX];
    char root[DD_PATH_MAX];
    int64_t elements, parts, bytes;
    double work; // elements that replication will pass over
    int nseen;
    const DdFile** seen; // (limits.files)
    int models;
} DdScreen;

typedef struct DdReading { // one XML file
    DdScreen* screen;
    DdDoc* doc;
    XML_Parser parser;
    DdError* err;
    bool failed;
    bool included;
    char include_dir[DD_PATH_MAX];
    char shown[DD_PATH_MAX];
    int depth, base_depth;
    double product[DD_DEPTH_MAX]; // how often replication repeats an element, per depth
    double count[DD_DEPTH_MAX];   // of the <replicate> at that depth, 0: none
} DdReading;

bool dd_screen_fail(DdReading* r, const char* fmt, ...) DD_PRINTF(2, 3);
bool dd_screen_count(DdReading* r, const char* element, double elements, double parts);
const char* dd_screen_attribute(const char** attributes, const char* name); // NULL: not given
// Ranges and sizes of one element; multiplies `product` by what it repeats its children.
bool dd_screen_numbers(DdReading* r, const char* element, const char** attributes, double* product);
