// Episode: create, tick, run, finish. The order inside a tick is the contract of
// docs/determinism.md.
#include "sim/run/episode_impl.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { k_event_room = 16 * 1024 }; // bytes of an event's JSON before it needs more memory

DdEpisodeDef dd_episode_def(void)
{
    DdEpisodeDef def = {.latency = DD_LATENCY_PAUSED};
    return def;
}

// --- making one

// "front", one of its channels "front.depth", or what a receiver tells beside its position.
static bool is_of_sensor(const char* seen, const char* sensor)
{
    size_t n = strlen(sensor);
    return strncmp(seen, sensor, n) == 0 &&
           (seen[n] == 0 || seen[n] == '.' || strcmp(seen + n, "_velocity") == 0);
}

// An optional sensor is made when an agent observes it.
static bool wanted(const DdPlan* plan, const DdSensorDef* sensor)
{
    char full[2 * DD_NAME_MAX + 2];
    snprintf(full, sizeof full, "%s%s%s", sensor->robot, sensor->robot[0] ? "." : "", sensor->name);
    for (int i = 0; i < plan->nslot; i++) {
        const DdSlotDef* slot = &plan->slot[i];
        for (int k = 0; k < slot->observe.n; k++) {
            const char* name = slot->observe.v[k];
            bool own = strcmp(slot->robot, sensor->robot) == 0;
            if ((own && is_of_sensor(name, sensor->name)) || is_of_sensor(name, full)) {
                return true;
            }
        }
    }
    return false;
}

static bool make_channels(DdEpisode* ep, DdError* err)
{
    const DdPlan* plan = ep->plan;

    ep->channels = dd_channels_create(ep->physics_hz);
    ep->sense = dd_sense_create(ep->world, ep->channels, ep->def.seed, plan->def.name,
                                plan->def.measure_hz, err);
    if (!ep->sense) {
        return false;
    }
    if (plan->labels.n > 0 && !dd_sense_set_classes(ep->sense, &plan->labels, err)) {
        return false;
    }
    if (ep->def.mute_pictures) {
        dd_sense_mute_pictures(ep->sense);
    }
    if (ep->def.other_weather && ep->def.rig->has_weather) {
        dd_sense_see_weather(ep->sense, &ep->def.rig->weather, &ep->def.rig->given);
    }
    dd_sense_pictures_from(ep->sense, dd_steps_of(ep->def.pictures_from_s, ep->physics_hz));
    dd_sense_start_time(ep->sense, dd_plan_start_ns(&plan->def));
    for (int i = 0; i < plan->nsensor; i++) {
        if (plan->sensor[i].optional && !wanted(plan, &plan->sensor[i])) {
            continue;
        }
        if (dd_sense_add_sensor(ep->sense, &plan->sensor[i], err) < 0) {
            return false;
        }
    }
    for (int i = 0; i < plan->nmeasure; i++) {
        if (dd_sense_add_measure(ep->sense, &plan->measure[i], err) < 0) {
            return false;
        }
    }
    if (!dd_episode_add_auto_measures(plan, ep->sense, err)) {
        return false;
    }
    dd_channels_start(ep->channels);
    return true;
}

// What the slot is shown: the robot's own channels by their short names, measures by theirs.
static bool make_observation(DdEpisode* ep, DdSlot* slot, DdError* err)
{
    const DdSlotDef* def = slot->def;
    DdObservationSpace* space = &slot->observation;

    if (def->observe.n > DD_OBSERVATION_MAX) {
        return dd_fail(err, DD_ERROR_SCRIPT, "agent '%s': at most %d channels can be observed",
                       def->name, DD_OBSERVATION_MAX);
    }
    for (int i = 0; i < def->observe.n; i++) {
        const char* name = def->observe.v[i];
        char full[2 * DD_NAME_MAX];
        snprintf(full, sizeof full, "%s.%s", def->robot, name);
        int channel = dd_channels_find(ep->channels, full);
        if (channel < 0) {
            channel = dd_channels_find(ep->channels, name);
        }
        if (channel < 0) {
            return dd_fail(err, DD_ERROR_SCRIPT,
                           "agent '%s': no channel '%s' on robot '%s' and no measure of that name",
                           def->name, name, def->robot);
        }
        DdObservationEntry* entry = &space->entry[space->n++];
        snprintf(entry->name, sizeof entry->name, "%s", name);
        entry->channel = channel;
        entry->def = dd_channels_def(ep->channels, channel);
    }
    return true;
}

