// Stereo: disparity d = f B / Z, its noise, and back.
#include "sim/sense/stereo.h"

#include <math.h>
#include <string.h>

#include "sim/base/error.h"

// noise is a moving mean over so many pixels; disparities end there; fractions of a pixel it
// reports
enum { k_window = 7, k_most = 126, k_steps = 32 };

void dd_stereo_open(DdStereo* s)
{
    // rows are drawn in whole runs of four blocks
    size_t n = (size_t)s->width * (size_t)s->height + 4 * DD_DRAW_WORDS;
    s->noise = malloc(n * sizeof *s->noise);
    s->rows = malloc(n * sizeof *s->rows);
    DD_ASSERT(s->noise && s->rows);
}

void dd_stereo_close(DdStereo* s)
{
    free(s->noise);
    free(s->rows);
}

double dd_stereo_nearest(const DdStereo* s)
{
    double least = s->focal * s->baseline / k_most;
    return s->nearest > least ? s->nearest : least;
}

// Moving sums along rows, then along columns; the window ends at the picture's edge. Summed by
// addition alone, so that a pixel's value does not depend on how far away its row began.
static void smooth(const DdStereo* s)
{
    const int half = k_window / 2;
    int w = s->width, h = s->height;
    for (int y = 0; y < h; y++) {
        const float* in = s->noise + (size_t)y * (size_t)w;
        float* out = s->rows + (size_t)y * (size_t)w;
        for (int x = 0; x < w; x++) {
            float sum = 0;
            int lo = x - half < 0 ? 0 : x - half, hi = x + half >= w ? w - 1 : x + half;
            for (int k = lo; k <= hi; k++) {
                sum += in[k];
            }
            out[x] = sum / sqrtf((float)(hi - lo + 1));
        }
    }
    for (int y = 0; y < h; y++) {
        float* out = s->noise + (size_t)y * (size_t)w;
        int lo = y - half < 0 ? 0 : y - half, hi = y + half >= h ? h - 1 : y + half;
        float scale = 1 / sqrtf((float)(hi - lo + 1));
        memset(out, 0, (size_t)w * sizeof *out);
        for (int k = lo; k <= hi; k++) {
            const float* in = s->rows + (size_t)k * (size_t)w;
            for (int x = 0; x < w; x++) {
                out[x] += in[x] * scale;
            }
        }
    }
}

static void draw_noise(const DdStereo* s, const DdDraw* d, int64_t step)
{
    size_t n = (size_t)s->width * (size_t)s->height;
    uint16_t words[4 * DD_DRAW_WORDS];
    for (size_t i = 0; i < n; i += 4 * DD_DRAW_WORDS) {
        dd_draw_many(d, step, (uint32_t)(i / DD_DRAW_WORDS), DD_DRAW_DISPARITY, 4, words);
        for (int k = 0; k < 4 * DD_DRAW_WORDS; k++) {
            s->noise[i + (size_t)k] = d->normal[words[k] >> 4];
        }
    }
    smooth(s);
}

void dd_stereo_measure(const DdStereo* s, const DdDraw* d, int64_t step, float* depth)
{
    float fb = (float)(s->focal * s->baseline), sigma = (float)s->subpixel;
    float nearest = (float)dd_stereo_nearest(s), farthest = (float)s->farthest;
    draw_noise(s, d, step);
    for (int y = 0; y < s->height; y++) {
        float* row = depth + (size_t)y * (size_t)s->width;
        const float* noise = s->noise + (size_t)y * (size_t)s->width;
        // columns of the other picture that nearer things further right already cover
        float covered = INFINITY;
        for (int x = s->width - 1; x >= 0; x--) {
            float z = row[x];
            float disparity = z > 0 && z < INFINITY ? fb / z : 0;
            float other = (float)x - disparity;
            bool hidden = other > covered + 0.5F || other < 0;
            covered = other < covered ? other : covered;
            if (hidden || !(disparity > 0) || z < nearest) {
                row[x] = 0;
                continue;
            }
            float steps = (disparity + sigma * noise[x]) * k_steps;
            disparity = (float)(int)(steps > 0 ? steps + 0.5F : 0) / k_steps;
            z = disparity > 0 ? fb / disparity : 0;
            row[x] = z >= nearest && z <= farthest ? z : 0;
        }
    }
}
