// Drawing of the viewer: overlays in the scene, and the panel, timeline and help over it.
#include <math.h>
#include <string.h>

#include "sim/app/view.h"

enum { k_panel = 330, k_bar = 46, k_plots = 5, k_names_max = 60 };

static const DdColour k_white = {255, 255, 255, 1}, k_grey = {203, 213, 225, 1},
                      k_dim = {148, 163, 184, 1}, k_back = {15, 23, 42, 0.72};

// --- lines in space -----------------------------------------------------------------------------

static void eye_point(const DdEye* eye, const double p[3], double q[3])
{
    double d[3] = {p[0] - eye->pose.pos[0], p[1] - eye->pose.pos[1], p[2] - eye->pose.pos[2]};
    double conj[4];
    dd_quat_conj(conj, eye->pose.quat);
    dd_quat_rotate(q, conj, d);
}

static void line3(DdViewer* v, const DdEye* eye, const double a[3], const double b[3], double width,
                  DdColour colour)
{
    static const double k_near = 0.02;
    double p[3], q[3];
    eye_point(eye, a, p);
    eye_point(eye, b, q);
    if (p[2] < k_near && q[2] < k_near) {
        return;
    }
    for (int side = 0; side < 2; side++) {
        double* behind = side ? q : p;
        const double* front = side ? p : q;
        if (behind[2] < k_near) {
            double s = (k_near - front[2]) / (behind[2] - front[2]);
            for (int k = 0; k < 3; k++) {
                behind[k] = front[k] + s * (behind[k] - front[k]);
            }
        }
    }
    dd_canvas_line(&v->canvas, eye->fx * p[0] / p[2] + eye->cx, eye->fy * p[1] / p[2] + eye->cy,
                   eye->fx * q[0] / q[2] + eye->cx, eye->fy * q[1] / q[2] + eye->cy, width, colour);
}

static void name3(DdViewer* v, const DdEye* eye, const double p[3], const char* name,
                  DdColour colour)
{
    double px[2];
    if (dd_view_project(eye, p, px, NULL) && px[0] > -200 && px[0] < v->canvas.width && px[1] > 0 &&
        px[1] < v->canvas.height) {
        DdColour shade = {15, 23, 42, 0.6};
        dd_canvas_area(&v->canvas, px[0] + 4, px[1] - 11, dd_canvas_text_width(7, name) + 6, 12,
                       shade);
        dd_canvas_text(&v->canvas, px[0] + 7, px[1] - 8.5, 7, colour, name);
    }
}

static void axes3(DdViewer* v, const DdEye* eye, const double pos[3], const double mat[9],
                  double length)
{
    static const DdColour k_axes[] = {{239, 68, 68, 1}, {34, 197, 94, 1}, {59, 130, 246, 1}};
    for (int k = 0; k < 3; k++) {
        double end[3] = {pos[0] + length * mat[k], pos[1] + length * mat[3 + k],
                         pos[2] + length * mat[6 + k]};
        line3(v, eye, pos, end, 2, k_axes[k]);
    }
}

// --- overlays -----------------------------------------------------------------------------------

static void draw_contacts(DdViewer* v, const DdScene* s, const DdEye* eye)
{
    const mjData* d = dd_world_data(s->world);
    DdColour colour = DD_RGB(0xfacc15), normal = DD_RGB(0xf97316);
    for (int i = 0; i < d->ncon && i < 4000; i++) {
        const mjContact* c = &d->contact[i];
        double px[2], depth;
        if (c->exclude != 0 || !dd_view_project(eye, c->pos, px, &depth)) {
            continue;
        }
        double length = 0.03 * depth, end[3];
        for (int k = 0; k < 3; k++) {
            end[k] = c->pos[k] + length * c->frame[k];
        }
        line3(v, eye, c->pos, end, 2, normal);
        dd_canvas_line(&v->canvas, px[0], px[1], px[0], px[1], 6, colour);
    }
}

