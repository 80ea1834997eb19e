// drydock: the command line. Finds the command, reads its arguments, prints help.
#include "sim/app/app.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

volatile int dd_app_interrupted;

static const DdCommand* const k_commands[] = {
    &dd_command_run,    &dd_command_verify, &dd_command_score,   &dd_command_explain,
    &dd_command_info,   &dd_command_check,  &dd_command_recover, &dd_command_export,
    &dd_command_pack,   &dd_command_list,   &dd_command_new,     &dd_command_completion,
    &dd_command_render, &dd_command_video,  &dd_command_sheet,   &dd_command_view,
};
enum { k_ncommands = sizeof k_commands / sizeof k_commands[0] };

const DdCommand* const* dd_commands(int* n)
{
    *n = k_ncommands;
    return k_commands;
}

// --- arguments

const char* dd_args_value(const DdArgs* args, const char* name, const char* otherwise)
{
    for (int i = args->nopt - 1; i >= 0; i--) {
        if (strcmp(args->opt[i], name) == 0) {
            return args->value[i];
        }
    }
    return otherwise;
}

bool dd_args_flag(const DdArgs* args, const char* name)
{
    for (int i = 0; i < args->nopt; i++) {
        if (strcmp(args->opt[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool dd_args_int(const DdArgs* args, const char* name, int64_t lo, int64_t hi, int64_t* value,
                 DdError* err)
{
    const char* text = dd_args_value(args, name, NULL);
    if (!text) {
        return true;
    }
    char* end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end || v < lo || v > hi) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "%s: '%s' is not a whole number from %lld to %lld",
                       name, text, (long long)lo, (long long)hi);
    }
    *value = v;
    return true;
}

bool dd_args_double(const DdArgs* args, const char* name, double lo, double hi, double* value,
                    DdError* err)
{
    const char* text = dd_args_value(args, name, NULL);
    if (!text) {
        return true;
    }
    char* end;
    double v = strtod(text, &end);
    if (end == text || *end || !(v >= lo && v <= hi)) {
        return dd_fail(err, DD_ERROR_ARGUMENT, "%s: '%s' is not a number from %g to %g", name, text,
                       lo, hi);
    }
    *value = v;
    return true;
}

static const DdOption k_common[] = {
    {"--json", NULL, "one JSON object on standard output, everything else on standard error"},
    {"--help", NULL, "this text"},
    {NULL, NULL, NULL},
};

static const DdOption* find_option(const DdOption* options, const char* name, size_t n)
{
    for (const DdOption* o = options; o && o->name; o++) {
        if (strlen(o->name) == n && strncmp(o->name, name, n) == 0) {
            return o;
        }
    }
    return NULL;
}

static bool unknown_option(const DdCommand* command, const char* arg, DdError* err)
{
    const char* names[64];
    int n = 0;
    for (const DdOption* o = command->options; o && o->name && n < 60; o++) {
        names[n++] = o->name;
    }
    names[n++] = "--json";
    names[n++] = "--help";
    const char* near = dd_nearest_name(arg, names, n);
    return dd_fail(err, DD_ERROR_ARGUMENT,
                   "drydock %s has no option '%s'%s%s%s; see drydock %s --help", command->name, arg,
                   near ? ", did you mean " : "", near ? near : "", near ? "?" : "", command->name);
}

static bool read_args(const DdCommand* command, int argc, char** argv, DdArgs* args, DdError* err)
{
    bool only_positions = false;
    for (int i = 0; i < argc; i++) {
        const char* arg = argv[i];
        if (args->npos >= DD_ARGS_MAX - 1 || args->nopt >= DD_ARGS_MAX - 1) {
            return dd_fail(err, DD_ERROR_ARGUMENT, "more than %d arguments", DD_ARGS_MAX - 1);
        }
        if (only_positions || arg[0] != '-' || arg[1] == '\0') {
            args->pos[args->npos++] = arg;
            continue;
        }
        if (strcmp(arg, "--") == 0) {
            only_positions = true;
            continue;
        }
        const char* equals = strncmp(arg, "--", 2) == 0 ? strchr(arg, '=') : NULL;
        size_t n = equals ? (size_t)(equals - arg) : strlen(arg);
        const DdOption* o = find_option(command->options, arg, n);
        if (!o) {
            o = find_option(k_common, arg, n);
        }
        if (!o) {
            return unknown_option(command, arg, err);
        }
        const char* value = NULL;
        if (o->value) {
            value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
            if (!value) {
                return dd_fail(err, DD_ERROR_ARGUMENT, "%s needs a value: %s %s", o->name, o->name,
                               o->value);
            }
        } else if (equals) {
            return dd_fail(err, DD_ERROR_ARGUMENT, "%s takes no value", o->name);
        }
        args->opt[args->nopt] = o->name;
        args->value[args->nopt++] = value;
        args->json = args->json || strcmp(o->name, "--json") == 0;
    }
    if (!dd_args_flag(args, "--help") &&
        (args->npos < command->min_args || args->npos > command->max_args)) {
        return dd_fail(err, DD_ERROR_ARGUMENT,
                       "usage: drydock %s %s (got %d argument%s); see drydock %s "
                       "--help",
                       command->name, command->args, args->npos, args->npos == 1 ? "" : "s",
                       command->name);
    }
    return true;
}

// --- help

static void print_options(const DdOption* options)
{
    for (const DdOption* o = options; o && o->name; o++) {
        char left[64];
        if (!o->doc) {
            continue; // for tests; told in the manual
        }
        snprintf(left, sizeof left, "%s%s%s", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        printf("  %-24s %s\n", left, o->doc);
    }
}

static int print_help(const DdCommand* command)
{
    printf("usage: drydock %s %s\n\n%s\n", command->name, command->args, command->doc);
    if (command->detail) {
        printf("\n%s\n", command->detail);
    }
    printf("\noptions:\n");
    print_options(command->options);
    print_options(k_common);
    return 0;
}

static int usage(FILE* to)
{
    fprintf(to,
            "drydock %s: inspects physical-AI machines before they are launched\n\n"
            "usage: drydock COMMAND ...   (drydock COMMAND --help tells more)\n\n",
            DD_VERSION);
    for (int i = 0; i < k_ncommands; i++) {
        fprintf(to, "  %-11s %s\n", k_commands[i]->name, k_commands[i]->doc);
    }
    fprintf(
        to,
        "\nexit codes: 0 done; 1 a verdict that is not PASS, or diverged; 2 the user's file or\n"
        "arguments are wrong; 3 cannot check; 70 drydock failed; 75 disk or memory; 130 "
        "interrupted\n");
    return to == stdout ? 0 : 2;
}

// --- what commands share

int dd_app_error(const DdArgs* args, const DdError* err)
{
    fprintf(stderr, "drydock: %s\n", err->text);
    if (err->traceback[0]) {
        fprintf(stderr, "%s\n", err->traceback);
    }
    if (args->json) {
        dd_app_json(json_pack("{s:{s:s, s:s, s:s, s:i}}", "error", "code", dd_error_name(err->code),
                              "text", err->text, "file", err->file, "line", err->line));
    }
    return dd_error_exit_code(err->code);
}

void dd_app_json(json_t* answer)
{
    json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    fputc('\n', stdout);
    json_decref(answer);
}

static void on_signal(int signal)
{
    (void)signal;
    dd_app_interrupted = 1;
}

void dd_app_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static bool s_line_open;

void dd_app_progress(const char* what, int done, int total, double sim_s, double wall_s)
{
    static double last = -1e9;
    static int last_done = -1;
    bool terminal = isatty(STDERR_FILENO);
    // often on a terminal, seldom in a log
    if (terminal ? wall_s - last < 0.2 && done != total
                 : done == last_done || (wall_s - last < 5 && done != total)) {
        return;
    }
    last = wall_s;
    last_done = done;
    double speed = wall_s > 0 ? sim_s / wall_s : 0;
    double left = done > 0 ? wall_s / done * (total - done) : NAN;
    char rest[32] = "";
    if (done > 0 && done < total) {
        snprintf(rest, sizeof rest, ", %.0f s left", left);
    }
    if (terminal) {
        fprintf(stderr, "\r\033[K%s %d/%d, %.1f x real time%s", what, done, total, speed, rest);
        s_line_open = true;
    } else {
        fprintf(stderr, "drydock: %s %d/%d, %.1f x real time%s\n", what, done, total, speed, rest);
    }
    fflush(stderr);
}

void dd_app_progress_end(void)
{
    if (s_line_open) {
        fprintf(stderr, "\r\033[K");
        s_line_open = false;
    }
}

int dd_app_cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (int)n;
}

int main(int argc, char** argv)
{
    if (argc < 2) {
        return usage(stderr);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        return usage(stdout);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("drydock %s\n", DD_VERSION);
        return 0;
    }
    static DdArgs args;
    DdError err;
    dd_error_clear(&err);
    const DdCommand* command = NULL;
    const char* names[k_ncommands];
    for (int i = 0; i < k_ncommands; i++) {
        names[i] = k_commands[i]->name;
        if (strcmp(argv[1], names[i]) == 0) {
            command = k_commands[i];
        }
    }
    if (!command) {
        const char* near = dd_nearest_name(argv[1], names, k_ncommands);
        fprintf(stderr, "drydock: no command '%s'%s%s%s\n", argv[1], near ? ", did you mean " : "",
                near ? near : "", near ? "?" : "; see drydock --help");
        return 2;
    }
    if (!read_args(command, argc - 2, argv + 2, &args, &err)) {
        return dd_app_error(&args, &err);
    }
    if (dd_args_flag(&args, "--help")) {
        return print_help(command);
    }
    int code = command->run(&args);
    if (fflush(stdout) != 0) {
        return 75;
    }
    return code;
}
