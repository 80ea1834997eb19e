// Sense: which units there are, when each is due, noise and dropout, and what a restore point
// holds.
#include <string.h>

#include "sim/sense/internal.h"

// lanes of a channel's noise stream; values count from 0
enum { k_lane_dropout = 0x7fffffff };

DdSense* dd_sense_create(DdWorld* w, DdChannels* channels, uint64_t seed, const char* scope,
                         double measure_hz, DdError* err)
{
    int hz = dd_world_physics_hz(w);
    if (!(measure_hz > 0) || measure_hz > hz) {
        dd_fail(
            err, DD_ERROR_SCRIPT,
            "the rate of measures must be above 0 and at most the physics rate of %d Hz, got %g Hz",
            hz, measure_hz);
        return NULL;
    }
    DdSense* s = calloc(1, sizeof *s);
    DD_ASSERT(s);
    s->world = w;
    s->channels = channels;
    s->seed = seed;
    snprintf(s->scope, sizeof s->scope, "%s", scope);
    s->measure_rate = dd_rate(measure_hz);
    s->physics_hz = hz;
    s->dt = 1.0 / hz;
    s->step = -1;
    s->inverse_step = -1;
    s->qvel = calloc((size_t)dd_world_model(w)->nv + 1, sizeof *s->qvel);
    DD_ASSERT(s->qvel);
    return s;
}

static void unit_destroy(DdUnit* u)
{
    if (!u) {
        return;
    }
    if (u->kind->close && u->own) {
        u->kind->close(u);
    }
    for (int i = 0; u->more && i < u->nchannel - 1; i++) {
        free(u->more[i].names);
        free(u->more[i].classes);
    }
    free(u->more);
    free(u->own);
    free(u->state);
    free(u->sigma);
    free(u);
}

void dd_sense_destroy(DdSense* s)
{
    if (!s) {
        return;
    }
    for (int i = 0; i < s->nunit; i++) {
        unit_destroy(s->unit[i]);
    }
    dd_touch_destroy(s->touch);
    dd_later_destroy(s->later);
    for (int i = 0; i < DD_SHARED_COUNT; i++) {
        if (s->shared[i]) {
            s->shared_free[i](s->shared[i]);
        }
    }
    free(s->unit);
    free(s->sample);
    free(s->scratch);
    free(s->qvel);
    free(s);
}

static DdUnit* unit_create(const DdUnitKind* kind, const char* what)
{
    DdUnit* u = calloc(1, sizeof *u);
    DD_ASSERT(u);
    u->kind = kind;
    snprintf(u->what, sizeof u->what, "%s", what);
    u->nchannel = 1;
    u->own = calloc(1, kind->size + 1);
    DD_ASSERT(u->own);
    return u;
}

// The channel is declared and the unit joins the others. Takes the unit, also on failure.
static int unit_add(DdSense* s, DdUnit* u, DdChannelDef* channel, DdError* err)
{
    DD_ASSERT(s->step < 0);
    if (dd_channels_find(s->channels, channel->name) >= 0) {
        dd_fail(err, DD_ERROR_SCRIPT, "%s: there is already a channel '%s'", u->what,
                channel->name);
        unit_destroy(u);
        return -1;
    }
    u->channel = dd_channels_add(s->channels, channel, err);
    if (u->channel < 0) {
        dd_fail_while(err, "%s", u->what);
        unit_destroy(u);
        return -1;
    }
    u->channels[0] = u->channel;
    DD_ASSERT(u->nchannel >= 1 && u->nchannel <= DD_UNIT_CHANNELS);
    for (int i = 1; i < u->nchannel; i++) {
        u->channels[i] = dd_channels_add(s->channels, &u->more[i - 1], err);
        if (u->channels[i] < 0) {
            dd_fail_while(err, "%s", u->what);
            unit_destroy(u);
            return -1;
        }
    }
    u->width = dd_channel_width(channel);
    u->rate = channel->rate;
    u->phase = channel->phase_steps;
    u->next = u->phase;
    u->stream = dd_stream(s->seed, s->scope, channel->name);
    u->state = calloc((size_t)u->nstate + 1, sizeof *u->state);
    DD_ASSERT(u->state);
    if (s->nunit == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 16;
        s->unit = realloc(s->unit, (size_t)s->cap * sizeof(DdUnit*));
        DD_ASSERT(s->unit);
    }
    s->unit[s->nunit++] = u;
    s->sorted = false;
    return u->channel;
}

