// World: `w` as build sees it. One method per kind of thing, and measure, require, sensor, draw,
// ...
#include <string.h>

#include "sim/script/api_rows.h"
#include "sim/script/builder.h"
#include "sim/script/lua_place.h"
#include "sim/script/lua_world.h"
#include "sim/script/measure.h"
#include "sim/script/preset.h"

static const char k_world_type[] = "drydock.World";

DdBuilder* dd_world_builder(lua_State* L)
{
    DdBuilder* b = *(DdBuilder**)luaL_checkudata(L, 1, k_world_type);
    if (!b->open) {
        luaL_error(L, "the world can be built while build runs, not afterwards");
    }
    return b;
}

DdSource dd_world_running(lua_State* L, const DdBuilder* b, char file[DD_PATH_MAX])
{
    DdSource source = {.shown = file};
    dd_lua_where(L, file, &source.line);
    if (strcmp(file, b->source.shown) == 0) {
        source.text = b->source.text;
    }
    return source;
}

void dd_world_what(lua_State* L, int table, const char* kind, char out[2 * DD_NAME_MAX])
{
    lua_pushliteral(L, "name");
    bool named = lua_rawget(L, table) == LUA_TSTRING;
    snprintf(out, 2 * DD_NAME_MAX, named ? "%s '%.90s'" : "%s", kind, lua_tostring(L, -1));
    lua_pop(L, 1);
}

static bool locate(void* user, const char* ref, double pos[3], DdError* err)
{
    DdPose pose;
    if (!dd_builder_pose(user, ref, &pose, err)) {
        return false;
    }
    memcpy(pos, pose.pos, sizeof pose.pos);
    return true;
}

typedef struct Drawing {
    DdBuilder* b;
    char name[DD_NAME_MAX]; // of the thing; "" = it has none
} Drawing;

// A drawn field of a named thing has the stream "NAME/FIELD".
static bool draw_field(void* user, const char* field, const DdDist* dist, double* value,
                       DdError* err)
{
    Drawing* d = user;
    char stream[2 * DD_NAME_MAX];
    if (!d->name[0]) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s is drawn, so the thing needs a name: it names the "
                       "random stream",
                       field);
    }
    snprintf(stream, sizeof stream, "%.90s/%s", d->name, field);
    DdStream* s = dd_builder_stream(d->b, stream, err);
    if (!s) {
        return false;
    }
    *value = dd_dist_draw(dist, s).number;
    return true;
}

static bool locate_drawing(void* user, const char* ref, double pos[3], DdError* err)
{
    return locate(((Drawing*)user)->b, ref, pos, err);
}

int dd_world_raise(lua_State* L, const DdSource* source, const char* where, const DdError* err)
{
    DdMistakes mistakes = {0};
    dd_mistake_error(&mistakes, source, where, err);
    return dd_lua_raise(L, &mistakes.first);
}

void dd_world_check_refs(lua_State* L, DdBuilder* b, const DdField* fields, const void* def,
                         const char* what, const DdSource* source)
{
    DdError err;
    dd_error_clear(&err);
    for (const DdField* f = fields; f->name; f++) {
        const char* ref = (const char*)def + f->offset;
        char begin[3 * DD_NAME_MAX];
        snprintf(begin, sizeof begin, "%s: %s", what, f->name);
        if (f->kind == DD_FIELD_REF && *ref && !dd_builder_check_ref(b, ref, begin, &err)) {
            dd_world_raise(L, source, f->name, &err);
        }
    }
}

// things

// The field that [1] stands for: w:actor { "truck" }.
static const DdField* positional_field(const DdThingKind* kind)
{
    static const char* const k_names[] = {"shape", "model", "kind", "type", "look", "profile"};
    for (size_t i = 0; i < sizeof k_names / sizeof k_names[0]; i++) {
        const DdField* f = dd_field_find(kind->fields, k_names[i]);
        if (f && (f->kind == DD_FIELD_ENUM || f->kind == DD_FIELD_STRING)) {
            return f;
        }
    }
    return NULL;
}

