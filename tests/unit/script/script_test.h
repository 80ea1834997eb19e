// What the tests of this layer share: scenario files in a folder of their own.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/script/script.h"

static char g_source_dir[DD_PATH_MAX];

// A small robot: a box on two wheels, for scenarios that need one.
static const char k_cart_xml[] =
    "<mujoco model='cart'><worldbody><body name='base' pos='0 0 0.1'><freejoint/>"
    "<geom name='hull' type='box' size='.2 .15 .05' mass='5'/>"
    "<site name='dock' pos='.2 0 0'/><site name='deck' pos='0 0 .05'/>"
    "<body name='left' pos='0 .17 0'><joint name='left' axis='0 1 0'/>"
    "<geom name='left' type='cylinder' size='.1 .02' euler='90 0 0' mass='.5'/></body>"
    "<body name='right' pos='0 -.17 0'><joint name='right' axis='0 1 0'/>"
    "<geom name='right' type='cylinder' size='.1 .02' euler='90 0 0' mass='.5'/></body>"
    "</body></worldbody>"
    "<actuator><velocity name='left' joint='left' kv='5'/><velocity name='right' joint='right' "
    "kv='5'/>"
    "</actuator></mujoco>";

static void write_text(const char* name, const char* text)
{
    FILE* f = fopen(name, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

// Everything happens in a fresh folder, which stays the working directory.
static int enter_folder(void** state)
{
    (void)state;
    char dir[] = "/tmp/dd_script_XXXXXX";
    assert_non_null(getcwd(g_source_dir, sizeof g_source_dir));
    setenv("DRYDOCK_HOME", g_source_dir, 1);
    (void)dd_home(); // settled before the folder changes
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    write_text("cart.xml", k_cart_xml);
    return 0;
}

typedef struct Opened {
    DdFiles* files;
    DdScenario scenario;
    DdError err;
    bool open;
} Opened;

static inline void open_text(Opened* o, const char* text)
{
    memset(o, 0, sizeof *o);
    write_text("test.lua", text);
    o->files = dd_files_create();
    DdScriptDef def = dd_script_def();
    def.path = "test.lua";
    def.files = o->files;
    o->open = dd_script_open(&def, &o->scenario, &o->err);
}

static inline DdPlan* build_opened(Opened* o, uint64_t seed, const json_t* overrides)
{
    if (!o->open) {
        return NULL;
    }
    return o->scenario.build(o->scenario.user, seed, overrides, &o->err);
}

static inline void close_opened(Opened* o)
{
    if (o->open) {
        o->scenario.destroy(o->scenario.user);
    }
    dd_files_destroy(o->files);
}
