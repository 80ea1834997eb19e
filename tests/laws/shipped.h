// Shipped: every scenario and robot of the installation, found by folder.
#pragma once

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/files.h"

enum { k_shipped_max = 256 };

typedef struct Shipped {
    int n;
    char path[k_shipped_max][DD_PATH_MAX]; // folders
} Shipped;

static inline int compare_paths(const void* a, const void* b)
{
    return strcmp(a, b);
}

// Folders below DRYDOCK_HOME/`top` that hold `file`, at most two levels down.
static inline void find_shipped(Shipped* s, const char* top, const char* file, int depth)
{
    char dir[DD_PATH_MAX], path[2 * DD_PATH_MAX];
    dd_path_join(dir, dd_home(), top);
    DIR* d = opendir(dir);
    for (struct dirent* e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        char below[DD_PATH_MAX];
        snprintf(below, sizeof below, "%.700s/%.250s", top, e->d_name);
        snprintf(path, sizeof path, "%s/%s/%s", dir, e->d_name, file);
        if (e->d_name[0] == '.' || strcmp(e->d_name, "templates") == 0) {
            continue;
        }
        if (dd_file_exists(path) && s->n < k_shipped_max) {
            snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
            snprintf(s->path[s->n++], DD_PATH_MAX, "%.*s", DD_PATH_MAX - 1, path);
        } else if (depth > 0) {
            find_shipped(s, below, file, depth - 1);
        }
    }
    if (d) {
        closedir(d);
    }
    qsort(s->path, (size_t)s->n, sizeof *s->path, compare_paths);
}