// The user's table at 2 becomes a copy in which [1] has its field's name.
static void name_positional(lua_State* L, const DdThingKind* kind, const char* what)
{
    const DdField* f = positional_field(kind);
    if (!f || lua_rawgeti(L, 2, 1) == LUA_TNIL) {
        lua_settop(L, 2);
        return;
    }
    lua_pop(L, 1);
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, 2);) {
        bool first = lua_isinteger(L, -2) && lua_tointeger(L, -2) == 1;
        if (first) {
            lua_pushstring(L, f->name);
            if (lua_rawget(L, 2) != LUA_TNIL) {
                luaL_error(L, "%s: %s is given twice, by name and as the first entry", what,
                           f->name);
            }
            lua_pop(L, 1);
            lua_pushstring(L, f->name);
            lua_pushvalue(L, -2);
            lua_rawset(L, 3);
            lua_pop(L, 1);
        } else {
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, 3);
        }
    }
    lua_replace(L, 2);
}

static DdThingPose* pose_of(const DdThingKind* kind, void* def)
{
    return kind->posed ? (DdThingPose*)((char*)def + DD_NAME_MAX) : NULL;
}

// The bounding box of a def that stands at the origin.
static void own_box(const DdThingKind* kind, const void* def, DdPose* box, double half[3])
{
    unsigned char copy[DD_THING_SIZE_MAX];
    memcpy(copy, def, kind->size);
    DdThingPose* at = pose_of(kind, copy);
    *at = (DdThingPose){.quat = {1, 0, 0, 0}};
    kind->bounds(copy, box, half);
}

static void set_pose(DdThingPose* at, const DdPose* pose)
{
    char label[DD_NAME_MAX];
    memcpy(label, at->label, sizeof label);
    *at = (DdThingPose){0};
    memcpy(at->label, label, sizeof label);
    memcpy(at->pos, pose->pos, sizeof at->pos);
    memcpy(at->quat, pose->quat, sizeof at->quat);
}

// A thing is meant by its top; a robot's frame stands where its start pose has it.
static bool settle_on(DdBuilder* b, const DdThingKind* kind, void* def, DdError* err)
{
    DdThingPose* at = pose_of(kind, def);
    DdPose frame;
    char ref[DD_NAME_MAX];
    if (!dd_place_top(b, at->on, ref, &frame, err)) {
        return false;
    }
    double stand = dd_thing_stand(kind, def);
    at->on[0] = '\0';
    DdPose pose = dd_pose_mul(frame, dd_thing_pose(at));
    double up[3] = {0, 0, stand}, lift[3];
    dd_quat_rotate(lift, pose.quat, up);
    for (int i = 0; i < 3; i++) {
        pose.pos[i] += lift[i];
    }
    set_pose(at, &pose);
    return true;
}

// at, place: a pose by another thing, or drawn under constraints
static bool settle_pose(lua_State* L, DdBuilder* b, const DdThingKind* kind, void* def,
                        const char* what, const DdSource* source, DdError* err)
{
    DdThingPose* at = pose_of(kind, def);
    if (!at) {
        return true;
    }
    if (dd_lua_raw_field(L, 2, "at") != LUA_TNIL) {
        DdPose frame;
        if (at->on[0]) {
            return dd_fail(err, DD_ERROR_SCRIPT, "%s: give either on or at", what);
        }
        if (!dd_place_at(L, b, what, &frame, err)) {
            return false;
        }
        DdPose pose = dd_pose_mul(frame, dd_thing_pose(at));
        set_pose(at, &pose);
    }
    lua_pop(L, 1);
    if (dd_lua_raw_field(L, 2, "place") != LUA_TNIL) {
        DdPose box, pose;
        double half[3];
        own_box(kind, def, &box, half);
        const char* name = def;
        if (!dd_place_solve(L, b, what, name[0] ? name : kind->name, box.pos, half, source, &pose,
                            err)) {
            return false;
        }
        set_pose(at, &pose);
    }
    lua_pop(L, 1);
    return !at->on[0] || settle_on(b, kind, def, err);
}

