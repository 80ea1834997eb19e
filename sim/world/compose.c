// Compose: the list of things and robots, their names, and the list as data.
#include "sim/world/compose.h"

#include <string.h>

#include "sim/world/guard.h"
#include "sim/world/skins.h"
#include "sim/world/parts.h"
#include "sim/world/world.h"

static const char* const k_cones[] = {"pyramidal", "elliptic", NULL};

const DdField dd_world_fields[] = {
    DD_FIELD_ROW(DdWorldDef, physics_hz, DD_FIELD_INT, DD_POSITIVE, "Hz",
                 "physics steps per second"),
    DD_FIELD_ROW(DdWorldDef, gravity, DD_FIELD_VEC3, 0, "m/s^2", "9.81 downwards"),
    DD_FIELD_ROW(DdWorldDef, sleep, DD_FIELD_BOOL, 0, "",
                 "resting free bodies sleep until touched; for worlds with much cargo"),
    DD_FIELD_ROW_ENUM(DdWorldDef, cone, 0, "friction cone; pyramidal is faster and creeps",
                      k_cones),
    DD_FIELD_ROW(DdWorldDef, impratio, DD_FIELD_NUMBER, DD_POSITIVE, "",
                 "stiffness of friction against that of the normal direction"),
    DD_FIELD_ROW(DdWorldDef, iterations, DD_FIELD_INT, DD_POSITIVE, "", "most solver iterations"),
    DD_FIELD_ROW(DdWorldDef, memory_mb, DD_FIELD_NUMBER, DD_POSITIVE, "MB",
                 "room for contacts and constraints; a full one ends the episode"),
    DD_FIELD_ROWS_END,
};

const DdField dd_robot_placement_fields[] = {
    DD_FIELD_ROW(DdRobotPlacement, name, DD_FIELD_STRING, 0, "", "unique; \"robot1\" when absent"),
    DD_FIELD_ROW(DdRobotPlacement, model, DD_FIELD_TEXT, DD_REQUIRED, "",
                 "its main file's name in the store"),
    DD_FIELD_ROW(DdRobotPlacement, base, DD_FIELD_STRING, 0, "",
                 "body to attach; every root body but scenery when absent"),
    DD_FIELD_ROW(DdRobotPlacement, pos, DD_FIELD_VEC3, 0, "m", "of the robot's own origin"),
    DD_FIELD_ROW(DdRobotPlacement, yaw, DD_FIELD_NUMBER, 0, "rad", "turn about z"),
    DD_FIELD_ROW(DdRobotPlacement, rpy, DD_FIELD_VEC3, 0, "rad",
                 "roll, pitch, yaw (Rz Ry Rx); before `yaw`"),
    DD_FIELD_ROW(DdRobotPlacement, quat, DD_FIELD_QUAT, 0, "",
                 "orientation w x y z; before `rpy` and `yaw`"),
    DD_FIELD_ROW(DdRobotPlacement, fixed, DD_FIELD_BOOL, 0, "",
                 "fixed to the world even if its model moves freely"),
    DD_FIELD_ROW(DdRobotPlacement, free, DD_FIELD_BOOL, 0, "",
                 "moves freely even if its model is fixed"),
    DD_FIELD_ROW(DdRobotPlacement, lift_to_floor, DD_FIELD_BOOL, 0, "",
                 "raised so that its lowest point stands on pos.z"),
    DD_FIELD_ROW(DdRobotPlacement, label, DD_FIELD_STRING, 0, "",
                 "class it has in labels of pictures; made from its model's name when absent"),
    DD_FIELD_ROWS_END,
};

DdWorldDef dd_world_def(void)
{
    return (DdWorldDef){
        .physics_hz = 500,
        .gravity = {0, 0, -9.81},
        .cone = 1,
        .impratio = 10,
        .iterations = 100,
        .memory_mb = 64,
    };
}

DdRobotPlacement dd_robot_placement_def(void)
{
    return (DdRobotPlacement){.quat = {1, 0, 0, 0}};
}

DdPose dd_robot_placement_pose(const DdRobotPlacement* p)
{
    DdThingPose at;

    dd_thing_pose_init(&at);
    memcpy(at.pos, p->pos, sizeof at.pos);
    memcpy(at.rpy, p->rpy, sizeof at.rpy);
    memcpy(at.quat, p->quat, sizeof at.quat);
    at.yaw = p->yaw;
    return dd_thing_pose(&at);
}

