// Skins become materials and textures of the world that asked for them; shapes its meshes.
#include "sim/world/skins.h"

#include <string.h>

#include "sim/world/parts.h"
#include "sim/world/shapes.h"

typedef struct DdSkinRow {
    const char* name;
    const char* texture; // NULL: none
    bool uniform;        // the picture has a size in m, else it fills a face
    float repeat;        // of a uniform one: pictures per m of a plane, per 2 m of a box
    float specular, shininess, emission;
} DdSkinRow;

static const DdSkinRow k_skins[DD_SKIN_COUNT] = {
    [DD_SKIN_ASPHALT] = {"asphalt", "asphalt", true, 0.125f, 0.05f, 0.1f, 0},
    [DD_SKIN_CONCRETE] = {"concrete", "concrete", true, 0.25f, 0.05f, 0.1f, 0},
    [DD_SKIN_EPOXY] = {"epoxy", "epoxy", true, 0.25f, 0.25f, 0.6f, 0},
    [DD_SKIN_SLAB] = {"slab", "concrete", true, 0.5f, 0.05f, 0.1f, 0},
    [DD_SKIN_PANEL] = {"panel", "panel", true, 0.5f, 0.15f, 0.3f, 0},
    [DD_SKIN_CORRUGATED] = {"corrugated", "corrugated", false, 1, 0.15f, 0.3f, 0},
    [DD_SKIN_SLATS] = {"slats", "slats", false, 1, 0.25f, 0.4f, 0},
    [DD_SKIN_WIRE] = {"wire", "mesh", false, 1, 0.1f, 0.2f, 0},
    [DD_SKIN_HAZARD] = {"hazard", "hazard", false, 1, 0.1f, 0.2f, 0},
    [DD_SKIN_UPRIGHT] = {"upright", "upright", false, 1, 0.25f, 0.4f, 0},
    [DD_SKIN_WOOD] = {"wood", "wood", false, 1, 0.05f, 0.1f, 0},
    [DD_SKIN_CARTON] = {"carton", "carton", false, 1, 0.05f, 0.1f, 0},
    [DD_SKIN_STEEL] = {"steel", "steel", false, 1, 0.5f, 0.6f, 0},
    [DD_SKIN_PAINT] = {"paint", NULL, false, 1, 0.3f, 0.5f, 0},
    [DD_SKIN_RUBBER] = {"rubber", NULL, false, 1, 0.05f, 0.1f, 0},
    [DD_SKIN_GLASS] = {"glass", NULL, false, 1, 0.9f, 0.9f, 0},
    [DD_SKIN_LAMP] = {"lamp", NULL, false, 1, 0.2f, 0.5f, 0.8f},
};

static void full_name(char out[3 * DD_NAME_MAX], const char* prefix, const char* name)
{
    snprintf(out, 3 * DD_NAME_MAX, "%s/%s", prefix, name);
}

void dd_build_skin(mjsGeom* g, DdSkin skin)
{
    char name[3 * DD_NAME_MAX];

    if (skin == DD_SKIN_NONE) {
        return;
    }
    full_name(name, "look", k_skins[skin].name);
    mjs_setString(g->material, name);
}

void dd_skin_tint(float out[4], const double rgba[4], const double usual[4])
{
    bool own = memcmp(rgba, usual, 4 * sizeof *rgba) != 0;

    for (int i = 0; i < 3; i++) {
        out[i] = own ? (float)rgba[i] : 1;
    }
    out[3] = (float)rgba[3];
}

DdShape* dd_shape_new(const DdBuild* b, const char* name)
{
    DdCompose* c = b->c;

    for (int i = 0; i < c->nshape; i++) {
        if (strcmp(c->shapes[i]->name, name) == 0) {
            return NULL;
        }
    }
    DdShape** shapes = realloc(c->shapes, (size_t)(c->nshape + 1) * sizeof(DdShape*));
    DdShape* s = calloc(1, sizeof *s);
    DD_ASSERT(shapes && s);
    c->shapes = shapes;
    c->shapes[c->nshape++] = s;
    snprintf(s->name, sizeof s->name, "%s", name);
    return s;
}

mjsGeom* dd_build_shape(const DdBuild* b, const char* part, const char* shape, DdSkin skin,
                        const double rgba[4])
{
    const double none[3] = {0, 0, 0};
    mjsGeom* g = dd_build_geom(b, part, mjGEOM_MESH, DD_LOOK_VISUAL, none, none, rgba, 0);

    mjs_setString(g->meshname, shape);
    dd_build_skin(g, skin);
    return g;
}

static void texture_name(char out[DD_PATH_MAX], const char* texture)
{
    snprintf(out, DD_PATH_MAX, "assets/textures/%s.png", texture);
}