// w:KIND { field = value, ... } -> Thing
static int make_thing(lua_State* L)
{
    static const char* const k_extra[] = {"at", "place", NULL};
    DdBuilder* b = dd_world_builder(L);
    const DdThingKind* kind = lua_touserdata(L, lua_upvalueindex(1));
    if (lua_type(L, 2) != LUA_TTABLE) {
        return luaL_error(L, "w:%s takes a table: w:%s { name = ... }", kind->name, kind->name);
    }
    lua_settop(L, 2);
    char what[2 * DD_NAME_MAX], file[DD_PATH_MAX];
    dd_world_what(L, 2, kind->name, what);
    name_positional(L, kind, what);
    DdSource source = dd_world_running(L, b, file);

    void* def = lua_newuserdatauv(L, kind->size, 0);
    memset(def, 0, kind->size);
    kind->init(def);
    Drawing drawing = {.b = b};
    dd_lua_raw_field(L, 2, "name");
    snprintf(drawing.name, sizeof drawing.name, "%.90s",
             lua_tostring(L, -1) ? lua_tostring(L, -1)
             : kind->single      ? kind->name
                                 : "");
    lua_pop(L, 1);

    DdMistakes mistakes = {0};
    DdLuaRead how = {.what = what,
                     .where = "",
                     .extra = kind->posed ? k_extra : NULL,
                     .source = &source,
                     .mistakes = &mistakes,
                     .draw = draw_field,
                     .locate = locate_drawing,
                     .user = &drawing};
    if (!dd_lua_read_def(L, 2, &how, kind->fields, def, NULL)) {
        return dd_lua_raise(L, &mistakes.first);
    }
    dd_world_check_refs(L, b, kind->fields, def, what, &source);
    DdError err;
    dd_error_clear(&err);
    const DdField* label = dd_field_find(kind->fields, "label");
    if (label && !dd_builder_check_label(b, (const char*)def + label->offset, what, &err)) {
        return dd_world_raise(L, &source, "label", &err);
    }
    // names are compared with all there are
    dd_lua_charge(L, dd_compose_count(b->plan->compose) / 8);
    if (!settle_pose(L, b, kind, def, what, &source, &err) ||
        !dd_compose_add(b->plan->compose, kind, def, &err)) {
        return dd_world_raise(L, &source, "", &err);
    }
    dd_handle_push_thing(L, b, def);
    return 1;
}

// the rest

