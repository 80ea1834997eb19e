// Light of a camera: what the picture at hand needs, how things move past it, and the way from the
// renderer's 8 bits through air, window, lens and chip to the camera's 8 bits.
#include <string.h>

#include "sim/sense/camera.h"

static const double k_flood_lux = 40;      // white under a yard's lamps
static const double k_ideal_blur_s = 0.01; // exposure of an ideal picture that blurs with motion
static const double k_gamma = 2.2;
// airlight over white: under a clear sky, what clouds take off, lamps at night
static const double k_sky = 0.7, k_sky_cloud = 0.2, k_lamp_haze = 0.05;
static const double k_sun_shows = 0.02; // share of the light, from which its disc dazzles

bool dd_camera_moves(const DdCamera* c)
{
    return c->motion_blur || c->readout_s > 0;
}

void dd_camera_light_begin(DdSense* s, DdCamera* c)
{
    const mjModel* m = dd_world_model(s->world);
    size_t nbody = (size_t)m->nbody;
    const DdLens* lens = dd_view_lens(c->view);
    c->draw = malloc(sizeof *c->draw);
    DD_ASSERT(c->draw);
    dd_draw_open(c->draw, &c->stream);
    c->before_step = -1;
    if (!c->wants[DD_CAMERA_COLOUR]) {
        return;
    }
    c->light = malloc(3 * c->npixel * sizeof *c->light);
    c->motion = calloc(6 * nbody, sizeof *c->motion);
    c->before = calloc(7 * nbody, sizeof *c->before);
    DD_ASSERT(c->light && c->motion && c->before);
    if (dd_camera_moves(c) || c->blur > 0) {
        c->spare = malloc(3 * c->npixel * sizeof *c->spare);
        DD_ASSERT(c->spare);
    }
    if (c->blur > 0) {
        c->row = malloc(3 * ((size_t)lens->width + 2 * DD_BLUR_MOST) * sizeof *c->row);
        DD_ASSERT(c->row);
    }
    if (c->chip.full_well > 0 && (c->chip.prnu > 0 || c->chip.dsnu > 0)) {
        c->fixed = malloc(6 * c->npixel);
        DD_ASSERT(c->fixed);
        dd_chip_fixed(c->draw, c->fixed, 3 * c->npixel);
    }
    if (c->vignetting > 0) {
        c->shade = malloc(c->npixel * sizeof *c->shade);
        DD_ASSERT(c->shade);
        const float* slant = dd_view_slant(c->view);
        double half = sqrt((double)lens->width * lens->width + (double)lens->height * lens->height);
        for (size_t i = 0; i < c->npixel; i++) {
            double x = (double)(i % (size_t)lens->width) - lens->cx;
            double y = (double)(i / (size_t)lens->width) - lens->cy;
            c->shade[i] = (float)dd_vignette(slant[i] > 0 ? 1 / slant[i] : 1, c->vignetting,
                                             2 * sqrt(x * x + y * y) / half);
        }
    }
}

void dd_camera_light_close(DdCamera* c)
{
    free(c->draw);
    free(c->light);
    free(c->spare);
    free(c->row);
    free(c->fixed);
    free(c->shade);
    free(c->motion);
    free(c->before);
    dd_pane_close(&c->window);
}

// world axes to the optical frame's
static void rotation_of(const DdPose* optical, double rot[9])
{
    double inverse[4];
    dd_quat_conj(inverse, optical->quat);
    for (int k = 0; k < 3; k++) {
        double unit[3] = {k == 0, k == 1, k == 2}, turned[3];
        dd_quat_rotate(turned, inverse, unit);
        for (int i = 0; i < 3; i++) {
            rot[3 * i + k] = turned[i];
        }
    }
}

static bool sun_in_picture(const DdCamera* c, const DdPose* optical)
{
    const DdLens* lens = dd_view_lens(c->view);
    double rot[9], dir[3], px[2];
    if (c->sun.direct < k_sun_shows || c->sun.elevation <= 0) {
        return false;
    }
    rotation_of(optical, rot);
    for (int k = 0; k < 3; k++) {
        dir[k] = dd_dot3(rot + 3 * k, c->sun.direction);
    }
    return dd_lens_project(lens, dir, px) && px[0] >= 0 && px[1] >= 0 && px[0] <= lens->width - 1 &&
           px[1] <= lens->height - 1;
}

void dd_camera_light_plan(DdSense* s, DdCamera* c, const DdPose* optical)
{
    const DdWeather* w = dd_sense_weather(s);
    c->sun = dd_weather_sun(w, dd_step_s(s->step, s->physics_hz));
    c->extinction = dd_weather_extinction(w, 555);
    c->glare = c->wants[DD_CAMERA_COLOUR] && sun_in_picture(c, optical);
    c->develop = c->chip.full_well > 0 || c->vignetting > 0 || c->blur > 0 || dd_camera_moves(c) ||
                 c->white_balance > 0 || c->extinction > 0 || w->dirt > 0 || c->glare;
    c->develop = c->develop && c->wants[DD_CAMERA_COLOUR];
    c->exposed_s = c->exposure_s;
    c->gain = 1;
}

