// Verify finds what was changed though every CRC and hash of the file is right: recordings are
// written anew with one number changed.
#include "tests/unit/run/cart.h"

#include "recorder/digest.h"

// Changes a message's bytes in place; true when it did.
typedef struct Change {
    const char* topic;
    int number; // which message of the topic, from 0
    bool (*change)(uint8_t* data, size_t size);
    int64_t stamp; // log time of the message that was changed
} Change;

// the last number of a message, which ends with its values
static double* last_number(uint8_t* data, size_t size, double* room)
{
    memcpy(room, data + size - 8, 8);
    return room;
}

static bool add_a_billionth(uint8_t* data, size_t size)
{
    double v;
    *last_number(data, size, &v) += 1e-9;
    memcpy(data + size - 8, &v, 8);
    return true;
}

static bool take_a_half(uint8_t* data, size_t size)
{
    double v;
    *last_number(data, size, &v) -= 0.5;
    memcpy(data + size - 8, &v, 8);
    return true;
}

static bool flip_lowest_bit(uint8_t* data, size_t size)
{
    data[size - 8] ^= 1;
    return true;
}

static bool change_nothing(uint8_t* data, size_t size)
{
    (void)data, (void)size;
    return true;
}

// The file again, message by message, with the change, new CRCs and a new digest.
static void rewrite(const char* from, const char* to, Change* change)
{
    DdError err;
    dd_error_clear(&err);
    DdMcapReader* r = dd_mcap_open(from, true, &err);
    assert_non_null(r);
    DdMcapMetadata first, result;
    int metadata = dd_mcap_metadata_count(r);
    assert_int_equal(metadata, 2);
    assert_true(dd_mcap_metadata_at(r, 0, &first, &err));
    assert_string_equal(first.name, "drydock");
    DdMcapDef def = dd_mcap_def();
    def.library = dd_mcap_library(r);
    DdMcapWriter* w = dd_mcap_create(to, &def, first.name, first.kv, first.nkv, &err);
    if (!w) {
        fail_msg("%s", err.text);
    }
    uint16_t schema_of[65536 / 64], channel_of[65536 / 64];
    for (int i = 0; i < dd_mcap_schema_count(r); i++) {
        const DdMcapSchema* s = dd_mcap_schema_at(r, i);
        assert_true(s->id < 1024);
        schema_of[s->id] = dd_mcap_schema(w, s->name, s->encoding, s->data, s->size);
    }
    for (int i = 0; i < dd_mcap_channel_count(r); i++) {
        const DdMcapChannel* c = dd_mcap_channel_at(r, i);
        assert_true(c->id < 1024);
        channel_of[c->id] =
            dd_mcap_channel(w, schema_of[c->schema], c->topic, c->encoding, c->kv, c->nkv);
    }
    for (int i = 0; i < dd_mcap_attachment_count(r); i++) {
        DdMcapAttachment a;
        assert_true(dd_mcap_attachment_at(r, i, &a, &err));
        assert_true(
            dd_mcap_attachment(w, a.name, a.media_type, a.log_ns, a.create_ns, a.data, a.size));
    }
    DdDigest digest;
    dd_digest_begin(&digest, true);
    DdMcapMessage m;
    int seen = 0;
    bool changed = false;
    while (dd_mcap_next(r, &m, &err)) {
        uint8_t* data = malloc(m.size);
        assert_non_null(data);
        memcpy(data, m.data, m.size);
        if (strcmp(m.channel->topic, change->topic) == 0 && seen++ == change->number) {
            changed = change->change(data, m.size);
            change->stamp = (int64_t)m.log_ns;
        }
        dd_digest_message(&digest, m.channel->topic, m.log_ns, data, m.size);
        assert_true(dd_mcap_message(w, channel_of[m.channel->id], m.sequence, m.log_ns,
                                    m.publish_ns, data, m.size));
        free(data);
    }
    assert_int_equal(err.code, DD_OK);
    assert_true(changed);

    char hex[DD_SHA256_HEX_SIZE];
    dd_digest_end(&digest, hex);
    assert_true(dd_mcap_metadata_at(r, 1, &result, &err));
    DdMcapKv kv[8];
    assert_true(result.nkv <= 8);
    for (int i = 0; i < result.nkv; i++) {
        kv[i] = result.kv[i];
        if (strcmp(kv[i].key, "digest") == 0) {
            kv[i].value = hex;
        }
    }
    assert_true(dd_mcap_metadata(w, result.name, kv, result.nkv));
    assert_true(dd_mcap_close(w, &err));
    dd_mcap_reader_close(r);
}

