// Cameras for looking: framing a scene by what matters in it.
#include "sim/app/view_camera.h"

#include <math.h>
#include <string.h>

static const double k_fov = 0.75; // rad; vertical, of free cameras

static bool is_camera(const DdSensorDef* s)
{
    return strcmp(s->kind, "camera") == 0 || strcmp(s->kind, "thermal") == 0;
}

static int camera_sensors(const DdPlan* plan)
{
    int n = 0;
    for (int i = 0; i < plan->nsensor; i++) {
        n += is_camera(&plan->sensor[i]);
    }
    return n;
}

int dd_view_count(DdWorld* w, const DdPlan* plan)
{
    return 1 + plan->nrobot + camera_sensors(plan) + (int)dd_world_model(w)->ncam;
}

// --- framing ------------------------------------------------------------------------------------

typedef struct Bounds {
    double lo[3], hi[3];
} Bounds;

static void grow(Bounds* b, const double p[3], double r)
{
    for (int k = 0; k < 3; k++) {
        b->lo[k] = fmin(b->lo[k], p[k] - r);
        b->hi[k] = fmax(b->hi[k], p[k] + r);
    }
}

// Corners of a geom's own box, in the world; planes and height fields bound nothing.
static bool geom_bounds(const mjModel* m, const mjData* d, int g, Bounds* b)
{
    if (m->geom_type[g] == mjGEOM_PLANE || m->geom_type[g] == mjGEOM_HFIELD ||
        m->geom_rgba[4 * g + 3] == 0) {
        return false;
    }
    const double* box = m->geom_aabb + 6 * g; // centre, half sides
    for (int c = 0; c < 8; c++) {
        double local[3], p[3];
        for (int k = 0; k < 3; k++) {
            local[k] = box[k] + (c >> k & 1 ? box[3 + k] : -box[3 + k]);
        }
        mju_mulMatVec3(p, d->geom_xmat + 9 * g, local);
        mju_addTo3(p, d->geom_xpos + 3 * g);
        grow(b, p, 0);
    }
    return true;
}

static Bounds no_bounds(void)
{
    return (Bounds){{INFINITY, INFINITY, INFINITY}, {-INFINITY, -INFINITY, -INFINITY}};
}

static double largest_side(const Bounds* b)
{
    return fmax(b->hi[0] - b->lo[0], b->hi[1] - b->lo[1]);
}

// What moves now or at some time, and what of the rest stands near enough to be part of the scene.
static Bounds scene_bounds(DdWorld* w, const double lo[3], const double hi[3])
{
    const mjModel* m = dd_world_model(w);
    const mjData* d = dd_world_data(w);
    Bounds all = no_bounds();
    if (isfinite(lo[0]) && isfinite(hi[0])) {
        grow(&all, lo, 0);
        grow(&all, hi, 0);
    }
    for (int g = 0; g < m->ngeom; g++) {
        if (dd_world_body_moves(w, m->geom_bodyid[g])) {
            geom_bounds(m, d, g, &all);
        }
    }
    const Bounds moved = all;
    double reach = isfinite(moved.lo[0]) ? 0.2 * largest_side(&moved) + 1.2 : INFINITY;
    for (int g = 0; g < m->ngeom; g++) {
        Bounds b = no_bounds();
        if (dd_world_body_moves(w, m->geom_bodyid[g]) || !geom_bounds(m, d, g, &b)) {
            continue;
        }
        // a hall around the scene is not what is looked at
        bool near = largest_side(&b) < largest_side(&moved) + 2 * reach;
        near = near && (!isfinite(reach) || b.lo[2] < moved.hi[2] + reach);
        for (int k = 0; k < 2 && isfinite(reach); k++) {
            near = near && b.lo[k] > moved.lo[k] - reach && b.hi[k] < moved.hi[k] + reach;
        }
        if (near) {
            grow(&all, b.lo, 0);
            grow(&all, b.hi, 0);
        }
    }
    if (!isfinite(all.lo[0])) {
        all = (Bounds){{-2, -2, 0}, {2, 2, 1}};
    }
    return all;
}

// Axes of the eye: right, up, forward.
static void axes_of(const DdView* v, double heading, double right[3], double up[3],
                    double forward[3])
{
    double a = v->azimuth + heading, ce = cos(v->elevation), se = sin(v->elevation);
    double f[3] = {-cos(a) * ce, -sin(a) * ce, -se};
    double r[3] = {-sin(a), cos(a), 0};
    memcpy(forward, f, sizeof f);
    memcpy(right, r, sizeof r);
    dd_cross3(up, right, forward);
}

