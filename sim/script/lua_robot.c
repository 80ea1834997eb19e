// w:robot: a robot's description out of its file, its pose, its joints.
#include <string.h>

#include "sim/script/lua_place.h"
#include "sim/script/lua_world.h"

typedef struct RobotArgs {
    char name[DD_NAME_MAX];
    double pos[3];
    double yaw;
    double rpy[3];
    double quat[4];
    char on[DD_NAME_MAX];
    double shift[3];
    char root[DD_PATH_MAX];
    char base[DD_NAME_MAX];
    bool fixed;
    bool free;
    bool lift_to_floor;
    char label[DD_NAME_MAX];
} RobotArgs;

#define ROW(m, kind, unit, doc) DD_FIELD_ROW(RobotArgs, m, kind, 0, unit, doc)
const DdField dd_robot_args_fields[] = {
    ROW(name, DD_FIELD_STRING, "", "Unique; made from the kind when absent."),
    ROW(pos, DD_FIELD_VEC3, "m", "Where the robot's own origin stands."),
    ROW(yaw, DD_FIELD_NUMBER, "rad", "Turn about z."),
    ROW(rpy, DD_FIELD_VEC3, "rad", "Roll, pitch, yaw (Rz Ry Rx)."),
    ROW(quat, DD_FIELD_QUAT, "", "Orientation, w x y z."),
    ROW(on, DD_FIELD_REF, "", "Thing or frame it stands on; pos, yaw are then relative to it."),
    ROW(shift, DD_FIELD_VEC3, "m", "Added to pos, in the robot's own frame."),
    ROW(root, DD_FIELD_TEXT, "", "Folder that the files of a foreign model may come from."),
    ROW(base, DD_FIELD_STRING, "", "Body to attach, instead of the description's."),
    ROW(fixed, DD_FIELD_BOOL, "", "Fix the base to the world."),
    ROW(free, DD_FIELD_BOOL, "", "Let the base move freely though the model fixes it."),
    ROW(lift_to_floor, DD_FIELD_BOOL, "", "Raise it so that its lowest point stands on pos.z."),
    ROW(label, DD_FIELD_STRING, "",
        "Class in labels of pictures; by the robot's name when absent."),
    DD_FIELD_ROWS_END,
};
#undef ROW

static bool robot_pose(lua_State* L, DdBuilder* b, const DdRobotDesc* desc, const char* what,
                       const RobotArgs* args, const DdSource* source, DdPose* pose, DdError* err)
{
    DdThingPose own = {.yaw = args->yaw};
    memcpy(own.pos, args->pos, sizeof own.pos);
    memcpy(own.shift, args->shift, sizeof own.shift);
    memcpy(own.rpy, args->rpy, sizeof own.rpy);
    memcpy(own.quat, args->quat, sizeof own.quat);
    *pose = dd_thing_pose(&own);

    DdPose frame = dd_pose_identity();
    char ref[DD_NAME_MAX];
    bool at = dd_lua_raw_field(L, 2, "at") != LUA_TNIL;
    bool place = dd_lua_raw_field(L, 2, "place") != LUA_TNIL;
    if (at + place + (args->on[0] != '\0') > 1) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: give one of on, at and place", what);
    }
    if (place) {
        return dd_place_solve(L, b, what, args->name[0] ? args->name : "robot", desc->centre,
                              desc->half, source, pose, err);
    }
    lua_pop(L, 1);
    if ((at && !dd_place_at(L, b, what, &frame, err)) ||
        (args->on[0] && !dd_place_top(b, args->on, ref, &frame, err))) {
        return false;
    }
    *pose = dd_pose_mul(frame, *pose);
    return true;
}

// joints = { elbow = 1.2 } over the description's start pose
static bool read_joints(lua_State* L, DdRobotDesc* desc, const char* what, DdError* err)
{
    if (lua_type(L, -1) != LUA_TTABLE) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: joints must be a table { JOINT = position }",
                       what);
    }
    int n, other;
    DdKey* keys = dd_lua_sorted_keys(L, -1, &n, &other);
    for (int i = 0; i < n; i++) {
        dd_lua_raw_field(L, -2, keys[i]);
        double value = lua_tonumber(L, -1);
        bool number = lua_type(L, -1) == LUA_TNUMBER;
        lua_pop(L, 1);
        int at = 0;
        while (at < desc->start_joints.n && strcmp(desc->start_joints.v[at], keys[i]) != 0) {
            at++;
        }
        if (!number || at == DD_NAMES_MAX) {
            return dd_fail(err, DD_ERROR_SCRIPT,
                           number ? "%s: joints: too many at '%s'"
                                  : "%s: joints: '%s' must be a number",
                           what, keys[i]);
        }
        if (at == desc->start_joints.n) {
            snprintf(desc->start_joints.v[at], DD_NAME_MAX, "%s", keys[i]);
            desc->start_joints.n = at + 1;
            desc->start_values.n = at + 1;
        }
        desc->start_values.v[at] = value;
    }
    lua_pop(L, 1);
    return other == 0 || dd_fail(err, DD_ERROR_SCRIPT, "%s: joints are given by name", what);
}

