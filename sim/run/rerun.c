// Rerun: a recorded episode again with other sensors, simulated or from its pose log.
#include "sim/run/rerun.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/run/replay_impl.h"

// Bodies between two messages of the pose log.
typedef struct Log {
    int nbody;
    double (*from)[7]; // (nbody) at from_step
    double (*to)[7];   // (nbody) at to_step
    double (*now)[7];
    int64_t from_step, to_step;
    bool ended;
} Log;

struct DdRerun {
    DdRerunDef def;
    DdTape tape;
    DdEpisode* ep;
    DdJournal journal;
    bool sensed;  // ep->step is sensed; the next call steps on
    bool differs; // a hash is not the recorded one
    int64_t differs_at;
    bool has_operations; // the journal changes the model on the way
    Log log;
};

// --- making one

// What needs nothing but where bodies are.
static const char* const k_posed[] = {"camera", "thermal", "lidar", "scan", "range", "pose", NULL};

static bool only_posed(const DdPlan* plan, DdError* err)
{
    for (int i = 0; i < plan->nsensor; i++) {
        const DdSensorDef* s = &plan->sensor[i];
        bool posed = false;
        for (int k = 0; k_posed[k]; k++) {
            posed = posed || strcmp(s->kind, k_posed[k]) == 0;
        }
        if (!posed && !s->optional) {
            return dd_fail(
                err, DD_ERROR_ARGUMENT,
                "sensor '%s%s%s' of kind %s needs the physics: from poses there are only "
                "camera, thermal, lidar, scan, range and pose",
                s->robot, s->robot[0] ? "." : "", s->name, s->kind);
        }
    }
    return true;
}

// Sensors of the rig, robots with their controllers; nothing is judged.
static DdPlan* plan_of(DdRerun* r, DdError* err)
{
    DdPlan* plan = dd_tape_plan(&r->tape, err);
    if (!plan) {
        return NULL;
    }
    DdRig none = {0};
    if (!dd_rig_only(r->def.rig ? r->def.rig : &none, plan, err) ||
        (r->def.poses && !only_posed(plan, err))) {
        dd_plan_destroy(plan);
        return NULL;
    }
    for (int i = 0; i < plan->nslot; i++) {
        plan->slot[i].observe.n = 0;
    }
    plan->nmeasure = 0;
    plan->nrequirement = 0;
    plan->nreport = 0;
    plan->ncheck = 0;
    plan->def.reward[0] = '\0';
    plan->def.end_when_decided = false;
    if (!dd_plan_add_report(plan, "time_to_success", err)) {
        dd_plan_destroy(plan);
        return NULL;
    }
    return plan;
}

static void on_hash(void* user, int64_t step, uint64_t hash)
{
    DdRerun* r = user;
    bool known = step >= 1 && step <= r->tape.nhash;
    if (known && r->tape.hash[step - 1] != hash && !r->differs) {
        r->differs = true;
        r->differs_at = step;
    }
}

static bool check_build(const DdRerun* r, DdError* err)
{
    json_t* here = dd_fingerprint();
    const json_t* print = json_object_get(r->tape.record, "fingerprint");
    const char* was = json_string_value(json_object_get(print, "mujoco"));
    const char* is = json_string_value(json_object_get(here, "mujoco"));
    bool fine = true;
    if (!was || strcmp(was, is) != 0) {
        fine = dd_fail(err, DD_ERROR_CANNOT_CHECK,
                       "it was recorded with MuJoCo %s, this is MuJoCo %s: it cannot be simulated "
                       "again (--poses shows what its pose log tells)",
                       was ? was : "(unknown)", is);
    }
    json_decref(here);
    return fine;
}

static bool make_episode(DdRerun* r, DdError* err)
{
    DdPlan* plan = plan_of(r, err);
    if (!plan) {
        return false;
    }
    DdEpisodeDef def = dd_episode_def();
    def.seed = r->tape.seed;
    def.index = r->tape.index;
    def.rig = r->def.rig;
    def.other_weather = r->def.rig != NULL;
    def.pictures_from_s = r->def.from_s;
    def.record = r->def.record;
    DdOutcome outcome;
    r->ep = dd_episode_from_plan(&def, plan, true, &outcome, err);
    if (!r->ep) {
        return false;
    }
    r->journal = (DdJournal){.entry = r->tape.entry, .n = r->tape.nentry};
    r->ep->journal = &r->journal;
    r->ep->rendering = true;
    r->ep->hashing = !r->def.poses;
    r->ep->on_user = r;
    r->ep->on_hash = on_hash;
    r->sensed = false;
    return true;
}

static bool log_next(DdRerun* r, DdError* err);

