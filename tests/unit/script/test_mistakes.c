// Wrong scenario files: each is told with file, line, field, value and what was expected.
#include "tests/unit/script/script_test.h"

typedef struct Case {
    const char* text;     // of test.lua
    const char* expected; // the whole sentence
} Case;

// the shortest scenario, with room for one more field, a body of build and an agent
#define SCENARIO(fields, body, agent)                                                              \
    "return scenario {\n  name = 'x', duration_s = 1,\n" fields "  build = function(w, p)\n" body  \
    "  end,\n" agent "}\n"
#define FIELD(text) SCENARIO("  " text ",\n", "", "")
#define BODY(text) SCENARIO("", "    " text "\n", "")
#define AGENT(text) SCENARIO("", "    w:robot { 'cart.xml', name = 'amr' }\n", "  " text ",\n")

static const Case k_cases[] = {
    // what is no scenario at all
    {"return 3\n",
     "test.lua: a scenario file ends with return scenario { ... }, this one returns 3"},
    {"\nreturn agent { act = function() end }\n",
     "test.lua:2: this is an agent file, not a scenario: it returns agent { ... }"},
    {"return scenario(3)\n", "test.lua:1: scenario takes one table: scenario { ... }"},
    {"return {\n", "test.lua:2: unexpected symbol near <eof>"},
    {"local x = y + 1\n", "test.lua:1: unknown global 'y' (a variable of your own needs 'local')"},
    // fields of scenario
    {"return scenario { duration_s = 1, build = function() end }\n",
     "test.lua:1: scenario: field 'name' is missing: Name of the scenario; it also names its "
     "random streams."},
    {"return scenario { name = 'x', duration_s = 1 }\n",
     "test.lua:1: scenario: field 'build' is missing: a function(w, p) that makes the world"},
    {FIELD("duratoin_s = 3"),
     "test.lua:3: scenario: no field named 'duratoin_s', did you mean 'duration_s'?"},
    {FIELD("agent_hz = '50'"), "test.lua:3: scenario: agent_hz must be a number, got '50'"},
    {FIELD("agent_hz = -5"), "test.lua:3: scenario: agent_hz must be positive, got -5 Hz"},
    {FIELD("agent_hz = 0/0"), "test.lua:3: scenario: agent_hz must be a finite number, got nan"},
    {FIELD("physics_hz = 500.5"),
     "test.lua:3: scenario: physics_hz must be a whole number, got 500.5"},
    {FIELD("physics_hz = 0"), "test.lua:3: scenario: physics_hz must be positive, got 0 Hz"},
    {FIELD("physics_hz = 20"),
     "test.lua:1: scenario 'x': physics_hz must be from 50 to 10000, got 20"},
    {FIELD("sleep = 1"), "test.lua:3: scenario: sleep must be true or false, got 1"},
    {FIELD("start_time = 'noon'"),
     "test.lua:3: scenario: start_time must be a UTC time like 2026-01-01T00:00:00Z, got 'noon'"},
    {FIELD("instruction = { de = 'hallo' }"),
     "test.lua:3: scenario: instruction has en and ko, but no 'de'"},
    {FIELD("story = 'none'"), "test.lua:3: scenario: story must be a function(sim, p), got 'none'"},
    {FIELD("3"), "test.lua:1: scenario: fields are written name = value, but 1 entry has no name"},
    // params
    {FIELD("params = { a = {} }"),
     "test.lua:3: param 'a' must be a distribution such as uniform(0, 1), or a value, got a table"},
    {FIELD("params = 3"),
     "test.lua:3: scenario: params must be a table { NAME = distribution }, got 3"},
    {FIELD("params = {\n    a = 1,\n    b = uniform(2, 1) }"),
     "test.lua:5: uniform: low must be at most high, got 2.0 and 1.0"},
    {FIELD("params = { a = normal(0, -1) }"),
     "test.lua:3: normal: sigma must not be negative, got -1.0"},
    {FIELD("params = { a = choice { 1, 'two' } }"),
     "test.lua:3: choice: value 2 must be a number as the first is, got a string"},
    {FIELD("params = { a = choice { true } * 2 }"),
     "test.lua:3: arithmetic on a distribution of true or false"},
    // expect, report
    {FIELD("expect = { a = 3 }"),
     "test.lua:3: expect 'a' must be a requirement such as \"G gap >= 1 m\", got 3"},
    {FIELD("expect = {\n    a = { 'G true', must_ocur = true } }"),
     "test.lua:4: expect 'a': no field named 'must_ocur', did you mean 'must_occur'?"},
    {FIELD("report = { 3 }"),
     "test.lua:3: scenario: report: entry 1 must be a metric's name, got 3"},
    // things
    {BODY("w:box { name = 'bay', mas = 3 }"),
     "test.lua:4: box 'bay': no field named 'mas', did you mean 'mass'?"},
    {BODY("w:box {\n      name = 'bay',\n      mass = -1 }"),
     "test.lua:6: box 'bay': mass must be positive, got -1 kg"},
    {BODY("w:box { name = 'bay', size = { 1, 2 } }"),
     "test.lua:4: box 'bay': size must be three numbers {x, y, z}, got a table"},
    {BODY("w:box { name = 'bay', pos = { 0, 0/0, 0 } }"),
     "test.lua:4: box 'bay': pos[2] must be a finite number, got nan"},
    {BODY("w:boxx { }"), "test.lua:4: the world cannot make a 'boxx', did you mean 'box'?"},
    {BODY("w:box(3)"), "test.lua:4: w:box takes a table: w:box { name = ... }"},
    {BODY("w:box { name = 'a' }  w:box { name = 'a' }"), "test.lua:4: two things are named 'a'"},
    {BODY("w:box { mass = uniform(1, 2) }"),
     "test.lua:4: mass is drawn, so the thing needs a name: it names the random stream"},
    {BODY("w:box { name = 'a', on = 'tabel' }"), "test.lua:4: box 'a': on: no thing named 'tabel'"},
    {BODY("w:box { name = 'a' }  w:box { name = 'b', on = 'a', at = 'a' }"),
     "test.lua:4: box 'b': give either on or at"},
    {BODY("local b = w:box { name = 'bay' }  print(b.frame.wets)"),
     "test.lua:4: box 'bay': no frame named 'wets', did you mean 'west'? (frames: center, top, "
     "bottom, "
     "north, south, east, west)"},
    {BODY("local b = w:box { name = 'bay' }  b.mass = 3"),
     "test.lua:4: a thing or frame cannot be changed; its fields are given where it is made"},
    {BODY("print(p.x)"), "test.lua:4: no param named 'x'"},
    {SCENARIO("  params = { friction = 0.5 },\n", "    print(p.frictoin)\n", ""),
     "test.lua:5: no param named 'frictoin', did you mean 'friction'?"},
    // robots
    {BODY("w:robot { 'amr_2500', name = 'amr' }"),
     NULL}, // names the robots there are; checked below
    {BODY("w:robot { name = 'amr' }"),
     "test.lua:4: robot 'amr': the first entry names the robot: w:robot { \"amr_250\", ... }"},
    {BODY("w:robot { 'cart.xml', name = 'amr', joints = { lefft = 1 } }"), NULL},
    {BODY("w:robot { 'cart.xml', name = 'amr', yaww = 1 }"),
     "test.lua:4: robot 'amr': no field named 'yaww', did you mean 'yaw'?"},
    {BODY("w:robot { 'cart.xml', name = 'amr' }  w:robot { 'cart.xml', name = 'amr' }"),
     "test.lua:4: two things are named 'amr'"},
    // measures, checks
    {BODY("local b = w:box { name = 'bay' }\n    w:measure {\n      gap = distance(b, 'bey/west') "
          "}"),
     "test.lua:6: measure 'gap': no thing named 'bey', did you mean 'bay'?"},
    {BODY("w:measure { gap = 3 }"),
     "test.lua:4: measure 'gap': must be a measure such as distance(a, b), got 3"},
    {BODY("w:measure { gap = distance(nil, 'a') }"),
     "test.lua:4: distance: the first argument must be a thing or frame, or its name, got nothing"},
    {BODY("local b = w:box { name = 'b' }  w:measure { gap = clearance(b, b, { withn = 2 }) }"),
     "test.lua:4: clearance: no field named 'withn', did you mean 'within'?"},
    {BODY("w:require(3, 'text')"), "test.lua:4: w:require takes clear(a, b, distance), near(a, b, "
                                   "distance), inside(a, b) or upright(a), "
                                   "got 3"},
    // placement
    {BODY("local r = w:region { name = 'r', size = { 2, 2 } }\n"
          "    w:box { name = 'a', size = { 1, 1, 1 }, place = { regoin = r } }"),
     "test.lua:5: box 'a': place: no field named 'regoin', did you mean 'region'?"},
    // agents
    {AGENT("agent = { robot = 'amt', observe = { 'joints' }, act = 'joints' }"),
     "test.lua:6: agent: no robot named 'amt', did you mean 'amr'? (robots: amr)"},
    {AGENT("agent = { observe = { 'jonts' }, act = 'joints' }"),
     "test.lua:6: agent: no channel 'jonts' on robot 'amr', did you mean 'joints'? it offers "
     "joints"},
    {AGENT("agent = { observe = { 'joints' },\n    act = 'drive' }"),
     "test.lua:7: agent: no action space 'drive' on robot 'amr'; it offers joints"},
    {AGENT("agent = { act = 'joints' }"), "test.lua:6: agent: field 'observe' is missing: Channels "
                                          "of the robot and measures it is shown."},
    {AGENT("agent = { observe = 'joints', act = 'joints', may_be_constant = 'odom' }"),
     "test.lua:6: agent: may_be_constant names 'odom', which is no part of what it observes"},
    {AGENT("agents = { a = { observe = 'joints', actt = 'joints', act = 'joints' } }"),
     "test.lua:6: agent 'a': no field named 'actt', did you mean 'act'?"},
    // requirements
    {SCENARIO("", "    local b = w:box { name = 'b' }\n    w:measure { gap = height(b) }\n",
              "  expect = { far = 'G gapp >= 1 m' },\n"),
     NULL},
    {SCENARIO("", "    local b = w:box { name = 'b' }\n    w:measure { gap = height(b) }\n",
              "  expect = { far = 'G gap >= 1 deg' },\n"),
     NULL},
};

