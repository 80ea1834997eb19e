// Shutter: the flow of a pixel, and the gather along it.
#include "sim/sense/shutter.h"

#include <math.h>
#include <string.h>

enum { k_samples = 16 };
static const double k_still_px = 0.05; // less is not worth mixing pixels
static const double k_probe_s = 1e-3;  // for lenses without a closed form

void dd_shutter_flow(const DdShutter* s, double u, double v, float depth, const double motion[6],
                     double flow[2])
{
    const DdLens* lens = s->lens;
    const double* vel = motion;
    const double* turn = motion + 3;
    double inverse = depth > 0 && depth < INFINITY ? 1 / (double)depth : 0;
    if (lens->model == DD_LENS_PINHOLE) {
        double x = (u - lens->cx) / lens->fx, y = (v - lens->cy) / lens->fy;
        // velocity of the point over its depth
        double dx = vel[0] * inverse + turn[1] - turn[2] * y;
        double dy = vel[1] * inverse + turn[2] * x - turn[0];
        double dz = vel[2] * inverse + turn[0] * y - turn[1] * x;
        flow[0] = lens->fx * (dx - x * dz);
        flow[1] = lens->fy * (dy - y * dz);
        return;
    }
    double dir[3], turned[3], px[2];
    flow[0] = flow[1] = 0;
    if (!dd_lens_ray(lens, u, v, NULL, dir)) {
        return;
    }
    if (s->lens->model != DD_LENS_EQUIDISTANT) {
        inverse *= dir[2]; // to one over the range
    }
    dd_cross3(turned, turn, dir);
    for (int i = 0; i < 3; i++) {
        dir[i] += k_probe_s * (vel[i] * inverse + turned[i]);
    }
    if (dd_lens_project(lens, dir, px)) {
        flow[0] = (px[0] - u) / k_probe_s;
        flow[1] = (px[1] - v) / k_probe_s;
    }
}

// Adds the picture's value at a place between pixels.
static void add_sample(const DdLens* lens, const float* from, double u, double v, float sum[3])
{
    int w = lens->width, h = lens->height;
    u = u < 0 ? 0 : u > w - 1 ? w - 1 : u;
    v = v < 0 ? 0 : v > h - 1 ? h - 1 : v;
    int x = (int)u, y = (int)v;
    x = x > w - 2 && w > 1 ? w - 2 : x;
    y = y > h - 2 && h > 1 ? h - 2 : y;
    float fx = (float)(u - x), fy = (float)(v - y);
    const float* a = from + 3 * ((size_t)y * (size_t)w + (size_t)x);
    const float* b = h > 1 ? a + 3 * (size_t)w : a;
    int right = w > 1 ? 3 : 0;
    for (int k = 0; k < 3; k++) {
        float up = a[k] + fx * (a[k + right] - a[k]), down = b[k] + fx * (b[k + right] - b[k]);
        sum[k] += up + fy * (down - up);
    }
}

void dd_shutter_apply(const DdShutter* s, const float* depth, const int* geom, const float* from,
                      float* to)
{
    const DdLens* lens = s->lens;
    int h = lens->height;
    for (int y = 0; y < h; y++) {
        double late = h > 1 ? s->readout_s * ((double)y / (h - 1) - 0.5) : 0;
        for (int x = 0; x < lens->width; x++) {
            size_t i = (size_t)y * (size_t)lens->width + (size_t)x;
            const double* motion =
                geom[i] < 0 ? s->still : s->motion + 6 * s->body_of_geom[geom[i]];
            double flow[2];
            dd_shutter_flow(s, x, y, depth[i], motion, flow);
            double way = sqrt(flow[0] * flow[0] + flow[1] * flow[1]);
            if (way * (fabs(late) + s->exposure_s) < k_still_px) {
                memcpy(to + 3 * i, from + 3 * i, 3 * sizeof *to);
                continue;
            }
            double smear = way * s->exposure_s;
            int n = smear >= k_samples ? k_samples : smear > 1 ? (int)ceil(smear) : 1;
            float sum[3] = {0};
            for (int k = 0; k < n; k++) {
                double t = late + s->exposure_s * ((k + 0.5) / n - 0.5);
                add_sample(lens, from, x - flow[0] * t, y - flow[1] * t, sum);
            }
            for (int k = 0; k < 3; k++) {
                to[3 * i + (size_t)k] = sum[k] / (float)n;
            }
        }
    }
}
