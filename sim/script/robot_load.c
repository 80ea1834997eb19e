// Robots from files: finds a robot by name or path, screens its model, keeps its description.
#include "sim/script/robot_load.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char* text, const char* end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_model(const char* spec)
{
    return ends_with(spec, ".xml") || ends_with(spec, ".urdf") || ends_with(spec, ".mjcf");
}

static int compare_names(const void* a, const void* b)
{
    return strcmp(*(char* const*)a, *(char* const*)b);
}

// No robot of that name: the names there are, and the nearest.
static bool no_robot(const char* name, DdError* err)
{
    char dir[DD_PATH_MAX], list[1024] = "", near[DD_NAME_MAX + 32];
    char* names[256];
    int n = 0;
    dd_path_join(dir, dd_home(), "robots");
    DIR* d = opendir(dir);
    for (struct dirent* e = d ? readdir(d) : NULL; e && n < 256; e = readdir(d)) {
        char file[DD_PATH_MAX];
        snprintf(file, sizeof file, "%.700s/%.255s/robot.lua", dir, e->d_name);
        if (e->d_name[0] != '.' && dd_file_exists(file)) {
            names[n++] = strdup(e->d_name);
        }
    }
    if (d) {
        closedir(d);
    }
    qsort(names, (size_t)n, sizeof *names, compare_names);
    for (int i = 0; i < n; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    dd_lua_suggest(name, (const char* const*)names, n, near);
    for (int i = 0; i < n; i++) {
        free(names[i]);
    }
    return dd_fail(err, DD_ERROR_SCRIPT, "no robot named '%s'%s%s%s%s", name, near,
                   n ? " (robots: " : "", list, n ? "; or the path of an .xml or .urdf)" : "");
}

// The description of robot.lua in folder `dir`.
static DdRobotDesc* load_file(const DdRobotCache* cache, const char* dir, const char* file,
                              const char* prefix, DdError* err)
{
    char shown[DD_PATH_MAX];
    DdMistakes mistakes = {0};
    dd_path_join(shown, dir, file);
    DdRobotDesc* desc =
        dd_robot_file_read(cache->files, dir, file, prefix, shown, &cache->budget, &mistakes);
    if (!desc && err) {
        *err = mistakes.first;
    }
    return desc;
}

// In a frozen store the model is where it was put when the run was recorded.
static bool find_recorded(DdFiles* files, const char* prefix, const char* path,
                          char logical[DD_PATH_MAX], DdError* err)
{
    size_t n = strlen(prefix);
    const char* base = dd_path_base(path);
    for (int i = 0; i < dd_files_count(files); i++) {
        const char* name = dd_files_at(files, i)->name;
        if (strncmp(name, prefix, n) == 0 && name[n] == '/' &&
            strcmp(dd_path_base(name), base) == 0) {
            snprintf(logical, DD_PATH_MAX, "%s", name);
            return true;
        }
    }
    return dd_fail(err, DD_ERROR_CANNOT_CHECK, "the run holds no model '%s' below '%s'", base,
                   prefix);
}

static DdRobotDesc* load_model(const DdRobotCache* cache, const char* path, const char* root,
                               const char* prefix, DdError* err)
{
    char logical[DD_PATH_MAX], dir[DD_PATH_MAX];
    bool fine;
    if (dd_files_frozen(cache->files)) {
        fine = find_recorded(cache->files, prefix, path, logical, err);
    } else {
        DdModelLimits limits = dd_model_limits();
        if (!*root) {
            dd_path_dir(dir, path);
            root = dir;
        }
        fine = dd_model_screen(cache->files, prefix, path, root, &limits, logical, err);
    }
    return fine ? dd_robot_describe(cache->files, logical, err) : NULL;
}

// "models/panda", numbered when another model of that name came first: no path of the machine in
// it.
static void model_prefix(const DdRobotCache* cache, const char* path, char out[DD_PATH_MAX])
{
    char stem[DD_PATH_MAX];
    snprintf(stem, sizeof stem, "%s", dd_path_base(path));
    char* dot = strrchr(stem, '.');
    if (dot) {
        *dot = '\0';
    }
    snprintf(out, DD_PATH_MAX, "models/%.900s", stem);
    for (int number = 2;; number++) {
        bool taken = false;
        for (int i = 0; i < cache->n; i++) {
            taken = taken || strcmp(cache->entry[i]->prefix, out) == 0;
        }
        if (!taken) {
            return;
        }
        snprintf(out, DD_PATH_MAX, "models/%.900s_%d", stem, number);
    }
}

static DdRobotDesc* load(const DdRobotCache* cache, DdRobotEntry* entry, DdError* err)
{
    const char* spec = entry->spec;
    char path[DD_PATH_MAX], dir[DD_PATH_MAX], file[DD_PATH_MAX + 16];
    bool named = !strchr(spec, '/') && !is_model(spec) && !ends_with(spec, ".lua");

    if (named) {
        snprintf(entry->prefix, sizeof entry->prefix, "robots/%.900s", spec);
        snprintf(dir, sizeof dir, "%.500s/robots/%.400s", dd_home(), spec);
        snprintf(path, sizeof path, "%.1000s/robot.lua", entry->prefix);
        snprintf(file, sizeof file, "%.1000s/robot.lua", dir);
        bool known = dd_files_frozen(cache->files) ? dd_files_find(cache->files, path) != NULL
                                                   : dd_file_exists(file);
        if (!known) {
            no_robot(spec, err);
            return NULL;
        }
        return load_file(cache, dir, "robot.lua", entry->prefix, err);
    }

    if (spec[0] == '/') {
        snprintf(path, sizeof path, "%s", spec);
    } else {
        dd_path_join(path, cache->base_dir, spec);
    }
    if (is_model(spec)) {
        model_prefix(cache, path, entry->prefix);
        return load_model(cache, path, entry->root, entry->prefix, err);
    }
    if (ends_with(spec, ".lua")) {
        dd_path_dir(dir, path);
    } else {
        snprintf(dir, sizeof dir, "%s", path);
    }
    model_prefix(cache, dir, entry->prefix);
    return load_file(cache, dir, ends_with(spec, ".lua") ? dd_path_base(path) : "robot.lua",
                     entry->prefix, err);
}

DdRobotEntry* dd_robot_cache_get(DdRobotCache* cache, const char* spec, const char* root,
                                 DdError* err)
{
    root = root && *root ? root : cache->root;
    for (int i = 0; i < cache->n; i++) {
        if (strcmp(cache->entry[i]->spec, spec) == 0 && strcmp(cache->entry[i]->root, root) == 0) {
            return cache->entry[i];
        }
    }
    if (strlen(spec) > 400 || strlen(root) >= DD_PATH_MAX || !*spec) {
        dd_fail(err, DD_ERROR_SCRIPT, "a robot is named by 1 to 400 bytes, got '%.40s'", spec);
        return NULL;
    }

    DdRobotEntry* entry = calloc(1, sizeof *entry);
    DD_ASSERT(entry);
    snprintf(entry->spec, sizeof entry->spec, "%s", spec);
    snprintf(entry->root, sizeof entry->root, "%s", root);
    DdRobotDesc* desc = load(cache, entry, err);
    if (!desc) {
        free(entry);
        return NULL;
    }
    entry->desc = dd_robot_desc_to_json(desc);
    dd_robot_desc_destroy(desc);
    cache->entry = realloc(cache->entry, (size_t)(cache->n + 1) * sizeof *cache->entry);
    DD_ASSERT(cache->entry);
    cache->entry[cache->n++] = entry;
    return entry;
}

void dd_robot_cache_clear(DdRobotCache* cache)
{
    for (int i = 0; i < cache->n; i++) {
        json_decref(cache->entry[i]->desc);
        dd_robot_frames_clear(&cache->entry[i]->frames);
        free(cache->entry[i]);
    }
    free(cache->entry);
    cache->entry = NULL;
    cache->n = 0;
}

// frames

void dd_robot_frames_clear(DdRobotFrames* frames)
{
    free(frames->name);
    free(frames->pose);
    *frames = (DdRobotFrames){0};
}

static void add_frame(DdRobotFrames* frames, const char* name, const DdPose* pose)
{
    for (int i = 0; i < frames->n; i++) {
        if (strcmp(frames->name[i], name) == 0) {
            return; // a site stands before a body of the same name
        }
    }
    snprintf(frames->name[frames->n], DD_NAME_MAX, "%s", name);
    frames->pose[frames->n++] = *pose;
}

static void read_frames(DdWorld* w, const char* robot, DdRobotFrames* frames)
{
    const mjModel* m = dd_world_model(w);
    size_t n = strlen(robot);
    size_t all = (size_t)(m->nsite + m->nbody);
    frames->name = calloc(all, sizeof *frames->name);
    frames->pose = calloc(all, sizeof *frames->pose);
    DD_ASSERT(frames->name && frames->pose);
    for (int kind = 0; kind < 2; kind++) {
        int count = (int)(kind == 0 ? m->nsite : m->nbody);
        for (int i = 0; i < count; i++) {
            const char* name = m->names + (kind == 0 ? m->name_siteadr : m->name_bodyadr)[i];
            DdPose pose;
            if (strncmp(name, robot, n) == 0 && name[n] == '/' &&
                strlen(name + n + 1) < DD_NAME_MAX && dd_world_pose(w, name, &pose)) {
                add_frame(frames, name + n + 1, &pose);
            }
        }
    }
}

bool dd_robot_frames_read(DdFiles* files, const DdRobotDesc* desc, DdRobotFrames* frames,
                          DdError* err)
{
    DdWorldDef def = dd_world_def();
    DdCompose* compose = dd_compose_create(&def, files, err);
    if (!compose) {
        return false;
    }
    DdRobotPlacement placement = dd_robot_placement_def();
    snprintf(placement.name, sizeof placement.name, "robot");
    dd_robot_placement(desc, &placement);
    DdWorld* world = NULL;
    if (dd_compose_add_robot(compose, &placement, err)) {
        world = dd_compose_compile(compose, err);
    }
    dd_compose_destroy(compose);

    bool fine = world && dd_robot_start(desc, world, "robot", err) && dd_world_forward(world, err);
    if (fine) {
        read_frames(world, "robot", frames);
    }
    dd_world_destroy(world);
    return fine || dd_fail_while(err, "robot '%s'", desc->name);
}
