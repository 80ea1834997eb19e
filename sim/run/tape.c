// Tape: reads a recording into what a replay needs: files, plan, journal, hashes, restore points.
#include "sim/run/replay_impl.h"

#include <inttypes.h>
#include <string.h>

static void* grow(void* array, int64_t n, size_t size)
{
    // doubling: exact powers of two mean the room is used up
    if (n == 0 || (n & (n - 1)) != 0) {
        if (n != 0) {
            return array;
        }
    }
    array = realloc(array, (size_t)(n == 0 ? 1 : 2 * n) * size);
    DD_ASSERT(array);
    return array;
}

// Larger files lie once per run in files/SHA256.
static bool load_outside(const json_t* row, const char* files_dir, DdFiles* files, DdError* err)
{
    const char* name = json_string_value(json_object_get(row, "name"));
    const char* sha = json_string_value(json_object_get(row, "sha256"));
    if (!name || !sha) {
        return dd_fail(err, DD_ERROR_DAMAGED, "the run record's list of files is damaged");
    }
    const DdFile* file = dd_files_find(files, name);
    char path[DD_PATH_MAX];
    char hex[DD_SHA256_HEX_SIZE];
    if (!file) {
        if (!files_dir) {
            return dd_fail(err, DD_ERROR_CANNOT_CHECK,
                           "the file '%s' of the run is not in the recording "
                           "and there is no files folder beside it",
                           name);
        }
        dd_path_join(path, files_dir, sha);
        if (!dd_file_exists(path)) {
            return dd_fail(err, DD_ERROR_CANNOT_CHECK, "the file '%s' of the run is missing: %s",
                           name, path);
        }
        file = dd_files_load(files, name, path, (size_t)1 << 32, err);
        if (!file) {
            return false;
        }
    }
    dd_sha256_hex(file->sha256, hex);
    if (strcmp(hex, sha) != 0) {
        return dd_fail(err, DD_ERROR_DAMAGED,
                       "the file '%s' of the run has SHA-256 %s, recorded was %s", name, hex, sha);
    }
    return true;
}

bool dd_replay_files(DdPlay* play, const char* files_dir, DdFiles* files, DdError* err)
{
    if (!dd_play_files(play, files, err)) {
        return false;
    }
    json_t* record = dd_play_run_record(play, err);
    if (!record) {
        return false;
    }
    bool fine = true;
    size_t i;
    json_t* row;
    json_array_foreach(json_object_get(record, "files"), i, row)
    {
        fine = fine && load_outside(row, files_dir, files, err);
    }
    json_decref(record);
    return fine;
}

