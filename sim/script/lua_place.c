// Places: poses by frames, and placement inside a region.
#include "sim/script/lua_place.h"

#include <string.h>

#include "sim/world/place.h"

typedef struct PlaceArgs {
    char region[DD_NAME_MAX];
    double clear;
    DdNames clear_of;
    char facing[DD_NAME_MAX];
    double facing_tol;
    char visible_from[DD_NAME_MAX];
    DdNumbers yaw;
    double margin;
    double height;
    int tries;
} PlaceArgs;

#define ROW(m, kind, flags, unit, doc) DD_FIELD_ROW(PlaceArgs, m, kind, flags, unit, doc)
const DdField dd_place_fields[] = {
    ROW(region, DD_FIELD_REF, DD_REQUIRED, "",
        "A region, or a thing to stand on: inside a region it stands on its floor, else on its "
        "top."),
    ROW(clear_of, DD_FIELD_NAMES, 0, "",
        "Regions (lanes, slots) to stay out of; things are kept clear of anyway."),
    ROW(clear, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m", "Distance kept; 0.05 by default."),
    ROW(facing, DD_FIELD_REF, 0, "", "Thing or frame that its x axis points to."),
    ROW(facing_tol, DD_FIELD_NUMBER, DD_NONNEGATIVE, "rad", "How far it may point aside."),
    ROW(visible_from, DD_FIELD_REF, 0, "", "Thing or frame with a free straight line to it."),
    ROW(yaw, DD_FIELD_NUMBERS, 0, "rad",
        "Heading relative to the region: a number or {low, high}."),
    ROW(margin, DD_FIELD_NUMBER, DD_NONNEGATIVE, "m",
        "Kept free along the region's edge; 0 by default."),
    ROW(height, DD_FIELD_NUMBER, 0, "m",
        "Of its underside above the region's floor; 0 by default."),
    ROW(tries, DD_FIELD_INT, DD_POSITIVE, "", "Samples before it gives up; 400 by default."),
    DD_FIELD_ROWS_END,
};
#undef ROW

static bool read_vec(lua_State* L, double v[3])
{
    if (lua_type(L, -1) != LUA_TTABLE) {
        return false;
    }
    int n = (int)lua_rawlen(L, -1);
    for (int i = 0; i < 3 && i < n; i++) {
        lua_rawgeti(L, -1, i + 1);
        bool number = lua_type(L, -1) == LUA_TNUMBER;
        v[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
        if (!number) {
            return false;
        }
    }
    return n == 2 || n == 3;
}

bool dd_place_at(lua_State* L, DdBuilder* b, const char* what, DdPose* pose, DdError* err)
{
    char ref[DD_NAME_MAX];
    double v[3] = {0, 0, 0};
    if (dd_handle_test(L, -1)) {
        return dd_handle_ref(L, -1, ref, err) && dd_builder_pose(b, ref, pose, err);
    }
    if (lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -1) < sizeof ref) {
        snprintf(ref, sizeof ref, "%s", lua_tostring(L, -1));
        return dd_builder_check_ref(b, ref, what, err) && dd_builder_pose(b, ref, pose, err);
    }
    if (read_vec(L, v)) {
        *pose = dd_pose_make(v[0], v[1], v[2], 0);
        return true;
    }
    if (lua_type(L, -1) == LUA_TTABLE) {
        double yaw = 0;
        dd_lua_raw_field(L, -1, "yaw");
        bool turned = lua_type(L, -1) == LUA_TNUMBER || lua_isnil(L, -1);
        yaw = lua_tonumber(L, -1);
        lua_pop(L, 1);
        dd_lua_raw_field(L, -1, "pos");
        bool placed = read_vec(L, v);
        lua_pop(L, 1);
        if (turned && placed) {
            *pose = dd_pose_make(v[0], v[1], v[2], yaw);
            return true;
        }
    }
    char got[128];
    dd_lua_value_text(L, -1, got, sizeof got);
    return dd_fail(err, DD_ERROR_SCRIPT,
                   "%s: at must be a thing, a frame, {x, y, z} or at(x, y, z, yaw), "
                   "got %s",
                   what, got);
}

bool dd_place_top(DdBuilder* b, const char* ref, char frame[DD_NAME_MAX], DdPose* pose,
                  DdError* err)
{
    snprintf(frame, DD_NAME_MAX, "%s", ref);
    if (!strchr(ref, '/')) {
        const DdKey* names;
        int n = dd_builder_frames(b, ref, &names, err);
        if (n < 0) {
            return false;
        }
        for (int i = 0; i < n; i++) {
            if (strcmp(names[i], "top") == 0) {
                snprintf(frame, DD_NAME_MAX, "%.90s/top", ref);
            }
        }
    }
    if (!dd_builder_pose(b, frame, pose, err)) {
        return false;
    }
    // frames on faces turn x outward; what stands on a top stands upright with the thing's heading
    if (strcmp(frame, ref) != 0) {
        DdPose thing;
        if (!dd_builder_pose(b, ref, &thing, err)) {
            return false;
        }
        memcpy(pose->quat, thing.quat, sizeof pose->quat);
    }
    return true;
}

// The region's plane: a region's floor, or the top of anything else.
static bool read_region(DdBuilder* b, const char* ref, const char* what, DdPlaceDef* def,
                        DdError* err)
{
    double half[3];
    DdPose box;
    if (strchr(ref, '/') || !dd_compose_bounds(b->plan->compose, ref, &box, half)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: place: region must be a thing, '%s' is none",
                       what, ref);
    }
    bool region = strcmp(dd_builder_kind(b, ref), "region") == 0;
    double up[3] = {0, 0, region ? -half[2] : half[2]};
    def->region = box;
    dd_pose_apply(&box, up, def->region.pos);
    def->region_half[0] = half[0];
    def->region_half[1] = half[1];
    return true;
}

