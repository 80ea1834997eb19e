// Story: waits, stage operations and the other things a scenario does while its episode runs.
#include "sim/run/episode_impl.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static DdWait* new_wait(DdEpisode* ep, int* id)
{
    for (int i = 0; i < DD_WAITS_MAX; i++) {
        if (!ep->wait[i].used) {
            ep->wait[i] = (DdWait){.used = true,
                                   .watch = -1,
                                   .since = -1,
                                   .step = INT64_MAX,
                                   .order = ep->wait_order++};
            *id = i;
            return &ep->wait[i];
        }
    }
    return NULL;
}

int dd_episode_wait_step(DdEpisode* ep, int64_t step)
{
    int id;
    DdWait* wait = new_wait(ep, &id);
    if (!wait) {
        return -1;
    }
    wait->step = step > ep->step ? step : ep->step + 1;
    return id;
}

int dd_episode_wait_until(DdEpisode* ep, const char* expr, double hold_s, double timeout_s,
                          DdError* err)
{
    int watch = dd_judge_watch(ep->judge, expr, "wait_until", err);
    if (watch < 0) {
        return -1;
    }
    int id;
    DdWait* wait = new_wait(ep, &id);
    if (!wait) {
        dd_fail(err, DD_ERROR_SCRIPT, "a story waits for at most %d things at once", DD_WAITS_MAX);
        return -1;
    }
    wait->watch = watch;
    wait->hold = dd_steps_of(hold_s, ep->physics_hz);
    if (isfinite(timeout_s)) {
        wait->step = ep->step + dd_steps_of(timeout_s, ep->physics_hz);
        if (wait->step <= ep->step) {
            wait->step = ep->step + 1;
        }
    }
    return id;
}

bool dd_episode_wait_timed_out(const DdEpisode* ep, int wait)
{
    return ep->wait[wait].timed_out;
}

void dd_episode_wait_cancel(DdEpisode* ep, int wait)
{
    if (wait >= 0 && wait < DD_WAITS_MAX) {
        ep->wait[wait].used = false;
    }
}

// Expressions are asked when the measure clock ticked; what holds long enough resumes in the next
// tick's phase 2.
void dd_episode_update_waits(DdEpisode* ep, bool measured)
{
    for (int i = 0; i < DD_WAITS_MAX && measured; i++) {
        DdWait* wait = &ep->wait[i];
        if (!wait->used || wait->watch < 0 || wait->due) {
            continue;
        }
        if (dd_judge_watch_value(ep->judge, wait->watch) > 0) {
            if (wait->since < 0) {
                wait->since = ep->step;
            }
            wait->due = ep->step - wait->since >= wait->hold;
        } else {
            wait->since = -1;
        }
    }
}

static int next_due(const DdEpisode* ep)
{
    int best = -1;
    for (int i = 0; i < DD_WAITS_MAX; i++) {
        const DdWait* wait = &ep->wait[i];
        if (wait->used && (wait->due || wait->step <= ep->step) &&
            (best < 0 || wait->order < ep->wait[best].order)) {
            best = i;
        }
    }
    return best;
}

static void story_raised(DdEpisode* ep, const DdError* err)
{
    dd_episode_fail(ep, err->code == DD_ERROR_INTERNAL ? DD_HARNESS_ERROR : DD_INVALID, err);
}

static void resume_story(DdEpisode* ep)
{
    DdError err;
    dd_error_clear(&err);
    if (!ep->scenario) {
        return;
    }
    // the story begins in phase 2 of step 0, where its first operations belong
    if (!ep->started) {
        ep->started = true;
        if (ep->scenario->start && !ep->scenario->start(ep->scenario->user, ep, &err)) {
            story_raised(ep, &err);
            return;
        }
    }
    if (!ep->scenario->resume || ep->wait_order == 0) {
        return;
    }
    // a wait made while resuming lies in the future, so this ends
    for (int id = next_due(ep); id >= 0 && !ep->forced; id = next_due(ep)) {
        ep->wait[id].timed_out = ep->wait[id].watch >= 0 && !ep->wait[id].due;
        if (!ep->scenario->resume(ep->scenario->user, ep, id, &err)) {
            story_raised(ep, &err);
        }
        ep->wait[id].used = false;
    }
}

static void resume_journal(DdEpisode* ep)
{
    DdJournal* journal = ep->journal;
    while (journal->next < journal->n && journal->entry[journal->next].step == ep->step &&
           journal->entry[journal->next].slot < 0) {
        DdError err;
        dd_error_clear(&err);
        if (!dd_episode_apply(ep, &journal->entry[journal->next++].op, &err)) {
            dd_episode_fail(ep, DD_HARNESS_ERROR, &err);
            return;
        }
    }
}

void dd_episode_resume_due(DdEpisode* ep)
{
    if (ep->journal && !ep->scenario) {
        resume_journal(ep);
    } else {
        resume_story(ep);
    }
}

bool dd_episode_apply(DdEpisode* ep, const DdStageOp* op, DdError* err)
{
    if (!dd_stage_apply(ep->world, op, err)) {
        return false;
    }
    ep->staged = true;
    dd_episode_capture_journal(ep, op->kind, op->target, op->v, DD_STAGE_VALUES);
    return true;
}

bool dd_episode_stage(DdEpisode* ep, const DdStageOp* op, DdError* err)
{
    return dd_episode_apply(ep, op, err);
}

bool dd_episode_signal(const DdEpisode* ep, const char* name, double* value)
{
    int channel, offset;
    const char* unit;
    if (!dd_channels_signal(ep->channels, name, &channel, &offset, &unit)) {
        return false;
    }
    const DdSample* s = dd_channels_latest(ep->channels, channel, INT64_MAX);
    if (!s) {
        return false;
    }
    *value = s->values[offset];
    return true;
}

void dd_episode_event(DdEpisode* ep, const char* kind, const char* subject, const char* json)
{
    if (ep->record) {
        dd_record_event(ep->record, ep->step, kind, subject, json);
    }
}

void dd_episode_event_text(DdEpisode* ep, const char* kind, const char* subject, const char* key,
                           const char* text)
{
    dd_text_clear(&ep->json);
    dd_text_str(&ep->json, "{");
    dd_text_json(&ep->json, key);
    dd_text_str(&ep->json, ":");
    dd_text_json(&ep->json, text);
    dd_text_str(&ep->json, "}");
    dd_episode_event(ep, kind, subject, ep->json.failed ? "{}" : ep->json.data);
}

void dd_episode_log(DdEpisode* ep, const char* level, const char* text, const char* file, int line)
{
    if (ep->record) {
        dd_record_log(ep->record, ep->step, level, file, line, text);
    }
}
