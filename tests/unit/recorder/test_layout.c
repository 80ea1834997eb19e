// The layout for Foxglove is one that it can open: JSON whose panes and settings belong together,
// whose topics are names that recordings can have.
#include "tests/unit/recorder/help.h"

#include <jansson.h>

#include "recorder/stream.h"

static int s_panes;

static void see_pane(json_t* config, const json_t* at)
{
    if (json_is_object(at)) {
        double percent = json_number_value(json_object_get(at, "splitPercentage"));
        const char* direction = json_string_value(json_object_get(at, "direction"));
        assert_true(percent > 0 && percent < 100);
        assert_true(strcmp(direction, "row") == 0 || strcmp(direction, "column") == 0);
        see_pane(config, json_object_get(at, "first"));
        see_pane(config, json_object_get(at, "second"));
        return;
    }
    assert_true(json_is_string(at));
    json_t* pane = json_object_get(config, json_string_value(at));
    if (!pane) {
        fail_msg("pane '%s' has no settings", json_string_value(at));
    }
    s_panes++;
    size_t i;
    json_t* tab;
    json_array_foreach(json_object_get(pane, "tabs"), i, tab)
    {
        assert_true(json_is_string(json_object_get(tab, "title")));
        see_pane(config, json_object_get(tab, "layout"));
    }
}

// "/agv/lidar/points", or with a field behind it "/measures/speed.data".
static void check_topic(const char* text)
{
    char topic[DD_TOPIC_MAX], name[DD_TOPIC_MAX];
    snprintf(topic, sizeof topic, "%.*s", (int)strcspn(text, "."), text);
    assert_int_equal(topic[0], '/');
    dd_topic_of_name("", topic + 1, name);
    assert_string_equal(topic, name);
}

static void check_topics(const json_t* at, const char* key)
{
    const char* k;
    json_t* v;
    size_t i;
    if (json_is_string(at)) {
        bool topic = strcmp(key, "imageTopic") == 0 || strcmp(key, "calibrationTopic") == 0 ||
                     strcmp(key, "topicPath") == 0 || strcmp(key, "value") == 0;
        if (topic) {
            check_topic(json_string_value(at));
        }
    } else if (json_is_array(at)) {
        json_array_foreach(at, i, v)
        {
            check_topics(v, key);
        }
    } else if (json_is_object(at)) {
        bool topics = strcmp(key, "topics") == 0 || strcmp(key, "annotations") == 0;
        json_object_foreach((json_t*)(uintptr_t)at, k, v)
        {
            if (topics) {
                check_topic(k);
            }
            check_topics(v, k);
        }
    }
}

static void test_layout(void** state)
{
    (void)state;
    json_error_t error;
    json_t* j = json_load_file("assets/foxglove/drydock.json", JSON_REJECT_DUPLICATES, &error);
    if (!j) {
        fail_msg("line %d: %s", error.line, error.text);
    }
    json_t* config = json_object_get(j, "configById");
    see_pane(config, json_object_get(j, "layout"));
    assert_int_equal(s_panes, json_object_size(config)); // each shown once
    check_topics(config, "");
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layout)};
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
