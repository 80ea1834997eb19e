// Labels: tables, boxes against pictures cast ray by ray, occlusion against its definition.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/rng.h"
#include "sim/sense/labels.h"
#include "sim/sense/lens.h"
#include "sim/world/things.h"

static DdError t_err;

typedef struct Scene {
    DdFiles* files;
    DdCompose* c;
    DdWorld* w;
    DdChannels* ch;
    DdSense* s;
    DdLabels* l;
} Scene;

typedef struct Camera {
    Scene* scene;
    DdLens lens;
    DdProjector eye;
    double pinhole[4];
    int* geom;
    float* depth;
    int silhouettes; // drawn so far
} Camera;

static void add(Scene* s, const char* kind_name, const char* fields)
{
    _Alignas(16) unsigned char def[DD_THING_SIZE_MAX];
    const DdThingKind* kind = dd_thing_kind(kind_name);
    json_t* j = json_loads(fields, 0, NULL);

    assert_non_null(kind);
    assert_non_null(j);
    kind->init(def);
    if (!dd_fields_read_json(kind->fields, def, j, kind_name, DD_ERROR_SCRIPT, &t_err) ||
        !dd_compose_add(s->c, kind, def, &t_err)) {
        fail_msg("%s", t_err.text);
    }
    json_decref(j);
}

static void add_robot(Scene* s, const char* name, const char* xml, double x, double y, double yaw)
{
    DdRobotPlacement p = dd_robot_placement_def();

    snprintf(p.name, sizeof p.name, "%s", name);
    snprintf(p.model, sizeof p.model, "robots/%s.xml", name);
    p.pos[0] = x;
    p.pos[1] = y;
    p.yaw = yaw;
    assert_non_null(dd_files_add(s->files, p.model, xml, strlen(xml), &t_err));
    assert_true(dd_compose_add_robot(s->c, &p, &t_err));
}

static Scene begin(void)
{
    Scene s = {.files = dd_files_create()};
    DdWorldDef def = dd_world_def();

    s.c = dd_compose_create(&def, s.files, &t_err);
    assert_non_null(s.c);
    return s;
}

static void compile(Scene* s)
{
    s->w = dd_compose_compile(s->c, &t_err);
    if (!s->w) {
        fail_msg("%s", t_err.text);
    }
    s->ch = dd_channels_create(dd_world_physics_hz(s->w));
    s->s = dd_sense_create(s->w, s->ch, 1, "test", 50, &t_err);
    assert_non_null(s->s);
    assert_true(dd_world_step1(s->w, &t_err));
}

static void label(Scene* s)
{
    s->l = dd_labels_get(s->s, &t_err);
    if (!s->l) {
        fail_msg("%s", t_err.text);
    }
}

static void end(Scene* s)
{
    dd_sense_destroy(s->s);
    dd_channels_destroy(s->ch);
    dd_world_destroy(s->w);
    dd_compose_destroy(s->c);
    dd_files_destroy(s->files);
}

static int instance(const Scene* s, const char* name)
{
    for (int i = 1; i <= dd_world_instance_count(s->w); i++) {
        if (strcmp(dd_world_instance_name(s->w, i), name) == 0) {
            return i;
        }
    }
    fail_msg("no instance '%s'", name);
    return 0;
}

// pictures by rays

static double cast(const Scene* s, int g, const double from[3], const double dir[3])
{
    const mjModel* m = dd_world_model(s->w);
    const mjData* d = dd_world_data(s->w);

    if (m->geom_type[g] == mjGEOM_MESH) {
        return mj_rayMesh(m, d, g, from, dir, NULL);
    }
    return mju_rayGeom(d->geom_xpos + 3 * g, d->geom_xmat + 9 * g, m->geom_size + 3 * g, from, dir,
                       m->geom_type[g], NULL);
}

static bool project(void* user, const double p[3], double px[2])
{
    return dd_lens_project(&((Camera*)user)->lens, p, px);
}

static bool ray(void* user, double u, double v, double dir[3])
{
    return dd_lens_ray(&((Camera*)user)->lens, u, v, NULL, dir);
}