static bool read_args(lua_State* L, const char* begin, const DdSource* source, PlaceArgs* args,
                      DdError* err)
{
    DdPlaceDef def = dd_place_def();
    memset(args, 0, sizeof *args);
    args->clear = def.clear_m;
    args->facing_tol = def.facing_tol;
    args->tries = def.tries;
    DdMistakes mistakes = {0};
    DdLuaRead how = {.what = begin, .where = "place", .source = source, .mistakes = &mistakes};
    if (!dd_lua_read_def(L, -1, &how, dd_place_fields, args, NULL)) {
        *err = mistakes.first;
        return false;
    }
    return true;
}

static bool solve(DdBuilder* b, const PlaceArgs* args, const char* what, const char* begin,
                  const char* name, const double half[3], DdPose* middle, DdError* err)
{
    DdPlaceDef def = dd_place_def();
    bool fine = dd_builder_check_ref(b, args->region, begin, err) &&
                read_region(b, args->region, what, &def, err);
    for (int i = 0; i < args->clear_of.n && fine; i++) {
        fine = dd_builder_check_ref(b, args->clear_of.v[i], begin, err);
    }
    fine = fine && (!args->facing[0] || dd_builder_check_ref(b, args->facing, begin, err)) &&
           (!args->visible_from[0] || dd_builder_check_ref(b, args->visible_from, begin, err));
    if (!fine) {
        return false;
    }

    for (int i = 0; i < 2; i++) {
        def.region_half[i] -= args->margin;
        if (def.region_half[i] < 0) {
            return dd_fail(err, DD_ERROR_SCRIPT,
                           "%s: a margin of %g m leaves nothing of region '%s'", begin,
                           args->margin, args->region);
        }
    }
    if (args->yaw.n > 2) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: yaw must be a number or {low, high}", begin);
    }
    if (args->yaw.n > 0) {
        def.yaw_lo = args->yaw.v[0];
        def.yaw_hi = args->yaw.v[args->yaw.n - 1];
    }
    memcpy(def.half, half, sizeof def.half);
    def.z = half[2] + args->height;
    def.clear_m = args->clear;
    def.clear_of = args->clear_of;
    snprintf(def.facing, sizeof def.facing, "%s", args->facing);
    def.facing_tol = args->facing_tol;
    snprintf(def.visible_from, sizeof def.visible_from, "%s", args->visible_from);
    def.tries = args->tries;

    char stream_name[DD_NAME_MAX + 8];
    snprintf(stream_name, sizeof stream_name, "place/%.80s", name);
    DdStream* stream = dd_builder_stream(b, stream_name, err);
    return stream && dd_place(b->plan->compose, &def, what, stream, middle, err);
}

bool dd_place_solve(lua_State* L, DdBuilder* b, const char* what, const char* name,
                    const double centre[3], const double half[3], const DdSource* source,
                    DdPose* pose, DdError* err)
{
    if (lua_type(L, -1) != LUA_TTABLE) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: place must be a table { region = ... }", what);
    }
    char begin[3 * DD_NAME_MAX];
    DdPose middle;
    snprintf(begin, sizeof begin, "%s: place", what);
    PlaceArgs* args = lua_newuserdatauv(L, sizeof *args, 0);
    lua_insert(L, -2); // below the table, alive until the end
    bool fine = read_args(L, begin, source, args, err) &&
                solve(b, args, what, begin, name, half, &middle, err);
    lua_remove(L, -2);
    if (!fine) {
        return false;
    }
    // from the middle of its box to its own origin
    double back[3] = {-centre[0], -centre[1], -centre[2]};
    *pose = middle;
    dd_pose_apply(&middle, back, pose->pos);
    return true;
}
