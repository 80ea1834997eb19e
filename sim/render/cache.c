// Cache: renderers of this thread by what of a model lies on the GL side, so that the next episode
// of the same model finds its meshes and textures there.
#include <pthread.h>
#include <string.h>

#include "sim/base/hash.h"
#include "sim/render/internal.h"
#include "sim/world/guard.h"

enum {
    k_keep = 2,        // unused renderers
    k_side_max = 8192, // px
    k_pixels_max = 33 * 1000 * 1000,
    k_slices = 32, // of round things
    k_stacks = 16,
};

static _Thread_local DdRender* t_list;
static _Thread_local int64_t t_order;
static pthread_key_t s_at_exit;
static pthread_once_t s_once = PTHREAD_ONCE_INIT;

// Everything that mjr_makeContext and mjv_makeScene take from a model.
static uint64_t hash_assets(const mjModel* m)
{
    uint64_t h = 0;

#define ADD(array, n) h = dd_hash64(m->array, sizeof *m->array * (size_t)(n), h)
    const int64_t sizes[] = {m->nmesh, m->nhfield, m->ntex, m->nmat, m->nskin, m->nflex};
    h = dd_hash64(sizes, sizeof sizes, h);
    ADD(mesh_vertadr, m->nmesh);
    ADD(mesh_vertnum, m->nmesh);
    ADD(mesh_faceadr, m->nmesh);
    ADD(mesh_facenum, m->nmesh);
    ADD(mesh_normaladr, m->nmesh);
    ADD(mesh_texcoordadr, m->nmesh);
    ADD(mesh_vert, 3 * m->nmeshvert);
    ADD(mesh_normal, 3 * m->nmeshnormal);
    ADD(mesh_texcoord, 2 * m->nmeshtexcoord);
    ADD(mesh_face, 3 * m->nmeshface);
    ADD(mesh_facenormal, 3 * m->nmeshface);
    ADD(mesh_facetexcoord, 3 * m->nmeshface);
    ADD(mesh_graphadr, m->nmesh);
    ADD(mesh_graph, m->nmeshgraph);
    ADD(hfield_size, 4 * m->nhfield);
    ADD(hfield_nrow, m->nhfield);
    ADD(hfield_ncol, m->nhfield);
    ADD(hfield_data, m->nhfielddata);
    ADD(tex_type, m->ntex);
    ADD(tex_colorspace, m->ntex);
    ADD(tex_height, m->ntex);
    ADD(tex_width, m->ntex);
    ADD(tex_nchannel, m->ntex);
    ADD(tex_data, m->ntexdata);
    ADD(mat_texid, mjNTEXROLE * m->nmat);
    ADD(mat_texuniform, m->nmat);
    ADD(mat_texrepeat, 2 * m->nmat);
    ADD(skin_vertadr, m->nskin);
    ADD(skin_vertnum, m->nskin);
    ADD(skin_faceadr, m->nskin);
    ADD(skin_facenum, m->nskin);
    ADD(skin_texcoordadr, m->nskin);
    ADD(skin_face, 3 * m->nskinface);
    ADD(skin_texcoord, 2 * m->nskintexvert);
    ADD(flex_dim, m->nflex);
    ADD(flex_vertadr, m->nflex);
    ADD(flex_vertnum, m->nflex);
    ADD(flex_edgeadr, m->nflex);
    ADD(flex_edgenum, m->nflex);
    ADD(flex_elemadr, m->nflex);
    ADD(flex_elemnum, m->nflex);
    ADD(flex_shellnum, m->nflex);
    ADD(flex_elemlayer, m->nflexelem);
    ADD(flex_edge, 2 * m->nflexedge);
#undef ADD
    // planes are drawn from lists of their own, in the order of the geoms
    for (int g = 0; g < m->ngeom; g++) {
        if (m->geom_type[g] == mjGEOM_PLANE) {
            h = dd_hash64(m->geom_size + 3 * g, 3 * sizeof *m->geom_size, h);
            h = dd_hash64(m->geom_matid + g, sizeof *m->geom_matid, h);
        }
    }
    return h;
}

