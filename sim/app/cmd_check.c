// drydock check: is a file right? Loads, builds and compiles in a child process, steps nothing.
#include "sim/app/app.h"

#include <string.h>

#include "sim/script/script.h"

static const DdOption k_options[] = {
    {"--describe", NULL, "print the default description of a bare robot"},
    {"--root", "DIR", "a foreign model may read files below DIR"},
    {NULL, NULL, NULL},
};

typedef struct Task {
    const char* path;
    const char* root;
    bool describe;
    json_t* findings;
} Task;

// Wall seconds a child may hold the command: the last resort on a busy machine, where a scenario
// with large meshes takes long. The budgets inside are counts and end sooner.
static const double k_timeout_s = 60;

// Processor seconds that reading and compiling a file may take: meshes are bounded by nothing else.
static const int k_cpu_s = 5;

static void report(void* user, const DdError* err)
{
    json_t* findings = user;
    int code = dd_error_exit_code(err->code);
    json_array_append_new(findings,
                          json_pack("{s:s, s:s, s:s, s:i, s:i, s:s}", "level", "error", "text",
                                    err->text, "file", err->file, "line", err->line, "code",
                                    code == 1 ? 2 : code, "traceback", err->traceback));
}

// An agent without spaces: its file is loaded and its fields are checked.
static void check_agent(const Task* task)
{
    DdError err;
    DdObservationSpace* observation = calloc(1, sizeof *observation);
    DdActionSpace* action = calloc(1, sizeof *action);
    DD_ASSERT(observation && action);
    DdAgentDef def = dd_agent_def();
    char lib[DD_PATH_MAX];
    dd_path_join(lib, dd_home(), "scenarios/lib");
    def.spec = task->path;
    def.slot = "";
    def.files = dd_files_create();
    def.lib = lib;
    def.scope = "check";
    dd_error_clear(&err);
    DdAgent* agent = dd_agent_create(&def, observation, action, &err);
    if (!agent) {
        report(task->findings, &err);
    }
    dd_agent_destroy(agent);
    dd_files_destroy(def.files);
    free(observation);
    free(action);
}

static json_t* check_model(const Task* task)
{
    DdError err;
    DdFiles* files = dd_files_create();
    json_t* text = json_null();
    dd_error_clear(&err);
    DdRobotDesc* desc = dd_script_robot(files, task->path, ".", task->root, &err);
    DdPlan* plan = NULL;
    if (desc && task->describe) {
        char* said = dd_robot_desc_text(desc);
        text = json_string(said);
        free(said);
    }
    if (desc) {
        DdPlanDef def = dd_plan_def();
        DdRobotPlacement* placement = calloc(1, sizeof *placement);
        DD_ASSERT(placement);
        snprintf(def.name, sizeof def.name, "check");
        snprintf(placement->name, sizeof placement->name, "robot");
        placement->quat[0] = 1;
        plan = dd_plan_create(&def, files, &err);
        DdWorld* world = NULL;
        if (plan && dd_plan_add_robot(plan, placement, desc, &err)) {
            world = dd_compose_compile(plan->compose, &err);
        }
        dd_world_destroy(world);
        free(placement);
    }
    if (err.code != DD_OK) {
        report(task->findings, &err);
    }
    dd_plan_destroy(plan);
    dd_files_destroy(files);
    return text;
}

static json_t* check_in_child(void* user, DdError* err)
{
    Task* task = user;
    json_t* answer = json_object();
    task->findings = json_array();
    DdScriptWhat what = dd_script_what(task->path, err);
    if (err->code != DD_OK) {
        report(task->findings, err);
        dd_error_clear(err);
    } else if (what == DD_SCRIPT_SCENARIO) {
        DdScriptDef def = dd_script_def();
        def.path = task->path;
        def.root = task->root;
        def.files = dd_files_create();
        dd_script_check(&def, report, task->findings);
        dd_files_destroy(def.files);
        json_object_set_new(answer, "what", json_string("scenario"));
    } else if (what == DD_SCRIPT_AGENT) {
        check_agent(task);
        json_object_set_new(answer, "what", json_string("agent"));
    } else if (what == DD_SCRIPT_MODEL) {
        json_object_set_new(answer, "description", check_model(task));
        json_object_set_new(answer, "what", json_string("model"));
    } else if (what == DD_SCRIPT_RIG) {
        DdRig rig;
        if (!dd_script_rig(task->path, NULL, &rig, err)) {
            report(task->findings, err);
            dd_error_clear(err);
        }
        dd_rig_clear(&rig);
        json_object_set_new(answer, "what", json_string("rig"));
    } else {
        DdError wrong;
        dd_error_clear(&wrong);
        dd_fail(&wrong, DD_ERROR_SCRIPT,
                "%s returns neither scenario{...}, agent{...} nor rig{...}", task->path);
        report(task->findings, &wrong);
    }
    json_object_set_new(answer, "findings", task->findings);
    return answer;
}