// `shift`: pixels by which the picture's corner lies left of and above the camera's own
static void draw(Camera* c, int width, int height, int shift, bool (*show)(void*, int), void* user,
                 int* geom, float* depth)
{
    const mjModel* m = dd_world_model(c->scene->w);

    for (int i = 0; i < width * height; i++) {
        double px[2] = {i % width - shift, i / width - shift}, own[3], dir[3], best = INFINITY;
        geom[i] = -1;
        if (depth) {
            depth[i] = INFINITY;
        }
        if (!dd_lens_ray(&c->lens, px[0], px[1], NULL, own)) {
            continue;
        }
        dd_quat_rotate(dir, c->eye.pose.quat, own);
        for (int g = 0; g < m->ngeom; g++) {
            if (!dd_world_geom_visual(c->scene->w, g) || (show && !show(user, g))) {
                continue;
            }
            double r = cast(c->scene, g, c->eye.pose.pos, dir);
            if (r >= 0 && r < best) {
                best = r;
                geom[i] = g;
                if (depth) {
                    depth[i] = (float)(r * own[2]);
                }
            }
        }
    }
}

static bool silhouette(void* user, bool (*show)(void* user, int geom), void* show_user, int* geom)
{
    Camera* c = user;

    c->silhouettes++;
    draw(c, c->eye.width, c->eye.height, 0, show, show_user, geom, NULL);
    return true;
}

// looks from a point along x (yaw 0), pitch downwards
static Camera camera(Scene* s, const DdSensorDef* def, double x, double y, double z, double yaw,
                     double pitch)
{
    Camera c = {.scene = s};
    const double optical[4] = {0.5, -0.5, 0.5, -0.5};

    if (!dd_lens_open(def, "sensor 'c'", &c.lens, &t_err)) {
        fail_msg("%s", t_err.text);
    }
    size_t n = (size_t)def->width * (size_t)def->height;
    c.eye = (DdProjector){.width = def->width,
                          .height = def->height,
                          .project = project,
                          .ray = ray,
                          .silhouette = silhouette};
    c.eye.pose.pos[0] = x;
    c.eye.pose.pos[1] = y;
    c.eye.pose.pos[2] = z;
    dd_quat_from_rpy(c.eye.pose.quat, 0, pitch, yaw);
    dd_quat_mul(c.eye.pose.quat, c.eye.pose.quat, optical);
    c.geom = malloc(n * sizeof *c.geom);
    c.depth = malloc(n * sizeof *c.depth);
    assert_non_null(c.geom);
    assert_non_null(c.depth);
    return c;
}

static void look(Camera* c)
{
    c->eye.user = c;
    c->pinhole[0] = c->lens.fx;
    c->pinhole[1] = c->lens.fy;
    c->pinhole[2] = c->lens.cx;
    c->pinhole[3] = c->lens.cy;
    c->eye.pinhole = c->lens.model == DD_LENS_PINHOLE ? c->pinhole : NULL;
    draw(c, c->eye.width, c->eye.height, 0, NULL, NULL, c->geom, c->depth);
}

static void drop(Camera* c)
{
    free(c->geom);
    free(c->depth);
}

static DdSensorDef small(int lens, int width, int height, double hfov)
{
    DdSensorDef def = dd_sensor_def();

    def.lens = lens;
    def.width = width;
    def.height = height;
    def.hfov = hfov;
    return def;
}

// the box of an instance, NULL when it has none
static const double* box_of(const double* values, int i, int width)
{
    for (int k = 0; k < (int)values[0]; k++) {
        const double* v = values + 1 + k * width;
        if ((int)v[1] == i) {
            return v;
        }
    }
    return NULL;
}

enum { k_boxes = 128 };
static double t_values[1 + k_boxes * DD_BOX2_VALUES];

static void boxes_2d(Camera* c, int min_pixels)
{
    assert_true(dd_labels_boxes_2d(c->scene->s, c->scene->l, &c->eye, c->geom, c->depth, min_pixels,
                                   k_boxes, t_values));
}

