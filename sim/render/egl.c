// EGL: OpenGL without a display. The library is loaded at the first need, so that runs without
// pictures need none of it; MuJoCo finds the same library among the process's global symbols.
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/render/gl.h"

#include <EGL/eglext.h>

// EGL is loaded by name, never linked
#define EGL_LIST(X)                                                                                \
    X(eglGetProcAddress, __eglMustCastToProperFunctionPointerType, (const char*))                  \
    X(eglGetError, EGLint, (void))                                                                 \
    X(eglQueryString, const char*, (EGLDisplay, EGLint))                                           \
    X(eglInitialize, EGLBoolean, (EGLDisplay, EGLint*, EGLint*))                                   \
    X(eglTerminate, EGLBoolean, (EGLDisplay))                                                      \
    X(eglBindAPI, EGLBoolean, (EGLenum))                                                           \
    X(eglChooseConfig, EGLBoolean, (EGLDisplay, const EGLint*, EGLConfig*, EGLint, EGLint*))       \
    X(eglCreateContext, EGLContext, (EGLDisplay, EGLConfig, EGLContext, const EGLint*))            \
    X(eglDestroyContext, EGLBoolean, (EGLDisplay, EGLContext))                                     \
    X(eglMakeCurrent, EGLBoolean, (EGLDisplay, EGLSurface, EGLSurface, EGLContext))                \
    X(eglGetCurrentContext, EGLContext, (void))                                                    \
    X(eglGetCurrentDisplay, EGLDisplay, (void))                                                    \
    X(eglGetCurrentSurface, EGLSurface, (EGLint))                                                  \
    X(eglReleaseThread, EGLBoolean, (void))

typedef enum Wish { WISH_ANY, WISH_SOFTWARE, WISH_GPU, WISH_OFF, WISH_UNKNOWN } Wish;

static struct {
    pthread_mutex_t lock;
    void* library;
    pid_t pid; // of the process that opened it
    EGLDisplay display;
    EGLConfig config;
    bool robust; // contexts can tell that they were reset
    DdGl gl;
#define MEMBER(name, result, args) result(*name) args;
    EGL_LIST(MEMBER)
#undef MEMBER
    PFNEGLGETPLATFORMDISPLAYEXTPROC get_platform_display;
    PFNEGLQUERYDEVICESEXTPROC query_devices;
    PFNEGLQUERYDEVICESTRINGEXTPROC query_device_string;
} s = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local DdGlContext* t_context;

static Wish read_wish(void)
{
    const char* text = getenv("DRYDOCK_GL");

    if (!text || !text[0]) {
        return WISH_ANY;
    }
    return strcmp(text, "software") == 0 ? WISH_SOFTWARE
           : strcmp(text, "gpu") == 0    ? WISH_GPU
           : strcmp(text, "off") == 0    ? WISH_OFF
                                         : WISH_UNKNOWN;
}

