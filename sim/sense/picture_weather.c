// Weather on pictures: air, falling drops, drops and dirt on the window, glare; blur; 8 bits to
// linear light and back.
#include "sim/sense/picture_weather.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "sim/base/error.h"

static const double k_gamma = 2.2;
enum { k_decay_end = 16, k_decay_per = 64, k_decay_n = k_decay_end * k_decay_per };
enum { k_codes = 4096, k_run = 64 }; // by the root of the light, in which 8 bits are nearly even

// tables that never change
static pthread_once_t s_once = PTHREAD_ONCE_INIT;
static float s_linear[256];
static unsigned char s_code[k_codes];
static float s_decay[k_decay_n + 2];

static void make_tables(void)
{
    for (int i = 0; i < 256; i++) {
        s_linear[i] = (float)pow(i / 255.0, k_gamma);
    }
    for (int i = 0; i < k_codes; i++) {
        s_code[i] = (unsigned char)floor(255 * pow(i / (k_codes - 1.0), 2 / k_gamma) + 0.5);
    }
    for (int i = 0; i < k_decay_n + 2; i++) {
        s_decay[i] = (float)exp(-(double)i / k_decay_per);
    }
}

const float* dd_film_linear(void)
{
    pthread_once(&s_once, make_tables);
    return s_linear;
}

void dd_film_develop(const float* light, size_t nvalue, unsigned char* rgb)
{
    pthread_once(&s_once, make_tables);
    for (size_t i = 0; i < nvalue; i += k_run) {
        int index[k_run], n = nvalue - i < k_run ? (int)(nvalue - i) : k_run;
        const float* in = light + i;
        for (int k = 0; k < n; k++) {
            float v = in[k] < 0 ? 0 : in[k] > 1 ? 1 : in[k];
            index[k] = (int)(sqrtf(v) * (k_codes - 1) + 0.5F);
        }
        for (int k = 0; k < n; k++) {
            rgb[i + (size_t)k] = s_code[index[k]];
        }
    }
}

static float decay(float t)
{
    if (!(t < k_decay_end)) {
        return 0;
    }
    float at = t * k_decay_per;
    int i = (int)at;
    return s_decay[i] + (at - (float)i) * (s_decay[i + 1] - s_decay[i]);
}

static size_t pixels_of(const DdFilm* f)
{
    return (size_t)f->lens->width * (size_t)f->lens->height;
}

// air

void dd_air_apply(const DdFilm* f, double extinction)
{
    pthread_once(&s_once, make_tables);
    float b = (float)extinction;
    size_t n = pixels_of(f);
    const float a0 = f->airlight[0], a1 = f->airlight[1], a2 = f->airlight[2];
    for (size_t i = 0; i < n; i++) {
        float t = decay(b * f->depth[i] * f->slant[i]);
        float* l = f->light + 3 * i;
        l[0] = a0 + t * (l[0] - a0);
        l[1] = a1 + t * (l[1] - a1);
        l[2] = a2 + t * (l[2] - a2);
    }
}

// what falls

static float unit_of(uint16_t word) // (0, 1)
{
    return ((float)word + 0.5F) / 65536;
}

// Mixes light into the four pixels around a place, where nothing nearer stands.
static void splat(const DdFilm* f, double u, double v, float range, float alpha, const float to[3])
{
    int w = f->lens->width, h = f->lens->height;
    int x = (int)floor(u), y = (int)floor(v);
    float fx = (float)(u - x), fy = (float)(v - y);
    for (int k = 0; k < 4; k++) {
        int px = x + (k & 1), py = y + (k >> 1);
        if (px < 0 || py < 0 || px >= w || py >= h) {
            continue;
        }
        size_t i = (size_t)py * (size_t)w + (size_t)px;
        if (f->depth[i] * f->slant[i] < range) {
            continue;
        }
        float share = alpha * (k & 1 ? fx : 1 - fx) * (k >> 1 ? fy : 1 - fy);
        for (int c = 0; c < 3; c++) {
            f->light[3 * i + (size_t)c] += share * (to[c] - f->light[3 * i + (size_t)c]);
        }
    }
}