static void test_every_mistake_is_told(void** state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof k_cases / sizeof k_cases[0]; i++) {
        Opened o;
        open_text(&o, k_cases[i].text);
        DdPlan* plan = build_opened(&o, 1, NULL);
        if (plan) {
            print_error("case %zu builds:\n%s", i, k_cases[i].text);
        }
        wrong += plan != NULL || o.err.code == DD_OK;
        dd_plan_destroy(plan);
        if (k_cases[i].expected && strcmp(o.err.text, k_cases[i].expected) != 0) {
            print_error("case %zu:\n%s\nsays    : %s\nexpected: %s\n", i, k_cases[i].text,
                        o.err.text, k_cases[i].expected);
        }
        wrong += k_cases[i].expected && strcmp(o.err.text, k_cases[i].expected) != 0;
        close_opened(&o);
    }
    assert_int_equal(wrong, 0);
}

static void says(const char* text, const char* part)
{
    Opened o;
    open_text(&o, text);
    assert_null(build_opened(&o, 1, NULL));
    if (!strstr(o.err.text, part)) {
        print_error("says '%s', not '%s'\n", o.err.text, part);
    }
    assert_non_null(strstr(o.err.text, part));
    close_opened(&o);
}

// Sentences whose end other layers word.
static void test_sentences_of_other_layers_get_file_and_line(void** state)
{
    (void)state;
    says(BODY("w:robot { 'amr_2500', name = 'amr' }"),
         "test.lua:4: robot 'amr': no robot named 'amr_2500'");
    says(BODY("w:robot { 'cart.xml', name = 'amr', joints = { lefft = 1 } }"), "test.lua:4: ");
    says(BODY("w:robot { 'cart.xml', name = 'amr', joints = { lefft = 1 } }"), "lefft");
    says(SCENARIO("", "    local b = w:box { name = 'b' }\n    w:measure { gap = height(b) }\n",
                  "  expect = { far = 'G gapp >= 1 m' },\n"),
         "test.lua:7: expect 'far'");
    says(SCENARIO("", "    local b = w:box { name = 'b' }\n    w:measure { gap = height(b) }\n",
                  "  expect = { far = 'G gapp >= 1 m' },\n"),
         "'gap'");
    says(SCENARIO("", "    local b = w:box { name = 'b' }\n    w:measure { gap = height(b) }\n",
                  "  expect = {\n    near = 'G true',\n    far = 'G gap >= 1 deg' },\n"),
         "test.lua:9: expect 'far'");
    says(BODY("w:robot { 'missing.xml', name = 'amr' }"), "missing.xml");
    // the constraint that killed the samples is named
    says(BODY("local r = w:region { name = 'r', size = { 2, 2 } }\n    w:box { name = 'a', pos = { "
              "0, 0, 1 }, "
              "size = { 2, 2, 2 } }\n    w:box { name = 'b', size = { 1, 1, 1 }, place = { region "
              "= r } }"),
         "test.lua:6: ");
    says(BODY("error('my own words')"), "test.lua:4: my own words");
    says(BODY("while true do end"), "test.lua:4");
}

