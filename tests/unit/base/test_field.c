// Fields: reading, writing, ranges, suggestions and the sentences of errors.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/field.h"
#include "sim/base/rng.h"

typedef struct Box {
    char name[DD_NAME_MAX];
    double size[3];
    double mass;
    double reach;
    double quat[4];
    double rgba[4];
    double spot[2];
    int count;
    int shape;
    bool fixed;
    char mesh[DD_PATH_MAX];
    char on[DD_NAME_MAX];
    DdNumbers numbers;
    DdNames names;
    DdPoints path;
} Box;

static const char* const k_shapes[] = {"cube", "ball", "tube", NULL};

static const DdField k_fields[] = {
    DD_FIELD_ROW(Box, name, DD_FIELD_STRING, DD_REQUIRED, "", "unique name"),
    DD_FIELD_ROW(Box, size, DD_FIELD_VEC3, DD_POSITIVE, "m", ""),
    DD_FIELD_ROW(Box, mass, DD_FIELD_NUMBER, DD_POSITIVE, "kg", "mass"),
    DD_FIELD_ROW(Box, reach, DD_FIELD_NUMBER, DD_NONNEGATIVE | DD_ALLOW_INF, "m", ""),
    DD_FIELD_ROW(Box, quat, DD_FIELD_QUAT, 0, "", ""),
    DD_FIELD_ROW(Box, rgba, DD_FIELD_RGBA, 0, "", ""),
    DD_FIELD_ROW(Box, spot, DD_FIELD_VEC2, 0, "m", ""),
    DD_FIELD_ROW(Box, count, DD_FIELD_INT, DD_NONNEGATIVE, NULL, ""),
    DD_FIELD_ROW_ENUM(Box, shape, 0, "", k_shapes),
    DD_FIELD_ROW(Box, fixed, DD_FIELD_BOOL, 0, "", ""),
    DD_FIELD_ROW(Box, mesh, DD_FIELD_TEXT, 0, "", ""),
    DD_FIELD_ROW(Box, on, DD_FIELD_REF, 0, "", ""),
    DD_FIELD_ROW(Box, numbers, DD_FIELD_NUMBERS, DD_UNIT_RANGE, "", ""),
    DD_FIELD_ROW(Box, names, DD_FIELD_NAMES, 0, "", ""),
    DD_FIELD_ROW(Box, path, DD_FIELD_POINTS, 0, "m", ""),
    DD_FIELD_ROWS_END,
};

static Box box_def(void)
{
    Box b = {.name = "bay", .size = {1, 1, 1}, .mass = 2, .reach = INFINITY, .quat = {1, 0, 0, 0}};
    return b;
}

static bool read(Box* b, const char* text, DdError* err)
{
    json_t* j = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(j);
    bool ok = dd_fields_read_json(k_fields, b, j, "box 'bay'", DD_ERROR_SCRIPT, err);
    json_decref(j);
    return ok;
}

static void a_mistake_is_told(const char* text, const char* expected)
{
    Box b = box_def();
    DdError err = {0};
    assert_false(read(&b, text, &err));
    assert_string_equal(err.text, expected);
    assert_int_equal(err.code, DD_ERROR_SCRIPT);
}

static void mistakes_are_told_in_one_sentence(void** state)
{
    (void)state;
    a_mistake_is_told("{\"name\":\"a\",\"mass\":-1}",
                      "box 'bay': mass must be positive, got -1 kg");
    a_mistake_is_told("{\"name\":\"a\",\"mas\":1}",
                      "box 'bay': no field named 'mas', did you mean 'mass'?");
    a_mistake_is_told("{\"name\":\"a\",\"zzz\":1}", "box 'bay': no field named 'zzz'");
    a_mistake_is_told("{\"mass\":1}", "box 'bay': name must be given (unique name)");
    a_mistake_is_told("{\"name\":\"\"}", "box 'bay': name must be given (unique name)");
    a_mistake_is_told("{\"name\":\"a\",\"mass\":\"heavy\"}",
                      "box 'bay': mass must be a number, got the text \"heavy\"");
    a_mistake_is_told("{\"name\":\"a\",\"mass\":\"inf\"}",
                      "box 'bay': mass must be a finite number, got inf");
    a_mistake_is_told("{\"name\":\"a\",\"size\":[1,0,1]}",
                      "box 'bay': size[2] must be positive, got 0 m");
    a_mistake_is_told("{\"name\":\"a\",\"size\":[1,2]}",
                      "box 'bay': size must be a list of 3 numbers, got a list of 2");
    a_mistake_is_told("{\"name\":\"a\",\"reach\":-0.5}",
                      "box 'bay': reach must not be negative, got -0.5 m");
    a_mistake_is_told("{\"name\":\"a\",\"rgba\":[1,2,0]}",
                      "box 'bay': rgba[2] must be between 0 and 1, got 2");
    a_mistake_is_told("{\"name\":\"a\",\"quat\":[0,0,0,0]}",
                      "box 'bay': quat must be a rotation (w, x, y, z), got all zeros");
    a_mistake_is_told("{\"name\":\"a\",\"count\":1.5}",
                      "box 'bay': count must be a whole number, got the number 1.5");
    a_mistake_is_told("{\"name\":\"a\",\"fixed\":1}",
                      "box 'bay': fixed must be true or false, got the number 1");
    a_mistake_is_told("{\"name\":\"a\",\"shape\":\"bal\"}",
                      "box 'bay': shape must be one of 'cube', 'ball', 'tube', got 'bal', did you "
                      "mean 'ball'?");
    a_mistake_is_told("{\"name\":\"a\",\"path\":[[0,1],[2]]}",
                      "box 'bay': path[2] must be a point of 2 or 3 numbers, got a list of 1");
    a_mistake_is_told("{\"name\":\"a\",\"names\":[\"x\",3]}",
                      "box 'bay': names[2] must be a text, got the number 3");
    a_mistake_is_told("[1]", "box 'bay': an object of fields is expected, got a list of 1");
}

