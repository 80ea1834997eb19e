// The observation as a Lua table, filled in place: all tables and keys are made once.
//
// Everything lives in one list, the arena, so that filling needs no search: a slot of it is a table
// or the text of a key.
#include "sim/agent/lua_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/agent/lua_box.h"
#include "sim/agent/lua_bytes.h"
#include "sim/base/cloud.h"

enum { k_fields_max = 24 }; // of one type
enum { k_held_nothing = -2 };

// One field of an entry: where it is kept in the arena.
typedef struct Field {
    int table; // per name: the list itself; else the table that holds the key
    int key;   // 0: per name
    int n;     // values
} Field;

typedef struct Entry {
    int table;    // of what a user sees under the name; 0 for a scalar
    int parent;   // of a scalar: the table that holds it
    int key;      // the name within its parent
    int full_key; // the whole name, in age and fresh
    int nfield;
    Field field[k_fields_max];
    int contacts; // contacts: slot of the first contact's tables; 0: none
    int names;    // contacts: slot of the list of geom names
    int shown;    // contacts or boxes in the list now
    int data;     // pictures and clouds: slot of the bytes; 0: none
    int classes;  // boxes: slot of the list of classes' names; 0: none
    int64_t seen; // sequence when last pushed; -1: none
    int64_t held; // sequence of the numbers in the tables; k_held_nothing: unknown
} Entry;

struct DdLuaObservation {
    DdLua* host;
    const DdObservationSpace* space;
    int ref;   // of the arena
    int count; // slots in use
    int observation;
    int age;
    int fresh;
    int time_key;
    Entry entry[DD_OBSERVATION_MAX];
};

// of one contact: its table, then position, normal, force
enum { CONTACT_TABLE, CONTACT_POSITION, CONTACT_NORMAL, CONTACT_FORCE, CONTACT_SLOTS };
// keys of a contact, in the order of the values behind geom1 and geom2
enum { KEY_GEOM1, KEY_GEOM2, KEY_DEPTH, KEY_X, KEY_Y, KEY_Z, KEY_COUNT, CONTACT_KEYS };
static const char* const k_contact_keys[CONTACT_KEYS] = {"geom1", "geom2", "depth", "x",
                                                         "y",     "z",     "count"};

static bool is_boxes(const DdChannelDef* def)
{
    return def->type == DD_TYPE_BOXES_2D || def->type == DD_TYPE_BOXES_3D;
}

// ---- making it; the arena is at index 1 ----

// keeps the value at the top in the arena and pops it
static int keep(DdLuaObservation* v, lua_State* L)
{
    lua_rawseti(L, 1, ++v->count);
    return v->count;
}

static int keep_key(DdLuaObservation* v, lua_State* L, const char* text)
{
    lua_pushstring(L, text);
    return keep(v, L);
}

// the table under `name` in the table in slot `parent`, made when it is not there
static int subtable(DdLuaObservation* v, lua_State* L, int parent, const char* name)
{
    lua_rawgeti(L, 1, parent);
    lua_pushstring(L, name);
    if (lua_rawget(L, -2) == LUA_TTABLE) {
        // it is in the arena already: look for its slot
        for (int slot = 1; slot <= v->count; slot++) {
            lua_rawgeti(L, 1, slot);
            bool same = lua_rawequal(L, -1, -2);
            lua_pop(L, 1);
            if (same) {
                lua_pop(L, 2);
                return slot;
            }
        }
    }
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushstring(L, name);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
    int slot = keep(v, L);
    lua_pop(L, 1);
    return slot;
}

// walks "a.b.c" down from the table in slot `at`: the slot of a.b; *last is "c"
static int descend(DdLuaObservation* v, lua_State* L, int at, const char* path, const char** last)
{
    const char* dot;
    while ((dot = strchr(path, '.')) != NULL) {
        char part[DD_NAME_MAX];
        snprintf(part, sizeof part, "%.*s", (int)(dot - path), path);
        at = subtable(v, L, at, part);
        path = dot + 1;
    }
    *last = path;
    return at;
}