// Near points are drawn last and brighter.
static void draw_points(DdViewer* v, const DdScene* s, const DdEye* eye)
{
    DdColour ray = {45, 212, 191, 0.25};
    int rays = s->point_from ? s->npoint / 300 + 1 : 0;
    for (int i = 0; rays && i < s->npoint; i += rays) {
        double a[3], b[3];
        for (int k = 0; k < 3; k++) {
            a[k] = s->point_from[i][k];
            b[k] = s->point[i][k];
        }
        line3(v, eye, a, b, 1, ray);
    }
    for (int i = 0; i < s->npoint; i++) {
        double p[3] = {s->point[i][0], s->point[i][1], s->point[i][2]}, px[2], depth;
        if (!dd_view_project(eye, p, px, &depth)) {
            continue;
        }
        double share = dd_clamp(p[2] / 3, 0, 1);
        DdColour colour = {(unsigned char)(40 + 215 * share), (unsigned char)(235 - 90 * share), 90,
                           0.95};
        dd_canvas_area(&v->canvas, px[0] - 1, px[1] - 1, 2.2, 2.2, colour);
    }
}

typedef struct OwnBox { // in the axes of an instance's root body
    double lo[3], hi[3];
} OwnBox;

// Boxes of all instances, 1 .. n, in one pass over the geoms. malloc'd.
static OwnBox* own_boxes(DdWorld* w, int n)
{
    const mjModel* m = dd_world_model(w);
    const mjData* d = dd_world_data(w);
    OwnBox* box = malloc((size_t)(n + 1) * sizeof *box);
    DD_ASSERT(box);
    for (int i = 0; i <= n; i++) {
        for (int k = 0; k < 3; k++) {
            box[i].lo[k] = INFINITY;
            box[i].hi[k] = -INFINITY;
        }
    }
    for (int g = 0; g < m->ngeom; g++) {
        int instance = dd_world_instance_of_body(w, m->geom_bodyid[g]);
        if (instance < 1 || m->geom_type[g] == mjGEOM_PLANE || m->geom_type[g] == mjGEOM_HFIELD) {
            continue;
        }
        int root = dd_world_instance_body(w, instance);
        const double* local = m->geom_aabb + 6 * g;
        for (int c = 0; c < 8; c++) {
            double corner[3], p[3], q[3];
            for (int k = 0; k < 3; k++) {
                corner[k] = local[k] + (c >> k & 1 ? local[3 + k] : -local[3 + k]);
            }
            mju_mulMatVec3(p, d->geom_xmat + 9 * g, corner);
            mju_addTo3(p, d->geom_xpos + 3 * g);
            mju_subFrom3(p, d->xpos + 3 * root);
            mju_mulMatTVec3(q, d->xmat + 9 * root, p);
            for (int k = 0; k < 3; k++) {
                box[instance].lo[k] = fmin(box[instance].lo[k], q[k]);
                box[instance].hi[k] = fmax(box[instance].hi[k], q[k]);
            }
        }
    }
    return box;
}

static void draw_boxes(DdViewer* v, const DdScene* s, const DdEye* eye)
{
    const mjData* d = dd_world_data(s->world);
    int n = dd_world_instance_count(s->world);
    OwnBox* box = own_boxes(s->world, n);
    for (int i = 1; i <= n && i < 2000; i++) {
        double corner[8][3];
        if (!isfinite(box[i].lo[0])) {
            continue;
        }
        int root = dd_world_instance_body(s->world, i);
        int thing = dd_world_instance_thing(s->world, i);
        const char* label = thing >= 0 ? dd_world_thing_label(s->world, thing) : "";
        // one colour per class
        unsigned hash = 2166136261u;
        for (const char* p = label; *p; p++) {
            hash = (hash ^ (unsigned char)*p) * 16777619u;
        }
        DdColour colour = {(unsigned char)(120 + hash % 136),
                           (unsigned char)(120 + hash / 136 % 136),
                           (unsigned char)(120 + hash / 18496 % 136), 0.95};
        for (int c = 0; c < 8; c++) {
            double local[3];
            for (int k = 0; k < 3; k++) {
                local[k] = c >> k & 1 ? box[i].hi[k] : box[i].lo[k];
            }
            mju_mulMatVec3(corner[c], d->xmat + 9 * root, local);
            mju_addTo3(corner[c], d->xpos + 3 * root);
        }
        for (int c = 0; c < 8; c++) {
            for (int k = 0; k < 3; k++) {
                if (!(c >> k & 1)) {
                    line3(v, eye, corner[c], corner[c | 1 << k], 1.5, colour);
                }
            }
        }
        if (n <= k_names_max) {
            char text[2 * DD_NAME_MAX + 4];
            snprintf(text, sizeof text, "%s: %s", label, dd_world_instance_name(s->world, i));
            name3(v, eye, corner[7], text, colour);
        }
    }
    free(box);
}