static void long_texts_are_refused(void** state)
{
    (void)state;
    char text[400];
    snprintf(text, sizeof text, "{\"name\":\"%0200d\"}", 1);
    Box b = box_def();
    DdError err = {0};
    assert_false(read(&b, text, &err));
    assert_string_equal(err.text, "box 'bay': name must have at most 95 bytes, got 200");
}

static void nan_never_passes(void** state)
{
    (void)state;
    Box b = box_def();
    DdError err = {0};
    assert_true(dd_fields_check(k_fields, &b, "box", DD_ERROR_SCRIPT, &err));
    b.reach = NAN;
    assert_false(dd_fields_check(k_fields, &b, "box", DD_ERROR_SCRIPT, &err));
    assert_string_equal(err.text, "box: reach must be a finite number, got nan");
    b = box_def();
    b.path.n = 2;
    b.path.v[1][2] = NAN;
    assert_false(dd_fields_check(k_fields, &b, "box", DD_ERROR_SCRIPT, &err));
    assert_string_equal(err.text, "box: path[2].z must be a finite number, got nan");
    b = box_def();
    b.shape = 3;
    assert_false(dd_fields_check(k_fields, &b, "box", DD_ERROR_SCRIPT, &err));
}

static void absent_members_stay(void** state)
{
    (void)state;
    Box b = box_def();
    b.count = 7;
    DdError err = {0};
    assert_true(read(
        &b, "{\"name\":\"a\",\"rgba\":[0.1,0.2,0.3],\"path\":[[1,2]],\"reach\":\"inf\"}", &err));
    assert_int_equal(b.count, 7);
    assert_true(b.mass == 2);
    assert_true(b.rgba[3] == 1);
    assert_int_equal(b.path.n, 1);
    assert_true(b.path.v[0][2] == 0);
    assert_true(isinf(b.reach));
}

static void write_then_read_is_the_same_bits(void** state)
{
    (void)state;
    DdStream s = dd_stream(1, "t", "fields");
    for (int round = 0; round < 300; round++) {
        Box b = box_def();
        for (int i = 0; i < 3; i++) {
            b.size[i] = exp(dd_stream_normal(&s, 0, 20));
        }
        b.mass = dd_stream_uniform(&s, 1e-9, 1);
        dd_stream_normal(&s, 0, 1);
        for (int i = 0; i < 4; i++) {
            b.quat[i] = dd_stream_normal(&s, 0, 1);
            b.rgba[i] = dd_stream_uniform(&s, 0, 1);
        }
        b.spot[0] = -0.0;
        b.shape = (int)dd_stream_int(&s, 0, 2);
        b.fixed = round % 2 == 0;
        strcpy(b.mesh, "\xEA\xB0\x80/\"x\".obj");
        b.numbers.n = 3;
        b.numbers.v[1] = dd_stream_uniform(&s, 0, 1);
        b.names.n = 2;
        strcpy(b.names.v[1], "second");
        b.path.n = 2;
        b.path.v[1][1] = dd_stream_normal(&s, 0, 1e6);
        // once through JSON normalises the rotation; from then on nothing changes
        Box once = box_def();
        Box twice = box_def();
        DdError err = {0};
        json_t* j = dd_fields_write_json(k_fields, &b);
        assert_true(dd_fields_read_json(k_fields, &once, j, "box", DD_ERROR_SCRIPT, &err));
        json_decref(j);
        assert_memory_equal(once.size, b.size, sizeof b.size);
        j = dd_fields_write_json(k_fields, &once);
        char* text = json_dumps(j, JSON_COMPACT);
        json_decref(j);
        j = json_loads(text, 0, NULL);
        assert_true(dd_fields_read_json(k_fields, &twice, j, "box", DD_ERROR_SCRIPT, &err));
        json_decref(j);
        free(text);
        assert_memory_equal(&once, &twice, sizeof once);
    }
}

static void near_names_are_suggested(void** state)
{
    (void)state;
    static const char* const k_names[] = {"friction", "duration_s", "x",
                                          "pos",      "position",   "amr_250"};
    const struct {
        const char* given;
        const char* near;
    } rows[] = {{"fricton", "friction"},
                {"Friction", "friction"},
                {"firction", "friction"},
                {"duration", "duration_s"},
                {"amr250", "amr_250"},
                {"psition", "position"},
                {"X", "x"},
                {"velocity", NULL},
                {"", NULL},
                {"q", NULL},
                {"gnss", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char* near = dd_nearest_name(rows[i].given, k_names, 6);
        if (rows[i].near == NULL) {
            assert_null(near);
        } else {
            assert_non_null(near);
            assert_string_equal(near, rows[i].near);
        }
    }
    assert_ptr_equal(dd_field_find(k_fields, "mass"), &k_fields[2]);
    assert_null(dd_field_find(k_fields, "Mass"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_told_in_one_sentence),
        cmocka_unit_test(long_texts_are_refused),
        cmocka_unit_test(nan_never_passes),
        cmocka_unit_test(absent_members_stay),
        cmocka_unit_test(write_then_read_is_the_same_bits),
        cmocka_unit_test(near_names_are_suggested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
