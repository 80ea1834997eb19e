// Bench: pictures. One process draws one kind of them: waits for a line, draws so many frames of
// 300 moving boxes, tells the seconds that this took. Usage: bench_camera KIND SCENE FRAMES WIDTH
// HEIGHT with KIND bare (MuJoCo's renderer as a loop in C would use it), rgb, three (colour, depth,
// geoms) or episodes (the first picture of an episode, model compiled and all).
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>

#include "sim/render/render.h"
#include "sim/world/things.h"

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

_Noreturn static void die(const char* text)
{
    fprintf(stderr, "bench_camera: %s\n", text);
    exit(1);
}

typedef struct Bench {
    mjModel* m; // of the world
    mjData* d;
    DdWorld* w;
    int width, height;
    unsigned char* rgb;
    float* depth;
    int* geom;
    int64_t frame;
    // ours
    DdRender* r;
    DdEye eye;
    // bare
    mjvScene scene;
    mjvOption option;
    mjvCamera camera;
    mjrContext context;
} Bench;

static void load(Bench* b, const char* scene)
{
    char text[1024] = "";
    DdError err = {0};

    if (!dd_world_init(&err)) {
        die(err.text);
    }
    b->m = mj_loadXML(scene, NULL, text, sizeof text);
    if (!b->m) {
        die(text);
    }
    // the settings of both: no shadows, no multisampling, boxes of twelve triangles
    b->m->vis.quality.shadowsize = 0;
    b->m->vis.quality.offsamples = 0;
    b->m->vis.quality.numquads = 1;
    b->m->vis.global.offwidth = b->width;
    b->m->vis.global.offheight = b->height;
    b->w = dd_world_wrap(b->m, &err);
    if (!b->w || !dd_world_step1(b->w, &err)) {
        die(err.text);
    }
    b->d = dd_world_data(b->w);
}

// every box bobs and turns
static void move(Bench* b)
{
    double t = 0.05 * (double)b->frame++;

    for (int i = 0; i < b->m->njnt; i++) {
        mjtNum* q = b->d->qpos + b->m->jnt_qposadr[i];
        q[2] = 0.3 + 0.1 * sin(t + i);
        q[3] = cos(0.2 * t + i);
        q[4] = q[5] = 0;
        q[6] = sin(0.2 * t + i);
    }
    mj_kinematics(b->m, b->d);
    mj_comPos(b->m, b->d);
    mj_camlight(b->m, b->d);
}

static void open_egl(void)
{
    static const EGLint k_config[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE,
                                      EGL_OPENGL_BIT, EGL_NONE};
    PFNEGLGETPLATFORMDISPLAYEXTPROC get =
        (PFNEGLGETPLATFORMDISPLAYEXTPROC)eglGetProcAddress("eglGetPlatformDisplayEXT");
    EGLDisplay display =
        get ? get(EGL_PLATFORM_SURFACELESS_MESA, (void*)EGL_DEFAULT_DISPLAY, NULL) : EGL_NO_DISPLAY;
    EGLConfig config;
    EGLint n = 0;

    if (!eglInitialize(display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_API) ||
        !eglChooseConfig(display, k_config, &config, 1, &n) || n < 1) {
        die("no EGL");
    }
    EGLContext c = eglCreateContext(display, config, EGL_NO_CONTEXT, NULL);
    if (!eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, c)) {
        die("no OpenGL context");
    }
}

static void open_bare(Bench* b)
{
    open_egl();
    mjv_defaultScene(&b->scene);
    mjv_defaultOption(&b->option);
    mjv_defaultCamera(&b->camera);
    mjr_defaultContext(&b->context);
    mjv_makeScene(b->m, &b->scene, (int)b->m->ngeom + 100);
    mjr_makeContext(b->m, &b->context, mjFONTSCALE_100);
    mjr_setBuffer(mjFB_OFFSCREEN, &b->context);
    b->scene.flags[mjRND_SHADOW] = 0;
    b->scene.flags[mjRND_REFLECTION] = 0;
    b->camera.type = mjCAMERA_FIXED;
    b->camera.fixedcamid = 0;
}

static void bare(Bench* b)
{
    mjrRect all = {0, 0, b->width, b->height};

    mjv_updateScene(b->m, b->d, &b->option, NULL, &b->camera, mjCAT_ALL, &b->scene);
    mjr_render(all, &b->scene, &b->context);
    mjr_readPixels(b->rgb, NULL, all, &b->context);
}

// the scene's own camera, as an eye of ours
static void set_eye(Bench* b)
{
    static const double k_turn[4] = {0, 1, 0, 0}; // from y up, z back to y down, z forward
    double half = tan(0.5 * b->m->cam_fovy[0] * DD_PI / 180), quat[4];

    mju_mat2Quat(quat, b->d->cam_xmat);
    dd_quat_mul(b->eye.pose.quat, quat, k_turn);
    memcpy(b->eye.pose.pos, b->d->cam_xpos, sizeof b->eye.pose.pos);
    b->eye.width = b->width;
    b->eye.height = b->height;
    b->eye.fx = b->eye.fy = 0.5 * b->height / half;
    b->eye.cx = 0.5 * (b->width - 1);
    b->eye.cy = 0.5 * (b->height - 1);
}

