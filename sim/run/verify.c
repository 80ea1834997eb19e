// Verify: simulate a recording again and compare every step, sample and restore point.
//
// Requirements: no Lua, no agent; any difference is found; segments run in parallel.
// Method: each thread takes a contiguous stretch between restore points. It applies the journal's
// earlier operations to a fresh model, loads the first point's state and goes on like the live run,
// restoring itself at every further point. Compared are the chained hash after every step, the hash
// of every sample, and the bytes of every restore point: what a stretch starts from was checked by
// the stretch before it.
#include "sim/run/replay_impl.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

// The hashes of all recorded samples of one channel, in order.
typedef struct SampleRow {
    uint64_t* hash;
    int64_t n, room;
} SampleRow;

typedef struct Stretch {
    const DdTape* tape;
    const SampleRow* rows; // (channels)
    DdEpisode* ep;
    DdJournal journal;
    int64_t from, to; // steps; `from` is 0 or a restore point
    int first_point;  // index of the first restore point behind `from`
    // what was found
    bool diverged;
    int64_t step; // first step that differs
    char what[DD_NAME_MAX];
    DdError err;
    bool failed;
    int64_t end_step; // where the replay ended by itself, -1
    const volatile int* interrupted;
} Stretch;

static uint64_t sample_hash(const double* values, int n, int64_t step)
{
    return dd_hash64(values, (size_t)n * sizeof *values, (uint64_t)step);
}

static void found(Stretch* s, int64_t step, const char* what)
{
    if (!s->diverged) {
        s->diverged = true;
        s->step = step;
        snprintf(s->what, sizeof s->what, "%s", what);
    }
}

static void on_hash(void* user, int64_t step, uint64_t hash)
{
    Stretch* s = user;
    if (step > s->tape->nhash || s->tape->hash[step - 1] != hash) {
        if (step <= s->tape->nhash) {
            found(s, step, "");
        }
    }
}

static void on_sample(void* user, const DdSample* sample)
{
    Stretch* s = user;
    if (dd_channels_def(s->ep->channels, sample->channel)->picture) {
        return;
    }
    const SampleRow* row = &s->rows[sample->channel];
    bool recorded = sample->sequence < row->n;
    bool same = recorded &&
                row->hash[sample->sequence] == sample_hash(sample->values, sample->n, sample->step);
    // past the end of a cut recording there is nothing to compare with
    if (!same && (recorded || s->tape->result)) {
        found(s, sample->step, dd_channels_def(s->ep->channels, sample->channel)->name);
    }
}

static void on_restore(void* user, int64_t step, const double* state, int n)
{
    Stretch* s = user;
    for (int i = 0; i < s->tape->npoint; i++) {
        const struct DdTapePoint* point = &s->tape->point[i];
        if (point->step == step) {
            if (point->n != n || memcmp(point->state, state, (size_t)n * sizeof *state) != 0) {
                found(s, step, "the restore point");
            }
            return;
        }
    }
    found(s, step, "the restore point, which is missing");
}

// Bring the episode to the stretch's first step.
static bool enter(Stretch* s)
{
    DdEpisode* ep = s->ep;
    ep->hashing = true;
    ep->on_user = s;
    if (s->from > 0) {
        // model edits live in the model, not in the state: repeat them on the fresh one
        while (s->journal.next < s->journal.n && s->journal.entry[s->journal.next].step < s->from) {
            const DdJournalEntry* entry = &s->journal.entry[s->journal.next++];
            if (entry->slot < 0 && !dd_stage_apply(ep->world, &entry->op, &s->err)) {
                return false;
            }
        }
        const struct DdTapePoint* point = &s->tape->point[s->first_point];
        if (point->n != ep->state_size) {
            return dd_fail(&s->err, DD_ERROR_CANNOT_CHECK,
                           "the restore point at step %" PRId64 " has %d "
                           "numbers, this build writes %d",
                           point->step, point->n, ep->state_size);
        }
        if (!dd_episode_restore(ep, point->state, &s->err)) {
            return false;
        }
        // the point itself was made just before this tick
        ep->next_restore = s->from + ep->restore_every;
        ep->started = true;
    }
    ep->on_hash = on_hash;
    ep->on_sample = on_sample;
    ep->on_restore = on_restore;
    return true;
}

