// Shot: one picture: the world's visual geoms as MuJoCo's scene, what the eye cannot see left out,
// colour and depth by one pass, geoms' numbers by a second.
#include <float.h>
#include <string.h>

#include "sim/render/internal.h"
#include "sim/world/guard.h"

enum { k_shadow_side = 2048 };                               // texels
static const double k_near_least = 0.02, k_far_most = 20000; // m

typedef struct Shot {
    DdRender* r;
    DdWorld* w;
    const DdEye* eye;
    const DdRenderLook* look;
    const DdWeather* weather;
    DdLight light;
    double rot[9];     // of the eye: columns right, down, forward
    double side[4][3]; // inward normals of the frustum's sides, in the eye's frame
    double near, far;
    double end; // of the farthest part of what is drawn, planes apart
    int nid;
} Shot;

DdRenderLook dd_render_look(void)
{
    return (DdRenderLook){.sky = true};
}

static void to_eye(const Shot* s, const double v[3], double out[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = s->rot[i] * v[0] + s->rot[3 + i] * v[1] + s->rot[6 + i] * v[2];
    }
}

// rays through the outer edges of the outermost pixels
static void set_frustum(Shot* s)
{
    const DdEye* e = s->eye;
    double left = (-0.5 - e->cx) / e->fx, right = (e->width - 0.5 - e->cx) / e->fx;
    double top = (-0.5 - e->cy) / e->fy, bottom = (e->height - 0.5 - e->cy) / e->fy;
    const double sides[4][3] = {{1, 0, -left}, {-1, 0, right}, {0, 1, -top}, {0, -1, bottom}};

    memcpy(s->side, sides, sizeof sides);
}

// A box in the eye's frame: false when it is out of sight, else the nearest it may come.
static bool box_seen(const Shot* s, const double mid[3], double axis[3][3], double* nearest)
{
    double depth = fabs(axis[0][2]) + fabs(axis[1][2]) + fabs(axis[2][2]);

    *nearest = mid[2] - depth;
    if (mid[2] + depth < s->near || *nearest > s->far) {
        return false;
    }
    for (int k = 0; k < 4; k++) {
        const double* n = s->side[k];
        double reach =
            fabs(dd_dot3(n, axis[0])) + fabs(dd_dot3(n, axis[1])) + fabs(dd_dot3(n, axis[2]));
        if (dd_dot3(n, mid) + reach < 0) {
            return false;
        }
    }
    return true;
}

// A plane is seen from above only, as rays see it; its nearest visible point lies in a corner.
static bool plane_seen(const Shot* s, const double pos[3], const double normal[3])
{
    const DdEye* e = s->eye;
    double height = -dd_dot3(pos, normal), n[3], most = 0;

    if (height <= 0) {
        return false;
    }
    to_eye(s, normal, n);
    for (int c = 0; c < 4; c++) {
        double x = ((c & 1 ? e->width : 0) - 0.5 - e->cx) / e->fx;
        double y = ((c & 2 ? e->height : 0) - 0.5 - e->cy) / e->fy;
        double down = -(n[0] * x + n[1] * y + n[2]);
        most = down > most ? down : most;
    }
    return most > 0 && height / most < s->far;
}

// Is the geom seen, and how near may it come? Positions are relative to the eye.
static bool geom_seen(const Shot* s, int g, const double pos[3], double* nearest)
{
    const mjModel* m = dd_world_model(s->w);
    const double* mat = dd_world_data(s->w)->geom_xmat + 9 * g;
    const double* size = m->geom_size + 3 * g;
    bool plane = m->geom_type[g] == mjGEOM_PLANE;
    double mid[3], axis[3][3];
    double centre[3] = {0, 0, 0}, half[3] = {0, 0, 0};

    if (plane) {
        const double normal[3] = {mat[2], mat[5], mat[8]};
        if (!plane_seen(s, pos, normal)) {
            return false;
        }
        half[0] = size[0] > 0 ? size[0] : k_far_most;
        half[1] = size[1] > 0 ? size[1] : k_far_most;
    } else {
        memcpy(centre, m->geom_aabb + 6 * g, sizeof centre);
        memcpy(half, m->geom_aabb + 6 * g + 3, sizeof half);
    }
    double world[3];
    for (int i = 0; i < 3; i++) {
        world[i] = pos[i] + mat[3 * i] * centre[0] + mat[3 * i + 1] * centre[1] +
                   mat[3 * i + 2] * centre[2];
    }
    to_eye(s, world, mid);
    for (int k = 0; k < 3; k++) {
        const double a[3] = {mat[k] * half[k], mat[3 + k] * half[k], mat[6 + k] * half[k]};
        to_eye(s, a, axis[k]);
    }
    return box_seen(s, mid, axis, nearest);
}

