// Window: GLFW. Its OpenGL context is current only while a picture is shown, so that the offscreen
// renderer of the same thread keeps its own.
#define GLFW_INCLUDE_NONE
#include "sim/render/window.h"

#include <GL/gl.h>
#include <GLFW/glfw3.h>
#include <string.h>

enum { k_queue = 1024 };

#define GL_LIST(X)                                                                                 \
    X(Viewport, void, (GLint, GLint, GLsizei, GLsizei))                                            \
    X(ClearColor, void, (GLfloat, GLfloat, GLfloat, GLfloat))                                      \
    X(Clear, void, (GLbitfield))                                                                   \
    X(PixelStorei, void, (GLenum, GLint))                                                          \
    X(PixelZoom, void, (GLfloat, GLfloat))                                                         \
    X(RasterPos2f, void, (GLfloat, GLfloat))                                                       \
    X(DrawPixels, void, (GLsizei, GLsizei, GLenum, GLenum, const void*))                           \
    X(ReadBuffer, void, (GLenum))                                                                  \
    X(ReadPixels, void, (GLint, GLint, GLsizei, GLsizei, GLenum, GLenum, void*))                   \
    X(GetError, GLenum, (void))

struct DdWindow {
    GLFWwindow* window;
    DdInput queue[k_queue];
    int head, count;
    unsigned char* read;
    double scale; // framebuffer pixels per screen unit
#define MEMBER(name, result, args) result(*name) args;
    GL_LIST(MEMBER)
#undef MEMBER
};

static char s_glfw_error[256];

static void on_error(int code, const char* text)
{
    (void)code;
    snprintf(s_glfw_error, sizeof s_glfw_error, "%s", text);
}

// --- what happens -------------------------------------------------------------------------------

static void push(GLFWwindow* window, DdInput input)
{
    DdWindow* w = glfwGetWindowUserPointer(window);
    if (w->count < k_queue) {
        w->queue[(w->head + w->count++) % k_queue] = input;
    }
}

static int key_of(int key)
{
    static const int k_named[][2] = {
        {GLFW_KEY_ESCAPE, DD_KEY_ESCAPE},
        {GLFW_KEY_ENTER, DD_KEY_ENTER},
        {GLFW_KEY_KP_ENTER, DD_KEY_ENTER},
        {GLFW_KEY_TAB, DD_KEY_TAB},
        {GLFW_KEY_BACKSPACE, DD_KEY_BACKSPACE},
        {GLFW_KEY_LEFT, DD_KEY_LEFT},
        {GLFW_KEY_RIGHT, DD_KEY_RIGHT},
        {GLFW_KEY_UP, DD_KEY_UP},
        {GLFW_KEY_DOWN, DD_KEY_DOWN},
        {GLFW_KEY_HOME, DD_KEY_HOME},
        {GLFW_KEY_END, DD_KEY_END},
        {GLFW_KEY_PAGE_UP, DD_KEY_PAGE_UP},
        {GLFW_KEY_PAGE_DOWN, DD_KEY_PAGE_DOWN},
        {GLFW_KEY_LEFT_SHIFT, DD_KEY_SHIFT},
        {GLFW_KEY_RIGHT_SHIFT, DD_KEY_SHIFT},
        {GLFW_KEY_KP_ADD, '+'},
        {GLFW_KEY_KP_SUBTRACT, '-'},
        {GLFW_KEY_EQUAL, '+'},
    };
    for (size_t i = 0; i < sizeof k_named / sizeof k_named[0]; i++) {
        if (k_named[i][0] == key) {
            return k_named[i][1];
        }
    }
    if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z) {
        return key - GLFW_KEY_A + 'a';
    }
    return key >= ' ' && key <= '~' ? key : -1;
}

static void on_key(GLFWwindow* window, int key, int scancode, int action, int mods)
{
    (void)scancode;
    (void)mods;
    int known = key_of(key);
    if (known >= 0) {
        push(window, (DdInput){.kind = DD_INPUT_KEY,
                               .key = known,
                               .down = action != GLFW_RELEASE,
                               .repeat = action == GLFW_REPEAT});
    }
}