// Moves back until every corner is in the picture, and aside until they fill it from its middle.
static void frame(DdView* v, const Bounds* b)
{
    static const double k_aspect = 16.0 / 9;
    double right[3], up[3], forward[3];
    double tv = tan(k_fov / 2) * 0.9, th = tan(k_fov / 2) * k_aspect * 0.92;
    axes_of(v, 0, right, up, forward);
    for (int k = 0; k < 3; k++) {
        v->at[k] = (b->lo[k] + b->hi[k]) / 2;
    }
    for (int round = 0; round < 12; round++) {
        double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY}, depth = 0;
        double distance = 0.3;
        for (int pass = 0; pass < 2; pass++) {
            for (int c = 0; c < 8; c++) {
                double p[3];
                for (int k = 0; k < 3; k++) {
                    p[k] = (c >> k & 1 ? b->hi[k] : b->lo[k]) - v->at[k];
                }
                double x = dd_dot3(p, right), y = dd_dot3(p, up), f = dd_dot3(p, forward);
                if (pass == 0) {
                    distance = fmax(distance, fmax(fabs(x) / th, fabs(y) / tv) - f);
                } else {
                    depth = fmax(depth, distance + f);
                    lo[0] = fmin(lo[0], x / (distance + f));
                    hi[0] = fmax(hi[0], x / (distance + f));
                    lo[1] = fmin(lo[1], y / (distance + f));
                    hi[1] = fmax(hi[1], y / (distance + f));
                }
            }
        }
        v->distance = distance;
        double dx = (lo[0] + hi[0]) / 2 * distance, dy = (lo[1] + hi[1]) / 2 * distance;
        for (int k = 0; k < 3 && round < 11; k++) {
            v->at[k] += 0.7 * (dx * right[k] + dy * up[k]);
        }
    }
}

static DdView overview(DdWorld* w, const double lo[3], const double hi[3])
{
    DdView v = {.kind = DD_VIEW_OVERVIEW, .azimuth = -1.05, .elevation = 0.55};
    Bounds b = scene_bounds(w, lo, hi);
    snprintf(v.name, sizeof v.name, "overview");
    // a long scene is looked at from its side
    double x = b.hi[0] - b.lo[0], y = b.hi[1] - b.lo[1];
    v.azimuth = x > 1.4 * y ? -1.38 : y > 1.4 * x ? -0.19 : -1.05;
    frame(&v, &b);
    return v;
}

static DdView follow(DdWorld* w, const DdPlan* plan, int robot)
{
    DdView v = {.kind = DD_VIEW_FOLLOW, .index = robot, .azimuth = DD_PI - 0.45, .elevation = 0.42};
    const char* name = plan->robot[robot].placement.name;
    const mjModel* m = dd_world_model(w);
    const mjData* d = dd_world_data(w);
    Bounds b = no_bounds();
    int thing = dd_world_thing_find(w, name);
    for (int g = 0; g < m->ngeom; g++) {
        if (dd_world_thing_of_geom(w, g) == thing) {
            geom_bounds(m, d, g, &b);
        }
    }
    snprintf(v.name, sizeof v.name, "follow:%s", name);
    double size = isfinite(b.lo[0]) ? fmax(largest_side(&b), b.hi[2] - b.lo[2]) : 1;
    v.distance = 2.2 * size + 0.5;
    v.at[2] = isfinite(b.lo[0]) ? 0.4 * (b.hi[2] - b.lo[2]) : 0.3;
    return v;
}

DdView dd_view_at(DdWorld* w, const DdPlan* plan, int i, const double lo[3], const double hi[3])
{
    DdView v = {0};
    if (i <= 0) {
        return overview(w, lo, hi);
    }
    i--;
    if (i < plan->nrobot) {
        return follow(w, plan, i);
    }
    i -= plan->nrobot;
    for (int k = 0; k < plan->nsensor; k++) {
        const DdSensorDef* s = &plan->sensor[k];
        if (is_camera(s) && i-- == 0) {
            v.kind = DD_VIEW_SENSOR;
            v.index = k;
            snprintf(v.name, sizeof v.name, "%s%s%s", s->robot, s->robot[0] ? "." : "", s->name);
            return v;
        }
    }
    const mjModel* m = dd_world_model(w);
    v.kind = DD_VIEW_MODEL;
    v.index = i < m->ncam ? i : (int)m->ncam - 1;
    const char* name = mj_id2name(m, mjOBJ_CAMERA, v.index);
    if (name && name[0]) {
        snprintf(v.name, sizeof v.name, "%s", name);
    } else {
        snprintf(v.name, sizeof v.name, "camera:%d", v.index);
    }
    return v;
}

