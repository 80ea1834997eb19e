// Weather and light: the fields, the defaults, and what follows from them.
#include "sim/world/weather.h"

#include <math.h>
#include <string.h>

#include "sim/base/math3.h"

#define ROW(member, kind, flags, unit, doc) DD_FIELD_ROW(DdWeather, member, kind, flags, unit, doc)
const DdField dd_weather_fields[] = {
    ROW(name, DD_FIELD_STRING, DD_ANY, "", "unique; made from the kind when absent"),
    ROW(latitude, DD_FIELD_NUMBER, DD_ANY, "deg", "of the world's origin (default 37.45)"),
    ROW(longitude, DD_FIELD_NUMBER, DD_ANY, "deg", "of the world's origin (default 126.60)"),
    ROW(altitude, DD_FIELD_NUMBER, DD_ANY, "m", "above the ellipsoid (default 20)"),
    ROW(hour, DD_FIELD_NUMBER, DD_NONNEGATIVE, "h", "local solar time at the start (default 11)"),
    ROW(day, DD_FIELD_NUMBER, DD_POSITIVE, "", "day of the year (default 172, midsummer)"),
    ROW(sun_elevation, DD_FIELD_NUMBER, DD_ANY | DD_ALLOW_INF, "rad",
        "above the horizon; inf = from place, day and hour"),
    ROW(sun_azimuth, DD_FIELD_NUMBER, DD_ANY | DD_ALLOW_INF, "rad",
        "counter-clockwise from east; inf = from place, day and hour"),
    ROW(cloud, DD_FIELD_NUMBER, DD_UNIT_RANGE, "", "cloud cover"),
    ROW(floodlights, DD_FIELD_NUMBER, DD_ANY | DD_ALLOW_INF, "",
        "0 off .. 1 full; inf = on when the sun is down"),
    ROW(fog, DD_FIELD_NUMBER, DD_POSITIVE | DD_ALLOW_INF, "m",
        "meteorological optical range; inf = clear"),
    ROW(rain, DD_FIELD_NUMBER, DD_NONNEGATIVE, "mm/h", "rate"),
    ROW(snow, DD_FIELD_NUMBER, DD_NONNEGATIVE, "mm/h", "rate, of water"),
    ROW(dust, DD_FIELD_NUMBER, DD_NONNEGATIVE, "g/m^3", "in the air"),
    ROW(temperature, DD_FIELD_NUMBER, DD_ANY, "degC", "of the air (default 20)"),
    ROW(wind, DD_FIELD_VEC3, DD_ANY, "m/s", "the way it blows"),
    ROW(wetness, DD_FIELD_NUMBER, DD_ANY | DD_ALLOW_INF, "",
        "of floors, 0 dry .. 1 wet; inf = wet when it rains"),
    ROW(dirt, DD_FIELD_NUMBER, DD_UNIT_RANGE, "", "on lenses and windows"),
    DD_FIELD_ROWS_END,
};
#undef ROW

DdWeather dd_weather_def(void)
{
    return (DdWeather){.latitude = 37.45,
                       .longitude = 126.60,
                       .altitude = 20,
                       .hour = 11,
                       .day = 172,
                       .sun_elevation = INFINITY,
                       .sun_azimuth = INFINITY,
                       .floodlights = INFINITY,
                       .fog = INFINITY,
                       .temperature = 20,
                       .wetness = INFINITY};
}

static const double k_rad = DD_PI / 180;

// sun

// Declination (rad) by the low-precision formulas of the Astronomical Almanac, which NOAA's
// calculator has too: good to 0.01 degrees in 2026, the year that days are counted in, and to 0.2
// degrees in other years of the leap cycle. `days` of universal time since that year began.
static double declination(double days)
{
    double n = 9496.5 + days; // since J2000.0
    double mean = (280.460 + 0.9856474 * n) * k_rad;
    double g = (357.528 + 0.9856003 * n) * k_rad;
    double ecliptic = mean + (1.915 * sin(g) + 0.020 * sin(2 * g)) * k_rad;
    double tilt = (23.439 - 4e-7 * n) * k_rad;

    return asin(dd_clamp(sin(tilt) * sin(ecliptic), -1, 1));
}

// Where the sun stands at a place by the clock of its own sundial.
static void sun_position(const DdWeather* w, double t_s, double* elevation, double* azimuth)
{
    double days = w->day - 1 + w->hour / 24 + t_s / 86400;
    double dec = declination(days - w->longitude / 360);
    double turn = 2 * DD_PI * (days - floor(days) - 0.5); // the hour angle, 0 at noon
    double lat = w->latitude * k_rad;
    double east = -cos(dec) * sin(turn);
    double north = sin(dec) * cos(lat) - cos(dec) * sin(lat) * cos(turn);
    double up = sin(lat) * sin(dec) + cos(lat) * cos(dec) * cos(turn);

    *elevation = asin(dd_clamp(up, -1, 1));
    *azimuth = atan2(north, east);
}