typedef struct Falling {
    double per_m3;        // larger than `least`
    double least, lambda; // mm; sizes beyond it are exponential, 1/mm
    double opacity;       // of a full pixel
    double look;          // size in the picture over the size of the drop
    uint32_t lane;        // the first one's
    int most;
} Falling;

static const double k_near = 0.4, k_far = 3; // m

static double fall_speed(const Falling* kind, double mm)
{
    // Atlas et al. (1973) for drops; flakes drift
    double v = kind->look > 1 ? 1.0 : 9.65 - 10.3 * exp(-0.6 * mm);
    return v > 0.1 ? v : 0.1;
}

static void fall(const DdFilm* f, const Falling* kind, const double wind[3])
{
    const DdLens* lens = f->lens;
    double cube = k_far * k_far * k_far - k_near * k_near * k_near;
    double volume = lens->width / lens->fx * lens->height / lens->fy * cube / 3;
    double many = kind->per_m3 * volume;
    int n = many < kind->most ? (int)many : kind->most;
    float bright[3];
    for (int c = 0; c < 3; c++) {
        bright[c] = 0.9F * f->airlight[c];
    }
    for (int i = 0; i < n; i++) {
        uint16_t word[DD_DRAW_WORDS];
        dd_draw(f->draw, f->step, kind->lane + (uint32_t)i, DD_DRAW_STREAKS, word);
        double u = unit_of(word[0]) * lens->width, v = unit_of(word[1]) * lens->height;
        double z = pow(k_near * k_near * k_near + unit_of(word[2]) * cube, 1.0 / 3);
        double mm = kind->least - log(unit_of(word[3])) / kind->lambda;
        double speed = fall_speed(kind, mm), move[3],
               world[3] = {wind[0], wind[1], wind[2] - speed};
        for (int k = 0; k < 3; k++) {
            move[k] = dd_dot3(f->rot + 3 * k, world);
        }
        double du = lens->fx * move[0] / z * f->exposure_s;
        double dv = lens->fy * move[1] / z * f->exposure_s;
        double width = kind->look * mm * 1e-3 * lens->fx / z, length = sqrt(du * du + dv * dv);
        // a thin one covers part of a pixel, a fast one each pixel for part of the time
        double cover = width < 1 ? width : 1, stay = width / (width + length);
        double alpha = kind->opacity * cover * (kind->look > 1 ? stay : 0.3 + 0.7 * stay);
        double span = length + (kind->look > 1 ? width : 0);
        int along = (int)(span < 400 ? span : 400) + 1, across = (int)(width < 40 ? width : 40);
        for (int s = 0; s < along; s++) {
            // round ends
            double t = (double)s / along - 0.5, end = (0.5 - fabs(t)) * span;
            double wide = end < across / 2.0 ? sqrt(end * (across - end)) : across / 2.0;
            for (int q = 0; q <= across; q++) {
                double side = across ? (double)q - across / 2.0 : 0;
                if (across > 1 && fabs(side) > wide) {
                    continue;
                }
                double nu = length > 0 ? -dv / length : 1, nv = length > 0 ? du / length : 0;
                splat(f, u + t * span * nv + side * nu, v - t * span * nu + side * nv, (float)z,
                      (float)alpha, bright);
            }
        }
    }
}

