// Thermal: the model behind pictures of heat, for tests and other readers.
#pragma once

#include "sim/world/weather.h"

// W/(m^2 sr) of a black body between 8 and 14 um.
double dd_thermal_radiance(double kelvin);
// What a perfect camera reads off a surface that reflects one thing, through air.
double dd_thermal_apparent(double emissivity, double object_k, double reflected_k, double air_k,
                           double transmission);
// Temperature and emissivity of things of a class: air, sunlight, their own heat; steady state.
double dd_thermal_kelvin(const char* label, const DdWeather* w, const DdSun* sun,
                         double* emissivity);
double dd_thermal_sky_kelvin(const DdWeather* w);
