// The sky of satellites, dilution of precision, and WGS-84.
#include "sim/sense/gnss_sky.h"

#include "sim/base/math3.h"

static const double k_deg = DD_PI / 180;
static const double k_golden_angle = 137.50776; // deg

// WGS-84: equatorial radius and flattening
static const double k_radius = 6378137;
static const double k_flattening = 1 / 298.257223563;

void dd_sky_make(DdSky* sky, int n, double mask_rad)
{
    sky->n = n;
    double lowest = sin(mask_rad);
    for (int k = 0; k < n; k++) {
        double up = lowest + (1 - lowest) * (k + 0.5) / n;
        double flat = sqrt(1 - up * up);
        double azimuth = k_golden_angle * k * k_deg; // from north, clockwise
        sky->dir[k][0] = flat * sin(azimuth);
        sky->dir[k][1] = flat * cos(azimuth);
        sky->dir[k][2] = up;
    }
}

bool dd_sky_dop(const DdSky* sky, const bool* seen, double dop[3])
{
    // normal matrix of the position and the receiver's clock
    double a[4][4] = {{0}};
    int count = 0;
    for (int k = 0; k < sky->n; k++) {
        if (!seen[k]) {
            continue;
        }
        double row[4] = {sky->dir[k][0], sky->dir[k][1], sky->dir[k][2], 1};
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                a[i][j] += row[i] * row[j];
            }
        }
        count++;
    }
    if (count < 4) {
        return false;
    }
    // Cholesky; a pivot that vanishes is a direction that nothing measures
    double l[4][4] = {{0}};
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = a[i][j];
            for (int k = 0; k < j; k++) {
                sum -= l[i][k] * l[j][k];
            }
            if (i == j && sum < 1e-6) {
                return false;
            }
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
    }
    // the inverse's diagonal: squared lengths of the columns of the inverse of l
    for (int c = 0; c < 3; c++) {
        double column[4] = {0}, square = 0;
        for (int i = c; i < 4; i++) {
            double sum = i == c ? 1 : 0;
            for (int k = c; k < i; k++) {
                sum -= l[i][k] * column[k];
            }
            column[i] = sum / l[i][i];
            square += column[i] * column[i];
        }
        dop[c] = sqrt(square);
    }
    return true;
}

void dd_geodetic_of(const double origin[3], const double enu[3], double lla[3])
{
    double e2 = k_flattening * (2 - k_flattening);
    double sp = sin(origin[0] * k_deg), cp = cos(origin[0] * k_deg);
    double sl = sin(origin[1] * k_deg), cl = cos(origin[1] * k_deg);

    // the origin, then the point, in the earth-centred frame
    double normal = k_radius / sqrt(1 - e2 * sp * sp);
    double x = (normal + origin[2]) * cp * cl;
    double y = (normal + origin[2]) * cp * sl;
    double z = (normal * (1 - e2) + origin[2]) * sp;
    x += -sl * enu[0] - sp * cl * enu[1] + cp * cl * enu[2];
    y += cl * enu[0] - sp * sl * enu[1] + cp * sl * enu[2];
    z += cp * enu[1] + sp * enu[2];

    // latitude by Bowring's iteration, which gains five digits a round
    double flat = sqrt(x * x + y * y);
    double minor = k_radius * (1 - k_flattening);
    double second = e2 / (1 - e2);
    double beta = atan2(z * k_radius, flat * minor);
    double latitude = 0;
    for (int i = 0; i < 4; i++) {
        double sb = sin(beta), cb = cos(beta);
        latitude = atan2(z + second * minor * sb * sb * sb, flat - e2 * k_radius * cb * cb * cb);
        beta = atan2((1 - k_flattening) * sin(latitude), cos(latitude));
    }
    double s = sin(latitude), c = cos(latitude);
    normal = k_radius / sqrt(1 - e2 * s * s);
    lla[0] = latitude / k_deg;
    lla[1] = atan2(y, x) / k_deg;
    // along the normal, good at any latitude
    lla[2] = flat * c + z * s - k_radius * k_radius / normal;
}