// w:measure { NAME = measure, ... }
static int api_measure(lua_State* L)
{
    DdBuilder* b = dd_world_builder(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    char file[DD_PATH_MAX];
    DdSource source = dd_world_running(L, b, file);
    int n, other;
    DdKey* keys = dd_lua_sorted_keys(L, 2, &n, &other);
    if (other > 0) {
        return luaL_error(L, "w:measure: measures are written NAME = measure");
    }
    for (int i = 0; i < n; i++) {
        DdError err;
        dd_error_clear(&err);
        char what[3 * DD_NAME_MAX];
        snprintf(what, sizeof what, "measure '%s'", keys[i]);
        dd_lua_raw_field(L, 2, keys[i]);
        const DdMeasureDef* made = dd_measure_test(L, -1);
        if (!made) {
            char got[128];
            dd_lua_value_text(L, -1, got, sizeof got);
            dd_fail(&err, DD_ERROR_SCRIPT, "%s: must be a measure such as distance(a, b), got %s",
                    what, got);
            return dd_world_raise(L, &source, keys[i], &err);
        }
        DdMeasureDef def = *made;
        snprintf(def.name, sizeof def.name, "%s", keys[i]);
        bool fine = dd_builder_check_ref(b, def.a, what, &err) &&
                    (!def.b[0] || dd_builder_check_ref(b, def.b, what, &err));
        for (int k = 0; k < def.exclude.n && fine; k++) {
            fine = dd_builder_check_ref(b, def.exclude.v[k], what, &err);
        }
        if (!fine || !dd_plan_add_measure(b->plan, &def, &err)) {
            return dd_world_raise(L, &source, keys[i], &err);
        }
        lua_pop(L, 1);
    }
    return 0;
}

// w:require(check, text)
static int api_require(lua_State* L)
{
    DdBuilder* b = dd_world_builder(L);
    const DdStartCheck* made = dd_check_test(L, 2);
    const DdMeasureDef* measure = dd_measure_test(L, 2);
    DdStartCheck check = {0};
    if (made) {
        check = *made;
    } else if (measure && strcmp(measure->kind, "inside") == 0) {
        if (measure->half[0] + measure->half[1] + measure->half[2] > 0) {
            return luaL_error(L,
                              "w:require: inside(a, b) is about b's own box; half is for measures");
        }
        snprintf(check.kind, sizeof check.kind, "inside");
        snprintf(check.a, sizeof check.a, "%s", measure->a);
        snprintf(check.b, sizeof check.b, "%s", measure->b);
    } else {
        char got[128];
        dd_lua_value_text(L, 2, got, sizeof got);
        return luaL_error(L,
                          "w:require takes clear(a, b, distance), near(a, b, distance), "
                          "inside(a, b) or upright(a), got %s",
                          got);
    }
    const char* text = luaL_optstring(L, 3, "");
    if (strlen(text) >= sizeof check.text) {
        return luaL_error(L, "w:require: the text is longer than %d bytes", DD_PATH_MAX - 1);
    }
    snprintf(check.text, sizeof check.text, "%s", text);
    DdError err;
    dd_error_clear(&err);
    if (!dd_builder_check_ref(b, check.a, "require", &err) ||
        (check.b[0] && !dd_builder_check_ref(b, check.b, "require", &err)) ||
        !dd_plan_add_check(b->plan, &check, &err)) {
        return dd_lua_raise(L, &err);
    }
    return 0;
}

// w:sensor { "imu", name = , robot = , ... }
static int api_sensor(lua_State* L)
{
    DdBuilder* b = dd_world_builder(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    char what[2 * DD_NAME_MAX], file[DD_PATH_MAX];
    dd_world_what(L, 2, "sensor", what);
    DdSource source = dd_world_running(L, b, file);
    DdError err;
    dd_error_clear(&err);
    DdSensorDef* def = lua_newuserdatauv(L, sizeof *def, 0);
    *def = dd_sensor_def();
    lua_rawgeti(L, 2, 1);
    if (lua_type(L, -1) != LUA_TSTRING) {
        return luaL_error(L, "%s: the first entry is the kind: w:sensor { \"imu\", ... }", what);
    }
    DdPresetPlace place = {
        .files = b->robots->files, .dir = b->robots->base_dir, .prefix = "scenario"};
    if (!dd_preset_begin(&place, lua_tostring(L, -1), what, def, &err)) {
        return dd_world_raise(L, &source, "", &err);
    }
    if (dd_lua_raw_field(L, 2, "preset") != LUA_TNIL) {
        return luaL_error(L, "%s: a preset stands first, in place of a kind", what);
    }
    lua_pop(L, 1);
    snprintf(def->name, sizeof def->name, "%s", def->kind);
    lua_pop(L, 1);
    static const char* const k_extra[] = {"kind", "robot", NULL};
    DdMistakes mistakes = {0};
    DdLuaRead how = {.what = what,
                     .where = "",
                     .extra = k_extra,
                     .npositional = 1,
                     .source = &source,
                     .mistakes = &mistakes};
    if (!dd_lua_read_def(L, 2, &how, dd_sensor_fields, def, NULL)) {
        return dd_lua_raise(L, &mistakes.first);
    }
    if (dd_lua_raw_field(L, 2, "robot") != LUA_TNIL) {
        if (dd_handle_test(L, -1)) {
            if (!dd_handle_ref(L, -1, def->robot, &err)) {
                return dd_lua_raise(L, &err);
            }
        } else {
            snprintf(def->robot, sizeof def->robot, "%s", luaL_checkstring(L, -1));
        }
        if (!dd_plan_robot(b->plan, def->robot)) {
            dd_fail(&err, DD_ERROR_SCRIPT, "%s: no robot named '%s'", what, def->robot);
            return dd_world_raise(L, &source, "robot", &err);
        }
    }
    dd_world_check_refs(L, b, dd_sensor_fields, def, what, &source);
    snprintf(def->where, sizeof def->where, "%.1000s:%d", source.shown, source.line);
    return dd_plan_add_sensor(b->plan, def, &err) ? 0 : dd_world_raise(L, &source, "", &err);
}

// w:draw(name, dist) -> value
static int api_draw(lua_State* L)
{
    DdBuilder* b = dd_world_builder(L);
    const char* name = luaL_checkstring(L, 2);
    const DdDist* dist = dd_dist_test(L, 3);
    if (!dist) {
        char got[128];
        dd_lua_value_text(L, 3, got, sizeof got);
        return luaL_error(L, "w:draw takes a stream's name and a distribution, got %s", got);
    }
    DdError err;
    dd_error_clear(&err);
    char full[DD_NAME_MAX + 8];
    snprintf(full, sizeof full, "draw/%.90s", name);
    DdStream* s = dd_builder_stream(b, full, &err);
    if (!s) {
        return dd_lua_raise(L, &err);
    }
    DdValue value = dd_dist_draw(dist, s);
    dd_value_push(L, &value);
    return 1;
}

// w:thing(name) -> Thing
static int api_thing(lua_State* L)
{
    DdBuilder* b = dd_world_builder(L);
    const char* name = luaL_checkstring(L, 2);
    DdError err;
    dd_error_clear(&err);
    if (strchr(name, '/') || !dd_builder_check_ref(b, name, "", &err)) {
        if (!err.text[0]) {
            dd_fail(&err, DD_ERROR_SCRIPT, "w:thing takes the name of a thing, got '%s'", name);
        }
        return dd_lua_raise(L, &err);
    }
    dd_handle_push_thing(L, b, name);
    return 1;
}

// w:pose(thing_or_frame) -> Vec3, yaw
static int api_pose(lua_State* L)
{
    DdBuilder* b = dd_world_builder(L);
    char ref[DD_NAME_MAX];
    DdError err;
    dd_error_clear(&err);
    DdPose pose;
    if (dd_handle_test(L, 2)) {
        if (!dd_handle_ref(L, 2, ref, &err)) {
            return dd_lua_raise(L, &err);
        }
    } else {
        snprintf(ref, sizeof ref, "%s", luaL_checkstring(L, 2));
    }
    if (!dd_builder_pose(b, ref, &pose, &err)) {
        return dd_lua_raise(L, &err);
    }
    dd_handle_push_vec3(L, pose.pos);
    lua_pushnumber(L, dd_pose_yaw(&pose));
    return 2;
}

// w:stack(slots, options): written in Lua, see dd_prelude_stack
static int api_stack(lua_State* L)
{
    dd_world_builder(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TTABLE);
    lua_settop(L, 3);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 3, 1);
    return 1;
}

// the metatable

// A method and a kind of one name: with a second table it is the method, w:stack(slots, options).
static int method_or_kind(lua_State* L)
{
    int n = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(lua_istable(L, 3) ? 1 : 2));
    lua_insert(L, 1);
    lua_call(L, n, 1);
    return 1;
}