// Frames of robots by name; of everything else that moves its own axes.
static void draw_frames(DdViewer* v, const DdScene* s, const DdEye* eye)
{
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    int named = 0;
    for (int i = 0; i < m->nsite; i++) {
        double depth, px[2];
        int thing = dd_world_thing_of_body(s->world, m->site_bodyid[i]);
        if (thing < 0 || strcmp(dd_world_thing_kind(s->world, thing), "robot") != 0 ||
            !dd_view_project(eye, d->site_xpos + 3 * i, px, &depth)) {
            continue;
        }
        axes3(v, eye, d->site_xpos + 3 * i, d->site_xmat + 9 * i, 0.03 * depth);
        const char* name = mj_id2name(m, mjOBJ_SITE, i);
        if (name && named++ < k_names_max) {
            name3(v, eye, d->site_xpos + 3 * i, name, k_grey);
        }
    }
    int n = dd_world_instance_count(s->world);
    for (int i = 1; i <= n && i < 2000; i++) {
        int body = dd_world_instance_body(s->world, i);
        double depth, px[2];
        if (dd_world_body_moves(s->world, body) &&
            dd_view_project(eye, d->xpos + 3 * body, px, &depth)) {
            axes3(v, eye, d->xpos + 3 * body, d->xmat + 9 * body, 0.05 * depth);
            if (n <= k_names_max) {
                name3(v, eye, d->xpos + 3 * body, dd_world_instance_name(s->world, i), k_white);
            }
        }
    }
}

static void draw_paths(DdViewer* v, const DdScene* s, const DdEye* eye)
{
    static const DdColour k_trails[] = {{56, 189, 248, 1},
                                        {251, 146, 60, 1},
                                        {74, 222, 128, 1},
                                        {232, 121, 249, 1},
                                        {248, 113, 113, 1}};
    for (int i = 0; i < v->ntrail; i++) {
        const DdTrail* t = &v->trail[i];
        DdColour colour = k_trails[i % 5];
        for (int k = 1; k < t->n; k++) {
            // what is still to come, in a recording, is drawn faintly
            colour.a = t->point[k][0] <= s->t_s + 1e-9 ? 1 : 0.3;
            line3(v, eye, t->point[k - 1] + 1, t->point[k] + 1, 2, colour);
        }
    }
}

void dd_view_draw_overlays(DdViewer* v, const DdScene* s, const DdEye* eye)
{
    if (v->show.paths) {
        draw_paths(v, s, eye);
    }
    if (v->show.points) {
        draw_points(v, s, eye);
    }
    if (v->show.boxes) {
        draw_boxes(v, s, eye);
    }
    if (v->show.frames) {
        draw_frames(v, s, eye);
    }
    if (v->show.contacts && s->exact) {
        draw_contacts(v, s, eye);
    }
}

// --- trails -------------------------------------------------------------------------------------

void dd_view_forget_trails(DdViewer* v)
{
    for (int i = 0; i < v->ntrail; i++) {
        free(v->trail[i].point);
    }
    v->ntrail = 0;
    v->trail_s = -1;
}

static void make_trails(DdViewer* v, const DdScene* s)
{
    const mjModel* m = dd_world_model(s->world);
    for (int b = 1; b < m->nbody && v->ntrail < DD_TRAILS_MAX; b++) {
        // roots of what moves freely or is moved, and the hands of what stands
        bool root = m->body_parentid[b] == 0 || m->body_weldid[m->body_parentid[b]] == 0;
        bool leads = root && dd_world_body_moves(s->world, b) && m->body_dofnum[b] != 1;
        for (int i = 0; i < s->plan->nrobot && !leads; i++) {
            const char* name = s->plan->robot[i].placement.name;
            int base = dd_world_body(s->world, name);
            bool last = b + 1 == m->nbody || m->body_rootid[b + 1] != m->body_rootid[b];
            leads = base >= 0 && !dd_world_body_moves(s->world, base) && last &&
                    m->body_rootid[b] == m->body_rootid[base];
        }
        if (leads) {
            DdTrail* t = &v->trail[v->ntrail++];
            *t = (DdTrail){.body = b, .point = calloc(DD_TRAIL_MAX, sizeof *t->point)};
            DD_ASSERT(t->point);
            if (s->film) {
                t->n = dd_film_path(s->film, b, t->point, DD_TRAIL_MAX);
            }
        }
    }
}

