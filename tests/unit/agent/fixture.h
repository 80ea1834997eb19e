// Spaces, channels and agent files for the agent tests.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/agent/agent.h"
#include "sim/agent/lua_view.h"

// An AMR-like machine: 13 numbers of odometry and 18 of joints make 31; a scalar, an imu, contacts,
// a vector besides.
typedef struct Fixture {
    char dir[64];
    DdFiles* files;
    DdChannels* channels;
    DdObservationSpace obs;
    DdActionSpace act;
    DdObservation now;
    double values[8][256];
    DdAgent* agent;
    char printed[4096];
} Fixture;

static inline void fixture_def(Fixture* f, const char* name, DdChannelDef* def)
{
    DdError err;
    snprintf(def->name, sizeof def->name, "bot.%s", name);
    int channel = dd_channels_add(f->channels, def, &err);
    assert_true(channel >= 0);
    DdObservationEntry* e = &f->obs.entry[f->obs.n];
    snprintf(e->name, sizeof e->name, "%s", name);
    e->channel = channel;
    e->def = dd_channels_def(f->channels, channel);
    int width = dd_channel_width(e->def);
    for (int i = 0; i < width; i++) {
        f->values[f->obs.n][i] = 100.0 * (f->obs.n + 1) + i;
    }
    f->now.values[f->obs.n] = f->values[f->obs.n];
    f->now.age_s[f->obs.n] = 0.002 * f->obs.n;
    f->obs.n++;
    f->now.n = f->obs.n;
}

static inline void fixture_channel(Fixture* f, const char* name, DdType type, int nname,
                                   const char* prefix, int max_contacts)
{
    char names[16][DD_NAME_MAX];
    DdChannelDef def = dd_channel_def();
    def.type = type;
    def.nname = nname;
    def.names = names;
    def.max_contacts = max_contacts;
    for (int i = 0; i < nname; i++) {
        snprintf(names[i], DD_NAME_MAX, "%s%d", prefix, i + 1);
    }
    fixture_def(f, name, &def);
}

static inline void fixture_part(Fixture* f, const char* name, DdActionKind kind, int n,
                                const char* const* labels, double low, double high)
{
    DdActionPart* p = &f->act.part[f->act.npart++];
    snprintf(p->name, sizeof p->name, "%s", name);
    p->kind = kind;
    p->n = n;
    for (int i = 0; i < n; i++) {
        snprintf(p->label[i], DD_NAME_MAX, "%s", labels[i]);
        snprintf(p->unit[i], sizeof p->unit[i], "m/s");
        p->low[i] = low;
        p->high[i] = high;
        p->def[i] = 0.25 * (i + 1);
    }
    f->act.n += n;
}

static inline Fixture* fixture_new(void)
{
    Fixture* f = calloc(1, sizeof *f);
    strcpy(f->dir, "/tmp/dd_agent_XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->files = dd_files_create();
    f->channels = dd_channels_create(500);
    fixture_channel(f, "odom", DD_TYPE_ODOM, 0, "", 0);
    fixture_channel(f, "joints", DD_TYPE_JOINTS, 6, "j", 0);
    static const char* const k_drive[] = {"linear", "angular"};
    static const char* const k_lift[] = {"height"};
    fixture_part(f, "drive", DD_ACTION_TWIST, 2, k_drive, -1, 1);
    fixture_part(f, "lift", DD_ACTION_GRIPPER, 1, k_lift, 0, 0.5);
    return f;
}

static inline void fixture_free(Fixture* f)
{
    dd_agent_destroy(f->agent);
    dd_files_destroy(f->files);
    dd_channels_destroy(f->channels);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", f->dir);
    assert_int_equal(system(command), 0);
    free(f);
}

static inline void fixture_file(Fixture* f, const char* name, const char* text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", f->dir, name);
    DdError err;
    assert_true(dd_file_write(path, text, strlen(text), &err));
}

static inline bool fixture_open(Fixture* f, const char* name, DdError* err)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", f->dir, name);
    DdAgentDef def = dd_agent_def();
    def.spec = path;
    def.files = f->files;
    def.seed = 7;
    def.scope = "test";
    dd_error_clear(err);
    f->agent = dd_agent_create(&def, &f->obs, &f->act, err);
    return f->agent != NULL;
}

// The file must make an agent.
static inline void fixture_agent(Fixture* f, const char* text)
{
    DdError err;
    fixture_file(f, "a.lua", text);
    if (!fixture_open(f, "a.lua", &err)) {
        fail_msg("%s", err.text);
    }
}
