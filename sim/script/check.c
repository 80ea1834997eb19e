// Check: every mistake in a scenario's declarations, then a build and a compile; nothing is
// stepped.
#include <stdlib.h>
#include <string.h>

#include "sim/script/script_state.h"
#include "sim/script/tag.h"

// Gives an episode the plan that was built already.
static DdPlan* hand_over(void* user, uint64_t seed, const json_t* overrides, DdError* err)
{
    (void)seed, (void)overrides, (void)err;
    return user;
}

// Action spaces, metrics and windows find out only in the compiled world whether they can be had:
// an episode is made of the plan, which it takes, and not stepped.
static bool check_compiled(DdPlan* plan, DdError* err)
{
    DdScenario scenario = {.user = plan, .build = hand_over};
    DdEpisodeDef def = dd_episode_def();
    DdOutcome outcome;
    DdEpisode* ep = dd_episode_create(&def, &scenario, &outcome, err);
    bool fine = ep != NULL;
    dd_episode_destroy(ep);
    if (!fine && err->code == DD_ERROR_REQUIRE) {
        // this seed's start is not admitted; the file is right
        dd_error_clear(err);
        fine = true;
    }
    return fine;
}

static bool build_and_compile(DdScript* script, DdMistakes* mistakes, DdError* err)
{
    DdPlan* plan = dd_script_build(script, 0, NULL, mistakes, err);
    return plan && check_compiled(plan, err);
}

int dd_script_check(const DdScriptDef* def, void (*report)(void* user, const DdError* err),
                    void* user)
{
    DdError err;
    dd_error_clear(&err);
    DdMistakes mistakes = {.report = report, .user = user};
    DdScript* script = dd_script_create(def, &err);
    if (script) {
        script->spare = dd_run_create(script, &err);
    }
    if (script && script->spare && dd_script_declare(script, &mistakes, &err)) {
        int before = mistakes.n;
        if (!build_and_compile(script, &mistakes, &err) && mistakes.n > before) {
            dd_error_clear(&err); // told already
        }
    }
    dd_script_destroy(script);
    if (err.code != DD_OK) {
        DdSource source = {.shown = err.file[0] || !def->path ? "" : def->path};
        dd_mistake_error(&mistakes, &source, "", &err);
    }
    return mistakes.n;
}

// what a file is

static bool ends_with(const char* text, const char* end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

// The first element of an XML text, or "".
static void root_element(const char* text, char out[32])
{
    out[0] = '\0';
    while (text && *text) {
        text = strchr(text, '<');
        if (!text) {
            return;
        }
        text++;
        if (strncmp(text, "!--", 3) == 0) {
            text = strstr(text, "-->");
        } else if (*text != '?' && *text != '!') {
            snprintf(out, 32, "%.*s", (int)strcspn(text, " \t\r\n/>"), text);
            return;
        }
    }
}

typedef struct TagRequest {
    char tag[16];
} TagRequest;

static int keep_tag(lua_State* L)
{
    TagRequest* request = lua_touserdata(L, 2);
    int line;
    const char* tag = dd_tag_of(L, 1, &line);
    snprintf(request->tag, sizeof request->tag, "%s", tag ? tag : "");
    return 0;
}

static void silent(void* user, const char* level, const char* text, const char* file, int line)
{
    (void)user, (void)level, (void)text, (void)file, (void)line;
}

// Runs the file to see what it returns; a file that raises is what its last lines say.
static bool tag_of_file(const char* path, TagRequest* request, DdError* err)
{
    DdFiles* files = dd_files_create();
    char dir[DD_PATH_MAX], lib[DD_PATH_MAX];
    dd_path_dir(dir, path);
    dd_path_join(lib, dd_home(), "scenarios/lib");
    DdLuaDef def = dd_lua_def();
    def.root = dir;
    def.root_name = "file";
    def.lib = lib;
    def.files = files;
    def.scope = "";
    def.print = silent;
    DdLua* host = dd_script_host(&def, err);
    char logical[DD_PATH_MAX];
    snprintf(logical, sizeof logical, "file/%.1000s", dd_path_base(path));
    bool fine = host && dd_script_load(host, logical, path, path, err);
    if (fine) {
        lua_State* L = dd_lua_state(host);
        lua_pushcfunction(L, keep_tag);
        lua_insert(L, -2);
        lua_pushlightuserdata(L, request);
        fine = dd_lua_call(host, 2, 0, DD_LUA_LOAD, err);
    }
    const DdFile* file = dd_files_find(files, logical);
    if (!fine && file) {
        const char* guess = dd_tag_guess((const char*)file->data);
        if (guess) {
            snprintf(request->tag, sizeof request->tag, "%s", guess);
            dd_error_clear(err);
            fine = true;
        }
    }
    dd_lua_destroy(host);
    dd_files_destroy(files);
    return fine;
}

DdScriptWhat dd_script_what(const char* path, DdError* err)
{
    char file[DD_PATH_MAX];
    DdError own;
    dd_error_clear(&own);
    err = err ? err : &own;
    if (dd_dir_exists(path)) {
        dd_path_join(file, path, "scenario.lua");
    } else {
        snprintf(file, sizeof file, "%s", path);
    }
    if (ends_with(file, ".lua")) {
        TagRequest request = {""};
        if (!tag_of_file(file, &request, err)) {
            return DD_SCRIPT_OTHER;
        }
        if (strcmp(request.tag, "scenario") == 0) {
            return DD_SCRIPT_SCENARIO;
        }
        if (strcmp(request.tag, "robot") == 0) {
            return DD_SCRIPT_MODEL; // with its description; dd_script_robot reads both
        }
        return strcmp(request.tag, "agent") == 0 ? DD_SCRIPT_AGENT
               : strcmp(request.tag, "rig") == 0 ? DD_SCRIPT_RIG
                                                 : DD_SCRIPT_OTHER;
    }

    size_t size;
    unsigned char* data = dd_file_read(file, (size_t)256 << 20, &size, err);
    if (!data) {
        return DD_SCRIPT_OTHER;
    }
    char root[32];
    root_element((const char*)data, root);
    free(data);
    bool model = strcmp(root, "mujoco") == 0 || strcmp(root, "mujocoinclude") == 0 ||
                 strcmp(root, "robot") == 0;
    // an .xml without either root is a model that is wrong, and says so when it is read
    return model || ends_with(file, ".xml") || ends_with(file, ".urdf") ? DD_SCRIPT_MODEL
                                                                        : DD_SCRIPT_OTHER;
}