// Below the horizon the illuminance falls by decades: known points, straight lines of its logarithm
// between them.
static double twilight(double elevation)
{
    static const double k_points[][2] = {// deg, lx
                                         {-18, 6e-4}, {-12, 8e-3}, {-6, 3.4},
                                         {-4, 30},    {-0.8, 400}, {0, 800}};
    enum { k_count = sizeof k_points / sizeof *k_points };
    double deg = elevation / k_rad;

    if (deg <= k_points[0][0]) {
        return k_points[0][1];
    }
    int i = 1;
    while (i < k_count - 1 && deg > k_points[i][0]) {
        i++;
    }
    double t = (deg - k_points[i - 1][0]) / (k_points[i][0] - k_points[i - 1][0]);
    return exp(log(k_points[i - 1][1]) + t * log(k_points[i][1] / k_points[i - 1][1]));
}

// Light on level ground (lx) from the sun itself and from the sky, in clear air.
static void clear_light(double elevation, double* sun, double* sky)
{
    if (elevation <= 0) {
        *sun = 0;
        *sky = twilight(elevation);
        return;
    }
    double s = sin(elevation);
    // the air's mass on the way, by Kasten and Young (1989)
    double mass = 1 / (s + 0.50572 * pow(elevation / k_rad + 6.07995, -1.6364));
    *sun = 133.8e3 * exp(-0.21 * mass) * s;
    *sky = 800 + 15.5e3 * sqrt(s);
}

DdSun dd_weather_sun(const DdWeather* w, double t_s)
{
    const double k_fog_layer = 100; // m, how thick fog lies
    double elevation, azimuth, sun, sky;
    DdSun out;

    sun_position(w, t_s, &elevation, &azimuth);
    elevation = isinf(w->sun_elevation) ? elevation : w->sun_elevation;
    azimuth = isinf(w->sun_azimuth) ? azimuth : w->sun_azimuth;
    clear_light(elevation, &sun, &sky);
    // a closed cover leaves 15 %, in the form of Kasten and Czeplak (1980), and no disc of the sun
    out.illuminance = (sun + sky) * (1 - 0.85 * pow(w->cloud, 3.4));
    double direct = sun * (1 - w->cloud);
    if (direct > 0) {
        direct *= exp(-dd_weather_extinction(w, 555) * k_fog_layer / sin(elevation));
    }
    out.direct = out.illuminance > 0 ? direct / out.illuminance : 0;
    out.elevation = elevation;
    out.direction[0] = cos(elevation) * cos(azimuth);
    out.direction[1] = cos(elevation) * sin(azimuth);
    out.direction[2] = sin(elevation);
    return out;
}

double dd_weather_floodlights(const DdWeather* w, double t_s)
{
    if (!isinf(w->floodlights)) {
        return w->floodlights;
    }
    // yards switch on at dusk, by light
    return dd_weather_sun(w, t_s).illuminance < 50 ? 1 : 0;
}

// air

// Kim's exponent (2001) of fog's dependence on the wavelength, by the visual range in km.
static double kim_exponent(double km)
{
    if (km > 50) {
        return 1.6;
    }
    if (km > 6) {
        return 1.3;
    }
    if (km > 1) {
        return 0.16 * km + 0.34;
    }
    return km > 0.5 ? km - 0.5 : 0;
}

double dd_weather_extinction(const DdWeather* w, double wavelength_nm)
{
    const double k_dust = 0.8; // m^2/g
    double sum = k_dust * w->dust;

    if (!isinf(w->fog)) {
        sum += log(20) / w->fog * pow(wavelength_nm / 550, -kim_exponent(w->fog / 1000));
    }
    if (w->rain > 0) {
        sum += 3.65e-4 * pow(w->rain, 0.63);
    }
    if (w->snow > 0) {
        sum += 1.44e-3 * pow(w->snow, 0.57);
    }
    return sum;
}

// floors

double dd_weather_wetness(const DdWeather* w)
{
    const double k_soaked = 2.5; // mm/h, the upper end of light rain

    return isinf(w->wetness) ? dd_clamp((w->rain + w->snow) / k_soaked, 0, 1) : w->wetness;
}

double dd_weather_friction(const DdWeather* w)
{
    const double k_wet = 0.6; // of rubber and polyurethane on concrete and asphalt: 0.5 to 0.65

    return 1 - (1 - k_wet) * dd_weather_wetness(w);
}

