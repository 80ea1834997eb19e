// Start: what is added to and checked of a composed world before step 0: the measures behind the
// standard metrics, and the scenario's `require`s.
#include "sim/run/episode_impl.h"

#include <math.h>
#include <string.h>

// metric: the measures it reads, each as "name kind"
static const struct {
    const char* metric;
    const char* measure[2]; // names behind "ROBOT."
    const char* kind[2];
    bool mobile; // says something only of a robot whose base moves
} k_auto[] = {
    {"path_length", {"path_length"}, {"path_length"}, true},
    {"efficiency", {"path_length", "displacement"}, {"path_length", "displacement"}, true},
    {"energy", {"energy"}, {"energy"}, false},
    {"collisions", {"collisions"}, {"collisions"}, false},
    {"peak_force", {"contact_force"}, {"peak_force"}, false},
    {"min_clearance", {"clearance"}, {"clearance"}, true},
};
enum { k_nauto = sizeof k_auto / sizeof k_auto[0] };

static const double k_clearance_within = 2.0; // m; a larger clearance reads this

static bool base_moves(const DdEpisode* ep, const char* robot)
{
    int body = dd_world_body(ep->world, robot);
    return body >= 0 && dd_world_body_moves(ep->world, body);
}

bool dd_episode_default_report(DdEpisode* ep, DdError* err)
{
    DdPlan* plan = ep->plan;
    if (plan->nreport > 0) {
        return true;
    }
    if (!dd_plan_add_report(plan, "time_to_success", err)) {
        return false;
    }
    for (int i = 0; i < plan->nslot; i++) {
        const char* robot = plan->slot[i].robot;
        for (int k = 0; k < k_nauto; k++) {
            if (k_auto[k].mobile && !base_moves(ep, robot)) {
                continue;
            }
            char name[2 * DD_NAME_MAX];
            snprintf(name, sizeof name, "%s%s%s", plan->nslot > 1 ? robot : "",
                     plan->nslot > 1 ? "." : "", k_auto[k].metric);
            if (!dd_plan_add_report(plan, name, err)) {
                return false;
            }
        }
    }
    return true;
}

// Whether the report asks for `metric` of `robot`.
static bool wants(const DdPlan* plan, const char* robot, const char* metric)
{
    char full[2 * DD_NAME_MAX];
    snprintf(full, sizeof full, "%s.%s", robot, metric);
    for (int i = 0; i < plan->nreport; i++) {
        if (strcmp(plan->report[i], metric) == 0 || strcmp(plan->report[i], full) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_measure(DdSense* sense, DdNames* made, const char* robot, const char* name,
                        const char* kind, DdError* err)
{
    DdMeasureDef def = dd_measure_def();
    snprintf(def.name, sizeof def.name, "%s.%s", robot, name);
    snprintf(def.kind, sizeof def.kind, "%s", kind);
    snprintf(def.a, sizeof def.a, "%s", robot);
    def.within = k_clearance_within;
    for (int i = 0; i < made->n; i++) {
        if (strcmp(made->v[i], name) == 0) {
            return true;
        }
    }
    snprintf(made->v[made->n++], DD_NAME_MAX, "%s", name);
    return dd_sense_add_measure(sense, &def, err) >= 0;
}

bool dd_episode_add_auto_measures(const DdPlan* plan, DdSense* sense, DdError* err)
{
    for (int i = 0; i < plan->nslot; i++) {
        const char* robot = plan->slot[i].robot;
        DdNames made = {0};
        for (int k = 0; k < k_nauto; k++) {
            if (!wants(plan, robot, k_auto[k].metric)) {
                continue;
            }
            for (int n = 0; n < 2 && k_auto[k].measure[n]; n++) {
                if (!add_measure(sense, &made, robot, k_auto[k].measure[n], k_auto[k].kind[n],
                                 err)) {
                    return false;
                }
            }
        }
    }
    return true;
}

// --- require

typedef struct CheckKind {
    const char* name;
    const char* measure;
    bool at_least;     // the measure must be >= value, else <=
    const char* words; // "is 0.31 m from"
    const char* unit;
} CheckKind;

static const CheckKind k_checks[] = {
    {"clear", "clearance", true, "clearance", "m"},
    {"near", "distance", false, "distance", "m"},
    {"inside", "inside", true, "margin inside", "m"},
    {"upright", "tilt", false, "tilt", "rad"},
};

static const CheckKind* check_kind(const char* name)
{
    for (size_t i = 0; i < sizeof k_checks / sizeof k_checks[0]; i++) {
        if (strcmp(k_checks[i].name, name) == 0) {
            return &k_checks[i];
        }
    }
    return NULL;
}

// Measures of their own on the start state; the episode's channels never see them.
bool dd_episode_check_start(const DdEpisode* ep, DdError* err)
{
    const DdPlan* plan = ep->plan;
    if (plan->ncheck == 0) {
        return true;
    }
    DdChannels* channels = dd_channels_create(ep->physics_hz);
    DdSense* sense =
        dd_sense_create(ep->world, channels, ep->def.seed, plan->def.name, ep->physics_hz, err);
    bool fine = sense != NULL;
    for (int i = 0; i < plan->ncheck && fine; i++) {
        const DdStartCheck* check = &plan->check[i];
        DdMeasureDef def = dd_measure_def();
        snprintf(def.name, sizeof def.name, "check%d", i);
        snprintf(def.kind, sizeof def.kind, "%s", check_kind(check->kind)->measure);
        snprintf(def.a, sizeof def.a, "%s", check->a);
        snprintf(def.b, sizeof def.b, "%s", check->b);
        def.within = check->value + 1;
        fine = dd_sense_add_measure(sense, &def, err) >= 0;
    }
    if (fine) {
        dd_channels_start(channels);
        dd_sense_tick(sense, 0);
    }
    for (int i = 0; i < plan->ncheck && fine; i++) {
        const DdStartCheck* check = &plan->check[i];
        const CheckKind* kind = check_kind(check->kind);
        const DdSample* s = dd_channels_latest(channels, i, 0);
        DD_ASSERT(s);
        double value = s->values[0];
        if (kind->at_least ? value < check->value : value > check->value) {
            fine = dd_fail(err, DD_ERROR_REQUIRE,
                           "require: %s: %s of '%s'%s%s%s is %.4g %s, %s %.4g %s "
                           "was required",
                           check->text[0] ? check->text : check->kind, kind->words, check->a,
                           check->b[0] ? " and '" : "", check->b, check->b[0] ? "'" : "", value,
                           kind->unit, kind->at_least ? "at least" : "at most", check->value,
                           kind->unit);
        }
    }
    dd_sense_destroy(sense);
    dd_channels_destroy(channels);
    return fine;
}
