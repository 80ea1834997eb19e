// View of a recording: a film that can be set to any moment.
#include <math.h>
#include <string.h>

#include "sim/app/look.h"
#include "sim/app/view.h"
#include "sim/app/view_points.h"
#include "sim/app/view_recording.h"
#include "sim/run/rerun.h"

typedef struct Shown {
    const DdViewRecording* def;
    DdFilm* film;
    DdViewer* viewer;
    DdScene scene;
    char title[256];
    DdViewPoints* points;
    DdSeries* series; // in the order of importance
    DdRerun* rerun;   // for contacts, which the pose log does not know
    bool no_rerun;
} Shown;

// Contacts are only in a world that was stepped there: while paused the moment is simulated again.
static DdWorld* exact_world(Shown* s, DdError* err)
{
    if (!s->rerun && !s->no_rerun) {
        DdRerunDef def = {.mcap_path = s->def->episode, .files_dir = s->def->files_dir};
        s->rerun = dd_rerun_open(&def, err);
        s->no_rerun = s->rerun == NULL;
    }
    int64_t step = (int64_t)(s->film->now_s * s->film->physics_hz + 0.5);
    if (s->no_rerun || (dd_rerun_now(s->rerun) != step && !dd_rerun_seek(s->rerun, step, err))) {
        s->no_rerun = true;
        dd_error_clear(err); // a recording of another build has no contacts to show
        return NULL;
    }
    return dd_episode_world(dd_rerun_episode(s->rerun));
}

static bool set_scene(Shown* s, bool still, DdError* err)
{
    DdScene* scene = &s->scene;
    scene->world = s->film->world;
    scene->exact = false;
    scene->weather = &s->film->weather;
    scene->t_s = s->film->now_s;
    scene->npoint = 0;
    if (dd_viewer_wants_points(s->viewer)) {
        if (!dd_points_read(s->points, s->film, err)) {
            return false;
        }
        scene->npoint = dd_points_all(s->points, &scene->point, &scene->point_from);
    }
    if (dd_viewer_wants_contacts(s->viewer) && still) {
        DdWorld* exact = exact_world(s, err);
        scene->exact = exact != NULL;
        scene->world = exact ? exact : scene->world;
    }
    return true;
}

static bool show(Shown* s, DdError* err)
{
    DdFilm* f = s->film;
    double t = dd_clamp(s->def->from_s, 0, f->duration_s);
    bool still = true;
    for (;;) {
        dd_film_seek(f, t);
        if (!set_scene(s, still, err)) {
            return false;
        }
        if (dd_app_interrupted) {
            return dd_fail(err, DD_ERROR_INTERRUPTED, "interrupted");
        }
        if (!dd_viewer_frame(s->viewer, &s->scene, err)) {
            return err->code == DD_OK;
        }
        double seek = dd_viewer_seek(s->viewer),
               advance = dd_viewer_advance(s->viewer, dd_film_tick(f));
        still = advance == 0 && isnan(seek);
        if (!isnan(seek)) {
            t = seek;
        } else if (advance != 0) {
            t += isinf(advance) ? 64 * dd_viewer_frame_s(s->viewer) : advance;
        }
        if (t >= f->duration_s) {
            t = f->duration_s;
            dd_viewer_pause(s->viewer);
        }
        t = fmax(t, 0);
        dd_viewer_rest(s->viewer);
    }
}

json_t* dd_view_recording(void* user, DdError* err)
{
    Shown s = {.def = user};
    s.film = dd_film_open(s.def->episode, s.def->files_dir, err);
    if (s.film && !s.film->world) {
        dd_fail(err, DD_ERROR_CANNOT_CHECK,
                "%s is a rendering: it holds pictures but no world to look around in; use drydock "
                "video or drydock sheet with one of its cameras, or view the run it was made of",
                s.def->episode);
        dd_film_close(s.film);
        return NULL;
    }
    s.viewer = s.film ? dd_viewer_open(&s.def->viewer, err) : NULL;
    if (!s.viewer) {
        dd_film_close(s.film);
        return NULL;
    }
    DdFilm* f = s.film;
    const DdSeries* order[64];
    int n = dd_film_choose(f, order, 64);
    s.series = calloc((size_t)n + 1, sizeof *s.series);
    DD_ASSERT(s.series);
    for (int i = 0; i < n; i++) {
        s.series[i] = *order[i];
    }
    const char* seed = json_string_value(json_object_get(f->record, "seed"));
    snprintf(s.title, sizeof s.title, "%s, seed %s", f->plan->def.name, seed ? seed : "");
    s.scene = (DdScene){.title = s.title,
                        .plan = f->plan,
                        .duration_s = f->duration_s,
                        .status = dd_film_outcome(f),
                        .nseries = n,
                        .series = s.series,
                        .nrequirement = f->nrequirement,
                        .requirement = f->requirement,
                        .nevent = f->nevent,
                        .event = f->event,
                        .film = f,
                        .driven = -1,
                        .drive_help = ""};
    memcpy(s.scene.lo, f->lo, sizeof s.scene.lo);
    memcpy(s.scene.hi, f->hi, sizeof s.scene.hi);
    s.points = dd_points_create(f->world, f->plan);
    bool fine = show(&s, err);
    dd_points_destroy(s.points);
    dd_rerun_close(s.rerun);
    dd_viewer_close(s.viewer);
    free(s.series);
    dd_film_close(f);
    return fine ? json_true() : NULL;
}
