// The run folder: RUN/{run.json,scorecard.json,files/} and one bag per episode. Private to
// sim/batch, but for what batch.h declares.
#pragma once

#include "sim/batch/batch.h"

void dd_remove_tree(const char* path);
void dd_remove_run(const char* dir); // what a run wrote, nothing else
bool dd_dir_empty(const char* path);
// Every regular file below `dir`, paths relative to it, sorted. Freed by dd_file_list_clear.
typedef struct DdFileList {
    int n;
    char (*path)[DD_PATH_MAX];
} DdFileList;
DdFileList dd_file_list(const char* dir);
void dd_file_list_clear(DdFileList* list);