static bool make_slots(DdEpisode* ep, DdError* err)
{
    const DdPlan* plan = ep->plan;

    ep->nslot = plan->nslot;
    ep->slot = calloc((size_t)(plan->nslot + 1), sizeof *ep->slot);
    ep->info = calloc((size_t)(plan->nslot + 1), sizeof *ep->info);
    DD_ASSERT(ep->slot && ep->info);
    for (int i = 0; i < plan->nslot; i++) {
        DdSlot* slot = &ep->slot[i];
        slot->def = &plan->slot[i];
        slot->robot = dd_plan_robot(plan, slot->def->robot);
        if (!slot->robot) {
            return dd_fail(err, DD_ERROR_SCRIPT, "agent '%s': there is no robot '%s'",
                           slot->def->name, slot->def->robot);
        }
        slot->drive =
            dd_drive_create(slot->robot->desc, ep->world, slot->def->robot,
                            (const char(*)[DD_NAME_MAX])slot->def->act.v, slot->def->act.n, err);
        if (!slot->drive) {
            return dd_fail_while(err, "agent '%s'", slot->def->name);
        }
        const DdActionSpace* space = dd_drive_space(slot->drive);
        slot->pending = calloc((size_t)DD_PENDING_MAX * (size_t)(space->n + 1), sizeof(double));
        slot->applied = calloc((size_t)(space->n + 1), sizeof(double));
        DD_ASSERT(slot->pending && slot->applied);
        if (!make_observation(ep, slot, err)) {
            return false;
        }
        ep->info[i] = (DdAgentInfo){
            .instruction_en = plan->def.instruction_en,
            .instruction_ko = plan->def.instruction_ko,
            .robot = slot->def->robot,
            .agent_hz = plan->def.agent_hz,
            .duration_s = plan->def.duration_s,
        };
    }
    return true;
}

DdEpisode* dd_episode_from_plan(const DdEpisodeDef* def, DdPlan* plan, bool own, DdOutcome* outcome,
                                DdError* err)
{
    DdEpisode* ep = calloc(1, sizeof *ep);
    DD_ASSERT(ep);
    ep->def = *def;
    ep->plan = plan;
    ep->owns_plan = own;
    ep->physics_hz = plan->def.physics_hz;
    ep->agent_rate = dd_rate(plan->def.agent_hz);
    ep->last_step = dd_steps_of(plan->def.duration_s, ep->physics_hz);
    ep->restore_every = dd_steps_of(plan->def.restore_every_s, ep->physics_hz);
    if (ep->restore_every < 1) {
        ep->restore_every = 1;
    }
    ep->end_step = -1;
    ep->reward_id = -1;
    *outcome = DD_INVALID;

    ep->world = dd_compose_compile(plan->compose, err);
    if (!ep->world) {
        dd_episode_destroy(ep);
        return NULL;
    }
    for (int i = 0; i < plan->nrobot; i++) {
        if (!dd_robot_start(plan->robot[i].desc, ep->world, plan->robot[i].placement.name, err)) {
            dd_episode_destroy(ep);
            return NULL;
        }
    }
    // step 0 must be consistent before controllers and sensors read it
    if (!dd_world_forward(ep->world, err) || !dd_episode_default_report(ep, err) ||
        !make_channels(ep, err) || !make_slots(ep, err)) {
        dd_episode_destroy(ep);
        return NULL;
    }
    int64_t rows = (int64_t)(plan->def.duration_s * plan->def.measure_hz) + 2;
    ep->judge = dd_judge_create_for(ep->channels, plan->requirement, plan->nrequirement,
                                    (const char(*)[DD_NAME_MAX])plan->report, plan->nreport,
                                    plan->def.measure_hz, rows, err);
    if (!ep->judge) {
        dd_episode_destroy(ep);
        return NULL;
    }
    if (plan->def.reward[0]) {
        ep->reward_id = dd_judge_reward(ep->judge, plan->def.reward, err);
        if (ep->reward_id < 0) {
            dd_episode_destroy(ep);
            return NULL;
        }
    }
    ep->state_size = dd_episode_state_size(ep);
    ep->state = malloc((size_t)ep->state_size * sizeof(double));
    // hashes gather between two agent ticks, which may be a second apart
    ep->hash_room = (int)(ep->physics_hz / dd_rate_hz(ep->agent_rate)) + 2;
    ep->hashes = malloc((size_t)ep->hash_room * sizeof *ep->hashes);
    ep->action = calloc(DD_ACTION_DIM_MAX * DD_ACTION_PARTS_MAX, sizeof *ep->action);
    ep->seen = calloc(1, sizeof *ep->seen);
    DD_ASSERT(ep->state && ep->hashes && ep->action && ep->seen);
    dd_text_add(&ep->json, "%*s", k_event_room, "");
    ep->hash_first = 1;

    // the first command of every robot is its default action, also without any agent
    for (int i = 0; i < ep->nslot; i++) {
        DdSlot* slot = &ep->slot[i];
        dd_action_default(dd_drive_space(slot->drive), slot->applied);
        dd_drive_command(slot->drive, slot->applied);
    }
    return ep;
}

