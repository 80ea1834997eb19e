// Help for the recorder's tests: a folder of their own, small deterministic recordings.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "recorder/mcap.h"
#include "sim/base/files.h"

static char help_dir[DD_PATH_MAX];

static int help_make_dir(void** state)
{
    (void)state;
    const char* base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(help_dir, sizeof help_dir, "%s/drydock-test-XXXXXX", base);
    return mkdtemp(help_dir) ? 0 : -1;
}

static int help_remove_dir(void** state)
{
    (void)state;
    char command[DD_PATH_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", help_dir);
    return system(command);
}

// A path in the test's folder, in one of a few buffers; what was there is removed.
__attribute__((unused)) static const char* help_path(const char* name)
{
    static char path[8][DD_PATH_MAX + 64];
    static int at;
    at = (at + 1) % 8;
    snprintf(path[at], sizeof path[at], "%s/%s", help_dir, name);
    unlink(path[at]);
    return path[at];
}

__attribute__((unused)) static uint8_t* help_read(const char* path, size_t* n)
{
    DdError err;
    uint8_t* data = dd_file_read(path, (size_t)1 << 31, n, &err);
    assert_non_null(data);
    return data;
}

__attribute__((unused)) static void help_write(const char* path, const void* data, size_t n)
{
    FILE* f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    fclose(f);
}

__attribute__((unused)) static uint32_t help_random(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

// Three channels, an attachment and two metadata records. Times in steps of a millisecond.
__attribute__((unused)) static void help_make(const char* path, const DdMcapDef* def, int messages)
{
    DdError err;
    DdMcapKv run[] = {{"seed", "7"}, {"scenario", "x"}};
    DdMcapWriter* w = dd_mcap_create(path, def, "run", run, 2, &err);
    assert_non_null(w);
    uint16_t schema = dd_mcap_schema(w, "std_msgs/msg/String", "ros2msg", "string data\n", 12);
    uint16_t a = dd_mcap_channel(w, schema, "/a", "cdr", run, 1);
    uint16_t b = dd_mcap_channel(w, schema, "/b", "cdr", NULL, 0);
    assert_true(dd_mcap_attachment(w, "notes.txt", "text/plain", 5, 6, "some notes", 10));
    uint16_t late = 0;
    uint32_t random = 1;
    for (int i = 0; i < messages; i++) {
        uint8_t data[400];
        size_t n = help_random(&random) % sizeof data;
        for (size_t k = 0; k < n; k++) {
            data[k] = (uint8_t)(help_random(&random) % 5);
        }
        if (i == messages / 2) {
            late = dd_mcap_channel(w, schema, "/late", "cdr", NULL, 0);
        }
        uint16_t c = late && i % 5 == 0 ? late : i % 3 ? a : b;
        uint64_t t = 1000000000u + 1000000u * (uint64_t)i;
        assert_true(dd_mcap_message(w, c, (uint32_t)i, t, t, data, n));
    }
    DdMcapKv result = {"outcome", "PASS"};
    assert_true(dd_mcap_metadata(w, "result", &result, 1));
    assert_true(dd_mcap_close(w, &err));
}

static int help_findings;
static char help_finding[512];

__attribute__((unused)) static void help_report(void* user, bool is_error, const char* text)
{
    (void)user;
    (void)is_error;
    help_findings++;
    snprintf(help_finding, sizeof help_finding, "%s", text);
}

__attribute__((unused)) static void help_check_clean(const char* path)
{
    help_findings = 0;
    if (dd_mcap_check(path, help_report, NULL) || help_findings) {
        fail_msg("%s: %s", path, help_finding);
    }
}

// Messages that can be read, all of them hashed into *sum when it is not NULL.
__attribute__((unused)) static int help_count(const char* path, uint64_t* sum, DdError* err)
{
    DdMcapReader* r = dd_mcap_open(path, true, err);
    if (!r) {
        return -1;
    }
    DdMcapMessage m;
    int n = 0;
    uint64_t hash = 0;
    while (dd_mcap_next(r, &m, err)) {
        hash = dd_hash64(m.channel->topic, strlen(m.channel->topic), hash);
        hash = dd_hash64(&m.log_ns, 8, hash);
        hash = dd_hash64(m.data, m.size, hash ^ m.sequence);
        n++;
    }
    dd_mcap_reader_close(r);
    if (sum) {
        *sum = hash;
    }
    return n;
}
