// Screen: expat reads a foreign model under our limits before MuJoCo sees a byte of it, and gathers
// every file it names, below its root, into the store.
#include <expat.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "sim/world/parts.h"
#include "sim/world/screen.h"

DdModelLimits dd_model_limits(void)
{
    return (DdModelLimits){
        .elements = 100000,
        .work = 2e7,
        .parts = 12000,
        .pixels = 40000000,
        .hfield = 4000000,
        .bytes = 512 << 20,
        .files = 2000,
        .depth = 200,
    };
}

// 1: there it is; 0: there is no such file; -1: it may not be read, `err` says why
static int find_file(DdScreen* s, const char* logical, const DdFile** file, DdError* err)
{
    char path[DD_PATH_MAX], real[DD_PATH_MAX];

    *file = dd_files_find(s->files, logical);
    if (!*file && !s->store_only && !dd_files_frozen(s->files)) {
        size_t n = strlen(s->prefix);
        if (strncmp(logical, s->prefix, n) != 0 || (n > 0 && logical[n] != '/')) {
            return 0; // above the root
        }
        dd_path_join(path, s->root, logical + n + (n > 0));
        if (!dd_file_exists(path)) {
            return 0;
        }
        if (!dd_path_below(s->root, path, real, err)) {
            return -1;
        }
        *file = dd_files_load(s->files, logical, real, (size_t)s->limits.bytes, err);
        if (!*file) {
            return -1;
        }
    }
    if (!*file) {
        return 0;
    }
    for (int i = 0; i < s->nseen; i++) {
        if (s->seen[i] == *file) {
            return 1;
        }
    }
    if (s->nseen >= s->limits.files) {
        dd_fail(err, DD_ERROR_MODEL, "the model reads more than %d files", s->limits.files);
        return -1;
    }
    s->bytes += (int64_t)(*file)->size;
    if (s->bytes > s->limits.bytes) {
        dd_fail(err, DD_ERROR_MODEL, "the model's files are larger than %lld bytes together",
                (long long)s->limits.bytes);
        return -1;
    }
    s->seen[s->nseen++] = *file;
    return 1;
}

// every error names the XML file and line
bool dd_screen_fail(DdReading* r, const char* fmt, ...)
{
    char text[DD_ERROR_TEXT_MAX];
    va_list args;
    int line = (int)XML_GetCurrentLineNumber(r->parser);

    if (!r->failed) {
        va_start(args, fmt);
        vsnprintf(text, sizeof text, fmt, args);
        va_end(args);
        dd_fail_at(r->err, DD_ERROR_MODEL, r->shown, line, "%s", text);
    }
    r->failed = true;
    XML_StopParser(r->parser, XML_FALSE);
    return false;
}

// `err` was filled by someone who does not know the line
static bool fail_here(DdReading* r, const char* element, const char* value)
{
    DdError inner = *r->err;

    return dd_screen_fail(r, "<%s>: '%s': %s", element, value, inner.text);
}

static bool add_ref(DdReading* r, DdRefKind kind, const char* element, const char* name)
{
    DdDoc* doc = r->doc;

    if (strlen(name) >= DD_PATH_MAX) {
        return dd_screen_fail(r, "<%s>: a file name of more than %d bytes", element,
                              DD_PATH_MAX - 1);
    }
    if (doc->nref == doc->capacity) {
        int capacity = doc->capacity ? 2 * doc->capacity : 32;
        DdRef* refs = realloc(doc->refs, (size_t)capacity * sizeof *refs);
        if (!refs) {
            return dd_screen_fail(r, "no memory");
        }
        doc->refs = refs;
        doc->capacity = capacity;
    }
    DdRef* ref = &doc->refs[doc->nref++];
    ref->kind = kind;
    ref->line = (int)XML_GetCurrentLineNumber(r->parser);
    snprintf(ref->name, sizeof ref->name, "%s", name);
    snprintf(ref->element, sizeof ref->element, "%s", element);
    snprintf(ref->shown, sizeof ref->shown, "%s", r->shown);
    snprintf(ref->include_dir, sizeof ref->include_dir, "%s", r->include_dir);
    return true;
}

// absolute names and schemes are nobody's business but the reader's own machine
static bool check_reach(DdReading* r, const char* element, const char* name)
{
    if (name[0] == '/' || name[0] == '\\' || strchr(name, ':')) {
        return dd_screen_fail(r, "<%s>: the file name '%s' must be relative to the model", element,
                              name);
    }
    return true;
}