void dd_view_keep_trails(DdViewer* v, const DdScene* s)
{
    if (v->ntrail == 0) {
        make_trails(v, s);
        v->trail_s = -1;
    }
    if (s->film || (v->trail_s >= 0 && s->t_s < v->trail_s + 0.02)) {
        return;
    }
    v->trail_s = s->t_s;
    for (int i = 0; i < v->ntrail; i++) {
        DdTrail* t = &v->trail[i];
        double pose[7];
        if (t->n == DD_TRAIL_MAX) {
            // half as fine from here on
            for (int k = 0; k < DD_TRAIL_MAX / 2; k++) {
                memcpy(t->point[k], t->point[2 * k], sizeof t->point[k]);
            }
            t->n = DD_TRAIL_MAX / 2;
        }
        dd_world_body_pose(s->world, t->body, pose);
        t->point[t->n][0] = s->t_s;
        memcpy(t->point[t->n++] + 1, pose, 3 * sizeof *pose);
    }
}

// --- panel --------------------------------------------------------------------------------------

double dd_view_panel(const DdViewer* v)
{
    return v->show.measures && v->canvas.width > 2 * k_panel ? k_panel : 0;
}

void dd_view_timeline(const DdViewer* v, double* x, double* y, double* w, double* h)
{
    *x = 14;
    *w = v->canvas.width - 28 - dd_view_panel(v);
    *y = v->canvas.height - 16;
    *h = 8;
}

static void draw_measures(DdViewer* v, const DdScene* s)
{
    DdCanvas* c = &v->canvas;
    double width = dd_view_panel(v);
    if (width == 0) {
        return;
    }
    double x = c->width - width, y = 14;
    char text[200];
    dd_canvas_area(c, x, 0, width, c->height, k_back);
    dd_canvas_text_fit(c, x + 12, y, 8, width - 24, k_white, s->title);
    y += 20;
    if (s->nrequirement > 0) {
        dd_canvas_text(c, x + 12, y, 7, k_dim, "requirements");
        y += 14;
    }
    for (int i = 0; i < s->nrequirement && i < 12; i++) {
        const char* word;
        const DdFilmRequirement* r = &s->requirement[i];
        dd_requirement_state(r, s->t_s, s->duration_s, &word);
        if (s->live) {
            word = r->verdict;
        }
        DdColour colour = dd_word_colour(word);
        dd_canvas_line(c, x + 16, y + 3.5, x + 16, y + 3.5, 7, colour);
        snprintf(text, sizeof text, "%s: %s", r->name, word);
        dd_canvas_text_fit(c, x + 26, y, 7, width - 38, colour, text);
        y += 13;
    }
    y += 8;
    static const DdColour k_lines[] = {{56, 189, 248, 1},
                                       {251, 146, 60, 1},
                                       {74, 222, 128, 1},
                                       {232, 121, 249, 1},
                                       {250, 204, 21, 1}};
    double h =
        dd_clamp((c->height - y - 20) / (s->nseries < k_plots ? s->nseries : k_plots) - 22, 24, 90);
    for (int i = 0; i < s->nseries && i < k_plots && y + h + 22 < c->height; i++) {
        const DdSeries* series = &s->series[i];
        dd_series_text(series, s->t_s, text, sizeof text);
        dd_canvas_text_fit(c, x + 12, y, 7, width - 24, k_lines[i], text);
        y += 11;
        DdColour field = {255, 255, 255, 0.07};
        dd_canvas_area(c, x + 12, y, width - 24, h, field);
        // what runs fills the width as it goes, a recording has all of its time
        double span =
            fmax(s->live ? fmin(s->duration_s, fmax(5, 1.1 * s->t_s)) : s->duration_s, 1e-9);
        dd_paint_plot(c, x + 12, y, width - 24, h, series, span, NAN, k_lines[i]);
        double now = x + 12 + (width - 24) * dd_clamp(s->t_s / span, 0, 1);
        dd_canvas_area(c, now - 0.5, y, 1, h, k_white);
        y += h + 11;
    }
}