// Methods are found in the table that is upvalue 1; an unknown name says what is near.
static int world_index(lua_State* L)
{
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
        return 1;
    }
    const char* key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
    int n, other;
    DdKey* keys = dd_lua_sorted_keys(L, lua_upvalueindex(1), &n, &other);
    const char** names = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *names, 0);
    for (int i = 0; i < n; i++) {
        names[i] = keys[i];
    }
    char near[DD_NAME_MAX + 32];
    dd_lua_suggest(key, names, n, near);
    return luaL_error(L, "the world cannot make a '%s'%s", key, near);
}

void dd_builder_open(lua_State* L)
{
    static const luaL_Reg k_methods[] = {DD_API_WORLD(DD_API_REG){"robot", dd_world_robot},
                                         {NULL, NULL}};
    luaL_newmetatable(L, k_world_type);
    lua_newtable(L);
    for (const luaL_Reg* m = k_methods; m->name; m++) {
        if (m->func == api_stack) {
            lua_getfield(L, LUA_REGISTRYINDEX, DD_STACK_KEY);
            lua_pushcclosure(L, m->func, 1);
        } else {
            lua_pushcfunction(L, m->func);
        }
        lua_setfield(L, -2, m->name);
    }
    int n;
    const DdThingKind* const* kinds = dd_thing_kinds(&n);
    for (int i = 0; i < n; i++) {
        lua_pushlightuserdata(L, (void*)kinds[i]);
        lua_pushcclosure(L, make_thing, 1);
        if (lua_getfield(L, -2, kinds[i]->name) != LUA_TNIL) {
            lua_insert(L, -2);
            lua_pushcclosure(L, method_or_kind, 2);
        } else {
            lua_pop(L, 1);
        }
        lua_setfield(L, -2, kinds[i]->name);
    }
    lua_pushcclosure(L, world_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "World");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void dd_builder_push_world(lua_State* L, DdBuilder* b)
{
    DdBuilder** w = lua_newuserdatauv(L, sizeof *w, 0);
    *w = b;
    luaL_setmetatable(L, k_world_type);
}
