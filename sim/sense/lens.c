// Lens: the projections of CameraInfo, their inverse by Newton, and which of them make sense.
#include "sim/sense/lens.h"

#include <math.h>
#include <string.h>

static const double k_deg = DD_PI / 180;
// where the search for a fold ends: tan of 87 degrees
static const double k_radius_end = 19;
static const double k_newton_done = 1e-12; // a step this small has reached 1e-9 long ago
enum { k_newton_steps = 40 };

// Distorted coordinates of undistorted ones, and the derivatives when `j` (4, row-major) is not
// NULL. Formulas as in sensor_msgs/CameraInfo and OpenCV's "Camera Calibration".
static void distort(const DdLens* lens, double x, double y, double out[2], double* j)
{
    const double* d = lens->d;
    double r2 = x * x + y * y;
    double num = 1 + r2 * (d[0] + r2 * (d[1] + r2 * d[4]));
    double den = 1 + r2 * (d[5] + r2 * (d[6] + r2 * d[7]));
    double radial = num / den;
    double p1 = d[2], p2 = d[3];
    out[0] = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x);
    out[1] = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y;
    if (j) {
        double dnum = d[0] + r2 * (2 * d[1] + r2 * 3 * d[4]);
        double dden = d[5] + r2 * (2 * d[6] + r2 * 3 * d[7]);
        double slope = 2 * (dnum * den - num * dden) / (den * den);
        j[0] = radial + x * x * slope + 2 * p1 * y + 6 * p2 * x;
        j[1] = x * y * slope + 2 * p1 * x + 2 * p2 * y;
        j[2] = j[1];
        j[3] = radial + y * y * slope + 6 * p1 * y + 2 * p2 * x;
    }
}

// Distance from the middle (over f) at which a ray `t` off the axis arrives, and its derivative: t
// is tan of the angle, or for the fisheye the angle itself.
static double reach(const DdLens* lens, double t, double* slope)
{
    if (lens->model == DD_LENS_EQUIDISTANT) {
        const double* k = lens->d;
        double t2 = t * t;
        *slope = 1 + t2 * (3 * k[0] + t2 * (5 * k[1] + t2 * (7 * k[2] + t2 * 9 * k[3])));
        return t * (1 + t2 * (k[0] + t2 * (k[1] + t2 * (k[2] + t2 * k[3]))));
    }
    DdLens straight = *lens;
    double out[2], j[4];
    straight.d[2] = straight.d[3] = 0;
    distort(&straight, t, 0, out, j);
    *slope = j[0];
    return out[0];
}

// The first t at which the picture turns back, at most `end`.
static double fold_of(const DdLens* lens, double end)
{
    enum { k_scan = 4000 };
    for (int i = 1; i <= k_scan; i++) {
        // fine near the axis: steps grow with the square
        double u = (double)i / k_scan, slope;
        double t = end * u * u, before = end * (u - 1.0 / k_scan) * (u - 1.0 / k_scan);
        double r = reach(lens, t, &slope);
        if (slope > 0 && isfinite(r)) {
            continue;
        }
        for (int k = 0; k < 60; k++) {
            double mid = (before + t) / 2;
            r = reach(lens, mid, &slope);
            if (slope > 0 && isfinite(r)) {
                before = mid;
            } else {
                t = mid;
            }
        }
        return before;
    }
    return end;
}

const char* dd_lens_name(const DdLens* lens)
{
    static const char* const k_names[] = {"plumb_bob", "plumb_bob", "rational_polynomial",
                                          "equidistant"};
    return k_names[lens->model];
}

bool dd_lens_project(const DdLens* lens, const double p[3], double px[2])
{
    double out[2];
    if (lens->model == DD_LENS_EQUIDISTANT) {
        double rho = sqrt(p[0] * p[0] + p[1] * p[1]), slope;
        double theta = atan2(rho, p[2]);
        if (theta > lens->max_angle) {
            return false;
        }
        double scale = rho > 0 ? reach(lens, theta, &slope) / rho : 1;
        out[0] = scale * p[0];
        out[1] = scale * p[1];
    } else {
        if (!(p[2] > 0)) {
            return false;
        }
        double x = p[0] / p[2], y = p[1] / p[2];
        if (lens->model == DD_LENS_PINHOLE) {
            out[0] = x;
            out[1] = y;
        } else {
            if (atan(sqrt(x * x + y * y)) > lens->max_angle) {
                return false;
            }
            distort(lens, x, y, out, NULL);
        }
    }
    px[0] = lens->fx * out[0] + lens->cx;
    px[1] = lens->fy * out[1] + lens->cy;
    return true;
}

