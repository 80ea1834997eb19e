// Guard: MuJoCo's log handler, turned into DdError by a jump out of the failing call.
#include "sim/world/guard.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>

#include <mujoco/mujoco.h>

#include "sim/base/log.h"

typedef struct DdGuardFrame {
    jmp_buf jump;
    struct DdGuardFrame* outer;
    char text[1024];
} DdGuardFrame;

static _Thread_local DdGuardFrame* t_frame;
static _Thread_local char t_warning[1024];
static _Thread_local int t_warnings;

// MuJoCo's longer messages have several lines; ours are sentences
static void one_line(char* out, size_t size, const char* text)
{
    size_t n = 0;

    for (; *text && n + 1 < size; text++) {
        bool space = *text == '\n' || *text == ' ' || *text == '\t';
        if (!space || (n > 0 && out[n - 1] != ' ')) {
            out[n++] = space ? ' ' : *text;
        }
    }
    out[n - (n > 0 && out[n - 1] == ' ')] = '\0';
}

// never returns for an error: MuJoCo goes on only after a warning
static void handle_message(const mjLogMessage* message)
{
    if (message->level == mjLOG_WARNING) {
        if (t_warnings++ == 0) {
            one_line(t_warning, sizeof t_warning, message->subject);
        }
    } else if (message->level == mjLOG_ERROR) {
        if (!t_frame) {
            // an engine call of ours outside dd_guard_run
            dd_log(DD_LOG_ERROR, "MuJoCo failed outside its guard: %s", message->subject);
            abort();
        }
        one_line(t_frame->text, sizeof t_frame->text, message->subject);
        longjmp(t_frame->jump, 1);
    }
}

bool dd_guard_init(DdError* err)
{
    static atomic_int ready;

    if (mj_version() != mjVERSION_HEADER) {
        return dd_fail(err, DD_ERROR_INTERNAL,
                       "the MuJoCo library is version %d, drydock was built for %d", mj_version(),
                       mjVERSION_HEADER);
    }
    if (atomic_exchange(&ready, 1) == 0) {
        mjLogConfig config = mju_getLogConfig();
        config.logto_console = 0;
        config.logto_file = 0;
        mju_setLogConfig(config);
        mju_setLogHandler(handle_message);
    }
    return true;
}

bool dd_guard_run(void (*work)(void* arg), void* arg, DdErrorCode code, DdError* err)
{
    DdGuardFrame frame;

    frame.outer = t_frame;
    frame.text[0] = '\0';
    t_frame = &frame;
    if (setjmp(frame.jump) == 0) {
        work(arg);
        t_frame = frame.outer;
        return true;
    }
    t_frame = frame.outer;
    return dd_fail(err, code, "MuJoCo: %s", frame.text);
}

const char* dd_guard_warning(int* count)
{
    if (count) {
        *count = t_warnings;
    }
    return t_warnings ? t_warning : "";
}

void dd_guard_clear_warnings(void)
{
    t_warnings = 0;
    t_warning[0] = '\0';
}
