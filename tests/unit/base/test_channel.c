// Channels: layout, rings, latency, the order of take(), restore points.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim/base/channel.h"
#include "sim/base/rng.h"

static int add(DdChannels* c, const char* name, DdType type, double hz, int64_t latency, int nname,
               const char* const* names)
{
    DdChannelDef def = dd_channel_def();
    char copy[8][DD_NAME_MAX] = {{0}};
    snprintf(def.name, sizeof def.name, "%s", name);
    snprintf(def.unit, sizeof def.unit, "m");
    def.type = type;
    def.rate = dd_rate(hz);
    def.latency_steps = latency;
    def.max_contacts = type == DD_TYPE_CONTACTS ? 4 : 0;
    def.nname = nname;
    for (int i = 0; i < nname; i++) {
        snprintf(copy[i], sizeof copy[i], "%s", names[i]);
    }
    def.names = nname > 0 ? copy : NULL;
    DdError err = {0};
    int i = dd_channels_add(c, &def, &err);
    assert_true(i >= 0);
    return i;
}

static void push(DdChannels* c, int channel, int64_t step, double v)
{
    double* values = dd_channels_push(c, channel, step);
    int n = dd_channel_width(dd_channels_def(c, channel));
    for (int i = 0; i < n; i++) {
        values[i] = v + i;
    }
}

static void widths_follow_the_type_table(void** state)
{
    (void)state;
    // in the order of the types: plain ones, contacts, scan .. boxes
    static const int k_width[DD_TYPE_COUNT] = {
        1, 2, 7, 6, 6, 6, 10, 13, 1 + 4 * 12, 10, 14, 1, 2, 40, 3, 1 + 3 * 15, 1 + 3 * 14};
    for (int t = 0; t < DD_TYPE_COUNT; t++) {
        DdChannelDef def = dd_channel_def();
        def.type = (DdType)t;
        def.nname = 2;
        def.max_contacts = 4;
        def.count = 5;
        def.max_boxes = 3;
        assert_int_equal(dd_channel_width(&def), k_width[t]);
        DdType found = DD_TYPE_COUNT;
        assert_true(dd_type_find(dd_type_name((DdType)t), &found));
        assert_int_equal(found, t);
    }
    DdType none = DD_TYPE_IMU;
    assert_false(dd_type_find("picture", &none));
}