// t with reach(t) = r, between 0 and `end`, where reach grows.
static bool unreach(const DdLens* lens, double r, double end, double* t)
{
    double lo = 0, hi = end, slope;
    double at = *t > 0 && *t < end ? *t : r < end ? r : end / 2;
    if (reach(lens, end, &slope) < r) {
        return false;
    }
    for (int i = 0; i < 200; i++) {
        double miss = reach(lens, at, &slope) - r;
        *(miss > 0 ? &hi : &lo) = at;
        double next = at - miss / slope;
        // Newton inside of the bracket, else halves
        next = next > lo && next < hi ? next : (lo + hi) / 2;
        bool done = fabs(next - at) < k_newton_done;
        at = next;
        if (done) {
            break;
        }
    }
    *t = at;
    return true;
}

bool dd_lens_ray(const DdLens* lens, double u, double v, double guess[2], double dir[3])
{
    double xd = (u - lens->cx) / lens->fx, yd = (v - lens->cy) / lens->fy;
    double r = sqrt(xd * xd + yd * yd);
    if (lens->model == DD_LENS_EQUIDISTANT) {
        double theta = guess ? guess[0] : 0;
        if (!unreach(lens, r, lens->max_angle, &theta)) {
            return false;
        }
        double s = r > 0 ? sin(theta) / r : 0;
        dir[0] = xd * s;
        dir[1] = yd * s;
        dir[2] = cos(theta);
        if (guess) {
            guess[0] = theta;
        }
        return true;
    }
    double x = xd, y = yd;
    if (lens->model != DD_LENS_PINHOLE) {
        double end = tan(lens->max_angle);
        if (guess) {
            x = guess[0];
            y = guess[1];
        } else {
            // the radial part alone starts the search on the right branch
            double t = 0;
            t = unreach(lens, r, end, &t) ? t : end;
            x = r > 0 ? xd * t / r : 0;
            y = r > 0 ? yd * t / r : 0;
        }
        bool found = false;
        for (int i = 0; i < k_newton_steps && !found; i++) {
            double at[2], j[4];
            distort(lens, x, y, at, j);
            double det = j[0] * j[3] - j[1] * j[2];
            if (!(det > 0)) {
                return false;
            }
            double ex = at[0] - xd, ey = at[1] - yd;
            double dx = (j[3] * ex - j[1] * ey) / det, dy = (j[0] * ey - j[2] * ex) / det;
            x -= dx;
            y -= dy;
            found = fabs(dx) + fabs(dy) < k_newton_done;
        }
        if (!found || x * x + y * y > end * end) {
            return false;
        }
    }
    double n = 1 / sqrt(x * x + y * y + 1);
    dir[0] = x * n;
    dir[1] = y * n;
    dir[2] = n;
    if (guess) {
        guess[0] = x;
        guess[1] = y;
    }
    return true;
}

// Every pixel of the rim must be within reach of a distorted pinhole.
static bool check_rim(const DdLens* lens, const char* what, DdError* err)
{
    int w = lens->width, h = lens->height;
    for (int i = 0; i < 2 * (w + h); i++) {
        double u = i < 2 * w ? i % w : i % 2 ? w - 1 : 0;
        double v = i >= 2 * w ? (i - 2 * w) / 2 : i < w ? 0 : h - 1;
        double dir[3];
        if (!dd_lens_ray(lens, u, v, NULL, dir)) {
            return dd_fail(err, DD_ERROR_SCRIPT,
                           "%s: distortion folds the picture back %.4g degrees off the axis, and "
                           "pixel (%g, %g) lies beyond; use a longer focal length or other "
                           "coefficients",
                           what, lens->max_angle / k_deg, u, v);
        }
    }
    return true;
}