static void* run_stretch(void* user)
{
    Stretch* s = user;
    DdEpisode* ep = s->ep;
    s->end_step = -1;
    if (!enter(s)) {
        s->failed = true;
        return NULL;
    }
    while (!s->diverged) {
        // a stretch ends by making the next one's restore point and comparing it
        dd_episode_tick_begin(ep);
        if (ep->ended || ep->step >= s->to) {
            break;
        }
        if (s->interrupted && *s->interrupted) {
            s->failed = !dd_fail(&s->err, DD_ERROR_INTERRUPTED, "interrupted");
            return NULL;
        }
        dd_episode_tick_end(ep);
        if (ep->forced) {
            break;
        }
    }
    if (ep->ended) {
        s->end_step = ep->end_step;
    }
    return NULL;
}

// --- the recorded samples -----------------------------------------------------------------------

static bool load_samples(DdTape* tape, const DdChannels* channels, SampleRow* rows, DdError* err)
{
    DdPlayItem item;
    dd_error_clear(err);
    dd_play_rewind(tape->play);
    dd_play_select(tape->play, DD_PLAY_SAMPLE, NULL);
    while (dd_play_next(tape->play, &item, err)) {
        int channel = dd_channels_find(channels, item.channel);
        if (channel < 0) {
            return dd_fail(err, DD_ERROR_CANNOT_CHECK,
                           "the recording has a channel '%s' that its plan "
                           "does not make",
                           item.channel);
        }
        if (dd_channels_def(channels, channel)->picture) {
            continue;
        }
        SampleRow* row = &rows[channel];
        if (row->n == row->room) {
            row->room = row->room ? 2 * row->room : 256;
            row->hash = realloc(row->hash, (size_t)row->room * sizeof *row->hash);
            DD_ASSERT(row->hash);
        }
        row->hash[row->n++] = sample_hash(item.values, item.n, item.step);
    }
    return err->code == DD_OK;
}

// --- where it diverged

static int body_find(const DdWorld* w, const char* name)
{
    for (int i = 0; i < dd_world_body_count(w); i++) {
        if (strcmp(dd_world_body_name(w, i), name) == 0) {
            return i;
        }
    }
    return -1;
}

// The body that is farthest from its recorded pose at the first pose log behind the divergence.
static void blame_body(DdTape* tape, Stretch* s, DdVerify* out)
{
    DdPlayItem item;
    DdError err;
    dd_error_clear(&err);
    s->ep->on_hash = NULL;
    s->ep->on_sample = NULL;
    s->ep->on_restore = NULL;
    s->ep->hashing = false;
    dd_play_rewind(tape->play);
    dd_play_select(tape->play, DD_PLAY_POSES, NULL);
    while (dd_play_next(tape->play, &item, &err)) {
        if (item.step < s->step) {
            continue;
        }
        // the replay stands behind step2 of the step before, or somewhere earlier
        while (!s->ep->ended && s->ep->step < item.step) {
            dd_episode_tick_begin(s->ep);
            dd_episode_tick_end(s->ep);
        }
        if (!s->ep->ended) {
            dd_episode_tick_begin(s->ep);
        }
        for (int i = 0; i < item.nname; i++) {
            double pose[7];
            int body = body_find(s->ep->world, item.names[i]);
            if (body < 0) {
                continue;
            }
            dd_world_body_pose(s->ep->world, body, pose);
            const double* was = item.values + 7 * i;
            double d[3] = {pose[0] - was[0], pose[1] - was[1], pose[2] - was[2]};
            double distance = fmax(dd_norm3(d), dd_quat_angle(pose + 3, was + 3));
            if (distance > out->distance || !out->body[0]) {
                out->distance = distance;
                snprintf(out->body, sizeof out->body, "%s", item.names[i]);
            }
        }
        return;
    }
}

static void say_diverged(DdTape* tape, Stretch* s, DdVerify* out)
{
    out->verdict = DD_VERIFY_DIVERGED;
    out->step = s->step;
    if (s->what[0]) {
        snprintf(out->body, sizeof out->body, "%s", s->what);
        snprintf(out->text, sizeof out->text, "diverged at step %" PRId64 " in %s", s->step,
                 s->what);
        return;
    }
    blame_body(tape, s, out);
    snprintf(out->text, sizeof out->text, "diverged at step %" PRId64 " in body %s by %.3g %s",
             s->step, out->body[0] ? out->body : "(no pose was recorded after it)", out->distance,
             "m (or rad)");
}

// --- the whole