static void test_tables(void** state)
{
    Scene s = begin();
    int geom[4] = {-1, 0, 0, 0};
    unsigned char classes[4];
    uint16_t instances[4];

    (void)state;
    add(&s, "ground", "{}");
    add(&s, "container", "{\"name\":\"C1\"}");
    add(&s, "box", "{\"name\":\"odd\",\"pos\":[9,0,1],\"label\":\"sign\"}");
    compile(&s);
    label(&s);
    const mjModel* m = dd_world_model(s.w);
    geom[1] = mj_name2id(m, mjOBJ_GEOM, "ground/floor");
    geom[2] = mj_name2id(m, mjOBJ_GEOM, "C1/hull");
    geom[3] = mj_name2id(m, mjOBJ_GEOM, "odd/box");
    dd_labels_semantic(s.l, geom, 4, classes);
    dd_labels_instances(s.l, geom, 4, instances);
    static const char* const k_names[] = {"background", "ground", "container", "sign"};
    for (int i = 0; i < 4; i++) {
        assert_true(i == 0 || geom[i] >= 0);
        assert_string_equal(dd_labels_class_name(s.l, classes[i]), k_names[i]);
        if (i > 0) {
            assert_int_equal(dd_labels_class_of_geom(s.l, geom[i]), classes[i]);
            assert_int_equal(dd_labels_instance_of_geom(s.l, geom[i]), instances[i]);
        }
    }
    assert_int_equal(classes[0], 0);
    assert_int_equal(instances[0], 0);
    assert_int_equal(instances[2], instance(&s, "C1"));
    DdChannelDef channel = dd_channel_def();
    dd_labels_declare(s.l, &channel);
    assert_int_equal(channel.nclass, dd_labels_class_count(s.l));
    assert_int_equal(channel.nname, dd_world_instance_count(s.w));
    assert_string_equal(channel.classes[classes[3]], "sign");
    assert_string_equal(channel.names[instances[3] - 1], "odd");
    free(channel.classes);
    free(channel.names);
    end(&s);
}

static void test_own_classes(void** state)
{
    static const char* const k_lists[][3] = {
        {"container", "other", "sign"}, {"background", "sign", "container"}, {"sign", "boat", ""}};

    (void)state;
    for (int i = 0; i < 3; i++) {
        Scene s = begin();
        DdNames names = {.n = i < 2 ? 3 : 2};
        for (int k = 0; k < names.n; k++) {
            snprintf(names.v[k], DD_NAME_MAX, "%s", k_lists[i][k]);
        }
        add(&s, "ground", "{}");
        add(&s, "container", "{\"name\":\"C1\"}");
        add(&s, "box", "{\"name\":\"odd\",\"pos\":[9,0,1],\"label\":\"sign\"}");
        if (i == 2) {
            add(&s, "box", "{\"name\":\"what\",\"pos\":[19,0,1],\"label\":\"bot\"}");
        }
        compile(&s);
        assert_true(dd_sense_set_classes(s.s, &names, &t_err));
        if (i == 2) {
            assert_null(dd_labels_get(s.s, &t_err));
            assert_string_equal(t_err.text, "box 'what': label 'bot' is not in the table of 3 "
                                            "classes; did you mean 'boat'?");
            end(&s);
            continue;
        }
        label(&s);
        const mjModel* m = dd_world_model(s.w);
        int ground = dd_labels_class_of_geom(s.l, mj_name2id(m, mjOBJ_GEOM, "ground/floor"));
        int c1 = dd_labels_class_of_geom(s.l, mj_name2id(m, mjOBJ_GEOM, "C1/hull"));
        assert_int_equal(ground, i == 0 ? 2 : 0); // other, or nothing at all
        assert_int_equal(c1, i == 0 ? 1 : 2);
        assert_string_equal(dd_labels_class_name(s.l, 0), "background");
        assert_int_equal(dd_labels_class_count(s.l), i == 0 ? 4 : 3);
        end(&s);
    }
}

typedef struct Only {
    const Scene* s;
    int instance;
    bool floors;
} Only;

static bool only(void* user, int geom)
{
    const Only* o = user;
    const mjModel* m = dd_world_model(o->s->w);

    return dd_world_instance_of_body(o->s->w, m->geom_bodyid[geom]) == o->instance ||
           (o->floors && m->geom_type[geom] == mjGEOM_PLANE);
}

static const char k_wedge[] =
    "<mujoco><asset><mesh name='m' vertex='-.3 -.5 0  .5 -.4 0  .1 .6 0  .1 0 .9'/></asset>"
    "<worldbody><body name='base' pos='0 0 0.6'><freejoint/>"
    "<geom type='mesh' mesh='m'/>"
    "<geom type='capsule' fromto='0 0 0 0.2 0.9 0.5' size='.08'/>"
    "<body name='arm' pos='0 0 .9'><joint type='hinge' axis='0 1 0'/>"
    "<geom type='ellipsoid' size='.1 .2 .5' pos='0 0 .4'/></body></body></worldbody></mujoco>";

