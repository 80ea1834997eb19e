// libdrydock: the public calls over a scenario and its current episode.
#include "sim/run/drydock.h"

#include <math.h>
#include <string.h>

#include "sim/base/log.h"
#include "sim/script/script.h"

struct DdSim {
    DdFiles* files;
    DdScenario scenario;
    DdEpisode* ep; // NULL before the first reset
    bool started;  // advance was called
    DdError err;
    char* result; // of the episode, once it was finished
    DdObservation* observation;
};

const char* dd_sim_version(void)
{
    return DD_VERSION;
}

static int failed(DdSim* sim)
{
    int code = dd_error_exit_code(sim->err.code);
    return code ? code : 70;
}

static int misused(const DdSim* sim, const char* what)
{
    // the error is the sim's notebook, not part of its state
    dd_fail(&((DdSim*)sim)->err, DD_ERROR_ARGUMENT, "%s", what);
    return 2;
}

DdSim* dd_sim_open(const char* path, const char* root, char* error, size_t error_size)
{
    DdError err;
    char found[DD_PATH_MAX];
    dd_error_clear(&err);
    DdSim* sim = calloc(1, sizeof *sim);
    DdObservation* observation = calloc(1, sizeof *observation);
    bool fine = sim && observation;
    if (!fine) {
        dd_fail(&err, DD_ERROR_MEMORY, "no memory for a sim");
    }
    fine = fine && dd_script_find(path ? path : "", "scenario", found, &err);
    if (fine) {
        sim->observation = observation;
        sim->files = dd_files_create();
        DdScriptDef def = dd_script_def();
        def.path = found;
        def.root = root;
        def.files = sim->files;
        fine = dd_script_open(&def, &sim->scenario, &err);
    }
    if (fine) {
        return sim;
    }
    if (error && error_size > 0) {
        snprintf(error, error_size, "%s", err.text);
    }
    if (sim) {
        dd_files_destroy(sim->files);
    }
    free(observation);
    free(sim);
    return NULL;
}

// The episode's result, and its end in the scenario.
static void finish(DdSim* sim)
{
    if (!sim->ep || sim->result) {
        return;
    }
    DdResult result;
    memset(&result, 0, sizeof result);
    if (!dd_episode_ended(sim->ep)) {
        DdError why;
        dd_error_clear(&why);
        dd_fail(&why, DD_ERROR_INTERRUPTED, "ended by its user");
        dd_episode_end(sim->ep, DD_HARNESS_ERROR, &why);
    }
    dd_episode_finish(sim->ep, &result);
    json_object_set_new(result.json, "outcome", json_string(dd_outcome_name(result.outcome)));
    json_object_set_new(result.json, "reason", json_string(result.reason));
    sim->result = json_dumps(result.json, JSON_COMPACT);
    dd_result_clear(&result);
}

static void drop_episode(DdSim* sim)
{
    finish(sim);
    dd_episode_destroy(sim->ep);
    free(sim->result);
    sim->ep = NULL;
    sim->result = NULL;
    sim->started = false;
}

void dd_sim_close(DdSim* sim)
{
    if (!sim) {
        return;
    }
    drop_episode(sim);
    sim->scenario.destroy(sim->scenario.user);
    dd_files_destroy(sim->files);
    free(sim->observation);
    free(sim);
}

const char* dd_sim_error(const DdSim* sim)
{
    return sim->err.text;
}

char* dd_sim_describe(DdSim* sim)
{
    json_t* j = dd_script_describe(&sim->scenario, &sim->err);
    char* text = j ? json_dumps(j, JSON_COMPACT) : NULL;
    json_decref(j);
    return text;
}

int dd_sim_reset(DdSim* sim, uint64_t seed, const char* params_json)
{
    drop_episode(sim);
    dd_error_clear(&sim->err);
    json_t* params = NULL;
    if (params_json && *params_json) {
        json_error_t wrong;
        params = json_loads(params_json, 0, &wrong);
        if (!json_is_object(params)) {
            json_decref(params);
            return misused(sim, "the params are no JSON object such as {\"friction\": 0.4}");
        }
    }
    DdEpisodeDef def = dd_episode_def();
    DdOutcome outcome;
    def.seed = seed;
    def.overrides = params;
    sim->ep = dd_episode_create(&def, &sim->scenario, &outcome, &sim->err);
    json_decref(params);
    return sim->ep ? 0 : failed(sim);
}