static void cannot(DdVerify* out, const DdError* err)
{
    out->verdict = err->code == DD_ERROR_DAMAGED ? DD_VERIFY_DAMAGED : DD_VERIFY_CANNOT_CHECK;
    snprintf(out->text, sizeof out->text, "cannot check, because %.980s", err->text);
}

static const char* print_of(const json_t* record, const char* key)
{
    const char* text =
        json_string_value(json_object_get(json_object_get(record, "fingerprint"), key));
    return text ? text : "";
}

// The pinned libm gives the same bits in each of its versions so far; the system's is another
// matter.
static bool same_libm(const char* recorded, const char* here)
{
    bool pinned = strncmp(recorded, "musl ", 5) == 0 && strncmp(here, "musl ", 5) == 0;
    return pinned || strcmp(recorded, here) == 0;
}

// Another MuJoCo cannot be compared; another CPU or compiler is only told.
static bool check_fingerprint(const DdTape* tape, DdVerify* out, DdError* err)
{
    json_t* here = json_pack("{s:o}", "fingerprint", dd_fingerprint());
    bool fine = true;
    if (strcmp(print_of(tape->record, "mujoco"), print_of(here, "mujoco")) != 0) {
        fine =
            dd_fail(err, DD_ERROR_CANNOT_CHECK, "it was recorded with MuJoCo %s, this is MuJoCo %s",
                    print_of(tape->record, "mujoco"), print_of(here, "mujoco"));
    } else if (!same_libm(print_of(tape->record, "libm"), print_of(here, "libm"))) {
        fine = dd_fail(err, DD_ERROR_CANNOT_CHECK, "it was recorded with libm '%s', this is '%s'",
                       print_of(tape->record, "libm"), print_of(here, "libm"));
    }
    out->other_machine = strcmp(print_of(tape->record, "cpu"), print_of(here, "cpu")) != 0 ||
                         strcmp(print_of(tape->record, "libm"), print_of(here, "libm")) != 0;
    json_decref(here);
    return fine;
}

static bool check_model(const DdTape* tape, const DdEpisode* ep, DdError* err)
{
    unsigned char sha[DD_SHA256_SIZE];
    char hex[DD_SHA256_HEX_SIZE];
    dd_world_model_hash(ep->world, sha);
    dd_sha256_hex(sha, hex);
    const char* recorded = json_string_value(json_object_get(tape->record, "model_sha256"));
    if (!recorded || strcmp(recorded, hex) != 0) {
        return dd_fail(err, DD_ERROR_CANNOT_CHECK,
                       "the compiled model has SHA-256 %s, recorded was %s: "
                       "another build of drydock made the recording (%s)",
                       hex, recorded ? recorded : "nothing", print_of(tape->record, "drydock"));
    }
    return true;
}

// Stretches of about equal length, cut at restore points. Returns their number.
static int cut_stretches(const DdTape* tape, int threads, int64_t last_step, Stretch* s)
{
    int n = 0;
    int64_t share = last_step / threads + 1;
    s[n++] = (Stretch){.tape = tape, .from = 0, .first_point = -1};
    for (int i = 0; i < tape->npoint && n < threads; i++) {
        if (tape->point[i].step >= share * n && tape->point[i].step < last_step) {
            s[n - 1].to = tape->point[i].step;
            s[n++] = (Stretch){.tape = tape, .from = tape->point[i].step, .first_point = i};
        }
    }
    s[n - 1].to = INT64_MAX;
    return n;
}

static bool run_stretches(DdTape* tape, const DdVerifyDef* def, Stretch* s, int n, DdVerify* out,
                          DdError* err)
{
    // compile one after another: compiling is quick, running is not
    for (int i = 0; i < n; i++) {
        DdPlan* plan = dd_tape_plan(tape, err);
        s[i].ep = plan ? dd_tape_episode(tape, plan, &s[i].journal, err) : NULL;
        s[i].interrupted = def->interrupted;
        if (!s[i].ep || (i == 0 && !check_model(tape, s[i].ep, err))) {
            return false;
        }
    }
    int nchannel = dd_channels_count(s[0].ep->channels);
    SampleRow* rows = calloc((size_t)nchannel + 1, sizeof *rows);
    DD_ASSERT(rows);
    bool fine = load_samples(tape, s[0].ep->channels, rows, err);
    pthread_t* thread = calloc((size_t)n, sizeof *thread);
    DD_ASSERT(thread);
    if (fine) {
        for (int i = 0; i < n; i++) {
            s[i].rows = rows;
            if (i > 0) {
                int failed = pthread_create(&thread[i], NULL, run_stretch, &s[i]);
                DD_ASSERT(failed == 0);
            }
        }
        run_stretch(&s[0]);
        for (int i = 1; i < n; i++) {
            pthread_join(thread[i], NULL);
        }
        for (int i = 0; i < n && fine; i++) {
            if (s[i].failed) {
                *err = s[i].err;
                fine = false;
            } else if (s[i].diverged) {
                say_diverged(tape, &s[i], out);
                break;
            }
        }
    }
    for (int i = 0; i < nchannel; i++) {
        free(rows[i].hash);
    }
    free(rows);
    free(thread);
    return fine;
}

