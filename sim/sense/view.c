// View: which pinholes a lens needs, the table from its pixels to theirs, and the look-up.
#include "sim/sense/view.h"

#include <math.h>
#include <string.h>

enum { k_faces = 6, k_dark = 255 };
// up to here one pinhole does; its pixels grow with the square of 1 / cos
static const double k_single_angle = 60 * DD_PI / 180;

// One pinhole behind the lens: its axes in the optical frame, the part of its plane that is needed.
typedef struct Face {
    bool used;
    double quat[4];      // of the face in the optical frame
    double axis[3][3];   // x, y, z
    double lo[2], hi[2]; // of x/z, y/z
    DdEye eye;           // without the pose
    size_t at;           // its first pixel in the buffers
} Face;

// Where a pixel of the picture finds its four neighbours.
typedef struct Tap {
    uint32_t at; // the upper left one
    unsigned char face, wx, wy,
        nearest; // k_dark; weights of 256; nearest: bit 0 right, bit 1 below
} Tap;

struct DdView {
    DdLens lens;
    double pinhole[4]; // fx fy cx cy
    size_t npixel;
    float* slant; // (npixel)
    int nface;
    Face face[k_faces];
    // of lenses that are no pinhole
    Tap* tap;     // (npixel)
    float* range; // (npixel) of a fisheye: range over the depth on the face
    size_t nsource;
    unsigned char* rgb; // (nsource) of all faces, one after the other
    float* depth;
    int* geom;
    // of the last projector
    DdSense* sense;
    DdPose pose;
};

static void render_free(void* shared)
{
    dd_render_release(shared);
}

DdRender* dd_sense_render(DdSense* s, DdError* err)
{
    if (!s->shared[DD_SHARED_RENDER]) {
        s->shared[DD_SHARED_RENDER] = dd_render_get(s->world, err);
        s->shared_free[DD_SHARED_RENDER] = render_free;
    }
    return s->shared[DD_SHARED_RENDER];
}

DdPose dd_optical_of(DdPose sensor)
{
    const double optical[4] = {0.5, -0.5, 0.5, -0.5};
    dd_quat_mul(sensor.quat, sensor.quat, optical);
    return sensor;
}

const DdLens* dd_view_lens(const DdView* v)
{
    return &v->lens;
}

int dd_view_renders(const DdView* v)
{
    return v->nface;
}

const float* dd_view_slant(const DdView* v)
{
    return v->slant;
}

static void init_faces(DdView* v)
{
    // ahead, right, left, down, up, back: a turn about one axis each
    static const double k_turn[k_faces][3] = {{0, 0, 0},  {0, 1, 0}, {0, -1, 0},
                                              {-1, 0, 0}, {1, 0, 0}, {0, 2, 0}};
    for (int f = 0; f < k_faces; f++) {
        Face* face = &v->face[f];
        double turn[3];
        for (int i = 0; i < 3; i++) {
            turn[i] = k_turn[f][i] * DD_PI / 2;
            face->lo[i % 2] = INFINITY;
            face->hi[i % 2] = -INFINITY;
        }
        dd_quat_from_rotvec(face->quat, turn);
        for (int i = 0; i < 3; i++) {
            double unit[3] = {i == 0, i == 1, i == 2};
            dd_quat_rotate(face->axis[i], face->quat, unit);
        }
    }
}

// The face that a ray belongs to, and where on its plane.
static int face_of(const DdView* v, bool single, const double dir[3], double at[2], double* depth)
{
    int best = 0;
    double most = dd_dot3(v->face[0].axis[2], dir);
    for (int f = 1; f < k_faces && !single; f++) {
        double along = dd_dot3(v->face[f].axis[2], dir);
        if (along > most) {
            most = along;
            best = f;
        }
    }
    *depth = most;
    at[0] = dd_dot3(v->face[best].axis[0], dir) / most;
    at[1] = dd_dot3(v->face[best].axis[1], dir) / most;
    return best;
}