// An infinite plane is drawn around the eye, its texture where it belongs.
static void centre_plane(const DdRender* r, const Shot* s, int g, double pos[3])
{
    const mjModel* m = &r->view;
    const double* mat = dd_world_data(s->w)->geom_xmat + 9 * g;
    int material = m->geom_matid[g];

    if (m->geom_size[3 * g] > 0 && m->geom_size[3 * g + 1] > 0) {
        return;
    }
    double at[3] = {pos[0], pos[1], pos[2]};
    for (int k = 0; k < 2; k++) {
        double repeat = material >= 0 ? m->mat_texrepeat[2 * material + k] : 0;
        double period = repeat > 0 ? 2 / repeat : 2;
        period *= ceil(2 / period);
        const double axis[3] = {mat[k], mat[3 + k], mat[6 + k]};
        double away = period * round(-dd_dot3(axis, at) / period);
        for (int i = 0; i < 3; i++) {
            pos[i] += away * axis[i];
        }
    }
}

static bool is_floor(DdWorld* w, int g)
{
    const mjModel* m = dd_world_model(w);
    int thing = dd_world_thing_of_geom(w, g);

    return m->geom_type[g] == mjGEOM_PLANE || m->geom_type[g] == mjGEOM_HFIELD ||
           (thing >= 0 && strcmp(dd_world_thing_kind(w, thing), "ground") == 0);
}

static void make_scene(DdRender* r, int need)
{
    if (r->scene.geoms && r->scene.maxgeom >= need) {
        return;
    }
    need += need / 2;
    mjv_makeScene(&r->view, &r->scene, need);
    free(r->geom_of_id);
    r->geom_of_id = malloc(sizeof *r->geom_of_id * ((size_t)need + 1));
    DD_ASSERT(r->geom_of_id);
    mjv_defaultOption(&r->option);
    for (int i = 0; i < mjNGROUP; i++) {
        r->option.geomgroup[i] = 1; // what is visual is decided by us
        r->option.skingroup[i] = 1;
        r->option.flexgroup[i] = 1;
        r->option.sitegroup[i] = 0;
        r->option.jointgroup[i] = 0;
        r->option.tendongroup[i] = 0;
        r->option.actuatorgroup[i] = 0;
    }
    memset(r->option.flags, 0, sizeof r->option.flags);
    r->option.flags[mjVIS_TEXTURE] = 1;
    r->option.flags[mjVIS_STATIC] = 1;
    r->option.flags[mjVIS_SKIN] = 1;
    r->option.flags[mjVIS_FLEXFACE] = 1;
    r->option.flags[mjVIS_FLEXSKIN] = 1;
    memset(r->scene.flags, 0, sizeof r->scene.flags);
    r->scene.flags[mjRND_CULL_FACE] = 1;
}

static int compare_near(const void* a, const void* b)
{
    const mjvGeom *x = a, *y = b;

    if (x->camdist != y->camdist) {
        return x->camdist < y->camdist ? -1 : 1;
    }
    return x->segid - y->segid;
}

// Near ones first, as pixels of what is hidden are then never shaded; planes are behind everything.
static void sort_geoms(mjvGeom* geoms, int n)
{
    qsort(geoms, (size_t)n, sizeof *geoms, compare_near);
}