DdEpisode* dd_episode_create(const DdEpisodeDef* def, const DdScenario* scenario,
                             DdOutcome* outcome, DdError* err)
{
    *outcome = DD_INVALID;
    DdPlan* plan = scenario->build(scenario->user, def->seed, def->overrides, err);
    if (!plan) {
        return NULL;
    }
    if (def->duration_s > 0 && def->duration_s < plan->def.duration_s) {
        plan->def.duration_s = def->duration_s;
    }
    if (def->rig && def->rig->has_weather) {
        dd_fail(err, DD_ERROR_ARGUMENT,
                "--sensors: weather in a rig is for drydock render; a live "
                "run has the weather of its scenario");
        dd_plan_destroy(plan);
        return NULL;
    }
    if (def->rig && !dd_rig_apply(def->rig, plan, err)) {
        dd_plan_destroy(plan);
        return NULL;
    }
    DdEpisode* ep = dd_episode_from_plan(def, plan, true, outcome, err);
    if (!ep) {
        return NULL;
    }
    ep->scenario = scenario;
    if (!dd_episode_check_start(ep, err)) {
        dd_episode_destroy(ep);
        return NULL;
    }
    return ep;
}

bool dd_episode_record(DdEpisode* ep, DdError* err)
{
    DD_ASSERT(ep->def.record && !ep->record && ep->step == 0);
    return dd_episode_open_record(ep, err);
}

void dd_episode_destroy(DdEpisode* ep)
{
    if (!ep) {
        return;
    }
    if (ep->record) {
        // not finished in order: what was written stays readable, without a result
        dd_record_close(ep->record, NULL, NULL);
    }
    for (int i = 0; i < ep->nslot; i++) {
        dd_drive_destroy(ep->slot[i].drive);
        free(ep->slot[i].pending);
        free(ep->slot[i].applied);
    }
    free(ep->slot);
    free(ep->info);
    dd_judge_destroy(ep->judge);
    dd_sense_destroy(ep->sense);
    dd_channels_destroy(ep->channels);
    dd_world_destroy(ep->world);
    if (ep->owns_plan) {
        dd_plan_destroy(ep->plan);
    }
    free(ep->state);
    free(ep->hashes);
    free(ep->action);
    free(ep->seen);
    dd_text_free(&ep->json);
    free(ep->pose);
    free(ep->moving);
    free(ep->pose_mask);
    free(ep);
}

// --- plain questions

const DdPlan* dd_episode_plan(const DdEpisode* ep)
{
    return ep->plan;
}

DdWorld* dd_episode_world(DdEpisode* ep)
{
    return ep->world;
}

const DdChannels* dd_episode_channels(const DdEpisode* ep)
{
    return ep->channels;
}

int dd_episode_slots(const DdEpisode* ep)
{
    return ep->nslot;
}

const DdObservationSpace* dd_episode_observation_space(const DdEpisode* ep, int slot)
{
    return &ep->slot[slot].observation;
}

const DdActionSpace* dd_episode_action_space(const DdEpisode* ep, int slot)
{
    return dd_drive_space(ep->slot[slot].drive);
}

