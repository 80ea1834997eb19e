// Files: everything a run read, by content. A live run fills the store from disk; a replay finds
// the same bytes under the same logical names and never touches the disk.
#pragma once

#include <stddef.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"

typedef struct DdFile {
    char name[DD_PATH_MAX]; // logical: "scenario/scenario.lua", "robots/amr_250/model.xml"
    unsigned char* data;    // a NUL follows the last byte
    size_t size;
    unsigned char sha256[DD_SHA256_SIZE];
    int order; // position in the store: the order of first use
} DdFile;

typedef struct DdFiles DdFiles;

DdFiles* dd_files_create(void);
void dd_files_destroy(DdFiles* files); // NULL is fine
// From now on load() only finds; a name that is not in the store is DD_ERROR_CANNOT_CHECK.
void dd_files_freeze(DdFiles* files);
bool dd_files_frozen(const DdFiles* files);

// Reads `path` once (at most `max` bytes; regular files only) and keeps it under `name`. A second
// load of a name gives the first content, whatever the disk says now. NULL on failure.
DD_MUST_USE const DdFile* dd_files_load(DdFiles* files, const char* name, const char* path,
                                        size_t max, DdError* err);
// Put bytes under a name (copied). NULL when the name is taken by other content.
const DdFile* dd_files_add(DdFiles* files, const char* name, const void* data, size_t size,
                           DdError* err);
const DdFile* dd_files_find(const DdFiles* files, const char* name); // NULL when there is none
int dd_files_count(const DdFiles* files);
const DdFile* dd_files_at(const DdFiles* files, int i); // 0 .. count-1, in order of first use

// Whole-file helpers. read: malloc'd, NUL-terminated, caller frees. write: temp + rename, synced; a
// device or a pipe in the place of the file is written to, never replaced.
DD_MUST_USE unsigned char* dd_file_read(const char* path, size_t max, size_t* size, DdError* err);
DD_MUST_USE bool dd_file_write(const char* path, const void* data, size_t size, DdError* err);
bool dd_file_exists(const char* path);
// Which kind of failure an errno is: DISK (no space, read-only, input/output error, quota), MISSING
// (not there), MEMORY. Permission is MISSING when reading, DISK when writing.
DdErrorCode dd_io_code(int errnum, bool writing);
bool dd_dir_exists(const char* path);
DD_MUST_USE bool dd_dir_make(const char* path, DdError* err); // with parents
// The real path of `path`, which must lie below the real path of `root`. False with a sentence.
DD_MUST_USE bool dd_path_below(const char* root, const char* path, char out[DD_PATH_MAX],
                               DdError* err);
// `b` below `a`; `b` alone when it is absolute or `a` is empty. Empty when it does not fit.
void dd_path_join(char out[DD_PATH_MAX], const char* a, const char* b);
const char* dd_path_base(const char* path);                // after the last '/'
void dd_path_dir(char out[DD_PATH_MAX], const char* path); // "." when there is no '/'
// The folder that holds robots/, scenarios/: DRYDOCK_HOME, else beside the binary, else the
// installed share folder. Borrowed, constant after the first call.
const char* dd_home(void);
