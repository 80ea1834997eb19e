// The agents without a file: zero and random.
#include "fixture.h"

#include <math.h>

static DdAgent* open_agent(Fixture* f, const char* kind, uint64_t seed)
{
    DdAgentDef def = dd_agent_def();
    def.spec = kind;
    def.files = f->files;
    def.seed = seed;
    def.scope = "test";
    DdError err;
    DdAgent* a = dd_agent_create(&def, &f->obs, &f->act, &err);
    assert_non_null(a);
    assert_string_equal(a->kind->name, kind);
    return a;
}

static void test_zero(void** state)
{
    (void)state;
    Fixture* f = fixture_new();
    f->agent = open_agent(f, "zero", 1);
    double action[3];
    DdError err;
    assert_true(dd_agent_act(f->agent, &f->now, action, &err));
    assert_true(action[0] == 0.25 && action[1] == 0.5 && action[2] == 0.25);
    assert_int_equal(dd_agent_usage(f->agent).load_units, 0);
    fixture_free(f);
}

static void test_random(void** state)
{
    (void)state;
    Fixture* f = fixture_new();
    static const char* const k_labels[] = {"a", "b"};
    fixture_part(f, "free", DD_ACTION_RAW, 2, k_labels, -INFINITY, INFINITY);
    f->act.part[2].low[1] = 5;
    fixture_part(f, "mode", DD_ACTION_DISCRETE, 1, k_labels, 0, 2);
    fixture_part(f, "unit", DD_ACTION_JOINT_POSITION, 1, k_labels, 10, 20);
    f->act.part[4].normalised = true;
    DdAgent* other = open_agent(f, "random", 2);
    f->agent = open_agent(f, "random", 1);
    double x[7];
    double y[7];
    double first[7];
    DdError err;
    DdAgentInfo info = {0};
    bool modes[3] = {false};
    double least = 1;
    double most = -1;
    for (int i = 0; i < 500; i++) {
        assert_true(dd_agent_act(f->agent, &f->now, x, &err));
        assert_true(dd_agent_act(other, &f->now, y, &err));
        assert_memory_not_equal(x, y, sizeof x);
        if (i == 0) {
            memcpy(first, x, sizeof first);
        }
        least = fmin(least, x[0]);
        most = fmax(most, x[0]);
        assert_true(x[0] >= -1 && x[0] < 1 && x[2] >= 0 && x[2] < 0.5);
        assert_true(x[3] >= -1 && x[3] < 1 && x[4] >= 5 && x[4] < 6);
        assert_true(x[5] == 0 || x[5] == 1 || x[5] == 2);
        modes[(int)x[5]] = true;
        assert_true(x[6] >= -1 && x[6] < 1);
    }
    assert_true(least < -0.95 && most > 0.95 && modes[0] && modes[1] && modes[2]);
    assert_true(dd_agent_reset(f->agent, &f->now, &info, &err));
    assert_true(dd_agent_act(f->agent, &f->now, x, &err));
    assert_memory_equal(x, first, sizeof x);
    dd_agent_destroy(other);
    fixture_free(f);
}

static void test_kinds(void** state)
{
    (void)state;
    int n;
    const DdAgentKind* const* kinds = dd_agent_kinds(&n);
    assert_int_equal(n, 3);
    for (int i = 0; i < n; i++) {
        assert_non_null(kinds[i]->doc);
    }
    assert_string_equal(kinds[2]->name, "lua");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