static bool has_slot(const DdSim* sim, int slot)
{
    return sim->ep && slot >= 0 && slot < dd_episode_slots(sim->ep);
}

int dd_sim_slots(const DdSim* sim)
{
    return sim->ep ? dd_episode_slots(sim->ep) : 0;
}

static void add_label(json_t* list, const char* text)
{
    json_array_append_new(list, json_string(text));
}

// `n` labels "NAME.0", "NAME.1", ...
static void add_counted(json_t* list, const char* name, int n)
{
    char text[DD_NAME_MAX];
    for (int i = 0; i < n; i++) {
        snprintf(text, sizeof text, "%s.%d", name, i);
        add_label(list, text);
    }
}

// `rows` times the labels of one row, "0.geom1", "0.geom2", ...
static void add_rows(json_t* list, int rows, const char* const* names, int n)
{
    char text[DD_NAME_MAX];
    for (int r = 0; r < rows; r++) {
        for (int i = 0; i < n; i++) {
            snprintf(text, sizeof text, "%d.%s", r, names[i]);
            add_label(list, text);
        }
    }
}

// What each double of a channel is, in the order of the type table.
static json_t* labels(const DdChannelDef* def)
{
    static const char* const k_contact[DD_CONTACT_VALUES] = {
        "geom1",    "geom2",    "position.x", "position.y", "position.z", "normal.x",
        "normal.y", "normal.z", "force.x",    "force.y",    "force.z",    "depth"};
    static const char* const k_box2[DD_BOX2_VALUES] = {
        "class",      "instance",   "visible.x0", "visible.y0", "visible.x1",
        "visible.y1", "amodal.x0",  "amodal.y0",  "amodal.x1",  "amodal.y1",
        "pixels",     "silhouette", "occlusion",  "truncation", "perceivable"};
    static const char* const k_box3[DD_BOX3_VALUES] = {
        "class",         "instance",      "position.x",    "position.y",    "position.z",
        "orientation.w", "orientation.x", "orientation.y", "orientation.z", "size.x",
        "size.y",        "size.z",        "visible",       "distance"};
    json_t* list = json_array();
    char text[2 * DD_NAME_MAX + 8];
    int n;
    const DdTypeField* fields = dd_type_fields(def->type, &n);
    for (int f = 0; f < n; f++) {
        for (int i = 0; i < (fields[f].per_name ? def->nname : 1); i++) {
            const char* dot = fields[f].per_name && *fields[f].path ? "." : "";
            snprintf(text, sizeof text, "%s%s%s", fields[f].path, dot,
                     fields[f].per_name ? def->names[i] : "");
            add_label(list, text);
        }
    }
    if (def->type == DD_TYPE_CONTACTS) {
        add_rows(list, def->max_contacts, k_contact, DD_CONTACT_VALUES);
    } else if (def->type == DD_TYPE_BOXES_2D) {
        add_rows(list, def->max_boxes, k_box2, DD_BOX2_VALUES);
    } else if (def->type == DD_TYPE_BOXES_3D) {
        add_rows(list, def->max_boxes, k_box3, DD_BOX3_VALUES);
    } else if (def->type == DD_TYPE_SCAN) {
        add_counted(list, "ranges", def->count);
        add_counted(list, "intensities", def->count);
    } else if (def->type == DD_TYPE_CAMERA) {
        add_counted(list, "k", 9);
        add_counted(list, "d", 8);
        add_counted(list, "r", 9);
        add_counted(list, "p", 12);
    }
    DD_ASSERT((int)json_array_size(list) == dd_channel_width(def));
    return list;
}

static json_t* names_of(char (*const names)[DD_NAME_MAX], int n)
{
    json_t* list = json_array();
    for (int i = 0; i < n; i++) {
        add_label(list, names[i]);
    }
    return list;
}

