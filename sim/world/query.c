// Query: names, who owns what, what is seen and what is touched.
#include <string.h>

#include "sim/world/guard.h"
#include "sim/world/parts.h"
#include "sim/world/world_parts.h"

static int compare_names(const DdWorld* w, int a, int b)
{
    return strcmp(w->things[a].name, w->things[b].name);
}

static void sift(DdWorld* w, int at, int n)
{
    for (;;) {
        int child = 2 * at + 1;
        if (child >= n) {
            return;
        }
        if (child + 1 < n && compare_names(w, w->by_name[child], w->by_name[child + 1]) < 0) {
            child++;
        }
        if (compare_names(w, w->by_name[at], w->by_name[child]) >= 0) {
            return;
        }
        int t = w->by_name[at];
        w->by_name[at] = w->by_name[child];
        w->by_name[child] = t;
        at = child;
    }
}

static void sort_things(DdWorld* w)
{
    for (int i = 0; i < w->nthing; i++) {
        w->by_name[i] = i;
    }
    for (int i = w->nthing / 2 - 1; i >= 0; i--) {
        sift(w, i, w->nthing);
    }
    for (int n = w->nthing - 1; n > 0; n--) {
        int t = w->by_name[0];
        w->by_name[0] = w->by_name[n];
        w->by_name[n] = t;
        sift(w, 0, n);
    }
}