static bool is_called(const DdPlan* plan, const DdView* v, const char* name)
{
    const DdSensorDef* s = v->kind == DD_VIEW_SENSOR ? &plan->sensor[v->index] : NULL;
    char other[2 * DD_NAME_MAX];
    if (s) {
        // a channel of it is as good as its name, and so is its frame
        size_t n = strlen(v->name);
        snprintf(other, sizeof other, "%s/%s", s->robot, s->name);
        return strcmp(s->name, name) == 0 || strcmp(other, name) == 0 ||
               (strncmp(v->name, name, n) == 0 && (name[n] == '\0' || name[n] == '.'));
    }
    return strcmp(v->name, name) == 0;
}

bool dd_view_find(DdWorld* w, const DdPlan* plan, const char* name, const double lo[3],
                  const double hi[3], DdView* view, DdError* err)
{
    int n = dd_view_count(w, plan), hits = 0;
    char list[1024] = "";
    for (int i = 0; i < n; i++) {
        DdView v = dd_view_at(w, plan, i, lo, hi);
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", v.name);
        if (is_called(plan, &v, name)) {
            *view = v;
            if (strcmp(v.name, name) == 0) {
                return true;
            }
            hits++;
        }
    }
    if (hits > 1) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "--camera: %d cameras are called '%s'; there are %s",
                       hits, name, list);
    }
    return hits == 1 || dd_fail(err, DD_ERROR_ARGUMENT,
                                "--camera: there is no camera '%s'; there are %s", name, list);
}

// --- the eye ------------------------------------------------------------------------------------

// Of the optical frame (x right, y down, z forward) from right, up, forward.
static void optical_quat(const double right[3], const double up[3], const double forward[3],
                         double quat[4])
{
    double mat[9] = {right[0],   -up[0],   forward[0], right[1],  -up[1],
                     forward[1], right[2], -up[2],     forward[2]};
    mju_mat2Quat(quat, mat);
}

static void set_lens(DdEye* eye, double focal)
{
    eye->fx = eye->fy = focal;
    eye->cx = (eye->width - 1) / 2.0;
    eye->cy = (eye->height - 1) / 2.0;
}

static void orbit_eye(DdWorld* w, const DdPlan* plan, const DdView* v, DdEye* eye)
{
    double right[3], up[3], forward[3], at[3], heading = 0;
    memcpy(at, v->at, sizeof at);
    if (v->kind == DD_VIEW_FOLLOW) {
        DdPose pose;
        if (dd_world_pose(w, plan->robot[v->index].placement.name, &pose)) {
            heading = dd_pose_yaw(&pose);
            at[0] += pose.pos[0];
            at[1] += pose.pos[1];
            at[2] += pose.pos[2];
        }
    }
    axes_of(v, heading, right, up, forward);
    for (int k = 0; k < 3; k++) {
        eye->pose.pos[k] = at[k] - v->distance * forward[k];
    }
    optical_quat(right, up, forward, eye->pose.quat);
    set_lens(eye, eye->height / (2 * tan(k_fov / 2)));
    eye->near = fmin(0.05, 0.01 * v->distance) + 0.002 * v->distance;
    eye->far = 200 + 20 * v->distance;
}

DdPose dd_view_sensor_pose(DdWorld* w, const DdSensorDef* s)
{
    char full[3 * DD_NAME_MAX];
    DdPose frame = dd_pose_identity(), mount = dd_pose_identity();
    const char* slash = s->robot[0] && s->frame[0] ? "/" : "";
    snprintf(full, sizeof full, "%s%s%s", s->robot, slash, s->frame);
    if (!dd_world_pose(w, full, &frame)) {
        int body = dd_world_body(w, full);
        double pose[7];
        if (body >= 0) {
            dd_world_body_pose(w, body, pose);
            memcpy(frame.pos, pose, sizeof frame.pos);
            memcpy(frame.quat, pose + 3, sizeof frame.quat);
        }
    }
    memcpy(mount.pos, s->pos, sizeof mount.pos);
    dd_quat_from_rpy(mount.quat, s->rpy[0], s->rpy[1], s->rpy[2]);
    return dd_pose_mul(frame, mount);
}