static void draw_bar(DdViewer* v, const DdScene* s)
{
    DdCanvas* c = &v->canvas;
    double x, y, w, h;
    char text[400], speed[32];
    dd_view_timeline(v, &x, &y, &w, &h);
    dd_canvas_area(c, 0, c->height - k_bar, w + 28, k_bar, k_back);
    double end = s->duration_s > 0 ? s->duration_s : 1;
    DdColour track = {255, 255, 255, 0.2};
    dd_canvas_area(c, x, y, w, h, track);
    dd_canvas_area(c, x, y, w * dd_clamp(s->t_s / end, 0, 1), h, DD_RGB(0x38bdf8));
    for (int i = 0; i < s->nevent; i++) {
        double ex = x + w * dd_clamp(s->event[i].t / end, 0, 1);
        dd_canvas_area(c, ex - 0.75, y - 4, 1.5, 4, DD_RGB(0xe879f9));
    }
    for (int i = 0; i < s->nrequirement; i++) {
        if (!isnan(s->requirement[i].t)) {
            const char* word;
            dd_requirement_state(&s->requirement[i], INFINITY, s->duration_s, &word);
            word = s->live ? s->requirement[i].verdict : word;
            double rx = x + w * dd_clamp(s->requirement[i].t / end, 0, 1);
            dd_canvas_area(c, rx - 1, y - 5, 2, h + 5, dd_word_colour(word));
        }
    }
    double factor = dd_view_speeds[v->speed];
    if (isfinite(factor)) {
        snprintf(speed, sizeof speed, factor < 1 ? "1/%.0fx" : "%.0fx",
                 factor < 1 ? 1 / factor : factor);
    } else {
        snprintf(speed, sizeof speed, "as fast as possible");
    }
    snprintf(text, sizeof text, "%.2f / %.2f s   %s   %s   camera %s   %s%sh help", s->t_s,
             s->duration_s, v->paused ? "paused" : "playing", speed, v->view.name, s->status,
             s->status[0] ? "   " : "");
    dd_canvas_text_fit(c, x, c->height - k_bar + 9, 8, w, k_white, text);
    // the event of the last second
    for (int i = s->nevent - 1; i >= 0; i--) {
        const DdFilmEvent* e = &s->event[i];
        if (e->t <= s->t_s + 1e-9) {
            if (e->t > s->t_s - 2) {
                snprintf(text, sizeof text, "%.2f s  %s %s %s", e->t, e->kind, e->subject, e->text);
                dd_canvas_area(c, 0, 0, fmin(dd_canvas_text_width(8, text) + 28, w + 28), 22,
                               k_back);
                dd_canvas_text_fit(c, 14, 7, 8, w, DD_RGB(0xf0abfc), text);
            }
            break;
        }
    }
}

static void draw_help(DdViewer* v, const DdScene* s)
{
    static const char* const k_lines[][2] = {
        {"space", "pause, go on"},
        {"right, left", "one step on; back in a recording"},
        {"+ -", "speed 1/8 .. 16, as fast as possible"},
        {"home end page", "jump in a recording; or drag the bar"},
        {"mouse", "left: turn, right: move, wheel: nearer"},
        {"c 0", "next camera, camera as it was"},
        {"1", "contacts"},
        {"2", "lidar and scanner points"},
        {"3", "boxes of objects"},
        {"4", "frames"},
        {"5", "paths"},
        {"m", "measures and requirements"},
        {"p", "picture to drydock_view.png"},
        {"h", "this help"},
        {"escape", "end"},
    };
    int n = sizeof k_lines / sizeof k_lines[0];
    double w = 470, x = 30, y = 36, line = 15;
    DdColour back = {15, 23, 42, 0.88};
    dd_canvas_area(&v->canvas, x, y, w, (n + (s->driven >= 0 ? 2 : 0)) * line + 22, back);
    y += 12;
    for (int i = 0; i < n; i++, y += line) {
        dd_canvas_text(&v->canvas, x + 14, y, 8, DD_RGB(0x38bdf8), k_lines[i][0]);
        dd_canvas_text(&v->canvas, x + 140, y, 8, k_white, k_lines[i][1]);
    }
    if (s->driven >= 0) {
        dd_canvas_text(&v->canvas, x + 14, y + 6, 8, DD_RGB(0xfacc15), "drive");
        dd_canvas_text_fit(&v->canvas, x + 140, y + 6, 8, w - 150, k_white, s->drive_help);
    }
}

void dd_view_draw_panel(DdViewer* v, const DdScene* s)
{
    draw_measures(v, s);
    draw_bar(v, s);
    if (v->show.help) {
        draw_help(v, s);
    }
}
