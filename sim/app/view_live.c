// Live view: between two frames the episode goes on by as much simulated time as the frame took,
// times the speed. It runs in a worker process, so that a window is all it adds to a run.
#include "sim/app/view_live.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "sim/app/view_drive.h"
#include "sim/app/view_points.h"

enum { k_series_max = 24, k_events_max = 256 };

typedef struct Live {
    const DdLiveView* def;
    DdEpisode* ep;
    DdAgent* const* agents;
    DdScene scene;
    char title[256], status[160], help[400];
    DdSeries series[k_series_max];
    int channel[k_series_max];
    DdFilmRequirement* requirement;
    DdViewPoints* points;
    DdHands hands;
    int driven_slot; // -1: nobody
    DdDriving driving;
    double debt_s; // simulated time that is owed
    int index;     // of the episode
    bool more;     // the episode waits at an agent tick
    bool stopped;  // by the person
} Live;

// Of the worker process: its window stays open over its episodes.
static DdViewer* s_viewer;
static Live s_live;
static int s_episodes; // seen so far; one worker runs them all, in order

static double wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// --- what is shown ------------------------------------------------------------------------------

static const char* unit_of(const DdChannelDef* def)
{
    return def->unit;
}

static void find_series(Live* l)
{
    const DdChannels* channels = dd_episode_channels(l->ep);
    const DdPlan* plan = dd_episode_plan(l->ep);
    for (int i = 0; i < dd_channels_count(channels); i++) {
        const DdChannelDef* def = dd_channels_def(channels, i);
        if (def->measure && def->type == DD_TYPE_SCALAR && l->scene.nseries < k_series_max) {
            DdSeries* s = &l->series[l->scene.nseries];
            *s = (DdSeries){.limit = NAN, .mark_t = NAN};
            snprintf(s->name, sizeof s->name, "%s", def->name);
            snprintf(s->unit, sizeof s->unit, "%s", unit_of(def));
            l->channel[l->scene.nseries++] = i;
        }
    }
    // those that requirements speak of come first
    int at = 0;
    for (int i = 0; i < l->scene.nseries; i++) {
        bool required = false;
        for (int k = 0; k < plan->nrequirement; k++) {
            const char* found = strstr(plan->requirement[k].text, l->series[i].name);
            required = required || found;
        }
        if (required) {
            DdSeries s = l->series[i];
            int c = l->channel[i];
            memmove(&l->series[at + 1], &l->series[at], (size_t)(i - at) * sizeof s);
            memmove(&l->channel[at + 1], &l->channel[at], (size_t)(i - at) * sizeof c);
            l->series[at] = s;
            l->channel[at++] = c;
        }
    }
}

static void keep_samples(Live* l)
{
    const DdChannels* channels = dd_episode_channels(l->ep);
    for (int i = 0; i < l->scene.nseries; i++) {
        const DdSample* s = dd_channels_latest(channels, l->channel[i], dd_episode_step(l->ep));
        if (s) {
            dd_series_add(&l->series[i], dd_episode_time(l->ep), s->values[0]);
        }
    }
    for (int i = 0; i < l->scene.nrequirement; i++) {
        DdFilmRequirement* r = &l->requirement[i];
        DdStanding standing = dd_episode_standing(l->ep, i);
        if (standing != DD_STANDING_OPEN && isnan(r->t)) {
            r->t = dd_episode_time(l->ep);
            r->holds = standing == DD_STANDING_HOLDS;
            snprintf(r->verdict, sizeof r->verdict, "%s", r->holds ? "holds" : "violated");
        }
    }
    if (dd_viewer_wants_points(s_viewer)) {
        dd_points_take(l->points, channels, dd_episode_step(l->ep));
    }
}

static void set_scene(Live* l)
{
    DdScene* s = &l->scene;
    s->world = dd_episode_world(l->ep);
    s->weather = dd_world_weather(s->world);
    s->t_s = dd_episode_time(l->ep);
    s->exact = true;
    s->npoint =
        dd_viewer_wants_points(s_viewer) ? dd_points_all(l->points, &s->point, &s->point_from) : 0;
    if (l->driven_slot >= 0 && !l->stopped) {
        snprintf(l->status, sizeof l->status, "driving %s", l->def->drive);
    }
}

// --- the loop -----------------------------------------------------------------------------------

static void by_hand(void* user, int slot, double* action)
{
    Live* l = user;
    if (slot == l->driven_slot) {
        double hz = dd_episode_plan(l->ep)->def.agent_hz;
        dd_hands_act(&l->hands, &l->driving, 1 / hz, action);
    }
}

// One agent tick on. False at the end.
static bool tick(Live* l)
{
    l->more =
        l->more && dd_episode_decide(l->ep, l->agents, by_hand, l) && dd_episode_advance(l->ep);
    keep_samples(l);
    return l->more;
}

static void go_on(Live* l)
{
    double tick_s = 1 / dd_episode_plan(l->ep)->def.agent_hz;
    double wanted = dd_viewer_advance(s_viewer, tick_s);
    bool scripted = dd_viewer_scripted(s_viewer);
    if (isinf(wanted)) {
        double until = wall_s() + 0.03;
        for (int i = 0; tick(l) && (scripted ? i < 50 : wall_s() < until); i++) {
        }
        return;
    }
    l->debt_s += wanted;
    // a machine that is too slow falls behind instead of standing still
    double until = wall_s() + 0.25;
    while (l->debt_s >= tick_s - 1e-9 && l->more) {
        l->debt_s = !scripted && wall_s() > until ? 0 : l->debt_s - tick_s;
        tick(l);
    }
}

