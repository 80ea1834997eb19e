// Build: bodies, geoms and frames with names, colours and groups as every kind has them.
#include "sim/world/build.h"

#include <string.h>

const char* const dd_box_frames[] = {"center", "top",  "bottom", "north",
                                     "south",  "east", "west",   NULL};

enum { k_visual_group = 2, k_hidden_group = 3, k_frame_group = 4 };

static void full_name(char out[3 * DD_NAME_MAX], const char* thing, const char* part)
{
    snprintf(out, 3 * DD_NAME_MAX, "%s/%s", thing, part);
}

DdSurface dd_surface(double friction)
{
    return (DdSurface){.friction = friction};
}

static mjsBody* new_body(DdCompose* c, mjsBody* parent, const char* name, DdPose pose)
{
    mjsBody* body = mjs_addBody(parent ? parent : mjs_findBody(dd_compose_spec(c), "world"), NULL);

    memcpy(body->pos, pose.pos, sizeof body->pos);
    memcpy(body->quat, pose.quat, sizeof body->quat);
    mjs_setName(body->element, name);
    return body;
}

DdBuild dd_build_body(DdCompose* c, const char* name, DdPose pose, bool free, DdSurface surface)
{
    DdBuild b = {.c = c, .thing = name, .surface = surface};
    char joint[3 * DD_NAME_MAX];

    b.body = new_body(c, NULL, name, pose);
    if (free) {
        full_name(joint, name, "free");
        mjs_setName(mjs_addFreeJoint(b.body)->element, joint);
    }
    return b;
}

DdBuild dd_build_part(const DdBuild* b, const char* part, mjsBody* parent, DdPose pose)
{
    DdBuild out = *b;
    char name[3 * DD_NAME_MAX];

    full_name(name, b->thing, part);
    out.body = new_body(b->c, parent, name, pose);
    return out;
}

mjsGeom* dd_build_geom(const DdBuild* b, const char* part, mjtGeom type, DdLook look,
                       const double size[3], const double pos[3], const double rgba[4], double mass)
{
    mjsGeom* g = mjs_addGeom(b->body, NULL);
    char name[3 * DD_NAME_MAX];

    full_name(name, b->thing, part);
    mjs_setName(g->element, name);
    g->type = type;
    memcpy(g->size, size, sizeof g->size);
    memcpy(g->pos, pos, sizeof g->pos);
    for (int i = 0; i < 4; i++) {
        g->rgba[i] = (float)rgba[i];
    }
    g->mass = mass;
    if (look == DD_LOOK_VISUAL) {
        g->group = k_visual_group;
        g->contype = 0;
        g->conaffinity = 0;
    } else {
        g->group = look == DD_LOOK_HIDDEN ? k_hidden_group : 0;
        g->friction[0] = b->surface.friction;
        if (b->surface.rolling > 0) {
            g->friction[2] = b->surface.rolling;
            g->condim = 6;
        }
        g->priority = b->surface.priority;
    }
    return g;
}

mjsGeom* dd_build_box(const DdBuild* b, const char* part, DdLook look, double x, double y, double z,
                      double hx, double hy, double hz, const double rgba[4], double mass)
{
    const double pos[3] = {x, y, z};
    const double size[3] = {hx, hy, hz};

    return dd_build_geom(b, part, mjGEOM_BOX, look, size, pos, rgba, mass);
}

void dd_build_turn(mjsGeom* g, double roll, double pitch, double yaw)
{
    dd_quat_from_rpy(g->quat, roll, pitch, yaw);
}

void dd_build_frame(const DdBuild* b, const char* frame, double x, double y, double z,
                    const double quat[4])
{
    mjsSite* s = mjs_addSite(b->body, NULL);
    char name[3 * DD_NAME_MAX];

    full_name(name, b->thing, frame);
    mjs_setName(s->element, name);
    s->pos[0] = x;
    s->pos[1] = y;
    s->pos[2] = z;
    if (quat) {
        memcpy(s->quat, quat, sizeof s->quat);
    }
    s->group = k_frame_group;
    s->size[0] = s->size[1] = s->size[2] = 0.02;
}