static int slot_of(const DdTape* tape, const char* robot)
{
    json_t* agents = json_object_get(json_object_get(tape->record, "plan"), "agents");
    for (size_t i = 0; i < json_array_size(agents); i++) {
        const char* name = json_string_value(json_object_get(json_array_get(agents, i), "robot"));
        if (name && strcmp(name, robot) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool add_journal(DdTape* tape, const DdPlayItem* item, DdError* err)
{
    tape->entry = grow(tape->entry, tape->nentry, sizeof *tape->entry);
    DdJournalEntry* entry = &tape->entry[tape->nentry];
    memset(entry, 0, sizeof *entry);
    entry->step = item->step;
    entry->slot = -1;
    if (strcmp(item->channel, "action") == 0) {
        entry->slot = slot_of(tape, item->subject);
        if (entry->slot < 0) {
            return dd_fail(err, DD_ERROR_DAMAGED,
                           "the journal holds an action of '%s', which no agent "
                           "drives",
                           item->subject);
        }
        // room for the widest action, so that a short one cannot be read past its end
        entry->action = calloc(DD_ACTION_DIM_MAX * DD_ACTION_PARTS_MAX, sizeof(double));
        DD_ASSERT(entry->action);
        if (item->n > DD_ACTION_DIM_MAX * DD_ACTION_PARTS_MAX) {
            return dd_fail(err, DD_ERROR_DAMAGED, "an action of %d numbers in the journal",
                           item->n);
        }
        memcpy(entry->action, item->values, (size_t)item->n * sizeof(double));
    } else {
        snprintf(entry->op.kind, sizeof entry->op.kind, "%s", item->channel);
        snprintf(entry->op.target, sizeof entry->op.target, "%s", item->subject);
        int n = item->n < DD_STAGE_VALUES ? item->n : DD_STAGE_VALUES;
        memcpy(entry->op.v, item->values, (size_t)n * sizeof(double));
    }
    tape->nentry++;
    return true;
}

static bool add_hashes(DdTape* tape, const DdPlayItem* item, DdError* err)
{
    if (item->first_step != tape->nhash + 1) {
        return dd_fail(err, DD_ERROR_DAMAGED,
                       "the hash chain jumps from step %" PRId64 " to %" PRId64, tape->nhash,
                       item->first_step);
    }
    for (int i = 0; i < item->n; i++) {
        tape->hash = grow(tape->hash, tape->nhash, sizeof *tape->hash);
        tape->hash[tape->nhash++] = item->hashes[i];
    }
    return true;
}

// What the agent did is told twice, in its own message and in the journal, which comes right before
// it.
static void compare_action(DdTape* tape, const DdPlayItem* item)
{
    const DdJournalEntry* entry = tape->nentry > 0 ? &tape->entry[tape->nentry - 1] : NULL;
    bool same = entry && entry->slot >= 0 && entry->step == item->step &&
                entry->slot == slot_of(tape, item->subject) &&
                item->n <= DD_ACTION_DIM_MAX * DD_ACTION_PARTS_MAX &&
                memcmp(entry->action, item->values, (size_t)item->n * sizeof(double)) == 0;
    if (!same && !tape->action_differs) {
        tape->action_differs = true;
        tape->action_step = item->step;
        snprintf(tape->action_robot, sizeof tape->action_robot, "%s", item->subject);
    }
}

static void add_point(DdTape* tape, const DdPlayItem* item)
{
    tape->point = grow(tape->point, tape->npoint, sizeof *tape->point);
    struct DdTapePoint* point = &tape->point[tape->npoint++];
    point->step = item->step;
    point->n = item->n;
    point->state = malloc((size_t)item->n * sizeof(double) + 1);
    DD_ASSERT(point->state);
    memcpy(point->state, item->values, (size_t)item->n * sizeof(double));
}

static bool read_items(DdTape* tape, DdError* err)
{
    DdPlayItem item;
    dd_play_rewind(tape->play);
    while (dd_play_next(tape->play, &item, err)) {
        switch (item.kind) {
        case DD_PLAY_JOURNAL:
            if (!add_journal(tape, &item, err)) {
                return false;
            }
            break;
        case DD_PLAY_HASHES:
            if (!add_hashes(tape, &item, err)) {
                return false;
            }
            break;
        case DD_PLAY_ACTION:
            compare_action(tape, &item);
            break;
        case DD_PLAY_RESTORE:
            add_point(tape, &item);
            break;
        default:
            break;
        }
    }
    return err->code == DD_OK;
}

bool dd_tape_open(DdTape* tape, const char* mcap_path, const char* files_dir, bool strict,
                  DdError* err)
{
    memset(tape, 0, sizeof *tape);
    dd_error_clear(err);
    tape->play = dd_play_open(mcap_path, strict, err);
    if (!tape->play) {
        return false;
    }
    tape->record = dd_play_run_record(tape->play, err);
    tape->files = dd_files_create();
    const json_t* source = json_object_get(tape->record, "rendering_of");
    if (source) {
        return dd_fail(
            err, DD_ERROR_CANNOT_CHECK,
            "it is a rendering of %s and holds no journal: take the run it was made from",
            json_string_value(json_object_get(source, "file"))
                ? json_string_value(json_object_get(source, "file"))
                : "another recording");
    }
    if (!tape->record || !dd_replay_files(tape->play, files_dir, tape->files, err)) {
        return false;
    }
    dd_files_freeze(tape->files);
    tape->result = dd_play_result(tape->play);
    const char* seed = json_string_value(json_object_get(tape->record, "seed"));
    tape->seed = seed ? strtoull(seed, NULL, 10) : 0;
    tape->index = (int)json_integer_value(json_object_get(tape->record, "episode"));
    if (!read_items(tape, err)) {
        return false;
    }
    json_t* steps = json_object_get(tape->result, "steps");
    tape->last_step = steps ? json_integer_value(steps) : tape->nhash;
    return true;
}

void dd_tape_close(DdTape* tape)
{
    for (int i = 0; i < tape->nentry; i++) {
        free(tape->entry[i].action);
    }
    for (int i = 0; i < tape->npoint; i++) {
        free(tape->point[i].state);
    }
    free(tape->entry);
    free(tape->point);
    free(tape->hash);
    json_decref(tape->record);
    json_decref(tape->result);
    dd_files_destroy(tape->files);
    dd_play_close(tape->play);
    memset(tape, 0, sizeof *tape);
}

DdPlan* dd_tape_plan(const DdTape* tape, DdError* err)
{
    return dd_plan_from_json(json_object_get(tape->record, "plan"), tape->files, err);
}

DdEpisode* dd_tape_episode(const DdTape* tape, DdPlan* plan, DdJournal* journal, DdError* err)
{
    DdEpisodeDef def = dd_episode_def();
    def.seed = tape->seed;
    def.index = tape->index;
    def.mute_pictures = true;
    DdOutcome outcome;
    DdEpisode* ep = dd_episode_from_plan(&def, plan, true, &outcome, err);
    if (!ep) {
        return NULL;
    }
    *journal = (DdJournal){.entry = tape->entry, .n = tape->nentry};
    ep->journal = journal;
    return ep;
}
