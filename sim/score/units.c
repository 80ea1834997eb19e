// Units of requirements: the table, and arithmetic on dimensions.
#include "sim/score/units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/math3.h"

// m kg s rad A K
static const DdUnit k_units[] = {
    {"", 1, {{0, 0, 0, 0, 0, 0}}},
    {"m", 1, {{1, 0, 0, 0, 0, 0}}},
    {"kg", 1, {{0, 1, 0, 0, 0, 0}}},
    {"s", 1, {{0, 0, 1, 0, 0, 0}}},
    {"rad", 1, {{0, 0, 0, 1, 0, 0}}},
    {"A", 1, {{0, 0, 0, 0, 1, 0}}},
    {"K", 1, {{0, 0, 0, 0, 0, 1}}},
    {"m/s", 1, {{1, 0, -1, 0, 0, 0}}},
    {"m/s^2", 1, {{1, 0, -2, 0, 0, 0}}},
    {"m/s^3", 1, {{1, 0, -3, 0, 0, 0}}},
    {"rad/s", 1, {{0, 0, -1, 1, 0, 0}}},
    {"rad/s^2", 1, {{0, 0, -2, 1, 0, 0}}},
    {"N", 1, {{1, 1, -2, 0, 0, 0}}},
    {"J", 1, {{2, 1, -2, 0, 0, 0}}},
    {"W", 1, {{2, 1, -3, 0, 0, 0}}},
    {"Pa", 1, {{-1, 1, -2, 0, 0, 0}}},
    {"V", 1, {{2, 1, -3, 0, -1, 0}}},
    {"Hz", 1, {{0, 0, -1, 0, 0, 0}}},
    {"m^2", 1, {{2, 0, 0, 0, 0, 0}}},
    {"m^3", 1, {{3, 0, 0, 0, 0, 0}}},
    {"kg m^2", 1, {{2, 1, 0, 0, 0, 0}}},
    {"N/m", 1, {{0, 1, -2, 0, 0, 0}}},
    // other ways to write them
    {"N m", 1, {{2, 1, -2, 0, 0, 0}}},
    {"N*m", 1, {{2, 1, -2, 0, 0, 0}}},
    {"Nm", 1, {{2, 1, -2, 0, 0, 0}}},
    {"1/s", 1, {{0, 0, -1, 0, 0, 0}}},
    {"m/s2", 1, {{1, 0, -2, 0, 0, 0}}},
    {"mm", 1e-3, {{1, 0, 0, 0, 0, 0}}},
    {"cm", 1e-2, {{1, 0, 0, 0, 0, 0}}},
    {"um", 1e-6, {{1, 0, 0, 0, 0, 0}}},
    {"km", 1e3, {{1, 0, 0, 0, 0, 0}}},
    {"g", 1e-3, {{0, 1, 0, 0, 0, 0}}},
    {"t", 1e3, {{0, 1, 0, 0, 0, 0}}},
    {"ms", 1e-3, {{0, 0, 1, 0, 0, 0}}},
    {"us", 1e-6, {{0, 0, 1, 0, 0, 0}}},
    {"min", 60, {{0, 0, 1, 0, 0, 0}}},
    {"h", 3600, {{0, 0, 1, 0, 0, 0}}},
    {"deg", DD_PI / 180, {{0, 0, 0, 1, 0, 0}}},
    {"deg/s", DD_PI / 180, {{0, 0, -1, 1, 0, 0}}},
    {"deg/s^2", DD_PI / 180, {{0, 0, -2, 1, 0, 0}}},
    {"rpm", DD_PI / 30, {{0, 0, -1, 1, 0, 0}}},
    {"mm/s", 1e-3, {{1, 0, -1, 0, 0, 0}}},
    {"cm/s", 1e-2, {{1, 0, -1, 0, 0, 0}}},
    {"m/min", 1.0 / 60, {{1, 0, -1, 0, 0, 0}}},
    {"km/h", 1 / 3.6, {{1, 0, -1, 0, 0, 0}}},
    {"kN", 1e3, {{1, 1, -2, 0, 0, 0}}},
    {"kN m", 1e3, {{2, 1, -2, 0, 0, 0}}},
    {"kJ", 1e3, {{2, 1, -2, 0, 0, 0}}},
    {"Wh", 3600, {{2, 1, -2, 0, 0, 0}}},
    {"kWh", 3.6e6, {{2, 1, -2, 0, 0, 0}}},
    {"kW", 1e3, {{2, 1, -3, 0, 0, 0}}},
    {"kPa", 1e3, {{-1, 1, -2, 0, 0, 0}}},
    {"MPa", 1e6, {{-1, 1, -2, 0, 0, 0}}},
    {"bar", 1e5, {{-1, 1, -2, 0, 0, 0}}},
    {"mA", 1e-3, {{0, 0, 0, 0, 1, 0}}},
    {"mV", 1e-3, {{2, 1, -3, 0, -1, 0}}},
    {"kHz", 1e3, {{0, 0, -1, 0, 0, 0}}},
    {"%", 1e-2, {{0, 0, 0, 0, 0, 0}}},
};
enum { k_nunit = sizeof k_units / sizeof *k_units };

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || (unsigned char)c >= 0x80;
}

const DdUnit* dd_unit_match(const char* text, size_t* n)
{
    const DdUnit* best = NULL;
    size_t longest = 0;
    for (int i = 1; i < k_nunit; i++) {
        size_t length = strlen(k_units[i].name);
        // "1/s" begins with a digit: a name for a table, not for a text
        if (length > longest && !isdigit((unsigned char)k_units[i].name[0]) &&
            strncmp(text, k_units[i].name, length) == 0 &&
            (k_units[i].name[0] == '%' || !is_word(text[length]))) {
            best = &k_units[i];
            longest = length;
        }
    }
    *n = longest;
    return best;
}

const DdUnit* dd_unit_find(const char* name)
{
    for (int i = 0; i < k_nunit; i++) {
        if (strcmp(k_units[i].name, name) == 0) {
            return &k_units[i];
        }
    }
    return NULL;
}

bool dd_dim_equal(DdDim a, DdDim b)
{
    return memcmp(a.power, b.power, sizeof a.power) == 0;
}

bool dd_dim_none(DdDim a)
{
    return dd_dim_equal(a, (DdDim){{0}});
}

bool dd_dim_mul(DdDim a, DdDim b, int sign, DdDim* out)
{
    for (int i = 0; i < DD_DIM_COUNT; i++) {
        int power = a.power[i] + sign * b.power[i];
        if (power < -9 || power > 9) {
            return false;
        }
        out->power[i] = (signed char)power;
    }
    return true;
}

void dd_dim_print(DdDim d, char out[DD_DIM_TEXT_MAX])
{
    static const char* const k_names[DD_DIM_COUNT] = {"m", "kg", "s", "rad", "A", "K"};
    for (int i = 0; i < k_nunit; i++) {
        if (k_units[i].si == 1 && dd_dim_equal(k_units[i].dim, d)) {
            snprintf(out, DD_DIM_TEXT_MAX, "%s", k_units[i].name);
            return;
        }
    }
    size_t n = 0;
    out[0] = 0;
    for (int i = 0; i < DD_DIM_COUNT; i++) {
        if (d.power[i]) {
            int wrote = snprintf(out + n, DD_DIM_TEXT_MAX - n, d.power[i] == 1 ? "%s%s" : "%s%s^%d",
                                 n ? " " : "", k_names[i], d.power[i]);
            n += (size_t)wrote;
        }
    }
}
