// drydock new: a commented starting point that runs.
#include "sim/app/app.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/text.h"

static const DdOption k_options[] = {
    {"--force", NULL, "replace files that exist"},
    {NULL, NULL, NULL},
};

static bool good_name(const char* name)
{
    if (!name[0] || strlen(name) > 60 || !(isalpha((unsigned char)name[0]) || (name[0] & 0x80))) {
        return false;
    }
    for (const char* p = name; *p; p++) {
        if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-' && !(*p & 0x80)) {
            return false;
        }
    }
    return true;
}

// The template with every NAME_HERE replaced.
static bool write_template(const char* from, const char* to, const char* name, bool force,
                           DdError* err)
{
    static const char k_mark[] = "NAME_HERE";
    size_t size;
    if (dd_file_exists(to) && !force) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "%s exists: choose another name, or --force to replace it", to);
    }
    char* text = (char*)dd_file_read(from, 1 << 20, &size, err);
    if (!text) {
        return dd_fail_while(err, "the template");
    }
    DdText out = {0};
    const char* at = text;
    for (const char* mark = strstr(at, k_mark); mark; mark = strstr(at, k_mark)) {
        dd_text_bytes(&out, at, (size_t)(mark - at));
        dd_text_str(&out, name);
        at = mark + sizeof k_mark - 1;
    }
    dd_text_str(&out, at);
    free(text);
    char dir[DD_PATH_MAX];
    dd_path_dir(dir, to);
    bool fine = dd_dir_make(dir, err) && dd_file_write(to, out.data, out.size, err);
    dd_text_free(&out);
    return fine;
}

static int run(const DdArgs* args)
{
    static const char* const k_kinds[] = {"scenario", "agent", "robot"};
    DdError err;
    const char* what = args->pos[0];
    const char* name = args->pos[1];
    int kind = -1;
    dd_error_clear(&err);
    for (int i = 0; i < 3; i++) {
        kind = strcmp(what, k_kinds[i]) == 0 ? i : kind;
    }
    if (kind < 0) {
        dd_fail(&err, DD_ERROR_ARGUMENT, "new: '%s' is not one of scenario, agent, robot", what);
        return dd_app_error(args, &err);
    }
    if (!good_name(name)) {
        dd_fail(&err, DD_ERROR_ARGUMENT,
                "new: the name '%s' must begin with a letter and hold letters, "
                "digits, _ and - only",
                name);
        return dd_app_error(args, &err);
    }
    char from[DD_PATH_MAX];
    char target[DD_PATH_MAX];
    dd_path_join(target, "scenarios/templates", what);
    dd_path_join(from, dd_home(), target);
    snprintf(target, sizeof target, kind == 1 ? "%.200s.lua" : "%.200s", name);
    struct dirent** entry;
    int n = scandir(from, &entry, NULL, alphasort);
    if (n < 0) {
        dd_fail(&err, DD_ERROR_MISSING, "the template folder %s is missing", from);
        return dd_app_error(args, &err);
    }
    bool fine = true;
    json_t* written = json_array();
    for (int i = 0; i < n; i++) {
        if (entry[i]->d_name[0] != '.' && fine) {
            char source[DD_PATH_MAX];
            char to[DD_PATH_MAX];
            dd_path_join(source, from, entry[i]->d_name);
            if (kind == 1) {
                snprintf(to, sizeof to, "%s", target);
            } else {
                dd_path_join(to, target, entry[i]->d_name);
            }
            fine = write_template(source, to, name, dd_args_flag(args, "--force"), &err);
            if (fine) {
                json_array_append_new(written, json_string(to));
                fprintf(args->json ? stderr : stdout, "wrote %s\n", to);
            }
        }
        free(entry[i]);
    }
    free(entry);
    if (!fine) {
        json_decref(written);
        return dd_app_error(args, &err);
    }
    fprintf(args->json ? stderr : stdout, "next: ");
    if (kind == 0) {
        fprintf(args->json ? stderr : stdout, "./drydock run %s --agent %s/expert.lua\n", name,
                name);
    } else if (kind == 1) {
        fprintf(args->json ? stderr : stdout,
                "./drydock run scenarios/mobility/amr_dock --agent %s.lua\n", name);
    } else {
        fprintf(args->json ? stderr : stdout,
                "put the folder below robots/ and use it as w:robot { \"%s\" }, or by the path of "
                "its model.xml\n",
                name);
    }
    if (args->json) {
        dd_app_json(json_pack("{s:O}", "files", written));
    }
    json_decref(written);
    return 0;
}

const DdCommand dd_command_new = {
    .name = "new",
    .args = "scenario|agent|robot NAME",
    .doc = "write a commented starting point that runs",
    .detail = "Writes into the working directory. --json: {files[]}. Exit codes: 0; 2; 75.",
    .options = k_options,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