// What one must know of a scan, a picture or a cloud to read its numbers and bytes.
static void add_constants(json_t* row, const DdChannelDef* def)
{
    const double* meta = def->meta;
    if (def->type == DD_TYPE_SCAN) {
        json_object_set_new(row, "angle_min", json_real(meta[DD_SCAN_ANGLE_MIN]));
        json_object_set_new(row, "angle_increment", json_real(meta[DD_SCAN_ANGLE_INCREMENT]));
        json_object_set_new(row, "range_min", json_real(meta[DD_SCAN_RANGE_MIN]));
        json_object_set_new(row, "range_max", json_real(meta[DD_SCAN_RANGE_MAX]));
    } else if (def->type == DD_TYPE_RANGE) {
        json_object_set_new(row, "field_of_view", json_real(meta[DD_RANGE_FOV]));
        json_object_set_new(row, "range_min", json_real(meta[DD_RANGE_MIN]));
        json_object_set_new(row, "range_max", json_real(meta[DD_RANGE_MAX]));
    } else if (def->type == DD_TYPE_IMAGE) {
        json_object_set_new(row, "width", json_integer((json_int_t)meta[DD_IMAGE_WIDTH]));
        json_object_set_new(row, "height", json_integer((json_int_t)meta[DD_IMAGE_HEIGHT]));
    }
    if (def->encoding[0]) {
        json_object_set_new(row, "encoding", json_string(def->encoding));
    }
    if (def->picture && def->nname > 0) {
        json_object_set_new(row, "instances", names_of(def->names, def->nname));
    }
    if (def->nclass > 0) {
        json_object_set_new(row, "classes", names_of(def->classes, def->nclass));
    }
}

char* dd_sim_spaces(const DdSim* sim, int slot)
{
    if (!has_slot(sim, slot)) {
        misused(sim, "there is no such slot, or no episode: reset first");
        return NULL;
    }
    const DdObservationSpace* space = dd_episode_observation_space(sim->ep, slot);
    const DdSlotDef* def = &dd_episode_plan(sim->ep)->slot[slot];
    json_t* list = json_array();
    int offset = 0;
    for (int i = 0; i < space->n; i++) {
        const DdObservationEntry* e = &space->entry[i];
        int size = dd_channel_width(e->def);
        json_t* row = json_object();
        json_object_set_new(row, "name", json_string(e->name));
        json_object_set_new(row, "type", json_string(dd_type_name(e->def->type)));
        json_object_set_new(row, "unit", json_string(e->def->unit));
        json_object_set_new(row, "frame", json_string(e->def->frame));
        json_object_set_new(row, "rate_hz", json_real(dd_rate_hz(e->def->rate)));
        json_object_set_new(row, "offset", json_integer(offset));
        json_object_set_new(row, "size", json_integer(size));
        json_object_set_new(row, "labels", labels(e->def));
        add_constants(row, e->def);
        json_array_append_new(list, row);
        offset += size;
    }
    json_t* j = json_object();
    json_object_set_new(j, "name", json_string(def->name));
    json_object_set_new(j, "robot", json_string(def->robot));
    json_object_set_new(j, "agent_hz", json_real(dd_episode_plan(sim->ep)->def.agent_hz));
    json_object_set_new(j, "observation", list);
    json_object_set_new(j, "action",
                        dd_action_space_to_json(dd_episode_action_space(sim->ep, slot)));
    char* text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    return text;
}

int dd_sim_observation_size(const DdSim* sim, int slot)
{
    int size = 0;
    if (has_slot(sim, slot)) {
        const DdObservationSpace* space = dd_episode_observation_space(sim->ep, slot);
        for (int i = 0; i < space->n; i++) {
            size += dd_channel_width(space->entry[i].def);
        }
    }
    return size;
}

int dd_sim_action_size(const DdSim* sim, int slot)
{
    return has_slot(sim, slot) ? dd_episode_action_space(sim->ep, slot)->n : 0;
}

int dd_sim_advance(DdSim* sim)
{
    if (!sim->ep || sim->result) {
        return 0;
    }
    bool more = dd_episode_advance(sim->ep);
    sim->started = true;
    return more ? 1 : 0;
}

int dd_sim_observe(const DdSim* sim, int slot, double* values, double* age_s)
{
    if (!has_slot(sim, slot)) {
        return misused(sim, "there is no such slot, or no episode: reset first");
    }
    DdObservation* o = sim->observation;
    const DdObservationSpace* space = dd_episode_observation_space(sim->ep, slot);
    dd_episode_observe(sim->ep, slot, o);
    for (int i = 0; i < space->n; i++) {
        int size = dd_channel_width(space->entry[i].def);
        for (int k = 0; k < size; k++) {
            *values++ = o->values[i] ? o->values[i][k] : NAN;
        }
        if (age_s) {
            age_s[i] = o->age_s[i];
        }
    }
    return 0;
}