static void begin(Live* l, const DdBatchDef* def, DdEpisode* ep, DdAgent* const* agents)
{
    const DdPlan* plan = dd_episode_plan(ep);
    memset(l, 0, sizeof *l);
    l->def = def->user;
    l->ep = ep;
    l->agents = agents;
    l->driven_slot = -1;
    l->index = s_episodes++;
    snprintf(l->title, sizeof l->title, "%s, seed %llu", plan->def.name,
             (unsigned long long)def->seed + (unsigned long long)l->index);
    l->requirement = calloc((size_t)plan->nrequirement + 1, sizeof *l->requirement);
    DD_ASSERT(l->requirement);
    for (int i = 0; i < plan->nrequirement; i++) {
        DdFilmRequirement* r = &l->requirement[i];
        snprintf(r->name, sizeof r->name, "%s", plan->requirement[i].name);
        snprintf(r->verdict, sizeof r->verdict, "open");
        r->t = NAN;
    }
    l->scene = (DdScene){.title = l->title,
                         .plan = plan,
                         .world = dd_episode_world(ep),
                         .lo = {NAN, NAN, NAN},
                         .hi = {NAN, NAN, NAN},
                         .duration_s = plan->def.duration_s,
                         .live = true,
                         .status = l->status,
                         .series = l->series,
                         .requirement = l->requirement,
                         .nrequirement = plan->nrequirement,
                         .channels = dd_episode_channels(ep),
                         .driven = -1,
                         .drive_help = l->help};
    find_series(l);
    l->points = dd_points_create(l->scene.world, plan);
    for (int i = 0; l->def->drive && i < plan->nslot; i++) {
        if (strcmp(plan->slot[i].robot, l->def->drive) == 0) {
            l->driven_slot = i;
            l->scene.driven = i;
            dd_hands_begin(&l->hands, dd_episode_action_space(ep, i));
            dd_hands_help(dd_episode_action_space(ep, i), l->help, sizeof l->help);
            dd_episode_event_text(ep, "by_hand", l->def->drive, "with", "keyboard or gamepad");
        }
    }
}

static void end(Live* l)
{
    for (int i = 0; i < l->scene.nseries; i++) {
        free(l->series[i].t);
        free(l->series[i].y);
    }
    dd_points_destroy(l->points);
    free(l->requirement);
    memset(l, 0, sizeof *l);
}

void dd_live_view(const DdBatchDef* def, DdEpisode* ep, DdAgent* const* agents)
{
    DdError err;
    Live* l = &s_live;
    dd_error_clear(&err);
    begin(l, def, ep, agents);
    if (l->def->drive && l->driven_slot < 0) {
        dd_fail(&err, DD_ERROR_ARGUMENT, "--drive: no agent drives a robot '%s' in this scenario",
                l->def->drive);
    } else if (!s_viewer) {
        s_viewer = dd_viewer_open(&l->def->viewer, &err);
    }
    if (err.code != DD_OK) {
        dd_episode_end(ep, DD_HARNESS_ERROR, &err);
        return;
    }
    dd_view_forget_trails(s_viewer);
    l->more = dd_episode_advance(ep);
    keep_samples(l);
    while (l->more) {
        set_scene(l);
        if (dd_worker_stopping() || !dd_viewer_frame(s_viewer, &l->scene, &err)) {
            break;
        }
        l->driving = dd_viewer_driving(s_viewer);
        go_on(l);
        dd_viewer_rest(s_viewer);
    }
    if (err.code != DD_OK) {
        dd_episode_end(ep, DD_HARNESS_ERROR, &err);
    } else if (l->more) {
        // the person closed the window: the episode ends here and is judged as far as it went
        l->stopped = !dd_worker_stopping();
        if (l->stopped) {
            dd_episode_done(ep, "ended by the viewer");
        }
        while (l->more && dd_episode_decide(ep, agents, NULL, NULL) && dd_episode_advance(ep)) {
        }
    }
    dd_episode_note_usage(ep, agents);
    if (l->stopped) {
        dd_worker_stop(); // who leaves does not want the next one either
    }
}

// The last moment stays on the screen with its verdict until the person leaves.
void dd_live_viewed(const DdBatchDef* def, DdEpisode* ep, const DdResult* result)
{
    (void)ep;
    DdError err;
    Live* l = &s_live;
    size_t i;
    json_t* row;
    dd_error_clear(&err);
    json_array_foreach(json_object_get(result->json, "requirements"), i, row)
    {
        const char* verdict = json_string_value(json_object_get(row, "verdict"));
        if (verdict && (int)i < l->scene.nrequirement) {
            DdFilmRequirement* r = &l->requirement[i];
            r->holds = strcmp(verdict, "HOLDS") == 0;
            snprintf(r->verdict, sizeof r->verdict, "%s", r->holds ? "holds" : verdict);
            for (char* p = r->verdict; *p; p++) {
                *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p == '_' ? ' ' : *p;
            }
        }
    }
    snprintf(l->status, sizeof l->status, "ended: %s %.100s", dd_outcome_name(result->outcome),
             result->reason);
    bool last = l->index + 1 >= def->episodes;
    bool shown =
        s_viewer && !l->stopped && last && l->def->stay && result->outcome != DD_HARNESS_ERROR;
    if (shown) {
        dd_viewer_pause(s_viewer);
        l->driven_slot = -1;
        set_scene(l);
        while (!dd_worker_stopping() && dd_viewer_frame(s_viewer, &l->scene, &err)) {
            dd_viewer_rest(s_viewer);
        }
    }
    end(l);
}