static bool check_coefficients(const DdSensorDef* def, const char* what, DdError* err)
{
    static const char* const k_names[] = {"pinhole", "plumb_bob", "rational_polynomial",
                                          "equidistant"};
    static const char* const k_counts[] = {"none", "0, 4 or 5: k1 k2 p1 p2 k3",
                                           "8: k1 k2 p1 p2 k3 k4 k5 k6", "0 or 4: k1 k2 k3 k4"};
    int n = def->distortion.n;
    bool fine = n == 0 && def->lens != DD_LENS_RATIONAL;
    fine |= def->lens == DD_LENS_PLUMB_BOB && (n == 4 || n == 5);
    fine |= def->lens == DD_LENS_RATIONAL && n == 8;
    fine |= def->lens == DD_LENS_EQUIDISTANT && n == 4;
    if (!fine) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: distortion of a %s lens must have %s, got %d numbers", what,
                       k_names[def->lens], k_counts[def->lens], n);
    }
    return true;
}

bool dd_lens_open(const DdSensorDef* def, const char* what, DdLens* lens, DdError* err)
{
    bool fisheye = def->lens == DD_LENS_EQUIDISTANT;
    double most = fisheye ? 2 * DD_PI : DD_PI;
    if (!(def->hfov > 0) || (fisheye ? def->hfov > most : def->hfov >= most)) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: hfov must be above 0 and %s %g degrees for this lens, got %.6g degrees",
                       what, fisheye ? "at most" : "below", most / k_deg, def->hfov / k_deg);
    }
    if (!check_coefficients(def, what, err)) {
        return false;
    }
    *lens = (DdLens){.model = (DdLensModel)def->lens,
                     .width = def->width,
                     .height = def->height,
                     .nd = fisheye                         ? 4
                           : def->lens == DD_LENS_RATIONAL ? 8
                                                           : 5};
    memcpy(lens->d, def->distortion.v, (size_t)def->distortion.n * sizeof *lens->d);

    // k4 k5 k6 stand behind k3 in both
    double end = fisheye ? DD_PI : k_radius_end, slope;
    double fold = fold_of(lens, end);
    double edge = fisheye ? def->hfov / 2 : tan(def->hfov / 2);
    if (fisheye && edge > fold) {
        return dd_fail(err, DD_ERROR_SCRIPT,
                       "%s: distortion folds the picture back %.4g degrees off the axis, and hfov "
                       "asks for %.4g",
                       what, fold / k_deg, edge / k_deg);
    }
    bool focal = def->focal[0] > 0;
    double f = fisheye ? def->width / 2.0 / reach(lens, edge, &slope) : def->width / 2.0 / edge;
    lens->fx = focal ? def->focal[0] : f;
    lens->fy = def->focal[1] > 0 ? def->focal[1] : lens->fx;
    lens->cx = def->centre[0] > 0 ? def->centre[0] : (def->width - 1) / 2.0;
    lens->cy = def->centre[1] > 0 ? def->centre[1] : (def->height - 1) / 2.0;
    // with a focal length the field of view of a fisheye is that of its circle
    lens->max_angle = fisheye && focal ? edge : fisheye ? fold : atan(fold);
    if (lens->model == DD_LENS_PINHOLE) {
        lens->max_angle = DD_PI / 2;
    }
    bool distorted = lens->model == DD_LENS_PLUMB_BOB || lens->model == DD_LENS_RATIONAL;
    return !distorted || check_rim(lens, what, err);
}

void dd_lens_info(const DdLens* lens, double* values)
{
    double* k = values + 2;
    double* d = k + 9;
    double* r = d + DD_LENS_COEFFICIENTS;
    double* p = r + 9;
    memset(values, 0, (2 + 9 + DD_LENS_COEFFICIENTS + 9 + 12) * sizeof *values);
    values[0] = lens->width;
    values[1] = lens->height;
    k[0] = p[0] = lens->fx;
    k[4] = p[5] = lens->fy;
    k[2] = p[2] = lens->cx;
    k[5] = p[6] = lens->cy;
    k[8] = p[10] = 1;
    r[0] = r[4] = r[8] = 1;
    memcpy(d, lens->d, (size_t)lens->nd * sizeof *d);
}