static void report_mcap(void* user, bool is_error, const char* text)
{
    json_array_append_new(user, json_pack("{s:s, s:s, s:i}", "level",
                                          is_error ? "error" : "warning", "text", text, "code", 3));
}

static json_t* check_mcap(const char* path)
{
    json_t* findings = json_array();
    dd_mcap_check(path, report_mcap, findings);
    return json_pack("{s:s, s:o}", "what", "recording", "findings", findings);
}

static bool has_suffix(const char* text, const char* suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

static json_t* check_one(const DdArgs* args, const char* arg, DdError* err)
{
    char path[DD_PATH_MAX];
    Task task = {.path = path,
                 .root = dd_args_value(args, "--root", NULL),
                 .describe = dd_args_flag(args, "--describe")};
    bool model = has_suffix(arg, ".xml") || has_suffix(arg, ".urdf");
    if (has_suffix(arg, ".mcap")) {
        if (!dd_file_exists(arg)) {
            dd_fail(err, DD_ERROR_CANNOT_CHECK, "%s does not exist", arg);
            return NULL;
        }
        return check_mcap(arg);
    }
    if (model || has_suffix(arg, ".lua")) {
        snprintf(path, sizeof path, "%s", arg);
        if (!dd_file_exists(path)) {
            dd_fail(err, DD_ERROR_MISSING, "%s does not exist", arg);
            return NULL;
        }
    } else if (!dd_script_find(arg, "scenario", path, err)) {
        return NULL;
    }
    DdJailDef jail = {.timeout_s = k_timeout_s, .memory = (size_t)8 << 30, .cpu_s = k_cpu_s};
    json_t* answer = dd_jail(&jail, check_in_child, &task, err);
    if (!answer) {
        // a file that kills or holds its checker is wrong, whatever it is
        err->code = DD_ERROR_MODEL;
        dd_fail_while(err, "%s", path);
    }
    return answer;
}

static int run(const DdArgs* args)
{
    int code = 0;
    json_t* files = json_array();
    for (int i = 0; i < args->npos; i++) {
        DdError err;
        size_t k;
        json_t* row;
        dd_error_clear(&err);
        json_t* answer = check_one(args, args->pos[i], &err);
        if (!answer) {
            answer = json_pack("{s:[]}", "findings");
            report(json_object_get(answer, "findings"), &err);
        }
        int errors = 0;
        json_array_foreach(json_object_get(answer, "findings"), k, row)
        {
            const char* level = json_string_value(json_object_get(row, "level"));
            bool is_error = strcmp(level, "error") == 0;
            int c = (int)json_integer_value(json_object_get(row, "code"));
            errors += is_error;
            code = is_error && (code == 0 || c == 70) ? c : code;
            fprintf(stderr, "%s%s\n",
                    is_error ? "" : "warning: ", json_string_value(json_object_get(row, "text")));
            const char* traceback = json_string_value(json_object_get(row, "traceback"));
            if (traceback && traceback[0]) {
                fprintf(stderr, "%s\n", traceback);
            }
        }
        const char* what = json_string_value(json_object_get(answer, "what"));
        const char* description = json_string_value(json_object_get(answer, "description"));
        if (!args->json) {
            if (description) {
                fputs(description, stdout);
            }
            printf("%s: %s%s%s\n", args->pos[i], errors ? "wrong" : "fine", what ? ", " : "",
                   what ? what : "");
        }
        json_object_set_new(answer, "file", json_string(args->pos[i]));
        json_object_set_new(answer, "fine", json_boolean(errors == 0));
        json_array_append_new(files, answer);
    }
    if (args->json) {
        dd_app_json(json_pack("{s:b, s:O}", "fine", code == 0, "files", files));
    }
    json_decref(files);
    return code;
}

const DdCommand dd_command_check = {
    .name = "check",
    .args = "FILE...",
    .doc = "check scenarios, agents, models (.xml, .urdf) and recordings (.mcap); steps nothing",
    .detail =
        "Loads, builds and compiles under the budgets in a child process. Reports every mistake "
        "in\n"
        "declarations and the first in code or model; recordings by the rules of `mcap doctor`.\n"
        "--json: {fine, files[].{file, what, fine, findings[].{level, text, file, line}, "
        "description}}.\n"
        "Exit codes: 0 fine; 2 wrong; 3 a damaged or missing recording.",
    .options = k_options,
    .min_args = 1,
    .max_args = DD_ARGS_MAX - 1,
    .run = run,
};
