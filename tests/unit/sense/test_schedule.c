// When samples come, what noise does to them, and what a restore point brings back.
#include "sim/base/hash.h"
#include "sim/base/rng.h"
#include "tests/unit/sense/rig.h"

static const char k_bot[] =
    "<mujoco><option timestep='0.002'/><worldbody>"
    "<geom type='plane' size='5 5 .1'/>"
    "<body name='bot' pos='0 0 .5'><freejoint/><geom type='box' size='.2 .2 .2' mass='10'/>"
    "<body name='bot/arm' pos='0 0 .3'><joint name='bot/hinge' axis='0 1 0'/>"
    "<geom type='capsule' size='.03' fromto='0 0 0 .3 0 0' mass='1' contype='0' conaffinity='0'/>"
    "<site name='bot/tip' pos='.3 0 0'/></body></body>"
    "<body name='ball' pos='.5 0 1'><freejoint/><geom size='.1' mass='2'/></body>"
    "</worldbody><actuator><motor name='bot/m' joint='bot/hinge'/></actuator></mujoco>";

static bool g_sleep; // the bodies of k_bot that rest may fall asleep

static Rig bot(uint64_t seed, double measure_hz)
{
    char xml[2000];
    const char* option = strstr(k_bot, "<worldbody>");
    snprintf(xml, sizeof xml, "%.*s%s%s", (int)(option - k_bot), k_bot,
             g_sleep ? "<option><flag sleep='enable'/></option>" : "", option);
    return rig_make(xml, seed, measure_hz);
}

static DdSensorDef pose_def(const char* name)
{
    DdSensorDef def = sensor_def(name, "pose", "bot", "");
    def.rate_hz = 100;
    return def;
}

static int drain(Rig* r, int channel)
{
    int n = 0;
    for (const DdSample* s; (s = dd_channels_take(r->ch, r->step));) {
        n += s->channel == channel;
    }
    return n;
}

static void test_30_hz_on_500_hz(void** state)
{
    (void)state;
    Rig r = rig_make(k_bot, 1, 30);
    DdSensorDef def = pose_def("cam");
    def.rate_hz = 30;
    def.phase_s = 0.1;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    int n = drain(&r, c), last = -1;
    for (int k = 0; k < 5000; k++) {
        rig_run(&r, 1);
        int now = drain(&r, c);
        if (now) {
            assert_int_equal(now, 1);
            if (last < 0) {
                assert_int_equal(r.step, 50);
            } else {
                assert_true(r.step - last == 16 || r.step - last == 17);
            }
            last = (int)r.step;
        }
        n += now;
    }
    assert_int_equal(n, (int)(9.9 * 30) + 1);
    assert_int_equal(r.ticks, 301);
    // faster than the physics is refused
    Rig q = rig_make(k_bot, 1, 50);
    DdError err = {0};
    def.rate_hz = 501;
    assert_int_equal(dd_sense_add_sensor(q.s, &def, &err), -1);
    assert_non_null(strstr(err.text, "500 Hz"));
    rig_free(&q);
    rig_free(&r);
}

static void test_latency(void** state)
{
    (void)state;
    Rig r = rig_make(k_bot, 1, 50);
    DdSensorDef def = pose_def("late");
    def.rate_hz = 50;
    def.latency_s = 0.03;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    rig_run(&r, 14);
    assert_null(dd_channels_latest(r.ch, c, r.step));
    rig_run(&r, 1);
    const DdSample* s = dd_channels_latest(r.ch, c, r.step);
    assert_non_null(s);
    assert_int_equal(s->step, 0);
    assert_int_equal(s->avail_step, 15);
    rig_free(&r);
}

static void test_dropout(void** state)
{
    (void)state;
    Rig r = rig_make(k_bot, 1, 50);
    DdSensorDef def = pose_def("holes");
    def.rate_hz = 500;
    def.dropout = 0.3;
    int c = rig_sensor(&r, &def);
    rig_start(&r);
    int n = drain(&r, c);
    for (int k = 0; k < 4000; k++) {
        rig_run(&r, 1);
        n += drain(&r, c);
    }
    assert_int_equal(n + dd_sense_dropped(r.s), 4001);
    near(dd_sense_dropped(r.s) / 4001.0, 0.3, 4 * sqrt(0.21 / 4001));
    rig_free(&r);
}

