// A small world with channels and senses, stepped the way an episode does it.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sense/sense.h"

typedef struct Rig {
    DdWorld* w;
    DdChannels* ch;
    DdSense* s;
    mjModel* m;
    mjData* d;
    int64_t step;
    int ticks; // of the measure clock
} Rig;

static inline Rig rig_make(const char* xml, uint64_t seed, double measure_hz)
{
    Rig r = {0};
    DdError err = {0};
    char text[1000] = "";
    if (!dd_world_init(&err)) {
        fail_msg("%s", err.text);
    }
    mjSpec* spec = mj_parseXMLString(xml, NULL, text, sizeof text);
    if (!spec) {
        fail_msg("%s", text);
    }
    mjModel* m = mj_compile(spec, NULL);
    if (!m) {
        fail_msg("%s", mjs_getError(spec));
    }
    mj_deleteSpec(spec);
    r.w = dd_world_wrap(m, &err);
    if (!r.w) {
        fail_msg("%s", err.text);
    }
    r.m = dd_world_model(r.w);
    r.d = dd_world_data(r.w);
    r.ch = dd_channels_create(dd_world_physics_hz(r.w));
    r.s = dd_sense_create(r.w, r.ch, seed, "test", measure_hz, &err);
    if (!r.s) {
        fail_msg("%s", err.text);
    }
    return r;
}

static inline void rig_free(Rig* r)
{
    dd_sense_destroy(r->s);
    dd_channels_destroy(r->ch);
    dd_world_destroy(r->w);
}

static inline int rig_sensor(Rig* r, const DdSensorDef* def)
{
    DdError err = {0};
    int c = dd_sense_add_sensor(r->s, def, &err);
    if (c < 0) {
        fail_msg("%s", err.text);
    }
    return c;
}

static inline DdMeasureDef measure_def(const char* name, const char* kind, const char* a,
                                       const char* b)
{
    DdMeasureDef def = dd_measure_def();
    snprintf(def.name, sizeof def.name, "%s", name);
    snprintf(def.kind, sizeof def.kind, "%s", kind);
    snprintf(def.a, sizeof def.a, "%s", a);
    snprintf(def.b, sizeof def.b, "%s", b);
    return def;
}

static inline DdSensorDef sensor_def(const char* name, const char* kind, const char* robot,
                                     const char* frame)
{
    DdSensorDef def = dd_sensor_def();
    snprintf(def.name, sizeof def.name, "%s", name);
    snprintf(def.kind, sizeof def.kind, "%s", kind);
    snprintf(def.robot, sizeof def.robot, "%s", robot);
    snprintf(def.frame, sizeof def.frame, "%s", frame);
    return def;
}

static inline int rig_measure(Rig* r, const char* name, const char* kind, const char* a,
                              const char* b)
{
    DdError err = {0};
    DdMeasureDef def = measure_def(name, kind, a, b);
    int c = dd_sense_add_measure(r->s, &def, &err);
    if (c < 0) {
        fail_msg("%s", err.text);
    }
    return c;
}

static inline void rig_names(DdNames* names, int n, ...)
{
    va_list list;
    va_start(list, n);
    names->n = n;
    for (int i = 0; i < n; i++) {
        snprintf(names->v[i], DD_NAME_MAX, "%s", va_arg(list, const char*));
    }
    va_end(list);
}

// step1 and the senses of step r->step
static inline void rig_sense(Rig* r)
{
    DdError err = {0};
    if (!dd_world_step1(r->w, &err)) {
        fail_msg("%s", err.text);
    }
    r->ticks += dd_sense_tick(r->s, r->step);
}

static inline void rig_start(Rig* r)
{
    dd_channels_start(r->ch);
    rig_sense(r);
}

static inline void rig_finish_step(Rig* r)
{
    DdError err = {0};
    if (!dd_world_step2(r->w, &err)) {
        fail_msg("%s", err.text);
    }
    r->step++;
    dd_sense_after_step(r->s, r->step);
}

static inline void rig_run(Rig* r, int steps)
{
    for (int i = 0; i < steps; i++) {
        rig_finish_step(r);
        rig_sense(r);
    }
}

static inline const double* rig_latest(const Rig* r, int channel)
{
    const DdSample* s = dd_channels_latest(r->ch, channel, r->step);
    if (!s) {
        fail_msg("channel %d has no sample at step %d", channel, (int)r->step);
    }
    return s->values;
}

static inline void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.12g is not %.12g +- %g", value, expected, tolerance);
    }
}