void dd_streaks_apply(const DdFilm* f, double rain, double snow, const double wind[3])
{
    if (rain > 0) {
        // Marshall and Palmer (1948); smaller drops than 0.8 mm are haze
        Falling kind = {.least = 0.8, .opacity = 0.3, .look = 1, .lane = 0, .most = 1500};
        kind.lambda = 4.1 * pow(rain, -0.21);
        kind.per_m3 = 8000 / kind.lambda * exp(-kind.lambda * kind.least);
        fall(f, &kind, wind);
    }
    if (snow > 0) {
        // Gunn and Marshall (1958), sizes of melted drops; flakes are about four times as wide
        Falling kind = {.least = 0.6, .opacity = 0.8, .look = 4, .lane = 1u << 20, .most = 2500};
        kind.lambda = 2.55 * pow(snow, -0.48);
        kind.per_m3 = 7600 * pow(snow, -0.87) / kind.lambda * exp(-kind.lambda * kind.least);
        fall(f, &kind, wind);
    }
}

// the window

void dd_pane_close(DdPane* w)
{
    free(w->dirt);
    free(w->small);
}

enum { k_small = 8 };

// The picture at an eighth, by means.
static void shrink(const DdFilm* f, DdPane* w, int sw, int sh)
{
    if (!w->small) {
        w->small = malloc((size_t)sw * (size_t)sh * 3 * sizeof *w->small);
        DD_ASSERT(w->small);
    }
    memset(w->small, 0, (size_t)sw * (size_t)sh * 3 * sizeof *w->small);
    for (int y = 0; y < sh * k_small; y++) {
        const float* in = f->light + 3 * (size_t)y * (size_t)f->lens->width;
        float* out = w->small + 3 * (size_t)(y / k_small) * (size_t)sw;
        for (int x = 0; x < sw * k_small; x++) {
            for (int c = 0; c < 3; c++) {
                out[3 * (x / k_small) + c] += in[3 * x + c] / (k_small * k_small);
            }
        }
    }
}

static void paint_drop(const DdFilm* f, const DdPane* w, int sw, int sh, const double at[2],
                       double radius)
{
    int width = f->lens->width, height = f->lens->height, r = (int)ceil(radius);
    for (int y = (int)at[1] - r; y <= (int)at[1] + r; y++) {
        for (int x = (int)at[0] - r; x <= (int)at[0] + r; x++) {
            double ox = (x - at[0]) / radius, oy = (y - at[1]) / radius, o2 = ox * ox + oy * oy;
            if (o2 >= 1 || x < 0 || y < 0 || x >= width || y >= height) {
                continue;
            }
            // a small lens: the scene upside down, much of it
            int sx = (int)((at[0] - ox * width / 3) / k_small);
            int sy = (int)((at[1] - oy * height / 3) / k_small);
            sx = sx < 0 ? 0 : sx >= sw ? sw - 1 : sx;
            sy = sy < 0 ? 0 : sy >= sh ? sh - 1 : sy;
            const float* from = w->small + 3 * ((size_t)sy * (size_t)sw + (size_t)sx);
            float* to = f->light + 3 * ((size_t)y * (size_t)width + (size_t)x);
            float alpha = (float)(0.8 * (1 - o2 * o2 * o2 * o2));
            for (int c = 0; c < 3; c++) {
                to[c] += alpha * (from[c] - to[c]);
            }
        }
    }
}

void dd_pane_rain(const DdFilm* f, DdPane* w, double rain)
{
    enum { k_drops = 60, k_lives = 4096 };
    int sw = f->lens->width / k_small, sh = f->lens->height / k_small;
    if (sw < 1 || sh < 1) {
        return;
    }
    shrink(f, w, sw, sh);
    int n = (int)(5 * sqrt(rain) + 0.5);
    double scale = f->lens->width / 640.0;
    for (int i = 0; i < n && i < k_drops; i++) {
        // every place has drops one after the other, each for 20 to 60 s
        uint16_t life[DD_DRAW_WORDS], word[DD_DRAW_WORDS];
        dd_draw(f->draw, 0, (uint32_t)i, DD_DRAW_DROPS, life);
        double period = 20 + 40 * unit_of(life[0]), age = f->t_s + period * unit_of(life[1]);
        double turn = floor(age / period);
        age -= turn * period;
        dd_draw(f->draw, 1, (uint32_t)i * k_lives + (uint32_t)fmod(turn, k_lives), DD_DRAW_DROPS,
                word);
        double size = unit_of(word[2]), radius = scale * (5 + 35 * size * size);
        double slide = unit_of(word[3]) > 0.7 ? 50 * scale * unit_of(word[4]) : 0;
        const double at[2] = {unit_of(word[0]) * f->lens->width,
                              unit_of(word[1]) * f->lens->height + slide * age};
        paint_drop(f, w, sw, sh, at, radius);
    }
}

