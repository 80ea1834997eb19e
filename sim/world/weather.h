// Weather and light: one state of the world that sensors, pictures, rays and floors read. Set by
// w:weather { ... } at the start and by the stage operation `set_weather` later, so that it is in
// the composition and in the journal.
#pragma once

#include "sim/base/field.h"

typedef struct DdWeather {
    char name[DD_NAME_MAX];
    // place and time
    double latitude, longitude; // deg; default Incheon, 37.45 N 126.60 E
    double altitude;            // m above the ellipsoid, of the world's origin
    double hour;                // local solar time of step 0, 0..24; default 11
    double day;                 // of the year, 1..366; default 172
    // light
    double sun_elevation; // rad; inf (the default) = from place, day and hour
    double sun_azimuth;   // rad, counter-clockwise from east (+x); y is north; inf = the same
    double cloud;         // cover, 0..1
    double floodlights;   // 0 off .. 1 full; inf (the default) = on when the sun is down
    // air
    double fog;         // m, meteorological optical range (5 % contrast); inf = clear
    double rain;        // mm/h
    double snow;        // mm/h of water
    double dust;        // g/m^3
    double temperature; // degC; default 20
    double wind[3];     // m/s, the way it blows; acts on suspended and free bodies
    // surfaces
    double wetness; // of floors, 0 dry .. 1 wet; inf (the default) = by rain
    double dirt;    // on lenses and windows, 0 clean .. 1
} DdWeather;

extern const DdField dd_weather_fields[];
DdWeather dd_weather_def(void); // clear noon in summer

typedef struct DdSun {
    double direction[3]; // unit vector towards the sun
    double elevation;    // rad
    double illuminance;  // lx on a horizontal plane, of sun and sky together
    double direct;       // share of it that comes from the sun itself, 0..1
} DdSun;

// Position by the low-precision formulas of the Astronomical Almanac (NOAA's calculator), `t_s`
// after step 0: geometric, without refraction. The year is 2026.
DdSun dd_weather_sun(const DdWeather* w, double t_s);
// Extinction (1/m) by fog, rain, snow and dust together, at a wavelength in nm (555 visible, 905
// lidar). Formulas and sources: docs/sensors.md.
double dd_weather_extinction(const DdWeather* w, double wavelength_nm);
double dd_weather_wetness(const DdWeather* w); // of floors, 0..1: `wetness`, or by rain
double dd_weather_floodlights(const DdWeather* w, double t_s); // 0..1: `floodlights`, or by the sun
double dd_weather_friction(const DdWeather* w); // factor on floors' sliding friction, 1 dry
// What the field table cannot say.
DD_MUST_USE bool dd_weather_check(const DdWeather* w, const char* what, DdError* err);
// One member by its name ("fog", "wind"), as the stage operation sets it: v has 1 or 3 numbers. A
// refused value leaves the weather as it was.
DD_MUST_USE bool dd_weather_set(DdWeather* w, const char* field, const double* v, DdError* err);
int dd_weather_numbers(const char* field); // how many it takes: 1 or 3; 0: there is no such member
// The classes of drydock's own label table, in order of their ids; 0 is "background".
const char* const* dd_label_classes(int* n);