typedef struct FirstFinding {
    char text[512];
} FirstFinding;

static void keep_first(void* user, bool is_error, const char* text)
{
    FirstFinding* first = user;
    if (is_error && !first->text[0]) {
        snprintf(first->text, sizeof first->text, "%s", text);
    }
}

// What the last stretch ended with must be where the recording ends.
static void check_end(const DdTape* tape, const Stretch* last, DdVerify* out)
{
    if (out->verdict != DD_VERIFY_IDENTICAL || !tape->result) {
        return;
    }
    bool by_duration = last->ep->forced || last->end_step >= 0;
    if (by_duration && last->end_step < tape->last_step) {
        out->verdict = DD_VERIFY_DIVERGED;
        out->step = last->end_step;
        snprintf(out->text, sizeof out->text,
                 "diverged at step %" PRId64 ": the replay ended there (%s), "
                 "the recording at step %" PRId64,
                 last->end_step, last->ep->forced ? last->ep->why.text : "duration",
                 tape->last_step);
    }
}

void dd_verify_episode(const char* mcap_path, const DdVerifyDef* def, DdVerify* out)
{
    DdError err;
    DdTape tape = {0};
    FirstFinding first = {{0}};
    memset(out, 0, sizeof *out);
    dd_error_clear(&err);

    // every CRC and every rule of the container first
    if (!dd_file_exists(mcap_path)) {
        dd_fail(&err, DD_ERROR_CANNOT_CHECK, "the recording %s is missing", mcap_path);
        cannot(out, &err);
        return;
    }
    if (dd_mcap_check(mcap_path, keep_first, &first) > 0) {
        out->verdict = DD_VERIFY_DAMAGED;
        snprintf(out->text, sizeof out->text, "cannot check, because the recording is damaged: %s",
                 first.text);
        return;
    }
    if (!dd_tape_open(&tape, mcap_path, def->files_dir, true, &err) ||
        !check_fingerprint(&tape, out, &err)) {
        cannot(out, &err);
        dd_tape_close(&tape);
        return;
    }
    int threads = def->threads < 1 ? 1 : def->threads > 64 ? 64 : def->threads;
    Stretch* s = calloc((size_t)threads, sizeof *s);
    DD_ASSERT(s);
    // a recording without a result was cut: what it has is compared
    int n = cut_stretches(&tape, threads, tape.last_step, s);
    s[n - 1].to = tape.last_step;
    if (!run_stretches(&tape, def, s, n, out, &err)) {
        cannot(out, &err);
    } else {
        check_end(&tape, &s[n - 1], out);
    }
    // an action may have no effect on any state, as of a motor at its limit
    if (out->verdict == DD_VERIFY_IDENTICAL && tape.action_differs) {
        out->verdict = DD_VERIFY_DIVERGED;
        out->step = tape.action_step;
        snprintf(out->body, sizeof out->body, "%.80s.action", tape.action_robot);
        snprintf(out->text, sizeof out->text,
                 "diverged at step %" PRId64 " in the action of %s: the "
                 "journal delivers another one than its message tells",
                 out->step, tape.action_robot);
    }
    if (out->verdict == DD_VERIFY_IDENTICAL && def->from_script &&
        !dd_verify_script(&tape, def, out, &err)) {
        cannot(out, &err);
    }
    out->steps = tape.last_step;
    out->segments = n;
    if (out->verdict == DD_VERIFY_IDENTICAL) {
        snprintf(out->text, sizeof out->text, "identical%s",
                 out->other_machine ? " (other machine)" : "");
    }
    for (int i = 0; i < n; i++) {
        dd_episode_destroy(s[i].ep);
    }
    free(s);
    dd_tape_close(&tape);
}