static void pointer(GLFWwindow* window, double* x, double* y)
{
    const DdWindow* w = glfwGetWindowUserPointer(window);
    glfwGetCursorPos(window, x, y);
    *x *= w->scale;
    *y *= w->scale;
}

static void on_button(GLFWwindow* window, int button, int action, int mods)
{
    (void)mods;
    DdInput input = {.kind = DD_INPUT_BUTTON, .button = button, .down = action == GLFW_PRESS};
    pointer(window, &input.x, &input.y);
    push(window, input);
}

static void on_move(GLFWwindow* window, double x, double y)
{
    (void)x;
    (void)y;
    DdInput input = {.kind = DD_INPUT_MOVE};
    pointer(window, &input.x, &input.y);
    push(window, input);
}

static void on_scroll(GLFWwindow* window, double x, double y)
{
    (void)x;
    push(window, (DdInput){.kind = DD_INPUT_SCROLL, .y = y});
}

static void on_close(GLFWwindow* window)
{
    push(window, (DdInput){.kind = DD_INPUT_CLOSE});
}

// --- making one ---------------------------------------------------------------------------------

static GLFWwindow* make(const char* title, int width, int height, bool egl)
{
    glfwDefaultWindowHints();
    glfwWindowHint(GLFW_CONTEXT_CREATION_API, egl ? GLFW_EGL_CONTEXT_API : GLFW_NATIVE_CONTEXT_API);
    glfwWindowHint(GLFW_DEPTH_BITS, 0);
    glfwWindowHint(GLFW_STENCIL_BITS, 0);
    return glfwCreateWindow(width, height, title, NULL, NULL);
}

