// Screen: the numbers of a foreign model that MuJoCo would swallow whole.
#include <math.h>
#include <string.h>
#include <strings.h>

#include "sim/world/screen.h"

typedef enum DdRule { DD_RULE_FINITE, DD_RULE_POSITIVE, DD_RULE_NONNEGATIVE } DdRule;

typedef struct DdNumberRule {
    const char* attribute;
    DdRule rule;
} DdNumberRule;

static const DdNumberRule k_rules[] = {
    {"timestep", DD_RULE_POSITIVE},   {"mass", DD_RULE_NONNEGATIVE},
    {"density", DD_RULE_NONNEGATIVE}, {"diaginertia", DD_RULE_NONNEGATIVE},
    {"fullinertia", DD_RULE_FINITE},  {"pos", DD_RULE_FINITE},
    {"quat", DD_RULE_FINITE},         {"euler", DD_RULE_FINITE},
    {"axisangle", DD_RULE_FINITE},    {"xyaxes", DD_RULE_FINITE},
    {"zaxis", DD_RULE_FINITE},        {"axis", DD_RULE_FINITE},
    {"fromto", DD_RULE_FINITE},       {"size", DD_RULE_FINITE},
    {"friction", DD_RULE_FINITE},     {"armature", DD_RULE_FINITE},
    {"gravity", DD_RULE_FINITE},      {"wind", DD_RULE_FINITE},
    {"gear", DD_RULE_FINITE},         {"offset", DD_RULE_FINITE},
    {"xyz", DD_RULE_FINITE},          {"rpy", DD_RULE_FINITE},
    {"radius", DD_RULE_NONNEGATIVE},  {"qpos", DD_RULE_FINITE},
    {"scale", DD_RULE_FINITE},        {"ixx", DD_RULE_NONNEGATIVE},
    {"iyy", DD_RULE_NONNEGATIVE},     {"izz", DD_RULE_NONNEGATIVE},
    {"ixy", DD_RULE_FINITE},          {"ixz", DD_RULE_FINITE},
    {"iyz", DD_RULE_FINITE},          {NULL, DD_RULE_FINITE},
};
enum { k_chain_max = 300, k_nodes_max = 3000 };
enum { k_attributes_max = 256 }; // of one element; MJCF's richest has about 50
static const DdNumberRule k_urdf_mass = {"value", DD_RULE_NONNEGATIVE};

// integers that become array sizes, and how large they may be
static const struct {
    const char* element; // NULL: any
    const char* attribute;
    double most;
} k_sizes[] = {
    {"size", "nuserdata", 1e6},       {"size", "nkey", 1e4},
    {"size", "njmax", 1e6},           {"size", "nconmax", 1e6},
    {"size", "nstack", 1e8},          {"size", "nuser_body", 1e3},
    {"size", "nuser_jnt", 1e3},       {"size", "nuser_geom", 1e3},
    {"size", "nuser_site", 1e3},      {"size", "nuser_cam", 1e3},
    {"size", "nuser_tendon", 1e3},    {"size", "nuser_actuator", 1e3},
    {"size", "nuser_sensor", 1e3},    {"numeric", "size", 1e6},
    {NULL, "nsample", 1e5},           {NULL, "maxhullvert", 1e5},
    {NULL, "octree_maxdepth", 10},    {NULL, "maxdepth", 10},
    {"quality", "shadowsize", 16384}, {"quality", "offsamples", 64},
    {"global", "offwidth", 16384},    {"global", "offheight", 16384},
    {"mesh", "params", 1000},
};

const char* dd_screen_attribute(const char** attributes, const char* name)
{
    for (int i = 0; attributes[i]; i += 2) {
        if (strcasecmp(attributes[i], name) == 0) {
            return attributes[i + 1];
        }
    }
    return NULL;
}

// the next number of a list; false at its end or at what is no number
static bool next_number(const char** at, double* v)
{
    char* end;

    DD_ASSERT(*at);
    *v = strtod(*at, &end);
    if (end == *at) {
        return false;
    }
    *at = end;
    return true;
}

static bool check_rule(DdReading* r, const char* element, const DdNumberRule* rule,
                       const char* value)
{
    static const char* const k_words[] = {"finite", "positive and finite",
                                          "finite and not negative"};
    const char* at = value;
    double v;

    while (next_number(&at, &v)) {
        bool fine = isfinite(v) && fabs(v) < 1e12;
        fine = fine && !(rule->rule == DD_RULE_POSITIVE && v <= 0);
        fine = fine && !(rule->rule == DD_RULE_NONNEGATIVE && v < 0);
        if (!fine) {
            return dd_screen_fail(r, "<%s>: %s must be %s, got '%.60s'", element, rule->attribute,
                                  k_words[rule->rule], value);
        }
    }
    return true;
}

static double attribute_number(const char** attributes, const char* name, double otherwise)
{
    const char* text = dd_screen_attribute(attributes, name);
    double v;

    return text && next_number(&text, &v) ? v : otherwise;
}