// The scene's geoms, thinned out and moved so that the eye is the origin: single precision is
// finest there.
static void place_geoms(DdRender* r, Shot* s)
{
    const mjModel* m = &r->view;
    const mjData* d = dd_world_data(s->w);
    const double* eye = s->eye->pose.pos;
    double albedo = 1 - 0.5 * s->light.wetness;
    int n = 0;

    s->end = 0;
    s->nid = r->scene.ngeom + 1;
    r->geom_of_id[0] = -1;
    for (int i = 0; i < r->scene.ngeom; i++) {
        mjvGeom* v = &r->scene.geoms[i];
        int g = v->objtype == mjOBJ_GEOM ? v->objid : -1;
        double nearest = 0;
        r->geom_of_id[v->segid + 1] = g;
        if (g >= 0) { // skins and flexes lie in the world's coordinates
            double pos[3];
            mju_sub3(pos, d->geom_xpos + 3 * g, eye);
            bool shown = dd_world_geom_visual(s->w, g) &&
                         (!s->look->show || s->look->show(s->look->user, g));
            bool seen = shown && geom_seen(s, g, pos, &nearest);
            bool casts = shown && s->look->shadows && m->geom_type[g] != mjGEOM_PLANE;
            if (!seen && !casts) {
                continue;
            }
            double end = dd_norm3(pos) + m->geom_rbound[g];
            s->end = end > s->end ? end : s->end;
            if (m->geom_type[g] == mjGEOM_PLANE) {
                centre_plane(r, s, g, pos);
                v->category = mjCAT_DECOR; // casts no shadow, on itself neither
                nearest = s->far;
                v->specular = 0; // few corners to light
            }
            mju_n2f(v->pos, pos, 3);
            if (s->light.wetness > 0 && is_floor(s->w, g)) {
                for (int k = 0; k < 3; k++) {
                    v->rgba[k] = (float)(v->rgba[k] * albedo);
                }
            }
        }
        v->reflectance = 0;
        v->camdist = (float)nearest;
        r->scene.geoms[n++] = *v;
    }
    r->scene.ngeom = n;
    sort_geoms(r->scene.geoms, n);
    for (int i = 0; i < r->scene.nskin; i++) {
        int first = r->scene.skinvertadr[i];
        for (int k = 3 * first; k < 3 * (first + r->scene.skinvertnum[i]); k++) {
            r->scene.skinvert[k] -= (float)eye[k % 3];
        }
    }
    for (int i = 0; i < r->scene.nflex; i++) {
        int first = 9 * r->scene.flexfaceadr[i];
        for (int k = first; k < first + 9 * r->scene.flexfaceused[i]; k++) {
            r->scene.flexface[k] -= (float)eye[k % 3];
        }
    }
}

// How MuJoCo would texture a geom: 0 not at all, 1 by its coordinates, 2 by its place, 3 by a cube.
static int texture_mode(const DdRender* r, const mjvGeom* v)
{
    int texture = v->matid < 0    ? -1
                  : v->texid >= 0 ? v->texid
                                  : r->mjr.mat_texid[mjNTEXROLE * v->matid + mjTEXROLE_RGB];
    bool mapped = v->texcoord || v->type == mjGEOM_PLANE || v->type == mjGEOM_SPHERE ||
                  v->type == mjGEOM_ELLIPSOID || v->type == mjGEOM_BOX ||
                  v->type == mjGEOM_CYLINDER || v->type == mjGEOM_CAPSULE;

    if (texture < 0) {
        return 0;
    }
    if (r->mjr.textureType[texture] != mjTEXTURE_2D) {
        return v->texcoord ? 1 : 3;
    }
    return mapped ? 1 : 2;
}

// Can shaders draw the scene? Shadows, cube textures and skins are left to the fixed functions.
static bool shaders_can(const DdRender* r, const Shot* s)
{
    bool shadows = s->look->shadows && r->scene.lights[0].castshadow;

    if (r->plain || shadows || s->nid > 0xffff || r->scene.nflex || r->scene.nskin) {
        return false;
    }
    for (int i = 0; i < r->scene.ngeom; i++) {
        if (texture_mode(r, &r->scene.geoms[i]) == 3) {
            return false;
        }
    }
    return true;
}

