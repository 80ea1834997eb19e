// Boxes around what a picture shows, for Lua agents.
#include "sim/agent/lua_box.h"

#include <string.h>

// One number of a box, behind its class and instance.
typedef struct BoxPart {
    const char* part; // a table of its own; NULL: the key is one of the box itself
    const char* key;
} BoxPart;

static const BoxPart k_box2[DD_BOX2_VALUES - 2] = {
    {"visible", "x0"},     {"visible", "y0"},    {"visible", "x1"},   {"visible", "y1"},
    {"amodal", "x0"},      {"amodal", "y0"},     {"amodal", "x1"},    {"amodal", "y1"},
    {NULL, "pixels"},      {NULL, "silhouette"}, {NULL, "occlusion"}, {NULL, "truncation"},
    {NULL, "perceivable"},
};
static const BoxPart k_box3[DD_BOX3_VALUES - 2] = {
    {"position", "x"},    {"position", "y"},    {"position", "z"},    {"orientation", "w"},
    {"orientation", "x"}, {"orientation", "y"}, {"orientation", "z"}, {"size", "x"},
    {"size", "y"},        {"size", "z"},        {NULL, "visible"},    {NULL, "distance"},
};

void dd_lua_box_push(lua_State* L, const DdChannelDef* def, const double* values)
{
    bool flat = def->type == DD_TYPE_BOXES_2D;
    const BoxPart* parts = flat ? k_box2 : k_box3;
    int n = (flat ? DD_BOX2_VALUES : DD_BOX3_VALUES) - 2;
    int class_id = (int)values[0], instance = (int)values[1];
    lua_newtable(L);
    int box = lua_gettop(L);
    lua_pushstring(L, class_id >= 0 && class_id < def->nclass ? def->classes[class_id] : "");
    lua_setfield(L, box, "class");
    lua_pushstring(L, instance > 0 && instance <= def->nname ? def->names[instance - 1] : "");
    lua_setfield(L, box, "instance");
    for (int i = 0; i < n; i++) {
        const char* before = i > 0 ? parts[i - 1].part : NULL;
        bool begins = parts[i].part && (!before || strcmp(before, parts[i].part) != 0);
        if (begins) {
            lua_settop(L, box);
            lua_newtable(L);
            lua_pushvalue(L, -1);
            lua_setfield(L, box, parts[i].part);
        }
        lua_pushnumber(L, values[2 + i]);
        lua_setfield(L, parts[i].part ? box + 1 : box, parts[i].key);
    }
    lua_settop(L, box);
}