static bool log_begin(DdRerun* r, DdError* err)
{
    Log* log = &r->log;
    log->nbody = dd_world_body_count(r->ep->world);
    if (!log->from) {
        log->from = calloc((size_t)log->nbody, sizeof *log->from);
        log->to = calloc((size_t)log->nbody, sizeof *log->to);
        log->now = calloc((size_t)log->nbody, sizeof *log->now);
        DD_ASSERT(log->from && log->to && log->now);
    }
    for (int i = 0; i < log->nbody; i++) {
        dd_world_body_pose(r->ep->world, i, log->to[i]);
    }
    log->to_step = 0;
    log->ended = false;
    dd_play_rewind(r->tape.play);
    dd_play_select(r->tape.play, DD_PLAY_POSES, NULL);
    return log_next(r, err);
}

DdRerun* dd_rerun_open(const DdRerunDef* def, DdError* err)
{
    DdRerun* r = calloc(1, sizeof *r);
    DD_ASSERT(r);
    r->def = *def;
    if (!dd_tape_open(&r->tape, def->mcap_path, def->files_dir, true, err) ||
        (!def->poses && !check_build(r, err)) || !make_episode(r, err)) {
        dd_rerun_close(r);
        return NULL;
    }
    for (int i = 0; i < r->tape.nentry; i++) {
        r->has_operations = r->has_operations || r->tape.entry[i].slot < 0;
    }
    if (def->poses && !log_begin(r, err)) {
        dd_rerun_close(r);
        return NULL;
    }
    if (def->record) {
        char hex[DD_SHA256_HEX_SIZE];
        json_t* source = json_object();
        json_object_set_new(source, "file", json_string(dd_path_base(def->mcap_path)));
        if (dd_play_digest(r->tape.play, hex, err)) {
            json_object_set_new(source, "digest", json_string(hex));
        }
        json_object_set_new(source, "exact", json_boolean(!def->poses));
        json_object_set(source, "fingerprint", json_object_get(r->tape.record, "fingerprint"));
        bool fine = err->code == DD_OK && dd_episode_open_rendering(r->ep, source, err);
        json_decref(source);
        if (!fine || (def->poses && !log_begin(r, err))) {
            dd_rerun_close(r);
            return NULL;
        }
    }
    return r;
}

void dd_rerun_close(DdRerun* r)
{
    if (!r) {
        return;
    }
    dd_episode_destroy(r->ep);
    dd_tape_close(&r->tape);
    free(r->log.from);
    free(r->log.to);
    free(r->log.now);
    free(r);
}

DdEpisode* dd_rerun_episode(DdRerun* r)
{
    return r->ep;
}

const json_t* dd_rerun_record(const DdRerun* r)
{
    return r->tape.record;
}

const json_t* dd_rerun_result(const DdRerun* r)
{
    return r->tape.result;
}

int64_t dd_rerun_last_step(const DdRerun* r)
{
    return r->tape.last_step;
}

int64_t dd_rerun_now(const DdRerun* r)
{
    return r->ep->step;
}

// --- the pose log

static int body_find(const DdWorld* w, const char* name)
{
    for (int i = 0; i < dd_world_body_count(w); i++) {
        if (strcmp(dd_world_body_name(w, i), name) == 0) {
            return i;
        }
    }
    return -1;
}

// The next message of the log becomes `to`.
static bool log_next(DdRerun* r, DdError* err)
{
    Log* log = &r->log;
    DdPlayItem item;
    memcpy(log->from, log->to, (size_t)log->nbody * sizeof *log->from);
    log->from_step = log->to_step;
    dd_error_clear(err);
    if (!dd_play_next(r->tape.play, &item, err)) {
        log->ended = true;
        return err->code == DD_OK;
    }
    for (int i = 0; i < item.nname; i++) {
        int body = body_find(r->ep->world, item.names[i]);
        if (body >= 0) {
            memcpy(log->to[body], item.values + (ptrdiff_t)7 * i, sizeof log->to[body]);
        }
    }
    log->to_step = item.step;
    return true;
}

// Linear in position, along the great circle in orientation.
static void between(const double a[7], const double b[7], double share, double out[7])
{
    double turn[4], rotvec[3], inverse[4], part[4];
    for (int k = 0; k < 3; k++) {
        out[k] = a[k] + share * (b[k] - a[k]);
    }
    dd_quat_conj(inverse, a + 3);
    dd_quat_mul(turn, inverse, b + 3);
    dd_quat_to_rotvec(turn, rotvec);
    for (int k = 0; k < 3; k++) {
        rotvec[k] *= share;
    }
    dd_quat_from_rotvec(part, rotvec);
    dd_quat_mul(out + 3, a + 3, part);
}