static void fill_kinds(Scene* s)
{
    add(s, "ground", "{}");
    add(s, "box", "{\"name\":\"b\",\"pos\":[4,1,0.5],\"size\":[0.6,0.8,1],\"rpy\":[0.3,0.2,0.5]}");
    add(s, "sphere", "{\"name\":\"s\",\"pos\":[3,-1,0.6],\"radius\":0.45}");
    add(s, "cylinder",
        "{\"name\":\"y\",\"pos\":[5,-0.4,1.5],\"radius\":0.3,\"height\":1.2,\"rpy\":[1,0.4,0]}");
    add(s, "body",
        "{\"name\":\"p\",\"shape\":\"capsule\",\"size\":[0.3,0.3,1],\"pos\":[4,0.1,2.5],"
        "\"rpy\":[0.7,0,1]}");
    add(s, "container", "{\"name\":\"c\",\"pos\":[18,2,0],\"yaw\":0.4}");
    add(s, "box", "{\"name\":\"bar\",\"pos\":[2.5,1.5,2.4],\"size\":[0.2,5,0.2]}");
    add(s, "sphere", "{\"name\":\"ball\",\"pos\":[1.1,0.7,0.8],\"radius\":0.55}");
    add_robot(s, "wedge", k_wedge, 5, 2.5, 0.6);
}

// Boxes of all that is there, drawn alone on a canvas much larger than the picture, must be the
// amodal boxes to a pixel; through every lens.
static void test_amodal(void** state)
{
    static const double k_plumb[] = {-0.28, 0.07, 2e-4, -3e-4, -0.005};

    (void)state;
    for (int lens = 0; lens < 3; lens++) {
        Scene s = begin();
        fill_kinds(&s);
        compile(&s);
        label(&s);
        DdSensorDef def = small(lens == 0   ? DD_LENS_PINHOLE
                                : lens == 1 ? DD_LENS_PLUMB_BOB
                                            : DD_LENS_EQUIDISTANT,
                                200, 150, lens == 2 ? 2.6 : 1.2);
        if (lens == 1) {
            def.distortion.n = 5;
            memcpy(def.distortion.v, k_plumb, sizeof k_plumb);
        }
        Camera c = camera(&s, &def, 0, 0.2, 1.2, 0.1, 0.1);
        look(&c);
        boxes_2d(&c, 0);
        enum { k_shift = 100, k_w = 400, k_h = 350 };
        int* canvas = malloc(k_w * k_h * sizeof *canvas);
        assert_non_null(canvas);
        int checked = 0;
        for (int i = 1; i <= dd_world_instance_count(s.w); i++) {
            const double* v = box_of(t_values, i, DD_BOX2_VALUES);
            Only alone = {&s, i, false};
            if (!v) {
                continue;
            }
            int x0 = k_w, y0 = k_h, x1 = 0, y1 = 0, inside = 0;
            draw(&c, k_w, k_h, k_shift, only, &alone, canvas, NULL);
            for (int p = 0; p < k_w * k_h; p++) {
                if (canvas[p] >= 0) {
                    int x = p % k_w, y = p / k_w;
                    x0 = x < x0 ? x : x0;
                    x1 = x + 1 > x1 ? x + 1 : x1;
                    y0 = y < y0 ? y : y0;
                    y1 = y + 1 > y1 ? y + 1 : y1;
                    inside +=
                        x >= k_shift && x < k_shift + 200 && y >= k_shift && y < k_shift + 150;
                }
            }
            // a pixel counts when its centre is covered, so that the drawn box is up to one smaller
            double drawn[4] = {x0 - k_shift, y0 - k_shift, x1 - k_shift, y1 - k_shift};
            for (int k = 0; k < 4; k++) {
                double slack = k < 2 ? drawn[k] - v[6 + k] : v[6 + k] - drawn[k];
                if (slack < -0.55 || slack > 1.1) {
                    fail_msg("lens %d, %s: side %d is %g, drawn %g", lens,
                             dd_world_instance_name(s.w, i), k, v[6 + k], drawn[k]);
                }
            }
            double whole = (v[8] - v[6]) * (v[9] - v[7]);
            double w = dd_clamp(v[8], 0, 200) - dd_clamp(v[6], 0, 200);
            double h = dd_clamp(v[9], 0, 150) - dd_clamp(v[7], 0, 150);
            assert_float_equal(v[13], 1 - w * h / whole, 1e-9);
            assert_true(v[11] <= inside); // floors hide what is sunk into them
            checked++;
        }
        assert_true(checked >= 6);
        free(canvas);
        drop(&c);
        end(&s);
    }
}