// The user's list of deviations becomes one per number of every span.
static bool expand_noise(DdUnit* u, const DdNumbers* noise, DdError* err)
{
    int total = 0;
    for (int i = 0; i < u->nspan; i++) {
        total += u->span[i].n;
    }
    if (noise->n == 0) {
        return true;
    }
    if (total == 0) {
        return dd_fail(err, DD_ERROR_SCRIPT, "%s: a sensor of kind '%s' takes no noise", u->what,
                       u->kind->info.name);
    }
    if (noise->n != 1 && noise->n != u->nspan && noise->n != total) {
        return dd_fail(
            err, DD_ERROR_SCRIPT,
            "%s: noise must have 1, %d or %d numbers (for all, per group, per value), got %d",
            u->what, u->nspan, total, noise->n);
    }
    u->sigma = calloc((size_t)total, sizeof *u->sigma);
    DD_ASSERT(u->sigma);
    for (int i = 0, k = 0; i < u->nspan; i++) {
        for (int j = 0; j < u->span[i].n; j++, k++) {
            int from = noise->n == 1 ? 0 : noise->n == total ? k : i;
            u->sigma[k] = noise->v[from];
            if (!(u->sigma[k] >= 0 && isfinite(u->sigma[k]))) {
                return dd_fail(err, DD_ERROR_SCRIPT,
                               "%s: noise must be finite and not negative, got %g", u->what,
                               u->sigma[k]);
            }
        }
    }
    return true;
}

// what is on its way is kept, and a message holds every contact
static const double k_latency_max_s = 10;
static const double k_contacts_max = 1024;

static int add_sensor(DdSense* s, const DdSensorDef* given, DdError* err)
{
    DdSensorDef def = *given;
    if (!def.name[0]) {
        snprintf(def.name, sizeof def.name, "%s", def.kind);
    }
    char what[2 * DD_NAME_MAX + 32];
    snprintf(what, sizeof what, "sensor '%s%s%s'", def.robot, def.robot[0] ? "." : "", def.name);
    const DdUnitKind* kind = dd_sensor_kind_find(def.kind, what, err);
    if (!kind || !dd_fields_check(dd_sensor_fields, &def, what, DD_ERROR_SCRIPT, err)) {
        return -1;
    }
    if (def.rate_hz > s->physics_hz) {
        dd_fail(err, DD_ERROR_SCRIPT,
                "%s: rate_hz must be at most the physics rate of %d Hz, got %g Hz", what,
                s->physics_hz, def.rate_hz);
        return -1;
    }
    if (def.latency_s > k_latency_max_s || def.max_contacts > k_contacts_max) {
        bool late = def.latency_s > k_latency_max_s;
        dd_fail(err, DD_ERROR_SCRIPT, "%s: %s must be at most %g, got %g%s", what,
                late ? "latency_s" : "max_contacts", late ? k_latency_max_s : k_contacts_max,
                late ? def.latency_s : def.max_contacts, late ? " s" : "");
        return -1;
    }
    if (strlen(def.robot) + strlen(def.name) + 2 > DD_NAME_MAX) {
        dd_fail(err, DD_ERROR_SCRIPT, "%s: its name has more than %d characters", what,
                DD_NAME_MAX - 2);
        return -1;
    }

    DdChannelDef channel = dd_channel_def();
    snprintf(channel.name, sizeof channel.name, "%.*s%s%.*s", DD_NAME_MAX, def.robot,
             def.robot[0] ? "." : "", DD_NAME_MAX, def.name);
    channel.type = kind->info.type;
    channel.rate = dd_rate(def.rate_hz);
    channel.phase_steps = dd_steps_of(def.phase_s, s->physics_hz);
    channel.latency_steps = dd_steps_of(def.latency_s, s->physics_hz);
    channel.picture = kind->picture;
    DdUnit* u = unit_create(kind, what);
    u->def.sensor = &def;
    u->dropout = def.dropout;
    bool ok = kind->open(s, u, &channel, err) && expand_noise(u, &def.noise, err);
    if (ok) {
        DdError none;
        u->mount = dd_mount_of(&def);
        u->mounted =
            (!def.robot[0] && !def.frame[0]) || dd_ref_of_sensor(s, u, &u->at, u->at_name, &none);
        if (!def.robot[0] && !def.frame[0]) {
            u->at = (DdRef){.site = -1, .body = 0, .thing = -1};
            snprintf(u->at_name, sizeof u->at_name, "world");
        }
    }
    u->def.sensor = NULL;
    int index = -1;
    if (ok) {
        index = unit_add(s, u, &channel, err);
    } else {
        unit_destroy(u);
    }
    free(channel.names);
    free(channel.classes);
    return index;
}