bool dd_camera_needs_depth(const DdCamera* c)
{
    bool through_air =
        c->wants[DD_CAMERA_COLOUR] && (c->extinction > 0 || c->glare || dd_camera_moves(c));
    return c->wants[DD_CAMERA_DEPTH] || c->wants[DD_CAMERA_BOXES_2D] || through_air;
}

bool dd_camera_needs_geom(const DdCamera* c)
{
    return c->labels || (c->wants[DD_CAMERA_COLOUR] && dd_camera_moves(c));
}

// motion

static bool by_actor(const mjModel* m, int body)
{
    return m->body_mocapid[m->body_rootid[body]] >= 0;
}

void dd_camera_keep_poses(DdSense* s, DdCamera* c)
{
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    for (int b = 1; b < m->nbody; b++) {
        if (by_actor(m, b)) {
            memcpy(c->before + 7 * b, d->xpos + 3 * b, 3 * sizeof *c->before);
            memcpy(c->before + 7 * b + 3, d->xquat + 4 * b, 4 * sizeof *c->before);
        }
    }
    c->before_step = s->step;
}

// Velocity in the world of the point of a body that is at `at` now, and its turn rate.
static void body_motion(const DdSense* s, const DdCamera* c, int body, const double at[3],
                        double out[6])
{
    const mjModel* m = dd_world_model(s->world);
    const mjData* d = dd_world_data(s->world);
    const double* linear;
    const double* from;
    double moved[3], turned[3] = {0}, arm[3], lever[3];
    memset(out, 0, 6 * sizeof *out);
    if (by_actor(m, body)) {
        if (c->before_step != s->step - 1) {
            return;
        }
        const double* last = c->before + 7 * body;
        double inverse[4], turn[4];
        dd_quat_conj(inverse, last + 3);
        dd_quat_mul(turn, d->xquat + 4 * body, inverse);
        dd_quat_to_rotvec(turn, turned);
        for (int i = 0; i < 3; i++) {
            moved[i] = (d->xpos[3 * body + i] - last[i]) / s->dt;
            turned[i] /= s->dt;
        }
        linear = moved;
        from = d->xpos + 3 * body;
    } else if (m->body_dofnum[body] == 0 && m->body_weldid[body] == 0) {
        return;
    } else if (dd_body_asleep(s, body)) {
        return;
    } else {
        memcpy(turned, d->cvel + 6 * body, sizeof turned);
        linear = d->cvel + 6 * body + 3;
        from = d->subtree_com + 3 * m->body_rootid[body];
    }
    for (int i = 0; i < 3; i++) {
        arm[i] = at[i] - from[i];
    }
    dd_cross3(lever, turned, arm);
    for (int i = 0; i < 3; i++) {
        out[i] = linear[i] + lever[i];
        out[3 + i] = turned[i];
    }
}

// Every body's motion past the camera, in the optical frame.
static void find_motion(const DdSense* s, DdCamera* c, const DdPose* optical, const double rot[9],
                        double still[6])
{
    const mjModel* m = dd_world_model(s->world);
    double own[6];
    body_motion(s, c, c->ref.body, optical->pos, own);
    for (int b = 0; b < m->nbody; b++) {
        double world[6];
        body_motion(s, c, b, optical->pos, world);
        for (int i = 0; i < 6; i++) {
            world[i] -= own[i];
        }
        for (int i = 0; i < 3; i++) {
            c->motion[6 * b + i] = dd_dot3(rot + 3 * i, world);
            c->motion[6 * b + 3 + i] = dd_dot3(rot + 3 * i, world + 3);
        }
    }
    memcpy(still, c->motion, 6 * sizeof *still); // the world's own body
}

static void swap_light(DdCamera* c)
{
    float* spare = c->spare;
    c->spare = c->light;
    c->light = spare;
}

static void apply_shutter(DdSense* s, DdCamera* c, const DdPose* optical, const DdFilm* film)
{
    DdShutter shutter = {.lens = film->lens,
                         .readout_s = c->readout_s,
                         .exposure_s = c->motion_blur ? film->exposure_s : 0,
                         .motion = c->motion,
                         .body_of_geom = dd_world_model(s->world)->geom_bodyid};
    find_motion(s, c, optical, film->rot, shutter.still);
    dd_shutter_apply(&shutter, c->depth, c->geom, c->light, c->spare);
    swap_light(c);
}

// exposure

// Illuminance that white of the picture stands for. The renderer shows five decades of daylight as
// one of brightness and lamps as they are; the chip gets the light itself.
static double scene_lux(const DdSense* s, const DdCamera* c, double t_s, double level)
{
    double day = c->sun.illuminance / pow(level, k_gamma);
    double lamps = k_flood_lux * dd_weather_floodlights(dd_sense_weather(s), t_s);
    return day > lamps ? day : lamps;
}