DdAgentInfo dd_episode_info(const DdEpisode* ep, int slot)
{
    return ep->info[slot];
}

int64_t dd_episode_step(const DdEpisode* ep)
{
    return ep->step;
}

double dd_episode_time(const DdEpisode* ep)
{
    return dd_step_s(ep->step, ep->physics_hz);
}

bool dd_episode_ended(const DdEpisode* ep)
{
    return ep->ended;
}

double dd_episode_reward(const DdEpisode* ep)
{
    return ep->reward;
}

bool dd_episode_agents_due(const DdEpisode* ep)
{
    return dd_rate_due(ep->agent_rate, ep->physics_hz, ep->step);
}

// --- the end

static void end_now(DdEpisode* ep)
{
    if (!ep->ended) {
        ep->ended = true;
        ep->end_step = ep->step;
    }
}

void dd_episode_fail(DdEpisode* ep, DdOutcome outcome, const DdError* why)
{
    if (ep->forced) {
        return; // the first cause counts
    }
    ep->forced = true;
    ep->outcome = outcome;
    ep->why = *why;
    end_now(ep);
    dd_episode_event_text(ep, "error", dd_outcome_name(outcome), "text", why->text);
}

void dd_episode_end(DdEpisode* ep, DdOutcome outcome, const DdError* why)
{
    dd_episode_fail(ep, outcome, why);
}

void dd_episode_done(DdEpisode* ep, const char* reason)
{
    if (!ep->done) {
        ep->done = true;
        snprintf(ep->done_reason, sizeof ep->done_reason, "%s", reason);
        dd_text_clean(ep->done_reason);
        dd_episode_event_text(ep, "done", ep->done_reason, "reason", ep->done_reason);
    }
}

// --- the tick

// Save, then restore itself from exactly these bytes: a replay that starts here is bit-identical.
static bool restore_point(DdEpisode* ep, DdError* err)
{
    dd_episode_snapshot(ep, ep->state);
    if (ep->on_restore) {
        ep->on_restore(ep->on_user, ep->step, ep->state, ep->state_size);
    }
    if (ep->record) {
        dd_episode_capture_restore(ep);
    }
    return dd_episode_restore(ep, ep->state, err);
}

void dd_episode_tick_begin(DdEpisode* ep)
{
    DdError err;
    dd_error_clear(&err);

    if (ep->step > 0 && ep->step == ep->next_restore) {
        if (!restore_point(ep, &err)) {
            dd_episode_fail(ep, DD_FAIL, &err);
            return;
        }
    }
    if (ep->step >= ep->next_restore) {
        ep->next_restore += ep->restore_every;
    }

    // 1 positions and velocities of step n
    if (dd_stage_active(ep->world)) {
        dd_stage_step(ep->world);
    }
    if (!dd_world_step1(ep->world, &err)) {
        dd_episode_fail(ep, DD_FAIL, &err);
        return;
    }

    // 2 stage operations, and step n again if there were any
    ep->staged = false;
    // a story that raised has ended the episode here; the step is still measured, as a replay does
    dd_episode_resume_due(ep);
    if (ep->staged && !dd_world_step1(ep->world, &err)) {
        dd_episode_fail(ep, DD_FAIL, &err);
        return;
    }

    // 3 sensors and measures
    bool measured = dd_sense_tick(ep->sense, ep->step);
    if (dd_sense_failed(ep->sense, &err)) {
        dd_episode_fail(ep, DD_HARNESS_ERROR, &err);
    }

    // 4 monitors, end conditions
    if (measured) {
        dd_judge_tick(ep->judge, ep->step);
    }
    dd_episode_update_waits(ep, measured);
    bool agents = dd_episode_agents_due(ep);
    if (agents && ep->reward_id >= 0) {
        ep->reward = dd_judge_reward_value(ep->judge, ep->reward_id);
    }
    if (ep->step >= ep->last_step || ep->done ||
        (ep->plan->def.end_when_decided && !ep->journal && measured &&
         dd_judge_decided(ep->judge))) {
        end_now(ep);
    }
    dd_episode_capture(ep, agents || ep->ended);
}