int dd_sense_add_sensor(DdSense* s, const DdSensorDef* def, DdError* err)
{
    int channel = add_sensor(s, def, err);
    if (channel < 0 && def->where[0]) {
        dd_fail_while(err, "%s", def->where);
    }
    return channel;
}

int dd_sense_add_measure(DdSense* s, const DdMeasureDef* given, DdError* err)
{
    DdMeasureDef def = *given;
    char what[DD_NAME_MAX + 32];
    snprintf(what, sizeof what, "measure '%s'", def.name);
    const DdUnitKind* kind = dd_measure_kind_find(def.kind, what, err);
    if (!kind || !dd_fields_check(dd_measure_fields, &def, what, DD_ERROR_SCRIPT, err)) {
        return -1;
    }
    if (!def.name[0]) {
        dd_fail(err, DD_ERROR_SCRIPT, "a measure of kind '%s' has no name", def.kind);
        return -1;
    }
    DdChannelDef channel = dd_channel_def();
    snprintf(channel.name, sizeof channel.name, "%s", def.name);
    snprintf(channel.unit, sizeof channel.unit, "%s", kind->info.unit);
    channel.type = DD_TYPE_SCALAR;
    channel.rate = s->measure_rate;
    channel.truth = true;
    channel.measure = true;
    DdUnit* u = unit_create(kind, what);
    u->def.measure = &def;
    bool ok = kind->open(s, u, &channel, err);
    u->def.measure = NULL;
    if (!ok) {
        unit_destroy(u);
        return -1;
    }
    return unit_add(s, u, &channel, err);
}

static int64_t next_due(const DdSense* s, DdRate rate, int64_t phase, int64_t step)
{
    return step < phase ? phase : phase + dd_rate_next(rate, s->physics_hz, step - phase);
}

static void find_next_any(DdSense* s)
{
    s->next_any = s->next_measure;
    for (int i = 0; i < s->nunit; i++) {
        s->next_any = s->unit[i]->next < s->next_any ? s->unit[i]->next : s->next_any;
    }
}

// Lists of units by what they need, so that a step that needs nothing does nothing.
static void sort_units(DdSense* s)
{
    if (s->sorted) {
        return;
    }
    size_t n = (size_t)s->nunit;
    free(s->sample);
    s->sample = calloc(6 * n + 1, sizeof(DdUnit*));
    DD_ASSERT(s->sample);
    s->measure = s->sample + n;
    s->every = s->measure + n;
    s->before = s->every + n;
    s->after = s->before + n;
    s->always = s->after + n;
    s->nsample = s->nmeasure = s->nevery = s->nbefore = s->nafter = s->nalways = 0;
    int width = 1;
    for (int i = 0; i < s->nunit; i++) {
        DdUnit* u = s->unit[i];
        if (u->kind->picture && s->mute) {
            u->next = INT64_MAX;
            continue;
        }
        width = u->width > width ? u->width : width;
        if (dd_channels_def(s->channels, u->channel)->measure) {
            s->measure[s->nmeasure++] = u;
        } else {
            s->sample[s->nsample++] = u;
        }
        if (u->kind->every && !u->skip_every) {
            s->every[s->nevery++] = u;
        }
        if (u->kind->before) {
            s->before[s->nbefore++] = u;
        }
        if (u->kind->after) {
            s->after[s->nafter++] = u;
        }
        if (u->kind->always && !u->skip_every) {
            s->always[s->nalways++] = u;
        }
    }
    free(s->scratch);
    s->scratch = calloc((size_t)width, sizeof *s->scratch);
    DD_ASSERT(s->scratch);
    if (s->touch) {
        dd_touch_start(s->touch);
    }
    find_next_any(s);
    s->sorted = true;
}

static void add_noise(const DdUnit* u, int64_t step, double* values)
{
    const double* sigma = u->sigma;
    uint32_t lane = 0;
    for (int i = 0; i < u->nspan; i++) {
        const DdNoiseSpan* span = &u->span[i];
        double* v = values + span->at;
        if (!span->rotation) {
            for (int j = 0; j < span->n; j++, lane++) {
                v[j] +=
                    sigma[lane] > 0 ? sigma[lane] * dd_stream_normal_at(&u->stream, step, lane) : 0;
            }
            continue;
        }
        double rotvec[3], turn[4];
        for (int j = 0; j < 3; j++, lane++) {
            rotvec[j] = sigma[lane] * dd_stream_normal_at(&u->stream, step, lane);
        }
        dd_quat_from_rotvec(turn, rotvec);
        dd_quat_mul(v, v, turn);
        dd_quat_normalize(v);
    }
}

