// Paths: file names inside models, resolved lexically below the store.
#include <string.h>

#include "sim/world/parts.h"

bool dd_model_join(char out[DD_PATH_MAX], const char* dir, const char* name)
{
    char text[2 * DD_PATH_MAX];
    size_t n = 0;

    if (name[0] == '/' || name[0] == '\\' || strchr(name, ':')) {
        return false;
    }
    int size = snprintf(text, sizeof text, "%s%s%s", dir, dir[0] ? "/" : "", name);
    if (size < 0 || size >= DD_PATH_MAX) {
        return false;
    }
    for (char* p = text; *p; p++) {
        *p = *p == '\\' ? '/' : *p;
    }
    // segment by segment: "." and "" vanish, ".." takes the one before it
    out[0] = '\0';
    for (char* p = text; *p;) {
        size_t len = strcspn(p, "/");
        if (len == 2 && p[0] == '.' && p[1] == '.') {
            if (n == 0) {
                return false;
            }
            while (n > 0 && out[--n] != '/') {
            }
        } else if (len > 0 && !(len == 1 && p[0] == '.')) {
            if (n > 0) {
                out[n++] = '/';
            }
            memcpy(out + n, p, len);
            n += len;
        }
        out[n] = '\0';
        p += len + (p[len] == '/');
    }
    return n > 0;
}

void dd_model_dir(char out[DD_PATH_MAX], const char* logical)
{
    const char* slash = strrchr(logical, '/');
    size_t n = slash ? (size_t)(slash - logical) : 0;

    memcpy(out, logical, n);
    out[n] = '\0';
}

bool dd_urdf_candidate(char out[DD_PATH_MAX], int i, const char* dir, const char* mesh)
{
    char up[DD_PATH_MAX];
    bool package = false;

    if (strncmp(mesh, "package://", 10) == 0) {
        mesh += 10;
        package = true;
    } else if (strncmp(mesh, "model://", 8) == 0) {
        mesh += 8;
        package = true;
    }
    const char* inside = strchr(mesh, '/');
    snprintf(up, sizeof up, "%s", dir);
    for (int k = 0; k < i / 2; k++) {
        if (up[0] == '\0') {
            return false;
        }
        dd_model_dir(up, up);
    }
    // odd places: the package's own folder has another name, or is the one above
    const char* name = i % 2 && package && inside ? inside + 1 : mesh;
    if (!dd_model_join(out, up, name)) {
        out[0] = '\0'; // not a place, but there may be more
    }
    return true;
}

const DdFile* dd_urdf_mesh(const DdFiles* files, const char* dir, const char* mesh)
{
    char name[DD_PATH_MAX];

    for (int i = 0; dd_urdf_candidate(name, i, dir, mesh); i++) {
        const DdFile* file = name[0] ? dd_files_find(files, name) : NULL;
        if (file) {
            return file;
        }
    }
    return NULL;
}