DdCompose* dd_compose_create(const DdWorldDef* def, DdFiles* files, DdError* err)
{
    if (!dd_world_init(err) ||
        !dd_fields_check(dd_world_fields, def, "world", DD_ERROR_SCRIPT, err)) {
        return NULL;
    }
    if (def->physics_hz > 100000 || def->memory_mb > 4096) {
        dd_fail(err, DD_ERROR_SCRIPT, "world: %s",
                def->physics_hz > 100000 ? "physics_hz must be at most 100000"
                                         : "memory_mb must be at most 4096");
        return NULL;
    }
    DdCompose* c = calloc(1, sizeof *c);
    if (!c) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for a world");
        return NULL;
    }
    c->def = *def;
    c->files = files;
    return c;
}

void dd_compose_destroy(DdCompose* c)
{
    if (!c) {
        return;
    }
    for (int i = 0; i < c->n; i++) {
        free(c->items[i].def);
    }
    for (int i = 0; i < c->nprobe; i++) {
        dd_probe_destroy(c->probes[i]);
    }
    free(c->probes);
    dd_skins_clear(c);
    for (int i = 0; i < c->nmodel; i++) {
        mj_deleteSpec(c->models[i].spec);
    }
    if (c->mounted) {
        mj_deleteVFS(&c->vfs);
    }
    free(c->models);
    free(c->items);
    free(c);
}

const DdWorldDef* dd_compose_world_def(const DdCompose* c)
{
    return &c->def;
}

mjSpec* dd_compose_spec(DdCompose* c)
{
    return c->spec;
}

DdItem* dd_compose_item(const DdCompose* c, const char* name)
{
    for (int i = 0; i < c->n; i++) {
        if (strcmp(c->items[i].name, name) == 0) {
            return &c->items[i];
        }
    }
    return NULL;
}

bool dd_compose_has(const DdCompose* c, const char* thing)
{
    return dd_compose_item(c, thing) != NULL;
}

int dd_compose_count(const DdCompose* c)
{
    return c->n;
}

const char* dd_compose_name(const DdCompose* c, int i)
{
    return c->items[i].name;
}

const char* dd_compose_kind(const DdCompose* c, int i)
{
    return c->items[i].kind ? c->items[i].kind->name : "robot";
}

// letters, digits, _ - . and anything beyond ASCII
static bool check_name(const char* kind, const char* name, DdError* err)
{
    for (const unsigned char* p = (const unsigned char*)name; *p; p++) {
        bool fine = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9') || *p == '_' || *p == '-' || *p == '.' || *p >= 0x80;
        if (!fine) {
            char shown[8];
            snprintf(shown, sizeof shown, *p < 0x20 || *p == 0x7f ? "\\x%02x" : "%c", *p);
            return dd_fail(err, DD_ERROR_SCRIPT,
                           "%s '%s': the name has '%s' in it; letters, digits, '_', '-' and '.' "
                           "make a name",
                           kind, name, shown);
        }
    }
    if (strlen(name) >= DD_THING_NAME_MAX) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s '%s': the name is longer than %d bytes", kind,
                       name, DD_THING_NAME_MAX - 1);
    }
    if (strcmp(name, "world") == 0) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: 'world' is the name of the world itself", kind);
    }
    return true;
}

// the given name, or one made from the kind: "box1", "box2"; the first ground is just "ground",
// weather "weather"
static bool settle_name(const DdCompose* c, const char* kind, char name[DD_NAME_MAX], DdError* err)
{
    if (name[0] != '\0') {
        if (!check_name(kind, name, err)) {
            return false;
        }
        if (dd_compose_has(c, name)) {
            return dd_fail(err, DD_ERROR_SCRIPT, "two things are named '%s'", name);
        }
        return true;
    }
    bool plain = strcmp(kind, "ground") == 0 || strcmp(kind, "weather") == 0;
    if (plain && !dd_compose_has(c, kind)) {
        snprintf(name, DD_NAME_MAX, "%s", kind);
        return true;
    }
    int number = 0;
    for (int i = 0; i < c->n; i++) {
        number += strcmp(dd_compose_kind(c, i), kind) == 0;
    }
    do {
        snprintf(name, DD_NAME_MAX, "%s%d", kind, ++number);
    } while (dd_compose_has(c, name));
    return true;
}

