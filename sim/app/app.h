// App: the drydock command line. Each command exports one descriptor from its own file.
#pragma once

#include <jansson.h>

#include "sim/base/error.h"
#include "sim/batch/batch.h"

enum { DD_ARGS_MAX = 1024 };

typedef struct DdOption {
    const char* name;  // "--seed"
    const char* value; // "N"; NULL for a flag
    const char* doc;
} DdOption;

typedef struct DdArgs {
    int npos;
    const char* pos[DD_ARGS_MAX];
    int nopt;
    const char* opt[DD_ARGS_MAX];   // names
    const char* value[DD_ARGS_MAX]; // NULL for flags
    bool json; // --json: one object on standard output, all else on standard error
} DdArgs;

typedef struct DdCommand {
    const char* name;
    const char* args;   // "SCENARIO"
    const char* doc;    // one line
    const char* detail; // paragraphs of --help: what it prints with --json, exit codes
    const DdOption* options;
    int min_args, max_args;
    int (*run)(const DdArgs* args); // exit code
} DdCommand;

extern const DdCommand dd_command_run, dd_command_verify, dd_command_score, dd_command_explain,
    dd_command_info, dd_command_check, dd_command_recover, dd_command_export, dd_command_pack,
    dd_command_list, dd_command_new, dd_command_completion, dd_command_render, dd_command_video,
    dd_command_sheet, dd_command_view;
const DdCommand* const* dd_commands(int* n);

const char* dd_args_value(const DdArgs* args, const char* name,
                          const char* otherwise); // last one wins
bool dd_args_flag(const DdArgs* args, const char* name);
// Numbers with a sentence when they are not: "--episodes: 'x' is not a whole number from 1 to
// 1000000".
DD_MUST_USE bool dd_args_int(const DdArgs* args, const char* name, int64_t lo, int64_t hi,
                             int64_t* value, DdError* err);
DD_MUST_USE bool dd_args_double(const DdArgs* args, const char* name, double lo, double hi,
                                double* value, DdError* err);

// Prints the error (as {"error": {...}} with --json) and returns its exit code.
int dd_app_error(const DdArgs* args, const DdError* err);
// Prints and frees a --json answer on standard output.
void dd_app_json(json_t* answer);
// Set by SIGINT and SIGTERM.
extern volatile int dd_app_interrupted;
void dd_app_catch_signals(void);
// One progress line on a terminal, plain lines elsewhere, always on standard error.
void dd_app_progress(const char* what, int done, int total, double sim_s, double wall_s);
void dd_app_progress_end(void);
// How batch opens a scenario in its worker.
extern const DdBatchOps dd_app_batch_ops;
int dd_app_cores(void);