static void sensor_eye(DdWorld* w, const DdSensorDef* s, DdEye* eye)
{
    DdPose pose = dd_view_sensor_pose(w, s);
    // x forward, y left, z up becomes x right, y down, z forward
    static const double k_optical[4] = {0.5, -0.5, 0.5, -0.5};
    dd_quat_mul(eye->pose.quat, pose.quat, k_optical);
    memcpy(eye->pose.pos, pose.pos, sizeof pose.pos);
    double focal = s->focal[0] > 0 && s->width > 0 ? s->focal[0] * eye->width / s->width
                   : s->hfov > 0 && s->hfov < 2.8  ? eye->width / (2 * tan(s->hfov / 2))
                                                   : eye->width / 4.0;
    set_lens(eye, focal);
}

static void model_eye(DdWorld* w, int camera, DdEye* eye)
{
    const mjModel* m = dd_world_model(w);
    const mjData* d = dd_world_data(w);
    // a camera that stands in its body follows from the body, also of a pose log
    double pos[3], x[9]; // columns: right, up, backward
    memcpy(pos, d->cam_xpos + 3 * camera, sizeof pos);
    memcpy(x, d->cam_xmat + 9 * camera, sizeof x);
    if (m->cam_mode[camera] == mjCAMLIGHT_FIXED) {
        int body = m->cam_bodyid[camera];
        double quat[4];
        mju_rotVecQuat(pos, m->cam_pos + 3 * camera, d->xquat + 4 * body);
        mju_addTo3(pos, d->xpos + 3 * body);
        mju_mulQuat(quat, d->xquat + 4 * body, m->cam_quat + 4 * camera);
        mju_quat2Mat(x, quat);
    }
    double right[3] = {x[0], x[3], x[6]}, up[3] = {x[1], x[4], x[7]};
    double forward[3] = {-x[2], -x[5], -x[8]};
    memcpy(eye->pose.pos, pos, sizeof pos);
    optical_quat(right, up, forward, eye->pose.quat);
    set_lens(eye, eye->height / (2 * tan(m->cam_fovy[camera] * DD_PI / 360)));
}

DdEye dd_view_eye(DdWorld* w, const DdPlan* plan, const DdView* view, int width, int height)
{
    DdEye eye = {.pose = dd_pose_identity(), .width = width, .height = height};
    switch (view->kind) {
    case DD_VIEW_OVERVIEW:
    case DD_VIEW_FOLLOW:
        orbit_eye(w, plan, view, &eye);
        break;
    case DD_VIEW_SENSOR:
        sensor_eye(w, &plan->sensor[view->index], &eye);
        break;
    case DD_VIEW_MODEL:
        model_eye(w, view->index, &eye);
        break;
    }
    return eye;
}

// --- the mouse ----------------------------------------------------------------------------------

void dd_view_turn(DdView* view, double azimuth, double elevation)
{
    view->azimuth = dd_wrap_angle(view->azimuth + azimuth);
    view->elevation = dd_clamp(view->elevation + elevation, -1.5, 1.5);
}

void dd_view_move(DdView* view, double right, double up)
{
    double r[3], u[3], f[3], scale = 2 * view->distance * tan(k_fov / 2);
    axes_of(view, 0, r, u, f);
    for (int k = 0; k < 3; k++) {
        view->at[k] += scale * (right * r[k] + up * u[k]);
    }
}

void dd_view_zoom(DdView* view, double factor)
{
    view->distance = dd_clamp(view->distance * factor, 0.02, 5000);
}

bool dd_view_project(const DdEye* eye, const double p[3], double px[2], double* depth)
{
    double d[3] = {p[0] - eye->pose.pos[0], p[1] - eye->pose.pos[1], p[2] - eye->pose.pos[2]};
    double conj[4], q[3];
    dd_quat_conj(conj, eye->pose.quat);
    dd_quat_rotate(q, conj, d);
    if (depth) {
        *depth = q[2];
    }
    if (q[2] < 0.01) {
        return false;
    }
    px[0] = eye->fx * q[0] / q[2] + eye->cx;
    px[1] = eye->fy * q[1] / q[2] + eye->cy;
    return fabs(px[0]) < 1e5 && fabs(px[1]) < 1e5;
}