static void test_noise_has_the_size_asked_for(void** state)
{
    (void)state;
    Rig r = rig_make(k_bot, 1, 50);
    DdSensorDef def = pose_def("noisy");
    def.rate_hz = 500;
    def.noise.n = 2;
    def.noise.v[0] = 0.01;
    def.noise.v[1] = 0.05;
    int noisy = rig_sensor(&r, &def);
    def = pose_def("true");
    def.rate_hz = 500;
    int clean = rig_sensor(&r, &def);
    rig_start(&r);
    double square[2] = {0, 0}, sum[2] = {0, 0};
    const int n = 3000;
    for (int k = 0; k < n; k++) {
        rig_run(&r, 1);
        double a[7], b[7], inverse[4], turn[4], rotvec[3];
        memcpy(a, rig_latest(&r, noisy), sizeof a);
        memcpy(b, rig_latest(&r, clean), sizeof b);
        near(a[3] * a[3] + a[4] * a[4] + a[5] * a[5] + a[6] * a[6], 1, 1e-12);
        dd_quat_conj(inverse, b + 3);
        dd_quat_mul(turn, inverse, a + 3);
        dd_quat_to_rotvec(turn, rotvec);
        for (int i = 0; i < 3; i++) {
            sum[0] += a[i] - b[i];
            sum[1] += rotvec[i];
            square[0] += (a[i] - b[i]) * (a[i] - b[i]);
            square[1] += rotvec[i] * rotvec[i];
        }
    }
    near(sum[0] / (3 * n), 0, 4 * 0.01 / sqrt(3 * n));
    near(sum[1] / (3 * n), 0, 4 * 0.05 / sqrt(3 * n));
    near(sqrt(square[0] / (3 * n)), 0.01, 0.0004);
    near(sqrt(square[1] / (3 * n)), 0.05, 0.002);
    rig_free(&r);

    Rig q = rig_make(k_bot, 1, 50);
    DdError err = {0};
    def.noise.n = 4;
    assert_int_equal(dd_sense_add_sensor(q.s, &def, &err), -1);
    assert_non_null(strstr(err.text, "1, 2 or 6 numbers"));
    def = sensor_def("c", "contacts", "bot", "");
    def.noise.n = 1;
    assert_int_equal(dd_sense_add_sensor(q.s, &def, &err), -1);
    assert_non_null(strstr(err.text, "no noise"));
    rig_free(&q);
}

// A run with everything that keeps something: joints, odometry, imu, wrench, contacts, sums.
typedef struct Full {
    Rig r;
    int watched;
} Full;

static Full full(uint64_t seed, bool extra)
{
    Full f = {.r = bot(seed, 100)};
    Rig* r = &f.r;
    if (extra) {
        DdSensorDef def = pose_def("another");
        def.noise.n = 1;
        def.noise.v[0] = 1;
        rig_sensor(r, &def);
    }
    DdSensorDef def = sensor_def("imu", "imu", "bot", "tip");
    def.rate_hz = 200;
    def.noise.n = 3;
    def.noise.v[0] = 0.001;
    def.noise.v[1] = 0.01;
    def.noise.v[2] = 0.1;
    def.accel_bias = 0.1;
    def.dropout = 0.1;
    def.latency_s = 0.01;
    f.watched = rig_sensor(r, &def);
    def = sensor_def("joints", "joints", "bot", "");
    def.rate_hz = 30;
    rig_sensor(r, &def);
    def = sensor_def("odom", "odom", "bot", "");
    rig_names(&def.joints, 2, "hinge", "hinge");
    def.wheel_radius = 0.1;
    def.track = 1;
    def.ticks_per_rev = 100;
    def.slip_sigma = 0.1;
    rig_sensor(r, &def);
    def = sensor_def("ft", "wrench", "bot", "tip");
    rig_sensor(r, &def);
    def = sensor_def("touch", "contacts", "bot", "");
    rig_sensor(r, &def);
    rig_measure(r, "peak", "peak_force", "bot", "ball");
    rig_measure(r, "force", "contact_force", "bot", "ball");
    rig_measure(r, "hits", "collisions", "bot", "");
    rig_measure(r, "energy", "energy", "bot", "");
    rig_measure(r, "path", "path_length", "ball", "");
    rig_measure(r, "gap", "clearance", "bot", "ball");
    rig_measure(r, "speed", "speed", "ball", "");
    r->d->ctrl[0] = 1;
    return f;
}

// XXH3 over the stream of (channel name, steps, values)
static uint64_t hash_stream(Rig* r, uint64_t h, int only)
{
    for (const DdSample* s; (s = dd_channels_take(r->ch, r->step));) {
        if (only >= 0 && s->channel != only) {
            continue;
        }
        const char* name = dd_channels_def(r->ch, s->channel)->name;
        h = dd_hash64(name, strlen(name), h);
        h = dd_hash64(&s->step, sizeof s->step, h);
        h = dd_hash64(&s->avail_step, sizeof s->avail_step, h);
        h = dd_hash64(s->values, (size_t)s->n * sizeof *s->values, h);
    }
    return h;
}