// Value noise of three octaves, ranked, so that a share of the picture is a threshold.
static void make_dirt(const DdFilm* f, DdPane* w)
{
    int width = f->lens->width, height = f->lens->height;
    size_t n = pixels_of(f);
    float* sum = calloc(n, sizeof *sum);
    w->dirt = malloc(n);
    DD_ASSERT(sum && w->dirt);
    for (int octave = 0; octave < 3; octave++) {
        double cell = width / (6.0 * (1 << octave));
        for (int y = 0; y < height; y++) {
            int gy = (int)(y / cell);
            double ty = y / cell - gy;
            ty = ty * ty * (3 - 2 * ty);
            int last = -1;
            double corner[4] = {0};
            for (int x = 0; x < width; x++) {
                int gx = (int)(x / cell);
                for (int k = 0; k < 4 && gx != last; k++) {
                    uint16_t word[DD_DRAW_WORDS];
                    dd_draw(f->draw, octave,
                            (uint32_t)(gy + (k >> 1)) * 65536 + (uint32_t)(gx + (k & 1)),
                            DD_DRAW_DIRT, word);
                    corner[k] = unit_of(word[0]);
                }
                last = gx;
                double tx = x / cell - gx;
                tx = tx * tx * (3 - 2 * tx);
                double up = corner[0] + tx * (corner[1] - corner[0]);
                double down = corner[2] + tx * (corner[3] - corner[2]);
                sum[(size_t)y * (size_t)width + (size_t)x] +=
                    (float)((up + ty * (down - up)) / (1 << octave));
            }
        }
    }
    enum { k_bins = 4096 };
    size_t* count = calloc(k_bins + 1, sizeof *count);
    DD_ASSERT(count);
    const float scale = k_bins / 1.75F; // the octaves sum to less than 1.75
    for (size_t i = 0; i < n; i++) {
        count[(int)(sum[i] * scale) + 1]++;
    }
    for (int b = 0; b < k_bins; b++) {
        count[b + 1] += count[b];
    }
    for (size_t i = 0; i < n; i++) {
        w->dirt[i] = (unsigned char)(count[(int)(sum[i] * scale)] * 255 / n);
    }
    free(count);
    free(sum);
}

void dd_pane_dirt(const DdFilm* f, DdPane* w, double dirt)
{
    size_t n = pixels_of(f);
    if (!w->dirt) {
        make_dirt(f, w);
    }
    double mean[3] = {0};
    for (size_t i = 0; i < n; i += 7) {
        for (int c = 0; c < 3; c++) {
            mean[c] += 7.0 * f->light[3 * i + (size_t)c] / (double)n;
        }
    }
    // the dirtiest 40 % of the window when all is dirty, soft edges
    float pass[256], veil[256];
    for (int i = 0; i < 256; i++) {
        double deep = dd_clamp((i / 255.0 - (1 - 0.4 * dirt)) / 0.2, 0, 1);
        deep = deep * deep * (3 - 2 * deep);
        pass[i] = (float)(1 - 0.7 * dirt * deep);
        veil[i] = (float)(dirt * (0.02 + 0.03 * deep));
    }
    for (size_t i = 0; i < n; i++) {
        float p = pass[w->dirt[i]], v = veil[w->dirt[i]];
        for (int c = 0; c < 3; c++) {
            float* l = f->light + 3 * i + c;
            *l = *l * p + v * (float)mean[c];
        }
    }
}

