// An episode from plain data: run, record, verify, re-score, damage. No Lua anywhere.
#include "tests/unit/run/cart.h"

static void same_seed_is_the_same_run(void** state)
{
    (void)state;
    char mcap[2][DD_PATH_MAX], hash[3][32];
    json_t* j[3];
    one_episode("same_a", 1, mcap[0], hash[0], &j[0]);
    one_episode("same_b", 1, mcap[1], hash[1], &j[1]);
    assert_string_equal(hash[0], hash[1]);
    assert_true(json_equal(j[0], j[1]));
    one_episode("other", 2, mcap[1], hash[2], &j[2]);
    assert_string_not_equal(hash[0], hash[2]);
    for (int i = 0; i < 3; i++) {
        json_decref(j[i]);
    }
}

static void a_recording_verifies(void** state)
{
    (void)state;
    char mcap[DD_PATH_MAX], hash[32];
    json_t* j;
    one_episode("verify", 3, mcap, hash, &j);
    json_decref(j);
    // the model file may go: the recording has it
    char path[DD_PATH_MAX], gone[DD_PATH_MAX];
    dd_path_join(path, s_dir, "cart.xml");
    dd_path_join(gone, s_dir, "gone.xml");
    rename(path, gone);
    for (int threads = 1; threads <= 3; threads++) {
        DdVerify v;
        DdVerifyDef def = {.threads = threads};
        dd_verify_episode(mcap, &def, &v);
        if (v.verdict != DD_VERIFY_IDENTICAL) {
            fail_msg("%d threads: %s", threads, v.text);
        }
        assert_int_equal(v.steps, 1500);
        assert_int_equal(v.segments, threads);
    }
    rename(gone, path);
}

static void a_score_scores_again(void** state)
{
    (void)state;
    char mcap[DD_PATH_MAX], hash[32];
    json_t* j;
    DdError err;
    one_episode("score", 4, mcap, hash, &j);
    DdResult again;
    dd_error_clear(&err);
    if (!dd_rescore_episode(mcap, NULL, NULL, &again, &err)) {
        fail_msg("%s", err.text);
    }
    if (!json_equal(j, again.json)) {
        char* a = json_dumps(j, JSON_INDENT(1));
        char* b = json_dumps(again.json, JSON_INDENT(1));
        fail_msg("live %s\nagain %s", a, b);
    }
    json_decref(j);
    dd_result_clear(&again);
}

static void a_changed_byte_is_found(void** state)
{
    (void)state;
    char mcap[DD_PATH_MAX], hash[32];
    json_t* j;
    one_episode("damage", 5, mcap, hash, &j);
    json_decref(j);
    struct stat st;
    assert_int_equal(stat(mcap, &st), 0);
    for (int i = 1; i < 20; i++) {
        FILE* f = fopen(mcap, "r+b");
        long at = (long)(st.st_size * i / 20);
        fseek(f, at, SEEK_SET);
        int c = fgetc(f);
        fseek(f, at, SEEK_SET);
        fputc(c ^ 0x10, f);
        fclose(f);
        DdVerify v;
        DdVerifyDef def = {.threads = 1};
        dd_verify_episode(mcap, &def, &v);
        if (v.verdict != DD_VERIFY_DAMAGED) {
            fail_msg("byte %ld changed: %s", at, v.text);
        }
        f = fopen(mcap, "r+b");
        fseek(f, at, SEEK_SET);
        fputc(c, f);
        fclose(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_is_the_same_run),
        cmocka_unit_test(a_recording_verifies),
        cmocka_unit_test(a_score_scores_again),
        cmocka_unit_test(a_changed_byte_is_found),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
