// What the files of sim/batch share about child processes. Private to sim/batch.
#pragma once

#include <sys/types.h>

#include "sim/batch/batch.h"

// In the child, right after fork: limits, no network, death with `parent`.
void dd_jail_enter(const DdJailDef* def, pid_t parent);
// A length-prefixed JSON value over a pipe; NULL when the other side is gone.
bool dd_pipe_write(int fd, const void* data, size_t size);
bool dd_pipe_read(int fd, void* data, size_t size);
bool dd_pipe_write_json(int fd, const json_t* j);
json_t* dd_pipe_read_json(int fd);
json_t* dd_error_to_json(const DdError* err);
void dd_error_from_json(DdError* err, const json_t* j);
// "the worker process died of SIGSEGV"
void dd_describe_death(int status, char* out, size_t size);
double dd_wall_s(void); // monotonic; for progress and time limits only
