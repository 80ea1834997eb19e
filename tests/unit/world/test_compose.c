// Compose: things become a world and back, by name and by data.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/world/parts.h"
#include "sim/world/compose.h"
#include "sim/world/things.h"
#include "sim/world/world.h"

static DdCompose* create(void)
{
    DdWorldDef def = dd_world_def();
    DdError err;
    DdCompose* c = dd_compose_create(&def, NULL, &err);

    assert_non_null(c);
    return c;
}

static void add_json(DdCompose* c, const char* kind_name, const char* fields)
{
    _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
    const DdThingKind* kind = dd_thing_kind(kind_name);
    DdError err = {0};
    json_t* j = json_loads(fields, 0, NULL);

    assert_non_null(kind);
    assert_non_null(j);
    kind->init(def);
    if (!dd_fields_read_json(kind->fields, def, j, kind_name, DD_ERROR_SCRIPT, &err) ||
        !dd_compose_add(c, kind, def, &err)) {
        fail_msg("%s", err.text);
    }
    json_decref(j);
}

static DdError add_bad(DdCompose* c, const char* kind_name, const char* fields)
{
    _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
    const DdThingKind* kind = dd_thing_kind(kind_name);
    DdError err = {0};
    json_t* j = json_loads(fields, 0, NULL);

    kind->init(def);
    assert_false(dd_fields_read_json(kind->fields, def, j, kind_name, DD_ERROR_SCRIPT, &err) &&
                 dd_compose_add(c, kind, def, &err));
    json_decref(j);
    return err;
}

static DdWorld* compile(DdCompose* c)
{
    DdError err = {0};
    DdWorld* w = dd_compose_compile(c, &err);

    if (!w) {
        fail_msg("%s", err.text);
    }
    return w;
}

static void step(DdWorld* w, int n)
{
    DdError err = {0};

    for (int i = 0; i < n; i++) {
        if (!dd_world_step1(w, &err) || !dd_world_step2(w, &err)) {
            fail_msg("%s", err.text);
        }
    }
}

static void test_box_falls_on_ground(void** state)
{
    (void)state;
    DdCompose* c = create();
    add_json(c, "ground", "{}");
    add_json(c, "box", "{\"name\":\"crate\",\"pos\":[1,2,1],\"size\":[0.4,0.4,0.4],\"free\":true}");
    DdWorld* w = compile(c);
    DdPose pose;

    dd_compose_destroy(c);
    step(w, 1000);
    assert_true(dd_world_step1(w, NULL));
    assert_true(dd_world_pose(w, "crate", &pose));
    assert_float_equal(pose.pos[0], 1, 1e-3);
    assert_float_equal(pose.pos[2], 0.2, 2e-3);
    assert_true(dd_world_pose(w, "crate/top", &pose));
    assert_float_equal(pose.pos[2], 0.4, 2e-3);
    // the x axis of a face's frame points out of it
    double out[3];
    dd_quat_rotate(out, pose.quat, (const double[3]){1, 0, 0});
    assert_float_equal(out[2], 1, 1e-3);
    assert_int_equal(dd_world_step_count(w), 1000);
    assert_int_equal(dd_world_thing_count(w), 2);
    assert_string_equal(dd_world_thing_name(w, 0), "ground");
    assert_string_equal(dd_world_thing_kind(w, 1), "box");
    int geom;
    assert_int_equal(dd_world_thing_geoms(w, 1, &geom, 1), 1);
    assert_string_equal(dd_world_geom_name(w, geom), "crate/box");
    assert_int_equal(dd_world_thing_of_geom(w, geom), 1);
    assert_int_equal(dd_world_thing_find(w, "nobody"), -1);
    assert_float_equal(dd_world_lowest_point(w, "crate"), 0, 2e-3);
    dd_world_destroy(w);
}

static void test_names(void** state)
{
    (void)state;
    DdCompose* c = create();
    DdError err;

    add_json(c, "box", "{\"name\":\"bay\"}");
    err = add_bad(c, "sphere", "{\"name\":\"bay\"}");
    assert_string_equal(err.text, "two things are named 'bay'");
    err = add_bad(c, "box", "{\"name\":\"a/b\"}");
    assert_non_null(strstr(err.text, "the name has '/' in it"));
    err = add_bad(c, "box", "{\"name\":\"a b\"}");
    assert_non_null(strstr(err.text, "' '"));
    err = add_bad(c, "box", "{\"name\":\"world\"}");
    assert_non_null(strstr(err.text, "world"));
    add_json(c, "box", "{\"name\":\"\xed\x95\x9c\"}");
    add_json(c, "box", "{}");
    assert_string_equal(dd_compose_name(c, 2), "box3");
    err = add_bad(c, "box", "{\"mass\":-1}");
    assert_non_null(strstr(err.text, "mass must be positive, got -1 kg"));
    err = add_bad(c, "box", "{\"size\":[1,0,1]}");
    assert_non_null(strstr(err.text, "size[2]"));
    err = add_bad(c, "box", "{\"on\":\"nowhere\"}");
    assert_non_null(strstr(err.text, "nowhere"));
    dd_compose_destroy(c);
}