// Visible boxes and counts are those of the picture; occlusion is its definition, pixel by pixel,
// in crowds of boxes; by rays, and without them by fewer pictures than there are objects.
static void test_definition(void** state)
{
    DdStream rng = dd_stream(7, "test", "crowd");

    (void)state;
    for (int round = 0; round < 4; round++) {
        Scene s = begin();
        add(&s, "ground", "{}");
        add(&s, "region", "{\"name\":\"lane\",\"pos\":[6,0,0],\"size\":[8,2],\"filled\":true}");
        add(&s, "wall", "{\"name\":\"wall\",\"from\":[5,-4],\"to\":[5,-1],\"height\":1}");
        for (int i = 0; i < 40; i++) {
            char fields[256];
            double u[6];
            for (int k = 0; k < 6; k++) {
                u[k] = dd_stream_uniform(&rng, 0, 1);
            }
            double h = 0.3 + u[2];
            snprintf(fields, sizeof fields,
                     "{\"name\":\"b%d\",\"pos\":[%g,%g,%g],\"size\":[%g,%g,%g],\"yaw\":%g}", i,
                     3 + 12 * u[0], 10 * u[1] - 5, h / 2 - 0.002, 0.2 + u[3], 0.2 + u[4], h,
                     3 * u[5]);
            add(&s, "box", fields);
        }
        add(&s, "cylinder", "{\"name\":\"bc\",\"pos\":[9,0.5,0.9],\"radius\":0.6,\"height\":1.8}");
        add(&s, "container", "{\"name\":\"bx\",\"pos\":[19,4,0],\"yaw\":0.4}");
        add_robot(&s, "b_wedge", k_wedge, 7, -2, 0.6);
        add_robot(&s, "b_near", k_wedge, 0.2, 0.6, 0.6);
        compile(&s);
        label(&s);
        DdSensorDef def = small(DD_LENS_PINHOLE, 160, 120, 1.3);
        Camera c = camera(&s, &def, 0, 0, 1.5, 0, 0.2);
        c.eye.ray = round % 2 ? NULL : ray;
        look(&c);
        c.eye.pinhole = round == 0 ? c.pinhole : NULL;
        boxes_2d(&c, round < 2 ? 0 : 4);
        int passes = c.silhouettes, n = (int)t_values[0], hidden = 0;
        int* alone = malloc(160 * 120 * sizeof *alone);
        assert_non_null(alone);
        assert_true(n > 10);
        double before = INFINITY;
        for (int i = 1; i <= dd_world_instance_count(s.w); i++) {
            const char* name = dd_world_instance_name(s.w, i);
            const double* v = box_of(t_values, i, DD_BOX2_VALUES);
            Only o = {&s, i, true};
            int seen = 0, own = 0, x0 = 999, y0 = 999, x1 = 0, y1 = 0;
            draw(&c, 160, 120, 0, only, &o, alone, NULL);
            for (int p = 0; p < 160 * 120; p++) {
                own += dd_labels_instance_of_geom(s.l, alone[p]) == i;
                if (dd_labels_instance_of_geom(s.l, c.geom[p]) == i) {
                    seen++;
                    x0 = p % 160 < x0 ? p % 160 : x0;
                    x1 = p % 160 + 1 > x1 ? p % 160 + 1 : x1;
                    y0 = p / 160 < y0 ? p / 160 : y0;
                    y1 = p / 160 + 1 > y1 ? p / 160 + 1 : y1;
                }
            }
            bool object = name[0] == 'b';
            bool wanted = object && (round < 2 ? own > 0 : seen >= 4);
            if ((v != NULL) != wanted) {
                fail_msg("round %d: %s: %d pixels seen, %d alone, and %s box", round, name, seen,
                         own, v ? "a" : "no");
            }
            if (!v) {
                continue;
            }
            if (v[10] != seen || v[11] != own) {
                fail_msg("round %d: %s: %g of %g pixels, should be %d of %d", round, name, v[10],
                         v[11], seen, own);
            }
            assert_true(v[12] == 1 - (double)seen / own);
            assert_true(seen == 0 || (v[2] == x0 && v[3] == y0 && v[4] == x1 && v[5] == y1));
            hidden += v[12] > 0;
        }
        for (int k = 0; k < n; k++) {
            double pixels = t_values[1 + k * DD_BOX2_VALUES + 10];
            assert_true(pixels <= before); // largest first
            before = pixels;
        }
        assert_true(hidden > 3);
        assert_true(round % 2 ? passes > 0 && passes < n / 2 : passes == 0);
        free(alone);
        drop(&c);
        end(&s);
    }
}

