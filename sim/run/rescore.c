// Re-score: the same judge over recorded samples; with new measures, over a replay.
#include "sim/run/replay_impl.h"

#include <string.h>

// A recorded sample that waits until the clock reaches the step it was measured at.
typedef struct Held {
    int channel;
    int64_t step;
    double* values;
    int n;
} Held;

typedef struct Feed {
    DdEpisode* ep;
    Held* held; // ring
    int head, count, room;
    bool ended;     // no more items
    int64_t newest; // avail_step of the last item read
} Feed;

static void hold(Feed* f, int channel, const DdPlayItem* item)
{
    if (f->count == f->room) {
        int room = f->room ? 2 * f->room : 1024;
        Held* held = malloc((size_t)room * sizeof *held);
        DD_ASSERT(held);
        for (int i = 0; i < f->count; i++) {
            held[i] = f->held[(f->head + i) % f->room];
        }
        free(f->held);
        f->held = held;
        f->room = room;
        f->head = 0;
    }
    Held* h = &f->held[(f->head + f->count++) % f->room];
    h->channel = channel;
    h->step = item->step;
    h->n = item->n;
    h->values = malloc((size_t)item->n * sizeof(double) + 1);
    DD_ASSERT(h->values);
    memcpy(h->values, item->values, (size_t)item->n * sizeof(double));
}

// Reads on until everything measured up to `step` is in hand.
static bool read_to(Feed* f, DdPlay* play, int64_t step, int64_t latency, DdError* err)
{
    DdPlayItem item;
    while (!f->ended && f->newest <= step + latency) {
        if (!dd_play_next(play, &item, err)) {
            f->ended = true;
            return err->code == DD_OK;
        }
        f->newest = item.avail_step;
        int channel = dd_channels_find(f->ep->channels, item.channel);
        if (channel >= 0) {
            hold(f, channel, &item);
        }
    }
    return true;
}

// Into the table with what was measured by `step`. True when something was measured at it.
static bool push_to(Feed* f, int64_t step)
{
    bool at_step = false;
    int left = f->count;
    for (int i = 0; i < left; i++) {
        Held h = f->held[f->head];
        f->head = (f->head + 1) % f->room;
        f->count--;
        if (h.step <= step) {
            memcpy(dd_channels_push(f->ep->channels, h.channel, h.step), h.values,
                   (size_t)h.n * sizeof(double));
            at_step = at_step || h.step == step;
            free(h.values);
        } else {
            f->held[(f->head + f->count++) % f->room] = h;
        }
    }
    return at_step;
}

static bool feed_judge(DdEpisode* ep, DdTape* tape, DdError* err)
{
    Feed f = {.ep = ep, .newest = -1};
    DdRate rate = dd_rate(ep->plan->def.measure_hz);
    int64_t latency = 0;
    for (int i = 0; i < dd_channels_count(ep->channels); i++) {
        int64_t l = dd_channels_def(ep->channels, i)->latency_steps;
        latency = l > latency ? l : latency;
    }
    dd_play_rewind(tape->play);
    dd_play_select(tape->play, DD_PLAY_SAMPLE, NULL);
    dd_error_clear(err);
    bool fine = true;
    for (int64_t step = 0; step <= tape->last_step && fine;
         step = dd_rate_next(rate, ep->physics_hz, step)) {
        fine = read_to(&f, tape->play, step, latency, err);
        bool at_step = push_to(&f, step);
        while (dd_channels_take(ep->channels, INT64_MAX)) {
            // nobody else reads them
        }
        // a run that broke down in its last step did not measure there
        if (fine && (at_step || step < tape->last_step)) {
            dd_judge_tick(ep->judge, step);
        }
    }
    while (f.count > 0) {
        free(f.held[f.head].values);
        f.head = (f.head + 1) % f.room;
        f.count--;
    }
    free(f.held);
    return fine;
}

static bool replay_all(DdEpisode* ep, const DdTape* tape)
{
    while (!ep->ended && ep->step < tape->last_step) {
        dd_episode_tick_begin(ep);
        if (!ep->ended) {
            dd_episode_tick_end(ep);
        }
    }
    if (!ep->ended) {
        dd_episode_tick_begin(ep);
    }
    return true;
}

// The recorded scenario with more measures and requirements.
static bool add_to_plan(DdPlan* plan, const DdPlan* add, DdError* err)
{
    for (int i = 0; i < add->nmeasure; i++) {
        if (!dd_plan_add_measure(plan, &add->measure[i], err)) {
            return false;
        }
    }
    for (int i = 0; i < add->nrequirement; i++) {
        if (!dd_plan_add_requirement(plan, &add->requirement[i], err)) {
            return false;
        }
    }
    for (int i = 0; i < add->nreport; i++) {
        if (!dd_plan_add_report(plan, add->report[i], err)) {
            return false;
        }
    }
    return true;
}

static void fill_result(DdEpisode* ep, const DdTape* tape, DdResult* result)
{
    DdScore score = dd_judge_finish(ep->judge);
    const char* reason = score.reason;
    result->outcome = score.outcome;

    // an episode that broke off keeps the outcome it broke off with
    if (json_object_get(tape->result, "error")) {
        const char* outcome = json_string_value(json_object_get(tape->result, "outcome"));
        const char* why = json_string_value(json_object_get(tape->result, "reason"));
        if (outcome && dd_outcome_find(outcome, &result->outcome)) {
            reason = why ? why : "";
        }
    }
    snprintf(result->reason, sizeof result->reason, "%s", reason);
    json_t* scored = dd_result_object(tape->seed, result->outcome, result->reason,
                                      dd_step_s(tape->last_step, ep->physics_hz), tape->last_step,
                                      json_object_get(tape->record, "params"), &score);
    // what no recording can tell again (counters, budgets) is kept as it was
    static const char* const k_kept[] = {"done",     "error",   "traceback",
                                         "counters", "budgets", "state_hash"};
    for (size_t i = 0; i < sizeof k_kept / sizeof k_kept[0]; i++) {
        json_t* value = json_object_get(tape->result, k_kept[i]);
        if (value) {
            json_object_set(scored, k_kept[i], value);
        }
    }
    result->json = scored;
}

bool dd_rescore_episode(const char* mcap_path, const char* files_dir, const DdPlan* add,
                        DdResult* result, DdError* err)
{
    DdTape tape;
    memset(result, 0, sizeof *result);
    if (!dd_tape_open(&tape, mcap_path, files_dir, true, err)) {
        dd_tape_close(&tape);
        return false;
    }
    DdPlan* plan = dd_tape_plan(&tape, err);
    if (!plan || (add && !add_to_plan(plan, add, err))) {
        dd_plan_destroy(plan);
        dd_tape_close(&tape);
        return false;
    }
    DdJournal journal;
    DdEpisode* ep = dd_tape_episode(&tape, plan, &journal, err);
    bool fine = ep != NULL;
    if (fine) {
        fine = add ? replay_all(ep, &tape) : feed_judge(ep, &tape, err);
    }
    if (fine) {
        fill_result(ep, &tape, result);
    }
    dd_episode_destroy(ep);
    dd_tape_close(&tape);
    return fine;
}
