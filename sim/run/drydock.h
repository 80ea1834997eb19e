// drydock as a library: open a scenario, step its episodes, observe and act. Plain C, plain
// numbers, JSON for what has a structure. Several sims live side by side; one sim is used by one
// thread at a time. Nothing here exits the process, and the only global is the log sink.
//
//   char error[1024];
//   DdSim* sim = dd_sim_open("scenarios/mobility/amr_dock", NULL, error, sizeof error);
//   if (dd_sim_reset(sim, 7, NULL) == 0) {
//       while (dd_sim_advance(sim) == 1) {     // until the next agent tick
//           dd_sim_observe(sim, 0, observation, NULL);
//           dd_sim_act(sim, 0, action);
//       }
//       char* result = dd_sim_result(sim);     // {"outcome":"PASS",...}
//       dd_sim_free(result);
//   }
//   dd_sim_close(sim);
#ifndef DRYDOCK_H
#define DRYDOCK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DD_API __attribute__((visibility("default")))
#else
#define DD_API
#endif

// Functions that return int give 0 when all went well (advance: see there) and else the exit code
// that a drydock command would end with: 2 the user's file or argument is wrong, 70 drydock is, 75
// disk or memory. dd_sim_error then has one sentence.
typedef struct DdSim DdSim;

DD_API const char* dd_sim_version(void); // "0.1.0"

// `path`: a scenario file or its folder, also below the installation
// ("scenarios/mobility/amr_dock"). `root` (or NULL): foreign models may read files below it. NULL
// on failure, with a sentence in `error`.
DD_API DdSim* dd_sim_open(const char* path, const char* root, char* error, size_t error_size);
DD_API void dd_sim_close(DdSim* sim); // NULL is fine
DD_API const char*
dd_sim_error(const DdSim* sim); // of the last call that failed; until the next call
// {"name":..,"params":[{"name":..,"distribution":..,"dist":{..}}],"slots":[..],"duration_s":..,...}
DD_API char* dd_sim_describe(DdSim* sim); // for dd_sim_free; NULL when memory ended

// Begins an episode: builds the world of `seed`, with `params_json` ("{\"friction\": 0.4}", or
// NULL) over what is drawn. Ends the episode before, if there is one.
DD_API int dd_sim_reset(DdSim* sim, uint64_t seed, const char* params_json);

// After a reset. A slot is an agent's place, 0 .. slots - 1; 0 when there is none.
DD_API int dd_sim_slots(const DdSim* sim);
// {"name":..,"robot":..,"agent_hz":..,"observation":[{"name":"odom","type":"odom","unit":"",
// "frame":..,"offset":0,"size":13,"labels":["pose.x",..]}],   (pictures: also encoding, width, ..)
// "action":[{"name":"drive","kind":"twist",...}]}
DD_API char* dd_sim_spaces(const DdSim* sim, int slot);
DD_API int dd_sim_observation_size(const DdSim* sim, int slot); // doubles
DD_API int dd_sim_action_size(const DdSim* sim, int slot);      // doubles

// Runs until the next agent tick: 1. When the episode has ended: 0.
DD_API int dd_sim_advance(DdSim* sim);
// All channels of the slot, one behind the other as in the spaces; NaN while a channel has no
// sample. `age_s` (one per channel, or NULL): seconds since the sample was measured.
DD_API int dd_sim_observe(const DdSim* sim, int slot, double* values, double* age_s);
// The bytes of a picture or a cloud that the slot observes, by the channel's name in the spaces,
// whose row says width, height and encoding ("rgb8", rows top first without padding; a cloud's
// layout). NULL and 0 while there is none. Borrowed until the next advance, reset or close.
DD_API int dd_sim_image(DdSim* sim, int slot, const char* channel, const void** data, size_t* size);
// The action of this tick. Out of range is clipped and counted; NaN ends the episode as
// AGENT_ERROR.
DD_API int dd_sim_act(DdSim* sim, int slot, const double* action);

DD_API double dd_sim_time(const DdSim* sim);   // simulated seconds since the start
DD_API double dd_sim_reward(const DdSim* sim); // of the scenario's `reward`; 0 without one
DD_API int dd_sim_ended(const DdSim* sim);     // 1: nothing more to advance
DD_API int dd_sim_truncated(const DdSim* sim); // 1: ended because duration_s was over

// The whole episode as `size` doubles, to come back to within this process and episode.
DD_API int dd_sim_state_size(const DdSim* sim);
DD_API int dd_sim_snapshot(const DdSim* sim, double* state);
DD_API int dd_sim_restore(DdSim* sim, const double* state);

// Ends the episode if it has not ended, and scores it: {"outcome":"PASS","reason":"",...}. The same
// text until the next reset. NULL without an episode.
DD_API char* dd_sim_result(DdSim* sim);
DD_API void dd_sim_free(void* text);

// Where the log goes: level 0 debug, 1 info, 2 warning, 3 error. NULL: standard error.
typedef void (*DdSimLog)(void* user, int level, const char* text);
DD_API void dd_sim_log(DdSimLog sink, void* user);

#ifdef __cplusplus
}
#endif
#endif