// Verifies the changed copy with 1 and 3 threads, which must agree.
static DdVerify verify_changed(const char* name, Change* change)
{
    char mcap[DD_PATH_MAX], copy[DD_PATH_MAX + 16], hash[32];
    json_t* j;
    DdVerify v[2];
    one_episode(name, 6, mcap, hash, &j);
    json_decref(j);
    snprintf(copy, sizeof copy, "%s.changed.mcap", mcap);
    rewrite(mcap, copy, change);
    for (int i = 0; i < 2; i++) {
        DdVerifyDef def = {.threads = 1 + 2 * i};
        dd_verify_episode(copy, &def, &v[i]);
    }
    assert_string_equal(v[0].text, v[1].text);
    return v[0];
}

static int64_t step_of(int64_t stamp)
{
    return (stamp - 1767225600000000000) / 2000000; // 500 Hz
}

static void an_unchanged_copy_is_identical(void** state)
{
    (void)state;
    Change change = {.topic = "/drydock/journal", .number = 3, .change = change_nothing};
    DdVerify v = verify_changed("copy", &change);
    if (v.verdict != DD_VERIFY_IDENTICAL) {
        fail_msg("%s", v.text);
    }
}

static void a_changed_action_diverges_in_its_step(void** state)
{
    (void)state;
    // gentle, so that the motor is nowhere at its limit
    s_goal = 0.002;
    s_swing = 0.0002;
    // behind the set_friction of step 0: an action every 10 steps, and a force at step 400
    for (int number = 20; number <= 140; number += 40) {
        char name[32];
        snprintf(name, sizeof name, "action%d", number);
        Change change = {.topic = "/drydock/journal", .number = number, .change = add_a_billionth};
        DdVerify v = verify_changed(name, &change);
        if (v.verdict != DD_VERIFY_DIVERGED) {
            fail_msg("action %d: %s", number, v.text);
        }
        // in force from the step on that it is delivered in; the controller's limits on speed and
        // acceleration may keep the motor's force the same for a few steps
        assert_in_range(v.step, step_of(change.stamp) + 1, step_of(change.stamp) + 10);
        assert_string_equal(v.body, "cart/cart");
        assert_true(v.distance >= 0 && v.distance < 1e-8);
        assert_non_null(strstr(v.text, "diverged at step"));
        assert_non_null(strstr(v.text, "cart/cart"));
    }
    s_goal = 0.6;
    s_swing = 0.3;
}

// The motor is at its limit and the state the same to the bit: the action's own message tells.
static void a_changed_action_without_effect_is_found(void** state)
{
    (void)state;
    Change change = {.topic = "/drydock/journal", .number = 60, .change = take_a_half};
    DdVerify v = verify_changed("silent", &change);
    if (v.verdict != DD_VERIFY_DIVERGED) {
        fail_msg("%s", v.text);
    }
    assert_int_equal(v.step, step_of(change.stamp));
    assert_string_equal(v.body, "cart.action");
}

static void a_changed_sample_is_named(void** state)
{
    (void)state;
    for (int number = 0; number <= 140; number += 70) {
        char name[32];
        snprintf(name, sizeof name, "sample%d", number);
        Change change = {.topic = "/measures/gap", .number = number, .change = flip_lowest_bit};
        DdVerify v = verify_changed(name, &change);
        if (v.verdict != DD_VERIFY_DIVERGED) {
            fail_msg("sample %d: %s", number, v.text);
        }
        assert_int_equal(v.step, step_of(change.stamp));
        assert_string_equal(v.body, "gap");
    }
}

static void a_changed_restore_point_is_found(void** state)
{
    (void)state;
    Change change = {.topic = "/drydock/restore", .number = 2, .change = flip_lowest_bit};
    DdVerify v = verify_changed("restore", &change);
    if (v.verdict != DD_VERIFY_DIVERGED) {
        fail_msg("%s", v.text);
    }
    assert_int_equal(v.step, step_of(change.stamp));
    assert_non_null(strstr(v.text, "restore point"));
}

static void a_changed_hash_is_found(void** state)
{
    (void)state;
    Change change = {.topic = "/drydock/hashes", .number = 50, .change = flip_lowest_bit};
    DdVerify v = verify_changed("hash", &change);
    if (v.verdict != DD_VERIFY_DIVERGED) {
        fail_msg("%s", v.text);
    }
    assert_int_equal(v.step, step_of(change.stamp));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unchanged_copy_is_identical),
        cmocka_unit_test(a_changed_action_diverges_in_its_step),
        cmocka_unit_test(a_changed_action_without_effect_is_found),
        cmocka_unit_test(a_changed_sample_is_named),
        cmocka_unit_test(a_changed_restore_point_is_found),
        cmocka_unit_test(a_changed_hash_is_found),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