// Direction of every pixel as three floats, NaN where it is dark. The neighbour's is a near guess.
static float* directions(const DdLens* lens, double* widest)
{
    int w = lens->width, h = lens->height;
    float* out = malloc((size_t)w * (size_t)h * 3 * sizeof *out);
    DD_ASSERT(out);
    double least = 1;
    for (int y = 0; y < h; y++) {
        double guess[2];
        bool warm = false;
        for (int x = 0; x < w; x++) {
            float* to = out + 3 * ((size_t)y * (size_t)w + (size_t)x);
            double dir[3];
            bool seen = warm && dd_lens_ray(lens, x, y, guess, dir);
            if (!seen) {
                // from scratch, at the start of a row and behind a dark pixel
                seen = dd_lens_ray(lens, x, y, NULL, dir);
                bool angle = lens->model == DD_LENS_EQUIDISTANT;
                guess[0] = !seen ? 0 : angle ? acos(dd_clamp(dir[2], -1, 1)) : dir[0] / dir[2];
                guess[1] = seen && !angle ? dir[1] / dir[2] : 0;
            }
            warm = seen;
            for (int i = 0; i < 3; i++) {
                to[i] = seen ? (float)dir[i] : NAN;
            }
            least = seen && dir[2] < least ? dir[2] : least;
        }
    }
    *widest = acos(dd_clamp(least, -1, 1));
    return out;
}

static bool size_faces(DdView* v, const char* what, DdError* err)
{
    double f = v->lens.fx;
    for (int i = 0; i < k_faces; i++) {
        Face* face = &v->face[i];
        if (!face->used) {
            continue;
        }
        double w = (face->hi[0] - face->lo[0]) * f, h = (face->hi[1] - face->lo[1]) * f;
        // one pixel more on each side, for neighbours
        face->eye = (DdEye){.fx = f,
                            .fy = f,
                            .cx = 1 - face->lo[0] * f,
                            .cy = 1 - face->lo[1] * f,
                            .width = w < 1e6 ? (int)ceil(w) + 3 : INT32_MAX,
                            .height = h < 1e6 ? (int)ceil(h) + 3 : INT32_MAX};
        if (!dd_render_check_size(face->eye.width, face->eye.height, err)) {
            return dd_fail_while(err, "%s: the picture behind its lens", what);
        }
        face->at = v->nsource;
        v->nsource += (size_t)face->eye.width * (size_t)face->eye.height;
        v->nface++;
    }
    return true;
}

static bool build(DdView* v, const char* what, DdError* err)
{
    double widest, at[2], depth;
    float* dir = directions(&v->lens, &widest);
    bool fisheye = v->lens.model == DD_LENS_EQUIDISTANT;
    bool single = !fisheye || widest <= k_single_angle;
    init_faces(v);
    for (size_t i = 0; i < v->npixel; i++) {
        const double d[3] = {dir[3 * i], dir[3 * i + 1], dir[3 * i + 2]};
        v->slant[i] = isnan(d[0]) ? 0 : fisheye ? 1 : (float)(1 / d[2]);
        if (isnan(d[0])) {
            continue;
        }
        Face* face = &v->face[face_of(v, single, d, at, &depth)];
        face->used = true;
        for (int k = 0; k < 2; k++) {
            face->lo[k] = at[k] < face->lo[k] ? at[k] : face->lo[k];
            face->hi[k] = at[k] > face->hi[k] ? at[k] : face->hi[k];
        }
    }
    if (!size_faces(v, what, err)) {
        free(dir);
        return false;
    }
    v->tap = calloc(v->npixel, sizeof *v->tap);
    v->range = fisheye ? malloc(v->npixel * sizeof *v->range) : NULL;
    DD_ASSERT(v->tap && (v->range || !fisheye));
    for (size_t i = 0; i < v->npixel; i++) {
        const double d[3] = {dir[3 * i], dir[3 * i + 1], dir[3 * i + 2]};
        Tap* tap = &v->tap[i];
        if (isnan(d[0])) {
            tap->face = k_dark;
            continue;
        }
        int f = face_of(v, single, d, at, &depth);
        const DdEye* eye = &v->face[f].eye;
        double px = at[0] * eye->fx + eye->cx, py = at[1] * eye->fy + eye->cy;
        double x = floor(px), y = floor(py);
        int wx = (int)((px - x) * 256), wy = (int)((py - y) * 256);
        tap->face = (unsigned char)f;
        tap->wx = (unsigned char)wx;
        tap->wy = (unsigned char)wy;
        tap->nearest = (unsigned char)((wx >= 128) | (wy >= 128) << 1);
        tap->at = (uint32_t)(v->face[f].at + (size_t)y * (size_t)eye->width + (size_t)x);
        if (v->range) {
            v->range[i] = (float)(1 / depth);
        }
    }
    free(dir);
    return true;
}