static uint64_t run_hash(uint64_t seed, bool extra, bool one)
{
    Full f = full(seed, extra);
    int only = one ? f.watched : -1;
    rig_start(&f.r);
    uint64_t h = hash_stream(&f.r, 0, only);
    for (int k = 0; k < 1000; k++) {
        rig_run(&f.r, 1);
        h = hash_stream(&f.r, h, only);
    }
    rig_free(&f.r);
    return h;
}

static void test_same_seed_same_stream(void** state)
{
    (void)state;
    assert_true(run_hash(1, false, false) == run_hash(1, false, false));
    assert_true(run_hash(1, false, false) != run_hash(2, false, false));
    // another noisy sensor in front changes nothing of this one
    assert_true(run_hash(1, false, true) == run_hash(1, true, true));
}

static void restore(DdWorld* w, Rig* r, const double* world, const double* channels,
                    const double* sense, int64_t step)
{
    DdError err = {0};
    if (!dd_world_load(w, step, world, &err)) {
        fail_msg("%s", err.text);
    }
    dd_channels_load(r->ch, INT64_MAX, channels);
    dd_sense_load(r->s, sense);
    r->step = step;
}

// Saved in mid-run, the live run goes on from its own bytes and a fresh one gives the same stream:
// between two steps, and after a tick.
static void restored(bool after_tick)
{
    for (int at = 301; at < 320; at++) {
        Full f = full(3, false), g = full(3, false);
        rig_start(&f.r);
        hash_stream(&f.r, 0, -1);
        for (int k = 0; k < at - 1; k++) {
            rig_run(&f.r, 1);
            hash_stream(&f.r, 0, -1);
        }
        rig_finish_step(&f.r);
        if (after_tick) {
            rig_sense(&f.r);
            hash_stream(&f.r, 0, -1);
        }
        int nw = dd_world_state_size(f.r.w), nc = dd_channels_state_size(f.r.ch),
            ns = dd_sense_state_size(f.r.s);
        double* world = calloc((size_t)nw, sizeof *world);
        double* channels = calloc((size_t)nc, sizeof *channels);
        double* sense = calloc((size_t)ns, sizeof *sense);
        dd_world_save(f.r.w, world);
        dd_channels_save(f.r.ch, channels);
        dd_sense_save(f.r.s, sense);
        dd_channels_start(g.r.ch);
        assert_int_equal(ns, dd_sense_state_size(g.r.s));
        restore(f.r.w, &f.r, world, channels, sense, at);
        restore(g.r.w, &g.r, world, channels, sense, at);
        Rig* both[2] = {&f.r, &g.r};
        uint64_t h[2];
        for (int i = 0; i < 2; i++) {
            DdError err = {0};
            if (after_tick) {
                assert_true(dd_world_step1(both[i]->w, &err));
            } else {
                rig_sense(both[i]);
            }
            h[i] = hash_stream(both[i], 0, -1);
            for (int k = 0; k < 300; k++) {
                rig_run(both[i], 1);
                h[i] = hash_stream(both[i], h[i], -1);
            }
        }
        assert_true(h[0] == h[1]);
        assert_int_equal(dd_sense_dropped(f.r.s), dd_sense_dropped(g.r.s));
        free(world);
        free(channels);
        free(sense);
        rig_free(&f.r);
        rig_free(&g.r);
    }
}

static void test_a_restored_run_gives_the_same_stream(void** state)
{
    (void)state;
    restored(false);
    restored(true);
}

static void test_so_does_one_with_sleeping_bodies(void** state)
{
    (void)state;
    g_sleep = true;
    restored(false);
    Rig r = bot(1, 50);
    DdSensorDef def = sensor_def("twist", "twist", "", "ball");
    int twist = rig_sensor(&r, &def);
    int force = rig_measure(&r, "force", "contact_force", "ball", "");
    r.d->qpos[r.m->jnt_qposadr[2]] = 2;
    r.d->qpos[r.m->jnt_qposadr[2] + 2] = 0.1;
    rig_start(&r);
    rig_run(&r, 1500);
    g_sleep = false;
    assert_true(r.d->tree_asleep[r.m->body_treeid[dd_world_body(r.w, "ball")]] >= 0);
    for (int i = 0; i < 6; i++) {
        near(rig_latest(&r, twist)[i], 0, 0);
    }
    near(rig_latest(&r, force)[0], 0, 0);
    rig_free(&r);
}