// The XML file an <include> or <model> names: below the model's folder, else below the includer's.
static const DdFile* find_xml(DdReading* r, const char* element, const char* name,
                              char logical[DD_PATH_MAX])
{
    const DdFile* file = NULL;
    const char* dirs[2] = {r->doc->dir, r->include_dir};
    bool inside = false;

    if (!check_reach(r, element, name)) {
        return NULL;
    }
    for (int i = 0; i < (r->included ? 2 : 1); i++) {
        if (dd_model_join(logical, dirs[i], name)) {
            inside = true;
            int found = find_file(r->screen, logical, &file, r->err);
            if (found != 0) {
                if (found < 0) {
                    fail_here(r, element, name);
                }
                return found > 0 ? file : NULL;
            }
        }
    }
    dd_screen_fail(r,
                   inside ? "<%s>: there is no file '%s' below the model's root"
                          : "<%s>: the file '%s' lies outside the model's root",
                   element, name);
    return NULL;
}

static bool read_xml(DdScreen* s, DdDoc* doc, const DdFile* file, const char* logical,
                     bool included, double product, int depth, DdError* err);
static bool read_model(DdScreen* s, const DdFile* file, const char* logical, int depth, bool* urdf,
                       DdError* err);

static bool do_include(DdReading* r, const char* name)
{
    char logical[DD_PATH_MAX];
    DdDoc* doc = r->doc;
    const DdFile* file = find_xml(r, "include", name, logical);

    if (!file) {
        return false;
    }
    for (int i = 0; i < doc->ninclude; i++) {
        if (doc->includes[i] == file) {
            return dd_screen_fail(r, "<include>: the file '%s' is included already", name);
        }
    }
    if (doc->ninclude == DD_INCLUDES_MAX) {
        return dd_screen_fail(r, "<include>: more than %d included files", DD_INCLUDES_MAX);
    }
    doc->includes[doc->ninclude++] = file;
    if (!read_xml(r->screen, doc, file, logical, true, r->product[r->depth], r->depth, r->err)) {
        r->failed = true;
        XML_StopParser(r->parser, XML_FALSE);
        return false;
    }
    return true;
}

static bool do_model(DdReading* r, const char** attributes, const char* name)
{
    char logical[DD_PATH_MAX];
    const char* type = dd_screen_attribute(attributes, "content_type");
    DdScreen* s = r->screen;
    bool urdf;

    if (type && strcmp(type, "text/xml") != 0) {
        return dd_screen_fail(
            r, "<model>: content_type '%s' cannot be read; only MJCF and URDF text", type);
    }
    const DdFile* file = find_xml(r, "model", name, logical);
    if (!file) {
        return false;
    }
    int64_t elements = s->elements, parts = s->parts;
    if (!read_model(s, file, logical, r->depth, &urdf, r->err)) {
        r->failed = true;
        XML_StopParser(r->parser, XML_FALSE);
        return false;
    }
    // what each <attach> of it will add; of several models the largest
    DdDoc* doc = r->doc;
    elements = s->elements - elements;
    parts = s->parts - parts;
    doc->model_elements = elements > doc->model_elements ? elements : doc->model_elements;
    doc->model_parts = parts > doc->model_parts ? parts : doc->model_parts;
    return true;
}

bool dd_screen_count(DdReading* r, const char* element, double elements, double parts)
{
    DdScreen* s = r->screen;

    if (elements > (double)s->limits.elements || parts > (double)s->limits.parts ||
        (s->elements += (int64_t)elements) > s->limits.elements ||
        (s->parts += (int64_t)parts) > s->limits.parts) {
        bool of_parts = parts > (double)s->limits.parts || s->parts > s->limits.parts;
        return dd_screen_fail(r, "<%s>: the model has more than %lld %s, replication counted",
                              element, (long long)(of_parts ? s->limits.parts : s->limits.elements),
                              of_parts ? "bodies, joints, geoms, sites and the like" : "elements");
    }
    return true;
}

static bool read_compiler(DdReading* r, const char** attributes)
{
    static const struct {
        const char* name;
        size_t offset;
    } k_dirs[] = {{"assetdir", offsetof(DdDoc, assetdir)},
                  {"meshdir", offsetof(DdDoc, meshdir)},
                  {"texturedir", offsetof(DdDoc, texturedir)}};

    for (size_t i = 0; i < sizeof k_dirs / sizeof *k_dirs; i++) {
        const char* value = dd_screen_attribute(attributes, k_dirs[i].name);
        if (value && (strlen(value) >= DD_PATH_MAX || !check_reach(r, "compiler", value))) {
            return dd_screen_fail(r, "<compiler>: %s is too long", k_dirs[i].name);
        }
        if (value) {
            snprintf((char*)r->doc + k_dirs[i].offset, DD_PATH_MAX, "%s", value);
        }
    }
    return true;
}

