// Bench: a sweep of 14,400 rays (16 beams, 900 directions), ours with the index built anew against
// mj_multiRay, in turns, on one core; wrong rays of both against mj_ray; a whole lidar with its
// laws of light. Prints one JSON line per figure. Usage: bench_lidar REPEATS RAYS
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lidar_scenes.h"
#include "sim/sense/rays.h"

enum { k_beams = 16, k_columns = 900, k_rays = k_beams * k_columns, k_repeats_max = 99 };

// Time of this thread on a processor: a busy machine disturbs it less.
static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

static double median(double* x, int n)
{
    qsort(x, (size_t)n, sizeof *x, compare);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

typedef struct Sweep {
    double from[3 * k_rays], dir[3 * k_rays], distance[k_rays];
    int geom[k_rays];
} Sweep;

static void aim(Sweep* s)
{
    const double from[3] = {0, 0, 1.5};
    for (int i = 0; i < k_rays; i++) {
        double azimuth = 2 * DD_PI * (i / k_beams) / k_columns;
        double elevation = (-15 + 2 * (i % k_beams)) * DD_PI / 180;
        double* dir = s->dir + 3 * i;
        dir[0] = cos(elevation) * cos(azimuth);
        dir[1] = cos(elevation) * sin(azimuth);
        dir[2] = sin(elevation);
        memcpy(s->from + 3 * i, from, sizeof from);
    }
}

// Every body a little farther, so that no index can be kept.
static void stir(const mjModel* m, mjData* d, unsigned* draw)
{
    for (int j = 0; j < m->njnt; j++) {
        int n = m->jnt_type[j] == mjJNT_FREE ? 3 : 1;
        for (int k = 0; k < n; k++) {
            d->qpos[m->jnt_qposadr[j] + k] += 0.01 * (scene_draw(draw) - 0.5);
        }
    }
    mj_kinematics(m, d);
    mj_comPos(m, d);
}

typedef struct Cost {
    double build, cast, theirs, ratio; // s, s, s, of medians
    int wrong, wrong_theirs, rays;     // against mj_ray
} Cost;

static Cost measure(mjModel* m, int repeats, int checked)
{
    static Sweep ours, theirs;
    double build[k_repeats_max], cast[k_repeats_max], peer[k_repeats_max], ratio[k_repeats_max];
    Cost c = {0};
    mjData* d = mj_makeData(m);
    DdRays* r = dd_rays_create(m, NULL);
    unsigned draw = 17;
    aim(&ours);
    aim(&theirs);
    for (int i = -1; i < repeats; i++) {
        stir(m, d, &draw);
        double t0 = now_s();
        dd_rays_update(r, d);
        double t1 = now_s();
        dd_rays_cast_many(r, k_rays, ours.from, ours.dir, mjMAXVAL, NULL, ours.distance, ours.geom,
                          NULL);
        double t2 = now_s();
        mj_multiRay(m, d, theirs.from, theirs.dir, NULL, 1, -1, theirs.geom, theirs.distance, NULL,
                    k_rays, mjMAXVAL);
        double t3 = now_s();
        if (i >= 0) {
            build[i] = t1 - t0;
            cast[i] = t2 - t1;
            peer[i] = t3 - t2;
            ratio[i] = (t3 - t2) / (t2 - t0);
        }
    }
    // rays of the sweep and, beyond those, any rays
    double range = 20;
    for (int i = 0; i < checked; i++) {
        double from[3], dir[3];
        int geom;
        int at = i % k_rays;
        double* distance = &ours.distance[at];
        if (i < k_rays) {
            memcpy(from, ours.from + 3 * at, sizeof from);
            memcpy(dir, ours.dir + 3 * at, sizeof dir);
        } else {
            for (int k = 0; k < 3; k++) {
                from[k] = range * (2 * scene_draw(&draw) - 1) * (k == 2 ? 0.2 : 1);
                dir[k] = 2 * scene_draw(&draw) - 1;
            }
            mju_normalize3(dir);
            *distance = dd_rays_cast(r, d, from, dir, mjMAXVAL, NULL, &ours.geom[at], NULL);
        }
        double is = mj_ray(m, d, from, dir, NULL, 1, -1, &geom, NULL);
        c.wrong += *distance != is || ours.geom[at] != geom;
        c.wrong_theirs += i < k_rays && (theirs.distance[at] != is || theirs.geom[at] != geom);
        c.rays++;
    }
    c.build = median(build, repeats);
    c.cast = median(cast, repeats);
    c.theirs = median(peer, repeats);
    c.ratio = median(ratio, repeats);
    dd_rays_destroy(r);
    mj_deleteData(d);
    mj_deleteModel(m);
    return c;
}

static void figure(const char* name, mjModel* m, double goal, int repeats, int rays)
{
    Cost c = measure(m, repeats, rays);
    printf("{\"figure\": \"%s\", \"ours\": %.6g, \"peer\": %.6g, \"ratio\": %.4g, \"goal\": %g}\n",
           name, k_rays / (c.build + c.cast), k_rays / c.theirs, c.ratio, goal);
    printf("{\"figure\": \"detail_%s\", \"build_ms\": %.4g, \"cast_ms\": %.4g, \"multiray_ms\": "
           "%.4g, \"rays_checked\": %d, \"wrong\": %d, \"wrong_multiray_of_14400\": %d}\n",
           name, 1e3 * c.build, 1e3 * c.cast, 1e3 * c.theirs, c.rays, c.wrong, c.wrong_theirs);
    fflush(stdout);
}

static void table(int repeats)
{
    static const int k_bodies[] = {100, 1000, 3000, 10000};
    for (int i = 0; i < 4; i++) {
        int n = k_bodies[i] < 3000 ? repeats : 3;
        Cost c = measure(scene_yard(k_bodies[i]), n, 0);
        printf("{\"figure\": \"detail_lidar_bodies_%d\", \"build_ms\": %.4g, \"cast_ms\": %.4g, "
               "\"multiray_ms\": %.4g}\n",
               k_bodies[i], 1e3 * c.build, 1e3 * c.cast, 1e3 * c.theirs);
        fflush(stdout);
    }
}

_Noreturn static void die(const DdError* err)
{
    fprintf(stderr, "bench_lidar: %s\n", err->text);
    exit(1);
}

// A 16-beam lidar as presets describe it, in the yard while everything moves: a simulated second.
static void sensor(const char* preset)
{
    DdError err = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/sensors/%s.json",
             getenv("DRYDOCK_HOME") ? getenv("DRYDOCK_HOME") : ".", preset);
    json_t* j = json_load_file(path, 0, NULL);
    DdSensorDef def = dd_sensor_def();
    if (!j || !dd_sensor_preset_apply(preset, j, &def, &err)) {
        die(&err);
    }
    json_decref(j);
    if (!dd_world_init(&err)) {
        die(&err);
    }
    DdWorld* w = dd_world_wrap(scene_yard(1000), &err);
    if (!w) {
        die(&err);
    }
    const mjModel* m = dd_world_model(w);
    mjData* d = dd_world_data(w);
    DdChannels* channels = dd_channels_create(dd_world_physics_hz(w));
    DdSense* s = dd_sense_create(w, channels, 1, "bench", 10, &err);
    def.pos[2] = 1.5;
    int c = s ? dd_sense_add_sensor(s, &def, &err) : -1;
    if (c < 0) {
        die(&err);
    }
    dd_channels_start(channels);
    unsigned draw = 5;
    double spent = 0, points = 0;
    int steps = dd_world_physics_hz(w);
    for (int step = 0; step <= 2 * steps; step++) {
        stir(m, d, &draw);
        double from = now_s();
        dd_sense_tick(s, step);
        // the first second warms up
        spent += step > steps ? now_s() - from : 0;
        const DdSample* sample = dd_channels_latest(channels, c, step);
        if (step > steps && sample && sample->avail_step == step) {
            points += sample->values[0];
        }
    }
    printf("{\"figure\": \"detail_lidar_sensor\", \"preset\": \"%s\", \"points_per_s\": %.6g, "
           "\"cost_per_simulated_s\": %.4g}\n",
           preset, points, spent);
    dd_sense_destroy(s);
    dd_channels_destroy(channels);
    dd_world_destroy(w);
}

int main(int argc, char** argv)
{
    int repeats = argc > 1 ? atoi(argv[1]) : 15, rays = argc > 2 ? atoi(argv[2]) : 1000000;
    repeats = repeats < 1 ? 1 : repeats > k_repeats_max ? k_repeats_max : repeats;
    figure("lidar_yard", scene_yard(1000), 40, repeats, rays);
    figure("lidar_clutter", scene_clutter(), 5, repeats, rays);
    Cost c = measure(scene_everything(1), repeats, rays);
    printf("{\"figure\": \"detail_lidar_everything\", \"build_ms\": %.4g, \"cast_ms\": %.4g, "
           "\"multiray_ms\": %.4g, \"rays_checked\": %d, \"wrong\": %d, "
           "\"wrong_multiray_of_14400\": %d}\n",
           1e3 * c.build, 1e3 * c.cast, 1e3 * c.theirs, c.rays, c.wrong, c.wrong_theirs);
    fflush(stdout);
    table(repeats);
    sensor("lidar_vlp16");
    sensor("lidar_os1_64");
    return 0;
}