static void signals_are_found_by_path(void** state)
{
    (void)state;
    static const char* const k_joints[] = {"elbow", "wrist.1", "a/b", "grip"};
    DdChannels* c = dd_channels_create(500);
    int err_channel = add(c, "dock_err", DD_TYPE_SCALAR, 50, 0, 0, NULL);
    int odom = add(c, "amr.odom", DD_TYPE_ODOM, 50, 0, 0, NULL);
    int twist = add(c, "amr.odom.twist", DD_TYPE_TWIST, 50, 0, 0, NULL);
    int vector = add(c, "deck", DD_TYPE_VECTOR, 50, 0, 2, k_joints);
    int contacts = add(c, "amr.contacts", DD_TYPE_CONTACTS, 50, 0, 0, NULL);
    DdChannelDef def = dd_channel_def();
    static const bool k_slides[] = {false, false, false, true};
    char names[4][DD_NAME_MAX] = {"elbow", "wrist.1", "a/b", "grip"};
    strcpy(def.name, "arm.joints");
    def.type = DD_TYPE_JOINTS;
    def.nname = 4;
    def.names = names;
    def.slides = k_slides;
    int joints = dd_channels_add(c, &def, NULL);
    strcpy(names[0], "changed"); // the table has its own copy
    const struct {
        const char* path;
        int channel;
        int offset;
        const char* unit;
    } rows[] = {
        {"dock_err", err_channel, 0, "m"},
        {"dock_err.value", err_channel, 0, "m"},
        {"amr.odom.pose.y", odom, 1, "m"},
        {"amr.odom.pose.qw", odom, 3, ""},
        {"amr.odom.twist.linear.x", twist, 0, "m/s"}, // the longer name wins
        {"amr.odom.twist.angular.z", twist, 5, "rad/s"},
        {"deck.wrist.1", vector, 1, "m"},
        {"deck.value.elbow", vector, 0, "m"},
        {"amr.contacts.count", contacts, 0, ""},
        {"arm.joints.position.elbow", joints, 0, "rad"},
        {"arm.joints.velocity.wrist.1", joints, 5, "rad/s"},
        {"arm.joints.effort.a/b", joints, 10, "Nm"},
        {"arm.joints.position.grip", joints, 3, "m"},
        {"arm.joints.effort.grip", joints, 11, "N"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int channel = -1;
        int offset = -1;
        const char* unit = NULL;
        assert_true(dd_channels_signal(c, rows[i].path, &channel, &offset, &unit));
        assert_int_equal(channel, rows[i].channel);
        assert_int_equal(offset, rows[i].offset);
        assert_string_equal(unit, rows[i].unit);
    }
    static const char* const k_bad[] = {"",
                                        "dock_er",
                                        "dock_err.",
                                        "dock_err.x",
                                        "amr.odom",
                                        "amr",
                                        "arm.joints.position",
                                        "arm.joints.elbow",
                                        "arm.joints.position.changed",
                                        "amr.contacts",
                                        "dock_errs"};
    for (size_t i = 0; i < sizeof k_bad / sizeof k_bad[0]; i++) {
        int channel = 77;
        int offset = 77;
        const char* unit = "untouched";
        assert_false(dd_channels_signal(c, k_bad[i], &channel, &offset, &unit));
        assert_int_equal(channel, 77);
        assert_int_equal(offset, 77);
        assert_string_equal(unit, "untouched");
    }
    dd_channels_destroy(c);
}

static void a_name_may_be_both_channel_and_field(void** state)
{
    (void)state;
    DdChannels* c = dd_channels_create(500);
    int odom = add(c, "o", DD_TYPE_ODOM, 50, 0, 0, NULL);
    add(c, "o.twist", DD_TYPE_SCALAR, 50, 0, 0, NULL);
    int channel, offset;
    const char* unit;
    assert_true(dd_channels_signal(c, "o.twist.linear.x", &channel, &offset, &unit));
    assert_int_equal(channel, odom);
    assert_int_equal(offset, 7);
    dd_channels_destroy(c);
    // the longer name wins in whatever order they were added
    c = dd_channels_create(500);
    int twist = add(c, "o.twist", DD_TYPE_TWIST, 50, 0, 0, NULL);
    add(c, "o", DD_TYPE_ODOM, 50, 0, 0, NULL);
    assert_true(dd_channels_signal(c, "o.twist.linear.x", &channel, &offset, &unit));
    assert_int_equal(channel, twist);
    dd_channels_destroy(c);
}

static void wrong_defs_are_told(void** state)
{
    (void)state;
    DdChannels* c = dd_channels_create(500);
    DdError err = {0};
    DdChannelDef def = dd_channel_def();
    assert_int_equal(dd_channels_add(c, &def, &err), -1);
    strcpy(def.name, "a");
    assert_int_equal(dd_channels_add(c, &def, &err), 0);
    assert_int_equal(dd_channels_add(c, &def, &err), -1);
    assert_string_equal(err.text, "channel 'a': the name is already taken");
    strcpy(def.name, "b");
    def.latency_steps = -1;
    assert_int_equal(dd_channels_add(c, &def, &err), -1);
    assert_non_null(strstr(err.text, "must not be negative"));
    def.latency_steps = 0;
    def.type = DD_TYPE_VECTOR;
    assert_int_equal(dd_channels_add(c, &def, &err), -1);
    char twice[2][DD_NAME_MAX] = {"x", "x"};
    def.nname = 2;
    def.names = twice;
    assert_int_equal(dd_channels_add(c, &def, &err), -1);
    assert_non_null(strstr(err.text, "'x' stands twice"));
    assert_int_equal(dd_channels_count(c), 1);
    dd_channels_destroy(c);
}

static void latency_delays_latest_and_take(void** state)
{
    (void)state;
    DdChannels* c = dd_channels_create(500);
    int a = add(c, "a", DD_TYPE_SCALAR, 50, 25, 0, NULL);
    dd_channels_start(c);
    assert_null(dd_channels_latest(c, a, 0));
    for (int64_t n = 0; n < 1000; n++) {
        if (n % 10 == 0) {
            push(c, a, n, (double)n);
        }
        const DdSample* s = dd_channels_latest(c, a, n);
        if (n < 25) {
            assert_null(s);
            assert_null(dd_channels_take(c, n));
            continue;
        }
        int64_t measured = (n - 25) / 10 * 10;
        assert_int_equal(s->step, measured);
        assert_int_equal(s->avail_step, measured + 25);
        assert_int_equal(s->sequence, measured / 10);
        assert_true(s->values[0] == (double)measured);
        const DdSample* taken = dd_channels_take(c, n);
        assert_true((taken != NULL) == ((n - 25) % 10 == 0));
        if (taken != NULL) {
            assert_int_equal(taken->step, measured);
            assert_int_equal(taken->n, 1);
        }
        assert_null(dd_channels_take(c, n));
    }
    dd_channels_destroy(c);
}

// against a plain list of everything pushed, sorted by (available, order of push)
typedef struct Row {
    int64_t avail;
    int64_t order;
    int channel;
    int64_t step;
} Row;

static int by_time(const void* a, const void* b)
{
    const Row* x = a;
    const Row* y = b;
    if (x->avail != y->avail) {
        return x->avail < y->avail ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

static DdChannels* many_channels(void)
{
    DdChannels* c = dd_channels_create(500);
    static const double k_hz[] = {50, 500, 30, 7, 200, 1};
    static const int k_latency[] = {0, 3, 40, 0, 1, 700};
    static const char* const k_name[] = {"x", "y"};
    for (int i = 0; i < 6; i++) {
        char name[8];
        snprintf(name, sizeof name, "c%d", i);
        add(c, name, i == 4 ? DD_TYPE_VECTOR : DD_TYPE_SCALAR, k_hz[i], k_latency[i],
            i == 4 ? 2 : 0, k_name);
    }
    dd_channels_start(c);
    return c;
}

enum { k_steps = 3000, k_rows = 20000 };

static int play(DdChannels* c, int64_t from, int64_t to, Row* pushed, Row* taken, int* ntaken)
{
    int n = 0;
    for (int64_t step = from; step < to; step++) {
        for (int i = 5; i >= 0; i--) {
            const DdChannelDef* def = dd_channels_def(c, i);
            if (dd_rate_due(def->rate, 500, step)) {
                push(c, i, step, (double)(step * 10 + i));
                if (pushed != NULL) {
                    pushed[n] = (Row){step + def->latency_steps, n, i, step};
                }
                n++;
            }
        }
        const DdSample* s;
        // now and then nobody takes for a few steps
        while (step % 7 != 3 && (s = dd_channels_take(c, step)) != NULL) {
            assert_true(s->values[0] == (double)(s->step * 10 + s->channel));
            taken[(*ntaken)++] = (Row){s->avail_step, 0, s->channel, s->step};
        }
    }
    return n;
}

static void take_keeps_the_order(void** state)
{
    (void)state;
    static Row pushed[k_rows], taken[k_rows];
    DdChannels* c = many_channels();
    int ntaken = 0;
    int npushed = play(c, 0, k_steps, pushed, taken, &ntaken);
    qsort(pushed, (size_t)npushed, sizeof *pushed, by_time);
    assert_true(ntaken > 4000 && ntaken <= npushed);
    for (int i = 0; i < ntaken; i++) {
        assert_int_equal(taken[i].avail, pushed[i].avail);
        assert_int_equal(taken[i].channel, pushed[i].channel);
        assert_int_equal(taken[i].step, pushed[i].step);
    }
    dd_channels_destroy(c);
}

static void a_restored_table_goes_on_the_same(void** state)
{
    (void)state;
    static Row a[k_rows], b[k_rows];
    DdChannels* live = many_channels();
    int na = 0;
    play(live, 0, 1234, NULL, a, &na);
    int size = dd_channels_state_size(live);
    double* saved = calloc((size_t)size, sizeof *saved);
    double* again = calloc((size_t)size, sizeof *again);
    dd_channels_save(live, saved);
    DdChannels* copy = many_channels();
    assert_int_equal(dd_channels_state_size(copy), size);
    int nb = 0;
    play(copy, 0, 77, NULL, b, &nb); // leftovers must not show
    dd_channels_load(copy, INT64_MAX, saved);
    dd_channels_save(copy, again);
    assert_memory_equal(saved, again, (size_t)size * sizeof *saved);
    na = nb = 0;
    play(live, 1234, k_steps, NULL, a, &na);
    play(copy, 1234, k_steps, NULL, b, &nb);
    assert_int_equal(na, nb);
    assert_memory_equal(a, b, (size_t)na * sizeof *a);
    for (int i = 0; i < 6; i++) {
        const DdSample* x = dd_channels_latest(live, i, k_steps);
        const DdSample* y = dd_channels_latest(copy, i, k_steps);
        assert_int_equal(x->sequence, y->sequence);
        assert_true(x->values[0] == y->values[0]);
    }
    dd_channels_save(live, saved);
    dd_channels_save(copy, again);
    assert_memory_equal(saved, again, (size_t)size * sizeof *saved);
    free(saved);
    free(again);
    dd_channels_destroy(live);
    dd_channels_destroy(copy);
}

static void samples_that_nobody_takes_make_room(void** state)
{
    (void)state;
    DdChannels* c = many_channels();
    for (int64_t step = 0; step < 2000; step++) {
        for (int i = 0; i < 6; i++) {
            if (dd_rate_due(dd_channels_def(c, i)->rate, 500, step)) {
                push(c, i, step, (double)step);
            }
        }
    }
    // what is left comes in order, and the newest is there
    int64_t last = -1;
    const DdSample* s;
    while ((s = dd_channels_take(c, 5000)) != NULL) {
        assert_true(s->avail_step >= last);
        last = s->avail_step;
    }
    assert_int_equal(dd_channels_latest(c, 1, 2002)->step, 1999);
    dd_channels_destroy(c);
}

static void contacts_beyond_the_count_are_zero(void** state)
{
    (void)state;
    DdChannels* c = dd_channels_create(500);
    int k = add(c, "contacts", DD_TYPE_CONTACTS, 500, 0, 0, NULL);
    dd_channels_start(c);
    for (int64_t step = 0; step < 20; step++) {
        double* v = dd_channels_push(c, k, step);
        for (int i = 0; i < 1 + 4 * DD_CONTACT_VALUES; i++) {
            assert_true(v[i] == 0);
            v[i] = 9;
        }
    }
    dd_channels_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_follow_the_type_table),
        cmocka_unit_test(signals_are_found_by_path),
        cmocka_unit_test(a_name_may_be_both_channel_and_field),
        cmocka_unit_test(wrong_defs_are_told),
        cmocka_unit_test(latency_delays_latest_and_take),
        cmocka_unit_test(take_keeps_the_order),
        cmocka_unit_test(a_restored_table_goes_on_the_same),
        cmocka_unit_test(samples_that_nobody_takes_make_room),
        cmocka_unit_test(contacts_beyond_the_count_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
