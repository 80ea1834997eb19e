// Spaces: clipping, rejecting, mapping, and the JSON form.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/space.h"

static DdActionSpace drive_space(void)
{
    static DdActionSpace s; // large
    memset(&s, 0, sizeof s);
    s.npart = 2;
    s.n = 4;
    DdActionPart* drive = &s.part[0];
    strcpy(drive->name, "drive");
    drive->kind = DD_ACTION_TWIST;
    strcpy(drive->frame, "base");
    drive->n = 2;
    strcpy(drive->label[0], "linear");
    strcpy(drive->label[1], "angular");
    strcpy(drive->unit[0], "m/s");
    strcpy(drive->unit[1], "rad/s");
    drive->low[0] = -0.5;
    drive->high[0] = 1.5;
    drive->low[1] = -INFINITY;
    drive->high[1] = 2;
    DdActionPart* grip = &s.part[1];
    strcpy(grip->name, "gripper");
    grip->kind = DD_ACTION_GRIPPER;
    grip->rotation = DD_ROT6D;
    grip->n = 2;
    strcpy(grip->label[0], "width");
    strcpy(grip->label[1], "force");
    strcpy(grip->unit[0], "m");
    grip->low[0] = 0.1;
    grip->high[0] = 0.3;
    grip->low[1] = -40;
    grip->high[1] = 40;
    grip->def[0] = 0.3;
    grip->normalised = true;
    return s;
}

static void values_are_clipped_and_mapped(void** state)
{
    (void)state;
    DdActionSpace s = drive_space();
    DdError err = {0};
    double a[4] = {0.5, -1e9, 0, 0};
    assert_int_equal(dd_action_check(&s, a, &err), DD_ACTION_FINE);
    assert_true(a[0] == 0.5 && a[1] == -1e9);
    assert_true(fabs(a[2] - 0.2) < 1e-15);
    assert_true(a[3] == 0);
    double b[4] = {3, 3, 1, -1};
    assert_int_equal(dd_action_check(&s, b, &err), DD_ACTION_CLIPPED);
    assert_true(b[0] == 1.5 && b[1] == 2 && b[2] == 0.3 && b[3] == -40);
    double c[4] = {0, 0, -7, 1};
    assert_int_equal(dd_action_check(&s, c, &err), DD_ACTION_CLIPPED);
    assert_true(c[2] == 0.1);
}

static void wrong_values_are_told(void** state)
{
    (void)state;
    DdActionSpace s = drive_space();
    DdError err = {0};
    double nan_value[4] = {0, NAN, 0, 0};
    assert_int_equal(dd_action_check(&s, nan_value, &err), DD_ACTION_WRONG);
    assert_int_equal(err.code, DD_ERROR_AGENT);
    assert_string_equal(
        err.text, "action 'drive', angular: must be a finite number from -inf to 2 rad/s, got nan");
    double inf_value[4] = {0, -INFINITY, 0, 0};
    assert_int_equal(dd_action_check(&s, inf_value, &err), DD_ACTION_WRONG);
    s.reject = true;
    double far[4] = {2, 0, 0, 0};
    assert_int_equal(dd_action_check(&s, far, &err), DD_ACTION_WRONG);
    assert_string_equal(err.text, "action 'drive', linear: must be from -0.5 to 1.5 m/s, got 2");
    double normal[4] = {0, 0, 1.5, 0};
    assert_int_equal(dd_action_check(&s, normal, &err), DD_ACTION_WRONG);
    assert_string_equal(err.text, "action 'gripper', width: must be from -1 to 1, got 1.5");
}

static void the_default_survives_being_given(void** state)
{
    (void)state;
    DdActionSpace s = drive_space();
    double a[4];
    dd_action_default(&s, a);
    assert_true(a[2] == 0.3 && a[3] == 0);
    dd_action_ungiven(&s, a);
    assert_true(a[2] == 1 && a[3] == 0);
    assert_int_equal(dd_action_check(&s, a, NULL), DD_ACTION_FINE);
    assert_true(a[2] == 0.3 && a[3] == 0);
}

static void discrete_numbers_are_whole(void** state)
{
    (void)state;
    DdActionSpace s = {.npart = 1, .n = 1};
    s.part[0].kind = DD_ACTION_DISCRETE;
    s.part[0].n = 1;
    s.part[0].high[0] = 3;
    double a = 1.6;
    assert_int_equal(dd_action_check(&s, &a, NULL), DD_ACTION_FINE);
    assert_true(a == 2);
    a = 9;
    assert_int_equal(dd_action_check(&s, &a, NULL), DD_ACTION_CLIPPED);
    assert_true(a == 3);
}

static void json_round_trips(void** state)
{
    (void)state;
    DdActionSpace s = drive_space();
    s.reject = true;
    json_t* j = dd_action_space_to_json(&s);
    static DdActionSpace back;
    DdError err = {0};
    assert_true(dd_action_space_from_json(&back, j, &err));
    assert_memory_equal(&back, &s, sizeof s);
    // any missing member of a part is named
    static const char* const k_members[] = {"name",  "kind",    "rotation",  "frame",
                                            "shape", "labels",  "units",     "low",
                                            "high",  "default", "normalised"};
    for (size_t i = 0; i < sizeof k_members / sizeof k_members[0]; i++) {
        json_t* copy = json_deep_copy(j);
        json_object_del(json_array_get(json_object_get(copy, "parts"), 1), k_members[i]);
        assert_false(dd_action_space_from_json(&back, copy, &err));
        char expected[96];
        snprintf(expected, sizeof expected, "action space: '%s' of part 2 is missing or wrong",
                 k_members[i]);
        assert_string_equal(err.text, expected);
        assert_int_equal(err.code, DD_ERROR_DAMAGED);
        json_decref(copy);
    }
    json_decref(j);
}

static void names_are_found(void** state)
{
    (void)state;
    for (int k = 0; k < DD_ACTION_KIND_COUNT; k++) {
        DdActionKind kind = DD_ACTION_RAW;
        assert_true(dd_action_kind_find(dd_action_kind_name((DdActionKind)k), &kind));
        assert_int_equal(kind, k);
    }
    DdRotation r = DD_ROTATION_NONE;
    assert_true(dd_rotation_find("rot6d", &r));
    assert_int_equal(r, DD_ROT6D);
    assert_false(dd_rotation_find("euler", &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_clipped_and_mapped),
        cmocka_unit_test(wrong_values_are_told),
        cmocka_unit_test(the_default_survives_being_given),
        cmocka_unit_test(discrete_numbers_are_whole),
        cmocka_unit_test(json_round_trips),
        cmocka_unit_test(names_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