typedef struct Collected {
    int n;
    char text[16][512];
} Collected;

static void collect(void* user, const DdError* err)
{
    Collected* c = user;
    if (c->n < 16) {
        snprintf(c->text[c->n], sizeof c->text[0], "%.511s", err->text);
    }
    c->n++;
}

static int check_text(const char* text, Collected* c)
{
    memset(c, 0, sizeof *c);
    write_text("test.lua", text);
    DdScriptDef def = dd_script_def();
    def.path = "test.lua";
    def.files = dd_files_create();
    int n = dd_script_check(&def, collect, c);
    dd_files_destroy(def.files);
    return n;
}

static void test_check_tells_all_mistakes_of_the_declarations(void** state)
{
    (void)state;
    Collected c;
    int n = check_text("return scenario {\n"
                       "  name = 'x', duration_s = -1, agnet_hz = 5,\n"
                       "  params = { a = {} },\n"
                       "  build = function() end,\n"
                       "  expect = { b = 3 },\n"
                       "}\n",
                       &c);
    assert_int_equal(n, 4);
    assert_int_equal(c.n, 4);
    assert_string_equal(
        c.text[0], "test.lua:2: scenario: no field named 'agnet_hz', did you mean 'agent_hz'?");
    assert_string_equal(c.text[1], "test.lua:2: scenario: duration_s must be positive, got -1 s");
    assert_non_null(strstr(c.text[2], "test.lua:3: param 'a'"));
    assert_non_null(strstr(c.text[3], "test.lua:5: expect 'b'"));
}

