// Window: a window on the screen that shows pictures and tells keys, mouse and gamepad. By GLFW,
// and a library of its own (dd_window), so that nothing but the program needs a screen.
#pragma once

#include "sim/base/error.h"

typedef struct DdWindow DdWindow;

// Printable keys are their lower-case ASCII; the others:
enum {
    DD_KEY_ESCAPE = 256,
    DD_KEY_ENTER,
    DD_KEY_TAB,
    DD_KEY_BACKSPACE,
    DD_KEY_LEFT,
    DD_KEY_RIGHT,
    DD_KEY_UP,
    DD_KEY_DOWN,
    DD_KEY_HOME,
    DD_KEY_END,
    DD_KEY_PAGE_UP,
    DD_KEY_PAGE_DOWN,
    DD_KEY_SHIFT,
    DD_KEY_COUNT,
};

typedef enum DdInputKind {
    DD_INPUT_KEY,    // key, down, repeat
    DD_INPUT_BUTTON, // button 0 left, 1 right, 2 middle; down; x, y
    DD_INPUT_MOVE,   // x, y: where the pointer is
    DD_INPUT_SCROLL, // y: clicks, away from the user is positive
    DD_INPUT_CLOSE,  // the window shall go
} DdInputKind;

typedef struct DdInput {
    DdInputKind kind;
    int key, button;
    bool down, repeat;
    double x, y; // px of the picture, from its upper left corner
} DdInput;

enum { DD_GAMEPAD_AXES = 6 }; // left x, y, right x, y, left and right trigger; -1..1
typedef struct DdGamepad {
    double axis[DD_GAMEPAD_AXES];
    unsigned buttons; // bit 0 A, 1 B, 2 X, 3 Y, 4 left bumper, 5 right bumper, 6 back, 7 start
} DdGamepad;

// Is there a screen? Asks the display and leaves it again.
DD_MUST_USE bool dd_window_possible(DdError* err);
// Without a screen the error says so and names what works without one.
DD_MUST_USE DdWindow* dd_window_open(const char* title, int width, int height, DdError* err);
void dd_window_close(DdWindow* w);                               // NULL is fine
void dd_window_size(const DdWindow* w, int* width, int* height); // px
void dd_window_title(DdWindow* w, const char* title);
// The next thing that happened, false when there is nothing left.
bool dd_window_poll(DdWindow* w, DdInput* input);
// Shows a picture: RGB, rows top first. Returns when it is on its way to the screen.
DD_MUST_USE bool dd_window_show(DdWindow* w, const unsigned char* rgb, int width, int height,
                                DdError* err);
// What the window holds, read back from its buffer by dd_window_show when `rgb` (width * height * 3
// of the picture that is shown) is not NULL.
void dd_window_read_next(DdWindow* w, unsigned char* rgb);
bool dd_window_gamepad(const DdWindow* w, DdGamepad* pad); // false: none is there
