// Scorecard of a run: what many episodes come to. Works on the episode objects alone, so that a run
// and its later re-scoring are the same code.
#include <math.h>
#include <string.h>

#include "sim/score/score.h"
#include "sim/score/stats.h"

static const double k_level = 0.95;

static const char* string_of(const json_t* object, const char* key)
{
    const char* s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

static DdOutcome outcome_of(const json_t* episode)
{
    DdOutcome o;
    // what says nothing about itself was not run to its end
    return dd_outcome_find(string_of(episode, "outcome"), &o) ? o : DD_HARNESS_ERROR;
}

static json_t* number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

// --- requirements ---

// One row per name, in the order of first appearance.
static json_t* requirements(const json_t* episodes)
{
    json_t* rows = json_object(); // name -> row
    size_t i, k;
    const json_t *episode, *r;
    json_array_foreach((json_t*)episodes, i, episode)
    {
        json_array_foreach(json_object_get(episode, "requirements"), k, r)
        {
            const char* name = string_of(r, "name");
            json_t* row = json_object_get(rows, name);
            if (!row) {
                row = json_object();
                json_object_set_new(row, "name", json_string(name));
                json_object_set(row, "text", json_object_get(r, "text"));
                json_object_set_new(row, "n", json_integer(0));
                for (int v = 0; v <= DD_NOT_EVALUATED; v++) {
                    json_object_set_new(row, dd_verdict_name((DdVerdict)v), json_integer(0));
                }
                json_object_set_new(row, "worst_robustness", json_null());
                json_object_set_new(row, "worst_seed", json_null());
                json_object_set_new(rows, name, row);
            }
            json_t* count = json_object_get(row, "n");
            json_integer_set(count, json_integer_value(count) + 1);
            count = json_object_get(row, string_of(r, "verdict"));
            if (json_is_integer(count)) {
                json_integer_set(count, json_integer_value(count) + 1);
            }
            const json_t* rho = json_object_get(r, "robustness");
            const json_t* worst = json_object_get(row, "worst_robustness");
            if (json_is_number(rho) && strcmp(string_of(r, "verdict"), "NOT_EVALUATED") != 0 &&
                (!json_is_number(worst) || json_number_value(rho) < json_number_value(worst))) {
                json_object_set(row, "worst_robustness", (json_t*)rho);
                json_object_set(row, "worst_seed", json_object_get(episode, "seed"));
            }
        }
    }
    json_t* list = json_array();
    const char* name;
    json_t* row;
    json_object_foreach(rows, name, row)
    {
        json_array_append(list, row);
    }
    json_decref(rows);
    return list;
}

// --- metrics ---

static json_t* metric_row(const json_t* episodes, const char* name, const char* unit)
{
    size_t total = json_array_size(episodes), i, k;
    double* x = malloc((total ? total : 1) * sizeof *x);
    DD_ASSERT(x);
    int n = 0;
    const json_t *episode, *m;
    json_array_foreach((json_t*)episodes, i, episode)
    {
        json_array_foreach(json_object_get(episode, "metrics"), k, m)
        {
            const json_t* value = json_object_get(m, "value");
            if (strcmp(string_of(m, "name"), name) == 0 && json_is_number(value)) {
                x[n++] = json_number_value(value);
                break;
            }
        }
    }
    json_t* row = json_object();
    json_object_set_new(row, "name", json_string(name));
    json_object_set_new(row, "unit", json_string(unit));
    json_object_set_new(row, "n", json_integer(n));
    json_object_set_new(row, "mean", number(dd_mean(x, n)));
    json_object_set_new(row, "std", number(dd_std(x, n)));
    json_object_set_new(row, "min", number(dd_percentile(x, n, 0)));
    json_object_set_new(row, "p50", number(dd_percentile(x, n, 0.5)));
    json_object_set_new(row, "p95", number(dd_percentile(x, n, 0.95)));
    json_object_set_new(row, "max", number(dd_percentile(x, n, 1)));
    free(x);
    return row;
}

static json_t* metrics(const json_t* episodes)
{
    json_t* seen = json_object();
    json_t* list = json_array();
    size_t i, k;
    const json_t *episode, *m;
    json_array_foreach((json_t*)episodes, i, episode)
    {
        json_array_foreach(json_object_get(episode, "metrics"), k, m)
        {
            const char* name = string_of(m, "name");
            if (!json_object_get(seen, name)) {
                json_object_set_new(seen, name, json_true());
                json_array_append_new(list, metric_row(episodes, name, string_of(m, "unit")));
            }
        }
    }
    json_decref(seen);
    return list;
}

// --- counters and budgets ---

// Adds numbers of `from` to those of `into`, member by member; of "..._max" keys, and of all keys
// when `largest`, the larger one stays. Means and texts are no sums and are left out.
static void gather(json_t* into, const json_t* from, bool largest)
{
    const char* key;
    json_t* value;
    json_object_foreach((json_t*)from, key, value)
    {
        json_t* old = json_object_get(into, key);
        if (json_is_object(value)) {
            if (!json_is_object(old)) {
                old = json_object();
                json_object_set_new(into, key, old);
            }
            gather(old, value, largest);
            continue;
        }
        if (!json_is_number(value) || strstr(key, "_mean")) {
            continue;
        }
        bool keep_larger = largest || strstr(key, "_max");
        if (!json_is_number(old)) {
            json_object_set_new(into, key, json_copy(value));
        } else if (keep_larger) {
            if (json_number_value(value) > json_number_value(old)) {
                json_object_set_new(into, key, json_copy(value));
            }
        } else if (json_is_integer(old) && json_is_integer(value)) {
            json_object_set_new(into, key,
                                json_integer(json_integer_value(old) + json_integer_value(value)));
        } else {
            json_object_set_new(into, key,
                                json_real(json_number_value(old) + json_number_value(value)));
        }
    }
}

static json_t* gathered(const json_t* episodes, const char* key, bool largest)
{
    json_t* all = json_object();
    size_t i;
    const json_t* episode;
    json_array_foreach((json_t*)episodes, i, episode)
    {
        gather(all, json_object_get(episode, key), largest);
    }
    return all;
}

// --- the card ---

static json_t* failures(const json_t* episodes)
{
    json_t* list = json_array();
    size_t i;
    const json_t* episode;
    json_array_foreach((json_t*)episodes, i, episode)
    {
        if (outcome_of(episode) == DD_PASS) {
            continue;
        }
        json_t* f = json_object();
        static const char* const k_keys[] = {"episode", "seed", "outcome", "reason", "file"};
        for (size_t k = 0; k < sizeof k_keys / sizeof *k_keys; k++) {
            json_t* value = json_object_get(episode, k_keys[k]);
            json_object_set(f, k_keys[k], value ? value : json_null());
        }
        json_array_append_new(list, f);
    }
    return list;
}

json_t* dd_scorecard(const json_t* head, const json_t* episodes)
{
    int count[DD_OUTCOME_COUNT] = {0};
    size_t i;
    const json_t* episode;
    double simulated = 0;
    json_array_foreach((json_t*)episodes, i, episode)
    {
        count[outcome_of(episode)]++;
        simulated += json_number_value(json_object_get(episode, "duration_s"));
    }
    int n = count[DD_PASS] + count[DD_FAIL] + count[DD_AGENT_ERROR];
    DdOutcome verdict = count[DD_HARNESS_ERROR]                  ? DD_HARNESS_ERROR
                        : count[DD_FAIL] + count[DD_AGENT_ERROR] ? DD_FAIL
                        : count[DD_PASS]                         ? DD_PASS
                                                                 : DD_INVALID;

    json_t* card = json_object();
    const char* key;
    json_t* value;
    json_object_foreach((json_t*)head, key, value)
    {
        // how many were planned must not hide the list of those that ran
        json_object_set(card, strcmp(key, "episodes") ? key : "planned", value);
    }
    json_object_set_new(card, "verdict", json_string(dd_outcome_name(verdict)));
    json_t* outcomes = json_object();
    for (int o = 0; o < DD_OUTCOME_COUNT; o++) {
        json_object_set_new(outcomes, dd_outcome_name((DdOutcome)o), json_integer(count[o]));
    }
    json_object_set_new(card, "outcomes", outcomes);
    json_object_set_new(card, "counted", json_integer(n));
    json_object_set_new(card, "success_rate",
                        n ? json_real((double)count[DD_PASS] / n) : json_null());
    double lo, hi;
    dd_clopper_pearson(count[DD_PASS], n, k_level, &lo, &hi);
    json_t* ci = json_object();
    json_object_set_new(ci, "method", json_string("Clopper-Pearson"));
    json_object_set_new(ci, "level", json_real(k_level));
    json_object_set_new(ci, "lo", json_real(lo));
    json_object_set_new(ci, "hi", json_real(hi));
    json_object_set_new(card, "success_ci", ci);
    json_object_set_new(card, "simulated_s", json_real(simulated));
    json_object_set_new(card, "requirements", requirements(episodes));
    json_object_set_new(card, "metrics", metrics(episodes));
    json_object_set_new(card, "percentile_method", json_string("nearest rank"));
    json_object_set_new(card, "counters", gathered(episodes, "counters", false));
    json_object_set_new(card, "budgets", gathered(episodes, "budgets", true));
    json_object_set_new(card, "failures", failures(episodes));
    json_object_set(card, "episodes", (json_t*)episodes);
    return card;
}
