// From script: run the recorded script again beside the journal's actions, which shows that the
// script made the recorded composition and every recorded stage operation.
#include "sim/run/replay_impl.h"

#include <inttypes.h>
#include <string.h>

typedef struct Compare {
    const DdTape* tape;
    int next; // next entry of the tape's journal
    bool differs;
    int64_t step;
    char text[512];
} Compare;

static void differs(Compare* c, int64_t step, const char* made, const char* recorded)
{
    if (!c->differs) {
        c->differs = true;
        c->step = step;
        snprintf(c->text, sizeof c->text,
                 "diverged at step %" PRId64 " in the journal: the script made %s, recorded was %s",
                 step, made, recorded);
    }
}

static void on_journal(void* user, int64_t step, const char* kind, const char* subject,
                       const double* values, int n)
{
    Compare* c = user;
    char made[2 * DD_NAME_MAX];
    snprintf(made, sizeof made, "%s(%s)", kind, subject);
    if (strcmp(kind, "action") == 0) {
        c->next++; // actions come from the tape itself
        return;
    }
    const DdJournalEntry* entry = c->next < c->tape->nentry ? &c->tape->entry[c->next] : NULL;
    c->next++;
    if (!entry || entry->slot >= 0) {
        differs(c, step, made, entry ? "an action" : "nothing");
        return;
    }
    char recorded[2 * DD_NAME_MAX];
    snprintf(recorded, sizeof recorded, "%s(%s)", entry->op.kind, entry->op.target);
    size_t size = (size_t)(n < DD_STAGE_VALUES ? n : DD_STAGE_VALUES) * sizeof *values;
    if (entry->step != step || strcmp(entry->op.kind, kind) != 0 ||
        strcmp(entry->op.target, subject) != 0 || memcmp(entry->op.v, values, size) != 0) {
        differs(c, step, made, recorded);
    }
}

static bool same_plan(const DdTape* tape, const DdPlan* plan)
{
    json_t* made = dd_plan_to_json(plan);
    bool same = json_equal(made, json_object_get(tape->record, "plan"));
    json_decref(made);
    return same;
}

bool dd_verify_script(DdTape* tape, const DdVerifyDef* def, DdVerify* out, DdError* err)
{
    const DdScenario* scenario = def->from_script;
    DdPlan* plan =
        scenario->build(scenario->user, tape->seed, json_object_get(tape->record, "params"), err);
    if (!plan) {
        return dd_fail_while(err, "the recorded script");
    }
    // a run may have been told to end earlier than its scenario says
    plan->def.duration_s = json_number_value(json_object_get(
        json_object_get(json_object_get(tape->record, "plan"), "scenario"), "duration_s"));
    DdJournal journal;
    DdEpisode* ep = dd_tape_episode(tape, plan, &journal, err);
    if (!ep) {
        return false;
    }
    Compare compare = {.tape = tape};
    if (!same_plan(tape, ep->plan)) {
        out->verdict = DD_VERIFY_DIVERGED;
        snprintf(out->text, sizeof out->text,
                 "diverged at step 0: the script builds another world than "
                 "the recorded composition");
    } else {
        ep->scenario = scenario;
        ep->on_journal = on_journal;
        ep->on_user = &compare;
        while (!ep->ended && ep->step < tape->last_step && !compare.differs) {
            dd_episode_tick_begin(ep);
            if (!ep->ended) {
                dd_episode_tick_end(ep);
            }
        }
        if (!compare.differs && compare.next != tape->nentry) {
            // actions of the last tick may be undelivered; operations may not be missing
            for (int i = compare.next; i < tape->nentry; i++) {
                if (tape->entry[i].slot < 0) {
                    differs(&compare, tape->entry[i].step, "nothing", tape->entry[i].op.kind);
                }
            }
        }
        if (compare.differs) {
            out->verdict = DD_VERIFY_DIVERGED;
            out->step = compare.step;
            snprintf(out->text, sizeof out->text, "%s", compare.text);
        }
    }
    if (scenario->finish) {
        scenario->finish(scenario->user, ep);
    }
    dd_episode_destroy(ep);
    return true;
}
