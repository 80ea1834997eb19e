// drydock recover, export, pack: recordings into other files.
#include "sim/app/app.h"

#include <inttypes.h>
#include <string.h>

#include "recorder/export/export.h"

static const DdOption k_out_options[] = {
    {"-o", "PATH", "what to write"},
    {"--force", NULL, "replace it when it exists"},
    {NULL, NULL, NULL},
};

// -o, refused when it exists.
static const char* out_path(const DdArgs* args, DdError* err)
{
    const char* out = dd_args_value(args, "-o", NULL);
    if (!out) {
        dd_fail(err, DD_ERROR_ARGUMENT, "-o PATH is missing: what shall be written?");
        return NULL;
    }
    if ((dd_file_exists(out) || dd_dir_exists(out)) && !dd_args_flag(args, "--force")) {
        dd_fail(err, DD_ERROR_ARGUMENT, "%s exists: choose another -o, or --force to replace it",
                out);
        return NULL;
    }
    return out;
}

static int recover(const DdArgs* args)
{
    DdError err;
    DdMcapRecovered what = {0};
    dd_error_clear(&err);
    const char* out = out_path(args, &err);
    if (!out) {
        return dd_app_error(args, &err);
    }
    if (!dd_file_exists(args->pos[0])) {
        dd_fail(&err, DD_ERROR_CANNOT_CHECK, "%s does not exist", args->pos[0]);
        return dd_app_error(args, &err);
    }
    if (!dd_mcap_recover(args->pos[0], out, &what, &err)) {
        return dd_app_error(args, &err);
    }
    fprintf(args->json ? stderr : stdout,
            "%s: %" PRIu64 " messages, %" PRIu64 " chunks, %" PRIu64 " attachments, %" PRIu64
            " metadata records; %s\n",
            out, what.messages, what.chunks, what.attachments, what.metadata,
            what.note[0] ? what.note : "nothing was lost");
    if (args->json) {
        dd_app_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:s}", "file", out, "messages",
                              (json_int_t)what.messages, "chunks", (json_int_t)what.chunks,
                              "attachments", (json_int_t)what.attachments, "metadata",
                              (json_int_t)what.metadata, "lost_bytes", (json_int_t)what.lost_bytes,
                              "note", what.note));
    }
    return 0;
}

const DdCommand dd_command_recover = {
    .name = "recover",
    .args = "CUT.mcap -o WHOLE.mcap",
    .doc = "write a whole recording from what is readable of a cut or damaged one",
    .detail = "Says what was lost. --json: {file, messages, chunks, attachments, metadata, "
              "lost_bytes, note}.\n"
              "Exit codes: 0 a readable file was written; 3 nothing could be read.",
    .options = k_out_options,
    .min_args = 1,
    .max_args = 1,
    .run = recover,
};

static int export(const DdArgs* args)
{
    DdError err;
    DdRun r;
    dd_error_clear(&err);
    const DdExportKind* kind = dd_export_kind(args->pos[0]);
    if (!kind) {
        int n;
        const DdExportKind* const* kinds = dd_export_kinds(&n);
        char names[256] = "";
        for (int i = 0; i < n; i++) {
            size_t used = strlen(names);
            snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", kinds[i]->name);
        }
        dd_fail(&err, DD_ERROR_ARGUMENT, "no export format '%s'; there is %s", args->pos[0], names);
        return dd_app_error(args, &err);
    }
    const char* out = out_path(args, &err);
    if (!out || !dd_run_open(args->pos[1], &r, &err)) {
        return dd_app_error(args, &err);
    }
    const char** episodes = calloc((size_t)r.n + 1, sizeof *episodes);
    DD_ASSERT(episodes);
    for (int i = 0; i < r.n; i++) {
        episodes[i] = r.episode[i];
    }
    int n = r.n;
    bool fine = dd_dir_make(out, &err) && kind->run(episodes, n, out, &err);
    free(episodes);
    dd_run_close(&r);
    if (!fine) {
        return dd_app_error(args, &err);
    }
    fprintf(args->json ? stderr : stdout, "%s: %d episodes as %s\n", out, n, kind->name);
    if (args->json) {
        dd_app_json(json_pack("{s:s, s:s, s:i}", "format", kind->name, "out", out, "episodes", n));
    }
    return 0;
}

const DdCommand dd_command_export = {
    .name = "export",
    .args = "FORMAT RUN -o DIR",
    .doc = "export a run: numbers as csv, pictures with their labels as overlays",
    .detail = "--json: {format, out, episodes}. Exit codes: 0; 2; 3; 75.",
    .options = k_out_options,
    .min_args = 2,
    .max_args = 2,
    .run = export,
};

static int pack(const DdArgs* args)
{
    DdError err;
    DdRun r;
    dd_error_clear(&err);
    const char* out = out_path(args, &err);
    if (!out || !dd_run_open(args->pos[0], &r, &err)) {
        return dd_app_error(args, &err);
    }
    bool fine = r.dir[0] != '\0' ||
                dd_fail(&err, DD_ERROR_ARGUMENT, "%s is not a run folder", args->pos[0]);
    fine = fine && dd_run_pack(r.dir, out, &err);
    int n = r.n;
    dd_run_close(&r);
    if (!fine) {
        return dd_app_error(args, &err);
    }
    fprintf(args->json ? stderr : stdout, "%s: %d episodes in one file\n", out, n);
    if (args->json) {
        dd_app_json(json_pack("{s:s, s:i}", "file", out, "episodes", n));
    }
    return 0;
}

const DdCommand dd_command_pack = {
    .name = "pack",
    .args = "RUN -o FILE.drydock",
    .doc = "one self-contained file of a run (a plain tar); every command reads it",
    .detail = "--json: {file, episodes}. Exit codes: 0; 2; 3 damaged; 75.",
    .options = k_out_options,
    .min_args = 1,
    .max_args = 1,
    .run = pack,
};