// Ids and textures for the shaders go into the materials.
static void pack_materials(DdRender* r)
{
    for (int i = 0; i < r->scene.ngeom; i++) {
        mjvGeom* v = &r->scene.geoms[i];
        double specular = round(255 * dd_clamp(v->specular, 0, 1));
        double shininess = dd_clamp(v->shininess, 0, 1);
        v->specular = (float)(256 * texture_mode(r, v) + specular + 0.999 * shininess);
        v->shininess = (float)(v->segid + 1) / 65536; // MuJoCo makes it 128 times as much
    }
}

static void place_camera(DdRender* r, const Shot* s)
{
    const DdEye* e = s->eye;
    double left = (-0.5 - e->cx) / e->fx, right = (e->width - 0.5 - e->cx) / e->fx;
    double top = (e->cy + 0.5) / e->fy, bottom = -(e->height - 0.5 - e->cy) / e->fy;
    mjvGLCamera c = {0};

    for (int i = 0; i < 3; i++) {
        c.forward[i] = (float)s->rot[3 * i + 2];
        c.up[i] = (float)-s->rot[3 * i + 1];
    }
    // the map of shadows has the same range, and few bits
    double far =
        s->look->shadows && s->eye->far <= 0 ? dd_clamp(1.1 * s->end, 400, s->far) : s->far;
    double near = s->near < 0.5 * far ? s->near : 0.5 * far;
    c.frustum_center = (float)(near * 0.5 * (left + right));
    c.frustum_width = (float)(near * 0.5 * (right - left)); // half of it
    c.frustum_top = (float)(near * top);
    c.frustum_bottom = (float)(near * bottom);
    c.frustum_near = (float)near;
    c.frustum_far = (float)far;
    r->scene.camera[0] = c;
    r->scene.camera[1] = c;
}

static void fill_scene(void* arg)
{
    Shot* s = arg;
    DdRender* r = s->r;
    mjvCamera camera;
    const double forward[3] = {s->rot[2], s->rot[5], s->rot[8]};

    dd_render_view(r, s->w);
    make_scene(r, (int)r->view.ngeom + (int)r->view.nskin + (int)r->view.nflex + 16);
    mjv_defaultCamera(&camera);
    camera.type = mjCAMERA_USER; // placed by us
    memset(r->scene.camera, 0, sizeof r->scene.camera);
    mjv_updateScene(&r->view, dd_world_data(s->w), &r->option, &r->perturb, &camera,
                    mjCAT_STATIC | mjCAT_DYNAMIC, &r->scene);
    place_geoms(r, s);
    place_camera(r, s);
    dd_render_set_lights(r, s->w, &s->light, s->eye->pose.pos, forward);
}

// The map of depths from the sun, as MuJoCo's own would be, but only where shadows are wanted.
static void make_shadow(DdRender* r)
{
    const DdGl* gl = r->context->gl;
    mjrContext* con = &r->mjr;

    if (con->shadowFBO) {
        return;
    }
    con->shadowSize = k_shadow_side;
    con->shadowClip = (float)k_dd_shadow_reach;
    gl->GenFramebuffers(1, &con->shadowFBO);
    gl->BindFramebuffer(GL_FRAMEBUFFER, con->shadowFBO);
    gl->GenTextures(1, &con->shadowTex);
    gl->ActiveTexture(GL_TEXTURE1);
    gl->BindTexture(GL_TEXTURE_2D, con->shadowTex);
    gl->TexImage2D(GL_TEXTURE_2D, 0, GL_DEPTH24_STENCIL8, k_shadow_side, k_shadow_side, 0,
                   GL_DEPTH_STENCIL, GL_UNSIGNED_INT_24_8, NULL);
    gl->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    gl->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    gl->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    gl->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    gl->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_COMPARE_MODE, GL_COMPARE_R_TO_TEXTURE);
    gl->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_COMPARE_FUNC, GL_GEQUAL);
    gl->TexParameteri(GL_TEXTURE_2D, GL_DEPTH_TEXTURE_MODE, GL_INTENSITY);
    gl->TexGeni(GL_S, GL_TEXTURE_GEN_MODE, GL_EYE_LINEAR);
    gl->TexGeni(GL_T, GL_TEXTURE_GEN_MODE, GL_EYE_LINEAR);
    gl->TexGeni(GL_R, GL_TEXTURE_GEN_MODE, GL_EYE_LINEAR);
    gl->TexGeni(GL_Q, GL_TEXTURE_GEN_MODE, GL_EYE_LINEAR);
    gl->FramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_TEXTURE_2D, con->shadowTex, 0);
    gl->DrawBuffer(GL_NONE);
    gl->ReadBuffer(GL_NONE);
    gl->ActiveTexture(GL_TEXTURE0);
}