int dd_sim_image(DdSim* sim, int slot, const char* channel, const void** data, size_t* size)
{
    *data = NULL;
    *size = 0;
    if (!has_slot(sim, slot)) {
        return misused(sim, "there is no such slot, or no episode: reset first");
    }
    const DdObservationSpace* space = dd_episode_observation_space(sim->ep, slot);
    for (int i = 0; i < space->n; i++) {
        const DdType type = space->entry[i].def->type;
        if (strcmp(space->entry[i].name, channel) != 0) {
            continue;
        }
        if (type != DD_TYPE_IMAGE && type != DD_TYPE_CLOUD) {
            dd_fail(&sim->err, DD_ERROR_ARGUMENT, "the channel '%.90s' is no picture or cloud",
                    channel);
            return 2;
        }
        dd_episode_observe(sim->ep, slot, sim->observation);
        const DdBlob* blob = sim->observation->blob[i];
        *data = blob ? blob->bytes : NULL;
        *size = blob ? blob->size : 0;
        return 0;
    }
    dd_fail(&sim->err, DD_ERROR_ARGUMENT, "the slot observes no channel '%.90s'", channel);
    return 2;
}

int dd_sim_act(DdSim* sim, int slot, const double* action)
{
    if (!has_slot(sim, slot)) {
        return misused(sim, "there is no such slot, or no episode: reset first");
    }
    if (!sim->started || dd_episode_ended(sim->ep)) {
        return misused(sim,
                       sim->started ? "the episode has ended" : "advance to the first tick first");
    }
    double copy[DD_ACTION_PARTS_MAX * DD_ACTION_DIM_MAX];
    memcpy(copy, action, (size_t)dd_episode_action_space(sim->ep, slot)->n * sizeof *copy);
    dd_episode_act(sim->ep, slot, copy, 0);
    return 0;
}

double dd_sim_time(const DdSim* sim)
{
    return sim->ep ? dd_episode_time(sim->ep) : 0;
}

double dd_sim_reward(const DdSim* sim)
{
    return sim->ep ? dd_episode_reward(sim->ep) : 0;
}

int dd_sim_ended(const DdSim* sim)
{
    return !sim->ep || dd_episode_ended(sim->ep);
}

int dd_sim_truncated(const DdSim* sim)
{
    if (!sim->ep || !dd_episode_ended(sim->ep)) {
        return 0;
    }
    const DdPlanDef* def = &dd_episode_plan(sim->ep)->def;
    return dd_episode_step(sim->ep) >= dd_steps_of(def->duration_s, def->physics_hz);
}

int dd_sim_state_size(const DdSim* sim)
{
    return sim->ep ? dd_episode_state_size(sim->ep) : 0;
}

int dd_sim_snapshot(const DdSim* sim, double* state)
{
    if (!sim->ep) {
        return misused(sim, "there is no episode: reset first");
    }
    dd_episode_snapshot(sim->ep, state);
    return 0;
}

int dd_sim_restore(DdSim* sim, const double* state)
{
    if (!sim->ep || sim->result) {
        return misused(sim, "there is no episode to restore: reset first");
    }
    return dd_episode_restore(sim->ep, state, &sim->err) ? 0 : failed(sim);
}

char* dd_sim_result(DdSim* sim)
{
    if (!sim->ep) {
        misused(sim, "there is no episode: reset first");
        return NULL;
    }
    finish(sim);
    return sim->result ? strdup(sim->result) : NULL;
}

void dd_sim_free(void* text)
{
    free(text);
}

// The sink a caller gave; the library's only global.
static struct {
    DdSimLog sink;
    void* user;
} g_log;

static void forward(void* user, DdLogLevel level, const char* text)
{
    (void)user;
    g_log.sink(g_log.user, (int)level, text);
}

void dd_sim_log(DdSimLog sink, void* user)
{
    g_log.sink = sink;
    g_log.user = user;
    dd_log_set_sink(sink ? forward : NULL, NULL);
}
