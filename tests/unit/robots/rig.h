// A rig for robot tests: a model on a floor, a description, a drive, and steps.
#pragma once

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "robots/robot.h"

typedef struct Rig {
    DdFiles* files;
    DdWorld* w;
    DdRobotDesc* desc;
    DdDrive* drive;
    int64_t step;
    DdError err;
} Rig;

#define RIG_OK(rig, cond)                                                                          \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fail_msg("%s: %s", #cond, (rig)->err.text);                                            \
        }                                                                                          \
    } while (0)

// kind by name, def as JSON
static inline void rig_space(Rig* r, const char* name, const char* kind, const char* json)
{
    const DdControllerKind* k = dd_controller_kind(kind);
    assert_non_null(k);
    DdRobotSpace* s = dd_robot_desc_add_space(r->desc, name, k, &r->err);
    RIG_OK(r, s != NULL);
    json_error_t je;
    json_t* j = json_loads(json, 0, &je);
    if (!j) {
        fail_msg("%s: %s", je.text, json);
    }
    RIG_OK(r, dd_fields_read_json(k->fields, s->def, j, name, DD_ERROR_SCRIPT, &r->err));
    json_decref(j);
}

static inline void rig_start_joint(Rig* r, const char* joint, double value)
{
    snprintf(r->desc->start_joints.v[r->desc->start_joints.n++], DD_NAME_MAX, "%s", joint);
    r->desc->start_values.v[r->desc->start_values.n++] = value;
}

static inline Rig rig_begin(void)
{
    Rig r = {.files = dd_files_create(), .desc = dd_robot_desc_create()};
    return r;
}

// `add` puts more things into the world; may be NULL
static inline void rig_compose(Rig* r, const char* path, bool floor,
                               void (*add)(DdCompose* c, DdError* err))
{
    DdModelLimits limits = dd_model_limits();
    DdWorldDef def = dd_world_def();
    RIG_OK(r, dd_model_screen(r->files, "robot", path, NULL, &limits, r->desc->model, &r->err));
    DdCompose* c = dd_compose_create(&def, r->files, &r->err);
    RIG_OK(r, c != NULL);
    if (floor) {
        const DdThingKind* ground = dd_thing_kind("ground");
        assert_non_null(ground);
        void* g = calloc(1, DD_THING_SIZE_MAX);
        ground->init(g);
        RIG_OK(r, dd_compose_add(c, ground, g, &r->err));
        free(g);
    }
    DdRobotPlacement p = dd_robot_placement_def();
    snprintf(p.name, sizeof p.name, "bot");
    dd_robot_placement(r->desc, &p);
    RIG_OK(r, dd_compose_add_robot(c, &p, &r->err));
    if (add) {
        dd_error_clear(&r->err);
        add(c, &r->err);
        RIG_OK(r, r->err.code == DD_OK);
    }
    r->w = dd_compose_compile(c, &r->err);
    RIG_OK(r, r->w != NULL);
    dd_compose_destroy(c);
    RIG_OK(r, dd_robot_start(r->desc, r->w, "bot", &r->err));
}

// a world around MJCF text, robot name ""
static inline void rig_wrap(Rig* r, const char* xml)
{
    char error[1000] = "";
    mjSpec* spec = mj_parseXMLString(xml, NULL, error, sizeof error);
    if (!spec) {
        fail_msg("%s", error);
    }
    mjModel* m = mj_compile(spec, NULL);
    if (!m) {
        fail_msg("%s", mjs_getError(spec));
    }
    mj_deleteSpec(spec);
    r->w = dd_world_wrap(m, &r->err);
    RIG_OK(r, r->w != NULL);
    RIG_OK(r, dd_robot_start(r->desc, r->w, "", &r->err));
}

static inline void rig_drive(Rig* r, const char* robot, int n, const char* const* spaces)
{
    char names[DD_ACTION_PARTS_MAX][DD_NAME_MAX];
    for (int i = 0; i < n; i++) {
        snprintf(names[i], DD_NAME_MAX, "%s", spaces[i]);
    }
    if (r->drive) {
        dd_drive_destroy(r->drive);
    }
    r->drive = dd_drive_create(r->desc, r->w, robot, (const char(*)[DD_NAME_MAX])names, n, &r->err);
    RIG_OK(r, r->drive != NULL);
}

static inline void rig_steps(Rig* r, int n)
{
    for (int i = 0; i < n; i++) {
        RIG_OK(r, dd_world_step1(r->w, &r->err));
        dd_drive_step(r->drive, r->step++);
        RIG_OK(r, dd_world_step2(r->w, &r->err));
    }
}

// command and run
static inline void rig_run(Rig* r, double seconds, const double* action)
{
    double a[DD_ACTION_PARTS_MAX * DD_ACTION_DIM_MAX];
    memcpy(a, action, sizeof *a * (size_t)dd_drive_space(r->drive)->n);
    DdActionCheck check = dd_action_check(dd_drive_space(r->drive), a, &r->err);
    RIG_OK(r, check == DD_ACTION_FINE);
    dd_drive_command(r->drive, a);
    rig_steps(r, (int)lround(seconds * dd_world_physics_hz(r->w)));
}

static inline DdPose rig_pose(Rig* r, const char* name)
{
    DdPose pose;
    RIG_OK(r, dd_world_forward(r->w, &r->err));
    if (!dd_world_pose(r->w, name, &pose)) {
        fail_msg("no pose of '%s'", name);
    }
    return pose;
}

static inline void rig_end(Rig* r)
{
    dd_drive_destroy(r->drive);
    dd_world_destroy(r->w);
    dd_robot_desc_destroy(r->desc);
    dd_files_destroy(r->files);
}