// Actions whose latency has passed reach the controllers.
static void deliver(DdEpisode* ep)
{
    for (int i = 0; i < ep->nslot; i++) {
        DdSlot* slot = &ep->slot[i];
        int n = dd_drive_space(slot->drive)->n;
        while (slot->pending_count > 0 && slot->pending_step[slot->pending_head] <= ep->step) {
            const double* action = slot->pending + (size_t)slot->pending_head * (size_t)n;
            memcpy(slot->applied, action, (size_t)n * sizeof *action);
            slot->pending_head = (slot->pending_head + 1) % DD_PENDING_MAX;
            slot->pending_count--;
            dd_drive_command(slot->drive, slot->applied);
            dd_episode_capture_journal(ep, "action", slot->def->robot, slot->applied, n);
            if (ep->record) {
                dd_record_action(ep->record, slot->record_slot, ep->step, slot->applied);
            }
        }
    }
}

// In a replay the journal delivers.
static void deliver_journal(DdEpisode* ep)
{
    DdJournal* journal = ep->journal;
    while (journal->next < journal->n && journal->entry[journal->next].step == ep->step) {
        const DdJournalEntry* entry = &journal->entry[journal->next++];
        if (entry->slot < 0) {
            continue; // an operation: the script that runs beside makes its own
        }
        DdSlot* slot = &ep->slot[entry->slot];
        int n = dd_drive_space(slot->drive)->n;
        memcpy(slot->applied, entry->action, (size_t)n * sizeof(double));
        dd_drive_command(slot->drive, slot->applied);
        dd_episode_capture_journal(ep, "action", slot->def->robot, slot->applied, n);
    }
}

void dd_episode_tick_end(DdEpisode* ep)
{
    DdError err;
    dd_error_clear(&err);

    // 5 actions whose latency has passed
    if (ep->journal) {
        deliver_journal(ep);
    } else {
        deliver(ep);
    }

    // 6 controllers, forces, step n+1
    for (int i = 0; i < ep->nslot; i++) {
        dd_drive_step(ep->slot[i].drive, ep->step);
    }
    if (!dd_world_step2(ep->world, &err)) {
        dd_episode_fail(ep, DD_FAIL, &err);
        return;
    }
    ep->step++;
    dd_sense_after_step(ep->sense, ep->step);
    if (ep->hashing) {
        ep->hash = dd_world_state_hash(ep->world, ep->hash);
        if (ep->on_hash) {
            ep->on_hash(ep->on_user, ep->step, ep->hash);
        } else {
            ep->hashes[ep->nhash++] = ep->hash;
            if (ep->nhash == ep->hash_room) {
                dd_episode_flush_hashes(ep);
            }
        }
    }
}

bool dd_episode_advance(DdEpisode* ep)
{
    if (ep->ended) {
        return false;
    }
    if (ep->mid_tick) {
        ep->mid_tick = false;
        dd_episode_tick_end(ep);
    }
    while (!ep->ended) {
        dd_episode_tick_begin(ep);
        if (ep->ended) {
            break;
        }
        if (dd_episode_agents_due(ep)) {
            DdError err;
            if (ep->record && dd_record_failed(ep->record, &err)) {
                dd_episode_fail(ep, DD_HARNESS_ERROR, &err);
                break;
            }
            ep->mid_tick = true;
            return true;
        }
        dd_episode_tick_end(ep);
    }
    return false;
}

void dd_episode_observe(DdEpisode* ep, int slot, DdObservation* o)
{
    const DdObservationSpace* space = &ep->slot[slot].observation;

    o->step = ep->step;
    o->time_s = dd_step_s(ep->step, ep->physics_hz);
    o->n = space->n;
    for (int i = 0; i < space->n; i++) {
        const DdSample* s = dd_channels_latest(ep->channels, space->entry[i].channel, ep->step);
        o->values[i] = s ? s->values : NULL;
        o->age_s[i] = s ? dd_step_s(ep->step - s->step, ep->physics_hz) : INFINITY;
        o->sequence[i] = s ? s->sequence : -1;
        o->blob[i] = s ? s->blob : NULL;
    }
}