// a sky with clouds over a ground that lies outdoors
static bool has_clouds(const DdCompose* c)
{
    return (c->skins & (1u << DD_SKIN_ASPHALT | 1u << DD_SKIN_CONCRETE)) != 0;
}

static bool read_texture(DdCompose* c, const char* texture, DdError* err)
{
    enum { k_most_bytes = 16 << 20 };
    char logical[DD_PATH_MAX], path[DD_PATH_MAX];

    texture_name(logical, texture);
    dd_path_join(path, dd_home(), logical);
    return dd_files_load(c->files, logical, path, k_most_bytes, err) != NULL;
}

bool dd_skins_read(DdCompose* c, DdError* err)
{
    c->skins = 0;
    for (int i = 0; i < c->n; i++) {
        const DdThingKind* kind = c->items[i].kind;
        c->skins |= kind && kind->skins ? kind->skins(c->items[i].def) : 0;
    }
    if (!c->files) {
        return true;
    }
    for (int i = 1; i < DD_SKIN_COUNT; i++) {
        if ((c->skins & 1u << i) && k_skins[i].texture &&
            !read_texture(c, k_skins[i].texture, err)) {
            return false;
        }
    }
    return !has_clouds(c) || read_texture(c, "sky", err);
}

static mjsTexture* add_texture(DdCompose* c, const char* texture, mjtTexture type)
{
    char logical[DD_PATH_MAX], mounted[DD_PATH_MAX + 16], name[3 * DD_NAME_MAX];
    mjsTexture* t = mjs_addTexture(c->spec, NULL);

    texture_name(logical, texture);
    snprintf(mounted, sizeof mounted, DD_STORE_MOUNT "/%s", logical);
    full_name(name, "look", texture);
    mjs_setName(t->element, name);
    mjs_setString(t->file, mounted);
    mjs_setString(t->content_type, "image/png");
    t->type = type;
    return t;
}

static void add_skin(DdCompose* c, const DdSkinRow* row)
{
    char name[3 * DD_NAME_MAX];
    mjsMaterial* m = mjs_addMaterial(c->spec, NULL);

    full_name(name, "look", row->name);
    mjs_setName(m->element, name);
    m->specular = row->specular;
    m->shininess = row->shininess;
    m->emission = row->emission;
    if (!row->texture || !c->files) {
        return;
    }
    full_name(name, "look", row->texture);
    if (!mjs_findElement(c->spec, mjOBJ_TEXTURE, name)) {
        add_texture(c, row->texture, mjTEXTURE_2D);
    }
    mjs_setInStringVec(m->textures, mjTEXROLE_RGB, name);
    m->texuniform = row->uniform;
    m->texrepeat[0] = m->texrepeat[1] = row->repeat;
}

// without it the renderer paints a sky of its own
static void add_sky(DdCompose* c)
{
    if (!c->files || !has_clouds(c)) {
        return;
    }
    mjsTexture* t = add_texture(c, "sky", mjTEXTURE_SKYBOX);
    t->gridsize[0] = 6;
    t->gridsize[1] = 1;
    memcpy(t->gridlayout, "RLUDFB", 6);
}

static void add_shape(DdCompose* c, const DdShape* s)
{
    mjsMesh* mesh = mjs_addMesh(c->spec, NULL);

    mjs_setName(mesh->element, s->name);
    // a thin shell: bars and letters need not close to a volume
    mesh->inertia = mjMESH_INERTIA_SHELL;
    mjs_setFloat(mesh->uservert, s->vertex, 3 * s->nvertex);
    mjs_setFloat(mesh->usernormal, s->normal, 3 * s->nvertex);
    mjs_setFloat(mesh->usertexcoord, s->texcoord, 2 * s->nvertex);
    mjs_setInt(mesh->userface, s->face, 3 * s->nface);
    mjs_setInt(mesh->userfacenormal, s->face, 3 * s->nface);
    mjs_setInt(mesh->userfacetexcoord, s->face, 3 * s->nface);
}

void dd_skins_add(DdCompose* c)
{
    if (c->skins != 0 && c->files) {
        dd_compose_mount(c);
    }
    for (int i = 1; i < DD_SKIN_COUNT; i++) {
        if (c->skins & 1u << i) {
            add_skin(c, &k_skins[i]);
        }
    }
    for (int i = 0; i < c->nshape; i++) {
        add_shape(c, c->shapes[i]);
    }
    add_sky(c);
}

void dd_skins_clear(DdCompose* c)
{
    for (int i = 0; i < c->nshape; i++) {
        dd_shape_free(c->shapes[i]);
    }
    free(c->shapes);
    c->shapes = NULL;
    c->nshape = 0;
}