static bool check_area(DdReading* r, const char* element, const char* what, double area,
                       int64_t most)
{
    if (!(area <= (double)most)) {
        return dd_screen_fail(r, "<%s>: %s come to %.4g, allowed are %lld", element, what, area,
                              (long long)most);
    }
    return true;
}

// "64M" and the like
static bool check_memory(DdReading* r, const char* text)
{
    char* end;
    double v = strtod(text, &end);
    static const char k_units[] = "KMGTPE";
    const char* unit = *end ? strchr(k_units, *end >= 'a' ? *end - 32 : *end) : NULL;

    for (const char* u = k_units; unit && u <= unit; u++) {
        v *= 1024;
    }
    if (!(v <= 4e9)) {
        return dd_screen_fail(r, "<size>: memory = '%.40s', allowed are 4e9 bytes", text);
    }
    return true;
}

// products of lists: composite and flexcomp make that many elements
static bool check_counts(DdReading* r, const char* element, const char** attributes,
                         double repeated)
{
    const char* text = dd_screen_attribute(attributes, "count");
    double v, product = 1;

    if (!text) {
        return true;
    }
    while (next_number(&text, &v)) {
        product *= v > 1 ? v : 1;
    }
    // a cable is one chain, whose inertia costs by the cube; every node of a flex is a body
    double most = strcasecmp(element, "composite") == 0 ? k_chain_max : k_nodes_max;
    if (product > most) {
        return dd_screen_fail(r, "<%s>: a count of %g, allowed are %g", element, product, most);
    }
    return dd_screen_count(r, element, product * repeated, product * repeated);
}

static bool check_sizes(DdReading* r, const char* element, const char** attributes)
{
    for (size_t i = 0; i < sizeof k_sizes / sizeof *k_sizes; i++) {
        if (k_sizes[i].element && strcasecmp(k_sizes[i].element, element) != 0) {
            continue;
        }
        const char* text = dd_screen_attribute(attributes, k_sizes[i].attribute);
        double v;
        while (text && next_number(&text, &v)) {
            if (!(v <= k_sizes[i].most)) {
                return dd_screen_fail(r, "<%s>: %s = %g, allowed are %g", element,
                                      k_sizes[i].attribute, v, k_sizes[i].most);
            }
        }
    }
    return true;
}

bool dd_screen_numbers(DdReading* r, const char* element, const char** attributes, double* product)
{
    const DdModelLimits* limits = &r->screen->limits;
    const char* name = dd_screen_attribute(attributes, "name");
    const char* memory = dd_screen_attribute(attributes, "memory");

    if (name && strlen(name) >= DD_NAME_MAX - 16) {
        return dd_screen_fail(r, "<%s>: a name of %zu bytes, allowed are %d", element, strlen(name),
                              DD_NAME_MAX - 17);
    }
    // MuJoCo's reader compares every attribute of an element with every other
    for (int i = 0; attributes[i]; i += 2) {
        if (i >= 2 * k_attributes_max) {
            return dd_screen_fail(r, "<%s>: more than %d attributes", element, k_attributes_max);
        }
    }
    for (int i = 0; attributes[i]; i += 2) {
        for (const DdNumberRule* rule = k_rules; rule->attribute; rule++) {
            if (strcasecmp(attributes[i], rule->attribute) == 0 &&
                !check_rule(r, element, rule, attributes[i + 1])) {
                return false;
            }
        }
    }
    const char* mass =
        strcasecmp(element, "mass") == 0 ? dd_screen_attribute(attributes, "value") : NULL;
    if (mass && !check_rule(r, element, &k_urdf_mass, mass)) {
        return false;
    }
    if (!check_sizes(r, element, attributes) ||
        (memory && strcasecmp(element, "size") == 0 && !check_memory(r, memory))) {
        return false;
    }
    if (strcasecmp(element, "replicate") == 0) {
        double count = attribute_number(attributes, "count", 1);
        if (!(count >= 0 && count <= (double)limits->elements)) {
            return dd_screen_fail(r, "<replicate>: count = %g, allowed are %lld", count,
                                  (long long)limits->elements);
        }
        *product *= count;
        r->count[r->depth] = count;
        return true;
    }
    if (strcasecmp(element, "composite") == 0 || strcasecmp(element, "flexcomp") == 0) {
        return check_counts(r, element, attributes, *product);
    }
    if (strcasecmp(element, "hfield") == 0) {
        return check_area(r, element, "its cells",
                          attribute_number(attributes, "nrow", 0) *
                              attribute_number(attributes, "ncol", 0),
                          limits->hfield);
    }
    if (strcasecmp(element, "texture") == 0) {
        double width = attribute_number(attributes, "width", 0);
        double height = attribute_number(attributes, "height", width);
        const char* type = dd_screen_attribute(attributes, "type");
        bool flat = type && strcasecmp(type, "2d") == 0;
        return check_area(r, element, "its pixels",
                          flat ? width * height : 6 * width * (height > width ? height : width),
                          limits->pixels);
    }
    const char* resolution = dd_screen_attribute(attributes, "resolution");
    double width, height;
    if (resolution && next_number(&resolution, &width) && next_number(&resolution, &height)) {
        return check_area(r, element, "its pixels", width * height, limits->pixels);
    }
    return true;
}
