// Things: the table of kinds.
#include "sim/world/things.h"

#include <string.h>

#define DD_THING_KIND_ROW(name) &dd_thing_##name,
static const DdThingKind* const k_kinds[] = {DD_THING_KIND_LIST(DD_THING_KIND_ROW)};
#undef DD_THING_KIND_ROW

enum { k_kind_count = sizeof k_kinds / sizeof(void*) };

const DdThingKind* const* dd_thing_kinds(int* n)
{
    *n = k_kind_count;
    return k_kinds;
}

const DdThingKind* dd_thing_kind(const char* name)
{
    for (int i = 0; i < k_kind_count; i++) {
        if (strcmp(k_kinds[i]->name, name) == 0) {
            return k_kinds[i];
        }
    }
    return NULL;
}