static void set_exposure(DdCamera* c, double lux)
{
    double least = pow(10, c->gain_db / 20);
    if (c->exposure_s > 0) {
        c->exposed_s = c->exposure_s;
        c->gain = least;
        return;
    }
    if (!c->control.begun) {
        c->control.t_max = 1 / c->rate_hz;
        c->control.gain_min = least;
        dd_auto_begin(&c->control, dd_auto_guess(&c->chip, lux));
    }
    dd_auto_settings(&c->control, &c->exposed_s, &c->gain);
}

static void balance_of(const DdSense* s, const DdCamera* c, double t_s, double out[3])
{
    const DdWeather* w = dd_sense_weather(s);
    out[0] = out[1] = out[2] = 1;
    if (c->white_balance > 0) {
        bool lamps = dd_weather_floodlights(w, t_s) > 0 && c->sun.illuminance < k_flood_lux;
        dd_balance_of(lamps ? 4000 : 5500 + 1000 * w->cloud, c->white_balance, out);
    }
}

static void expose(DdSense* s, DdCamera* c, double t_s, double lux)
{
    DdExposed e = {.t_s = c->exposed_s, .gain = c->gain, .lux = lux, .shade = c->shade};
    balance_of(s, c, t_s, e.balance);
    if (c->chip.full_well > 0) {
        double mean = dd_chip_read(&c->chip, &e, c->draw, s->step, c->fixed, c->light, c->npixel);
        if (c->exposure_s <= 0) {
            dd_auto_seen(&c->control, mean);
        }
        return;
    }
    float f[3] = {(float)e.balance[0], (float)e.balance[1], (float)e.balance[2]};
    for (size_t i = 0; i < c->npixel && (c->shade || c->white_balance > 0); i++) {
        float shade = c->shade ? c->shade[i] : 1;
        for (int k = 0; k < 3; k++) {
            c->light[3 * i + (size_t)k] *= f[k] * shade;
        }
    }
}

// No light of the air comes where the lens shows nothing.
static void darken_rim(DdCamera* c)
{
    const float* slant = dd_view_slant(c->view);
    bool rim = dd_view_lens(c->view)->model == DD_LENS_EQUIDISTANT;
    for (size_t i = 0; i < c->npixel && rim; i++) {
        if (slant[i] == 0) {
            memset(c->light + 3 * i, 0, 3 * sizeof *c->light);
        }
    }
}

void dd_camera_light_expose(DdSense* s, DdCamera* c)
{
    if (c->develop && c->chip.full_well > 0) {
        double t_s = dd_step_s(s->step, s->physics_hz);
        set_exposure(c, scene_lux(s, c, t_s, dd_render_brightness(dd_sense_weather(s), t_s)));
    }
}

void dd_camera_light_develop(DdSense* s, DdCamera* c, const DdPose* optical, unsigned char* rgb)
{
    if (!c->develop) {
        return;
    }
    const DdWeather* w = dd_sense_weather(s);
    double t_s = dd_step_s(s->step, s->physics_hz);
    double level = dd_render_brightness(w, t_s), white = pow(level, k_gamma);
    double lux = scene_lux(s, c, t_s, level), lamps = dd_weather_floodlights(w, t_s);
    const float* linear = dd_film_linear();
    for (size_t i = 0; i < 3 * c->npixel; i++) {
        c->light[i] = linear[rgb[i]];
    }
    DdFilm film = {.lens = dd_view_lens(c->view),
                   .draw = c->draw,
                   .depth = c->depth,
                   .slant = dd_view_slant(c->view),
                   .step = s->step,
                   .t_s = t_s,
                   .exposure_s = c->exposed_s > 0 ? c->exposed_s : k_ideal_blur_s};
    static const double k_warm[3] = {1, 0.9, 0.75};
    double sky = k_sky * (1 - k_sky_cloud * w->cloud) * white;
    for (int k = 0; k < 3; k++) {
        film.airlight[k] = (float)(sky + k_lamp_haze * lamps * k_warm[k]);
    }
    rotation_of(optical, film.rot);
    film.light = c->light;
    if (c->extinction > 0) {
        dd_air_apply(&film, c->extinction);
    }
    if (dd_camera_moves(c)) {
        apply_shutter(s, c, optical, &film);
        film.light = c->light;
    }
    if (w->rain > 0 || w->snow > 0) {
        dd_streaks_apply(&film, w->rain, w->snow, w->wind);
    }
    if (w->rain > 0) {
        dd_pane_rain(&film, &c->window, w->rain);
    }
    if (w->dirt > 0) {
        dd_pane_dirt(&film, &c->window, w->dirt);
    }
    if (c->glare) {
        dd_glare_apply(&film, c->sun.direction, c->sun.direct, white);
    }
    if (c->blur > 0) {
        dd_film_blur(film.lens->width, film.lens->height, c->blur, c->light, c->spare, c->row);
        swap_light(c);
    }
    darken_rim(c);
    expose(s, c, t_s, lux);
    dd_film_develop(c->light, 3 * c->npixel, rgb);
}