static bool load(DdWindow* w)
{
    bool all = true;
#define LOAD(name, result, args)                                                                   \
    {                                                                                              \
        GLFWglproc found = glfwGetProcAddress("gl" #name);                                         \
        memcpy(&w->name, &found, sizeof found);                                                    \
        all = all && found != NULL;                                                                \
    }
    GL_LIST(LOAD)
#undef LOAD
    return all;
}

static bool connect(DdError* err)
{
    glfwSetErrorCallback(on_error);
    const char* display = getenv("DISPLAY");
    if (!display || !display[0]) {
        return dd_fail(err, DD_ERROR_GRAPHICS,
                       "no window: DISPLAY is not set; use drydock video or drydock sheet");
    }
#ifdef GLFW_PLATFORM
    // no talk of Wayland where there is none
    const char* wayland = getenv("WAYLAND_DISPLAY");
    if (!wayland || !wayland[0]) {
        glfwInitHint(GLFW_PLATFORM, GLFW_PLATFORM_X11);
    }
#endif
    return glfwInit() || dd_fail(err, DD_ERROR_GRAPHICS,
                                 "no window on DISPLAY %s: %s; use drydock video or drydock sheet",
                                 display, s_glfw_error);
}

bool dd_window_possible(DdError* err)
{
    bool fine = connect(err);
    glfwTerminate();
    return fine;
}

DdWindow* dd_window_open(const char* title, int width, int height, DdError* err)
{
    if (!connect(err)) {
        return NULL;
    }
    DdWindow* w = calloc(1, sizeof *w);
    DD_ASSERT(w);
    // the offscreen renderer uses EGL too, and contexts of one kind can take turns
    w->window = make(title, width, height, true);
    if (!w->window) {
        w->window = make(title, width, height, false);
    }
    if (w->window) {
        glfwMakeContextCurrent(w->window);
    }
    if (!w->window || !load(w)) {
        dd_fail(err, DD_ERROR_GRAPHICS, "no window on DISPLAY %s: %s", getenv("DISPLAY"),
                w->window ? "its OpenGL is too old" : s_glfw_error);
        dd_window_close(w);
        return NULL;
    }
    glfwSwapInterval(0); // the caller keeps time
    glfwMakeContextCurrent(NULL);
    w->scale = 1;
    glfwSetWindowUserPointer(w->window, w);
    glfwSetKeyCallback(w->window, on_key);
    glfwSetMouseButtonCallback(w->window, on_button);
    glfwSetCursorPosCallback(w->window, on_move);
    glfwSetScrollCallback(w->window, on_scroll);
    glfwSetWindowCloseCallback(w->window, on_close);
    return w;
}

void dd_window_close(DdWindow* w)
{
    if (w) {
        if (w->window) {
            glfwDestroyWindow(w->window);
        }
        glfwTerminate();
        free(w);
    }
}

void dd_window_size(const DdWindow* w, int* width, int* height)
{
    glfwGetFramebufferSize(w->window, width, height);
}

void dd_window_title(DdWindow* w, const char* title)
{
    glfwSetWindowTitle(w->window, title);
}

bool dd_window_poll(DdWindow* w, DdInput* input)
{
    if (w->count == 0) {
        int outer, inner, height;
        glfwGetWindowSize(w->window, &outer, &height);
        glfwGetFramebufferSize(w->window, &inner, &height);
        w->scale = outer > 0 ? (double)inner / outer : 1;
        glfwPollEvents();
    }
    if (w->count == 0) {
        return false;
    }
    *input = w->queue[w->head];
    w->head = (w->head + 1) % k_queue;
    w->count--;
    return true;
}

void dd_window_read_next(DdWindow* w, unsigned char* rgb)
{
    w->read = rgb;
}

bool dd_window_show(DdWindow* w, const unsigned char* rgb, int width, int height, DdError* err)
{
    int fb_width, fb_height;
    glfwMakeContextCurrent(w->window);
    glfwGetFramebufferSize(w->window, &fb_width, &fb_height);
    if (fb_width > 0 && fb_height > 0) {
        w->Viewport(0, 0, fb_width, fb_height);
        w->ClearColor(0, 0, 0, 1);
        w->Clear(GL_COLOR_BUFFER_BIT);
        w->PixelStorei(GL_UNPACK_ALIGNMENT, 1);
        w->RasterPos2f(-1, 1);
        // a window that changed its size meanwhile shows the old picture stretched
        w->PixelZoom((float)fb_width / (float)width, -(float)fb_height / (float)height);
        w->DrawPixels(width, height, GL_RGB, GL_UNSIGNED_BYTE, rgb);
    }
    if (w->read && fb_width >= width && fb_height >= height) {
        w->PixelStorei(GL_PACK_ALIGNMENT, 1);
        w->ReadBuffer(GL_BACK);
        size_t row = (size_t)width * 3;
        for (int y = 0; y < height; y++) {
            w->ReadPixels(0, fb_height - 1 - y, width, 1, GL_RGB, GL_UNSIGNED_BYTE,
                          w->read + (size_t)y * row);
        }
    }
    w->read = NULL;
    GLenum error = w->GetError();
    glfwSwapBuffers(w->window);
    glfwMakeContextCurrent(NULL);
    return error == GL_NO_ERROR ||
           dd_fail(err, DD_ERROR_GRAPHICS, "the window's OpenGL failed: error 0x%x", error);
}

bool dd_window_gamepad(const DdWindow* w, DdGamepad* pad)
{
    (void)w;
    for (int i = GLFW_JOYSTICK_1; i <= GLFW_JOYSTICK_LAST; i++) {
        GLFWgamepadstate state;
        if (!glfwJoystickIsGamepad(i) || !glfwGetGamepadState(i, &state)) {
            continue;
        }
        *pad = (DdGamepad){{0}, 0};
        for (int k = 0; k < DD_GAMEPAD_AXES; k++) {
            pad->axis[k] = state.axes[k];
        }
        static const int k_buttons[] = {
            GLFW_GAMEPAD_BUTTON_A,           GLFW_GAMEPAD_BUTTON_B,
            GLFW_GAMEPAD_BUTTON_X,           GLFW_GAMEPAD_BUTTON_Y,
            GLFW_GAMEPAD_BUTTON_LEFT_BUMPER, GLFW_GAMEPAD_BUTTON_RIGHT_BUMPER,
            GLFW_GAMEPAD_BUTTON_BACK,        GLFW_GAMEPAD_BUTTON_START,
        };
        for (size_t k = 0; k < sizeof k_buttons / sizeof k_buttons[0]; k++) {
            pad->buttons |= state.buttons[k_buttons[k]] ? 1u << k : 0;
        }
        return true;
    }
    return false;
}