void dd_episode_act(DdEpisode* ep, int slot_index, double* action, double latency_s)
{
    DdSlot* slot = &ep->slot[slot_index];
    DdActionSpace* space = (DdActionSpace*)dd_drive_space(slot->drive);
    DdError err;
    dd_error_clear(&err);

    DD_ASSERT(ep->mid_tick || ep->ended);
    if (ep->ended) {
        return;
    }
    slot->acts++;
    DdActionCheck check = dd_action_check(space, action, &err);
    if (check == DD_ACTION_WRONG) {
        dd_episode_fail(ep, DD_AGENT_ERROR, &err);
        return;
    }
    if (check == DD_ACTION_CLIPPED) {
        if (slot->def->reject) {
            dd_fail(&err, DD_ERROR_AGENT, "the action of agent '%s' is out of range",
                    slot->def->name);
            dd_episode_fail(ep, DD_AGENT_ERROR, &err);
            return;
        }
        slot->clipped++;
    }

    // the charged latency, in whole steps, rounded up
    double latency = ep->def.latency == DD_LATENCY_PAUSED  ? 0
                     : ep->def.latency == DD_LATENCY_FIXED ? ep->def.latency_s
                                                           : latency_s;
    int64_t steps = (int64_t)ceil(latency * ep->physics_hz - 1e-9);
    int64_t due = ep->step + (steps > 0 ? steps : 0);
    slot->latency_sum += (double)(due - ep->step) / ep->physics_hz;
    slot->latency_max = fmax(slot->latency_max, (double)(due - ep->step) / ep->physics_hz);
    if (due < slot->last_due) {
        due = slot->last_due;
    }
    slot->last_due = due;
    if (slot->pending_count == DD_PENDING_MAX) {
        dd_fail(&err, DD_ERROR_AGENT,
                "more than %d actions of agent '%s' are on their way: its latency of "
                "%g s is too long for %g Hz",
                DD_PENDING_MAX, slot->def->name, latency, ep->plan->def.agent_hz);
        dd_episode_fail(ep, DD_AGENT_ERROR, &err);
        return;
    }
    int at = (slot->pending_head + slot->pending_count) % DD_PENDING_MAX;
    slot->pending_step[at] = due;
    memcpy(slot->pending + (size_t)at * (size_t)space->n, action,
           (size_t)space->n * sizeof *action);
    slot->pending_count++;
}

static double wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool dd_episode_decide(DdEpisode* ep, DdAgent* const* agents, DdByHand by_hand, void* user)
{
    DdError err;
    dd_error_clear(&err);
    if (ep->def.interrupted && *ep->def.interrupted) {
        dd_fail(&err, DD_ERROR_INTERRUPTED, "interrupted at %.3f s of simulated time",
                dd_episode_time(ep));
        dd_episode_fail(ep, DD_HARNESS_ERROR, &err);
        return false;
    }
    if (ep->def.progress) {
        *ep->def.progress = ep->step;
    }
    for (int i = 0; i < ep->nslot && !ep->ended; i++) {
        dd_episode_observe(ep, i, ep->seen);
        dd_error_clear(&err);
        if (!ep->decided && !dd_agent_reset(agents[i], ep->seen, &ep->info[i], &err)) {
            dd_episode_fail(ep, DD_AGENT_ERROR, &err);
            break;
        }
        bool timed = ep->def.latency == DD_LATENCY_MEASURED;
        double from = timed ? wall_s() : 0;
        if (!dd_agent_act(agents[i], ep->seen, ep->action, &err)) {
            dd_episode_fail(ep, DD_AGENT_ERROR, &err);
            break;
        }
        if (by_hand) {
            by_hand(user, i, ep->action);
        }
        dd_episode_act(ep, i, ep->action, timed ? wall_s() - from : 0);
    }
    ep->decided = true;
    return !ep->ended;
}

void dd_episode_note_usage(DdEpisode* ep, DdAgent* const* agents)
{
    for (int i = 0; i < ep->nslot; i++) {
        ep->slot[i].usage = dd_agent_usage(agents[i]);
        ep->slot[i].counted = agents[i]->kind->usage != NULL;
    }
}

void dd_episode_run(DdEpisode* ep, DdAgent* const* agents)
{
    while (dd_episode_advance(ep) && dd_episode_decide(ep, agents, NULL, NULL)) {
    }
    dd_episode_note_usage(ep, agents);
}

DdStanding dd_episode_standing(const DdEpisode* ep, int requirement)
{
    return dd_judge_standing(ep->judge, requirement);
}