// A plate in front of the left half of a plate; and one that nothing hides.
static void test_half(void** state)
{
    Scene s = begin();

    (void)state;
    add(&s, "box", "{\"name\":\"back\",\"pos\":[4,0,0],\"size\":[0.02,2,2]}");
    add(&s, "box", "{\"name\":\"front\",\"pos\":[2,0.5,0],\"size\":[0.02,1,2]}");
    add(&s, "box", "{\"name\":\"free\",\"pos\":[4,-3,0],\"size\":[0.02,1,1]}");
    add(&s, "box", "{\"name\":\"gone\",\"pos\":[6,1.2,0],\"size\":[0.02,0.4,0.4]}");
    add(&s, "box", "{\"name\":\"behind\",\"pos\":[-4,0,0],\"size\":[1,1,1]}");
    compile(&s);
    label(&s);
    DdSensorDef def = small(DD_LENS_PINHOLE, 320, 200, 1.8);
    Camera c = camera(&s, &def, 0, 0, 0, 0, 0);
    look(&c);
    boxes_2d(&c, 0);
    const double* back = box_of(t_values, instance(&s, "back"), DD_BOX2_VALUES);
    const double* gone = box_of(t_values, instance(&s, "gone"), DD_BOX2_VALUES);
    const double* open = box_of(t_values, instance(&s, "free"), DD_BOX2_VALUES);
    assert_non_null(back);
    assert_non_null(gone);
    assert_non_null(open);
    assert_null(box_of(t_values, instance(&s, "behind"), DD_BOX2_VALUES));
    // the front one hides y > 0 of the back one: half of it
    assert_float_equal(back[12], 0.5, 0.02);
    // its face is 2 m at 3.99 m: full width f * 2 / 3.99 px
    assert_float_equal(back[8] - back[6], c.lens.fx * 2 / 3.99, 1e-4);
    assert_float_equal(back[6] + back[8], 320, 1e-4);
    assert_true(back[12] > 0 && back[13] == 0 && back[14] == 1);
    assert_true(open[12] == 0 && open[10] == open[11]);
    assert_true(gone[10] == 0 && gone[12] == 1 && gone[2] == 0 && gone[4] == 0 && gone[14] == 0);
    boxes_2d(&c, 1);
    assert_null(box_of(t_values, instance(&s, "gone"), DD_BOX2_VALUES));
    drop(&c);
    end(&s);
}

// Parts behind the camera: the amodal box goes on to where the lens ends.
static void test_around(void** state)
{
    Scene s = begin();

    (void)state;
    add(&s, "box", "{\"name\":\"truck\",\"pos\":[0,2,0],\"size\":[12,1,2]}");
    add(&s, "box", "{\"name\":\"room\",\"pos\":[0,0,0],\"size\":[60,60,60]}");
    compile(&s);
    label(&s);
    DdSensorDef def = small(DD_LENS_PINHOLE, 160, 120, 1.5);
    Camera c = camera(&s, &def, 0, 0, 0, 0, 0);
    look(&c);
    boxes_2d(&c, 4);
    const double* truck = box_of(t_values, instance(&s, "truck"), DD_BOX2_VALUES);
    assert_non_null(truck);
    // its far end, x 6, y 1.5: the right side; the near part leaves to the left
    assert_float_equal(truck[8], c.lens.cx + 0.5 - c.lens.fx * 1.5 / 6, 0.01);
    assert_true(truck[6] <= -1000 && truck[13] > 0.9 && truck[13] < 1);
    const double* room = box_of(t_values, instance(&s, "room"), DD_BOX2_VALUES);
    // the camera is inside: rays leave it by its far wall
    assert_true(!room || (room[6] <= 0 && room[8] >= 160));
    drop(&c);
    end(&s);
}