static bool has_word(const char* list, const char* word)
{
    size_t n = strlen(word);

    for (const char* p = list; p && (p = strstr(p, word)) != NULL; p += n) {
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool load_library(DdError* err)
{
    if (s.library) {
        return true;
    }
    // global, as MuJoCo asks the process for eglGetProcAddress
    void* library = dlopen("libEGL.so.1", RTLD_NOW | RTLD_GLOBAL);
    if (!library) {
        const char* why = dlerror();
        if (why && !strstr(why, "No such file")) {
            return dd_fail(err, DD_ERROR_GRAPHICS, "no OpenGL here: %s", why);
        }
        return dd_fail(err, DD_ERROR_GRAPHICS,
                       "no OpenGL here: libEGL.so.1 is not installed (Debian: apt-get install "
                       "libegl1 libgl1-mesa-dri)");
    }
#define LOAD(name, result, args)                                                                   \
    *(void**)&s.name = dlsym(library, #name);                                                      \
    if (!s.name) {                                                                                 \
        dlclose(library);                                                                          \
        return dd_fail(err, DD_ERROR_GRAPHICS, "no OpenGL here: libEGL.so.1 has no %s", #name);    \
    }
    EGL_LIST(LOAD)
#undef LOAD
    s.get_platform_display =
        (PFNEGLGETPLATFORMDISPLAYEXTPROC)s.eglGetProcAddress("eglGetPlatformDisplayEXT");
    s.query_devices = (PFNEGLQUERYDEVICESEXTPROC)s.eglGetProcAddress("eglQueryDevicesEXT");
    s.query_device_string =
        (PFNEGLQUERYDEVICESTRINGEXTPROC)s.eglGetProcAddress("eglQueryDeviceStringEXT");
    if (!s.get_platform_display) {
        dlclose(library);
        return dd_fail(err, DD_ERROR_GRAPHICS,
                       "no OpenGL here: libEGL.so.1 cannot open a display without a screen "
                       "(EGL_EXT_platform_base is missing)");
    }
    s.library = library;
    // Mesa takes and gives back some megabytes for every picture: without this, the C library hands
    // them to the kernel each time and a fifth of the time goes into page faults
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    return true;
}

static EGLContext create_context(void)
{
    static const EGLint k_robust[] = {EGL_CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY_EXT,
                                      EGL_LOSE_CONTEXT_ON_RESET_EXT, EGL_NONE};
    EGLContext c = EGL_NO_CONTEXT;

    if (!s.eglBindAPI(EGL_OPENGL_API)) {
        return EGL_NO_CONTEXT;
    }
    if (s.robust) {
        c = s.eglCreateContext(s.display, s.config, EGL_NO_CONTEXT, k_robust);
    }
    return c != EGL_NO_CONTEXT ? c : s.eglCreateContext(s.display, s.config, EGL_NO_CONTEXT, NULL);
}

// Opens a display and tries a context on it; on failure `why` is what was missing.
static bool try_display(EGLDisplay display, const char** why)
{
    static const EGLint k_config[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE,
                                      EGL_OPENGL_BIT, EGL_NONE};
    EGLint n = 0;

    *why = "its display cannot be opened";
    if (display == EGL_NO_DISPLAY || !s.eglInitialize(display, NULL, NULL)) {
        return false;
    }
    const char* extensions = s.eglQueryString(display, EGL_EXTENSIONS);
    s.display = display;
    s.robust = has_word(extensions, "EGL_EXT_create_context_robustness");
    s.config = NULL;
    *why = "it has no configuration for OpenGL";
    if (!s.eglChooseConfig(display, k_config, &s.config, 1, &n) || n < 1) {
        // EGL_NO_CONFIG_KHR
        s.config = NULL;
        if (!has_word(extensions, "EGL_KHR_no_config_context")) {
            s.eglTerminate(display);
            return false;
        }
    }
    *why = "a context was refused";
    EGLContext c = create_context();
    if (c == EGL_NO_CONTEXT) {
        s.eglTerminate(display);
        return false;
    }
    *why = "a context without a surface was refused (EGL_KHR_surfaceless_context)";
    bool fine = s.eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, c);
    s.eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    s.eglDestroyContext(display, c);
    if (!fine) {
        s.eglTerminate(display);
    }
    return fine;
}

// A device of the wanted sort, by the devices that EGL lists.
static bool try_devices(bool software, const char** why)
{
    EGLDeviceEXT devices[32];
    EGLint n = 0;

    if (!s.query_devices || !s.query_device_string || !s.query_devices(32, devices, &n)) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        const char* extensions = s.query_device_string(devices[i], EGL_EXTENSIONS);
        if (has_word(extensions, "EGL_MESA_device_software") != software) {
            continue;
        }
        if (try_display(s.get_platform_display(EGL_PLATFORM_DEVICE_EXT, devices[i], NULL), why)) {
            return true;
        }
    }
    return false;
}

static bool open_display(DdError* err)
{
    const char* why = "it is not there";
    Wish wish = read_wish();

    if (wish == WISH_OFF) {
        return dd_fail(err, DD_ERROR_GRAPHICS,
                       "no OpenGL here: the environment variable DRYDOCK_GL says 'off'");
    }
    if (wish == WISH_UNKNOWN) {
        return dd_fail(err, DD_ERROR_GRAPHICS,
                       "the environment variable DRYDOCK_GL is '%s' (expected off, software or "
                       "gpu)",
                       getenv("DRYDOCK_GL"));
    }
    if (s.display) {
        if (s.pid != getpid()) {
            return dd_fail(err, DD_ERROR_GRAPHICS,
                           "no OpenGL here: it was opened before this process was forked off, and "
                           "its threads did not come along");
        }
        return true;
    }
    if (!load_library(err)) {
        return false;
    }
    bool fine = false;
    if (wish != WISH_SOFTWARE) {
        fine = try_devices(false, &why);
        if (!fine && wish == WISH_GPU) {
            return dd_fail(err, DD_ERROR_GRAPHICS,
                           "no OpenGL on a graphics processor here, as DRYDOCK_GL=gpu asks: %s",
                           why);
        }
    }
    if (!fine) {
        fine = try_devices(true, &why) ||
               try_display(s.get_platform_display(EGL_PLATFORM_SURFACELESS_MESA,
                                                  (void*)EGL_DEFAULT_DISPLAY, NULL),
                           &why);
    }
    if (!fine) {
        s.display = EGL_NO_DISPLAY;
        return dd_fail(err, DD_ERROR_GRAPHICS,
                       "no OpenGL here: no graphics processor, and of Mesa's software renderer: %s "
                       "(Debian: apt-get install libgl1-mesa-dri)",
                       why);
    }
#define LOAD(name, result, args)                                                                   \
    s.gl.name = (result(*) args)s.eglGetProcAddress("gl" #name);                                   \
    if (!s.gl.name) {                                                                              \
        return dd_fail(err, DD_ERROR_GRAPHICS, "this OpenGL is too old: it has no gl" #name);      \
    }
    DD_GL_LIST(LOAD)
#undef LOAD
    s.pid = getpid();
    return true;
}

static void fill_info(DdGlContext* c)
{
    const char* renderer = (const char*)c->gl->GetString(GL_RENDERER);
    const char* version = (const char*)c->gl->GetString(GL_VERSION);

    snprintf(c->info.renderer, sizeof c->info.renderer, "%s", renderer ? renderer : "?");
    snprintf(c->info.version, sizeof c->info.version, "%s", version ? version : "?");
    c->info.software = strstr(c->info.renderer, "llvmpipe") || strstr(c->info.renderer, "softpipe");
}

static DdGlContext* make(DdError* err)
{
    DdGlContext* c = calloc(1, sizeof *c);
    DdGlBefore before;

    if (!c) {
        dd_fail(err, DD_ERROR_MEMORY, "no memory for an OpenGL context");
        return NULL;
    }
    c->refs = 1;
    c->pid = getpid();
    c->gl = &s.gl;
    c->egl = create_context();
    if (c->egl == EGL_NO_CONTEXT) {
        dd_fail(err, DD_ERROR_GRAPHICS, "no OpenGL context: EGL error 0x%x", s.eglGetError());
        free(c);
        return NULL;
    }
    if (!dd_gl_enter(c, &before, err)) {
        dd_gl_unref(c);
        return NULL;
    }
    fill_info(c);
    dd_gl_leave(c, &before);
    return c;
}

DdGlContext* dd_gl_get(DdError* err)
{
    pthread_mutex_lock(&s.lock);
    bool fine = open_display(err);
    pthread_mutex_unlock(&s.lock);
    if (!fine) {
        return NULL;
    }
    if (t_context && dd_gl_alive(t_context)) {
        t_context->refs++;
        return t_context;
    }
    t_context = make(err);
    return t_context;
}

bool dd_gl_alive(DdGlContext* c)
{
    c->dead = c->dead || c->pid != getpid();
    return !c->dead;
}

void dd_gl_unref(DdGlContext* c)
{
    if (--c->refs > 0) {
        return;
    }
    if (t_context == c) {
        t_context = NULL;
    }
    if (dd_gl_alive(c)) {
        if (s.eglGetCurrentContext() == c->egl) {
            s.eglMakeCurrent(s.display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
        }
        s.eglDestroyContext(s.display, c->egl);
    }
    free(c);
}

bool dd_gl_enter(DdGlContext* c, DdGlBefore* before, DdError* err)
{
    memset(before, 0, sizeof *before);
    before->context = s.eglGetCurrentContext();
    if (!dd_gl_alive(c)) {
        return dd_fail(err, DD_ERROR_GRAPHICS, "the OpenGL context died");
    }
    if (before->context == c->egl) {
        return true;
    }
    before->display = s.eglGetCurrentDisplay();
    before->draw = s.eglGetCurrentSurface(EGL_DRAW);
    before->read = s.eglGetCurrentSurface(EGL_READ);
    if (!s.eglMakeCurrent(s.display, EGL_NO_SURFACE, EGL_NO_SURFACE, c->egl)) {
        c->dead = true;
        return dd_fail(err, DD_ERROR_GRAPHICS, "the OpenGL context died: EGL error 0x%x",
                       s.eglGetError());
    }
    return true;
}

// another's context is made current again; where there was none, ours stays for the next call
void dd_gl_leave(DdGlContext* c, const DdGlBefore* before)
{
    if (before->context != EGL_NO_CONTEXT && before->context != c->egl) {
        s.eglMakeCurrent(before->display, before->draw, before->read, before->context);
    }
}

bool dd_gl_check(DdGlContext* c, const char* while_doing, DdError* err)
{
    GLenum reset = c->gl->GetGraphicsResetStatus();
    GLenum error = c->gl->GetError();

    if (reset != GL_NO_ERROR) {
        c->dead = true;
        return dd_fail(err, DD_ERROR_GRAPHICS, "the OpenGL context died: reset 0x%x while %s",
                       reset, while_doing);
    }
    if (error != GL_NO_ERROR) {
        // several may be pending
        for (int i = 0; i < 16 && c->gl->GetError() != GL_NO_ERROR; i++) {
        }
        return error == GL_OUT_OF_MEMORY
                   ? dd_fail(err, DD_ERROR_MEMORY, "OpenGL has no memory while %s", while_doing)
                   : dd_fail(err, DD_ERROR_GRAPHICS, "OpenGL error 0x%x while %s", error,
                             while_doing);
    }
    return true;
}

void dd_gl_kill(DdGlContext* c)
{
    if (!c->dead) {
        s.eglMakeCurrent(s.display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
        s.eglDestroyContext(s.display, c->egl);
    }
}

// What a child process tells of the OpenGL that it could open.
typedef struct Answer {
    DdRenderInfo info;
    DdErrorCode code; // DD_OK: info is there
    char text[DD_ERROR_TEXT_MAX];
} Answer;

static void look(Answer* answer)
{
    DdError err = {0};
    DdGlContext* c = dd_gl_get(&err);

    memset(answer, 0, sizeof *answer);
    if (c) {
        answer->info = c->info;
        dd_gl_unref(c);
    } else {
        answer->code = err.code;
        snprintf(answer->text, sizeof answer->text, "%s", err.text);
    }
}

// A process that opened OpenGL cannot fork off others that draw, as the driver's threads do not
// come along: whoever only asks leaves the opening to a child.
static bool ask_child(Answer* answer, DdError* err)
{
    int fd[2];
    size_t n = 0;

    if (pipe(fd) != 0) {
        return dd_fail(err, DD_ERROR_MEMORY, "no pipe to ask for OpenGL");
    }
    pthread_mutex_lock(&s.lock);
    pid_t child = fork();
    pthread_mutex_unlock(&s.lock);
    if (child == 0) {
        look(answer);
        const char* from = (const char*)answer;
        for (ssize_t w;
             n < sizeof *answer && (w = write(fd[1], from + n, sizeof *answer - n)) > 0;) {
            n += (size_t)w;
        }
        _exit(0);
    }
    close(fd[1]);
    if (child > 0) {
        int status;
        for (ssize_t got; n < sizeof *answer &&
                          (got = read(fd[0], (char*)answer + n, sizeof *answer - n)) > 0;) {
            n += (size_t)got;
        }
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    }
    close(fd[0]);
    if (child < 0) {
        return dd_fail(err, DD_ERROR_MEMORY, "no child process to ask for OpenGL");
    }
    return n == sizeof *answer ||
           dd_fail(err, DD_ERROR_GRAPHICS, "no OpenGL here: its driver crashed when it was opened");
}

bool dd_render_info(DdRenderInfo* info, DdError* err)
{
    static _Thread_local Answer t_known; // by a child
    static _Thread_local Wish t_wish;
    Answer answer = {0};

    pthread_mutex_lock(&s.lock);
    bool open = s.display && s.pid == getpid();
    pthread_mutex_unlock(&s.lock);
    if (open) {
        look(&answer);
    } else if (t_known.info.renderer[0] && t_wish == read_wish()) {
        answer = t_known;
    } else if (!ask_child(&answer, err)) {
        return false;
    } else {
        t_known = answer;
        t_wish = read_wish();
    }
    if (answer.code != DD_OK) {
        return dd_fail(err, answer.code, "%s", answer.text);
    }
    *info = answer.info;
    return true;
}