static bool append(DdCompose* c, const char* name, const DdThingKind* kind, const void* def,
                   size_t size, DdError* err)
{
    if (c->n == c->capacity) {
        int capacity = c->capacity ? 2 * c->capacity : 64;
        DdItem* items = realloc(c->items, (size_t)capacity * sizeof *items);
        if (!items) {
            return dd_fail(err, DD_ERROR_MEMORY, "no memory for '%s'", name);
        }
        c->items = items;
        c->capacity = capacity;
    }
    DdItem* item = &c->items[c->n];
    memset(item, 0, sizeof *item);
    item->def = malloc(size);
    if (!item->def) {
        return dd_fail(err, DD_ERROR_MEMORY, "no memory for '%s'", name);
    }
    memcpy(item->def, def, size);
    snprintf(item->name, sizeof item->name, "%s", name);
    item->kind = kind;
    c->n++;
    return true;
}

static DdThingPose* pose_of(const DdThingKind* kind, void* def)
{
    return kind->posed ? (DdThingPose*)((char*)def + DD_NAME_MAX) : NULL;
}

double dd_thing_stand(const DdThingKind* kind, const void* def)
{
    DdPose box;
    double half[3];
    unsigned char copy[DD_THING_SIZE_MAX];

    memcpy(copy, def, kind->size);
    DdThingPose* at = pose_of(kind, copy);
    if (!at) {
        return 0;
    }
    dd_thing_pose_init(at);
    kind->bounds(copy, &box, half);
    return half[2] - box.pos[2];
}

// Where things stand on `on`: a thing's upper side, with the thing's axes; or a frame, with its
// axes but for the frames on a thing's faces, whose x axis points out of the face.
static bool find_ground(const DdCompose* c, const char* on, DdPose* pose)
{
    const char* slash = strchr(on, '/');
    char thing[DD_NAME_MAX];
    double half[3];

    if (!slash) {
        if (!dd_compose_bounds(c, on, pose, half)) {
            return false;
        }
        double up[3] = {0, 0, half[2]}, lift[3];
        dd_quat_rotate(lift, pose->quat, up);
        for (int i = 0; i < 3; i++) {
            pose->pos[i] += lift[i];
        }
        return true;
    }
    if (!dd_compose_pose(c, on, pose)) {
        return false;
    }
    snprintf(thing, sizeof thing, "%.*s", (int)(slash - on), on);
    const DdItem* item = dd_compose_item(c, thing);
    DdPose own;
    if (item->kind && item->kind->faces && dd_compose_pose(c, thing, &own)) {
        memcpy(pose->quat, own.quat, sizeof pose->quat);
    }
    return true;
}

// pos, yaw, ... relative to `on` become the world's, so that the composition needs no robot's pose
static bool settle_pose(const DdCompose* c, const DdThingKind* kind, void* def, const char* what,
                        DdError* err)
{
    DdThingPose* at = pose_of(kind, def);
    DdPose frame;

    if (!at || at->on[0] == '\0') {
        return true;
    }
    if (!find_ground(c, at->on, &frame)) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: on = '%s': there is no such thing or frame yet",
                       what, at->on);
    }
    DdPose pose = dd_pose_mul(frame, dd_thing_pose(at));
    double up[3] = {0, 0, dd_thing_stand(kind, def)};
    double lift[3];
    dd_quat_rotate(lift, pose.quat, up);
    char label[DD_NAME_MAX];
    memcpy(label, at->label, sizeof label);
    dd_thing_pose_init(at);
    memcpy(at->label, label, sizeof label);
    for (int i = 0; i < 3; i++) {
        at->pos[i] = pose.pos[i] + lift[i];
    }
    memcpy(at->quat, pose.quat, sizeof at->quat);
    return true;
}

// normalising again, as reading from JSON does, must not move the last bit
static void settle_quat(double q[4])
{
    bool changed = true;

    for (int i = 0; i < 8 && changed; i++) {
        double before[4] = {q[0], q[1], q[2], q[3]};
        dd_quat_normalize(q);
        changed = false;
        for (int k = 0; k < 4; k++) {
            changed |= before[k] != q[k];
        }
    }
}

