// Exports: the table of formats.
#include "recorder/export/export.h"

#include <string.h>

extern const DdExportKind dd_export_csv, dd_export_overlays;

static const DdExportKind* const k_kinds[] = {&dd_export_csv, &dd_export_overlays};

const DdExportKind* const* dd_export_kinds(int* n)
{
    *n = (int)(sizeof k_kinds / sizeof *k_kinds);
    return k_kinds;
}

const DdExportKind* dd_export_kind(const char* name)
{
    for (size_t i = 0; i < sizeof k_kinds / sizeof *k_kinds; i++) {
        if (strcmp(k_kinds[i]->name, name) == 0) {
            return k_kinds[i];
        }
    }
    return NULL;
}
