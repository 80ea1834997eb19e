// Presets: finds the file of a sensor's numbers, keeps it in the store, reads it into a def.
#include "sim/script/preset.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "sim/script/lua_def.h"

enum { k_preset_bytes = 256 * 1024, k_names_max = 512 };

const DdSenseKind* dd_sensor_kind(const char* name)
{
    int n;
    const DdSenseKind* kinds = dd_sensor_kinds(&n);
    for (int i = 0; i < n; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

const char** dd_sensor_members(const DdSenseKind* kind)
{
    static const char* const k_common[] = {"optional", "rate_hz", "phase_s", "latency_s",
                                           "noise",    "dropout", "pos",     "rpy"};
    const char* reads = kind->reads ? kind->reads : "";
    size_t common = sizeof k_common / sizeof *k_common;
    // at most one word for two characters; the words themselves follow the pointers
    size_t words = common + strlen(reads) / 2 + 2;
    const char** list = malloc(words * sizeof *list + strlen(reads) + 1);
    DD_ASSERT(list);
    memcpy(list, k_common, sizeof k_common);
    char* text = (char*)(list + words);
    memcpy(text, reads, strlen(reads) + 1);
    size_t n = common;
    char* rest = NULL;
    for (char* w = strtok_r(text, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        list[n++] = w;
    }
    list[n] = NULL;
    return list;
}

// Names of presets are those of files: letters, digits, '_', '-' and '.', not at the beginning.
static bool is_plain(const char* name)
{
    for (const char* c = name; *c; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        bool digit = *c >= '0' && *c <= '9';
        if (!letter && !digit && *c != '_' && *c != '-' && (*c != '.' || c == name)) {
            return false;
        }
    }
    return *name && strlen(name) < DD_NAME_MAX - 5;
}

static int is_preset(const struct dirent* entry)
{
    size_t n = strlen(entry->d_name);
    return entry->d_name[0] != '.' && n > 5 && strcmp(entry->d_name + n - 5, ".json") == 0;
}

static int compare_names(const struct dirent** a, const struct dirent** b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

// Calls `each` with the name of every installed preset, in order.
static void each_preset(void (*each)(void* user, const char* name), void* user)
{
    char dir[DD_PATH_MAX];
    struct dirent** entry;
    dd_path_join(dir, dd_home(), "sensors");
    int n = scandir(dir, &entry, is_preset, compare_names);
    for (int i = 0; i < n; i++) {
        entry[i]->d_name[strlen(entry[i]->d_name) - 5] = '\0';
        if (is_plain(entry[i]->d_name)) {
            each(user, entry[i]->d_name);
        }
        free(entry[i]);
    }
    if (n >= 0) {
        free(entry);
    }
}

typedef struct Names {
    int n;
    char v[k_names_max][DD_NAME_MAX];
    const char* at[k_names_max];
} Names;

static void add_name(void* user, const char* name)
{
    Names* names = user;
    if (names->n < k_names_max) {
        snprintf(names->v[names->n], DD_NAME_MAX, "%s", name);
        names->at[names->n] = names->v[names->n];
        names->n++;
    }
}

static bool fail_unknown(const char* named, const char* what, DdError* err)
{
    Names* names = calloc(1, sizeof *names);
    DD_ASSERT(names);
    int n;
    const DdSenseKind* kinds = dd_sensor_kinds(&n);
    for (int i = 0; i < n; i++) {
        add_name(names, kinds[i].name);
    }
    each_preset(add_name, names);
    char near[DD_NAME_MAX + 32];
    dd_lua_suggest(named, names->at, names->n, near);
    free(names);
    return dd_fail(err, DD_ERROR_SCRIPT,
                   "%s: there is no kind or preset of sensor '%.80s'%s ('drydock list sensors' "
                   "shows all)",
                   what, named, near);
}

// The file under its name in the store, read once; NULL on failure.
static const DdFile* load(const DdPresetPlace* place, const char* named, DdError* err)
{
    char logical[DD_PATH_MAX], path[DD_PATH_MAX], real[DD_PATH_MAX];
    bool local = strchr(named, '/') != NULL;
    if (local) {
        // "./" is the folder itself, however often it is written
        const char* name = named;
        while (strncmp(name, "./", 2) == 0) {
            name += 2;
        }
        snprintf(logical, sizeof logical, "%.500s/%.400s", place->prefix, name);
        dd_path_join(path, place->dir, name);
    } else {
        snprintf(logical, sizeof logical, "sensors/%.90s.json", named);
        dd_path_join(path, dd_home(), logical);
    }
    const DdFile* file = dd_files_find(place->files, logical);
    if (file || dd_files_frozen(place->files)) {
        return file ? file : dd_files_load(place->files, logical, path, k_preset_bytes, err);
    }
    if (local && !dd_path_below(place->dir, path, real, err)) {
        return NULL;
    }
    return dd_files_load(place->files, logical, local ? real : path, k_preset_bytes, err);
}

static json_t* parse(const DdFile* file, const char* name, DdError* err)
{
    json_error_t wrong;
    json_t* j = json_loadb((const char*)file->data, file->size, JSON_REJECT_DUPLICATES, &wrong);
    if (!j) {
        dd_fail(err, DD_ERROR_SCRIPT, "preset '%.200s', line %d: %s", name, wrong.line, wrong.text);
    }
    return j;
}

bool dd_preset_begin(const DdPresetPlace* place, const char* named, const char* what,
                     DdSensorDef* def, DdError* err)
{
    if (dd_sensor_kind(named)) {
        snprintf(def->kind, sizeof def->kind, "%s", named);
        return true;
    }
    bool local = strchr(named, '/') != NULL;
    size_t n = strlen(named);
    if (local && (n < 6 || n > 400 || strcmp(named + n - 5, ".json") != 0)) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: a preset is a name or the path of a .json file, got '%.200s'", what,
                       named);
    }
    char path[DD_PATH_MAX], file_name[DD_NAME_MAX + 16];
    if (!local) {
        snprintf(file_name, sizeof file_name, "sensors/%.90s.json", named);
        dd_path_join(path, dd_home(), file_name);
        if (!is_plain(named) ||
            (!dd_files_frozen(place->files) && !dd_files_find(place->files, file_name) &&
             !dd_file_exists(path))) {
            return fail_unknown(named, what, err);
        }
    }
    const DdFile* file = load(place, named, err);
    if (!file) {
        return dd_fail_while(err, "%s: preset '%.200s'", what, named);
    }
    json_t* j = parse(file, named, err);
    // the name of a local one is that of its file
    char name[DD_NAME_MAX];
    const char* base = dd_path_base(named);
    snprintf(name, sizeof name, "%.*s",
             local ? (int)(strlen(base) - 5 < DD_NAME_MAX - 1 ? strlen(base) - 5 : DD_NAME_MAX - 1)
                   : DD_NAME_MAX - 1,
             base);
    bool ok = j && dd_sensor_preset_apply(name, j, def, err);
    json_decref(j);
    return ok || dd_fail_while(err, "%s", what);
}

static void list_one(void* user, const char* name)
{
    char path[DD_PATH_MAX], below[DD_NAME_MAX + 16];
    snprintf(below, sizeof below, "sensors/%.90s.json", name);
    dd_path_join(path, dd_home(), below);
    DdError err;
    dd_error_clear(&err);
    DdFiles* files = dd_files_create();
    const DdFile* file = dd_files_load(files, below, path, k_preset_bytes, &err);
    json_t* j = file ? parse(file, name, &err) : NULL;
    DdSensorDef* def = malloc(sizeof *def);
    DD_ASSERT(def);
    *def = dd_sensor_def();
    json_t* row = json_pack("{s:s}", "name", name);
    if (j && dd_sensor_preset_apply(name, j, def, &err)) {
        static const char* const k_members[] = {"kind", "doc", "source", "values"};
        for (size_t i = 0; i < sizeof k_members / sizeof *k_members; i++) {
            json_object_set(row, k_members[i], json_object_get(j, k_members[i]));
        }
    } else {
        json_object_set_new(row, "error", json_string(err.text));
    }
    json_array_append_new(user, row);
    json_decref(j);
    free(def);
    dd_files_destroy(files);
}

json_t* dd_preset_list(void)
{
    json_t* list = json_array();
    each_preset(list_one, list);
    return list;
}
