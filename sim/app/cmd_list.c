// drydock list: scenarios with their params, robots, sensors, measures, metrics, agents, formats.
#include "sim/app/app.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "recorder/export/export.h"
#include "sim/script/preset.h"
#include "sim/script/script.h"

static const DdOption k_options[] = {{NULL, NULL, NULL}};

// --- scenarios

static json_t* describe(void* user, DdError* err)
{
    DdScenario scenario;
    DdScriptDef def = dd_script_def();
    memset(&scenario, 0, sizeof scenario);
    def.path = user;
    def.files = dd_files_create();
    json_t* j = NULL;
    if (dd_script_open(&def, &scenario, err)) {
        j = dd_script_describe(&scenario, err);
        if (scenario.destroy) {
            scenario.destroy(scenario.user);
        }
    }
    dd_files_destroy(def.files);
    return j;
}

static int compare_names(const struct dirent** a, const struct dirent** b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

// Every folder below `dir` with a scenario.lua, by name.
static void find_scenarios(const char* dir, const char* shown, int depth, json_t* list)
{
    struct dirent** entry;
    int n = depth > 4 ? 0 : scandir(dir, &entry, NULL, compare_names);
    if (depth > 4) {
        return;
    }
    for (int i = 0; i < n; i++) {
        char path[DD_PATH_MAX];
        char name[DD_PATH_MAX];
        char file[DD_PATH_MAX];
        struct stat st;
        dd_path_join(path, dir, entry[i]->d_name);
        dd_path_join(name, shown, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.' && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
            dd_path_join(file, path, "scenario.lua");
            if (dd_file_exists(file)) {
                DdError err;
                DdJailDef jail = {.timeout_s = 10};
                dd_error_clear(&err);
                json_t* j = dd_jail(&jail, describe, file, &err);
                json_t* row = json_pack("{s:s}", "path", name);
                if (j) {
                    json_object_update(row, j);
                } else {
                    json_object_set_new(row, "error", json_string(err.text));
                }
                json_decref(j);
                json_array_append_new(list, row);
            } else if (strcmp(name, "scenarios/templates") != 0) {
                find_scenarios(path, name, depth + 1, list);
            }
        }
        free(entry[i]);
    }
    if (n >= 0) {
        free(entry);
    }
}

// --- robots

static json_t* describe_robot(void* user, DdError* err)
{
    DdFiles* files = dd_files_create();
    DdRobotDesc* desc = dd_script_robot(files, user, ".", NULL, err);
    json_t* j = NULL;
    if (desc) {
        json_t* spaces = json_array();
        json_t* sensors = json_array();
        size_t i;
        json_t* sensor;
        for (int k = 0; k < desc->nspace; k++) {
            json_array_append_new(spaces, json_string(desc->space[k].name));
        }
        json_array_foreach(desc->sensors, i, sensor)
        {
            json_array_append(sensors, json_object_get(sensor, "name"));
        }
        j = json_pack("{s:s, s:s, s:o, s:o}", "name", desc->name, "doc", desc->doc, "act", spaces,
                      "observe", sensors);
    }
    dd_robot_desc_destroy(desc);
    dd_files_destroy(files);
    return j;
}

static json_t* find_robots(void)
{
    char dir[DD_PATH_MAX];
    struct dirent** entry;
    json_t* list = json_array();
    dd_path_join(dir, dd_home(), "robots");
    int n = scandir(dir, &entry, NULL, compare_names);
    for (int i = 0; i < n; i++) {
        char path[DD_PATH_MAX];
        char file[DD_PATH_MAX];
        dd_path_join(path, dir, entry[i]->d_name);
        dd_path_join(file, path, "robot.lua");
        if (entry[i]->d_name[0] != '.' && dd_file_exists(file)) {
            DdError err;
            DdJailDef jail = {.timeout_s = 10};
            dd_error_clear(&err);
            json_t* j = dd_jail(&jail, describe_robot, entry[i]->d_name, &err);
            if (!j) {
                j = json_pack("{s:s, s:s}", "name", entry[i]->d_name, "error", err.text);
            }
            json_array_append_new(list, j);
        }
        free(entry[i]);
    }
    if (n >= 0) {
        free(entry);
    }
    return list;
}

// --- tables

static json_t* row(const char* name, const char* unit, const char* doc)
{
    json_t* j = json_pack("{s:s}", "name", name);
    if (unit) {
        json_object_set_new(j, "unit", json_string(unit));
    }
    json_object_set_new(j, "doc", json_string(doc ? doc : ""));
    return j;
}

static json_t* collect(void)
{
    int n;
    char dir[DD_PATH_MAX];
    json_t* j = json_object();
    json_t* list = json_array();
    dd_path_join(dir, dd_home(), "scenarios");
    find_scenarios(dir, "scenarios", 0, list);
    json_object_set_new(j, "scenarios", list);
    json_object_set_new(j, "robots", find_robots());

    list = json_array();
    const DdSenseKind* sensors = dd_sensor_kinds(&n);
    for (int i = 0; i < n; i++) {
        json_array_append_new(list, row(sensors[i].name, NULL, sensors[i].doc));
    }
    json_object_set_new(j, "sensors", list);
    json_object_set_new(j, "presets", dd_preset_list());
    list = json_array();
    const DdSenseKind* measures = dd_measure_kinds(&n);
    for (int i = 0; i < n; i++) {
        json_array_append_new(list, row(measures[i].name, measures[i].unit, measures[i].doc));
    }
    json_object_set_new(j, "measures", list);
    list = json_array();
    const DdMetricKind* metrics = dd_metric_kinds(&n);
    for (int i = 0; i < n; i++) {
        json_array_append_new(list, row(metrics[i].name, metrics[i].unit, metrics[i].doc));
    }
    json_object_set_new(j, "metrics", list);
    list = json_array();
    const DdAgentKind* const* agents = dd_agent_kinds(&n);
    for (int i = 0; i < n; i++) {
        json_array_append_new(list, row(agents[i]->name, NULL, agents[i]->doc));
    }
    json_object_set_new(j, "agents", list);
    list = json_array();
    const DdExportKind* const* exports = dd_export_kinds(&n);
    for (int i = 0; i < n; i++) {
        json_array_append_new(list, row(exports[i]->name, NULL, exports[i]->doc));
    }
    json_object_set_new(j, "exports", list);
    return j;
}

static void print_names(const char* label, const json_t* names)
{
    size_t i;
    json_t* name;
    printf("  %s", label);
    json_array_foreach(names, i, name)
    {
        printf("%s%s", i ? ", " : " ", json_string_value(name));
    }
}

static void print_scenario(const json_t* s)
{
    size_t i;
    json_t* p;
    const char* doc = json_string_value(json_object_get(s, "doc"));
    const char* error = json_string_value(json_object_get(s, "error"));
    printf("  %-42s %s", json_string_value(json_object_get(s, "path")),
           error ? error
           : doc ? doc
                 : "");
    json_t* params = json_object_get(s, "params");
    if (json_array_size(params) > 0) {
        printf("  [");
        json_array_foreach(params, i, p)
        {
            const char* name = json_string_value(json_object_get(p, "name"));
            const char* text = json_string_value(json_object_get(p, "distribution"));
            printf("%s%s = %s", i ? ", " : "", name ? name : "?", text ? text : "?");
        }
        printf("]");
    }
    printf("\n");
}

// One preset on a line, its numbers and their source below.
static void print_preset(const json_t* p)
{
    const char* error = json_string_value(json_object_get(p, "error"));
    const char* doc = json_string_value(json_object_get(p, "doc"));
    const char* kind = json_string_value(json_object_get(p, "kind"));
    const char* source = json_string_value(json_object_get(p, "source"));
    printf("  %-22s %-10s %s\n", json_string_value(json_object_get(p, "name")), kind ? kind : "",
           error ? error
           : doc ? doc
                 : "");
    if (error) {
        return;
    }
    const char* key;
    json_t* value;
    printf("      ");
    json_object_foreach(json_object_get(p, "values"), key, value)
    {
        // long tables only by their length
        if (json_array_size(value) > 4) {
            printf(" %s[%zu]", key, json_array_size(value));
            continue;
        }
        char* text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
        printf(" %s=%s", key, text ? text : "");
        free(text);
    }
    printf("\n       from: %s\n", source ? source : "");
}

static int run(const DdArgs* args)
{
    static const char* const k_tables[] = {"sensors", "measures", "metrics", "agents", "exports"};
    json_t* j = collect();
    if (args->json) {
        dd_app_json(j);
        return 0;
    }
    const char* only = args->npos > 0 ? args->pos[0] : NULL;
    if (only && !json_object_get(j, only)) {
        DdError err;
        json_decref(j);
        dd_fail(&err, DD_ERROR_ARGUMENT,
                "list: '%s' is not one of scenarios, robots, sensors, presets, measures, "
                "metrics, agents, exports",
                only);
        return dd_app_error(args, &err);
    }
    size_t i;
    json_t* item;
    if (!only || strcmp(only, "scenarios") == 0) {
        printf("scenarios\n");
        json_array_foreach(json_object_get(j, "scenarios"), i, item)
        {
            print_scenario(item);
        }
    }
    if (!only || strcmp(only, "robots") == 0) {
        printf("robots\n");
        json_array_foreach(json_object_get(j, "robots"), i, item)
        {
            const char* error = json_string_value(json_object_get(item, "error"));
            printf("  %-16s", json_string_value(json_object_get(item, "name")));
            if (error) {
                printf(" %s", error);
            } else {
                printf(" %s", json_string_value(json_object_get(item, "doc")));
                print_names("act:", json_object_get(item, "act"));
                print_names("observe:", json_object_get(item, "observe"));
            }
            printf("\n");
        }
    }
    for (size_t k = 0; k < sizeof k_tables / sizeof k_tables[0]; k++) {
        if (only && strcmp(only, k_tables[k]) != 0) {
            continue;
        }
        printf("%s\n", k_tables[k]);
        json_array_foreach(json_object_get(j, k_tables[k]), i, item)
        {
            const char* unit = json_string_value(json_object_get(item, "unit"));
            printf("  %-16s %s%s%s%s\n", json_string_value(json_object_get(item, "name")),
                   json_string_value(json_object_get(item, "doc")), unit && unit[0] ? " [" : "",
                   unit ? unit : "", unit && unit[0] ? "]" : "");
        }
    }
    if (!only || strcmp(only, "sensors") == 0 || strcmp(only, "presets") == 0) {
        printf("presets of sensors\n");
        json_array_foreach(json_object_get(j, "presets"), i, item)
        {
            print_preset(item);
        }
    }
    json_decref(j);
    return 0;
}

const DdCommand dd_command_list = {
    .name = "list",
    .args = "[scenarios|robots|sensors|presets|measures|metrics|agents|exports]",
    .doc = "what is there, one line each",
    .detail =
        "--json: {scenarios[].{path, name, doc, params, slots}, robots[].{name, doc, act, "
        "observe},\n"
        "sensors[], presets[].{name, kind, doc, source, values}, measures[], metrics[], agents[],\n"
        "exports[]}.",
    .options = k_options,
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
