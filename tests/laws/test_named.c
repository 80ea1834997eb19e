// Law: every body, geom, joint, site, actuator, equality and tendon of every shipped robot and
// scenario world has a name that is unique among its kind.
#include <mujoco/mujoco.h>

#include "sim/run/episode.h"
#include "sim/script/script.h"
#include "tests/laws/shipped.h"

static int s_wrong;

static int compare_names(const void* a, const void* b)
{
    return strcmp(*(char* const*)a, *(char* const*)b);
}

static void check_kind(const char* path, const mjModel* m, mjtObj type, int n, const char* kind)
{
    const char** names = calloc((size_t)n + 1, sizeof *names);
    DD_ASSERT(names);
    for (int i = 0; i < n; i++) {
        const char* name = mj_id2name(m, type, i);
        names[i] = name ? name : "";
        if (!names[i][0]) {
            printf("%s: %s %d has no name\n", path, kind, i);
            s_wrong++;
        }
    }
    qsort(names, (size_t)n, sizeof *names, compare_names);
    for (int i = 1; i < n; i++) {
        if (names[i][0] && strcmp(names[i - 1], names[i]) == 0) {
            printf("%s: two %ss are named '%s'\n", path, kind, names[i]);
            s_wrong++;
        }
    }
    free(names);
}

static void check_world(const char* path, DdWorld* w)
{
    const mjModel* m = dd_world_model(w);
    check_kind(path, m, mjOBJ_BODY, m->nbody, "body");
    check_kind(path, m, mjOBJ_GEOM, m->ngeom, "geom");
    check_kind(path, m, mjOBJ_JOINT, m->njnt, "joint");
    check_kind(path, m, mjOBJ_SITE, m->nsite, "site");
    check_kind(path, m, mjOBJ_ACTUATOR, m->nu, "actuator");
    check_kind(path, m, mjOBJ_EQUALITY, m->neq, "equality");
    check_kind(path, m, mjOBJ_TENDON, m->ntendon, "tendon");
    printf(
        "%s: %d bodies, %d geoms, %d joints, %d sites, %d actuators, %d equalities, %d tendons\n",
        path, (int)m->nbody, (int)m->ngeom, (int)m->njnt, (int)m->nsite, (int)m->nu, (int)m->neq,
        (int)m->ntendon);
}

static void fail(const char* path, const DdError* err)
{
    printf("%s: %s\n", path, err->text);
    s_wrong++;
}

static void check_scenario(const char* path)
{
    DdError err;
    DdOutcome outcome;
    DdScenario scenario;
    dd_error_clear(&err);
    DdFiles* files = dd_files_create();
    DdScriptDef script = dd_script_def();
    script.path = path;
    script.files = files;
    if (!dd_script_open(&script, &scenario, &err)) {
        fail(path, &err);
        dd_files_destroy(files);
        return;
    }
    // worlds of several seeds: what is made may depend on them
    for (uint64_t seed = 0; seed < 5; seed++) {
        DdEpisodeDef def = dd_episode_def();
        def.seed = seed;
        DdEpisode* ep = dd_episode_create(&def, &scenario, &outcome, &err);
        if (ep) {
            check_world(path, dd_episode_world(ep));
        } else if (err.code != DD_ERROR_REQUIRE) {
            fail(path, &err);
        }
        dd_episode_destroy(ep);
    }
    scenario.destroy(scenario.user);
    dd_files_destroy(files);
}

// Two of them in one world: names must stay apart.
static void check_robot(const char* path)
{
    DdError err;
    dd_error_clear(&err);
    DdFiles* files = dd_files_create();
    DdPlanDef def = dd_plan_def();
    snprintf(def.name, sizeof def.name, "named");
    DdPlan* plan = dd_plan_create(&def, files, &err);
    bool fine = plan != NULL;
    for (int i = 0; i < 2 && fine; i++) {
        DdRobotDesc* desc = dd_script_robot(files, dd_path_base(path), ".", NULL, &err);
        DdRobotPlacement* at = calloc(1, sizeof *at);
        DD_ASSERT(at);
        snprintf(at->name, sizeof at->name, "robot%d", i);
        at->pos[0] = 20 * i;
        at->quat[0] = 1;
        fine = desc && dd_plan_add_robot(plan, at, desc, &err);
        free(at);
    }
    DdWorld* w = fine ? dd_compose_compile(plan->compose, &err) : NULL;
    if (w) {
        check_world(path, w);
    } else {
        fail(path, &err);
    }
    dd_world_destroy(w);
    dd_plan_destroy(plan);
    dd_files_destroy(files);
}

int main(void)
{
    static Shipped scenarios, robots;
    find_shipped(&scenarios, "scenarios", "scenario.lua", 2);
    find_shipped(&robots, "robots", "robot.lua", 0);
    for (int i = 0; i < scenarios.n; i++) {
        check_scenario(scenarios.path[i]);
    }
    for (int i = 0; i < robots.n; i++) {
        check_robot(robots.path[i]);
    }
    if (scenarios.n < 3 || robots.n < 3) {
        printf("only %d scenarios and %d robots were found\n", scenarios.n, robots.n);
        s_wrong++;
    }
    printf("%d wrong\n", s_wrong);
    return s_wrong ? 1 : 0;
}