bool dd_unit_drops(DdSense* s, const DdUnit* u)
{
    bool drops =
        u->dropout > 0 && dd_stream_uniform_at(&u->stream, s->step, k_lane_dropout) < u->dropout;
    s->dropped += drops;
    return drops;
}

static void push_sample(DdSense* s, DdUnit* u)
{
    if (u->kind->emit) {
        bool wanted = !u->kind->picture || (!s->hold && s->step >= s->pictures_from);
        if (wanted && s->failed.code == DD_OK) {
            u->kind->emit(s, u);
        }
        return;
    }
    if (dd_unit_drops(s, u)) {
        // what it integrates goes on without the sample
        u->kind->read(s, u, s->scratch);
        return;
    }
    double* values = dd_channels_push(s->channels, u->channel, s->step);
    u->kind->read(s, u, values);
    if (u->sigma) {
        add_noise(u, s->step, values);
    }
    if (u->kind->finish) {
        u->kind->finish(s, u, values);
    }
}

// The world's weather of this step with the given members.
static void see_weather(DdSense* s)
{
    s->seen = *dd_world_weather(s->world);
    for (int i = 0; i < s->given.n; i++) {
        const DdField* f = dd_field_find(dd_weather_fields, s->given.v[i]);
        DD_ASSERT(f && (f->kind == DD_FIELD_NUMBER || f->kind == DD_FIELD_VEC3));
        size_t size = f->kind == DD_FIELD_VEC3 ? 3 * sizeof(double) : sizeof(double);
        memcpy((char*)&s->seen + f->offset, (const char*)&s->weather + f->offset, size);
    }
}

bool dd_sense_tick(DdSense* s, int64_t step)
{
    DD_ASSERT(step > s->step);
    bool first = s->step < 0;
    s->step = step;
    if (first) {
        sort_units(s);
        for (int i = 0; i < s->nunit; i++) {
            if (s->unit[i]->kind->begin && s->unit[i]->next != INT64_MAX) {
                s->unit[i]->kind->begin(s, s->unit[i]);
            }
        }
    }
    if (s->sees_weather) {
        see_weather(s);
    }
    for (int i = 0; i < s->nevery; i++) {
        s->every[i]->kind->every(s, s->every[i]);
    }

    bool ticked = step >= s->next_measure;
    if (step >= s->next_any) {
        for (int i = 0; i < s->nsample; i++) {
            DdUnit* u = s->sample[i];
            if (step >= u->next) {
                push_sample(s, u);
                u->next = next_due(s, u->rate, u->phase, step);
            }
        }
        if (ticked) {
            s->next_measure = next_due(s, s->measure_rate, 0, step);
            for (int i = 0; i < s->nmeasure; i++) {
                push_sample(s, s->measure[i]);
                s->measure[i]->next = s->next_measure;
            }
        }
        find_next_any(s);
    }
    if (s->later) {
        dd_later_wait(s->later);
    }

    // what the step that begins now overwrites and a sample at its end needs
    s->qvel_wanted = s->qvel_always;
    if (step + 1 >= s->next_any) {
        for (int i = 0; i < s->nbefore; i++) {
            if (s->before[i]->next == step + 1) {
                s->before[i]->kind->before(s, s->before[i]);
            }
        }
    }
    if (s->qvel_wanted) {
        memcpy(s->qvel, dd_world_data(s->world)->qvel,
               (size_t)dd_world_model(s->world)->nv * sizeof *s->qvel);
    }
    return ticked;
}

void dd_sense_after_step(DdSense* s, int64_t next_step)
{
    if (s->touch) {
        dd_touch_capture(s, s->touch);
    }
    for (int i = 0; i < s->nalways; i++) {
        s->always[i]->kind->always(s, s->always[i]);
    }
    if (next_step < s->next_any) {
        return;
    }
    for (int i = 0; i < s->nafter; i++) {
        if (s->after[i]->next == next_step) {
            s->after[i]->kind->after(s, s->after[i]);
        }
    }
}

void dd_sense_later(DdSense* s, void (*work)(void* user), void* user)
{
    if (!s->later) {
        s->later = dd_later_create();
    }
    dd_later_do(s->later, work, user);
}

void dd_sense_mute_pictures(DdSense* s)
{
    s->mute = true;
    s->sorted = false;
}

void dd_sense_pictures_from(DdSense* s, int64_t step)
{
    s->pictures_from = step;
}

void dd_sense_hold_pictures(DdSense* s, bool hold)
{
    s->hold = hold;
}

void dd_sense_see_weather(DdSense* s, const DdWeather* weather, const DdNames* given)
{
    s->weather = *weather;
    s->given = *given;
    s->sees_weather = true;
    s->seen = *dd_world_weather(s->world);
}