bool dd_compose_add(DdCompose* c, const DdThingKind* kind, void* def, DdError* err)
{
    char* name = def;
    char what[2 * DD_NAME_MAX];

    for (int i = 0; kind->single && i < c->n; i++) {
        if (c->items[i].kind == kind) {
            return dd_fail(err, DD_ERROR_SCRIPT, "a world has one %s, and '%s' is it already",
                           kind->name, c->items[i].name);
        }
    }
    if (!settle_name(c, kind->name, name, err)) {
        return false;
    }
    snprintf(what, sizeof what, "%s '%s'", kind->name, name);
    if (!dd_fields_check(kind->fields, def, what, DD_ERROR_SCRIPT, err) ||
        (kind->check && !kind->check(def, what, err)) || !settle_pose(c, kind, def, what, err)) {
        return false;
    }
    if (kind->posed) {
        settle_quat(pose_of(kind, def)->quat);
    }
    return append(c, name, kind, def, kind->size, err);
}

bool dd_compose_add_robot(DdCompose* c, DdRobotPlacement* def, DdError* err)
{
    char what[2 * DD_NAME_MAX];

    if (!settle_name(c, "robot", def->name, err)) {
        return false;
    }
    snprintf(what, sizeof what, "robot '%s'", def->name);
    settle_quat(def->quat);
    if (!dd_fields_check(dd_robot_placement_fields, def, what, DD_ERROR_SCRIPT, err)) {
        return false;
    }
    if (def->fixed && def->free) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: fixed and free exclude each other", what);
    }
    if (!c->files || !dd_files_find(c->files, def->model)) {
        return dd_fail(err, DD_ERROR_MODEL, "%s: its model '%s' was not read", what, def->model);
    }
    return append(c, def->name, NULL, def, sizeof *def, err);
}

// a thing's frame: build it alone in a scratch spec and walk up from its site
static bool frame_of_thing(DdCompose* c, DdItem* item, const char* frame, DdPose* pose)
{
    char name[3 * DD_NAME_MAX];
    mjSpec* before = c->spec;
    bool found = false;

    c->spec = mj_makeSpec();
    snprintf(name, sizeof name, "%s/%s", item->name, frame);
    if (item->kind->build(c, item->def, NULL)) {
        mjsElement* e = mjs_findElement(c->spec, mjOBJ_SITE, name);
        if (e) {
            const mjsSite* s = mjs_asSite(e);
            DdPose p = dd_pose_identity();
            memcpy(p.pos, s->pos, sizeof p.pos);
            memcpy(p.quat, s->quat, sizeof p.quat);
            mjsBody* body = mjs_getParent(e);
            while (body) {
                DdPose up;
                memcpy(up.pos, body->pos, sizeof up.pos);
                memcpy(up.quat, body->quat, sizeof up.quat);
                p = dd_pose_mul(up, p);
                body = mjs_getParent(body->element);
            }
            *pose = p;
            found = true;
        }
    }
    mj_deleteSpec(c->spec);
    c->spec = before;
    return found;
}

typedef struct DdPoseWork {
    DdCompose* c;
    const char* name;
    DdPose* pose;
    double* half; // NULL: the pose of a thing or frame; else bounds
    bool found;
} DdPoseWork;

static void find_pose(void* arg)
{
    DdPoseWork* w = arg;
    const char* slash = strchr(w->name, '/');
    char thing[DD_NAME_MAX];

    size_t n = slash ? (size_t)(slash - w->name) : strlen(w->name);
    if (n >= sizeof thing) {
        return;
    }
    memcpy(thing, w->name, n);
    thing[n] = '\0';
    DdItem* item = dd_compose_item(w->c, thing);
    if (!item) {
        return;
    }
    if (!item->kind) {
        w->found = w->half
                       ? dd_compose_robot_bounds(w->c, item, w->pose, w->half, NULL)
                       : dd_compose_robot_pose(w->c, item, slash ? slash + 1 : "", w->pose, NULL);
    } else if (w->half) {
        item->kind->bounds(item->def, w->pose, w->half);
        w->found = true;
    } else if (slash) {
        w->found = frame_of_thing(w->c, item, slash + 1, w->pose);
    } else if (item->kind->posed) {
        *w->pose = dd_thing_pose(pose_of(item->kind, item->def));
        w->found = true;
    } else {
        double half[3];
        item->kind->bounds(item->def, w->pose, half);
        w->found = true;
    }
}