static bool log_go(DdRerun* r, int64_t step, DdError* err)
{
    Log* log = &r->log;
    while (!log->ended && log->to_step < step) {
        if (!log_next(r, err)) {
            return false;
        }
    }
    double span = (double)(log->to_step - log->from_step);
    double share = span > 0 ? (double)(step - log->from_step) / span : 1;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    for (int i = 0; i < log->nbody; i++) {
        between(log->from[i], log->to[i], share, log->now[i]);
    }
    dd_world_set_body_poses(r->ep->world, (const double(*)[7])log->now, NULL);
    return true;
}

static bool step_poses(DdRerun* r, DdError* err)
{
    DdEpisode* ep = r->ep;
    if (r->sensed) {
        ep->step++;
    }
    r->sensed = true;
    if (!log_go(r, ep->step, err)) {
        return false;
    }
    dd_sense_tick(ep->sense, ep->step);
    if (dd_sense_failed(ep->sense, err)) {
        return false;
    }
    dd_episode_capture(ep, dd_episode_agents_due(ep));
    return ep->step < r->tape.last_step;
}

// --- stepping

bool dd_rerun_step(DdRerun* r, DdError* err)
{
    DdEpisode* ep = r->ep;
    dd_error_clear(err);
    if (r->def.interrupted && *r->def.interrupted) {
        return dd_fail(err, DD_ERROR_INTERRUPTED, "interrupted");
    }
    if (ep->record && dd_record_failed(ep->record, err)) {
        return false;
    }
    if (r->def.poses) {
        return step_poses(r, err);
    }
    if (r->sensed) {
        if (ep->ended || ep->step >= r->tape.last_step) {
            return false;
        }
        dd_episode_tick_end(ep);
    }
    if (!ep->ended) {
        dd_episode_tick_begin(ep);
    }
    r->sensed = true;
    if (r->differs) {
        return dd_fail(err, DD_ERROR_CANNOT_CHECK,
                       "the simulation differs from the recording at step %" PRId64
                       " (drydock verify says more; --poses shows what its pose log tells)",
                       r->differs_at);
    }
    if (ep->forced && ep->outcome == DD_HARNESS_ERROR) {
        *err = ep->why;
        return false;
    }
    return !ep->ended && ep->step < r->tape.last_step;
}

bool dd_rerun_seek(DdRerun* r, int64_t step, DdError* err)
{
    dd_error_clear(err);
    step = step < 0 ? 0 : step > r->tape.last_step ? r->tape.last_step : step;
    if (r->def.poses) {
        if (step < r->ep->step && !log_begin(r, err)) {
            return false;
        }
        r->ep->step = step;
        r->sensed = true;
        return log_go(r, step, err);
    }
    int best = -1;
    for (int i = 0; i < r->tape.npoint && r->tape.point[i].step <= step; i++) {
        best = i;
    }
    int64_t from = best >= 0 ? r->tape.point[best].step : 0;
    bool back = step < r->ep->step || (r->sensed && step == r->ep->step && r->ep->ended);
    if (back && (r->has_operations || best < 0)) {
        // what operations did to the model is undone by a fresh one only
        dd_episode_destroy(r->ep);
        r->ep = NULL;
        if (!make_episode(r, err)) {
            return false;
        }
        back = false;
    }
    if (best >= 0 && (back || from > r->ep->step)) {
        const struct DdTapePoint* point = &r->tape.point[best];
        r->journal.next = 0;
        while (r->journal.next < r->journal.n && r->journal.entry[r->journal.next].step < from) {
            const DdJournalEntry* entry = &r->journal.entry[r->journal.next++];
            if (entry->slot < 0 && !dd_stage_apply(r->ep->world, &entry->op, err)) {
                return false;
            }
        }
        if (!dd_episode_restore_world(r->ep, point->state, point->n, err)) {
            return false;
        }
        r->ep->next_restore = from + r->ep->restore_every;
        r->ep->started = true;
        r->ep->ended = false;
        r->sensed = false;
        r->ep->hashing = false; // its chain begins somewhere else
    }
    dd_sense_hold_pictures(r->ep->sense, true);
    bool fine = true;
    while (fine && (r->ep->step < step || !r->sensed)) {
        fine = dd_rerun_step(r, err);
    }
    dd_sense_hold_pictures(r->ep->sense, false);
    return err->code == DD_OK;
}

bool dd_rerun_finish(DdRerun* r, DdError* err)
{
    DdRecord* record = r->ep->record;
    r->ep->record = NULL;
    if (!record) {
        return true;
    }
    json_t* result = json_object();
    json_object_set_new(result, "rendering", json_true());
    json_object_set_new(result, "exact", json_boolean(!r->def.poses));
    json_object_set_new(result, "steps", json_integer(r->ep->step));
    json_object_set_new(result, "duration_s", json_real(dd_step_s(r->ep->step, r->ep->physics_hz)));
    bool fine = dd_record_close(record, result, err);
    json_decref(result);
    return fine;
}