// Restoring without simulating from the bytes must also equal never having restored, as far as the
// senses go: the world is restored bit for bit, so a run that loads its own bytes equals one that
// does not.
static void test_loading_ones_own_bytes_changes_nothing(void** state)
{
    (void)state;
    uint64_t h[2];
    for (int i = 0; i < 2; i++) {
        Full f = full(3, false);
        rig_start(&f.r);
        h[i] = hash_stream(&f.r, 0, -1);
        for (int k = 0; k < 600; k++) {
            rig_finish_step(&f.r);
            if (i == 1 && k % 37 == 0) {
                double* world = calloc((size_t)dd_world_state_size(f.r.w), sizeof *world);
                double* sense = calloc((size_t)dd_sense_state_size(f.r.s), sizeof *sense);
                dd_world_save(f.r.w, world);
                dd_sense_save(f.r.s, sense);
                DdError err = {0};
                assert_true(dd_world_load(f.r.w, f.r.step, world, &err));
                dd_sense_load(f.r.s, sense);
                free(world);
                free(sense);
            }
            rig_sense(&f.r);
            h[i] = hash_stream(&f.r, h[i], -1);
        }
        rig_free(&f.r);
    }
    assert_true(h[0] == h[1]);
}

// Counting allocator: what the senses allocate while they run. Sanitizers bring their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static long g_allocations;
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t n, size_t size);
void* __libc_realloc(void* p, size_t size);

void* malloc(size_t size)
{
    g_allocations++;
    return __libc_malloc(size);
}

void* calloc(size_t n, size_t size)
{
    g_allocations++;
    return __libc_calloc(n, size);
}

void* realloc(void* p, size_t size)
{
    g_allocations++;
    return __libc_realloc(p, size);
}
#else
static long g_allocations;
#endif

static void test_nothing_is_allocated_while_it_runs(void** state)
{
    (void)state;
    Full f = full(1, true);
    rig_start(&f.r);
    rig_run(&f.r, 10);
    long allocations = 0;
    for (int k = 0; k < 300; k++) {
        DdError err = {0};
        assert_true(dd_world_step2(f.r.w, &err));
        f.r.step++;
        long before = g_allocations;
        dd_sense_after_step(f.r.s, f.r.step);
        allocations += g_allocations - before;
        assert_true(dd_world_step1(f.r.w, &err));
        before = g_allocations;
        dd_sense_tick(f.r.s, f.r.step);
        allocations += g_allocations - before;
    }
    assert_int_equal(allocations, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(g_allocations > 0); // the counter works
#endif
    rig_free(&f.r);
}

static void expect_error(Rig* r, DdSensorDef def, const char* text)
{
    DdError err = {0};
    assert_int_equal(dd_sense_add_sensor(r->s, &def, &err), -1);
    assert_int_equal(err.code, DD_ERROR_SCRIPT);
    if (!strstr(err.text, text)) {
        fail_msg("'%s' does not say '%s'", err.text, text);
    }
}

static void test_wrong_sensors_are_refused(void** state)
{
    (void)state;
    Rig r = rig_make(k_bot, 1, 50);
    DdSensorDef def = sensor_def("imu", "imu", "bot", "tip");
    int c = rig_sensor(&r, &def);
    assert_string_equal(dd_channels_def(r.ch, c)->name, "bot.imu");
    expect_error(&r, def, "already a channel 'bot.imu'");
    expect_error(&r, sensor_def("x", "imuu", "bot", ""), "did you mean 'imu'");
    expect_error(&r, sensor_def("x", "imu", "bott", ""), "did you mean 'bot'");
    expect_error(&r, sensor_def("x", "imu", "bot", "tipp"), "did you mean 'bot/tip'");
    expect_error(&r, sensor_def("x", "pose", "", ""), "frame must name");
    def = sensor_def("x", "distance", "bot", "tip");
    snprintf(def.target, sizeof def.target, "bal");
    expect_error(&r, def, "did you mean 'ball'");
    def = pose_def("x");
    def.dropout = 1.5;
    expect_error(&r, def, "dropout");
    def = pose_def("x");
    def.rate_hz = 0;
    expect_error(&r, def, "rate_hz");
    def = pose_def("x");
    def.noise.n = 1;
    def.noise.v[0] = -1;
    expect_error(&r, def, "noise");
    // without a name it is called after its kind
    def = sensor_def("", "joints", "bot", "");
    c = rig_sensor(&r, &def);
    assert_string_equal(dd_channels_def(r.ch, c)->name, "bot.joints");
    rig_free(&r);
    DdError err = {0};
    Rig q = rig_make(k_bot, 1, 50);
    assert_null(dd_sense_create(q.w, q.ch, 1, "test", 1000, &err));
    assert_non_null(strstr(err.text, "500 Hz"));
    rig_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_30_hz_on_500_hz),
        cmocka_unit_test(test_latency),
        cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_noise_has_the_size_asked_for),
        cmocka_unit_test(test_same_seed_same_stream),
        cmocka_unit_test(test_a_restored_run_gives_the_same_stream),
        cmocka_unit_test(test_so_does_one_with_sleeping_bodies),
        cmocka_unit_test(test_loading_ones_own_bytes_changes_nothing),
        cmocka_unit_test(test_nothing_is_allocated_while_it_runs),
        cmocka_unit_test(test_wrong_sensors_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