// a list of zeros, so that filling it later allocates nothing
static void push_zeros(lua_State* L, int n)
{
    lua_createtable(L, n, 0);
    for (int i = 1; i <= n; i++) {
        lua_pushnumber(L, 0);
        lua_rawseti(L, -2, i);
    }
}

static int keep_names(DdLuaObservation* v, lua_State* L, const DdChannelDef* def, int table)
{
    lua_createtable(L, def->nname, 0);
    for (int i = 0; i < def->nname; i++) {
        lua_pushstring(L, def->names[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_rawgeti(L, 1, table);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "names");
    lua_pop(L, 1);
    return keep(v, L);
}

static void make_contacts(DdLuaObservation* v, lua_State* L, Entry* e, const DdChannelDef* def)
{
    for (int c = 0; c < def->max_contacts; c++) {
        static const char* const k_parts[] = {NULL, "position", "normal", "force"};
        lua_newtable(L);
        int table = keep(v, L);
        e->contacts = c == 0 ? table : e->contacts;
        for (int k = CONTACT_POSITION; k < CONTACT_SLOTS; k++) {
            int part = subtable(v, L, table, k_parts[k]);
            DD_ASSERT(part == table + k);
            lua_rawgeti(L, 1, part);
            for (int axis = KEY_X; axis <= KEY_Z; axis++) {
                lua_pushnumber(L, 0);
                lua_setfield(L, -2, k_contact_keys[axis]);
            }
            lua_pop(L, 1);
        }
        // all keys there from the start
        lua_rawgeti(L, 1, table);
        for (int key = KEY_GEOM1; key <= KEY_DEPTH; key++) {
            lua_pushnumber(L, 0);
            lua_setfield(L, -2, k_contact_keys[key]);
        }
        // in the list once, which makes room in it
        lua_rawgeti(L, 1, e->table);
        lua_pushvalue(L, -2);
        lua_rawseti(L, -2, c + 1);
        lua_pop(L, 2);
    }
    e->shown = def->max_contacts;
}

// constants

static void set_constant(lua_State* L, int table, const char* key, double value)
{
    lua_rawgeti(L, 1, table);
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
    lua_pop(L, 1);
}

static void set_text(lua_State* L, int table, const char* key, const char* text)
{
    lua_rawgeti(L, 1, table);
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
    lua_pop(L, 1);
}

// What never changes of a scan, a picture or a cloud.
static void make_constants(lua_State* L, const Entry* e, const DdChannelDef* def)
{
    static const char* const k_scan[] = {"angle_min", "angle_increment", "time_increment",
                                         "scan_time", "range_min",       "range_max"};
    static const char* const k_range[] = {"field_of_view", "range_min", "range_max"};
    for (int i = 0; def->type == DD_TYPE_SCAN && i <= DD_SCAN_RANGE_MAX; i++) {
        set_constant(L, e->table, k_scan[i], def->meta[i]);
    }
    for (int i = 0; def->type == DD_TYPE_RANGE && i <= DD_RANGE_MAX; i++) {
        set_constant(L, e->table, k_range[i], def->meta[i]);
    }
    if (def->type == DD_TYPE_IMAGE) {
        set_constant(L, e->table, "width", def->meta[DD_IMAGE_WIDTH]);
        set_constant(L, e->table, "height", def->meta[DD_IMAGE_HEIGHT]);
        set_text(L, e->table, "encoding", def->encoding);
    } else if (def->type == DD_TYPE_CAMERA) {
        set_text(L, e->table, "distortion_model", def->encoding);
    } else if (def->type == DD_TYPE_CLOUD) {
        const DdCloudLayout* layout = dd_cloud_layout(def->encoding);
        set_text(L, e->table, "layout", def->encoding);
        set_constant(L, e->table, "step", layout ? layout->step : 0);
    }
}

// A list of `n` numbers under `name`, the next values of a sample.
static void add_list(DdLuaObservation* v, lua_State* L, Entry* e, const char* name, int n)
{
    DD_ASSERT(e->nfield < k_fields_max);
    push_zeros(L, n);
    lua_rawgeti(L, 1, e->table);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
    e->field[e->nfield++] = (Field){.table = keep(v, L), .n = n};
}

static int keep_classes(DdLuaObservation* v, lua_State* L, const DdChannelDef* def, int table)
{
    lua_createtable(L, def->nclass, 0);
    for (int i = 0; i < def->nclass; i++) {
        lua_pushstring(L, def->classes[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_rawgeti(L, 1, table);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "classes");
    lua_pop(L, 1);
    return keep(v, L);
}

// What pictures, clouds, scans and boxes have beside the fields of their type.
static void make_sight(DdLuaObservation* v, lua_State* L, Entry* e, const DdChannelDef* def,
                       const char* name)
{
    make_constants(L, e, def);
    if (def->type == DD_TYPE_SCAN) {
        add_list(v, L, e, "ranges", def->count);
        add_list(v, L, e, "intensities", def->count);
    } else if (def->type == DD_TYPE_CAMERA) {
        add_list(v, L, e, "k", 9);
        add_list(v, L, e, "d", 8);
        add_list(v, L, e, "r", 9);
        add_list(v, L, e, "p", 12);
    } else if (def->type == DD_TYPE_IMAGE || def->type == DD_TYPE_CLOUD) {
        dd_lua_bytes_push(L);
        lua_rawgeti(L, 1, e->table);
        lua_pushvalue(L, -2);
        lua_setfield(L, -2, "data");
        lua_pop(L, 1);
        e->data = keep(v, L);
    }
    if (def->picture && def->nclass > 0) {
        e->classes = keep_classes(v, L, def, e->table);
    }
    if (def->picture && def->nname > 0) {
        e->names = keep_names(v, L, def, e->table);
    }
    // obs.front.colour is obs["front.colour"] too
    if (def->picture && strchr(name, '.')) {
        lua_rawgeti(L, 1, v->observation);
        lua_pushstring(L, name);
        lua_rawgeti(L, 1, e->table);
        lua_rawset(L, -3);
        lua_pop(L, 1);
    }
}

static void make_entry(DdLuaObservation* v, lua_State* L, int i)
{
    const DdObservationEntry* seen = &v->space->entry[i];
    const DdChannelDef* def = seen->def;
    Entry* e = &v->entry[i];
    const char* last;
    e->seen = -1;
    e->held = k_held_nothing;
    e->full_key = keep_key(v, L, seen->name);
    e->parent = descend(v, L, v->observation, seen->name, &last);
    e->key = keep_key(v, L, last);
    if (def->type == DD_TYPE_SCALAR) {
        return;
    }
    e->table = subtable(v, L, e->parent, last);
    if (def->type == DD_TYPE_CONTACTS) {
        e->names = keep_names(v, L, def, e->table);
        make_contacts(v, L, e, def);
        return;
    }
    if (is_boxes(def)) {
        make_sight(v, L, e, def, seen->name);
        return;
    }

    int nfield;
    const DdTypeField* fields = dd_type_fields(def->type, &nfield);
    DD_ASSERT(nfield <= k_fields_max);
    e->nfield = nfield;
    bool named = false;
    for (int f = 0; f < nfield; f++) {
        Field* field = &e->field[f];
        named = named || fields[f].per_name;
        field->n = fields[f].per_name ? def->nname : 1;
        int table = descend(v, L, e->table, fields[f].path, &last);
        if (def->type == DD_TYPE_VECTOR) {
            // its values are in the table itself
            field->table = e->table;
        } else if (fields[f].per_name) {
            push_zeros(L, def->nname);
            lua_rawgeti(L, 1, table);
            lua_pushvalue(L, -2);
            lua_setfield(L, -2, last);
            lua_pop(L, 1);
            field->table = keep(v, L);
        } else {
            field->table = table;
            field->key = keep_key(v, L, last);
        }
    }
    if (named) {
        keep_names(v, L, def, e->table);
    }
    make_sight(v, L, e, def, seen->name);
}

static int make(lua_State* L)
{
    DdLuaObservation* v = lua_touserdata(L, 1);
    lua_settop(L, 0);
    lua_newtable(L);
    lua_newtable(L);
    v->observation = keep(v, L);
    v->age = subtable(v, L, v->observation, "age");
    v->fresh = subtable(v, L, v->observation, "fresh");
    v->time_key = keep_key(v, L, "time");
    for (int k = 0; k < CONTACT_KEYS; k++) {
        keep_key(v, L, k_contact_keys[k]);
    }
    for (int i = 0; i < v->space->n; i++) {
        make_entry(v, L, i);
    }
    v->ref = luaL_ref(L, LUA_REGISTRYINDEX);

    // once through everything, so that every key has its place
    DdObservation none = {.n = v->space->n};
    for (int i = 0; i < v->space->n; i++) {
        none.sequence[i] = -1;
    }
    dd_lua_observation_push(v, L, &none);
    dd_lua_observation_restart(v);
    return 0;
}

DdLuaObservation* dd_lua_observation_create(DdLua* host, const DdObservationSpace* space,
                                            DdError* err)
{
    for (int i = 0; i < space->n; i++) {
        static const char* const k_taken[] = {"time", "age", "fresh"};
        for (int k = 0; k < 3; k++) {
            if (strcmp(space->entry[i].name, k_taken[k]) == 0) {
                dd_fail(err, DD_ERROR_SCRIPT, "no channel of an agent may be called '%s'",
                        k_taken[k]);
                return NULL;
            }
        }
    }
    DdLuaObservation* v = calloc(1, sizeof *v);
    if (!v) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for an observation");
        return NULL;
    }
    v->host = host;
    v->space = space;
    v->ref = LUA_NOREF;
    lua_State* L = dd_lua_state(host);
    lua_pushcfunction(L, make);
    lua_pushlightuserdata(L, v);
    if (!dd_lua_call(host, 1, 0, DD_LUA_LOAD, err)) {
        free(v);
        return NULL;
    }
    return v;
}

void dd_lua_observation_destroy(DdLuaObservation* v)
{
    // the tables go with the state
    free(v);
}

void dd_lua_observation_restart(DdLuaObservation* v)
{
    for (int i = 0; i < v->space->n; i++) {
        v->entry[i].seen = -1;
        v->entry[i].held = k_held_nothing;
    }
}

// ---- filling it; the arena is at index `arena` ----

// table[key] = the value at the top, which is popped; the table is in the stack at `table`
static void set_number(lua_State* L, int arena, int table, int key, double value)
{
    lua_rawgeti(L, arena, key);
    lua_pushnumber(L, value);
    lua_rawset(L, table);
}

static void fill_fields(lua_State* L, int arena, const Entry* e, const double* values)
{
    int open = 0; // the slot of the table at the top
    int table = lua_gettop(L) + 1;
    int at = 0;
    for (int f = 0; f < e->nfield; f++) {
        const Field* field = &e->field[f];
        if (field->table != open) {
            lua_settop(L, table - 1);
            lua_rawgeti(L, arena, field->table);
            open = field->table;
        }
        if (field->key) {
            set_number(L, arena, table, field->key, values ? values[at] : 0.0);
        } else {
            for (int i = 0; i < field->n; i++) {
                lua_pushnumber(L, values ? values[at + i] : 0.0);
                lua_rawseti(L, table, i + 1);
            }
        }
        at += field->n;
    }
    lua_settop(L, table - 1);
}

static int contact_key(const DdLuaObservation* v, int key)
{
    return v->time_key + 1 + key;
}

static void fill_contacts(const DdLuaObservation* v, lua_State* L, int arena, Entry* e,
                          const DdChannelDef* def, const double* values)
{
    int n = values ? (int)values[0] : 0;
    n = n > def->max_contacts ? def->max_contacts : n < 0 ? 0 : n;
    lua_rawgeti(L, arena, e->table);
    lua_rawgeti(L, arena, e->names);
    int list = lua_gettop(L) - 1;
    int names = list + 1;
    set_number(L, arena, list, contact_key(v, KEY_COUNT), n);
    for (int c = 0; c < n; c++) {
        const double* at = values + 1 + (size_t)c * DD_CONTACT_VALUES;
        int slot = e->contacts + c * CONTACT_SLOTS;
        lua_rawgeti(L, arena, slot);
        int contact = names + 1;
        for (int k = 0; k < 2; k++) {
            int geom = (int)at[k];
            lua_rawgeti(L, arena, contact_key(v, KEY_GEOM1 + k));
            lua_rawgeti(L, names, geom >= 0 && geom < def->nname ? geom + 1 : 0);
            lua_rawset(L, contact);
        }
        set_number(L, arena, contact, contact_key(v, KEY_DEPTH), at[11]);
        for (int k = CONTACT_POSITION; k < CONTACT_SLOTS; k++) {
            lua_rawgeti(L, arena, slot + k);
            for (int axis = 0; axis < 3; axis++) {
                set_number(L, arena, contact + 1, contact_key(v, KEY_X + axis),
                           at[2 + 3 * (k - CONTACT_POSITION) + axis]);
            }
            lua_pop(L, 1);
        }
        lua_rawseti(L, list, c + 1);
    }
    // what stood there before and is over
    for (int c = n; c < e->shown; c++) {
        lua_pushnil(L);
        lua_rawseti(L, list, c + 1);
    }
    e->shown = n;
    lua_settop(L, list - 1);
}

static void fill_boxes(const DdLuaObservation* v, lua_State* L, int arena, Entry* e,
                       const DdChannelDef* def, const double* values)
{
    int n = values ? (int)values[0] : 0;
    n = n > def->max_boxes ? def->max_boxes : n < 0 ? 0 : n;
    lua_rawgeti(L, arena, e->table);
    int list = lua_gettop(L);
    int width = def->type == DD_TYPE_BOXES_2D ? DD_BOX2_VALUES : DD_BOX3_VALUES;
    set_number(L, arena, list, contact_key(v, KEY_COUNT), n);
    for (int b = 0; b < n; b++) {
        dd_lua_box_push(L, def, values + 1 + (size_t)b * (size_t)width);
        lua_rawseti(L, list, b + 1);
    }
    for (int b = n; b < e->shown; b++) {
        lua_pushnil(L);
        lua_rawseti(L, list, b + 1);
    }
    e->shown = n;
    lua_settop(L, list - 1);
}

void dd_lua_observation_push(DdLuaObservation* v, lua_State* L, const DdObservation* o)
{
    luaL_checkstack(L, 16, "observation");
    lua_rawgeti(L, LUA_REGISTRYINDEX, v->ref);
    int arena = lua_gettop(L);
    lua_rawgeti(L, arena, v->observation);
    lua_rawgeti(L, arena, v->age);
    lua_rawgeti(L, arena, v->fresh);
    int observation = arena + 1;
    int age = arena + 2;
    int fresh = arena + 3;
    set_number(L, arena, observation, v->time_key, o->time_s);
    for (int i = 0; i < v->space->n; i++) {
        Entry* e = &v->entry[i];
        const DdChannelDef* def = v->space->entry[i].def;
        const double* values = o->values[i];
        set_number(L, arena, age, e->full_key, values ? o->age_s[i] : (double)INFINITY);
        lua_rawgeti(L, arena, e->full_key);
        lua_pushboolean(L, values && o->sequence[i] != e->seen);
        lua_rawset(L, fresh);
        e->seen = o->sequence[i];

        // the numbers of a sample that was pushed before are there
        if (e->held == o->sequence[i]) {
            continue;
        }
        e->held = o->sequence[i];
        if (def->type == DD_TYPE_SCALAR) {
            lua_rawgeti(L, arena, e->parent);
            set_number(L, arena, arena + 4, e->key, values ? values[0] : 0.0);
            lua_pop(L, 1);
        } else if (def->type == DD_TYPE_CONTACTS) {
            fill_contacts(v, L, arena, e, def, values);
        } else if (is_boxes(def)) {
            fill_boxes(v, L, arena, e, def, values);
        } else {
            fill_fields(L, arena, e, values);
        }
        if (e->data) {
            lua_rawgeti(L, arena, e->data);
            dd_lua_bytes_set(L, -1, o->blob[i]);
            lua_pop(L, 1);
        }
    }
    lua_settop(L, observation);
    lua_remove(L, arena);
}