// values that differ from the defaults, by kind of field
static json_t* odd_fields(const DdThingKind* kind, const void* def)
{
    json_t* j = dd_fields_write_json(kind->fields, def);

    for (const DdField* f = kind->fields; f->kind != DD_FIELD_END; f++) {
        json_t* v = json_object_get(j, f->name);
        if (f->kind == DD_FIELD_BOOL) {
            json_object_set_new(j, f->name, json_boolean(!json_is_true(v)));
        } else if (f->kind == DD_FIELD_ENUM) {
            json_object_set_new(j, f->name, json_string(f->names[1]));
        } else if (f->kind == DD_FIELD_NUMBER && strcmp(f->name, "length_ft") != 0) {
            double x = json_number_value(v);
            double odd = strcmp(f->name, "mass") == 0 ? x + 7000.1 : 1.1 * x + 0.0123;
            json_object_set_new(j, f->name, json_real(f->flags & DD_UNIT_RANGE ? 0.3 : odd));
        } else if (f->kind == DD_FIELD_INT) {
            json_object_set_new(j, f->name, json_integer(json_integer_value(v) + 1));
        } else if (f->kind == DD_FIELD_VEC2 || f->kind == DD_FIELD_VEC3) {
            json_t* list = json_array();
            for (size_t i = 0; i < json_array_size(v); i++) {
                json_array_append_new(
                    list,
                    json_real(1.07 * json_number_value(json_array_get(v, i)) + 0.1 / (i + 3.)));
            }
            json_object_set_new(j, f->name, list);
        } else if (f->kind == DD_FIELD_QUAT) {
            json_object_set_new(j, f->name, json_pack("[f,f,f,f]", 0.3, -0.7, 0.2, 0.9));
        } else if (f->kind == DD_FIELD_RGBA) {
            json_object_set_new(j, f->name, json_pack("[f,f,f,f]", 0.3, 0.7, 0.2, 0.9));
        } else if (f->kind == DD_FIELD_POINTS) {
            json_object_set_new(j, f->name,
                                json_pack("[[f,f,f],[f,f,f],[f,f,f]]", 0.3, 0.1, 0.0, 5.1, 0.2, 0.0,
                                          5.5, 3.3, 0.1));
        }
    }
    json_object_set_new(j, "name", json_string("odd"));
    return j;
}

static void test_ops_round_trip(void** state)
{
    int n;
    const DdThingKind* const* kinds = dd_thing_kinds(&n);

    (void)state;
    assert_true(n >= 17);
    for (int i = 0; i < n; i++) {
        _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
        unsigned char first[DD_SHA256_SIZE], second[DD_SHA256_SIZE], plain[DD_SHA256_SIZE];
        DdError err = {0};
        if (strcmp(kinds[i]->name, "weather") == 0) {
            continue; // one per world, no bodies: test_weather
        }
        kinds[i]->init(def);
        json_t* fields = odd_fields(kinds[i], def);
        char* text = json_dumps(fields, JSON_REAL_PRECISION(17));
        DdCompose* c = create();
        add_json(c, kinds[i]->name, text);
        // a second one as the user gives it, by its required fields alone
        add_json(c, kinds[i]->name,
                 strcmp(kinds[i]->name, "actor") == 0  ? "{\"path\":[[0,0,0],[1,0,0]]}"
                 : strcmp(kinds[i]->name, "wall") == 0 ? "{\"from\":[0,0],\"to\":[1,0]}"
                                                       : "{}");
        DdWorld* w = compile(c);
        dd_world_model_hash(w, first);
        step(w, 5);
        json_t* ops = dd_compose_ops(c);
        char* dump = json_dumps(ops, JSON_REAL_PRECISION(17));
        json_t* read = json_loads(dump, 0, NULL);
        DdCompose* c2 = dd_compose_from_ops(read, NULL, &err);
        if (!c2) {
            fail_msg("%s: %s", kinds[i]->name, err.text);
        }
        dd_kept_clear(); // compiled again, not copied
        DdWorld* w2 = compile(c2);
        dd_world_model_hash(w2, second);
        if (memcmp(first, second, sizeof first) != 0) {
            fail_msg("%s: the composition does not come back as it was", kinds[i]->name);
        }
        // every frame that the kind promises is there, and known before compiling
        for (const char* const* f = kinds[i]->frames; *f; f++) {
            char name[64];
            DdPose before, after;
            snprintf(name, sizeof name, "odd/%s", *f);
            if (dd_world_site(w2, name) < 0 || !dd_compose_pose(c2, name, &before)) {
                fail_msg("%s has no frame '%s'", kinds[i]->name, *f);
            }
            assert_true(dd_world_forward(w2, &err));
            assert_true(dd_world_pose(w2, name, &after));
            for (int k = 0; k < 3; k++) {
                assert_float_equal(before.pos[k], after.pos[k], 1e-9);
            }
            assert_true(dd_quat_angle(before.quat, after.quat) < 1e-6);
        }
        // the test sees a change
        DdCompose* c3 = create();
        DdWorld* w3;
        if (strcmp(kinds[i]->name, "actor") != 0 && strcmp(kinds[i]->name, "wall") != 0) {
            add_json(c3, kinds[i]->name, "{}");
            w3 = compile(c3);
            dd_world_model_hash(w3, plain);
            assert_true(memcmp(first, plain, sizeof first) != 0);
            dd_world_destroy(w3);
        }
        // geoms lie inside the declared bounds
        DdPose box;
        double half[3];
        assert_true(dd_compose_bounds(c, "odd", &box, half));
        dd_compose_destroy(c3);
        dd_world_destroy(w);
        dd_world_destroy(w2);
        dd_compose_destroy(c);
        dd_compose_destroy(c2);
        json_decref(read);
        json_decref(ops);
        json_decref(fields);
        free(dump);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_box_falls_on_ground),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_ops_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
