// Capture: what an episode hands to its recorder, in the order of simulated time.
#include "sim/run/episode_impl.h"

#include <string.h>

enum { k_attach_max = 64 * 1024 }; // bytes; a larger file is kept once per run

static bool keep_file(DdEpisode* ep, const DdFile* file, DdError* err)
{
    if (!ep->def.files_dir || file->size <= k_attach_max) {
        return dd_record_file(ep->record, file) || !dd_record_failed(ep->record, err);
    }
    char hex[DD_SHA256_HEX_SIZE];
    char path[DD_PATH_MAX];
    dd_sha256_hex(file->sha256, hex);
    dd_path_join(path, ep->def.files_dir, hex);
    return dd_file_exists(path) || dd_file_write(path, file->data, file->size, err);
}

static bool open_record(DdEpisode* ep, json_t* run_record, bool files, DdError* err)
{
    const DdPlan* plan = ep->plan;
    DdRecordDef def = *ep->def.record;
    def.run_record = run_record;
    ep->record = dd_record_create(&def, ep->channels, err);
    if (!ep->record) {
        return false;
    }
    for (int i = 0; files && i < dd_files_count(plan->files); i++) {
        if (!keep_file(ep, dd_files_at(plan->files, i), err)) {
            return false;
        }
    }
    for (int i = 0; i < ep->nslot && !ep->rendering; i++) {
        ep->slot[i].record_slot =
            dd_record_slot(ep->record, ep->slot[i].def->robot, dd_drive_space(ep->slot[i].drive));
    }

    ep->nbody = dd_world_body_count(ep->world);
    size_t n = (size_t)ep->nbody;
    const char** names = malloc(n * sizeof *names);
    ep->pose = calloc(n, sizeof *ep->pose);
    ep->moving = calloc(n, sizeof *ep->moving);
    ep->pose_mask = calloc(n, sizeof *ep->pose_mask);
    DD_ASSERT(names && ep->pose && ep->moving && ep->pose_mask);
    for (int i = 0; i < ep->nbody; i++) {
        names[i] = dd_world_body_name(ep->world, i);
    }
    dd_record_frames(ep->record, names, ep->nbody);
    free(names);
    ep->hashing = true;
    return true;
}

// The run record: what a replay and a reader of the file need to know first.
static json_t* make_run_record(const DdEpisode* ep)
{
    const DdPlan* plan = ep->plan;
    unsigned char sha[DD_SHA256_SIZE];
    char hex[DD_SHA256_HEX_SIZE];
    dd_world_model_hash(ep->world, sha);
    dd_sha256_hex(sha, hex);

    json_t* j =
        ep->def.record->run_record ? json_deep_copy(ep->def.record->run_record) : json_object();
    json_object_set_new(j, "scenario", json_string(plan->def.name));
    json_object_set_new(j, "episode", json_integer(ep->def.index));
    // as text: a seed has 64 bits, JSON numbers have 53
    char seed[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)ep->def.seed);
    json_object_set_new(j, "seed", json_string(seed));
    json_object_set(j, "params", plan->params);
    json_object_set_new(j, "physics_hz", json_integer(ep->physics_hz));
    json_object_set_new(j, "agent_hz", json_real(plan->def.agent_hz));
    json_object_set_new(j, "start_ns", json_integer(ep->def.record->start_ns));
    json_object_set_new(j, "model_sha256", json_string(hex));
    json_object_set_new(j, "fingerprint", dd_fingerprint_of(ep));

    json_t* files = json_array();
    for (int i = 0; i < dd_files_count(plan->files); i++) {
        const DdFile* file = dd_files_at(plan->files, i);
        dd_sha256_hex(file->sha256, hex);
        json_array_append_new(files, json_pack("{s:s, s:s, s:I}", "name", file->name, "sha256", hex,
                                               "size", (json_int_t)file->size));
    }
    json_object_set_new(j, "files", files);
    json_object_set_new(j, "plan", dd_plan_to_json(plan));
    return j;
}

bool dd_episode_open_record(DdEpisode* ep, DdError* err)
{
    json_t* run_record = make_run_record(ep);
    bool fine = open_record(ep, run_record, true, err);
    json_decref(run_record);
    return fine;
}

bool dd_episode_open_rendering(DdEpisode* ep, json_t* source, DdError* err)
{
    ep->rendering = true;
    json_t* run_record = make_run_record(ep);
    json_object_set(run_record, "rendering_of", source);
    bool fine = open_record(ep, run_record, false, err);
    json_decref(run_record);
    return fine;
}

void dd_episode_flush_hashes(DdEpisode* ep)
{
    if (ep->nhash > 0 && ep->record && !ep->rendering) {
        dd_record_hashes(ep->record, ep->step, ep->hash_first, ep->hashes, ep->nhash);
    }
    ep->hash_first += ep->nhash;
    ep->nhash = 0;
}

// All bodies once, then those that moved since they were last written.
static void capture_poses(DdEpisode* ep)
{
    int changed = 0;
    if (!ep->poses_written) {
        for (int i = 1; i < ep->nbody; i++) {
            dd_world_body_pose(ep->world, i, ep->pose[i]);
            ep->pose_mask[i] = true;
            if (dd_world_body_moves(ep->world, i)) {
                ep->moving[ep->nmoving++] = i;
            }
        }
        dd_record_poses(ep->record, ep->step, (const double(*)[7])ep->pose, ep->pose_mask);
        memset(ep->pose_mask, 0, (size_t)ep->nbody * sizeof *ep->pose_mask);
        ep->poses_written = true;
        dd_episode_capture_scene(ep);
        return;
    }
    for (int k = 0; k < ep->nmoving; k++) {
        double pose[7];
        int i = ep->moving[k];
        dd_world_body_pose(ep->world, i, pose);
        ep->pose_mask[i] = memcmp(ep->pose[i], pose, sizeof pose) != 0;
        if (ep->pose_mask[i]) {
            memcpy(ep->pose[i], pose, sizeof pose);
            changed++;
        }
    }
    if (changed > 0) {
        dd_record_poses(ep->record, ep->step, (const double(*)[7])ep->pose, ep->pose_mask);
    }
}

void dd_episode_capture(DdEpisode* ep, bool agents_due)
{
    const DdSample* s;
    if (!ep->record && !ep->on_sample) {
        return;
    }
    if (ep->record && agents_due) {
        dd_record_clock(ep->record, ep->step);
    }
    while ((s = dd_channels_take(ep->channels, ep->step)) != NULL) {
        if (ep->on_sample) {
            ep->on_sample(ep->on_user, s);
        }
        if (ep->record) {
            dd_record_sample(ep->record, s);
        }
    }
    if (ep->record && agents_due) {
        capture_poses(ep);
        dd_episode_flush_hashes(ep);
        if (!ep->rendering && ep->reward_id >= 0) {
            dd_record_reward(ep->record, ep->step, ep->reward, ep->done, ep->ended && !ep->done);
        }
    }
}

void dd_episode_capture_journal(DdEpisode* ep, const char* kind, const char* subject,
                                const double* values, int n)
{
    if (ep->on_journal) {
        ep->on_journal(ep->on_user, ep->step, kind, subject, values, n);
    }
    if (ep->record && !ep->rendering) {
        dd_record_journal(ep->record, ep->step, kind, subject, values, n);
    }
}

void dd_episode_capture_restore(DdEpisode* ep)
{
    if (ep->rendering) {
        return;
    }
    dd_episode_flush_hashes(ep);
    dd_record_restore_point(ep->record, ep->step, ep->state, ep->state_size);
}