// The buffer grows only: cameras of several sizes share it. Without the stencil that MuJoCo would
// give it, as that is for reflections.
static bool prepare_buffer(Shot* s, DdError* err)
{
    const DdGl* gl = s->r->context->gl;
    mjrContext* con = &s->r->mjr;
    int width = s->eye->width, height = s->eye->height;

    if (s->look->shadows) {
        make_shadow(s->r);
    }
    if (!s->r->ids || con->offWidth < width || con->offHeight < height) {
        width = con->offWidth > width ? con->offWidth : width;
        height = con->offHeight > height ? con->offHeight : height;
        gl->BindFramebuffer(GL_FRAMEBUFFER, con->offFBO);
        gl->BindRenderbuffer(GL_RENDERBUFFER, con->offColor);
        gl->RenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width, height);
        gl->BindRenderbuffer(GL_RENDERBUFFER, con->offDepthStencil);
        gl->RenderbufferStorage(GL_RENDERBUFFER, GL_DEPTH_COMPONENT32F, width, height);
        gl->FramebufferRenderbuffer(GL_FRAMEBUFFER, GL_STENCIL_ATTACHMENT, GL_RENDERBUFFER, 0);
        gl->FramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_RENDERBUFFER,
                                    con->offDepthStencil);
        if (!s->r->ids) {
            gl->GenRenderbuffers(1, &s->r->ids);
        }
        gl->BindRenderbuffer(GL_RENDERBUFFER, s->r->ids);
        gl->RenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width, height);
        gl->FramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT1, GL_RENDERBUFFER,
                                    s->r->ids);
        if (!dd_gl_check(s->r->context, "making room for a picture", err)) {
            con->offWidth = con->offHeight = 0;
            return false;
        }
        if (gl->CheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
            con->offWidth = con->offHeight = 0;
            return dd_fail(err, DD_ERROR_GRAPHICS,
                           "OpenGL refuses a picture of %d x %d pixels with depths", width, height);
        }
        con->offWidth = width;
        con->offHeight = height;
    }
    mjr_setBuffer(mjFB_OFFSCREEN, con);
    return true;
}

static void draw(void* arg)
{
    Shot* s = arg;
    const mjrRect all = {0, 0, s->eye->width, s->eye->height};

    mjr_render(all, &s->r->scene, &s->r->mjr);
}

static bool read_depth(Shot* s, DdShot* out, DdError* err)
{
    float projection[16];

    // the very numbers that the depths were made with
    s->r->context->gl->GetFloatv(GL_PROJECTION_MATRIX, projection);
    return dd_render_read_depth(s->r, s->eye->width, s->eye->height, projection[14], projection[10],
                                out->depth, err);
}

static bool finish_rgb(Shot* s, DdShot* out, DdError* err)
{
    if (s->look->sky) {
        dd_render_draw_sky(s->r, s->weather, &s->light, s->eye, s->rot);
    }
    return dd_render_read_rgb(s->r, s->eye->width, s->eye->height, out->rgb, err);
}