// the thing a full name ("agv/wheel") belongs to
static int owner(const DdWorld* w, const char* name)
{
    size_t n = strcspn(name, "/");
    int lo = 0, hi = w->nthing;

    while (lo < hi) {
        int mid = (lo + hi) / 2;
        const char* other = w->things[w->by_name[mid]].name;
        int order = strncmp(other, name, n);
        if (order == 0 && other[n] == '\0') {
            return w->by_name[mid];
        }
        if (order < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return -1;
}

static char* make_name(char** pool, const char* prefix, const char* type, int number)
{
    char* name = *pool;

    // a long prefix is cut: 48 bytes are set aside for each
    int n = snprintf(name, 48, "%.30s%s%s%d", prefix, prefix[0] ? "/" : "", type, number);
    *pool += n + 1;
    return name;
}

static void index_names(DdWorld* w)
{
    const mjModel* m = w->m;
    char* pool = w->made_names;

    for (int i = 0; i < m->nbody; i++) {
        const char* name = m->names + m->name_bodyadr[i];
        w->body_names[i] = name[0] ? name : make_name(&pool, "", "body", i);
    }
    for (int g = 0; g < m->ngeom; g++) {
        int body = m->geom_bodyid[g];
        const char* name = m->names + m->name_geomadr[g];
        w->geom_names[g] = name[0] ? name
                                   : make_name(&pool, body ? w->body_names[body] : "", "geom",
                                               g - m->body_geomadr[body] + 1);
    }
}

static void index_owners(DdWorld* w)
{
    const mjModel* m = w->m;

    for (int i = 0; i < w->nthing; i++) {
        w->things[i].body = -1;
    }
    w->thing_of_body[0] = -1;
    for (int i = 1; i < m->nbody; i++) {
        int thing = owner(w, w->body_names[i]);
        w->thing_of_body[i] = thing;
        // a robot's root is its first body, a thing's root bears its very name
        if (thing >= 0 && w->things[thing].body < 0) {
            w->things[thing].body = i;
        }
    }
}

// Seen by pictures and rays: of a thing all but the hidden geoms; of a robot's body its visual-only
// geoms, or all geoms where it has no such.
static void index_visuals(DdWorld* w)
{
    const mjModel* m = w->m;

    for (int i = 0; i < m->nbody; i++) {
        int thing = w->thing_of_body[i];
        bool own = thing >= 0 && w->things[thing].kind;
        bool has_visual = false;
        int first = m->body_geomadr[i], n = m->body_geomnum[i];
        for (int g = first; g < first + n; g++) {
            has_visual |=
                !m->geom_contype[g] && !m->geom_conaffinity[g] && m->geom_rgba[4 * g + 3] > 0;
        }
        for (int g = first; g < first + n; g++) {
            bool visual_only = !m->geom_contype[g] && !m->geom_conaffinity[g];
            bool seen = own ? m->geom_group[g] < 3 : visual_only || !has_visual;
            w->geom_visual[g] = seen && m->geom_rgba[4 * g + 3] > 0;
        }
    }
}

void dd_world_index(DdWorld* w)
{
    const mjModel* m = w->m;

    sort_things(w);
    index_names(w);
    index_owners(w);
    index_visuals(w);
    for (int e = 0; e < m->neq; e++) {
        if (m->eq_type[e] == mjEQ_WELD && m->eq_objtype[e] == mjOBJ_BODY) {
            w->latches[w->nlatch++] = e;
        }
    }
}

int dd_world_site(const DdWorld* w, const char* name)
{
    return mj_name2id(w->m, mjOBJ_SITE, name);
}

int dd_world_thing_find(const DdWorld* w, const char* name)
{
    return strchr(name, '/') ? -1 : owner(w, name);
}

int dd_world_body(const DdWorld* w, const char* name)
{
    int thing = dd_world_thing_find(w, name);

    return thing >= 0 ? w->things[thing].body : mj_name2id(w->m, mjOBJ_BODY, name);
}

int dd_world_thing_count(const DdWorld* w)
{
    return w->nthing;
}

const char* dd_world_thing_name(const DdWorld* w, int thing)
{
    return w->things[thing].name;
}

const char* dd_world_thing_kind(const DdWorld* w, int thing)
{
    return w->things[thing].kind ? w->things[thing].kind->name : "robot";
}

int dd_world_thing_of_body(const DdWorld* w, int body)
{
    return w->thing_of_body[body];
}

int dd_world_thing_of_geom(const DdWorld* w, int geom)
{
    return w->thing_of_body[w->m->geom_bodyid[geom]];
}

const char* dd_world_geom_name(const DdWorld* w, int geom)
{
    return w->geom_names[geom];
}

const char* dd_world_body_name(const DdWorld* w, int body)
{
    return w->body_names[body];
}

bool dd_world_geom_visual(const DdWorld* w, int geom)
{
    return w->geom_visual[geom];
}

bool dd_world_pose(const DdWorld* w, const char* thing_or_frame, DdPose* pose)
{
    int site = dd_world_site(w, thing_or_frame);

    if (site >= 0) {
        memcpy(pose->pos, w->d->site_xpos + 3 * site, sizeof pose->pos);
        mju_mat2Quat(pose->quat, w->d->site_xmat + 9 * site);
        return true;
    }
    int body = dd_world_body(w, thing_or_frame);
    if (body < 0) {
        return false;
    }
    memcpy(pose->pos, w->d->xpos + 3 * body, sizeof pose->pos);
    memcpy(pose->quat, w->d->xquat + 4 * body, sizeof pose->quat);
    return true;
}

int dd_world_thing_geoms(const DdWorld* w, int thing, int* ids, int max)
{
    const mjModel* m = w->m;
    int n = 0;

    for (int g = 0; g < m->ngeom; g++) {
        if (w->thing_of_body[m->geom_bodyid[g]] == thing &&
            (m->geom_contype[g] || m->geom_conaffinity[g])) {
            if (ids && n < max) {
                ids[n] = g;
            }
            n++;
        }
    }
    return n;
}

int dd_world_latch_find(const DdWorld* w, const char* frame, const char* thing)
{
    char name[3 * DD_NAME_MAX];

    snprintf(name, sizeof name, "%s/latch/%s", frame, thing);
    return mj_name2id(w->m, mjOBJ_EQUALITY, name);
}

static void run_kinematics(void* arg)
{
    DdWorld* w = arg;

    mj_kinematics(w->m, w->d);
}

double dd_world_lowest_point(DdWorld* w, const char* robot)
{
    static const double k_down[3] = {0, 0, -1};
    int thing = dd_world_thing_find(w, robot);
    double low = 0;
    bool any = false;

    if (thing < 0 || !dd_guard_run(run_kinematics, w, DD_ERROR_UNSTABLE, NULL)) {
        return 0;
    }
    for (int pass = 0; pass < 2 && !any; pass++) {
        for (int g = 0; g < w->m->ngeom; g++) {
            bool touches = w->m->geom_contype[g] || w->m->geom_conaffinity[g];
            double reach;
            if (dd_world_thing_of_geom(w, g) == thing && (touches || pass == 1) &&
                dd_geom_reach(w->m, w->d, g, k_down, &reach)) {
                low = any && low < -reach ? low : -reach;
                any = true;
            }
        }
    }
    return low;
}