static void test_check_tells_all_unknown_names_after_a_build(void** state)
{
    (void)state;
    Collected c;
    int n = check_text("return scenario {\n"
                       "  name = 'x', duration_s = 1,\n"
                       "  build = function(w) w:robot { 'cart.xml', name = 'amr' } end,\n"
                       "  agent = { observe = { 'scan', 'joints' }, act = 'drive' },\n"
                       "  expect = { a = 'G nothing >= 1 m' },\n"
                       "}\n",
                       &c);
    assert_int_equal(n, 3);
    assert_non_null(strstr(c.text[0], "no channel 'scan'"));
    assert_non_null(strstr(c.text[1], "no action space 'drive'"));
    assert_non_null(strstr(c.text[2], "nothing"));
}

static void test_check_passes_what_is_right(void** state)
{
    (void)state;
    Collected c;
    int n =
        check_text("return scenario {\n"
                   "  name = 'x', duration_s = 1,\n"
                   "  build = function(w) w:ground {} w:robot { 'cart.xml', name = 'amr' } end,\n"
                   "  agent = { observe = { 'joints' }, act = 'joints' },\n"
                   "}\n",
                   &c);
    if (n) {
        print_error("%s\n", c.text[0]);
    }
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_mistake_is_told),
        cmocka_unit_test(test_sentences_of_other_layers_get_file_and_line),
        cmocka_unit_test(test_check_tells_all_mistakes_of_the_declarations),
        cmocka_unit_test(test_check_tells_all_unknown_names_after_a_build),
        cmocka_unit_test(test_check_passes_what_is_right),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