const DdWeather* dd_sense_weather(const DdSense* s)
{
    return s->sees_weather ? &s->seen : dd_world_weather(s->world);
}

void dd_sense_start_time(DdSense* s, int64_t start_ns)
{
    s->start_ns = start_ns;
}

void dd_sense_fail(DdSense* s, const DdError* err)
{
    if (s->failed.code == DD_OK) {
        s->failed = *err;
    }
}

bool dd_sense_failed(const DdSense* s, DdError* err)
{
    if (s->failed.code != DD_OK) {
        *err = s->failed;
    }
    return s->failed.code != DD_OK;
}

bool dd_sense_set_classes(DdSense* s, const DdNames* classes, DdError* err)
{
    for (int i = 0; i < classes->n; i++) {
        for (int k = 0; k < i; k++) {
            if (strcmp(classes->v[i], classes->v[k]) == 0) {
                return dd_fail(err, DD_ERROR_SCRIPT, "labels: the class '%s' stands twice",
                               classes->v[i]);
            }
        }
    }
    s->classes = *classes;
    return true;
}

DdPose dd_mount_of(const DdSensorDef* def)
{
    DdPose mount = dd_pose_identity();
    memcpy(mount.pos, def->pos, sizeof mount.pos);
    dd_quat_from_rpy(mount.quat, def->rpy[0], def->rpy[1], def->rpy[2]);
    return mount;
}

bool dd_mounted(const DdSensorDef* def)
{
    const double *p = def->pos, *r = def->rpy;
    return p[0] != 0 || p[1] != 0 || p[2] != 0 || r[0] != 0 || r[1] != 0 || r[2] != 0;
}

void dd_mount_frame(const DdSensorDef* def, char frame[DD_NAME_MAX])
{
    // names are short enough: dd_sense_add_sensor has seen to it
    snprintf(frame, DD_NAME_MAX, "%.*s%s%.*s", DD_NAME_MAX, def->robot, def->robot[0] ? "/" : "",
             DD_NAME_MAX, def->name);
}

DdPose dd_mount_pose(const DdSense* s, const DdRef* ref, const DdPose* mount)
{
    DdPose at;
    dd_ref_pose(s, ref, &at);
    return dd_pose_mul(at, *mount);
}

int64_t dd_sense_dropped(const DdSense* s)
{
    return s->dropped;
}

// [step, dropped, velocities of the step in progress when wrenches need them, units in order]
enum { k_header = 2 };

static int qvel_size(const DdSense* s)
{
    return s->has_wrench ? (int)dd_world_model(s->world)->nv : 0;
}

int dd_sense_state_size(const DdSense* s)
{
    int n = k_header + qvel_size(s);
    for (int i = 0; i < s->nunit; i++) {
        n += s->unit[i]->kind->picture ? 0 : s->unit[i]->nstate;
    }
    return n;
}

void dd_sense_save(const DdSense* s, double* state)
{
    state[0] = (double)s->step;
    state[1] = (double)s->dropped;
    double* at = state + k_header;
    memcpy(at, s->qvel, (size_t)qvel_size(s) * sizeof *at);
    at += qvel_size(s);
    for (int i = 0; i < s->nunit; i++) {
        if (s->unit[i]->kind->picture) {
            continue;
        }
        memcpy(at, s->unit[i]->state, (size_t)s->unit[i]->nstate * sizeof *at);
        at += s->unit[i]->nstate;
    }
}

void dd_sense_load(DdSense* s, const double* state)
{
    sort_units(s);
    // a live run that restores itself stands at this very step
    bool moved = s->step != (int64_t)state[0];
    s->step = (int64_t)state[0];
    s->inverse_step = -1;
    s->dropped = (int64_t)state[1];
    const double* at = state + k_header;
    memcpy(s->qvel, at, (size_t)qvel_size(s) * sizeof *at);
    at += qvel_size(s);
    for (int i = 0; i < s->nunit; i++) {
        DdUnit* u = s->unit[i];
        if (u->kind->picture) {
            if (moved && u->kind->rewound) {
                u->kind->rewound(s, u);
            }
            u->next = s->mute ? INT64_MAX : next_due(s, u->rate, u->phase, s->step);
            continue;
        }
        memcpy(u->state, at, (size_t)u->nstate * sizeof *at);
        at += u->nstate;
        u->next = next_due(s, u->rate, u->phase, s->step);
    }
    // the schedule follows from the step
    s->next_measure = next_due(s, s->measure_rate, 0, s->step);
    find_next_any(s);
}
