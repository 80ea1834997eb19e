// Kept models: a second world of the same composition is the first one's copy, another is not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
// cmocka needs the four above
#include <cmocka.h>

#include "sim/world/things.h"
#include "sim/world/world.h"

static DdWorld* build(DdFiles* files, double x)
{
    DdError err;
    DdWorldDef def = dd_world_def();
    dd_error_clear(&err);
    DdCompose* c = dd_compose_create(&def, files, &err);
    assert_non_null(c);
    unsigned char ground[DD_THING_SIZE_MAX], box[DD_THING_SIZE_MAX];
    const DdThingKind* kinds[] = {dd_thing_kind("ground"), dd_thing_kind("box")};
    kinds[0]->init(ground);
    kinds[1]->init(box);
    ((DdThingPose*)(box + DD_NAME_MAX))->pos[0] = x;
    assert_true(dd_compose_add(c, kinds[0], ground, &err));
    assert_true(dd_compose_add(c, kinds[1], box, &err));
    DdWorld* w = dd_compose_compile(c, &err);
    if (!w) {
        fail_msg("%s", err.text);
    }
    dd_compose_destroy(c);
    return w;
}

static void same_composition_same_model(void** state)
{
    (void)state;
    DdFiles* files = dd_files_create();
    unsigned char a[DD_SHA256_SIZE], b[DD_SHA256_SIZE], c[DD_SHA256_SIZE];
    DdWorld* first = build(files, 1);
    dd_world_model_hash(first, a);
    // what one does to its model is nobody else's
    dd_world_model(first)->geom_friction[0] = 0.125;
    DdWorld* second = build(files, 1);
    dd_world_model_hash(second, b);
    DdWorld* other = build(files, 2);
    dd_world_model_hash(other, c);
    assert_memory_equal(a, b, sizeof a);
    assert_true(memcmp(a, c, sizeof a) != 0);
    assert_true(dd_world_model(second)->geom_friction[0] != 0.125);
    assert_ptr_not_equal(dd_world_model(first), dd_world_model(second));
    assert_int_equal(dd_world_thing_count(second), 2);
    dd_world_destroy(first);
    dd_world_destroy(second);
    dd_world_destroy(other);
    dd_files_destroy(files);
}

static void what_is_kept_goes_away_in_its_time(void** state)
{
    (void)state;
    DdFiles* files = dd_files_create();
    DdWorld* w = build(files, 3);
    unsigned char a[DD_SHA256_SIZE], b[DD_SHA256_SIZE];
    dd_world_model_hash(w, a);
    dd_world_destroy(w);
    for (int i = 0; i < 4; i++) {
        w = build(files, 10 + i);
        dd_world_destroy(w);
    }
    w = build(files, 3);
    dd_world_model_hash(w, b);
    assert_memory_equal(a, b, sizeof a);
    dd_world_destroy(w);
    dd_files_destroy(files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_composition_same_model),
        cmocka_unit_test(what_is_kept_goes_away_in_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