void dd_glare_apply(const DdFilm* f, const double to_sun[3], double direct, double level)
{
    enum { k_around = 2 };
    const double k_strength = 0.01, k_core = 0.02; // rad^2
    const DdLens* lens = f->lens;
    double dir[3], px[2];
    for (int k = 0; k < 3; k++) {
        dir[k] = dd_dot3(f->rot + 3 * k, to_sun);
    }
    int free_pixels = 0, all = (2 * k_around + 1) * (2 * k_around + 1);
    if (!dd_lens_project(lens, dir, px) || px[0] < 0 || px[1] < 0 || px[0] > lens->width - 1 ||
        px[1] > lens->height - 1) {
        return;
    }
    for (int k = 0; k < all; k++) {
        int x = (int)(px[0] + 0.5) + k % (2 * k_around + 1) - k_around;
        int y = (int)(px[1] + 0.5) + k / (2 * k_around + 1) - k_around;
        x = x < 0 ? 0 : x >= lens->width ? lens->width - 1 : x;
        y = y < 0 ? 0 : y >= lens->height ? lens->height - 1 : y;
        free_pixels += isinf(f->depth[(size_t)y * (size_t)lens->width + (size_t)x]) != 0;
    }
    float a = (float)(k_strength * direct * level * free_pixels / all);
    if (!(a > 0)) {
        return;
    }
    // angles by the distance in the picture
    float scale = (float)(1 / (lens->fx * lens->fy)), core = (float)k_core;
    for (int y = 0; y < lens->height; y++) {
        float dy = (float)(y - px[1]);
        float* l = f->light + 3 * (size_t)y * (size_t)lens->width;
        for (int x = 0; x < lens->width; x++, l += 3) {
            float dx = (float)(x - px[0]);
            float veil = a / ((dx * dx + dy * dy) * scale + core);
            l[0] += veil;
            l[1] += veil;
            l[2] += veil;
        }
    }
}

// the lens

// One row of weighted rows, three values of margin per tap on each side.
static void mix_rows(const float* light, int width, int height, int y, const float* kernel, int r,
                     float* row)
{
    size_t n = 3 * (size_t)width;
    float* middle = row + 3 * r;
    memset(middle, 0, n * sizeof *middle);
    for (int k = -r; k <= r; k++) {
        int at = y + k < 0 ? 0 : y + k >= height ? height - 1 : y + k;
        const float* in = light + (size_t)at * n;
        float g = kernel[k < 0 ? -k : k];
        for (size_t x = 0; x < n; x++) {
            middle[x] += g * in[x];
        }
    }
    for (int k = 0; k < 3 * r; k++) {
        row[k] = middle[k % 3];
        middle[n + (size_t)k] = middle[n - 3 + (size_t)(k % 3)];
    }
}

void dd_film_blur(int width, int height, double sigma, const float* light, float* out, float* row)
{
    float kernel[DD_BLUR_MOST + 1];
    int r = (int)ceil(3 * sigma);
    r = r > DD_BLUR_MOST ? DD_BLUR_MOST : r;
    double sum = 0;
    for (int i = 0; i <= r; i++) {
        double v = exp(-0.5 * i * i / (sigma * sigma));
        kernel[i] = (float)v;
        sum += i ? 2 * v : v;
    }
    for (int i = 0; i <= r; i++) {
        kernel[i] /= (float)sum;
    }
    size_t n = 3 * (size_t)width;
    for (int y = 0; y < height; y++, out += n) {
        mix_rows(light, width, height, y, kernel, r, row);
        memset(out, 0, n * sizeof *out);
        for (int k = 0; k <= 2 * r; k++) {
            const float* in = row + 3 * k;
            float g = kernel[k < r ? r - k : k - r];
            for (size_t x = 0; x < n; x++) {
                out[x] += g * in[x];
            }
        }
    }
}
