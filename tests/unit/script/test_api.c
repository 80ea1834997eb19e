// The manual and the editor completion are complete and up to date.
#include "tests/unit/script/script_test.h"

#include "sim/script/script_state.h"

enum { k_name_max = 4096 };

typedef struct Names {
    int n;
    char name[k_name_max][DD_NAME_MAX];
} Names;

static void add(Names* names, const char* name)
{
    assert_true(names->n < k_name_max);
    snprintf(names->name[names->n++], DD_NAME_MAX, "%s", name);
}

static bool has_row(const char* owner, const char* name)
{
    int n;
    const DdApiRow* rows = dd_script_api(&n);
    for (int i = 0; i < n; i++) {
        if (strcmp(rows[i].owner, owner) == 0 && strcmp(rows[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static int gather_globals(lua_State* L)
{
    Names* names = lua_touserdata(L, 1);
    lua_pushglobaltable(L);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        add(names, lua_tostring(L, -2));
    }
    return 0;
}

static bool is_unit(const char* name)
{
    char row[DD_NAME_MAX + 8];
    char* doc = dd_script_api_doc();
    snprintf(row, sizeof row, "\n| `%s` | ", name);
    bool found = strstr(doc, row) != NULL;
    free(doc);
    return found;
}

static bool is_measure(const char* name)
{
    int n;
    const DdSenseKind* kinds = dd_measure_kinds(&n);
    for (int i = 0; i < n; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void test_every_global_is_documented(void** state)
{
    (void)state;
    DdError err;
    DdLuaDef def = dd_lua_def();
    def.files = dd_files_create();
    DdLua* host = dd_script_host(&def, &err);
    assert_non_null(host);
    Names* names = calloc(1, sizeof *names);
    lua_State* L = dd_lua_state(host);
    lua_pushcfunction(L, gather_globals);
    lua_pushlightuserdata(L, names);
    assert_true(dd_lua_call(host, 1, 0, DD_LUA_CALL, &err));
    assert_true(names->n > 60);
    int missing = 0;
    for (int i = 0; i < names->n; i++) {
        const char* name = names->name[i];
        if (!has_row("", name) && !is_measure(name) && !is_unit(name)) {
            print_error("global '%s' has no row\n", name);
            missing++;
        }
    }
    // and the other way round
    int n;
    const DdApiRow* rows = dd_script_api(&n);
    for (int i = 0; i < n; i++) {
        bool found = *rows[i].owner != '\0';
        for (int k = 0; k < names->n && !found; k++) {
            found = strcmp(names->name[k], rows[i].name) == 0;
        }
        if (!found) {
            print_error("row '%s' stands for no global\n", rows[i].name);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
    free(names);
    dd_lua_destroy(host);
    dd_files_destroy(def.files);
}

// Every method, kind, field and option appears in both texts.
static void test_every_table_is_in_the_texts(void** state)
{
    (void)state;
    char* doc = dd_script_api_doc();
    char* luals = dd_script_luals();
    int n, missing = 0;
    char text[512];
    const DdApiRow* rows = dd_script_api(&n);
    for (int i = 0; i < n; i++) {
        assert_true(*rows[i].doc && *rows[i].signature);
        if (!strchr(rows[i].signature, '|') && !strstr(doc, rows[i].signature)) {
            print_error("'%s' is not in the manual\n", rows[i].signature);
            missing++;
        }
    }
    const DdThingKind* const* things = dd_thing_kinds(&n);
    for (int i = 0; i < n; i++) {
        snprintf(text, sizeof text, "### w:%s\n", things[i]->name);
        missing += !strstr(doc, text);
        snprintf(text, sizeof text, "function World:%s(", things[i]->name);
        missing += !strstr(luals, text);
        for (const DdField* f = things[i]->fields; f->name; f++) {
            snprintf(text, sizeof text, "| `%s` | ", f->name);
            missing += !strstr(doc, text);
            snprintf(text, sizeof text, "---@field %s", f->name);
            missing += !strstr(luals, text);
        }
    }
    const DdSenseKind* kinds = dd_measure_kinds(&n);
    for (int i = 0; i < n; i++) {
        snprintf(text, sizeof text, "| `%s(a", kinds[i].name);
        missing += !strstr(doc, text);
        snprintf(text, sizeof text, "function %s(a", kinds[i].name);
        missing += !strstr(luals, text);
    }
    const DdStageKind* stage = dd_stage_kinds(&n);
    for (int i = 0; i < n; i++) {
        snprintf(text, sizeof text, "| `%s` | %s | ", stage[i].name, stage[i].target);
        missing += !strstr(doc, text);
        snprintf(text, sizeof text, "function Sim:%s(", stage[i].name);
        missing += !strstr(luals, text);
    }
    const DdControllerKind* const* controllers = dd_controller_kinds(&n);
    for (int i = 0; i < n; i++) {
        snprintf(text, sizeof text, "#### %s\n", controllers[i]->name);
        missing += !strstr(doc, text);
    }
    const DdMetricKind* metrics = dd_metric_kinds(&n);
    for (int i = 0; i < n; i++) {
        snprintf(text, sizeof text, "| `%s` | ", metrics[i].name);
        missing += !strstr(doc, text);
    }
    assert_int_equal(missing, 0);
    free(doc);
    free(luals);
}

static void compare(const char* name, char* made)
{
    char path[2 * DD_PATH_MAX];
    DdError err;
    snprintf(path, sizeof path, "%s/%s", g_source_dir, name);
    if (getenv("DRYDOCK_RENEW_DOCS")) {
        char dir[DD_PATH_MAX];
        dd_path_dir(dir, path);
        assert_true(dd_dir_make(dir, &err));
        assert_true(dd_file_write(path, made, strlen(made), &err));
    }
    size_t size;
    unsigned char* kept = dd_file_read(path, 1 << 24, &size, &err);
    if (!kept || strcmp((char*)kept, made) != 0) {
        print_error("%s is not what the tables say: run with DRYDOCK_RENEW_DOCS=1\n", name);
    }
    assert_non_null(kept);
    assert_string_equal((char*)kept, made);
    free(kept);
    free(made);
}

static void test_the_committed_texts_are_up_to_date(void** state)
{
    (void)state;
    compare("docs/lua_api.md", dd_script_api_doc());
    compare("docs/luals/drydock.lua", dd_script_luals());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_global_is_documented),
        cmocka_unit_test(test_every_table_is_in_the_texts),
        cmocka_unit_test(test_the_committed_texts_are_up_to_date),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
