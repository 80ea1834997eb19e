// Handles: Thing and Frame as Lua sees them.
#include "sim/script/handle.h"

#include <string.h>

#include "sim/script/builder.h"

static const char k_thing_type[] = "drydock.Thing";
static const char k_frames_type[] = "drydock.Frames";
static const char k_frame_type[] = "drydock.Frame";

typedef struct LuaHandle {
    DdBuilder* build;
    char ref[DD_NAME_MAX]; // "bay" of a Thing and its Frames, "bay/west" of a Frame
} LuaHandle;

static void push(lua_State* L, const char* type, DdBuilder* build, const char* ref)
{
    LuaHandle* h = lua_newuserdatauv(L, sizeof *h, 0);
    h->build = build;
    snprintf(h->ref, sizeof h->ref, "%s", ref);
    luaL_setmetatable(L, type);
}

void dd_handle_push_thing(lua_State* L, DdBuilder* build, const char* name)
{
    push(L, k_thing_type, build, name);
}

void dd_handle_push_frame(lua_State* L, DdBuilder* build, const char* ref)
{
    push(L, k_frame_type, build, ref);
}

static const LuaHandle* test(lua_State* L, int index)
{
    const LuaHandle* h = luaL_testudata(L, index, k_thing_type);
    return h ? h : luaL_testudata(L, index, k_frame_type);
}

bool dd_handle_test(lua_State* L, int index)
{
    return test(L, index) != NULL;
}

static bool check_open(const LuaHandle* h, DdError* err)
{
    return h->build->open || dd_fail(err, DD_ERROR_SCRIPT,
                                     "'%s' is a handle of build, which has returned; a story says "
                                     "sim.NAME",
                                     h->ref);
}

bool dd_handle_ref(lua_State* L, int index, char ref[DD_NAME_MAX], DdError* err)
{
    const LuaHandle* h = test(L, index);
    DD_ASSERT(h);
    snprintf(ref, DD_NAME_MAX, "%s", h->ref);
    return check_open(h, err);
}

static const LuaHandle* check(lua_State* L, int arg, const char* type)
{
    const LuaHandle* h = luaL_checkudata(L, arg, type);
    DdError err;
    dd_error_clear(&err);
    if (!check_open(h, &err)) {
        dd_lua_raise(L, &err);
    }
    return h;
}

void dd_handle_push_vec3(lua_State* L, const double v[3])
{
    lua_pushglobaltable(L);
    lua_pushliteral(L, "vec3");
    lua_rawget(L, -2);
    for (int i = 0; i < 3; i++) {
        lua_pushnumber(L, v[i]);
    }
    lua_call(L, 3, 1);
    lua_remove(L, -2);
}

// Fields that need a pose: pos, yaw. False when `key` is neither.
static bool push_pose_field(lua_State* L, const LuaHandle* h, const char* key)
{
    bool pos = strcmp(key, "pos") == 0;
    if (!pos && strcmp(key, "yaw") != 0) {
        return false;
    }
    DdPose pose;
    DdError err;
    dd_error_clear(&err);
    if (!dd_builder_pose(h->build, h->ref, &pose, &err)) {
        dd_lua_raise(L, &err);
    }
    if (pos) {
        dd_handle_push_vec3(L, pose.pos);
    } else {
        lua_pushnumber(L, dd_pose_yaw(&pose));
    }
    return true;
}