DdView* dd_view_create(const DdLens* lens, const char* what, DdError* err)
{
    if (!dd_render_check_size(lens->width, lens->height, err)) {
        dd_fail_while(err, "%s", what);
        return NULL;
    }
    DdView* v = calloc(1, sizeof *v);
    DD_ASSERT(v);
    v->lens = *lens;
    v->npixel = (size_t)lens->width * (size_t)lens->height;
    v->slant = malloc(v->npixel * sizeof *v->slant);
    DD_ASSERT(v->slant);
    if (lens->model != DD_LENS_PINHOLE) {
        if (!build(v, what, err)) {
            dd_view_destroy(v);
            return NULL;
        }
        return v;
    }
    v->nface = 1;
    v->face[0].eye = (DdEye){.fx = lens->fx,
                             .fy = lens->fy,
                             .cx = lens->cx,
                             .cy = lens->cy,
                             .width = lens->width,
                             .height = lens->height};
    float* slant = v->slant;
    for (int y = 0; y < lens->height; y++) {
        double b = (y - lens->cy) / lens->fy;
        for (int x = 0; x < lens->width; x++) {
            double a = (x - lens->cx) / lens->fx;
            *slant++ = (float)sqrt(1 + a * a + b * b);
        }
    }
    return v;
}

void dd_view_destroy(DdView* v)
{
    if (!v) {
        return;
    }
    free(v->slant);
    free(v->tap);
    free(v->range);
    free(v->rgb);
    free(v->depth);
    free(v->geom);
    free(v);
}

static bool shot_of(DdView* v, DdSense* s, const DdPose* pose, const DdRenderLook* look, int face,
                    DdShot* shot, DdError* err)
{
    DdRender* r = dd_sense_render(s, err);
    DdEye eye = v->face[face].eye;
    eye.pose = *pose;
    if (v->tap) {
        dd_quat_mul(eye.pose.quat, pose->quat, v->face[face].quat);
    }
    return r && dd_render_shot(r, s->world, &eye, look, dd_sense_weather(s),
                               dd_step_s(s->step < 0 ? 0 : s->step, s->physics_hz), shot, err);
}

static void look_up_rgb(const DdView* v, unsigned char* out)
{
    size_t row[k_faces];
    for (int f = 0; f < k_faces; f++) {
        row[f] = 3 * (size_t)v->face[f].eye.width;
    }
    for (size_t i = 0; i < v->npixel; i++, out += 3) {
        Tap t = v->tap[i];
        if (t.face == k_dark) {
            out[0] = out[1] = out[2] = 0;
            continue;
        }
        const unsigned char* a = v->rgb + 3 * (size_t)t.at;
        const unsigned char* b = a + row[t.face];
        int w11 = t.wx * t.wy, w10 = 256 * t.wy - w11, w01 = 256 * t.wx - w11;
        int w00 = 65536 - w01 - w10 - w11;
        for (int k = 0; k < 3; k++) {
            out[k] = (unsigned char)((a[k] * w00 + a[k + 3] * w01 + b[k] * w10 + b[k + 3] * w11 +
                                      32768) >>
                                     16);
        }
    }
}

