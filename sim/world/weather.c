// Weather and light: the fields, the defaults, and what follows from them.
#include "sim/world/weather.h"

#include <math.h>

#include "sim/world/world_parts.h"

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

const DdWeather* dd_world_weather(const DdWorld* w)
{
    return &w->weather;
}