void dd_render_view(DdRender* r, DdWorld* w)
{
    mjModel* v = &r->view;

    *v = *dd_world_model(w);
    v->vis.global.offwidth = 64;
    v->vis.global.offheight = 64;
    v->vis.global.linewidth = 1;
    v->vis.quality.shadowsize = 0; // made at the first shot that wants shadows
    v->vis.quality.offsamples = 0; // edges of colour, depth and ids agree
    v->vis.quality.numslices = k_slices;
    v->vis.quality.numstacks = k_stacks;
    v->vis.quality.numquads = 1; // nothing is lit by the corners of large faces alone
    v->vis.headlight.active = 0;
    v->stat.extent = 1;
    v->vis.map.znear = 0.01f; // the frustum is ours
    v->vis.map.zfar = 1000;
    v->vis.map.fogstart = 1;
    v->vis.map.fogend = 2;
    v->vis.map.shadowclip = 1;
    v->vis.map.shadowscale = 0.6f;
}

// Infinite planes: lines close together near the middle, ever farther apart outwards.
static void plane_list(DdRender* r, int plane)
{
    enum { k_lines_max = 32 };
    const DdGl* gl = r->context->gl;
    const float k_end = 4000; // m
    float line[k_lines_max];
    int n = 0;
    float at = 0, gap = 4;

    while (at < k_end && n < k_lines_max - 1) {
        line[n++] = at;
        at += gap;
        gap *= 2;
    }
    line[n++] = k_end;
    gl->NewList(r->mjr.basePlane + (GLuint)plane + 1, GL_COMPILE);
    gl->Begin(GL_QUADS);
    gl->Normal3f(0, 0, 1);
    for (int i = 0; i < 2 * (n - 1); i++) {
        for (int j = 0; j < 2 * (n - 1); j++) {
            static const int k_corner[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
            for (int c = 0; c < 4; c++) {
                int a = i + k_corner[c][0] - (n - 1), b = j + k_corner[c][1] - (n - 1);
                float x = a < 0 ? -line[-a] : line[a], y = b < 0 ? -line[-b] : line[b];
                gl->TexCoord2f(0.5f * x, -0.5f * y);
                gl->Vertex3f(x, y, 0);
            }
        }
    }
    gl->End();
    gl->EndList();
}

// Sizes of geoms that have planes drawn in few pieces: MuJoCo makes 40,000 of an infinite one.
static mjtNum* plane_sizes(const DdRender* r)
{
    const mjModel* v = &r->view;
    mjtNum* sizes = malloc(sizeof *sizes * 3 * ((size_t)v->ngeom + 1));

    DD_ASSERT(sizes);
    memcpy(sizes, v->geom_size, sizeof *sizes * 3 * (size_t)v->ngeom);
    for (int g = 0; g < v->ngeom; g++) {
        mjtNum* size = sizes + 3 * g;
        if (v->geom_type[g] != mjGEOM_PLANE) {
            continue;
        }
        if (size[0] <= 0 || size[1] <= 0) {
            size[0] = size[1] = size[2] = 1;
        } else {
            size[2] = mju_max(size[0], size[1]);
        }
    }
    return sizes;
}

static void make_context(void* arg)
{
    DdRender* r = arg;

    mjr_makeContext(&r->view, &r->mjr, mjFONTSCALE_100);
    mjr_setBuffer(mjFB_OFFSCREEN, &r->mjr);
}

static bool upload(DdRender* r, DdWorld* w, DdError* err)
{
    const mjModel* m = dd_world_model(w);
    DdGlBefore before;
    int plane = 0;

    if (!dd_gl_enter(r->context, &before, err)) {
        return false;
    }
    dd_render_view(r, w);
    mjtNum* sizes = plane_sizes(r);
    r->view.geom_size = sizes;
    bool fine = dd_guard_run(make_context, r, DD_ERROR_GRAPHICS, err);
    free(sizes);
    r->view.geom_size = m->geom_size;
    for (int g = 0; fine && g < m->ngeom; g++) {
        if (m->geom_type[g] == mjGEOM_PLANE) {
            if (m->geom_size[3 * g] <= 0 || m->geom_size[3 * g + 1] <= 0) {
                plane_list(r, plane);
            }
            plane++;
        }
    }
    fine = fine && dd_gl_check(r->context, "uploading the model", err);
    dd_gl_leave(r->context, &before);
    return fine;
}

static void free_context(void* arg)
{
    mjr_freeContext(arg);
}

static void destroy(DdRender* r)
{
    DdGlBefore before;

    if (!r->context->dead && dd_gl_enter(r->context, &before, NULL)) {
        r->context->gl->DeleteTextures(1, &r->sky); // 0 is fine
        r->context->gl->DeleteRenderbuffers(1, &r->ids);
        if (!dd_guard_run(free_context, &r->mjr, DD_ERROR_GRAPHICS, NULL)) {
            r->context->dead = true;
        }
        dd_gl_leave(r->context, &before);
    } else {
        mju_free(r->mjr.skinvertVBO);
        mju_free(r->mjr.skinnormalVBO);
        mju_free(r->mjr.skintexcoordVBO);
        mju_free(r->mjr.skinfaceVBO);
    }
    dd_gl_unref(r->context);
    mjv_freeScene(&r->scene);
    free(r->geom_of_id);
    free(r->staging);
    free(r);
}

static void unlink_render(DdRender* r)
{
    DdRender** at = &t_list;

    while (*at != r) {
        DD_ASSERT(*at);
        at = &(*at)->next;
    }
    *at = r->next;
}

// Unused ones beyond those that may be kept go, the longest unused first; dead ones always.
static void trim(int keep)
{
    for (;;) {
        int unused = 0;
        DdRender* oldest = NULL;
        for (DdRender* r = t_list; r; r = r->next) {
            if (r->refs == 0) {
                unused++;
                bool older =
                    !oldest || (r->context->dead && !oldest->context->dead) ||
                    (r->context->dead == oldest->context->dead && r->order < oldest->order);
                oldest = older ? r : oldest;
            }
        }
        if (!oldest || (unused <= keep && !oldest->context->dead)) {
            return;
        }
        unlink_render(oldest);
        destroy(oldest);
    }
}

static void clear_at_exit(void* value)
{
    (void)value;
    dd_render_clear_cache();
}

static void make_key(void)
{
    DD_ASSERT(pthread_key_create(&s_at_exit, clear_at_exit) == 0);
}

DdRender* dd_render_get(DdWorld* w, DdError* err)
{
    const mjModel* m = dd_world_model(w);
    uint64_t key = hash_assets(m);

    pthread_once(&s_once, make_key);
    for (DdRender* r = t_list; r; r = r->next) {
        if (r->key == key && dd_gl_alive(r->context)) {
            r->refs++;
            return r;
        }
    }
    DdRender* r = calloc(1, sizeof *r);
    if (!r) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for a renderer");
        return NULL;
    }
    r->context = dd_gl_get(err);
    if (!r->context) {
        free(r);
        return NULL;
    }
    r->key = key;
    r->refs = 1;
    mjv_defaultScene(&r->scene);
    mjv_defaultPerturb(&r->perturb);
    mjr_defaultContext(&r->mjr);
    if (!upload(r, w, err)) {
        destroy(r);
        return NULL;
    }
    r->next = t_list;
    t_list = r;
    // any value but NULL has the cache cleared when the thread ends
    pthread_setspecific(s_at_exit, r);
    return r;
}

void dd_render_release(DdRender* r)
{
    if (!r) {
        return;
    }
    DD_ASSERT(r->refs > 0);
    r->refs--;
    r->order = ++t_order;
    trim(k_keep);
}

void dd_render_clear_cache(void)
{
    trim(0);
}

void dd_render_plain_for_test(DdRender* r, bool plain)
{
    r->plain = plain;
}

void dd_render_kill_for_test(DdRender* r)
{
    dd_gl_kill(r->context);
}

bool dd_render_check_size(int width, int height, DdError* err)
{
    if (width < 1 || height < 1 || width > k_side_max || height > k_side_max) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "a picture of %d x %d pixels cannot be drawn (expected 1 to %d a side)",
                       width, height, k_side_max);
    }
    if ((int64_t)width * height > k_pixels_max) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "a picture of %d x %d pixels cannot be drawn (expected at most %d million "
                       "pixels)",
                       width, height, k_pixels_max / 1000000);
    }
    return true;
}
