// Skins and props: textures reach the model through the store, shapes are shared, nothing that is
// only looked at weighs or touches anything.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "sim/world/compose.h"
#include "sim/world/props.h"
#include "sim/world/things.h"
#include "sim/world/world.h"

static DdError t_err;

static void add(DdCompose* c, const char* kind_name, const char* fields)
{
    static unsigned char def[DD_THING_SIZE_MAX];
    const DdThingKind* kind = dd_thing_kind(kind_name);
    json_t* values = json_loads(fields, 0, NULL);

    assert_non_null(kind);
    assert_non_null(values);
    kind->init(def);
    if (!dd_fields_read_json(kind->fields, def, values, kind_name, DD_ERROR_SCRIPT, &t_err) ||
        !dd_compose_add(c, kind, def, &t_err)) {
        fail_msg("%s", t_err.text);
    }
    json_decref(values);
}

static DdWorld* build(DdFiles* files, const char* const (*things)[2], int n)
{
    DdWorldDef def = dd_world_def();
    DdCompose* c = dd_compose_create(&def, files, &t_err);

    assert_non_null(c);
    for (int i = 0; i < n; i++) {
        add(c, things[i][0], things[i][1]);
    }
    DdWorld* w = dd_compose_compile(c, &t_err);
    if (!w) {
        fail_msg("%s", t_err.text);
    }
    dd_compose_destroy(c);
    return w;
}

static const char* const k_yard[][2] = {
    {"ground", "{\"look\":\"asphalt\"}"},
    {"container", "{\"name\":\"C1\",\"free\":false}"},
    {"container", "{\"name\":\"C2\",\"free\":false,\"pos\":[0,5,0]}"},
    {"box", "{\"look\":\"carton\",\"pos\":[9,0,0.2]}"},
};

static int texture_of_geom(const mjModel* m, const char* geom)
{
    int id = mj_name2id(m, mjOBJ_GEOM, geom);

    assert_true(id >= 0);
    assert_true(m->geom_matid[id] >= 0);
    return m->mat_texid[mjNTEXROLE * m->geom_matid[id] + mjTEXROLE_RGB];
}

static void test_textures(void** state)
{
    DdFiles* files = dd_files_create();
    DdWorld* w = build(files, k_yard, 4);
    const mjModel* m = dd_world_model(w);
    int asphalt = texture_of_geom(m, "ground/floor"), side = texture_of_geom(m, "C1/sides");
    int carton = texture_of_geom(m, "box1/box");

    (void)state;
    assert_true(asphalt >= 0 && side >= 0 && carton >= 0);
    assert_true(asphalt != side && side != carton && carton != asphalt);
    assert_int_equal(m->tex_width[asphalt], 512);
    assert_int_equal(m->tex_nchannel[asphalt], 3);
    // a picture, not one colour
    const mjtByte* p = m->tex_data + m->tex_adr[asphalt];
    int least = 255, most = 0;
    for (int i = 0; i < 3 * 512 * 512; i++) {
        least = p[i] < least ? p[i] : least;
        most = p[i] > most ? p[i] : most;
    }
    assert_true(most - least > 30);
    // what a recording needs to make the same again
    assert_non_null(dd_files_find(files, "assets/textures/asphalt.png"));
    assert_non_null(dd_files_find(files, "assets/textures/corrugated.png"));
    assert_non_null(dd_files_find(files, "assets/textures/sky.png"));
    assert_null(dd_files_find(files, "assets/textures/epoxy.png"));
    dd_world_destroy(w);

    // the second world of a run finds them in the store, whatever the disk has; its model is the
    // same
    dd_files_freeze(files);
    unsigned char first[DD_SHA256_SIZE], second[DD_SHA256_SIZE];
    w = build(files, k_yard, 4);
    dd_world_model_hash(w, first);
    dd_world_destroy(w);
    w = build(files, k_yard, 4);
    dd_world_model_hash(w, second);
    assert_memory_equal(first, second, sizeof first);
    dd_world_destroy(w);
    dd_files_destroy(files);

    // a store that lacks them says so
    files = dd_files_create();
    dd_files_freeze(files);
    DdWorldDef def = dd_world_def();
    DdCompose* c = dd_compose_create(&def, files, &t_err);
    add(c, "ground", "{\"look\":\"concrete\"}");
    assert_null(dd_compose_compile(c, &t_err));
    assert_non_null(strstr(t_err.text, "assets/textures/concrete.png"));
    dd_compose_destroy(c);
    dd_files_destroy(files);
}

// containers of one size share the meshes of their sides; a plain world has neither mesh nor
// texture
static void test_shared(void** state)
{
    DdFiles* files = dd_files_create();
    DdWorld* w = build(files, k_yard, 4);
    const mjModel* m = dd_world_model(w);
    int one = mj_name2id(m, mjOBJ_GEOM, "C1/sides"), two = mj_name2id(m, mjOBJ_GEOM, "C2/sides");

    (void)state;
    assert_int_equal(m->geom_type[one], mjGEOM_MESH);
    assert_int_equal(m->geom_dataid[one], m->geom_dataid[two]);
    dd_world_destroy(w);
    static const char* const k_plain[][2] = {{"ground", "{\"grid\":false}"}, {"box", "{}"}};
    w = build(files, k_plain, 2);
    assert_int_equal(dd_world_model(w)->nmesh, 0);
    assert_int_equal(dd_world_model(w)->ntex, 0);
    dd_world_destroy(w);
    dd_files_destroy(files);
}

// every model of prop and actor: seen, labelled, without mass and without contact
static void test_props(void** state)
{
    int nclass;
    const char* const* classes = dd_label_classes(&nclass);

    (void)state;
    for (int i = 0; i < DD_PROP_COUNT; i++) {
        char fields[128];
        bool known = false;
        assert_string_equal(dd_prop_models[i].name, dd_prop_names[i]);
        snprintf(fields, sizeof fields, "{\"name\":\"it\",\"model\":\"%s\"}", dd_prop_names[i]);
        const char* const k_things[][2] = {{"prop", fields}};
        DdFiles* files = dd_files_create();
        DdWorld* w = build(files, k_things, 1);
        const mjModel* m = dd_world_model(w);
        for (int k = 0; k < nclass; k++) {
            known |= strcmp(classes[k], dd_world_thing_label(w, 0)) == 0;
        }
        assert_true(known);
        assert_true(m->ngeom > 0);
        for (int g = 0; g < m->ngeom; g++) {
            assert_int_equal(m->geom_contype[g] | m->geom_conaffinity[g], 0);
            assert_true(dd_world_geom_visual(w, g));
        }
        assert_true(m->body_mass[1] == 0);
        // no skin was forgotten: all materials that geoms name exist
        for (int g = 0; g < m->ngeom; g++) {
            assert_true(m->geom_type[g] != mjGEOM_MESH || m->geom_matid[g] >= 0);
        }
        dd_world_destroy(w);
        dd_files_destroy(files);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_textures),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_props),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