static size_t nearest_of(const DdView* v, Tap t)
{
    return t.at + (t.nearest & 1u) + (t.nearest & 2u ? (size_t)v->face[t.face].eye.width : 0);
}

static void look_up_rest(const DdView* v, float* depth, int* geom)
{
    for (size_t i = 0; i < v->npixel && depth; i++) {
        Tap t = v->tap[i];
        float scale = v->range ? v->range[i] : 1;
        depth[i] = t.face == k_dark ? INFINITY : v->depth[nearest_of(v, t)] * scale;
    }
    for (size_t i = 0; i < v->npixel && geom; i++) {
        Tap t = v->tap[i];
        geom[i] = t.face == k_dark ? -1 : v->geom[nearest_of(v, t)];
    }
}

// Room for the pinholes' pictures, when they are first wanted.
static void make_room(DdView* v, const DdShot* shot)
{
    if (shot->rgb && !v->rgb) {
        v->rgb = malloc(3 * v->nsource);
        DD_ASSERT(v->rgb);
    }
    if (shot->depth && !v->depth) {
        v->depth = malloc(v->nsource * sizeof *v->depth);
        DD_ASSERT(v->depth);
    }
    if (shot->geom && !v->geom) {
        v->geom = malloc(v->nsource * sizeof *v->geom);
        DD_ASSERT(v->geom);
    }
}

bool dd_view_shot(DdView* v, DdSense* s, const DdPose* pose, const DdRenderLook* look, DdShot* shot,
                  DdError* err)
{
    if (!v->tap) {
        return shot_of(v, s, pose, look, 0, shot, err);
    }
    make_room(v, shot);
    for (int f = 0; f < k_faces; f++) {
        const Face* face = &v->face[f];
        DdShot part = {.rgb = shot->rgb ? v->rgb + 3 * face->at : NULL,
                       .depth = shot->depth ? v->depth + face->at : NULL,
                       .geom = shot->geom ? v->geom + face->at : NULL};
        if (face->used && !shot_of(v, s, pose, look, f, &part, err)) {
            return false;
        }
    }
    if (shot->rgb) {
        look_up_rgb(v, shot->rgb);
    }
    look_up_rest(v, shot->depth, shot->geom);
    return true;
}

static bool view_project(void* user, const double p[3], double px[2])
{
    return dd_lens_project(&((DdView*)user)->lens, p, px);
}

static bool view_silhouette(void* user, bool (*show)(void* user, int geom), void* show_user,
                            int* geom)
{
    DdView* v = user;
    DdRenderLook look = dd_render_look();
    DdShot shot = {.geom = geom};
    DdError err = {0};
    look.show = show;
    look.user = show_user;
    if (!dd_view_shot(v, v->sense, &v->pose, &look, &shot, &err)) {
        dd_sense_fail(v->sense, &err);
        return false;
    }
    return true;
}

static bool view_ray(void* user, double u, double v, double dir[3])
{
    const DdView* view = user;
    return dd_lens_ray(&view->lens, u, v, NULL, dir);
}

DdProjector dd_view_projector(DdView* v, DdSense* s, const DdPose* pose)
{
    v->sense = s;
    v->pose = *pose;
    v->pinhole[0] = v->lens.fx;
    v->pinhole[1] = v->lens.fy;
    v->pinhole[2] = v->lens.cx;
    v->pinhole[3] = v->lens.cy;
    return (DdProjector){.width = v->lens.width,
                         .height = v->lens.height,
                         .pose = *pose,
                         .project = view_project,
                         .ray = view_ray,
                         .pinhole = v->lens.model == DD_LENS_PINHOLE ? v->pinhole : NULL,
                         .silhouette = view_silhouette,
                         .user = v};
}