static void shoot(Bench* b, DdShot shot)
{
    static DdRenderLook look;
    static DdWeather weather;
    DdError err = {0};

    if (weather.day == 0) {
        look = dd_render_look();
        weather = dd_weather_def();
    }
    if (!dd_render_shot(b->r, b->w, &b->eye, &look, &weather, 0.05 * (double)b->frame, &shot,
                        &err)) {
        die(err.text);
    }
}

static void ours(Bench* b, bool three)
{
    shoot(b, three ? (DdShot){b->rgb, b->depth, b->geom} : (DdShot){.rgb = b->rgb});
}

static double resident_mib(void)
{
    long pages = 0;
    FILE* f = fopen("/proc/self/statm", "r");

    if (!f || fscanf(f, "%*d %ld", &pages) != 1) {
        die("no /proc/self/statm");
    }
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static void add_thing(DdCompose* c, const char* kind_name, json_t* j)
{
    static _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
    const DdThingKind* kind = dd_thing_kind(kind_name);
    DdError err = {0};

    kind->init(def);
    if (!j || !dd_fields_read_json(kind->fields, def, j, kind_name, DD_ERROR_SCRIPT, &err) ||
        !dd_compose_add(c, kind, def, &err)) {
        die(err.text);
    }
    json_decref(j);
}

// A world of things, as a scenario would build it.
static DdWorld* build(void)
{
    DdError err = {0};
    DdWorldDef def = dd_world_def();
    DdFiles* files = dd_files_create();
    DdCompose* c = dd_compose_create(&def, files, &err);

    if (!c) {
        die(err.text);
    }
    add_thing(c, "ground", json_object());
    for (int i = 0; i < 300; i++) {
        add_thing(c, "box",
                  json_pack("{s:b, s:[fff], s:[fff]}", "free", 1, "size", 0.4, 0.4, 0.3, "pos",
                            1 + 0.9 * (i % 20), 0.9 * (i / 20) - 6.3, 0.16));
    }
    DdWorld* w = dd_compose_compile(c, &err);
    if (!w || !dd_world_step1(w, &err)) {
        die(err.text);
    }
    dd_compose_destroy(c);
    dd_files_destroy(files);
    return w;
}

// From nothing to a picture: seconds of composing and compiling, and of the picture.
static void episode(Bench* b, double* build_s, double* picture_s)
{
    DdError err = {0};
    double t0 = now_s();

    b->w = build();
    double t1 = now_s();
    b->r = dd_render_get(b->w, &err);
    if (!b->r) {
        die(err.text);
    }
    ours(b, false);
    double t2 = now_s();
    ours(b, true);
    dd_render_release(b->r);
    dd_world_destroy(b->w);
    *build_s = t1 - t0;
    *picture_s = t2 - t1;
}

int main(int argc, char** argv)
{
    static Bench b;
    char line[64];
    int64_t drawn = 0;

    if (argc != 6) {
        die("usage: bench_camera bare|rgb|three|episodes SCENE FRAMES WIDTH HEIGHT");
    }
    const char* kind = argv[1];
    int frames = atoi(argv[3]);
    b.width = atoi(argv[4]);
    b.height = atoi(argv[5]);
    size_t pixels = (size_t)b.width * (size_t)b.height;
    b.rgb = malloc(3 * pixels);
    b.depth = malloc(sizeof *b.depth * pixels);
    b.geom = malloc(sizeof *b.geom * pixels);
    load(&b, argv[2]);
    set_eye(&b);
    bool is_bare = strcmp(kind, "bare") == 0, three = strcmp(kind, "three") == 0;
    bool episodes = strcmp(kind, "episodes") == 0;
    if (is_bare) {
        open_bare(&b);
    } else if (!episodes) {
        DdError err = {0};
        b.r = dd_render_get(b.w, &err);
        if (!b.r) {
            die(err.text);
        }
    }
    while (fgets(line, sizeof line, stdin)) {
        double seconds = 0, more = 0;
        int n = line[0] == '\n' ? frames : atoi(line);
        for (int i = 0; i < n; i++, drawn++) {
            if (episodes) {
                episode(&b, &more, &seconds);
                continue;
            }
            move(&b);
            double begin = now_s();
            if (is_bare) {
                bare(&b);
            } else {
                ours(&b, three);
            }
            seconds += now_s() - begin;
        }
        // seconds of all frames, or of the last episode's picture and its building; resident memory
        printf("%.6f %.6f %.3f\n", seconds, more, resident_mib());
        fflush(stdout);
    }
    if (getenv("BENCH_PICTURE")) {
        FILE* f = fopen(getenv("BENCH_PICTURE"), "wb");
        fprintf(f, "P6 %d %d 255\n", b.width, b.height);
        fwrite(b.rgb, 3, pixels, f);
        fclose(f);
    }
    return 0;
}
