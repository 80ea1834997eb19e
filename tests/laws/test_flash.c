// Law: something that appears at a known step is seen by every sensor at the stamps it should be:
// cameras of different rates, phases, latencies and lenses, a lidar whose rays each have a time of
// their own, a scanner and the pose channel.
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/cloud.h"
#include "sim/run/episode.h"
#include "sim/script/script.h"

// clang-format off
static const char k_scenario[] =
    "return scenario { name = 'flash', duration_s = 1.2, physics_hz = 500, agent_hz = 500,\n"
    "  build = function(w)\n"
    "    w:ground {}\n"
    "    local amr = w:robot { 'amr_250', name = 'amr', pos = { 0, 0, 0 } }\n"
    "    w:box { name = 'flash', size = { 0.5, 3, 3 }, pos = { 0, 0, 60 }, free = true, mass = 20,\n"
    "            rgba = { 1, 1, 1, 1 } }\n"
    "    local function eye(t) t[1] = 'camera' t.width = 64 t.height = 48 t.robot = 'amr'\n"
    "      t.pos = { 0.5, 0, 0.8 } t.outputs = { 'colour', 'depth', 'instance' } w:sensor(t) end\n"
    "    eye { name = 'ten', rate_hz = 10 }\n"
    "    eye { name = 'thirty', rate_hz = 30, phase_s = 0.011, latency_s = 0.04 }\n"
    "    eye { name = 'fish', rate_hz = 25, lens = 'equidistant', hfov = 160 * deg }\n"
    "    w:sensor { 'lidar_vlp16', name = 'lidar', slices = 50, robot = 'amr', pos = { 0, 0, 1.2 } }\n"
    "    w:sensor { 'scan_tim781', name = 'sweep', robot = 'amr', pos = { 0.5, 0, 0.25 } }\n"
    "    w:sensor { 'pose', name = 'where', frame = 'flash', rate_hz = 100 }\n"
    "  end,\n"
    "  story = function(sim)\n"
    "    sim:wait(0.5)\n"
    "    sim:set_pose('flash', 4, 0, 1.55, 0)\n"
    "  end,\n"
    "  agent = { robot = 'amr', observe = { 'odom' }, act = 'drive' },\n"
    "  expect = { } }\n";
// clang-format on

enum { k_flash_step = 250, k_hz = 500 };

static int s_failed;

static void check(bool holds, const char* what, const DdSample* s)
{
    if (!holds) {
        fprintf(stderr, "%s: sample %lld measured at step %lld\n", what, (long long)s->sequence,
                (long long)s->step);
        s_failed++;
    }
}

// Is the box in front of the camera, in this picture of depths?
static bool near_in_depth(const DdChannelDef* def, const DdSample* s)
{
    int w = (int)def->meta[DD_IMAGE_WIDTH], h = (int)def->meta[DD_IMAGE_HEIGHT];
    size_t at = (size_t)(h / 2) * (size_t)w + (size_t)w / 2;
    if (strcmp(def->encoding, "16UC1") == 0) {
        uint16_t mm;
        memcpy(&mm, s->blob->bytes + 2 * at, sizeof mm);
        return mm > 1000 && mm < 4500;
    }
    float m;
    memcpy(&m, s->blob->bytes + 4 * at, sizeof m);
    return m > 1 && m < 4.5f;
}

static int instances_in(const DdSample* s)
{
    bool seen[256] = {false};
    int n = 0;
    for (size_t i = 0; i + 1 < s->blob->size; i += 2) {
        unsigned char id = s->blob->bytes[i];
        n += !seen[id];
        seen[id] = true;
    }
    return n;
}

// The flash's plane is 3.75 m ahead of the robot: a return there tells it is seen.
static void check_cloud(const DdChannelDef* def, const DdSample* s)
{
    const DdCloudLayout* layout = dd_cloud_layout(def->encoding);
    int n = (int)s->values[0];
    double begin = (double)s->step / k_hz, flash = (double)k_flash_step / k_hz;
    int before = 0, after = 0;
    for (int i = 0; i < n; i++) {
        DdCloudPoint p;
        dd_cloud_get(layout, s->blob->bytes + (size_t)i * (size_t)layout->step, &p, 0);
        bool on_box = fabs(p.xyz[0] - 3.75) < 0.3 && fabs(p.xyz[1]) < 1.4 && p.xyz[2] > -0.9;
        // moving targets are looked at once per slice, here one physics step
        before += on_box && begin + p.time_s < flash - 1.0 / k_hz;
        after += on_box && begin + p.time_s >= flash;
    }
    check(before == 0, "lidar: a ray from before the flash hit it", s);
    if (s->step >= k_flash_step) {
        check(after > 100, "lidar: the sweep behind the flash does not show it", s);
    }
}