// members by name

bool dd_weather_check(const DdWeather* w, const char* what, DdError* err)
{
    static const struct {
        const char* name;
        size_t at;
        double lo, hi;
        const char* unit;
    } k_ranges[] = {
        {"latitude", offsetof(DdWeather, latitude), -90, 90, " deg"},
        {"longitude", offsetof(DdWeather, longitude), -180, 360, " deg"},
        {"altitude", offsetof(DdWeather, altitude), -1000, 10000, " m"},
        {"hour", offsetof(DdWeather, hour), 0, 24, " h"},
        {"day", offsetof(DdWeather, day), 1, 366, ""},
        {"sun_elevation", offsetof(DdWeather, sun_elevation), -DD_PI / 2, DD_PI / 2, " rad"},
        {"floodlights", offsetof(DdWeather, floodlights), 0, 1, ""},
        {"fog", offsetof(DdWeather, fog), 1, INFINITY, " m"},
        {"rain", offsetof(DdWeather, rain), 0, 500, " mm/h"},
        {"snow", offsetof(DdWeather, snow), 0, 100, " mm/h"},
        {"dust", offsetof(DdWeather, dust), 0, 100, " g/m^3"},
        {"temperature", offsetof(DdWeather, temperature), -90, 70, " degC"},
        {"wetness", offsetof(DdWeather, wetness), 0, 1, ""},
    };

    if (!dd_fields_check(dd_weather_fields, w, what, DD_ERROR_SCRIPT, err)) {
        return false;
    }
    for (size_t i = 0; i < sizeof k_ranges / sizeof *k_ranges; i++) {
        double v = *(const double*)((const char*)w + k_ranges[i].at);
        bool by_itself = v == INFINITY &&
                         (dd_field_find(dd_weather_fields, k_ranges[i].name)->flags & DD_ALLOW_INF);
        if (!by_itself && !(v >= k_ranges[i].lo && v <= k_ranges[i].hi)) {
            if (isinf(k_ranges[i].hi)) {
                return dd_fail(err, DD_ERROR_SCRIPT, "%s: %s must be at least %g%s, got %g", what,
                               k_ranges[i].name, k_ranges[i].lo, k_ranges[i].unit, v);
            }
            return dd_fail(err, DD_ERROR_SCRIPT, "%s: %s must be from %g to %g%s, got %g", what,
                           k_ranges[i].name, k_ranges[i].lo, k_ranges[i].hi, k_ranges[i].unit, v);
        }
    }
    for (int i = 0; i < 3; i++) {
        if (fabs(w->wind[i]) > 100) {
            return dd_fail(err, DD_ERROR_SCRIPT, "%s: wind must be at most 100 m/s, got %g", what,
                           w->wind[i]);
        }
    }
    return true;
}

int dd_weather_numbers(const char* field)
{
    const DdField* f = dd_field_find(dd_weather_fields, field);

    if (!f || f->kind == DD_FIELD_STRING) {
        return 0;
    }
    return f->kind == DD_FIELD_VEC3 ? 3 : 1;
}

bool dd_weather_set(DdWeather* w, const char* field, const double* v, DdError* err)
{
    int n = dd_weather_numbers(field);

    if (n == 0) {
        enum { k_most = 32 };
        const char* names[k_most];
        int count = 0;
        for (const DdField* f = dd_weather_fields; f->name && count < k_most; f++) {
            if (f->kind != DD_FIELD_STRING) {
                names[count++] = f->name;
            }
        }
        const char* near = dd_nearest_name(field, names, count);
        return dd_fail(err, DD_ERROR_SCRIPT, "weather has no '%s'%s%s%s", field,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    DdWeather next = *w;
    const DdField* f = dd_field_find(dd_weather_fields, field);
    memcpy((char*)&next + f->offset, v, (size_t)n * sizeof *v);
    if (!dd_weather_check(&next, "weather", err)) {
        return false;
    }
    *w = next;
    return true;
}

// labels

const char* const* dd_label_classes(int* n)
{
    // ids are for ever: new names go to the end
    static const char* const k_classes[] = {
        "background", "ground",    "road",     "wall",       "building", "rack",
        "shelf",      "table",     "conveyor", "door",       "pallet",   "tote",
        "box",        "container", "truck",    "trailer",    "crane",    "vessel",
        "person",     "agv",       "amr",      "arm",        "gripper",  "robot",
        "post",       "sign",      "fence",    "region",     "light",    "ramp",
        "part",       "vehicle",   "cone",     "vegetation", "water",    "other",
    };

    *n = sizeof k_classes / sizeof *k_classes;
    return k_classes;
}