static void test_contrast(void** state)
{
    Scene s = begin();

    (void)state;
    add(&s, "weather", "{\"fog\":50,\"rain\":10}");
    add(&s, "box", "{\"name\":\"near\",\"pos\":[10,1,0]}");
    add(&s, "box", "{\"name\":\"slant\",\"pos\":[12,2.5,0],\"size\":[0.1,3,1],\"yaw\":-1.1}");
    add(&s, "box", "{\"name\":\"far\",\"pos\":[55,-6,0],\"size\":[2,2,2]}");
    compile(&s);
    label(&s);
    DdSensorDef def = small(DD_LENS_PINHOLE, 320, 240, 0.7);
    Camera c = camera(&s, &def, 0, 0, 0, 0, 0);
    look(&c);
    boxes_2d(&c, 1);
    double b = log(20) / 50 + 3.65e-4 * pow(10, 0.63);
    const double* v = box_of(t_values, instance(&s, "near"), DD_BOX2_VALUES);
    assert_non_null(v);
    assert_float_equal(v[14], exp(-b * 9.8), 1e-3);
    v = box_of(t_values, instance(&s, "far"), DD_BOX2_VALUES);
    assert_non_null(v);
    assert_float_equal(v[14], exp(-b * 54), 1e-3);
    assert_true(v[14] < 0.05);
    // the median is that of the sorted depths of its pixels
    int slant = instance(&s, "slant"), n = 0;
    float* own = malloc(320 * 240 * sizeof *own);
    assert_non_null(own);
    for (int p = 0; p < 320 * 240; p++) {
        if (dd_labels_instance_of_geom(s.l, c.geom[p]) == slant) {
            own[n++] = c.depth[p];
        }
    }
    for (int i = 1; i < n; i++) {
        for (int k = i; k > 0 && own[k] < own[k - 1]; k--) {
            float t = own[k];
            own[k] = own[k - 1];
            own[k - 1] = t;
        }
    }
    v = box_of(t_values, slant, DD_BOX2_VALUES);
    assert_true(n > 100 && own[n - 1] - own[0] > 0.5f);
    assert_true(v && fabs(v[14] / exp(-b * own[n / 2]) - 1) < 1e-12);
    free(own);
    drop(&c);
    end(&s);
}

static void test_dropped(void** state)
{
    Scene s = begin();
    double values[1 + 3 * DD_BOX2_VALUES];

    (void)state;
    for (int i = 0; i < 8; i++) {
        char fields[128];
        snprintf(fields, sizeof fields, "{\"name\":\"b%d\",\"pos\":[%d,%g,0]}", i, 5 + i,
                 1.5 * i - 5);
        add(&s, "box", fields);
    }
    compile(&s);
    label(&s);
    DdSensorDef def = small(DD_LENS_PINHOLE, 320, 120, 1.8);
    Camera c = camera(&s, &def, 0, 0, 0, 0, 0);
    look(&c);
    int64_t before = dd_sense_dropped(s.s);
    assert_true(dd_labels_boxes_2d(s.s, s.l, &c.eye, c.geom, c.depth, 1, 3, values));
    assert_true(values[0] == 3);
    assert_int_equal(dd_sense_dropped(s.s) - before, 5);
    assert_true(values[1 + 10] >= values[1 + DD_BOX2_VALUES + 10]);
    dd_labels_boxes_3d(s.s, s.l, &c.eye, c.geom, 3, values);
    assert_true(values[0] == 3);
    assert_int_equal(dd_sense_dropped(s.s) - before, 10);
    drop(&c);
    end(&s);
}