static void look(const DdChannelDef* def, const DdSample* s)
{
    bool lit = s->step >= k_flash_step;
    size_t n = strlen(def->name);
    if (def->type == DD_TYPE_IMAGE && n > 6 && strcmp(def->name + n - 6, ".depth") == 0) {
        check(near_in_depth(def, s) == lit, def->name, s);
    } else if (def->type == DD_TYPE_IMAGE && strstr(def->name, ".instance")) {
        // the ground, perhaps the robot itself; the box is one more
        static int s_dark = 256;
        int seen = instances_in(s);
        s_dark = !lit && seen < s_dark ? seen : s_dark;
        check(lit ? seen > s_dark : seen <= s_dark, def->name, s);
    } else if (def->type == DD_TYPE_CLOUD) {
        check_cloud(def, s);
    } else if (def->type == DD_TYPE_SCAN) {
        double r = s->values[def->count / 2];
        // its middle ray is cast in the middle of the sweep
        double at =
            (double)s->step / k_hz + def->meta[DD_SCAN_TIME_INCREMENT] * (double)(def->count / 2);
        bool hit = r > 2.5 && r < 3.6;
        check(hit == (at >= (double)k_flash_step / k_hz), def->name, s);
    } else if (strcmp(def->name, "where") == 0) {
        check((s->values[0] > 3.9 && s->values[0] < 4.1) == lit, def->name, s);
    }
    check(s->avail_step - s->step == def->latency_steps, def->name, s);
}

int main(void)
{
    char path[] = "/tmp/drydock-flash-XXXXXX";
    DdError err;
    DdScenario scenario;
    DdOutcome outcome;
    dd_error_clear(&err);
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, k_scenario, sizeof k_scenario - 1) != (ssize_t)sizeof k_scenario - 1) {
        perror(path);
        return 1;
    }
    close(fd);
    char lua[DD_PATH_MAX];
    snprintf(lua, sizeof lua, "%s.lua", path);
    rename(path, lua);

    DdScriptDef def = dd_script_def();
    def.path = lua;
    def.files = dd_files_create();
    DdEpisodeDef ed = dd_episode_def();
    bool opened = dd_script_open(&def, &scenario, &err);
    DdEpisode* ep = opened ? dd_episode_create(&ed, &scenario, &outcome, &err) : NULL;
    if (!ep) {
        fprintf(stderr, "%s\n", err.text);
        unlink(lua);
        return 1;
    }
    const DdChannels* channels = dd_episode_channels(ep);
    int n = dd_channels_count(channels);
    int64_t* seen = calloc((size_t)n, sizeof *seen);
    DD_ASSERT(seen);
    while (dd_episode_advance(ep)) {
        for (int i = 0; i < n; i++) {
            const DdSample* s = dd_channels_latest(channels, i, dd_episode_step(ep));
            if (s && s->sequence >= seen[i]) {
                seen[i] = s->sequence + 1;
                look(dd_channels_def(channels, i), s);
            }
        }
    }
    // each of them spoke, before and after
    for (int i = 0; i < n; i++) {
        const DdChannelDef* c = dd_channels_def(channels, i);
        if (!c->measure && seen[i] < 5) {
            fprintf(stderr, "%s: only %lld samples\n", c->name, (long long)seen[i]);
            s_failed++;
        }
    }
    DdResult result;
    dd_episode_finish(ep, &result);
    if (result.outcome != DD_PASS) {
        fprintf(stderr, "%s\n", result.reason);
        s_failed++;
    }
    dd_result_clear(&result);
    dd_episode_destroy(ep);
    scenario.destroy(scenario.user);
    dd_files_destroy(def.files);
    free(seen);
    unlink(lua);
    printf("%s\n", s_failed ? "FAILED" : "every sensor saw the flash at its own time");
    return s_failed != 0;
}
