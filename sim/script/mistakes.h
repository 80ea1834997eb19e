// Mistakes: what is wrong in a user's declarations. `check` reports all of them, everything else
// stops at the first.
#pragma once

#include "sim/base/error.h"

// Where a declaration stands, so that a mistake can name the line of its field.
typedef struct DdSource {
    const char* shown; // the file as the user gave it; "" when unknown
    const char* text;  // its content; NULL when it is not at hand
    int line;          // of the constructor's call
} DdSource;

typedef struct DdMistakes {
    void (*report)(void* user, const DdError* err); // NULL: they are only counted
    void* user;
    int n;
    DdError first;
} DdMistakes;

// The line of field `where` ("params.x"; "" = the constructor itself) in the table constructor that
// begins at source->line; the nearest line that is known when the field cannot be found.
int dd_source_line(const DdSource* source, const char* where);

void dd_mistake(DdMistakes* m, const DdSource* source, const char* where, const char* fmt, ...)
    DD_PRINTF(4, 5);
// An error that another layer worded; file and line are added when it has none.
void dd_mistake_error(DdMistakes* m, const DdSource* source, const char* where, const DdError* err);
