// Errors: what went wrong in a user's file or in the outside world, in one sentence.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__GNUC__)
#define DD_MUST_USE __attribute__((warn_unused_result))
#define DD_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define DD_MUST_USE
#define DD_PRINTF(fmt, first)
#endif

enum { DD_NAME_MAX = 96, DD_PATH_MAX = 1024, DD_ERROR_TEXT_MAX = 2048 };

// One row per kind of failure: enumerator, name as printed, exit code of a command that ends by it.
#define DD_ERROR_LIST(X)                                                                           \
    X(DD_OK, "ok", 0)                                                                              \
    X(DD_ERROR_SCRIPT, "script", 2)             /* a Lua file is wrong, or raised */               \
    X(DD_ERROR_MODEL, "model", 2)               /* an MJCF or URDF file is wrong */                \
    X(DD_ERROR_ARGUMENT, "argument", 2)         /* a command line or an API call is wrong */       \
    X(DD_ERROR_BUDGET, "budget", 2)             /* a guest spent its work or memory budget */      \
    X(DD_ERROR_MISSING, "missing", 2)           /* a file is not there or cannot be read */        \
    X(DD_ERROR_REQUIRE, "require", 1)           /* a random case was refused before it started */  \
    X(DD_ERROR_DAMAGED, "damaged", 3)           /* a recording is cut, or a hash does not agree */ \
    X(DD_ERROR_CANNOT_CHECK, "cannot check", 3) /* nothing is wrong, yet it cannot be checked */   \
    X(DD_ERROR_AGENT, "agent", 1)               /* the agent raised, or its action is malformed */ \
    X(DD_ERROR_UNSTABLE, "unstable", 1) /* the world diverged, or a solver buffer was full */      \
    X(DD_ERROR_DISK, "disk", 75)        /* no space, read-only, input/output error */              \
    X(DD_ERROR_MEMORY, "memory", 75)                                                               \
    X(DD_ERROR_GRAPHICS, "graphics", 69) /* no OpenGL here, or its context died */                 \
    X(DD_ERROR_INTERRUPTED, "interrupted", 130)                                                    \
    X(DD_ERROR_INTERNAL, "internal", 70) /* drydock itself is wrong */

typedef enum DdErrorCode {
#define DD_ERROR_ENUM(id, name, exit_code) id,
    DD_ERROR_LIST(DD_ERROR_ENUM)
#undef DD_ERROR_ENUM
} DdErrorCode;

// Owned by the caller, never allocates. `text` is one sentence and already names file and line
// where they are known ("dock.lua:12: box 'bay': mass must be positive, got -1 kg").
typedef struct DdError {
    DdErrorCode code;
    int line;               // 1-based, 0 when unknown
    char file[DD_PATH_MAX]; // "" when unknown
    char text[DD_ERROR_TEXT_MAX];
    char traceback[DD_ERROR_TEXT_MAX]; // of the user's Lua code, "" when there is none
} DdError;

void dd_error_clear(DdError* err);
const char* dd_error_name(DdErrorCode code);
int dd_error_exit_code(DdErrorCode code);

// Fill `err` (which may be NULL) and return false, so that a failing function ends in `return
// dd_fail(...)`.
bool dd_fail(DdError* err, DdErrorCode code, const char* fmt, ...) DD_PRINTF(3, 4);
bool dd_fail_at(DdError* err, DdErrorCode code, const char* file, int line, const char* fmt, ...)
    DD_PRINTF(5, 6);
// Put the context in front of what `err` says already: "while loading x.lua: ...". Returns false.
bool dd_fail_while(DdError* err, const char* fmt, ...) DD_PRINTF(2, 3);

// A wrong assumption of ours. On in every build: a run that breaks an invariant must not go on to a
// score.
#define DD_ASSERT(cond) ((cond) ? (void)0 : dd_assert_failed(#cond, __FILE__, __LINE__))
_Noreturn void dd_assert_failed(const char* cond, const char* file, int line);
