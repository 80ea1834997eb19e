// Result: how an episode ended, as the scorecard's episode object.
#include "sim/run/episode_impl.h"

#include <string.h>

static json_t* usage_to_json(DdLuaUsage u)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "load_units", (json_int_t)u.load_units,
                     "call_units_max", (json_int_t)u.call_units_max, "episode_units",
                     (json_int_t)u.episode_units, "memory_max", (json_int_t)u.memory_max);
}

static json_t* slot_counters(const DdSlot* slot)
{
    double mean = slot->acts > 0 ? slot->latency_sum / (double)slot->acts : 0;
    return json_pack("{s:I, s:I, s:f, s:f}", "acts", (json_int_t)slot->acts, "clipped",
                     (json_int_t)slot->clipped, "latency_mean_s", mean, "latency_max_s",
                     slot->latency_max);
}

static json_t* counters(const DdEpisode* ep)
{
    json_t* j = json_object();
    for (int i = 0; i < ep->nslot; i++) {
        const char* name = ep->slot[i].def->name;
        json_object_set_new(j, name[0] ? name : "agent", slot_counters(&ep->slot[i]));
    }
    json_object_set_new(j, "samples_dropped", json_integer(dd_sense_dropped(ep->sense)));
    json_object_set_new(j, "pictures_dropped",
                        json_integer(ep->record ? dd_record_dropped(ep->record) : 0));
    return j;
}

// What the guests used, by slot, and the scenario.
static json_t* budgets(const DdEpisode* ep)
{
    json_t* j = json_object();
    if (ep->scenario && ep->scenario->usage) {
        json_object_set_new(j, "scenario", usage_to_json(ep->scenario->usage(ep->scenario->user)));
    }
    for (int i = 0; i < ep->nslot; i++) {
        const char* name = ep->slot[i].def->name;
        if (ep->slot[i].counted) {
            json_object_set_new(j, name[0] ? name : "agent", usage_to_json(ep->slot[i].usage));
        }
    }
    return j;
}

// The object of one scored episode; `reason` and `outcome` are final.
json_t* dd_result_object(uint64_t seed, DdOutcome outcome, const char* reason, double duration_s,
                         int64_t steps, const json_t* params, const DdScore* score)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    json_t* j = json_object();
    // small seeds as numbers, which is what people read; the rest as text, exact
    json_object_set_new(j, "seed",
                        seed <= (1ull << 53) ? json_integer((json_int_t)seed) : json_string(text));
    json_object_set_new(j, "outcome", json_string(dd_outcome_name(outcome)));
    json_object_set_new(j, "reason", json_string(reason));
    json_object_set_new(j, "duration_s", json_real(duration_s));
    json_object_set_new(j, "steps", json_integer((json_int_t)steps));
    json_object_set(j, "params", (json_t*)params);
    json_t* scored = dd_score_to_json(score);
    json_object_update(j, scored);
    json_decref(scored);
    return j;
}

void dd_episode_finish(DdEpisode* ep, DdResult* result)
{
    memset(result, 0, sizeof *result);
    if (!ep->ended) {
        ep->ended = true;
        ep->end_step = ep->step;
    }
    if (ep->scenario && ep->scenario->finish) {
        ep->scenario->finish(ep->scenario->user, ep);
    }
    DdScore score = dd_judge_finish(ep->judge);
    result->outcome = ep->forced ? ep->outcome : score.outcome;
    const char* reason = ep->forced ? ep->why.text : score.reason;

    double duration = dd_step_s(ep->end_step, ep->physics_hz);
    result->json = dd_result_object(ep->def.seed, result->outcome, reason, duration, ep->end_step,
                                    ep->plan->params, &score);
    if (ep->done) {
        json_object_set_new(result->json, "done", json_string(ep->done_reason));
    }
    if (ep->forced) {
        json_object_set_new(result->json, "error", json_string(dd_error_name(ep->why.code)));
        if (ep->why.traceback[0]) {
            json_object_set_new(result->json, "traceback", json_string(ep->why.traceback));
        }
    }
    json_object_set_new(result->json, "counters", counters(ep));
    json_object_set_new(result->json, "budgets", budgets(ep));
    snprintf(result->reason, sizeof result->reason, "%s", reason);

    if (ep->record) {
        DdError err;
        dd_error_clear(&err);
        dd_episode_flush_hashes(ep);
        char hash[20];
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)ep->hash);
        json_object_set_new(result->json, "state_hash", json_string(hash));
        DdRecord* record = ep->record;
        ep->record = NULL;
        if (!dd_record_close(record, result->json, &err)) {
            // what was recorded stays readable; the episode does not count
            result->outcome = DD_HARNESS_ERROR;
            snprintf(result->reason, sizeof result->reason, "%.1000s", err.text);
            json_object_set_new(result->json, "outcome",
                                json_string(dd_outcome_name(DD_HARNESS_ERROR)));
            json_object_set_new(result->json, "reason", json_string(result->reason));
            json_object_set_new(result->json, "error", json_string(dd_error_name(err.code)));
        }
    }
}

void dd_result_clear(DdResult* r)
{
    json_decref(r->json);
    r->json = NULL;
}