// Everything at once.
static bool draw_one_pass(Shot* s, DdShot* out, DdError* err)
{
    DdRender* r = s->r;
    const DdGl* gl = r->context->gl;
    const GLenum buffers[2] = {out->rgb ? GL_COLOR_ATTACHMENT0 : GL_NONE,
                               out->geom ? GL_COLOR_ATTACHMENT1 : GL_NONE};

    r->scene.flags[mjRND_SEGMENT] = 0;
    r->scene.flags[mjRND_IDCOLOR] = 0;
    r->scene.flags[mjRND_SHADOW] = 0;
    gl->DrawBuffers(2, buffers);
    bool fine = dd_guard_run(draw, s, DD_ERROR_GRAPHICS, err);
    gl->UseProgram(0);
    if (!fine || (out->depth && !read_depth(s, out, err))) {
        return false;
    }
    if (out->geom) {
        gl->ReadBuffer(GL_COLOR_ATTACHMENT1);
        fine = dd_render_read_ids(r, s->eye->width, s->eye->height, s->nid, out->geom, err);
        gl->ReadBuffer(GL_COLOR_ATTACHMENT0);
    }
    return fine && (!out->rgb || finish_rgb(s, out, err));
}

// By fixed functions: colours and depths.
static bool draw_picture(Shot* s, DdShot* out, DdError* err)
{
    DdRender* r = s->r;

    r->scene.flags[mjRND_SEGMENT] = 0;
    r->scene.flags[mjRND_IDCOLOR] = 0;
    r->scene.flags[mjRND_SHADOW] = s->look->shadows;
    return dd_guard_run(draw, s, DD_ERROR_GRAPHICS, err) &&
           (!out->depth || read_depth(s, out, err)) && (!out->rgb || finish_rgb(s, out, err));
}

// By fixed functions: geoms' numbers.
static bool draw_ids(Shot* s, DdShot* out, DdError* err)
{
    DdRender* r = s->r;

    r->scene.flags[mjRND_SEGMENT] = 1;
    r->scene.flags[mjRND_IDCOLOR] = 1;
    // what is transparent has no depth and no number: both tell what is behind it
    int n = 0;
    for (int i = 0; i < r->scene.ngeom; i++) {
        if (r->scene.geoms[i].rgba[3] >= 0.995f) {
            r->scene.geoms[n++] = r->scene.geoms[i];
        }
    }
    r->scene.ngeom = n;
    // without colours, depths come from this pass: it draws what has depth, at the same places
    return dd_guard_run(draw, s, DD_ERROR_GRAPHICS, err) &&
           (!out->depth || out->rgb || read_depth(s, out, err)) &&
           dd_render_read_ids(r, s->eye->width, s->eye->height, s->nid, out->geom, err);
}

static bool draw_two_passes(Shot* s, DdShot* out, DdError* err)
{
    bool first = out->rgb || (out->depth && !out->geom);

    return (!first || draw_picture(s, out, err)) && (!out->geom || draw_ids(s, out, err));
}

bool dd_render_shot(DdRender* r, DdWorld* w, const DdEye* eye, const DdRenderLook* look,
                    const DdWeather* weather, double t_s, DdShot* shot, DdError* err)
{
    Shot s = {.r = r, .w = w, .eye = eye, .look = look, .weather = weather};
    double quat[4];
    DdGlBefore before;

    if (!dd_render_check_size(eye->width, eye->height, err)) {
        return false;
    }
    memcpy(quat, eye->pose.quat, sizeof quat);
    dd_quat_normalize(quat);
    mju_quat2Mat(s.rot, quat);
    s.light = dd_render_light(weather, t_s);
    s.near = eye->near > 0 ? eye->near : k_near_least;
    s.far = eye->far > 0 ? eye->far : k_far_most;
    set_frustum(&s);
    if (!dd_gl_enter(r->context, &before, err)) {
        return false;
    }
    bool fine = dd_guard_run(fill_scene, &s, DD_ERROR_GRAPHICS, err) && prepare_buffer(&s, err);
    if (fine) {
        int spots = r->scene.nlight - DD_RENDER_DIRECTIONS;
        if (shaders_can(r, &s) && dd_render_use_program(r->context, shot->rgb, shot->geom, spots)) {
            pack_materials(r);
            fine = draw_one_pass(&s, shot, err);
        } else {
            fine = draw_two_passes(&s, shot, err);
        }
    }
    fine = fine && dd_gl_check(r->context, "drawing a picture", err);
    dd_gl_leave(r->context, &before);
    return fine;
}