static bool read_files(DdReading* r, const char* element, const char** attributes)
{
    for (int i = 0; attributes[i]; i += 2) {
        const char* value = attributes[i + 1];
        bool mesh = r->doc->urdf && strcasecmp(element, "mesh") == 0 &&
                    strcasecmp(attributes[i], "filename") == 0;
        if (mesh) {
            if (!add_ref(r, DD_REF_URDF, element, value)) {
                return false;
            }
        } else if (!r->doc->urdf && strncasecmp(attributes[i], "file", 4) == 0 && value[0]) {
            DdRefKind kind = strcasecmp(element, "texture") == 0  ? DD_REF_TEXTURE
                             : strcasecmp(element, "hfield") == 0 ? DD_REF_HFIELD
                                                                  : DD_REF_MESH;
            if (!check_reach(r, element, value) || !add_ref(r, kind, element, value)) {
                return false;
            }
        }
    }
    return true;
}

static bool is_part(const char* element)
{
    static const char* const k_parts[] = {"body",   "geom",  "joint", "freejoint", "site",
                                          "camera", "light", "link",  "visual",    "collision"};

    for (size_t i = 0; i < sizeof k_parts / sizeof *k_parts; i++) {
        if (strcasecmp(element, k_parts[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void start_element(void* user, const char* element, const char** attributes)
{
    DdReading* r = user;
    const char* file = dd_screen_attribute(attributes, "file");

    if (r->failed) {
        return;
    }
    if (r->depth + 1 >= DD_DEPTH_MAX || r->depth + 1 > r->screen->limits.depth) {
        dd_screen_fail(r, "<%s>: elements are nested deeper than %d", element,
                       r->screen->limits.depth);
        return;
    }
    double product = r->product[r->depth];
    r->depth++;
    r->product[r->depth] = product;
    if (r->depth == 1 + r->base_depth) {
        bool robot = strcasecmp(element, "robot") == 0;
        if (!r->included) {
            if (!robot && strcasecmp(element, "mujoco") != 0) {
                dd_screen_fail(r, "<%s>: a model begins with <mujoco> (MJCF) or <robot> (URDF)",
                               element);
                return;
            }
            r->doc->urdf = robot;
        }
        return;
    }
    if (strcasecmp(element, "include") == 0 && !r->doc->urdf) {
        if (!file) {
            dd_screen_fail(r, "<include> has no file");
            return;
        }
        do_include(r, file);
        return;
    }
    if (!dd_screen_numbers(r, element, attributes, &r->product[r->depth]) ||
        !dd_screen_count(r, element, product, is_part(element) ? product : 0)) {
        return;
    }
    if (strcasecmp(element, "compiler") == 0) {
        read_compiler(r, attributes);
    } else if (strcasecmp(element, "model") == 0 && file && !r->doc->urdf) {
        do_model(r, attributes, file);
    } else if (strcasecmp(element, "attach") == 0 && !r->doc->urdf) {
        dd_screen_count(r, element, product * (double)r->doc->model_elements,
                        product * (double)r->doc->model_parts);
    } else {
        read_files(r, element, attributes);
    }
}

static void end_element(void* user, const char* element)
{
    DdReading* r = user;
    DdScreen* s = r->screen;
    int depth = r->depth--;

    (void)element;
    if (r->failed || r->count[depth] == 0) {
        return;
    }
    // MuJoCo attaches the copies one by one and goes over the whole model each time
    double outer = r->product[depth - 1] > 1 ? r->product[depth - 1] : 1;
    s->work += r->count[depth] * (double)s->elements / outer;
    r->count[depth] = 0;
    if (s->work > s->limits.work) {
        dd_screen_fail(
            r,
            "<replicate>: replication takes %.2g steps over elements, allowed are %.2g (nest "
            "it: 100 times 100 takes fewer than 10000)",
            s->work, s->limits.work);
    }
}

static void start_doctype(void* user, const char* name, const char* system, const char* public_id,
                          int internal)
{
    (void)name;
    (void)system;
    (void)public_id;
    (void)internal;
    dd_screen_fail(user, "<!DOCTYPE>: document types and entities are not allowed");
}

static bool read_xml(DdScreen* s, DdDoc* doc, const DdFile* file, const char* logical,
                     bool included, double product, int depth, DdError* err)
{
    DdReading* r = calloc(1, sizeof *r);

    if (!r) {
        return dd_fail(err, DD_ERROR_MEMORY, "no memory");
    }
    r->screen = s;
    r->doc = doc;
    r->err = err;
    r->included = included;
    r->depth = depth;
    r->base_depth = depth;
    r->product[depth] = product;
    if (included) {
        dd_model_dir(r->include_dir, logical);
    }
    if (s->store_only) {
        snprintf(r->shown, sizeof r->shown, "%s", logical);
    } else {
        size_t n = strlen(s->prefix);
        dd_path_join(r->shown, s->root, logical + n + (n > 0));
    }
    r->parser = XML_ParserCreate(NULL);
    if (!r->parser || file->size > INT_MAX) {
        free(r);
        return dd_fail(err, DD_ERROR_MEMORY, "%s: no memory for %zu bytes of XML", logical,
                       file->size);
    }
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, start_element, end_element);
    XML_SetStartDoctypeDeclHandler(r->parser, start_doctype);
    if (XML_Parse(r->parser, (const char*)file->data, (int)file->size, 1) != XML_STATUS_OK &&
        !r->failed) {
        dd_screen_fail(r, "%s", XML_ErrorString(XML_GetErrorCode(r->parser)));
    }
    bool ok = !r->failed;
    XML_ParserFree(r->parser);
    free(r);
    return ok;
}

static bool check_png(const DdRef* ref, const DdFile* file, const DdModelLimits* limits,
                      DdError* err)
{
    static const unsigned char k_sign[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    const unsigned char* p = file->data;

    if (file->size < 24 || memcmp(p, k_sign, 8) != 0) {
        return true;
    }
    int64_t width = ((int64_t)p[16] << 24) | (p[17] << 16) | (p[18] << 8) | p[19];
    int64_t height = ((int64_t)p[20] << 24) | (p[21] << 16) | (p[22] << 8) | p[23];
    int64_t most = ref->kind == DD_REF_HFIELD ? limits->hfield : limits->pixels;
    if (width > most || height > most || width * height > most) {
        return dd_fail_at(err, DD_ERROR_MODEL, ref->shown, ref->line,
                          "<%s>: the picture '%s' has %lld x %lld pixels, allowed are %lld",
                          ref->element, ref->name, (long long)width, (long long)height,
                          (long long)most);
    }
    return true;
}

// one place an asset may lie; 1, 0, -1 as find_file
static int try_place(DdScreen* s, const DdDoc* doc, const DdRef* ref, const char* from,
                     const char* below, DdError* err)
{
    char dir[DD_PATH_MAX], logical[DD_PATH_MAX];
    const DdFile* file;

    snprintf(dir, sizeof dir, "%s", from);
    if (below[0] && !dd_model_join(dir, from, below)) {
        // "meshdir = .." of a model at the top, or just "."
        char parent[DD_PATH_MAX];
        snprintf(parent, sizeof parent, "%.500s/%.500s", below, ref->name);
        if (!dd_model_join(logical, from, parent)) {
            return 0;
        }
    } else if (!dd_model_join(logical, dir, ref->name)) {
        return 0;
    }
    (void)doc;
    int found = find_file(s, logical, &file, err);
    if (found > 0 && !check_png(ref, file, &s->limits, err)) {
        return -1;
    }
    return found;
}

// MuJoCo looks below the folder for the asset's kind, then below the including file's folder; which
// of its own settings counts depends on the asset, so every place that has the file is read
static bool resolve_asset(DdScreen* s, const DdDoc* doc, const DdRef* ref, DdError* err)
{
    const char* below[4] = {ref->kind == DD_REF_TEXTURE ? doc->texturedir : doc->meshdir,
                            doc->assetdir, "", ref->include_dir};
    bool any = false;

    for (int i = 0; i < 4; i++) {
        int found = i < 3 ? try_place(s, doc, ref, doc->dir, below[i], err)
                          : try_place(s, doc, ref, ref->include_dir, "", err);
        if (found < 0) {
            if (err->line == 0) {
                DdError inner = *err;
                dd_fail_at(err, inner.code, ref->shown, ref->line, "<%s>: '%s': %s", ref->element,
                           ref->name, inner.text);
            }
            return false;
        }
        any |= found > 0;
    }
    if (!any) {
        return dd_fail_at(err, DD_ERROR_MODEL, ref->shown, ref->line,
                          "<%s>: there is no file '%s' below the model's root (`root` widens it)",
                          ref->element, ref->name);
    }
    return true;
}

static bool resolve_urdf(DdScreen* s, const DdDoc* doc, DdError* err)
{
    const DdRef* first = NULL;
    int missing = 0;

    for (int i = 0; i < doc->nref; i++) {
        const DdRef* ref = &doc->refs[i];
        char logical[DD_PATH_MAX];
        const DdFile* file = NULL;
        int found = 0;
        for (int k = 0; found == 0 && dd_urdf_candidate(logical, k, doc->dir, ref->name); k++) {
            found = logical[0] ? find_file(s, logical, &file, err) : 0;
        }
        if (found < 0) {
            DdError inner = *err;
            return dd_fail_at(err, inner.code, ref->shown, ref->line, "<mesh>: '%s': %s", ref->name,
                              inner.text);
        }
        if (found == 0) {
            first = missing++ == 0 ? ref : first;
        }
    }
    if (missing > 0) {
        return dd_fail_at(err, DD_ERROR_MODEL, first->shown, first->line,
                          "%d mesh file%s missing, the first is '%s' (`root` says below which "
                          "folder to look)",
                          missing, missing == 1 ? " is" : "s are", first->name);
    }
    return true;
}

static bool read_model(DdScreen* s, const DdFile* file, const char* logical, int depth, bool* urdf,
                       DdError* err)
{
    DdDoc* doc = calloc(1, sizeof *doc);

    if (!doc) {
        return dd_fail(err, DD_ERROR_MEMORY, "no memory");
    }
    dd_model_dir(doc->dir, logical);
    doc->includes[doc->ninclude++] = file;
    bool ok = s->models++ < 64
                  ? read_xml(s, doc, file, logical, false, 1, depth, err)
                  : dd_fail(err, DD_ERROR_MODEL, "%s: more than 64 models within models", logical);
    *urdf = doc->urdf;
    if (ok && doc->urdf) {
        ok = resolve_urdf(s, doc, err);
    }
    for (int i = 0; ok && !doc->urdf && i < doc->nref; i++) {
        ok = resolve_asset(s, doc, &doc->refs[i], err);
    }
    free(doc->refs);
    free(doc);
    return ok;
}

static bool screen(DdScreen* s, const char* logical, bool* urdf, DdError* err)
{
    DdError local;
    const DdFile* file;

    err = err ? err : &local;
    dd_error_clear(err);
    s->seen = calloc((size_t)s->limits.files + 1, sizeof(void*));
    if (!s->seen) {
        return dd_fail(err, DD_ERROR_MEMORY, "no memory");
    }
    int found = find_file(s, logical, &file, err);
    if (found == 0) {
        dd_fail(err, s->store_only ? DD_ERROR_CANNOT_CHECK : DD_ERROR_MISSING,
                "there is no model file '%s'", logical);
    }
    bool ok = found > 0 && read_model(s, file, logical, 0, urdf, err);
    free(s->seen);
    return ok;
}

bool dd_model_screen_store(DdFiles* files, const char* logical, bool* urdf, DdError* err)
{
    DdScreen* s = calloc(1, sizeof *s);

    if (!s) {
        return dd_fail(err, DD_ERROR_MEMORY, "no memory");
    }
    s->files = files;
    s->limits = dd_model_limits();
    s->store_only = true;
    bool ok = screen(s, logical, urdf, err);
    free(s);
    return ok;
}

bool dd_model_screen(DdFiles* files, const char* prefix, const char* path, const char* root,
                     const DdModelLimits* limits, char logical[DD_PATH_MAX], DdError* err)
{
    char real[DD_PATH_MAX], folder[DD_PATH_MAX];
    DdScreen* s = calloc(1, sizeof *s);
    bool urdf;

    if (!s) {
        return dd_fail(err, DD_ERROR_MEMORY, "no memory");
    }
    s->files = files;
    s->limits = *limits;
    snprintf(s->prefix, sizeof s->prefix, "%s", prefix);
    dd_path_dir(folder, path);
    bool ok =
        dd_file_exists(path) || dd_fail(err, DD_ERROR_MISSING, "there is no model file '%s'", path);
    ok = ok && dd_path_below(root && root[0] ? root : folder, path, real, err);
    if (ok) {
        // the root as a real path, so that what lies below it is its own name cut off
        char* top = realpath(root && root[0] ? root : folder, NULL);
        ok = top && strlen(top) < sizeof s->root;
        if (ok) {
            snprintf(s->root, sizeof s->root, "%s", top);
            size_t n = strlen(top);
            const char* below = real + n + (real[n] == '/');
            ok = snprintf(logical, DD_PATH_MAX, "%s%s%s", prefix, prefix[0] ? "/" : "", below) <
                 DD_PATH_MAX;
        }
        free(top);
        if (!ok) {
            dd_fail(err, DD_ERROR_MODEL, "'%s': the path is too long", path);
        }
    }
    ok = ok && screen(s, logical, &urdf, err);
    free(s);
    return ok;
}