static void test_oriented(void** state)
{
    Scene s = begin();
    double values[1 + k_boxes * DD_BOX3_VALUES];

    (void)state;
    fill_kinds(&s);
    add(&s, "stack", "{\"name\":\"yard\",\"pos\":[20,-6,0],\"yaw\":0.2,\"rows\":1,\"tiers\":2}");
    compile(&s);
    label(&s);
    mjData* d = dd_world_data(s.w);
    const mjModel* m = dd_world_model(s.w);
    DdSensorDef def = small(DD_LENS_PINHOLE, 160, 120, 1.6);
    Camera c = camera(&s, &def, 0, 0.2, 1.2, 0.1, 0.1);
    for (int bent = 0; bent < 2; bent++) {
        d->qpos[m->jnt_qposadr[mj_name2id(m, mjOBJ_JOINT, "wedge/arm/joint1")]] = bent;
        assert_true(dd_world_forward(s.w, &t_err));
        look(&c);
        dd_labels_boxes_3d(s.s, s.l, &c.eye, c.geom, k_boxes, values);
        const double* v = box_of(values, instance(&s, "b"), DD_BOX3_VALUES);
        assert_non_null(v);
        // back in the world it is the box that was declared
        DdPose own, world;
        memcpy(own.pos, v + 2, sizeof own.pos);
        memcpy(own.quat, v + 5, sizeof own.quat);
        world = dd_pose_mul(c.eye.pose, own);
        double quat[4];
        dd_quat_from_rpy(quat, 0.3, 0.2, 0.5);
        assert_float_equal(world.pos[0], 4, 1e-9);
        assert_float_equal(world.pos[1], 1, 1e-9);
        assert_float_equal(world.pos[2], 0.5, 1e-9);
        assert_true(dd_quat_angle(quat, world.quat) < 1e-7);
        assert_float_equal(v[9], 0.6, 1e-6);
        assert_float_equal(v[10], 0.8, 1e-6);
        assert_float_equal(v[11], 1, 1e-6);
        assert_float_equal(v[13], sqrt(16 + 0.64 + 0.49), 1e-9);
        int seen = 0;
        for (int p = 0; p < 160 * 120; p++) {
            seen += dd_labels_instance_of_geom(s.l, c.geom[p]) == instance(&s, "b");
        }
        assert_true(v[12] == (seen > 0));
        // containers of a stack, one by one
        v = box_of(values, instance(&s, "yard/c_1_1_2"), DD_BOX3_VALUES);
        assert_non_null(v);
        assert_float_equal(v[9], 12.192, 0.03);
        assert_float_equal(v[11], 2.591, 0.03);
        // every vertex and no less: the robot's box touches its geoms on all sides, bent or not
        v = box_of(values, instance(&s, "wedge"), DD_BOX3_VALUES);
        assert_non_null(v);
        memcpy(own.pos, v + 2, sizeof own.pos);
        memcpy(own.quat, v + 5, sizeof own.quat);
        DdPose back = dd_pose_inv(dd_pose_mul(c.eye.pose, own));
        double reach[3] = {0};
        for (int g = 0; g < m->ngeom; g++) {
            if (dd_labels_instance_of_geom(s.l, g) != instance(&s, "wedge")) {
                continue;
            }
            for (int k = 0; k < 20000; k++) {
                // points of the surfaces, well spread
                double z = 1 - (2 * k + 1) / 20000.0, a = 2.399963 * k, r = sqrt(1 - z * z);
                double u[3] = {r * cos(a), r * sin(a), z}, p[3], q[3];
                const double* size = m->geom_size + 3 * g;
                if (m->geom_type[g] == mjGEOM_MESH) {
                    const float* vert = m->mesh_vert + 3 * (k % m->mesh_vertnum[0]);
                    p[0] = vert[0];
                    p[1] = vert[1];
                    p[2] = vert[2];
                } else if (m->geom_type[g] == mjGEOM_CAPSULE) {
                    for (int e = 0; e < 3; e++) {
                        p[e] = size[0] * u[e] + (e == 2 ? (u[2] > 0 ? size[1] : -size[1]) : 0);
                    }
                } else {
                    for (int e = 0; e < 3; e++) {
                        p[e] = size[e] * u[e];
                    }
                }
                mju_mulMatVec3(q, d->geom_xmat + 9 * g, p);
                mju_addTo3(q, d->geom_xpos + 3 * g);
                dd_pose_apply(&back, q, p);
                for (int e = 0; e < 3; e++) {
                    reach[e] = fabs(p[e]) > reach[e] ? fabs(p[e]) : reach[e];
                }
            }
        }
        for (int e = 0; e < 3; e++) {
            assert_float_equal(reach[e], v[9 + e] / 2, 1e-3);
        }
    }
    assert_null(box_of(values, instance(&s, "ground"), DD_BOX3_VALUES));
    drop(&c);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),   cmocka_unit_test(test_own_classes),
        cmocka_unit_test(test_amodal),   cmocka_unit_test(test_definition),
        cmocka_unit_test(test_half),     cmocka_unit_test(test_around),
        cmocka_unit_test(test_contrast), cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_oriented),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