static bool add_robot(lua_State* L, DdBuilder* b, DdRobotEntry* entry, const RobotArgs* args,
                      const char* what, const DdSource* source, DdError* err)
{
    DdRobotDesc* desc = dd_robot_desc_from_json(entry->desc, err);
    if (!desc) {
        return false;
    }
    desc->fixed = args->fixed;
    desc->free = args->free;
    desc->lift_to_floor = args->lift_to_floor;
    if (args->base[0]) {
        snprintf(desc->base, sizeof desc->base, "%s", args->base);
    }

    int index = b->plan->nrobot;
    bool own_joints = dd_lua_raw_field(L, 2, "joints") != LUA_TNIL;
    bool fine = !own_joints || read_joints(L, desc, what, err);
    DdPose pose;
    fine = fine && robot_pose(L, b, desc, what, args, source, &pose, err);
    if (fine && own_joints && index < DD_PLAN_ROBOTS) {
        // tells at once whether these joints exist and can stand so
        fine = dd_robot_frames_read(b->robots->files, desc, &b->own[index], err);
    }
    if (!fine) {
        dd_robot_desc_destroy(desc);
        return false;
    }
    DdRobotPlacement placement = dd_robot_placement_def();
    snprintf(placement.name, sizeof placement.name, "%s", args->name);
    memcpy(placement.pos, pose.pos, sizeof placement.pos);
    memcpy(placement.quat, pose.quat, sizeof placement.quat);
    snprintf(placement.label, sizeof placement.label, "%s", args->label);
    if (index < DD_PLAN_ROBOTS) {
        b->entry[index] = entry;
    }
    return dd_plan_add_robot(b->plan, &placement, desc, err);
}

// w:robot { "amr_250", name = , pos = , ... } -> Thing
int dd_world_robot(lua_State* L)
{
    static const char* const k_extra[] = {"at", "place", "joints", NULL};
    DdBuilder* b = dd_world_builder(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    char what[2 * DD_NAME_MAX], file[DD_PATH_MAX];
    dd_world_what(L, 2, "robot", what);
    DdSource source = dd_world_running(L, b, file);
    lua_rawgeti(L, 2, 1);
    if (lua_type(L, 3) != LUA_TSTRING) {
        return luaL_error(L, "%s: the first entry names the robot: w:robot { \"amr_250\", ... }",
                          what);
    }
    const char* spec = lua_tostring(L, 3);

    DdError err;
    dd_error_clear(&err);
    RobotArgs* args = lua_newuserdatauv(L, sizeof *args, 0);
    memset(args, 0, sizeof *args);
    args->quat[0] = 1;
    DdMistakes mistakes = {0};
    DdLuaRead how = {.what = what,
                     .where = "",
                     .extra = k_extra,
                     .npositional = 1,
                     .source = &source,
                     .mistakes = &mistakes};
    // the file first: its defaults for fixed, free, lift_to_floor stand unless they are given
    dd_lua_raw_field(L, 2, "root");
    const char* root = lua_tostring(L, -1);
    DdRobotEntry* entry = dd_robot_cache_get(b->robots, spec, root, &err);
    if (!entry) {
        if (!err.file[0]) {
            dd_fail_while(&err, "%s", what);
        }
        return dd_world_raise(L, &source, "", &err);
    }
    lua_settop(L, 4);
    args->fixed = json_is_true(json_object_get(entry->desc, "fixed"));
    args->free = json_is_true(json_object_get(entry->desc, "free"));
    args->lift_to_floor = json_is_true(json_object_get(entry->desc, "lift_to_floor"));
    if (!dd_lua_read_def(L, 2, &how, dd_robot_args_fields, args, NULL)) {
        return dd_lua_raise(L, &mistakes.first);
    }
    dd_world_check_refs(L, b, dd_robot_args_fields, args, what, &source);
    if (!dd_builder_check_label(b, args->label, what, &err)) {
        return dd_world_raise(L, &source, "label", &err);
    }
    int before = b->plan->nrobot;
    if (!add_robot(L, b, entry, args, what, &source, &err)) {
        return dd_world_raise(L, &source, "", &err);
    }
    dd_handle_push_thing(L, b, b->plan->robot[before].placement.name);
    return 1;
}
