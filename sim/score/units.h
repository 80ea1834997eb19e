// Units of requirements: what may stand behind a number, as powers of m, kg, s, rad, A, K.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { DD_DIM_COUNT = 6, DD_DIM_TEXT_MAX = 48 };

// Angles are a dimension of their own, so that rad and a plain number do not mix.
typedef struct DdDim {
    signed char power[DD_DIM_COUNT]; // of m, kg, s, rad, A, K
} DdDim;

typedef struct DdUnit {
    const char* name;
    double si; // one of it in SI units
    DdDim dim;
} DdUnit;

// The longest unit that `text` begins with and that ends there (no letter or digit follows). Its
// length goes to *n. NULL when there is none.
const DdUnit* dd_unit_match(const char* text, size_t* n);
const DdUnit* dd_unit_find(const char* name); // the whole text; NULL when it is unknown
bool dd_dim_equal(DdDim a, DdDim b);
bool dd_dim_none(DdDim a);
// Powers added (sign 1) or subtracted (sign -1); false when one leaves -9..9.
bool dd_dim_mul(DdDim a, DdDim b, int sign, DdDim* out);
// The unit of SI with this dimension: a known name ("m/s", "N") or a product ("m^2 kg s^-1").
void dd_dim_print(DdDim d, char out[DD_DIM_TEXT_MAX]);