bool dd_compose_pose(const DdCompose* c, const char* thing_or_frame, DdPose* pose_WT)
{
    DdPoseWork work = {.c = (DdCompose*)c, .name = thing_or_frame, .pose = pose_WT};

    return dd_guard_run(find_pose, &work, DD_ERROR_MODEL, NULL) && work.found;
}

bool dd_compose_bounds(const DdCompose* c, const char* thing, DdPose* pose, double half[3])
{
    DdPoseWork work = {.c = (DdCompose*)c, .name = thing, .pose = pose, .half = half};

    return !strchr(thing, '/') && dd_guard_run(find_pose, &work, DD_ERROR_MODEL, NULL) &&
           work.found;
}

// one operation: {"op": NAME, fields ...}
static json_t* write_op(const char* op, const DdField* fields, const void* def)
{
    json_t* out = json_object();
    json_t* values = dd_fields_write_json(fields, def);

    json_object_set_new(out, "op", json_string(op));
    json_object_update(out, values);
    json_decref(values);
    return out;
}

json_t* dd_compose_ops(const DdCompose* c)
{
    json_t* ops = json_array();

    json_array_append_new(ops, write_op("world", dd_world_fields, &c->def));
    for (int i = 0; i < c->n; i++) {
        const DdItem* item = &c->items[i];
        const DdField* fields = item->kind ? item->kind->fields : dd_robot_placement_fields;
        json_array_append_new(ops, write_op(dd_compose_kind(c, i), fields, item->def));
    }
    return ops;
}

static bool read_op(DdCompose* c, const char* op, const json_t* values, int index, DdError* err)
{
    char what[DD_NAME_MAX];

    snprintf(what, sizeof what, "composition, entry %d (%.40s)", index, op);
    if (strcmp(op, "robot") == 0) {
        DdRobotPlacement def = dd_robot_placement_def();
        return dd_fields_read_json(dd_robot_placement_fields, &def, values, what, DD_ERROR_DAMAGED,
                                   err) &&
               dd_compose_add_robot(c, &def, err);
    }
    const DdThingKind* kind = dd_thing_kind(op);
    if (!kind) {
        return dd_fail(err, DD_ERROR_DAMAGED, "%s: there is no such kind of thing", what);
    }
    _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
    kind->init(def);
    return dd_fields_read_json(kind->fields, def, values, what, DD_ERROR_DAMAGED, err) &&
           dd_compose_add(c, kind, def, err);
}

DdCompose* dd_compose_from_ops(const json_t* ops, DdFiles* files, DdError* err)
{
    DdCompose* c = NULL;

    if (!json_is_array(ops) || json_array_size(ops) == 0) {
        dd_fail(err, DD_ERROR_DAMAGED, "the composition is not a list of operations");
        return NULL;
    }
    for (size_t i = 0; i < json_array_size(ops); i++) {
        const json_t* entry = json_array_get(ops, i);
        const char* op = json_string_value(json_object_get(entry, "op"));
        json_t* values = json_copy((json_t*)entry);
        bool ok = false;
        if (!op || (i == 0) != (strcmp(op, "world") == 0)) {
            dd_fail(err, DD_ERROR_DAMAGED,
                    "composition, entry %d: the first, and only the first, "
                    "operation is \"world\"",
                    (int)i);
        } else {
            json_object_del(values, "op");
            if (i == 0) {
                DdWorldDef def = dd_world_def();
                ok = dd_fields_read_json(dd_world_fields, &def, values, "composition, world",
                                         DD_ERROR_DAMAGED, err) &&
                     (c = dd_compose_create(&def, files, err)) != NULL;
            } else {
                ok = read_op(c, op, values, (int)i, err);
            }
        }
        json_decref(values);
        if (!ok) {
            dd_compose_destroy(c);
            return NULL;
        }
    }
    return c;
}