// Pushes frame `key` of the thing, or raises with what there is.
static int push_frame_of(lua_State* L, const LuaHandle* h, const char* key, bool fields_too)
{
    DdError err;
    dd_error_clear(&err);
    const DdKey* names;
    int n = dd_builder_frames(h->build, h->ref, &names, &err);
    if (n < 0) {
        return dd_lua_raise(L, &err);
    }
    for (int i = 0; i < n; i++) {
        if (strcmp(names[i], key) == 0) {
            char ref[2 * DD_NAME_MAX];
            snprintf(ref, sizeof ref, "%s/%s", h->ref, key);
            dd_handle_push_frame(L, h->build, ref);
            return 1;
        }
    }

    const char* all[DD_NAMES_MAX + 5];
    int nall = 0;
    char list[512] = "";
    for (int i = 0; i < n && nall < DD_NAMES_MAX; i++) {
        all[nall++] = names[i];
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    if (fields_too) {
        static const char* const k_fields[] = {"name", "kind", "pos", "yaw", "frame"};
        memcpy(all + nall, k_fields, sizeof k_fields);
        nall += 5;
    }
    char near[DD_NAME_MAX + 32];
    dd_lua_suggest(key, all, nall, near);
    const char* kind = dd_builder_kind(h->build, h->ref);
    dd_fail(&err, DD_ERROR_SCRIPT, "%s '%s': no frame named '%s'%s%s%s%s", kind ? kind : "thing",
            h->ref, key, near, n > 0 ? " (frames: " : " (it has no frames)", list,
            n > 0 ? ")" : "");
    return dd_lua_raise(L, &err);
}

static const char* check_key(lua_State* L, const char* type)
{
    if (lua_type(L, 2) != LUA_TSTRING) {
        luaL_error(L, "a %s has no field of type %s", type, luaL_typename(L, 2));
    }
    return lua_tostring(L, 2);
}

static int thing_index(lua_State* L)
{
    const char* key = check_key(L, "thing");
    const LuaHandle* any = luaL_checkudata(L, 1, k_thing_type);
    if (strcmp(key, "name") == 0) {
        lua_pushstring(L, any->ref);
        return 1;
    }
    const LuaHandle* h = check(L, 1, k_thing_type);
    if (strcmp(key, "kind") == 0) {
        lua_pushstring(L, dd_builder_kind(h->build, h->ref));
        return 1;
    }
    if (strcmp(key, "frame") == 0) {
        push(L, k_frames_type, h->build, h->ref);
        return 1;
    }
    return push_pose_field(L, h, key) ? 1 : push_frame_of(L, h, key, true);
}

static int frames_index(lua_State* L)
{
    const char* key = check_key(L, "list of frames");
    return push_frame_of(L, check(L, 1, k_frames_type), key, false);
}

static int frame_index(lua_State* L)
{
    const char* key = check_key(L, "frame");
    const LuaHandle* h = check(L, 1, k_frame_type);
    const char* slash = strchr(h->ref, '/');
    if (strcmp(key, "name") == 0) {
        lua_pushstring(L, slash ? slash + 1 : h->ref);
        return 1;
    }
    if (strcmp(key, "thing") == 0) {
        char thing[DD_NAME_MAX];
        snprintf(thing, sizeof thing, "%.*s", slash ? (int)(slash - h->ref) : DD_NAME_MAX, h->ref);
        dd_handle_push_thing(L, h->build, thing);
        return 1;
    }
    return push_pose_field(L, h, key)
               ? 1
               : luaL_error(L, "frame '%s' has no field '%s': it has name, thing, pos, yaw", h->ref,
                            key);
}

static int handle_newindex(lua_State* L)
{
    return luaL_error(L,
                      "a thing or frame cannot be changed; its fields are given where it is made");
}

static int handle_tostring(lua_State* L)
{
    const LuaHandle* h = lua_touserdata(L, 1);
    lua_pushstring(L, h->ref);
    return 1;
}

static int handle_eq(lua_State* L)
{
    const LuaHandle* a = test(L, 1);
    const LuaHandle* b = test(L, 2);
    lua_pushboolean(L, a && b && a->build == b->build && strcmp(a->ref, b->ref) == 0);
    return 1;
}

// the order of handles in pairs: that of their making
static int handle_order(lua_State* L)
{
    const LuaHandle* h = lua_touserdata(L, 1);
    char thing[DD_NAME_MAX];
    snprintf(thing, sizeof thing, "%.*s", (int)strcspn(h->ref, "/"), h->ref);
    lua_Integer order = -1;
    if (h->build->open) {
        const DdCompose* c = h->build->plan->compose;
        for (int i = 0; i < dd_compose_count(c) && order < 0; i++) {
            order = strcmp(dd_compose_name(c, i), thing) == 0 ? i : -1;
        }
    }
    lua_pushinteger(L, order);
    return 1;
}

static void open_type(lua_State* L, const char* type, const char* name, lua_CFunction index)
{
    static const luaL_Reg k_meta[] = {
        {"__newindex", handle_newindex},
        {"__tostring", handle_tostring},
        {"__eq", handle_eq},
        {"__dd_order", handle_order},
        {NULL, NULL},
    };
    luaL_newmetatable(L, type);
    luaL_setfuncs(L, k_meta, 0);
    lua_pushcfunction(L, index);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void dd_handle_open(lua_State* L)
{
    open_type(L, k_thing_type, "Thing", thing_index);
    open_type(L, k_frames_type, "Frames", frames_index);
    open_type(L, k_frame_type, "Frame", frame_index);
}