void dd_build_box_frames(const DdBuild* b, const double centre[3], const double half[3])
{
    // axis and sign of each face, and the rotation that turns x to point out of it
    static const struct {
        const char* name;
        int axis;
        double sign;
        double rpy[3];
    } k_faces[] = {
        {"top", 2, 1, {0, -DD_PI / 2, 0}},  {"bottom", 2, -1, {0, DD_PI / 2, 0}},
        {"north", 1, 1, {0, 0, DD_PI / 2}}, {"south", 1, -1, {0, 0, -DD_PI / 2}},
        {"east", 0, 1, {0, 0, 0}},          {"west", 0, -1, {0, 0, DD_PI}},
    };

    dd_build_frame(b, "center", centre[0], centre[1], centre[2], NULL);
    for (size_t i = 0; i < sizeof k_faces / sizeof *k_faces; i++) {
        double p[3] = {centre[0], centre[1], centre[2]};
        double q[4];
        p[k_faces[i].axis] += k_faces[i].sign * half[k_faces[i].axis];
        dd_quat_from_rpy(q, k_faces[i].rpy[0], k_faces[i].rpy[1], k_faces[i].rpy[2]);
        dd_build_frame(b, k_faces[i].name, p[0], p[1], p[2], q);
    }
}

void dd_build_inertia(const DdBuild* b, double mass, const double com[3], const double inertia[3])
{
    b->body->explicitinertial = 1;
    b->body->mass = mass;
    memcpy(b->body->ipos, com, sizeof b->body->ipos);
    memcpy(b->body->inertia, inertia, sizeof b->body->inertia);
}

void dd_thing_pose_init(DdThingPose* at)
{
    *at = (DdThingPose){.quat = {1, 0, 0, 0}};
}

DdPose dd_thing_pose(const DdThingPose* at)
{
    DdPose pose;
    double turn[4], own[4];
    double q[4] = {at->quat[0], at->quat[1], at->quat[2], at->quat[3]};

    dd_quat_normalize(q);
    dd_quat_from_rpy(own, at->rpy[0], at->rpy[1], at->rpy[2]);
    dd_quat_mul(q, own, q);
    dd_quat_from_yaw(turn, at->yaw);
    dd_quat_mul(pose.quat, turn, q);
    dd_quat_rotate(pose.pos, pose.quat, at->shift);
    for (int i = 0; i < 3; i++) {
        pose.pos[i] += at->pos[i];
    }
    return pose;
}

void dd_shade(double out[4], const double rgba[4], double factor)
{
    for (int i = 0; i < 3; i++) {
        out[i] = dd_clamp(rgba[i] * factor, 0, 1);
    }
    out[3] = rgba[3];
}

void dd_box_inertia(double inertia[3], double mass, double x, double y, double z)
{
    inertia[0] = mass / 12 * (y * y + z * z);
    inertia[1] = mass / 12 * (x * x + z * z);
    inertia[2] = mass / 12 * (x * x + y * y);
}

void dd_own_bounds(const DdThingPose* at, const double centre[3], const double half_own[3],
                   DdPose* pose, double half[3])
{
    DdPose own = dd_thing_pose(at);

    *pose = own;
    dd_pose_apply(&own, centre, pose->pos);
    memcpy(half, half_own, 3 * sizeof *half);
}

bool dd_check_size(const double size[3], const char* what, DdError* err)
{
    for (int i = 0; i < 3; i++) {
        if (!(size[i] > 0)) {
            return dd_fail(err, DD_ERROR_SCRIPT, "%s: size[%d] must be positive, got %g m", what,
                           i + 1, size[i]);
        }
    }
    return true;
}
